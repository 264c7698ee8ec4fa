"""Which pages there are: national chapters from the table of contents, area pages from the registry."""

from __future__ import annotations

import ast
import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from healthdevo import areas
from healthdevo.errors import AreaError, BuildError
from healthdevo.publishing import notebooks
from healthdevo.publishing.inputs import Inputs, digest
from healthdevo.publishing.notebooks import PARAMETERS, tags
from healthdevo.publishing.project import BOOK, Project

EXAMPLE = "example"
"""Tag of the cell of parameters."""


@dataclass(frozen=True)
class Job:
    """One page to be made from a notebook template."""

    template: Path
    docname: str
    """Address of the page in the book without suffix, such as ``"areas/nhs-greater-manchester-icb"``."""
    parameters: Mapping[str, Any] = field(hash=False)
    values: Mapping[str, str] = field(hash=False, repr=False)
    """What ``{{ name }}`` in Markdown cells stands for."""
    parts: Mapping[str, str] = field(hash=False, repr=False)
    """Hashes of what the executed page depends on, without the tables that it reads: its code, not its prose (see ``inputs``)."""

    @property
    def key(self) -> str:
        """Hash of the template's code, the parameters and all else that is known before the page is made."""
        return digest(f"{name}\0{value}".encode() for name, value in sorted(self.parts.items()))

    @property
    def suffix(self) -> str:
        """How the file that it makes ends: a notebook, or the list that a step of national work leaves (see ``national``)."""
        return ".ipynb" if self.template.suffix == ".ipynb" else ".json"

    @property
    def page(self) -> str:
        """Last part of the address; unique in the book."""
        return self.docname.rsplit("/", 1)[-1]

    @property
    def name(self) -> str:
        """The page in messages: the area's name and code, or the address."""
        area = self.values.get("area_label")
        return f"{area} ({self.values['area_code']})" if area else self.docname


@dataclass(frozen=True)
class Plan:
    """All jobs of a book: national chapters in the order of the table of contents, area pages in the order of their list."""

    chapters: tuple[Job, ...]
    areas: tuple[Job, ...] = ()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Chapters, then area pages."""
        return self.chapters + self.areas


def toc_entries(toc: object) -> Iterator[str]:
    """Yield the file entries of a table of contents in reading order.

    >>> list(toc_entries({"root": "book/index", "parts": [{"chapters": [{"file": "book/demand"}]}]}))
    ['book/index', 'book/demand']
    """
    if isinstance(toc, Mapping):
        for name in ("root", "file"):
            if isinstance(toc.get(name), str):
                yield toc[name]
        for value in toc.values():
            if isinstance(value, (list, Mapping)):
                yield from toc_entries(value)
    elif isinstance(toc, Sequence) and not isinstance(toc, str):
        for item in toc:
            yield from toc_entries(item)


def docname_of(entry: str) -> str:
    """Return the published address of a table-of-contents entry, without ``book/`` and suffix."""
    name = entry.removeprefix(f"{BOOK}/")
    return name.removesuffix(".ipynb").removesuffix(".md")


def default_parameters(template: Path) -> dict[str, Any]:
    """Return the literals that a notebook's ``parameters`` cell assigns; a notebook without such a cell has none."""
    notebook = notebooks.template(template)
    cells = [c for c in notebook.cells if PARAMETERS in tags(c)]
    if len(cells) > 1:
        raise BuildError(f"{template}: {len(cells)} cells are tagged parameters; there may be one")
    found: dict[str, Any] = {}
    for cell in cells:
        try:
            for statement in ast.parse(cell.source).body:
                if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                    target, value = statement.targets[0], statement.value
                elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
                    target, value = statement.target, statement.value
                else:
                    raise ValueError(ast.unparse(statement))
                if not isinstance(target, ast.Name):
                    raise ValueError(ast.unparse(statement))
                found[target.id] = ast.literal_eval(value)
        except (SyntaxError, ValueError) as error:
            raise BuildError(f"{template}: the parameters cell may only assign literals: {error}") from None
    return found


def _job(
    template: Path,
    docname: str,
    defaults: Mapping[str, Any],
    parameters: Mapping[str, Any],
    values: Mapping[str, str],
    inputs: Inputs,
) -> Job:
    shown = {
        name: str(value)
        for name, value in {**defaults, **parameters}.items()
        if isinstance(value, (str, int, float)) and not isinstance(value, bool)
    }
    code = notebooks.code_of(notebooks.template(template))
    return Job(template, docname, dict(parameters), {**shown, **values}, inputs.parts(code, parameters))


