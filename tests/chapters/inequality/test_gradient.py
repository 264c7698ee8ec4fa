"""The tenths of England: indices recomputed from the tables in another way."""

from __future__ import annotations

import numpy as np
import pytest

from healthdevo import tables
from healthdevo.chapters.inequality import Inequality
from healthdevo.chapters.inequality.gradient import Gradient

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def gradient() -> Gradient:
    return Inequality.load().gradient


def fitted(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Ends of the weighted line on mid-ranks, by numpy's polynomial fit."""
    share = weights / weights.sum()
    slope, start = np.polyfit(share.cumsum() - share / 2, values, 1, w=np.sqrt(share))
    return float(start), float(start + slope)


def test_slopes_are_those_of_a_weighted_line(gradient: Gradient) -> None:
    people = tables.load("population_deprivation_decile").query(
        "area_code == @ENGLAND and index_year == 2019"
    )
    people = people.sort_values("decile")["population"].to_numpy(float)
    rows = tables.load("life_expectancy_decile").query("period_start_year == 2018").sort_values("decile")
    for sex, part in rows.groupby("sex"):
        for measure in ("life_expectancy", "healthy_life_expectancy"):
            low, high = fitted(part[measure].to_numpy(float), people)
            one = gradient.gap(measure, str(sex), 2018)
            assert one["slope"] == pytest.approx(high - low, abs=1e-9)
            assert one["relative"] == pytest.approx(high / low, abs=1e-9)
            values = part[measure].to_numpy(float)
            assert one["gap"] == pytest.approx(values[-1] - values[0])
            assert one["ratio"] == pytest.approx(values[-1] / values[0])


def test_errors_of_deciles_are_plausible(gradient: Gradient) -> None:
    for sex in ("female", "male"):
        assert 0.02 < gradient.decile_error("life_expectancy", sex, 2018, 2020) < 0.1
        wide = gradient.decile_error("healthy_life_expectancy", sex, 2018, 2020)
        rows = gradient.healthy.query(
            "area_code == @ENGLAND and sex == @sex and period_start_year == 2018"
        ).iloc[0]
        assert wide == pytest.approx((rows["upper"] - rows["lower"]) / 3.919928 * np.sqrt(10), rel=1e-5)


def test_change_is_that_of_the_ends(gradient: Gradient) -> None:
    for row in gradient.changes.rename(columns={"index": "of"}).itertuples():
        change = gradient.change(row.measure, row.sex, row.of)
        assert row.change == pytest.approx(row.end - row.start) == change.estimate
        assert change.interval().lower < change.estimate < change.interval().upper
