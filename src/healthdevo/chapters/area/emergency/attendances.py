"""Area section "A&E": one area's attendances, rate, rank, growth, and the gaps in its data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, charts
from healthdevo.areas import Area
from healthdevo.chapters.area.emergency import words
from healthdevo.chapters.area.ground import (
    BOARD,
    boards_over,
    light_sound,
    months_with_sums,
    population_with_sums,
    recorded,
    union_of,
)
from healthdevo.chapters.common import (
    ENGLAND,
    UncoveredError,
    day_of,
    plain_name,
    record,
    source_line,
)
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.demand.attendances import TYPE_NAMES, complete_years
from healthdevo.chapters.demand.words import known_share
from healthdevo.emergency import attendance_rates
from healthdevo.errors import TableError
from healthdevo.mathematics import rank_intervals
from healthdevo.wording import financial_year

_BASE_YEAR = 2016


@remembered()
def _counts(codes: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return months and people with sums for those of some areas that have no rows."""
    months = months_with_sums(light_sound("emergency_month").frame, codes)
    return months, population_with_sums(light_sound("population_year").frame, codes)


@dataclass(frozen=True)
class AreaEmergency:
    """What the A&E section of an area's page says and shows, first part.

    ``peers`` are the areas of the same kind, itself included, with sound and complete data; ``left_out`` gives the reason for each of the
    others, whose rows are not in the tables ``months`` and ``population``.
    """

    area: Area
    peers: tuple[Area, ...]
    left_out: dict[str, str]
    months: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    compared: str
    """Kind of the peers."""
    boards: tuple[str, ...] = ()
    """Codes of the boards that the area's figures are added up from; none where it has figures of its own."""

    @classmethod
    def load(cls, area_code: str) -> AreaEmergency:
        """Load the rows of an area, its peers and England; areas that are sums of boards are compared with boards.

        A peer whose rows break the rules of the table, or that lacks months in the year compared, is left out of the comparison
        and named on the page. For the area itself and for England that is an error.
        """
        area = areas.get(area_code)
        sound_months, sound_people = (
            light_sound("emergency_month"),
            light_sound("population_year"),
        )
        for sound in (sound_months, sound_people):
            sound.require(area.code, ENGLAND)
        known = recorded()
        union = union_of(area.code)
        own = area.code in known
        if not own and union is None:
            problem = f"table emergency_month has no rows for {area}, nor for boards that add up to it"
            raise UncoveredError(problem, "emergency", words.instead(area, boards_over(area)))
        boards = () if own or union is None else union.boards
        peers_kind = area.kind if own else BOARD
        around = [a for a in areas.list_areas(peers_kind, day_of(area)) if a.code not in (*boards, area.code)]
        wanted = sorted([area, *around], key=lambda a: a.code)
        # all areas with figures of their own, and all boards, are compared with one another; sums stand behind them
        months, population = _counts(
            tuple(sorted(a.code for a in areas.list_areas(peers_kind, day_of(area))))
        )
        months = months_with_sums(months, [area.code])
        population = population_with_sums(population, [area.code])
        left_out: dict[str, str] = {}
        peers: list[Area] = []
        year = _year_compared(population, area.code)
        counts = _months_of(months, year).groupby("area_code", observed=True)["attendances"].count()
        people = _persons(population, year)
        for peer in wanted:
            count = counts.get(peer.code, 0)
            if peer.code in sound_months.set_aside or peer.code in sound_people.set_aside:
                left_out[peer.short_name] = "its figures break the rules of the table"
            elif peer.code not in known and union_of(peer.code) is None:
                left_out[peer.short_name] = "it is made of parts of earlier boards"
            elif count != 12:
                left_out[peer.short_name] = (
                    f"it has figures for {count} of 12 months of {financial_year(year)}"
                )
            elif not people.get(peer.code, 0) > 0:
                left_out[peer.short_name] = f"it has no population for {year}"
            else:
                peers.append(peer)
        if area.short_name in left_out:
            raise TableError(f"table emergency_month: {area} cannot be shown: {left_out[area.short_name]}")
        return cls(area, tuple(peers), left_out, months, population, peers_kind, boards)

    @cached_property
    def year(self) -> int:
        """Start of the financial year compared: the latest with a population estimate."""
        return _year_compared(self.population, self.area.code)

    @cached_property
    def persons(self) -> pd.Series:
        """People of each area in the year compared."""
        return _persons(self.population, self.year)

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Attendances per 1,000 people of the area and its peers, with intervals and ranks; the highest rate first."""
        rows = _months_of(self.months, self.year)
        rows = rows[rows["area_code"].isin([a.code for a in self.peers])]
        result = attendance_rates(rows, self.persons)
        ranks = rank_intervals(result.estimate, result.standard_error, index=result.index).to_frame()
        frame = result.to_frame().assign(
            name=[areas.get(str(c)).short_name for c in result.index],
            rank=ranks["rank"].to_numpy(),
            rank_lower=ranks["lower"].to_numpy(),
            rank_upper=ranks["upper"].to_numpy(),
        )
        return frame.sort_values(["estimate", "area_code"], ascending=[False, True]).reset_index(drop=True)

    @cached_property
    def own(self) -> dict[str, float]:
        """Rate, interval and rank of the area itself."""
        return record(self.rates[self.rates["area_code"] == self.area.code])

    @cached_property
    def england_rate(self) -> float:
        """Attendances per 1,000 people in England in the year compared."""
        rows = _months_of(self.months, self.year)
        return float(
            1000 * rows.loc[rows["area_code"] == ENGLAND, "attendances"].sum() / self.persons[ENGLAND]
        )

    @cached_property
    def growth(self) -> pd.DataFrame:
        """Growth from 2016/17 to the year compared by type: the area, England and the difference; missing where a year is not complete.

        The page has this one growth: headline, table and growth account use it, for it is the latest year with people to count.
        """
        years = complete_years(self.months[self.months["area_code"].isin([self.area.code, ENGLAND])])
        totals = years.set_index(["area_code", "department_type", "financial_year_start"])["attendances"]
        last = self.year
        rows = []
        for kind, name in TYPE_NAMES.items():
            (start, end), (first, latest) = (
                [float(totals.get((code, kind, year), float("nan"))) for year in (_BASE_YEAR, last)]
                for code in (self.area.code, ENGLAND)
            )
            own, national = end / start - 1 if start > 0 else float("nan"), latest / first - 1
            rows.append(
                {
                    "department_type": kind,
                    "name": name,
                    "start": _BASE_YEAR,
                    "end": last,
                    "attendances_start": start,
                    "attendances_end": end,
                    "growth": own,
                    "growth_england": national,
                    "difference": own - national,
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def own_months(self) -> pd.DataFrame:
        """The area's months, all types of department together."""
        m = self.months
        return m[(m["area_code"] == self.area.code) & (m["department_type"] == "all")]

    @cached_property
    def gaps(self) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
        """Runs of months without figures between the area's first and last month."""
        have = pd.DatetimeIndex(self.own_months.dropna(subset=["attendances"])["month"]).sort_values()
        missing = pd.date_range(have[0], have[-1], freq="MS").difference(have)
        runs: list[tuple[pd.Timestamp, pd.Timestamp]] = []
        for month in missing:
            if runs and runs[-1][1] + pd.DateOffset(months=1) == month:
                runs[-1] = (runs[-1][0], month)
            else:
                runs.append((month, month))
        return runs

    def rank_chart(self) -> charts.Chart:
        """Rates of the area and all its peers."""
        return charts.interval_chart(
            self.rates.assign(name=self.rates["name"].map(plain_name)),
            label="name",
            value="estimate",
            lower="lower",
            upper="upper",
            focus=[plain_name(self.area.short_name)],
            reference=self.england_rate,
            reference_text="England",
            x_label="attendances per 1,000 people",
            caption=words.rank(self),
        )

    def growth_table(self) -> charts.Table:
        """Growth by type against England."""
        g = self.growth.dropna(how="all", subset=["attendances_start", "attendances_end"])
        last = financial_year(int(g["end"].iloc[0]))
        return charts.page_table(
            g,
            [
                charts.text_column("Type of department", "name"),
                charts.value_column("2016/17", "attendances_start", words.count),
                charts.value_column(last, "attendances_end", words.count),
                charts.value_column("Growth", "growth", known_share),
                charts.value_column("England", "growth_england", known_share),
                charts.value_column("Difference", "difference", words.points),
            ],
            table_id="growth-by-type",
            caption=words.growth_table(self.area.label, last),
            source=source_line("emergency_month"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        return words.texts(self)


def _year_compared(population: pd.DataFrame, code: str) -> int:
    years = population.loc[(population["area_code"] == code) & population["persons"].notna(), "year"]
    if years.empty:
        raise TableError(f"table population_year has no population for {code}")
    return int(years.max())


def _persons(population: pd.DataFrame, year: int) -> pd.Series:
    return population[population["year"] == year].set_index("area_code")["persons"]


def _months_of(months: pd.DataFrame, year: int) -> pd.DataFrame:
    period = months["month"].between(pd.Timestamp(year, 4, 1), pd.Timestamp(year + 1, 3, 31))
    return months[period & (months["department_type"] == "all")]
