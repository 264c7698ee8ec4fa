"""The errors that healthdevo raises on purpose: one clear message each, with what would be valid."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "AreaError",
    "BuildError",
    "HealthdevoError",
    "InputError",
    "TableError",
]


class HealthdevoError(Exception):
    """Base of all errors raised on purpose; the command line prints them without a traceback."""


class InputError(HealthdevoError, ValueError):
    """An analysis function was given values that it cannot honestly work with.

    Parameters
    ----------
    message : str
        What is wrong, where, and what would be valid.
    """


class TableError(HealthdevoError, ValueError):
    """A table is missing, or its contents break the rules of its descriptor.

    Parameters
    ----------
    message : str
        The summary line.
    failures : sequence of str, optional
        One line for each failure: table, row, column, value and rule.
    """

    def __init__(self, message: str, failures: Sequence[str] = ()) -> None:
        self.failures: tuple[str, ...] = tuple(failures)
        super().__init__("\n".join([message, *self.failures]))


class AreaError(HealthdevoError, LookupError):
    """An area code or name is unknown, abolished on the date asked for, or cannot be aggregated to.

    Parameters
    ----------
    message : str
        What is wrong and what would be valid.
    suggestions : sequence of str, optional
        The nearest valid codes, as ``code (name)``.
    """

    def __init__(self, message: str, suggestions: Sequence[str] = ()) -> None:
        self.suggestions: tuple[str, ...] = tuple(suggestions)
        if suggestions:
            message = f"{message} Did you mean {', '.join(suggestions)}?"
        super().__init__(message)


class BuildError(HealthdevoError, RuntimeError):
    """A page or the book could not be made; what was published before is untouched."""
