"""Every combined authority with enough years before and after, and what kind of place and deal did how."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.chapters.common.cells import records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.devolution.outcomes import few
from healthdevo.chapters.devolution.panels import (
    GREATER_MANCHESTER,
    Outcome,
    districts_of,
    placebo_of,
    preventable_mortality,
)
from healthdevo.charts import Caption, Chart, effect_path_chart, interval_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Effect,
    GroupTimeEffects,
    Panel,
    group_time_effects,
    imputation,
    random_groups,
)
from healthdevo.wording import join, number

__all__ = ["DETECTABLE", "Elsewhere", "first_whole_year"]

DETECTABLE = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))
"""Standard errors that an effect must measure to be found with 80% probability at the 5% level."""
_LONDON_AUTHORITY, _CORNWALL = "E61000001", "E06000052"
_DRAWS = 300
_SEED = 2014
_LAST = 2019


def first_whole_year(day: pd.Timestamp) -> int:
    """Return the first calendar year that lies wholly after a day (the year itself when it is 1 January).

    Examples
    --------
    >>> first_whole_year(pd.Timestamp("2014-04-01")), first_whole_year(pd.Timestamp("2014-01-01"))
    (2015, 2014)
    """
    return day.year if (day.month, day.day) == (1, 1) else day.year + 1


@dataclass(frozen=True)
class Elsewhere:
    """Everything the chapter says about other areas.

    Parameters
    ----------
    outcome : Outcome
        Preventable deaths under 75 with the boroughs of London.
    authorities, events, deprivation : pandas.DataFrame
        Tables ``combined_authority``, ``devolution_event`` and ``deprivation_area``.
    """

    outcome: Outcome = field(repr=False)
    authorities: pd.DataFrame = field(repr=False)
    events: pd.DataFrame = field(repr=False)
    deprivation: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Elsewhere:
        """Load the tables that the section needs."""
        return cls(
            preventable_mortality(london=True),
            tables.load("combined_authority"),
            tables.load("devolution_event"),
            tables.load("deprivation_area"),
        )

    # ---- who was treated when ------------------------------------------------------------------------------------------------------

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Areas with a deal that left at least two years after and three before by 2019.

        Areas with power over health count from the first whole year after their agreement or memorandum on health, other combined
        authorities from the first whole year after they were set up. A body that only continues an earlier one is not listed again.
        """
        health = self.events[self.events["health_relevance"] == "direct"]
        indirect = self.events[
            (self.events["area_code"] == GREATER_MANCHESTER) & (self.events["health_relevance"] == "indirect")
        ]
        rows: list[dict[str, Any]] = []
        for code in sorted({*self.authorities["area_code"], *health["area_code"]}):
            steps = health[health["area_code"] == code]["event_date"]
            if code == GREATER_MANCHESTER:
                steps = indirect["event_date"]
            if len(steps):
                day = steps.max() if code == _LONDON_AUTHORITY else steps.min()
            else:
                day = self.authorities.set_index("area_code").loc[code, "legal_start"]
            start = first_whole_year(pd.Timestamp(day))
            group = set(districts_of(code)) & set(self.outcome.codes)
            if not 2013 <= start <= _LAST - 1 or not group:
                continue
            if any(group <= r["districts"] and start > r["start"] for r in rows):
                continue
            rows.append(
                {
                    "area_code": code,
                    "name": areas.get(code).short_name,
                    "start": start,
                    "health": bool(len(steps)),
                    "districts": frozenset(group),
                    "size": len(group),
                }
            )
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
            panel = self.panel(deal["districts"], deal["start"])
            groups = random_groups(panel, draws=_DRAWS, seed=_SEED)
            test, trend = placebo_of(panel, "sdid", groups), placebo_of(panel, "trend", groups)
            i = test.interval()
            rows.append(
                {
                    "area_code": deal["area_code"],
                    "name": deal["name"],
                    "start": deal["start"],
                    "health": deal["health"],
                    "size": deal["size"],
                    "effect": test.estimate,
                    "lower": i.lower,
                    "upper": i.upper,
                    "p_value": test.p_absolute,
                    "own_trend": trend.estimate,
                    "p_own_trend": trend.p_absolute,
                    "standard_error": test.standard_error,
                    "detectable": DETECTABLE * test.standard_error,
                }
            )
        frame = pd.DataFrame(rows).assign(label=lambda d: d["name"] + " (" + d["start"].astype(str) + ")")
        return frame.sort_values(["effect", "area_code"], ignore_index=True)

    # ---- all together, staggered -----------------------------------------------------------------------------------------------------

    def staggered(self, keep: pd.Series | None = None) -> Panel:
        """Return the panel of all areas with a deal outside London, each from its own year.

        Parameters
        ----------
        keep : pandas.Series of bool, optional
            Indexed by district: which of the treated to keep.
        """
        adoption: dict[Hashable, int] = {}
        for deal in records(self.deals[self.deals["area_code"] != _LONDON_AUTHORITY]):
            for code in deal["districts"]:
                adoption[code] = min(deal["start"], adoption.get(code, _LAST))
        if keep is not None:
            adoption = {c: y for c, y in adoption.items() if bool(keep.get(c, False))}
        if not adoption:
            raise InputError("keep: no district with a deal is left")
        rows = self.outcome.frame[self.outcome.frame["area_code"].isin({*self.controls, *adoption})]
        return Panel.from_frame(
            rows,
            area="area_code",
            period="period",
            outcome="value",
            adoption=cast(Mapping[Hashable, Hashable], adoption),
            unit=self.outcome.unit,
        )

    @cached_property
    def group_time(self) -> GroupTimeEffects:
        """Effects by year of adoption and calendar year against districts never in a deal."""
        return group_time_effects(self.staggered(), control="never")

    @cached_property
    def dynamic(self) -> Effect:
        """The group-time effects by years since the start."""
        return self.group_time.aggregate("dynamic", earliest=-4, latest=4, seed=_SEED)

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """The staggered effect by kind of deal, deprivation and kind of place, by imputation."""
        health = self.deals[self.deals["health"] & (self.deals["area_code"] != _LONDON_AUTHORITY)]
        with_health = set().union(*health["districts"])
        everyone = self.staggered()
        treated = [str(a) for a in everyone.areas[everyone.treated]]
        scores = self.deprivation[self.deprivation["index_year"] == 2015].set_index("area_code")[
            "average_score"
        ]
        score = scores.reindex(treated)
        metropolitan = pd.Series(
            [areas.get(c).kind == "metropolitan_district" for c in treated], index=treated
        )
        powers = pd.Series([c in with_health for c in treated], index=treated)
        cases = [
            ("All deals", pd.Series(True, index=treated)),
            ("With power over health", powers),
            ("Without power over health", ~powers),
            ("More deprived half of their districts", score >= score.median()),
            ("Less deprived half of their districts", score < score.median()),
            ("Metropolitan districts", metropolitan),
            ("Shire and unitary districts", ~metropolitan),
        ]
        rows = []
        for label, keep in cases:
            effect = imputation(self.staggered(keep))
            i = effect.interval()
            rows.append(
                {
                    "kind": label,
                    "districts": int(keep.sum()),
                    "effect": effect.estimate,
                    "lower": i.lower,
                    "upper": i.upper,
                    "standard_error": effect.standard_error,
                    "detectable": DETECTABLE * effect.standard_error,
                }
            )
        return pd.DataFrame(rows)

    # ---- charts and tables -----------------------------------------------------------------------------------------------------------

    def areas_chart(self) -> Chart:
        """Draw the effect in every area with a deal."""
        frame = self.estimates
        health = frame.loc[frame["health"], "label"].tolist()
        away = frame[frame["p_value"] <= 0.05]
        return interval_chart(
            frame,
            label="label",
            value="effect",
            lower="lower",
            upper="upper",
            focus=health,
            reference=0.0,
            reference_text="no effect",
            x_label="deaths per 100,000",
            value_format=lambda v: number(v),
            caption=Caption(
                figure_id="other-areas",
                title=f"{len(away)} of {len(frame)} areas with a deal stand out from chance groups: {join(away['name'].tolist()) or 'none'}",
                subtitle=(
                    "Change in preventable deaths under 75 per 100,000 after each deal, to 2019, against districts without any deal; synthetic "
                    "difference-in-differences, 95% permutation intervals; bold squares: deals with power over health"
                ),
                source=source_line("under_75_mortality", "combined_authority", "devolution_event"),
                alt=(
                    f"Dot chart of changes in preventable deaths in {len(frame)} areas with a deal, from {number(float(frame['effect'].min()))} in "
                    f"{frame['name'].iloc[0]} to {number(float(frame['effect'].max()))} in {frame['name'].iloc[-1]}; most intervals include zero."
                ),
            ),
        )

    def dynamic_chart(self) -> Chart:
        """Draw the staggered effects by years since the start."""
        path = self.dynamic.path
        assert path is not None
        after = path[path["relative"] >= 0]
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
            caption=Caption(
                figure_id="staggered",
                title=(
                    f"All deals together: {number(self.dynamic.estimate)} deaths per 100,000 on average after the start"
                    + (", which could be chance" if not self.dynamic.interval().excludes_zero else "")
                ),
                subtitle=(
                    "Change in preventable deaths under 75 per 100,000 by years since each deal, against the year before the deal (before it: against the year "
                    "before each) and districts without any deal; 95% intervals"
                ),
                source=source_line("under_75_mortality", "combined_authority", "devolution_event"),
                alt=(
                    f"Dot chart of effects by years since the deal, from {number(float(path['effect'].min()))} to {number(float(path['effect'].max()))} "
                    f"deaths per 100,000, {int((after['effect'] < 0).sum())} of {len(after)} below zero after the start."
                ),
            ),
        )

    def kinds_table(self) -> Table:
        """Show the effect by kind of deal and place, with what could have been detected."""
        frame = self.kinds
        shown = pd.DataFrame(
            {
                "Areas": frame["kind"],
                "Districts": frame["districts"].astype(str),
                "Effect": frame["effect"].map(number),
                "95% interval": frame["lower"].map(number) + " to " + frame["upper"].map(number),
                "Detectable effect": frame["detectable"].map(lambda v: number(v, 2)),
            }
        )
        return show_table(
            shown,
            table_id="kinds",
            caption=(
                "Preventable deaths per 100,000 after a deal by kind of deal and place, each area from its own year, against districts without any deal. "
                "Detectable: found with 80% probability at the 5% level."
            ),
            source=source_line(
                "under_75_mortality", "combined_authority", "devolution_event", "deprivation_area"
            ),
            data=frame,
        )

    def detectable_table(self) -> Table:
        """Show what every area could have detected."""
        frame = self.estimates
        shown = pd.DataFrame(
            {
                "Area": frame["name"],
                "From": frame["start"].astype(str),
                "Districts": frame["size"].astype(str),
                "Effect": frame["effect"].map(number),
                "Groups with as much": frame["p_value"].map(few),
                "Less own earlier trend": frame["own_trend"].map(number),
                "Groups with as much ": frame["p_own_trend"].map(few),
                "Detectable effect": frame["detectable"].map(lambda v: number(v, 2)),
            }
        )
        return show_table(
            shown,
            table_id="detectable",
            caption="Every area with a deal: change in preventable deaths per 100,000 by two designs, and the effect its figures could have shown.",
            source=source_line("under_75_mortality", "combined_authority", "devolution_event"),
            data=frame.drop(columns="label"),
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        frame, kinds = self.estimates, self.kinds.set_index("kind")
        away = frame[frame["p_value"] <= 0.05]
        kept = away[away["p_own_trend"] <= 0.05]
        gm = records(frame[frame["area_code"] == GREATER_MANCHESTER])[0]
        both = kinds.loc[["With power over health", "Without power over health"]]
        values, limits = both["effect"].to_numpy(float), both["standard_error"].to_numpy(float)
        difference = float(values[0] - values[1])
        error = float(np.hypot(*limits))
        apart = abs(difference) > 1.96 * error
        i = self.dynamic.interval()
        return {
            "deals_count": str(len(frame)),
            "deals_list": join(
                [f"{r['name']} from {r['start']}" for r in records(self.deals.sort_values(["start", "name"]))]
            ),
            "deals_away": _away_words(away, kept),
            "deals_health": join(frame.loc[frame["health"], "name"].tolist()),
            "staggered_words": f"{number(self.dynamic.estimate)} deaths per 100,000 (95% interval {number(i.lower)} to {number(i.upper)})",
            "staggered_pretrend": _before_words(self.dynamic),
            "health_difference": (
                f"Deals with power over health differ from those without by {number(difference)} deaths per 100,000, "
                f"which is {'more' if apart else 'no more'} than chance allows (standard error {number(error, 2)})"
            ),
            "detectable_gm": f"{number(gm['detectable'], 2)} deaths per 100,000",
            "detectable_range": (
                f"between {number(float(frame['detectable'].min()), 2)} and {number(float(frame['detectable'].max()), 2)} deaths per 100,000"
            ),
        }


def _away_words(away: pd.DataFrame, kept: pd.DataFrame) -> str:
    if away.empty:
        return "None of them stands out from random groups of districts without a deal"
    names = join([f"{r['name']} ({number(r['effect'])})" for r in records(away)])
    tail = (
        "none of these stands out once earlier trends are carried on"
        if kept.empty
        else f"{join(kept['name'].tolist())} still {'do' if len(kept) > 1 else 'does'} once earlier trends are carried on"
    )
    return f"Standing out from random groups of districts without a deal: {names}; {tail}"


def _before_words(effect: Effect) -> str:
    path = effect.path
    assert path is not None
    before = path[path["relative"] < 0]
    away = int(((before["lower"] > 0) | (before["upper"] < 0)).sum())
    if away:
        return f"In {away} of {len(before)} years before the deals districts with one already moved apart from the others"
    return f"In none of the {len(before)} years before the deals did districts with one move apart from the others by more than chance allows"
