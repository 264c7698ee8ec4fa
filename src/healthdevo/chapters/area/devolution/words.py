"""Words of the devolution section of area pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthdevo.chapters.common import in_words, more_or_fewer, plain_name, records, small_share, source_line
from healthdevo.charts import Caption
from healthdevo.evaluation import PlaceboTest
from healthdevo.wording import join, number, span

if TYPE_CHECKING:
    from healthdevo.chapters.area.devolution.section import AreaDevolution


def _districts(count: int) -> str:
    return "one district" if count == 1 else f"{count} districts"


def _size(test: PlaceboTest) -> str:
    return f"{more_or_fewer(test.estimate)} deaths"


def path_chart(section: AreaDevolution, test: PlaceboTest) -> Caption:
    """Words of the chart of the area's districts and their comparison."""
    limits, label = test.interval(), section.area.label
    chance = "" if section.stands_out else ", within chance"
    return Caption(
        figure_id="devolution-path",
        title=f"{plain_name(section.area.short_name)}: {_size(test)} than its comparison from {section.start} on{chance}",
        subtitle=f"Preventable deaths under 75 per 100,000, mean of {_districts(len(section.group))}{' with a deal' if section.treated else ''} in {label} and of districts without any deal, weighted to resemble them, 2010 to 2019",
        source=source_line("under_75_mortality", "devolution_deal"),
        alt=f"Line chart of preventable deaths under 75 by year in {label} and its comparison. After {section.start - 1} the area has {_size(test)} per 100,000 than its comparison would suggest (95% interval {span(limits.lower, limits.upper)}).",
    )


def england_chart(short_name: str) -> Caption:
    """Words of the chart that stands in where an area has no district with figures."""
    return Caption(
        figure_id="devolution-path",
        title=f"No district with figures lies mostly in {short_name}; England for reference",
        subtitle="Preventable deaths under 75 per 100,000, mean of the districts of England, 2010 to 2019",
        source=source_line("under_75_mortality"),
        alt="Line chart of preventable deaths under 75 by year, mean of the districts of England, falling over the decade.",
    )


def table(label: str) -> str:
    """Caption of the table of the section."""
    return f"Preventable deaths under 75 in {label}: synthetic difference-in-differences with 95% permutation intervals."


def rows(section: AreaDevolution, test: PlaceboTest, trend: PlaceboTest, detectable: float) -> dict[str, str]:
    """Return the rows of the table in words."""
    what = "Change against comparison" if section.treated else "Change without a deal"
    return {
        f"{what}, deaths per 100,000": in_words(test),
        "Random groups with as large a change": small_share(test.p_absolute),
        "Less own earlier trends, deaths per 100,000": in_words(trend),
        "Random groups with as large a change, less trends": small_share(trend.p_absolute),
        "Effect that would be found four times out of five": number(detectable, 2),
    }


def texts(section: AreaDevolution) -> dict[str, str]:
    """Named texts for the prose of the section."""
    return {
        "devolution_headline": _headline(section),
        "devolution_geography": _geography(section),
        "devolution_detectable": _detectable(section),
    }


def _headline(section: AreaDevolution) -> str:
    label, test, trend = section.area.label, section.test, section.trend
    if test is None or trend is None:
        return f"No district with figures has most of its people in {label}, so nothing can be said here."
    share = small_share(test.p_absolute)
    if not section.treated:
        return (
            f"No part of {label} had a deal early enough to judge. Between 2010 to {section.start - 1} and {section.start} to 2019 its districts came to "
            f"{_size(test)} per 100,000 than their comparison, without any deal. That is {'unusual' if section.stands_out else 'usual'} for a group of this size: {share} of random groups show as much."
        )
    deals = join([f"{r['name']} ({r['start']})" for r in records(section.deals)])
    first = (
        f"Deals in {label} early enough to judge, with the first whole year after each: {deals}. From {section.start} on, its districts with a deal had {_size(test)} "
        f"under 75 per 100,000 from preventable causes than their comparison ({share} of random groups show as much)."
    )
    if not section.stands_out:
        return f"{first} That is within what chance gives."
    if trend.estimate * test.estimate > 0 and trend.p_absolute <= 0.05:
        second = "It stays when earlier trends are carried on."
    else:
        second = f"When earlier trends are carried on, the change is {_size(trend)} ({small_share(trend.p_absolute)} of groups show as much), so it may have begun before."
    powers = "" if section.deals["health"].any() else " These deals gave no power over health."
    return f"{first} {second}{powers}"


def _geography(section: AreaDevolution) -> str:
    count = len(section.districts)
    have, their, they = ("has", "its", "it is") if count == 1 else ("have", "their", "they include")
    text = f"The figures are of districts. {_districts(count).capitalize()} {have} at least half of {their} people in {section.area.label}"
    parts = [
        r["name"]
        if r["size"] == 1
        else f"{'all' if r['shared'] == r['size'] else r['shared']} of {r['name']}'s {r['size']}"
        for r in records(section.deals)
    ]
    return f"{text}; {they} {join(parts)}." if parts else f"{text}."


def _detectable(section: AreaDevolution) -> str:
    if section.panel is None or section.detectable is None:
        return "Without districts there is nothing to detect."
    size, level = section.detectable, float(section.panel.outcome[section.panel.treated][:, -1].mean())
    return f"With {_districts(len(section.group))} the figures would show a deal's effect four times out of five only if it were at least {number(size, 2)} deaths per 100,000, {number(100 * size / level, 2)}% of the rate in 2019."
