"""The agreements of devolution: when each place had its first, which districts it covered, what it says on health."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import records
from healthdevo.chapters.devolution.panels import districts_of

STRENGTHS = {
    "none": "none found",
    "influence": "a say",
    "memorandum": "agreed, no transfer",
    "delegated": "delegated",
    "statutory": "by law",
}
"""How strong a power is, from the weakest, with the words for it."""
HELD = ("memorandum", "delegated", "statutory")
"""Strengths that count as power over health or care; a say alone does not."""
GIVEN = ("delegated", "statutory")
"""Strengths with which money or tasks are handed over."""
HEALTH = ("planning", "budget", "public_health", "social_care", "prevention")
"""Domains of health and care in which a power counts; a general duty to have regard to health is not among them."""


def first_whole_year(day: pd.Timestamp) -> int:
    """Return the first calendar year that lies wholly after a day (the year itself when it is 1 January).

    >>> first_whole_year(pd.Timestamp("2014-04-01")), first_whole_year(pd.Timestamp("2014-01-01"))
    (2015, 2014)
    """
    return day.year if (day.month, day.day) == (1, 1) else day.year + 1


def strongest(strengths: Iterable[str]) -> str:
    """Return the strongest of some strengths, none without any.

    >>> strongest(pd.Series(["influence", "delegated", "none"])), strongest(pd.Series([], dtype=str))
    ('delegated', 'none')
    """
    order = list(STRENGTHS)
    return max(strengths, key=order.index, default="none")


@dataclass(frozen=True)
class Agreements:
    """The tables of agreements, powers and events, with the questions that the chapter asks them."""

    deals: pd.DataFrame = field(repr=False)
    powers: pd.DataFrame = field(repr=False)
    authorities: pd.DataFrame = field(repr=False)
    events: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Agreements:
        """Load the tables.

        >>> Agreements.load().first["agreed"].is_monotonic_increasing
        True
        """
        names = ("devolution_deal", "devolution_power", "strategic_authority", "devolution_event")
        return cls(*(tables.load(name) for name in names))

    @cached_property
    def first(self) -> pd.DataFrame:
        """The first agreement of each place that was carried out and was more than pilots, in order of their days.

        With the name and code of the place, the day and the day in words, the first whole year after it (``start``), and the districts.
        """
        rows = self.deals[
            (self.deals["outcome"] == "carried out")
            & (self.deals["form"] != "pilots")
            & self.deals["area_code"].notna()
        ].sort_values(["agreed", "authority"])
        rows = rows.drop_duplicates("area_code", ignore_index=True)
        written = [
            f"{day.day} {day:%B %Y}" if precision == "day" else f"{day:%B %Y}"
            for day, precision in zip(rows["agreed"], rows["date_precision"], strict=True)
        ]
        return pd.DataFrame(
            {
                "area_code": rows["area_code"],
                "authority": rows["authority"],
                "name": [_name(a, c) for a, c in zip(rows["authority"], rows["area_code"], strict=True)],
                "agreed": rows["agreed"],
                "agreed_words": written,
                "start": [first_whole_year(day) for day in rows["agreed"]],
                "districts": [
                    frozenset(own.split() if isinstance(own, str) else districts_of(code))
                    for own, code in zip(rows["districts"], rows["area_code"], strict=True)
                ],
            }
        )

    def strength(self, authority: str, year: int, domains: Sequence[str] = HEALTH) -> str:
        """Return how strong an authority's power in some domains was in a year: the strongest that had begun and not ended."""
        first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
        return strongest(
            strength
            for domain, strength, begun, ended in self._by_authority.get(authority, ())
            if domain in domains
            and begun <= last
            and not ended < first  # a missing day is neither before nor after
        )

    @cached_property
    def _by_authority(self) -> Mapping[str, Sequence[tuple[str, str, pd.Timestamp, pd.Timestamp]]]:
        """Domain, strength, first and last day of every power, by authority."""
        names = ["authority", "domain", "strength", "valid_from", "valid_to"]
        found: dict[str, list[tuple[str, str, pd.Timestamp, pd.Timestamp]]] = {}
        for authority, *power in zip(*(self.powers[name] for name in names), strict=True):
            found.setdefault(authority, []).append((power[0], power[1], power[2], power[3]))
        return found

    def districts_in_authorities(self, year: int) -> set[str]:
        """Return the districts that lay in a combined authority at some day up to the end of a year."""
        rows = self.authorities[
            self.authorities["kind"].isin(["combined_authority", "combined_county_authority"])
        ]
        rows = rows[(rows["established"] <= pd.Timestamp(year, 12, 31)) & rows["area_code"].notna()]
        return {c for code in rows["area_code"] for c in districts_of(code)}

    @cached_property
    def withdrawn(self) -> list[str]:
        """Names of places whose agreement before 2019 was withdrawn."""
        rows = self.deals[(self.deals["outcome"] == "withdrawn") & (self.deals["agreed"] < "2019")]
        return [r["authority"].split(" (")[0] for r in records(rows)]


def _name(authority: str, code: str) -> str:
    """Return the place's short name; a place that is no area of the registry has its own."""
    named = authority == "Surrey Heartlands" or areas.get(code).short_name == "Greater London Authority"
    return authority.replace("Greater London Authority", "London") if named else areas.get(code).short_name
