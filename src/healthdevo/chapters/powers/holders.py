"""Who holds which power on a day: the matrix of authorities and domains, and the powers one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import records, source_line
from healthdevo.chapters.devolution.agreements import HEALTH, HELD, STRENGTHS, strongest
from healthdevo.chapters.powers import words
from healthdevo.charts import Chart, Table, made_column, matrix_chart, page_table, text_column

AS_OF = pd.Timestamp(2026, 11, 1)
"""The day on which the page says who holds what: that of the edition of the tables."""
DETERMINANTS = ("transport", "skills", "housing")
"""Domains that shape health without being health or care."""
_SHARED = {
    "All combined authorities and combined county authorities": ("kind", words.COMBINED),
    "Mayoral strategic authorities": ("tier", ("mayoral", "established")),
}
"""Powers given to a whole group at once: the column of the table of authorities that says who is in it."""


@dataclass(frozen=True)
class Holders:
    """Authorities and their powers, in the order of the table."""

    authorities: pd.DataFrame = field(repr=False)
    powers: pd.DataFrame = field(repr=False)
    day: pd.Timestamp = AS_OF

    @classmethod
    def load(cls) -> Holders:
        """Load the tables that the section needs."""
        return cls(tables.load("strategic_authority"), tables.load("devolution_power"))

    @cached_property
    def standing(self) -> pd.DataFrame:
        """Authorities that stand on the day: strategic authorities in operation and county deals."""
        return self.authorities[self.authorities["status"].isin(["in operation", "county deal"])]

    @property
    def strategic(self) -> tuple[str, ...]:
        """Names of the strategic authorities in operation."""
        rows = self.standing
        return tuple(rows.loc[rows["status"] == "in operation", "authority"])

    @cached_property
    def in_force(self) -> pd.DataFrame:
        """Powers found that had begun and not ended on the day."""
        rows = self.powers[self.powers["strength"] != "none"]
        return rows[
            (rows["valid_from"] <= self.day) & (rows["valid_to"].isna() | (rows["valid_to"] >= self.day))
        ]

    @cached_property
    def own(self) -> pd.DataFrame:
        """The strongest power of each standing authority in each domain, given to it alone."""
        best = self.in_force.groupby(["authority", "domain"])["strength"].agg(strongest)
        cells = [
            {"authority": name, "domain": domain, "strength": best.get((name, domain), "none")}
            for name in self.standing["authority"]
            for domain in words.DOMAINS
        ]
        return pd.DataFrame(cells)

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """The same with what was given to all authorities of a group at once."""
        shared = {
            (name, row["domain"]): row["strength"]
            for row in records(self.in_force[self.in_force["authority"].isin(_SHARED)])
            for name in self._members(row["authority"])
        }
        rows = self.own.copy()
        rows["strength"] = [
            strongest(pd.Series([strength, shared.get((name, domain), "none")]))
            for name, domain, strength in rows.itertuples(index=False)
        ]
        return rows

    def _members(self, group: str) -> list[str]:
        column, values = _SHARED[group]
        return self.standing.loc[self.standing[column].isin(values), "authority"].tolist()

    def holders(self, domains: tuple[str, ...], strengths: tuple[str, ...], own: bool = True) -> list[str]:
        """Return the standing authorities with a power of some strengths in one of some domains, in order."""
        rows = self.own if own else self.matrix
        found = rows[rows["domain"].isin(domains) & rows["strength"].isin(strengths)]
        return [name for name in self.standing["authority"] if name in set(found["authority"])]

    @property
    def by_law(self) -> list[str]:
        """Strategic authorities with a health or care power of their own by Act or order."""
        return [n for n in self.holders(HEALTH, ("statutory",)) if n in self.strategic]

    @property
    def agreed(self) -> list[str]:
        """Strategic authorities whose health powers rest on delegation or an agreement."""
        held = [n for n in self.holders(HEALTH, HELD) if n in self.strategic]
        return [n for n in held if n not in self.by_law]

    @property
    def say_only(self) -> list[str]:
        """Strategic authorities with a say in health or care and no more."""
        held = set(self.by_law) | set(self.agreed)
        return [n for n in self.holders(HEALTH, ("influence",)) if n in self.strategic and n not in held]

    @property
    def budget_ever(self) -> pd.DataFrame:
        """Health money that was handed over at any time."""
        return self.powers[(self.powers["domain"] == "budget") & (self.powers["strength"] != "none")]

    @property
    def empty(self) -> list[str]:
        """Domains in which no standing authority has anything."""
        found = set(self.matrix.loc[self.matrix["strength"] != "none", "domain"])
        return [domain for domain in words.DOMAINS if domain not in found]

    @property
    def budget_now(self) -> list[str]:
        """Standing authorities that hold a health service budget on the day."""
        return self.holders(("budget",), HELD)

    def chart(self) -> Chart:
        """Draw the matrix."""
        data = self.matrix.assign(
            name=self.matrix["authority"].replace(words.SHORT),
            domain=self.matrix["domain"].map(words.DOMAINS),
        )
        return matrix_chart(
            data,
            row="name",
            column="domain",
            level="strength",
            levels=STRENGTHS,
            marks=words.MARKS,
            caption=words.matrix(self),
        )

    def table(self) -> Table:
        """Show the matrix in words."""
        wide = self.matrix.pivot_table(
            index="authority", columns="domain", values="strength", aggfunc="first"
        )
        wide = wide.loc[list(self.standing["authority"])].reset_index()
        return page_table(
            wide.assign(authority=wide["authority"].replace(words.SHORT)),
            [
                text_column("Authority", "authority"),
                *(text_column(heading, domain, STRENGTHS) for domain, heading in words.DOMAINS.items()),
            ],
            table_id="powers",
            caption=words.MATRIX,
            source=source_line("devolution_power", "strategic_authority"),
        )

    def dated_table(self) -> Table:
        """Show the powers over health, care, and work and health that were found, in order of their first days, with their sources."""
        rows = self.powers[
            (self.powers["strength"] != "none") & ~self.powers["domain"].isin(DETERMINANTS)
        ].sort_values(["valid_from", "authority", "domain"], ignore_index=True)
        rows = rows.assign(
            who=rows["authority"].replace(words.SHORT),
            since=[
                words.date_written(day, precision)
                for day, precision in zip(rows["valid_from"], rows["date_precision"], strict=True)
            ],
        )
        return page_table(
            rows,
            [
                text_column("From", "since"),
                made_column("To", ["valid_to"], lambda day: "" if pd.isna(day) else f"{day:%b %Y}"),
                text_column("Authority", "who"),
                text_column("What", "power"),
                text_column("How strong", "strength", STRENGTHS),
                text_column("Legal basis", "legal_basis"),
                text_column("Checked", "verification"),
                made_column("Source", ["source"], words.site),
            ],
            table_id="powers-dated",
            caption=words.DATED,
            source=source_line("devolution_power"),
        )
