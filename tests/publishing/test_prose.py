"""What pages say of the book itself comes from where it is kept."""

from pathlib import Path

import pytest

from healthdevo import tables
from healthdevo.errors import BuildError
from healthdevo.publishing.project import Project
from healthdevo.publishing.prose import MARKS, filled

CITATION = """\
cff-version: 1.2.0
title: A package
authors:
  - name: Its authors
  - family-names: Doe
    given-names: Jo
version: 2.3.0
date-released: 2026-02-03
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "CITATION.cff").write_text(CITATION, encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\nAll.\n\n## 2.3.0\n\n- This.\n", encoding="utf-8")
    return Project(tmp_path, {"title": "A book"}, {})


def test_a_citation_comes_from_the_citation_file(project):
    text = filled("Before\n<!-- cite -->\nafter, <!-- edition -->", project)
    assert text.startswith("Before\n> Its authors, Doe, Jo (2026). *A book*. Version 2.3.0.\n")
    assert (
        "  title = {A book},\n  author = {{Its authors, Doe, Jo}},\n  year = {2026},\n  edition = {2.3.0},\n}"
        in text
    )
    assert text.endswith("after, Edition 2.3.0 of 3 February 2026.")


def test_changes_have_no_second_title(project):
    assert (
        filled("# What has changed\n\n<!-- changes -->", project)
        == "# What has changed\n\nAll.\n\n## 2.3.0\n\n- This.\n"
    )


def test_errors_go_to_the_repository_where_there_is_one(project):
    assert filled("<!-- repository -->", project) == "Write to whoever sent you this book."
    with_one = Project(project.root, {"repository": {"url": "https://example.org/book"}}, {})
    assert (
        filled("<!-- repository -->", with_one)
        == "Write to [the book's repository](https://example.org/book/issues)."
    )


def test_statements_with_less_than_two_sources_are_listed(project):
    text = filled("Kept. <!-- statements -->", project)
    rows = tables.dated_statements()
    less = rows[~rows["verified"]]
    assert text.startswith(
        f"Kept. Of {len(rows)} statements in the tables, {len(rows) - len(less)} have two sources"
    )
    assert sum(line.startswith("| ") for line in text.splitlines()) == len(less) + 1
    assert 0 < len(less) < len(rows)


def test_a_text_without_marks_needs_no_file(tmp_path):
    assert filled("Nothing <!-- areas --> here", Project(tmp_path, {}, {})) == "Nothing <!-- areas --> here"


@pytest.mark.parametrize(
    ("mark", "file"), [("<!-- cite -->", "CITATION.cff"), ("<!-- changes -->", "CHANGELOG.md")]
)
def test_a_missing_file_is_named(tmp_path, mark, file):
    with pytest.raises(BuildError, match=f"{file}: the file is missing"):
        filled(mark, Project(tmp_path, {}, {}))


@pytest.mark.parametrize("field", ["title", "authors", "version", "date-released"])
def test_an_incomplete_citation_is_named(project, field):
    lines = CITATION.replace(
        "authors:\n  - name: Its authors\n  - family-names: Doe\n    given-names: Jo\n",
        "authors: [{name: A}]\n",
    )
    kept = [line for line in lines.splitlines() if not line.startswith(f"{field}:")]
    (project.root / "CITATION.cff").write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(BuildError, match=f"CITATION.cff: '{field}' is missing"):
        filled("<!-- edition -->", project)


def test_the_books_pages_use_every_mark():
    pages = "".join(p.read_text(encoding="utf-8") for p in (Path(__file__).parents[2] / "book").glob("*.md"))
    assert [mark for mark in MARKS if mark not in pages] == []
