"""Places that every chapter names, and names as charts show them."""

from __future__ import annotations

from healthdevo import areas

__all__ = ["ENGLAND", "GREATER_MANCHESTER", "LONDON", "peers_title", "plain_name"]

ENGLAND = "E92000001"
LONDON = "E12000007"
"""The region."""
GREATER_MANCHESTER = "E47000001"
"""The combined authority."""


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
