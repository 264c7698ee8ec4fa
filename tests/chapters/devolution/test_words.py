"""Words follow the numbers on each side of every threshold."""

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.common import small_share
from healthdevo.chapters.devolution.simulations import Simulations
from healthdevo.chapters.devolution.words import (
    agreement,
    closing,
    deaths_in_words,
    difference,
    dose,
    factors_in_words,
    flagged_year,
    health_places,
    only_by_trend,
    panels_in_words,
    spending_verdict,
    standing_out,
    trend_tests_in_words,
    trends_in_words,
    undecided,
)
from healthdevo.evaluation import Effect, FactorEffect, PlaceboTest
from healthdevo.results import Interval


def placebo(estimate: float, p: float = 0.5, half: float = 1.0) -> PlaceboTest:
    """Return a placebo test with an effect, a share of groups with as much and half a width."""
    limits = Interval(0.95, estimate - half, estimate + half)
    return PlaceboTest("effect", estimate, 1.0, (limits,), 10, "placebo", p_absolute=p)


def test_wordings_of_flipped_signs():
    assert closing(4.0, 10.0).endswith("faster than before")
    assert closing(8.0, 2.0).endswith("more slowly than before")
    assert closing(4.0, 5.0, 2003).startswith("It closed by 0.36 a year from 2003 to 2014")
    assert "more than in the years on both sides" in flagged_year(50.0, 60.0, 55.0)
    assert "lies between" in flagged_year(50.0, 52.0, 55.0)
    assert small_share(0.004) == "fewer than 1%"


@pytest.mark.parametrize(
    ("simpler", "factors", "words"),
    [
        ([placebo(0.2), placebo(0.1)], [placebo(0.1)], "the two simpler designs all point to a gain. The factor model points to a gain, however many"),
        ([placebo(-0.2), placebo(-0.1)], [placebo(-0.1)], "designs all point to a loss. The factor model points to a loss, however many"),
        ([placebo(0.2), placebo(-0.1)], [placebo(-0.1)], "one of the two simpler designs points to a gain, the rest to a loss"),
        ([placebo(0.2), placebo(0.1)], [placebo(0.1), placebo(-0.1)], "The factor model points either way, depending on"),
        ([placebo(0.2, 0.06), placebo(0.1)], [placebo(0.1)], "None of these changes is unusual: for each, at least 6% of blocks of ten districts"),
        ([placebo(0.2, 0.05), placebo(0.1)], [placebo(0.1)], "Of all three readings, one that points to a gain is unusual: at most one in twenty"),
        ([placebo(0.2, 0.05), placebo(-0.1, 0.01)], [placebo(-0.1, 0.01)], "one that points to a gain and two that point to a loss are unusual"),
    ],
)  # fmt: skip
def test_agreement_of_designs(simpler, factors, words):
    assert words in agreement(dict(enumerate(simpler)), dict(enumerate(factors, 1)))


@pytest.mark.parametrize(
    ("alone", "edge", "together", "words"),
    [
        (5, True, 0, "picks five, the largest number tried. But windows share years"),
        (5, True, 0, "picks none, which makes the model the plain difference"),
        (3, False, 2, "at a time picks three. But windows share years, so its neighbours give a left-out window away. Leaving them out too picks two"),
        (2, False, 2, "at a time picks two. Leaving out the windows that share its years too picks the same"),
    ],
)  # fmt: skip
def test_words_on_the_number_of_factors(alone, edge, together, words):
    def chosen(rank, at_edge):
        diagnostics = {"chosen rank is the largest tried": float(at_edge)}
        return FactorEffect("effect", 0.0, 1.0, (), 10, "m", reason="r", rank=rank, diagnostics=diagnostics)

    assert words in factors_in_words(chosen(alone, edge), chosen(together, False))


@pytest.mark.parametrize(
    ("early", "late", "words"),
    [
        (placebo(0.5), placebo(-0.5), "Neither start gives"),
        (placebo(2.0), placebo(-2.0), "Both starts give"),
        (placebo(0.5), placebo(2.0), "Only the start in 2016/17"),
    ],
)
def test_spending_by_start(early, late, words):
    assert spending_verdict({2015: early, 2016: late}).startswith(words)


@pytest.mark.parametrize(
    ("p", "own", "words"),
    [
        ([0.2, 0.3], [0.2, 0.2], "None of them stands out"),
        ([0.01, 0.3], [0.2, 0.2], "A (−5); none of these stands out once earlier trends"),
        ([0.01, 0.3], [0.01, 0.2], "A (−5); A still does once"),
        ([0.01, 0.05], [0.01, 0.05], "A (−5) and B (4); A and B still do once"),
    ],
)
def test_areas_that_stand_out(p, own, words):
    rows = pd.DataFrame({"name": ["A", "B"], "effect": [-5.0, 4.0], "p_value": p, "p_own_trend": own})
    assert words in standing_out(rows)


