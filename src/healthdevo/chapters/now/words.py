"""Sentences of the chapter that depend on its tables and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pandas as pd

from healthdevo.chapters.common import few, records, source_line
from healthdevo.chapters.footprint.words import people
from healthdevo.chapters.powers.words import date_written, site
from healthdevo.charts import Caption
from healthdevo.results import Estimate
from healthdevo.wording import join, percentage, with_interval

if TYPE_CHECKING:
    from healthdevo.chapters.common import Finding
    from healthdevo.chapters.now.borders import Counts, SharedBorders

__all__ = ["BORDERS", "DECISIONS", "RELATIONS", "STATES", "Rule", "people", "site"]

Rule: TypeAlias = Literal["alone", "together", "divided"]
ESSAYS = {
    "radix": "Radix",
    "kings_fund": "The King's Fund",
    "localis": "Localis",
    "shared_intelligence": "Shared Intelligence",
    "triple": "The blog on triple devolution",
}
"""What each essay is called at the start of a sentence; titles and publishers are on the page of claims."""
STATES = {
    "law": "law",
    "in force": "in force",
    "policy": "policy, not law",
    "announced": "announced",
    "bill": "a bill when last seen",
}
DECISIONS = "The decisions of this page: day, how far each has got, how it was checked, and the first source; both addresses and notes are in the download."
BORDERS = "Strategic authorities and the board that holds most of each: how much of either lies in the other, boards before and since April 2026. Then people who would have to change for all to match one to one, and labour markets that matching would newly cut. The download has every pair of authority and board, before and now."
RELATIONS = {
    "same": "board and authority are the same area",
    "board_inside": "board lies inside a larger authority",
    "authority_inside": "authority lies inside a larger board",
    "crossing": "borders cross",
}
"""How board and authority of a district lie to each other, in the order of the legend."""


def whole(share: float) -> str:
    """Return a share in whole per cent."""
    return percentage(share, 0)


def footprint(good: int, count: int) -> str:
    """Say how many authorities are labour markets of their own.

    >>> footprint(20, 20)
    'by the official rule of two thirds, all 20 authorities are labour markets of their own'
    """
    which = f"all {count}" if good == count else f"{good} of the {count}"
    return f"by the official rule of two thirds, {which} authorities are labour markets of their own"


def wait(middle: float, low: float, high: float) -> str:
    """Say how many years before and after it takes to see a change of a twentieth.

    >>> wait(6.0, 2.0, 21.0)
    'for 5% fewer preventable deaths to show, the middle authority needs 6 years before and as many after (2 to 21)'
    """
    return f"for 5% fewer preventable deaths to show, the middle authority needs {middle:.0f} years before and as many after ({low:.0f} to {high:.0f})"


def movers(count: float, share: float) -> str:
    """Say how many people would have to change for every authority to have a board of its own.

    >>> movers(14.33e6, 0.2445)
    'for each authority to have a board of its own, at least 14.3 million people would have to change, 24% of England'
    """
    return f"for each authority to have a board of its own, at least {people(count)} people would have to change, {whole(share)} of England"


def same_border(before: float, after: float) -> str:
    """Say how many people have a board with their authority's border.

    >>> same_border(0.121, 0.126)
    'of the people in an authority, 12% had a board with the same border before the mergers, and 13% after'
    """
    return f"of the people in an authority, {whole(before)} had a board with the same border before the mergers, and {whole(after)} after"


def turnout(latest: pd.Series) -> str:
    """Say how many vote for mayors.

    >>> turnout(pd.Series([0.3, 0.2, 0.34]))
    'in the latest elections of mayors outside London, the middle turnout was 30% (20% to 34%)'
    """
    return f"in the latest elections of mayors outside London, the middle turnout was {whole(float(latest.median()))} ({whole(float(latest.min()))} to {whole(float(latest.max()))})"


def swappable(share: float) -> str:
    """Say how far a league table can be trusted.

    >>> swappable(0.43)
    'in the table of acute trusts, the order of 43% of pairs could be the other way round'
    """
    return f"in the table of acute trusts, the order of {whole(share)} of pairs could be the other way round"


def stays(found: Estimate) -> str:
    """Say how many of the best are there again."""
    i = found[0.95]
    share = with_interval(found.estimate, i.lower, i.upper, whole, 0.95)
    return f"of the best quarter of trusts for four-hour waits, {share} are there again a year later"


def budgets(held: int, count: int) -> str:
    """Say how many authorities hold a budget of the health service.

    >>> budgets(0, 20)
    'none of the 20 strategic authorities holds a budget of the NHS'
    """
    return f"{few(held)} of the {count} strategic authorities {'hold' if held > 1 else 'holds'} a budget of the NHS"


def reorganised(away: int, tests: int) -> str:
    """Say how many changes in health stand out after reorganisations of the past.

    >>> reorganised(0, 7)
    'in 7 tests after past reorganisations, none of the changes in health stands out'
    """
    return f"in {tests} tests after past reorganisations, {few(away)} of the changes in health {'stand' if away > 1 else 'stands'} out"


def four_hours(latest: Estimate, month: pd.Timestamp, aims: Mapping[str, float]) -> str:
    """Say how far England is from the aims that are still to come."""
    i = latest.interval()
    share = with_interval(latest.estimate, i.lower, i.upper, percentage)
    later = [s for m, s in sorted(aims.items()) if pd.Timestamp(f"{m}-01") > month]
    gap = (
        f". That is {100 * (max(later) - latest.estimate):.0f} points short of {whole(max(later))}"
        if later
        else ""
    )
    return f"in the year to {month:%B %Y} England reached {share}{gap}"


def opening(frame: pd.DataFrame) -> str:
    """Say how many decisions move power which way, and how far they have got."""
    ways = frame["direction"].value_counts()
    states = frame["status"].value_counts()
    return (
        f"Of {len(frame)} decisions of 2025 and 2026, {few(int(ways.get('devolving', 0)))} move power towards places or providers, "
        f"{few(int(ways.get('centralising', 0)))} towards the centre, and {few(int(ways.get('both', 0)))} both ways. "
        f"{few(int(states.get('law', 0) + states.get('in force', 0))).capitalize()} hold today; the others are policy, announced or a bill"
    )


def decision(row: Mapping[str, Any], number: Finding) -> str:
    """Return a decision in words: what, when, by whom; the essay beside it; the number; what is not known."""
    day = date_written(row["decided"], row["date_precision"])
    said = number.sentence.rstrip(".")
    unread = " Its source was not read." if row["verification"] == "address seen" else ""
    return (
        f"**{row['title']}** ({day}, {row['decided_by']}; {STATES[row['status']]}). {row['content']}{unread} "
        f"{ESSAYS[row['essay']]} {row['essay_says']}. "
        f"*In this book:* {said[:1].upper()}{said[1:]}. *Not known:* {row['unknown']}"
    )


def checked(rows: pd.DataFrame, every: pd.DataFrame) -> str:
    """Say how the decisions were checked, and name what rests on less than two sources.

    >>> rows = pd.DataFrame({"title": ["A"], "verification": ["address seen"]})
    >>> checked(rows, rows)
    'Of 1 decisions, none rests on two sources or the text of the law. Only the address of the source was seen for: A'
    """
    good = int(every["verification"].isin(["two sources", "legislation"]).sum())
    first = f"Of {len(every)} decisions, {few(good)} {'rests' if good < 2 else 'rest'} on two sources or the text of the law"
    told = []
    for check, text in (
        ("address seen", "Only the address of the source was seen for"),
        ("one source", "On one source rests"),
    ):
        names = rows.loc[rows["verification"] == check, "title"].tolist()
        if names:
            told.append(f"{text}: {join(names)}")
    return ". ".join([first, *told])


def marked(what: str, check: str) -> str:
    """Return a step of the timeline, with its check where that is less than two sources or the text of the law.

    >>> marked("A law", "legislation"), marked("A plan", "address seen")
    ('A law', 'A plan (only the address was seen)')
    """
    less = {
        "one source": "one source",
        "address seen": "only the address was seen",
        "register only": "from a register",
    }
    return f"{what} ({less[check]})" if check in less else what


def timeline(rows: pd.DataFrame) -> Caption:
    """Words of the timeline."""
    first, last = rows["event_date"].min(), rows["event_date"].max()
    return Caption(
        figure_id="now-timeline",
        title=f"From the first law to what is set for {last:%Y}",
        subtitle="Turns in the devolution of health and care, England and Greater Manchester; steps after November 2026 are set, not done",
        source=source_line("devolution_event"),
        alt=f"Timeline of {len(rows)} steps from {first:%Y} to {last:%Y}: laws and bills, plans and money, boards and councils, and national oversight.",
    )


def map_chart(section: SharedBorders) -> Caption:
    """Words of the map."""
    now = section.counts("2026-11-01")
    return Caption(
        figure_id="now-borders-map",
        title=f"{few(len(now.same)).capitalize()} of {now.boards} boards share a strategic authority’s borders",
        subtitle="Districts by how their health board and their strategic authority lie to each other, November 2026; 2% of people may differ. Grey: no strategic authority",
        source=source_line("area_membership", "population_year"),
        alt=f"Map of England. Board and authority are the same in {join(list(now.same))}. {now.boards_inside} boards lie inside a larger authority, {now.authorities_inside} authorities inside a larger board; elsewhere borders cross or there is no authority.",
    )


def borders(section: SharedBorders, now: Counts, before: Counts) -> dict[str, str]:
    """Named texts of the section on shared borders."""
    rules: tuple[Rule, ...] = ("alone", "together", "divided")
    today = {rule: section.match(rule) for rule in rules}
    then = {rule: section.match(rule, "2026-03-31") for rule in rules}
    london = section.authorities.set_index("name")["movers"].get("London", float("nan"))
    cut = section.newly_cut
    return {
        "now_borders_sentence": (
            f"{few(len(now.same)).capitalize()} of the {now.boards} boards have the borders of an authority ({join(list(now.same))}). "
            f"{few(now.boards_inside).capitalize()} more lie inside one, and {few(now.authorities_inside)} authorities inside one board. "
            f"{now.cut} boards are divided"
        ),
        "now_borders_before": (
            f"Until March 2026, {few(len(before.same))} of {before.boards} shared borders, {few(before.boards_inside)} lay inside an authority and {before.cut} were divided"
        ),
        "now_borders_movers": (
            f"For each authority to have a board of its own, at least {people(today['alone'].movers)} people would have to change ({people(then['alone'].movers)} with the boards before). "
            f"London is {people(london)} of that. If a board may hold several whole authorities, as the plan has it, it is {people(today['together'].movers)} ({people(then['together'].movers)} before). "
            f"If an authority may hold several whole boards, {people(today['divided'].movers)} ({people(then['divided'].movers)} before)"
        ),
        "now_borders_markets": markets(cut, section.healed),
    }


def markets(cut: pd.DataFrame, healed: int) -> str:
    """Say which labour markets matching borders would cut, and how many it would make whole.

    >>> markets(pd.DataFrame({"name": ["A"], "people": [250_000.0]}), 3)
    'One board for each authority would newly cut one labour market that lies in one board today (A), with 250,000 people. It would make three whole'
    """
    if cut.empty:
        return f"One board for each authority would newly cut no labour market, and would make {few(healed)} whole"
    names = cut["name"].tolist()
    shown = join(names) if len(names) <= 4 else f"the largest are {join(names[:3])}"
    what = "labour market that lies" if len(names) == 1 else "labour markets that lie"
    return f"One board for each authority would newly cut {few(len(names))} {what} in one board today ({shown}), with {people(float(cut['people'].sum()))} people. It would make {few(healed)} whole"


def texts(frame: pd.DataFrame, found: Mapping[str, Finding]) -> dict[str, str]:
    """Named texts of the decisions."""
    every = {f"now_{r['decision']}": decision(r, found[r["decision"]]) for r in records(frame)}
    weak = frame[~frame["verification"].isin(["two sources", "legislation"])]
    return every | {"now_opening": opening(frame), "now_checked": checked(weak, frame)}
