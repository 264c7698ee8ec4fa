"""What an engine is asked to do and what it answers: plain values that can be sent to another process or machine."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

FIXED_ENVIRONMENT: Mapping[str, str] = {
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "SOURCE_DATE_EPOCH": "315532800",
    "TZ": "UTC",
}
"""What every kernel sees, so that the same inputs give the same page on any machine."""


@dataclass(frozen=True)
class Limits:
    """What one task may take: seconds, bytes of memory, bytes of output; 0 is no limit."""

    seconds: float = 1800
    memory: int = 0
    output: int = 64 << 20


@dataclass(frozen=True)
class Task:
    """One notebook to execute: ``template`` with ``parameters`` in the kernel's working ``folder``, which stands for the project."""

    name: str
    template: str
    output: str
    log: str
    folder: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()
    expected: float = 0
    """How many seconds it took before; 0 when unknown. Long tasks begin first."""


@dataclass(frozen=True)
class Outcome:
    """How a task ended, after how many seconds; ``message`` says in one line what went wrong."""

    name: str
    ok: bool
    seconds: float
    message: str = ""
    peak: int = 0
    """The most memory that the kernel had, in bytes; 0 when unknown."""
    reads: tuple[str, ...] = ()
    """What of the data folder the page was made from."""


class Engine(Protocol):
    """Anything that executes tasks."""

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome, None, None]:
        """Yield one outcome for each task as it ends; a failing task stops no other. Closed early, all that runs is ended."""
        ...  # pragma: no cover
