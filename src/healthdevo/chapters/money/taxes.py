"""What local health taxes would raise, against need, and what equalisation would move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import ENGLAND, source_line
from healthdevo.chapters.money import words
from healthdevo.chapters.money.assumptions import INCOME_TAX_SHARE, PENNY, PRECEPT
from healthdevo.chapters.money.basis import INCOME_YEAR, Places
from healthdevo.charts import Chart, Table, estimate_column, line_chart, made_column, page_table, text_column
from healthdevo.finance import Assumption, Equalisation, LocalTax, equalise, local_tax
from healthdevo.inequality import concentration_index, kakwani_index
from healthdevo.results import Estimate

SHARES = tuple(k / 10 for k in range(11))
"""Degrees of equalisation shown, from none to full."""
BUSINESS_RATES = (
    "Business rates paid by market sector bodies",
    "Business rates paid by private sector non-profit institutions",
)
RECEIPTS_YEAR = 2024
CHOICES = (
    *((year, 2025, "core") for year in range(2014, INCOME_YEAR)),
    (INCOME_YEAR, 2022, "core"),
    (INCOME_YEAR, 2024, "core"),
    (INCOME_YEAR, 2028, "core"),
    (INCOME_YEAR, 2025, "general_acute"),
    (INCOME_YEAR, 2025, "mental_health"),
    (INCOME_YEAR, 2025, "health_inequalities"),
)
"""Other years of income, other rounds and components of need: how far the finding hangs on the choice."""


def settled(value: float) -> float:
    """Return an index without the digits that hang on pennies and processors.

    >>> settled(-3.8e-13), settled(-0.13641888)
    (0.0, -0.136419)
    """
    return round(value, 6) + 0.0


def income_tax_shares(
    receipts: pd.Series, people: pd.Series, share: Assumption = INCOME_TAX_SHARE
) -> LocalTax:
    """Return what a share of income tax would be by head, from receipts in pounds by area."""
    return local_tax(receipts, people, rate=float(share.value))


@dataclass(frozen=True)
class Tax:
    """A tax on the districts' bases, and what equalisation does to it."""

    name: str
    places: Places = field(repr=False)
    raised: LocalTax = field(repr=False)

    @classmethod
    def penny(cls, places: Places, rate: Assumption = PENNY) -> Tax:
        """Return a penny in the pound on local disposable income."""
        f = places.frame
        return cls("penny", places, local_tax(f["income"], f["people"], f["need"], rate=float(rate.value)))

    @classmethod
    def precept(cls, places: Places, rate: Assumption = PRECEPT) -> Tax:
        """Return a fixed sum on every Band D home."""
        f = places.frame
        return cls("precept", places, local_tax(f["homes"], f["people"], f["need"], rate=float(rate.value)))

    @property
    def per_head(self) -> float:
        """What it raises by head in England, in pounds."""
        return self.raised.total / float(self.places.frame["people"].sum())

    def equalised(self, share: float) -> Equalisation:
        """Return the transfers of one degree of equalisation."""
        return equalise(self.amounts, self.places.frame["need"], share=share)

    @property
    def amounts(self) -> pd.Series:
        """Pounds raised by district."""
        return pd.Series(self.raised.raised, self.places.frame.index)

    def after(self, share: float) -> pd.Series:
        """Return pounds by district after equalisation."""
        return pd.Series(self.equalised(share).after, self.places.frame.index)

    def fifths(self, share: float = 0.0) -> pd.Series:
        """Return pounds for each need-weighted head of each fifth of people, poorest first."""
        return self.places.by_fifth(self.after(share))

    @property
    def ratio(self) -> float:
        """Money for each need-weighted head in the richest fifth over that in the poorest, without equalisation."""
        found = self.fifths()
        return float(found[5] / found[1])

    def kakwani(self, share: float) -> Estimate:
        """Return the Kakwani index of the money against need: 0 in proportion, below 0 where it lies with those who need less."""
        f = self.places.frame
        return kakwani_index(self.after(share) / f["people"], f["need"] / f["people"], f["people"])

    def concentration(self, share: float) -> Estimate:
        """Return the concentration index of money among need-weighted heads by local income: 0 equal, above 0 where richer places have more."""
        f = self.places.frame
        return concentration_index(self.after(share) / f["need"], f["income_per_head"], f["need"])


