"""The headline of the chapter, which other pages use."""

from __future__ import annotations

import numpy as np

from healthdevo.chapters.common import Finding, more_or_fewer
from healthdevo.chapters.devolution.specifications import Specifications
from healthdevo.evaluation import PlaceboTest
from healthdevo.wording import percentage

__all__ = ["headline", "headline_of"]


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

    Parameters
    ----------
    main, trend, log : PlaceboTest
        The main effect in deaths per 100,000; the same when every district's earlier trend is carried on; in log points of the rate.
    trend_without_2013 : float
        The effect less earlier trends without the year 2013, which stands out.
    strength : {"clear", "some", "no clear"}
        By the rule of ``healthdevo.evaluation.verdict``.
    """
    effect, p_blocks, own_trend, p_own_trend = (
        main.estimate,
        main.p_absolute,
        trend.estimate,
        trend.p_absolute,
    )
    share, p_share = float(np.expm1(log.estimate)), log.p_absolute
    way = "fell" if effect < 0 else "rose"
    unusual = p_blocks <= 0.05
    first = (
        f"After the agreement preventable deaths under 75 in Greater Manchester {way} by {abs(effect):.1f} per 100,000 "
        f"{'more than' if effect < 0 else 'against the change'} in England outside London. "
        + (
            f"Few places without the deal changed as much: {percentage(p_blocks)} of blocks of ten districts."
            if unusual
            else f"That is not unusual: {percentage(p_blocks, 0)} of blocks of ten districts without the deal changed as much."
        )
    )
    trend_holds = own_trend * effect > 0 and abs(own_trend) >= abs(effect) / 2 and p_own_trend <= 0.05
    share_holds = share * effect > 0 and p_share <= 0.05
    if not unusual:
        second = "These figures do not show that the deal changed preventable deaths, and do not rule it out."
    elif trend_holds and share_holds:
        second = "The finding stays when earlier trends are carried on, and in per cent of the rate."
    else:
        weak = []
        if not trend_holds:
            weak.append(
                f"when every district's own earlier trend is carried on, the change is {more_or_fewer(own_trend)} deaths per 100,000, which "
                f"{percentage(p_own_trend, 0)} of blocks match (without the odd year 2013, {more_or_fewer(trend_without_2013)})"
            )
        if not share_holds:
            weak.append(
                f"in per cent of the rate it is {percentage(share)}, which {percentage(p_share, 0)} of blocks match"
            )
        second = f"But Greater Manchester's rate is high, and its gap was closing before: {'; '.join(weak)}. The figures cannot tell an effect of the deal from a catching-up that had already begun."
    return (
        f"{first} {second} A rule that weighs all the specifications together calls this {strength} evidence."
    )
