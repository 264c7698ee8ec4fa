"""What councils of the area spend after inflation: on each service, against England and the area's peers; and against need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import charts
from healthdevo.areas import Area
from healthdevo.chapters import common
from healthdevo.chapters.area.spending import words
from healthdevo.chapters.area.spending.councils import Councils, final_districts
from healthdevo.chapters.area.spending.need import NEED_YEARS, spending_over_need
from healthdevo.chapters.area.spending.per_head import EVERYTHING, spending_per_head
from healthdevo.wording import financial_year

FIRST_YEAR = 2010
_OTHER = (
    "culture",
    "environment",
    "highways_and_transport",
    "planning_and_development",
    "housing_general_fund",
)
_SERVICES: Mapping[str, tuple[str, tuple[str, ...], int]] = {
    "adult_social_care": ("adult social care", ("adult_social_care",), 2011),
    "children_social_care": ("children's social care", ("children_social_care",), 2011),
    "public_health": ("public health", ("public_health",), 2013),
    "other_local": ("other local services", _OTHER, FIRST_YEAR),
}
"""Name, services of the table and first year of each line; other local services are those of both tiers of councils."""
_NAMES = {line: name for line, (name, _, _) in _SERVICES.items()}
_LINES = {service: line for line, (_, members, _) in _SERVICES.items() for service in members}
_COLUMNS = ["area_code", "financial_year_start", "service", "spending", "population"]
_FIRST_YEARS = {line: first for line, (_, _, first) in _SERVICES.items()}


def spending_by_service(
    outturn: pd.DataFrame, deflator: pd.DataFrame, shares: pd.DataFrame, population: pd.DataFrame
) -> pd.DataFrame:
    """Return real spending per head by area, service and year, with the share of people covered; England included."""
    rows = outturn[_COLUMNS][outturn["service"].isin([*_LINES, EVERYTHING])]
    without = rows["population"].isna() & (rows["service"].astype(str) == EVERYTHING)
    final = final_districts(sorted({str(code) for code in rows.loc[without, "area_code"]}))
    people = population[["area_code", "year", "persons"]]
    return spending_per_head(rows, deflator, shares, people, final, _LINES, _FIRST_YEARS)


@dataclass(frozen=True)
class Services:
    """Spending by service; ``parts`` are the upper-tier councils in the area, ``spending`` is what ``spending_by_service`` returns."""

    councils: Councils
    outturn: pd.DataFrame = field(repr=False)
    spending: pd.DataFrame = field(repr=False)
    parts: pd.DataFrame = field(repr=False)

    def own(self, line: str) -> pd.DataFrame:
        """Return the area's rows of one line, by year."""
        s = self.spending
        return s[(s["area_code"] == self.councils.area.code) & (s["line"] == line)].sort_values("year")

    @cached_property
    def gaps(self) -> dict[int, list[str]]:
        """Years left open in the area, with the councils that have no figures in them."""
        own = self.own("other_local")
        result: dict[int, list[str]] = {}
        for year in own.loc[own["per_head"].isna(), "year"]:
            have = set(self.outturn.loc[self.outturn["financial_year_start"] == year, "area_code"])
            result[int(year)] = [
                str(p["name"]) for p in common.records(self.parts) if p["area_code"] not in have
            ]
        return result

    @property
    def own_years(self) -> pd.Series:
        """Years in which every line has a figure for the area."""
        own = self.spending[self.spending["area_code"] == self.councils.area.code]
        have = own.dropna(subset=["per_head"]).groupby("year")["line"].nunique()
        return have.index.to_series()[have == len(_NAMES)]

    @property
    def latest(self) -> int:
        """Latest year with figures for the area."""
        return int(self.own_years.max())

    @cached_property
    def by_service(self) -> pd.DataFrame:
        """Each service in the area's latest year: the area, England, its rank among its peers, and change since the first year."""
        rows, last = [], self.latest
        for line, name in _NAMES.items():
            part = self.spending[self.spending["line"] == line]
            wide = part.pivot_table(index="year", columns="area_code", values="per_head")
            own, england = wide[self.councils.area.code].dropna(), wide[common.ENGLAND]
            peers = wide.loc[last].reindex(self.councils.codes).dropna()
            years = [int(str(y)) for y in own.index]
            # from the first year with the same duties, if the area has it
            start = min(y for y in years if y >= min(common.BASE_YEARS.get(line, FIRST_YEAR), max(years)))
            rows.append(
                {
                    "service": line,
                    "name": name,
                    "year": last,
                    "per_head": float(own.loc[last]),
                    "england": float(england.loc[last]),
                    "rank": int((peers > own.loc[last]).sum()) + 1,
                    "peers": len(peers),
                    "since": start,
                    "change": float(own.loc[last] / own.loc[start] - 1),
                    "change_england": float(england.loc[last] / england.loc[start] - 1),
                }
            )
        return pd.DataFrame(rows)

    def chart(self) -> charts.Chart:
        """Draw real spending per head by service in the area."""
        own = self.spending[self.spending["area_code"] == self.councils.area.code]
        years = range(FIRST_YEAR, int(self.spending["year"].max()) + 1)
        grid = pd.MultiIndex.from_product([list(_NAMES), years], names=["line", "year"])
        data = own.set_index(["line", "year"])["per_head"].reindex(grid).reset_index()
        data = data[data["year"] >= data["line"].map(_FIRST_YEARS)]
        return charts.line_chart(
            data.assign(service=data["line"].map(_NAMES)),
            x="year",
            y="per_head",
            series="service",
            x_format=lambda v: financial_year(int(v)),
            y_format=common.pounds,
            markers=True,
            caption=words.spending_by_service(self),
        )

    def table(self) -> charts.Table:
        """Show spending by service against England and peers."""
        return charts.page_table(
            self.by_service,
            [
                charts.made_column("Service", ["name"], str.capitalize),
                charts.value_column(f"Per head {financial_year(self.latest)}", "per_head", common.pounds),
                charts.value_column("England", "england", common.pounds),
                charts.made_column("Rank", ["rank", "peers"], words.rank),
                charts.value_column("Since", "since", lambda v: financial_year(int(v))),
                charts.share_column("Change", "change"),
                charts.share_column("England, change", "change_england"),
            ],
            table_id="spending-of-services",
            caption=words.tables(self.councils.area)["spending-of-services"],
            source=common.source_line("council_outturn", "gdp_deflator"),
        )


def spending_against_need(
    panel: pd.DataFrame, shares: pd.DataFrame, population: pd.DataFrame, peers: Sequence[Area]
) -> pd.DataFrame:
    """Return spending over expectation by peer, with 95% intervals of the expectation."""
    people = population[["area_code", "year", "persons"]]
    names = {peer.code: common.plain_name(peer.short_name) for peer in peers}
    return spending_over_need(panel, shares, people, names)


@dataclass(frozen=True)
class Need:
    """Spending on adult social care and public health together over what deprivation and age would lead one to expect."""

    councils: Councils
    against_need: pd.DataFrame = field(repr=False)
    """Spending over expectation by peer, with 95% intervals of the expectation (see ``spending_against_need``)."""

    def chart(self) -> charts.Chart:
        """Draw spending against need for the area and its peers."""
        return charts.interval_chart(
            self.against_need,
            label="name",
            value="difference",
            lower="lower",
            upper="upper",
            focus=[common.plain_name(self.councils.area.short_name)],
            reference=0.0,
            reference_text="as expected",
            value_format=common.signed_percent,
            x_label="more or less than expected",
            caption=words.spending_against_need(self, NEED_YEARS),
        )
