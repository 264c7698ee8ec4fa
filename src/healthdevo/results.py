"""The small frozen result objects that every family of measures returns.

Every result has ``[...]`` (the interval at a level, or one area of many), ``to_frame()`` and ``sentence``;
``charts.plot`` draws what a picture helps to see.

``Estimate`` holds one number with its uncertainty, ``Estimates`` the same measure for many areas at once.
A family that has more to say (weights, a path by year) adds fields in a frozen subclass and keeps these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number, span, supported

__all__ = ["Estimate", "Estimates", "Interval", "check_levels", "one_level"]


def check_levels(levels: float | Sequence[float], name: str = "levels") -> tuple[float, ...]:
    """Return confidence levels as a tuple, each strictly between 0 and 1.

    Parameters
    ----------
    levels : float or sequence of float
        One level such as ``0.95``, or several.
    name : str
        Name of the argument in messages.

    Returns
    -------
    tuple of float
        The levels in the order given.

    Raises
    ------
    InputError
        When there is none, one repeats, or one lies outside (0, 1).

    Examples
    --------
    >>> check_levels(0.95)
    (0.95,)
    """
    result = (float(levels),) if isinstance(levels, (int, float)) else tuple(float(x) for x in levels)
    if not result or len(set(result)) != len(result) or not all(0.0 < x < 1.0 for x in result):
        raise InputError(
            f"{name}: {levels!r} is not valid; give distinct numbers between 0 and 1, such as 0.95"
        )
    return result


def one_level(levels: float | Sequence[float]) -> float:
    """Return the one confidence level of something that has only one, such as a published interval.

    Examples
    --------
    >>> one_level(0.95)
    0.95
    """
    found = check_levels(levels)
    if len(found) > 1:
        raise InputError(f"levels: {levels!r} is not valid; give one number between 0 and 1, such as 0.95")
    return found[0]


@dataclass(frozen=True, slots=True)
class Interval:
    """An uncertainty interval at one level.

    Parameters
    ----------
    level : float
        Confidence level between 0 and 1, such as ``0.95``.
    lower, upper : float
        Limits in the unit of the estimate; NaN where not computed, infinite where unbounded.
    """

    level: float
    lower: float
    upper: float

    def __contains__(self, value: float) -> bool:
        return self.lower <= value <= self.upper

    @property
    def excludes_zero(self) -> bool:
        """Whether both limits lie on the same side of zero."""
        return self.lower > 0.0 or self.upper < 0.0


def _after(unit: str) -> str:
    """Return a unit as it stands behind a number."""
    return "" if not unit else unit if unit.startswith("%") else f" {unit}"


@dataclass(frozen=True)
class Estimate:
    """One number with its uncertainty.

    Parameters
    ----------
    measure : str
        The field's standard term, such as ``"slope index of inequality"``.
    estimate : float
        Point estimate; NaN only together with a ``reason``.
    standard_error : float
        Standard error on the scale of the estimate; NaN where the method has none.
    intervals : tuple of Interval
        One for each level asked for, in that order; empty only together with a ``reason``.
    n : int
        Number of observations (groups, areas, months) used.
    method : str
        How estimate and interval were computed, in words.
    unit : str
        Unit of the estimate, such as ``"years"``; empty for a pure number.
    reason : str
        Why something was not computed; empty when all was.
    table : pandas.DataFrame or None
        The working behind the number.
    caution : str
        How the interval is known to fall short, as a sentence; empty where it is not.

    Examples
    --------
    >>> e = Estimate("mean difference", 1.5, 0.5, (Interval(0.95, 0.52, 2.48),), 40, "normal", unit="years")
    >>> e.sentence
    'The mean difference is 1.5 years (95% interval 0.52 to 2.48).'
    >>> e[0.95].upper
    2.48
    """

    measure: str
    estimate: float
    standard_error: float
    intervals: tuple[Interval, ...]
    n: int
    method: str
    unit: str = ""
    reason: str = ""
    table: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    caution: str = field(default="", kw_only=True)

    def interval(self, level: float | None = None) -> Interval:
        """Return the interval at a level (the first one when no level is given).

        Raises
        ------
        InputError
            When no interval was computed at that level.
        """
        for candidate in self.intervals:
            if level is None or abs(candidate.level - level) < 1e-12:
                return candidate
        have = ", ".join(f"{i.level:g}" for i in self.intervals) or "none"
        raise InputError(
            f"{self.measure}: no interval at level {level!r}; computed levels: {have}. {self.reason}".rstrip()
        )

    def __getitem__(self, level: float) -> Interval:
        """Return the interval at a level; see ``interval``."""
        return self.interval(level)

    # an estimate is one number, and not a sequence of intervals
    __iter__ = None

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        if np.isnan(self.estimate):
            return f"The {self.measure} was not computed: {self.reason}."
        i = self.intervals[0] if self.intervals else Interval(np.nan, np.nan, np.nan)
        text = (
            f"The {self.measure} is {number(supported(self.estimate, i.lower, i.upper))}{_after(self.unit)}"
        )
        if self.intervals:
            text += f" ({100 * i.level:g}% interval {span(i.lower, i.upper)})"
        elif self.reason:
            text += f" (no interval: {self.reason})"
        return f"{text}. {self.caution}".rstrip()

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy frame with one row for each level."""
        rows = self.intervals or (Interval(np.nan, np.nan, np.nan),)
        return pd.DataFrame(
            [
                {
                    "measure": self.measure,
                    "estimate": self.estimate,
                    "standard_error": self.standard_error,
                    "level": i.level,
                    "lower": i.lower,
                    "upper": i.upper,
                    "n": self.n,
                    "method": self.method,
                    "unit": self.unit,
                    "reason": self.reason,
                }
                for i in rows
            ]
        )


