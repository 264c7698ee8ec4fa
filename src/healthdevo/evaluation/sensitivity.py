"""Sensitivity of an event study to violations of parallel trends.

Estimand: a weighted average of the effects after treatment when trends may differ. With ``delta`` the difference in trends
(zero in the reference period) the estimated coefficients are ``delta`` before treatment and ``effect + delta`` after. Two
bounds on how ``delta`` may go on:

* relative magnitudes: no change of ``delta`` between consecutive periods after treatment exceeds ``M`` times the largest
  change before it;
* smoothness: the slope of ``delta`` changes by at most ``M`` between consecutive periods; ``M = 0`` allows a linear trend.

For each ``M`` the result has the interval that covers the effect whatever ``delta`` the bound allows: for relative magnitudes
by inverting conditional least-favourable hybrid tests of the moment inequalities (a union over which earlier change is
the largest), for smoothness the shortest fixed-length interval around an affine estimator.

Assumption: coefficients are normal with the given covariance, and the bound holds.

Source: Rambachan and Roth (2023), Review of Economic Studies 90; Andrews, Roth and Pakes (2023), ibid. 90; Armstrong and
Kolesar (2018), Econometrica 86. For relative magnitudes nuisance effects of single periods are eliminated from the
inequalities beforehand, so that intervals can differ slightly from those that keep them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, stats

from healthdevo.errors import InputError
from healthdevo.evaluation.event_study import EventStudy
from healthdevo.front_door import front_door
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.matrices import array
from healthdevo.results import Estimate, Interval, one_level
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import number

__all__ = ["SensitivityBounds", "sensitivity", "sensitivity_of_event_study"]

Restriction = Literal["relative_magnitudes", "smoothness"]


@dataclass(frozen=True)
class SensitivityBounds(Estimate):
    """Intervals of an effect under growing violations of parallel trends.

    Besides the fields of ``Estimate`` (the interval is the one of the event study itself):

    Parameters
    ----------
    restriction : str
        ``"relative_magnitudes"`` or ``"smoothness"``.
    bounds : pandas.DataFrame or None
        One row for each ``m``: ``lower``, ``upper`` (interval), ``identified_lower``, ``identified_upper`` (the range of
        effects the bound allows if the coefficients were known exactly; smoothness has it only where the coefficients
        before treatment obey the bound).
    breakdown : float
        The largest ``m`` tried up to which every interval excludes zero; NaN where none does.
    """

    restriction: str = ""
    bounds: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    breakdown: float = float("nan")

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        what = {
            "relative_magnitudes": "changes of trend up to {m} times the largest before treatment",
            "smoothness": "trends whose slope changes by up to {m} a period",
        }[self.restriction]
        if np.isnan(self.breakdown):
            return "The sign of the effect is not established even under the mildest violation tried."
        return f"The sign of the effect is robust to {what.format(m=number(self.breakdown))}."


def _hybrid_rejects(moments: FloatArray, covariance: FloatArray, alpha: float) -> BoolArray:
    """Conditional least-favourable hybrid test of two moments being not positive; ``moments`` (h, 2)."""
    deviations = np.sqrt(np.diag(covariance))
    z = moments / deviations
    rho = float(np.clip(covariance[0, 1] / (deviations[0] * deviations[1]), -1.0, 1.0))
    first = alpha / 10.0

    def tail(c: float) -> float:
        if rho > 1.0 - 1e-9:
            return float(stats.norm.sf(c)) - first
        if rho < -1.0 + 1e-9:
            return float(min(1.0, 2.0 * stats.norm.sf(c))) - first
        both = float(stats.multivariate_normal.cdf([c, c], mean=[0, 0], cov=[[1, rho], [rho, 1]]))
        return 1.0 - both - first

    least_favourable = float(optimize.brentq(tail, 0.0, 10.0))
    top = z.max(axis=1)
    other = z.min(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(rho < 1.0 - 1e-9, (other - rho * top) / max(1.0 - rho, 1e-12), -np.inf)
    low = np.minimum(low, least_favourable)
    size = (alpha - first) / (1.0 - first)
    # quantile of a standard normal between low and the least-favourable value
    upper_tail = stats.norm.sf(least_favourable)
    lower_tail = stats.norm.sf(low)
    critical = stats.norm.isf(upper_tail + size * (lower_tail - upper_tail))
    critical = np.maximum(0.0, np.minimum(critical, least_favourable))
    return np.asarray((top > critical) | (top > least_favourable))


def _relative_magnitudes(
    pre: FloatArray,
    target: float,
    joint: FloatArray,
    reach: float,
    m: float,
    alpha: float,
    grid: int,
) -> tuple[float, float]:
    """Union of intervals over which change before treatment is the largest, and its sign.

    ``joint`` is the covariance of (pre, target); ``reach`` bounds the bias per unit of change.
    """
    k = len(pre)
    changes = np.zeros((k, k + 1))
    for j in range(k):
        changes[j, j] = -1.0
        if j + 1 < k:
            changes[j, j + 1] = 1.0
    values = changes[:, :k] @ pre
    spread = np.sqrt(np.einsum("ij,jk,ik->i", changes, joint, changes))
    se = float(np.sqrt(joint[k, k]))
    half = m * reach * float((np.abs(values) + 4.0 * spread).max()) + 6.0 * se
    thetas = target + half * np.linspace(-1.0, 1.0, grid)
    kept = np.zeros(grid, dtype=bool)
    pick = np.zeros(k + 1)
    pick[k] = 1.0
    for j in range(k):
        for sign in (1.0, -1.0):
            a = np.vstack([pick - sign * m * reach * changes[j], -pick - sign * m * reach * changes[j]])
            cov = a @ joint @ a.T
            scale = sign * m * reach * values[j]
            moments = np.column_stack([target - thetas - scale, thetas - target - scale])
            kept |= ~_hybrid_rejects(moments, cov, alpha)
    if not kept.any():
        return float("nan"), float("nan")
    if kept[0] or kept[-1]:
        return (
            float("-inf") if kept[0] else float(thetas[int(np.argmax(kept))]),
            float("inf") if kept[-1] else float(thetas[grid - 1 - int(np.argmax(kept[::-1]))]),
        )
    return float(thetas[int(np.argmax(kept))]), float(thetas[grid - 1 - int(np.argmax(kept[::-1]))])


def _folded_quantile(shift: float, level: float) -> float:
    """Quantile of the absolute value of a normal with mean ``shift`` and variance one."""

    def excess(c: float) -> float:
        return float(stats.norm.cdf(c - shift) - stats.norm.cdf(-c - shift)) - level

    return float(optimize.brentq(excess, 0.0, shift + 10.0))


def _second_differences(k: int, q: int) -> FloatArray:
    """Map coefficients' weights (pre, post) to weights on (slope before the reference, second differences)."""
    n = k + 1 + q
    rows = np.zeros((n - 1, n))
    for i in range(1, n - 1):
        rows[i - 1, i - 1 : i + 2] = [1.0, -2.0, 1.0]
    rows[n - 2, k], rows[n - 2, k - 1] = 1.0, -1.0  # the slope into the reference period
    inverse = np.linalg.inv(np.delete(rows, k, axis=1))
    return np.asarray(inverse.T, dtype=float)  # (n - 1, k + q); the slope is last