def area_job(
    project: Project,
    template: Path,
    code: str,
    *,
    folder: str,
    inputs: Inputs,
    more: Mapping[str, Any] | None = None,
) -> Job:
    """Return the job that makes one area's page, in a folder of the book, from a template whose parameters name ``area_code``.

    ``more`` are further parameters, which the template must have.
    """
    defaults = default_parameters(template)
    if "area_code" not in defaults:
        raise BuildError(
            f"{template.relative_to(project.root)} is a national chapter: its parameters name no area_code, "
            "so it can't be run for an area"
        )
    if unknown := sorted(set(more or {}) - set(defaults)):
        raise BuildError(
            f"{template.relative_to(project.root)} has no parameter {unknown[0]!r}; it has {', '.join(defaults)}"
        )
    area = areas.get(code)
    docname = f"{folder}/{area.slug}" if folder else area.slug
    return _job(
        template, docname, defaults, {"area_code": area.code, **(more or {})}, _words_of(area), inputs
    )


def _words_of(area: areas.Area) -> dict[str, str]:
    """Return what a page of an area may call it."""
    values = {f"area_{name}": getattr(area, name) for name in ("code", "name", "short_name", "label", "slug")}
    return {**values, "area_kind": area.kind_title}


def chapter_job(project: Project, template: Path, docname: str, *, inputs: Inputs) -> Job:
    """Return the job that makes a national chapter at an address."""
    defaults = default_parameters(template)
    if "area_code" in defaults:
        raise BuildError(f"{template.relative_to(project.root)} is made for one area at a time: name an area")
    return _job(template, docname, defaults, {}, {}, inputs)


def is_example(template: Path) -> bool:
    """Return whether the cell of parameters is tagged ``example``: an area template that the book shows for the area it names."""
    return any({PARAMETERS, EXAMPLE} <= set(tags(cell)) for cell in notebooks.read(template).cells)


def example_job(project: Project, template: Path, docname: str, *, inputs: Inputs) -> Job:
    """Return the job that makes a page of the book from an area template, for the area in its parameters."""
    defaults = default_parameters(template)
    if "area_code" not in defaults:
        raise BuildError(
            f"{template.relative_to(project.root)} is tagged {EXAMPLE}, but its parameters name no area_code"
        )
    return _job(template, docname, defaults, {}, _words_of(areas.get(str(defaults["area_code"]))), inputs)


def select_areas(
    text: str, *, kinds: Sequence[str], on: datetime.date | None, ended: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the codes that a selection means: ``"all"`` (of some kinds), a kind such as ``"icb"``, or codes; several with commas.

    Kinds stand for the areas valid on a date, and after them those of the kinds in ``ended`` that ended before it.
    """
    known = set(areas.kinds())
    codes: dict[str, None] = {}
    for part in (p.strip() for p in text.split(",")):
        if not part:
            continue
        wanted = tuple(kinds) if part == "all" else (part,) if part in known else ()
        for kind in wanted:
            found = areas.list_areas(kind=kind, on=on, include_ended=kind in ended)
            listed = sorted(found, key=lambda area: (not area.is_current(on), area.label))
            codes.update(dict.fromkeys(area.code for area in listed))
        if not wanted:
            codes[areas.get(part).code] = None
    if not codes:
        raise AreaError(f"{text!r} selects no area; give all, a kind ({', '.join(sorted(known))}) or codes.")
    return tuple(codes)


def make_plan(
    project: Project, *, only_national: bool = False, which: str = "all", inputs: Inputs | None = None
) -> Plan:
    """Return every job of the book; no two pages may have the same last part of their address.

    ``which`` narrows the area pages, as in ``select_areas``.
    """
    inputs, pages = inputs or Inputs(project), project.areas
    sources = [(docname_of(entry), project.source(entry)) for entry in toc_entries(project.toc)]
    template = None if pages is None else docname_of(pages.template)
    national = [(d, s) for d, s in sources if d != template and s.suffix == ".ipynb"]
    chapters = [
        (example_job if is_example(source) else chapter_job)(project, source, docname, inputs=inputs)
        for docname, source in national
    ]
    area_jobs: list[Job] = []
    if pages is not None and template is not None:
        if template not in dict(sources):
            raise BuildError(f"_toc.yml does not name {pages.template}, which stands for the area pages")
        if not only_national:
            source, folder = project.source(pages.template), template.rpartition("/")[0]
            codes = select_areas(which, kinds=pages.kinds, on=pages.on, ended=pages.ended)
            area_jobs = [area_job(project, source, code, folder=folder, inputs=inputs) for code in codes]
    seen: dict[str, str] = {}
    for job in [*chapters, *area_jobs]:
        if job.page in seen:
            raise BuildError(
                f"two pages are called {job.page!r}: {seen[job.page]} and {job.docname}; figure labels need one name"
            )
        seen[job.page] = job.docname
    return Plan(tuple(chapters), tuple(area_jobs))
