"""The findings of the chapter that other pages use."""

from __future__ import annotations

from healthdevo.chapters.common import Finding, pounds, record
from healthdevo.chapters.money.flow import Flow
from healthdevo.chapters.money.mayors import Mayors
from healthdevo.chapters.money.taxes import Taxes
from healthdevo.chapters.money.words import HEALTH, mayors_of
from healthdevo.wording import percentage


def local_tax_headline(taxes: Taxes) -> Finding:
    """Return what a local health tax does to poorer places, without and with equalisation."""
    before, full = taxes.penny.fifths(0.0), taxes.penny.fifths(1.0)
    moved = taxes.penny.equalised(1.0).moved
    sentence = local_tax_of(
        float(before[1]), float(before[5]), float(full[1]), moved / taxes.penny.raised.total
    )
    return Finding(
        "money_local_tax", sentence, "income of 2023, need of 2025/26", float(before[5] / before[1])
    )


def local_tax_of(poorest: float, richest: float, shared: float, moved: float) -> str:
    """Say what a penny on income gives each need-weighted head.

    >>> local_tax_of(175, 400, 254, 0.126)
    'A penny in the pound on local income would raise £175 for each need-weighted head in the poorest fifth of England, and £400 in the richest. Shared out fully by need, both would have £254, and 13% of the money would move.'
    """
    if poorest < richest:
        first = (
            f"A penny in the pound on local income would raise {pounds(poorest)} for each need-weighted head in the poorest fifth of England, "
            f"and {pounds(richest)} in the richest."
        )
    else:
        first = (
            f"A penny in the pound on local income would raise no less for each need-weighted head in the poorest fifth of England ({pounds(poorest)}) "
            f"than in the richest ({pounds(richest)})."
        )
    return f"{first} Shared out fully by need, both would have {pounds(shared)}, and {percentage(moved, 0)} of the money would move."


def unseen_headline(flow: Flow) -> Finding:
    """Return how much of health spending can be followed to a named use in a region."""
    rows = flow.england.lines
    named = rows[(rows["parent"] == HEALTH) & (rows["basis"] == "published")]
    share = float(named["amount"].sum()) / flow.england[HEALTH]
    return Finding("money_unseen", unseen_of(share), "2023/24", share)


def unseen_of(share: float) -> str:
    """Say what cannot be followed.

    >>> unseen_of(0.07)
    'Of health spending by region, national tables show 7% by use: buildings and equipment, and public health by councils. What hospitals, family doctors or community care got in a place is not in them.'
    """
    return (
        f"Of health spending by region, national tables show {percentage(share, 0)} by use: buildings and equipment, and public health by councils. "
        "What hospitals, family doctors or community care got in a place is not in them."
    )


def mayors_tax(mayors: Mayors) -> Finding:
    """Return what a share of income tax for mayors would be where it is most and where it is least."""
    rows = mayors.table
    sentence = f"{mayors_of(record(rows), record(rows, -1), mayors.share)}."
    return Finding("money_mayors_tax", sentence, "receipts of 2024/25, income of 2023", mayors.ratio[0])
