"""Releases with one heading and a row for each observation: a layout is its columns, as data.

These layouts follow the documentation of their publishers. They have not been tested on files as published, and every release read by them says so.
No table of the project takes them as they are: they are for analyses of one's own.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.releases.opening import Cell, Opened, Sheet
from healthdevo.releases.release import Check, Release, clean, heading, month_of, text_of, total_of

__all__ = ["LAYOUTS", "Column", "Tidy"]

_ROWS = 2_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a layout.

    Parameters
    ----------
    name : str
        Its name in the table that comes out.
    heading : str
        Pattern of its heading, in comparable form (small letters, single blanks).
    kind : str, default "text"
        ``text``, ``number``, ``count`` (whole, at least 0), ``month`` or ``code`` (a text that must be there).
    needed : bool, default True
        Whether a file without it is of another layout.
    pattern : str, default ""
        What a code looks like.
    """

    name: str
    heading: str
    kind: str = "text"
    needed: bool = True
    pattern: str = ""


@dataclass(frozen=True)
class Tidy:
    """A layout with one heading and a row for each observation.

    Parameters
    ----------
    name, publisher, title : str
        What the layout is called, who publishes it, what it holds.
    table : str
        Name of the table that comes out.
    columns : tuple of Column
        Its columns.
    key : tuple of str
        Columns that tell rows apart: two rows with the same are an error.
    wide : str, default ""
        Pattern of headings that stand for periods; its group is the year. Each such cell becomes a row with ``year`` and ``value``.
    parts : str, default ""
        Pattern of headings whose cells add up, within the row, to the column ``total``.
    """

    name: str
    publisher: str
    title: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    wide: str = ""
    parts: str = ""

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        shown = [re.sub(r"[\\^$]|\(\?:?|\)\??|\\d\+?", "", c.heading) for c in self.columns if c.needed]
        return f"{self.name}: {', '.join(shown[:6])}{' ...' if len(shown) > 6 else ''} (not tested on files as published)"

    def fits(self, opened: Opened) -> bool:
        """Return whether some row holds all needed headings."""
        return self._find(opened) is not None

    def _find(self, opened: Opened) -> tuple[Sheet, int] | None:
        for sheet in opened.sheets:
            for row, cells in enumerate(sheet.rows[:40]):
                names = [heading(c) for c in cells]
                needed = [c.heading for c in self.columns if c.needed] + [self.wide] * bool(self.wide)
                if len(names) >= 3 and all(any(re.fullmatch(h, n) for n in names) for h in needed):
                    return sheet, row
        return None

    def read(self, opened: Opened) -> Release:
        """Return the observations, each cell checked, and totals within rows where the layout has them."""
        found = self._find(opened)
        assert found is not None
        sheet, head = found
        names = [heading(c) for c in sheet.rows[head]]
        places: dict[str, int] = {}
        for column in self.columns:
            at = [i for i, n in enumerate(names) if re.fullmatch(column.heading, n)]
            if len(at) > 1:
                raise opened.wrong("the heading occurs twice", sheet, head, names[at[0]])
            if at:
                places[column.name] = at[0]
        years = {i: int(m[1]) for i, n in enumerate(names) if self.wide and (m := re.fullmatch(self.wide, n))}
        if len(set(years.values())) < len(years):
            raise opened.wrong("a year occurs twice in the heading", sheet, head)
        parts = {i: n for i, n in enumerate(names) if self.parts and re.fullmatch(self.parts, n)}
        rows: list[dict[str, object]] = []
        checks: list[Check] = []
        seen: dict[tuple[object, ...], int] = {}
        for row in range(head + 1, len(sheet.rows)):
            cells = sheet.rows[row]
            if sum(bool(text_of(c)) for c in cells) < 2:
                continue
            one = {
                c.name: self._cell(opened, sheet, row, c, _at(cells, places[c.name]))
                for c in self.columns
                if c.name in places
            }
            if parts:
                checks += self._total(opened, sheet, row, cells, parts, one)
            for place, year in years.items():
                value = clean(opened, sheet, row, names[place], _at(cells, place), whole=False)
                self._add(opened, sheet, row, {**one, "year": year, "value": value}, rows, seen)
            if not years:
                self._add(opened, sheet, row, one, rows, seen)
            if len(rows) > _ROWS:
                raise opened.wrong(f"it has more than {_ROWS:,} observations: split the file", sheet, row)
        if not rows:
            raise opened.wrong("there is no observation below the heading", sheet, head)
        notes = (
            *opened.notes,
            "this layout follows its documentation and was not tested on a file as published",
        )
        edition = f"file of {len(rows):,} observations"
        frame = pd.DataFrame(rows)
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            self.publisher,
            self.title,
            edition,
            None,
            {self.table: frame},
            tuple(checks),
            notes,
            tested=False,
        )

    def _add(
        self,
        opened: Opened,
        sheet: Sheet,
        row: int,
        one: Mapping[str, object],
        rows: list[dict[str, object]],
        seen: dict[tuple[object, ...], int],
    ) -> None:
        key = tuple(one.get(k) for k in self.key)
        if key in seen:
            shown = ", ".join(str(k)[:40] for k in key)
            raise opened.wrong(
                f"the row of {shown} stands already on line {sheet.lines[seen[key]]}", sheet, row
            )
        seen[key] = row
        rows.append(dict(one))

    def _cell(self, opened: Opened, sheet: Sheet, row: int, column: Column, cell: Cell) -> object:
        if column.kind in ("number", "count"):
            value = clean(opened, sheet, row, column.name, cell, whole=column.kind == "count")
            return float("nan") if value is None else value
        text = text_of(cell)
        if column.kind == "month":
            month = (
                pd.Timestamp(cell.year, cell.month, 1)
                if isinstance(cell, datetime.date)
                else month_of(text[:60])
            )
            if month is None:
                raise opened.wrong(f"{text[:40]!r} is no month such as June 2026", sheet, row, column.name)
            return month
        if column.kind == "code" and not re.fullmatch(column.pattern or r"\S.*", text):
            raise opened.wrong(f"{text[:40]!r} is no valid code", sheet, row, column.name)
        return text

    def _total(
        self,
        opened: Opened,
        sheet: Sheet,
        row: int,
        cells: Sequence[Cell],
        parts: Mapping[int, str],
        one: Mapping[str, object],
    ) -> list[Check]:
        total = one.get("total")
        values = [clean(opened, sheet, row, n, _at(cells, i), whole=True) for i, n in parts.items()]
        if not isinstance(total, float | int) or total != total or all(v is None for v in values):
            return []
        check = Check("the parts of a row", float(total), float(sum(v or 0 for v in values)))
        total_of(opened, sheet, row, [check])
        return [check]


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else ""


