"""The headline of the chapter, which other pages use."""

from __future__ import annotations

from healthdevo.chapters.common import Finding, few
from healthdevo.chapters.whole_system.counts import WAYS, Counts
from healthdevo.wording import join

_WAYS = {"better": "for the better", "worse": "for the worse", "neither": "in a way that is neither"}


def findings(counts: Counts) -> tuple[Finding, ...]:
    """Return what other pages quote."""
    window = "years before November 2014 against years up to 2019"
    return (
        Finding("whole_headline", headline_of(counts), window, float(counts.total)),
        Finding("whole_short", short_of(counts), window, float(counts.total)),
    )


def _of_each(titles: dict[str, list[str]]) -> str:
    """Return how many moved each way; both sides are always named, the third where there is one."""
    shown = [w for w in WAYS if w != "neither" or titles[w]]
    return join([f"{few(len(titles[w]))} {_WAYS[w]}" for w in shown])


def _named(titles: dict[str, list[str]]) -> str:
    return join([f"{name[0].lower()}{name[1:]} ({_WAYS[w]})" for w in WAYS for name in titles[w]])


def expected(counts: Counts) -> str:
    """Return how many chance alone would move, in words.

    >>> expected(Counts(47)), expected(Counts(10))
    ('about two', 'fewer than one')
    """
    if counts.expected < 0.75:
        return "fewer than one"
    return f"about {few(round(counts.expected))}"


def short_of(counts: Counts) -> str:
    """Say in one sentence how many moved, how many by chance, and which way."""
    more = (
        "more than the"
        if counts.total > counts.expected + 1
        else "no more than the"
        if counts.total < counts.expected - 1
        else "as many as the"
    )
    return (
        f"Of {counts.tested} indicators of the whole system {few(counts.total)} moved in Greater Manchester by more than chance usually moves a block of ten areas, "
        f"{more} {expected(counts)} to be expected by chance: {_of_each(counts.moved)}."
    )


def headline_of(counts: Counts) -> str:
    """Say what the whole system shows, by a rule on the numbers; what is for the better and for the worse gets the same words."""
    if not counts.total:
        return (
            f"None of {counts.tested} indicators moved in Greater Manchester after the agreement by more than 95% of blocks of ten areas without it. "
            f"Chance alone would move {expected(counts)}. That rules out no effect that is smaller than these figures can show."
        )
    first = (
        f"{few(counts.total).capitalize()} of {counts.tested} indicators moved in Greater Manchester after the agreement by more than 95% of blocks of ten areas without it. "
        f"Chance alone would move {expected(counts)}. The indicators that moved are {_of_each(counts.moved)}."
    )
    if not counts.total_kept:
        return f"{first} Allowing for the number of tests, none of them stands out. These figures show no change of the whole system, and rule out none that is small."
    stay = "stands" if counts.total_kept == 1 else "stand"
    second = f" Allowing for the number of tests, {few(counts.total_kept)} {stay} out: {_named(counts.kept)}."
    if counts.total_strict == counts.total_kept:
        return f"{first}{second} The strictest allowance leaves the same."
    left = "none" if not counts.total_strict else few(counts.total_strict)
    return f"{first}{second} The strictest allowance leaves {left}."
