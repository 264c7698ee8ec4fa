"""A small book of real pages as its readers meet it: read on a phone, in both themes, with a keyboard, printed, taken away."""

import functools
import gzip
import http.server
import json
import os
import re
import shutil
import threading
import zipfile
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from healthdevo.chapters.money import Explorer
from healthdevo.charts.legible import faults
from healthdevo.errors import BuildError
from healthdevo.publishing import pdf
from healthdevo.publishing.build import build_book
from healthdevo.publishing.lock import held
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.project import Project
from healthdevo.publishing.run import run_jobs
from healthdevo.publishing.verify import clicks, stumbles, verify

pytestmark = pytest.mark.book

ROOT = Path(__file__).parents[1]
BOARD, REGION = "areas/nhs-greater-manchester-icb", "areas/north-west-nhs-region"
PAGES = ("demand", BOARD, REGION)
COMPARED = "areas/compare?areas=E54000057,E40000010"
TOC = """\
format: jb-book
root: book/index
parts:
- caption: England
  numbered: true
  chapters:
  - file: book/demand
- caption: Areas
  chapters:
  - file: book/areas/index
    sections:
    - file: book/areas/area
  - file: book/areas/compare
- caption: Sources
  chapters:
  - file: book/glossary
  - file: book/methods
  - file: book/references
  - file: book/checks
  - file: book/about
  - file: book/changes
"""
PROSE = ("glossary", "methods", "checks", "about", "changes")
_ELSEWHERE = re.compile(rf"\[([^\[\]]*)\]\((?:\.\./)?(?!demand|{'|'.join(PROSE)})[\w/]+\.(?:ipynb|md)[^)]*\)")
INSTALL = "pip install playwright, and a Chromium: playwright install chromium"
ADDRESS = "https://example.org/book/"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The folder of a book of one chapter and two area pages; their notebooks are those that `make book` uses.

    The environment variable HEALTHDEVO_SITE names such a folder that is there already, for work on pages.
    """
    if named := os.environ.get("HEALTHDEVO_SITE"):
        return Path(named)
    project = Project.load(ROOT)
    jobs = {job.docname: job for job in make_plan(project).jobs}
    with held(project.build, wait=True):
        run_jobs(project, [jobs[name] for name in PAGES]).raise_for_failures()
    root = tmp_path_factory.mktemp("site") / "book"
    for name in (
        "areas/area.ipynb",
        "areas/index.md",
        "areas/compare.md",
        "demand.ipynb",
        "references.md",
        "references.bib",
        *(f"{page}.md" for page in PROSE),
    ):
        (root / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "book" / name, root / "book" / name)
    for name in (
        "areas/area.ipynb",
        "demand.ipynb",
        *(f"{page}.md" for page in PROSE),
    ):  # what they say of chapters that are not here stays without a link
        path = root / "book" / name
        path.write_text(_ELSEWHERE.sub(r"\1", path.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(ROOT / "book" / "_static", root / "book" / "_static")
    for name in ("requirements.txt", "LICENSES.md", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, root)
    (root / "book" / "index.md").write_text("# A small book\n\nIt has one chapter and two areas.\n")
    (root / "_toc.yml").write_text(TOC)
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    config["healthdevo"]["told_once"] = []
    config["repository"] = {"url": "https://github.com/owner/name", "branch": "main"}
    config["html"]["baseurl"] = "https://example.org/book"
    (root / "_config.yml").write_text(yaml.safe_dump(config))
    for name in ("executed", "records"):
        for path in (project.build / name).rglob("*"):
            if path.is_file() and path.relative_to(project.build / name).with_suffix("").as_posix() in PAGES:
                target = root / "build" / path.relative_to(project.build)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
    codes = ",".join(str(jobs[name].parameters["area_code"]) for name in (BOARD, REGION))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HEALTHDEVO_BUILD", raising=False)
        return build_book(Project.load(root), which=codes, strict=False).html


class _Fetched(HTMLParser):
    """What a page fetches before anybody scrolls."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "script" and given.get("src"):
            self.found.append(given["src"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "preload", "icon") and given.get("href"):
            self.found.append(given["href"])
        elif tag == "img" and given.get(
            "src"
        ):  # those that are far below come later, and are counted all the same
            self.found.append(given["src"])


def packed(path):
    return len(gzip.compress(path.read_bytes(), 6))


@pytest.mark.parametrize("name", ["index", *PAGES, "areas/index", "areas/compare"])
def test_a_page_is_light(book, name):
    path = book / f"{name}.html"
    files = {(path.parent / address.split("?")[0]).resolve() for address in _Fetched(path.read_text()).found}
    shared = {file for file in files if "_static" in file.parts}
    own = packed(path) + sum(map(packed, files - shared))
    assert own < 250_000, own
    assert own + sum(map(packed, shared)) < 500_000
    assert not list(book.rglob("fontawesome*"))


def test_every_text_of_every_picture_can_be_read(book):
    pictures = sorted((book / "_images").glob("*.svg"))
    assert len(pictures) > 20
    assert {path.name: found for path in pictures if (found := faults(path.read_text()))} == {}


def test_every_figure_has_an_address_that_stays_and_data_with_their_origin(book):
    figures = re.findall(r'id="fig-([\w-]+)"', (book / "demand.html").read_text())
    assert figures
    for name in figures:
        assert f"url=../demand.html#fig-{name}" in (book / "figures" / f"{name}.html").read_text()
        told = next((book / "_downloads").rglob(f"{name}.csv")).read_text()
        assert [line.split(":")[0] for line in told.splitlines()[:5]] == [
            "# Figure", "# Measure and unit", "# Source and edition", "# Licence", "# Link",
        ]  # fmt: skip


def test_pages_are_taken_away_as_notebooks_with_their_own_parameters(book):
    notebook = json.loads((book / "notebooks" / f"{BOARD}.ipynb").read_text())
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    assert any('area_code = "E54000057"' in source for source in sources)
    assert "{{ area" not in "".join(sources)
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    foot = (book / f"{BOARD}.html").read_text().split('class="hd-foot"')[1]
    assert "https://mybinder.org/v2/gh/owner/name/main?labpath=book%2Fareas%2Farea.ipynb" in foot
    assert "https://colab.research.google.com/github/owner/name/blob/main/book/areas/area.ipynb" in foot


def test_all_data_and_all_notebooks_are_packed(book):
    with zipfile.ZipFile(book / "downloads" / "healthdevo-data.zip") as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert {"data/datapackage.json", "LICENSES.md"} <= set(names)
    assert len(names) > 100
    with zipfile.ZipFile(book / "downloads" / "healthdevo-notebooks.zip") as archive:
        assert archive.namelist() == sorted(f"notebooks/{name}.ipynb" for name in PAGES)


def test_search_engines_and_previews_learn_what_a_page_is(book):
    html = (book / f"{BOARD}.html").read_text()
    assert (
        '<link rel="canonical" href="https://example.org/book/areas/nhs-greater-manchester-icb.html"' in html
    )
    assert '<meta property="og:image" content="https://example.org/book/_static/social.png"/>' in html
    words = {
        re.search(r'name="description" content="([^"]+)"', (book / f"{name}.html").read_text())[1]
        for name in PAGES
    }
    assert len(words) == len(PAGES)
    assert all(30 < len(text) <= 175 for text in words)
    assert f"<loc>https://example.org/book/{REGION}.html</loc>" in (book / "sitemap.xml").read_text()
    assert "Sitemap: https://example.org/book/sitemap.xml" in (book / "robots.txt").read_text()
    assert '<base href="https://example.org/book/"/>' in (book / "404.html").read_text()
    assert 'rel="icon"' in html
    assert '<meta property="og:site_name" content="Devolution of health and care in England"/>' in html


def test_a_brief_has_two_pages_and_the_chapters_are_one_document(book):
    try:
        pdf.chromium()
    except BuildError as error:
        pytest.skip(str(error))
    project = Project.load(book.parents[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HEALTHDEVO_BUILD", raising=False)
        made = pdf.brief(project, "E54000057")
        assert pdf.page_count(made) == 2
        whole = pdf.national_book(project)
    assert pdf.page_count(whole) > 5
    assert f"../downloads/{made.name}" in (book / f"{BOARD}.html").read_text()
    assert f"downloads/{whole.name}" in (book / "index.html").read_text()
    demand = (book / "demand.html").read_text()
    drawn = re.findall(r'href="(downloads/figures/[^"]+\.png)"', demand)
    assert len(drawn) == demand.count("picture (SVG)") > 3
    assert all((book / name).read_bytes().startswith(b"\x89PNG") for name in drawn)
    assert verify(book) == ()


WAYS = {  # what a reader wants to know: where it stands, and what stands there
    "is A&E demand here growing faster than in England": (
        f"{BOARD}.html",
        "a-e",
        r"Attendances .+ in England \(",
    ),
    "how unequal is it": (f"{BOARD}.html", "inequality", r"years"),
    "what did devolution change and how sure is that": (
        f"{BOARD}.html",
        "devolution-here",
        r"evidence of an effect",
    ),
    "what would a local tax raise": (f"{BOARD}.html", "try-it", r"Raised in a year"),
    "cite": ("about.html", "how-to-cite", r"@book\s*\{"),
    "who made this and when": ("about.html", "about-this-book", r"healthdevo authors.+ of \d+ \w+ 20\d\d"),
    "what does ICB mean": ("glossary.html", "term-ICB", r"ICB"),
    "SDID in plain words": ("methods.html", "synthetic-difference-in-differences", r"Weight places"),
    "what was checked": ("checks.html", "what-was-checked", r"\d+ pages were read"),
}


@pytest.mark.parametrize("task", list(WAYS))
def test_an_answer_is_three_clicks_away(book, task):
    page, place, words = WAYS[task]
    soup = BeautifulSoup((book / page).read_text(encoding="utf-8"), "html.parser")
    found = soup.find(id=place)
    assert found is not None
    part = found if found.name == "section" else found.parent
    assert re.search(words, " ".join(part.get_text(" ").split()))
    to_the_place = soup.find("a", href=f"#{place}") is not None
    assert to_the_place or place == soup.select_one("article section")["id"]
    assert clicks(book)[page] + 1 <= 3


def test_every_page_is_near(book):
    ways = clicks(book)
    assert {f"{name}.html" for name in (*PAGES, *PROSE)} <= set(ways)
    assert max(ways.values()) <= 3
    read_through = clicks(book, f"{BOARD}.html", within="article")
    assert read_through["glossary.html"] == 1  # the first use of a term leads there


def test_nothing_on_a_page_is_ill_formed_or_american(book):
    wrong = {"doubled word", "doubled point", "ill-formed", "American spelling", "jargon"}
    assert [f for f in stumbles(book) if f.kind in wrong] == []


@pytest.fixture(scope="module")
def server(book):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *given):
            pass

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(book))
    ) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}/"
        running.shutdown()


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason=INSTALL)
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with api.sync_playwright() as play:
        try:
            found = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except api.Error as error:
            pytest.skip(f"no Chromium: playwright install chromium ({str(error).splitlines()[0]})")
        yield found
        found.close()