@dataclass(frozen=True)
class Taxes:
    """Two taxes on the same districts, and receipts by region."""

    penny: Tax
    precept: Tax
    receipts: pd.DataFrame = field(repr=False)
    finances: pd.DataFrame = field(repr=False)
    ratios: Mapping[str, tuple[float, float]] = field(repr=False)

    @classmethod
    def load(cls) -> Taxes:
        """Load the tables that the section needs."""
        determinants, population = tables.load("wider_determinants"), tables.load("population_year")
        base, allocation = tables.load("council_tax_base"), tables.load("allocation_need")
        places = Places.of(determinants, population, base, allocation)
        others = [Places.of(determinants, population, base, allocation, *choice) for choice in CHOICES]
        ratios = {}
        for name, make in (("penny", Tax.penny), ("precept", Tax.precept)):
            found = [make(p).ratio for p in (places, *others)]
            ratios[name] = (min(found), max(found))
        return cls(
            Tax.penny(places),
            Tax.precept(places),
            tables.load("public_receipts_region"),
            tables.load("public_finances_region"),
            ratios,
        )

    @cached_property
    def path(self) -> pd.DataFrame:
        """Money for each need-weighted head of the poorest and richest fifth under every degree of equalisation."""
        rows = []
        for share in SHARES:
            found = self.penny.fifths(share)
            rows += [
                {"kept": 100 * (1 - share), "fifth": words.FIFTHS[k], "pounds": float(found[k])}
                for k in (5, 3, 1)
            ]
        return pd.DataFrame(rows)

    def chart(self) -> Chart:
        """Draw what equalisation does to a penny on income."""
        return line_chart(
            self.path,
            x="kept",
            y="pounds",
            series="fifth",
            x_format=words.percent_tick,
            y_format=words.pounds_tick,
            caption=words.equalisation(self),
        )

    @cached_property
    def schemes(self) -> pd.DataFrame:
        """Both taxes under no, half and full equalisation."""
        rows = []
        for tax in (self.penny, self.precept):
            for share in (0.0, 0.5, 1.0):
                scheme, found, k = tax.equalised(share), tax.fifths(share), tax.kakwani(share)
                i = k.interval()
                rows.append(
                    {
                        "tax": words.TAXES[tax.name],
                        "share": share,
                        "poorest": float(found[1]),
                        "richest": float(found[5]),
                        "moved": scheme.moved / 1e6,
                        "balance_pence": int(scheme.transfer_pence.sum()),
                        "winners": len(scheme.winners),
                        "losers": len(scheme.losers),
                        "kakwani": settled(k.estimate),
                        "kakwani_lower": settled(i.lower),
                        "kakwani_upper": settled(i.upper),
                        "concentration": settled(tax.concentration(share).estimate),
                    }
                )
        return pd.DataFrame(rows)

    def schemes_table(self) -> Table:
        """Show both taxes under three degrees of equalisation."""
        return page_table(
            self.schemes,
            [
                text_column("Tax", "tax"),
                made_column("Equalised", ["share"], lambda s: f"{100 * s:.0f}%"),
                made_column("Poorest fifth", ["poorest"], words.pounds_or_none),
                made_column("Richest fifth", ["richest"], words.pounds_or_none),
                made_column("Moved, £ million", ["moved"], words.whole),
                made_column("Gain / pay", ["winners", "losers"], lambda w, lo: f"{w} / {lo}"),
                estimate_column(
                    "Kakwani index", "kakwani", "kakwani_lower", "kakwani_upper", words.two_decimals
                ),
            ],
            table_id="money-schemes",
            caption=words.SCHEMES,
            source=source_line("wider_determinants", "council_tax_base", "allocation_need"),
        )

    @cached_property
    def winners(self) -> pd.DataFrame:
        """Every district under full equalisation of a penny on income, those who gain most by head first."""
        f, scheme = self.penny.places.frame, self.penny.equalised(1.0)
        frame = pd.DataFrame(
            {
                "area_code": f.index,
                "name": [areas.get(str(c)).short_name for c in f.index],
                "raised_per_head": self.penny.raised.estimate,
                "need": (f["need"] / f["people"]).to_numpy(),
                "gain": scheme.estimate,
                "gain_per_head": scheme.estimate / f["people"].to_numpy(),
            }
        )
        return frame.sort_values("gain_per_head", ascending=False, ignore_index=True)

    def winners_table(self) -> Table:
        """Show the districts that gain and pay most by head; all are in the download."""
        rows = self.winners
        shown = page_table(
            pd.concat([rows.head(6), rows.tail(6)]),
            [
                text_column("District", "name"),
                made_column("Raised a head", ["raised_per_head"], words.pounds_or_none),
                made_column("Need beside people", ["need"], words.beside),
                made_column("Gain a head", ["gain_per_head"], words.signed_pounds),
            ],
            table_id="money-winners",
            caption=words.WINNERS,
            source=source_line("wider_determinants", "allocation_need", "population_year"),
        )
        return Table(shown.table_id, shown.caption, shown.source, shown.shown, rows)

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Business rates and a share of income tax by region and head, in pounds."""
        year = self.receipts[self.receipts["financial_year_start"] == RECEIPTS_YEAR]
        people = self.finances[self.finances["financial_year_start"] == RECEIPTS_YEAR].set_index("area_code")[
            "population"
        ]
        rates = year[year["tax"].isin(BUSINESS_RATES)].groupby("area_code")["receipts"].sum()
        tax = year[year["tax"] == "Income Tax"].set_index("area_code")["receipts"]
        codes = [c for c in people.index if c != ENGLAND]
        share = income_tax_shares(1e6 * tax[codes], people[codes])
        frame = pd.DataFrame(
            {
                "area_code": codes,
                "name": [areas.get(str(c)).short_name for c in codes],
                "business_rates": rates[codes].to_numpy(),
                "business_rates_per_head": 1e6 * (rates[codes] / people[codes]).to_numpy(),
                "income_tax": tax[codes].to_numpy(),
                "share_per_head": share.estimate,
            }
        )
        return frame.sort_values("share_per_head", ascending=False, ignore_index=True)

    def regions_table(self) -> Table:
        """Show business rates and a share of income tax by region."""
        return page_table(
            self.regions,
            [
                text_column("Region", "name"),
                made_column("Business rates, £ million", ["business_rates"], words.whole),
                made_column("Business rates a head", ["business_rates_per_head"], words.pounds_or_none),
                made_column("Income tax, £ million", ["income_tax"], words.whole),
                made_column(words.INCOME_TAX, ["share_per_head"], words.pounds_or_none),
            ],
            table_id="money-receipts",
            caption=words.RECEIPTS,
            source=source_line("public_receipts_region", "public_finances_region"),
        )
