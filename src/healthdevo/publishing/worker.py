"""What runs in a worker's own process: one task, from a file in its folder, to an outcome in another."""

from __future__ import annotations

import asyncio
import pickle
import sys
from pathlib import Path

from healthdevo.files import write_atomically
from healthdevo.publishing.execution import execute
from healthdevo.publishing.processes import die_with_parent, watch_pipe
from healthdevo.publishing.tasks import Outcome, Task

_TASK, _OUTCOME = "task.pickle", "outcome.pickle"


def prepare(folder: Path, task: Task) -> None:
    """Lay a task ready in the folder of its worker."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _TASK).write_bytes(pickle.dumps(task))


def outcome_of(folder: Path) -> Outcome | None:
    """Return what a worker has left, None when it ended without a word."""
    try:
        found = pickle.loads((folder / _OUTCOME).read_bytes())
    except (OSError, pickle.UnpicklingError, EOFError):
        return None
    return found if isinstance(found, Outcome) else None


def run(argument: str) -> None:
    """Do the task that lies in a folder."""
    folder = Path(argument)
    task: Task = pickle.loads((folder / _TASK).read_bytes())
    write_atomically(folder / _OUTCOME, pickle.dumps(execute(task, folder)))


def main() -> None:
    """Be the worker of a folder for as long as standard input stays open: ``python -m healthdevo.publishing.worker FOLDER``."""
    die_with_parent()
    watch_pipe(sys.stdin.buffer)
    if sys.platform == "win32":  # pragma: no cover
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    run(sys.argv[1])


if __name__ == "__main__":
    main()
