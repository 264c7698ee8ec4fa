"""Sentences of the chapter that depend on its numbers, in the order of the page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from healthdevo.chapters.common import (
    BEFORE_PANDEMIC,
    GREATER_MANCHESTER,
    cell,
    few,
    in_words,
    more_or_fewer,
    normal_estimate,
    period,
    record,
    records,
    rounded,
    small_share,
    source_line,
)
from healthdevo.chapters.devolution.designs import STANDARD
from healthdevo.chapters.devolution.panels import HEALTH_DEAL
from healthdevo.chapters.devolution.subject import DEATHS, Subject
from healthdevo.charts import Caption
from healthdevo.evaluation import (
    DisjointPlaceboTest,
    Effect,
    FactorEffect,
    PlaceboTest,
    SensitivityBounds,
    SpecificationCurve,
    Verdict,
)
from healthdevo.mathematics import normal_quantiles
from healthdevo.results import Estimate
from healthdevo.wording import financial_year, join, number, ordinal, percentage, span, supported

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.elsewhere import Elsewhere
    from healthdevo.chapters.devolution.judgement import Judgement
    from healthdevo.chapters.devolution.life_expectancy import Join, LifeExpectancy
    from healthdevo.chapters.devolution.mortality import Carrier, Mortality, SideBySide
    from healthdevo.chapters.devolution.other_outcomes import OtherOutcomes
    from healthdevo.chapters.devolution.policy import Policy
    from healthdevo.chapters.devolution.pre_trends import PreTrends
    from healthdevo.chapters.devolution.simulations import Simulations
    from healthdevo.chapters.devolution.specifications import Specifications
    from healthdevo.chapters.devolution.spending import Spending

_MANY_YEARS = 10
RARE = 0.05
"""A change is unusual where at most this share of groups, the treated among them, show one as large."""


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

MORTALITY_TABLE = _TABLE = "under_75_mortality"
READINGS = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "level": "Given the earlier level",
    "deprivation": "Given deprivation",
    "earlier trend": "Given the earlier trend",
    "trend and level": "Given trend and level",
    "everything": "Given trend, level and deprivation",
    "trend": "Own trend carried on in full",
    "line": "Any straight line allowed",
}
"""Readings of earlier trends, from those that take none into account to those that take it to go on in full."""
BY_YEAR = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "sc": "Synthetic control",
    "trend": "Own trend carried on in full",
}
"""Designs shown without each earlier year."""


def choices(subject: Subject) -> str:
    """Caption of the table of choices."""
    return f"What each choice does to the estimate: median effect in {subject.unit} under each option."


def rule(subject: Subject) -> str:
    """Caption of the table of the rule."""
    return f"The rule behind the verdict on {subject.rate.removesuffix(' per 100,000')}. Groups without treatment are blocks of ten neighbouring districts."


def without_year(subject: Subject) -> str:
    """Caption of the table without each year before the agreement."""
    return f"Effect in {subject.unit} when one year before the agreement is left out, with 95% permutation intervals of the same blocks{subject.note}."


def gap_chart(mortality: Mortality) -> Caption:
    """Words of the chart of rates."""
    outcome = mortality.outcomes["persons"]
    first, last = record(outcome.gap, 0), record(outcome.gap, -1)
    before = record(outcome.gap.loc[[HEALTH_DEAL - 1]])
    verbs = ["falls" if last[one] < first[one] else "rises" for one in ("treated", "others")]
    return Caption(
        figure_id="preventable-rates",
        title=f"Gap: {number(first['gap'])} in {first['period']}, {number(before['gap'])} in {before['period']}, {number(last['gap'])} in {last['period']}",
        subtitle=f"Preventable deaths under 75 per 100,000 people, age-standardised; mean of the ten districts of Greater Manchester and of {len(outcome.codes) - 10} districts of England outside London, {first['period']} to {last['period']}",
        source=source_line(_TABLE),
        alt=(
            f"Line chart of preventable deaths under 75 by year. Greater Manchester {verbs[0]} from {number(first['treated'])} to "
            f"{number(last['treated'])} and England outside London {'' if verbs[0] == verbs[1] else f'{verbs[1]} '}from {number(first['others'])} to {number(last['others'])} per 100,000. The gap is {number(first['gap'])} at first, {number(before['gap'])} just before the agreement and {number(last['gap'])} at last."
        ),
    )


def gap_texts(mortality: Mortality) -> dict[str, str]:
    """Named texts on the gap."""
    outcome = mortality.outcomes["persons"]
    gap = {year: cell(outcome.gap, year, "gap") for year in outcome.gap.index}
    return {
        "districts_compared": str(len(outcome.codes) - 10),
        **{f"gap_{year}": number(gap[year]) for year in (2010, 2014, 2019)},
        "flag_2013": flagged_year(gap[2012], gap[2013], gap[2014]),
        "gap_fall_words": closing(gap[2010] - gap[2014], gap[2014] - gap[2019]),
        "gap_first_year": first_year(gap[2010], gap[2011], gap[2014]),
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
    >>> closing(-4.0, 10.0)
    'It widened by 1 a year from 2010 to 2014 and closed by 2 a year from then to 2019'
    """
    last = HEALTH_DEAL - 1
    yearly = before / (last - first), after / (2019 - last)
    if min(yearly) <= 0:
        then, now = (f"{'closed' if y > 0 else 'widened'} by {number(abs(y), 2)}" for y in yearly)
        return f"It {then} a year from {first} to {last} and {now} a year from then to 2019"
    than = "as" if pace(*yearly).startswith("about") else "than"
    return f"It closed by {number(yearly[0], 2)} a year from {first} to {last} and by {number(yearly[1], 2)} a year from then to 2019, {pace(*yearly)} {than} before"


def first_year(first: float, second: float, last: float) -> str:
    """Say how much of the closing of a gap from 2010 to 2014 fell in its first year, and the pace after that.

    >>> first_year(62.5, 56.6, 55.5)
    'Most of what closed before the agreement closed in one year, 2010 to 2011; from 2011 to 2014 it was 0.37 a year'
    """
    yearly = (second - last) / (HEALTH_DEAL - 2012)
    pace_after = (
        f"from 2011 to 2014 it {'was' if yearly >= 0 else 'widened by'} {number(abs(yearly), 2)} a year"
    )
    if first - last <= 0:
        return f"It did not close before the agreement; {pace_after}"
    if (first - second) > (first - last) / 2:
        return f"Most of what closed before the agreement closed in one year, 2010 to 2011; {pace_after}"
    return f"That was no matter of its first year alone: {pace_after}"


