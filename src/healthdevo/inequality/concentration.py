r"""Concentration indices, curves and progressivity: inequality of an outcome along a ranking of people or areas.

Every index here is one functional of the weighted distribution. Units with the same rank form a group that takes the stretch of
ranks from :math:`c_{t-1}` to :math:`c_t`. With group means :math:`\bar h_t`, the mean :math:`\mu` and a rank weighting
:math:`\Phi`,

.. math:: G = \sum_t \bar h_t\,[\Phi(c_t) - \Phi(c_{t-1})], \qquad C = G / \mu .

======================  ====================================  =======================
family                  :math:`\Phi(p)`                       at 2 it is
======================  ====================================  =======================
standard                :math:`p^2 - p`                       the usual index
extended (v > 1)        :math:`p + (1-p)^v`                   the usual index
symmetric (beta > 1)    :math:`2^{\beta-2} |p - 1/2|^\beta`   the usual index
======================  ====================================  =======================

Tied units always share the middle rank and the row order never matters (some tools break ties by row order, and some give
extended indices the mid-rank power, which is biased with ties).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import WLS

from healthdevo.checks import need_choice, need_columns
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.influence import influence_standard_error, lone_row
from healthdevo.inequality.rank_functional import (
    INDEX_NAMES,
    NEEDS_BOUNDS,
    Bounds,
    Functional,
    Normalisation,
    Resampler,
    Weighting,
    check_outcome,
    cluster_codes,
    functional,
    normalised,
    rank_weighting,
    undefined_reason,
)
from healthdevo.inequality.ranks import RankGroups, rank_groups
from healthdevo.mathematics.estimates import (
    estimates_by,
    limits,
    no_limits,
    not_computed,
    percentile_intervals,
)
from healthdevo.mathematics.resampling import bootstrap
from healthdevo.mathematics.vectors import Vector, in_one_order, ranking_vector, vector, weight_vector
from healthdevo.results import Estimate, Estimates, check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = ["ConcentrationIndex", "Heteroskedasticity", "Variance", "concentration_by", "concentration_index"]

Variance: TypeAlias = Literal["regression", "delta", "influence", "bootstrap"]
Heteroskedasticity: TypeAlias = Literal["HC0", "HC1", "HC2", "HC3"]


FEW_UNITS = "Limits by linearisation are too narrow for few units: with 30, 95% intervals held the truth in 92% of simulations."
"""Said with every such interval; a test holds the figures to the table of coverage."""
_MANY = 100


@dataclass(frozen=True)
class ConcentrationIndex(Estimate):
    """A concentration index with what it was computed from.

    Parameters
    ----------
    normalisation : str
        Which normalisation.
    mean : float
        Weighted mean of the outcome.
    degrees_of_freedom : float
        Of the t distribution behind the intervals; infinite for the normal.
    influence : ndarray of shape (n,), optional
        Influence value of each row, for differences between indices of the same units.
    """

    normalisation: str = "relative"
    mean: float = np.nan
    degrees_of_freedom: float = np.inf
    influence: FloatArray | None = field(default=None, repr=False, compare=False)


def _fit(
    y: FloatArray, x: FloatArray, w: FloatArray, robust: Heteroskedasticity | None, clusters: IntArray | None
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and covariance of a weighted regression on a constant and the rank."""
    model = WLS(y, np.column_stack([np.ones_like(x), x]), weights=w)
    if clusters is not None:
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": True})
    else:
        fit = model.fit() if robust is None else model.fit(cov_type=robust)
    return np.asarray(fit.params), np.asarray(fit.cov_params())


def _robust(robust: bool | Heteroskedasticity) -> Heteroskedasticity | None:
    if robust is True:
        return "HC1"
    if robust is False:
        return None
    need_choice("robust", robust, ("HC0", "HC1", "HC2", "HC3"))
    return robust


