"""A frame with a row for each area and group, taken apart: which area and which group each row stands for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.areas.kinds import DISTRICT
from healthdevo.areas.registry import Registry
from healthdevo.checks import need_columns
from healthdevo.errors import AreaError, InputError
from healthdevo.typing import FloatArray
from healthdevo.wording import join

__all__ = ["NAMED", "CodedFrame", "Missing", "check_missing", "columns_of", "some"]

Missing = Literal["refuse", "propagate"]

NAMED = 12
"""How many things a message names before it counts the others."""


def some(items: Sequence[str], limit: int = NAMED) -> str:
    """Return a list in words, the end of a long one as a number."""
    if len(items) <= limit:
        return join(items)
    return f"{', '.join(items[:limit])} and {len(items) - limit} more"


def columns_of(columns: str | Sequence[str] | None) -> list[str]:
    """Return the names of columns as a list, whether one, several or none were given."""
    return [] if columns is None else [columns] if isinstance(columns, str) else [str(c) for c in columns]


def check_missing(missing: str) -> None:
    """Refuse an argument ``missing`` that is none of its values."""
    if missing not in ("refuse", "propagate"):
        raise InputError(f"missing: {missing!r} is not valid; give 'refuse' or 'propagate'")


@dataclass(frozen=True)
class CodedFrame:
    """A frame taken apart: which area and which group each row stands for."""

    registry: Registry
    frame: pd.DataFrame
    code: str
    by: list[str]
    row_code: NDArray[np.intp]
    codes: list[str]
    row_group: NDArray[np.intp]
    groups: pd.DataFrame

    @classmethod
    def of(
        cls, frame: pd.DataFrame, registry: Registry, code: str, by: list[str], numbers: Sequence[str]
    ) -> CodedFrame:
        """Return a frame taken apart, refused when a column, code or row is not what it must be."""
        used = [code, *by, *numbers]
        need_columns(frame, used)
        if len(set(used)) < len(used):
            raise InputError(f"columns {join(used)}: each may be used for one purpose only")
        if not numbers:
            raise InputError("value: name at least one column of numbers")
        if frame.empty:
            raise InputError("frame: it has no rows")
        for column in [code, *by]:
            empty = np.flatnonzero(frame[column].isna().to_numpy())
            if empty.size:
                raise InputError(f"frame: column {column!r} is empty in row {frame.index[empty[0]]!r}")
        row_code, unique = pd.factorize(frame[code].astype(object), sort=False)
        codes = list(unique)
        for each in codes:
            registry.get(each)
            if each not in registry:
                official = registry.get(each).code
                raise AreaError(f"{each!r} is a directory code; frames use official codes.", [official])
        if by:
            row_group = frame.groupby(by, sort=True, observed=True).ngroup().to_numpy()
            first = np.unique(row_group, return_index=True)[1]
            groups = frame[by].iloc[first].reset_index(drop=True)
        else:
            row_group, groups = np.zeros(len(frame), dtype=np.intp), pd.DataFrame(index=[0])
        coded = cls(
            registry, frame, code, by, row_code.astype(np.intp), codes, row_group.astype(np.intp), groups
        )
        cell = row_group.astype(np.int64) * len(codes) + row_code
        _, first, count = np.unique(cell, return_index=True, return_counts=True)
        repeated = [coded.at(int(row)) for row in first[count > 1]]
        if repeated:
            also = "" if by else "; name the columns that tell the rows apart in by="
            raise InputError(f"frame: more than one row for {some(repeated)}{also}")
        return coded

    def name(self, code: str) -> str:
        """Return an area with its code."""
        return str(self.registry.get(code))

    def group_name(self, group: int) -> str:
        """Return a group in words, such as ``year 2019``; empty when there is but one."""
        values = [self.groups[c].iloc[group] for c in self.by]
        texts = [f"{v:%Y-%m-%d}" if isinstance(v, dt.date) else str(v) for v in values]
        return ", ".join(f"{c} {text}" for c, text in zip(self.by, texts, strict=True))

    def at(self, row: int) -> str:
        """Return the area and group of a row in words."""
        where = self.group_name(int(self.row_group[row]))
        return self.name(self.codes[self.row_code[row]]) + (f" in {where}" if where else "")

    def numbers(self, column: str) -> FloatArray:
        """Return a column as numbers, NaN where missing."""
        series = self.frame[column]
        if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
            raise InputError(f"column {column!r} holds {series.dtype}; it must hold numbers")
        values: FloatArray = series.to_numpy(dtype=float, na_value=np.nan)
        for row in np.flatnonzero(np.isinf(values)):
            raise InputError(f"column {column!r} is infinite for {self.at(int(row))}; give finite numbers")
        return values

    def grid(self, values: FloatArray, columns: NDArray[np.intp], width: int) -> FloatArray:
        """Return values as groups by members; ``columns`` says which member each code is, -1 for none."""
        out = np.zeros((len(self.groups), width))
        position = columns[self.row_code]
        used = position >= 0
        out[self.row_group[used], position[used]] = values[used]
        return out

    def result(self, key: Sequence[str], cells: dict[str, NDArray[np.generic]]) -> pd.DataFrame:
        """Return groups by areas as a tidy frame, in order of group and area."""
        n, k = len(self.groups), len(key)
        out: dict[str, object] = {self.code: np.tile(np.array(key, dtype=object), n)}
        for column in self.by:
            out[column] = self.groups[column].repeat(k).reset_index(drop=True)
        frame = pd.DataFrame(out)
        frame[self.code] = frame[self.code].astype("str")
        for column, values in cells.items():
            frame[column] = values.reshape(n * k)
        frame.attrs.update(self.frame.attrs)
        return frame

    def member_kind(self, members: str | None) -> str:
        """Return the kind or kind group that the rows of a frame are of."""
        registry = self.registry
        kinds = {c: registry.get(c).kind for c in self.codes}
        if members is not None:
            allowed = set(registry.kind_members(members))
            other = sorted(self.name(c) for c, kind in kinds.items() if kind not in allowed)
            if other:
                raise AreaError(
                    f"members: not of kind {members!r}: {some(other, 5)}; leave out rows of other kinds."
                )
            return DISTRICT if members in registry.vocabulary.members(DISTRICT) else members
        present = set(kinds.values())
        vocabulary = registry.vocabulary
        for kind in (*vocabulary.group_codes, *vocabulary.codes):
            if present <= set(vocabulary.members(kind)):
                return kind
        examples = {kinds[code]: self.name(code) for code in sorted(kinds, reverse=True)}
        raise AreaError(
            f"frame: rows are of kinds that overlap: {join([f'{k} such as {examples[k]}' for k in sorted(examples)])}; "
            f"keep one kind, or one of the groups {join(vocabulary.group_codes)}, before aggregating."
        )
