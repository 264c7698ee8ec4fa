"""Chapter "The whole system": its figures, its tables and its named texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import GREATER_MANCHESTER, Finding, record, records, sentences, source_line
from healthdevo.chapters.devolution.panels import districts_of
from healthdevo.chapters.whole_system import words
from healthdevo.chapters.whole_system.carried_on import CarriedOn
from healthdevo.chapters.whole_system.catalogue import REASONS, Catalogue
from healthdevo.chapters.whole_system.counts import Counts, counted
from healthdevo.chapters.whole_system.effects import LEVEL, Effects
from healthdevo.chapters.whole_system.findings import findings
from healthdevo.chapters.whole_system.meanings import THEMES
from healthdevo.chapters.whole_system.periods import label
from healthdevo.charts import (
    Chart,
    Table,
    interval_chart,
    made_column,
    page_table,
    text_column,
    value_column,
)
from healthdevo.errors import InputError
from healthdevo.wording import number

GM_ICB = "E54000057"


@dataclass(frozen=True)
class WholeSystem:
    """Every series by area of the tables, and the effect on each that the rule takes."""

    catalogue: Catalogue = field(repr=False)
    effects: Effects = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    first_emergency: pd.Timestamp
    """First month with figures of A&E for the board of Greater Manchester."""

    @classmethod
    def load(cls) -> WholeSystem:
        """Walk through the tables."""
        catalogue = Catalogue.load()
        published = tables.load("published_estimate")
        many = published[published["data"].str.contains("measures", regex=False)]
        months = tables.load("emergency_month")
        first = months.loc[months["area_code"] == GM_ICB, "month"].min()
        return cls(catalogue, Effects(catalogue.tested), many, pd.Timestamp(first))

    @cached_property
    def counts(self) -> Counts:
        """How many indicators moved, and which way."""
        return counted(self.effects.table)

    @cached_property
    def carried_on(self) -> CarriedOn:
        """What is left of the changes when earlier trends are carried on."""
        return CarriedOn(self.effects)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What other pages quote."""
        return findings(self.counts, self.carried_on.stands())

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        effects = self.effects
        said = words.texts(self.counts, effects.table, effects.joint, self.catalogue.untested, self.published)
        delays = next(s for s in self.catalogue.tested if s.name == "local_outcome/delayed_transfer_days")
        return (
            sentences(self.findings)
            | said
            | {
                "whole_carried": words.carried(self.carried_on.rows),
                "whole_delays_peak": words.peak(delays, districts_of(GREATER_MANCHESTER)),
                "whole_emergency": f"{self.first_emergency:%B %Y}",
            }
        )

    def chart(self, group: str) -> Chart:
        """Draw the standardised effects of one of the groups of ``words.GROUPS``, with the better side on the right."""
        if group not in words.GROUPS:
            raise InputError(f"group: {group!r} is not one of {', '.join(words.GROUPS)}")
        rows = words.GROUPS[group].of(self.effects.table).sort_values("good", ascending=False, kind="stable")
        moved = rows.loc[rows["p_value"] <= LEVEL, "title"].tolist()
        return interval_chart(
            rows,
            label="title",
            value="good",
            lower="good_lower",
            upper="good_upper",
            focus=moved or ["none"],  # without a name all would stand out
            reference=0.0,
            reference_text="no effect",
            x_label="more →" if group == "neutral" else "← worse    better →",
            value_format=number,
            caption=words.effects_chart(group, rows),
        )

    def table(self) -> Table:
        """Show every indicator."""
        rows = self.effects.table
        rows = rows.assign(way=[words.direction(row) for row in records(rows)])
        return page_table(
            rows,
            [
                text_column("Theme", "theme", THEMES),
                text_column("Indicator", "title"),
                made_column("Effect (95% interval)", ["effect", "lower", "upper", "unit"], words.effect),
                text_column("Moved", "way"),
                value_column("Blocks with as much", "p_value", words.share_of_blocks),
                value_column("Adjusted for number", "adjusted", words.share_of_blocks),
                value_column("Detectable, same unit", "detectable", lambda v: number(v, 2)),
                made_column(
                    "Before",
                    ["first_before", "last_before", "periods_before"],
                    lambda a, b, n: f"{a} to {b} ({n})" if " to " not in a else f"{a} until {b} ({n})",
                ),
                made_column(
                    "After",
                    ["first_after", "last_after", "periods_after"],
                    lambda a, b, n: f"{a} to {b} ({n})" if " to " not in a else f"{a} until {b} ({n})",
                ),
                text_column("Areas", "areas"),
                made_column(
                    "Mind",
                    ["note", "part_of", "overlapping", "sex"],
                    words.mind,
                ),
            ],
            table_id="indicators",
            caption=words.EFFECTS_TABLE,
            source=words.sources(rows),
        )

    def untested_table(self) -> Table:
        """Show what cannot be tested, and why: one row for each table and reason."""
        frame = pd.DataFrame(
            {
                "table": s.table,
                "title": tables.origin(s.table).title,
                "reason": s.reason,
                "name": words.name_of(s),
                "first_day": s.frame["first_day"].min(),
                "begins": label(*s.first_period),
            }
            for s in self.catalogue.untested
        )
        place = frame["reason"].map({reason: i for i, reason in enumerate(REASONS)})
        frame = frame.assign(place=place).sort_values(["place", "title", "first_day", "name"])
        rows = [
            record(part) | {"series": len(part), "names": "; ".join(sorted(part["name"]))}
            for _, part in frame.groupby(["place", "title"], sort=True)
        ]
        return page_table(
            pd.DataFrame(rows)[["reason", "title", "series", "names", "begins"]],
            [
                text_column("Why not", "reason", REASONS),
                text_column("Table", "title"),
                text_column("Series", "series"),
                text_column("Which", "names"),
                text_column("Begins", "begins"),
            ],
            table_id="not-tested",
            caption=words.UNTESTED_TABLE,
            source=source_line(*frame["table"].unique()),
        )