@front_door
@in_one_order("outcome", "rank_by", "weights", "clusters")
def concentration_index(
    outcome: Vector,
    rank_by: Vector,
    weights: Vector | None = None,
    *,
    normalisation: Normalisation = "relative",
    bounds: Bounds | None = None,
    extended: float | None = None,
    symmetric: float | None = None,
    variance: Variance | None = None,
    robust: bool | Heteroskedasticity = False,
    clusters: object = None,
    rank_variance: Literal["population", "unbiased"] = "population",
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
    name: str = "outcome",
) -> ConcentrationIndex:
    r"""Return a concentration index of an outcome along a ranking, for individual data.

    Parameters
    ----------
    outcome : array-like of shape (n,)
        Health, payments, rates. At least zero for the relative index.
    rank_by : array-like of shape (n,)
        Position of each unit, worst off first: income, deprivation score, an ordered categorical. Ties share a rank.
    weights : array-like of shape (n,), optional
        Above zero: sampling or population weights.
    normalisation : {"relative", "generalised", "modified", "erreygers", "wagstaff"}
        Normalisation; see Notes.
    bounds : (float, float), optional
        Lowest and highest value that the outcome can take. Required for the last three (the highest may be infinite for
        "modified"); values outside raise an error. They are never taken from the sample.
    extended : float, optional
        Inequality aversion v above 1 of the extended index.
    symmetric : float, optional
        Parameter beta above 1 of the symmetric index.
    variance : {"regression", "delta", "influence", "bootstrap"}, optional
        Default "regression", or "influence" for extended and symmetric indices.
    robust : bool or {"HC0", "HC1", "HC2", "HC3"}, default False
        Heteroskedasticity-robust standard errors of the two regressions; True is HC1.
    clusters : array-like of shape (n,), optional
        Units in one cluster may depend on each other.
    rank_variance : {"population", "unbiased"}
        Variance of the ranks in the regression formulas. "unbiased" multiplies estimate and standard error by
        :math:`1 / (1 - \sum_i w_i^2)`, which is n / (n - 1) without weights; only for the standard family.
    levels : float or sequence of float
    draws, seed
        For the bootstrap.
    name : str
        Name of the outcome in messages.

    Returns
    -------
    ConcentrationIndex
        With a reason instead of a number where the index is undefined (all zero, all at a bound).

    Raises
    ------
    InputError
        For missing or infinite values, text as a ranking, weights that are not positive, values outside the bounds,
        negative values in a relative index, a ranking without variation, and options that contradict each other.

    Notes
    -----
    Estimand, with the fractional rank R and mean :math:`\mu`: :math:`C = 2\,\mathrm{cov}(h, R) / \mu`, between -1 and 1;
    positive when the better off have more. The others, with bounds a and b:

    * generalised :math:`\mu C`;
    * modified :math:`\mu C / (\mu - a)`;
    * Erreygers (2009) :math:`4 \mu C / (b - a)`, which mirrors exactly when the outcome is turned round;
    * Wagstaff (2005) :math:`\mu C (b - a) / [(b - \mu)(\mu - a)]`;
    * extended: rank weights :math:`1 - v(1-R)^{v-1}`; its generalised form is multiplied by
      :math:`v^{v/(v-1)}/(v-1)` and the symmetric one by 4, so at 2 both are four times the plain generalised index
      (Erreygers, Clarke and van Ourti 2012).

    Standard errors. *regression*: slope of :math:`2\sigma_R^2 h/\mu` on R (Kakwani, Wagstaff and van Doorslaer 1997), mean
    and ranks taken as fixed, t intervals with n - 2 (or clusters - 1) degrees of freedom. *delta*: slope and intercept of h
    on R, so that sampling of the mean counts; carried to the other normalisations by their factor at the observed mean.
    *influence*: linearisation of the whole functional, ranks and mean both sampled, for every family and normalisation;
    without weights and ties it is the direct formula of Kakwani et al. Some tools drop the weights from that formula, which
    can make the variance negative, and sum over rows in file order when ranks tie; here weights and ties are part of it.
    *bootstrap*: percentile limits, clusters drawn whole.

    References
    ----------
    Kakwani, Wagstaff, van Doorslaer (1997), Journal of Econometrics 77. Wagstaff (2005), Health Economics 14. Erreygers
    (2009), Journal of Health Economics 28. Erreygers, Clarke, van Ourti (2012), Journal of Health Economics 31. O'Donnell
    et al. (2008), Analyzing Health Equity Using Household Survey Data.

    Examples
    --------
    >>> result = concentration_index([1, 2, 2, 5], [10, 20, 30, 40], levels=(0.9, 0.95))
    >>> round(result.estimate, 4), [i.level for i in result.intervals]
    (0.3, [0.9, 0.95])
    >>> ill = concentration_index([1, 1, 0, 1, 0, 0], range(6), normalisation="erreygers", bounds=(0, 1))
    >>> round(ill.estimate, 4)
    -0.7778
    """
    wanted = check_levels(levels)
    h = vector(outcome, name)
    rank = ranking_vector(rank_by, "rank_by", h.size)
    w = weight_vector(weights, h.size)
    weighting = rank_weighting(extended, symmetric)
    edges = check_outcome(h, normalisation, bounds, weighting, name)
    kind = variance or ("regression" if weighting.family == "standard" else "influence")
    sandwich = _robust(robust)
    _check_variance(kind, weighting, sandwich, clusters, rank_variance)
    cluster = cluster_codes(clusters, h.size)
    groups = rank_groups(rank, w)
    if groups.share.size < 2:
        raise InputError("rank_by: every unit has the same rank; give a ranking with at least two positions")
    core = functional(h, groups, w, weighting)
    correction = 1.0
    if rank_variance == "unbiased":
        correction = float(1.0 / (1.0 - ((w / w.sum()) ** 2).sum()))
    measure = INDEX_NAMES[normalisation]
    if weighting.family != "standard":
        measure = f"{weighting.family} {measure}"
    method = _method(
        normalisation, edges, weighting, kind, sandwich, cluster, rank_variance, weights is not None, draws
    )
    undefined = undefined_reason(normalisation, core.mean, edges)
    if undefined:
        return ConcentrationIndex(
            measure,
            np.nan,
            np.nan,
            no_limits(wanted),
            h.size,
            method,
            reason=undefined,
            normalisation=normalisation,
            mean=core.mean,
        )
    value, by_gap, by_mean = (
        float(x) for x in normalised(normalisation, np.array(core.mean), np.array(core.gap), edges, weighting)
    )
    influence = by_gap * core.gap_influence + by_mean * core.mean_influence
    degrees, reason, caution = np.inf, "", ""
    if kind == "influence":
        apart = h.size if cluster is None else int(cluster.max()) + 1
        caution = FEW_UNITS if apart < _MANY else ""
        error = influence_standard_error(influence, w, cluster)
        intervals = limits(value, error, wanted)
    elif kind == "bootstrap":
        resampler = Resampler(h, rank, weighting)

        def statistic(block: FloatArray) -> FloatArray:
            with np.errstate(divide="ignore", invalid="ignore"):
                return normalised(normalisation, *resampler(block), edges, weighting)[0]

        sample = bootstrap(statistic, w, draws, seed, cluster, (h, rank))
        kept = sample[np.isfinite(sample)]
        if kept.size < sample.size:
            reason = (
                f"{sample.size - kept.size} of {sample.size} draws had no defined index and were left out"
            )
        error = float(kept.std(ddof=1))
        intervals = percentile_intervals(kept, wanted)
    elif h.size < 3:
        error, intervals, reason = np.nan, no_limits(wanted), "fewer than three units"
    elif (row := lone_row(_with_constant(h, groups), w, sandwich)) is not None:
        error, intervals = np.nan, no_limits(wanted)
        reason = (
            f"row {row} alone decides the slope (leverage 1), so {sandwich} gives no error; use robust='HC1'"
        )
    else:
        error = _regression_error(h, groups, w, core, kind, sandwich, cluster) * abs(by_gap) * correction
        degrees = float(h.size - 2 if cluster is None else cluster.max())
        intervals = limits(value * correction, error, wanted, degrees)
    return ConcentrationIndex(
        measure,
        value * correction,
        error,
        intervals,
        h.size,
        method,
        reason=reason,
        normalisation=normalisation,
        mean=core.mean,
        degrees_of_freedom=degrees,
        influence=influence * correction,
        caution=caution,
    )


