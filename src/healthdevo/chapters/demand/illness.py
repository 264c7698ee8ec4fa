"""Chronic illness and A&E: what part of the growth of attendances it can explain at most and at least. These are bounds, not a cause.

Three counts stand side by side: illness as general practices record it, emergency admissions for the same conditions, and attendances.
Recorded illness rises with better recording too, so admissions are set against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, charts, tables
from healthdevo.chapters.common import (
    BEFORE_PANDEMIC,
    ENGLAND,
    cell,
    plain_name,
    source_line,
    straight_line,
)
from healthdevo.chapters.common.admissions import COUNTS, by_district_of_today
from healthdevo.chapters.demand import illness_words as words
from healthdevo.errors import TableError
from healthdevo.regression import Coefficient, panel
from healthdevo.wording import signed_percentage

CONDITIONS = (
    "asthma",
    "atrial_fibrillation",
    "chronic_obstructive_pulmonary_disease",
    "coronary_heart_disease",
    "dementia",
    "diabetes",
    "epilepsy",
    "heart_failure",
    "hypertension",
)
"""Conditions on the registers of general practices that the indicator of avoidable admissions has too."""
SPANS = ((2016, BEFORE_PANDEMIC - 1), (2016, 2023))
"""First and last financial year: the years with attendances of boards and registers, before the pandemic and to the last register."""
BOARDS = "2026-03-01"
"""A day on which the boards of the tables are."""
_YEAR = "financial_year_start"


def part_of_growth(first: float, second: float) -> dict[str, float]:
    """Return what a change of recorded conditions can add to attendances per head, as a share of those at the start.

    ``first`` and ``second`` are conditions recorded per person. At ``least`` illness makes no difference to how often people come. In
    ``twice`` each recorded condition makes a person come as often again as one without any. At ``most`` only people with conditions come, in
    step with their number. A fall of recorded illness swaps the ends.

    >>> {name: round(value, 3) for name, value in part_of_growth(0.30, 0.33).items()}
    {'least': 0.0, 'twice': 0.023, 'most': 0.1}
    """
    if not first > 0:
        raise TableError(
            f"table recorded_illness_icb: conditions per person at the start are {first}, not above 0"
        )
    change = second - first
    ends = sorted([0.0, change / first])
    return {"least": ends[0], "twice": change / (1.0 + first), "most": ends[1]}


@dataclass(frozen=True)
class Illness:
    """Recorded illness by board, avoidable admissions by district and of England, attendances by board and of England."""

    recorded: pd.DataFrame = field(repr=False)
    months: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)
    admissions: pd.DataFrame = field(repr=False)
    survey: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Illness:
        """Load the tables that the section needs."""
        names = (
            "recorded_illness_icb",
            "emergency_month",
            "population_year",
            "chronic_admission",
            "health_index",
        )
        return cls(*map(tables.load, names))

    @cached_property
    def boards(self) -> pd.DataFrame:
        """By board (``area_code``) and ``year``: people, and per person recorded conditions, attendances, avoidable admissions."""
        own = self.recorded[self.recorded["condition"].isin(CONDITIONS)]
        found = own.groupby(["area_code", _YEAR])["prevalence"].sum(min_count=len(CONDITIONS)) / 100.0
        frame = found.rename("recorded").reset_index().rename(columns={_YEAR: "year"})
        keys = ["area_code", "year"]
        frame = frame.merge(self.people[[*keys, "persons"]], on=keys, how="left", validate="1:1")
        frame = frame.merge(self._attendances.rename("attendances").reset_index(), on=keys, how="left")
        frame = frame.merge(self._admitted, on=keys, how="left")
        frame["attended"] = frame["attendances"] / frame["persons"]
        frame["admitted"] = frame["admissions"] / frame["population"]
        return frame.sort_values(keys, ignore_index=True)

    @cached_property
    def _attendances(self) -> pd.Series:
        """Attendances of all types by area and financial year with figures for all twelve months."""
        rows = self.months[self.months["department_type"] == "all"]
        year = rows["month"].dt.year - (rows["month"].dt.month < 4)
        by = rows.assign(year=year).groupby(["area_code", "year"])["attendances"]
        return by.sum(min_count=12)[by.count() == 12]

    @cached_property
    def _admitted(self) -> pd.DataFrame:
        """Avoidable admissions and people of boards in the years at the ends of spans, from districts by the share of people inside."""
        rows = by_district_of_today().reset_index()
        wanted = sorted(self.recorded["area_code"].unique())
        ends = {year for span in SPANS for year in span}  # in between, a district lacks a year
        sums = areas.aggregate_counts(
            rows[rows[_YEAR].isin(ends)],
            to=wanted,
            value=COUNTS,
            on=BOARDS,
            by=_YEAR,
            population_shares=True,
        )
        return sums[["area_code", _YEAR, *COUNTS]].rename(columns={_YEAR: "year"})

    @cached_property
    def england(self) -> pd.DataFrame:
        """By financial year: ``recorded`` conditions per person, ``attendances``, ``admissions``, the standardised ``rate`` of these."""
        own = self.boards.assign(total=self.boards["recorded"] * self.boards["persons"])
        sums = own.groupby("year")[["total", "persons"]].sum()
        whole = self.admissions[self.admissions["area_code"] == ENGLAND].set_index(_YEAR)
        return pd.DataFrame(
            {
                "recorded": sums["total"] / sums["persons"],
                "attendances": self._attendances[ENGLAND],
                "admissions": whole["admissions"],
                "rate": whole["rate"],
            }
        ).rename_axis("year")

    @cached_property
    def bounds(self) -> pd.DataFrame:
        """What illness explains of the growth of attendances, at ``least``, if a condition makes people come ``twice`` as often, at ``most``.

        Shares of the attendances at the start, by span and by what counts as illness: ``recorded`` conditions, or admissions (``admitted``).
        ``growth`` is that of all attendances. An avoidable admission comes with no attendance at least, with one at most.
        """
        rows = []
        for first, last in SPANS:
            (r1, n1, a1), (r2, n2, a2) = (
                [self.year(year, column) for column in ("recorded", "admissions", "attendances")]
                for year in (first, last)
            )
            growth, more = a2 / a1 - 1.0, (n2 - n1) / a1
            parts: Mapping[str, dict[str, float]] = {
                "recorded": part_of_growth(r1, r2),
                "admitted": {"least": min(more, 0.0), "twice": np.nan, "most": max(more, 0.0)},
            }
            rows += [
                {"measure": name, "first": first, "last": last, "growth": growth} | part
                for name, part in parts.items()
            ]
        return pd.DataFrame(rows)

    @cached_property
    def links(self) -> dict[str, Coefficient]:
        """Across boards: how attendances per head moved with recorded illness, and with avoidable admissions, as elasticities.

        Changes from the first to the last year of the longer span, board by board, with HC3 errors.
        """
        rows = self.boards[self.boards["year"].isin(SPANS[1])]
        found = {}
        for name in ("recorded", "admitted"):
            fit = panel(
                rows,
                outcome="attended",
                regressors=name,
                area="area_code",
                logs=["attended", name],
                effects="long-difference",
                errors="HC3",
            )
            found[name] = fit[fit.focal]
        return found

    @cached_property
    def counted_twice(self) -> pd.DataFrame:
        """Diabetes in per cent by two counts: registers of practices (``recorded``) and the Health Index (``index``), by year of both."""
        rows = self.survey[self.survey["indicator"] == "diabetes"]
        day = self.people.set_index(["area_code", "year"])["persons"]
        keys = pd.MultiIndex.from_arrays([rows["area_code"], rows["year"]])
        weighed = rows.assign(persons=day.reindex(keys).to_numpy()).dropna(subset=["persons"])
        weighed = weighed.assign(total=weighed["value"] * weighed["persons"])
        index = weighed.groupby("year")[["total", "persons"]].sum()
        own = self.recorded[self.recorded["condition"] == "diabetes"].rename(columns={_YEAR: "year"})
        own = own.merge(self.people[["area_code", "year", "persons"]], on=["area_code", "year"])
        own = own.assign(total=own["prevalence"] * own["persons"])
        recorded = own.groupby("year")[["total", "persons"]].sum()
        both = {
            "recorded": recorded["total"] / recorded["persons"],
            "index": index["total"] / index["persons"],
        }
        return pd.DataFrame(both).dropna()

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Change in per cent by board over the longer span: ``name``, ``recorded``, ``admitted``, ``attended``."""
        first, last = SPANS[1]
        columns = ["recorded", "admitted", "attended"]
        wide = self.boards.pivot_table(index="area_code", columns="year", values=columns)
        found = {c: 100.0 * (wide[c][last] / wide[c][first] - 1.0) for c in columns}
        names = [plain_name(areas.get(str(code)).short_name) for code in wide.index]
        return pd.DataFrame(found).assign(name=names).reset_index()

    def index_chart(self) -> charts.Chart:
        """Draw attendances, recorded illness and admissions of England, each against its first year."""
        rows = self.england[self.england["recorded"].notna()]
        shown = {
            "attendances": "A&E attendances",
            "recorded": "recorded illness",
            "rate": "avoidable admissions",
        }
        start = SPANS[0][0]
        data = (100.0 * rows[list(shown)] / rows.loc[start, list(shown)]).rename(columns=shown).loc[start:]
        return charts.line_chart(
            data.reset_index().melt("year", var_name="what", value_name="index"),
            x="year",
            y="index",
            series="what",
            marks=[charts.Mark(2020, "pandemic")],
            x_format=words.tick,
            y_from_zero=False,
            markers=True,
            caption=words.index_chart(self),
        )

    def bounds_chart(self) -> charts.Chart:
        """Draw the bounds."""
        rows = self.bounds.assign(
            label=[words.label(m, f, t) for m, f, t in self.bounds[["measure", "first", "last"]].to_numpy()],
            middle=100.0 * self.bounds["twice"].fillna(self.bounds["most"]),
            low=100.0 * self.bounds["least"],
            high=100.0 * self.bounds["most"],
        )
        return charts.interval_chart(
            rows,
            label="label",
            value="middle",
            lower="low",
            upper="high",
            reference=0.0,
            reference_text="nothing",
            value_format=lambda v: signed_percentage(v / 100),
            x_label="part of the growth of attendances, % of those at the start",
            caption=words.bounds_chart(self),
        )

    def bounds_table(self) -> charts.Table:
        """Show the bounds in numbers."""
        spans = [words.years(f, t) for f, t in self.bounds[["first", "last"]].to_numpy()]
        return charts.page_table(
            self.bounds.assign(span=spans, what=self.bounds["measure"].map(words.MEASURES)),
            [
                charts.text_column("Illness counted by", "what"),
                charts.text_column("Years", "span"),
                charts.value_column("All growth", "growth", signed_percentage),
                charts.value_column("At least", "least", words.share),
                charts.value_column("If a condition doubles visits", "twice", words.share),
                charts.value_column("At most", "most", words.share),
            ],
            table_id="illness-bounds",
            caption=words.BOUNDS_TABLE,
            source=source_line(*words.TABLES),
        )

    def boards_chart(self) -> charts.Chart:
        """Draw the change of recorded illness against that of attendances, board by board."""
        data = self.changes
        return charts.scatter_chart(
            data,
            x="recorded",
            y="attended",
            label="name",
            named=["Greater Manchester"],
            line=straight_line(data, "recorded", "attended"),
            zero=True,
            x_format=words.tick_percent,
            y_format=words.tick_percent,
            x_label="change in recorded conditions per person",
            y_label="change in attendances per head",
            caption=words.boards_chart(self),
        )

    def year(self, year: int, column: str) -> float:
        """Return a figure of England."""
        return cell(self.england, year, column)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
