"""Small parts of a build, each with made-up input and what must come of it: no notebook is run and no book is built."""

from __future__ import annotations

import base64
import gzip
import io
import json
import stat
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes

from healthdevo import areas
from healthdevo.errors import BuildError
from healthdevo.publishing import build, page_head, pages, pdf
from healthdevo.publishing.downloads import pack
from healthdevo.publishing.progress import Progress, in_words, remaining
from healthdevo.publishing.project import AreaPages, Project
from healthdevo.publishing.tasks import Outcome, Task
from healthdevo.publishing.validity import invalid


def task(expected: float = 0.0, name: str = "a") -> Task:
    return Task(name, "", "", "", "", expected=expected)


# --- how long it will take


def test_what_remains_is_shared_by_the_processes_and_never_less_than_the_longest() -> None:
    assert remaining([task(10.0)] * 4, [], 1) == 40.0
    assert remaining([task(10.0)] * 4, [], 4) == 10.0
    assert remaining([task(30.0), task(5.0)], [], 4) == 30.0
    assert remaining([task(10.0)] * 4, [], 2, running=5.0) == 15.0
    assert remaining([task(), task()], [6.0, 10.0], 1) == 16.0
    assert remaining([task(), task(4.0)], [], 1) == 8.0
    assert remaining([task(), task(4.0), task(8.0)], [], 1) == 18.0
    assert remaining([task(), task()], [], 1) is None
    assert remaining([], [3.0], 2) == 0.0
    assert remaining([task(10.0)] * 2, [], 0) == 20.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "10 s"), (14, "10 s"), (16, "20 s"), (54, "50 s"), (59.9, "60 s"), (60, "1 min"), (89, "1 min"), (91, "2 min"), (3600, "60 min")],
)  # fmt: skip
def test_times_as_a_person_says_them(seconds: float, said: str) -> None:
    assert in_words(seconds) == f"about {said}"


def test_a_bar_counts_pages_and_says_what_is_left() -> None:
    stream = io.StringIO()
    with Progress([task(100.0, "a"), task(100.0, "b")], 1, stream) as bar:
        bar.tell(Outcome("a", True, 90.0), "Leeds")
        bar.complain("something is odd")
    assert "something is odd" in stream.getvalue()
    assert "1/2" in stream.getvalue()
    assert "Leeds, about 2 min left" in stream.getvalue()
    assert " 50%" in stream.getvalue()


# --- head of a page


def document(*paragraphs: str) -> nodes.document:
    return nodes.document(
        None, None, "", nodes.section("", *(nodes.paragraph("", text) for text in paragraphs))
    )


def test_a_description_is_the_first_long_paragraph_cut_at_a_sentence() -> None:
    forty, other = "a" * 39 + ".", "b" * 60
    assert page_head.description(document(forty, other), "T") == forty
    assert page_head.description(document(forty[1:], other), "T") == other
    assert page_head.description(document("short", "shorter"), "T") == "shorter"
    exact = "word " * 31 + "end"
    assert len(exact) == 158
    assert page_head.description(document(exact), "T") == exact
    long = "w" * 58 + ". " + "more words " * 20
    assert page_head.description(document(long), "T").endswith(" …")  # the first sentence has 59 characters
    assert page_head.description(document("w" + long), "T") == "w" * 59 + "."
    several = "w" * 70 + ". " + "x" * 40 + "? " + "y " * 80
    assert page_head.description(document(several), "T") == "w" * 70 + ". " + "x" * 40 + "?"
    commas = "word, " * 40
    assert page_head.description(document(commas), "T") == ("word, " * 26).rstrip(", ") + " …"


def test_the_front_page_is_a_website_and_others_are_articles() -> None:
    def kind(address: str) -> str:
        text = page_head.head("T", "w", address, "", "Book")
        return text.partition('property="og:type" content="')[2].partition('"')[0]

    assert [kind(a) for a in ("index.html", "money.html", "areas/leeds.html", "areas/index.html")] == ["website"] + ["article"] * 3  # fmt: skip
    assert '<meta name="description" content="w"/>' in page_head.head("T", "w", "index.html", "", "Book")
    assert '<meta property="og:title" content="T"/>' in page_head.head("T", "w", "index.html", "", "Book")


