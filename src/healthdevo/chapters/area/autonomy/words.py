"""Sentences of the section that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from healthdevo.chapters.area.care.words import NOT_A_VERDICT
from healthdevo.chapters.autonomy.gate import LOOKED_AT, NEEDED
from healthdevo.chapters.common import few, records

if TYPE_CHECKING:
    from healthdevo.chapters.area.autonomy.section import AreaAutonomy

TABLE = (
    "Acute trusts with an A&E department in the board in the official league table of 2025-26 quarter 3. The interval says how far the rank could move if as many "
    "other domains had been scored. A rank is not a verdict."
)


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
        f"(95% interval {first['lower']} to {first['upper']}) and {last['name']} {last['rank']} ({last['lower']} to {last['upper']}). {apart}"
    )


def gate(record: Any, name: str) -> str:
    """Return what the gate would have done with the board."""
    if record is None:
        return (
            f"{name} has no full four-hour figures since 2021, because pilot trusts reported none until 2023."
        )
    rule = f"{NEEDED} of {LOOKED_AT} quarters in which its A&E does as well as the median board"
    if not record["earned"]:
        return f"Had freedom been given after {rule}, {name} would not have earned it since 2021."
    when = pd.Timestamp(record["period"])
    kept = (
        "It would no longer pass today."
        if record["would_lose"]
        else "It would still pass at the end of the figures."
    )
    return f"Had freedom been given after {rule}, {name} would have earned it in the quarter from {when:%B %Y}. {kept}"


def texts(section: AreaAutonomy) -> dict[str, str]:
    """Return the named texts of the section."""
    return {
        "autonomy_here": f"{standing(section.trusts, len(section.league.ranks))} {NOT_A_VERDICT}",
        "autonomy_gate_here": gate(section.earned, section.area.short_name),
    }
