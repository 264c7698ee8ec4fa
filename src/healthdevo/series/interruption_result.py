"""What an interrupted series returns, and how it is put together from a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.results import Estimate, Interval
from healthdevo.series.interruption_model import COUNTS, ModelFit, SeriesData
from healthdevo.typing import FloatArray
from healthdevo.wording import number, percentage, span, supported

__all__ = ["InterruptedSeries", "series_path", "series_result"]


@dataclass(frozen=True)
class InterruptedSeries:
    """An interrupted time series.

    Parameters
    ----------
    level_change : Estimate
        Change in level at the interruption, on the scale of the model (logarithm for counts).
    slope_change : Estimate
        Change in slope per period.
    cumulative : Estimate
        Observed course (fitted) less counterfactual, summed over the time since the interruption, in the outcome's unit.
    coefficients : pandas.DataFrame
        For each term ``estimate``, ``standard_error`` (the one that intervals use), ``model_error``, ``hac_error``,
        ``ar1_error``, ``p_value``, and limits by level.
    path : pandas.DataFrame
        By time: ``observed``, ``fitted``, ``counterfactual`` with its limits, ``effect`` and ``cumulative`` with
        theirs (NaN before the interruption).
    model, errors : str
        Model, and which standard errors the intervals use.
    dispersion : float
        Pearson chi-square per degree of freedom (counts), or residual variance.
    autocorrelation : float
        Of neighbouring residuals, by restricted likelihood.
    degrees_of_freedom : int
        Observations less coefficients.
    loglikelihood : float
        Of the model; NaN for quasi-likelihood.
    warnings : tuple of str
        What a reader should know.
    """

    level_change: Estimate
    slope_change: Estimate
    cumulative: Estimate
    coefficients: pd.DataFrame = field(repr=False, compare=False)
    path: pd.DataFrame = field(repr=False, compare=False)
    model: str
    errors: str
    dispersion: float
    autocorrelation: float
    degrees_of_freedom: int
    loglikelihood: float
    warnings: tuple[str, ...] = ()

    @property
    def rate_ratio(self) -> Estimate:
        """The change in level as a ratio of rates, for counts; the standard error is by the delta method."""
        change = self.level_change
        if self.model not in COUNTS:
            raise InputError(
                f"rate_ratio: a {self.model} model has no rates; exponentiate it yourself if it is on logs"
            )

        def back(value: float) -> float:
            with np.errstate(over="ignore"):
                return float(np.exp(value))

        ratio = back(change.estimate)
        return Estimate(
            "rate ratio at the interruption",
            ratio,
            ratio * change.standard_error,
            tuple(Interval(i.level, back(i.lower), back(i.upper)) for i in change.intervals),
            change.n,
            change.method,
            reason=change.reason,
        )

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        if self.model in COUNTS and self.level_change.intervals:
            ratio = self.rate_ratio
            i = ratio.intervals[0]
            way = "rose" if ratio.estimate > 1.0 else "fell"
            return (
                f"The rate {way} by {percentage(abs(ratio.estimate - 1.0))} at the interruption "
                f"({100 * i.level:g}% interval {percentage(i.lower - 1.0)} to {percentage(i.upper - 1.0)})."
            )
        change = self.level_change
        if not change.intervals:
            return change.sentence
        i = change.intervals[0]
        return (
            f"The level changed by {number(supported(change.estimate, i.lower, i.upper))} at the interruption "
            f"({100 * i.level:g}% interval {span(i.lower, i.upper)})."
        )


def _estimate(
    table: pd.DataFrame, term: str, measure: str, levels: tuple[float, ...], n: int, method: str
) -> Estimate:
    if term not in table.index:
        return Estimate(measure, float("nan"), float("nan"), (), n, method, reason="the term was left out")
    row: dict[str, float] = dict(zip(table.columns, table.loc[term].to_numpy(dtype=float), strict=True))
    return Estimate(
        measure,
        float(row["estimate"]),
        float(row["standard_error"]),
        tuple(
            Interval(level, float(row[f"lower_{level:g}"]), float(row[f"upper_{level:g}"]))
            for level in levels
        ),
        n,
        method,
    )


def series_result(
    fit: ModelFit,
    table: pd.DataFrame,
    path: pd.DataFrame,
    cumulative: tuple[float, float, tuple[Interval, ...]],
    terms: Mapping[str, str],
    design: str,
    model: str,
    errors: str,
    levels: tuple[float, ...],
    notes: tuple[str, ...] = (),
) -> InterruptedSeries:
    """Put the pieces of a fit together; ``terms`` names the level and the slope change and their measures."""
    method = f"{design}, {model}, {_error_words(errors, model)}"
    n = fit.n
    level, slope = (_estimate(table, term, measure, levels, n, method) for term, measure in terms.items())
    return InterruptedSeries(
        level,
        slope,
        Estimate("cumulative effect", *cumulative, n, method),
        table,
        path,
        model,
        errors,
        fit.dispersion,
        fit.rho,
        n - len(table),
        fit.loglikelihood,
        notes,
    )


def _error_words(errors: str, model: str) -> str:
    if model == "gls-ar1" and errors != "hac":
        return "AR(1) errors"
    return {
        "ar1": "standard errors for AR(1) errors",
        "model": "model standard errors",
        "hac": "Newey-West errors",
    }[errors]


def series_path(
    data: SeriesData, fit: ModelFit, x: FloatArray, without: FloatArray, model: str, levels: tuple[float, ...]
) -> tuple[pd.DataFrame, tuple[float, float, tuple[Interval, ...]]]:
    """Return the course with and without the interruption, and the cumulative effect with its error and limits."""
    after = data.since >= 0.0
    if model in COUNTS:
        fitted = np.exp(x @ fit.beta + data.offset)
        expected = np.exp(without @ fit.beta + data.offset)
        gradient0 = without * expected[:, None]
        gradient = x * fitted[:, None] - gradient0
    else:
        fitted, expected = x @ fit.beta, without @ fit.beta
        gradient0, gradient = without, x - without
    effect = fitted - expected
    total = np.cumsum(np.where(after, effect, 0.0))
    running = np.cumsum(np.where(after[:, None], gradient, 0.0), axis=0)

    def errors_of(g: FloatArray) -> FloatArray:
        return np.asarray(np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", g, fit.covariance, g), 0.0)))

    # Limits of the counterfactual are drawn on the log scale for counts.
    counterfactual_error = errors_of(without if model in COUNTS else gradient0)
    effect_error, total_error = errors_of(gradient), errors_of(running)
    path = pd.DataFrame(
        {
            "observed": data.y,
            "fitted": fitted,
            "counterfactual": expected,
            "effect": effect,
            "cumulative": total,
        },
        index=data.index,
    )
    intervals = []
    for level in levels:
        q = float(stats.t.isf((1.0 - level) / 2.0, fit.quantile_df))
        for sign, side in ((-1.0, "lower"), (1.0, "upper")):
            if model in COUNTS:
                with np.errstate(over="ignore"):
                    path[f"counterfactual_{side}_{level:g}"] = expected * np.exp(
                        sign * q * counterfactual_error
                    )
            else:
                path[f"counterfactual_{side}_{level:g}"] = expected + sign * q * counterfactual_error
            path[f"effect_{side}_{level:g}"] = effect + sign * q * effect_error
            path[f"cumulative_{side}_{level:g}"] = total + sign * q * total_error
        intervals.append(
            Interval(level, float(total[-1] - q * total_error[-1]), float(total[-1] + q * total_error[-1]))
        )
    hidden = [name for name in path if str(name).startswith(("effect", "cumulative"))]
    path.loc[~after, hidden] = np.nan
    return path, (float(total[-1]), float(total_error[-1]), tuple(intervals))
