"""Sentences of the chapter that depend on its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import few, record, records, source_line
from healthdevo.charts import Caption
from healthdevo.wording import join, number, percentage, signed, span, with_interval

if TYPE_CHECKING:
    from healthdevo.chapters.autonomy.agreement import Agreement
    from healthdevo.chapters.autonomy.chapter import Autonomy
    from healthdevo.chapters.autonomy.councils import Councils
    from healthdevo.chapters.autonomy.directives import Directives
    from healthdevo.chapters.autonomy.earned import Earned
    from healthdevo.chapters.autonomy.funnels import Funnels
    from healthdevo.chapters.autonomy.gate import Gate
    from healthdevo.chapters.autonomy.league import League
    from healthdevo.chapters.autonomy.nations import Nations
    from healthdevo.chapters.autonomy.next_year import NextYear
    from healthdevo.chapters.autonomy.variation import Variation
    from healthdevo.chapters.autonomy.waiting_targets import WaitingTargets
    from healthdevo.chapters.autonomy.workforce import Workforce
    from healthdevo.results import Interval

LEAGUE_TABLE = (
    "Acute trusts by the official average score. The interval says how far the rank could move if as many other domains had been scored. "
    "A rank is not a verdict."
)
NEXT_YEAR_TABLE = "Trusts in two windows of the same length. Best and worst quarter that is there again, and the share of its distance from the mean that a trust loses."
AGREEMENT_TABLE = "Rank correlation of every pair of measures: 1 is the same order, 0 none, −1 the opposite order. Higher is better in each measure."
GATE_TABLE = "Four policies in simulated trusts whose quality is known. Good enough is the better half. Deprivation is that of the trust's board."
VARIATION_TABLE = (
    "Share of the variance of monthly figures of trusts. England: months that are better or worse everywhere. Own changes: a trust's own ups and downs. "
    "Chance is counted apart where the measure is a share of people."
)
NATIONS_TABLE = (
    "Change against England: the nation's own change less England's. Health spending is in per cent of logarithms. Intervals come from the yearly ups and downs "
    "of 2011 to 2018. One that holds 0 cannot tell the nation from England."
)
WORKFORCE_TABLE = (
    "Rank correlation of social care with days of delay due to social care, financial years 2016/17 to 2018/19. Staff turnover is the main measure. "
    "The others were looked at beside it, so one clear interval among them may be luck."
)
FUNNELS_TABLE = (
    "Trusts outside 99.8% limits, later window of each measure. Limits of chance: as if all trusts were the same and only luck differed. "
    "Wider limits: with the usual differences between trusts."
)
DIRECTIVES_TABLE = (
    "Interim targets for A&E with a month of announcement. Reached: all providers in England in the month the target names. "
    "Changes: providers that reported in every month, around the month after the announcement."
)
WAITING_TARGETS_TABLE = (
    "Dated targets for waiting lists, cancer, tests and ambulances. Reached: England in the month the target names, from the sums of trusts. For the waiting list of "
    "2026 these are mainly NHS trusts. Changes: percentage points (minutes for ambulances) around the month after; empty where the series is too short."
)
SEGMENTS_TABLE = "Mean chance of each outcome if every acute trust's score were drawn again, the limits and the deficits staying as they are."
NAMED_TABLE = "Trusts named on 12 November 2025 for the first assessments as advanced foundation trusts. Named is not freed."
REAL_GATES = "What two gates would have done since April 2021 with figures as published. More and less deprived: halves by the index of 2025 of the board."
DEFINITIONS = (
    "What each nation counts, in short. How Northern Ireland counts planned attendances was not found."
)
COUNCILS_TABLE = "How far ranks of councils and boards can be trusted. The interval comes from yearly ups and downs, or from how far the scores of an assessment disagree. A rank is not a verdict."
COUNCILS_VARIATION = "Share of the variance of yearly figures of councils that lies at each level, 2015/16 to 2022/23. England: years that are better or worse everywhere."
_MEASURES = ("emergency_provider_month", "waiting_list_provider_month")


def whole(share: float) -> str:
    """Return a share in whole per cent."""
    return percentage(share, 0)


def league(section: League) -> Caption:
    """Return the words of the chart of ranks."""
    ranks = section.ranks
    title = "Most ranks of trusts could be quite different ones"
    if ranks.width < len(ranks) / 4:
        title = "Most ranks are known to within a quarter of places"
    return Caption(
        "league",
        title,
        f"Rank by the official average score, every eighth of {len(ranks)} acute trusts, with the 95% interval of the rank, 2025-26 quarter 3",
        source_line("oversight_trust"),
        f"Dot chart of ranks from best to worst; intervals span {ranks.width:.0f} of {len(ranks)} places at the median.",
    )


def next_year(section: NextYear) -> Caption:
    """Return the words of the chart of those that stay."""
    rows = section.rows
    sure = int((rows["lower"] > 0.25).sum())
    title = f"In {sure} of {len(rows)} measures the best clearly stay best"
    top, last = record(rows), record(rows, -1)
    return Caption(
        "next-year",
        title,
        "Share of the best quarter of acute trusts that is in the best quarter of the next window, 95% intervals from resampling trusts",
        source_line(*_MEASURES),
        f"Dot chart of {len(rows)} measures, from {top['measure']} with {whole(top['best'])} to {last['measure']} with {whole(last['best'])}; by lot it would be 25%.",
    )


def agreement(section: Agreement) -> Caption:
    """Return the words of the chart of pairs."""
    care = section.frame[section.frame["kind"] == "care"]
    sure = int((care["lower"] > 0).sum())
    title = f"{few(sure).capitalize()} of {len(care)} pairs of care measures clearly go together"
    return Caption(
        "agreement",
        title,
        "Rank correlation between trusts (Kendall), 95% intervals from resampling trusts; higher is better in each measure",
        source_line(*_MEASURES),
        f"Dot chart of {len(care)} pairs of measures; rank correlations from {span(float(care['estimate'].min()), float(care['estimate'].max()), lambda v: number(v, 2))}.",
    )


def gate(section: Gate) -> Caption:
    """Return the words of the chart of policies."""
    rows = section.rows.set_index("policy")
    plain, fair = (float(str(rows.loc[p, "false_refusals"])) for p in ("gate", "adjusted gate"))
    title = "A gate frees wrong trusts and refuses right ones"
    if fair < plain - 0.02:
        title = "Adjusting the gate for deprivation refuses fewer good trusts"
    return Caption(
        "gates",
        title,
        f"Simulated trusts with known quality: share of those not good enough that become free, and of good ones that do not, {section.draws} worlds",
        source_line("emergency_provider_month"),
        "Bar chart of two errors for four policies: "
        + "; ".join(
            f"{r['name']}: {whole(r['false_grants'])} wrongly free, {whole(r['false_refusals'])} wrongly refused"
            for _, r in section.rows.iterrows()
        )
        + ".",
    )


def level(rows: pd.DataFrame, part: str) -> float:
    """Return the mean share of a level over measures."""
    return float(rows.loc[rows["part"] == part, "estimate"].mean())


def variation(section: Variation) -> Caption:
    """Return the words of the chart of shares."""
    rows = section.rows
    parts = {part: level(rows, part) for part in ("regions", "boards", "trusts")}
    most = max(parts, key=lambda p: parts[p])
    title = f"Lasting differences lie mostly between {most}"
    if most == "trusts":
        title = "Lasting differences lie mostly between trusts, not boards or regions"
    return Caption(
        "variation",
        title,
        "Share of the variance of monthly figures (yearly for staff) of acute trusts that lies at each level",
        source_line(*_MEASURES),
        f"Stacked bars for {rows['measure'].nunique()} measures; on average {whole(parts['regions'])} between regions, {whole(parts['boards'])} between boards "
        f"and {whole(parts['trusts'])} between trusts of a board.",
    )


def clear_changes(rows: pd.DataFrame) -> tuple[int, int]:
    """Return at how many dates the level clearly rose, and at how many it clearly fell."""
    return int((rows["lower"] > 0).sum()), int((rows["upper"] < 0).sum())


def directives(section: Directives) -> Caption:
    """Return the words of the chart of dates."""
    rows = section.rows[section.rows["target"]]
    up, down = clear_changes(rows)
    title = "A&E waits did not clearly change with any target"
    if up and down:
        title = f"A&E waits improved at {few(up)} of {few(len(rows))} targets, worsened at {few(down)}"
    elif up or down:
        title = f"A&E waits clearly {'improved' if up else 'worsened'} at {few(up + down)} of {few(len(rows))} targets"
    return Caption(
        "directives",
        title,
        "Change in per cent within four hours after a target was announced (marked), and at calendar dates, England, 95% intervals",
        source_line("performance_standard", "emergency_provider_month", "nation_emergency_month"),
        f"Dot chart of the change in level at {len(section.rows) - len(rows)} calendar dates and {len(rows)} targets; at the targets it runs "
        f"{span(float(rows['estimate'].min()), float(rows['estimate'].max()), lambda v: signed(v, 0))} percentage points.",
    )


def target(section: Directives) -> str:
    """Return what changed at the targets, and how many were met."""
    rows = section.table
    up, down = clear_changes(rows)
    said = f"the level clearly rose in {few(up)} of {few(len(rows))} cases and clearly fell in {few(down)}"
    changes = {
        str(r["announced"]): with_interval(r["estimate"], r["lower"], r["upper"], lambda v: signed(v, 0))
        for r in records(rows)
    }
    levels = ". ".join(
        f"After {when} it is {change}"
        if place
        else f"In percentage points, with its 95% interval, the change after {when} is {change}"
        for place, (when, change) in enumerate(changes.items())
    )
    met = int((rows["reached"] >= rows["share"]).sum())
    still = coming(section.coming)
    return f"{said}. {levels}. {few(met).capitalize()} of the {few(len(rows))} targets {'were' if met > 1 else 'was'} met{still}"


def coming(rows: pd.DataFrame) -> str:
    """Name the targets for months after the latest figures, as the end of a sentence.

    >>> coming(pd.DataFrame({"share": [0.82], "due": pd.PeriodIndex(["2027-03"], freq="M")}))
    '. Set for later: 82% from March 2027'
    >>> coming(pd.DataFrame())
    ''
    """
    if rows.empty:
        return ""
    named = [f"{whole(r['share'])} from {r['due'].strftime('%B %Y')}" for r in records(rows)]
    return f". Set for later: {join(named)}"


def beside_calendar(section: Directives) -> str:
    """Return how the targets stand beside calendar dates."""
    others = int((~section.rows["target"]).sum())
    larger = join([f"{few(r['larger'])} ({r['announced']})" for r in records(section.table)])
    return f"Of {others} calendar dates, so many show a larger change than each target, measured by its uncertainty: {larger}"


def culture(frame: pd.DataFrame) -> str:
    """Return what staff engagement goes with, between trusts and within them."""

    def said(what: str) -> str:
        row = record(frame.loc[[what]])
        return with_interval(row["estimate"], row["lower"], row["upper"], lambda v: number(v, 2), 0.95)

    between, within = (record(frame.loc[[w]]) for w in ("between", "within"))
    first = (
        "goes with better four-hour waits"
        if between["lower"] > 0
        else "does not clearly go with four-hour waits"
    )
    then = (
        "trusts whose engagement rose also improved more"
        if within["lower"] > 0
        else "changes in the one do not clearly go with changes in the other"
    )
    return f"Between trusts, engagement {first}: the rank correlation is {said('between')}. Within trusts, {then}: {said('within')}"


def poorer(counts: tuple[int, int, int, int]) -> str:
    """Return how many boards earn freedom in the more and the less deprived half."""
    a, m, b, n = counts
    gap = "fewer than" if a / m < b / n else "more than" if a / m > b / n else "as many as"
    return f"{a} of {m} boards in the more deprived half would have earned freedom, {gap} the {b} of {n} in the other half"


def apart(rows: pd.DataFrame) -> list[str]:
    """Return the nations whose change is clearly not England's."""
    return rows.loc[(rows["lower"] > 0) | (rows["upper"] < 0), "nation"].drop_duplicates().tolist()