def address(name):
    """Return where a page is, of which the name may say what is asked of it."""
    page, asks, what = name.partition("?")
    return f"{page}.html{asks}{what}"


@pytest.fixture
def show(browser, server):
    """Open a page of the book; a test fails where the browser says something or asks another host."""
    opened, said = [], []

    def page(address, *, size=DESK, scheme="light"):
        context = browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True)
        opened.append(context)
        context.route(
            f"{ADDRESS}**",
            lambda route: route.fulfill(response=route.fetch(url=route.request.url.replace(ADDRESS, server))),
        )
        tab = context.new_page()
        tab.set_default_timeout(120_000)  # a busy machine is no fault of a page
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server, ADDRESS, "data:", "blob:"))
                else said.append(request.url)
            ),
        )
        tab.goto(server + address)
        return tab

    yield page
    for context in opened:
        context.close()
    assert said == []


def test_an_area_is_found_and_changed_for_another(show):
    tab = show("index.html")
    box = tab.get_by_role("combobox", name="Find your area")
    box.fill("greater manchester")
    tab.get_by_role("option").first.wait_for()
    box.press("Enter")
    tab.wait_for_url(f"**/{BOARD}.html*")
    box = tab.get_by_role("combobox", name="Go to another area")
    box.fill("north west")
    tab.get_by_role("option").first.wait_for()
    box.press("Enter")
    tab.wait_for_url(f"**/{REGION}.html*")


