"""For each row that has a test, made-up figures go through the test and the rule, and reach every verdict of the scale."""

import pytest
from tests.claims.made_up import FIGURES, NO, PARTLY, TURNED, WORLDS, YES

from healthdevo.claims import CLAIMS, Against, AtLeast, AtMost, Entry, Verdict

TESTED = [c for c in CLAIMS if c.test is not None]


def wanted(rule):
    """Values with limits that must get each verdict, from what the words of the rule say."""
    if isinstance(rule, Against):
        way, at = (1.0 if rule.more else -1.0), rule.reference
        far, near = at + way * 2.0 * rule.enough, at + way * rule.enough / 2.0
        small = rule.enough / 4.0
        return {
            YES: (far, far - small, far + small),
            PARTLY: (near, near - small, near + small),
            NO: (far, far - 4.0 * rule.enough, far + 4.0 * rule.enough),
            TURNED: (at - way * rule.enough, at - way * rule.enough - small, at - way * rule.enough + small),
        }
    assert isinstance(rule, AtLeast | AtMost)
    step = 0.004 if isinstance(rule, AtLeast) else -0.004
    low = rule.contradicted - step
    middle = (rule.partly + rule.contradicted) / 2.0
    found = {
        YES: rule.supported + step,
        PARTLY: (rule.supported + rule.partly) / 2.0,
        NO: middle if rule.partly != rule.contradicted else rule.partly - step,
        TURNED: low,
    }
    limits = {verdict: (v, v, v) for verdict, v in found.items()}
    if rule.partly == rule.contradicted:  # only an interval can lie on both sides of one threshold
        limits[NO] = (found[NO], *sorted((found[NO] - step, rule.supported)))
    return limits


def worlds(claim):
    """Figures by verdict."""
    name = claim.test.__name__
    if name in WORLDS:
        return WORLDS[name]
    return {verdict: FIGURES[name](*values) for verdict, values in wanted(claim.rule).items()}


def test_there_are_made_up_figures_for_each_test_and_no_other():
    assert {c.test.__name__ for c in TESTED} == set(FIGURES) | set(WORLDS)
    assert not set(FIGURES) & set(WORLDS)


@pytest.mark.parametrize("claim", TESTED, ids=lambda c: c.name)
@pytest.mark.parametrize("verdict", [YES, PARTLY, NO, TURNED], ids=lambda v: v.name.lower())
def test_made_up_figures_reach_the_verdict(claim, verdict):
    result = claim.test(worlds(claim)[verdict])
    assert Entry(claim, result).verdict is verdict, result


@pytest.mark.parametrize("claim", TESTED, ids=lambda c: c.name)
def test_without_figures_it_cannot_be_tested(claim):
    assert Entry(claim).verdict is Verdict.NOT_TESTABLE
