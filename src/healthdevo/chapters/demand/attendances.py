"""Chapter "Demand": how many people come to A&E in England, since when, and what the count means."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import ENGLAND, PANDEMIC, TYPE_3_SHORTFALL, cell, record, records, source_line
from healthdevo.chapters.demand.words import attendances as words
from healthdevo.charts import (
    Chart,
    Mark,
    Span,
    Table,
    interval_chart,
    line_chart,
    page_table,
    text_column,
    value_column,
)
from healthdevo.emergency import attendance_rates
from healthdevo.errors import TableError
from healthdevo.mathematics import RelativeChange, relative_change
from healthdevo.wording import financial_year

__all__ = ["TYPE_NAMES", "Demand", "complete_years"]

TYPE_NAMES = {"1": "Type 1 (major)", "2": "Type 2 (specialist)", "3": "Type 3 (minor)", "all": "All types"}


_HALF_WIDTH = {
    "exact": 0.0,
    "apportioned": 0.0,  # weeks cut at month ends: no error in a total of years beyond a few days at its edges
    "rounded": 50_000.0,  # published to the nearest 0.1 million
    "derived": 10_000.0,  # from a percentage published to 0.1: 19.21 million / 98.1%, give or take 0.05 points
}
_BREAKS = {
    "quarterly_return": "quarterly return",
    "quarterly_return_with_walk_in_centres": "walk-in centres join",
    "weekly_return": "weekly return",
    "monthly_return": "monthly return",
}


def complete_years(monthly: pd.DataFrame) -> pd.DataFrame:
    """Sum monthly attendances to financial years, keeping only years with all twelve months.

    Parameters
    ----------
    monthly : pandas.DataFrame
        Columns ``area_code``, ``department_type``, ``month``, ``attendances``.

    Returns
    -------
    pandas.DataFrame
        Columns ``area_code``, ``department_type``, ``financial_year_start``, ``attendances``; a year with fewer than twelve months
        or a missing count has no row.
    """
    year = monthly["month"].dt.year - (monthly["month"].dt.month < 4)
    keys = ["area_code", "department_type", "financial_year_start"]
    groups = monthly.assign(financial_year_start=year).groupby(keys, observed=True)["attendances"]
    sums = groups.agg(attendances="sum", months="count").reset_index()
    return sums[sums["months"] == 12].drop(columns="months").reset_index(drop=True)


@dataclass(frozen=True)
class Demand:
    """Everything the Demand chapter says and shows, computed from three tables.

    Parameters
    ----------
    years : pandas.DataFrame
        Table ``emergency_financial_year``.
    months : pandas.DataFrame
        Table ``emergency_month``.
    population : pandas.DataFrame
        Table ``population_year``.
    """

    years: pd.DataFrame = field(repr=False)
    months: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Demand:
        """Load the tables that the chapter needs."""
        return cls(
            tables.load("emergency_financial_year"),
            tables.load("emergency_month"),
            tables.load("population_year"),
        )

    # ---- the long series -------------------------------------------------------------------------------------------------------

    @cached_property
    def england(self) -> pd.DataFrame:
        """England by financial year: attendances of all types with precision, definition and rate per 1,000 people."""
        rows = self.years.sort_values("financial_year_start").set_index("financial_year_start", drop=False)
        people = self.population[self.population["area_code"] == ENGLAND].set_index("year")["persons"]
        return rows.assign(
            per_1000=1000 * rows["attendances"] / people.reindex(rows.index),
            precision_half_width=rows["precision"].map(_HALF_WIDTH),
            walk_in_centres=~rows["definition"].isin(["annual_return", "quarterly_return"]),
        )

    def total(self, start_year: int) -> float:
        """Return attendances of all types in the financial year that starts in a year.

        Raises
        ------
        TableError
            When the table has no such year.
        """
        if start_year not in self.england.index:
            raise TableError(f"table emergency_financial_year has no year {financial_year(start_year)}")
        return cell(self.england, start_year, "attendances")

    @property
    def latest(self) -> int:
        """Start of the latest financial year."""
        return int(self.england.index.max())

    def growth(self, start: int, end: int, column: str = "attendances") -> RelativeChange:
        """Return the growth of an England series between two financial years, with rounding bounds for all types."""
        precision = "precision_half_width" if column == "attendances" else None
        return relative_change(
            cell(self.england, start, column),
            cell(self.england, end, column),
            periods=end - start,
            start_precision=cell(self.england, start, precision) if precision else 0.0,
            end_precision=cell(self.england, end, precision) if precision else 0.0,
        )

    @property
    def breaks(self) -> list[Mark]:
        """The years in which the definition of the long series changes, each with the reason."""
        starts = records(self.england.drop_duplicates("definition").iloc[1:])
        return [Mark(r["financial_year_start"] - 0.5, _BREAKS[r["definition"]]) for r in starts]

    def long_series_chart(self) -> Chart:
        """Attendances by financial year since 1997/98, with the breaks in definition."""
        data = self.england.reset_index(drop=True)
        first, last = int(data["financial_year_start"].min()), self.latest
        change = self.growth(first, last)
        return line_chart(
            data.assign(millions=data["attendances"] / 1e6),
            x="financial_year_start",
            y="millions",
            segment="definition",
            marks=self.breaks,
            spans=[Span(2019.7, 2021.3, "pandemic")],
            x_format=lambda v: financial_year(int(v)),
            y_format=lambda v: f"{v:g}m",
            markers=True,
            caption=words.long_series(self, first, last, change),
        )

    # ---- the claim of 22 per cent ----------------------------------------------------------------------------------------------

    @cached_property
    def nine_year_windows(self) -> pd.DataFrame:
        """Growth of all-type attendances over every window of nine financial years' difference."""
        rows = []
        for start in self.england.index:
            end = int(start) + 9
            if end not in self.england.index:
                continue
            change = self.growth(int(start), end)
            joined = self.england.loc[[start, end], "walk_in_centres"].tolist()
            rows.append(
                {
                    "window": f"{financial_year(int(start))} to {financial_year(end)}",
                    "start": int(start),
                    "end": end,
                    "attendances_start": change.start,
                    "attendances_end": change.end,
                    "growth": change.change,
                    "lower": change.lower,
                    "upper": change.upper,
                    "walk_in_centres_join_within": joined == [False, True],
                    "through_pandemic": end >= 2020,
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def claim_matches(self) -> pd.DataFrame:
        """Nine-year windows whose growth rounds to 22% and that end at almost 24 million (23.5 to 24.0 million)."""
        w = self.nine_year_windows
        return w[w["growth"].between(0.215, 0.225) & w["attendances_end"].between(23.5e6, 24.0e6)]

    def claim_chart(self) -> Chart:
        """Growth over every nine-year window, with the one that fits the claim in colour."""
        w = self.nine_year_windows
        shown = w[w["start"] >= 2003].assign(
            percent=lambda d: 100 * d["growth"],
            low=lambda d: 100 * d["lower"],
            high=lambda d: 100 * d["upper"],
        )
        fits = self.claim_matches["window"].tolist()
        fair = self.growth(2010, 2019)
        return interval_chart(
            shown,
            label="window",
            value="percent",
            lower="low",
            upper="high",
            focus=fits,
            reference=22.0,
            reference_text="the claim: 22%",
            value_format=lambda v: f"{v:g}%",
            x_label="growth over nine years",
            caption=words.claim(shown, fits, fair),
        )

    @cached_property
    def fair_windows(self) -> pd.DataFrame:
        """Growth over selected windows: all types, type 1 and type 3, in total and per head."""
        rows = []
        people = self.population[self.population["area_code"] == ENGLAND].set_index("year")["persons"]
        for start, end in (
            (2008, 2017),
            (2010, 2019),
            (2011, 2017),
            (2011, 2019),
            (2011, 2024),
            (2011, self.latest),
            (2019, self.latest),
        ):
            change = {
                name: self.growth(start, end, column).change
                if self.england.loc[[start, end], column].notna().all()
                else float("nan")
                for name, column in (
                    ("all", "attendances"),
                    ("type_1", "attendances_type_1"),
                    ("type_3", "attendances_type_3"),
                )
            }
            known = start in people.index and end in people.index
            population = people[end] / people[start] - 1 if known else float("nan")
            row = {
                "start": start,
                "end": end,
                "window": f"{financial_year(start)} to {financial_year(end)}",
                "years": end - start,
                **{f"growth_{name}": value for name, value in change.items()},
                "growth_population": population,
                "growth_per_head": (1 + change["all"]) / (1 + population) - 1,
            }
            rows.append(row)
        return pd.DataFrame(rows)

    def fair_windows_table(self) -> Table:
        """Growth over selected windows, as the page shows it."""
        return page_table(
            self.fair_windows,
            [
                text_column("Window", "window"),
                text_column("Years", "years"),
                value_column("All types", "growth_all", words.known_share),
                value_column("Type 1", "growth_type_1", words.known_share),
                value_column("Type 3", "growth_type_3", words.known_share),
                value_column("Population", "growth_population", words.known_share),
                value_column("All types per head", "growth_per_head", words.known_share),
            ],
            table_id="fair-windows",
            caption="Growth of A&E attendances in England over different windows, by type of department and per head.",
            source=source_line("emergency_financial_year", "population_year"),
        )

    # ---- months and types ------------------------------------------------------------------------------------------------------

    @cached_property
    def england_months(self) -> pd.DataFrame:
        """England by month and type: attendances per day."""
        rows = self.months[self.months["area_code"] == ENGLAND]
        return rows.assign(per_day=rows["attendances"] / rows["month"].dt.days_in_month)

    def monthly_chart(self) -> Chart:
        """Attendances per day by type and month."""
        rows = self.england_months[self.england_months["department_type"] != "all"]
        data = rows.assign(thousands=rows["per_day"] / 1000, type=rows["department_type"].map(TYPE_NAMES))
        data = data.sort_values(["department_type", "month"])
        share = self.contributions.set_index("department_type")["share"]
        first, last = data["month"].min(), data["month"].max()
        return line_chart(
            data,
            x="month",
            y="thousands",
            series="type",
            labels={v: v.replace(" (", "\n(") for v in TYPE_NAMES.values()},
            spans=[PANDEMIC, TYPE_3_SHORTFALL],
            y_format=lambda v: f"{v:g}k",
            caption=words.monthly(share, first, last),
        )

    @cached_property
    def contributions(self) -> pd.DataFrame:
        """How much of the growth since 2011/12 each type of department contributes."""
        start, end = (
            {t: cell(self.england, y, f"attendances_type_{t}") for t in "123"} for y in (2011, self.latest)
        )
        whole = self.total(self.latest) - self.total(2011)
        rows = [
            {
                "department_type": t,
                "attendances_start": start[t],
                "attendances_end": end[t],
                "change": end[t] - start[t],
            }
            for t in "123"
        ]
        frame = pd.DataFrame(rows)
        return frame.assign(share=frame["change"] / whole)

    # ---- regions ---------------------------------------------------------------------------------------------------------------

    @cached_property
    def regions(self) -> pd.DataFrame:
        """NHS regions: attendance rate in the latest year with population, and growth since 2016/17."""
        codes = [a.code for a in areas.list_areas("nhs_region")]
        rows = self.months[self.months["area_code"].isin(codes) & (self.months["department_type"] == "all")]
        year = int(self.population.loc[self.population["area_code"].isin(codes), "year"].max())
        period = rows[(rows["month"] >= f"{year}-04-01") & (rows["month"] < f"{year + 1}-04-01")]
        people = self.population[self.population["year"] == year].set_index("area_code")["persons"]
        rates = attendance_rates(period, people).to_frame()
        totals = complete_years(rows).pivot_table(
            index="area_code", columns="financial_year_start", values="attendances"
        )
        growth = totals[self.latest] / totals[2016] - 1
        return rates.assign(
            name=[areas.get(c).short_name for c in rates["area_code"]],
            year=year,
            growth=growth.reindex(rates["area_code"]).to_numpy(),
        ).sort_values("estimate", ascending=False)

    def regions_chart(self) -> Chart:
        """Attendance rate of each NHS region."""
        data = self.regions
        top, bottom = record(data, 0), record(data, -1)
        label = financial_year(int(top["year"]))
        return interval_chart(
            data,
            label="name",
            value="estimate",
            lower="lower",
            upper="upper",
            reference=cell(self.england, int(top["year"]), "per_1000"),
            reference_text="England",
            x_label="attendances per 1,000 people",
            caption=words.regions(top, bottom, label),
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        return words.texts(self)
