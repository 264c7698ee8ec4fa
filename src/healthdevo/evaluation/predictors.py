"""Predictors of synthetic control: their means, and how much each should count."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.evaluation.simplex import simplex_least_squares
from healthdevo.front_door import front_door
from healthdevo.mathematics.columns import checked_labels, column_numbers
from healthdevo.mathematics.matrices import too_large
from healthdevo.mathematics.vectors import shown
from healthdevo.typing import FloatArray

__all__ = ["PredictorProblem", "given_importance", "predictor_means", "searched_importance"]


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


def searched_importance(
    p: PredictorProblem, restarts: int, rng: np.random.Generator
) -> tuple[FloatArray, float]:
    """Choose the importance of predictors: several starts of Nelder-Mead, the best two refined again."""
    k = len(p.target)
    if k == 1:
        one = np.ones(1)
        return one, p.loss(p.weights(one))

    def objective(logs: FloatArray) -> float:
        return p.loss(p.weights(_share(logs)))

    starts = [np.zeros(k), np.log(np.maximum(_regression_importance(p), 1e-10))]
    starts += [np.log(np.maximum(rng.dirichlet(np.full(k, 0.5)), 1e-10)) for _ in range(restarts)]
    found: list[tuple[float, FloatArray]] = []
    options = {"maxfev": 250 * k, "xatol": 1e-4, "fatol": 1e-12, "adaptive": True}
    for start in starts:
        simplex = np.vstack([start, start + np.eye(k) * 1.5])
        end = optimize.minimize(
            objective, start, method="Nelder-Mead", options=options | {"initial_simplex": simplex}
        )
        found.append((float(end.fun), np.asarray(end.x)))
    found.sort(key=lambda pair: pair[0])
    for position, (_, start) in enumerate(found[:2]):
        end = optimize.minimize(
            objective,
            start,
            method="Nelder-Mead",
            options=options | {"initial_simplex": np.vstack([start, start + np.eye(k) * 0.3])},
        )
        if end.fun < found[position][0]:
            found[position] = (float(end.fun), np.asarray(end.x))
    found.sort(key=lambda pair: pair[0])
    return _share(found[0][1]), found[0][0]


def given_importance(importance: Sequence[float], k: int) -> FloatArray:
    """Return an importance given by the caller, adding up to one."""
    v = np.asarray(importance, dtype=float)
    if v.shape != (k,) or not np.isfinite(v).all() or (v < 0).any() or v.sum() <= 0:
        raise InputError(f"importance: {k} numbers, not negative and not all zero, are needed")
    return np.asarray(v / v.sum(), dtype=float)
