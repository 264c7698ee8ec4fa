"""The provisioner that forks kernels is known to Jupyter."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.provisioning.factory import KernelProvisionerFactory

from healthdevo.publishing import provisioner


def test_the_package_names_its_provisioner_to_jupyter():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    (name, value), *others = project["project"]["entry-points"][KernelProvisionerFactory.GROUP_NAME].items()
    assert name == provisioner.NAME
    assert others == []
    assert (
        EntryPoint(name, value, KernelProvisionerFactory.GROUP_NAME).load() is provisioner.ForkedProvisioner
    )


def test_an_older_installation_knows_it_too():
    provisioner.register()
    assert (
        KernelProvisionerFactory.instance().provisioners[provisioner.NAME].load()
        is provisioner.ForkedProvisioner
    )
