"""Slope and relative index of inequality: the gradient across the whole population, from worst off to best off.

The groups are lined up from the worst off to the best off, each as wide as its share of the population. A straight
line fitted through the groups' values at the middle of their stretch gives a value for the very worst off (left end)
and one for the very best off (right end). The slope index is the difference between the two ends, the relative index
their ratio.

``slope_index`` works on arrays with one row per area, ``slope_index_by`` on tidy rows. Both treat any number of
areas in one call. No limit is simulated: they are closed forms, or, for indices of rates and proportions on their own
scale, a numerical inversion without random error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_choice, need_rows, speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.grids import area_index, area_matrix, column_names, group_ranks, to_grid
from healthdevo.inequality.group_values import Polarity
from healthdevo.inequality.slope_input import (
    Reasons,
    check_cells,
    matrix_like,
    note_gaps,
    reverse_groups,
    used_cells,
    working_errors,
)
from healthdevo.inequality.slope_lines import Kind, Line, Transform, fit_lines, method_words, undone
from healthdevo.inequality.slope_results import FEWEST_GROUPS, MEASURE, RELATIVE, SlopeIndices
from healthdevo.mathematics.vectors import in_one_order
from healthdevo.results import Estimates, check_levels

__all__ = ["slope_index", "slope_index_by"]


@in_one_order(
    "values",
    "population",
    "standard_errors",
    "working_standard_errors",
    "lower",
    "upper",
    "group_counts",
    labels="index",
    wide=True,
)
@front_door
def slope_index(
    values: ArrayLike,
    population: ArrayLike,
    *,
    higher_is: Polarity,
    standard_errors: ArrayLike | None = None,
    working_standard_errors: ArrayLike | None = None,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    limits_level: float = 0.95,
    kind: Kind = "mean",
    transform: Transform = "identity",
    scale: float = 1.0,
    first_group: Literal["worst off", "best off"] = "worst off",
    group_counts: ArrayLike | None = None,
    levels: float | Sequence[float] = 0.95,
    index: pd.Index | Sequence[object] | None = None,
    unit: str = "",
) -> SlopeIndices:
    r"""Return slope and relative indices of inequality for many areas at once.

    Parameters
    ----------
    values : array_like of shape (areas, groups) or (groups,)
        Value of each group, the groups in order. NaN means missing.
    population : array_like, same shape
        People in each group, above 0.
    higher_is : {"better", "worse"}
        Polarity of the indicator. With ``"better"`` the index is the best-off end minus (over) the worst-off end; with
        ``"worse"`` it is the worst-off end minus (over) the best-off end. Either way an index above 0 (above 1 for the
        relative index) means that the worst off fare worse.
    standard_errors : array_like, same shape, optional
        Standard errors of the values on their own scale.
    working_standard_errors : array_like, same shape, optional
        Standard errors on the working scale: of the logarithm for rates, of the log-odds for proportions.
    lower, upper : array_like, same shape, optional
        Confidence limits of the values at ``limits_level``, instead of standard errors. For rates and proportions
        they are taken as symmetric in the logarithm or log-odds.
    limits_level : float, default 0.95
        Level of ``lower`` and ``upper``.
    kind : {"mean", "rate", "proportion"}, default "mean"
        What the values are. Means and life expectancies have a normal error; rates (0 or more) a log-normal one;
        proportions (0 to 1) a logit-normal one.
    transform : {"identity", "log", "logit"}, default "identity"
        Scale on which the line is fitted; the index is always on the scale of the values.
    scale : float, default 1
        Factor from the unit of the values to that of the index, such as 100 for proportions to percentage points.
    first_group : {"worst off", "best off"}, default "worst off"
        Which end of the order comes first.
    group_counts : array_like of int, shape (areas,), optional
        Number of groups of each area; columns beyond it are not read. All columns when not given.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    index : sequence, optional
        Labels of the areas.
    unit : str, optional
        Unit of the slope index, for sentences.

    Returns
    -------
    SlopeIndices
        Slope indices, with ``relative`` and ``intercept``. An area that lacks a group, or whose logarithm does not
        exist, is NaN and has a ``reason``; the other areas are unaffected. An area whose standard errors are missing has
        estimates and a reason for having no interval.

    Raises
    ------
    InputError
        For fewer than three groups, negative populations, negative rates, proportions outside 0 to 1, negative
        standard errors, limits on the wrong side of their value, or arrays that do not match.

    Notes
    -----
    Estimand: with group shares :math:`s_j` and mid-ranks :math:`x_j = \sum_{i<j} s_i + s_j / 2`, weighted least squares
    (weights :math:`s_j`) of :math:`g(y_j)` on :math:`x_j` gives a line with ends :math:`a` at 0 and :math:`a + b` at 1.
    The slope index is :math:`g^{-1}(a + b) - g^{-1}(a)`, the relative index their ratio.

    Limits, with :math:`b = \sum_j c_j g(y_j)` and group errors independent:

    * identity, means: :math:`b \pm z (\sum c_j^2 \sigma_j^2)^{1/2}`; relative index by Fieller's theorem, with the
      covariance of the two ends. Where the worst-off end is not clearly above 0 Fieller's set is unbounded, and the
      limits are infinite with a reason.
    * log and logit: the limits of :math:`b`, carried through both ends of a line that turns about its middle,
      :math:`g^{-1}(m + b/2) - g^{-1}(m - b/2)`. The level :math:`m` is held at its estimate. (Letting it vary as well changes, in usual data,
      the limits of the slope index by a few thousandths of themselves, and not at all those of the relative
      index on the log scale.)
    * identity, rates and proportions: the index is a sum of log-normal or logit-normal variables, whose distribution
      is inverted numerically (``healthdevo.inequality.transformed_sums``). Where an error on the working scale exceeds 0.5, which
      makes inversion rough, the limits are quantiles over 262,144 points that fill the distribution evenly (Sobol), always the same.
      Where the end that divides is not above 0, the ratio counts as infinitely large.

    Assumptions: groups ordered by deprivation; independent errors; populations known. The standard error says how
    well the line is known given the groups' errors, not how well a line fits.

    Deviations from the phe_sii function of the R package PHEindicatormethods, on purpose: labels are never sorted as
    text; limits are not simulated; an area that lacks a group does not disturb the others, and each area may have its own
    number of groups; polarity and scale are separate, so a scale of 0.5 does not invert the relative index.

    References
    ----------
    Pamuk, E. (1985). Social class inequality in mortality from 1921 to 1972 in England and Wales. Population Studies
    39, 17-31. Mackenbach, J. P. and Kunst, A. E. (1997). Measuring the magnitude of socio-economic inequalities in
    health. Social Science and Medicine 44, 757-771.

    Examples
    --------
    >>> life = [[74.0, 76.0, 78.0, 79.0, 81.0], [77.0, 78.0, 78.5, 79.0, 80.0]]
    >>> people = [[900, 1000, 1000, 1000, 1100], [1000] * 5]
    >>> errors = [[0.4] * 5, [0.4] * 5]
    >>> result = slope_index(life, people, standard_errors=errors, higher_is="better", unit="years", index=["A", "B"])
    >>> result["B"].sentence
    'The slope index of inequality is 3.5 years (95% interval 2.26 to 4.74).'
    >>> round(result["B"].relative.estimate, 4)
    1.0456
    """
    need_choice("higher_is", higher_is, ("better", "worse"))
    need_choice("kind", kind, ("mean", "rate", "proportion"))
    need_choice("transform", transform, ("identity", "log", "logit"))
    need_choice("first_group", first_group, ("worst off", "best off"))
    if not (np.isfinite(scale) and scale > 0.0):
        raise InputError(f"scale: {scale!r} is not valid; give a number above 0 (polarity is higher_is)")
    wanted = check_levels(levels)
    y = area_matrix("values", values)
    people = matrix_like("population", population, y.shape)
    areas, groups = y.shape
    if groups < FEWEST_GROUPS:
        raise InputError(
            f"values: {groups} groups are not enough for a gradient; give at least {FEWEST_GROUPS}"
        )
    labels = area_index(index, areas)
    natural: dict[Kind, Transform] = {"mean": "identity", "rate": "log", "proportion": "logit"}
    working: Transform = natural[kind] if transform == "identity" else transform
    reasons = Reasons(areas)

    used, counts = used_cells(group_counts, areas, groups)
    outside = ~used
    y = np.where(outside, np.nan, y)
    people = np.where(outside, np.nan, people)
    check_cells("population", people < 0.0, people, "populations above 0")
    if kind == "rate":
        check_cells("values", y < 0.0, y, "rates of 0 or more")
    if kind == "proportion":
        check_cells(
            "values",
            (y < 0.0) | (y > 1.0),
            y,
            "proportions between 0 and 1, and scale=100 for percentage points",
        )
    errors = working_errors(y, working, standard_errors, working_standard_errors, lower, upper, limits_level)
    if first_group == "best off":
        y, people = reverse_groups(y, counts), reverse_groups(people, counts)
        errors = None if errors is None else reverse_groups(errors, counts)

    note_gaps(reasons, y, people, used, counts, transform)
    bad = reasons.bad
    filler = 0.5 if working == "logit" else 1.0
    share, slope_weights, slope, middle = fit_lines(y, people, used, bad, filler, transform)
    worst, best = undone(middle - slope / 2.0, transform), undone(middle + slope / 2.0, transform)

    sign = 1.0 if higher_is == "better" else -1.0
    top, bottom = (best, worst) if higher_is == "better" else (worst, best)
    estimate = scale * sign * (best - worst)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((top > 0.0) & (bottom > 0.0), top / bottom, np.nan)

    shape = (areas, len(wanted))
    error = np.full(areas, np.nan)
    ratio_error = np.full(areas, np.nan)
    limits = [np.full(shape, np.nan) for _ in range(4)]
    texts = list(reasons.texts)
    ratio_texts = list(texts)
    for i in np.flatnonzero(np.isnan(ratio) & ~bad):
        ratio_texts[i] = "a fitted end is not above 0"
    if errors is None:
        for i in np.flatnonzero(~bad):
            texts[i] = "no standard errors were given"
            ratio_texts[i] = ratio_texts[i] or texts[i]
    else:
        unknown = used & np.isnan(errors) & ~bad[:, np.newaxis]
        for i in np.flatnonzero(unknown.any(axis=1)):
            texts[i] = f"group {int(np.argmax(unknown[i])) + 1} has no usable standard error"
            ratio_texts[i] = ratio_texts[i] or texts[i]
        ok = ~bad & ~unknown.any(axis=1)
        if ok.any():
            line = Line(
                np.where(used & ok[:, np.newaxis], errors, 0.0)[ok],
                slope_weights[ok],
                share[ok],
                slope[ok],
                middle[ok],
                sign,
            )
            found = line.limits(np.where(used, y, filler)[ok], kind, transform, working, wanted)
            error[ok], ratio_error[ok] = scale * found[0], found[1]
            limits[0][ok], limits[1][ok] = scale * found[2], scale * found[3]
            limits[2][ok], limits[3][ok] = found[4], found[5]
            unbounded = np.zeros(areas, dtype=bool)
            unbounded[ok] = (np.isinf(found[4]) | np.isinf(found[5])).any(axis=1)
            for i in np.flatnonzero(unbounded):
                ratio_texts[i] = (
                    ratio_texts[i] or "the end that divides is not clearly above 0, so a limit is infinite"
                )
    no_ratio = np.isnan(ratio)
    ratio_error[no_ratio] = np.nan
    limits[2][no_ratio], limits[3][no_ratio] = np.nan, np.nan
    for array in (estimate, ratio):
        array[bad] = np.nan
    intercept = np.where(bad, np.nan, scale * worst)

    method, relative_method = method_words(kind, transform)
    n = np.where(bad, 0, counts).astype(np.int64)
    relative = Estimates(
        RELATIVE,
        labels,
        ratio,
        ratio_error,
        wanted,
        limits[2],
        limits[3],
        n,
        relative_method,
        "",
        tuple(ratio_texts),
    )
    return SlopeIndices(
        measure=MEASURE,
        index=labels,
        estimate=estimate,
        standard_error=error,
        levels=wanted,
        lower=limits[0],
        upper=limits[1],
        n=n,
        method=method,
        unit=unit,
        reason=tuple(texts),
        relative=relative,
        intercept=intercept,
    )


@front_door
def slope_index_by(
    frame: pd.DataFrame,
    *,
    group: str,
    value: str,
    population: str,
    higher_is: Polarity,
    by: str | Sequence[str] | None = None,
    standard_error: str | None = None,
    working_standard_error: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    groups: int | Mapping[object, int] | None = None,
    limits_level: float = 0.95,
    kind: Kind = "mean",
    transform: Transform = "identity",
    scale: float = 1.0,
    first_group: Literal["worst off", "best off"] = "worst off",
    levels: float | Sequence[float] = 0.95,
    unit: str = "",
) -> SlopeIndices:
    """Return slope and relative indices of inequality from tidy rows, one for each area and group.

    The order of rows never matters: the groups are ordered by the group column, the areas by their labels.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and group.
    group : str
        Column with the groups: an ordered categorical, or whole numbers from 1.
    value, population : str
        Columns with the value and the people of each group.
    higher_is : {"better", "worse"}
        Polarity of the indicator, as in ``slope_index``.
    by : str or sequence of str, optional
        Column, or columns, that name an area. All rows are one area when not given.
    standard_error, working_standard_error, lower, upper : str, optional
        Columns with the uncertainty, as in ``slope_index``.
    groups : int or mapping of area to int, optional
        Number of groups that an area should have. When not given, an ordered categorical declares it; with whole numbers
        it is the highest rank of the frame, for every area alike: an area with fewer is missing some, and is not taken to be
        divided otherwise. Where areas are divided differently, give the number of each.
    limits_level, kind, transform, scale, first_group, levels, unit
        As in ``slope_index``.

    Returns
    -------
    SlopeIndices
        Labelled by area. An area that lacks a group has a ``reason`` and does not disturb the others.

    Raises
    ------
    InputError
        When the order of the groups is not explicit (text is refused, with advice), a row repeats, a column is
        missing or not numeric, an area has no name, or as in ``slope_index``.

    Examples
    --------
    >>> frame = pd.DataFrame({"area": ["A"] * 3, "third": [3, 1, 2], "life": [82.0, 76.0, 80.0],
    ...                       "people": [100, 120, 110], "se": [0.5, 0.6, 0.5]})
    >>> result = slope_index_by(frame, by="area", group="third", value="life", population="people",
    ...                            standard_error="se", higher_is="better", unit="years")
    >>> round(result["A"].estimate, 3), round(result["A"].interval(0.95).lower, 3)
    (9.118, 6.802)
    """
    optional = {
        "standard_errors": standard_error,
        "working_standard_errors": working_standard_error,
        "lower": lower,
        "upper": upper,
    }
    named = {key: column for key, column in optional.items() if column is not None}
    need_rows(frame, [*column_names(by), group, value, population, *named.values()])
    ranks, declared = group_ranks(frame[group], group)
    highest = int(ranks.max())
    expected = declared if groups is None or isinstance(groups, Mapping) else _number(groups)
    if expected is not None and highest > expected:
        raise InputError(f"{group}: rank {highest} is above the number of groups, {expected}")
    most = max((_number(x) for x in groups.values()), default=0) if isinstance(groups, Mapping) else 0
    width = max(highest, expected or 0, most, FEWEST_GROUPS)
    grid = to_grid(
        frame,
        by=by,
        position=ranks - 1,
        positions=width,
        columns={"values": value, "population": population, **named},
        what="group",
    )
    counts = np.full(len(grid.index), expected or highest, dtype=np.int64)
    if isinstance(groups, Mapping):
        missing = [label for label in grid.index if label not in groups]
        if missing:
            raise InputError(f"groups: no number for area {missing[0]!r}")
        counts = np.array([int(groups[label]) for label in grid.index], dtype=np.int64)
        over = grid.present & (np.arange(width) >= counts[:, np.newaxis])
        if over.any():
            row, column = (int(x) for x in np.argwhere(over)[0])
            raise InputError(
                f"{group}: {grid.index[row]!r} has a group {column + 1}, above its {counts[row]} groups"
            )
    if int(counts.max()) < FEWEST_GROUPS:
        raise InputError(
            f"{group}: {int(counts.max())} groups are not enough for a gradient; give at least {FEWEST_GROUPS}"
        )
    with speaking_of(values=value, population=population, **dict(named)):
        return slope_index(
            grid.columns["values"],
            grid.columns["population"],
            higher_is=higher_is,
            standard_errors=grid.columns.get("standard_errors"),
            working_standard_errors=grid.columns.get("working_standard_errors"),
            lower=grid.columns.get("lower"),
            upper=grid.columns.get("upper"),
            limits_level=limits_level,
            kind=kind,
            transform=transform,
            scale=scale,
            first_group=first_group,
            group_counts=counts,
            levels=levels,
            index=grid.index,
            unit=unit,
        )


def _number(groups: object) -> int:
    """Return a number of groups as a whole number."""
    if isinstance(groups, bool) or not isinstance(groups, (int, np.integer)) or groups < 1:
        raise InputError(
            f"groups: {groups!r} is not valid; give a whole number, or one for each area by its label"
        )
    return int(groups)
