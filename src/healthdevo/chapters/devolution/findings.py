"""The headline of the chapter, which other pages use."""

from __future__ import annotations

import numpy as np

from healthdevo.chapters.common import Finding, more_or_fewer
from healthdevo.chapters.devolution.specifications import Specifications
from healthdevo.evaluation import PlaceboTest
from healthdevo.wording import percentage


def headline(specifications: Specifications) -> Finding:
    """Return what the figures on preventable deaths show."""
    mortality = specifications.mortality
    main, trend, log = (mortality.placebo("persons", d) for d in ("sdid", "trend", "did_log"))
    without_2013, strength = specifications.pre_trends.trend_without_2013, specifications.judgement.strength
    sentence = headline_of(main, trend, log, without_2013, strength)
    return Finding("headline", sentence, "2010 to 2019", main)


def headline_of(
    main: PlaceboTest, trend: PlaceboTest, log: PlaceboTest, trend_without_2013: float, strength: str
) -> str:
    """Say what the figures show, by a rule on the numbers.

    ``main`` is the main effect in deaths per 100,000, ``trend`` the same when every district's earlier trend is carried on (and without
    the year 2013, which stands out), ``log`` in log points of the rate; ``strength`` is by the rule of ``healthdevo.evaluation.verdict``.
    """
    effect, share = main.estimate, float(np.expm1(log.estimate))
    way, against = ("fell", "more than") if effect < 0 else ("rose", "against the change")
    first = f"After the agreement preventable deaths under 75 in Greater Manchester {way} by {abs(effect):.1f} per 100,000 {against} in England outside London."
    rule = f"A rule that weighs all the specifications together calls this {strength} evidence."
    if not main.p_absolute <= 0.05:
        return f"{first} That is not unusual: {percentage(main.p_absolute, 0)} of blocks of ten districts without the deal changed as much. These figures do not show that the deal changed preventable deaths, and do not rule it out. {rule}"
    first += f" Few places without the deal changed as much: {percentage(main.p_absolute)} of blocks of ten districts."
    weak = []
    half = trend.estimate * effect > 0 and abs(trend.estimate) >= abs(effect) / 2
    if not (half and trend.p_absolute <= 0.05):
        weak.append(
            f"when every district's own earlier trend is carried on, the change is {more_or_fewer(trend.estimate)} deaths per 100,000, which "
            f"{percentage(trend.p_absolute, 0)} of blocks match (without the odd year 2013, {more_or_fewer(trend_without_2013)})"
        )
    if not (share * effect > 0 and log.p_absolute <= 0.05):
        weak.append(
            f"in per cent of the rate it is {percentage(share)}, which {percentage(log.p_absolute, 0)} of blocks match"
        )
    if not weak:
        return f"{first} The finding stays when earlier trends are carried on, and in per cent of the rate. {rule}"
    return f"{first} But Greater Manchester's rate is high, and its gap was closing before: {'; '.join(weak)}. The figures cannot tell an effect of the deal from a catching-up that had already begun. {rule}"
