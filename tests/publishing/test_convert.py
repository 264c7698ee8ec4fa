"""Executed notebooks become pages."""

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthdevo.charts import CHART_MIME, TABLE_MIME
from healthdevo.errors import BuildError
from healthdevo.publishing.convert import convert, fill_glue, fill_placeholders, glued, plain

CHART = {
    "figure_id": "growth",
    "title": "Attendances *doubled*",
    "subtitle": "Attendances, millions",
    "source": "NHS England [2025]",
    "alt": 'Line chart: "attendances" rise: from 1 to 4.',
    "caption": "Attendances, millions",
    "svg": "<svg/>",
    "svg_standalone": "<svg>alone</svg>",
    "csv": "year,attendances\n2020,1\n",
}
TABLE = {
    "table_id": "by-year",
    "caption": "By year.",
    "source": "NHS England",
    "csv": "year\n2020\n",
    "columns": ["Area", "Rate", "Interval", "Note"],
    "rows": [["2020", "1,234.5", "1.2 to 3.4", "a|b"], ["2021", "−3%", "not available", ""]],
}


def shown(mime, value):
    return nbformat.v4.new_output("display_data", data={mime: value, "text/plain": "x"})


def said(name, text, markdown=None):
    data = {"application/papermill.record/text/plain": text}
    if markdown is not None:
        data["application/papermill.record/text/markdown"] = markdown
    return nbformat.v4.new_output("display_data", data=data, metadata={"scrapbook": {"name": name}})


def code(source, outputs=(), tags=()):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def page_of(*cells, docname="areas/somewhere", values=None, named=None):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title"), *cells])
    own = {docname: glued(notebook), **(named or {})}
    return convert(notebook, docname, {"page": "somewhere", **(values or {})}, own.get)


def markdown(page):
    return "\n".join(cell.source for cell in page.notebook.cells if cell.cell_type == "markdown")


def test_a_chart_becomes_a_figure_with_its_words_and_downloads():
    page = page_of(code("chart", [shown(CHART_MIME, CHART)]))
    text = markdown(page)
    assert "Attendances \\*doubled\\*" in text
    assert "```{figure} /figures/somewhere-growth.svg\n:name: fig-somewhere-growth" in text
    assert ':alt: "Line chart: \\"attendances\\" rise: from 1 to 4."' in text
    assert "Source: NHS England \\[2025\\]" in text
    assert text.count("Attendances, millions") == 1  # the subtitle is not said again as the caption
    assert page.files == {
        "figures/somewhere-growth.svg": "<svg/>",
        "downloads/somewhere-growth.svg": "<svg>alone</svg>",
        "downloads/somewhere-growth.csv": "year,attendances\n2020,1\n",
    }
    kinds = [cell.cell_type for cell in page.notebook.cells]
    assert kinds == ["markdown", "markdown", "code"]  # the figure stands before the folded code
    assert page.notebook.cells[-1].outputs == []


def test_a_caption_of_its_own_is_shown():
    text = markdown(page_of(code("chart", [shown(CHART_MIME, {**CHART, "caption": "More words."})])))
    assert "More words. Source: NHS England" in text


def test_a_table_becomes_a_captioned_table():
    page = page_of(code("table", [shown(TABLE_MIME, TABLE)]))
    text = markdown(page)
    assert "```{table} By year.\n:name: tab-somewhere-by-year" in text
    assert "| Area | Rate | Interval | Note |\n| :-- | --: | --: | :-- |\n" in text
    assert "| 2020 | 1,234.5 | 1.2 to 3.4 | a\\|b |" in text
    assert page.files == {"downloads/somewhere-by-year-table.csv": "year\n2020\n"}


def test_other_outputs_stay_and_keep_their_place():
    stream = nbformat.v4.new_output("stream", name="stdout", text="hello\n")
    page = page_of(code("both", [stream, shown(CHART_MIME, CHART)]))
    assert [cell.cell_type for cell in page.notebook.cells] == ["markdown", "code", "markdown"]
    assert page.notebook.cells[1].outputs[0].text == "hello\n"


