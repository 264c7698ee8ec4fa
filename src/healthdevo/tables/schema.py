"""The pandera schema of a table, built from its descriptor, and its failures with row, column, value and rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from healthdevo.tables.descriptor import Field, Rule, Table
from healthdevo.tables.failure import Failure
from healthdevo.wording import financial_year, join

__all__ = ["dtype", "frame_schema", "violations"]

_DTYPES = {"string": "str", "number": "float64", "date": "datetime64[us]"}
_ABSENT = "must not be missing"


@dataclass(frozen=True)
class _Between:
    """A check over several columns: which, what it asks, and which rows break it."""

    columns: tuple[str, ...]
    text: str
    broken: Callable[[pd.DataFrame], np.ndarray]


def dtype(field: Field) -> str:
    """Return the data type that a column has in a frame.

    Whole numbers that may be missing are floats (missing is NaN); truth values that may be missing are nullable.

    Examples
    --------
    >>> dtype(Field("persons", "integer", "Population.", required=True))
    'int64'
    """
    if field.type == "integer":
        return "int64" if field.required else "float64"
    if field.type == "boolean":
        return "bool" if field.required else "boolean"
    return _DTYPES[field.type]


def frame_schema(table: Table, untyped: Collection[str] = ()) -> tuple[object, dict[str, _Between]]:
    """Return the pandera schema of a table, and its checks over several columns by name.

    Parameters
    ----------
    table : Table
        Description of the table.
    untyped : collection of str
        Columns whose type is not checked, because cells in them have already been reported.
    """
    import pandera.pandas as pa

    between = {f"between-{i}": b for i, b in enumerate(_between(table))}
    schema = pa.DataFrameSchema(
        columns={
            f.name: pa.Column(
                None if f.name in untyped else dtype(f),
                checks=[
                    pa.Check(test, name=text, ignore_na=True, raise_warning=False) for text, test in _tests(f)
                ],
                nullable=not f.required or f.name in untyped,
            )
            for f in table.fields
        },
        checks=[
            pa.Check(
                lambda frame, b=b: pd.Series(~b.broken(frame), index=frame.index), name=name, ignore_na=False
            )
            for name, b in between.items()
        ],
        strict=True,
        name=table.name,
    )
    return schema, between


def _tests(field: Field) -> list[tuple[str, Callable[[pd.Series], pd.Series]]]:
    tests: list[tuple[str, Callable[[pd.Series], pd.Series]]] = []
    low: float | str | pd.Timestamp | None = field.minimum
    high: float | str | pd.Timestamp | None = field.maximum
    if field.type == "date":
        low, high = (None if v is None else pd.Timestamp(v) for v in (field.minimum, field.maximum))
    if low is not None:
        tests.append((f"must be at least {field.minimum}", lambda s: s >= low))
    if high is not None:
        tests.append((f"must be at most {field.maximum}", lambda s: s <= high))
    if field.enum:
        tests.append((f"must be one of {', '.join(field.enum)}", lambda s: s.isin(field.enum)))
    if field.type == "date" and field.pattern:
        # days have one pattern only: see the descriptor's reader
        tests.append(("must be the first day of a month, such as 2026-03-01", lambda s: s.dt.day == 1))
    elif field.pattern:
        form = re.compile(field.pattern)

        def matches(series: pd.Series) -> pd.Series:
            return series.isin([v for v in series.unique() if form.fullmatch(str(v))])

        tests.append((f"must match {field.pattern}", matches))
    if field.type == "number":
        tests.append(("must be a finite number", lambda s: pd.Series(np.isfinite(s), index=s.index)))
    if field.type == "integer" and not field.required:
        tests.append(("must be a whole number", lambda s: s == s.round()))
    if field.unique:
        tests.append(("must not be repeated in this column", lambda s: ~s.duplicated(keep=False)))
    return tests


def _between(table: Table) -> list[_Between]:
    checks = []
    if table.primary_key:
        key = list(table.primary_key)

        def repeated(frame: pd.DataFrame) -> np.ndarray:
            return np.asarray(frame.duplicated(key, keep=False) & frame[key].notna().all(axis=1))

        checks.append(_Between(table.primary_key, f"{join(key)} must be unique together", repeated))
    builders = {
        "row_sum": _row_sum,
        "at_most": _at_most,
        "group_sum": _group_sum,
        "label": _label,
        "ratio": _ratio,
    }
    for rule in table.rules:
        checks.extend(builders[rule.kind](rule, table))
    return checks


def _row_sum(rule: Rule, table: Table) -> list[_Between]:
    total, parts = str(rule.options["total"]), [str(p) for p in rule.options["parts"]]

    def broken(frame: pd.DataFrame) -> np.ndarray:
        off = frame[total] - sum(frame[p] for p in parts)
        return np.asarray(off.abs() > rule.tolerance + 1e-9)

    near = f", within {rule.tolerance:g}" if rule.tolerance else ""
    return [_Between((total, *parts), f"{total} must be the sum of {join(parts)}{near}", broken)]


def _at_most(rule: Rule, table: Table) -> list[_Between]:
    column, limit = str(rule.options["column"]), str(rule.options["limit"])

    def broken(frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(frame[column] > frame[limit] + rule.tolerance + 1e-9)

    return [_Between((column, limit), f"{column} must not exceed {limit}", broken)]


def _ratio(rule: Rule, table: Table) -> list[_Between]:
    column, part, whole = (str(rule.options[name]) for name in ("column", "numerator", "denominator"))

    def broken(frame: pd.DataFrame) -> np.ndarray:
        off = frame[column] - frame[part] / frame[whole]
        return np.asarray(off.abs() > rule.tolerance + 1e-9)

    text = f"{column} must be {part} divided by {whole}, within {rule.tolerance:g}"
    return [_Between((column, part, whole), text, broken)]


def _group_sum(rule: Rule, table: Table) -> list[_Between]:
    over, total = str(rule.options["over"]), str(rule.options["total"])
    parts = [str(p) for p in rule.options["parts"]]
    rest = [c for c in table.primary_key if c != over]
    checks = []
    for column in rule.options["columns"]:

        def broken(frame: pd.DataFrame, column: str = column) -> np.ndarray:
            part = frame[frame[over].isin(parts)]
            whole = frame[frame[over] == total]
            # a missing part makes the sum unknown, not smaller
            summed = part[column].groupby([part[c] for c in rest]).agg(["sum", "count", "size"])
            known = summed["sum"].where(summed["count"] == summed["size"])
            expected = known.reindex(
                pd.MultiIndex.from_frame(whole[rest]) if len(rest) > 1 else whole[rest[0]]
            )
            off = np.abs(whole[column].to_numpy() - expected.to_numpy()) > rule.tolerance + 1e-9
            result = np.zeros(len(frame), dtype=bool)
            result[np.flatnonzero(np.asarray(frame[over] == total))[off]] = True
            return result

        near = f", within {rule.tolerance:g}" if rule.tolerance else ""
        text = f"{column} where {over} is {total} must be the sum over {over} {join(parts)}{near}"
        checks.append(_Between((*table.primary_key, str(column)), text, broken))
    return checks


def _label(rule: Rule, table: Table) -> list[_Between]:
    column, year = str(rule.options["column"]), str(rule.options["year"])

    def broken(frame: pd.DataFrame) -> np.ndarray:
        labels = {y: financial_year(int(y)) for y in frame[year].dropna().unique()}
        given = frame[column]
        return np.asarray((given != frame[year].map(labels)) & given.notna() & frame[year].notna())

    return [_Between((column, year), f"{column} must be the label of the financial year in {year}", broken)]


def violations(
    frame: pd.DataFrame,
    table: Table,
    lines: Sequence[int],
    bad: Collection[tuple[int, str]] = (),
    show: Callable[[int, str], str] | None = None,
) -> list[Failure]:
    """Return every place where a frame breaks the rules of its descriptor.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows numbered from 0.
    table : Table
        Description of the table.
    lines : sequence of int
        Line in the file of each row.
    bad : collection of (int, str)
        Cells already reported; they are not reported again.
    show : callable, optional
        Returns the text of a cell; by default the value in the frame.
    """
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors

    text = show or (lambda i, c: _text(frame[c].iloc[i]))
    untyped = {column for _, column in bad}
    schema, between = frame_schema(table, untyped)
    if not isinstance(schema, pa.DataFrameSchema):  # pragma: no cover
        raise TypeError(type(schema))
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return []
    found: dict[tuple[int, str, str], Failure] = {}
    for case in cases.to_dict("records"):
        check, column, index = str(case["check"]), case["column"], case["index"]
        if check in between and index is None:
            continue  # a column it needs is missing, which is reported as such
        if check in between:
            rule = between[check]
            if index is None or pd.isna(index):  # a column of the rule is missing, which is reported as such
                continue
            row = int(index)
            involved = [c for c in rule.columns if c in frame]
            if any((row, c) in bad for c in involved):
                continue
            value = " and ".join(text(row, c) for c in involved)
            found[(row, "", check)] = Failure(table.name, rule.text, lines[row], join(involved), value)
        elif index is None or pd.isna(index):
            name = str(case["failure_case"] if check.startswith("column_in") else column)
            found[(-1, name, check)] = Failure(table.name, _general(check, name, table, frame), 1, name)
        else:
            row, name = int(index), str(column)
            if (row, name) not in bad:
                said = _ABSENT if check == "not_nullable" else check
                found[(row, name, check)] = Failure(table.name, said, lines[row], name, text(row, name))
    missing = [
        Failure(table.name, _ABSENT, lines[i], f.name, text(i, f.name))
        for f in table.fields
        if f.required and f.name in untyped and f.name in frame
        for i in np.flatnonzero(np.asarray(frame[f.name].isna())).tolist()
        if (i, f.name) not in bad
    ]
    return sorted([*found.values(), *missing], key=lambda f: (f.row or 0, f.column, f.rule))


def _general(check: str, column: str, table: Table, frame: pd.DataFrame) -> str:
    if check == "column_in_dataframe":
        return "the column is missing"
    if check == "column_in_schema":
        return f"is not a column of this table, which has {', '.join(table.columns)}"
    if check.startswith("dtype"):
        return f"must have the data type {dtype(table.field(column))}; it has {frame[column].dtype}"
    return f"breaks the rule {check}"


def _text(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
