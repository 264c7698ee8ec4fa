"""The computed calendar of England is the published one."""

import datetime as dt

import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.series.calendar import (
    bank_holidays,
    days_in_month,
    easter_sunday,
    month_calendar,
    working_days,
)


def test_calendar_is_the_published_one(reference):
    _, expected = reference("calendar_england")
    calendar = month_calendar(expected["month"].iloc[0], expected["month"].iloc[-1])
    assert len(calendar) == len(expected) == 204
    for column in expected.columns.drop("month"):
        assert calendar[column].tolist() == expected[column].tolist(), column


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(1995, 4, 16), (1999, 4, 4), (2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2024, 3, 31), (2030, 4, 21)],
)
def test_easter(year, month, day):
    assert easter_sunday(year) == dt.date(year, month, day)


@pytest.mark.parametrize(
    ("year", "count", "holiday"),
    [
        (1995, 8, (5, 8)),
        (1999, 9, (12, 31)),
        (2002, 9, (6, 3)),
        (2004, 8, (12, 28)),
        (2010, 8, (12, 28)),
        (2011, 9, (4, 29)),
        (2012, 9, (6, 5)),
        (2020, 8, (5, 8)),
        (2021, 8, (12, 28)),
        (2022, 10, (9, 19)),
        (2022, 10, (12, 27)),
        (2022, 10, (1, 3)),
        (2023, 9, (5, 8)),
        (2030, 8, (5, 27)),
    ],
)
def test_bank_holidays_of_special_years(year, count, holiday):
    days = bank_holidays(year)
    assert len(days) == count
    assert dt.date(year, *holiday) in days
    assert all(day.weekday() < 5 for day in days)


def test_every_year_has_at_least_eight_bank_holidays_on_weekdays():
    for year in range(1978, 2031):
        assert 8 <= len(bank_holidays(year)) <= 10
        assert len(set(bank_holidays(year))) == len(bank_holidays(year))


def test_parts_of_a_month_add_up():
    calendar = month_calendar("1990-01", "2030-12")
    assert (
        (calendar["working_days"] + calendar["bank_holidays"] + calendar["weekend_days"])
        .eq(calendar["days"])
        .all()
    )
    assert calendar["fy_month"].between(1, 12).all()
    assert calendar.loc[pd.Period("1999-12", "M"), "financial_year"] == "1999/00"


def test_order_of_months_is_kept():
    index = pd.PeriodIndex(["2024-02", "2023-02"], freq="M")
    assert days_in_month(index).tolist() == [29.0, 28.0]
    assert working_days(index).tolist() == [21.0, 20.0]


def test_what_is_not_covered_is_refused():
    with pytest.raises(InputError, match="1977"):
        bank_holidays(1977)
    with pytest.raises(InputError, match="before start"):
        month_calendar("2020-05", "2020-04")
    with pytest.raises(InputError, match="not a month"):
        month_calendar("May", "2020-04")
