"""The five essays whose claims are in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ESSAYS", "Essay"]


@dataclass(frozen=True)
class Essay:
    """A text that argues about devolution, with who published it and where it stands."""

    title: str
    body: str
    year: str
    stance: str
    short: str
    """What pages call it."""


ESSAYS: dict[str, Essay] = {
    "radix": Essay(
        "We can't sort health and social care until we let go of central control",
        "Radix Big Tent",
        "about 2021",
        "for",
        "Radix",
    ),
    "kings_fund": Essay(
        "Improving the nation's health: striking the right balance between national and local",
        "The King's Fund",
        "2020",
        "a balance of national and local",
        "the King's Fund",
    ),
    "localis": Essay(
        "Call to devolve health services to city regions gets cross-party backing",
        'Chamberlain Files, on Localis\' "Local Empowerment"',
        "July 2016",
        "for",
        "Localis",
    ),
    "shared_intelligence": Essay(
        "Why we find the idea of a locally delivered national service so challenging",
        "Shared Intelligence",
        "2015",
        "more than one model",
        "Shared Intelligence",
    ),
    "triple": Essay(
        "Devolution in the NHS - could it work this time?",
        "A think tank's blog; the copy that was read does not name its publisher",
        "November 2024",
        "doubts autonomy that must be earned",
        "the blog on triple devolution",
    ),
}
"""By the name that claims use."""
