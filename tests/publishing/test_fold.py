"""Details are folded under their own caption, and only what a chapter's notebook marks."""

import types
from pathlib import Path

import nbformat
import pytest
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.utils import new_document

from healthdevo.publishing import sphinx_extension
from healthdevo.publishing.figures import TABLE
from healthdevo.publishing.sphinx_extension import FOLD, Fold

ROOT = Path(__file__).parents[2]


def table(caption):
    return nodes.container("", nodes.table("", nodes.title("", caption)), classes=[TABLE])


@pytest.fixture
def cell():
    """Run the transform on a page of one cell that shows a table; return what stands on the page."""

    def run(*tags):
        document = new_document("page", get_default_settings(Parser))
        output = nodes.container("", table('Deaths & "causes"'), nb_element="cell_code_output")
        code = nodes.container("", nodes.literal_block("", "show()"), nb_element="cell_code_source")
        document += nodes.container(
            "", code, output, nb_element="cell_code", cell_metadata={"tags": list(tags)}
        )
        settings = types.SimpleNamespace(
            mystnb_config=types.SimpleNamespace(code_prompt_show="Show", code_prompt_hide="Hide")
        )
        document.settings.env = settings
        transform = sphinx_extension._FigureBeforeCode(document)
        transform.run()
        return document.children

    return run


def test_a_table_of_details_is_folded_under_its_caption(cell):
    fold, code = cell(FOLD)
    assert isinstance(fold, Fold)
    assert fold["words"] == 'Deaths & "causes"'
    assert len(list(fold.findall(nodes.table))) == 1
    assert code["hide_mode"] == "input"


def test_other_tables_stay_open(cell):
    shown, _ = cell()
    assert not isinstance(shown, Fold)
    assert shown["classes"] == [TABLE]


@pytest.mark.parametrize(
    ("source", "tags", "kept"),
    [
        ("duty.chart()", (), False),
        ("area.money.flow_table()", (), False),
        ("duty.chart()", ("remove-output",), True),
        ("x = duty.chart()", (), True),
        ("1 + 1", (), True),
    ],
)
def test_the_code_of_a_chart_that_a_page_does_not_have_is_left_out(source, tags, kept):
    code = nodes.container("", nodes.literal_block("", source), nb_element="cell_code_source")
    cell = nodes.container("", code, nb_element="cell_code")
    assert sphinx_extension._shows_nothing(cell, set(tags)) is not kept


def test_the_caption_is_text_and_not_markup():
    writer = types.SimpleNamespace(body=[])
    fold = Fold("", words='Deaths & "causes" <b>')
    sphinx_extension._visit_fold(writer, fold)
    sphinx_extension._depart_fold(writer, fold)
    assert "".join(writer.body) == (
        '<details class="hd-fold"><summary>Deaths &amp; &quot;causes&quot; &lt;b&gt;</summary>\n</details>\n'
    )


def test_only_cells_that_show_a_table_are_marked():
    for path in sorted((ROOT / "book").rglob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if FOLD in cell.metadata.get("tags", []):
                assert cell.cell_type == "code"
                assert "table()" in cell.source
