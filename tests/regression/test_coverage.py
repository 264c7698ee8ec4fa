"""Simulations: intervals that cover as often as they say, and one that does not."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.mathematics.cluster_inference import Fitted, cr2
from healthdevo.mathematics.within import Absorber
from healthdevo.regression.anderson_rubin import anderson_rubin_set
from healthdevo.regression.instrument_data import InstrumentData
from healthdevo.regression.panels import panel
from healthdevo.regression.weak_instruments import first_stage

DRAWS = 2000
MARGIN = 3 * np.sqrt(0.05 * 0.95 / DRAWS)


def panel_errors(areas, years, draws, rng):
    """Errors with an area effect and an autoregression within areas, and a regressor that moves slowly too."""
    e = np.empty((years, areas, draws))
    x = np.empty((years, areas))
    e[0], x[0] = rng.normal(size=(areas, draws)), rng.normal(size=areas)
    for t in range(1, years):
        e[t] = 0.7 * e[t - 1] + np.sqrt(1 - 0.49) * rng.normal(size=(areas, draws))
        x[t] = 0.7 * x[t - 1] + np.sqrt(1 - 0.49) * rng.normal(size=areas)
    return np.swapaxes(x, 0, 1).ravel(), np.swapaxes(e, 0, 1).reshape(areas * years, draws)


@pytest.mark.parametrize("areas", [30, 150])
def test_fixed_effects_with_clustered_errors_cover(areas):
    years = 8
    rng = np.random.default_rng(areas)
    x, e = panel_errors(areas, years, DRAWS, rng)
    area, year = np.repeat(np.arange(areas), years), np.tile(np.arange(years), areas)
    absorber = Absorber.make(len(x), area, year)
    X = absorber.residualise(x[:, None])
    Y = absorber.residualise(0.3 * x[:, None] + e)
    b = (X * Y).sum(axis=0) / (X**2).sum()
    scores = np.add.reduceat(X * (Y - X * b), np.arange(0, len(x), years), axis=0)
    # the same factor and distribution as panel(errors="clustered"), which the next assertion holds it to
    factor = areas / (areas - 1) * (len(x) - 1) / (len(x) - 1 - years)
    se = np.sqrt(factor * (scores**2).sum(axis=0)) / (X**2).sum()
    frame = pd.DataFrame({"area": area, "year": year, "x": x, "y": 0.3 * x + e[:, 0]})
    fit = panel(frame, outcome="y", regressors="x")
    assert (fit["x"].estimate, fit["x"].standard_error) == pytest.approx((b[0], se[0]), rel=1e-9)
    covered = np.abs(b - 0.3) <= stats.t.ppf(0.975, areas - 1) * se
    assert 0.92 <= covered.mean() <= 0.98
    # classic errors, by contrast, are too narrow here
    classic = np.sqrt(((Y - X * b) ** 2).sum(axis=0) / (len(x) - areas - years) / (X**2).sum())
    assert (np.abs(b - 0.3) <= 1.96 * classic).mean() < 0.9


def test_cr2_covers_with_few_unbalanced_clusters_where_the_usual_errors_do_not():
    rng = np.random.default_rng(2)
    sizes = np.array([40, 30, 12, 6, 6, 4, 4, 4, 3, 3])
    codes = np.repeat(np.arange(10), sizes)
    n = len(codes)
    x = rng.normal(size=10)[codes] + 0.3 * rng.normal(size=n)
    design = np.column_stack([np.ones(n), x])
    draws = 400
    Y = rng.normal(size=(n, draws)) + rng.normal(size=(10, draws))[codes]
    bread = np.linalg.inv(design.T @ design)
    B = bread @ design.T @ Y
    inside = {"CR1": 0, "CR2": 0}
    for k in range(draws):
        fit = Fitted(design, Y[:, k] - design @ B[:, k], np.zeros((n, 0)))
        scores = np.add.reduceat(design * fit.residuals[:, None], np.r_[0, np.cumsum(sizes)[:-1]], axis=0)
        V = bread @ (scores.T @ scores) @ bread * 10 / 9 * (n - 1) / (n - 2)
        inside["CR1"] += abs(B[1, k]) <= stats.t.ppf(0.975, 9) * np.sqrt(V[1, 1])
        result = cr2(fit, codes)
        inside["CR2"] += abs(B[1, k]) <= stats.t.ppf(0.975, result.df[1]) * np.sqrt(result.covariance[1, 1])
    assert inside["CR2"] / draws > 0.92
    assert inside["CR1"] / draws < 0.92
    assert inside["CR1"] < inside["CR2"]


def test_anderson_rubin_covers_with_a_first_stage_f_of_two_where_2sls_does_not():
    rng = np.random.default_rng(0)
    n, L, draws, beta = 200, 3, DRAWS, 1.0
    Z = np.linalg.qr(rng.normal(size=(n, L)) - 0.0)[0] * np.sqrt(n)
    Z = Z - Z.mean(axis=0)
    # expected F is 1 + n pi'pi / L
    pi = np.full(L, np.sqrt(1.0 / n))
    u = rng.normal(size=(n, draws))
    v = 0.95 * u + np.sqrt(1 - 0.95**2) * rng.normal(size=(n, draws))
    X = (Z @ pi)[:, None] + v
    Y = beta * X + u
    centred = [a - a.mean(axis=0) for a in (X, Y)]
    Q = np.linalg.qr(Z)[0]
    px, py = (Q.T @ a for a in centred)
    # 2SLS
    b = (px * py).sum(axis=0) / (px**2).sum(axis=0)
    residual = centred[1] - centred[0] * b
    se = np.sqrt((residual**2).sum(axis=0) / (n - 2) / (px**2).sum(axis=0))
    tsls = (np.abs(b - beta) <= 1.96 * se).mean()
    # Anderson-Rubin at the true value, classic errors
    e = centred[1] - beta * centred[0]
    explained = ((Q.T @ e) ** 2).sum(axis=0)
    F = explained / L / (((e**2).sum(axis=0) - explained) / (n - L - 1))
    ar = (stats.f.ppf(0.95, L, n - L - 1) >= F).mean()
    strength = (px**2).sum(axis=0) / L / (((centred[0] ** 2).sum(axis=0) - (px**2).sum(axis=0)) / (n - L - 1))
    assert 1.7 < strength.mean() < 2.3
    assert abs(ar - 0.95) < MARGIN
    assert tsls < 0.8
    # the public functions say the same of single draws
    for k in range(60):
        data = InstrumentData.make(Y[:, k], X[:, k], Z)
        assert first_stage(data, "classic")[0].f() == pytest.approx(strength[k])
        inside = anderson_rubin_set(data, errors="classic").contains(beta)
        assert inside == (F[k] <= stats.f.ppf(0.95, L, n - L - 1))


def test_robust_anderson_rubin_set_covers_with_unequal_variances():
    rng = np.random.default_rng(5)
    draws, inside = 300, 0
    for _ in range(draws):
        z = rng.normal(size=(250, 2))
        u = rng.normal(size=250) * (0.5 + np.abs(z[:, 0]))
        x = 0.1 * z.sum(axis=1) + u + rng.normal(size=250)
        data = InstrumentData.make(x + u, x, z)
        inside += anderson_rubin_set(data, errors="HC1").contains(1.0)
    assert 0.91 <= inside / draws <= 0.98