@pytest.mark.parametrize("name", ["figure_id", "title", "subtitle", "source", "alt", "svg", "csv"])
def test_a_chart_without_its_words_is_refused(name):
    with pytest.raises(BuildError, match=f"somewhere: a figure or table has no {name}"):
        page_of(code("chart", [shown(CHART_MIME, {**CHART, name: " "})]))


def test_one_identifier_for_two_figures_is_refused():
    with pytest.raises(BuildError, match=r"two figures or tables are called somewhere-growth\.svg"):
        page_of(code("a", [shown(CHART_MIME, CHART)]), code("b", [shown(CHART_MIME, CHART)]))


@pytest.mark.parametrize("tag", ["remove-cell", "remove-output"])
def test_a_removed_output_leaves_no_figure(tag):
    page = page_of(code("chart", [shown(CHART_MIME, CHART)], [tag]))
    assert page.files == {}
    assert "{figure}" not in markdown(page)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["hide-input"]),
        (["parameters"], ["parameters", "remove-cell"]),
        (["injected-parameters"], ["injected-parameters", "remove-cell"]),
        (["show-input"], ["show-input"]),
        (["remove-input"], ["remove-input"]),
        (["remove-output"], ["remove-output", "hide-input"]),
    ],
)
def test_code_is_folded_unless_tagged(given, expected):
    assert page_of(code("x = 1", (), given)).notebook.cells[1].metadata["tags"] == expected


def test_placeholders_are_filled_in_markdown_only():
    cells = [nbformat.v4.new_markdown_cell("## {{area_name}} and {{ page }}"), code("'{{ area_name }}'")]
    page = page_of(*cells, values={"area_name": "London"})
    assert page.notebook.cells[1].source == "## London and somewhere"
    assert page.notebook.cells[2].source == "'{{ area_name }}'"
    with pytest.raises(BuildError, match=r"demand: placeholder \{\{ area \}\} is not known; there are a, b"):
        fill_placeholders("{{ area }}", {"b": "", "a": ""}, "demand")


def test_glued_texts_are_shown_as_meant():
    notebook = nbformat.v4.new_notebook(
        cells=[
            code("say()", [said("raw", "1,234"), said("quoted", "'it*s'", "*it*"), said("number", "12.50")])
        ]
    )
    texts = glued(notebook)
    assert texts["raw"] == {"text": "1,234", "md": "1,234"}
    assert texts["quoted"] == {"text": "it\\*s", "md": "*it*"}
    assert texts["number"]["text"] == "12.50"
    pages = {"demand": texts, "areas/x": {"own": {"text": "T", "md": "M"}}}
    text = "{glue:text}`../demand::raw` {glue:md}`../demand::quoted` {glue:md}`own`"
    assert fill_glue(text, "areas/x", pages.get) == "1,234 *it* M"
    with pytest.raises(BuildError, match="gives no text that name; there are number, quoted, raw"):
        fill_glue("{glue:text}`other`", "demand", pages.get)
    with pytest.raises(BuildError, match="'areas/demand', which is no computed page"):
        fill_glue("{glue:text}`demand::raw`", "areas/x", pages.get)


def test_a_page_needs_a_title():
    notebook = nbformat.v4.new_notebook(cells=[code("1"), nbformat.v4.new_markdown_cell("# Title")])
    with pytest.raises(BuildError, match="must be Markdown and begin with the title"):
        convert(notebook, "demand", {}, {}.get)


def test_converting_changes_nothing_given_and_repeats():
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# {{ page }}"), code("chart", [shown(CHART_MIME, CHART)])]
    )
    before = nbformat.writes(notebook)
    first, second = (convert(notebook, "p", {"page": "p"}, {}.get) for _ in range(2))
    assert nbformat.writes(notebook) == before
    assert nbformat.writes(first.notebook) == nbformat.writes(second.notebook)
    nbformat.validate(first.notebook)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=40))
def test_plain_text_survives_markdown(text):
    from markdown_it import MarkdownIt

    words = " ".join(text.split())
    html = MarkdownIt("commonmark").render(f"{plain(text)}\n")
    from html import unescape

    assert unescape(html.strip().removeprefix("<p>").removesuffix("</p>")).strip() == words or not words
