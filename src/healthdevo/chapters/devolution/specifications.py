"""Every choice at once: the specification curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from healthdevo.chapters.common import GREATER_MANCHESTER, source_line
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import DESIGN_NAMES, blocks_of, placebo_of
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.devolution.panels import POOLS, SEXES, adjacency_of, districts_of, pool
from healthdevo.chapters.devolution.subject import Subject
from healthdevo.charts import (
    Chart,
    Table,
    page_table,
    share_column,
    specification_chart,
    text_column,
    value_column,
)
from healthdevo.evaluation import (
    Effect,
    Panel,
    SpecificationCurve,
    neighbours,
    specification_curve,
)
from healthdevo.mathematics.estimates import limits as normal_limits
from healthdevo.typing import IntArray

DATES = {"November 2014": (2015, (2014,)), "April 2015": (2015, ()), "April 2016": (2016, ())}
"""First treated year and years left out. In yearly figures the agreement of November 2014 leaves out 2014, which it cuts; April 2015
counts 2014 as before; April 2016 counts 2015 as before too."""
_HEADS = {
    "design": "Design",
    "date": "Start",
    "controls": "Compared with",
    "neighbours": "Districts next door",
    "sex": "Whose deaths",
}
_MAIN = [DESIGN_NAMES["sdid"], "April 2015", POOLS["england"], "with neighbours", SEXES["persons"]]


def in_the_unit(panel: Panel, design: str, groups: IntArray) -> Effect:
    """Return what a design finds in the unit of the outcome, with a normal interval from the scatter of untreated groups.

    An effect in log points is taken at the level of the treated after the start.
    """
    test = placebo_of(panel, design, groups)
    effect, error = test.estimate, test.standard_error
    if design.endswith("_log"):
        level = float(panel.outcome[panel.treated, int(panel.cohorts[0]) :].mean())
        effect, error = level * float(-np.expm1(-effect)), level * error
    limits = normal_limits(effect, error, (0.95,))
    return Effect(test.measure, effect, error, limits, test.n, test.method, panel.unit, design=design)


def drawn(
    curve: SpecificationCurve,
    heads: Mapping[str, str],
    main: Sequence[str],
    subject: Subject,
    labels: Mapping[str, Mapping[str, str]],
) -> Chart:
    """Draw a specification curve, with the ``main`` specification as a square; the axis ends a step beyond the outermost effects."""
    rows = curve.estimated
    step = 10.0 ** np.floor(np.log10(rows["effect"].abs().max())) / 2.0
    low = step * float(np.floor(rows["effect"].min() / step)) - step
    high = step * float(np.ceil(rows["effect"].max() / step)) + 2.0 * step
    return specification_chart(
        rows.assign(main=(rows[list(heads)] == list(main)).all(axis=1)),
        estimate="effect",
        lower="lower",
        upper="upper",
        choices=heads,
        labels={"design": {name: name for name in DESIGN_NAMES.values()}, **labels},
        focus="main",
        reference_text="no effect",
        clip=(low, high),
        y_label=subject.unit,
        caption=words.curve_chart(curve, subject),
    )


def influence(curve: SpecificationCurve, heads: Mapping[str, str], subject: Subject) -> Table:
    """Show what each choice does to the estimate."""
    return page_table(
        curve.influence(),
        [
            text_column("Choice", "choice", heads),
            text_column("Option", "option"),
            text_column("Specifications", "specifications"),
            value_column("Median effect", "median_effect"),
            share_column("Variance explained by the choice", "share", 0),
        ],
        table_id=subject.name("choices"),
        caption=words.choices(subject),
        source=source_line(subject.table),
    )


@dataclass(frozen=True)
class Specifications:
    """The effect on preventable deaths under every combination of choices."""

    mortality: Mortality = field(repr=False)

    def panel(self, sex: str, date: str, controls: str, near: bool) -> Panel:
        """Return the panel of a sex, a start and a pool of controls, with or without the districts next door."""
        outcome = self.mortality.outcomes[sex]
        start, gone = DATES[date]
        chosen = pool(controls, set(outcome.codes) - set(districts_of(GREATER_MANCHESTER)))
        panel = outcome.panel(start=start, controls=chosen, without_periods=gone)
        if near:
            return panel
        everywhere = self.mortality.panels[sex]
        touching = neighbours(everywhere, adjacency_of(everywhere.areas, outcome.boundaries))
        return panel.drop([a for a in touching if a in panel.areas])

    @cached_property
    def curve(self) -> SpecificationCurve:
        """The effect under every combination of design, date, controls, neighbours and sex.

        Two factors are not tried where only four years lie before the start. Intervals are normal ones with the standard deviation of
        the effects of blocks of untreated districts, one grown from each district of the pool, for every design alike: no interval
        turns on a random draw.
        """
        panels: dict[tuple[str, str, str, bool], tuple[Panel, IntArray]] = {}

        def run(design: str, date: str, controls: str, neighbours: bool, sex: str) -> Effect:
            key = (sex, date, controls, neighbours)
            if key not in panels:
                panel = self.panel(*key)
                panels[key] = panel, blocks_of(panel, self.mortality.outcomes[sex].boundaries)
            panel, groups = panels[key]
            return in_the_unit(panel, design, groups)

        return specification_curve(
            {
                "design": {name: design for design, name in DESIGN_NAMES.items()},
                "date": {d: d for d in DATES},
                "controls": {label: name for name, label in POOLS.items()},
                "neighbours": {"with neighbours": True, "without neighbours": False},
                "sex": {label: name for name, label in SEXES.items()},
            },
            run,
            allowed=lambda o: o["design"] != DESIGN_NAMES["gsc2"] or o["date"] != "November 2014",
            unit=self.mortality.outcomes["persons"].unit,
        )

    @cached_property
    def of_everyone(self) -> SpecificationCurve:
        """The part of the curve that is about both sexes together."""
        rows = self.curve.table
        return replace(self.curve, table=rows[rows["sex"] == SEXES["persons"]].reset_index(drop=True))

    def curve_chart(self) -> Chart:
        """Draw the specification curve."""
        labels = {"date": {d: d for d in DATES}, "sex": {s: s for s in SEXES.values()}}
        return drawn(self.curve, _HEADS, _MAIN, self.mortality.subject, labels)

    def influence_table(self) -> Table:
        """Show what each choice does to the estimate."""
        return influence(self.curve, _HEADS, self.mortality.subject)
