"""Places that every chapter names, and names as charts show them."""

from __future__ import annotations

from healthdevo import areas

__all__ = ["ENGLAND", "GREATER_MANCHESTER", "LONDON", "england_and_regions", "peers_title", "plain_name"]

ENGLAND = "E92000001"
LONDON = "E12000007"
"""The region."""
GREATER_MANCHESTER = "E47000001"
"""The combined authority."""


def england_and_regions() -> dict[str, str]:
    """Return the codes of England and the NHS regions by name, England first.

    Examples
    --------
    >>> list(england_and_regions())[:2], len(england_and_regions())
    (['England', 'London'], 8)
    """
    return {"England": ENGLAND} | {a.short_name: a.code for a in areas.list_areas("nhs_region")}


def peers_title(kind: str) -> str:
    """Return what areas of a kind are called, in the plural.

    Examples
    --------
    >>> peers_title("icb"), peers_title("nhs_region")
    ('integrated care boards', 'NHS regions')
    """
    return areas.KIND_TITLES[kind][1] if kind in areas.KIND_TITLES else "areas of its kind"


def plain_name(short_name: str) -> str:
    """Return the name of an integrated care board without what all of them share, for the rows of a chart.

    Examples
    --------
    >>> plain_name("NHS Sussex ICB"), plain_name("London")
    ('Sussex', 'London')
    """
    return short_name.removeprefix("NHS ").removesuffix(" ICB")
