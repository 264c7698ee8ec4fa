"""Words of the area section on both sides of what decides them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas
from healthdevo.chapters.area.inequality import words
from healthdevo.chapters.common import left_out, normal_estimate, place

MANCHESTER = areas.get("E54000057")


def test_places() -> None:
    assert place(1, 1, 3, 7, *words._ENDS) == "the steepest of 7 (95% interval 1st to 3rd)"
    assert place(7, 7, 7, 7, *words._ENDS) == "the flattest of 7"
    assert place(2, 2, 2, 7, *words._ENDS) == "2nd steepest of 7"


@pytest.mark.parametrize(
    ("slope", "said"),
    [
        (50.0, "rise with deprivation, by 50 per 100,000 from end to end"),
        (-50.0, "fall with deprivation, by 50 per 100,000 from end to end"),
        (5.0, "show no gradient beyond noise"),
    ],
)
def test_gradient_across_districts(slope: float, said: str) -> None:
    assert words.gradient(normal_estimate("slope index", slope, 10.0)) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.19, "fewer than"),
        (0.2, "20% live in England's most deprived fifth, as in England"),
        (0.21, "more than in England"),
    ],
)
def test_share_of_the_most_deprived_fifth(share: float, said: str) -> None:
    profile = pd.DataFrame([[share / 2] * 2 + [(1 - share) / 8] * 8], index=[MANCHESTER.code])
    section: Any = SimpleNamespace(area=MANCHESTER, deprived_share=share, profile=profile)
    assert said in words.profile(section).title


@pytest.mark.parametrize(("count", "said"), [(1, "One district is"), (2, "Two districts are")])
def test_too_few_districts(count: int, said: str) -> None:
    section: Any = SimpleNamespace(
        across_own=normal_estimate("slope index", np.nan, np.nan), districts=range(count)
    )
    assert words.across(section).startswith(f"{said} too few")


def test_what_is_left_out_is_named() -> None:
    everyone = ("42 integrated care boards", "comparison of gradients")
    assert left_out({}, *everyone) == "All 42 integrated care boards are in the comparison of gradients."
    reasons = {"B": words.BROKEN, "A": words.NO_FIGURES}
    assert left_out(reasons, *everyone).endswith(
        f": A ({words.NO_FIGURES}). Also left out: B ({words.BROKEN})."
    )
