"""The frames that a registry is made from: their cells read, and refused when they are not what they must be."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.areas.area import Area
from healthdevo.areas.kinds import Kinds
from healthdevo.errors import InputError
from healthdevo.wording import join

__all__ = ["FIRST", "LAST", "days", "needed", "read_aliases", "read_areas", "split_codes", "texts"]

FIRST, LAST = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")
"""What stands for an open beginning and an open end."""


def days(frame: pd.DataFrame, column: str, table: str, empty: np.datetime64) -> NDArray[np.datetime64]:
    """Return a column of dates as days; what is missing, or a missing column, is ``empty``."""
    if column not in frame.columns:
        return np.full(len(frame), empty)
    try:
        found = pd.to_datetime(frame[column], errors="raise", format="ISO8601").to_numpy()
    except (ValueError, TypeError) as error:
        raise InputError(f"{table}: column {column!r} holds something that is no date ({error})") from None
    whole = found.astype("datetime64[D]")
    return np.where(np.isnat(whole), empty, whole)


def texts(frame: pd.DataFrame, column: str) -> list[str]:
    """Return a column as texts; what is missing, or a missing column, is empty."""
    if column not in frame.columns:
        return [""] * len(frame)
    values = frame[column]
    return [str(v).strip() for v in values.astype(object).where(values.notna(), "")]


def needed(frame: pd.DataFrame, columns: Iterable[str], table: str) -> None:
    """Refuse a frame that lacks columns."""
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise InputError(
            f"{table}: the frame lacks {join(missing)}; it has {join([str(c) for c in frame.columns])}"
        )


def split_codes(cell: str) -> tuple[str, ...]:
    """Return the codes in a cell, separated by blanks, commas or semicolons.

    Examples
    --------
    >>> split_codes("E06000001; E06000002")
    ('E06000001', 'E06000002')
    """
    return tuple(cell.replace(",", " ").replace(";", " ").split())


def read_areas(frame: pd.DataFrame, kinds: Kinds) -> dict[str, Area]:
    """Return the areas of a frame by code, each with a label of its own.

    Raises
    ------
    InputError
        When a column is missing, a code is missing or repeats, a date is impossible or a successor unknown.
    """
    needed(frame, ("area_code", "area_name", "kind"), "area")
    codes = texts(frame, "area_code")
    for position, code in enumerate(codes):
        if not code:
            raise InputError(f"area: row {position} has no area_code")
    repeated = sorted({c for c in codes if codes.count(c) > 1}) if len(set(codes)) < len(codes) else []
    if repeated:
        raise InputError(f"area: area_code {join(repeated)} stands in several rows; codes must be unique")
    areas: dict[str, Area] = {}
    for code, name, kind, ods, successor, first, last, floor, form in zip(
        codes,
        texts(frame, "area_name"),
        texts(frame, "kind"),
        texts(frame, "ods_code"),
        texts(frame, "successor_code"),
        days(frame, "valid_from", "area", FIRST),
        days(frame, "valid_to", "area", LAST),
        texts(frame, "valid_from_is_floor"),
        texts(frame, "legal_form"),
        strict=True,
    ):
        if first > last:
            raise InputError(f"area: {code} has valid_from {first} after valid_to {last}")
        areas[code] = Area(
            code,
            name,
            kind,
            ods,
            None if first == FIRST else first.astype(dt.date),
            None if last == LAST else last.astype(dt.date),
            successor,
            floor.lower() in ("true", "1", "1.0"),
            form=form,
            kinds=kinds,
        )
    for area in areas.values():
        unknown = [c for c in split_codes(area.successor_code) if c not in areas]
        if unknown:
            raise InputError(f"area: successor_code {join(unknown)} of {area.code} is not in the registry")
    return _distinguish(areas)


def read_aliases(frame: pd.DataFrame) -> dict[str, str]:
    """Return the other codes of areas, each with the code that the registry keeps."""
    codes = texts(frame, "area_code")
    others = (split_codes(cell) for cell in texts(frame, "other_codes"))
    known = set(codes)
    return {
        other: code
        for code, found in zip(codes, others, strict=True)
        for other in found
        if other not in known
    }


def _distinguish(areas: dict[str, Area]) -> dict[str, Area]:
    """Return the areas with what tells namesakes apart: the first keeps the plain name.

    So a page keeps its address when a successor of the same name comes.
    """
    result = dict(areas)
    steps: tuple[Callable[[Area], str], ...] = (
        lambda a: "" if a.valid_from is None else f"from {a.valid_from.year}",
        lambda a: "" if a.valid_from is None else f"from {a.valid_from.isoformat()}",
        lambda a: a.code,
    )
    for step in steps:
        by_slug: dict[str, list[Area]] = defaultdict(list)
        for area in result.values():
            by_slug[area.slug].append(area)
        clashes = [same for same in by_slug.values() if len(same) > 1]
        if not clashes:
            break
        for same in clashes:
            for area in sorted(same, key=lambda a: (a.valid_from or dt.date.min, a.code))[1:]:
                result[area.code] = replace(area, distinction=step(area))
    return result
