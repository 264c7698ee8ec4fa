"""The rule behind a verdict, on each side of every threshold."""

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import Panel, placebo_test, random_groups, verdict

STRONG = {
    "placebo_p": 0.05,
    "designs": {"did": -3.5, "sc": -9.0},
    "conditional_effect": -4.0,
    "conditional_p": 0.05,
    "relative_effect": -0.02,
    "relative_p": 0.05,
    "pre_rmspe": 3.4,
    "pretrend_p": 0.06,
}


@pytest.mark.parametrize(
    ("change", "parts", "strength"),
    [
        ({}, 5, "clear"),
        ({"pretrend_p": float("nan")}, 5, "clear"),
        ({"pretrend_p": 0.05}, 5, "some"),
        ({"placebo_p": 0.051}, 4, "no clear"),
        ({"designs": {"did": -3.4, "sc": -9.0}}, 4, "some"),
        ({"designs": {"did": 3.6}}, 4, "some"),
        ({"conditional_p": 0.051}, 4, "some"),
        ({"conditional_effect": 4.0}, 4, "some"),
        ({"relative_p": 0.051}, 4, "some"),
        ({"relative_effect": 0.02}, 4, "some"),
        ({"pre_rmspe": 3.5}, 4, "some"),
        ({"conditional_p": 0.3, "relative_p": 0.4}, 3, "some"),
        ({"conditional_p": 0.3, "relative_p": 0.4, "pretrend_p": 0.01}, 3, "no clear"),
        ({"conditional_p": 0.3, "relative_p": 0.4, "pre_rmspe": 9.0}, 2, "no clear"),
    ],
)
def test_each_part_counts(change, parts, strength):
    found = verdict(-7.0, **STRONG | change)
    assert (found.parts, found.strength) == (parts, strength)
    assert found.sentence.count(".") == 1
    assert ("trends differed before" in found.sentence) == (STRONG | change)["pretrend_p"].__le__(0.05)
    assert found.tests["passed"].iloc[:5].sum() == parts


def test_sign_of_the_effect_makes_no_difference():
    mirrored = STRONG | {
        "designs": {"did": 3.5, "sc": 9.0},
        "conditional_effect": 4.0,
        "relative_effect": 0.02,
    }
    assert verdict(7.0, **mirrored).tests.equals(verdict(-7.0, **STRONG).tests)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "calls this clear evidence of an effect: all 5 parts hold."),
        ({"relative_p": 0.9}, "calls this some evidence of an effect, but not clear evidence: 4 of its 5"),
        (
            {"placebo_p": 0.9, "designs": {"did": 9.0}, "conditional_p": 0.9, "relative_p": 0.9},
            "no clear evidence of an effect: 1 of its 5 parts holds.",
        ),
        (
            {"placebo_p": 0.9, "designs": {"did": 9.0}, "conditional_p": 0.9, "relative_p": 0.9, "pre_rmspe": 9.0},
            "no clear evidence of an effect: none of its 5 parts hold",
        ),
    ],
)  # fmt: skip
def test_sentence(change, words):
    assert words in verdict(-7.0, **STRONG | change).sentence


@pytest.mark.parametrize(
    ("effect", "change", "words"),
    [
        (0.0, {}, "effect: 0 has no sign"),
        (-7.0, {"placebo_p": 1.1}, "placebo_p: 1.1 is not between 0 and 1"),
        (-7.0, {"conditional_p": -0.1}, "conditional_p: -0.1"),
        (-7.0, {"relative_p": 2.0}, "relative_p: 2.0"),
        (-7.0, {"pretrend_p": 2.0}, "pretrend_p: 2.0"),
        (-7.0, {"pre_rmspe": -1.0}, "pre_rmspe: -1.0 is negative"),
        (-7.0, {"designs": {}}, "designs: at least one"),
    ],
)
def test_what_cannot_be_judged_is_refused(effect, change, words):
    with pytest.raises(InputError, match=words):
        verdict(effect, **STRONG | change)


def test_without_an_effect_clear_evidence_is_rare():
    """A rule that can be fooled at will is none: on areas that differ by chance alone it all but never finds clear evidence."""
    rng, clear, some = np.random.default_rng(1), 0, 0
    for _ in range(200):
        y = 50.0 + rng.normal(size=(40, 8))
        p = Panel(y, np.outer(np.arange(40) < 4, np.arange(8) >= 4), range(40), range(8))
        groups = random_groups(p, draws=60, seed=rng)
        test = placebo_test(p, "did", groups=groups)
        logs = placebo_test(Panel(np.log(y), p.treatment, range(40), range(8)), "did", groups=groups)
        found = verdict(
            test.estimate,
            placebo_p=test.p_absolute,
            designs={"did": test.estimate},
            conditional_effect=test.estimate,
            conditional_p=test.p_absolute,
            relative_effect=logs.estimate,
            relative_p=logs.p_absolute,
            pre_rmspe=0.0,
        )
        clear += found.strength == "clear"
        some += found.strength == "some"
    # with every other part given away the first still holds the share of false alarms at one in twenty
    assert clear + some <= 0.05 * 200 + 2 * np.sqrt(0.05 * 0.95 * 200)
