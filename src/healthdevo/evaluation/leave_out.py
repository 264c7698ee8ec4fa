"""An effect at earlier dates, and without each treated or control area."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo import Design, estimate_effect
from healthdevo.evaluation.result import Effect
from healthdevo.front_door import front_door

__all__ = ["in_time", "leave_one_control_out", "leave_one_treated_out"]


def _row(effect: Effect, **labels: Any) -> dict[str, Any]:
    return labels | {
        "effect": effect.estimate,
        "standard_error": effect.standard_error,
        "pre_rmspe": effect.pre_rmspe,
        "design": effect.design,
    }


@front_door
def in_time(
    panel: Panel,
    design: Design = "sdid",
    *,
    starts: Sequence[Hashable] | None = None,
    rank: int | None = None,
) -> pd.DataFrame:
    """Estimate effects of made-up earlier starts, from the periods before the real one only.

    Parameters
    ----------
    panel : Panel
        With one common start.
    design, rank
        As for ``estimate_effect``.
    starts : sequence of labels, optional
        Made-up first treated periods; default all that leave three periods before them.

    Returns
    -------
    pandas.DataFrame
        ``start``, ``periods`` (made-up treated ones), ``effect``, ``standard_error``, ``pre_rmspe``, ``design``: effects far
        from zero speak against the design.

    Raises
    ------
    InputError
        When a start is not before the real one, or none is possible.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=(20, 9))
    >>> panel = Panel(y, np.outer(np.arange(20) < 3, np.arange(9) >= 6), pd.RangeIndex(20), pd.RangeIndex(9))
    >>> in_time(panel, "did")["start"].tolist()
    [3, 4, 5]
    """
    panel.require("in-time placebo", simultaneous=True, pre_periods=3)
    first = int(panel.cohorts[0])
    early = panel.select(periods=np.asarray(np.arange(panel.shape[1]) < first, dtype=np.bool_))
    if starts is None:
        starts = list(early.periods[3:])
    if not len(starts):
        raise InputError(
            "starts: a made-up start needs at least three periods before it; the panel has too few"
        )
    rows = []
    for start in starts:
        if start not in early.periods or int((early.periods < start).sum()) < 2:
            raise InputError(
                f"starts: {start!r} does not leave two periods before it and lie before the real start"
            )
        fake = early.with_treatment(dict.fromkeys(panel.areas[panel.treated], start))
        rows.append(
            _row(
                estimate_effect(fake, design, rank=rank),
                start=start,
                periods=int((early.periods >= start).sum()),
            )
        )
    return pd.DataFrame(rows)


@front_door
def leave_one_treated_out(panel: Panel, design: Design = "sdid", *, rank: int | None = None) -> pd.DataFrame:
    """Estimate the effect without each treated area in turn.

    Returns
    -------
    pandas.DataFrame
        ``left_out``, ``effect``, ``standard_error``, ``pre_rmspe``, ``design``; the first row leaves out none.

    Raises
    ------
    InputError
        With fewer than two treated areas.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=(20, 9))
    >>> panel = Panel(y, np.outer(np.arange(20) < 3, np.arange(9) >= 6), pd.RangeIndex(20), pd.RangeIndex(9))
    >>> leave_one_treated_out(panel, "did")["left_out"].tolist()
    ['', '0', '1', '2']
    """
    if panel.n_treated < 2:
        raise InputError("panel: at least two treated areas are needed to leave one out")
    rows = [_row(estimate_effect(panel, design, rank=rank), left_out="")]
    for area in panel.areas[panel.treated]:
        rows.append(_row(estimate_effect(panel.drop([area]), design, rank=rank), left_out=str(area)))
    return pd.DataFrame(rows)


@front_door
def leave_one_control_out(
    panel: Panel, design: Design = "sdid", *, rank: int | None = None, only_weighted: bool = True
) -> pd.DataFrame:
    """Estimate the effect without each control in turn.

    Parameters
    ----------
    panel : Panel
        The panel.
    design, rank
        As for ``estimate_effect``.
    only_weighted : bool
        Where the design has weights, leave out only controls that have one; without the others the result is the same
        for an exact synthetic control and near it for the other designs.

    Returns
    -------
    pandas.DataFrame
        ``left_out``, ``weight``, ``effect``, ``standard_error``, ``pre_rmspe``, ``design``; the first row leaves out none.

    Raises
    ------
    InputError
        With fewer than two controls.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=(5, 9))
    >>> panel = Panel(y, np.outer(np.arange(5) < 1, np.arange(9) >= 6), pd.RangeIndex(5), pd.RangeIndex(9))
    >>> len(leave_one_control_out(panel, "did"))
    5
    """
    if (~panel.treated).sum() < 2:
        raise InputError("panel: at least two controls are needed to leave one out")
    full = estimate_effect(panel, design, rank=rank)
    weights: dict[str, float] = {}
    if full.weights is not None:
        mean = full.weights.groupby(full.weights["area"].astype(str))["weight"].mean()
        weights = {str(area): float(weight) for area, weight in mean.items()}
    rows = [_row(full, left_out="", weight=float("nan"))]
    for area in panel.areas[~panel.treated]:
        weight = weights.get(str(area), float("nan"))
        if only_weighted and weights and abs(weight) <= 1e-8:
            continue
        rows.append(
            _row(estimate_effect(panel.drop([area]), design, rank=rank), left_out=str(area), weight=weight)
        )
    return pd.DataFrame(rows)
