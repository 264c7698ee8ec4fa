"""The official league table of acute trusts, with the uncertainty that it does not show."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.measures import acute
from healthdevo.chapters.common import source_line
from healthdevo.chapters.common.remembered import remembered
from healthdevo.charts import (
    Chart,
    Table,
    interval_chart,
    made_column,
    page_table,
    share_column,
    text_column,
    value_column,
)
from healthdevo.governance import LeagueTable, league_table

DOMAINS = (
    "score_access",
    "score_effectiveness_experience",
    "score_patient_safety",
    "score_people_workforce",
    "score_finance_productivity",
)
STEP = 8
"""Every eighth trust of the table is drawn: all would not fit on a phone."""


def spelled(name: str) -> str:
    """Return an organisation's name in capitals as it is written.

    >>> spelled("UNIVERSITY HOSPITALS OF LEICESTER NHS TRUST")
    'University Hospitals of Leicester'
    """
    text = name.title().replace("'S ", "'s ")
    for ending in (" Nhs Foundation Trust", " Nhs Trust"):
        text = text.removesuffix(ending)
    for word in ("Of", "And", "The", "On", "In", "For", "With"):
        text = text.replace(f" {word} ", f" {word.lower()} ")
    return text.replace("Nhs", "NHS")


def errors_of_average(scores: pd.DataFrame) -> pd.Series:
    """Return the standard error of each trust's average over domains.

    The domains of a trust do not agree. What is left of the scores after the average of each trust and of each domain is pooled over trusts, and divided
    by the number of domains a trust has: how far its average would move if as many other domains had been chosen.
    """
    values = scores.to_numpy(dtype=float)
    left = (
        values - np.nanmean(values, axis=1, keepdims=True) - np.nanmean(values, axis=0) + np.nanmean(values)
    )
    count = np.isfinite(values).sum(axis=1)
    free = count.sum() - values.shape[0] - values.shape[1] + 1
    return pd.Series(np.sqrt(np.nansum(left**2) / free / count), index=scores.index)


@dataclass(frozen=True)
class League:
    """Acute trusts with their official segment, rank and scores."""

    trusts: pd.DataFrame = field(repr=False)

    @classmethod
    @remembered(shared=("table",))
    def load(cls) -> League:
        """Load the table."""
        return cls(acute())

    @cached_property
    def ranks(self) -> LeagueTable:
        """Ranks by the official average score, the lowest first."""
        trusts = self.trusts.set_index("provider_code")
        error = errors_of_average(trusts[list(DOMAINS)])
        return league_table(trusts["average_score"], error, first="lowest", draws=2000, seed=1)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each trust, the best first: ``name``, ``segment``, ``rank``, ``lower``, ``upper``, ``first_quarter``, ``last_quarter``."""
        frame = self.ranks.to_frame().rename(columns={"label": "provider_code"})
        frame = frame.merge(
            self.trusts[["provider_code", "provider_name", "segment", "nhs_region"]], on="provider_code"
        )
        frame["name"] = frame["provider_name"].map(spelled)
        return frame.sort_values(["rank", "provider_code"]).reset_index(drop=True)

    @cached_property
    def reweighted(self) -> float:
        """Median number of places that a trust's rank spans (95% of draws) when the five domains are weighed in all possible ways.

        Trusts with all domains; weights are drawn evenly from all that add up to one.
        """
        scores = self.trusts[list(DOMAINS)].dropna().to_numpy(dtype=float)
        weights = np.random.default_rng(2).dirichlet(np.ones(len(DOMAINS)), 2000)
        ranks = (weights @ scores.T).argsort(axis=1).argsort(axis=1) + 1
        lower, upper = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
        return float(np.median(upper - lower + 1))

    @property
    def in_first_segment(self) -> tuple[int, float]:
        """Number of trusts in the first segment, and their mean chance of truly being in the best quarter."""
        rows = self.table[self.table["segment"] == 1]
        return len(rows), float(rows["first_quarter"].mean())

    @property
    def sure(self) -> tuple[int, int]:
        """Number of trusts that are in the best and in the worst quarter with a chance of 95% or more."""
        return int((self.table["first_quarter"] >= 0.95).sum()), int(
            (self.table["last_quarter"] >= 0.95).sum()
        )

    def chart(self) -> Chart:
        """Draw the ranks of every eighth trust with their intervals."""
        rows = self.table.iloc[::STEP]
        return interval_chart(
            rows,
            label="name",
            value="rank",
            lower="lower",
            upper="upper",
            value_format=lambda v: f"{v:.0f}",
            x_label="rank among acute trusts, 1 is best",
            caption=words.league(self),
        )

    def funnel_table(self) -> Table:
        """Show every trust."""
        return page_table(
            self.table,
            [
                text_column("Trust", "name"),
                value_column("Segment", "segment"),
                value_column("Rank by score", "rank"),
                made_column(
                    "95% interval", ["lower", "upper"], lambda lower, upper: f"{lower:.0f} to {upper:.0f}"
                ),
                share_column("Chance of best quarter", "first_quarter", 0),
                share_column("Chance of worst quarter", "last_quarter", 0),
            ],
            table_id="league",
            caption=words.LEAGUE_TABLE,
            source=source_line("oversight_trust"),
        )
