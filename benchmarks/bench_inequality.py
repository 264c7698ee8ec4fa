"""Gradients, life tables and standardised rates, against PHStatsMethods and against the plain way.

No Python package offers slope indices or life expectancy, so these run against what an analyst would write: simulation
with 100,000 draws and a loop over areas. The frames and arrays are drawn once, outside the timing.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmarks.harness import Case
from healthdevo.inequality import (
    EUROPEAN_STANDARD_POPULATION_2013,
    crude_rates,
    directly_standardised_rates,
    directly_standardised_rates_by,
    indirectly_standardised_ratios,
    life_expectancy,
    life_expectancy_gradients,
    proportions,
    slope_index,
    slope_index_by,
)

try:
    import PHStatsMethods
except ImportError:
    PHStatsMethods = None

AREAS, GROUPS, DRAWS = 150, 10, 100_000
AGES = [0, 1, *range(5, 95, 5)]


def simulated_slopes(values, people, errors, *, rates):
    """Slope and relative indices with simulated limits, area by area, as the usual tools do it."""
    generator = np.random.default_rng(1)
    limits = []
    for y, n, e in zip(values, people, errors, strict=True):
        share = n / n.sum()
        rank = share.cumsum() - share / 2
        weights = share * (rank - 0.5) / (share * (rank - 0.5) ** 2).sum()
        noise = e * generator.standard_normal((DRAWS, y.size))
        drawn = y * np.exp(noise / y) if rates else y + noise
        slope, middle = drawn @ weights, drawn @ share
        limits.append(np.quantile(slope, [0.025, 0.975]))
        limits.append(np.quantile((middle + slope / 2) / (middle - slope / 2), [0.025, 0.975]))
    return np.array(limits)


def plain_life_expectancy(deaths, people, widths):
    """Life expectancy at birth and its limits, one area and band after the other."""
    found = []
    for d, p in zip(deaths.tolist(), people.tolist(), strict=True):
        expectancy = p[-1] / d[-1]
        variance = expectancy**2 / d[-1]
        for b in range(len(widths) - 1, -1, -1):
            n, a = widths[b], 0.1 if b == 0 else 0.5
            m = d[b] / p[b]
            q = min(n * m / (1 + n * (1 - a) * m), 1.0)
            noise = q * q * (1 - q) / d[b] if d[b] else 0.0
            variance = noise * ((1 - a) * n + expectancy) ** 2 + (1 - q) ** 2 * variance
            expectancy = a * n * q + (1 - q) * (n + expectancy)
        half = 1.959963984540054 * variance**0.5
        found.append((expectancy, expectancy - half, expectancy + half))
    return found


def cases() -> Iterable[Case]:
    """Return the comparisons."""
    generator = np.random.default_rng(0)
    values = 74 + 0.8 * np.arange(GROUPS) + generator.normal(size=(AREAS, GROUPS))
    people = generator.integers(5000, 30000, (AREAS, GROUPS)).astype(float)
    errors = generator.uniform(0.3, 0.8, (AREAS, GROUPS))
    yield Case(
        f"slope and relative index, {AREAS} areas x {GROUPS} groups",
        lambda: slope_index(values, people, standard_errors=errors, higher_is="better"),
        f"simulation, {DRAWS:,} draws",
        lambda: simulated_slopes(values, people, errors, rates=False),
        repeat=15,
        peer_repeat=1,
    )
    yield Case(
        f"the same for rates, log-normal errors, {AREAS} x {GROUPS}",
        lambda: slope_index(values, people, standard_errors=errors, kind="rate", higher_is="worse"),
        f"simulation, {DRAWS:,} draws",
        lambda: simulated_slopes(values, people, errors, rates=True),
        repeat=3,
        peer_repeat=1,
        note="(ours without random error)",
    )
    yield Case(
        f"the same for rates on the log scale, {AREAS} x {GROUPS}",
        lambda: slope_index(
            values, people, standard_errors=errors, kind="rate", transform="log", higher_is="worse"
        ),
        repeat=15,
    )
    tidy = pd.DataFrame(
        {
            "area": np.repeat([f"E{i:08d}" for i in range(AREAS)], GROUPS),
            "group": np.tile(np.arange(1, GROUPS + 1), AREAS),
            "value": values.ravel(),
            "people": people.ravel(),
            "error": errors.ravel(),
        }
    )
    yield Case(
        f"slope and relative index from {len(tidy):,} tidy rows",
        lambda: slope_index_by(
            tidy,
            by="area",
            group="group",
            value="value",
            population="people",
            standard_error="error",
            higher_is="better",
        ),
        repeat=15,
    )

    widths = [int(w) for w in np.diff(AGES)]
    population = generator.integers(2000, 9000, (300, len(AGES))).astype(float)
    risk = np.minimum(0.0004 * np.exp(0.08 * np.array(AGES)), 0.5)
    deaths = generator.binomial(population.astype(int), risk).astype(float) + 1.0
    yield Case(
        f"life expectancy, 300 areas x {len(AGES)} bands",
        lambda: life_expectancy(deaths, population, AGES),
        "loop over areas and bands",
        lambda: plain_life_expectancy(deaths, population, widths),
        repeat=15,
    )
    cube = (AREAS, GROUPS, len(AGES))
    many = generator.integers(2000, 9000, cube).astype(float)
    dead = generator.binomial(many.astype(int), risk).astype(float) + 1.0
    yield Case(
        f"deaths to slope index of life expectancy, {AREAS} x {GROUPS} x {len(AGES)}",
        lambda: life_expectancy_gradients(dead, many, AGES),
        repeat=9,
    )

    yield from rate_cases(generator)


def rate_cases(generator: np.random.Generator) -> Iterable[Case]:
    """Return the comparisons with PHStatsMethods."""
    areas, bands = 300, len(EUROPEAN_STANDARD_POPULATION_2013)
    standard = EUROPEAN_STANDARD_POPULATION_2013.to_numpy()
    population = generator.integers(500, 5000, (areas, bands)).astype(float)
    counts = generator.poisson(population * np.linspace(0.002, 0.08, bands)).astype(float)
    frame = pd.DataFrame(
        {
            "area": np.repeat([f"E{i:08d}" for i in range(areas)], bands),
            "age": np.tile(EUROPEAN_STANDARD_POPULATION_2013.index, areas),
            "count": counts.ravel(),
            "people": population.ravel(),
            "standard": np.tile(standard, areas),
        }
    )
    missing = "" if PHStatsMethods else "(PHStatsMethods is not installed)"
    name = "PHStatsMethods" if PHStatsMethods else ""
    yield Case(
        f"directly standardised rates, {areas} areas x {bands} bands, arrays",
        lambda: directly_standardised_rates(counts, population, standard),
        name,
        None
        if PHStatsMethods is None
        else lambda: PHStatsMethods.ph_dsr(
            frame, "count", "people", "standard", group_cols="area", euro_standard_pops=False
        ),
        repeat=15,
        peer_repeat=3,
        note=missing,
    )
    yield Case(
        f"directly standardised rates, {len(frame):,} tidy rows joined by label",
        lambda: directly_standardised_rates_by(
            frame,
            by="area",
            age="age",
            count="count",
            population="people",
            standard=EUROPEAN_STANDARD_POPULATION_2013,
        ),
        name,
        None
        if PHStatsMethods is None
        else lambda: PHStatsMethods.ph_dsr(
            frame, "count", "people", "standard", group_cols="area", euro_standard_pops=False
        ),
        repeat=9,
        peer_repeat=3,
        note=missing,
    )
    reference = pd.DataFrame(
        {"age": EUROPEAN_STANDARD_POPULATION_2013.index, "x": counts.sum(0), "n": population.sum(0)}
    )
    yield Case(
        f"indirectly standardised ratios, {areas} areas x {bands} bands",
        lambda: indirectly_standardised_ratios(counts, population, reference["x"], reference["n"]),
        name,
        None
        if PHStatsMethods is None
        else lambda: PHStatsMethods.ph_ISRatio(
            frame,
            "count",
            "people",
            "x",
            "n",
            group_cols="area",
            ref_df=reference,
            ref_join_left="age",
            ref_join_right="age",
        ),
        repeat=15,
        peer_repeat=3,
        note=missing,
    )
    totals = pd.DataFrame(
        {"area": [f"E{i:08d}" for i in range(areas)], "x": counts.sum(1), "n": population.sum(1)}
    )
    for label, ours, function in (
        ("crude rates", crude_rates, "ph_rate"),
        ("proportions", proportions, "ph_proportion"),
    ):
        yield Case(
            f"{label} of {areas} areas",
            lambda ours=ours: ours(totals["x"], totals["n"], index=totals["area"]),
            name,
            None
            if PHStatsMethods is None
            else lambda function=function: getattr(PHStatsMethods, function)(
                totals, "x", "n", group_cols="area"
            ),
            repeat=15,
            peer_repeat=3,
            note=missing,
        )
