"""What others have published on Greater Manchester, and council spending beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import lower_upper, records, source_line
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import effects_chart, groups_of, placebo_of
from healthdevo.chapters.devolution.panels import Outcome, spending
from healthdevo.charts import Chart, Table, made_column, page_table, text_column
from healthdevo.evaluation import PlaceboTest
from healthdevo.results import Estimate, Interval
from healthdevo.wording import financial_year

_SERVICES = {
    "adult social care": ("adult_social_care",),
    "public health": ("public_health",),
    "both": ("adult_social_care", "public_health"),
}


@dataclass(frozen=True)
class Published:
    """Published estimates (table ``published_estimate``), quoted and not reproduced here."""

    estimates: pd.DataFrame = field(repr=False)

    def of(self, study: str, outcome: str = "") -> list[Estimate]:
        """Return the estimates of a study (the start of its name) whose outcome contains some words."""
        rows = self.estimates
        rows = rows[rows["study"].str.startswith(study) & rows["outcome"].str.contains(outcome, regex=False)]
        return [
            Estimate(r["outcome"], r["estimate"], np.nan, (limits,), 0, r["design"], r["unit"])
            for r in records(rows)
            for limits in [Interval(0.95, r["lower"], r["upper"])]
        ]

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


@dataclass(frozen=True)
class Spending:
    """Council spending per head, by service."""

    councils: Mapping[str, Outcome] = field(repr=False)
    published: Published = field(repr=False)

    @classmethod
    def load(cls, published: Published) -> Spending:
        """Load the tables that the section needs."""
        return cls({name: spending(*services) for name, services in _SERVICES.items()}, published)

    @cached_property
    def tests(self) -> dict[str, dict[int, PlaceboTest]]:
        """Effects by service and start, synthetic difference-in-differences against random groups of councils."""
        found: dict[str, dict[int, PlaceboTest]] = {}
        for name, outcome in self.councils.items():
            panels = {start: outcome.panel(start=start) for start in (2015, 2016)}
            found[name] = {s: placebo_of(p, "sdid", groups_of(p, 0, 300)) for s, p in panels.items()}
        return found

    @property
    def theirs(self) -> tuple[Estimate, Estimate]:
        """The published effects on the spending of the whole system and of councils."""
        return self.published.of("Moss", "health and care")[0], self.published.of("Moss", "councils")[0]

    def chart(self) -> Chart:
        """Effects on spending beside the published ones."""
        rows = [
            {"label": f"Here: {name}, from {financial_year(start)}", "focus": (name, start) == ("both", 2016)}
            | lower_upper(test, value="effect")
            for name, tests in self.tests.items()
            for start, test in tests.items()
        ]
        for one in self.published.of("Moss"):
            outcome = one.measure.replace(" spending", "").replace(" of councils", ", councils")
            rows.append({"label": f"Published: {outcome}", "focus": False} | lower_upper(one, value="effect"))
        return effects_chart(rows, "pounds per head", words.spending_chart(self))
