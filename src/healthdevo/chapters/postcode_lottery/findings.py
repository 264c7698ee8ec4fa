"""The headline of the Postcode lottery chapter, which other pages use."""

from __future__ import annotations

import numpy as np

from healthdevo.chapters.common import SEXES, Finding
from healthdevo.chapters.postcode_lottery.convergence import Convergence
from healthdevo.chapters.postcode_lottery.levels import Levels
from healthdevo.chapters.postcode_lottery.words import INSIDE


def answer(levels: Levels, convergence: Convergence, manchester: Finding, strength: str) -> Finding:
    """Is local variation cause or cure? The rule: where the variance lies, whether it narrows, and what devolution's pioneer shows.

    ``manchester`` and ``strength`` are the finding of the chapter "Devolution" and how strong its rule calls the evidence.
    """
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
        f"The differences between districts were there before the first deal, in a service run from the centre. They widened in {wider or 'none'} of "
        f"{len(ratios)} comparisons and narrowed in {narrower or 'none'}"
    )
    window = f"{life[0].when} for length of life; {manchester.window} for Greater Manchester"
    return Finding("answer", f"{where}. {rule}. {manchester.sentence} {conclusion(strength)}.", window)


def conclusion(strength: str) -> str:
    """Say what follows for the lottery from how strong the evidence on the one deal on health is.

    >>> conclusion("some")
    'So devolution did not make the lottery; whether it can narrow it rests on one area, and the evidence there is not clear'
    """
    cure = {
        "clear": "the one deal on health that can be judged narrowed a gap, and one area is no proof for others",
        "some": "whether it can narrow it rests on one area, and the evidence there is not clear",
        "no clear": "nothing here shows that it cures it",
    }[strength]
    return f"So devolution did not make the lottery; {cure}"
