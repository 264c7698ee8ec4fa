"""An indicator of a user's own, read from a tidy file: areas, periods, values, and limits or the counts behind them."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.area.ground import light
from healthdevo.chapters.common import TODAY
from healthdevo.errors import AreaError, InputError, TableError
from healthdevo.tables.failure import Failure
from healthdevo.tables.folder import DESCRIPTOR
from healthdevo.tables.odd import like_counts
from healthdevo.tables.periods import FORMS, as_form, form_of
from healthdevo.tables.plausible import jumps
from healthdevo.tables.tidy_file import TidyFile, read_tidy
from healthdevo.typing import BoolArray
from healthdevo.wording import join

__all__ = ["COLUMNS", "Indicator", "read_indicator"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "area_code": ("area_code", "area", "area code"),
    "period": ("period", "year", "time period"),
    "value": ("value",),
    "lower": ("lower", "lower ci 95.0 limit"),
    "upper": ("upper", "upper ci 95.0 limit"),
    "numerator": ("numerator", "count"),
    "denominator": ("denominator",),
}
"""Columns of the file, each with the names that it may have (those of Fingertips exports among them); the first three are needed, the others come in pairs."""
_PAIRS = (("lower", "upper"), ("numerator", "denominator"))
_SCALES = (1.0, 100.0, 1000.0, 10_000.0, 100_000.0, 1_000_000.0)
_EXACT = 0.01
_ALIKE = 0.95


@dataclass(frozen=True)
class Indicator:
    """What the file says, examined.

    Parameters
    ----------
    file : TidyFile
        Where it comes from.
    frame : pandas.DataFrame
        ``area_code`` (a code of today for districts), ``kind``, ``period`` (as written), ``time`` (its start in years), ``value``, ``lower``,
        ``upper``, ``numerator``, ``denominator``; NaN where not given.
    form : str
        Form of the periods.
    title, unit, source : str
        What it is called, its unit, and the line under its figures.
    scale : float or None
        Value over (numerator over denominator), such as 100,000; None without both.
    crude : bool
        Whether values are just that; others are standardised, say, and can't be made again from counts.
    notes : tuple of str
        What a reader must know, a sentence each.
    """

    file: TidyFile
    frame: pd.DataFrame = field(repr=False)
    form: str
    title: str
    unit: str
    source: str
    scale: float | None = None
    crude: bool = True
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether numerators and denominators are known, so that areas can be pooled."""
        return self.scale is not None


def _columns(file: TidyFile) -> dict[str, str]:
    """Return the name in the file of each column that is there."""
    found: dict[str, str] = {}
    for column, names in COLUMNS.items():
        there = [n for c in file.columns for n in names if c.strip().lower() == n]
        if len(there) > 1:
            raise TableError(
                f"{file.name}: {join([repr(t) for t in there])} may both be the column {column!r}; keep one"
            )
        if there:
            found[column] = next(c for c in file.columns if c.strip().lower() == there[0])
    for column in list(COLUMNS)[:3]:
        if column not in found:
            known = join([repr(c) for c in file.columns])
            optional = "lower and upper, numerator and denominator"
            raise TableError(
                f"{file.name}: there is no column {column!r}; it has {known}. Needed are area_code, period and value; {optional} may be there as well"
            )
    for one, other in _PAIRS:
        if (one in found) != (other in found):
            has, lacks = (one, other) if one in found else (other, one)
            raise TableError(f"{file.name}: there is a column {has!r} but no {lacks!r}; give both or neither")
    return found  # fmt: skip


def _periods(file: TidyFile, column: str) -> tuple[str, dict[str, float]]:
    """Return the form of the periods, and the start of each as written."""
    cells = file.columns[column]
    form = form_of(cells)
    if not form:
        known = join(list(FORMS.values()), "or")
        file.refuse(
            file.failures(
                column, lambda cell: f"is no period; write {known}" if cell else "must not be empty"
            )
        )
    starts: dict[str, float] = {}
    today = datetime.date.today()

    def wrong(cell: str) -> str:
        found = as_form(cell, form)
        if found is None:
            return (
                f"is not among the {FORMS[form]} that the other periods are; keep to one form"
                if cell
                else "must not be empty"
            )
        starts[cell] = found.start
        if found.start > today.year + (today.month - 1) / 12:
            return f"lies in the future (today is {today.isoformat()})"
        return ""

    file.refuse(file.failures(column, wrong))
    spans = {p.years for cell in starts if (p := as_form(cell, form)) is not None}
    if len(spans) > 1:
        raise TableError(
            f"{file.name}, column {column}: windows span {join([str(s) for s in sorted(spans)])} years; all must be of one length"
        )
    return form, starts  # fmt: skip


def _areas(file: TidyFile, column: str) -> dict[str, Area]:
    """Return the area of every code; an unknown one is refused with the nearest."""
    known: dict[str, Area] = {}

    def wrong(cell: str) -> str:
        if not cell:
            return "must not be empty"
        try:
            area = areas.get(cell)
        except AreaError as error:
            return f"is no code of the registry: {error}"
        if area.code != cell:
            return f"is another code of {area}; write that one"
        known[cell] = area
        return ""

    file.refuse(file.failures(column, wrong))
    return known


