"""A panel of a user's own: any units over any periods, read from a tidy file and refused with one message where designs can't use it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
import pandas as pd

from healthdevo.errors import InputError, TableError
from healthdevo.evaluation import Panel
from healthdevo.tables.failure import Failure
from healthdevo.tables.tidy_file import TidyFile, read_tidy
from healthdevo.wording import join

__all__ = ["FEWEST_BEFORE", "FEWEST_CONTROLS", "OwnPanel", "read_panel"]

FEWEST_BEFORE = 3
"""Periods before treatment below which no earlier trend can be told from chance."""
FEWEST_CONTROLS = 4
"""Untreated units below which there is nothing to compare with."""
_MOST_UNITS, _MOST_PERIODS = 1000, 200
_NAMED = 6


@dataclass(frozen=True)
class OwnPanel:
    """A panel that the designs can use, and what was noticed when it was read.

    Parameters
    ----------
    file : TidyFile
        Where it comes from.
    panel : Panel
        The panel, balanced, with one common start.
    start : str
        First treated period, as given.
    notes : tuple of str
        What a reader must know of the data, a sentence each.
    """

    file: TidyFile
    panel: Panel = field(repr=False)
    start: str = ""
    notes: tuple[str, ...] = ()


def _some(items: Sequence[str]) -> str:
    shown = [repr(item) for item in items[:_NAMED]]
    return join([*shown, f"{len(items) - _NAMED} more"] if len(items) > _NAMED else shown)


def _periods(file: TidyFile, time: str, start: str) -> tuple[list[int] | list[str], int | str]:
    """Return the periods as whole numbers, or as text that sorts by time, and the start in the same form."""
    cells = file.columns[time]
    file.refuse(file.failures(time, lambda cell: "" if cell else "must not be empty"))
    whole = re.compile(r"[0-9]{1,6}(\.0+)?")
    if all(whole.fullmatch(cell) for cell in cells):
        if not whole.fullmatch(start):
            raise TableError(
                f"{file.name}: periods in column {time!r} are numbers, but the start {start!r} is none"
            )
        return [int(cell.partition(".")[0]) for cell in cells], int(start.partition(".")[0])
    odd = [cell for cell in dict.fromkeys(cells) if whole.fullmatch(cell)]
    if odd:
        failures = file.failures(
            time,
            lambda cell: (
                "" if whole.fullmatch(cell) else "is no number, as other periods are; write all in one form"
            ),
        )
        file.refuse(failures)
    return list(cells), start  # fmt: skip


def _spacing(periods: pd.Index, time: str) -> str:
    """Return a caution where periods are not equally spaced, which designs suppose."""
    if pd.api.types.is_integer_dtype(periods):
        places = periods.to_numpy()
        labels = [str(p) for p in periods]
    else:
        found = [re.fullmatch(r"(\d{4})-(\d{2})(?:-\d{2})?", str(p)) for p in periods]
        labels = [str(p) for p in periods]
        if not all(found):
            found = [re.fullmatch(r"(\d{4})[/-]\d{2,4}", str(p)) for p in periods]
            if not all(found):
                return ""
            places = np.array([int(m[1]) for m in found if m])
        else:
            places = np.array([12 * int(m[1]) + int(m[2]) for m in found if m])
    steps = np.diff(places)
    if len(steps) and (steps != steps.min()).any():
        i = int(np.argmax(steps != steps.min()))
        return (
            f"Periods in {time} are not evenly spaced (the first gap lies between {labels[i]} and {labels[i + 1]}); "
            "the designs take them as if they were."
        )
    return ""


def _treated(file: TidyFile, unit: str, wanted: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the treated units: whole arguments that are units stand for themselves, others are lists with commas."""
    there, found, unknown = set(known), [], []
    for text in wanted:
        parts = [text.strip()] if text.strip() in there else [p.strip() for p in text.split(",") if p.strip()]
        found += [p for p in parts if p in there]
        unknown += [p for p in parts if p not in there]
    if unknown:
        near = get_close_matches(unknown[0], list(there), n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise TableError(
            f"{file.name}: the treated {_some(unknown)} {'is' if len(unknown) == 1 else 'are'} not among the {len(there)} units in column {unit!r}{hint}"
        )
    if not found:
        raise TableError(f"{file.name}: no treated unit is named; give values of column {unit!r}")
    return list(dict.fromkeys(found))  # fmt: skip


def _complete(
    file: TidyFile, frame: pd.DataFrame, treated: Sequence[str], leave_out: bool, names: tuple[str, str, str]
) -> tuple[pd.DataFrame, str]:
    """Return the frame of units with every period, or say which lack some."""
    outcome, unit, time = names
    wide = frame.set_index([unit, time])[outcome].unstack()  # noqa: PD010 - a pivot table would drop units without any value
    missing = np.isnan(wide.to_numpy(dtype=float))
    lacking = [str(wide.index[i]) for i in np.flatnonzero(missing.any(axis=1)).tolist()]
    if not lacking:
        return frame, ""
    first = wide.columns[int(np.argmax(missing[missing.any(axis=1)][0]))]
    those = f"{len(lacking)} of {len(wide)} units lack a value of {outcome} in some period: {_some(lacking)} (the first in {first})"
    needed = [u for u in lacking if u in set(treated)]
    if needed:
        raise TableError(
            f"{file.name}: {those}; {_some(needed)} {'is' if len(needed) == 1 else 'are'} treated, so every period is needed"
        )
    if not leave_out:
        raise TableError(
            f"{file.name}: {those}; fill them in, or leave these units out with --leave-out-incomplete"
        )
    said = f"{len(lacking)} of {len(wide)} units were left out because they lack a value in some period: {join(lacking[:_NAMED])}"
    more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
    return frame[~frame[unit].isin(lacking)], f"{said}{more}."  # fmt: skip


def read_panel(
    path: str | os.PathLike[str],
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: Sequence[str],
    start: str,
    leave_out_incomplete: bool = False,
) -> OwnPanel:
    """Return the panel in a tidy CSV file, with one row for each unit and period.

    Parameters
    ----------
    path : path
        The file.
    outcome, unit, time : str
        Its columns: the outcome, the label of the unit, the period (a year or another whole number, or text that sorts by time such as
        ``2016/17`` or ``2016-07``).
    treated : sequence of str
        The treated units; each may be a list with commas.
    start : str
        The first treated period.
    leave_out_incomplete : bool
        Whether untreated units that lack a period are left out; otherwise they are refused.

    Raises
    ------
    TableError
        One message with file, row, column and value, and what would be valid.
    """
    file = read_tidy(path)
    file.need([outcome], "the outcome")
    file.need([unit], "the unit")
    file.need([time], "the time")
    if len({outcome, unit, time}) < 3:
        raise TableError(f"{file.name}: outcome, unit and time must be three different columns")
    file.refuse(
        [*file.not_numbers(outcome), *file.failures(unit, lambda cell: "" if cell else "must not be empty")]
    )
    periods, first = _periods(file, time, start.strip())
    units = list(file.columns[unit])
    _once(file, units, [str(p) for p in periods], unit, time)
    frame = pd.DataFrame({unit: units, time: periods, outcome: file.numbers(outcome)})
    chosen = _treated(file, unit, treated, list(dict.fromkeys(units)))
    frame, left = _complete(file, frame, chosen, leave_out_incomplete, (outcome, unit, time))
    try:
        panel = Panel.from_frame(frame, area=unit, time=time, outcome=outcome, treated=chosen, start=first)
    except InputError as error:
        raise TableError(f"{file.name}: {error}") from None
    _usable(file, panel, start)
    notes = [left, _spacing(panel.periods, time)]
    if first not in panel.periods:
        notes.append(
            f"No period is {start}; the first treated one is {panel.periods[int(panel.cohorts[0])]}."
        )
    return OwnPanel(file, panel, start, tuple(filter(None, notes)))  # fmt: skip


def _once(file: TidyFile, units: Sequence[str], periods: Sequence[str], unit: str, time: str) -> None:
    seen: dict[tuple[str, str], int] = {}
    failures = []
    for place, line in zip(zip(units, periods, strict=True), file.lines, strict=True):
        if place in seen:
            rule = "stands in an earlier row as well; one row for each unit and period is needed"
            failures.append(Failure(file.name, rule, line, f"{unit} and {time}", " in ".join(place)))
        seen.setdefault(place, line)
    file.refuse(failures)


def _usable(file: TidyFile, panel: Panel, start: str) -> None:
    n, t = panel.shape
    if n > _MOST_UNITS or t > _MOST_PERIODS:
        raise TableError(
            f"{file.name}: {n:,} units over {t:,} periods are too many; at most {_MOST_UNITS:,} units and {_MOST_PERIODS} periods are judged"
        )
    if not panel.n_treated:
        raise TableError(
            f"{file.name}: no period is {start} or later; periods run from {panel.periods[0]} to {panel.periods[-1]}"
        )
    before = int(panel.cohorts[0])
    if before < FEWEST_BEFORE:
        raise TableError(
            f"{file.name}: {before} period{'s' if before != 1 else ''} lie{'s' if before == 1 else ''} before {start}; at least {FEWEST_BEFORE} are needed to see an earlier trend"
        )
    if panel.n_controls < FEWEST_CONTROLS or panel.n_controls <= panel.n_treated:
        raise TableError(
            f"{file.name}: {panel.n_treated} of {n} units are treated, which leaves {panel.n_controls} to compare with; more untreated than treated units are needed, and at least {FEWEST_CONTROLS}"
        )
    spread = panel.outcome[~panel.treated]
    if float(np.ptp(spread - spread.mean(axis=1, keepdims=True))) <= 1e-12 * max(
        float(np.abs(spread).max()), 1e-300
    ):
        raise TableError(f"{file.name}: {panel.outcome_name} never changes in any untreated unit; there is nothing to learn chance from")  # fmt: skip
