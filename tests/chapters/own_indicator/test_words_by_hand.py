"""Sentences on an indicator of a user's own, of made-up results on both sides of every threshold."""

from __future__ import annotations

from types import SimpleNamespace as Made
from typing import Any

import pandas as pd
import pytest
from tests.kit.made_up import effect, placebo

from healthdevo import areas
from healthdevo.chapters.own_indicator import words

SALFORD = areas.get("E08000006")
NAN = float("nan")


def section(rows: list[tuple[str, float]] = [("2020", 2.0), ("2021", 3.0)], **changed: Any) -> Any:  # noqa: B006
    frame = pd.DataFrame({"period": [p for p, _ in rows], "value": [v for _, v in rows], "time": range(len(rows))})  # fmt: skip
    file = Made(name="mine.csv", sha256="0123456789abcdef")
    given: dict[str, Any] = {
        "area": SALFORD, "rows": frame.iloc[::-1], "latest": frame.iloc[-1], "level": effect(3.0, 2.5, 3.5), "place": None, "trend": None, "gradient": None,
        "peers": pd.DataFrame({"value": [5.0, 3.0, 4.0, 3.0]}), "districts": frame.iloc[:0], "battery": None, "deal": None, "no_panel": "No panel.", "pooled": False,
        "indicator": Made(title="Beds", unit="per head", file=file, counted=True, crude=True, notes=(), source="Own"),
    }  # fmt: skip
    return Made(**{**given, **changed})


def test_places_of_an_area() -> None:
    assert words._rank(section()).startswith("It is the 3rd highest of 4 districts in the file.")
    assert words._rank(section(peers=pd.DataFrame({"value": [5.0, 3.0, 4.0]}))).startswith(
        "The file has too few"
    )
    assert words._rank(section(peers=pd.DataFrame({"value": [3.0] * 4}))).startswith(
        "It is the highest of 4 "
    )
    assert "Chance alone does not move it from there." in words._rank(section(place=(2, 2, 2)))
    assert "do not rule out any place from 1 to 3." in words._rank(section(place=(2, 1, 3)))
    caption = words.rank_caption(section(), 4)
    assert caption.title == "Salford is 3rd of 4"
    assert caption.subtitle.endswith("where known")
    assert words.rank_caption(section(), 3).subtitle.endswith("; the 3 nearest are shown")


@pytest.mark.parametrize(
    ("rows", "said", "title"),
    [
        ([("2020", 2.0), ("2021", 3.0)], "From 2020 to 2021 it changed by +50%. There are fewer", "It rose from 2020 to 2021"),
        ([("2020", 4.0), ("2021", 3.0)], "From 2020 to 2021 it changed by −25%. There are fewer", "It fell from 2020 to 2021"),
        ([("2020", 3.0), ("2021", 3.0)], "From 2020 to 2021 it changed by", "It did not change from 2020 to 2021"),
        ([("2020", 0.0), ("2021", 3.0)], "There are fewer than four periods", "It rose from 2020 to 2021"),
        ([("2021", 3.0)], "There is one period only", "One period: 2021"),
    ],
)  # fmt: skip
def test_what_moved(rows: list[tuple[str, float]], said: str, title: str) -> None:
    one = section(rows)
    assert words._trend(one).startswith(said)
    assert words.trend_caption(one).title == title
    assert words.trend_caption(one).subtitle == "Beds, per head, Salford"


@pytest.mark.parametrize(
    ("lower", "upper", "sure"), [(0.1, 0.9, True), (0.0, 1.0, False), (-1.0, 0.5, False), (-1.0, -0.1, True)]
)
def test_a_direction_is_sure_where_the_interval_leaves_out_nothing(lower: float, upper: float, sure: bool) -> None:  # fmt: skip
    said = words._trend(section(trend=effect((lower + upper) / 2, lower, upper)))
    assert said.endswith(" a year.") is sure
    assert said.endswith(", so no direction is sure.") is not sure


