"""A map drawn by work: places grouped by who travels where, by a merging rule and by communities of a weighted graph."""

from __future__ import annotations

from dataclasses import dataclass, field

import networkx as nx
import numpy as np
import pandas as pd

from healthdevo.checks import need_labels, need_rows, shown
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.governance.commuting import _required, _table, contained, flow_matrix
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["WorkMap", "commuting_communities", "merge_by_commuting"]


@dataclass(frozen=True)
class WorkMap:
    """Places grouped into regions by commuting.

    Parameters
    ----------
    regions : pandas.Series
        The region of each place, named for the place of it with most people in work.
    table : pandas.DataFrame
        Self-containment of each region, as ``SelfContainment.table``.
    method : str
        How it was made.
    reason : str
        Why there is no interval.
    """

    regions: pd.Series = field(repr=False, compare=False)
    table: pd.DataFrame = field(repr=False, compare=False)
    method: str = ""
    reason: str = "a map has no interval; compare it with those of other seeds and rules"

    def __len__(self) -> int:
        return len(self.table)

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return f"{len(self.regions)} places make {len(self)} regions by commuting, {int(self.table['economic'].sum())} of them self-contained by the official rule."

    def to_frame(self) -> pd.DataFrame:
        """Return the region of each place."""
        return self.regions.rename("region").rename_axis("area_code").reset_index()


def _places(flows: pd.DataFrame, outside: list[str]) -> tuple[FloatArray, pd.Index, BoolArray]:
    matrix, labels = flow_matrix(flows)
    member = ~labels.isin(outside)
    if not member.any():
        raise InputError("outside: it names every place; leave some to be grouped")
    return matrix, labels, member


def _named(matrix: FloatArray, labels: pd.Index, group: IntArray) -> pd.Series:
    """Name each group after its place with most people in work."""
    workers = matrix.sum(axis=0)
    names: dict[int, str] = {}
    for i in sorted(range(len(labels)), key=lambda i: (-workers[i], str(labels[i]))):
        names.setdefault(int(group[i]), labels[i])
    return pd.Series([names[int(g)] for g in group], index=labels, name="region").rename_axis("area_code")


def _made(matrix: FloatArray, labels: pd.Index, member: BoolArray, group: IntArray, method: str) -> WorkMap:
    """Return the map of groups of the members; the residents and workers of a region are counted with all flows."""
    inner = matrix[np.ix_(member, member)]
    regions = _named(inner, labels[member], group)
    names = np.sort(regions.unique())
    share = (regions.to_numpy()[:, None] == names[None, :]).astype(float)
    residents, workers = matrix[member].sum(axis=1) @ share, matrix[:, member].sum(axis=0) @ share
    inside = np.einsum("ir,ij,jr->r", share, inner, share, optimize=True)
    return WorkMap(regions, _table(pd.Index(names), residents, workers, inside), method)


def _touching(neighbours: pd.DataFrame | None, labels: pd.Index) -> BoolArray:
    """Return which places may be joined directly."""
    n = len(labels)
    if neighbours is None:
        return np.ones((n, n), dtype=bool)
    need_rows(neighbours, ("first", "second"), "neighbours")
    need_labels(neighbours, ("first", "second"))
    result = np.eye(n, dtype=bool)
    a, b = (labels.get_indexer(pd.Index(neighbours[c])) for c in ("first", "second"))
    for column, found in (("first", a), ("second", b)):
        if (found < 0).any():
            code = neighbours[column].iloc[int(np.argmax(found < 0))]
            raise InputError(f"neighbours: {shown(code)} is not a place to be grouped")
    result[a, b] = result[b, a] = True
    return result


