"""The record of a book holds all of a page's article, and nothing of its code."""

import datetime
import http.server
import importlib.util
import subprocess
import threading
from pathlib import Path

from healthdevo.publishing import report

SPEC = importlib.util.spec_from_file_location("reproduce", Path(__file__).with_name("reproduce.py"))
assert SPEC is not None
assert SPEC.loader is not None
reproduce = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reproduce)

PAGE = """<nav>Menu</nav><article><h1>Title</h1><p>Before.</p><img src="x.svg" alt="A picture" /><br/>
<div class="cell_input"><pre>code()</pre></div><p>After <em>it</em>.</p></article><footer>End</footer>"""


def test_pictures_do_not_end_the_page(tmp_path):
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    assert reproduce.texts(tmp_path) == {"page.html": ["Title", "Before.", "[A picture]", "After it."]}


def test_formulas_are_recorded_as_they_are_and_an_earlier_comparison_is_not(tmp_path):
    (tmp_path / "page.html").write_text(
        f"<article><p>So <math><mi>y</mi></math>.</p>{report.COMPARED}</article>", encoding="utf-8"
    )
    assert reproduce.texts(tmp_path) == {"page.html": ["So y."]}


def test_what_a_comparison_finds_is_written_into_the_book(tmp_path, monkeypatch, capsys):
    html, kept = tmp_path / "html", tmp_path / "record.json.gz"
    html.mkdir()
    (html / "checks.html").write_text(f"<article>{report.COMPARED}</article>", encoding="utf-8")
    (html / "page.html").write_text(PAGE, encoding="utf-8")

    def run(action):
        monkeypatch.setattr("sys.argv", ["reproduce", action, str(kept), "--html", str(html)])
        return reproduce.main()

    assert run("record") == 0
    assert run("compare") == 0
    assert "recorded in record.json.gz. Nothing differs" in (html / "checks.html").read_text(encoding="utf-8")
    (html / "page.html").write_text(PAGE.replace("Before", "Earlier"), encoding="utf-8")
    assert run("compare") == 1
    assert "In 1 page or table something differs" in (html / "checks.html").read_text(encoding="utf-8")
    assert "page.html: 2 lines differ" in capsys.readouterr().out
    assert "    -Before." in (html / report.DIFFERS).read_text(encoding="utf-8")


def test_a_changed_word_and_a_missing_page_are_named():
    lines = reproduce.differences({"a": ["x"], "b": ["y"]}, {"a": ["z"]}, 5)
    assert lines == ["gone: b", "a: 2 lines differ", "    -x", "    +z"]


def test_other_area_pages_are_run_again_every_week_until_all_were(tmp_path):
    pages = [tmp_path / f"{k}.ipynb" for k in range(5)]
    first = datetime.date(2026, 1, 4)
    weeks = [reproduce.sample(pages, 2, first + datetime.timedelta(weeks=k)) for k in range(5)]
    assert reproduce.sample(pages, 2, first + datetime.timedelta(days=6)) == weeks[0]
    assert [len(set(week)) for week in weeks] == [2] * 5
    assert {page for week in weeks[:3] for page in week} == set(pages)
    assert reproduce.sample(pages[:1], 2, first) == pages[:1]
    assert reproduce.sample([], 2, first) == []


def test_all_chapters_and_some_area_pages_are_run_again(tmp_path, monkeypatch):
    (tmp_path / "areas").mkdir()
    for name in ("b", "a", "areas/x", "areas/y"):
        (tmp_path / f"{name}.ipynb").touch()
    asked = []
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda command, **given: asked.append(command) or subprocess.CompletedProcess(command, 7),
    )
    assert reproduce.rerun(tmp_path, 1) == 7
    (command,) = asked
    assert "--nbval" in command
    named = [part.removeprefix(f"{tmp_path}/") for part in command if part.endswith(".ipynb")]
    assert named[:2] == ["a.ipynb", "b.ipynb"]
    assert len(named) == 3
    assert named[2] in ("areas/x.ipynb", "areas/y.ipynb")


class Here(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/there" else 404)
        self.end_headers()

    def log_message(self, *given):
        pass


def test_addresses_outside_are_listed_and_asked_on_demand_only(tmp_path, capsys):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Here) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{running.server_address[1]}"
        for name in ("a", "b"):
            (tmp_path / f"{name}.html").write_text(
                f'<a class="x" href="{place}/there">1</a><a href="{name}.html">2</a><a href="#c">3</a>'
            )
        assert reproduce.links(tmp_path, ask=False) == 0
        assert capsys.readouterr().out.splitlines() == ["address,pages,first_page", f"{place}/there,2,a.html"]
        assert reproduce.links(tmp_path, ask=True) == 0
        (tmp_path / "c.html").write_text(f'<a href="{place}/gone?a=1&amp;b=2">x</a>')
        capsys.readouterr()
        assert reproduce.links(tmp_path, ask=True) == 1
        assert capsys.readouterr().out.splitlines()[1:] == [
            f"{place}/gone?a=1&b=2,1,c.html,404", f"{place}/there,2,a.html,200",
        ]  # fmt: skip
        running.shutdown()
