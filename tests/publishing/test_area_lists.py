"""What leads to area pages: lists, map, and the files of finder and comparison."""

import datetime
import json

import nbformat
import pytest

from healthdevo import areas
from healthdevo.areas import KINDS
from healthdevo.chapters.area.card.measures import CARD
from healthdevo.publishing import area_lists
from healthdevo.publishing.links import with_html_links
from healthdevo.publishing.plan import Job
from healthdevo.publishing.project import AreaPages

CODES = ("E54000057", "E47000001", "E08000006", "E08000001", "E06000002", "E06000063")
PAGES = AreaPages("book/areas/area", "book/areas/index", KINDS.codes, datetime.date(2026, 11, 26), ("icb",))


def job(code):
    return Job(None, f"areas/{areas.get(code).slug}", {"area_code": code}, {}, {})


@pytest.fixture(scope="module")
def jobs():
    return [job(code) for code in CODES]


def test_kinds_come_in_the_order_of_the_registry(jobs):
    found = area_lists.by_kind(jobs)
    assert list(found) == ["icb", "combined_authority", "unitary_authority", "metropolitan_district"]
    assert sum(len(one) for one in found.values()) == len(CODES)


def test_the_page_of_a_kind_lists_its_areas_by_region(jobs):
    text = area_lists.kind_text(
        PAGES, "metropolitan_district", area_lists.by_kind(jobs)["metropolitan_district"]
    )
    assert text.startswith("# Metropolitan districts\n")
    assert (
        "```{rubric} In North West\n:heading-level: 3\n```\n\n- {doc}`Bolton </areas/bolton>`\n- {doc}`Salford </areas/salford>`"
        in text
    )
    assert "Middlesbrough" not in text


def test_boards_that_ended_stand_apart():
    ended = next(a for a in areas.list_areas("icb") if not a.is_current("2026-11-26"))
    text = area_lists.area_list(PAGES, [job("E54000057"), job(ended.code)])
    assert text.index("In North West") < text.index("Ended;") < text.index(ended.label)


def test_the_finder_knows_names_of_areas_with_pages_only(jobs):
    file = json.loads(area_lists.text_of(area_lists.find_file(PAGES, jobs)))
    assert [page[3] for page in file["pages"]] == list(CODES)
    names = {(text, file["pages"][place][3]) for text, place, _ in file["names"]}
    assert ("Salford", "E08000006") in names
    assert ("Allerdale", "E06000063") in names
    assert ("Mayor of Greater Manchester", "E47000001") in names
    assert all(0 <= place < len(CODES) for _, place, _ in file["names"])
    notes = {text: note for text, _, note in file["names"]}
    assert "until 2023" in notes["Allerdale"]
    assert notes["Salford"] == ""


def test_the_map_has_a_tile_for_each_district_and_links_those_with_pages(jobs):
    text = area_lists.tile_map(jobs, "areas")
    assert text.count("<title>") == 296
    assert text.count("<a href=") == 1 + 4  # the way round it, and the four districts with pages
    assert '<a href="salford.html" aria-label="Salford">' in text
    assert area_lists.tile_map([job("E47000001")], "areas").startswith("No district has a page")


def test_numbers_are_those_of_the_cards():
    record = {
        "code": "E08000006",
        "name": "Salford",
        "kind": "metropolitan_district",
        "numbers": {"gradient": {"value": 1.0}},
    }
    output = nbformat.v4.new_output("display_data", {"text/html": "x"}, metadata={CARD: record})
    page = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("x", outputs=[output]), nbformat.v4.new_markdown_cell("x")]
    )
    cards = area_lists.cards_of(page)
    file = area_lists.numbers_file([("areas/salford", cards[0])])
    assert file["areas"]["E08000006"] == {**record, "page": "areas/salford.html"}
    assert file["version"] == 1
    assert set(file["measures"]) == {
        "attendances",
        "four_hours",
        "life_expectancy",
        "gradient",
        "preventable_deaths",
        "spending_against_need",
    }


def test_links_of_a_card_lead_to_pages_that_there_are():
    text = '<a href="area:COMPARE?areas=E08000006">Compare</a> <a href="area:E47000001">GM</a> <a href="area:E99999999">no</a>'
    pages = {"E47000001": "areas/gm", "COMPARE": "areas/compare"}
    assert (
        with_html_links(text, "areas/salford", pages)
        == '<a href="compare.html?areas=E08000006">Compare</a> <a href="gm.html">GM</a> no'
    )
    assert with_html_links(text, "areas/salford", {}) == " GM no"
