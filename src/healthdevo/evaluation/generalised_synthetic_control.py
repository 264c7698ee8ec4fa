"""Generalised synthetic control: interactive fixed effects fitted to the controls.

Estimand: the average effect on the treated areas over their treated periods. The untreated outcome is taken as

``y_it(0) = mu + a_i + x_it' b + xi_t + l_i' f_t + e_it``

with ``r`` factors ``f`` of unknown value. Coefficients, period effects and factors are fitted to the never-treated areas
(principal components of the two-way demeaned outcome, alternating with least squares for ``b``); the level and the
loadings of each treated area come from least squares on its own periods before treatment; what it has beyond the
prediction afterwards is the effect.

The number of factors is chosen by leaving out one period before treatment at a time, predicting it from the others
and taking the rank with the least mean squared prediction error; walking upwards, a higher rank is adopted only if the
error falls by more than 0.1%. The effect at every rank is always in the result.

Leaving out one period is valid where the errors of periods are independent. Windows of several years that overlap share
deaths: the neighbours of a left-out window give its error away, and the choice runs to many factors. ``overlap`` leaves
them out as well. Where the largest rank tried is chosen all the same, the result says so in its ``caution``.

Assumptions: the factor structure holds for all areas and periods, treated loadings lie where controls can inform the
factors, errors are independent of treatment and of each other across areas, no anticipation, no spillover; each treated
area has more periods before treatment than factors plus one.

Sources: Xu (2017), Political Analysis 25(1); Bai (2009), Econometrica 77(4); for the EM form Gobillon and Magnac
(2016), Review of Economics and Statistics 98(3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.factor_draws import Bootstrap, infer_by
from healthdevo.evaluation.factor_ranks import (
    DESIGN,
    Layout,
    RankFit,
    choose_rank,
    degrees,
    em_mspe,
    fit_rank,
    layout_of,
)
from healthdevo.evaluation.interactive_effects import two_way
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import (
    Effect,
    effect_from_path,
    path_of_gaps,
)
from healthdevo.front_door import front_door
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.results import check_levels
from healthdevo.wording import number

__all__ = ["FactorEffect", "generalised_synthetic_control"]


@dataclass(frozen=True)
class FactorEffect(Effect):
    """The effect by a factor model, at the chosen rank and at every other.

    Besides the fields of ``Effect``:

    Parameters
    ----------
    rank : int
        Number of factors behind the estimate.
    ranks : pandas.DataFrame or None
        One row for each rank tried: ``rank``, ``effect``, ``mspe`` (mean squared prediction error of left-out periods),
        ``information_criterion``, ``sigma2`` and ``chosen``; then one column for each covariate's coefficient.
    """

    rank: int = 0
    ranks: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    @property
    def rank_sentence(self) -> str:
        """The choice of the number of factors in words."""
        if self.ranks is None:
            return f"The number of factors is {self.rank}."
        low, high = self.ranks["effect"].min(), self.ranks["effect"].max()
        return (
            f"The number of factors is {self.rank}; over the ranks {self.ranks['rank'].min()} to "
            f"{self.ranks['rank'].max()} the effect runs from {number(float(low))} to {number(float(high))}."
        )


@front_door
def generalised_synthetic_control(
    panel: Panel,
    *,
    rank: int | None = None,
    ranks: Sequence[int] = (0, 1, 2, 3, 4, 5),
    em: bool = False,
    overlap: int = 0,
    inference: Bootstrap | Sequence[Bootstrap] = "parametric",
    draws: int = 1000,
    levels: float | Sequence[float] = 0.95,
    tolerance: float = 1e-10,
    seed: int | np.random.Generator = 0,
) -> FactorEffect:
    """Estimate the effect on the treated by generalised synthetic control.

    Model, choice of rank, assumptions and sources are those of this module's introduction.

    Parameters
    ----------
    panel : Panel
        Absorbing treatment, staggered or not; missing outcomes are handled by EM. Covariates are used; weights of
        treated areas are used in the average.
    rank : int, optional
        Number of factors; chosen by leave-one-out prediction when not given.
    ranks : sequence of int
        Ranks to try and report. Those that the shortest time before treatment or the number of controls cannot identify
        are left out of the table.
    em : bool
        Fit factors to all areas, with treated observations as missing, rather than to the controls alone.
    overlap : int
        How many periods on each side share data with a period, and are left out with it when the rank is chosen: 0 for
        single years, 2 for windows of three years that begin every year.
    inference : {"parametric", "units", "none"} or sequence of them
        ``"parametric"``: residuals of controls and prediction errors of controls that play the treated are redrawn
        around the fit, for few treated areas. ``"units"``: areas are redrawn, treated and controls apart; it needs
        several treated areas. Both hold the rank fixed.
    draws : int
        Number of draws.
    levels : float or sequence of float
        Levels of intervals: normal for the parametric bootstrap. Where areas are redrawn, the variance is multiplied by m / (m - 1)
        and Student's t has m - 1 degrees of freedom, m being the fewer of treated and controls. The draws are in ``inference``.
    tolerance : float
        The coefficients of covariates (and the fit of the EM form) are iterated until they change by less.
    seed : int or numpy.random.Generator
        Source of the draws.

    Returns
    -------
    FactorEffect

    Raises
    ------
    InputError
        When the panel is too short or has too few controls for the rank.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> y = rng.normal(size=(30, 1)) @ rng.normal(size=(1, 12)) + 0.1 * rng.normal(size=(30, 12))
    >>> d = np.zeros((30, 12), dtype=bool)
    >>> d[:4, 8:] = True
    >>> panel = Panel(y + 1.0 * d, d, pd.RangeIndex(30), pd.RangeIndex(12))
    >>> effect = generalised_synthetic_control(panel, ranks=(0, 1, 2), draws=100)
    >>> effect.rank, bool(abs(effect.estimate - 1.0) < 0.2)
    (1, True)
    """
    wanted = check_levels(levels)
    if overlap < 0:
        raise InputError(
            f"overlap: {overlap} is not valid; give 0, or how many periods on each side share data"
        )
    design = DESIGN + (" (EM)" if em else "")
    panel.require(design, pre_periods=1)
    layout = layout_of(panel)
    if not layout.post.any(axis=1).all():
        area = panel.areas[layout.treated[int(np.argmin(layout.post.any(axis=1)))]]
        raise InputError(f"panel: {area} has no observed treated period; drop it")
    shortest = int(layout.pre.sum(axis=1).min())
    n_controls, t = len(layout.controls), panel.shape[1]
    _check_connected(panel, design, layout)
    k = panel.covariates.shape[2]
    known = int(panel.observed[layout.controls].sum())

    def possible(r: int, spare: int) -> bool:
        n = panel.shape[0] if em else n_controls
        return (
            0 <= r <= min(n, t) - 1
            and shortest >= r + 1 + spare
            and known + (int(layout.pre.sum()) if em else 0) > degrees(n, t, r, k)
        )

    if rank is not None and not possible(rank, 0):
        raise InputError(
            f"rank: {rank} cannot be fitted; it needs at least {rank + 1} periods before every treatment (there are "
            f"{shortest}) and more control observations than parameters ({known} from {n_controls} controls)"
        )
    tried = sorted(
        {int(r) for r in ranks if possible(int(r), 1 + 2 * overlap)} | ({rank} if rank is not None else set())
    )
    if not tried:
        raise InputError(
            f"ranks: none of the ranks {tuple(ranks)} can be cross-validated; rank r needs r + {2 + 2 * overlap} periods before "
            f"every treatment (there are {shortest}) and more control observations than parameters ({known})"
        )
    fits = {r: fit_rank(layout, r, em, tolerance, overlap) for r in tried}
    errors = [
        (em_mspe(layout, r, tolerance, overlap) if em and (rank is None) else fits[r].mspe) for r in tried
    ]
    adopted = rank if rank is not None else tried[choose_rank(errors)]
    fit = fits[adopted]
    table = pd.DataFrame(
        {
            "rank": tried,
            "effect": [fits[r].effect for r in tried],
            "mspe": errors,
            "information_criterion": [fits[r].criterion for r in tried],
            "sigma2": [fits[r].sigma2 for r in tried],
            "chosen": [r == adopted for r in tried],
        }
    )
    for j, name in enumerate(panel.covariate_names):
        table[f"coefficient of {name}"] = [float(fits[r].beta[j]) for r in tried]
    effect = _describe(layout, fit, table, design, em)
    if rank is None and len(tried) > 1:
        at_edge = adopted == tried[-1]
        effect = replace(
            effect,
            diagnostics={**effect.diagnostics, "chosen rank is the largest tried": float(at_edge)},
            caution=_edge(adopted) if at_edge else "",
        )
    methods = (inference,) if isinstance(inference, str) else tuple(inference)
    rng = np.random.default_rng(seed)
    done = [infer_by(m, layout, fit, draws, wanted, rng, em, tolerance) for m in methods if m != "none"]
    if not done:
        return effect
    head = done[0]
    if head[1] is not None and effect.path is not None:
        path = effect.path.copy()
        spread = head[1]
        z = float(normal_quantiles(wanted[0])[0])
        path["standard_error"] = path["relative"].map(spread)
        path["lower"] = path["effect"] - z * path["standard_error"]
        path["upper"] = path["effect"] + z * path["standard_error"]
        effect = replace(effect, path=path)
    return effect.with_inference(*(i for i, _ in done))


def _edge(rank: int) -> str:
    return (
        f"The number of factors, {rank}, is the largest that was tried: the choice found no end. "
        "Read the effect at every number of factors instead."
    )


def _check_connected(panel: Panel, design: str, layout: Layout) -> None:
    """Every period needs an observed control, every control two observations."""
    seen = panel.observed[layout.controls]
    if not seen.any(axis=0).all():
        period = panel.periods[int(np.argmin(seen.any(axis=0)))]
        raise InputError(f"panel: no control is observed in {period}; leave that period out")
    few = seen.sum(axis=1) < 2
    if few.any():
        area = panel.areas[layout.controls[int(np.argmax(few))]]
        raise InputError(f"panel: control {area} is observed fewer than twice; drop it")
    if not layout.pre.any(axis=1).all():
        area = panel.areas[layout.treated[int(np.argmin(layout.pre.any(axis=1)))]]
        raise InputError(f"panel: {area} is never observed before its treatment; {design} needs that")
    if panel.covariates.shape[2]:
        x = np.nan_to_num(panel.covariates[layout.controls])
        flat = np.column_stack([two_way(x[None, :, :, j])[0].ravel() for j in range(x.shape[2])])
        length = np.sqrt((flat**2).sum(axis=0))
        scale = np.sqrt((x.reshape(-1, x.shape[2]) ** 2).sum(axis=0))
        constant = length <= 1e-10 * np.maximum(scale, 1e-300)
        if constant.any() or np.linalg.matrix_rank(flat / np.where(length > 0, length, 1.0)) < x.shape[2]:
            names = [n for n, c in zip(panel.covariate_names, constant, strict=True) if c] or list(
                panel.covariate_names
            )
            raise InputError(
                f"covariates: {', '.join(names)} cannot be told apart from area and period effects or from each "
                "other among the controls; drop them or widen the control pool"
            )


def _describe(layout: Layout, fit: RankFit, table: pd.DataFrame, design: str, em: bool) -> FactorEffect:
    panel = layout.panel
    relative = np.arange(panel.shape[1])[None, :] - panel.adoption[:, None]
    gap = np.full(panel.shape, np.nan)
    gap[layout.treated] = fit.gap
    path = path_of_gaps(gap, panel.outcome, relative, panel)
    names = [f"factor {j + 1}" for j in range(fit.rank)]
    if em:
        loadings = pd.DataFrame(fit.model.loadings[0], columns=names)
        loadings.insert(0, "area", np.asarray(panel.areas))
    else:
        loadings = pd.DataFrame(
            np.concatenate([fit.model.loadings[0], fit.coefficients[:, : fit.rank]]), columns=names
        )
        loadings.insert(0, "area", np.asarray(panel.areas)[np.concatenate([layout.controls, layout.treated])])
    loadings["treated"] = loadings["area"].isin(panel.areas[panel.treated])
    factors = pd.DataFrame(fit.model.factors[0], columns=names)
    factors.insert(0, "period", np.asarray(panel.periods))
    factors["period effect"] = fit.model.constant[0] + fit.model.period[0]
    inside = np.ones(len(layout.treated), dtype=bool)
    if not em and fit.rank:
        pool = fit.model.loadings[0]
        inside = (
            (fit.coefficients[:, : fit.rank] >= pool.min(axis=0))
            & (fit.coefficients[:, : fit.rank] <= pool.max(axis=0))
        ).all(axis=1)
    known = fit.gap[layout.pre]
    after = fit.gap[layout.post]
    base = effect_from_path(
        design=design,
        estimate=fit.effect,
        path=path,
        n=int(panel.observed.sum()),
        method=f"interactive fixed effects with {fit.rank} factor(s)",
        unit=panel.unit,
        treated=panel.treated_areas,
        loadings=loadings.sort_values("area", ignore_index=True),
        factors=factors,
        diagnostics={
            "rank": float(fit.rank),
            "prediction error of left-out periods": float(
                table.loc[table["rank"] == fit.rank, "mspe"].iloc[0]
            ),
            "sigma2": fit.sigma2,
            "unit-level RMSPE before": float(np.sqrt(np.mean(known**2))),
            "unit-level RMSPE after": float(np.sqrt(np.mean(after**2))),
            "treated areas within the range of control loadings": float(inside.mean()),
            **{
                f"coefficient of {name}": float(b)
                for name, b in zip(panel.covariate_names, fit.beta, strict=True)
            },
        },
    )
    values = {name: getattr(base, name) for name in base.__dataclass_fields__}
    return FactorEffect(**values, rank=fit.rank, ranks=table)
