"""Sentences of the section that depend on the area's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.areas import Area
from healthdevo.chapters.common import peers_title, pounds, source_line
from healthdevo.chapters.common.places import plain_name
from healthdevo.chapters.money.words import beside, billions, flow, the
from healthdevo.charts import Caption
from healthdevo.wording import join, number, ordinal, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.area.money.section import AreaMoney

TAXES = "What a penny in the pound on local income and £100 on every Band D home would raise, in pounds a year. Beside it what equalisation by need would add or take."
PUBLIC_HEALTH = "Councils' public health"
EVEN = 0.01
"""A difference of less than this share is said to be about equal."""
SAME = 1.0
"""A gain a head of less than so many pounds is said to be hardly any."""


def peer(area: Area) -> str:
    """Return the name of an area among its peers."""
    return plain_name(area.short_name)


def capital(text: str) -> str:
    """Return text with a capital first letter.

    >>> capital("the North East")
    'The North East'
    """
    return text[:1].upper() + text[1:]


def needs(ratio: float) -> str:
    """Say how need compares with people.

    >>> needs(1.12), needs(0.88), needs(1.004)
    ('12% more need than average', '12% less need than average', 'about average need')
    """
    if abs(ratio - 1.0) < EVEN:
        return "about average need"
    return f"{percentage(abs(ratio - 1.0), 0)} {'more' if ratio > 1.0 else 'less'} need than average"


def gains(pounds_a_head: float) -> str:
    """Say what full equalisation would do.

    >>> gains(118.2), gains(-293.4), gains(0.4)
    ('would gain £118 a head', 'would pay £293 a head', 'would hardly gain or pay')
    """
    if abs(pounds_a_head) < SAME:
        return "would hardly gain or pay"
    return f"would {'gain' if pounds_a_head > 0 else 'pay'} {pounds(abs(pounds_a_head))} a head"


def ranked(now: int, least: int, most: int, count: int, peers: str) -> str:
    """Say a rank and how it moved.

    >>> ranked(3, 2, 4, 42, "boards"), ranked(1, 1, 1, 9, "regions")
    ('3rd of 42 boards (2nd to 4th over five years)', '1st of 9 regions (the same in all five years)')
    """
    moved = (
        "the same in all five years"
        if least == most
        else f"{ordinal(least)} to {ordinal(most)} over five years"
    )
    return f"{ordinal(now)} of {count} {peers} ({moved})"


def region_flow(found: AreaMoney) -> Caption:
    """Words of a region's flow."""
    if found.flow is None:
        raise ValueError("no flow")
    return flow(found.flow, the(found.area.short_name), "area-money-flow")


def council_flow(found: AreaMoney) -> Caption:
    """Words of the flow of councils' spending."""
    if found.flow is None:
        raise ValueError("no flow")
    lines = found.flow.lines.set_index("item")["amount"]
    care = lines["Councils, adults"] + lines["Councils, children"]
    name = the(found.area.short_name)
    return Caption(
        figure_id="area-money-flow",
        title=f"Social care takes {percentage(care / found.flow.total, 0)} of council spending here",
        subtitle=f"Councils' net spending on services for people in {name}, 2023/24: bands as wide as sums. What the health service spends here is not in national tables",
        source=source_line("council_outturn", "population_year"),
        alt=f"Flow of {billions(found.flow.total)} of council spending in {name}: {billions(lines['Councils, adults'])} on social care of adults, {billions(lines['Councils, children'])} of children, {billions(lines[PUBLIC_HEALTH])} on public health and the rest on other services.",
    )


def standing(found: AreaMoney) -> Caption:
    """Words of the penny against need."""
    here = found.taxes.iloc[0]
    peers = peers_title(found.area.kind)
    more = here["per_head"] >= here["england"]
    return Caption(
        figure_id="area-money-penny",
        title=f"A penny on income would raise {'more' if more else 'less'} here than average",
        subtitle=f"A penny in the pound on local disposable income, pounds a head a year, against need beside people, {len(found.peers)} {peers}",
        source=source_line("wider_determinants", "allocation_need", "population_year"),
        alt=f"Scatter of {len(found.peers)} {peers}. {capital(the(found.area.short_name))} would raise {pounds(here['per_head'])} a head, England {pounds(here['england'])}; its need beside its people is {beside(found.need)}.",
    )


