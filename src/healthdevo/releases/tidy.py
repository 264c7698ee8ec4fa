"""Releases with one heading and a row for each observation: a layout is its columns, as data.

These layouts follow the documentation of their publishers. They have not been tested on files as published, and every release read by them says so.
Waiting lists and cancer waits give tables of the project as well; the others are for analyses of one's own.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.errors import ReleaseError
from healthdevo.releases.opening import Cell, Opened, Sheet
from healthdevo.releases.release import Check, Release, clean, count, heading, month_of, text_of, total_of
from healthdevo.releases.waiting import ALL_TREATMENTS, cancer_rows, waiting_rows

__all__ = ["AREA", "LAYOUTS", "UNTESTED", "Bands", "Column", "Rollup", "Tidy"]

_ROWS = 2_000_000
_SEX = {"1": "M", "2": "F", "m": "M", "f": "F", "male": "M", "female": "F", "males": "M", "females": "F"}

UNTESTED = "this layout follows its documentation and was not tested on a file as published"
"""What every release of these layouts says."""

AREA = r"[A-Za-z]\d{8}|[A-Za-z0-9][A-Za-z0-9_.:-]{1,29}"
"""Codes of areas: those of the ONS, of the NHS, and made-up ones of Fingertips."""


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
        ``text``, ``number``, ``count`` (whole, at least 0), ``quantity`` (at least 0), ``month``, ``sex`` (M or F, from the publisher's 1 and 2) or
        ``code`` (a text that must be there).
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


@dataclass(frozen=True, slots=True)
class Rollup:
    """Rows that are the sum of others.

    Parameters
    ----------
    column, pattern : str
        Column of the key, and what it says in rows of totals.
    measures : tuple of str
        Columns that add up.
    known : str, default ""
        Why totals may differ from the rows all the same; where it is empty, a difference is an error.
    """

    column: str
    pattern: str
    measures: tuple[str, ...]
    known: str = ""


@dataclass(frozen=True, slots=True)
class Bands:
    """A sum of some of the parts of a row: those whose heading names numbers within limits.

    Parameters
    ----------
    name : str
        Column that comes out.
    first, last : float
        The lowest and the highest number; a heading with one number alone has no upper end.
    column, pattern : str
        Rows in which it is added up: those in which this column says so. It is missing in others.
    """

    name: str
    first: float
    last: float
    column: str
    pattern: str

    def holds(self, name: str) -> bool:
        """Return whether a heading lies within the limits."""
        numbers = [float(n) for n in re.findall(r"\d+", name.removesuffix("sum 1"))]
        low, high = (numbers[0], numbers[1]) if len(numbers) > 1 else (numbers[0], float("inf"))
        return self.first <= low and high <= self.last


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
    whole : bool, default False
        Whether the cells of periods are counts.
    parts : str, default ""
        Pattern of headings whose cells add up, within the row, to the column ``total``.
    sums : tuple of (tuple of str, str)
        Columns of which the first add up, within the row, to the last; not looked at where the very first is empty.
    ordered : tuple of str
        Columns that must not fall from left to right, such as limits of an interval.
    rollup : Rollup or None
        Rows that are the sum of others.
    repeats : bool, default False
        Whether the publisher is known to write the same row several times; the copies are left out and noted.
    month_in_name : bool, default False
        Whether files without a column of months have it in their name.
    bands : tuple of Bands
        Sums of some of the parts.
    gives : callable, optional
        What makes tables of the project of the rows: it returns them by name, and notes, or raises ``ValueError`` with what is wrong.
    """

    name: str
    publisher: str
    title: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    wide: str = ""
    whole: bool = False
    parts: str = ""
    sums: tuple[tuple[tuple[str, ...], str], ...] = ()
    ordered: tuple[str, ...] = ()
    rollup: Rollup | None = None
    repeats: bool = False
    month_in_name: bool = False
    bands: tuple[Bands, ...] = ()
    gives: Callable[[pd.DataFrame], tuple[dict[str, pd.DataFrame], list[str]]] | None = None

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        shown = [c.name.replace("_", " ") for c in self.columns if c.needed]
        return f"{self.name}: {', '.join(shown[:6])}{' ...' if len(shown) > 6 else ''}"

    def fits(self, opened: Opened) -> bool:
        """Return whether some row holds all needed headings."""
        return self._find(opened) is not None

    def _find(self, opened: Opened) -> tuple[Sheet, int] | None:
        needed = [c.heading for c in self.columns if c.needed] + [self.wide] * bool(self.wide)
        for sheet in opened.sheets:
            for row, cells in enumerate(sheet.rows[:40]):
                if len(cells) < len(needed):
                    continue
                names = {heading(c) for c in cells}
                if all(any(re.fullmatch(h, n) for n in names) for h in needed):
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
        bands = {b: [i for i, n in parts.items() if b.holds(n)] for b in self.bands}
        bands = {b: at for b, at in bands.items() if at}
        notes = [*opened.notes, UNTESTED]
        unused = [
            n
            for i, n in enumerate(names)
            if n and i not in places.values() and i not in years and i not in parts
        ]
        if unused:
            more = f" and {len(unused) - 6} more" if len(unused) > 6 else ""
            notes.append(f"columns not used: {', '.join(n[:40] for n in unused[:6])}{more}")
        fixed: dict[str, object] = {}
        if self.month_in_name and "month" not in places:
            month = month_of(re.split(r"[\\/]", opened.file)[-1][:120].replace("_", " ").replace("-", " "))
            if month is None:
                raise opened.wrong("there is no column of months, and the file's name says none", sheet, head)
            fixed["month"] = month
            notes.append(f"the file has no column of months: {month:%B %Y} is read from its name")
        rows: list[dict[str, object]] = []
        checks: list[Check] = []
        seen: dict[tuple[object, ...], tuple[int, object]] = {}
        copies = 0
        for row in range(head + 1, len(sheet.rows)):
            cells = sheet.rows[row]
            filled = list(itertools.islice((i for i, c in enumerate(cells) if c != "" and text_of(c)), 2))
            if len(filled) < 2:
                self._note(opened, sheet, row, filled, places)
                continue
            one = fixed | {
                c.name: self._cell(opened, sheet, row, c, _at(cells, places[c.name]))
                for c in self.columns
                if c.name in places
            }
            if parts:
                checks += self._total(opened, sheet, row, cells, parts, one)
            for band, at in bands.items():
                inside = re.fullmatch(band.pattern, str(one.get(band.column)))
                one[band.name] = float(sum(_whole(_at(cells, i)) for i in at)) if inside else float("nan")
            self._examine(opened, sheet, row, one, checks)
            for place, year in years.items():
                value = clean(opened, sheet, row, names[place], _at(cells, place), whole=self.whole)
                copies += self._add(opened, sheet, row, {**one, "year": year, "value": value}, rows, seen)
            if not years:
                copies += self._add(opened, sheet, row, one, rows, seen)
            if len(rows) > _ROWS:
                raise opened.wrong(f"it has more than {_ROWS:,} observations: split the file", sheet, row)
        if not rows:
            raise opened.wrong("there is no observation below the heading", sheet, head)
        if copies:
            notes.append(f"{copies:,} rows stand there twice with the same figures; the copies are left out")
        edition = f"file of {len(rows):,} observations"
        frame = pd.DataFrame(rows)
        if self.rollup is not None:
            checks += self._rolled(opened, sheet, frame, self.rollup, notes)
        tables = {self.table: frame}
        if self.gives is not None:
            try:
                made, told = self.gives(frame)
            except ValueError as error:
                raise opened.wrong(str(error), sheet) from None
            tables |= made
            notes += told
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            self.publisher,
            self.title,
            edition,
            None,
            tables,
            tuple(checks),
            tuple(notes),
            tested=False,
        )

    def _note(
        self, opened: Opened, sheet: Sheet, row: int, filled: Sequence[int], places: Mapping[str, int]
    ) -> None:
        """Take a row with one cell for a note, unless that cell is one of an observation that broke off."""
        for column in self.columns:
            if filled and places.get(column.name) == filled[0] and (column.pattern or column.kind == "month"):
                cell = sheet.rows[row][filled[0]]
                try:
                    self._cell(opened, sheet, row, column, cell)
                except ReleaseError:
                    continue
                raise opened.wrong(f"the row breaks off after {text_of(cell)[:40]!r}", sheet, row)

    def _add(
        self,
        opened: Opened,
        sheet: Sheet,
        row: int,
        one: Mapping[str, object],
        rows: list[dict[str, object]],
        seen: dict[tuple[object, ...], tuple[int, object]],
    ) -> int:
        key = tuple(one.get(k) for k in self.key)
        # what the row says, to tell copies from contradictions; NaN is not equal to itself
        said = tuple(v if v == v else None for v in one.values()) if self.repeats else None
        if key in seen:
            if self.repeats and seen[key][1] == said:
                return 1
            shown = ", ".join(str(k)[:40] for k in key if k not in (None, ""))
            raise opened.wrong(
                f"the row of {shown} stands already on line {sheet.lines[seen[key][0]]}", sheet, row
            )
        seen[key] = (row, said)
        rows.append(dict(one))
        return 0

    def _examine(
        self, opened: Opened, sheet: Sheet, row: int, one: Mapping[str, object], checks: list[Check]
    ) -> None:
        """Hold a row's figures against each other."""
        for parts, total in self.sums:
            values = [_known(one.get(p)) for p in parts]
            whole = _known(one.get(total))
            if whole is not None and values[0] is not None and all(p in one for p in parts):
                check = Check(f"{' and '.join(parts)}", whole, sum(v or 0.0 for v in values))
                total_of(opened, sheet, row, [check])
                checks.append(check)
        told = [(c, v) for c in self.ordered if (v := _known(one.get(c))) is not None]
        for (before, low), (after, high) in itertools.pairwise(told):
            if low > high:
                raise opened.wrong(f"{before} ({low:g}) lies above {after} ({high:g})", sheet, row, before)

    def _rolled(
        self, opened: Opened, sheet: Sheet, frame: pd.DataFrame, rollup: Rollup, notes: list[str]
    ) -> list[Check]:
        """Return the rows of totals beside the sums of the rows that they stand for."""
        totals = frame[rollup.column].str.fullmatch(rollup.pattern, case=False)
        rest = [k for k in self.key if k != rollup.column and k in frame]
        measures = [m for m in rollup.measures if m in frame]
        if not totals.any() or totals.all() or not measures:
            notes.append("the file has no rows of totals to reconcile with")
            return []
        added = frame[~totals].groupby(rest, dropna=False)[measures].sum()
        published = frame[totals].set_index(rest)[measures]
        published = published[published.index.isin(added.index)]
        added = added.reindex(published.index)
        found = [
            Check(f"{m}, all rows of {_shown(key)}", p, a, known=rollup.known if p != a else "")
            for m in measures
            for key, p, a in zip(published.index, published[m].fillna(0.0), added[m], strict=True)
        ]
        total_of(opened, sheet, 0, found)
        apart = sum(c.difference != 0 for c in found)
        if apart:
            notes.append(f"{apart} of {len(found)} totals differ from the sum of their rows: {rollup.known}")
            found = [c for c in found if not c.difference]
        return found

    def _cell(self, opened: Opened, sheet: Sheet, row: int, column: Column, cell: Cell) -> object:
        if column.kind in ("number", "count", "quantity"):
            value = clean(opened, sheet, row, column.name, cell, whole=column.kind == "count")
            if value is not None and value < 0 and column.kind == "quantity":
                raise opened.wrong(f"{value:g}: a number of at least 0 is expected", sheet, row, column.name)
            return float("nan") if value is None else value
        text = text_of(cell)
        if column.kind == "month":
            month = month_of(cell if not isinstance(cell, str | float) else text[:60])
            if month is None:
                raise opened.wrong(f"{text[:40]!r} is no month such as June 2026", sheet, row, column.name)
            if month > pd.Timestamp.now():
                raise opened.wrong(f"{month:%B %Y} lies in the future", sheet, row, column.name)
            return month
        if column.kind == "sex":
            if text.casefold() not in _SEX:
                raise opened.wrong(f"{text[:40]!r} is no sex (1 or M, 2 or F)", sheet, row, column.name)
            return _SEX[text.casefold()]
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
        total = _known(one.get("total"))
        if total is None and (every := _known(one.get("total_all"))) is not None:
            # in some editions the column is empty
            total = every - (_known(one.get("unknown_start")) or 0.0)
        width = len(cells)
        found = [c for i in parts if i < width and (c := cells[i]) != ""]
        if not found:
            return []
        added = _digits(found)
        if added is None:
            values = [clean(opened, sheet, row, n, _at(cells, i), whole=True) for i, n in parts.items()]
            if all(v is None for v in values):
                return []
            added = float(sum(v or 0 for v in values))
        if total is None:
            raise opened.wrong("there is no total for the parts of the row", sheet, row)
        check = Check("the parts of a row", total, added)
        total_of(opened, sheet, row, [check])
        return [check]


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else ""


