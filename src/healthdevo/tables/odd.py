"""What is odd in a table that keeps to all rules: told as a warning, with its size, and never changed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.tables.descriptor import Field, Table
from healthdevo.tables.failure import Failure
from healthdevo.tables.plausible import times

__all__ = ["like_counts", "odd"]

_PERIODS = ("month", "year", "financial_year_start", "first_year", "period_start_year")
_ALL, _ONE, _OTHERS = 3.0, 10.0, 2.0
_FEWEST, _LEAST = 3, 30.0
_PAIRS = 12
_RATE = re.compile(r"\bper\b|%")
_APRIL = ("financial_year_start",)


def like_counts(values: ArrayLike, people: ArrayLike) -> bool:
    """Return whether values of areas grow with the number of people as counts do: whole numbers that follow it closely.

    Parameters
    ----------
    values, people : array_like
        A value of each area and how many live there; areas without either are left out. Fewer than twelve are too few to tell.

    Examples
    --------
    >>> people = [1000 * k for k in range(1, 13)]
    >>> like_counts([11 * k for k in range(1, 13)], people), like_counts([11, 9, 13, 8, 12, 10, 9, 11, 10, 12, 9, 8], people)
    (True, False)
    """
    given, size = np.asarray(values, dtype=float), np.asarray(people, dtype=float)
    use = np.isfinite(size) & (size > 0) & (given > 0)
    if use.sum() < _PAIRS or not np.allclose(given[use], np.rint(given[use])):
        return False
    x, y = np.log(size[use]), np.log(given[use])
    if np.std(x) == 0.0 or np.std(y) == 0.0:
        return False
    slope = float(np.polyfit(x, y, 1)[0])
    return 0.7 < slope < 1.3 and float(np.corrcoef(x, y)[0, 1]) > 0.7


def odd(
    frame: pd.DataFrame,
    lines: Sequence[int],
    table: Table,
    areas: pd.DataFrame | None,
    people: pd.Series | None = None,
) -> list[Failure]:
    """Return warnings about an own table, in the form of failures.

    Four things are looked for. Figures of areas that had ended before their period began. A sudden jump: from a period to the next the
    middle of all figures of a column changes more than threefold, or a single one more than tenfold while the others do not even double. Series
    whose periods come from several editions. And whole numbers that grow with the number of people in a column of rates or shares.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table, sound.
    lines : sequence of int
        Line in the file of each row.
    table : Table
        Its description.
    areas : pandas.DataFrame or None
        Table ``area``, with ``area_code``, ``area_name`` and ``valid_to``.
    people : pandas.Series, optional
        How many live in each area, by code.
    """
    period = next((c for c in _PERIODS if c in table.primary_key), None)
    if period is None:
        return []
    found = _ended(frame, lines, table, areas, period)
    found += _editions(frame, lines, table, period)
    for field in table.fields:
        if field.type in ("integer", "number") and field.name not in table.primary_key and field.unit:
            found += _jumps(frame, lines, table, field, period)
            found += _counts(frame, lines, table, field, period, people)
    return found


def _counts(
    frame: pd.DataFrame,
    lines: Sequence[int],
    table: Table,
    field: Field,
    period: str,
    people: pd.Series | None,
) -> list[Failure]:
    if people is None or "area_code" not in frame or not _RATE.search(field.unit or ""):
        return []
    last = frame[frame[period] == frame[period].max()]
    if not like_counts(last[field.name], people.reindex(last["area_code"])):
        return []
    rule = f"the values look like counts: whole numbers that grow with the number of people, though the column is in {field.unit}"
    row = int(np.flatnonzero(frame.index == last.index[0])[0])
    return [Failure(table.name, rule, lines[row], field.name, f"{last[field.name].iloc[0]:g}")]


def _first_day(when: pd.Series, period: str) -> pd.Series:
    if period == "month":
        return when
    month = 4 if period in _APRIL else 1
    return pd.to_datetime({"year": when.astype(int), "month": month, "day": 1})


def _ended(
    frame: pd.DataFrame, lines: Sequence[int], table: Table, areas: pd.DataFrame | None, period: str
) -> list[Failure]:
    if areas is None or "area_code" not in frame or not {"area_code", "valid_to"} <= set(areas):
        return []
    end = frame["area_code"].map(areas.drop_duplicates("area_code").set_index("area_code")["valid_to"])
    gone = np.flatnonzero((end < _first_day(frame[period], period)).to_numpy())
    codes, found = frame["area_code"].to_numpy()[gone], []
    for code in dict.fromkeys(codes):
        rows = gone[codes == code]
        day: datetime.date = end.iloc[int(rows[0])].date()
        many = f"{len(rows)} row{'s' if len(rows) > 1 else ''}"
        rule = f"the area ended on {day.isoformat()}, before the period began, in {many}; is the code an old one?"
        found.append(Failure(table.name, rule, lines[int(rows[0])], "area_code", str(code)))
    return found


def _editions(frame: pd.DataFrame, lines: Sequence[int], table: Table, period: str) -> list[Failure]:
    if "edition" not in table.primary_key or frame["edition"].nunique() < 2:
        return []
    covered = frame.groupby("edition")[period].agg(["min", "max"]).sort_values("min")
    for (one, early), (other, late) in zip(
        covered.iloc[:-1].iterrows(), covered.iloc[1:].iterrows(), strict=True
    ):
        if early["max"] < late["min"]:
            row = int(np.flatnonzero(frame["edition"] == other)[0])
            rule = f"edition {one} ends with {_plain(early['max'])} and {other} begins with {_plain(late['min'])}: a series made of both may break between them"
            return [Failure(table.name, rule, lines[row], "edition", str(other))]
    return []


def _jumps(
    frame: pd.DataFrame, lines: Sequence[int], table: Table, field: Field, period: str
) -> list[Failure]:
    others = [c for c in table.primary_key if c != period]
    order = np.lexsort(
        (
            frame[period].to_numpy(),
            frame.groupby(others, sort=False).ngroup().to_numpy() if others else np.zeros(len(frame)),
        )
    )
    rows = frame.iloc[order]
    same = rows[others].eq(rows[others].shift()).all(axis=1) if others else pd.Series(True, index=rows.index)
    before, after = rows[field.name].shift().abs(), rows[field.name].abs()
    # ups and downs of small counts are no jumps
    known = frame[field.name].dropna().to_numpy(dtype=float)
    small = bool((known == np.rint(known)).all())
    use = same & (before > (_LEAST if small else 0)) & (after > (_LEAST if small else 0))
    ratio = (after / before)[use].astype(float)
    if ratio.empty:
        return []
    when, found = rows[period][use], []
    place = {index: i for i, index in enumerate(frame.index)}
    middles: dict[object, float] = {}
    for at, part in ratio.groupby(when):
        middle = float(part.median())
        middles[at] = middle
        if len(part) >= _FEWEST and max(middle, 1 / middle) > _ALL:
            rule = f"from the period before to {_plain(at)} the middle of {len(part)} figures {times(middle)}; the column is in {field.unit}"
            i = place[part.index[0]]
            found.append(Failure(table.name, rule, lines[i], field.name, f"{frame[field.name].iloc[i]:g}"))
    calm = when.map(lambda at: max(middles[at], 1 / middles[at]) <= _OTHERS)
    for index, size in ratio[calm & ((ratio > _ONE) | (ratio < 1 / _ONE))].items():
        i = place[index]
        rule = f"it {times(float(size))} from the period before"
        found.append(Failure(table.name, rule, lines[i], field.name, f"{frame[field.name].iloc[i]:g}"))
    return found


def _plain(when: object) -> str:
    return when.strftime("%Y-%m") if isinstance(when, pd.Timestamp) else str(when)