def _frontier(
    l_post: FloatArray, covariance: FloatArray, k: int, points: int
) -> list[tuple[float, float, FloatArray]]:
    """Pairs of worst-case bias (per unit of M) and standard deviation that affine estimators can reach."""
    q = len(l_post)
    transform = _second_differences(k, q)
    c_pre, c_post = transform[:, :k], transform[:, k:] @ l_post
    slope_row, slope_post = c_pre[-1], float(c_post[-1])
    bend, bend_post = c_pre[:-1], c_post[:-1]
    # v = particular + null z keeps linear trends out of the estimator
    particular = -slope_row * slope_post / float(slope_row @ slope_row)
    null = np.linalg.svd(slope_row[None, :])[2][1:].T
    n_bend = len(bend)
    base, move = bend_post + bend @ particular, bend @ null
    free = null.shape[1]

    def bias(z: FloatArray) -> float:
        return float(np.abs(base + move @ z).sum())

    weights = np.concatenate([particular, l_post])
    lift = np.vstack([null, np.zeros((q, free))])
    quad = lift.T @ covariance @ lift
    line = lift.T @ covariance @ weights
    constant = float(weights @ covariance @ weights)

    def deviation(z: FloatArray) -> float:
        return float(np.sqrt(max(constant + 2 * line @ z + z @ quad @ z, 0.0)))

    if free == 0:
        z = np.zeros(0)
        return [(bias(z), deviation(z), weights)]
    smooth = np.linalg.solve(quad + 1e-14 * np.trace(quad) * np.eye(free), -line)
    program = optimize.linprog(
        np.concatenate([np.zeros(free), np.ones(n_bend)]),
        A_ub=np.block([[move, -np.eye(n_bend)], [-move, -np.eye(n_bend)]]),
        b_ub=np.concatenate([-base, base]),
        bounds=[(None, None)] * free + [(0, None)] * n_bend,
    )
    least = np.asarray(program.x[:free])
    result = []
    unit = max(deviation(smooth), 1e-300)
    z = smooth
    scale_quad, scale_line = quad / unit**2, line / unit**2
    for share in np.linspace(0.0, 1.0, points):
        limit = bias(smooth) + share * (bias(least) - bias(smooth))
        start = np.concatenate([smooth + share * (least - smooth), np.zeros(n_bend)])
        start[free:] = np.abs(base + move @ start[:free])
        found = optimize.minimize(
            lambda x: float(x[:free] @ scale_quad @ x[:free] + 2 * scale_line @ x[:free]),
            start,
            jac=lambda x: np.concatenate([2 * (scale_quad @ x[:free] + scale_line), np.zeros(n_bend)]),
            method="SLSQP",
            constraints=[
                {
                    "type": "ineq",
                    "fun": lambda x: x[free:] - (base + move @ x[:free]),
                    "jac": lambda x: np.hstack([-move, np.eye(n_bend)]),
                },
                {
                    "type": "ineq",
                    "fun": lambda x: x[free:] + (base + move @ x[:free]),
                    "jac": lambda x: np.hstack([move, np.eye(n_bend)]),
                },
                {
                    "type": "ineq",
                    "fun": lambda x, limit=limit: np.array([limit - x[free:].sum()]),
                    "jac": lambda x: np.concatenate([np.zeros(free), -np.ones(n_bend)])[None],
                },
            ],
            options={"maxiter": 200, "ftol": 1e-12},
        )
        for z in (np.asarray(found.x[:free]), start[:free]):
            if np.isfinite(z).all():
                result.append((bias(z), deviation(z), weights + lift @ z))
    return result


