"""Chapter "Demand": how many people come to A&E in England, since when, and what the count means."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common.cells import cell, record, records
from healthdevo.chapters.common.sources import source_line
from healthdevo.charts import Caption, Chart, Mark, Span, interval_chart, line_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.emergency import attendance_rates
from healthdevo.errors import TableError
from healthdevo.mathematics import RelativeChange, relative_change
from healthdevo.wording import financial_year, join, millions, number, percentage

__all__ = ["ENGLAND", "PANDEMIC", "TYPE_3_SHORTFALL", "TYPE_NAMES", "Demand", "complete_years"]

ENGLAND = "E92000001"
TYPE_NAMES = {"1": "Type 1 (major)", "2": "Type 2 (specialist)", "3": "Type 3 (minor)", "all": "All types"}
PANDEMIC = Span(pd.Timestamp("2020-03-01"), pd.Timestamp("2021-06-01"), "pandemic")
TYPE_3_SHORTFALL = Span(pd.Timestamp("2022-08-01"), pd.Timestamp("2023-02-28"), "type 3 figures short")


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
            caption=Caption(
                figure_id="long-series",
                title=f"A&E attendances reached {millions(change.end, 1)} in {financial_year(last)}; the line breaks where the count was redefined",
                subtitle=f"Attendances at all types of A&E department, England, millions, {financial_year(first)} to {financial_year(last)}",
                source=source_line("emergency_financial_year"),
                alt=(
                    f"Line chart of A&E attendances in England by financial year: {millions(change.start, 1)} in "
                    f"{financial_year(first)}, {millions(self.total(2017), 1)} in 2017/18, a fall to "
                    f"{millions(self.total(2020), 1)} in the pandemic year 2020/21 and {millions(change.end, 1)} in "
                    f"{financial_year(last)}. The line is broken where definitions change."
                ),
            ),
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
            caption=Caption(
                figure_id="nine-year-windows",
                title=f"“Up 22 per cent, to almost 24 million” fits one window; the last nine years before the pandemic give {percentage(fair.change, 0)}",
                subtitle="Growth of attendances at all types of A&E over nine years, England, windows starting 2003/04 or later; bars show what rounding of published totals allows",
                source=source_line("emergency_financial_year"),
                alt=(
                    f"Dot chart of growth in A&E attendances over {len(shown)} nine-year windows. Only {join(fits)} lies at the claimed "
                    f"22 per cent with a total of almost 24 million; 2010/11 to 2019/20 gives {percentage(fair.change)}; windows ending in "
                    "2020/21 or later are pulled down by the pandemic."
                ),
            ),
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
        w = self.fair_windows

        def cell(value: float) -> str:
            return "not known" if pd.isna(value) else percentage(value)

        shown = pd.DataFrame(
            {
                "Window": w["window"],
                "Years": w["years"].astype(str),
                "All types": w["growth_all"].map(cell),
                "Type 1": w["growth_type_1"].map(cell),
                "Type 3": w["growth_type_3"].map(cell),
                "Population": w["growth_population"].map(cell),
                "All types per head": w["growth_per_head"].map(cell),
            }
        )
        return show_table(
            shown,
            table_id="fair-windows",
            caption="Growth of A&E attendances in England over different windows, by type of department and per head.",
            source=source_line("emergency_financial_year", "population_year"),
            data=w,
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
            caption=Caption(
                figure_id="monthly-by-type",
                title=f"Minor-injury units and walk-in centres account for {percentage(share['3'], 0)} of the growth since 2011/12",
                subtitle=f"Attendances per day by type of department, England, thousands, {first:%B %Y} to {last:%B %Y}",
                source=source_line("emergency_month"),
                alt=(
                    "Line chart of attendances per day by month. Type 1 departments are highest and grow slowly; type 3 units are second "
                    "and grow faster; type 2 is small and flat. All fall sharply in spring 2020, and type 3 is short from August 2022 "
                    "to February 2023."
                ),
            ),
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

    def per_head_chart(self) -> Chart:
        """Attendances per 1,000 people by financial year."""
        data = self.england.reset_index(drop=True)
        data = data[data["per_1000"].notna()]
        first, last = int(data["financial_year_start"].iloc[0]), int(data["financial_year_start"].iloc[-1])
        since = record(self.fair_windows.query("start == 2011 and end == 2024"))
        return line_chart(
            data,
            x="financial_year_start",
            y="per_1000",
            segment="definition",
            marks=self.breaks,
            spans=[Span(2019.7, 2021.3, "pandemic")],
            x_format=lambda v: financial_year(int(v)),
            markers=True,
            caption=Caption(
                figure_id="per-head",
                title=f"Since 2011/12 attendances grew by {percentage(since['growth_all'], 0)}, attendances per head by {percentage(since['growth_per_head'], 0)}",
                subtitle=f"Attendances at all types of A&E per 1,000 people, England, {financial_year(first)} to {financial_year(last)}",
                source=source_line("emergency_financial_year", "population_year"),
                alt=(
                    f"Line chart of attendances per 1,000 people by financial year: {number(float(data['per_1000'].iloc[0]))} in "
                    f"{financial_year(first)} and {number(float(data['per_1000'].iloc[-1]))} in {financial_year(last)}, with breaks where "
                    "definitions change and a deep fall in 2020/21."
                ),
            ),
        )

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
            caption=Caption(
                figure_id="regions",
                title=f"{top['name']} has {percentage(top['estimate'] / bottom['estimate'] - 1, 0)} more attendances per head than {bottom['name']}",
                subtitle=f"Attendances at all types of A&E per 1,000 residents, NHS regions, {label}, with 95% intervals",
                source=source_line("emergency_month", "population_year"),
                alt=(
                    f"Dot chart of attendances per 1,000 people in the NHS regions in {label}: from {number(bottom['estimate'])} in "
                    f"{bottom['name']} to {number(top['estimate'])} in {top['name']}."
                ),
            ),
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        claim, fair = self.growth(2008, 2017), self.growth(2010, 2019)

        def window(start: int, end: int) -> dict[str, Any]:
            return record(self.fair_windows.query(f"start == {start} and end == {end}"))

        share = self.contributions.set_index("department_type")["share"]
        long = window(2011, 2024)
        matches = self.claim_matches
        verdict = (
            f"one window of nine years fits both parts of the claim: {matches['window'].iloc[0]}"
            if len(matches) == 1
            else f"{len(matches)} windows of nine years fit both parts of the claim"
        )
        top, bottom = record(self.regions, 0), record(self.regions, -1)
        last = self.latest
        w = self.nine_year_windows
        sound = w.loc[(w["start"] >= 2003) & ~w["through_pandemic"], "growth"]
        return {
            "latest_year": financial_year(last),
            "total_latest": millions(self.total(last)),
            "total_2008": millions(self.total(2008)),
            "total_2017": millions(self.total(2017)),
            "total_2018": millions(self.total(2018)),
            "total_2019": millions(self.total(2019)),
            "growth_claim": percentage(claim.change),
            "growth_claim_bounds": f"{percentage(claim.lower)} to {percentage(claim.upper)}",
            "growth_fair": percentage(fair.change, 0),
            "growth_fair_bounds": f"{percentage(fair.lower)} to {percentage(fair.upper)}",
            "claim_verdict": verdict,
            "windows_low": percentage(sound.min(), 0),
            "windows_high": percentage(sound.max(), 0),
            "windows_count": str(len(sound)),
            "growth_2011_2017": percentage(window(2011, 2017)["growth_all"]),
            "growth_2011_2017_type_1": percentage(window(2011, 2017)["growth_type_1"]),
            "growth_2011_2017_type_3": percentage(window(2011, 2017)["growth_type_3"]),
            "growth_claim_per_head": percentage(window(2008, 2017)["growth_per_head"]),
            "growth_fair_per_head": percentage(window(2010, 2019)["growth_per_head"]),
            "growth_long": percentage(long["growth_all"]),
            "growth_long_per_head": percentage(long["growth_per_head"]),
            "growth_long_population": percentage(long["growth_population"]),
            "share_type_1": percentage(float(share["1"]), 0),
            "share_type_3": percentage(float(share["3"]), 0),
            "since_2019": percentage(self.growth(2019, last).change),
            "region_top": str(top["name"]),
            "region_bottom": str(bottom["name"]),
            "region_ratio": percentage(top["estimate"] / bottom["estimate"] - 1, 0),
            "region_year": financial_year(int(top["year"])),
        }
