"""The one functional behind all concentration indices and curves, with its influence values and its resampler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from healthdevo.errors import InputError
from healthdevo.inequality.ranks import RankGroups
from healthdevo.mathematics.vectors import codes
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "INDEX_NAMES",
    "NEEDS_BOUNDS",
    "Bounds",
    "Functional",
    "Normalisation",
    "Resampler",
    "Weighting",
    "check_outcome",
    "cluster_codes",
    "functional",
    "normalised",
    "rank_weighting",
    "undefined_reason",
]

Normalisation: TypeAlias = Literal["relative", "generalised", "modified", "erreygers", "wagstaff"]
Bounds: TypeAlias = tuple[float, float]

INDEX_NAMES: dict[str, str] = {
    "relative": "concentration index",
    "generalised": "generalised concentration index",
    "modified": "modified concentration index",
    "erreygers": "Erreygers index",
    "wagstaff": "Wagstaff index",
}
NEEDS_BOUNDS = ("modified", "erreygers", "wagstaff")


# --- one functional ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weighting:
    """A rank weighting: its integral, its derivative, and the factor of the generalised index."""

    family: Literal["standard", "extended", "symmetric"] = "standard"
    parameter: float = 2.0

    def integral(self, p: FloatArray) -> FloatArray:
        """Return the weighting's integral from 0 to p, up to a constant."""
        v = self.parameter
        result: FloatArray = p * p - p
        if self.family == "extended":
            result = p + (1.0 - p) ** v
        elif self.family == "symmetric":
            result = 2.0 ** (v - 2.0) * np.abs(p - 0.5) ** v
        return result

    def slope(self, p: FloatArray) -> FloatArray:
        """Return the weight of rank p."""
        v = self.parameter
        result: FloatArray = 2.0 * p - 1.0
        if self.family == "extended":
            result = 1.0 - v * (1.0 - p) ** (v - 1.0)
        elif self.family == "symmetric":
            result = v * 2.0 ** (v - 2.0) * np.abs(p - 0.5) ** (v - 1.0) * np.sign(p - 0.5)
        return result

    @property
    def factor(self) -> float:
        """Return what the generalised index is multiplied by."""
        v = self.parameter
        if self.family == "extended":
            return float(v ** (v / (v - 1.0)) / (v - 1.0))
        return 4.0 if self.family == "symmetric" else 1.0

    @property
    def bounded_factor(self) -> float:
        """Return what the generalised gap over the range is multiplied by in the Erreygers index."""
        return 4.0 if self.family == "standard" else self.factor

    @property
    def words(self) -> str:
        """Return the family for the method text."""
        if self.family == "standard":
            return ""
        name = "inequality aversion v" if self.family == "extended" else "symmetric weighting beta"
        return f", {name} = {self.parameter:g}"


@dataclass(frozen=True)
class Functional:
    """The generalised index and the mean, with their influence values (weighted means zero)."""

    mean: float
    gap: float
    mean_influence: FloatArray
    gap_influence: FloatArray


def functional(h: FloatArray, groups: RankGroups, weights: FloatArray, weighting: Weighting) -> Functional:
    """Return the generalised index, the mean and their influence values.

    Parameters
    ----------
    h : ndarray of shape (n,)
    groups : RankGroups
        Of the same units.
    weights : ndarray of shape (n,)
    weighting : Weighting

    Notes
    -----
    The influence of unit i is the derivative of the functional when a little weight is added at i: its own deviation from
    the mean of its rank, and the shift of every rank from its own upwards.

    Examples
    --------
    >>> from healthdevo.inequality.ranks import rank_groups
    >>> w = np.ones(2)
    >>> f = functional(np.array([1.0, 3.0]), rank_groups(np.array([1.0, 2.0]), w), w, Weighting())
    >>> f.gap / f.mean
    0.25
    """
    w = weights / weights.sum()
    mean = float(w @ h)
    group_mean = np.bincount(groups.group, w * h) / groups.share
    stretch = weighting.integral(groups.upper) - weighting.integral(groups.lower)
    upper = group_mean * weighting.slope(groups.upper)
    lower = group_mean * weighting.slope(groups.lower)
    # how a unit at rank t shifts every rank above it
    above = np.cumsum(upper[::-1])[::-1] - np.append(np.cumsum(lower[::-1])[::-1][1:], 0.0)
    constant = float((upper * groups.upper - lower * groups.lower).sum())
    own = (h - group_mean[groups.group]) * (stretch / groups.share)[groups.group]
    gap = float((group_mean * stretch).sum())
    return Functional(mean, gap, h - mean, own + above[groups.group] - constant)


