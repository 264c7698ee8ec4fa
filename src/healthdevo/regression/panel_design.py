"""The regression that a panel fit is: rows with effects taken out, estimated by linearmodels and as least squares sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.panel import BetweenOLS, PanelOLS, PooledOLS, RandomEffects

from healthdevo.errors import InputError
from healthdevo.mathematics import vectors
from healthdevo.mathematics.cluster_inference import (
    Fitted,
)
from healthdevo.mathematics.within import Absorber, nested_in, without_singletons
from healthdevo.regression.preparation import Prepared, shift_by_year
from healthdevo.regression.small_samples import Counts
from healthdevo.typing import FloatArray, IntArray

__all__ = ["EFFECTS", "PanelDesign", "PanelModel", "difference_rows", "with_company"]

EFFECTS = {
    "pooled": "pooled least squares",
    "area": "area fixed effects",
    "year": "year fixed effects",
    "two-way": "area and year fixed effects",
    "first-difference": "first differences with a constant",
    "first-difference-year": "first differences with year effects",
    "long-difference": "long differences with a constant",
    "between": "regression of area means",
    "random": "random area effects (Swamy-Arora)",
    "correlated-random": "correlated random effects (Mundlak: area means added)",
}
CONSTANT = "const"
RANK_TOLERANCE = 1e-9


@dataclass(frozen=True)
class PanelDesign:
    """The regression as least squares sees it: effects partialled out, weights multiplied in.

    Parameters
    ----------
    names : tuple of str
        Terms, length ``k``.
    X, y : ndarray of shape (n, k) and (n,)
        Residualised and square-root-weighted.
    basis : ndarray of shape (n, q)
        Orthonormal basis of absorbed effects.
    rows : pandas.DataFrame
        ``area`` and ``year`` of each row.
    weights : ndarray or None
        Weights of the rows.
    clusters : tuple of ndarray of int
        One or two clusterings.
    cluster_names : tuple of str
        Their names.
    focal : tuple of str
        Terms that come from the regressors asked about.
    absorbs_area, absorbs_year : bool
        Which effects are in the basis.
    level : ndarray of shape (n,)
        The first regressor as it enters, before effects are taken out.
    """

    names: tuple[str, ...]
    X: FloatArray
    y: FloatArray
    basis: FloatArray
    rows: pd.DataFrame
    weights: FloatArray | None
    clusters: tuple[IntArray, ...]
    cluster_names: tuple[str, ...]
    focal: tuple[str, ...]
    absorbs_area: bool
    absorbs_year: bool
    level: FloatArray

    def fitted(self, coefficients: FloatArray) -> Fitted:
        """Return the design with the residuals that coefficients leave."""
        return Fitted(self.X, self.y - self.X @ coefficients, self.basis, self.weights)

    def counts(self, clusters: Sequence[IntArray] = (), every: bool = False) -> Counts:
        """Return what small-sample factors count; with ``every``, effects must nest in every clustering to be left out."""
        n, k = self.X.shape
        q = self.basis.shape[1]
        free = q
        if q and clusters:
            free = 1
            for column in ("area", "year"):
                dummies = self._absorbed(column)
                nested = [
                    nested_in(vectors.codes(self.rows[column], column, len(self.rows))[0], c)
                    for c in clusters
                ]
                if dummies and not (all(nested) if every else any(nested)):
                    free += dummies
        return Counts(n, k, q, free)

    def _absorbed(self, column: str) -> int:
        """Return how many effects of areas or years are absorbed, beyond one constant."""
        if column == "area":
            return int(self.rows["area"].nunique()) - 1 if self.absorbs_area else 0
        if not self.absorbs_year:
            return 0
        q = int(self.basis.shape[1])
        return q - int(self.rows["area"].nunique()) if self.absorbs_area else q - 1


def difference_rows(ready: Prepared, effects: str, span: int | None, bridge: bool) -> Prepared:
    """Return differences over ``span`` calendar years, or to the row before where gaps are bridged; the rows of the later year."""
    rows = ready.rows
    first, last = int(rows["year"].min()), int(rows["year"].max())
    step = 1 if effects != "long-difference" else (last - first if span is None else span)
    if step < 1:
        raise InputError(
            f"span: differences over {step} years are not possible; the complete rows run from {first} to {last}"
        )
    columns = np.column_stack([ready.y, ready.X])
    earlier = np.column_stack(
        [shift_by_year(rows["area"], rows["year"], columns[:, j], step) for j in range(columns.shape[1])]
    )
    if bridge:
        same = np.r_[False, rows["area"].to_numpy()[1:] == rows["area"].to_numpy()[:-1]]
        earlier = np.where(same[:, None], np.vstack([columns[:1], columns[:-1]]), np.nan)
    change = columns - earlier
    keep = np.asarray(~np.isnan(change).any(axis=1), dtype=np.bool_)
    if not keep.any():
        raise InputError(f"frame: no area has complete rows {step} years apart; nothing can be differenced")
    lost = rows[~keep].assign(
        reason=[
            "no earlier complete row of the area to subtract"
            if bridge
            else f"no complete row for {y - step} to subtract"
            for y in rows["year"][~keep]
        ]
    )
    bridged = pd.DataFrame({"area": [], "from_year": [], "to_year": []})
    if bridge:
        years = rows["year"].to_numpy()
        before = np.r_[years[:1], years[:-1]]
        far = keep & (years - before > 1)
        bridged = pd.DataFrame(
            {"area": rows["area"].to_numpy()[far], "from_year": before[far], "to_year": years[far]}
        )
    return Prepared(
        f"change in {ready.outcome}",
        change[keep, 0],
        ready.names,
        change[keep, 1:],
        ready.focal,
        rows.loc[keep],
        None if ready.weights is None else ready.weights[keep],
        ready.clusters.loc[keep].reset_index(drop=True),
        pd.concat([ready.dropped, lost[["area", "year", "reason"]]], ignore_index=True),
        bridged,
    )


def with_company(ready: Prepared, *, years: bool) -> Prepared:
    """Leave out areas (and years) with a single row: its effect explains it, so it would only seem to add information."""
    area = vectors.codes(ready.rows["area"], "area", ready.n)[0]
    keep = without_singletons(area, vectors.codes(ready.rows["year"], "year", ready.n)[0] if years else None)
    if keep.all() or not keep.any():
        return ready
    lost = ready.rows[~keep].assign(reason=f"the only row of its area{' or year' if years else ''}")
    return replace(
        ready,
        y=ready.y[keep],
        X=ready.X[keep],
        rows=ready.rows.loc[keep],
        weights=None if ready.weights is None else ready.weights[keep],
        clusters=ready.clusters.loc[keep].reset_index(drop=True),
        dropped=pd.concat([ready.dropped, lost[["area", "year", "reason"]]], ignore_index=True),
    )


@dataclass(frozen=True)
class PanelModel:
    """A fit by linearmodels beside the same regression as least squares sees it."""

    design: PanelDesign
    estimates: FloatArray
    fit: Any
    r2_within: float
    r2: float
    theta: pd.Series | None

    @classmethod
    def build(cls, ready: Prepared, effects: str, by: Sequence[str]) -> PanelModel:
        """Estimate and keep the rows as least squares sees them."""
        names = list(ready.names)
        X = ready.X
        area, area_names = vectors.codes(ready.rows["area"], "area", ready.n)
        year, _ = vectors.codes(ready.rows["year"], "year", ready.n)
        weights = ready.weights
        if effects == "correlated-random":
            means = _area_means(X, area, weights)
            varies = np.ptp(means, axis=0) > RANK_TOLERANCE * np.maximum(np.abs(X).max(axis=0), 1e-300)
            X = np.column_stack([X, means[:, varies]])
            names += [f"mean({name})" for name, keep in zip(ready.names, varies, strict=True) if keep]
        absorbs_area = effects in ("area", "two-way")
        absorbs_year = effects in ("year", "two-way", "first-difference-year")
        if not absorbs_area and not absorbs_year:
            X = np.column_stack([np.ones(ready.n), X])
            names = [CONSTANT, *names]
        if effects == "between" and weights is not None:
            raise InputError("weights: the regression of area means is not weighted here; leave weights out")
        index = pd.MultiIndex.from_arrays([area, year], names=["area", "year"])
        y_frame = pd.DataFrame({"y": ready.y}, index=index)
        X_frame = pd.DataFrame(X, index=index, columns=names)
        w_frame = None if weights is None else pd.DataFrame({"w": weights}, index=index)
        absorber = Absorber.make(
            ready.n, area if absorbs_area else None, year if absorbs_year else None, weights
        )
        rows = ready.rows
        clusters = ready.clusters
        if absorbs_area or absorbs_year:
            # what the effects absorb anyway is taken out of columns far from zero first, or it would eat their digits
            X = X - np.where(np.abs(X.mean(axis=0)) > 1e4 * X.std(axis=0), X.mean(axis=0), 0.0)
            X_frame = pd.DataFrame(X, index=index, columns=names)
        y_part, X_part = absorber.residualise(ready.y[:, None])[:, 0], absorber.residualise(X)
        if effects == "between":
            X_part, y_part = _area_rows(X, area), _area_rows(ready.y[:, None], area)[:, 0]
            rows = pd.DataFrame({"area": area_names, "year": 0})
            clusters = _area_clusters(clusters, area)
            absorber = Absorber.make(len(area_names))
        _check_rank(names, X_part, X, absorber.rank, effects)
        if effects == "random" and weights is not None:
            raise InputError(
                "weights: random effects are not weighted here; use effects='correlated-random', which with weights is "
                "pooled least squares with area means, or leave weights out"
            )
        quasi = effects in ("random", "correlated-random") and weights is None
        fit: Any
        try:
            if quasi:
                with np.errstate(divide="ignore", invalid="ignore"):  # errors of zero are refused below
                    fit = RandomEffects(y_frame, X_frame).fit(cov_type="unadjusted", debiased=True)
            elif effects == "between":
                fit = BetweenOLS(y_frame, X_frame).fit(cov_type="unadjusted", debiased=True)
            elif absorbs_area or absorbs_year:
                fit = PanelOLS(
                    y_frame, X_frame, weights=w_frame, entity_effects=absorbs_area, time_effects=absorbs_year
                ).fit(cov_type="unadjusted", debiased=True)
            else:
                fit = PooledOLS(y_frame, X_frame, weights=w_frame).fit(cov_type="unadjusted", debiased=True)
        except ValueError as error:
            # what the checks above cannot foresee, such as too few areas for the variance of random effects
            raise InputError(
                f"frame: {EFFECTS[effects]} cannot be estimated from {ready.n} rows. {error}"
            ) from error
        theta: pd.Series | None = None
        if quasi:
            shares = fit.theta["theta"].to_numpy(dtype=float)[: len(area_names)]
            theta = pd.Series(shares, index=area_names, name="theta")
            share = shares[area][:, None]
            if float(shares.max()) > 1 - 1e-9:
                raise InputError(
                    "frame: errors do not vary within areas, so random effects are area fixed effects; use those"
                )
            X_part = X - share * _area_means(X, area, None)
            y_part = ready.y - share[:, 0] * _area_means(ready.y[:, None], area, None)[:, 0]
        estimates = np.asarray(fit.params, dtype=np.float64)
        start = 1 if names[0] == CONSTANT else 0
        design = PanelDesign(
            tuple(names),
            X_part,
            y_part,
            absorber.basis,
            rows,
            weights,
            tuple(vectors.codes(clusters[name], name, len(clusters))[0] for name in by),
            tuple(by),
            tuple(names[start : start + ready.focal]),
            absorbs_area,
            absorbs_year,
            _area_rows(ready.X[:, :1], area)[:, 0] if effects == "between" else ready.X[:, 0],
        )
        own = absorbs_area or absorbs_year
        return cls(
            design,
            estimates,
            fit,
            float(fit.rsquared if own else fit.rsquared_within),
            float(fit.rsquared),
            theta,
        )


def _area_means(values: FloatArray, area: IntArray, weights: FloatArray | None) -> FloatArray:
    return _area_rows(values, area, weights)[area]


def _area_rows(values: FloatArray, area: IntArray, weights: FloatArray | None = None) -> FloatArray:
    w = np.ones(len(area)) if weights is None else weights
    totals = np.bincount(area, weights=w)
    return np.column_stack([np.bincount(area, weights=w * column) / totals for column in values.T])


def _area_clusters(clusters: pd.DataFrame, area: IntArray) -> pd.DataFrame:
    first = np.unique(area, return_index=True)[1]
    for name in clusters.columns:
        if not nested_in(area, vectors.codes(clusters[name], name, len(clusters))[0]):
            raise InputError(
                f"clusters: {name!r} changes within areas; a regression of area means cannot cluster by it"
            )
    return clusters.iloc[first].reset_index(drop=True)


def _check_rank(names: Sequence[str], X: FloatArray, raw: FloatArray, absorbed: int, effects: str) -> None:
    n, k = X.shape
    if n <= k + absorbed:
        raise InputError(
            f"frame: {n} complete rows for {k + absorbed} parameters ({EFFECTS[effects]}); give more areas or years"
        )
    scale = np.sqrt((raw**2).sum(axis=0))
    # columns after effects, against the size the columns had: what effects absorb is rounding error
    centred = np.sqrt(((raw - raw.mean(axis=0)) ** 2).sum(axis=0))
    for j, name in enumerate(names):
        size = float(np.sqrt((X[:, j] ** 2).sum()))
        if name != CONSTANT and size <= RANK_TOLERANCE * max(float(scale[j]), 1e-300):
            raise InputError(
                f"{name!r} has no variation left after {EFFECTS[effects]}; leave it out or use other effects"
            )
        if (
            name != CONSTANT
            and CONSTANT in names
            and centred[j] <= RANK_TOLERANCE * max(float(scale[j]), 1e-300)
        ):
            raise InputError(f"{name!r} is constant in the rows used; leave it out")
    used: list[int] = []
    for j in range(k):
        column = X[:, j] / np.linalg.norm(X[:, j])
        if used:
            basis = np.linalg.qr(X[:, used])[0]
            column = column - basis @ (basis.T @ column)
        if np.linalg.norm(column) < RANK_TOLERANCE:
            earlier = ", ".join(repr(names[i]) for i in used)
            raise InputError(
                f"{names[j]!r} is a linear combination of {earlier} after {EFFECTS[effects]}; leave one out"
            )
        used.append(j)
