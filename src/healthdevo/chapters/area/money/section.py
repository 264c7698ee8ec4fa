"""The section as a whole: flow, need, what local taxes would raise, and what equalisation would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, charts, tables
from healthdevo.areas import Area
from healthdevo.chapters.area.money import words
from healthdevo.chapters.area.money.councils import Councils, reported_spending
from healthdevo.chapters.common import ENGLAND, area_with, cell, source_line
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.money import words as money_words
from healthdevo.chapters.money.basis import INCOME_YEAR, NEED_YEAR, Places, places_of, share_table
from healthdevo.chapters.money.explorer import Explorer
from healthdevo.chapters.money.flow import YEAR, Flow, draw, flow_table, latest, mental_health
from healthdevo.chapters.money.taxes import Tax
from healthdevo.charts import made_column, page_table, scatter_chart, text_column
from healthdevo.finance import Flows, need_shares

RANK_YEARS = tuple(range(INCOME_YEAR - 4, INCOME_YEAR + 1))
"""Years of income over which a place's rank is told."""
SCHEMES = (0.5, 1.0)


@remembered()
def _shares(codes: tuple[str, ...]) -> pd.DataFrame:
    return share_table(codes)


@remembered()
def _national_flow() -> Flow:
    return Flow.load()


@remembered()
def _mental() -> pd.DataFrame:
    return mental_health(tables.load("mental_health_spending"))


@remembered()
def _amounts() -> pd.DataFrame:
    """Return people, need and what taxes bring by district in the latest year."""
    places = places_of(INCOME_YEAR)
    frame = places.frame[["people", "need"]].copy()
    for tax in (Tax.penny(places), Tax.precept(places)):
        frame[tax.name] = tax.amounts
        for share in SCHEMES:
            frame[f"{tax.name}_{share:g}"] = tax.equalised(share).estimate
    return frame


