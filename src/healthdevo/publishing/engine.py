"""The engine for one machine: workers in processes of their own, within limits, that end when the build ends.

A worker executes one task and ends. Where the system can fork, workers and kernels are copies of a process that has the heavy
packages loaded (``fork_server``); elsewhere, or when asked for, each is started plainly.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing import worker
from healthdevo.publishing.execution import POSITION, log
from healthdevo.publishing.forking import ADDRESS, ForkedProcess, ForkServer, Preparation
from healthdevo.publishing.processes import can_fork, end_group, ending
from healthdevo.publishing.scratch import scratch
from healthdevo.publishing.tasks import FIXED_ENVIRONMENT, Outcome, Task

_GRACE = 15  # seconds that a worker may take beyond its task's limit, to say itself what was too slow
_TICK = 0.02


class _Process(Protocol):
    pid: int

    def poll(self) -> int | None: ...  # pragma: no cover
    def wait(self, timeout: float | None = None) -> int: ...  # pragma: no cover


@dataclass
class _Running:
    task: Task
    folder: Path
    process: _Process
    attempt: int
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


class _Workers:
    """Starts workers, as copies of the fork server or plainly."""

    def __init__(self, place: Path, preparation: Preparation, *, warm: bool) -> None:
        self.place = place
        self.environment = {**os.environ, **FIXED_ENVIRONMENT}
        self.warm = warm and can_fork() and ForkServer.fits(place)
        self.preparation = preparation
        self.server: ForkServer | None = None
        self._count = 0

    def start(self, task: Task, attempt: int) -> _Running:
        self._count += 1
        folder = self.place / f"{self._count}"
        if self.warm:
            self._serving(task)
        worker.prepare(folder, task)
        process = self._forked(task, folder) if self.warm else self._plain(folder)
        return _Running(task, folder, process, attempt)

    def _forked(self, task: Task, folder: Path) -> _Process:
        for last in (False, True):
            server = self._serving(task)
            try:
                return ForkedProcess(
                    server.address,
                    "worker",
                    str(folder),
                    environment={**self.environment, ADDRESS: server.address},
                    folder=str(folder),
                    words=str(folder / "worker.txt"),
                )
            except ConnectionError:  # it was killed in this moment
                server.close()
                if last:
                    raise
                worker.prepare(folder, task)
        raise AssertionError  # pragma: no cover

    def _serving(self, task: Task) -> ForkServer:
        """Return the fork server, a new one when there is none or it was killed."""
        if self.server is not None and self.server.alive:
            self.server.wait_until_ready()
            return self.server
        if self.server is not None:
            self.server.close()
        environment = {**self.environment, **task.environment}
        self.server = ForkServer(self.place, environment, self.preparation)
        try:
            self.server.wait_until_ready()
        except BuildError:  # once more: it may have been killed while it began
            self.server.close()
            self.server = ForkServer(self.place, environment, self.preparation)
            self.server.wait_until_ready()
        return self.server

    def _plain(self, folder: Path) -> _Process:
        with (folder / "worker.txt").open("wb") as words:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", worker.__name__, str(folder)],
                stdin=subprocess.PIPE,
                stdout=words,
                stderr=words,
                env=self.environment,
                start_new_session=True,
            )

    def close(self) -> None:
        if self.server is not None:
            self.server.close()


def _always() -> bool:
    return True


@dataclass(frozen=True)
class LocalEngine:
    """Workers on this machine, ``jobs`` at once; ``cold`` starts every kernel plainly.

    ``preparation`` is what is made ready before the first fork. When ``wanted`` says no, all that runs is ended without an outcome.
    """

    jobs: int = 1
    cold: bool = False
    preparation: Preparation = field(default_factory=Preparation)
    wanted: Callable[[], bool] = _always

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome, None, None]:
        """Yield one outcome for each task as it ends; close the iterator, or let an exception through, to end all that runs."""
        if not tasks:
            return
        queue = deque((task, 1) for task in sorted(tasks, key=lambda task: -task.expected))
        running: list[_Running] = []
        with ExitStack() as stack:
            place = stack.enter_context(scratch())
            workers = _Workers(place, self.preparation, warm=not self.cold)
            stack.callback(workers.close)
            stack.callback(_end_all, running)
            while (queue or running) and self.wanted():
                while queue and len(running) < max(1, self.jobs):
                    running.append(workers.start(*queue.popleft()))
                ended = [one for one in running if one.process.poll() is not None or _too_long(one)]
                if not ended:
                    time.sleep(_TICK)
                for one in ended:
                    running.remove(one)
                    _end(one)
                    outcome = worker.outcome_of(one.folder)
                    if outcome is None and one.attempt == 1 and (_lost_server(one) or not _began(one)):
                        queue.appendleft((one.task, 2))
                        continue
                    yield outcome or _lost(one)


def _began(one: _Running) -> bool:
    return (one.folder / POSITION).exists()


def _lost_server(one: _Running) -> bool:
    return bool(getattr(one.process, "lost", False))


def _too_long(one: _Running) -> bool:
    limit = one.task.limits.seconds
    return bool(limit) and one.seconds > limit + _GRACE


def _end(one: _Running) -> None:
    """End a worker, if it still runs, and with it its kernel."""
    if one.process.poll() is None:
        end_group(one.process.pid)
    with suppress(subprocess.TimeoutExpired):
        one.process.wait(10)
    pipe = getattr(one.process, "stdin", None)
    if pipe is not None:
        with suppress(OSError):
            pipe.close()


def _end_all(running: Sequence[_Running]) -> None:
    for one in running:
        _end(one)


def _lost(one: _Running) -> Outcome:
    """Say what is known of a task whose worker left no word, and write its log."""
    status = one.process.poll()
    if _too_long(one):
        message = f"it ran longer than {one.task.limits.seconds:g} s"
    else:
        message = f"the worker process {'vanished' if status is None else ending(status)}"
    said = ""
    with suppress(OSError):
        message += f" ({(one.folder / POSITION).read_text(encoding='utf-8').strip()})"
    with suppress(OSError):
        said = (one.folder / "worker.txt").read_text(encoding="utf-8", errors="replace")[-100_000:]
    outcome = Outcome(one.task.name, False, one.seconds, message)
    with suppress(OSError):
        write_atomically(Path(one.task.log), log(one.task, outcome, None, said))
    return outcome
