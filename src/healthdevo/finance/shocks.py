"""Surprises that areas share: drawn with a seed, on a lattice, so that sums are exact and every processor gets the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray, IntArray

__all__ = ["Shocks", "draw_shocks", "on_lattice"]

STEP = 2.0**-30
"""Size of the lattice: a billionth of a year's budget. Sums of its points are exact up to eight million budgets."""


@dataclass(frozen=True)
class Shocks:
    """How need departs from plan.

    Parameters
    ----------
    sd : float
        Standard deviation of a year's surprise, as a share of a year's budget, at least zero and below one.
    lasting : float
        Share of its variance that stays in every later year until budgets are set anew.
    national, regional : float
        Share of the variance that all areas have in common, and areas of one region beyond it; at most 1 together.

    Examples
    --------
    >>> Shocks(0.03, lasting=0.5, national=0.2).own
    0.8
    """

    sd: float
    lasting: float = 0.0
    national: float = 0.0
    regional: float = 0.0

    def __post_init__(self) -> None:
        for name in ("sd", "lasting", "national", "regional"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= 1.0:
                raise InputError(f"{name}: {value!r} is not valid; give a number from 0 to 1")
        if self.national + self.regional > 1.0 + 1e-12:
            raise InputError(
                f"national: {self.national:g} and regional {self.regional:g} are more than all; give at most 1 together"
            )

    @property
    def own(self) -> float:
        """Share of the variance that an area has to itself."""
        return max(0.0, 1.0 - self.national - self.regional)


def on_lattice(values: FloatArray | float) -> FloatArray:
    """Return numbers rounded to the lattice.

    >>> float(on_lattice(0.5)), float(on_lattice(1e-12))
    (0.5, 0.0)
    """
    return np.asarray(np.rint(np.asarray(values, dtype=np.float64) / STEP) * STEP)


def draw_shocks(
    shocks: Shocks, region: IntArray, years: int, paths: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return lasting and passing surprises, each of shape (years, areas, paths).

    Each is a sum of a national, a regional and an own normal number, term by term: no matrix product, whose order of adding differs from
    one processor to the next. The result is rounded to the lattice, which takes up the last digits of the normal numbers as well.
    """
    size = np.sqrt([shocks.national, shocks.regional, shocks.own])
    drawn = []
    for share in (shocks.lasting, 1.0 - shocks.lasting):
        scale = shocks.sd * np.sqrt(share)
        x = np.zeros((years, region.size, paths))
        if scale > 0.0:
            if size[2] > 0.0:
                rng.standard_normal(out=x)
                x *= size[2]
            if size[0] > 0.0:
                x += size[0] * rng.standard_normal((years, 1, paths))
            if size[1] > 0.0:
                local = size[1] * rng.standard_normal((years, int(region.max()) + 1, paths))
                for i, k in enumerate(region):
                    x[:, i] += local[:, k]
            x *= scale / STEP
            np.rint(x, out=x)
            x *= STEP
        drawn.append(x)
    return drawn[0], drawn[1]
