"""The standard populations, joined to data by where their age bands begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.ages import age_bands
from healthdevo.mathematics.vectors import shown, vector
from healthdevo.typing import FloatArray

__all__ = ["EUROPEAN_STANDARD_POPULATION_1976", "EUROPEAN_STANDARD_POPULATION_2013", "standard_by_age"]

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


@front_door
def standard_by_age(standard: pd.Series | Mapping[object, float], ages: Sequence[object]) -> FloatArray:
    """Return the standard population of each age band, joined by where the bands begin.

    Parameters
    ----------
    standard : Series or mapping
        People in each band, labelled by age band.
    ages : sequence
        The bands wanted, as labels or first ages, in any order.

    Returns
    -------
    ndarray of shape (len(ages),)

    Raises
    ------
    InputError
        When a band has no standard population, a standard band is not among the ages, or bands overlap or end at
        different ages.

    Examples
    --------
    >>> from healthdevo.inequality import EUROPEAN_STANDARD_POPULATION_2013
    >>> bands = [f"{a}-{a + 4}" for a in range(5, 90, 5)] + ["90+", "00-04"]
    >>> standard_by_age(EUROPEAN_STANDARD_POPULATION_2013, bands)[[0, -2, -1]]
    array([5500., 1000., 5000.])
    """
    series = standard if isinstance(standard, pd.Series) else pd.Series(dict(standard), dtype="float64")
    have, want = age_bands(series.index, "standard"), age_bands(list(ages), "ages")
    have.check_apart("standard")
    if np.unique(want.first).size != want.first.size:
        raise InputError("ages: two bands begin at the same age; give each band once")
    if set(have.first) != set(want.first):
        odd = min(set(have.first) ^ set(want.first))
        raise InputError(
            f"standard: its bands differ from the data's at age {int(odd)}; merge bands until they agree"
        )
    order = np.argsort(have.first)
    place = order[np.searchsorted(have.first[order], want.first)]
    ours, theirs = want.reach(), have.reach()[place]
    differ = np.flatnonzero(~np.isnan(ours) & ~np.isnan(theirs) & (ours != theirs))
    if differ.size:
        i = int(differ[0])
        raise InputError(
            f"standard: its band {shown(have.labels[place[i]])} is not the data's {shown(want.labels[i])}; "
            "merge bands until they agree"
        )
    return vector(series, "standard", least=0)[place]
