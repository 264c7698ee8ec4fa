"""Words follow the numbers, and both sides get the same."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.whole_system import WholeSystem, words
from healthdevo.chapters.whole_system.counts import Counts
from healthdevo.chapters.whole_system.effects import Joint
from healthdevo.chapters.whole_system.findings import findings, headline_of, short_of
from healthdevo.errors import InputError


def moved(better=(), worse=(), neither=()) -> dict[str, list[str]]:
    return {"better": list(better), "worse": list(worse), "neither": list(neither)}


NONE = moved()
ONE = moved(["A falls"])
TWO = moved(["A falls"], ["B rises"])


@pytest.mark.parametrize(
    ("counts", "there", "absent"),
    [
        (Counts(40, NONE, NONE, NONE), "None of 40 indicators", "Allowing"),
        (Counts(40, TWO, NONE, NONE), "none of them stands out", "strictest"),
        (
            Counts(40, TWO, ONE, NONE),
            "one stands out: a falls (for the better). The strictest allowance leaves none",
            "worse)",
        ),
        (
            Counts(40, TWO, TWO, ONE),
            "two stand out: a falls (for the better) and b rises (for the worse). The strictest allowance leaves one",
            "leaves the same",
        ),
        (Counts(40, TWO, TWO, TWO), "The strictest allowance leaves the same", "leaves none"),
        (
            Counts(40, moved(["A"], [], ["C"]), NONE, NONE),
            "one for the better, none for the worse and one in a way that is neither",
            "strictest",
        ),
    ],
)
def test_headline_follows_the_numbers(counts, there, absent):
    text = headline_of(counts, NONE)
    assert there in text
    assert absent not in text


def test_headline_says_what_stands_when_trends_are_carried_on():
    counts = Counts(40, TWO, NONE, NONE)
    assert "carried on, none of the two stand." in headline_of(counts, NONE)
    assert "carried on, one of the two stands: a falls (for the better)." in headline_of(counts, ONE)
    both = headline_of(counts, TWO)
    assert "two of the two stand: a falls (for the better) and b rises (for the worse)." in both
    assert "carried on" not in headline_of(Counts(40, NONE, NONE, NONE), NONE)


def test_what_is_for_and_against_gets_the_same_words():
    against = moved([], ["A falls"])
    one, other = Counts(40, ONE, ONE, NONE), Counts(40, against, against, NONE)
    for mine, turned in (
        (headline_of(one, ONE), headline_of(other, against)),
        (short_of(one), short_of(other)),
    ):
        both = turned.replace(
            "none for the better and one for the worse", "one for the better and none for the worse"
        )
        assert both.replace("(for the worse)", "(for the better)") == mine
    assert len(findings(one, NONE)) == 2
    assert findings(one, NONE)[0].number == 1.0


def test_what_is_left_is_named_by_kind():
    rows = pd.DataFrame(
        {
            "title": ["A", "B", "C"],
            "way": ["better", "worse", "better"],
            "left": ["stands", "turns round", "turns round"],
        }
    )
    said = words.carried(rows)
    assert (
        said
        == "Still beyond 95% of blocks: a (better). Within chance: none. Turned round: b (worse) and c (better)"
    )
    assert words.carried(rows.assign(left="within chance")).startswith(
        "Still beyond 95% of blocks: none. Within chance: a"
    )
    assert "nothing to carry on" in words.carried(rows.head(0))


def test_titles_have_at_most_ten_words():
    for group in words.GROUPS.values():
        for counts in (Counts(12, NONE), Counts(12, TWO), Counts(12, moved([], [], ["C"]))):
            assert len(words.title_of(group.name, counts).split()) <= 10
    assert words.title_of("Money", Counts(12, moved([], [], ["C"]))) == "Money: one moved, of 12"


def frame(**columns) -> pd.DataFrame:
    base = {
        "indicator": ["local_outcome/alcohol_admissions", "wider_determinants/persistent_absence"],
        "title": ["First", "Second"],
        "theme": ["care", "children"],
        "unit": "per 100",
        "better": ["lower", "lower"],
        "effect": [-1.0, 2.0],
        "lower": [-2.0, 1.0],
        "upper": [-0.5, 3.0],
        "level_before": [10.0, 10.0],
        "good": [0.5, -0.5],
        "p_value": [0.01, 0.5],
        "blocks": [1000, 1000],
        "detectable_standardised": [0.3, 0.9],
        "periods_before": [3, 4],
        "periods_after": [3, 3],
    }
    return pd.DataFrame(base | columns)


def test_lists_hold_what_moved_that_way():
    assert words.moved_list(frame(), "better").startswith(
        "First: −1 (−2 to −0.5) per 100. It is matched by 1.0% of blocks"
    )
    assert words.moved_list(frame(), "worse") == "none"
    assert words.moved_list(frame(p_value=[0.5, 0.01]), "worse").startswith("Second: ")
    assert words.moved_list(frame(better="neither"), "neither").startswith("First: ")
    assert words.moved_list(frame(better="neither"), "better") == "none"


def test_direction_is_said_only_beyond_chance():
    row = {"good": 1.0, "better": "lower", "p_value": 0.05}
    assert words.direction(row) == "better"
    assert words.direction(row | {"good": -1.0}) == "worse"
    assert words.direction(row | {"p_value": 0.0501}) == "not clear"
    assert words.direction(row | {"better": "neither", "good": -1.0}) == "less"


def test_sentences_on_chance():
    few, many = (
        Counts(10, NONE, pointing={"better": 6, "worse": 3}),
        Counts(4, moved("abc"), pointing={"better": 3, "worse": 1}),
    )
    assert "most of them within chance" in words.pointing(few)
    assert "chance" not in words.pointing(many)
    assert words.parts(Counts(10)) == "No indicator is a part of another"
    assert words.parts(Counts(10, parts=1)).startswith("One is mostly")
    assert "Without them none of 8" in words.parts(Counts(10, parts=2))
    assert (
        words.strict(Counts(4, kept=TWO, strict=NONE))
        == "by the first a falls (better) and b rises (worse); by the second none"
    )
    assert words.near(frame(p_value=[0.01, 0.5])).startswith("No indicator")
    assert "move it across. It is first" in words.near(frame(p_value=[0.051, 0.5]))
    assert "move them across. They are first and second" in words.near(frame(p_value=[0.051, 0.049]))
    joint = {"district": Joint(30, 6, 0.005, 0.04, 1.5), "upper_tier": Joint(10, 0, 1.0, 1.0, 0.5)}
    said = words.together(joint)
    assert (
        "Of 30 indicators by district, six moved in Greater Manchester; a block moved 1.5 on average. Fewer than 1% of blocks"
        in said
    )
    assert "Of 10 indicators by county and single-tier council, none moved" in said


def test_sentences_on_what_could_be_found():
    text = words.detectable(frame())
    assert "in 1 of 2 indicators" in text
    assert "0.3 standard deviations (first), the largest 0.9 (second)" in text
    assert (
        words.short(frame()) == "One has only three periods before the agreement. None have only two after it"
    )
    assert "Two have only three" in words.short(frame(periods_before=3))


def test_published_effects_stand_beside_ours():
    theirs = pd.DataFrame(
        {
            "outcome": ["hospital admissions related to alcohol", "half days of school missed"],
            "estimate": [-11.1, -3.1],
        }
    )
    text = words.beside_published(frame(p_value=0.01), theirs)
    assert text.startswith("Two of its measures have a counterpart")
    assert "changed by −11.1% there, first by −10.0% here (both point the same way)" in text
    assert "second by 20.0% here (they point opposite ways)" in text
    assert "One of its measures has" in words.beside_published(frame(), theirs.head(1))
    assert words.beside_published(frame(), theirs.head(0)).startswith("None of its measures")


@pytest.fixture(scope="module")
def whole(catalogue, few) -> WholeSystem:
    published = tables.load("published_estimate").query("data.str.contains('98 measures')")
    return WholeSystem(catalogue, few, published, pd.Timestamp(2016, 4, 1))


def test_the_page_says_all_its_texts(whole):
    texts = whole.texts()
    assert all(text.strip() for text in texts.values())
    assert texts["whole_tested"] == str(len(whole.effects.series))
    assert texts["whole_walked"] == str(len(whole.effects.series) + len(whole.catalogue.untested))
    assert texts["whole_delays_peak"] == "2016/17"
    assert "98 measures" in texts["whole_study"]
    assert whole.findings[0].sentence == texts["whole_headline"]


def test_figures_hold_every_indicator_once_and_the_better_side_right(whole):
    shown = [whole.chart(g) for g in words.GROUPS if len(words.GROUPS[g].of(whole.effects.table))]
    titles = [t for chart in shown for t in chart.data["title"]]
    assert sorted(titles) == sorted(whole.effects.table["title"])
    for chart in shown:
        assert (np.diff(chart.data["good"]) <= 0).all()
        assert len(chart.title.split()) <= 10
    with pytest.raises(InputError, match="is not one of deaths"):
        whole.chart("money")


def test_tables_hold_every_series(whole):
    table = whole.table()
    assert len(table.shown) == len(whole.effects.series)
    assert table.shown["Theme"].is_monotonic_increasing or len(set(table.shown["Theme"])) > 1
    untested = whole.untested_table()
    assert untested.data["series"].sum() == len(whole.catalogue.untested)
    assert "Wider determinants" in "; ".join(untested.shown["Table"])
