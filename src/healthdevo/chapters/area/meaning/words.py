"""The three sentences: each branch of the rule has its own words, and each argues from a row of the ledger as it was last judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from healthdevo.chapters.common import more_or_fewer, pounds, rounded
from healthdevo.claims.record import VERDICTS
from healthdevo.claims.scale import Verdict
from healthdevo.results import Estimate
from healthdevo.wording import as_markdown, number, percentage, span

HELD = {Verdict.SUPPORTED.value, Verdict.PARTLY.value}
SAME = 1.0
"""Pounds a head below which a place hardly gains or pays."""


@dataclass(frozen=True)
class Deal:
    """What is known of a deal.

    ``state``: ``judged``, of a ``part`` of England that is ``large``, too ``late``, ``none``, or too ``few`` people for figures.
    """

    state: Literal["judged", "part", "large", "late", "none", "few"]
    test: Estimate | None = None
    unusual: bool = False
    strength: str = ""
    """What the chapter's rule calls the evidence, where the chapter judges this place."""
    districts: int = 0
    name: str = ""
    start: int = 0
    detectable: float | None = None


@dataclass(frozen=True)
class Need:
    """Where need lies: the ``gap`` in years of life inside districts, or avoidable ``stays`` per 100,000, with England's."""

    state: Literal["gap", "stays", "unknown"]
    value: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    england: float = float("nan")
    alone: bool = False
    """Whether the place is one district."""

    @property
    def beside(self) -> str:
        """Above England's, below it, or about the same: by whether the interval holds England's value."""
        if self.lower > self.england:
            return "above"
        return "below" if self.upper < self.england else "about"


@dataclass(frozen=True)
class Purse:
    """Who would pay: pounds a head that sharing a local ``tax`` by need would add, or the share that crosses the border to ``work``."""

    state: Literal["tax", "work", "unknown"]
    value: float = float("nan")


def deal(found: Deal, verdicts: Mapping[str, str] = VERDICTS) -> str:
    """Say what a deal did here, or what is not known of one.

    >>> deal(Deal("none", detectable=24.0), {"deal_saves_lives": "partly supported"})
    'No deal began here early enough to judge: the only evidence is Greater Manchester, and a deal here would show only from about 24 deaths per 100,000.'
    >>> deal(Deal("part", districts=10, name="Greater Manchester"))
    'The deal of Greater Manchester covers 10 districts and is judged as a whole: what it did to this one alone, figures cannot tell.'
    """
    if found.state == "few":
        return "Too few people live here for yearly figures of deaths, so no deal could be judged by them."
    if found.state == "large":
        return "Deals cover so many districts here that too few without one are left to compare with."
    if found.state == "part":
        name = as_markdown(found.name)
        return f"The deal of {name} covers {found.districts} districts and is judged as a whole: what it did to this one alone, figures cannot tell."
    if found.state == "judged":
        assert found.test is not None
        i = found.test.interval()
        size = f"{more_or_fewer(found.test.estimate)} preventable deaths per 100,000 than expected (95% interval {span(i.lower, i.upper)})"
        if found.strength:
            return f"After its deal this place had {size}: {found.strength} evidence by our rule, but only one place."
        if not found.unusual:
            return f"After its deal this place had {size}: within chance, so it speaks for neither side."
        way = "for" if found.test.estimate < 0.0 else "against"
        return f"After its deal this place had {size}: unusual, a point {way} the deal, but no proof."
    seen = (
        ""
        if found.detectable is None
        else f", and a deal here would show only from about {number(found.detectable, 2)} deaths per 100,000"
    )
    if found.state == "late":
        return f"A deal began here in {found.start}, too late to judge{seen}."
    known = (
        "the only evidence is"
        if verdicts.get("deal_saves_lives") in HELD
        else "there is no clear evidence even from"
    )
    return f"No deal began here early enough to judge: {known} Greater Manchester{seen}."


def need(found: Need, verdicts: Mapping[str, str] = VERDICTS) -> str:
    """Say where need lies, and what that speaks for.

    >>> need(Need("gap", 9.5, 8.9, 10.1, 7.6), {"neighbourhoods": "supported"})
    'Inside its districts 9.5 years of life lie between rich and poor neighbourhoods, more than in England (7.6): that speaks for power near to people.'
    """
    if found.state == "unknown":
        return "How unequal health is inside this place, no public figure tells: whoever runs care here would have to find out first."
    if found.state == "stays":
        verdict = verdicts.get("avoidable_admissions", "")
        helped = "did" if verdict in HELD else "did not clearly"
        told = {
            "above": "more than in England",
            "below": "fewer than in England",
            "about": "about as in England",
        }[found.beside]
        return f"Avoidable emergency admissions here are {found.value:,.0f} per 100,000, {told}: under the one deal with health power they {helped} fall more."
    where = "Inside it" if found.alone else "Inside its districts"
    told = {"above": "more than in England", "below": "less than in England", "about": "about as in England"}[
        found.beside
    ]
    first = f"{where} {rounded(found.value)} years of life lie between rich and poor neighbourhoods, {told} ({rounded(found.england)})"
    if verdicts.get("neighbourhoods") not in HELD:
        return f"{first}: whether power nearer to people would narrow that, no figure shows."
    if found.beside == "below":
        return f"{first}: even so a gap that only somebody near can see."
    return f"{first}: that speaks for power near to people."


def purse(found: Purse, verdicts: Mapping[str, str] = VERDICTS) -> str:
    """Say who would pay, and what that speaks for.

    >>> purse(Purse("tax", 118.0), {"centre_keeps_sharing": "supported"})
    'With a local health tax it would need £118 a head from elsewhere, for each penny, to meet its need: that speaks for sharing by the centre.'
    >>> purse(Purse("work", 0.31))
    'Of its people or its workers 31% cross its border to work: what shapes their health, it can steer only with its neighbours.'
    """
    if found.state == "unknown":
        return "What a local tax would raise here is not known, so neither side can argue from money."
    if found.state == "work":
        return f"Of its people or its workers {percentage(found.value, 0)} cross its border to work: what shapes their health, it can steer only with its neighbours."
    if abs(found.value) < SAME:
        return "A local health tax would about meet its share of need: by money alone, neither side has an argument here."
    sums = f"{pounds(abs(found.value))} a head"
    if found.value > 0.0:
        end = (
            "that speaks for sharing by the centre"
            if verdicts.get("centre_keeps_sharing") in HELD
            else "how much that matters, the ledger leaves open"
        )
        return f"With a local health tax it would need {sums} from elsewhere, for each penny, to meet its need: {end}."
    return f"With a local health tax it would have {sums} more than its need, for each penny: good for it, and missing elsewhere without sharing."
