"""Chapter "Postcode lottery": its charts, tables and texts as a whole, and its answer under other findings."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from healthdevo.chapters.common import normal_estimate
from healthdevo.chapters.postcode_lottery import PostcodeLottery
from healthdevo.charts import Table


@pytest.fixture(scope="module")
def chapter() -> PostcodeLottery:
    return PostcodeLottery.load()


def test_the_answer_follows_the_numbers(chapter: PostcodeLottery) -> None:
    texts = chapter.texts()
    assert all(t.strip() and not re.search(r"\bnan\b", t) for t in texts.values())
    better = chapter.boards.changes.assign(change=-0.1, lower=-0.15, upper=-0.05)
    worse = chapter.boards.changes.assign(change=0.1, lower=0.05, upper=0.15)
    flat = tuple(
        replace(case, sigma=replace(case.sigma, ratio=normal_estimate("ratio", 0.85, 0.025)))
        for case in chapter.convergence.cases
    )
    for frame, words in ((better, "gained on England"), (worse, "lost ground to England")):
        other = replace(chapter, boards=replace(chapter.boards), convergence=replace(chapter.convergence))
        other.boards.__dict__["changes"] = frame
        other.convergence.__dict__["cases"] = flat
        answer = other.texts()["answer"]
        assert words in answer
        assert "widened in none" in answer
        assert ("is a question for comparisons" in answer) == (frame is better)
    assert "is a question for comparisons" not in answer


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
