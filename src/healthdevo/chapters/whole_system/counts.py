"""How many indicators moved by more than chance, which way, and how many chance alone would move."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from healthdevo.chapters.whole_system.effects import LEVEL
from healthdevo.errors import InputError

WAYS = ("better", "worse", "neither")


@dataclass(frozen=True)
class Counts:
    """Indicators by the way in which they moved; ``neither`` are those of which neither direction is better by itself."""

    tested: int
    moved: dict[str, list[str]] = field(default_factory=dict)
    """Titles of those at which at most 5% of blocks changed as much, by way."""
    kept: dict[str, list[str]] = field(default_factory=dict)
    """Those that keep an adjusted p-value (Benjamini and Hochberg) of at most 5%."""
    strict: dict[str, list[str]] = field(default_factory=dict)
    """The same by Benjamini and Yekutieli, which holds however the indicators hang together."""
    pointing: dict[str, int] = field(default_factory=dict)
    """How many effects point each way, large or small."""
    parts: int = 0
    """Indicators that are mostly a part, or the other side, of another."""
    moved_without_parts: int = 0

    @property
    def expected(self) -> float:
        """Indicators that chance alone would move, on average."""
        return LEVEL * self.tested

    @property
    def total(self) -> int:
        """Indicators that moved by more than 95% of blocks."""
        return sum(len(titles) for titles in self.moved.values())

    @property
    def total_kept(self) -> int:
        """Those of them that remain when the number of tests is allowed for."""
        return sum(len(titles) for titles in self.kept.values())

    @property
    def total_strict(self) -> int:
        """Those that remain however the indicators hang together."""
        return sum(len(titles) for titles in self.strict.values())


def way(good: float, better: str) -> str:
    """Return the way of an effect.

    >>> way(0.2, "lower"), way(-0.2, "higher"), way(0.2, "neither")
    ('better', 'worse', 'neither')
    """
    return "neither" if better == "neither" else "better" if good > 0 else "worse"


def counted(table: pd.DataFrame) -> Counts:
    """Count the rows of the table of effects by the way in which they moved.

    >>> rows = {"title": ["A", "B"], "good": [0.5, -0.5], "better": "lower", "p_value": [0.01, 0.6], "adjusted": [0.02, 0.6], "adjusted_any": [0.03, 1.0], "part_of": ""}
    >>> counted(pd.DataFrame(rows)).moved
    {'better': ['A'], 'worse': [], 'neither': []}
    """
    if table.empty:
        raise InputError("table: no indicator is tested")
    ways = pd.Series(
        [way(g, b) for g, b in zip(table["good"], table["better"], strict=True)], index=table.index
    )

    def titles(column: str) -> dict[str, list[str]]:
        small = table[column] <= LEVEL
        return {w: table.loc[small & (ways == w), "title"].tolist() for w in WAYS}

    part = table["part_of"] != ""
    return Counts(
        len(table),
        titles("p_value"),
        titles("adjusted"),
        titles("adjusted_any"),
        {w: int((ways == w).sum()) for w in WAYS},
        int(part.sum()),
        int(((table["p_value"] <= LEVEL) & ~part).sum()),
    )
