"""The errors that healthdevo raises on purpose: one clear message each, with what would be valid."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "AreaError",
    "BuildError",
    "HealthdevoError",
    "InputError",
    "ReleaseError",
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
        One line for each kind of failure: table, row or rows, column, value and rule.
    every : sequence of str, optional
        One line for each single failure, where kinds stand for several; the message does not repeat them.
    """

    def __init__(self, message: str, failures: Sequence[str] = (), every: Sequence[str] = ()) -> None:
        self.failures: tuple[str, ...] = tuple(failures)
        self.every: tuple[str, ...] = tuple(every) or self.failures
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


class ReleaseError(HealthdevoError, ValueError):
    """A published file can't be opened, is of no known layout, or does not add up to its own totals.

    Parameters
    ----------
    message : str
        The file, the place in it, what stands there and what would be valid.
    """
