"""What a folder of own tables changes against the embedded edition."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo import tables
from healthdevo.errors import ReleaseError
from healthdevo.releases.joining import Revision, compare

__all__ = ["Difference", "diff"]

_PERIODS = ("month", "year", "financial_year_start", "period_start_year", "index_year")
_SHOWN = 10


@dataclass(frozen=True)
class Difference:
    """How an own table differs from the embedded one.

    Parameters
    ----------
    table : str
        The table.
    before, after : str
        The two editions.
    rows_before, rows_after : int
        Their rows.
    new_periods, lost_periods : tuple of str
        Periods that only one of them has.
    new_codes, ended_codes : tuple of str
        Codes that only one of them has, in all its periods; and codes that the own table no longer has in its last period, though the embedded one
        had them in its last.
    revisions : tuple of Revision
        Figures that differ in periods both have, the largest differences first.
    """

    table: str
    before: str
    after: str
    rows_before: int
    rows_after: int
    new_periods: tuple[str, ...]
    lost_periods: tuple[str, ...]
    new_codes: tuple[str, ...]
    ended_codes: tuple[str, ...]
    revisions: tuple[Revision, ...]

    @property
    def text(self) -> str:
        """The difference, for people."""
        lines = [
            f"{self.table}: {self.after} in place of {self.before}; {self.rows_after:,} rows in place of {self.rows_before:,}"
        ]
        for what, found in (
            ("new periods", self.new_periods),
            ("periods no longer there", self.lost_periods),
            ("new codes", self.new_codes),
            ("codes that ended", self.ended_codes),
        ):
            if found:
                more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
                lines.append(f"  {what}: {', '.join(found[:_SHOWN])}{more}")
        if self.revisions:
            lines.append(f"  revised: {len(self.revisions):,} figures, the largest:")
            lines += [f"    {one}" for one in self.revisions[:_SHOWN]]
        if len(lines) == 1:
            lines.append("  the figures are the same")
        return "\n".join(lines)


def diff(folder: str | os.PathLike[str]) -> tuple[Difference, ...]:
    """Return what each table of a folder of own tables changes against the embedded table of the same name.

    Parameters
    ----------
    folder : path
        A folder of own tables.

    Raises
    ------
    ReleaseError
        When there is no own table in it.
    TableError
        When a table breaks the rules of its descriptor.
    """
    names = tables.own_tables(source=folder)
    if not names:
        raise ReleaseError(
            f"{os.fspath(folder)} has no own table; `healthdevo ingest` makes them of published files"
        )
    return tuple(_difference(name, folder) for name in names)


def _difference(name: str, folder: str | os.PathLike[str]) -> Difference:
    columns = tables.describe(name)
    own, embedded = tables.load(name, source=folder), tables.load(name, source=tables.root())
    key = [str(c) for c in columns["column"][columns["key"].astype(bool)]]
    period = next((p for p in _PERIODS if p in key), None)
    codes = [c for c in key if c.endswith("_code")][:1]
    both = [
        frame if period is None else frame[frame[period].isin(other[period])]
        for frame, other in ((embedded, own), (own, embedded))
    ]
    fresh, lost = (
        ((), ()) if period is None else (_periods(own, embedded, period), _periods(embedded, own, period))
    )
    added: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    if codes:
        last = [f if period is None else f[f[period] == f[period].max()] for f in (embedded, own)]
        added = _only(own[codes[0]], embedded[codes[0]])
        ended = _only(last[0][codes[0]], last[1][codes[0]])
    return Difference(
        name,
        embedded.attrs["origin"].edition,
        own.attrs["origin"].edition,
        len(embedded),
        len(own),
        fresh,
        lost,
        added,
        ended,
        compare(both[0], both[1], key),
    )


def _periods(one: pd.DataFrame, other: pd.DataFrame, period: str) -> tuple[str, ...]:
    found = sorted(set(one[period]) - set(other[period]))
    return tuple(f"{p:%Y-%m}" if isinstance(p, pd.Timestamp) else str(p) for p in found)


def _only(one: Sequence[str] | pd.Series, other: Sequence[str] | pd.Series) -> tuple[str, ...]:
    return tuple(sorted({str(c) for c in one} - {str(c) for c in other}))
