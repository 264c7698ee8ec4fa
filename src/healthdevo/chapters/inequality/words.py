"""Words of the Inequality chapter that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from healthdevo.chapters.common import (
    LATEST_EDITION,
    SEXES,
    few,
    in_words,
    moved,
    moved_with_interval,
    period,
    record,
    records,
    rounded,
    source_line,
    years,
)
from healthdevo.charts import Caption
from healthdevo.results import Estimate
from healthdevo.wording import join, number, percentage, signed, span

if TYPE_CHECKING:
    from healthdevo.chapters.inequality.districts import DistrictChanges
    from healthdevo.chapters.inequality.gradient import Gradient
    from healthdevo.chapters.inequality.reproduction import Reproduction

MEASURES = {"life_expectancy": "life expectancy", "healthy_life_expectancy": "healthy life expectancy"}
INDICES = {
    "gap": "Gap (absolute, years)",
    "slope": "Slope index (absolute, years)",
    "ratio": "Ratio (relative)",
    "relative": "Relative index (relative)",
}
DECIMALS = {"gap": 1, "slope": 1, "ratio": 3, "relative": 3}
EDITIONS = {"ohid_2019": "2019 edition", "ohid_2022": "2022 edition", "ohid_2026": "2026 edition"}
WHY = {
    "matches": "equal at one decimal",
    "within rounding": "the deciles reach us rounded to one decimal",
    "not computable": "no deciles carried for this period",
    "other edition": "other edition of the population figures than the deciles",
    "other weights": "weights of the tenths: other weights bring it within rounding",
    "unexplained": "not explained by rounding or by the weights we could try",
}
TABLES = {
    "measures": "Absolute measures in years beside relative ones, England, first and last period.",
    "reproduction-list": "Published slope indices of England against ours, in years.",
    "reproduction-summary": "Published slope indices in life expectancy: how many can be recomputed from published deciles, and how many are matched.",
    "weights": "Reproduction of England's published slope indices, 2026 edition, under three weightings of the tenths.",
    "areas-changed-counts": "Published slope indices of districts, first against last period without a common year: how many changed beyond noise.",
}
POWER = 2.8
"""Standard errors that a change must have to be found four times in five by a single test."""


def _few(count: int, one: str, several: str) -> str:
    return f"{few(count)} {one if count == 1 else several}"


# ---- the tenths of England ---------------------------------------------------------------------------------------------------------


def of(measure: str, sex: str) -> str:
    """Return what is measured and for whom, for tables."""
    return f"{MEASURES[measure].capitalize()}, {SEXES[sex]}"


def deciles(g: Gradient) -> Caption:
    """Return the words of the chart of tenths."""
    a, b = (g.gap(measure, "male", g.last) for measure in MEASURES)
    return Caption(
        figure_id="deciles",
        title=f"Deprived places: {a['gap']:.1f} fewer years, {b['gap']:.1f} in good health",
        subtitle=f"Men in the most deprived tenth against the least. Life expectancy and healthy life expectancy at birth by tenth of small areas, 1 the most deprived. England, {period(g.last)}, years, with approximate 95% intervals",
        source=source_line("life_expectancy_decile"),
        alt=f"Line chart over ten groups of places from most to least deprived. Life expectancy of men rises from {a['worst']:.1f} to "
        f"{a['best']:.1f} years, healthy life expectancy of men from {b['worst']:.1f} to {b['best']:.1f}; women's lines have the same shape.",
    )


def slope(g: Gradient, measure: str) -> Caption:
    """Return the words of the chart of one measure's slope index over time."""
    healthy = measure == "healthy_life_expectancy"
    women, men = (moved(g.change(measure, sex)) for sex in SEXES)
    ends = [
        f"{name} from {years(g.slope(measure, sex, g.first).estimate)} to {years(g.slope(measure, sex, g.last).estimate)}"
        for sex, name in SEXES.items()
    ]
    return Caption(
        figure_id="healthy-slope" if healthy else "slope-over-time",
        title=f"Gradient, women: {brief(women)}; men: {brief(men)}",
        subtitle=f"Slope index of inequality in {MEASURES[measure]} at birth, England, years, {period(g.first)} until {period(g.last)} (overlapping), with approximate 95% intervals",
        source=source_line("life_expectancy_decile", "population_deprivation_decile"),
        alt=f"Line chart of the slope index {'of healthy life expectancy ' if healthy else ''}by three-year period: {', '.join(ends)}"
        + (", with wide intervals." if healthy else ". The highest values are in periods with the pandemic."),
    )


