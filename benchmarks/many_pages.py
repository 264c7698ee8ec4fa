"""Whether a page costs the same in a long batch as in a short one: seconds of processor for each further page, and peak memory.

Area pages of one template are made under as many names as wanted, once as a batch of few and once of many, after the work that all
share. Memory is that of the batch's own process and of all that it started, where what several share counts once (Linux's
proportional set size), looked at every half second. Run ``python -m benchmarks.many_pages 50 500``; no test holds the numbers.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

from benchmarks.bench_pages import copy_of_project
from benchmarks.harness import Spent, spent
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.plan import Job, area_job, select_areas
from healthdevo.publishing.processes import MEGABYTE
from healthdevo.publishing.project import Project
from healthdevo.publishing.run import processors, run_jobs

FEW, MANY = 50, 500
_EVERY = 0.5


@dataclass(frozen=True)
class Batch:
    """What a batch of pages took: time, the most memory in bytes at one moment, and the most of its first and second half."""

    pages: int
    spent: Spent
    peak: int
    halves: tuple[int, int]


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError, IndexError):
                parent = int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
                found.setdefault(parent, []).append(int(name))
    return found


def _memory(pid: int) -> int:
    """Return the bytes that a process and all below it take."""
    children, waiting, total = _children(), [pid], 0
    while waiting:
        one = waiting.pop()
        waiting.extend(children.get(one, ()))
        with suppress(OSError, StopIteration):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            total += 1024 * int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return total


class Watched:
    """The memory of this process and all below it, looked at again and again inside a ``with`` block."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(_EVERY):
            self.seen.append(_memory(os.getpid()))

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def jobs(project: Project, folder: str, count: int, inputs: Inputs) -> list[Job]:
    """Return jobs for a number of pages: the project's areas in turn, under names of their own."""
    assert project.areas is not None
    template = project.source(project.areas.template)
    codes = select_areas("all", kinds=project.areas.kinds, on=project.areas.on)
    made = {code: area_job(project, template, code, folder=folder, inputs=inputs) for code in codes}
    chosen = enumerate(islice(cycle(codes), count))
    return [replace(made[code], docname=f"{folder}/{i:04d}-{made[code].page}") for i, code in chosen]


def measure(project: Project, folder: str, count: int) -> Batch:
    """Make a number of pages and say what it took."""

    def run() -> None:
        inputs = Inputs(project)
        with Path(os.devnull).open("w") as nowhere:
            run_jobs(
                project, jobs(project, folder, count, inputs), inputs=inputs, progress=nowhere
            ).raise_for_failures()

    with Watched() as watched:
        took = spent(run)
    seen = watched.seen or [0]
    middle = len(seen) // 2
    return Batch(count, took, max(seen), (max(seen[:middle] or seen), max(seen[middle:])))


def main(arguments: Sequence[str]) -> None:
    """Print what a few and what many pages take."""
    few, many = (int(word) for word in arguments) if arguments else (FEW, MANY)
    with tempfile.TemporaryDirectory() as made:
        project = copy_of_project(Path(made))
        once = measure(project, "once", 8)
        print(f"work that all pages share, and 8 pages: {once.spent.cpu:.1f} s of processor", flush=True)
        batches = [measure(project, f"pages-{count}", count) for count in (few, many)]
    for batch in batches:
        each = f"{batch.spent.cpu / batch.pages:.2f} s of processor and {batch.spent.wall / batch.pages:.2f} s each"
        halves = " and ".join(f"{half / MEGABYTE:.0f}" for half in batch.halves)
        peak = f"{batch.peak / MEGABYTE:.0f} MB at most ({halves} in its halves)"
        print(f"{batch.pages} pages on {processors()} processors: {each}; {peak}", flush=True)
    short, long = batches
    further = (long.spent.cpu - short.spent.cpu) / (long.pages - short.pages)
    print(f"each further page: {further:.2f} s of processor; peak memory: {long.peak / short.peak:.3f} times")


if __name__ == "__main__":
    main(sys.argv[1:])
