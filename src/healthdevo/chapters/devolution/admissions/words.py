"""Sentences of the page on avoidable admissions that depend on its numbers, in the order of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from healthdevo.chapters.common import (
    cell,
    few,
    more_or_fewer,
    normal_estimate,
    record,
    small_share,
    source_line,
)
from healthdevo.chapters.devolution.designs import STANDARD
from healthdevo.chapters.devolution.words import (
    RARE,
    alternatives,
    between,
    counted_of,
    given_in_words,
    halves_in_words,
    in_deaths,
    in_percent_words,
    made_up,
    matches,
    percent_reading,
    persistence,
)
from healthdevo.chapters.devolution.words import counted as counted
from healthdevo.chapters.devolution.words import placebo_panel as placebo_panel
from healthdevo.charts import Caption
from healthdevo.evaluation import DisjointPlaceboTest, PlaceboTest, SensitivityBounds, SpecificationCurve
from healthdevo.wording import financial_year, join, number, ordinal, percentage, span, supported

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.admissions.england import England
    from healthdevo.chapters.devolution.admissions.rates import Rates
    from healthdevo.chapters.devolution.admissions.readings import Readings
    from healthdevo.chapters.devolution.mortality import Carrier

TABLE = "chronic_admission"
RULE = "The rule behind the verdict on avoidable admissions, the same as for deaths. Groups without treatment are blocks of ten neighbouring districts."
CHOICES = "What each choice does to the estimate: median effect in admissions per 100,000 under each option."
WINDOWS = "Effect on avoidable admissions in Greater Manchester by the first year that counts as after the deal and the last year followed: 95% permutation intervals, and the share of blocks of ten neighbouring districts without the deal that show as much. Years from 2020/21 are those of the pandemic and after."
SCALE_NAMES = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "did_log": "Plain difference, per cent",
    "sdid_log": "Synthetic difference, per cent",
}
EARLIER = {
    "did": "It ended: plain difference",
    "sdid": "It ended: synthetic difference",
    "earlier trend": "As it went on elsewhere",
    "level": "Given the earlier level",
    "deprivation": "Given deprivation",
    "trend and level": "Given trend and level",
    "everything": "Given trend, level and deprivation",
    "trend": "It went on in full",
}
_SHOWN = (2003, 2009, 2012, 2014, 2016, 2019, 2023)


# ---- the figures -----------------------------------------------------------------------------------------


def gap_chart(gap: pd.DataFrame, rates: Rates) -> Caption:
    """Words of the chart of both rates, from means of districts by year."""
    rows = gap.set_index("period")
    first, before, last = (cell(rows, year, "gap") for year in (2003, 2014, 2023))
    told = ", ".join(
        f"{number(cell(rows, y, 'treated'))} against {number(cell(rows, y, 'others'))} in {financial_year(y)}"
        for y in (2003, 2014, 2019, 2023)
    )
    return Caption(
        figure_id="admissions-gap",
        title=f"The gap {_went(before - first)} before the deal and {_went(last - before)} after it",
        subtitle=f"Emergency admissions for chronic conditions per 100,000 people, standardised by age and sex: mean of Greater Manchester's ten districts and of the others outside London with figures in all years, 2003/04 to 2023/24; {len(rates.broken)} districts with a marked break of recording are left out",
        source=source_line(TABLE),
        alt=f"Line chart of two rates by financial year. Greater Manchester against the others: {told}.",
    )


def _went(change: float) -> str:
    return "grew" if change > 0 else "shrank"


def quarter_chart(rates: Rates) -> Caption:
    """Words of the chart of the gap by quarter."""
    rows = rates.moving
    year, quarter = rates.widest
    top = float(rows["gap"].max())
    last = float(rows["gap"].iloc[-1])
    return Caption(
        figure_id="admissions-quarters",
        title=f"The gap was widest in the year to {quarter_end(year, quarter)}",
        subtitle="Avoidable admissions per 100,000 people a year: mean of Greater Manchester's districts less the mean of the others outside London, sum of four quarters by the last of them; districts with a marked break of recording are left out",
        source=source_line("chronic_admission_quarter"),
        alt=f"Line chart of the gap over four quarters from March 2004 to March 2024. It is widest at {number(top)} in the year to {quarter_end(year, quarter)} and {number(last)} at the end.",
    )


def quarter_end(year: int, quarter: int) -> str:
    """Name the month with which a quarter of a financial year ends.

    >>> quarter_end(2011, 2), quarter_end(2011, 4)
    ('September 2011', 'March 2012')
    """
    month = ("June", "September", "December", "March")[quarter - 1]
    return f"{month} {year + (quarter == 4)}"


def rate_texts(rates: Rates) -> dict[str, str]:
    """Named texts on the rates."""
    rows = rates.weighted
    told = [f"{number(cell(rows, y, 'gap'))} in {financial_year(y)}" for y in _SHOWN]
    ratios = [f"{cell(rows, y, 'ratio'):.2f}" for y in _SHOWN]
    return {
        "adm_gaps": join(told),
        "adm_ratios": join(ratios),
        "adm_broken": str(len(rates.broken)),
        "adm_timing": timing(*rates.widest),
    }


def timing(year: int, quarter: int) -> str:
    """Say when the gap was widest, and what that makes of the agreement of November 2014 as its turning point.

    >>> timing(2011, 2)
    'The gap over four quarters was widest in the year to September 2011. So it had stopped growing before the agreement of November 2014'
    """
    first = f"The gap over four quarters was widest in the year to {quarter_end(year, quarter)}"
    if (year, quarter) < (2014, 3):
        return f"{first}. So it had stopped growing before the agreement of November 2014"
    return f"{first}. So it went on growing up to the agreement of November 2014 or beyond"


# ---- the designs -----------------------------------------------------------------------------------------


def designs_chart(readings: Readings) -> Caption:
    """Words of the chart of designs."""
    found = {d: readings.found(d).estimate for d in STANDARD}
    low, high = min(found.values()), max(found.values())
    rare = sum(readings.found(d).p_absolute <= RARE for d in STANDARD)
    return Caption(
        figure_id="admissions-designs",
        title=f"Five designs: {more_or_fewer(low)} to {more_or_fewer(high)}; {few(rare)} stand{'s' if rare < 2 else ''} out",
        subtitle="Effect on avoidable admissions per 100,000 in Greater Manchester, 2015/16 to 2019/20 against 2003/04 to 2014/15; 95% permutation intervals of blocks of ten districts without the deal, for every design alike",
        source=source_line(TABLE),
        alt=f"Dot chart of five effects with intervals: {join([f'{number(v)} ({STANDARD[d].lower()})' for d, v in found.items()])}.",
    )


def event_chart(readings: Readings) -> Caption:
    """Words of the event study."""
    effects = readings.trends.path.set_index("year")["effect"]
    year, last = int(effects.index[-1]), float(effects.iloc[-1])
    intercept, slope = readings.trends.earlier_line
    way = "narrower" if last < 0 else "wider"
    return Caption(
        figure_id="admissions-event-study",
        title=f"By {financial_year(year)} the gap was {abs(last):.0f} {way} than in 2014/15",
        subtitle="Gap between Greater Manchester and England outside London in avoidable admissions per 100,000, less the gap of 2014/15; 95% permutation intervals of blocks, year by year",
        source=source_line(TABLE),
        alt=f"Dot chart of the gap by year in reference to 2014/15: {number(float(effects[2003]))} in 2003/04, {number(float(effects[2012]))} in 2012/13 and {number(last)} in {financial_year(year)}. A straight line through the years before 2015/16 carried on reaches {number(intercept + slope * year)}.",
    )


def earlier_table(blocks: int) -> str:
    """Caption of the table of readings of earlier trends."""
    return f"Effect by how earlier trends are taken, in admissions per 100,000 and in per cent of the rate, with 95% intervals from {blocks} blocks of ten districts without the deal, and how many of them show as much."


def placebo_chart(blocks: PlaceboTest) -> Caption:
    """Words of the placebo chart."""
    return Caption(
        figure_id="admissions-placebos",
        title=f"Greater Manchester ranks {ordinal(blocks.rank)} of {len(blocks.effects) + 1} blocks by change",
        subtitle="Synthetic difference-in-differences effects on avoidable admissions per 100,000 for groups of ten districts without the deal, as if they had it from 2015/16; one block grown from every district; orange: as large as Greater Manchester's or larger",
        source=source_line(TABLE),
        alt=f"Two histograms of placebo effects around zero, for random groups and for contiguous blocks. Greater Manchester's is {number(blocks.estimate)}: {matches(blocks)}.",
    )


def curve_chart(curve: SpecificationCurve) -> Caption:
    """Words of the specification curve."""
    rows = curve.estimated
    below = int((rows["effect"] < 0).sum())
    away = float(((rows["lower"] > 0) | (rows["upper"] < 0)).mean())
    return Caption(
        figure_id="admissions-specifications",
        title=f"{below} of {len(rows)} choices find fewer admissions; {percentage(away, 0)} exclude zero",
        subtitle="Effect on avoidable admissions per 100,000 in Greater Manchester under every combination of choices, sorted; dark: 95% interval from blocks of districts without the deal leaves out zero; square: main specification",
        source=source_line(TABLE),
        alt=f"Specification curve of {len(rows)} effects from {number(float(rows['effect'].min()))} to {number(float(rows['effect'].max()))} admissions per 100,000, median {number(curve.median)}; {below} lie below zero.",
    )


def pretrend(slope: float, test: PlaceboTest) -> str:
    """Say whether the gap moved before the agreement by more than the gaps of blocks did."""
    way = "narrowed" if slope < 0 else "widened"
    first = f"From 2003/04 to 2014/15 the gap {way} by {number(abs(slope), 2)} admissions per 100,000 a year along its straight line; {matches(test)}."
    if test.p_absolute <= RARE:
        return f"{first} So Greater Manchester was moving apart from the others before the agreement."
    return f"{first} Other places moved as much, so a path of its own is not shown."


def carrier(found: Carrier) -> str:
    """Say which district carries most of the change, and what is left without it."""
    left = more_or_fewer(found.without)
    return (
        f"{found.name} carries most: on its own the change is {more_or_fewer(found.alone)} admissions per 100,000. Without it the change "
        f"of the other nine is {left}. When every block loses the district that carries most of its change, {counted_of(found.matched, found.blocks)} as much left"
    )


def departures(bounds: SensitivityBounds) -> str:
    """Say what departures from parallel trends do to the change against 2014/15 alone."""
    limits = bounds.interval()
    told = f"Against 2014/15 alone, one year of twelve, the change is {number(supported(bounds.estimate, limits.lower, limits.upper))} ({span(limits.lower, limits.upper)}) as if districts were independent"
    if np.isnan(bounds.breakdown):
        return f"{told}. That interval holds zero before any departure is allowed"
    if bounds.breakdown < 0.05:
        return f"{told}. Its sign is lost as soon as trends after 2014/15 may part a little more than before"
    return f"{told}. Its sign survives as long as trends after 2014/15 part by no more than {number(bounds.breakdown, 2)} times the largest change before"


def disjoint(test: DisjointPlaceboTest) -> str:
    """Say how unusual the change is among blocks that share no district."""
    fewest, most = test.blocks
    count = str(fewest) if fewest == most else f"{fewest} to {most}"
    return f"The map can be cut into only {count} blocks that share no district. Over {test.n} such cuts p is {number(test.p_mean, 2)} on average and {number(test.p_minimum, 2)} at the least"


def floor_words(counts: float, blocks: float) -> str:
    """Say what chance in the counts alone leaves, beside the scatter of blocks without the deal.

    >>> floor_words(5.2, 52.0)
    'Counting admissions alone leaves a standard error of about 5.2 per 100,000; blocks without the deal scatter by 52. So most of the uncertainty is that places move apart by themselves'
    """
    told = f"Counting admissions alone leaves a standard error of about {number(counts, 2)} per 100,000; blocks without the deal scatter by {number(blocks, 2)}"
    if counts < blocks / 2:
        return f"{told}. So most of the uncertainty is that places move apart by themselves"
    return f"{told}. So chance in the counts is a large part of the uncertainty"


def by_window(windows: Mapping[tuple[int, int], Mapping[str, PlaceboTest]]) -> str:
    """Count the readings over first and last years that find fewer admissions, and those that blocks seldom match."""
    tests = [test for found in windows.values() for test in found.values()]
    fewer, rare = sum(t.estimate < 0 for t in tests), sum(t.p_absolute <= RARE for t in tests)
    found = f"Of {len(tests)} such readings {fewer} find fewer admissions"
    least = small_share(min(t.p_absolute for t in tests))
    if not rare:
        return f"{found}, and none is unusual: the least usual is matched by {least} of blocks"
    return f"{found}, and {few(rare)} {'is' if rare == 1 else 'are'} unusual (at most one block in twenty shows as much)"


def moved_with(start: str, test: PlaceboTest, share: PlaceboTest) -> str:
    """Say what the synthetic difference is with another first or last year, in points and in per cent."""
    return (
        f"{start} it is {more_or_fewer(test.estimate)} ({matches(test)}), "
        f"or {percentage(float(np.expm1(share.estimate)))} ({matches(share)})"
    )


def reading_texts(readings: Readings) -> dict[str, str]:
    """Named texts on the readings."""
    judgement, trends = readings.judgement, readings.trends
    designs, windows = judgement.designs, readings.windows
    points, share = judgement.deprived
    rank, curve = designs.factors, readings.curve
    main, alone = readings.main, designs.alone
    trend = readings.found("trend")
    return {
        "adm_compared": str(readings.panel.n_controls),
        "adm_did": in_deaths(readings.found("did"), "95% interval "),
        "adm_sdid": in_deaths(main),
        "adm_sc": in_deaths(readings.found("sc")),
        "adm_gsc1": in_deaths(readings.found("gsc1")),
        "adm_gsc2": in_deaths(readings.found("gsc2")),
        "adm_gsc_rank": f"{few(rank)} factor{'s' if rank > 1 else ''}" if rank else "no factor",
        "adm_fell": f"{int((alone < 0).sum())} of {len(alone)}",
        "adm_carrier": carrier(designs.carrier),
        "adm_left_out": between(designs.without_one["effect"].iloc[1:]),
        "adm_breaks": f"{more_or_fewer(readings.with_breaks.estimate)} ({matches(readings.with_breaks)})",
        "adm_pretrend": pretrend(trends.test.estimate, trends.test),
        "adm_trend": f"{more_or_fewer(trend.estimate)} ({matches(trend)})",
        "adm_persistence": persistence(*trends.persistence),
        "adm_given": given_in_words(trends.given).replace("level of deaths", "level of admissions"),
        "adm_made_up": made_up(trends.made_up_starts, readings.found("did")),
        "adm_breakdown": departures(trends.bounds),
        "adm_floor": floor_words(readings.floor.standard_error, main.standard_error),
        "adm_percent": percent_reading(judgement.relative),
        "adm_halves": halves_in_words(judgement.halves, "admissions"),
        "adm_deprived": (
            f"Against the more deprived half of districts alone the change is {in_deaths(points)} admissions per 100,000 "
            f"({matches(points)}), or {in_percent_words(share)} ({matches(share)})"
        ),
        "adm_rank": f"{ordinal(main.rank)} of {len(main.effects) + 1}",
        "adm_match": matches(main),
        "adm_random": small_share(readings.found("sdid", "random").p_absolute),
        "adm_disjoint": disjoint(judgement.disjoint),
        "adm_budget": moved_with("Counted from the budget in 2016/17", *_both(windows[2016, 2019])),
        "adm_mayor": moved_with("Counted from the mayor in 2017/18", *_both(windows[2017, 2019])),
        "adm_longest": moved_with("Followed to 2023/24", *_both(readings.longest)),
        "adm_windows": by_window(windows),
        "adm_curve": curve.sentence,
        "adm_detectable": f"{number(readings.detectable, 2)} admissions per 100,000",
        "adm_alternatives": alternatives(judgement),
        "adm_parts": f"{judgement.verdict.parts} of 5",
    }


def _both(tests: Mapping[str, PlaceboTest]) -> tuple[PlaceboTest, PlaceboTest]:
    return tests["sdid"], tests["sdid_log"]


# ---- England -----------------------------------------------------------------------------------------------

CONDITIONS = "The five conditions that rose most and the five that fell most: emergency admissions in England, as recorded. A shift from one code to another looks like a fall and a rise."


def signed_count(value: float) -> str:
    """Return a change of a count with its sign.

    >>> signed_count(-1234.0), signed_count(20.0)
    ('−1,234', '+20')
    """
    return f"{value:+,.0f}".replace("-", "\N{MINUS SIGN}")


def _point(rows: pd.DataFrame, edition: str, year: int) -> dict[str, Any]:
    return record(rows.loc[[(edition, year)]])


def slope_chart(england: England) -> Caption:
    """Words of the chart of the slope index."""
    rows = england.index()
    first, last = (_point(rows, "decile_2015", year)["estimate"] for year in (2003, 2018))
    way = "closer" if last < first else "further apart"
    return Caption(
        figure_id="admissions-slope",
        title=f"In points, rich and poor places were {way} by 2018/19",
        subtitle="Slope index of inequality in avoidable admissions per 100,000 over tenths of small areas by deprivation, England: the most deprived end less the least deprived; two editions of the index, which must not be joined",
        source=source_line("chronic_admission_england"),
        alt=f"Line chart of the slope index by year and edition: {number(first)} in 2003/04 and {number(last)} in 2018/19 by the index of 2015; {number(_point(rows, 'decile_2019', 2018)['estimate'])} in 2018/19, {number(_point(rows, 'decile_2019', 2019)['estimate'])} in 2019/20 and {number(_point(rows, 'decile_2019', 2020)['estimate'])} in 2020/21 by that of 2019.",
    )


def england_texts(england: England) -> dict[str, str]:
    """Named texts on England."""
    slope, relative = england.index(), england.index(relative=True)
    rise, fall = england.conditions.iloc[0], england.conditions.iloc[-1]
    return {
        "adm_account": account(record(england.account), 2019),
        "adm_account_last": account(record(england.account, 1), 2023),
        "adm_most": f"{rise.name} rose by {rise['change']:,.0f}; {fall.name} fell by {abs(fall['change']):,.0f}",
        "adm_slope": gap_change(slope, "admissions per 100,000", "The slope index"),
        "adm_relative": gap_change(relative, "", "The relative index"),
    }


def account(parts: Mapping[str, float], last: int) -> str:
    """Say what the growth of admissions is made of."""
    told = join([f"{name} {signed_count(parts[key])}" for key, name in _PARTS.items()])
    return f"From 2003/04 to {financial_year(last)} yearly admissions changed by {signed_count(parts['total'])} in all: {told}"


_PARTS = {
    "people": "more people",
    "age": "their ages",
    "rate": "how often people of the same age were admitted",
}


def gap_change(rows: pd.DataFrame, unit: str, name: str) -> str:
    """Say how an index of inequality moved from 2003/04 to 2018/19, by the index of 2015 alone."""
    first, last = (_point(rows, "decile_2015", year) for year in (2003, 2018))
    change = float(last["estimate"] - first["estimate"])
    error = float(np.hypot(first["standard_error"], last["standard_error"]))
    limits = normal_estimate("change", change, error).interval()
    low, high = limits.lower, limits.upper
    way = "did not move beyond chance" if low <= 0 <= high else ("fell" if change < 0 else "rose")
    ends = f"{number(float(first['estimate']))} in 2003/04, {number(float(last['estimate']))} in 2018/19"
    measured = " ".join(filter(None, [ends, unit]))
    return f"{name} {way}: {measured} (change {number(change, 2)}, 95% interval {span(low, high, lambda v: number(v, 2))})"
