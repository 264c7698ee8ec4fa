"""The pages are read as a reader's browser would."""

import re

import pytest

from healthdevo.errors import BuildError
from healthdevo.publishing.verify import clicks, require_sound, stumbles, verify

PAGE = """<!DOCTYPE html><html lang="en"><head><title>A page — A book</title>
<link rel="stylesheet" href="_static/own.css"><link rel="canonical" href="https://example.org/page.html"></head>
<body><h1>A page<a class="headerlink" href="#top">#</a></h1><p id="top">Text <a href="more/other.html#there">there</a>,
<a href="https://example.org">outside</a>, <a href="figure.svg" download>picture</a>, <code>{{ shown }}</code></p>
<img src="figure.svg" alt="A line that rises from one to four.">ADD</body></html>"""
OTHER = """<html lang="en"><head><title>Other</title></head>
<body><h1>Other</h1><p id="there">Here <a href="../page.html">back</a>, <a href="#">top</a></p></body></html>"""


@pytest.fixture
def book(tmp_path):
    def write(add="", page=PAGE):
        for name, text in {
            "page.html": page.replace("ADD", add),
            "more/other.html": OTHER,
            "_static/own.css": "p { background: url(dot.png); }",
            "figure.svg": "<svg/>",
        }.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_sound_book_has_no_problem(book):
    assert verify(book()) == ()
    require_sound(book())


@pytest.mark.parametrize(
    ("add", "message"),
    [
        ('<pre class="traceback">x</pre>', "shows a traceback"),
        ("<pre>Traceback (most recent call last):</pre>", "shows a traceback"),
        ('<img src="figure.svg">', "the image figure.svg has no alternative text"),
        ('<img src="figure.svg" alt=" ">', "the image figure.svg has no alternative text"),
        ('<img src="figure.svg" alt="_images/figure.svg">', "is a file name"),
        ('<img src="gone.svg" alt="A line that rises">', "the link gone.svg leads nowhere"),
        ('<a href="gone.html">x</a>', "the link gone.html leads nowhere"),
        ('<a href="more/other.html#nowhere">x</a>', "leads to a place that is not on the page"),
        ('<a href="#nowhere">x</a>', "leads to a place that is not on the page"),
        ('<a href="../../outside.html">x</a>', "leads nowhere"),
        ('<a href="_downloads/data.csv">x</a>', "leads nowhere"),
        ('<a href="file:///tmp/x.csv">x</a>', "a file of this machine"),
        ('<script src="https://cdn.example.org/x.js"></script>', "fetches from another host: https://cdn"),
        ('<script src="//cdn.example.org/x.js"></script>', "fetches from another host: //cdn"),
        ('<script>import("https://cdn.example.org/x.js")</script>', "fetches from another host"),
        ('<link rel="preconnect" href="https://fonts.example.org">', "fetches from another host"),
        ('<link rel="stylesheet" href="https://fonts.example.org/a.css">', "fetches from another host"),
        ('<img alt="A map of England" src="https://example.org/map.png">', "fetches from another host"),
        (
            '<img alt="A map of England" srcset="https://example.org/map.png 2x" src="figure.svg">',
            "another host",
        ),
        ('<iframe src="https://example.org"></iframe>', "fetches from another host"),
        ('<p style="background: url(https://example.org/a.png)">x</p>', "fetches from another host"),
        ("<style>@import 'https://example.org/a.css';</style>", "fetches from another host"),
        ('<p id="top">x</p>', "the identifier 'top' is used twice"),
        ("<p>{{ area_name }}</p>", "shows unfilled markup"),
        ("<p>{glue:text}x</p>", "shows unfilled markup"),
        ("<h1>Section</h1>", "has no real title"),
        ("<p>One <b>two</p>", "<b> is not closed before </p>"),
        ("<p>One</p></section>", "</section> closes nothing"),
        ("<p>One<div>two</div></p>", "</p> closes nothing"),
        ("<p class='a' class='b'>One</p>", "has 'class' twice"),
        ("<a href='#top'>one <a href='#top'>two</a></a>", "stands in another <a>"),
        ("<div><td>1</td></div>", "<td> stands in <div>"),
        ("<label for='nobody'>One</label>", "for names 'nobody', which is not on the page"),
        ("<center>One</center>", "<center> is no element any more"),
        ("<div>", "<div> is not closed before </body>"),
    ],
)
def test_each_fault_is_found_and_named(book, add, message):
    problems = [str(p) for p in verify(book(add))]
    assert any(p.startswith("page.html: ") and message in p for p in problems), problems


