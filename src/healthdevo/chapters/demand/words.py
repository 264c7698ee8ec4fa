"""Words of the Demand chapter that depend on its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from healthdevo.chapters.common import in_turn, in_words, record, records, sentences, source_line
from healthdevo.chapters.common.emergency_series import beaten_horizons, scorecard
from healthdevo.chapters.demand.findings import findings
from healthdevo.charts import Caption, Icon
from healthdevo.mathematics import RelativeChange
from healthdevo.results import Estimate
from healthdevo.series import AreaForecast, ControlChart
from healthdevo.wording import (
    financial_year,
    join,
    millions,
    number,
    percentage,
    signed,
    signed_percentage,
    span,
    with_interval,
)

if TYPE_CHECKING:
    from healthdevo.chapters.demand.accounts import Account, DemandAccounts
    from healthdevo.chapters.demand.attendances import Demand
    from healthdevo.chapters.demand.four_hour import FourHours
    from healthdevo.chapters.demand.outlook import Outlook
    from healthdevo.chapters.demand.pandemic import PandemicBreak

TABLES = {
    "fair-windows": "Growth of A&E attendances in England over different windows, by type of department and per head.",
    "four-hours-by-region": (
        "Distance from the target and trend in percentage points with 95% intervals, and the icons of the control chart (H high, L low; "
        "F fails, P passes, ? neither)."
    ),
    "pandemic-break-by-type": "The pandemic in attendances in England by type of department, with 95% intervals.",
}
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
VARIATION_WORDS = {
    "common_cause": "usual variation",
    "special_cause_improvement": "better than usual",
    "special_cause_concern": "worse than usual",
}
_CHARTS = {"XmR": "XmR control chart", "P'": "P' control chart, whose limits know the number of attendances"}
ASSURANCE_WORDS = {
    "consistent_pass": "meets the target reliably",
    "consistent_fail": "cannot meet the target as it works now",
    "inconsistent": "meets the target in some months only",
    "": "no target to judge by",
}
_SHORT = {
    "consistent_pass": "meets the target",
    "consistent_fail": "cannot meet the target",
    "inconsistent": "meets it in some months",
    "": "no target",
}
MODEL_NAMES = {
    "structural trend": "structural trend",
    "airline": "airline model",
    "seasonal naive": "last year's months again",
}


# ---- counts -----------------------------------------------------------------------------------------------------------------------


def long_series(d: Demand, first: int) -> Caption:
    """Words of the long series."""
    last, change = d.latest, d.growth(first, d.latest)
    return Caption(
        figure_id="long-series",
        title=f"A&E attendances reached {millions(change.end, 1)} in {financial_year(last)}",
        subtitle=f"Attendances at all types of A&E department, England, millions, {financial_year(first)} to {financial_year(last)}; the line breaks where the count was redefined",
        source=source_line("emergency_financial_year"),
        alt=(
            f"Line chart of A&E attendances in England by financial year: {millions(change.start, 1)} in "
            f"{financial_year(first)}, {millions(d.total(2017), 1)} in 2017/18, a fall to "
            f"{millions(d.total(2020), 1)} in the pandemic year 2020/21 and {millions(change.end, 1)} in "
            f"{financial_year(last)}. The line is broken where definitions change."
        ),
    )


def claim(shown: pd.DataFrame, fits: list[str], fair: RelativeChange) -> Caption:
    """Words of the nine-year windows."""
    return Caption(
        figure_id="nine-year-windows",
        title=f"Up 22 per cent fits one window; later: {percentage(fair.change, 0)}",
        subtitle="Growth of attendances at all types of A&E over nine years, England, windows starting 2003/04 or later; bars show what rounding of published totals allows",
        source=source_line("emergency_financial_year"),
        alt=(
            f"Dot chart of growth in A&E attendances over {len(shown)} nine-year windows. Only {join(fits)} lies at the claimed "
            f"22 per cent with a total of almost 24 million; 2010/11 to 2019/20 gives {percentage(fair.change)}; windows ending in "
            "2020/21 or later are pulled down by the pandemic."
        ),
    )


def monthly(d: Demand, months: pd.Series) -> Caption:
    """Words of the months by type."""
    return Caption(
        figure_id="monthly-by-type",
        title=f"Minor-injury units account for {percentage(d.contributions['share']['3'], 0)} of growth",
        subtitle=f"Attendances per day by type of department, England, thousands, {months.min():%B %Y} to {months.max():%B %Y}",
        source=source_line("emergency_month"),
        alt=(
            "Line chart of attendances per day by month. Type 1 departments are highest and grow slowly; type 3 units are second "
            "and grow faster; type 2 is small and flat. All fall sharply in spring 2020, and type 3 is short from August 2022 "
            "to February 2023."
        ),
    )


def regions(d: Demand) -> Caption:
    """Words of the regions."""
    top, bottom = record(d.regions, 0), record(d.regions, -1)
    label = financial_year(int(top["year"]))
    return Caption(
        figure_id="regions",
        title=f"{top['name']}: {percentage(top['estimate'] / bottom['estimate'] - 1, 0)} above {bottom['name']}",
        subtitle=f"Attendances at all types of A&E per 1,000 residents, NHS regions, {label}, with 95% intervals",
        source=source_line("emergency_month", "population_year"),
        alt=(
            f"Dot chart of attendances per 1,000 people in the NHS regions in {label}: from {number(bottom['estimate'])} in "
            f"{bottom['name']} to {number(top['estimate'])} in {top['name']}."
        ),
    )


def known_share(value: float) -> str:
    """Return a share, or that it is not known, for tables."""
    return "not known" if pd.isna(value) else percentage(value)


def attendance_texts(d: Demand) -> dict[str, str]:
    """Named texts for the prose: every number the chapter states."""
    claim, fair = d.growth(2008, 2017), d.growth(2010, 2019)

    def window(start: int, end: int) -> dict[str, Any]:
        return record(d.fair_windows.query(f"start == {start} and end == {end}"))

    share, early, long = d.contributions["share"], window(2011, 2017), window(2011, 2024)
    matches = d.claim_matches
    verdict = (
        f"one window of nine years fits both parts of the claim: {matches['window'].iloc[0]}"
        if len(matches) == 1
        else f"{len(matches)} windows of nine years fit both parts of the claim"
    )
    top, bottom = record(d.regions, 0), record(d.regions, -1)
    w = d.nine_year_windows
    sound = w.loc[(w["start"] >= 2003) & ~w["through_pandemic"], "growth"]
    return {
        **sentences(findings(d)),
        **{f"total_{year}": millions(d.total(year)) for year in (2008, 2017, 2018, 2019)},
        "growth_claim_bounds": f"{percentage(claim.lower)} to {percentage(claim.upper)}",
        "growth_fair_bounds": f"{percentage(fair.lower)} to {percentage(fair.upper)}",
        "claim_verdict": verdict,
        "windows_low": percentage(sound.min(), 0),
        "windows_high": percentage(sound.max(), 0),
        "windows_count": str(len(sound)),
        "growth_2011_2017": percentage(early["growth_all"]),
        "growth_2011_2017_type_1": percentage(early["growth_type_1"]),
        "growth_2011_2017_type_3": percentage(early["growth_type_3"]),
        "growth_claim_per_head": percentage(window(2008, 2017)["growth_per_head"]),
        "growth_fair_per_head": percentage(window(2010, 2019)["growth_per_head"]),
        "growth_long": percentage(long["growth_all"]),
        "growth_long_population": percentage(long["growth_population"]),
        "share_type_1": percentage(float(share["1"]), 0),
        "share_type_3": percentage(float(share["3"]), 0),
        "since_2019": percentage(d.growth(2019, d.latest).change),
        "region_top": str(top["name"]),
        "region_bottom": str(bottom["name"]),
        "region_ratio": percentage(top["estimate"] / bottom["estimate"] - 1, 0),
        "region_year": financial_year(int(top["year"])),
    }


# ---- growth accounts --------------------------------------------------------------------------------------------------------------


def deprivation(d: DemandAccounts) -> Caption:
    """Words of growth by deprivation."""
    most, least = records(d.deprivation_growth)
    when = f"{financial_year(int(most['start']))} to {financial_year(int(most['end']))}"
    return Caption(
        figure_id="growth-by-deprivation",
        title=_deprivation_title(most, least),
        subtitle=f"Growth of A&E attendances by deprivation of the patient's home, England, {when}; bars show what rounding to {rounding()} allows",
        source=source_line("emergency_deprivation"),
        alt=(
            f"Dot chart of growth from {when}: the most deprived tenth {signed_percentage(most['growth'])}, with rounding "
            f"{signed_percentage(most['lower'])} to {signed_percentage(most['upper'])}; the least deprived tenth {signed_percentage(least['growth'])}, with rounding "
            f"{signed_percentage(least['lower'])} to {signed_percentage(least['upper'])}."
        ),
    )


def account(a: Account, name: str, title: str) -> Caption:
    """Words of a growth account."""
    listed = [f"{PARTS[p].lower()} {signed_percentage(a.share(p))}" for p in PARTS]
    return Caption(
        figure_id="growth-account",
        title=title,
        subtitle=(
            f"Parts of the growth of attendances at all types of A&E, in per cent of {financial_year(a.start)}. "
            f"{name}, {financial_year(a.start)} to {financial_year(a.end)}. The parts add up to the growth"
        ),
        source=source_line("emergency_month", "population_year"),
        alt=f"Waterfall chart of growth in {name}: {join(listed)}; all growth {signed_percentage(a.growth)}.",
    )


def england_title(a: Account) -> str:
    """Return the message of England's account."""
    return f"Of {_plain(a.growth)} points' growth, more people give {_plain(a.share('people'))}"


