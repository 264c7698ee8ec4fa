"""Chapter "The whole system": its figures, its tables and its named texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import Finding, sentences, source_line
from healthdevo.chapters.whole_system import words
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


@dataclass(frozen=True)
class WholeSystem:
    """Every series by area of the tables, and the effect on each that the rule takes."""

    catalogue: Catalogue = field(repr=False)
    effects: Effects = field(repr=False)
    published: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> WholeSystem:
        """Walk through the tables."""
        catalogue = Catalogue.load()
        published = tables.load("published_estimate")
        many = published[published["data"].str.contains("measures", regex=False)]
        return cls(catalogue, Effects(catalogue.tested), many)

    @cached_property
    def counts(self) -> Counts:
        """How many indicators moved, and which way."""
        return counted(self.effects.table)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What other pages quote."""
        return findings(self.counts)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return sentences(self.findings) | words.texts(
            self.counts, self.effects.table, self.catalogue.untested, self.published
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
        rows = rows.assign(
            way=[words.direction(dict(zip(rows.columns, r, strict=True))) for r in rows.to_numpy()]
        )
        return page_table(
            rows,
            [
                text_column("Theme", "theme", THEMES),
                text_column("Indicator", "title"),
                made_column("Effect (95% interval)", ["effect", "lower", "upper", "unit"], words.effect),
                text_column("Moved", "way"),
                value_column("Blocks with as much", "p_value", words.share_of_blocks),
                value_column("Adjusted", "adjusted", words.share_of_blocks),
                value_column("Detectable", "detectable", lambda v: number(v, 2)),
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
                value_column("Areas", "areas"),
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
        """Show what cannot be tested, and why."""
        rows = [
            {
                "table": s.table,
                "title": tables.origin(s.table).title,
                "reason": s.reason,
                "name": words.name_of(s),
                "first": s.frame["first_day"].min(),
                "first_period": label(*s.frame.sort_values("first_day")[["first_day", "last_day"]].iloc[0]),
                "periods_before": s.before,
                "periods_after": s.after,
            }
            for s in self.catalogue.untested
        ]
        frame = pd.DataFrame(rows).sort_values(["reason", "title", "name"], kind="stable")
        groups = frame.groupby(["reason", "title", "table"], sort=True)
        shown = groups.agg(
            names=("name", lambda names: "; ".join(names)),
            series=("name", "size"),
            periods_before=("periods_before", "max"),
            periods_after=("periods_after", "max"),
        ).reset_index()
        first = frame.sort_values("first").drop_duplicates(["reason", "title"])
        shown = shown.merge(first[["reason", "title", "first_period"]], on=["reason", "title"])
        return page_table(
            shown,
            [
                text_column("Why not", "reason", REASONS),
                text_column("Table", "title"),
                value_column("Series", "series"),
                text_column("Which", "names"),
                text_column("Begins", "first_period"),
            ],
            table_id="not-tested",
            caption=words.UNTESTED_TABLE,
            source=source_line(*shown["table"].unique()),
        )
