"""Surprises of need: simulated worlds whose truth is known, and moments computed by hand."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.finance import need_volatility


def world(sd=0.04, lasting=0.3, national=0.2, regional=0.3, areas=240, years=60, seed=1):
    rng = np.random.default_rng(seed)
    region = np.arange(areas) % 12
    parts = []
    for share in (lasting, 1 - lasting):
        z = (
            np.sqrt(national) * rng.normal(size=(1, years))
            + np.sqrt(regional) * rng.normal(size=(12, years))[region]
        )
        z = z + np.sqrt(1 - national - regional) * rng.normal(size=(areas, years))
        parts.append(sd * np.sqrt(share) * z)
    log = 0.02 * np.arange(years) + parts[0].cumsum(axis=1) + parts[1]
    names = [f"a{i:03}" for i in range(areas)]
    return pd.DataFrame(1000 * np.exp(log), index=names, columns=range(1960, 1960 + years)), [
        f"r{k:02}" for k in region
    ]


def test_the_truth_of_simulated_worlds_is_found():
    found = []
    for seed in range(12):
        need, groups = world(seed=seed)
        v = need_volatility(need, groups, draws=2)
        found.append([v[n].estimate for n in ("sd", "lasting", "national", "regional")])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(12)
    for value, true, e in zip(mean, [0.04, 0.3, 0.2, 0.3], error, strict=True):
        assert value == pytest.approx(true, abs=4 * e + 0.002)


def test_moments_by_hand():
    growth = np.array(
        [[0.03, -0.01, 0.02], [0.01, 0.02, -0.03], [0.0, 0.05, 0.01], [0.02, 0.0, -0.02], [-0.01, 0.01, 0.04]]
    )
    log = np.concatenate([np.zeros((5, 1)), growth.cumsum(axis=1)], axis=1)
    groups = ["x", "x", "y", "y", "y"]
    need = pd.DataFrame(np.exp(log), columns=[2001, 2002, 2003, 2004])
    v = need_volatility(need, groups, draws=5)
    d = growth - growth.mean()
    own = (d**2).mean()
    lag = (d[:, 1:] * d[:, :-1]).mean()
    near = [
        d[i, t] * d[j, t]
        for t in range(3)
        for i in range(5)
        for j in range(5)
        if i != j and groups[i] == groups[j]
    ]
    far = [d[i, t] * d[j, t] for t in range(3) for i in range(5) for j in range(5) if groups[i] != groups[j]]
    assert lag < 0 < own + 2 * lag
    assert v.sd.estimate == pytest.approx(np.sqrt(own + lag), rel=1e-9)
    assert v.lasting.estimate == pytest.approx((own + 2 * lag) / (own + lag), rel=1e-9)
    raw = np.mean(far) / own, (np.mean(near) - np.mean(far)) / own
    assert v.national.estimate == pytest.approx(np.clip(raw[0], 0, 1), abs=1e-12)
    assert v.regional.estimate == pytest.approx(np.clip(raw[1], 0, 1), abs=1e-12)
    assert v.bounded == tuple(n for n, r in zip(("national", "regional"), raw, strict=True) if r < 0)


def test_order_of_rows_and_columns_and_unit_do_not_matter():
    need, groups = world(areas=24, years=10)
    one = need_volatility(need, groups, draws=50, seed=2)
    order = np.random.default_rng(0).permutation(24)
    other = need_volatility(7 * need.iloc[order, ::-1], [groups[i] for i in order], draws=50, seed=2)
    assert other.sd.estimate == pytest.approx(one.sd.estimate, rel=1e-9)
    assert other.regional.estimate == pytest.approx(one.regional.estimate, rel=1e-9)


def test_a_year_left_out_takes_no_part():
    need, groups = world(areas=24, years=12)
    shaken = need.copy()
    shaken.loc[:, 1966:] *= 3.0
    one = need_volatility(need, groups, leave_out=[1966], draws=5)
    other = need_volatility(shaken, groups, leave_out=[1966], draws=5)
    assert other.sd.estimate == pytest.approx(one.sd.estimate, rel=1e-9)
    assert one.years == 10


def test_shares_beyond_the_model_are_bounded_and_named():
    rng = np.random.default_rng(4)
    drift = rng.normal(0, 0.03, (40, 1)) + rng.normal(
        0, 0.001, (40, 12)
    )  # areas on paths of their own: growth repeats
    need = pd.DataFrame(np.exp(drift.cumsum(axis=1)), columns=range(2000, 2012))
    v = need_volatility(need, draws=5)
    assert v.lasting.estimate == 1.0
    assert "lasting" in v.bounded
    growth = np.diff(np.log(need.to_numpy()), axis=1)
    assert v.sd.estimate == pytest.approx(growth.std(), rel=1e-9)


def test_the_interval_over_areas_covers_independent_worlds():
    inside = 0
    for seed in range(40):
        need, _ = world(national=0.0, regional=0.0, areas=60, years=15, seed=seed)
        inside += 0.04 in Covers(need_volatility(need, draws=100, seed=1).sd.interval())
    assert inside >= 33


class Covers:
    """Whether a number lies in an interval."""

    def __init__(self, interval):
        self.interval = interval

    def __contains__(self, value):
        return self.interval.lower <= value <= self.interval.upper


def test_what_it_says_and_refuses():
    need, groups = world(areas=24, years=12)
    v = need_volatility(need, groups, draws=50)
    assert v.sentence.startswith("A year's surprise is ")
    assert len(v.to_frame()) == 4
    with pytest.raises(InputError, match="name: 'x'"):
        v["x"]
    bad = need.copy()
    bad.iloc[2, 3] = 0.0
    for wrong, says in (
        (need.iloc[:4], "at least 5 and 4"),
        (need.rename(columns=str), "not years"),
        (bad, "row 2 .label 'a002'., year 1963, is 0"),
        (need * 0 + 1.0, "alike"),
    ):
        with pytest.raises(InputError, match=says):
            need_volatility(wrong)
    with pytest.raises(InputError, match="neighbouring"):
        need_volatility(need, leave_out=range(1960, 1972, 2))