def gradient_texts(g: Gradient) -> dict[str, str]:
    """Return the named texts on the tenths of England."""
    found = {
        "peak": peak(g),
        "agreement": agreement(g),
        "small_areas": f"{g.small_areas:,}",
        "healthy_change_women": moved_with_interval(g.change("healthy_life_expectancy", "female")),
        "healthy_change_men": moved_with_interval(g.change("healthy_life_expectancy", "male")),
    }
    steeper, shares = [], []
    for sex, name in SEXES.items():
        life, healthy = (g.gap(measure, sex, g.last) for measure in MEASURES)
        index = g.slope("life_expectancy", sex, g.last)
        found |= {
            f"life_worst_{name}": f"{life['worst']:.1f}",
            f"life_best_{name}": f"{life['best']:.1f}",
            f"life_slope_{name}": in_words(index, rounded, unit="years", interval="95% interval"),
        }
        steeper.append(f"{healthy['slope'] / life['slope']:.1f} times as steep for {name}")
        shares.append(
            f"{name.capitalize()} in the most deprived tenth can expect {percentage(healthy['worst'] / life['worst'], 0)} of their life in good health, in the least deprived tenth {percentage(healthy['best'] / life['best'], 0)}"
        )
    return found | {"healthy_times": join(steeper), "share_of_life": ". ".join(shares)}


def peak(g: Gradient) -> str:
    """Say when the gradient in length of life was steepest, and how steep it is now."""
    words: list[str] = []
    for sex, name in SEXES.items():
        whom = f"{'For' if words else 'for'} {name}"
        rows = g.gaps[(g.gaps["measure"] == "life_expectancy") & (g.gaps["sex"] == sex)]
        top, end = record(rows.nlargest(1, "slope")), g.slope("life_expectancy", sex, g.last)
        start = int(top["period_start_year"])
        words.append(
            f"{whom} the latest period is the highest"
            if start == g.last
            else f"{whom} it was highest in {period(start)} ({years(top['slope'])}) and stood at {years(end.estimate)} in the latest period"
        )
    return ". ".join(words)


def agreement(g: Gradient) -> str:
    """Say whether absolute and relative measures tell the same story."""
    tell = []
    for measure, short in MEASURES.items():
        for sex, name in SEXES.items():
            absolute, relative = (direction(g.change(measure, sex, i)) for i in ("slope", "relative"))
            if absolute != relative:
                tell.append(
                    f"{short.capitalize()} of {name}: slope index {absolute}, relative index {relative}."
                )
    if not tell:
        return "Here the absolute and the relative measures tell the same story for both sexes, in life expectancy and in healthy life expectancy."
    return " ".join(["Here the absolute and the relative measures differ.", *tell])


def direction(change: Estimate) -> str:
    """Say which way a change points."""
    if not change.interval().excludes_zero:
        return "no change beyond noise"
    return "up" if change.estimate > 0 else "down"


def brief(moved: str) -> str:
    """Return what moved in as few words as a title has room for.

    >>> brief("rose by 0.8 years"), brief("did not change beyond noise")
    ('rose by 0.8', 'not clearly changed')
    """
    return "not clearly changed" if "not" in moved else moved.removesuffix(" years")


# ---- the published indices ---------------------------------------------------------------------------------------------------------


def _verb(count: int, verb: str) -> str:
    """Return a verb as a number before it wants it.

    >>> _verb(1, "match"), _verb(1, "agree"), _verb(2, "match"), _verb(0, "differ")
    ('matches', 'agrees', 'match', 'differ')
    """
    return f"{verb}{'es' if verb.endswith('ch') else 's'}" if count == 1 else verb


