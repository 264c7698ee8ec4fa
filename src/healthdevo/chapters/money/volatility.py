"""How much need surprises a budget: four measures of need, and what each says of size and persistence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import ON, container, source_line
from healthdevo.chapters.money import books_words as words
from healthdevo.charts import Table, estimate_column, page_table, text_column, value_column
from healthdevo.errors import TableError
from healthdevo.finance import NeedVolatility, need_volatility

BOARDS_ON = "2026-03-31"
"""The last day of the 42 boards that the figures are published for."""
PANDEMIC = (2020, 2021)
"""Years into which growth is left out."""
MAIN = "attendances"
"""The measure that the books are simulated from, chosen before any result: the one yearly count of need for all boards."""
DEATHS_TO = 2018
SPENDING_TO = 2019


def region_of(codes: pd.Index, kind: str = "nhs_region", on: str = BOARDS_ON) -> pd.Series:
    """Return the area of a kind that each area lies in."""
    found = {str(c): next((p.code for p in areas.parents(str(c), on) if p.kind == kind), "") for c in codes}
    lacking = [c for c, r in found.items() if not r]
    if lacking:
        raise TableError(f"table area_membership has no {kind} for {lacking[0]}")
    return pd.Series(found)


def attendances_by_board(months: pd.DataFrame) -> pd.DataFrame:
    """Return A&E attendances of whole financial years: a row for each board, a column for each year."""
    rows = months[(months["department_type"] == "all") & months["area_code"].str.startswith("E54")]
    start = rows["month"].dt.year - (rows["month"].dt.month < 4)
    dated = rows.assign(year=start)
    months_held, sums = (
        dated.pivot_table(index="area_code", columns="year", values="attendances", aggfunc=how)
        for how in ("count", "sum")
    )
    return wide(sums[[c for c in sums.columns if bool((months_held[c] == 12).all())]])


def deaths_by_board(deaths: pd.DataFrame) -> pd.DataFrame:
    """Return deaths by board and year to ``DEATHS_TO``; a district counts whole in the board that holds most of it."""
    rows = deaths[(deaths["year"] <= DEATHS_TO) & deaths["deaths"].notna()]
    years = []
    for year, one in rows.groupby("year"):
        years.append(areas.recode_to(one[["area_code", "deaths"]], on=ON, value=["deaths"]).assign(year=year))
    frame = pd.concat(years)
    frame = frame.assign(board=frame["area_code"].map(container("icb")))
    return wide(frame.pivot_table(index="board", columns="year", values="deaths", aggfunc="sum"))


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns are years as whole numbers."""
    return pd.DataFrame(
        frame.to_numpy(float), index=frame.index.astype(str), columns=frame.columns.astype(int)
    )


@dataclass(frozen=True)
class Volatility:
    """Surprises by measure, and the boards that the books are simulated for."""

    measures: Mapping[str, NeedVolatility]
    regions: pd.Series = field(repr=False)
    people: pd.Series = field(repr=False)

    @classmethod
    def load(cls) -> Volatility:
        """Load the tables and estimate."""
        attendances = attendances_by_board(tables.load("emergency_month"))
        deaths = deaths_by_board(tables.load("deaths_population_district"))
        population = tables.load("population_year")
        boards = list(attendances.index)
        people = wide(
            population[population["area_code"].isin(boards)].pivot_table(
                index="area_code", columns="year", values="persons"
            )
        )
        panel = tables.load("area_year_panel")
        care = panel[panel["year"] <= SPENDING_TO].pivot_table(
            index="area_code", columns="year", values="adult_social_care_spending"
        )
        care = wide(care.dropna())
        council_region = panel.drop_duplicates("area_code").set_index("area_code")["region_code"]
        found = {}
        for name, need, groups, leave in (
            ("attendances", attendances, region_of(attendances.index), PANDEMIC),
            ("deaths", deaths, region_of(deaths.index), ()),
            ("population", people, region_of(people.index), ()),
            ("social_care", care, council_region[care.index], ()),
        ):
            found[name] = need_volatility(need, [str(g) for g in groups], leave_out=leave, draws=400, seed=14)
        latest = int(max(people.columns))
        return cls(found, region_of(attendances.index), people.loc[boards, latest])

    @property
    def main(self) -> NeedVolatility:
        """Surprises of the main measure."""
        return self.measures[MAIN]

    def table(self) -> Table:
        """Show size and persistence of surprises by measure."""
        rows = []
        for name, found in self.measures.items():
            row: dict[str, object] = {
                "measure": words.MEASURES[name],
                "areas": found.areas,
                "years": found.years,
            }
            for part in ("sd", "lasting", "national", "regional"):
                limits = found[part].interval()
                row |= {
                    part: 100 * found[part].estimate,
                    f"{part}_lower": 100 * limits.lower,
                    f"{part}_upper": 100 * limits.upper,
                }
            rows.append(row)
        return page_table(
            pd.DataFrame(rows),
            [
                text_column("Measure", "measure"),
                value_column("Places", "areas"),
                value_column("Years of growth", "years"),
                estimate_column("A year's surprise, %", "sd", "sd_lower", "sd_upper"),
                estimate_column("Of which lasts, %", "lasting", "lasting_lower", "lasting_upper"),
                estimate_column("In common, %", "national", "national_lower", "national_upper"),
            ],
            table_id="money-surprises",
            caption=words.SURPRISES,
            source=source_line(
                "emergency_month", "deaths_population_district", "population_year", "area_year_panel"
            ),
        )
