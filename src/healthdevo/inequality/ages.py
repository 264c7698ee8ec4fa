"""Age bands: their first ages, from numbers or labels, and the standard populations that are joined by them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.typing import IntArray

__all__ = ["EUROPEAN_STANDARD_POPULATION_1976", "EUROPEAN_STANDARD_POPULATION_2013", "first_ages"]

_BANDS = [f"{a}-{a + 4}" for a in range(0, 85, 5)]

EUROPEAN_STANDARD_POPULATION_2013 = pd.Series(
    [
        5000,
        5500,
        5500,
        5500,
        6000,
        6000,
        6500,
        7000,
        7000,
        7000,
        7000,
        6500,
        6000,
        5500,
        5000,
        4000,
        2500,
        1500,
        1000,
    ],
    index=pd.Index([*_BANDS, "85-89", "90+"], name="age"),
    name="standard population",
    dtype="float64",
)
"""Eurostat's revised European Standard Population (2013), 100,000 people in 19 bands."""

EUROPEAN_STANDARD_POPULATION_1976 = pd.Series(
    [
        8000,
        7000,
        7000,
        7000,
        7000,
        7000,
        7000,
        7000,
        7000,
        7000,
        7000,
        6000,
        5000,
        4000,
        3000,
        2000,
        1000,
        1000,
    ],
    index=pd.Index([*_BANDS, "85+"], name="age"),
    name="standard population",
    dtype="float64",
)
"""The first European Standard Population (Waterhouse et al. 1976), 100,000 people in 18 bands."""

_RANGE = re.compile(r"^\s*(?:aged?\s*)?(\d+)\s*(?:-|–|to|_)\s*(\d+)\s*(?:years?)?\s*$", re.IGNORECASE)
_OPEN = re.compile(
    r"^\s*(?:aged?\s*)?(\d+)\s*(?:\+|plus|and over|and above|or over|years? and over)\s*$", re.IGNORECASE
)
_SINGLE = re.compile(r"^\s*(?:aged?\s*)?(\d+)\s*(?:years?)?\s*$", re.IGNORECASE)
_INFANTS = re.compile(r"^\s*(?:<\s*1|under 1|less than 1)\s*(?:years?)?\s*$", re.IGNORECASE)


def _one(label: object) -> int:
    if isinstance(label, (bool, np.bool_)):
        return -1
    if isinstance(label, (int, np.integer)):
        return int(label)
    if isinstance(label, (float, np.floating)):
        return int(label) if np.isfinite(label) and float(label).is_integer() else -1
    if isinstance(label, str):
        for pattern in (_RANGE, _OPEN, _SINGLE):
            match = pattern.match(label)
            if match:
                return int(match.group(1))
        if _INFANTS.match(label):
            return 0
    return -1


def first_ages(labels: Sequence[object] | pd.Series | pd.Index) -> IntArray:
    """Return the first age of each band.

    Parameters
    ----------
    labels : sequence
        Numbers, or labels such as ``"0"``, ``"<1"``, ``"1-4"``, ``"05 - 09"``, ``"10 to 14"``, ``"85+"``,
        ``"90 and over"``.

    Returns
    -------
    ndarray of int, in the order of the labels

    Raises
    ------
    InputError
        When a label does not say where its band begins.

    Examples
    --------
    >>> [int(x) for x in first_ages(["<1", "1-4", "05 - 09", "90 +"])]
    [0, 1, 5, 90]
    """
    held = labels if isinstance(labels, (pd.Series, pd.Index)) else pd.Series(list(labels), dtype=object)
    codes, distinct = pd.factorize(held)
    starts = np.array([_one(label) for label in distinct], dtype=np.int64)
    if (codes < 0).any():
        raise InputError(f"age: row {int(np.flatnonzero(codes < 0)[0])} has no age band")
    if (starts < 0).any():
        wrong = distinct[int(np.flatnonzero(starts < 0)[0])]
        raise InputError(
            f"age: {wrong!r} does not say where its band begins; write it like '0', '1-4', '85+'"
        )
    return starts[codes]
