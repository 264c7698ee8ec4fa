"""One page, or the same page for many areas, without the whole book."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from healthdevo.errors import BuildError
from healthdevo.publishing.engine import Engine
from healthdevo.publishing.plan import Job, area_job, chapter_job, docname_of, fingerprint
from healthdevo.publishing.project import BOOK, Project
from healthdevo.publishing.run import Summary, run_jobs
from healthdevo.publishing.standalone import write_pages

__all__ = ["find_chapter", "make_pages"]


def find_chapter(project: Project, name: str | None) -> Path:
    """Return the notebook that a name means.

    Parameters
    ----------
    project : Project
        The book.
    name : str or None
        Address (``"demand"``, ``"methods/growth"``), last part of one, or a path; None is the book's area template.

    Raises
    ------
    BuildError
        When there is none, or several.
    """
    if name is None:
        if project.areas is None:
            raise BuildError("this book has no area pages; name a notebook with --chapter")
        return project.source(project.areas.template)
    book = project.root / BOOK
    notebooks = {
        docname_of(path.relative_to(project.root).as_posix()): path
        for path in sorted(book.rglob("*.ipynb"))
        if not any(part.startswith(".") for part in path.relative_to(book).parts)
    }
    wanted = docname_of(name)
    if wanted in notebooks:
        return notebooks[wanted]
    found = [docname for docname in notebooks if docname.rsplit("/", 1)[-1] == wanted]
    if len(found) != 1:
        problem = f"{name!r} may mean {' or '.join(found)}" if found else f"there is no chapter {name!r}"
        raise BuildError(f"{problem}; the notebooks are {', '.join(notebooks) or 'none'}")
    return notebooks[found[0]]


def make_pages(
    project: Project,
    *,
    areas: Sequence[str] | None,
    chapter: str | None,
    out: Path,
    engine: Engine | None = None,
    progress: TextIO | None = None,
) -> tuple[Summary, tuple[Path, ...]]:
    """Make the page of a notebook for areas, or a national chapter, as HTML files that stand alone.

    Parameters
    ----------
    project : Project
        The book.
    areas : sequence of str or None
        Codes; None for a national chapter.
    chapter : str or None
        See ``find_chapter``.
    out : Path
        Gets ``<page>.html`` and ``<page>.ipynb``.
    engine : Engine, optional
        What executes the notebooks.
    progress : text stream, optional
        For progress bars.

    Returns
    -------
    summary : Summary
        A failing area stops no other.
    paths : tuple of Path
        The pages that were made.

    Raises
    ------
    AreaError
        When an area is unknown; nothing is run then.
    BuildError
        When there is no such notebook, or it is of the other sort.
    """
    template = find_chapter(project, chapter)
    docname = docname_of(template.relative_to(project.root).as_posix())
    common = fingerprint(project)
    jobs: list[Job]
    if areas is None:
        jobs = [chapter_job(project, template, docname, common=common)]
    else:
        own = project.areas is not None and docname == docname_of(project.areas.template)
        folder = docname.rpartition("/")[0] if own else docname
        codes = list(dict.fromkeys(areas))
        jobs = [area_job(project, template, code, folder=folder, common=common) for code in codes]
    with project.locked():
        summary = run_jobs(project, jobs, engine=engine, progress=progress)
        failed = {job.docname for job, _ in summary.failed}
        made = [job for job in jobs if job.docname not in failed]
        return summary, write_pages(project, made, out, progress=progress)