def _numbers(file: TidyFile, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns of numbers, examined cell by cell and against each other."""
    numeric = [c for c in list(COLUMNS)[2:] if c in names]
    failures = [f for c in numeric for f in file.not_numbers(names[c])]
    file.refuse(failures)
    frame = pd.DataFrame({c: file.numbers(names[c]) for c in numeric})

    def where(bad: BoolArray, column: str, rule: str) -> list[Failure]:
        cells = file.columns[names[column]]
        return [
            Failure(file.name, rule, file.lines[i], names[column], cells[i])
            for i in np.flatnonzero(bad).tolist()
        ]

    found: list[Failure] = []
    if "lower" in frame:
        lower, upper, value = (frame[c].to_numpy(float) for c in ("lower", "upper", "value"))
        found += where(lower > upper, "lower", "is above the upper limit")
        found += where(
            (value < lower - 1e-9) | (value > upper + 1e-9), "value", "lies outside its own limits"
        )
        found += where(np.isnan(lower) != np.isnan(upper), "lower", "only one of the two limits is given")
    if "numerator" in frame:
        top, bottom = frame["numerator"].to_numpy(float), frame["denominator"].to_numpy(float)
        found += where(top < 0, "numerator", "must not be negative")
        found += where(bottom <= 0, "denominator", "must be above zero")
        found += where(
            np.isnan(top) != np.isnan(bottom), "numerator", "only one of numerator and denominator is given"
        )
    file.refuse(found)
    return frame.reindex(columns=list(COLUMNS)[2:])  # fmt: skip


def _scale(file: TidyFile, frame: pd.DataFrame, names: Mapping[str, str]) -> tuple[float | None, bool]:
    """Return what values are per, and whether they are just numerator over denominator times that."""
    known = frame.dropna(subset=["value", "numerator", "denominator"])
    known = known[known["numerator"] > 0]
    if known.empty:
        return None, True
    ratio = (known["value"] * known["denominator"] / known["numerator"]).to_numpy(float)
    middle = float(np.median(ratio))
    scale = min(_SCALES, key=lambda s: abs(np.log(max(middle, 1e-300) / s)))
    if abs(middle / scale - 1) > 0.3:
        raise TableError(
            f"{file.name}: values are about {middle:.4g} times numerator over denominator; that is no scale such as 1, 100, 1,000 or 100,000"
        )
    # standardised rates differ from crude ones; only those that should be crude are held to the last digit
    crude = bool(np.mean(np.abs(ratio / scale - 1) < _EXACT) > _ALIKE)
    if crude:
        bad = np.flatnonzero(np.abs(ratio / scale - 1) > 0.2)
        rule = f"is not numerator over denominator times {scale:,.0f}, as the other values are"
        rows = known.index.to_numpy()[bad].tolist()
        cells = file.columns[names["value"]]
        file.refuse([Failure(file.name, rule, file.lines[i], names["value"], cells[i]) for i in rows])
    return scale, crude


def _once(file: TidyFile, codes: list[str], periods: tuple[str, ...]) -> None:
    seen: set[tuple[str, str]] = set()
    failures = []
    for place, line in zip(zip(codes, periods, strict=True), file.lines, strict=True):
        if place in seen:
            rule = "stands in an earlier row as well; one row for each area and period is needed"
            failures.append(Failure(file.name, rule, line, "area_code and period", " in ".join(place)))
        seen.add(place)
    file.refuse(failures)


def _carried(
    file: TidyFile, frame: pd.DataFrame, known: Mapping[str, Area], scale: float | None
) -> tuple[pd.DataFrame, str]:
    """Return the frame with codes of today for districts: renamed ones keep their values, merged ones are added up from counts (``scale``).

    Raises
    ------
    TableError
        For districts that ended, where counts are not given, successors are several, or the registry refuses to add them up.
    """
    succession, districts = areas.registry().succession, areas.KIND_GROUPS["district"]
    ended = {c: a for c, a in known.items() if a.kind in districts and not a.is_current(TODAY)}
    heirs = {c: [h.code for h in succession.successors(a, TODAY)] for c, a in ended.items()}
    alone = {
        c: h[0] for c, h in heirs.items() if len(h) == 1 and len(succession.before(areas.get(h[0]))) == 1
    }
    merged = {c: h[0] for c, h in heirs.items() if len(h) == 1 and c not in alone}
    what = {
        c: succession.problem_on(ended[c], TODAY).rstrip(".")
        for c in ended
        if c not in alone and (c not in merged or scale is None)
    }
    if what:
        remedy = {
            c: "give crude values with numerator and denominator, so that it can be added up"
            if c in merged
            else "leave it out"
            for c in what
        }
        file.refuse(
            [
                Failure(file.name, f"{what[c]}; {remedy[c]}", line, "area_code", c)
                for c, line in zip(frame["area_code"], file.lines, strict=True)
                if c in what
            ]
        )
    if not ended:
        return frame, ""
    renamed = frame.assign(area_code=frame["area_code"].replace(alone))
    twice = renamed.duplicated(["area_code", "period"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise TableError(
            f"{file.name}: {row['area_code']} stands in {row['period']} under its earlier code as well; keep one"
        )
    touched = renamed["area_code"].isin({*merged, *merged.values()})
    kept = renamed[~touched]
    if merged:
        try:
            sums = areas.recode_to(
                renamed[touched],
                on=TODAY,
                value=["numerator", "denominator"],
                by=["period", "time"],
                missing="propagate",
            )
        except (AreaError, InputError) as error:
            raise TableError(f"{file.name}: districts that merged can't be added up: {error}") from None
        assert scale is not None
        sums = sums.assign(value=scale * sums["numerator"] / sums["denominator"]).reindex(
            columns=frame.columns
        )
        kept = pd.concat(
            [kept.astype({"lower": float, "upper": float}), sums.astype({"lower": float, "upper": float})],
            ignore_index=True,
        )
    kept = kept.assign(kind=[areas.get(str(c)).kind for c in kept["area_code"]])
    parts = [
        f"{len(part)} {name}"
        for part, name in ((alone, "that only got a new code"), (merged, "that merged, added up"))
        if part
    ]
    return kept, f"Districts that ended are carried to those of today: {join(parts)}."


def _described(path: Path) -> Mapping[str, Any]:
    """Return what a ``datapackage.json`` beside the file says of it; nothing where there is none."""
    beside = path.parent / DESCRIPTOR
    if not beside.is_file():
        return {}
    try:
        resources = json.loads(beside.read_text(encoding="utf-8"))["resources"]
        named = {str(one["name"]): dict(one) for one in resources}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(
            f"{beside} can't be read ({type(error).__name__}: {error}); it holds a list `resources` of objects with a `name`"
        ) from None
    tables.used.note(str(beside.resolve()))
    return named.get(path.name.partition(".")[0], {})  # fmt: skip


def _source(file: TidyFile, told: Mapping[str, Any]) -> str:
    parts = [str(told[k]).strip() for k in ("publisher", "title") if str(told.get(k) or "").strip()]
    when = ", ".join(str(told[k]).strip() for k in ("edition", "release") if str(told.get(k) or "").strip())
    named = ", ".join(parts)
    own = f"the user's own file {file.name}"
    return (
        f"{named} ({f'{when}; ' if when else ''}{own})"
        if named
        else f"{own[0].upper()}{own[1:]}{f' ({when})' if when else ''}"
    )


def _like_counts(frame: pd.DataFrame) -> bool:
    """Whether values grow with population as counts do: whole numbers that follow the people of districts closely."""
    last = frame[frame["time"] == frame["time"].max()].dropna(subset=["value"])
    people = (
        light(tables.load("population_year"))
        .dropna(subset=["persons"])
        .sort_values("year")
        .groupby("area_code")["persons"]
        .last()
    )
    return like_counts(last["value"], people.reindex(last["area_code"]))


def read_indicator(path: str | os.PathLike[str]) -> Indicator:
    """Return the indicator in a tidy CSV file.

    Needed are columns ``area_code`` (or ``area``), ``period`` (or ``year``) and ``value``; ``lower`` and ``upper``, or ``numerator`` and ``denominator``,
    may be there as well. Other columns are not read. A ``datapackage.json`` beside it may say ``title``, ``unit``, ``publisher``,
    ``edition`` and ``release`` of the file, under its name without the ending.

    Raises
    ------
    TableError
        With file, row, column, value and what would be valid, a line for each kind of fault.
    """
    file = read_tidy(path)
    names = _columns(file)
    known = _areas(file, names["area_code"])
    form, starts = _periods(file, names["period"])
    codes, periods = list(file.columns[names["area_code"]]), file.columns[names["period"]]
    _once(file, codes, periods)
    numbers = _numbers(file, names)
    if numbers["value"].isna().all():
        raise TableError(f"{file.name}: no row has a value")
    scale, crude = _scale(file, numbers, names)
    frame = pd.DataFrame(
        {
            "area_code": codes,
            "kind": [known[c].kind for c in codes],
            "period": list(periods),
            "time": [starts[p] for p in periods],
        }
    ).join(numbers)
    frame, carried = _carried(file, frame, known, scale if crude else None)
    told = _described(file.path)
    stem = file.name.partition(".")[0].replace("_", " ").replace("-", " ").strip() or "indicator"
    found = Indicator(
        file, frame.sort_values(["area_code", "time"], ignore_index=True), form,
        str(told.get("title") or stem), str(told.get("unit") or ""), _source(file, told), scale, crude,
    )  # fmt: skip
    notes = [carried, *jumps(frame, area="area_code", period="period", time="time", value="value")]
    if _like_counts(found.frame):
        notes.append(
            "The values look like counts, since they grow with the number of people. Where rates are meant, ranks and gradients only "
            "tell how large places are. Nothing was converted."
        )
    others = [c for c in file.columns if c not in names.values()]
    if others:
        notes.append(
            f"Columns that were not read: {join(others[:8])}{' and more' if len(others) > 8 else ''}."
        )
    return replace(found, notes=tuple(filter(None, notes)))
