"""Every area with a deal and enough years before and after, and what kind of place and deal did how."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
from scipy import stats

from healthdevo import areas
from healthdevo.chapters.common import GREATER_MANCHESTER, lower_upper, records, small_share, source_line
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.agreements import GIVEN, HELD, STRENGTHS, Agreements
from healthdevo.chapters.devolution.designs import blocks_of, effects_chart, placebo_of, without_own_trend
from healthdevo.chapters.devolution.panels import (
    Outcome,
    deprivation,
    districts_of,
    panel_of,
    preventable_mortality,
)
from healthdevo.chapters.devolution.subject import DEATHS, Subject
from healthdevo.charts import (
    Chart,
    Table,
    effect_path_chart,
    page_table,
    span_column,
    text_column,
    value_column,
)
from healthdevo.errors import InputError
from healthdevo.evaluation import Effect, Panel, group_time_effects, imputation
from healthdevo.wording import number

DETECTABLE = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
"""Standard errors that an effect must measure to be found with 80% probability at the 5% level."""
FIRST_START, LAST_START = 2013, 2018
"""First treated years that leave three years before (from 2010) and two after (to 2019)."""
_LONDON_AUTHORITY = "E61000001"
_LAST = 2019
_DOSES = {True: "With health money handed over", False: "With health agreed, no money"}


def _among(codes: pd.Index, deals: pd.DataFrame) -> pd.Series:
    return pd.Series(codes.isin(set().union(*deals["districts"])), codes)


@dataclass(frozen=True)
class Elsewhere:
    """A main outcome (with the boroughs of London) in areas with a deal, and in districts without any.

    ``main`` returns the same without London, with which Greater Manchester is compared.
    """

    outcome: Outcome = field(repr=False)
    agreements: Agreements = field(repr=False)
    main: Callable[[], Outcome] = field(default=preventable_mortality, repr=False, compare=False)
    subject: Subject = DEATHS

    @classmethod
    @remembered(shared=("deals", "undecided", "controls"))
    def load(cls) -> Elsewhere:
        """Load preventable deaths under 75 and the agreements."""
        return cls(preventable_mortality(london=True), Agreements.load())

    @property
    def events(self) -> pd.DataFrame:
        """Steps of devolution, as in the table."""
        return self.agreements.events

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Areas with a deal that left at least two years after and three before by 2019, by their first whole year after it.

        ``districts`` are those with figures; ``health`` says whether power over health or care was agreed by the last start, ``strength``
        how strong it was, and ``budget`` whether health money was handed over.
        """
        rows: list[dict[str, Any]] = []
        for deal in records(self.agreements.first):
            group = deal["districts"] & set(self.outcome.codes)
            if FIRST_START <= deal["start"] <= LAST_START and group:
                strength = self.agreements.strength(deal["authority"], LAST_START)
                money = self.agreements.strength(deal["authority"], LAST_START, ["budget"])
                rows.append(
                    deal
                    | {"districts": group, "size": len(group)}
                    | {"strength": strength, "health": strength in HELD, "budget": money in GIVEN}
                )
        return pd.DataFrame(rows)

    @cached_property
    def undecided(self) -> tuple[str, ...]:
        """Districts outside London in a combined authority by 2019 that had no deal then: neither treated nor controls."""
        treated = set().union(*self.deals["districts"])
        inside = self.agreements.districts_in_authorities(_LAST) - set(districts_of(_LONDON_AUTHORITY))
        return tuple(c for c in self.outcome.codes if c in inside - treated)

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """Districts outside London that had no deal and belonged to no combined authority by 2019."""
        left = set().union(*self.deals["districts"], districts_of(_LONDON_AUTHORITY), self.undecided)
        return tuple(c for c in self.outcome.codes if c not in left)

    def panel(self, districts: frozenset[str], start: int) -> Panel:
        """Return the panel of some districts from a year against districts without any deal."""
        return self.outcome.panel(sorted(districts), start=start, controls=self.controls)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """The effect in each area with a deal, by two designs, with permutation intervals of blocks of as many neighbours.

        Greater Manchester is compared with all of England outside London, as in the chapter, so that there is one number for it.
        """
        rows = []
        for deal in records(self.deals):
            panel = self.panel(deal.pop("districts"), deal["start"])
            if deal["area_code"] == GREATER_MANCHESTER:
                panel = self.main().panel()
            groups = blocks_of(panel, self.outcome.boundaries)
            test, trend = placebo_of(panel, "sdid", groups), placebo_of(panel, "trend", groups)
            rows.append(
                deal
                | lower_upper(test, value="effect")
                | {
                    "p_value": test.p_absolute,
                    "own_trend": trend.estimate,
                    "p_own_trend": trend.p_absolute,
                    "standard_error": test.standard_error,
                    "detectable": DETECTABLE * test.standard_error,
                }
            )
        return pd.DataFrame(rows).sort_values(["effect", "area_code"], ignore_index=True)

    def staggered(self, keep: pd.Series | None = None) -> Panel:
        """Return the panel of all areas with a deal outside London, each from its own year; ``keep`` says by district which to keep."""
        adoption: dict[Hashable, int] = {}
        for deal in records(self.deals[self.deals["area_code"] != _LONDON_AUTHORITY]):
            for code in deal["districts"]:
                adoption[code] = min(deal["start"], adoption.get(code, _LAST))
        if keep is not None:
            adoption = {c: y for c, y in adoption.items() if bool(keep.get(c, False))}
        if not adoption:
            raise InputError("keep: no district with a deal is left")
        rows = self.outcome.frame[self.outcome.frame["area_code"].isin({*self.controls, *adoption})]
        return panel_of(rows, unit=self.outcome.unit, adoption=adoption)

    @cached_property
    def dynamic(self) -> Effect:
        """Effects by year of adoption and calendar year against districts never in a deal, by years since the start."""
        effects = group_time_effects(self.staggered(), control="never")
        return effects.aggregate("dynamic", earliest=-4, latest=4, seed=2014)

    @cached_property
    def kinds(self) -> dict[str, Effect]:
        """The staggered effect by kind of deal, deprivation and kind of place, by imputation."""
        everyone = self.staggered()
        treated = pd.Index(everyone.areas[everyone.treated])
        score = deprivation().reindex(treated)
        metropolitan = pd.Series([areas.get(c).kind == "metropolitan_district" for c in treated], treated)
        held = self._outside[self._outside["health"]]
        powers = _among(treated, held)
        doses = {label: _among(treated, held[held["budget"] == budget]) for budget, label in _DOSES.items()}
        cases = {
            "All deals": powers | ~powers,
            "With power over health": powers,
            **{label: dose for label, dose in doses.items() if dose.any()},
            "Without power over health": ~powers,
            "More deprived half of their districts": score >= score.median(),
            "Less deprived half of their districts": score < score.median(),
            "Metropolitan districts": metropolitan,
            "Shire and unitary districts": ~metropolitan,
        }
        return {label: imputation(self.staggered(keep)) for label, keep in cases.items()}

    @property
    def _outside(self) -> pd.DataFrame:
        return self.deals[self.deals["area_code"] != _LONDON_AUTHORITY]

    @cached_property
    def difference_without_trends(self) -> float:
        """How deals with power over health differ from those without when every district's straight line to 2014 is carried on."""
        everyone = self.staggered()
        treated = pd.Index(everyone.areas[everyone.treated])
        powers = _among(treated, self._outside[self._outside["health"]])
        with_powers, without = (
            imputation(without_own_trend(self.staggered(keep))).estimate for keep in (powers, ~powers)
        )
        return with_powers - without

    def areas_chart(self) -> Chart:
        """Draw the effect in every area with a deal."""
        rows = [
            row | {"label": f"{row['name']} ({self.subject.year(row['start'])})", "focus": row["health"]}
            for row in records(self.estimates)
        ]
        return effects_chart(rows, self.subject.unit, words.areas_chart(self.estimates, self.subject))

    def dynamic_chart(self) -> Chart:
        """Draw the staggered effects by years since the start."""
        path = self.dynamic.path
        assert path is not None
        return effect_path_chart(
            path,
            period="relative",
            effect="effect",
            lower="lower",
            upper="upper",
            start=0.0,
            start_text="deal begins",
            x_format=number,
            y_label=f"{self.subject.unit}; years since the deal",
            caption=words.dynamic_chart(self.dynamic, path, self.subject),
        )

    def kinds_table(self) -> Table:
        """Show the effect by kind of deal and place, with what could have been detected."""
        rows = [
            {"kind": kind, "districts": len(effect.treated)}
            | lower_upper(effect, value="effect")
            | {"standard_error": effect.standard_error, "detectable": DETECTABLE * effect.standard_error}
            for kind, effect in self.kinds.items()
        ]
        return page_table(
            pd.DataFrame(rows),
            [
                text_column("Areas", "kind"),
                text_column("Districts", "districts"),
                value_column("Effect", "effect"),
                span_column("95% interval"),
                value_column("Detectable effect", "detectable", lambda v: number(v, 2)),
            ],
            table_id=self.subject.name("kinds"),
            caption=words.kinds(self.subject),
            source=source_line(*words.deal_tables(self.subject), "deprivation_area"),
        )

    def detectable_table(self) -> Table:
        """Show what every area could have detected."""
        return page_table(
            self.estimates.assign(begins=self.estimates["start"].map(self.subject.year)),
            [
                text_column("Area", "name"),
                text_column("Agreed", "agreed_words"),
                text_column("From", "begins"),
                text_column("Power over health by 2018", "strength", STRENGTHS),
                text_column("Districts", "size"),
                value_column("Effect", "effect"),
                value_column("Groups with as much", "p_value", small_share),
                value_column("Less own earlier trend", "own_trend"),
                value_column("Groups with as much ", "p_own_trend", small_share),
                value_column("Detectable effect", "detectable", lambda v: number(v, 2)),
            ],
            table_id=self.subject.name("detectable"),
            caption=words.detectable(self.subject),
            source=source_line(*words.deal_tables(self.subject)),
        )
