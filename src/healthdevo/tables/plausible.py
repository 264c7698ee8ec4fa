"""Whether a user's own table can be what it says: its figures beside those of the embedded table of the same name."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.tables.descriptor import Field, Package, Table
from healthdevo.tables.failure import Failure
from healthdevo.tables.reading import parse, read
from healthdevo.wording import ordinal

__all__ = ["FACTOR", "implausible", "jumps", "times"]

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


_JUMP, _ONE_JUMP = 3.0, 10.0


def jumps(frame: pd.DataFrame, *, area: str, period: str, time: str, value: str) -> list[str]:
    """Return a warning, with its size, for every sudden jump: of all areas at once, or of single ones.

    All areas jump when from a period to the next the middle one changes more than threefold; a single one when it changes more
    than tenfold and the others do not. Nothing is changed.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and period.
    area, period, time, value : str
        Columns: code, period as written, its start as a number, value.

    Examples
    --------
    >>> rows = [(c, str(y), float(y), v) for c in "abc" for y, v in ((2019, 5.0), (2020, 0.005))]
    >>> jumps(pd.DataFrame(rows, columns=["area", "period", "time", "value"]), area="area", period="period", time="time", value="value")
    ['From 2019 to 2020 the middle of 3 areas fell to one 1,000th: is the unit the same?']
    """
    wide = frame.pivot_table(index=area, columns=time, values=value, dropna=False)
    wide = wide.where(wide > 0)
    label = frame.drop_duplicates(time).set_index(time)[period].astype(str)
    said, single = [], []
    for before, after in itertools.pairwise(wide.columns):
        ratio = (wide[after] / wide[before]).dropna()
        if ratio.empty:
            continue
        middle = float(ratio.median())
        if len(ratio) >= _FEWEST and max(middle, 1 / middle) > _JUMP:
            said.append(
                f"From {label[before]} to {label[after]} the middle of {len(ratio)} areas {times(middle)}: is the unit the same?"
            )
            continue
        single += [
            (str(code), label[before], label[after], float(r))
            for code, r in ratio.items()
            if max(r, 1 / r) > _ONE_JUMP
        ]
    said += [f"{code} {times(r)} from {first} to {last}." for code, first, last, r in single[:_FEW]]
    if len(single) > _FEW:
        said.append(f"{len(single) - _FEW} more areas changed more than tenfold from one period to the next.")
    return said


def times(ratio: float) -> str:
    """Return by how much something changed, in words, to two figures.

    >>> times(12.34), times(1 / 1000), times(1 / 22)
    ('rose 12-fold', 'fell to one 1,000th', 'fell to one 22nd')
    """
    size = float(f"{max(ratio, 1 / ratio):.2g}")
    ending = ordinal(round(size))[-2:]
    return f"rose {size:,.0f}-fold" if ratio > 1 else f"fell to one {size:,.0f}{ending}"
