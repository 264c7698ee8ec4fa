"""Noise judged from series, and variance splits cleared of it, against simulations whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.inequality.nested_split import nested_decomposition
from healthdevo.inequality.noise import series_noise, without_noise


def overlapping(rng: np.random.Generator, sigma: np.ndarray, periods: int, years: int) -> np.ndarray:
    """Means over overlapping windows of yearly values with a straight true path and independent errors."""
    k = sigma.size
    yearly = (
        rng.normal(80, 3, (k, 1))
        + rng.normal(0, 0.1, (k, 1)) * np.arange(periods + years - 1)
        + rng.normal(0, 1, (k, periods + years - 1)) * sigma[:, None]
    )
    return np.stack([yearly[:, i : i + years].mean(axis=1) for i in range(periods)], axis=1)


@pytest.mark.parametrize(("years", "periods"), [(1, 9), (3, 8), (3, 4), (5, 12)])
def test_the_standard_error_of_a_mean_of_years_is_recovered(years: int, periods: int) -> None:
    rng = np.random.default_rng(years)
    sigma = np.full(3000, 1.2)
    values = overlapping(rng, sigma, periods, years)
    noise = series_noise(values, np.full(3000, 1e5), years=years)
    assert noise.standard_error[0] == pytest.approx(1.2 / np.sqrt(years), rel=0.03)
    assert noise.exponent == 0.0


def test_error_variance_falls_with_size_as_it_was_made_to() -> None:
    rng = np.random.default_rng(3)
    size = np.exp(rng.uniform(np.log(3e4), np.log(1e6), 2000))
    sigma = 300.0 / np.sqrt(size)
    noise = series_noise(overlapping(rng, sigma, 9, 3), size, years=3)
    assert noise.exponent == pytest.approx(-1.0, abs=0.05)
    assert noise.standard_error == pytest.approx(sigma / np.sqrt(3), rel=0.08)


def test_rounding_is_taken_off_differences_and_added_to_the_error() -> None:
    rng = np.random.default_rng(4)
    values = overlapping(rng, np.full(4000, 0.2), 9, 1)
    rounded = series_noise(np.round(values * 2) / 2, np.full(4000, 1.0), rounding=0.5)
    assert rounded.standard_error[0] == pytest.approx(np.hypot(0.2, 0.5 / np.sqrt(12)), rel=0.04)


def test_a_shock_that_hits_all_areas_alike_is_no_noise() -> None:
    rng = np.random.default_rng(5)
    values = overlapping(rng, np.full(500, 0.3), 9, 1)
    shocked = values - np.where(np.arange(9) >= 5, 4.0, 0.0)
    size = np.full(500, 1.0)
    plain, shock = series_noise(values, size), series_noise(shocked, size)
    assert shock.standard_error == pytest.approx(plain.standard_error, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.01, 100), shift=st.floats(-50, 50), seed=st.integers(0, 100))
def test_scale_shift_and_order(scale: float, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, size = rng.normal(0, 1, (12, 6)), rng.uniform(1, 9, 12)
    base = series_noise(values, size)
    other = series_noise(values * scale + shift, size)
    assert other.standard_error == pytest.approx(base.standard_error * scale, rel=1e-6)
    order = rng.permutation(12)
    assert series_noise(values[order], size[order]).standard_error == pytest.approx(
        base.standard_error[order], rel=1e-6
    )


def test_gaps_leave_other_areas_alone_and_short_series_borrow_the_fit() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(0, 1, (50, 8))
    values[0, 2:] = np.nan
    noise = series_noise(values, np.full(50, 2.0), index=[f"a{i}" for i in range(50)])
    frame = noise.to_frame().set_index("label")
    assert frame.loc["a0", "differences"] == 1
    assert np.isnan(frame.loc["a0", "own"])
    assert frame.loc["a0", "standard_error"] == pytest.approx(frame.loc["a1", "standard_error"])
    assert 0.8 < frame.loc["a1", "standard_error"] < 1.2


def test_series_without_any_scatter_have_no_noise() -> None:
    noise = series_noise(np.arange(12.0).reshape(3, 4), [1.0, 2.0, 3.0])
    assert noise.standard_error.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": np.zeros((3, 2))}, "at least three periods"),
        ({"population": [1.0, 0.0, 1.0]}, "row 1 is 0"),
        ({"years": 0}, "years"),
        ({"years": 1.5}, "years"),
        ({"rounding": -1.0}, "rounding"),
        ({"index": ["a"]}, "1 names for 3"),
        ({"values": np.full((3, 5), np.nan)}, "at least 3 are needed"),
        ({"values": np.full((3, 5), np.inf)}, "infinite"),
    ],
)
def test_bad_input_of_series_noise(change: dict[str, object], message: str) -> None:
    given = {"values": np.arange(15.0).reshape(3, 5) ** 2, "population": [1.0, 2.0, 3.0]} | change
    with pytest.raises(InputError, match=message):
        series_noise(**given)  # type: ignore[arg-type]


def nested(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    regions, areas = 6, 8
    nesting = pd.DataFrame(
        {
            "region": np.repeat([f"r{i}" for i in range(regions)], areas),
            "area": [f"r{i}a{j}" for i in range(regions) for j in range(areas)],
        }
    )
    return nesting, rng.uniform(1, 5, regions * areas)


def test_noise_is_taken_off_every_level_on_average() -> None:
    rng = np.random.default_rng(7)
    nesting, weights = nested(rng)
    true = np.repeat(rng.normal(0, 1, 6), 8) + rng.normal(0, 1, 48)
    errors = rng.uniform(0.5, 1.5, 48)
    wanted = nested_decomposition(true, nesting, weights, measure="variance").estimate
    raw, clear = [], []
    for _ in range(300):
        split = nested_decomposition(true + rng.normal(0, errors), nesting, weights, measure="variance")
        raw.append(split.estimate)
        clear.append(without_noise(split, nesting, errors, weights).estimate)
    spread = np.std(clear, axis=0) / np.sqrt(300)
    assert np.mean(clear, axis=0)[:2] == pytest.approx(wanted[:2], abs=float(4 * spread.max()))
    assert (np.mean(raw, axis=0)[:2] > wanted[:2] + 4 * spread[:2]).all()


def test_parts_and_noise_add_up_to_the_raw_variance() -> None:
    rng = np.random.default_rng(8)
    nesting, weights = nested(rng)
    split = nested_decomposition(rng.normal(0, 3, 48), nesting, weights, measure="variance")
    clear = without_noise(split, nesting, np.full(48, 0.4), weights, within=0.05)
    assert clear.estimate + clear.noise == pytest.approx(split.estimate)
    assert clear.total.estimate == pytest.approx(clear.estimate.sum())
    assert clear.shares.estimate.sum() == pytest.approx(1.0)
    assert clear.noise[-1] == pytest.approx(0.05)
    p = weights / weights.sum()
    assert clear.noise.sum() == pytest.approx(0.16 * (1 - (p**2).sum()) + 0.05)


def test_more_noise_than_spread_gives_a_reason_and_no_share() -> None:
    rng = np.random.default_rng(9)
    nesting, weights = nested(rng)
    split = nested_decomposition(rng.normal(0, 1, 48), nesting, weights, measure="variance")
    clear = without_noise(split, nesting, np.full(48, 3.0), weights)
    assert clear.total.estimate < 0
    assert np.isnan(clear.shares.estimate).all()
    assert all("as large as the spread" in r for r in clear.shares.reason)


def test_bad_input_of_without_noise() -> None:
    rng = np.random.default_rng(10)
    nesting, _ = nested(rng)
    values = rng.uniform(1, 2, 48)
    with pytest.raises(InputError, match="Theil"):
        without_noise(nested_decomposition(values, nesting), nesting, np.ones(48))
    split = nested_decomposition(values, nesting, measure="variance")
    with pytest.raises(InputError, match="1 levels"):
        without_noise(split, nesting[["area"]], np.ones(48))
    with pytest.raises(InputError, match="negative"):
        without_noise(split, nesting, -np.ones(48))
    with pytest.raises(InputError, match="within"):
        without_noise(split, nesting, np.ones(48), within=-1.0)