def flagged_year(before: float, flagged: float, after: float) -> str:
    """Say how the gap of 2013 (``flagged``) stands between its neighbours, by a rule.

    >>> flagged_year(57.9, 49.6, 55.5)[:55]
    'The year 2013 stands out: the gap was 49.6, less than i'
    """
    if before <= flagged <= after or after <= flagged <= before:
        return f"The year 2013, with a gap of {number(flagged)}, lies between its neighbours"
    less, worse, flatter = ("less", "worse", "flatter") if flagged < before else ("more", "better", "steeper")
    return f"The year 2013 stands out: the gap was {number(flagged)}, {less} than in the years on both sides. Counted from 2013 alone, the change after the deal looks {worse}; without 2013 the earlier trend looks {flatter}"


def designs_chart(designs: SideBySide) -> Caption:
    """Words of the chart of designs."""
    found = {d: designs.found("persons", d).estimate for d in STANDARD}
    low, high = min(found.values(), key=abs), max(found.values(), key=abs)
    agree = low * high > 0 and all(v * high > 0 for v in found.values())
    subject = designs.mortality.subject
    return Caption(
        figure_id=subject.name("designs"),
        title=f"Five designs: {abs(low):.1f} to {more_or_fewer(high)} {subject.unit}"
        if agree
        else f"Five designs disagree: {more_or_fewer(min(found.values()))} to {more_or_fewer(max(found.values()))} {subject.unit}",
        subtitle=f"Effect on {subject.rate} in Greater Manchester, {subject.after} against {subject.before}. 95% permutation intervals of blocks of ten districts without the deal, for every design alike{subject.note}",
        source=source_line(subject.table),
        alt=(
            f"Dot chart of {len(STANDARD) * len(designs.mortality.outcomes)} effects with intervals. For everyone the designs give "
            f"{join([f'{number(v)} ({STANDARD[d].lower()})' for d, v in found.items()])}."
        ),
    )


def designs_texts(designs: SideBySide) -> dict[str, str]:
    """Named texts on the designs."""
    left_out, alone, carrier = designs.without_one["effect"].iloc[1:], designs.alone, designs.carrier
    none = "no factor, so it says the same as the plain difference"
    rank = designs.factors
    main = designs.found("persons", "sdid")
    by_sex = {"men_words": "male", "women_words": "female"}
    return {
        "did_words": in_deaths(designs.found("persons", "did"), "95% interval "),
        "sdid_words": in_deaths(designs.found("persons", "sdid")),
        "sc_words": in_deaths(designs.found("persons", "sc")),
        **{
            name: in_deaths(designs.found(sex, "sdid"))
            for name, sex in by_sex.items()
            if sex in designs.mortality.outcomes
        },
        "gsc_rank": f"{few(rank)} factor{'s' if rank > 1 else ''}" if rank else none,
        "gsc1_words": in_deaths(designs.found("persons", "gsc1")),
        "gsc2_words": in_deaths(designs.found("persons", "gsc2")),
        "left_out_words": between(left_out),
        "carrier_words": carrier_in_words(
            carrier, main.estimate, designs.mortality.subject, main.p_absolute <= RARE
        ),
        "districts_fell": f"{int((alone < 0).sum())} of {len(alone)}",
    }


def in_deaths(test: PlaceboTest, interval: str = "") -> str:
    """Return an effect with its interval, to the figures that the interval supports."""
    limits = test.interval()
    shown = number(supported(test.estimate, limits.lower, limits.upper))
    return f"{shown} ({interval}{span(limits.lower, limits.upper)})"


def between(values: Iterable[float]) -> str:
    """Return the range of some effects.

    >>> between([-8.84, -5.0, -4.63])
    'between −8.8 and −4.6'
    """
    every = [float(value) for value in values]
    return f"between {rounded(min(every))} and {rounded(max(every))}"


def lasts(carrier: Carrier, effect: float) -> bool:
    """Whether an effect keeps its sign and stays rare when the treated and every block lose the district that carries most."""
    return carrier.without * effect > 0 and (1 + carrier.matched) / (1 + carrier.blocks) <= 0.05


def carrier_in_words(carrier: Carrier, effect: float, subject: Subject = DEATHS, unusual: bool = True) -> str:
    """Say which district carries the effect, what is left without it, and whether that is unusual, as the whole is or is not."""
    if carrier.without * effect <= 0:
        left = f"Without it nothing of the finding is left ({more_or_fewer(carrier.without)})"
    else:
        kept = lasts(carrier, effect)
        still = (
            ("still unusual" if kept else "no longer clearly unusual")
            if unusual
            else ("unusual" if kept else "not unusual either")
        )
        left = (
            f"Without it the change is {more_or_fewer(carrier.without)}. That is {still}: when every block loses the district that carries most of its change, "
            f"{counted_of(carrier.matched, carrier.blocks)} as much left"
        )
    return f"{carrier.name} carries most: on its own the change is {more_or_fewer(carrier.alone)} {subject.unit}. {left}"


def counted_of(matched: int, blocks: int) -> str:
    """Say how many of some blocks have something.

    >>> counted_of(0, 110), counted_of(1, 110), counted_of(5, 110)
    ('none of 110 blocks has', '1 of 110 blocks has', '5 of 110 blocks have')
    """
    return f"{matched or 'none'} of {blocks} blocks {'has' if matched < 2 else 'have'}"


def matches(test: PlaceboTest) -> str:
    """Say how many of the blocks have an effect as large."""
    return counted_of(test.rank - 1, len(test.effects)).replace(" has", " matches").replace(" have", " match")


def rarity(test: PlaceboTest) -> str:
    """Say how many blocks without the deal changed as much, as a sentence."""
    count = test.rank - 1
    return f"{str(count) if count else 'None'} of the {len(test.effects)} blocks of ten neighbouring districts without the deal changed as much."


def counted(value: float) -> str:
    """Return a count in a table; a reading that nothing can match has none.

    >>> counted(3.0), counted(float("nan"))
    ('3', 'not a rank')
    """
    return "not a rank" if np.isnan(value) else f"{value:.0f}"