def largest_part(a: Account) -> str:
    """Return the message of an area's account: its largest part."""
    largest = str(a.parts["share"].abs().idxmax())
    return (
        f"Largest part of the change since {financial_year(a.start)}: {_OF_PART[largest]}, "
        f"{signed(100 * a.share(largest))} points"
    )


def regions_table(a: Account) -> str:
    """Return the caption of the accounts of England and the regions."""
    return (
        f"Growth of attendances from {financial_year(a.start)} to {financial_year(a.end)} and its parts, in per cent of "
        f"{financial_year(a.start)}. The last column takes no age group to come more than {_times(a.ratio)} as often as another."
    )


def account_sentence(a: Account) -> str:
    """Return an account in words."""
    use = {p: a.share(p) for p in ("major", "specialist", "minor")}
    return (
        f"Attendances {_moved(a.growth)} between {financial_year(a.start)} and {financial_year(a.end)}. More people explain "
        f"{_points(a.share('people'))}, the calendar {_points(a.share('calendar'))}. A changed rate of use explains {_points(use['major'])} at major departments, "
        f"{_points(use['specialist'])} at specialist ones and {_points(use['minor'])} at minor-injury units."
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
        f"Suppose no age group (under 16, 16 to 64, 65 and over) came more than {_times(a.ratio)} as often as another. Then the changed mix "
        f"of ages explains between {_points(low)} and {_points(high)}. All changes in use come to {_points(use)}. {verdict} "
        f"Without that limit, if whole groups never came, the bounds would be {_points(far)} and {_points(most)}."
    )


