"""The template, executed for one area of each kind: every text that a page shows is said, and nothing fails.

Some run as a build runs them, in one kernel that is emptied between pages and keeps what they share; the others as plain code, without pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tests.kit import pages

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
def executed() -> Iterator[Callable[..., Any]]:
    """Return a function that executes the template with parameters in a kernel."""
    from nbclient import NotebookClient
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    client = NotebookClient(
        nbformat.v4.new_notebook(), timeout=600, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    )  # fmt: skip

    def run(**parameters: str) -> Any:
        page = parameterize_notebook(load_notebook_node(str(TEMPLATE)), parameters)
        page.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
        client.nb = page
        client.execute(cleanup_kc=False)
        del page.cells[0]
        return page

    try:
        yield run
    finally:
        if client.km is not None:
            client._cleanup_kernel()


def check(done: Any) -> None:
    """Every text that a page shows is said by one of its cells."""
    page = notebooks.page_of(notebooks.read(TEMPLATE), done, {})
    said = {name for cell in page.cells for name in notebooks.said(cell)}
    shown = {
        name
        for cell in page.cells
        if cell.cell_type == "markdown"
        for name in re.findall(r"\{glue:(?:text|md)\}`(\w+)`", cell.source)
    }
    assert shown <= said
    assert shown


AS_BUILT = {
    what: code
    for what, code in (ONE_OF_EACH | MORE).items()
    if what in ("icb", "combined_authority", "non_metropolitan_district", "no figures")
}
PLAIN = {what: code for what, code in (ONE_OF_EACH | MORE).items() if what not in AS_BUILT}


@pytest.mark.parametrize(("what", "code"), AS_BUILT.items())
def test_a_page_is_built_without_a_complaint(what: str, code: str, executed: Callable[..., Any]) -> None:
    done = notebooks.normalise(executed(area_code=code), ROOT)
    check(done)
    complaints = [
        cell.source
        for cell in done.cells
        if cell.cell_type == "code"
        and any(o.output_type == "error" or o.get("name") == "stderr" for o in cell.outputs)
    ]
    assert not complaints


@pytest.mark.parametrize(("what", "code"), PLAIN.items())
def test_a_page_says_everything_that_it_shows(what: str, code: str) -> None:
    check(pages.executed(TEMPLATE, area_code=code)[0])


def test_the_page_of_a_plain_build_has_every_section_but_two() -> None:
    """It has no file of a user's own, and its area is a council: the duty stands on pages of authorities."""
    said = pages.executed(TEMPLATE)[1]
    left_out = {name for name in said if name.endswith(("_instead", "_without"))}
    assert left_out == {"indicator_without", "duty_instead"}
