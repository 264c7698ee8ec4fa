"""Where public money for health and care goes, as far as it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import ENGLAND, cell, record, source_line
from healthdevo.chapters.common.places import ON, container, plain_name
from healthdevo.chapters.money import words
from healthdevo.chapters.money.basis import Places, shares_of
from healthdevo.charts import (
    Caption,
    Chart,
    Table,
    flow_chart,
    made_column,
    page_table,
    text_column,
    value_column,
)
from healthdevo.errors import TableError
from healthdevo.finance import Flows, flow_of_funds
from healthdevo.wording import financial_year

YEAR = 2023
"""Financial year whose flow is shown: the last with councils' accounts."""
SAME_EDITION, SINCE = 2024, 2019
"""An edition that holds five years on one basis, and its first year."""
COUNCILS = {
    "adult_social_care": (words.SOCIAL_CARE, "Councils, adults"),
    "children_social_care": (words.SOCIAL_CARE, "Councils, children"),
    "public_health": (words.HEALTH, "Councils' public health"),
}
"""Services of councils, what they are part of, and what they are called here."""
NOT_PUBLISHED = ("Hospitals", "Family doctors", "Community care")
"""Parts of health spending that no table gives by region."""


def latest(spending: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return regions and services of a year by the last edition that holds it, in thousand pounds."""
    rows = spending[spending["latest_edition"] & (spending["financial_year_start"] == year)]
    if rows.empty:
        raise TableError(f"table regional_spending has no year {year}")
    return rows.set_index(["area_code", "service"])


def council_sums(outturn: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return spending of councils by region and service in a year, in pounds, with England's sum."""
    regions = container("region").to_dict()
    rows = outturn[(outturn["financial_year_start"] == year) & outturn["area_code"].notna()]

    def region(code: str) -> str:
        if code in regions:
            return str(regions[code])
        inside = shares_of(code)
        return str(regions[str(inside.index[0])])

    where = {str(code): region(str(code)) for code in rows["area_code"].unique()}
    sums = rows.assign(region=rows["area_code"].map(where)).pivot_table(
        index="region", columns="service", values="spending", aggfunc="sum"
    )
    sums.loc[ENGLAND] = sums.sum()
    return sums


def mental_health(spending: pd.DataFrame) -> pd.DataFrame:
    """Return what boards spent on mental health for each registered patient in ``YEAR``, the most first, with ranks."""
    rows = spending[spending["financial_year_start"] == YEAR].sort_values(
        "spending_per_patient", ascending=False
    )
    names = [plain_name(areas.get(str(c)).short_name) for c in rows["area_code"]]
    rank = rows["spending_per_patient"].rank(ascending=False, method="min").astype(int)
    return rows.assign(name=names, rank=rank).reset_index(drop=True)


def silent_councils(outturn: pd.DataFrame, year: int) -> tuple[str, ...]:
    """Return the councils responsible for social care that have not reported a year, by name."""
    rows = outturn[(outturn["financial_year_start"] == year) & (outturn["service"] == "adult_social_care")]
    told = set(rows.loc[rows["spending"] != 0, "area_code"])
    return tuple(sorted(a.short_name for a in areas.list_areas("upper_tier", ON) if a.code not in told))


def flow_rows(
    spent: Mapping[str, int], capital: int, councils: Mapping[str, float], whole: str
) -> pd.DataFrame:
    """Return the items of a region's flow in thousand pounds: health, social care and all else, as far as published."""
    rest = spent["all_functions"] - spent["health"] - spent["personal_social_services"]
    other = round((councils["total_service_expenditure"] - sum(councils[s] for s in COUNCILS)) / 1000.0)
    rows: list[tuple[str, str | None, int | None]] = [
        (whole, None, spent["all_functions"]),
        (words.HEALTH, whole, spent["health"]),
        (words.SOCIAL_CARE, whole, spent["personal_social_services"]),
        (words.ELSE, whole, rest),
        ("Buildings and equipment", words.HEALTH, capital),
        *((name, parent, round(councils[s] / 1000.0)) for s, (parent, name) in COUNCILS.items()),
        (words.OTHER_SERVICES, words.ELSE, other),
        *((name, words.HEALTH, None) for name in NOT_PUBLISHED),
    ]
    return pd.DataFrame(rows, columns=["item", "parent", "amount"])


@dataclass(frozen=True)
class Flow:
    """The flow of England and its regions in ``YEAR``."""

    spending: pd.DataFrame = field(repr=False)
    councils: pd.DataFrame = field(repr=False)
    people: pd.Series = field(repr=False)
    weight: pd.Series = field(repr=False)
    deflator: pd.Series = field(repr=False)
    silent: tuple[str, ...] = ()
    mental: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)

    @classmethod
    def load(cls) -> Flow:
        """Load the tables that the section needs."""
        places = Places.load(YEAR, YEAR)
        regions = container("region").reindex(places.frame.index)
        sums = places.frame[["people", "need"]].groupby(regions).sum()
        sums.loc[ENGLAND] = sums.sum()
        outturn = tables.load("council_outturn")
        return cls(
            tables.load("regional_spending"),
            council_sums(outturn, YEAR),
            sums["people"],
            sums["need"] / sums["people"],
            tables.load("gdp_deflator").set_index("year")["deflator"],
            silent_councils(outturn, YEAR),
            mental_health(tables.load("mental_health_spending")),
        )

    def of(self, area_code: str = ENGLAND) -> Flows:
        """Return the flow of a region or England."""
        rows = latest(self.spending, YEAR)
        if (area_code, "health") not in rows.index:
            raise TableError(f"table regional_spending has no {area_code} in {YEAR}")
        spent = {
            s: int(cell(rows, (area_code, s), "spending"))
            for s in ("health", "personal_social_services", "all_functions")
        }
        people = cell(rows, (area_code, "health"), "population")
        capital = int(cell(rows, (area_code, "health"), "capital"))
        weights = {str(c): float(w) for c, w in self.weight.items()}
        councils = {str(s): cell(self.councils, area_code, str(s)) for s in self.councils.columns}
        return flow_of_funds(
            flow_rows(spent, capital, councils, words.WHOLE),
            people=people,
            weighted_people=people * weights[area_code],
        )

    @cached_property
    def england(self) -> Flows:
        """The flow of England."""
        return self.of()

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Health spending of each region: by head, by need-weighted head, and its real change within one edition."""
        now = latest(self.spending, YEAR).xs("health", level="service")
        edition = self.spending[
            (self.spending["edition"] == SAME_EDITION) & (self.spending["service"] == "health")
        ]
        wide = edition.assign(
            real=edition["spending"]
            / edition["population"]
            * 1000.0
            * edition["financial_year_start"].map(self.deflator[YEAR] / self.deflator)
        ).pivot_table(index="area_code", columns="financial_year_start", values="real")
        frame = pd.DataFrame(
            {
                "area_code": now.index,
                "name": [areas.get(str(c)).short_name for c in now.index],
                "million": now["spending"].to_numpy() / 1000.0,
                "per_head": now["spending"].to_numpy() * 1000.0 / now["population"].to_numpy(),
                "weight": self.weight.reindex(now.index).to_numpy(),
                "real_change": (wide[YEAR] / wide[SINCE] - 1.0).reindex(now.index).to_numpy(),
            }
        )
        frame["per_weighted_head"] = frame["per_head"] / frame["weight"]
        return frame.sort_values("per_weighted_head", ascending=False, ignore_index=True)

    def chart(self) -> Chart:
        """Draw England's flow."""
        return draw(self.england, words.flow(self.england, "England", "money-flow"))

    def table(self) -> Table:
        """Show England's flow in numbers that add up."""
        return flow_table(
            self.england, "money-flow-table", "England", source_line("regional_spending", "council_outturn")
        )

    def regions_table(self) -> Table:
        """Show health spending by region."""
        return page_table(
            self.regions,
            [
                text_column("Region", "name"),
                value_column("£ million", "million", words.whole),
                value_column("£ a head", "per_head", words.whole),
                value_column("£ a need-weighted head", "per_weighted_head", words.whole),
                made_column("Real change a head", ["real_change"], words.change),
            ],
            table_id="money-regions",
            caption=f"Identifiable public spending on health in {financial_year(YEAR)}, and its change a head after inflation since {financial_year(SINCE)} within one edition.",
            source=source_line("regional_spending", "allocation_need", "gdp_deflator"),
        )

    @property
    def extremes(self) -> tuple[dict[str, object], dict[str, object]]:
        """The regions with the most and the least for each need-weighted head."""
        rows = self.regions[self.regions["area_code"] != ENGLAND]
        return record(rows), record(rows, -1)


