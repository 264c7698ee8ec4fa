"""The record of a book holds all of a page's article, and nothing of its code."""

import importlib.util
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
