"""The engine for several machines: tasks go to the workers of a Dask cluster that exists already.

Templates travel with the task and executed notebooks and logs come back, so that workers need no folder in common with this machine, only
the package. Data travel as the result of a task of their own, which is done again when the worker that holds them dies; scattered, they would
be lost, and all tasks with them. A task whose worker dies is done by another; a task that has killed several is given up.
"""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import healthdevo
from healthdevo.chapters.common import kept
from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing import national
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.inputs import digest
from healthdevo.publishing.scratch import scratch
from healthdevo.publishing.tasks import Outcome, Task

_PAGE, _LOG, _FAILED = "made", "made.log", "made.failed.ipynb"
_KEPT = "kept"
Files = Mapping[str, bytes]


def pack(folder: Path) -> Files:
    """Return the files of a folder by their paths in it; none when there is no such folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _unpack(files: Files, folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def sources() -> str:
    """Return a hash of this package's code."""
    folder = Path(healthdevo.__file__).parent
    return digest(path.read_bytes() for path in sorted(folder.rglob("*.py")))


def _still_wanted() -> Callable[[], bool]:
    """Return a function that says whether the cluster still wants the task of this thread: not so when the build has gone."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        state = worker.state.tasks.get(key)
        return state is not None and state.state != "cancelled"

    return wanted


def execute_there(task: Task, template: bytes, data: Files, version: str) -> tuple[Outcome, Files]:
    """Execute a task on whatever machine this is; return its outcome and the files that it made.

    ``data`` is the data folder, the user's own tables in ``overlay/`` and what the build has kept in ``kept/``; the project's
    folder is an empty one. Of a step that pages share, the entries that it found or made come back.
    """
    if sources() != version:
        where = socket.gethostname()
        return Outcome(
            task.name, False, 0.0, f"{where} has another edition of this package than the build"
        ), {}
    with scratch() as place:
        work, out = place / "project", place / "out"
        for folder in (work / "book", out):
            folder.mkdir(parents=True)
        (work / "_toc.yml").touch()
        _unpack(data, place)
        step = national.is_step(task.template)
        if not step:
            (place / "template.ipynb").write_bytes(template)
        environment = {
            **task.environment,
            "HEALTHDEVO_PROJECT": str(work),
            "HEALTHDEVO_DATA": str(place / "data"),
        }
        if (place / "overlay").is_dir():
            environment["HEALTHDEVO_OVERLAY"] = str(place / "overlay")
        if (keeping := _place(task)) is not None:
            environment[kept.PLACE] = dataclasses.replace(keeping, folder=str(place / _KEPT)).text
        there = dataclasses.replace(
            task,
            template=task.template if step else str(place / "template.ipynb"),
            output=str(out / _PAGE),
            log=str(out / _LOG),
            folder=str(work),
            environment=environment,
        )
        outcomes = list(LocalEngine(1, cold=True, wanted=_still_wanted()).run([there]))
        if not outcomes:
            return Outcome(task.name, False, 0.0, "the build has gone"), {}
        made = dict(pack(out))
        if step and _PAGE in made:
            for name in json.loads(made[_PAGE]):
                made[f"{_KEPT}/{name}"] = (place / _KEPT / name).read_bytes()
        return outcomes[0], made


@dataclass(frozen=True)
class DaskEngine:
    """Workers of the cluster whose scheduler has an address such as ``tcp://10.0.0.5:8786``."""

    scheduler: str
    patience: float = 30

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome, None, None]:
        """Yield one outcome for each task as it ends; closed early, tasks that have not begun are taken back."""
        try:
            from distributed import Client, as_completed
            from distributed.comm.core import CommClosedError
        except ImportError:
            raise BuildError('--scheduler needs Dask: pip install "healthdevo[dask]"') from None
        if not tasks:
            return
        try:
            client = Client(self.scheduler, timeout=self.patience, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BuildError(f"there is no Dask scheduler at {self.scheduler}: {error}") from None
        with client:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that data are large: they are sent once
                data: Any = client.submit(dict, _data(tasks[0]), key=f"data-{os.urandom(4).hex()}")
            version = sources()
            futures: dict[Any, Task] = {}
            for task in sorted(tasks, key=lambda task: -task.expected):
                template = b"" if national.is_step(task.template) else Path(task.template).read_bytes()
                future = client.submit(
                    execute_there,
                    task,
                    template,
                    data,
                    version,
                    pure=False,
                    key=f"{task.name}-{os.urandom(4).hex()}",
                )
                futures[future] = task
            try:
                for future in as_completed(list(futures), loop=client.loop):
                    gone = future.cancelled() and client.status != "running"
                    try:
                        outcome = None if gone else _take(futures[future], future)
                    except CommClosedError:
                        outcome = None
                    if outcome is None:
                        raise BuildError(
                            f"the Dask scheduler at {self.scheduler} has gone; pages made so far stay, and the next build goes on from there"
                        )
                    yield outcome
            finally:
                with suppress(Exception):
                    client.cancel(list(futures))


def _place(task: Task) -> kept.Place | None:
    """Return where the build keeps what pages share, as a task was told."""
    said = task.environment.get(kept.PLACE)
    return kept.Place(**json.loads(said)) if said else None


def _data(task: Task) -> Files:
    """Return the data folder of a task, the user's own tables and what the build has kept, as files that travel."""
    found = {
        f"data/{name}": content for name, content in pack(Path(task.environment["HEALTHDEVO_DATA"])).items()
    }
    if overlay := task.environment.get("HEALTHDEVO_OVERLAY"):
        found.update({f"overlay/{name}": content for name, content in pack(Path(overlay)).items()})
    if (keeping := _place(task)) is not None:
        found.update({f"{_KEPT}/{name}": content for name, content in pack(Path(keeping.folder)).items()})
    return found


def _take(task: Task, future: Any) -> Outcome:
    """Put what came back where the task wants it."""
    error = future.exception()
    if future.cancelled():
        return Outcome(task.name, False, 0.0, "the cluster gave it up: its scheduler has gone or forgot it")
    if error is not None:
        return Outcome(
            task.name, False, 0.0, f"the cluster gave it up: {type(error).__name__}: {error}".splitlines()[0]
        )
    outcome: Outcome
    outcome, files = future.result()
    failed = Path(task.log).with_suffix(".failed.ipynb")
    failed.unlink(missing_ok=True)
    if (keeping := _place(task)) is not None:
        for name, content in files.items():
            if name.startswith(f"{_KEPT}/"):
                write_atomically(Path(keeping.folder) / Path(name).name, content)
    for name, path in ((_PAGE, Path(task.output)), (_LOG, Path(task.log)), (_FAILED, failed)):
        if name in files:
            write_atomically(path, files[name])
    return outcome