@pytest.mark.parametrize(
    "name", ["Greater Manchester", "QOP", "Northern Care Alliance", "E54000057", "nhs greater manchestr"]
)
def test_an_area_is_found_by_any_name(show, name):
    tab = show("index.html")
    tab.get_by_role("combobox", name="Find your area").fill(name)
    tab.get_by_role("option").first.click()
    tab.wait_for_url(f"**/{BOARD}.html*")


class Clicks:
    """A reader who counts clicks."""

    def __init__(self, tab):
        self.tab, self.count = tab, 0

    def __call__(self, locator):
        locator.first.click()
        self.count += 1

    def sees(self, text, least=1):
        place = self.tab.locator("article").get_by_text(re.compile(text)).first
        place.scroll_into_view_if_needed()
        assert place.is_visible()
        assert self.count <= 3


def to_board(show):
    click = Clicks(show("index.html"))
    click.tab.get_by_role("combobox", name="Find your area").fill("greater manchester")
    click(click.tab.get_by_role("option").filter(has_text="Greater Manchester"))
    click.tab.wait_for_url(f"**/{BOARD}.html*")
    return click


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ("A&E", r"in England \("),
        ("Inequality", r"years of life apart"),
        ("Devolution here", r"evidence of an effect"),
        ("Money", r"penny"),
    ],
)
def test_an_area_answers_in_two_clicks(show, section, text):
    click = to_board(show)
    click(click.tab.locator(".bd-sidebar-secondary").get_by_role("link", name=section, exact=True))
    click.tab.wait_for_timeout(300)
    heading = click.tab.get_by_role("heading", name=re.compile(f"^{re.escape(section)}")).first
    assert -5 <= heading.bounding_box()["y"] <= 900
    click.sees(text)


