"""Sigma convergence: whether the spread between areas narrows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.checks import need_choice, need_columns, need_labels
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.estimates import fields_of, gather, limits, log_limits, percentile_intervals
from healthdevo.mathematics.resampling import bootstrap_weights, check_draws
from healthdevo.mathematics.vectors import shown, vector
from healthdevo.results import Estimate, Estimates, check_levels
from healthdevo.typing import FloatArray
from healthdevo.wording import number, span, supported

__all__ = ["SigmaConvergence", "sigma_convergence"]


@dataclass(frozen=True)
class SigmaConvergence(Estimates):
    """The spread between areas in each period, and how it changed.

    Parameters
    ----------
    change : Estimate
        Spread in the last period minus that in the first.
    ratio : Estimate
        Spread in the last period over that in the first, with limits from its logarithm.
    trend : Estimate
        Slope of a straight line through the spreads, per unit of time.
    """

    change: Estimate = field(kw_only=True)
    ratio: Estimate = field(kw_only=True)
    trend: Estimate = field(kw_only=True)

    @property
    def sentence(self) -> str:
        """The finding in one plain-English sentence."""
        i = self.ratio.interval()
        if i.upper < 1:
            verdict = "narrowed"
        elif i.lower > 1:
            verdict = "widened"
        else:
            verdict = "did not change beyond noise"
        return (
            f"Between {self.index[0]} and {self.index[-1]} the {self.measure} {verdict} (ratio "
            f"{number(supported(self.ratio.estimate, i.lower, i.upper))}, {100 * i.level:g}% interval {span(i.lower, i.upper)})."
        )


@front_door
def sigma_convergence(
    frame: pd.DataFrame,
    area: str,
    time: str,
    value: str,
    *,
    weights: str | None = None,
    measure: Literal[
        "standard deviation of logs", "coefficient of variation", "standard deviation"
    ] = "standard deviation of logs",
    variance: Literal["influence", "bootstrap"] = "influence",
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> SigmaConvergence:
    r"""Return the spread between areas in every period, with its change and trend.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and period; every area must be there in every period.
    area, time, value, weights : str
        Columns. Periods are numbers.
    measure : {"standard deviation of logs", "coefficient of variation", "standard deviation"}
        Population forms (no n - 1).
    variance : {"influence", "bootstrap"}
        Both keep the periods of one area together, so that a change is judged against areas that persist.
    levels, draws, seed
        Confidence levels; bootstrap draws of whole areas; seed.

    Returns
    -------
    SigmaConvergence
        Labelled by period.

    Raises
    ------
    InputError
        When an area is missing in a period or there twice, there are fewer than two periods or three areas, or a value is not
        above zero where logs are taken.

    Notes
    -----
    :math:`\sigma_t = \sqrt{\sum_i w_{it} (\ln y_{it} - \overline{\ln y}_t)^2}`. With influence values
    :math:`\psi_{it}` of each spread, the variance of any combination :math:`\sum_t c_t \sigma_t` is
    :math:`\sum_i (\sum_t c_t w_{it} \psi_{it})^2`, which allows for the dependence of one area's values over time (a test of
    variances that ignores it is too cautious when areas persist). The trend uses the least-squares weights
    :math:`c_t = (t - \bar t)/\sum (t - \bar t)^2`. The ratio's limits are those of its logarithm.

    Examples
    --------
    >>> table = pd.DataFrame({"area": list("abcd") * 2, "year": [2001] * 4 + [2011] * 4,
    ...                       "rate": [50, 70, 90, 110, 70, 75, 85, 90]})
    >>> result = sigma_convergence(table, "area", "year", "rate")
    >>> bool(result.estimate[1] < result.estimate[0]), round(result.ratio.estimate, 2)
    (True, 0.34)
    """
    need_columns(frame, [area, time, value, *([] if weights is None else [weights])])
    wanted = check_levels(levels)
    need_choice(
        "measure", measure, ("standard deviation of logs", "coefficient of variation", "standard deviation")
    )
    need_choice("variance", variance, ("influence", "bootstrap"))
    x = _wide(frame, area, time, value)
    w = (
        _wide(frame, area, time, weights)
        if weights is not None
        else pd.DataFrame(1.0, index=x.index, columns=x.columns)
    )
    n, m = x.shape
    if m < 2 or n < 3:
        raise InputError(
            f"frame: has {n} areas and {m} periods; at least three areas and two periods are needed"
        )
    when = vector(x.columns.to_numpy(), time)
    y = x.to_numpy(dtype=np.float64)
    mass = w.to_numpy(dtype=np.float64)
    for name, table, bad in (
        (value, y, y <= 0.0 if measure == "standard deviation of logs" else np.zeros_like(y, dtype=bool)),
        (str(weights), mass, mass <= 0.0),
    ):
        if bad.any():
            i, t = (int(v) for v in np.argwhere(bad)[0])
            raise InputError(
                f"{name}: {shown(x.index[i])} in {shown(x.columns[t])} is {table[i, t]:g}; give values above zero"
            )
    z = np.log(y) if measure == "standard deviation of logs" else y
    relative = measure == "coefficient of variation"
    p = mass / mass.sum(axis=0)
    mean = (p * z).sum(axis=0)
    if relative and (mean <= 0).any():
        raise InputError(
            f"{value}: has a mean of zero or less in a period, where the coefficient has no meaning"
        )
    spread = _spread(z, p[None, :, :], relative)[0]
    deviation = np.sqrt((p * (z - mean) ** 2).sum(axis=0))
    if (deviation <= 1e-12 * np.abs(z).max()).any():
        raise InputError(
            f"{value}: every area has the same value in a period, so there is no spread to compare"
        )
    psi = ((z - mean) ** 2 - deviation**2) / (2.0 * deviation)
    if relative:
        psi = psi / mean - deviation * (z - mean) / mean**2
    scores = p * psi  # one row for each area, one column for each period
    slope = (when - when.mean()) / ((when - when.mean()) ** 2).sum()
    ends = np.zeros(m)
    ends[0], ends[-1] = -1.0, 1.0

    sample = None
    how = "linearisation over areas, normal limits"
    if variance == "bootstrap":
        check_draws(draws, 50)
        how = f"percentile bootstrap of {draws} draws of whole areas"
        blocks = []
        for block in bootstrap_weights(np.ones(n), draws, seed):
            weight = block[:, :, None] * mass
            blocks.append(_spread(z, weight / weight.sum(axis=1, keepdims=True), relative))
        sample = np.concatenate(blocks)
    method = f"{'weighted' if weights else 'unweighted'} {measure} between areas; {how}"

    def combined(name: str, by: FloatArray, unit: str = "") -> Estimate:
        estimate = float(by @ spread)
        if sample is not None:
            drawn = sample @ by
            between = percentile_intervals(drawn, wanted)
            return Estimate(name, estimate, float(drawn.std(ddof=1)), between, n, method, unit)
        error = float(np.sqrt(((scores @ by) ** 2).sum()))
        return Estimate(name, estimate, error, limits(estimate, error, wanted), n, method, unit)

    each = [combined(measure, np.eye(m)[t]) for t in range(m)]
    return SigmaConvergence(
        **fields_of(gather(measure, pd.Index(x.columns, name=time), each, wanted, method)),
        change=combined(f"change in the {measure}", ends),
        ratio=_ratio(measure, spread, scores, sample, wanted, n, method),
        trend=combined(f"trend of the {measure}", slope, "a year" if time == "year" else f"per {time}"),
    )


def _ratio(
    measure: str,
    spread: FloatArray,
    scores: FloatArray,
    sample: FloatArray | None,
    levels: tuple[float, ...],
    n: int,
    method: str,
) -> Estimate:
    value = float(spread[-1] / spread[0])
    name = f"ratio of the {measure}, last to first period"
    if sample is not None:
        kept = sample[sample[:, 0] > 0.0]
        drawn = kept[:, -1] / kept[:, 0]
        between = percentile_intervals(drawn, levels)
        return Estimate(name, value, float(drawn.std(ddof=1)), between, n, method)
    error = float(np.sqrt(((scores[:, -1] / spread[-1] - scores[:, 0] / spread[0]) ** 2).sum()))
    between = log_limits(value, error, levels)
    return Estimate(name, value, value * error, between, n, f"{method} of the logarithm")


def _spread(z: FloatArray, p: FloatArray, relative: bool) -> FloatArray:
    """Return the spread in each period for many sets of weights, shape (b, m)."""
    mean = (p * z).sum(axis=1)
    result: FloatArray = np.sqrt((p * (z - mean[:, None, :]) ** 2).sum(axis=1))
    return result / mean if relative else result


def _wide(frame: pd.DataFrame, area: str, time: str, value: str) -> pd.DataFrame:
    """Return one row for each area and one column for each period, complete."""
    need_labels(frame, [area, time])
    twice = frame.duplicated([area, time])
    if twice.any():
        row = frame.loc[twice, [area, time]].astype(object).iloc[0]  # each label as it was written
        raise InputError(
            f"frame: {shown(row[area])} in {shown(row[time])} is there twice; give one row for each"
        )
    vector(frame[value], value, missing=True)
    wide = frame.pivot(index=area, columns=time, values=value).sort_index(axis=0).sort_index(axis=1)  # noqa: PD010 - no aggregation is wanted
    gaps = np.argwhere(wide.isna().to_numpy())
    if len(gaps):
        i, t = gaps[0]
        raise InputError(
            f"{value}: {shown(wide.index[i])} has no value in {shown(wide.columns[t])} ({len(gaps)} such gaps); "
            "leave out the area or the period on purpose"
        )
    return wide
