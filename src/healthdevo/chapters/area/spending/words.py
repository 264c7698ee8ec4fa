"""Sentences of the section that depend on its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.area.filling import covered_by, link
from healthdevo.chapters.common import (
    OWN_ELASTICITY,
    PRICES,
    moved_by,
    peers_title,
    pounds,
    record,
    records,
    source_line,
    two_figures,
)
from healthdevo.charts import Caption
from healthdevo.wording import financial_year, join, ordinal, percentage, span

if TYPE_CHECKING:
    from healthdevo.areas import Area
    from healthdevo.chapters.area.spending.section import AreaSpending
    from healthdevo.chapters.area.spending.services import Need, Services
    from healthdevo.results import Estimate


def instead(area: Area, county: Area | None) -> str:
    """Say who pays for care where the district council does not.

    >>> from healthdevo import areas
    >>> instead(areas.get("E07000008"), areas.get("E10000003"))
    'District councils spend little on care. In Cambridge the county council pays for social care and public health: see [Cambridgeshire county](area:E10000003#spending-and-determinants).'
    """
    if county is None:
        return covered_by(area, "spending")
    return (
        f"District councils spend little on care. In {area.short_name} the county council pays for social care and public health: see "
        f"{link(county, 'spending')}."
    )


def without_returns(area: Area, councils: Sequence[str]) -> str:
    """Say that councils of an area published too little to add up."""
    return (
        f"Too few returns of spending were published for {area.short_name} to show its sums. They would come from {join(list(councils))}."
        if councils
        else f"No council with social care and public health lies in {area.short_name}."
    )


def rank(place: int, of: int) -> str:
    """Return a place among peers.

    Examples
    --------
    >>> rank(2, 42), rank(0, 42)
    ('2nd of 42', 'not ranked')
    """
    return f"{ordinal(int(place))} of {of}" if place else "not ranked"


def indicator(value: float, unit: str) -> str:
    """Return the value of an indicator with its unit.

    Examples
    --------
    >>> indicator(612.3, "pounds"), indicator(4.25, "% of inactive"), indicator(8.0, "times"), indicator(float("nan"), "")
    ('£612', '4.2% of inactive', '8.0 times', 'no figure')
    """
    if np.isnan(value):
        return "no figure"
    if unit == "pounds":
        return pounds(value)
    if unit.startswith("%"):
        return percentage(value / 100) + unit[1:]
    return f"{value:,.1f} {unit}".strip()


def million_pounds(value: float) -> str:
    """Return a sum in millions of pounds, for tables."""
    return f"£{value / 1e6:,.1f} million"


def tables(area: Area) -> dict[str, str]:
    """Return the captions of the tables by their names."""
    return {
        "spending-of-services": (
            f"Net spending of councils per head in {area.label}, in prices of {PRICES}, against England and {peers_title(area.kind)}. "
            "Rank 1 spends most."
        ),
        "determinants-in-numbers": (
            f"Determinants and outcomes of health in {area.label} and England. Means of councils weighted by people. Rank 1 of "
            f"{peers_title(area.kind)} is best for health."
        ),
        "implied": (
            f"Implication, not forecast: what national estimates would mean if they held in {area.label}. For ten per cent more public health "
            "spending, 95% intervals in brackets. A negative number means more deaths."
        ),
    }


def _change(row: Mapping[str, Any]) -> str:
    return f"{moved_by(row['change'])} since {financial_year(int(row['since']))}"


def _lines(services: Services) -> dict[str, dict[str, Any]]:
    return {str(r["service"]): r for r in records(services.by_service)}


def spending_by_service(services: Services) -> Caption:
    """Return the words of the chart of spending."""
    lines, area = _lines(services), services.councils.area
    adult, other = lines["adult_social_care"], lines["other_local"]
    return Caption(
        "spending-by-service",
        f"Adult social care {moved_by(adult['change'])}, other services {moved_by(other['change'])}",
        f"Net current spending of councils per head by service since 2010/11, {area.label}, pounds in prices of {PRICES}. Change of adult social care since {financial_year(int(adult['since']))}. Other local services: roads, "
        "environment, culture, planning, housing",
        source_line("council_outturn", "gdp_deflator"),
        f"Line chart of council spending per head in {area.label} by service. Adult social care {moved_by(adult['change'])}, other local "
        f"services {moved_by(other['change'])}; {'some years are left open' if services.gaps else 'there are no gaps'}.",
    )


def headline(services: Services) -> str:
    """Return what councils of the area spend, and how that changed, against England."""
    lines = _lines(services)
    adult, ph, other = (lines[name] for name in ("adult_social_care", "public_health", "other_local"))
    named = {"adult social care": adult, "public health": ph, "other local services": other}
    changes = [f"{n} {_change(r)} (England: {moved_by(r['change_england'])})" for n, r in named.items()]
    return (
        f"{'The council' if _alone(services) else 'Councils here'} spent {pounds(adult['per_head'])} per head on adult social care and {pounds(ph['per_head'])} on public health in "
        f"{financial_year(services.latest)} (England {pounds(adult['england'])} and {pounds(ph['england'])}). "
        f"After inflation {'. '.join([changes[0], *(c[0].upper() + c[1:] for c in changes[1:])])}."
    )


def _alone(services: Services) -> bool:
    """Whether the area is one council with all its services, not a county with district councils."""
    return services.councils.area.kind in areas.KIND_GROUPS["district"]


def spending_against_need(need: Need, years: tuple[int, int]) -> Caption:
    """Return the words of the chart of spending against need."""
    data, area = need.against_need, need.councils.area
    finding, peers = against_need(data, area), peers_title(area.kind)
    finding = f"{finding[0].upper()}{finding[1:]}"
    return Caption(
        "spending-against-need",
        finding,
        f"Spending on adult social care and public health per head over the expectation, {years[0]} to {years[1]}, {peers}. Expected is what councils with the same "
        "deprivation and share of people over 65 spend, with 95% intervals",
        source_line("area_year_panel"),
        f"Dot chart of {len(data)} {peers} by spending over expectation, from "
        f"{span(data['difference'].min(), data['difference'].max(), two_figures)} per cent. {finding}.",
    )


def against_need(data: pd.DataFrame, area: Area) -> str:
    """Return how an area's spending compares with its need."""
    own = data[data["area_code"] == area.code]
    if own.empty:
        return "too few councils have figures to compare spending with need"
    r = record(own)
    if r["lower"] <= 0 <= r["upper"]:
        return f"{_who(area)} about what {_whose(area)} need suggests"
    side = "more" if r["difference"] > 0 else "less"
    return (
        f"{_who(area)} {percentage(abs(r['difference']) / 100, 0)} {side} than {_whose(area)} need suggests"
    )


