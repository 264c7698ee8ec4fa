"""The book on paper: the national book, and a brief of two pages for any area, printed by a Chromium from the pages of a built book.

With the national book go pictures of its figures for slides and documents that take no SVG (PNG).
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from matplotlib.image import imread, imsave

from healthdevo import areas
from healthdevo.charts.chart import size_of
from healthdevo.errors import BuildError
from healthdevo.publishing.build import stamp_again
from healthdevo.publishing.plan import docname_of, toc_entries
from healthdevo.publishing.project import Project

__all__ = ["brief", "chromium", "national_book", "page_count", "picture", "print_pdf"]

FOLDER = "downloads"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_INSTALL = (
    "no Chromium or Chrome was found, and a PDF is printed by one. Install one (Debian: apt-get install chromium; macOS: brew install --cask "
    "chromium), or name it in the environment variable CHROMIUM"
)
_BAR = 200
"""Pixels by which a window is made taller than a picture: Chromium takes a bar off the window that it photographs."""
_PAPER = """
:root { color-scheme: light; } @page { size: A4; margin: 18mm 17mm; }
body { font: 10.5pt/1.45 Arial, "Liberation Sans", Helvetica, sans-serif; color: #0b0c0c; background: #fff; margin: 0; }
h1 { font-size: 20pt; line-height: 1.15; break-before: page; } h2 { font-size: 14.5pt; } h3 { font-size: 12pt; } h1:first-of-type { break-before: auto; }
h1, h2, h3, caption, .hd-title { break-after: avoid; } img { max-width: 100%; height: auto; } figure { margin: 0; }
.hd-figure, tr { break-inside: avoid; } .hd-picture { max-width: 13cm; }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt; } th, td { padding: 1.5pt 5pt 1.5pt 0; border-bottom: .5pt solid #b1b4b6; text-align: left;
  vertical-align: top; overflow-wrap: break-word; } td p, th p { margin: 0; } thead { display: table-header-group; }