def reproduction(r: Reproduction) -> Caption:
    """Return the words of the chart of differences."""
    d, n = r.latest["difference"], len(r.latest)
    matched, beyond = (int((r.latest["verdict"] == v).sum()) for v in ("matches", "beyond rounding"))
    rest = (
        "the others differ no more than rounding makes likely"
        if beyond == 0
        else f"{beyond} {_verb(beyond, 'differ')} by more than rounding makes likely"
    )
    return Caption(
        figure_id="reproduction",
        title=f"{matched} of {n} published indices matched at one decimal",
        subtitle=f"{rest[0].upper()}{rest[1:]}. Slope index of inequality in life expectancy, England: ours from published deciles minus the published index, 2026 edition; bars show what rounding of all values makes likely (95%)",
        source=source_line("life_expectancy_decile", "slope_index_life_expectancy"),
        alt=f"Dot chart of differences between our slope index and the published one for {n} sexes and periods. All lie between "
        f"{number(float(d.min()), 2)} and {number(float(d.max()), 2)} years; {matched} {_verb(matched, 'agree')} at one decimal.",
    )


def largest(difference: float) -> str:
    """Return the largest difference, or nothing where none was recomputed."""
    return "" if np.isnan(difference) else rounded(difference, 2)


def recomputed(count: float) -> str:
    """Say how many indices were recomputed, or why none."""
    return f"{count:,.0f}" if count else "none: deciles of local areas are not carried"


def reproduction_texts(r: Reproduction, one_error: float) -> dict[str, str]:
    """Return the named texts on the published indices; ``one_error`` is the typical standard error of a district's index."""
    latest, older = r.latest, r.done[r.done["edition"] != LATEST_EDITION]
    matches, near, beyond = (
        int((latest["verdict"] == v).sum()) for v in ("matches", "within rounding", "beyond rounding")
    )
    tail = (
        "None differs by more than rounding makes likely."
        if beyond == 0
        else f"{_few(beyond, 'differs', 'differ').capitalize()} by more than rounding makes likely, by {latest['difference'].abs().max():.2f} years at most."
    )
    agree = records(r.edition_agreement)
    revised = agree[-1]["typical_difference"]
    return {
        "reproduction": f"In the latest edition we match {matches} of {len(latest)} published indices of England at one decimal; {near} more {_verb(near, 'differ')} by no more than rounding makes likely. {tail}",
        "reproduction_older": f"Against the two earlier editions, {(same := int((older['verdict'] == 'matches').sum()))} of {len(older)} {_verb(same, 'match')} and {(off := int((older['verdict'] == 'beyond rounding').sum()))} {_verb(off, 'differ')} by more than rounding makes likely. {_fit(older, latest)}",
        "reproduction_weights": _weights(r.weighting_summary),
        "reproduction_missing": f"{len(r.indices) - len(r.done)} published indices of England belong to periods for which no deciles are carried.",
        "reproduction_local": f"{len(r.local):,} published indices of {r.local['area_code'].nunique()} local areas cannot be recomputed, because life expectancy by tenth inside each area is not part of our tables.",
        "editions_same": ". ".join(
            f"{'The' if place else 'the'} {a['first']} and the {a['second']} agree in {percentage(a['equal'], 0)} of {a['pairs']:,} pairs of the same area, period and sex"
            for place, a in enumerate(agree)
        ),
        "edition_revision": f"Where they differ, new population figures moved an area's index by {years(revised)} in the root mean square and by {years(agree[-1]['largest'])} at most. A typical standard error of one index is {years(one_error)}. A revision of population figures thus moves a local index by {percentage(revised / one_error, 0)} of its standard error",
    }


def _fit(older: pd.DataFrame, latest: pd.DataFrame) -> str:
    before, now = (float(np.sqrt((r["difference"] ** 2).mean())) for r in (older, latest))
    if before > now:
        return "Those editions rest on populations before the 2021 Census; the deciles fit the latest edition better."
    return "The deciles do not fit the latest edition better than those."


def _weights(summary: pd.DataFrame) -> str:
    order = summary.sort_values(["beyond_rounding", "matches"], ascending=[True, False], kind="stable")
    best, own = record(order), record(summary)["weights"]
    if best["weights"] == own:
        return f"Other weights of the tenths do not come closer than ours ({own})."
    return (
        f"With {best['weights']} as weights instead of {own}, {best['matches']} of {best['indices']} match and "
        f"{_few(best['beyond_rounding'], 'differs', 'differ')} by more than rounding makes likely. "
        "The publisher's own weights, by sex and period, are not part of our tables."
    )


