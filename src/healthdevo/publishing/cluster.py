"""The engine for several machines: tasks go to the workers of a Dask cluster that exists already.

Templates travel with the task and executed notebooks and logs come back, so that workers need no folder in common with this machine, only
the package and the same data. A task whose worker dies is done by another; a task that has killed several is given up.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import healthdevo
from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.inputs import digest
from healthdevo.publishing.tasks import Outcome, Task

_NOTEBOOK, _LOG, _FAILED = "page.ipynb", "page.log", "page.failed.ipynb"
Files = Mapping[str, bytes]


def pack(folder: Path) -> Files:
    """Return the files of a folder by their paths in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def sources() -> str:
    """Return a hash of this package's code."""
    folder = Path(healthdevo.__file__).parent
    return digest(path.read_bytes() for path in sorted(folder.rglob("*.py")))


def execute_there(task: Task, template: bytes, data: Files, version: str) -> tuple[Outcome, Files]:
    """Execute a task on whatever machine this is; return its outcome and the files that it made.

    ``data`` is the data folder, and the user's own tables in ``overlay/``; the project's folder is an empty one.
    """
    if sources() != version:
        where = socket.gethostname()
        return Outcome(
            task.name, False, 0.0, f"{where} has another edition of this package than the build"
        ), {}
    with tempfile.TemporaryDirectory(prefix="hd-") as made:
        place = Path(made)
        work, out = place / "project", place / "out"
        for folder in (work / "book", out):
            folder.mkdir(parents=True)
        (work / "_toc.yml").touch()
        (place / "template.ipynb").write_bytes(template)
        for name, content in data.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        environment = {
            **task.environment,
            "HEALTHDEVO_PROJECT": str(work),
            "HEALTHDEVO_DATA": str(place / "data"),
        }
        if (place / "overlay").is_dir():
            environment["HEALTHDEVO_OVERLAY"] = str(place / "overlay")
        there = dataclasses.replace(
            task,
            template=str(place / "template.ipynb"),
            output=str(out / _NOTEBOOK),
            log=str(out / _LOG),
            folder=str(work),
            environment=environment,
        )
        (outcome,) = LocalEngine(1, cold=True).run([there])
        return outcome, pack(out)


@dataclass(frozen=True)
class DaskEngine:
    """Workers of the cluster whose scheduler has an address such as ``tcp://10.0.0.5:8786``."""

    scheduler: str
    patience: float = 30

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome, None, None]:
        """Yield one outcome for each task as it ends; closed early, tasks that have not begun are taken back."""
        try:
            from distributed import Client, as_completed
        except ImportError:
            raise BuildError('--scheduler needs Dask: pip install "healthdevo[dask]"') from None
        if not tasks:
            return
        try:
            client = Client(self.scheduler, timeout=self.patience, set_as_default=False)
        except (OSError, ValueError) as error:
            raise BuildError(f"there is no Dask scheduler at {self.scheduler}: {error}") from None
        with client:
            data = client.scatter(_data(tasks[0]), broadcast=False, hash=True)
            version = sources()
            futures: dict[Any, Task] = {}
            for task in sorted(tasks, key=lambda task: -task.expected):
                template = Path(task.template).read_bytes()
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
                    yield _take(futures[future], future)
            finally:
                with suppress(Exception):
                    client.cancel(list(futures))


def _data(task: Task) -> Files:
    """Return the data folder of a task, and the user's own tables, as files that travel."""
    found = {
        f"data/{name}": content for name, content in pack(Path(task.environment["HEALTHDEVO_DATA"])).items()
    }
    if overlay := task.environment.get("HEALTHDEVO_OVERLAY"):
        found.update({f"overlay/{name}": content for name, content in pack(Path(overlay)).items()})
    return found


def _take(task: Task, future: Any) -> Outcome:
    """Put what came back where the task wants it."""
    error = future.exception()
    if error is not None:
        return Outcome(
            task.name, False, 0.0, f"the cluster gave it up: {type(error).__name__}: {error}".splitlines()[0]
        )
    outcome: Outcome
    outcome, files = future.result()
    failed = Path(task.log).with_suffix(".failed.ipynb")
    failed.unlink(missing_ok=True)
    for name, path in ((_NOTEBOOK, Path(task.output)), (_LOG, Path(task.log)), (_FAILED, failed)):
        if name in files:
            write_atomically(path, files[name])
    return outcome
