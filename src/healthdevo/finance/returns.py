r"""From an elasticity of mortality to the cost of a death averted, a life-year and a QALY.

The chain, for spending S in a year, D deaths and an elasticity :math:`\varepsilon` of deaths with respect to spending:

1. a change of spending by the share d costs :math:`dS`;
2. it averts :math:`-\varepsilon\, d\, D` deaths (to first order in d);
3. each averted death adds :math:`l` life-years;
4. each life-year is worth :math:`q` quality-adjusted life-years (QALYs); above 1 where gains in health without gains in life
   are counted in.

Costs per unit, such as :math:`S / (-\varepsilon D l q)` per QALY, do not depend on d. The elasticity, l and q are uncertain and taken
as independent of one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special, stats

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.results import Estimate, Interval, check_levels, one_level
from healthdevo.typing import FloatArray
from healthdevo.wording import number, span, supported

__all__ = ["Returns", "Uncertain", "comparison_table", "returns_to_spending"]

DISTRIBUTIONS = ("normal", "lognormal", "beta", "gamma", "fixed")


@dataclass(frozen=True)
class Uncertain:
    """A number with a standard error and the shape of its uncertainty.

    Parameters
    ----------
    value : float
        Mean.
    standard_error : float
        Standard deviation of the uncertainty; 0 for a number taken as known.
    distribution : {"normal", "lognormal", "beta", "gamma", "fixed"}
        Lognormal and gamma need a positive mean; beta a mean between 0 and 1.

    Examples
    --------
    >>> Uncertain(0.8, 0.05, "beta").draw(1000, 1).shape
    (1000,)
    """

    value: float
    standard_error: float = 0.0
    distribution: str = "normal"

    def __post_init__(self) -> None:
        if self.distribution not in DISTRIBUTIONS:
            raise InputError(
                f"distribution: {self.distribution!r} is not valid; give one of {', '.join(DISTRIBUTIONS)}"
            )
        if not (np.isfinite(self.value) and np.isfinite(self.standard_error) and self.standard_error >= 0):
            raise InputError(
                f"value {self.value!r}, standard error {self.standard_error!r}: give finite numbers, the second not negative"
            )
        if self.distribution in ("lognormal", "gamma") and self.value <= 0:
            raise InputError(f"value: {self.value!r} is not positive; a {self.distribution} number must be")
        if self.distribution == "beta" and not (
            0 < self.value < 1 and self.standard_error**2 < self.value * (1 - self.value)
        ):
            raise InputError(
                f"value {self.value!r}, standard error {self.standard_error!r}: no beta distribution has these; give a value "
                "between 0 and 1 and a smaller standard error"
            )

    @classmethod
    def from_estimate(cls, estimate: Estimate) -> Uncertain:
        """Return an estimate as a normal number with its standard error."""
        if not np.isfinite(estimate.standard_error):
            raise InputError(f"{estimate.measure}: it has no standard error; give one")
        return cls(estimate.estimate, estimate.standard_error)

    @classmethod
    def from_interval(cls, value: float, lower: float, upper: float, levels: float = 0.95) -> Uncertain:
        """Return a published estimate with a normal interval as a normal number.

        Examples
        --------
        >>> round(Uncertain.from_interval(1.0, 0.02, 1.98).standard_error, 3)
        0.5
        """
        if not lower < upper:
            raise InputError(f"interval: {lower} to {upper} is not valid; give the lower limit first")
        return cls(value, float((upper - lower) / 2 / float(normal_quantiles(one_level(levels))[0])))

    def draw(self, draws: int, seed: int | np.random.Generator) -> FloatArray:
        """Return random draws, by inverting the distribution at uniform numbers."""
        u = np.random.default_rng(seed).uniform(size=draws)
        m, s = self.value, self.standard_error
        if s == 0 or self.distribution == "fixed":
            return np.full(draws, m)
        if self.distribution == "normal":
            return np.asarray(m + s * special.ndtri(u), dtype=np.float64)
        if self.distribution == "lognormal":
            spread = np.log1p((s / m) ** 2)
            return np.asarray(m * np.exp(np.sqrt(spread) * special.ndtri(u) - spread / 2), dtype=np.float64)
        if self.distribution == "gamma":
            return np.asarray(stats.gamma.ppf(u, (m / s) ** 2, scale=s**2 / m), dtype=np.float64)
        size = m * (1 - m) / s**2 - 1
        return np.asarray(stats.beta.ppf(u, m * size, (1 - m) * size), dtype=np.float64)


@dataclass(frozen=True)
class Returns:
    """What a change in spending buys, step by step.

    Parameters
    ----------
    steps : pandas.DataFrame
        One row for each step: ``step``, ``formula``, ``unit``, ``value``, ``standard_error`` (delta method), limits at each level
        (Monte Carlo quantiles) and ``monte_carlo_error`` (largest standard error of these limits from the number of draws).
    deaths_averted, life_years, qalys : Estimate
        Gained by the change in spending.
    cost_per_death_averted, cost_per_life_year, cost_per_qaly : Estimate
        In the currency of spending. Where a gain may be zero or negative, the upper limit is infinite and ``reason`` says so.
    probability_below : pandas.DataFrame
        For each threshold the probability that a QALY costs less (and health is gained), with its Monte Carlo error.
    draws : int
        Number of Monte Carlo draws.
    """

    steps: pd.DataFrame
    deaths_averted: Estimate
    life_years: Estimate
    qalys: Estimate
    cost_per_death_averted: Estimate
    cost_per_life_year: Estimate
    cost_per_qaly: Estimate
    probability_below: pd.DataFrame = field(repr=False)
    draws: int = 0

    @property
    def sentence(self) -> str:
        """The cost of a QALY in one sentence."""
        c = self.cost_per_qaly
        if np.isnan(c.estimate):
            return f"The cost per QALY is not defined: {c.reason}."
        i = c.interval()
        reach = (
            f"{100 * i.level:g}% interval from {number(i.lower)} without upper limit, because the interval of the gain holds zero"
            if np.isposinf(i.upper)
            else f"{100 * i.level:g}% interval {span(i.lower, i.upper)}"
        )
        return f"At this elasticity a QALY costs {number(supported(c.estimate, i.lower, i.upper))} ({reach})."


@front_door
def returns_to_spending(
    elasticity: Uncertain,
    *,
    spend: float,
    deaths: float,
    life_years_per_death: Uncertain,
    quality: Uncertain,
    change: float = 0.01,
    thresholds: Sequence[float] = (20_000.0, 30_000.0),
    levels: float | Sequence[float] = 0.95,
    draws: int = 100_000,
    seed: int | np.random.Generator = 0,
    currency: str = "GBP",
) -> Returns:
    r"""Follow the chain from an elasticity to the cost of a QALY.

    Parameters
    ----------
    elasticity : Uncertain
        Percentage difference in deaths that goes with one per cent more spending; negative where spending saves lives.
    spend : float
        Spending in a year, positive.
    deaths : float
        Deaths in a year that the elasticity speaks of, positive.
    life_years_per_death : Uncertain
        Life-years gained by averting one of these deaths.
    quality : Uncertain
        QALYs for each life-year gained.
    change : float
        Share by which spending rises in the worked steps; costs per unit do not depend on it.
    thresholds : sequence of float
        Costs per QALY to compare with.
    levels : float or sequence of float
        Confidence levels.
    draws, seed
        Of the Monte Carlo propagation.
    currency : str
        Unit of spending.

    Returns
    -------
    result : Returns
        Every step with delta-method standard errors and Monte Carlo limits.

    Notes
    -----
    The three uncertain numbers are drawn independently. Intervals of costs are the reciprocals of intervals of gains per pound:
    a ratio whose denominator may be zero has no standard interval, so that limits beyond which no gain cannot be ruled out are
    infinite. The point estimate of a cost is the ratio of means, not the mean of ratios, which does not exist. Monte Carlo errors of
    limits come from order statistics.

    Whether the elasticity is an effect depends on the design that gave it, not on this chain.

    Examples
    --------
    >>> r = returns_to_spending(
    ...     Uncertain(-0.1, 0.02), spend=3e9, deaths=100_000,
    ...     life_years_per_death=Uncertain(10.0, 1.0, "gamma"), quality=Uncertain(0.8, 0.05, "beta"), draws=2000)
    >>> round(r.cost_per_qaly.estimate)
    37500
    """
    wanted = check_levels(levels)
    for name, value in (("spend", spend), ("deaths", deaths), ("change", change)):
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"{name}: {value!r} is not valid; give a positive number")
    if draws < 100:
        raise InputError(f"draws: {draws} is not valid; give at least 100")
    generator = np.random.default_rng(seed)
    factors = (elasticity, life_years_per_death, quality)
    drawn = [factor.draw(draws, generator) for factor in factors]
    scale = (-change * deaths, 1.0, 1.0)
    gains, samples, relative = [], [], []
    gain, sample, spread = 1.0, np.ones(draws), 0.0
    for factor, values, multiplier in zip(factors, drawn, scale, strict=True):
        # delta method for a product: variances of factors, each times the square of the rest
        variance = (multiplier * factor.value) ** 2 * spread + (
            multiplier * gain * (0.0 if factor.distribution == "fixed" else factor.standard_error)
        ) ** 2
        gain, sample, spread = gain * multiplier * factor.value, sample * multiplier * values, variance
        gains.append(gain)
        samples.append(sample)
        relative.append(float(np.sqrt(spread)))
    cost = change * spend
    names = (
        ("deaths averted", "-elasticity x change x deaths", "deaths"),
        ("life-years gained", "deaths averted x life-years per death", "life-years"),
        ("QALYs gained", "life-years gained x quality", "QALYs"),
    )
    how = f"delta-method standard error; {draws:,} Monte Carlo draws for limits"
    steps: list[dict[str, object]] = [
        _row("extra spending", "change x spend", currency, cost, 0.0, wanted, None)
    ]
    amounts, costs = [], []
    for (name, formula, unit), value, values, error in zip(names, gains, samples, relative, strict=True):
        row = _row(name, formula, unit, value, error, wanted, values)
        steps.append(row)
        limits = tuple(
            Interval(x, float(np.quantile(values, 0.5 - x / 2)), float(np.quantile(values, 0.5 + x / 2)))
            for x in wanted
        )
        amounts.append(Estimate(name, value, error, limits, draws, how, unit=unit))
        each = unit.rstrip("s").replace("death", "death averted")
        costs.append(_cost(f"cost per {each}", cost, amounts[-1], how, currency))
    for item, amount in zip(costs, amounts, strict=True):
        record: dict[str, object] = {
            "step": item.measure,
            "formula": f"extra spending / {amount.measure}",
            "unit": currency,
            "value": item.estimate,
            "standard_error": item.standard_error,
            "monte_carlo_error": np.nan,
        }
        for level in wanted:
            found = item.interval(level) if item.intervals else Interval(level, np.nan, np.nan)
            record |= {f"lower_{100 * level:g}": found.lower, f"upper_{100 * level:g}": found.upper}
        steps.append(record)
    below = np.array([float((samples[2] * t > cost).mean()) for t in thresholds])
    return Returns(
        pd.DataFrame(steps),
        amounts[0],
        amounts[1],
        amounts[2],
        costs[0],
        costs[1],
        costs[2],
        pd.DataFrame(
            {
                "threshold": list(thresholds),
                "probability": below,
                "monte_carlo_error": np.sqrt(below * (1 - below) / draws),
            }
        ),
        draws,
    )


def _row(
    step: str,
    formula: str,
    unit: str,
    value: float,
    error: float,
    levels: Sequence[float],
    values: FloatArray | None,
) -> dict[str, object]:
    row: dict[str, object] = {
        "step": step,
        "formula": formula,
        "unit": unit,
        "value": value,
        "standard_error": error,
    }
    worst = 0.0
    ordered = None if values is None else np.sort(values)
    for level in levels:
        if ordered is None:
            row |= {f"lower_{100 * level:g}": value, f"upper_{100 * level:g}": value}
            continue
        for side, p in (("lower", 0.5 - level / 2), ("upper", 0.5 + level / 2)):
            row[f"{side}_{100 * level:g}"] = float(np.quantile(ordered, p))
            worst = max(worst, _quantile_error(ordered, p))
    row["monte_carlo_error"] = worst
    return row


def _quantile_error(ordered: FloatArray, p: float) -> float:
    """Return the standard error of a quantile of draws, from the order statistics one binomial deviation to either side."""
    n = len(ordered)
    reach = np.sqrt(n * p * (1 - p))
    low, high = int(max(0, np.floor(n * p - reach))), int(min(n - 1, np.ceil(n * p + reach)))
    return float((ordered[high] - ordered[low]) / 2)


def _cost(measure: str, cost: float, gain: Estimate, how: str, currency: str) -> Estimate:
    if gain.estimate <= 0:
        return Estimate(
            measure,
            np.nan,
            np.nan,
            (),
            gain.n,
            how,
            unit=currency,
            reason="at this elasticity more spending goes with no gain or a loss",
        )
    intervals, open_ended = [], False
    for i in gain.intervals:
        open_ended |= i.lower <= 0
        lower = cost / i.upper
        intervals.append(Interval(i.level, lower, cost / i.lower if i.lower > 0 else np.inf))
    value = cost / gain.estimate
    return Estimate(
        measure,
        value,
        value * gain.standard_error / gain.estimate,
        tuple(intervals),
        gain.n,
        how,
        unit=currency,
        reason="the interval of the gain holds zero, so the cost has no upper limit" if open_ended else "",
    )


@front_door
def comparison_table(published: pd.DataFrame, own: Mapping[str, Estimate] | None = None) -> pd.DataFrame:
    """Return published estimates and our own in one table.

    Parameters
    ----------
    published : pandas.DataFrame
        Columns ``paper``, ``data``, ``estimator``, ``outcome``, ``estimate``, ``ci_or_se`` and ``source_checked``, all read as text.
    own : mapping of str to Estimate, optional
        Our results by the name they should carry.

    Returns
    -------
    pandas.DataFrame
        Columns ``source``, ``data``, ``estimator``, ``outcome``, ``estimate``, ``uncertainty``, ``checked``; ours come last.
        Published figures stay as text: papers give ranges, percentages and several numbers at once.

    Examples
    --------
    >>> table = pd.DataFrame([dict.fromkeys(
    ...     ["paper", "data", "estimator", "outcome", "estimate", "ci_or_se", "source_checked"], "x")])
    >>> own = Estimate("cost per QALY", 12_000.0, 900.0, (Interval(0.95, 10_000.0, 14_000.0),), 150, "panel", unit="GBP")
    >>> comparison_table(table, {"This book": own})["source"].tolist()
    ['x', 'This book']
    """
    needed = ["paper", "data", "estimator", "outcome", "estimate", "ci_or_se", "source_checked"]
    need_columns(published, needed, "published")
    table = published[needed].astype("string").fillna("")
    table.columns = pd.Index(["source", "data", "estimator", "outcome", "estimate", "uncertainty", "checked"])
    records = []
    for name, e in (own or {}).items():
        if e.intervals:
            i = e.interval()
            reach = f"{span(i.lower, i.upper)} ({100 * i.level:g}%)"
        else:
            reach = e.reason
        records.append(
            {
                "source": name,
                "data": f"{e.n:,} observations",
                "estimator": e.method,
                "outcome": f"{e.measure} ({e.unit})" if e.unit else e.measure,
                "estimate": number(e.estimate),
                "uncertainty": reach,
                "checked": "computed here",
            }
        )
    if not records:
        return table.reset_index(drop=True)
    return pd.concat([table, pd.DataFrame(records).astype("string")], ignore_index=True)