def _shortest(
    frontier: list[tuple[float, float, FloatArray]],
    covariance: FloatArray,
    k: int,
    l_post: FloatArray,
    m: float,
    level: float,
) -> tuple[float, FloatArray]:
    """Half length and weights of the shortest interval, searched between neighbours on the frontier."""
    transform = _second_differences(k, len(l_post))[:-1]

    def half(v: FloatArray) -> float:
        worst = m * float(np.abs(transform @ v).sum())
        sd = float(np.sqrt(max(float(v @ covariance @ v), 0.0)))
        return sd * _folded_quantile(worst / sd, level) if sd > 0 else worst

    ordered = sorted(frontier, key=lambda point: point[0])
    lengths = [half(v) for _, _, v in ordered]
    best = int(np.argmin(lengths))
    length, weights = lengths[best], ordered[best][2]
    for other in (best - 1, best + 1):
        if 0 <= other < len(ordered):
            a, b = ordered[best][2], ordered[other][2]
            found = optimize.minimize_scalar(
                lambda s, a=a, b=b: half(a + s * (b - a)), bounds=(0, 1), method="bounded"
            )
            if found.fun < length:
                length, weights = float(found.fun), a + float(found.x) * (b - a)
    return length, weights


@front_door
def sensitivity(
    effects: ArrayLike,
    covariance: ArrayLike,
    relative: ArrayLike,
    *,
    restriction: Restriction = "relative_magnitudes",
    grid: Sequence[float] | None = None,
    target: ArrayLike | None = None,
    levels: float = 0.95,
    resolution: int = 1001,
    measure: str = "average effect of treatment on the treated areas",
    unit: str = "",
) -> SensitivityBounds:
    """Return intervals of an effect under growing violations of parallel trends.

    Parameters
    ----------
    effects : array_like of shape (k,)
        Event-study coefficients without the reference period.
    covariance : array_like of shape (k, k)
        Their covariance matrix.
    relative : array_like of int, shape (k,)
        Periods relative to treatment: consecutive but for the reference, -1; at least one before it and one from 0 on.
        Coefficients before treatment must be in reference to the same period -1 (a universal base).
    restriction : {"relative_magnitudes", "smoothness"}
        The bound.
    grid : sequence of float, optional
        Values of ``M``; default 0 to 2 by a quarter, or 0 to twice the largest standard error before treatment.
    target : array_like of shape (periods from 0 on,), optional
        Weights of the effects after treatment; default their average.
    levels : float
        Level of the intervals.
    resolution : int
        Number of effects tried when a test is inverted.
    measure, unit : str
        For sentences.

    Returns
    -------
    SensitivityBounds

    Raises
    ------
    InputError
        When periods are not consecutive or there is none to learn from before treatment.

    Examples
    --------
    >>> bounds = sensitivity([0.1, 0.0, 1.0], np.eye(3) * 0.01, [-3, -2, 0], grid=[0.0, 1.0, 5.0])
    >>> bounds.breakdown, bounds.bounds["m"].tolist()
    (1.0, [0.0, 1.0, 5.0])
    """
    beta = array(effects, "effects")
    sigma = array(covariance, "covariance", dimensions=2, shape=(len(beta), len(beta)))
    times = array(relative, "relative", shape=beta.shape)
    if not (np.diag(sigma) > 0).all():
        raise InputError("covariance: finite numbers and positive variances are needed")
    root = np.sqrt(np.diag(sigma))
    correlation = sigma / np.outer(root, root)
    if np.abs(correlation - correlation.T).max() > 1e-8 or np.linalg.eigvalsh(correlation)[0] < -1e-8:
        raise InputError(
            "covariance: it is not symmetric and positive semi-definite, so it is the covariance of nothing; give that of the effects"
        )
    if resolution < 3:
        raise InputError(f"resolution: {resolution} is not valid; give at least 3")
    if grid is not None:
        grid = array(grid, "grid", least=0.0).tolist()
    level = one_level(levels)
    order = np.argsort(times)
    beta, sigma, times = beta[order], sigma[np.ix_(order, order)], times[order]
    before, after = times < -1, times >= 0
    k, q = int(before.sum()), int(after.sum())
    if k == 0 or q == 0 or not np.array_equal(times, np.r_[np.arange(-k - 1, -1), np.arange(q)]):
        raise InputError(
            "relative: consecutive periods without the reference -1 are needed, at least one before it and one from 0 "
            f"on; got {[int(x) if x % 1 == 0 else float(x) for x in times[:9]]}"
        )
    weights = np.full(q, 1.0 / q) if target is None else array(target, "target", shape=(q,))
    pre, point = beta[:k], float(weights @ beta[k:])
    pick = np.zeros((k + 1, k + q))
    pick[:k, :k] = np.eye(k)
    pick[k, k:] = weights
    joint = pick @ sigma @ pick.T
    error = float(np.sqrt(joint[k, k]))
    z = float(normal_quantiles(level)[0])
    rows = []
    if restriction == "relative_magnitudes":
        values = np.linspace(0.0, 2.0, 9) if grid is None else np.asarray(grid, dtype=float)
        reach = float(np.abs(np.cumsum(weights[::-1])).sum())
        largest = float(np.abs(np.diff(np.append(pre, 0.0))).max())
        for m in values:
            low, high = (
                (point - z * error, point + z * error)
                if m == 0
                else _relative_magnitudes(pre, point, joint, reach, float(m), 1.0 - level, resolution)
            )
            width = float(m) * reach * largest
            rows.append((float(m), low, high, point - width, point + width))
    elif restriction == "smoothness":
        errors = np.sqrt(np.diag(sigma)[:k])
        values = (
            np.linspace(0.0, 2.0 * float(errors.max()), 9) if grid is None else np.asarray(grid, dtype=float)
        )
        frontier = _frontier(weights, sigma, k, 25)
        for m in values:
            half, v = _shortest(frontier, sigma, k, weights, float(m), level)
            centre = float(v @ beta)
            low, high = _identified(pre, weights, float(m), point)
            rows.append((float(m), centre - half, centre + half, low, high))
    else:
        raise InputError(f"restriction: {restriction!r} is not relative_magnitudes or smoothness")
    if (values < 0).any() or not len(values):
        raise InputError("grid: values that are not negative are needed")
    table = pd.DataFrame(rows, columns=["m", "lower", "upper", "identified_lower", "identified_upper"])
    table = table.sort_values("m", ignore_index=True)
    excludes = ((table["lower"] > 0) | (table["upper"] < 0)).to_numpy()
    held = int(np.argmin(np.append(excludes, False)))
    return SensitivityBounds(
        measure=measure,
        estimate=point,
        standard_error=error,
        intervals=(Interval(level, point - z * error, point + z * error),),
        n=len(beta),
        method=f"event study, {restriction.replace('_', ' ')}",
        unit=unit,
        restriction=restriction,
        bounds=table,
        breakdown=float(table["m"].iloc[held - 1]) if held else float("nan"),
    )


