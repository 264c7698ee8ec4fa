"""Coverage of the intervals of the families ``inequality`` and ``mathematics``, simulated from a known truth.

``python -m benchmarks.coverage_inequality`` prints the table. Seeds are fixed. Functions that treat many areas in one call are given
independent areas, each of which is one replication. The truth of a measure of a sample is that of the distribution it was drawn from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.coverage_rows import LEVEL, Rows, row, rows_of, show
from healthdevo import inequality as q
from healthdevo import mathematics as m

AREAS = 10_000
AGES = [0, 1, *range(5, 95, 5)]
SHARES = np.array([1.1, 4.4, *[6.0] * 9, *[5.5] * 2, 4.8, 4.0, 3.2, 2.4, 1.5, 1.0, 0.6])


def _held(found: Any, truth: Any) -> np.ndarray:
    """Say for each estimate whether its interval holds the truth; an area that has no interval is no replication."""
    lower, upper = found.lower[:, 0], found.upper[:, 0]
    given = ~np.isnan(lower)
    return np.asarray((lower <= truth) & (truth <= upper))[given]


def _inside(found: Any, truth: float) -> bool:
    limits = found.interval(LEVEL)
    return bool(limits.lower <= truth <= limits.upper)


def _mortality(factor: float = 1.0) -> np.ndarray:
    """Death rates by age after Gompertz, with the deaths of infants."""
    middle = np.array([0.5, 3.0, *(np.arange(5, 95, 5) + 2.5)])
    rates = 3e-5 * np.exp(0.095 * middle) + 1e-4
    rates[0] = 0.004
    return factor * rates


def _people(total: float) -> np.ndarray:
    return total * SHARES / SHARES.sum()


# ---------------------------------------------------------------------------- rates
def rates() -> Rows:
    """Return coverage of crude and standardised rates, from Poisson deaths."""
    rng = np.random.default_rng(1)
    out: Rows = []
    for events in (5, 20, 200):
        found = q.crude_rates(rng.poisson(events, AREAS), np.full(AREAS, 1e5))
        out.append(row("inequality.crude_rates", "rate", f"{events} events expected", _held(found, events)))
    for share, people in ((0.02, 100), (0.1, 50), (0.3, 1000)):
        found = q.proportions(rng.binomial(people, share, AREAS), np.full(AREAS, people))
        where = f"a share of {100 * share:g}% of {people:,} people"
        out.append(row("inequality.proportions", "proportion", where, _held(found, share)))
    standard = q.EUROPEAN_STANDARD_POPULATION_2013
    weights = np.asarray(standard, dtype=float)
    bands = len(weights)
    risk = 2e-4 * np.exp(0.45 * np.arange(bands))
    people = np.linspace(1.3, 0.4, bands)
    for events in (20, 50, 500):
        those = np.tile(people * events / float(people @ risk), (AREAS, 1))
        drawn = rng.poisson(those * risk)
        direct = q.directly_standardised_rates(drawn, those, weights)
        truth = 1e5 * float(risk @ weights / weights.sum())
        out.append(
            row(
                "inequality.directly_standardised_rates",
                "rate",
                f"{events} events expected in {bands} age bands",
                _held(direct, truth),
            )
        )
    for events in (5, 20, 200):
        those = np.tile(people * events / 1.2 / float(people @ risk), (AREAS, 1))
        drawn = rng.poisson(1.2 * those * risk)
        ratio = q.indirectly_standardised_ratios(drawn, those, risk * 1e7, np.full(bands, 1e7))
        where = f"{events} events expected, a ratio of 1.2, reference known"
        out.append(row("inequality.indirectly_standardised_ratios", "ratio", where, _held(ratio, 1.2)))
        rate = q.indirectly_standardised_rates(drawn, those, risk * 1e7, np.full(bands, 1e7))
        truth = 1.2e5 * float(risk.mean())
        out.append(row("inequality.indirectly_standardised_rates", "rate", where, _held(rate, truth)))
    for size in (10, 100):
        values, groups = rng.normal(size=(2000, size)), np.repeat(np.arange(2000), size)
        found = q.means(values.ravel(), groups)
        out.append(row("inequality.means", "mean", f"{size} normal values", _held(found, 0.0)))
    return out


def life_expectancy() -> Rows:
    """Return coverage of life expectancy at birth."""
    rng = np.random.default_rng(2)
    out: Rows = []
    risk = _mortality()
    for size in (7_000, 30_000, 300_000):
        those = _people(size)
        truth = float(q.life_expectancy((those * risk)[None, :], those[None, :], AGES).estimate[0])
        drawn = np.minimum(rng.poisson(those * risk, (2000, risk.size)), np.floor(those))
        found = q.life_expectancy(drawn, np.tile(those, (2000, 1)), AGES)
        where = f"{size:,} people, 20 age bands, Poisson deaths"
        out.append(row("inequality.life_expectancy", "life expectancy at birth", where, _held(found, truth)))
    return out


# ---------------------------------------------------------------------------- gradients
def slope_index() -> Rows:
    """Return coverage of slope and relative indices of means and rates."""
    rng = np.random.default_rng(3)
    out: Rows = []
    name = "inequality.slope_index"
    where = "ten groups of means, standard errors of 0.5 known"
    people = np.ones((2000, 10))
    true = np.linspace(74.0, 82.0, 10)
    options: dict[str, Any] = {"higher_is": "better", "standard_errors": np.full((2000, 10), 0.5)}
    found = q.slope_index(true + rng.normal(0.0, 0.5, (2000, 10)), people, **options)
    exact = q.slope_index(true, people[0], higher_is="better")
    out.append(row(name, "slope index", where, _held(found, exact.estimate[0])))
    out.append(row(name, "relative index", where, _held(found.relative, exact.relative.estimate[0])))
    for deaths in (30, 200):
        expected = deaths * np.exp(np.linspace(0.35, -0.35, 10))
        for transform, areas in (("identity", 300), ("log", 2000)):  # the first inverts a distribution
            drawn, people = rng.poisson(expected, (areas, 10)), np.ones((areas, 10))
            options = {"kind": "rate", "transform": transform, "higher_is": "worse"}
            found = q.slope_index(drawn, people, working_standard_errors=1.0 / np.sqrt(drawn), **options)
            exact = q.slope_index(expected, people[0], **options)
            where = f"ten groups of rates, {deaths} deaths in each, {'straight line' if transform == 'identity' else 'line of logarithms'}"
            out.append(row(name, "slope index", where, _held(found, exact.estimate[0])))
            out.append(row(name, "relative index", where, _held(found.relative, exact.relative.estimate[0])))
    return out


def life_expectancy_gradients() -> Rows:
    """Return coverage of gradients of life expectancy."""
    rng = np.random.default_rng(4)
    risk = np.stack([_mortality(f) for f in np.linspace(1.35, 0.75, 5)])
    those = np.tile(_people(20_000), (5, 1))
    exact = q.life_expectancy_gradients((risk * those)[None], those[None], AGES).slope
    drawn = np.minimum(rng.poisson(risk * those, (2000, *risk.shape)), np.floor(those))
    found = q.life_expectancy_gradients(drawn, np.tile(those, (2000, 1, 1)), AGES).slope
    where = "five groups of 20,000 people, Poisson deaths"
    name = "inequality.life_expectancy_gradients"
    return [
        row(name, "slope index", where, _held(found, exact.estimate[0])),
        row(name, "relative index", where, _held(found.relative, exact.relative.estimate[0])),
    ]


def gaps() -> Rows:
    """Return coverage of the difference and the ratio of the ends."""
    rng = np.random.default_rng(5)
    true, errors = np.array([70.0, 75.0, 80.0]), np.array([2.0, 2.0, 2.0])
    options: dict[str, Any] = {"higher_is": "better", "ordered": True, "standard_errors": errors}
    held: dict[str, list[bool]] = {"difference": [], "ratio": []}
    for _ in range(2000):
        drawn = true + errors * rng.normal(size=3)
        held["difference"].append(_inside(q.difference(drawn, **options), 10.0))
        held["ratio"].append(_inside(q.ratio(drawn, **options), 8.0 / 7.0))
    where = "three groups in order, standard errors of 2 known"
    return [row(f"inequality.{name}", name, where, hits) for name, hits in held.items()]


# ---------------------------------------------------------------------------- dispersion
def dispersion() -> Rows:
    """Return coverage of measures of dispersion of log-normal values."""
    rng = np.random.default_rng(6)
    out: Rows = []
    functions: dict[str, Callable[..., Any]] = {
        "gini_coefficient": q.gini_coefficient,
        "theil_index": q.theil_index,
        "mean_log_deviation": q.mean_log_deviation,
        "atkinson_index": q.atkinson_index,
        "variance_of_logs": q.variance_of_logs,
        "coefficient_of_variation": q.coefficient_of_variation,
        "hoover_index": q.hoover_index,
    }
    for size, sigma in ((30, 0.3), (150, 0.3), (150, 0.8)):
        square = sigma**2
        truth = {
            "gini_coefficient": 2.0 * stats.norm.cdf(sigma / np.sqrt(2.0)) - 1.0,
            "theil_index": square / 2.0,
            "mean_log_deviation": square / 2.0,
            "atkinson_index": 1.0 - np.exp(-square / 2.0),
            "variance_of_logs": square,
            "coefficient_of_variation": np.sqrt(np.expm1(square)),
            "hoover_index": 2.0 * stats.norm.cdf(sigma / 2.0) - 1.0,
        }
        held: dict[str, list[bool]] = {name: [] for name in functions}
        for _ in range(2000):
            values = np.exp(sigma * rng.normal(size=size))
            for name, function in functions.items():
                held[name].append(_inside(function(values), truth[name]))
        where = f"{size} log-normal values, standard deviation of logs {sigma:g}"
        out += [row(f"inequality.{name}", "linearisation", where, hits) for name, hits in held.items()]
        if size == 150 and sigma == 0.3:
            for name in ("gini_coefficient", "theil_index"):
                hits = []
                for seed in range(500):
                    values = np.exp(sigma * rng.normal(size=size))
                    found = functions[name](values, variance="bootstrap", draws=500, seed=seed)
                    hits.append(_inside(found, truth[name]))
                out.append(row(f"inequality.{name}", "percentile bootstrap", where, hits))
    return out


def concentration_index() -> Rows:
    """Return coverage of the concentration index of an outcome that falls with the rank."""
    rng = np.random.default_rng(7)
    out: Rows = []
    for size in (30, 200):
        for variance in ("regression", "delta", "influence"):
            hits = []
            for _ in range(500 if variance == "delta" else 1000):
                rank = rng.uniform(size=size)
                outcome = 2.0 - 0.6 * (rank - 0.5) + rng.normal(0.0, 0.3, size)
                hits.append(_inside(q.concentration_index(outcome, rank, variance=variance), -0.05))
            where = f"{size} units, a gradient with normal scatter"
            out.append(row("inequality.concentration_index", variance, where, hits))
    return out


def nested_decomposition() -> Rows:
    """Return coverage of the shares of a decomposition, where areas are fixed and people are drawn."""
    rng = np.random.default_rng(8)
    region = np.repeat(np.arange(4), 3)
    centre = np.array([0.0, 0.3, 0.6, 0.9])[region] + np.tile([-0.2, 0.0, 0.2], 4)
    sigma = 0.3
    means = np.exp(centre + sigma**2 / 2.0)
    relative = means / means.mean()
    regional = np.repeat(relative.reshape(4, 3).mean(axis=1), 3)
    between = float((regional * np.log(regional)).mean())
    inside = float((relative * np.log(relative / regional)).mean())
    parts = np.array([between, inside, sigma**2 / 2.0])
    truth = parts / parts.sum()
    names = ("between regions", "between areas of a region", "within areas")
    out: Rows = []
    for size in (240, 2400):
        held = []
        for _ in range(1000 if size < 1000 else 500):
            area = rng.integers(12, size=size)
            table = pd.DataFrame({"region": region[area], "area": area})
            shares = q.nested_decomposition(
                np.exp(centre[area] + sigma * rng.normal(size=size)), table
            ).shares
            held.append((shares.lower[:, 0] <= truth) & (truth <= shares.upper[:, 0]))
        where = f"Theil index, {size:,} people in 12 areas of 4 regions"
        out += [
            row("inequality.nested_decomposition", f"share {name}", where, hits)
            for name, hits in zip(names, np.array(held).T, strict=True)
        ]
    return out


# ---------------------------------------------------------------------------- convergence
def sigma_convergence() -> Rows:
    """Return coverage of the change, the ratio and the trend of the spread of areas that persist."""
    rng = np.random.default_rng(9)
    out: Rows = []
    for size in (30, 150):
        held: dict[str, list[bool]] = {"change": [], "ratio": [], "trend": []}
        frame = pd.DataFrame(
            {"area": np.tile(np.arange(size), 3), "year": np.repeat([2011, 2016, 2021], size)}
        )
        for _ in range(500):
            first = rng.normal(size=size)
            between = 0.9 * first + np.sqrt(1.0 - 0.9**2) * rng.normal(size=size)
            last = 0.9 * between + np.sqrt(1.0 - 0.9**2) * rng.normal(size=size)
            frame["rate"] = np.exp(np.concatenate([0.2 * first, 0.175 * between, 0.15 * last]))
            found = q.sigma_convergence(frame, "area", "year", "rate")
            for name, truth in (("change", -0.05), ("ratio", 0.75), ("trend", -0.005)):
                held[name].append(_inside(getattr(found, name), truth))
        where = f"{size} areas, three years, spread from 0.2 to 0.15, correlation 0.8"
        out += [row("inequality.sigma_convergence", name, where, hits) for name, hits in held.items()]
    return out


def beta_convergence() -> Rows:
    """Return coverage of the slope, the speed, the half-life, and the slope without the error of the start."""
    rng = np.random.default_rng(10)
    beta, years = -0.03, 10.0
    speed = -np.log1p(beta * years) / years
    truth = {"slope": beta, "speed": speed, "half_life": np.log(2.0) / speed}
    out: Rows = []
    for size in (30, 150):
        held: dict[str, list[bool]] = {name: [] for name in truth}
        corrected = []
        for _ in range(500):
            start = rng.normal(4.0, 0.2, size)
            end = start + years * (0.12 + beta * start) + rng.normal(0.0, 0.08, size)
            found = q.beta_convergence(np.exp(start), np.exp(end), years)
            for name, value in truth.items():
                held[name].append(_inside(found if name == "slope" else getattr(found, name), value))
            noisy = np.exp(start + rng.normal(0.0, 0.08, size))
            clear = q.beta_convergence(noisy, np.exp(end), years, start_errors=0.08 * noisy)
            if clear.corrected is not None and not clear.corrected.reason:
                corrected.append(_inside(clear.corrected, beta))
        where = f"{size} areas, ten years, scatter of 8%"
        out += [
            row("inequality.beta_convergence", name.replace("_", "-"), where, hits)
            for name, hits in held.items()
        ]
        where += ", start measured with an error of 8%"
        out.append(row("inequality.beta_convergence", "slope, corrected", where, corrected))
    return out


# ---------------------------------------------------------------------------- mathematics
def ranks() -> Rows:
    """Return coverage of ranks, which are meant to hold at least their level."""
    rng = np.random.default_rng(11)
    true = np.arange(20.0)
    order = np.arange(20, 0, -1)
    one, every = [], []
    for _ in range(2000):
        drawn = true + rng.normal(0.0, 2.0, 20)
        found = m.rank_intervals(drawn, np.full(20, 2.0))
        one.append(bool(found.lower[9, 0] <= order[9] <= found.upper[9, 0]))
        found = m.rank_intervals(drawn, np.full(20, 2.0), simultaneous=True)
        every.append(bool(((found.lower[:, 0] <= order) & (order <= found.upper[:, 0])).all()))
    where = "20 areas a step of one apart, standard errors of 2"
    name = "mathematics.rank_intervals"
    return [row(name, "rank of one area", where, one), row(name, "all ranks at once", where, every)]


def limits() -> Rows:
    """Return coverage of limits of counts, shares and ratios."""
    rng = np.random.default_rng(12)
    out: Rows = []

    def add(
        function: str, interval: str, where: str, found: tuple[np.ndarray, np.ndarray], truth: float
    ) -> None:
        hits = (found[0][:, 0] <= truth) & (truth <= found[1][:, 0])
        out.append(row(f"mathematics.{function}", interval, where, hits))

    for events in (2, 8, 30):
        counts = rng.poisson(events, AREAS)
        for name in ("poisson_limits", "exact_poisson_limits", "byar_limits"):
            add(name, "count", f"{events} events expected", getattr(m, name)(counts, LEVEL), events)
    for share, people in ((0.02, 100), (0.1, 50), (0.3, 1000)):
        counts = rng.binomial(people, share, AREAS)
        where = f"a share of {100 * share:g}% of {people:,} people"
        add("wilson_limits", "share", where, m.wilson_limits(counts, np.full(AREAS, people), LEVEL), share)
    for error in (0.1, 0.4):
        above, below = 2.0 + rng.normal(0.0, 0.5, AREAS), 1.0 + rng.normal(0.0, error, AREAS)
        found = m.fieller_limits(
            above, below, np.full(AREAS, 0.25), np.full(AREAS, error**2), np.zeros(AREAS), LEVEL
        )
        add("fieller_limits", "ratio", f"a denominator known to {100 * error:g}%", found, 2.0)
    sample = rng.normal(size=(AREAS, 6))
    error, free = sample.std(axis=1, ddof=1) / np.sqrt(6.0), np.full(AREAS, 5.0)
    add(
        "student_limits",
        "mean",
        "six normal values",
        m.student_limits(sample.mean(axis=1), error, free, LEVEL),
        0.0,
    )
    return out


def wild_cluster_bootstrap() -> Rows:
    """Return coverage of the restricted wild bootstrap, with shocks of clusters in outcome and regressor."""
    rng = np.random.default_rng(13)
    out: Rows = []
    for clusters, tried in ((8, 500), (20, 200)):
        codes = np.repeat(np.arange(clusters), 10)
        hits = []
        for seed in range(tried):
            x = rng.normal(size=codes.size) + rng.normal(size=clusters)[codes]
            y = x + rng.normal(size=codes.size) + rng.normal(size=clusters)[codes]
            ones = np.ones((codes.size, 1))
            found = m.wild_cluster_bootstrap(y, x, ones, codes, draws=499, seed=seed)
            hits.append(bool(found.intervals[0].lower <= 1.0 <= found.intervals[0].upper))
        where = f"{clusters} clusters of ten, shocks that clusters share"
        out.append(row("mathematics.wild_cluster_bootstrap", "coefficient", where, hits))
    return out


EVERY: tuple[Callable[[], Rows], ...] = (
    rates,
    life_expectancy,
    slope_index,
    life_expectancy_gradients,
    gaps,
    dispersion,
    concentration_index,
    nested_decomposition,
    sigma_convergence,
    beta_convergence,
    ranks,
    limits,
    wild_cluster_bootstrap,
)


def rows(only: Sequence[str] = ()) -> Rows:
    """Return every row of the table, or those of some simulations by name."""
    return rows_of(EVERY, only)


if __name__ == "__main__":
    show(EVERY)
