"""Effects of single indicators called directly, adjusted p-values, blocks and counts."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from healthdevo import areas, tables
from healthdevo.chapters.whole_system.carried_on import CarriedOn
from healthdevo.chapters.whole_system.counts import counted
from healthdevo.chapters.whole_system.effects import Effects, IndicatorEffect, blocks, joint_of, panel
from healthdevo.evaluation import Panel, PlaceboTest, contiguous_groups, estimate_effect, placebo_test

TEN = [f"E080000{i:02d}" for i in range(1, 11)]


def direct(rows: pd.DataFrame, start: int, codes: pd.Index) -> Panel:
    rows = rows[rows["area_code"].isin(codes)]
    return Panel.from_frame(rows, area="area_code", time="year", outcome="value", treated=TEN, start=start)


def of(few, name: str) -> IndicatorEffect:
    return next(t for t in few.tested if t.series.name == name)


def test_three_effects_equal_a_direct_call(few):
    deaths = tables.load("under_75_mortality").query("edition == 'ohid_2023' and sex == 'persons'")
    deaths = deaths[deaths["year"].isin([2010, 2011, 2012, 2013, 2015, 2016, 2017, 2018, 2019])]
    life = tables.load("local_outcome").query("indicator == 'life_satisfaction'")
    life = life[life["year"].isin([2011, 2012, 2013, 2015, 2016, 2017, 2018])]
    care = tables.load("council_outturn").query("service == 'adult_social_care'")
    care = care[care["financial_year_start"].isin([2011, 2012, 2013, 2015, 2016, 2017, 2018])]
    deflator = tables.load("gdp_deflator").set_index("year")["deflator"]
    price = deflator[2019] / care["financial_year_start"].map(deflator)
    care = care.assign(value=care["spending"] / care["population"] * price, year=care["financial_year_start"])
    for name, rows in (
        ("under_75_mortality", deaths.rename(columns={"rate": "value"})),
        ("local_outcome/life_satisfaction", life),
        ("council_outturn/adult_social_care", care),
    ):
        mine = of(few, name)
        own = direct(rows, 2015, mine.panel.areas)
        found = estimate_effect(own, "sdid").estimate
        assert mine.test.estimate == pytest.approx(found, abs=1e-9), name


def test_the_share_of_blocks_is_that_of_a_direct_test(few):
    for name in ("under_75_mortality", "wider_determinants/inactivity_rate"):
        mine = of(few, name)
        series = mine.series
        own = panel(series, mine.meaning.unit)
        frame = areas.adjacency(series.tier, series.boundaries)
        touching = frame.loc[own.areas, own.areas].astype(int)
        draws = len(mine.test.effects)
        groups = contiguous_groups(own, touching, draws=draws, seed=2014)
        test = placebo_test(own, "sdid", groups=groups)
        assert mine.test.p_absolute == pytest.approx(test.p_absolute)
        assert mine.test.standard_error == pytest.approx(test.standard_error)
        assert mine.test.interval() == test.interval()
        first = contiguous_groups(own, touching, draws=5, seed=2014)
        assert (groups[:5] == first).all(), "more draws begin with the same blocks"


def test_blocks_are_ten_neighbours_without_the_agreement(few):
    mine = of(few, "local_outcome/delayed_transfer_days_social_care")
    groups = blocks(mine.panel, "upper_tier", mine.series.boundaries, 20)
    touching = areas.adjacency("upper_tier", mine.series.boundaries)
    for group in groups:
        codes = list(mine.panel.areas[group])
        assert len(set(codes)) == 10
        assert not set(codes) & set(TEN)
        reached, border = {codes[0]}, {codes[0]}
        while border:
            border = {c for c in codes if c not in reached and touching.loc[c, list(border)].any()}
            reached |= border
        assert reached == set(codes)


def test_more_blocks_where_few_are_as_large(few):
    for tested in few.tested:
        close = tested.test.p_absolute <= 0.05
        assert len(tested.test.effects) in (40, 60)
        if close:
            assert len(tested.test.effects) == 60
        assert len(tested.together) == 30


def test_adjusted_p_values_are_those_of_statsmodels(few):
    table = few.table
    p = table["p_value"].to_numpy()
    assert np.allclose(table["adjusted"], multipletests(p, method="fdr_bh")[1])
    assert np.allclose(table["adjusted_any"], multipletests(p, method="fdr_by")[1])
    assert (table["adjusted"] >= table["p_value"] - 1e-12).all()
    assert (table["adjusted_any"] >= table["adjusted"] - 1e-12).all()


def test_standardised_effects_turn_with_what_is_better(few):
    table = few.table.set_index("indicator")
    for tested in few.tested:
        row = table.loc[tested.series.name]
        before = tested.panel.outcome[:, : tested.series.before].mean(axis=1)
        assert row["spread"] == pytest.approx(before.std(ddof=1))
        sign = {"lower": -1, "higher": 1, "neither": 1}[tested.meaning.better]
        assert row["good"] == pytest.approx(sign * row["effect"] / row["spread"])
        assert row["good_lower"] <= row["good"] <= row["good_upper"]
        assert row["detectable"] == pytest.approx(2.8016 * tested.test.standard_error, rel=1e-4)
        assert row["periods_before"] >= 3
        assert row["periods_after"] >= 2
    overlapping = table["overlapping"]
    assert overlapping["healthy_life_expectancy_area_editions"]
    assert overlapping.sum() == 1


def with_effects(estimate: float, together: list[float], like: IndicatorEffect) -> IndicatorEffect:
    test = PlaceboTest("effect", estimate, 1.0, (), 10, "placebo", p_absolute=0.5)
    return IndicatorEffect(like.series, like.meaning, like.panel, test, np.array(together))


def test_indicators_moved_at_once_are_counted_by_block(few):
    like = few.tested[0]
    small, large = [float(i) for i in range(1, 40)], 100.0
    found = joint_of([with_effects(large, small, like), with_effects(-large, small, like)])
    # of 40, the largest 5% are two: Greater Manchester and the block 39, at both indicators
    assert (found.tested, found.moved) == (2, 2)
    assert found.share == pytest.approx(2 / 40)
    assert found.usual == pytest.approx(2 / 39)
    one = joint_of([with_effects(large, small, like), with_effects(0.5, small, like)])
    assert one.moved == 1
    assert one.share_of_fewer == 1.0


def test_counts_follow_the_rows(few):
    table = few.table.assign(p_value=0.01, adjusted=0.04, adjusted_any=0.2)
    counts = counted(table)
    assert counts.total == len(table)
    assert counts.total_kept == len(table)
    assert counts.total_strict == 0
    assert sum(counts.pointing.values()) == len(table)
    assert set(counts.moved["neither"]) == set(table.loc[table["better"] == "neither", "title"])
    assert counted(table.assign(p_value=0.051)).total == 0
    assert counts.expected == pytest.approx(0.05 * len(table))


def test_trends_are_carried_on_for_every_change_beyond_chance(few):
    carried = CarriedOn(few, draws=30)
    moved = set(few.table.query("p_value <= 0.05")["indicator"])
    assert moved
    assert set(carried.rows["indicator"]) == moved
    for row in carried.rows.itertuples():
        mine = of(few, row.indicator)
        pre, years = mine.series.before, np.asarray(mine.panel.periods, dtype=float)
        flat = mine.panel.outcome.copy()
        for line in flat:
            slope, level = np.polyfit(years[:pre], line[:pre], 1)
            line -= level + slope * years
        change = flat[:, pre:].mean(axis=1) - flat[:, :pre].mean(axis=1)
        treated = mine.panel.treated
        expected = change[treated].mean() - change[~treated].mean()
        assert row.carried == pytest.approx(expected, rel=1e-6)
        same = row.carried * row.effect > 0
        assert (row.left == "turns round") != same
        assert (row.left == "stands") == (same and row.carried_p_value <= 0.05)
    assert sum(len(t) for t in carried.stands().values()) == (carried.rows["left"] == "stands").sum()
    assert len(carried.table().shown) == len(moved)


def test_no_change_beyond_chance_leaves_nothing_to_carry_on(few):
    quiet = Effects(tuple(t.series for t in few.tested if t.test.p_absolute > 0.05), 40, 0, 30)
    quiet.__dict__["table"] = few.table[few.table["p_value"] > 0.05]
    assert CarriedOn(quiet).rows.empty
    assert CarriedOn(quiet).stands() == {"better": [], "worse": [], "neither": []}
