"""Dated targets: planted changes are found, shares are the published ones, and words turn."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.directives import AFTER, BEFORE, FIRST, UNTIL, Directives, announced
from healthdevo.errors import TableError


def planted(jump):
    rng = np.random.default_rng(1)
    first = pd.period_range("2010-11", UNTIL, freq="M")
    second = pd.period_range(FIRST, "2026-03", freq="M")
    every = announced(tables.load("performance_standard")).assign(reached=0.77)
    targets = every[every["due"] <= second[-1]].reset_index(drop=True)
    later = 72.0 + jump * (second >= targets["date"].iloc[0]) + rng.normal(scale=0.3, size=len(second))
    earlier = pd.Series(90.0 + rng.normal(scale=0.3, size=len(first)), index=first)
    return Directives(earlier, pd.Series(later, index=second), targets)


@pytest.mark.parametrize(
    ("jump", "said"),
    [(5.0, "improved at one of three"), (-5.0, "worsened at one of three"), (0.0, "not clearly change")],
)
def test_a_planted_change_is_found_and_said(jump, said):
    section = planted(jump)
    assert section.table["estimate"].iloc[0] == pytest.approx(jump, abs=0.8)
    assert section.table["estimate"].iloc[2] == pytest.approx(0.0, abs=1.0)
    assert said in section.chart().title
    # 77% of 76, 78 and 78
    assert words.target(section).endswith("One of the three targets was met")
    if jump:
        assert section.table["larger"].iloc[0] == 0
    assert "Of 11 calendar dates" in words.beside_calendar(section)


def test_dates_are_those_of_the_table(chapter):
    section = chapter.directives
    assert section.targets["share"].tolist() == [0.76, 0.78, 0.78]
    assert section.undated == 1
    assert section.coming["share"].tolist() == [0.82, 0.85]
    assert words.target(section).endswith("82% from March 2027 and 85% from April 2028")
    assert section.table["month"].tolist() == ["January 2023", "April 2024", "February 2025"]
    first, last = section.calendar[0], section.calendar[-1]
    assert first - BEFORE >= section.earlier.index[0]
    assert last + AFTER - 1 <= pd.Period(UNTIL, "M")
    assert {p.month for p in section.calendar} == {1, 7}
    empty = tables.load("performance_standard").assign(announced=None)
    with pytest.raises(TableError, match="month of announcement"):
        announced(empty)


def test_shares_reached_are_the_published_ones(chapter):
    # NHS England, A&E statistics for March 2024 and March 2025, as first published: 74.2% (revised a little since) and 75.0%
    assert chapter.directives.table["reached"].iloc[:2].tolist() == pytest.approx([0.742, 0.750], abs=2e-3)


def test_the_course_is_that_of_the_table(chapter):
    frame = tables.load("emergency_provider_month")
    pilots = frame.groupby("provider_code")["pilot_trust"].transform("any")
    march = frame[~pilots & (frame["month"] == "2024-03-01")]
    share = 100 * (1 - march["over_4_hours"].sum() / march["attendances"].sum())
    assert chapter.directives.later[pd.Period("2024-03", "M")] == pytest.approx(share)
    assert len(chapter.directives.later) == 60


@pytest.mark.parametrize(
    ("lower", "upper", "said"), [(0.1, 1.0, (1, 0)), (-1.0, -0.1, (0, 1)), (-1.0, 1.0, (0, 0))]
)
def test_clear_changes(lower, upper, said):
    assert words.clear_changes(pd.DataFrame({"lower": [lower], "upper": [upper]})) == said


def test_larger_changes_are_counted():
    rows = pd.DataFrame({"target": [False, False, True], "ratio": [0.5, -3.0, 1.0]})
    section = SimpleNamespace(rows=rows, table=pd.DataFrame({"larger": [1], "announced": ["May 2024"]}))
    assert words.beside_calendar(section).startswith("Of 2 calendar dates")
    assert words.beside_calendar(section).endswith(
        "larger change than each target, measured by its uncertainty: one (May 2024)"
    )
