"""Predictors of synthetic control: their means, and how much each should count."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize
from scipy.stats import qmc

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.evaluation.simplex import simplex_least_squares
from healthdevo.front_door import front_door
from healthdevo.mathematics.columns import checked_labels, column_numbers
from healthdevo.mathematics.matrices import too_large
from healthdevo.mathematics.vectors import shown
from healthdevo.typing import FloatArray

__all__ = ["PredictorProblem", "given_importance", "predictor_means", "searched_importance"]

_TRIED = 64  # importances tried for each predictor before the best are refined
_LEAST_IMPORTANCE = 1e-8  # in proportion to the largest: what the wide search goes down to


@front_door
def predictor_means(
    frame: pd.DataFrame,
    *,
    area: str,
    time: str,
    means: Mapping[str, tuple[str, Sequence[Hashable]]],
) -> pd.DataFrame:
    """Return predictors as means of columns over chosen periods.

    Parameters
    ----------
    frame : pandas.DataFrame
        Tidy data, one row for each area and period.
    area, time : str
        Column names.
    means : mapping of name to (column, periods)
        For each predictor the column and the periods to average; missing values are left out of the mean.

    Returns
    -------
    pandas.DataFrame
        Areas x predictors.

    Raises
    ------
    InputError
        When a column is absent or a mean has nothing to average.

    Examples
    --------
    >>> frame = pd.DataFrame({"area": ["A", "A", "B"], "year": [1, 2, 1], "x": [1.0, 3.0, 5.0]})
    >>> predictor_means(frame, area="area", time="year", means={"x": ("x", [1, 2])})["x"].tolist()
    [2.0, 5.0]
    """
    need_columns(frame, [area, time, *(c for c, _ in means.values())])
    if frame.empty or not means:
        raise InputError(f"{'frame' if frame.empty else 'means'}: it is empty; there is nothing to average")
    labels = checked_labels(frame[area], area)
    checked_labels(frame[time], time)
    result = {}
    for name, (column, periods) in means.items():
        values, wrong = column_numbers(frame[column])
        bad = wrong | np.isinf(values) | too_large(values)
        if bad.any():
            i = int(np.argmax(bad))
            raise InputError(
                f"{column}: row {shown(frame.index[i])} is {frame[column].iloc[i]!r}; give finite numbers, and leave empty "
                "what is missing"
            )
        chosen = frame[time].isin(list(periods)).to_numpy()
        part = pd.Series(values[chosen]).groupby(frame[area].to_numpy()[chosen]).mean()
        result[name] = part.reindex(pd.Index(labels.to_numpy()))
        if result[name].isna().any():
            lacking = result[name].index[result[name].isna()][0]
            raise InputError(f"{name}: no value of {column!r} for {lacking} in the chosen periods")
    table = pd.DataFrame(result)
    table.index.name = area
    return table


@dataclass(frozen=True)
class PredictorProblem:
    """Standardised predictors of the target and the donors, and the outcomes to fit."""

    target: FloatArray  # (k,)
    donors: FloatArray  # (k, n)
    outcome: FloatArray  # (T_fit,)
    outcomes: FloatArray  # (T_fit, n)

    def weights(self, importance: FloatArray) -> FloatArray:
        """Return the weights of controls for a given importance of predictors."""
        root = np.sqrt(importance)
        return simplex_least_squares(self.donors * root[:, None], self.target * root, tolerance=1e-13)

    def loss(self, weights: FloatArray) -> float:
        """Return the mean squared gap of the outcome before treatment."""
        return float(np.mean((self.outcome - self.outcomes @ weights) ** 2))


def _share(logs: FloatArray) -> FloatArray:
    values = np.exp(np.clip(logs - logs.max(), -30.0, 0.0))
    return np.asarray(values / values.sum(), dtype=float)


def _regression_importance(p: PredictorProblem) -> FloatArray:
    """Start from the squared coefficients of a regression of outcomes on predictors."""
    x = np.column_stack([p.target, p.donors]).T
    z = np.column_stack([p.outcome, p.outcomes]).T
    design = np.column_stack([np.ones(len(x)), x])
    beta = np.linalg.lstsq(design, z, rcond=None)[0][1:]
    strength = (beta**2).sum(axis=1)
    return np.asarray(
        strength / strength.sum() if strength.sum() > 0 else np.full(len(strength), 1 / len(strength))
    )


def _refined(
    objective: Callable[[FloatArray], float], start: FloatArray, size: float, evaluations: int
) -> tuple[float, FloatArray]:
    """Go down from a start by Nelder and Mead's method: the loss, and where it is reached."""
    k = len(start)
    found = optimize.minimize(
        objective,
        start,
        method="Nelder-Mead",
        options={
            "maxfev": evaluations,
            "xatol": 1e-4,
            "fatol": 1e-12,
            "adaptive": True,
            "initial_simplex": np.vstack([start, start + np.eye(k) * size]),
        },
    )
    return float(found.fun), np.asarray(found.x, dtype=float)


