"""Sentences of the sections on horizon, prevention and employers that depend on their numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from healthdevo.chapters.common import Finding, cell, pounds, source_line
from healthdevo.charts import Caption
from healthdevo.finance import break_even_lasting
from healthdevo.wording import join, number, percentage, signed, span

if TYPE_CHECKING:
    from healthdevo.chapters.money.employer import Employer
    from healthdevo.chapters.money.horizon import Horizon
    from healthdevo.chapters.money.payback import Payback

__all__ = [
    "chance",
    "chance_alone",
    "count_ends",
    "count_range",
    "employer_caption",
    "employer_texts",
    "from_to",
    "horizon_finding",
    "horizon_texts",
    "pence",
    "pence_or_never",
    "percent_of",
    "percent_tick",
    "points",
    "pounds",
    "prevention_caption",
    "prevention_texts",
    "rules_caption",
    "rules_figure",
    "sensitivity_caption",
    "share_ends",
    "share_one",
    "share_range",
    "small_chance",
]

RULES = {
    "annual": "Annual",
    "fixed_3": "Three years, fixed",
    "fixed_5": "Five years, fixed",
    "rolling_5": "Five years, set anew each year",
    "fixed_5_pooled": "Five years, fixed, pooled in the region",
    "rolling_5_pooled": "Five years, set anew, pooled in the region",
}
MEASURES = {
    "attendances": "A&E attendances, boards",
    "deaths": "Deaths, boards",
    "population": "People, boards",
    "social_care": "Adult social care spending, councils",
}
PLAIN = {
    "A&E attendances, boards": "A&E attendances",
    "Deaths, boards": "deaths",
    "People, boards": "population",
    "Adult social care spending, councils": "councils' spending on adult care",
}
"""Measures as sentences name them."""
SURPRISES = "How far need strays in a year from a common trend, how much of it stays, and how much all places share. Growth into 2020/21 and 2021/22 is left out. Spending follows budgets, so it may hide need."
BY_MEASURE = "Chance that a window ends in breach, by the measure of need that surprises are taken from, without a limit on borrowing."
PREVENTION_SENSITIVITY = "Pounds freed by the end of five years for a pound of prevention in the first, one assumption changed at a time."
EMPLOYER_SENSITIVITY = (
    "Fall of absence that pays for the discount at middling pay, one assumption changed at a time."
)
CLOSE = 0.01
"""Differences of chances below it are told as none."""


def percent_tick(value: float) -> str:
    """Return a share as a tick.

    >>> percent_tick(0.25)
    '25%'
    """
    return percentage(value, 0)


def chance(value: float, error: float) -> str:
    """Return a simulated chance; its error is below what is shown, or else it is told.

    >>> chance(0.3172, 0.001), chance(0.3172, 0.02)
    ('32%', '32% (simulation error 2 points)')
    """
    return (
        percentage(value, 0)
        if error < 0.005
        else f"{percentage(value, 0)} (simulation error {100 * error:.0f} points)"
    )


def chance_alone(value: float) -> str:
    """Return a chance without decimals.

    >>> chance_alone(0.3172)
    '32%'
    """
    return percentage(value, 0)


def small_chance(value: float) -> str:
    """Return a chance that may be next to nothing.

    >>> small_chance(0.0), small_chance(0.004), small_chance(0.2)
    ('none', 'below 1%', '20%')
    """
    if value == 0.0:
        return "none"
    return "below 1%" if value < 0.01 else percentage(value, 0)


def percent_of(value: float, error: float) -> str:
    """Return a share of a budget in per cent, with its simulation error where that is not below what is shown.

    >>> percent_of(0.0312, 0.0001), percent_of(0.0312, 0.002)
    ('3.1%', '3.1% (simulation error 0.2)')
    """
    return (
        percentage(value) if error < 0.0005 else f"{percentage(value)} (simulation error {100 * error:.1f})"
    )


def points(value: float) -> str:
    """Return a difference of percentages.

    >>> points(5.6), points(-3.2)
    ('+6 points', '−3 points')
    """
    return f"{signed(value, 0)} points"


def from_to(low: float, high: float) -> str:
    """Return a range as given.

    >>> from_to(0.0, 0.03)
    '0 to 0.03'
    """
    return f"{number(low, 3)} to {number(high, 3)}"


def pence(value: float) -> str:
    """Return a part of a pound.

    >>> pence(0.374), pence(1.4)
    ('37p', '£1.40')
    """
    return f"{100 * value:.0f}p" if value < 0.995 else f"£{value:.2f}"


def pence_or_never(value: float) -> str:
    """Return what a pound must free a year, or that no year is left.

    >>> pence_or_never(0.25), pence_or_never(float("inf"))
    ('25p', 'cannot: the window is over')
    """
    return "cannot: the window is over" if math.isinf(value) else pence(value)


def share_range(value: float, low: float, high: float) -> str:
    """Return a share with the range over all assumptions; what is above the whole cannot be reached.

    >>> share_range(0.158, 0.06, 0.46), share_range(0.158, 0.06, 1.2)
    ('16% (6% to 46%)', '16% (6% to more than all)')
    """
    top = "more than all" if high > 1 else percentage(high, 0)
    return f"{percentage(value, 0)} ({percentage(low, 0)} to {top})"


def count_range(value: float, low: float, high: float) -> str:
    """Return a count with the range over all assumptions.

    >>> count_range(6.5, 2.0, 19.4)
    '6.5 (2.0 to 19.4)'
    """
    return f"{value:.1f} ({low:.1f} to {high:.1f})"


def share_ends(low: float, high: float) -> str:
    """Return a share at both ends of an assumption; what is above the whole cannot be reached.

    >>> share_ends(0.085, 0.338), share_ends(0.2, 0.2), share_ends(0.5, 1.1)
    ('8%, 34%', 'does not matter', '50%, more than all')
    """
    if low == high:
        return "does not matter"
    said = ["more than all" if x > 1 else percentage(x, 0) for x in (low, high)]
    return ", ".join(said)


def count_ends(low: float, high: float) -> str:
    """Return a count at both ends of an assumption.

    >>> count_ends(3.4, 13.6), count_ends(6.8, 6.8)
    ('3.4, 13.6', 'does not matter')
    """
    return "does not matter" if low == high else f"{low:.1f}, {high:.1f}"


def rules_caption(horizon: Horizon) -> str:
    """Return the caption of the table of rules."""
    return (
        f"Simulated books of {len(horizon.volatility.people)} boards over ten years under six rules, {horizon.paths:,} paths. "
        f"Held back is {percentage(horizon.reserve.value)} of each budget, and at most {percentage(horizon.borrowing.value)} may be owed within a window. "
        "A breach is cost above budget that the reserve does not cover at a window's end, or debt above the limit before it."
    )


def likelier(other: float, base: float) -> str:
    """Return how a chance stands to another.

    >>> likelier(0.4, 0.3), likelier(0.2, 0.3), likelier(0.305, 0.3)
    ('likelier', 'rarer', 'as likely')
    """
    if abs(other - base) < CLOSE:
        return "as likely"
    return "likelier" if other > base else "rarer"


def rules_figure(horizon: Horizon) -> Caption:
    """Return the words of the figure of rules."""
    r = horizon.ranges.set_index("rule")["chance"]
    fixed, rolling, annual = (float(r[k]) for k in ("fixed_5", "rolling_5", "annual"))
    title = {
        ("likelier", "rarer"): "Balancing over five years helps; fixing budgets does not",
        ("rarer", "rarer"): "Balancing over five years makes a breach rarer",
    }.get(
        (likelier(fixed, annual), likelier(rolling, annual)),
        "What longer windows do to the chance of a breach",
    )
    return Caption(
        "money-horizon",
        title,
        "Chance that a window ends in breach, from A&E attendances; lines span the 95% intervals of size and persistence of surprises",
        source_line("emergency_month"),
        f"Dots with lines for four rules. A window ends in breach with a chance of {percentage(annual, 0)} under annual budgets, "
        f"{percentage(fixed, 0)} under five fixed years, and {percentage(rolling, 0)} where budgets are set anew each year.",
    )


def sensitivity_caption(horizon: Horizon) -> str:
    """Return the caption of the table of what the difference hangs on."""
    centre = float(horizon.what_moves_it["at_value"].iloc[0])
    return (
        f"Chance that a window ends in breach under five fixed years less that under annual budgets ({points(centre)} as assumed). "
        "One number is changed at a time, without a limit on borrowing."
    )


Reach = tuple[float, float, float]
"""A chance with its lower and upper limit."""


def reached(found: Reach) -> str:
    """Return a chance with its limits.

    >>> reached((0.37, 0.34, 0.4))
    '37% (34% to 40%)'
    """
    return f"{percentage(found[0], 0)} ({span(found[1], found[2], percent_tick)})"


def horizon_sentence(annual: Reach, fixed: Reach, rolling: Reach) -> str:
    r"""Say what fixed five-year budgets would change.

    >>> annual, rolling = (0.32, 0.28, 0.35), (0.14, 0.09, 0.19)
    >>> print(horizon_sentence(annual, (0.37, 0.34, 0.4), rolling).replace(". ", ".\n"))
    By A&E attendances, fixed five-year budgets alone would not make boards safer.
    A year under annual budgets ends in breach with a chance of 32% (28% to 35%).
    Five fixed years would with 37% (34% to 40%).
    If budgets followed need each year and had to balance over five, it would be 14% (9% to 19%).
    >>> horizon_sentence(annual, (0.2, 0.1, 0.3), rolling).split(". ")[0]
    'By A&E attendances, fixed five-year budgets would make a breach rarer'
    >>> horizon_sentence(annual, (0.321, 0.3, 0.4), rolling).split(". ")[0]
    'By A&E attendances, fixed five-year budgets would change little in the chance of a breach'
    """
    first = {
        "likelier": "fixed five-year budgets alone would not make boards safer.",
        "rarer": "fixed five-year budgets would make a breach rarer.",
        "as likely": "fixed five-year budgets would change little in the chance of a breach.",
    }[likelier(fixed[0], annual[0])]
    return (
        f"By A&E attendances, {first} A year under annual budgets ends in breach with a chance of {reached(annual)}. "
        f"Five fixed years would with {reached(fixed)}. "
        f"If budgets followed need each year and had to balance over five, it would be {reached(rolling)}."
    )


def horizon_finding(horizon: Horizon) -> Finding:
    """Return what fixed five-year budgets would change, for other pages."""
    r = horizon.ranges.set_index("rule")
    annual, fixed, rolling = (
        (cell(r, k, "chance"), cell(r, k, "lower"), cell(r, k, "upper"))
        for k in ("annual", "fixed_5", "rolling_5")
    )
    return Finding(
        "money_horizon",
        horizon_sentence(annual, fixed, rolling),
        "A&E attendances, 2016/17 to 2025/26",
        fixed[0],
    )


EDGE = (
    " The estimate is at the edge of what the model can say: places also differ in trends that a planner might foresee, "
    "and these count as surprises here."
)


def lasting_sentence(lasting: float, lower: float, upper: float, *, at_edge: bool = False) -> str:
    """Say how the lasting share stands to the share at which fixed years stop to help.

    >>> lasting_sentence(0.95, 0.9, 1.0)
    'Of a surprise in A&E attendances 95% stays (95% interval 90% to 100%). Fixed five-year budgets help only where less than 40% stays.'
    >>> lasting_sentence(0.3, 0.2, 0.35).split(". ")[1]
    'That is below the 40% up to which fixed five-year budgets help.'
    >>> lasting_sentence(0.3, 0.2, 0.5).split(". ")[1]
    'Fixed five-year budgets help where less than 40% stays, and these data cannot tell which it is.'
    """
    edge = break_even_lasting(5)
    said = f"Of a surprise in A&E attendances {percentage(lasting, 0)} stays (95% interval {span(lower, upper, percent_tick)})."
    if at_edge:
        return lasting_sentence(lasting, lower, upper) + EDGE
    if lower > edge:
        return f"{said} Fixed five-year budgets help only where less than {percentage(edge, 0)} stays."
    if upper < edge:
        return f"{said} That is below the {percentage(edge, 0)} up to which fixed five-year budgets help."
    return f"{said} Fixed five-year budgets help where less than {percentage(edge, 0)} stays, and these data cannot tell which it is."


def deaths_sentence(lasting: float, national: float) -> str:
    """Say what surprises in deaths are like beside those in attendances.

    >>> deaths_sentence(0.26, 0.73)
    'In deaths, 26% of a surprise stays: most of it passes, as hard winters do. All boards share 73% of the variance, so pooling them would spread little of it.'
    >>> deaths_sentence(0.6, 0.2)
    'In deaths, 60% of a surprise stays. All boards share 20% of the variance; the rest a pool can spread.'
    """
    passes = ": most of it passes, as hard winters do" if lasting < 0.5 else ""
    shared = (
        ", so pooling them would spread little of it" if national >= 0.5 else "; the rest a pool can spread"
    )
    return (
        f"In deaths, {percentage(lasting, 0)} of a surprise stays{passes}. "
        f"All boards share {percentage(national, 0)} of the variance{shared}."
    )


def pooling_sentence(alone: float, together: float, national: float) -> str:
    """Say what pooling across a region does.

    >>> pooling_sentence(0.37, 0.30, 0.03)
    'Pooling the books of a region lowers the chance from 37% to 30%. All boards share 3% of the variance of growth; that part no pool can spread.'
    >>> pooling_sentence(0.37, 0.369, 0.9).split(". ")[0]
    'Pooling the books of a region changes little (37% alone, 37% together)'
    >>> pooling_sentence(0.37, 0.40, 0.03).split(". ")[0]
    'Pooling the books of a region raises the chance from 37% to 40%'
    """
    how = likelier(together, alone)
    if how == "as likely":
        first = f"Pooling the books of a region changes little ({percentage(alone, 0)} alone, {percentage(together, 0)} together)."
    else:
        verb = "lowers" if how == "rarer" else "raises"
        first = f"Pooling the books of a region {verb} the chance from {percentage(alone, 0)} to {percentage(together, 0)}."
    return f"{first} All boards share {percentage(national, 0)} of the variance of growth; that part no pool can spread."


def measures_sentence(rarer: Sequence[str], others: Sequence[str]) -> str:
    """Say by which measures of need five fixed years make a breach rarer than annual budgets, and by which they do not.

    >>> measures_sentence([], ["A&E attendances", "people"])
    'By each measure of need that we have (A&E attendances and people), fixing budgets for five years makes a breach no rarer.'
    >>> measures_sentence(["deaths"], [])
    'By each measure of need that we have (deaths), fixing budgets for five years makes a breach rarer.'
    >>> measures_sentence(["deaths"], ["people"])
    'Measures of need disagree. By people, fixing budgets for five years makes a breach no rarer; by deaths it makes it rarer.'
    """
    if not rarer or not others:
        which = "rarer" if rarer else "no rarer"
        return f"By each measure of need that we have ({join([*rarer, *others])}), fixing budgets for five years makes a breach {which}."
    return (
        f"Measures of need disagree. By {join(others)}, fixing budgets for five years makes a breach no rarer; "
        f"by {join(rarer)} it makes it rarer."
    )


def decade_sentence(annual: float, fixed: float, shallow: float, deep: float) -> str:
    """Say how often and how deeply books are in breach over ten years.

    >>> decade_sentence(0.98, 0.62, 0.023, 0.117)
    'Annual books are tested ten times in a decade, five-year books twice. So 98% would breach at least once under annual budgets, and 62% under five fixed years. Where books breach, the deepest hole is 2% of a budget under annual books and 12% under five fixed years.'
    """
    return (
        "Annual books are tested ten times in a decade, five-year books twice. "
        f"So {percentage(annual, 0)} would breach at least once under annual budgets, and {percentage(fixed, 0)} under five fixed years. "
        f"Where books breach, the deepest hole is {percentage(shallow, 0)} of a budget under annual books and {percentage(deep, 0)} under five fixed years."
    )


def share_one(value: float) -> str:
    """Return a share in per cent with one decimal.

    >>> share_one(0.0369)
    '3.7%'
    """
    return percentage(value)


def sign_sentence(low: float, high: float) -> str:
    """Say whether the finding hangs on one of the numbers that were changed.

    >>> sign_sentence(1.0, 9.0), sign_sentence(-2.0, 9.0)
    ('Whichever of these numbers is changed, five fixed years never come out safer (+1 to +9 points).', 'The finding hangs on what is assumed: the difference runs from −2 to +9 points.')
    >>> sign_sentence(-9.0, -1.0)
    'Whichever of these numbers is changed, five fixed years come out safer (−9 to −1 points).'
    """
    reach = f"{signed(low, 0)} to {points(high)}"
    if low >= 0:
        return f"Whichever of these numbers is changed, five fixed years never come out safer ({reach})."
    if high < 0:
        return f"Whichever of these numbers is changed, five fixed years come out safer ({reach})."
    return f"The finding hangs on what is assumed: the difference runs from {reach}."


def borrowing_sentence(found: Mapping[float, float]) -> str:
    """Say what the limit on borrowing does to five fixed years.

    >>> borrowing_sentence({0.0: 0.95, 0.1: 0.61})
    'A limit on borrowing matters: with none allowed within the window, 95% of five-year books would breach in a decade; with 10% of a budget allowed, 61%.'
    >>> borrowing_sentence({0.0: 0.62, 0.1: 0.61})
    'A limit on borrowing hardly matters: with none allowed within the window, 62% of five-year books would breach in a decade; with 10% of a budget allowed, 61%.'
    """
    low, high = min(found), max(found)
    matters = "matters" if abs(found[low] - found[high]) >= 0.05 else "hardly matters"
    return (
        f"A limit on borrowing {matters}: with {'none' if low == 0 else percentage(low, 0) + ' of a budget'} allowed within the window, "
        f"{percentage(found[low], 0)} of five-year books would breach in a decade; with {percentage(high, 0)} of a budget allowed, "
        f"{percentage(found[high], 0)}."
    )


def horizon_texts(horizon: Horizon) -> dict[str, str]:
    """Return the named texts of the section."""
    v = horizon.volatility.main
    i, s = v.lasting.interval(), v.sd.interval()
    moves = horizon.what_moves_it
    ends = [*moves["at_low"], *moves["at_high"]]
    m = horizon.by_measure
    rarer = m["fixed_5"] < m["annual"] - CLOSE
    plain = m["measure"].map(PLAIN)
    r = horizon.by_rule
    need_annual, need_fixed = (float(horizon.by_rule["reserve_needed"][k]) for k in ("annual", "fixed_5"))
    need_rolling = float(horizon.by_rule["reserve_needed"]["rolling_5"])
    return {
        "money_horizon": horizon_finding(horizon).sentence,
        "money_surprise": (
            f"In an ordinary year a board's A&E attendances stray {percentage(v.sd.estimate)} from the common trend "
            f"(95% interval {span(s.lower, s.upper, percentage)})."
        ),
        "money_lasting": lasting_sentence(
            v.lasting.estimate, i.lower, i.upper, at_edge="lasting" in v.bounded
        ),
        "money_deaths": deaths_sentence(
            horizon.volatility.measures["deaths"].lasting.estimate,
            horizon.volatility.measures["deaths"].national.estimate,
        ),
        "money_pooling": pooling_sentence(
            horizon.failed("fixed_5"), horizon.failed("fixed_5_pooled"), v.national.estimate
        ),
        "money_reserves": (
            "How much must a board hold back of every budget to stay clear of any breach in nineteen decades of twenty? "
            f"{percentage(need_annual)} under annual balancing, {percentage(need_fixed)} under five fixed years, and "
            f"{percentage(need_rolling)} where budgets are set anew each year."
        ),
        "money_borrowing": borrowing_sentence(horizon.by_borrowing),
        "money_horizon_measures": measures_sentence(plain[rarer].tolist(), plain[~rarer].tolist()),
        "money_decade": decade_sentence(
            float(r["probability"]["annual"]),
            float(r["probability"]["fixed_5"]),
            float(r["depth"]["annual"]),
            float(r["depth"]["fixed_5"]),
        ),
        "money_horizon_hangs": sign_sentence(min(ends), max(ends)),
    }


def prevention_sentence(saved: float, most: float, need: float) -> str:
    """Say whether prevention pays for itself in five years.

    >>> prevention_sentence(0.37, 0.44, 0.25)
    'By the end of five years a pound of prevention would have freed 37p in the same budget, so it would not pay for itself. With every assumption at its best it frees 44p a year, which would: 25p a year is needed.'
    >>> prevention_sentence(1.2, 0.44, 0.25).split(". ")[0]
    'By the end of five years a pound of prevention would have freed £1.20 in the same budget, so it would pay for itself.'
    >>> prevention_sentence(0.37, 0.2, 0.25).split(". ")[1]
    'Even with every assumption at its best it frees 20p a year, and 25p a year is needed.'
    """
    pays = "" if saved >= 1 else "not "
    first = f"By the end of five years a pound of prevention would have freed {pence(saved)} in the same budget, so it would {pays}pay for itself."
    if saved >= 1:
        return first
    if most >= need:
        return f"{first} With every assumption at its best it frees {pence(most)} a year, which would: {pence(need)} a year is needed."
    return f"{first} Even with every assumption at its best it frees {pence(most)} a year, and {pence(need)} a year is needed."


def prevention_caption(payback: Payback) -> str:
    """Return the caption of the table of prevention."""
    return (
        "What a pound of prevention in the first year must free in each later year to pay for itself before the window ends. Published "
        f"estimates give {pence(payback.programme.saving.value)} a year, from {pence(payback.worth.low * payback.cash.low / payback.arrival.high)} to "
        f"{pence(payback.most)} over all assumptions. Room is the largest programme that reserve and borrowing limit carry when need goes to plan."
    )


def prevention_texts(payback: Payback) -> dict[str, str]:
    """Return the named texts of the section."""
    five = payback.room["fixed_5"]
    return {
        "money_prevention": prevention_sentence(
            float(five["saved"]), payback.most, float(five["break_even"])
        ),
        "money_worth": (
            f"One study found that a pound of public health buys as much health as £{payback.worth.value:.1f} of treatment "
            f"(£{payback.worth.low:.1f} to £{payback.worth.high:.1f} by design)."
        ),
    }


def employer_caption(employer: Employer) -> str:
    """Return the caption of the table of areas."""
    out = employer.left_out
    lacking = f" {out} areas lack a figure and are left out." if out else ""
    return (
        f"Fall of sickness absence, and people from long-term sickness to work, that would pay for a discount, {employer.year}. The five areas where "
        f"absence must fall most and the five where it must fall least. Ranges span all assumptions.{lacking}"
    )


def employer_sentence(value: float, low: float, high: float, purse: float) -> str:
    """Say what the discount would have to achieve.

    >>> employer_sentence(0.17, 0.06, 0.49, 0.56)
    'At middling pay, absence would have to fall by 17% to pay for the discount in work done (6% to 49% over all assumptions). To pay for itself in taxes it would have to fall by 56%.'
    >>> employer_sentence(0.17, 0.06, 1.2, 1.1)
    'At middling pay, absence would have to fall by 17% to pay for the discount in work done (6% to more than all over all assumptions). In taxes it could not pay for itself, even if nobody were ever absent.'
    """
    top = "more than all" if high > 1 else percentage(high, 0)
    tail = (
        "In taxes it could not pay for itself, even if nobody were ever absent."
        if purse > 1
        else f"To pay for itself in taxes it would have to fall by {percentage(purse, 0)}."
    )
    return (
        f"At middling pay, absence would have to fall by {percentage(value, 0)} to pay for the discount in work done "
        f"({percentage(low, 0)} to {top} over all assumptions). {tail}"
    )


def employer_texts(employer: Employer) -> dict[str, str]:
    """Return the named texts of the section."""
    m = employer.middle
    t = employer.found.table
    return {
        "money_employer": employer_sentence(
            float(m["absence"]), float(m["absence_low"]), float(m["absence_high"]), float(m["absence_purse"])
        ),
        "money_employer_areas": (
            f"Between areas it runs from {percentage(float(t['absence'].min()), 0)} where pay is highest to "
            f"{percentage(float(t['absence'].max()), 0)} where it is lowest: the same discount buys less work where pay is low."
        ),
        "money_employer_back": (
            f"The other way to pay for it is {float(m['back_to_work']):.1f} people in every 1,000 workers who come back from long-term sickness "
            f"({float(m['back_to_work_low']):.1f} to {float(m['back_to_work_high']):.1f}). That is {percentage(float(m['sick_share']), 0)} of all who are "
            f"out of work with it ({percentage(float(m['sick_share_low']), 0)} to {percentage(float(m['sick_share_high']), 0)})."
        ),
    }
