"""NHS England's monthly A&E file: one row for each provider, as CSV, in all its layouts since 2018, and in workbooks of the same heading."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.releases.opening import Cell, Opened, Sheet
from healthdevo.releases.release import Check, Release, clean, heading, month_of, text_of, total_of

__all__ = [
    "LAYOUTS",
    "PILOT_MONTHS",
    "PILOT_TRUSTS",
    "SAID",
    "Provider",
    "ProviderMonth",
    "england_rows",
    "provider_rows",
]

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
SAID: dict[str, str] = {
    # what other editions call the same columns
    "month": "period",
    "reporting period": "period",
    **dict.fromkeys(("code", "organisation code", "provider code", "provider org code"), "org code"),
    **dict.fromkeys(
        ("region", "parent", "parent organisation", "parent org name", "provider parent name", "system", "stp",
         "integrated care board"),
        "parent org",
    ),
    "icb": "parent org",
    **dict.fromkeys(("name", "organisation name", "provider name", "provider org name"), "org name"),
}  # fmt: skip
_TYPES = ("1", "2", "3")
_WORDS = {"1": "type 1", "2": "type 2", "3": "other department"}
_TYPE_3 = re.compile(r"\b(?:type 3(?: and 4)?|other a&e departments?|other departments?|other a&e|other)$")
_DERIVED: dict[str, tuple[tuple[str, ...], ...]] = {
    # a row's own totals: each is the sum of these measures over the types
    "total attendances": (("attendances",), ("attendances", "booked")),
    "total a&e attendances": (("attendances",), ("attendances", "booked")),
    "total attendances over 4hrs": (("over_4_hours",), ("over_4_hours", "over_4_hours_booked")),
    "total attendances > 4 hours": (("over_4_hours",), ("over_4_hours", "over_4_hours_booked")),
    "total emergency admissions via a&e": (("admissions_via_ae",),),
    "total emergency admissions": (("admissions_via_ae", "admissions_other"),),
}

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


_KNOWN = {**_PLAIN, **_BOOKED}
_ALL = frozenset({"england", "england total", "total england", "grand total", "all", "all providers"})
_BESIDE = re.compile(
    r"\b(?:codes?|names?|regions?|years?|quarters?|boards?|icb|sicbl|stp|systems?|ods|postcode|notes?|comments?)\b"
)
"""What headings of further labels say: whatever stands below them is no figure of the collection."""


def _named(cell: Cell) -> str:
    """Return a heading of a provider file in the words of the present edition."""
    return _in_present_words(heading(cell))


@functools.lru_cache(maxsize=1 << 12)
def _in_present_words(name: str) -> str:
    if name in SAID:
        return SAID[name]
    name = re.sub(r"\bae attendances\b", "a&e attendances", name)
    name = re.sub(r"\bover 4 ?h(?:ou)?rs?\b", "over 4hrs", name)
    name = re.sub(r"\b(4-12|12\+) ?h(?:ou)?r?s\b", r"\1 hrs", name)
    name = re.sub(
        r"^total attendances >? ?(?:over|greater than)? ?4 ?h(?:ou)?rs?$", "total attendances > 4 hours", name
    )
    if name in _KNOWN or name in _DERIVED or name.startswith(("total", "percentage", "other emergency")):
        return name
    return _TYPE_3.sub("other department", name)


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
        """Return whether the headings are those of this layout; totals, percentages and empty columns beside them do not matter."""
        found = _header(opened)
        return found is not None and set(found[2]) & set(_KNOWN) == set(self.columns)

    def read(self, opened: Opened) -> Release:
        """Return the providers' rows of the month, checked against the file's total."""
        sheet, row, places = _header(opened) or (opened.sheets[0], 0, {})
        notes = list(opened.notes)
        _surplus(opened, sheet, row, places, notes)
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
            if len(cells) < 6:
                continue
            names = [_named(c) for c in cells]
            if set(_LABELS) <= set(names) and len(set(names) & set(_KNOWN)) > 2:
                places: dict[str, int] = {}
                for place, name in enumerate(names):
                    if name and name in places and name in (*_LABELS, *_KNOWN):
                        raise opened.wrong("the heading occurs twice", sheet, row, text_of(cells[place]))
                    if name:
                        places.setdefault(name, place)
                return sheet, row, places
    return None


def _surplus(opened: Opened, sheet: Sheet, head: int, places: dict[str, int], notes: list[str]) -> None:
    """Take columns that no layout knows out of those found: empty ones are noted, and one with figures is an error."""
    empty = []
    for name, place in list(places.items()):
        if name in _LABELS or name in _KNOWN or name in _DERIVED:
            continue
        shown = text_of(sheet.rows[head][place])
        full = [r for r in sheet.rows[head + 1 :] if place < len(r) and re.search(r"\d", text_of(r[place]))]
        if name.startswith("percentage") or name.endswith("performance") or "%" in name:
            notes.append(f"column {shown[:60]!r} left out: it follows from the counts")
        elif full and _BESIDE.search(name) and not re.search(r"attend|admi|wait|4 ?h", name):
            notes.append(f"column {shown[:60]!r} left out: it holds labels")
        elif full:
            raise opened.wrong("no layout of this file has such a column", sheet, head, shown)
        else:
            empty.append(shown[:60])
        del places[name]
    if empty:
        notes.append(f"columns without figures left out: {', '.join(map(repr, empty[:5]))}")


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
    named = {i for i, c in enumerate(sheet.rows[head]) if len(text_of(c)) > 1}
    dashes = strays = 0
    for row in range(head + 1, len(sheet.rows)):
        cells = sheet.rows[row]
        stray = [
            text_of(c)
            for place, c in enumerate(cells)
            if place not in used and place not in named and text_of(c)
        ]
        if any(re.search(r"\d", s) for s in stray):
            raise opened.wrong(f"{stray[0]!r} stands in a column without a heading", sheet, row)
        strays += len(stray)
        period, code, parent, who = labels = [_label(cells, places[name]) for name in _LABELS]
        figures = [_label(cells, places[name]) for name in columns]
        if not any(labels) and not any(figures):
            continue
        if cells == sheet.rows[head]:
            raise opened.wrong("the heading stands here again", sheet, row)
        if not any(figures):
            if re.fullmatch(r"[0-9A-Z]{3,6}", code) and month_of(period[:60]) is not None:
                raise opened.wrong(f"the row of {code} breaks off: it has no figures", sheet, row)
            notes.append(
                f"line {sheet.lines[row]} is a note, not a provider: {' '.join(filter(None, labels))[:80]!r}"
            )
            continue
        summed = _is_total(labels)
        if total is not None and summed:
            raise opened.wrong("there is a second row of totals", sheet, row)
        values: dict[tuple[str, str], int] = {}
        for name, key in columns.items():
            cell: Cell = cells[places[name]] if places[name] < len(cells) else ""
            value = clean(opened, sheet, row, name, cell, whole=True)
            if value is None and text_of(cell) not in ("-", "–"):
                raise opened.wrong(f"{text_of(cell)!r} in place of a count", sheet, row, name)
            dashes += value is None
            values[key] = int(value or 0)
        _adds_up(opened, sheet, row, places, values)
        one = Provider(row, period, code, parent, who, values)
        if summed:
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


def _is_total(labels: Sequence[str]) -> bool:
    """Return whether a row is that of all providers: it says so, and England's has no code of an organisation."""
    said = {label.casefold() for label in labels}
    return "total" in said or bool(
        said & _ALL and not re.fullmatch(r"[0-9A-Z]{3,6}", labels[1].replace("ALL", ""))
    )


