"""The finished book says what was checked, and lists what could be easier to read."""

from healthdevo.publishing import report
from healthdevo.publishing.reading import Fault

PAGE = f"<html><body><main><p>Before</p>{report.PLACE}<p>after</p></main></body></html>"
FAULTS = [
    Fault("a.html", "long sentence", "One & two", "30 words"),
    Fault("a.html", "long sentence", "Three", "31 words"),
    Fault("b.html", "jargon", "Four", "posterior"),
]


def test_the_report_stands_in_its_place_and_is_replaced_next_time(tmp_path):
    (tmp_path / "checks.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "other.html").write_text("<p>Other</p>", encoding="utf-8")
    report.write(tmp_path, FAULTS)
    text = (tmp_path / "checks.html").read_text(encoding="utf-8")
    assert "2 pages were read" in text
    assert '<th scope="row">long sentence</th><td>2</td>' in text
    assert "not been read" not in text
    assert text.startswith("<html><body><main><p>Before</p><div")
    assert text.endswith("</div><p>after</p></main></body></html>")
    assert len((tmp_path / report.FILE).read_text(encoding="utf-8").splitlines()) == 4
    report.write(tmp_path, [])
    text = (tmp_path / "checks.html").read_text(encoding="utf-8")
    assert '<th scope="row">long sentence</th><td>0</td>' in text
    assert '<th scope="row">figure without a word</th><td>0</td>' in text
    assert len((tmp_path / report.FILE).read_text(encoding="utf-8").splitlines()) == 1
    assert text.count("hd-report") == 1


def test_a_book_without_the_page_gets_no_file(tmp_path):
    report.write(tmp_path, FAULTS)
    assert not report.write_compared(tmp_path, "another", ["gone: a.html"])
    assert not list(tmp_path.iterdir())


def test_what_differs_from_an_earlier_book_is_told_on_the_page_until_nothing_does(tmp_path):
    (tmp_path / "checks.html").write_text(PAGE + report.COMPARED + "<p>End</p>", encoding="utf-8")
    page, listed = tmp_path / "checks.html", tmp_path / report.DIFFERS
    assert "Nobody has compared" in page.read_text(encoding="utf-8")
    lines = ["gone: b.html", "a.html: 2 lines differ", "    -<old>", "    +new"]
    assert report.write_compared(tmp_path, "a record & more", lines)
    text = page.read_text(encoding="utf-8")
    assert (
        "compared with a record &amp; more. In 2 pages and tables something differs. "
        f'<a href="{report.DIFFERS}">'
    ) in text
    assert text.endswith("</div><p>End</p>")
    assert listed.read_text(encoding="utf-8").splitlines() == lines
    assert report.write_compared(tmp_path, "it", lines[:1])
    assert "In 1 page or table something differs." in page.read_text(encoding="utf-8")
    assert report.write_compared(tmp_path, "it", [])
    text = page.read_text(encoding="utf-8")
    assert "Nothing differs" in text
    assert text.count("hd-compared") == 1
    assert not listed.exists()
