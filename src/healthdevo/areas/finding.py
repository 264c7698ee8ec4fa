"""What readers look for and the area page that it leads to: names of today, of before, of what is planned, and of A&E providers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pandas as pd

from healthdevo import tables
from healthdevo.areas.area import Area, DateLike, as_date, recased
from healthdevo.areas.default import registry
from healthdevo.areas.registry import Registry
from healthdevo.wording import join

__all__ = ["FINDER_COLUMNS", "finder_entries", "planned_authorities", "planned_successors"]

FINDER_COLUMNS = ("text", "code", "title", "note", "kind")
"""Columns of ``finder_entries``."""

_Entry = tuple[str, str, str]
_WITH_ARTICLE = ("East Midlands", "Liverpool City Region", "North East", "West Midlands", "West of England")
"""Authorities whose mayor is the mayor of "the" place."""


def planned_successors(code: str) -> pd.DataFrame:
    """Return the councils that the law or a minister has set to replace a council of today.

    Parameters
    ----------
    code : str
        Code of a district or county.

    Returns
    -------
    pandas.DataFrame
        A row for each: ``council_name``, ``valid_from``, ``part`` (whether it takes only a part), ``status`` (law or
        announced), ``source``, ``verification``, ``note``; no rows where nothing is known to be planned.

    Raises
    ------
    AreaError
        When the code is unknown.

    Examples
    --------
    >>> planned_successors("E07000084")[["council_name", "status"]].to_numpy().tolist()
    [['North Hampshire', 'announced']]
    >>> len(planned_successors("E08000003"))
    0
    """
    area = registry().get(code)
    frame = tables.load("planned_council")
    found = frame[frame["replaces_area_code"] == area.code].drop(columns="replaces_area_code")
    return found.reset_index(drop=True)


def planned_authorities(code: str, on: DateLike) -> list[str]:
    """Return the names of strategic authorities that are planned, and not set up, for a council or the county it lies in.

    Parameters
    ----------
    code : str
        Code of a district or county.
    on : date
        A day on which the area exists.

    Returns
    -------
    list of str
        Names without a page of their own; empty where none is known to be planned.

    Raises
    ------
    AreaError
        When the code is unknown, or the area does not exist on the day.

    Examples
    --------
    >>> planned_authorities("E07000071", "2026-11-26"), planned_authorities("E08000003", "2026-11-26")
    (['Greater Essex'], [])
    """
    known = registry()
    own = {known.get(code, on).code, *(a.code for a in known.parents(code, on))}
    frame = tables.load("planned_authority")
    return sorted(set(frame.loc[frame["member_area_code"].isin(own), "authority"]))


def finder_entries(on: DateLike, *, ended: Sequence[str] = ("icb",)) -> pd.DataFrame:
    """Return every name that a reader may look for, with the area page that it leads to.

    Parameters
    ----------
    on : date
        The day of the pages: areas that exist on it have one.
    ended : sequence of str, default ("icb",)
        Kinds whose areas keep a page of their own after they ended.

    Returns
    -------
    pandas.DataFrame
        ``text`` (the name), ``code`` (the area whose page it leads to), ``title`` (that area's label), ``note`` (why it
        leads there; empty for the area's own name), ``kind`` (of that area). Names of areas come first, the widest
        kinds before the others; then areas that ended, other names, mayors, planned councils and authorities, providers of A&E.
        A name that means several areas has a row for each. No row repeats.

    Raises
    ------
    TableError
        When a table is missing or breaks its rules.

    Examples
    --------
    >>> entries = finder_entries("2026-11-26")
    >>> entries[entries["text"] == "Hull"][["code", "title"]].to_numpy().tolist()
    [['E06000010', 'Kingston upon Hull']]
    """
    day, known = as_date(on), registry()
    found: list[_Entry] = [*_current(known, day)]
    for entries in (
        _ended(known, day, ended),
        _other_names(known, day),
        _mayors(known, day),
        _planned(day),
        _planned_authorities(known, day),
        _providers(known, day),
    ):
        found += list(entries)
    rows = []
    for text, code, note in dict.fromkeys(found):
        area = known.get(code)
        rows.append((text, code, area.label, note, area.kind))
    frame = pd.DataFrame(rows, columns=list(FINDER_COLUMNS))
    return frame.drop_duplicates(["text", "code"], ignore_index=True)


def _current(known: Registry, day: dt.date) -> Iterator[_Entry]:
    """Yield the areas of the day that have a page, under their own names."""
    for kind in known.kinds():
        if kind == "country":
            continue
        for area in sorted(known.list_areas(kind, day), key=lambda a: a.label):
            yield area.label, area.code, ""


def _heirs(known: Registry, area: Area, day: dt.date) -> list[Area]:
    return known.succession.successors(area, day) or known.succession.heirs(area, day)


def _ended(known: Registry, day: dt.date, ended: Sequence[str]) -> Iterator[_Entry]:
    """Yield the areas that ended before the day: under their successors, or on pages of their own."""
    for area in known.list_areas():
        if area.valid_to is None or area.valid_to >= day:
            continue
        heirs, year = _heirs(known, area, day), (area.valid_to + dt.timedelta(days=1)).year
        if area.kind in ended:
            now = f", now {join([a.label for a in heirs])}" if heirs else ""
            yield area.label, area.code, f"{area.kind_title} until {year}{now}"
        for heir in heirs:
            if heir.label != area.label and heir.short_name != area.short_name:
                share = "now" if len(heirs) == 1 else "partly now"
                yield area.label, heir.code, f"{area.kind_title} until {year}, {share} {heir.label}"


def _other_names(known: Registry, day: dt.date) -> Iterator[_Entry]:
    for name, code, note in tables.load("area_other_name").itertuples(index=False):
        if known.get(code).is_current(day):
            yield str(name), str(code), "" if pd.isna(note) else str(note)


def _mayors(known: Registry, day: dt.date) -> Iterator[_Entry]:
    """Yield the mayors of strategic authorities: those elected, and those that an order provides for."""
    frame = tables.load("strategic_authority")
    frame = frame[(frame["status"] == "in operation") & frame["tier"].isin(["established", "mayoral"])]
    for code, first in zip(frame["area_code"], frame["first_mayoral_election"].tolist(), strict=True):
        area = known.get(code)
        if not area.is_current(day):
            continue
        name = area.short_name.replace("Greater London Authority", "London")
        elected = pd.notna(first) and first.date() <= day
        the = "the " if name.split(" (")[0] in _WITH_ARTICLE else ""
        yield f"Mayor of {the}{name}", area.code, "" if elected else "no mayor elected yet"


def _planned(day: dt.date) -> Iterator[_Entry]:
    """Yield planned councils under the councils of today that they replace."""
    frame = tables.load("planned_council")
    frame = frame[frame["valid_from"] > pd.Timestamp(day)]
    columns = ("council_name", "replaces_area_code", "status")
    for start, name, code, status in zip(
        frame["valid_from"].dt.year, *(frame[c].astype(str) for c in columns), strict=True
    ):
        yield name, code, f"council {'planned by law' if status == 'law' else 'announced'} for {start}"


def _planned_authorities(known: Registry, day: dt.date) -> Iterator[_Entry]:
    """Yield planned strategic authorities under the councils that are to be part of them."""
    columns = tables.load("planned_authority")[["authority", "member_area_code"]].astype(str)
    for name, code in columns.itertuples(index=False):
        if known.get(code).is_current(day):
            yield f"{name} strategic authority", code, "planned authority, not set up"


def _providers(known: Registry, day: dt.date) -> Iterator[_Entry]:
    """Yield organisations with an A&E department under their boards."""
    for row in tables.load("emergency_provider_board").itertuples(index=False):
        if not known.get(str(row.area_code)).is_current(day):
            continue
        what = "A&E department" if row.major_department else "urgent care or minor injuries"
        yield recased(str(row.provider_name)), str(row.area_code), f"{what}; this is its board"
