"""Interrupted time series: what changed when something happened, with and without comparison areas.

The series is described by a level, a trend and seasons; the interruption may shift the level and bend the trend. What
would have happened without it is the same line carried on. Three standard errors stand side by side: the model's own,
one consistent for any autocorrelation (Newey-West), and one for errors whose neighbours are correlated (AR(1)), which
holds its level best in series of a few years and is the one that intervals use by default.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import numbers
from healthdevo.results import check_levels, one_level
from healthdevo.series.interruption_model import (
    COUNTS,
    Errors,
    Model,
    Seasons,
    check_choices,
    checked_design,
    coefficient_table,
    fit_model,
    index_like,
    read_series,
    season_columns,
)
from healthdevo.series.interruption_result import InterruptedSeries, series_path, series_result
from healthdevo.series.monthly import month, monthly_index
from healthdevo.typing import FloatArray

__all__ = ["interrupted_series", "placebo_dates"]


@front_door
def interrupted_series(
    outcome: pd.Series,
    interruption: object,
    *,
    model: Model = "quasi-poisson",
    exposure: pd.Series | None = None,
    seasons: Seasons = 2,
    slope_change: bool = True,
    slope_origin: int = 0,
    covariates: pd.DataFrame | None = None,
    errors: Errors = "ar1",
    hac_lags: int | None = None,
    restricted: bool = True,
    period: int = 12,
    levels: float | Sequence[float] = 0.95,
) -> InterruptedSeries:
    r"""Fit an interrupted time series.

    Estimand: the change in level (at the first interrupted period) and in slope, against the line carried on.

    Parameters
    ----------
    outcome : pandas.Series
        Counts (or any numbers, for ``ols`` and ``gls-ar1``), indexed by month in any order; gaps are allowed and stay
        gaps. Years, or other whole numbers, may stand instead of months.
    interruption : object
        First interrupted month (or year).
    model : {"quasi-poisson", "poisson", "negative-binomial", "ols", "gls-ar1"}
        Counts with log link, or linear; take logarithms first for a multiplicative linear model.
    exposure : pandas.Series, optional
        People (or days) at risk in each period; its logarithm is the offset of a count model.
    seasons : int or "months", default 2
        Pairs of harmonics of the year, 0 for none, or an effect for each month.
    slope_change : bool, default True
        Whether the slope may change.
    slope_origin : {0, 1}
        Value of the slope term in the first interrupted period. With 0 the level change is that of this first period.
    covariates : pandas.DataFrame, optional
        Further columns, indexed like the outcome.
    errors : {"ar1", "model", "hac"}
        Standard errors that intervals use: for AR(1) errors, the model's own, or Newey-West.
    hac_lags : int, optional
        Lags of Newey-West; by default ``4 (n / 100)**(2/9)``, rounded down.
    restricted : bool, default True
        Restricted likelihood for the autocorrelation of ``gls-ar1``.
    period : int, default 12
        Periods a year, where the index holds numbers.
    levels : float or sequence of float
        Levels of the intervals.

    Returns
    -------
    InterruptedSeries

    Raises
    ------
    InputError
        When the index repeats, the interruption lies outside, the terms cannot be told apart in the months given, or
        counts are negative or all zero.

    Notes
    -----
    :math:`\log E[y_t] = \log e_t + \alpha + \beta t + \gamma D_t + \delta D_t (t - t_0) + \text{seasons}`, with variance
    :math:`\phi \mu_t`; linear models drop the logarithm. The AR(1) standard errors take residuals scaled by their
    standard deviation to have correlation :math:`\rho^d` at distance :math:`d`; :math:`\rho` maximises the restricted
    likelihood. Negative autocorrelation never narrows an interval. Newey-West carries the factor :math:`n / (n - k)`.
    Intervals use Student's t with :math:`n (1 - \rho) / (1 + \rho) - k` degrees of freedom, at least 3, where errors
    are AR(1); for other errors the normal distribution (counts; p-values of the quasi-Poisson model use t) or t with
    :math:`n - k`. Limits of the counterfactual and of cumulative effects are by the delta
    method and take the model as true: another event at the same time, or a change in what is counted, would be taken
    for the effect.

    References
    ----------
    Bernal, J. L., Cummins, S. and Gasparrini, A. (2017), Interrupted time series regression for the evaluation of public
    health interventions, International Journal of Epidemiology 46.
    Linden, A. (2015), Conducting interrupted time-series analysis, Stata Journal 15.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> months = pd.period_range("2015-01", periods=72, freq="M")
    >>> after = np.arange(72) >= 40
    >>> y = pd.Series(rng.poisson(1000 * np.exp(0.002 * np.arange(72) - 0.1 * after)), index=months)
    >>> result = interrupted_series(y, "2018-05")
    >>> -0.1 in result.level_change.interval()
    True
    """
    check_choices(model, errors, hac_lags)
    levels = check_levels(levels)
    if slope_origin not in (0, 1):
        raise InputError(f"slope_origin: {slope_origin!r} is not 0 or 1")
    if exposure is not None and model not in COUNTS:
        raise InputError(f"exposure: a {model} model has no offset; divide first, or take logarithms")
    data = read_series(outcome, interruption, exposure, period, counts=model in COUNTS)
    after = (data.since >= 0.0).astype(float)
    columns: dict[str, FloatArray] = {
        "intercept": np.ones(data.y.size),
        "time": data.time,
        "level change": after,
    }
    if slope_change:
        columns["slope change"] = after * (data.since + slope_origin)
    columns |= season_columns(data, seasons)
    if covariates is not None:
        aligned = covariates.set_axis(index_like(covariates.index, data.index, "covariates"), axis=0).reindex(
            data.index
        )
        for name, column in aligned.items():
            values = numbers(column, f"covariates[{name!r}]")
            if not np.isfinite(values).all():
                raise InputError(
                    f"covariates: {name!r} has no value for {data.index[~np.isfinite(values)][0]}"
                )
            if str(name) in columns:
                raise InputError(
                    f"covariates: {str(name)!r} is a term of the model or there twice; call the column something else"
                )
            columns[str(name)] = values
    design = checked_design(columns, data.y.size)
    x = design.to_numpy()
    groups = np.zeros(data.y.size, dtype=np.int64)
    fit = fit_model(data.y, x, data.offset, data.time, groups, model, errors, hac_lags, restricted)
    table = coefficient_table(fit, list(design.columns), levels)
    without = x.copy()
    for name in ("level change", "slope change"):
        if name in design:
            without[:, design.columns.get_loc(name)] = 0.0
    path, cumulative = series_path(data, fit, x, without, model, levels)
    notes = []
    if after.sum() < 12 or (1.0 - after).sum() < 12:
        notes.append(
            f"{int((1 - after).sum())} periods before and {int(after.sum())} after: short for a trend and seasons"
        )
    if abs(fit.rho) > 2.0 / np.sqrt(data.y.size) and errors == "model" and model != "gls-ar1":
        notes.append(f"residuals are autocorrelated ({fit.rho:.2f}), so the model's own errors are too small")
    terms = {"level change": "change in level", "slope change": "change in slope"}
    return series_result(
        fit, table, path, cumulative, terms, "interrupted time series", model, errors, levels, tuple(notes)
    )


@front_door
def placebo_dates(
    outcome: pd.Series,
    interruption: object,
    *,
    margin: int = 12,
    levels: float = 0.95,
    **options: object,
) -> pd.DataFrame:
    """Fit the interrupted series at dates when nothing happened, in the time before the interruption.

    Parameters
    ----------
    outcome, interruption
        As in ``interrupted_series``.
    margin : int, default 12
        Periods kept before and after each placebo date.
    levels : float, default 0.95
        Level of the intervals.
    **options
        Further arguments of ``interrupted_series``.

    Returns
    -------
    pandas.DataFrame
        One row for each date that can be fitted, and the real one last: ``level_change``, ``standard_error``,
        ``lower``, ``upper``, ``placebo``. In sound data about ``1 - levels`` of placebo intervals leave out zero. The real
        row's ``p_value`` is its rank among all by size of change over standard error.

    Raises
    ------
    InputError
        When the time before the interruption is too short for any placebo date.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> months = pd.period_range("2012-01", periods=96, freq="M")
    >>> y = pd.Series(rng.poisson(np.where(np.arange(96) < 72, 800, 600)), index=months)
    >>> table = placebo_dates(y, "2018-01", seasons=0, slope_change=False)
    >>> float(table["p_value"].iloc[-1]) < 0.05
    True
    """
    level = one_level(levels)
    if margin < 1:
        raise InputError(f"margin: {margin!r} is not valid; give at least 1 period")
    real = interrupted_series(outcome, interruption, levels=level, **options)  # type: ignore[arg-type]
    if isinstance(real.path.index, pd.PeriodIndex):
        before = outcome[monthly_index(outcome.index) < month(interruption)]
        dates: list[object] = list(real.path.index[real.path.index < month(interruption)])
    else:
        before = outcome[outcome.index < interruption]
        dates = [int(year) for year in real.path.index if year < interruption]
    candidates = dates[margin : len(dates) - margin + 1]
    rows: list[dict[str, object]] = []
    for date in candidates:
        try:
            result = interrupted_series(before, date, levels=level, **options)  # type: ignore[arg-type]
        except InputError:
            continue
        rows.append(_placebo_row(date, result, level, placebo=True))
    if not rows:
        raise InputError(
            f"interruption, margin: {len(dates)} periods before it leave no placebo date with {margin} on either side"
        )
    rows.append(_placebo_row(interruption, real, level, placebo=False))
    table = pd.DataFrame(rows).set_index("date")
    size = (table["level_change"] / table["standard_error"]).abs()
    table["p_value"] = np.where(table["placebo"], np.nan, float((size >= size.iloc[-1]).mean()))
    return table


def _placebo_row(
    date: object, result: InterruptedSeries, level: float, *, placebo: bool
) -> dict[str, object]:
    change = result.level_change
    interval = change.interval(level)
    return {
        "date": date,
        "level_change": change.estimate,
        "standard_error": change.standard_error,
        "lower": interval.lower,
        "upper": interval.upper,
        "placebo": placebo,
    }