def draw(flows: Flows, caption: Caption) -> Chart:
    """Draw a flow; what is not published has no band."""
    rows = flows.lines[flows.lines["amount"].notna()]
    place = {name: i for i, name in enumerate((words.HEALTH, words.SOCIAL_CARE, words.ELSE))}
    group = rows["parent"].where(rows["parent"].isin(place), rows["item"]).map(place).fillna(-1)
    rows = rows.iloc[group.argsort(kind="stable")]
    rows = rows.assign(item=rows["item"].replace(words.RESTS), parent=rows["parent"].replace("", None))
    return flow_chart(
        rows, item="item", parent="parent", amount="amount", value_format=words.billions, caption=caption
    )


def flow_table(flows: Flows, table_id: str, place: str, source: str) -> Table:
    """Show a flow in numbers: its last items add up to the whole."""
    rows = flows.lines.assign(
        level=[0 if not p else 1 if p == flows.whole else 2 for p in flows.lines["parent"]]
    )
    return page_table(
        rows,
        [
            made_column(
                "What",
                ["item", "level"],
                lambda item, level: "– " * int(level) + str(words.RESTS.get(item, item)),
            ),
            made_column("£ million", ["amount"], words.million_or_none),
            made_column("£ a head", ["per_head"], words.pounds_or_none),
            made_column("£ a need-weighted head", ["per_weighted_head"], words.pounds_or_none),
            text_column("Known", "basis", words.BASES),
        ],
        table_id=table_id,
        caption=f"Public spending for {place} in {financial_year(YEAR)}: parts add up to their whole, and what is not published is named. All in thousand pounds in the download.",
        source=source,
    )