def _with_constant(h: FloatArray, groups: RankGroups) -> FloatArray:
    """Return a constant and the rank of each unit."""
    return np.column_stack([np.ones_like(h), ((groups.lower + groups.upper) / 2.0)[groups.group]])


def _regression_error(
    h: FloatArray,
    groups: RankGroups,
    w: FloatArray,
    core: Functional,
    kind: str,
    robust: Heteroskedasticity | None,
    clusters: IntArray | None,
) -> float:
    """Return the standard error of the plain generalised index by one of the two regressions."""
    rank = ((groups.lower + groups.upper) / 2.0)[groups.group]
    spread = float((w / w.sum()) @ (rank - 0.5) ** 2)
    coefficients, covariance = _fit(h, rank, w, robust, clusters)
    gradient = np.array([0.0, 2.0 * spread])
    if kind == "delta":
        mean = coefficients[0] + coefficients[1] / 2.0
        share = 2.0 * spread * coefficients[1] / mean
        gradient += share * np.array([-1.0, -0.5])
    return float(np.sqrt(gradient @ covariance @ gradient))


def _check_variance(
    kind: str, weighting: Weighting, robust: str | None, clusters: object, rank_variance: str
) -> None:
    if kind not in ("regression", "delta", "influence", "bootstrap"):
        raise InputError(
            f"variance: {kind!r} is not valid; use 'regression', 'delta', 'influence' or 'bootstrap'"
        )
    if kind in ("regression", "delta") and weighting.family != "standard":
        raise InputError(
            f"variance: {kind!r} exists for the standard index only; use 'influence' or 'bootstrap'"
        )
    if robust is not None and kind in ("influence", "bootstrap"):
        raise InputError(f"robust: variance={kind!r} is robust already; leave robust out")
    if robust is not None and clusters is not None:
        raise InputError("robust, clusters: both given; clustered standard errors are robust already")
    need_choice("rank_variance", rank_variance, ("population", "unbiased"))
    if rank_variance == "unbiased" and kind not in ("regression", "delta"):
        raise InputError("rank_variance: 'unbiased' belongs to the regression formulas")


