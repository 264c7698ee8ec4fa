"""Record what the built book says, and say what differs from an earlier record.

    python tests/reproduce.py record build/record.json.gz
    python tests/reproduce.py compare build/record.json.gz

A record holds the text of every page (code left out), block by block, and every CSV that can be downloaded.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import json
import sys
from html.parser import HTMLParser
from pathlib import Path

HTML = Path(__file__).parents[1] / "build" / "html"
_BLOCKS = {
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "td",
    "th",
    "tr",
    "dt",
    "dd",
    "figcaption",
    "caption",
    "div",
    "table",
}
_TIMINGS = {"made.html", "how_made.html"}  # how long pages took differs from build to build
_VOID = {"br", "img", "hr", "input", "meta", "link", "source", "wbr", "col"}
_LEFT_OUT_TAGS = {"script", "style", "summary", "button", "pre", "nav"}
_LEFT_OUT_CLASSES = {"cell_input", "headerlink", "prev-next-footer", "bd-header-article", "toggle-hidden"}


class _Text(HTMLParser):
    """Text of a page's article, one item for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        self._stack: list[tuple[str, bool]] = []
        self._words: list[str] = []

    @property
    def _reading(self) -> bool:
        return any(tag == "article" for tag, _ in self._stack) and not any(out for _, out in self._stack)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in _BLOCKS:
            self._end_block()
        if tag == "img" and self._reading and given.get("alt"):
            self.blocks.append(f"[{given['alt']}]")
        if tag not in _VOID:
            classes = set((given.get("class") or "").split())
            self._stack.append((tag, tag in _LEFT_OUT_TAGS or bool(classes & _LEFT_OUT_CLASSES)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block()
        if tag in _VOID or all(tag != opened for opened, _ in self._stack):
            return
        while self._stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._reading:
            self._words.append(data)

    def _end_block(self) -> None:
        text = " ".join("".join(self._words).split())
        self._words = []
        if text:
            self.blocks.append(text)


def texts(html: Path) -> dict[str, list[str]]:
    """Return the blocks of text of every page by its address."""
    found = {}
    for path in sorted(p for p in html.rglob("*.html") if p.name not in _TIMINGS):
        reader = _Text()
        reader.feed(path.read_text(encoding="utf-8"))
        if reader.blocks:
            found[path.relative_to(html).as_posix()] = reader.blocks
    return found


def tables(html: Path) -> dict[str, list[str]]:
    """Return the lines of every CSV file by its name, without what Sphinx puts before it."""
    return {
        path.name: path.read_text(encoding="utf-8").splitlines()
        for path in sorted(html.rglob("*.csv"))
        if path.name not in _TIMINGS
    }


def record(html: Path) -> dict[str, dict[str, list[str]]]:
    """Return the record of a built book."""
    return {"pages": texts(html), "tables": tables(html)}


def differences(old: dict[str, list[str]], new: dict[str, list[str]], most: int) -> list[str]:
    """Return a line for each difference, at the most so many for each page."""
    lines = [f"gone: {name}" for name in sorted(set(old) - set(new))]
    lines += [f"new: {name}" for name in sorted(set(new) - set(old))]
    for name in sorted(set(old) & set(new)):
        if old[name] == new[name]:
            continue
        changes = [
            line
            for line in difflib.unified_diff(old[name], new[name], lineterm="", n=0)
            if not line.startswith(("---", "+++", "@@"))
        ]
        lines.append(f"{name}: {len(changes)} lines differ")
        lines += [f"    {line}" for line in changes[:most]]
    return lines


def main() -> int:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("file", type=Path, help="the record, .json.gz")
    parser.add_argument("--html", type=Path, default=HTML, help="the built book (default: build/html)")
    parser.add_argument("--most", type=int, default=20, help="lines shown for each page (default: 20)")
    given = parser.parse_args()
    now = record(given.html)
    if not now["pages"]:
        parser.error(f"{given.html} holds no book; run make book first")
    if given.action == "record":
        with gzip.open(given.file, "wt", encoding="utf-8") as stream:
            json.dump(now, stream)
        sys.stdout.write(f"{len(now['pages'])} pages and {len(now['tables'])} tables recorded\n")
        return 0
    with gzip.open(given.file, "rt", encoding="utf-8") as stream:
        earlier = json.load(stream)
    lines = [
        line for part in ("pages", "tables") for line in differences(earlier[part], now[part], given.most)
    ]
    sys.stdout.write("\n".join([*lines, "no difference" if not lines else f"{len(lines)} lines"]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
