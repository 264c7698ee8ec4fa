"""NHS England's monthly A&E file: one row for each provider, as CSV, in all its layouts since 2018, and in workbooks of the same heading."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.releases.opening import Cell, Opened, Sheet
from healthdevo.releases.release import Check, Release, clean, heading, month_of, text_of, total_of

__all__ = ["LAYOUTS", "PILOT_MONTHS", "PILOT_TRUSTS", "ProviderMonth", "england_rows", "provider_rows"]

PILOT_TRUSTS = frozenset(
    {"RGT", "RQM", "RDU", "RYJ", "RNQ", "RC9", "RXF", "RVW", "RX1", "RK9", "RHU", "RFR", "RGR", "RD3", "R0D"}
)
"""The fourteen trusts (one merged on the way) that tried other standards and reported no four-hour figures."""

PILOT_MONTHS = (pd.Timestamp("2019-05-01"), pd.Timestamp("2023-05-01"))
"""First and last month of that trial."""

SHORTFALL_MONTHS = (pd.Timestamp("2022-08-01"), pd.Timestamp("2023-02-01"))
"""First and last month in which type 3 is short, because a supplier was attacked."""

BOOKED_SINCE = pd.Timestamp("2020-08-01")

PROVIDER_COLUMNS = [
    "provider_code",
    "month",
    "department_type",
    "attendances",
    "attendances_booked",
    "over_4_hours",
    "admissions_via_ae",
    "pilot_trust",
]
"""Columns of table ``emergency_provider_month``."""

_LABELS = ("period", "org code", "parent org", "org name")
_TYPES = ("1", "2", "3")
_WORDS = {"1": "type 1", "2": "type 2", "3": "other department"}

_PLAIN: dict[str, tuple[str, str]] = {
    **{f"a&e attendances {_WORDS[t]}": ("attendances", t) for t in _TYPES},
    **{f"attendances over 4hrs {_WORDS[t]}": ("over_4_hours", t) for t in _TYPES},
    "patients who have waited 4-12 hrs from dta to admission": ("waits_4_to_12", ""),
    "patients who have waited 12+ hrs from dta to admission": ("waits_12", ""),
    **{f"emergency admissions via a&e - {_WORDS[t]}": ("admissions_via_ae", t) for t in _TYPES},
    "other emergency admissions": ("admissions_other", ""),
}
_BOOKED: dict[str, tuple[str, str]] = {
    **{f"a&e attendances booked appointments {_WORDS[t]}": ("booked", t) for t in _TYPES},
    **{f"attendances over 4hrs booked appointments {_WORDS[t]}": ("over_4_hours_booked", t) for t in _TYPES},
}


@dataclass(frozen=True)
class ProviderMonth:
    """A layout of the monthly provider file: its columns are data.

    Parameters
    ----------
    name : str
        What the layout is called.
    columns : mapping of str to (str, str)
        For each heading, in comparable form, the measure and the type of department.
    """

    name: str
    columns: Mapping[str, tuple[str, str]]

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        return f"{self.name}: {', '.join(_LABELS)} and {len(self.columns)} columns such as {next(iter(self.columns))!r}"

    def fits(self, opened: Opened) -> bool:
        """Return whether the headings are those of this layout."""
        found = _header(opened)
        return found is not None and set(found[2]) - set(_LABELS) == set(self.columns)

    def read(self, opened: Opened) -> Release:
        """Return the providers' rows of the month, checked against the file's total."""
        sheet, row, places = _header(opened) or (opened.sheets[0], 0, {})
        notes = list(opened.notes)
        rows, total = _rows(opened, sheet, row, places, self.columns, notes)
        if not rows:
            raise opened.wrong("there is no provider below the heading", sheet, row)
        month = _month(opened, sheet, rows)
        checks = _checks(opened, sheet, rows, total, self.columns, notes)
        booked = any(measure == "booked" for measure, _ in self.columns.values())
        table = provider_rows(rows, month, booked=booked)
        told = _told(rows)
        sums = {key: sum(r.counts.get(key, 0) for r in rows) for key in self.columns.values()}
        tables = {"emergency_provider_month": table, "emergency_provider": told}
        if total is not None:
            tables |= england_rows(sums, rows, month, booked=booked)
        edition = f"provider file of {month:%B %Y}" + (
            ", revised" if "revis" in opened.file.casefold() else ""
        )
        title = "A&E attendances and emergency admissions, monthly provider file"
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            "NHS England",
            title,
            edition,
            None,
            tables,
            checks,
            tuple(notes),
        )


@dataclass(frozen=True)
class Provider:
    """A provider's row: where it stands, its labels and its counts by measure and type."""

    row: int
    period: str
    code: str
    parent: str
    name: str
    counts: Mapping[tuple[str, str], int]


