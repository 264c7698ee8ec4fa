"""Words of the chapter on both sides of what decides them."""

from __future__ import annotations

import pandas as pd
import pytest

from healthdevo.chapters.common import normal_estimate
from healthdevo.chapters.postcode_lottery import words

BELOW, ABOVE, UNSURE = (normal_estimate("slope", x, 0.25) for x in (-1.5, 1.5, 0.1))


def test_short_verdicts() -> None:
    assert words.caught_up("preventable deaths", BELOW) == "those that started high came down faster"
    assert words.caught_up("life expectancy", BELOW) == "those that started low caught up"
    assert words.caught_up("preventable deaths", ABOVE) == "those that started high moved further up"
    assert words.caught_up("life expectancy", ABOVE) == "those that started low fell behind"
    assert words.caught_up("preventable deaths", UNSURE) == "no catching up beyond noise"
    assert words.narrowed(normal_estimate("ratio", 1.15, 0.025)) == "the spread widened"
    assert words.narrowed(normal_estimate("ratio", 0.85, 0.025)) == "the spread narrowed"
    assert words.narrowed(normal_estimate("ratio", 0.98, 0.025)) == "the spread did not change beyond noise"


def test_peaks() -> None:
    assert "peaked in 2020 and is now 10% above 2019" in words.peak(
        pd.Series({2019: 1.0, 2020: 2.0, 2021: 1.1})
    )
    assert "at its widest, 50% below" not in words.peak(pd.Series({2019: 1.0, 2020: 1.5}))
    assert words.peak(pd.Series({2019: 1.0, 2020: 2.0, 2021: 0.9})).endswith("now 10% below 2019")
    assert words.peak(pd.Series({2019: 1.0, 2020: 2.0, 2021: 1.01})).endswith("back where it was in 2019")


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (0.50, "grew from 40% to 50% of the variance"),
        (0.30, "shrank from 40% to 30% of the variance"),
        (0.42, "hardly moved (40% and 42%)"),
    ],
)
def test_shares_that_move(end: float, said: str) -> None:
    assert words.went(0.4, end) == said


def test_verdict_on_a_board() -> None:
    assert words.verdict(normal_estimate("change", -0.1, 0.01)).startswith(
        "fell faster than England's, by 10.0%"
    )
    assert words.verdict(normal_estimate("change", 0.1, 0.01)).startswith("fell behind England's, by 10.0%")
    assert "neither gaining nor losing" in words.verdict(normal_estimate("change", 0.1, 0.1))


def test_a_share_is_never_below_zero_by_rounding_alone() -> None:
    assert [words.whole(x) for x in (-0.004, 0.004, 0.126, -0.02)] == ["0%", "0%", "13%", "−2%"]
