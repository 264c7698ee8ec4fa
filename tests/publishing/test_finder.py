"""Finder, switcher and comparison in a browser without a window."""

import datetime
import json
import shutil
from pathlib import Path

import pytest

from healthdevo import areas
from healthdevo.areas import KINDS
from healthdevo.publishing import area_lists
from healthdevo.publishing.plan import Job, select_areas
from healthdevo.publishing.project import AreaPages

api = pytest.importorskip(
    "playwright.sync_api", reason="pip install playwright, and a Chromium: playwright install chromium"
)
STATIC = Path(__file__).parents[2] / "book" / "_static"
ON = datetime.date(2026, 11, 26)
KIND_CODES = tuple(code for code in KINDS.codes if code != "country")
PAGES = AreaPages("book/areas/area", "book/areas/index", KIND_CODES, ON, ("icb",))

FIRST = [  # what is typed, and the code of the page that must come first
    ("Salford", "E08000006"),
    ("Bolton", "E08000001"),
    ("Greater Manchester Combined Authority", "E47000001"),
    ("manchester greater", "E47000001"),
    ("mayor west midlands", "E47000007"),
    ("midlands mayor west", "E47000007"),
    ("Newcastle", "E08000021"),
    ("Brighton", "E06000043"),
    ("Cheshire and Merseyside", "E54000008"),
    ("merseyside cheshire", "E54000008"),
    ("Middlesborough", "E06000002"),
    ("Midlesbrough", "E06000002"),
    ("Allerdale", "E06000063"),
    ("Hull", "E06000010"),
    ("royal oldham hospital", "E08000004"),
    ("Northern Care Alliance", "E54000057"),
    ("QOP", "E54000057"),
    ("E08000006", "E08000006"),
    ("kings lynn", "E07000146"),
    ("Cambrigde", "E07000008"),
]
FOUR = [
    ("Salf", "E08000006"),
    ("Bolt", "E08000001"),
    ("Grea", "E47000001"),
    ("Newc", "E08000021"),
    ("Brig", "E06000043"),
    ("Ches", "E54000008"),
    ("Midd", "E06000002"),
    ("Alle", "E06000063"),
    ("West", "E47000007"),
]


@pytest.fixture(scope="module")
def file():
    codes = select_areas("all", kinds=KIND_CODES, on=ON, ended=("icb",))
    jobs = [Job(None, f"areas/{areas.get(code).slug}", {"area_code": code}, {}, {}) for code in codes]
    return area_lists.find_file(PAGES, jobs)


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with api.sync_playwright() as play:
        try:
            found = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except api.Error as error:
            pytest.skip(f"no Chromium: playwright install chromium ({str(error).splitlines()[0]})")
        yield found
        found.close()


@pytest.fixture
def site(browser, file):
    """Open pages made of a text, at addresses of a book that has the scripts and both files."""
    numbers = {
        "measures": {
            "gradient": {"name": "Gap", "meaning": "m"},
            "attendances": {"name": "Visits", "meaning": "m"},
        },
        "areas": {
            "E08000006": _area("Salford", gradient=(10.0, 0.5), attendances=(400.0, None)),
            "E08000001": _area("Bolton", gradient=(8.0, 0.5), attendances=(500.0, None)),
            "E47000001": _area("Greater Manchester", gradient=(9.5, 0.4)),
        },
    }
    files = {"find.json": json.dumps(file), "areas.json": json.dumps(numbers)}
    files |= {p.name: p.read_text(encoding="utf-8") for p in STATIC.iterdir() if p.suffix in (".js", ".css")}
    page = browser.new_page(viewport={"width": 1280, "height": 800})

    def answer(route, text):
        name = route.request.url.split("?")[0].rsplit("/", 1)[-1]
        kind = {"json": "application/json", "js": "text/javascript", "css": "text/css"}.get(
            name.rsplit(".", 1)[-1], "text/html"
        )
        route.fulfill(body=files.get(name, text), content_type=f"{kind}; charset=utf-8")

    def show(text, address="areas/x.html"):
        scripts = "".join(
            f'<script src="../_static/{n}.js"></script>' for n in ("find-area", "compare-areas")
        )
        whole = f"<!doctype html><html lang=en><body>{scripts}<main><article>{text}</article></main></body></html>"
        page.unroute_all()
        page.route("**/*", lambda route: answer(route, whole))
        page.goto(f"http://book.test/{address}")
        return page

    yield show
    page.close()


def _area(name, **numbers):
    found = {}
    for measure, (value, error) in numbers.items():
        found[measure] = {"value": value, "period": "2024"}
        if error is not None:
            found[measure] |= {"error": error, "lower": value - 2 * error, "upper": value + 2 * error}
    return {"name": name, "page": f"areas/{name.lower()}.html", "numbers": found}


