"""Coverage of the intervals that the families ``series`` and ``emergency`` return, simulated from a known truth.

``python -m benchmarks.coverage_series`` prints the table. Seeds are fixed. Each function simulates one setting and returns, for each
interval, its name, its nominal level, how often it covered and how often it was tried. Where one replication gives several intervals
(areas, months), they count one each. The months of one forecast miss together, so their binomial margin counts series, not months.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.coverage_rows import LEVEL, Rows, margin
from healthdevo.emergency import (
    YearOfAttendances,
    attendance_rates,
    four_hour_performance,
    growth_accounts,
)
from healthdevo.series import (
    Break,
    airline_model,
    controlled_interrupted_series,
    forecast,
    interrupted_series,
    seasonal_errors_regression,
    seasonal_naive,
    structural_trend,
)
from healthdevo.series.structural_trend import degrees_of_freedom, regressors

Found = tuple[str, float, int, int]
"""Name of the interval, nominal level, covered, replications."""

START = "2014-04"


def _months(n: int) -> pd.PeriodIndex:
    return pd.period_range(START, periods=n, freq="M")


def _ar1(rng: np.random.Generator, n: int, rho: float, sigma: float) -> np.ndarray:
    noise = rng.normal(0.0, sigma * np.sqrt(1.0 - rho**2), n)
    noise[0] = rng.normal(0.0, sigma)
    for t in range(1, n):
        noise[t] += rho * noise[t - 1]
    return noise


def _held(limits: Any, truth: float) -> int:
    return int(limits.lower <= truth <= limits.upper)


def attendance_rate(
    areas: int = 42,
    months: int = 12,
    largest: float = 0.0,
    replications: int = 2000,
    dispersion: float = 20.0,
) -> list[Found]:
    """Attendance rates of areas whose counts scatter more than Poisson; one area may make up most of all attendances."""
    rng = np.random.default_rng(1)
    true = rng.uniform(20_000.0, 60_000.0, areas)
    if largest:
        true[0] = largest / (1.0 - largest) * true[1:].sum()
    season = 1.0 + 0.05 * np.sin(np.arange(months) / 12.0 * 2.0 * np.pi)
    mean = true[:, None] * season / season.mean()
    codes = [f"A{i:02d}" for i in range(areas)]
    frame = pd.DataFrame(
        {"area_code": np.repeat(codes, months), "month": np.tile(_months(months).to_timestamp(), areas)}
    )
    people, truth = pd.Series(1e6, index=codes), true * months / 1000.0
    covered = tried = 0
    for _ in range(replications // (5 if largest else areas)):
        counts = np.maximum(rng.normal(mean, np.sqrt(dispersion * mean)), 0.0)
        rates = attendance_rates(frame.assign(attendances=counts.ravel()), people, levels=LEVEL)
        inside = (rates.lower[:, 0] <= truth) & (truth <= rates.upper[:, 0])
        inside = inside[:1] if largest else inside
        covered, tried = covered + int(inside.sum()), tried + inside.size
    return [("rate", LEVEL, covered, tried)]


def four_hours(replications: int = 400) -> list[Found]:
    """Share, change and gap of an area with over-dispersed months, a trend and seasons, 60 months."""
    rng = np.random.default_rng(2)
    months = _months(60)
    size = 45_000
    time = (np.arange(60) - 59) / 12.0
    logit = 1.1 - 0.05 * time + 0.1 * np.sin(2 * np.pi * months.month.to_numpy() / 12)
    share = 1.0 / (1.0 + np.exp(-logit))
    latest = float(share[-12:].mean())
    change = 100.0 * float(np.mean(share * (1.0 - share))) * -0.05
    target = float(four_hour_performance(_four_hours(months, share, size, rng)).table["target"].iloc[-1])
    held = np.zeros(4, dtype=int)
    for _ in range(replications):
        noisy = share + np.sqrt(8.0 - 1.0) * np.sqrt(share * (1.0 - share) / size) * rng.standard_normal(60)
        result = four_hour_performance(_four_hours(months, noisy, size, rng), levels=LEVEL)
        held[0] += _held(result.latest.interval(LEVEL), latest)
        held[1] += _held(result.change.interval(LEVEL), change)
        held[2] += _held(result.gap.interval(LEVEL), 100.0 * (latest - target))
        row = result.table.iloc[-1]
        held[3] += int(row[f"lower_{LEVEL:g}"] <= noisy[-1] <= row[f"upper_{LEVEL:g}"])
    names = (
        "share of the latest year",
        "yearly change",
        "gap to the target",
        "share of one month (binomial)",
    )
    return [(name, LEVEL, int(h), replications) for name, h in zip(names, held, strict=True)]


def _four_hours(
    months: pd.PeriodIndex, share: np.ndarray, size: int, rng: np.random.Generator
) -> pd.DataFrame:
    late = size - rng.binomial(size, np.clip(share, 0.0, 1.0))
    return pd.DataFrame({"month": months, "attendances_4_hour_reporting": size, "over_4_hours": late})


def accounts(replications: int = 1000) -> list[Found]:
    """Effects of a growth account whose inputs have log-normal errors of known size."""
    rng = np.random.default_rng(3)
    ages = pd.Index(["0-64", "65+"])
    people = [np.array([800.0, 200.0]), np.array([790.0, 260.0])]
    counts, error = [30_000.0, 35_000.0], {"attendances": 0.02, "population": 0.01}

    def account(values: list[float], persons: list[np.ndarray], **options: Any) -> Any:
        years = [
            YearOfAttendances({"all": v}, pd.Series(p, index=ages), d)
            for v, p, d in zip(values, persons, (365, 366), strict=True)
        ]
        return growth_accounts(*years, **options)

    truth = account(counts, people, draws=100).estimate
    held = np.zeros(truth.size, dtype=int)
    for seed in range(replications):
        near = [v * np.exp(rng.normal(0.0, 0.02)) for v in counts]
        those = [p * np.exp(rng.normal(0.0, 0.01, 2)) for p in people]
        result = account(near, those, errors=error, draws=500, seed=seed, levels=LEVEL)
        held += (result.lower[:, 0] <= truth) & (truth <= result.upper[:, 0])
    names = result.index.get_level_values("factor")
    return [(str(name), LEVEL, int(h), replications) for name, h in zip(names, held, strict=True)]


def interruption(rho: float = 0.3, replications: int = 400) -> list[Found]:
    """Change in level, in slope and in all, of counts around a log-linear path with autocorrelated departures, 84 months."""
    rng = np.random.default_rng(4)
    months = _months(84)
    time, since = np.arange(84.0), np.arange(84.0) - 48.0
    after = since >= 0
    usual = 7.0 + 0.002 * time + 0.05 * np.sin(2 * np.pi * months.month.to_numpy() / 12)
    changed = np.where(after, -0.1 + 0.003 * since, 0.0)
    whole = float((np.exp(usual + changed) - np.exp(usual))[after].sum())
    held = np.zeros(4, dtype=int)
    for _ in range(replications):
        y = np.exp(usual + changed) * (1.0 + _ar1(rng, 84, rho, 0.06))
        result = interrupted_series(pd.Series(y.round(), index=months), months[48], levels=LEVEL)
        held[0] += _held(result.level_change.interval(LEVEL), -0.1)
        held[1] += _held(result.slope_change.interval(LEVEL), 0.003)
        held[2] += _held(result.cumulative.interval(LEVEL), whole)
        last = result.path.iloc[-1]
        lower, upper = (last[f"counterfactual_{side}_{LEVEL:g}"] for side in ("lower", "upper"))
        held[3] += int(lower <= np.exp(usual[-1]) <= upper)
    names = ("change in level", "change in slope", "cumulative effect", "counterfactual of the last month")
    return [(name, LEVEL, int(h), replications) for name, h in zip(names, held, strict=True)]


def controlled(replications: int = 150) -> list[Found]:
    """Difference in the change in level and in slope against three comparison areas, autocorrelated departures, 84 months."""
    rng = np.random.default_rng(5)
    months = _months(84)
    since = np.arange(84.0) - 48.0
    after = since >= 0
    held = np.zeros(2, dtype=int)
    for _ in range(replications):
        columns = {}
        for name in "ABCD":
            own = np.where(after, 0.05 + (-0.1 + 0.002 * since if name == "A" else 0.0), 0.0)
            columns[name] = (
                np.exp(7.0 + 0.002 * np.arange(84) + own) * (1.0 + _ar1(rng, 84, 0.3, 0.05))
            ).round()
        frame = pd.DataFrame(columns, index=months)
        result = controlled_interrupted_series(frame, "A", months[48], seasons=0, levels=LEVEL)
        held[0] += _held(result.level_change.interval(LEVEL), -0.1)
        held[1] += _held(result.slope_change.interval(LEVEL), 0.002)
    names = ("difference in the change in level", "difference in the change in slope")
    return [(name, LEVEL, int(h), replications) for name, h in zip(names, held, strict=True)]


def seasonal_errors(replications: int = 120) -> list[Found]:
    """Step in a series whose errors remember last month and last year, 96 months."""
    rng = np.random.default_rng(6)
    months = _months(96)
    step = pd.DataFrame({"step": (np.arange(96) >= 60).astype(float)}, index=months)
    held = 0
    for _ in range(replications):
        noise = rng.normal(0.0, 0.1, 396)
        for t in range(13, 396):
            noise[t] += 0.4 * noise[t - 1] + 0.3 * noise[t - 12] - 0.12 * noise[t - 13]
        y = pd.Series(5.0 + 0.2 * step["step"].to_numpy() + noise[-96:], index=months)
        held += _held(seasonal_errors_regression(y, step, levels=LEVEL).effect("step").interval(LEVEL), 0.2)
    return [("effect of a step", LEVEL, held, replications)]


def growth(ratio: float = 0.5, n: int = 120, replications: int = 2000) -> list[Found]:
    """Growth of the structural trend by its closed form: monthly steps of the level are ``ratio`` times the noise.

    Given both variances the trend is generalised least squares, and they maximise the restricted likelihood; a test holds that this is
    what ``structural_trend`` does. The variances are searched on a grid.
    """
    rng = np.random.default_rng(7)
    months = _months(n)
    x = np.column_stack(list(regressors(months, (), 4).values()))
    design = np.column_stack([np.ones(n), np.arange(n), x])
    walk = np.minimum.outer(np.arange(n), np.arange(n)).astype(float)
    complement = np.linalg.qr(design, mode="complete")[0][:, design.shape[1] :]
    roots, turn = np.linalg.eigh(complement.T @ walk @ complement)
    spare = roots.size
    y = rng.normal(0.0, 1.0, (replications, n)) + rng.normal(0.0, ratio, (replications, n)).cumsum(axis=1)
    squares = (y @ complement @ turn) ** 2
    steps = np.concatenate([[0.0], np.exp(np.linspace(np.log(0.02), np.log(5.0), 80))]) ** 2
    likelihood = np.stack(
        [
            -0.5 * np.log1p(q * roots).sum() - 0.5 * spare * np.log((squares / (1.0 + q * roots)).sum(axis=1))
            for q in steps
        ]
    )
    best = steps[likelihood.argmax(axis=0)]
    covered = 0
    for q in np.unique(best):
        rows = best == q
        noise = (squares[rows] / (1.0 + q * roots)).sum(axis=1) / spare
        used = max(float(q), 0.01)
        inverse = np.linalg.inv(np.eye(n) + used * walk)
        covariance = np.linalg.inv(design.T @ inverse @ design)
        drift = y[rows] @ (covariance @ design.T @ inverse)[1]
        df = degrees_of_freedom(np.ones(n, dtype=bool), x, np.array([1.0, used]))[0]
        reach = stats.t.isf((1.0 - LEVEL) / 2.0, df) * np.sqrt(covariance[1, 1] * noise)
        covered += int((np.abs(drift) <= reach).sum())
    return [("growth", LEVEL, covered, replications)]


def trend(replications: int = 200) -> list[Found]:
    """Growth, working days, a break, the last month's trend and next year's months, by the function itself, 96 months."""
    rng = np.random.default_rng(8)
    months = _months(108)
    columns = regressors(months, (), 4)
    base = 7.0 + columns["working days"] * 0.5 + 0.05 * columns["sine 1"] - 0.05 * (np.arange(108) >= 60)
    held, ahead = np.zeros(4, dtype=int), 0
    for _ in range(replications):
        level = np.cumsum(rng.normal(0.02 / 12.0, 0.01, 108))
        y = pd.Series(np.exp(base + level + rng.normal(0.0, 0.02, 108)) * months.days_in_month, index=months)
        result = structural_trend(
            y.iloc[:96], breaks=[Break("moved", str(months[60]))], leave_out=None, levels=LEVEL
        )
        held[0] += _held(result.growth.interval(LEVEL), 100.0 * np.expm1(0.02))
        held[1] += _held(result.working_day_effect.interval(LEVEL), 0.5)
        row = result.breaks.iloc[0]
        held[2] += int(row[f"lower_{LEVEL:g}"] <= 100.0 * np.expm1(-0.05) <= row[f"upper_{LEVEL:g}"])
        last = result.table.iloc[-1]
        held[3] += int(
            last[f"trend_lower_{LEVEL:g}"] <= np.exp(7.0 + level[95] - 0.05) <= last[f"trend_upper_{LEVEL:g}"]
        )
        ahead += _within(result.forecast(12).table(LEVEL), y.iloc[96:])
    names = ("growth", "working-day effect", "break", "trend in the last month")
    found = [(name, LEVEL, int(h), replications) for name, h in zip(names, held, strict=True)]
    return [*found, ("each of the next 12 months", LEVEL, ahead, 12 * replications)]


def _within(table: pd.DataFrame, actual: pd.Series) -> int:
    inside = (table[f"lower_{LEVEL:g}"] <= actual) & (actual <= table[f"upper_{LEVEL:g}"])
    return int(inside.sum())


def naive(replications: int = 1000) -> list[Found]:
    """Last year's month again, where each calendar month follows a random walk from year to year, ten years."""
    rng = np.random.default_rng(9)
    months = _months(132)
    held = 0
    for _ in range(replications):
        y = 1000.0 + rng.normal(0.0, 20.0, (11, 12)).cumsum(axis=0).ravel()
        series = pd.Series(y, index=months)
        held += _within(seasonal_naive(series.iloc[:120]).table(LEVEL), series.iloc[120:])
    return [("each of the next 12 months", LEVEL, held, 12 * replications)]


