"""Words on life expectancy, all deaths, healthy life, spending, A&E and what others have published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.chapters.common import cell, in_words, record, small_share, source_line
from healthdevo.chapters.devolution.words.mortality import closing, pace
from healthdevo.charts import Caption
from healthdevo.evaluation import PlaceboTest
from healthdevo.results import Estimate
from healthdevo.wording import financial_year, number, percentage, span

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.life_expectancy import Join, LifeExpectancy
    from healthdevo.chapters.devolution.other_outcomes import OtherOutcomes
    from healthdevo.chapters.devolution.spending import Spending

DESIGNS_TABLE = "Greater Manchester's other outcomes from 2015: effect by each design, permutation intervals, and the share of placebo groups (blocks of ten neighbours; ten councils at random for healthy life expectancy) with an effect as large."
PUBLISHED_TABLE = (
    "Published estimates of what devolution changed in Greater Manchester, quoted, not reproduced here."
)


def window(first: int) -> str:
    """Return a three-year window as words.

    Examples
    --------
    >>> window(2012)
    '2012 to 2014'
    """
    return f"{first} to {first + 2}"


def _test(test: PlaceboTest) -> str:
    limits = test.interval()
    return f"{number(test.estimate, 2)} {test.unit} ({span(limits.lower, limits.upper, lambda v: number(v, 2))}; {small_share(test.p_absolute)} of placebo groups show as much)"


def life_expectancy_gap(section: LifeExpectancy) -> Caption:
    """Words of the chart of the gap."""
    gaps = section.gap["gap"]
    first, join, last = float(gaps.iloc[0]), float(gaps[2012]), float(gaps.iloc[-1])
    intercept, slope = section.earlier_line
    latest = window(int(gaps.index[-1]))
    return Caption(
        figure_id="life-expectancy-gap",
        title=(
            f"The gap in life expectancy was {number(-first)} years in {window(2002)}, {number(-join)} in {window(2012)} and {number(-last)} in {latest}; "
            f"the earlier trend alone would have led to {number(-(intercept + slope * float(gaps.index[-1])))}"
        ),
        subtitle="Life expectancy at birth, mean of both sexes, Greater Manchester's ten districts less the mean of districts of England outside London, years, three-year windows; derived to 2012-14, then official",
        source=source_line(*section.tested.outcome.tables),
        alt=(
            f"Line chart of the gap in life expectancy by three-year window, from {number(first)} years in {window(2002)} to {number(last)} in {latest}, with a break where the official series begins. It narrows "
            "from the middle of the 2000s, long before the agreement."
        ),
    )


def life_expectancy_texts(section: LifeExpectancy) -> dict[str, str]:
    """Named texts on life expectancy."""
    gaps, claimed, tests = section.gap["gap"], section.claimed, section.tested.tests
    last = int(gaps.index[-1])
    z = float(stats.norm.ppf(0.975))
    pooled = z * section.pooled_floor
    half = (claimed.interval().upper - claimed.interval().lower) / 2.0
    closed = abs(gaps[2005]) - abs(gaps[2012]), abs(gaps[2012]) - abs(gaps[last])
    return {
        "le_gap_words": f"{number(-gaps[2003])} years in {window(2003)}, {number(-gaps[2012])} in {window(2012)} and {number(-gaps[last])} in {window(last)}",
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
    return f"The gap {started} before November 2014: by {number(before, 2)} years from one window to the next between {window(2005)} and {window(2012)}, and by {number(after, 2)} after that, {pace(before, after)}"


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

    Examples
    --------
    >>> printed_span(0.182, 0.21), printed_span(float("nan"), float("nan"))
    ('0.182 to 0.21', 'not given there')
    """
    return "not given there" if np.isnan(lower) else span(lower, upper, printed)
