"""Area pages made by one batch, against a loop of the ``papermill`` command: same template, same areas, in one run.

The yardstick is the ``papermill`` command on an empty notebook: what any tool pays that starts a kernel for each page. CPU is that of all
processes. What a batch does once (work that all its pages share) is told by itself: it is what the first batch takes longer than a second
that finds this work done.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from pathlib import Path

import nbformat

from benchmarks.harness import Timing, spent
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.plan import area_job, select_areas
from healthdevo.publishing.project import Project, find_root
from healthdevo.publishing.run import Places, processors, run_jobs
from healthdevo.publishing.tasks import FIXED_ENVIRONMENT

AREAS = 20
EMPTY = 5
_FOLDER = "areas"


def cases(areas: int = AREAS) -> Iterable[Timing]:
    """Measure bare kernels, batches and the loop, and yield wall time and CPU of each."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        project = copy_of_project(place)
        assert project.areas is not None
        template = project.source(project.areas.template)
        codes = select_areas("all", kinds=project.areas.kinds, on=project.areas.on)[:areas]
        nothing = place / "nothing.ipynb"
        nbformat.write(nbformat.v4.new_notebook(), nothing)
        bare = [spent(_papermill(nothing, place)) for _ in range(EMPTY)]
        first = spent(_batch(project, codes))
        places = Places.of(project.build)
        for folder in (places.executed, places.records):
            shutil.rmtree(folder / _FOLDER)  # what was done once stays
        ours = spent(_batch(project, codes))
        loop = [spent(_papermill(template, place, area_code=code)) for code in codes]
        bare += [spent(_papermill(nothing, place)) for _ in range(EMPTY)]
    cores = f"on {processors()} processors"
    for clock in ("wall", "CPU"):
        of = attrgetter(clock.lower())
        kernel, command = (statistics.median(map(of, every)) for every in (bare, loop))
        page = of(ours) / len(codes)
        yield Timing(f"bare kernel: papermill on an empty notebook, {clock}", kernel, "", None, "")
        yield Timing(f"once for a batch of area pages, {clock}", max(0.0, of(first) - of(ours)), "", None, "")
        yield Timing(
            f"area page in a batch of {len(codes)} {cores}, {clock} for each",
            page,
            "the papermill command",
            command,
            f"({page / kernel:.1f} and {command / kernel:.1f} bare kernels)",
        )


def copy_of_project(place: Path) -> Project:
    """Copy the book's sources, so that its own folder for what is built is left alone."""
    root, copied = find_root(), place / "project"
    shutil.copytree(root / "book", copied / "book", ignore=shutil.ignore_patterns(".*"))
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(root / name, copied / name)
    return Project.load(copied)


def _papermill(template: Path, place: Path, **parameters: str) -> Callable[[], None]:
    given = [word for name, value in parameters.items() for word in ("-p", name, value)]
    command = [sys.executable, "-m", "papermill", str(template), str(place / "executed.ipynb"), *given]
    command += ["--kernel", "python3", "--language", "python", "--no-progress-bar"]

    def run() -> None:
        environment = {**os.environ, **FIXED_ENVIRONMENT}
        subprocess.run(command, check=True, cwd=place, env=environment, capture_output=True)

    return run


def _batch(project: Project, codes: Sequence[str]) -> Callable[[], None]:
    def run() -> None:
        assert project.areas is not None
        inputs, template = Inputs(project), project.source(project.areas.template)
        jobs = [area_job(project, template, code, folder=_FOLDER, inputs=inputs) for code in codes]
        with Path(os.devnull).open("w") as nowhere:
            run_jobs(project, jobs, inputs=inputs, progress=nowhere).raise_for_failures()

    return run