def calendar_words(a: Account, work: Estimate) -> str:
    """Return the part of the calendar and how sure the effect of working days is."""
    sure = (
        "Months with more working days differ clearly from others."
        if work.intervals and work.interval().excludes_zero
        else "An effect of working days cannot be told from none."
    )
    return f"The calendar contributes {_points(a.share('calendar'))}: leap days and working days. {sure}"


def _plain(share: float) -> str:
    return f"{100 * share:.0f}".replace("-", "\N{MINUS SIGN}")


def _points(share: float) -> str:
    text = f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")
    return f"{'0' if text[1:] == '0.0' else text} points"


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


def _deprivation_title(most: Mapping[str, float], least: Mapping[str, float]) -> str:
    if most["upper"] < least["lower"]:
        return "A&E grew more slowly in the most deprived tenth"
    if most["lower"] > least["upper"]:
        return "A&E grew faster in the most deprived tenth"
    return "Growth by deprivation: figures too coarse to tell"


def rounding() -> str:
    """Return to what yearly points by deprivation are rounded.

    >>> rounding()
    '0.1 million'
    """
    from healthdevo.chapters.demand.accounts import ROUNDED

    return f"{number(ROUNDED / 1e6)} million"


def account_texts(d: DemandAccounts) -> dict[str, str]:
    """Named texts for the prose."""
    a = d.england
    regions = {name: x for name, x in d.regions.items() if name != "England"}
    fastest, slowest = next(iter(regions)), list(regions)[-1]
    p = d.minor_providers
    most, least = records(d.deprivation_growth)
    return {
        "account_years": f"{financial_year(a.start)} to {financial_year(a.end)}",
        "account_sentence": account_sentence(a),
        "account_per_head": percentage((1 + a.growth) / (1 + a.population_growth) - 1.0),
        "account_calendar": calendar_words(a, d.working_day_effect),
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
        "deprivation_rounding": rounding(),
        "deprivation_sentence": (
            f"From {financial_year(int(most['start']))} to {financial_year(int(most['end']))} attendances from the most deprived "
            f"tenth of neighbourhoods changed by {signed_percentage(most['growth'], 0)} (rounding allows {signed_percentage(most['lower'], 0)} to "
            f"{signed_percentage(most['upper'], 0)}). Those from the least deprived tenth changed by {signed_percentage(least['growth'], 0)} "
            f"({signed_percentage(least['lower'], 0)} to {signed_percentage(least['upper'], 0)}). The points {_deprivation_verdict(most, least)}. In "
            f"{financial_year(int(most['end']))} people from the most deprived tenth still came "
            f"{number(most['attendances_end'] / least['attendances_end'], 2)} times as often."
        ),
    }


