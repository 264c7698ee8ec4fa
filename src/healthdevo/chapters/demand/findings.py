"""Headlines of the chapter "Demand" that other pages use, each with its number and its window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthdevo.chapters.common import Finding, record
from healthdevo.wording import financial_year, millions, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.demand.attendances import Demand


def _window(start: int, end: int) -> str:
    return f"{financial_year(start)} to {financial_year(end)}"


def findings(d: Demand) -> tuple[Finding, ...]:
    """Return the chapter's findings."""
    claim, fair = d.growth(2008, 2017), d.growth(2010, 2019)
    per_head = float(record(d.fair_windows.query("start == 2011 and end == 2024"))["growth_per_head"])
    latest, total = financial_year(d.latest), d.total(d.latest)
    return (
        Finding("latest_year", latest, latest),
        Finding("total_latest", millions(total), latest, total),
        Finding("growth_claim", percentage(claim.change), _window(2008, 2017), claim.change),
        Finding("growth_fair", percentage(fair.change, 0), _window(2010, 2019), fair.change),
        Finding("growth_long_per_head", percentage(per_head), _window(2011, 2024), per_head),
    )