def nations(section: Nations) -> Caption:
    """Return the words of the chart of courses."""
    fell = {str(code): float(change) for code, change in section.fallen.items()}
    worst = max(fell, key=lambda name: -fell[name])
    down = sum(change < 0 for change in fell.values())
    title = "A&E waits grew longer in all four nations"
    if down < len(fell):
        title = f"A&E waits grew longer in {few(down)} of four nations"
    return Caption(
        "nations",
        title,
        "Change of the share within four hours since 2011, percentage points, calendar years; definitions differ between nations, so no levels are shown",
        source_line("nation_emergency_month"),
        "Line chart of four nations. From 2011 to 2024 the share changed by "
        + join([f"{signed(change, 0)} points in {name}" for name, change in fell.items()])
        + f"; {worst} moved most. England's years without its pilot trusts, 2019 to 2023, are left open.",
    )


def nation_gaps(section: Nations) -> Caption:
    """Return the words of the chart of changes against England."""
    rows = section.changes[section.changes["measure"] == "waits"]
    clear = apart(rows)
    title = "No nation's A&E waits moved clearly apart from England's"
    if clear:
        title = f"A&E waits moved apart from England's in {join(clear)}"
    return Caption(
        "nation-gaps",
        title,
        "Change of the share within four hours against England's change, percentage points; 95% intervals from yearly ups and downs of 2011 to 2018",
        source_line("nation_emergency_month"),
        f"Dot chart of {len(rows)} changes, three nations in two spans, from {span(float(rows['estimate'].min()), float(rows['estimate'].max()), lambda v: signed(v, 0))} points.",
    )


