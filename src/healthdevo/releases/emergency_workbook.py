"""NHS England's A&E workbooks: the monthly time series of England, and the providers of one month (2015 onwards)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.releases.emergency_csv import (
    BOOKED_SINCE,
    PILOT_MONTHS,
    SAID,
    SHORTFALL_MONTHS,
    Provider,
    england_rows,
    provider_rows,
)
from healthdevo.releases.opening import Cell, Opened, Sheet
from healthdevo.releases.release import Check, Release, clean, heading, month_of, quantity, text_of, total_of

__all__ = ["LAYOUTS", "ProviderWorkbook", "TimeSeries"]

_TYPES = ("1", "2", "3")
_NAMES = {
    "1": "type 1 departments - major a&e",
    "2": "type 2 departments - single specialty",
    "3": "type 3 departments - other a&e/minor injury unit",
}
_TRIAL = "May 2019 to May 2023"

# a group of columns is known by how its own heading, in the row above, starts; {group: ({column heading: measure}, ...)}
_ATTENDED = "a&e attendances"
_WITHIN = "a&e attendances less than"
_OVER = "a&e attendances greater than"
_BOOKED = "a&e booked appointment attendances"
_ADMITTED = "emergency admissions"

Key = tuple[str, str]

_ACTIVITY: dict[str, dict[str, Key]] = {
    _ATTENDED: {
        **{_NAMES[t]: ("attendances", t) for t in _TYPES},
        "total attendances": ("attendances", "all"),
    },
    _ADMITTED: {
        "emergency admissions via type 1 a&e": ("admissions_via_ae", "1"),
        "emergency admissions via type 2 a&e": ("admissions_via_ae", "2"),
        "emergency admissions via type 3 and 4 a&e": ("admissions_via_ae", "3"),
        "total emergency admissions via a&e": ("admissions_via_ae", "all"),
        "other emergency admissions (i.e not via a&e)": ("admissions_other", ""),
        "total emergency admissions": ("admissions_total", ""),
        "number of patients spending >4 hours from decision to admit to admission": ("waits_4", ""),
        "number of patients spending >12 hours from decision to admit to admission": ("waits_12", ""),
    },
}
_PERFORMANCE: dict[str, dict[str, Key]] = {
    _WITHIN: {
        **{_NAMES[t]: ("within", t) for t in _TYPES},
        "total attendances < 4 hours": ("within", "all"),
    },
    _OVER: {
        **{_NAMES[t]: ("over", t) for t in _TYPES},
        "total attendances > 4 hours": ("over", "all"),
    },
}
_BOOKING: dict[str, dict[str, Key]] = {
    _BOOKED: {
        **{_NAMES[t]: ("booked", t) for t in _TYPES},
        "total attendances": ("booked", "all"),
    },
}
_LATER = frozenset({"within"})
_BESIDE = frozenset({"admissions_other", "admissions_total", "waits_4", "waits_12"})
_SUMS = ("attendances", "admissions_via_ae", "within", "over", "booked")


def _simple(cell: Cell) -> str:
    name = heading(cell).replace("(i.e.", "(i.e").replace("(ie ", "(i.e ").replace("speciality", "specialty")
    return SAID.get(name, name)


def _group_of(text: str, groups: Mapping[str, object]) -> str | None:
    """Return the group whose heading a text is: the longest of those it starts with, and not another that only starts alike.

    Until 2017 the groups were called ``A&E attendances > 4 hours``.
    """
    text = re.sub(r"\s*>\s*(?=4)", " greater than ", re.sub(r"\s*<\s*(?=4)", " less than ", text))
    known = (
        _ATTENDED,
        _WITHIN,
        _OVER,
        _BOOKED,
        _ADMITTED,
        "a&e booked appointment attendances less",
        "a&e booked appointment attendances greater",
        "a&e booked appointments attendances greater",
        "percentage",
        "number of patients",
    )
    fitting = [k for k in known if text.startswith(k)]
    best = max(fitting, key=len, default="")
    return best if best in groups else None


@dataclass(frozen=True)
class _Block:
    sheet: Sheet
    head: int
    label: int
    places: Mapping[Key, int]
    names: Mapping[Key, str]


def _block(
    opened: Opened,
    sheet: Sheet,
    label: str,
    groups: Mapping[str, Mapping[str, Key]],
    optional: frozenset[str] = frozenset(),
) -> _Block | None:
    """Return where the columns of a two-row heading stand; None where the sheet has no such heading.

    Columns of an optional measure, or of a whole group of optional measures, may be missing.
    """
    for row in range(1, min(len(sheet.rows), 40)):
        names = [_simple(c) for c in sheet.rows[row]]
        if label not in names or sum(_NAMES["1"] == n for n in names) == 0:
            continue
        above, group, places, shown = [_simple(c) for c in sheet.rows[row - 1]], None, {}, {}
        for place, name in enumerate(names):
            if place < len(above) and above[place]:
                group = _group_of(above[place], groups)
            key = groups.get(group or "", {}).get(name)
            if key is None:
                continue
            if key in places:
                raise opened.wrong(
                    "the heading occurs twice in its group", sheet, row, text_of(sheet.rows[row][place])
                )
            places[key], shown[key] = place, f"{group}: {name}"
        there = {key[0] for key in places}
        wanted = [
            (g, n)
            for g, columns in groups.items()
            for n, k in columns.items()
            if k not in places and not (k[0] in optional and k[0] not in there)
        ]
        if wanted and places:
            raise opened.wrong(f"the heading lacks {wanted[0][1]!r} under {wanted[0][0]!r}", sheet, row)
        if places:
            return _Block(sheet, row, names.index(label), places, shown)
    return None


def _has_figures(block: _Block, row: int) -> bool:
    """Return whether a row has a figure in some column of the block, be it written as text."""
    cells = block.sheet.rows[row]
    for place in block.places.values():
        try:
            if place < len(cells) and quantity(cells[place]) is not None:
                return True
        except ValueError:
            continue
    return False


def _values(opened: Opened, block: _Block, row: int) -> dict[Key, float | None]:
    cells = block.sheet.rows[row]
    return {
        key: clean(
            opened,
            block.sheet,
            row,
            block.names[key],
            cells[place] if place < len(cells) else "",
            whole=False,
        )
        for key, place in block.places.items()
    }


def _label(cells: Sequence[Cell], place: int) -> str:
    return text_of(cells[place]) if place < len(cells) else ""


def _rounded(value: float | None) -> float:
    """Return a figure to a millionth: months made of weeks have endless decimals."""
    return float("nan") if value is None else round(value, 6)


def _adds_up(
    opened: Opened, block: _Block, row: int, values: Mapping[Key, float | None], what: str, allowed: float
) -> list[Check]:
    """Return the row's own totals beside the sums of its parts, or an error that names what does not add up."""
    checks = []
    for measure in _SUMS:
        total, parts = values.get((measure, "all")), [values.get((measure, t)) for t in _TYPES]
        if total is not None and None not in parts:
            checks.append(Check(f"{what}, {measure}", total, sum(p for p in parts if p is not None), allowed))
    via, other, total = (
        values.get(k)
        for k in (("admissions_via_ae", "all"), ("admissions_other", ""), ("admissions_total", ""))
    )
    if via is not None and other is not None and total is not None:
        checks.append(Check(f"{what}, all emergency admissions", total, via + other, allowed))
    total_of(opened, block.sheet, row, checks)
    return checks


