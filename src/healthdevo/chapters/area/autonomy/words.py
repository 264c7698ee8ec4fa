"""Sentences of the section that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.area.care.words import NOT_A_VERDICT, SAME
from healthdevo.chapters.area.filling import link
from healthdevo.chapters.autonomy.gate import LOOKED_AT, NEEDED
from healthdevo.chapters.autonomy.standing import FIGURES
from healthdevo.chapters.common import few, in_turn, records
from healthdevo.wording import as_markdown, number

if TYPE_CHECKING:
    from healthdevo.areas import Area
    from healthdevo.chapters.area.autonomy.section import AreaAutonomy

TRUSTS = (
    "Acute trusts with an A&E department in the board in the official league table of 2025-26 quarter 3. The interval says how far the rank could move if as many "
    "other domains had been scored. A rank is not a verdict."
)


OF_BOARDS = "The interval comes from how a board's figures move from month to month or year to year"
OF_DISTRICTS = "The interval comes from how a district's yearly rates scatter"
OF_COUNCILS = "The interval comes from how councils' figures move from one year to the next, and for assessments from how far the nine scores disagree"
PEERS = {"upper_tier": "councils that pay for care"}
"""What groups are called where the registry's word is the field's own."""


def peers(group: str) -> str:
    """Return what the areas of a kind or group are called."""
    return PEERS.get(group, areas.KINDS[group].plural)


def value(measure: str, value: float = float("nan"), median: float = float("nan")) -> str:
    """Return a figure in its unit; ``median`` is taken where there is no value.

    >>> value("assessment", 2.55), value("sickness", median=4.93)
    ('2.5 points of 4', '4.9% of days')
    """
    figure = FIGURES[measure]
    shown = number(median if pd.isna(value) else value, figure.figures)
    return f"{shown}{'' if figure.unit.startswith('%') else ' '}{figure.unit}"


def no_figures(area: Area) -> str:
    """Say that nothing is published for an area."""
    return f"No figure of care for adults is published for {as_markdown(area.short_name)} alone, so it has no rank here."


def lowered(title: str) -> str:
    """Return a measure's title inside a sentence."""
    return title[0].lower() + title[1:]


def halves(rows: pd.DataFrame, among: str, name: str) -> str:
    """Return in which measures an area is clearly in the better and in the worse half of its peers.

    >>> rows = pd.DataFrame({"measure": ["doctors", "sickness"], "lower": [1, 5], "upper": [3, 30], "areas": 42})
    >>> halves(rows, "boards", "It")
    'It is clearly in the better half of boards for doctors in general practice. In no measure is it clearly in the worse half.'
    """
    half = (rows["areas"] + 1) / 2
    better, worse = rows[rows["upper"] < half], rows[rows["lower"] > half]
    good, bad = ([lowered(FIGURES[m].title) for m in part["measure"]] for part in (better, worse))
    if not good and not bad:
        return f"{name} is in {'none of ' + few(len(rows)) + ' measures' if len(rows) > 1 else 'this measure not'} clearly in the better or the worse half of {among}."
    side, other = ("better", "worse") if good else ("worse", "better")
    said = in_turn(good or bad, f"{name} is clearly in the {side} half of {among} for ", SAME)
    if good and bad:
        return f"{said} {in_turn(bad, 'It is clearly in the worse half for ', SAME)}"
    return said if len(rows) == 1 else f"{said} In no measure is it clearly in the {other} half."


def where(section: AreaAutonomy) -> str:
    """Return where an area stands, with the interval of the first rank."""
    rows = section.rows
    first = records(rows)[0]
    said = (
        f"{halves(rows, peers(section.group), as_markdown(section.area.short_name))} In {lowered(FIGURES[first['measure']].title)} it is number {first['rank']} of {first['areas']}: "
        f"anything from {first['lower']} to {first['upper']} fits the figures (95% interval)."
    )
    if section.payer is not None:
        said += f" A shire district does not pay for care for adults. {link(section.payer)} does, and its page has where it stands."
    return said


def standing_caption(section: AreaAutonomy) -> str:
    """Return the caption of the table of ranks."""
    why = OF_COUNCILS
    if section.board is not None:
        why = OF_BOARDS
    elif section.payer is not None:
        why = OF_DISTRICTS
    said = (
        f"{section.area.short_name} among {peers(section.group)}, 1 is best. {why}. A rank is not a verdict."
    )
    if section.board is None and section.group == section.area.kind:
        said += " Figures are means of its councils, weighted by people; where some have none, of the others."
    return said


def standing(trusts: pd.DataFrame, total: int) -> str:
    """Return where the trusts stand."""
    if trusts.empty:
        return "No acute trust here with an A&E department stands in the official league table."
    if len(trusts) == 1:
        row = records(trusts)[0]
        return (
            f"{row['name']} is ranked {row['rank']} of {total} acute trusts by its official score. "
            f"Its true rank could be anything from {row['lower']} to {row['upper']} (95% interval)."
        )
    first, last = records(trusts)[0], records(trusts)[-1]
    overlap = first["upper"] >= last["lower"]
    apart = (
        "Their intervals overlap, so even their order is not sure."
        if overlap
        else "Their intervals do not overlap."
    )
    return (
        f"{few(len(trusts)).capitalize()} acute trusts here stand in the official league table of {total}. {first['name']} is ranked {first['rank']} "
        f"(95% interval {first['lower']} to {first['upper']}). "
        f"{last['name']} is ranked {last['rank']} ({last['lower']} to {last['upper']}). {apart}"
    )


def gate(record: Any, name: str) -> str:
    """Return what the gate would have done with the board."""
    if record is None:
        return (
            f"{name} has no full four-hour figures since 2021, because pilot trusts reported none until 2023."
        )
    rule = f"{NEEDED} of {LOOKED_AT} quarters in which its A&E does as well as the median board"
    if not record["earned"]:
        return f"Suppose freedom came after {rule}. {name} would not have earned it since 2021."
    when = pd.Timestamp(record["period"])
    kept = (
        "It would no longer pass today."
        if record["would_lose"]
        else "It would still pass at the end of the figures."
    )
    return f"Suppose freedom came after {rule}. {name} would have earned it in the quarter from {when:%B %Y}. {kept}"


def texts(section: AreaAutonomy) -> dict[str, str]:
    """Return the named texts of the section."""
    found = {"autonomy_here": f"{where(section)} {NOT_A_VERDICT}"}
    board = section.board
    if board is None:
        return found | {"autonomy_board_without": "only boards have trusts and a series of their own"}
    return found | {
        "autonomy_trusts_here": standing(board.trusts, len(board.league.ranks)),
        "autonomy_gate_here": gate(board.earned, as_markdown(section.area.short_name)),
    }
