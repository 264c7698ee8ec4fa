"""Attendance rates: known values, coverage, refusals."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.emergency.attendance_rates import attendance_rates
from healthdevo.errors import InputError

MONTHS = pd.date_range("2024-04-01", periods=12, freq="MS")


def simulated(
    rng: np.random.Generator, phi: float, areas: int = 30
) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    true = rng.uniform(20_000, 60_000, areas)
    season = 1 + 0.05 * np.sin(np.arange(12) / 12 * 2 * np.pi)
    mean = true[:, None] * season / season.mean()
    count = rng.normal(mean, np.sqrt(phi * mean)).round()
    frame = pd.DataFrame(
        {
            "area_code": np.repeat([f"A{i:02d}" for i in range(areas)], 12),
            "month": np.tile(MONTHS, areas),
            "attendances": count.ravel(),
        }
    )
    people = pd.Series(1e6, index=[f"A{i:02d}" for i in range(areas)])
    return frame, people, 12 * true / 1000


def test_intervals_cover_the_true_rate_when_counts_are_overdispersed():
    rng = np.random.default_rng(3)
    inside = []
    for _ in range(40):
        frame, people, truth = simulated(rng, phi=30.0)
        rates = attendance_rates(frame, people, levels=0.95)
        inside.append((rates.lower[:, 0] <= truth) & (truth <= rates.upper[:, 0]))
    assert 0.90 <= np.mean(inside) <= 0.98


def test_row_order_does_not_matter_and_the_rate_is_the_plain_ratio():
    frame, people, _ = simulated(np.random.default_rng(1), 5.0, areas=4)
    rates = attendance_rates(frame, people)
    again = attendance_rates(frame.sample(frac=1, random_state=0), people)
    pd.testing.assert_frame_equal(rates.to_frame(), again.to_frame())
    total = frame.loc[frame["area_code"] == "A02", "attendances"].sum()
    assert rates["A02"].estimate == pytest.approx(total / 1e6 * 1000)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.iloc[1:], "A00 has no attendances in 2024-04"),
        (lambda f: pd.concat([f, f.iloc[:1]]), "A00 has month 2024-04 twice"),
        (
            lambda f: f.assign(attendances=f["attendances"].where(f.index != 13, -5.0)),
            "A01 has a negative count",
        ),
        (lambda f: f[f["month"] < "2024-06-01"], "2 months are too few"),
        (lambda f: f.drop(columns="month"), "no column 'month'"),
        (lambda f: f.assign(area_code=f["area_code"].replace("A03", "B99")), "B99 has no population"),
    ],
)
def test_bad_input_is_named(spoil, message):
    frame, people, _ = simulated(np.random.default_rng(1), 5.0, areas=4)
    with pytest.raises(InputError, match=message):
        attendance_rates(spoil(frame.reset_index(drop=True)), people)
