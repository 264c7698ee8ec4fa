"""Wherever the book says what changed in Greater Manchester, number, window and verdict are the same."""

import json
import re
from pathlib import Path

import pytest

from healthdevo.chapters.area import AreaDevolution
from healthdevo.chapters.devolution import Mortality
from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.admissions.readings import Readings
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.findings import (
    ADMISSIONS_WINDOW,
    WINDOW,
    admissions_change,
    admissions_headline,
    admissions_manchester,
    change,
    headline,
    manchester,
)
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.words import matches
from healthdevo.chapters.postcode_lottery import PostcodeLottery
from healthdevo.publishing.readme import stated
from healthdevo.wording import span

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "book").rglob("*.ipynb"))


@pytest.fixture(scope="module")
def judgement() -> Judgement:
    return Judgement.of(Mortality.load())


@pytest.fixture(scope="module")
def pages(judgement) -> dict[str, str]:
    """Every text that tells the finding, by where it stands."""
    said = stated((ROOT / "README.md").read_text(encoding="utf-8"))
    lottery = PostcodeLottery.load().texts()
    area = AreaDevolution.load("E54000057")
    return {
        "Devolution": headline(judgement).sentence,
        "Postcode lottery": lottery["answer"],
        "Postcode lottery, section": lottery["manchester"],
        "area page": area.texts()["devolution_headline"],
        "README, devolution": said["devolution", "headline"],
        "README, postcode lottery": said["postcode_lottery", "answer"],
    }


def test_number_window_and_verdict_agree(judgement, pages):
    short = manchester(judgement)
    moved = re.findall(
        r"(?:fell|did worse) by [\d.]+ per 100,000 (?:more )?than in England outside London", short.sentence
    )
    assert len(moved) == 1
    for page, text in pages.items():
        assert change(judgement.main.estimate) in text, page
        assert judgement.verdict.sentence in text, page
        assert text.count(judgement.verdict.sentence) == 1, page
        found = re.findall(
            r"(?:fell|did worse) by [\d.]+ per 100,000 (?:more )?than in England outside London", text
        )
        assert found == moved, page
        assert set(re.findall(r"\d{4} to \d{4} against \d{4} to \d{4}", text)) == {WINDOW}, page


def test_no_page_calls_the_evidence_anything_else(judgement, pages):
    for page, text in pages.items():
        rest = text.replace(judgement.verdict.sentence, "")
        assert "rule calls" not in rest, page
        assert "neither gained nor lost" not in rest, page


def test_the_area_page_draws_and_lists_the_same_number(judgement):
    area = AreaDevolution.load("E54000057")
    assert area.test is not None
    assert area.test.estimate == judgement.main.estimate
    assert area.test.p_absolute == judgement.main.p_absolute
    table = area.table().data.set_index("measure")["value"]
    assert table["change"] == judgement.main.estimate
    assert f"{abs(judgement.main.estimate):.1f} fewer" in area.path_chart().title


def test_among_the_areas_with_a_deal_it_has_the_same_number(judgement):
    row = Elsewhere.load().estimates.set_index("name").loc["Greater Manchester"]
    assert row["effect"] == judgement.main.estimate
    assert row["p_value"] == judgement.main.p_absolute
    assert row["lower"] == judgement.main.interval().lower


def test_no_notebook_types_a_change_of_greater_manchester_by_hand():
    """Prose on its deaths takes its numbers from the computation: no digits beside "per 100,000" in a paragraph that names it."""
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and "Greater Manchester" in text:
                told = re.sub(r"\{\w+(?::\w+)*\}`[^`]*`", "", text)
                assert not re.search(r"\d[\d.]*\s*(?:deaths\s*)?per 100,000", told), path.name
                assert "neither gained nor lost" not in text, path.name


def opening_prose():
    """The prose of the opening page."""
    page = json.loads((ROOT / "book" / "index.ipynb").read_text(encoding="utf-8"))
    return "\n".join("".join(cell["source"]) for cell in page["cells"] if cell["cell_type"] == "markdown")


def test_the_opening_takes_both_outcomes_from_the_findings_and_types_nothing():
    prose = opening_prose()
    for name in ("answer_deaths", "answer_admissions"):
        assert f"{{glue:text}}`{name}`" in prose
    assert "Greater Manchester" not in prose


@pytest.fixture(scope="module")
def readings() -> Readings:
    return Readings(Rates.load())


@pytest.fixture(scope="module")
def admission_pages(readings) -> dict[str, str]:
    """Every text that tells the finding on avoidable admissions, by where it stands."""
    return {
        "Avoidable admissions": admissions_headline(readings).sentence,
        "in short": admissions_manchester(readings).sentence,
        "area page": AreaDevolution.load("E54000057").texts()["devolution_admissions"],
        "authority": AreaDevolution.load("E47000001").texts()["devolution_admissions"],
    }


def test_number_window_and_verdict_on_admissions_agree(readings, admission_pages):
    verdict = readings.judgement.verdict.sentence
    for page, text in admission_pages.items():
        assert admissions_change(readings.main.estimate) in text, page
        assert text.count(verdict) == 1, page
        assert "rule calls" not in text.replace(verdict, ""), page
        assert set(re.findall(r"\d{4}/\d\d to [\d/]+ against [\d/]+ to [\d/]+", text)) == {
            ADMISSIONS_WINDOW
        }, page


def test_three_clicks_lead_to_interval_counter_finding_and_rank(readings):
    """The opening page links to the page; Greater Manchester's own page says the same, with interval, rank and what speaks against."""
    assert "[Avoidable admissions](avoidable_admissions.ipynb)" in opening_prose()
    area = AreaDevolution.load("E47000001")
    text, other = area.texts()["devolution_admissions"], area.admissions
    assert other is not None
    assert other.test is not None
    limits = readings.main.interval()
    assert span(limits.lower, limits.upper) in text
    assert matches(readings.main) in text
    for against in (
        readings.judgement.relative,
        readings.windows[2016, 2019]["sdid"],
        readings.longest["sdid"],
    ):
        assert matches(against) in text
    assert other.test.estimate == readings.main.estimate
    assert other.test.p_absolute == readings.main.p_absolute
    table = area.admissions_table().data.set_index("measure")["value"]
    assert table["change"] == readings.main.estimate
    assert f"{abs(readings.main.estimate):.1f} fewer" in area.admissions_chart().title
    assert "marked break" in area.admissions_chart().subtitle


def test_both_main_outcomes_have_the_same_space():
    """The same figures and tables of both outcomes on their pages, and the same two on an area's page."""
    shared = {
        "designs.chart", "pre_trends.event_chart", "pre_trends.readings_chart", "pre_trends.readings_table",
        "pre_trends.without_year_table", "placebo_chart", "curve_chart", "influence_table", "judgement.rule_table",
        "elsewhere.areas_chart", "elsewhere.dynamic_chart", "elsewhere.kinds_table", "elsewhere.detectable_table", "gap_chart",
    }  # fmt: skip
    for name in ("devolution", "avoidable_admissions"):
        page = json.loads((ROOT / "book" / f"{name}.ipynb").read_text(encoding="utf-8"))
        code = " ".join("".join(c["source"]) for c in page["cells"] if c["cell_type"] == "code")
        assert {call for call in shared if f".{call}()" not in code} == set(), name
    area = json.loads((ROOT / "book" / "areas" / "area.ipynb").read_text(encoding="utf-8"))
    code = " ".join("".join(c["source"]) for c in area["cells"] if c["cell_type"] == "code")
    for call in ("path_chart", "table", "admissions_chart", "admissions_table"):
        assert f"area_devolution.{call}()" in code