def airline(replications: int = 60) -> list[Found]:
    """The airline model on series of its own kind, ten years."""
    rng = np.random.default_rng(10)
    months = _months(132)
    held = 0
    for _ in range(replications):
        noise = rng.normal(0.0, 0.02, 145)
        steps = noise[13:] - 0.4 * noise[12:-1] - 0.6 * noise[1:-12] + 0.24 * noise[:-13]
        logs = np.full(132, 7.0)
        for t in range(132):
            before, year = logs[t - 1] if t else 7.0, logs[t - 12] if t >= 12 else 7.0
            logs[t] = before + year - (logs[t - 13] if t >= 13 else 7.0) + steps[t]
        series = pd.Series(np.exp(logs), index=months)
        held += _within(
            airline_model(series.iloc[:120], careful=False).forecast(12).table(LEVEL), series.iloc[120:]
        )
    return [("each of the next 12 months", LEVEL, held, 12 * replications)]


def chosen_forecast(replications: int = 100) -> list[Found]:
    """The forecast of the model that the past speaks for, calibrated, on a trend whose level wanders, nine years."""
    rng = np.random.default_rng(11)
    months = _months(120)
    season = 0.05 * np.sin(2 * np.pi * months.month.to_numpy() / 12)
    held = 0
    for _ in range(replications):
        level = 7.0 + np.cumsum(rng.normal(0.02 / 12.0, 0.01, 120))
        y = pd.Series(
            np.exp(level + season + rng.normal(0.0, 0.02, 120)) * months.days_in_month, index=months
        )
        result = forecast(y.iloc[:108], leave_out=None, airline=False, origins=12, levels=LEVEL)
        held += _within(result.table, y.iloc[108:])
    return [("each of the next 12 months", LEVEL, held, 12 * replications)]


