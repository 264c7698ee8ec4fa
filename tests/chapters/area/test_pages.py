"""The template, executed for one area of each kind: every text that a page shows is said, and nothing fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(("what", "code"), [*ONE_OF_EACH.items(), *MORE.items()])
def test_a_page_says_everything_that_it_shows(what: str, code: str) -> None:
    import papermill

    done = papermill.execute_notebook(
        str(TEMPLATE),
        None,
        parameters={"area_code": code},
        progress_bar=False,
        cwd=str(ROOT),
        kernel_name="python3",
    )
    page = notebooks.page_of(notebooks.read(TEMPLATE), notebooks.normalise(done, ROOT), {})
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


def test_the_page_of_a_plain_build_has_every_section_but_two() -> None:
    """It has no file of a user's own, and its area is a council: the duty stands on pages of authorities."""
    import papermill

    done = papermill.execute_notebook(
        str(TEMPLATE), None, progress_bar=False, cwd=str(ROOT), kernel_name="python3"
    )
    said = {name for cell in done.cells for name in notebooks.said(cell)}
    left_out = {name for name in said if name.endswith(("_instead", "_without"))}
    assert left_out == {"indicator_without", "duty_instead"}
