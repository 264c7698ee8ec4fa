"""What the family exports, and that no module takes the name of what it exports."""

import re
from pathlib import Path

import pytest

import healthdevo.inequality
import healthdevo.mathematics


@pytest.mark.parametrize("family", [healthdevo.inequality, healthdevo.mathematics], ids=lambda f: f.__name__)
def test_no_module_hides_an_export(family):
    folder = Path(family.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")}
    exports = re.findall(r"import (\w+) as", (folder / "__init__.pyi").read_text(encoding="utf-8"))
    assert exports
    assert not modules & set(exports)
    for name in exports:
        assert getattr(family, name) is not None
