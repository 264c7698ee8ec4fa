"""From a user's area-year frame to the rows and columns of a panel regression: checks, logs, lags by year, missing rows named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.mathematics.columns import checked_labels, column_numbers
from healthdevo.mathematics.matrices import too_large
from healthdevo.typing import BoolArray, FloatArray

__all__ = ["Prepared", "check_panel", "need_named", "prepare", "shift_by_year", "year_numbers"]

Lags = int | Sequence[int] | Mapping[str, int | Sequence[int]]

SHOWN = 5


@dataclass(frozen=True)
class Prepared:
    """Complete rows of a panel, ready for an estimator.

    Parameters
    ----------
    outcome : str
        Name of the outcome after logging.
    y : ndarray of shape (n,)
        Outcome.
    names : tuple of str
        Terms: regressors (with their lags), then controls.
    X : ndarray of shape (n, k)
        Terms, in that order.
    focal : int
        Number of terms that come from ``regressors``.
    rows : pandas.DataFrame
        Columns ``area`` and ``year`` of each row used, sorted.
    weights : ndarray of shape (n,) or None
        Weights.
    clusters : pandas.DataFrame
        Columns asked for as clusters, one row for each row used.
    dropped : pandas.DataFrame
        Columns ``area``, ``year``, ``reason`` of rows not used.
    bridged : pandas.DataFrame
        Columns ``area``, ``from_year``, ``to_year`` of differences that reach across a gap; empty where none does.
    """

    outcome: str
    y: FloatArray = field(repr=False)
    names: tuple[str, ...]
    X: FloatArray = field(repr=False)
    focal: int
    rows: pd.DataFrame = field(repr=False)
    weights: FloatArray | None = field(repr=False)
    clusters: pd.DataFrame = field(repr=False)
    dropped: pd.DataFrame = field(repr=False)
    bridged: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame({"area": [], "from_year": [], "to_year": []}), repr=False
    )

    @property
    def n(self) -> int:
        """Number of complete rows."""
        return len(self.y)


def _list(items: Sequence[object]) -> str:
    shown = "; ".join(str(item) for item in items[:SHOWN])
    return shown + (f"; and {len(items) - SHOWN} more" if len(items) > SHOWN else "")


def _label(value: object) -> str:
    """Return a label or value as a user would type it."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def year_numbers(values: pd.Series) -> pd.Series:
    """Return years as whole numbers; ``"2013/14"``, ``"2013-14"`` and ``"2013"`` all mean 2013.

    Parameters
    ----------
    values : pandas.Series
        Whole numbers, or text that begins with a four-digit year.

    Raises
    ------
    InputError
        Naming the first rows that are neither.

    Examples
    --------
    >>> year_numbers(pd.Series(["2013/14", "2014/15"])).tolist()
    [2013, 2014]
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype) and not values.isna().any():
        return pd.Series(values.dt.year.astype(np.int64), index=values.index)
    if pd.api.types.is_bool_dtype(values.dtype):
        raise InputError(
            f"column {values.name!r}: true and false are not years; give whole numbers such as 2013"
        )
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        bad = ~np.isfinite(numbers) | (np.where(np.isfinite(numbers), numbers, 0.0) % 1 != 0)
    else:
        parsed = [re.fullmatch(r"\s*(\d{4})(?:\s*[/\-–]\s*\d{2,4})?\s*", str(value)) for value in values]
        bad = np.array([match is None for match in parsed])
        numbers = np.array([float(match.group(1)) if match else np.nan for match in parsed])
    if bad.any():
        places = [
            f"row {_label(values.index[i])} ({_label(values.iloc[i])})" for i in np.flatnonzero(bad).tolist()
        ]
        raise InputError(
            f"column {values.name!r}: not a year at {_list(places)}; give whole numbers such as 2013 or text such as '2013/14'"
        )
    return pd.Series(numbers.astype(np.int64), index=values.index)


def need_named(frame: pd.DataFrame, **arguments: Sequence[str]) -> None:
    """Refuse names of columns that the frame does not have, by the argument that gave them.

    Examples
    --------
    >>> need_named(pd.DataFrame({"y": [1.0]}), outcome=["y"], regressors=["spend"])
    Traceback (most recent call last):
    healthdevo.errors.InputError: regressors: no column 'spend' in frame; it has 'y'
    """
    need_columns(frame, [])
    for argument, columns in arguments.items():
        missing = [c for c in columns if c not in frame.columns]
        if missing:
            there = ", ".join(map(repr, frame.columns)) or "none"
            raise InputError(
                f"{argument}: no column {', '.join(map(repr, missing))} in frame; it has {there}"
            )


def check_panel(frame: pd.DataFrame, area: str, time: str, columns: Sequence[str]) -> pd.DataFrame:
    """Check an area-year frame and return it sorted, with columns ``area``, ``year`` and those asked for as numbers.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and year.
    area, time : str
        Names of the columns that identify a row.
    columns : sequence of str
        Numeric columns needed.

    Returns
    -------
    pandas.DataFrame
        Columns ``area``, ``year``, then ``columns``; index the labels of the user's rows.

    Raises
    ------
    InputError
        When columns are missing, an area-year occurs twice, or a value is infinite or not a number; rows are named.

    Examples
    --------
    >>> frame = pd.DataFrame({"area": ["b", "a"], "year": [2013, 2013], "spend": [2, 3]})
    >>> check_panel(frame, "area", "year", ["spend"])["spend"].tolist()
    [3.0, 2.0]
    """
    need_columns(frame, [area, time, *columns])
    if frame.empty:
        raise InputError("frame: it has no rows; give at least two areas and two years")
    if frame[area].isna().any():
        raise InputError(
            f"column {area!r}: missing at {_places(frame, frame[area].isna().to_numpy(), area, time)}"
        )
    checked_labels(frame[area], f"column {area!r}")
    checked = pd.DataFrame({"area": frame[area], "year": year_numbers(frame[time])}, index=frame.index)
    twice = checked.duplicated(["area", "year"], keep=False).to_numpy()
    if twice.any():
        raise InputError(
            f"frame: an area-year occurs more than once at {_places(frame, twice, area, time)}; "
            "give one row for each area and year"
        )
    values = {}
    for name in dict.fromkeys(columns):
        numbers, wrong = column_numbers(frame[name])
        if wrong.any():
            raise InputError(
                f"column {name!r}: not a number at {_places(frame, wrong, area, time, name)}; give numbers"
            )
        if np.isinf(numbers).any():
            raise InputError(
                f"column {name!r}: infinite at {_places(frame, np.isinf(numbers), area, time, name)}; "
                "give finite numbers (a zero cannot be logged)"
            )
        if too_large(numbers).any():
            raise InputError(
                f"column {name!r}: too large to be squared at {_places(frame, too_large(numbers), area, time, name)}; "
                "give it in another unit"
            )
        values[name] = numbers
    checked = checked.assign(**{f"value:{name}": numbers for name, numbers in values.items()})
    checked.columns = pd.Index(["area", "year", *values])
    return checked.sort_values(["area", "year"], kind="stable")


def _places(frame: pd.DataFrame, where: BoolArray, area: str, time: str, column: str | None = None) -> str:
    positions = np.flatnonzero(where).tolist()
    return _list(
        [
            f"row {_label(frame.index[i])} ({frame[area].iloc[i]}, {frame[time].iloc[i]}"
            + (f": {frame[column].iloc[i]}" if column else "")
            + ")"
            for i in positions
        ]
    )


def shift_by_year(areas: pd.Series, years: pd.Series, values: FloatArray, lag: int) -> FloatArray:
    """Return the value of the same area ``lag`` years earlier; missing where that year is not there.

    Parameters
    ----------
    areas, years : pandas.Series of length n
        Identify each row; unique together.
    values : ndarray of shape (n,)
        What to shift.
    lag : int
        Years back; negative for years ahead.

    Notes
    -----
    The shift is by calendar year, never by row: after a gap the lag is missing, not the last value before the gap.

    Examples
    --------
    >>> areas, years = pd.Series(["a", "a", "a"]), pd.Series([2010, 2011, 2013])
    >>> shift_by_year(areas, years, np.array([1.0, 2.0, 3.0]), 1).tolist()
    [nan, 1.0, nan]
    """
    if lag == 0:
        return np.array(values, dtype=float)
    source = pd.MultiIndex.from_arrays([areas.to_numpy(), years.to_numpy()])
    wanted = pd.MultiIndex.from_arrays([areas.to_numpy(), years.to_numpy() - lag])
    positions = source.get_indexer(wanted)
    return np.where(positions >= 0, np.asarray(values, dtype=float)[positions], np.nan)


def _lag_lists(lags: Lags, regressors: Sequence[str], controls: Sequence[str]) -> dict[str, tuple[int, ...]]:
    def listed(value: int | Sequence[int], name: str) -> tuple[int, ...]:
        several = (value,) if isinstance(value, (int, np.integer)) else tuple(value)
        if (
            not several
            or len(set(several)) != len(several)
            or not all(isinstance(x, (int, np.integer)) for x in several)
        ):
            raise InputError(
                f"lags: {value!r} for {name!r} is not valid; give a whole number or distinct whole numbers"
            )
        return tuple(int(x) for x in several)

    if isinstance(lags, Mapping):
        unknown = [name for name in lags if name not in (*regressors, *controls)]
        if unknown:
            raise InputError(f"lags: {unknown[0]!r} is neither a regressor nor a control")
        return {name: listed(lags.get(name, 0), name) for name in (*regressors, *controls)}
    return {name: listed(lags, name) for name in regressors} | dict.fromkeys(controls, (0,))


def _term(name: str, lag: int) -> str:
    return name if lag == 0 else f"L{lag}.{name}" if lag > 0 else f"F{-lag}.{name}"


def _sample(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return which rows are in the sample, or say which of them does not say so."""
    need_columns(frame, [name])
    column = frame[name]
    wrong = [not isinstance(value, (bool, np.bool_)) for value in column]
    if any(wrong):
        i = wrong.index(True)
        raise InputError(
            f"sample: row {_label(frame.index[i])} of column {name!r} is {_label(column.iloc[i])}; give true or false in every row"
        )
    return column.astype(bool)


