r"""Panel regressions of an outcome on spending, by area and year, from one call.

Coefficients come from linearmodels. What is added: preparation that respects gaps in years, conventions of small samples by
name, bias-reduced clustered errors (CR2) with Satterthwaite degrees of freedom in models with absorbed effects, the cluster
jackknife, two-way clusters and the wild cluster bootstrap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.wild_bootstrap import WildBootstrap, wild_cluster_bootstrap
from healthdevo.regression.panel_design import EFFECTS, PanelDesign, PanelModel, difference_rows, with_company
from healthdevo.regression.panel_errors import (
    ERRORS,
    caution_of,
    check_variances,
    cluster_columns,
    panel_covariance,
)
from healthdevo.regression.preparation import Lags, prepare
from healthdevo.regression.small_samples import convention_name
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray
from healthdevo.wording import number, span, supported

__all__ = ["Coefficient", "PanelFit", "panel"]


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
    bridged : pandas.DataFrame
        Differences that reach across a gap: ``area``, ``from_year``, ``to_year``.
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
    caution : str
        How intervals are known to fall short, as a sentence; empty where they are not.
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
    bridged: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"area": [], "from_year": [], "to_year": []}), repr=False
    )
    caution: str = ""

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
            caution=self.caution,
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
            f"By {EFFECTS[self.effects]}, one unit more of {self.focal} goes with a difference of {number(supported(c.estimate, i.lower, i.upper))} in "
            f"{self.outcome} ({100 * i.level:g}% interval {span(i.lower, i.upper)}; {self.n:,} rows of "
            f"{self.areas} areas); this is an association, causal only if nothing else that changes with {self.focal} "
            f"matters. {self.caution}"
        ).rstrip()


@front_door
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
    sample: str | None = None,
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
    sample : str, optional
        Column of true and false: rows that are false lend their values to lags and leads of others, and are left out of the fit.
        (Rows taken out of the frame beforehand would take the lags of later years with them.)
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
    by = cluster_columns(clusters, errors, area, time)
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
        sample=sample,
    )
    if effects in ("first-difference", "first-difference-year", "long-difference"):
        ready = difference_rows(ready, effects, span, bridge_gaps)
    if bridge_gaps and effects not in ("first-difference", "first-difference-year"):
        raise InputError(f"bridge_gaps: it belongs to first differences; effects is {effects!r}")
    if span is not None and effects != "long-difference":
        raise InputError(f"span: it belongs to long differences; effects is {effects!r}")
    if effects in ("area", "two-way"):
        ready = with_company(ready, years=effects == "two-way")
    model = PanelModel.build(ready, effects, by)
    design, estimates = model.design, model.estimates
    fitted = design.fitted(estimates)
    covariance, df, how = panel_covariance(
        model, fitted, errors, convention, kernel_lags=kernel_lags, working=working, area=area, time=time
    )
    check_variances(covariance, design.names, design, fitted)
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
        f"{EFFECTS[effects]}{f', {_bridges(ready.bridged)}' if bridge_gaps else ''}{weighted}; {how}{lost}",
        ready.dropped,
        design.rows.reset_index(drop=True),
        fitted.residuals,
        model.theta,
        boot,
        design,
        ready.bridged,
        caution_of(errors, design),
    )


def _bridges(bridged: pd.DataFrame) -> str:
    """Say which gaps differences reach across."""
    if bridged.empty:
        return "no gap to bridge"
    rows = list(bridged.itertuples(index=False, name=None))
    shown = ", ".join(f"{area} {before} to {after}" for area, before, after in rows[:3])
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""
    return f"{len(rows)} gap{'s' if len(rows) > 1 else ''} bridged ({shown}{more})"


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
