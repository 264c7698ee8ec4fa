"""What the chapter finds on Greater Manchester, in full and in short, for every page that speaks of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from healthdevo.chapters.common import Finding, few, more_or_fewer
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Carrier
from healthdevo.chapters.devolution.subject import ADMISSIONS, DEATHS
from healthdevo.evaluation import PlaceboTest
from healthdevo.wording import number, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.admissions.readings import Readings

WINDOW, ADMISSIONS_WINDOW = DEATHS.window, ADMISSIONS.window
RARE = words.RARE


def headline(judgement: Judgement) -> Finding:
    """Return what the figures on preventable deaths show, with what strengthens and what weakens it."""
    j = judgement
    sentence = headline_of(
        j.main, j.relative, j.deprived, j.conditional, j.designs.carrier, j.verdict.sentence
    )
    return Finding("headline", sentence, WINDOW, j.main)


def manchester(judgement: Judgement) -> Finding:
    """Return the same in short: the number, the window and the verdict, as other pages quote it."""
    main = judgement.main
    return Finding("manchester", f"{change(main.estimate)} {judgement.verdict.sentence}", WINDOW, main)


def change(effect: float) -> str:
    """Say what changed, with its window.

    >>> change(-7.1)
    'Preventable deaths under 75 in Greater Manchester fell by 7.1 per 100,000 more than in England outside London (2010 to 2014 against 2015 to 2019).'
    """
    size = f"{abs(effect):.1f} per 100,000"
    moved = (
        f"fell by {size} more than in England outside London"
        if effect < 0
        else f"did worse by {size} than in England outside London"
    )
    return f"Preventable deaths under 75 in Greater Manchester {moved} ({WINDOW})."


def headline_of(
    main: PlaceboTest,
    relative: PlaceboTest,
    deprived: Sequence[PlaceboTest],
    conditional: PlaceboTest,
    carrier: Carrier,
    verdict: str,
) -> str:
    """Say what the figures show, by a rule on the numbers: the change, how unusual it is, what speaks for it and against, the verdict.

    ``main`` is the main effect in deaths per 100,000, ``relative`` in log points, ``deprived`` both against the more deprived half of
    districts, ``conditional`` with earlier trend, level and deprivation taken into account. A reading speaks for the finding when its
    sign is the same and at most one block in twenty matches it.
    """
    first = f"{change(main.estimate)} {words.rarity(main)}"
    if main.p_absolute > RARE:
        return (
            f"{first} So these figures do not show that the deal changed preventable deaths. They do not show that it did nothing: "
            f"a small effect would not stand out. {verdict}"
        )
    for_it: list[str] = []
    against: list[str] = []
    points, share = deprived
    (for_it if _holds(points, main) and _holds(share, main) else against).append(
        f"Set against the more deprived half of districts alone it is {more_or_fewer(points.estimate)} deaths, or {_percent(share)} ({words.matches(share)})."
    )
    (for_it if _holds(relative, main) else against).append(
        f"In per cent of the rate, against all districts, it is {_percent(relative)} ({words.matches(relative)})."
    )
    (for_it if _holds(conditional, main) else against).append(
        f"With earlier trends, the level of deaths and deprivation taken into account it is {more_or_fewer(conditional.estimate)} ({words.matches(conditional)})."
    )
    if words.lasts(carrier, main.estimate):
        for_it.append(
            f"It does not rest on one district: without {carrier.name}, which carries most, it is {more_or_fewer(carrier.without)}."
        )
    else:
        against.append(
            f"One district carries much of it: without {carrier.name} it is {more_or_fewer(carrier.without)}."
        )
    parts = [first]
    if for_it:
        parts += [f"{_readings(len(for_it))} strengthen{'s' if len(for_it) == 1 else ''} this.", *for_it]
    parts += [f"{_readings(len(against))} weaken{'s' if len(against) == 1 else ''} it.", *against]
    return " ".join([*parts, verdict])


def admissions_headline(readings: Readings) -> Finding:
    """Return what the figures on avoidable admissions show, with what another start, a later end and another scale make of it."""
    r = readings
    sentence = admissions_of(
        r.main,
        r.judgement.relative,
        r.windows[2016, 2019]["sdid"],
        r.longest["sdid"],
        r.detectable,
        r.judgement.verdict.sentence,
    )
    return Finding("admissions_headline", sentence, ADMISSIONS_WINDOW, r.main)


def admissions_manchester(readings: Readings) -> Finding:
    """Return the same in short: the number, the window and the verdict, as other pages quote it."""
    main = readings.main
    told = admissions_short(main, readings.judgement.verdict.sentence)
    return Finding("admissions_manchester", told, ADMISSIONS_WINDOW, main)


def admissions_short(main: PlaceboTest, verdict: str) -> str:
    """Return the number, the window and the verdict on avoidable admissions."""
    return f"{admissions_change(main.estimate)} {verdict}"


def admissions_change(effect: float) -> str:
    """Say what changed in avoidable admissions, with its window.

    >>> admissions_change(-43.4)
    'The gap in avoidable emergency admissions between Greater Manchester and England outside London narrowed by 43 per 100,000 (2003/04 to 2014/15 against 2015/16 to 2019/20).'
    """
    way = "narrowed" if effect < 0 else "widened"
    return f"The gap in avoidable emergency admissions between Greater Manchester and England outside London {way} by {abs(effect):.0f} per 100,000 ({ADMISSIONS_WINDOW})."


def admissions_of(
    main: PlaceboTest,
    relative: PlaceboTest,
    budget: PlaceboTest,
    longest: PlaceboTest,
    detectable: float,
    verdict: str,
) -> str:
    """Say what the figures on avoidable admissions show, by a rule on the numbers.

    ``main`` is the main effect, ``relative`` the same in log points, ``budget`` counted from the budget in 2016/17, ``longest``
    followed to 2023/24, ``detectable`` the effect that would be found four times in five.
    """
    first = f"{admissions_change(main.estimate)} {words.rarity(main)}"
    more = [
        f"In per cent of the rate it is {_percent(relative)} ({words.matches(relative)}).",
        f"Counted from the budget in 2016/17 the change is {_whole(budget.estimate)} ({words.matches(budget)}).",
        f"Followed through the pandemic to 2023/24 it is {_whole(longest.estimate)} ({words.matches(longest)}).",
    ]
    if main.p_absolute > RARE:
        open_end = f"So these figures do not show that the deal changed avoidable admissions. They do not show that it did nothing: an effect below about {number(detectable, 2)} per 100,000 would most likely go unseen."
        return " ".join([first, *more, open_end, verdict])
    return " ".join([first, *more, verdict])


def _whole(value: float) -> str:
    return f"{abs(value):.0f} {'fewer' if value < 0 else 'more'}"


def _readings(count: int) -> str:
    return f"{few(count) if count else 'no'} reading{'' if count == 1 else 's'}".capitalize()


def _holds(test: PlaceboTest, main: PlaceboTest) -> bool:
    return test.estimate * main.estimate > 0 and test.p_absolute <= RARE


def _percent(test: PlaceboTest) -> str:
    value = float(np.expm1(test.estimate))
    return f"{percentage(abs(value))} {'less' if value < 0 else 'more'}"