def _first_best(found: Sequence[tuple[float, FloatArray]]) -> int:
    """Return the first place whose loss is the least but for rounding, which must not choose among equals."""
    losses = np.array([loss for loss, _ in found])
    return int((losses <= losses.min() * (1.0 + 1e-9)).argmax())


def _wide_starts(objective: Callable[[FloatArray], float], k: int, number: int) -> list[FloatArray]:
    """Return the best of many importances, spread evenly over the logarithms down to a hundred-millionth of the largest."""
    power = int(np.ceil(np.log2(_TRIED * k)))
    points = np.log(_LEAST_IMPORTANCE) * qmc.Sobol(k, scramble=False).random_base2(power)
    losses = np.array(
        [float(f"{objective(point):.9g}") for point in points]
    )  # equal but for rounding: in order
    return [points[i] for i in np.argsort(losses, kind="stable")[:number]]


def searched_importance(p: PredictorProblem, restarts: int) -> tuple[FloatArray, float]:
    """Choose the importance of predictors, and return the loss that it leads to.

    Starts are those of the published program (equal importance, and by regression) and, with ``restarts``, the best of many points
    of a Sobol sequence, the same in every run. From each of them Nelder and Mead's method goes down, and the two best are
    refined again.

    Parameters
    ----------
    p : PredictorProblem
        The problem.
    restarts : int
        Number of the further starts.

    Returns
    -------
    importance : ndarray of shape (k,)
    loss : float

    Examples
    --------
    >>> donors = np.array([[1.0, 0.0, 3.0], [0.0, 2.0, 1.0]])
    >>> problem = PredictorProblem(np.array([0.5, 1.0]), donors, np.zeros(1), np.array([[1.0, -1.0, 5.0]]))
    >>> round(searched_importance(problem, 2)[1], 6)
    0.0
    """
    k = len(p.target)
    if k == 1:
        one = np.ones(1)
        return one, p.loss(p.weights(one))

    def objective(logs: FloatArray) -> float:
        return p.loss(p.weights(_share(logs)))

    published = [np.zeros(k), np.log(np.maximum(_regression_importance(p), 1e-10))]
    found = [_refined(objective, start, 1.5, 250 * k) for start in published]
    if restarts:
        found += [_refined(objective, start, 1.5, 60 * k) for start in _wide_starts(objective, k, restarts)]
    refined: list[tuple[float, FloatArray]] = []
    for _ in range(2):
        best = found.pop(_first_best(found))
        again = _refined(objective, best[1], 0.3, 250 * k)
        refined.append(again if again[0] < best[0] else best)
    loss, logs = refined[_first_best(refined)]
    return _share(logs), loss


def given_importance(importance: Sequence[float], k: int) -> FloatArray:
    """Return an importance given by the caller, adding up to one."""
    v = np.asarray(importance, dtype=float)
    if v.shape != (k,) or not np.isfinite(v).all() or (v < 0).any() or v.sum() <= 0:
        raise InputError(f"importance: {k} numbers, not negative and not all zero, are needed")
    return np.asarray(v / v.sum(), dtype=float)
