"""What the inequality of a sum consists of: contributions of its parts, by Shapley's rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.checks import need_choice, speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.dispersion import MEASURES
from healthdevo.mathematics.estimates import gather, percentile_intervals
from healthdevo.mathematics.resampling import bootstrap_weights, check_draws
from healthdevo.mathematics.shapley import shapley_values
from healthdevo.mathematics.vectors import Vector, in_one_order, vector, weight_vector
from healthdevo.results import Estimate, Estimates, Interval, check_levels
from healthdevo.typing import FloatArray

__all__ = ["shapley_decomposition"]


@front_door
@in_one_order("parts", "weights")
def shapley_decomposition(
    parts: pd.DataFrame,
    weights: Vector | None = None,
    *,
    measure: str | Callable[..., Estimate] = "Gini coefficient",
    absent: Literal["mean", "zero"] = "mean",
    levels: float | Sequence[float] = 0.95,
    draws: int = 0,
    seed: int | np.random.Generator | None = 0,
) -> Estimates:
    r"""Decompose the inequality of a sum into the contributions of its parts, by Shapley's rule.

    Parameters
    ----------
    parts : DataFrame of shape (n, k)
        Columns that add up to the quantity: sources of funding, kinds of spending, or the terms :math:`\beta_k x_k` of a
        regression with its residual. From 2 to 16 columns.
    weights : array-like of shape (n,), optional
    measure : str or callable
        A name from ``MEASURES``, or a function of values and weights that returns an ``Estimate``.
    absent : {"mean", "zero"}
        What a part that is left out is replaced with: its mean (it no longer varies), or nothing.
    levels : float or sequence of float
    draws : int, default 0
        Bootstrap resamples for limits; 0 for none (the work grows with 2**k).
    seed : int or Generator

    Returns
    -------
    Estimates
        Labelled by part; they sum to the measure of the whole exactly.

    Raises
    ------
    InputError
        When a sum of parts is outside what the measure allows, or there are too few or too many parts.

    Notes
    -----
    Average, over all orders in which parts may enter, of what inequality changes by when the part enters (Shorrocks 2013,
    Journal of Economic Inequality 11). Exact: all :math:`2^k` sets are computed.

    Examples
    --------
    >>> table = pd.DataFrame({"grant": [10.0, 10, 10], "tax": [2.0, 4, 9]})
    >>> result = shapley_decomposition(table)
    >>> result.estimate.round(4).tolist()
    [0.0, 0.1037]
    """
    if parts.shape[1] < 2:
        raise InputError("parts: give at least two columns")
    need_choice("absent", absent, ("mean", "zero"))
    if isinstance(measure, str) and measure not in MEASURES:
        raise InputError(f"measure: {measure!r} is not valid; use one of {', '.join(MEASURES)} or a function")
    function = MEASURES[measure] if isinstance(measure, str) else measure
    name = measure if isinstance(measure, str) else getattr(measure, "__name__", "measure")
    names = [str(c) for c in parts.columns]
    columns = np.column_stack([vector(parts[c], str(c)) for c in parts.columns])
    n = len(columns)
    w = weight_vector(weights, n)
    wanted: tuple[float, ...] = check_levels(levels) if draws else ()

    def contributions(table: FloatArray, mass: FloatArray) -> FloatArray:
        means = mass @ table / mass.sum() if absent == "mean" else np.zeros(table.shape[1])

        def worth(present: frozenset[int]) -> float:
            if not present:
                return 0.0
            left_out = [j for j in range(table.shape[1]) if j not in present]
            total = table[:, sorted(present)].sum(axis=1) + means[left_out].sum()
            return function(total, mass).estimate

        return shapley_values(list(range(table.shape[1])), worth)

    with speaking_of(values="parts"):
        values = contributions(columns, w)
    method = f"exact Shapley values over {2 ** len(names)} sets, absent parts at {absent}"
    results: list[Estimate] = []
    sample: FloatArray | None = None
    if draws:
        check_draws(draws, 50)
        method += f"; percentile bootstrap of {draws} draws"
        drawn: list[FloatArray] = []
        for block in bootstrap_weights(w, draws, seed, keys=tuple(columns.T)):
            for row in block:
                kept = row > 0.0
                several = np.count_nonzero(kept) > 1  # one unit alone has no inequality
                drawn.append(contributions(columns[kept], row[kept]) if several else np.zeros(len(names)))
        sample = np.array(drawn)
    for j in range(len(names)):
        error = np.nan
        between: tuple[Interval, ...] = ()
        if sample is not None:
            error = float(sample[:, j].std(ddof=1))
            between = percentile_intervals(sample[:, j], wanted)
        reason = "" if draws else "no draws were asked for"
        results.append(Estimate(name, float(values[j]), error, between, n, method, reason=reason))
    return gather(f"contribution to the {name}", pd.Index(names, name="part"), results, wanted, method)
