"""Effects of staggered treatment by imputation: what untreated observations foretell for the treated ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.few_areas import VERY_FEW, smallest_group, spread_of_groups
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import (
    Effect,
    Inference,
    effect_from_path,
    path_of_gaps,
)
from healthdevo.evaluation.staggered import ALONE, FEW_IN_A_GROUP, ONE_CONTROL
from healthdevo.front_door import front_door
from healthdevo.mathematics.estimates import limits
from healthdevo.results import check_levels
from healthdevo.typing import BoolArray, FloatArray

__all__ = ["imputation"]


@front_door
def imputation(panel: Panel, *, levels: float | Sequence[float] = 0.95) -> Effect:
    """Estimate the effect by imputing untreated outcomes from area and period effects.

    Area effects, period effects and covariates are fitted to the untreated observations only; the effect is the average
    of what treated observations have beyond the fit. The standard error is the conservative one that lets effects differ
    between cohorts and periods, clustered by area. Limits and p-value allow for few areas as those of ``group_time_effects`` do.

    Parameters
    ----------
    panel : Panel
        Absorbing treatment; outcomes may be missing. Every treated area needs an untreated observation and every period
        with treated observations an untreated area. Weights are used.
    levels : float or sequence of float
        Levels of intervals.

    Returns
    -------
    Effect

    Raises
    ------
    InputError
        When some treated observation cannot be imputed.

    Examples
    --------
    >>> import pandas as pd
    >>> y = np.array([[1.0, 1.0, 4.0], [2.0, 2.0, 3.0], [5.0, 5.0, 6.0]])
    >>> d = np.zeros((3, 3), dtype=bool)
    >>> d[0, 2] = True
    >>> round(imputation(Panel(y, d, pd.Index(["A", "B", "C"]), pd.RangeIndex(3))).estimate, 6)
    2.0
    """
    wanted = check_levels(levels)
    design = "imputation difference-in-differences"
    panel.require(design, pre_periods=1, never_treated=0)
    n, t = panel.shape
    free, under = panel.observed & ~panel.treatment, panel.observed & panel.treatment
    if not under.any():
        raise InputError(
            f"panel: no treated area is observed in a period of its treatment; {design} needs one"
        )
    rows = np.flatnonzero(under.any(axis=1) & ~free.any(axis=1))
    if len(rows):
        raise InputError(
            f"panel: {panel.areas[int(rows[0])]} is never observed untreated; {design} needs that"
        )
    columns = np.flatnonzero(under.any(axis=0) & ~free.any(axis=0))
    if len(columns):
        raise InputError(
            f"panel: no untreated area is observed in {panel.periods[int(columns[0])]}; {design} needs one in "
            "every period with treated areas"
        )

    def design_matrix(mask: BoolArray) -> FloatArray:
        area, period = np.nonzero(mask)
        matrix = np.zeros((len(area), n + t + panel.covariates.shape[2]))
        matrix[np.arange(len(area)), area] = 1.0
        matrix[np.arange(len(area)), n + period] = 1.0
        matrix[:, n + t :] = panel.covariates[mask]
        return matrix

    z0, z1 = design_matrix(free), design_matrix(under)
    w0, w1 = panel.weights[np.nonzero(free)[0]], panel.weights[np.nonzero(under)[0]]
    inverse = np.linalg.pinv((z0 * w0[:, None]).T @ z0, rcond=1e-11, hermitian=True)
    reach = z1 @ inverse @ ((z0 * w0[:, None]).T @ z0)
    if np.abs(reach - z1).max() > 1e-6 * max(1.0, float(np.abs(z1).max())):
        raise InputError(
            "panel: some treated observation cannot be imputed because the untreated ones do not connect its area "
            "with its period, or covariates are collinear"
        )
    y0, y1 = panel.outcome[free], panel.outcome[under]
    theta = inverse @ (z0.T @ (w0 * y0))
    effects = y1 - z1 @ theta
    v1 = w1 / w1.sum()
    v0 = -(w0 * (z0 @ (inverse @ (z1.T @ v1))))
    estimate = float(v1 @ effects)
    area0, _ = np.nonzero(free)
    area1, period1 = np.nonzero(under)
    cell = panel.adoption[area1] * (t + 1) + period1
    _, code = np.unique(cell, return_inverse=True)
    centre = np.bincount(code, v1**2 * effects) / np.bincount(code, v1**2)
    scores: FloatArray = np.bincount(area0, v0 * (y0 - z0 @ theta), minlength=n) + np.bincount(
        area1, v1 * (effects - centre[code]), minlength=n
    ).astype(float)
    error = float(np.sqrt((scores**2).sum()))
    gap = np.full((n, t), np.nan)
    gap[under] = effects
    gap[free] = y0 - z0 @ theta
    relative = np.arange(t)[None, :] - panel.adoption[:, None]
    path = path_of_gaps(gap, panel.outcome, relative, panel)
    effect = effect_from_path(
        design=design,
        estimate=estimate,
        path=path,
        n=int(panel.observed.sum()),
        method="imputation from untreated observations",
        unit=panel.unit,
        treated=panel.treated_areas,
        diagnostics={
            "treated observations": float(under.sum()),
            **{
                f"coefficient of {name}": float(theta[n + t + k])
                for k, name in enumerate(panel.covariate_names)
            },
        },
    )
    reason = (
        ALONE
        if panel.n_treated < 2
        else ONE_CONTROL
        if len(panel.cohorts) == 1 and panel.n_controls < 2
        else ""
    )
    if reason:
        return effect.with_inference(Inference("clustered", float("nan"), (), reason=reason))
    wider, degrees = (float(x[0]) for x in spread_of_groups(scores[:, None], panel.adoption))
    p_value = float(2 * stats.t.sf(abs(estimate) / wider, degrees)) if wider > 0 else float("nan")
    caution = FEW_IN_A_GROUP if smallest_group(panel.adoption) < VERY_FEW else ""
    return effect.with_inference(
        Inference("clustered", error, limits(estimate, wider, wanted, degrees), p_value, caution=caution)
    )
