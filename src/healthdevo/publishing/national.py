"""Work that pages share, done once before them: jobs of their own, whose results lie below the build's folder.

A job calls a function of ``healthdevo.chapters.area.national`` or ``healthdevo.chapters.claims.national`` in a worker's own process. Its outcome is a list of the entries that it
found or made (see ``healthdevo.chapters.common.kept``); entries that no list names are removed. Pages need none of it: what is missing
they compute.
"""

from __future__ import annotations

import importlib
import json
import os
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from healthdevo.chapters.common import kept
from healthdevo.chapters.common.places import ENGLAND
from healthdevo.files import write_atomically, write_json
from healthdevo.publishing.inputs import Inputs, digest
from healthdevo.publishing.plan import Job, select_areas
from healthdevo.publishing.processes import limit_memory, peak_memory
from healthdevo.publishing.project import Project
from healthdevo.publishing.tasks import FIXED_ENVIRONMENT, Outcome, Task
from healthdevo.tables.used import READS

FOLDER = "national"
FEWEST = 8
"""Pages from which on it pays to compute for all areas ahead."""
FEWEST_OF_BOOK = 2
"""National pages from which on it pays to compute ahead what they share."""
_TOGETHER = 8
_STEPS = "healthdevo.chapters.area.national"
_OF_BOOK = "healthdevo.chapters.claims.national"
_READS_LEDGER = "healthdevo.claims.ledger"


@dataclass(frozen=True)
class Step:
    """A function of ``chapters.area.national``, the modules whose results it keeps, and how many areas one job takes (0: all)."""

    function: str
    modules: tuple[str, ...]
    together: int = 0


PAGES = (
    "whole_system",
    "health_in_all_policies",
    "footprint",
    "reorganisation",
    "spending",
    "money",
    "postcode_lottery",
    "autonomy",
    "demand",
    "devolution",
    "avoidable_admissions",
    "devolution_ten_years",
    "powers",
)
"""Pages that tested claims link to (``healthdevo.claims.ledger.pages_with_results``), the longest first; named here since reading them loads every chapter."""
TESTS = MappingProxyType({page: f"healthdevo.claims.results.{page}" for page in PAGES})
"""Modules with the tests of claims by the page that they link to."""
LEDGER = Step(
    "ledger",
    (
        *TESTS.values(),
        "healthdevo.chapters.autonomy.variation",
        "healthdevo.chapters.whole_system.catalogue",
        "healthdevo.chapters.whole_system.effects",
        "healthdevo.chapters.health_in_all_policies.directions",
        "healthdevo.chapters.health_in_all_policies.productivity",
        "healthdevo.chapters.reorganisation.experiments",
    ),
)
"""The results of the ledger of claims, a job for each page that claims link to, and what these pages share with it."""
STEPS = (
    Step("forecasts", ("healthdevo.chapters.common.forecasts",), _TOGETHER),
    Step(
        "spending",
        ("healthdevo.chapters.area.spending.per_head", "healthdevo.chapters.area.spending.need"),
    ),
    Step("inequality", ("healthdevo.chapters.area.inequality.national",)),
    Step("cards", ("healthdevo.chapters.area.card.national",)),
    Step("duty", ("healthdevo.chapters.area.duty.national",)),
    Step("footprint", ("healthdevo.chapters.footprint.flows",)),
    Step("autonomy", ("healthdevo.chapters.autonomy.standing",)),
    Step("devolution", ("healthdevo.chapters.area.devolution.placebos",), 2 * _TOGETHER),
)


def is_step(template: str | Path) -> bool:
    """Whether what a task or job is made from is a function here, not a notebook."""
    return str(template).startswith((f"{_STEPS}:", f"{_OF_BOOK}:"))


def jobs(project: Project, pages: Sequence[Job], inputs: Inputs) -> tuple[Job, ...]:
    """Return the jobs to be done ahead of pages, for the ledger, all areas of the book and England: none ahead of a few pages.

    Only steps whose results some page can reach are among them.
    """
    return (*_of_book(pages, inputs), *_of_areas(project, pages, inputs))


def _job(
    home: str,
    function: str,
    name: str,
    argument: str,
    items: Sequence[str],
    inputs: Inputs,
    also: str = "",
) -> Job:
    """Return the job of a step; ``also`` is a module that it reaches by name only."""
    parameters = {argument: list(items)}
    source = f"from {home} import {function}\n{function}({argument})"
    parts = inputs.parts([(source + (also and f"\n{_whole(also)}"), [])], parameters)
    return Job(Path(f"{home}:{function}"), f"{FOLDER}/{name}", parameters, {}, parts)


