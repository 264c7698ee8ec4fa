"""Tables of the Office for National Statistics with ages across (population, deaths), and its datasets in the form of its customised downloads.

These layouts follow the documentation of the ONS. They have not been tested on files as published, and every release read by them says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from healthdevo.releases.opening import Cell, Opened, Sheet
from healthdevo.releases.release import Check, Release, clean, heading, quantity, text_of, total_of
from healthdevo.releases.tidy import AREA, UNTESTED

__all__ = ["LAYOUTS", "AgesAcross", "CustomisedDownload"]

_PUBLISHER = "Office for National Statistics"
_ROWS = 3_000_000
_CODE = re.compile(r"(?:.*[ _])?codes?(?: \(.*\))?(?: \d)?|[a-z]{2,6}\d{2}cd")
_AGE = re.compile(
    r"(?:aged? )?(?:(?P<low>\d{1,3})(?:\s*(?:-|to|–)\s*(?P<high>\d{1,3}))?|(?P<under>(?:<|under|less than)\s*1)|"
    r"(?P<open>\d{2,3})\s*(?:\+|and over|and above|plus|years and over|or over))(?: years?)?"
)
_ALL = frozenset({"all ages", "all", "total", "total all ages", "all ages total"})
_SEXES = (
    ("F", re.compile(r"\bfemales?\b|\bwomen\b")),
    ("M", re.compile(r"\bmales?\b|\bmen\b")),
    ("P", re.compile(r"\bpersons?\b|\bpeople\b|\ball\b")),
)
_SUBJECTS = (("death", "deaths_age"), ("mortality", "deaths_age"), ("population", "population_age"))


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else ""


def _sex(text: str) -> str:
    """Return P, M or F as a text says; empty where it says nothing, or several."""
    found = [sex for sex, pattern in _SEXES if pattern.search(text.casefold())]
    return found[0] if len(found) == 1 else ""


def _age(name: str) -> tuple[int, str] | None:
    """Return the first year of an age and how it is written here; None for a heading that is no age."""
    found = _AGE.fullmatch(name)
    if found is None:
        return None
    if found["under"]:
        return 0, "0"
    if found["open"]:
        return int(found["open"]), f"{found['open']}+"
    low = int(found["low"])
    if low > 125:
        return None
    return low, found["low"] if found["high"] is None else f"{found['low']}-{found['high']}"


@dataclass(frozen=True)
class _Heading:
    sheet: Sheet
    row: int
    code: int
    name: int
    sex: int | None
    year: int | None
    total: int | None
    ages: Mapping[int, str]
    above: str


@dataclass(frozen=True)
class AgesAcross:
    """Sheets with a row for each area and a column for each age, one sheet or row for each sex."""

    name: str = "ONS table of areas with ages across (population, deaths)"
    fewest: int = 5

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        return f"{self.name}: a heading with Code, Name, All ages and ages such as 0, 1-4, 90+"

    def fits(self, opened: Opened) -> bool:
        """Return whether some sheet has such a heading."""
        return any(self._heading(opened, sheet) for sheet in opened.sheets)

    def _heading(self, opened: Opened, sheet: Sheet) -> _Heading | None:
        for row, cells in enumerate(sheet.rows[:40]):
            names = [heading(c) for c in cells]
            codes = [i for i, n in enumerate(names) if _CODE.fullmatch(n)]
            ages = {i: age for i, n in enumerate(names) if (age := _age(n)) is not None}
            if not codes or len(ages) < self.fewest:
                continue
            starts = [low for low, _ in ages.values()]
            if len(set(starts)) < len(starts):
                raise opened.wrong("an age occurs twice in the heading", sheet, row)
            above = " ".join(text_of(c) for r in (*sheet.rows[:row], (sheet.name,)) for c in r if c != "")[
                :2000
            ]
            if re.search(r"\brates?\b", sheet.name.casefold()):
                return None
            labels = [
                i
                for i, n in enumerate(names)
                if i not in ages
                and re.fullmatch(r"(?:.*[ _])?names?(?: \(.*\))?|.*area.*|[a-z]{2,6}\d{2}nm", n)
                and i not in codes
            ]
            return _Heading(
                sheet,
                row,
                codes[0],
                labels[0] if labels else codes[0],
                names.index("sex") if "sex" in names else None,
                next((i for i, n in enumerate(names) if n in ("year", "period")), None),
                next((i for i, n in enumerate(names) if n in _ALL), None),
                {i: shown for i, (_, shown) in ages.items()},
                above,
            )
        return None

    def read(self, opened: Opened) -> Release:
        """Return a row for each area, sex and age; ages must add up to all ages, and males and females to persons."""
        found = [h for sheet in opened.sheets if (h := self._heading(opened, sheet))]
        rows: list[tuple[str, str, str, str, str, float]] = []
        checks: list[Check] = []
        notes = [*opened.notes, UNTESTED]
        seen: dict[tuple[str, str, str], tuple[Sheet, int]] = {}
        told: dict[tuple[str, str, str], Mapping[str, float]] = {}
        for head in found:
            self._sheet(opened, head, rows, checks, seen, told)
        if not rows:
            raise opened.wrong("there is no area below the heading", found[0].sheet, found[0].row)
        if all(head.total is None for head in found):
            notes.append("the file has no column of all ages to reconcile with")
        checks += self._persons(opened, seen, told)
        everything = " ".join(h.above for h in found).casefold()
        table = next((name for word, name in _SUBJECTS if word in everything), "count_age")
        frame = pd.DataFrame(rows, columns=["area_code", "area_name", "year", "sex", "age", "value"])
        title = {
            "deaths_age": "deaths by area, sex and age",
            "population_age": "population by area, sex and age",
        }
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            _PUBLISHER,
            title.get(table, "counts by area, sex and age"),
            f"table of {frame['area_code'].nunique():,} areas",
            None,
            {table: frame},
            tuple(checks),
            tuple(notes),
            tested=False,
        )

    def _sheet(
        self,
        opened: Opened,
        head: _Heading,
        rows: list[tuple[str, str, str, str, str, float]],
        checks: list[Check],
        seen: dict[tuple[str, str, str], tuple[Sheet, int]],
        told: dict[tuple[str, str, str], Mapping[str, float]],
    ) -> None:
        sheet = head.sheet
        sex_of_sheet = _sex(sheet.name) or _sex(head.above)
        years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", sheet.name) or re.findall(
            r"(?<!\d)(?:19|20)\d\d(?!\d)", head.above
        )
        for row in range(head.row + 1, len(sheet.rows)):
            cells = sheet.rows[row]
            code = text_of(_at(cells, head.code))
            if not re.fullmatch(r"[A-Z]\d{8}", code):
                if any(_figure(_at(cells, p)) for p in head.ages):
                    raise opened.wrong(f"{code[:40]!r} is no code of an area", sheet, row, "Code")
                continue
            sex = sex_of_sheet
            if head.sex is not None:
                said = text_of(_at(cells, head.sex))
                sex = {"1": "M", "2": "F"}.get(said, _sex(said) or (said if said in ("M", "F", "P") else ""))
                if not sex:
                    raise opened.wrong(f"{said[:40]!r} is no sex", sheet, row, "Sex")
            year = text_of(_at(cells, head.year))[:20] if head.year is not None else years[0] if years else ""
            key = (code, year, sex)
            if key in seen:
                where = seen[key][0].lines[seen[key][1]]
                raise opened.wrong(
                    f"area {code} stands there twice (already on line {where})", sheet, row, "Code"
                )
            seen[key] = (sheet, row)
            values = {
                age: clean(opened, sheet, row, age, _at(cells, place), whole=True)
                for place, age in head.ages.items()
            }
            known = {age: v for age, v in values.items() if v is not None}
            if head.total is not None and len(known) == len(values):
                total = clean(opened, sheet, row, "all ages", _at(cells, head.total), whole=True)
                if total is not None:
                    check = Check(f"{code}, all ages", total, sum(known.values()))
                    total_of(opened, sheet, row, [check])
                    checks.append(check)
            told[key] = known
            name = text_of(_at(cells, head.name))[:120]
            rows += [
                (code, name, year, sex, age, float("nan") if v is None else v) for age, v in values.items()
            ]
            if len(rows) > _ROWS:
                raise opened.wrong(f"it has more than {_ROWS:,} figures: split the file", sheet, row)

    def _persons(
        self,
        opened: Opened,
        seen: Mapping[tuple[str, str, str], tuple[Sheet, int]],
        told: Mapping[tuple[str, str, str], Mapping[str, float]],
    ) -> list[Check]:
        found = []
        for (code, year, sex), ages in told.items():
            parts = [told.get((code, year, s)) for s in ("M", "F")]
            if sex != "P" or None in parts:
                continue
            ready = [
                Check(f"{code}, {age}, males and females", persons, sum(p[age] for p in parts if p))
                for age, persons in ages.items()
                if all(p and age in p for p in parts)
            ]
            sheet, row = seen[code, year, sex]
            total_of(opened, sheet, row, ready)
            found += ready
        return found


def _figure(cell: Cell) -> bool:
    try:
        return quantity(cell) is not None
    except ValueError:
        return False


@dataclass(frozen=True)
class CustomisedDownload:
    """A dataset as the ONS gives it for download: a value, its marks, and pairs of columns with code and label of each dimension."""

    name: str = "ONS customised download (v4)"
    first: re.Pattern[str] = field(default=re.compile(r"v4_(\d{1,2})"))

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        return f"{self.name}: v4_0 (or 1, 2 ...), marks, and code and label of each dimension"

    def fits(self, opened: Opened) -> bool:
        """Return whether the first heading is that of such a download."""
        rows = opened.sheets[0].rows if opened.sheets else ()
        return bool(rows) and bool(rows[0]) and self.first.fullmatch(heading(rows[0][0])) is not None

    def read(self, opened: Opened) -> Release:
        """Return the observations; counts of both sexes must be the sum of males and females."""
        sheet = opened.sheets[0]
        names = [heading(c) for c in sheet.rows[0]]
        while names and not names[-1]:
            names.pop()
        found = self.first.fullmatch(names[0])
        marks = int(found[1]) if found else 0
        rest = names[1 + marks :]
        if not rest or len(rest) % 2:
            raise opened.wrong(
                f"{names[0]} promises {marks} columns of marks and then pairs of code and label; there are {len(rest)} columns",
                sheet,
                0,
            )
        codes = [re.sub(r"\W+", "_", n).strip("_") or f"dimension_{i}" for i, n in enumerate(rest[::2])]
        if len(set(codes)) < len(codes):
            raise opened.wrong("a dimension occurs twice in the heading", sheet, 0)
        shown = [re.sub(r"\W+", "_", n).strip("_") or f"mark_{i}" for i, n in enumerate(names[1 : 1 + marks])]
        rows: list[dict[str, object]] = []
        seen: dict[tuple[str, ...], int] = {}
        for row in range(1, len(sheet.rows)):
            cells = sheet.rows[row]
            if not any(text_of(c) for c in cells):
                continue
            key = tuple(text_of(_at(cells, 1 + marks + 2 * i)) for i in range(len(codes)))
            if not all(key):
                raise opened.wrong("there is no code", sheet, row, codes[key.index("")])
            if key in seen:
                raise opened.wrong(
                    f"the observation of {', '.join(k[:30] for k in key)} stands already on line {sheet.lines[seen[key]]}",
                    sheet,
                    row,
                )
            seen[key] = row
            value = clean(opened, sheet, row, names[0], _at(cells, 0), whole=False)
            one: dict[str, object] = {"value": float("nan") if value is None else value}
            for i, mark in enumerate(shown):
                one[mark] = _number_or_text(_at(cells, 1 + i))
            for i, code in enumerate(codes):
                one[code] = key[i]
                one[f"{code}_name"] = text_of(_at(cells, 2 + marks + 2 * i))
            if (area := one.get("administrative_geography")) is not None and not re.fullmatch(
                AREA, str(area)
            ):
                raise opened.wrong(
                    f"{str(area)[:40]!r} is no valid code", sheet, row, "administrative-geography"
                )
            rows.append(one)
            if len(rows) > _ROWS:
                raise opened.wrong(f"it has more than {_ROWS:,} observations: split the file", sheet, row)
        if not rows:
            raise opened.wrong("there is no observation below the heading", sheet, 0)
        frame = pd.DataFrame(rows)
        checks = self._sexes(opened, sheet, frame, codes)
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            _PUBLISHER,
            f"dataset by {', '.join(c.replace('_', ' ') for c in codes)[:120]}",
            f"download of {len(frame):,} observations",
            None,
            {"ons_observation": frame},
            checks,
            (*opened.notes, UNTESTED),
            tested=False,
        )

    def _sexes(
        self, opened: Opened, sheet: Sheet, frame: pd.DataFrame, codes: Sequence[str]
    ) -> tuple[Check, ...]:
        values = frame["value"].dropna()
        if "sex" not in codes or not (values % 1 == 0).all():
            return ()
        wide = frame.assign(sex=frame["sex"].str.casefold()).pivot_table(
            index=[c for c in codes if c != "sex"] or ["sex"],
            columns="sex",
            values="value",
            aggfunc="sum",
            min_count=1,
        )
        if not {"all", "male", "female"} <= set(wide.columns):
            return ()
        whole = wide[["all", "male", "female"]].dropna()
        checks = tuple(
            Check(
                f"both sexes, {', '.join(map(str, key)) if isinstance(key, tuple) else key}"[:120],
                float(both),
                float(male + female),
            )
            for key, both, male, female in zip(
                whole.index, whole["all"], whole["male"], whole["female"], strict=True
            )
        )
        total_of(opened, sheet, 0, checks)
        return checks


def _number_or_text(cell: Cell) -> object:
    try:
        value = quantity(cell)
    except ValueError:
        return text_of(cell)
    return float("nan") if value is None else value


LAYOUTS = (AgesAcross(), CustomisedDownload())
