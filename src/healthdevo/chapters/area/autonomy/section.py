"""Where an area stands among its kind: ranks with intervals of boards, authorities and councils; for boards their trusts and a gate as well."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.autonomy import words
from healthdevo.chapters.area.autonomy.board import BoardAutonomy
from healthdevo.chapters.area.autonomy.figures import figures, group_of
from healthdevo.chapters.area.care.section import board_of
from healthdevo.chapters.autonomy.standing import FIGURES, ranked
from healthdevo.chapters.common import UncoveredError, area_with, source_line
from healthdevo.chapters.footprint.flows import main_container
from healthdevo.charts import Table, made_column, page_table, text_column

BOARD = "icb"


@dataclass(frozen=True)
class AreaAutonomy:
    """What the section on autonomy of an area's page says and shows."""

    area: Area
    every: pd.DataFrame = field(repr=False)
    """Figures of all areas that it is ranked among."""
    board: BoardAutonomy | None = field(repr=False, default=None)

    @classmethod
    def load(cls, area_code: str) -> AreaAutonomy:
        """Load the figures of all areas of the kind; of a board also the official table and the quarters of all boards.

        Raises
        ------
        UncoveredError
            When no figure is published for the area.
        """
        area = area_with(area_code, "autonomy")
        if area.kind == BOARD:
            area = board_of(area_code, "autonomy")
        every = figures(area)
        if area.code not in set(every["area_code"]):
            raise UncoveredError(
                f"no figure of table council_assessment or social_care_outcome is for {area}",
                "autonomy",
                words.no_figures(area),
            )
        return cls(area, every, BoardAutonomy.load(area) if area.kind == BOARD else None)

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Ranks of all areas in every measure."""
        return ranked(self.every.sort_values(["measure", "area_code"]).reset_index(drop=True))

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each measure of the area, in the order of the list of figures."""
        own = self.ranks[self.ranks["area_code"] == self.area.code]
        order = {name: i for i, name in enumerate(FIGURES)}
        return own.sort_values("measure", key=lambda m: m.map(order)).reset_index(drop=True)

    @property
    def group(self) -> str:
        """The kind or group that it is ranked in."""
        return group_of(self.area)

    @cached_property
    def payer(self) -> Area | None:
        """The council that pays for care in a shire district; none for others."""
        if self.group != "district":
            return None
        return areas.get(str(main_container("upper_tier")[self.area.code]))

    def standing_table(self) -> Table:
        """Show where the area stands."""
        return page_table(
            self.rows,
            [
                made_column("Measure", ["measure"], lambda measure: FIGURES[measure].title),
                text_column("When", "period"),
                made_column(self.area.short_name, ["measure", "value"], words.value),
                made_column("Median", ["measure", "median"], words.value),
                made_column(
                    "Rank and 95% interval",
                    ["rank", "lower", "upper", "areas"],
                    lambda rank, lower, upper, areas: f"{rank} ({lower} to {upper}) of {areas}",
                ),
            ],
            table_id="autonomy-standing",
            caption=words.standing_caption(self),
            source=source_line(*dict.fromkeys(FIGURES[m].table for m in self.rows["measure"])),
        )

    def table(self) -> Table | None:
        """Show the trusts of a board; none where there are none."""
        return None if self.board is None else self.board.table()

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
