"""Make the book: run what has changed, stage, let Jupyter Book write HTML, verify, publish in one step."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tqdm import tqdm

from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing.engine import ANSI, Engine
from healthdevo.publishing.plan import digest, make_plan
from healthdevo.publishing.project import Project
from healthdevo.publishing.run import Summary, run_jobs
from healthdevo.publishing.stage import stage_book, tree_hash, write_tree
from healthdevo.publishing.verify import require_sound

__all__ = ["Book", "build_book", "jupyter_book", "publish"]

_STAMP = ".healthdevo.json"
_STEP = re.compile(r"^(reading sources|writing output)\.\.\. \[ *(\d+)%\]")
_COMMAND = "from jupyter_book.cli.main import main; main(prog_name='jupyter-book')"


@dataclass(frozen=True)
class Book:
    """A published book.

    Parameters
    ----------
    html : Path
        Its folder.
    pages : int
        Number of computed pages.
    summary : Summary
        How the notebooks ended.
    changed : bool
        False when the book published before was already this one.
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
) -> Path:
    """Let Jupyter Book make HTML from a staged tree.

    Parameters
    ----------
    source : Path
        Staged tree with ``_config.yml`` and ``_toc.yml``.
    output : Path
        Folder that is emptied and gets ``_build/html``.
    log : Path
        Everything that Jupyter Book says.
    strict : bool, default True
        Whether warnings are errors.
    nitpicky : bool, default True
        Whether every reference must resolve.
    progress : text stream, optional
        Where the progress bar is drawn; standard error by default.
    label : str, default "Book"
        What the progress bar is called.

    Returns
    -------
    Path
        The HTML folder.

    Raises
    ------
    BuildError
        With the first warnings, and the log's place.
    """
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    arguments = [
        sys.executable,
        "-c",
        _COMMAND,
        "build",
        str(source),
        "--path-output",
        str(output),
        "--keep-going",
    ]
    arguments += ["-W"] if strict else []
    arguments += ["-n"] if nitpicky else []
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
        "PYTHONWARNINGS": "ignore",
    }
    environment.pop("SOURCE_DATE_EPOCH", None)  # Sphinx would rewrite the year of the copyright
    lines: list[str] = []
    shown = 0
    with (
        subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=environment,
        ) as process,
        tqdm(
            total=200,
            desc=label,
            file=progress or sys.stderr,
            bar_format="{desc}: {percentage:3.0f}%|{bar}|",
        ) as bar,
    ):
        for raw in process.stdout or ():
            line = ANSI.sub("", raw.rstrip("\n"))
            lines.append(line)
            step = _STEP.match(line)
            if step:
                done = int(step[2]) + (100 if step[1] == "writing output" else 0)
                bar.update(max(0, done - shown))
                shown = max(shown, done)
        if process.wait() == 0:
            bar.update(200 - shown)
    write_atomically(log, "\n".join(lines) + "\n")
    html = output / "_build" / "html"
    if process.returncode != 0 or not (html / "index.html").is_file():
        prefix = f"{source}{os.sep}"
        told = [
            line.replace(prefix, "") for line in lines if re.search(r"WARNING|ERROR|Exception|error:", line)
        ]
        first = [f"  {line}" for line in (told or lines[-5:])[:12]]
        more = [f"  and {len(told) - 12} more"] if len(told) > 12 else []
        raise BuildError("\n".join(["Jupyter Book could not make the pages:", *first, *more, f"Log: {log}"]))
    return html


def publish(new: Path, published: Path) -> None:
    """Put a finished book in the place of the one before; when that fails, the one before comes back.

    Parameters
    ----------
    new, published : Path
        Folders on the same file system.
    """
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
        found = json.loads((html / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _listing(html: Path) -> str:
    """Return a hash of the names and sizes of a book's files, so that a damaged book is made again."""
    files = (path for path in sorted(html.rglob("*")) if path.is_file() and path.name != _STAMP)
    return digest(f"{path.relative_to(html).as_posix()}\0{path.stat().st_size}".encode() for path in files)


def build_book(
    project: Project,
    *,
    engine: Engine | None = None,
    only_national: bool = False,
    strict: bool = True,
    progress: TextIO | None = None,
) -> Book:
    """Make and publish the book.

    Parameters
    ----------
    project : Project
        The book.
    engine : Engine, optional
        What executes the notebooks; worker processes of this machine by default.
    only_national : bool, default False
        Leave the area pages out.
    strict : bool, default True
        Whether warnings are errors.
    progress : text stream, optional
        For progress bars; standard error by default.

    Returns
    -------
    Book
        With ``changed`` False when nothing had to be done.

    Raises
    ------
    BuildError
        When a notebook fails, Jupyter Book fails, or the pages are not sound. The book published before is untouched.
    """
    with project.locked():
        plan = make_plan(project, only_national=only_national)
        summary = run_jobs(project, plan.jobs, engine=engine, progress=progress)
        summary.raise_for_failures()
        tree = stage_book(project, plan)
        stamp = {"pages": tree_hash(tree), "strict": strict, "tools": _tools()}
        if _stamp(project.html) == {**stamp, "files": _listing(project.html)}:
            return Book(project.html, len(plan.jobs), summary, False)
        write_tree(tree, project.stage)
        log = summary.places.logs / "_book.log"
        html = jupyter_book(project.stage, project.build / "sphinx", log, strict=strict, progress=progress)
        require_sound(html, private=[project.root])
        write_atomically(html / _STAMP, json.dumps({**stamp, "files": _listing(html)}) + "\n")
        publish(html, project.html)
        shutil.rmtree(project.build / "sphinx", ignore_errors=True)
        return Book(project.html, len(plan.jobs), summary, True)


def _tools() -> str:
    """Name what turns the staged tree into HTML: versions, and a hash of this package's own part."""
    from importlib.metadata import version

    own = digest(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    names = ("jupyter-book", "sphinx", "myst-nb", "myst-parser", "sphinx-book-theme", "pydata-sphinx-theme")
    return " ".join([*(f"{name} {version(name)}" for name in names), own])
