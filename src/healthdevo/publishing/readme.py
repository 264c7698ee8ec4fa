"""Keep the findings in the README equal to what the chapters compute."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TextIO

from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing import notebooks
from healthdevo.publishing.lock import held
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.project import Project
from healthdevo.publishing.run import run_jobs
from healthdevo.publishing.tasks import Engine

_MARK = re.compile(r"(<!-- say ([\w/-]+)::(\w+) -->)(.*?)(<!-- end -->)", re.DOTALL)


def stated(text: str) -> dict[tuple[str, str], str]:
    """Return what a text says between its marks, by chapter and name.

    >>> stated("<!-- say demand::total -->27.97 million<!-- end --> attendances")
    {('demand', 'total'): '27.97 million'}
    """
    return {(match[2], match[3]): match[4] for match in _MARK.finditer(text)}


def _glued(path: Path) -> dict[str, str]:
    """Return the texts an executed notebook has given names to, as Markdown."""
    from myst_nb.core.variables import format_plain_text
    from myst_nb.ext.glue import extract_glue_data_cell

    cells = (cell for cell in notebooks.read(path).cells if cell.cell_type == "code")
    named = {name: output["data"] for cell in cells for name, output in extract_glue_data_cell(cell)}
    return {
        name: data.get("text/markdown") or format_plain_text(data["text/plain"], "s")
        for name, data in named.items()
    }


def update_readme(
    project: Project,
    *,
    check: bool = False,
    engine: Engine | None = None,
    progress: TextIO | None = None,
    wait: bool = False,
) -> tuple[str, ...]:
    """Write the glued texts of chapters between the marks ``<!-- say chapter::name -->`` and ``<!-- end -->`` of ``README.md``.

    The chapters named are run when they are out of date. Return ``chapter::name`` of every text that had changed; with ``check``, change
    nothing.
    """
    path = project.root / "README.md"
    if not path.is_file():
        raise BuildError(f"{path} is missing")
    text = path.read_text(encoding="utf-8")
    jobs = {job.docname: job for job in make_plan(project, only_national=True).chapters}
    wanted = sorted({chapter for chapter, _ in stated(text)})
    for chapter in wanted:
        if chapter not in jobs:
            raise BuildError(
                f"README.md names the chapter {chapter!r}; there are {', '.join(jobs) or 'none'}"
            )
    with held(project.build, wait=wait):
        summary = run_jobs(project, [jobs[name] for name in wanted], engine=engine, progress=progress)
    summary.raise_for_failures()
    texts = {name: _glued(summary.places.notebook(jobs[name])) for name in wanted}
    changed: list[str] = []

    def renew(match: re.Match[str]) -> str:
        chapter, name = match[2], match[3]
        if name not in texts[chapter]:
            known = ", ".join(sorted(texts[chapter])) or "none"
            raise BuildError(f"README.md: {chapter} gives no text {name!r}; there are {known}")
        new = texts[chapter][name]
        if new != match[4]:
            changed.append(f"{chapter}::{name}")
        return f"{match[1]}{new}{match[5]}"

    renewed = _MARK.sub(renew, text)
    if changed and not check:
        write_atomically(path, renewed)
    return tuple(changed)
