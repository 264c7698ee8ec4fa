"""One thing that is wrong with a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from healthdevo.wording import join

__all__ = ["Failure", "grouped"]

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is wrong with a table.

    Parameters
    ----------
    table : str
        Name of the table.
    rule : str
        What would be valid.
    row : int or None
        Line in the file, the heading being line 1; None when the whole file is meant.
    column : str
        Column, or several joined by " and "; empty when the whole row or file is meant.
    value : str or None
        The offending value as written; None when there is none to show.

    Examples
    --------
    >>> print(Failure("area", "must not be missing", 14, "area_name", ""))
    table area, row 14, column area_name, value '': must not be missing
    """

    table: str
    rule: str
    row: int | None = None
    column: str = ""
    value: str | None = None

    def __str__(self) -> str:
        parts = [f"table {self.table}"]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column {self.column}")
        if self.value is not None:
            parts.append(f"value {self.value!r}")
        return f"{', '.join(parts)}: {self.rule}"


def grouped(failures: Sequence[Failure], rows: int = 0) -> tuple[str, ...]:
    """Return one line for each kind of failure, with how many there are and where the first of them stand.

    Failures are of one kind when the same rule is broken in the same column; columns that the heading lacks, or has too many, are one
    kind each. A kind with a single failure is told as that failure.

    Parameters
    ----------
    failures : sequence of Failure
        What is wrong, in the order in which it shall be told.
    rows : int, default 0
        Rows of the table, for "40 of 40 rows"; 0 leaves the "of" out.

    Examples
    --------
    >>> wrong = [Failure("area", "must be a number", row, "rate", "x") for row in range(2, 42)]
    >>> print(grouped(wrong, 40)[0])
    table area, column rate, 40 of 40 rows (first row 2, value 'x'; row 3, value 'x'; row 4, value 'x'): must be a number
    """
    kinds: dict[tuple[str, str, str], list[Failure]] = {}
    for failure in failures:
        # what is wrong with a heading is about its columns, which are then many values of one kind
        column = "" if failure.row == 1 and failure.value is None else failure.column
        kinds.setdefault((failure.table, column, failure.rule), []).append(failure)
    return tuple(str(found[0]) if len(found) == 1 else _kind(found, rows) for found in kinds.values())


def _kind(found: Sequence[Failure], rows: int) -> str:
    first = found[0]
    if first.row == 1 and first.value is None:
        named = [f.column or "(without a name)" for f in found]
        more = [f"{len(named) - 10} more"] if len(named) > 10 else []
        return f"table {first.table}, row 1, columns {join([*named[:10], *more])}: {first.rule}"
    places = [
        ", ".join(
            part
            for part in (
                f"row {f.row}" if f.row is not None else "",
                "" if f.value is None else f"value {f.value!r}",
            )
            if part
        )
        for f in found[:_SHOWN]
    ]
    told = {f.row for f in found}
    count = f"{len(found)} of {rows} rows" if rows and len(told) == len(found) else f"{len(found)} times"
    column = f", column {first.column}" if first.column else ""
    shown = "; ".join(place for place in places if place)
    return f"table {first.table}{column}, {count}{f' (first {shown})' if shown else ''}: {first.rule}"