def _whole(cell: Cell) -> int:
    """Return a cell that has been examined as a whole number, 0 where it is empty."""
    return int(count(cell) or 0)


def _digits(cells: Sequence[Cell]) -> float | None:
    """Return the sum of cells that are plain digits, at once; None where some are not."""
    try:
        joined = "".join(cells)  # type: ignore[arg-type]
    except TypeError:
        return None
    if not (joined.isascii() and joined.isdigit()) or max(map(len, cells)) > 13:  # type: ignore[arg-type]
        return None
    return float(sum(map(int, cells)))  # type: ignore[arg-type]


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, float | int) and value == value else None


def _shown(key: object) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return ", ".join(f"{p:%B %Y}" if isinstance(p, pd.Timestamp) else str(p)[:30] for p in parts if p != "")


_LIMIT = (
    r"(?:95% )?(?:{0} (?:confidence )?(?:limit|interval|ci)|{0} ci 95\.0 limit|{1}ci|{0} 95% ci)(?: \(95%\))?"
)
_LOWER, _UPPER = _LIMIT.format("lower", "l"), _LIMIT.format("upper", "u")

_DISTRICT_CODE = r"lad?code\d\d|lad\d{2,4}_?(?:code|cd)"
_DISTRICT_NAME = r"lad?name\d\d|lad\d{2,4}_?(?:name|nm)"

