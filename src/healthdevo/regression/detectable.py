"""How large an effect would have to be for a design to find it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import optimize, stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.regression.panels import Coefficient
from healthdevo.results import Estimate
from healthdevo.typing import Figure
from healthdevo.wording import number, percentage

__all__ = ["minimum_detectable_effect", "power_to_detect"]


def _error(of: Estimate | float, df: Figure | None) -> tuple[float, float]:
    if isinstance(of, Estimate):
        own = of.df if isinstance(of, Coefficient) and np.isfinite(of.df) else np.inf
        error, freedom = of.standard_error, own if df is None else df
    else:
        error, freedom = float(of), np.inf if df is None else df
    if not (np.isfinite(error) and error > 0 and freedom > 0):
        raise InputError(f"standard error {error!r}, degrees of freedom {freedom!r}: give positive numbers")
    return error, freedom


@front_door
def power_to_detect(
    effect: float, of: Estimate | float, *, significance: float = 0.05, df: Figure | None = None
) -> float:
    """Return the probability that a two-sided t test finds a given effect.

    Parameters
    ----------
    effect : float
        True effect.
    of : Estimate or float
        A coefficient, or a standard error.
    significance : float
        Level of the test.
    df : float, optional
        Degrees of freedom; default those of the coefficient, else infinite.

    Examples
    --------
    >>> round(power_to_detect(2.8, 1.0), 2)
    0.8
    """
    if not 0 < significance < 1:
        raise InputError(f"significance: {significance!r} is not valid; give a number between 0 and 1")
    error, freedom = _error(of, df)
    critical = float(stats.t.ppf(1 - significance / 2, freedom))
    shift = abs(effect) / error
    if np.isinf(freedom):
        return float(stats.norm.sf(critical - shift) + stats.norm.cdf(-critical - shift))
    if shift == 0:
        return significance
    with np.errstate(all="ignore"):
        power = float(stats.nct.sf(critical, freedom, shift) + stats.nct.cdf(-critical, freedom, shift))
    # the noncentral t gives out far from zero, where the t test finds everything
    return power if np.isfinite(power) else float(stats.norm.sf(critical - shift))


@front_door
def minimum_detectable_effect(
    of: Estimate | float,
    *,
    power: float | Sequence[float] = 0.8,
    significance: float = 0.05,
    df: Figure | None = None,
) -> pd.DataFrame:
    r"""Return the smallest effects that a design would find with given power.

    Parameters
    ----------
    of : Estimate or float
        A coefficient, or the standard error of one.
    power : float or sequence of float
        Probability of a significant result.
    significance : float
        Level of the two-sided test.
    df : float, optional
        Degrees of freedom; default those of the coefficient (Satterthwaite with CR2), else infinite.

    Returns
    -------
    pandas.DataFrame
        Index ``power``; columns ``effect`` (in the unit of the coefficient), ``in_errors`` (over the standard error) and ``sentence``.

    Notes
    -----
    Solves power(effect) = power with the non-central t distribution; close to :math:`(t_{1-\alpha/2} + t_{power})` standard errors
    (Bloom 1995). It is a property of the design, taken from the standard error alone: an estimate below it that is not significant
    says little, and a significant one is likely to overstate the effect.

    Examples
    --------
    >>> float(minimum_detectable_effect(0.5)["effect"].iloc[0].round(3))
    1.401
    """
    wanted = (float(power),) if isinstance(power, (int, float)) else tuple(float(x) for x in power)
    if not wanted:
        raise InputError("power: none is given; give at least one number between the significance and 1")
    error, freedom = _error(of, df)
    records = []
    for share in wanted:
        if not significance < share < 1:
            raise InputError(f"power: {share!r} is not valid; give a number between the significance and 1")

        def short(size: float, share: float = share) -> float:
            return power_to_detect(size * error, error, significance=significance, df=freedom) - share

        high = 2.0
        while short(high) < 0:
            high *= 2
        size = float(optimize.brentq(short, 0.0, high, xtol=1e-12))
        records.append(
            {
                "power": share,
                "effect": size * error,
                "in_errors": size,
                "sentence": f"An effect of {number(size * error)} or more would have been found with a probability of "
                f"{percentage(share, 0)} or more.",
            }
        )
    return pd.DataFrame(records).set_index("power")