# ---- pandemic ---------------------------------------------------------------------------------------------------------------------


def course(gap: Estimate, first: pd.Timestamp, last: pd.Timestamp) -> Caption:
    """Words of the old course carried on."""
    return Caption(
        figure_id="pandemic-break",
        title=f"Attendances are {_position(gap)} the course of before 2020",
        subtitle=(
            f"Attendances per day at all types of A&E, England, thousands, {first:%B %Y} to "
            f"{last:%B %Y}; band: 95% interval of the course before March 2020, carried on"
        ),
        source=source_line("emergency_month"),
        alt=(
            "Line chart of attendances per day by month and of the growth line from before the pandemic carried on. Attendances fall "
            f"steeply in spring 2020, return below the line, and are {_position(gap)} it in the latest year."
        ),
    )


def pandemic_texts(p: PandemicBreak) -> dict[str, str]:
    """Named texts for the prose."""
    lost, step, gap = p.lost["all"].cumulative, p.lasting["all"].rate_ratio, p.gap_today()
    i, g, sign = step.interval(), gap.interval(), -1.0 if lost.estimate < 0 else 1.0
    low, high = sorted((sign * lost.interval().lower, sign * lost.interval().upper))
    trials, trend = p.placebo[p.placebo["placebo"]], p.trends["all"]
    false = float(((trials["lower"] > 0) | (trials["upper"] < 0)).mean())
    supported = [
        "all types together" if k == "all" else f"type {k} departments"
        for k, t in p.trends.items()
        if "after the pandemic" in t.supported
    ]
    return {
        "break_lost": (
            f"{millions(sign * lost.estimate, 1)} {'more' if sign > 0 else 'fewer'} attendances than the earlier course would have "
            f"brought (95% interval {span(low, high, lambda v: millions(v, 1))})"
        ),
        "break_step": (
            f"{percentage(abs(step.estimate - 1))} {'lower' if step.estimate < 1 else 'higher'} than the old course (95% interval "
            f"{span(i.lower - 1, i.upper - 1, percentage)})"
        ),
        "break_gap": f"{_position(gap)} the old course ({percentage(gap.estimate)}, 95% interval {span(g.lower, g.upper, percentage)})",
        "break_placebo": (
            f"We moved the date to {len(trials)} months before the pandemic in which nothing happened. There the model found a step "
            f"in {percentage(false, 0)} of cases; 5% would be right, so its intervals are "
            f"{'too narrow' if false > 0.1 else 'about right'}. A step as clear as the real one turns up at "
            f"{percentage(float(p.placebo['p_value'].iloc[-1]), 0)} of all dates tried, the real one included."
        ),
        "break_supported": (
            "A second model lets the level wander from month to month. It "
            f"{'still needs a step' if supported else 'needs no step'} after the pandemic for {join(supported) or 'any type'}"
        ),
        "break_growth": f"No underlying growth can be given: {trend.reason}."
        if trend.reason
        else f"{growth_words(trend.growth)}.",
    }


