"""The committed record of verdicts: what differs from it, and how a change is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from healthdevo.claims.record import VERDICTS
from healthdevo.claims.scale import SCALE
from healthdevo.errors import HealthdevoError
from healthdevo.files import write_atomically

__all__ = ["VerdictsChangedError", "accept", "changes", "check"]

RECORD = Path(__file__).with_name("record.py")
_HEAD = '''"""Verdicts as they were last accepted; ``healthdevo claims --accept`` writes this file.

It is a module, so that pages that rest on it are made again when it changes.
"""

VERDICTS: dict[str, str] = {
'''


class VerdictsChangedError(HealthdevoError):
    """Verdicts differ from those that were last accepted."""


def changes(found: Mapping[str, str], record: Mapping[str, str] = VERDICTS) -> tuple[str, ...]:
    """Return a line for each claim whose verdict differs from the record, is new, or has gone.

    >>> changes({"a": "supported", "b": "supported"}, {"a": "contradicted", "c": "supported"})
    ('a: contradicted, now supported', 'b: new, supported', 'c: gone, was supported')
    """
    lines = [
        f"{name}: new, {verdict}" if name not in record else f"{name}: {record[name]}, now {verdict}"
        for name, verdict in found.items()
        if record.get(name) != verdict
    ]
    return (*lines, *(f"{name}: gone, was {was}" for name, was in record.items() if name not in found))


def check(found: Mapping[str, str], record: Mapping[str, str] = VERDICTS) -> None:
    """Refuse verdicts that differ from the record.

    Raises
    ------
    VerdictsChangedError
        With every difference and the command that accepts them.
    """
    if lines := changes(found, record):
        raise VerdictsChangedError(
            f"{len(lines)} verdict{'' if len(lines) == 1 else 's'} of the ledger differ{'s' if len(lines) == 1 else ''} from the record:\n  "
            + "\n  ".join(lines)
            + "\nlook at the rows, then accept with: healthdevo claims --accept"
        )


def accept(found: Mapping[str, str], path: Path = RECORD) -> None:
    """Write verdicts as the record.

    Raises
    ------
    VerdictsChangedError
        When a verdict is not one of the scale.
    """
    for name, verdict in found.items():
        if verdict not in SCALE:
            raise VerdictsChangedError(
                f"claim {name}: {verdict!r} is no verdict; there are {', '.join(SCALE)}"
            )
    write_atomically(path, _HEAD + "".join(f'    "{n}": "{v}",\n' for n, v in found.items()) + "}\n")
