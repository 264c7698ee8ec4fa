"""Record what the built book says, and say what differs from an earlier record.

    python tests/reproduce.py record build/record.json.gz
    python tests/reproduce.py compare build/record.json.gz

A record holds the text of every page (code left out), block by block, and every CSV that can be downloaded. What a comparison finds is also
written into the book, on its page of what was checked.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import json
import sys
from pathlib import Path

from healthdevo.publishing import report
from healthdevo.publishing.build import stamp_again
from healthdevo.publishing.reading import page_blocks

HTML = Path(__file__).parents[1] / "build" / "html"
_TIMINGS = {"made.html", "how_made.html"}  # how long pages took differs from build to build


def texts(html: Path) -> dict[str, list[str]]:
    """Return the blocks of text of every page by its address."""
    found = {}
    for path in sorted(p for p in html.rglob("*.html") if p.name not in _TIMINGS):
        if blocks := [text for _, text in page_blocks(path.read_text(encoding="utf-8"), whole=True)]:
            found[path.relative_to(html).as_posix()] = blocks
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
    of = f"an earlier one of {len(earlier['pages'])} pages and {len(earlier['tables'])} tables, recorded in {given.file.name}"
    if report.write_compared(given.html, of, lines):
        stamp_again(given.html)
    sys.stdout.write("\n".join([*lines, "no difference" if not lines else f"{len(lines)} lines"]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