def _settings() -> Iterator[tuple[str, str, Callable[[], list[Found]]]]:
    yield "attendance_rates", "42 areas, 12 months", attendance_rate
    yield "attendance_rates", "42 areas, 3 months", lambda: attendance_rate(months=3)
    yield "attendance_rates", "7 areas, 12 months", lambda: attendance_rate(areas=7)
    yield (
        "attendance_rates",
        "7 areas, 12 months; the area with 60% of all attendances",
        lambda: attendance_rate(areas=7, largest=0.6),
    )
    yield "four_hour_performance", "60 months, dispersion 8, a slow fall", four_hours
    yield "growth_accounts", "errors of 2% in attendances and 1% in population", accounts
    for rho in (0.0, 0.3):
        yield (
            "interrupted_series",
            f"84 months, scatter of 6%, autocorrelation {rho:g}",
            lambda rho=rho: interruption(rho),
        )
    yield (
        "controlled_interrupted_series",
        "84 months, three comparison areas, autocorrelation 0.3",
        controlled,
    )
    yield (
        "seasonal_errors_regression",
        "96 months, memory of last month 0.4 and last year 0.3",
        seasonal_errors,
    )
    for ratio in (0.0, 0.1, 0.2, 0.5, 1.0):
        yield (
            "structural_trend",
            f"120 months; monthly steps of the level {ratio:g} times the noise",
            lambda ratio=ratio: growth(ratio),
        )
    yield "structural_trend", "96 months, steps of 1%, noise of 2%", trend
    yield "seasonal_naive", "ten years; each month a random walk from year to year", naive
    yield "airline_model", "ten years of its own kind", airline
    yield "forecast", "nine years, steps of 1%, noise of 2%, 12 past ends", chosen_forecast


_EMERGENCY = ("attendance_rates", "four_hour_performance", "growth_accounts")


def rows(only: Sequence[str] = ()) -> Rows:
    """Return every row of the table, or those of some functions by name."""
    return [
        {
            "function": f"{'emergency' if function in _EMERGENCY else 'series'}.{function}",
            "interval": name,
            "setting": setting,
            "nominal": level,
            "coverage": covered / tried,
            "replications": tried,
            "margin": margin(level, tried / 12 if name.startswith("each of") else tried),
        }
        for function, setting, simulate in _settings()
        if not only or function in only
        for name, level, covered, tried in simulate()
    ]


if __name__ == "__main__":
    print(pd.DataFrame(rows()).round(3).to_string(index=False))