def prepare(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str] | str,
    area: str = "area",
    time: str = "year",
    lags: Lags = 0,
    logs: Sequence[str] | str | bool = (),
    controls: Sequence[str] | str = (),
    weights: str | None = None,
    clusters: Sequence[str] = (),
    sample: str | None = None,
) -> Prepared:
    """Turn a user's frame into the complete rows of a panel regression.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and year, in any order.
    outcome : str
        Column to explain.
    regressors, controls : sequence of str
        Columns that explain it; the first are reported as results, the second only adjusted for.
    area, time : str
        Columns that identify a row.
    lags : int, sequence of int or mapping
        Years by which regressors are lagged: one number or several for all regressors, or by name (controls too). Negative
        numbers are leads.
    logs : sequence of str or bool
        Columns to take natural logs of; ``True`` for outcome and regressors.
    weights : str, optional
        Column of positive weights.
    clusters : sequence of str
        Further columns that rows are clustered by.
    sample : str, optional
        Column of true and false: rows that are false serve as earlier years of lags, and for nothing else.

    Returns
    -------
    Prepared
        Terms are called ``x``, ``log(x)``, ``L1.x`` (lagged one year), ``F1.x`` (led one year).

    Raises
    ------
    InputError
        For anything that cannot be used, with the rows named.

    Examples
    --------
    >>> frame = pd.DataFrame({"area": ["a"] * 3, "year": [2010, 2011, 2013], "y": [1.0, 2, 3], "x": [1.0, 2, 4]})
    >>> ready = prepare(frame, outcome="y", regressors=["x"], lags=1, logs=["x"])
    >>> ready.names, ready.n, ready.dropped["reason"].tolist()[0]
    (('L1.log(x)',), 1, 'L1.log(x): no row for 2009')
    """
    regressors = [regressors] if isinstance(regressors, str) else list(regressors)
    controls = [controls] if isinstance(controls, str) else list(controls)
    if not regressors:
        raise InputError("regressors: none given; name at least one column")
    both = [outcome, *regressors, *controls]
    if len(set(both)) != len(both):
        double = next(name for name in both if both.count(name) > 1)
        raise InputError(f"{double!r} is named more than once among outcome, regressors and controls")
    if isinstance(logs, bool):
        logged = [outcome, *regressors] if logs else []
    else:
        logged = [logs] if isinstance(logs, str) else list(logs)
    unknown = [name for name in logged if name not in both]
    if unknown:
        raise InputError(f"logs: {unknown[0]!r} is neither outcome, regressor nor control")
    columns = [*both, *([weights] if weights is not None else [])]
    need_named(
        frame,
        area=[area],
        time=[time],
        outcome=[outcome],
        regressors=regressors,
        controls=controls,
        weights=[] if weights is None else [weights],
    )
    data = check_panel(frame, area, time, columns)
    values: dict[str, FloatArray] = {name: data[name].to_numpy(dtype=float) for name in columns}
    labels = {name: name for name in both}
    for name in logged:
        low = values[name] <= 0
        if low.any():
            places = [
                f"row {_label(data.index[i])} ({data['area'].iloc[i]}, {data['year'].iloc[i]}: {values[name][i]:g})"
                for i in np.flatnonzero(low).tolist()
            ]
            raise InputError(
                f"column {name!r}: zero or negative, so it has no logarithm, at {_list(places)}; "
                "remove these rows, or do not log the column"
            )
        values[name] = np.log(values[name])
        labels[name] = f"log({name})"
    w = None
    if weights is not None:
        w = data[weights].to_numpy(dtype=float)
        if (w <= 0).any():
            places = [
                f"row {_label(data.index[i])} ({data['area'].iloc[i]}, {data['year'].iloc[i]}: {w[i]:g})"
                for i in np.flatnonzero(w <= 0).tolist()
            ]
            raise InputError(f"column {weights!r}: weights must be positive; not so at {_list(places)}")
    lag_lists = _lag_lists(lags, regressors, controls)
    terms: list[tuple[str, int, str]] = [
        (name, lag, _term(labels[name], lag)) for name in (*regressors, *controls) for lag in lag_lists[name]
    ]
    focal = sum(len(lag_lists[name]) for name in regressors)
    X = np.column_stack(
        [shift_by_year(data["area"], data["year"], values[name], lag) for name, lag, _ in terms]
    )
    y = values[outcome]
    keep = ~np.isnan(y) & ~np.isnan(X).any(axis=1)
    if w is not None:
        keep &= ~np.isnan(w)
    extra: dict[str, NDArray[Any]] = {}
    for name in dict.fromkeys(clusters):
        if name in (area, time):
            extra[name] = data["area" if name == area else "year"].to_numpy()
            continue
        if name not in frame.columns:
            raise InputError(
                f"clusters: no column {name!r}; the columns are {', '.join(map(repr, frame.columns))}"
            )
        ordered = pd.DataFrame(
            {
                "area": frame[area].to_numpy(),
                "year": year_numbers(frame[time]).to_numpy(),
                "by": frame[name].to_numpy(),
            }
        )
        extra[name] = ordered.sort_values(["area", "year"], kind="stable")["by"].to_numpy()
        keep &= ~pd.isna(pd.Series(extra[name])).to_numpy()
    dropped = _dropped(data, keep, y, X, w, labels[outcome], weights, terms)
    if sample is not None:
        chosen = _sample(frame, sample).loc[data.index].to_numpy() if frame.index.is_unique else None
        if chosen is None:
            raise InputError(
                "frame: labels of its rows repeat; reset_index() first, so that sample can be told apart"
            )
        out = data.loc[keep & ~chosen, ["area", "year"]].assign(reason=f"not in the sample {sample!r}")
        dropped = pd.concat([dropped, out], ignore_index=True)
        keep &= chosen
    if not keep.any():
        raise InputError(
            f"frame: no complete row is left; {_list(dropped['reason'].value_counts().index.tolist())}"
        )
    return Prepared(
        labels[outcome],
        y[keep],
        tuple(label for _, _, label in terms),
        X[keep],
        focal,
        data.loc[keep, ["area", "year"]],
        None if w is None else w[keep],
        pd.DataFrame(
            {name: column[keep] for name, column in extra.items()}, index=pd.RangeIndex(int(keep.sum()))
        ),
        dropped,
    )


def _dropped(
    data: pd.DataFrame,
    keep: BoolArray,
    y: FloatArray,
    X: FloatArray,
    w: FloatArray | None,
    outcome: str,
    weights: str | None,
    terms: Sequence[tuple[str, int, str]],
) -> pd.DataFrame:
    areas, years = data["area"].tolist(), data["year"].tolist()
    present = set(zip(areas, years, strict=True))
    records = []
    for i in np.flatnonzero(~keep).tolist():
        area, year = areas[i], int(years[i])
        reasons = [f"{outcome}: missing"] if np.isnan(y[i]) else []
        for j, (_, lag, label) in enumerate(terms):
            if np.isnan(X[i, j]):
                gone = (area, year - lag) not in present
                reasons.append(f"{label}: no row for {year - lag}" if gone else f"{label}: missing")
        if w is not None and np.isnan(w[i]):
            reasons.append(f"{weights}: missing")
        records.append({"area": area, "year": year, "reason": "; ".join(reasons) or "clusters: missing"})
    return pd.DataFrame(records, columns=["area", "year", "reason"])