.text-right { text-align: right; } .hd-cue, .headerlink, .hd-link { display: none; } a { color: inherit; text-decoration: none; } nav li { margin: .15rem 0; }
"""
_BRIEF = """
@page { margin: 12mm 13mm; } body { font-size: 8.8pt; line-height: 1.32; } h1 { font-size: 17pt; margin: 0 0 2mm; } h2 { font-size: 11.5pt; margin: 3mm 0 1mm; }
h3 { font-size: 9.5pt; margin: 2mm 0 .5mm; } p { margin: 0 0 1.4mm; } .columns { columns: 2; column-gap: 7mm; } section { break-inside: auto; }
.hd-figure { margin: 1.5mm 0; padding-top: 1mm; border-top-width: 1pt; } .hd-title p { font-size: 9.3pt; } .hd-subtitle p, .hd-figure figcaption p { font-size: 7.4pt; margin: 0; }
.hd-picture { max-width: 7.4cm; } .hd-card { font-size: 7.8pt; } .legend { display: none; }
.hd-card .hd-six tbody { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 1mm 6mm; } .hd-card .hd-six tr { padding: .8mm 0; } footer { margin-top: 3mm; font-size: 7.4pt; color: #505a5f; }
"""


def chromium() -> str:
    """Return the Chromium or Chrome of this computer: the one in ``CHROMIUM``, or one that is found by its usual names.

    Raises
    ------
    BuildError
        When there is none, with what to install.
    """
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else None
    if named and not found:
        raise BuildError(f"CHROMIUM is {named!r}, which is no program")
    for name in (*_NAMES, *_PLACES):
        found = found or shutil.which(name)
    if not found:
        raise BuildError(_INSTALL)
    return found


def print_pdf(source: Path, target: Path, *, program: str | None = None) -> Path:
    """Let a Chromium print an HTML file; the target is replaced in one step.

    Parameters
    ----------
    source, target : Path
        HTML file and PDF file.
    program : str, optional
        The Chromium; the one that ``chromium`` finds by default.
    """
    return _made_by(program or chromium(), source, target, "print", "pdf", ["--no-pdf-header-footer"])


def picture(svg: Path, target: Path, *, program: str | None = None) -> Path:
    """Let a Chromium draw an SVG file as a PNG of two pixels for each point, dark on white; the target is replaced in one step.

    Parameters
    ----------
    svg, target : Path
        SVG file with a ``viewBox``, and PNG file.
    program : str, optional
        The Chromium; the one that ``chromium`` finds by default.

    Raises
    ------
    BuildError
        When the picture has no known size, or the program does not draw it.
    """
    text = svg.read_text(encoding="utf-8")
    size = size_of(text)
    if size is None:
        raise BuildError(f"{svg} has no viewBox from the origin, so its size is not known")
    width, height = (math.ceil(length) for length in size)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "picture.html"
        style = f"html{{color-scheme:light;background:#fff}}body{{margin:0}}body>svg{{display:block;width:{width}px;height:{height}px}}"
        drawing = re.sub(r"\A.*?(?=<svg\b)", "", text, count=1, flags=re.DOTALL)
        page.write_text(
            f'<!DOCTYPE html><meta charset="utf-8"><style>{style}</style><body>{drawing}', encoding="utf-8"
        )
        settings = [
            f"--window-size={width},{height + _BAR}",
            "--force-device-scale-factor=2",
            "--hide-scrollbars",
        ]
        made = _made_by(
            program or chromium(), page, Path(folder) / "whole.png", "screenshot", "png", settings
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        drawn = imread(made)[: 2 * height, : 2 * width]
        imsave(target.with_suffix(".part"), drawn, format="png")
    target.with_suffix(".part").replace(target)
    return target


def _made_by(
    program: str, source: Path, target: Path, what: str, ending: str, settings: Sequence[str]
) -> Path:
    """Let a Chromium make a file from an HTML file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        made = Path(profile) / f"made.{ending}"
        command = [
            program,
            "--headless",
            "--disable-gpu",
            f"--user-data-dir={profile}/profile",
            "--allow-file-access-from-files",
            *settings,
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses its sandbox to root
        option = "--print-to-pdf" if what == "print" else "--screenshot"
        command += [f"{option}={made}", source.resolve().as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        except subprocess.TimeoutExpired:
            raise BuildError(f"{program} did not print {source.name} in 15 minutes") from None
        if not made.is_file():
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise BuildError(f"{program} could not print {source.name}: {said}")
        shutil.copyfile(made, target.with_suffix(".part"))
    target.with_suffix(".part").replace(target)
    return target


def page_count(pdf: Path) -> int:
    """Return how many pages a PDF has that Chromium printed."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf.read_bytes()))


def _article(html: Path, name: str) -> Any:
    """Return the article of a built page without what paper cannot use, its pictures by their full addresses."""
    path = html / f"{name}.html"
    if not path.is_file():
        raise BuildError(f"the book in {html} has no page {name}; build the book first")
    article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select_one("article.bd-article")
    if article is None:
        raise BuildError(f"{path} is no page of a book")
    for part in article.select(
        "details.hide, .headerlink, .hd-link, .hd-cue, .hd-find, .hd-foot, script, noscript"
    ):
        part.decompose()
    for fold in article.select("details"):
        fold["open"] = ""
    for image in article.select("img"):
        image["src"] = (path.parent / unquote(str(image["src"]))).resolve().as_uri()
        image.attrs.pop("loading", None)
    for link in article.select("a.download"):
        link.unwrap()
    return article


def _document(project: Project, title: str, body: str, style: str) -> str:
    sheet = (project.html / "_static" / "healthdevo.css").resolve()
    own = sheet.read_text(encoding="utf-8") if sheet.is_file() else ""
    return f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/><title>{title}</title><style>{own}{_PAPER}{style}</style></head><body>{body}</body></html>\n'


def _joined(html: Path, names: Sequence[str]) -> str:
    """Return the articles of pages one after the other; links between them lead to places in the same document."""
    parts = []
    numbers = {name: number for number, name in enumerate(names)}
    for name, number in numbers.items():
        article = _article(html, name)
        for tag in article.select("[id]"):
            tag["id"] = f"p{number}-{tag['id']}"
        for link in article.select("a[href]"):
            parts_of = urlsplit(str(link["href"]))
            if parts_of.scheme or parts_of.netloc:
                continue
            own = (
                (Path(name).parent / parts_of.path).as_posix().removesuffix(".html")
                if parts_of.path
                else name
            )
            own = os.path.normpath(own)
            if own in numbers:
                link["href"] = (
                    f"#p{numbers[own]}-{parts_of.fragment}" if parts_of.fragment else f"#p{numbers[own]}"
                )
            else:
                link.unwrap()
        parts.append(f'<div id="p{number}">{article.decode_contents()}</div>')
    return "\n".join(parts)


def national_book(project: Project) -> Path:
    """Print the chapters of a built book that are about all of England, in order, and return the PDF's path; the site then links to it."""
    program = chromium()
    folder = "" if project.areas is None else docname_of(project.areas.index).rpartition("/")[0]
    names = [docname_of(str(project.toc["root"])), *(docname_of(entry) for entry in toc_entries(project.toc))]
    names = [n for n in dict.fromkeys(names) if (project.html / f"{n}.html").is_file()]
    names = [n for n in names if "/" not in n or n.partition("/")[0] not in (folder, "reference")]
    if not names:
        raise BuildError(f"there is no built book in {project.html}; run healthdevo build first")
    title = str(project.config.get("title") or "")
    target = project.html / FOLDER / "healthdevo-book.pdf"
    _print(project, _document(project, title, _joined(project.html, names), ""), target, program)
    for name in names:
        _pictures(project, name, program)
    _link(project, names[0], target, "The national chapters as one PDF")
    return target


_SVG = re.compile(
    r'(<a [^>]*href="([^"]+\.svg)"[^>]*>picture \(SVG\)</a>)(?:, <a [^>]*>picture \(PNG\)</a>)?'
)


def _pictures(project: Project, name: str, program: str) -> None:
    """Draw the figures of a page as PNG files, and let the page offer them beside the SVG files."""
    path = project.html / f"{name}.html"
    html = path.read_text(encoding="utf-8")

    def offered(match: re.Match[str]) -> str:
        svg = path.parent / unquote(match[2])
        target = project.html / FOLDER / "figures" / f"{svg.stem}.png"
        picture(svg, target, program=program)
        way = os.path.relpath(target, path.parent)
        return f'{match[1]}, <a class="reference download" href="{way}" download="{target.name}">picture (PNG)</a>'

    new = _SVG.sub(offered, html)
    if new != html:
        path.write_text(new, encoding="utf-8")


def _print(project: Project, text: str, target: Path, program: str) -> None:
    with tempfile.TemporaryDirectory(prefix="pdf-", dir=project.build) as work:
        source = Path(work) / "book.html"
        source.write_text(text, encoding="utf-8")
        print_pdf(source, target, program=program)


def brief(project: Project, area: str) -> Path:
    """Print a brief of two pages of a built area page and return the PDF's path: its card, and of each section the first words and the first figure.

    Parameters
    ----------
    project : Project
        Whose book is built with the page of the area.
    area : str
        Code or name.
    """
    program = chromium()
    found = areas.resolve(area)
    if project.areas is None:
        raise BuildError("this book has no area pages")
    name = f"{docname_of(project.areas.template).rpartition('/')[0]}/{found.slug}"
    article = _article(project.html, name)
    heading = article.select_one("h1")
    title = found.name if heading is None else heading.get_text(" ", strip=True)
    card = article.select_one(".hd-card")
    sections = []
    for second in article.select("h2"):
        section = second.find_parent("section")
        first = [
            p
            for p in section.find_all("p")
            if not p.find_parent(class_=("hd-figure", "hd-table", "hd-card")) and len(p.get_text()) > 60
        ]
        figure = section.select_one(".hd-figure")
        sections.append((str(second), "".join(str(p) for p in first[:2]), str(figure) if figure else ""))
    book = str(project.config.get("title") or "")
    target = project.html / FOLDER / f"{found.slug}.pdf"
    for figures in range(sum(1 for *_, figure in sections if figure), -1, -1):
        left, blocks = figures, []
        for second, words, figure in sections:
            blocks.append(second + words + (figure if left > 0 else ""))
            left -= bool(figure)
        body = (
            f"<h1>{title}</h1>{card or ''}<div class='columns'>{''.join(blocks)}</div>"
            f"<footer>A brief from “{book}”. How sure each number is, and where it comes from, is said on the page of {found.name} in the book.</footer>"
        )
        _print(project, _document(project, title, body, _BRIEF), target, program)
        if page_count(target) <= 2:
            break
    else:
        target.unlink()
        raise BuildError(f"the brief of {found.name} does not fit on two pages")
    _link(project, name, target, "This page as a brief of two pages (PDF)")
    return target


def _link(project: Project, name: str, target: Path, words: str) -> None:
    """Let a page of the site lead to a PDF, and note that the site is as it should be."""
    path = project.html / f"{name}.html"
    html = path.read_text(encoding="utf-8")
    way = os.path.relpath(target, path.parent)
    line = f'<p class="hd-foot hd-pdf"><a href="{way}">{words}</a></p>'
    html = re.sub(r'<p class="hd-foot hd-pdf">.*?</p>', "", html)
    path.write_text(html.replace("</article>", f"{line}</article>", 1), encoding="utf-8")
    stamp_again(project.html)
