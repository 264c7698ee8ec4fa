"""Sentences of the page on avoidable admissions that depend on its numbers, in the order of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from healthdevo.chapters.common import (
    cell,
    few,
    more_or_fewer,
    moved_by,
    normal_estimate,
    record,
    small_share,
    source_line,
)
from healthdevo.chapters.devolution.panels import HEALTH_DEAL
from healthdevo.chapters.devolution.words import RARE, matches
from healthdevo.charts import Caption
from healthdevo.evaluation import PlaceboTest
from healthdevo.results import Estimate
from healthdevo.wording import financial_year, join, number, percentage, signed, span

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.admissions.england import England
    from healthdevo.chapters.devolution.admissions.rates import Rates
    from healthdevo.chapters.devolution.admissions.readings import Readings

TABLE = "chronic_admission"
WINDOWS = "Effect on avoidable admissions in Greater Manchester by the first year that counts as after the deal and the last year followed. 95% permutation intervals, and the share of blocks of ten neighbouring districts without the deal that show as much. Years from 2020/21 are those of the pandemic and after."
SCALE_NAMES = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "did_log": "Plain difference, per cent",
    "sdid_log": "Synthetic difference, per cent",
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
        subtitle=f"Emergency admissions for chronic conditions per 100,000 people, standardised by age and sex, 2003/04 to 2023/24. Mean of Greater Manchester's ten districts and of the others outside London, with figures in all years. {len(rates.broken)} districts with a marked break of recording are left out",
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
        subtitle="Avoidable admissions per 100,000 people a year. Mean of Greater Manchester's districts less the mean of the others outside London, sum of four quarters by the last of them. Districts with a marked break of recording are left out",
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
    gaps = {y: f"{number(cell(rows, y, 'gap'))} in {financial_year(y)}" for y in _SHOWN}
    before, after = (
        join([gap for y, gap in gaps.items() if (y < HEALTH_DEAL) is early]) for early in (True, False)
    )
    ends = (_SHOWN[0], HEALTH_DEAL - 1, _SHOWN[-1])
    ratios = [f"{cell(rows, y, 'ratio'):.2f} in {financial_year(y)}" for y in ends]
    return {
        "adm_gaps": f"{before}. After the agreement it was {after}",
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


# ---- what turns on a choice --------------------------------------------------------------------------------


def by_window(windows: Mapping[tuple[int, int], Mapping[str, PlaceboTest]]) -> str:
    """Count the readings over first and last years that find fewer admissions, and those that blocks seldom match."""
    tests = [test for found in windows.values() for test in found.values()]
    fewer, rare = sum(t.estimate < 0 for t in tests), sum(t.p_absolute <= RARE for t in tests)
    found = f"Of {len(tests)} such readings {fewer} find fewer admissions"
    least = small_share(min(t.p_absolute for t in tests))
    if not rare:
        return f"{found}, and none is unusual: the least usual is matched by {least} of blocks"
    return f"{found}, and {few(rare)} {'is' if rare == 1 else 'are'} unusual (at most one block in twenty shows as much)"


def moved_with(start: str, tests: Mapping[str, PlaceboTest]) -> str:
    """Say what the synthetic difference is with another first or last year, in points and in per cent."""
    test, share = tests["sdid"], tests["sdid_log"]
    return (
        f"{start} it is {more_or_fewer(test.estimate)} ({matches(test)}), "
        f"or {percentage(float(np.expm1(share.estimate)))} ({matches(share)})"
    )


def reading_texts(readings: Readings) -> dict[str, str]:
    """Named texts on the readings."""
    judgement, windows, curve = readings.judgement, readings.windows, readings.curve
    return {
        "adm_compared": str(readings.panel.n_controls),
        "adm_breaks": f"{more_or_fewer(readings.with_breaks.estimate)} ({matches(readings.with_breaks)})",
        "adm_budget": moved_with("Counted from the budget in 2016/17", windows[2016, 2019]),
        "adm_mayor": moved_with("Counted from the mayor in 2017/18", windows[2017, 2019]),
        "adm_longest": moved_with("Followed to 2023/24", readings.longest),
        "adm_windows": by_window(windows),
        "adm_curve": curve.sentence,
        "adm_detectable": f"{number(readings.detectable, 2)} admissions per 100,000",
        "adm_parts": f"{judgement.verdict.parts} of 5",
    }


# ---- England -----------------------------------------------------------------------------------------------

EDITIONS = {"decile_2015": "index of 2015", "decile_2019": "index of 2019"}
CONDITIONS = "The five conditions that rose most and the five that fell most: emergency admissions in England, as recorded. A shift from one code to another looks like a fall and a rise."
GROUPS = {"female": "Women and girls", "male": "Men and boys"}
GROUPS_TABLE = "Avoidable admissions in England by sex and age: counts, and crude rates per 100,000 people of the group. Both sexes, and all ages, add up to all admissions in every year. Counts are complete, so there are no intervals."
INDEX_TABLE = "Slope and relative index of inequality in avoidable admissions over tenths of small areas by deprivation, England, with 95% intervals. Points per 100,000 between the most and the least deprived end, and how many times as high. The two editions of the index must not be joined."
PARTS_SHORT = {"people": "more people", "age": "their ages", "rate": "rate at each age", "total": "all"}
SHORT = {
    "other chronic obstructive pulmonary disease": "lung disease (COPD)",
    "atrial fibrillation and flutter": "atrial fibrillation",
    "essential (primary) hypertension": "high blood pressure",
    "iron deficiency anaemia, unspecified": "iron deficiency",
    "insulin-dependent diabetes mellitus": "diabetes, type 1",
    "angina pectoris": "angina",
}
"""Short names of conditions."""
_PARTS = {
    "people": "more people",
    "age": "their ages",
    "rate": "how often people of the same age were admitted",
}
_BREAKS = ". Hospitals whose recording broke are in the totals"


def thousands(value: float) -> str:
    """Return a change in thousands for an axis.

    >>> thousands(50.0), thousands(-50.0), thousands(0.0)
    ('+50k', '−50k', '0')
    """
    return f"{signed(value, 0)}k" if round(value) else "0"


def tenth(level: str) -> str:
    """Name a row of the account by deprivation.

    >>> tenth("1"), tenth("4"), tenth("10"), tenth("all")
    ('1 (most deprived)', '4', '10 (least deprived)', 'England')
    """
    named = {
        "1": "1 (most deprived)",
        "10": "10 (least deprived)",
        "unknown": "Home not known",
        "all": "England",
    }
    return named.get(level, level)


def deciles_table(edition: str) -> str:
    """Caption of the account by deprivation."""
    return f"Avoidable admissions in England by tenth of small areas, {EDITIONS[edition]}: the change through more or fewer people and through the rate of admission. The rows add up to England's total, the parts to each change."


def account_chart(england: England) -> Caption:
    """Words of the chart of the account."""
    rows = england.account
    before, last = (record(rows.loc[[year]]) for year in (2019, 2023))
    parts = {name: abs(before[key]) for key, name in PARTS_SHORT.items() if key != "total"}
    most = max(parts, key=lambda name: parts[name])
    return Caption(
        figure_id="admissions-account",
        title=f"Growth to 2019/20 came mostly from {most}",
        subtitle=f"Change of yearly avoidable admissions in England since 2003/04, thousands, by part: more people, the ages of people, and how often people of the same age were admitted. The parts add up to all{_BREAKS}",
        source=source_line("chronic_admission_england"),
        alt=f"Line chart by financial year. In 2019/20: {account(before, 2019)}. In 2023/24: {account(last, 2023)}.",
    )


def conditions_chart(england: England) -> Caption:
    """Words of the chart of conditions."""
    one, two, fell = (SHORT.get(name, name) for name in england.rising)
    rows = england.largest
    told = "; ".join(
        f"{SHORT.get(str(name), str(name))} {counts[2003]:,.0f} in 2003/04 and {counts[2023]:,.0f} in 2023/24"
        for name, counts in rows.iterrows()
    )
    return Caption(
        figure_id="admissions-by-condition",
        title=f"{one[0].upper()}{one[1:]} and {two} rose most, {fell} fell",
        subtitle=f"Avoidable admissions in England by condition, thousands a year: those that rose or fell most, two more of the largest, and all others together{_BREAKS}",
        source=source_line("chronic_admission_england"),
        alt=f"Line chart by financial year: {told}.",
    )


def signed_count(value: float) -> str:
    """Return a change of a count with its sign.

    >>> signed_count(-1234.0), signed_count(20.0), signed_count(float("nan"))
    ('−1,234', '+20', 'not split')
    """
    if np.isnan(value):
        return "not split"
    return signed(value, 0)


def _point(rows: pd.DataFrame, edition: str, year: int) -> dict[str, Any]:
    return record(rows.loc[[(edition, year)]])


def slope_chart(england: England, relative: bool = False) -> Caption:
    """Words of the chart of the slope or the relative index."""
    rows = england.index(relative)
    first, last = (_point(rows, "decile_2015", year)["estimate"] for year in (2003, 2018))
    told = f"{number(first)} in 2003/04 and {number(last)} in 2018/19 by the index of 2015; " + ", ".join(
        f"{number(_point(rows, 'decile_2019', year)['estimate'])} in {financial_year(year)}"
        for year in (2018, 2019, 2020)
    )
    measure, ends, unit = (
        ("Relative index", "the most deprived end over the least deprived", "In ratio")
        if relative
        else ("Slope index", "the most deprived end less the least deprived, per 100,000", "In points")
    )
    return Caption(
        figure_id="admissions-relative" if relative else "admissions-slope",
        title=f"{unit}, the gap between rich and poor {_moved(change_of(rows)).replace('did not move beyond chance', 'ended where it began')}",
        subtitle=f"{measure} of inequality in avoidable admissions over tenths of small areas by deprivation, England: {ends}. 95% intervals (bands). Two editions of the index, which must not be joined{_BREAKS}",
        source=source_line("chronic_admission_england"),
        alt=f"Line chart of the {measure.lower()} by year and edition: {told} by that of 2019.",
    )


def england_texts(england: England) -> dict[str, str]:
    """Named texts on England."""
    slope, relative = england.index(), england.index(relative=True)
    rise, fall = england.conditions.iloc[0], england.conditions.iloc[-1]
    return {
        "adm_account": account(record(england.account.loc[[2019]]), 2019),
        "adm_account_last": account(record(england.account.loc[[2023]]), 2023),
        "adm_most": f"{rise.name} rose by {rise['change']:,.0f}; {fall.name} fell by {abs(fall['change']):,.0f}",
        "adm_risers": risers(england.total, england.without_risers, england.rising[:2]),
        "adm_slope": gap_change(slope, "admissions per 100,000", "The slope index"),
        "adm_relative": gap_change(relative, "", "The relative index"),
        "adm_essay": essay(change_of(slope), change_of(relative)),
        "adm_peak": peak(relative),
    }


def risers(total: pd.Series, without: pd.Series, names: Sequence[str]) -> str:
    """Say how the total moved with and without the two conditions that rose most.

    >>> total, without = pd.Series({2003: 100.0, 2023: 120.0}), pd.Series({2003: 90.0, 2023: 80.0})
    >>> risers(total, without, ["a", "b"])
    'All admissions rose by 20% from 2003/04 to 2023/24; without a and b, the two that rose most, they fell by 11%'
    """
    whole, rest = (float(s[2023] / s[2003] - 1.0) for s in (total, without))
    return f"All admissions {moved_by(whole)} from 2003/04 to 2023/24; without {join([SHORT.get(n, n) for n in names])}, the two that rose most, they {moved_by(rest)}"


def essay(slope: Estimate, relative: Estimate) -> str:
    """Say whether the gap grew, in points and in ratio, as the essay says, by a rule on both intervals.

    It grew where the interval of the change lies above zero, shrank where it lies below, and did neither beyond chance where it holds zero.
    """
    ways = [_moved(found) for found in (slope, relative)]
    told = f"From 2003/04 to 2018/19 the gap {ways[0]} in points and {ways[1]} in ratio"
    if ways == ["grew", "grew"]:
        return f"{told}. So these figures bear out that the gap widened"
    if "grew" not in ways:
        return f"{told}. So these figures do not bear out that the gap widened"
    return f"{told}. So whether the gap widened turns on how it is measured"


def peak(relative: pd.DataFrame) -> str:
    """Say in which year the relative index of the first edition was highest."""
    rows = relative.reset_index()
    rows = rows[rows["breakdown"] == "decile_2015"]
    top = record(rows.sort_values("estimate", ascending=False))
    return f"In ratio the gap was widest in {financial_year(int(top['financial_year_start']))}: {number(float(top['estimate']))} ({span(float(top['lower']), float(top['upper']))})"


def _moved(found: Estimate) -> str:
    limits = found.interval()
    if not limits.excludes_zero:
        return "did not move beyond chance"
    return "grew" if found.estimate > 0 else "shrank"


def account(parts: Mapping[str, float], last: int) -> str:
    """Say what the growth of admissions is made of."""
    told = join([f"{name} {signed_count(parts[key])}" for key, name in _PARTS.items()])
    return f"From 2003/04 to {financial_year(last)} yearly admissions changed by {signed_count(parts['total'])} in all: {told}"


def change_of(rows: pd.DataFrame) -> Estimate:
    """Return how an index of inequality changed from 2003/04 to 2018/19, by the index of 2015 alone."""
    first, last = (_point(rows, "decile_2015", year) for year in (2003, 2018))
    error = float(np.hypot(first["standard_error"], last["standard_error"]))
    return normal_estimate("change", float(last["estimate"] - first["estimate"]), error)


def gap_change(rows: pd.DataFrame, unit: str, name: str) -> str:
    """Say how an index of inequality moved from 2003/04 to 2018/19, by the index of 2015 alone."""
    first, last = (_point(rows, "decile_2015", year) for year in (2003, 2018))
    change = change_of(rows)
    limits = change.interval()
    low, high = limits.lower, limits.upper
    way = "did not move beyond chance" if low <= 0 <= high else ("fell" if change.estimate < 0 else "rose")
    began = " ".join(filter(None, [number(float(first["estimate"])), unit]))
    return f"{name} {way}: {began} in 2003/04 and {number(float(last['estimate']))} in 2018/19. The change is {number(change.estimate, 2)} (95% interval {span(low, high, lambda v: number(v, 2))})"
