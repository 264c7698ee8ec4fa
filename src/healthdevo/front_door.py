"""The front door of public functions: arguments are held against the function's own type hints before anything is computed."""

from __future__ import annotations

import functools
import inspect
import math
import types
import typing
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, ParamSpec, TypeVar, Union, Unpack

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError

__all__ = ["front_door"]

P = ParamSpec("P")
R = TypeVar("R")


class _RefusedError(Exception):
    """A value is not what the hint asks for, or one inside it is not."""

    def __init__(self, place: str = "", value: Any = None) -> None:
        self.place, self.value = place, value
        super().__init__(place)


Rule = tuple[Callable[[Any], Any], str]
"""What makes a valid value of a given one, or raises ``_RefusedError``; and in words what is valid."""

_ARRAY_LIKE = set(typing.get_args(ArrayLike))
_ONE_FOR_EACH = "a list, an array or a Series with one value for each row"


def _whole(value: Any) -> int:
    """Return a whole number, also one that a table made a float: 8.0."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating, Decimal, Fraction)
    ):
        raise _RefusedError
    if isinstance(value, (float, np.floating, Decimal)) and not math.isfinite(value):
        raise _RefusedError
    if int(value) != value or abs(int(value)) > 2**53:
        raise _RefusedError  # above it a float no longer holds every whole number
    return int(value)


def _number(value: Any) -> Any:
    if isinstance(value, (np.float32, np.float16)):
        value = float(str(value))  # 0.95 of single precision is meant to be 0.95
    if isinstance(value, (np.integer, np.floating)):
        value = value.item()
    if isinstance(value, (Decimal, Fraction)):
        try:
            value = float(value)
        except OverflowError:
            raise _RefusedError from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _RefusedError
    if isinstance(value, int) and abs(value) > 2**53:  # numpy cannot compute with whole numbers of any length
        try:
            value = float(value)
        except OverflowError:
            raise _RefusedError from None
    return value


def _known(value: Any) -> Any:
    """Return a number that is one: an option cannot be missing or infinite."""
    value = _number(value)
    if not math.isfinite(value):
        raise _RefusedError
    return value


def _limit(value: Any) -> Any:
    """Return one of several limits: it may be infinite where a side is open."""
    value = _number(value)
    if value != value:
        raise _RefusedError
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise _RefusedError
    return bool(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _RefusedError
    return str(value)


def _nothing(value: Any) -> None:
    if value is not None:
        raise _RefusedError


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        raise _RefusedError from None
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        raise _RefusedError
    return value


def _callable(value: Any) -> Any:
    if not callable(value):
        raise _RefusedError
    return value


def _vector(value: Any) -> Any:
    """Refuse what no array can be made of; what is in it is the function's affair."""
    if (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or isinstance(value, str | bytes | Mapping | Set | Iterator)
    ):
        raise _RefusedError
    if callable(value) or not (
        isinstance(value, Iterable) or np.isscalar(value) or isinstance(value, Decimal)
    ):
        raise _RefusedError
    if isinstance(value, (list, tuple)) and any(
        isinstance(x, (list, tuple, np.ndarray, pd.Series)) for x in value
    ):
        lengths = {len(x) if isinstance(x, (list, tuple, np.ndarray, pd.Series)) else -1 for x in value}
        if len(lengths) > 1:
            raise _RefusedError
    return value


def _no_frame(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        raise _RefusedError
    return _vector(value)


def _inside(item: Callable[[Any], Any], key: Any, value: Any) -> Any:
    """Apply a rule to one entry, and say which it was when it is refused."""
    try:
        return item(value)
    except _RefusedError as error:
        raise _RefusedError(f"[{_shown(key)}]{error.place}", error.value if error.place else value) from None


def _sequence(value: Any, item: Callable[[Any], Any] | None) -> Any:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence | np.ndarray | pd.Series | pd.Index):
        raise _RefusedError
    if item is None or (isinstance(value, (np.ndarray, pd.Series, pd.Index)) and value.dtype.kind in "iuM"):
        return value
    found = [_inside(item, i, x) for i, x in enumerate(value)]
    return value if all(x is y for x, y in zip(found, value, strict=True)) else tuple(found)


def _tuple(value: Any, items: Sequence[Callable[[Any], Any]]) -> Any:
    if (
        isinstance(value, str | bytes)
        or not isinstance(value, Sequence | np.ndarray)
        or len(value) != len(items)
    ):
        raise _RefusedError
    return tuple(item(x) for item, x in zip(items, value, strict=True))


def _mapping(value: Any, item: Callable[[Any], Any] | None) -> Any:
    if not isinstance(value, Mapping):
        raise _RefusedError
    return value if item is None else {k: _inside(item, k, x) for k, x in value.items()}


def _among(value: Any, valid: tuple[Any, ...]) -> Any:
    value = str(value) if isinstance(value, str) else value
    for choice in valid:
        if type(value) is type(choice) and value == choice:
            return choice
    raise _RefusedError


