"""Sentences carry the numbers, and also read right when the numbers turn."""

from dataclasses import replace

import numpy as np
import pandas as pd

from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.words import ADULT, CHILDREN, PUBLIC_HEALTH, for_ten_per_cent
from healthdevo.results import Estimate


def test_verdict_follows_the_interval(coefficient):
    unclear, more = coefficient(-0.05, -0.2, 0.1), coefficient(0.2, 0.1, 0.3)
    assert "and so does the published" in words.verdict("x", unclear, -0.115)
    assert words.verdict("x", unclear, -0.5).endswith(
        "but the published elasticity of \N{MINUS SIGN}0.5 does not"
    )
    assert words.verdict("x", unclear, None).endswith("Zero lies within the interval")
    assert "goes with more preventable deaths" in words.verdict("x", more, -0.115)


def test_words_on_comparison_of_councils_turn_with_the_sign(coefficient):
    positive, negative, unclear = (
        coefficient(0.5, 0.4, 0.6),
        coefficient(-0.5, -0.6, -0.4),
        coefficient(0.0, -0.1, 0.1),
    )
    assert "points the wrong way" in words.comparison(positive, unclear)
    assert "little of it is left" in words.comparison(positive, unclear)
    assert "the way one would hope" in words.comparison(negative, negative)
    assert "no clear link" in words.comparison(unclear, unclear)
    assert "no clear link" in words.over_time(unclear)
    assert "a link" in words.over_time(negative)
    assert "is clear:" in words.adult_link(positive)
    assert "is unclear" in words.adult_link(unclear)


def test_words_on_many_tests_name_the_check_that_fails():
    family = pd.DataFrame(
        {
            "service": [PUBLIC_HEALTH, CHILDREN],
            "p_value": [0.01, 0.2],
            "romano_wolf": [0.04, 0.3],
        }
    )
    assert words.many_tests(family).endswith("1 after adjustment for their number")
    assert "in doubt" in words.many_tests(family.assign(romano_wolf=[0.3, 0.01]))
    assert "none after" in words.many_tests(family.assign(romano_wolf=1.0))


def test_costs_without_a_gain_are_not_defined_in_words():
    lost = Estimate("cost per QALY", np.nan, np.nan, (), 10, "m", reason="more spending goes with a loss")
    assert words.cost(lost) == "not defined, because more spending goes with a loss"


def test_no_candidate_instrument_is_called_strong_when_it_is_weak(spending, texts):
    for fit in spending.instruments.fits.values():
        assert fit.first_stage.weak
    assert texts["spending_instruments"].startswith("All 6 first stages are weak")
    strong = list(spending.instruments.fits.values())[:1]
    table = strong[0].first_stage.table.assign(effective_F=100.0)
    stage = type(strong[0].first_stage)(
        **{**strong[0].first_stage.__dict__, "table": table},
    )
    changed = type(strong[0])(**{**strong[0].__dict__, "first_stages": (stage,)})
    assert words.instruments([changed]).startswith("1 of 1 first stages are strong enough")
    assert "1 of 1 rules of funding" in words.rule([changed])


def test_texts_carry_the_numbers(spending, texts):
    c = spending.designs.coefficient(PUBLIC_HEALTH, "within")
    assert f"{abs(100 * for_ten_per_cent(c.estimate)):.1f}%" in texts["spending_ph_verdict"]
    assert texts["spending_headline"].startswith("These data cannot tell") == (
        not c.interval().excludes_zero
        and not spending.designs.coefficient(ADULT, "within").interval().excludes_zero
    )
    assert all(text.strip() for text in texts.values())


def test_joint_test_and_leads_turn_at_five_per_cent(spending):
    assert "seldom" in words.joint(0.049, 500)
    assert "often" in words.joint(0.051, 500)
    test = spending.checks.leads[PUBLIC_HEALTH]
    assert "so something else moves both" in words.leads(replace(test, p_value=0.049))
    assert "as it should be" in words.leads(replace(test, p_value=0.051))


def test_leverage_names_only_sets_that_were_found(spending):
    report = spending.reliance.leverages[PUBLIC_HEALTH]
    lost = replace(report.flipping_rows, found=False)
    found = replace(report.flipping_rows, found=True)
    assert words.reliance(replace(report, flipping_rows=lost, flipping_areas=lost)).startswith("no small set")
    assert " or " not in words.reliance(replace(report, flipping_rows=found, flipping_areas=lost))
    assert " or " in words.reliance(replace(report, flipping_rows=found, flipping_areas=found))
    assert words.chosen_set(lost).endswith("(sign never turns)")
    assert words.chosen_set(found).endswith("chosen to turn the sign")


def test_need_that_explains_less_moves_the_elasticity(spending):
    found = spending.between.bounds[PUBLIC_HEALTH]
    assert "falls from" in words.bounds(replace(found, uncontrolled=0.4, controlled=0.1))
    assert "moves from" in words.bounds(replace(found, uncontrolled=0.1, controlled=0.4))
    assert "unmeasured need" not in words.bounds(replace(found, delta_zero=np.nan))