@front_door
def merge_by_commuting(
    flows: pd.DataFrame,
    outside: list[str] | None = None,
    *,
    neighbours: pd.DataFrame | None = None,
    start: pd.Series | None = None,
    least_share: float | None = None,
    least_people: float = 3500.0,
    regions: int | None = None,
) -> WorkMap:
    r"""Return regions made by joining the least self-contained one to where it has its strongest ties, until all pass the rule.

    Parameters
    ----------
    flows : pandas.DataFrame
        ``residence_code``, ``workplace_code``, ``people``.
    outside : list of str, optional
        Places that count as homes and workplaces but are not grouped, such as those abroad.
    neighbours : pandas.DataFrame, optional
        ``first``, ``second``: places that share a border; then only regions that touch are joined. A region that touches no other is
        left alone, whatever its share.
    start : pandas.Series, optional
        A grouping to begin with, indexed by place; every place for itself by default.
    least_share : float, optional
        Share that must both live and work inside, both ways, above 0 and at most 1; by default the official rule (three quarters, two
        thirds in large regions).
    least_people : float, default 3500
        Least residents in work.
    regions : int, optional
        Go on joining the least self-contained until there are so few, at least 1.

    Returns
    -------
    WorkMap

    Raises
    ------
    InputError
        When a column is missing, a place is unknown, or a number is out of range.

    Notes
    -----
    The idea of the official travel-to-work areas (Coombes and Bond 2008), which take failing regions apart; here they are joined whole.
    The tie between regions is :math:`F_{ab}^2 / (R_a W_b) + F_{ba}^2 / (R_b W_a)` with residents in work :math:`R` and workers :math:`W`
    (Smart 1974). Equal values go by code, so the map is the same everywhere.

    Examples
    --------
    >>> flows = pd.DataFrame({"residence_code": ["A", "B", "C", "A"], "workplace_code": ["B", "B", "C", "A"], "people": [6000, 9000, 8000, 2000]})
    >>> merge_by_commuting(flows).regions.to_dict()
    {'A': 'B', 'B': 'B', 'C': 'C'}
    """
    if least_share is not None and not 0.0 < least_share <= 1.0:
        raise InputError(f"least_share: {least_share!r} is not valid; give a share above 0, at most 1")
    if least_people < 0.0:
        raise InputError(f"least_people: {least_people!r} is not valid; give 0 or more")
    if regions is not None and regions < 1:
        raise InputError(f"regions: {regions!r} is not valid; give 1 or more")
    matrix, labels, member = _places(flows, outside or [])
    touching = _touching(neighbours, labels[member])
    group = _begun(start, labels[member])
    n = int(group.max()) + 1
    share = np.zeros((len(group), n))
    share[np.arange(len(group)), group] = 1.0
    state = _Joined(
        share.T @ matrix[np.ix_(member, member)] @ share,
        matrix[member].sum(axis=1) @ share,
        matrix[:, member].sum(axis=0) @ share,
        (share.T @ touching @ share) > 0.0,
        group,
        np.ones(n, dtype=bool),
    )
    while state.alive.sum() > 1:
        worst = state.worst(
            least_share, least_people, force=regions is not None and int(state.alive.sum()) > regions
        )
        if worst is None:
            break
        state.join(worst)
    return _made(matrix, labels, member, state.group, "joined by commuting")


def _begun(start: pd.Series | None, places: pd.Index) -> IntArray:
    if start is None:
        return np.arange(len(places))
    if start.index.duplicated().any():
        raise InputError("start: a place is there twice; give each one group")
    position = start.index.get_indexer(places)
    if (position < 0).any():
        raise InputError(
            f"start: {shown(places[int(np.argmax(position < 0))])} has no group; give every place one"
        )
    begun = start.iloc[position]
    # groups in the order of their first place, so that their names do not matter
    found: IntArray = pd.factorize(begun)[0].astype(np.int64)
    if (found < 0).any():
        raise InputError("start: a group is missing; give every place one")
    return found


