"""The record of a book holds all of a page's article, and nothing of its code."""

import importlib.util
from pathlib import Path

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


def test_a_changed_word_and_a_missing_page_are_named():
    lines = reproduce.differences({"a": ["x"], "b": ["y"]}, {"a": ["z"]}, 5)
    assert lines == ["gone: b", "a: 2 lines differ", "    -x", "    +z"]
