"""The standard populations, joined to data by where their age bands begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.inequality.ages import first_ages
from healthdevo.mathematics.vectors import numbers
from healthdevo.typing import FloatArray

__all__ = ["standard_by_age"]


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
        When a band has no standard population, or a standard band is not among the ages.

    Examples
    --------
    >>> from healthdevo.inequality import EUROPEAN_STANDARD_POPULATION_2013
    >>> bands = [f"{a}-{a + 4}" for a in range(5, 90, 5)] + ["90+", "00-04"]
    >>> standard_by_age(EUROPEAN_STANDARD_POPULATION_2013, bands)[[0, -2, -1]]
    array([5500., 1000., 5000.])
    """
    series = standard if isinstance(standard, pd.Series) else pd.Series(dict(standard), dtype="float64")
    have, want = first_ages(series.index), first_ages(list(ages))
    for name, starts in (("standard", have), ("ages", want)):
        if np.unique(starts).size != starts.size:
            raise InputError(f"{name}: two bands begin at the same age; give each band once")
    if set(have) != set(want):
        odd = min(set(have) ^ set(want))
        raise InputError(
            f"standard: its bands differ from the data's at age {int(odd)}; merge bands until they agree"
        )
    order = np.argsort(have)
    weights: FloatArray = numbers(series, "standard")[order[np.searchsorted(have[order], want)]]
    return weights
