"""One comparison of two periods: by regression, weighting, or doubly robust, with the influence of each area."""

from __future__ import annotations

from typing import Literal

import numpy as np

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray

__all__ = ["Adjustment", "two_period_effect"]

Adjustment = Literal["doubly_robust", "regression", "weighting"]


def _regression_part(
    x: FloatArray, change: FloatArray, d: FloatArray, w: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Fitted changes of all, and the influence of each area on the coefficients (rows)."""
    n = len(x)
    mass = w * (1.0 - d)
    gram = (x * mass[:, None]).T @ x / n
    if np.linalg.matrix_rank(gram) < x.shape[1]:
        raise InputError(
            "covariates: collinear among the comparison areas; drop one or widen the control pool"
        )
    inverse = np.linalg.inv(gram)
    gamma = inverse @ ((x * mass[:, None]).T @ change) / n
    fitted = x @ gamma
    return fitted, (x * (mass * (change - fitted))[:, None]) @ inverse


def _logit(x: FloatArray, d: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Propensity scores and the influence of each area on their coefficients (rows)."""
    n, k = x.shape
    beta = np.zeros(k)
    for _ in range(100):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ beta, -500, 500)))
        gradient = x.T @ (w * (d - p))
        information = (x * (w * p * (1.0 - p))[:, None]).T @ x
        if np.linalg.matrix_rank(information) < k or np.linalg.norm(beta) > 1e6:
            raise InputError(
                "covariates: treated and comparison areas are perfectly separated by the covariates, so that "
                "no comparison area resembles the treated; use fewer covariates or adjustment='regression'"
            )
        change = np.linalg.solve(information, gradient)
        beta = beta + change
        if np.abs(change).max() < 1e-12 * (1.0 + np.abs(beta).max()):
            break
    p = 1.0 / (1.0 + np.exp(-np.clip(x @ beta, -500, 500)))
    if (p[d == 0] > 1.0 - 1e-6).any():
        raise InputError(
            "covariates: a comparison area has a propensity score of one (no overlap); use fewer covariates or "
            "adjustment='regression'"
        )
    information = (x * (w * p * (1.0 - p))[:, None]).T @ x / n
    return p, (x * (w * (d - p))[:, None]) @ np.linalg.inv(information)


def two_period_effect(
    change: FloatArray, d: FloatArray, x: FloatArray, w: FloatArray, adjustment: Adjustment
) -> tuple[float, FloatArray]:
    """Effect and influence function (mean zero, over these areas) of one comparison."""
    treat = w * d
    if x.shape[1] == 1:  # no covariates: all adjustments are the difference of mean changes
        rest = w * (1.0 - d)
        means = (treat @ change / treat.sum(), rest @ change / rest.sum())
        influence = treat * (change - means[0]) / treat.mean() - rest * (change - means[1]) / rest.mean()
        return float(means[0] - means[1]), influence
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise InputError("covariates: collinear with each other or constant in a base period; drop one")
    if adjustment == "regression":
        fitted, by_gamma = _regression_part(x, change, d, w)
        net = change - fitted
        effect = float(treat @ net / treat.sum())
        slope = (x * treat[:, None]).mean(axis=0)
        return effect, (treat * (net - effect) - by_gamma @ slope) / treat.mean()
    p, by_score = _logit(x, d, w)
    rest = w * p * (1.0 - d) / (1.0 - p)
    if adjustment == "weighting":
        means = (treat @ change / treat.sum(), rest @ change / rest.sum())
        slope = (x * (rest * (change - means[1]))[:, None]).mean(axis=0)
        influence = (
            treat * (change - means[0]) / treat.mean()
            - (rest * (change - means[1]) + by_score @ slope) / rest.mean()
        )
        return float(means[0] - means[1]), influence
    fitted, by_gamma = _regression_part(x, change, d, w)
    net = change - fitted
    means = (treat @ net / treat.sum(), rest @ net / rest.sum())
    of_treated = treat * (net - means[0]) - by_gamma @ (x * treat[:, None]).mean(axis=0)
    of_rest = (
        rest * (net - means[1])
        + by_score @ (x * (rest * (net - means[1]))[:, None]).mean(axis=0)
        - by_gamma @ (x * rest[:, None]).mean(axis=0)
    )
    return float(means[0] - means[1]), of_treated / treat.mean() - of_rest / rest.mean()