def test_what_a_local_tax_would_raise_is_tried(show):
    click = to_board(show)
    explorer = click.tab.locator(".hd-explore")
    line = explorer.locator("[data-line=raised]")
    first = line.inner_text()
    slider = explorer.get_by_role("slider", name=re.compile("Rate"))
    slider.focus()
    for _ in range(2):
        click.tab.keyboard.press("ArrowRight")
    number = lambda text: float(re.sub(r"[^\d.]", "", text))  # noqa: E731
    assert number(line.inner_text()) == pytest.approx(2 * number(first), rel=1e-3)
    assert slider.get_attribute("aria-valuetext") == "2p in the pound"
    share = explorer.get_by_role("slider", name=re.compile("Equalised"))
    share.focus()
    click.tab.keyboard.press("End")
    gain = explorer.locator("[data-line=gain_head]").inner_text()
    assert re.fullmatch(r"[+\N{MINUS SIGN}]£\d+", gain)
    explorer.locator("select[name=base]").select_option("homes")
    assert "Band D" in explorer.locator("[data-line=title]").inner_text()
    assert click.count <= 3


def test_the_explorer_shows_what_the_package_computes(show):
    found = Explorer.of(["E54000057"])
    tab = show(f"{BOARD}.html")
    explorer = tab.locator(".hd-explore")
    for base, rate, share, years in (("income", 0.5, 0, 1), ("income", 4, 65, 7), ("homes", 310, 100, 10)):
        explorer.locator("select[name=base]").select_option(base)
        for name, value in (("rate", rate), ("share", share), ("years", years)):
            explorer.locator(f"input[name={name}]").evaluate(
                "(i, v) => { i.value = v; i.dispatchEvent(new Event('input', {bubbles: true})); }", str(value)
            )
        wanted = found.result(found.places[0], base, rate, share, years)
        assert {key: explorer.locator(f"[data-line={key}]").inner_text() for key in wanted} == wanted


