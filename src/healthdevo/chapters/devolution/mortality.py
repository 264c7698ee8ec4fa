"""Greater Manchester's preventable deaths under 75 before and after the agreement: designs, placebos, every specification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common.cells import cell, records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.devolution.panels import (
    GREATER_MANCHESTER,
    HEALTH_DEAL,
    POOLS,
    Outcome,
    adjacency_of,
    any_design,
    districts_of,
    in_proportion,
    placebo_of,
    pool,
    preventable_mortality,
)
from healthdevo.charts import (
    Caption,
    Chart,
    Mark,
    effect_path_chart,
    interval_chart,
    line_chart,
    placebo_chart,
    specification_chart,
)
from healthdevo.charts.table import Table, show_table
from healthdevo.evaluation import (
    Effect,
    EventStudy,
    NoiseFloor,
    Panel,
    PlaceboTest,
    SensitivityBounds,
    SpecificationCurve,
    Verdict,
    contiguous_groups,
    difference_in_differences,
    event_study,
    generalised_synthetic_control,
    in_time,
    leave_one_treated_out,
    neighbours,
    noise_floor,
    random_groups,
    sensitivity_of_event_study,
    specification_curve,
    synthetic_did,
    verdict,
)
from healthdevo.evaluation.result import normal_intervals
from healthdevo.results import Interval
from healthdevo.typing import IntArray
from healthdevo.wording import number, ordinal, percentage

__all__ = [
    "DATES",
    "DESIGN_NAMES",
    "SEXES",
    "Mortality",
    "closing_words",
    "flag_words",
    "headline_of",
    "more_or_fewer",
]

SEXES = {"persons": "everyone", "male": "men", "female": "women"}
DESIGN_NAMES = {
    "did": "Difference in differences",
    "did_log": "Difference, in per cent",
    "sdid": "Synthetic difference-in-differences",
    "sdid_log": "Synthetic difference, in per cent",
    "sc": "Synthetic control",
    "gsc": "Factor model, chosen number of factors",
    "gsc1": "Factor model, 1 factor",
    "gsc2": "Factor model, 2 factors",
    "trend": "Difference, less own earlier trends",
}
DATES = {
    "November 2014": (2015, (2014,)),
    "April 2015": (2015, ()),
    "April 2016": (2016, ()),
}
"""First treated year and years left out. In yearly figures the agreement of November 2014 leaves out 2014, which it cuts; April 2015
counts 2014 as before; April 2016 counts 2015 as before too."""
_SHORT = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "gsc": "Factor model",
    "gsc1": "Factor model, 1 factor",
    "sc": "Synthetic control",
    "trend": "Less own earlier trends",
}
_SEED = 2014
_DRAWS = 500
_CURVE_DRAWS = 40
_CURVE_DESIGNS = ("did", "did_log", "sdid", "sdid_log", "sc", "gsc1", "gsc2", "trend")
_UNDER_75 = [
    "0-4",
    "5-9",
    "10-14",
    "15-19",
    "20-24",
    "25-29",
    "30-34",
    "35-39",
    "40-44",
    "45-49",
    "50-54",
    "55-59",
    "60-64",
    "65-69",
    "70-74",
]


def more_or_fewer(value: float) -> str:
    """Return a change in deaths as words.

    Examples
    --------
    >>> more_or_fewer(-7.22), more_or_fewer(3.21)
    ('7.2 fewer', '3.2 more')
    """
    return f"{abs(value):.1f} {'fewer' if value < 0 else 'more'}"


def _scaled(panel: Panel, effect: Effect) -> Effect:
    """Return an effect in log points as deaths per 100,000, at the level of the treated after the start."""
    first = int(panel.cohorts[0])
    level = float(panel.outcome[panel.treated, first:].mean())
    return replace(effect, estimate=level * float(-np.expm1(-effect.estimate)), unit=panel.unit)


@dataclass(frozen=True)
class Mortality:
    """Everything the chapter says about preventable deaths under 75 in Greater Manchester.

    Parameters
    ----------
    outcomes : mapping of str to Outcome
        By sex: persons, male, female.
    population : pandas.DataFrame
        Table ``population_age``, for the floor that counting deaths sets.
    """

    outcomes: Mapping[str, Outcome] = field(repr=False)
    population: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Mortality:
        """Load the tables that the section needs."""
        return cls({s: preventable_mortality(s) for s in SEXES}, tables.load("population_age"))

    # ---- panels and placebo groups -------------------------------------------------------------------------------------------------

    @cached_property
    def panels(self) -> dict[str, Panel]:
        """Greater Manchester from 2015 against England outside London, by sex."""
        return {s: o.panel() for s, o in self.outcomes.items()}

    @cached_property
    def blocks(self) -> dict[str, IntArray]:
        """Contiguous blocks of ten districts, by sex."""
        return {
            s: contiguous_groups(
                p,
                adjacency_of(list(p.areas), self.outcomes[s].boundaries),
                draws=_DRAWS,
                seed=_SEED,
            )
            for s, p in self.panels.items()
        }

    @cached_property
    def randoms(self) -> dict[str, IntArray]:
        """Random groups of ten districts, by sex."""
        return {s: random_groups(p, draws=_DRAWS, seed=_SEED) for s, p in self.panels.items()}

    def placebo(self, sex: str, design: str, kind: str = "blocks") -> PlaceboTest:
        """Return the placebo test of a design for a sex, with blocks or random groups."""
        key = (sex, design, kind)
        if key not in self._placebos:
            groups = self.blocks[sex] if kind == "blocks" else self.randoms[sex]
            panel = self.panels[sex]
            if design.endswith("_log"):
                panel, design = in_proportion(panel), design.removesuffix("_log")
            self._placebos[key] = placebo_of(panel, design, groups)
        return self._placebos[key]

    @cached_property
    def _placebos(self) -> dict[tuple[str, str, str], PlaceboTest]:
        return {}

    # ---- designs -------------------------------------------------------------------------------------------------------------------

    @cached_property
    def own_intervals(self) -> dict[str, dict[str, Effect]]:
        """The three standard designs with their own intervals, by sex."""
        return {
            s: {
                "did": difference_in_differences(p),
                "sdid": synthetic_did(p, inference=["placebo", "jackknife"], draws=200, seed=_SEED),
                "gsc": generalised_synthetic_control(
                    p, ranks=(0, 1, 2, 3), inference=["parametric", "units"], draws=500, seed=_SEED
                ),
            }
            for s, p in self.panels.items()
        }

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Every design and sex: effect, own interval, shares of random groups and of blocks with an effect as large."""
        rows = []
        for sex in SEXES:
            for design in ("did", "sdid", "gsc", "gsc1", "sc", "trend"):
                own = self.own_intervals[sex].get(design)
                blocks, randoms = (
                    self.placebo(sex, design, "blocks"),
                    self.placebo(sex, design, "random"),
                )
                interval = own.interval() if own is not None else blocks.interval()
                rows.append(
                    {
                        "sex": sex,
                        "design": design,
                        "label": f"{_SHORT[design]}, {SEXES[sex]}",
                        "effect": blocks.estimate,
                        "lower": interval.lower,
                        "upper": interval.upper,
                        "interval": own.inference[0].method
                        if own is not None
                        else "permutation of contiguous blocks",
                        "lower_blocks": blocks.interval().lower,
                        "upper_blocks": blocks.interval().upper,
                        "p_random": randoms.p_absolute,
                        "p_blocks": blocks.p_absolute,
                        "rank_blocks": blocks.rank,
                        "pre_rmspe": any_design(self.panels[sex], design).pre_rmspe,
                    }
                )
        return pd.DataFrame(rows)

    def estimate(self, sex: str, design: str, column: str = "effect") -> float:
        """Return one number of ``estimates``."""
        frame = self.estimates
        return float(frame.loc[(frame["sex"] == sex) & (frame["design"] == design), column].iloc[0])

    @cached_property
    def study(self) -> EventStudy:
        """The event study of everyone's deaths, in reference to 2014."""
        return event_study(self.panels["persons"])

    @cached_property
    def path(self) -> pd.DataFrame:
        """Event-study effects by year with intervals; 2014 is the reference."""
        table = self.study.coefficients
        assert table is not None
        path = table.rename(columns={"lower_0.95": "lower", "upper_0.95": "upper"})
        path = path.assign(year=HEALTH_DEAL + path["relative"].astype(int))
        reference = path["relative"] == -1
        return path.assign(
            lower=path["lower"].mask(reference), upper=path["upper"].mask(reference)
        ).reset_index(drop=True)

    @cached_property
    def earlier_line(self) -> tuple[float, float]:
        """Intercept and slope of the straight line through the event-study effects before 2015."""
        before = self.path[self.path["year"] < HEALTH_DEAL]
        slope, intercept = np.polyfit(before["year"].to_numpy(float), before["effect"].to_numpy(float), 1)
        return float(intercept), float(slope)

    @cached_property
    def bounds(self) -> SensitivityBounds:
        """How far trends may have differed after 2014 before the sign of the effect is lost."""
        return sensitivity_of_event_study(self.study)

    @cached_property
    def made_up_starts(self) -> pd.DataFrame:
        """Effects of made-up starts before the real one."""
        return in_time(self.panels["persons"], "did", starts=[2012, 2013, 2014])

    @cached_property
    def without_one(self) -> pd.DataFrame:
        """The effect without each district of Greater Manchester in turn."""
        return leave_one_treated_out(self.panels["persons"], "sdid")

    @cached_property
    def floor(self) -> NoiseFloor:
        """What counting deaths alone leaves in the synthetic difference-in-differences effect, about.

        Deaths are taken as the rate times the people under 75 of 2017, as if the rate were a crude one.
        """
        panel = self.panels["persons"]
        people = self.population[
            (self.population["year"] == 2017) & self.population["age_group"].isin(_UNDER_75)
        ]
        under_75 = people.groupby("area_code")["persons"].sum().reindex(panel.areas)
        sizes = under_75.fillna(float(under_75.median())).to_numpy(dtype=float)
        deaths = panel.outcome * sizes[:, None] / 1e5
        return noise_floor(panel, panel.outcome / np.sqrt(deaths), self.own_intervals["persons"]["sdid"])

    # ---- every specification -------------------------------------------------------------------------------------------------------

    def _specification_panel(self, sex: str, date: str, controls: str, near: bool) -> Panel:
        outcome = self.outcomes[sex]
        start, gone = DATES[date]
        group = set(districts_of(GREATER_MANCHESTER))
        chosen = pool(controls, set(outcome.codes) - group)
        panel = outcome.panel(start=start, controls=chosen, without_periods=gone)
        if near:
            return panel
        everywhere = outcome.panel()
        touching = neighbours(everywhere, adjacency_of(list(everywhere.areas), outcome.boundaries))
        return panel.drop([a for a in touching if a in panel.areas])

    @cached_property
    def curve(self) -> SpecificationCurve:
        """The effect under every combination of design, date, controls, neighbours and sex.

        Two factors are not tried where only four years lie before the start. Intervals are normal ones with the standard deviation of the effects of 40 random placebo groups, for every design alike.
        """
        panels: dict[tuple[str, str, str, bool], tuple[Panel, IntArray]] = {}

        def run(design: str, date: str, controls: str, near: bool, sex: str) -> Effect:
            key = (sex, date, controls, near)
            if key not in panels:
                panel = self._specification_panel(sex, date, controls, near)
                panels[key] = panel, random_groups(panel, draws=_CURVE_DRAWS, seed=_SEED)
            panel, groups = panels[key]
            plain = design.removesuffix("_log")
            used = in_proportion(panel) if design.endswith("_log") else panel
            test = placebo_of(used, plain, groups)
            effect = Effect(
                test.measure,
                test.estimate,
                test.standard_error,
                (),
                test.n,
                test.method,
                test.unit,
                design=plain,
            )
            spread = test.standard_error
            if design.endswith("_log"):
                effect = _scaled(panel, effect)
                spread *= float(panel.outcome[panel.treated, int(panel.cohorts[0]) :].mean())
            limits: tuple[Interval, ...] = normal_intervals(effect.estimate, spread, (0.95,))
            return replace(effect, standard_error=spread, intervals=limits, reason="")

        return specification_curve(
            {
                "design": {DESIGN_NAMES[d]: d for d in _CURVE_DESIGNS},
                "date": {d: d for d in DATES},
                "controls": {words: name for name, words in POOLS.items()},
                "neighbours": {"with neighbours": True, "without neighbours": False},
                "sex": {words: name for name, words in SEXES.items()},
            },
            lambda **choice: run(
                choice["design"], choice["date"], choice["controls"], choice["neighbours"], choice["sex"]
            ),
            allowed=lambda labels: (
                labels["design"] != DESIGN_NAMES["gsc2"] or labels["date"] != "November 2014"
            ),
            unit=self.outcomes["persons"].unit,
        )

    @cached_property
    def curve_of_everyone(self) -> SpecificationCurve:
        """The part of the curve that is about both sexes together."""
        table = self.curve.table
        rows = table[table["sex"] == SEXES["persons"]].reset_index(drop=True)
        return SpecificationCurve(rows, self.curve.choices, self.curve.unit)

    @cached_property
    def judgement(self) -> Verdict:
        """The verdict by the fixed rule, on the specifications of everyone's deaths."""
        return verdict(
            self.curve_of_everyone,
            placebo_p=self.estimate("persons", "sdid", "p_blocks"),
            pretrend_p=self.study.pretrend_p_value,
            pre_rmspe=self.estimate("persons", "did", "pre_rmspe"),
            subject="an effect on preventable deaths",
        )

    # ---- charts and tables -----------------------------------------------------------------------------------------------------------

    def gap_chart(self) -> Chart:
        """Rates of Greater Manchester and of England outside London."""
        gap = self.outcomes["persons"].gap()
        data = gap.melt("period", ["treated", "others"], var_name="who", value_name="rate")
        names = {"treated": "Greater Manchester", "others": "England outside London"}
        first, last = records(gap.iloc[[0, -1]])
        last_before = records(gap[gap["period"] == HEALTH_DEAL - 1])[0]
        return line_chart(
            data.assign(who=data["who"].map(names)),
            x="period",
            y="rate",
            series="who",
            marks=[Mark(HEALTH_DEAL - 0.15, "agreement")],
            x_format=lambda v: f"{v:.0f}",
            markers=True,
            caption=Caption(
                figure_id="preventable-rates",
                title=(
                    f"The gap in preventable deaths: {number(first['gap'])} in {first['period']}, "
                    f"{number(last_before['gap'])} in {last_before['period']}, {number(last['gap'])} in {last['period']}"
                ),
                subtitle=(
                    f"Preventable deaths under 75 per 100,000 people, age-standardised; mean of the ten districts of Greater Manchester and of "
                    f"{len(self.outcomes['persons'].codes) - 10} districts of England outside London, {first['period']} to {last['period']}"
                ),
                source=source_line("under_75_mortality"),
                alt=(
                    f"Line chart of preventable deaths under 75 by year. Greater Manchester falls from {number(first['treated'])} to "
                    f"{number(last['treated'])} and England outside London from {number(first['others'])} to {number(last['others'])} "
                    "per 100,000; the gap narrows before as well as after the agreement."
                ),
            ),
        )

    def designs_chart(self) -> Chart:
        """Three designs and three groups of people side by side, and the design that carries earlier trends on."""
        shown = self.estimates[self.estimates["design"].isin(["did", "sdid", "gsc", "trend"])]
        everyone = [r["label"] for r in records(shown[shown["sex"] == "persons"])]
        return interval_chart(
            shown,
            label="label",
            value="effect",
            lower="lower",
            upper="upper",
            focus=everyone,
            reference=0.0,
            reference_text="no effect",
            value_format=lambda v: number(v),
            x_label="preventable deaths per 100,000",
            caption=Caption(
                figure_id="designs",
                title=(
                    f"Standard designs find {more_or_fewer(self.estimate('persons', 'did'))} deaths per 100,000; "
                    f"carrying earlier trends on gives {more_or_fewer(self.estimate('persons', 'trend'))}"
                ),
                subtitle=(
                    "Effect on preventable deaths under 75 per 100,000 in Greater Manchester, 2015 to 2019 against 2010 to 2014; 95% intervals: clustered, "
                    "placebo and bootstrap for the three standard designs, permutation of blocks for the last"
                ),
                source=source_line("under_75_mortality"),
                alt=(
                    f"Dot chart of {len(shown)} effects with intervals. For everyone the three standard designs give "
                    f"{number(self.estimate('persons', 'did'))}, {number(self.estimate('persons', 'sdid'))} and "
                    f"{number(self.estimate('persons', 'gsc'))}; less each area's own earlier trend the effect is "
                    f"{number(self.estimate('persons', 'trend'))} with a wide interval."
                ),
            ),
        )

    def event_chart(self) -> Chart:
        """Draw the event study with the earlier line carried on."""
        intercept, slope = self.earlier_line
        last = self.path.iloc[-1]
        carried = intercept + slope * float(last["year"])
        return effect_path_chart(
            self.path,
            period="year",
            effect="effect",
            lower="lower",
            upper="upper",
            start=HEALTH_DEAL,
            start_text="agreement",
            line=(intercept, slope),
            line_until=float(last["year"]),
            line_text="earlier trend carried on",
            flagged=[2013.0],
            x_format=lambda v: f"{v:.0f}",
            y_label="deaths per 100,000 in reference to 2014",
            caption=Caption(
                figure_id="event-study",
                title=(
                    f"By {int(last['year'])} the gap was {_narrower(float(last['effect']))} than in 2014; the earlier trend carried on "
                    f"would have made it {_narrower(carried)}"
                ),
                subtitle=(
                    "Gap between Greater Manchester and England outside London in preventable deaths under 75 per 100,000, less the gap of 2014; "
                    "95% intervals clustered by district; 2013 (open) stands out before the agreement"
                ),
                source=source_line("under_75_mortality"),
                alt=(
                    f"Dot chart of the gap by year in reference to 2014: {number(float(self.path['effect'].iloc[0]))} in 2010, "
                    f"{number(cell(self.path.set_index('year'), 2013, 'effect'))} in 2013 and {number(float(last['effect']))} in "
                    f"{int(last['year'])}; a straight line through the years before 2015 carried on reaches {number(carried)}."
                ),
            ),
        )

    def placebo_chart(self) -> Chart:
        """Effects of random groups and of blocks, with the actual one."""
        parts, actual = [], {}
        for kind, words in (("random", "random groups of ten"), ("blocks", "blocks of ten neighbours")):
            test = self.placebo("persons", "sdid", kind)
            larger = int((np.abs(test.effects) >= abs(test.estimate)).sum())
            heading = f"{len(test.effects)} {words}: {larger} with an effect as large"
            parts.append(pd.DataFrame({"kind": heading, "effect": test.effects}))
            actual[heading] = test.estimate
        blocks = self.placebo("persons", "sdid", "blocks")
        return placebo_chart(
            pd.concat(parts, ignore_index=True),
            effect="effect",
            panel="kind",
            actual=actual,
            actual_text="Greater Manchester",
            x_label="deaths per 100,000",
            x_format=lambda v: number(v),
            caption=Caption(
                figure_id="placebos",
                title=f"Greater Manchester ranks {ordinal(blocks.rank)} of {len(blocks.effects) + 1} blocks by the size of the change",
                subtitle=(
                    "Synthetic difference-in-differences effects on preventable deaths under 75 for groups of ten districts without the deal, as if they "
                    "had it from 2015; orange: as large as Greater Manchester's or larger"
                ),
                source=source_line("under_75_mortality"),
                alt=(
                    f"Two histograms of placebo effects around zero, for random groups and for contiguous blocks. Greater Manchester's "
                    f"{number(blocks.estimate)} lies in the tail: {percentage(blocks.p_absolute)} of blocks have an effect as large."
                ),
            ),
        )

    def curve_chart(self) -> Chart:
        """Draw the specification curve."""
        curve = self.curve
        rows = curve.estimated.assign(
            main=lambda d: (
                (d["design"] == DESIGN_NAMES["sdid"])
                & (d["date"] == "April 2015")
                & (d["controls"] == POOLS["england"])
                & (d["neighbours"] == "with neighbours")
                & (d["sex"] == SEXES["persons"])
            )
        )
        below = int((rows["effect"] < 0).sum())
        low = 5.0 * float(np.floor(rows["effect"].min() / 5.0)) - 5.0
        high = 5.0 * float(np.ceil(rows["effect"].max() / 5.0)) + 10.0
        return specification_chart(
            rows,
            estimate="effect",
            lower="lower",
            upper="upper",
            choices={
                "design": "Design",
                "date": "Start",
                "controls": "Compared with",
                "neighbours": "Districts next door",
                "sex": "Whose deaths",
            },
            labels={
                "design": {DESIGN_NAMES[d]: DESIGN_NAMES[d] for d in _CURVE_DESIGNS},
                "date": {d: d for d in DATES},
                "sex": {s: s for s in SEXES.values()},
            },
            focus="main",
            reference_text="no effect",
            clip=(low, high),
            y_label="deaths per 100,000",
            caption=Caption(
                figure_id="specifications",
                title=f"{below} of {len(rows)} specifications find fewer deaths; {percentage(self.share_excluding(rows), 0)} leave out zero",
                subtitle=(
                    "Effect on preventable deaths under 75 per 100,000 in Greater Manchester under every combination of choices, sorted; dark: 95% interval leaves out "
                    "zero; square: main specification"
                ),
                source=source_line("under_75_mortality"),
                alt=(
                    f"Specification curve of {len(rows)} effects from {number(float(rows['effect'].min()))} to "
                    f"{number(float(rows['effect'].max()))} deaths per 100,000, median {number(curve.median)}; {below} lie below zero. "
                    "Designs that carry earlier trends on stand at the upper end."
                ),
            ),
        )

    @staticmethod
    def share_excluding(rows: pd.DataFrame) -> float:
        """Share of specifications whose interval leaves out zero, on either side."""
        return float(((rows["lower"] > 0) | (rows["upper"] < 0)).mean())

    def influence_table(self) -> Table:
        """Show what each choice does to the estimate."""
        frame = self.curve.influence()
        heads = {
            "design": "Design",
            "date": "Start",
            "controls": "Compared with",
            "neighbours": "Districts next door",
            "sex": "Whose deaths",
        }
        shown = pd.DataFrame(
            {
                "Choice": frame["choice"].map(heads),
                "Option": frame["option"],
                "Specifications": frame["specifications"].astype(str),
                "Median effect": frame["median_effect"].map(number),
                "Variance explained by the choice": frame["share"].map(lambda s: percentage(s, 0)),
            }
        )
        return show_table(
            shown,
            table_id="choices",
            caption="What each choice does to the estimate: median effect in deaths per 100,000 under each option.",
            source=source_line("under_75_mortality"),
            data=frame,
        )

    def rule_table(self) -> Table:
        """Show the parts of the rule behind the verdict."""
        tests = self.judgement.tests
        shown = pd.DataFrame(
            {
                "Part of the rule": tests["test"],
                "Found": tests["value"].map(lambda v: number(v, 2)),
                "Needed": tests["needed"],
                "Holds": tests["passed"].map({True: "yes", False: "no"}),
            }
        )
        return show_table(
            shown,
            table_id="rule",
            caption="The rule behind the verdict, fixed in the package and applied to the specifications of everyone's deaths.",
            source=source_line("under_75_mortality"),
            data=tests,
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        gap = self.outcomes["persons"].gap().set_index("period")
        sdid = self.placebo("persons", "sdid")
        trend = self.placebo("persons", "trend")
        log = self.placebo("persons", "did_log")
        own = self.own_intervals["persons"]["did"].interval()
        rank = self.own_intervals["persons"]["gsc"]
        everyone = self.curve_of_everyone.estimated
        trends = self.curve.estimated[self.curve.estimated["design"] == DESIGN_NAMES["trend"]]
        left_out = self.without_one["effect"].iloc[1:]
        fell = cell(gap, 2010, "gap") - cell(gap, HEALTH_DEAL - 1, "gap")
        after = cell(gap, HEALTH_DEAL - 1, "gap") - cell(gap, 2019, "gap")
        return {
            "main_effect": f"{more_or_fewer(sdid.estimate)} deaths per 100,000",
            "did_words": f"{number(self.estimate('persons', 'did'))} (95% interval {number(own.lower)} to {number(own.upper)})",
            "sdid_words": self._own_words("persons", "sdid"),
            "gsc_words": self._own_words("persons", "gsc"),
            "men_words": self._own_words("male", "sdid"),
            "women_words": self._own_words("female", "sdid"),
            "gsc_rank": _rank_words(int(rank.diagnostics["rank"])),
            "gsc1_words": f"{number(self.estimate('persons', 'gsc1'))} (permutation interval "
            f"{number(self.placebo('persons', 'gsc1').interval().lower)} to {number(self.placebo('persons', 'gsc1').interval().upper)})",
            "rank_blocks": f"{ordinal(sdid.rank)} of {len(sdid.effects) + 1}",
            "p_blocks": percentage(sdid.p_absolute),
            "p_random": percentage(self.placebo("persons", "sdid", "random").p_absolute),
            "p_women_blocks": percentage(self.placebo("female", "sdid").p_absolute, 0),
            "trend_words": f"{more_or_fewer(trend.estimate)} deaths per 100,000 (permutation interval "
            f"{number(trend.interval().lower)} to {number(trend.interval().upper)})",
            "trend_without_2013": more_or_fewer(self.trend_without_2013),
            "log_words": f"{percentage(float(np.expm1(log.estimate)))} ({percentage(log.p_absolute, 0)} of blocks show as much)",
            "gap_2010": number(cell(gap, 2010, "gap")),
            "gap_2013": number(cell(gap, 2013, "gap")),
            "gap_2014": number(cell(gap, HEALTH_DEAL - 1, "gap")),
            "gap_2019": number(cell(gap, 2019, "gap")),
            "flag_2013": flag_words(
                cell(gap, 2012, "gap"), cell(gap, 2013, "gap"), cell(gap, HEALTH_DEAL - 1, "gap")
            ),
            "gap_fall_words": closing_words(fell, HEALTH_DEAL - 1 - 2010, after, 2019 - HEALTH_DEAL + 1),
            "pretrend_words": self.study.pretrend_sentence,
            "made_up_words": _made_up_words(self.made_up_starts),
            "breakdown_words": _breakdown_words(self.bounds),
            "left_out_words": f"between {number(float(left_out.min()))} and {number(float(left_out.max()))}",
            "floor_words": f"{number(self.floor.standard_error, 2)} deaths per 100,000",
            "curve_words": self.curve.sentence,
            "curve_count": str(len(self.curve.estimated)),
            "curve_below": f"{int((self.curve.estimated['effect'] < 0).sum())}",
            "curve_trend_below": f"{int((trends['effect'] < 0).sum())} of {len(trends)}",
            "curve_not_estimated": _missing_words(self.curve),
            "curve_everyone": f"{int((everyone['effect'] < 0).sum())} of {len(everyone)}",
            "verdict": self.judgement.sentence,
            "headline": self.headline,
            "districts_compared": str(len(self.outcomes["persons"].codes) - 10),
        }

    def _own_words(self, sex: str, design: str) -> str:
        effect = self.own_intervals[sex][design]
        i = effect.interval()
        return f"{number(effect.estimate)} ({number(i.lower)} to {number(i.upper)})"

    @cached_property
    def trend_without_2013(self) -> float:
        """The effect less own earlier trends when the year 2013 is left out."""
        return any_design(self.outcomes["persons"].panel(without_periods=(2013,)), "trend").estimate

    @property
    def headline(self) -> str:
        """The finding in words, from the rule of ``headline_of``."""
        return headline_of(
            effect=self.estimate("persons", "sdid"),
            p_blocks=self.estimate("persons", "sdid", "p_blocks"),
            own_trend=self.estimate("persons", "trend"),
            p_own_trend=self.estimate("persons", "trend", "p_blocks"),
            own_trend_without_2013=self.trend_without_2013,
            share=float(np.expm1(self.placebo("persons", "did_log").estimate)),
            p_share=self.placebo("persons", "did_log").p_absolute,
            strength=self.judgement.strength,
        )


def headline_of(
    *,
    effect: float,
    p_blocks: float,
    own_trend: float,
    p_own_trend: float,
    own_trend_without_2013: float,
    share: float,
    p_share: float,
    strength: str,
) -> str:
    """Say what the figures show, by a rule on the numbers.

    Parameters
    ----------
    effect, p_blocks : float
        Main effect in deaths per 100,000 and the share of placebo blocks with one as large.
    own_trend, p_own_trend : float
        The same when every district's earlier trend is carried on.
    own_trend_without_2013 : float
        The same effect without the year 2013, which stands out.
    share, p_share : float
        The same in proportion to the rate.
    strength : {"clear", "some", "no clear"}
        By the rule of ``healthdevo.evaluation.verdict``.

    Examples
    --------
    >>> headline_of(effect=1.0, p_blocks=0.4, own_trend=0.5, p_own_trend=0.6, own_trend_without_2013=0.2, share=0.01, p_share=0.5, strength="no clear")[:60]
    'After the agreement preventable deaths under 75 in Greater M'
    """
    way = "fell" if effect < 0 else "rose"
    unusual = p_blocks <= 0.05
    first = (
        f"After the agreement preventable deaths under 75 in Greater Manchester {way} by {abs(effect):.1f} per 100,000 "
        f"{'more than' if effect < 0 else 'against the change'} in England outside London. "
        + (
            f"Few places without the deal changed as much: {percentage(p_blocks)} of blocks of ten districts."
            if unusual
            else f"That is not unusual: {percentage(p_blocks, 0)} of blocks of ten districts without the deal changed as much."
        )
    )
    trend_holds = own_trend * effect > 0 and abs(own_trend) >= abs(effect) / 2 and p_own_trend <= 0.05
    share_holds = share * effect > 0 and p_share <= 0.05
    if not unusual:
        second = "These figures do not show that the deal changed preventable deaths, and do not rule it out."
    elif trend_holds and share_holds:
        second = "The finding stays when earlier trends are carried on, and in per cent of the rate."
    else:
        weak = []
        if not trend_holds:
            weak.append(
                f"when every district's own earlier trend is carried on, the change is {more_or_fewer(own_trend)} deaths per 100,000, which "
                f"{percentage(p_own_trend, 0)} of blocks match (without the odd year 2013, {more_or_fewer(own_trend_without_2013)})"
            )
        if not share_holds:
            weak.append(
                f"in per cent of the rate it is {percentage(share)}, which {percentage(p_share, 0)} of blocks match"
            )
        second = (
            f"But Greater Manchester's rate is high, and its gap was closing before: {'; '.join(weak)}. "
            "The figures cannot tell an effect of the deal from a catching-up that had already begun."
        )
    return (
        f"{first} {second} A rule that weighs all the specifications together calls this {strength} evidence."
    )


def _rank_words(rank: int) -> str:
    if rank == 0:
        return "no factor, so it says the same as the plain difference"
    return f"{rank} factor{'s' if rank > 1 else ''}"


def closing_words(before: float, years_before: int, after: float, years_after: int) -> str:
    """Say how fast a gap closed before and after the agreement, by a rule.

    Examples
    --------
    >>> closing_words(7.0, 4, 8.6, 5)[-23:]
    'about as fast as before'
    """
    pace_before, pace_after = before / years_before, after / years_after
    change = pace_after - pace_before
    against = (
        "about as fast as before"
        if abs(change) <= 0.15 * abs(pace_before)
        else "faster than before"
        if change > 0
        else "more slowly than before"
    )
    return (
        f"It closed by {number(pace_before, 2)} a year from 2010 to {HEALTH_DEAL - 1} and by {number(pace_after, 2)} a year from then to 2019, "
        f"{against}"
    )


def flag_words(before: float, flagged: float, after: float) -> str:
    """Say how the gap of 2013 stands between its neighbours, by a rule.

    Parameters
    ----------
    before, flagged, after : float
        Gap of 2012, 2013 and 2014.

    Examples
    --------
    >>> flag_words(57.9, 49.6, 55.5)[:55]
    'The year 2013 stands out: the gap was 49.6, less than i'
    """
    if before <= flagged <= after or after <= flagged <= before:
        return f"The year 2013, with a gap of {number(flagged)}, lies between its neighbours"
    if flagged < min(before, after):
        return (
            f"The year 2013 stands out: the gap was {number(flagged)}, less than in the years on both sides. Counted from 2013 alone devolution looks worse, and "
            "without 2013 the earlier trend looks flatter"
        )
    return (
        f"The year 2013 stands out: the gap was {number(flagged)}, more than in the years on both sides. Counted from 2013 alone devolution looks better, and "
        "without 2013 the earlier trend looks steeper"
    )


def _narrower(change: float) -> str:
    return f"{abs(change):.1f} {'narrower' if change < 0 else 'wider'}"


def _made_up_words(rows: pd.DataFrame) -> str:
    parts = [f"{number(r['effect'])} for {r['start']}" for r in records(rows)]
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def _breakdown_words(bounds: SensitivityBounds) -> str:
    if np.isnan(bounds.breakdown):
        return "The sign of the effect against 2014 is not established, however strictly trends are held parallel"
    return f"The sign of the effect survives as long as trends after 2014 differ by no more than {number(bounds.breakdown)} times the largest change before"


def _missing_words(curve: SpecificationCurve) -> str:
    missing = len(curve.table) - len(curve.estimated)
    return "All of them could be estimated" if missing == 0 else f"{missing} more could not be estimated"
