"""The health service's money against need: what the formula holds, and who would gain if health inequalities weighed more."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import source_line
from healthdevo.chapters.common.places import plain_name
from healthdevo.chapters.money import words
from healthdevo.chapters.money.assumptions import HEALTH_INEQUALITIES, HEALTH_INEQUALITIES_MORE
from healthdevo.chapters.money.basis import COMPONENTS, NEED_YEAR
from healthdevo.charts import Chart, Table, made_column, page_table, scatter_chart, text_column
from healthdevo.finance import Assumption, NeedShares, Reweighted, need_shares, reweighted_shares

FITTED_YEAR = 2022
"""The one round whose components rebuild the whole closely, so that their weights show."""
FORMULA = ("general_acute", "community", "mental_health", "maternity", "health_inequalities", "prescribing")
"""Components of the formula for core services."""


def fitted_weight(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the weight of health inequalities that rebuilds core from its components best, and the largest relative error of an area."""
    parts = rows[list(FORMULA)].to_numpy(float)
    core = rows["core"].to_numpy(float)
    found, *_ = np.linalg.lstsq(parts / core[:, None], np.ones(len(core)), rcond=None)
    off = np.abs(parts @ found / core - 1.0)
    return float(found[FORMULA.index("health_inequalities")]), float(off.max())


@dataclass(frozen=True)
class Allocation:
    """Boards of a round, with their need by component."""

    allocation: pd.DataFrame = field(repr=False)
    weight: Assumption = HEALTH_INEQUALITIES
    more: Assumption = HEALTH_INEQUALITIES_MORE

    @classmethod
    def load(cls) -> Allocation:
        """Load the table."""
        return cls(tables.load("allocation_need"))

    def boards(self, year: int = NEED_YEAR) -> pd.DataFrame:
        """Return the boards of a round by code."""
        rows = self.allocation
        found = rows[(rows["financial_year_start"] == year) & rows["area_code"].str.startswith("E54")]
        return found.set_index("area_code")

    @cached_property
    def need(self) -> NeedShares:
        """Need of each board relative to its people."""
        rows = self.boards()
        return need_shares(rows["core"], rows["registered"])

    @cached_property
    def reweighted(self) -> Reweighted:
        """Shares of the boards if health inequalities weighed more, in the round whose components make up the whole."""
        return self.with_more(FITTED_YEAR)

    def with_more(self, year: int) -> Reweighted:
        """Return the shares of the boards of a round if health inequalities weighed more."""
        rows = self.boards(year)
        return reweighted_shares(
            rows["core"],
            rows["health_inequalities"],
            weight=float(self.weight.value),
            new_weight=float(self.more.value),
        )

    @cached_property
    def fitted(self) -> tuple[float, float]:
        """The weight of health inequalities that the round of ``FITTED_YEAR`` shows, and how closely."""
        return fitted_weight(self.boards(FITTED_YEAR))

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row for each board: need relative to people in all and by component, and the change of its share."""
        rows = self.boards()
        frame = pd.DataFrame(
            {
                "area_code": rows.index,
                "name": [plain_name(areas.get(str(c)).short_name) for c in rows.index],
                "need": self.need.estimate,
                **{c: need_shares(rows[c], rows["registered"]).estimate for c in COMPONENTS},
                "change": pd.Series(self.reweighted.estimate, self.reweighted.index)
                .reindex(rows.index)
                .to_numpy(),
            }
        )
        return frame.sort_values("change", ascending=False, ignore_index=True)

    @property
    def gainers(self) -> int:
        """How many boards would gain."""
        return int((self.frame["change"] > 0).sum())

    @property
    def gainers_now(self) -> int:
        """How many would gain by the round of ``NEED_YEAR``, whose core holds more than its components."""
        return int((self.with_more(NEED_YEAR).estimate > 0).sum())

    def chart(self) -> Chart:
        """Draw the change of each board's share against its need."""
        frame = self.frame.assign(
            percent=100 * self.frame["change"], need_percent=100 * (self.frame["need"] - 1.0)
        )
        ends = [
            frame["name"].iloc[0],
            frame["name"].iloc[-1],
            str(frame["name"].iloc[int(frame["need"].argmax())]),
        ]
        return scatter_chart(
            frame[["name", "need_percent", "percent"]],
            x="need_percent",
            y="percent",
            label="name",
            focus=ends,
            zero=True,
            x_format=words.percent_tick,
            y_format=words.percent_tick,
            x_label="need above or below average",
            caption=words.reweighted(self),
        )

    def table(self) -> Table:
        """Show the need of each board by component."""
        return page_table(
            self.frame,
            [
                text_column("Board", "name"),
                made_column("Need beside people", ["need"], words.beside),
                *(made_column(words.COMPONENTS[c], [c], words.beside) for c in COMPONENTS),
                made_column("Share if weight rose", ["change"], words.change),
            ],
            table_id="money-boards",
            caption=words.BOARDS,
            source=source_line("allocation_need"),
        )
