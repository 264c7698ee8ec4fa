"""Executed notebooks become pages: MyST-NB and Sphinx read them with the project's renderer and extension."""

import re
import subprocess
import sys

import nbformat
import pytest

from healthdevo.charts import CHART_MIME, TABLE_MIME
from healthdevo.charts.chart import standalone
from healthdevo.publishing import figures

CHART = {
    "figure_id": "growth",
    "title": "Attendances *doubled*",
    "subtitle": "Attendances, millions",
    "source": "NHS England [2025]",
    "alt": 'Line chart: "attendances" rise: from 1 to 4.',
    "svg": '<svg viewBox="0 0 400 300"/>',
    "csv": "year,attendances\n2020,1\n",
}
TABLE = {
    "table_id": "by-year",
    "caption": "By year.",
    "source": "NHS England",
    "csv": "year\n2020\n",
    "files": {"somewhere-every-row.json": "[]\n"},
    "columns": ["Area", "Rate", "Interval", "Note"],
    "rows": [["2020", "1,234.5", "1.2 to 3.4", "a|b *c*"], ["2021", "−3%", "not available", ""]],
}

CONFIG = """\
extensions = ["myst_nb", "sphinx_design", "healthdevo.publishing.sphinx_extension"]
myst_enable_extensions = ["substitution"]
nb_execution_mode = "off"
nb_code_prompt_show = "Show the code"
html_theme = "basic"
numfig = True
"""


def shown(mime, value):
    other = {"text/html": "<b>not this</b>", "image/svg+xml": "<svg>not this</svg>", "text/plain": "not this"}
    return nbformat.v4.new_output("display_data", data={mime: value, **other})


def said(name, text, markdown=None):
    prefix = "application/papermill.record/"
    data = {f"{prefix}text/plain": text}
    if markdown is not None:
        data[f"{prefix}text/markdown"] = markdown
    metadata = {"scrapbook": {"name": name, "mime_prefix": prefix}}
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


def code(source, outputs=(), tags=()):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def text(source):
    return nbformat.v4.new_markdown_cell(source)