LAYOUTS: tuple[ProviderMonth, ...] = (
    ProviderMonth(
        "NHS England monthly A&E provider file, with booked appointments (since August 2020)",
        {**_PLAIN, **_BOOKED},
    ),
    ProviderMonth(
        "NHS England monthly A&E provider file, without booked appointments (to July 2020)", _PLAIN
    ),
)


def _header(opened: Opened) -> tuple[Sheet, int, dict[str, int]] | None:
    """Return the sheet, row and columns of the heading of a provider file; None where there is none."""
    for sheet in opened.sheets:
        for row, cells in enumerate(sheet.rows[:40]):
            names = [heading(c) for c in cells]
            if set(_LABELS) <= set(names):
                places: dict[str, int] = {}
                for place, name in enumerate(names):
                    if name and name in places:
                        raise opened.wrong("the heading occurs twice", sheet, row, text_of(cells[place]))
                    if len(name) > 1:
                        places[name] = place
                return sheet, row, places
    return None


def _rows(
    opened: Opened,
    sheet: Sheet,
    head: int,
    places: Mapping[str, int],
    columns: Mapping[str, tuple[str, str]],
    notes: list[str],
) -> tuple[list[Provider], Provider | None]:
    rows: list[Provider] = []
    total: Provider | None = None
    used = set(places.values())
    dashes = strays = 0
    for row in range(head + 1, len(sheet.rows)):
        cells = sheet.rows[row]
        stray = [text_of(c) for place, c in enumerate(cells) if place not in used and text_of(c)]
        if any(re.search(r"\d", s) for s in stray):
            raise opened.wrong(f"{stray[0]!r} stands in a column without a heading", sheet, row)
        strays += len(stray)
        period, code, parent, who = labels = [_label(cells, places[name]) for name in _LABELS]
        figures = [_label(cells, places[name]) for name in columns]
        if not any(labels) and not any(figures):
            continue
        if not any(figures):
            notes.append(
                f"line {sheet.lines[row]} is a note, not a provider: {' '.join(filter(None, labels))[:80]!r}"
            )
            continue
        if total is not None and any(label.casefold() == "total" for label in labels):
            raise opened.wrong("there is a second row of totals", sheet, row)
        values: dict[tuple[str, str], int] = {}
        for name, key in columns.items():
            cell: Cell = cells[places[name]] if places[name] < len(cells) else ""
            value = clean(opened, sheet, row, name, cell, whole=True)
            if value is None and text_of(cell) not in ("-", "–"):
                raise opened.wrong(f"{text_of(cell)!r} in place of a count", sheet, row, name)
            dashes += value is None
            values[key] = int(value or 0)
        one = Provider(row, period, code, parent, who, values)
        if any(label.casefold() == "total" for label in labels):
            total = one
        elif not re.fullmatch(r"[0-9A-Z]{3,6}", one.code):
            raise opened.wrong(
                f"{one.code[:40]!r} is no code of an organisation (three to six capitals and digits)",
                sheet,
                row,
                "Org Code",
            )
        else:
            rows.append(one)
    seen: dict[str, int] = {}
    for each in rows:
        if each.code in seen:
            raise opened.wrong(
                f"provider {each.code} stands already on line {sheet.lines[seen[each.code]]}",
                sheet,
                each.row,
                "Org Code",
            )
        seen[each.code] = each.row
    if dashes:
        notes.append(
            f"{dashes} dashes read as 0, which the total confirms" if total else f"{dashes} dashes read as 0"
        )
    if strays:
        notes.append(f"{strays} stray texts in columns without a heading left out")
    return rows, total


def _label(cells: Sequence[Cell], place: int) -> str:
    return text_of(cells[place]) if place < len(cells) else ""


def _month(opened: Opened, sheet: Sheet, rows: list[Provider]) -> pd.Timestamp:
    found: pd.Timestamp | None = None
    for each in rows:
        month = month_of(each.period)
        if month is None:
            raise opened.wrong(
                f"{each.period[:40]!r} is no month such as MSitAE-FEBRUARY-2026", sheet, each.row, "Period"
            )
        if found is not None and month != found:
            raise opened.wrong(
                f"{each.period[:40]!r}: the file holds several months; one is expected",
                sheet,
                each.row,
                "Period",
            )
        found = month
    assert found is not None
    if found < pd.Timestamp("2015-06-01"):
        raise opened.wrong(
            f"{found:%B %Y} lies before the monthly collection (June 2015)", sheet, rows[0].row, "Period"
        )
    if found > pd.Timestamp.now():
        raise opened.wrong(f"{found:%B %Y} lies in the future", sheet, rows[0].row, "Period")
    return found


