"""The headline follows the numbers on each side of every threshold."""

import numpy as np
import pytest

from healthdevo.chapters.devolution.findings import change, headline_of
from healthdevo.chapters.devolution.mortality import Carrier
from healthdevo.evaluation import PlaceboTest

FOR = {"share_p": 0.04, "relative_p": 0.03, "conditional_p": 0.05, "matched": 4}
AGAINST = {"share_p": 0.06, "relative_p": 0.4, "conditional_p": 0.06, "matched": 5}
VERDICT = "Our rule calls this something."


def placebo(estimate: float, p: float) -> PlaceboTest:
    """Return a placebo test against 100 blocks with an effect and a share of them with as much."""
    rank = round(p * 101)
    return PlaceboTest(
        "effect", estimate, 1.0, (), 10, "placebo", p_absolute=p, rank=rank, effects=np.zeros(100)
    )


def headline(n: dict[str, float], effect: float = -7.1, p: float = 1 / 101) -> str:
    sign = np.sign(effect)
    return headline_of(
        placebo(effect, p),
        placebo(sign * 0.02, n["relative_p"]),
        (placebo(sign * 8.8, 0.02), placebo(sign * 0.04, n["share_p"])),
        placebo(sign * 4.4, n["conditional_p"]),
        Carrier("Exampleton", n.get("without", sign * 4.6), sign * 29.0, int(n["matched"]), 110),
        VERDICT,
    )


def test_all_readings_may_agree_or_disagree():
    agreed, weak = headline(FOR), headline(AGAINST)
    assert "Four readings strengthen this." in agreed
    assert "No readings weaken it." in agreed
    assert "Four readings weaken it." in weak
    assert "strengthen" not in weak
    for text in (agreed, weak):
        assert text.startswith(change(-7.1) + " None of the 100 blocks")
        assert text.endswith(VERDICT)
        assert text.count(VERDICT) == 1


@pytest.mark.parametrize("reading", list(FOR))
def test_each_reading_changes_sides_at_its_threshold(reading):
    text = headline(FOR | {reading: AGAINST[reading]})
    assert "Three readings strengthen this." in text
    assert "One reading weakens it." in text
    text = headline(AGAINST | {reading: FOR[reading]})
    assert "One reading strengthens this." in text
    assert "Three readings weaken it." in text


def test_a_reading_of_the_other_sign_never_strengthens():
    assert "Three readings strengthen this." in headline(FOR | {"without": 1.0})


def test_what_is_not_unusual_is_no_finding_for_either_side():
    text = headline(FOR, p=6 / 101)
    assert "5 of the 100 blocks" in text
    assert "do not show that the deal changed" in text
    assert "do not show that it did nothing" in text
    assert text.endswith(VERDICT)


def test_a_change_for_the_worse_is_told_as_plainly():
    text = headline(FOR, effect=7.1)
    assert "did worse by 7.1 per 100,000 than in England outside London" in text
    assert "8.8 more deaths" in text
