"""Execute what has changed and remember how it ended."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from healthdevo.errors import BuildError
from healthdevo.files import shown
from healthdevo.publishing import national
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.forking import Preparation
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.lock import require_writable
from healthdevo.publishing.plan import Job
from healthdevo.publishing.progress import Progress
from healthdevo.publishing.project import Project
from healthdevo.publishing.records import Records
from healthdevo.publishing.tasks import Engine, Limits, Outcome, Task
from healthdevo.tables.folder import root


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
    records: Path

    @classmethod
    def of(cls, folder: Path) -> Places:
        """Return the usual places below a folder."""
        return cls(folder / "executed", folder / "logs", folder / "records")

    def notebook(self, job: Job) -> Path:
        """Return where a job's executed notebook lies."""
        return self.executed / f"{job.docname}{job.suffix}"

    def log(self, job: Job) -> Path:
        """Return where a job's log lies."""
        return self.logs / f"{job.docname}.log"


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


def reasons(project: Project, jobs: Sequence[Job], inputs: Inputs) -> dict[Job, str]:
    """Return for every job why it would run, nothing for one whose page is good."""
    places = Places.of(project.build)
    records = Records(places.records, inputs)
    return {job: records.why(job, places.notebook(job)) for job in jobs}


def _environment(project: Project) -> dict[str, str]:
    environment = {"HEALTHDEVO_PROJECT": str(project.root), "HEALTHDEVO_DATA": str(root())}
    if overlay := os.environ.get("HEALTHDEVO_OVERLAY"):
        environment["HEALTHDEVO_OVERLAY"] = str(Path(overlay).resolve())
    return environment


def run_jobs(
    project: Project,
    jobs: Sequence[Job],
    *,
    inputs: Inputs | None = None,
    engine: Engine | None = None,
    progress: TextIO | None = None,
    limits: Limits | None = None,
) -> Summary:
    """Execute the jobs whose pages are missing, damaged or out of date, with a worker process for each processor by default.

    A failing job stops no other and leaves its earlier page untouched. A disk that is full stops all.
    """
    places, inputs = Places.of(project.build), inputs or Inputs(project)
    records = Records(places.records, inputs)
    whys = {job.docname: why for job, why in reasons(project, jobs, inputs).items()}
    due = {job.docname: job for job in jobs if whys[job.docname]}
    unchanged = tuple(job for job in jobs if job.docname not in due)
    if due:
        _run_ahead(project, jobs, inputs, engine, progress, limits)
    environment = {
        write: _environment(project) | national.place(project, inputs, write=write) for write in (False, True)
    }
    tasks = [
        Task(
            name=job.docname,
            template=str(job.template),
            output=str(places.notebook(job)),
            log=str(places.log(job)),
            folder=str(project.root),
            parameters=job.parameters,
            environment=environment[national.is_step(job.template)],
            limits=limits or Limits(),
            expected=records.seconds(job.docname),
        )
        for job in due.values()
    ]
    if tasks:
        require_writable(places.executed, places.logs, places.records)
    engine = engine or LocalEngine(processors())
    if isinstance(engine, LocalEngine) and engine.preparation == Preparation():
        engine = replace(engine, preparation=_preparation(records, inputs, list(due.values()), engine.jobs))
    done: list[Job] = []
    failed: list[tuple[Job, Outcome]] = []
    with (
        Progress(tasks, getattr(engine, "jobs", 1), progress or sys.stderr) as bar,
        closing(engine.run(tasks)) as outcomes,
    ):
        for outcome in outcomes:
            job = due[outcome.name]
            records.write(job, outcome, places.notebook(job), whys[job.docname])
            if outcome.ok:
                done.append(job)
            else:
                failed.append((job, outcome))
                if len(tasks) > 1:
                    bar.complain(f"failed: {job.name}: {outcome.message}")
            bar.tell(outcome, job.page)
            if os.strerror(errno.ENOSPC) in outcome.message:
                raise BuildError(f"the disk is full ({job.name}); {len(done)} pages were made and stay")
    order = list(due).index
    done.sort(key=lambda job: order(job.docname))
    failed.sort(key=lambda pair: order(pair[0].docname))
    return Summary(tuple(done), unchanged, tuple(failed), places)


def _run_ahead(
    project: Project,
    jobs: Sequence[Job],
    inputs: Inputs,
    engine: Engine | None,
    progress: TextIO | None,
    limits: Limits | None,
) -> None:
    """Do the national work that pages share; where it fails, pages compute for themselves."""
    ahead = national.jobs(project, jobs, inputs)
    if not ahead:
        return
    made = run_jobs(project, ahead, inputs=inputs, engine=engine, progress=progress, limits=limits)
    for job, outcome in made.failed:
        print(f"ahead of the pages, failed: {job.name}: {outcome.message}", file=progress or sys.stderr)
    national.tidy(project, [made.places.notebook(job) for job in ahead])


def _preparation(records: Records, inputs: Inputs, jobs: Sequence[Job], together: int) -> Preparation:
    """Return what is made ready for jobs: the modules that they reach and, where each process does several, what they read and ask."""
    modules = tuple(sorted({part for job in jobs for part in job.parts if part.startswith("healthdevo.")}))
    if len(jobs) <= together:
        return Preparation(modules)
    codes = tuple(str(job.parameters["area_code"]) for job in jobs if "area_code" in job.parameters)
    tables = _likely_tables(records, inputs, jobs)
    return Preparation(modules, tables, codes if len(codes) >= national.FEWEST else ())


def _likely_tables(records: Records, inputs: Inputs, jobs: Sequence[Job]) -> tuple[str, ...]:
    """Return the tables that pages read last time; where a page has no record, those that its modules name."""
    from healthdevo import tables

    every = tables.names()
    found: set[str] = set()
    for parts in {tuple(job.parts) for job in jobs if not records.reads(job.docname)}:
        found.update(inputs.named(parts, every))
    for job in jobs:
        found.update(records.reads(job.docname))
    return tuple(sorted(found & {*every}))
