"""Loading what is sound of a table when some areas' rows are broken, so that one area stops nothing but itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from healthdevo.errors import InputError, TableError
from healthdevo.tables import descriptor
from healthdevo.tables.examining import examine
from healthdevo.tables.failure import Failure
from healthdevo.tables.loading import load, origin
from healthdevo.tables.own import table_file
from healthdevo.tables.reading import read
from healthdevo.tables.schema import dtype

__all__ = ["Sound", "load_sound"]


@dataclass(frozen=True)
class Sound:
    """The sound part of a table, and what was set aside and why.

    Parameters
    ----------
    name : str
        Name of the table.
    frame : pandas.DataFrame
        All rows of the units without any failure.
    set_aside : mapping
        For each unit left out, its failures as texts.
    """

    name: str
    frame: pd.DataFrame = field(repr=False, compare=False)
    set_aside: Mapping[str, tuple[str, ...]]

    def require(self, *units: str) -> None:
        """Raise a ``TableError`` with their failures when any of these units was set aside."""
        broken = [unit for unit in units if self.set_aside.get(unit)]
        if broken:
            failures = [failure for unit in broken for failure in self.set_aside[unit]]
            raise TableError(f"table {self.name} breaks its descriptor for {', '.join(broken)}", failures)


def load_sound(name: str, *, by: str = "area_code", source: str | os.PathLike[str] | None = None) -> Sound:
    """Load a table, setting aside every unit that has a failure in any of its rows.

    Nothing is dropped in silence: what was set aside is part of the result, and a page that shows the rest says so.

    Parameters
    ----------
    name : str
        Name of the table.
    by : str, default "area_code"
        Column that names the unit of a row.
    source : path, optional
        As in ``load``.

    Returns
    -------
    Sound

    Raises
    ------
    TableError
        When a failure cannot be put down to a unit: a missing file or column, a wrong heading, a unit's own code that breaks its
        rules.

    Examples
    --------
    >>> dict(load_sound("emergency_month").set_aside)
    {}
    """
    try:
        return Sound(name, load(name, source=source), {})
    except TableError:
        package = descriptor.package()
        table = package.table(name)
        if by not in table.columns:
            raise InputError(f"load_sound: {by} is not a column of table {name}") from None
        path, _overlay = table_file(package, table, source)
        raw = read(path, table)
        frame, failures = examine(raw, table, package, source)
        if not failures:  # the table as a whole is implausible
            raise
        position = {line: i for i, line in enumerate(raw.lines)}
        units: dict[str, list[Failure]] = {}
        for failure in failures:
            at = position.get(failure.row) if failure.row is not None else None
            if at is None or failure.column == by or not raw.columns[by][at]:
                raise
            units.setdefault(raw.columns[by][at], []).append(failure)
    kept = frame[~frame[by].isin(list(units))].reset_index(drop=True)
    whole = (f for f in table.fields if f.required and f.type in ("integer", "boolean"))
    # columns that had to become floats only for the sake of a broken cell
    kept = kept.astype({f.name: dtype(f) for f in whole if kept[f.name].notna().all()})
    kept.attrs["origin"] = replace(origin(name, source=source), rows=len(kept))
    return Sound(name, kept, {unit: tuple(map(str, found)) for unit, found in sorted(units.items())})
