"""Sentences of the opening page; none has more than 25 words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from healthdevo.chapters.common import few, records, source_line
from healthdevo.charts import Caption
from healthdevo.claims.scale import Verdict
from healthdevo.results import Estimate
from healthdevo.wording import number, span, supported

DEATHS, ADMISSIONS = "Preventable deaths", "Avoidable admissions"
SAYS = {
    Verdict.SUPPORTED.value: "clear evidence",
    Verdict.PARTLY.value: "some evidence, not clear",
    Verdict.NOT_SUPPORTED.value: "no clear evidence",
    Verdict.CONTRADICTED.value: "evidence of harm",
}
"""What the page calls the evidence that a deal helps, by the verdict of the ledger."""


def lead(verdicts: Mapping[str, str]) -> str:
    """Return the answer in a word or two, from the verdicts on both main outcomes.

    >>> lead({"a": "partly supported", "b": "not supported"}), lead({"a": "supported", "b": "supported"})
    ('Not proven', 'Yes in one area')
    >>> lead({"a": "contradicted", "b": "supported"}), lead({"a": "contradicted", "b": "not supported"})
    ('Mixed', 'Not so far')
    """
    found = set(verdicts.values())
    good = Verdict.SUPPORTED.value in found
    if Verdict.CONTRADICTED.value in found:
        return "Mixed" if good or Verdict.PARTLY.value in found else "Not so far"
    if found == {Verdict.SUPPORTED.value}:
        return "Yes in one area"
    return "Not proven"


def moved(effect: Estimate) -> str:
    """Say by how much more an outcome fell, or how much worse it did, with its interval.

    >>> from healthdevo.results import Interval
    >>> def found(value, lower, upper):
    ...     return Estimate("effect", value, float("nan"), (Interval(0.95, lower, upper),), 9, "made up")
    >>> moved(found(-7.1, -13.0, -1.2)), moved(found(4.0, -2.0, 10.0))
    ('fell by 7.1 per 100,000 more than elsewhere (interval 1.2 to 13)', 'did worse by 4 per 100,000 than elsewhere (interval −2 to 10)')
    """
    i = effect.interval()
    value = abs(supported(effect.estimate, i.lower, i.upper))
    if effect.estimate < 0.0:
        return f"fell by {number(value, 2)} per 100,000 more than elsewhere (interval {span(-i.upper, -i.lower)})"
    return f"did worse by {number(value, 2)} per 100,000 than elsewhere (interval {span(i.lower, i.upper)})"


def deaths(effect: Estimate, verdicts: Mapping[str, str]) -> str:
    """Say the answer, and what preventable deaths did."""
    return f"{lead(verdicts)}: after its deal Greater Manchester's preventable deaths {moved(effect)}: {SAYS[verdicts[DEATHS]]}."


def admissions(effect: Estimate, verdict: str) -> str:
    """Say what avoidable admissions did."""
    return f"Avoidable admissions there {moved(effect)}: {SAYS[verdict]}."


def elsewhere(authorities: int, held: int, budgets: int) -> str:
    """Say how far devolution has been tried.

    >>> elsewhere(20, 3, 0)
    'Of 20 strategic authorities today, three hold a power over health or care, and none holds a budget of the health service.'
    """
    power = f"{few(held)} hold{'s' if held in (0, 1) else ''} a power over health or care"
    money = f"{few(budgets)} hold{'s' if budgets in (0, 1) else ''} a budget of the health service"
    return f"Of {authorities} strategic authorities today, {power}, and {money}."


def chart(rows: pd.DataFrame) -> Caption:
    """Return the words of the picture."""
    every = records(rows)
    better = [str(r["outcome"]) for r in every if r["upper"] < 0.0]
    worse = [str(r["outcome"]) for r in every if r["lower"] > 0.0]
    title = "Neither main outcome clearly changed"
    one = "One of two main outcomes"
    if better and not worse:
        title = f"{'Both main outcomes' if len(better) == len(rows) else one} fell more than elsewhere"
    elif worse and not better:
        title = f"{'Both main outcomes' if len(worse) == len(rows) else one} did worse than elsewhere"
    elif better:
        title = "One main outcome did better, the other worse"
    told = "; ".join(
        f"{r['outcome']} {r['percent']:.0f}% ({r['lower']:.0f} to {r['upper']:.0f})" for r in every
    )
    return Caption(
        "answer",
        title,
        "Change in Greater Manchester against elsewhere, 95% intervals",
        source_line("under_75_mortality", "chronic_admission"),
        f"Two dots with intervals, in per cent of the level before the deal: {told}.".replace("-", "−"),
    )