def test_the_book_is_cited_and_says_who_made_it_and_when(show):
    click = Clicks(show("index.html"))
    click(click.tab.locator(".bd-sidebar-primary").get_by_role("link", name="About this book"))
    click.sees(r"healthdevo authors")
    click.sees(r"Edition \d")
    click.sees(r"@book")


def test_a_word_is_explained_where_it_is_used(show):
    click = to_board(show)
    term = click.tab.locator("article a.hd-term, article a.term, article a[href*='glossary.html#']").first
    meaning = term.get_attribute("title")
    assert len(meaning.split()) > 3
    click(term)
    click.tab.wait_for_url("**/glossary.html#*")
    assert click.tab.locator(":target").first.is_visible()
    click = Clicks(show("index.html"))
    click(
        click.tab.locator(".bd-sidebar-primary").get_by_role("link", name=re.compile("words", re.IGNORECASE))
    )
    for term, words in (("ICB", "NHS body"), ("SDID", "weight")):
        entry = click.tab.locator(f"dl:has(#term-{term})").first
        entry.scroll_into_view_if_needed()
        assert words in entry.inner_text()
    assert click.count <= 3


def test_a_method_is_told_in_plain_words(show):
    click = Clicks(show("index.html"))
    click(click.tab.locator(".bd-sidebar-primary").get_by_role("link", name="How each method works"))
    click(
        click.tab.locator(".bd-sidebar-secondary").get_by_role(
            "link", name="Synthetic difference in differences"
        )
    )
    click.sees(r"Weight places so that they moved")


def test_areas_are_compared(show):
    tab = show("areas/compare.html")
    box = tab.locator(".hd-compare").get_by_role("combobox")
    for name in ("greater manchester", "north west"):
        box.fill(name)
        tab.locator(".hd-compare").get_by_role("option").first.wait_for()
        box.press("Enter")
    tab.locator(".hd-side table").wait_for()
    assert tab.locator(".hd-side thead th").count() == 3
    assert re.search(r"\?areas=E\w+,E\w+$", tab.url)


def test_the_book_is_searched(show):
    tab = show("search.html?q=attendances")
    tab.locator("#search-results li a").first.wait_for()
    assert "demand.html" in " ".join(
        tab.locator("#search-results li a").evaluate_all("all => all.map((a) => a.href)")
    )


def test_data_and_notebooks_are_downloaded(show):
    tab = show("demand.html")
    for link, ending in (
        (tab.get_by_role("link", name="data (CSV)").first, ".csv"),
        (tab.locator("a.hd-notebook"), ".ipynb"),
    ):
        with tab.expect_download() as got:
            link.click()
        assert got.value.suggested_filename.endswith(ending)
        assert got.value.path().stat().st_size > 100


def test_the_theme_is_changed_and_figures_follow(show):
    tab = show("demand.html")
    button = tab.locator(".theme-switch-button").first
    for _ in range(3):
        button.click()
        if tab.evaluate("document.documentElement.dataset.theme") == "dark":
            break
    image = tab.locator(".hd-picture img").first
    assert image.evaluate("i => getComputedStyle(i).colorScheme") == "dark"
    image.scroll_into_view_if_needed()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 18, 18)"


def test_print_shows_text_and_figures_only(show):
    tab = show("demand.html", scheme="dark")
    tab.emulate_media(media="print")
    for selector in (".hd-find", ".bd-sidebar-primary", ".bd-header-article", "details.hide", ".hd-foot"):
        assert tab.locator(selector).first.is_hidden(), selector
    assert tab.locator(".hd-picture img").first.evaluate("i => getComputedStyle(i).colorScheme") == "light"
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )
    assert tab.pdf().startswith(b"%PDF")


def test_the_code_opens_with_the_keyboard_and_says_so(show):
    tab = show("demand.html")
    summary = tab.locator("details.hide summary").first
    assert summary.inner_text().strip() == "Show the code"
    summary.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("details.hide").first.get_attribute("open") is not None
    assert summary.inner_text().strip() == "Hide the code"


