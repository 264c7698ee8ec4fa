"""Page "Do the intervals hold?": how often each interval held the truth in simulations where the truth is known."""

from __future__ import annotations

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import source_line
from healthdevo.charts import Table, made_column, page_table, share_column, text_column, value_column
from healthdevo.wording import join, percentage

TABLE = "interval_coverage"
TOLERANCE = 0.015
"""A coverage this close to its level holds it, however many the replications."""


def departures(rows: pd.DataFrame) -> pd.Series:
    """Say of each row whether its interval ``holds``, is ``short`` of its level or ``wide``: beyond the tolerance and the margin of chance.

    >>> shares = {"nominal": [0.95] * 3, "coverage": [0.936, 0.92, 0.99], "margin": [0.01] * 3}
    >>> departures(pd.DataFrame(shares)).tolist()
    ['holds', 'short', 'wide']
    """
    beyond = rows["coverage"] - rows["nominal"]
    allowed = rows["margin"].clip(lower=TOLERANCE) + 1e-9  # stored numbers are rounded
    found = pd.Series("holds", index=rows.index)
    return found.mask(beyond < -allowed, "short").mask(beyond > allowed, "wide")


def coverage_texts(rows: pd.DataFrame | None = None) -> dict[str, str]:
    """Named texts for the prose of the page."""
    rows = tables.load(TABLE) if rows is None else rows
    found = departures(rows)
    holds, wide, short = ((found == name).sum() for name in ("holds", "wide", "short"))
    count = len(rows[["function", "interval"]].drop_duplicates())
    functions = rows["function"].nunique()
    cases = len(rows)
    return {
        "coverage_summary": f"{_many(count, 'interval')} of {_many(functions, 'function')} "
        f"{'was' if count == 1 else 'were'} tried, in {_many(cases, 'case')} (an interval in one setting). In {holds} of "
        f"{cases} the interval holds its level: within {100 * TOLERANCE:g} points of it, or as close as chance allows to tell. In {wide} it "
        f"is wider than promised, which is safe, and in {short} it falls short.",
        "coverage_short": _shortfalls(rows[found == "short"]),
    }


def _many(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _shortfalls(short: pd.DataFrame) -> str:
    if short.empty:
        return "None falls short."
    named = []
    worst_first = short.sort_values(["coverage", "function", "interval"])
    for _, rows in worst_first.groupby(["function", "interval", "nominal"], sort=False):
        function, interval, nominal = rows[["function", "interval", "nominal"]].iloc[0]
        low, high = rows["coverage"].min(), rows["coverage"].max()
        held = percentage(low) if low == high else f"{percentage(low)} to {percentage(high)}"
        promised = "" if nominal == 0.95 else f" of {percentage(nominal, 0)}"
        named.append(f"{function} ({interval}: {held}{promised})")
    return f"Falling short in at least one setting, the worst first: {join(named)}."


def coverage_table(rows: pd.DataFrame | None = None) -> Table:
    """Every interval in every setting: what it promises and what it held."""
    rows = tables.load(TABLE) if rows is None else rows
    return page_table(
        rows,
        [
            made_column("Measure", ["function", "interval"], "{}: {}".format),
            text_column("Setting", "setting"),
            share_column("Promised", "nominal", 0),
            made_column("Held", ["coverage", "margin"], _held),
            value_column("Replications", "replications", "{:,.0f}".format),
        ],
        table_id="interval-coverage",
        caption="How often each interval held the truth, in percent, with the margin of chance in points.",
        source=source_line(TABLE),
    )


def _held(coverage: float, margin: float) -> str:
    return f"{percentage(coverage)} ± {100 * margin:.1f}"
