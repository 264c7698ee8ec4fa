"""Read finished pages as a browser and a screen reader would, and say what is wrong with them."""

from __future__ import annotations

import json
import multiprocessing
import posixpath
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from healthdevo.errors import BuildError
from healthdevo.files import write_json
from healthdevo.publishing import reading, validity
from healthdevo.publishing.inputs import digest
from healthdevo.publishing.processes import can_fork, die_with_parent
from healthdevo.publishing.reading import WITHOUT, Fault
from healthdevo.publishing.validity import invalid

__all__ = ["Problem", "clicks", "require_sound", "stumbles", "verify"]

_FETCHED_LINKS = {
    "stylesheet",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "icon",
    "manifest",
}
_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
_FILE_NAME = re.compile(r"\S+\.(svg|png|jpe?g|gif|webp)", re.IGNORECASE)
_CSS_ADDRESS = re.compile(r"(?:url\(\s*|@import\s+)['\"]?((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)
_REFRESH = re.compile(r"url\s*=\s*['\"]?([^'\";\s]+)", re.IGNORECASE)
_SCRIPT_ADDRESS = re.compile(r"(?:import\s*\(?|importScripts\(|\.src\s*=)\s*['\"`]((?:https?:)?//[^'\"`]+)")
_FIRST = "index.html"
_WITHOUT_WAY = ("404", "figures/", "genindex", "py-modindex", "search")
"""Starts of pages that are reached otherwise: by a wrong address, from a figure, by the search box."""
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one page.

    Parameters
    ----------
    page : str
        Path of the page in the book.
    message : str
        What is wrong and where.
    """

    page: str
    message: str

    def __str__(self) -> str:
        return f"{self.page}: {self.message}"


@dataclass
class _Read(HTMLParser):
    """What a page contains that can be wrong."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    images: list[tuple[str, str | None]] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    title: str = ""
    text: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    tracebacks: int = 0
    language: str = ""
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "html":
            self.language = given.get("lang") or ""
        elif tag == "a" and given.get("href") is not None:
            self.links.append(str(given["href"]))
        elif tag == "a" and given.get("name"):
            self.ids.append(str(given["name"]))
        elif tag == "img":
            hidden = given.get("aria-hidden") == "true" or given.get("role") == "presentation"
            if not hidden:
                self.images.append((str(given.get("src") or ""), given.get("alt")))
        elif tag == "link" and given.get("href"):
            if _FETCHED_LINKS & set((given.get("rel") or "").split()):
                self.fetched.append(str(given["href"]))
        elif tag == "meta" and (given.get("http-equiv") or "").lower() == "refresh":
            self.links.extend(_REFRESH.findall(str(given.get("content") or "")))
        elif tag == "h1":
            self.headings.append("")
        if tag in _FETCHED and given.get(_FETCHED[tag]):
            self.fetched.append(str(given[_FETCHED[tag]]))
        if tag == "object" and given.get("data"):
            self.fetched.append(str(given["data"]))
        for name in ("srcset", "poster"):
            if given.get(name):
                self.fetched.extend(part.split()[0] for part in str(given[name]).split(",") if part.strip())
        if given.get("style"):
            self.styles.append(str(given["style"]))
        if "traceback" in (given.get("class") or "").split():
            self.tracebacks += 1
        if tag not in _VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.stack:
            while self.stack.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        where = self.stack[-1] if self.stack else ""
        if where == "script":
            self.scripts.append(data)
        elif where == "style":
            self.styles.append(data)
        elif where == "title" and "svg" not in self.stack:
            self.title += data
        else:
            if "h1" in self.stack and "a" not in self.stack and self.headings:
                self.headings[-1] += data
            if not {"pre", "code"} & set(self.stack):
                self.text.append(data)
            elif "Traceback (most recent call last)" in data:
                self.tracebacks += 1

    @classmethod
    def page(cls, text: str) -> _Read:
        reader = cls()
        reader.feed(text)
        reader.close()
        return reader


@dataclass(frozen=True)
class _Page:
    """What of a page counts when pages are held against each other, and what is wrong with the page by itself."""

    found: list[str]
    ids: list[str]
    addresses: list[str]
    told: list[list[str]]
    """What each pattern of what is told once finds."""
    stumbles: list[list[str]]
    """What a reader would stumble over: kind, sentence, detail."""
    links: list[str]
    bare: list[str]
    entries: list[list[str]]
    """What the running text leads to and what waits to be led to (``reading.Mentions``)."""

    @classmethod
    def of(cls, raw: str, hidden: Sequence[str], patterns: Sequence[re.Pattern[str]]) -> _Page:
        read = _Read.page(raw)
        found: list[str] = []
        stumbles: list[list[str]] = []
        faults, mentions = reading.read("", raw)
        if not _is_redirect(raw):
            stumbles = [[f.kind, f.text, f.detail] for f in faults]
            shown = (f"shows a path of this machine: {path}" for path in hidden if f"{path}/" in raw)
            found = [*_content_problems(read), *shown, *_host_problems(read), *invalid(raw)]
        text = " ".join("".join(read.text).split())
        told = [list(dict.fromkeys(m.group() for m in pattern.finditer(text))) for pattern in patterns]
        addresses = [*read.links, *read.fetched, *(source for source, _ in read.images)]
        return cls(
            found,
            read.ids,
            list(dict.fromkeys(addresses)),
            told,
            stumbles,
            list(dict.fromkeys(mentions.links)),
            mentions.bare,
            mentions.entries,
        )


def _read_page(task: tuple[str, Sequence[str], Sequence[re.Pattern[str]]]) -> _Page:
    path, hidden, patterns = task
    return _Page.of(Path(path).read_text(encoding="utf-8"), hidden, patterns)


_MANY = 40
"""Pages from which on several processes read them."""


def _pages(
    paths: Sequence[Path], hidden: Sequence[str], patterns: Sequence[re.Pattern[str]], notes: Path | None
) -> list[_Page]:
    """Return what is on pages; those that ``notes`` tells of, by their content, are not read again."""
    rules = [
        Path(__file__).read_bytes(),
        Path(reading.__file__).read_bytes(),
        Path(validity.__file__).read_bytes(),
        repr((hidden, [p.pattern for p in patterns])).encode(),
    ]
    keys = [digest([*rules, path.read_bytes()]) for path in paths]
    known: dict[str, _Page] = {}
    if notes is not None:
        with suppress(OSError, ValueError, TypeError, AttributeError):
            entries = json.loads(notes.read_text(encoding="utf-8"))
            known = {key: _Page(**entry) for key, entry in entries.items()}
    new = {key: path for key, path in zip(keys, paths, strict=True) if key not in known}
    tasks = [(str(path), hidden, patterns) for path in new.values()]
    if len(tasks) >= _MANY and can_fork():
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(mp_context=context, initializer=die_with_parent) as pool:
            read = list(pool.map(_read_page, tasks, chunksize=8))
    else:
        read = list(map(_read_page, tasks))
    known |= dict(zip(new, read, strict=True))
    if notes is not None and new:
        write_json(notes, {key: asdict(known[key]) for key in keys})
    return [known[key] for key in keys]


def _named_pages(
    folder: Path, private: Iterable[Path], patterns: Sequence[re.Pattern[str]], notes: Path | None
) -> dict[str, _Page]:
    """Return what is on every page of a book, by its path."""
    paths = sorted(
        p for p in folder.rglob("*.html") if not {"_static", "_sources"} & set(p.relative_to(folder).parts)
    )
    hidden = sorted({str(p) for p in (*private, Path.home(), Path(sys.prefix)) if len(p.parts) > 1})
    names = [path.relative_to(folder).as_posix() for path in paths]
    return dict(zip(names, _pages(paths, hidden, patterns, notes), strict=True))


def stumbles(
    folder: Path,
    *,
    private: Iterable[Path] = (),
    told_once: Iterable[re.Pattern[str]] = (),
    notes: Path | None = None,
) -> list[Fault]:
    """Return what readers of a built book would stumble over (``reading``); the arguments are those of ``verify``, whose notes it takes.

    Beside what is wrong in sentences these are figures that no text leads to, and entries of the literature and the glossary that no page leads to.
    """
    pages = _named_pages(folder, private, list(told_once), notes)
    in_sentences = [
        Fault(name, kind, text, detail)
        for name, page in pages.items()
        if not name.startswith(WITHOUT)
        for kind, text, detail in page.stumbles
    ]
    return [*in_sentences, *_unmentioned(pages)]


def _unmentioned(pages: Mapping[str, _Page]) -> list[Fault]:
    """Return figures without a word in the text, directly before or by a link to them, and entries of lists that no other page leads to."""
    found: list[Fault] = []
    led: set[tuple[str, str]] = set()
    for name, page in pages.items():
        here = {(_target(name, link), unquote(urlsplit(link).fragment)) for link in page.links}
        if not name.startswith(WITHOUT):
            found += [
                Fault(
                    name, "figure without a word", figure, "no text before it, and no link to it in the text"
                )
                for figure in page.bare
                if (name, figure) not in here
            ]
        led |= {(target, place) for target, place in here if target != name}
    for name, page in pages.items():
        for identifiers in page.entries:
            if led.isdisjoint((name, identifier) for identifier in identifiers):
                is_term = identifiers[0].startswith("term-")
                kind = "term without a link" if is_term else "reference never cited"
                found.append(Fault(name, kind, ", ".join(identifiers), "no page leads to it"))
    return found


def verify(
    folder: Path,
    *,
    private: Iterable[Path] = (),
    told_once: Iterable[re.Pattern[str]] = (),
    notes: Path | None = None,
) -> tuple[Problem, ...]:
    """Examine every page of a built book.

    Parameters
    ----------
    folder : Path
        The book's HTML folder.
    private : iterable of Path
        Folders whose paths no page may show, such as the project's; the home folder and the interpreter's are added.
    told_once : iterable of re.Pattern
        What is found by a pattern must be the same words on every page that has it, and stand on one at least.
    notes : Path, optional
        File with what was found on pages, by their content, for pages that stay the same.

    Returns
    -------
    tuple of Problem
        Pages that disagree, tracebacks, missing titles and alternative texts, links, anchors and downloads that lead nowhere, anything
        fetched from another host, identifiers used twice, unfilled placeholders, paths of this machine, what is not HTML (``validity``), and
        pages that no way of links leads to from the first.
    """
    patterns = list(told_once)
    pages = _named_pages(folder, private, patterns, notes)
    if not pages:
        return (Problem(str(folder), "there is no page"),)
    places = {name: frozenset(page.ids) for name, page in pages.items()}
    every = {p.relative_to(folder).as_posix(): p.is_dir() for p in folder.rglob("*")}
    problems: list[Problem] = []
    for name, page in pages.items():
        found = [*page.found, *_link_problems(name, page.addresses, places, every)]
        problems.extend(Problem(name, message) for message in dict.fromkeys(found))
    if _FIRST in pages:
        reached = _clicks({name: page.addresses for name, page in pages.items()}, _FIRST)
        problems.extend(
            Problem(name, "no way of links leads here from the first page")
            for name in pages
            if name not in reached and not name.startswith(_WITHOUT_WAY)
        )
    for path in sorted(folder.rglob("*.css")):
        for address in _CSS_ADDRESS.findall(path.read_text(encoding="utf-8")):
            problems.append(
                Problem(path.relative_to(folder).as_posix(), f"fetches from another host: {address}")
            )
    for place, pattern in enumerate(patterns):
        problems.extend(_disagreements(place, pattern, pages, folder))
    return tuple(problems)


def _disagreements(
    place: int, pattern: re.Pattern[str], pages: dict[str, _Page], folder: Path
) -> list[Problem]:
    """Return the pages that tell differently what another page tells."""
    told: dict[str, str] = {}
    for name, page in pages.items():
        for text in page.told[place]:
            told.setdefault(text, name)
    if not told:
        return [
            Problem(str(folder), f"no page has what _config.yml, told_once, looks for: {pattern.pattern!r}")
        ]
    (first, where), *others = told.items()
    return [Problem(name, f"says {text!r}, and {where} says {first!r}") for text, name in others]


def _clicks(addresses: Mapping[str, Sequence[str]], start: str) -> dict[str, int]:
    reached, edge = {start: 0}, [start]
    while edge:
        following: list[str] = []
        for name in edge:
            for address in addresses[name]:
                target = _target(name, address)
                if target in addresses and target not in reached:
                    reached[target] = reached[name] + 1
                    following.append(target)
        edge = following
    return reached


def clicks(folder: Path, start: str = "index.html", *, within: str = "body") -> dict[str, int]:
    """Return how many clicks each page of a built book is from one of them, by its path; pages that no way leads to are left out.

    Parameters
    ----------
    folder : Path
        The book's HTML folder.
    start : str, default "index.html"
        The page that a reader begins on.
    within : str, default "body"
        Part of a page whose links count, as a CSS selector: ``"article"`` leaves out menus.

    Raises
    ------
    BuildError
        When the book has no such page.
    """
    paths = [p for p in folder.rglob("*.html") if "_static" not in p.relative_to(folder).parts]
    found: dict[str, list[str]] = {}
    for path in paths:
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        part = soup.select_one(within)
        links = [] if part is None else [str(link["href"]) for link in part.select("a[href]")]
        found[path.relative_to(folder).as_posix()] = links
    if start not in found:
        raise BuildError(f"the book in {folder} has no page {start}; it has {len(found)} pages")
    return _clicks(found, start)


def _is_redirect(text: str) -> bool:
    return len(text) < 2000 and 'http-equiv="refresh"' in text.lower()


def _content_problems(page: _Read) -> list[str]:
    found = []
    if page.tracebacks:
        found.append("shows a traceback")
    headings = [" ".join(h.replace("#", " ").split()) for h in page.headings]
    title = " ".join(page.title.split())
    if not title or not page.language:
        found.append("has no title or names no language")
    if any(word in ("Section", "<no title>") for word in (*headings, title.split(" — ")[0])):
        found.append(f"has no real title: {title!r}")
    for source, alt in page.images:
        if not alt or not alt.strip():
            found.append(f"the image {source[:80]} has no alternative text")
        elif _FILE_NAME.fullmatch(alt.strip()) or posixpath.basename(source) == alt:
            found.append(f"the alternative text of {source[:80]} is a file name")
    repeated = sorted(name for name, times in Counter(page.ids).items() if times > 1)
    found.extend(f"the identifier {i!r} is used twice" for i in repeated)
    text = "".join(page.text)
    for mark in ("{{", "{glue", "{numref}", "{fig}", "{tab}", "{download}", "{doc}"):
        if mark in text:
            start = text.index(mark)
            found.append(f"shows unfilled markup: {' '.join(text[start : start + 60].split())!r}")
    return found


def _host_problems(page: _Read) -> list[str]:
    found = [f"fetches from another host: {a}" for a in page.fetched if urlsplit(a).netloc]
    for pattern, texts in ((_CSS_ADDRESS, page.styles), (_SCRIPT_ADDRESS, page.scripts)):
        found.extend(f"fetches from another host: {a}" for text in texts for a in pattern.findall(text))
    return found


def _target(name: str, address: str) -> str:
    """Return the file that an address on a page leads to; empty for another host's."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    if not parts.path:
        return name
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))


def _link_problems(
    name: str, addresses: Sequence[str], places: Mapping[str, frozenset[str]], every: Mapping[str, bool]
) -> list[str]:
    """Return the addresses on a page that lead nowhere; ``every`` file and folder of the book is named, folders with True."""
    found = []
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            if parts.scheme == "file":
                found.append(f"links to a file of this machine: {address}")
            continue
        target = _target(name, address)
        if target in (".", "/") or target.endswith("/.") or every.get(target, False):
            target = posixpath.normpath(posixpath.join(target, "index.html"))
        if target.startswith("..") or every.get(target, True):
            found.append(f"the link {address} leads nowhere")
        elif parts.fragment and target in places and unquote(parts.fragment) not in places[target]:
            found.append(f"the link {address} leads to a place that is not on the page")
    return found


def require_sound(
    folder: Path,
    *,
    private: Sequence[Path] = (),
    told_once: Sequence[re.Pattern[str]] = (),
    notes: Path | None = None,
) -> None:
    """Raise one error that lists what is wrong with a built book.

    Parameters
    ----------
    folder : Path
        The book's HTML folder.
    private, told_once, notes
        See ``verify``.

    Raises
    ------
    BuildError
        When anything is wrong; the first twenty problems are shown.
    """
    problems = verify(folder, private=private, told_once=told_once, notes=notes)
    if problems:
        shown = [f"  {problem}" for problem in problems[:20]]
        more = [f"  and {len(problems) - 20} more"] if len(problems) > 20 else []
        raise BuildError("\n".join([f"the pages have {len(problems)} problem(s):", *shown, *more]))
