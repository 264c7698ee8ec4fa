"""Which pages Sphinx writes when only some sources have changed and the pages of the book before are at hand.

Written are the pages whose sources have changed, those that take numbers, words or citations from other pages, and those that the index
lists. All are written when what every page shows has changed: a title, the table of contents, a number of a section. So the book is the same,
byte for byte, as one written anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from healthdevo.publishing.inputs import digest

KEPT = "HEALTHDEVO_KEPT_PAGES"
"""Environment variable that says that the folder for HTML holds the pages of the book before."""
_REACHES = "healthdevo_reaches"
_FRAME = "healthdevo_frame"
_NUMBERS = "healthdevo_numbers"


def note_reach(app: Sphinx, document: nodes.document) -> None:
    """Note with a page that was read whether it takes anything but titles from other pages."""
    environment = app.env
    assert environment is not None
    own = environment.docname.rsplit("/", 1)[-1]
    mine = (f"fig-{own}-", f"tab-{own}-")
    for node in document.findall(nodes.Element):
        if isinstance(node, addnodes.pending_xref):
            titles = node.get("reftype") in ("doc", "download")
            if titles or str(node.get("reftarget", "")).startswith(mine):
                continue
        elif not (isinstance(node, addnodes.index) or type(node).__name__ == "PendingGlueReference"):
            continue
        environment.metadata[environment.docname][_REACHES] = True
        return


def _frame(environment: Any) -> str:
    """Return a hash of what any page may show of all pages: titles, contents, numbers of sections."""
    names = sorted(environment.all_docs)
    told = [
        repr([(name, environment.titles[name].astext()) for name in names if name in environment.titles]),
        repr(sorted(environment.toctree_includes.items())),
        repr([(name, sorted(environment.toc_secnumbers.get(name, {}).items())) for name in names]),
    ]
    return digest(part.encode() for part in told)


def rewritten(environment: Any, changed: Iterable[str]) -> Iterator[str]:
    """Yield the pages to be written besides those whose sources have changed, and note the frame for the next run."""
    before = getattr(environment, _FRAME, None), getattr(environment, _NUMBERS, {})
    frame = _frame(environment)
    numbers = {
        name: repr(sorted((k, sorted(v.items())) for k, v in kinds.items()))
        for name, kinds in environment.toc_fignumbers.items()
    }
    setattr(environment, _FRAME, frame)
    setattr(environment, _NUMBERS, numbers)
    known = set(changed)
    for name in sorted(environment.all_docs):
        reaches = _REACHES in environment.metadata[name]
        own = numbers.get(name) != before[1].get(name)
        if name not in known and (frame != before[0] or reaches or own):
            yield name


def install() -> None:
    """Let Sphinx ask ``rewritten`` where the pages of the book before are at hand."""
    from sphinx.environment import BuildEnvironment
    from sphinx.search import IndexBuilder

    usual = BuildEnvironment.check_dependents

    def check_dependents(environment: Any, app: Sphinx, already: set[str]) -> Iterator[str]:
        every = list(usual(environment, app, already))  # it also numbers figures
        ours = list(rewritten(environment, already))
        yield from ours if os.environ.get(KEPT) else every

    BuildEnvironment.check_dependents = check_dependents  # type: ignore[method-assign,assignment]
    prune = IndexBuilder.prune

    def without_empty_words(index: Any, docnames: Iterable[str]) -> None:
        """Forget words that no page has any more, too."""
        prune(index, docnames)
        for words in (index._mapping, index._title_mapping):
            for word in [word for word, pages in words.items() if not pages]:
                del words[word]

    IndexBuilder.prune = without_empty_words  # type: ignore[method-assign,assignment]


def sweep(app: Sphinx, error: Exception | None) -> None:
    """Remove pictures and downloads that no page has any more from a folder with the pages of the book before."""
    if error is not None or not os.environ.get(KEPT):
        return
    environment = app.env
    assert environment is not None
    wanted = {f"_images/{name}" for _, name in environment.images.values()}
    wanted |= {f"_downloads/{name}" for _, name in environment.dlfiles.values()}
    for folder in ("_images", "_downloads"):
        for path in sorted((Path(app.outdir) / folder).rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(app.outdir).as_posix() not in wanted:
                path.unlink()
