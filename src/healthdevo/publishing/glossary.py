"""Link the first use of a word on each page to its meaning in the glossary.

The glossary is the page ``glossary`` of the book; its entries are written once, there. Pages need no markup: in the running text of
every page (paragraphs and lists, not headings, tables, captions, links or code) the first place where a term stands becomes a link that also
shows the meaning's first sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

__all__ = ["Meaning", "first_uses", "meanings", "pattern"]

PAGE = "glossary"
_WITHOUT = ("references", "changes", "reference/")
"""Pages, and folders of pages, whose words are titles of papers, notes to users or documentation of code."""
_SKIPPED = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.raw,
    nodes.table,
    nodes.figure,
    nodes.caption,
    nodes.math,
    addnodes.download_reference,
)


_SOURCE = "hd-source"
"""Class of the lines below a table that name its source."""


@dataclass(frozen=True)
class Meaning:
    """What a glossary says of one term.

    Parameters
    ----------
    term : str
        The term as the glossary writes it.
    identifier : str
        Its place on the glossary's page.
    text : str
        The first sentence of its meaning.
    """

    term: str
    identifier: str
    text: str


def _first_sentence(text: str) -> str:
    """Return a text up to its first point that ends a sentence.

    >>> _first_sentence("One of 42 bodies. There were more.")
    'One of 42 bodies.'
    """
    return re.split(r"(?<=[.?!])\s", " ".join(text.split()), maxsplit=1)[0]


def meanings(glossary: nodes.document) -> dict[str, Meaning]:
    """Return the terms of a glossary's page and what it says of each; terms of one entry share their meaning."""
    found: dict[str, Meaning] = {}
    for entry in glossary.findall(nodes.definition_list_item):
        terms = [node for node in entry.children if isinstance(node, nodes.term)]
        definition = next((node for node in entry.children if isinstance(node, nodes.definition)), None)
        if definition is None or not terms or not terms[0].get("ids"):
            continue
        text = _first_sentence(definition.astext())
        for term in terms:
            found[term.astext()] = Meaning(term.astext(), term["ids"][0], text)
    return found


def _is_capital(term: str) -> bool:
    """Whether a term is written with capitals inside, and only so (``ICB``, ``XmR``); others may begin a sentence."""
    return any(letter.isupper() for letter in term[1:]) and " " not in term


def pattern(terms: Mapping[str, Meaning]) -> re.Pattern[str]:
    """Return what finds any of the terms as whole words, the longest first."""
    written = []
    for term in sorted(terms, key=len, reverse=True):
        words = re.escape(term).replace(r"\ ", r"[\s-]")
        written.append(words if _is_capital(term) else f"(?i:{words})")
    return re.compile(rf"(?<![\w&-])(?:{'|'.join(written)})(?![\w-])")


def _meaning_of(found: str, terms: Mapping[str, Meaning]) -> Meaning:
    plain = re.sub(r"[\s-]", " ", found).lower()
    return next(m for term, m in terms.items() if term.replace("-", " ").lower() == plain)


def _is_running_text(node: nodes.Node) -> bool:
    """Whether a text stands in a paragraph that is read from left to right, and in nothing that is left alone."""
    parent = node.parent
    in_paragraph = False
    while parent is not None:
        if isinstance(parent, _SKIPPED) or _SOURCE in parent.get("classes", ()):
            return False
        in_paragraph = in_paragraph or isinstance(parent, nodes.paragraph)
        parent = parent.parent
    return in_paragraph


def first_uses(document: nodes.document, terms: Mapping[str, Meaning], address: str) -> list[str]:
    """Turn the first use of each meaning in a page's running text into a link to ``address``; return the terms linked."""
    if not terms:
        return []
    finds = pattern(terms)
    linked: dict[str, str] = {}
    for node in list(document.findall(nodes.Text)):
        text = str(node)
        if not finds.search(text) or not _is_running_text(node):
            continue
        pieces: list[nodes.Node] = []
        done = 0
        for match in finds.finditer(text):
            meaning = _meaning_of(match.group(), terms)
            if meaning.text in linked.values():
                continue
            linked[meaning.term] = meaning.text
            if match.start() > done:
                pieces.append(nodes.Text(text[done : match.start()]))
            link = nodes.reference(
                "", match.group(), internal=True, refuri=f"{address}#{meaning.identifier}", classes=["term"]
            )
            link["reftitle"] = meaning.text
            pieces.append(link)
            done = match.end()
        if pieces:
            if done < len(text):
                pieces.append(nodes.Text(text[done:]))
            node.parent.replace(node, pieces)
    return list(linked)


_KNOWN: dict[str, dict[str, Meaning]] = {}


def _page(found_docs: Any) -> str | None:
    return next((name for name in sorted(found_docs) if name.rpartition("/")[2] == PAGE), None)


def _is_without(docname: str) -> bool:
    """Whether a page has no links to the glossary.

    >>> _is_without("reference/series"), _is_without("areas/salford")
    (True, False)
    """
    return any(
        docname == name or (name.endswith("/") and f"/{docname}".find(f"/{name}") >= 0) for name in _WITHOUT
    )


class _LinkTerms(SphinxPostTransform):
    """Link the first use of each term, when all else on the page has been resolved."""

    default_priority = 900

    def run(self, **options: Any) -> None:
        environment: Any = self.env
        builder: Any = self.app.builder
        page = _page(environment.found_docs)
        here = self.env.docname
        if page is None or here == page or builder.format != "html" or _is_without(here):
            return
        if page not in _KNOWN:
            _KNOWN[page] = meanings(environment.get_doctree(page))
        first_uses(self.document, _KNOWN[page], builder.get_relative_uri(here, page))


def _all_when_changed(
    app: Sphinx, environment: Any, added: set[str], changed: set[str], removed: set[str]
) -> set[str]:
    """Say that every page is to be written again when the glossary's has changed."""
    page = _page(environment.found_docs)
    return set(environment.found_docs) if page in (added | changed) else set()


def register(app: Sphinx) -> None:
    """Have Sphinx link the terms."""
    _KNOWN.clear()
    app.add_post_transform(_LinkTerms)
    app.connect("env-get-outdated", _all_when_changed)
