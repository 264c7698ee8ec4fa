"""Words of the section that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from healthdevo.areas import Area
from healthdevo.chapters.common import (
    ENGLAND,
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
from healthdevo.wording import join, number, percentage, signed, span

if TYPE_CHECKING:
    from healthdevo.chapters.area.inequality.section import AreaInequality

BROKEN = "its figures break the rules of a table"
NO_FIGURES = "it has no figures on deprivation"
_ENDS = ("steepest", "flattest")
_FIFTH = (0.195, 0.205)
"""Shares of the most deprived fifth that count as about as many as in England."""


def deaths(value: float) -> str:
    """Return a gradient across districts, or why there is none, for tables."""
    return "fewer than three districts" if np.isnan(value) else number(value)


def profile(s: AreaInequality) -> Caption:
    """Return the words of the chart of people by tenth of deprivation."""
    share, shares = s.deprived_share, s.profile.loc[[s.area.code]].to_numpy(float)[0]
    than = "fewer than" if share < _FIFTH[0] else "more than" if share > _FIFTH[1] else "about"
    return Caption(
        figure_id="deprivation",
        title=f"{percentage(share, 0)} of people live in England's most deprived fifth of places, {than} in England",
        subtitle=f"People of {s.area.label} by national tenth of deprivation of their neighbourhood (2019 index); in England each holds about a tenth",
        source=source_line("population_deprivation_decile"),
        alt=f"Bar chart of people by national tenth of deprivation in {s.area.label}: {percentage(float(shares[0]), 0)} in the most deprived tenth, "
        f"{percentage(float(shares[-1]), 0)} in the least deprived.",
    )


def ranks(s: AreaInequality) -> Caption:
    """Return the words of the chart of peers."""
    peers, own = peers_title(s.area.kind), f"{years(s.own['slope'])}, {rank(s)}"
    return Caption(
        figure_id="inequality-rank",
        title=f"Inside its districts the gradient is {own}",
        subtitle=f"Slope index of inequality in life expectancy inside districts, mean of districts and of women and men, {peers}, {period(s.last)}, with 95% intervals",
        source=source_line("slope_index_life_expectancy", "population_year"),
        alt=f"Dot chart of the mean gradient in life expectancy inside the districts of {len(s.ranks)} {peers}. {s.area.short_name} has "
        f"{own}; England's districts have {years(s.england)} on average.",
    )


def rank(s: AreaInequality) -> str:
    """Say the area's rank with its interval."""
    own, lower, upper = (int(s.own[name]) for name in ("rank", "rank_lower", "rank_upper"))
    return place(own, lower, upper, len(s.ranks), *_ENDS)


def trend(s: AreaInequality) -> Caption:
    """Return the words of the chart over time."""
    return Caption(
        figure_id="inequality-trend",
        title=f"The gradient inside its districts {moved(s.change())}",
        subtitle=f"Slope index of inequality in life expectancy inside districts, mean of districts and of women and men, {s.area.label} and England, years, with 95% intervals; periods overlap",
        source=source_line("slope_index_life_expectancy", "population_year"),
        alt=f"Line chart of the mean gradient inside districts by three-year period: {s.area.short_name} changed by {signed(s.change().estimate)} years, "
        f"England's districts by {signed(s.change(ENGLAND).estimate)}.",
    )


def label(area: Area) -> str:
    """Return the label of the area's line, which must be short."""
    return "this area" if len(plain_name(area.short_name)) > 18 else plain_name(area.short_name)


def districts(s: AreaInequality) -> Caption:
    """Return the words of the chart of districts."""
    rate, e, every = s.districts["rate"], s.across_own, s.rates
    title = (
        f"Across its districts, preventable deaths {gradient(e)}"
        if np.isfinite(e.estimate)
        else f"{_count(len(rate))} too few for a gradient across them"
    )
    return Caption(
        figure_id="inequality-districts",
        title=title,
        subtitle=f"Preventable deaths under 75 per 100,000 people, mean of {period(every['start'].iloc[0], every['end'].iloc[0])}, against the average deprivation score of 2019, districts of England; squares: districts of {s.area.label}",
        source=source_line("under_75_mortality", "deprivation_area"),
        alt=f"Scatter chart of {len(every)} districts of England: deaths rise with deprivation. The {len(rate)} districts of {s.area.short_name} lie between "
        f"{number(float(rate.min()))} and {number(float(rate.max()))} deaths per 100,000.",
    )


def similar(area: Area) -> str:
    """Return the caption of the table of similar areas."""
    peers = peers_title(area.kind)
    return f"{peers[0].upper()}{peers[1:]} whose people live in places most like those of {area.label}, by deprivation; distance: tenths by which people would have to move on average."


def texts(s: AreaInequality) -> dict[str, str]:
    """Return the named texts of the section."""
    own = s.own
    return {
        "inequality_headline": f"Inside the districts of {s.area.label}, the most and the least deprived are {years(own['slope'])} of life apart "
        f"(95% interval {span(own['lower'], own['upper'], rounded)}), {rank(s)}. Since {period(s.first)} this gradient "
        f"{moved_with_interval(s.change())}; in England's districts it changed by {signed(s.change(ENGLAND).estimate)} on average.",
        "inequality_across": across(s),
        "inequality_similar": join(list(s.similar["name"].iloc[1:])),
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
        f"Lined up from the most to the least deprived, its {count} districts differ by {number(e.estimate)} preventable deaths under 75 per 100,000 people from one end to "
        f"the other (95% interval {span(e.interval().lower, e.interval().upper)}). That is {where} among the {peers_title(s.area.kind)} with at least three districts."
    )


def gradient(e: Estimate) -> str:
    """Say whether deaths rise with deprivation."""
    if not e.interval().excludes_zero:
        return "show no gradient beyond noise"
    way = "rise" if e.estimate > 0 else "fall"
    return f"{way} with deprivation, by {number(abs(e.estimate))} per 100,000 from end to end"


def _count(count: int) -> str:
    return "One district is" if count == 1 else f"{'Two' if count == 2 else count} districts are"
