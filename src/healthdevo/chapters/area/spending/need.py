"""Spending on adult social care and public health together over what deprivation and age would lead one to expect."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.common.panel import NEED, fit_panel
from healthdevo.mathematics import normal_quantiles
from healthdevo.regression import panel
from healthdevo.results import Estimate

COVERED_FOR_NEED = 0.85
"""Least share of people covered; lower than for sums, since the same councils' spending is set against their own expectation."""
NEED_YEARS = (2016, 2021)
_BOTH = ["adult_social_care_spending", "public_health_spending"]


@kept
def own_elasticity(rows: pd.DataFrame) -> Estimate:
    """Return the book's own elasticity of preventable mortality with respect to public health spending, the same council over time."""
    fit = fit_panel(rows, "public_health_spending", errors="CR2")
    return fit[fit.focal]


@kept
def spending_over_need(
    rows: pd.DataFrame, shares: pd.DataFrame, population: pd.DataFrame, names: Mapping[str, str]
) -> pd.DataFrame:
    """Return spending over expectation by area, with 95% intervals of the expectation; ``names`` are those of the areas by code."""
    p = rows[rows["year"].between(*NEED_YEARS)].dropna(subset=_BOTH)
    p = p.assign(both=p[_BOTH].sum(axis=1))
    fit = panel(
        p,
        outcome="both",
        regressors=list(NEED),
        area="area_code",
        logs=["both"],
        effects="between",
        errors="HC3",
    )
    means = p.groupby("area_code")[["both", *NEED, "population"]].mean()
    X = np.column_stack([np.ones(len(means)), means[list(NEED)].to_numpy(float)])
    order = ["const", *NEED]
    V = fit.covariance.loc[order, order].to_numpy(float)
    predicted = np.exp(X @ fit.params["estimate"].loc[order].to_numpy(float))
    people, actual = means["population"].to_numpy(float), means["both"].to_numpy(float)
    # so that England as a whole spends what is expected of it
    predicted *= (people @ actual) / (people @ predicted)
    W = shares.reindex(means.index)
    z = float(normal_quantiles(0.95)[0])
    inside = population[population["year"].between(*NEED_YEARS)]
    found = []
    for code, name in names.items():
        w = W[code].to_numpy(float) * people
        if w.sum() < COVERED_FOR_NEED * float(inside.loc[inside["area_code"] == code, "persons"].mean()):
            continue
        expected = float(w @ predicted / w.sum())
        x = (w * predicted) @ X / float(w @ predicted)
        se = float(np.sqrt(x @ V @ x))
        ratio = float(w @ actual / w.sum()) / expected
        found.append(
            {
                "area_code": code,
                "name": name,
                "actual": ratio * expected,
                "expected": expected,
                "difference": 100 * (ratio - 1),
                "lower": 100 * (ratio * np.exp(-z * se) - 1),
                "upper": 100 * (ratio * np.exp(z * se) - 1),
            }
        )
    result = pd.DataFrame(found).sort_values(["difference", "area_code"], ascending=[False, True])
    return result.reset_index(drop=True)
