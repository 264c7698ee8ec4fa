"""The headline of the page, which the chapter "Devolution" uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from healthdevo.chapters.common import Finding, more_or_fewer, small_share
from healthdevo.chapters.devolution.avoidable.readings import Readings
from healthdevo.chapters.devolution.words import RARE
from healthdevo.evaluation import PlaceboTest
from healthdevo.wording import percentage

LEADS = {
    "preventable": "With ten years before the deal, preventable deaths before 75 in Greater Manchester",
    "treatable": "Treatable deaths there, which care can mainly avert,",
}


def headline(readings: Readings) -> Finding:
    """Return what ten years before the deal show."""
    found = {}
    for cause in LEADS:
        plain, given, trend, log = (readings.tests[cause][r] for r in ("did", "given", "trend", "did_log"))
        found[cause] = [plain, given, readings.given_drawn[cause], trend, log]
    return Finding("ten_years", headline_of(found), "2005 to 2018", found["preventable"][0])


def headline_of(found: Mapping[str, Sequence[PlaceboTest]]) -> str:
    """Say what ten years before the deal show of each cause, and what that makes of the deal.

    The five readings of each are those of ``cause_of``, in its order.
    """
    told = " ".join(cause_of(LEADS[cause], *readings) for cause, readings in found.items())
    if any(holds(*readings) for readings in found.values()):
        return told
    return f"{told} So these figures neither show an effect of the deal nor rule one out."


def holds(plain: PlaceboTest, *others: PlaceboTest) -> bool:
    """Whether a plain difference is unusual, and every other reading is so too and points the same way."""
    return all(test.p_absolute <= RARE and test.estimate * plain.estimate > 0 for test in (plain, *others))


def cause_of(
    lead: str,
    plain: PlaceboTest,
    given: PlaceboTest,
    drawn: PlaceboTest,
    trend: PlaceboTest,
    log: PlaceboTest,
) -> str:
    """Say what ten years before the deal show of one cause, by a rule on five readings.

    They are the plain difference; the same less what blocks with the same earlier trend went on to show, with compact blocks and with
    blocks drawn at random; the earlier trend carried on in full; and the plain difference in log points of the rate. ``lead`` names the
    deaths.
    """
    effect = plain.estimate
    way, against = ("fell", "more than") if effect < 0 else ("rose", "against the change")
    first = f"{lead} {way} by {abs(effect):.1f} per 100,000 {against} elsewhere outside London."
    match = small_share(plain.p_absolute)
    if plain.p_absolute > RARE:
        return (
            f"{first} That is not unusual: {match} of blocks of ten areas without the deal changed as much."
        )
    first += f" {match[0].upper()}{match[1:]} of blocks of ten areas without the deal changed as much."
    weak = [
        f"{name} {said}, which {matching}"
        for name, said, matching, held in (
            (
                "given the earlier trend",
                f"the change is {more_or_fewer(given.estimate)}",
                f"{small_share(given.p_absolute)} match (with blocks drawn at random: {more_or_fewer(drawn.estimate)}, {small_share(drawn.p_absolute)})",
                holds(plain, given, drawn),
            ),
            (
                "with that trend carried on in full",
                f"the change is {more_or_fewer(trend.estimate)}",
                f"{small_share(trend.p_absolute)} match",
                holds(plain, trend),
            ),
            (
                "in per cent of the rate",
                f"it is {percentage(float(np.expm1(log.estimate)))}",
                f"{small_share(log.p_absolute)} match",
                holds(plain, log),
            ),
        )
        if not held
    ]
    if not weak:
        return f"{first} That stays so when earlier trends are allowed for, and in per cent of the rate."
    return " ".join([first, f"But {weak[0]}.", *(f"{text[0].upper()}{text[1:]}." for text in weak[1:])])
