"""Downloads of Nomis: observations as its interface gives them (one row each), and tables as its pages give them (areas down, categories across).

These layouts follow the documentation of Nomis. They have not been tested on files as published, and every release read by them says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.releases.opening import Cell, Opened, Sheet
from healthdevo.releases.release import Check, Release, clean, heading, text_of, total_of
from healthdevo.releases.tidy import AREA, UNTESTED

__all__ = ["LAYOUTS", "Observations", "PageTable"]

_PUBLISHER = "Office for National Statistics"
_NEEDED = ("geography_code", "obs_value")
_PLACED = ("date_name", "geography_name", "geography_code", "obs_value", "obs_status_name", "obs_status")
_ROWS = 2_000_000


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else ""


@dataclass(frozen=True)
class Observations:
    """One row for each observation: whatever dimensions the dataset has, by the names of their columns."""

    name: str = "ONS Nomis observations (API, CSV)"

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        return f"{self.name}: date, geography code, a column for each dimension, obs value"

    def fits(self, opened: Opened) -> bool:
        """Return whether the first row holds the headings of the interface."""
        return self._find(opened) is not None

    def _find(self, opened: Opened) -> tuple[Sheet, int] | None:
        for sheet in opened.sheets:
            for row, cells in enumerate(sheet.rows[:5]):
                names = {heading(c) for c in cells}
                if set(_NEEDED) <= names and names & {"date_name", "date"}:
                    return sheet, row
        return None

    def read(self, opened: Opened) -> Release:
        """Return the observations; where the file says how many there are, that many must be there."""
        found = self._find(opened)
        assert found is not None
        sheet, head = found
        names = [heading(c) for c in sheet.rows[head]]
        places: dict[str, int] = {}
        for place, name in enumerate(names):
            if name in places:
                raise opened.wrong("the heading occurs twice", sheet, head, name)
            if name:
                places[name] = place
        when = places.get("date_name", places.get("date", 0))
        dimensions = {
            name.removesuffix("_name"): place
            for name, place in places.items()
            if name.endswith("_name") and name not in _PLACED
        }
        status = places.get("obs_status_name", places.get("obs_status"))
        rows: list[dict[str, object]] = []
        seen: dict[tuple[object, ...], int] = {}
        counted: set[float] = set()
        for row in range(head + 1, len(sheet.rows)):
            cells = sheet.rows[row]
            if not any(text_of(c) for c in cells):
                continue
            one: dict[str, object] = {"period": text_of(_at(cells, when))}
            code = text_of(_at(cells, places["geography_code"]))
            if not one["period"]:
                raise opened.wrong("there is no date", sheet, row, names[when])
            if not re.fullmatch(AREA, code):
                raise opened.wrong(f"{code[:40]!r} is no valid code", sheet, row, "geography_code")
            one["area_code"] = code
            if "geography_name" in places:
                one["area_name"] = text_of(_at(cells, places["geography_name"]))
            one |= {d: text_of(_at(cells, p)) for d, p in dimensions.items()}
            key = tuple(one.values())
            if key in seen:
                raise opened.wrong(
                    f"the observation of {', '.join(str(k)[:30] for k in key)} stands already on line {sheet.lines[seen[key]]}",
                    sheet,
                    row,
                )
            seen[key] = row
            value = clean(opened, sheet, row, "obs_value", _at(cells, places["obs_value"]), whole=False)
            one["value"] = float("nan") if value is None else value
            if status is not None:
                one["status"] = text_of(_at(cells, status))
            if "record_count" in places:
                count = clean(
                    opened, sheet, row, "record_count", _at(cells, places["record_count"]), whole=True
                )
                if count is not None:
                    counted.add(count)
            rows.append(one)
            if len(rows) > _ROWS:
                raise opened.wrong(f"it has more than {_ROWS:,} observations: split the file", sheet, row)
        if not rows:
            raise opened.wrong("there is no observation below the heading", sheet, head)
        checks: list[Check] = []
        if len(counted) > 1:
            raise opened.wrong(
                "the file says in several ways how many observations there are", sheet, head, "record_count"
            )
        if counted:
            whole = Check("observations", counted.pop(), float(len(rows)))
            if not whole.ok:
                raise opened.wrong(
                    f"the file holds {len(rows):,} of {whole.published:,.0f} observations: it was cut off, as Nomis does after 25,000 without a key",
                    sheet,
                    head,
                )
            checks.append(whole)
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            _PUBLISHER,
            "Nomis, observations by area",
            f"download of {len(rows):,} observations",
            None,
            {"nomis_observation": pd.DataFrame(rows)},
            tuple(checks),
            (*opened.notes, UNTESTED),
            tested=False,
        )


@dataclass(frozen=True)
class PageTable:
    """Tables of one dataset, one below another: a title, the choices made, a heading with ``mnemonic``, and a row for each area."""

    name: str = "ONS Nomis table (page, CSV)"

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""
        return f"{self.name}: a title, choices such as 'Date :', and a heading with 'mnemonic'"

    def fits(self, opened: Opened) -> bool:
        """Return whether a row near the top has the heading of codes, and the title block names Nomis."""
        return any(
            any(len(r) > 2 and any(heading(c) == "mnemonic" for c in r) for r in sheet.rows[:60])
            for sheet in opened.sheets
        )

    def read(self, opened: Opened) -> Release:
        """Return the cells of all tables; a column of all persons must be the sum of males and females beside it."""
        rows: list[dict[str, object]] = []
        checks: list[Check] = []
        title = ""
        for sheet in opened.sheets:
            choices: dict[str, str] = {}
            places: dict[int, str] = {}
            at = -1
            for row, cells in enumerate(sheet.rows):
                texts = [text_of(c) for c in cells]
                full = [t for t in texts if t]
                if not full:
                    continue
                heads = [heading(c) for c in cells]
                if "mnemonic" in heads:
                    at = heads.index("mnemonic")
                    places = {
                        i: t
                        for i, t in enumerate(texts)
                        if i > at and t and not t.casefold().startswith("flag")
                    }
                    if len(set(places.values())) < len(places) or not places:
                        raise opened.wrong(
                            "a category occurs twice in the heading, or there is none", sheet, row
                        )
                    continue
                if len(full) == 2 and (texts[0].endswith(":") or re.search(r" ?:$", texts[0])):
                    if places:
                        choices, places, at = {}, {}, -1
                    choices[texts[0].rstrip(" :").casefold()] = texts[1]
                    continue
                if len(full) == 1:
                    if not title and not places:
                        title = full[0][:120]
                    continue
                if not places:
                    continue
                code = texts[at] if at < len(texts) else ""
                if not re.fullmatch(AREA, code):
                    if code or any(re.search(r"\d", texts[i]) for i in places if i < len(texts)):
                        raise opened.wrong(f"{code[:40]!r} is no valid code", sheet, row, "mnemonic")
                    continue
                values = {
                    name: clean(opened, sheet, row, name[:60], _at(cells, place), whole=False)
                    for place, name in places.items()
                }
                checks += self._sexes(opened, sheet, row, values)
                rows += [
                    {
                        "area_code": code,
                        "area_name": texts[0],
                        **choices,
                        "category": name,
                        "value": float("nan") if value is None else value,
                    }
                    for name, value in values.items()
                ]
                if len(rows) > _ROWS:
                    raise opened.wrong(f"it has more than {_ROWS:,} cells: split the file", sheet, row)
        if not rows:
            raise opened.wrong("there is no area below the heading", opened.sheets[0])
        frame = pd.DataFrame(rows)
        key = [c for c in frame.columns if c != "value"]
        twice = frame.duplicated(key)
        if twice.any():
            one = frame[twice].iloc[0]
            raise opened.wrong(
                f"area {one['area_code']} stands there twice for {str(one['category'])[:40]!r}",
                opened.sheets[0],
            )
        return Release(
            opened.file,
            opened.sha256,
            self.name,
            _PUBLISHER,
            f"Nomis, {title}" if title else "Nomis, table by area",
            f"table of {len(frame):,} cells",
            None,
            {"nomis_table": frame},
            tuple(checks),
            (*opened.notes, UNTESTED),
            tested=False,
        )

    def _sexes(
        self, opened: Opened, sheet: Sheet, row: int, values: Mapping[str, float | None]
    ) -> list[Check]:
        plain = {re.sub(r"s$", "", name.casefold()): value for name, value in values.items()}
        for total in ("total", "all person", "person"):
            parts = [plain.get("male"), plain.get("female")]
            whole = plain.get(total)
            if whole is not None and None not in parts:
                check = Check("males and females", whole, sum(p for p in parts if p is not None))
                total_of(opened, sheet, row, [check])
                return [check]
        return []


LAYOUTS = (Observations(), PageTable())