def test_a_notebook_opens_elsewhere_under_its_own_path() -> None:
    found = page_head.opened_in(("https://github.com/a/b.c", "my/branch"), "book/areas/area one.ipynb")
    assert found == {
        "Binder": "https://mybinder.org/v2/gh/a/b.c/my%2Fbranch?labpath=book%2Fareas%2Farea%20one.ipynb",
        "Colab": "https://colab.research.google.com/github/a/b.c/blob/my/branch/book/areas/area%20one.ipynb",
        "JupyterLab": "https://mybinder.org/v2/gh/a/b.c/my%2Fbranch?urlpath=lab/tree/book%2Fareas%2Farea%2520one.ipynb",
    }
    assert page_head.opened_in(None, "a") == {}
    foot = page_head.foot("money", "book/money.ipynb", ("https://github.com/a/b", "main"))
    assert 'href="notebooks/money.ipynb"' in foot
    assert foot.count('rel="external"') == 3
    assert "Colab</a> or <a" in foot


# --- packs


def test_a_pack_has_the_same_bytes_again_and_its_files_in_order(tmp_path: Path) -> None:
    for name, data in (("b.csv", b"x" * 500), ("a.csv.gz", gzip.compress(b"y" * 500, mtime=0))):
        (tmp_path / name).write_bytes(data)
    files = [("data/b.csv", tmp_path / "b.csv"), ("data/a.csv.gz", tmp_path / "a.csv.gz")]
    pack(tmp_path / "out" / "one.zip", files)
    pack(tmp_path / "out" / "two.zip", reversed(files))
    assert (tmp_path / "out" / "one.zip").read_bytes() == (tmp_path / "out" / "two.zip").read_bytes()
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["one.zip", "two.zip"]
    with zipfile.ZipFile(tmp_path / "out" / "one.zip") as archive:
        infos = archive.infolist()
        assert [i.filename for i in infos] == ["data/a.csv.gz", "data/b.csv"]
        assert [i.compress_type for i in infos] == [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]
        assert {i.date_time for i in infos} == {(1980, 1, 1, 0, 0, 0)}
        assert {i.external_attr >> 16 for i in infos} == {0o644}
        assert archive.read("data/b.csv") == b"x" * 500
        assert infos[1].compress_size < 50


# --- what is no HTML


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<div>\n<b>x</div>", ["<b> is not closed before </div> (line 2)"]),
        ("\n\n</b>", ["</b> closes nothing (line 3)"]),
        ("<p>a<p>b<div>c</div>", []),
        ("<p>a<div>b</div></p>", ["</p> closes nothing (line 1)"]),
        ("<div>", ["<div> is never closed"]),
        ("<a href='x'><a href='y'>z</a></a>", ["<a> stands in another <a> (line 1)"]),
        ("<button><a href='x'>y</a></button>", ["<a> stands in a link or button (line 1)"]),
        ("<a href='x'><button>y</button></a>", ["<button> stands in a link or button (line 1)"]),
        ("<a href='x'>y</a><button>z</button>", []),
        ("<center>x</center>", ["<center> is no element any more (line 1)"]),
        ("<div><tr></tr></div>", ["<tr> stands in <div> (line 1)"]),
        ("<td>x</td>", ["<td> stands in <nothing> (line 1)"]),
        ("<table><tr><td>1<td>2<tr><td>3</table>", []),
        ("<table><thead><tr><th>1<tbody><tr><td>3</table>", []),
        ("<img src='a' src='b'>", ["<img> has 'src' twice (line 1)"]),
        ("<br><hr/><img src='a'/>", []),
        ("</br>", []),
        ("<label for='a'>x</label><input id='a'>", []),
        ("<label for='a'>x</label><input id='b'>", ["for names 'a', which is not on the page"]),
        ("<i id='a'></i><b aria-describedby='a b'></b>", ["aria-describedby names 'b', which is not on the page"]),
        ("<svg><a><tr/></a><path/></svg>", []),
        ("<div/>", ["<div> is never closed"]),
        ("<ul><li>1<ul><li>2</ul><li>3</ul>", []),
    ],
)  # fmt: skip
def test_faults_of_html(html: str, said: list[str]) -> None:
    assert invalid(html) == said


