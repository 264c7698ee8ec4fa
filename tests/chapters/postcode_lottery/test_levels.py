"""Splits of the variance, recomputed in another way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.common import ON
from healthdevo.chapters.postcode_lottery import words
from healthdevo.chapters.postcode_lottery.ground import Ground
from healthdevo.chapters.postcode_lottery.levels import Levels


@pytest.fixture(scope="module")
def levels() -> Levels:
    return Levels(Ground.load())


def variance(values: np.ndarray, weights: np.ndarray) -> float:
    w = weights / weights.sum()
    return float(w @ (values - w @ values) ** 2)


def means(values: pd.Series, weights: pd.Series, groups: pd.Series) -> pd.Series:
    sums = (values * weights).groupby(groups).sum() / weights.groupby(groups).sum()
    return groups.map(sums)


def test_mortality_split_recomputed(levels: Levels) -> None:
    split = levels.mortality["ohid_2026", 2019]
    rows = tables.load("under_75_mortality").query(
        "edition == 'ohid_2026' and year == 2019 and sex == 'persons'"
    )
    rows = rows[rows["area_code"] != "E92000001"].set_index("area_code")["rate"].astype(float)
    size = (
        tables.load("population_year").query("year == 2019").set_index("area_code")["persons"].astype(float)
    )
    size = size.reindex(rows.index)
    region = pd.Series(
        {d.code: a.code for a in areas.list_areas("region") for d in areas.members(a.code, "district", ON)}
    )
    upper = {
        d.code: a.code for a in areas.list_areas("county", ON) for d in areas.members(a.code, "district", ON)
    }
    authority = pd.Series({c: upper.get(c, c) for c in rows.index})
    region = region.reindex(rows.index)
    w = size.to_numpy()
    first = variance(means(rows, size, region).to_numpy(), w)
    second = variance(means(rows, size, authority).to_numpy(), w)
    whole = variance(rows.to_numpy(), w)
    assert split.raw.estimate == pytest.approx([first, second - first, whole - second])
    assert split.clear is not None
    error = (levels.ground.rate_errors["ohid_2026"].reindex(rows.index) * rows).to_numpy()
    p = w / w.sum()
    assert split.clear.noise.sum() == pytest.approx(float(p @ error**2 - (p**2) @ error**2))


def test_life_split_adds_the_gradient_inside_districts(levels: Levels) -> None:
    split = levels.life["male", 2019]
    published = tables.load("slope_index_life_expectancy").query(
        "edition == 'ohid_2026' and sex == 'male' and period_start_year == 2019 and area_code != 'E92000001'"
    )
    slope = published.set_index("area_code")["slope_index"].astype(float)
    life = tables.load("life_expectancy_area").query("sex == 'male' and period_start_year == 2019")
    life = life.set_index("area_code")["life_expectancy"].astype(float)
    both = pd.DataFrame({"life": life, "slope": slope}).dropna()
    both = both[both.index.isin(levels.ground.region_of.index)]
    w = levels.ground.size.reindex(both.index).to_numpy(float)
    # ten steps of a line of rise s have a variance of s squared over twelve, less a hundredth
    inside = float((w / w.sum()) @ both["slope"].to_numpy() ** 2) * 0.99 / 12
    assert split.units == len(both)
    assert split.raw.estimate[2] == pytest.approx(inside)
    assert split.raw.estimate[:2].sum() == pytest.approx(variance(both["life"].to_numpy(), w))
    assert split.frame()["share"].sum() == pytest.approx(1.0)


def test_shares_sum_to_one_and_noise_is_small_where_areas_are_large(levels: Levels) -> None:
    everything = levels.over_time.groupby(["outcome", "when", "edition"])["share"].sum()
    assert np.allclose(everything, 1.0)
    assert (
        levels.over_time.loc[levels.over_time["part"] == "between regions", "noise_share"].abs() < 0.02
    ).all()


def test_emergency_years_are_complete(levels: Levels) -> None:
    years = sorted(levels.emergency)
    assert 2019 not in years
    assert all(s.units == 42 for s in levels.emergency.values())


def test_latest_splits_are_those_of_the_last_year(levels: Levels) -> None:
    assert list(levels.latest) == list(words.OUTCOMES)
    deaths = levels.latest[words.PREVENTABLE]
    assert deaths.start == max(year for _, year in levels.mortality)
    assert deaths.edition == "ohid_2026"
    assert deaths.share(words.REGIONS).estimate == pytest.approx(deaths.frame()["share"].iloc[0])
