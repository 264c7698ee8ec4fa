"""Sentences of the page that depend on its numbers, in the order of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from healthdevo.chapters.common import cell, few, more_or_fewer, small_share, source_line
from healthdevo.chapters.devolution.words import RARE, paces_in_words
from healthdevo.charts import Caption
from healthdevo.evaluation import ConditionalPlaceboTest, DisjointPlaceboTest, FactorEffect, PlaceboTest
from healthdevo.mathematics import normal_quantiles
from healthdevo.wording import join, number, percentage, span

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.avoidable.ccgs import Ccgs
    from healthdevo.chapters.devolution.avoidable.readings import Readings
    from healthdevo.chapters.devolution.avoidable.trends import Trends

READINGS_TABLE = "Effect on deaths under 75 per 100,000 in Greater Manchester's ten commissioning groups, 2015 to 2018 against 2005 to 2014, by every reading. 95% permutation intervals, and the share of blocks of ten neighbouring groups without the deal that show as much. Rows in per cent are of the rate."
CLOSING = "How much the gap in {cause} deaths closed, deaths per 100,000 a year. Slope of the straight line from each first year to 2014, and from 2014 to 2018. Below zero it widened. Blocks: ten neighbouring commissioning groups without the deal."
_SOURCES = ("avoidable_mortality_ccg", "ccg_district")


def ccg_texts(ccgs: Ccgs) -> dict[str, str]:
    """Named texts on the areas and their gaps."""
    panel, gaps = ccgs.panels["preventable"], ccgs.gaps
    basis = ccgs.lies_in.drop_duplicates("ccg_code")["basis"]
    return {
        "ccg_controls": str(panel.n_controls),
        "block_count": str(len(ccgs.blocks)),
        "ccg_names": join([ccgs.names[code] for code in ccgs.treated]),
        "ccg_merged": str(int((basis == "merged later").sum())),
        "ccg_all": str(len(basis)),
        **{
            f"{cause}_gaps": f"{number(cell(gaps, 2005, cause))} in 2005, {number(cell(gaps, 2010, cause))} in 2010, {number(cell(gaps, 2014, cause))} in 2014 and {number(cell(gaps, 2018, cause))} in 2018"
            for cause in ("preventable", "treatable")
        },
    }


# ---- trends ----------------------------------------------------------------------------------------------


def gap_chart(trends: Trends) -> Caption:
    """Words of the chart of gaps."""
    gaps = trends.ccgs.gaps
    ends = {
        c: (cell(gaps, 2005, c), cell(gaps, 2014, c), cell(gaps, 2018, c))
        for c in ("preventable", "treatable")
    }
    narrower = [cause for cause, (first, before, _) in ends.items() if abs(before) < abs(first)]
    title = {
        2: "Both gaps were narrower in 2014 than in 2005",
        1: f"Only the gap in {narrower[0]} deaths narrowed before 2015" if narrower else "",
        0: "Neither gap was narrower in 2014 than in 2005",
    }[len(narrower)]
    told = "; ".join(
        f"{cause} {number(first)} in 2005, {number(before)} in 2014 and {number(last)} in 2018"
        for cause, (first, before, last) in ends.items()
    )
    return Caption(
        figure_id="ten-years-gaps",
        title=title,
        subtitle=f"Deaths under 75 per 100,000, age-standardised: mean of Greater Manchester's {len(trends.ccgs.treated)} commissioning groups less the mean of {trends.ccgs.panels['preventable'].n_controls} others outside London, 2005 to 2018",
        source=source_line(*_SOURCES),
        alt=f"Line chart of two gaps by year, each with its line through the years before 2015 carried on: {told}.",
    )


def trend_texts(trends: Trends) -> dict[str, str]:
    """Named texts on trends."""
    unit = "deaths per 100,000"
    tests, rows = trends.readings.tests, trends.slopes
    return {
        **{
            f"{cause}_paces": paces_in_words(trends.paces[cause], unit=unit, of="commissioning groups")
            for cause in ("preventable", "treatable")
        },
        **{
            f"{cause}_turn": turn(cell(rows, cause, "early"), cell(rows, cause, "late"))
            for cause in ("preventable", "treatable")
        },
        **{
            f"{cause}_ten_or_five": ten_or_five(tests[cause]["trend"], trends.five_years[cause])
            for cause in ("preventable", "treatable")
        },
        **{
            f"{cause}_pretrend": pretrend(trends.before[cause].estimate, trends.before[cause].p_absolute)
            for cause in ("preventable", "treatable")
        },
        **{
            f"{cause}_persistence": persistence(trends.readings.given[cause])
            for cause in ("preventable", "treatable")
        },
    }


def _slope(value: float) -> str:
    return f"{'narrowed' if value < 0 else 'widened'} by {number(abs(value), 2)} a year"


def turn(early: float, late: float) -> str:
    """Say how a gap moved before and after 2010, both before the deal.

    >>> turn(0.3, -1.9)
    'From 2005 to 2010 it widened by 0.3 a year, from 2010 to 2014 it narrowed by 1.9 a year. So the narrowing began before the deal, but not before 2010'
    """
    told = f"From 2005 to 2010 it {_slope(early)}, from 2010 to 2014 it {_slope(late)}"
    if late >= 0:
        return f"{told}. So it was not narrowing in the years just before the deal"
    if early >= 0:
        return f"{told}. So the narrowing began before the deal, but not before 2010"
    return f"{told}. So it was narrowing in both halves of the ten years"


def ten_or_five(ten: PlaceboTest, five: PlaceboTest) -> str:
    """Say what the earlier trend carried on leaves, from ten years and from the last five, and whether the answer differs."""
    told = f"Carried on in full, the line of ten years leaves {_left(ten)}. The line of 2010 to 2014 alone leaves {_left(five)}"
    unusual = ten.p_absolute <= RARE, five.p_absolute <= RARE
    if unusual == (False, False):
        return f"{told}. The years before 2010 do not change the answer: neither is unusual"
    if unusual == (True, True) and ten.estimate * five.estimate > 0:
        return f"{told}. The years before 2010 do not change the answer: both are unusual"
    if unusual == (True, True):
        return f"{told}. The years before 2010 change the answer: both are unusual, but point opposite ways"
    which = ("unusual", "not") if unusual[0] else ("not unusual", "unusual")
    return f"{told}. The years before 2010 change the answer: with them it is {which[0]}, without them {which[1]}"


def _left(test: PlaceboTest) -> str:
    return f"{more_or_fewer(test.estimate)} deaths per 100,000 ({small_share(test.p_absolute)} of blocks show as much)"


def pretrend(slope: float, share: float) -> str:
    """Say how unusual the movement of the gap was before the deal.

    >>> pretrend(-1.3, 0.018)
    'Over the ten years before the deal the gap narrowed by 1.3 a year; 2% of blocks moved as fast. So it was on a path of its own'
    """
    told = f"Over the ten years before the deal the gap {_slope(slope)}; {small_share(share)} of blocks moved as fast"
    if share <= RARE:
        return f"{told}. So it was on a path of its own"
    return f"{told}. So its path was not unusual"


def persistence(test: ConditionalPlaceboTest) -> str:
    """Say how much of an earlier trend went on among blocks without the deal, and what that makes of ignoring a trend or carrying it on."""
    assert test.coefficients is not None
    error = cell(test.coefficients.set_index("term"), "trend", "standard_error")
    share, reach = test.persistence, float(normal_quantiles(0.95)[0]) * error
    limits = span(share - reach, share + reach, lambda v: percentage(v, 0))
    told = f"Among blocks without the deal {percentage(share, 0)} of an earlier difference in trend went on (95% interval {limits})"
    some, not_all = share - reach > 0, share + reach < 1
    if some and not_all:
        return f"{told}. So the earlier trend should neither be ignored nor carried on in full"
    if some:
        return f"{told}. So the earlier trend should not be ignored"
    if not_all:
        return f"{told}. So the earlier trend should not be carried on in full"
    return f"{told}. So the figures cannot tell whether it should be ignored or carried on"


# ---- readings --------------------------------------------------------------------------------------------


def readings_chart(readings: Readings) -> Caption:
    """Words of the chart of readings."""
    shown = {
        cause: [test for name, test in tests.items() if not name.endswith("_log")]
        for cause, tests in readings.tests.items()
        if cause != "avoidable"
    }
    fewer = {cause: sum(test.estimate < 0 for test in tests) for cause, tests in shown.items()}
    rare = {cause: sum(test.p_absolute <= RARE for test in tests) for cause, tests in shown.items()}
    total = len(shown["preventable"])
    told = " and ".join(
        f"{fewer[cause]} of {total} readings of {cause} deaths find fewer deaths, {rare[cause]} of {total} are unusual"
        for cause in shown
    )
    return Caption(
        figure_id="ten-years-designs",
        title=f"Unusual readings: preventable {rare['preventable']} of {total}, treatable {rare['treatable']} of {total}",
        subtitle="Effect on deaths under 75 per 100,000 in Greater Manchester, 2015 to 2018 against 2005 to 2014, by every reading. 95% permutation intervals of blocks of ten neighbouring commissioning groups. Dark: unusual, at most one block in twenty shows as much",
        source=source_line(*_SOURCES),
        alt=f"Dot chart of {2 * total} effects with intervals: {told}.",
    )


def reading_texts(readings: Readings) -> dict[str, str]:
    """Named texts on the readings and the further checks."""
    tests, left_out = readings.tests, readings.without_one["effect"].iloc[1:]
    result = {
        f"{cause}_{reading}": in_blocks(tests[cause][reading])
        for cause in ("preventable", "treatable")
        for reading in ("did", "sdid", "given", "trend")
    }
    for cause in ("preventable", "treatable"):
        factors = {int(k.removeprefix("gsc")): t for k, t in tests[cause].items() if k.startswith("gsc")}
        result[f"{cause}_factors"] = factors_in_words(factors, readings.choice[cause])
        result[f"{cause}_log"] = (
            f"{percentage(float(np.expm1(tests[cause]['did_log'].estimate)))} ({small_share(tests[cause]['did_log'].p_absolute)} of blocks show as much)"
        )
        result[f"{cause}_detectable"] = f"{number(readings.detectable[cause], 2)} deaths per 100,000"
        result[f"{cause}_count"] = counted(
            [test for name, test in tests[cause].items() if not name.endswith("_log")]
        )
    return result | {
        "contrast": contrast(
            *((readings.given[cause], readings.given_drawn[cause]) for cause in ("preventable", "treatable"))
        ),
        "ten_years_brief": brief(
            *(
                (tests[cause]["did"], readings.given[cause], readings.given_drawn[cause])
                for cause in ("preventable", "treatable")
            )
        ),
        "separate": separate(readings.separate["preventable"][0]),
        **{
            f"{cause}_separate": disjoint_in_words(*readings.separate[cause])
            for cause in ("preventable", "treatable")
        },
        "ten_left_out": f"between {number(float(left_out.min()))} and {number(float(left_out.max()))}",
        "ten_made_up": span(
            float(readings.made_up_starts["effect"].min()),
            float(readings.made_up_starts["effect"].max()),
            lambda v: number(v, 2),
        )
        + f" for starts in {readings.made_up_starts['start'].min()} to {readings.made_up_starts['start'].max()}",
        "ten_away": number(readings.away_from_the_border, 2),
    }


def disjoint_in_words(plain: DisjointPlaceboTest, given: DisjointPlaceboTest) -> str:
    """Say how often the change is the largest among blocks that share no area, as it is and given the earlier trend."""
    cuts = f"of {plain.n} ways to cut the map into such blocks"
    return f"The plain difference is larger than that of every block in {percentage(plain.share_first, 0)} {cuts}. Given the earlier trend it is so in {percentage(given.share_first, 0)}"


def separate(test: DisjointPlaceboTest) -> str:
    """Say how many blocks share no area, and how often the largest change of all then comes about by chance."""
    fewest, most = test.blocks
    count, times = (str(most + k) if fewest == most else f"{fewest + k} to {most + k}" for k in (0, 1))
    return f"Side by side only {count} such blocks fit outside London. So even the largest change of all would come first by chance about once in {times} times"


def counted(tests: Sequence[PlaceboTest]) -> str:
    """Count the readings that find fewer deaths, and those that blocks without the deal seldom match."""
    fewer, rare = sum(t.estimate < 0 for t in tests), sum(t.p_absolute <= RARE for t in tests)
    which = {0: "none finds", 1: "one finds", len(tests): f"all {few(len(tests))} find"}.get(
        fewer, f"{few(fewer)} find"
    )
    return f"Of {few(len(tests))} readings {which} fewer deaths; {few(rare)} {'is' if rare == 1 else 'are'} unusual (at most one block in twenty shows as much)"


def in_blocks(test: PlaceboTest) -> str:
    """Return an effect with its permutation interval and the share of blocks that show as much."""
    limits = test.interval()
    return f"{number(round(test.estimate, 1))} ({span(limits.lower, limits.upper)}; {small_share(test.p_absolute)} of blocks show as much)"


def factors_in_words(tests: Mapping[int, PlaceboTest], chosen: FactorEffect) -> str:
    """Say what the factor model finds over its numbers of factors, and which number prediction of left-out years chooses."""
    effects = [test.estimate for test in tests.values()]
    rare = sum(test.p_absolute <= RARE for test in tests.values())
    told = f"between {number(min(effects), 2)} and {number(max(effects), 2)} with {few(min(tests))} to {few(max(tests))} factors, {few(rare)} of them unusual"
    if chosen.rank == 0:
        return f"{told}. Predicting left-out years best, it has no factor and is the plain difference"
    edge = ", the largest number tried" if chosen.diagnostics["chosen rank is the largest tried"] else ""
    return f"{told}. Predicting left-out years best, it has {few(chosen.rank)}{edge} and finds {number(chosen.estimate, 2)}"


def brief(
    preventable: tuple[PlaceboTest, PlaceboTest, PlaceboTest],
    treatable: tuple[PlaceboTest, PlaceboTest, PlaceboTest],
) -> str:
    """Say the plain difference of both causes, and what is left of it given the earlier trend, in a few sentences.

    Each cause has its plain difference, and the same given the earlier trend with compact blocks and with blocks drawn at random.
    """
    first, second = (more_or_fewer(tests[0].estimate) for tests in (preventable, treatable))
    return f"With ten, the plain difference is {first} preventable deaths per 100,000 and {second} treatable ones. {contrast(preventable[1:], treatable[1:])}."


def contrast(preventable: Sequence[PlaceboTest], treatable: Sequence[PlaceboTest]) -> str:
    """Set treatable against preventable deaths, given the earlier trend of each, with compact blocks and with blocks drawn at random."""
    (a, b), (c, d) = preventable, treatable
    first = f"Given its earlier trend, the change in preventable deaths is {_matched(a)} with compact blocks of neighbours. With blocks drawn at random it is {_matched(b)}"
    second = f"For treatable deaths the two are {_matched(c)} and {_matched(d)}"
    return f"{first}. {second}. {_unusual_which(_unusual_given(preventable), _unusual_given(treatable))}"


def _matched(test: PlaceboTest) -> str:
    return f"{more_or_fewer(test.estimate)} ({small_share(test.p_absolute)} of blocks match it)"


def _unusual_given(tests: Sequence[PlaceboTest]) -> bool | None:
    """Whether a change is unusual by either kind of block; None where they disagree."""
    found = {test.p_absolute <= RARE for test in tests}
    return found.pop() if len(found) == 1 else None


def _unusual_which(preventable: bool | None, treatable: bool | None) -> str:
    if preventable is False and treatable is False:
        return "Neither is unusual, so these figures establish an effect neither through public health nor through care"
    if preventable and treatable:
        return "Both are unusual"
    return ". ".join(
        f"Whether the change in {cause} deaths is unusual depends on how blocks are made"
        if unusual is None
        else f"The change in {cause} deaths is {'' if unusual else 'not '}unusual"
        for cause, unusual in (("preventable", preventable), ("treatable", treatable))
    )
