"""Tests of a fitted panel regression: which effects, and whether errors are related across years or areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from healthdevo.checks import shown
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics import vectors
from healthdevo.regression.panel_design import CONSTANT
from healthdevo.regression.panels import PanelFit
from healthdevo.regression.preparation import shift_by_year
from healthdevo.typing import FloatArray
from healthdevo.wording import join, number

__all__ = ["PanelTest", "breusch_pagan_lm", "hausman", "pesaran_cd", "wooldridge_serial"]


@dataclass(frozen=True)
class PanelTest:
    """A test of a panel regression.

    Parameters
    ----------
    name : str
        Name of the test.
    statistic, p_value : float
        Value and p-value.
    distribution : str
        Reference distribution.
    null : str
        What is tested.
    note : str
        What else a reader must know of the rows; empty for nothing.
    """

    name: str
    statistic: float
    p_value: float
    distribution: str
    null: str
    note: str = ""

    @property
    def sentence(self) -> str:
        """The test in one sentence."""
        return f"{self.name}: {number(self.statistic)} ({self.distribution}, p = {number(self.p_value)}); null: {self.null}{f'; {self.note}' if self.note else ''}."


def _unweighted(fit: PanelFit) -> None:
    if fit.design.weights is not None:
        raise InputError("fit: this test is for fits without weights")


def _wide(fit: PanelFit) -> FloatArray:
    """Return residuals as areas x years, missing where there is no row."""
    area, area_names = vectors.codes(fit.design.rows["area"], "area", len(fit.design.rows))
    year, year_names = vectors.codes(fit.design.rows["year"], "year", len(fit.design.rows))
    grid = np.full((len(area_names), len(year_names)), np.nan)
    grid[area, year] = fit.residuals
    return grid


@front_door
def hausman(fixed: PanelFit, random: PanelFit) -> PanelTest:
    r"""Test whether area effects are unrelated to the regressors, by comparing fixed and random effects.

    Parameters
    ----------
    fixed, random : PanelFit
        The same regression with ``effects="area"`` and ``effects="random"``, both with classic errors.

    Notes
    -----
    :math:`H = d'(V_F - V_R)^{-1}d` with d the difference of slopes, chi-squared with as many degrees of freedom as slopes. With
    correlated errors use the area means of ``effects="correlated-random"`` instead: their coefficients are zero under the same
    null, with any covariance. A difference of covariances that is not positive definite raises InputError.

    An area of a single row says nothing about slopes beside its own effect: ``effects="area"`` leaves it out, random effects use it.
    Stata's ``xtreg, fe`` and linearmodels keep its row, which changes neither slopes nor their classic variances (one more row, one
    more effect), so the statistic is theirs; ``note`` names the areas. Any other difference of rows raises InputError.

    Examples
    --------
    >>> from healthdevo.regression.panels import panel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(20) for t in range(2010, 2016)], columns=["area", "year"])
    >>> frame["x"] = rng.normal(size=120) + frame["area"] % 5
    >>> frame["y"] = frame["x"] + frame["area"] % 5 + rng.normal(size=120)
    >>> fits = [panel(frame, outcome="y", regressors="x", effects=e, errors="classic") for e in ("area", "random")]
    >>> hausman(*fits).p_value < 0.05
    True
    """
    if fixed.effects != "area" or random.effects != "random" or {fixed.errors, random.errors} != {"classic"}:
        raise InputError(
            "fixed and random: give fits with effects 'area' and 'random', both with errors='classic'"
        )
    terms = [t for t in fixed.terms if t != CONSTANT]
    if set(terms) - set(random.terms):
        raise InputError(
            f"fixed and random: {sorted(set(terms) - set(random.terms))[0]!r} is a term of the first only; fit the same regression"
        )
    alone = _lone_areas(fixed, random)
    d = (fixed.params["estimate"].loc[terms] - random.params["estimate"].loc[terms]).to_numpy(
        dtype=np.float64
    )
    V = fixed.covariance.loc[terms, terms].to_numpy() - random.covariance.loc[terms, terms].to_numpy()
    # judged in units of the fixed-effects errors: an eigenvalue that is negative by rounding is no contradiction
    scale = np.sqrt(np.diag(fixed.covariance.loc[terms, terms].to_numpy()))
    if np.linalg.eigvalsh(V / np.outer(scale, scale))[0] <= -1e-6:
        raise InputError(
            "fixed and random: the difference of their covariances is not positive definite; use correlated random effects"
        )
    statistic = float(d @ np.linalg.solve(V, d))
    if statistic < 0.0:
        raise InputError(
            "fixed and random: their covariances contradict each other; use correlated random effects"
        )
    return PanelTest(
        "Hausman",
        statistic,
        float(stats.chi2.sf(statistic, len(terms))),
        f"chi2({len(terms)})",
        "area effects are unrelated to the regressors",
        f"{_areas(alone)} a single row, which counts for random effects only" if alone else "",
    )


def _areas(labels: Sequence[object]) -> str:
    """Name areas, and say that they have something."""
    few = join([str(x) for x in labels[:3]])
    if len(labels) > 3:
        return f"{len(labels)} areas ({few} first) have"
    return f"{few} {'has' if len(labels) == 1 else 'have'}"


def _lone_areas(fixed: PanelFit, random: PanelFit) -> list[object]:
    """Return the areas of a single row, in which alone the rows of the fits may differ."""
    ours, theirs = (pd.MultiIndex.from_frame(fit.rows[["area", "year"]]) for fit in (fixed, random))
    size = random.rows.groupby("area")["year"].size()
    extra = theirs.difference(ours, sort=False)
    wrong = [*ours.difference(theirs, sort=False), *(row for row in extra if size[row[0]] > 1)]
    if wrong:
        raise InputError(
            f"fixed and random: the row of {shown(wrong[0][0])} in {wrong[0][1]} is in one fit only ({len(wrong)} such rows); fit both to "
            "the same rows"
        )
    return [area for area, _ in extra]


@front_door
def breusch_pagan_lm(fit: PanelFit) -> PanelTest:
    r"""Test for area effects in a pooled regression (Lagrange multiplier; Baltagi and Li for unbalanced panels).

    Parameters
    ----------
    fit : PanelFit
        A fit with ``effects="pooled"``, without weights.

    Notes
    -----
    :math:`LM = \frac{n^2}{2(\sum_i T_i^2 - n)}\left(1 - \frac{\sum_i(\sum_t e_{it})^2}{\sum e_{it}^2}\right)^2`, chi-squared with 1
    degree of freedom (Breusch and Pagan 1980, Baltagi and Li 1990).

    Examples
    --------
    >>> from healthdevo.regression.panels import panel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(20) for t in range(2010, 2016)], columns=["area", "year"])
    >>> frame["x"] = rng.normal(size=120)
    >>> frame["y"] = frame["x"] + frame["area"] + rng.normal(size=120)
    >>> breusch_pagan_lm(panel(frame, outcome="y", regressors="x", effects="pooled")).p_value < 0.001
    True
    """
    _unweighted(fit)
    if fit.effects != "pooled":
        raise InputError(f"fit: the effects are {fit.effects!r}; give a pooled fit")
    e = _wide(fit)
    counts = (~np.isnan(e)).sum(axis=1)
    n = int(counts.sum())
    if (counts < 2).all():
        raise InputError("fit: every area has one year; area effects cannot be told from errors")
    sums = np.nansum(e, axis=1)
    ratio = 1 - float((sums**2).sum()) / float(np.nansum(e**2))
    statistic = n**2 / (2 * float((counts**2).sum() - n)) * ratio**2
    return PanelTest(
        "Breusch-Pagan LM",
        statistic,
        float(stats.chi2.sf(statistic, 1)),
        "chi2(1)",
        "there are no area effects",
    )


@front_door
def pesaran_cd(fit: PanelFit) -> PanelTest:
    r"""Test whether the errors of areas are correlated within years (Pesaran's CD).

    Parameters
    ----------
    fit : PanelFit
        Any fit without weights; residuals are correlated for each pair of areas over the years they share.

    Notes
    -----
    :math:`CD = \sqrt{2/(N(N-1))}\sum_{i<j}\sqrt{T_{ij}}\hat\rho_{ij}`, standard normal (Pesaran 2004, 2021). Pairs with fewer than 3
    years in common are left out. Year effects make residuals average to zero within years, so after them the test has little
    power and is biased downwards.

    Examples
    --------
    >>> from healthdevo.regression.panels import panel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(20) for t in range(2010, 2016)], columns=["area", "year"])
    >>> frame["x"] = rng.normal(size=120)
    >>> frame["y"] = frame["x"] + 3 * (frame["year"] % 2) + rng.normal(size=120)
    >>> pesaran_cd(panel(frame, outcome="y", regressors="x", effects="area")).p_value < 0.001
    True
    """
    _unweighted(fit)
    e = _wide(fit)
    present = ~np.isnan(e)
    filled = np.where(present, e, 0.0)
    seen = present.astype(np.float64)
    T = seen @ seen.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (filled @ seen.T) / T
        cross = filled @ filled.T - T * mean * mean.T
        spread = (filled**2) @ seen.T - T * mean**2
        rho = cross / np.sqrt(spread * spread.T)
    upper = np.triu_indices(len(e), 1)
    use = (T[upper] >= 3) & np.isfinite(rho[upper])
    pairs = int(use.sum())
    if pairs == 0:
        raise InputError("fit: no two areas share 3 years; errors cannot be correlated across areas")
    statistic = float((np.sqrt(T[upper][use]) * rho[upper][use]).sum() / np.sqrt(pairs))
    return PanelTest(
        "Pesaran CD",
        statistic,
        float(2 * stats.norm.sf(abs(statistic))),
        "N(0, 1)",
        "errors of areas are not correlated",
    )


@front_door
def wooldridge_serial(fit: PanelFit) -> PanelTest:
    r"""Test for serial correlation of the errors, from fixed-effects or first-difference residuals.

    Parameters
    ----------
    fit : PanelFit
        A fit without weights with ``effects="area"`` and the same number of years in each area, or with
        ``effects="first-difference"`` (any panel).

    Notes
    -----
    Residuals are regressed on their lag by year, with errors clustered by area and no small-sample factor. Without serial
    correlation the coefficient is -1/(T-1) for fixed effects (regression with a constant) and -1/2 for first differences (without).
    The square of the t ratio is compared with F(1, G-1). Wooldridge (2010), sections 10.5.4 and 10.6.3.

    Examples
    --------
    >>> from healthdevo.regression.panels import panel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(30) for t in range(2010, 2016)], columns=["area", "year"])
    >>> frame = frame.assign(x=rng.normal(size=180), y=rng.normal(size=180))
    >>> wooldridge_serial(panel(frame, outcome="y", regressors="x", effects="area")).p_value > 0.05
    True
    """
    _unweighted(fit)
    rows = fit.design.rows
    lagged = shift_by_year(rows["area"], rows["year"], fit.residuals, 1)
    keep = ~np.isnan(lagged)
    areas = pd.factorize(rows["area"])[0]
    groups = len(np.unique(areas[keep]))
    if keep.sum() < 3 or groups < 2:
        raise InputError("fit: too few pairs of consecutive years to look for serial correlation")
    if fit.effects == "area":
        counts = np.bincount(areas)
        if counts.min() != counts.max():
            raise InputError(
                "fit: areas differ in their number of years, so the coefficient without serial correlation is not one "
                "number; give a fit with effects='first-difference'"
            )
        null, X = -1 / (int(counts[0]) - 1), np.column_stack([lagged[keep], np.ones(int(keep.sum()))])
    elif fit.effects == "first-difference":
        null, X = -0.5, lagged[keep][:, None]
    else:
        raise InputError(
            f"fit: the effects are {fit.effects!r}; give a fit with effects 'area' or 'first-difference'"
        )
    model = sm.OLS(fit.residuals[keep], X).fit(
        cov_type="cluster", cov_kwds={"groups": areas[keep], "use_correction": False}
    )
    statistic = float(((model.params[0] - null) / model.bse[0]) ** 2)
    return PanelTest(
        "Wooldridge's test of serial correlation",
        statistic,
        float(stats.f.sf(statistic, 1, groups - 1)),
        f"F(1, {groups - 1})",
        "errors are not serially correlated",
    )