def _whole(module: str) -> str:
    return f"import {module} as module\nmodule"


def _of_book(pages: Sequence[Job], inputs: Inputs) -> list[Job]:
    """Return the jobs of the ledger of claims, where several national pages can reach it."""
    reaching = [
        job
        for job in pages
        if not (is_step(job.template) or "area_code" in job.parameters) and _READS_LEDGER in job.parts
    ]
    if len(reaching) < FEWEST_OF_BOOK:
        return []
    name = LEDGER.function
    return [
        _job(_OF_BOOK, name, f"{name}-{page}", "pages", [page], inputs, tests)
        for page, tests in TESTS.items()
    ]


def _of_areas(project: Project, pages: Sequence[Job], inputs: Inputs) -> list[Job]:
    if project.areas is None or sum("area_code" in job.parameters for job in pages) < FEWEST:
        return []
    book = project.areas
    codes = select_areas("all", kinds=book.kinds, on=book.on, ended=book.ended)
    planned = {str(job.parameters["area_code"]) for job in pages if "area_code" in job.parameters}
    reached = {name for job in pages for name in job.parts}
    found: list[Job] = []
    for step in STEPS:
        if not reached & set(step.modules):
            continue
        # what is done area by area is done for the areas that get a page
        wanted = sorted({ENGLAND, *(planned if step.together else codes)})
        size = step.together or len(wanted)
        for number, start in enumerate(range(0, len(wanted), size), 1):
            name = step.function + (f"-{number}" if step.together else "")
            part = wanted[start : start + size]
            found.append(_job(_STEPS, step.function, name, "codes", part, inputs))
    return found


def place(project: Project, inputs: Inputs, *, write: bool) -> dict[str, str]:
    """Return the environment that tells a job where results are kept, and what code they are results of.

    Nothing when this process was told of a place itself: its jobs share that one.
    """
    if kept.Place.here() is not None:
        return {}
    code = {}
    for name in (name for step in (LEDGER, *STEPS) for name in step.modules):
        runs = f"from {_OF_BOOK} import {LEDGER.function}\n" if name in TESTS.values() else ""
        parts = inputs.parts([(runs + _whole(name), [])], {})
        code[name] = digest(f"{part}\0{key}".encode() for part, key in sorted(parts.items()))
    return {kept.PLACE: kept.Place(str(project.build / FOLDER), code, write).text}


@contextmanager
def _environment(task: Task, folder: Path) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update({**FIXED_ENVIRONMENT, **task.environment, READS: str(folder / "reads.txt")})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def execute(task: Task, folder: Path) -> Outcome:
    """Do a step in this process and write the list of its entries, or leave the earlier one; and the log."""
    started = time.perf_counter()
    module, _, name = task.template.partition(":")
    message, story = "", ""
    first = len(kept.USED)
    with _environment(task, folder):
        limit_memory(task.limits.memory)
        try:
            getattr(importlib.import_module(module), name)(**dict(task.parameters))
            write_json(Path(task.output), sorted(set(kept.USED[first:])))
        except Exception as error:  # the page that needs it computes it, and says what is wrong
            said = (str(error).splitlines() or [""])[0]
            message, story = f"{type(error).__name__}: {said}".rstrip(": "), traceback.format_exc()
    reads = folder / "reads.txt"
    read = reads.read_text(encoding="utf-8").splitlines() if reads.is_file() and not message else []
    seconds = time.perf_counter() - started
    outcome = Outcome(task.name, not message, seconds, message, _peak(), tuple(sorted(set(read))))
    lines = [
        f"step      {task.template}",
        f"outcome   {message or 'done'}",
        f"seconds   {seconds:.1f}",
        story,
    ]
    with suppress(OSError):  # a full disk has been told of by now
        write_atomically(Path(task.log), "\n".join(lines).rstrip() + "\n")
    return outcome


def _peak() -> int:
    with suppress(ImportError):
        import resource

        return peak_memory(resource.getrusage(resource.RUSAGE_SELF))
    return 0  # pragma: no cover - not on this platform


def tidy(project: Project, lists: Sequence[Path]) -> int:
    """Remove the entries that no list names; nothing when a list is missing or damaged."""
    wanted: set[str] = set()
    try:
        for path in lists:
            wanted.update(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return 0
    return kept.prune(project.build / FOLDER, wanted)
