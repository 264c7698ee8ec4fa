"""Make the book: run what has changed, stage, let Jupyter Book write HTML, verify, publish in one step."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing import report, rewriting, sphinx_process, unchanged
from healthdevo.publishing.downloads import write_downloads
from healthdevo.publishing.execution import ANSI
from healthdevo.publishing.inputs import Inputs, digest
from healthdevo.publishing.lock import held
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.processes import end_group
from healthdevo.publishing.project import Project
from healthdevo.publishing.reading import as_csv
from healthdevo.publishing.run import Places, Summary, processors, run_jobs
from healthdevo.publishing.stage import addresses, stage_book, tree_hash, write_tree
from healthdevo.publishing.staged import Lying, Staged
from healthdevo.publishing.tasks import Engine, Limits
from healthdevo.publishing.verify import require_sound, stumbles

STAMP = ".healthdevo.json"
READING = "reading.csv"
"""List of what readers of the book would stumble over."""
_STEP = re.compile(r"^(reading sources|writing output)\.\.\. \[ *(\d+)%\]")
_BAR = "{desc}: {percentage:3.0f}%|{bar}|"
_READ = ".read.json"
_FRAME = (".yml", ".bib", ".css", ".js")


@dataclass(frozen=True)
class Book:
    """A published book: its folder, the number of computed pages, how the notebooks ended.

    ``changed`` is False when the book published before was already this one.
    """

    html: Path
    pages: int
    summary: Summary
    changed: bool


def jupyter_book(
    source: Path,
    output: Path,
    log: Path,
    *,
    strict: bool = True,
    nitpicky: bool = True,
    progress: TextIO | None = None,
    label: str = "Book",
    keep: bool = False,
    earlier: Path | None = None,
) -> Path:
    """Let Jupyter Book make HTML from a staged tree in the folder ``output``; what it says goes to ``log``.

    Strict: warnings are errors. Nitpicky: every reference must resolve. An error shows the first warnings and the log's place. The folder is
    emptied before; with ``keep`` what was read of unchanged sources in an earlier run is used again. ``earlier`` are the pages that were made
    in that run: with them, only pages that may differ are written.
    """
    html = output / "_build" / "html"
    shutil.rmtree(html if keep else output, ignore_errors=True)
    output.mkdir(parents=True, exist_ok=True)
    if keep and earlier is not None:
        shutil.copytree(earlier, html, ignore=_made_at_the_end)
    command = [sys.executable, "-P", "-m", sphinx_process.__name__, str(processors())]
    command += ["build", str(source), "--path-output", str(output)]
    command += ["--keep-going", *(["-W"] if strict else []), *(["-n"] if nitpicky else [])]
    settings = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}
    environment = {**os.environ, **settings, rewriting.KEPT: "yes" if html.is_dir() else ""}
    environment.pop("SOURCE_DATE_EPOCH", None)  # Sphinx would rewrite the year of the copyright
    lines: list[str] = []
    with tqdm(total=200, desc=label, file=progress or sys.stderr, bar_format=_BAR) as bar:
        status = 1
        for line in _said(command, environment):
            if isinstance(line, int):
                status = line
                continue
            lines.append(line)
            step = _STEP.match(line)
            if step:
                done = int(step[2]) + (100 if step[1] == "writing output" else 0)
                bar.update(max(0, done - bar.n))
        if status == 0:
            bar.update(200 - bar.n)
    write_atomically(log, "\n".join(lines) + "\n")
    if status != 0 or not (html / "index.html").is_file():
        faults = [line for line in lines if re.search(r"WARNING|ERROR|Exception|error:", line)]
        told = [line.replace(f"{source}{os.sep}", "") for line in faults]
        first = [f"  {line}" for line in (told or lines[-5:])[:12]]
        more = [f"  and {len(told) - 12} more"] if len(told) > 12 else []
        raise BuildError("\n".join(["Jupyter Book could not make the pages:", *first, *more, f"Log: {log}"]))
    return html


def _made_at_the_end(folder: str, names: Sequence[str]) -> set[str]:
    """Return what of a finished book every run makes anew, after the pages: scripts and styles."""
    return {name for name in names if name in (STAMP, "_static")}


def _said(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[str | int]:
    """Yield what a command says, line by line, and then its status; it ends when nobody listens any more."""
    pipe, both = subprocess.PIPE, subprocess.STDOUT
    process = subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=both,
        encoding="utf-8",
        env=dict(environment),
        start_new_session=True,
    )
    try:
        for raw in process.stdout or ():
            yield ANSI.sub("", raw.rstrip("\n"))
        yield process.wait()
    finally:
        end_group(process.pid)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        process.wait()


def publish(new: Path, published: Path) -> None:
    """Put a finished book in the place of the one before; when that fails, the one before comes back."""
    earlier = published.with_name(f".{published.name}.earlier")
    shutil.rmtree(earlier, ignore_errors=True)
    published.parent.mkdir(parents=True, exist_ok=True)
    if published.exists():
        published.rename(earlier)
    try:
        new.rename(published)
    except OSError:
        if earlier.exists():
            earlier.rename(published)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _stamp(html: Path) -> Mapping[str, object]:
    try:
        found = json.loads((html / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def listing(html: Path) -> str:
    """Return a hash of the names and sizes of a book's files, so that a damaged book is made again."""
    files = (path for path in sorted(html.rglob("*")) if path.is_file() and path.name != STAMP)
    return digest(f"{path.relative_to(html).as_posix()}\0{path.stat().st_size}".encode() for path in files)