def event_chart(trends: PreTrends) -> Caption:
    """Words of the event study."""
    subject = trends.designs.mortality.subject
    effects = trends.path.set_index("year")["effect"]
    year, last = int(effects.index[-1]), float(effects.iloc[-1])
    intercept, slope = trends.earlier_line
    shown = sorted({subject.first, subject.first + 1, subject.base - 1})
    told = ", ".join(f"{number(float(effects[y]))} in {subject.year(y)}" for y in shown)
    flagged = "".join(f". {subject.year(y)} (open) stands out" for y in subject.flagged)
    return Caption(
        figure_id=subject.name("event-study"),
        title=f"By {subject.year(year)} the gap was {_narrower(last)} than in {subject.year(subject.base)}",
        subtitle=f"Gap between Greater Manchester and England outside London in {subject.rate}, less the gap of {subject.year(subject.base)}. 95% permutation intervals of blocks, year by year{flagged}. The line swings with the years it rests on{subject.note}",
        source=source_line(subject.table),
        alt=(
            f"Dot chart of the gap by year in reference to {subject.year(subject.base)}: {told} and "
            f"{number(last)} in {subject.year(year)}. A straight line through the years before {subject.year(HEALTH_DEAL)} carried on reaches {number(intercept + slope * year)}."
        ),
    )


def _narrower(change: float) -> str:
    return f"{abs(change):.1f} {'narrower' if change < 0 else 'wider'}"


def readings_chart(trends: PreTrends) -> Caption:
    """Words of the chart of readings of earlier trends."""
    subject = trends.designs.mortality.subject
    rows = trends.readings[trends.readings["scale"] == "points"].set_index("reading")
    fewer = int((rows["effect"] < 0).sum())
    away = int(((rows["upper"] < 0) & (rows["effect"] < 0)).sum())
    beyond = f"{away} beyond chance" if away else "none beyond chance"
    return Caption(
        figure_id=subject.name("readings"),
        title=f"{fewer} of {len(rows)} readings find fewer {subject.things}, {beyond}",
        subtitle=f"Effect on {subject.rate} in Greater Manchester, {subject.after} against {subject.before}, by how earlier trends are taken. 95% intervals, all from the scatter of the same {int(rows['blocks'].iloc[0])} blocks (by permutation; in the last row by their covariance){subject.note}",
        source=source_line(subject.table, "deprivation_area"),
        alt="Dot chart of effects with intervals: "
        + "; ".join(
            f"{READINGS[str(name)].lower()} {number(float(r['effect']))} ({span(float(r['lower']), float(r['upper']))})"
            for name, r in rows.iterrows()
        )
        + ".",
    )


def readings_table(blocks: int, subject: Subject) -> str:
    """Caption of the table of readings."""
    return f"Effect by how earlier trends are taken, in {subject.unit} and in per cent of the rate. 95% intervals from {blocks} blocks of ten districts without the deal, and how many of them show as much{subject.note}."


def pre_trend_texts(trends: PreTrends) -> dict[str, str]:
    """Named texts on earlier trends and the further checks; those of another outcome than deaths have its prefix."""
    subject = trends.designs.mortality.subject
    by_year = trends.without_year
    trend = trends.designs.found("persons", "trend")
    limits = span(trend.interval().lower, trend.interval().upper)
    without = by_year[by_year["year"] != "none"]
    low, high = record(without.sort_values("trend")), record(without.sort_values("trend"), -1)
    others = without[[d for d in BY_YEAR if d != "trend"]]
    return {
        "trend_words": f"{more_or_fewer(trend.estimate)} {subject.unit} ({limits}; {matches(trend)})",
        "trend_swings": (
            f"Without the year {low['year']} it gives {more_or_fewer(float(low['trend']))}, without {high['year']} {more_or_fewer(float(high['trend']))}"
        ),
        "standard_swings": between(others.to_numpy(dtype=float).ravel()),
        "persistence_words": persistence(*trends.persistence),
        "given_words": given_in_words(trends.given, subject),
        "pretrend_words": pretrend(trends.test, subject),
        "joint_words": joint(trends.all_leads.p_absolute, trends.study.pretrend_p_value),
        "made_up_words": made_up(trends.made_up_starts, trends.designs.found("persons", "did"), subject),
        "breakdown_words": breakdown(trends.bounds, subject),
        "floor_words": floor_in_words(
            trends.floor.standard_error, trends.designs.found("persons", "sdid").standard_error, subject
        ),
    }


def floor_in_words(counts: float, blocks: float, subject: Subject) -> str:
    """Say what chance in the counts alone leaves, beside the scatter of blocks without the deal.

    >>> floor_in_words(1.2, 4.8, DEATHS)
    'Counting deaths alone leaves a standard error of about 1.2 per 100,000; blocks without the deal scatter by 4.8. So most of the uncertainty is that places move apart by themselves'
    """
    told = f"Counting {subject.things} alone leaves a standard error of about {number(counts, 2)} per 100,000; blocks without the deal scatter by {number(blocks, 2)}"
    if counts < blocks / 2:
        return f"{told}. So most of the uncertainty is that places move apart by themselves"
    return f"{told}. So chance in the counts is a large part of the uncertainty"


def made_up(starts: Mapping[int, PlaceboTest], real: PlaceboTest, subject: Subject = DEATHS) -> str:
    """Say what made-up starts give, how many blocks match that, and how it compares with the real start."""
    told = ". ".join(
        f"For {subject.year(year)} {'the plain difference gives ' if place == 0 else 'it is '}{more_or_fewer(t.estimate)} ({matches(t)})"
        for place, (year, t) in enumerate(starts.items())
    )
    shares = [t.estimate / real.estimate for t in starts.values()]
    if max(shares) >= 0.5:
        second = f"The largest is {percentage(max(shares), 0)} of the real change, a warning that the gap was moving before"
    else:
        second = "None is half the real change"
    return f"Take the years before {subject.year(HEALTH_DEAL)} alone and invent a deal. {told}. {second}"


def pretrend(test: PlaceboTest, subject: Subject = DEATHS) -> str:
    """Say whether the gap moved before the agreement by more than the gaps of blocks did."""
    way = "narrowed" if test.estimate < 0 else "widened"
    first = f"From {subject.before} the gap {way} by {number(abs(test.estimate), 2)} {subject.unit} a year along its straight line; {matches(test)} (p = {number(test.p_absolute, 2)})."
    if test.p_absolute <= RARE:
        return f"{first} So Greater Manchester was moving apart from the others before the agreement."
    weak = (
        f"With {few(subject.years_before)} years it"
        if subject.years_before < _MANY_YEARS
        else "Blocks part so widely that it"
    )
    return f"{first} So an earlier trend of its own is not shown. {weak} would be missed easily, so this proves nothing for the deal."


