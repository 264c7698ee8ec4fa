"""Words of the Postcode lottery chapter that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import period, record, source_line
from healthdevo.charts import Caption
from healthdevo.results import Estimate
from healthdevo.wording import join, number, ordinal, percentage, span, with_interval

if TYPE_CHECKING:
    from healthdevo.chapters.postcode_lottery.boards import Boards
    from healthdevo.chapters.postcode_lottery.composition import Composition
    from healthdevo.chapters.postcode_lottery.convergence import Case
    from healthdevo.chapters.postcode_lottery.levels import Levels
    from healthdevo.chapters.postcode_lottery.over_time import OverTime

PARTS = REGIONS, AREAS, INSIDE = ("between regions", "between areas of a region", "inside areas")
LIFE = {"women": "life expectancy, women", "men": "life expectancy, men"}
PREVENTABLE = "preventable deaths under 75"
EMERGENCY = "A&E attendances"
SPENDING = {"public_health": "public health spending", "adult_social_care": "adult social care spending"}
OUTCOMES = (*LIFE.values(), PREVENTABLE, EMERGENCY, *SPENDING.values())
REGIONAL = {
    EMERGENCY: "A&E\nattendances",
    SPENDING["public_health"]: "public health\nspending",
    SPENDING["adult_social_care"]: "adult social\ncare spending",
}
"""Outcomes split between regions alone, with the labels of their lines."""
LEVEL_TABLES = (
    "life_expectancy_area",
    "slope_index_life_expectancy",
    "under_75_mortality",
    "emergency_month",
    "council_outturn",
)
CONVERGENCE_TABLES = ("under_75_mortality", "life_expectancy_area", "emergency_month", "council_outturn")
TABLES = {
    "levels-list": "Shares of the variance between places by level, and what chance adds (in shares of the variance as published).",
    "convergence": "Whether areas that started behind caught up, regression to the mean taken off where chance is known, and whether the spread narrowed.",
    "inner-spread": "Spread of preventable death rates between the districts of an area: standard deviation in per cent of the mean, chance error taken off.",
}
_HARDLY = 0.03
_ABOUT_LEVEL = 0.02


def whole(share: float) -> str:
    """Return a share in whole per cent, never below zero by rounding alone."""
    return percentage(round(share, 2) + 0.0, 0)


def percent(share: float) -> str:
    """Return a small share in per cent, without the sign of per cent."""
    return number(100 * share, 2)


def labels(regions: str, areas: str, inside: str) -> dict[str, str]:
    """Return the labels of three lines, one for each level."""
    return {REGIONS: f"between\n{regions}", AREAS: f"between\n{areas}", INSIDE: inside}


# ---- where the differences lie -----------------------------------------------------------------------------------------------------


def shares(levels: Levels) -> Caption:
    """Return the words of the chart of shares."""
    women, men = (percentage(levels.latest[o].share(INSIDE).estimate, 0) for o in LIFE.values())
    regions = [split.share(REGIONS).estimate for split in levels.latest.values()]
    inside = f"{men} (men) and {women} (women)"
    return Caption(
        figure_id="levels",
        title=f"Of the differences in length of life, {inside} lie inside districts",
        subtitle="Shares of the variance between places by level, England, latest period of each outcome, chance error taken off where there is any",
        source=source_line(*LEVEL_TABLES),
        alt=f"Bars for {len(levels.latest)} outcomes cut into shares of variance between regions, between areas of a region and inside areas. "
        f"Between regions lie {percentage(min(regions), 0)} to {percentage(max(regions), 0)}; of life expectancy "
        f"{inside} lie inside districts.",
    )


def _given(share: Estimate) -> str:
    i = share.interval()
    return with_interval(share.estimate, i.lower, i.upper, whole, i.level)


def level_texts(levels: Levels) -> dict[str, str]:
    """Return the named texts on where the differences lie."""
    latest = levels.latest
    found: dict[str, str] = {}
    for name, outcome in LIFE.items():
        found |= {
            f"inside_{name}": _given(latest[outcome].share(INSIDE)),
            f"life_regions_{name}": percentage(latest[outcome].share(REGIONS).estimate, 0),
            f"life_districts_{name}": percentage(latest[outcome].share(AREAS).estimate, 0),
        }
    deaths, visits, money = latest[PREVENTABLE], latest[EMERGENCY], latest[SPENDING["public_health"]]
    return found | {
        "life_period": latest[LIFE["men"]].when,
        "mortality_year": deaths.when,
        "mortality_regions": _given(deaths.share(REGIONS)),
        "mortality_areas": _given(deaths.share(AREAS)),
        "mortality_inside": _given(deaths.share(INSIDE)),
        "mortality_noise": percentage(float(deaths.frame()["noise_share"].sum()), 0),
        "ae_year": visits.when,
        "ae_regions": _given(visits.share(REGIONS)),
        "ae_areas": _given(visits.share(AREAS)),
        "money_year": money.when,
        "money_regions": _given(money.share(REGIONS)),
        "care_regions": _given(latest[SPENDING["adult_social_care"]].share(REGIONS)),
    }


def composition_texts(composition: Composition) -> dict[str, str]:
    """Return the named texts on what the mix of deprivation explains."""
    shares = composition.explained
    return {
        "composition": f"{percentage(shares['female'], 0)} for women and {percentage(shares['male'], 0)} for men",
        "composition_period": period(composition.start),
    }


# ---- over time ---------------------------------------------------------------------------------------------------------------------


def went(start: float, end: float) -> str:
    """Say how a share of the variance moved."""
    if abs(end - start) <= _HARDLY:
        return f"hardly moved ({percentage(start, 0)} and {percentage(end, 0)})"
    return f"{'grew' if end > start else 'shrank'} from {percentage(start, 0)} to {percentage(end, 0)} of the variance"


def life_over_time(over_time: OverTime) -> Caption:
    """Return the words of the chart of life expectancy over time."""
    wide = over_time.life.pivot_table(index="start", columns="part", values="share")
    first, last = int(wide.index.min()), int(wide.index.max())
    (r0, r1), (a0, a1), (i0, i1) = (wide.loc[[first, last], part] for part in PARTS)
    return Caption(
        figure_id="life-over-time",
        title=f"The part inside districts {went(i0, i1)}",
        subtitle=f"Shares of the variance of life expectancy, mean of women and men, England, {period(first)} until {period(last)}, chance error taken off, with approximate 95% intervals",
        source=source_line("life_expectancy_area", "slope_index_life_expectancy"),
        alt=f"Line chart of three shares over time: inside districts {percentage(i0, 0)} first and {percentage(i1, 0)} "
        f"last, between districts of a region {percentage(a0, 0)} and {percentage(a1, 0)}, between regions "
        f"{percentage(r0, 0)} and {percentage(r1, 0)}.",
    )


def peak(spread: pd.Series) -> str:
    """Say when the spread of all districts peaked and where it stands now, against the year before the pandemic."""
    top, last = int(str(spread.idxmax())), int(spread.index.max())
    before = 2019 if 2019 in spread.index else int(spread.index.min())
    change = float(spread.loc[last] / spread.loc[before] - 1)
    against = (
        f"back where it was in {before}"
        if abs(change) <= _ABOUT_LEVEL
        else f"{percentage(abs(change), 0)} {'above' if change > 0 else 'below'} {before}"
    )
    if top == last:
        return f"The spread of preventable deaths is at its widest, {against}"
    return f"The spread of preventable deaths peaked in {top} and is now {against}"


def mortality_over_time(over_time: OverTime) -> Caption:
    """Return the words of the chart of preventable deaths over time."""
    data = over_time.mortality
    early, late = (rows for _, rows in data.groupby("edition", sort=True))
    first, last = (
        rows[rows["start"] == year].set_index("part")["spread"]
        for rows, year in ((early, early["start"].min()), (late, late["start"].max()))
    )
    regions, authorities, districts = (
        f"{number(float(first[part]))}{{}} and {number(float(last[part]))}" for part in PARTS
    )
    return Caption(
        figure_id="mortality-over-time",
        title=peak(late.drop_duplicates("start").set_index("start")["standard_deviation"]),
        subtitle="Standard deviation of preventable deaths under 75 per 100,000 people at each level, England, chance error taken off; lines break between editions, which overlap from 2014 to 2022",
        source=source_line("under_75_mortality"),
        alt=f"Line chart of standard deviations by year: between authorities {authorities.format(' in the first year')} in the last, "
        f"between regions {regions.format('')}, between districts {districts.format('')}.",
    )


def regions_over_time(over_time: OverTime) -> Caption:
    """Return the words of the chart of A&E use and spending over time."""
    ends = {name: column.dropna().iloc[[0, -1]] for name, column in over_time.between_regions.items()}
    first, last = ends[EMERGENCY] / 100
    said = [f"{name} {a:.0f} per cent first and {b:.0f} last" for name, (a, b) in ends.items()]
    return Caption(
        figure_id="regions-over-time",
        title=f"Of the differences in A&E use, the part between regions {went(first, last)}",
        subtitle="Share of the variance between regions, in per cent of that between all areas of England. A&E attendances of integrated care boards per head and spending of councils per head. The year without figures by board is left open",
        source=source_line("emergency_month", "council_outturn", "population_year"),
        alt=f"Line chart of the share of variance between regions by financial year: {join(said)}.",
    )


# ---- convergence -------------------------------------------------------------------------------------------------------------------


def catching_up(case: Case) -> Caption:
    """Return the words of the chart of catching up."""
    i = case.slope.interval()
    verdict = (
        "caught up, even without regression to the mean"
        if i.upper < 0
        else "fell further behind"
        if i.lower > 0
        else "did not catch up beyond noise"
    )
    return Caption(
        figure_id="catching-up",
        title=f"Districts that started behind {verdict}",
        subtitle=f"Preventable deaths under 75: change a year {case.when} against the rate in {case.figures.columns[0]}, districts of England. Squares: Greater Manchester. The line leaves out what chance alone brings about",
        source=source_line("under_75_mortality"),
        alt=f"Scatter chart of {len(case.figures)} districts. The raw slope is {percent(case.beta.estimate)} per cent a year for each unit of the logarithm; "
        f"without regression to the mean it is {percent(case.slope.estimate)} (95% interval {span(i.lower, i.upper, percent)}).",
    )


def shows(case: Case, between: str = ", ") -> str:
    """Say what a case shows: whether areas caught up, and whether the spread narrowed."""
    return f"{caught_up(case.outcome, case.slope)}{between}{narrowed(case.ratio)}"


def caught_up(outcome: str, slope: Estimate) -> str:
    """Say whether areas caught up; a high start is a good one for life expectancy alone."""
    i, good = slope.interval(), "expectancy" in outcome
    if i.upper < 0:
        return "those that started low caught up" if good else "those that started high came down faster"
    if i.lower > 0:
        return "those that started low fell behind" if good else "those that started high moved further up"
    return "no catching up beyond noise"


def narrowed(ratio: Estimate) -> str:
    """Say whether the spread narrowed."""
    i = ratio.interval()
    if i.upper < 1:
        return "the spread narrowed"
    return "the spread widened" if i.lower > 1 else "the spread did not change beyond noise"


# ---- Greater Manchester ------------------------------------------------------------------------------------------------------------


def verdict(change: Estimate) -> str:
    """Say how a rate moved against England's."""
    i = change.interval()
    if not i.excludes_zero:
        return "kept pace with England's, neither gaining nor losing beyond noise"
    way = "fell faster than" if i.upper < 0 else "fell behind"
    return f"{way} England's, by {percentage(abs(change.estimate), 1)} of England's rate"


