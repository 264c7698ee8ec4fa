"""Sentences of the chapter that depend on its numbers, in the order of the page."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from healthdevo.chapters.common import (
    GREATER_MANCHESTER,
    cell,
    in_words,
    more_or_fewer,
    normal_estimate,
    period,
    record,
    records,
    small_share,
    source_line,
)
from healthdevo.chapters.devolution.designs import DESIGN_NAMES
from healthdevo.chapters.devolution.panels import HEALTH_DEAL
from healthdevo.charts import Caption
from healthdevo.evaluation import Effect, PlaceboTest, SensitivityBounds, SpecificationCurve
from healthdevo.mathematics import normal_quantiles
from healthdevo.results import Estimate
from healthdevo.wording import financial_year, join, number, ordinal, percentage, span, supported

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.elsewhere import Elsewhere
    from healthdevo.chapters.devolution.life_expectancy import Join, LifeExpectancy
    from healthdevo.chapters.devolution.mortality import Mortality, SideBySide
    from healthdevo.chapters.devolution.other_outcomes import OtherOutcomes
    from healthdevo.chapters.devolution.policy import Policy
    from healthdevo.chapters.devolution.pre_trends import PreTrends
    from healthdevo.chapters.devolution.simulations import Simulations
    from healthdevo.chapters.devolution.specifications import Specifications
    from healthdevo.chapters.devolution.spending import Spending


# ---- the policy ----------------------------------------------------------------------------------------

RELEVANCE = {
    "direct": "about health and care",
    "indirect": "a deal that invites or pays for more",
    "none": "the body, its mayor or another deal",
}
GROUPS = {
    "health": "agreement on health and care by 2018",
    "early": "deal by 2018, none on health and care",
    "late": "first deal later: too late to judge here",
}


def date_written(day: pd.Timestamp, precision: str) -> str:
    """Return a date with as much as is known of it.

    >>> [date_written(pd.Timestamp("2015-12-01"), p) for p in ("day", "month", "year", "approximate")]
    ['Dec 2015', 'Dec 2015', '2015', 'about 2015']
    """
    if precision in ("day", "month"):
        return f"{day:%b %Y}"
    return f"{day:%Y}" if precision == "year" else f"about {day:%Y}"


def timeline(policy: Policy) -> Caption:
    """Words of the timeline."""
    steps = policy.steps
    own = steps[steps["area_code"] == GREATER_MANCHESTER]
    health = own.loc[own["health_relevance"] == "direct"]
    ended = health.loc[health["event"].str.contains("budget ends"), "event_date"]
    first, last = steps["event_date"].min(), steps["event_date"].max()
    end = f", delegated budget until {ended.max():%Y}" if len(ended) else ""
    return Caption(
        figure_id="timeline",
        title=f"Greater Manchester: health powers from {health['event_date'].min():%Y}{end}",
        subtitle="Steps of devolution in places of England that concern health and care, and Greater Manchester's first steps, by date",
        source=source_line("devolution_event"),
        alt=f"Timeline of {len(steps)} steps from {first:%B %Y} to {last:%B %Y}, {len(own)} of them Greater Manchester's: the combined authority, the agreement, the memorandum on health, the budget, the mayor and the end of the delegated budget.",
    )


def map_of(places: pd.DataFrame) -> Caption:
    """Words of the map; ``places`` has ``name`` and ``group``."""
    health = sorted(places.loc[places["group"] == "health", "name"])
    late = int((places["group"] == "late").sum())
    return Caption(
        figure_id="map",
        title=f"{_counted(len(health)).capitalize()} of {len(places)} places agreed on health by 2018",
        subtitle="Places of England with a devolution deal, and the combined authorities of 2025 whose first deal came later, by kind of agreement",
        source=source_line("devolution_deal", "devolution_power"),
        alt=f"Map of England with {len(places)} places: {join(health)} with an agreement on health and care by 2018, {late} whose first deal came later, the others with a deal by 2018 without power over health.",
    )


def _counted(number_of: int) -> str:
    names = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return names[number_of] if number_of < len(names) else str(number_of)


def policy_texts(policy: Policy) -> dict[str, str]:
    """Named texts on the policy."""
    budget, fund = policy.amount("budget"), policy.amount("fund")
    money = policy.deals.loc[policy.deals["budget"], "name"].tolist()
    planned = policy.deals.loc[policy.deals["health"] & ~policy.deals["budget"], "name"].tolist()
    return {
        "health_places": health_places(sorted(money), sorted(planned)),
        "budget": f"£{number(budget / 1e9)} billion",
        "budget_per_head": f"£{number(round(budget / policy.residents, -1))}",
        "fund": f"£{number(fund / 1e6)} million",
        "fund_share": percentage(fund / budget),
    }


def health_places(money: list[str], planned: list[str]) -> str:
    """Say which places got health money by 2018, and which agreed on health without it."""
    got = (
        f"{join(money)} had health money handed over by 2018"
        if money
        else "No place had health money handed over by 2018"
    )
    if not planned:
        return got
    return (
        f"{got}; {join(planned)} made agreements on health without it"
        if money
        else f"{got}; {join(planned)} made agreements on health"
    )


# ---- preventable deaths --------------------------------------------------------------------------------

CHOICES = "What each choice does to the estimate: median effect in deaths per 100,000 under each option."
RULE = "The rule behind the verdict, fixed in the package and applied to the specifications of everyone's deaths."
_TABLE = "under_75_mortality"


def gap_chart(mortality: Mortality) -> Caption:
    """Words of the chart of rates."""
    outcome = mortality.outcomes["persons"]
    first, last = record(outcome.gap, 0), record(outcome.gap, -1)
    before = record(outcome.gap.loc[[HEALTH_DEAL - 1]])
    return Caption(
        figure_id="preventable-rates",
        title=f"The gap in preventable deaths: {number(first['gap'])} in {first['period']}, {number(before['gap'])} in {before['period']}, {number(last['gap'])} in {last['period']}",
        subtitle=f"Preventable deaths under 75 per 100,000 people, age-standardised; mean of the ten districts of Greater Manchester and of {len(outcome.codes) - 10} districts of England outside London, {first['period']} to {last['period']}",
        source=source_line(_TABLE),
        alt=(
            f"Line chart of preventable deaths under 75 by year. Greater Manchester falls from {number(first['treated'])} to "
            f"{number(last['treated'])} and England outside London from {number(first['others'])} to {number(last['others'])} per 100,000; the gap narrows before as well as after the agreement."
        ),
    )


def gap_texts(mortality: Mortality) -> dict[str, str]:
    """Named texts on the gap."""
    outcome = mortality.outcomes["persons"]
    gap = {year: cell(outcome.gap, year, "gap") for year in outcome.gap.index}
    return {
        "districts_compared": str(len(outcome.codes) - 10),
        **{f"gap_{year}": number(gap[year]) for year in (2010, 2013, 2014, 2019)},
        "flag_2013": flagged_year(gap[2012], gap[2013], gap[2014]),
        "gap_fall_words": closing(gap[2010] - gap[2014], gap[2014] - gap[2019]),
    }


def pace(before: float, after: float) -> str:
    """Compare the yearly closing of a gap after the agreement with that before it: a seventh counts as no difference.

    >>> pace(1.0, 1.1), pace(1.0, 2.0), pace(1.0, 0.5)
    ('about as fast', 'faster', 'more slowly')
    """
    change = after - before
    return "about as fast" if abs(change) <= 0.15 * abs(before) else "faster" if change > 0 else "more slowly"


def closing(before: float, after: float, first: int = 2010) -> str:
    """Say how fast a gap closed from a first year to the agreement and from then to 2019, by the rule of ``pace``, from what it lost.

    >>> closing(7.0, 8.6)[-23:]
    'about as fast as before'
    """
    last = HEALTH_DEAL - 1
    yearly = before / (last - first), after / (2019 - last)
    than = "as" if pace(*yearly).startswith("about") else "than"
    return f"It closed by {number(yearly[0], 2)} a year from {first} to {last} and by {number(yearly[1], 2)} a year from then to 2019, {pace(*yearly)} {than} before"


def flagged_year(before: float, flagged: float, after: float) -> str:
    """Say how the gap of 2013 (``flagged``) stands between its neighbours, by a rule.

    >>> flagged_year(57.9, 49.6, 55.5)[:55]
    'The year 2013 stands out: the gap was 49.6, less than i'
    """
    if before <= flagged <= after or after <= flagged <= before:
        return f"The year 2013, with a gap of {number(flagged)}, lies between its neighbours"
    less, worse, flatter = ("less", "worse", "flatter") if flagged < before else ("more", "better", "steeper")
    return f"The year 2013 stands out: the gap was {number(flagged)}, {less} than in the years on both sides. Counted from 2013 alone devolution looks {worse}, and without 2013 the earlier trend looks {flatter}"


def designs_chart(designs: SideBySide) -> Caption:
    """Words of the chart of designs."""
    did, sdid, gsc, trend = (designs.found("persons", d).estimate for d in ("did", "sdid", "gsc", "trend"))
    return Caption(
        figure_id="designs",
        title=f"Standard designs find {more_or_fewer(did)} deaths per 100,000; carrying earlier trends on gives {more_or_fewer(trend)}",
        subtitle="Effect on preventable deaths under 75 per 100,000 in Greater Manchester, 2015 to 2019 against 2010 to 2014; 95% intervals: clustered, placebo and bootstrap for the three standard designs, permutation of blocks for the last",
        source=source_line(_TABLE),
        alt=(
            f"Dot chart of {4 * len(designs.mortality.outcomes)} effects with intervals. For everyone the three standard designs give "
            f"{number(did)}, {number(sdid)} and {number(gsc)}; less each area's own earlier trend the effect is {number(trend)} with a wide interval."
        ),
    )


def designs_texts(designs: SideBySide) -> dict[str, str]:
    """Named texts on the designs."""
    gsc1 = designs.mortality.placebo("persons", "gsc1")
    rank = int(designs.own_intervals["persons"]["gsc"].diagnostics["rank"])
    left_out = designs.without_one["effect"].iloc[1:]
    none = "no factor, so it says the same as the plain difference"
    return {
        "main_effect": f"{more_or_fewer(designs.found('persons', 'sdid').estimate)} deaths per 100,000",
        "did_words": in_words(designs.found("persons", "did"), interval="95% interval"),
        "sdid_words": in_words(designs.found("persons", "sdid")),
        "gsc_words": in_words(designs.found("persons", "gsc")),
        "men_words": in_words(designs.found("male", "sdid")),
        "women_words": in_words(designs.found("female", "sdid")),
        "gsc_rank": f"{rank} factor{'s' if rank > 1 else ''}" if rank else none,
        "gsc1_words": in_words(gsc1, interval="permutation interval"),
        "left_out_words": f"between {number(float(left_out.min()))} and {number(float(left_out.max()))}",
    }


def event_chart(trends: PreTrends) -> Caption:
    """Words of the event study."""
    effects = trends.path.set_index("year")["effect"]
    year, last = int(effects.index[-1]), float(effects.iloc[-1])
    intercept, slope = trends.earlier_line
    carried = intercept + slope * year
    return Caption(
        figure_id="event-study",
        title=f"By {year} the gap was {_narrower(last)} than in 2014; the earlier trend carried on would have made it {_narrower(carried)}",
        subtitle="Gap between Greater Manchester and England outside London in preventable deaths under 75 per 100,000, less the gap of 2014; 95% intervals clustered by district; 2013 (open) stands out before the agreement",
        source=source_line(_TABLE),
        alt=(
            f"Dot chart of the gap by year in reference to 2014: {number(float(effects.iloc[0]))} in 2010, {number(float(effects[2013]))} in 2013 and "
            f"{number(last)} in {year}; a straight line through the years before 2015 carried on reaches {number(carried)}."
        ),
    )


def _narrower(change: float) -> str:
    return f"{abs(change):.1f} {'narrower' if change < 0 else 'wider'}"


def pre_trend_texts(trends: PreTrends) -> dict[str, str]:
    """Named texts on earlier trends and the further checks."""
    mortality = trends.designs.mortality
    trend, log = mortality.placebo("persons", "trend"), mortality.placebo("persons", "did_log")
    limits = span(trend.interval().lower, trend.interval().upper)
    return {
        "trend_words": f"{more_or_fewer(trend.estimate)} deaths per 100,000 (permutation interval {limits})",
        "trend_without_2013": more_or_fewer(trends.trend_without_2013),
        "log_words": f"{percentage(float(np.expm1(log.estimate)))} ({percentage(log.p_absolute, 0)} of blocks show as much)",
        "pretrend_words": trends.study.pretrend_sentence,
        "made_up_words": join(
            [f"{number(r['effect'])} for {r['start']}" for r in records(trends.made_up_starts)]
        ),
        "breakdown_words": _breakdown(trends.bounds),
        "floor_words": f"{number(trends.floor.standard_error, 2)} deaths per 100,000",
    }


def _breakdown(bounds: SensitivityBounds) -> str:
    if np.isnan(bounds.breakdown):
        return "The sign of the effect against 2014 is not established, however strictly trends are held parallel"
    return f"The sign of the effect survives as long as trends after 2014 differ by no more than {number(bounds.breakdown)} times the largest change before"


def placebo_panel(kind: str, test: PlaceboTest) -> str:
    """Return the heading of one panel of the placebo chart."""
    larger = int((np.abs(test.effects) >= abs(test.estimate)).sum())
    groups = {"random": "random groups of ten", "blocks": "blocks of ten neighbours"}[kind]
    return f"{len(test.effects)} {groups}: {larger} with an effect as large"


def placebo_chart(blocks: PlaceboTest) -> Caption:
    """Words of the placebo chart."""
    return Caption(
        figure_id="placebos",
        title=f"Greater Manchester ranks {ordinal(blocks.rank)} of {len(blocks.effects) + 1} blocks by the size of the change",
        subtitle="Synthetic difference-in-differences effects on preventable deaths under 75 for groups of ten districts without the deal, as if they had it from 2015; orange: as large as Greater Manchester's or larger",
        source=source_line(_TABLE),
        alt=f"Two histograms of placebo effects around zero, for random groups and for contiguous blocks. Greater Manchester's {number(blocks.estimate)} lies in the tail: {percentage(blocks.p_absolute)} of blocks have an effect as large.",
    )


def placebo_texts(mortality: Mortality) -> dict[str, str]:
    """Named texts on the placebos."""
    blocks = mortality.placebo("persons", "sdid")
    return {
        "rank_blocks": f"{ordinal(blocks.rank)} of {len(blocks.effects) + 1}",
        "p_blocks": percentage(blocks.p_absolute),
        "p_random": percentage(mortality.placebo("persons", "sdid", "random").p_absolute),
        "p_women_blocks": percentage(mortality.placebo("female", "sdid").p_absolute, 0),
    }


def curve_chart(curve: SpecificationCurve) -> Caption:
    """Words of the specification curve."""
    rows = curve.estimated
    below = int((rows["effect"] < 0).sum())
    away = float(((rows["lower"] > 0) | (rows["upper"] < 0)).mean())
    return Caption(
        figure_id="specifications",
        title=f"{below} of {len(rows)} specifications find fewer deaths; {percentage(away, 0)} leave out zero",
        subtitle="Effect on preventable deaths under 75 per 100,000 in Greater Manchester under every combination of choices, sorted; dark: 95% interval leaves out zero; square: main specification",
        source=source_line(_TABLE),
        alt=(
            f"Specification curve of {len(rows)} effects from {number(float(rows['effect'].min()))} to {number(float(rows['effect'].max()))} deaths per 100,000, median {number(curve.median)}; {below} lie below zero. "
            "Designs that carry earlier trends on stand at the upper end."
        ),
    )


def curve_texts(specifications: Specifications) -> dict[str, str]:
    """Named texts on the specifications."""
    curve = specifications.curve
    rows, everyone = curve.estimated, specifications.of_everyone.estimated
    below = rows["effect"] < 0
    trends = below[rows["design"] == DESIGN_NAMES["trend"]]
    missing, every = len(curve.table) - len(rows), "All of them could be estimated"
    return {
        "curve_words": curve.sentence,
        "curve_count": str(len(rows)),
        "curve_below": str(int(below.sum())),
        "curve_trend_below": f"{int(trends.sum())} of {len(trends)}",
        "curve_not_estimated": f"{missing} more could not be estimated" if missing else every,
        "curve_everyone": f"{int((everyone['effect'] < 0).sum())} of {len(everyone)}",
        "verdict": specifications.judgement.sentence,
    }


# ---- other outcomes, and what others found -------------------------------------------------------------

DESIGNS_TABLE = "Greater Manchester's other outcomes from 2015: effect by each design, permutation intervals, and the share of placebo groups (blocks of ten neighbours; ten councils at random for healthy life expectancy) with an effect as large."
PUBLISHED_TABLE = (
    "Published estimates of what devolution changed in Greater Manchester, quoted, not reproduced here."
)


def _test(test: PlaceboTest) -> str:
    limits = test.interval()
    return f"{number(test.estimate, 2)} {test.unit} ({span(limits.lower, limits.upper, lambda v: number(v, 2))}; {small_share(test.p_absolute)} of placebo groups show as much)"


def life_expectancy_gap(section: LifeExpectancy) -> Caption:
    """Words of the chart of the gap."""
    gaps = section.gap["gap"]
    first, join, last = float(gaps.iloc[0]), float(gaps[2012]), float(gaps.iloc[-1])
    intercept, slope = section.earlier_line
    latest = period(int(gaps.index[-1]))
    return Caption(
        figure_id="life-expectancy-gap",
        title=(
            f"The gap in life expectancy was {number(-first)} years in {period(2002)}, {number(-join)} in {period(2012)} and {number(-last)} in {latest}; "
            f"the earlier trend alone would have led to {number(-(intercept + slope * float(gaps.index[-1])))}"
        ),
        subtitle="Life expectancy at birth, mean of both sexes, Greater Manchester's ten districts less the mean of districts of England outside London, years, three-year windows; derived to 2012-14, then official",
        source=source_line(*section.tested.outcome.tables),
        alt=(
            f"Line chart of the gap in life expectancy by three-year window, from {number(first)} years in {period(2002)} to {number(last)} in {latest}, with a break where the official series begins. It narrows "
            "from the middle of the 2000s, long before the agreement."
        ),
    )


def life_expectancy_texts(section: LifeExpectancy) -> dict[str, str]:
    """Named texts on life expectancy."""
    gaps, claimed, tests = section.gap["gap"], section.claimed, section.tested.tests
    last = int(gaps.index[-1])
    z = float(normal_quantiles(0.95)[0])
    pooled = z * section.pooled_floor
    half = (claimed.interval().upper - claimed.interval().lower) / 2.0
    closed = abs(gaps[2005]) - abs(gaps[2012]), abs(gaps[2012]) - abs(gaps[last])
    return {
        "le_gap_words": f"{number(-gaps[2003])} years in {period(2003)}, {number(-gaps[2012])} in {period(2012)} and {number(-gaps[last])} in {period(last)}",
        "le_closing_words": _closing_years(closed[0] / 7, closed[1] / (last - 2012)),
        "le_join_words": _join(section.join),
        **{f"le_{design}": _test(test) for design, test in tests.items()},
        "le_verdict": agreement(tests),
        "published_le": in_words(claimed, lambda v: f"{v:.3f}", unit="years"),
        "claimed_halfwidth": f"±{half:.3f} years",
        "floor_halfwidth": f"±{z * section.floor.standard_error:.2f} years",
        "pooled_halfwidth": f"±{pooled:.2f} years",
        "floor_ratio": _floor(half, pooled),
    }


def _closing_years(before: float, after: float) -> str:
    started = "was already closing" if before > 0 else "was not closing"
    return f"The gap {started} before November 2014: by {number(before, 2)} years from one window to the next between {period(2005)} and {period(2012)}, and by {number(after, 2)} after that, {pace(before, after)}"


def _join(join: Join) -> str:
    where = "within" if abs(join.change) <= join.largest_before else "beyond"
    scatter = "no more than" if join.p_value >= 0.05 or join.sd_over <= join.sd_before else "more than"
    return (
        f"Over the join Greater Manchester's gap moves by {number(join.change, 2)} years, {where} the largest step before it ({number(join.largest_before, 2)}); the districts' steps scatter {scatter} one "
        f"window earlier (standard deviation {number(join.sd_over, 2)} against {number(join.sd_before, 2)} years)"
    )


def agreement(tests: Mapping[str, PlaceboTest]) -> str:
    """Say how many designs point to a gain or a loss and how many of them chance does not match, by a rule."""
    gain = float(np.median([test.estimate for test in tests.values()])) > 0
    same = [test for test in tests.values() if (test.estimate > 0) == gain]
    away = sum(test.p_absolute <= 0.05 for test in same)
    many = f"all {len(tests)}" if len(same) == len(tests) else f"{len(same)} of {len(tests)}"
    found = "none of them finds" if away == 0 else f"{away} of them find{'s' if away == 1 else ''}"
    return f"{many} designs point to a {'gain' if gain else 'loss'}, and {found} one that at most one placebo group in twenty matches"


def _floor(claimed: float, pooled: float) -> str:
    if claimed >= pooled:
        return "The published interval is at least as wide as counting deaths requires"
    return f"The published interval is {number(pooled / claimed, 2)} times narrower than counting deaths allows even when all of Greater Manchester is taken as one area and the comparison as exactly known"


def emergency_chart(four_hours: pd.DataFrame) -> Caption:
    """Words of the chart of four-hour performance."""
    known = four_hours.dropna(subset=["own"]).reset_index()
    first, last = record(known, 0), record(known, -1)
    years = financial_year(first["financial_year_start"]), financial_year(last["financial_year_start"])
    return Caption(
        figure_id="four-hours",
        title=f"A&E within four hours: Greater Manchester {percentage(last['own'], 0)} in {years[1]}, other boards {percentage(last['median'], 0)}",
        subtitle="Share of A&E attendances of all types within four hours, Greater Manchester and median of the other integrated care boards outside London, financial years with figures for all twelve months",
        source=source_line("emergency_month"),
        alt=(
            f"Line chart of the share of A&E attendances within four hours. Greater Manchester has {percentage(first['own'])} in {years[0]} and {percentage(last['own'])} in {years[1]}; the median of the "
            f"other boards {percentage(first['median'])} and {percentage(last['median'])}. There are no figures from before devolution."
        ),
    )


def other_texts(section: OtherOutcomes) -> dict[str, str]:
    """Named texts on all deaths, healthy life and A&E."""
    ratio = {year: cell(section.mortality.outcome.gap, year, "gap") for year in (2003, 2014, 2019)}
    known = section.four_hours.dropna().reset_index()
    first, last = record(known, 0), record(known, -1)
    return {
        "smr_words": f"{number(ratio[2003])} points in 2003, {number(ratio[2014])} in 2014 and {number(ratio[2019])} in 2019",
        "smr_closing": closing(ratio[2003] - ratio[2014], ratio[2014] - ratio[2019], 2003),
        **{f"smr_{design}": _test(section.mortality.tests[design]) for design in ("did", "sdid", "trend")},
        **{f"hle_{who}": _test(tested.tests["did"]) for who, tested in section.healthy.items()},
        "four_hour_words": (
            f"In {financial_year(first['financial_year_start'])} {percentage(first['own'])} of attendances in Greater Manchester took at most four hours, "
            f"rank {first['rank']:.0f} of {first['boards']:.0f} boards outside London with figures; in {financial_year(last['financial_year_start'])} it was {percentage(last['own'])}, rank {last['rank']:.0f} of {last['boards']:.0f}"
        ),
    }


def spending_chart(section: Spending) -> Caption:
    """Words of the chart of effects on spending."""
    both = section.tests["both"][2016]
    return Caption(
        figure_id="spending",
        title=f"Council care spending: {_pounds(both.estimate, 0)} a head by our figures, {_pounds(section.theirs[1].estimate, 0)} as published",
        subtitle="Effect on spending per head in Greater Manchester, synthetic difference-in-differences; here council spending of 2013/14 to 2019/20 in prices of 2019/20 with permutation intervals; published as printed",
        source=source_line("council_outturn", "gdp_deflator", "published_estimate"),
        alt=f"Dot chart of effects on spending per head. Ours for adult social care and public health together is {in_words(both, unit='pounds')}; the published effects are larger.",
    )


def spending_texts(section: Spending) -> dict[str, str]:
    """Named texts on spending."""
    both = section.tests["both"]
    return {
        "moss_all": _a_head(section.theirs[0]),
        "moss_councils": _a_head(section.theirs[1]),
        **{f"spending_{start}": _a_head(test) for start, test in both.items()},
        "spending_verdict": spending_verdict(both),
    }


def _pounds(value: float, decimals: int = 2) -> str:
    return f"{'+' if value > 0 else chr(0x2212)}£{abs(value):.{decimals}f}"


def _a_head(found: Estimate) -> str:
    limits = found.interval()
    return f"{_pounds(found.estimate)} a head ({span(limits.lower, limits.upper, printed)})"


def spending_verdict(both: Mapping[int, PlaceboTest]) -> str:
    """Say which starts give an effect that chance groups rule out."""
    away = [start for start, test in both.items() if test.interval().excludes_zero]
    if len(away) == 1:
        return f"Only the start in {financial_year(away[0])} gives an effect that chance groups of ten councils rule out"
    which = "Both starts give" if away else "Neither start gives"
    return f"{which} an effect on council spending that chance groups of ten councils rule out"


def printed(value: float) -> str:
    """Return a number with the figures of its source."""
    return number(value, 4)


def printed_span(lower: float, upper: float) -> str:
    """Return limits with the figures of their source.

    >>> printed_span(0.182, 0.21), printed_span(float("nan"), float("nan"))
    ('0.182 to 0.21', 'not given there')
    """
    return "not given there" if np.isnan(lower) else span(lower, upper, printed)


# ---- the other areas -----------------------------------------------------------------------------------

KINDS = "Preventable deaths per 100,000 after a deal by kind of deal and place, each area from its own year, against districts without any deal. Detectable: found with 80% probability at the 5% level."
DETECTABLE = "Every area with a deal: change in preventable deaths per 100,000 by two designs, and the effect its figures could have shown."
TABLES = ("under_75_mortality", "devolution_deal", "devolution_power")


def areas_chart(rows: pd.DataFrame) -> Caption:
    """Words of the chart of areas; ``rows`` as in ``Elsewhere.estimates``."""
    away = rows.loc[rows["p_value"] <= 0.05, "name"].tolist()
    return Caption(
        figure_id="other-areas",
        title=f"{len(away)} of {len(rows)} areas with a deal stand out",
        subtitle=f"Standing out from random groups: {join(away) or 'none'}. Change in preventable deaths under 75 per 100,000 after each deal, to 2019, against districts without any deal; synthetic difference-in-differences, 95% permutation intervals; bold squares: deals with power over health",
        source=source_line(*TABLES),
        alt=(
            f"Dot chart of changes in preventable deaths in {len(rows)} areas with a deal, from {number(float(rows['effect'].min()))} in "
            f"{rows['name'].iloc[0]} to {number(float(rows['effect'].max()))} in {rows['name'].iloc[-1]}; most intervals include zero."
        ),
    )


def dynamic_chart(effect: Effect, path: pd.DataFrame) -> Caption:
    """Words of the chart of effects by years since the deal."""
    after = path.loc[path["relative"] >= 0, "effect"]
    chance = "" if effect.interval().excludes_zero else ", which could be chance"
    return Caption(
        figure_id="staggered",
        title=f"All deals: {_change(effect)} deaths per 100,000{chance}",
        subtitle="Change in preventable deaths under 75 per 100,000 by years since each deal, against the year before the deal (before it: against the year before each) and districts without any deal; 95% intervals",
        source=source_line(*TABLES),
        alt=f"Dot chart of effects by years since the deal, from {number(float(path['effect'].min()))} to {number(float(path['effect'].max()))} deaths per 100,000, {int((after < 0).sum())} of {len(after)} below zero after the start.",
    )


def elsewhere_texts(section: Elsewhere) -> dict[str, str]:
    """Named texts on the other areas."""
    rows, deals = section.estimates, section.deals.sort_values(["start", "name"])
    detectable = rows.set_index("area_code")["detectable"]
    low, high = number(float(detectable.min()), 2), number(float(detectable.max()), 2)
    return {
        "deals_count": str(len(rows)),
        "deals_list": join([f"{r['name']} from {r['start']}" for r in records(deals)]),
        "deals_away": standing_out(rows),
        "deals_trend": only_by_trend(rows),
        "deals_health": join(sorted(rows.loc[rows["health"], "name"])),
        "deals_undecided": undecided(len(section.undecided), section.agreements.withdrawn),
        "health_dose": dose(section.kinds),
        "staggered_words": in_words(section.dynamic, unit="deaths per 100,000", interval="95% interval"),
        "staggered_pretrend": _before(section.dynamic),
        "health_difference": difference(
            section.kinds["With power over health"],
            section.kinds["Without power over health"],
            section.difference_without_trends,
        ),
        "detectable_gm": f"{number(float(detectable[GREATER_MANCHESTER]), 2)} deaths per 100,000",
        "detectable_range": f"between {low} and {high} deaths per 100,000",
    }


def undecided(districts: int, withdrawn: list[str]) -> str:
    """Say which districts are on neither side."""
    if not districts:
        return "Every district in a combined authority by 2019 had a deal by then"
    count = _districts(districts)
    why = f" (that of {join(withdrawn)} was withdrawn)" if withdrawn else ""
    return f"{count[0].upper()}{count[1:]} lay in a combined authority by 2019 without a deal{why} and {'is' if districts == 1 else 'are'} on neither side"


def dose(kinds: Mapping[str, Effect]) -> str:
    """Say whether more power over health goes with more change, by the effects of the kinds that are there."""
    labels = {
        "With health money handed over": "with health money handed over",
        "With health agreed, no money": "with health agreed but no money",
        "Without power over health": "without power over health",
    }
    found = [(words, kinds[label]) for label, words in labels.items() if label in kinds]
    if len(found) < 2:
        return "The deals are all of one kind, so nothing can be said on more and less power"
    told = [f"{_change(effect)} {words} ({_districts(len(effect.treated))})" for words, effect in found]
    estimates = [effect.estimate for _, effect in found]
    falling = all(a < b for a, b in itertools.pairwise(estimates))
    order = (
        "More power goes with a larger fall" if falling else "The change does not keep step with the power"
    )
    return f"In deaths per 100,000 the change is {told[0]}. It is {join(told[1:])}. {order}"


def _change(effect: Effect) -> str:
    if not effect.intervals:  # one district alone has no interval
        return number(round(effect.estimate, 1))
    limits = effect.interval()
    return number(supported(effect.estimate, limits.lower, limits.upper))


def _districts(count: int) -> str:
    return "one district" if count == 1 else f"{count} districts"


def standing_out(rows: pd.DataFrame) -> str:
    """Say which areas chance groups do not match, and which of them stay so once earlier trends are carried on."""
    away = rows[rows["p_value"] <= 0.05]
    kept = away.loc[away["p_own_trend"] <= 0.05, "name"].tolist()
    if away.empty:
        return "None of them stands out from random groups of districts without a deal"
    names = join([f"{r['name']} ({number(r['effect'])})" for r in records(away)])
    still = f"{join(kept)} still {'do' if len(kept) > 1 else 'does'}" if kept else "none of these stands out"
    return f"Standing out from random groups of districts without a deal: {names}; {still} once earlier trends are carried on"


def only_by_trend(rows: pd.DataFrame) -> str:
    """Say which areas stand out only once earlier trends are carried on."""
    new = rows[(rows["p_own_trend"] <= 0.05) & ~(rows["p_value"] <= 0.05)]
    if new.empty:
        return "No other area stands out when earlier trends are carried on"
    names = join([f"{r['name']} ({number(r['own_trend'], 2)})" for r in records(new)])
    return f"{names} {'stands' if len(new) == 1 else 'stand'} out only when earlier trends are carried on"


def _before(effect: Effect) -> str:
    path = effect.path
    assert path is not None
    before = path[path["relative"] < 0]
    away = int(((before["lower"] > 0) | (before["upper"] < 0)).sum())
    if away:
        return f"In {away} of {len(before)} years before the deals districts with one already moved apart from the others"
    return f"In none of the {len(before)} years before the deals did districts with one move apart from the others by more than chance allows"


def difference(powers: Effect, others: Effect, without_trends: float) -> str:
    """Say how deals with power over health differ from those without, and by how much once earlier trends are carried on."""
    error = np.hypot(powers.standard_error, others.standard_error)
    found = normal_estimate("difference", powers.estimate - others.estimate, error)
    limits = found.interval()
    size = number(supported(found.estimate, limits.lower, limits.upper))
    first = f"Deals with power over health differ from those without by {size} deaths per 100,000 (standard error {number(found.standard_error, 2)})"
    if not limits.excludes_zero:
        return f"{first}, which is no more than chance allows"
    trend = number(supported(without_trends, limits.lower, limits.upper))
    if without_trends * found.estimate > 0 and abs(without_trends) >= abs(found.estimate) / 2:
        second = f"Once earlier trends are carried on it is {trend}, so it does not hang on them"
    else:
        second = f"But once earlier trends are carried on it is {trend}: what one believes about earlier trends decides"
    return f"{first}, more than chance allows. {second}"


# ---- the study by simulation ---------------------------------------------------------------------------

WORLDS = {
    "parallel": "Parallel trends",
    "factors": "Areas follow common ups and downs differently",
    "many factors": "The same, with more ups and downs",
    "spillover": "Neighbours get half the effect",
    "anticipation": "Half the effect comes a year early",
    "common": "Deaths fall at one pace everywhere",
    "catching up": "Greater Manchester catches up anyway",
}
_SHORT = {
    "difference-in-differences": "Plain difference",
    "differences less own trends": "Less own trends",
    "generalised synthetic control": "Factor model",
    "generalised synthetic control, rank 1": "Factor model, 1 factor",
    "matrix completion": "Matrix completion",
    "synthetic control": "Synthetic control",
    "synthetic difference-in-differences": "Synthetic difference",
}
_PLAIN, _FACTORS = "difference-in-differences", "generalised synthetic control"
_MAIN_DESIGNS = (_PLAIN, "synthetic difference-in-differences", _FACTORS, "differences less own trends")


def design_and_interval(design: str, interval: str) -> str:
    """Return a design and its interval as a table shows them."""
    return f"{_SHORT[design]}, {interval.replace(' bootstrap', '')}"


def panels(effect: float) -> str:
    """Caption of the table of simulated panels."""
    return (
        f"Simulated panels of the real panel's size, planted effect {number(effect)} deaths per 100,000. Bias and spread of the estimates; "
        "coverage of 95% intervals; false alarms: intervals that exclude zero where nothing was planted; power: intervals that exclude zero where it was."
    )


def deaths(districts: int, effect: float) -> str:
    """Caption of the table of simulated deaths."""
    return f"Simulated deaths by age in {districts} districts, 2006 to 2019, planted effect {number(effect)} years of life expectancy from 2015. Columns as in the table of simulated panels."


def simulation_texts(section: Simulations) -> dict[str, str]:
    """Named texts on the study by simulation."""
    return {
        "study_seed": str(section.study["seed"].iloc[0]),
        "study_hash": str(section.study["settings_hash"].iloc[0]),
        "study_words": panels_in_words(section.part("panel")),
        "study_deaths_words": deaths_in_words(section.part("deaths")),
    }


def panels_in_words(rows: pd.DataFrame) -> str:
    """Say which designs raise few false alarms in every world (with the better interval), and what the worst case is."""
    alarms = rows[(rows["effect"] == 0) & rows["design"].isin(_MAIN_DESIGNS)].sort_values("rejection")
    best = alarms.groupby(["design", "scenario"])["rejection"].min().groupby("design").max()
    sound = [str(design) for design in best.index[best <= 0.15]]
    worst = record(alarms, -1)
    world = WORLDS[worst["scenario"]]
    if not world.startswith("Greater"):
        world = world[0].lower() + world[1:]
    first = (
        f"Of the chapter's designs {join(sound)} raise{'s' if len(sound) == 1 else ''} few false alarms in every world tried (at most 15% with the better interval)"
        if sound
        else "None of the chapter's designs keeps false alarms below 15% in every world tried"
    )
    return f"{first}. The worst case is {worst['design']} with the {worst['interval']} interval where {world}: {percentage(worst['rejection'], 0)} false alarms"


def deaths_in_words(rows: pd.DataFrame) -> str:
    """Say what the published design finds where an effect was planted, and where areas catch up without any."""
    planted = float(rows["effect"].max())
    with_effect = rows[rows["effect"] > 0].set_index(["scenario", "design"])
    without = rows[rows["effect"] == 0].set_index(["scenario", "design"])
    fair, drift = ("common", _FACTORS), ("catching up", _FACTORS)
    found = number(cell(with_effect, fair, "mean_estimate"), 2)
    return (
        f"Where deaths fall at one pace everywhere, the published design finds {found} years on average where {number(planted)} "
        f"were planted; its intervals hold the truth in {percentage(cell(with_effect, fair, 'coverage'), 0)} of draws and exclude zero in {percentage(cell(with_effect, fair, 'rejection'), 0)}. "
        f"Where Greater Manchester catches up without any policy, the plain difference finds {number(cell(without, ('catching up', _PLAIN), 'mean_estimate'), 2)} years that no policy made, and "
        f"the published design {number(cell(without, drift, 'mean_estimate'), 2)}, with a spread of {number(cell(without, drift, 'sd'), 2)}"
    )