def _method(
    normalisation: Normalisation,
    bounds: Bounds,
    weighting: Weighting,
    kind: str,
    robust: str | None,
    clusters: IntArray | None,
    rank_variance: str,
    weighted: bool,
    draws: int,
) -> str:
    how = {
        "regression": "convenience regression, mean and ranks taken as fixed, t limits",
        "delta": "delta method on the regression on ranks, t limits",
        "influence": "linearisation with sampled mean and ranks, normal limits",
        "bootstrap": f"percentile bootstrap of {draws} draws",
    }[kind]
    text = f"{'weighted ' if weighted else ''}fractional ranks, ties at mid-rank{weighting.words}"
    if normalisation in NEEDS_BOUNDS:
        text += f"; bounds {bounds[0]:g} to {bounds[1]:g}"
    if rank_variance == "unbiased":
        text += "; unbiased variance of ranks"
    text += f"; {how}"
    if robust is not None:
        text += f", {robust}"
    return text if clusters is None else f"{text}, {int(clusters.max()) + 1} clusters"


@front_door
def concentration_by(
    frame: pd.DataFrame,
    outcome: str,
    rank_by: str,
    by: str | Sequence[str],
    *,
    weights: str | None = None,
    clusters: str | None = None,
    normalisation: Normalisation = "relative",
    bounds: Bounds | None = None,
    extended: float | None = None,
    symmetric: float | None = None,
    variance: Variance | None = None,
    robust: bool | Heteroskedasticity = False,
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> Estimates:
    """Return the concentration index of every area, group or period of a tidy frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit.
    outcome, rank_by, weights, clusters : str
        Columns.
    by : str or sequence of str
        Columns that tell areas (or periods) apart; ranks are taken within each.
    normalisation, bounds, extended, symmetric, variance, robust, levels, draws, seed
        As in ``concentration_index``.

    Returns
    -------
    Estimates
        An area without at least two ranks gets a reason.

    Raises
    ------
    InputError
        When a column is missing, or a value is not valid.

    Examples
    --------
    >>> table = pd.DataFrame({"area": list("aaabbb"), "health": [1, 2, 3, 3, 2, 1], "income": [1, 2, 3, 1, 2, 3]})
    >>> concentration_by(table, "health", "income", "area").estimate.round(4).tolist()
    [0.2222, -0.2222]
    """
    keys = [by] if isinstance(by, str) else list(by)
    need_columns(frame, [outcome, rank_by, *keys, *(c for c in (weights, clusters) if c is not None)])
    wanted = check_levels(levels)
    rng = np.random.default_rng(seed)

    def compute(part: pd.DataFrame) -> Estimate:
        if part[rank_by].nunique() < 2:
            return not_computed(INDEX_NAMES[normalisation], wanted, len(part), "", "fewer than two ranks")
        return concentration_index(
            part[outcome],
            part[rank_by],
            None if weights is None else part[weights],
            normalisation=normalisation,
            bounds=bounds,
            extended=extended,
            symmetric=symmetric,
            variance=variance,
            robust=robust,
            clusters=None if clusters is None else part[clusters],
            levels=wanted,
            draws=draws,
            seed=rng,
            name=outcome,
        )

    return estimates_by(frame, keys, INDEX_NAMES[normalisation], wanted, compute)
