"""Read finished pages as an impatient reader would: long sentences, crowded numbers, doubled words, jargon that nobody explains.

What is found is listed and does not stop a build: some sentences must be long.

What is read: headings, paragraphs, lists, and the titles, subtitles, captions, notes and footnotes of figures and tables, and what the glossary says
of a term. A semicolon ends no sentence anywhere. What is looked up and not read is left out: cells of tables, terms, the lines that cite sources
with their full names, code, and the pages of ``WITHOUT``.

What is counted: every word between spaces is a word, in names too; a formula and a command are one. Every number is a number: both limits of an
interval or a range, and places such as 3rd. Not counted, for they name something: years and dates, the level of an interval (the 95% of "95%
interval"), the base of a rate ("per 100,000"), the age of "under 75", numbers of figures, tables, chapters and types, and numbers in words. "3 of 42"
is one number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Fault", "Mentions", "page_blocks", "read", "sentences", "text_faults"]

WITHOUT = (
    "reference/",
    "figures/",
    "genindex",
    "py-modindex",
    "search",
    "changes",
    "references",
    "how_made",
    "checks",
)
"""Starts of pages that nobody reads through: documentation of code, lists, addresses of figures."""
WORDS, NUMBERS = 28, 4
"""Most words and most numbers that a sentence should have."""

_BLOCKS = {
    "p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "tr", "dt", "dd", "figcaption", "caption", "div", "table", "blockquote",
}  # fmt: skip
_VOID = {"br", "img", "hr", "input", "meta", "link", "source", "wbr", "col", "area", "base", "embed", "track"}
_LEFT_OUT = {"script", "style", "summary", "button", "pre", "nav", "math", "svg", "select", "template"}
_LEFT_OUT_CLASSES = {
    "cell_input",
    "headerlink",
    "prev-next-footer",
    "bd-header-article",
    "toggle-hidden",
    "hd-compared",
}
_NOT_READ_THROUGH = {"table", "dl"}
"""What is looked up and not read: its texts have no sentences to count."""
_READ_THROUGH_INSIDE = {"caption", "dd"}
"""What is read all the same: the caption of a table, and what a list says of a term."""

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "title"}
_SHOWN = {"hd-figure", "hd-table"}
"""Classes of what stands in a text with words of its own, which lead to nothing and introduce nothing."""
_CITED = "hd-source"
"""Class of lines that cite publishers, titles and editions as they are."""

_SOURCE = re.compile(r"(?:Fig(?:ure|\.)? )?(?:\d+(?:\.\d+)? )?Source: ")
"""How the line begins that names the tables behind a figure: their full names, which nobody reads through."""
_SHORT = (
    "e.g", "i.e", "cf", "no", "vol", "pp", "al", "St", "Dr", "vs", "approx", "para", "s",
)  # fmt: skip
_ENDS = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9£])")
_NUMBER = re.compile(
    r"(?<![\w/])[£]?[-\N{MINUS SIGN}+]?\d[\d,]*(?:\.\d+)?(?:%|p|m|bn|k|st|nd|rd|th)?(?![\w])"
)
_YEAR = re.compile(r"\b(?:19|20)\d\d(?:[/-](?:19|20)?\d\d)?\b")
_DATE = re.compile(
    r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_NAMED = re.compile(r"\b(?:Figure|Table|Fig\.|Chapter|Section|type|Type|under|Act) \d+(?:\.\d+)?")
_UNIT = re.compile(r"\bper \d[\d,]*|\b\d\d(?:\.\d)?%(?= (?:interval|range|limits))|\b\d+ (?:in|of) (?=\d)")
_CALLED = re.compile(r"(?:Table|Fig\.) \d+(?:\.\d+)? ")
"""The number that a caption begins with, which is no word of it."""
_DOUBLED = re.compile(r"\b([A-Za-z]+)(?:\s+\1\b)+", re.IGNORECASE)
_FINE_TWICE = {"had", "that", "so", "very", "wagga"}
_POINTS = re.compile(r"(?<!\.)\.\s?\.(?!\.)|,\s?,|;\s?;|\s[,;](?=\s)|\s\.(?=\s|$)|\(\s*\)")
_ILL_FORMED = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (r"\b1st (?:highest|lowest|largest|smallest|best|worst)\b", "say 'the highest', not '1st highest'"),
        (r"\b(?:[Aa]|[Tt]he) (?:[Tt]able|[Ff]igure) (?:Table|Figure)\b", "the kind of thing is named twice"),
        (r"\bno points\b", "say what was not found, not 'no points'"),
        (r"\bamounts? to (?:few|many)\b", "say how many"),
        (
            r"(?<![\d.,/-])\b1 (?:years|months|people|areas|places|points|groups|blocks|boards|councils|districts|times)\b",
            "one of a kind in the plural",
        ),
        (
            r"\b[Nn]an\b|\bNaN\b|<NA>|[a-z,:] None\b(?! of\b)|[a-z,:] inf\b",
            "a missing value is shown as it is",
        ),
        (r"(?<![\w.])[-\N{MINUS SIGN}]0(?:\.0+)?(?![\d.]\d|\d)", "minus nothing"),
        (r"\b[Aa] (?:8|11|18|8\d)(?![\d,])", "'an' before this number"),
    )
)
_AMERICAN = re.compile(
    r"\b(?:(?:col|lab|behavi|fav|neighb|hon|harb|rum|endeav|vap)or(?:s|ed|ing|hoods?|al|ite|able|er|ers)?|(?:cent|met|theat|fib|lit)er(?:s|ed)?"
    r"|[a-z]{3,}(?:iz(?:e|es|ed|ing|ation|ations|er|ers)|yz(?:e|es|ed|ing))|(?:model|travel|label|cancel|level|counsel|signal|fuel)(?:ed|ing|er|ers)"
    r"|(?:def|off|pret)ense|licens(?:e holder|or)|gray|catalog|dialog|analog|fulfill?(?:ment)|enroll(?:ment)|skillful|aging|judgment|artifact"
    r"|program(?= of\b)|percent|practic(?:ed|ing)|(?:an?|the|under) license|an?emia|pediatric\w*|hemo\w+|mom|gotten|toward|anymore)\b"
)
_ALSO_BRITISH = re.compile(
    r"\b(?:pri[zs]e[sd]?|siz(?:e|es|ed|ing|er)|capsi[zs]e|seiz(?:e|es|ed|ing)|resiz\w+|meters?|citizens?|horizons?|prizes?|liters?)\b"
)
"""Words that end like American spellings and are none; meters measure gas and electricity."""
KINDS = (
    "long sentence", "many numbers", "doubled word", "doubled point", "ill-formed", "American spelling", "jargon", "figure without a word",
    "reference never cited", "term without a link",
)  # fmt: skip
"""Kinds of what readers may stumble over."""
JARGON = (
    "heteroskedastic", "heteroscedastic", "homoskedastic", "covariate", "estimand", "estimator", "endogenous", "exogenous", "residual",
    "autocorrelation", "eigenvalue", "likelihood ratio", "posterior", "logit", "log-odds", "quasi-", "Wald", "Winsor", "regressor",
    "two-way fixed effects", "TWFE", "RMSPE", "SUTVA", "monotonicity", "kurtosis", "overdispersion", "shrinkage", "hyperparameter",
)  # fmt: skip
"""Words that no page for the public should use; what is in the glossary is linked from its first use."""


@dataclass(frozen=True)
class Fault:
    """One thing that a reader would stumble over.

    Parameters
    ----------
    page : str
        Path of the page in the book.
    kind : str
        ``"long sentence"``, ``"many numbers"``, ``"doubled word"``, ``"doubled point"``, ``"ill-formed"``, ``"American spelling"`` (small
        letters only: names keep theirs), ``"jargon"``, or what nothing leads to: ``"figure without a word"``, ``"reference never cited"``,
        ``"term without a link"``.
    text : str
        The sentence.
    detail : str
        What is wrong in it.
    """

    page: str
    kind: str
    text: str
    detail: str


@dataclass(frozen=True)
class Mentions:
    """What the running text of a page leads to, and what waits there to be led to.

    Parameters
    ----------
    links : list of str
        Addresses of the links in paragraphs, lists and the words of figures.
    bare : list of str
        Identifiers of the figures that no paragraph or list stands directly before: those that follow on a heading, on a table or on more than
        one figure. One text may introduce a pair.
    entries : list of list of str
        Identifiers of the entries of a list of literature or of terms; the terms of one meaning are together.
    """

    links: list[str]
    bare: list[str]
    entries: list[list[str]]


@dataclass
class _Blocks(HTMLParser):
    """Text of a page's article, a block at a time, with whether it is read through, and what it leads to."""

    whole: bool = False
    """Whether formulas and code are read as they are, and pictures by their texts."""
    blocks: list[tuple[bool, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    entries: list[list[str]] = field(default_factory=list)
    _told: bool = False
    """Whether the block before is one that is read through, and no heading."""
    _meaning: bool = True
    """Whether a meaning has ended the terms before."""
    _introduced: bool = False
    """Whether a text stood directly before the figure that is being read, or before the one that it follows on."""
    _paired: bool = False
    """Whether the block before is a figure that a text stood directly before."""
    _figures: list[int] = field(default_factory=list)
    """How deep the figures and tables stand that are being read."""
    _stack: list[tuple[str, bool]] = field(default_factory=list)
    _sources: list[int] = field(default_factory=list)
    """How deep the citations stand that are being read."""
    _words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @property
    def _reads(self) -> bool:
        return any(tag == "article" for tag, _ in self._stack) and not any(out for _, out in self._stack)

    def _ends(self) -> None:
        text = " ".join("".join(self._words).split())
        self._words = []
        if text:
            through = self._is_through and not _SOURCE.match(text)
            self.blocks.append((through, text))
            if not self._in_figure:
                self._paired = False
                self._told = through and not any(tag in _HEADINGS for tag, _ in self._stack)

    @property
    def _is_through(self) -> bool:
        kinds = [tag for tag, _ in self._stack if tag in _NOT_READ_THROUGH | _READ_THROUGH_INSIDE]
        return not self._within(self._sources) and (not kinds or kinds[-1] in _READ_THROUGH_INSIDE)

    @property
    def _in_figure(self) -> bool:
        return self._within(self._figures)

    def _within(self, depths: list[int]) -> bool:
        return bool(depths) and depths[-1] < len(self._stack)

    def _leads(self, tag: str, given: dict[str, str | None], classes: set[str]) -> None:
        """Note what an element leads to, or that it waits to be led to."""
        name = given.get("id") or ""
        if tag == "a" and given.get("href"):
            if self._reads and self._is_through and not classes & _LEFT_OUT_CLASSES:
                self.links.append(str(given["href"]))
        elif tag == "figure" and name.startswith("fig-"):
            if not self._introduced:
                self.bare.append(name)
        elif "citation" in classes and name:
            self.entries.append([name])
        elif tag == "dt" and name.startswith("term-"):
            if self._meaning:
                self.entries.append([])
            self.entries[-1].append(name)
            self._meaning = False
        elif tag == "dd":
            self._meaning = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag in _NOT_READ_THROUGH:
            self._ends()
        given = dict(attrs)
        classes = set((given.get("class") or "").split())
        if classes & _SHOWN:
            self._introduced = self._told or self._paired
            self._paired = self._told and "hd-figure" in classes
            self._told = False
            self._figures.append(len(self._stack))
        if _CITED in classes:
            self._sources.append(len(self._stack))
        self._leads(tag, given, classes)
        if tag == "br":
            self._words.append(" ")
        if tag == "math" and self._reads and not self.whole:
            self._words.append("x")  # a formula is read as one word
        if self._is_command(tag, classes) and self._reads:
            self._words.append("X")  # and so is what is typed, which may begin a sentence
        if tag == "img" and self.whole and self._reads and given.get("alt"):
            self.blocks.append((False, f"[{given['alt']}]"))
        if tag not in _VOID:
            is_out = (tag in _LEFT_OUT and not (self.whole and tag == "math")) or self._is_command(
                tag, classes
            )
            self._stack.append((tag, is_out or bool(classes & _LEFT_OUT_CLASSES)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS or tag in _NOT_READ_THROUGH:
            self._ends()
        if tag in _VOID or all(tag != opened for opened, _ in self._stack):
            return
        while self._stack.pop()[0] != tag:
            pass
        for depths in (self._figures, self._sources):
            while depths and depths[-1] >= len(self._stack):
                depths.pop()

    def _is_command(self, tag: str, classes: set[str]) -> bool:
        """Whether an element holds what is typed or run; the text of a download is code for Sphinx and no command."""
        return tag == "code" and not self.whole and "download" not in classes

    def handle_data(self, data: str) -> None:
        if self._reads:
            self._words.append(data)


def page_blocks(html: str, *, whole: bool = False) -> list[tuple[bool, str]]:
    """Return the texts of a page's article in order, each with whether it is read through.

    It is not in cells of tables, terms and citations.
    A formula and what is typed are one word each, and a picture none; ``whole``: they are read as they are, and a picture's text in square
    brackets.

    >>> page_blocks("<article><p>One. Two.</p><table><td>3</td></table></article>")
    [(True, 'One. Two.'), (False, '3')]
    """
    return _read(html, whole=whole).blocks


def _read(html: str, *, whole: bool = False) -> _Blocks:
    reader = _Blocks(whole=whole)
    reader.feed(html)
    reader.close()
    return reader


def sentences(text: str) -> Iterator[str]:
    """Split a text into sentences.

    >>> list(sentences("It rose (e.g. by 3.5%). In St. Helens it fell! Why?"))
    ['It rose (e.g. by 3.5%).', 'In St. Helens it fell!', 'Why?']
    """
    start = 0
    for match in _ENDS.finditer(text):
        before = text[start : match.start()]
        last = before.rstrip("\"'”’)").rpartition(" ")[2].lstrip("(“‘\"'")
        if last.rstrip(".") in _SHORT and last.endswith("."):
            continue
        yield text[start : match.end()].strip()
        start = match.end()
    if text[start:].strip():
        yield text[start:].strip()


def _numbers(sentence: str) -> int:
    plain = _NAMED.sub(" ", _DATE.sub(" ", _UNIT.sub(" ", sentence)))
    return len(_NUMBER.findall(_YEAR.sub(" ", plain)))


def _number_of(caption: str) -> str:
    """Return the number that a caption begins with; nothing before any other text.

    >>> _number_of("Table 3.1 Deaths by year."), _number_of("In Table 3.1 it is 12%.")
    ('Table 3.1 ', '')
    """
    found = _CALLED.match(caption)
    return found.group() if found else ""


def text_faults(text: str) -> list[tuple[str, str, str]]:
    """Return what a reader of a text would stumble over: kind, sentence, detail.

    >>> [(kind, detail) for kind, _, detail in text_faults("The the board is 1st highest of 42.. It has 1 years.")]
    [('doubled word', 'the the'), ('ill-formed', "say 'the highest', not '1st highest'"), ('doubled point', '..'), \
('ill-formed', 'one of a kind in the plural')]
    """
    found: list[tuple[str, str, str]] = []
    for sentence in sentences(text):
        words = len([w for w in sentence.split() if re.search(r"\w", w)])
        if words > WORDS:
            found.append(("long sentence", sentence, f"{words} words"))
        if (numbers := _numbers(sentence)) > NUMBERS:
            found.append(("many numbers", sentence, f"{numbers} numbers"))
        found += [
            ("doubled word", sentence, match.group().lower())
            for match in _DOUBLED.finditer(sentence)
            if match.group(1).lower() not in _FINE_TWICE
        ]
        found += [("ill-formed", sentence, what) for finds, what in _ILL_FORMED if finds.search(sentence)]
        found += [("doubled point", sentence, m.group().strip()) for m in _POINTS.finditer(sentence)]
        found += [
            ("American spelling", sentence, match.group())
            for match in _AMERICAN.finditer(sentence)
            if not _ALSO_BRITISH.fullmatch(match.group())
        ]
        found += [
            ("jargon", sentence, w)
            for w in JARGON
            if re.search(rf"\b{re.escape(w)}", sentence, re.IGNORECASE)
        ]
    return found


def read(page: str, html: str) -> tuple[list[Fault], Mentions]:
    """Read a page once.

    Parameters
    ----------
    page : str
        Path of the page in the book.
    html : str
        The page.

    Returns
    -------
    list of Fault
        What a reader would stumble over in what is read through, each sentence once.
    Mentions
        What the running text leads to, and what waits to be led to.

    Examples
    --------
    >>> faults, mentions = read("a.html", '<article><p>See see <a href="#fig-a">it</a>.</p><h2>More</h2><div class="hd-figure"><figure id="fig-a"></figure></div></article>')
    >>> [f.detail for f in faults], mentions
    (['see see'], Mentions(links=['#fig-a'], bare=['fig-a'], entries=[]))
    """
    reader = _read(html)
    found = {
        Fault(page, kind, sentence, detail): None
        for through, text in reader.blocks
        if through
        for kind, sentence, detail in text_faults(text.removeprefix(_number_of(text)))
    }
    return list(found), Mentions(reader.links, reader.bare, reader.entries)


def as_csv(faults: Iterable[Fault]) -> str:
    """Return faults as a CSV: page, kind, detail, sentence."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["page", "kind", "detail", "sentence"])
    writer.writerows([f.page, f.kind, f.detail, f.text] for f in faults)
    return text.getvalue()