def test_words_of_the_study_follow_its_numbers():
    section = Simulations(tables.load("simulation_study"), 100)
    rows = section.part("panel")
    calm = rows.assign(rejection=0.01)
    assert "few false alarms" in panels_in_words(calm)
    wild = rows.assign(rejection=0.9)
    assert panels_in_words(wild).startswith("None of the chapter's designs")
    assert len(section.panels_table().shown) > 20
    assert "finds 0.3 years on average" in deaths_in_words(section.part("deaths").assign(mean_estimate=0.3))


def effect(estimate: float, error: float = 1.0, districts: int = 3) -> Effect:
    """Return an effect with a standard error and a number of districts."""
    limits = () if districts == 1 else (Interval(0.95, estimate - 2 * error, estimate + 2 * error),)
    return Effect("effect", estimate, error, limits, 10, "imputation", treated=tuple(range(districts)))


@pytest.mark.parametrize(
    ("power", "trend", "words"),
    [
        (-1.0, -1.0, "no more than chance allows"),
        (-9.0, -8.0, "it is −8, so it does not hang on them"),
        (-9.0, 4.0, "it is 4: what one believes about earlier trends decides"),
        (9.0, 1.0, "it is 1: what one believes about earlier trends decides"),
    ],
)
def test_difference_of_deals_with_power_over_health(power, trend, words):
    assert difference(effect(power), effect(0.0), trend).endswith(words)


@pytest.mark.parametrize(
    ("estimates", "words"),
    [
        ((-7.0, -3.0, 0.0), "More power goes with a larger fall"),
        ((-7.0, 6.0, 0.0), "The change does not keep step with the power"),
        ((7.0, 6.0, 0.0), "The change does not keep step with the power"),
    ],
)
def test_dose(estimates, words):
    labels = (
        "With health money handed over",
        "With health agreed, no money",
        "Without power over health",
    )
    kinds = {
        label: effect(e, districts=1 + i) for i, (label, e) in enumerate(zip(labels, estimates, strict=True))
    }
    said = dose(kinds)
    assert said.endswith(words)
    assert "(one district)" in said
    assert dose({labels[2]: effect(1.0)}).startswith("The deals are all of one kind")


def test_districts_on_neither_side():
    assert undecided(0, []) == "Every district in a combined authority by 2019 had a deal by then"
    assert undecided(1, ["X"]).startswith(
        "One district lay in a combined authority by 2019 without a deal (that of X was"
    )
    assert undecided(4, []).endswith(
        "4 districts lay in a combined authority by 2019 without a deal and are on neither side"
    )


@pytest.mark.parametrize(
    ("money", "planned", "words"),
    [
        (
            ["A"],
            ["B", "C"],
            "A had health money handed over by 2018; B and C made agreements on health without it",
        ),
        (["A"], [], "A had health money handed over by 2018"),
        ([], ["B"], "No place had health money handed over by 2018; B made agreements on health"),
    ],
)
def test_places_with_power_over_health(money, planned, words):
    assert health_places(money, planned) == words


@pytest.mark.parametrize(
    ("p", "own", "words"),
    [
        ([0.2, 0.01], [0.2, 0.01], "No other area stands out"),
        ([0.2, 0.01], [0.01, 0.01], "A (−14) stands out only when"),
        ([0.2, 0.3], [0.01, 0.01], "A (−14) and B (4) stand out only when"),
    ],
)
def test_areas_that_stand_out_only_by_trend(p, own, words):
    rows = pd.DataFrame({"name": ["A", "B"], "own_trend": [-14.3, 4.0], "p_value": p, "p_own_trend": own})
    assert words in only_by_trend(rows)


def _tests(usual):
    return pd.DataFrame(
        {"treated": [1, 10, 10], "event study": [1.0, *usual], "slope among blocks": [0.04, 0.05, 0.06]}
    )


def test_the_usual_test_of_trends_is_called_an_alarm_only_where_it_is_one():
    loud = trend_tests_in_words(_tests([0.25, 0.30]))
    assert loud.startswith(
        "Where earlier trends are alike, the usual joint test at 5% sounds the alarm in 25% to 30%"
    )
    assert "in 4% to 6%" in loud
    calm = trend_tests_in_words(_tests([0.04, 0.10]))
    assert "keeps its word: it sounds the alarm in 4% to 10%" in calm


def test_trends_that_go_on_are_told_with_their_side():
    plain, given, own = (
        "difference-in-differences",
        "differences given earlier trend",
        "differences less own trends",
    )
    rows = pd.DataFrame(
        {
            "effect": [0.0, 0.0, 0.0, -7.0],
            "scenario": ["earlier trends go on", "earlier trends go on", "earlier trends end", "earlier trends go on"],
            "design": [plain, given, own, plain],
            "bias": [-3.5, 0.4, 14.0, 99.0],
        }
    )  # fmt: skip
    words = trends_in_words(rows)
    assert "the plain difference finds 3.5 fewer deaths per 100,000 that no deal made" in words
    assert (
        "Given the earlier trend, it is 0.4 more. Where earlier trends end, carrying them on is off by 14"
        in words
    )
