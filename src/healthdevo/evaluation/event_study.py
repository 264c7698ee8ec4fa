"""Event studies: the difference at each period relative to treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.panel_regression import Covariance, inference_of, panel_regression
from healthdevo.evaluation.pre_trend_caution import pretrend_caution, with_caution
from healthdevo.evaluation.result import Effect
from healthdevo.front_door import front_door
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray
from healthdevo.wording import number

__all__ = ["EventStudy", "event_study"]


@dataclass(frozen=True)
class EventStudy(Effect):
    """Effects by period relative to treatment, with a test of the periods before.

    Besides the fields of ``Effect`` (the average over the treated periods):

    Parameters
    ----------
    coefficients : pandas.DataFrame or None
        ``relative``, ``effect``, ``standard_error`` and the limits of each level; the reference period is 0.
    covariance_matrix : ndarray
        Of the coefficients without the reference, in the order of ``coefficients``.
    pretrend_statistic, pretrend_p_value : float
        Wald F test that all effects before treatment are zero; NaN where there is none to test.
    pretrend_caution : str
        That this test finds too much with so few areas; empty with ten for each lead, and twenty at least, on both sides.
        ``pretrend_placebo_test`` keeps its size with few.
    """

    coefficients: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    covariance_matrix: FloatArray = field(default_factory=lambda: np.zeros((0, 0)), repr=False, compare=False)
    pretrend_statistic: float = float("nan")
    pretrend_p_value: float = float("nan")
    pretrend_caution: str = ""

    @property
    def pretrend_sentence(self) -> str:
        """The test of the periods before treatment in words."""
        if np.isnan(self.pretrend_p_value):
            return "There is no period before treatment, beside the reference, whose trend could be tested."
        says = "is" if self.pretrend_p_value < 0.05 else "is no"
        return with_caution(
            f"There {says} evidence of different trends before treatment (p = {number(self.pretrend_p_value, 2)}); "
            "a test that finds nothing does not show that trends were parallel.",
            self.pretrend_caution,
        )


@front_door
def event_study(
    panel: Panel,
    *,
    reference: int = -1,
    earliest: int | None = None,
    latest: int | None = None,
    covariance: Covariance = "clustered",
    levels: float | Sequence[float] = 0.95,
) -> EventStudy:
    """Estimate effects by period relative to treatment with area and period fixed effects.

    Solves ``y_it = a_i + b_t + sum_k tau_k 1(t - start_i = k) + e_it`` without the reference period ``k``. Where areas
    start at different times, coefficients of one period are contaminated by others (Sun and Abraham 2021, Journal of
    Econometrics 225); aggregate ``group_time_effects`` by ``"dynamic"`` instead.

    Parameters
    ----------
    panel : Panel
        Absorbing treatment; a never-treated area is needed when all starts coincide.
    reference : int, default -1
        Relative period set to zero, before treatment (0 is the first treated period).
    earliest, latest : int, optional
        Relative periods beyond these are pooled with them.
    covariance, levels
        As for ``difference_in_differences``.

    Returns
    -------
    EventStudy

    Raises
    ------
    InputError
        When the reference is not observed before treatment or effects cannot be told apart.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.normal(size=(30, 6))
    >>> d = np.zeros((30, 6), dtype=bool)
    >>> d[:8, 4:] = True
    >>> study = event_study(Panel(y + 2.0 * d, d, pd.RangeIndex(30), pd.RangeIndex(6)))
    >>> study.coefficients["relative"].tolist(), bool(1.0 < study.estimate < 3.0)
    ([-4, -3, -2, -1, 0, 1], True)
    """
    wanted = check_levels(levels)
    design = "event study"
    panel.require(design, pre_periods=1, never_treated=0)
    t = panel.shape[1]
    if latest is not None and latest < 0:
        raise InputError(f"latest: {latest} is not valid; give 0 or more, the first treated period being 0")
    if earliest is not None and earliest > reference:
        raise InputError(f"earliest: {earliest} is not valid; give at most the reference, {reference}")
    relative = np.where(panel.treated[:, None], np.arange(t)[None, :] - panel.adoption[:, None], 10**6)
    if earliest is not None:
        relative = np.where(relative < earliest, earliest, relative)
    if latest is not None:
        relative = np.where((relative > latest) & panel.treated[:, None], latest, relative)
    seen = np.unique(relative[panel.observed & panel.treated[:, None]])
    if reference >= 0 or reference not in seen:
        raise InputError(
            f"reference: {reference} is not an observed period before treatment; there are "
            f"{[int(k) for k in seen if k < 0]}"
        )
    kept = seen[seen != reference]
    regressors = (relative[:, :, None] == kept).astype(float)
    fit = panel_regression(panel, regressors, [f"relative period {k}" for k in kept], covariance)
    m = len(kept)
    beta, matrix = fit.coefficients[:m], fit.covariance[:m, :m]
    errors = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    frame = pd.DataFrame({"relative": kept, "effect": beta, "standard_error": errors})
    for level in wanted:
        z = float(stats.t.ppf(0.5 + level / 2, fit.degrees))
        frame[f"lower_{level:g}"] = beta - z * errors
        frame[f"upper_{level:g}"] = beta + z * errors
    base = pd.DataFrame([dict.fromkeys(frame.columns, 0.0) | {"relative": reference}])
    frame = pd.concat([frame, base]).astype({"relative": int}).sort_values("relative", ignore_index=True)
    post, before = kept >= 0, kept < 0
    mass = np.array([(panel.weights[:, None] * (panel.observed & (relative == k))).sum() for k in kept[post]])
    share = np.zeros(m)
    share[post] = mass / mass.sum()
    estimate, variance = float(share @ beta), float(share @ matrix @ share)
    error = float(np.sqrt(max(variance, 0.0)))
    statistic = p_pre = float("nan")
    caution = ""
    if before.any():
        block = matrix[np.ix_(before, before)]
        if np.linalg.matrix_rank(block) == before.sum():
            q = int(before.sum())
            statistic = float(beta[before] @ np.linalg.solve(block, beta[before])) / q
            p_pre = float(stats.f.sf(statistic, q, fit.degrees))
            caution = pretrend_caution(panel.n_treated, panel.n_controls, q)
    path = frame.rename(columns={f"lower_{wanted[0]:g}": "lower", f"upper_{wanted[0]:g}": "upper"})
    path.insert(0, "period", path["relative"])
    if len(panel.cohorts) == 1 and earliest is None and latest is None:
        path["period"] = panel.periods[path["relative"].to_numpy() + int(panel.cohorts[0])]
    gaps = frame["effect"].to_numpy(dtype=float)
    early = frame["relative"].to_numpy() < 0
    result = EventStudy(
        measure="average effect of treatment on the treated areas",
        estimate=estimate,
        standard_error=error,
        intervals=(),
        n=fit.n,
        method="two-way fixed effects by period relative to treatment",
        unit=panel.unit,
        design=design,
        path=path,
        treated=panel.treated_areas,
        pre_rmspe=float(np.sqrt(np.mean(gaps[early] ** 2))),
        post_rmspe=float(np.sqrt(np.mean(gaps[~early] ** 2))),
        diagnostics={"degrees of freedom": fit.degrees, "cohorts": float(len(panel.cohorts))},
        coefficients=frame,
        covariance_matrix=matrix,
        pretrend_statistic=statistic,
        pretrend_p_value=p_pre,
        pretrend_caution=caution if covariance == "clustered" else "",
    )
    return result.with_inference(inference_of(estimate, variance, fit.degrees, covariance, wanted, panel))
