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
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import HealthdevoError, InputError
from healthdevo.evaluation.difference_in_differences import difference_in_differences_draws
from healthdevo.evaluation.factor_draws import generalised_synthetic_control_draws
from healthdevo.evaluation.generalised_synthetic_control import generalised_synthetic_control
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo_groups import checked_groups, contiguous_groups, random_groups
from healthdevo.evaluation.result import Effect, Inference, exact_fit, permutation_intervals
from healthdevo.evaluation.synthetic_control import synthetic_control
from healthdevo.evaluation.synthetic_control_weights import synthetic_control_draws
from healthdevo.evaluation.synthetic_did import synthetic_did
from healthdevo.evaluation.synthetic_did_draws import synthetic_did_draws
from healthdevo.front_door import front_door
from healthdevo.results import Estimate, check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number, ordinal

__all__ = ["Design", "DesignName", "PlaceboTest", "estimate_effect", "placebo_test"]

DesignName = Literal["did", "sc", "sdid", "gsc"]
Design = DesignName | Callable[[Panel], Effect]


def called(design: Callable[[Panel], Effect], panel: Panel) -> Effect:
    """Return what a caller's own design says of a panel, or say that it is no design.

    Examples
    --------
    >>> called(len, Panel(np.zeros((2, 2)), np.eye(2, dtype=bool), pd.RangeIndex(2), pd.RangeIndex(2)))
    Traceback (most recent call last):
    healthdevo.errors.InputError: design: the function fails on the panel (TypeError: object of type 'Panel' has no len())
    """
    try:
        effect = design(panel)
    except HealthdevoError:
        raise
    except Exception as error:
        raise InputError(
            f"design: the function fails on the panel ({type(error).__name__}: {error})"
        ) from error
    if not isinstance(effect, Effect):
        raise InputError(f"design: the function returns a {type(effect).__name__}; it must return an Effect")
    return effect


@front_door
def estimate_effect(panel: Panel, design: Design, *, rank: int | None = None) -> Effect:
    """Estimate the effect by a design given by its short name, without inference.

    Parameters
    ----------
    panel : Panel
        The panel.
    design : {"did", "sc", "sdid", "gsc"} or callable
        Difference of mean differences, synthetic control on outcomes, synthetic difference-in-differences (with
        ``solver="exact"`` where there are no covariates), generalised synthetic control, or a function from a panel to an effect.
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
        return called(design, panel)
    if design == "did":
        return synthetic_did(panel, variant="did", inference="none")
    if design == "sc":
        return synthetic_control(panel, inference="none")
    if (
        design == "sdid"
    ):  # by the solver that placebo groups are solved by, which joint covariates do not have
        steps = bool(panel.covariates.shape[2])
        return synthetic_did(panel, inference="none", solver="frank-wolfe" if steps else "exact")
    if design == "gsc":
        return generalised_synthetic_control(panel, rank=rank, inference="none", ranks=(0, 1, 2, 3, 4, 5))
    raise InputError(f"design: {design!r} is not did, sc, sdid, gsc or a function")


FEW_UNTREATED = (
    "Limits from placebo groups are too narrow where they share few untreated areas: with 27, 95% intervals held the truth in 92% of "
    "simulations."
)
"""Said with every such interval; a test holds the figures to the table of coverage."""
_MANY = 100


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
        return Inference(
            self.kind,
            self.standard_error,
            self.intervals,
            self.p_absolute,
            draws=self.effects,
            caution=self.caution,
        )

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        unit = f" {self.unit}" if self.unit and not self.unit.startswith("%") else self.unit
        return (
            f"The estimated effect of {number(self.estimate)}{unit} is the {ordinal(self.rank)} largest in size among "
            f"{len(self.effects) + 1:,} groups, the treated and {len(self.effects):,} {self.kind} "
            f"(p = {number(self.p_absolute, 2)}). {self.caution}"
        ).rstrip()


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
        path = called(design, fake).path
        if path is None or len(path) != panel.shape[1]:
            raise InputError("design: the function must return an effect whose path covers every period")
        paths.append(path.sort_values("relative")["effect"].to_numpy(dtype=float))
    return effect, np.array(paths)


@front_door
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
        chosen, kind = checked_groups(panel, groups, panel.n_treated), "given groups of untreated areas"
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
        caution=FEW_UNTREATED if panel.n_controls < _MANY else "",
    )
