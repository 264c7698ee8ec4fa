"""Words on preventable deaths under 75."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from healthdevo.chapters.common import cell, in_words, more_or_fewer, record, records, source_line
from healthdevo.chapters.devolution.designs import DESIGN_NAMES
from healthdevo.chapters.devolution.panels import HEALTH_DEAL
from healthdevo.charts import Caption
from healthdevo.evaluation import PlaceboTest, SensitivityBounds, SpecificationCurve
from healthdevo.wording import join, number, ordinal, percentage, span

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.mortality import Mortality
    from healthdevo.chapters.devolution.pre_trends import PreTrends
    from healthdevo.chapters.devolution.side_by_side import SideBySide
    from healthdevo.chapters.devolution.specifications import Specifications

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

    Examples
    --------
    >>> pace(1.0, 1.1), pace(1.0, 2.0), pace(1.0, 0.5)
    ('about as fast', 'faster', 'more slowly')
    """
    change = after - before
    return "about as fast" if abs(change) <= 0.15 * abs(before) else "faster" if change > 0 else "more slowly"


def closing(before: float, after: float, first: int = 2010) -> str:
    """Say how fast a gap closed from a first year to the agreement and from then to 2019, by the rule of ``pace``.

    Parameters
    ----------
    before, after : float
        What the gap lost in each span.
    first : int
        First year.

    Examples
    --------
    >>> closing(7.0, 8.6)[-23:]
    'about as fast as before'
    """
    last = HEALTH_DEAL - 1
    yearly = before / (last - first), after / (2019 - last)
    than = "as" if pace(*yearly).startswith("about") else "than"
    return f"It closed by {number(yearly[0], 2)} a year from {first} to {last} and by {number(yearly[1], 2)} a year from then to 2019, {pace(*yearly)} {than} before"


def flagged_year(before: float, flagged: float, after: float) -> str:
    """Say how the gap of 2013 stands between its neighbours, by a rule.

    Parameters
    ----------
    before, flagged, after : float
        Gap of 2012, 2013 and 2014.

    Examples
    --------
    >>> flagged_year(57.9, 49.6, 55.5)[:55]
    'The year 2013 stands out: the gap was 49.6, less than i'
    """
    if before <= flagged <= after or after <= flagged <= before:
        return f"The year 2013, with a gap of {number(flagged)}, lies between its neighbours"
    less, worse, flatter = (
        ("less", "worse", "flatter") if flagged < min(before, after) else ("more", "better", "steeper")
    )
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
