"""Words on earlier trends, blocks and the district that carries most, on each side of every threshold."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.mortality import Carrier
from healthdevo.evaluation import DisjointPlaceboTest, PlaceboTest, SensitivityBounds
from healthdevo.results import Interval


def placebo(estimate: float = -7.1, matched: int = 5, blocks: int = 100) -> PlaceboTest:
    """Return a placebo test that some of its blocks match."""
    share, limits = (1 + matched) / (1 + blocks), Interval(0.95, estimate - 1.0, estimate + 1.0)
    return PlaceboTest(
        "effect", estimate, 1.0, (limits,), 10, "p", p_absolute=share, rank=1 + matched, effects=np.zeros(blocks)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("matched", "rarity", "matches"),
    [
        (0, "None of the 100 blocks", "none of 100 blocks matches"),
        (1, "1 of the 100 blocks", "1 of 100 blocks matches"),
        (7, "7 of the 100 blocks", "7 of 100 blocks match"),
    ],
)
def test_blocks_that_match_are_counted(matched, rarity, matches):
    assert words.rarity(placebo(matched=matched)).startswith(rarity)
    assert words.matches(placebo(matched=matched)) == matches


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ((62.5, 56.6, 55.5), "Most of what closed before the agreement closed in one year"),
        ((62.5, 59.1, 55.5), "no matter of its first year alone: from 2011 to 2014 it was 1.2 a year"),
        ((55.0, 56.0, 55.5), "It did not close before the agreement; from 2011 to 2014 it was 0.17 a year"),
    ],
)
def test_pace_without_the_first_year(before, said):
    assert said in words.first_year(*before)


@pytest.mark.parametrize(
    ("estimate", "matched", "said"),
    [
        (-2.0, 5, "narrowed by 2 deaths per 100,000 a year along its straight line; 5 of 100"),
        (-2.0, 5, "an earlier trend of its own is not shown"),
        (2.0, 4, "widened by 2"),
        (2.0, 4, "was moving apart from the others before the agreement"),
    ],
)
def test_test_of_earlier_trends(estimate, matched, said):
    text = words.pretrend(placebo(estimate, matched))
    assert said in text
    assert ("proves nothing for the deal" in text) == (matched == 5)


@pytest.mark.parametrize(("p", "said"), [(0.05, "so it finds a trend"), (0.06, "finds no trend either")])
def test_joint_test_of_earlier_years(p, said):
    assert said in words.joint(p, 0.01)


@pytest.mark.parametrize(
    ("largest", "said"),
    [(-3.55, "The largest is 50% of the real change"), (-3.4, "None is half"), (7.0, "None is half")],
)
def test_made_up_starts(largest, said):
    text = words.made_up({2012: placebo(-1.0), 2013: placebo(largest)}, placebo(-7.1))
    assert said in text
    assert "For 2012 the plain difference gives 1.0 fewer (5 of 100 blocks match). For 2013 it is" in text


@pytest.mark.parametrize(
    ("share", "said"), [(-0.1, "nothing of an"), (0.18, "about 18% of an"), (1.3, "about 130% of an")]
)
def test_how_much_of_a_trend_goes_on(share, said):
    text = words.persistence(share, 0.05)
    assert text.startswith(said)
    assert "95% interval" in text


def test_what_is_left_with_the_trend_taken_into_account():
    text = words.given_in_words({"earlier trend": placebo(-5.4), "everything": placebo(4.4, 6)})
    assert "the change is 5.4 fewer (5 of 100 blocks match)" in text
    assert "it is 4.4 more (6 of 100 blocks match)" in text


@pytest.mark.parametrize(
    ("without", "matched", "said"),
    [
        (1.0, 0, "nothing of the finding is left"),
        (-4.6, 5, "no longer clearly unusual"),
        (-4.6, 4, "That is still unusual"),
    ],
)
def test_district_that_carries_most(without, matched, said):
    carrier = Carrier("Exampleton", without, -29.0, matched, 110)
    assert said in words.carrier_in_words(carrier, -7.1)
    assert words.lasts(carrier, -7.1) == (matched == 4)


def bounds(breakdown: float) -> SensitivityBounds:
    limits = (Interval(0.95, -17.0, 4.4),)
    return SensitivityBounds(
        "e", -6.3, 5.0, limits, 9, "m", restriction="relative_magnitudes", breakdown=breakdown
    )


def test_bounds_say_that_they_measure_from_one_year():
    for value, said in (
        (np.nan, "holds zero before any departure"),
        (0.5, "no more than 0.5 times the largest change"),
    ):
        text = words.breakdown(bounds(value))
        assert "from 2014 alone, one year of five" in text
        assert said in text


@pytest.mark.parametrize(("matched", "said"), [(4, "unusual in per cent too"), (5, "not unusual")])
def test_per_cent(matched, said):
    text = words.percent_reading(placebo(float(np.log(0.978)), matched))
    assert said in text
    assert "−2.2%" in text


@pytest.mark.parametrize(
    ("points", "said"), [(-2.6, "fell by 2.6 deaths (1.6%)"), (2.6, "rose by 2.6 deaths (1.6%)")]
)
def test_halves(points, said):
    frame = pd.DataFrame(
        {"points": [points, -5.8], "share": [points / 162.5, -0.05]}, index=["deprived", "other"]
    )
    text = words.halves_in_words(frame)
    assert said in text
    assert "That of the other half fell by 5.8 deaths (5.0%)" in text


@pytest.mark.parametrize(
    ("blocks", "said"), [([16, 22], "only 16 to 22 blocks"), ([20, 20], "only 20 blocks")]
)
def test_blocks_that_share_no_district(blocks, said):
    table = pd.DataFrame({"blocks": blocks, "p_value": [0.04, 0.08], "rank": [1, 2]})
    text = words.disjoint_in_words(DisjointPlaceboTest("e", -7.0, 1.0, (), 2, "cuts", partitions=table))
    assert said in text
    assert "p is 0.06 on average and 0.04 at the least" in text


def test_a_reading_that_nothing_can_match_has_no_count():
    assert words.counted(float("nan")) == "not a rank"
