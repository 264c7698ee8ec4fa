"""Sentences of the section that depend on its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.area.filling import link
from healthdevo.chapters.autonomy.measures import MEASURES
from healthdevo.chapters.common import few, in_turn, records, source_line
from healthdevo.charts import Caption
from healthdevo.wording import as_markdown, join, number, percentage

if TYPE_CHECKING:
    from healthdevo.areas import Area
    from healthdevo.chapters.area.care.section import AreaCare

TITLES = {name: m.title for name, m in MEASURES.items()} | {
    "discharge": "People in hospital who are ready to leave"
}
TABLE = "Hospital care of the board's trusts and where it stands among boards. The interval comes from how months scatter. A rank is not a verdict."
SAME = "The same holds for "
"""How a sentence begins that goes on with a list."""
NOT_A_VERDICT = "A rank is not a verdict: it does not say why, and patients and buildings differ."


def later_board(area: Area, boards: Sequence[tuple[Area, float]], section: str) -> str:
    """Say where the figures of a board of April 2026 are, which has none of its own yet, and why its earlier boards are not added up."""
    linked = join([link(board, section) for board, _ in boards])
    succession = areas.registry().succession
    split = [board.short_name for board, _ in boards if len(succession.next_of(board)) > 1]
    why = (
        f"{join(split)} {'was' if len(split) == 1 else 'were'} split between several boards, and no figures of {'its' if len(split) == 1 else 'their'} parts are published. "
        if split
        else "Sums of earlier boards would join two sets of borders, so they are left apart. "
    )
    return (
        f"These figures end before {as_markdown(area.short_name)} began in April 2026, and those of its earlier boards are not added up. {why}The earlier boards have "
        f"theirs: {linked}."
    )


def period(first: str, last: str) -> str:
    """Return a window in words.

    >>> period("2024-04", "2025-03")
    'April 2024 to March 2025'
    """
    return " to ".join(pd.Period(m, "M").strftime("%B %Y") for m in (first, last))


def value(name: str, value: float = float("nan"), median: float = float("nan")) -> str:
    """Return a value in its unit; ``median`` is taken where there is no value."""
    shown = median if pd.isna(value) else value
    return f"{number(shown, 2)} days for each discharge" if name == "discharge" else percentage(shown, 1)


def standing(rows: pd.DataFrame, name: str) -> str:
    """Return in which measures the board is clearly in the better and in the worse half."""
    half = (rows["boards"] + 1) / 2
    better, worse = rows[rows["upper"] < half], rows[rows["lower"] > half]

    def listed(part: pd.DataFrame) -> list[str]:
        return [m if m.startswith("A&E") else m[0].lower() + m[1:] for m in part["measure"]]

    said = []
    if len(better):
        said.append(in_turn(listed(better), f"{name} is clearly in the better half of boards for ", SAME))
    if len(worse):
        who, of = ("It", "") if said else (name, " of boards")
        said.append(in_turn(listed(worse), f"{who} is clearly in the worse half{of} for ", SAME))
    if not said:
        return f"{name} is in none of {few(len(rows))} measures clearly in the better or the worse half of boards."
    return " ".join(said)


def ranks(section: AreaCare) -> Caption:
    """Return the words of the chart."""
    rows = section.rows
    width = float((rows["upper"] - rows["lower"] + 1).median())
    listed = "; ".join(f"{r['measure']} {r['rank']} ({r['lower']} to {r['upper']})" for r in records(rows))
    return Caption(
        "care-ranks",
        f"Ranks in hospital care, each known to about {width:.0f} places",
        f"Rank of {section.area.name} among integrated care boards, 1 is best, with 95% intervals from how months scatter",
        source_line("emergency_provider_month", "waiting_list_provider_month"),
        f"Dot chart of the board's rank in {len(rows)} measures: {listed}.",
    )


def texts(section: AreaCare) -> dict[str, str]:
    """Return the named texts of the section."""
    rows = section.rows.set_index("name")
    said = standing(section.rows, section.area.short_name)
    if "four_hours" in rows.index:
        row = records(rows.loc[["four_hours"]])[0]
        said += (
            f" In A&E, {percentage(row['value'])} were seen within four hours ({row['period']}), rank {row['rank']} of {row['boards']} boards: "
            f"anything from {row['lower']} to {row['upper']} fits the figures (95% interval)."
        )
    return {"care_headline": f"{said} {NOT_A_VERDICT}"}
