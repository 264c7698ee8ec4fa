"""Words of the section that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.filling import link, where_instead
from healthdevo.chapters.common import (
    ENGLAND,
    SEXES,
    closest_cover,
    in_turn,
    left_out,
    moved,
    moved_with_interval,
    peers_title,
    period,
    place,
    plain_name,
    record,
    rounded,
    source_line,
    years,
)
from healthdevo.charts import Caption
from healthdevo.mathematics import rank_intervals
from healthdevo.results import Estimate
from healthdevo.wording import as_markdown, number, ordinal, percentage, signed, span

if TYPE_CHECKING:
    from healthdevo.chapters.area.inequality.section import AreaInequality

BROKEN = "its figures break the rules of a table"
NO_FIGURES = "it has no figures on deprivation"
TOO_FEW = "too few people for a published gradient"
ONE_INDEX = "The index is published for each district; here is the mean of both sexes."
MEAN_INDEX = (
    "The index is published for each district; here is the mean of the area's districts and of both sexes."
)
_ENDS = ("steepest", "flattest")
_FIFTH = (0.195, 0.205)
"""Shares of the most deprived fifth that count as about as many as in England."""


def deaths(value: float) -> str:
    """Return a gradient across districts, or why there is none, for tables."""
    return "fewer than three districts" if np.isnan(value) else number(value)


def instead(area: Area) -> str:
    """Say why an area has no gradient, and which area over it has one."""
    kinds = [kind.code for kind in areas.KINDS.rows if "inequality" in kind.sections]
    first = f"No gradient in length of life is published for {as_markdown(area.short_name)} in every period that this section compares."
    cover = closest_cover(area, kinds)
    return first if cover is None else f"{first} {where_instead(area, cover.shares, 'inequality')}"


def measure(name: str, start: int) -> str:
    """Return the name of a measure with its years, for tables."""
    if name == "deaths":
        return f"Preventable deaths under 75 per 100,000, {period(int(start))}"
    return f"Life expectancy at birth, {SEXES[name]}, {period(int(start))}, years"


def rank_in(rank: int, lower: int, upper: int, count: int) -> str:
    """Return a rank with its interval, for tables.

    >>> rank_in(2, 1, 4, 30)
    '2nd of 30 (1st to 4th)'
    """
    return f"{ordinal(int(rank))} of {int(count)} ({ordinal(int(lower))} to {ordinal(int(upper))})"


def lives(s: AreaInequality) -> str:
    """Return the caption of the table of lives."""
    means = "" if s.alone else " Means of its districts, weighted by their people."
    return f"Length of life and preventable deaths in {s.area.label}, England, and the rank among {peers_title(s.area.kind)}.{means}"


def inside_heading(s: AreaInequality) -> str:
    """Return the heading of gradients in the table of similar areas."""
    return "Gradient, years (95% interval)" if s.alone else "Gradient inside districts, years (95% interval)"


def profile(s: AreaInequality) -> Caption:
    """Return the words of the chart of people by tenth of deprivation."""
    share, shares = s.deprived_share, s.profile.loc[[s.area.code]].to_numpy(float)[0]
    than = "fewer than" if share < _FIFTH[0] else "more than" if share > _FIFTH[1] else "as"
    return Caption(
        figure_id="deprivation",
        title=f"{percentage(share, 0)} live in England's most deprived fifth, {than} in England",
        subtitle=f"People of {s.area.label} by national tenth of deprivation of their neighbourhood (2019 index). In England each holds about a tenth",
        source=source_line("population_deprivation_decile"),
        alt=f"Bar chart of people by national tenth of deprivation in {s.area.label}: {percentage(float(shares[0]), 0)} in the most deprived tenth, "
        f"{percentage(float(shares[-1]), 0)} in the least deprived.",
    )


def ranks(s: AreaInequality) -> Caption:
    """Return the words of the chart of peers."""
    peers, own = peers_title(s.area.kind), f"{years(s.own['slope'])}, {rank(s)}"
    few = len(s.shown) < len(s.ranks)
    among = f"the {len(s.shown) - 1} {peers} most like it by deprivation" if few else peers
    return Caption(
        figure_id="inequality-rank",
        title=f"The gradient is {years(s.own['slope'])}, {rank_alone(s)}",
        subtitle=f"Slope index of inequality in life expectancy{_of_what(s)}, {among}, {period(s.last)}, with 95% intervals",
        source=source_line("slope_index_life_expectancy", "population_year"),
        alt=f"Dot chart of the gradient in life expectancy{_of_what(s)}: {s.area.short_name} and {len(s.shown) - 1} other {peers}. {s.area.short_name} has "
        f"{own}; England's districts have {years(s.england)} on average.",
    )


def _of_what(s: AreaInequality) -> str:
    """Say what a gradient is a mean of."""
    return (
        ", mean of women and men" if s.alone else " inside districts, mean of districts and of women and men"
    )


def rank(s: AreaInequality) -> str:
    """Say the area's rank with its interval."""
    own, lower, upper = (int(s.own[name]) for name in ("rank", "rank_lower", "rank_upper"))
    return place(own, lower, upper, len(s.ranks), *_ENDS)


