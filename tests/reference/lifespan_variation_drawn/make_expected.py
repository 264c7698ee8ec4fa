"""Lifespan variation of two drawn life tables: sums over pairs and ages written out, quartiles off a monotone cubic."""

import sys
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import CubicHermiteSpline

FOLDER = Path(__file__).parent


def draw():
    """Write abridged.csv and single.csv: tables of Gompertz deaths, the lived fraction drawn."""
    rng = np.random.default_rng(1950)
    for name, ages in (("abridged", [0, 1, *range(5, 105, 5)]), ("single", list(range(106)))):
        ages = np.array(ages, dtype=float)
        widths = np.diff(ages)
        risk = 0.00004 * np.exp(0.098 * (ages[:-1] + widths / 2)) * rng.uniform(0.95, 1.05, widths.size)
        risk[0] = 0.004
        a = np.append(widths * rng.uniform(0.45, 0.55, widths.size), 0.0)
        a[0] = 0.12
        q = np.append(1 - np.exp(-risk * widths), 1.0)
        alive = 100000 * np.append(1.0, np.cumprod(1 - q[:-1]))
        deaths = alive * q
        a[-1] = 1.8
        years = np.append(widths * alive[1:], 0.0) + a * deaths
        e = np.cumsum(years[::-1])[::-1] / alive
        frame = pd.DataFrame({"Age": ages.astype(int), "ax": a, "lx": alive, "dx": deaths, "ex": e})
        frame.to_csv(FOLDER / f"{name}.csv", index=False, float_format="%.10g")


def measures(table):
    """Return rows of measure, convention, starting age and value."""
    x, a, alive, d, e = (table[c].tolist() for c in ("Age", "ax", "lx", "dx", "ex"))
    n = len(x)
    rows = []
    for s in range(n):
        later = range(s, n)
        total = sum(d[j] for j in later)
        mean = x[s] + e[s]
        w = {j: d[j] / total for j in later}
        at = {j: x[j] + a[j] for j in later}
        pairs = sum(w[i] * w[j] * abs(at[i] - at[j]) for i in later for j in later) / 2
        lost = 0.0
        for j in later:
            if j == n - 1:
                lost += d[j] * e[j]
            else:
                lost += d[j] * (e[j + 1] + (1 - a[j] / (x[j + 1] - x[j])) * (e[j] - e[j + 1]))
        standard = sum(w[j] * (at[j] - mean) ** 2 for j in later)
        # the R package takes the widths of the first bands for the years from the starting age
        peer = sum(w[j] * (x[j - s] + a[j] - e[s]) ** 2 for j in later)
        both = {
            "edag": lost / alive[s],
            "H": lost / alive[s] / e[s],
            "theil": sum(w[j] * at[j] / mean * log(at[j] / mean) for j in later),
            "mld": -sum(w[j] * log(at[j] / mean) for j in later),
            "gini": pairs / mean,
            "aid": pairs,
        }
        for convention, variance, mad in (
            ("standard", standard, sum(w[j] * abs(at[j] - mean) for j in later)),
            ("LifeIneq", peer, sum(d[j] * abs(e[j] - a[j]) for j in later) / alive[s]),
        ):
            own = {"var": variance, "sd": variance**0.5, "cov": variance**0.5 / mean, "mad": mad}
            rows += [(convention, name, x[s], value) for name, value in {**own, **both}.items()]
    return rows


def monotone(x, y):
    """Return R's monotone cubic: Fritsch and Carlson (1980) with the mean of neighbouring slopes."""
    slopes = np.diff(y) / np.diff(x)
    m = np.concatenate([slopes[:1], (slopes[1:] + slopes[:-1]) / 2, slopes[-1:]])
    for k, s in enumerate(slopes):
        if s == 0:
            m[k] = m[k + 1] = 0
            continue
        a, b = m[k] / s, m[k + 1] / s
        if 2 * a + b > 3 and a + 2 * b > 3 and a * (2 * a + b + a + 2 * b - 6) < (2 * a + b - 3) ** 2:
            m[k], m[k + 1] = 3 * s * a / np.hypot(a, b), 3 * s * b / np.hypot(a, b)
    return CubicHermiteSpline(x, y, m)


def stretches(table):
    """Return the interquartile range and the shortest half, the latter by brute force on a fine grid, twice."""
    x, share = table["Age"].to_numpy(float), (table["lx"] / table["lx"].iloc[0]).to_numpy()
    age_of, share_at = monotone(-share, x), monotone(x, share)
    low, high = x[0], float(age_of(-(0.5 + share[-1])))
    for _ in range(4):
        grid = np.linspace(low, high, 20001)
        length = age_of(0.5 - share_at(grid)) - grid
        k = int(np.argmin(length))
        low, high = grid[max(k - 5, 0)], grid[min(k + 5, len(grid) - 1)]
    return float(age_of(-0.25) - age_of(-0.75)), float(length.min())


def main():
    """Write the expected tables."""
    if "--draw" in sys.argv:
        draw()
    rows = []
    for name in ("abridged", "single"):
        table = pd.read_csv(FOLDER / f"{name}.csv")
        frame = pd.DataFrame(measures(table), columns=["convention", "measure", "start_age", "value"])
        wide = frame.pivot_table(index=["convention", "start_age"], columns="measure", values="value")
        wide.reset_index().to_csv(FOLDER / f"expected_{name}.csv", index=False, float_format="%.12g")
        rows.append((name, *stretches(table)))
    pd.DataFrame(rows, columns=["table", "iqr", "cp"]).to_csv(FOLDER / "expected_stretches.csv", index=False)


if __name__ == "__main__":
    main()