def _who(area: Area) -> str:
    return "the council spends" if area.kind in areas.KIND_GROUPS["district"] else "councils spend"


def _whose(area: Area) -> str:
    return "its" if area.kind in areas.KIND_GROUPS["district"] else "their"


def determinants(area: Area, placed: pd.DataFrame) -> Caption:
    """Return the words of the chart of determinants."""
    above = int((placed["position"] > 0).sum())
    return Caption(
        "determinants",
        f"Better than England on {above} of {len(placed)} measures",
        f"Difference from England in standard deviations of councils, towards better health. {area.label}, latest year of each. Mean of councils "
        "weighted by people",
        source_line("area_year_panel"),
        f"Dot chart of {len(placed)} indicators for {area.label}, from best to worst against England: first {placed['name'].iloc[0]}, last "
        f"{placed['name'].iloc[-1]}; {above} lie above England.",
    )


def best_and_worst(placed: pd.DataFrame) -> str:
    """Return what the area does best and worst on."""
    if len(placed) < 2:
        return "Too few councils of the area have figures to place it."
    best, worst = (str(placed["name"].iloc[i]).lower() for i in (0, -1))
    return f"Against England the area does best on {best} and worst on {worst}."


def implied(averted: Estimate) -> str:
    """Return what our own national estimate implies, as an implication."""
    i = averted.interval()
    lower, upper = (f"{two_figures(abs(v))} {'more' if v < 0 else 'fewer'}" for v in (i.lower, i.upper))
    text = f"If our national estimate held here, ten per cent more public health spending would go with between {lower} and {upper} preventable deaths a year"
    return f"{text}." if i.excludes_zero else f"{text}. That is no finding either way."


def _implied(section: AreaSpending) -> dict[str, str]:
    if not section.implied.known:
        return {
            "spending_implied_instead": "Preventable deaths are not published for so few people, so nothing can be worked out here."
        }
    return {"spending_implied": implied(section.implied.returns[OWN_ELASTICITY].deaths_averted)}


def parts(found: pd.DataFrame) -> str:
    """Return which councils count, and which only in part.

    Examples
    --------
    >>> parts(pd.DataFrame({"name": ["A", "B"], "share": [1.0, 0.25]}))[:100]
    'One council with social care and public health lies wholly in the area. The boundary cuts 1: B (25%)'
    """
    cut = found[found["share"] <= 1 - 1e-6].sort_values("share", ascending=False)
    count = len(found) - len(cut)
    text = f"{count or 'No'} councils with social care and public health lie wholly in the area"
    if count == 1:
        text = "One council with social care and public health lies wholly in the area"
    if cut.empty:
        return f"{text}; the boundary cuts none."
    listed = [
        f"{name} ({percentage(share, 0 if 0.01 <= share < 0.995 else 1)})"
        for name, share in zip(cut["name"], cut["share"], strict=True)
    ]
    counts = "It counts by the share of its" if len(cut) == 1 else "They count by the share of their"
    return f"{text}. The boundary cuts {len(cut)}: {join(listed)}. {counts} people who live here, as if the council spent the same on everyone."


def gaps(found: Mapping[int, Sequence[str]]) -> str:
    """Return which years are left open and why."""
    if not found:
        return "No year is left open for missing councils."
    who = list(dict.fromkeys(name for names in found.values() for name in names)) or ["some councils"]
    years = join([financial_year(y) for y in sorted(found)])
    return f"{years} {'is' if len(found) == 1 else 'are'} left open: no figures from {join(who)}."


def left_out(section: AreaSpending) -> str:
    """Return which peers are not ranked, and which not compared with need."""
    services = section.services
    now = services.spending.query("year == @services.latest and line == 'public_health'")
    ranked = set(now.dropna(subset=["per_head"])["area_code"])
    compared = set(section.need.against_need["area_code"])
    told = []
    for reason, have in (
        (f"Not ranked for {financial_year(services.latest)}, because councils have no figures", ranked),
        ("Not compared with need", compared),
    ):
        names = [peer.short_name for peer in services.councils.peers if peer.code not in have]
        told += [f"{reason}: {join(names)}."] if names else []
    return " ".join(told) or "All areas of the same kind are compared."


def texts(section: AreaSpending) -> dict[str, str]:
    """Return the named texts of the section."""
    services, need = section.services, section.need
    return {
        "spending_headline": headline(services),
        "spending_parts": parts(services.parts),
        "spending_gaps": gaps(services.gaps),
        "spending_need": f"Set against deprivation and age, {against_need(need.against_need, need.councils.area)}.",
        "spending_peers": left_out(section),
        "spending_determinants": best_and_worst(section.determinants.placed),
        **_implied(section),
    }
