"""Assumptions as objects: a value with its range and its source, found in the code that uses it and listed in one table."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door

__all__ = ["ASSUMED", "Assumption", "assumption_table", "sensitivity"]

ASSUMED = "assumption"
"""The source of a value that nobody has measured."""


@dataclass(frozen=True)
class Assumption:
    """A number that a calculation takes as given, how far it may be off, and where it comes from.

    Parameters
    ----------
    name : str
        What it is, in a few words.
    value : float
        What is used.
    low, high : float
        The range over which results are to be tried; it holds the value.
    unit : str
        Unit of all three.
    source : str
        Reference, or the word "assumption" where there is none.
    note : str
        Why this value, or what the range means.
    used_by : tuple of str
        What uses it; filled by ``assumption_table`` from the code.

    Raises
    ------
    InputError
        When a number is missing or infinite, the value lies outside its range, or name, unit or source is empty.

    Examples
    --------
    >>> Assumption("working days in a year", 225, 220, 230, "days", "assumption").sentence
    'Working days in a year: 225 days, tried from 220 to 230; an assumption.'
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str = ASSUMED
    note: str = ""
    used_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for part in ("name", "unit", "source"):
            if not isinstance(getattr(self, part), str) or not getattr(self, part).strip():
                raise InputError(f"{part}: {getattr(self, part)!r} is not valid; give text")
        for part in ("value", "low", "high"):
            number = getattr(self, part)
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
                raise InputError(f"{part}: {number!r} is not valid; give a finite number")
        if not self.low <= self.value <= self.high:
            raise InputError(
                f"value: {self.value:g} of {self.name!r} lies outside {self.low:g} to {self.high:g}; give a range that holds it"
            )

    @property
    def assumed(self) -> bool:
        """Whether there is no source."""
        return self.source == ASSUMED

    @property
    def sentence(self) -> str:
        """The assumption in one sentence."""
        tried = "" if self.low == self.high else f", tried from {self.low:,g} to {self.high:,g}"
        whence = "an assumption" if self.assumed else f"source: {self.source}"
        return f"{self.name[:1].upper()}{self.name[1:]}: {self.value:,g} {self.unit}{tried}; {whence}."

    def at(self, value: float) -> Assumption:
        """Return the same assumption at another value; the range is widened to hold it.

        >>> Assumption("loan", 0.02, 0.0, 0.05, "share", "assumption").at(0.1).high
        0.1
        """
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise InputError(f"value: {value!r} is not valid; give a finite number")
        return dataclasses.replace(
            self, value=float(value), low=min(self.low, value), high=max(self.high, value)
        )


def _found(user: object, path: str) -> Iterator[tuple[str, Assumption]]:
    """Yield the assumptions that a function takes by default or that an object holds, with who uses them."""
    if isinstance(user, Assumption):
        yield path, user
    elif inspect.isclass(user):
        if dataclasses.is_dataclass(user):
            for field in dataclasses.fields(user):
                yield from _held(field.default, path or user.__name__)
    elif dataclasses.is_dataclass(user):
        name = path or type(user).__name__
        for field in dataclasses.fields(user):
            yield from _held(getattr(user, field.name), name)
    elif callable(user):
        name = path or getattr(user, "__name__", type(user).__name__)
        for parameter in inspect.signature(user).parameters.values():
            yield from _held(parameter.default, name)


def _held(value: object, name: str) -> Iterator[tuple[str, Assumption]]:
    if isinstance(value, Assumption):
        yield name, value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _held(item, name)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _held(item, name)
    elif dataclasses.is_dataclass(value) and not inspect.isclass(value):
        yield from _found(value, name)


