"""Placebo inference for one treated region made of several areas.

Estimand: where the estimated effect stands among effects estimated for groups of untreated areas, as many as were
treated, drawn at random or as contiguous blocks like a real region. If treatment did nothing and treated areas are
exchangeable with the placebo groups, each rank is equally likely: the p-value is the share of groups, the treated among
them, with an effect (or a ratio of post- to pre-treatment root mean squared gap) at least as large.

Blocks keep the likeness of neighbours, which random groups break up: shocks shared by neighbours widen the placebo
distribution of blocks but not of random groups. Placebo groups overlap, so p-values describe a ranking; they are exact
only under random assignment of the region.

Further checks of one estimate: an earlier made-up start, leaving out one treated area or one control, leaving out the
neighbours of the treated (spillover).

Sources: Abadie, Diamond and Hainmueller (2010), Journal of the American Statistical Association 105; Abadie (2021),
Journal of Economic Literature 59.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.evaluation.difference_in_differences import difference_in_differences_draws
from healthdevo.evaluation.generalised_synthetic_control import (
    generalised_synthetic_control,
    generalised_synthetic_control_draws,
)
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import Effect, Inference, exact_fit, permutation_intervals
from healthdevo.evaluation.synthetic_control import synthetic_control, synthetic_control_draws
from healthdevo.evaluation.synthetic_did import synthetic_did, synthetic_did_draws
from healthdevo.results import Estimate, check_levels
from healthdevo.typing import BoolArray, FloatArray, IntArray
from healthdevo.wording import number, ordinal

__all__ = [
    "DesignName",
    "PlaceboTest",
    "contiguous_groups",
    "estimate_effect",
    "in_time",
    "leave_one_control_out",
    "leave_one_treated_out",
    "neighbours",
    "placebo_test",
    "random_groups",
    "without_neighbours",
]

DesignName = Literal["did", "sc", "sdid", "gsc"]
Design = DesignName | Callable[[Panel], Effect]


def _adjacency(adjacency: ArrayLike | pd.DataFrame, panel: Panel) -> BoolArray:
    n = panel.shape[0]
    if isinstance(adjacency, pd.DataFrame):
        for axis in (adjacency.index, adjacency.columns):
            absent = ~panel.areas.isin(axis)
            if absent.any():
                raise InputError(f"adjacency: nothing is said about {panel.areas[int(np.argmax(absent))]}")
        adjacency = adjacency.loc[panel.areas, panel.areas].to_numpy()
    matrix = np.asarray(adjacency)
    if matrix.shape != (n, n):
        raise InputError(f"adjacency: a matrix of {n} x {n} areas is needed, not {matrix.shape}")
    if not np.isin(matrix, (0, 1)).all() or (matrix != matrix.T).any():
        raise InputError("adjacency: only 0 and 1 are valid, and the matrix must be symmetric")
    result = matrix.astype(bool)
    result[np.diag_indices(n)] = False
    return result


def random_groups(
    panel: Panel,
    *,
    size: int | None = None,
    draws: int = 1000,
    exclude: Sequence[Hashable] = (),
    seed: int | np.random.Generator = 0,
) -> IntArray:
    """Draw groups of never-treated areas at random.

    Parameters
    ----------
    panel : Panel
        The panel.
    size : int, optional
        Areas in a group; default as many as are treated.
    draws : int
        Number of groups.
    exclude : sequence of labels
        Areas that must not be drawn (neighbours of the treated, say).
    seed : int or numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of int, shape (draws, size)
        Positions in ``panel.areas``.

    Examples
    --------
    >>> y = np.zeros((6, 2))
    >>> panel = Panel(y, np.outer(np.arange(6) == 0, [False, True]), pd.RangeIndex(6), pd.RangeIndex(2))
    >>> random_groups(panel, size=2, draws=3).shape
    (3, 2)
    """
    size = panel.n_treated if size is None else size
    pool = np.flatnonzero(~panel.treated & ~panel.areas.isin(list(exclude)))
    if size < 1 or size >= len(pool):
        raise InputError(f"size: {size} areas cannot be drawn from {len(pool)} and leave a control")
    if draws < 1:
        raise InputError(f"draws: {draws} is not valid; at least one is needed")
    rng = np.random.default_rng(seed)
    order = np.argsort(rng.random((draws, len(pool))), axis=1)[:, :size]
    return np.asarray(np.sort(pool[order], axis=1), dtype=np.int64)


def contiguous_groups(
    panel: Panel,
    adjacency: ArrayLike | pd.DataFrame,
    *,
    size: int | None = None,
    draws: int = 1000,
    exclude: Sequence[Hashable] = (),
    seed: int | np.random.Generator = 0,
) -> IntArray:
    """Draw contiguous blocks of never-treated areas.

    A block starts from an area drawn at random and grows by an area drawn from those that touch it, with chances in
    proportion to the number of shared borders, so that blocks are compact as regions are. Starts from which no block of
    the size can grow are drawn again.

    Parameters
    ----------
    panel : Panel
        The panel.
    adjacency : pandas.DataFrame or array_like of shape (areas, areas)
        1 (or True) where two areas share a border: a frame with their labels, or a matrix in the order of ``panel.areas``.
    size, draws, exclude, seed
        As for ``random_groups``.

    Returns
    -------
    ndarray of int, shape (draws, size)
        Positions in ``panel.areas``.

    Raises
    ------
    InputError
        When no connected set of never-treated areas is large enough.

    Examples
    --------
    >>> line = np.eye(6, k=1) + np.eye(6, k=-1)
    >>> panel = Panel(
    ...     np.zeros((6, 2)), np.outer(np.arange(6) == 0, [False, True]), pd.RangeIndex(6), pd.RangeIndex(2))
    >>> blocks = contiguous_groups(panel, line, size=3, draws=5)
    >>> np.diff(blocks, axis=1).tolist()
    [[1, 1], [1, 1], [1, 1], [1, 1], [1, 1]]
    """
    size = panel.n_treated if size is None else size
    n = panel.shape[0]
    touch = _adjacency(adjacency, panel)
    allowed = ~panel.treated & ~np.asarray(panel.areas.isin(list(exclude)))
    touch = touch & allowed[:, None] & allowed[None, :]
    if draws < 1:
        raise InputError(f"draws: {draws} is not valid; at least one is needed")
    if size < 1 or size >= allowed.sum():
        raise InputError(f"size: {size} areas cannot be drawn from {int(allowed.sum())} and leave a control")
    component = np.arange(n)
    for i in range(n):  # join what touches
        for j in np.flatnonzero(touch[i, :i]):
            component[component == component[j]] = component[i]
    counts = np.bincount(component[allowed], minlength=n)
    starts = np.flatnonzero(allowed & (counts[component] >= size))
    if not len(starts):
        raise InputError(
            f"adjacency: no {size} never-treated areas are connected; the largest block has {int(counts.max())}"
        )
    rng = np.random.default_rng(seed)
    groups = np.empty((draws, size), dtype=np.int64)
    borders = touch.astype(float)
    for d in range(draws):
        member = np.zeros(n, dtype=bool)
        first = int(rng.choice(starts))
        member[first] = True
        shared = borders[first].copy()
        uniform = rng.random(size - 1)
        for u in uniform:
            chance = np.cumsum(np.where(member, 0.0, shared))
            new = int(np.searchsorted(chance, u * chance[-1], side="right"))
            member[new] = True
            shared += borders[new]
        groups[d] = np.flatnonzero(member)
    return groups


def neighbours(panel: Panel, adjacency: ArrayLike | pd.DataFrame, *, order: int = 1) -> tuple[Hashable, ...]:
    """Return the untreated areas within ``order`` borders of a treated one.

    Examples
    --------
    >>> line = np.eye(4, k=1) + np.eye(4, k=-1)
    >>> panel = Panel(
    ...     np.zeros((4, 2)), np.outer(np.arange(4) == 0, [False, True]), pd.Index(list("ABCD")), pd.RangeIndex(2))
    >>> neighbours(panel, line), neighbours(panel, line, order=2)
    (('B',), ('B', 'C'))
    """
    touch = _adjacency(adjacency, panel)
    reached = panel.treated.copy()
    for _ in range(order):
        reached = reached | touch[reached].any(axis=0)
    return tuple(panel.areas[reached & ~panel.treated])


def without_neighbours(panel: Panel, adjacency: ArrayLike | pd.DataFrame, *, order: int = 1) -> Panel:
    """Return the panel without the untreated neighbours of the treated areas, where an effect may have spilled over.

    Raises
    ------
    InputError
        When no control would be left.

    Examples
    --------
    >>> line = np.eye(4, k=1) + np.eye(4, k=-1)
    >>> panel = Panel(
    ...     np.zeros((4, 2)), np.outer(np.arange(4) == 0, [False, True]), pd.Index(list("ABCD")), pd.RangeIndex(2))
    >>> list(without_neighbours(panel, line).areas)
    ['A', 'C', 'D']
    """
    gone = neighbours(panel, adjacency, order=order)
    if len(gone) == (~panel.treated).sum():
        raise InputError(
            f"order: every control lies within {order} border(s) of a treated area; none would be left"
        )
    return panel.drop(gone) if gone else panel


def estimate_effect(panel: Panel, design: Design, *, rank: int | None = None) -> Effect:
    """Estimate the effect by a design given by its short name, without inference.

    Parameters
    ----------
    panel : Panel
        The panel.
    design : {"did", "sc", "sdid", "gsc"} or callable
        Difference of mean differences, synthetic control on outcomes, synthetic difference-in-differences, generalised
        synthetic control, or a function from a panel to an effect.
    rank : int, optional
        Of the generalised synthetic control; chosen by leave-one-out prediction when not given.

    Returns
    -------
    Effect

    Examples
    --------
    >>> y = np.array([[0.0, 0.0, 2.0], [1.0, 1.0, 1.0], [3.0, 3.0, 3.0]])
    >>> panel = Panel(y, np.outer(np.arange(3) == 0, np.arange(3) >= 2), pd.RangeIndex(3), pd.RangeIndex(3))
    >>> estimate_effect(panel, "did").estimate
    2.0
    """
    if callable(design):
        return design(panel)
    if design == "did":
        return synthetic_did(panel, variant="did", inference="none")
    if design == "sc":
        return synthetic_control(panel, inference="none")
    if design == "sdid":
        return synthetic_did(panel, inference="none")
    if design == "gsc":
        return generalised_synthetic_control(panel, rank=rank, inference="none", ranks=(0, 1, 2, 3, 4, 5))
    raise InputError(f"design: {design!r} is not did, sc, sdid, gsc or a function")


@dataclass(frozen=True)
class PlaceboTest(Estimate):
    """The effect among the effects of placebo groups.

    Besides the fields of ``Estimate`` (``standard_error`` is the standard deviation of placebo effects, intervals are those
    a permutation test does not reject):

    Parameters
    ----------
    p_absolute, p_one_sided, p_ratio : float
        Share of groups, the treated included, with an absolute effect, an effect in the same direction, or an RMSPE
        ratio at least as large.
    rank, rank_ratio : int
        Place of the treated among all groups by absolute effect and by ratio; 1 is the largest.
    effects, ratios : ndarray of shape (draws,)
        Of the placebo groups.
    groups : ndarray of int, shape (draws, size)
        Positions of their areas in the panel.
    ratio : float
        RMSPE ratio of the treated.
    kind : str
        How groups were drawn.
    """

    p_absolute: float = float("nan")
    p_one_sided: float = float("nan")
    p_ratio: float = float("nan")
    rank: int = 0
    rank_ratio: int = 0
    effects: FloatArray = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)
    ratios: FloatArray = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)
    groups: IntArray = field(
        default_factory=lambda: np.zeros((0, 0), dtype=np.int64), repr=False, compare=False
    )
    ratio: float = float("nan")
    kind: str = ""

    def as_inference(self) -> Inference:
        """Return the test in the form that ``Effect.with_inference`` takes; its method is how groups were drawn."""
        return Inference(self.kind, self.standard_error, self.intervals, self.p_absolute, draws=self.effects)

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        unit = f" {self.unit}" if self.unit and not self.unit.startswith("%") else self.unit
        return (
            f"The estimated effect of {number(self.estimate)}{unit} is the {ordinal(self.rank)} largest in size among "
            f"{len(self.effects) + 1:,} groups, the treated and {len(self.effects):,} {self.kind} "
            f"(p = {number(self.p_absolute, 2)})."
        )


def _named_draws(
    panel: Panel, design: Design, groups: IntArray, rank: int | None
) -> tuple[Effect, FloatArray]:
    effect = estimate_effect(panel, design, rank=rank)
    if design == "did":
        return effect, difference_in_differences_draws(panel, groups)
    if design == "sc":
        return effect, synthetic_control_draws(panel, groups)
    if design == "sdid":
        return effect, synthetic_did_draws(panel, groups)
    if design == "gsc":
        chosen = int(effect.diagnostics["rank"])
        return effect, generalised_synthetic_control_draws(panel, groups, rank=chosen)
    assert callable(design)
    start = panel.periods[int(panel.cohorts[0])]
    paths = []
    for members in groups:
        fake = panel.drop(panel.areas[panel.treated]).with_treatment(
            dict.fromkeys(panel.areas[members], start)
        )
        path = design(fake).path
        if path is None or len(path) != panel.shape[1]:
            raise InputError("design: the function must return an effect whose path covers every period")
        paths.append(path.sort_values("relative")["effect"].to_numpy(dtype=float))
    return effect, np.array(paths)


def placebo_test(
    panel: Panel,
    design: Design = "sdid",
    *,
    groups: IntArray | None = None,
    adjacency: ArrayLike | pd.DataFrame | None = None,
    draws: int = 1000,
    exclude: Sequence[Hashable] = (),
    rank: int | None = None,
    levels: float | Sequence[float] = 0.95,
    seed: int | np.random.Generator = 0,
) -> PlaceboTest:
    """Compare the effect with those of placebo groups of never-treated areas.

    The treated are left out when a placebo group is compared with the other never-treated areas. The rank of the
    generalised synthetic control is the one chosen for the treated.

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start; without covariates for the named designs.
    design : {"did", "sc", "sdid", "gsc"} or callable
        As for ``estimate_effect``; a function is called once for each group, named designs run all groups together.
    groups : ndarray of int, shape (draws, size), optional
        Groups to use. Otherwise they are drawn: contiguous blocks when ``adjacency`` is given, else at random.
    adjacency, draws, exclude, seed
        As for ``contiguous_groups`` and ``random_groups``.
    rank : int, optional
        Of the generalised synthetic control.
    levels : float or sequence of float
        Levels of the permutation intervals.

    Returns
    -------
    PlaceboTest

    Raises
    ------
    InputError
        When the panel is not what the design needs.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.normal(size=(40, 8))
    >>> d = np.outer(np.arange(40) < 3, np.arange(8) >= 5)
    >>> test = placebo_test(Panel(y + 3.0 * d, d, pd.RangeIndex(40), pd.RangeIndex(8)), "did", draws=99)
    >>> test.rank, round(test.p_absolute, 2)
    (1, 0.01)
    """
    wanted = check_levels(levels)
    panel.require("placebo groups", balanced=True, simultaneous=True, pre_periods=1)
    if groups is not None:
        chosen, kind = np.asarray(groups, dtype=np.int64), "given groups of untreated areas"
        if chosen.ndim != 2 or not len(chosen) or panel.treated[chosen].any():
            raise InputError("groups: expected draws x size positions of never-treated areas")
    elif adjacency is not None:
        chosen = contiguous_groups(panel, adjacency, draws=draws, exclude=exclude, seed=seed)
        kind = "contiguous blocks of untreated areas"
    else:
        chosen = random_groups(panel, draws=draws, exclude=exclude, seed=seed)
        kind = "random groups of untreated areas"
    effect, gaps = _named_draws(panel, design, chosen, rank)
    first = int(panel.cohorts[0])
    effects = gaps[:, first:].mean(axis=1)
    before = np.sqrt((gaps[:, :first] ** 2).mean(axis=1))
    after = np.sqrt((gaps[:, first:] ** 2).mean(axis=1))
    least = exact_fit(panel.outcome)
    ratios = after / np.maximum(before, least)
    mine = effect.estimate
    ratio = effect.post_rmspe / max(effect.pre_rmspe, least)
    total = len(effects) + 1
    sign = float(np.sign(mine)) or 1.0
    larger = int((np.abs(effects) >= abs(mine)).sum())
    larger_ratio = int((ratios >= ratio).sum())
    return PlaceboTest(
        measure=effect.measure,
        estimate=mine,
        standard_error=float(np.std(effects)),
        intervals=permutation_intervals(mine, effects, wanted),
        n=total,
        method=f"{effect.design or effect.method} against {kind}",
        unit=panel.unit,
        p_absolute=(1 + larger) / total,
        p_one_sided=(1 + int((sign * effects >= sign * mine).sum())) / total,
        p_ratio=(1 + larger_ratio) / total,
        rank=1 + larger,
        rank_ratio=1 + larger_ratio,
        effects=effects,
        ratios=ratios,
        groups=chosen,
        ratio=ratio,
        kind=kind,
    )


def _row(effect: Effect, **labels: Any) -> dict[str, Any]:
    return labels | {
        "effect": effect.estimate,
        "standard_error": effect.standard_error,
        "pre_rmspe": effect.pre_rmspe,
        "design": effect.design,
    }


def in_time(
    panel: Panel,
    design: Design = "sdid",
    *,
    starts: Sequence[Hashable] | None = None,
    rank: int | None = None,
) -> pd.DataFrame:
    """Estimate effects of made-up earlier starts, from the periods before the real one only.

    Parameters
    ----------
    panel : Panel
        With one common start.
    design, rank
        As for ``estimate_effect``.
    starts : sequence of labels, optional
        Made-up first treated periods; default all that leave three periods before them.

    Returns
    -------
    pandas.DataFrame
        ``start``, ``periods`` (made-up treated ones), ``effect``, ``standard_error``, ``pre_rmspe``, ``design``: effects far
        from zero speak against the design.

    Raises
    ------
    InputError
        When a start is not before the real one, or none is possible.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=(20, 9))
    >>> panel = Panel(y, np.outer(np.arange(20) < 3, np.arange(9) >= 6), pd.RangeIndex(20), pd.RangeIndex(9))
    >>> in_time(panel, "did")["start"].tolist()
    [3, 4, 5]
    """
    panel.require("in-time placebo", simultaneous=True, pre_periods=3)
    first = int(panel.cohorts[0])
    early = panel.select(periods=np.asarray(np.arange(panel.shape[1]) < first, dtype=np.bool_))
    if starts is None:
        starts = list(early.periods[3:])
    if not len(starts):
        raise InputError(
            "starts: a made-up start needs at least three periods before it; the panel has too few"
        )
    rows = []
    for start in starts:
        if start not in early.periods or int((early.periods < start).sum()) < 2:
            raise InputError(
                f"starts: {start!r} does not leave two periods before it and lie before the real start"
            )
        fake = early.with_treatment(dict.fromkeys(panel.areas[panel.treated], start))
        rows.append(
            _row(
                estimate_effect(fake, design, rank=rank),
                start=start,
                periods=int((early.periods >= start).sum()),
            )
        )
    return pd.DataFrame(rows)


def leave_one_treated_out(panel: Panel, design: Design = "sdid", *, rank: int | None = None) -> pd.DataFrame:
    """Estimate the effect without each treated area in turn.

    Returns
    -------
    pandas.DataFrame
        ``left_out``, ``effect``, ``standard_error``, ``pre_rmspe``, ``design``; the first row leaves out none.

    Raises
    ------
    InputError
        With fewer than two treated areas.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=(20, 9))
    >>> panel = Panel(y, np.outer(np.arange(20) < 3, np.arange(9) >= 6), pd.RangeIndex(20), pd.RangeIndex(9))
    >>> leave_one_treated_out(panel, "did")["left_out"].tolist()
    ['', '0', '1', '2']
    """
    if panel.n_treated < 2:
        raise InputError("leave one treated out: at least two treated areas are needed")
    rows = [_row(estimate_effect(panel, design, rank=rank), left_out="")]
    for area in panel.areas[panel.treated]:
        rows.append(_row(estimate_effect(panel.drop([area]), design, rank=rank), left_out=str(area)))
    return pd.DataFrame(rows)


def leave_one_control_out(
    panel: Panel, design: Design = "sdid", *, rank: int | None = None, only_weighted: bool = True
) -> pd.DataFrame:
    """Estimate the effect without each control in turn.

    Parameters
    ----------
    panel : Panel
        The panel.
    design, rank
        As for ``estimate_effect``.
    only_weighted : bool
        Where the design has weights, leave out only controls that have one; without the others the result is the same
        for an exact synthetic control and near it for the other designs.

    Returns
    -------
    pandas.DataFrame
        ``left_out``, ``weight``, ``effect``, ``standard_error``, ``pre_rmspe``, ``design``; the first row leaves out none.

    Raises
    ------
    InputError
        With fewer than two controls.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=(5, 9))
    >>> panel = Panel(y, np.outer(np.arange(5) < 1, np.arange(9) >= 6), pd.RangeIndex(5), pd.RangeIndex(9))
    >>> len(leave_one_control_out(panel, "did"))
    5
    """
    if (~panel.treated).sum() < 2:
        raise InputError("leave one control out: at least two controls are needed")
    full = estimate_effect(panel, design, rank=rank)
    weights: dict[str, float] = {}
    if full.weights is not None:
        mean = full.weights.groupby(full.weights["area"].astype(str))["weight"].mean()
        weights = {str(area): float(weight) for area, weight in mean.items()}
    rows = [_row(full, left_out="", weight=float("nan"))]
    for area in panel.areas[~panel.treated]:
        weight = weights.get(str(area), float("nan"))
        if only_weighted and weights and abs(weight) <= 1e-8:
            continue
        rows.append(
            _row(estimate_effect(panel.drop([area]), design, rank=rank), left_out=str(area), weight=weight)
        )
    return pd.DataFrame(rows)
