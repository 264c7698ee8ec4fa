"""Was it on its way already? The gap year by year, a test of earlier trends, and every reading of them side by side."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.chapters.common import lower_upper, source_line, straight_line
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import effects_chart, logged, placebo_of
from healthdevo.chapters.devolution.mortality import SideBySide
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, deprivation
from healthdevo.chapters.devolution.subject import Subject
from healthdevo.charts import (
    Chart,
    Table,
    effect_path_chart,
    estimate_column,
    page_table,
    text_column,
    value_column,
)
from healthdevo.evaluation import (
    ConditionalPlaceboTest,
    EventStudy,
    NoiseFloor,
    Panel,
    PlaceboTest,
    PretrendPlaceboTest,
    SensitivityBounds,
    conditional_placebo_test,
    event_study,
    noise_floor,
    pretrend_placebo_test,
    sensitivity,
    sensitivity_of_event_study,
)
from healthdevo.evaluation.result import permutation_intervals
from healthdevo.typing import FloatArray, IntArray

GIVEN: Mapping[str, tuple[tuple[Literal["trend", "level"], ...], bool]] = {
    "level": (("level",), False),
    "deprivation": ((), True),
    "earlier trend": (("trend",), False),
    "trend and level": (("trend", "level"), False),
    "everything": (("trend", "level"), True),
}
"""What is taken into account, by name: terms of ``conditional_placebo_test``, and whether deprivation is one."""
_LAST_BEFORE = HEALTH_DEAL - 1


def paths_of(panel: Panel, groups: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the gap to the other untreated areas by period, less that of the last before treatment: the treated's, and each group's.

    >>> y = np.array([[0.0, 0.0, 3.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 2.0, 2.0]])
    >>> panel = Panel(y, np.outer(np.arange(4) == 0, np.arange(3) >= 2), list("ABCD"), range(3))
    >>> own, others = paths_of(panel, np.array([[1], [2]]))
    >>> own.round(2).tolist(), others.round(2).tolist()
    ([0.67, 0.0, 2.33], [[1.0, 0.0, 0.5], [1.0, 0.0, 0.5]])
    """
    y, base = panel.outcome, int(panel.cohorts[0]) - 1
    untreated = ~panel.treated
    count, total = int(untreated.sum()), y[untreated].sum(axis=0)
    own = y[panel.treated].mean(axis=0) - total / count
    sums, size = y[groups].sum(axis=1), groups.shape[1]
    others = sums / size - (total - sums) / (count - size)
    return own - own[base], others - others[:, [base]]


def given(panel: Panel, groups: IntArray, name: str) -> ConditionalPlaceboTest:
    """Return the change beyond what untreated groups with the same ``level``, ``trend``, ``deprivation`` ... went on to show."""
    terms, need = GIVEN[name]
    covariates: dict[str, Mapping[Hashable, float] | pd.Series] = (
        {"deprivation": deprivation()} if need else {}
    )
    return conditional_placebo_test(panel, groups, given=list(terms), covariates=covariates)


