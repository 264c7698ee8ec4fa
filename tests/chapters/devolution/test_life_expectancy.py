"""Life expectancy: the gap recomputed, and the floor that counting deaths sets."""

import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.words import life_expectancy_texts


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
    assert "was already closing before November 2014" in texts["le_closing_words"]


def test_published_intervals_are_narrower_than_the_floor(life_expectancy):
    row = tables.load("published_estimate").query("outcome == 'life expectancy, all'").iloc[0]
    half = (row["upper"] - row["lower"]) / 2
    assert half == pytest.approx(0.014)
    claimed = life_expectancy.claimed
    assert (claimed.estimate, claimed.interval().lower) == (row["estimate"], row["lower"])
    assert 1.96 * life_expectancy.pooled_floor > 3 * half
    # a plain bound: one yearly life expectancy of all ten districts has an error of at least 1 / sqrt(deaths) years times its spread
    assert life_expectancy.floor.standard_error == pytest.approx(life_expectancy.pooled_floor, rel=0.3)
