"""Chapter "Postcode lottery": its charts, tables and texts as a whole, and its answer under other findings."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from healthdevo.chapters.common import Finding, normal_estimate
from healthdevo.chapters.postcode_lottery import PostcodeLottery
from healthdevo.chapters.postcode_lottery.findings import answer
from healthdevo.charts import Table


@pytest.fixture(scope="module")
def chapter() -> PostcodeLottery:
    return PostcodeLottery.load()


def test_texts_are_whole(chapter: PostcodeLottery) -> None:
    assert all(t.strip() and not re.search(r"\bnan\b", t) for t in chapter.texts().values())


@pytest.mark.parametrize(
    ("strength", "words"),
    [
        ("clear", "one area is no proof for others"),
        ("some", "rests on one area, and the evidence there is not clear"),
        ("no clear", "nothing here shows that it cures it"),
    ],
)
def test_the_answer_follows_the_numbers(chapter: PostcodeLottery, strength: str, words: str) -> None:
    flat = tuple(
        replace(case, sigma=replace(case.sigma, ratio=normal_estimate("ratio", 0.85, 0.025)))
        for case in chapter.convergence.cases
    )
    other = replace(chapter.convergence)
    other.__dict__["cases"] = flat
    found = Finding("manchester", "What Greater Manchester shows.", "2010 to 2019")
    told = answer(chapter.levels, other, found, strength)
    assert "widened in none" in told.sentence
    assert f"{found.sentence} So devolution did not make the lottery; " in told.sentence
    assert words in told.sentence
    assert found.window in told.window
    assert "widened in none" not in answer(chapter.levels, chapter.convergence, found, strength).sentence


def test_charts_and_tables(chapter: PostcodeLottery) -> None:
    charts = [
        chapter.levels.chart(),
        chapter.over_time.life_chart(),
        chapter.over_time.mortality_chart(),
        chapter.over_time.regions_chart(),
        chapter.convergence.chart(),
        chapter.boards.chart(),
    ]
    tables = [chapter.levels.table(), chapter.convergence.table(), chapter.boards.spread_table()]
    for chart in charts:
        assert len(chart.data) > 0
        assert not re.search(r"\bnan\b", chart.title + chart.alt)
    for table in tables:
        assert not table.shown.isin(["nan", "not available"]).to_numpy().any()
    names = [m.table_id if isinstance(m, Table) else m.figure_id for m in (*charts, *tables)]
    assert len(names) == 9
    assert len(set(names)) == len(names)
