"""Whether a user's own table can be what it says: its figures beside those of the embedded table of the same name."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.tables.descriptor import Field, Package, Table
from healthdevo.tables.failure import Failure
from healthdevo.tables.reading import parse, read

__all__ = ["FACTOR", "implausible"]

FACTOR = 30.0
"""How many times larger or smaller than usual the middle figure of a column (or of a period in it) may be."""

_FACTOR_OF_FEW = 300.0
_FEW, _FEWEST = 5, 3
_PERIODS = ("month", "year", "financial_year_start", "first_year")


def implausible(
    frame: pd.DataFrame,
    lines: Sequence[int],
    table: Table,
    package: Package,
    *,
    today: datetime.date | None = None,
) -> list[Failure]:
    """Return what can't be right in an own table, though it keeps to the rules.

    Two things are looked for: figures dated after today, and a column, or a period of it, whose figures are in the middle more than thirty
    times (from fewer than five figures: three hundred times) larger or smaller than the embedded table has for the same areas, such
    as thousands in place of units. Areas that it does not have can't be
    compared. Nothing is converted. Whoever is sure says why in the folder's ``datapackage.json`` (``"implausible": "the reason"``), which then stands in
    the source line.

    Parameters
    ----------
    frame : pandas.DataFrame
        The own table.
    lines : sequence of int
        Line in the file of each row.
    table : Table
        Description of the table.
    package : Package
        The data folder with the embedded table.
    today : datetime.date, optional
        By default the day on which this runs.
    """
    found = _later_than(frame, lines, table, today or datetime.date.today())
    embedded = parse(read(package.folder / table.path, table), table).frame
    for field in table.fields:
        if field.type in ("integer", "number") and field.name not in table.primary_key and field.unit:
            found += _scale(frame, embedded, lines, table, field)
    return found


def _later_than(
    frame: pd.DataFrame, lines: Sequence[int], table: Table, today: datetime.date
) -> list[Failure]:
    found = []
    for column in _PERIODS:
        if column not in table.primary_key:
            continue
        if column == "month":
            late = frame[column] > pd.Timestamp(today)
            shown = frame[column].dt.strftime("%Y-%m-%d")
        else:
            late = frame[column] > today.year
            shown = frame[column].astype(str)
        rule = f"lies in the future (today is {today.isoformat()})"
        found += [
            Failure(table.name, rule, lines[i], column, shown.iloc[i]) for i in np.flatnonzero(late).tolist()
        ]
    return found


def _scale(
    own: pd.DataFrame, embedded: pd.DataFrame, lines: Sequence[int], table: Table, field: Field
) -> list[Failure]:
    """Compare a column, period by period, with what the same areas usually have in the embedded table."""
    period = next((c for c in _PERIODS if c in table.primary_key), None)
    others = [c for c in table.primary_key if c != period]
    usual = embedded[field.name].abs().where(embedded[field.name] != 0)
    middle = usual.groupby([embedded[c] for c in others]).median() if others else None
    values = own[field.name].abs().where(own[field.name] != 0)
    if others:
        keys = pd.MultiIndex.from_frame(own[others]) if len(others) > 1 else pd.Index(own[others[0]])
        reference = pd.Series(middle.reindex(keys).to_numpy(), index=own.index)  # type: ignore[union-attr]
    else:
        reference = pd.Series(usual.median(), index=own.index)
    ratio = values / reference
    groups = own[period] if period else pd.Series(0, index=own.index)
    found = []
    for when, part in ratio.groupby(groups):
        known = part.dropna()
        if len(known) < _FEWEST:
            continue
        limit = FACTOR if len(known) >= _FEW else _FACTOR_OF_FEW
        if 1 / limit <= (times := float(known.median())) <= limit:
            continue
        rough = float(f"{max(times, 1 / times):.1g}")
        size = f"{rough:,.0f} times {'larger' if times > 1 else 'smaller'}"
        said = f" of {period} {_plain(when)}" if period else ""
        rule = (
            f"the values{said} are about {size} than the embedded table has for the same areas; the column is in {field.unit}. "
            "Nothing is converted: correct the unit, or give the reason under `implausible` in datapackage.json of the own folder"
        )
        row = int(np.flatnonzero(own.index == known.index[0])[0])
        found.append(Failure(table.name, rule, lines[row], field.name, f"{own[field.name].iloc[row]:g}"))
    return found


def _plain(when: object) -> str:
    return when.strftime("%Y-%m") if isinstance(when, pd.Timestamp) else str(when)