@dataclass(frozen=True)
class AreaMoney:
    """What the section on money of an area's page says and shows."""

    area: Area
    peers: tuple[Area, ...]
    shares: pd.DataFrame = field(repr=False)
    places: Mapping[int, Places] = field(repr=False)
    councils: Councils = field(repr=False)
    spending: pd.DataFrame = field(repr=False)
    allocation: pd.DataFrame = field(repr=False)
    mental: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaMoney:
        """Load the tables for an area and its peers."""
        area = area_with(area_code, "money")
        peers = tuple(areas.peers(area.code, include_self=True))
        shares = _shares(tuple(a.code for a in peers))
        places = {year: places_of(year) for year in RANK_YEARS}
        allocation, now = tables.load("allocation_need"), places[INCOME_YEAR].frame
        councils = Councils.of(shares[area.code], now["people"], reported_spending())
        mental = _mental()
        return cls(
            area, peers, shares, places, councils, tables.load("regional_spending"), allocation, mental
        )

    def _sum(self, values: pd.Series, code: str = "") -> float:
        """Add up districts by the share of their people in the area."""
        return float((values * self.shares[code or self.area.code]).sum())

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Amounts by district in the latest year: the sums of any area follow from these."""
        return _amounts()

    @cached_property
    def people(self) -> float:
        """Residents."""
        return self._sum(self.frame["people"])

    @cached_property
    def standing_by_formula(self) -> tuple[float, float]:
        """Shares of England's people and need: as published for a board, else of the residents of its districts."""
        board = self.allocation[self.allocation["area_code"].str.startswith("E54")]
        own = board.loc[board["area_code"] == self.area.code, "financial_year_start"]
        if len(own):
            year = NEED_YEAR if NEED_YEAR in set(own) else int(own.min())
            rows = board[board["financial_year_start"] == year].set_index("area_code")
            found = need_shares(rows["core"], rows["registered"])
            place = found.index.get_loc(self.area.code)
            return float(found.people_share[place]), float(found.need_share[place])
        sums = self.frame[["people", "need"]].sum()
        return self.people / float(sums["people"]), self._sum(self.frame["need"]) / float(sums["need"])

    @property
    def people_share(self) -> float:
        """Share of England's people."""
        return self.standing_by_formula[0]

    @property
    def need_share(self) -> float:
        """Share of England's need."""
        return self.standing_by_formula[1]

    @property
    def need(self) -> float:
        """Need beside people: above 1 the formula sees more need than average."""
        return self.need_share / self.people_share

    @cached_property
    def region(self) -> bool:
        """Whether the flow of all public spending is published for the area."""
        return self.area.code in latest(self.spending, YEAR).index.get_level_values("area_code")

    @cached_property
    def flow(self) -> Flows | None:
        """The flow: of all public spending for a region, of councils' elsewhere; None where too few councils have reported."""
        if self.region:
            return _national_flow().of(self.area.code)
        if not self.councils.complete:
            return None
        return self.councils.flow(self.people, self._sum(self.frame["need"]))

    @property
    def by_need(self) -> float:
        """What the area's need share of England's health spending in ``YEAR`` would be, in pounds: not what it got."""
        england = cell(latest(self.spending, YEAR), (ENGLAND, "health"), "spending")
        return 1000.0 * england * self.need_share

    @cached_property
    def standing(self) -> pd.DataFrame:
        """Every peer: a penny on income by head and by need-weighted head, and its rank in each of ``RANK_YEARS``."""
        frame = pd.DataFrame(
            {"area_code": [a.code for a in self.peers], "name": [words.peer(a) for a in self.peers]}
        )
        share = self.shares[frame["area_code"]].to_numpy()
        for year, places in self.places.items():
            income, need = (share.T @ places.frame[c].to_numpy(float) for c in ("income", "need"))
            frame[f"rank_{year}"] = pd.Series(income / need).rank(ascending=False, method="min").astype(int)
        now = self.frame
        people, need, penny = (share.T @ now[c].to_numpy(float) for c in ("people", "need", "penny"))
        frame["need"] = 100.0 * (need / people - 1.0)
        frame["per_head"] = penny / people
        frame["per_weighted_head"] = penny / need
        return frame

    @property
    def rank(self) -> tuple[int, int, int]:
        """Rank by a penny for each need-weighted head (1: most) now, and its least and greatest in ``RANK_YEARS``."""
        row = self.standing[self.standing["area_code"] == self.area.code].iloc[0]
        ranks = [int(row[f"rank_{year}"]) for year in RANK_YEARS]
        return ranks[-1], min(ranks), max(ranks)

    @cached_property
    def taxes(self) -> pd.DataFrame:
        """Both taxes here and in England: pounds a head, a need-weighted head, and what equalisation would add a head."""
        rows = []
        england = self.frame.sum()
        for tax in ("penny", "precept"):
            raised = self._sum(self.frame[tax])
            rows.append(
                {
                    "tax": money_words.TAXES[tax],
                    "per_head": raised / self.people,
                    "england": float(england[tax] / england["people"]),
                    "per_weighted_head": raised / self._sum(self.frame["need"]),
                    "gain_half": self._sum(self.frame[f"{tax}_0.5"]) / self.people,
                    "gain_full": self._sum(self.frame[f"{tax}_1"]) / self.people,
                    "raised_million": raised / 1e6,
                    "gain_full_million": self._sum(self.frame[f"{tax}_1"]) / 1e6,
                }
            )
        return pd.DataFrame(rows)

    @property
    def gain(self) -> float:
        """Pounds a head gained from full equalisation of a penny on income; below zero where the area pays."""
        return float(self.taxes["gain_full"].iloc[0])

    def flow_chart(self) -> charts.Chart | None:
        """Draw where public money goes here, as far as published."""
        if self.flow is None:
            return None
        caption = words.region_flow(self) if self.region else words.council_flow(self)
        return draw(self.flow, caption)

    def flow_table(self) -> charts.Table | None:
        """Show the same in numbers that add up."""
        if self.flow is None:
            return None
        names = (
            ("regional_spending", "council_outturn")
            if self.region
            else ("council_outturn", "allocation_need")
        )
        return flow_table(self.flow, "area-money-flow-table", self.area.short_name, source_line(*names))

    def standing_chart(self) -> charts.Chart:
        """Draw what a penny would raise here and in the peers, against need."""
        return scatter_chart(
            self.standing[["name", "need", "per_head"]],
            x="need",
            y="per_head",
            label="name",
            focus=[words.peer(self.area)],
            x_format=money_words.percent_tick,
            y_format=money_words.pounds_tick,
            x_label="need above or below average",
            caption=words.standing(self),
        )

    def taxes_table(self) -> charts.Table:
        """Show what two local taxes would raise here and what equalisation would do."""
        pounds, signed = money_words.pounds_or_none, money_words.signed_pounds
        return page_table(
            self.taxes,
            [
                text_column("Tax", "tax"),
                made_column("A head here", ["per_head"], pounds),
                made_column("A head in England", ["england"], pounds),
                made_column("A need-weighted head", ["per_weighted_head"], pounds),
                made_column("Half equalised, a head", ["gain_half"], signed),
                made_column("Fully equalised, a head", ["gain_full"], signed),
            ],
            table_id="area-money-taxes",
            caption=words.TAXES,
            source=source_line("wider_determinants", "council_tax_base", "allocation_need"),
        )

    def explorer(self) -> Explorer:
        """Let readers try rates, equalisation and years."""
        return Explorer.of([self.area.code])

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
