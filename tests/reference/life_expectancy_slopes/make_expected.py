"""From deaths to slope indices of life expectancy: life tables written out, weighted least squares, exact limits."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, stats

FOLDER = Path(__file__).parent
AGES = [0, 1, *range(5, 95, 5)]
LEVELS = {"95_0": 0.95, "99_8": 0.998}


def draw():
    """Write input.csv: three areas, six groups, twenty bands, in random order."""
    rng = np.random.default_rng(2014)
    base = np.array([12, 48, 60, 62, 58, 55, 60, 66, 64, 58, 60, 66, 64, 56, 52, 46, 34, 24, 14, 8]) * 40
    risk = np.minimum(0.0003 * np.exp(0.083 * np.array(AGES)), 0.4)
    risk[0] = 0.005
    rows = []
    for area in ("P1", "P2", "P3"):
        for group in range(1, 7):
            people = np.round(base * rng.uniform(0.6, 1.4)).astype(int)
            deaths = rng.binomial(people, np.minimum(risk * (1.5 - 0.12 * group), 0.6))
            deaths[-1] = max(deaths[-1], 5)
            rows += list(zip([area] * 20, [group] * 20, AGES, people, deaths, strict=True))
    frame = pd.DataFrame(rows, columns=["area", "group", "age", "pops", "deaths"])
    frame.sample(frac=1, random_state=3).to_csv(FOLDER / "input.csv", index=False)


def expectancy(deaths, people):
    """Return life expectancy at birth and its standard error: Chiang, with the variance of Silcocks."""
    e = people[-1] / deaths[-1]
    variance = people[-1] ** 2 / deaths[-1] ** 3
    for i in reversed(range(len(AGES) - 1)):
        n = AGES[i + 1] - AGES[i]
        a = 0.1 if i == 0 else 0.5
        rate = deaths[i] / people[i]
        q = min(n * rate / (1 + n * (1 - a) * rate), 1.0)
        own = q**2 * (1 - q) / deaths[i] if deaths[i] else 0.0
        variance = (1 - q) ** 2 * variance + ((1 - a) * n + e) ** 2 * own
        e = n * (1 - q) + a * n * q + (1 - q) * e
    return e, variance**0.5


def slope(values, errors, people):
    """Return slope and relative index with exact limits: both ends of the line are linear in the values."""
    share = people / people.sum()
    rank = share.cumsum() - share / 2
    root = np.sqrt(share)
    design = np.column_stack([root, root * rank])  # as phe_sii: least squares of the weighted values
    fit = sm.OLS(values * root, design).fit()
    pull = np.linalg.pinv(design) * root
    bottom, top = pull[0], pull[0] + pull[1]
    row = {"sii": fit.params[1], "rii": (fit.params[0] + fit.params[1]) / fit.params[0]}
    sd = np.sqrt(((top - bottom) ** 2 * errors**2).sum())
    for name, level in LEVELS.items():
        for side, p in (("lower", (1 - level) / 2), ("upper", (1 + level) / 2)):
            row[f"sii_{side}{name}"] = row["sii"] + stats.norm.ppf(p) * sd

            def chance(r, p=p):
                pulls = top - r * bottom  # the ratio is below r when this sum is below 0
                return stats.norm.cdf(-(pulls @ values) / np.sqrt((pulls**2 * errors**2).sum())) - p

            row[f"rii_{side}{name}"] = optimize.brentq(chance, 0.5, 2.0, xtol=1e-14)
    return row


def main():
    """Write the expected tables."""
    if "--draw" in sys.argv:
        draw()
    frame = pd.read_csv(FOLDER / "input.csv").sort_values(["area", "group", "age"])
    steps, slopes = [], []
    for area, part in frame.groupby("area"):
        found = [
            (g, *expectancy(p["deaths"].tolist(), p["pops"].tolist()), p["pops"].sum())
            for g, p in part.groupby("group")
        ]
        groups, values, errors, people = (np.array(c, dtype=float) for c in zip(*found, strict=True))
        z = stats.norm.ppf(0.975)
        steps += [
            (area, int(g), v, s, v - z * s, v + z * s) for g, v, s in zip(groups, values, errors, strict=True)
        ]
        slopes.append({"area": area, **slope(values, errors, people)})
    names = ["area", "group", "value", "se", "lower", "upper"]
    pd.DataFrame(steps, columns=names).to_csv(FOLDER / "expected.csv", index=False)
    pd.DataFrame(slopes).to_csv(FOLDER / "expected_slopes.csv", index=False)


if __name__ == "__main__":
    main()
