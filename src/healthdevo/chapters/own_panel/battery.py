"""The battery: every design with the same placebo groups, what came before, what moves the answer, what could be seen, and a verdict by rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas
from healthdevo.chapters.devolution.designs import blocks_of, placebo_of
from healthdevo.chapters.devolution.pre_trends import paths_of
from healthdevo.errors import InputError
from healthdevo.evaluation import (
    ConditionalPlaceboTest,
    Effect,
    Panel,
    PlaceboTest,
    PretrendPlaceboTest,
    SensitivityBounds,
    SpecificationCurve,
    Verdict,
    conditional_placebo_test,
    estimate_effect,
    imputation,
    in_time,
    leave_one_control_out,
    leave_one_treated_out,
    matrix_completion,
    pretrend_placebo_test,
    random_groups,
    sensitivity,
    specification_curve,
    verdict,
)
from healthdevo.evaluation.result import permutation_intervals
from healthdevo.mathematics.estimates import limits as normal_limits
from healthdevo.typing import IntArray

__all__ = ["DESIGNS", "MAIN", "SEED", "Battery", "Row"]

MAIN = "sdid"
"""The main design, as in the chapter on devolution."""
DESIGNS = {
    "did": "Difference in differences",
    "sdid": "Synthetic difference-in-differences",
    "sc": "Synthetic control",
    "gsc1": "Factor model, 1 factor",
    "gsc2": "Factor model, 2 factors",
    "trend": "Difference, less own earlier trends",
    "given": "Difference, given earlier trend and level",
    "imputation": "Imputation",
    "mc": "Matrix completion",
}
"""All designs; the placebo groups of the last two would take too long, so their intervals are their own."""
OTHERS = ("did", "sc", "gsc1", "gsc2")
"""The designs, besides the main one, that the rule of the verdict looks at: those that take no trend to go on in full."""
SEED = 2014
DRAWS = 300
"""Groups drawn at random where there are more than can all be taken."""
_CURVE_DRAWS = 60
_ENOUGH = 19
FEWEST_FOR_START = 3
"""Periods that must lie before a made-up start."""
DETECTABLE = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
"""Standard errors that an effect must have to be found four times in five."""


@dataclass(frozen=True)
class Row:
    """A design that ran, or why it could not."""

    design: str
    test: PlaceboTest | Effect | None = None
    reason: str = ""


def _groups(panel: Panel, size: int, draws: int) -> tuple[IntArray, bool]:
    """Return groups of untreated units, and whether they are all there are."""
    free = np.flatnonzero(~panel.treated)
    if comb(len(free), size) <= draws:
        return np.array(list(combinations(free.tolist(), size)), dtype=np.int64), True
    return random_groups(panel, size=size, draws=draws, seed=SEED), False


def _year_of_boundaries(panel: Panel) -> int | None:
    """Return a year whose map has every unit as a district, or None: only then can neighbours be told."""
    labels = {str(a) for a in panel.areas}
    if not all(label in areas.registry() for label in labels):
        return None
    years = reversed(areas.boundary_years("district"))
    return next((y for y in years if labels <= set(areas.boundaries("district", y).index)), None)


@dataclass(frozen=True)
class Battery:
    """Everything that a referee would ask of one policy in one panel.

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start.
    groups : ndarray of int
        The placebo groups: as many untreated units as are treated.
    kind : str
        What the groups are: ``neighbours``, ``all`` or ``random``.
    """

    panel: Panel = field(repr=False)
    groups: IntArray = field(repr=False)
    kind: str

    @classmethod
    def of(cls, panel: Panel) -> Battery:
        """Return the battery of a panel.

        Blocks of neighbours are the placebo groups where every unit is an English district on one map; else all groups of the size, or 300 at random.
        """
        year = _year_of_boundaries(panel) if panel.n_treated > 1 else None
        if year is not None:
            blocks = blocks_of(panel, year)
            if len(blocks) >= _ENOUGH:
                return cls(panel, blocks, "neighbours")
        groups, whole = _groups(panel, panel.n_treated, DRAWS)
        return cls(panel, groups, "all" if whole else "random")

    @property
    def before(self) -> int:
        """Number of periods before treatment."""
        return int(self.panel.cohorts[0])

    @property
    def start(self) -> Any:
        """First treated period."""
        return self.panel.periods[self.before]

    @cached_property
    def counted(self) -> Panel:
        """The panel with periods counted from 0: texts such as 2016/17 are as evenly spaced as numbers."""
        return replace(self.panel, periods=pd.RangeIndex(self.panel.shape[1]))

    @property
    def positive(self) -> bool:
        """Whether every outcome is above zero, so that changes in per cent have a meaning."""
        return bool((self.panel.outcome > 0.0).all())

    # ------------------------------------------------------------------ designs
    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every design with its result, or the reason for having none."""
        return tuple(self._row(design) for design in DESIGNS)

    def _row(self, design: str) -> Row:
        if design.startswith("gsc") and self.before < int(design[-1]) + 3:
            return Row(
                design,
                reason=f"too few periods before treatment for {design[-1]} factor{'s' if design[-1] != '1' else ''}",
            )
        run: dict[str, Callable[[], PlaceboTest | Effect]] = {
            "given": lambda: conditional_placebo_test(self.panel, self.groups, given=["trend", "level"]),
            "imputation": lambda: imputation(self.panel),
            "mc": lambda: matrix_completion(self.panel, draws=50, seed=SEED),
        }
        try:
            return Row(design, run.get(design, lambda: placebo_of(self.counted, design, self.groups))())
        except (InputError, np.linalg.LinAlgError) as error:
            return Row(design, reason=str(error).rstrip("."))  # fmt: skip

    @cached_property
    def _found(self) -> dict[str, PlaceboTest | Effect]:
        return {row.design: row.test for row in self.rows if row.test is not None}

    def found(self, design: str) -> PlaceboTest | None:
        """Return the placebo test of a design; None where it could not run."""
        test = self._found.get(design)
        return test if isinstance(test, PlaceboTest) else None

    @property
    def main(self) -> PlaceboTest:
        """The main design among the placebo groups."""
        test = self.found(MAIN)
        if test is None:
            reason = next(row.reason for row in self.rows if row.design == MAIN)
            raise InputError(f"the main design, {DESIGNS[MAIN].lower()}, can't be used: {reason}")
        return test

    @cached_property
    def main_effect(self) -> Effect:
        """The main design with its weights and fit."""
        return estimate_effect(self.panel, "sdid")

    @cached_property
    def relative(self) -> PlaceboTest | None:
        """The main design in log points; None where an outcome is not above zero."""
        return placebo_of(self.panel, f"{MAIN}_log", self.groups) if self.positive else None

    @property
    def conditional(self) -> ConditionalPlaceboTest | None:
        """The plain difference beyond what earlier trend and level led to expect; None where too few groups are apart."""
        test = self._found.get("given")
        return test if isinstance(test, ConditionalPlaceboTest) else None

    @property
    def effects(self) -> pd.DataFrame:
        """One row for each design: ``effect``, ``lower``, ``upper``, ``p_value``, ``matched`` (groups with as much), ``reason``."""
        rows = []
        for row in self.rows:
            test, entry = row.test, {"design": row.design, "name": DESIGNS[row.design], "reason": row.reason}
            values = dict.fromkeys(("effect", "lower", "upper", "p_value", "matched"), np.nan)
            if test is not None:
                values["effect"] = test.estimate
                if test.intervals:
                    values["lower"], values["upper"] = test.intervals[0].lower, test.intervals[0].upper
                if isinstance(test, PlaceboTest):
                    values["p_value"], values["matched"] = test.p_absolute, test.rank - 1
            rows.append(entry | values)
        return pd.DataFrame(rows)

    # ------------------------------------------------------------------ before
    @cached_property
    def pre_groups(self) -> IntArray:
        """Groups of all units, as many as are treated, that earlier divergence is compared with."""
        return _groups(self.panel.with_treatment({}), self.panel.n_treated, DRAWS)[0]

    @cached_property
    def pre_trend(self) -> PretrendPlaceboTest:
        """The slope of the gap before treatment, among those of groups: its error rate is right with few treated units."""
        groups = self.groups if self.kind == "neighbours" else self.pre_groups
        return pretrend_placebo_test(self.panel, groups)

    @cached_property
    def persistence(self) -> tuple[float, float] | None:
        """Share of an earlier difference in trend that went on among untreated groups, and its standard error."""
        try:
            learned = conditional_placebo_test(self.panel, self.groups, given=["trend"]).coefficients
        except InputError:
            return None
        assert learned is not None
        return float(learned["estimate"].iloc[0]), float(learned["standard_error"].iloc[0])

    @cached_property
    def path(self) -> pd.DataFrame:
        """The gap by period less that of the last before treatment, with permutation intervals by period."""
        own, others = paths_of(self.panel, self.groups)
        limits = [permutation_intervals(v, others[:, i], (0.95,))[0] for i, v in enumerate(own)]
        finite = np.array([np.isfinite(i.lower) and np.isfinite(i.upper) for i in limits])
        known = (np.arange(len(own)) != self.before - 1) & finite
        return pd.DataFrame(
            {
                "position": np.arange(len(own)),
                "period": [str(p) for p in self.panel.periods],
                "effect": own,
                "lower": np.where(known, [i.lower for i in limits], np.nan),
                "upper": np.where(known, [i.upper for i in limits], np.nan),
            }
        )

    @cached_property
    def bounds(self) -> SensitivityBounds | None:
        """How far trends may have differed after the start, in parts of the largest change before, before the sign is lost.

        Coefficients and their covariance are those of placebo groups; None where these are too few.
        """
        own, others = paths_of(self.panel, self.groups)
        relative = np.arange(self.panel.shape[1]) - self.before
        kept = relative != -1
        if len(others) <= 2 * int(kept.sum()):
            return None
        try:
            return sensitivity(
                own[kept],
                np.cov(others[:, kept].T),
                relative[kept],
                grid=[0.0, 0.5, 1.0, 1.5, 2.0],
                unit=self.panel.unit,
            )
        except (InputError, np.linalg.LinAlgError):
            return None  # fmt: skip

    @cached_property
    def earlier_starts(self) -> pd.DataFrame:
        """Effects of made-up earlier starts, from the periods before the real one; empty where there are too few."""
        if self.before <= FEWEST_FOR_START:
            return pd.DataFrame(columns=["start", "periods", "effect"])
        return in_time(self.panel, "sdid")[["start", "periods", "effect"]]

    # ------------------------------------------------------------------ what moves it
    @cached_property
    def leave_one_out(self) -> pd.DataFrame:
        """The effect of the main design without each treated unit, and without each untreated one that has weight."""
        parts = [leave_one_control_out(self.panel, "sdid").assign(who="untreated")]
        if self.panel.n_treated > 1:
            parts.append(leave_one_treated_out(self.panel, "sdid").iloc[1:].assign(who="treated"))
        frame = pd.concat(parts, ignore_index=True)[["who", "left_out", "effect"]]
        return frame[frame["left_out"] != ""].reset_index(drop=True)

    def _half(self) -> Panel:
        """Return the panel with the half of untreated units whose level before is nearest to that of the treated."""
        panel, level = self.panel, self.panel.outcome[:, : self.before].mean(axis=1)
        away = np.abs(level - level[panel.treated].mean())
        count = max(int(np.ceil(panel.n_controls / 2)), panel.n_treated + 2)
        controls = np.flatnonzero(~panel.treated)
        near = controls[np.argsort(away[controls], kind="stable")][:count]
        return panel.select(areas=np.isin(np.arange(panel.shape[0]), near) | panel.treated)

    @cached_property
    def curve(self) -> SpecificationCurve:
        """The effect under every combination of design, scale, comparison, first period and start."""
        short = max(self.before // 2, 0) if self.before >= 2 * FEWEST_FOR_START else 0
        late = self.panel.shape[1] - self.before >= 2
        panels: dict[tuple[bool, bool, bool], tuple[Panel, IntArray]] = {}

        def prepared(near: bool, recent: bool, later: bool) -> tuple[Panel, IntArray]:
            key = (near, recent, later)
            if key not in panels:
                panel = self._half() if near else self.panel
                kept = np.ones(panel.shape[1], dtype=bool)
                kept[: short if recent else 0] = False
                if later:
                    kept[self.before] = False
                panel = panel.select(periods=kept)
                panels[key] = panel, _groups(panel, panel.n_treated, _CURVE_DRAWS)[0]
            return panels[key]

        def run(design: str, scale: str, comparison: bool, periods: bool, start: bool) -> Effect:
            panel, groups = prepared(comparison, periods, start)
            test = placebo_of(panel, f"{design}{scale}", groups)
            effect, error = test.estimate, test.standard_error
            if scale:  # in the unit of the outcome, at the level of the treated after the start
                level = float(panel.outcome[panel.treated, int(panel.cohorts[0]) :].mean())
                effect, error = level * float(-np.expm1(-effect)), level * error
            return Effect(
                test.measure,
                effect,
                error,
                normal_limits(effect, error, (0.95,)),
                test.n,
                test.method,
                panel.unit,
                design=design,
            )

        scales = {"in units": ""} | ({"in per cent": "_log"} if self.positive else {})
        windows = {"all before": False} | ({"later half before": True} if short else {})
        starts = {str(self.start): False} | ({"first left out": True} if late else {})
        names = {DESIGNS[d]: d for d in ("did", "sdid", "sc", "gsc1") if d in self._found}
        if self.before - short < FEWEST_FOR_START + 1:
            names.pop(DESIGNS["gsc1"], None)
        return specification_curve(
            {
                "design": names,
                "scale": scales,
                "comparison": {"all untreated": False, "nearest half": True},
                "periods": windows,
                "start": starts,
            },
            run,
            unit=self.panel.unit,
        )  # fmt: skip

    # ------------------------------------------------------------------ what it comes to
    @property
    def detectable(self) -> float:
        """The effect that the main design would find four times in five."""
        return DETECTABLE * self.main.standard_error

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict by the fixed rule; a part that can't be computed does not hold."""
        conditional, relative = self.conditional, self.relative
        designs = {d: test.estimate for d in OTHERS if (test := self.found(d)) is not None}
        return verdict(
            self.main.estimate if self.main.estimate != 0.0 else float(np.finfo(float).tiny),
            placebo_p=self.main.p_absolute,
            designs=designs,
            conditional_effect=0.0 if conditional is None else conditional.estimate,
            conditional_p=1.0 if conditional is None else conditional.p_absolute,
            relative_effect=0.0 if relative is None else float(np.expm1(relative.estimate)),
            relative_p=1.0 if relative is None else relative.p_absolute,
            pre_rmspe=self.main_effect.pre_rmspe,
            pretrend_p=self.pre_trend.p_absolute,
            subject="an effect",
        )
