"""Differences in differences given where the treated came from: what their earlier trend would have become is learned.

Estimand: the change of the treated region beyond the change that untreated groups with the same earlier trend, level or
circumstances went on to show. Parallel trends take it that an earlier difference in trend ends when treatment begins; less own
trends, that it goes on in full. Which of the two is nearer, untreated groups of the same size tell.

With ``y`` the change of a group (mean after less mean before treatment began) less that of the other untreated areas, and ``x``
what is given, less the same of the others, untreated groups fit ``y_g = x_g' b + e_g`` by least squares, and the effect is
``y - x' b`` of the treated. There is no constant: a group that is like the others is expected to change as they do, so that with
nothing given the effect is the plain difference in differences.

The coefficients for an untreated group, as it stands in for the treated, come from groups that share no area with it, compared
with areas that are in neither: so treated and untreated are treated alike, and ranks are as in ``placebo_test``.

Coefficients are learned across groups and not across single areas. The earlier trend of one area is mostly noise, and a change that
regresses to the mean is mixed with it; in a group of ten most of that noise is gone. Coefficients of areas are those of areas, and
carried over to groups they explain too little.

Sources: Abadie (2005), Review of Economic Studies 72, for differences in differences given covariates; Daw and Hatfield (2018),
Health Services Research 53, for regression to the mean in matched differences; Abadie (2021), Journal of Economic Literature 59,
for placebo groups.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo import PlaceboTest
from healthdevo.evaluation.placebo_groups import checked_groups
from healthdevo.evaluation.result import permutation_intervals
from healthdevo.front_door import front_door
from healthdevo.mathematics.columns import column_numbers
from healthdevo.mathematics.matrices import too_large
from healthdevo.mathematics.vectors import shown
from healthdevo.results import check_levels
from healthdevo.typing import BoolArray, FloatArray, IntArray
from healthdevo.wording import join, number, ordinal

__all__ = ["ConditionalPlaceboTest", "conditional_placebo_test"]

Given = Literal["trend", "level"]
WORDS = {"trend": "earlier trend", "level": "earlier level"}
KIND = "given groups of untreated areas"
CHUNK = 4_000_000


@dataclass(frozen=True)
class ConditionalPlaceboTest(PlaceboTest):
    """The change of the treated beyond what was to be expected, among the same of placebo groups.

    Besides the fields of ``PlaceboTest`` (of which ratios of root mean squared gaps are not defined here):

    Parameters
    ----------
    coefficients : pandas.DataFrame or None
        One row for each ``term`` given: ``estimate`` (learned from all groups), ``standard_error`` (areas as the independent
        units; by up to two fifths too large where neighbours have nothing in common), ``treated`` (how far the treated lie from the others in it) and ``contribution`` (to the expected change).
    actual, expected : float
        Change of the treated less that of the other areas, and the part of it that was to be expected.
    """

    coefficients: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    actual: float = float("nan")
    expected: float = float("nan")

    @property
    def persistence(self) -> float:
        """Share of an earlier difference in trend that goes on: 1 all, 0 none; NaN where the trend is not given."""
        if self.coefficients is None:
            return float("nan")
        rows = self.coefficients.set_index("term")["estimate"]
        return float(rows["trend"]) if "trend" in rows.index else float("nan")

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        unit = f" {self.unit}" if self.unit and not self.unit.startswith("%") else self.unit
        names = [] if self.coefficients is None else [WORDS.get(t, t) for t in self.coefficients["term"]]
        lead = f"Given {join(names)}, the" if names else "The"
        return (
            f"{lead} estimated effect of {number(self.estimate)}{unit} is the {ordinal(self.rank)} largest in size among "
            f"{len(self.effects) + 1:,} groups, the treated and {len(self.effects):,} {self.kind} "
            f"(p = {number(self.p_absolute, 2)})."
        )


def _covariates(
    panel: Panel, covariates: Mapping[str, Mapping[Hashable, float] | pd.Series] | pd.DataFrame | None
) -> dict[str, FloatArray]:
    """Return one number for each area of the panel and each covariate, by name."""
    result: dict[str, FloatArray] = {}
    if covariates is None:
        return result
    if isinstance(covariates, pd.DataFrame):
        need_columns(covariates, list(covariates.columns), "covariates")
        columns = {str(name): covariates[name] for name in covariates.columns}
    else:
        columns = {
            name: values if isinstance(values, pd.Series) else pd.Series(dict(values), dtype=object)
            for name, values in covariates.items()
        }
    for name, column in columns.items():
        if not column.index.is_unique:
            twice = column.index[column.index.duplicated()][0]
            raise InputError(f"covariates: {name!r} has {shown(twice)} twice; give one number for each area")
        place = column.index.get_indexer(panel.areas)
        if (place < 0).any():
            area = panel.areas[int(np.argmax(place < 0))]
            raise InputError(f"covariates: {name!r} has no value for {shown(area)}; give one for each area")
        found, wrong = column_numbers(column.iloc[place])
        bad = wrong | ~np.isfinite(found) | too_large(found)
        if bad.any():
            i = int(np.argmax(bad))
            raise InputError(
                f"covariates: {name!r} of {shown(panel.areas[i])} is {column.iloc[place[i]]!r}; give a finite number"
            )
        result[name] = found
    return result


def _terms(
    panel: Panel, given: Sequence[Given], covariates: dict[str, FloatArray]
) -> tuple[list[str], FloatArray, FloatArray]:
    """Return names of what is given, by area its values behind the change in the outcome, and the largest number behind each."""
    y, first = panel.outcome, int(panel.cohorts[0])
    before, after = y[:, :first].mean(axis=1), y[:, first:].mean(axis=1)
    names: list[str] = []
    columns, largest = [after - before], [float(np.abs(y).max())]
    for term in given:
        if term in names:
            raise InputError(f"given: {term!r} is there more than once; give each term once")
        if term == "trend":
            time = np.arange(first) - (first - 1) / 2
            slope = y[:, :first] @ time / float(time @ time)
            columns.append(slope * panel.shape[1] / 2)  # half the periods lie between the midpoints
        elif term == "level":
            columns.append(before)
        else:
            raise InputError(f"given: {term!r} is not 'trend' or 'level'")
        names.append(term)
        largest.append(largest[0])
    for name, values in covariates.items():
        if name in names:
            raise InputError(f"covariates: {name!r} is also in given; give the covariate another name")
        names.append(name)
        columns.append(values)
        largest.append(float(np.abs(values).max()))
    return names, np.column_stack(columns), np.array(largest)


def _fit(gram: FloatArray, names: Sequence[str]) -> FloatArray:
    """Solve normal equations, the change first in each of the matrices (..., 1 + k, 1 + k)."""
    square, right = gram[..., 1:, 1:], gram[..., 1:, 0]
    scale = np.sqrt(np.einsum("...ii->...i", square))
    unit = np.where(scale > 0.0, scale, 1.0)
    even = square / unit[..., :, None] / unit[..., None, :]
    values, vectors = np.linalg.eigh(even)
    if (values[..., 0] < 1e-8).any():
        raise InputError(
            f"given: {join(list(names))} cannot be told apart among the groups (one is the same in all, or follows from the "
            "others); give fewer"
        )
    turned = np.einsum("...ji,...j->...i", vectors, right / unit) / values
    return np.asarray(np.einsum("...ij,...j->...i", vectors, turned) / unit, dtype=float)


@dataclass(frozen=True)
class _Groups:
    """Sums of groups and of all never-treated areas, of which gaps to the areas in neither of two groups are made."""

    member: BoolArray  # (draws, areas)
    total: FloatArray  # (1 + k,)
    mass: float
    sums: FloatArray  # (draws, 1 + k)
    masses: FloatArray  # (draws,)

    @property
    def means(self) -> FloatArray:
        """Means of groups."""
        return self.sums / self.masses[:, None]

    @property
    def gaps(self) -> FloatArray:
        """Gaps to all other never-treated areas."""
        rest = (self.total - self.sums) / (self.mass - self.masses)[:, None]
        return np.asarray(self.means - rest, dtype=float)

    def learned(self, names: Sequence[str]) -> FloatArray:
        """Coefficients for each group, from those that share no area with it, compared with areas in neither."""
        draws, k = len(self.sums), len(names)
        apart = self.member.astype(float) @ self.member.T.astype(float) == 0
        few = apart.sum(axis=1) < k + 2
        if few.any():
            i = int(np.argmax(few))
            raise InputError(
                f"groups: only {int(apart[i].sum())} share no area with group {i}; at least {k + 2} are needed to learn from"
            )
        if not k:
            return np.zeros((draws, 0))
        gram = np.empty((draws, k + 1, k + 1))
        step = max(1, CHUNK // (draws * (k + 1)))
        for start in range(0, draws, step):
            part = slice(start, start + step)
            left = self.mass - self.masses[part, None] - self.masses
            rest = self.total - self.sums[part, None, :] - self.sums
            gap = (self.means - rest / np.where(apart[part], left, 1.0)[:, :, None]) * apart[part, :, None]
            gram[part] = gap.transpose(0, 2, 1) @ gap
        return _fit(gram, names)


def _standard_errors(
    groups: _Groups, values: FloatArray, weights: FloatArray, coefficients: FloatArray
) -> FloatArray:
    """Infinitesimal jackknife: how coefficients answer to a little more weight on each area, areas being independent."""
    gaps, k = groups.gaps, len(coefficients)
    if not k:
        return np.zeros(0)
    rest = groups.means - gaps
    inside = groups.member * weights / groups.masses[:, None]
    outside = ~groups.member * weights / (groups.mass - groups.masses)[:, None]
    x, error = gaps[:, 1:], gaps[:, 0] - gaps[:, 1:] @ coefficients
    residual = np.concatenate([[1.0], -coefficients])  # of values, so that it is the error of gaps
    scores = np.zeros((len(weights), k))
    for share, centre, sign in ((inside, groups.means, 1.0), (outside, rest, -1.0)):
        # sum over groups of error * change of x + x * change of error
        weighted = share * error[:, None]
        scores += sign * (values[:, 1:] * weighted.sum(axis=0)[:, None] - weighted.T @ centre[:, 1:])
        scores += sign * ((share.T @ x) * (values @ residual)[:, None])
        scores -= sign * (share.T @ (x * (centre @ residual)[:, None]))
    scale = np.sqrt((x**2).sum(axis=0))
    moved = np.linalg.solve((x / scale).T @ (x / scale), (scores / scale).T) / scale[:, None]
    return np.asarray(np.sqrt((moved**2).sum(axis=1)), dtype=float)


@front_door
def conditional_placebo_test(
    panel: Panel,
    groups: IntArray,
    *,
    given: Sequence[Given] = ("trend",),
    covariates: Mapping[str, Mapping[Hashable, float] | pd.Series] | pd.DataFrame | None = None,
    levels: float | Sequence[float] = 0.95,
) -> ConditionalPlaceboTest:
    """Compare the treated with untreated groups, beyond what their earlier trend, level or circumstances lead one to expect.

    How much of an earlier difference in trend goes on after treatment began is learned from the groups. The formula, the estimand
    and the sources are those of this module's introduction.

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start, two periods or more before it where the trend is given, and without covariates that vary
        over time. Means are weighted by its weights.
    groups : ndarray of int, shape (draws, size)
        Groups of never-treated areas, as many as are treated in each: ``contiguous_groups`` or ``random_groups``.
    given : sequence of {"trend", "level"}
        The slope of the least-squares line before treatment, times the distance between the middles of the periods before and
        after (so that a coefficient of 1 means that the trend goes on in full); the mean before treatment. Empty: nothing, the
        plain difference.
    covariates : mapping of name to (mapping of area to number), or DataFrame, optional
        Of areas, constant over time; a frame is indexed by area with a column for each. Means of groups are used.
    levels : float or sequence of float
        Levels of the permutation intervals.

    Returns
    -------
    ConditionalPlaceboTest
        ``estimate`` is the change beyond what was expected, ``effects`` those of the groups, each learned without groups that
        share an area with it.

    Raises
    ------
    InputError
        When the panel is not what the design needs, a covariate lacks an area, or too few groups share no area with one.

    Notes
    -----
    The coefficient is that of the trend as observed. Where trends are measured with noise it is smaller than the share of the
    true trend that goes on, as it should be to predict from what was observed; if areas were chosen for treatment for a true trend
    that is seen only with noise, part of that trend stays in the estimate.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> slope = rng.normal(size=60)
    >>> y = np.outer(slope, np.arange(8)) + 0.1 * rng.normal(size=(60, 8))
    >>> d = np.outer(np.arange(60) < 3, np.arange(8) >= 5)
    >>> panel = Panel(y + 5.0 * d, d, pd.RangeIndex(60), pd.RangeIndex(8))
    >>> from healthdevo.evaluation.placebo_groups import random_groups
    >>> test = conditional_placebo_test(panel, random_groups(panel, draws=99))
    >>> round(test.persistence, 1), round(test.estimate), test.rank
    (1.0, 5, 1)
    """
    wanted = check_levels(levels)
    panel.require(
        "conditional placebo groups",
        balanced=True,
        simultaneous=True,
        pre_periods=2 if "trend" in given else 1,
        covariates=False,
    )
    chosen = checked_groups(panel, groups, panel.n_treated)
    if 2 * chosen.shape[1] >= panel.n_controls:
        raise InputError(
            f"groups: two groups of {chosen.shape[1]} leave none of the {panel.n_controls} never-treated areas to compare with"
        )
    names, values, largest = _terms(panel, given, _covariates(panel, covariates))
    own = panel.treated_weights @ values[panel.treated]
    values, weights = values[~panel.treated], panel.weights[~panel.treated]
    centre = weights @ values / weights.sum()
    own, values = own - centre, values - centre  # gaps are the same, and keep more digits
    values[:, np.abs(values).max(axis=0) <= 1e-11 * largest] = 0.0  # the same in all but for the last digits
    member = np.zeros((len(chosen), panel.shape[0]), dtype=np.bool_)
    member[np.arange(len(chosen))[:, None], chosen] = True
    member = member[:, ~panel.treated]
    mass = member * weights
    sums = _Groups(member, weights @ values, float(weights.sum()), mass @ values, mass.sum(axis=1))
    gaps, learned = sums.gaps, sums.learned(names)
    effects = gaps[:, 0] - (gaps[:, 1:] * learned).sum(axis=1)
    coefficients = _fit(gaps.T @ gaps, names) if names else np.zeros(0)
    expected = float(own[1:] @ coefficients)
    mine = float(own[0]) - expected
    sign = float(np.sign(mine)) or 1.0
    total, larger = len(effects) + 1, int((np.abs(effects) >= abs(mine)).sum())
    what = f"given {join([WORDS.get(n, n) for n in names])}" if names else "given nothing"
    return ConditionalPlaceboTest(
        measure="average effect of treatment on the treated areas",
        estimate=mine,
        standard_error=float(np.std(effects)),
        intervals=permutation_intervals(mine, effects, wanted),
        n=total,
        method=f"difference-in-differences {what}, learned from untreated groups, against {KIND}",
        unit=panel.unit,
        p_absolute=(1 + larger) / total,
        p_one_sided=(1 + int((sign * effects >= sign * mine).sum())) / total,
        rank=1 + larger,
        effects=effects,
        ratios=np.full(len(effects), np.nan),
        groups=chosen,
        kind=KIND,
        coefficients=pd.DataFrame(
            {
                "term": names,
                "estimate": coefficients,
                "standard_error": _standard_errors(sums, values, weights, coefficients),
                "treated": own[1:],
                "contribution": own[1:] * coefficients,
            }
        ),
        actual=float(own[0]),
        expected=expected,
    )
