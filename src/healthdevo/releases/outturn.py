"""Revenue Outturn Summary (RS) workbooks of the ministry for local government, 2007-08 onwards: what councils spent, by service."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from healthdevo.releases.opening import Cell, Opened, Sheet
from healthdevo.releases.release import MONTHS, Check, Release, clean, heading, quantity, text_of, total_of

__all__ = ["LAYOUTS", "KnownDifference", "RevenueOutturn"]

# {heading, as it starts: service}
_SERVICES = {
    "education services": "education",
    "highways and transport services": "highways_and_transport",
    "highways roads and transport services": "highways_and_transport",
    "highways, roads and transport services": "highways_and_transport",
    "social care": "social_care_total",
    "children social care": "children_social_care",
    "children's social care": "children_social_care",
    "adult social care": "adult_social_care",
    "public health": "public_health",
    "housing services (gfra only)": "housing_general_fund",
    "cultural and related services": "culture",
    "environmental services": "environment",
    "environmental and regulatory services": "environment",
    "planning and development services": "planning_and_development",
    "police services": "police",
    "fire and rescue services": "fire",
    "court services": "court",
    "central services": "central_services",
    "other services": "other",
}
_TOTAL, _NET = "total service expenditure", "net current expenditure"
_PARTS = ("children_social_care", "adult_social_care")
_KEPT = (
    "adult_social_care", "central_services", "children_social_care", "culture", "education", "environment", "highways_and_transport",
    "housing_general_fund", "net_current_expenditure", "other", "planning_and_development", "public_health", "social_care_total",
    "total_service_expenditure",
)  # fmt: skip
_UPPER = (
    "adult_social_care",
    "children_social_care",
    "education",
    "highways_and_transport",
    "public_health",
    "social_care_total",
)
"""Services that shire districts do not provide: their odd amounts there are no spending on the service."""

_CLASSES = {
    "L": "london_borough",
    "LB": "london_borough",
    "MD": "metropolitan_district",
    "UA": "unitary_authority",
    "SC": "shire_county",
    "SD": "shire_district",
}
_OTHERS = ("O",)
_LABELS = {
    # what other editions call the same columns
    **dict.fromkeys(("ecode", "e code", "la code"), "e-code"),
    **dict.fromkeys(("local authority name", "authority", "authority name", "la name"), "local authority"),
    **dict.fromkeys(("ons area code", "ons la code", "ons geography code"), "ons code"),
    **dict.fromkeys(("authority class", "la class", "class of authority"), "class"),
}
_CODE = re.compile(r"E\d{4}")
_LAST = re.compile(r"last updated:?\s*(\d{1,2})\s+([a-z]+)\s+(\d{4})")


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """A total that the ministry published though its own rows do not add up to it.

    Parameters
    ----------
    year : int
        Year in which the financial year starts.
    services : tuple of str
        The services it is in.
    council_class : str
        The class of councils.
    amount : float
        Published total less the sum of rows, in £ thousand.
    reason : str
        What is known of it.
    """

    year: int
    services: tuple[str, ...]
    council_class: str
    amount: float
    reason: str


KNOWN = (
    KnownDifference(
        2017,
        ("planning_and_development", "total_service_expenditure", "net_current_expenditure"),
        "L",
        -133.0,
        "as published: the totals of London boroughs for planning are £133 thousand below the boroughs' rows",
    ),
)


@dataclass(frozen=True)
class RevenueOutturn:
    """The workbook of one financial year: its columns, by their headings, are data."""

    name: str = "MHCLG revenue outturn summary (RS)"
    services: Mapping[str, str] = field(default_factory=lambda: _SERVICES)

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        return f"{self.name}: a sheet of net current expenditure with a heading E-code, Local authority, Class, Education services ... {_TOTAL}"

    def fits(self, opened: Opened) -> bool:
        """Return whether a sheet has the heading of the councils' rows."""
        return self._find(opened) is not None

    def _find(self, opened: Opened) -> tuple[Sheet, int] | None:
        """Return the sheet with net current expenditure and the row of its heading: the first of those with such a heading."""
        for sheet in opened.sheets:
            for row, cells in enumerate(sheet.rows[:40]):
                names = [_named(c) for c in cells]
                if "e-code" in names and "class" in names and "education services" in names:
                    above = " ".join(text_of(c).casefold() for r in sheet.rows[:row] for c in r)
                    if (
                        "capital charges (£" in above
                        or "capital items (£" in above
                        or "net total cost"
                        in " ".join(text_of(r[0]).casefold() for r in sheet.rows[:row] if r)
                    ):
                        break
                    return sheet, row
        return None

    def _columns(self, opened: Opened, sheet: Sheet, head: int) -> dict[str, int]:
        """Return the column of each service: those before the first total, and the two totals."""
        places: dict[str, int] = {}
        for place, cell in enumerate(sheet.rows[head]):
            name = heading(cell)
            if name.startswith(_TOTAL):
                service = "total_service_expenditure"
            elif name.startswith(_NET):
                service = "net_current_expenditure"
            elif "total_service_expenditure" in places:
                continue
            else:
                service = self.services.get(name, "")
                if not service:
                    if "education" in places and name:
                        raise opened.wrong("the service is not known", sheet, head, text_of(cell))
                    continue
            if service in places:
                if service.startswith(("total_", "net_")):
                    continue
                raise opened.wrong("the heading occurs twice", sheet, head, text_of(cell))
            places[service] = place
        needed = {
            "education",
            "highways_and_transport",
            "culture",
            "central_services",
            "total_service_expenditure",
            "net_current_expenditure",
        }
        if lacking := sorted(needed - set(places)):
            raise opened.wrong(f"the heading lacks {', '.join(lacking)}", sheet, head)
        if "social_care_total" not in places and not set(_PARTS) <= set(places):
            raise opened.wrong("the heading lacks social care", sheet, head)
        return places

    def read(self, opened: Opened) -> Release:
        """Return what each council spent, checked against the totals of classes and of England."""
        found = self._find(opened)
        assert found is not None
        sheet, head = found
        places = self._columns(opened, sheet, head)
        names = [_named(c) for c in sheet.rows[head]]
        at = {
            label: names.index(label)
            for label in ("e-code", "class", "local authority", "ons code")
            if label in names
        }
        if "local authority" not in at:
            raise opened.wrong("the heading lacks 'Local authority'", sheet, head)
        year, published = self._year(opened, sheet, head)
        councils: dict[str, tuple[int, str, str, dict[str, float]]] = {}
        official: dict[str, str] = {}
        missing: list[tuple[str, str]] = []
        totals: dict[str, tuple[int, dict[str, float | None]]] = {}
        notes = list(opened.notes)
        for row in range(head + 1, len(sheet.rows)):
            cells = sheet.rows[row]
            code, kind, name = (_label(cells, at[n]) for n in ("e-code", "class", "local authority"))
            if _named(code) == "e-code":
                continue
            if not _CODE.fullmatch(code):
                if not any(_is_number(cells, p) for p in places.values()):
                    continue
                values = {s: self._amount(opened, sheet, row, s, p) for s, p in places.items()}
                if "england" in name.casefold() and "region" not in name.casefold():
                    totals["England"] = (row, values)
                elif kind in _CLASSES or kind in _OTHERS:
                    key = kind if kind in _CLASSES else f"{kind}: {name}"
                    if key in totals:
                        raise opened.wrong(f"there is a second total of class {kind}", sheet, row)
                    totals[key] = (row, values)
                elif "region" not in name.casefold():
                    raise opened.wrong(
                        f"{(code or name)[:40]!r} is neither a council nor a total", sheet, row, "E-code"
                    )
                continue
            if kind not in _CLASSES and kind not in _OTHERS:
                raise opened.wrong(
                    f"{kind[:20]!r} is no class; {', '.join((*_CLASSES, *_OTHERS))} are known",
                    sheet,
                    row,
                    "Class",
                )
            values = {s: self._amount(opened, sheet, row, s, p) for s, p in places.items()}
            if any(v is None for v in values.values()):
                if not all(v is None for v in values.values()):
                    holes = ", ".join(s for s, v in values.items() if v is None)
                    notes.append(f"line {sheet.lines[row]}: {name} has no figure for {holes}; it is left out")
                missing.append((kind, f"{name} ({code})"))
                continue
            full = {s: v for s, v in values.items() if v is not None}
            if code in councils:
                if kind in _CLASSES:
                    raise opened.wrong(f"council {code} stands there twice", sheet, row, "E-code")
                continue
            councils[code] = (row, kind, name, full)
            official[code] = _label(cells, at["ons code"]) if "ons code" in at else ""
        if not councils:
            raise opened.wrong("there is no council below the heading", sheet, head)
        checks = self._reconcile(opened, sheet, year, councils, missing, totals, notes)
        if missing:
            notes.append(f"no figures in the file: {', '.join(n for k, n in missing)}")
        table = self._table(year, councils, official)
        if table.empty:
            raise opened.wrong("there is no council of a class that spends on these services", sheet, head)
        final = f"outturn of {year}/{(year + 1) % 100:02d}" + (
            f", as of {published:%-d %B %Y}" if published else ""
        )
        publisher = "Ministry of Housing, Communities and Local Government"
        title = "Local authority revenue expenditure and financing, outturn (RS)"
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            publisher,
            title,
            final,
            published,
            {"council_outturn": table},
            checks,
            tuple(notes),
        )

    def _amount(self, opened: Opened, sheet: Sheet, row: int, service: str, place: int) -> float | None:
        cells = sheet.rows[row]
        return clean(opened, sheet, row, service, cells[place] if place < len(cells) else "", whole=False)

    def _year(self, opened: Opened, sheet: Sheet, head: int) -> tuple[int, datetime.date | None]:
        """Return the year in which the financial year starts, and the day of publication where the title block has one."""
        lines = [text_of(c) for r in sheet.rows[:head] for c in r]
        years = [
            (int(a), int(b))
            for a, b in re.findall(
                r"\b(20\d\d)[-/](\d\d)\b", " ".join(s for s in lines if "outturn" in s.casefold())
            )
        ]
        if not years or years[0][1] != (years[0][0] + 1) % 100:
            raise opened.wrong("the title block names no financial year such as 2007-08", sheet)
        for text in lines:
            if day := _LAST.search(text.casefold()):
                month = MONTHS.index(day[2]) + 1 if day[2] in MONTHS else 0
                try:
                    return years[0][0], datetime.date(int(day[3]), month, int(day[1]))
                except ValueError:
                    break
        return years[0][0], None

    def _reconcile(
        self,
        opened: Opened,
        sheet: Sheet,
        year: int,
        councils: Mapping[str, tuple[int, str, str, Mapping[str, float]]],
        missing: list[tuple[str, str]],
        totals: Mapping[str, tuple[int, Mapping[str, float | None]]],
        notes: list[str],
    ) -> tuple[Check, ...]:
        """Return the checks of each council's row, of the classes against their councils, and of England against the classes.

        Figures are rounded to £ thousand, one by one: a sum of n of them may miss a rounded total by n/2 and a bit. Where all are whole and agree,
        the difference is 0.
        """
        if "England" not in totals:
            raise opened.wrong("there is no row for England to reconcile with", sheet)
        services = [
            s
            for s in next(iter(councils.values()))[3]
            if s not in ("total_service_expenditure", "net_current_expenditure")
        ]
        checks: list[Check] = []
        for code, (row, _, _, values) in councils.items():
            check = Check(
                f"{code}, services",
                values["total_service_expenditure"],
                sum(values[s] for s in services),
                len(services) / 2 + 0.5,
            )
            total_of(opened, sheet, row, [check])
            checks.append(check)
        row, england = totals["England"]
        whole = Check(
            "England, services",
            england["total_service_expenditure"] or 0.0,
            sum(england[s] or 0.0 for s in services),
            len(services) / 2 + 0.5,
        )
        total_of(opened, sheet, row, [whole])
        checks.append(whole)
        late = {k for k, _ in missing}
        for kind in dict.fromkeys(k for _, k, _, _ in councils.values()):
            if kind not in totals:
                continue
            if kind in late:
                names = ", ".join(n for k, n in missing if k == kind)
                notes.append(
                    f"the totals of class {kind} hold the ministry's own estimates for {names}; they can't be reconciled"
                )
                continue
            checks += self._class(
                opened, sheet, year, kind, [v for _, k, _, v in councils.values() if k == kind], totals[kind]
            )
        parts = {k: v[1] for k, v in totals.items() if k != "England"}
        others = [
            v
            for _, k, n, v in councils.values()
            if k in _OTHERS and not any(p.startswith("O: ") and _covers(p, n, parts) for p in parts)
        ]
        if parts:
            ready = [
                Check(
                    f"England and its classes, {s}",
                    england[s] or 0.0,
                    sum(p[s] or 0.0 for p in parts.values()) + sum(v[s] for v in others),
                    len(councils) / 2,
                )
                for s in (*services, "total_service_expenditure")
            ]
            total_of(opened, sheet, row, ready)
            checks += ready
        elif not missing:
            ready = [
                Check(
                    f"England, {s}",
                    england[s] or 0.0,
                    sum(v[s] for *_, v in councils.values()),
                    len(councils) / 2,
                )
                for s in (*services, "total_service_expenditure")
            ]
            total_of(opened, sheet, row, ready)
            checks += ready
        return tuple(checks)

    def _class(
        self,
        opened: Opened,
        sheet: Sheet,
        year: int,
        kind: str,
        rows: list[Mapping[str, float]],
        total: tuple[int, Mapping[str, float | None]],
    ) -> list[Check]:
        found = []
        for service, published in total[1].items():
            if published is None:
                continue
            added = sum(v[service] for v in rows)
            known = next(
                (
                    k.reason
                    for k in KNOWN
                    if (k.year, k.council_class) == (year, kind)
                    and service in k.services
                    and abs(published - added - k.amount) < 1
                ),
                "",
            )
            exact = published.is_integer() and all(v[service].is_integer() for v in rows) and year < 2021
            # a total of many services gathers the rounding of each of them
            rounded = len(rows) * (1.0 if service.startswith(("total_", "net_")) else 0.5)
            found.append(
                Check(f"class {kind}, {service}", published, added, 0.0 if exact else rounded, known)
            )
        total_of(opened, sheet, total[0], found)
        return found

    def _table(
        self,
        year: int,
        councils: Mapping[str, tuple[int, str, str, Mapping[str, float]]],
        official: Mapping[str, str],
    ) -> pd.DataFrame:
        rows = []
        for code, (_, kind, name, values) in councils.items():
            if kind not in _CLASSES:
                continue
            pounds = {s: round(v * 1000) for s, v in values.items()}
            if set(_PARTS) <= set(pounds):
                pounds["social_care_total"] = round(sum(values[p] for p in _PARTS) * 1000)
            for service in _KEPT:
                if service in pounds and not (kind == "SD" and service in _UPPER):
                    rows.append(
                        (
                            code,
                            name,
                            _CLASSES[kind],
                            official[code],
                            year,
                            f"{year}/{(year + 1) % 100:02d}",
                            service,
                            pounds[service],
                        )
                    )
        return pd.DataFrame(
            rows,
            columns=[
                "council_code",
                "council_name",
                "council_class",
                "area_code",
                "financial_year_start",
                "financial_year",
                "service",
                "spending",
            ],
        )


def _named(cell: Cell) -> str:
    """Return a heading in the words of most editions."""
    name = heading(cell)
    return _LABELS.get(name, name)


def _label(cells: Sequence[Cell], place: int) -> str:
    return text_of(cells[place]) if place < len(cells) else ""


def _is_number(cells: Sequence[Cell], place: int) -> bool:
    try:
        return place < len(cells) and quantity(cells[place]) is not None
    except ValueError:
        return True


def _covers(part: str, name: str, parts: Mapping[str, object]) -> bool:
    """Return whether a total of other authorities covers one of them: all where there is one total only, else all but the Greater London Authority."""
    return sum(p.startswith("O: ") for p in parts) == 1 or "greater london authority" not in name.casefold()


LAYOUTS = (RevenueOutturn(),)
