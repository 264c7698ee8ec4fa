"""Forecasts of the next year, chosen and calibrated by what would have happened in the past.

Three models compete: the structural trend (the default), the airline model (challenger) and last year's months again
(floor). Each forecasts from a dozen or more past ends of the series; the months that followed decide which is used and
whether its intervals need widening.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.vectors import shown
from healthdevo.results import check_levels
from healthdevo.series.prediction import Prediction
from healthdevo.series.reconciliation import Method, reconcile, summing_matrix
from healthdevo.series.reference_forecasts import airline_model, seasonal_naive
from healthdevo.series.structural_trend import PANDEMIC, Break, Fit, predict, predict_from, prepare, quick_fit
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import number

__all__ = ["AreaForecast", "ReconciledForecasts", "forecast", "reconciled_forecasts"]


_TREND, _AIRLINE, _NAIVE = "structural trend", "airline", "seasonal naive"
_FEWEST_ORIGINS = 12
_HARMONICS = 4
_REFIT = 12
_WORTH_CHANGING = 0.95  # the challenger must be at least this much better than the default
_NARROWEST = 0.7  # overlapping forecasts say less than their number, so intervals shrink no further
_BANDS = {0.5: (0.42, 0.58), 0.8: (0.75, 0.88), 0.95: (0.90, 0.98)}
"""Coverage in the backtest that leaves an interval as it is."""


@dataclass(frozen=True)
class AreaForecast:
    """A forecast with its record.

    Parameters
    ----------
    model : str
        ``structural trend``, ``airline`` or ``seasonal naive``; empty where there is no forecast.
    table : pandas.DataFrame
        By month ahead: ``median`` and limits by level, after calibration.
    backtest : pandas.DataFrame
        By model and horizon: ``mae``, ``naive_mae`` (on the same origins and months), ``relative_error``, ``cases``, and
        coverage by level before calibration (``coverage_0.8``).
    widening : mapping of float to float
        Factor on each interval's width; 1 where its coverage was right.
    relative_error : float
        Of the chosen model over all horizons, on the same origins as the floor.
    origins : tuple of str
        Last months of the pasts that the backtest forecast from.
    errors : pandas.DataFrame
        For each model, origin and horizon ``actual``, ``median``, ``error``, ``score`` (error over standard deviation, on
        the model's scale).
    reason : str
        Why there is no forecast, no backtest, or no default model.
    """

    model: str
    table: pd.DataFrame = field(repr=False, compare=False)
    backtest: pd.DataFrame = field(repr=False, compare=False)
    widening: Mapping[float, float]
    relative_error: float
    origins: tuple[str, ...]
    errors: pd.DataFrame = field(repr=False, compare=False)
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The forecast in one sentence."""
        if self.table.empty:
            return f"There is no forecast: {self.reason}."
        total = float(self.table["median"].sum())
        text = f"The next {len(self.table)} months are forecast at {number(total)} in all by the {self.model} model"
        if np.isnan(self.relative_error):
            return f"{text} ({self.reason})."
        if self.model == _NAIVE:
            return f"{text}, which no other model beat."
        text = f"{text}, whose past errors were {number(self.relative_error, 2)} of those of last year's months again."
        return f"{text} {HELD}"


HELD = "In simulations its 95% intervals held 90% of months."
"""Said with every forecast of a model; a test holds the figure to the table of coverage."""


def _naive(series: pd.Series, left_out: BoolArray, horizon: int) -> Prediction:
    """Forecast by last year's month; months left out still forecast, but do not count in the errors' spread."""
    clean = series.copy()
    clean[left_out] = np.nan
    if clean.isna().iloc[-12:].any():
        return seasonal_naive(series, horizon)
    clean = clean[clean.first_valid_index() :]
    try:
        return seasonal_naive(clean, horizon)
    except InputError:
        return seasonal_naive(series, horizon)


@dataclass
class _Models:
    """The models of one series, whose coefficients are found anew from time to time."""

    series: pd.Series
    logs: FloatArray
    left_out: BoolArray
    breaks: tuple[Break, ...]
    airline: bool
    trend_params: FloatArray | None = None

    def floor(self, end: int, horizon: int) -> Prediction:
        """Forecast from the first ``end`` months by last year's."""
        return _naive(self.series.iloc[:end], self.left_out[:end], horizon)

    def trend(self, end: int, *, refit: bool) -> Fit | None:
        """Fit the structural trend to the first ``end`` months, where they hold enough for one."""
        logs = self.logs[:end]
        if np.isfinite(logs).sum() < 24 or not np.ptp(logs[np.isfinite(logs)]) > 1e-6:
            return None
        known, past = None if refit else self.trend_params, self.series.iloc[:end]
        fit = quick_fit(past, logs, self.breaks, _HARMONICS, True, known, self.trend_params)
        self.trend_params = fit.params
        return fit

    def trends(self, ends: Sequence[int], horizon: int) -> dict[int, Prediction]:
        """Forecast by the trend from every end; ends with the same variances and columns in one pass."""
        alike: dict[tuple[bytes, tuple[str, ...]], dict[int, Fit]] = {}
        for i, end in enumerate(ends):
            fit = self.trend(end, refit=i % _REFIT == 0)
            if fit is not None:
                alike.setdefault((fit.params.tobytes(), fit.columns), {})[end] = fit
        result: dict[int, Prediction] = {}
        for fits in alike.values():
            result |= predict_from(fits[max(fits)], sorted(fits), horizon)
        return result

    def predictions(self, horizon: int) -> dict[str, Prediction]:
        """Forecast from the end of the series by the trend, where there is one, and by last year's months."""
        end = len(self.series)
        result = {_NAIVE: self.floor(end, horizon)}
        fit = self.trend(end, refit=True)
        if fit is not None:
            result[_TREND] = predict(fit, horizon)
        return result


def _airline_predictions(
    series: pd.Series, left_out: BoolArray, ends: Sequence[int], horizon: int
) -> dict[int, Prediction]:
    """Forecast by the airline model from several ends, its coefficients found at the first of them."""
    known = series.copy()
    known[left_out] = np.nan
    first = known.iloc[: min(ends)]
    try:
        model = airline_model(first, careful=False)
    except InputError:
        return {}
    whole = model.carried_to(known)
    return whole.forecasts_from(ends, horizon)


def _widening(scores: FloatArray, levels: tuple[float, ...]) -> dict[float, float]:
    """Return factors that would have given each interval its level, where its coverage was off."""
    factors = {}
    size = np.abs(scores[np.isfinite(scores)])
    quantiles = dict(zip(levels, normal_quantiles(levels).tolist(), strict=True))
    for level, z in quantiles.items():
        low, high = _BANDS.get(level, (level - 0.05, level + 0.05 * (1.0 - level) / 0.2))
        covered = float(np.mean(size <= z)) if size.size else float("nan")
        if size.size == 0 or low <= covered <= high:
            factors[level] = 1.0
            continue
        rank = min(1.0, np.ceil((size.size + 1) * level) / size.size)
        factors[level] = max(float(np.quantile(size, rank)) / z, _NARROWEST)
    ordered = sorted(levels)
    for narrow, wide in pairwise(ordered):
        reach = factors[narrow] * quantiles[narrow]
        factors[wide] = max(factors[wide], reach / quantiles[wide] * 1.0001)
    return factors


def _calibrated(
    prediction: Prediction, levels: tuple[float, ...], widening: Mapping[float, float]
) -> pd.DataFrame:
    table = prediction.median.to_frame()
    for level in levels:
        limits = prediction.table(level, widening[level])
        table[f"lower_{level:g}"] = limits[f"lower_{level:g}"]
        table[f"upper_{level:g}"] = limits[f"upper_{level:g}"]
    if not prediction.logarithmic:
        # Counts cannot be negative.
        for name in [f"lower_{level:g}" for level in levels]:
            table[name] = table[name].clip(lower=0.0)
    return table


@front_door
def forecast(
    series: pd.Series,
    horizon: int = 12,
    *,
    breaks: Sequence[Break] = (),
    leave_out: Sequence[tuple[str, str]] | tuple[str, str] | None = PANDEMIC,
    origins: int = 18,
    airline: bool = True,
    levels: float | Sequence[float] = (0.5, 0.8, 0.95),
) -> AreaForecast:
    r"""Forecast a monthly count by the model that its past speaks for.

    Parameters
    ----------
    series : pandas.Series
        Positive monthly numbers, indexed by month in any order; gaps stay gaps.
    horizon : int, default 12
        Months ahead.
    breaks : sequence of Break
        Dated shifts for the structural trend.
    leave_out : pair of months, or sequence of pairs, optional
        Spells that no model learns from; by default those of the pandemic.
    origins : int, default 18
        Past ends of the series to forecast from, at least 12, a month apart, the last one ``horizon`` months before the
        end.
    airline : bool, default True
        Whether the airline model competes.
    levels : float or sequence of float
        Levels of the intervals.

    Returns
    -------
    AreaForecast
        With the seasonal naive forecast and a reason where the series is too short for models or for a backtest, and
        without any forecast where not even that is possible.

    Raises
    ------
    InputError
        When months repeat, a value is zero or negative, or an option is out of range.

    Notes
    -----
    The structural trend's variances are found at the first origin and every twelve origins, the airline's coefficients
    at the first; nothing after an origin is used to forecast from it. Relative error is the mean absolute error over that
    of the seasonal naive forecast of the same months from the same origins. The default is given up for the airline model
    only where that is at least 5% better, and for the floor where neither has a relative error below 1. Intervals whose
    coverage in the backtest lies outside .75 to .88 (80%), .90 to .98 (95%) or .42 to .58 (50%) are stretched or shrunk
    by the conformal factor: the quantile of the absolute scores at the level, over the normal one.

    References
    ----------
    Tashman, L. J. (2000), Out-of-sample tests of forecasting accuracy, International Journal of Forecasting 16.
    Angelopoulos, A. N. and Bates, S. (2023), Conformal prediction: a gentle introduction, Foundations and Trends in ML 16.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> months = pd.period_range("2010-04", periods=96, freq="M")
    >>> logs = 7 + 0.003 * np.arange(96) + 0.1 * np.sin(np.asarray(months.month) / 2) + rng.normal(0, 0.02, 96)
    >>> result = forecast(pd.Series(np.exp(logs) * months.days_in_month, index=months), airline=False)
    >>> result.model, result.relative_error < 1, len(result.table)
    ('structural trend', True, 12)
    """
    levels = check_levels(levels)
    if horizon < 1:
        raise InputError(f"horizon: {horizon!r} is not valid; give at least 1 month")
    if origins < _FEWEST_ORIGINS:
        raise InputError(f"origins: {origins!r} is not valid; a backtest needs at least {_FEWEST_ORIGINS}")
    s, logs, out, reason = prepare(series, breaks, leave_out, _HARMONICS, True)
    n = len(s)
    empty = pd.DataFrame()
    ones = dict.fromkeys(levels, 1.0)
    if reason:
        try:
            floor = _naive(s, out, horizon)
        except InputError as error:
            return AreaForecast("", empty, empty, ones, float("nan"), (), empty, f"{reason}; {error}")
        return AreaForecast(
            _NAIVE, _calibrated(floor, levels, ones), empty, ones, float("nan"), (), empty, reason
        )
    models = _Models(s, logs, out, tuple(breaks), airline)
    ends = [end for end in range(n - horizon - origins + 1, n - horizon + 1) if _can_start(logs, end)]
    records = _backtest(models, ends, horizon) if len(ends) >= _FEWEST_ORIGINS else pd.DataFrame()
    if records.empty:
        reason = f"{len(ends)} past ends with two years before them are too few for a backtest"
        ahead = models.predictions(horizon)
        chosen = _TREND if _TREND in ahead else _NAIVE
        return AreaForecast(
            chosen, _calibrated(ahead[chosen], levels, ones), empty, ones, float("nan"), (), empty, reason
        )
    scorecard = _scorecard(records, levels)
    overall = _overall(records)
    chosen = _choose(overall)
    widening = _widening(records.loc[records["model"] == chosen, "score"].to_numpy(dtype=float), levels)
    if chosen == _AIRLINE:
        known = s.copy()
        known[out] = np.nan
        ahead_of = airline_model(known, careful=False).forecast(horizon)
    else:
        ahead_of = models.predictions(horizon)[chosen]
    return AreaForecast(
        chosen,
        _calibrated(ahead_of, levels, widening),
        scorecard,
        widening,
        overall.get(chosen, float("nan")),
        tuple(str(s.index[end - 1]) for end in ends),
        records,
        "" if chosen != _NAIVE else "no model had smaller errors than last year's months again",
    )


def _can_start(logs: FloatArray, end: int) -> bool:
    """Tell whether two years are known before an end, every month of the year among them."""
    if end < 24:
        return False
    known = np.flatnonzero(np.isfinite(logs[:end]))
    return known.size >= 30 and len(set(known % 12)) == 12


def _backtest(models: _Models, ends: Sequence[int], horizon: int) -> pd.DataFrame:
    """Forecast from every end and set the forecasts beside what came."""
    s = models.series
    y = s.to_numpy()
    rows: list[pd.DataFrame] = []
    airline = _airline_predictions(s, models.left_out, ends, horizon) if models.airline else {}
    trends = models.trends(ends, horizon)
    for end in ends:
        predictions = {_NAIVE: models.floor(end, horizon)}
        for name, found in ((_TREND, trends), (_AIRLINE, airline)):
            if end in found:
                predictions[name] = found[end]
        actual = np.full(horizon, np.nan)
        stop = min(end + horizon, len(y))
        actual[: stop - end] = np.where(models.left_out[end:stop], np.nan, y[end:stop])
        for name, prediction in predictions.items():
            scaled = actual if prediction.scale is None else actual / prediction.scale
            on_scale = np.log(scaled) if prediction.logarithmic else scaled
            with np.errstate(divide="ignore", invalid="ignore"):
                score = (on_scale - prediction.centre) / prediction.spread
            rows.append(
                pd.DataFrame(
                    {
                        "model": name,
                        "origin": str(s.index[end - 1]),
                        "horizon": np.arange(1, horizon + 1),
                        "actual": actual,
                        "median": prediction.median.to_numpy(),
                        "score": score,
                    }
                )
            )
    records = pd.concat(rows, ignore_index=True)
    records["error"] = records["actual"] - records["median"]
    return records[records["actual"].notna()].reset_index(drop=True)


def _paired(records: pd.DataFrame) -> pd.DataFrame:
    """Return records with the floor's absolute error on the same origin and horizon."""
    floor = records.loc[records["model"] == _NAIVE, ["origin", "horizon", "error"]]
    floor = floor.rename(columns={"error": "naive_error"})
    return records.merge(floor, on=["origin", "horizon"], how="inner", validate="many_to_one")


def _overall(records: pd.DataFrame) -> dict[str, float]:
    pairs = _paired(records)
    result = {}
    for name, rows in pairs.groupby("model"):
        floor = float(rows["naive_error"].abs().mean())
        result[str(name)] = float(rows["error"].abs().mean()) / floor if floor > 0.0 else float("nan")
    return result


def _choose(overall: Mapping[str, float]) -> str:
    trend, airline = overall.get(_TREND, np.inf), overall.get(_AIRLINE, np.inf)
    best, error = (_AIRLINE, airline) if airline < _WORTH_CHANGING * trend else (_TREND, trend)
    return best if error < 1.0 else _NAIVE


def _scorecard(records: pd.DataFrame, levels: tuple[float, ...]) -> pd.DataFrame:
    pairs = _paired(records)
    pairs["mae"], pairs["naive_mae"] = pairs["error"].abs(), pairs["naive_error"].abs()
    columns = ["mae", "naive_mae"]
    for level, z in zip(levels, normal_quantiles(levels).tolist(), strict=True):
        pairs[f"coverage_{level:g}"] = (pairs["score"].abs() <= z).astype(float)
        columns.append(f"coverage_{level:g}")
    groups = pairs.groupby(["model", "horizon"])
    table = groups[columns].mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        table.insert(2, "relative_error", table["mae"] / table["naive_mae"])
    table.insert(3, "cases", groups.size())
    return table


@dataclass(frozen=True)
class ReconciledForecasts:
    """Forecasts of areas, regions and the whole, made to add up where that pays.

    Parameters
    ----------
    table : pandas.DataFrame
        Medians: a row for each series, a column for each month ahead.
    used : bool
        Whether reconciled forecasts are used: their mean absolute errors in the backtest were smaller.
    method : str
        Method of reconciliation.
    improvement : pandas.DataFrame
        For each level of the hierarchy ``mae`` of the single forecasts, ``reconciled_mae`` and their ``ratio``.
    forecasts : mapping
        The single forecasts.
    reason : str
        Why forecasts were not reconciled, if so.
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    used: bool
    method: str
    improvement: pd.DataFrame = field(repr=False, compare=False)
    forecasts: Mapping[Hashable, AreaForecast] = field(repr=False, compare=False)
    reason: str = ""


@front_door
def reconciled_forecasts(
    forecasts: Mapping[Hashable, AreaForecast],
    parents: Mapping[Hashable, Hashable],
    *,
    total: Hashable = "England",
    method: Method = "wls_struct",
) -> ReconciledForecasts:
    """Make forecasts of areas, regions and the whole add up, if the backtest says that this makes them better.

    Parameters
    ----------
    forecasts : mapping
        A forecast of every area, region and the whole, over the same months.
    parents : mapping
        Region of each area.
    total : hashable, default "England"
        Name of the whole.
    method : str, default "wls_struct"
        As in ``reconcile``; methods that need residuals take the backtest's errors one month ahead.

    Returns
    -------
    ReconciledForecasts

    Raises
    ------
    InputError
        When a series of the hierarchy has no forecast in the mapping, or their months differ.

    Notes
    -----
    The comparison takes the origins and horizons that every series has, and the sum of absolute errors relative to each
    series' own mean, so that England does not outweigh its areas.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> months = pd.period_range("2010-04", periods=72, freq="M")
    >>> a, b = (pd.Series(1000 + rng.normal(0, 20, 72), index=months) for _ in "ab")
    >>> single = {name: forecast(y, airline=False, origins=12) for name, y in
    ...           {"a": a, "b": b, "North": a + b, "England": a + b}.items()}
    >>> reconciled_forecasts(single, {"a": "North", "b": "North"}).table.shape
    (4, 12)
    """
    summing = summing_matrix(parents, total)
    absent = [name for name in summing.index if name not in forecasts]
    if absent:
        raise InputError(
            f"forecasts: have none for {', '.join(map(shown, absent[:3]))}; give every area and region of parents, and the "
            f"total {shown(total)}"
        )
    single = {name: forecasts[name] for name in summing.index}
    without = [name for name, result in single.items() if result.table.empty]
    if without:
        raise InputError(f"forecasts: {without[0]!r} has no forecast ({single[without[0]].reason})")
    months = single[total].table.index
    if any(not result.table.index.equals(months) for result in single.values()):
        raise InputError("forecasts: are not all of the same months")
    base = pd.DataFrame({name: result.table["median"] for name, result in single.items()}).T
    parts = []
    for name, result in single.items():
        if result.errors.empty:
            return ReconciledForecasts(
                base, False, method, pd.DataFrame(), single, f"{name} has no backtest to compare with"
            )
        rows = result.errors[result.errors["model"] == result.model]
        parts.append(rows.set_index(["origin", "horizon"])[["actual", "median"]].assign(series=name))
    both = pd.concat(parts).reset_index()
    medians = both.pivot_table(index="series", columns=["origin", "horizon"], values="median").loc[
        list(summing.index)
    ]
    actuals = both.pivot_table(index="series", columns=["origin", "horizon"], values="actual").loc[
        list(summing.index)
    ]
    shared = (medians.notna() & actuals.notna()).all()
    medians, actuals = medians.loc[:, shared], actuals.loc[:, shared]
    if medians.shape[1] == 0:
        return ReconciledForecasts(
            base, False, method, pd.DataFrame(), single, "no origin and horizon is known for every series"
        )
    errors = actuals - medians
    first = errors.loc[:, errors.columns.get_level_values("horizon") == 1]
    adjusted = reconcile(medians, summing, method=method, residuals=first)
    scale = actuals.mean(axis=1)
    plain_error = errors.abs().mean(axis=1) / scale
    adjusted_error = (actuals - adjusted).abs().mean(axis=1) / scale
    regions = set(parents.values())
    tier = ["whole" if name == total else "region" if name in regions else "area" for name in summing.index]
    improvement = pd.DataFrame({"mae": plain_error, "reconciled_mae": adjusted_error}).groupby(tier).mean()
    improvement["ratio"] = improvement["reconciled_mae"] / improvement["mae"]
    used = bool(adjusted_error.mean() < plain_error.mean())
    table = reconcile(base, summing, method=method, residuals=first) if used else base
    return ReconciledForecasts(
        table,
        used,
        method,
        improvement,
        single,
        "" if used else "reconciling would not have made past forecasts better",
    )