@pytest.fixture(scope="module")
def asked(browser, file):
    page = browser.new_page()
    page.set_content("<main></main>")
    page.add_script_tag(content=(STATIC / "find-area.js").read_text(encoding="utf-8"))
    page.evaluate("file => { window.entries = hdFinder.prepare(file); }", file)
    yield lambda text: page.evaluate("text => hdFinder.search(entries, text).map((e) => e.code)", text)
    page.close()


@pytest.mark.parametrize(("text", "code"), FIRST)
def test_a_name_however_spelt_comes_first(asked, text, code):
    assert asked(text)[0] == code


@pytest.mark.parametrize(("text", "code"), FOUR)
def test_four_letters_put_it_among_the_first_five(asked, text, code):
    assert code in asked(text)[:5]


def test_every_area_is_found_by_its_own_name(asked, file):
    missed = [page[1] for page in file["pages"] if asked(page[1])[:1] != [page[3]]]
    assert missed == []


def test_nonsense_finds_nothing(asked):
    assert asked("qqqqzzzz") == []
    assert asked("  ") == []


def test_by_keyboard_and_for_those_who_listen(site):
    page = site("<h1>Find</h1>", "areas/index.html")
    box = page.get_by_role("combobox", name="Find your area")
    assert box.get_attribute("aria-expanded") == "false"
    box.fill("newcastle")
    page.get_by_role("option").first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    assert page.locator(f"#{box.get_attribute('aria-controls')}").get_attribute("role") == "listbox"
    assert page.get_by_role("status").inner_text().endswith("areas.")
    box.press("ArrowDown")
    box.press("ArrowDown")
    chosen = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    assert "Lyme" in chosen.inner_text()
    box.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    box.fill("salford")
    box.press("Enter")
    page.wait_for_url("**/areas/salford.html")


def test_another_area_opens_at_the_same_section(site):
    text = '<style>.hd-find { position: fixed; top: 0; }</style><section id="x"><h1>X</h1><div class="hd-card"></div><p style="height:2000px"></p>'
    text += '<section id="inequality"><h2>Inequality</h2><p style="height:2000px"></p></section></section>'
    page = site(text, "areas/bolton.html")
    page.evaluate("document.getElementById('inequality').scrollIntoView()")
    box = page.get_by_role("combobox", name="Go to another area")
    box.fill("salford")
    page.get_by_role("option").first.wait_for()
    assert page.get_by_role("status").inner_text() == "1 area. Opens at the section Inequality."
    page.get_by_role("option").first.click()
    page.wait_for_url("**/areas/salford.html#inequality")
    page = site(text, "areas/bolton.html#nowhere")
    assert page.url.endswith("/areas/bolton.html")  # a section that the page does not have leaves the address


def test_the_comparison_is_in_the_address_and_says_what_differs(site):
    text = '<div class="hd-compare" data-numbers="../_static/areas.json"><p>off</p></div>'
    page = site(text, "areas/compare.html?areas=E08000006,E08000001,E00000000")
    page.locator(".hd-side table").wait_for()
    rows = page.locator(".hd-side tbody tr")
    # 10 against 8 with errors of 0.5 each: 2 / 0.71 = 2.83 standard errors
    assert "▼ lower than Salford" in rows.nth(0).inner_text()
    assert "no standard error: cannot judge" in rows.nth(1).inner_text()
    page.get_by_label("Take Bolton away").click()
    assert page.url.endswith("?areas=E08000006")
    box = page.locator(".hd-compare").get_by_role("combobox")
    box.fill("greater manchester combined")
    page.locator(".hd-compare").get_by_role("option").first.wait_for()
    box.press("Enter")
    page.locator(".hd-side table").wait_for()
    assert page.url.endswith("?areas=E08000006,E47000001")
    # 10 against 9.5 with errors of 0.5 and 0.4: 0.5 / 0.64 = 0.78
    assert "≈ no clear difference from Salford" in rows.nth(0).inner_text()
    assert "not published for this area" in rows.nth(1).inner_text()


def test_the_rule_of_difference_lies_at_1_96(site):
    page = site("<p>x</p>")
    ask = "([a, b]) => hdCompare.differs({value: a, error: 3}, {value: b, error: 4})"  # together 5
    assert page.evaluate(ask, [0, 9.7]) is False
    assert page.evaluate(ask, [0, 9.9]) is True
    assert page.evaluate("() => hdCompare.differs({value: 1}, {value: 2, error: 1})") is None
