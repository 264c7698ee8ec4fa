"""Lines through the groups' values: their fit, and the limits of slope and ratio of their ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy import special
from scipy.stats import qmc

from healthdevo.inequality.transformed_sums import (
    node_weights,
    normal_nodes,
    ratio_quantiles,
    sum_distribution,
)
from healthdevo.mathematics.intervals import fieller_limits, normal_quantiles
from healthdevo.typing import BoolArray, FloatArray

__all__ = ["Found", "Kind", "Line", "Transform", "fit_lines", "method_words", "transformed", "undone"]

Kind = Literal["mean", "rate", "proportion"]
Transform = Literal["identity", "log", "logit"]
WIDEST_INVERTED = 0.5
"""Largest error on the working scale for which a distribution is inverted: beyond it inversion is rough."""
_POINTS = 18  # of two: 262,144


@lru_cache(maxsize=4)
def _even_normal_points(groups: int) -> FloatArray:
    """Return 262,144 points that fill the standard normal distribution of several variables evenly (Sobol); always the same."""
    spread = qmc.Sobol(groups, scramble=True, rng=np.random.default_rng(0)).random_base2(_POINTS)
    points: FloatArray = special.ndtri(np.clip(spread, 1e-12, 1.0 - 1e-12))
    return points


def transformed(values: FloatArray, transform: Transform) -> FloatArray:
    """Return values on the scale on which the line is fitted."""
    if transform == "log":
        logs: FloatArray = np.log(values)
        return logs
    if transform == "logit":
        odds: FloatArray = special.logit(values)
        return odds
    return values


def undone(values: FloatArray, transform: Transform) -> FloatArray:
    """Return values back on their own scale."""
    if transform == "log":
        return np.exp(values)
    if transform == "logit":
        shares: FloatArray = special.expit(values)
        return shares
    return values


def _back_slope(values: FloatArray, transform: Transform) -> FloatArray:
    """Return the derivative of the back-transformation."""
    value = undone(values, transform)
    if transform == "log":
        return value
    if transform == "logit":
        return value * (1.0 - value)
    return np.ones_like(values)


def fit_lines(
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
    fitted = np.where(weight > 0.0, transformed(np.where(hole | ~used, filler, y), transform), 0.0)
    share = weight / weight.sum(axis=1, keepdims=True)
    off_centre = share.cumsum(axis=1) - share / 2.0 - 0.5
    slope_weights = share * off_centre / (share * off_centre**2).sum(axis=1, keepdims=True)
    return share, slope_weights, (slope_weights * fitted).sum(axis=1), (share * fitted).sum(axis=1)


def method_words(kind: Kind, transform: Transform) -> tuple[str, str]:
    """Return how slope and ratio were computed, in words."""
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
class Line:
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
            return undone(middle + b / 2.0, transform), undone(middle - b / 2.0, transform)

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
        """Limits on the identity scale with log-normal or logit-normal errors, by inversion where that is exact enough."""
        noisy = self.errors.max(axis=1) > WIDEST_INVERTED
        if not noisy.any():
            return self._inverted(values, working, levels)
        parts = [
            (rows, getattr(self._of(rows), how)(values[rows], working, levels))
            for rows, how in ((~noisy, "_inverted"), (noisy, "_scattered"))
            if rows.any()
        ]
        joined = []
        for k in range(6):
            whole = np.empty((noisy.size, *parts[0][1][k].shape[1:]))
            for rows, found in parts:
                whole[rows] = found[k]
            joined.append(whole)
        first, second, third, fourth, fifth, sixth = joined
        return first, second, third, fourth, fifth, sixth

    def _of(self, rows: BoolArray) -> Line:
        """Return the lines of some areas."""
        return Line(
            self.errors[rows],
            self.slope_weights[rows],
            self.share[rows],
            self.slope[rows],
            self.middle[rows],
            self.sign,
        )

    def _scattered(self, values: FloatArray, working: Transform, levels: tuple[float, ...]) -> Found:
        """Limits from points spread evenly over the errors' distribution, for errors so large that inversion is rough."""
        groups = values.shape[1]
        points = _even_normal_points(groups)
        centre = transformed(values, working)
        top, bottom = self._ends
        tails = np.array([[(1.0 - level) / 2.0, (1.0 + level) / 2.0] for level in levels])
        error, ratio_error = np.empty(len(values)), np.empty(len(values))
        limits = np.empty((4, len(values), len(levels)))
        for i in range(len(values)):
            drawn = undone(centre[i] + self.errors[i] * points, working)
            slopes = drawn @ (self.sign * self.slope_weights[i])
            upper, lower = drawn @ top[i], drawn @ bottom[i]
            ratios = np.where(lower > 0.0, upper / np.where(lower > 0.0, lower, 1.0), np.inf)
            error[i] = slopes.std()
            covariance = np.cov(upper, lower, bias=True)
            ratio_error[i] = _ratio_error(
                np.array([top[i] @ values[i]]),
                np.array([bottom[i] @ values[i]]),
                *(np.array([v]) for v in (covariance[0, 0], covariance[1, 1], covariance[0, 1])),
            )[0]
            limits[:2, i] = np.quantile(slopes, tails.T)
            limits[2:, i] = np.quantile(ratios, tails.T, method="higher")
        return error, ratio_error, limits[0], limits[1], limits[2], limits[3]

    def _inverted(self, values: FloatArray, working: Transform, levels: tuple[float, ...]) -> Found:
        """Limits on the identity scale with log-normal or logit-normal errors, without simulation."""
        centre = transformed(values, working)
        nodes = normal_nodes(float(self.errors.max()))
        shaped = undone(centre[..., np.newaxis] + self.errors[..., np.newaxis] * nodes, working)
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
