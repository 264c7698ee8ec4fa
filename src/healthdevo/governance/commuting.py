"""Self-containment: how many of an area's people in work find it inside, and how many of its workers live there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns, need_labels, need_rows, shown
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import codes, vector
from healthdevo.typing import FloatArray

__all__ = [
    "FLOW",
    "SelfContainment",
    "flow_matrix",
    "largest_partners",
    "least_self_containment",
    "self_containment",
]

FLOW = ("residence_code", "workplace_code", "people")
"""Columns of a table of flows."""
_SMALL, _LARGE = 3_500.0, 25_000.0
_STRICT, _TRADED = 0.75, 2.0 / 3.0
REASON = "a census counts everybody, so there is no sampling error"


@dataclass(frozen=True)
class SelfContainment:
    """Self-containment of regions.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by region: ``residents`` and ``workers`` (people in work who live, and who work, there), ``inside`` (who do both),
        ``lives_and_works`` and ``works_and_lives`` (shares of residents and of workers), ``least`` (the smaller of the two), ``net``
        (workers less residents), ``required`` (by the official rule), ``economic`` (whether it meets it).
    reason : str
        Why there is no interval.
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    reason: str = REASON

    def __getitem__(self, region: str) -> pd.Series:
        """Return the row of one region."""
        if region not in self.table.index:
            raise InputError(f"self-containment: no region {shown(region)}; there are {len(self.table)}")
        return self.table.loc[[region]].iloc[0]

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy frame with one row for each region."""
        return self.table.reset_index()

    @property
    def sentence(self) -> str:
        """The results in one plain-English sentence."""
        n, good = len(self.table), int(self.table["economic"].sum())
        return f"{good} of {n} {'region is' if n == 1 else 'regions are'} self-contained enough to be a labour market of {'its' if n == 1 else 'their'} own."


def flow_matrix(flows: pd.DataFrame) -> tuple[FloatArray, pd.Index]:
    """Return flows as a square matrix, places of residence by places of work, and its labels in order.

    Raises
    ------
    InputError
        When a column or row is missing, a pair is there twice, or a count is missing or negative.

    Examples
    --------
    >>> flow_matrix(pd.DataFrame({"residence_code": ["b"], "workplace_code": ["a"], "people": [3]}))[0]
    array([[0., 0.],
           [3., 0.]])
    """
    need_rows(flows, FLOW, "flows")
    need_labels(flows, FLOW[:2])
    people = vector(flows["people"], "people", least=0.0)
    twice = flows.duplicated(list(FLOW[:2]))
    if twice.any():
        pair = flows.loc[twice.to_numpy(), list(FLOW[:2])].iloc[0]
        raise InputError(
            f"flows: the pair {shown(pair.iloc[0])} to {shown(pair.iloc[1])} is there twice; add it up"
        )
    both = pd.concat([flows["residence_code"], flows["workplace_code"]], ignore_index=True)
    position, labels = codes(both.astype(object), "flows", len(both))
    result = np.zeros((len(labels), len(labels)))
    result[position[: len(flows)], position[len(flows) :]] = people
    return result, labels


@front_door
def least_self_containment(workers: float) -> float:
    r"""Return the share that must both live and work in an area of a size, by the official rule for labour markets of 2011.

    Parameters
    ----------
    workers : float
        People in work, above zero.

    Returns
    -------
    float
        Three quarters up to 3,500 people, two thirds from 25,000 on, a straight line between.

    Notes
    -----
    The rule asks both of residents in work and of workers. The publisher allows the lower share "as part of a trade-off" for areas of
    more than 25,000 people (ONS 2015, travel-to-work area analysis); the straight line between is the one of Coombes and Bond (2008).

    Examples
    --------
    >>> least_self_containment(3500), round(least_self_containment(14250), 4), round(least_self_containment(1e6), 4)
    (0.75, 0.7083, 0.6667)
    """
    if workers <= 0.0:
        raise InputError(f"workers: {workers!r} is not valid; give a number above 0")
    return float(_required(np.array([workers]))[0])


def _required(workers: FloatArray) -> FloatArray:
    return np.interp(workers, [_SMALL, _LARGE], [_STRICT, _TRADED])


def contained(
    inside: FloatArray, residents: FloatArray, workers: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return both shares, NaN where nobody lives or works."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return inside / residents, inside / workers


def shares_of(regions: pd.DataFrame, labels: pd.Index) -> tuple[FloatArray, pd.Index]:
    """Return the share of each label in each region, and the regions in order."""
    need_rows(regions, ("area_code", "region", "share"), "regions")
    need_labels(regions, ("area_code", "region"))
    share = vector(regions["share"], "share", least=0.0)
    over = np.flatnonzero(share > 1.0 + 1e-9)
    if over.size:
        raise InputError(f"share: row {over[0]} is {share[over[0]]:g}; a share is at most 1")
    if regions.duplicated(["area_code", "region"]).any():
        raise InputError("regions: an area stands twice in one region; give one row for each pair")
    row = labels.get_indexer(pd.Index(regions["area_code"]))
    if (row < 0).any():
        code = regions["area_code"].iloc[int(np.argmax(row < 0))]
        raise InputError(f"regions: {shown(code)} is not in the flows; give codes of places that have flows")
    column, names = codes(regions["region"], "region", len(regions))
    result = np.zeros((len(labels), len(names)))
    result[row, column] = share
    return result, names


@front_door
def self_containment(flows: pd.DataFrame, regions: pd.DataFrame) -> SelfContainment:
    r"""Return how many people in work both live and work in each region.

    Parameters
    ----------
    flows : pandas.DataFrame
        ``residence_code``, ``workplace_code``, ``people``: one row for each pair of places, also places outside all regions.
    regions : pandas.DataFrame
        ``area_code``, ``region``, ``share``: the share of each place's people in each region; 1 when it lies in it wholly. Regions may
        overlap.

    Returns
    -------
    SelfContainment

    Raises
    ------
    InputError
        When a column is missing, a pair is there twice, a place of a region has no flow, or a number is out of range.

    Notes
    -----
    With flows :math:`F_{ij}` and shares :math:`s_i`: residents in work :math:`\sum_{ij} s_i F_{ij}`, workers
    :math:`\sum_{ij} F_{ij} s_j`, inside :math:`\sum_{ij} s_i F_{ij} s_j`. For whole places this is exact. Where a border cuts a place, its
    commuters are taken as spread like its people, except that those who live and work in the place stay on their side of the border
    (:math:`s_i F_{ii}`); so self-containment of a region with many cut places is a little high. The numbers are counts of a census:
    they have no sampling error. The rule is that of ``least_self_containment``, both ways, at the size of the larger of both sides.

    Examples
    --------
    >>> flows = pd.DataFrame({"residence_code": ["A", "A", "B"], "workplace_code": ["A", "B", "B"], "people": [60, 40, 100]})
    >>> both = pd.DataFrame({"area_code": ["A", "B"], "region": ["A", "B"], "share": [1.0, 1.0]})
    >>> [float(x) for x in self_containment(flows, both)["A"][["lives_and_works", "works_and_lives"]]]
    [0.6, 1.0]
    """
    matrix, labels = flow_matrix(flows)
    share, names = shares_of(regions, labels)
    own = np.diag(matrix)
    residents, workers = matrix.sum(axis=1) @ share, matrix.sum(axis=0) @ share
    inside = np.einsum("ir,ij,jr->r", share, matrix - np.diag(own), share, optimize=True) + own @ share
    return SelfContainment(_table(names, residents, workers, inside))


def _table(names: pd.Index, residents: FloatArray, workers: FloatArray, inside: FloatArray) -> pd.DataFrame:
    lives, works = contained(inside, residents, workers)
    least = np.minimum(lives, works)
    required = _required(np.maximum(residents, workers))
    return pd.DataFrame(
        {
            "residents": residents,
            "workers": workers,
            "inside": inside,
            "lives_and_works": lives,
            "works_and_lives": works,
            "least": least,
            "net": workers - residents,
            "required": required,
            "economic": least >= required,
        },
        index=pd.Index(names, name="region"),
    )


@front_door
def largest_partners(flows: pd.DataFrame, inside: list[str], number: int = 5) -> pd.DataFrame:
    """Return the places outside a region that send it most workers, and that most of its residents go to.

    Parameters
    ----------
    flows : pandas.DataFrame
        As for ``self_containment``.
    inside : list of str
        The places that make up the region.
    number : int, default 5
        How many partners, at least 1.

    Returns
    -------
    pandas.DataFrame
        ``direction`` (``out``: where residents work; ``in``: where workers live), ``area_code``, ``people``, ``share`` (of the
        region's residents or workers in all), the largest first; ties in order of code.

    Raises
    ------
    InputError
        When a place is not in the flows, or the number is below 1.

    Examples
    --------
    >>> flows = pd.DataFrame({"residence_code": ["A", "A", "B"], "workplace_code": ["A", "B", "B"], "people": [60, 40, 100]})
    >>> largest_partners(flows, ["A"]).to_numpy().tolist()
    [['out', 'B', 40, 0.4]]
    """
    need_columns(flows, FLOW, "flows")
    if number < 1:
        raise InputError(f"number: {number!r} is not valid; give 1 or more")
    matrix, labels = flow_matrix(flows)
    unknown = sorted(set(inside) - set(labels))
    if unknown or not inside:
        raise InputError(
            f"inside: {shown(unknown[0]) if unknown else 'it is empty'}; give places that have flows"
        )
    member = labels.isin(inside)
    parts = []
    for direction, counts in (("out", matrix[member].sum(axis=0)), ("in", matrix[:, member].sum(axis=1))):
        rows = pd.DataFrame(
            {
                "direction": direction,
                "area_code": labels,
                "people": counts,
                "share": counts / max(counts.sum(), 1.0),
            }
        )
        rows = rows[~member & (counts > 0)].sort_values(["people", "area_code"], ascending=[False, True])
        parts.append(rows.head(number))
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    found["people"] = found["people"].round().astype(int)
    return found
