"""The wheel works away from the checkout: an empty folder, its own tables, and nothing else of the project."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.book

ROOT = Path(__file__).parents[1]


def run(*arguments: str | Path, folder: Path, **environment: str) -> str:
    """Run Python in a folder, with nothing of the project in its environment, and return what it prints."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("HEALTHDEVO_")
    }
    done = subprocess.run(
        [sys.executable, "-P", "-s", *map(str, arguments)],
        cwd=folder, env=plain | environment, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        folder,
        ROOT,
        folder=folder,
    )
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    target = wheel.parent / "installed"
    run(
        "-m", "pip", "install", "--no-deps", "--no-index", "--no-compile", "--target", target, wheel,
        folder=wheel.parent,
    )  # fmt: skip
    return target


def test_the_wheel_carries_tables_types_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    data = {f"healthdevo/{path.relative_to(ROOT)}" for path in (ROOT / "data").rglob("*") if path.is_file()}
    assert data <= set(names)
    for name in ("LICENSE", "LICENSES.md"):
        assert any(n.endswith(f".dist-info/licenses/{name}") for n in names), name
    assert "healthdevo/py.typed" in names
    assert {n.split("/")[0].partition("-")[0] for n in names} == {"healthdevo"}


def test_base_installs_bring_no_jupyter_and_the_extra_does(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    needs = [
        line for line in archive.read(metadata).decode().splitlines() if line.startswith("Requires-Dist")
    ]
    assert any("numpy" in line for line in needs)
    for name in ("papermill", "nbclient", "nbformat", "ipykernel", "jupyter-book"):
        found = [line for line in needs if name in line]
        assert all("extra == '" in line for line in found)
        assert any("extra == 'book'" in line for line in found)


def test_tables_measures_and_commands_work_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    # a data folder of somebody else's in the working directory changes nothing
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").write_text('{"resources": []}')
    (tmp_path / "check.py").write_text(
        """
from pathlib import Path
import sys

import healthdevo as hd

home = Path(sys.argv[1]).resolve()
assert Path(hd.__file__).resolve().is_relative_to(home), hd.__file__
assert hd.tables.root() == home / "healthdevo" / "data", hd.tables.root()
frame = hd.tables.load("emergency_month")
print(len(frame), hd.areas.get("E54000057").short_name, sep="|")
print(round(hd.inequality.gini_coefficient([1.0, 2.0, 3.0]).estimate, 4))
"""
    )
    path = os.fspath(installed)
    rows, measure = run(tmp_path / "check.py", installed, folder=tmp_path, PYTHONPATH=path).splitlines()
    count, name = rows.split("|")
    assert int(count) > 0
    assert name == "NHS Greater Manchester ICB"
    assert measure == "0.2222"
    said = run("-m", "healthdevo", "data", "check", folder=tmp_path, PYTHONPATH=path)
    assert "tables are sound" in said
