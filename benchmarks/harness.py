"""Time two ways of doing the same thing in turn, and report the ratio.

Each benchmark module defines ``cases() -> Iterable[Case | Timing]``: what is to be timed, or what the module has timed itself. `make bench`
runs them all and prints one table.
The two sides run alternately (A B A B ...), so a drifting machine slows both alike; medians are reported.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One comparison: ours against a peer, or against the plain way; ``peer`` may be None where there is none."""

    name: str
    ours: Callable[[], object]
    peer_name: str = ""
    peer: Callable[[], object] | None = None
    repeat: int = 5
    peer_repeat: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Timing:
    """Medians in seconds and their ratio peer / ours."""

    name: str
    ours: float
    peer_name: str
    peer: float | None
    note: str

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.peer / self.ours


@dataclass(frozen=True)
class Spent:
    """What one call took, in seconds: by the clock, and of processors in this process and all that it has started and seen end."""

    wall: float
    cpu: float


def _processors() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def spent(function: Callable[[], object]) -> Spent:
    """Call once."""
    wall, cpu = time.perf_counter(), _processors()
    function()
    return Spent(time.perf_counter() - wall, _processors() - cpu)


def _once(function: Callable[[], object]) -> float:
    return spent(function).wall


def run(case: Case) -> Timing:
    """Run a case once to warm up, then alternately."""
    _once(case.ours)
    ours, peer = [], []
    peer_repeat = case.repeat if case.peer_repeat is None else case.peer_repeat
    for i in range(max(case.repeat, peer_repeat if case.peer else 0)):
        if i < case.repeat:
            ours.append(_once(case.ours))
        if case.peer is not None and i < peer_repeat:
            peer.append(_once(case.peer))
    return Timing(
        case.name,
        statistics.median(ours),
        case.peer_name,
        statistics.median(peer) if peer else None,
        case.note,
    )
