"""Section on neighbourhoods: which stay deprived, which rise and fall among others, and how far districts are divided inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.size import small_areas
from healthdevo.charts import Table, page_table, share_column, text_column, value_column
from healthdevo.governance import share_inside

YEARS = (2015, 2019, 2025)
TENTH = 0.1
LEAST = 20
"""Least small areas of a district for a mean to be named."""


@dataclass(frozen=True)
class Neighbourhoods:
    """Small areas in three editions of the index."""

    small: dict[int, pd.DataFrame] = field(repr=False)

    @classmethod
    def load(cls) -> Neighbourhoods:
        """Load the three editions."""
        return cls({year: small_areas(year) for year in YEARS})

    @cached_property
    def wide(self) -> pd.DataFrame:
        """The place of each small area that stands under the same code in all three editions."""
        found = pd.concat({y: f.set_index("small_area")["place"] for y, f in self.small.items()}, axis=1)
        code = self.small[2025].set_index("small_area")["area_code"]
        return found.dropna().assign(area_code=code)

    @property
    def kept(self) -> float:
        """Share of the small areas of 2015 that can be followed."""
        return len(self.wide) / len(self.small[2015])

    @cached_property
    def persistence(self) -> pd.DataFrame:
        """For each pair of editions: rank correlation, and how many of the most deprived tenth are still in it, or have left it by two tenths or more."""
        rows = []
        for first, last in ((2015, 2019), (2019, 2025), (2015, 2025)):
            a, b = self.wide[first], self.wide[last]
            poor = a <= TENTH
            rows.append(
                {
                    "from": first,
                    "to": last,
                    "correlation": float(a.corr(b, method="spearman")),
                    "stayed": float((b[poor] <= TENTH).mean()),
                    "left": float((b[poor] > 3 * TENTH).mean()),
                    "count": int(poor.sum()),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def inside(self) -> pd.Series:
        """Share of the differences between small areas that lies inside districts, by edition."""
        return pd.Series(
            {
                y: share_inside(f["place"].to_numpy(), f["area_code"].to_numpy()).estimate
                for y, f in self.small.items()
            }
        )

    @cached_property
    def districts(self) -> pd.DataFrame:
        """For each district: mean place in 2015 and 2025, its change, and the spread of its small areas in 2025."""
        grouped = self.wide.groupby("area_code")
        rows = pd.DataFrame(
            {"count": grouped.size(), "first": grouped[2015].mean(), "last": grouped[2025].mean()}
        )
        spread = self.small[2025].groupby("area_code")["place"].std()
        rows = rows.assign(change=rows["last"] - rows["first"], spread=spread)
        rows = rows[rows["count"] >= LEAST]
        return rows.assign(name=[areas.get(c).short_name for c in rows.index])

    def most(self, column: str, number: int = 3, *, highest: bool) -> list[str]:
        """Return the names of the districts with the highest or lowest values."""
        return (
            self.districts.sort_values([column, "name"], ascending=not highest)["name"].head(number).tolist()
        )

    def table(self) -> Table:
        """Show persistence."""
        rows = self.persistence.assign(
            pair=[
                f"{a} to {b}" for a, b in zip(self.persistence["from"], self.persistence["to"], strict=True)
            ]
        )
        return page_table(
            rows,
            [
                text_column("Editions", "pair"),
                value_column("Rank correlation", "correlation", lambda v: f"{v:.2f}"),
                share_column("Of the most deprived tenth, still in it", "stayed", 0),
                share_column("Moved above the third tenth", "left", 1),
                text_column("Small areas in that tenth", "count"),
            ],
            table_id="neighbourhood-persistence",
            caption=words.PERSISTENCE,
            source=source_line("deprivation_small_area"),
        )

    def divided_table(self) -> Table:
        """Show the districts that rose and fell most, and those most divided inside."""
        rows = self.districts
        chosen = pd.concat(
            [rows.nlargest(5, "change"), rows.nsmallest(5, "change"), rows.nlargest(5, "spread")]
        )
        return page_table(
            chosen[~chosen.index.duplicated()].reset_index(),
            [
                text_column("District", "name"),
                value_column("Mean place 2015", "first", lambda v: f"{v:.2f}"),
                value_column("Mean place 2025", "last", lambda v: f"{v:.2f}"),
                value_column("Spread inside, 2025", "spread", lambda v: f"{v:.2f}"),
            ],
            table_id="districts-divided",
            caption=words.DIVIDED,
            source=source_line("deprivation_small_area"),
        )
