"""Record what the built book says, and say what differs from an earlier record; run its notebooks again, and list where it leads to.

    python tests/reproduce.py record build/record.json.gz
    python tests/reproduce.py compare build/record.json.gz
    python tests/reproduce.py rerun [--areas 4]
    python tests/reproduce.py links [--ask]

A record holds the text of every page (code left out), block by block, and every CSV that can be downloaded. What a comparison finds is also
written into the book, on its page of what was checked. ``rerun`` runs the executed notebooks of all chapters again, and of so many area pages, others
every week: each output must be the same. ``links`` lists the addresses outside the book; only with ``--ask`` does it ask whether they answer.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import difflib
import gzip
import html as markup
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from healthdevo.publishing import report
from healthdevo.publishing.build import stamp_again
from healthdevo.publishing.reading import page_blocks

ROOT = Path(__file__).parents[1]
HTML = ROOT / "build" / "html"
_OUTSIDE = re.compile(r'<a\b[^>]*?\bhref="(https?://[^"]+)"')
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


def sample(pages: Sequence[Path], count: int, day: datetime.date) -> list[Path]:
    """Return as many pages as asked for, the next ones every week, from the start again after the last."""
    first = day.toordinal() // 7 * count
    return [pages[(first + k) % len(pages)] for k in range(min(count, len(pages)))]


def rerun(executed: Path, count: int) -> int:
    """Run the executed notebooks of all chapters and of some area pages again; return 0 where every output is the same."""
    chapters = sorted(executed.glob("*.ipynb"))
    pages = [*chapters, *sample(sorted((executed / "areas").glob("*.ipynb")), count, datetime.date.today())]
    environment = os.environ | {"MPLBACKEND": "Agg", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=1200", "-q",
         "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", *map(str, pages)],
        cwd=ROOT, env=environment, check=False,
    ).returncode  # fmt: skip


def outside(html: Path) -> dict[str, list[str]]:
    """Return the addresses outside the book that its pages link to, each with those pages."""
    found: dict[str, list[str]] = {}
    for path in sorted(html.rglob("*.html")):
        for address in dict.fromkeys(_OUTSIDE.findall(path.read_text(encoding="utf-8"))):
            found.setdefault(markup.unescape(address), []).append(path.relative_to(html).as_posix())
    return found


def answers(address: str) -> str:
    """Return what an address answers: its status, or why there is none."""
    try:
        asked = urllib.request.Request(address, headers={"User-Agent": "Mozilla/5.0"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return str(answer.status)
    except (OSError, ValueError) as error:
        return str(getattr(error, "code", "") or error)


def links(html: Path, *, ask: bool) -> int:
    """Write the addresses outside the book as a CSV, asked or not; return 1 where one does not answer."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["address", "pages", "first_page", *(["answer"] if ask else [])])
    bad = 0
    for address, pages in sorted(outside(html).items()):
        said = [answers(address)] if ask else []
        bad += said not in ([], ["200"])
        table.writerow([address, len(pages), pages[0], *said])
    return int(bad > 0)


def main() -> int:
    """Record, compare, run again or list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("record", "compare", "rerun", "links"))
    parser.add_argument(
        "file", type=Path, nargs="?", help="the record, .json.gz, to write or to compare with"
    )
    parser.add_argument("--areas", type=int, default=4, help="area pages run again (default: 4)")
    parser.add_argument("--ask", action="store_true", help="ask every address whether it answers")
    parser.add_argument("--html", type=Path, default=HTML, help="the built book (default: build/html)")
    parser.add_argument("--most", type=int, default=20, help="lines shown for each page (default: 20)")
    given = parser.parse_args()
    if given.action == "rerun":
        return rerun(given.html.parent / "executed", given.areas)
    if given.action == "links":
        return links(given.html, ask=given.ask)
    if given.file is None:
        parser.error(f"{given.action} needs the file of a record")
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
