"""A verdict on one effect from a rule, so that words on the strength of evidence follow numbers and not taste."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.typing import Figure

__all__ = ["Verdict", "verdict"]

_RARE = 0.05
_KEPT = 0.5


@dataclass(frozen=True)
class Verdict:
    """A verdict in words, with the rule and the numbers behind it.

    Parameters
    ----------
    strength : str
        ``"clear"``, ``"some"`` or ``"no clear"``.
    sentence : str
        The verdict in words.
    tests : pandas.DataFrame
        One row for each part of the rule: ``test``, ``value``, ``needed``, ``passed``. The last row is the test of earlier
        trends, which can only count against; its ``passed`` says that it does not.
    parts : int
        How many of the five parts hold.
    """

    strength: str
    sentence: str
    tests: pd.DataFrame = field(repr=False)
    parts: int = 0


def _share(value: float, name: str) -> None:
    if not 0.0 <= value <= 1.0:
        raise InputError(f"{name}: {value} is not between 0 and 1")


@front_door
def verdict(
    effect: float,
    *,
    placebo_p: float,
    designs: Mapping[str, float],
    conditional_effect: float,
    conditional_p: float,
    relative_effect: float,
    relative_p: float,
    pre_rmspe: float,
    pretrend_p: Figure = float("nan"),
    subject: str = "an effect",
) -> Verdict:
    """Judge the evidence for one effect by a fixed rule of five parts.

    1. At most one placebo group in twenty has an effect as large. Take every group of a set without random draws
       (``compact_blocks``), or so many that the share is stable: else the seed decides.
    2. Each of the other designs, listed beforehand, keeps the sign and at least half the size.
    3. The effect keeps its sign, and at most one group in twenty matches it, when what untreated areas teach about earlier
       trends, level and need is taken into account.
    4. It holds in per cent as it does in points: same sign, and at most one group in twenty matches it.
    5. Before treatment the design misses by less than half the effect. This is the gap of the very design that is judged.

    A test of trends before treatment counts for nothing when it finds none, since with few periods it would miss most; when
    its p-value is at most 0.05 it counts as one part lost. Evidence is ``clear`` when all five parts hold and none is lost,
    ``some`` when the first and, less any loss, at least three hold, and ``no clear`` evidence otherwise.

    The rule asks of no share of specifications that they exclude zero: specifications are not independent, and such a share
    turns on which groups were drawn and on how many variants of each choice are listed.

    Parameters
    ----------
    effect : float
        The effect of the main design, in points; not zero.
    placebo_p : float
        Share of placebo groups with an effect of the main design at least as large.
    designs : mapping of name to float
        Effects of the other designs, in the unit of ``effect``; at least one.
    conditional_effect, conditional_p : float
        The effect, and the share of groups that match it, with earlier trends, level and need taken into account.
    relative_effect, relative_p : float
        The same in per cent, as a proportion or in log points.
    pre_rmspe : float
        Root mean squared gap of the main design before treatment, in the unit of ``effect``.
    pretrend_p : float
        p-value of a test of trends before treatment that holds its size with few treated areas; NaN where there is none.
    subject : str
        What is judged, for the sentence.

    Returns
    -------
    Verdict

    Raises
    ------
    InputError
        When a share is not between 0 and 1, the effect is zero, the gap negative, or no other design is given.

    Examples
    --------
    >>> strong = dict(placebo_p=0.01, designs={"did": -6.0}, conditional_effect=-5.0, conditional_p=0.02,
    ...               relative_effect=-0.03, relative_p=0.03, pre_rmspe=1.0)
    >>> verdict(-7.0, **strong).strength
    'clear'
    >>> verdict(-7.0, **strong | {"relative_p": 0.4}).sentence
    'Our rule calls this some evidence of an effect, but not clear evidence: 4 of its 5 parts hold.'
    """
    for name, value in (
        ("placebo_p", placebo_p),
        ("conditional_p", conditional_p),
        ("relative_p", relative_p),
    ):
        _share(value, name)
    if not np.isnan(pretrend_p):
        _share(pretrend_p, "pretrend_p")
    if effect == 0.0:
        raise InputError("effect: 0 has no sign to keep; there is nothing to judge")
    if pre_rmspe < 0.0:
        raise InputError(f"pre_rmspe: {pre_rmspe} is negative; a root mean square is not")
    if not designs:
        raise InputError("designs: at least one other design is needed")
    kept = min(value / effect for value in designs.values())
    missed = pre_rmspe / abs(effect)
    as_rare, same = f"at most {_RARE:g}", f"at most {_RARE:g}, same sign"
    parts = [
        ("share of groups without treatment with an effect as large", placebo_p, as_rare, placebo_p <= _RARE),
        ("smallest effect of the other designs, over the main one", kept, f"at least {_KEPT:g}", kept >= _KEPT),
        ("share of groups with as much, earlier trends, level and need taken into account", conditional_p, same,
         conditional_p <= _RARE and conditional_effect * effect > 0.0),
        ("share of groups with as much in per cent", relative_p, same, relative_p <= _RARE and relative_effect * effect > 0.0),
        ("gap of the main design before treatment, over the effect", missed, f"below {_KEPT:g}", missed < _KEPT),
    ]  # fmt: skip
    held = sum(passed for *_, passed in parts)
    moved = bool(pretrend_p <= _RARE)
    before = (
        "p-value of different trends before (can only count against)",
        pretrend_p,
        f"above {_RARE:g}",
        not moved,
    )
    tests = pd.DataFrame([*parts, before], columns=["test", "value", "needed", "passed"])
    score = held - moved
    strength = "clear" if score == 5 else "some" if placebo_p <= _RARE and score >= 3 else "no clear"
    short = ", but not clear evidence" if strength == "some" else ""
    many = (
        "all 5 parts hold" if held == 5 else f"{held or 'none'} of its 5 parts hold{'s' if held == 1 else ''}"
    )
    lost = ", and trends differed before" if moved else ""
    sentence = f"Our rule calls this {strength} evidence of {subject}{short}: {many}{lost}."
    return Verdict(strength, sentence, tests, held)
