"""A board's trusts and gate, and the words of every case."""

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.area import AreaAutonomy
from healthdevo.chapters.area.autonomy import words
from healthdevo.errors import TableError


def test_trusts_are_those_of_the_board():
    section = AreaAutonomy.load("E54000057")
    provider = tables.load("emergency_provider")
    inside = set(provider.loc[provider["icb_code"] == "E54000057", "provider_code"])
    official = tables.load("oversight_trust")
    expected = set(official.loc[official["trust_type"] == "Acute trust", "provider_code"]) & inside
    assert set(section.trusts["provider_code"]) == expected
    texts = section.texts()
    assert "Six acute trusts here" in texts["autonomy_here"]
    assert "A rank is not a verdict" in texts["autonomy_here"]
    assert len(section.table().shown) == 6
    earned = section.gate.of_boards.to_frame().set_index("area").loc["E54000057", "earned"]
    assert section.earned["earned"] == earned
    assert ("would not have earned" in texts["autonomy_gate_here"]) == (not earned)


def trusts(*intervals):
    return pd.DataFrame(
        [{"name": f"T{i}", "rank": r, "lower": a, "upper": b} for i, (r, a, b) in enumerate(intervals)]
    )


def test_words_of_the_trusts():
    assert words.standing(trusts().reindex(columns=["name"]), 129).startswith("No acute trust")
    assert "anything from 1 to 9" in words.standing(trusts((3, 1, 9)), 129)
    assert "not sure" in words.standing(trusts((3, 1, 9), (12, 9, 20)), 129)
    assert "do not overlap" in words.standing(trusts((3, 1, 8), (12, 9, 20)), 129)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, "no full four-hour figures"),
        ({"earned": False}, "would not have earned"),
        ({"earned": True, "would_lose": True, "period": "2023-01-01"}, "January 2023. It would no longer"),
        ({"earned": True, "would_lose": False, "period": "2023-01-01"}, "would still pass"),
    ],
)
def test_words_of_the_gate(record, said):
    assert said in words.gate(record, "X")


def test_other_areas_are_refused():
    with pytest.raises(TableError, match="there are figures of autonomy for integrated care boards"):
        AreaAutonomy.load("E92000001")
