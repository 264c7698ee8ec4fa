"""Earned freedom as it is now run: official segments drawn again within their own uncertainty, the rule on deficits, and the eight trusts named."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.league import DOMAINS, errors_of_average, spelled
from healthdevo.chapters.autonomy.measures import acute
from healthdevo.chapters.common import source_line
from healthdevo.charts import Table, page_table, share_column, text_column, value_column
from healthdevo.governance import league_table
from healthdevo.typing import FloatArray, IntArray

DRAWS = 4000
BEST_IN_DEFICIT = 3
"""Trusts in deficit can be in no better segment, by the official rule."""


def limits_of_segments(trusts: pd.DataFrame) -> tuple[float, float, float]:
    """Return the scores that part the segments, read from the table: half way between the last of one and the first of the next.

    Between the first three the trusts without deficit tell, since a deficit moves a trust to the third segment whatever its score.

    >>> rows = pd.DataFrame({"segment": [1, 2, 3, 3, 4], "average_score": [1.0, 2.0, 3.0, 1.5, 4.0], "in_deficit": [False, False, False, True, True]})
    >>> limits_of_segments(rows)
    (1.5, 2.5, 3.5)
    """
    score, segment = trusts["average_score"].astype(float), trusts["segment"]
    free = ~trusts["in_deficit"].fillna(False).astype(bool)

    def between(low: int, among: pd.Series) -> float:
        return float(
            (score[among & (segment == low)].max() + score[among & (segment == low + 1)].min()) / 2.0
        )

    return between(1, free), between(2, free), between(3, segment > 0)


def segments_of(score: FloatArray, limits: tuple[float, float, float], deficit: FloatArray) -> IntArray:
    """Return segments by the official rule: by score, and for trusts in deficit the third at best."""
    plain = 1 + np.searchsorted(np.array(limits), score)
    result: IntArray = np.where(deficit > 0, np.maximum(plain, BEST_IN_DEFICIT), plain).astype(np.int64)
    return result


@dataclass(frozen=True)
class Earned:
    """Acute trusts with segment, score and deficit; the trusts named for more freedom; and what NHS England says of changes."""

    trusts: pd.DataFrame = field(repr=False)
    named: pd.DataFrame = field(repr=False)
    quoted: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Earned:
        """Load the tables."""
        every = tables.load("oversight_trust").set_index("provider_code")
        named = tables.load("advanced_trust_candidate").set_index("provider_code")
        named = named.join(every[["segment", "rank_in_type", "average_score"]])
        quoted = tables.load("quoted_finding")
        return cls(
            acute().set_index("provider_code"), named.reset_index(), quoted[quoted["topic"] == "segments"]
        )

    @cached_property
    def limits(self) -> tuple[float, float, float]:
        """Scores that part the segments."""
        return limits_of_segments(self.trusts)

    @cached_property
    def deficit(self) -> FloatArray:
        """1 for trusts in deficit."""
        result: FloatArray = self.trusts["in_deficit"].fillna(False).to_numpy(dtype=float)
        return result

    @cached_property
    def by_rule(self) -> IntArray:
        """Segments by our reading of the official rule."""
        return segments_of(self.trusts["average_score"].to_numpy(dtype=float), self.limits, self.deficit)

    @property
    def followed(self) -> float:
        """Share of trusts whose official segment is that of our reading of the rule."""
        return float((self.by_rule == self.trusts["segment"].to_numpy()).mean())

    @property
    def held_back(self) -> int:
        """Trusts whose score alone would put them into the first or second segment, and whose deficit puts them into the third."""
        score = self.trusts["average_score"].to_numpy(dtype=float)
        return int(((score <= self.limits[1]) & (self.deficit > 0)).sum())

    @cached_property
    def again(self) -> FloatArray:
        """Chance of each official segment (columns) for each trust (rows) when its score is drawn again.

        The true score is drawn from the hierarchical model of the league table, and a new score is drawn around it, as if as many other domains had
        been scored. The limits and the deficits stay.
        """
        error = errors_of_average(self.trusts[list(DOMAINS)])
        ranks = league_table(self.trusts["average_score"], error, first="lowest", draws=500, seed=1)
        y, s = self.trusts["average_score"].to_numpy(dtype=float), error.to_numpy(dtype=float)
        weight = ranks.spread**2 / (ranks.spread**2 + s**2)
        centre = np.average(y, weights=1.0 / (ranks.spread**2 + s**2))
        rng = np.random.default_rng(7)
        true = centre + weight * (y - centre) + np.sqrt(weight) * s * rng.standard_normal((DRAWS, y.size))
        new = true + s * rng.standard_normal((DRAWS, y.size))
        drawn = segments_of(new, self.limits, self.deficit)
        return np.array([(drawn == k).mean(axis=0) for k in (1, 2, 3, 4)]).T

    @cached_property
    def moving(self) -> pd.DataFrame:
        """One row for each segment: number of ``trusts``, mean chance to be there again, ``better`` or ``worse``."""
        own = self.trusts["segment"].to_numpy()
        rows = []
        for k in (1, 2, 3, 4):
            chance = self.again[own == k].mean(axis=0)
            rows.append(
                {
                    "segment": k,
                    "trusts": int((own == k).sum()),
                    "again": float(chance[k - 1]),
                    "better": float(chance[: k - 1].sum()),
                    "worse": float(chance[k:].sum()),
                }
            )
        return pd.DataFrame(rows)

    @property
    def change(self) -> float:
        """Mean chance over all trusts of another segment."""
        return float(1.0 - np.average(self.moving["again"], weights=self.moving["trusts"]))

    def quote(self, start: str) -> float:
        """Return a quoted number by the beginning of what is said."""
        return float(self.quoted.loc[self.quoted["said"].str.startswith(start), "value"].iloc[0])

    def page_table(self) -> Table:
        """Show the chance to be in the same segment again."""
        return page_table(
            self.moving,
            [
                value_column("Segment", "segment"),
                value_column("Acute trusts", "trusts"),
                share_column("Same segment again", "again", 0),
                share_column("A better one", "better", 0),
                share_column("A worse one", "worse", 0),
            ],
            table_id="segments-again",
            caption=words.SEGMENTS_TABLE,
            source=source_line("oversight_trust"),
        )

    def named_table(self) -> Table:
        """Show the eight trusts."""
        rows = self.named.assign(
            name=[spelled(str(n).upper()) for n in self.named["provider_name"]],
            place=["not in our table" if pd.isna(s) else f"{s:.0f}" for s in self.named["segment"]],
        )
        return page_table(
            rows,
            [
                text_column("Trust", "name"),
                text_column("What it is", "kind"),
                text_column("Segment, quarter 3 of 2025/26", "place"),
            ],
            table_id="named-trusts",
            caption=words.NAMED_TABLE,
            source=source_line("advanced_trust_candidate", "oversight_trust"),
        )
