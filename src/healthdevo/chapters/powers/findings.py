"""The finding of the chapter."""

from __future__ import annotations

from collections.abc import Sequence

from healthdevo.chapters.common import Finding
from healthdevo.chapters.powers import words
from healthdevo.chapters.powers.holders import Holders
from healthdevo.wording import join


def headline(holders: Holders) -> Finding:
    """Return who holds power over health or care on the day of the tables."""
    sentence = headline_of(
        len(holders.strategic),
        words.named(holders.by_law),
        words.named(holders.agreed),
        words.named(holders.budget_now),
    )
    return Finding(
        "powers_headline", sentence, f"{holders.day:%B %Y}", float(len(holders.by_law) + len(holders.agreed))
    )


def headline_of(
    authorities: int, by_law: Sequence[str], agreed: Sequence[str], budgets: Sequence[str]
) -> str:
    """Say how many authorities hold a power over health or care of their own, by what right, and whether any holds a budget of the NHS.

    >>> headline_of(20, ["A"], [], [])
    'Of the 20 strategic authorities of England, 1 holds a power over health or care of its own: A by law. None holds a budget of the NHS. For the other 19 none beyond a say was found.'
    """
    held = len(by_law) + len(agreed)
    if not held:
        return f"For none of the {authorities} strategic authorities of England was a power over health or care of its own found."
    parts = [f"{join(list(by_law))} by law"] if by_law else []
    parts += [f"{join(list(agreed))} by agreement"] if agreed else []
    verb, whose = ("holds", "its") if held == 1 else ("hold", "their")
    money = (
        f"{join(list(budgets))} {'holds' if len(budgets) == 1 else 'hold'} a budget of the NHS."
        if budgets
        else "None holds a budget of the NHS."
    )
    rest = f" For the other {authorities - held} none beyond a say was found." if held < authorities else ""
    return f"Of the {authorities} strategic authorities of England, {held} {verb} a power over health or care of {whose} own: {', '.join(parts)}. {money}{rest}"
