"""Wherever the book says what changed in Greater Manchester, number, window and verdict are the same."""

import json
import re
from pathlib import Path

import pytest

from healthdevo.chapters.area import AreaDevolution
from healthdevo.chapters.devolution import Mortality
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.findings import WINDOW, change, headline, manchester
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.postcode_lottery import PostcodeLottery
from healthdevo.publishing.readme import stated

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


def test_the_index_quotes_the_findings_by_name():
    index = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    for name in ("devolution.ipynb::headline", "postcode_lottery.ipynb::answer"):
        assert f"{{glue:text}}`{name}:s`" in index
    assert "Greater Manchester" not in index
