"""pyproject.toml, requirements.in, requirements.txt and environment.yml agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def listed(path: Path) -> dict[str, Requirement]:
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {r.name.lower(): r for r in map(Requirement, filter(None, lines))}


def pinned(path: Path) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(
        r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(name.lower().replace("_", "-"), []).append(Version(version))
    return found


def test_what_the_package_and_the_book_need_is_in_the_environment():
    inputs = listed(ROOT / "requirements.in")
    assert list(PROJECT["optional-dependencies"]) == ["book", "dask", "fetch"]
    extras = PROJECT["optional-dependencies"]
    for text in (*PROJECT["dependencies"], *extras["book"], *extras["dask"], *extras["fetch"]):
        requirement = Requirement(text)
        if requirement.name == PROJECT["name"]:  # an extra that is contained in another
            continue
        assert requirement.name in inputs
        assert str(inputs[requirement.name].specifier) == str(requirement.specifier), requirement.name


@pytest.mark.parametrize("folder", [ROOT, ROOT / "benchmarks"], ids=["main", "benchmarks"])
def test_every_pin_satisfies_what_was_asked_for(folder):
    pins = pinned(folder / "requirements.txt")
    for name, requirement in listed(folder / "requirements.in").items():
        assert pins.get(name), f"{name} is not pinned: run `make lock`"
        assert all(v in requirement.specifier for v in pins[name]), (name, pins[name])


def test_benchmarks_run_on_the_same_pins():
    main, bench = pinned(ROOT / "requirements.txt"), pinned(ROOT / "benchmarks" / "requirements.txt")
    assert {name: bench.get(name) for name in main} == main


@pytest.mark.parametrize("folder", [ROOT, ROOT / "benchmarks"], ids=["main", "benchmarks"])
def test_every_pin_has_hashes_and_no_address(folder):
    text = (folder / "requirements.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?://|--(extra-)?index|--find-links", text)


def test_conda_users_get_the_same_pins_and_python():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["name"] == PROJECT["name"]
    (python,) = [d for d in conda["dependencies"] if isinstance(d, str) and d.startswith("python")]
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(PROJECT["requires-python"])
    (pip,) = [d["pip"] for d in conda["dependencies"] if isinstance(d, dict)]
    assert pip == ["-r requirements.txt"]


def test_versions_agree():
    import healthdevo

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert healthdevo.__version__ == PROJECT["version"] == citation["version"]
