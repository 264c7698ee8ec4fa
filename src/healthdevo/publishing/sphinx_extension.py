"""Sphinx extension for the book.

Formulas become MathML, which browsers draw themselves, so that no page needs a script for them. Figures and tables of
pages without a section number (one page for each area) are numbered page by page, not through the whole book.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

__all__ = ["setup"]

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


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the numbering and the renderer; ``html_math_renderer: mathml`` in the configuration chooses it.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The build.
    """
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    app.connect("env-get-updated", _number_by_page, priority=900)  # after Sphinx has numbered them through
    return {"parallel_read_safe": True, "parallel_write_safe": True}
