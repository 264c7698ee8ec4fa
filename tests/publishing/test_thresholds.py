"""What decides whether a page is sound, a sentence long, a table wide or a tile in its place, held on both sides: no book is built."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from healthdevo import areas, tables
from healthdevo.areas import KINDS
from healthdevo.chapters.area.ground import new_codes
from healthdevo.errors import BuildError
from healthdevo.publishing import area_lists, figures, site, unchanged, verify
from healthdevo.publishing.plan import Job
from healthdevo.publishing.project import AreaPages
from healthdevo.publishing.reading import text_faults


def read(body: str, head: str = "<title>A — B</title>", language: str = ' lang="en"') -> verify._Read:
    found = verify._Read()
    found.feed(f"<html{language}><head>{head}</head><body>{body}</body></html>")
    return found


def said(body: str, **options: str) -> list[str]:
    return verify._content_problems(read(body, **options))


# --- pages


@pytest.mark.parametrize(
    ("links", "ending"), [(20, "d.html leads nowhere"), (21, "and 1 more"), (23, "and 3 more")]
)
def test_twenty_problems_are_shown_and_the_others_counted(tmp_path: Path, links: int, ending: str) -> None:
    wrong = "".join(
        '<a href="d.html">x</a>' if i == links - 1 else f'<a href="c{i:02}.html">x</a>' for i in range(links)
    )
    (tmp_path / "index.html").write_text(
        f'<!DOCTYPE html><html lang="en"><head><title>A</title></head><body><h1>A</h1>{wrong}</body></html>'
    )
    with pytest.raises(BuildError) as caught:
        verify.require_sound(tmp_path)
    lines = str(caught.value).split("\n")
    assert lines[0] == f"the pages have {links} problem(s):"
    assert len(lines) == 1 + min(links, 21)
    assert lines[-1].endswith(ending)


def test_what_a_page_must_say_of_itself() -> None:
    assert said("<h1>A</h1>") == []
    assert said("", language="") == said("", head="") == ["has no title or names no language"]
    assert said("<svg><title>drawn</title></svg>", head="") == ["has no title or names no language"]
    assert said("", head="<title>Section — B</title>") == ["has no real title: 'Section — B'"]
    assert said("", head="<title>B — Section</title>") == []
    assert said("<h1>Section</h1>") == ["has no real title: 'A — B'"]
    assert said('<p id="a">x</p><p id="b">y</p>') == []
    assert said('<p id="a">x</p><a name="a">y</a>') == ["the identifier 'a' is used twice"]
    assert said('<p id="a">x</p><a href="#x" name="a">y</a>') == []
    assert said('<pre class="a traceback b">x</pre>') == ["shows a traceback"]
    long = "a" * 79
    assert said(f'<img src="{long}b">') == [f"the image {long}b has no alternative text"]
    assert said(f'<img src="{long}bc">') == [f"the image {long}b has no alternative text"]
    named = f'<img src="x/{long}b" alt="{long}b">'
    assert said(named) == [f"the alternative text of x/{'a' * 78} is a file name"]
    assert said('<img src="a.svg" aria-hidden="true"><img src="a.svg" role="presentation">') == []
    assert said('<img src="a.svg" alt="A line">') == []
    assert said("<p>{{ " + "x" * 80 + "</p>") == ["shows unfilled markup: '{{ " + "x" * 57 + "'"]
    assert said("<code>{{ x }}</code><pre>{{ y }}</pre><script>{{ z }}</script>") == []
    assert said("<br>{{ x }}") == ["shows unfilled markup: '{{ x }}'"]


def test_what_is_fetched_and_what_only_linked() -> None:
    found = read(
        '<object data="a"></object><video poster="b" src="c"></video><img srcset="d 1x, e 2x" src="f" alt="x"><a href="g">x</a>',
        head='<link rel="icon" href="h"><link rel="canonical" href="i"><meta http-equiv="refresh" content="0; url=j">',
    )
    assert sorted(found.fetched) == ["a", "b", "c", "d", "e", "f", "h"]
    assert found.links == ["j", "g"]
    styled = read('<p style="p">x</p>', head="<style>s</style><script>t</script><title>u</title>")
    assert (styled.styles, styled.scripts, styled.title) == (["s", "p"], ["t"], "u")


def test_a_short_page_that_leads_on_is_a_redirect() -> None:
    on = '<meta http-equiv="Refresh">'
    assert verify._is_redirect(on + "x" * (1999 - len(on)))
    assert not verify._is_redirect(on + "x" * (2000 - len(on)))
    assert not verify._is_redirect("x")


def test_addresses_are_taken_from_where_the_page_lies() -> None:
    assert verify._target("a/b.html", "../c.html#d") == "c.html"
    assert verify._target("a/b.html", "c%20d.html") == "a/c d.html"
    assert verify._target("a/b.html", "#d") == "a/b.html"
    assert verify._target("a/b.html", "https://x.org/c.html") == verify._target("a/b.html", "//x.org/c") == ""
    ways = {"a": ["b"], "b": ["c", "a"], "c": ["d"], "d": [], "e": ["a"]}
    assert verify._clicks(ways, "a") == {"a": 0, "b": 1, "c": 2, "d": 3}


# --- sentences


def test_sentences_of_just_so_many_words_and_numbers() -> None:
    def kinds(text: str) -> list[tuple[str, str]]:
        return [(kind, detail) for kind, _, detail in text_faults(text)]

    words = [f"w{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(29)]
    assert kinds(" ".join(words[:28]) + ".") == []
    assert kinds(" ".join(words) + ".") == [("long sentence", "29 words")]
    assert kinds(" ".join(words[:28]) + " – w.") == [("long sentence", "29 words")]
    assert kinds("It rose by 11, 12, 13 and 14 people.") == []
    assert kinds("It rose by 11, 12, 13, 14 and 15 people.") == [("many numbers", "5 numbers")]
    assert kinds("In 2011 it rose by 11, 12, 13 and 14 people.") == []


# --- tables


def test_a_table_is_wide_from_three_columns_and_more_than_so_many_signs() -> None:
    def wide(*widths: int) -> bool:
        return figures._is_wide([["x" * w for w in widths], ["x"] * len(widths)])

    assert not wide(9, 9, 10)  # 28 signs and two between each: 34
    assert wide(9, 9, 11)
    assert not wide(16, 16)
    assert not wide(40, 40)
    assert not wide(99, 5, 7)  # words break: no column counts for more than 16
    assert wide(99, 5, 8)


# --- map


def test_tiles_stand_where_the_layout_has_them() -> None:
    folder = "areas"
    codes = ("E08000006", "E08000001")
    jobs = [Job(None, f"areas/{areas.get(c).slug}", {"area_code": c}, {}, {}) for c in codes]
    drawn = area_lists.tile_map(jobs, folder)
    found = {}
    for path, name in re.findall(r'<path d="M([^"]*)z"/><title>([^<]*)</title>', drawn):
        corners = np.array([[float(x) for x in corner.split()] for corner in path.split("L")])
        assert corners.shape == (6, 2)
        middle = corners.mean(axis=0)
        np.testing.assert_allclose(np.hypot(*(corners - middle).T), 5.4, atol=0.12)
        assert corners[0, 1] == corners[:, 1].max()
        assert corners[0, 0] == pytest.approx(middle[0], abs=0.06)
        found[name] = middle
    rows = tables.load("hex_layout").query("kind == 'district' and layout_year == 2023")
    renamed = new_codes()
    assert len(found) == len(rows)
    places = []
    for code, column, row in zip(rows["area_code"], rows["column"], rows["row"], strict=True):
        x = 6 + 10 * (column - rows["column"].min()) + (5 if row % 2 else 0)
        y = 6 + 8.66 * (rows["row"].max() - row)
        places.append((x, y))
        np.testing.assert_allclose(
            found[areas.get(renamed.get(str(code), str(code))).short_name.replace("'", "&#x27;")],
            [x, y],
            atol=0.06,
        )
    width, height = np.max(places, axis=0) + 6
    assert f'viewBox="0 0 {width:.0f} {height:.0f}"' in drawn
    assert drawn.count('<g class="hd-none">') == len(rows) - 2


def test_files_of_finder_and_comparison_name_their_form() -> None:
    pages = AreaPages("book/areas/area", "book/areas/index", KINDS.codes, None, ())
    jobs = [
        Job(None, f"areas/{areas.get(c).slug}", {"area_code": c}, {}, {}) for c in ("E54000057", "E08000006")
    ]
    file = area_lists.find_file(pages, jobs)
    assert file["version"] == 1
    assert [page[0] for page in file["pages"]] == [f"{job.docname}.html" for job in jobs]
    assert [page[5] for page in file["pages"]] == [
        KINDS.codes.index("icb"),
        KINDS.codes.index("metropolitan_district"),
    ]
    assert file["names"] == [[areas.get("E54000057").label, 0, ""], ["Salford", 1, ""]]
    numbers = area_lists.numbers_file([("areas/salford", {"code": "E08000006"})])
    assert (numbers["version"], numbers["areas"]) == (
        1,
        {"E08000006": {"code": "E08000006", "page": "areas/salford.html"}},
    )
    assert area_lists.text_of({"a": "é"}) == '{"a":"é"}\n'.encode()
    text = area_lists.area_list(pages, jobs)
    assert text.count(":heading-level: 2") == 2
    assert text.startswith(
        "````{div} hd-area-list\n\n```{rubric} Integrated care boards\n:heading-level: 2\n```\n\n"
    )


# --- site


def test_the_preview_is_a_picture_of_its_size_with_title_and_rule() -> None:
    picture = image.imread(io.BytesIO(site.preview("A book of nine words that has to break somewhere")))[
        :, :, :3
    ]
    assert picture.shape == (630, 1200, 3)
    ground = picture[0, 0]
    ink = np.abs(picture - ground).max(axis=2) > 0.2
    rule = ink[504]  # a fifth above the lower edge
    assert rule[90:1110].all()
    assert not rule[:80].any()
    assert not rule[1120:].any()
    columns = np.flatnonzero(ink.any(axis=0))
    assert 80 <= columns[0] <= 95
    assert columns[-1] <= 1120
    rows = np.flatnonzero(ink.any(axis=1))
    assert (rows[0], rows[-1]) == (pytest.approx(170, abs=30), pytest.approx(570, abs=15))


def test_a_site_says_where_it_is() -> None:
    assert "<loc>https://e.org/b/x.html</loc>" in site.sitemap("https://e.org/b/", ["x"])
    assert "<loc>x.html</loc>" in site.sitemap("", ["x"])
    assert (
        site.robots("https://e.org/")
        == f"User-agent: *\nDisallow: /{figures.LINKS}/\nSitemap: https://e.org/sitemap.xml\n"
    )
    assert "Sitemap" not in site.robots("")


# --- what has changed


def test_content_is_read_again_when_size_or_times_differ(tmp_path: Path) -> None:
    one = tmp_path / "folder" / "one.txt"
    one.parent.mkdir()
    one.write_text("a")
    (one.parent / "__pycache__").mkdir()
    (one.parent / "__pycache__" / "x.pyc").write_text("b")
    (one.parent / "kept~").write_text("c")
    first = unchanged.look({"name": one.parent, "file": one, "absent": tmp_path / "absent"}, {})
    assert sorted(first) == ["file", "name/one.txt"]
    assert len(first["file"][3]) == 32
    assert first["file"][0] == 1
    status = one.stat()
    assert first["file"][1:3] == (status.st_mtime_ns, status.st_ctime_ns)
    told = {key: (*entry[:3], "told") for key, entry in first.items()}
    assert {entry[3] for entry in unchanged.look({"file": one, "name": one.parent}, told).values()} == {
        "told"
    }
    for place in range(3):
        other = [list(told["file"][:3])]
        other[0][place] += 1
        again = unchanged.look({"file": one}, {"file": (*other[0], "told")})
        assert again["file"] == first["file"]
    assert unchanged._contents(told) == {"file": "told", "name/one.txt": "told"}