def joint(ranked: float, clustered: float) -> str:
    """Say what the usual joint test gives as if districts were independent, and what its statistic is worth among blocks.

    >>> joint(0.33, 0.055)
    'The usual joint test of these years gives p = 0.055 as if districts were independent. Among blocks its statistic has p = 0.33, so it finds no trend either'
    """
    found = "so it finds a trend" if ranked <= RARE else "so it finds no trend either"
    return f"The usual joint test of these years gives p = {number(clustered, 2)} as if districts were independent. Among blocks its statistic has p = {number(ranked, 2)}, {found}"


def persistence(share: float, error: float) -> str:
    """Say how much of an earlier difference in trend went on among blocks without the deal, with its 95% interval.

    >>> persistence(0.18, 0.05)
    'about 18% of an earlier difference in trend went on after 2014 (95% interval 8% to 28%)'
    """
    limits = normal_estimate("persistence", share, error).interval()
    interval = f"95% interval {percentage(limits.lower, 0)} to {percentage(limits.upper, 0)}"
    if share <= 0.0:
        return f"nothing of an earlier difference in trend went on after 2014 ({interval})"
    return f"about {percentage(share, 0)} of an earlier difference in trend went on after 2014 ({interval})"


def given_in_words(given: Mapping[str, PlaceboTest], subject: Subject = DEATHS) -> str:
    """Say what is left of the effect with the earlier trend, and with everything, taken into account."""
    trend, every = given["earlier trend"], given["everything"]
    return (
        f"With the earlier trend so taken into account the change is {more_or_fewer(trend.estimate)} ({matches(trend)}). "
        f"With the level of {subject.things} and deprivation as well it is {more_or_fewer(every.estimate)} ({matches(every)})"
    )


def breakdown(bounds: SensitivityBounds, subject: Subject = DEATHS) -> str:
    """Say what the bounds on departures from parallel trends show, and that they measure from one year."""
    limits, base_year = bounds.interval(), subject.year(subject.base)
    base = f"This check measures from {base_year} alone, one year of {few(subject.years_before)}. Measured so, the change is {number(supported(bounds.estimate, limits.lower, limits.upper))} ({span(limits.lower, limits.upper)})"
    if np.isnan(bounds.breakdown):
        return f"{base}, an interval that holds zero before any departure is allowed. It says that one year is a weak base; it does not say that trends parted"
    if bounds.breakdown < 0.05:
        return (
            f"{base}. Its sign is lost as soon as trends after {base_year} may part a little more than before"
        )
    return f"{base}. Its sign survives as long as trends after {base_year} differ by no more than {number(bounds.breakdown)} times the largest change before"


def placebo_panel(kind: str, test: PlaceboTest) -> str:
    """Return the heading of one panel of the placebo chart."""
    larger = int((np.abs(test.effects) >= abs(test.estimate)).sum())
    groups = {"random": "random groups of ten", "blocks": "blocks of ten neighbours"}[kind]
    return f"{len(test.effects)} {groups}: {larger} with an effect as large"


def placebo_chart(blocks: PlaceboTest, subject: Subject) -> Caption:
    """Words of the placebo chart."""
    return Caption(
        figure_id=subject.name("placebos"),
        title=f"Greater Manchester ranks {ordinal(blocks.rank)} of {len(blocks.effects) + 1} blocks by change",
        subtitle=f"Synthetic difference-in-differences effects on {subject.rate} for groups of ten districts without the deal, as if they had it from {subject.year(HEALTH_DEAL)}. One block grown from every district. Orange: as large as Greater Manchester's or larger{subject.note}",
        source=source_line(subject.table),
        alt=f"Two histograms of placebo effects around zero, for random groups and for contiguous blocks. Greater Manchester's is {number(blocks.estimate)}: {matches(blocks)}.",
    )


def placebo_texts(judgement: Judgement) -> dict[str, str]:
    """Named texts on the placebos."""
    mortality, blocks, points = judgement.designs.mortality, judgement.main, judgement.deprived[0]
    share, subject = judgement.deprived[1], mortality.subject
    found = {
        "rank_blocks": f"{ordinal(blocks.rank)} of {len(blocks.effects) + 1}",
        "blocks_match": matches(blocks),
        "p_random": small_share(mortality.placebo("persons", "sdid", "random").p_absolute),
        "disjoint_words": disjoint_in_words(judgement.disjoint),
        "alternative_verdicts": alternatives(judgement),
        "percent_words": percent_reading(judgement.relative),
        "halves_words": halves_in_words(judgement.halves, subject.things),
        "deprived_words": (
            f"Against the more deprived half of districts alone the change is {in_deaths(points)} {subject.unit}; {matches(points)}. "
            f"In per cent it is {in_percent_words(share)}; {matches(share)}"
        ),
    }
    if "female" in mortality.outcomes:
        found["women_match"] = matches(mortality.placebo("female", "sdid"))
    return found


def alternatives(judgement: Judgement) -> str:
    """Say what the rule would say under two other choices, one that each side could ask for."""
    trend, half = judgement.with_own_trend, judgement.against_deprived_half
    return (
        f"With the trend carried on in full among the designs it would call this {trend.strength} evidence ({_parts(trend)}). "
        f"With the per cent judged against the more deprived half of districts it would call it {half.strength} evidence ({_parts(half)})"
    )


def _parts(found: Verdict) -> str:
    return f"{found.parts or 'no'} part{'' if found.parts == 1 else 's'}"


def in_percent_words(test: PlaceboTest) -> str:
    """Return an effect in log points as a change in per cent, with its interval."""
    limits = test.interval()
    low, high = (percentage(float(np.expm1(v))) for v in (limits.lower, limits.upper))
    return f"{percentage(float(np.expm1(test.estimate)))} ({low} to {high})"


def percent_reading(test: PlaceboTest) -> str:
    """Say what the change is in per cent, and whether it is unusual."""
    unusual = "unusual in per cent too" if test.p_absolute <= 0.05 else "not unusual"
    return f"In per cent the synthetic difference is {in_percent_words(test)}. Seen so, the change is {unusual}: {matches(test)}"


