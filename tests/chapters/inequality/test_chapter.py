"""Chapter "Inequality": its charts, tables and texts as a whole."""

from __future__ import annotations

import re

import pytest

from healthdevo.chapters.common import period
from healthdevo.chapters.inequality import Inequality
from healthdevo.chapters.inequality.findings import findings
from healthdevo.charts import Chart, Table


@pytest.fixture(scope="module")
def chapter() -> Inequality:
    return Inequality.load()


def test_texts_are_finished_wordings(chapter: Inequality) -> None:
    for name, text in chapter.texts().items():
        assert text.strip(), name
        assert not re.search(r"\bnan\b", text), name
        assert "not available" not in text, name
    assert chapter.texts()["last_period"] == period(2022, 2024)


def made(chapter: Inequality) -> list[Chart | Table]:
    return [
        chapter.gradient.decile_chart(),
        chapter.gradient.slope_chart(),
        chapter.gradient.slope_chart("healthy_life_expectancy"),
        chapter.reproduction.chart(),
        chapter.districts.chart(),
        chapter.gradient.measures_table(),
        chapter.reproduction.table(),
        chapter.reproduction.summary_table(),
        chapter.reproduction.weighting_table(),
        chapter.districts.table(),
    ]


def test_charts_and_tables(chapter: Inequality) -> None:
    everything = made(chapter)
    for one in everything:
        assert len(one.data) > 0
        assert one.source
        if isinstance(one, Table):
            assert not one.shown.isin(["nan"]).to_numpy().any()
        else:
            assert not re.search(r"\bnan\b", one.title + one.alt)
    names = [m.table_id if isinstance(m, Table) else m.figure_id for m in everything]
    assert len(everything) == 10
    assert len(set(names)) == len(names)


def test_findings_carry_number_and_window(chapter: Inequality) -> None:
    found = {finding.name: finding for finding in findings(chapter.gradient)}
    assert set(found) == {"first_period", "last_period", "life_change_women", "life_change_men"}
    assert found["life_change_women"].number == chapter.gradient.change("life_expectancy", "female")
    assert found["last_period"].sentence in found["life_change_men"].window
