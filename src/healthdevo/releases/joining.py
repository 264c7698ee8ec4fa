"""Rows of several releases, and of the table that was there, as one table: the newest edition wins, period by period."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Candidate", "Joined", "Revision", "compare", "join_periods"]


@dataclass(frozen=True)
class Candidate:
    """One release's rows of a table for one period.

    Parameters
    ----------
    file, edition : str
        Where they come from.
    published : date
        When they came out.
    rows : DataFrame
        The rows.
    rank : int, default 0
        Which goes first of two that came out on the same day: the higher.
    """

    file: str
    edition: str
    published: datetime.date
    rows: pd.DataFrame
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """A figure that differs between two editions.

    Parameters
    ----------
    key : str
        The row, such as ``R0A, 2025-04, 1``.
    column : str
        The column.
    before, after : float
        The figures; NaN where there is none.
    """

    key: str
    column: str
    before: float
    after: float

    @property
    def size(self) -> float:
        """How far the two lie apart."""
        return (
            abs(self.after - self.before)
            if np.isfinite(self.after) and np.isfinite(self.before)
            else float("inf")
        )

    def __str__(self) -> str:
        return f"{self.key}, {self.column}: {_figure(self.before)} to {_figure(self.after)}"


@dataclass(frozen=True)
class Joined:
    """A table made of several editions, and what was decided.

    Parameters
    ----------
    frame : DataFrame
        Its rows.
    used : mapping of period to Candidate
        The release that each period was taken from; periods of the table that was there are not in it.
    added, replaced : tuple
        Periods that are new, and those in which a newer edition took the place of an older one.
    revisions : tuple of Revision
        Figures that changed in the periods replaced.
    left : tuple of (Candidate, period, str, tuple of Revision)
        Candidates not used, why not, and in what they differ from what is.
    """

    frame: pd.DataFrame
    used: Mapping[object, Candidate]
    added: tuple[object, ...]
    replaced: tuple[object, ...]
    revisions: tuple[Revision, ...]
    left: tuple[tuple[Candidate, object, str, tuple[Revision, ...]], ...]


def join_periods(
    base: pd.DataFrame,
    offered: Mapping[object, Sequence[Candidate]],
    *,
    period: str,
    key: Sequence[str],
    released: datetime.date,
    keep: bool,
    replace: bool,
) -> Joined:
    """Return one table of what was there and what releases offer for each period.

    Parameters
    ----------
    base : DataFrame
        The table that is there.
    offered : mapping
        Candidates for each period.
    period : str
        Column of the period.
    key : sequence of str
        Columns of the key.
    released : date
        When the table that is there came out.
    keep : bool
        Whether its other periods stay in the result.
    replace : bool
        Whether releases go before it even where they are older.
    """
    used: dict[object, Candidate] = {}
    added: list[object] = []
    replaced: list[object] = []
    left: list[tuple[Candidate, object, str, tuple[Revision, ...]]] = []
    revisions: list[Revision] = []
    there: dict[object, pd.DataFrame] = dict(iter(base.groupby(period))) if len(base) else {}
    for when in sorted(offered, key=str):
        *older, best = sorted(offered[when], key=lambda c: (c.published, c.rank))
        for other in older:
            left.append((other, when, f"{best.file} is newer", compare(other.rows, best.rows, key)))
        known = there.get(when) if keep else None
        if known is not None:
            changes = compare(known, best.rows, key)
            if not changes or (not replace and best.published <= released):
                reason = "what is there is of a newer edition" if changes else "the figures are the same"
                left.append((best, when, reason, changes))
                continue
            revisions += changes
            replaced.append(when)
        else:
            added.append(when)
        used[when] = best
    kept = base[~base[period].isin(list(used))] if keep else base.iloc[:0]
    parts = [part for part in (kept, *(c.rows for c in used.values())) if len(part)]
    frame = pd.concat(parts, ignore_index=True) if parts else base.iloc[:0]
    frame = frame[list(base.columns)].sort_values(list(key), kind="stable").reset_index(drop=True)
    return Joined(frame, used, tuple(added), tuple(replaced), tuple(revisions), tuple(left))


def compare(before: pd.DataFrame, after: pd.DataFrame, key: Sequence[str]) -> tuple[Revision, ...]:
    """Return the figures that differ between two editions of the same rows, the largest differences first; a row that only one has is one difference."""
    numbers = [
        c
        for c in before.columns
        if c in after
        and c not in key
        and pd.api.types.is_numeric_dtype(before[c])
        and before[c].dtype != bool
    ]
    if not numbers:
        return ()
    old, new = (f.set_index(list(key))[numbers].astype(float) for f in (before, after))
    rows = old.index.union(new.index)
    left, right = old.reindex(rows), new.reindex(rows)
    found = []
    for place in np.flatnonzero(~(rows.isin(old.index) & rows.isin(new.index))).tolist():
        gone = rows[place] not in old.index
        first = numbers[0]
        known = (right if gone else left).iloc[place][first]
        pair = (float("nan"), float(known)) if gone else (float(known), float("nan"))
        found.append(Revision(_named(rows[place]), first, *pair))
    both = rows.isin(old.index) & rows.isin(new.index)
    for column in numbers:
        a, b = left[column].to_numpy(), right[column].to_numpy()
        same = (np.abs(a - b) <= 1e-6 * np.maximum(1.0, np.abs(a))) | (np.isnan(a) & np.isnan(b))
        found += [
            Revision(_named(rows[i]), column, float(a[i]), float(b[i]))
            for i in np.flatnonzero(both & ~same).tolist()
        ]
    return tuple(sorted(found, key=lambda r: (-r.size, r.key, r.column)))


def _named(label: object) -> str:
    parts = label if isinstance(label, tuple) else (label,)
    return ", ".join(f"{p:%Y-%m}" if isinstance(p, pd.Timestamp) else str(p) for p in parts)


def _figure(value: float) -> str:
    return "nothing" if np.isnan(value) else f"{value:,.10g}"
