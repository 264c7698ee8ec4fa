"""Paper: a Chromium is found or asked for in one line, pages are counted, and a page is printed whole."""

import shutil

import matplotlib.image
import pytest

from healthdevo.errors import BuildError
from healthdevo.publishing import pdf


def test_what_to_install_is_said_where_there_is_no_chromium(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(
        BuildError, match=r"no Chromium or Chrome was found.*apt-get install chromium"
    ) as told:
        pdf.chromium()
    assert "\n" not in str(told.value)
    monkeypatch.setenv("CHROMIUM", "no-such-program")
    with pytest.raises(BuildError, match="CHROMIUM is 'no-such-program', which is no program"):
        pdf.chromium()


def test_the_program_named_is_the_one_taken(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "mine")
    monkeypatch.setattr(pdf.shutil, "which", lambda name: f"/bin/{name}")
    assert pdf.chromium() == "/bin/mine"


def test_pages_are_counted_and_their_list_is_not(tmp_path):
    made = tmp_path / "made.pdf"
    made.write_bytes(b"%PDF-1.4 <</Type /Pages /Count 2>> <</Type /Page /Parent 1 0 R>> <</Type/Page>>")
    assert pdf.page_count(made) == 2


def test_a_program_that_prints_nothing_is_named(tmp_path):
    source = tmp_path / "a.html"
    source.write_text("<p>text</p>")
    with pytest.raises(BuildError, match=r"false could not print a\.html"):
        pdf.print_pdf(source, tmp_path / "a.pdf", program=shutil.which("false"))
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.long
def test_a_file_is_printed(tmp_path):
    program = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium")
    source = tmp_path / "a.html"
    source.write_text("<p>one</p><p style='break-before: page'>two</p>")
    assert pdf.page_count(pdf.print_pdf(source, tmp_path / "made" / "a.pdf", program=program)) == 2


@pytest.mark.long
def test_a_figure_is_drawn_twice_as_large_on_white(tmp_path):
    program = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium")
    svg = tmp_path / "a.svg"
    svg.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 120.5"><path d="M0 0H150V60H0z" fill="#c00"/></svg>'
    )
    drawn = matplotlib.image.imread(pdf.picture(svg, tmp_path / "figures" / "a.png", program=program))
    assert drawn.shape[:2] == (242, 600)
    assert drawn[100, 100, :3].tolist() == pytest.approx([0.8, 0, 0], abs=0.01)
    assert drawn[200, 500, :3].tolist() == [1, 1, 1]


def test_a_picture_without_a_size_is_named(tmp_path):
    svg = tmp_path / "a.svg"
    svg.write_text("<svg/>")
    with pytest.raises(BuildError, match=r"a\.svg has no viewBox"):
        pdf.picture(svg, tmp_path / "a.png", program="none")
