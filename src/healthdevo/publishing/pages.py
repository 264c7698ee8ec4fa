"""One page, or the same page for many areas, without the whole book: files that can be mailed and opened on their own.

Pictures, data and style are inside the one file.
"""

from __future__ import annotations

import base64
import copy
import html as html_text
import posixpath
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

import yaml

from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing import notebooks
from healthdevo.publishing.build import jupyter_book
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.lock import held
from healthdevo.publishing.plan import Job, area_job, chapter_job, docname_of
from healthdevo.publishing.project import BOOK, Project
from healthdevo.publishing.run import Places, Summary, run_jobs
from healthdevo.publishing.stage import staged_config, staged_page, write_tree
from healthdevo.publishing.staged import Tree
from healthdevo.publishing.tasks import Engine, Limits

_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".csv": "text/csv",
}
_OF_ANOTHER_PAGE = re.compile(r"\{glue:(?:text|md)\}`([^`:]+)\.ipynb::[^`]+`")
_ELSEWHERE = "*This page stands alone; the book says here what another of its pages found.*"
_EXPECTED = ("ref", "myst.xref_missing", "mystnb.stderr")  # links to pages that are not here; see the log
_STYLE = """
:root { color-scheme: light; --pst-color-background: #fff; }
body { font: 1.05rem/1.55 Arial, "Liberation Sans", Helvetica, sans-serif; color: #0b0c0c; background: #fff;
       max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
h1, h2, h3 { line-height: 1.2; } a { color: #1a5a96; } img { max-width: 100%; height: auto; }
table { border-collapse: collapse; } th, td { padding: .3rem .7rem; border-bottom: 1px solid #b1b4b6; text-align: left; }
.text-right { text-align: right; } caption { text-align: left; font-weight: bold; padding: .4rem 0; }
pre { overflow-x: auto; background: #f3f2f1; padding: .6rem; font-size: .85rem; } figure { margin: 1rem 0; }
details summary { cursor: pointer; color: #505a5f; font-size: .9rem; } details summary p { display: inline; }
details[open] .collapsed, details:not([open]) .expanded { display: none; }
 footer { margin-top: 3rem; border-top: 1px solid #b1b4b6; color: #505a5f; }
@media (max-width: 48rem) { table { display: block; overflow-x: auto; } .hd-wide { overflow-x: auto; } .hd-wide table { display: table; } }
@media print { details.hide { display: none; } body { max-width: none; } }
"""