@pytest.mark.parametrize("name", ["index", *PAGES, "areas/index", "areas/compare"])
def test_a_phone_shows_every_page_without_moving_it(show, name):
    tab = show(f"{name}.html", size=PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    small = tab.locator(".hd-picture img").evaluate_all(
        "all => all.map((i) => 11.25 * i.getBoundingClientRect().width / i.getAttribute('width'))"
    )
    assert all(size >= 11.0 for size in small), min(small)
    cut = tab.locator(".hd-table td").evaluate_all(
        """all => all.filter((td) => {
            const range = document.createRange();
            range.selectNodeContents(td);
            const words = range.getBoundingClientRect(), cell = td.getBoundingClientRect();
            return words.width > cell.width + 1;
        }).map((td) => td.textContent)"""
    )
    assert cut == []
    for frame in tab.locator(".pst-scrollable-table-container").all():
        if frame.evaluate("f => f.scrollWidth > f.clientWidth + 1"):
            assert frame.get_attribute("tabindex") == "0"
            assert frame.evaluate("f => f.closest('.hd-wide') !== null || f.closest('.hd-table') === null")
            first = frame.locator("tbody tr").first.locator("td").first
            assert (
                frame.evaluate("f => f.closest('.hd-table') === null")
                or first.evaluate("c => getComputedStyle(c).position") == "sticky"
            )


def test_a_table_of_words_is_read_downwards_on_a_phone(show):
    tab = show("demand.html", size=PHONE)
    tab.locator(".hd-table.hd-wide").first.evaluate("t => t.classList.add('hd-stack')")
    tab.add_script_tag(path=str(ROOT / "book" / "_static" / "page.js"))
    table = tab.locator(".hd-stack table")
    heads = [words.strip() for words in table.locator("thead th").all_text_contents()]
    rows = table.locator("tbody tr")
    assert rows.count() > 1
    for row in rows.all():
        cells = row.locator("td").all()
        assert [cell.get_attribute("data-head") for cell in cells] == heads
        boxes = [cell.bounding_box() for cell in cells if cell.is_visible()]
        assert all(above["y"] + above["height"] <= below["y"] + 1 for above, below in pairwise(boxes))
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in boxes)
    assert table.get_attribute("role") == "table"
    assert {part.get_attribute("role") for part in table.locator("td").all()} == {"cell"}
    assert not tab.locator(".hd-stack .hd-cue").is_visible()
    tab.set_viewport_size(DESK)
    first, second = table.locator("tbody tr").first.locator("td").all()[:2]
    assert first.bounding_box()["y"] == second.bounding_box()["y"]


@pytest.mark.parametrize("name", ["demand", BOARD, COMPARED])
def test_nothing_moves_while_a_page_is_loaded(show, name):
    tab = show(address(name), size=PHONE)
    moved = tab.evaluate(
        """() => new Promise((done) => {
            let sum = 0;
            new PerformanceObserver((list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) sum += e.value; }))
                .observe({type: 'layout-shift', buffered: true});
            setTimeout(() => done(sum), 800);
        })"""
    )
    assert moved < 0.02


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1280", "390"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["index", "demand", BOARD, "areas/index", COMPARED, "references", "search", "404"]
)
def test_axe_finds_nothing(show, name, scheme, size):
    axe = pytest.importorskip("axe_playwright_python", reason="pip install axe-playwright-python")
    script = next(Path(axe.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
    tab = show(address(name), size=size, scheme=scheme)
    if name == COMPARED:
        tab.locator(".hd-side table").wait_for()
    tab.evaluate(script)
    tab.evaluate(  # colours that still fade into a theme are not those that a reader sees
        """() => Promise.race([
            Promise.allSettled(document.getAnimations().map((one) => one.finished)), new Promise((done) => setTimeout(done, 5000)),
        ]).then(() => null)"""
    )
    found = tab.evaluate(
        "axe.run({preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    told = {one["id"]: [node["html"][:200] for node in one["nodes"][:3]] for one in found["violations"]}
    assert told == {}
