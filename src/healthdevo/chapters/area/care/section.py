"""Waits, tests, cancer and discharge of a board among all boards, with the interval of each rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.areas import Area
from healthdevo.chapters.area.care import words
from healthdevo.chapters.area.ground import boards_over
from healthdevo.chapters.autonomy.measures import MEASURES, places
from healthdevo.chapters.common import UncoveredError, area_with, record, source_line
from healthdevo.chapters.common.remembered import remembered
from healthdevo.charts import Chart, Table, interval_chart, made_column, page_table, text_column
from healthdevo.governance import LeagueTable, league_table

CARE = ("four_hours", "eighteen_weeks", "cancer", "diagnostics", "discharge")
_MONTHS = ["icb_code", "month"]


def board_of(code: str, section: str) -> Area:
    """Return a board of 2022 to 2026, or say why there are no figures of a section."""
    area = area_with(code, section)
    if area.code not in set(places()["icb_code"]):
        message = f"there are figures of hospital care for the integrated care boards of 2022 to 2026; {area} is none of them"
        raise UncoveredError(message, section, words.later_board(area, boards_over(area), section))
    return area


def _counts() -> dict[str, tuple[pd.DataFrame, pd.Series, pd.Series]]:
    """Return rows of each measure of trusts, with what is good and what it is a share of."""
    emergency = tables.load("emergency_provider_month")
    emergency = emergency[~emergency["pilot_trust"]]
    waiting, tests = tables.load("waiting_list_provider_month"), tables.load("diagnostic_provider_month")
    cancer = tables.load("cancer_provider_month")
    cancer = cancer[cancer["standard"] == "62_day"]
    return {
        "four_hours": (
            emergency,
            emergency["attendances"] - emergency["over_4_hours"],
            emergency["attendances"],
        ),
        "eighteen_weeks": (waiting, waiting["within_18_weeks"], waiting["incomplete"]),
        "cancer": (cancer, cancer["within_standard"], cancer["patients"]),
        "diagnostics": (tests, tests["waiting"] - tests["over_6_weeks"], tests["waiting"]),
    }


@remembered()
def by_board() -> dict[str, pd.DataFrame]:
    """Return for each measure the share of every board and month (rows) in the later window: trusts are added up where they lie.

    Discharge is published for boards: days that people who could leave stayed, for each discharge.
    """
    where = places()["icb_code"]
    found = {}
    for name, (frame, good, whole) in _counts().items():
        rows = pd.DataFrame(
            {
                "icb_code": frame["provider_code"].map(where),
                "month": frame["month"],
                "good": good.astype(float),
                "whole": whole.astype(float),
            }
        ).dropna(subset=["icb_code", "good"])
        sums = rows.groupby(_MONTHS)[["good", "whole"]].sum()
        shares = (sums["good"] / sums["whole"]).rename("share").reset_index()
        found[name] = shares.pivot_table(index="month", columns="icb_code", values="share")
    leaving = tables.load("discharge_icb_month")
    days = leaving["ready_to_leave"] * leaving["days"].astype(float) / leaving["discharged"].astype(float)
    found["discharge"] = leaving.assign(value=days).pivot_table(
        index="month", columns="area_code", values="value"
    )
    result = {}
    for name, wide in found.items():
        first, last = MEASURES[name].second
        part = wide.loc[(wide.index >= first) & (wide.index <= pd.Period(last, "M").end_time)]
        result[name] = part.dropna(axis=1)
    return result


def means_and_errors(wide: pd.DataFrame) -> pd.DataFrame:
    """Return each board's mean over months and its standard error, from how its months scatter around its own and the common course.

    The variance of a board is the mean of its own and that of all boards; it is raised for months that resemble the month before.
    """
    left = wide.sub(wide.mean(axis=1), axis=0).sub(wide.mean() - wide.mean().mean(), axis=1)
    months, boards = wide.shape
    own = (left**2).sum() / ((months - 1) * (boards - 1) / boards)
    x = left.to_numpy()
    r = float(np.clip((x[1:] * x[:-1]).mean() / (x**2).mean(), 0.0, 0.9))
    variance = (own + own.mean()) / 2.0 / months * (1.0 + r) / (1.0 - r)
    return pd.DataFrame({"mean": wide.mean(), "error": np.sqrt(variance)})


@remembered()
def _ranks() -> dict[str, LeagueTable]:
    found = {}
    for name, wide in by_board().items():
        each = means_and_errors(wide)
        first = "lowest" if name == "discharge" else "highest"
        found[name] = league_table(each["mean"], each["error"], first=first, draws=1000, seed=1)  # type: ignore[arg-type]
    return found


@dataclass(frozen=True)
class AreaCare:
    """What the section on hospital care of a board's page says and shows."""

    area: Area
    months: Mapping[str, pd.DataFrame] = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaCare:
        """Load the figures of all boards."""
        return cls(board_of(area_code, "care"), by_board())

    @cached_property
    def ranks(self) -> dict[str, LeagueTable]:
        """Ranks of all boards, the best first, by measure."""
        return _ranks()

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each measure that the board has: its mean, that of the median board, rank and interval, number of boards."""
        rows = []
        for name, table in self.ranks.items():
            frame = table.to_frame().set_index("label")
            if self.area.code not in frame.index:
                continue
            mean = self.months[name].mean()
            own = record(frame.loc[[self.area.code]])
            rows.append(
                {
                    "name": name,
                    "measure": words.TITLES[name],
                    "value": float(mean[self.area.code]),
                    "median": float(mean.median()),
                    "rank": int(own["rank"]),
                    "lower": int(own["lower"]),
                    "upper": int(own["upper"]),
                    "boards": len(frame),
                    "period": words.period(*MEASURES[name].second),
                }
            )
        return pd.DataFrame(rows)

    def chart(self) -> Chart:
        """Draw the board's rank in each measure."""
        return interval_chart(
            self.rows,
            label="measure",
            value="rank",
            lower="lower",
            upper="upper",
            value_format=lambda v: f"{v:.0f}",
            x_label="rank among boards, 1 is best",
            caption=words.ranks(self),
        )

    def table(self) -> Table:
        """Show the board's values and ranks."""
        return page_table(
            self.rows,
            [
                text_column("Measure", "measure"),
                text_column("Months", "period"),
                made_column(self.area.short_name, ["name", "value"], words.value),
                made_column("Median board", ["name", "median"], words.value),
                made_column(
                    "Rank and 95% interval",
                    ["rank", "lower", "upper", "boards"],
                    lambda rank, lower, upper, boards: f"{rank} ({lower} to {upper}) of {boards}",
                ),
            ],
            table_id="care",
            caption=words.TABLE,
            source=source_line(
                *dict.fromkeys([*(MEASURES[n].table for n in CARE[:-1]), "discharge_icb_month"])
            ),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
