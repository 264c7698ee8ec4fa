"""Waiting lists, cancer, tests and ambulances: figures are the published ones, planted changes are found, and words turn."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.directives import AFTER, BEFORE
from healthdevo.chapters.autonomy.waiting_targets import LAST_BEFORE, WaitingTargets


def test_what_was_reached_is_what_was_published(chapter):
    rows = chapter.waiting.table.set_index(["measure", "due"])["reached"]
    # NHS England, progress update on urgent and emergency care: 36 minutes 23 seconds on average over 2023/24
    assert rows["ambulance_category_2", "2024-03"] == pytest.approx(36 + 23 / 60, abs=0.02)
    # NHS England, cancer waiting times of March 2025: 71.4%
    assert rows["cancer_62_days", "2025-03"] == pytest.approx(71.4, abs=0.2)
    assert np.isnan(rows["ambulance_category_2", "2026-03"])


def test_dates_have_all_their_months(chapter):
    section = chapter.waiting
    course = section.months["eighteen_weeks"].index
    for date in section.calendar:
        assert date - BEFORE >= course[0]
        assert date + AFTER - 1 <= pd.Period(LAST_BEFORE, "M")
        assert date.month in (1, 7)
    assert section.rows.loc[section.rows["target"], "month"].tolist() == [
        "April 2010",
        "September 2014",
        "July 2015",
        "August 2016",
    ]
    assert not section.held("cancer_62_days", pd.Period("2024-04", "M"))


def test_the_waiting_list_is_that_of_the_table(chapter):
    england = tables.load("waiting_list_england_month").set_index("month")
    row = england.loc["2016-03-01"]
    assert chapter.waiting.months["eighteen_weeks"]["2016-03"] == pytest.approx(
        100 * row["within_18_weeks"] / row["incomplete"]
    )
    # the 92% standard was met in early 2015 and no more after 2016
    assert chapter.waiting.months["eighteen_weeks"]["2015-03"] > 92
    assert chapter.waiting.months["eighteen_weeks"]["2016-12"] < 92


def planted(jump):
    rng = np.random.default_rng(3)
    months = pd.period_range("2007-08", "2020-02", freq="M")
    values = 90.0 + jump * (months >= pd.Period("2015-07", "M")) + rng.normal(scale=0.3, size=len(months))
    rows = tables.load("waiting_target")
    rows = rows[
        rows["measure"].isin(["eighteen_weeks", "ambulance_category_2"]) & (rows["announced"] != "2025-01")
    ]
    rows = rows.assign(date=pd.PeriodIndex(rows["announced"], freq="M") + 1, reached=29.0)
    calls = pd.period_range("2020-01", "2025-01", freq="M")
    minutes = pd.Series(
        40.0 - 5.0 * (calls >= pd.Period("2023-02", "M")) + rng.normal(scale=0.5, size=len(calls)),
        index=calls,
    )
    course = {"eighteen_weeks": pd.Series(values, index=months), "ambulance_category_2": minutes}
    return WaitingTargets(course, rows.reset_index(drop=True))


@pytest.mark.parametrize(("jump", "said"), [(4.0, "at one of four targets"), (0.0, "did not clearly change")])
def test_a_planted_change_is_found_and_said(jump, said):
    section = planted(jump)
    assert said in section.chart().title
    row = section.rows[section.rows["target"] & (section.rows["month"] == "July 2015")]
    assert row["estimate"].iloc[0] == pytest.approx(jump, abs=0.9)
    texts = words.waiting_texts(section)
    assert ("clearly rose at one" in texts["autonomy_waiting"]) == bool(jump)
    assert "one was met" in texts["autonomy_waiting_met"]
    assert texts["autonomy_ambulances"].startswith("Ambulances for serious calls came 5")
    assert section.page_table() is not None
