"""Small steps that every family takes on the way to its results: limits, gathering, columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.results import Estimate, Estimates, Interval

__all__ = ["fields_of", "gather", "limits", "need_columns"]


def limits(
    estimate: float, standard_error: float, levels: tuple[float, ...], degrees: float = np.inf
) -> tuple[Interval, ...]:
    """Return symmetric limits, normal or (with finite degrees of freedom) from the t distribution.

    Examples
    --------
    >>> round(limits(0.0, 1.0, (0.95,))[0].upper, 3), round(limits(0.0, 1.0, (0.95,), 5)[0].upper, 3)
    (1.96, 2.571)
    """
    tails = [(1.0 - level) / 2.0 for level in levels]
    quantiles = [float(stats.norm.isf(t) if np.isinf(degrees) else stats.t.isf(t, degrees)) for t in tails]
    return tuple(
        Interval(level, estimate - q * standard_error, estimate + q * standard_error)
        for level, q in zip(levels, quantiles, strict=True)
    )


def need_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise one error when a frame lacks columns.

    Raises
    ------
    InputError
        Naming what is missing and what there is.

    Examples
    --------
    >>> need_columns(pd.DataFrame({"area": ["a"]}), ["area"])
    """
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise InputError(
            f"frame: has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}"
        )


def gather(
    measure: str,
    index: pd.Index,
    results: Sequence[Estimate],
    levels: tuple[float, ...],
    method: str,
    unit: str = "",
) -> Estimates:
    """Return several ``Estimate`` as one ``Estimates``.

    Examples
    --------
    >>> one = Estimate("m", 1.0, 0.1, (Interval(0.95, 0.8, 1.2),), 5, "normal")
    >>> len(gather("m", pd.Index(["a"]), [one], (0.95,), "normal"))
    1
    """
    return Estimates(
        measure,
        index,
        np.array([r.estimate for r in results], dtype=np.float64),
        np.array([r.standard_error for r in results], dtype=np.float64),
        levels,
        np.array([[i.lower for i in r.intervals] for r in results], dtype=np.float64).reshape(
            len(results), len(levels)
        ),
        np.array([[i.upper for i in r.intervals] for r in results], dtype=np.float64).reshape(
            len(results), len(levels)
        ),
        np.array([r.n for r in results], dtype=np.int64),
        method,
        unit,
        tuple(r.reason for r in results),
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
