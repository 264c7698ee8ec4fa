"""Put executed notebooks, prose and configuration together as the tree that Jupyter Book builds."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from healthdevo import areas
from healthdevo.chapters.common import peers_title
from healthdevo.errors import BuildError
from healthdevo.publishing import notebooks
from healthdevo.publishing.inputs import digest
from healthdevo.publishing.plan import Job, Plan, docname_of
from healthdevo.publishing.project import BOOK, Project
from healthdevo.publishing.run import Places

AREA_LIST = "<!-- areas -->"
Tree = dict[str, bytes]


def _without_book(value: Any) -> Any:
    """Return configuration with every path below ``book/`` as it is in the staged tree."""
    if isinstance(value, str):
        return value.removeprefix(f"{BOOK}/")
    if isinstance(value, Mapping):
        return {name: _without_book(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_book(item) for item in value]
    return value


def staged_config(project: Project) -> dict[str, Any]:
    """Return the configuration of the staged book: the project's own, with notebooks never executed again."""
    config: dict[str, Any] = _without_book({k: v for k, v in project.config.items() if k != "healthdevo"})
    config["only_build_toc_files"] = True
    config["execute"] = {**(config.get("execute") or {}), "execute_notebooks": "off"}
    sphinx = dict(config.get("sphinx") or {})
    settings = dict(sphinx.get("config") or {})
    own = project.root / BOOK / "_static"
    if own.is_dir():  # Jupyter Book takes every script and stylesheet of _static by itself: name none twice
        for name in ("html_static_path", "html_css_files", "html_js_files"):
            kept = [x for x in settings.get(name) or [] if x != "_static" and not (own / str(x)).is_file()]
            settings.pop(name, None)
            if kept:
                settings[name] = kept
    config["sphinx"] = {**sphinx, "config": settings}
    return config


def _staged_toc(toc: Any, template: str | None, area_pages: Sequence[str]) -> Any:
    """Return the table of contents with area pages in place of their template."""
    if isinstance(toc, Mapping):
        result = {}
        for name, value in toc.items():
            if name in ("file", "root") and isinstance(value, str):
                result[name] = docname_of(value)
            else:
                staged = _staged_toc(value, template, area_pages)
                if staged != [] or value == []:
                    result[name] = staged
        return result
    if isinstance(toc, list):
        items: list[Any] = []
        for item in toc:
            if template and isinstance(item, Mapping) and docname_of(str(item.get("file", ""))) == template:
                items.extend({"file": docname} for docname in area_pages)
            else:
                items.append(_staged_toc(item, template, area_pages))
        return items
    return toc


def _area_list(project: Project, jobs: Sequence[Job]) -> str:
    """Return Markdown that lists the area pages by kind, and by the area they lie in."""
    if project.areas is None or not jobs:
        return "This edition has no area pages."
    by_code = {str(job.parameters["area_code"]): job for job in jobs}
    groups: dict[str, list[str]] = {}
    for code, job in by_code.items():
        area = areas.get(code)
        heading = peers_title(area.kind)
        containers = [p for p in areas.parents(code, on=project.areas.on) if p.code in by_code]
        if containers:
            heading = f"{heading} in {containers[0].label}"
        item = f"- {{doc}}`{area.label} </{job.docname}>`"
        groups.setdefault(heading[:1].upper() + heading[1:], []).append(item)
    lines = ["````{div} hd-area-list"]
    for heading, items in groups.items():
        lines += ["", f"```{{rubric}} {heading}", ":heading-level: 2", "```", "", *sorted(items)]
    return "\n".join([*lines, "````"])


def staged_page(project: Project, job: Job) -> Any:
    """Return a job's page as a notebook: its template's text now, and the outputs of its execution."""
    path = Places.of(project.build).notebook(job)
    if not path.is_file():
        raise BuildError(f"{job.name}: there is no executed notebook; run the page first")
    return notebooks.page_of(notebooks.read(job.template), notebooks.read(path), job.values)


def stage_book(project: Project, plan: Plan) -> Tree:
    """Return every file of the staged tree by its path, when all jobs are executed."""
    tree: Tree = {}
    for path in sorted((project.root / BOOK).rglob("*")):
        relative = path.relative_to(project.root / BOOK)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.is_file() and path.suffix != ".ipynb" and not hidden:
            tree[relative.as_posix()] = path.read_bytes()
    template = None
    if project.areas is not None:
        template, index = docname_of(project.areas.template), docname_of(project.areas.index)
        text = project.source(project.areas.index).read_text(encoding="utf-8")
        if AREA_LIST not in text:
            raise BuildError(
                f"{project.areas.index}: the line {AREA_LIST} is missing; the list of areas goes there"
            )
        tree[f"{index}.md"] = text.replace(AREA_LIST, _area_list(project, plan.areas)).encode()
    for job in plan.jobs:
        tree[f"{job.docname}.ipynb"] = notebooks.text_of(staged_page(project, job)).encode()
    toc = _staged_toc(dict(project.toc), template, [job.docname for job in plan.areas])
    tree["_config.yml"] = yaml.safe_dump(staged_config(project), sort_keys=True, allow_unicode=True).encode()
    tree["_toc.yml"] = yaml.safe_dump(toc, sort_keys=False, allow_unicode=True).encode()
    return tree


def tree_hash(tree: Mapping[str, bytes]) -> str:
    """Return a hash of a tree's paths and contents."""
    return digest(part for name in sorted(tree) for part in (name.encode(), tree[name]))


def write_tree(tree: Mapping[str, bytes], folder: Path) -> None:
    """Write a tree (contents by path) into an emptied folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
