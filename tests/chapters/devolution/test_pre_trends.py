"""Readings of earlier trends, recomputed from the table in another way."""

import numpy as np
import pytest

from healthdevo.chapters.devolution.words import BY_YEAR, READINGS


def test_gap_by_year_and_pace_are_recomputed_from_the_table(judgement, rates, ten):
    wide = rates()
    gap = wide.loc[ten].mean() - wide.drop(index=ten).mean()
    path = judgement.pre_trends.path.set_index("year")["effect"]
    assert path.to_numpy() == pytest.approx((gap - gap[2014]).to_numpy())
    slope = np.polyfit(np.arange(2010, 2015), gap.loc[:2014], 1)[0]
    assert judgement.pre_trends.test.estimate == pytest.approx(slope)
    assert judgement.pre_trends.earlier_line[1] == pytest.approx(slope)


def test_every_reading_is_there_in_deaths_and_in_per_cent(judgement):
    rows = judgement.pre_trends.readings
    assert rows.groupby("scale")["reading"].apply(list).to_dict() == {
        "points": list(READINGS),
        "per cent": list(READINGS),
    }
    assert rows["blocks"].nunique() == 1
    assert (rows["lower"] < rows["effect"]).all()
    assert (rows["effect"] < rows["upper"]).all()
    counted = rows["matched"].notna()
    assert rows.loc[~counted, "reading"].unique().tolist() == ["line"]
    points = rows[rows["scale"] == "points"].set_index("reading")
    assert points.loc["did", "effect"] == pytest.approx(judgement.designs.found("persons", "did").estimate)


def test_a_count_and_its_interval_agree(judgement):
    """A permutation interval leaves out zero just where so few blocks match that p is at most 0.05."""
    rows = judgement.pre_trends.readings.dropna(subset=["matched"])
    away = (rows["lower"] > 0) | (rows["upper"] < 0)
    assert (away == (rows["p_value"] <= 0.05)).all()


def test_own_trend_swings_with_the_year_left_out_and_standard_designs_do_not(judgement, rates, ten):
    rows = judgement.pre_trends.without_year.set_index("year")
    assert rows.index.tolist() == ["none", "2010", "2011", "2012", "2013", "2014"]
    wide = rates().drop(columns=2012)
    before, after = [2010, 2011, 2013, 2014], list(range(2015, 2020))
    lines = np.array([np.polyval(np.polyfit(before, row, 1), after) for row in wide[before].to_numpy()])
    left = (wide[after].to_numpy() - lines).mean(axis=1)
    inside = wide.index.isin(ten)
    assert rows.loc["2012", "trend"] == pytest.approx(left[inside].mean() - left[~inside].mean())
    spread = {d: np.ptp(rows[d].to_numpy()) for d in BY_YEAR}
    assert spread["trend"] > 3 * max(v for d, v in spread.items() if d != "trend")


def test_charts_and_tables_carry_the_numbers(judgement):
    trends = judgement.pre_trends
    chart = trends.readings_chart()
    assert len(chart.data) == len(READINGS)
    assert "nan" not in chart.alt
    assert len(trends.event_chart().data) >= 10
    assert len(trends.readings_table().shown) == len(READINGS)
    assert trends.without_year_table().shown.shape == (6, 1 + len(BY_YEAR))


def test_made_up_starts_are_recomputed_from_the_table(judgement, rates, ten):
    wide = rates().loc[:, :2014]
    gap = wide.loc[ten].mean() - wide.drop(index=ten).mean()
    for year, test in judgement.pre_trends.made_up_starts.items():
        assert test.estimate == pytest.approx(gap.loc[year:].mean() - gap.loc[: year - 1].mean())
