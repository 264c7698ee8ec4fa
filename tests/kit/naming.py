"""Whether a refusal names what is at fault: an argument of the function, or a column, key or label of what it was given."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from healthdevo.evaluation import Panel


def names_in(value: Any) -> Iterator[str]:
    """Names by which a message may speak of a value, or of a part of it."""
    if isinstance(value, pd.DataFrame):
        yield from map(str, value.columns)
    elif isinstance(value, pd.Series):
        yield str(value.name)
    elif isinstance(value, Panel):
        yield from value.covariate_names
    elif isinstance(value, dict):
        yield from map(str, value)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple) and all(isinstance(x, str) for x in value):
        yield from value


def named(message: str, arguments: Iterable[str], given: Iterable[Any]) -> bool:
    """Whether a message has the name of an argument, or of a part of what was given, as a word of its own.

    >>> named("ages: has 2 values; 3 are needed", ["ages"], [])
    True
    >>> named("age: row 0 has no age band", ["ages"], [[1, 2]])
    False
    """
    words = {*arguments, *(name for value in given for name in names_in(value))} - {""}
    return any(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", message) for word in words)
