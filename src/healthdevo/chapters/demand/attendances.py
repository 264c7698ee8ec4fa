"""Chapter "Demand": how many people come to A&E in England, since when, and what the count means."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, charts, tables
from healthdevo.chapters import common
from healthdevo.chapters.demand import words
from healthdevo.emergency import attendance_rates
from healthdevo.errors import TableError
from healthdevo.mathematics import RelativeChange, relative_change
from healthdevo.wording import financial_year

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
    """Sum attendances by area, type and month to financial years; one without all twelve months, or with a missing count, has no row."""
    year = monthly["month"].dt.year - (monthly["month"].dt.month < 4)
    keys = ["area_code", "department_type", "financial_year_start"]
    groups = monthly.assign(financial_year_start=year).groupby(keys, observed=True)["attendances"]
    sums = groups.agg(attendances="sum", months="count").reset_index()
    return sums[sums["months"] == 12].drop(columns="months").reset_index(drop=True)


@dataclass(frozen=True)
class Demand:
    """Everything the Demand chapter says and shows of the counts themselves."""

    years: pd.DataFrame = field(repr=False)
    months: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Demand:
        """Load the tables that the chapter needs."""
        return cls(*map(tables.load, ("emergency_financial_year", "emergency_month", "population_year")))

    @cached_property
    def people(self) -> pd.Series:
        """Residents of England by year."""
        return self.population[self.population["area_code"] == common.ENGLAND].set_index("year")["persons"]

    @cached_property
    def england(self) -> pd.DataFrame:
        """England by financial year: attendances of all types with precision, definition and rate per 1,000 people."""
        rows = self.years.sort_values("financial_year_start").set_index("financial_year_start", drop=False)
        return rows.assign(
            per_1000=1000 * rows["attendances"] / self.people.reindex(rows.index),
            precision_half_width=rows["precision"].map(_HALF_WIDTH),
            walk_in_centres=~rows["definition"].isin(["annual_return", "quarterly_return"]),
        )

    def total(self, start_year: int) -> float:
        """Return attendances of all types in the financial year that starts in a year."""
        if start_year not in self.england.index:
            raise TableError(f"table emergency_financial_year has no year {financial_year(start_year)}")
        return common.cell(self.england, start_year, "attendances")

    @property
    def latest(self) -> int:
        """Start of the latest financial year."""
        return int(self.england.index.max())

    def growth(self, start: int, end: int, column: str = "attendances") -> RelativeChange:
        """Return the growth of an England series between two financial years, with rounding bounds for all types."""
        rows = self.england.loc[[start, end]]
        first, last = rows[column].astype(float)
        a, b = rows["precision_half_width"].astype(float) if column == "attendances" else (0.0, 0.0)
        return relative_change(first, last, periods=end - start, start_precision=a, end_precision=b)

    def long_series_chart(self) -> charts.Chart:
        """Attendances by financial year since 1997/98, with the breaks in definition and their reasons."""
        data = self.england.reset_index(drop=True)
        new = common.records(data.drop_duplicates("definition").iloc[1:])
        return charts.line_chart(
            data.assign(millions=data["attendances"] / 1e6),
            x="financial_year_start",
            y="millions",
            segment="definition",
            marks=[charts.Mark(r["financial_year_start"] - 0.5, _BREAKS[r["definition"]]) for r in new],
            spans=[charts.Span(2019.7, 2021.3, "pandemic")],
            x_format=lambda v: financial_year(int(v)),
            y_format=lambda v: f"{v:g}m",
            markers=True,
            caption=words.long_series(self, int(data["financial_year_start"].min())),
        )

    @cached_property
    def nine_year_windows(self) -> pd.DataFrame:
        """Growth of all-type attendances over every window of nine financial years' difference."""
        rows = []
        for start in (int(year) for year in self.england.index if year + 9 in self.england.index):
            end, change = start + 9, self.growth(start, start + 9)
            joined = self.england.loc[[start, end], "walk_in_centres"].tolist()
            rows.append(
                {
                    "window": f"{financial_year(start)} to {financial_year(end)}",
                    "start": start,
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

    def claim_chart(self) -> charts.Chart:
        """Growth over every nine-year window, with the one that fits the claim in colour."""
        shown = common.in_percent(self.nine_year_windows.query("start >= 2003"), "growth")
        fits = self.claim_matches["window"].tolist()
        return charts.interval_chart(
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
            caption=words.claim(shown, fits, self.growth(2010, 2019)),
        )

    @cached_property
    def fair_windows(self) -> pd.DataFrame:
        """Growth over selected windows: all types, type 1 and type 3, in total and per head."""
        kinds = {"all": "attendances", "type_1": "attendances_type_1", "type_3": "attendances_type_3"}
        windows = [(2008, 2017), (2010, 2019), (2011, 2017), (2011, 2019), (2011, 2024)]
        rows = []
        for start, end in (*windows, (2011, self.latest), (2019, self.latest)):
            known = self.england.loc[[start, end]].notna().all()
            change = {
                f"growth_{kind}": self.growth(start, end, column).change if known[column] else float("nan")
                for kind, column in kinds.items()
            }
            population = self.people.get(end, float("nan")) / self.people.get(start, float("nan")) - 1
            rows.append(
                {
                    "start": start,
                    "end": end,
                    "window": f"{financial_year(start)} to {financial_year(end)}",
                    "years": end - start,
                    **change,
                    "growth_population": population,
                    "growth_per_head": (1 + change["growth_all"]) / (1 + population) - 1,
                }
            )
        return pd.DataFrame(rows)

    def fair_windows_table(self) -> charts.Table:
        """Growth over selected windows, as the page shows it."""
        growth = {"all": "All types", "type_1": "Type 1", "type_3": "Type 3", "population": "Population"}
        growth |= {"per_head": "All types per head"}
        return charts.page_table(
            self.fair_windows,
            [
                charts.text_column("Window", "window"),
                charts.text_column("Years", "years"),
                *(
                    charts.value_column(heading, f"growth_{of}", words.known_share)
                    for of, heading in growth.items()
                ),
            ],
            table_id="fair-windows",
            caption=words.TABLES["fair-windows"],
            source=common.source_line("emergency_financial_year", "population_year"),
        )

    def monthly_chart(self) -> charts.Chart:
        """Attendances per day by type and month."""
        rows = self.months[
            (self.months["area_code"] == common.ENGLAND) & (self.months["department_type"] != "all")
        ]
        per_day = rows["attendances"] / rows["month"].dt.days_in_month
        data = rows.assign(thousands=per_day / 1000, type=rows["department_type"].map(TYPE_NAMES))
        return charts.line_chart(
            data.sort_values(["department_type", "month"]),
            x="month",
            y="thousands",
            series="type",
            labels={v: v.replace(" (", "\n(") for v in TYPE_NAMES.values()},
            spans=[common.PANDEMIC, common.TYPE_3_SHORTFALL],
            y_format=lambda v: f"{v:g}k",
            caption=words.monthly(self, data["month"]),
        )

    @cached_property
    def contributions(self) -> pd.DataFrame:
        """How much of the growth since 2011/12 each type of department, the index, contributes."""
        columns = [f"attendances_type_{kind}" for kind in "123"]
        ends = self.england.loc[[2011, self.latest], columns].set_axis(list("123"), axis=1)
        change = ends.loc[self.latest] - ends.loc[2011]
        whole = self.total(self.latest) - self.total(2011)
        return pd.DataFrame({"change": change, "share": change / whole})

    @cached_property
    def regions(self) -> pd.DataFrame:
        """NHS regions: attendance rate in the latest year with population, and growth since 2016/17."""
        names = {a.code: a.short_name for a in areas.list_areas("nhs_region")}
        rows = self.months[self.months["area_code"].isin(names) & (self.months["department_type"] == "all")]
        year = int(self.population.loc[self.population["area_code"].isin(names), "year"].max())
        period = rows[(rows["month"] >= f"{year}-04-01") & (rows["month"] < f"{year + 1}-04-01")]
        people = self.population[self.population["year"] == year].set_index("area_code")["persons"]
        rates = attendance_rates(period, people).to_frame()
        totals = complete_years(rows).pivot_table(
            index="area_code", columns="financial_year_start", values="attendances"
        )
        growth = totals[self.latest] / totals[2016] - 1
        return rates.assign(
            name=rates["area_code"].map(names),
            year=year,
            growth=growth.reindex(rates["area_code"]).to_numpy(),
        ).sort_values("estimate", ascending=False)

    def regions_chart(self) -> charts.Chart:
        """Attendance rate of each NHS region."""
        return charts.interval_chart(
            self.regions,
            label="name",
            value="estimate",
            lower="lower",
            upper="upper",
            reference=common.cell(self.england, int(common.record(self.regions)["year"]), "per_1000"),
            reference_text="England",
            x_label="attendances per 1,000 people",
            caption=words.regions(self),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        return words.attendance_texts(self)