def growth_words(growth: Estimate) -> str:
    """Return the growth of a trend with its interval."""
    return f"Underlying growth is {in_words(growth, lambda v: f'{number(v, 2)}%', unit='a year', interval='95% interval')}"


def _position(gap: Estimate) -> str:
    i = gap.interval()
    if not i.excludes_zero:
        return "back on"
    return "below" if gap.estimate < 0 else "above"


# ---- four hours -------------------------------------------------------------------------------------------------------------------


def icons(chart: ControlChart) -> list[Icon]:
    """Return both icons of a chart with their words; the second only where there is a target."""
    kind, letter = chart.variation_icon, chart.variation_letter
    shown = [Icon(kind, letter, f"Variation:\n{VARIATION_WORDS[kind]}")]
    if chart.assurance_icon:
        text = f"Assurance:\n{_SHORT[chart.assurance_icon]}"
        shown.append(Icon(chart.assurance_icon, chart.assurance_letter, text))
    return shown


def assurance_text(chart: ControlChart) -> str:
    """Return the assurance icon as a letter and words, for tables."""
    return f"{chart.assurance_letter} {_SHORT[chart.assurance_icon]}".strip()


def icon_text(chart: ControlChart) -> str:
    """Return both icons as letters and words, for tables and alternative texts."""
    return f"{chart.variation_letter} {VARIATION_WORDS[chart.variation_icon]}".strip()


def four_hours(
    name: str,
    label: str,
    figure_id: str,
    kind: str,
    data: pd.DataFrame,
    latest: Estimate,
    chart: ControlChart,
) -> Caption:
    """Words of a four-hour chart."""
    seen = data.dropna(subset=["share"])
    first, last = data["date"].min(), data["date"].max()
    target = float(data["goal"].iloc[-1])
    return Caption(
        figure_id=figure_id,
        title=(
            f"{name}: {percentage(latest.estimate)} within four hours, latest year"
            if np.isfinite(latest.estimate)
            else f"{name}: no four-hour figures in the latest year"
        ),
        subtitle=(
            f"{label}, {first:%B %Y} to {last:%B %Y}: share of attendances admitted, transferred or discharged within four hours. {_CHARTS[kind]}, with "
            "new limits from March 2020, July 2021 and June 2023"
        ),
        source=source_line("emergency_month"),
        alt=(
            f"Control chart of the monthly share seen within four hours in {name}: {number(float(seen['share'].iloc[0]))}% in "
            f"{seen['date'].iloc[0]:%B %Y}, {number(float(seen['share'].iloc[-1]))}% in {seen['date'].iloc[-1]:%B %Y}, against a target of "
            f"{target:.0f}%. Variation icon: {icon_text(chart)}. Assurance icon: {chart.assurance_letter or 'none'}, "
            f"{ASSURANCE_WORDS[chart.assurance_icon]}."
        ),
    )


