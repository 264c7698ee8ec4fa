"""The template, executed for one area of each kind: every text that a page shows is said, and nothing fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from healthdevo import areas
from healthdevo.chapters.common import TODAY
from healthdevo.publishing import notebooks

pytestmark = pytest.mark.book

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "book/areas/area.ipynb"
ONE_OF_EACH = {
    kind.code: areas.list_areas(kind.code, TODAY)[-1].code for kind in areas.KINDS.rows if kind.sections
}
MORE = {
    "split board": "E54000069",
    "old board": "E54000034",
    "no figures": "E09000001",
    "new code": "E08000038",
}


@pytest.fixture(scope="module")
def pages() -> dict[str, Any]:
    """Return the executed template by area: all in one kernel, emptied of names before each page. No area stands for a plain build."""
    every = nbformat.v4.new_notebook()
    ends: dict[str, slice] = {}
    templates: dict[str, Any] = {}
    for code in [*ONE_OF_EACH.values(), *MORE.values(), ""]:
        page = load_notebook_node(str(TEMPLATE))
        page = parameterize_notebook(page, {"area_code": code}) if code else page
        every.cells.append(nbformat.v4.new_code_cell("%reset -f"))
        ends[code] = slice(len(every.cells), len(every.cells) + len(page.cells))
        every.cells.extend(page.cells)
        templates[code] = page
    where = {"metadata": {"path": str(ROOT)}}
    NotebookClient(every, kernel_name="python3", timeout=600, allow_errors=True, resources=where).execute()
    for code, page in templates.items():
        page.cells = every.cells[ends[code]]
    return {code: notebooks.normalise(page, ROOT) for code, page in templates.items()}


@pytest.mark.parametrize(("what", "code"), [*ONE_OF_EACH.items(), *MORE.items()])
def test_a_page_says_everything_that_it_shows(pages: dict[str, Any], what: str, code: str) -> None:
    page = notebooks.page_of(notebooks.read(TEMPLATE), pages[code], {})
    said = {name for cell in page.cells for name in notebooks.said(cell)}
    shown = {
        name
        for cell in page.cells
        if cell.cell_type == "markdown"
        for name in re.findall(r"\{glue:(?:text|md)\}`(\w+)`", cell.source)
    }
    assert shown <= said
    assert shown
    empty = [
        cell.source
        for cell in page.cells
        if cell.cell_type == "code"
        and any(o.output_type == "error" or o.get("name") == "stderr" for o in cell.outputs)
    ]
    assert not empty


def test_the_page_of_a_plain_build_has_every_section_but_two(pages: dict[str, Any]) -> None:
    """It has no file of a user's own, and its area is a council: the duty stands on pages of authorities."""
    said = {name for cell in pages[""].cells for name in notebooks.said(cell)}
    left_out = {name for name in said if name.endswith(("_instead", "_without"))}
    assert left_out == {"indicator_without", "duty_instead"}
