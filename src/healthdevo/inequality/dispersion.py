r"""Dispersion of one quantity between people or areas: Gini, generalised entropy, Atkinson, logs, Hoover, Kolm.

Conventions, the same for all measures:

* weights are shares of the population (:math:`\sum_i w_i = 1` after rescaling); estimates are those of the population with that
  distribution, so replicating a unit and doubling its weight are the same thing;
* no small-sample factor unless asked for (``correction=True`` for the Gini), so tools that multiply by n / (n - 1) without saying
  differ from these numbers;
* zeros count as they are where the measure is defined at zero (:math:`0 \ln 0 = 0`), and raise an error where it is not: the mean log
  deviation, the variance of logs, generalised entropy with alpha of zero or less, Atkinson with aversion of one or more. They are
  never replaced by something tiny;
* negative values raise an error, but for the Kolm index, which is defined for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Unpack

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns, speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.atkinson import atkinson_index
from healthdevo.inequality.entropy import generalised_entropy, mean_log_deviation, theil_index
from healthdevo.inequality.gini import gini_coefficient
from healthdevo.inequality.hoover import hoover_index
from healthdevo.inequality.log_variance import variance_of_logs
from healthdevo.inequality.measure import Uncertainty, Variance, checked_values
from healthdevo.inequality.variation import coefficient_of_variation
from healthdevo.mathematics.estimates import estimates_by, gather, not_computed
from healthdevo.mathematics.vectors import Vector, in_one_order, vector
from healthdevo.results import Estimate, Estimates, check_levels

__all__ = ["MEASURES", "dispersion_by", "dispersion_measures"]

MEASURES: dict[str, Callable[..., Estimate]] = {
    "Gini coefficient": gini_coefficient,
    "Theil index": theil_index,
    "mean log deviation": mean_log_deviation,
    "GE(2)": lambda *a, **k: generalised_entropy(*a, alpha=2, **k),
    "Atkinson index": atkinson_index,
    "variance of logs": variance_of_logs,
    "coefficient of variation": coefficient_of_variation,
    "Hoover index": hoover_index,
}
"""The measures without a parameter to choose, by name."""


@front_door
@in_one_order("values", "weights", "clusters")
def dispersion_measures(
    values: Vector,
    weights: Vector | None = None,
    *,
    measures: Sequence[str] = tuple(MEASURES),
    **options: Unpack[Uncertainty],
) -> Estimates:
    """Return several measures of dispersion of the same values side by side.

    Parameters
    ----------
    values, weights, **options
        As in ``gini_coefficient``; a whole number as seed gives every measure the same resamples.
    measures : sequence of str
        Names from ``MEASURES``; all by default (the Atkinson index with aversion 1).

    Returns
    -------
    Estimates
        Labelled by measure; one that is undefined (zeros in a logarithm) has the reason instead of a number.

    Raises
    ------
    InputError
        For an unknown measure, or values that no measure allows.

    Examples
    --------
    >>> result = dispersion_measures([0, 1, 3], measures=["Gini coefficient", "mean log deviation"])
    >>> round(result["Gini coefficient"].estimate, 3), "above zero" in result["mean log deviation"].reason
    (0.5, True)
    """
    unknown = [m for m in measures if m not in MEASURES]
    if unknown or not measures:
        raise InputError(
            f"measures: {', '.join(unknown) or 'none'} is not valid; use names of {', '.join(MEASURES)}"
        )
    x = vector(values, "values")
    checked_values(x)
    wanted = check_levels(options.get("levels", 0.95))
    results: list[Estimate] = []
    for name in measures:
        try:
            found = MEASURES[name](x, weights, **options)
        except InputError as error:
            if (x > 0).all():
                raise
            found = not_computed(name, wanted, x.size, "", str(error))
        results.append(found)
    method = next((r.method for r in results if r.method), "")
    return gather("dispersion", pd.Index(list(measures), name="measure"), results, wanted, method)


@front_door
def dispersion_by(
    frame: pd.DataFrame,
    value: str,
    by: str | Sequence[str],
    *,
    weights: str | None = None,
    measure: str = "Gini coefficient",
    variance: Variance = "influence",
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> Estimates:
    """Return one measure of dispersion for every region, group or period of a tidy frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit.
    value, weights : str
        Columns.
    by : str or sequence of str
        Columns that tell regions (or periods) apart.
    measure : str
        A name from ``MEASURES``.
    variance, levels, draws, seed
        As in ``gini_coefficient``.

    Returns
    -------
    Estimates
        A region with one row has a reason.

    Raises
    ------
    InputError
        When a column or the measure is unknown, or a value is not valid.

    Examples
    --------
    >>> table = pd.DataFrame({"year": [1, 1, 2, 2], "rate": [10.0, 30.0, 10.0, 10.0]})
    >>> dispersion_by(table, "rate", "year").estimate.tolist()
    [0.25, 0.0]
    """
    keys = [by] if isinstance(by, str) else list(by)
    need_columns(frame, [value, *keys, *([] if weights is None else [weights])])
    if measure not in MEASURES:
        raise InputError(f"measure: {measure!r} is not valid; use one of {', '.join(MEASURES)}")
    wanted = check_levels(levels)
    rng = np.random.default_rng(seed)

    def compute(part: pd.DataFrame) -> Estimate:
        if len(part) < 2:
            return not_computed(measure, wanted, len(part), "", "only one unit")
        mass = None if weights is None else part[weights]
        with speaking_of(values=value, weights=weights):
            return MEASURES[measure](
                part[value], mass, variance=variance, levels=wanted, draws=draws, seed=rng
            )

    return estimates_by(frame, by, measure, wanted, compute)
