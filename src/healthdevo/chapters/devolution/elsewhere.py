"""Every area with a deal and enough years before and after, and what kind of place and deal did how."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.chapters.common import GREATER_MANCHESTER, lower_upper, records, small_share, source_line
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import effects_chart, groups_of, placebo_of
from healthdevo.chapters.devolution.panels import (
    Outcome,
    deprivation,
    districts_of,
    panel_of,
    preventable_mortality,
)
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
_LONDON_AUTHORITY = "E61000001"
_LAST = 2019


def first_whole_year(day: pd.Timestamp) -> int:
    """Return the first calendar year that lies wholly after a day (the year itself when it is 1 January).

    >>> first_whole_year(pd.Timestamp("2014-04-01")), first_whole_year(pd.Timestamp("2014-01-01"))
    (2015, 2014)
    """
    return day.year if (day.month, day.day) == (1, 1) else day.year + 1


@dataclass(frozen=True)
class Elsewhere:
    """Preventable deaths under 75 (with the boroughs of London) in areas with a deal, and in districts without any."""

    outcome: Outcome = field(repr=False)
    authorities: pd.DataFrame = field(repr=False)
    events: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Elsewhere:
        """Load the tables that the section needs."""
        outcome = preventable_mortality(london=True)
        return cls(outcome, tables.load("combined_authority"), tables.load("devolution_event"))

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Areas with a deal that left at least two years after and three before by 2019.

        Areas with power over health count from the first whole year after their agreement or memorandum on health, other combined
        authorities from the first whole year after they were set up. A body that only continues an earlier one is not listed again.
        """
        steps = self.events.groupby(["area_code", "health_relevance"])["event_date"].agg(["min", "max"])
        health = set(self.events.loc[self.events["health_relevance"] == "direct", "area_code"])
        set_up = self.authorities.set_index("area_code")["legal_start"]
        rows: list[dict[str, Any]] = []
        for code in sorted({*set_up.index, *health}):
            if code in health:
                kind = "indirect" if code == GREATER_MANCHESTER else "direct"
                day = steps.loc[(code, kind), "max" if code == _LONDON_AUTHORITY else "min"]
            else:
                day = set_up[code]
            start = first_whole_year(pd.Timestamp(day))
            group = frozenset(districts_of(code)) & set(self.outcome.codes)
            if not 2013 <= start <= _LAST - 1 or not group:
                continue
            if any(group <= r["districts"] and start > r["start"] for r in rows):
                continue
            row = {"area_code": code, "name": areas.get(code).short_name, "start": start}
            rows.append(row | {"health": code in health, "districts": group, "size": len(group)})
        return pd.DataFrame(rows)

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """Districts outside London that belonged to no area with a deal by 2019."""
        treated = set().union(*self.deals["districts"], districts_of(_LONDON_AUTHORITY))
        return tuple(c for c in self.outcome.codes if c not in treated)

    def panel(self, districts: frozenset[str], start: int) -> Panel:
        """Return the panel of some districts from a year against districts without any deal."""
        return self.outcome.panel(sorted(districts), start=start, controls=self.controls)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """The effect in each area with a deal, by two designs, with permutation intervals of random groups."""
        rows = []
        for deal in records(self.deals):
            panel = self.panel(deal.pop("districts"), deal["start"])
            groups = groups_of(panel, 0, 300)
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
        health = self.deals[self.deals["health"] & (self.deals["area_code"] != _LONDON_AUTHORITY)]
        everyone = self.staggered()
        treated = pd.Index(everyone.areas[everyone.treated])
        score = deprivation().reindex(treated)
        metropolitan = pd.Series([areas.get(c).kind == "metropolitan_district" for c in treated], treated)
        powers = pd.Series(treated.isin(set().union(*health["districts"])), treated)
        cases = {
            "All deals": powers | ~powers,
            "With power over health": powers,
            "Without power over health": ~powers,
            "More deprived half of their districts": score >= score.median(),
            "Less deprived half of their districts": score < score.median(),
            "Metropolitan districts": metropolitan,
            "Shire and unitary districts": ~metropolitan,
        }
        return {label: imputation(self.staggered(keep)) for label, keep in cases.items()}

    def areas_chart(self) -> Chart:
        """Draw the effect in every area with a deal."""
        rows = [
            row | {"label": f"{row['name']} ({row['start']})", "focus": row["health"]}
            for row in records(self.estimates)
        ]
        return effects_chart(rows, "deaths per 100,000", words.areas_chart(self.estimates))

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
            x_format=lambda v: f"{v:.0f}",
            y_label="deaths per 100,000; years since the deal",
            caption=words.dynamic_chart(self.dynamic, path),
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
            table_id="kinds",
            caption=words.KINDS,
            source=source_line(*words.TABLES, "deprivation_area"),
        )

    def detectable_table(self) -> Table:
        """Show what every area could have detected."""
        return page_table(
            self.estimates,
            [
                text_column("Area", "name"),
                text_column("From", "start"),
                text_column("Districts", "size"),
                value_column("Effect", "effect"),
                value_column("Groups with as much", "p_value", small_share),
                value_column("Less own earlier trend", "own_trend"),
                value_column("Groups with as much ", "p_own_trend", small_share),
                value_column("Detectable effect", "detectable", lambda v: number(v, 2)),
            ],
            table_id="detectable",
            caption=words.DETECTABLE,
            source=source_line(*words.TABLES),
        )