_AREA = r"[A-Z]\d{8}|[A-Z0-9]{3,9}|[a-z]{3,5}-.*"

LAYOUTS = (
    Tidy(
        "OHID Fingertips indicator export",
        "Office for Health Improvement and Disparities",
        "Fingertips, indicators by area",
        "indicator_value",
        (
            Column("indicator_id", "indicator id", "code", pattern=r"\d{1,9}"),
            Column("indicator", "indicator name"),
            Column("area_code", "area code", "code", pattern=_AREA),
            Column("area_name", "area name"),
            Column("area_type", "area type"),
            Column("sex", "sex"),
            Column("age", "age"),
            Column("category_type", "category type", needed=False),
            Column("category", "category", needed=False),
            Column("parent_code", "parent code", needed=False),
            Column("period", "time period", "code"),
            Column("value", "value", "number"),
            Column("lower", r"lower ci 95\.0 limit", "number"),
            Column("upper", r"upper ci 95\.0 limit", "number"),
            Column("count", "count", "number"),
            Column("denominator", "denominator", "number"),
            Column("note", "value note", needed=False),
            Column("period_order", "time period sortable", needed=False),
        ),
        (
            "indicator_id",
            "area_code",
            "area_type",
            "parent_code",
            "sex",
            "age",
            "category_type",
            "category",
            "period",
        ),
    ),
    Tidy(
        "ONS mid-year population by single year of age (MYEB1)",
        "Office for National Statistics",
        "Mid-year population estimates, detailed series (MYEB1)",
        "population_single_age",
        (
            Column("area_code", r"ladcode\d\d", "code", pattern=r"[A-Z]\d{8}"),
            Column("area_name", r"laname\d\d"),
            Column("country", "country"),
            Column("sex", "sex", "code", pattern="[12MF]"),
            Column("age", "age", "count"),
        ),
        ("area_code", "sex", "age", "year"),
        wide=r"population_(\d{4})",
    ),
    Tidy(
        "ONS Nomis observations (API, CSV)",
        "Office for National Statistics",
        "Nomis, observations by area",
        "nomis_observation",
        (
            Column("period", "date(?:_name)?", "code"),
            Column("area_code", "geography_code", "code", pattern=_AREA),
            Column("area_name", "geography_name"),
            Column("sex", "(?:gender|sex|c_sex)_name", needed=False),
            Column("age", "(?:c_)?age_name", needed=False),
            Column("cause", "cause_of_death_name", needed=False),
            Column("measure", "measure_name", needed=False),
            Column("measures", "measures_name", needed=False),
            Column("value", "obs_value", "number"),
            Column("status", "obs_status(?:_name)?", needed=False),
        ),
        ("period", "area_code", "sex", "age", "cause", "measure", "measures"),
    ),
    Tidy(
        "MHCLG Indices of Deprivation, file 7",
        "Ministry of Housing, Communities and Local Government",
        "English indices of deprivation, all scores, ranks and deciles (file 7)",
        "small_area_deprivation",
        (
            Column("small_area_code", r"lsoa code \(\d{4}\)", "code", pattern=r"E01\d{6}"),
            Column(
                "district_code", r"local authority district code \(\d{4}\)", "code", pattern=r"E0[6-9]\d{6}"
            ),
            Column("score", r"index of multiple deprivation \(imd\) score", "number"),
            Column("rank", r"index of multiple deprivation \(imd\) rank.*", "count"),
            Column("decile", r"index of multiple deprivation \(imd\) decile.*", "count"),
            Column("income_score", r"income score \(rate\)", "number"),
            Column("employment_score", r"employment score \(rate\)", "number"),
            Column("education_score", "education, skills and training score", "number"),
            Column("health_score", "health deprivation and disability score", "number"),
            Column("crime_score", "crime score", "number"),
            Column("housing_score", "barriers to housing and services score", "number"),
            Column("environment_score", "living environment score", "number"),
            Column("population", r"total population: mid \d{4}.*", "count"),
        ),
        ("small_area_code",),
    ),
    Tidy(
        "NHS England referral to treatment, full extract",
        "NHS England",
        "Consultant-led referral to treatment waiting times, full CSV extract",
        "referral_to_treatment",
        (
            Column("month", "period", "month"),
            Column("provider_code", "provider org code", "code", pattern="[0-9A-Z]{3,6}"),
            Column("provider_name", "provider org name"),
            Column("commissioner_code", "commissioner org code", "code"),
            Column("part", "rtt part type", "code", pattern="(?i)part_[123][ab]?"),
            Column("treatment_code", "treatment function code", "code"),
            Column("treatment", "treatment function name"),
            Column("total", "total", "count"),
            Column("unknown_start", "patients with unknown clock start date", "count"),
            Column("total_all", "total all", "count"),
        ),
        ("month", "provider_code", "commissioner_code", "part", "treatment_code"),
        parts=r"gt \d+ (?:to \d+ )?weeks sum 1",
    ),
    Tidy(
        "NHS England cancer waiting times, combined extract",
        "NHS England",
        "Cancer waiting times, combined CSV by provider and commissioner",
        "cancer_waiting_times",
        (
            Column("month", "month|period", "month"),
            Column("basis", "basis", "code"),
            Column("org_code", "org_code", "code", pattern="[0-9A-Z]{3,6}|(?i:all.*|england|total)"),
            Column("standard", "standard_or_item", "code"),
            Column("cancer_type", "cancer_type"),
            Column("route", "referral_route_or_stage"),
            Column("modality", "treatment_modality"),
            Column("total", "total(?: treated)?", "count"),
            Column("within", "within(?: standard)?", "count"),
            Column("after", "(?:after|breaches|outside).*", "count", needed=False),
        ),
        ("month", "basis", "org_code", "standard", "cancer_type", "route", "modality"),
    ),
)
