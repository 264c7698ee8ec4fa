"""Specification curve, wild cluster bootstrap and CR2, against loops of a library's fits and the plain way."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.panel import PanelOLS

from benchmarks.harness import Case
from healthdevo.mathematics import wild_cluster_bootstrap
from healthdevo.mathematics.cluster_inference import Fitted, cr2
from healthdevo.regression import joint_test, leverage, panel, relative_importance, specification_curve

AREAS, YEARS = 150, 10
CONTROLS = ("c1", "c2", "c3", "c4")
SETS = [(), ("c1",), ("c2",), ("c1", "c2"), ("c1", "c2", "c3", "c4")]


def drawn() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [(a, 2013 + t) for a in range(AREAS) for t in range(YEARS)], columns=["area", "year"]
    )
    n = len(frame)
    for name in ("spend", "y1", "y2", "y3", "y4", "y5", *CONTROLS):
        frame[name] = rng.normal(size=n) + rng.normal(size=AREAS)[frame["area"]]
    frame["population"] = rng.uniform(1, 5, AREAS)[frame["area"]]
    return frame


def curve(frame: pd.DataFrame) -> object:
    """500 models: 5 outcomes x 5 sets of controls x 5 lags x 2 weights x 2 estimators."""
    return specification_curve(
        frame,
        outcomes=["y1", "y2", "y3", "y4", "y5"],
        regressor="spend",
        lags=(0, 1, 2, 3, 4),
        controls=SETS,
        weights=(None, "population"),
        estimators=("area", "two-way"),
    )


def curve_by_linearmodels(frame: pd.DataFrame, share: int = 10) -> object:
    """Every tenth of the same 500 models, each fitted by linearmodels with errors clustered by area."""
    data = frame.set_index(["area", "year"])
    lagged = {k: data["spend"].groupby(level="area").shift(k) for k in range(5)}
    fits = []
    count = 0
    for outcome in ("y1", "y2", "y3", "y4", "y5"):
        for lag in range(5):
            for controls in SETS:
                for weights in (None, "population"):
                    for time in (False, True):
                        count += 1
                        if count % share:
                            continue
                        part = data.assign(x=lagged[lag]).dropna()
                        w = None if weights is None else part[weights]
                        model = PanelOLS(
                            part[outcome],
                            part[["x", *controls]],
                            weights=w,
                            entity_effects=True,
                            time_effects=time,
                        )
                        fits.append(model.fit(cov_type="clustered", cluster_entity=True).params["x"])
    return fits


def bootstrap_inputs() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(AREAS), YEARS)
    X = np.column_stack([np.ones(len(codes)), rng.normal(size=(len(codes), 5))])
    y = X @ np.full(6, 0.1) + rng.normal(size=len(codes)) + rng.normal(size=AREAS)[codes]
    return y, X, np.delete(X, 1, axis=1), codes


def plain_bootstrap(draws: int) -> object:
    """Refit every bootstrap sample."""
    y, X, rest, codes = bootstrap_inputs()
    restricted = sm.OLS(y, rest).fit()
    rng = np.random.default_rng(0)
    t = []
    for _ in range(draws):
        sample = restricted.fittedvalues + restricted.resid * rng.choice([-1.0, 1.0], AREAS)[codes]
        fit = sm.OLS(sample, X).fit(cov_type="cluster", cov_kwds={"groups": codes})
        t.append(fit.tvalues[1])
    return t


def plain_cr2(X: np.ndarray, y: np.ndarray, codes: np.ndarray) -> object:
    """CR2 with the full n x n residual maker."""
    bread = np.linalg.inv(X.T @ X)
    M = np.eye(len(y)) - X @ bread @ X.T
    e = M @ y
    V, halves = 0.0, []
    for g in np.unique(codes):
        rows = np.flatnonzero(codes == g)
        values, vectors = np.linalg.eigh(M[np.ix_(rows, rows)])
        half = (vectors / np.sqrt(values)) @ vectors.T @ X[rows] @ bread
        V = V + np.outer(half.T @ e[rows], half.T @ e[rows])
        halves.append(M[:, rows] @ half)
    P = np.stack(halves, axis=1)
    df = [
        np.trace(P[:, :, j].T @ P[:, :, j]) ** 2 / ((P[:, :, j].T @ P[:, :, j]) ** 2).sum()
        for j in range(X.shape[1])
    ]
    return V, df


def cases() -> Iterable[Case]:
    """Return the comparisons of this family."""
    frame = drawn()
    y, X, rest, codes = bootstrap_inputs()
    yield Case(
        "specification curve, 500 models, 150 areas x 10 years",
        lambda: curve(frame),
        "linearmodels loop over every tenth model",
        lambda: curve_by_linearmodels(frame),
        repeat=3,
        peer_repeat=1,
        note="multiply the ratio by ten for the same number of models; target: under 10 s",
    )
    computed = curve(frame)
    yield Case(
        "joint permutation test of the curve, 20 permutations of 500 models",
        lambda: joint_test(computed, draws=20),  # type: ignore[arg-type]
        repeat=1,
    )
    yield Case(
        "wild cluster bootstrap, 150 clusters, 9,999 draws, with interval",
        lambda: wild_cluster_bootstrap(y, X[:, 1], rest, codes),
        "99 refits with statsmodels",
        lambda: plain_bootstrap(99),
        repeat=5,
        peer_repeat=1,
        note="multiply the ratio by 101 for the same number of draws; target: under 1 s",
    )
    yield Case(
        "wild cluster bootstrap, 12 clusters, all 4,096 patterns",
        lambda: wild_cluster_bootstrap(y, X[:, 1], rest, codes % 12),
        repeat=5,
    )
    yield Case(
        "CR2 with Satterthwaite degrees of freedom, 150 clusters",
        lambda: cr2(Fitted.ols(X, y), codes),
        "plain n x n formula",
        lambda: plain_cr2(X, y, codes),
        repeat=5,
        peer_repeat=2,
    )
    fit = panel(frame, outcome="y1", regressors="spend", controls=list(CONTROLS), errors="CR2")

    def refit_without_each_area() -> object:
        data = frame.set_index(["area", "year"])
        return [
            PanelOLS(part["y1"], part[["spend", *CONTROLS]], entity_effects=True, time_effects=True)
            .fit()
            .params["spend"]
            for part in (data.drop(index=a, level="area") for a in range(0, AREAS, 10))
        ]

    yield Case(
        "leverage report: 150 areas, 10 years, flipping sets",
        lambda: leverage(fit),
        "linearmodels without every tenth area",
        refit_without_each_area,
        repeat=3,
        peer_repeat=1,
    )
    yield Case(
        "relative importance, 4 determinants, 500 resamples of 150 areas",
        lambda: relative_importance(frame, outcome="y1", determinants=list(CONTROLS)),
        repeat=3,
    )
