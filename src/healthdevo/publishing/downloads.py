"""What readers take away from a book: each page as a notebook with its own parameters, all data and all executed notebooks."""

from __future__ import annotations

import copy
import posixpath
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from papermill.translators import translate_parameters

from healthdevo.files import write_atomically
from healthdevo.publishing import notebooks
from healthdevo.publishing.page_head import NOTEBOOKS
from healthdevo.publishing.plan import Job, Plan
from healthdevo.publishing.project import Project
from healthdevo.publishing.run import Places
from healthdevo.tables.folder import root

__all__ = ["DATA", "EXECUTED", "notebook_of", "pack", "write_downloads"]

FOLDER = "downloads"
DATA, EXECUTED = f"{FOLDER}/healthdevo-data.zip", f"{FOLDER}/healthdevo-notebooks.zip"
_DAY = (1980, 1, 1, 0, 0, 0)
"""The date that packed files bear, so that the same files make the same pack."""


def notebook_of(job: Job) -> str:
    """Return the text of a job's notebook, not yet run, with the job's parameters in a cell of their own and its names filled in."""
    page: Any = copy.deepcopy(notebooks.template(job.template))
    if job.parameters:
        source = translate_parameters("python3", "python", dict(job.parameters), "Parameters")
        given = nbformat.v4.new_code_cell(source, metadata={"tags": [notebooks.INJECTED]})  # type: ignore[no-untyped-call]
        after = [
            place for place, cell in enumerate(page.cells, 1) if notebooks.PARAMETERS in notebooks.tags(cell)
        ]
        page.cells.insert(after[0] if after else 0, given)
    for position, cell in enumerate(page.cells):
        cell["id"] = f"cell-{position:03d}"
        if cell.cell_type == "markdown":
            for name, text in job.values.items():
                cell.source = cell.source.replace("{{ " + name + " }}", text)
        else:
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("papermill", None)
    return notebooks.text_of(page)


def pack(target: Path, files: Iterable[tuple[str, Path]]) -> None:
    """Pack files, given with their names in the pack, into a zip archive: the same files give the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
            for name, path in sorted(files):
                entry = zipfile.ZipInfo(name, _DAY)
                entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".gz" else zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def write_downloads(project: Project, plan: Plan, html: Path) -> None:
    """Write the notebook of every page of a plan, and both packs, into a book's folder."""
    places = Places.of(project.build)
    for job in plan.jobs:
        path = html / NOTEBOOKS / f"{job.docname}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, notebook_of(job))
    executed = [(f"{NOTEBOOKS}/{job.docname}.ipynb", places.notebook(job)) for job in plan.jobs]
    pack(html / EXECUTED, executed)
    data = root()
    own = [path for path in data.rglob("*") if path.is_file() and not path.name.startswith(".")]
    licences = [(name, project.root / name) for name in ("LICENSES.md",) if (project.root / name).is_file()]
    pack(
        html / DATA,
        [*((posixpath.join("data", path.relative_to(data).as_posix()), path) for path in own), *licences],
    )
