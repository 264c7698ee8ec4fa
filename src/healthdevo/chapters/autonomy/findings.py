"""The finding of the chapter that other pages use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthdevo.chapters.autonomy.gate import LOOKED_AT, NEEDED
from healthdevo.chapters.autonomy.words import whole
from healthdevo.chapters.common import Finding, record
from healthdevo.wording import with_interval

if TYPE_CHECKING:
    from healthdevo.chapters.autonomy.gate import Gate
    from healthdevo.chapters.autonomy.league import League
    from healthdevo.chapters.autonomy.next_year import NextYear

CLEAR = 0.25
"""What a quarter keeps of itself by lot."""


def headline(league: League, following: NextYear, gate: Gate) -> Finding:
    """Return what league tables and gates can bear."""
    stay = following.found["four_hours"].best_stay
    i = stay[0.95]
    again = with_interval(stay.estimate, i.lower, i.upper, whole, 0.95)
    row = record(gate.rows[gate.rows["policy"] == "gate"])
    lot = (
        "clearly more than the quarter that chance would keep"
        if i.lower > CLEAR
        else "not clearly more than chance would keep"
    )
    text = (
        f"In the official league table of acute trusts, the order of {whole(league.ranks.swappable)} of pairs could be the other way round. "
        f"The 95% interval of a rank spans {league.ranks.width:.0f} of {len(league.ranks)} places at the median. "
        f"Single measures are steadier. Of the best quarter for four-hour waits in A&E, {again} are there again a year later. That is {lot}. "
        f"Suppose trusts become free after {NEEDED} good quarters of {LOOKED_AT}. In simulated trusts like these, "
        f"such a gate frees {whole(row['false_grants'])} of those that are not good enough. It refuses {whole(row['false_refusals'])} of those that are."
    )
    return Finding("autonomy_headline", text, "2021 to 2026")