def test_levels() -> None:
    assert words._level(section()) == "Beds in Salford was 3 per head (95% interval 2.5 to 3.5) in 2021."
    bare = effect(3.0, reason="there are no counts")
    assert words._level(section(level=bare)) == "Beds in Salford was 3 per head, without an interval since there are no counts in 2021."  # fmt: skip
    assert [words._unit(Made(unit=u)) for u in ("", "%", "per head")] == ["", "%", " per head"]


def test_effects_in_words() -> None:
    assert words.effect(NAN, 1.0, 2.0, "why") == "could not run: why"
    assert words.effect(1.0, NAN, 2.0, "") == words.effect(1.0, 0.0, NAN, "") == "1 (no interval)"
    assert "no interval" not in words.effect(1.0, 0.5, 2.0, "")


def test_districts_from_low_to_high_and_the_gradient() -> None:
    rows = pd.DataFrame({"area_code": ["E08000006", "E08000003", "E08000001"], "value": [5.0, 4.0, 1.0]})
    assert words._districts(section(districts=rows)) == "Among its 3 districts in the file it runs from 1 in Bolton to 5 in Salford."  # fmt: skip
    assert words._districts(section(districts=rows.iloc[:2])).startswith("Among its 2 districts")
    assert words._districts(section(districts=rows.iloc[:1])) == "The file has too few districts to say how it differs among them."  # fmt: skip
    for value, lower, upper, said in (
        (0.5, 0.2, 0.8, "is higher than the least deprived one, by 0.5 (95% interval 0.2 to 0.8)."),
        (-0.5, -0.8, -0.2, "is lower than the least deprived one, by 0.5 (95% interval 0.2 to 0.8)."),
        (0.5, 0.0, 1.0, "by 0.5, which chance alone could give."),
        (-0.5, -1.5, 0.5, "by 0.5, which chance alone could give."),
        (0.5, NAN, NAN, "by 0.5, without an interval."),
    ):
        assert words._districts(section(gradient=[effect(value, lower, upper)])).endswith(said)
    assert "is lower than" in words._districts(section(gradient=[effect(0.0, -1.0, 1.0)]))


def test_what_is_not_there() -> None:
    counted, values = section().indicator, Made(file=Made(name="mine.csv"), counted=False)
    assert words.nothing(SALFORD, values, ["x", "y"]).startswith("mine.csv has values of 2 districts in Salford, but not of the area")  # fmt: skip
    assert words.nothing(SALFORD, counted, ["x"]).startswith("mine.csv has counts of 1 district in Salford")
    assert words.nothing(SALFORD, values, []) == words.nothing(SALFORD, counted, []) == "mine.csv has no rows for Salford."  # fmt: skip
    assert "has 1 period before and 3 after. At least 2 and one" in words.too_short("X", 2014, 1, 3, 2)
    assert "has 0 periods before" in words.too_short("X", 2014, 0, 3, 2)
    assert "for 0 of its districts and for 5 districts without a deal. At least one and 9 are" in words.too_few("X", 0, 5, 9)  # fmt: skip


def test_the_deal_and_notes() -> None:
    assert words._devolution(section()) == "No panel."
    battery = Made(main=placebo(-2.0, lower=-3.0, upper=-1.0), verdict=Made(sentence="So."))
    said = words._devolution(section(battery=battery, deal=("Manchester", 2014, 0), panel=Made(n_treated=10, n_controls=90)))  # fmt: skip
    assert said.startswith(
        "The deal of Manchester counts from 2014 on. Here 10 of its districts are compared with 90 districts without a deal. "
        "Against these the indicator then changed by −2 (−3 to −1)."
    )
    assert said.endswith(" So. A change is not yet an effect.")
    plain = words.texts(section())
    assert plain["indicator_notes"] == "Nothing unusual was noticed when the file was read."
    assert plain["indicator_source"] == "Source: Own; sha256 0123456789ab. It was not checked against any publication."  # fmt: skip
    indicator = Made(**{**vars(section().indicator), "crude": False})
    for crude, sentences in ((True, False), (False, True)):
        told = words.texts(section(pooled=True, indicator=section().indicator if crude else indicator))["indicator_notes"]  # fmt: skip
        assert told.startswith("The area is added up from")
        assert ("Its values are crude" in told) is sentences
