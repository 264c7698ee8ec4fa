"""Rates, proportions, means and standardised rates of drawn areas, with their limits, written out one area at a time."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

FOLDER = Path(__file__).parent
BANDS = [*(f"{a}-{a + 4}" for a in range(0, 90, 5)), "90+"]
ESP2013 = [
    5000,
    5500,
    5500,
    5500,
    6000,
    6000,
    6500,
    *[7000] * 4,
    6500,
    6000,
    5500,
    5000,
    4000,
    2500,
    1500,
    1000,
]
ESP1976 = [8000, *[7000] * 10, 6000, 5000, 4000, 3000, 2000, 1000, 1000]
LEVELS = (0.95, 0.998)


def draw():
    """Write the inputs."""
    rng = np.random.default_rng(1991)
    rows, runs = [], []
    risk = 0.002 + 0.03 * (np.arange(19) / 18) ** 2
    for area, size in (("large", 20), ("middle", 2), ("small", 0.3), ("few", 0.02)):
        people = np.round(np.linspace(600, 150, 19) * size * rng.uniform(0.8, 1.2, 19)).astype(int) + 5
        rows += list(zip([area] * 19, BANDS, rng.binomial(people, risk), people, ESP2013, strict=True))
        for band, pop, standard, p in zip(BANDS, people, ESP2013, risk, strict=True):
            for times in (1, 2, 3, 5):
                persons = int(rng.binomial(pop, p / times**1.5))
                if persons or times == 1:
                    runs.append((area, band, pop, standard, times, persons if persons else np.nan))
    names = ["area", "ageband", "count", "pop", "standard"]
    pd.DataFrame(rows, columns=names).to_csv(FOLDER / "direct.csv", index=False)
    names = ["area", "ageband", "pop", "standard", "freq", "persons"]
    pd.DataFrame(runs, columns=names).astype({"persons": "Int64"}).to_csv(FOLDER / "runs.csv", index=False)
    old = [*BANDS[:17], "85+"]
    people = rng.integers(150, 700, 18)
    frame = pd.DataFrame(
        {"ageband": old, "count": rng.binomial(people, np.linspace(0.02, 0.3, 18)), "pop": people}
    )
    frame.to_csv(FOLDER / "old_standard.csv", index=False)
    people = rng.integers(20000, 60000, 19)
    reference = pd.DataFrame({"ageband": BANDS, "count": rng.binomial(people, risk), "pop": people})
    reference.loc[2, "count"] = 0
    reference.to_csv(FOLDER / "reference.csv", index=False)
    counts = [0, 1, 2, 5, 9, 10, 11, 40, 160, 990]
    simple = [
        (f"A{i:02}", c, d)
        for i, (c, d) in enumerate((c, d) for c in counts for d in (10, 500, 1000) if c <= d)
    ]
    pd.DataFrame(simple, columns=["area", "num", "den"]).to_csv(FOLDER / "simple.csv", index=False)
    values = [
        (g, round(float(v), 3)) for g, n in (("a", 9), ("b", 14), ("c", 2)) for v in rng.normal(45, 7, n)
    ]
    pd.DataFrame(values, columns=["area", "value"]).to_csv(FOLDER / "means.csv", index=False)


def poisson_limits(count, level, exact_below=10):
    """Return Byar's limits (Breslow and Day 1987), exact ones of the Poisson distribution for fewer than ten events."""
    tail = (1 - level) / 2
    if count < exact_below:
        low = stats.chi2.ppf(tail, 2 * count) / 2 if count else 0.0
        return low, stats.chi2.isf(tail, 2 * count + 2) / 2
    z = stats.norm.isf(tail)
    low = count * (1 - 1 / (9 * count) - z / (3 * count**0.5)) ** 3
    more = count + 1
    return low, more * (1 - 1 / (9 * more) + z / (3 * more**0.5)) ** 3


def limits(row, function):
    """Add lower and upper limits at both levels."""
    for level, name in zip(LEVELS, ("95", "99.8"), strict=True):
        row[f"lower {name}"], row[f"upper {name}"] = function(level)
    return row


