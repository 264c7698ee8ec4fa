"""The national steps that decide who holds power over health: acts, plans, boards, league tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import ENGLAND, records
from healthdevo.chapters.powers import words
from healthdevo.charts import Chart, timeline_chart

_FIRST = pd.Timestamp(2012, 1, 1)


@dataclass(frozen=True)
class Steps:
    """National events about health and care since councils took over public health."""

    events: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Steps:
        """Load the table that the section needs."""
        return cls(tables.load("devolution_event"))

    @property
    def national(self) -> pd.DataFrame:
        """The events with their date as written and the kind they are drawn by."""
        rows = self.events[
            (self.events["area_code"] == ENGLAND)
            & (self.events["health_relevance"] == "direct")
            & (self.events["event_date"] >= _FIRST)
        ].sort_values(["event_date", "event"], ignore_index=True)
        written = [words.date_written(r["event_date"], r["date_precision"]) for r in records(rows)]
        return rows.assign(written=written, group=rows["kind"].map(words.KINDS))

    def timeline(self) -> Chart:
        """Draw them in order."""
        return timeline_chart(
            self.national,
            date="event_date",
            text="event",
            date_text="written",
            group="group",
            groups=words.GROUPS,
            caption=words.timeline(self.national),
        )
