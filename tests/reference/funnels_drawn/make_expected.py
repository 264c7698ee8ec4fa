"""Funnel limits and labels of drawn areas by the quantiles of the chi-squared and normal distributions."""

import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

FOLDER = Path(__file__).parent
TAILS = {"2s": 0.025, "3s": 0.001}
PER = 100_000


def draw():
    """Write input.csv: forty areas, two without events and some with few."""
    rng = np.random.default_rng(2005)
    pop = np.round(np.exp(rng.uniform(5.5, 11, 40))).astype(int)
    risk = 0.012 * np.exp(rng.normal(0, 0.35, 40))
    obs = rng.binomial(pop, risk)
    obs[:2] = 0
    expected = np.round(pop * 0.012 * rng.uniform(0.9, 1.1, 40), 3)
    crude = PER * obs / pop
    dsr = np.round(crude * rng.uniform(0.85, 1.2, 40), 4)
    frame = pd.DataFrame(
        {"area": [f"F{i:02}" for i in range(40)], "obs": obs, "pop": pop, "expected": expected}
    )
    frame.assign(rate=crude.round(6), dsr=dsr).to_csv(FOLDER / "input.csv", index=False)


def two_figures(x, rounding):
    """Round to two figures."""
    unit = 10 ** (math.floor(math.log10(x)) - 1)
    return rounding(round(x / unit, 9)) * unit


def axis(sizes):
    """Return the ends of the axis: 5% beyond the areas, from nothing where they differ more than five times."""
    low = 0 if max(sizes) > 5 * min(sizes) else two_figures(0.95 * min(sizes), math.floor)
    return low, two_figures(1.05 * max(sizes), math.ceil)


def grid(low, high, steps):
    """Return 100 whole numbers, each the next on the way to the end in equal ratios, at least one apart."""
    sizes = [max(math.floor(low), 1)]
    while len(sizes) < 100:
        left = steps - len(sizes)
        sizes.append(max(round(sizes[-1] * (high / sizes[-1]) ** (1 / left)), sizes[-1] + 1))
    return np.array(sizes, dtype=float)


def poisson_bounds(events, tail):
    """Return the means under which so many or more, and so many or fewer, have the tail probability."""
    return stats.chi2.ppf(tail, 2 * events) / 2, stats.chi2.isf(tail, 2 * events + 2) / 2


def label(low, high):
    """Return the label of an area from whether it lies below or above at each tail."""
    for tail in ("0.001", "0.025"):
        if low[tail]:
            return f"Low ({tail})"
        if high[tail]:
            return f"High ({tail})"
    return "Not significant"


def limits_of(sizes, baseline, multiplier):
    """Return the table of limits of counts around a baseline."""
    table = {"size": sizes}
    for name, tail in TAILS.items():
        low, high = poisson_bounds(sizes, tail)
        for side, mean in (("lower", high), ("upper", low)):
            table[f"{side}_{name}_size"] = mean / baseline
            table[f"{side}_{name}_limit"] = sizes / (mean / baseline) * multiplier
    return pd.DataFrame(table).assign(baseline=baseline * multiplier)


def main():
    """Write the expected tables."""
    if "--draw" in sys.argv:
        draw()
    areas = pd.read_csv(FOLDER / "input.csv")
    total = areas["obs"].sum() / areas["pop"].sum()
    sizes = grid(*axis(areas["pop"]), 100)
    table = {"size": sizes}
    for name, tail in TAILS.items():
        reach = stats.norm.isf(tail) * np.sqrt(total * (1 - total) / sizes)
        table[f"lower_{name}_limit"] = 100 * np.maximum(total - reach, 0)
        table[f"upper_{name}_limit"] = 100 * np.minimum(total + reach, 1)
    pd.DataFrame(table).assign(baseline=100 * total).to_csv(FOLDER / "expected_proportion.csv", index=False)
    some = areas["obs"] > 0
    # the population behind a rate; an area without events keeps its own
    behind = np.where(some, PER * areas["obs"] / areas["rate"].where(some, 1), areas["pop"])
    baseline = areas["obs"].sum() / behind.sum()
    low, high = axis(behind)
    sizes = grid(math.floor(low * baseline), math.ceil(high * baseline), 100)
    limits_of(sizes, baseline, PER).to_csv(FOLDER / "expected_rate.csv", index=False)
    sizes = grid(*axis(areas["expected"]), 101)
    limits_of(sizes, 1.0, 100).to_csv(FOLDER / "expected_ratio.csv", index=False)
    labels = pd.DataFrame({"area": areas["area"], "rate_chart": areas["rate"], "denominator_derived": behind})
    standardised = np.where(some, PER * areas["obs"] / areas["dsr"].where(some, 1), areas["pop"])
    centre = (
        areas["obs"].sum() / standardised[some].sum()
    )  # where there are no events there is no standardised rate
    kinds = {
        "rate": baseline * behind,
        "dsr": centre * standardised,
        "ratio": areas["expected"].to_numpy(),
    }
    names = {str(tail): tail for tail in TAILS.values()}
    for kind, mean in kinds.items():
        found = []
        for o, m in zip(areas["obs"], mean, strict=True):
            low = {n: stats.poisson.cdf(o, m) < t for n, t in names.items()}
            high = {n: o > 0 and stats.poisson.sf(o - 1, m) < t for n, t in names.items()}
            few = kind == "dsr" and o < 10
            found.append("Not applicable for events less than 10 for dsrs" if few else label(low, high))
        labels[kind] = found
    found = []
    for o, n in zip(areas["obs"], areas["pop"], strict=True):
        z = (o / n - total) / math.sqrt(total * (1 - total) / n)
        low = {name: z < -stats.norm.isf(t) for name, t in names.items()}
        high = {name: z > stats.norm.isf(t) for name, t in names.items()}
        found.append(label(low, high))
    labels.assign(proportion=found).to_csv(FOLDER / "expected_labels.csv", index=False)


if __name__ == "__main__":
    main()
