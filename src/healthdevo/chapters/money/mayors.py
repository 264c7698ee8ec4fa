"""Section on the share of income tax that is announced for mayors: what it would raise in each strategic authority, and what sharing it would move."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import ENGLAND, TODAY, source_line
from healthdevo.chapters.money import words
from healthdevo.chapters.money.assumptions import INCOME_TAX_SHARE, INCOME_TAX_STEEPNESS
from healthdevo.chapters.money.basis import Places, share_table
from healthdevo.chapters.money.taxes import RECEIPTS_YEAR
from healthdevo.charts import Table, made_column, page_table, text_column
from healthdevo.finance import Assumption, Equalisation, LocalTax, equalise, local_tax

TAX = "Income Tax"
REGION = "region"
LONDON = ("Greater London Authority", "London")
"""What the registry calls the authority of London, and what the page does."""


def receipts_by_district(places: Places, receipts: pd.Series, steepness: float) -> pd.Series:
    """Share each region's receipts of income tax among its districts: people times a power of income per head.

    >>> frame = pd.DataFrame({"people": [100.0, 100.0], "income_per_head": [10.0, 20.0]}, index=["E08000003", "E08000009"])
    >>> receipts_by_district(Places(frame, 2023, 2025, "core"), pd.Series({"E12000002": 300.0}), 1.0).tolist()
    [100.0, 200.0]
    """
    f = places.frame
    held = areas.registry().containment("district", REGION, "2023-04-01")
    where = pd.Series(
        [held.containers[int(j)].code for j in held.share.argmax(axis=1)], [a.code for a in held.members]
    ).reindex(f.index)
    weight = f["people"] * f["income_per_head"] ** steepness
    result: pd.Series = weight / weight.groupby(where).transform("sum") * where.map(receipts)
    return result


@dataclass(frozen=True)
class Mayors:
    """Strategic authorities with, or to have, a mayor: income tax of their residents, people and need."""

    places: Places = field(repr=False)
    receipts: pd.Series = field(repr=False)
    codes: tuple[str, ...]
    handed_over: Assumption = INCOME_TAX_SHARE
    steepness: Assumption = INCOME_TAX_STEEPNESS

    @classmethod
    def load(cls) -> Mayors:
        """Load what the section needs: receipts of the latest year, in pounds."""
        rows = tables.load("public_receipts_region")
        rows = rows[(rows["financial_year_start"] == RECEIPTS_YEAR) & (rows["tax"] == TAX)]
        receipts = 1e6 * rows[rows["area_code"] != ENGLAND].set_index("area_code")["receipts"]
        frame = tables.load("strategic_authority")
        mayoral = (frame["status"] == "in operation") & frame["tier"].isin(["established", "mayoral"])
        return cls(Places.load(), receipts, tuple(frame.loc[mayoral, "area_code"]))

    @property
    def share(self) -> float:
        """The share of the tax that mayors are taken to get."""
        return float(self.handed_over.value)

    def _sums(self, values: pd.Series) -> pd.Series:
        inside = share_table(list(self.codes))
        found: pd.Series = (inside.T @ values.reindex(inside.index)).reindex(list(self.codes))
        return found

    @cached_property
    def people(self) -> pd.Series:
        """Residents of each authority."""
        return self._sums(self.places.frame["people"])

    @cached_property
    def need(self) -> pd.Series:
        """People weighted for need of each authority."""
        return self._sums(self.places.frame["need"])

    def tax(self, steepness: float) -> LocalTax:
        """Return what the share would raise in each authority, under one reading of how steeply the tax rises with income."""
        base = self._sums(receipts_by_district(self.places, self.receipts, steepness))
        return local_tax(base, self.people, self.need, rate=self.share, index=list(self.codes))

    def equalised(self, degree: float, steepness: float) -> Equalisation:
        """Return the transfers between authorities that share the money by need to a degree."""
        return equalise(self.tax(steepness).raised, self.need, share=degree, index=list(self.codes))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each authority: pounds a head raised with the range of readings, by need-weighted head, and the gain of full sharing; the most first."""
        need = self.need.to_numpy(float)
        value, *others = self.readings
        both = np.array([self.tax(s).estimate for s in others])
        main, people = self.tax(value), self.people.to_numpy(float)
        scale = people.sum() / need.sum()
        frame = pd.DataFrame(
            {
                "area_code": list(self.codes),
                "name": [areas.get(c, TODAY).short_name.replace(*LONDON) for c in self.codes],
                "per_head": main.estimate,
                "per_head_low": both.min(axis=0),
                "per_head_high": both.max(axis=0),
                "per_need": main.raised / (need * scale),
                "gain": self.equalised(1.0, value).estimate / people,
            }
        )
        return frame.sort_values("per_head", ascending=False, ignore_index=True)

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Most over least raised by head, with the lowest and highest reading."""
        found = [float(t.estimate.max() / t.estimate.min()) for t in map(self.tax, self.readings)]
        return found[0], min(found), max(found)

    @property
    def readings(self) -> tuple[float, float, float]:
        """How steep the tax is taken to be: the value used, the lowest and the highest."""
        s = self.steepness
        return float(s.value), float(s.low), float(s.high)

    @property
    def moved(self) -> tuple[float, float, float]:
        """Share of the money that full sharing by need would move between authorities, with the lowest and highest reading."""
        found = [self.equalised(1.0, s).moved / float(np.sum(self.tax(s).raised)) for s in self.readings]
        return found[0], min(found), max(found)

    def page_table(self) -> Table:
        """Show every authority."""
        return page_table(
            self.table,
            [
                text_column("Authority", "name"),
                made_column("Raised a head", ["per_head"], words.pounds_or_none),
                made_column("Other readings", ["per_head_low", "per_head_high"], words.pounds_range),
                made_column("For each need-weighted head", ["per_need"], words.pounds_or_none),
                made_column("Gain a head if shared by need", ["gain"], words.signed_pounds),
            ],
            table_id="money-mayors",
            caption=words.MAYORS,
            source=source_line("public_receipts_region", "wider_determinants", "allocation_need"),
        )
