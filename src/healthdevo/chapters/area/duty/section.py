"""What the health duty covers, measured: where a strategic authority stands, which way it moves, and when a change would show."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.area.duty import words
from healthdevo.chapters.area.duty.national import MEASURES, standing
from healthdevo.chapters.area.ground import district_parts, light, people_of_districts
from healthdevo.chapters.common import LATEST_EDITION, TODAY, area_with, source_line
from healthdevo.chapters.common.remembered import remembered
from healthdevo.charts import Chart, Table, interval_chart, made_column, page_table, text_column

KIND = "combined_authority"
LONDON = {"E12000007": "E61000001"}
"""London is published as a region; its authority has the same border."""
_DETERMINANTS = (
    "claimant_rate",
    "employment_rate",
    "inactivity_due_to_sickness",
    "housing_affordability_ratio",
    "gcse_english_and_maths",
    "adult_obesity",
    "obesity_year_6",
)
TABLES = (
    "life_expectancy_area",
    "healthy_life_expectancy_area",
    "under_75_mortality",
    "slope_index_life_expectancy",
    "wider_determinants",
    "local_outcome",
    "travel_time",
)


def _renamed(frame: pd.DataFrame, measure: str, year: str, value: str) -> pd.DataFrame:
    rows = frame[["area_code", year, value]].set_axis(["area_code", "year", "value"], axis=1)
    return rows.dropna().assign(measure=measure)


def values_of_districts() -> pd.DataFrame:
    """Return the districts' values of all measures that are not published for authorities: ``measure``, ``area_code``, ``year``, ``value``.

    Women and men count as one: the mean of both.
    """
    life = light(tables.load_sound("life_expectancy_area").frame)
    slopes = light(tables.load_sound("slope_index_life_expectancy").frame)
    slopes = slopes[slopes["edition"] == LATEST_EDITION]
    deaths = light(tables.load_sound("under_75_mortality").frame)
    deaths = deaths[(deaths["edition"] == LATEST_EDITION) & (deaths["sex"] == "persons")]
    determinants = light(tables.load_sound("wider_determinants").frame)
    outcome = light(tables.load_sound("local_outcome").frame)
    travel = light(tables.load_sound("travel_time").frame)
    travel = travel[travel["mode"] == "public_transport_or_walking"]
    found = [
        _renamed(life, "life_expectancy", "period_start_year", "life_expectancy"),
        _renamed(slopes, "slope_index", "period_start_year", "slope_index"),
        _renamed(deaths, "preventable_deaths", "year", "rate"),
        *(
            _renamed(determinants[determinants["indicator"] == name], name, "year", "value")
            for name in _DETERMINANTS
        ),
        _renamed(outcome[outcome["indicator"] == "smoking_adults"], "smoking_adults", "year", "value"),
        _renamed(travel, "travel_time", "year", "minutes"),
    ]
    every = pd.concat(found, ignore_index=True)
    return every.groupby(["measure", "area_code", "year"])["value"].mean().reset_index()


def authorities() -> list[str]:
    """Return the codes of the strategic authorities of today."""
    return [a.code for a in areas.list_areas(KIND, TODAY)]


@remembered()
def everywhere() -> pd.DataFrame:
    """Return where every strategic authority stands on every measure."""
    size = people_of_districts()
    size = size[size.index.str.match("E0[6-9]")]
    parts = district_parts(authorities())
    parts = parts.assign(people=parts["area_code"].map(size) * parts["share"]).dropna(subset=["people"])
    healthy = light(tables.load_sound("healthy_life_expectancy_area").frame)
    healthy = healthy.rename(columns={"period_start_year": "year", "healthy_life_expectancy": "value"})
    healthy = healthy.assign(area_code=healthy["area_code"].replace(LONDON))
    columns = ["area_code", "year", "sex", "value", "lower", "upper"]
    return standing(values_of_districts(), healthy[columns], parts, size)


@dataclass(frozen=True)
class AreaDuty:
    """What the section on the health duty says and shows."""

    area: Area
    every: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaDuty:
        """Load where all authorities stand.

        Raises
        ------
        UncoveredError
            When the area is no strategic authority.
        """
        return cls(area_with(area_code, "duty"), everywhere())

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The area's row of each measure that it has figures for, in order, with the measure's words and ``side``: 1 better than England, -1 worse."""
        own = self.every[self.every["area_code"] == self.area.code].set_index("measure")
        found = own.reindex([m.name for m in MEASURES if m.name in own.index])
        by = {m.name: m for m in MEASURES}
        listed = [by[name] for name in found.index]
        good = pd.Series([m.better for m in listed], found.index)
        clear = (found["difference_lower"] > 0).astype(int) - (found["difference_upper"] < 0).astype(int)
        moving = (found["trend_lower"] > 0).astype(int) - (found["trend_upper"] < 0).astype(int)
        return found.assign(
            title=[m.title for m in listed],
            part=[m.part for m in listed],
            unit=[m.unit for m in listed],
            period=[words.period_of(m, int(y)) for m, y in zip(listed, found["last"], strict=True)],
            side=good * clear,
            way=good * moving,
        ).reset_index()

    @property
    def missing(self) -> list[str]:
        """Titles of the measures without figures for the area."""
        return [m.title for m in MEASURES if m.name not in set(self.rows["measure"])]

    def chart(self) -> Chart:
        """Draw the difference from England on each measure, in per cent of England's value; right is better."""
        sign = pd.Series([{m.name: m.better for m in MEASURES}[name] for name in self.rows["measure"]])
        scale = 100.0 * sign / self.rows["england"]
        ends = pd.DataFrame(
            {"a": scale * self.rows["difference_lower"], "b": scale * self.rows["difference_upper"]}
        )
        data = self.rows.assign(
            percent=scale * self.rows["difference"], low=ends.min(axis=1), high=ends.max(axis=1)
        )
        return interval_chart(
            data[["title", "percent", "low", "high"]],
            label="title",
            value="percent",
            lower="low",
            upper="high",
            reference=0.0,
            reference_text="England",
            x_label="worse than England  |  better, per cent",
            caption=words.chart(self),
        )

    def table(self) -> Table:
        """Show value, England, trend and the years until a change would show; all columns are in the download."""
        return page_table(
            self.rows,
            [
                text_column("Measure", "title"),
                text_column("Period", "period"),
                made_column("Here", ["value", "lower", "upper", "unit"], words.here),
                made_column("England", ["england", "unit"], words.plain),
                made_column("Trend in ten years", ["trend", "trend_lower", "trend_upper"], words.trend),
                made_column("Years until 5% would show", ["years_needed"], words.needed),
            ],
            table_id="duty",
            caption=words.table(self.area),
            source=source_line(*TABLES),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