def against_england(rows: pd.DataFrame) -> str:
    """Return each nation's change against England with its interval."""
    changes = [
        (str(r["nation"]), with_interval(r["estimate"], r["lower"], r["upper"], lambda v: signed(v, 0)))
        for r in records(rows)
    ]
    (first, change), *others = changes
    return ". ".join([f"{first} {change}", *(f"For {nation} it was {own}" for nation, own in others)])


def told_apart(rows: pd.DataFrame) -> str:
    """Return how many of the changes can be told from England's."""
    clear = int(((rows["lower"] > 0) | (rows["upper"] < 0)).sum())
    if clear:
        return f"{few(clear).capitalize()} of these {few(len(rows))} changes can be told from England's"
    return f"None of these {few(len(rows))} changes can be told from England's"


def beside_regions(rows: pd.DataFrame, regions: tuple[float, float]) -> str:
    """Return whether the growth of spending in the nations lies within that of English regions."""
    low, high = regions
    inside = int(rows["estimate"].between(low, high).sum())
    within = f"from {signed(low, 0)} to {signed(high, 0)} per cent"
    if inside == len(rows):
        return f"Regions of England under one government moved as far apart: {within}. All {few(len(rows))} nations lie within that range"
    return f"Regions of England under one government moved less far apart: {within}. {few(inside).capitalize()} of {few(len(rows))} nations lie within that range"


