"""Random control charts, with rebases, screens, targets and ties, against the rules written out word by word."""

from itertools import pairwise

import numpy as np
import pandas as pd

from healthdevo.series.control_charts import xmr_chart


def limits_by_hand(values, screen, fix):
    base = list(values if fix is None else values[:fix])
    mean = sum(base) / len(base)
    ranges = [abs(b - a) for a, b in pairwise(base)]
    if not ranges:
        return mean, float("nan"), float("nan"), float("nan"), float("nan")
    average = sum(ranges) / len(ranges)
    if screen:
        ranges = [r for r in ranges if r < 3.267 * average] or ranges
        average = sum(ranges) / len(ranges)
    near = 2 * 2.66 / 3 * average
    return mean, mean - 2.66 * average, mean + 2.66 * average, mean - near, mean + near


def rules_by_hand(values, screen, fix):
    mean, low, high, near_low, near_high = limits_by_hand(values, screen, fix)
    n = len(values)
    side = [0 if v == mean else 1 if v > mean else -1 for v in values]
    outside = [v > high or v < low for v in values]
    close = [not o and (v > near_high or v < near_low) for v, o in zip(values, outside, strict=True)]
    rules = []
    for i in range(n):
        rising = falling = run = pair = False
        for start in range(max(0, i - 6), min(i, n - 7) + 1):
            window = values[start : start + 7]
            rising = rising or all(b > a for a, b in pairwise(window))
            falling = falling or all(b < a for a, b in pairwise(window))
            run = run or (abs(sum(side[start : start + 7])) == 7)
        for start in range(max(0, i - 2), min(i, n - 3) + 1):
            three = slice(start, start + 3)
            pair = pair or (close[i] and abs(sum(side[three])) == 3 and sum(close[three]) >= 2)
        above = side[i] > 0
        if outside[i]:
            rule = "Above UCL" if above else "Below LCL"
        elif rising and falling:
            rule = "turn"
        elif rising or falling:
            rule = f"7 Point Trend ({'In' if rising else 'De'}creasing)"
        elif pair:
            rule = f"2 in 3 {'Above' if above else 'Below'} CL"
        elif run:
            rule = f"7 Points {'Above' if above else 'Below'} CL"
        else:
            rule = "Common Cause"
        rules.append(rule)
    return rules, mean, low, high


def random_chart(rng):
    n = int(rng.integers(8, 60))
    kind = rng.integers(0, 4)
    if kind == 0:
        y = rng.normal(50, 5, n)
    elif kind == 1:
        y = rng.integers(0, 6, n).astype(float)  # many ties
    elif kind == 2:
        y = np.round(np.cumsum(rng.normal(0.3, 1, n)), 1)  # trends
    else:
        y = rng.normal(50, 3, n)
        y[rng.integers(0, n, 2)] += rng.choice([-40, 40], 2)  # outliers to screen
    dates = pd.date_range("2018-01-01", periods=n, freq="MS")
    cuts = (
        sorted(rng.choice(np.arange(3, n - 2), size=int(rng.integers(0, 3)), replace=False)) if n > 12 else []
    )
    return y, dates, [int(c) for c in cuts]


def test_random_charts_follow_the_rules_word_by_word():
    rng = np.random.default_rng(2024)
    for _ in range(100):
        y, dates, cuts = random_chart(rng)
        screen, direction = bool(rng.integers(0, 2)), str(rng.choice(["increase", "decrease", "neutral"]))
        fix = int(rng.integers(6, 20)) if rng.random() < 0.3 else None
        target = float(np.round(np.quantile(y, rng.uniform(0, 1)) + rng.normal(0, 8), 1))
        chart = xmr_chart(
            y,
            dates,
            improvement_direction=direction,
            screen_outliers=screen,
            fix_after_n_points=fix,
            rebase=[dates[c] for c in cuts],
            target={dates[0]: 1e6, dates[len(y) // 2]: target},
        )
        edges = [0, *cuts, len(y)]
        rows = []
        for start, stop in pairwise(edges):
            rules, mean, low, high = rules_by_hand(list(y[start:stop]), screen, fix)
            rows += [(rule, mean, low, high) for rule in rules]
        for got, (rule, mean, low, high) in zip(chart.table.itertuples(), rows, strict=True):
            np.testing.assert_allclose([got.mean, got.lpl, got.upl], [mean, low, high], rtol=1e-9, atol=1e-9)
            if rule == "turn":
                assert "Trend" in got.special_cause_type
            else:
                assert got.special_cause_type == rule
            high_signal = "Above" in got.special_cause_type or "Increasing" in got.special_cause_type
            if got.special_cause_type == "Common Cause":
                assert got.point_type == "common_cause"
            elif direction == "neutral":
                assert got.point_type == f"special_cause_neutral_{'high' if high_signal else 'low'}"
            else:
                good = high_signal == (direction == "increase")
                assert got.point_type == f"special_cause_{'improvement' if good else 'concern'}"
        assert chart.variation_icon == chart.table["point_type"].iloc[-1]
        _, _, low, high = rows[-1]
        if direction == "neutral" or np.isnan(low):
            assert chart.assurance_icon == ""
        elif low <= target <= high:
            assert chart.assurance_icon == "inconsistent"
        else:
            assert chart.assurance_icon == (
                "consistent_pass" if (target < low) == (direction == "increase") else "consistent_fail"
            )
