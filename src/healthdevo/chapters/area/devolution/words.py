"""Words of the devolution section of area pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthdevo import areas
from healthdevo.chapters.area.filling import link
from healthdevo.chapters.common import (
    BEFORE_PANDEMIC,
    in_turn,
    more_or_fewer,
    plain_name,
    records,
    source_line,
)
from healthdevo.chapters.devolution.words import in_deaths, in_percent_words, matches
from healthdevo.charts import Caption
from healthdevo.evaluation import PlaceboTest
from healthdevo.wording import as_markdown, join, number, span

if TYPE_CHECKING:
    from healthdevo.areas import Area
    from healthdevo.chapters.area.devolution.section import AreaDevolution
    from healthdevo.chapters.devolution.subject import Subject


def _districts(count: int) -> str:
    return "one district" if count == 1 else f"{count} districts"


def _size(test: PlaceboTest, subject: Subject) -> str:
    return f"{more_or_fewer(test.estimate)} {subject.things}"


def path_chart(section: AreaDevolution, test: PlaceboTest) -> Caption:
    """Words of the chart of the area's districts and their comparison."""
    limits, label, subject = test.interval(), section.area.label, section.subject
    ending = "than comparison" if section.stands_out else "within chance"
    comma = " " if section.stands_out else ", "
    others = "England outside London" if section.is_manchester else "districts without any deal"
    rate = subject.rate[0].upper() + subject.rate[1:]
    them = "it" if len(section.group) == 1 else "them"
    years = f"{subject.year(subject.first)} to {subject.year(BEFORE_PANDEMIC)}"
    return Caption(
        figure_id=subject.name("devolution-path"),
        title=f"{plain_name(section.area.short_name)}: {_size(test, subject)} per 100,000{comma}{ending}",
        subtitle=f"{rate}, {years}. Mean of {_districts(len(section.group))} with a deal in {label}, beside {others}, weighted to resemble {them}. Effect {in_deaths(test)} per 100,000 from {subject.year(section.start)} on{subject.note}",
        source=source_line(subject.table, "devolution_deal"),
        alt=f"Line chart of {subject.rate} by year in {label} and its comparison. After {subject.year(section.start - 1)} the area has {_size(test, subject)} per 100,000 than its comparison would suggest (95% interval {span(limits.lower, limits.upper)}).",
    )


def instead(area: Area) -> str:
    """Say that an area has too few people for figures that a deal could have changed."""
    return f"Too few people live in {as_markdown(area.short_name)} for yearly figures of deaths, so nothing can be said of a deal here."


def table(label: str, subject: Subject) -> str:
    """Caption of the table of the section."""
    what = subject.rate.removesuffix(" per 100,000")
    return f"{what[0].upper()}{what[1:]} in {label}: what changed where there was a deal, and what could have been seen. With 95% permutation intervals of blocks of neighbouring districts."


def rows(section: AreaDevolution) -> dict[str, str]:
    """Return the rows of the table in words."""
    test, relative, trend, unit = section.test, section.relative, section.given_trend, section.subject.unit
    assert test is not None
    assert relative is not None
    shown = {"Districts with figures": str(len(section.group))}
    if section.treated:
        shown |= {
            f"Change against comparison, {unit}": f"{in_deaths(test)}; {matches(test)}",
            "The same in per cent of the rate": f"{in_percent_words(relative)}; {matches(relative)}",
            f"With the earlier trend taken into account, {unit}": NO_TREND
            if trend is None
            else f"{in_deaths(trend)}; {matches(trend)}",
        }
    if section.detectable is not None:
        found = f"{number(section.detectable, 2)} {unit}"
        shown["Effect that would be found four times out of five"] = found
    return shown


def texts(section: AreaDevolution) -> dict[str, str]:
    """Named texts for the prose of the section."""
    return {
        "devolution_headline": _headline(section),
        "devolution_geography": _geography(section),
        "devolution_detectable": _detectable(section),
        "devolution_admissions": _admissions(section),
    }


def _admissions(section: AreaDevolution) -> str:
    """Say what changed in avoidable admissions, or why nothing is said."""
    other = section.admissions
    if section.part:
        return "Avoidable admissions are judged there too."
    if not section.treated:
        return "The same holds for avoidable emergency admissions."
    if other is None:
        return "No district with a deal has figures of avoidable admissions in every year without a break of recording."
    if other.test is None:
        return "For avoidable emergency admissions, too, the deals cover too large a part of England."
    left = len(section.group) - len(other.group)
    note = (
        f" {_districts(left).capitalize()} {'is' if left == 1 else 'are'} left out, for lack of figures or for a break of hospital recording."
        if left
        else ""
    )
    judged = other.judged
    if judged is None:
        return f"{_change(other, other.test)} {_other_readings(other)}{note}"
    return (
        f"{_change(other, other.test)} {_other_readings(other)} Counted from the budget in 2016/17 it is {_size(judged.budget, other.subject)} "
        f"per 100,000; {matches(judged.budget)}. Followed through the pandemic to 2023/24 it is {_size(judged.longest, other.subject)}; {matches(judged.longest)}."
    )