def _identified(pre: FloatArray, weights: FloatArray, m: float, point: float) -> tuple[float, float]:
    """Range of the effect if coefficients were exact and slopes change by at most ``m``; NaN where they contradict it."""
    k, q = len(pre), len(weights)
    n = k + 1 + q
    rows = np.zeros((n - 2, n))
    for i in range(1, n - 1):
        rows[i - 1, i - 1 : i + 2] = [1.0, -2.0, 1.0]
    known = np.append(pre, 0.0)
    fixed = rows[:, : k + 1] @ known
    free = rows[:, k + 1 :]
    limits = []
    slack = 1e-9 * (1.0 + float(np.abs(pre).max()))
    for sign in (1.0, -1.0):
        program = optimize.linprog(
            sign * weights,
            A_ub=np.vstack([free, -free]),
            b_ub=np.concatenate([m - fixed, m + fixed]) + slack,
            bounds=[(None, None)] * q,
        )
        if program.status != 0:
            return float("nan"), float("nan")
        limits.append(sign * float(program.fun))
    return point - limits[1], point - limits[0]


@front_door
def sensitivity_of_event_study(
    study: EventStudy,
    *,
    restriction: Restriction = "relative_magnitudes",
    grid: Sequence[float] | None = None,
    target: ArrayLike | None = None,
    levels: float = 0.95,
) -> SensitivityBounds:
    """Return ``sensitivity`` for the coefficients of an event study with reference period -1.

    Examples
    --------
    >>> from healthdevo.evaluation.event_study import event_study
    >>> from healthdevo.evaluation.panel import Panel
    >>> d = np.outer(np.arange(30) < 8, np.arange(6) >= 4)
    >>> y = np.random.default_rng(0).normal(size=(30, 6)) * 0.1 + d
    >>> study = event_study(Panel(y, d, np.arange(30), np.arange(6)))
    >>> bool(sensitivity_of_event_study(study).breakdown >= 0.5)
    True
    """
    if study.coefficients is None:
        raise InputError("study: the event study has no coefficients")
    frame = study.coefficients[study.coefficients["standard_error"] > 0]
    return sensitivity(
        frame["effect"].to_numpy(dtype=float),
        study.covariance_matrix,
        frame["relative"].to_numpy(),
        restriction=restriction,
        grid=grid,
        target=target,
        levels=levels,
        measure=study.measure,
        unit=study.unit,
    )