def halves_in_words(halves: pd.DataFrame, unit: str = "deaths") -> str:
    """Say how the rates of the more and the less deprived half of districts without the deal changed."""

    def moved(row: str) -> str:
        points, share = cell(halves, row, "points"), cell(halves, row, "share")
        return f"{'fell' if points < 0 else 'rose'} by {number(abs(points), 2)} {unit} ({percentage(abs(share))})"

    return f"Where there was no deal, the rate of the more deprived half of districts {moved('deprived')}. That of the other half {moved('other')}"


def disjoint_in_words(test: DisjointPlaceboTest) -> str:
    """Say how unusual the change is among blocks that share no district."""
    fewest, most = test.blocks
    count = str(fewest) if fewest == most else f"{fewest} to {most}"
    return (
        f"The map can be cut into only {count} blocks that share no district. Over {test.n} such cuts p is {number(test.p_mean, 2)} on average "
        f"and {number(test.p_minimum, 2)} at the least. So blocks that overlap make the finding look more precise than it is"
    )


def curve_chart(curve: SpecificationCurve, subject: Subject) -> Caption:
    """Words of the specification curve."""
    rows = curve.estimated
    below = int((rows["effect"] < 0).sum())
    away = float(((rows["lower"] > 0) | (rows["upper"] < 0)).mean())
    return Caption(
        figure_id=subject.name("specifications"),
        title=f"{below} of {len(rows)} choices find fewer {subject.things}; {percentage(away, 0)} exclude zero",
        subtitle=f"Effect on {subject.rate} in Greater Manchester under every combination of choices, sorted. Dark: the 95% interval from blocks of districts without the deal leaves out zero. Square: main specification",
        source=source_line(subject.table),
        alt=f"Specification curve of {len(rows)} effects from {number(float(rows['effect'].min()))} to {number(float(rows['effect'].max()))} {subject.unit}, median {number(curve.median)}; {below} lie below zero.",
    )


def curve_texts(specifications: Specifications) -> dict[str, str]:
    """Named texts on the specifications."""
    curve = specifications.curve
    rows, everyone = curve.estimated, specifications.of_everyone.estimated
    missing, every = len(curve.table) - len(rows), "All of them could be estimated"
    return {
        "curve_words": curve.sentence,
        "curve_not_estimated": f"{missing} more could not be estimated" if missing else every,
        "curve_everyone": f"{int((everyone['effect'] < 0).sum())} of {len(everyone)}",
    }


# ---- other outcomes, and what others found -------------------------------------------------------------

DESIGNS_TABLE = "Greater Manchester's other outcomes from 2015: effect by each design, permutation intervals, and the share of placebo groups with an effect as large. Placebo groups are blocks of ten neighbours; for healthy life expectancy, ten councils at random. The factor model of life expectancy stands in its own figure."
CLOSING_LIFE_EXPECTANCY = "How much the gap in life expectancy closed, years from one window to the next. Slope of the straight line from each first window to 2012 to 2014, and from then to 2017 to 2019. Below zero it widened. Blocks: ten neighbouring districts without the deal."
CLOSING_ALL_DEATHS = "How much the gap in the mortality ratio closed, points a year. Slope of the straight line from each first year to 2014, and from 2014 to 2019. Below zero it widened. Blocks: ten neighbouring districts without the deal."
PUBLISHED_TABLE = (
    "Published estimates of what devolution changed in Greater Manchester, quoted, not reproduced here."
)


def _test(test: PlaceboTest) -> str:
    limits = test.interval()
    return f"{number(test.estimate, 2)} {test.unit} ({span(limits.lower, limits.upper, lambda v: number(v, 2))}; {small_share(test.p_absolute)} of placebo groups show as much)"


def life_expectancy_gap(section: LifeExpectancy) -> Caption:
    """Words of the chart of the gap."""
    gaps = -section.gap["gap"]
    first, last = int(gaps.index[0]), int(gaps.index[-1])
    way = "fell" if gaps[last] < gaps[first] else "rose"
    lines = join(
        [
            f"{number(-(intercept + slope * last))} by the trend from {period(since)}"
            for since, (intercept, slope) in section.earlier_lines.items()
        ]
    )
    return Caption(
        figure_id="life-expectancy-gap",
        title=f"The life expectancy gap {way} from {number(gaps[first])} to {number(gaps[last])} years",
        subtitle="Life expectancy at birth, mean of both sexes, Greater Manchester's ten districts less the mean of others outside London. Years, three-year windows, derived to 2012-14, then official. Trends before the agreement from the first window and from the widest gap, carried on",
        source=source_line(*section.tested.outcome.tables),
        alt=(
            f"Line chart of the gap in life expectancy by three-year window: {number(gaps[first])} years in {period(first)}, widest with {number(gaps[section.widest])} in {period(section.widest)}, "
            f"{number(gaps[last])} in {period(last)}, where it would be {lines}. The official series begins after {period(2012)}."
        ),
    )


def life_expectancy_texts(section: LifeExpectancy) -> dict[str, str]:
    """Named texts on life expectancy."""
    gaps, claimed, tests = section.gap["gap"], section.claimed, section.tested.tests
    last = int(gaps.index[-1])
    z = float(normal_quantiles(0.95)[0])
    pooled = z * section.pooled_floor
    half = (claimed.interval().upper - claimed.interval().lower) / 2.0
    return {
        "le_gap_words": f"{number(-gaps[2002])} years in {period(2002)}, {number(-gaps[section.widest])} at its widest in {period(section.widest)}, {number(-gaps[2012])} in {period(2012)} and {number(-gaps[last])} in {period(last)}",
        "le_closing_words": paces_in_words(section.paces, unit="years", of="districts", name=period),
        "le_join_words": _join(section.join),
        **{f"le_{design}": _test(test) for design, test in tests.items()},
        "le_by_factors": _by_factors(section.by_factors),
        "le_factors": factors_in_words(*section.choices),
        "le_verdict": agreement(tests, {k: test for k, test in section.by_factors.items() if k}),
        "published_le": in_words(claimed, lambda v: f"{v:.3f}", unit="years"),
        "claimed_halfwidth": f"±{half:.3f} years",
        "floor_halfwidth": f"±{z * section.floor.standard_error:.2f} years",
        "pooled_halfwidth": f"±{pooled:.2f} years",
    }


def _by_factors(tests: Mapping[int, PlaceboTest]) -> str:
    effects = [test.estimate for rank, test in tests.items() if rank]
    ranks = [rank for rank in tests if rank]
    return f"between {number(min(effects), 2)} and {number(max(effects), 2)} years with {few(min(ranks))} to {few(max(ranks))} factors"


