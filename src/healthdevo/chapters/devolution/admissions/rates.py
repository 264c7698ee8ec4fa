"""Rates of avoidable admissions by district: Greater Manchester, England outside London, and what each reading takes of them.

The choices are those of the part on deaths, taken over before any result: figures up to the last year before the pandemic, the first
whole year after the agreement as the first treated one, all districts of England outside London as controls, synthetic
difference-in-differences, blocks of ten neighbours. One choice is new: districts with a marked break of recording are left out. Every
other choice is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import BEFORE_PANDEMIC, GREATER_MANCHESTER, error_of_limits, record
from healthdevo.chapters.devolution.admissions import words
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, Outcome, districts_of
from healthdevo.charts import Chart, Mark, line_chart
from healthdevo.wording import financial_year, number

FIRST, LAST = 2003, 2023
"""First and last financial year, by the year in which it starts."""
ENDS = {BEFORE_PANDEMIC: 2019, LAST: 2023}
"""Last years of a comparison, with the year of the boundaries on which all districts of it lie."""
UNIT = "admissions per 100,000"


@dataclass(frozen=True)
class Rates:
    """Avoidable admissions by district and financial year, and by quarter."""

    yearly: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Rates:
        """Load the yearly table."""
        return cls(tables.load("chronic_admission"))

    @cached_property
    def quarters(self) -> pd.DataFrame:
        """The table by quarter."""
        return tables.load("chronic_admission_quarter")

    def outcome(self, last: int = BEFORE_PANDEMIC, *, breaks: bool = False, london: bool = False) -> Outcome:
        """Return the rates up to a financial year, without districts that have a marked break of recording unless ``breaks``."""
        rows = self.yearly[self.yearly["financial_year_start"] <= last]
        if not breaks:
            rows = rows[~rows["area_code"].isin(self.broken)]
        return Outcome.of(
            rows,
            "financial_year_start",
            "rate",
            unit=UNIT,
            source=["chronic_admission"],
            boundaries=ENDS[last],
            london=london,
        )

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """Areas with a marked break of recording in any year, in order."""
        return tuple(sorted(set(self.yearly.loc[self.yearly["recording_break"], "area_code"])))

    @cached_property
    def weighted(self) -> pd.DataFrame:
        """Rates of the districts outside London that there were in each year, weighted by people: ``treated``, ``others``, ``gap``, ``ratio``."""
        kinds = self.yearly["area_code"].map(tables.load("area").set_index("area_code")["kind"])
        outside = set(areas.KINDS.members("district")) - {"london_borough"}
        rows = self.yearly[kinds.isin(outside)]
        own = rows["area_code"].isin(districts_of(GREATER_MANCHESTER))
        counted = rows.assign(own=own, total=rows["rate"] * rows["population"])
        sums = counted.pivot_table(
            index="financial_year_start", columns="own", values=["total", "population"], aggfunc="sum"
        )
        rate = sums["total"] / sums["population"]
        found = pd.DataFrame({"treated": rate[True], "others": rate[False]})
        return found.assign(gap=found["treated"] - found["others"], ratio=found["treated"] / found["others"])

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Standard errors of the rates that their published limits imply, by district and year."""
        rows = self.yearly.assign(error=error_of_limits(self.yearly))
        return rows.pivot_table(index="area_code", columns="financial_year_start", values="error")

    @cached_property
    def moving(self) -> pd.DataFrame:
        """The gap over four quarters by the last of them: ``quarter`` counts from the first, ``gap`` in admissions per 100,000 a year."""
        codes = self.outcome(LAST).codes
        rows = self.quarters[self.quarters["area_code"].isin(codes)]
        own = rows["area_code"].isin(districts_of(GREATER_MANCHESTER))
        time = ["financial_year_start", "quarter"]
        means = rows.assign(own=own).pivot_table(index=time, columns="own", values="rate")
        gap = (means[True] - means[False]).rolling(4).sum()
        return gap.dropna().rename("gap").reset_index()

    @cached_property
    def widest(self) -> tuple[int, int]:
        """Financial year and quarter up to which the gap over four quarters was widest before the pandemic."""
        rows = self.moving[self.moving["financial_year_start"] <= BEFORE_PANDEMIC]
        top = record(rows.sort_values("gap", ascending=False, kind="stable"))
        return int(top["financial_year_start"]), int(top["quarter"])

    def gap_chart(self) -> Chart:
        """Rates of Greater Manchester and of England outside London."""
        names = {"treated": "Greater Manchester", "others": "England outside London"}
        gap = self.outcome(LAST).gap.reset_index(drop=True)
        data = gap.melt("period", list(names), var_name="who", value_name="rate")
        return line_chart(
            data.assign(who=data["who"].map(names)),
            x="period",
            y="rate",
            series="who",
            marks=[
                Mark(HEALTH_DEAL - 0.15, "agreement"),
                Mark(2020, "pandemic"),
            ],
            x_format=lambda v: financial_year(int(v)),
            markers=True,
            caption=words.gap_chart(gap, self),
        )

    def quarter_chart(self) -> Chart:
        """Draw the gap over four quarters."""
        rows = self.moving
        data = rows.assign(
            time=rows["financial_year_start"] + (rows["quarter"] + 1) / 4, who="Greater Manchester"
        )
        return line_chart(
            data,
            x="time",
            y="gap",
            series="who",
            marks=[Mark(2014 + 10.6 / 12, "agreement"), Mark(2020.2, "pandemic")],
            x_format=lambda v: f"{np.floor(v):.0f}",
            y_format=number,
            caption=words.quarter_chart(self),
        )