def boards(b: Boards) -> Caption:
    """Return the words of the chart of boards."""
    m = b.manchester
    return Caption(
        figure_id="boards",
        title=f"Since {b.ends['start'][0]} Greater Manchester's rate {verdict(b.manchester_change).split(',')[0]}",
        subtitle=f"Preventable deaths under 75 as a percentage of England's rate: change from {b.spans['start_years']} to {b.spans['end_years']}, integrated care boards, with 95% intervals",
        source=source_line("under_75_mortality", "population_year"),
        alt=f"Dot chart of {len(b.changes)} integrated care boards. Greater Manchester's rate was {_away(m['start'])} England's and is now {_away(m['end'])}; "
        f"its change ranks {ordinal(int(m['rank']))} from the best.",
    )


def _away(ratio: float) -> str:
    return f"{percentage(abs(ratio - 1), 0)} {'above' if ratio >= 1 else 'below'}"


def board_texts(b: Boards) -> dict[str, str]:
    """Return the named texts on Greater Manchester."""
    m, spans, count = b.manchester, b.spans, len(b.changes)
    own = record(b.inner_spread[b.inner_spread["area"] == "Greater Manchester"])
    change, level = (
        f"{{}} of {count} (95% interval {span(m[f'{kind}_lower'], m[f'{kind}_upper'], lambda v: ordinal(int(v)))})"
        for kind in ("rank", "level")
    )
    return {
        "manchester_verdict": verdict(b.manchester_change),
        "manchester_since": f"{spans['start_years']} and {spans['end_years']}",
        "manchester_level": f"{_away(m['end'])} England's rate in {spans['end_years']}, against {_away(m['start'])} in {spans['start_years']}",
        "manchester_rank": change.format("best" if m["rank"] == 1 else f"{ordinal(int(m['rank']))} best"),
        "manchester_level_rank": level.format(
            "the highest" if m["level_rank"] == 1 else f"{ordinal(int(m['level_rank']))} highest"
        ),
        "manchester_spread": f"{percentage(own['end'], 0)} of the mean in {spans['end_years']}, {percentage(own['start'], 0)} in {spans['start_years']}",
    }
