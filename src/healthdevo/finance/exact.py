"""Results that follow from published sums by arithmetic: no sample, so no interval, and a reason that says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray, IntArray

__all__ = ["COUNTED", "exact_parts", "labels_for"]

COUNTED = "it follows from published sums by arithmetic; no sample was drawn"
"""Why such a number has no interval."""


def labels_for(index: pd.Index | Sequence[str] | None, n: int) -> pd.Index:
    """Return labels of the results, numbers where none are given.

    Examples
    --------
    >>> list(labels_for(None, 2)), list(labels_for(["a", "b"], 2))
    ([0, 1], ['a', 'b'])
    """
    found = pd.RangeIndex(n) if index is None else pd.Index(index)
    if len(found) != n:
        raise InputError(f"index: has {len(found)} labels; {n} are needed, one for each area")
    if not found.is_unique:
        raise InputError(f"index: {found[found.duplicated()][0]!r} is there twice; give each area one label")
    return found


def exact_parts(values: FloatArray) -> dict[str, FloatArray | IntArray | tuple[()]]:
    """Return what ``Estimates`` wants of numbers without intervals."""
    k = values.size
    return {
        "estimate": values,
        "standard_error": np.full(k, np.nan),
        "levels": (),
        "lower": np.empty((k, 0)),
        "upper": np.empty((k, 0)),
        "n": np.ones(k, dtype=np.int64),
    }