@front_door
def assumption_table(users: Sequence[object]) -> pd.DataFrame:
    """Return every assumption that functions and objects use, each once, with all that use it.

    Parameters
    ----------
    users : sequence
        Functions (their arguments that are assumptions by default), frozen data classes or objects of them (fields, also nested),
        or assumptions.

    Returns
    -------
    pandas.DataFrame
        Columns ``name``, ``value``, ``low``, ``high``, ``unit``, ``source``, ``note``, ``used_by``, in the order in which they are met.

    Raises
    ------
    InputError
        When something is none of these, or two assumptions of one name differ.

    Notes
    -----
    There is no list of assumptions: the table is read off signatures and fields, so that one that is used cannot be left out, and one
    that is no longer used cannot stay.

    Examples
    --------
    >>> days = Assumption("working days in a year", 225, 220, 230, "days")
    >>> def cost(pay, days=days): ...
    >>> assumption_table([cost])[["name", "value", "used_by"]].values.tolist()
    [['working days in a year', 225, 'cost']]
    """
    met: dict[str, Assumption] = {}
    by: dict[str, list[str]] = {}
    for i, user in enumerate(users):
        if not (isinstance(user, Assumption) or dataclasses.is_dataclass(user) or callable(user)):
            raise InputError(
                f"users[{i}]: a value of type {type(user).__name__} is not valid; give functions, data classes or assumptions"
            )
        for name, item in _found(user, ""):
            bare = dataclasses.replace(item, used_by=())
            if met.setdefault(item.name, bare) != bare:
                raise InputError(
                    f"users[{i}]: {item.name!r} is {met[item.name].value:g} and {item.value:g}; give one of them, or other names"
                )
            for one in (*item.used_by, *([name] if name else [])):
                if one not in by.setdefault(item.name, []):
                    by[item.name].append(one)
    columns = ["name", "value", "low", "high", "unit", "source", "note"]
    rows = [
        {c: getattr(a, c) for c in columns} | {"used_by": ", ".join(by.get(a.name, []))} for a in met.values()
    ]
    return pd.DataFrame(rows, columns=[*columns, "used_by"])


@front_door
def sensitivity(
    result: Callable[[Mapping[str, float]], float], assumptions: Sequence[Assumption]
) -> pd.DataFrame:
    """Return a result with each assumption at either end of its range, the others as they are.

    Parameters
    ----------
    result : callable
        Takes the values by name of assumption, and returns a number.
    assumptions : sequence of Assumption
        Each with a name of its own.

    Returns
    -------
    pandas.DataFrame
        Columns ``name``, ``low``, ``high``, ``at_low``, ``at_value``, ``at_high``, ``swing`` (distance between the ends), widest first.

    Raises
    ------
    InputError
        When two share a name, one that the result asks for is missing, or a result is no finite number.

    Notes
    -----
    One at a time: what two assumptions do together is left out.

    Examples
    --------
    >>> a, b = Assumption("a", 2, 1, 3, "x"), Assumption("b", 5, 0, 10, "x")
    >>> sensitivity(lambda v: v["a"] * v["b"], [a, b])[["name", "at_low", "at_high"]].values.tolist()
    [['b', 0.0, 20.0], ['a', 5.0, 15.0]]
    """
    names = [a.name for a in assumptions]
    if len(set(names)) < len(names):
        raise InputError("assumptions: two have the same name; give each once")
    values = {a.name: float(a.value) for a in assumptions}

    def at(changed: Mapping[str, float]) -> float:
        try:
            found = result({**values, **changed})
        except KeyError as error:
            raise InputError(
                f"assumptions: the result asks for {error.args[0]!r}, and none is called so; give it"
            ) from None
        if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
            raise InputError(f"result: it returns {found!r}; give a function that returns a finite number")
        return float(found)

    centre = at({})
    rows = []
    for a in assumptions:
        low, high = at({a.name: float(a.low)}), at({a.name: float(a.high)})
        rows.append(
            {
                "name": a.name,
                "low": a.low,
                "high": a.high,
                "at_low": low,
                "at_value": centre,
                "at_high": high,
                "swing": abs(high - low),
            }
        )
    columns = ["name", "low", "high", "at_low", "at_value", "at_high", "swing"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        ["swing", "name"], ascending=[False, True], ignore_index=True
    )
