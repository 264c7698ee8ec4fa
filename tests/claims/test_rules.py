"""Rules are pure: thresholds and a result in, a verdict out; every row's rule reaches the whole scale."""

import math

import pytest

from healthdevo.claims import CLAIMS, Against, AtLeast, AtMost, Judged, Strength, Verdict
from healthdevo.errors import InputError
from healthdevo.results import Estimate, Interval

NAN = math.nan
TESTED = [c for c in CLAIMS if c.rule is not None]


def found(value, lower=None, upper=None):
    if lower is None:
        return Estimate("made up", value, NAN, (), 10, "made up", reason="a full count")
    return Estimate("made up", value, NAN, (Interval(0.95, lower, upper),), 10, "made up")


def judged(value, strength):
    return Judged("made up", value, NAN, (), 10, "made up", reason="none", strength=strength)


def cases(rule):
    """Results that must get each verdict, from the meaning of the thresholds and not from the code."""
    if isinstance(rule, Strength):
        way = 1.0 if rule.more else -1.0
        return {
            Verdict.SUPPORTED: [judged(5.0 * way, "clear")],
            Verdict.PARTLY: [judged(5.0 * way, "some")],
            Verdict.NOT_SUPPORTED: [judged(5.0 * way, "no clear"), judged(-5.0 * way, "no clear")],
            Verdict.CONTRADICTED: [judged(-5.0 * way, "some"), judged(-5.0 * way, "clear")],
        }
    if isinstance(rule, Against):
        way, at, far = (1.0 if rule.more else -1.0), rule.reference, rule.enough + 1.0

        def spread(value, reach):
            return found(value, value - reach, value + reach)

        return {
            Verdict.SUPPORTED: [spread(at + way * far, far / 2.0)],
            Verdict.PARTLY: [spread(at + way * rule.enough / 2.0, rule.enough / 4.0)],
            Verdict.NOT_SUPPORTED: [spread(at + way * far, 2.0 * far), spread(at, 1.0)],
            Verdict.CONTRADICTED: [spread(at - way * far, far / 2.0)],
        }
    step = 1.0 if isinstance(rule, AtLeast) else -1.0
    inside = (rule.supported + rule.partly) / 2.0
    low = rule.contradicted - step * 0.01
    expected = {
        Verdict.SUPPORTED: [found(rule.supported), found(rule.supported + step)],
        Verdict.PARTLY: [found(inside), found(rule.partly)],
        Verdict.CONTRADICTED: [found(low), found(low - step, low - step - 0.001, low - step + 0.001)],
        # the estimate falls short, but its interval reaches where it would not be contradicted
        Verdict.NOT_SUPPORTED: [
            found(rule.partly - step * 0.001, *sorted((low - step, rule.supported + step)))
        ],
    }
    if rule.partly != rule.contradicted:
        expected[Verdict.NOT_SUPPORTED].append(found((rule.partly + rule.contradicted) / 2.0))
    return expected


@pytest.mark.parametrize("claim", TESTED, ids=lambda c: c.name)
def test_synthetic_results_reach_every_verdict_of_the_scale(claim):
    expected = cases(claim.rule)
    for verdict, results in expected.items():
        for result in results:
            assert claim.rule.verdict(result) is verdict, (claim.name, result)
    missing = judged(NAN, "clear") if isinstance(claim.rule, Strength) else found(NAN)
    assert claim.rule.verdict(missing) is Verdict.NOT_TESTABLE
    reached = {*expected, Verdict.NOT_TESTABLE}
    assert reached == set(Verdict)


def test_the_edges_belong_where_the_words_say():
    at_least, at_most = AtLeast(0.5, 0.3, 0.1), AtMost(0.1, 0.3, 0.5)
    assert [at_least.verdict(found(x)).name for x in (0.5, 0.499, 0.3, 0.299, 0.1, 0.099)] == [
        "SUPPORTED",
        "PARTLY",
        "PARTLY",
        "NOT_SUPPORTED",
        "NOT_SUPPORTED",
        "CONTRADICTED",
    ]
    assert [at_most.verdict(found(x)).name for x in (0.1, 0.101, 0.3, 0.301, 0.5, 0.501)] == [
        "SUPPORTED",
        "PARTLY",
        "PARTLY",
        "NOT_SUPPORTED",
        "NOT_SUPPORTED",
        "CONTRADICTED",
    ]
    rule = Against(0.0, enough=1.0)
    assert rule.verdict(found(1.0, 0.0, 2.0)) is Verdict.NOT_SUPPORTED  # the limit lies on the reference
    assert rule.verdict(found(1.0, 0.001, 2.0)) is Verdict.SUPPORTED
    assert rule.verdict(found(-1.0, -2.0, 0.0)) is Verdict.NOT_SUPPORTED
    assert Strength().verdict(judged(0.0, "clear")) is Verdict.CONTRADICTED  # nothing is not above zero
    fall = Against(1.0, enough=0.1, more=False)
    assert fall.verdict(found(0.8, 0.7, 0.9)) is Verdict.SUPPORTED
    assert fall.verdict(found(1.2, 1.1, 1.3)) is Verdict.CONTRADICTED


def test_words_name_the_thresholds():
    assert "at least 0.5" in AtLeast(0.5, 0.3, 0.1).words
    assert "below 0.1" in AtLeast(0.5, 0.3, 0.1).words
    assert "at most 0.1" in AtMost(0.1, 0.3, 0.5).words
    assert "above 0.5" in AtMost(0.1, 0.3, 0.5).words
    assert "lies above 0 and the estimate is 2 or more away" in Against(0.0, enough=2.0).words
    assert "lies below 1 and" in Against(1.0, enough=0.1, more=False).words
    assert "above zero" in Strength().words
    assert "below zero" in Strength(more=False).words


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: AtLeast(0.3, 0.5, 0.1), "do not fall"),
        (lambda: AtLeast(0.5, 0.1, 0.3), "do not fall"),
        (lambda: AtMost(0.5, 0.3, 0.6), "do not rise"),
        (lambda: AtMost(0.1, 0.6, 0.3), "do not rise"),
        (lambda: Against(0.0, enough=0.0), "not above 0"),
        (lambda: Strength().verdict(found(1.0)), "how strong"),
        (lambda: Against(0.0, enough=1.0).verdict(found(1.0, NAN, 2.0)), "limit of the interval is missing"),
    ],
)
def test_what_makes_no_sense_is_refused(make, says):
    with pytest.raises(InputError, match=says):
        make()
