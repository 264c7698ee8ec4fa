r"""Panel regressions of an outcome on spending, by area and year, from one call.

Coefficients come from linearmodels. What is added: preparation that respects gaps in years, conventions of small samples by
name, bias-reduced clustered errors (CR2) with Satterthwaite degrees of freedom in models with absorbed effects, the cluster
jackknife, two-way clusters and the wild cluster bootstrap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.panel import BetweenOLS, PanelOLS, PooledOLS, RandomEffects
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.mathematics import vectors
from healthdevo.mathematics.cluster_inference import (
    Fitted,
    cluster_jackknife,
    cluster_sandwich,
    cr2,
    heteroskedastic_sandwich,
    two_way_sandwich,
)
from healthdevo.mathematics.wild_bootstrap import WildBootstrap, wild_cluster_bootstrap
from healthdevo.mathematics.within import Absorber, nested_in
from healthdevo.regression.preparation import Lags, Prepared, prepare, shift_by_year
from healthdevo.regression.small_samples import Counts, cluster_df, cluster_factor, convention_name
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number

__all__ = ["EFFECTS", "ERRORS", "Coefficient", "PanelDesign", "PanelFit", "panel"]


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
ERRORS = (
    "classic",
    "robust",
    "HC0",
    "HC1",
    "HC2",
    "HC3",
    "clustered",
    "two-way",
    "CR2",
    "CR3",
    "driscoll-kraay",
    "wild",
)
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


@dataclass(frozen=True)
class Coefficient(Estimate):
    """One coefficient of a panel regression.

    Parameters
    ----------
    df : float
        Degrees of freedom of its t distribution; NaN for the bootstrap.
    p_value : float
        Two-sided, against zero.
    """

    df: float = np.nan
    p_value: float = np.nan


@dataclass(frozen=True)
class PanelFit:
    """A fitted panel regression.

    Parameters
    ----------
    outcome : str
        What is explained, such as ``"log(mortality)"``.
    effects, errors : str
        Estimator and covariance asked for.
    params : pandas.DataFrame
        Index the terms; columns ``estimate``, ``standard_error``, ``df``, ``t``, ``p_value`` and ``lower_95``, ``upper_95``
        (one pair for each level).
    covariance : pandas.DataFrame
        Covariance of the coefficients.
    levels : tuple of float
        Confidence levels.
    n, areas, years : int
        Rows used, after lags and differences; areas and years among them.
    r2_within : float
        Share of variance explained after the effects are taken out.
    r2 : float
        Share of variance explained as the estimator reports it.
    method : str
        Estimator, covariance and small-sample convention in words.
    dropped : pandas.DataFrame
        Rows not used: ``area``, ``year``, ``reason``.
    rows : pandas.DataFrame
        ``area`` and ``year`` of rows used.
    residuals : ndarray of shape (n,)
        Residuals on the (weighted, transformed) scale of the estimator.
    theta : pandas.Series or None
        Share of each area's mean that random effects subtract.
    bootstrap : mapping of str to WildBootstrap
        For ``errors="wild"``.
    design : PanelDesign
        The regression as least squares sees it, for leverage and other work on the same fit.
    """

    outcome: str
    effects: str
    errors: str
    params: pd.DataFrame
    covariance: pd.DataFrame = field(repr=False)
    levels: tuple[float, ...]
    n: int
    areas: int
    years: int
    r2_within: float
    r2: float
    method: str
    dropped: pd.DataFrame = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    residuals: FloatArray = field(repr=False)
    theta: pd.Series | None = field(repr=False)
    bootstrap: Mapping[str, WildBootstrap] = field(repr=False)
    design: PanelDesign = field(repr=False)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms."""
        return tuple(self.params.index)

    @property
    def focal(self) -> str:
        """The first term of the regressors asked about."""
        return self.design.focal[0]

    def __getitem__(self, term: str) -> Coefficient:
        """Return one coefficient as an ``Estimate``."""
        if term not in self.params.index:
            raise InputError(f"no term {term!r}; the terms are {', '.join(self.terms)}")
        row = dict(
            zip(self.params.columns, self.params.loc[[term]].to_numpy(dtype=float)[0].tolist(), strict=True)
        )
        return Coefficient(
            f"coefficient of {term} on {self.outcome}",
            row["estimate"],
            row["standard_error"],
            tuple(Interval(x, row[f"lower_{100 * x:g}"], row[f"upper_{100 * x:g}"]) for x in self.levels),
            self.n,
            self.method,
            df=row["df"],
            p_value=row["p_value"],
        )

    def wild_bootstrap(
        self,
        term: str | None = None,
        *,
        null: float = 0.0,
        draws: int = 9999,
        seed: int | np.random.Generator = 0,
        levels: float | Sequence[float] | None = None,
    ) -> WildBootstrap:
        """Test one coefficient by the restricted wild cluster bootstrap, over the clusters of the fit.

        Parameters
        ----------
        term : str, optional
            The coefficient; default the first regressor.
        null : float
            Value tested.
        draws, seed
            Random sign patterns with more than 12 clusters; with fewer all are enumerated.
        levels : float or sequence of float, optional
            Confidence levels; default those of the fit.

        Returns
        -------
        WildBootstrap
            p-values and intervals by inversion.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> frame = pd.DataFrame([(a, t) for a in range(8) for t in range(2013, 2019)], columns=["area", "year"])
        >>> frame = frame.assign(x=rng.normal(size=48), y=rng.normal(size=48))
        >>> panel(frame, outcome="y", regressors="x").wild_bootstrap().draws
        256
        """
        name = self.focal if term is None else term
        if name not in self.design.names:
            raise InputError(f"no term {name!r}; the terms are {', '.join(self.terms)}")
        if len(self.design.clusters) > 1:
            raise InputError("the fit has two clusterings; fit it with one to bootstrap")
        design, j = self.design, self.design.names.index(name)
        return wild_cluster_bootstrap(
            design.y,
            design.X[:, j],
            np.delete(design.X, j, axis=1),
            design.clusters[0],
            basis=design.basis,
            null=null,
            draws=draws,
            seed=seed,
            levels=self.levels if levels is None else levels,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy frame: one row for each term and level."""
        return pd.concat([self[term].to_frame().assign(term=term) for term in self.terms], ignore_index=True)

    @property
    def sentence(self) -> str:
        """The first coefficient in one sentence, with the design and its limits."""
        c = self[self.focal]
        i = c.interval()
        return (
            f"By {EFFECTS[self.effects]}, one unit more of {self.focal} goes with a difference of {number(c.estimate)} in "
            f"{self.outcome} ({100 * i.level:g}% interval {number(i.lower)} to {number(i.upper)}; {self.n:,} rows of "
            f"{self.areas} areas); this is an association, causal only if nothing else that changes with {self.focal} "
            "matters."
        )


def panel(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str] | str,
    area: str = "area",
    time: str = "year",
    lags: Lags = 0,
    logs: Sequence[str] | str | bool = (),
    controls: Sequence[str] | str = (),
    effects: str = "two-way",
    errors: str = "clustered",
    clusters: Sequence[str] | str | None = None,
    weights: str | None = None,
    small_sample: str = "stata",
    levels: float | Sequence[float] = 0.95,
    span: int | None = None,
    bridge_gaps: bool = False,
    kernel_lags: int | None = None,
    working: str = "identity",
    draws: int = 9999,
    seed: int | np.random.Generator = 0,
) -> PanelFit:
    r"""Fit a panel regression from a tidy frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and year, in any order, gaps allowed.
    outcome : str
        Column to explain.
    regressors, controls : str or sequence of str
        Columns that explain it; sentences speak of the first regressor.
    area, time : str
        Columns that identify a row. Years are whole numbers or text such as ``"2013/14"``.
    lags : int, sequence of int or mapping
        Years by which regressors are lagged: ``1``, ``(0, 1, 2)``, or by name ``{"spend": 1, "income": 0}``. By calendar year:
        after a gap a lag is missing. Negative numbers are leads.
    logs : str, sequence of str or bool
        Columns to take natural logs of; ``True`` for outcome and regressors.
    effects : str
        ``"pooled"``, ``"area"``, ``"year"``, ``"two-way"``, ``"first-difference"`` (with a constant),
        ``"first-difference-year"``, ``"long-difference"``, ``"between"``, ``"random"`` or ``"correlated-random"``.
    errors : str
        ``"classic"``, ``"robust"`` (HC1), ``"HC0"``, ``"HC2"``, ``"HC3"``, ``"clustered"``, ``"two-way"`` (by area and year),
        ``"CR2"``, ``"CR3"``, ``"driscoll-kraay"`` or ``"wild"``.
    clusters : str or sequence of str, optional
        Column or two columns to cluster by; default the area.
    weights : str, optional
        Column of positive weights, such as population.
    small_sample : str
        Convention of clustered errors: ``"stata"`` (also ``"fixest"``), ``"sandwich"``, ``"linearmodels"``, ``"plm-sss"`` or
        ``"none"`` (also ``"plm"``); see ``healthdevo.regression.small_samples``.
    levels : float or sequence of float
        Confidence levels.
    span : int, optional
        Years of a long difference; default from the first to the last year in the complete rows, one difference an area.
    bridge_gaps : bool
        Whether first differences reach across gaps to the area's last complete year, as R's plm does, instead of using consecutive
        years only.
    kernel_lags : int, optional
        Lags of Driscoll-Kraay; default floor(4 (T/100)^(2/9)), under ``"none"`` floor(T^(1/4)).
    working : {"identity", "inverse-weights"}
        Working model of CR2 in weighted fits.
    draws, seed : int
        Of the wild bootstrap.

    Returns
    -------
    PanelFit
        Coefficients with intervals, what was used and dropped, and the method in words.

    Raises
    ------
    InputError
        For area-years given twice, infinite values or logarithms of zero (rows named), regressors that the effects absorb or
        that are combinations of others (named), too few clusters, or too few rows.

    Notes
    -----
    The model is :math:`y_{it} = \beta' x_{i,t-l} + \gamma' c_{it} + \alpha_i + \tau_t + \varepsilon_{it}`; the estimand of the
    fixed-effects estimators is the difference in outcome that goes with a difference in x between years within an area
    (relative to the years' means). It is an effect of x only if x is not related to :math:`\varepsilon` of any year given the
    effects. First differences use consecutive years only (unless ``bridge_gaps``) and the weight of the later year. Robust errors (not clustered)
    are inconsistent in short fixed-effects panels with serial correlation: prefer clusters.

    CR2 uses Satterthwaite degrees of freedom; with random effects its working model is that of equal variances after
    quasi-demeaning. Intervals of ``"wild"`` invert the bootstrap test; its standard error is the
    clustered one. CR3 is scaled by (G-1)/G, under ``"sandwich"`` by G/(G-1) (n-1)/(n-k). Classic and robust errors use n - K.

    References
    ----------
    Wooldridge JM (2010). Econometric Analysis of Cross Section and Panel Data, 2nd ed., MIT Press, chapter 10. Driscoll JC,
    Kraay AC (1998). Consistent covariance matrix estimation with spatially dependent panel data. REStat 80, 549-560.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(12) for t in range(2013, 2019)], columns=["area", "year"])
    >>> frame["spend"] = np.exp(rng.normal(4, 0.2, len(frame)))
    >>> frame["mortality"] = np.exp(5 - 0.1 * np.log(frame["spend"]) + rng.normal(0, 0.02, len(frame)))
    >>> fit = panel(frame, outcome="mortality", regressors="spend", logs=True, lags=0, errors="CR2")
    >>> fit.n, fit.areas, fit.terms
    (72, 12, ('log(spend)',))
    >>> -0.2 < fit["log(spend)"].estimate < 0
    True
    """
    wanted = check_levels(levels)
    convention = convention_name(small_sample)
    if effects not in EFFECTS:
        raise InputError(f"effects: {effects!r} is not valid; give one of {', '.join(EFFECTS)}")
    if errors not in ERRORS:
        raise InputError(f"errors: {errors!r} is not valid; give one of {', '.join(ERRORS)}")
    by = _cluster_columns(clusters, errors, area, time)
    ready = prepare(
        frame,
        outcome=outcome,
        regressors=regressors,
        area=area,
        time=time,
        lags=lags,
        logs=logs,
        controls=controls,
        weights=weights,
        clusters=by,
    )
    if effects in ("first-difference", "first-difference-year", "long-difference"):
        ready = _differences(ready, effects, span, bridge_gaps)
    if bridge_gaps and effects not in ("first-difference", "first-difference-year"):
        raise InputError(f"bridge_gaps: it belongs to first differences; effects is {effects!r}")
    if span is not None and effects != "long-difference":
        raise InputError(f"span: it belongs to long differences; effects is {effects!r}")
    model = _Model.build(ready, effects, by)
    design, estimates = model.design, model.estimates
    fitted = design.fitted(estimates)
    covariance, df, how = _covariance(
        model, fitted, errors, convention, kernel_lags=kernel_lags, working=working, area=area, time=time
    )
    _check_variances(covariance, design.names)
    boot: dict[str, WildBootstrap] = {}
    if errors == "wild":
        for j, name in enumerate(design.names):
            rest = np.delete(design.X, j, axis=1)
            boot[name] = wild_cluster_bootstrap(
                design.y,
                design.X[:, j],
                rest,
                design.clusters[0],
                basis=design.basis,
                draws=draws,
                seed=seed if isinstance(seed, int) else seed.spawn(1)[0],
                levels=wanted,
            )
    params = _params(design.names, estimates, covariance, df, wanted, boot)
    weighted = "" if ready.weights is None else f", weighted by {weights}"
    lost = f"; {len(ready.dropped)} rows not used" if len(ready.dropped) else ""
    return PanelFit(
        ready.outcome,
        effects,
        errors,
        params,
        pd.DataFrame(covariance, index=list(design.names), columns=list(design.names)),
        wanted,
        len(design.y),
        int(design.rows["area"].nunique()),
        int(design.rows["year"].nunique()),
        model.r2_within,
        model.r2,
        f"{EFFECTS[effects]}{', gaps bridged' if bridge_gaps else ''}{weighted}; {how}{lost}",
        ready.dropped,
        design.rows.reset_index(drop=True),
        fitted.residuals,
        model.theta,
        boot,
        design,
    )


def _cluster_columns(
    clusters: Sequence[str] | str | None, errors: str, area: str, time: str
) -> tuple[str, ...]:
    if errors == "two-way" and clusters is None:
        return (area, time)
    by = (area,) if clusters is None else (clusters,) if isinstance(clusters, str) else tuple(clusters)
    limit = 2 if errors in ("clustered", "two-way") else 1
    if not 1 <= len(by) <= limit or len(set(by)) != len(by) or (errors == "two-way" and len(by) != 2):
        raise InputError(
            f"clusters: {list(by)!r} does not go with errors={errors!r}; give "
            + (
                "two different columns"
                if errors == "two-way"
                else f"at most {limit} column{'s' if limit > 1 else ''}"
            )
        )
    return by


def _params(
    names: Sequence[str],
    estimates: FloatArray,
    covariance: FloatArray,
    df: FloatArray,
    levels: Sequence[float],
    boot: Mapping[str, WildBootstrap],
) -> pd.DataFrame:
    # a perfect fit leaves variances that are zero but for rounding
    errors = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimates / errors
    if boot:
        df = np.full(len(names), np.nan)
        p = np.array([boot[name].p_value for name in names])
    else:
        p = 2 * stats.t.sf(np.abs(t), df)
    columns: dict[str, object] = {
        "estimate": estimates,
        "standard_error": errors,
        "df": df,
        "t": t,
        "p_value": p,
    }
    for i, level in enumerate(levels):
        if boot:
            lower = np.array([boot[name].intervals[i].lower for name in names])
            upper = np.array([boot[name].intervals[i].upper for name in names])
        else:
            reach = stats.t.ppf(0.5 + level / 2, df) * errors
            lower, upper = estimates - reach, estimates + reach
        columns[f"lower_{100 * level:g}"] = lower
        columns[f"upper_{100 * level:g}"] = upper
    return pd.DataFrame(columns, index=pd.Index(list(names), name="term"))


def _check_variances(covariance: FloatArray, names: Sequence[str]) -> None:
    bad = [name for name, v in zip(names, np.diag(covariance), strict=True) if not np.isfinite(v)]
    if bad:
        raise InputError(f"the variance of {bad[0]!r} cannot be computed; there are too few rows or clusters")


def _differences(ready: Prepared, effects: str, span: int | None, bridge: bool) -> Prepared:
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
        reason=[f"no complete row for {y - step} to subtract" for y in rows["year"][~keep]]
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
    )


@dataclass(frozen=True)
class _Model:
    """A fit by linearmodels beside the same regression as least squares sees it."""

    design: PanelDesign
    estimates: FloatArray
    fit: Any
    r2_within: float
    r2: float
    theta: pd.Series | None

    @classmethod
    def build(cls, ready: Prepared, effects: str, by: Sequence[str]) -> _Model:
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


def _covariance(
    model: _Model,
    fitted: Fitted,
    errors: str,
    convention: str,
    *,
    kernel_lags: int | None,
    working: str,
    area: str,
    time: str,
) -> tuple[FloatArray, FloatArray, str]:
    design = model.design
    n, k = design.X.shape
    everything = design.counts()
    residual_df = float(n - everything.all)
    same = np.full(k, residual_df)
    if errors == "classic":
        covariance = np.asarray(model.fit.cov, dtype=np.float64)
        return covariance, same, f"classic errors; t with n - K = {residual_df:g} degrees of freedom"
    if errors in ("robust", "HC0", "HC1", "HC2", "HC3"):
        kind = "HC1" if errors == "robust" else errors
        covariance = heteroskedastic_sandwich(fitted, kind)
        return (
            covariance,
            same,
            f"heteroskedasticity-robust errors ({kind}, K with all effects); t with {residual_df:g} degrees of freedom",
        )
    if errors == "driscoll-kraay":
        return _driscoll_kraay(model, convention, kernel_lags)
    names = " and ".join(
        "area" if name == area else "year" if name == time else name for name in design.cluster_names
    )
    sizes = [int(c.max()) + 1 for c in design.clusters]
    for size, name in zip(sizes, design.cluster_names, strict=True):
        if size < 2:
            raise InputError(
                f"clusters: all rows lie in one cluster by {name!r}; clustered errors need at least 2"
            )
    counts = design.counts(design.clusters, every=convention == "linearmodels")
    if errors == "CR2":
        result = cr2(fitted, design.clusters[0], working)
        how = "" if design.weights is None else f", working model {working}"
        return (
            result.covariance,
            result.df,
            f"errors clustered by {names} ({sizes[0]} clusters), bias-reduced (CR2{how}); t with Satterthwaite degrees of freedom",
        )
    if errors == "CR3":
        factor = (
            cluster_factor(convention, counts, sizes[0])
            if convention == "sandwich"
            else (sizes[0] - 1) / sizes[0]
        )
        covariance = cluster_jackknife(fitted, design.clusters[0], factor)
        return (
            covariance,
            np.full(k, sizes[0] - 1.0),
            f"errors clustered by {names} ({sizes[0]} clusters), jackknife (CR3, factor {factor:.6g}); t with G - 1 degrees "
            "of freedom",
        )
    if len(design.clusters) == 2:
        first, second = design.clusters
        both = len(np.unique(np.column_stack([first, second]), axis=0))
        small = min(sizes)
        groups = (small,) * 3 if convention == "stata" else (sizes[0], sizes[1], both)
        factors = (
            cluster_factor(convention, counts, groups[0]),
            cluster_factor(convention, counts, groups[1]),
            cluster_factor(convention, counts, groups[2]),
        )
        covariance = two_way_sandwich(fitted, first, second, factors)
        df = cluster_df(convention, counts, small)
        return (
            covariance,
            np.full(k, df),
            f"errors clustered by {names} ({sizes[0]} and {sizes[1]} clusters), small-sample convention {convention!r} "
            f"(factors {factors[0]:.6g}, {factors[1]:.6g}, {factors[2]:.6g}); t with {df:g} degrees of freedom",
        )
    factor = cluster_factor(convention, counts, sizes[0])
    df = cluster_df(convention, counts, sizes[0])
    covariance = factor * cluster_sandwich(fitted, design.clusters[0])
    text = f"errors clustered by {names} ({sizes[0]} clusters), small-sample convention {convention!r} (factor {factor:.6g})"
    if errors == "wild":
        return (
            covariance,
            np.full(k, np.nan),
            (text + "; p-values and intervals by the restricted wild cluster bootstrap (Rademacher signs)"),
        )
    return covariance, np.full(k, df), f"{text}; t with {df:g} degrees of freedom"


def _driscoll_kraay(
    model: _Model, convention: str, kernel_lags: int | None
) -> tuple[FloatArray, FloatArray, str]:
    design = model.design
    years = int(design.rows["year"].nunique())
    if years < 2:
        raise InputError("errors: Driscoll-Kraay needs at least 2 years; there is 1")
    if kernel_lags is None:
        lags = int(years**0.25) if convention == "none" else int(4 * (years / 100) ** (2 / 9))
    else:
        lags = kernel_lags
    if not 0 <= lags < years:
        raise InputError(f"kernel_lags: {lags} is not valid; give a number from 0 to {years - 1}")
    n, k = design.X.shape
    # linearmodels sees the transformed rows as a pooled regression, so that every estimator is served alike
    index = pd.MultiIndex.from_arrays(
        [
            vectors.codes(design.rows["area"], "area", len(design.rows))[0],
            vectors.codes(design.rows["year"], "year", len(design.rows))[0],
        ]
    )
    pooled = PooledOLS(
        pd.DataFrame({"y": design.y}, index=index),
        pd.DataFrame(design.X, index=index, columns=list(design.names)),
    ).fit(cov_type="kernel", kernel="bartlett", bandwidth=lags, debiased=False)
    covariance = np.asarray(pooled.cov, dtype=np.float64)
    everything = design.counts().all
    factor = 1.0 if convention == "none" else n / (n - everything)
    df = float(years - 1 if convention in ("stata", "sandwich") else n - everything)
    return (
        factor * covariance,
        np.full(k, df),
        f"Driscoll-Kraay errors (Bartlett kernel, {lags} lags, factor {factor:.6g}); t with {df:g} degrees of freedom",
    )