def suspended(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Say when a nation had no working government of its own.

    >>> rows = pd.DataFrame({"nation_code": ["N"], "first_month": ["2002-10"], "last_month": ["2007-05"]})
    >>> suspended(rows, {"N": "Northern Ireland"})
    'Northern Ireland had no working government of its own from October 2002 to May 2007'
    """
    told = []
    for code, own in rows.groupby("nation_code"):
        spans = [
            f"from {pd.Timestamp(a):%B %Y} to {pd.Timestamp(b):%B %Y}"
            for a, b in zip(own["first_month"], own["last_month"], strict=True)
        ]
        told.append(f"{names[str(code)]} had no working government of its own {join(spans)}")
    return "; ".join(told)


def nation_texts(section: Nations) -> dict[str, str]:
    """Return the named texts of the section on the four nations."""
    waits, money = ([section.of(m, first) for first in section.firsts] for m in ("waits", "spending"))
    before, after = section.english
    return {
        "autonomy_nations_own": join([f"{signed(c, 0)} points in {n}" for n, c in section.fallen.items()]),
        "autonomy_nations_england": f"{signed(before, 0)} and {signed(after, 0)} points",
        "autonomy_nations_before": against_england(waits[0]),
        "autonomy_nations_after": against_england(waits[1]),
        "autonomy_nations_told": told_apart(pd.concat(waits)),
        "autonomy_nations_money": f"{against_england(money[1])}. {told_apart(money[1])}",
        "autonomy_nations_regions": beside_regions(money[1], section.of_regions),
        "autonomy_nations_suspended": ""
        if section.suspended.empty
        else suspended(section.suspended, section.names),
    }


def funnels(section: Funnels) -> Caption:
    """Return the words of the funnel plot."""
    funnel = section.found["cancer"]
    row = record(section.rows[section.rows["name"] == "Cancer treated within 62 days"])
    title = f"{few(row['wide']).capitalize()} of {row['trusts']} trusts stand out in cancer waits"
    ends = funnel.table["ratio"]
    return Caption(
        "funnel",
        title,
        "Share of cancer patients treated within 62 days, by number of patients, acute trusts, April to July 2025, with limits that allow for usual differences between trusts",
        source_line("cancer_provider_month"),
        f"Funnel plot of {row['trusts']} trusts between {whole(float(ends.min()))} and {whole(float(ends.max()))}, around {whole(funnel.target)}; {few(row['wide'])} lie outside the 99.8% limits.",
    )


def funnel_counts(rows: pd.DataFrame) -> str:
    """Return how many trusts stand out in all measures, by both limits."""
    plain, wide, trusts = (int(rows[c].sum()) for c in ("plain", "wide", "trusts"))
    return f"{plain} of {trusts} results lie outside the limits of chance, and {few(wide)} outside the wider ones"


def spread_said(change: Interval) -> str:
    """Return whether the spread between boards changed."""
    if change.lower > 0:
        return "Boards grew further apart"
    if change.upper < 0:
        return "Boards came closer together"
    return "Boards neither clearly grew apart nor came closer"


def staff(section: Workforce) -> Caption:
    """Return the words of the chart of staff."""
    title = {
        "Boards grew further apart": "Staff grew, and boards grew further apart",
        "Boards came closer together": "Boards came closer together in staff for need",
    }.get(spread_said(section.spread_change[0.95]), "The gaps in staff between boards have lasted")
    rates = section.england
    if title.startswith("Staff grew") and rates.iloc[-1] <= rates.iloc[0]:
        title = "Boards grew further apart in staff for need"
    most, fewest = record(section.boards), record(section.boards, -1)
    return Caption(
        "staff",
        title,
        "Full-time equivalent hospital and community staff for 1,000 people weighted by need of 2022/23, 42 boards, March and September",
        source_line("staff_board_month", "allocation_need"),
        f"Line chart of 42 boards. England went from {number(float(rates.iloc[0]), 2)} to {number(float(rates.iloc[-1]), 2)}; in the last month {most['name']} had most with "
        f"{number(most['last'], 2)} and {fewest['name']} fewest with {number(fewest['last'], 2)}.",
    )


def turnover_said(rows: pd.DataFrame) -> tuple[str, str]:
    """Return what the main measure shows between areas and within them."""
    between, within = (record(rows[rows["how"] == how]) for how in ("between areas", "changes within areas"))
    first = "does not clearly go with longer delays"
    if between["lower"] > 0:
        first = "goes with longer delays"
    elif between["upper"] < 0:
        first = "goes with shorter delays"
    then = "where it rose, delays did not clearly rise"
    if within["lower"] > 0:
        then = "where it rose, delays rose too"
    elif within["upper"] < 0:
        then = "where it rose, delays fell"
    return first, then


def links(section: Workforce) -> Caption:
    """Return the words of the chart of correlations."""
    first, then = turnover_said(section.main)
    title = f"Care staff turnover {first}"
    if "not" in then and "not" not in first:
        title = "Turnover and delays: linked between places, not over time"
    rows = section.links
    return Caption(
        "workforce-links",
        title,
        "Rank correlation (Spearman) with days of delayed transfer due to social care per 100,000 people, upper-tier areas, 2016/17 to 2018/19, 95% intervals",
        source_line("social_care_outcome", "local_outcome"),
        f"Dot chart of {len(rows)} correlations from {span(float(rows['estimate'].min()), float(rows['estimate'].max()), lambda v: number(v, 2))}; turnover, marked, is the main one.",
    )


def practice(section: Workforce) -> str:
    """Return how many doctors work in general practice, and whether boards with more hospital staff have more of them."""
    doctors = section.doctors
    first, last = doctors.iloc[:, 0].median(), doctors.iloc[:, -1].median()
    i = section.both_services[0.95]
    told = with_interval(section.both_services.estimate, i.lower, i.upper, lambda v: number(v, 2), 0.95)
    link = (
        "have more doctors in general practice as well"
        if i.lower > 0
        else "have fewer doctors in general practice"
        if i.upper < 0
        else "have neither clearly more nor clearly fewer doctors in general practice"
    )
    return (
        f"General practice is counted apart: the middle board had {number(first, 0)} full-time doctors for 100,000 patients in {doctors.columns[0]} and {number(last, 0)} in {doctors.columns[-1]}. "
        f"Boards with more hospital and community staff for need {link}. The rank correlation is {told}"
    )


def workforce_texts(section: Workforce) -> dict[str, str]:
    """Return the named texts of the section on staff."""
    rates, boards = section.england, section.boards
    most, fewest = record(boards), record(boards, -1)
    change, stay = section.spread_change[0.95], section.stay[0.95]
    first, then = turnover_said(section.main)
    between, within = (
        with_interval(r["estimate"], r["lower"], r["upper"], lambda v: number(v, 2), 0.95)
        for r in records(section.main)
    )
    return {
        "autonomy_staff_growth": f"from {number(float(rates.iloc[0]), 2)} to {number(float(rates.iloc[-1]), 2)}",
        "autonomy_staff_ends": f"{most['name']} has {number(most['last'], 2)} and {fewest['name']} {number(fewest['last'], 2)}",
        "autonomy_staff_spread": f"{spread_said(change)}: the spread is {whole(float(section.spread.iloc[0]))} of the mean in 2009 and {whole(float(section.spread.iloc[-1]))} in 2025. "
        f"The change, in percentage points, has a 95% interval of {span(100 * change.lower, 100 * change.upper, lambda v: signed(v, 0))}",
        "autonomy_staff_order": with_interval(
            section.stay.estimate, stay.lower, stay.upper, lambda v: number(v, 2), 0.95
        ),
        "autonomy_practice": practice(section),
        "autonomy_turnover": f"Between areas, high turnover {first}: the rank correlation is {between}. Within areas, {then}: {within}",
    }


def councils(section: Councils) -> Caption:
    """Return the words of the chart of councils that stay."""
    rows = section.staying
    sure = int((rows["lower"] > 0.25).sum())
    title = f"In {few(sure)} of {few(len(rows))} measures the best councils clearly stay best"
    if sure == len(rows):
        title = f"In all {few(len(rows))} measures the best councils clearly stay best"
    top, last = record(rows), record(rows, -1)
    return Caption(
        "councils-next-year",
        title,
        "Share of the best quarter of councils that is in the best quarter of the next year held, adult social care, 95% intervals from resampling councils",
        source_line("social_care_outcome"),
        f"Dot chart of {len(rows)} measures, from {top['name']} with {whole(top['best'])} to {last['name']} with {whole(last['best'])}; by lot it would be 25%.",
    )


def true_share(reliability: float) -> str:
    """Return the share of a spread that is true difference; never all of it.

    >>> true_share(0.856), true_share(0.996)
    ('86%', 'over 99%')
    """
    return "over 99%" if reliability > 0.99 else whole(reliability)


def council_texts(section: Councils) -> dict[str, str]:
    """Return the named texts of the section on councils and boards."""
    rows = section.rows
    told = []
    for kind in ("Councils", "Boards"):
        part = rows[rows["kind"] == kind]
        told.append(
            f"Among {kind.lower()}, the 95% interval of a rank spans {span(float(part['part'].min()), float(part['part'].max()), whole)} of all places at the median"
        )
    swap = rows[rows["kind"] == "Councils"]["swappable"]
    pairs = section.agreement.to_frame()
    sure = int((pairs["lower"] > 0).sum())
    levels = section.variation
    top, least = record(section.staying), record(section.staying, -1)
    return {
        "autonomy_councils": f"{told[0]}, by measure. The order of {span(float(swap.min()), float(swap.max()), whole)} of pairs could be the other way round. {told[1]}",
        "autonomy_councils_stay": f"It holds most for {lower_first(str(top['name']))}, where {whole(top['best'])} of the best quarter are there again. It holds least for {lower_first(str(least['name']))}, where it is {whole(least['best'])}",
        "autonomy_councils_agree": f"{few(sure).capitalize()} of {few(len(pairs))} pairs of measures clearly go together",
        "autonomy_councils_regions": whole(level(levels, "regions")),
        "autonomy_councils_between": whole(level(levels, "councils")),
        "autonomy_councils_changes": whole(level(levels, "own changes and chance")),
    }


def reached(measure: str, reached: float) -> str:
    """Return what was reached, in the measure's unit.

    >>> reached("cancer_62_days", 71.3), reached("ambulance_category_2", 36.4), reached("eighteen_weeks", float("nan"))
    ('71.3%', '36 minutes', 'not in our tables')
    """
    if reached != reached:  # missing
        return "not in our tables"
    return f"{number(reached, 0)} minutes" if measure == "ambulance_category_2" else f"{number(reached, 3)}%"


def waiting_targets(section: WaitingTargets) -> Caption:
    """Return the words of the chart of dates for waiting lists."""
    rows = section.rows[section.rows["target"]]
    up, down = clear_changes(rows)
    title = "Waiting lists did not clearly change at any dated target"
    if up or down:
        title = f"Waiting lists clearly changed at {few(up + down)} of {few(len(rows))} targets"
    return Caption(
        "waiting-targets-chart",
        title,
        "Change in per cent waiting less than 18 weeks after a target was set or suspended (marked), and at calendar dates before the pandemic, England, 95% intervals",
        source_line("waiting_target", "waiting_list_england_month"),
        f"Dot chart of the change in level at {len(section.rows) - len(rows)} calendar dates and {len(rows)} targets or suspensions; at these it runs "
        f"{span(float(rows['estimate'].min()), float(rows['estimate'].max()), lambda v: signed(v, 1))} percentage points.",
    )


def waiting_texts(section: WaitingTargets) -> dict[str, str]:
    """Return the named texts of the section on waiting lists, cancer, tests and ambulances."""
    rows = section.rows[section.rows["target"]]
    up, down = clear_changes(rows)
    larger = [section.larger(float(r)) for r in rows["ratio"]]
    every = int((~section.rows["target"]).sum())
    due = section.table.dropna(subset=["reached", "target"])
    fewer = due["measure"] == "ambulance_category_2"
    met = ((due["reached"] >= due["target"]) & ~fewer) | ((due["reached"] <= due["target"]) & fewer)
    calls = section.table[
        (section.table["measure"] == "ambulance_category_2") & section.table["estimate"].notna()
    ]
    row = record(calls)
    shift = with_interval(-row["estimate"], -row["upper"], -row["lower"], lambda v: number(v, 0), 0.95)
    missed = ". Also ".join(
        f"{lower_first(n)} ({said}: {reached(m, r)})"
        for n, said, m, r in zip(
            due["name"][~met], due["said"][~met], due["measure"][~met], due["reached"][~met], strict=True
        )
    )
    return {
        "autonomy_waiting": f"Before the pandemic the share within 18 weeks clearly rose at {few(up)} and clearly fell at {few(down)} of {few(len(rows))} dates when a target was set or suspended. "
        f"Of {every} calendar dates, {span(float(min(larger)), float(max(larger)), lambda v: number(v, 0))} show a larger change, measured by its uncertainty",
        "autonomy_waiting_met": f"Of the {few(len(due))} targets whose month our tables hold, {few(int(met.sum()))} {'was' if int(met.sum()) == 1 else 'were'} met. Missed: {missed}",
        "autonomy_ambulances": f"Ambulances for serious calls came {shift} minutes sooner after the plan of January 2023 than the course before led one to expect",
    }


def lower_first(text: str) -> str:
    """Return a text with a small first letter, unless it begins with an abbreviation."""
    return text if text[:2].isupper() or text.startswith("A&E") else text[:1].lower() + text[1:]


def earned_texts(section: Earned) -> dict[str, str]:
    """Return the named texts of the section on earned freedom as it is run."""
    rows = section.moving.set_index("segment")["again"]
    changed, below = (section.quote(s) for s in ("trusts whose segment", "of these, changes below"))
    kinds = section.named["kind"].value_counts()
    held = section.named["segment"].dropna()
    return {
        "autonomy_rule": f"Our reading of the rule gives {whole(section.followed)} of acute trusts the segment that they have. A deficit alone keeps {section.held_back} trusts out of the first two segments",
        "autonomy_again": f"If every score were drawn again, {whole(section.change)} of trusts would land in another segment. The mean chance to be there again is {whole(float(rows[1]))} in the first segment, "
        f"{whole(float(rows[2]))} in the second, {whole(float(rows[3]))} in the third and {whole(float(rows[4]))} in the fourth",
        "autonomy_changed": f"NHS England itself counted {changed:.0f} trusts whose segment changed from the first to the second quarter of 2025/26. {below:.0f} of these changes did not reach its own threshold for a significant change",
        "autonomy_named": f"{few(len(section.named)).capitalize()} trusts were named: {join([f'{few(int(n))} {lower_first(str(k))}' + ('s' if n > 1 else '') for k, n in kinds.items()])}. "
        f"Of the {few(len(held))} that our table holds, {few(first := int((held == 1).sum()))} {'stands' if first == 1 else 'stand'} in the first segment",
    }


def real_gates(rows: pd.DataFrame) -> str:
    """Return what the adjusted gate would have changed for places as published, and whether more deprived places started lower."""
    told, lower = [], []
    for title, part in rows.groupby("places", sort=False):
        plain, fair = records(part)
        told.append(
            f"Among {str(title).lower()}, {plain['poorer']} of {plain['poorer_of']} in the more deprived half would have earned freedom by the plain gate, and {fair['poorer']} by the adjusted one. "
            f"In the other half it is {plain['richer']} and {fair['richer']} of {plain['richer_of']}."
        )
        lower.append(plain["poorer"] / plain["poorer_of"] < plain["richer"] / plain["richer_of"])
    said = "So more deprived places did not start lower in A&E over these years"
    if all(lower):
        said = "So more deprived places started lower in A&E over these years"
    elif any(lower):
        said = "Trusts and boards do not agree on whether more deprived places started lower"
    return " ".join([*told, said])


def texts(chapter: Autonomy) -> dict[str, str]:
    """Return the named texts of the page, without its headline."""
    league_, following, gate_, agree = chapter.league, chapter.next_year, chapter.gate, chapter.agreement
    best, worst = league_.sure
    count, chance = league_.in_first_segment
    rows = gate_.rows.set_index("policy")
    plain, fair = record(rows.loc[["gate"]]), record(rows.loc[["adjusted gate"]])
    four = following.found["four_hours"]
    pull = four.pull[0.95]
    shares = chapter.variation.rows
    care = agree.frame[agree.frame["kind"] == "care"]
    record_ = gate_.of_trusts.to_frame()
    earned = int(record_["earned"].sum())
    return (
        nation_texts(chapter.nations)
        | workforce_texts(chapter.workforce)
        | council_texts(chapter.councils)
        | waiting_texts(chapter.waiting)
        | earned_texts(chapter.earned)
        | {"autonomy_real_gates": real_gates(gate_.real)}
        | {
            "autonomy_funnels": funnel_counts(chapter.funnels.rows),
            "autonomy_funnel_names": join(chapter.funnels.beyond) or "none",
            "autonomy_target": target(chapter.directives),
            "autonomy_target_calendar": beside_calendar(chapter.directives),
            "autonomy_width": f"{league_.ranks.width:.0f} of {len(league_.ranks)}",
            "autonomy_reweighted": f"{league_.reweighted:.0f} places",
            "autonomy_reliability": whole(league_.ranks.reliability),
            "autonomy_sure": f"{few(best)} in the best quarter and {few(worst)} in the worst",
            "autonomy_segment": f"{count} trusts. Their mean chance of truly being in the best quarter is {whole(chance)}",
            "autonomy_pull": with_interval(four.pull.estimate, pull.lower, pull.upper, whole, 0.95),
            "autonomy_agreement": f"{number(float(care['estimate'].mean()), 2)} on average (from {span(float(care['estimate'].min()), float(care['estimate'].max()), lambda v: number(v, 2))})",
            "autonomy_culture": culture(agree.culture),
            "autonomy_trusts": f"{earned} of {len(record_)} trusts would have earned freedom since 2021, and {int(record_['would_lose'].sum())} of them no longer pass at the end",
            "autonomy_boards": poorer(gate_.by_deprivation),
            "autonomy_by_lot": whole(gate_.by_lot),
            "autonomy_false_grants": whole(plain["false_grants"]),
            "autonomy_false_refusals": whole(plain["false_refusals"]),
            "autonomy_poorer": f"{whole(plain['poorer'])} of the more deprived half ever earn freedom, and {whole(plain['richer'])} of the other half; with the adjusted gate "
            f"{whole(fair['poorer'])} and {whole(fair['richer'])}",
            "autonomy_regions": whole(level(shares, "regions")),
            "autonomy_in_boards": whole(level(shares, "boards")),
            "autonomy_between_trusts": whole(level(shares, "trusts")),
            "autonomy_england": whole(level(shares, "England")),
        }
    )
