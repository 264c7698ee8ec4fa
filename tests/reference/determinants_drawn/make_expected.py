"""Contributions of categories and numbers to a concentration index and to the variance of logarithms, on fits by statsmodels."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf

FOLDER = Path(__file__).parent


def draw():
    """Write input.csv: 300 people with income, two categories, age and body mass, and weights."""
    rng = np.random.default_rng(2003)
    income = rng.lognormal(8, 0.6, 300).round(2)
    z = np.log(income) - 8
    age = rng.integers(18, 80, 300)
    tenure = np.array(["other", "own", "rent"])[
        np.clip(np.round(1 - z + rng.normal(0, 0.7, 300)), 0, 2).astype(int)
    ]
    place = np.where(rng.random(300) < 0.4, "rural", "urban")
    bmi = (
        24
        + 0.05 * age
        - 0.8 * z
        + 0.7 * (tenure == "rent")
        - 0.5 * (place == "urban")
        + rng.normal(0, 2, 300)
    )
    frame = pd.DataFrame(
        {"income": income, "tenure": tenure, "place": place, "age": age, "bmi": bmi.round(3)}
    )
    frame.assign(weight=rng.integers(1, 900, 300)).to_csv(FOLDER / "input.csv", index=False)


def index(y, x):
    """Return the concentration index of y over x, ties sharing their rank."""
    rank = pd.Series(x).rank(method="average") / len(x) - 0.5 / len(x)
    return 2 * np.cov(y, rank, ddof=0)[0, 1] / np.mean(y)


def contributions(fit, y, x):
    """Return one row for each term of the fit: Wagstaff, van Doorslaer and Watanabe (2003)."""
    design = pd.DataFrame(fit.model.exog, columns=fit.model.exog_names)
    total = index(y, x)
    rows = []
    for term in design.columns.drop("Intercept"):
        column = design[term].to_numpy()
        elasticity = fit.params[term] * column.mean() / np.mean(y)
        partial = index(column, x)
        part = elasticity * partial
        rows.append((term, fit.params[term], column.mean(), partial, elasticity, part, 100 * part / total))
    rest = total - sum(r[5] for r in rows)
    rows.append(("residual", *[np.nan] * 4, rest, 100 * rest / total))
    rows.append(("overall_CI", *[np.nan] * 4, total, 100.0))
    names = ["term", "beta", "mean", "partial_ci", "elasticity", "contribution", "pct"]
    return pd.DataFrame(rows, columns=names)


def shares(fit, logs, weights, variables):
    """Return each variable's share of the variance of logarithms and the rest: Fields (2003)."""
    design = pd.DataFrame(fit.model.exog, columns=fit.model.exog_names)
    cov = np.cov(np.column_stack([logs]).T, aweights=weights, ddof=0)
    rows = []
    for variable in variables:
        terms = [t for t in design if t == variable or t.startswith((f"{variable}[", f"C({variable})["))]
        part = design[terms].to_numpy() @ fit.params[terms].to_numpy()
        rows.append((variable, np.cov(part, logs, aweights=weights, ddof=0)[0, 1] / cov))
    rows.append(("residual", 1 - sum(r[1] for r in rows)))
    return pd.DataFrame(rows, columns=["component", "value"])


def main():
    """Write the expected tables."""
    if "--draw" in sys.argv:
        draw()
    frame = pd.read_csv(FOLDER / "input.csv")
    fit = smf.ols("bmi ~ tenure + place + age", frame).fit()
    contributions(fit, frame["bmi"], frame["income"]).to_csv(FOLDER / "expected_index.csv", index=False)
    fit = smf.wls("np.log(income) ~ tenure + place + age", frame, weights=frame["weight"]).fit()
    logs = np.log(frame["income"])
    table = shares(fit, logs, frame["weight"], ["tenure", "place", "age"])
    table.to_csv(FOLDER / "expected_variance.csv", index=False)


if __name__ == "__main__":
    main()
