"""Execute what has changed and remember how it ended."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

from healthdevo import tables
from healthdevo.errors import BuildError
from healthdevo.files import shown, write_json
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.plan import Job, digest
from healthdevo.publishing.project import Project
from healthdevo.publishing.tasks import Engine, Outcome, Task


def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # pragma: no cover - not on this platform
        return os.cpu_count() or 1


@dataclass(frozen=True)
class Places:
    """Where a run keeps executed notebooks, logs, and the record of every page."""

    executed: Path
    logs: Path
    manifest: Path

    @classmethod
    def of(cls, folder: Path) -> Places:
        """Return the usual places below a folder."""
        return cls(folder / "executed", folder / "logs", folder / "manifest.json")

    def notebook(self, job: Job) -> Path:
        """Return where a job's executed notebook lies."""
        return self.executed / f"{job.docname}.ipynb"

    def log(self, job: Job) -> Path:
        """Return where a job's log lies."""
        return self.logs / f"{job.docname}.log"


class Manifest:
    """The record of every page made: key, outcome, seconds, message, and the hash of the last good notebook."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            self.pages: dict[str, dict[str, Any]] = dict(content["pages"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            self.pages = {}  # a damaged record only costs running the pages again

    def is_current(self, job: Job, notebook: Path) -> bool:
        """Whether the executed notebook is the one made with this very key, and undamaged."""
        good = self.pages.get(job.docname, {}).get("good", {})
        if good.get("key") != job.key or not notebook.is_file():
            return False
        return bool(good.get("hash") == digest([notebook.read_bytes()]))

    def record(self, job: Job, outcome: Outcome, notebook: Path) -> None:
        """Write down how a job ended."""
        entry: dict[str, Any] = {
            "name": job.name,
            "parameters": dict(job.parameters),
            "key": job.key,
            "status": "done" if outcome.ok else "failed",
            "seconds": round(outcome.seconds, 2),
            "message": outcome.message,
        }
        earlier = self.pages.get(job.docname, {}).get("good")
        if outcome.ok:
            entry["good"] = {"key": job.key, "hash": digest([notebook.read_bytes()])}
        elif earlier:
            entry["good"] = earlier
        self.pages[job.docname] = entry
        write_json(self.path, {"pages": self.pages})


@dataclass(frozen=True)
class Summary:
    """How a run ended: jobs executed now, still good from before, and not made (an earlier page, if any, is untouched)."""

    done: tuple[Job, ...]
    unchanged: tuple[Job, ...]
    failed: tuple[tuple[Job, Outcome], ...]
    places: Places

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failed

    @property
    def text(self) -> str:
        """The summary for the terminal, one line for each failure."""
        lines = [f"{len(self.done)} executed, {len(self.unchanged)} unchanged, {len(self.failed)} failed"]
        for job, outcome in self.failed:
            lines.append(f"  failed: {job.name}: {outcome.message}")
            lines.append(f"          log: {shown(self.places.log(job))}")
        return "\n".join(lines)

    def raise_for_failures(self) -> None:
        """Raise one error that names every failed page."""
        if self.failed:
            raise BuildError(f"{self.text}\nThe pages published before are untouched.")


def run_jobs(
    project: Project, jobs: Sequence[Job], *, engine: Engine | None = None, progress: TextIO | None = None
) -> Summary:
    """Execute the jobs whose pages are missing, damaged or out of date, with a worker process for each processor by default.

    A failing job stops no other and leaves its earlier page untouched.
    """
    places = Places.of(project.build)
    engine = engine or LocalEngine(processors())
    manifest = Manifest(places.manifest)
    unchanged = tuple(job for job in jobs if manifest.is_current(job, places.notebook(job)))
    due = {job.docname: job for job in jobs if job not in unchanged}
    environment = {"HEALTHDEVO_PROJECT": str(project.root), "HEALTHDEVO_DATA": str(tables.root())}
    if overlay := os.environ.get("HEALTHDEVO_OVERLAY"):
        environment["HEALTHDEVO_OVERLAY"] = str(Path(overlay).resolve())
    tasks = [
        Task(
            name=job.docname,
            template=str(job.template),
            output=str(places.notebook(job)),
            log=str(places.log(job)),
            folder=str(project.root),
            parameters=job.parameters,
            environment=environment,
        )
        for job in due.values()
    ]
    done: list[Job] = []
    failed: list[tuple[Job, Outcome]] = []
    stream = progress or sys.stderr
    with tqdm(total=len(tasks), desc="Notebooks", unit="page", file=stream, disable=not tasks) as bar:
        for outcome in engine.run(tasks):
            job = due[outcome.name]
            manifest.record(job, outcome, places.notebook(job))
            if outcome.ok:
                done.append(job)
            else:
                failed.append((job, outcome))
                if len(tasks) > 1:
                    bar.write(f"failed: {job.name}: {outcome.message}", file=stream)
            bar.set_postfix_str(job.page, refresh=False)
            bar.update()
    order = list(due).index
    done.sort(key=lambda job: order(job.docname))
    failed.sort(key=lambda pair: order(pair[0].docname))
    return Summary(tuple(done), unchanged, tuple(failed), places)