def _instance(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise _RefusedError
    return value


def _first_of(value: Any, rules: Sequence[Callable[[Any], Any]]) -> Any:
    nearest = _RefusedError()
    for rule in rules:
        try:
            return rule(value)
        except _RefusedError as error:
            nearest = error if error.place else nearest
    raise nearest


_SIMPLE: dict[Any, Rule] = {
    int: (_whole, "a whole number"),
    float: (_known, "a finite number"),
    np.float64: (_number, "a number or NaN"),
    bool: (_truth, "True or False"),
    str: (_text, "text"),
    type(None): (_nothing, "None"),
    Hashable: (_hashable, "a label"),
}


def _listed(words: Iterable[str]) -> str:
    *most, last = dict.fromkeys(words)
    return f"{', '.join(most)} or {last}" if most else last


def _rule(hint: Any) -> Rule | None:
    """Make the rule of a type hint; None where anything goes."""
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if hint is Any or hint is object or typing.is_typeddict(hint):
        return None
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _rule_of_union(inner)
    if origin is Literal:
        return functools.partial(_among, valid=inner), _listed(map(repr, inner))
    if origin is np.ndarray:
        return _vector, _ONE_FOR_EACH
    if origin is tuple and inner[-1:] != (Ellipsis,):
        parts = [(_limit, "a number") if i is float else _rule(i) or (lambda x: x, "anything") for i in inner]
        return functools.partial(
            _tuple, items=[p[0] for p in parts]
        ), f"{len(inner)} values: {', '.join(p[1] for p in parts)}"
    if origin in (Sequence, tuple, list):
        item = _rule(inner[0]) if inner else None
        return functools.partial(
            _sequence, item=item and item[0]
        ), f"a list, each of it {item[1]}" if item else "a list"
    if origin in (Mapping, dict):
        item = _rule(inner[1]) if inner else None
        return functools.partial(
            _mapping, item=item and item[0]
        ), f"a dict, each value {item[1]}" if item else "a dict"
    if origin is Callable:
        return _callable, "a function"
    if inspect.isclass(hint):
        library = "pandas " if hint.__module__.startswith("pandas") else ""
        return functools.partial(_instance, kind=hint), f"a {library}{hint.__name__}"
    return None


def _rule_of_union(members: Sequence[Any]) -> Rule | None:
    rules: list[Rule] = []
    if set(members) >= _ARRAY_LIKE:
        rules.append((_vector, _ONE_FOR_EACH))
        members = [m for m in members if m not in _ARRAY_LIKE and m not in (pd.Series, pd.Index)]
    elif any(typing.get_origin(m) is np.ndarray for m in members):
        rules.append((_vector if pd.DataFrame in members else _no_frame, _ONE_FOR_EACH))
        members = [
            m
            for m in members
            if typing.get_origin(m) not in (np.ndarray, Sequence)
            and m not in (pd.Series, pd.Index, pd.Categorical)
        ]
    for member in members:
        if member is float and np.float64 in members:
            continue
        rule = _rule(member)
        if rule is None:
            return None
        rules.append(rule)
    words = [words for check, words in rules if check is not _nothing]
    return functools.partial(_first_of, rules=[rule[0] for rule in rules]), _listed(words)


def _shown(value: Any) -> str:
    """Show a value in a message: a plain one as it is, anything else by its type."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value is pd.NaT or isinstance(value, (str, int, float, complex, type(None))):
        text = repr(value)
        return text if len(text) <= 60 else f"{text[:57]}..."
    return f"a value of type {type(value).__name__}"


def _rules_of(function: Callable[..., Any]) -> dict[str, Rule]:
    """Make the rules of a function's parameters, also of those it takes by keyword as a ``TypedDict``."""
    rules = {}
    for name, hint in typing.get_type_hints(function).items():
        named = {name: hint}
        if typing.get_origin(hint) is Unpack:
            named = typing.get_type_hints(typing.get_args(hint)[0])
        for each, one in named.items():
            rule = _rule(one)
            if rule is not None and each != "return":
                rules[each] = rule
    return rules


def front_door(function: Callable[P, R]) -> Callable[P, R]:
    """Make a public function refuse arguments that are not of the kind its type hints name, in one clear sentence.

    A whole number given where text is asked for, text for a number, a set for a list, ragged rows, NaN for an option: each ends in an
    ``InputError`` with the argument, what was given, and what is valid. Numbers, texts and truth values of numpy's types become
    Python's own. What lies inside a vector or a frame is examined by the function.

    Parameters
    ----------
    function : callable
        A function whose parameters have type hints.

    Returns
    -------
    callable
        The function behind its door.

    Examples
    --------
    >>> @front_door
    ... def twice(number: int) -> int:
    ...     return 2 * number
    >>> twice(np.int64(2))
    4
    >>> twice("2")
    Traceback (most recent call last):
    healthdevo.errors.InputError: number: '2' is not valid; give a whole number
    """
    signature = inspect.signature(function)
    several = {p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD}
    rules: dict[str, Rule] = {}

    def checked(name: str, value: Any, default: Any) -> Any:
        rule = rules.get(name)
        if rule is None or value is default:
            return value
        try:
            if name == "seed" and isinstance(value, (int, np.integer)) and value < 0:
                raise _RefusedError
            return rule[0](value)
        except _RefusedError as error:
            words = "a whole number of at least 0" if name == "seed" else rule[1]
            wrong = error.value if error.place else value
            raise InputError(f"{name}{error.place}: {_shown(wrong)} is not valid; give {words}") from None

    @functools.wraps(function)
    def entered(*args: P.args, **kwargs: P.kwargs) -> R:
        if not rules:
            rules.update(_rules_of(function))
        bound = signature.bind(*args, **kwargs)
        for name, value in bound.arguments.items():
            if name in several:
                bound.arguments[name] = {k: checked(k, v, inspect.Parameter.empty) for k, v in value.items()}
            else:
                bound.arguments[name] = checked(name, value, signature.parameters[name].default)
        return function(*bound.args, **bound.kwargs)

    return entered