def life_expectancy_readings(section: LifeExpectancy) -> Caption:
    """Words of the chart of readings."""
    tests = section.readings
    effects = [test.estimate for test in tests.values()]
    gains = sum(effect > 0 for effect in effects)
    one_way = "Every reading of life expectancy points to a " + _way(gains > 0)
    both = "Readings of life expectancy point both ways"
    return Caption(
        figure_id="life-expectancy-designs",
        title=one_way if gains in (0, len(tests)) else both,
        subtitle="Effect on life expectancy at birth in Greater Manchester, years, windows from 2015 against windows to 2012-14, by each design and number of factors. 95% permutation intervals of blocks of ten districts. With no factor the factor model is the plain difference",
        source=source_line(*section.tested.outcome.tables),
        alt=(
            f"Dot chart of {len(tests)} effects on life expectancy with intervals, from {number(min(effects), 2)} to {number(max(effects), 2)} years; "
            f"{(out := sum(test.interval().excludes_zero for test in tests.values()))} of the intervals {'leaves' if out == 1 else 'leave'} out zero."
        ),
    )


def paces_in_words(rows: pd.DataFrame, *, unit: str, of: str, name: Callable[[int], str] = str) -> str:
    """Say how fast a gap closed before and after the agreement, from each first period, and whether a change of pace is unusual.

    ``rows`` as in ``paces``; ``of`` says what the blocks are made of; ``name`` what a first period is called.
    """
    low, high = record(rows.sort_values("before"), 0), record(rows.sort_values("before"), -1)

    def since(row: dict[str, Any]) -> str:
        return f"{_pace(row['before'])} {unit} a year counted from {name(row['first'])}"

    if low["before"] > 0:
        before = f"The gap was already closing before the agreement. It did so by {since(low)}, and by {since(high)}"
    elif high["before"] <= 0:
        before = (
            f"The gap was not closing before the agreement. It widened by {since(high)}, and by {since(low)}"
        )
    else:
        before = f"Whether the gap was closing before the agreement depends on the first year. It widened by {since(low)} and closed by {since(high)}"
    pace = float(rows["after"].iloc[0])
    after = f"After it, the gap {'closed' if pace > 0 else 'widened'} by {_pace(pace)} {unit} a year"
    return f"{before}. {after}. {_unusual(rows, of, name)}"


def _pace(value: float) -> str:
    return rounded(abs(value)) if abs(value) >= 1 else number(abs(value), 2)


def _unusual(rows: pd.DataFrame, of: str, name: Callable[[int], str]) -> str:
    rare = rows[rows["p_value"] <= RARE]
    least = small_share(float(rows["p_value"].min()))
    if rare.empty:
        return f"That change of pace is not unusual from any first year: at least {least} of blocks of ten {of} without the deal changed as much"
    closes = float(rows["after"].iloc[0]) > 0
    faster, slower = ("faster", "more slowly") if closes else ("a better pace", "a worse pace")
    told = [
        f"{way} than before counted from {join([name(first) for first in part['first']])}"
        for way, part in (
            (faster, rare[rare["after"] > rare["before"]]),
            (slower, rare[rare["after"] < rare["before"]]),
        )
        if len(part)
    ]
    every = len(rare) == len(rows)
    rest = "" if every else "; counted from the other years the change of pace is not unusual"
    return f"{'It closed' if closes else 'That is'} {join(told)}, by more than nineteen in twenty blocks of ten {of} without the deal changed pace{rest}"


def _join(join: Join) -> str:
    where = "within" if abs(join.change) <= join.largest_before else "beyond"
    scatter = "no more than" if join.p_value >= 0.05 or join.sd_over <= join.sd_before else "more than"
    return (
        f"Over the join Greater Manchester's gap moves by {number(join.change, 2)} years, {where} the largest step before it ({number(join.largest_before, 2)}). The districts' steps scatter {scatter} one "
        f"window earlier (standard deviation {number(join.sd_over, 2)} against {number(join.sd_before, 2)} years)"
    )


def agreement(
    simpler: Mapping[str, PlaceboTest], by_factors: Mapping[int, PlaceboTest], of: str = "districts"
) -> str:
    """Say which way the simpler designs and the factor model point, and whether blocks without the deal show as large changes.

    Above zero is a gain; ``by_factors`` has the factor model at every number of factors above none; ``of`` says what the blocks are made of.
    """
    gains = sum(test.estimate > 0 for test in simpler.values())
    n = few(len(simpler))
    if gains in (0, len(simpler)):
        first = f"the {n} simpler designs all point to a {_way(gains > 0)}"
    else:
        first = f"{few(gains)} of the {n} simpler designs {'points' if gains == 1 else 'point'} to a gain, the rest to a loss"
    ways = {test.estimate > 0 for test in by_factors.values()}
    second = (
        "The factor model points either way, depending on how many common ups and downs it allows for"
        if len(ways) == 2
        else f"The factor model points to a {_way(True in ways)}, however many common ups and downs it allows for"
    )
    every = [*simpler.values(), *by_factors.values()]
    rare = [test for test in every if test.p_absolute <= RARE]
    blocks = f"blocks of ten {of} without the deal"
    if not rare:
        least = small_share(min(test.p_absolute for test in every))
        return f"{first}. {second}. None of these changes is unusual: for each, at least {least} of {blocks} show one as large"
    counted = [(sum((test.estimate > 0) == up for test in rare), _way(up)) for up in (True, False)]
    which = join([f"{few(k)} that {'points' if k == 1 else 'point'} to a {way}" for k, way in counted if k])
    return f"{first}. {second}. Of all {few(len(every))} readings, {which} {'is' if len(rare) == 1 else 'are'} unusual: at most one in twenty {blocks} shows as large a change"


def _way(gain: bool) -> str:
    return "gain" if gain else "loss"


def factors_in_words(alone: FactorEffect, together: FactorEffect) -> str:
    """Say what two rules choose as the number of factors of overlapping windows: leave out one, or those that share years too."""
    edge = bool(alone.diagnostics["chosen rank is the largest tried"])
    picked = f"{few(alone.rank)}, the largest number tried" if edge else few(alone.rank)
    chosen = "none, which makes the model the plain difference" if together.rank == 0 else few(together.rank)
    if together.rank == alone.rank:
        return f"Leaving out one window at a time picks {picked}. Leaving out the windows that share its years too picks the same"
    return f"Leaving out one window at a time picks {picked}. But windows share years, so its neighbours give a left-out window away. Leaving them out too picks {chosen}"


