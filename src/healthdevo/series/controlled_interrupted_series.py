"""An interrupted time series with comparison areas: how much more the treated area changed than they did."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import shown
from healthdevo.results import check_levels
from healthdevo.series.interruption_model import (
    COUNTS,
    Errors,
    Model,
    Seasons,
    SeriesData,
    check_choices,
    checked_design,
    coefficient_table,
    fit_model,
    read_series,
    season_columns,
)
from healthdevo.series.interruption_result import InterruptedSeries, series_path, series_result

__all__ = ["controlled_interrupted_series"]


@front_door
def controlled_interrupted_series(
    outcomes: pd.DataFrame,
    treated: Hashable,
    interruption: object,
    *,
    model: Model = "quasi-poisson",
    exposures: pd.DataFrame | None = None,
    seasons: Seasons = 2,
    slope_origin: int = 0,
    errors: Errors = "ar1",
    hac_lags: int | None = None,
    restricted: bool = True,
    period: int = 12,
    levels: float | Sequence[float] = 0.95,
) -> InterruptedSeries:
    r"""Fit an interrupted time series against comparison areas.

    Estimand: how much more the treated area's level and slope changed at the interruption than the comparison areas'.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        One column for each area, indexed by month (or year); missing cells are left out.
    treated : hashable
        Column of the area where something happened.
    interruption, model, seasons, slope_origin, errors, hac_lags, restricted, period, levels
        As in ``interrupted_series``.
    exposures : pandas.DataFrame, optional
        People at risk, in the shape of the outcomes.

    Returns
    -------
    InterruptedSeries
        ``level_change`` and ``slope_change`` are the differences between treated and comparison areas; ``path`` is the
        treated area's, its counterfactual having the comparison areas' change.

    Raises
    ------
    InputError
        As in ``interrupted_series``, or when there is no comparison area.

    Notes
    -----
    Terms: intercept, time, treated, treated x time, level change, slope change, treated x level change, treated x slope
    change, seasons; the comparison areas share one line. Errors are correlated within areas and independent between
    them. Assumes that, without the event, treated and comparison areas would have changed alike; look at the trends
    before it, and at ``placebo_dates``.

    References
    ----------
    Linden, A. (2015), as in ``interrupted_series``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> months = pd.period_range("2015-01", periods=60, freq="M")
    >>> after = np.arange(60) >= 30
    >>> frame = pd.DataFrame({name: rng.poisson(500 * np.exp(0.05 * after + (0.2 * after if name == "A" else 0.0)))
    ...                       for name in "ABC"}, index=months)
    >>> 0.2 in controlled_interrupted_series(frame, "A", "2017-07", seasons=0).level_change.interval()
    True
    """
    check_choices(model, errors, hac_lags)
    levels = check_levels(levels)
    if slope_origin not in (0, 1):
        raise InputError(f"slope_origin: {slope_origin!r} is not 0 or 1")
    need_columns(outcomes, list(outcomes.columns), "outcomes")
    if treated not in outcomes.columns:
        raise InputError(
            f"treated: {shown(treated)} is not among the columns of outcomes, {', '.join(map(shown, outcomes.columns[:5]))}"
        )
    if outcomes.shape[1] < 2:
        raise InputError("outcomes: give at least one comparison area beside the treated one")
    if exposures is not None and model not in COUNTS:
        raise InputError(f"exposures: a {model} model has no offset; divide first, or take logarithms")
    if exposures is not None:
        need_columns(exposures, list(outcomes.columns), "exposures")
    parts = [
        read_series(
            outcomes[area],
            interruption,
            None if exposures is None else exposures[area],
            period,
            counts=model in COUNTS,
            names=(f"outcomes[{shown(area)}]", f"exposures[{shown(area)}]"),
        )
        for area in outcomes.columns
    ]
    origin = min(float((part.since - part.time)[0]) for part in parts)
    is_treated = [area == treated for area in outcomes.columns]
    time = [part.since - origin for part in parts]
    pooled = SeriesData(
        parts[is_treated.index(True)].index,
        np.concatenate([part.y for part in parts]),
        np.concatenate(time),
        np.concatenate([part.since for part in parts]),
        np.concatenate([part.cycle for part in parts]),
        parts[0].period,
        np.concatenate([part.offset for part in parts]),
    )
    z = np.repeat(np.array(is_treated, dtype=float), [part.y.size for part in parts])
    groups = np.repeat(np.arange(len(parts)), [part.y.size for part in parts])
    after = (pooled.since >= 0.0).astype(float)
    bend = after * (pooled.since + slope_origin)
    columns = {
        "intercept": np.ones(z.size),
        "time": pooled.time,
        "treated": z,
        "treated x time": z * pooled.time,
        "level change": after,
        "slope change": bend,
        "treated x level change": z * after,
        "treated x slope change": z * bend,
    }
    columns |= season_columns(pooled, seasons)
    design = checked_design(columns, z.size)
    x = design.to_numpy()
    fit = fit_model(pooled.y, x, pooled.offset, pooled.time, groups, model, errors, hac_lags, restricted)
    table = coefficient_table(fit, list(design.columns), levels)
    own = z == 1.0
    without = x[own].copy()
    without[
        :, [design.columns.get_loc(name) for name in ("treated x level change", "treated x slope change")]
    ] = 0.0
    path, cumulative = series_path(parts[is_treated.index(True)], fit, x[own], without, model, levels)
    terms = {
        "treated x level change": "difference in the change in level",
        "treated x slope change": "difference in the change in slope",
    }
    return series_result(
        fit, table, path, cumulative, terms, "controlled interrupted time series", model, errors, levels
    )
