"""Designs for areas that adopt at different times: group-time effects, and imputation.

Estimand: ``ATT(g, t)``, the average effect in period ``t`` on the areas first treated in period ``g``, and averages of
such effects. With ``b`` the last period before treatment (less anticipation) and ``C`` the comparison areas,

``ATT(g, t) = E[Y_t - Y_b | G = g] - E[Y_t - Y_b | C]``,

where the second term is adjusted for covariates of the base period by outcome regression, by inverse probability
weighting (normalised, logit) or by both (doubly robust). Standard errors come from influence functions, with areas as
the independent units; averages over groups also carry the influence of estimated group shares.

The doubly robust form divides the comparison areas' weights by their own sum, as Sant'Anna and Zhao do.

Assumptions: parallel trends of each group with its comparison areas (given covariates), no anticipation beyond the stated
periods, no spillover, treatment that stays on.

Sources: Callaway and Sant'Anna (2021), Journal of Econometrics 225; Sant'Anna and Zhao (2020), Journal of Econometrics
219; Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91, for imputation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.pre_trend_caution import pretrend_caution, with_caution
from healthdevo.evaluation.result import (
    Effect,
    Inference,
    effect_from_path,
    few_areas,
    rms,
)
from healthdevo.evaluation.two_period import Adjustment, two_period_effect
from healthdevo.front_door import front_door
from healthdevo.mathematics.estimates import limits
from healthdevo.mathematics.intervals import normal_limits, normal_quantiles
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number

__all__ = ["ALONE", "ONE_CONTROL", "GroupTimeEffects", "group_time_effects"]

Control = Literal["never", "not_yet"]
Aggregation = Literal["simple", "group", "calendar", "dynamic"]
ALONE = "errors are far too small with a single treated area; use placebo inference"
ONE_CONTROL = "errors are far too small with a single area to compare with; use placebo inference"


@dataclass(frozen=True)
class GroupTimeEffects(Estimates):
    """Effects for every group of adoption and period.

    Besides the fields of ``Estimates`` (``index`` has the levels ``group`` and ``period``):

    Parameters
    ----------
    influence : ndarray of shape (areas, k)
        Influence of each area on each effect; ``sqrt(sum of squares) / areas`` is the standard error.
    groups, times : ndarray of int, shape (k,)
        Positions of group and period of each effect.
    membership : ndarray of int, shape (areas,)
        Position of adoption of each area; the number of periods where never treated.
    mass : ndarray of shape (areas,)
        Weights of the areas, with mean one.
    periods : pandas.Index
        Labels of the periods.
    dropped : tuple of str
        Areas treated from the first period on; they say nothing here and were left out.
    pretrend_statistic, pretrend_p_value : float
        Wald test that all effects before treatment are zero, over cohorts of two areas or more; NaN when there is none.
    pretrend_caution : str
        That this test finds too much with so few areas in a cohort; empty with ten for each lead, and twenty at least.
        ``pretrend_placebo_test`` keeps its size with few.
    """

    influence: FloatArray = field(default_factory=lambda: np.zeros((0, 0)), repr=False)
    groups: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    times: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    membership: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64), repr=False)
    mass: FloatArray = field(default_factory=lambda: np.zeros(0), repr=False)
    periods: pd.Index = field(default_factory=lambda: pd.Index([]), repr=False)
    treated: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    pretrend_statistic: float = float("nan")
    pretrend_p_value: float = float("nan")
    pretrend_caution: str = ""

    @property
    def pretrend_sentence(self) -> str:
        """The test of the periods before treatment in words."""
        if np.isnan(self.pretrend_p_value):
            return "There is no effect before treatment that could be tested."
        says = "is" if self.pretrend_p_value < 0.05 else "is no"
        return with_caution(
            f"There {says} evidence of different trends before treatment (p = {number(self.pretrend_p_value, 2)}); "
            "a test that finds nothing does not show that trends were parallel.",
            self.pretrend_caution,
        )

    def _share_average(self, cells: IntArray) -> tuple[float, FloatArray]:
        """Average some effects by the shares of their groups; the shares are estimated too."""
        belongs = (self.membership[:, None] == self.groups[cells]) * self.mass[:, None]
        shares = belongs.mean(axis=0)
        weights = shares / shares.sum()
        effects = self.estimate[cells]
        centred = belongs - shares
        of_weights = centred / shares.sum() - centred.sum(axis=1, keepdims=True) * (
            shares / shares.sum() ** 2
        )
        return float(weights @ effects), self.influence[:, cells] @ weights + of_weights @ effects

    def aggregate(
        self,
        kind: Aggregation = "simple",
        *,
        earliest: int | None = None,
        latest: int | None = None,
        balance: int | None = None,
        levels: float | Sequence[float] | None = None,
        draws: int = 1000,
        seed: int | np.random.Generator = 0,
    ) -> Effect:
        """Average the effects.

        Parameters
        ----------
        kind : {"simple", "group", "calendar", "dynamic"}
            ``"simple"``: over all treated cells by group size. ``"group"``: over the periods of each group, then over
            groups by size. ``"calendar"``: over the groups of each period by size, then over periods. ``"dynamic"``: over
            groups by size at each time since treatment, then over the times from 0 on.
        earliest, latest : int, optional
            With ``"dynamic"``, only times since treatment within these.
        balance : int, optional
            With ``"dynamic"``, only groups observed at least this long after treatment, and only times up to it.
        levels : float or sequence of float, optional
            Levels of normal intervals; default those of the effects.
        draws, seed
            Multiplier draws for the simultaneous limits in the path.

        Returns
        -------
        Effect
            ``path`` has one row for each time since treatment, group or period (with ``"simple"`` none), with pointwise
            limits ``lower``, ``upper`` and simultaneous ones at the first level.

        Raises
        ------
        InputError
            When nothing is left to average.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> d = np.zeros((40, 5), dtype=bool)
        >>> d[:10, 2:], d[10:20, 3:] = True, True
        >>> panel = Panel(rng.normal(size=(40, 5)) + 2.0 * d, d, pd.RangeIndex(40), pd.RangeIndex(5))
        >>> bool(1.0 < group_time_effects(panel).aggregate("dynamic").estimate < 3.0)
        True
        """
        wanted = self.levels if levels is None else check_levels(levels)
        known = ~np.isnan(self.estimate)
        post = known & (self.times >= self.groups)
        since = self.times - self.groups
        parts: list[tuple[int, float, FloatArray]] = []
        if kind == "simple":
            cells = np.flatnonzero(post)
            if not len(cells):
                raise InputError("aggregate: there is no effect after treatment to average")
            overall = self._share_average(cells)
        elif kind == "group":
            for g in np.unique(self.groups[post]):
                cells = np.flatnonzero(post & (self.groups == g))
                parts.append(
                    (int(g), float(self.estimate[cells].mean()), self.influence[:, cells].mean(axis=1))
                )
            if not parts:
                raise InputError("aggregate: there is no effect after treatment to average")
            labels = np.array([g for g, _, _ in parts])
            belongs = (self.membership[:, None] == labels) * self.mass[:, None]
            shares = belongs.mean(axis=0)
            effects = np.array([e for _, e, _ in parts])
            centred = belongs - shares
            of_weights = centred / shares.sum() - centred.sum(axis=1, keepdims=True) * (
                shares / shares.sum() ** 2
            )
            weights = shares / shares.sum()
            influence = np.column_stack([i for _, _, i in parts]) @ weights + of_weights @ effects
            overall = (float(weights @ effects), influence)
        elif kind in ("calendar", "dynamic"):
            along = self.times if kind == "calendar" else since
            keep = post if kind == "calendar" else known
            if kind == "dynamic":
                last = len(self.periods) - 1
                if balance is not None:
                    keep = keep & (last - self.groups >= balance) & (since <= balance)
                    keep = keep & (since >= balance - last)
                if earliest is not None:
                    keep = keep & (since >= earliest)
                if latest is not None:
                    keep = keep & (since <= latest)
            for value in np.unique(along[keep]):
                parts.append((int(value), *self._share_average(np.flatnonzero(keep & (along == value)))))
            late = [p for p in parts if kind == "calendar" or p[0] >= 0]
            if not late:
                raise InputError("aggregate: there is no effect after treatment to average")
            overall = (
                float(np.mean([p[1] for p in late])),
                np.mean(np.column_stack([p[2] for p in late]), axis=1),
            )
        else:
            raise InputError(f"kind: {kind!r} is not simple, group, calendar or dynamic")
        n = len(self.membership)
        error = float(np.sqrt((overall[1] ** 2).sum()) / n)
        path = self._path(kind, parts, wanted[0], draws, np.random.default_rng(seed))
        gaps = self.estimate[known & (since < 0)]
        effect = effect_from_path(
            design="group-time difference-in-differences",
            estimate=overall[0],
            path=path,
            n=n,
            method=f"group-time effects, {kind} average; {self.method}",
            unit=self.unit,
            treated=self.treated,
            pre_rmspe=rms(gaps),
            post_rmspe=rms(self.estimate[post]),
            diagnostics={
                "pre-trend Wald statistic": self.pretrend_statistic,
                "pre-trend p-value": self.pretrend_p_value,
                "areas left out (treated from the start)": float(len(self.dropped)),
            },
        )
        never = int((self.membership == len(self.periods)).sum())
        cohorts = len(np.unique(self.groups))
        reason = ALONE if len(self.treated) < 2 else ONE_CONTROL if cohorts == 1 and never < 2 else ""
        if reason:
            return effect.with_inference(Inference("influence function", float("nan"), (), reason=reason))
        p_value = float(2 * stats.norm.sf(abs(overall[0]) / error)) if error > 0 else float("nan")
        return effect.with_inference(
            Inference(
                "influence function",
                error,
                limits(overall[0], error, wanted),
                p_value,
                few_areas(len(self.treated), never) if cohorts == 1 else "",
            )
        )

    def _path(
        self,
        kind: Aggregation,
        parts: list[tuple[int, float, FloatArray]],
        level: float,
        draws: int,
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        if not parts:
            return pd.DataFrame({"period": [], "relative": [], "effect": [], "standard_error": []})
        n = len(self.membership)
        influence = np.column_stack([i for _, _, i in parts])
        effects = np.array([e for _, e, _ in parts])
        errors = np.sqrt((influence**2).sum(axis=0)) / n
        z = float(normal_quantiles(level)[0])
        usable = errors > 0
        critical = z
        if usable.any() and draws > 0:
            noise = rng.standard_normal((draws, n))
            sup = np.abs(noise @ influence[:, usable] / n / errors[usable]).max(axis=1)
            critical = max(z, float(np.quantile(sup, level)))
        keys = np.array([k for k, _, _ in parts])
        label = keys if kind == "dynamic" else np.asarray(self.periods)[keys]
        return pd.DataFrame(
            {
                "period": label,
                "relative": keys if kind == "dynamic" else np.zeros(len(keys), dtype=int),
                "effect": effects,
                "standard_error": errors,
                "lower": effects - z * errors,
                "upper": effects + z * errors,
                "lower_simultaneous": effects - critical * errors,
                "upper_simultaneous": effects + critical * errors,
            }
        )

    def dynamic_coefficients(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return times since treatment, average effects at them and their covariance, without the reference period -1.

        They are what ``sensitivity`` takes; effects must have been estimated with a universal base.

        Raises
        ------
        InputError
            When the base varies, so that effects before treatment are not in reference to one period.

        Examples
        --------
        >>> d = np.outer(np.arange(30) < 8, np.arange(6) >= 4)
        >>> y = np.random.default_rng(0).normal(size=(30, 6)) + d
        >>> effects = group_time_effects(Panel(y, d, np.arange(30), np.arange(6)), base="universal")
        >>> effects.dynamic_coefficients()[0].tolist()
        [-4, -3, -2, 0, 1]
        """
        known = ~np.isnan(self.estimate)
        since = self.times - self.groups
        reference = known & (since == -1)
        if not reference.any() or (self.standard_error[reference] > 0).any():
            raise InputError(
                "dynamic coefficients: estimate the effects with base='universal' and no anticipation"
            )
        values = np.unique(since[known & (since != -1)])
        parts = [self._share_average(np.flatnonzero(known & (since == v))) for v in values]
        influence = np.column_stack([i for _, i in parts])
        n = len(self.membership)
        return (
            values,
            np.array([e for e, _ in parts]),
            np.asarray(influence.T @ influence / n**2, dtype=float),
        )

    def covariance(self) -> FloatArray:
        """Return the covariance matrix of the effects, in the order of ``index``."""
        n = len(self.membership)
        return np.asarray(self.influence.T @ self.influence / n**2, dtype=float)


