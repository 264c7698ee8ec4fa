"""The finding of the chapter."""

from __future__ import annotations

from healthdevo.chapters.common import Finding
from healthdevo.chapters.reorganisation.experiments import Experiments
from healthdevo.chapters.reorganisation.words import LEVEL
from healthdevo.wording import number


def headline(section: Experiments) -> Finding:
    """Return how many changes after a reorganisation stand out."""
    tested = section.tested
    health = tested[tested["health"]]
    away = int((health["p_value"] <= LEVEL).sum())
    kept = health[
        (health["p_value"] <= LEVEL)
        & (health["p_own_trend"] <= LEVEL)
        & (health["own_trend"] * health["effect"] > 0)
    ]
    money = tested[~tested["health"]]
    sentence = headline_of(len(health), away, len(kept), len(money), int((money["p_value"] <= LEVEL).sum()))
    return Finding("reorganisation_headline", sentence, "2002 to 2024", float(away))


def headline_of(health: int, away: int, kept: int, money: int, money_away: int) -> str:
    """Say how many changes in health and in spending stand out, against what chance alone would give.

    ``health`` and ``money`` are numbers of tests, ``away`` and ``money_away`` those that stand out at one in twenty, ``kept`` those of the
    former that still do, in the same direction, once earlier trends are carried on.
    """
    expected = number(LEVEL * health, 2)
    if not away:
        first = f"Making counties unitary or merging councils went with no change in health that stands out, in {health} tests. That does not show that there was none."
    else:
        first = f"After counties became unitary or councils merged, {away} of {health} changes in health stand out; chance alone would give about {expected}."
        if not kept:
            first += " None stays once earlier trends are carried on, so these figures show no effect of the size of councils on health."
        else:
            first += f" {kept} of them {'stays' if kept == 1 else 'stay'} once earlier trends are carried on."
    return f"{first} In council spending {money_away} of {money} stand out."