@dataclass(frozen=True)
class PreTrends:
    """How a main outcome moved before the agreement that the designs judge."""

    designs: SideBySide = field(repr=False)

    @property
    def subject(self) -> Subject:
        """What the outcome is called."""
        return self.designs.mortality.subject

    @property
    def panel(self) -> Panel:
        """Everyone's figures."""
        return self.designs.mortality.panels["persons"]

    @property
    def blocks(self) -> IntArray:
        """Blocks of districts without the deal."""
        return self.designs.mortality.groups["persons", "blocks"]

    @cached_property
    def path(self) -> pd.DataFrame:
        """The gap by year less that of 2014, with permutation intervals of blocks by year; 2014 is the reference."""
        own, others = paths_of(self.panel, self.blocks)
        years = self.panel.periods
        limits = [permutation_intervals(v, others[:, i], (0.95,))[0] for i, v in enumerate(own)]
        known = np.asarray(years != _LAST_BEFORE)
        return pd.DataFrame(
            {
                "year": years.astype(int),
                "effect": own,
                "lower": np.where(known, [i.lower for i in limits], np.nan),
                "upper": np.where(known, [i.upper for i in limits], np.nan),
            }
        )

    @cached_property
    def earlier_line(self) -> tuple[float, float]:
        """Intercept and slope of the straight line through the gaps before 2015."""
        return straight_line(self.path[self.path["year"] < HEALTH_DEAL], "year", "effect")

    @cached_property
    def test(self) -> PretrendPlaceboTest:
        """The slope of the gap before 2015 among those of blocks."""
        return pretrend_placebo_test(self.panel, self.blocks)

    @cached_property
    def all_leads(self) -> PretrendPlaceboTest:
        """The usual joint test of all years before 2015, its statistic ranked among those of blocks."""
        return pretrend_placebo_test(self.panel, self.blocks, statistic="wald")

    @cached_property
    def study(self) -> EventStudy:
        """The event study in reference to the last year before the agreement counts, clustered by district."""
        return event_study(self.panel)

    @cached_property
    def bounds(self) -> SensitivityBounds:
        """How far trends may have differed after 2014 before the sign of the effect against 2014 alone is lost."""
        return sensitivity_of_event_study(self.study)

    @cached_property
    def made_up_starts(self) -> dict[int, PlaceboTest]:
        """The plain difference for made-up starts before the real one, from the years before it, among those of the same blocks."""
        panel, blocks = self.panel, self.blocks
        early = panel.select(periods=np.asarray(panel.periods < HEALTH_DEAL))
        treated = panel.areas[panel.treated]
        return {
            year: placebo_of(early.with_treatment(dict.fromkeys(treated, year)), "did", blocks)
            for year in (2012, 2013, 2014)
        }

    @cached_property
    def given(self) -> dict[str, ConditionalPlaceboTest]:
        """The plain difference beyond what untreated blocks lead one to expect, by what is taken into account."""
        return {name: given(self.panel, self.blocks, name) for name in GIVEN}

    @property
    def persistence(self) -> tuple[float, float]:
        """Share of an earlier difference in trend that went on among blocks, and its standard error with districts as the units."""
        learned = self.given["earlier trend"].coefficients
        assert learned is not None
        return float(learned["estimate"].iloc[0]), float(learned["standard_error"].iloc[0])

    @cached_property
    def readings(self) -> pd.DataFrame:
        """Every reading of earlier trends, in deaths and in per cent: effect, limits, and how many of the blocks match it.

        Intervals are permutation intervals of the same blocks. The last reading allows any straight-line difference in trends: the
        shortest interval of one that adapts to it, with the covariance of the same blocks, so that none of them can match it.
        """
        rows = []
        for scale, panel in (("points", self.panel), ("per cent", logged(self.panel))):
            tests: dict[str, PlaceboTest] = {
                d: placebo_of(panel, d, self.blocks) for d in ("did", "sdid", "trend")
            }
            tests |= {name: given(panel, self.blocks, name) for name in GIVEN}
            for name in words.READINGS:
                if name in tests:
                    test = tests[name]
                    row = lower_upper(test, value="effect") | {
                        "matched": test.rank - 1,
                        "p_value": test.p_absolute,
                    }
                else:
                    row = self._any_line(panel) | {"matched": np.nan, "p_value": np.nan}
                rows.append({"reading": name, "scale": scale, "blocks": len(self.blocks)} | row)
        return pd.DataFrame(rows)

    def _any_line(self, panel: Panel) -> dict[str, float]:
        own, others = paths_of(panel, self.blocks)
        first = int(panel.cohorts[0])
        relative = np.arange(panel.shape[1]) - first
        kept = relative != -1
        found = sensitivity(
            own[kept], np.cov(others[:, kept].T), relative[kept], restriction="smoothness", grid=[0.0]
        ).bounds
        assert found is not None
        lower, upper = float(found["lower"].iloc[0]), float(found["upper"].iloc[0])
        return {"effect": (lower + upper) / 2.0, "lower": lower, "upper": upper}

    @cached_property
    def without_year(self) -> pd.DataFrame:
        """The effect without each year before the agreement, by design, with permutation intervals of the same blocks."""
        rows = []
        for year in (None, *range(int(self.panel.periods[0]), HEALTH_DEAL)):
            gone = () if year is None else (year,)
            panel = self.designs.mortality.outcomes["persons"].panel(without_periods=gone)
            row: dict[str, object] = {"year": "none" if year is None else self.subject.year(year)}
            for design in words.BY_YEAR:
                test = placebo_of(panel, design, self.blocks)
                limits = test.interval()
                row |= {
                    design: test.estimate,
                    f"{design}_lower": limits.lower,
                    f"{design}_upper": limits.upper,
                }
            rows.append(row)
        return pd.DataFrame(rows)

    @cached_property
    def floor(self) -> NoiseFloor:
        """What counting alone leaves in the synthetic difference-in-differences effect, about."""
        return noise_floor(self.panel, self.designs.mortality.errors(self.panel), self.designs.main)

    def event_chart(self) -> Chart:
        """Draw the gap by year with the line through the years before."""
        return effect_path_chart(
            self.path,
            period="year",
            effect="effect",
            lower="lower",
            upper="upper",
            start=HEALTH_DEAL,
            start_text="agreement",
            line=self.earlier_line,
            line_until=float(self.path["year"].iloc[-1]),
            line_text=f"line of {self.subject.before}",
            flagged=[float(year) for year in self.subject.flagged],
            x_format=self.subject.year,
            y_label=f"{self.subject.unit} in reference to {self.subject.year(self.subject.base)}",
            caption=words.event_chart(self),
        )

    def readings_chart(self) -> Chart:
        """Draw every reading of earlier trends in deaths per 100,000."""
        rows = self.readings[self.readings["scale"] == "points"]
        drawn = [
            {"label": words.READINGS[str(r["reading"])], "focus": r["reading"] == "sdid"}
            | {c: float(r[c]) for c in ("effect", "lower", "upper")}
            for r in rows.to_dict("records")
        ]
        return effects_chart(drawn, self.subject.unit, words.readings_chart(self))

    def readings_table(self) -> Table:
        """Show every reading in deaths and in per cent, with how many blocks match it."""
        points, share = (
            self.readings[self.readings["scale"] == scale].set_index("reading")
            for scale in ("points", "per cent")
        )
        percent = share[["effect", "lower", "upper"]].apply(np.expm1) * 100
        data = points.join(percent.add_prefix("percent_")).join(share["matched"].rename("percent_matched"))
        data = data.reset_index().assign(label=lambda d: d["reading"].map(words.READINGS))
        return page_table(
            data,
            [
                text_column("Reading of earlier trends", "label"),
                estimate_column(self.subject.unit.capitalize(), "effect", "lower", "upper"),
                value_column("Blocks that match", "matched", words.counted),
                estimate_column("Per cent", "percent_effect", "percent_lower", "percent_upper"),
                value_column("Blocks that match ", "percent_matched", words.counted),
            ],
            table_id=self.subject.name("readings-list"),
            caption=words.readings_table(len(self.blocks), self.subject),
            source=source_line(self.subject.table, "deprivation_area"),
        )

    def without_year_table(self) -> Table:
        """Show the effect without each year before the agreement, by design."""
        return page_table(
            self.without_year,
            [
                text_column("Year left out", "year"),
                *(
                    estimate_column(name, design, f"{design}_lower", f"{design}_upper")
                    for design, name in words.BY_YEAR.items()
                ),
            ],
            table_id=self.subject.name("without-year"),
            caption=words.without_year(self.subject),
            source=source_line(self.subject.table),
        )
