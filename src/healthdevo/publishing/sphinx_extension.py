"""Sphinx extension for the book.

Formulas become MathML, which browsers draw themselves, so that no page needs a script for them. Figures and tables of
pages without a section number (one page for each area) are numbered page by page, not through the whole book. The roles
``{fig}`growth``` and ``{tab}`by-year``` refer to a figure or table of their own page. Figures and tables stand before the
code that made them, and code is folded. The first use of a term on a page links to the glossary. Pages have a description and a
preview, notebooks a download, and the book what a site needs beside its pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from docutils.utils.smartquotes import smartyPants
from sphinx.application import Sphinx
from sphinx.roles import XRefRole
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

from healthdevo.publishing import figures, glossary, page_head, rewriting, site
from healthdevo.publishing.figures import FIGURE, TABLE
from healthdevo.publishing.notebooks import INJECTED, PARAMETERS

_LOGGER = logging.getLogger(__name__)


def _mathml(node: Any, *, block: bool) -> str:
    tex = node.astext()
    try:
        return str(tex2mathml(tex, as_block=block))
    except MathError as error:
        _LOGGER.warning("the formula %r can't be drawn: %s", tex, error, location=node)
        return f"<code>{tex.replace('&', '&amp;').replace('<', '&lt;')}</code>"


def _visit_inline(writer: Any, node: Any) -> None:
    writer.body.append(f'<span class="math">{_mathml(node, block=False)}</span>')
    raise nodes.SkipNode


def _visit_block(writer: Any, node: Any) -> None:
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    if node.get("number"):
        writer.body.append(f'<span class="eqno">({node["number"]})</span>')
    writer.body.append(f"{_mathml(node, block=True)}</div>\n")
    raise nodes.SkipNode


def _number_by_page(app: Sphinx, environment: Any) -> list[str]:
    """Give figures and tables of pages without a section number the numbers 1, 2, 3 on each page."""
    for kinds in environment.toc_fignumbers.values():
        for numbers in kinds.values():
            if all(len(number) == 1 for number in numbers.values()):
                in_order = sorted(numbers, key=lambda name: numbers[name])
                numbers.update({name: (position,) for position, name in enumerate(in_order, start=1)})
    return []


class _OnThisPage(XRefRole):
    """``{numref}`` to a figure or table of the same page, by its own identifier."""

    def __init__(self, kind: str) -> None:
        super().__init__(lowercase=True, warn_dangling=True)
        self.kind = kind

    def run(self) -> Any:
        self.name = "std:numref"
        self.target = f"{self.kind}-{self.env.docname.rsplit('/', 1)[-1]}-{self.target}"
        return super().run()


_ONE_CALL = re.compile(r"[\w.]+\.(?:\w*(?:chart|table|tiles))\(\)")
FOLD = "fold"
"""Tag of a cell whose figure or table is a detail."""
_KEPT_AS_TAGGED = {"show-input", "hide-input", "hide-cell", "remove-input"}


class Fold(nodes.General, nodes.Element):  # type: ignore[misc]
    """A figure or table that is folded until a reader opens it, or comes to it by a link."""


def _visit_fold(writer: Any, node: Fold) -> None:
    writer.body.append(f'<details class="hd-fold"><summary>{escape(node["words"])}</summary>\n')


def _depart_fold(writer: Any, node: Fold) -> None:
    writer.body.append("</details>\n")


def _folded(blocks: list[nodes.Element]) -> Fold:
    """Return blocks folded under their own caption."""
    title = next(blocks[0].findall(nodes.title), None) or next(blocks[0].findall(nodes.paragraph))
    return Fold("", *blocks, words=title.astext())


def _shows_nothing(cell: nodes.Element, tags: set[str]) -> bool:
    """Whether a cell is there for one chart or table that this page does not have."""
    shown = any(part.get("nb_element") == "cell_code_output" and part.children for part in cell.children)
    return (
        not shown and "remove-output" not in tags and _ONE_CALL.fullmatch(cell.astext().strip()) is not None
    )


class _FigureBeforeCode(SphinxPostTransform):
    """Set figures and tables before the code that made them, fold the code, and leave out the parameters.

    What a cell with the tag ``fold`` shows is folded under its caption.
    """

    default_priority = 190  # MyST-NB has chosen the outputs (4) and not yet folded the code (199)

    def run(self, **options: Any) -> None:
        environment: Any = self.env
        settings = environment.mystnb_config
        prompts = settings.code_prompt_show, settings.code_prompt_hide
        is_cell = (n for n in self.document.findall(nodes.container) if n.get("nb_element") == "cell_code")
        for cell in list(is_cell):
            tags = set(cell["cell_metadata"].get("tags", ()))
            if tags & {PARAMETERS, INJECTED} or _shows_nothing(cell, tags):
                cell.parent.remove(cell)
                continue
            if not tags & _KEPT_AS_TAGGED:
                cell["hide_mode"] = "input"
                cell["prompt_show"], cell["prompt_hide"] = prompts
            if not cell.children or cell.children[-1].get("nb_element") != "cell_code_output":
                continue
            output = cell.children[-1]
            blocks = [block for block in output.children if {FIGURE, TABLE} & set(block.get("classes", ()))]
            for block in blocks:
                output.remove(block)
            if blocks and FOLD in tags:
                blocks = [_folded(blocks)]
            place = cell.parent.index(cell)
            if output.children:
                place += 1  # the cell shows something else as well, which came first
            else:
                cell.remove(output)
            cell.parent.insert(place, blocks)


class _QuotesOfOtherPages(SphinxPostTransform):
    """Set typographic quotes in texts glued from another page, which come too late for Sphinx to do so."""

    default_priority = 6  # MyST-NB has put them in (5)

    def run(self, **options: Any) -> None:
        for node in self.document.findall(nodes.inline):
            if "pasted-text" in node["classes"]:
                text = smartyPants(node.astext(), self.config.smartquotes_action, self.config.language)
                node.clear()
                node += nodes.Text(text)


class _NoPageOfArea(SphinxPostTransform):
    """Leave the words of links to areas that were made into no address, as in a plain build, which has the page of one area only."""

    default_priority = 195

    def run(self, **options: Any) -> None:
        for node in list(self.document.findall(nodes.reference)):
            if str(node.get("refuri", "")).startswith("area:"):
                node.replace_self(node.children)


def _own_name(app: Sphinx, environment: Any, node: Any, content: Any) -> Any:
    """Resolve a bare name in a docstring (``InputError``) where exactly one object of the package has it; leave others as text."""
    if node.get("refdomain") != "py":
        return None
    objects = environment.get_domain("py").objects
    target = node.get("reftarget", "")
    full = [name for name in objects if name == target or name.endswith(f".{target}")]
    if not target.startswith("healthdevo") and len(full) != 1:
        return content  # a type of another library, or words of a docstring: no link
    if len(full) != 1:
        return None
    found = objects[full[0]]
    return make_refnode(app.builder, node["refdoc"], found.docname, found.node_id, content, full[0])


_MANY = 60
"""Pages of one list from which on sidebars leave them out: the page that lists them has them all."""
_SIDEBARS: dict[tuple[object, ...], str] = {}


def _without_long_lists(html: str) -> str:
    """Return a table of contents without the lists in it that have very many entries."""
    soup = BeautifulSoup(html, "html.parser")
    for item in soup.find_all("li"):
        inner = item.find("ul", recursive=False)
        if inner is not None and len(inner.find_all("li", recursive=False)) > _MANY:
            inner.decompose()
    return str(soup)


def _short_sidebar(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Leave very long lists of pages out of the sidebar, so that a page costs the same however many there are.

    The table of contents of the many pages is made once, as their list sees it; each of them adds itself.
    """
    environment: Any = app.env
    lists = {parent: pages for parent, pages in environment.toctree_includes.items() if len(pages) > _MANY}
    if not lists or "toctree" not in context:
        return
    whole: Callable[..., str] = context["toctree"]
    folder = pagename.rpartition("/")[0]
    parent = next(
        (p for p, pages in lists.items() if p.rpartition("/")[0] == folder and pagename in pages), None
    )

    def short(**options: Any) -> str:
        if parent is None:
            return _without_long_lists(whole(**options))
        key = (parent, tuple(sorted(options.items())))
        if key not in _SIDEBARS:
            builder: Any = app.builder
            _SIDEBARS[key] = _without_long_lists(builder._get_local_toctree(parent, **options))
        soup = BeautifulSoup(_SIDEBARS[key], "html.parser")
        link: Any = soup.find("a", href="#")
        if link is None:
            return whole(**options)
        title = environment.titles[pagename].astext()
        own = (
            '<ul><li class="toctree-l2 current"><a class="current reference internal" href="#"></a></li></ul>'
        )
        added: Any = BeautifulSoup(own, "html.parser")
        added.a.string = title
        link["href"] = app.builder.get_relative_uri(pagename, parent)
        link["class"] = ["reference", "internal"]
        link.parent.append(added)
        return str(soup)

    context["toctree"] = short


