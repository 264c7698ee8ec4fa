"""The division of variance recomputed from a wide table, and shares over all orders."""

import itertools
import math

import numpy as np
import pytest

from healthdevo import tables
from healthdevo.chapters.common import OUTCOME
from healthdevo.chapters.health_in_all_policies.shares import DETERMINANTS


def r_squared(y: np.ndarray, X: np.ndarray) -> float:
    design = np.column_stack([np.ones(len(y)), X])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - float(left @ left) / float(((y - y.mean()) ** 2).sum())


def test_shares_between_areas_are_averages_over_all_orders(chapter):
    columns = [c for members in DETERMINANTS.values() for c in members]
    rows = tables.load("area_year_panel").dropna(subset=[OUTCOME, *columns])
    means = rows.assign(y=np.log(rows[OUTCOME])).groupby("area_code")[["y", *columns]].mean()
    y = means["y"].to_numpy()
    names = list(DETERMINANTS)
    value = {
        chosen: r_squared(y, means[[c for n in chosen for c in DETERMINANTS[n]]].to_numpy())
        if chosen
        else 0.0
        for size in range(len(names) + 1)
        for chosen in itertools.combinations(names, size)
    }
    work = 0.0
    rest = [n for n in names if n != "work"]
    for size in range(len(rest) + 1):
        weight = math.factorial(size) * math.factorial(len(rest) - size) / math.factorial(len(names))
        for chosen in itertools.combinations(rest, size):
            joined = tuple(n for n in names if n in chosen or n == "work")
            work += weight * (value[joined] - value[chosen])
    result = chapter.shares.between
    assert result["work"].estimate == pytest.approx(work, abs=1e-8)
    assert result.r2 == pytest.approx(value[tuple(names)])
    assert result.estimate.sum() == pytest.approx(result.r2)


def test_variance_splits_into_areas_years_and_the_rest(chapter):
    rows = tables.load("area_year_panel").dropna(subset=[OUTCOME])
    wide = np.log(rows.pivot_table(index="area_code", columns="year", values=OUTCOME).dropna())
    whole = ((wide - wide.to_numpy().mean()) ** 2).to_numpy().sum()
    areas = wide.shape[1] * ((wide.mean(axis=1) - wide.to_numpy().mean()) ** 2).sum()
    shares = chapter.variance.shares
    assert shares["areas"] == pytest.approx(areas / whole)
    assert sum(shares.values()) == pytest.approx(1)
    assert 0 < chapter.variance.noise < 1.5