def four_hours_by_region(data: pd.DataFrame, target: float) -> Caption:
    """Words of four-hour performance of the regions."""
    known = data[data["name"] != "England"]
    met = int((known["lower"] >= known["target"]).sum())
    return Caption(
        figure_id="four-hours-regions",
        title=(
            f"{_reach(met, len(known))} the interim target, none 95%"
            if float(data["upper"].max()) < 0.95
            else f"{_reach(met, len(known))} the target in force"
        ),
        subtitle="Share of attendances seen within four hours in the latest twelve months, NHS regions and England, with 95% intervals",
        source=source_line("emergency_month"),
        alt=(
            f"Dot chart of shares within four hours: from {percentage(float(known['share'].iloc[-1]))} in {known['name'].iloc[-1]} to "
            f"{percentage(float(known['share'].iloc[0]))} in {known['name'].iloc[0]}, with the target at {percentage(target, 0)}."
        ),
    )


def points(estimate: float, lower: float, upper: float) -> str:
    """Return percentage points with their interval, for tables."""
    return "not known" if np.isnan(estimate) else with_interval(estimate, lower, upper, signed)


def interim_targets(shares: Mapping[str, float]) -> str:
    """Say what interim targets ask for, by the month from which each holds.

    >>> interim_targets({"2025-03": 0.78, "2026-03": 0.78, "2027-03": 0.82})
    'Interim targets ask for 78% from March 2025, 78% from March 2026 and 82% from March 2027.'
    """
    told = [f"{percentage(s, 0)} from {pd.Period(m, 'M').strftime('%B %Y')}" for m, s in shares.items()]
    return in_turn(told, "Interim targets ask for ", "They ask for ")


def four_hour_texts(f: FourHours) -> dict[str, str]:
    """Named texts for the prose."""
    england = f.results["England"]
    regions = f.regions[f.regions["name"] != "England"]
    best, worst = regions.iloc[0], regions.iloc[-1]
    unclear = regions[(regions["change_lower"] <= 0) & (regions["change_upper"] >= 0)]
    moving = regions[~regions["name"].isin(unclear["name"])]
    months = england.table[england.table["share"].notna()]
    last_met = months[months["share"] >= months["standard"]]
    ever = (
        f"England last met the 95% standard in {last_met.index[-1]:%B %Y}"
        if len(last_met)
        else f"England has met the 95% standard in no month since {months.index[0]:%B %Y}"
    )
    return {
        "waiting_england": england.sentence,
        "waiting_standard": ever,
        "waiting_range": (
            f"{percentage(float(worst['share']))} in {worst['name']} to {percentage(float(best['share']))} in {best['name']}"
        ),
        "waiting_change": (
            f"A trend can be told from none in {join(moving['name'].tolist())}."
            if len(moving)
            else "In no region can a trend be told from none: neighbouring months are so alike that years of them say little."
        ),
    }


def _reach(n: int, regions: int) -> str:
    if n == 0:
        return "No region clearly reaches"
    return f"{n} of {regions} regions clearly reach{'es' if n == 1 else ''}"


# ---- forecasts --------------------------------------------------------------------------------------------------------------------


def made_by(model: str) -> str:
    """Return what made a forecast, to follow the word "by".

    Examples
    --------
    >>> made_by("airline"), made_by("seasonal naive")
    ('the airline model', "repeating last year's months")
    """
    return "repeating last year's months" if model == "seasonal naive" else f"the {MODEL_NAMES[model]}"


def outlook(o: Outlook, shown: pd.DataFrame) -> Caption:
    """Words of the forecast."""
    result = o.forecasts["England"]
    total, last = float(result.table["median"].sum()), record(shown, -1)
    return Caption(
        figure_id="forecast",
        title=f"Next twelve months: about {millions(total, 1)} attendances",
        subtitle=(
            f"Attendances per day at all types of A&E, England, thousands, {shown['month'].iloc[0]:%B %Y} to "
            f"{o.counts.index[-1]:%B %Y}, trend and forecast to {result.table.index[-1]:%B %Y}; the latest month is provisional"
        ),
        source=source_line("emergency_month"),
        alt=(
            f"Line chart of attendances per day with a fan-shaped forecast of twelve months by {made_by(result.model)}: "
            f"{millions(total, 1)} in all. The 95% band of the last month runs from "
            f"{number(last['lower_0.95'])} to {number(last['upper_0.95'])} thousand a day."
        ),
    )


