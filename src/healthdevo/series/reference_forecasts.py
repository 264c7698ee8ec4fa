"""Plain forecasts to beat: last year's month again (the floor), and the airline model (the challenger)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from statsmodels.tools.sm_exceptions import ConvergenceWarning, EstimationWarning
from statsmodels.tsa.statespace.sarimax import SARIMAX

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import shown
from healthdevo.series.filtered_paths import paths
from healthdevo.series.forecast_errors import root_mean_square
from healthdevo.series.likelihood import climbed
from healthdevo.series.monthly import month, monthly_series
from healthdevo.series.prediction import Prediction
from healthdevo.typing import FloatArray

__all__ = ["AirlineModel", "airline_model", "seasonal_naive"]

_SAME = 1e-4  # of a log-likelihood: what two searches that end in the same maximum may differ by
_STARTS = ((-0.3, -0.5), (0.2, -0.9))


@front_door
def seasonal_naive(series: pd.Series, horizon: int = 12, *, period: int = 12) -> Prediction:
    r"""Forecast each month by the same month of the last year that has it.

    Parameters
    ----------
    series : pandas.Series
        Indexed by month; gaps are allowed.
    horizon : int, default 12
        Months ahead.
    period : int, default 12
        Months in a season.

    Returns
    -------
    Prediction
        On the natural scale.

    Raises
    ------
    InputError
        When the series is no longer than a season, or a calendar month was never seen.

    Notes
    -----
    The standard deviation at horizon :math:`h` is that of the in-sample errors times
    :math:`\sqrt{\lceil h / s \rceil}`; where a month was last seen two years ago, it counts as one season more.

    Examples
    --------
    >>> index = pd.period_range("2020-01", periods=24, freq="M")
    >>> seasonal_naive(pd.Series(np.arange(24.0), index=index), 2).median.tolist()
    [12.0, 13.0]
    """
    s = monthly_series(series, "series", minimum=None)
    if horizon < 1:
        raise InputError(f"horizon: {horizon!r} is not valid; give at least 1 month")
    if period < 1:
        raise InputError(f"period: {period!r} is not valid; give at least 1 month")
    y = s.to_numpy()
    errors = y[period:] - y[:-period] if y.size > period else np.array([np.nan])
    errors = errors[~np.isnan(errors)]
    if errors.size == 0:
        raise InputError(f"series: has no two known months {period} months apart, so there is no naive error")
    centre, seasons = np.empty(horizon), np.empty(horizon)
    for h in range(horizon):
        back = y.size + h - period * (1 + h // period)
        while back >= 0 and np.isnan(y[back]):
            back -= period
        if back < 0:
            raise InputError(f"series: has no value for the calendar month of {s.index[-1] + h + 1}")
        centre[h], seasons[h] = y[back], (y.size + h - back) // period
    months = pd.period_range(s.index[-1] + 1, periods=horizon, freq="M")
    sigma = root_mean_square(errors)
    return Prediction("seasonal naive", months, centre, sigma * np.sqrt(seasons))


@dataclass(frozen=True)
class AirlineModel:
    """A fitted airline model, ARIMA(0,1,1)(0,1,1).

    Parameters
    ----------
    theta, seasonal_theta : float
        Moving-average coefficients.
    sigma2 : float
        Variance of innovations.
    loglikelihood : float
        Of the differenced series.
    logarithmic : bool
        Whether logarithms were taken.
    """

    theta: float
    seasonal_theta: float
    sigma2: float
    loglikelihood: float
    logarithmic: bool
    _series: pd.Series = field(repr=False, compare=False)
    _unit: float = field(repr=False, compare=False)

    def forecast(self, horizon: int = 12, end: object = None) -> Prediction:
        """Forecast the months after the end of the series, or after an earlier month, with the same coefficients.

        Parameters
        ----------
        horizon : int, default 12
            Months ahead.
        end : object, optional
            Last month used; by default the last of the series.

        Returns
        -------
        Prediction

        Raises
        ------
        InputError
            When the months up to the end do not determine the level, growth and all twelve seasons.
        """
        _need_count(horizon, "horizon", "give at least 1 month")
        s = self._series if end is None else self._series[self._series.index <= month(end, "end")]
        _need_determined(s, "series" if end is None else "end")
        result = _model(s.to_numpy() / self._unit).filter(
            [self.theta, self.seasonal_theta, self.sigma2 / self._unit**2], cov_type="none"
        )
        ahead = result.get_forecast(horizon)
        months = pd.period_range(s.index[-1] + 1, periods=horizon, freq="M")
        return Prediction(
            "airline",
            months,
            np.asarray(ahead.predicted_mean) * self._unit,
            np.asarray(ahead.se_mean) * self._unit,
            self.logarithmic,
        )

    def forecasts_from(self, ends: Sequence[int], horizon: int) -> dict[int, Prediction]:
        """Forecast from several ends of the series (numbers of months before them) with the same coefficients, by one pass of the filter.

        Parameters
        ----------
        ends : sequence of int
            Each end is the number of months that a forecast may use.
        horizon : int
            Months ahead.

        Returns
        -------
        dict
            By end, the same as ``forecast`` of the months before it.

        Raises
        ------
        InputError
            When an end is not within the series, or the months before it do not determine the level, growth and all twelve seasons.
        """
        _need_count(horizon, "horizon", "give at least 1 month")
        most = len(self._series)
        if not len(ends):
            return {}
        for end in ends:
            _need_count(end, "ends", f"give numbers of months from 1 to {most}", most)
            _need_determined(self._series.iloc[:end], "ends")
        y = np.concatenate([self._series.to_numpy()[: max(ends)] / self._unit, np.full(horizon, np.nan)])
        params = np.array([self.theta, self.seasonal_theta, self.sigma2 / self._unit**2])
        found = paths(_model(y), params, ends, horizon)
        months = self._series.index
        if found is None:
            return {end: self.forecast(horizon, months[end - 1]) for end in ends}
        result = {}
        for end, mean, spread in zip(ends, *found, strict=True):
            ahead = pd.period_range(months[end - 1] + 1, periods=horizon, freq="M")
            result[end] = Prediction(
                "airline", ahead, mean * self._unit, spread * self._unit, self.logarithmic
            )
        return result

    def carried_to(self, series: pd.Series) -> AirlineModel:
        """Return the model with the same coefficients for a longer (or revised) series.

        Parameters
        ----------
        series : pandas.Series
            Indexed by month, on the natural scale.

        Returns
        -------
        AirlineModel
        """
        s = monthly_series(series, "series", minimum=None)
        return replace(self, _series=np.log(s) if self.logarithmic else s)


def _need_count(value: object, argument: str, rule: str, most: float = np.inf) -> None:
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or not 1 <= value <= most:  # type: ignore[operator]
        raise InputError(f"{argument}: {shown(value)} is not valid; {rule}")


def _need_determined(series: pd.Series, argument: str) -> None:
    """Refuse months that leave a level, growth or season of the model unknown: its spread would be without bound."""
    known = np.flatnonzero(series.notna().to_numpy())
    states = np.column_stack([known, known[:, None] % 12 == np.arange(12)]).astype(float)
    if known.size < 13 or np.linalg.matrix_rank(states) < 13:
        raise InputError(
            f"{argument}: {known.size} known months do not determine level, growth and twelve seasons; "
            "13 or more are needed, each calendar month among them and one of them twice"
        )


def _model(y: FloatArray) -> SARIMAX:
    return SARIMAX(y, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12), use_exact_diffuse=True)


def _at_the_maximum(model: SARIMAX, params: FloatArray) -> FloatArray:
    """Go on from where a search stopped to the maximum of the likelihood: near it, or where fixed seasons have their bound.

    Near that bound the likelihood is so flat that where a search stops says nothing.
    """

    def at(point: FloatArray) -> FloatArray:
        return np.array([point[0], point[1], np.exp(point[2])])

    def slope(point: FloatArray) -> FloatArray:
        values = at(point)
        found: FloatArray = np.asarray(model.score(values, approx_complex_step=True), dtype=float)
        return np.asarray(found * np.array([1.0, 1.0, values[2]]))

    start = np.array([params[0], params[1], np.log(params[2])])
    starts = [start]
    if abs(params[1]) > 0.95:
        starts.append(np.array([start[0], np.sign(start[1]), start[2]]))
    with np.errstate(all="ignore"):
        tops = [top for top in (climbed(slope, place) for place in starts) if top is not None]
    found = [at(top) for top in tops if np.abs(top[:2]).max() <= 1.0]
    heights = [float(model.loglike(values)) for values in found]
    return next((v for v, h in zip(found, heights, strict=True) if h >= max(heights) - 1e-7), params)


@front_door
def airline_model(series: pd.Series, *, logarithmic: bool = True, careful: bool = True) -> AirlineModel:
    r"""Fit the airline model by exact maximum likelihood.

    Parameters
    ----------
    series : pandas.Series
        Indexed by month; positive where logarithms are taken; missing months are allowed.
    logarithmic : bool, default True
        Whether to model the logarithm.
    careful : bool, default True
        Whether to start the search from a second place as well.

    Returns
    -------
    AirlineModel

    Raises
    ------
    InputError
        When fewer than 27 months are known, a value is not positive under logarithms, or the series never changes.

    Notes
    -----
    :math:`(1 - L)(1 - L^{12}) y_t = (1 + \theta L)(1 + \Theta L^{12}) \epsilon_t`; the levels before the series are
    diffuse, so missing months need no filling.

    References
    ----------
    Box, G. E. P. and Jenkins, G. M. (1970), Time Series Analysis, section 9.2.

    Examples
    --------
    >>> index = pd.period_range("2015-01", periods=72, freq="M")
    >>> rng = np.random.default_rng(0)
    >>> y = pd.Series(np.exp(5 + 0.1 * np.sin(np.arange(72) / 2) + rng.normal(0, 0.02, 72)), index=index)
    >>> model = airline_model(y)
    >>> -1 <= model.seasonal_theta <= 1
    True
    """
    s = monthly_series(series, "series", minimum=None)
    if logarithmic:
        if (s <= 0.0).any():
            raise InputError(
                f"series: is not above 0 in {s.index[(s <= 0.0).to_numpy()][0]}; logarithms need it to be"
            )
        s = np.log(s)
    if int(s.notna().sum()) < 27:
        raise InputError(
            f"series: {int(s.notna().sum())} known months are fewer than the 27 that the model needs"
        )
    y = s.to_numpy()
    steps = y[13:] - y[12:-1] - y[1:-12] + y[:-13]
    known = steps[~np.isnan(steps)]
    unit = float(known.std()) if known.size > 2 else float(np.nanstd(y))
    if not unit > 1e-12 * max(1.0, float(np.nanmax(np.abs(y)))):
        raise InputError("series: its months repeat every year exactly; there is nothing to fit")
    model = _model(y / unit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", EstimationWarning)
        tried = [
            model.fit([theta, seasonal, 0.5], disp=0, maxiter=500, cov_type="none")
            for theta, seasonal in (_STARTS if careful else _STARTS[:1])
        ]
    highest = max(float(result.llf) for result in tried)
    best = next(result for result in tried if float(result.llf) >= highest - _SAME)
    theta, seasonal, sigma2 = _at_the_maximum(model, np.asarray(best.params, dtype=float)).tolist()
    diffuse = 13 * 0.5 * np.log(2.0 * np.pi)
    loglikelihood = (
        float(model.loglike([theta, seasonal, sigma2])) + diffuse - (int(s.notna().sum()) - 13) * np.log(unit)
    )
    return AirlineModel(theta, seasonal, sigma2 * unit**2, loglikelihood, logarithmic, s, unit)