def direct(area, counts, people, standard, multiplier, squares=None):
    """Return one area's directly standardised rate with Dobson's limits (1991)."""
    events = float(sum(counts))
    if events < 10:
        names = [f"{side} {name}" for name in ("95", "99.8") for side in ("lower", "upper")]
        return {"area": area, "value": np.nan, **dict.fromkeys(names, np.nan)}
    squares = counts if squares is None else squares
    whole = sum(standard)
    rate = sum(w * c / n for w, c, n in zip(standard, counts, people, strict=True)) / whole
    variance = sum((w / n) ** 2 * s for w, s, n in zip(standard, squares, people, strict=True)) / whole**2
    stretch = (variance / events) ** 0.5

    def at(level):
        return tuple(multiplier * (rate + stretch * (x - events)) for x in poisson_limits(events, level))

    return limits({"area": area, "value": multiplier * rate}, at)


def main():
    """Write the expected tables."""
    if "--draw" in sys.argv:
        draw()
    frame = pd.read_csv(FOLDER / "direct.csv")
    runs = pd.read_csv(FOLDER / "runs.csv").fillna({"persons": 0})
    old = pd.read_csv(FOLDER / "old_standard.csv")
    reference = pd.read_csv(FOLDER / "reference.csv")
    tables = {
        name: [] for name in ("direct", "runs", "old_standard", "indirect", "rates", "proportions", "means")
    }
    for multiplier in (100_000, 10_000):
        for area, part in frame.groupby("area", sort=False):
            row = direct(
                area, part["count"].tolist(), part["pop"].tolist(), part["standard"].tolist(), multiplier
            )
            tables["direct"].append({"multiplier": multiplier, **row})
    tables["old_standard"].append(direct("all", old["count"].tolist(), old["pop"].tolist(), ESP1976, 100_000))
    for area, part in runs.groupby("area", sort=False):
        bands = part.assign(
            events=part["freq"] * part["persons"], squares=part["freq"] ** 2 * part["persons"]
        )
        bands = bands.groupby("ageband", sort=False)
        columns = bands["events"].sum(), bands["pop"].first(), bands["standard"].first()
        tables["runs"].append(
            direct(area, *(c.tolist() for c in columns), 100_000, bands["squares"].sum().tolist())
        )
    rates = (reference["count"] / reference["pop"]).tolist()
    crude = 100_000 * reference["count"].sum() / reference["pop"].sum()
    for area, part in frame.groupby("area", sort=False):
        observed = int(part["count"].sum())
        scale = crude / sum(r * n for r, n in zip(rates, part["pop"], strict=True))
        row = {"area": area, "value": observed * scale}
        tables["indirect"].append(
            limits(row, lambda lv, o=observed, s=scale: [s * x for x in poisson_limits(o, lv)])
        )
    for area, num, den in pd.read_csv(FOLDER / "simple.csv").itertuples(index=False):
        scale = 100_000 / den
        row = {"area": area, "value": num * scale}
        tables["rates"].append(limits(row, lambda lv, o=num, s=scale: [s * x for x in poisson_limits(o, lv)]))
        tables["proportions"].append(
            limits(
                {"area": area, "value": 100 * num / den},
                lambda lv, o=num, n=den: [100 * x for x in proportion_confint(o, n, 1 - lv, method="wilson")],
            )
        )
    for area, part in pd.read_csv(FOLDER / "means.csv").groupby("area"):
        mean, error, df = part["value"].mean(), stats.sem(part["value"]), len(part) - 1
        row = {"area": area, "value": mean}
        tables["means"].append(limits(row, lambda lv, m=mean, e=error, d=df: stats.t.interval(lv, d, m, e)))
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(FOLDER / f"expected_{name}.csv", index=False)
    few = [
        (x, level, *poisson_limits(x, level, exact_below=0)) for x in (1, 3, 9, 65, 1045) for level in LEVELS
    ]
    pd.DataFrame(few, columns=["x", "level", "lower", "upper"]).to_csv(
        FOLDER / "expected_byar.csv", index=False
    )
    rows = [
        (x, n, level, *proportion_confint(x, n, 1 - level, method="wilson"))
        for x, n in ((0, 10), (1, 10), (65, 100), (1045, 5000), (10, 10))
        for level in LEVELS
    ]
    pd.DataFrame(rows, columns=["x", "n", "level", "lower", "upper"]).to_csv(
        FOLDER / "expected_wilson.csv", index=False
    )


if __name__ == "__main__":
    main()
