"""Council spending beside the published effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from healthdevo.chapters.common import limits_of
from healthdevo.chapters.devolution.designs import effects_chart, groups_of, placebo_of
from healthdevo.chapters.devolution.panels import Outcome, spending
from healthdevo.chapters.devolution.published import Published
from healthdevo.chapters.devolution.words import outcomes as words
from healthdevo.charts import Chart
from healthdevo.evaluation import PlaceboTest
from healthdevo.results import Estimate
from healthdevo.wording import financial_year

__all__ = ["Spending"]

_SERVICES = {
    "adult social care": ("adult_social_care",),
    "public health": ("public_health",),
    "both": ("adult_social_care", "public_health"),
}


@dataclass(frozen=True)
class Spending:
    """Council spending per head.

    Parameters
    ----------
    councils : mapping of str to Outcome
        By service.
    published : Published
        What others found.
    """

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
            | limits_of(test)
            for name, tests in self.tests.items()
            for start, test in tests.items()
        ]
        for one in self.published.of("Moss"):
            outcome = one.measure.replace(" spending", "").replace(" of councils", ", councils")
            rows.append({"label": f"Published: {outcome}", "focus": False} | limits_of(one))
        return effects_chart(rows, "pounds per head", words.spending_chart(self))
