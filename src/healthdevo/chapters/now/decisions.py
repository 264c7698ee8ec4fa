"""Section on the decisions: what was decided, by whom, when, beside the essay that asked for it or warned of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import ENGLAND, records, source_line
from healthdevo.chapters.now import words
from healthdevo.chapters.powers.words import GROUPS, KINDS, date_written
from healthdevo.charts import Chart, Table, made_column, page_table, text_column, timeline_chart

GREATER_MANCHESTER_NAME = "Greater Manchester"
TURNS = (
    ("E92000001", "2009-01-01"),
    ("E47000001", "2011-04-01"),
    ("E92000001", "2013-04-01"),
    ("E47000001", "2014-11-03"),
    ("E47000001", "2016-04-01"),
    ("E92000001", "2016-01-28"),
    ("E47000001", "2022-07-01"),
    ("E92000001", "2022-07-01"),
    ("E92000001", "2024-12-16"),
    ("E92000001", "2025-07-03"),
    ("E92000001", "2025-10-24"),
    ("E92000001", "2025-11-12"),
    ("E92000001", "2026-04-01"),
    ("E92000001", "2026-04-29"),
    ("E92000001", "2026-05-14"),
    ("E92000001", "2026-07-16"),
    ("E92000001", "2026-07-31"),
    ("E92000001", "2027-04-01"),
    ("E92000001", "2028-04-01"),
)
"""Steps that the timeline shows, by area and day: the turns of the story, from the first law to what is set for 2028."""


@dataclass(frozen=True)
class Decisions:
    """Decisions since the essays, and the steps before and after them."""

    frame: pd.DataFrame = field(repr=False)
    events: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Decisions:
        """Load both tables."""
        rows = tables.load("decision").sort_values(["decided", "decision"], ignore_index=True)
        return cls(rows, tables.load("devolution_event"))

    @property
    def turns(self) -> pd.DataFrame:
        """The steps of the timeline with their date as written and the kind they are drawn by."""
        wanted = {(area, pd.Timestamp(day)) for area, day in TURNS}
        key = list(zip(self.events["area_code"], self.events["event_date"], strict=True))
        rows = self.events[[k in wanted for k in key]].sort_values(["event_date", "event"], ignore_index=True)
        named = [
            str(r["event"])
            if r["area_code"] == ENGLAND or GREATER_MANCHESTER_NAME in str(r["event"])
            else f"{GREATER_MANCHESTER_NAME}: {lower_first(str(r['event']))}"
            for r in records(rows)
        ]
        named = [words.marked(what, check) for what, check in zip(named, rows["verification"], strict=True)]
        written = [date_written(r["event_date"], r["date_precision"]) for r in records(rows)]
        return rows.assign(what=named, written=written, group=rows["kind"].map(KINDS))

    def timeline(self) -> Chart:
        """Draw the steps in order."""
        return timeline_chart(
            self.turns,
            date="event_date",
            text="what",
            date_text="written",
            group="group",
            groups=GROUPS,
            caption=words.timeline(self.turns),
        )

    @property
    def unverified(self) -> pd.DataFrame:
        """Decisions and later steps that rest on less than two sources or the law's text."""
        rows = tables.dated_statements()
        recent = (rows["day"] >= "2025-01-01") & rows["table"].isin(["decision", "devolution_event"])
        return rows[recent & ~rows["verified"]].reset_index(drop=True)

    def table(self) -> Table:
        """Show each decision with its state, its sources and how it was checked."""
        return page_table(
            self.frame.assign(
                day=[date_written(r["decided"], r["date_precision"]) for r in records(self.frame)]
            ),
            [
                text_column("Decision", "title"),
                text_column("Day", "day"),
                text_column("State", "status", words.STATES),
                text_column("Checked", "verification"),
                made_column("Source", ["source"], words.site),
            ],
            table_id="now-decisions",
            caption=words.DECISIONS,
            source=source_line("decision"),
        )


def lower_first(text: str) -> str:
    """Return a text with a small first letter, unless it begins with a number or an abbreviation.

    >>> lower_first("Devolution agreement"), lower_first("NHS plan")
    ('devolution agreement', 'NHS plan')
    """
    return text if len(text) > 1 and text[1].isupper() else text[:1].lower() + text[1:]