def stamp_again(html: Path) -> None:
    """Note that a published book is as it should be, when something has been added to it after its build."""
    if told := _stamp(html):
        write_atomically(html / STAMP, json.dumps({**told, "files": listing(html)}) + "\n")


def build_book(
    project: Project,
    *,
    engine: Engine | None = None,
    only_national: bool = False,
    which: str = "all",
    strict: bool = True,
    progress: TextIO | None = None,
    limits: Limits | None = None,
    wait: bool = False,
) -> Book:
    """Make and publish the book, with the area pages unless ``only_national``; ``which`` narrows these.

    When a notebook fails, Jupyter Book fails, or the pages are not sound, the book published before is untouched.
    """
    options = unchanged.options_of(which, only_national=only_national, strict=strict)
    with held(project.build, wait=wait):
        before = unchanged.Before.of(project, options)
        if (pages := unchanged.pages_of_unchanged(project, before)) is not None:
            return Book(project.html, pages, Summary((), (), (), Places.of(project.build)), False)
        inputs = Inputs(project)
        plan = make_plan(project, only_national=only_national, which=which, inputs=inputs)
        summary = run_jobs(project, plan.jobs, inputs=inputs, engine=engine, progress=progress, limits=limits)
        summary.raise_for_failures()
        staged = Staged(project, addresses(project, plan))
        tree = stage_book(project, plan, staged)
        stamp = {"pages": tree_hash(tree), "strict": strict, "tools": _tools()}
        if _stamp(project.html) == {**stamp, "files": listing(project.html)}:
            unchanged.leave(project, before, len(plan.jobs))
            return Book(project.html, len(plan.jobs), summary, False)
        write_tree(tree, project.stage)
        staged.save()
        log, work = summary.places.logs / "_book.log", project.build / "sphinx"
        with _kept(work, {**stamp, "pages": _frame(tree)}, str(stamp["pages"]), log) as of:
            sound = (
                bool(of) and _stamp(project.html).get("pages") == of and unchanged.is_sound(project, "html")
            )
            earlier = project.html if sound else None
            html = jupyter_book(
                project.stage,
                work,
                log,
                strict=strict,
                progress=progress,
                keep=bool(of),
                earlier=earlier,
            )
        write_downloads(project, plan, html)
        notes = project.build / "verified.json"
        require_sound(html, private=[project.root], told_once=project.told_once, notes=notes)
        told = stumbles(html, private=[project.root], told_once=project.told_once, notes=notes)
        write_atomically(project.build / READING, as_csv(told))
        report.write(html, told)
        write_atomically(html / STAMP, json.dumps({**stamp, "files": listing(html)}) + "\n")
        publish(html, project.html)
        unchanged.leave(project, before, len(plan.jobs))
        return Book(project.html, len(plan.jobs), summary, True)


def _frame(tree: Mapping[str, bytes | Lying]) -> str:
    """Return a hash of those files of a tree that every page may depend on: configuration, contents, literature, styles and scripts."""
    return tree_hash({name: text for name, text in tree.items() if name.endswith(_FRAME)})


@contextmanager
def _kept(work: Path, stamp: Mapping[str, object], tree: str, log: Path) -> Iterator[str]:
    """Give the hash of the tree that Sphinx has read in an earlier run, if that may be used again, and note whether it may next time.

    It may when that run ended well, without a warning (which would not be repeated), with the same tools, configuration and contents.
    """
    path = work / _READ
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        of = str(found["tree"]) if found["stamp"] == stamp else ""
    except (OSError, ValueError, KeyError, TypeError):
        of = ""
    path.unlink(missing_ok=True)
    try:
        yield of
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    if "WARNING" not in log.read_text(encoding="utf-8"):
        write_atomically(path, json.dumps({"stamp": stamp, "tree": tree}))


def _tools() -> str:
    """Name what turns the staged tree into HTML: versions, and a hash of this package's own part."""
    from importlib.metadata import version

    here = Path(__file__).parent
    own = digest(path.read_bytes() for path in sorted([*here.glob("*.py"), *here.glob("templates/*.html")]))
    names = ("jupyter-book", "sphinx", "myst-nb", "myst-parser", "sphinx-book-theme", "pydata-sphinx-theme")
    return " ".join([*(f"{name} {version(name)}" for name in names), own])
