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
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from healthdevo.checks import need_rows
from healthdevo.errors import InputError
from healthdevo.inequality.grids import (
    area_index,
    area_matrix,
    column_names,
    group_ranks,
    to_grid,
)
from healthdevo.mathematics.intervals import fieller_limits, normal_quantiles
from healthdevo.mathematics.transformed_sums import (
    node_weights,
    normal_nodes,
    ratio_quantiles,
    sum_distribution,
)
from healthdevo.results import Estimate, Estimates, check_levels
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = [
    "SlopeIndex",
    "SlopeIndices",
    "slope_index",
    "slope_index_by",
]

Kind = Literal["mean", "rate", "proportion"]
Transform = Literal["identity", "log", "logit"]
Polarity = Literal["better", "worse"]

FEWEST_GROUPS = 3
USUAL_COUNTS = frozenset({3, 4, 5, 10, 20, 100})
MEASURE = "slope index of inequality"
RELATIVE = "relative index of inequality"


@dataclass(frozen=True, kw_only=True)
class SlopeIndex(Estimate):
    """The slope index of one area, with its relative index.

    Parameters
    ----------
    relative : Estimate
        The relative index of inequality.
    intercept : float
        Fitted value at the worst-off end, in the unit of the slope index.
    """

    relative: Estimate
    intercept: float

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy frame: a row for each measure and level."""
        return pd.concat([super().to_frame(), self.relative.to_frame()], ignore_index=True)


@dataclass(frozen=True, kw_only=True)
class SlopeIndices(Estimates):
    """Slope indices of many areas, with their relative indices.

    Parameters
    ----------
    relative : Estimates
        The relative indices, with the same labels.
    intercept : ndarray of shape (k,)
        Fitted values at the worst-off end, in the unit of the slope index.
    """

    relative: Estimates
    intercept: FloatArray

    def __post_init__(self) -> None:
        super().__post_init__()
        intercept = self.intercept.view()
        intercept.flags.writeable = False
        object.__setattr__(self, "intercept", intercept)

    def __getitem__(self, label: object) -> SlopeIndex:
        """Return the result of one area."""
        one = super().__getitem__(label)
        position = self.index.get_loc(label)
        return SlopeIndex(
            measure=one.measure,
            estimate=one.estimate,
            standard_error=one.standard_error,
            intervals=one.intervals,
            n=one.n,
            method=one.method,
            unit=one.unit,
            reason=one.reason,
            relative=self.relative[label],
            intercept=float(self.intercept[position]),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy frame: a row for each label, measure and level."""
        return pd.concat([super().to_frame(), self.relative.to_frame()], ignore_index=True)


def _forward(values: FloatArray, transform: Transform) -> FloatArray:
    if transform == "log":
        logs: FloatArray = np.log(values)
        return logs
    if transform == "logit":
        odds: FloatArray = special.logit(values)
        return odds
    return values


def _back(values: FloatArray, transform: Transform) -> FloatArray:
    if transform == "log":
        return np.exp(values)
    if transform == "logit":
        shares: FloatArray = special.expit(values)
        return shares
    return values


def _back_slope(values: FloatArray, transform: Transform) -> FloatArray:
    """Return the derivative of the back-transformation."""
    back = _back(values, transform)
    if transform == "log":
        return back
    if transform == "logit":
        return back * (1.0 - back)
    return np.ones_like(values)


class _Reasons:
    """Collects one reason per area, the first that applies."""

    def __init__(self, areas: int) -> None:
        self.texts: list[str] = [""] * areas

    def add(self, cells: BoolArray, text: str) -> None:
        """Note a reason, with the first column concerned, for each area that has a cell marked."""
        for i in np.flatnonzero(cells.any(axis=1)):
            if not self.texts[i]:
                self.texts[i] = text.format(group=int(np.argmax(cells[i])) + 1)

    @property
    def bad(self) -> BoolArray:
        return np.array([bool(t) for t in self.texts], dtype=bool)