def _headline(section: AreaDevolution) -> str:
    label, test = as_markdown(section.area.label), section.test
    if section.part:
        return _part(section)
    if not section.treated:
        return _none(section)
    deals = [f"{as_markdown(r['name'])} ({r['start']})" for r in records(section.deals)]
    first = in_turn(
        deals,
        f"Deals in {label} early enough to judge, with the first whole year after each: ",
        "Also early enough: ",
    )
    if test is None:
        return (
            f"{first} They cover too large a part of England to be compared with as many districts elsewhere."
        )
    powers = "" if section.deals["health"].any() else " These deals gave no power over health."
    return f"{first} {_change(section, test)} {_other_readings(section)}{powers}"


def _change(section: AreaDevolution, test: PlaceboTest) -> str:
    """Say what changed, with its interval and its rank among blocks."""
    subject = section.subject
    chance = "That is unusual." if section.stands_out else "That is within what chance gives."
    block = (
        "A block is one other district."
        if len(section.group) == 1
        else f"A block is {len(section.group)} neighbouring districts {'without the deal' if section.finding else 'without any deal'}."
    )
    limits = span(test.interval().lower, test.interval().upper)
    if section.finding:
        return f"{section.finding} The 95% interval of the change is {limits}; {matches(test)}. {block}"
    what = (
        "avoidable emergency admissions per 100,000"
        if subject.things == "admissions"
        else "deaths under 75 per 100,000 from preventable causes"
    )
    return (
        f"From {subject.year(section.start)} to {subject.year(BEFORE_PANDEMIC)}, its districts with a deal had {more_or_fewer(test.estimate)} {what} than their comparison. "
        f"The 95% interval is {limits}; {matches(test)}. {block} {chance}"
    )


def _part(section: AreaDevolution) -> str:
    """Say which deal a district is part of, and where that is judged."""
    deal = records(section.deals[section.deals["size"] > 1])[0]
    whole = link(areas.get(deal["area_code"]), "devolution", deal["name"])
    return (
        f"{as_markdown(section.area.short_name)} is one of {deal['size']} districts in the deal of {whole}; {deal['start']} is the first whole year after it. "
        "The deal is judged as a whole on that page, for one district alone is too small to show a change."
    )


def _none(section: AreaDevolution) -> str:
    """Say that no deal was early enough to judge, and which came later."""
    label, later = as_markdown(section.area.label), section.later
    if later.empty:
        return f"No devolution deal covers {label}. So no change is shown: none here could come from a deal."
    deals = join([f"{as_markdown(r['name'])} ({r['agreed_words']})" for r in records(later)])
    came = "This deal came" if len(later) == 1 else "These deals came"
    return (
        f"No part of {label} had a deal early enough to judge by 2019. {came} later: {deals}. "
        "So no change is shown: none could come from a deal yet."
    )


NO_TREND = "too few separate blocks to say"


def _other_readings(section: AreaDevolution) -> str:
    """Say what the change is in per cent, and with the earlier trend taken into account."""
    relative, trend = section.relative, section.given_trend
    assert relative is not None
    first = f"In per cent of the rate the change is {in_percent_words(relative)}; {matches(relative)}."
    if trend is None:
        return f"{first} There are too few separate blocks to say how earlier trends go on."
    return f"{first} With the earlier trend taken into account it is {_size(trend, section.subject)} per 100,000; {matches(trend)}."


def _geography(section: AreaDevolution) -> str:
    count = len(section.districts)
    have, their, they = ("has", "its", "It is") if count == 1 else ("have", "their", "They include")
    if section.area.kind in areas.KIND_GROUPS["district"]:
        return "The figures are of the district."
    text = f"The figures are of districts. {_districts(count).capitalize()} {have} at least half of {their} people in {section.area.label}"
    if section.part or not section.treated:
        return f"{text}."
    parts = [
        r["name"]
        if r["size"] == 1
        else f"{'all' if r['shared'] == r['size'] else r['shared']} of {r['name']}'s {r['size']}"
        for r in records(section.deals)
    ]
    return f"{text}. {in_turn(parts, f'{they} ', f'{they} also ')}" if parts else f"{text}."


def _detectable(section: AreaDevolution) -> str:
    if section.panel is None or section.detectable is None:
        return "There are too few blocks of as many districts elsewhere to say what could have been seen."
    size, level = section.detectable, float(section.panel.outcome[section.panel.treated][:, -1].mean())
    return f"The figures would show a deal's effect four times out of five only if it were large. With {_districts(len(section.group))} that is at least {number(size, 2)} deaths per 100,000, {number(100 * size / level, 2)}% of the rate in 2019."
