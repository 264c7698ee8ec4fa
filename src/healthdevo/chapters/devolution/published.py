"""What others have published on Greater Manchester."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import records, source_line
from healthdevo.chapters.devolution.words import outcomes as words
from healthdevo.charts import Table, made_column, page_table, text_column
from healthdevo.results import Estimate, Interval

__all__ = ["Published"]


@dataclass(frozen=True)
class Published:
    """Published estimates, quoted and not reproduced here.

    Parameters
    ----------
    estimates : pandas.DataFrame
        Table ``published_estimate``.
    """

    estimates: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Published:
        """Load the table."""
        return cls(tables.load("published_estimate"))

    def of(self, study: str, outcome: str = "") -> list[Estimate]:
        """Return the estimates of a study (the start of its name) whose outcome contains some words."""
        rows = self.estimates
        rows = rows[rows["study"].str.startswith(study) & rows["outcome"].str.contains(outcome, regex=False)]
        found = []
        for r in records(rows):
            limits = (Interval(0.95, r["lower"], r["upper"]),)
            found.append(Estimate(r["outcome"], r["estimate"], np.nan, limits, 0, r["design"], r["unit"]))
        return found

    def table(self) -> Table:
        """Show the published findings on Greater Manchester."""
        rows = self.estimates[self.estimates["data"].str.contains("Greater Manchester")]
        return page_table(
            rows.reset_index(drop=True),
            [
                made_column("Study", ["study", "publication_year"], lambda study, year: f"{study} {year}"),
                text_column("Outcome", "outcome"),
                made_column("Estimate", ["estimate", "unit"], lambda v, unit: f"{words.printed(v)} {unit}"),
                made_column("95% interval", ["lower", "upper"], words.printed_span),
                text_column("Read in", "read_in"),
            ],
            table_id="published",
            caption=words.PUBLISHED_TABLE,
            source=source_line("published_estimate"),
        )
