"""Words follow the numbers on each side of every threshold."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.devolution.avoidable.findings import LEADS, cause_of, headline_of, holds
from healthdevo.chapters.devolution.avoidable.words import (
    brief,
    contrast,
    counted,
    disjoint_in_words,
    factors_in_words,
    persistence,
    pretrend,
    separate,
    ten_or_five,
    turn,
)
from healthdevo.evaluation import ConditionalPlaceboTest, DisjointPlaceboTest, FactorEffect, PlaceboTest
from healthdevo.results import Interval


def placebo(estimate, p=0.5):
    limits = Interval(0.95, estimate - 1, estimate + 1)
    return PlaceboTest("effect", estimate, 1.0, (limits,), 10, "placebo", p_absolute=p)


def readings(plain=(-9.0, 0.01), given=(-5.0, 0.2), drawn=(-6.0, 0.04), trend=(0.4, 0.9), log=(-0.02, 0.3)):
    return [placebo(*x) for x in (plain, given, drawn, trend, log)]


SURE = {"given": (-5.0, 0.05), "drawn": (-5.0, 0.05), "trend": (-4.0, 0.05), "log": (-0.02, 0.05)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "fell by 9.0 per 100,000 more than elsewhere outside London. 1% of blocks of ten areas"),
        ({}, "But given the earlier trend the change is 5.0 fewer, which 20% match (with blocks drawn at random: 6.0 fewer, 4%). With that"),
        ({}, "In per cent of the rate it is −2.0%, which 30% match."),
        ({"plain": (9.0, 0.001)}, "rose by 9.0 per 100,000 against the change elsewhere outside London. Fewer than 1%"),
        ({"plain": (-9.0, 0.06)}, "That is not unusual: 6% of blocks"),
        ({"plain": (-9.0, 0.05)}, "5% of blocks of ten areas without the deal changed as much. But"),
        (SURE, "That stays so when earlier trends are allowed for, and in per cent"),
        (SURE | {"trend": (4.0, 0.05)}, "But with that trend carried on in full the change is 4.0 more, which 5% match."),
        (SURE | {"log": (-0.02, 0.06)}, "But in per cent of the rate it is −2.0%, which 6% match."),
        (SURE | {"given": (-5.0, 0.06)}, "But given the earlier trend the change is 5.0 fewer, which 6% match (with blocks drawn at random: 5.0 fewer, 5%)."),
        (SURE | {"drawn": (-5.0, 0.06)}, "But given the earlier trend the change is 5.0 fewer, which 5% match (with blocks drawn at random: 5.0 fewer, 6%)."),
    ],
)  # fmt: skip
def test_each_cause_follows_its_readings(change, words):
    assert words in cause_of("Deaths", *readings(**change))


def test_the_headline_draws_a_line_only_where_no_cause_holds():
    sure, unsure = readings(**SURE), readings()
    assert holds(*sure)
    assert not holds(*unsure)
    assert not holds(*readings(**(SURE | {"trend": (4.0, 0.01)})))
    both = headline_of({"preventable": unsure, "treatable": unsure})
    assert both.endswith("So these figures neither show an effect of the deal nor rule one out.")
    assert both.startswith(LEADS["preventable"])
    assert "neither show" not in headline_of({"preventable": sure, "treatable": unsure})
    assert "neither show" not in headline_of({"preventable": unsure, "treatable": sure})


@pytest.mark.parametrize(
    ("early", "late", "words"),
    [
        (0.3, -1.9, "widened by 0.3 a year, from 2010 to 2014 it narrowed by 1.9 a year. So the narrowing began before the deal, but not before 2010"),
        (-0.3, -1.9, "So it was narrowing in both halves"),
        (-0.3, 1.9, "So it was not narrowing in the years just before the deal"),
    ],
)  # fmt: skip
def test_turn_of_the_gap(early, late, words):
    assert words in turn(early, late)


@pytest.mark.parametrize(
    ("ten", "five", "words"),
    [
        ((-0.4, 0.9), (3.2, 0.5), "leaves 0.4 fewer deaths per 100,000 (90% of blocks show as much). The line of 2010 to 2014 alone leaves 3.2 more"),
        ((-0.4, 0.06), (3.2, 0.06), "do not change the answer: neither is unusual"),
        ((-4.0, 0.05), (-3.2, 0.05), "do not change the answer: both are unusual"),
        ((-4.0, 0.05), (3.2, 0.05), "The years before 2010 change the answer: both are unusual, but point opposite ways"),
        ((-4.0, 0.05), (-3.2, 0.06), "change the answer: with them it is unusual, without them not"),
        ((-4.0, 0.06), (-3.2, 0.05), "change the answer: with them it is not unusual, without them unusual"),
    ],
)  # fmt: skip
def test_ten_years_against_five(ten, five, words):
    assert words in ten_or_five(placebo(*ten), placebo(*five))


def test_paths_before_the_deal():
    assert pretrend(-1.3, 0.05).endswith("So it was on a path of its own")
    assert pretrend(1.3, 0.06).endswith(
        "widened by 1.3 a year; 6% of blocks moved as fast. So its path was not unusual"
    )


@pytest.mark.parametrize(
    ("share", "error", "words"),
    [
        (0.5, 0.1, "50% of an earlier difference in trend went on (95% interval 30% to 70%). So the earlier trend should neither"),
        (0.9, 0.1, "So the earlier trend should not be ignored"),
        (0.1, 0.1, "So the earlier trend should not be carried on in full"),
        (0.5, 0.5, "So the figures cannot tell whether"),
    ],
)  # fmt: skip
def test_what_goes_on_of_a_trend(share, error, words):
    terms = pd.DataFrame({"term": ["trend"], "estimate": [share], "standard_error": [error]})
    test = ConditionalPlaceboTest("effect", 0.0, 1.0, (), 10, "m", reason="r", coefficients=terms)
    assert words in persistence(test)


@pytest.mark.parametrize(
    ("preventable", "treatable", "words"),
    [
        ((0.06, 0.06), (0.4, 0.3), "Neither is unusual, so these figures establish an effect neither"),
        ((0.05, 0.05), (0.05, 0.01), "Both are unusual"),
        ((0.05, 0.05), (0.06, 0.06), "The change in preventable deaths is unusual. The change in treatable deaths is not unusual"),
        ((0.06, 0.06), (0.05, 0.05), "The change in preventable deaths is not unusual. The change in treatable deaths is unusual"),
        ((0.06, 0.05), (0.06, 0.06), "Whether the change in preventable deaths is unusual depends on how blocks are made. The change in treatable deaths is not"),
        ((0.05, 0.05), (0.05, 0.06), "is unusual. Whether the change in treatable deaths is unusual depends on how blocks are made"),
    ],
)  # fmt: skip
def test_contrast_of_public_health_and_care(preventable, treatable, words):
    first = [placebo(-5.0, p) for p in preventable]
    second = [placebo(1.8, p) for p in treatable]
    told = contrast(first, second)
    assert words in told
    shares = [f"{100 * p:.0f}%" for p in (*preventable, *treatable)]
    assert f"in preventable deaths is 5.0 fewer ({shares[0]} of blocks match it) with compact" in told
    assert f"With blocks drawn at random it is 5.0 fewer ({shares[1]} of blocks match it)." in told
    assert (
        f"For treatable deaths the two are 1.8 more ({shares[2]} of blocks match it) and 1.8 more ({shares[3]}"
        in told
    )
    whole = brief((placebo(-9.2), *first), (placebo(-5.4), *second))
    assert whole.startswith(
        "With ten, the plain difference is 9.2 fewer preventable deaths per 100,000 and 5.4 fewer"
    )
    assert whole.endswith(f"{told}.")


@pytest.mark.parametrize(
    ("effects", "p", "words"),
    [
        ([-1.0, -2.0], [0.01, 0.5], "Of two readings all two find fewer deaths; one is unusual"),
        ([-1.0, 2.0], [0.01, 0.05], "Of two readings one finds fewer deaths; two are unusual"),
        ([1.0, 2.0], [0.06, 0.5], "Of two readings none finds fewer deaths; none are unusual"),
        ([-1.0, -2.0, 3.0], [0.06, 0.5, 0.5], "Of three readings two find fewer deaths; none are unusual"),
    ],
)
def test_readings_are_counted(effects, p, words):
    assert words in counted([placebo(*x) for x in zip(effects, p, strict=True)])


@pytest.mark.parametrize(
    ("rank", "edge", "words"),
    [
        (0, False, "it has no factor and is the plain difference"),
        (2, False, "it has two and finds −1.1"),
        (5, True, "it has five, the largest number tried and finds −1.1"),
    ],
)
def test_factors_of_the_page(rank, edge, words):
    diagnostics = {"chosen rank is the largest tried": float(edge)}
    chosen = FactorEffect("effect", -1.1, np.nan, (), 10, "m", reason="r", rank=rank, diagnostics=diagnostics)
    found = factors_in_words({1: placebo(-2.0, 0.05), 2: placebo(-1.1, 0.06)}, chosen)
    assert found.startswith("between −2 and −1.1 with one to two factors, one of them unusual")
    assert words in found


def cuts(ranks, blocks):
    rows = pd.DataFrame({"rank": ranks, "blocks": blocks, "p_value": 0.1})
    return DisjointPlaceboTest("effect", 1.0, 1.0, (), len(ranks), "cuts", reason="r", partitions=rows)


def test_separate_blocks():
    plain, given = cuts([1, 1, 1, 1], [9, 9, 12, 14]), cuts([1, 2, 3, 1], [9, 9, 12, 14])
    assert "in 100% of 4 ways to cut the map" in disjoint_in_words(plain, given)
    assert disjoint_in_words(plain, given).endswith(". Given the earlier trend it is so in 50%")
    assert separate(plain).startswith("Side by side only 9 to 14 such blocks fit outside London")
    assert separate(plain).endswith("about once in 10 to 15 times")
    assert separate(cuts([1, 1], [9, 9])).endswith("would come first by chance about once in 10 times")
