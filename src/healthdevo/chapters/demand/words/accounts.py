"""Words of the growth accounts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from healthdevo.chapters.common import record, source_line
from healthdevo.charts import Caption
from healthdevo.results import Estimate
from healthdevo.wording import financial_year, join, millions, number, percentage
from healthdevo.wording import signed as signed_number
from healthdevo.wording import signed_percentage as signed

if TYPE_CHECKING:
    from healthdevo.chapters.demand.accounts import Account, DemandAccounts

PARTS = {
    "people": "More people",
    "calendar": "Calendar",
    "major": "Use of major departments",
    "specialist": "Use of specialist departments",
    "minor": "Use of minor-injury units",
}
"""The parts of growth, in the order drawn."""

_OF_PART = {
    "people": "the number of residents",
    "calendar": "the calendar",
    "major": "the use of major departments",
    "specialist": "the use of specialist departments",
    "minor": "the use of minor-injury units",
}


def deprivation(most: Mapping[str, Any], least: Mapping[str, Any]) -> Caption:
    """Words of growth by deprivation."""
    span = f"{financial_year(int(most['start']))} to {financial_year(int(most['end']))}"
    return Caption(
        figure_id="growth-by-deprivation",
        title=f"Published points {_deprivation_verdict(most, least)}",
        subtitle=f"Growth of A&E attendances by deprivation of the patient's home, England, {span}; bars show what rounding to 0.1 million allows",
        source=source_line("emergency_deprivation"),
        alt=(
            f"Dot chart of growth from {span}: the most deprived tenth {signed(most['growth'])}, with rounding "
            f"{signed(most['lower'])} to {signed(most['upper'])}; the least deprived tenth {signed(least['growth'])}, with rounding "
            f"{signed(least['lower'])} to {signed(least['upper'])}."
        ),
    )


def account(a: Account, name: str, figure_id: str, title: str) -> Caption:
    """Words of a growth account."""
    listed = [f"{PARTS[p].lower()} {signed(a.share(p))}" for p in PARTS]
    return Caption(
        figure_id=figure_id,
        title=title,
        subtitle=(
            f"Parts of the growth of attendances at all types of A&E, {name}, {financial_year(a.start)} to {financial_year(a.end)}, in "
            f"per cent of {financial_year(a.start)}; the parts add up to the growth"
        ),
        source=source_line("emergency_month", "population_year"),
        alt=f"Waterfall chart of growth in {name}: {join(listed)}; all growth {signed(a.growth)}.",
    )


def england_title(a: Account) -> str:
    """Return the message of England's account."""
    return (
        f"Of {_plain(a.growth)} points of growth since {financial_year(a.start)}, more people give {_plain(a.share('people'))} and "
        f"the use of minor-injury units {_plain(a.share('minor'))}"
    )


def largest_part(a: Account) -> str:
    """Return the message of an area's account: its largest part."""
    largest = str(a.parts["share"].abs().idxmax())
    return (
        f"Largest part of the change since {financial_year(a.start)}: {_OF_PART[largest]}, "
        f"{signed_number(100 * a.share(largest))} points"
    )


def regions_table(a: Account) -> str:
    """Return the caption of the accounts of England and the regions."""
    return (
        f"Growth of attendances from {financial_year(a.start)} to {financial_year(a.end)} and its parts, in per cent of "
        f"{financial_year(a.start)}; the last column takes no age group to come more than {_times(a.ratio)} as often as another."
    )


def account_sentence(a: Account) -> str:
    """Return an account in words."""
    use = {p: a.share(p) for p in ("major", "specialist", "minor")}
    return (
        f"Attendances {_moved(a.growth)} between {financial_year(a.start)} and {financial_year(a.end)}. More people explain "
        f"{_points(a.share('people'))}, the calendar {_points(a.share('calendar'))}, a changed rate of use of major departments "
        f"{_points(use['major'])}, of specialist ones {_points(use['specialist'])} and of minor-injury units {_points(use['minor'])}."
    )


def ageing_words(a: Account) -> str:
    """Return what ageing can and cannot explain, in words."""
    low, high = a.ageing_bounds(a.ratio)
    far, most = a.ageing_bounds(math.inf)
    use = a.share("major", "specialist", "minor")
    verdict = (
        "Use did not grow, so there is nothing for ageing to explain."
        if use <= 0
        else "Within that limit ageing alone cannot explain the growth in use."
        if high < use
        else "That would be enough to explain the growth in use, so ageing cannot be ruled out as its cause."
    )
    return (
        f"If no age group (under 16, 16 to 64, 65 and over) came more than {_times(a.ratio)} as often as another, the changed mix "
        f"of ages explains between {_points(low)} and {_points(high)} out of {_points(use)} for all changes in use. {verdict} "
        f"Without that limit, if whole groups never came, the bounds would be {_points(far)} and {_points(most)}."
    )


