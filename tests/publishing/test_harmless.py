"""Names from data are text everywhere: on pages, in pictures, tables, downloads, lists, the finder, the terminal's files and file names."""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest

from healthdevo import areas, tables
from healthdevo.cli import main
from healthdevo.publishing import area_lists
from healthdevo.publishing.project import AreaPages

ROOT = Path(__file__).parents[2]
NAMES = {
    "E54000057": "<script>alert(1)</script>",
    "E08000003": "=cmd|' /C calc'!A0",
    "E08000006": "../../etc",
}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A folder with a table of areas in which three have names that would be live."""
    folder = tmp_path_factory.mktemp("own")
    frame = tables.load("area")
    frame["area_name"] = [
        NAMES.get(c, n) for c, n in zip(frame["area_code"], frame["area_name"], strict=True)
    ]
    tables.save(frame, "area", folder=folder)
    return folder


@pytest.fixture
def named(own, monkeypatch):
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    assert areas.get("E54000057").name == NAMES["E54000057"]
    yield
    monkeypatch.delenv("HEALTHDEVO_OVERLAY")
    assert areas.get("E54000057").name != NAMES["E54000057"]


def is_live(text):
    return re.search(r"<script[^>]*>\s*alert", text) is not None


def formulas(csv):
    """Cells of a CSV text that a spreadsheet would take for a formula."""
    return re.findall(r'(?m)(?:^|,)"?(=[^,\n]*|@[^,\n]*)', csv)


def rendered(folder, text, docnames):
    """Return a Markdown text of the book as the HTML that Sphinx makes of it."""
    (folder / "areas").mkdir()
    (folder / "conf.py").write_text('extensions = ["myst_parser", "sphinx_design"]\nhtml_theme = "basic"\n')
    (folder / "index.md").write_text(f"# Areas\n\n{text}\n", encoding="utf-8")
    for name in docnames:
        (folder / f"{name}.md").write_text("# One\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(folder / "made")]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / "made" / "index.html").read_text(encoding="utf-8")


def test_addresses_and_lists_are_plain(named, tmp_path):
    pages = AreaPages(
        "book/areas/area", "book/areas/index", ("icb", "metropolitan_district"), "2026-11-26", ("icb",)
    )
    jobs = [
        SimpleNamespace(
            docname=f"areas/{areas.get(code).slug}",
            parameters={"area_code": code},
            values={"area_label": areas.get(code).label},
        )
        for code in NAMES
    ]
    assert all(re.fullmatch(r"areas/[a-z0-9-]+", job.docname) for job in jobs), [j.docname for j in jobs]
    assert not is_live(area_lists.tile_map(jobs, "areas"))
    shown = area_lists.area_list(pages, jobs) + "\n\n" + area_lists.tile_map(jobs, "areas")
    html = rendered(tmp_path, shown, [job.docname for job in jobs])
    assert not is_live(html)
    assert (
        'href="areas/script-alert-script-icb.html"><span class="doc">‹script›alert‹/script› ICB</span>'
        in html
    )
    assert 'href="areas/etc.html"><span class="doc">../../etc</span>' in html
    assert "=cmd|" in html
    found = json.loads(area_lists.text_of(area_lists.find_file(pages, jobs)))
    assert {page[3] for page in found["pages"]} == set(NAMES)
    assert any(text == "../../etc" for text, *_ in found["names"]), (
        "as text, for the script that shows it as text"
    )


def test_scripts_show_names_as_text():
    for path in (ROOT / "book" / "_static").glob("*.js"):
        assert not re.search(
            r"\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write|eval\(",
            path.read_text(encoding="utf-8"),
        ), path


def test_commands_print_names_and_write_nothing(named, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["areas", "find", "E08000006"]) == 0
    assert "../../etc" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.book
@pytest.mark.usefixtures("national_results_once")
def test_pages_and_their_downloads_are_harmless(own, tmp_path, monkeypatch, capsys):
    indicator = tmp_path / "mine.csv"
    rows = "".join(
        f"{code},{year},{10 + i}\n"
        for i, code in enumerate(["E08000001", "E08000003", "E08000006"])
        for year in (2020, 2021)
    )
    indicator.write_text(f"area_code,period,value\n{rows}")
    (tmp_path / "datapackage.json").write_text(
        json.dumps(
            {
                "resources": [
                    {
                        "name": "mine",
                        "title": NAMES["E54000057"],
                        "unit": "<b>&",
                        "publisher": NAMES["E08000003"],
                    }
                ]
            }
        )
    )
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    monkeypatch.setenv("HEALTHDEVO_PROJECT", str(ROOT))
    monkeypatch.setenv("HEALTHDEVO_DATA", str(ROOT / "data"))
    monkeypatch.chdir(tmp_path)
    command = ["batch", "--areas", "E54000057,E08000003", "--jobs", "1", "--indicator", str(indicator)]
    with mock.patch.dict(os.environ):
        status = main([*command, "--out", "pages", "--build", "made"])
    assert status == 0, capsys.readouterr().err[-3000:]
    written = sorted(p.name for p in (tmp_path / "pages").iterdir())
    assert len(written) == 4
    assert all(re.fullmatch(r"[a-z0-9-]+\.(html|ipynb)", name) for name in written)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["datapackage.json", "made", "mine.csv", "pages"]
    for path in (tmp_path / "pages").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not is_live(text), path
        downloads = [
            base64.b64decode(one).decode()
            for one in re.findall(r"data:text/csv;base64,([A-Za-z0-9+/=]+)", text)
        ]
        pictures = [
            base64.b64decode(one).decode()
            for one in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", text)
        ]
        assert len(downloads) > 5
        assert len(pictures) > 5
        assert [cell for csv in downloads for cell in formulas(csv)] == []
        assert not any(is_live(svg) for svg in pictures)
    pages = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "pages").glob("*.html"))
    assert "&lt;script&gt;alert&lt;/script&gt;" in pages
    assert "=cmd|" in pages