class Resampler:
    """Mean and generalised index for many sets of weights at once."""

    def __init__(self, h: FloatArray, rank: FloatArray, weighting: Weighting) -> None:
        self.order = np.argsort(rank, kind="stable")
        self.h = h[self.order]
        ranked = rank[self.order]
        self.starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
        self.weighting = weighting

    def __call__(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and generalised index for each row of weights."""
        w = weights[:, self.order]
        mass = w * self.h
        if self.starts.size < self.h.size:
            w = np.add.reduceat(w, self.starts, axis=1)
            mass = np.add.reduceat(mass, self.starts, axis=1)
        upper = np.cumsum(w, axis=1)
        total = upper[:, -1:]
        if self.weighting.family == "standard":
            slope = 2.0 * upper - w
            slope /= total
            slope -= 1.0
        else:
            share = w / total
            above = np.minimum(upper / total, 1.0)
            below = np.concatenate([np.zeros((len(w), 1)), above[:, :-1]], axis=1)
            stretch = self.weighting.integral(above) - self.weighting.integral(below)
            slope = np.divide(stretch, share, out=np.zeros_like(share), where=share > 0.0)
        size: FloatArray = total[:, 0]
        gap: FloatArray = np.einsum("ij,ij->i", mass, slope) / size
        return mass.sum(axis=1) / size, gap


def normalised(
    normalisation: Normalisation, mean: FloatArray, gap: FloatArray, bounds: Bounds, weighting: Weighting
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return an index and its derivatives by the generalised index and by the mean.

    Examples
    --------
    >>> value, by_gap, by_mean = normalised("relative", np.array(2.0), np.array(0.5), (0.0, 1.0), Weighting())
    >>> float(value), float(by_gap), float(by_mean)
    (0.25, 0.5, -0.125)
    """
    lower, upper = bounds
    zero = np.zeros_like(mean)
    if normalisation == "generalised":
        return weighting.factor * gap, zero + weighting.factor, zero
    if normalisation == "erreygers":
        k = weighting.bounded_factor / (upper - lower)
        return k * gap, zero + k, zero
    if normalisation == "wagstaff":
        product = (upper - mean) * (mean - lower)
        slope = (upper - lower) / product
        return slope * gap, slope, -slope * gap * (upper + lower - 2.0 * mean) / product
    base = mean - lower if normalisation == "modified" else mean
    return gap / base, 1.0 / base, -gap / base**2


def rank_weighting(extended: float | None, symmetric: float | None) -> Weighting:
    """Return the rank weighting that the two parameters ask for.

    Raises
    ------
    InputError
        When both are given, or one is not above 1.

    Examples
    --------
    >>> rank_weighting(3.0, None).family
    'extended'
    """
    if extended is not None and symmetric is not None:
        raise InputError("extended, symmetric: both given; an index is one or the other")
    for name, value in (("extended", extended), ("symmetric", symmetric)):
        if value is not None and not (np.isfinite(value) and value > 1.0):
            raise InputError(f"{name}: {value!r} is not valid; give a number above 1 (2 is the usual index)")
    if extended is not None:
        return Weighting("extended", float(extended))
    return Weighting() if symmetric is None else Weighting("symmetric", float(symmetric))


def check_outcome(
    h: FloatArray, normalisation: Normalisation, bounds: Bounds | None, weighting: Weighting, name: str
) -> Bounds:
    """Check an outcome against the index asked for and return its bounds.

    Raises
    ------
    InputError
        For an unknown index, missing or contradictory bounds, values outside them, negative values in a relative index.

    Examples
    --------
    >>> check_outcome(np.array([0.0, 1.0]), "erreygers", (0, 1), Weighting(), "ill")
    (0.0, 1.0)
    """
    if normalisation not in INDEX_NAMES:
        raise InputError(
            f"normalisation: {normalisation!r} is not valid; use one of {', '.join(INDEX_NAMES)}"
        )
    if normalisation == "wagstaff" and weighting.family != "standard":
        raise InputError(
            "normalisation: the Wagstaff index has no extended or symmetric form; use 'erreygers'"
        )
    if bounds is None:
        if normalisation in NEEDS_BOUNDS:
            raise InputError(
                f"bounds: the {INDEX_NAMES[normalisation]} needs the lowest and highest value that {name} can take, such as (0, 1); "
                "the range of the sample is not a substitute"
            )
        lower, upper = (0.0 if normalisation == "relative" else -np.inf), np.inf
    else:
        if len(bounds) != 2:
            raise InputError(f"bounds: {bounds!r} is not valid; give (lowest, highest)")
        lower, upper = float(bounds[0]), float(bounds[1])
        if (
            not lower < upper
            or np.isnan(lower + upper)
            or (normalisation in NEEDS_BOUNDS and not np.isfinite(lower))
        ):
            raise InputError(
                f"bounds: {bounds!r} is not valid; the lowest value must be finite and below the highest"
            )
        if normalisation in ("erreygers", "wagstaff") and not np.isfinite(upper):
            raise InputError(
                f"bounds: {bounds!r} is not valid; the {INDEX_NAMES[normalisation]} needs a finite highest value"
            )
        if normalisation == "relative" and lower < 0.0:
            raise InputError(
                f"bounds: {bounds!r} allow negative values, for which the relative index has no meaning"
            )
    outside = np.flatnonzero((h < lower) | (h > upper))
    if outside.size:
        i = int(outside[0])
        if bounds is None:
            raise InputError(
                f"{name}: row {i} is {h[i]:g} ({outside.size} such rows); a relative index needs values of zero or more: "
                "use normalisation='generalised', or normalisation='erreygers' with bounds"
            )
        raise InputError(
            f"{name}: row {i} is {h[i]:g} ({outside.size} such rows), outside the bounds {lower:g} to {upper:g}"
        )
    return lower, upper


def undefined_reason(normalisation: Normalisation, mean: float, bounds: Bounds) -> str:
    """Return why an index is undefined at a mean; empty when it is defined.

    Examples
    --------
    >>> undefined_reason("wagstaff", 1.0, (0.0, 1.0))
    'every value is at a bound'
    """
    if normalisation == "relative" and mean <= 0.0:
        return "every value is zero, so there is no share to concentrate"
    if normalisation == "modified" and mean <= bounds[0]:
        return "every value is at the lower bound"
    if normalisation == "wagstaff" and not bounds[0] < mean < bounds[1]:
        return "every value is at a bound"
    return ""


def cluster_codes(clusters: object, n: int) -> IntArray | None:
    """Return codes of clusters, or None.

    Raises
    ------
    InputError
        When there is only one cluster.

    Examples
    --------
    >>> cluster_codes(["a", "b"], 2)
    array([0, 1])
    """
    if clusters is None:
        return None
    found = codes(clusters, "clusters", n)[0]
    if found.max() < 1:
        raise InputError("clusters: there is only one; give at least two")
    return found
