"""Progressivity of payments and equality of two groups' indices: sums over pairs, and stacked convenience regressions."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

FOLDER = Path(__file__).parent


def draw():
    """Write input.csv: 240 households, some incomes tied, a yes-or-no outcome, payments, weights and two groups."""
    rng = np.random.default_rng(1977)
    income = rng.lognormal(3, 0.7, 240).round(1)
    income[::12] = income[5]
    group = rng.integers(0, 2, 240)
    chance = 1 / (1 + np.exp(-(0.3 + 0.02 * (income - 20) * (1 + group))))
    frame = pd.DataFrame(
        {"income": income, "group": group, "outcome": (rng.random(240) < chance).astype(int)}
    )
    frame["payment"] = (0.08 * income**0.9 * np.exp(rng.normal(0, 0.3, 240))).round(3)
    frame.assign(weight=rng.uniform(0.4, 2.5, 240).round(3)).to_csv(FOLDER / "input.csv", index=False)


def ranks(x, w):
    """Return the weighted mid-rank of each, ties sharing theirs, by sums over pairs."""
    below = np.array([w[x < v].sum() + w[x == v].sum() / 2 for v in x])
    return below / w.sum()


def index(y, x, w):
    """Return the concentration index of y over x."""
    return 2 * np.average(y * (ranks(x, w) - 0.5), weights=w) / np.average(y, weights=w)


def gini(y, w):
    """Return half the relative mean difference."""
    share = w / w.sum()
    return (share[:, None] * share * np.abs(y[:, None] - y)).sum() / 2 / (share @ y)


def regression(y, x, w):
    """Return left side and rank of the convenience regression of Erreygers's index of an outcome from 0 to 1."""
    rank = ranks(x, w)
    variance = np.average((rank - np.average(rank, weights=w)) ** 2, weights=w)
    left = 2 * variance * 4 * y
    return left, rank


def compare(frame, w):
    """Return the indices of two groups with robust errors, their difference and the F test of one slope."""
    y, x, g = (frame[c].to_numpy(float) for c in ("outcome", "income", "group"))
    left, rank, found = np.zeros(len(y)), np.zeros(len(y)), {}
    errors = []
    for value in (0, 1):
        at = g == value
        left[at], rank[at] = regression(y[at], x[at], w[at])
        fit = sm.WLS(left[at], sm.add_constant(rank[at]), weights=w[at]).fit(cov_type="HC1")
        found[f"g{value}"] = fit.params[1]
        errors.append(fit.bse[1])
    found["difference"] = found["g1"] - found["g0"]
    found["se"] = np.hypot(*errors)
    found["z"] = found["difference"] / found["se"]
    # the constant and the group's dummy are not scaled by the weights' roots, as in conindex
    root = np.sqrt(w)
    constant = np.column_stack([np.ones(len(y)), g])
    one = sm.OLS(root * left, np.column_stack([constant, root * rank])).fit()
    two = sm.OLS(root * left, np.column_stack([constant, root * rank, root * rank * g])).fit()
    found["F"] = (one.ssr - two.ssr) / (two.ssr / two.df_resid)
    found["F p"] = stats.f.sf(found["F"], 1, two.df_resid)
    return found


def main():
    """Write expected.csv."""
    if "--draw" in sys.argv:
        draw()
    frame = pd.read_csv(FOLDER / "input.csv")
    rows = []
    for name, w in (("none", np.ones(len(frame))), ("weight", frame["weight"].to_numpy())):
        payment, income = frame["payment"].to_numpy(), frame["income"].to_numpy()
        found = {"index of payment": index(payment, income, w), "gini of income": gini(income, w)}
        found["kakwani"] = found["index of payment"] - found["gini of income"]
        rows += [(name, k, v) for k, v in {**found, **compare(frame, w)}.items()]
    pd.DataFrame(rows, columns=["weights", "quantity", "value"]).to_csv(FOLDER / "expected.csv", index=False)


if __name__ == "__main__":
    main()
