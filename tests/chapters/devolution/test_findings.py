"""The headline follows the numbers."""

import numpy as np
import pytest

from healthdevo.chapters.devolution.findings import headline_of
from healthdevo.evaluation import PlaceboTest


def placebo(estimate: float, p: float) -> PlaceboTest:
    """Return a placebo test with an effect and a share of groups with as much."""
    return PlaceboTest("effect", estimate, 1.0, (), 10, "placebo", p_absolute=p)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "cannot tell an effect of the deal from a catching-up"),
        ({"p_blocks": 0.3}, "do not show that the deal changed"),
        ({"own_trend": -6.0, "p_own_trend": 0.01, "p_share": 0.01}, "The finding stays"),
        (
            {"effect": 7.0, "own_trend": 6.0, "p_own_trend": 0.01, "share": 0.02, "p_share": 0.01},
            "rose by 7.0",
        ),
        ({"own_trend": -6.0, "p_own_trend": 0.01}, "in per cent of the rate it is −2.0%"),
        ({"p_share": 0.01}, "without the odd year 2013, 1.5 fewer"),
    ],
)
def test_headline_follows_the_numbers(change, words):
    numbers = {
        "effect": -7.1,
        "p_blocks": 0.01,
        "own_trend": 3.2,
        "p_own_trend": 0.6,
        "share": -0.02,
        "p_share": 0.4,
    }
    n = numbers | change
    main, trend = placebo(n["effect"], n["p_blocks"]), placebo(n["own_trend"], n["p_own_trend"])
    log = placebo(float(np.log1p(n["share"])), n["p_share"])
    assert words in headline_of(main, trend, log, -1.5, "some")
