"""A Jupyter kernel provisioner that takes kernels from the fork server; without one it starts them plainly."""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from healthdevo.publishing.forking import ADDRESS, ForkedProcess

NAME = "healthdevo-forked"


class ForkedProvisioner(LocalProvisioner):
    """Kernels forked from a process that has the heavy packages loaded.

    The server's address is the environment variable ``HEALTHDEVO_FORK_SERVER``; outside a build there is none, and kernels start as
    everywhere. ``words``, an entry of the kernel specification's ``config`` for the provisioner, is the file for what a kernel process itself says.
    """

    def __init__(self, **traits: Any) -> None:
        self.words = str(traits.pop("words", "") or os.devnull)
        super().__init__(**traits)

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """Ask the server for a kernel of the connection file that has been written."""
        address = os.environ.get(ADDRESS)
        if not address or self.parent is None:
            return await super().launch_kernel(cmd, **options)
        environment = dict(options.get("env") or os.environ)
        environment.pop(ADDRESS, None)  # a notebook has no business with the server
        forked = ForkedProcess(
            address,
            "kernel",
            str(self.parent.connection_file),
            environment=environment,
            folder=str(options.get("cwd") or os.getcwd()),
            words=self.words,
        )
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        return self.connection_info


def register() -> None:
    """Make the provisioner known in this process, also where the package was installed before it had the entry point."""
    known = KernelProvisionerFactory.instance().provisioners
    group = KernelProvisionerFactory.GROUP_NAME
    known.setdefault(NAME, EntryPoint(NAME, f"{__name__}:{ForkedProvisioner.__name__}", group))
