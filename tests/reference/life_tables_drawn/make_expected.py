"""Abridged life tables written out: Chiang (1984) with the variance of Silcocks, Jenner and Reza (2001) or Chiang's own."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

FOLDER = Path(__file__).parent
AGES = [0, 1, *range(5, 95, 5)]


def life_table(deaths, people, ages, fractions=None):
    """Return the columns of one life table as a dictionary, one value for each band, all in Python floats."""
    count = len(ages)
    widths = [ages[i + 1] - ages[i] for i in range(count - 1)]
    a = fractions or [0.1 if w == 1 else 0.5 for w in widths]
    columns = {
        name: [0.0] * count for name in ("M", "q", "l", "d", "L", "T", "e", "se_silcocks", "se_chiang")
    }
    alive = 1.0
    for i in range(count):
        rate = deaths[i] / people[i]
        last = i == count - 1
        q = 1.0 if last else min(widths[i] * rate / (1 + widths[i] * (1 - a[i]) * rate), 1.0)
        columns["M"][i], columns["q"][i], columns["l"][i], columns["d"][i] = rate, q, alive, alive * q
        columns["L"][i] = alive / rate if last else widths[i] * (alive * (1 - q) + a[i] * alive * q)
        alive *= 1 - q
    # from the end: expectancy and variance of those alive at each age, also where nobody of the table lives to it
    columns["e"][-1] = 1 / columns["M"][-1]
    silcocks, chiang = 1 / (deaths[-1] * columns["M"][-1] ** 2), 0.0
    columns["se_silcocks"][-1] = silcocks**0.5
    for i in reversed(range(count - 1)):
        q, n = columns["q"][i], widths[i]
        columns["e"][i] = n * (1 - q) + a[i] * n * q + (1 - q) * columns["e"][i + 1]
        variance = q**2 * (1 - q) / deaths[i] if deaths[i] else 0.0
        own = ((1 - a[i]) * n + columns["e"][i + 1]) ** 2 * variance
        silcocks, chiang = (1 - q) ** 2 * silcocks + own, (1 - q) ** 2 * chiang + own
        columns["se_silcocks"][i], columns["se_chiang"][i] = silcocks**0.5, chiang**0.5
    for i in range(count):
        columns["T"][i] = sum(columns["L"][i:])
    return columns


def draw():
    """Write input.csv: areas with all that can go wrong in a table of deaths, shuffled."""
    rng = np.random.default_rng(1984)
    rows = []
    people = np.array([12, 48, 60, 62, 58, 55, 60, 66, 64, 58, 60, 66, 64, 56, 52, 46, 34, 24, 14, 8]) * 100
    risk = np.minimum(0.00025 * np.exp(0.085 * np.array(AGES)), 0.5)
    risk[0] = 0.004
    names = ("plain", "large", "few deaths", "none in a band", "none in the last band", "no infants' deaths")
    wrong = (
        "half die from 85",
        "more deaths than people",
        "no people",
        "below 0",
        "too small",
        "a band missing",
    )
    for area in (*names, *wrong):
        size = people * {"large": 20, "few deaths": 0.15, "too small": 0.04}.get(area, 1.0)
        size = np.round(size * rng.uniform(0.8, 1.2, len(AGES)))
        deaths = rng.binomial(size.astype(int), risk)
        deaths[-1] = max(deaths[-1], 3)
        if area == "none in a band":
            deaths[[3, 7]] = 0
        if area == "none in the last band":
            deaths[-1] = 0
        if area == "no infants' deaths":
            deaths[0] = 0
        if area == "half die from 85":
            deaths[-2] = round(0.45 * size[-2])
        if area == "more deaths than people":
            deaths[4] = size[4] + 1
        if area == "no people":
            size[6], deaths[6] = 0, 0
        if area == "below 0":
            deaths[5] = -1
        rows += list(zip([area] * len(AGES), AGES, size.astype(int), deaths, strict=True))
    frame = pd.DataFrame(rows, columns=["area", "startage", "pops", "deaths"])
    frame = frame[(frame["area"] != "a band missing") | (frame["startage"] != 45)]
    frame.sample(frac=1, random_state=1).to_csv(FOLDER / "input.csv", index=False)


def main():
    """Write expected.csv."""
    if "--draw" in sys.argv:
        draw()
    rows = []
    for area, part in pd.read_csv(FOLDER / "input.csv").sort_values("startage").groupby("area"):
        deaths, people = part["deaths"].tolist(), part["pops"].tolist()
        # without deaths at the end there is no rate, so no expectancy at any age; below 5,000 people none is published
        known = len(part) == len(AGES) and deaths[-1] > 0 and sum(people) > 5000
        known = known and all(0 <= d <= p and p > 0 for d, p in zip(deaths, people, strict=True))
        table = life_table(deaths, people, AGES) if known else None
        for i, age in enumerate(part["startage"]):
            row = {"area": area, "startage": age, "value": table["e"][i] if table else np.nan}
            for level, name in ((0.95, "95_0"), (0.998, "99_8")):
                reach = stats.norm.ppf((1 + level) / 2) * table["se_silcocks"][i] if table else np.nan
                row[f"lower{name}cl"], row[f"upper{name}cl"] = row["value"] - reach, row["value"] + reach
            rows.append(row)
    pd.DataFrame(rows).to_csv(FOLDER / "expected.csv", index=False)


if __name__ == "__main__":
    main()
