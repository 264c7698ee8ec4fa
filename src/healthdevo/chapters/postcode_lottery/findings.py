"""The headline of the Postcode lottery chapter, which other pages use."""

from __future__ import annotations

import numpy as np

from healthdevo.chapters.common import SEXES, Finding
from healthdevo.chapters.postcode_lottery.boards import Boards
from healthdevo.chapters.postcode_lottery.convergence import Convergence
from healthdevo.chapters.postcode_lottery.levels import Levels
from healthdevo.chapters.postcode_lottery.words import INSIDE


def answer(levels: Levels, convergence: Convergence, boards: Boards) -> Finding:
    """Is local variation cause or cure? The rule: where the variance lies, whether it narrows, and whether devolution's pioneer differs."""
    life = [levels.latest[f"life expectancy, {name}"] for name in SEXES.values()]
    inside = float(np.mean([split.share(INSIDE).estimate for split in life]))
    where = (
        "Most of the lottery in length of life is inside districts, below the level of any mayor or board"
        if inside > 0.5
        else "A large part of the lottery in length of life lies between districts and regions"
    )
    ratios = [case.ratio.interval() for case in convergence.health]
    wider, narrower = sum(i.lower > 1 for i in ratios), sum(i.upper < 1 for i in ratios)
    rule = (
        f"The differences between districts were there before the first deal, in a service run from the centre; they widened in {wider or 'none'} of "
        f"{len(ratios)} comparisons and narrowed in {narrower or 'none'}"
    )
    change = boards.manchester_change.interval()
    pioneer = "Greater Manchester, first to take control, " + (
        "gained on England"
        if change.upper < 0
        else "lost ground to England"
        if change.lower > 0
        else "neither gained nor lost against England beyond noise"
    )
    verdict = "So devolution did not make the lottery, " + (
        "and nothing here shows that it cures it"
        if change.upper >= 0
        else "and whether it narrowed it is a question for comparisons with areas like it, not for these figures"
    )
    window = f"{life[0].when} for length of life; {boards.spans['start_years']} until {boards.spans['end_years']} for Greater Manchester"
    return Finding("answer", f"{where}. {rule}. {pioneer}. {verdict}.", window)