class _Body(HTMLParser):
    """Find where the body of a page made with Sphinx's basic theme begins and ends."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.depth = 0
        self.begin = self.end = -1
        self.feed(text)

    def _offset(self) -> int:
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "div" or self.end >= 0:
            return
        if self.begin >= 0:
            self.depth += 1
        elif dict(attrs).get("role") == "main":
            self.begin = self._offset() + len(self.get_starttag_text() or "")
            self.depth = 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self.begin >= 0 and self.end < 0:
            self.depth -= 1
            if self.depth == 0:
                self.end = self._offset()

    @property
    def inner(self) -> str:
        return self.text[self.begin : self.end]


def write_pages(
    project: Project, jobs: Sequence[Job], out: Path, *, progress: TextIO | None = None
) -> tuple[Path, ...]:
    """Write every executed job's notebook and its page as one HTML file; return the HTML files in the order of the jobs.

    The book's style and bibliography are used. When Jupyter Book finds a fault, files written before are untouched.
    """
    if not jobs:
        return ()
    pages = {job: staged_page(project, job) for job in jobs}
    project.build.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="pages-", dir=project.build))
    try:
        write_tree(_tree(project, pages), work / "stage")
        log = Places.of(project.build).logs / "_pages.log"
        stage, sphinx = work / "stage", work / "sphinx"
        made = jupyter_book(stage, sphinx, log, nitpicky=False, progress=progress, label="Pages")
        sheets = [*sorted((project.root / BOOK / "_static").glob("*.css")), made / "_static" / "pygments.css"]
        style = _STYLE + "".join(s.read_text(encoding="utf-8") for s in sheets if s.is_file())
        texts = {job: _page(project, made, f"{job.docname}.html", style) for job in jobs}
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for job in jobs:
        write_atomically(out / f"{job.page}.ipynb", notebooks.text_of(pages[job]))
        write_atomically(out / f"{job.page}.html", texts[job])
    return tuple(out / f"{job.page}.html" for job in jobs)


def _tree(project: Project, pages: Mapping[Job, Any]) -> Tree:
    config = staged_config(project)
    settings = dict(config["sphinx"].get("config") or {})
    settings.update({"html_theme": "basic", "html_theme_options": {}, "html_copy_source": False})
    settings["suppress_warnings"] = [*(settings.get("suppress_warnings") or []), *_EXPECTED]
    # options of the book's theme must not be merged into those of this one, which does not know them
    config["sphinx"] = {**config["sphinx"], "config": settings, "recursive_update": False}
    # a single page carries all it needs within itself, and no icon
    config["html"] = {k: v for k, v in (config.get("html") or {}).items() if k not in ("favicon", "logo")}
    bibliography = config.get("bibtex_bibfiles") or []
    bibliography = [bibliography] if isinstance(bibliography, str) else bibliography
    tree: Tree = {name: (project.root / BOOK / name).read_bytes() for name in bibliography}
    tree["_config.yml"] = yaml.safe_dump(config, sort_keys=True, allow_unicode=True).encode()
    chapters = [{"file": job.docname} for job in pages]
    tree["_toc.yml"] = yaml.safe_dump({"format": "jb-book", "root": "pages", "chapters": chapters}).encode()
    tree["pages.md"] = b"# Pages\n"
    names = {job.docname for job in pages}
    for job, page in pages.items():
        sources = "\n".join(c.source for c in page.cells if c.cell_type == "markdown")
        shown = copy.copy(page)
        shown.cells = [_alone(cell, names) for cell in page.cells]
        if bibliography and "{cite" in sources and "{bibliography}" not in sources:
            block = "## References\n\n```{bibliography}\n:filter: docname in docnames\n```"
            shown.cells = [*shown.cells, notebooks.markdown_cell(block, "references")]
        tree[f"{job.docname}.ipynb"] = notebooks.text_of(shown).encode()
    if "index.ipynb" not in tree:  # Jupyter Book wants an index; it isn't written out
        tree["index.md"] = b"# Pages\n"
    return tree


def _alone(cell: Any, names: Collection[str]) -> Any:
    """Return a cell of text without sentences that pages which are not here would say."""
    if cell.cell_type != "markdown":
        return cell
    shown = copy.copy(cell)
    shown.source = _OF_ANOTHER_PAGE.sub(
        lambda found: found[0] if found[1] in names else _ELSEWHERE, cell.source
    )
    return shown


def _page(project: Project, made: Path, name: str, style: str) -> str:
    body = _Body((made / name).read_text(encoding="utf-8")).inner
    if not body.strip():
        raise BuildError(f"{name}: the page is empty")
    body = re.sub(r'<a class="headerlink".*?</a>', "", body, flags=re.DOTALL)
    body = re.sub(
        r'\.?\s*<a class="hd-link[^>]*>.*?</a>', "", body, flags=re.DOTALL
    )  # it leads to a place in the book

    def embedded(address: str) -> tuple[str, str] | None:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path:
            return None
        path = made / posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
        if path.suffix == ".html" or not path.is_file():
            return None
        kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}", path.name

    def picture(match: re.Match[str]) -> str:
        found = embedded(html_text.unescape(match[2]))
        return match[0] if found is None else f"{match[1]}{found[0]}{match[3]}"

    def link(match: re.Match[str]) -> str:
        address = html_text.unescape(match[2])
        if urlsplit(address).scheme or address.startswith("#"):
            return match[0]
        found = embedded(address)
        if found is None:  # another page of the book, which is not here
            return match[4]
        return f'<a href="{found[0]}" download="{html_text.escape(found[1])}">{match[4]}</a>'

    body = re.sub(r'(<img\b[^>]*?\bsrc=")([^"]*)(")', picture, body)
    body = re.sub(r'(<a\b[^>]*?\bhref=")([^"]*)("[^>]*>)(.*?)</a>', link, body, flags=re.DOTALL)
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", body, flags=re.DOTALL)
    title = html_text.unescape(re.sub(r"<[^>]+>", "", heading[1]).strip()) if heading else name
    book = html_text.escape(str(project.config.get("title") or ""))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html_text.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<main>{body}</main>\n<footer><p>A page of “{book}”.</p></footer>\n</body>\n</html>\n"
    )


def find_chapter(project: Project, name: str | None) -> Path:
    """Return the notebook that a name means: an address (``"demand"``, ``"methods/growth"``), the last part of one, or a path.

    None is the book's area template.
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
    limits: Limits | None = None,
    wait: bool = False,
    more: Mapping[str, Any] | None = None,
) -> tuple[Summary, tuple[Path, ...]]:
    """Make the page of a notebook for areas, or a national chapter, as HTML files in ``out`` that stand alone; return those made.

    Without ``areas`` it is a national chapter (see ``find_chapter``). When an area is unknown nothing is run; a failing area stops no other.
    ``more`` are further parameters of an area's page; such pages leave those of the book as they are.
    """
    template = find_chapter(project, chapter)
    docname = docname_of(template.relative_to(project.root).as_posix())
    inputs = Inputs(project)
    jobs: list[Job]
    if areas is None:
        jobs = [chapter_job(project, template, docname, inputs=inputs)]
    else:
        own = project.areas is not None and docname == docname_of(project.areas.template)
        folder = "own" if own and more else docname.rpartition("/")[0] if own else docname
        codes = list(dict.fromkeys(areas))
        jobs = [area_job(project, template, code, folder=folder, inputs=inputs, more=more) for code in codes]
    with held(project.build, wait=wait):
        summary = run_jobs(project, jobs, inputs=inputs, engine=engine, progress=progress, limits=limits)
        failed = {job.docname for job, _ in summary.failed}
        made = [job for job in jobs if job.docname not in failed]
        return summary, write_pages(project, made, out, progress=progress)
