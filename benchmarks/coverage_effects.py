"""Coverage of the intervals that regressions, evaluations and returns to spending give: known truths, many draws of data.

``rows()`` simulates all of it, with fixed seeds; ``python -m benchmarks.coverage_effects`` prints the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.coverage_rows import LEVEL, Rows, row, rows_of, show
from healthdevo import evaluation as ev
from healthdevo import finance as fin
from healthdevo import regression as rg
from healthdevo.regression.instrument_data import InstrumentData
from healthdevo.regression.panel_design import PanelModel
from healthdevo.regression.panel_errors import panel_covariance
from healthdevo.regression.panels import PanelFit
from healthdevo.regression.small_samples import convention_name
from healthdevo.regression.tf_intervals import tf_interval

TRUTH = 1.0
_FINANCE = {"returns_to_spending"}
_REGRESSION = {
    "anderson_rubin_set",
    "cross_lagged",
    "instrument",
    "panel",
    "relative_importance",
    "specification_curve",
    "tf_interval",
}


def _row(function: str, interval: str, setting: str, hits: Sequence[bool], level: float = LEVEL) -> dict:
    family = "finance" if function in _FINANCE else "regression" if function in _REGRESSION else "evaluation"
    return row(f"{family}.{function}", interval, setting, hits, level)


def _inside(intervals: Iterable, truth: float) -> bool:
    found = next(iter(intervals))
    return bool(found.lower <= truth <= found.upper)


def _noise(rng: np.random.Generator, n: int, t: int, rho: float) -> np.ndarray:
    """Draw a stationary series for each area, with variance one."""
    e = rng.normal(size=(n, t))
    for s in range(1, t):
        e[:, s] = rho * e[:, s - 1] + np.sqrt(1 - rho**2) * e[:, s]
    return e


def _policy(
    rng: np.random.Generator,
    n: int = 30,
    t: int = 10,
    treated: int = 6,
    start: int = 6,
    rho: float = 0.3,
    factor: float = 0.0,
) -> ev.Panel:
    """Draw areas with their own levels, common shocks and noise that lasts, and an effect of one on the treated."""
    y = 2.0 * rng.normal(size=(n, 1)) + rng.normal(size=t) + _noise(rng, n, t, rho)
    if factor:
        y = y + factor * np.outer(rng.normal(size=n), rng.normal(size=t))
    d = np.outer(np.arange(n) < treated, np.arange(t) >= start)
    return ev.Panel(y + TRUTH * d, d, pd.RangeIndex(n), pd.RangeIndex(t))


def _over_policies(
    function: str,
    interval: str,
    setting: str,
    draws: int,
    seed: int,
    estimate: Callable[[ev.Panel], Iterable],
    level: float = LEVEL,
    **world: float,
) -> dict:
    rng = np.random.default_rng(seed)
    hits = [_inside(estimate(_policy(rng, **world)), TRUTH) for _ in range(draws)]  # type: ignore[arg-type]
    return _row(function, interval, setting, hits, level)


# ---------------------------------------------------------------------------- evaluation
def difference_in_differences() -> Rows:
    """Return coverage of clustered t intervals."""
    return [
        _over_policies(
            "difference_in_differences",
            "effect, clustered errors",
            f"{n} areas of which {m} treated, 10 periods, errors that last (autocorrelation 0.3)",
            500,
            seed,
            lambda p: ev.difference_in_differences(p).intervals,
            n=n,
            treated=m,
        )
        for n, m, seed in ((30, 6, 1), (140, 10, 2), (12, 3, 3), (30, 2, 4))
    ]


def two_by_two() -> Rows:
    """Return coverage of each kind of error."""
    rng = np.random.default_rng(5)
    group, after = np.arange(120) % 2, np.arange(120) // 60
    hits: dict[str, list[bool]] = {"iid": [], "robust": [], "clustered": []}
    for _ in range(1000):
        base = group + 0.5 * after + TRUTH * group * after
        even = base + rng.normal(size=120)
        uneven = base + (1.0 + group) * rng.normal(size=120)
        cluster = np.arange(120) % 40
        shared = (
            base
            + rng.normal(size=40)[cluster]
            + rng.normal(size=(2, 40))[after, cluster]
            + rng.normal(size=120)
        )
        hits["iid"].append(_inside(ev.two_by_two(even, group, after).intervals, TRUTH))
        hits["robust"].append(
            _inside(ev.two_by_two(uneven, group, after, covariance="robust").intervals, TRUTH)
        )
        clustered = ev.two_by_two(shared, group, after, clusters=cluster, covariance="clustered")
        hits["clustered"].append(_inside(clustered.intervals, TRUTH))
    words = {
        "iid": "120 observations, equal variances",
        "robust": "120 observations, the treated twice as noisy",
    }
    words["clustered"] = "120 observations in 40 clusters with shocks of their own"
    return [_row("two_by_two", f"effect, {k} errors", words[k], v) for k, v in hits.items()]


def event_study() -> Rows:
    """Return coverage of the average and of single periods."""
    rng = np.random.default_rng(6)
    whole, single = [], []
    for _ in range(500):
        study = ev.event_study(_policy(rng))
        whole.append(_inside(study.intervals, TRUTH))
        row = study.coefficients.set_index("relative").loc[0]
        single.append(bool(row["lower_0.95"] <= TRUTH <= row["upper_0.95"]))
    where = "30 areas of which 6 treated, 10 periods, errors that last"
    return [
        _row("event_study", "average after treatment", where, whole),
        _row("event_study", "first treated period", where, single),
    ]


def imputation() -> Rows:
    """Return coverage of the intervals."""
    return [
        _over_policies(
            "imputation",
            "effect",
            f"{n} areas of which {m} treated, 10 periods, errors that last",
            1000,
            seed,
            lambda p: ev.imputation(p).intervals,
            n=n,
            treated=m,
        )
        for n, m, seed in ((30, 6, 7), (140, 40, 8), (12, 3, 46), (30, 2, 47))
    ]


def group_time_effects() -> Rows:
    """Return coverage of an average, of one cell, and of all periods at once."""
    rng = np.random.default_rng(9)
    out: Rows = []
    for n, m in ((30, 6), (140, 40), (12, 3), (30, 2)):
        one, average, band = [], [], []
        for _ in range(1000):
            effects = ev.group_time_effects(_policy(rng, n=n, treated=m))
            at = int(np.flatnonzero(effects.times == effects.groups)[0])
            one.append(bool(effects.lower[at, 0] <= TRUTH <= effects.upper[at, 0]))
            found = effects.aggregate("dynamic", draws=300)
            average.append(_inside(found.intervals, TRUTH))
            after = found.path["relative"].to_numpy() >= 0
            truth = TRUTH * after
            low, high = (found.path[f"{side}_simultaneous"].to_numpy() for side in ("lower", "upper"))
            band.append(bool(((low <= truth) & (truth <= high)).all()))
        where = f"{n} areas of which {m} treated, 10 periods, errors that last"
        out += [
            _row("group_time_effects", "one group and period", where, one),
            _row("group_time_effects", "aggregate: average after treatment", where, average),
            _row("group_time_effects", "aggregate: all periods at once", where, band),
        ]
    return out


def synthetic_did() -> Rows:
    """Return coverage of placebo, jackknife and bootstrap intervals."""
    rng = np.random.default_rng(10)
    methods = ["placebo", "jackknife", "bootstrap"]
    hits: dict[str, list[bool]] = {m: [] for m in methods}
    for _ in range(120):
        effect = ev.synthetic_did(
            _policy(rng, n=24, t=8, treated=6, start=6, factor=0.7), inference=methods, draws=60
        )
        for m in methods:
            hits[m].append(_inside(effect.by(m).intervals, TRUTH))
    where = "24 areas of which 6 treated, 8 periods, one factor, 60 draws"
    return [_row("synthetic_did", f"effect, {m} errors", where, v) for m, v in hits.items()]


def synthetic_control() -> Rows:
    """Return coverage of the permutation intervals."""
    return [
        _over_policies(
            "synthetic_control",
            "effect, permutation",
            "1 treated area and 19 controls, 10 periods, demeaned outcomes",
            200,
            11,
            lambda p: ev.synthetic_control(p, demean=True).intervals,
            n=20,
            treated=1,
        )
    ]


def generalised_synthetic_control() -> Rows:
    """Return coverage of the parametric and the unit bootstrap."""
    rng = np.random.default_rng(12)
    hits: dict[str, list[bool]] = {"parametric": [], "units": []}
    for _ in range(200):
        panel = _policy(rng, n=40, t=14, treated=6, start=9, rho=0.0, factor=1.0)
        for m, found in hits.items():
            effect = ev.generalised_synthetic_control(panel, rank=1, ranks=(), inference=m, draws=200)
            found.append(_inside(effect.intervals, TRUTH))
    where = "40 areas of which 6 treated, 14 periods, one factor (rank known), 200 draws"
    return [
        _row("generalised_synthetic_control", f"effect, {m} bootstrap", where, v) for m, v in hits.items()
    ]


def matrix_completion() -> Rows:
    """Return coverage of the bootstrap."""
    return [
        _over_policies(
            "matrix_completion",
            "effect, bootstrap",
            "30 areas of which 6 treated, 10 periods, penalty given, 60 draws",
            200,
            13,
            lambda p: ev.matrix_completion(p, penalty=0.3, draws=60).intervals,
        )
    ]


def conformal() -> Rows:
    """Return coverage of conformal intervals of a constant effect."""
    return [
        _over_policies(
            "conformal",
            "effect, moving blocks",
            f"1 treated area and 19 controls, 30 periods of which 4 treated, autocorrelation {rho}",
            300,
            seed,
            lambda p: ev.conformal(p, "did", levels=0.9).intervals,
            level=0.9,
            n=20,
            t=30,
            treated=1,
            start=26,
            rho=rho,
        )
        for rho, seed in ((0.0, 14), (0.3, 15))
    ]


def placebo_test() -> Rows:
    """Return coverage of permutation intervals."""
    return [
        _over_policies(
            "placebo_test",
            "effect, permutation",
            "30 areas of which 3 treated, 10 periods, difference-in-differences against 199 random groups",
            500,
            16,
            lambda p: ev.placebo_test(p, "did", draws=199, seed=int(abs(p.outcome[0, 0]) * 1e6)).intervals,
            treated=3,
        )
    ]


def sensitivity() -> Rows:
    """Return coverage under a violation at the bound."""
    rng = np.random.default_rng(17)
    times, sigma = np.array([-4, -3, -2, 0, 1]), 0.04 * (0.5 * np.eye(5) + 0.5)
    root = np.linalg.cholesky(sigma)
    slope = 0.3
    out = {"relative_magnitudes": [], "smoothness": []}  # type: dict[str, list[bool]]
    for i in range(200):
        trend = slope * (times + 1.0)
        found = trend + TRUTH * (times >= 0) + root @ rng.normal(size=5)
        bounds = ev.sensitivity(found, sigma, times, grid=[1.0], resolution=201).bounds
        out["relative_magnitudes"].append(bool(bounds["lower"][0] <= TRUTH <= bounds["upper"][0]))
        if i < 40:
            bounds = ev.sensitivity(found, sigma, times, restriction="smoothness", grid=[0.1]).bounds
            out["smoothness"].append(bool(bounds["lower"][0] <= TRUTH <= bounds["upper"][0]))
    words = {
        "relative_magnitudes": "changes no larger than before (M = 1)",
        "smoothness": "bends of at most 0.1",
    }
    return [
        _row(
            "sensitivity",
            "effect, for the worst case",
            f"a linear trend of 0.3 a period, {words[k]}",
            v,
        )
        for k, v in out.items()
    ]


def noise_floor() -> Rows:
    """Return coverage where counting is the only noise."""
    rng = np.random.default_rng(18)
    d = np.outer(np.arange(12) < 3, np.arange(8) >= 5)
    people = rng.uniform(2e4, 9e4, 12)[:, None]
    rate = 200.0 + 20.0 * rng.normal(size=(12, 1)) + 5.0 * rng.normal(size=8) + TRUTH * 10.0 * d
    hits = []
    for _ in range(1000):
        deaths = rng.poisson(rate * people / 1e5)
        seen = deaths / people * 1e5
        panel = ev.Panel(seen, d, np.arange(12), np.arange(8))
        hits.append(_inside(ev.noise_floor(panel, seen / np.sqrt(deaths)).intervals, 10.0))
    return [
        _row(
            "noise_floor",
            "effect, counting alone",
            "12 areas of which 3 treated, deaths drawn from Poisson, no other noise",
            hits,
        )
    ]


# ---------------------------------------------------------------------------- regression
def _frame(areas: int, years: int) -> pd.DataFrame:
    return pd.DataFrame(
        [(a, t) for a in range(areas) for t in range(2010, 2010 + years)], columns=["area", "year"]
    )


def _panel_hits(
    errors: str, areas: int, years: int, rho: float, designs: int, outcomes: int, seed: int
) -> list[bool]:
    """Fit designs once, and draw outcomes for each: the same formulas as a fit of every outcome, much faster."""
    rng = np.random.default_rng(seed)
    hits: list[bool] = []
    for _ in range(designs):
        x = _noise(rng, areas, years, rho).ravel()
        frame = _frame(areas, years).assign(x=x, y=rng.normal(size=areas * years))
        fit: PanelFit = rg.panel(
            frame, outcome="y", regressors="x", errors="two-way" if errors == "two-way" else "clustered"
        )
        design = fit.design
        for _ in range(outcomes):
            e = _noise(rng, areas, years, rho)
            if errors in (
                "two-way",
                "driscoll-kraay",
            ):  # shocks that areas share, in proportion to the regressor's own
                e = e + rng.normal(size=years) * 0.5
            y = TRUTH * x + e.ravel()
            y = y - design.basis @ (design.basis.T @ y)
            own = replace(design, y=y)
            b = np.linalg.lstsq(own.X, y, rcond=None)[0]
            if errors == "wild":
                one = replace(fit, design=own).wild_bootstrap(draws=399)
                hits.append(_inside(one.intervals, TRUTH))
                continue
            model = PanelModel(own, b, None, np.nan, np.nan, None)
            cov, df, _ = panel_covariance(
                model,
                own.fitted(b),
                errors,
                convention_name("stata"),
                kernel_lags=None,
                working="identity",
                area="area",
                time="year",
            )
            reach = stats.t.ppf(0.5 + LEVEL / 2, df[0]) * np.sqrt(cov[0, 0])
            hits.append(bool(abs(b[0] - TRUTH) <= reach))
    return hits


def panel() -> Rows:
    """Return coverage of each kind of error under what it allows for."""
    lasting = "outcome and regressor that last (autocorrelation 0.5)"
    cases = [
        ("HC1", 30, 8, 0.0, 10, 100, "independent errors"),
        ("HC3", 30, 8, 0.0, 10, 100, "independent errors"),
        ("clustered", 150, 6, 0.5, 5, 100, lasting),
        ("clustered", 30, 8, 0.5, 10, 100, lasting),
        ("clustered", 9, 8, 0.5, 20, 100, lasting),
        ("CR2", 30, 8, 0.5, 6, 50, lasting),
        ("CR2", 9, 8, 0.5, 10, 50, lasting),
        ("CR3", 9, 8, 0.5, 10, 50, lasting),
        ("two-way", 30, 20, 0.5, 6, 50, lasting),
        ("driscoll-kraay", 30, 20, 0.5, 4, 50, lasting),
        ("driscoll-kraay", 30, 6, 0.5, 4, 50, lasting),
        ("wild", 9, 8, 0.5, 10, 10, lasting),
    ]
    return [
        _row(
            "panel",
            f"coefficient, {errors} errors",
            f"{a} areas, {t} years, area and year effects, {how}",
            _panel_hits(errors, a, t, rho, d, m, 20 + i),
        )
        for i, (errors, a, t, rho, d, m, how) in enumerate(cases)
    ]


def specification_curve() -> Rows:
    """Return coverage of one specification of a curve."""
    rng = np.random.default_rng(40)
    hits = []
    for _ in range(500):
        x = _noise(rng, 40, 6, 0.5).ravel()
        frame = _frame(40, 6).assign(x=x, y=TRUTH * x + _noise(rng, 40, 6, 0.5).ravel())
        table = rg.specification_curve(
            frame, outcomes="y", regressor="x", lags=(0,), estimators=("two-way",)
        ).table
        hits.append(bool(table["lower_95"][0] <= TRUTH <= table["upper_95"][0]))
    return [
        _row(
            "specification_curve",
            "one specification, two-way effects",
            "40 areas, 6 years, errors that last",
            hits,
        )
    ]


def cross_lagged() -> Rows:
    """Return coverage of the coefficient of the other variable's past."""
    rng = np.random.default_rng(41)
    hits = []
    for _ in range(30):
        a, b = rng.normal(size=(2, 40, 1)), rng.normal(size=(2, 40, 21))
        first, second = np.zeros((40, 21)), np.zeros((40, 21))
        for t in range(1, 21):
            first[:, t] = 0.3 * first[:, t - 1] + a[0, :, 0] + b[0, :, t]
            second[:, t] = 0.3 * second[:, t - 1] + 0.2 * first[:, t - 1] + a[1, :, 0] + b[1, :, t]
        frame = _frame(40, 21).assign(first=first.ravel(), second=second.ravel())
        row = rg.cross_lagged(frame, first="first", second="second", standardise=False).table.iloc[0]
        hits.append(bool(row["lower_95"] <= 0.2 <= row["upper_95"]))
    return [
        _row("cross_lagged", "effect of the past, clustered errors", "40 areas, 20 years with a past", hits)
    ]


