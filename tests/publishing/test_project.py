"""Finding and reading a project."""

import datetime
from pathlib import Path

import pytest

from healthdevo.errors import BuildError
from healthdevo.publishing.project import Project, find_root


def test_root_is_found_upwards_and_by_environment(project, tmp_path, monkeypatch):
    monkeypatch.chdir(project.root / "book" / "areas")
    assert find_root() == project.root
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    monkeypatch.setenv("HEALTHDEVO_PROJECT", str(project.root))
    assert find_root() == project.root
    monkeypatch.delenv("HEALTHDEVO_PROJECT")
    assert find_root() == Path(__file__).resolve().parents[2]  # the checkout


def test_a_folder_without_a_book_is_refused(tmp_path, monkeypatch):
    with pytest.raises(BuildError, match=r"the folder given.*holds no book"):
        find_root(tmp_path)
    monkeypatch.setenv("HEALTHDEVO_PROJECT", str(tmp_path))
    with pytest.raises(BuildError, match=r"HEALTHDEVO_PROJECT.*holds no book"):
        find_root()


def test_area_pages_are_read_from_the_configuration(project):
    assert project.areas is not None
    assert project.areas.kinds == ("nhs_region",)
    assert project.areas.on == datetime.date(2024, 4, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kinds: [nhs_region]", "kinds: icb", "kinds must be a list"),
        ("valid_on: 2024-04-01", "valid_on: soon", "'soon' is not a date"),
        ("valid_on: 2024-04-01", "day: 2024-04-01", "'day' is not known"),
        ("template: book/areas/area", "template: 3", "template must name"),
        ("title: A miniature book", "title: [", "is not valid YAML"),
    ],
)
def test_a_wrong_configuration_is_one_clear_message(project, old, new, message):
    path = project.root / "_config.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(BuildError, match=message):
        Project.load(project.root)


def test_sources_stand_in_book(project):
    assert project.source("book/demand").name == "demand.ipynb"
    assert project.source("book/index").name == "index.md"
    with pytest.raises(BuildError, match="outside book/"):
        project.source("README")
    with pytest.raises(BuildError, match=r"no book/nothing\.ipynb"):
        project.source("book/nothing")
