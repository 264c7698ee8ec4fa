"""Rates by district: which districts, pooled rates recomputed, the quarter in which the gap was widest."""

import numpy as np
import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.admissions import words

TEN = [f"E0800000{k}" for k in range(1, 10)] + ["E08000010"]


def test_the_main_comparison_has_no_broken_district_and_no_london(page):
    outcome = page.rates.outcome()
    assert len(outcome.codes) == 255
    assert set(TEN) <= set(outcome.codes)
    assert not set(outcome.codes) & set(page.rates.broken)
    assert not any(code.startswith("E09") for code in outcome.codes)
    assert len(page.rates.broken) == 35
    assert len(page.rates.outcome(breaks=True).codes) == 278
    longest = page.rates.outcome(2023)
    assert (longest.boundaries, longest.frame["period"].nunique()) == (2023, 21)
    assert (outcome.boundaries, outcome.frame["period"].nunique()) == (2019, 17)


def test_rates_weighted_by_people_are_recomputed(page):
    rows = tables.load("chronic_admission")
    rows = rows[rows["area_code"].str[:3].isin(["E06", "E07", "E08"])]
    found = {}
    for year in (2003, 2009, 2012, 2014, 2016, 2019, 2023):
        one = rows[rows["financial_year_start"] == year]
        inside = one["area_code"].isin(TEN)
        own, others = (
            np.average(part["rate"], weights=part["population"]) for part in (one[inside], one[~inside])
        )
        assert page.rates.weighted.loc[year, ["treated", "others"]].tolist() == pytest.approx([own, others])
        found[year] = (round(own - others), round(own / others, 2))
    assert found == {
        2003: (241, 1.26),
        2009: (303, 1.37),
        2012: (389, 1.48),
        2014: (355, 1.44),
        2016: (294, 1.36),
        2019: (307, 1.35),
        2023: (243, 1.28),
    }


def test_errors_are_those_of_the_published_limits(page):
    row = tables.load("chronic_admission").set_index(["area_code", "financial_year_start"])
    one = row.loc[("E08000003", 2019)]
    error = page.rates.errors.loc["E08000003", 2019]
    assert one["rate"] + 1.96 * error == pytest.approx(one["upper"], abs=0.6)


def test_four_quarters_are_about_the_year_and_widest_where_no_other_is(page):
    moving = page.rates.moving.set_index(["financial_year_start", "quarter"])["gap"]
    gap = page.rates.outcome(2023).gap["gap"]
    assert moving.xs(4, level=1).to_numpy() == pytest.approx(gap.to_numpy(), rel=0.02, abs=3)
    year, quarter = page.rates.widest
    assert moving[moving.index.get_level_values(0) <= 2019].max() == moving[year, quarter]


def test_charts_say_what_they_draw(page):
    rates = page.rates
    assert rates.gap_chart().title == "The gap grew before the deal and shrank after it"
    assert len(rates.gap_chart().data) == 2 * 21
    assert len(rates.quarter_chart().data) == 81
    shrinking = rates.outcome(2023).gap.reset_index(drop=True)
    shrinking["gap"] = -shrinking["gap"]
    assert words.gap_chart(shrinking, rates).title == "The gap shrank before the deal and grew after it"