def _adds_up(
    opened: Opened,
    sheet: Sheet,
    row: int,
    places: Mapping[str, int],
    values: Mapping[tuple[str, str], int],
) -> None:
    """Raise an error where a row's own total is not the sum of its types, with or without booked ones, or more stayed over four hours than came."""
    cells = sheet.rows[row]
    for name, ways in _DERIVED.items():
        if name not in places:
            continue
        cell: Cell = cells[places[name]] if places[name] < len(cells) else ""
        published = clean(opened, sheet, row, name, cell, whole=True)
        sums = [sum(v for (m, _), v in values.items() if m in way) for way in ways]
        if published is not None and published not in sums:
            total_of(opened, sheet, row, (Check(name, published, float(sums[0])),))
    for kind in _TYPES:
        attended, over = (
            values[first, kind] + values.get((then, kind), 0)
            for first, then in (("attendances", "booked"), ("over_4_hours", "over_4_hours_booked"))
        )
        if over > attended:
            raise opened.wrong(
                f"{over:,} stayed over four hours, but only {attended:,} attended",
                sheet,
                row,
                f"attendances over 4hrs {_WORDS[kind]}",
            )


def _label(cells: Sequence[Cell], place: int) -> str:
    return text_of(cells[place]) if place < len(cells) else ""


def _month(opened: Opened, sheet: Sheet, rows: list[Provider]) -> pd.Timestamp:
    found: pd.Timestamp | None = None
    for each in rows:
        month = month_of(each.period[:60])
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
            told = ("over_4_hours", t) in each.counts
            over = each.counts.get(("over_4_hours", t), 0) + each.counts.get(("over_4_hours_booked", t), 0)
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
                    float("nan") if pilot or not told else float(over),
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

        telling = float(
            sum(
                r.counts.get((m, p), 0)
                for r in reporting
                for p in parts
                if ("over_4_hours", p) in r.counts
                for m in ("attendances", "booked")
            )
        )
        found.append(
            {
                "area_code": "E92000001",
                "month": month,
                "department_type": t,
                "attendances": added(("attendances", "booked"), rows),
                "attendances_booked": added(("booked",), rows) if booked else float("nan"),
                "over_4_hours": added(("over_4_hours", "over_4_hours_booked"), reporting),
                "attendances_4_hour_reporting": telling,
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
