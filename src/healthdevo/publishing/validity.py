"""Whether a page is HTML as its standard has it, as far as a page that scripts and screen readers rely on must be.

Source: WHATWG, HTML Living Standard, sections 4 (content models) and 13.1 (optional tags); WAI-ARIA 1.2 on references by identifier.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["invalid"]

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_MAY_STAY_OPEN = {"li", "p", "td", "th", "tr", "tbody", "thead", "tfoot", "dt", "dd", "option", "colgroup", "html", "body", "head"}  # fmt: skip
_OUT_OF_PARAGRAPHS = {
    "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul",
}  # fmt: skip
"""Elements that end a paragraph, so that a closing tag that follows closes nothing."""
_PARENTS = {
    "tr": {"table", "thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "thead": {"table"},
    "tbody": {"table"},
    "caption": {"table"},
    "colgroup": {"table"},
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "option": {"select", "optgroup", "datalist"},
    "summary": {"details"},
    "figcaption": {"figure"},
}
_NOT_IN_ITSELF = {"a", "button", "form", "label"}
_LINK_OR_BUTTON = {"a", "button"}
_GONE = {"center", "font", "marquee", "strike", "big", "tt", "frame", "frameset"}
_REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for")
_FOREIGN = {"svg", "math"}


@dataclass
class _Validity(HTMLParser):
    found: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    named: list[tuple[str, str]] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @property
    def _foreign(self) -> bool:
        return any(tag in _FOREIGN for tag in self.stack)

    def _say(self, what: str) -> None:
        self.found.append(f"{what} (line {self.getpos()[0]})")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.found.extend(
            f"<{tag}> has {name!r} twice (line {self.getpos()[0]})"
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        )
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        for name in _REFERENCES:
            self.named.extend((name, one) for one in str(given.get(name) or "").split())
        if not self._foreign:
            self._placed(tag)
        if tag not in _VOID:
            self.stack.append(tag)

    def _placed(self, tag: str) -> None:
        if tag in _GONE:
            self._say(f"<{tag}> is no element any more")
        if tag in _NOT_IN_ITSELF and tag in self.stack:
            self._say(f"<{tag}> stands in another <{tag}>")
        if tag in _LINK_OR_BUTTON and (_LINK_OR_BUTTON - {tag}) & set(self.stack):
            self._say(f"<{tag}> stands in a link or button")
        if tag in _OUT_OF_PARAGRAPHS and self.stack and self.stack[-1] == "p":
            self.stack.pop()  # as browsers do
        while self.stack and tag in _PARENTS and self.stack[-1] in _MAY_STAY_OPEN - _PARENTS[tag]:
            self.stack.pop()
        if tag in _PARENTS and (not self.stack or self.stack[-1] not in _PARENTS[tag]):
            self._say(f"<{tag}> stands in <{self.stack[-1] if self.stack else 'nothing'}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID and (self._foreign or tag in _FOREIGN) and self.stack:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if tag not in self.stack:
            self._say(f"</{tag}> closes nothing")
            return
        while (last := self.stack.pop()) != tag:
            if last not in _MAY_STAY_OPEN:
                self._say(f"<{last}> is not closed before </{tag}>")


def invalid(html: str) -> list[str]:
    """Return what of a page is not HTML, each fault once.

    Parameters
    ----------
    html : str
        The page.

    Returns
    -------
    list of str
        Tags that close nothing or are not closed, attributes given twice, elements out of their place (a link in a link, a row outside a table),
        elements that no longer exist, labels that name nothing on the page.

    Examples
    --------
    >>> invalid("<p><b>Text</p>")
    ['<b> is not closed before </p> (line 1)']
    >>> invalid("<ul><li>One<li>Two</ul><img src='a.png'>")
    []
    """
    reader = _Validity()
    reader.feed(html)
    reader.close()
    open_still = [
        f"<{tag}> is never closed" for tag in dict.fromkeys(reader.stack) if tag not in _MAY_STAY_OPEN
    ]
    nobody = [
        f"{name} names {one!r}, which is not on the page"
        for name, one in reader.named
        if one not in reader.ids
    ]
    return list(dict.fromkeys([*reader.found, *open_still, *nobody]))
