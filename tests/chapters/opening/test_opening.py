"""The opening page: under 250 words, no sentence over 25, both main outcomes the same size, Devolution first."""

import json
import math
import re
from pathlib import Path

import pytest
import yaml

from healthdevo.chapters.opening import Opening, words
from healthdevo.chapters.opening.chapter import ROWS
from healthdevo.claims import CLAIMS, SCALE
from healthdevo.claims import VERDICTS as RECORD
from healthdevo.results import Estimate, Interval

ROOT = Path(__file__).parents[3]
PAGE = json.loads((ROOT / "book/index.ipynb").read_text(encoding="utf-8"))
SUPPORTED, PARTLY, NOT, CONTRADICTED = SCALE[:4]


@pytest.fixture(scope="module")
def opening():
    return Opening.load()


@pytest.fixture(scope="module")
def visible(opening):
    """The words of the page as a reader sees them, with those of the picture."""
    texts = opening.texts()
    prose = "\n\n".join("".join(c["source"]) for c in PAGE["cells"] if c["cell_type"] == "markdown")
    prose = re.sub(r"\{glue:text\}`(\w+)`", lambda m: texts[m[1]], prose)
    prose = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", prose)
    chart = opening.chart()
    return re.sub(r"[*#]", "", prose), f"{chart.title}. {chart.subtitle}. {chart.source}."


def sentences(text):
    parts = re.split(r"(?<=[.?!:])\s+(?=[A-Z])|\n+", text)
    return [p for p in parts if p.strip()]


def test_the_page_is_short(visible):
    prose, picture = visible
    assert len(f"{prose} {picture}".split()) < 250


def test_no_sentence_is_long(visible):
    for sentence in sentences(visible[0]):
        assert len(sentence.split()) <= 25, sentence


def test_the_answer_is_three_sentences_with_numbers(opening):
    said = [f.sentence for f in opening.findings()]
    assert len(said) == 3
    assert all(re.search(r"\d", s) for s in said)
    assert all(len(s.split()) <= 25 for s in said), [len(s.split()) for s in said]
    source = "".join("".join(c["source"]) for c in PAGE["cells"])
    for finding in opening.findings():
        assert f"{{glue:text}}`{finding.name}`" in source


def test_both_main_outcomes_are_told_and_drawn_alike(opening):
    deaths, admissions, _ = (f.sentence for f in opening.findings())
    for said in (deaths, admissions):
        assert "per 100,000" in said
        assert "interval" in said
        assert "evidence" in said
    rows = opening.rows
    assert list(rows["outcome"]) == list(ROWS)
    assert rows[["percent", "lower", "upper"]].notna().all().all()
    assert len(opening.chart().data) == 2
    assert len(opening.chart().title.split()) <= 10


def test_the_numbers_are_those_of_the_chapters(opening):
    frame = opening.rows.set_index("outcome")
    for name, test in opening.found.items():
        panel = opening.panels[name]
        first = int((panel.periods < 2015).sum())
        before = panel.outcome[panel.treated][:, :first].mean()
        assert frame.loc[name, "percent"] == pytest.approx(100.0 * test.estimate / before)
        assert len(test.effects) > 90


def test_devolution_comes_first_and_the_argument_before_the_rest():
    links = re.findall(r"\]\((\w+)\.ipynb\)", "".join("".join(c["source"]) for c in PAGE["cells"]))
    assert links == ["devolution", "avoidable_admissions", "case_for", "case_against", "claims", "balance"]
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    order = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    assert order[:4] == [f"book/{n}" for n in ("case_for", "case_against", "claims", "balance")]
    assert order[4] == "book/devolution"


def test_it_can_be_cited_as_the_citation_file_says():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    last = "".join(PAGE["cells"][-1]["source"])
    assert cited["authors"][0]["name"] in last
    assert str(cited["date-released"])[:4] in last


def test_each_main_outcome_has_a_row_in_the_record():
    assert set(ROWS.values()) <= set(RECORD)
    assert set(ROWS.values()) <= {c.name for c in CLAIMS if c.test is not None}


def found(value, lower, upper):
    return Estimate("effect", value, math.nan, (Interval(0.95, lower, upper),), 9, "made up")


@pytest.mark.parametrize(
    ("deaths", "admissions", "lead"),
    [
        (SUPPORTED, SUPPORTED, "Yes in one area"),
        (SUPPORTED, NOT, "Not proven"),
        (PARTLY, PARTLY, "Not proven"),
        (NOT, NOT, "Not proven"),
        (CONTRADICTED, SUPPORTED, "Mixed"),
        (PARTLY, CONTRADICTED, "Mixed"),
        (CONTRADICTED, NOT, "Not so far"),
        (CONTRADICTED, CONTRADICTED, "Not so far"),
    ],
)
def test_the_answer_follows_both_verdicts(deaths, admissions, lead):
    verdicts = {words.DEATHS: deaths, words.ADMISSIONS: admissions}
    said = words.deaths(found(-7.1, -13.0, -1.2), verdicts)
    assert said.startswith(f"{lead}: ")
    assert said.endswith(f"{words.SAYS[deaths]}.")
    assert "did worse by 4 " in words.admissions(found(4.0, -2.0, 10.0), admissions)


@pytest.mark.parametrize(
    ("limits", "title"),
    [
        (((-6, -1), (-12, 5)), "One of two main outcomes fell more than elsewhere"),
        (((-6, -1), (-12, -5)), "Both main outcomes fell more than elsewhere"),
        (((-6, 1), (-12, 5)), "Neither main outcome clearly changed"),
        (((1, 6), (-12, 5)), "One of two main outcomes did worse than elsewhere"),
        (((1, 6), (5, 12)), "Both main outcomes did worse than elsewhere"),
        (((-6, -1), (5, 12)), "One main outcome did better, the other worse"),
    ],
)
def test_the_picture_says_what_both_intervals_allow(limits, title):
    import pandas as pd

    rows = pd.DataFrame(
        [
            {"outcome": name, "percent": sum(ends) / 2, "lower": ends[0], "upper": ends[1]}
            for name, ends in zip((words.DEATHS, words.ADMISSIONS), limits, strict=True)
        ]
    )
    assert words.chart(rows).title == title


def test_few_or_no_powers_are_said():
    assert words.elsewhere(20, 0, 0).startswith("Of 20 strategic authorities today, none holds a power")
    assert "one holds a budget" in words.elsewhere(20, 2, 1)