def _told(opened: Opened, label: str) -> str:
    """Return what stands beside a label of the title block, such as ``Published:``."""
    for sheet in opened.sheets:
        for cells in sheet.rows[:20]:
            names = [text_of(c) for c in cells]
            for place, name in enumerate(names[:-1]):
                if name.casefold().rstrip(":") == label:
                    return next((n for n in names[place + 1 :] if n), "")
    return ""


def _day(text: str) -> datetime.date | None:
    found = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+[A-Za-z]+\s+\d{4}", text)
    month = month_of(text) if found else None
    if found is None or month is None or not 1 <= int(found[1]) <= month.days_in_month:
        return None
    return month.date().replace(day=int(found[1]))


@dataclass(frozen=True)
class TimeSeries:
    """The workbook of England's monthly figures since August 2010."""

    name: str = "NHS England A&E monthly time series"

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        return f"{self.name}: sheets Activity, Performance and (since August 2020) Booking with a heading {_NAMES['1']!r} beside Period"

    def fits(self, opened: Opened) -> bool:
        """Return whether a sheet has the months and columns of the series."""
        return opened.kind == "workbook" and any(
            _block(opened, s, "period", _ACTIVITY) for s in opened.sheets
        )

    def read(self, opened: Opened) -> Release:
        """Return England's months, each checked against the totals of its row."""
        checks: list[Check] = []
        months: dict[pd.Timestamp, dict[Key, float | None]] = {}
        self._refuse_adjusted(opened)
        for groups, needed in ((_ACTIVITY, True), (_PERFORMANCE, True), (_BOOKING, False)):
            block = next(
                (b for s in opened.sheets if (b := _block(opened, s, "period", groups, _LATER))), None
            )
            if block is None:
                if needed:
                    raise opened.wrong(f"no sheet has the columns {', '.join(groups)!r} of {self.name}")
                continue
            found = self._months(opened, block, checks)
            if groups is _ACTIVITY:
                months = found
                continue
            for month, values in found.items():
                if month not in months:
                    raise opened.wrong(f"{month:%B %Y} is here, but not among the attendances", block.sheet)
                months[month].update(values)
        notes = list(opened.notes)
        every = pd.date_range(min(months), max(months), freq="MS")
        if gaps := [f"{m:%B %Y}" for m in every if m not in months]:
            raise opened.wrong(f"the series lacks {', '.join(gaps[:5])}")
        for month, values in months.items():
            trial = PILOT_MONTHS[0] <= month <= PILOT_MONTHS[1]
            for t in (*_TYPES, "all"):
                over, attended = values.get(("over", t)), values.get(("attendances", t))
                if ("within", t) not in values and None not in (over, attended) and not trial:
                    # editions until 2017 give the attendances over four hours only
                    values["within", t] = (attended or 0.0) - (over or 0.0)
            over, within = values.get(("over", "all")), values.get(("within", "all"))
            if over is not None and within is not None and not PILOT_MONTHS[0] <= month <= PILOT_MONTHS[1]:
                check = Check(
                    f"{month:%B %Y}, within and over four hours",
                    values[("attendances", "all")] or 0.0,
                    over + within,
                    1e-3,
                )
                checks.append(check)
                if not check.ok:
                    raise opened.wrong(
                        f"{check.what} add up to {check.added:,.10g}, but there were {check.published:,.10g} attendances"
                    )
        published = _day(_told(opened, "published"))
        edition = f"monthly time series as of {max(months):%B %Y}"
        tables = {"emergency_month": _month_rows(months), "emergency_england_month": _england_rows(months)}
        title = "A&E attendances and emergency admissions, monthly time series"
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            "NHS England",
            title,
            edition,
            published,
            tables,
            tuple(checks),
            tuple(notes),
        )

    def _refuse_adjusted(self, opened: Opened) -> None:
        """Refuse the series of 2019 to 2023 that leaves the trusts of the trial out of all figures, for England's it is not."""
        for sheet in opened.sheets[:3]:
            for row, cells in enumerate(sheet.rows[:12]):
                if any(re.search(r"(?<![a-z])adjusted", text_of(c).casefold()[:300]) for c in cells):
                    raise opened.wrong(
                        "it is the adjusted series, which leaves the trusts of the trial out; the unadjusted one has all of England",
                        sheet,
                        row,
                    )

    def _months(
        self, opened: Opened, block: _Block, checks: list[Check]
    ) -> dict[pd.Timestamp, dict[Key, float | None]]:
        found: dict[pd.Timestamp, dict[Key, float | None]] = {}
        for row in range(block.head + 1, len(block.sheet.rows)):
            cells = block.sheet.rows[row]
            cell = cells[block.label] if block.label < len(cells) else ""
            month = month_of(cell if isinstance(cell, datetime.date) else text_of(cell)[:40])
            if month is None:
                if _has_figures(block, row):
                    raise opened.wrong(f"{text_of(cell)[:40]!r} is no month", block.sheet, row, "Period")
                continue
            if month in found:
                raise opened.wrong(f"{month:%B %Y} stands there twice", block.sheet, row, "Period")
            if month < pd.Timestamp("2010-08-01") or month > pd.Timestamp.now():
                raise opened.wrong(
                    f"{month:%B %Y} is no month of this series, which begins in August 2010",
                    block.sheet,
                    row,
                    "Period",
                )
            values = _values(opened, block, row)
            for key, value in values.items():
                if value is not None and value < 0:
                    raise opened.wrong(
                        f"{value:g}: a number of at least 0 is expected", block.sheet, row, block.names[key]
                    )
                if value is None:
                    raise opened.wrong("there is no figure", block.sheet, row, block.names[key])
            checks += _adds_up(opened, block, row, values, f"{month:%B %Y}", 1e-3)
            found[month] = values
        if not found:
            raise opened.wrong("there is no month below the heading", block.sheet, block.head)
        return found