@dataclass(frozen=True)
class Estimates:
    """The same measure for many areas (or groups, or periods), computed in one call.

    Parameters
    ----------
    measure, method, unit : str
        As in ``Estimate``.
    index : pandas.Index
        What each position stands for, length ``k``.
    estimate, standard_error : ndarray of shape (k,)
        NaN where not computed; ``reason`` then says why.
    levels : tuple of float
        Confidence levels, length ``m``.
    lower, upper : ndarray of shape (k, m)
        Limits for each level.
    n : ndarray of int, shape (k,)
        Observations used.
    reason : tuple of str
        Length ``k``; empty strings where all was computed.
    caution : str
        How the intervals are known to fall short, as a sentence; empty where they are not.

    Examples
    --------
    >>> nan = np.full(2, np.nan)
    >>> e = Estimates("median wait", pd.Index(["Bolton", "Bury"]), np.array([3.0, 2.5]), nan, (), np.empty((2, 0)),
    ...     np.empty((2, 0)), np.array([40, 38]), "counted", unit="hours", reason=("no interval was asked for",) * 2)
    >>> e.sentence
    'The median wait runs from 2.5 hours (Bury) to 3 hours (Bolton).'
    >>> e["Bury"].estimate
    2.5
    """

    measure: str
    index: pd.Index
    estimate: FloatArray
    standard_error: FloatArray
    levels: tuple[float, ...]
    lower: FloatArray
    upper: FloatArray
    n: IntArray
    method: str
    unit: str = ""
    reason: tuple[str, ...] = ()
    caution: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if not self.reason:
            object.__setattr__(self, "reason", ("",) * len(self.index))
        for name in ("estimate", "standard_error", "lower", "upper", "n"):
            values = getattr(self, name).view()
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, label: object) -> Estimate:
        """Return the result of one area as an ``Estimate``."""
        try:
            position = self.index.get_loc(label)
        except KeyError:
            raise InputError(
                f"{self.measure}: no result for {label!r}; there are {len(self)} labels, "
                f"the first being {list(self.index[:3])!r}"
            ) from None
        if not isinstance(position, (int, np.integer)):
            raise InputError(f"{self.measure}: {label!r} stands for several rows; labels must be unique")
        return Estimate(
            self.measure,
            float(self.estimate[position]),
            float(self.standard_error[position]),
            tuple(
                Interval(level, float(self.lower[position, j]), float(self.upper[position, j]))
                for j, level in enumerate(self.levels)
            ),
            int(self.n[position]),
            self.method,
            self.unit,
            self.reason[int(position)],
            caution=self.caution if self.levels and np.isfinite(self.lower[position]).any() else "",
        )

    @property
    def sentence(self) -> str:
        """The results in one plain-English sentence: how many there are and how far they reach."""
        known = np.flatnonzero(np.isfinite(self.estimate))
        if not known.size:
            reasons = "; ".join(dict.fromkeys(filter(None, self.reason))) or "there was nothing to compute"
            return f"The {self.measure} was not computed: {reasons}."

        def said(position: int) -> str:
            label = self.index[position]
            name = ", ".join(map(str, label)) if isinstance(label, tuple) else str(label)
            return f"{number(float(self.estimate[position]))}{_after(self.unit)} ({name})"

        low, high = (int(known[f(self.estimate[known])]) for f in (np.argmin, np.argmax))
        reach = f"is {said(low)}" if known.size == 1 else f"runs from {said(low)} to {said(high)}"
        missing = len(self) - known.size
        lacking = f"; it was not computed for {missing} of {len(self)}" if missing else ""
        return f"The {self.measure} {reach}{lacking}. {self.caution}".rstrip()

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy frame: one row for each label and level, index levels as columns."""
        base = self.index.to_frame(index=False)
        base = base.set_axis(["label" if name is None else str(name) for name in self.index.names], axis=1)
        base = base.assign(
            measure=self.measure,
            estimate=self.estimate,
            standard_error=self.standard_error,
            n=self.n,
            method=self.method,
            unit=self.unit,
            reason=list(self.reason),
        )
        parts = [
            base.assign(level=level, lower=self.lower[:, j], upper=self.upper[:, j])
            for j, level in enumerate(self.levels)
        ]
        return pd.concat(parts, ignore_index=True) if parts else base
