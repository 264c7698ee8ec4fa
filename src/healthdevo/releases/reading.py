"""Reading a published file of any known layout."""

from __future__ import annotations

import os

from healthdevo.errors import ReleaseError
from healthdevo.releases import emergency_csv, emergency_workbook, nomis, ons, outturn, tidy
from healthdevo.releases.opening import Opened, open_bytes, open_release
from healthdevo.releases.release import Layout, Release, text_of

__all__ = ["LAYOUTS", "read", "read_bytes", "recognise"]

LAYOUTS: tuple[Layout, ...] = (
    *emergency_csv.LAYOUTS,
    *emergency_workbook.LAYOUTS,
    *outturn.LAYOUTS,
    *tidy.LAYOUTS,
    *nomis.LAYOUTS,
    *ons.LAYOUTS,
)
"""All layouts, in the order in which they are tried."""


def read(path: str | os.PathLike[str]) -> Release:
    """Return what is in a published file, checked against its own totals.

    Parameters
    ----------
    path : path
        The file, as published. What is in it decides how it is read, not its name.

    Returns
    -------
    Release
        Its rows in the columns of the project's tables, its edition, checks and notes.

    Raises
    ------
    ReleaseError
        When it can't be opened, is of no known layout, has a cell that can't be right, or does not add up to its own totals; the message names
        the file and the place in it.
    """
    opened = open_release(path)
    return recognise(opened).read(opened)


def read_bytes(data: bytes, name: str) -> Release:
    """Return what is in the bytes of a published file; see ``read``."""
    opened = open_bytes(data, name)
    return recognise(opened).read(opened)


def recognise(opened: Opened) -> Layout:
    """Return the layout of an opened file.

    Raises
    ------
    ReleaseError
        When it is of no known layout; the message says what was seen and what is known.
    """
    for layout in LAYOUTS:
        if layout.fits(opened):
            return layout
    seen = []
    for sheet in opened.sheets[:4]:
        row = next(
            (r for r in sheet.rows if sum(bool(text_of(c)) for c in r) > 1),
            sheet.rows[0] if sheet.rows else (),
        )
        cells = [text_of(c)[:40] for c in row if text_of(c)]
        more = f" and {len(cells) - 6} more" if len(cells) > 6 else ""
        seen.append(
            f"{f'sheet {sheet.name[:40]!r}: ' if sheet.name else ''}{', '.join(map(repr, cells[:6])) or 'nothing'}{more}"
        )
    near = _nearest(opened)
    known = "" if near else "These are known:\n" + "\n".join(f"  {layout.expected}" for layout in LAYOUTS)
    raise ReleaseError(
        f"{opened.file} is of no known layout. It begins with {'; '.join(seen)}. {near or known}"
    )


def _nearest(opened: Opened) -> str:
    """Return what sets a provider file or an outturn workbook with foreign columns apart from the layouts."""
    header = emergency_csv._header(opened)
    if header is None:
        return _other_outturn(opened)
    names = set(header[2]) - set(emergency_csv._LABELS) - set(emergency_csv._DERIVED)
    best = max(
        emergency_csv.LAYOUTS,
        key=lambda layout: (len(names & set(layout.columns)), -len(set(layout.columns) - names)),
    )
    lacking, surplus = sorted(set(best.columns) - names), sorted(names - set(best.columns))
    told = []
    if lacking:
        told.append(f"the column {lacking[0][:60]!r} is missing")
    if surplus:
        told.append(f"{surplus[0][:60]!r} is not one of its columns")
    return f"It is nearest to {best.name}, but {' and '.join(told)}."


def _other_outturn(opened: Opened) -> str:
    """Return what a workbook of councils that is not the summary of their outturn lacks."""
    for sheet in opened.sheets:
        for cells in sheet.rows[:40]:
            names = {outturn._named(c) for c in cells}
            if {"e-code", "class"} <= names:
                return (
                    "It is a workbook of councils, such as RSX or one of RO1 to RO6, but not the outturn summary (RS), which has a column for each service "
                    "from 'Education services' to 'TOTAL SERVICE EXPENDITURE'."
                )
    return ""