def rank_alone(s: AreaInequality) -> str:
    """Say the area's rank without its interval, for titles."""
    own = int(s.own["rank"])
    return place(own, own, own, len(s.ranks), *_ENDS)


def trend(s: AreaInequality) -> Caption:
    """Return the words of the chart over time."""
    return Caption(
        figure_id="inequality-trend",
        title=f"The gradient {moved(s.change())}"
        if s.alone
        else f"The gradient inside its districts {moved(s.change())}",
        subtitle=f"Slope index of inequality in life expectancy{_of_what(s)}. {s.area.label} and England, years, with 95% intervals. Periods overlap",
        source=source_line("slope_index_life_expectancy", "population_year"),
        alt=f"Line chart of the gradient{_of_what(s)}, by three-year period: {s.area.short_name} changed by {signed(s.change().estimate)} years, "
        f"England's districts by {signed(s.change(ENGLAND).estimate)}.",
    )


def label(area: Area) -> str:
    """Return the label of the area's line, which must be short."""
    return "this area" if len(plain_name(area.short_name)) > 18 else plain_name(area.short_name)


def districts(s: AreaInequality) -> Caption:
    """Return the words of the chart of districts."""
    rate, e, every = s.districts["rate"], s.across_own, s.rates
    title = (
        f"Across its districts, preventable deaths {direction(e)}"
        if np.isfinite(e.estimate)
        else f"{_count(len(rate))} too few for a gradient across them"
    )
    return Caption(
        figure_id="inequality-districts",
        title=title,
        subtitle=f"Preventable deaths under 75 per 100,000 people, mean of {period(every['start'].iloc[0], every['end'].iloc[0])}, against the average deprivation score of 2019. Districts of England; squares: those of {s.area.label}",
        source=source_line("under_75_mortality", "deprivation_area"),
        alt=f"Scatter chart of {len(every)} districts of England: deaths rise with deprivation. The {len(rate)} districts of {s.area.short_name} lie between "
        f"{number(float(rate.min()))} and {number(float(rate.max()))} deaths per 100,000; they {gradient(e) if np.isfinite(e.estimate) else 'are too few for a gradient'}.",
    )


def similar(area: Area) -> str:
    """Return the caption of the table of similar areas."""
    peers = peers_title(area.kind)
    return f"{peers[0].upper()}{peers[1:]} whose people live in places most like those of {area.label}, by deprivation. Distance: tenths by which people would have to move on average."


def texts(s: AreaInequality) -> dict[str, str]:
    """Return the named texts of the section."""
    own = s.own
    where = f"In {s.area.label}" if s.alone else "Inside the districts of this area"
    named = [
        link(areas.get(str(code)), "", areas.get(str(code)).short_name)
        for code in s.similar["area_code"].iloc[1:]
    ]
    kind = "inequality_across_without" if s.alone else "inequality_across"
    return {
        "inequality_headline": f"{where}, the most and the least deprived are {years(own['slope'])} of life apart "
        f"(95% interval {span(own['lower'], own['upper'], rounded)}). That is {rank(s)}. Since {period(s.first)} this gradient "
        f"{moved_with_interval(s.change())}; in England's districts it changed by {signed(s.change(ENGLAND).estimate)} on average.",
        kind: "it is one district" if s.alone else across(s),
        "inequality_index": ONE_INDEX if s.alone else MEAN_INDEX,
        "inequality_similar": in_turn(
            named,
            "By the deprivation of their neighbourhoods, the areas most like this one are ",
            "Then come ",
        ),
        "inequality_left_out": left_out(
            s.left_out, f"{len(s.peers)} {peers_title(s.area.kind)}", "comparison of gradients"
        ),
    }


def across(s: AreaInequality) -> str:
    """Say how steep the gradient across districts is, and its place; or that there are too few districts."""
    e, count = s.across_own, len(s.districts)
    if not np.isfinite(e.estimate):
        return f"{_count(count)} too few for a gradient across districts, so no number is given."
    computed = np.isfinite(s.across.estimate)
    ranks = rank_intervals(
        s.across.estimate[computed], s.across.standard_error[computed], index=s.across.index[computed]
    ).to_frame()
    own = record(ranks[ranks["label"] == s.area.code])
    where = place(int(own["rank"]), int(own["lower"]), int(own["upper"]), len(ranks), *_ENDS)
    return (
        f"Lined up by deprivation, its {count} districts differ from end to end by {number(e.estimate)} preventable deaths under 75 per 100,000 people "
        f"(95% interval {span(e.interval().lower, e.interval().upper)}). That is {where} among the {peers_title(s.area.kind)} with at least three districts."
    )


def gradient(e: Estimate) -> str:
    """Say whether deaths rise with deprivation."""
    if not e.interval().excludes_zero:
        return "show no gradient beyond noise"
    way = "rise" if e.estimate > 0 else "fall"
    return f"{way} with deprivation, by {number(abs(e.estimate))} per 100,000 from end to end"


def direction(e: Estimate) -> str:
    """Say whether deaths rise with deprivation, for titles."""
    return gradient(e).split(",")[0]


def _count(count: int) -> str:
    return "One district is" if count == 1 else f"{'Two' if count == 2 else count} districts are"
