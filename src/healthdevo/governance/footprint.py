"""What the borders of areas hold and cut: differences, changes that could be seen, other borders, labour markets."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import norm

from healthdevo.checks import need_labels, need_rows
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics import normal_quantiles
from healthdevo.mathematics.vectors import Vector, codes, in_one_order, vector, weight_vector
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import percentage

__all__ = [
    "BorderOverlap",
    "border_overlap",
    "detectable_change",
    "share_inside",
    "split_markets",
    "years_to_detect",
]


def _inside(x: FloatArray, w: FloatArray, group: IntArray, groups: int) -> float:
    mean = (w @ x) / w.sum()
    weight = np.bincount(group, weights=w, minlength=groups)
    total = np.bincount(group, weights=w * x, minlength=groups)
    centre = np.divide(total, weight, out=np.zeros(groups), where=weight > 0.0)
    every = float(w @ (x - mean) ** 2)
    return float(w @ (x - centre[group]) ** 2) / every if every > 0.0 else np.nan


@front_door
@in_one_order("values", "groups", "weights")
def share_inside(values: Vector, groups: Vector, weights: Vector | None = None) -> Estimate:
    r"""Return the share of the differences between places that lies inside groups: what pooling there could reach.

    Parameters
    ----------
    values : array-like of shape (n,)
        One value for each place, not all equal.
    groups : array-like of shape (n,)
        The group of each place.
    weights : array-like of shape (n,), optional
        People of each place, above zero; ones by default.

    Returns
    -------
    Estimate
        A share between 0 and 1. Its ``table`` has ``groups`` and ``at_random``: the share inside as many groups drawn at random.

    Raises
    ------
    InputError
        When lengths differ, a label is missing, or all values are equal.

    Notes
    -----
    :math:`1 - \sum_g W_g (\bar x_g - \bar x)^2 / \sum_i w_i (x_i - \bar x)^2`, the within share of the weighted variance. With equal
    weights, borders drawn at random hold :math:`(n - k) / (n - 1)` of it on average. Places are all of a country, not a sample: there is
    no sampling error; chance error of the values themselves lies mostly inside groups and makes the share a little high.

    Examples
    --------
    >>> share_inside([1, 3, 5, 7], ["a", "a", "b", "b"]).estimate
    0.2
    """
    x = vector(values, "values")
    group, labels = codes(groups, "groups", x.size)
    w = weight_vector(weights, x.size)
    if np.ptp(x) == 0.0:
        raise InputError("values: all are equal; there is no difference to share out")
    order = np.lexsort((w, x, group))
    value = _inside(x[order], w[order], group[order], len(labels))
    table = pd.DataFrame({"groups": [len(labels)], "at_random": [(x.size - len(labels)) / (x.size - 1)]})
    return Estimate(
        "share of differences inside borders", float(np.clip(value, 0.0, 1.0)), np.nan, (), x.size,
        "within share of the weighted variance", reason="all places are counted, none is sampled", table=table,
    )  # fmt: skip


@front_door
def detectable_change(events: float, years: int = 1, level: float = 0.95, power: float = 0.8) -> float:
    r"""Return the smallest relative change from one period to the next that a count of events would show.

    Parameters
    ----------
    events : float
        Expected events a year, above zero.
    years : int, default 1
        Years pooled on each side, at least 1.
    level, power : float
        Confidence level and power, between 0 and 1.

    Returns
    -------
    float
        As a share: 0.1 is a change of a tenth.

    Raises
    ------
    InputError
        When a number is out of range.

    Notes
    -----
    :math:`(z_{(1+level)/2} + z_{power}) \sqrt{2 / (years \cdot events)}`: two independent Poisson counts of equal mean, normal limits. Real
    counts scatter more from year to year than Poisson's, so this is the best that could be hoped for.

    Examples
    --------
    >>> round(detectable_change(400), 3)
    0.198
    """
    if events <= 0.0:
        raise InputError(f"events: {events!r} is not valid; give a number above 0")
    if years < 1:
        raise InputError(f"years: {years!r} is not valid; give 1 or more")
    for name, value in (("level", level), ("power", power)):
        if not 0.0 < value < 1.0:
            raise InputError(f"{name}: {value!r} is not valid; give a number between 0 and 1, such as 0.8")
    z = float(normal_quantiles(level)[0]) + float(norm.ppf(power))
    return max(z, 0.0) * float(np.sqrt(2.0 / (years * events)))


@front_door
def years_to_detect(
    error: float, change: float, most: int = 99, level: float = 0.95, power: float = 0.8
) -> int | None:
    r"""Return how many years before and after a lasting change must be averaged for it to show.

    Parameters
    ----------
    error : float
        Standard error of one year's value, above zero, in the units of the change.
    change : float
        Size of the lasting change, above zero.
    most : int, default 99
        Most years that count as an answer, at least 1.
    level, power : float
        Confidence level and power, between 0 and 1.

    Returns
    -------
    int or None
        The smallest number of years on each side; None where it is more than ``most``.

    Raises
    ------
    InputError
        When a number is out of range.

    Notes
    -----
    The smallest :math:`n` with :math:`(z_{(1+level)/2} + z_{power}) \sqrt{2 / n} \cdot error \le change`, as ``detectable_change`` has it
    for counts, of which the relative error of a year is :math:`1/\sqrt{events}`. Years are taken as independent and the level before and
    after as steady: a trend that bends takes longer.

    Examples
    --------
    >>> years_to_detect(0.05, 0.05), years_to_detect(0.01, 0.05), years_to_detect(1.0, 0.05)
    (16, 1, None)
    """
    if error <= 0.0:
        raise InputError(f"error: {error!r} is not valid; give a number above 0")
    if change <= 0.0:
        raise InputError(f"change: {change!r} is not valid; give a number above 0")
    if most < 1:
        raise InputError(f"most: {most!r} is not valid; give 1 or more")
    one = detectable_change(1.0, 1, level, power) * (error / change)
    years = max(int(np.ceil(one**2 - 1e-9)), 1) if one < 1e6 else most + 1
    return years if years <= most else None


@dataclass(frozen=True)
class BorderOverlap:
    """How far the borders of two kinds of areas coincide.

    Parameters
    ----------
    shared : float
        For an average person, the share of the people of either of their two areas who are in both.
    same : float
        Share of people whose two areas are the same one (``tolerance`` of either may differ).
    table : pandas.DataFrame
        One row for each pair that shares people: ``first``, ``second``, ``people``, ``of_first``, ``of_second``, ``same``.
    n : int
        Pairs.
    reason : str
        Why there is no interval.
    """

    shared: float
    same: float
    table: pd.DataFrame = field(repr=False, compare=False)
    n: int
    reason: str = "borders are known, not sampled"

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return f"For {percentage(self.same, 0)} of people the two areas are the same."

    def to_frame(self) -> pd.DataFrame:
        """Return the pairs."""
        return self.table


@front_door
def border_overlap(parts: pd.DataFrame, tolerance: float = 0.02) -> BorderOverlap:
    r"""Return how far the borders of two kinds of areas coincide.

    Parameters
    ----------
    parts : pandas.DataFrame
        ``first``, ``second``, ``people``: the people that an area of the first kind shares with one of the second. All people of both.
    tolerance : float, default 0.02
        Share of either that may lie outside the other while the two count as the same, from 0 to below a half.

    Returns
    -------
    BorderOverlap

    Raises
    ------
    InputError
        When a column is missing, a pair is there twice, or a number is out of range.

    Notes
    -----
    ``shared`` is :math:`\sum_{ab} p_{ab} J_{ab} / \sum p_{ab}` with :math:`J_{ab} = p_{ab} / (p_a + p_b - p_{ab})` (Jaccard 1901).

    Examples
    --------
    >>> parts = pd.DataFrame({"first": ["a", "b", "b"], "second": ["x", "x", "y"], "people": [50, 50, 100]})
    >>> border_overlap(parts).same, round(border_overlap(parts).shared, 4)
    (0.0, 0.5208)
    """
    need_rows(parts, ("first", "second", "people"), "parts")
    need_labels(parts, ("first", "second"))
    if not 0.0 <= tolerance < 0.5:
        raise InputError(f"tolerance: {tolerance!r} is not valid; give 0 or more, below 0.5")
    people = vector(parts["people"], "people", above=0.0)
    if parts.duplicated(["first", "second"]).any():
        raise InputError("parts: a pair of areas is there twice; add it up")
    table = (
        parts[["first", "second"]].assign(people=people).sort_values(["first", "second"], ignore_index=True)
    )
    first = table.groupby("first")["people"].transform("sum")
    second = table.groupby("second")["people"].transform("sum")
    table["of_first"], table["of_second"] = table["people"] / first, table["people"] / second
    table["same"] = (table[["of_first", "of_second"]].min(axis=1)) >= 1.0 - tolerance
    overlap = table["people"] / (first + second - table["people"])
    total = table["people"].sum()
    return BorderOverlap(
        float((table["people"] * overlap).sum() / total),
        float(table.loc[table["same"], "people"].sum() / total),
        table,
        len(table),
    )


@front_door
def split_markets(parts: pd.DataFrame, tolerance: float = 0.02) -> pd.DataFrame:
    """Return, for each area, how many of its people live in a labour market that its border cuts.

    Parameters
    ----------
    parts : pandas.DataFrame
        ``market``, ``area``, ``people``: all parts of each market, also those outside every area (give those a name of their own).
    tolerance : float, default 0.02
        Share of a market's people that may lie elsewhere while it still counts as whole, from 0 to below a half.

    Returns
    -------
    pandas.DataFrame
        Indexed by area: ``people``, ``whole`` (markets wholly inside), ``cut`` (markets that it holds more than the tolerance of, but not
        all), ``people_cut`` (its people in markets that are not wholly inside), ``share_cut``.

    Raises
    ------
    InputError
        When a column is missing, a pair is there twice, or a number is out of range.

    Examples
    --------
    >>> parts = pd.DataFrame({"market": ["m", "m", "n"], "area": ["a", "b", "b"], "people": [30, 70, 100]})
    >>> split_markets(parts)[["whole", "cut", "share_cut"]].to_numpy().tolist()
    [[0.0, 1.0, 1.0], [1.0, 1.0, 0.4117647058823529]]
    """
    need_rows(parts, ("market", "area", "people"), "parts")
    need_labels(parts, ("market", "area"))
    for name in ("market", "area"):
        codes(parts[name], name, len(parts))
    renamed = parts[["market", "area", "people"]].set_axis(["first", "second", "people"], axis=1)
    table = border_overlap(renamed, tolerance).table
    whole = table["of_first"] >= 1.0 - tolerance
    cut = ~whole & (table["of_first"] > tolerance)
    found = (
        table.assign(whole=whole, cut=cut, people_cut=table["people"].where(~whole, 0.0))
        .groupby("second")[["people", "whole", "cut", "people_cut"]]
        .sum()
        .astype({"whole": int, "cut": int})
    )
    return found.assign(share_cut=found["people_cut"] / found["people"]).rename_axis("area")
