"""A test of earlier trends that keeps its size with few treated areas: placebo groups instead of clustered errors.

Estimand: where the earlier divergence of the treated from the untreated stands among the same divergence of untreated groups. The
Wald test of an event study takes clustered errors as known. With few treated areas these are far too small, and jointly over
several leads the more so: the test then finds earlier trends that are none. A rank among untreated groups of the same size needs
no error at all. If treatment was as good as placed at random among such groups, every rank is equally likely, whatever the
correlation over time and between neighbours and however much areas differ in noise.

Before treatment all areas are untreated, so groups may hold some of those treated later, and each is compared with all other areas.
They should be drawn so. Groups kept apart from the treated leave out those most like them where neighbours share shocks, and the
treated then seem too unusual.

Statistics, of the gap between a group and all other areas before treatment:

* ``slope``: of the least-squares line through the gap, a period; of the three it finds steady trends most often, and it has a sign
  and an interval;
* ``largest``: the largest absolute lead (gap less that of the last period before treatment), each in units of its root mean
  square over all groups, the treated among them;
* ``wald``: that of ``event_study`` itself, with errors clustered by area, up to a factor that is the same for all groups.

Source: Abadie, Diamond and Hainmueller (2010), Journal of the American Statistical Association 105, for placebo ranks; Roth (2022),
American Economic Review: Insights 4, for what a test that finds nothing does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo import PlaceboTest
from healthdevo.evaluation.placebo_groups import checked_groups
from healthdevo.evaluation.result import permutation_intervals
from healthdevo.front_door import front_door
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number, ordinal

__all__ = ["PretrendPlaceboTest", "pretrend_placebo_test"]

Statistic = Literal["slope", "largest", "wald"]
NAMES = {
    "slope": "slope of the gap before treatment",
    "largest": "largest standardised lead",
    "wald": "Wald statistic of the leads",
}
KIND = "given groups of areas"


@dataclass(frozen=True)
class PretrendPlaceboTest(PlaceboTest):
    """The earlier divergence of the treated among that of placebo groups.

    Besides the fields of ``PlaceboTest`` (``estimate`` is the slope a period, otherwise the statistic, which has no
    sign and so no interval and no one-sided p-value; ratios are not defined here):

    Parameters
    ----------
    statistic : str
        ``"slope"``, ``"largest"`` or ``"wald"``.
    leads : pandas.DataFrame or None
        One row for each period before treatment but the last: ``period``, ``relative``, ``effect`` (gap less that of the last),
        ``standard_deviation`` of the same over placebo groups and ``p_value`` by rank, of that lead alone.
    """

    statistic: str = ""
    leads: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return (
            f"The earlier divergence is the {ordinal(self.rank)} largest among {len(self.effects) + 1:,} groups, the treated and "
            f"{len(self.effects):,} {self.kind} (p = {number(self.p_absolute, 2)}); "
            "a test that finds nothing does not show that trends were parallel."
        )


def _wald(panel: Panel, member: FloatArray, leads: FloatArray, spread: FloatArray) -> FloatArray:
    """Wald statistics of the leads of the treated and of groups, areas being the clusters."""
    n, (count, q) = panel.shape[0], leads.shape
    y, w = panel.outcome, panel.weights
    own = (y[:, :q] - y[:, q : q + 1]) / spread
    rest = 1.0 - member
    own = own - own.mean(axis=0)  # sums of squares about a mean keep more digits near it
    covariance = np.zeros((count, q, q))
    for side in (member, rest):
        mass = side @ w
        mean = side @ (w[:, None] * own) / mass[:, None]
        first = side @ (w[:, None] ** 2 * own)
        second = side @ (w[:, None, None] ** 2 * own[:, :, None] * own[:, None, :]).reshape(n, q * q)
        cross = mean[:, :, None] * first[:, None, :]
        squares = (side @ w**2)[:, None, None] * mean[:, :, None] * mean[:, None, :]
        covariance += (second.reshape(count, q, q) - cross - cross.transpose(0, 2, 1) + squares) / (mass**2)[
            :, None, None
        ]
    if np.linalg.eigvalsh(covariance)[:, 0].min() < 1e-12 * float(np.einsum("cii->c", covariance).max()):
        raise InputError(
            "groups: leads of the areas of one are tied to each other; use the statistic 'slope'"
        )
    unit = leads / spread
    return np.asarray(
        (unit * np.linalg.solve(covariance, unit[:, :, None])[:, :, 0]).sum(axis=1), dtype=float
    )


@front_door
def pretrend_placebo_test(
    panel: Panel,
    groups: IntArray,
    *,
    statistic: Statistic = "slope",
    levels: float | Sequence[float] = 0.95,
) -> PretrendPlaceboTest:
    """Compare how the treated diverged before treatment with how other groups of areas did.

    The statistics and what they assume are those of this module's introduction.

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start and two periods or more before it, without covariates. Means are weighted by its weights.
    groups : ndarray of int, shape (draws, size)
        Groups of areas, as many as are treated in each: ``contiguous_groups`` where the treated are neighbours, so that shocks that
        neighbours share count, else ``random_groups``. Draw them from all areas, as from ``panel.with_treatment({})`` with ``size``.
    statistic : {"slope", "largest", "wald"}
        What is compared.
    levels : float or sequence of float
        Levels of the permutation intervals of the slope.

    Returns
    -------
    PretrendPlaceboTest

    Raises
    ------
    InputError
        When the panel is not what the test needs, or leads cannot be told apart among the groups.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.normal(size=(60, 8))
    >>> d = np.outer(np.arange(60) < 3, np.arange(8) >= 5)
    >>> y[:3] += 2.0 * np.arange(8)
    >>> from healthdevo.evaluation.placebo_groups import random_groups
    >>> panel = Panel(y, d, pd.RangeIndex(60), pd.RangeIndex(8))
    >>> pretrend_placebo_test(panel, random_groups(panel, draws=99)).p_absolute
    0.01
    """
    wanted = check_levels(levels)
    if statistic not in NAMES:
        raise InputError(f"statistic: {statistic!r} is not one of {', '.join(NAMES)}")
    panel.require("pre-trend placebo test", balanced=True, simultaneous=True, pre_periods=2, covariates=False)
    chosen = checked_groups(panel.with_treatment({}), groups, panel.n_treated)
    first = int(panel.cohorts[0])
    member = np.zeros((1 + len(chosen), panel.shape[0]))
    member[0, panel.treated] = 1.0
    member[np.arange(1, len(member))[:, None], chosen] = 1.0
    inside, outside = member * panel.weights, (1.0 - member) * panel.weights
    y = panel.outcome[:, :first] - panel.outcome[:, :first].mean(
        axis=0
    )  # gaps are the same, and keep more digits
    gaps = inside @ y / inside.sum(axis=1, keepdims=True) - outside @ y / outside.sum(axis=1, keepdims=True)
    leads = gaps[:, :-1] - gaps[:, -1:]
    spread = np.sqrt((leads**2).mean(axis=0))  # about zero, which no trend is; the treated among them
    if statistic == "slope":
        time = np.arange(first) - (first - 1) / 2
        values = gaps @ time / float(time @ time)
    elif (spread <= 1e-9 * max(float(np.abs(panel.outcome).max()), 1e-300)).any():
        raise InputError(
            "groups: a lead is the same in all of them; give groups that differ before treatment"
        )
    elif statistic == "largest":
        values = np.abs(leads / spread).max(axis=1)
    else:
        values = _wald(panel, member, leads, spread)
    mine, others = float(values[0]), values[1:]
    total, larger = len(values), int((np.abs(others) >= abs(mine)).sum())
    signed, sign = statistic == "slope", float(np.sign(mine)) or 1.0
    table = pd.DataFrame(
        {
            "period": panel.periods[: first - 1],
            "relative": np.arange(first - 1) - first,
            "effect": leads[0],
            "standard_deviation": leads[1:].std(axis=0),
            "p_value": (1 + (np.abs(leads[1:]) >= np.abs(leads[0])).sum(axis=0)) / total,
        }
    )
    return PretrendPlaceboTest(
        measure=NAMES[statistic],
        estimate=mine,
        standard_error=float(np.std(others)) if signed else float("nan"),
        intervals=permutation_intervals(mine, others, wanted) if signed else (),
        n=total,
        method=f"{NAMES[statistic]} against {KIND}",
        unit=f"{panel.unit} a period" if signed and panel.unit else "",
        reason="" if signed else "a statistic without sign has no interval",
        p_absolute=(1 + larger) / total,
        p_one_sided=(1 + int((sign * others >= sign * mine).sum())) / total if signed else float("nan"),
        rank=1 + larger,
        effects=others,
        ratios=np.full(len(others), np.nan),
        groups=chosen,
        kind=KIND,
        statistic=statistic,
        leads=table,
    )