def calendar_words(a: Account, work: Estimate) -> str:
    """Return the part of the calendar and how sure the effect of working days is."""
    interval = work.interval() if work.intervals else None
    clear = interval is not None and interval.excludes_zero
    sure = (
        "Months with more working days differ clearly from others."
        if clear
        else "An effect of working days cannot be told from none."
    )
    return f"The calendar contributes {_points(a.share('calendar'))}: leap days and working days. {sure}"


def _plain(share: float) -> str:
    return f"{100 * share:.0f}".replace("-", "\N{MINUS SIGN}")


def _points(share: float) -> str:
    text = f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")
    return f"{'no' if text[1:] == '0.0' else text} points"


def _moved(share: float) -> str:
    return f"grew by {percentage(share)}" if share >= 0 else f"fell by {percentage(-share)}"


def _changed(count: float) -> str:
    return f"{'grew' if count >= 0 else 'fell'} by {millions(abs(count))}"


def _times(ratio: float) -> str:
    return {2.0: "twice", 3.0: "three times"}.get(ratio, f"{ratio:g} times")


def _minor_regions(regions: dict[str, Account]) -> str:
    larger = [name for name, a in regions.items() if a.share("minor") > a.share("major")]
    if not larger:
        return "In no region did the use of minor-injury units add more than that of major departments."
    if len(larger) == len(regions):
        return "In every region the use of minor-injury units added more than that of major departments."
    return f"The use of minor-injury units added more than that of major departments in {join(larger)}."


def _minor_verdict(p: dict[str, float]) -> str:
    if p["change"] <= 0:
        return "There was no growth to divide."
    source = "there before" if p["stayed"] > p["new"] - p["gone"] else "new"
    return f"So most of the growth came at providers that were {source}."


def _deprivation_verdict(most: Mapping[str, float], least: Mapping[str, float]) -> str:
    if most["upper"] < least["lower"]:
        return "show slower growth in the most deprived tenth than in the least deprived"
    if most["lower"] > least["upper"]:
        return "show faster growth in the most deprived tenth than in the least deprived"
    return "are too coarse to say whether the most or the least deprived tenth grew faster"


def texts(d: DemandAccounts) -> dict[str, str]:
    """Named texts for the prose."""
    a = d.england
    regions = {name: x for name, x in d.regions.items() if name != "England"}
    fastest, slowest = next(iter(regions)), list(regions)[-1]
    p = d.minor_providers
    work = d.working_day_effect
    most, least = record(d.deprivation_growth, 0), record(d.deprivation_growth, 1)
    return {
        "account_years": f"{financial_year(a.start)} to {financial_year(a.end)}",
        "account_sentence": account_sentence(a),
        "account_per_head": percentage((1 + a.growth) / (1 + a.population_growth) - 1.0),
        "account_calendar": calendar_words(a, work),
        "account_ageing": ageing_words(a),
        "account_regions": (
            f"Between {financial_year(2016)} and {financial_year(d.end)} attendances {_moved(regions[fastest].growth)} in "
            f"{fastest}, the most of all regions, and {_moved(regions[slowest].growth)} in {slowest}, the least. "
            f"{_minor_regions(regions)}"
        ),
        "account_minor_units": (
            f"Between 2016/17 and {financial_year(int(p['end']))} minor-injury attendances {_changed(p['change'])}. Providers that "
            f"are new in the lists ({p['new_count']:.0f}) count {millions(p['new'])}, providers that went ({p['gone_count']:.0f}) "
            f"had counted {millions(p['gone'])}. Many of them are the same unit under another owner, so the fair measure of new "
            f"providers is the difference, {millions(p['new'] - p['gone'])}. Providers there in both years "
            f"{'gained' if p['stayed'] >= 0 else 'lost'} {millions(abs(p['stayed']))}, at old sites or new ones: the lists do not "
            f"say which. {_minor_verdict(p)}"
        ),
        "deprivation_sentence": (
            f"From {financial_year(int(most['start']))} to {financial_year(int(most['end']))} attendances from the most deprived "
            f"tenth of neighbourhoods changed by {signed(most['growth'], 0)} (rounding allows {signed(most['lower'], 0)} to "
            f"{signed(most['upper'], 0)}), those from the least deprived tenth by {signed(least['growth'], 0)} "
            f"({signed(least['lower'], 0)} to {signed(least['upper'], 0)}). The points {_deprivation_verdict(most, least)}. In "
            f"{financial_year(int(most['end']))} people from the most deprived tenth still came "
            f"{number(most['attendances_end'] / least['attendances_end'], 2)} times as often."
        ),
    }