def relative_importance() -> Rows:
    """Return coverage of percentile intervals of a determinant's share."""
    rng = np.random.default_rng(42)
    hits = []
    truth = 4.0 / 5.5  # of what two unrelated determinants explain, in all variance
    for _ in range(300):
        frame = _frame(60, 6).assign(work=rng.normal(size=360), home=rng.normal(size=360))
        frame["health"] = 2.0 * frame["work"] + frame["home"] + np.sqrt(0.5) * rng.normal(size=360)
        found = rg.relative_importance(frame, outcome="health", determinants=["work", "home"], draws=200)
        hits.append(bool(found.lower[0, 0] <= truth <= found.upper[0, 0]))
    return [
        _row(
            "relative_importance",
            "share, percentile bootstrap",
            "60 areas, 6 years, two unrelated determinants, 200 bootstrap samples",
            hits,
        )
    ]


def instruments() -> Rows:
    """Return coverage of 2SLS, tF and Anderson-Rubin with strong and weak instruments."""
    out: Rows = []
    for strength, words, seed in (
        (0.5, "a strong instrument (F about 50)", 43),
        (0.14, "a weak instrument (F about 5)", 44),
    ):
        rng = np.random.default_rng(seed)
        plain, tf, ar = [], [], []
        for _ in range(1000):
            z, u = rng.normal(size=200), rng.normal(size=200)
            x = strength * z + u
            y = TRUTH * x + 0.8 * u + 0.6 * rng.normal(size=200)
            data = InstrumentData.make(y, x, z)
            b = float(data.Z[:, 0] @ data.y / (data.Z[:, 0] @ data.X[:, 0]))
            e = data.y - b * data.X[:, 0]
            error = float(np.sqrt((data.Z[:, 0] ** 2) @ e**2 * 200 / 198)) / abs(
                float(data.Z[:, 0] @ data.X[:, 0])
            )
            plain.append(bool(abs(b - TRUTH) <= stats.t.ppf(0.975, 198) * error))
            own = tf_interval(b, error, rg.first_stage(data)[0].f())
            tf.append(own.lower <= TRUTH <= own.upper)
            pieces = rg.anderson_rubin_set(data, errors="HC1").pieces[0]
            ar.append(any(p.lower <= TRUTH <= p.upper for p in pieces))
        out += [
            _row("instrument", "coefficient, 2SLS with robust errors", f"200 rows, {words}", plain),
            _row("tf_interval", "coefficient, tF", f"200 rows, {words}", tf),
            _row("anderson_rubin_set", "coefficient, Anderson-Rubin", f"200 rows, {words}", ar),
        ]
    return out


