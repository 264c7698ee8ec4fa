"""Attendance rates hold their level: few months, few areas, an area that is most of the whole, one area alone."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.coverage_series import attendance_rate

from healthdevo.emergency.attendance_rates import attendance_rates
from healthdevo.errors import InputError

FRAME = pd.DataFrame(
    {
        "area_code": list("AABB") * 2,
        "month": ["2024-04", "2024-05"] * 2 + ["2024-06", "2024-07"] * 2,
        "attendances": [100, 120, 210, 190, 130, 90, 205, 220],
    }
)
PEOPLE = pd.Series({"A": 10_000, "B": 20_000})


@pytest.mark.parametrize(
    "setting",
    [
        {"areas": 42, "months": 12, "replications": 10_000},
        {"areas": 42, "months": 3, "replications": 10_000},
        {"areas": 7, "months": 12, "replications": 2_100},
        {"areas": 7, "months": 12, "largest": 0.6, "replications": 10_000},
    ],
    ids=["42 areas, a year", "42 areas, a quarter", "7 areas", "an area with 60% of all"],
)
def test_intervals_cover_within_a_point_and_a_half(setting):
    ((_, level, covered, replications),) = attendance_rate(**setting)
    assert replications >= 1_990
    assert covered / replications == pytest.approx(level, abs=0.015)


def test_one_area_alone_has_a_rate_and_a_reason_instead_of_an_interval():
    alone = attendance_rates(FRAME[FRAME["area_code"] == "A"], PEOPLE)
    assert alone.estimate.tolist() == [44.0]
    assert np.isnan([alone.standard_error[0], alone.lower[0, 0], alone.upper[0, 0]]).all()
    assert "no common season" in alone.reason[0]


def test_months_as_text_numbers_and_month_ends_are_the_same_months():
    want = attendance_rates(FRAME, PEOPLE).to_frame()
    for form in (
        lambda m: m.replace("-", ""),
        lambda m: int(m.replace("-", "")),
        lambda m: pd.Period(m) + 0,
        lambda m: pd.Timestamp(m) + pd.offsets.MonthEnd(0),
    ):
        other = attendance_rates(FRAME.assign(month=FRAME["month"].map(form)), PEOPLE)
        pd.testing.assert_frame_equal(other.to_frame(), want)


def test_two_days_of_one_month_are_one_month_twice():
    days = FRAME.assign(month=["2024-04-01", "2024-04-30"] * 2 + ["2024-06-01", "2024-07-01"] * 2)
    with pytest.raises(InputError, match="monthly: area A has month 2024-04 twice"):
        attendance_rates(days, PEOPLE)


def test_an_area_with_two_populations_is_refused():
    with pytest.raises(InputError, match="population: area A is there more than once"):
        attendance_rates(FRAME, pd.concat([PEOPLE, PEOPLE[:1]]))