@dataclass
class _Joined:
    """Regions while they are joined."""

    flow: FloatArray
    residents: FloatArray
    workers: FloatArray
    touching: BoolArray
    group: IntArray
    alive: BoolArray

    def worst(self, least_share: float | None, least_people: float, *, force: bool) -> int | None:
        """Return the region that passes the rule least, of those that touch another; None when all pass."""
        lives, works = contained(np.diag(self.flow), self.residents, self.workers)
        least = np.nan_to_num(np.minimum(lives, works))
        needed = _required(np.maximum(self.residents, self.workers)) if least_share is None else least_share
        score = np.round(least / needed, 9)
        failing = (score < 1.0) | (self.residents < least_people)
        others = self.touching & self.alive[None, :]
        np.fill_diagonal(others, val=False)
        open_ = self.alive & others.any(axis=1) & (failing | force)
        if not open_.any():
            return None
        chosen = np.flatnonzero(open_)
        few = np.minimum(self.residents[chosen] / max(least_people, 1.0), 1.0)
        return int(chosen[np.lexsort((chosen, np.minimum(score[chosen], few)))[0]])

    def join(self, a: int) -> None:
        """Join a region to the one that it is tied to most."""
        others = np.flatnonzero(self.alive & self.touching[a])
        others = others[others != a]
        with np.errstate(invalid="ignore", divide="ignore"):
            tie = self.flow[a, others] ** 2 / (self.residents[a] * self.workers[others])
            tie = np.nan_to_num(tie) + np.nan_to_num(
                self.flow[others, a] ** 2 / (self.residents[others] * self.workers[a])
            )
        b = int(others[np.lexsort((others, -np.round(tie, 12)))[0]])
        self.flow[b] += self.flow[a]
        self.flow[:, b] += self.flow[:, a]
        self.residents[b] += self.residents[a]
        self.workers[b] += self.workers[a]
        self.touching[b] |= self.touching[a]
        self.touching[:, b] |= self.touching[:, a]
        self.alive[a] = False
        self.group[self.group == a] = b


@front_door
def commuting_communities(
    flows: pd.DataFrame, outside: list[str] | None = None, *, resolution: float = 1.0, seed: int = 0
) -> WorkMap:
    r"""Return regions that hold as much commuting inside as they can: communities of greatest modularity.

    Parameters
    ----------
    flows : pandas.DataFrame
        ``residence_code``, ``workplace_code``, ``people``.
    outside : list of str, optional
        Places that are not grouped, such as those abroad.
    resolution : float, default 1
        Above 0; higher values give more and smaller regions.
    seed : int, default 0
        At least 0. The order in which places are visited.

    Returns
    -------
    WorkMap

    Raises
    ------
    InputError
        When a column is missing or a number is out of range.

    Notes
    -----
    The Louvain method (Blondel and others 2008), by networkx, on the number of people who travel between two places either way. Those who
    work where they live are no tie. People are whole numbers and the visiting order is Python's own generator, so the same seed gives
    the same map on every machine.

    Examples
    --------
    >>> flows = pd.DataFrame({"residence_code": ["A", "C", "A", "D"], "workplace_code": ["B", "D", "C", "D"], "people": [90, 80, 1, 50]})
    >>> commuting_communities(flows).regions.to_dict()
    {'A': 'B', 'B': 'B', 'C': 'D', 'D': 'D'}
    """
    if resolution <= 0.0:
        raise InputError(f"resolution: {resolution!r} is not valid; give a number above 0")
    if seed < 0:
        raise InputError(f"seed: {seed!r} is not valid; give 0 or more")
    matrix, labels, member = _places(flows, outside or [])
    inner = matrix[np.ix_(member, member)]
    both = inner + inner.T
    graph = nx.Graph()
    graph.add_nodes_from(range(len(both)))
    graph.add_weighted_edges_from(
        (int(i), int(j), float(both[i, j])) for i, j in np.argwhere(np.triu(both, 1) > 0.0)
    )
    found = nx.community.louvain_communities(graph, weight="weight", resolution=resolution, seed=seed)
    group = np.zeros(len(both), dtype=np.int64)
    for k, places in enumerate(sorted(found, key=min)):
        group[list(places)] = k
    return _made(matrix, labels, member, group, f"communities at resolution {resolution:g}")