_SILENT = (
    "sphinx_multitoc_numbering",
    "sphinx_jupyterbook_latex",
)  # one works when all is read, one not on HTML


def _read_by_several(app: Sphinx, environment: Any, docnames: list[str]) -> None:
    """Say of extensions that say nothing themselves, and do nothing to a page while it is read, that pages may be read at once."""
    for name in _SILENT:
        extension = app.extensions.get(name)
        if extension is not None and extension.parallel_read_safe is None:
            extension.parallel_read_safe = True


def _own_templates(app: Sphinx, config: Any) -> None:
    """Let the book's layout stand before the theme's."""
    config.templates_path = [str(Path(__file__).parent / "templates"), *config.templates_path]


def _own_filters(app: Sphinx) -> None:
    templates: Any = getattr(app.builder, "templates", None)
    if templates is not None:
        templates.environment.filters["hd_without"] = page_head.without_lines


def _head_and_foot(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give the layout what stands in the head of a page and at its foot."""
    title, book = (
        BeautifulSoup(text or "", "html.parser").get_text()
        for text in (context.get("title"), app.config.html_title)
    )
    builder: Any = app.builder
    words = page_head.description(doctree, f"{title or book}: {book}")
    settings = app.config.healthdevo_site
    if doctree is not None and settings and str(app.env.doc2path(pagename)).endswith(".ipynb"):
        template_of_areas = settings.get("area_template") or ""
        folder = template_of_areas.rpartition("/")[0]
        of_area = bool(template_of_areas) and pagename.rpartition("/")[0] == folder
        if of_area:  # all of them begin alike
            words = f"{title}. {words}"
        source = f"book/{template_of_areas if of_area else pagename}.ipynb"
        context["hd_foot"] = page_head.foot(pagename, source, page_head.repository_of(settings))
    base = app.config.html_baseurl.rstrip("/") + "/" if app.config.html_baseurl else ""
    address, root = builder.get_target_uri(pagename), figures.way_up(pagename)
    context["hd_head"] = page_head.head(title or book, words, address, base, book, root=root)
    context["default_mode"] = context.get("default_mode") or "auto"
    # the button says what it does, and entries of a list are items, as their own role was withdrawn
    if "body" in context:
        context["body"] = (
            context["body"]
            .replace('<summary aria-label="Toggle hidden content">', "<summary>")
            .replace('role="doc-biblioentry"', 'role="listitem"')
        )


def _not_found(app: Sphinx) -> Any:
    """Make the page for addresses that the book does not have."""
    base = app.config.html_baseurl
    whole = f'<base href="{escape(base.rstrip("/") + "/")}"/>' if base else ""
    text = (
        "<section><h1>There is no such page</h1><p>The address may be mistyped, or the page may have moved. "
        '<a href="index.html">The first page</a> says what the book holds. The box at the top finds a place by any of its names.</p></section>'
    )
    yield (
        "404",
        {"title": "There is no such page", "body": text, "hd_base": whole, "sourcename": ""},
        "page.html",
    )


def _site(app: Sphinx, error: Exception | None) -> None:
    """Write what a site has beside its pages."""
    if error is None and app.builder.name == "html":
        labels = app.env.get_domain("std").anonlabels  # type: ignore[attr-defined]
        places = {
            name: (page, anchor) for name, (page, anchor, *_) in labels.items() if name.startswith("fig-")
        }
        site.write(
            Path(app.outdir),
            app.config.html_title,
            app.config.html_baseurl or "",
            sorted(app.env.found_docs),
            places,
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register roles, numbering, folding and formulas (chosen by ``html_math_renderer: mathml`` in the configuration)."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    app.add_role("fig", _OnThisPage("fig"))
    app.add_role("tab", _OnThisPage("tab"))
    app.add_node(Fold, html=(_visit_fold, _depart_fold))
    app.add_node(figures.Picture, html=(figures.visit_picture, figures.depart_picture))
    app.add_node(figures.PictureFile, html=(figures.visit_picture_file, figures.depart_picture_file))
    app.add_post_transform(_FigureBeforeCode)
    app.add_post_transform(_QuotesOfOtherPages)
    app.add_post_transform(_NoPageOfArea)
    glossary.register(app)
    app.add_config_value("healthdevo_site", {}, "html")
    app.connect("config-inited", _own_templates)
    app.connect("builder-inited", _own_filters)
    app.connect("html-page-context", _head_and_foot)
    app.connect("html-collect-pages", _not_found)
    app.connect("build-finished", _site)
    app.connect("missing-reference", _own_name)
    app.connect("doctree-read", rewriting.note_reach)
    app.connect("build-finished", rewriting.sweep)
    app.connect("html-page-context", _short_sidebar, priority=100)
    app.connect("env-before-read-docs", _read_by_several)
    app.connect("env-get-updated", _number_by_page, priority=900)  # after Sphinx has numbered them through
    return {"parallel_read_safe": True, "parallel_write_safe": True}