def record_row(name: str, result: AreaForecast, horizons: Sequence[int]) -> dict[str, str]:
    """Return how an area's past forecasts did, as the table shows it."""
    card, beaten = scorecard(result), beaten_horizons(result)
    errors = card["relative_error"] if len(card) else pd.Series(dtype=float)
    floor = f"{join([str(h) for h in beaten])} months" if beaten else "none"
    if result.backtest.empty:
        floor = result.reason
    elif result.model == "seasonal naive":
        floor = "all"
    return {
        "Area": name,
        "Model in use": MODEL_NAMES.get(result.model, "none"),
        **{
            f"{h} month{'s' if h > 1 else ''}": number(float(errors[h]), 2) if h in errors else "not known"
            for h in horizons
        },
        "Worst": number(float(errors.max()), 2) if np.isfinite(errors.max()) else "not known",
        "80% held": percentage(float(card["coverage_0.8"].mean()), 0) if len(card) else "not known",
        "Floor wins at": floor,
    }


def record_table(origins: int) -> str:
    """Return the caption of the forecasts' record."""
    return (
        f"Error of past forecasts relative to last year's months again (the floor; below 1 is better), {origins} past starts, by "
        "months ahead. Beside it the share of months inside the 80% interval before calibration."
    )


def outlook_texts(o: Outlook) -> dict[str, str]:
    """Named texts for the prose."""
    result = o.forecasts["England"]
    total = float(result.table["median"].sum())
    last = result.table.iloc[-1]
    wins = {name: beaten_horizons(r) for name, r in o.forecasts.items() if beaten_horizons(r)}
    floor = [name for name, r in o.forecasts.items() if r.model == "seasonal naive"]
    widened = [f"{100 * level:g}%" for level, factor in result.widening.items() if factor > 1.001]
    shrunk = [f"{100 * level:g}%" for level, factor in result.widening.items() if factor < 0.999]
    parts = []
    if floor:
        parts.append(f"In {join(floor)} the floor wins outright and is the forecast.")
    if wins:
        where = [
            f"{name} (at {join([str(h) for h in hs])} {'month' if [str(h) for h in hs] == ['1'] else 'months'})"
            for name, hs in wins.items()
        ]
        parts.append(f"In {join(where)} the floor wins at some horizons.")
    if not parts:
        parts.append("The model in use beats the floor for England and every region at every horizon.")
    month = result.table.index[-1]
    daily = last / month.days_in_month / 1000
    return {
        "forecast_total": millions(total, 1),
        "forecast_change": _change(total / o.latest_year - 1.0),
        "forecast_last": (
            f"{number(float(daily['median']))} thousand a day in {month:%B %Y} (80% interval "
            f"{number(float(daily['lower_0.8']))} to {number(float(daily['upper_0.8']))} thousand). The 95% interval is "
            f"{number(float(daily['lower_0.95']))} to {number(float(daily['upper_0.95']))} thousand"
        ),
        "forecast_model": made_by(result.model),
        "forecast_error": (
            f"{number(result.relative_error, 2)} of the floor's"
            if np.isfinite(result.relative_error)
            else "not known"
        ),
        "forecast_floor": " ".join(parts),
        "forecast_calibration": _calibration(widened, shrunk),
    }


def _calibration(widened: list[str], shrunk: list[str]) -> str:
    parts = [
        f"the {join(levels)} interval{'s were' if len(levels) > 1 else ' was'} {way}"
        for levels, way in ((widened, "widened"), (shrunk, "narrowed"))
        if levels
    ]
    if not parts:
        return "In the backtest England's intervals held as many months as they promise, so they stand as the model gave them."
    return f"In the backtest some of England's intervals held too few or too many months, so {join(parts)}."


def _change(share: float) -> str:
    return f"{percentage(abs(share))} {'above' if share >= 0 else 'below'}"