def _month_rows(months: Mapping[pd.Timestamp, Mapping[Key, float | None]]) -> pd.DataFrame:
    rows = []
    for month in sorted(months):
        values = months[month]
        trial = PILOT_MONTHS[0] <= month <= PILOT_MONTHS[1]
        told = values.get(("over", "all")) is not None
        for t in (*_TYPES, "all"):
            over, within = values.get(("over", t)), values.get(("within", t))
            rows.append(
                {
                    "area_code": "E92000001",
                    "month": month,
                    "department_type": t,
                    "attendances": _rounded(values[("attendances", t)]),
                    "attendances_booked": _rounded(values.get(("booked", t))),
                    "over_4_hours": _rounded(over),
                    "attendances_4_hour_reporting": _rounded(
                        None if over is None or within is None else over + within
                    ),
                    "admissions_via_ae": _rounded(values[("admissions_via_ae", t)]),
                    "four_hour_basis": ("without_pilot_trusts" if trial else "all_providers")
                    if told
                    else "not_published",
                }
            )
    return pd.DataFrame(rows)


def _england_rows(months: Mapping[pd.Timestamp, Mapping[Key, float | None]]) -> pd.DataFrame:
    weekly = (pd.Timestamp("2010-11-01"), pd.Timestamp("2015-05-01"))
    rows = []
    for month in sorted(months):
        values = months[month]
        rows.append(
            {
                "month": month,
                "admissions_via_ae": _rounded(values[("admissions_via_ae", "all")]),
                "admissions_other": _rounded(values[("admissions_other", "")]),
                "admissions_total": _rounded(values[("admissions_total", "")]),
                "waits_over_4_hours_for_admission": _rounded(values[("waits_4", "")]),
                "waits_over_12_hours_for_admission": _rounded(values[("waits_12", "")]),
                "basis": "apportioned_from_weeks" if weekly[0] <= month <= weekly[1] else "monthly",
                "pilot_trusts_left_out": PILOT_MONTHS[0] <= month <= PILOT_MONTHS[1],
                "booked_counted": month >= BOOKED_SINCE,
                "type_3_shortfall": SHORTFALL_MONTHS[0] <= month <= SHORTFALL_MONTHS[1],
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Listed:
    """The providers of a sheet: row, code, region, name and figures, with England's own and the checks."""

    block: _Block
    rows: Sequence[tuple[int, str, str, str, Mapping[Key, float | None]]]
    checks: Sequence[Check]


@dataclass(frozen=True)
class ProviderWorkbook:
    """The workbook (or, in some months, CSV file) of one month's providers, as published since June 2015.

    Its columns stand under two rows of headings, and England's row above or below the providers. Since August 2020 its figures hold booked
    attendances; where a sheet without them lies beside, the difference is the booked ones.
    """

    name: str = "NHS England monthly A&E provider workbook"

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        return f"{self.name}: a sheet with a heading Code, Region, Name beside {_NAMES['1']!r}, under a title block with the period"

    def fits(self, opened: Opened) -> bool:
        """Return whether a sheet has providers' codes beside the types of department."""
        return self._find(opened) is not None

    def _find(self, opened: Opened, *, booked: bool = True) -> _Block | None:
        groups = {
            _ATTENDED: _ACTIVITY[_ATTENDED],
            _OVER: _PERFORMANCE[_OVER],
            _ADMITTED: _ACTIVITY[_ADMITTED],
        }

        def order(sheet: Sheet) -> int:
            name = sheet.name.casefold()
            return 0 if "provider" in name else 1 if "a&e data" in name or len(opened.sheets) == 1 else 2

        for sheet in sorted(opened.sheets, key=order):
            name = sheet.name.casefold()
            if bool(re.search(r"non[- ]?booked", name)) is booked or re.search(_OTHERS, name):
                continue
            if block := _block(opened, sheet, "org code", groups, _BESIDE):
                return block
        return None

    def read(self, opened: Opened) -> Release:
        """Return the providers' rows of the month, checked against England's row."""
        block = self._find(opened)
        assert block is not None
        month = self._month(opened, block)
        listed = self._listed(opened, block)
        checks = list(listed.checks)
        unbooked: dict[str, Mapping[Key, float | None]] | None = None
        if (other := self._find(opened, booked=False)) is not None:
            apart = self._listed(opened, other)
            checks += apart.checks
            unbooked = {code: values for _, code, _, _, values in apart.rows}
        providers = [self._provider(opened, block, each, unbooked) for each in listed.rows]
        table = provider_rows(providers, month, booked=unbooked is not None)
        told = pd.DataFrame(
            {
                "provider_code": [p.code for p in providers],
                "provider_name": [p.name for p in providers],
                "parent": [p.parent for p in providers],
            }
        )
        tables: dict[str, pd.DataFrame] = {"emergency_provider_month": table, "emergency_provider": told}
        sums = {
            key: sum(p.counts.get(key, 0) for p in providers)
            for key in {key for p in providers for key in p.counts}
        }
        if {("admissions_other", ""), ("waits_4_to_12", ""), ("waits_12", "")} <= set(sums):
            tables |= england_rows(sums, providers, month, booked=unbooked is not None)
            tables["emergency_england_month"]["booked_counted"] = month >= BOOKED_SINCE
        notes = list(opened.notes)
        if month >= BOOKED_SINCE and unbooked is None:
            notes.append("booked attendances are not told apart in this workbook")
        title = "A&E attendances and emergency admissions, monthly provider workbook"
        edition = f"provider file of {month:%B %Y}" + (
            ", revised" if _told(opened, "revised") or "revis" in opened.file.casefold() else ""
        )
        published = _day(_told(opened, "revised")) or _day(_told(opened, "published"))
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            "NHS England",
            title,
            edition,
            published,
            tables,
            tuple(checks),
            tuple(notes),
            tested=False,
        )

    def _month(self, opened: Opened, block: _Block) -> pd.Timestamp:
        told = _told(opened, "period")
        month = month_of(told[:60])
        if month is None:
            shown = f": {told[:40]!r} is none" if told else ""
            raise opened.wrong(f"the title block names no month beside 'Period:'{shown}", block.sheet)
        if not pd.Timestamp("2015-06-01") <= month <= pd.Timestamp.now():
            raise opened.wrong(
                f"{month:%B %Y} is no month of this collection, which begins in June 2015", block.sheet
            )
        return month

    def _listed(self, opened: Opened, block: _Block) -> _Listed:
        names = [_simple(c) for c in block.sheet.rows[block.head]]
        named = names.index("org name") if "org name" in names else block.label
        parent = names.index("parent org") if "parent org" in names else block.label
        rows: list[tuple[int, str, str, str, dict[Key, float | None]]] = []
        england: tuple[int, dict[Key, float | None]] | None = None
        checks: list[Check] = []
        seen: dict[str, int] = {}
        for row in range(block.head + 1, len(block.sheet.rows)):
            cells = block.sheet.rows[row]
            code = _label(cells, block.label)
            if not _has_figures(block, row):
                continue
            values = self._counted(opened, block, row)
            who = {code.casefold(), _label(cells, named).casefold()}
            checks_of_row = _adds_up(opened, block, row, values, code or _label(cells, named), 0.0)
            if {"england", "total", "england total"} & who or (
                code in ("-", "") and _label(cells, parent).casefold() in ("", "-", "total", "england")
            ):
                if england is not None and england[1] != values:
                    raise opened.wrong(
                        "there is a second row for England, with other figures", block.sheet, row
                    )
                england = (row, values)
                continue
            checks += checks_of_row
            if not re.fullmatch(r"[0-9A-Z]{3,6}", code):
                raise opened.wrong(f"{code[:40]!r} is no code of an organisation", block.sheet, row, "Code")
            if code in seen:
                raise opened.wrong(
                    f"provider {code} stands there twice (already on line {block.sheet.lines[seen[code]]})",
                    block.sheet,
                    row,
                    "Code",
                )
            seen[code] = row
            rows.append((row, code, _label(cells, parent), _label(cells, named), values))
        if not rows:
            raise opened.wrong("there is no provider below the heading", block.sheet, block.head)
        if england is None:
            raise opened.wrong("there is no row for England to reconcile with", block.sheet, block.head)
        for key, total in england[1].items():
            if total is None and any(v.get(key) for *_, v in rows):
                raise opened.wrong(
                    "there is no figure for England to reconcile with",
                    block.sheet,
                    england[0],
                    block.names[key],
                )
        totals = [
            Check(block.names[key], total, sum(v.get(key) or 0.0 for *_, v in rows))
            for key, total in england[1].items()
            if total is not None
        ]
        total_of(opened, block.sheet, england[0], totals)
        return _Listed(block, rows, (*checks, *totals))

    def _counted(self, opened: Opened, block: _Block, row: int) -> dict[Key, float | None]:
        values = _values(opened, block, row)
        cells = block.sheet.rows[row]
        for key, value in values.items():
            # only four-hour figures may be missing, of trusts that did not report them; elsewhere a dash or an empty cell is 0, which the total confirms
            said = _label(cells, block.places[key])
            if value is None and said not in ("", "-", "–") and key[0] not in ("over", "within"):
                raise opened.wrong(f"{said[:20]!r} in place of a count", block.sheet, row, block.names[key])
            if value is not None and (value < 0 or not value.is_integer()):
                raise opened.wrong(
                    f"{value:g}: a whole number of at least 0 is expected",
                    block.sheet,
                    row,
                    block.names[key],
                )
        for t in (*_TYPES, "all"):
            over, attended = values.get(("over", t)), values.get(("attendances", t))
            if over is not None and attended is not None and over > attended:
                raise opened.wrong(
                    f"{over:,.0f} stayed over four hours, but only {attended:,.0f} attended",
                    block.sheet,
                    row,
                    block.names["over", t],
                )
        return values

    def _provider(
        self,
        opened: Opened,
        block: _Block,
        each: tuple[int, str, str, str, Mapping[Key, float | None]],
        unbooked: Mapping[str, Mapping[Key, float | None]] | None,
    ) -> Provider:
        row, code, parent, name, values = each
        counts: dict[Key, int] = {}
        for t in _TYPES:
            attended = int(values.get(("attendances", t)) or 0)
            booked = 0
            if unbooked is not None:
                booked = attended - int(unbooked.get(code, {}).get(("attendances", t)) or 0)
                if booked < 0:
                    raise opened.wrong(
                        f"provider {code} has {-booked:,} more attendances in the sheet without booked ones",
                        block.sheet,
                        row,
                        block.names["attendances", t],
                    )
            counts["attendances", t], counts["booked", t] = attended - booked, booked
            if (over := values.get(("over", t))) is not None or not attended:
                counts["over_4_hours", t] = int(over or 0)
            counts["admissions_via_ae", t] = int(values.get(("admissions_via_ae", t)) or 0)
        if ("waits_4", "") in values and ("waits_12", "") in values:
            long = int(values["waits_12", ""] or 0)
            counts["waits_12", ""] = long
            counts["waits_4_to_12", ""] = int(values["waits_4", ""] or 0) - long
        if ("admissions_other", "") in values:
            counts["admissions_other", ""] = int(values["admissions_other", ""] or 0)
        return Provider(row, "", code, parent, name, counts)


_OTHERS = r"region|system|stp\b|icb|ccg|commission|footprint|booked appointment"
"""Sheets of the same headings that hold no providers."""

LAYOUTS = (TimeSeries(), ProviderWorkbook())