def texts(found: AreaMoney) -> dict[str, str]:
    """Return the named texts of the section."""
    name = the(found.area.short_name)
    penny, precept = found.taxes.iloc[0], found.taxes.iloc[1]
    now, least, most = found.rank
    peers = peers_title(found.area.kind)
    return {
        "money_headline": (
            f"A penny in the pound on local income would raise {pounds(penny['per_head'])} a head in {name}, against {pounds(penny['england'])} in England. "
            f"If the money were shared by need, {name} {gains(found.gain)}."
        ),
        "money_need": (
            f"The allocation formula of the health service sees {needs(found.need)} here: {part(found.people_share)} of England's people "
            f"and {part(found.need_share)} of its need"
        ),
        "money_by_need": (
            f"By that share, the area's part of England's health spending in 2023/24 would be {large(found.by_need)}; what it got is not published by place"
            if not found.region
            else "For regions the Treasury tells what was spent on health; who spent it on what is not published"
        ),
        "money_rank": (
            f"For each need-weighted head it is {ranked(now, least, most, len(found.peers), peers)}. No interval is published for local income, so the span is that of five years"
        ),
        "money_precept": f"£100 on every Band D home would raise {pounds(precept['per_head'])} a head, against {pounds(precept['england'])} in England",
        "money_mental": mental(found.mental, found.area.code),
        "money_councils": councils(
            found.councils.covered, found.councils.missing, found.councils.complete or found.region
        ),
    }


def mental(spent: pd.DataFrame, code: str) -> str:
    """Say what a board spent on mental health, or that others have no figure.

    >>> table = pd.DataFrame({"area_code": ["E54000057"], "spending_per_patient": [251.4], "rank": [9]})
    >>> mental(table, "E54000057"), mental(table, "E47000001")
    ('On mental health the board spent £251 for each registered patient in 2023/24, 9th of 1 board', 'Spending on mental health is published for the boards before April 2026 only')
    """
    own = spent[spent["area_code"] == code]
    if own.empty:
        return "Spending on mental health is published for the boards before April 2026 only"
    row, boards = own.iloc[0], "board" if len(spent) == 1 else "boards"
    return f"On mental health the board spent {pounds(row['spending_per_patient'])} for each registered patient in 2023/24, {ordinal(int(row['rank']))} of {len(spent)} {boards}"


def part(share: float) -> str:
    """Return a share of England with two figures.

    >>> part(0.0516), part(0.00204), part(0.0000353)
    ('5.2%', '0.2%', '0.0035%')
    """
    return f"{number(100 * share, 2)}%"


def large(amount: float) -> str:
    """Return a large sum of pounds.

    >>> large(10_224e6), large(353.4e6), large(7.2e6)
    ('£10.2 billion', '£353 million', '£7.2 million')
    """
    return f"£{number(amount / 1e9)} billion" if amount >= 1e9 else f"£{number(amount / 1e6)} million"


def councils(covered: float, missing: tuple[str, ...], shown: bool) -> str:
    """Say whether all councils have reported.

    >>> councils(1.0, (), True)
    'All councils here have reported for 2023/24.'
    >>> councils(0.6, ("Birmingham",), False)
    'Councils that cover 60% of the people here have reported for 2023/24; missing: Birmingham. Their sums are not shown for the area, for they would be too low.'
    >>> councils(0.8, ("Birmingham",), True)
    'Councils that cover 80% of the people here have reported for 2023/24; missing: Birmingham. The sums of councils are too low by what is missing.'
    """
    if not missing:
        return "All councils here have reported for 2023/24."
    told = f"Councils that cover {percentage(covered, 0)} of the people here have reported for 2023/24; missing: {join(list(missing))}."
    end = (
        "The sums of councils are too low by what is missing."
        if shown
        else "Their sums are not shown for the area, for they would be too low."
    )
    return f"{told} {end}"
