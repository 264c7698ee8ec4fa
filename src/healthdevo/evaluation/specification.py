"""Specification curves: every defensible choice beside every other.

A finding that depends on one choice among many is shown with all of them: design, number of factors, date of treatment,
pool of controls, outcome. The curve orders the estimates; its summary says how many agree in sign and how many exclude
zero, and which choice moves the estimate most.

Source: Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4; Steegen, Tuerlinckx, Gelman and Vanpaemel (2016),
Perspectives on Psychological Science 11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar

import pandas as pd

from healthdevo.errors import HealthdevoError, InputError
from healthdevo.evaluation.result import Effect
from healthdevo.front_door import front_door
from healthdevo.mathematics.specification import Specifications
from healthdevo.wording import number, percentage

__all__ = ["SpecificationCurve", "specification_curve"]


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
        """The curve in two plain-English sentences."""
        frame = self.estimated
        unit = f" {self.unit}" if self.unit and not self.unit.startswith("%") else self.unit
        side = "above" if self.median > 0 else "below"
        return (
            f"Over {len(frame):,} specifications the effect runs from {number(float(frame['effect'].min()))} to "
            f"{number(float(frame['effect'].max()))}{unit} with a median of {number(self.median)}. "
            f"Of these, {percentage(self.share_of_sign, 0)} are {side} zero and in {percentage(self.share_excluding_zero, 0)} the "
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
