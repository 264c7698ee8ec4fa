"""The headline of the chapter, which other pages use."""

from __future__ import annotations

from healthdevo.chapters.common import Finding, few
from healthdevo.chapters.whole_system.counts import WAYS, Counts
from healthdevo.wording import join

_WAYS = {"better": "for the better", "worse": "for the worse", "neither": "in a way that is neither"}


def findings(counts: Counts, stands: dict[str, list[str]]) -> tuple[Finding, ...]:
    """Return what other pages quote; ``stands`` names what is left, by way, when earlier trends are carried on."""
    window = "before November 2014 against after it, up to 2019"
    return (
        Finding("whole_headline", headline_of(counts, stands), window, float(counts.total)),
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
    return "fewer than one" if counts.expected < 0.75 else f"about {few(round(counts.expected))}"


def short_of(counts: Counts) -> str:
    """Say how many moved, which way, and how many chance alone would move."""
    if not counts.total:
        return f"None of {counts.tested} indicators of the whole system changed in Greater Manchester more than in 95% of blocks of ten areas without the agreement."
    return (
        f"Of {counts.tested} indicators of the whole system, {few(counts.total)} changed beyond chance in Greater Manchester: {_of_each(counts.moved)}. "
        f"Beyond chance means more than in 95% of blocks of ten areas without the agreement. Chance alone would give {expected(counts)}."
    )


def headline_of(counts: Counts, stands: dict[str, list[str]]) -> str:
    """Say what the whole system shows, by a rule on the numbers; what is for the better and for the worse gets the same words."""
    if not counts.total:
        return (
            f"{short_of(counts)} Chance alone would give {expected(counts)}. "
            "That does not rule out effects too small for these figures to show."
        )
    left = sum(len(titles) for titles in stands.values())
    named = f": {_named(stands)}" if left else ""
    trend = f"With earlier trends carried on, {few(left)} of the {few(counts.total)} {'stands' if left == 1 else 'stand'}{named}."
    if not counts.total_kept:
        return (
            f"{short_of(counts)} Allowing for the number of tests, none of them stands out. {trend} "
            "That does not rule out effects too small for these figures to show."
        )
    out = "one stands" if counts.total_kept == 1 else f"{few(counts.total_kept)} stand"
    strict = {counts.total_kept: "the same", 0: "none"}.get(counts.total_strict, few(counts.total_strict))
    return (
        f"{short_of(counts)} Allowing for the number of tests, {out} out: {_named(counts.kept)}. "
        f"The strictest allowance leaves {strict}. {trend}"
    )
