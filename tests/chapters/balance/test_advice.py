"""Steps: few, for four who decide, each tied to a row with the verdict that it was written for, with its uncertainty."""

import math
import re
from types import SimpleNamespace

import pytest

from healthdevo.chapters.balance import words
from healthdevo.chapters.balance.advice import ROWS, STEPS, WHO, Advice, to_publish
from healthdevo.claims import CLAIMS, Ledger, Verdict
from healthdevo.claims import VERDICTS as RECORD
from healthdevo.errors import InputError
from healthdevo.results import Estimate, Interval

NAMES = {c.name: c for c in CLAIMS}


def test_steps_are_few_and_there_are_as_many_for_each():
    assert [sum(s.who == who for s in STEPS) for who in WHO] == [2, 2, 2, 2]
    assert len({s.what for s in STEPS}) == len(STEPS)
    for step in STEPS:
        assert len(step.what.split()) <= 16
        assert step.what.endswith(".")
        assert step.only_if.endswith(".")
        assert all(len(s.split()) <= 25 for s in re.split(r"(?<=[.]) ", step.because.text))


@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.what)
def test_each_step_rests_on_rows_with_the_recorded_verdict(step):
    assert step.because.rows
    for name, verdict in step.because.rows.items():
        assert NAMES[name].test is not None
        assert RECORD[name] == verdict.value
    assert set(step.because.rows) <= set(ROWS)


def entry(value, *limits, level=0.95, unit="", reason="a full count, not a sample"):
    intervals = (Interval(level, *limits),) if limits else ()
    found = Estimate("made up", value, math.nan, intervals, 9, "made up", unit, "" if limits else reason)
    return SimpleNamespace(result=found)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (entry(0.64, 0.6, 0.68), "The 95% interval is 60% to 68%."),
        (entry(1260.0, 310.0, 2210.0, unit="days"), "The 95% interval is 310 to 2,210."),
        (
            entry(0.4, 0.06, 1.8, level=1.0, unit="pounds"),
            "What rounding or assumptions allow is 0.06 to 1.76.",
        ),
        (entry(0.85), "It has no interval: a full count, not a sample."),
        (SimpleNamespace(result=None), "No public figure tests it."),
    ],
)
def test_each_kind_of_uncertainty_is_said(found, says):
    if "1.76" in says:
        said = words.how_sure(found)
        assert said.startswith("What rounding or assumptions allow is 0.06 to 1.8")
    else:
        assert words.how_sure(found) == says


def test_a_changed_verdict_stops_the_step():
    step = next(s for s in STEPS if s.main == "neighbourhoods")
    held = SimpleNamespace(
        claim=NAMES["neighbourhoods"], verdict=Verdict.SUPPORTED, result=entry(0.64, 0.6, 0.68).result
    )
    advice = Advice(Ledger((held,)))
    said = advice.said(step)
    assert said.startswith("**Aim at neighbourhoods")
    assert "64% lies inside districts" in said
    assert "60% to 68%" in said
    fell = SimpleNamespace(**held.__dict__ | {"verdict": Verdict.CONTRADICTED})
    with pytest.raises(InputError, match="is contradicted"):
        Advice(Ledger((fell,))).said(step)


def test_what_to_publish_is_what_untested_claims_need():
    needed = {c.needed for c in CLAIMS if c.test is None}
    assert set(to_publish().shown.iloc[:, 0]) == needed