# --- a page that stands alone

PAGE = """<html><body><div class="x"></div><div class="body" role="main"><section id="s">
<h1>Money &amp; <i>health</i><a class="headerlink" href="#s">#</a></h1>
<div><p>Text <a class="hd-link internal" href="demand.html">Read on</a></p></div>
<img alt="a" src="../_images/a%20b.svg"/><img src="gone.png"/><img src="https://example.org/x.png"/>
<a href="../_downloads/t.csv">data</a> <a href="#s">here</a> <a href="https://example.org/">there</a> <a href="demand.html#x">Demand</a> <a href="../_images/p.bin">more</a>
</section></div><div>after</div></body></html>"""


def project(root: Path, **config: object) -> Project:
    return Project(root, {"title": "A <book>", "sphinx": {}, **config}, {"root": "book/index"})


def test_a_page_alone_carries_its_pictures_and_files(tmp_path: Path) -> None:
    for name, data in (
        ("_images/a b.svg", b"<svg/>"),
        ("_downloads/t.csv", b"a,b\n"),
        ("_images/p.bin", b"\0"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "areas").mkdir()
    (tmp_path / "areas" / "leeds.html").write_text(PAGE, encoding="utf-8")
    html = pages._page(project(tmp_path), tmp_path, "areas/leeds.html", "p{}")
    body = html.partition("<main>")[2].partition("</main>")[0]
    svg, csv = (base64.b64encode(x).decode() for x in (b"<svg/>", b"a,b\n"))
    assert body.startswith('<section id="s">')
    assert body.rstrip().endswith("</section>")
    assert (
        f'<img alt="a" src="data:image/svg+xml;base64,{svg}"/><img src="gone.png"/><img src="https://example.org/x.png"/>'
        in body
    )
    assert f'<a href="data:text/csv;base64,{csv}" download="t.csv">data</a>' in body
    assert '<a href="#s">here</a> <a href="https://example.org/">there</a> Demand ' in body
    assert 'href="data:application/octet-stream;base64,AA==" download="p.bin"' in body
    assert "headerlink" not in body
    assert "<p>Text</p>" in body
    assert "<title>Money &amp; health</title>\n<style>p{}</style>" in html
    assert "A page of “A &lt;book&gt;”." in html
    assert invalid(html) == []
    (tmp_path / "empty.html").write_text('<div role="main"> </div>')
    with pytest.raises(BuildError, match=r"empty\.html: the page is empty"):
        pages._page(project(tmp_path), tmp_path, "empty.html", "")
    (tmp_path / "plain.html").write_text('<div role="main">x</div>')
    assert "<title>plain.html</title>" in pages._page(project(tmp_path), tmp_path, "plain.html", "")


def test_the_body_of_a_page_is_found_wherever_it_lies() -> None:
    for text, inner in (
        ('a\n<div role="main">x</div>', "x"),
        ('<div><div\n role="main">x<div>y</div>\nz</div></div>', "x<div>y</div>\nz"),
        ('<p role="main">x</p><div role="main">y</div><div role="main">z</div>', "y"),
        ('</div><div role="main"><p>é\n</p></div>', "<p>é\n</p>"),
    ):
        assert pages._Body(text).inner == inner


def test_notebooks_are_found_by_address_last_part_or_path(tmp_path: Path) -> None:
    for name in ("index", "money", "methods/growth", "areas/growth", "areas/area", ".hidden/x", "methods/.h"):
        (tmp_path / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / f"{name}.ipynb").write_text("{}")
    book, mine = tmp_path / "book", project(tmp_path)
    assert pages.find_chapter(mine, "money") == book / "money.ipynb"
    assert pages.find_chapter(mine, "book/money.ipynb") == book / "money.ipynb"
    assert pages.find_chapter(mine, "area") == book / "areas" / "area.ipynb"
    with pytest.raises(BuildError, match="'growth' may mean areas/growth or methods/growth"):
        pages.find_chapter(mine, "growth")
    with pytest.raises(
        BuildError,
        match="there is no chapter 'x'; the notebooks are areas/area, areas/growth, index, methods/growth, money",
    ):
        pages.find_chapter(mine, "x")
    with pytest.raises(BuildError, match="no area pages"):
        pages.find_chapter(mine, None)


def test_pages_alone_are_staged_without_the_theme_of_the_book(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "r.bib").write_bytes(b"@book{x}")

    def page(text: str) -> SimpleNamespace:
        return pages.notebooks.nbformat.v4.new_notebook(
            cells=[pages.notebooks.nbformat.v4.new_markdown_cell(text)]
        )

    class Hashed(SimpleNamespace):
        __hash__ = object.__hash__
        __eq__ = object.__eq__

    job, other = Hashed(docname="money"), Hashed(docname="areas/leeds")
    config = {"bibtex_bibfiles": "r.bib", "html": {"favicon": "x", "logo": "y", "use_issues_button": False}}
    tree = pages._tree(project(tmp_path, **config), {job: page("Text {cite}`x`"), other: page("No citation")})
    assert {
        "r.bib",
        "_config.yml",
        "_toc.yml",
        "pages.md",
        "money.ipynb",
        "areas/leeds.ipynb",
        "index.md",
    } == set(tree)
    assert "{bibliography}" in tree["money.ipynb"].decode()
    assert "{bibliography}" not in tree["areas/leeds.ipynb"].decode()
    staged = pages.yaml.safe_load(tree["_config.yml"])
    assert staged["html"].get("use_issues_button") is False
    assert not {"favicon", "logo"} & set(staged["html"])
    assert staged["sphinx"]["config"]["html_theme"] == "basic"
    assert {"ref", "myst.xref_missing", "mystnb.stderr"} <= set(
        staged["sphinx"]["config"]["suppress_warnings"]
    )
    assert pages.yaml.safe_load(tree["_toc.yml"])["chapters"] == [{"file": "money"}, {"file": "areas/leeds"}]
    alone = pages._tree(project(tmp_path), {Hashed(docname="index"): page("{cite}`x`")})
    assert "index.md" not in alone
    assert "{bibliography}" not in alone["index.ipynb"].decode()


# --- paper, by a program that only writes down what it was asked

PRINTER = """#!{python}
import pathlib, sys
made = next(a.partition("=")[2] for a in sys.argv if a.startswith("--print-to-pdf="))
source = pathlib.Path(sys.argv[-1].removeprefix("file://"))
text = source.read_text(encoding="utf-8")
pathlib.Path({kept!r}).write_text("\\n".join([*sys.argv, text]), encoding="utf-8")
pathlib.Path(made).write_bytes(b"/Type /Page " * (1 + text.count('class="hd-figure"')))
"""


@pytest.fixture
def printer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the program writes what it was asked; it prints a page, and one more for each figure."""
    program, kept = tmp_path / "printer", tmp_path / "asked.txt"
    program.write_text(PRINTER.format(python=sys.executable, kept=str(kept)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("CHROMIUM", str(program))
    return kept


def built(root: Path, **html: str) -> Project:
    made = Project(
        root, {"title": "The book"}, {"root": "book/index", "chapters": [{"file": "book/money"}, {"file": "book/areas/index"}]},
        AreaPages("book/areas/area", "book/areas/index", ("nhs_region",), None),
    )  # fmt: skip
    for name, body in html.items():
        path = made.html / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"<html><body><article class='bd-article'>{body}</article></body></html>", encoding="utf-8"
        )
    return made


LONG = "<p>" + "A paragraph that says a lot about what was found in this place. " * 2 + "</p>"
FIGURE = '<div class="hd-figure"><p>' + "x" * 80 + "</p></div>"


def test_the_national_chapters_are_one_document_with_links_inside(tmp_path: Path, printer: Path) -> None:
    made = built(
        tmp_path,
        index='<h1 id="a">Start</h1><a href="money.html#b">Money</a> <a href="money.html">all</a> <a href="#a">up</a> <a href="areas/leeds.html">Leeds</a> <a href="https://x.org/">x</a><details><summary>s</summary></details><script>s()</script>',
        money='<h1 id="b">Money</h1><img src="_images/a%20b.svg" loading="lazy"/><a class="download" href="t.csv">csv</a><details class="hide">code</details><a href="index.html#a">back</a>',
        areas__index="<h1>Areas</h1>",
    )
    target = pdf.national_book(made)
    assert target == made.html / "downloads" / "healthdevo-book.pdf"
    asked = printer.read_text(encoding="utf-8")
    assert "--no-pdf-header-footer" in asked
    for part in (
        '<div id="p0"><h1 id="p0-a">Start</h1>', '<a href="#p1-b">Money</a>', '<a href="#p1">all</a>', '<a href="#p0-a">up</a>', " Leeds ",
        '<a href="https://x.org/">x</a>', '<div id="p1"><h1 id="p1-b">Money</h1>', '<a href="#p0-a">back</a>', "<title>The book</title>",
        'open=""', (made.html / "_images" / "a b.svg").resolve().as_uri(), "/>csv<a",
    ):  # fmt: skip
        assert part in asked, part
    for gone in ("Areas", "s()", "code</details>", "loading", 'href="t.csv"', "leeds.html"):
        assert gone not in asked.partition("<body>")[2], gone
    page = (made.html / "index.html").read_text(encoding="utf-8")
    assert page.count('<p class="hd-foot hd-pdf"><a href="downloads/healthdevo-book.pdf">') == 1
    pdf.national_book(made)
    assert (made.html / "index.html").read_text(encoding="utf-8") == page
    with pytest.raises(BuildError, match="no built book"):
        pdf.national_book(built(tmp_path / "other"))


def test_a_brief_keeps_as_many_figures_as_fit_on_two_pages(tmp_path: Path, printer: Path) -> None:
    place = areas.get("E40000003")
    sections = "".join(
        f"<section><h2>Part {i}</h2>{LONG.replace('found', f'found {i}')}<p>short</p>{LONG}{LONG.replace('place', 'third')}{FIGURE}{FIGURE}</section>"
        for i in range(3)
    )
    body = f"<h1>London today</h1><div class='hd-card'>card{LONG}</div>{sections}"
    made = built(tmp_path, **{f"areas__{place.slug}": body})
    target = pdf.brief(made, "E40000003")
    assert target == made.html / "downloads" / f"{place.slug}.pdf"
    assert pdf.page_count(target) == 2
    text = printer.read_text(encoding="utf-8").partition("<body>")[2]
    assert text.count('class="hd-figure"') == 1
    assert text.index("Part 0") < text.index('class="hd-figure"') < text.index("Part 1")
    assert text.startswith("<h1>London today</h1>")
    assert text.count("card") == 2
    assert [f"found {i}" in text for i in range(3)] == [True] * 3
    assert "short" not in text
    assert "third" not in text
    assert f"is said on the page of {place.name} in the book" in text
    page = (made.html / "areas" / f"{place.slug}.html").read_text(encoding="utf-8")
    assert f'<a href="../downloads/{place.slug}.pdf">This page as a brief' in page


def test_a_brief_of_more_than_two_pages_is_refused(tmp_path: Path, printer: Path) -> None:
    place = areas.get("E40000003")
    card = f"<div class='hd-card'>{FIGURE}{FIGURE}</div>"
    made = built(tmp_path, **{f"areas__{place.slug}": f"<h1>x</h1>{card}<section><h2>a</h2>{LONG}</section>"})
    with pytest.raises(BuildError, match="does not fit on two pages"):
        pdf.brief(made, "E40000003")
    assert not (made.html / "downloads" / f"{place.slug}.pdf").exists()


def test_the_stamp_of_a_site_knows_of_its_pdf(tmp_path: Path, printer: Path) -> None:
    made = built(tmp_path, index="<h1>Start</h1>")
    (made.html / build.STAMP).write_text(json.dumps({"key": "x", "files": {}}))
    pdf.national_book(made)
    told = json.loads((made.html / build.STAMP).read_text())
    assert told["key"] == "x"
    assert told["files"] == json.loads(json.dumps(build.listing(made.html)))
    assert told["files"]