def emergency_chart(four_hours: pd.DataFrame) -> Caption:
    """Words of the chart of four-hour performance."""
    known = four_hours.dropna(subset=["own"]).reset_index()
    first, last = record(known, 0), record(known, -1)
    years = financial_year(first["financial_year_start"]), financial_year(last["financial_year_start"])
    return Caption(
        figure_id="four-hours",
        title=f"A&E within four hours: Greater Manchester {percentage(last['own'], 0)} in {years[1]}, other boards {percentage(last['median'], 0)}",
        subtitle="Share of A&E attendances of all types within four hours, Greater Manchester and median of the other integrated care boards outside London. Financial years with figures for all twelve months",
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
        "smr_closing": paces_in_words(section.paces, unit="points", of="districts"),
        **{
            f"smr_{design}": _test(section.mortality.tests[design])
            for design in ("did", "sdid", "given", "trend")
        },
        **{f"hle_{who}": _test(tested.tests["did"]) for who, tested in section.healthy.items()},
        "four_hour_words": (
            f"In {financial_year(first['financial_year_start'])} {percentage(first['own'])} of attendances in Greater Manchester took at most four hours, "
            f"rank {first['rank']:.0f} of {first['boards']:.0f} boards outside London with figures. In {financial_year(last['financial_year_start'])} it was {percentage(last['own'])}, rank {last['rank']:.0f} of {last['boards']:.0f}"
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
    amount = round(value, decimals)
    sign = "+" if amount > 0 else chr(0x2212) if amount < 0 else ""
    return f"{sign}£{abs(amount):.{decimals}f}"


def _a_head(found: Estimate) -> str:
    limits = found.interval()
    return f"{_pounds(found.estimate)} a head ({span(limits.lower, limits.upper, printed)})"


def spending_verdict(both: Mapping[int, PlaceboTest]) -> str:
    """Say which starts give an effect that is larger than chance explains."""
    away = [start for start, test in both.items() if test.interval().excludes_zero]
    if len(away) == 1:
        return f"Only the start in {financial_year(away[0])} gives an effect larger than chance explains, by groups of ten councils at random"
    which = "Both starts give" if away else "Neither start gives"
    return f"{which} an effect on council spending larger than chance explains, by groups of ten councils at random"


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


def deal_tables(subject: Subject) -> tuple[str, ...]:
    """Return the tables behind the other areas."""
    return (subject.table, "devolution_deal", "devolution_power")


def kinds(subject: Subject) -> str:
    """Caption of the table of kinds of deal."""
    rate = subject.rate[0].upper() + subject.rate[1:]
    return f"{rate} after a deal by kind of deal and place, each area from its own year, against districts without any deal{subject.note}. Detectable: found with 80% probability at the 5% level."


def detectable(subject: Subject) -> str:
    """Caption of the table of what could have been detected."""
    return f"Every area with a deal: change in {subject.rate} by two designs, and the effect its figures could have shown{subject.note}."


def areas_chart(rows: pd.DataFrame, subject: Subject) -> Caption:
    """Words of the chart of areas; ``rows`` as in ``Elsewhere.estimates``."""
    away = rows.loc[rows["p_value"] <= RARE, "name"].tolist()
    last = subject.year(BEFORE_PANDEMIC)
    return Caption(
        figure_id=subject.name("other-areas"),
        title=f"{len(away)} of {len(rows)} areas with a deal {'stands' if len(away) == 1 else 'stand'} out",
        subtitle=f"Standing out from blocks of as many neighbours: {join(away) or 'none'}. Change in {subject.rate} after each deal, to {last}, against districts without any deal (Greater Manchester: all others outside London). Synthetic difference-in-differences, 95% permutation intervals of blocks. Bold squares: deals with power over health{subject.note}",
        source=source_line(*deal_tables(subject)),
        alt=(
            f"Dot chart of changes in {subject.rate} in {len(rows)} areas with a deal, from {number(float(rows['effect'].min()))} in "
            f"{rows['name'].iloc[0]} to {number(float(rows['effect'].max()))} in {rows['name'].iloc[-1]}; "
            f"{(holds := int(((rows['lower'] <= 0) & (rows['upper'] >= 0)).sum()))} {'interval includes' if holds == 1 else 'intervals include'} zero."
        ),
    )


def dynamic_chart(effect: Effect, path: pd.DataFrame, subject: Subject) -> Caption:
    """Words of the chart of effects by years since the deal."""
    after = path.loc[path["relative"] >= 0, "effect"]
    chance = "" if effect.interval().excludes_zero else ", which could be chance"
    return Caption(
        figure_id=subject.name("staggered"),
        title=f"All deals: {_change(effect)} {subject.unit}{chance}",
        subtitle=f"Change in {subject.rate} by years since each deal, against the year before the deal and districts without any deal. Before the deal, each year against the year before it. 95% intervals{subject.note}",
        source=source_line(*deal_tables(subject)),
        alt=f"Dot chart of effects by years since the deal, from {number(float(path['effect'].min()))} to {number(float(path['effect'].max()))} {subject.unit}, {int((after < 0).sum())} of {len(after)} below zero after the start.",
    )


def elsewhere_texts(section: Elsewhere) -> dict[str, str]:
    """Named texts on the other areas."""
    rows, deals = section.estimates, section.deals.sort_values(["start", "name"])
    subject, detectable = section.subject, section.estimates.set_index("area_code")["detectable"]
    low, high = number(float(detectable.min()), 2), number(float(detectable.max()), 2)
    surrey = record(rows[rows["name"] == "Surrey Heartlands"])
    return {
        "deals_count": str(len(rows)),
        "deals_list": by_start({str(r["name"]): subject.year(r["start"]) for r in records(deals)}),
        "deals_away": standing_out(rows),
        "deals_trend": only_by_trend(rows),
        "deals_health": join(sorted(rows.loc[rows["health"], "name"])),
        "deals_surrey": one_deal(surrey, subject),
        "deals_undecided": undecided(len(section.undecided), section.agreements.withdrawn),
        "health_dose": dose(section.kinds, subject),
        "staggered_words": in_words(section.dynamic, unit=subject.unit, interval="95% interval"),
        "staggered_pretrend": _before(section.dynamic),
        "staggered_imputed": in_words(section.kinds["All deals"], unit=subject.unit, interval="95% interval"),
        "health_difference": difference(
            section.kinds["With power over health"],
            section.kinds["Without power over health"],
            section.difference_without_trends,
            subject,
        ),
        "detectable_gm": f"{number(float(detectable[GREATER_MANCHESTER]), 2)} {subject.unit}",
        "detectable_range": f"between {low} and {high} {subject.unit}",
    }


def by_start(starts: Mapping[str, str]) -> str:
    """Name the areas of each first year, a sentence for each.

    >>> by_start({"A": "2015", "B": "2015", "C": "2016"})
    'From 2015: A and B. From 2016: C'
    """
    years = dict.fromkeys(starts.values())
    return ". ".join(
        f"From {y}: {join([name for name, start in starts.items() if start == y])}" for y in years
    )


def one_deal(row: Mapping[str, Any], subject: Subject) -> str:
    """Say what changed in one area with a deal, with its interval and the share of groups with as much.

    >>> row = {"name": "Anyshire", "start": 2018, "effect": -12.4, "lower": -60.0, "upper": 35.0, "p_value": 0.6}
    >>> one_deal(row, DEATHS)
    'In Anyshire, counted from 2018, the change is −12 deaths per 100,000 (−60 to 35); 60% of groups of as many neighbours show as much'
    """
    shown = number(supported(row["effect"], row["lower"], row["upper"]))
    return f"In {row['name']}, counted from {subject.year(row['start'])}, the change is {shown} {subject.unit} ({span(row['lower'], row['upper'])}); {small_share(row['p_value'])} of groups of as many neighbours show as much"


def undecided(districts: int, withdrawn: list[str]) -> str:
    """Say which districts are on neither side."""
    if not districts:
        return "Every district in a combined authority by 2019 had a deal by then"
    count = _districts(districts)
    why = f" (that of {join(withdrawn)} was withdrawn)" if withdrawn else ""
    return f"{count[0].upper()}{count[1:]} lay in a combined authority by 2019 without a deal{why} and {'is' if districts == 1 else 'are'} on neither side"


def dose(kinds: Mapping[str, Effect], subject: Subject = DEATHS) -> str:
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
    return f"In {subject.unit} the change is {told[0]}. It is {join(told[1:])}. {order}"


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
        return "None of them stands out from blocks of neighbouring districts without a deal"
    names = join([f"{r['name']} ({number(r['effect'])})" for r in records(away)])
    still = f"{join(kept)} still {'do' if len(kept) > 1 else 'does'}" if kept else "none of these stands out"
    return f"Standing out from blocks of neighbouring districts without a deal: {names}; {still} once earlier trends are carried on"


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


def difference(powers: Effect, others: Effect, without_trends: float, subject: Subject = DEATHS) -> str:
    """Say how deals with power over health differ from those without, and by how much once earlier trends are carried on."""
    error = np.hypot(powers.standard_error, others.standard_error)
    found = normal_estimate("difference", powers.estimate - others.estimate, error)
    limits = found.interval()
    size = number(supported(found.estimate, limits.lower, limits.upper))
    first = f"Deals with power over health differ from those without by {size} {subject.unit} (standard error {number(found.standard_error, 2)})"
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
    "earlier trends end": "Earlier trends end",
    "half of earlier trends goes on": "Half of earlier trends goes on",
    "earlier trends go on": "Earlier trends go on",
}
NOISE = {
    "independent noise": "each district on its own",
    "noise that lasts": "lasts from year to year",
    "noise that neighbours share": "shared by neighbours",
    "some areas noisier": "larger in some districts",
}
_SHORT = {
    "difference-in-differences": "Plain difference",
    "differences less own trends": "Less own trends",
    "differences given earlier trend": "Given the earlier trend",
    "differences given earlier trend and level": "Given trend and level",
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


def simulated_trends(effect: float) -> str:
    """Caption of the table of simulated regions with trends of their own."""
    return (
        f"Simulated panels in which the region with the deal is the one of twenty whose deaths fell most before; planted effect {number(effect)} deaths per 100,000. "
        "Columns as in the table of simulated panels."
    )


TESTS_OF_TRENDS = (
    "How often a test at 5% finds different earlier trends in simulated panels of 262 districts where there are none. By number of districts "
    "with the deal and kind of chance. Last column: where there is one."
)


def trend_tests_in_words(rows: pd.DataFrame) -> str:
    """Say how often the usual test of earlier trends finds some where there are none, and the ranked ones, by the numbers of a table."""
    most = int(rows["treated"].max())
    usual = rows.loc[rows["treated"] == most, "event study"]
    ranked = rows["slope among blocks"]
    low, high = percentage(float(usual.min()), 0), percentage(float(usual.max()), 0)
    often = float(usual.max()) > 0.10
    return (
        f"Where earlier trends are alike, the usual joint test at 5% {'sounds the alarm' if often else 'keeps its word: it sounds the alarm'} in {low} to {high} of panels with {most} districts. "
        f"A slope ranked among blocks does so in {percentage(float(ranked.min()), 0)} to {percentage(float(ranked.max()), 0)}, also with one district or two"
    )


def trends_in_words(rows: pd.DataFrame) -> str:
    """Say what the plain difference and the one given earlier trends find where nothing was planted and earlier trends go on."""
    nothing = rows[rows["effect"] == 0].set_index(["scenario", "design"])
    world = "earlier trends go on"
    plain = cell(nothing, (world, _PLAIN), "bias")
    given = cell(nothing, (world, "differences given earlier trend"), "bias")
    carried = cell(nothing, ("earlier trends end", "differences less own trends"), "bias")
    return (
        f"Take the region of twenty that was catching up most, where earlier trends go on. There the plain difference finds {more_or_fewer(plain)} deaths per 100,000 that no deal made. "
        f"Given the earlier trend, it is {more_or_fewer(given)}. Where earlier trends end, carrying them on is off by {number(abs(carried))}"
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
        "study_trends_words": trends_in_words(section.part("trends")),
        "study_tests_words": trend_tests_in_words(section.tests_of_trends),
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
        f"were planted. Its intervals hold the truth in {percentage(cell(with_effect, fair, 'coverage'), 0)} of draws and exclude zero in {percentage(cell(with_effect, fair, 'rejection'), 0)}. "
        f"Where Greater Manchester catches up without any policy, the plain difference finds {number(cell(without, ('catching up', _PLAIN), 'mean_estimate'), 2)} years that no policy made, and "
        f"the published design {number(cell(without, drift, 'mean_estimate'), 2)}, with a spread of {number(cell(without, drift, 'sd'), 2)}"
    )
