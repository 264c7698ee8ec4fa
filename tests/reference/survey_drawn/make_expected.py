"""Slope and concentration indices of a survey's people: totals of weighted scores by cluster within stratum, written out."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

FOLDER = Path(__file__).parent


def draw():
    """Write input.csv: 900 people in 36 clusters of 6 strata, in five groups."""
    rng = np.random.default_rng(1983)
    cluster = rng.integers(0, 36, 900)
    group = np.clip(np.round(3 + rng.normal(0, 1.2, 900) + 0.8 * rng.normal(size=36)[cluster]), 1, 5).astype(
        int
    )
    chance = 1 / (1 + np.exp(1.2 - 0.45 * group - 0.5 * rng.normal(size=36)[cluster]))
    frame = pd.DataFrame({"stratum": cluster // 6, "cluster": cluster, "group": group})
    frame["outcome"] = (rng.random(900) < chance).astype(int)
    frame.assign(weight=rng.gamma(4, 0.25, 900).round(4)).to_csv(FOLDER / "input.csv", index=False)


def total_variance(scores, strata, clusters):
    """Return the variance of a total of scores: Binder (1983), clusters drawn with replacement within strata."""
    total = np.zeros((scores.shape[1],) * 2)
    for h in np.unique(strata):
        units = [
            scores[(strata == h) & (clusters == c)].sum(axis=0) for c in np.unique(clusters[strata == h])
        ]
        n, mean = len(units), np.mean(units, axis=0)
        for unit in units:
            total += n / (n - 1) * np.outer(unit - mean, unit - mean)
    return total


def rank_of(group, w):
    """Return everybody's weighted mid-rank."""
    return np.array([w[group < g].sum() + w[group == g].sum() / 2 for g in group]) / w.sum()


def slopes(frame, link, design):
    """Return slope and relative index with their errors by the delta method, its derivatives by differences."""
    y, w, group = (frame[c].to_numpy(float) for c in ("outcome", "weight", "group"))
    x = sm.add_constant(rank_of(group, w))
    family = sm.families.Binomial() if link == "logit" else sm.families.Gaussian()
    # weights scaled to the number of people, so that the search stops at the same accuracy
    beta = np.asarray(sm.GLM(y, x, family=family, freq_weights=w).fit(tol=1e-14, maxiter=200).params)

    def mean(b, at):
        eta = b[0] + b[1] * at
        return 1 / (1 + np.exp(-eta)) if link == "logit" else eta

    fitted = mean(beta, x[:, 1])
    scores = (w * (y - fitted))[:, None] * x
    bread = np.linalg.inv((x * (w * (fitted * (1 - fitted) if link == "logit" else 1))[:, None]).T @ x)
    strata = frame["stratum"].to_numpy() if design else np.zeros(len(y))
    clusters = frame["cluster"].to_numpy() if design else np.arange(len(y))
    cov = bread @ total_variance(scores, strata, clusters) @ bread

    def both(b):
        return np.array([mean(b, 1) - mean(b, 0), np.log(mean(b, 1) / mean(b, 0))])

    h = 1e-5
    jacobian = np.column_stack([(both(beta + h * e) - both(beta - h * e)) / (2 * h) for e in np.eye(2)])
    errors = np.sqrt(np.diag(jacobian @ cov @ jacobian.T))
    slope, log_ratio = both(beta)
    z = stats.norm.isf(0.025)
    return [
        ("sii", slope, errors[0], slope - z * errors[0], slope + z * errors[0]),
        ("rii", np.exp(log_ratio), errors[1], *np.exp(log_ratio + z * errors[1] * np.array([-1, 1]))),
    ]


def indices(frame, design):
    """Return the absolute and relative concentration index with errors of the convenience regression."""
    y, w, group = (frame[c].to_numpy(float) for c in ("outcome", "weight", "group"))
    rank = rank_of(group, w)
    mean = np.average(y, weights=w)
    variance = np.average((rank - np.average(rank, weights=w)) ** 2, weights=w)
    x = sm.add_constant(rank)
    fit = sm.WLS(2 * variance * y, x, weights=w).fit()
    scores = (w * fit.resid)[:, None] * x
    strata = frame["stratum"].to_numpy() if design else np.zeros(len(y))
    clusters = frame["cluster"].to_numpy() if design else np.arange(len(y))
    bread = np.linalg.inv((x * w[:, None]).T @ x)
    error = np.sqrt((bread @ total_variance(scores, strata, clusters) @ bread)[1, 1])
    z = stats.norm.isf(0.025)
    rows = []
    for name, scale in (("aci", 1.0), ("rci", 1 / mean)):
        value, se = scale * fit.params[1], scale * error
        rows.append((name, value, se, value - z * se, value + z * se))
    return rows


def main():
    """Write expected.csv."""
    if "--draw" in sys.argv:
        draw()
    frame = pd.read_csv(FOLDER / "input.csv")
    rows = []
    for design in (False, True):
        for link in ("logit", "identity"):
            rows += [(link, design, *row) for row in slopes(frame, link, design)]
        rows += [("none", design, *row) for row in indices(frame, design)]
    names = ["link", "design", "measure", "estimate", "se", "lower", "upper"]
    pd.DataFrame(rows, columns=names).to_csv(FOLDER / "expected.csv", index=False)


if __name__ == "__main__":
    main()
