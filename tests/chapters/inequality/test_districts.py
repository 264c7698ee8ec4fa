"""Changes of districts and their noise, recomputed in another way."""

from __future__ import annotations

import numpy as np
import pytest

from healthdevo import tables
from healthdevo.chapters.common import slope_series
from healthdevo.chapters.inequality import Inequality
from healthdevo.chapters.inequality.districts import DistrictChanges


@pytest.fixture(scope="module")
def districts() -> DistrictChanges:
    return Inequality.load().districts


def test_changes_of_areas_and_their_adjustment(districts: DistrictChanges) -> None:
    changes = districts.changes.query("edition == 'ohid_2026'").reset_index(drop=True)
    raw = tables.load("slope_index_life_expectancy").query(
        "edition == 'ohid_2026' and area_code == 'E06000047' and sex == 'male'"
    )
    ends = raw.set_index("period_start_year")["slope_index"]
    row = changes.query("area_code == 'E06000047' and sex == 'male'").iloc[0]
    assert row["change"] == pytest.approx(ends[2022] - ends[2015])
    assert row["z"] == pytest.approx(row["change"] / row["standard_error"])
    p = np.sort(changes["p_value"].to_numpy())
    kept = np.flatnonzero(p <= 0.1 * np.arange(1, p.size + 1) / p.size)
    assert changes["beyond_noise"].sum() == (kept.max() + 1 if kept.size else 0)
    # were the standard errors far off, z would not spread about as a normal variable does
    assert 0.8 < changes["z"].std() < 1.3


def test_noise_of_overlapping_periods_against_a_plain_formula(districts: DistrictChanges) -> None:
    series = slope_series(districts.published, "ohid_2026", "female").dropna()
    steps = np.diff(series.to_numpy(), axis=1)
    steps = steps - np.median(steps, axis=0)
    steps = steps - steps.mean(axis=1, keepdims=True)
    n = steps.shape[1]
    plain = np.sqrt(1.5 * (steps**2).sum(axis=1).mean() / (n - 3 / n))
    found = districts.changes.query("edition == 'ohid_2026' and sex == 'female'")["standard_error"]
    assert np.sqrt((found**2).mean() / 2) == pytest.approx(plain, rel=0.06)


def test_greater_manchester_and_elsewhere_are_all_districts(districts: DistrictChanges) -> None:
    own, rest = districts.manchester, districts.elsewhere
    assert own["area_code"].nunique() == 10
    assert len(own) + len(rest) == len(districts.latest)
    difference = own["change"].mean() - rest["change"].mean()
    assert districts.manchester_against_elsewhere.estimate == pytest.approx(difference)