def test_paths_of_this_machine_are_found(book, tmp_path):
    folder = book(f"<p>{tmp_path}/data.csv</p>")
    assert verify(folder) == ()
    assert "shows a path of this machine" in str(verify(folder, private=[tmp_path])[0])


def test_style_sheets_are_read_too(book):
    folder = book()
    (folder / "_static" / "own.css").write_text(
        "@font-face { src: url('https://fonts.example.org/a.woff2'); }"
    )
    assert [str(p) for p in verify(folder)] == [
        "_static/own.css: fetches from another host: https://fonts.example.org/a.woff2"
    ]


def test_a_page_needs_title_and_language(book):
    folder = book(page=PAGE.replace(' lang="en"', ""))
    assert "names no language" in str(verify(folder)[0])
    assert "there is no page" in str(verify(folder / "_static")[0])


def test_a_redirect_needs_only_a_target(book):
    folder = book()
    (folder / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=page.html" />')
    assert verify(folder) == ()


def test_what_browsers_close_themselves_is_no_fault(book):
    rows = "<table><thead><tr><th>a<tbody><tr><td>1<tr><td>2</table><ul><li>one<li>two</ul>"
    drawn = '<svg viewBox="0 0 1 1"><a href="#top"><path d="M0 0"/></a></svg><details><summary>x</summary></details>'
    assert verify(book(rows + drawn)) == ()


def test_a_page_that_nothing_leads_to_is_named(book):
    folder = book()
    (folder / "index.html").write_text(OTHER.replace("../page.html", "page.html"), encoding="utf-8")
    (folder / "alone.html").write_text(OTHER.replace("../page.html", "page.html"), encoding="utf-8")
    (folder / "404.html").write_text(OTHER.replace("../page.html", "page.html"), encoding="utf-8")
    assert [str(p) for p in verify(folder)] == ["alone.html: no way of links leads here from the first page"]


def test_clicks_are_counted_along_the_shortest_way(book):
    folder = book()
    (folder / "index.html").write_text(OTHER.replace("../page.html", "page.html"), encoding="utf-8")
    assert clicks(folder) == {"index.html": 0, "page.html": 1, "more/other.html": 2}
    assert clicks(folder, "page.html") == {"page.html": 0, "more/other.html": 1}
    assert clicks(folder, within="p.nothing") == {"index.html": 0}
    with pytest.raises(BuildError, match=r"no page gone\.html"):
        clicks(folder, "gone.html")


def test_the_error_lists_what_is_wrong(book):
    with pytest.raises(BuildError, match=r"the pages have 2 problem\(s\):\n  page.html: .*\n  page.html: "):
        require_sound(book('<a href="gone.html">x</a><p id="top">y</p>'))


def test_pages_that_tell_a_finding_differently_are_named(book):
    finding = re.compile(r"fell by [\d.]+ more")
    folder = book("<p>Deaths <b>fell by 7.1\nmore</b>.</p>")
    assert verify(folder, told_once=[finding]) == ()
    other = (
        (folder / "more/other.html")
        .read_text(encoding="utf-8")
        .replace("Here", "Deaths fell by 7.2 more. Here")
    )
    (folder / "more/other.html").write_text(other, encoding="utf-8")
    problems = [str(p) for p in verify(folder, told_once=[finding])]
    assert problems == ["page.html: says 'fell by 7.1 more', and more/other.html says 'fell by 7.2 more'"]
    with pytest.raises(BuildError, match=r"fell by 7\.2 more"):
        require_sound(folder, told_once=[finding])


def test_what_no_page_tells_is_a_pattern_out_of_date(book):
    problems = [str(p) for p in verify(book(), told_once=[re.compile("rose by")])]
    assert len(problems) == 1
    assert problems[0].endswith("no page has what _config.yml, told_once, looks for: 'rose by'")


def test_notes_on_pages_spare_reading_them_and_hide_nothing(book, tmp_path):
    folder, notes = book(), tmp_path / "notes.json"
    text = (folder / "page.html").read_text(encoding="utf-8")
    for number in range(60):  # enough for several processes
        (folder / f"copy-{number}.html").write_text(text, encoding="utf-8")
    assert verify(folder, notes=notes) == verify(folder) == ()
    left = notes.read_bytes()
    assert verify(folder, notes=notes) == ()
    assert notes.read_bytes() == left
    (folder / "copy-7.html").write_text(text.replace("<title>", "<title>Section"), encoding="utf-8")
    problems = verify(folder, notes=notes)
    assert problems == verify(folder)
    notes.write_text("[]", encoding="utf-8")
    assert verify(folder, notes=notes) == problems
    (folder / "more/other.html").unlink()  # what pages lead to is looked at every time
    assert verify(folder, notes=notes) == verify(folder) != problems


def figure(name):
    return (
        f'<div class="hd-figure"><div class="hd-title"><p>It rose.</p></div><figure id="{name}"><img src="figure.svg" alt="A line that rises">'
        f'<figcaption><p>Source: Own. <a class="headerlink" href="#{name}">#</a> <a href="figure.svg">Link to this figure</a></p></figcaption></figure></div>'
    )


TABLE = '<div class="hd-table"><table><tr><td>1</td></tr></table><div class="hd-source"><p>Download: data</p></div></div>'


@pytest.mark.parametrize(
    ("article", "bare"),
    [
        ("<h2>More</h2>" + figure("fig-a"), ["fig-a"]),
        ("<p>The line shows it.</p>" + figure("fig-a"), []),
        ("<ul><li>The line shows it.</li></ul>" + figure("fig-a"), []),
        ("<p>Both.</p>" + figure("fig-a") + figure("fig-b"), []),
        ("<p>All.</p>" + figure("fig-a") + figure("fig-b") + figure("fig-c"), ["fig-c"]),
        ("<h2>Both</h2>" + figure("fig-a") + figure("fig-b"), ["fig-a", "fig-b"]),
        ("<p>One.</p>" + figure("fig-a") + "<h2>More</h2>" + figure("fig-b"), ["fig-b"]),
        ("<p>Both.</p>" + TABLE + '<p>See <a href="#fig-b">here</a>.</p><h2>More</h2>' + figure("fig-b"), []),
        ("<p>Numbers.</p>" + TABLE + figure("fig-a"), ["fig-a"]),
        ('<table><tr><td><a href="#fig-a">a cell</a></td></tr></table>' + figure("fig-a"), ["fig-a"]),
    ],
)  # fmt: skip
def test_a_figure_that_no_text_leads_to_is_named(book, article, bare):
    folder = book(f"<article>{article}</article>")
    assert [(f.page, f.text) for f in stumbles(folder) if f.kind == "figure without a word"] == [
        ("page.html", name) for name in bare
    ]


def test_what_is_never_cited_and_a_term_without_a_link_are_named(book):
    lists = (
        '<article><div class="citation" id="id1" role="listitem">A</div><div class="citation" id="id2" role="listitem">B</div>'
        '<dl><dt id="term-A-E">A&amp;E</dt><dt id="term-ward">ward</dt><dd><p>Where <a href="#term-bed">beds</a> are.</p></dd>'
        '<dt id="term-bed">bed</dt><dd><p>One.</p></dd></dl></article>'
    )
    folder = book(
        '<article><p>As <a href="more/lists.html#id2">B</a> says of a <a href="more/lists.html#term-ward">ward</a>.</p>'
        '<figure><figcaption><a class="headerlink" href="more/lists.html#id1">#</a></figcaption></figure></article>'
    )
    (folder / "more" / "lists.html").write_text(lists, encoding="utf-8")
    assert [(f.page, f.kind, f.text) for f in stumbles(folder)] == [
        ("more/lists.html", "reference never cited", "id1"),
        ("more/lists.html", "term without a link", "term-bed"),
    ]