LAYOUTS = (
    Tidy(
        "OHID Fingertips indicator export",
        "Office for Health Improvement and Disparities",
        "Fingertips, indicators by area",
        "indicator_value",
        (
            Column("indicator_id", "indicator id", "code", pattern=r"\d{1,9}"),
            Column("indicator", "indicator name"),
            Column("area_code", "area code", "code", pattern=AREA),
            Column("area_name", "area name"),
            Column("area_type", "area type"),
            Column("sex", "sex"),
            Column("age", "age"),
            Column("category_type", "category type", needed=False),
            Column("category", "category", needed=False),
            Column("parent_code", "parent code", needed=False),
            Column("period", "time period", "code"),
            Column("value", "value", "number"),
            Column("lower", r"lower ci(?: 95\.0)?(?: limit)?", "number", needed=False),
            Column("upper", r"upper ci(?: 95\.0)?(?: limit)?", "number", needed=False),
            Column("count", "count", "number", needed=False),
            Column("denominator", "denominator", "number", needed=False),
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
        ordered=("lower", "upper"),
        repeats=True,
    ),
    Tidy(
        "ONS mid-year population by single year of age (MYEB1)",
        "Office for National Statistics",
        "Mid-year population estimates, detailed series (MYEB1)",
        "population_single_age",
        (
            Column("area_code", _DISTRICT_CODE, "code", pattern=r"[A-Z]\d{8}"),
            Column("area_name", _DISTRICT_NAME),
            Column("country", "country"),
            Column("sex", "sex", "sex"),
            Column("age", "age", "count"),
        ),
        ("area_code", "sex", "age", "year"),
        wide=r"population_(\d{4})",
        whole=True,
    ),
    Tidy(
        "ONS life expectancy by local area",
        "Office for National Statistics",
        "Life expectancy for local areas",
        "life_expectancy",
        (
            Column("period", "(?:time )?period|year", "code", pattern=r"(?:19|20)\d\d.*"),
            Column("area_code", "(?:area|geography) code|code", "code", pattern=AREA),
            Column("area_name", "(?:area|geography) name|name|area"),
            Column("area_type", "area type|geography", needed=False),
            Column("country", "country", needed=False),
            Column("sex", "sex", "sex"),
            Column("age", "age group|age", needed=False),
            Column(
                "life_expectancy",
                "(?:period |healthy |disability-free )?life expectancy(?: \\(.*\\))?(?: at birth)?|(?:h|df)?le",
                "quantity",
            ),
            Column("lower", _LOWER, "quantity", needed=False),
            Column("upper", _UPPER, "quantity", needed=False),
        ),
        ("period", "area_code", "area_type", "sex", "age"),
        ordered=("lower", "life_expectancy", "upper"),
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
            Column("provider_parent", "provider parent org code", needed=False),
            Column("commissioner_code", "commissioner org code"),
            Column("part", "rtt part type", "code", pattern="(?i)part_[123][ab]?"),
            Column("treatment_code", "treatment function code", "code"),
            Column("treatment", "treatment function name"),
            Column("total", "total", "count", needed=False),
            Column("unknown_start", "patients with unknown clock start date", "count", needed=False),
            Column("total_all", "total all", "count"),
        ),
        ("month", "provider_code", "commissioner_code", "part", "treatment_code"),
        parts=r"gt \d+ (?:to \d+ )?weeks sum 1",
        sums=((("total", "unknown_start"), "total_all"),),
        rollup=Rollup("treatment_code", ALL_TREATMENTS, ("total_all",)),
        bands=(
            Bands("within_18_weeks", 0, 18, "part", "(?i)part_2"),
            Bands("over_52_weeks", 52, float("inf"), "part", "(?i)part_2"),
        ),
        gives=waiting_rows,
    ),
    Tidy(
        "NHS England cancer waiting times, combined extract",
        "NHS England",
        "Cancer waiting times, combined CSV by provider and commissioner",
        "cancer_waiting_times",
        (
            Column("month", "month|(?:reporting )?period", "month", needed=False),
            Column("basis", "basis", "code"),
            Column("org_code", "org_code", "code", pattern="[0-9A-Z]{3,6}|(?i:all.*|england|total)"),
            Column("org_name", "org_name", needed=False),
            Column("parent", "parent_org", needed=False),
            Column("standard", "standard_or_item", "code"),
            Column("cancer_type", "cancer_type"),
            Column("route", "referral_route_or_stage"),
            Column("modality", "treatment_modality", needed=False),
            Column("total", "total(?: treated)?", "quantity"),
            Column("within", "within(?: standard)?", "quantity"),
            Column("after", "after|breaches|outside(?: standard)?", "quantity", needed=False),
        ),
        ("month", "basis", "org_code", "standard", "cancer_type", "route", "modality"),
        sums=((("within", "after"), "total"),),
        rollup=Rollup(
            "org_code",
            "total|england|all.*",
            ("total",),
            "the publisher's totals may hold organisations that it does not list",
        ),
        month_in_name=True,
        gives=cancer_rows,
    ),
)
