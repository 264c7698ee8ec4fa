"""Put executed notebooks, prose and configuration together as the tree that Jupyter Book builds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

import healthdevo
from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing import area_lists, notebooks
from healthdevo.publishing.editions import editions
from healthdevo.publishing.inputs import digest
from healthdevo.publishing.links import COMPARE, link_page
from healthdevo.publishing.made import MADE, told
from healthdevo.publishing.plan import Job, Plan, docname_of, toc_entries
from healthdevo.publishing.project import BOOK, Project
from healthdevo.publishing.prose import filled
from healthdevo.publishing.records import record_of
from healthdevo.publishing.run import Places
from healthdevo.publishing.staged import Lying, Staged, Tree, hash_of

AREA_LIST, AREA_MAP = "<!-- areas -->", "<!-- map of areas -->"


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
    template = "" if project.areas is None else docname_of(project.areas.template)
    settings["healthdevo_site"] = {
        "repository": dict(project.config.get("repository") or {}),
        "area_template": template,
    }
    config["sphinx"] = {**sphinx, "config": settings}
    return config


def _staged_toc(toc: Any, template: str | None, area_pages: Sequence[Mapping[str, Any]]) -> Any:
    """Return the table of contents with entries for area pages in place of their template."""
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
                items.extend(dict(entry) for entry in area_pages)
            else:
                items.append(_staged_toc(item, template, area_pages))
        return items
    return toc


def staged_page(project: Project, job: Job, pages: Mapping[str, str] = MappingProxyType({})) -> Any:
    """Return a job's page as a notebook: its template's text now, and the outputs of its execution.

    ``pages`` are the addresses of the area pages that it can link to, by code.
    """
    path = Places.of(project.build).notebook(job)
    if not path.is_file():
        raise BuildError(f"{job.name}: there is no executed notebook; run the page first")
    page = notebooks.page_of(notebooks.template(job.template), notebooks.read(path), job.values)
    link_page(page, job.docname, pages)
    good = record_of(Places.of(project.build).records, job.docname).get("good") or {}
    if told_editions := editions(good.get("reads", ())):
        page.cells.append(notebooks.markdown_cell(told_editions, "editions"))
    return page


def addresses(project: Project, plan: Plan) -> dict[str, str]:
    """Return the pages that links to areas can lead to, by code, and the page that compares areas."""
    pages = {str(job.parameters["area_code"]): job.docname for job in plan.areas}
    for entry in toc_entries(project.toc):
        if entry.endswith("/compare"):
            pages[COMPARE] = docname_of(entry)
    return pages


def stage_book(project: Project, plan: Plan, staged: Staged | None = None) -> Tree:
    """Return every file of the staged tree by its path, when all jobs are executed; pages that are ``staged`` already are not made again."""
    tree: Tree = {}
    made = ""
    sources = (
        f"\n% made from sources {_sources()}\n".encode()
    )  # a page of the reference is new when these are
    for path in sorted((project.root / BOOK).rglob("*")):
        relative = path.relative_to(project.root / BOOK)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.is_file() and path.suffix != ".ipynb" and not hidden:
            content = path.read_bytes()
            if MADE.encode() in content:
                made = made or told(plan.jobs, _records(project, plan))
                content = content.replace(MADE.encode(), made.encode())
            if path.suffix == ".md":
                content = filled(content.decode(), project).encode()
            tree[relative.as_posix()] = content + sources if b"automodule::" in content else content
    template, listed = None, []
    if project.areas is not None:
        template, index = docname_of(project.areas.template), docname_of(project.areas.index)
        text = project.source(project.areas.index).read_text(encoding="utf-8")
        if AREA_LIST not in text:
            raise BuildError(
                f"{project.areas.index}: the line {AREA_LIST} is missing; the list of areas goes there"
            )
        text = text.replace(AREA_LIST, area_lists.area_list(project.areas, plan.areas))
        folder = index.rpartition("/")[0]
        tree[f"{index}.md"] = text.replace(AREA_MAP, area_lists.tile_map(plan.areas, folder)).encode()
        for kind, jobs in area_lists.by_kind(plan.areas).items():
            address = area_lists.kind_page(index, kind)
            tree[f"{address}.md"] = area_lists.kind_text(project.areas, kind, jobs).encode()
            listed.append({"file": address, "sections": [{"file": job.docname} for job in jobs]})
        tree[area_lists.FIND] = area_lists.text_of(area_lists.find_file(project.areas, plan.areas))
    pages, with_card = addresses(project, plan), {job.docname for job in plan.areas}
    cards: list[tuple[str, Mapping[str, Any]]] = []
    for job in plan.jobs:
        name = f"{job.docname}.ipynb"
        found = None if staged is None else staged.find(job)
        if found is None:
            page = staged_page(project, job, pages)
            shown = area_lists.cards_of(page) if job.docname in with_card else []
            content = notebooks.text_of(page).encode()
            tree[name] = content
            if staged is not None:
                staged.made(job, content, shown)
        else:
            tree[name], shown = found[0], list(found[1])
        cards += [(job.docname, card) for card in shown]
    if project.areas is not None:
        tree[area_lists.NUMBERS] = area_lists.text_of(area_lists.numbers_file(cards))
    toc = _staged_toc(dict(project.toc), template, listed)
    tree["_config.yml"] = yaml.safe_dump(staged_config(project), sort_keys=True, allow_unicode=True).encode()
    tree["_toc.yml"] = yaml.safe_dump(toc, sort_keys=False, allow_unicode=True).encode()
    return tree


def _records(project: Project, plan: Plan) -> dict[str, Mapping[str, Any]]:
    folder = Places.of(project.build).records
    return {job.docname: record_of(folder, job.docname) for job in plan.jobs}


def _sources() -> str:
    """Return a hash of the package's sources that the reference is made from."""
    folder = Path(healthdevo.__file__).parent
    apart = {"chapters", "publishing"}
    paths = [p for p in sorted(folder.rglob("*.py*")) if p.suffix in (".py", ".pyi")]
    paths = [p for p in paths if p.relative_to(folder).parts[0] not in apart]
    return digest(part for p in paths for part in (p.relative_to(folder).as_posix().encode(), p.read_bytes()))


def tree_hash(tree: Mapping[str, bytes | Lying]) -> str:
    """Return a hash of a tree's paths and contents."""
    return digest(part.encode() for name in sorted(tree) for part in (name, hash_of(tree[name])))


def write_tree(tree: Mapping[str, bytes | Lying], folder: Path) -> None:
    """Make a folder hold a tree (contents by path) and nothing else; files that are already right are not touched."""
    kept = {folder / name for name in tree}
    for path in sorted(folder.rglob("*"), reverse=True):  # what lies in a folder comes before the folder
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()
    for name, content in tree.items():
        path = folder / name
        if isinstance(content, Lying):
            continue
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
