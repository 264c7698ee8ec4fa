"""Read finished pages as a browser and a screen reader would, and say what is wrong with them."""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from healthdevo.errors import BuildError

_FETCHED_LINKS = {"stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch"}
_FETCHED_LINKS |= {"icon", "manifest"}
_FETCHED = {
    "src": ["script", "img", "iframe", "source", "video", "audio"],
    "data": ["object"],
    "poster": ["video"],
}
_FILE_NAME = re.compile(r"\S+\.(svg|png|jpe?g|gif|webp)", re.IGNORECASE)
_CSS_ADDRESS = re.compile(r"(?:url\(\s*|@import\s+)['\"]?((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)
_SCRIPT_ADDRESS = re.compile(r"(?:import\s*\(?|importScripts\(|\.src\s*=)\s*['\"`]((?:https?:)?//[^'\"`]+)")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one page."""

    page: str
    message: str

    def __str__(self) -> str:
        return f"{self.page}: {self.message}"


class _Page:
    """What a page contains that can be wrong."""

    def __init__(self, path: Path) -> None:
        self.raw = path.read_text(encoding="utf-8")
        soup = BeautifulSoup(self.raw, "html.parser")
        self.language = str(soup.html.get("lang") or "") if soup.html else ""
        self.title = " ".join(soup.title.get_text().split()) if soup.title else ""
        self.ids = [str(tag["id"]) for tag in soup.find_all(id=True)]
        self.ids += [str(tag["name"]) for tag in soup.find_all("a", attrs={"name": True, "href": False})]
        self.links = [str(tag["href"]) for tag in soup.find_all("a", href=True)]
        hidden = [
            *soup.find_all("img", attrs={"aria-hidden": "true"}),
            *soup.find_all("img", role="presentation"),
        ]
        pictures = [tag for tag in soup.find_all("img") if not any(tag is other for other in hidden)]
        self.images = [(str(tag.get("src") or ""), str(tag.get("alt") or "").strip()) for tag in pictures]
        linked = [
            tag for tag in soup.find_all("link", href=True) if _FETCHED_LINKS & {*(tag.get("rel") or ())}
        ]
        self.fetched = [str(tag["href"]) for tag in linked]
        for name, tags in _FETCHED.items():
            self.fetched += [str(tag[name]) for tag in soup.find_all(tags, attrs={name: True})]
        sets = [part for tag in soup.find_all(srcset=True) for part in str(tag["srcset"]).split(",")]
        self.fetched += [part.split()[0] for part in sets if part.strip()]
        self.styles = [str(tag["style"]) for tag in soup.find_all(style=True)]
        self.styles += [tag.get_text() for tag in soup.find_all("style")]
        self.scripts = [tag.get_text() for tag in soup.find_all("script")]
        code = soup.find_all(["pre", "code"])
        self.traceback = bool(soup.find(class_="traceback"))
        self.traceback |= any("Traceback (most recent call last)" in tag.get_text() for tag in code)
        for tag in soup.select("h1 a"):
            tag.extract()
        self.headings = [" ".join(tag.get_text().replace("#", " ").split()) for tag in soup.find_all("h1")]
        for tag in [*code, *soup.find_all("title")]:
            tag.extract()
        self.text = soup.get_text()


def verify(folder: Path, *, private: Iterable[Path] = ()) -> tuple[Problem, ...]:
    """Examine every page of a built book and say what is wrong.

    That is tracebacks, missing titles and alternative texts, links, anchors and downloads that lead nowhere, anything fetched from another
    host, identifiers used twice, unfilled placeholders, and paths of this machine: the home folder, the interpreter's and ``private`` ones.
    """
    paths = sorted(
        p for p in folder.rglob("*.html") if not {"_static", "_sources"} & set(p.relative_to(folder).parts)
    )
    if not paths:
        return (Problem(str(folder), "there is no page"),)
    pages = {path.relative_to(folder).as_posix(): _Page(path) for path in paths}
    hidden = {str(p) for p in (*private, Path.home(), Path(sys.prefix)) if len(p.parts) > 1}
    problems: list[Problem] = []
    for name, page in pages.items():
        found = _link_problems(name, page, pages, folder)
        if len(page.raw) >= 2000 or 'http-equiv="refresh"' not in page.raw.lower():  # it is no redirect
            local = [f"shows a path of this machine: {p}" for p in sorted(hidden) if f"{p}/" in page.raw]
            found = [*_content_problems(page), *local, *_host_problems(page), *found]
        problems.extend(Problem(name, message) for message in dict.fromkeys(found))
    for path in sorted(folder.rglob("*.css")):
        for address in _CSS_ADDRESS.findall(path.read_text(encoding="utf-8")):
            problems.append(
                Problem(path.relative_to(folder).as_posix(), f"fetches from another host: {address}")
            )
    return tuple(problems)


def _content_problems(page: _Page) -> list[str]:
    found = []
    if page.traceback:
        found.append("shows a traceback")
    if not page.title or not page.language:
        found.append("has no title or names no language")
    if {"Section", "<no title>"} & {*page.headings, page.title.split(" — ")[0]}:
        found.append(f"has no real title: {page.title!r}")
    for source, alt in page.images:
        if not alt:
            found.append(f"the image {source[:80]} has no alternative text")
        elif _FILE_NAME.fullmatch(alt) or posixpath.basename(source) == alt:
            found.append(f"the alternative text of {source[:80]} is a file name")
    repeated = sorted({i for i in page.ids if page.ids.count(i) > 1})
    found.extend(f"the identifier {i!r} is used twice" for i in repeated)
    for mark in ("{{", "{glue", "{numref}", "{fig}", "{tab}", "{download}", "{doc}"):
        if mark in page.text:
            start = page.text.index(mark)
            found.append(f"shows unfilled markup: {' '.join(page.text[start : start + 60].split())!r}")
    return found


def _host_problems(page: _Page) -> list[str]:
    found = [f"fetches from another host: {a}" for a in page.fetched if urlsplit(a).netloc]
    for pattern, texts in ((_CSS_ADDRESS, page.styles), (_SCRIPT_ADDRESS, page.scripts)):
        found.extend(f"fetches from another host: {a}" for text in texts for a in pattern.findall(text))
    return found


def _link_problems(name: str, page: _Page, pages: dict[str, _Page], folder: Path) -> list[str]:
    found = []
    sources = [source for source, _ in page.images]
    for address in [*page.links, *page.fetched, *sources]:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            if parts.scheme == "file":
                found.append(f"links to a file of this machine: {address}")
            continue
        path = posixpath.join(posixpath.dirname(name), unquote(parts.path))
        target = posixpath.normpath(path) if parts.path else name
        if target.endswith("/.") or (folder / target).is_dir():
            target = posixpath.join(target, "index.html")
        if target.startswith("..") or not (folder / target).is_file():
            found.append(f"the link {address} leads nowhere")
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
            found.append(f"the link {address} leads to a place that is not on the page")
    return found


def require_sound(folder: Path, *, private: Sequence[Path] = ()) -> None:
    """Raise one error that shows the first twenty things wrong with a built book."""
    problems = verify(folder, private=private)
    if problems:
        shown = [f"  {problem}" for problem in problems[:20]]
        more = [f"  and {len(problems) - 20} more"] if len(problems) > 20 else []
        raise BuildError("\n".join([f"the pages have {len(problems)} problem(s):", *shown, *more]))
