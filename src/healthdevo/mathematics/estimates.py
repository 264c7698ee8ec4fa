"""Small steps that every family takes on the way to its results: limits, gathering, columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.checks import need_labels
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.intervals import normal_limits, normal_quantiles, student_limits
from healthdevo.mathematics.resampling import percentile_limits
from healthdevo.mathematics.vectors import vector
from healthdevo.results import Estimate, Estimates, Interval
from healthdevo.typing import Figure, FloatArray

__all__ = [
    "cut_limits",
    "estimates_by",
    "fields_of",
    "gather",
    "limits",
    "log_limits",
    "no_limits",
    "not_computed",
    "percentile_intervals",
]


@front_door
def limits(
    estimate: Figure, standard_error: Figure, levels: tuple[float, ...], degrees: Figure = np.inf
) -> tuple[Interval, ...]:
    """Return symmetric limits, normal or (with finite degrees of freedom) from the t distribution.

    Raises
    ------
    InputError
        When the degrees of freedom are not a number.

    Examples
    --------
    >>> round(limits(0.0, 1.0, (0.95,))[0].upper, 3), round(limits(0.0, 1.0, (0.95,), 5)[0].upper, 3)
    (1.96, 2.571)
    """
    if np.isnan(degrees):
        raise InputError("degrees: nan is not valid; give a number, infinite for normal limits")
    if np.isinf(degrees):
        lower, upper = normal_limits(estimate, standard_error, levels)
    else:
        lower, upper = student_limits(estimate, standard_error, degrees, levels)
    return tuple(Interval(v, float(a), float(b)) for v, a, b in zip(levels, lower[0], upper[0], strict=True))


def cut_limits(
    intervals: tuple[Interval, ...], lowest: float = 0.0, highest: float = np.inf
) -> tuple[Interval, ...]:
    """Return intervals cut at the lowest and highest value that a measure can take.

    Examples
    --------
    >>> cut_limits((Interval(0.95, -0.1, 0.4),))[0].lower
    0.0
    """
    return tuple(
        Interval(i.level, float(np.clip(i.lower, lowest, highest)), float(np.clip(i.upper, lowest, highest)))
        for i in intervals
    )


def log_limits(estimate: float, log_error: float, levels: tuple[float, ...]) -> tuple[Interval, ...]:
    """Return normal limits of the logarithm of a positive estimate, back on its own scale.

    Examples
    --------
    >>> i = log_limits(2.0, 0.1, (0.95,))[0]
    >>> round(i.lower, 3), round(i.upper, 3)
    (1.644, 2.433)
    """
    stretch = np.exp(normal_quantiles(levels) * log_error)
    return tuple(
        Interval(v, estimate / float(s), estimate * float(s)) for v, s in zip(levels, stretch, strict=True)
    )


def no_limits(levels: tuple[float, ...]) -> tuple[Interval, ...]:
    """Return an interval without limits for each level.

    Examples
    --------
    >>> no_limits((0.95,))
    (Interval(level=0.95, lower=nan, upper=nan),)
    """
    return tuple(Interval(v, np.nan, np.nan) for v in levels)


@front_door
def percentile_intervals(sample: FloatArray, levels: tuple[float, ...]) -> tuple[Interval, ...]:
    """Return equal-tailed percentile limits of the draws of one statistic.

    Examples
    --------
    >>> round(percentile_intervals(np.arange(101.0), (0.9,))[0].upper, 6)
    95.0
    """
    lower, upper = percentile_limits(vector(sample, "sample"), levels)
    return tuple(Interval(v, float(a), float(b)) for v, a, b in zip(levels, lower, upper, strict=True))


def not_computed(measure: str, levels: tuple[float, ...], n: int, method: str, reason: str) -> Estimate:
    """Return an estimate that says why there is no number.

    Examples
    --------
    >>> not_computed("Gini coefficient", (0.95,), 1, "", "only one unit").sentence
    'The Gini coefficient was not computed: only one unit.'
    """
    return Estimate(measure, np.nan, np.nan, no_limits(levels), n, method, reason=reason)


def estimates_by(
    frame: pd.DataFrame,
    by: str | Sequence[str],
    measure: str,
    levels: tuple[float, ...],
    compute: Callable[[pd.DataFrame], Estimate],
) -> Estimates:
    """Return one estimate for every group of rows, in sorted order of the labels.

    Examples
    --------
    >>> table = pd.DataFrame({"area": ["b", "a"], "x": [2.0, 1.0]})
    >>> def mean(part):
    ...     return Estimate("mean", float(part["x"].mean()), 0.0, (Interval(0.95, 0.0, 3.0),), len(part), "plain")
    >>> estimates_by(table, "area", "mean", (0.95,), mean).estimate.tolist()
    [1.0, 2.0]
    """
    keys = [by] if isinstance(by, str) else list(by)
    if not keys:
        raise InputError("by: is empty; name at least one column")
    need_labels(frame, keys)
    labels: list[Any] = []
    results: list[Estimate] = []
    for label, part in frame.groupby(keys if len(keys) > 1 else keys[0], observed=True, sort=True):
        labels.append(label)
        results.append(compute(part))
    index = pd.MultiIndex.from_tuples(labels, names=keys) if len(keys) > 1 else pd.Index(labels, name=keys[0])
    return gather(measure, index, results, levels, next((r.method for r in results if r.method), ""))


def gather(
    measure: str,
    index: pd.Index,
    results: Sequence[Estimate],
    levels: tuple[float, ...],
    method: str,
    unit: str = "",
) -> Estimates:
    """Return several ``Estimate`` as one ``Estimates``, which says the cautions of any of them.

    Examples
    --------
    >>> one = Estimate("m", 1.0, 0.1, (Interval(0.95, 0.8, 1.2),), 5, "normal")
    >>> len(gather("m", pd.Index(["a"]), [one], (0.95,), "normal"))
    1
    """
    shape, unknown = (len(results), len(levels)), [np.nan] * len(levels)
    return Estimates(
        measure,
        index,
        np.array([r.estimate for r in results], dtype=np.float64),
        np.array([r.standard_error for r in results], dtype=np.float64),
        levels,
        np.array([[i.lower for i in r.intervals] or unknown for r in results], dtype=np.float64).reshape(
            shape
        ),
        np.array([[i.upper for i in r.intervals] or unknown for r in results], dtype=np.float64).reshape(
            shape
        ),
        np.array([r.n for r in results], dtype=np.int64),
        method,
        unit,
        tuple(r.reason for r in results),
        caution=" ".join(dict.fromkeys(r.caution for r in results if r.caution)),
    )


def fields_of(estimates: Estimates) -> dict[str, Any]:
    """Return the fields that all ``Estimates`` have, to make one of a subclass with more.

    Examples
    --------
    >>> one = Estimate("m", 1.0, 0.1, (Interval(0.95, 0.8, 1.2),), 5, "normal")
    >>> fields_of(gather("m", pd.Index(["a"]), [one], (0.95,), "normal"))["measure"]
    'm'
    """
    return {f.name: getattr(estimates, f.name) for f in fields(Estimates)}
