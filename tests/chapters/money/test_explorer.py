"""The explorer of local taxes: the package's own numbers, and in the page's script the same to the printed digit."""

import itertools
import json
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from healthdevo.chapters.money import Explorer
from healthdevo.chapters.money.basis import INCOME_YEAR, Places, share_table
from healthdevo.chapters.money.explorer import LINES, TAXES, Place, chances, whole
from healthdevo.errors import InputError
from healthdevo.finance import equalise

ROOT = Path(__file__).parents[3]
CODES = ["E08000003", "E54000057", "E47000001"]
"""A district, and a board and an authority of the same ten districts."""


@pytest.fixture(scope="module")
def explorer():
    return Explorer.of(CODES)


@pytest.fixture(scope="module")
def shares():
    return {code: share_table([code])[code] for code in CODES}


@pytest.mark.parametrize("base", list(TAXES))
@pytest.mark.parametrize("share", [0, 35, 100])
def test_results_are_those_of_the_package_by_district(explorer, shares, base, share):
    frame = Places.load(INCOME_YEAR).frame
    rate = 3 * TAXES[base][4]
    raised = frame[base] * rate * TAXES[base][5]
    after = equalise(raised, frame["need"], share=share / 100).after
    for place, code in zip(explorer.places, CODES, strict=True):
        told = explorer.result(place, base, rate, share, 4)
        own = float((after * shares[code]).sum())
        people = float((frame["people"] * shares[code]).sum())
        before = float((raised * shares[code]).sum())
        assert told["raised"] == f"£{whole(before / 1e6, 1)} million"
        assert told["after_head"] == f"£{whole(own / people)}"
        assert told["over"] == f"£{whole(4 * own / 1e6, 1)} million"
        assert told["gain_head"].lstrip("+\N{MINUS SIGN}£") == whole((own - before) / people)


def test_the_chance_of_breach_is_that_of_the_chapter(explorer):
    from healthdevo.chapters.money import Books

    ranges = Books.load().horizon.ranges.set_index("rule")["chance"]
    for rule, years in (("annual", 1), ("fixed_3", 3), ("fixed_5", 5)):
        assert explorer.chances[years - 1] == ranges[rule]
    assert list(chances()) == sorted(chances())


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to run the page's script: install nodejs")
def test_the_script_prints_what_the_package_prints(explorer):
    grid = list(
        itertools.product(range(3), (*TAXES,), (0.5, 1, 2.5, 70, 500), (0, 5, 50, 95, 100), (1, 3, 10))
    )
    numbers = json.loads(unescape(explorer.html.split('data-numbers="')[1].split('"')[0]))
    script = (
        f"{(ROOT / 'book/_static/explore.js').read_text(encoding='utf-8')}\n"
        f"const numbers = {json.dumps(numbers)}, grid = {json.dumps(grid)};\n"
        "console.log(JSON.stringify(grid.map(([i, ...rest]) => hdExplore.result(numbers, numbers.places[i], ...rest))));"
    )
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True, timeout=60)
    wanted = [explorer.result(explorer.places[i], *rest) for i, *rest in grid]
    assert json.loads(done.stdout) == wanted
    assert len({json.dumps(one) for one in wanted}) > 200  # settings do differ


def test_what_is_out_of_range_is_said(explorer):
    place = explorer.places[0]
    for wrong in (("wealth", 1, 0, 1), ("income", -1, 0, 1), ("income", 1, 101, 1), ("income", 1, 0, 11)):
        with pytest.raises(InputError, match=r"base|from 0 to 100"):
            explorer.result(place, *wrong)
    with pytest.raises(InputError, match="no area"):
        Explorer.of([])


def test_without_scripts_a_table_of_scenarios_stands_on_the_page():
    place = Place("A & B", 1000.0, 0.5, 2_000_000.0, 400.0)
    made = Explorer((place,), Place("England", 2000.0, 1.0, 8_000_000.0, 1000.0), (0.25, 0.5))
    assert '<form class="hd-sliders" hidden' in made.html
    assert "A &amp; B" in made.html.split("hd-scenarios")[1]
    rows = made.scenarios()
    assert rows["0% equalised"].tolist() == ["£20", "£40"]
    assert rows["100% equalised"].tolist() == ["£40", "£50"]
    assert rows["50% equalised"].tolist() == ["£30", "£45"]
    assert all(f'data-line="{key}"' in made.html for key in LINES)
    assert "<select" in made.html.split("hd-sliders")[1]
    assert 'name="place"' not in made.html  # one place: nothing to choose
