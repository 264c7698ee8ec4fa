"""Sentences of the section that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.area.filling import link
from healthdevo.chapters.common import few, place, record, source_line
from healthdevo.charts import Caption
from healthdevo.results import Estimate
from healthdevo.wording import financial_year, join, number, signed, span

if TYPE_CHECKING:
    from healthdevo.chapters.area.admissions.section import AreaAdmissions

STANDARDISED = "standardised by age and sex"
CRUDE = "not standardised, so older places have more"

POOLED = (
    "It is made of the counts of its districts added up. It is not standardised, so older places have more."
)
UNRANKED = "It is not ranked: a rank needs a standardised rate of the latest year among areas of one kind."
ALONE = "No similar areas are listed: that needs a standardised rate of the latest year and twenty areas of its kind."


def named(code: str) -> str:
    """Return an area's name as a link to its page.

    >>> named("E08000003")
    '[Manchester](area:E08000003)'
    """
    area = areas.get(code)
    return link(area, words=area.short_name)


def chart(section: AreaAdmissions) -> Caption:
    """Return the words of the chart."""
    first, last = section.trend.index[0], section.trend.index[-1]
    own = section.trend["rate"]
    way = direction(section.change(section.trend))
    marked = breaks(section.breaks, section.standardised)
    rated = footing(section.standardised)
    known = f". {marked[0].upper()}{marked[1:]}" if section.breaks else ""
    return Caption(
        "area-admissions",
        title(way, financial_year(int(first)), bool(section.breaks)),
        f"Emergency admissions for chronic conditions per 100,000 people in {section.area.label} and England. {rated[0].upper()}{rated[1:]}{known}",
        source_line("chronic_admission"),
        f"Line chart by financial year. {section.area.name}: {number(float(own[first]))} in {financial_year(int(first))}, {number(float(own[last]))} in {financial_year(int(last))}. "
        f"England: {number(float(section.england['rate'][first]))} and {number(float(section.england['rate'][last]))}.",
    )


def title(way: str, first: str, broken: bool) -> str:
    """Return the title of the chart.

    >>> title("fell", "2003/04", True)
    'Avoidable admissions fell since 2003/04, but recording changed'
    """
    return f"Avoidable admissions {way} since {first}{', but recording changed' if broken else ''}"


def footing(published: bool) -> str:
    """Say whether rates are standardised.

    >>> footing(False)
    'not standardised, so older places have more'
    """
    return STANDARDISED if published else CRUDE


def direction(change: Estimate) -> str:
    """Say which way a rate went, or that it did not beyond chance."""
    if not change.interval().excludes_zero:
        return "did not change beyond chance"
    return "fell" if change.estimate < 0 else "rose"


def moved(change: Estimate) -> str:
    """Say how far a rate moved, with its interval."""
    limits = change.interval()
    way = direction(change)
    shown = span(limits.lower, limits.upper, lambda v: signed(v, 0))
    if way.startswith("did"):
        return f"{way} (95% interval {shown})"
    return f"{way} by {abs(change.estimate):,.0f} (95% interval {shown})"


def breaks(years: list[int], standardised: bool = True) -> str:
    """Say in which years recording looks broken, in the area or in some of its districts.

    >>> breaks([2005, 2006])
    'the rates of 2005/06 and 2006/07 lie below half or above double the usual. That is a sign that a hospital recorded differently'
    """
    if not years:
        return "no year is marked as a break"
    told = [financial_year(y) for y in years]
    shown = join(told) if len(told) <= 4 else f"{len(told)} years from {told[0]} to {told[-1]}"
    one = len(told) == 1
    what = f"the {'rate' if one else 'rates'} of {shown} {'lies' if one else 'lie'}"
    if not standardised:
        what = f"in some of its districts {what}"
    return f"{what} below half or above double the usual. That is a sign that a hospital recorded differently"


def similar_table(section: AreaAdmissions) -> str:
    """Return the caption of the table of similar areas."""
    return f"The {len(section.similar)} {areas.KINDS[section.group].plural} whose deprivation is most like that of {section.area.short_name}: avoidable admissions per 100,000 in {financial_year(section.newest)} with 95% limits, lowest first."


def peers(rows: pd.DataFrame, rate: float, group: str) -> str:
    """Say how many similar areas have a lower rate."""
    lower = int((rows["rate"] < rate).sum())
    have = "has" if lower == 1 else "have"
    return (
        f"Of the {few(len(rows))} {group} with the most similar deprivation, {few(lower)} {have} a lower rate; "
        f"their median is {number(float(rows['rate'].median()))}"
    )


def standing(rank: dict[str, Any], count: int, group: str) -> str:
    """Say where the area stands among its kind."""
    told = place(int(rank["rank"]), int(rank["lower"]), int(rank["upper"]), count, "lowest", "highest")
    return f"Among {group} its rate is {told}"


def texts(section: AreaAdmissions) -> dict[str, str]:
    """Return the named texts of the section."""
    area, trend = section.area, section.trend
    latest = section.latest
    now, england = record(latest), record(latest, 1)
    last = int(now["year"])
    change, whole = section.change(trend), section.change(section.england)
    here = (
        f"In {financial_year(last)} {area.short_name} had {number(float(now['rate']))} avoidable emergency admissions for every 100,000 people "
        f"(95% interval {span(float(now['lower']), float(now['upper']))}). "
    )
    country = area.kind == "country"
    if not country:
        here += f"England had {number(float(england['rate']))}. "
    here += f"The rate is {STANDARDISED}." if section.published else POOLED
    result = {
        "admissions_headline": here,
        "admissions_trend": f"{since(int(trend.index[0]), change, None if country else whole, section.standardised)}.",
        "admissions_breaks": f"Recording: {breaks(section.breaks, section.standardised)}.",
        "admissions_rank": UNRANKED,
        "admissions_peers": ALONE,
    }
    if section.breaks:
        result["admissions_breaks"] += (
            " So the change over the years, and perhaps the level, says little of health here."
        )
    if section.group:
        group = areas.KINDS[section.group].plural
        result["admissions_rank"] = f"{standing(section.rank, len(section.compared), group)}."
    if not section.similar.empty:
        result["admissions_peers"] = (
            f"{peers(section.similar, float(now['rate']), areas.KINDS[section.group].plural)}."
        )
    return result


def since(first: int, own: Estimate, england: Estimate | None, standardised: bool) -> str:
    """Say how the rate moved since the first year, and that of England where it is another."""
    counted = "the rate" if standardised else "the rate of pooled counts, not standardised,"
    told = f"Since {financial_year(first)} {counted} {moved(own)}"
    return told if england is None else f"{told}. In England it {moved(england)}"
