"""The reference has every public function, and its tables name only what exists."""

import io
import posixpath
import re
from pathlib import Path

import pytest
import yaml
from sphinx.util.inventory import InventoryFile
from tests.kit.exports import FAMILIES, exported, functions

from healthdevo.publishing.build import jupyter_book
from healthdevo.publishing.project import Project
from healthdevo.publishing.stage import staged_config, write_tree
from healthdevo.publishing.validity import invalid

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "book" / "reference"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_page_made_from_docstrings_and_a_table(family):
    text = (PAGES / f"{family}.md").read_text(encoding="utf-8")
    assert f".. automodule:: healthdevo.{family}\n" in text
    assert ":imported-members:" in text
    rows = re.findall(r"^\| .*healthdevo\..*\|$", text, re.M)
    assert rows
    named = set(re.findall(rf"~healthdevo\.{family}\.(\w+)`", text))
    assert named
    assert not named - set(exported(family))


def test_the_table_of_contents_has_every_page_of_the_reference():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = set(re.findall(r"book/reference/(\w+)", str(toc)))
    assert listed == {path.stem for path in PAGES.iterdir() if path.suffix in {".md", ".ipynb"}}


@pytest.mark.book
def test_the_reference_builds_without_a_warning_and_others_can_link_to_it(tmp_path):
    project = Project.load(ROOT)
    tree = {f"reference/{path.name}": path.read_bytes() for path in PAGES.glob("*.md")}
    # the page of coverage is a notebook, and stands for itself here
    tree["reference/coverage.md"] = b"# Coverage\n"
    pages = [{"file": f"reference/{name}"} for name in [*FAMILIES, "coverage"]]
    toc = {"format": "jb-book", "root": "reference/index", "chapters": pages}
    config = staged_config(project)
    config["sphinx"]["config"].pop("html_css_files", None)
    config["html"].pop("favicon", None)
    tree["_toc.yml"] = yaml.safe_dump(toc).encode()
    tree["_config.yml"] = yaml.safe_dump(config).encode()
    tree["references.bib"] = (ROOT / "book" / "references.bib").read_bytes()
    write_tree(tree, tmp_path / "stage")
    html = jupyter_book(tmp_path / "stage", tmp_path / "made", tmp_path / "log", progress=io.StringIO())
    with (html / "objects.inv").open("rb") as file:
        names = set(InventoryFile.load(file, "", posixpath.join)["py:function"])
    wanted = {f"healthdevo.{family}.{name}" for family in FAMILIES for name in functions(family)}
    assert wanted - names == set()
    for made in sorted((html / "reference").glob("*.html")):
        assert invalid(made.read_text(encoding="utf-8")) == [], made.name
    page = (html / "reference" / "evaluation.html").read_text(encoding="utf-8")
    index, details = page.split('<span id="one-by-one">', 1)
    for name in exported("evaluation"):
        if name not in {"DesignName", "SCENARIOS"}:  # a type of text, and data
            assert f'href="#healthdevo.evaluation.{name}"' in index, name
    last_function = details.rindex('<dl class="py function">')
    assert last_function < details.index('<dl class="py class">')