# ---- districts ---------------------------------------------------------------------------------------------------------------------


def changes(d: DistrictChanges) -> Caption:
    """Return the words of the chart of the strongest changes."""
    c, change = d.latest, d.strongest["change"]
    total = int(c["beyond_noise"].sum())
    return Caption(
        figure_id="areas-changed",
        title=f"Of {len(c)} local changes, {_few(total, 'stands', 'stand')} out from noise",
        subtitle=f"Change of the published slope index of inequality in life expectancy, {_periods(c, 'until')}, of the 14 districts and sexes with the strongest evidence. The 95% intervals are not adjusted for the number of tests. Squares: beyond noise after adjustment",
        source=source_line("slope_index_life_expectancy", "population_year"),
        alt=f"Dot chart of the 14 strongest changes in the slope index, from {years(float(change.min()))} to {years(float(change.max()))}. "
        f"After adjustment for {len(c)} tests {_few(total, 'remains', 'remain')}.",
    )


def edition(name: str, periods: str) -> str:
    """Return an edition and its periods, for tables."""
    return f"{EDITIONS[name]}: {periods}"


def _periods(changes: pd.DataFrame, between: str) -> str:
    return f"{changes['start_period'].iloc[0]} {between} {changes['end_period'].iloc[0]}"


def district_texts(d: DistrictChanges) -> dict[str, str]:
    """Return the named texts on districts."""
    c = d.latest
    mean = [f"{moved(d.mean_change(sex))} for {name}" for sex, name in SEXES.items()]
    error = float(c["standard_error"].median())
    significant, by_chance = d.significant(c)
    return {
        "areas_compared": str(len(c)),
        "areas_districts": str(c["area_code"].nunique()),
        "areas_periods": _periods(c, "and"),
        "areas_single": str(significant),
        "areas_by_chance": f"{by_chance:.0f}",
        "areas_beyond": beyond(c),
        "areas_beyond_count": f"of {len(c)} changes in districts, {_few(int(c['beyond_noise'].sum()), 'stands', 'stand')} out from noise",
        "areas_beyond_earlier": beyond(d.earlier),
        "areas_periods_earlier": _periods(d.earlier, "and"),
        "areas_mean": f"the average district's index {join(mean)}",
        "areas_typical_error": years(error),
        "areas_detectable": years(POWER * error),
        "noise_check": percentage(d.noise_check, 0),
        "greater_manchester": manchester(d),
    }


def beyond(changes: pd.DataFrame) -> str:
    """Say which changes are beyond noise."""
    found = changes[changes["beyond_noise"]].sort_values("adjusted")
    if found.empty:
        return "no district's index changed beyond noise"
    parts = [
        f"{r['name']}, {SEXES[r['sex']]}: {'up' if r['change'] > 0 else 'down'} from {rounded(r['start'])} to {rounded(r['end'])}"
        for r in records(found)
    ]
    return f"{few(len(found))} of {len(changes)} changes {'is' if len(found) == 1 else 'are'} beyond noise. {'. '.join(parts)}"


def manchester(d: DistrictChanges) -> str:
    """Say what the districts of Greater Manchester show in the latest edition."""
    own, against = d.manchester, d.manchester_against_elsewhere
    i = against.interval()
    how = {"up": "more than", "down": "less than"}.get(
        direction(against), "no differently, beyond noise, from"
    )
    count = int(own["beyond_noise"].sum())
    return (
        f"In Greater Manchester the index of the {own['area_code'].nunique()} districts changed by {signed(float(own['change'].mean()))} years on average over both sexes. "
        f"It changed {how} elsewhere ({signed(float(d.elsewhere['change'].mean()))}; difference {signed(against.estimate)}, 95% interval {span(i.lower, i.upper, signed)}). "
        f"{few(count).capitalize()} of its {len(own)} changes {'is' if count == 1 else 'are'} beyond noise"
    )
