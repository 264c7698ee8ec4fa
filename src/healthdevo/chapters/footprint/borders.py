"""Section on the borders of the health service and of councils: how far they coincide, before and after April 2026."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.flows import BEFORE, TODAY, main_container, regions_of, todays
from healthdevo.charts import Table, page_table, share_column, text_column
from healthdevo.governance import border_overlap

NONE = "none"


def people_of_districts() -> pd.Series:
    """Return the people of each district of today in the last year of table ``population_year`` that has them all."""
    rows = tables.load("population_year")
    rows = rows[(rows["basis"] == "official") & rows["area_code"].str.match("E0[6-9]")]
    last = rows[rows["year"] == rows["year"].max()]
    new = todays(last["area_code"].unique())
    result: pd.Series = last.groupby(last["area_code"].map(new))["persons"].sum()
    return result


@dataclass(frozen=True)
class Borders:
    """Overlap of boards and strategic authorities, or councils."""

    people: pd.Series = field(repr=False)

    @classmethod
    def load(cls) -> Borders:
        """Load the people of each district."""
        return cls(people_of_districts())

    def pairs(self, kind: str, on: str) -> pd.DataFrame:
        """Return the people whom each area of a kind (borders of today) shares with each board of a day."""
        boards = regions_of("icb", on)
        first = boards["area_code"].map(main_container(kind)).fillna(NONE)
        people = boards["area_code"].map(self.people) * boards["share"]
        parts = pd.DataFrame({"first": first, "second": boards["region"], "people": people})
        return parts.groupby(["first", "second"])["people"].sum().reset_index()

    @cached_property
    def table(self) -> pd.DataFrame:
        """For each kind and day: how many people share board and authority, and how alike their two areas are."""
        rows = []
        for kind, title in (
            ("combined_authority", "Strategic authorities"),
            ("upper_tier", "Upper-tier councils"),
        ):
            for on, when in ((BEFORE, "until March 2026"), (TODAY, "since April 2026")):
                found = border_overlap(self.pairs(kind, on)).table
                of_second = found["people"] / found["of_second"]
                alike = found["people"] / (found["people"] / found["of_first"] + of_second - found["people"])
                inside = found["first"] != NONE
                held, alike, same = found[inside]["people"], alike[inside], found[inside]["same"]
                nested = found[inside]["of_first"] >= 0.98
                rows.append(
                    {
                        "kind": kind,
                        "tier": f"{title}, boards {when}",
                        "on": on,
                        "same": held[same].sum() / held.sum(),
                        "same_areas": int(same.sum()),
                        "names": sorted(areas.get(str(c)).short_name for c in found[inside]["first"][same]),
                        "areas": found[inside]["first"].nunique(),
                        "one_board": held[nested].sum() / held.sum(),
                        "alike": (held * alike).sum() / held.sum(),
                    }
                )
        return pd.DataFrame(rows)

    def page_table(self) -> Table:
        """Show the overlap."""
        return page_table(
            self.table,
            [
                text_column("Borders", "tier"),
                share_column("People whose board is the same area", "same", 0),
                text_column("Areas with a board of their own", "same_areas"),
                text_column("Areas in all", "areas"),
                share_column("People whose council lies in one board", "one_board", 0),
                share_column("Overlap of an average person's two areas", "alike", 0),
            ],
            table_id="shared-borders",
            caption=words.BORDERS,
            source=source_line("population_year", "area_membership"),
        )