def build(folder, pages):
    """Make HTML of notebooks and return its folder and the warnings."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for name, (cells, substitutions) in pages.items():
        metadata = {"kernelspec": kernel, "language_info": {"name": "python", "pygments_lexer": "python"}}
        if substitutions:
            metadata["myst"] = {"substitutions": substitutions}
        path = folder / "source" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=metadata)))
    toc = "\n".join(pages)
    (folder / "source" / "index.md").write_text(
        f"# Book\n\n{{glue:text}}`demand.ipynb::own:s`\n\n```{{toctree}}\n{toc}\n```\n"
    )
    (folder / "source" / "conf.py").write_text(CONFIG, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder / "source"), str(folder / "html")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html", done.stderr


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    stream = nbformat.v4.new_output("stream", name="stdout", text="hello\n")
    own = code(
        "say()", [said("own", "'it*s a \"text\"'", "*it*"), said("raw", "'1,234'"), said("n", "'12.50'")]
    )
    return build(
        tmp_path_factory.mktemp("figures"),
        {
            "areas/somewhere": (
                [
                    text("# {{ area_name }}\n\nSee {fig}`growth`, {tab}`by-year` and {glue:text}`raw`."),
                    code("area_code = 'default'", tags=["parameters"]),
                    code("area_code = 'injected'", tags=["injected-parameters"]),
                    code("say()", [said("raw", "'1,234'")]),
                    code("chart", [shown(CHART_MIME, CHART)]),
                    code("table", [shown(TABLE_MIME, TABLE)]),
                    text("## {{area_name}}'s end"),
                ],
                {"area_name": "Somewhere"},
            ),
            "demand": (
                [
                    text("# Demand\n\n{glue:text}`own`, {glue:text}`raw`, {glue:text}`n` {glue:md}`own`"),
                    own,
                    code("both", [stream, shown(CHART_MIME, CHART)]),
                    code("'{{ area_name }}'"),
                    code("open", tags=["show-input"]),
                    code("left_out", tags=["remove-input"]),
                    code("no_output", [shown(CHART_MIME, {**CHART, "figure_id": "no"})], ["remove-output"]),
                    code("no_cell", [shown(CHART_MIME, {**CHART, "figure_id": "never"})], ["remove-cell"]),
                ],
                {},
            ),
        },
    )


def page(book, name):
    return (book[0] / name).read_text(encoding="utf-8")


def test_nothing_is_doubtful(book):
    assert book[1] == ""


def test_a_chart_becomes_a_figure_with_its_words_and_downloads(book):
    html = page(book, "areas/somewhere.html")
    assert '<div class="hd-title docutils">\n<p>Attendances *doubled*</p>' in html
    assert html.count("Attendances, millions") == 1
    assert 'id="fig-somewhere-growth"' in html
    assert 'alt="Line chart: &quot;attendances&quot; rise: from 1 to 4."' in html
    assert "Source: NHS England [2025]" in html
    assert "not this" not in html
    whole = standalone(*(CHART[part] for part in ("svg", "title", "subtitle", "source")))
    assert (book[0] / "_images" / "somewhere-growth.svg").read_text() == whole
    shape = re.search(r'class="hd-picture" style="--hd-shape:400/300;--hd-above:([\d.]+)%"', html)
    above = float(shape[1]) / 100 * 400  # the page shows the picture alone, which lies below what is drawn in
    assert re.search(r'<svg y="([\d.]+)" viewBox', whole)[1] == f"{above:.1f}"
    assert 'download="somewhere-growth.svg" href="../_images/somewhere-growth.svg">picture (SVG)</a>' in html
    assert (
        '<a class="hd-link reference internal" href="../figures/somewhere-growth.html">Link to this figure</a>'
        in html
    )
    assert re.search(
        r'<img [^>]*loading="lazy" width="400" height="\d+"|<img loading="lazy" width="400" height="\d+" ',
        html,
    )
    leads = (book[0] / "figures" / "somewhere-growth.html").read_text()
    assert 'content="0; url=../areas/somewhere.html#fig-somewhere-growth"' in leads
    stored = {path.name: path.read_text() for path in (book[0] / "_downloads").rglob("somewhere-*")}
    told = [line for line in stored["somewhere-growth.csv"].splitlines() if line.startswith("#")]
    assert told == [
        "# Figure: Attendances *doubled*", "# Measure and unit: Attendances, millions", "# Source and edition: NHS England [2025]",
        "# Licence: Open Government Licence v3.0 for the official statistics, CC BY 4.0 for what is computed from them",
        "# Link: figures/somewhere-growth",
    ]  # fmt: skip
    assert "# Columns: Area, Rate, Interval, Note" in stored["somewhere-by-year-table.csv"]
    files = {name: re.sub(r"^#.*\n", "", text, flags=re.MULTILINE) for name, text in stored.items()}
    assert files == {
        "somewhere-growth.csv": "year,attendances\n2020,1\n",
        "somewhere-by-year-table.csv": "year\n2020\n",
        "somewhere-every-row.json": "[]\n",
    }


def test_the_figure_stands_before_the_folded_code(book):
    html = page(book, "areas/somewhere.html")
    figure, code_itself = html.index("<figure"), html.index('<span class="n">chart</span>')
    assert figure < html.index("Show the code", figure) < code_itself
    assert "cell_output" not in html  # nothing is left behind


def test_the_code_button_says_what_it_does(book):
    html = page(book, "areas/somewhere.html")
    assert "Toggle hidden content" not in html
    assert re.search(r"<summary>\s*(<[^>]+>\s*)*Show the code", html)


def test_a_page_says_what_it_is_about_and_the_book_has_an_index(book):
    html = page(book, "areas/somewhere.html")
    assert re.search(r'<meta name="description" content="[^"]{8,160}"/>', html)
    assert '<meta property="og:image" content="../_static/social.png"/>' in html
    assert (book[0] / "_static" / "social.png").read_bytes().startswith(b"\x89PNG")
    assert "<loc>areas/somewhere.html</loc>" in (book[0] / "sitemap.xml").read_text()
    assert (book[0] / "robots.txt").read_text() == "User-agent: *\nDisallow: /figures/\n"
    assert "There is no such page" in page(book, "404.html")


def test_a_wide_table_says_that_it_goes_on(book):
    html = page(book, "areas/somewhere.html")
    assert "The table goes on to the right" in html
    narrow = figures._is_wide([["Area", "Rate"], ["Leeds", "1,234"]])
    assert not narrow


def test_a_table_of_words_is_told_from_one_of_numbers():
    long, short = "Did preventable deaths fall more than elsewhere?", "supported"
    assert figures._is_prose([[long, short, long], [long, short, long]])
    assert not figures._is_prose([[long, short, "−7.1 (−13 to −1.2)"]] * 2)
    assert not figures._is_prose([[long, "x" * 39, "1"]])
    assert figures._is_prose([["x" * 60, "x" * 20, "y"], ["x" * 20, "x" * 60, ""]])


def test_pounds_with_a_sign_are_numbers():
    assert figures._is_numeric(["−£440", "+£63", "£5", "−2.1", "£10 to £20", "≈ 3"])
    assert not figures._is_numeric(["−£440", "none"])


def test_a_table_becomes_a_captioned_table(book):
    html = page(book, "areas/somewhere.html")
    table = html[html.index("<table") : html.index("</table>")]
    assert 'id="tab-somewhere-by-year"' in table
    assert '<span class="caption-text">By year.</span>' in table
    sides = re.findall(r'<th class="head (text-\w+)"><p>(\w+)</p>', table)
    assert sides == [
        ("text-left", "Area"),
        ("text-right", "Rate"),
        ("text-right", "Interval"),
        ("text-left", "Note"),
    ]
    assert re.findall(r"<td.*?><p>(.*?)</p></td>", table)[:4] == ["2020", "1,234.5", "1.2 to 3.4", "a|b *c*"]


def test_references_lead_to_the_pages_own_figures(book):
    html = page(book, "areas/somewhere.html")
    assert re.search(r'href="#fig-somewhere-growth"><span class="std std-numref">Fig. 1</span>', html)
    assert re.search(r'href="#tab-somewhere-by-year"><span class="std std-numref">Table 1</span>', html)


def test_placeholders_are_filled_in_text_only(book):
    html = page(book, "areas/somewhere.html")
    assert "<title>Somewhere" in html
    assert re.search(r"<h2>Somewhere’s end", html)
    assert "{{ area_name }}" in page(book, "demand.html")


def test_parameters_are_left_out(book):
    assert "area_code" not in page(book, "areas/somewhere.html")


def test_other_outputs_stay_and_keep_their_place(book):
    html = page(book, "demand.html")
    assert html.index("both") < html.index("hello") < html.index("<figure")


@pytest.mark.parametrize(
    ("source", "there", "folded"),
    [
        ("say", True, True),
        ("open", True, False),
        ("left_out", False, False),
        ("no_output", True, True),
        ("no_cell", False, False),
    ],
)
def test_code_is_folded_unless_tagged(book, source, there, folded):
    html = page(book, "demand.html")
    place = html.find(f">{source}</span>")
    assert (place >= 0) == there
    before = html[:place]
    assert not there or (before.rfind("<details") > before.rfind("</details>")) == folded


@pytest.mark.parametrize("name", ["demand-no", "demand-never"])
def test_a_removed_output_leaves_no_figure(book, name):
    assert f"fig-{name}" not in page(book, "demand.html")


def test_glued_texts_are_shown_as_meant(book):
    shown_text = re.sub(r"</?(span|p)[^>]*>", "", page(book, "demand.html"))
    assert "it*s a “text”, 1,234, 12.50 <em>it</em>" in shown_text
    assert "it*s a “text”" in page(book, "index.html")  # from another page, with the same quotation marks


def test_a_strict_build_hears_of_every_fault(tmp_path):
    names = ["figure_id", "title", "subtitle", "source", "alt", "svg", "csv"]
    charts = [shown(CHART_MIME, {**CHART, "figure_id": f"f-{name}", name: " "}) for name in names]
    warnings = build(
        tmp_path,
        {
            "demand": (
                [
                    text("# Demand\n\n{{ area }} {glue:text}`other` {fig}`nowhere`"),
                    code("faulty", charts),
                    code("a", [shown(CHART_MIME, CHART)]),
                    code("b", [shown(CHART_MIME, CHART)]),
                ],
                {},
            ),
            "untitled": ([code("1")], {}),
        },
    )[1]
    for name in names:
        assert f"a figure or table has no {name}" in warnings
    assert 'Duplicate explicit target name: "fig-demand-growth"' in warnings
    assert "'area' is undefined" in warnings
    assert "No key 'other' found in glue data" in warnings
    assert "Glue reference 'own' not found in doc 'demand'" in warnings
    assert "undefined label: 'fig-demand-nowhere'" in warnings
    assert "reference to document 'untitled' that doesn't have a title" in warnings
