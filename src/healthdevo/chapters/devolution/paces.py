"""How fast a gap closed before and after the agreement, counted from several first years, and how unusual the change of pace is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from healthdevo.chapters.common import small_share
from healthdevo.charts import Table, page_table, text_column, value_column
from healthdevo.evaluation import Panel
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number


def gap_paths(panel: Panel, groups: IntArray) -> FloatArray:
    """Return gaps to the other untreated areas by period: of the treated in the first row, then of every group.

    >>> y = np.array([[3.0, 2.0], [1.0, 1.0], [0.0, 2.0], [2.0, 3.0]])
    >>> panel = Panel(y, np.outer([1, 0, 0, 0], [0, 1]).astype(bool), list("ABCD"), range(2))
    >>> gap_paths(panel, np.array([[1], [2]])).tolist()
    [[2.0, 0.0], [0.0, -1.5], [-1.5, 0.0]]
    """
    untreated = panel.outcome[~panel.treated]
    total, n, size = untreated.sum(axis=0), len(untreated), groups.shape[1]
    own = panel.outcome[panel.treated].mean(axis=0) - total / n
    sums = panel.outcome[groups].sum(axis=1)
    return np.vstack([own, sums / size - (total - sums) / (n - size)])


def slopes(paths: FloatArray, periods: FloatArray, first: int, last: int) -> FloatArray:
    """Return the slope of the straight line through every path between two periods, both included.

    >>> slopes(np.array([[0.0, 1.0, 2.0, 9.0]]), np.arange(4.0), 0, 2).tolist()
    [1.0]
    """
    inside = (periods >= first) & (periods <= last)
    time = periods[inside] - periods[inside].mean()
    return np.asarray(paths[:, inside] @ time / (time @ time), dtype=float)


def paces(panel: Panel, groups: IntArray, *, last: int, firsts: Iterable[int]) -> pd.DataFrame:
    """Return how much the gap closed a year before (from each first period to ``last``) and after (from ``last`` to the end).

    Below zero it widened. ``p_value`` is the share of groups, the treated among them, whose pace changed by at least as much.

    >>> y = np.array([[9.0, 7.0, 5.0, 4.0, 3.0], [0.0] * 5, [0.0] * 5, [0.0] * 5])
    >>> panel = Panel(y, np.outer([1, 0, 0, 0], [0, 0, 0, 1, 1]).astype(bool), list("ABCD"), range(5))
    >>> paces(panel, np.array([[1], [2]]), last=2, firsts=[0, 1]).round(2).to_numpy().tolist()
    [[0.0, 2.0, 1.0, 0.33], [1.0, 2.0, 1.0, 0.33]]
    """
    periods = np.asarray(panel.periods, dtype=float)
    paths = gap_paths(panel, groups)
    closing = -float(np.sign(paths[0, periods == last][0]))
    after = slopes(paths, periods, last, int(periods[-1]))
    rows = []
    for first in firsts:
        before = slopes(paths, periods, first, last)
        change = np.abs(after - before)
        rows.append(
            {
                "first": first,
                "before": closing * before[0],
                "after": closing * after[0],
                "p_value": float((change >= change[0]).mean()),
            }
        )
    return pd.DataFrame(rows)


def paces_table(
    rows: pd.DataFrame, table_id: str, caption: str, source: str, name: Callable[[int], str] = str
) -> Table:
    """Show the paces by first period; ``name`` says what a first period is called."""
    return page_table(
        rows.assign(since=rows["first"].map(name)),
        [
            text_column("Counted from", "since"),
            value_column("Closed a year before", "before", lambda v: number(v, 2)),
            value_column("Closed a year after", "after", lambda v: number(v, 2)),
            value_column("Blocks whose pace changed as much", "p_value", small_share),
        ],
        table_id=table_id,
        caption=caption,
        source=source,
    )
