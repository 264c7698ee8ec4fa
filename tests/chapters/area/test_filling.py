"""Sections by what exists: what cannot be filled says what covers the place; the page drops what shows nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import nbformat
import pytest

from healthdevo import areas
from healthdevo.chapters.area import AreaDevolution, AreaEmergency, AreaTrend, Instead, fill, link
from healthdevo.chapters.area.filling import SECTIONS, anchor, covered_by, where_instead
from healthdevo.chapters.common import TODAY, closest_cover, overlaps
from healthdevo.errors import BuildError
from healthdevo.publishing.links import with_links
from healthdevo.publishing.notebooks import page_of, tags
from healthdevo.publishing.project import Project

ROOT = Path(__file__).parents[3]
TEMPLATE = nbformat.read(ROOT / "book/areas/area.ipynb", as_version=4)


def test_what_is_not_there_shows_nothing_and_says_one_thing() -> None:
    gone = Instead("emergency", "Elsewhere.")
    assert gone.texts() == {"emergency_instead": "Elsewhere."}
    assert gone.chart().anything(1, key=2).texts() == gone.texts()
    assert gone._ipython_display_() is None
    with pytest.raises(AttributeError):
        gone._repr_html_()
    assert AreaTrend.of(gone) is gone


def test_a_section_is_filled_where_there_are_figures() -> None:
    assert isinstance(fill(AreaEmergency, "E54000057"), AreaEmergency)
    assert isinstance(fill(AreaEmergency, "E47000001"), AreaEmergency)  # the sum of one board
    west_midlands = fill(AreaEmergency, "E47000007")  # a border cuts its boards
    assert isinstance(west_midlands, Instead)
    assert "area:E54000055#a-e" in west_midlands.text
    assert isinstance(fill(AreaDevolution, "E09000001"), Instead)


def test_a_board_of_parts_leads_to_the_boards_before_it() -> None:
    text = fill(AreaEmergency, "E54000069").texts()["emergency_instead"]
    for code in ("E54000053", "E54000052", "E54000034"):
        assert f"(area:{code}#a-e)" in text


def test_shares_of_the_people_of_a_place_are_those_of_its_districts() -> None:
    found = overlaps(areas.get("E47000007"), ["icb"], "2026-03-31").set_index("area")
    # of seven districts, Coventry alone lies in the board of Coventry and Warwickshire
    from healthdevo import tables

    people = tables.load("population_year").query("year == 2024").set_index("area_code")["persons"]
    members = [a.code for a in areas.members("E47000007", "district", "2026-03-31")]
    expected = people["E08000026"] / people[members].sum()
    assert found.loc["E54000018", "of_area"] == pytest.approx(expected, rel=1e-9)
    assert found["of_area"].sum() == pytest.approx(1.0)


def test_the_closest_cover_is_the_kind_with_the_fewest_people_besides() -> None:
    cover = closest_cover(areas.get("E08000003"), ["nhs_region", "icb", "combined_authority"])
    assert cover is not None
    assert [a.code for a, _ in cover.shares] in (["E54000057"], ["E47000001"])
    assert "whose page has them" in covered_by(areas.get("E08000003"), "emergency")
    assert closest_cover(areas.get("E09000007"), ["county"]) is None


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((0.996,), "whose page has them"),
        ((0.6, 0.4), "(60% of its people)"),
        ((0.6, 0.4), "(40%). Their pages have them."),
    ],
)
def test_where_instead(shares: tuple[float, ...], words: str) -> None:
    boards = areas.list_areas("icb", TODAY)
    pairs = list(zip(boards, shares, strict=False))
    assert words in where_instead(areas.get("E10000012"), pairs, "emergency")


def test_every_link_to_a_section_meets_its_heading() -> None:
    for name, (heading, _) in SECTIONS.items():
        first = next(c for c in TEMPLATE.cells if f"section-{name}" in tags(c))
        assert first.source.startswith(f"## {heading}\n"), name
        assert anchor(name) in ("a-e", heading.lower().replace(" ", "-"))


def test_the_sections_stand_in_the_order_of_the_argument() -> None:
    headings = [
        c.source.splitlines()[0]
        for c in TEMPLATE.cells
        if c.cell_type == "markdown" and c.source.startswith("## ")
    ]
    order = [
        f"## {SECTIONS[name][0]}" for name in ("devolution", "inequality", "spending", "emergency", "members")
    ]
    assert [h for h in headings if h in order] == order
    assert all(len(h.split()) <= 11 for h in headings)


def test_links_become_addresses_or_words() -> None:
    text = f"{link(areas.get('E47000001'), 'emergency')} and [X](area:OWN-CHESHIRE-WARRINGTON)"
    pages = {"E47000001": "areas/greater-manchester-combined-authority"}
    assert with_links(text, "areas/bolton", pages) == (
        "[Greater Manchester combined authority](greater-manchester-combined-authority.html#a-e) and X"
    )
    assert with_links(text, "index", pages).startswith(
        "[Greater Manchester combined authority](areas/greater"
    )


def _executed(glued: list[str]) -> nbformat.NotebookNode:
    made = _small()
    for cell in made.cells:
        if cell.cell_type == "code" and "say" in cell.source:
            cell.outputs = [
                nbformat.v4.new_output("display_data", data={}, metadata={"scrapbook": {"name": name}})
                for name in glued
            ]
    return made


def _small() -> nbformat.NotebookNode:
    def cell(kind: str, source: str, *own: str) -> nbformat.NotebookNode:
        made = (nbformat.v4.new_markdown_cell if kind == "md" else nbformat.v4.new_code_cell)(source)
        made.metadata["tags"] = list(own)
        return made

    return nbformat.v4.new_notebook(
        cells=[
            cell("md", "# Title"),
            cell("md", "## Money\n\nText {glue:text}`money_a`.", "section-money"),
            cell("code", "say(...)", "section-money"),
            cell("code", "chart()", "section-money"),
            cell("md", "### Part", "section-money", "section-money-part"),
            cell("code", "part()", "section-money", "section-money-part"),
            cell("md", "## Rest"),
        ]
    )


@pytest.mark.parametrize(
    ("glued", "kept"),
    [
        (["money_a"], ["# Title", "## Money\n\nText {glue:text}`money_a`.", "say(...)", "chart()", "### Part", "part()", "## Rest"]),
        (["money_instead"], ["# Title", "## Money\n\n{glue:md}`money_instead`", "say(...)", "## Rest"]),
        (["money_part_without"], ["# Title", "## Money\n\nText {glue:text}`money_a`.", "say(...)", "chart()", "## Rest"]),
        (
            ["money_part_instead"],
            [
                "# Title", "## Money\n\nText {glue:text}`money_a`.", "say(...)", "chart()",
                "### Part\n\n{glue:md}`money_part_instead`", "## Rest",
            ],
        ),
    ],
)  # fmt: skip
def test_a_page_keeps_what_its_sections_can_fill(glued: list[str], kept: list[str]) -> None:
    assert [cell.source for cell in page_of(_small(), _executed(glued), {}).cells] == kept


def test_a_sentence_without_its_heading_is_a_fault() -> None:
    with pytest.raises(BuildError, match="no Markdown cell tagged section-other"):
        page_of(_small(), _executed(["other_instead"]), {})


def test_pages_speak_of_the_day_that_the_book_is_made_for() -> None:
    project = Project.load(ROOT)
    assert project.areas is not None
    assert project.areas.on.isoformat() == TODAY


def test_an_area_s_name_is_no_markup_in_a_link():
    evil = dataclasses.replace(areas.get("E47000001"), name="<script>alert(1)</script> *x*")
    text = link(evil, words=evil.name)
    assert text.startswith(r"[\<script\>alert(1)\</script\> \*x\*](area:E47000001")