def _cell(name: str, cells: BoolArray, values: FloatArray, valid: str) -> None:
    """Raise one error that names the first cell marked."""
    if cells.any():
        row, column = (int(x) for x in np.argwhere(cells)[0])
        raise InputError(
            f"{name}: area row {row}, group {column + 1} holds {values[row, column]:g}; give {valid}"
        )


def _choice(name: str, value: str, valid: tuple[str, ...]) -> None:
    if value not in valid:
        raise InputError(f"{name}: {value!r} is not valid; give one of {', '.join(repr(v) for v in valid)}")


def _like(name: str, values: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    matrix = area_matrix(name, values)
    if matrix.shape != shape:
        raise InputError(f"{name}: shape {matrix.shape} does not match the values' {shape}")
    return matrix


def _working_errors(
    values: FloatArray,
    working: Transform,
    standard_errors: ArrayLike | None,
    working_standard_errors: ArrayLike | None,
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    limits_level: float,
) -> FloatArray | None:
    """Return standard errors on the scale on which the values are taken to be normal; NaN where unknown."""
    given = [
        standard_errors is not None,
        working_standard_errors is not None,
        lower is not None or upper is not None,
    ]
    if sum(given) > 1:
        raise InputError(
            "standard errors: give standard_errors, working_standard_errors, or lower and upper; not two"
        )
    if (lower is None) != (upper is None):
        raise InputError("lower, upper: give both limits or neither")
    if working_standard_errors is not None:
        errors = _like("working_standard_errors", working_standard_errors, values.shape)
        _cell("working_standard_errors", errors < 0.0, errors, "standard errors of zero or more")
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.isfinite(_forward(values, working)), errors, np.nan)
    if standard_errors is not None:
        errors = _like("standard_errors", standard_errors, values.shape)
        _cell("standard_errors", errors < 0.0, errors, "standard errors of zero or more")
        with np.errstate(divide="ignore", invalid="ignore"):
            if working == "log":
                errors = errors / values
            elif working == "logit":
                errors = errors / (values * (1.0 - values))
        return np.where(np.isfinite(errors), errors, np.nan)
    if lower is not None and upper is not None:
        low, high = _like("lower", lower, values.shape), _like("upper", upper, values.shape)
        _cell("lower", low > values, low, "lower limits at or below the values")
        _cell("upper", high < values, high, "upper limits at or above the values")
        if working == "log":
            _cell("lower", low < 0.0, low, "limits of zero or more for rates")
        if working == "logit":
            _cell("lower", low < 0.0, low, "limits between 0 and 1 for proportions")
            _cell("upper", high > 1.0, high, "limits between 0 and 1 for proportions")
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = (_forward(high, working) - _forward(low, working)) / (
                2.0 * float(normal_quantiles(limits_level)[0])
            )
        return np.where(np.isfinite(errors), errors, np.nan)
    return None


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
      is inverted numerically (``healthdevo.mathematics.transformed_sums``).

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
    _choice("higher_is", higher_is, ("better", "worse"))
    _choice("kind", kind, ("mean", "rate", "proportion"))
    _choice("transform", transform, ("identity", "log", "logit"))
    _choice("first_group", first_group, ("worst off", "best off"))
    if not (np.isfinite(scale) and scale > 0.0):
        raise InputError(f"scale: {scale!r} is not valid; give a number above 0 (polarity is higher_is)")
    wanted = check_levels(levels)
    y = area_matrix("values", values)
    people = _like("population", population, y.shape)
    areas, groups = y.shape
    if groups < FEWEST_GROUPS:
        raise InputError(
            f"values: {groups} groups are not enough for a gradient; give at least {FEWEST_GROUPS}"
        )
    labels = area_index(index, areas)
    natural: dict[Kind, Transform] = {"mean": "identity", "rate": "log", "proportion": "logit"}
    working: Transform = natural[kind] if transform == "identity" else transform
    reasons = _Reasons(areas)

    used, counts = _used_cells(group_counts, areas, groups)
    outside = ~used
    y = np.where(outside, np.nan, y)
    people = np.where(outside, np.nan, people)
    _cell("population", people < 0.0, people, "populations above 0")
    if kind == "rate":
        _cell("values", y < 0.0, y, "rates of 0 or more")
    if kind == "proportion":
        _cell(
            "values",
            (y < 0.0) | (y > 1.0),
            y,
            "proportions between 0 and 1, and scale=100 for percentage points",
        )
    errors = _working_errors(y, working, standard_errors, working_standard_errors, lower, upper, limits_level)
    if first_group == "best off":
        y, people = _reverse(y, counts), _reverse(people, counts)
        errors = None if errors is None else _reverse(errors, counts)

    _note_gaps(reasons, y, people, used, counts, transform)
    bad = reasons.bad
    filler = 0.5 if working == "logit" else 1.0
    share, slope_weights, slope, middle = _fit(y, people, used, bad, filler, transform)
    worst, best = _back(middle - slope / 2.0, transform), _back(middle + slope / 2.0, transform)

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
            line = _Line(
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

    method, relative_method = _methods(kind, transform)
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


def _note_gaps(
    reasons: _Reasons,
    y: FloatArray,
    people: FloatArray,
    used: BoolArray,
    counts: IntArray,
    transform: Transform,
) -> None:
    """Note why areas cannot be computed."""
    for i in np.flatnonzero(counts < FEWEST_GROUPS):
        reasons.texts[i] = f"{counts[i]} groups are fewer than {FEWEST_GROUPS}"
    reasons.add(used & np.isnan(y), "group {group} has no value")
    reasons.add(used & np.isnan(people), "group {group} has no population")
    reasons.add(used & (people == 0.0), "group {group} has a population of 0")
    if transform == "log":
        reasons.add(used & (y <= 0.0), "group {group} is not above 0, so its logarithm does not exist")
    if transform == "logit":
        edge = (y <= 0.0) | (y >= 1.0)
        reasons.add(used & edge, "group {group} is not between 0 and 1, so its log-odds do not exist")


def _fit(
    y: FloatArray,
    people: FloatArray,
    used: BoolArray,
    bad: BoolArray,
    filler: float,
    transform: Transform,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return population shares, the groups' weights in the slope, slopes and middles of the lines.

    Areas that cannot be computed get harmless numbers, which the caller blanks.
    """
    hole = bad[:, np.newaxis]
    weight = np.where(hole, 1.0, np.where(used, people, 0.0))
    fitted = np.where(weight > 0.0, _forward(np.where(hole | ~used, filler, y), transform), 0.0)
    share = weight / weight.sum(axis=1, keepdims=True)
    off_centre = share.cumsum(axis=1) - share / 2.0 - 0.5
    slope_weights = share * off_centre / (share * off_centre**2).sum(axis=1, keepdims=True)
    return share, slope_weights, (slope_weights * fitted).sum(axis=1), (share * fitted).sum(axis=1)


def _used_cells(group_counts: ArrayLike | None, areas: int, groups: int) -> tuple[BoolArray, IntArray]:
    if group_counts is None:
        return np.ones((areas, groups), dtype=bool), np.full(areas, groups, dtype=np.int64)
    counts = np.asarray(group_counts, dtype=np.float64)
    if counts.shape != (areas,) or not np.all(
        (counts == np.floor(counts)) & (counts >= 0) & (counts <= groups)
    ):
        raise InputError(
            f"group_counts: give a whole number from 0 to {groups} for each of the {areas} areas"
        )
    whole = counts.astype(np.int64)
    return np.arange(groups) < whole[:, np.newaxis], whole


def _reverse(matrix: FloatArray, counts: IntArray) -> FloatArray:
    """Reverse the first ``counts[i]`` columns of each row."""
    columns = counts[:, np.newaxis] - 1 - np.arange(matrix.shape[1])
    return np.take_along_axis(matrix, np.where(columns >= 0, columns, np.arange(matrix.shape[1])), axis=1)


def _methods(kind: Kind, transform: Transform) -> tuple[str, str]:
    if transform != "identity":
        name = "logarithms" if transform == "log" else "log-odds"
        both = f"weighted least squares of {name} on mid-ranks; normal limits of the slope, back-transformed"
        return both, both
    line = "weighted least squares on mid-ranks"
    if kind == "mean":
        return f"{line}; normal error propagation", f"{line}; Fieller's limits"
    family = "log-normal" if kind == "rate" else "logit-normal"
    text = f"{line}; {family} errors, distribution inverted numerically"
    return text, text


Found = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class _Line:
    """Fitted lines of several areas with known errors, ready for limits."""

    errors: FloatArray
    slope_weights: FloatArray
    share: FloatArray
    slope: FloatArray
    middle: FloatArray
    sign: float

    @property
    def _ends(self) -> tuple[FloatArray, FloatArray]:
        """Weights of the end that is divided and of the end that divides."""
        half = self.sign * self.slope_weights / 2.0
        return self.share + half, self.share - half

    def _variance(self, first: FloatArray, second: FloatArray) -> FloatArray:
        total: FloatArray = (first * second * self.errors**2).sum(axis=1)
        return total

    def limits(
        self,
        values: FloatArray,
        kind: Kind,
        transform: Transform,
        working: Transform,
        levels: tuple[float, ...],
    ) -> Found:
        """Return standard errors and limits of the slope and of the ratio, by the method that fits."""
        if transform != "identity":
            return self.turned(transform, levels)
        return self.straight(levels) if kind == "mean" else self.inverted(values, working, levels)

    def straight(self, levels: tuple[float, ...]) -> Found:
        """Limits on the identity scale with normal errors: exact for the slope, Fieller's for the ratio."""
        top, bottom = self._ends
        error = np.sqrt(self._variance(self.slope_weights, self.slope_weights))
        half = normal_quantiles(levels) * error[:, np.newaxis]
        centre = (self.sign * self.slope)[:, np.newaxis]
        numerator = self.middle + self.sign * self.slope / 2.0
        denominator = self.middle - self.sign * self.slope / 2.0
        vn, vd, cov = self._variance(top, top), self._variance(bottom, bottom), self._variance(top, bottom)
        low, high = fieller_limits(numerator, denominator, vn, vd, cov, levels)
        return (
            error,
            _ratio_error(numerator, denominator, vn, vd, cov),
            centre - half,
            centre + half,
            low,
            high,
        )

    def turned(self, transform: Transform, levels: tuple[float, ...]) -> Found:
        """Limits on a transformed scale: those of the slope, through a line that turns about its middle."""
        error = np.sqrt(self._variance(self.slope_weights, self.slope_weights))
        half = normal_quantiles(levels) * error[:, np.newaxis]
        middle = self.middle[:, np.newaxis]
        oriented = (self.sign * self.slope)[:, np.newaxis]

        def ends(b: FloatArray) -> tuple[FloatArray, FloatArray]:
            return _back(middle + b / 2.0, transform), _back(middle - b / 2.0, transform)

        (top_low, bottom_low), (top_high, bottom_high) = ends(oriented - half), ends(oriented + half)
        top, bottom = (x[:, 0] for x in ends(oriented))
        d_top = _back_slope(self.middle + self.sign * self.slope / 2.0, transform)
        d_bottom = _back_slope(self.middle - self.sign * self.slope / 2.0, transform)
        slope_error = error * (d_top + d_bottom) / 2.0
        ratio_error = error * (top / bottom) * (d_top / top + d_bottom / bottom) / 2.0
        return (
            slope_error,
            ratio_error,
            top_low - bottom_low,
            top_high - bottom_high,
            top_low / bottom_low,
            top_high / bottom_high,
        )

    def inverted(self, values: FloatArray, working: Transform, levels: tuple[float, ...]) -> Found:
        """Limits on the identity scale with log-normal or logit-normal errors, without simulation."""
        centre = _forward(values, working)
        nodes = normal_nodes(float(self.errors.max()))
        shaped = _back(centre[..., np.newaxis] + self.errors[..., np.newaxis] * nodes, working)
        top, bottom = self._ends
        sums = sum_distribution(shaped, self.sign * self.slope_weights)
        tails = [((1.0 - level) / 2.0, (1.0 + level) / 2.0) for level in levels]
        low = np.stack([sums.quantile(p) for p, _ in tails], axis=1)
        high = np.stack([sums.quantile(p) for _, p in tails], axis=1)
        weights = node_weights(nodes.size)
        variance = ((shaped - (shaped @ weights)[..., np.newaxis]) ** 2) @ weights
        vn, vd = (top**2 * variance).sum(axis=1), (bottom**2 * variance).sum(axis=1)
        cov = (top * bottom * variance).sum(axis=1)
        numerator, denominator = (top * values).sum(axis=1), (bottom * values).sum(axis=1)
        ratio_error = _ratio_error(numerator, denominator, vn, vd, cov)
        first_low, first_high = fieller_limits(numerator, denominator, vn, vd, cov, levels)
        ratio_low, ratio_high = np.full_like(first_low, -np.inf), np.full_like(first_high, np.inf)
        ok = (denominator > 0.0) & (numerator > 0.0)
        for j, (p_low, p_high) in enumerate(tails):
            if ok.any():
                arguments = (shaped[ok], top[ok], bottom[ok])
                guess = numerator[ok] / denominator[ok]
                start = np.where(np.isfinite(first_low[ok, j]), first_low[ok, j], guess)
                ratio_low[ok, j] = ratio_quantiles(*arguments, p_low, start, ratio_error[ok])
                start = np.where(np.isfinite(first_high[ok, j]), first_high[ok, j], guess)
                ratio_high[ok, j] = ratio_quantiles(*arguments, p_high, start, ratio_error[ok])
        return sums.standard_deviation, ratio_error, low, high, ratio_low, ratio_high


def _ratio_error(
    numerator: FloatArray, denominator: FloatArray, vn: FloatArray, vd: FloatArray, cov: FloatArray
) -> FloatArray:
    """Return the delta-method standard error of a ratio."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = numerator / denominator
        error = np.sqrt(np.maximum(vn - 2.0 * ratio * cov + ratio**2 * vd, 0.0)) / np.abs(denominator)
    return np.where(np.isfinite(error), error, np.nan)


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
        Number of groups that an area should have. When not given, an ordered categorical declares it; with whole
        numbers an area has as many groups as its highest rank, provided that this is the highest rank of the frame or a
        usual number of quantiles (3, 4, 5, 10, 20, 100).
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
    expected = groups if isinstance(groups, int) else declared
    if isinstance(expected, int) and highest > expected:
        raise InputError(f"{group}: rank {highest} is above the number of groups, {expected}")
    most = max((int(x) for x in groups.values()), default=0) if isinstance(groups, Mapping) else 0
    width = max(highest, expected or 0, most, FEWEST_GROUPS)
    grid = to_grid(
        frame,
        by=by,
        position=ranks - 1,
        positions=width,
        columns={"values": value, "population": population, **named},
        what="group",
    )
    counts = np.full(len(grid.index), expected or 0, dtype=np.int64)
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
    elif expected is None:
        own = width - np.argmax(grid.present[:, ::-1], axis=1)
        usual = np.isin(own, list(USUAL_COUNTS)) & (own >= FEWEST_GROUPS)
        counts = np.where((own == highest) | usual, own, highest).astype(np.int64)
    if int(counts.max()) < FEWEST_GROUPS:
        raise InputError(
            f"{group}: {int(counts.max())} groups are not enough for a gradient; give at least {FEWEST_GROUPS}"
        )
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
