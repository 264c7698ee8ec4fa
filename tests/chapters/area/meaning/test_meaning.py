"""Three sentences on every place: every branch of the rule, fair to both sides, within reach of a phone's reader."""

import itertools
import re

import pytest

from healthdevo import areas
from healthdevo.chapters.area import AreaMeaning, Instead, fill
from healthdevo.chapters.area.meaning import words
from healthdevo.chapters.area.meaning.words import Deal, Need, Purse
from healthdevo.claims.scale import SCALE
from healthdevo.results import Estimate, Interval

SUPPORTED, PARTLY, NOT, CONTRADICTED = SCALE[:4]
NAN = float("nan")


def effect(value, lower, upper):
    return Estimate(
        "effect", value, NAN, (Interval(0.95, lower, upper),), 50, "made up", "deaths per 100,000"
    )


DEALS = {
    "proof": Deal("judged", effect(-7.1, -13.0, -1.2), True, "some"),
    "better": Deal("judged", effect(-12.0, -20.0, -4.0), True),
    "worse": Deal("judged", effect(12.0, 4.0, 20.0), True),
    "chance": Deal("judged", effect(-2.0, -9.0, 5.0)),
    "part": Deal("part", districts=10, name="Greater Manchester"),
    "large": Deal("large"),
    "late": Deal("late", start=2021, detectable=21.3),
    "late, no test": Deal("late", start=2021),
    "none": Deal("none", detectable=24.0),
    "none, no test": Deal("none"),
    "few": Deal("few"),
}
NEEDS = {
    **{
        f"gap {beside}{', alone' if alone else ''}": Need("gap", 8.0, low, high, 7.6, alone)
        for beside, low, high in (("above", 7.7, 8.3), ("below", 7.0, 7.5), ("about", 7.0, 9.0))
        for alone in (True, False)
    },
    **{
        f"stays {beside}": Need("stays", 800.0, low, high, 790.0)
        for beside, low, high in (("above", 795.0, 805.0), ("below", 700.0, 750.0), ("about", 700.0, 900.0))
    },
    "unknown": Need("unknown"),
}
PURSES = {
    "gain": Purse("tax", 118.0),
    "pay": Purse("tax", -293.0),
    "even": Purse("tax", 0.4),
    "work": Purse("work", 0.31),
    "unknown": Purse("unknown"),
}
VERDICTS = [
    dict.fromkeys(("deal_saves_lives", "neighbourhoods", "avoidable_admissions", "centre_keeps_sharing"), v)
    for v in SCALE
]
EVERY = [
    *((words.deal, found) for found in DEALS.values()),
    *((words.need, found) for found in NEEDS.values()),
    *((words.purse, found) for found in PURSES.values()),
]


@pytest.mark.parametrize(("say", "found"), EVERY)
def test_each_branch_is_one_short_sentence_under_every_verdict(say, found):
    for verdicts in VERDICTS:
        said = say(found, verdicts)
        assert said[0].isupper()
        assert said.endswith(".")
        assert not re.search(r"[.!?] [A-Z]", said), said
        assert len(said.split()) <= 34, said
        assert "nan" not in said.split()


@pytest.mark.parametrize(("say", "every"), [(words.deal, DEALS), (words.need, NEEDS), (words.purse, PURSES)])
def test_no_two_branches_say_the_same(say, every):
    said = [say(found, VERDICTS[0]) for found in every.values()]
    assert len(set(said)) == len(said)


def test_the_sign_decides_for_whom_a_deal_speaks():
    better, worse = (words.deal(DEALS[w]) for w in ("better", "worse"))
    assert "a point for the deal" in better
    assert "fewer" in better
    assert better.replace("12 fewer", "12 more") != worse
    assert "a point against the deal" in worse
    assert "12.0 more" in worse
    assert "speaks for neither side" in words.deal(DEALS["chance"])
    assert "some evidence by our rule" in words.deal(DEALS["proof"])
    assert "2021" in words.deal(DEALS["late"])
    assert "21 deaths" in words.deal(DEALS["late"])
    assert "would show" not in words.deal(DEALS["none, no test"])


@pytest.mark.parametrize("verdict", SCALE)
def test_the_ledger_decides_what_a_number_speaks_for(verdict):
    held = verdict in (SUPPORTED, PARTLY)
    verdicts = dict.fromkeys(VERDICTS[0], verdict)
    assert ("that speaks for power near to people" in words.need(NEEDS["gap above"], verdicts)) is held
    assert ("only somebody near can see" in words.need(NEEDS["gap below"], verdicts)) is held
    assert ("speaks for sharing by the centre" in words.purse(PURSES["gain"], verdicts)) is held
    assert ("did not clearly fall more" in words.need(NEEDS["stays above"], verdicts)) is not held
    assert ("the only evidence is" in words.deal(DEALS["none"], verdicts)) is held


def test_both_sides_get_a_point_where_figures_allow():
    near = words.need(NEEDS["gap above"], VERDICTS[0])
    centre = words.purse(PURSES["gain"], VERDICTS[0])
    assert near.split(": ")[-1].startswith("that speaks for")
    assert centre.split(": ")[-1].startswith("that speaks for")
    assert "good for it, and missing elsewhere" in words.purse(PURSES["pay"])


def test_every_kind_with_a_page_has_the_section():
    lacking = [kind.code for kind in areas.KINDS.rows if kind.sections and "meaning" not in kind.sections]
    assert not lacking
    assert any(kind.sections for kind in areas.KINDS.rows)


PLACES = {
    "city with a deal": "E08000003",
    "no district figures": "E09000001",
    "shire district": "E07000008",
    "old board": "E54000034",
}


@pytest.mark.parametrize("code", [*PLACES.values()], ids=[*PLACES])
def test_a_place_gets_three_sentences_from_sections_that_are_filled_already(code, monkeypatch):
    first = fill(AreaMeaning, code)
    assert not isinstance(first, Instead)
    said = first.texts()
    assert list(said) == ["meaning_deal", "meaning_need", "meaning_purse"]

    def never(area_code):
        raise AssertionError(f"{area_code} is loaded a second time")

    for section in (first.devolution, first.inequality, first.admissions, first.money, first.footprint):
        if not isinstance(section, Instead):
            monkeypatch.setattr(type(section), "load", staticmethod(never))
    assert AreaMeaning.load(code).texts() == said


def test_all_combinations_of_needs_and_purses_differ():
    pairs = list(itertools.product(NEEDS.values(), PURSES.values()))
    said = {words.need(n, VERDICTS[0]) + words.purse(p, VERDICTS[0]) for n, p in pairs}
    assert len(said) == len(pairs)
