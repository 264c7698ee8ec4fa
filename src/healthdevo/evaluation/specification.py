"""Specification curves: every defensible choice beside every other, and a verdict from a rule.

A finding that depends on one choice among many is shown with all of them: design, number of factors, date of treatment,
pool of controls, outcome. The curve orders the estimates; its summary says how many agree in sign and how many exclude
zero, and which choice moves the estimate most.

Source: Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4; Steegen, Tuerlinckx, Gelman and Vanpaemel (2016),
Perspectives on Psychological Science 11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, ClassVar

import pandas as pd

from healthdevo.errors import HealthdevoError, InputError
from healthdevo.evaluation.result import Effect
from healthdevo.front_door import front_door
from healthdevo.mathematics.specification import Specifications
from healthdevo.wording import number, percentage

__all__ = ["SpecificationCurve", "Verdict", "specification_curve", "verdict"]


@dataclass(frozen=True)
class SpecificationCurve(Specifications):
    """Estimates under every combination of choices.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each specification, by size of the effect: the label of each choice, ``effect``, ``standard_error``,
        ``lower``, ``upper``, ``p_value``, ``pre_rmspe``, ``n`` and ``reason`` (why there is no estimate or interval).
    choices : tuple of str
        Names of the choices.
    unit : str
        Unit of the effect.
    """

    unit: str = ""

    column: ClassVar[str] = "effect"

    @property
    def sentence(self) -> str:
        """The curve in one plain-English sentence."""
        frame = self.estimated
        unit = f" {self.unit}" if self.unit and not self.unit.startswith("%") else self.unit
        side = "above" if self.median > 0 else "below"
        return (
            f"Over {len(frame):,} specifications the effect runs from {number(float(frame['effect'].min()))} to "
            f"{number(float(frame['effect'].max()))}{unit} with a median of {number(self.median)}; "
            f"{percentage(self.share_of_sign, 0)} are {side} zero and in {percentage(self.share_excluding_zero, 0)} the "
            "interval lies wholly on that side."
        )


@front_door
def specification_curve(
    choices: Mapping[str, Mapping[str, Any]],
    run: Callable[..., Effect],
    *,
    allowed: Callable[[Mapping[str, str]], bool] | None = None,
    unit: str = "",
) -> SpecificationCurve:
    """Estimate the effect under every combination of choices.

    Parameters
    ----------
    choices : mapping of name to (mapping of option to value)
        The choices, such as ``{"design": {...}, "start": {...}, "pool": {...}}``.
    run : callable
        Called with one value for each choice as a keyword; returns an effect. An ``InputError`` it raises is kept as the
        reason of that specification, which stays in the table.
    allowed : callable, optional
        Says whether a combination of options (mapping of choice to option) makes sense; the others are not run.
    unit : str
        Unit of the effect.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    InputError
        When there is no choice, no combination, or no specification has an estimate.

    Examples
    --------
    >>> import numpy as np
    >>> from healthdevo.evaluation.placebo import estimate_effect
    >>> from healthdevo.evaluation.panel import Panel
    >>> y = np.random.default_rng(0).normal(size=(20, 9))
    >>> base = Panel(y, np.zeros((20, 9), dtype=bool), np.arange(20), np.arange(9))
    >>> curve = specification_curve(
    ...     {"design": {"DiD": "did", "SC": "sc"}, "start": {"5": 5, "6": 6}},
    ...     lambda design, start: estimate_effect(base.with_treatment({0: start, 1: start}), design))
    >>> len(curve.table), curve.influence()["choice"].tolist()
    (4, ['design', 'design', 'start', 'start'])
    """
    if not choices or not all(choices.values()):
        raise InputError("choices: at least one choice, each with at least one option, is needed")
    names = tuple(choices)
    reserved = {"effect", "standard_error", "lower", "upper", "p_value", "pre_rmspe", "n", "reason"} & set(
        names
    )
    if reserved:
        raise InputError(
            f"choices: {sorted(reserved)[0]!r} is a name of the result; call the choice something else"
        )
    rows = []
    for options in product(*(choices[name] for name in names)):
        labels = dict(zip(names, options, strict=True))
        if allowed is not None and not allowed(labels):
            continue
        row: dict[str, Any] = dict(labels)
        try:
            effect = _run(run, {name: choices[name][option] for name, option in labels.items()})
        except InputError as error:
            row |= dict.fromkeys(
                ("effect", "standard_error", "lower", "upper", "p_value", "pre_rmspe"), float("nan")
            )
            rows.append(row | {"n": 0, "reason": str(error)})
            continue
        limits = effect.intervals[0] if effect.intervals else None
        rows.append(
            row
            | {
                "effect": effect.estimate,
                "standard_error": effect.standard_error,
                "lower": limits.lower if limits else float("nan"),
                "upper": limits.upper if limits else float("nan"),
                "p_value": effect.inference[0].p_value if effect.inference else float("nan"),
                "pre_rmspe": effect.pre_rmspe,
                "n": effect.n,
                "reason": effect.reason,
            }
        )
    if not rows:
        raise InputError("allowed: no combination of choices is left")
    table = pd.DataFrame(rows).sort_values(["effect", *names], ignore_index=True)
    if table["effect"].isna().all():
        raise InputError(f"run: no specification has an estimate; the first says: {table['reason'].iloc[0]}")
    return SpecificationCurve(table, names, unit)


def _run(run: Callable[..., Effect], options: Mapping[str, Any]) -> Effect:
    """Run one specification; a function that cannot be called with the choices is no specification."""
    try:
        effect = run(**options)
    except HealthdevoError:
        raise
    except Exception as error:
        raise InputError(f"run: the function fails ({type(error).__name__}: {error})") from error
    if not isinstance(effect, Effect):
        raise InputError(f"run: the function returns a {type(effect).__name__}; it must return an Effect")
    return effect


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
        One row for each part of the rule: ``test``, ``value``, ``needed``, ``passed``.
    """

    strength: str
    sentence: str
    tests: pd.DataFrame = field(repr=False)


