"""Words of the section on chronic illness that depend on its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from healthdevo.chapters.common import cell, moved_by, records, source_line
from healthdevo.charts import Caption
from healthdevo.results import Estimate
from healthdevo.wording import financial_year, join, number, percentage, signed_percentage, span

if TYPE_CHECKING:
    from healthdevo.chapters.demand.illness import Illness

TABLES = ("recorded_illness_icb", "chronic_admission", "emergency_month", "population_year")
MEASURES = {"recorded": "Recorded conditions", "admitted": "Emergency admissions"}
BOUNDS_TABLE = "What chronic illness can explain of the growth of A&E attendances in England, in per cent of attendances at the start. Recorded conditions: nine registers of general practices, per person; the growth of people is apart. Admissions: one attendance at most for each further avoidable admission. These are bounds by assumption, not intervals of chance."


def tick(value: float) -> str:
    """Return the financial year at a place on the axis.

    >>> tick(2016.0)
    '2016/17'
    """
    return financial_year(int(value))


def years(first: int, last: int) -> str:
    """Return a span of financial years.

    >>> years(2016, 2023)
    '2016/17 to 2023/24'
    """
    return f"{financial_year(int(first))} to {financial_year(int(last))}"


def label(measure: str, first: int, last: int) -> str:
    """Return the label of a bound.

    >>> label("recorded", 2016, 2018)
    'Recorded conditions, 2016/17 to 2018/19'
    """
    return f"{MEASURES[measure]}, {years(first, last)}"


def share(value: float) -> str:
    """Return a part of growth; nothing where the measure has no such case.

    >>> share(0.012), share(float("nan")), share(0.0)
    ('+1.2%', '', '0%')
    """
    if np.isnan(value):
        return ""
    return "0%" if value == 0 else signed_percentage(value)


def points(value: float) -> str:
    """Return a part of growth in percentage points.

    >>> points(0.0), points(0.0224)
    ('0', '2.2')
    """
    return number(100.0 * value, 2)


def tick_percent(value: float) -> str:
    """Return a change in per cent on an axis, with its decimals.

    >>> tick_percent(2.5), tick_percent(-10.0)
    ('+2.5%', '−10%')
    """
    return f"{value:+g}%".replace("-", "\N{MINUS SIGN}") if value else "0%"


def index_chart(section: Illness) -> Caption:
    """Words of the chart of three counts."""
    rows = section.england
    rows = rows[rows["recorded"].notna()]
    first, last = 2016, int(rows.index[-1])
    change = {
        c: cell(rows, last, c) / cell(rows, first, c) - 1.0 for c in ("attendances", "recorded", "rate")
    }
    faster = "faster" if change["attendances"] > change["recorded"] else "more slowly"
    return Caption(
        figure_id="illness-and-attendances",
        title=f"Attendances rose {faster} than recorded illness",
        subtitle=f"England, {financial_year(first)} is 100: A&E attendances of all types, conditions recorded by general practices per person (nine registers), avoidable emergency admissions per 100,000. Admissions are standardised by age and sex. Hospitals whose recording broke are in the totals",
        source=source_line(*TABLES),
        alt=f"Line chart by financial year. From {financial_year(first)} to {financial_year(last)} attendances {moved_by(change['attendances'])}, recorded conditions per person {moved_by(change['recorded'])}, the rate of avoidable admissions {moved_by(change['rate'])}.",
    )


def bounds_chart(section: Illness) -> Caption:
    """Words of the chart of bounds."""
    rows = records(section.bounds)
    most = max(min(1.0, of_growth(r)) for r in rows)
    told = "; ".join(
        f"{label(r['measure'], r['first'], r['last'])}: {share(r['least'])} to {share(r['most'])} of {signed_percentage(r['growth'])}"
        for r in rows
    )
    return Caption(
        figure_id="illness-bounds-chart",
        title=f"Chronic illness explains at most {percentage(most, 0)} of growth",
        subtitle="Part of the growth of A&E attendances in England that chronic illness can explain, in per cent of attendances at the start. Bar: from no difference to attendances in step with illness. Dot: each condition makes a person come twice as often, or the upper end where that has no meaning",
        source=source_line(*TABLES),
        alt=f"Dot chart of bounds: {told}.",
    )


def of_growth(row: Mapping[str, Any]) -> float:
    """Return the largest part that illness can be of the growth of attendances; all of it where they did not grow.

    >>> of_growth({"most": 0.25, "growth": 0.5}), of_growth({"most": 0.25, "growth": -0.5})
    (0.5, 1.0)
    """
    return row["most"] / row["growth"] if row["growth"] > 0 else 1.0


def boards_chart(section: Illness) -> Caption:
    """Words of the scatter over boards."""
    link = section.links["recorded"]
    rows = section.changes
    return Caption(
        figure_id="illness-boards",
        title=f"More recorded illness, {_goes(link)} attendances",
        subtitle="Change in per cent from 2016/17 to 2023/24, integrated care boards. Conditions recorded by general practices per person (nine registers) and A&E attendances per head. Attendances are counted where the department stands",
        source=source_line(*TABLES),
        alt=f"Scatter chart of {len(rows)} boards. Recorded conditions changed by {number(float(rows['recorded'].min()))} to {number(float(rows['recorded'].max()))} per cent, attendances per head by {number(float(rows['attended'].min()))} to {number(float(rows['attended'].max()))} per cent. {elasticity(link)}.",
    )


def _goes(link: Estimate) -> str:
    if not link.interval().excludes_zero:
        return "no clear link with"
    return "more" if link.estimate > 0 else "fewer"


def elasticity(link: Estimate) -> str:
    """Say by how much attendances changed with one per cent more."""
    limits = link.interval()
    return f"For each per cent more, attendances per head changed by {number(link.estimate, 2)}% (95% interval {span(limits.lower, limits.upper, lambda v: number(v, 2))})"


def texts(section: Illness) -> dict[str, str]:
    """Named texts for the prose."""
    rows = {(r["measure"], r["last"]): r for r in records(section.bounds)}
    before, last = (sorted({r["last"] for r in rows.values()})[k] for k in (0, -1))
    return {
        "illness_recorded": bound(rows["recorded", before], rows["recorded", last]),
        "illness_admitted": admitted(rows["admitted", before], rows["admitted", last]),
        "illness_contrast": contrast(section, int(last)),
        "illness_twice": counted_twice(section),
        "illness_boards": boards(section.links),
    }


def bound(before: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """Say what recorded illness explains at least and at most in both spans."""
    told = [
        f"between {points(r['least'])} and {points(r['most'])} points of the growth of {percentage(r['growth'])} from {years(r['first'], r['last'])}"
        for r in (before, last)
    ]
    twice = f"If each condition made a person come twice as often, it would be {points(before['twice'])} and {points(last['twice'])} points"
    return f"Recorded illness explains {told[0]}. It explains {told[1]}. {twice}"


def admitted(before: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """Say what further avoidable admissions can be of growth at most in both spans."""
    told = [f"{points(r['most'])} points from {years(r['first'], r['last'])}" for r in (before, last)]
    return f"Even if every further avoidable admission had come through A&E, that would be {join(told)}"


def contrast(section: Illness, last: int) -> str:
    """Set recorded illness against admissions for it at the same ages."""
    first = 2016
    recorded, rate = (section.year(last, c) / section.year(first, c) - 1.0 for c in ("recorded", "rate"))
    told = f"From {years(first, last)} recorded conditions per person {moved_by(recorded)}, while avoidable admissions at the same ages {moved_by(rate)}"
    if recorded > 0 and rate < recorded:
        return f"{told}. So part of the rise may be better recording, an older population, or better care; these figures cannot tell which"
    return f"{told}. So admissions give no sign that the rise is recording alone"


def counted_twice(section: Illness) -> str:
    """Set two counts of diabetes side by side."""
    rows = section.counted_twice
    first, last = int(rows.index[0]), int(rows.index[-1])
    moves = {c: cell(rows, last, c) - cell(rows, first, c) for c in ("recorded", "index")}
    told = [
        f"{name} {number(cell(rows, first, c), 3)}% in {first} and {number(cell(rows, last, c), 3)}% in {last}"
        for c, name in (("recorded", "registers of practices have"), ("index", "the Health Index has"))
    ]
    same = "Both rise" if min(moves.values()) > 0 else "The two do not move alike"
    return f"Of diabetes, {join(told)}. {same}, by {number(moves['recorded'], 2)} and {number(moves['index'], 2)} points"


def boards(links: Mapping[str, Estimate]) -> str:
    """Say whether attendances grew more where illness did, by both counts."""
    named = {"recorded": "recorded illness", "admitted": "avoidable admissions"}
    parts = []
    for key, name in named.items():
        found = elasticity(links[key])
        parts.append(f"With {name}: {found[0].lower()}{found[1:]}")
    clear = [named[k] for k, link in links.items() if link.interval().excludes_zero]
    end = (
        f"A link is clear for {join(clear)} only"
        if len(clear) == 1
        else ("Both links are clear" if clear else "Neither link is clear")
    )
    return f"{'. '.join(parts)}. {end}"
