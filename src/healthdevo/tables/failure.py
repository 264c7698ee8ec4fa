"""One thing that is wrong with a table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Failure"]


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