@front_door
def verdict(
    curve: SpecificationCurve,
    *,
    placebo_p: float,
    pretrend_p: float,
    pre_rmspe: float,
    subject: str = "an effect",
) -> Verdict:
    """Judge the evidence by a fixed rule.

    The rule has five parts: nine in ten specifications agree in sign; half of them exclude zero on that side; at most one
    in twenty placebo groups has an effect as large; a test before treatment finds no different trend (p of at least 0.05);
    the counterfactual misses by less than half the effect before treatment. Evidence is clear when all five hold, it is
    some when the placebo part and two others hold, and there is no clear evidence otherwise.

    Parameters
    ----------
    curve : SpecificationCurve
        The specifications.
    placebo_p : float
        Share of placebo groups with an effect at least as large.
    pretrend_p : float
        p-value of the test of trends before treatment; NaN counts as not passed.
    pre_rmspe : float
        Root mean squared gap before treatment of the main specification.
    subject : str
        What is judged, for the sentence.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> table = pd.DataFrame({"design": list("abc"), "effect": [-1.0, -2.0, -1.5], "lower": -3.0, "upper": -0.5})
    >>> v = verdict(SpecificationCurve(table, ("design",)), placebo_p=0.01, pretrend_p=0.4, pre_rmspe=0.2)
    >>> v.strength
    'clear'
    """
    if not 0.0 <= placebo_p <= 1.0:
        raise InputError(f"placebo_p: {placebo_p} is not between 0 and 1")
    size = abs(curve.median)
    parts = [
        ("specifications that agree in sign", curve.share_of_sign, "at least 0.9", curve.share_of_sign >= 0.9),
        ("specifications that exclude zero", curve.share_excluding_zero, "at least 0.5", curve.share_excluding_zero >= 0.5),
        ("placebo groups with an effect as large", placebo_p, "at most 0.05", placebo_p <= 0.05),
        ("p-value of different trends before", pretrend_p, "at least 0.05", bool(pretrend_p >= 0.05)),
        ("gap before treatment over the effect", pre_rmspe / size if size > 0 else float("inf"), "below 0.5",
         bool(size > 0 and pre_rmspe < 0.5 * size)),
    ]  # fmt: skip
    tests = pd.DataFrame(parts, columns=["test", "value", "needed", "passed"])
    passed = int(tests["passed"].sum())
    if passed == 5:
        strength = "clear"
    elif placebo_p <= 0.05 and passed >= 3:
        strength = "some"
    else:
        strength = "no clear"
    sentence = (
        f"There is {strength} evidence of {subject}: {passed} of the rule's 5 parts hold "
        f"({percentage(curve.share_of_sign, 0)} of {len(curve.estimated):,} specifications agree in sign, "
        f"{percentage(placebo_p, 0)} of placebo groups show an effect as large)."
    )
    return Verdict(strength, sentence, tests)