def _few(member: IntArray, t: int) -> str:
    """Say how intervals of single effects fall short, where the smallest group is small."""
    note = few_areas(int(np.bincount(member[member < t])[np.unique(member[member < t])].min()), len(member))
    return f"; {note.replace('its limits', 'limits')}" if note else ""


@front_door
def group_time_effects(
    panel: Panel,
    *,
    control: Control = "never",
    adjustment: Adjustment = "doubly_robust",
    base: Literal["varying", "universal"] = "varying",
    anticipation: int = 0,
    levels: float | Sequence[float] = 0.95,
) -> GroupTimeEffects:
    """Estimate the effect for every group of adoption and every period.

    Parameters
    ----------
    panel : Panel
        Absorbing treatment. Each comparison uses the areas observed in both of its periods. Weights are used.
        Covariates are taken from the earlier of the two periods.
    control : {"never", "not_yet"}
        Compare with the never treated, or with all that are not yet treated.
    adjustment : {"doubly_robust", "regression", "weighting"}
        How covariates are used; without covariates all agree.
    base : {"varying", "universal"}
        Before treatment, compare with the period before, or always with the last one before treatment.
    anticipation : int
        Periods before treatment in which effects may already show.
    levels : float or sequence of float
        Levels of normal intervals.

    Returns
    -------
    GroupTimeEffects
        Where a comparison is empty the effect is NaN with its reason.

    Raises
    ------
    InputError
        When there is no comparison area at all, or covariates leave no overlap.

    Examples
    --------
    >>> y = np.array([[1.0, 1.0, 3.0], [2.0, 2.5, 4.0], [1.0, 1.5, 1.5], [0.0, 0.5, 1.0]])
    >>> d = np.zeros((4, 3), dtype=bool)
    >>> d[:2, 2] = True
    >>> effects = group_time_effects(Panel(y, d, pd.Index(list("ABCD")), pd.Index([2013, 2014, 2015])))
    >>> effects.to_frame()[["group", "period", "estimate"]].values.tolist()
    [[2015.0, 2014.0, -0.25], [2015.0, 2015.0, 1.5]]
    """
    wanted = check_levels(levels)
    design = "group-time effects"
    for name, value, valid in (
        ("control", control, ("never", "not_yet")),
        ("adjustment", adjustment, ("doubly_robust", "regression", "weighting")),
        ("base", base, ("varying", "universal")),
    ):
        if value not in valid:
            raise InputError(f"{name}: {value!r} is not one of {valid}")
    if anticipation < 0:
        raise InputError(f"anticipation: {anticipation} is not valid; 0 or more periods")
    panel.require(design, pre_periods=0, never_treated=1 if control == "never" else 0)
    t = panel.shape[1]
    always = panel.adoption <= anticipation
    dropped = tuple(str(a) for a in panel.areas[always])
    if (panel.treated & ~always).sum() == 0:
        raise InputError(
            f"{design}: every treated area is treated from the start (allowing for anticipation); the design "
            "needs periods before treatment"
        )
    kept = panel.select(areas=~always) if always.any() else panel
    member, y, n = kept.adoption, kept.outcome, kept.shape[0]
    mass = kept.weights / kept.weights.mean()
    cells: list[tuple[int, int]] = []
    estimate: list[float] = []
    reasons: list[str] = []
    sizes: list[int] = []
    influence: list[FloatArray] = []
    for g in np.unique(member[member < t]):
        last = int(g) - 1 - anticipation
        for now in range(t):
            before = now < g - anticipation
            if base == "varying":
                origin = now - 1 if before else last
                if origin < 0:
                    continue
            else:
                origin = last
            cells.append((int(g), now))
            row = np.zeros(n)
            if origin == now:
                estimate.append(0.0)
                reasons.append("")
                sizes.append(int((member == g).sum()))
                influence.append(row)
                continue
            group = member == g
            rest = member == t
            if control == "not_yet":
                rest = rest | ((member > max(now, origin) + anticipation) & ~group)
            seen = ~np.isnan(y[:, now]) & ~np.isnan(y[:, origin]) & (group | rest)
            if not (seen & group).any() or not (seen & rest).any():
                lacking = "treated" if not (seen & group).any() else "comparison"
                estimate.append(float("nan"))
                reasons.append(f"no {lacking} area is observed in both periods")
                sizes.append(0)
                influence.append(row)
                continue
            x = np.concatenate(
                [np.ones((int(seen.sum()), 1)), kept.covariates[seen, min(now, origin)]], axis=1
            )
            effect, values = two_period_effect(
                y[seen, now] - y[seen, origin], group[seen].astype(float), x, mass[seen], adjustment
            )
            row[seen] = values * n / seen.sum()
            estimate.append(effect)
            lone = int((seen & group).sum()) < 2, int((seen & rest).sum()) < 2
            reasons.append(ALONE if lone[0] else ONE_CONTROL if lone[1] else "")
            sizes.append(int(seen.sum()))
            influence.append(row)
    matrix = np.column_stack(influence)
    points = np.array(estimate)
    errors = np.sqrt((matrix**2).sum(axis=0)) / n
    errors = np.where(np.isnan(points) | np.array([bool(r) for r in reasons]), np.nan, errors)
    groups = np.array([g for g, _ in cells], dtype=np.int64)
    times = np.array([s for _, s in cells], dtype=np.int64)
    lower, upper = normal_limits(points, errors, wanted)
    several = (member[:, None] == groups).sum(
        axis=0
    ) > 1  # a cohort of one area has no spread of its own to judge by
    early = (times < groups - anticipation) & ~np.isnan(points) & (errors > 0) & several
    statistic = p_value = float("nan")
    caution = ""
    if early.any():
        cov = matrix[:, early].T @ matrix[:, early] / n**2
        if np.linalg.matrix_rank(cov) == early.sum():
            statistic = float(points[early] @ np.linalg.solve(cov, points[early]))
            p_value = float(stats.chi2.sf(statistic, early.sum()))
            smallest = int(np.bincount(member)[np.unique(groups[early])].min())
            never = int((member == t).sum()) if control == "never" else n - smallest
            leads = int(np.bincount(groups[early]).max())
            caution = pretrend_caution(smallest, never, leads)
    words = {"never": "never-treated", "not_yet": "not-yet-treated"}[control]
    how = adjustment.replace("_", " ") + ", " if kept.covariates.shape[2] else ""
    return GroupTimeEffects(
        measure="group-time average treatment effect",
        index=pd.MultiIndex.from_arrays(
            [kept.periods[groups], kept.periods[times]], names=["group", "period"]
        ),
        estimate=points,
        standard_error=errors,
        levels=wanted,
        lower=lower,
        upper=upper,
        n=np.array(sizes, dtype=np.int64),
        method=f"{how}{words} areas for comparison, influence-function errors{_few(member, t)}",
        unit=panel.unit,
        reason=tuple(reasons),
        influence=matrix,
        groups=groups,
        times=times,
        membership=member,
        mass=mass,
        periods=kept.periods,
        treated=kept.treated_areas,
        dropped=dropped,
        pretrend_statistic=statistic,
        pretrend_p_value=p_value,
        pretrend_caution=caution,
    )
