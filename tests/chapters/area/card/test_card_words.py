"""Numbers of the card as it writes them."""

from __future__ import annotations

import pytest

from healthdevo.chapters.area.card.numbers import Number
from healthdevo.chapters.area.card.words import interval, rank, shown, when


@pytest.mark.parametrize(
    ("measure", "value", "said"),
    [
        ("four_hours", 0.9, "90%"),
        ("four_hours", 1.0, "100%"),
        ("spending_against_need", -0.4, "0%"),
        ("spending_against_need", 0.4, "0%"),
        ("spending_against_need", 7.0, "+7%"),
        ("gradient", -0.25, "−0.2"),
        ("life_expectancy", 80.25, "80.2"),
        ("attendances", 1234.5, "1,234"),
    ],
)
def test_a_value(measure: str, value: float, said: str) -> None:
    assert shown(measure, value) == said


def test_periods_intervals_and_ranks() -> None:
    assert when("spending_against_need", 2019) == "2019/20 to 2024/25"
    assert interval(Number("four_hours", 0.9, lower=0.8, upper=1.0)) == "80% to 100%"
    assert (
        rank(Number("attendances", 1.0, rank=2, rank_lower=1, rank_upper=2, of=2)) == "2nd of 2 (1st to 2nd)"
    )
    assert rank(Number("attendances", 1.0, rank=1, rank_lower=1, rank_upper=1, of=2)) == "1st of 2"