def _checks(
    opened: Opened,
    sheet: Sheet,
    rows: list[Provider],
    total: Provider | None,
    columns: Mapping[str, tuple[str, str]],
    notes: list[str],
) -> tuple[Check, ...]:
    if total is None:
        notes.append(
            "the file has no row of totals: it could not be reconciled, and gives no figures for England"
        )
        return ()
    checks = tuple(
        Check(name, total.counts[key], sum(r.counts[key] for r in rows)) for name, key in columns.items()
    )
    total_of(opened, sheet, total.row, checks)
    return checks


def _told(rows: list[Provider]) -> pd.DataFrame:
    """Return what the file says of the providers themselves."""
    return pd.DataFrame(
        {
            "provider_code": [r.code for r in rows],
            "provider_name": [r.name for r in rows],
            "parent": [r.parent for r in rows],
        }
    )


def provider_rows(rows: list[Provider], month: pd.Timestamp, *, booked: bool) -> pd.DataFrame:
    """Return the rows of ``emergency_provider_month``: types of department in which nothing happened have none."""
    trial = PILOT_MONTHS[0] <= month <= PILOT_MONTHS[1]
    found = []
    for each in rows:
        pilot = trial and each.code in PILOT_TRUSTS
        for t in _TYPES:
            extra = each.counts.get(("booked", t), 0)
            attendances = each.counts[("attendances", t)] + extra
            over: float = each.counts[("over_4_hours", t)] + each.counts.get(("over_4_hours_booked", t), 0)
            admissions = each.counts[("admissions_via_ae", t)]
            if not (attendances or over or admissions):
                continue
            found.append(
                (
                    each.code,
                    month,
                    t,
                    attendances,
                    float(extra) if booked else float("nan"),
                    float("nan") if pilot else float(over),
                    admissions,
                    pilot,
                )
            )
    return pd.DataFrame(found, columns=PROVIDER_COLUMNS)


def england_rows(
    sums: Mapping[tuple[str, str], int], rows: list[Provider], month: pd.Timestamp, *, booked: bool
) -> dict[str, pd.DataFrame]:
    """Return England's rows of ``emergency_month`` and ``emergency_england_month`` from the sums of a provider file."""
    trial = PILOT_MONTHS[0] <= month <= PILOT_MONTHS[1]
    reporting = [r for r in rows if not (trial and r.code in PILOT_TRUSTS)]
    found = []
    for t in (*_TYPES, "all"):
        parts = _TYPES if t == "all" else (t,)

        def added(measures: tuple[str, ...], over: list[Provider], parts: tuple[str, ...] = parts) -> float:
            return float(sum(r.counts.get((m, p), 0) for r in over for m in measures for p in parts))

        found.append(
            {
                "area_code": "E92000001",
                "month": month,
                "department_type": t,
                "attendances": added(("attendances", "booked"), rows),
                "attendances_booked": added(("booked",), rows) if booked else float("nan"),
                "over_4_hours": added(("over_4_hours", "over_4_hours_booked"), reporting),
                "attendances_4_hour_reporting": added(("attendances", "booked"), reporting),
                "admissions_via_ae": added(("admissions_via_ae",), rows),
                "four_hour_basis": "without_pilot_trusts" if trial else "all_providers",
            }
        )
    via = float(sum(sums[("admissions_via_ae", t)] for t in _TYPES))
    other = float(sums[("admissions_other", "")])
    england = {
        "month": month,
        "admissions_via_ae": via,
        "admissions_other": other,
        "admissions_total": via + other,
        "waits_over_4_hours_for_admission": float(sums[("waits_4_to_12", "")] + sums[("waits_12", "")]),
        "waits_over_12_hours_for_admission": float(sums[("waits_12", "")]),
        "basis": "monthly",
        "pilot_trusts_left_out": trial,
        "booked_counted": booked,
        "type_3_shortfall": SHORTFALL_MONTHS[0] <= month <= SHORTFALL_MONTHS[1],
    }
    return {"emergency_month": pd.DataFrame(found), "emergency_england_month": pd.DataFrame([england])}
