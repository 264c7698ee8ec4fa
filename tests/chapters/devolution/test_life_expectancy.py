"""Life expectancy: the gap recomputed, and the floor that counting deaths sets."""

import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.words import life_expectancy_texts
from healthdevo.evaluation import generalised_synthetic_control


def test_life_expectancy_gap_was_closing_before_the_agreement(life_expectancy, ten):
    derived = tables.load("life_expectancy_derived")
    means = derived.groupby(["area_code", "period_start_year"])["life_expectancy"].mean().reset_index()
    means = means.pivot_table(index="area_code", columns="period_start_year", values="life_expectancy")
    codes = [c for c in life_expectancy.tested.outcome.codes if c not in ten]
    gap = means.loc[ten].mean() - means.loc[codes].mean()
    assert life_expectancy.gap["gap"].loc[2005] == pytest.approx(gap[2005])
    assert life_expectancy.gap["gap"].loc[2012] == pytest.approx(gap[2012])
    assert gap[2012] > gap[2005]
    texts = life_expectancy_texts(life_expectancy)
    assert "was already closing before the agreement" in texts["le_closing_words"]


def test_factor_model_is_shown_at_every_number_of_factors(life_expectancy):
    tests = life_expectancy.by_factors
    assert list(tests) == [0, 1, 2, 3, 4, 5]
    plain = life_expectancy.tested.tests["did"]
    assert tests[0].estimate == pytest.approx(plain.estimate)
    assert tests[0].p_absolute == pytest.approx(plain.p_absolute)
    table = life_expectancy.choices[0].ranks.set_index("rank")["effect"]
    assert [tests[r].estimate for r in tests] == pytest.approx([table[r] for r in tests])
    assert len(life_expectancy.readings) == len(life_expectancy.tested.tests) + 5
    assert len(life_expectancy.readings_chart().data) == 9


def test_the_reading_given_the_earlier_trend_takes_off_what_went_on_elsewhere(life_expectancy):
    tests = life_expectancy.tested.tests
    given = tests["given"]
    assert list(tests) == ["did", "sdid", "given", "trend"]
    assert given.actual == pytest.approx(tests["did"].estimate)
    assert given.estimate == pytest.approx(given.actual - given.expected)


def test_choice_of_factors_from_windows_that_share_no_year_agrees_with_leaving_out_those_that_do(
    life_expectancy,
):
    alone, together = life_expectancy.choices
    assert alone.rank == 5
    assert alone.caution
    panel = life_expectancy.tested.panel
    apart = panel.select(periods=panel.periods.isin([2003, 2006, 2009, 2012, 2015]))
    assert generalised_synthetic_control(apart, inference="none").rank == together.rank == 0


def test_published_intervals_are_narrower_than_the_floor(life_expectancy):
    row = tables.load("published_estimate").query("outcome == 'life expectancy, all'").iloc[0]
    half = (row["upper"] - row["lower"]) / 2
    assert half == pytest.approx(0.014)
    claimed = life_expectancy.claimed
    assert (claimed.estimate, claimed.interval().lower) == (row["estimate"], row["lower"])
    assert 1.96 * life_expectancy.pooled_floor > 3 * half
    # a plain bound: one yearly life expectancy of all ten districts has an error of at least 1 / sqrt(deaths) years times its spread
    assert life_expectancy.floor.standard_error == pytest.approx(life_expectancy.pooled_floor, rel=0.3)


def test_chart_carries_on_the_trend_from_the_first_window_and_from_the_widest_gap(life_expectancy):
    gap = life_expectancy.gap["gap"]
    assert life_expectancy.widest == gap.loc[:2012].idxmin()
    lines = life_expectancy.earlier_lines
    assert list(lines) == [2002, life_expectancy.widest]
    for first, (_, slope) in lines.items():
        assert slope == pytest.approx(life_expectancy.paces.set_index("first").loc[first, "before"])
    chart = life_expectancy.gap_chart()
    assert chart.data["series"].nunique() == 3
    assert len(chart.title.split()) <= 10
