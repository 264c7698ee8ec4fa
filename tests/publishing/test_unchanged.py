"""Whether a book is as it was left: any changed, removed, added or damaged file is noticed, and nothing else."""

import os
import shutil

import pytest

from healthdevo.publishing import unchanged
from healthdevo.publishing.project import Project

OPTIONS = unchanged.options_of("all", only_national=False, strict=True)


@pytest.fixture
def left(project, tmp_path, monkeypatch):
    """A project with a finished book, made from a small data folder and own tables."""
    data, own = tmp_path / "data", tmp_path / "own"
    for path, text in {
        data / "datapackage.json": "{}",
        data / "tables" / "a.csv": "x\n1\n",
        own / "a.csv": "x\n2\n",
        project.build / "executed" / "demand.ipynb": "executed",
        project.build / "records" / "demand.json": "{}",
        project.build / "html" / "index.html": "<p>one</p>",
        project.build / "html" / "_images" / "one.svg": "<svg/>",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("HEALTHDEVO_DATA", str(data))
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    unchanged.leave(project, unchanged.Before.of(project, OPTIONS), 7)
    return project


def places(project, tmp_path):
    return {
        "page": project.build / "html" / "index.html",
        "picture": project.build / "html" / "_images" / "one.svg",
        "executed": project.build / "executed" / "demand.ipynb",
        "record": project.build / "records" / "demand.json",
        "table": tmp_path / "data" / "tables" / "a.csv",
        "own table": tmp_path / "own" / "a.csv",
        "template": project.root / "book" / "demand.ipynb",
        "configuration": project.root / "_config.yml",
    }


NAMES = ("page", "picture", "executed", "record", "table", "own table", "template", "configuration")


def test_what_has_not_changed_is_known(left):
    assert unchanged.quickly(left, OPTIONS) == 7
    assert unchanged.is_sound(left, "html")


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_file_is_noticed(left, tmp_path, name):
    path = places(left, tmp_path)[name]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(text[0], "?", 1), encoding="utf-8")  # as many characters as before
    assert unchanged.quickly(left, OPTIONS) is None
    path.write_text(text, encoding="utf-8")  # the same content at another time is no change
    assert unchanged.quickly(left, OPTIONS) == 7


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_whose_time_was_set_back_is_noticed(left, tmp_path, name):
    path = places(left, tmp_path)[name]
    status, text = path.stat(), path.read_text(encoding="utf-8")
    path.write_text(text.replace(text[0], "?", 1), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert unchanged.quickly(left, OPTIONS) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_removed_file_is_noticed(left, tmp_path, name):
    path = places(left, tmp_path)[name]
    text = path.read_text(encoding="utf-8")
    path.unlink()
    assert unchanged.quickly(left, OPTIONS) is None
    path.write_text(text, encoding="utf-8")
    assert unchanged.quickly(left, OPTIONS) == 7


@pytest.mark.parametrize("name", NAMES[:-1])
def test_an_added_file_is_noticed(left, tmp_path, name):
    (places(left, tmp_path)[name].parent / "new.txt").write_text("new", encoding="utf-8")
    assert unchanged.quickly(left, OPTIONS) is None


def test_other_options_ask_for_another_book(left, monkeypatch):
    assert unchanged.quickly(left, unchanged.options_of("icb", only_national=False, strict=True)) is None
    assert unchanged.quickly(left, unchanged.options_of("all", only_national=True, strict=True)) is None
    monkeypatch.delenv("HEALTHDEVO_OVERLAY")
    assert unchanged.quickly(left, OPTIONS) is None


def test_without_a_stamp_or_with_a_damaged_one_nothing_is_known(left):
    stamp = left.build / unchanged.STAMP
    for text in ("", "{}", "[1]", '{"version": 1}'):
        stamp.write_text(text, encoding="utf-8")
        assert unchanged.quickly(left, OPTIONS) is None
    stamp.unlink()
    assert unchanged.quickly(left, OPTIONS) is None


def test_a_file_that_changes_while_the_book_is_made_is_noticed_afterwards(left):
    before = unchanged.Before.of(left, OPTIONS)
    page = left.root / "book" / "demand.ipynb"
    page.write_text(page.read_text(encoding="utf-8").replace("Demand", "Need"), encoding="utf-8")
    unchanged.leave(left, before, 7)
    assert unchanged.quickly(left, OPTIONS) is None


def test_a_copied_project_is_looked_at_by_content(left, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(left.root, copy)
    assert unchanged.quickly(Project.load(copy), OPTIONS) == 7


def test_who_holds_the_folder_is_not_disturbed(left):
    from healthdevo.publishing.lock import held

    with held(left.build):
        assert unchanged.quickly(left, OPTIONS) is None