# ---------------------------------------------------------------------------- finance
def returns_to_spending() -> Rows:
    """Return coverage of the QALYs gained and of the cost per QALY when the three numbers are estimates."""
    rng = np.random.default_rng(45)
    truth = (-0.5, 10.0, 0.8)
    errors = (0.1, 1.0, 0.05)
    gained = -0.01 * 1000.0 * truth[0] * truth[1] * truth[2]
    gains, costs = [], []
    for i in range(1000):
        numbers = [fin.Uncertain(float(rng.normal(t, e)), e) for t, e in zip(truth, errors, strict=True)]
        found = fin.returns_to_spending(
            numbers[0],
            spend=1e6,
            deaths=1000.0,
            life_years_per_death=numbers[1],
            quality=numbers[2],
            draws=2000,
            seed=i,
        )
        gains.append(_inside(found.qalys.intervals, gained))
        costs.append(_inside(found.cost_per_qaly.intervals, 1e4 / gained))
    where = "elasticity known to 20%, life-years to 10%, quality to 6%, all normal"
    return [
        _row("returns_to_spending", "QALYs gained", where, gains),
        _row("returns_to_spending", "cost per QALY", where, costs),
    ]


EVERY: tuple[Callable[[], Rows], ...] = (
    difference_in_differences,
    two_by_two,
    event_study,
    imputation,
    group_time_effects,
    synthetic_did,
    synthetic_control,
    generalised_synthetic_control,
    matrix_completion,
    conformal,
    placebo_test,
    sensitivity,
    noise_floor,
    panel,
    specification_curve,
    cross_lagged,
    relative_importance,
    instruments,
    returns_to_spending,
)


def rows(only: Sequence[str] = ()) -> Rows:
    """Return every row of the table, or those of some simulations by name."""
    return rows_of(EVERY, only)


if __name__ == "__main__":
    show(EVERY)
