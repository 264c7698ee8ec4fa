"""pyproject.toml, requirements.in, requirements.txt and environment.yml agree."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT, ROOT / "benchmarks", ROOT / "tests"]
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


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_pin_satisfies_what_was_asked_for(folder):
    pins = pinned(folder / "requirements.txt")
    for name, requirement in listed(folder / "requirements.in").items():
        assert pins.get(name), f"{name} is not pinned: run `make lock`"
        assert all(v in requirement.specifier for v in pins[name]), (name, pins[name])


def test_benchmarks_run_on_the_same_pins():
    main, bench = pinned(ROOT / "requirements.txt"), pinned(ROOT / "benchmarks" / "requirements.txt")
    assert {name: bench.get(name) for name in main} == main


def test_what_tests_in_a_browser_need_changes_no_other_pin():
    main, tests = pinned(ROOT / "requirements.txt"), pinned(ROOT / "tests" / "requirements.txt")
    assert {name: pins for name, pins in tests.items() if main.get(name, pins) != pins} == {}


@pytest.fixture
def bare(tmp_path):
    """A copy of the step that installs a browser, on a machine that has only what the test puts into its ``bin``."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "browser", tmp_path / ".ci")
    (tmp_path / "bin").mkdir()
    for name in ("bash", "env", "dirname", "timeout"):
        if (found := shutil.which(name)) is not None:
            (tmp_path / "bin" / name).symlink_to(found)

    def run(**programs):
        for name, text in {"id": "echo 0", **programs}.items():
            path = tmp_path / (".venv/bin" if name == "python" else "bin") / name.replace("_", "-")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/usr/bin/env bash\n{text}\n", encoding="utf-8")
            path.chmod(0o755)
        return subprocess.run(
            [tmp_path / ".ci" / "browser"],
            env={"PATH": str(tmp_path / "bin")},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.mark.parametrize(
    ("programs", "says"),
    [
        ({"python": "exit 1"}, "Playwright could not be installed"),
        ({"python": "[ $2 = pip ]"}, "neither Debian's chromium nor Playwright's"),
        ({"python": "[ $2 = pip ]", "apt_get": "exit 100"}, "neither Debian's chromium nor Playwright's"),
        ({"python": "[ $2 = pip ]", "chromium": ""}, "/bin/chromium."),
        ({"python": "exit 0"}, "Playwright's own Chromium"),
    ],
    ids=["no wheel", "no browser", "no package", "one is there", "of Playwright"],
)
def test_a_browser_that_cannot_be_had_ends_no_run(bare, programs, says):
    ran = bare(**programs)
    assert ran.returncode == 0
    assert says in ran.stdout
    assert ("reported as skipped" in ran.stdout) == (
        "chromium" not in programs and programs["python"] != "exit 0"
    )


def test_debians_browser_is_downloaded_then_installed(bare, tmp_path):
    apt = 'echo "$*" >>"${0%/*}/calls"; case "$*" in *--no-download*) echo >"${0%/*}/chromium" && chmod +x "${0%/*}/chromium";; esac'
    chmod = shutil.which("chmod")
    (tmp_path / "bin" / "chmod").symlink_to(chmod)
    ran = bare(python="[ $2 = pip ]", apt_get=apt)
    assert "/bin/chromium." in ran.stdout
    calls = (tmp_path / "bin" / "calls").read_text(encoding="utf-8").splitlines()
    assert [re.findall("update|--download-only|--no-download", call) for call in calls] == [
        ["update"],
        ["--download-only"],
        ["--no-download"],
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
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
