"""The ladder of matches: each rung against the next, in made-up areas; and how near a miss may be."""

from __future__ import annotations

import datetime as dt

import pytest

from healthdevo.areas.area import Area
from healthdevo.areas.search import looks_like_code, nearest, normalise_code, rank_matches, without_body_words

ORDER = (
    "region",
    "icb",
    "combined_authority",
    "county",
    "unitary_authority",
    "metropolitan_district",
    "non_metropolitan_district",
)


def district(code: int, name: str, kind: str = "non_metropolitan_district", **other: object) -> Area:
    return Area(f"E070000{code:02}", name, kind, **other)


def found(text: str, *areas: Area) -> list[str]:
    return [a.name for a in rank_matches(text, areas, ORDER)]


# each pair: the area that comes first for the text, and the one of the next rung that also fits
@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("Ayton", "Ayton", "Ayton Vale"),  # the name itself before whole words of a longer one
        ("Ayton Vale", "Ayton Vale", "Upper Ayton Vale"),
        ("Ayton", "Ayton Vale", "Upper Ayton Vale"),  # the fewer other words the better
        ("Ayton", "Upper Lower Ayton", "Aytonshire"),  # whole words before beginnings of words
        ("abc", "Alton Beeton Ceeton", "Abcham"),  # initials before beginnings
        ("abc", "Alton Beeton Ceeton", "Alton Beeton Ceeton Deeton"),  # all initials before the first of them
        ("abc", "Alton Beeton Ceeton Deeton", "Abcham"),
        ("ayt", "Aytham", "Grayton"),  # the beginning of a word before the middle of one
    ],
)
def test_a_better_match_comes_first(text: str, first: str, second: str) -> None:
    for a, b in ((1, 2), (2, 1)):
        assert found(text, district(a, first), district(b, second)) == [first, second]


def test_what_matches_and_what_does_not() -> None:
    assert found("ab", district(1, "Alton Beeton")) == ["Alton Beeton"]
    assert found("a", district(1, "Beeton Alton Vale"), district(2, "Beeton")) == ["Beeton Alton Vale"]
    assert (
        found("ab", district(1, "Alton Beeton Ceeton")) == []
    )  # two letters are not taken for the first of three
    assert found("abcdef", district(1, "Alton Beeton Ceeton Deeton Eeton Fenton")) != []
    assert found("abcdefg", district(1, "Alton Beeton Ceeton Deeton Eeton Fenton Geeton")) == []
    assert found("yto", district(1, "Ayton")) == ["Ayton"]
    assert found("yt", district(1, "Ayton")) == []  # two letters in the middle of a word are none of it
    assert found("onval", district(1, "Ayton Vale")) == ["Ayton Vale"]
    assert found("", district(1, "Ayton")) == found("  -", district(1, "Ayton")) == []
    assert found(
        "Ayton metro", district(1, "Ayton", "metropolitan_district"), district(2, "Ayton Vale", "county")
    ) == ["Ayton"]
    assert found("of the Ayton", district(1, "Ayton")) == ["Ayton"]


def test_near_misses_only_when_nothing_else_matches() -> None:
    assert found("Ayto", district(1, "Ayton"), district(2, "Eyton")) == ["Ayton"]
    assert found("Aytonn", district(1, "Ayton"), district(2, "Beeford")) == ["Ayton"]
    assert found("Aytonn", district(1, "Eyton"), district(2, "Ayton")) == ["Ayton", "Eyton"]
    assert found("E07000099", district(1, "Ayton")) == []
    assert found("Zzzz", district(1, "Ayton")) == []


def test_equal_matches_stand_by_end_kind_and_name() -> None:
    ended = {"valid_from": dt.date(2009, 4, 1), "valid_to": dt.date(2019, 3, 31)}
    areas = [
        district(1, "Ayton West", **ended),
        district(2, "Ayton Vale"),
        district(3, "Ayton East"),
        district(4, "Ayton North", "unitary_authority"),
        district(5, "Ayton South", "made_up"),
    ]
    assert found("Ayton", *areas) == ["Ayton North", "Ayton East", "Ayton Vale", "Ayton South", "Ayton West"]


def test_a_code_is_that_area_and_no_other() -> None:
    board = Area("E54000001", "NHS Ayton Integrated Care Board", "icb", "QAA")
    other = Area("E54000011", "NHS Qaa Integrated Care Board", "icb", "QBB")
    for text in ("E54000001", " e5400 0001", "E54OOOOO1", "QAA", "qaa"):
        assert rank_matches(text, [board, other], ORDER) == [board], text
        assert nearest(text, [board, other], ORDER) == [board], text
    # of two codes that are as like, the one that differs by a digit too few in a row of the same
    assert nearest("E5400001", [board, other], ORDER)[0] == board
    assert nearest("E54000012", [board, other], ORDER) == [board, other]
    assert nearest("E54000112", [board, other], ORDER)[0] == other
    assert nearest("E54000211", [board, other], ORDER) == [other]
    assert nearest("E99999999", [board, other], ORDER) == []
    assert nearest("QAB", [board, other], ORDER) == [board, other]
    assert nearest("Ayton", [board, other], ORDER, 1) == [board]
    many = [Area(f"E5400000{i}", f"NHS Ayton {i} Integrated Care Board", "icb") for i in range(1, 7)]
    assert len(nearest("E54000009", many, ORDER)) == 3
    assert len(nearest("Ayton", many, ORDER, 2)) == 2
    assert nearest("Beeforth", [district(1, "Beeford"), district(2, "Ceedale")], ORDER) == [
        district(1, "Beeford")
    ]
    assert nearest("Xyzzyx quux", [district(1, "Beeford"), district(2, "Ceedale")], ORDER) == []


def test_body_words_do_not_count_but_decide_between_bodies() -> None:
    board = Area("E54000001", "NHS Ayton Integrated Care Board", "icb")
    seat = Area("E47000001", "Ayton Combined Authority", "combined_authority")
    assert rank_matches("NHS Ayton", [seat, board], ORDER) == [board, seat]
    assert rank_matches("Ayton", [board, seat], ORDER)[0] in (board, seat)
    assert without_body_words("nhs-ayton-icb") == "ayton"
    assert without_body_words("nhs") == "nhs"


@pytest.mark.parametrize(
    ("text", "code"),
    [("E07000001", True), ("07000001", True), ("E0700", False), ("E07000", True), ("EX123456", True), ("EX12345", False), ("Ayton", False), ("0700000100012", False), ("070000010001", True), ("0700", False), ("07000", True)],
)  # fmt: skip
def test_what_looks_like_a_code(text: str, code: bool) -> None:
    assert looks_like_code(text) is code


def test_letters_after_the_first_are_read_as_digits() -> None:
    assert normalise_code("e o7-ooo.oo_1") == "E07000001"
    assert normalise_code("O7") == "O7"
