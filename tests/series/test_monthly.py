"""Monthly series are made regular without filling anything."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.series.monthly import gaps, month, monthly_index, monthly_series


@pytest.mark.parametrize(
    "value",
    ["2020-03", "2020-03-01", dt.date(2020, 3, 1), pd.Timestamp("2020-03-31"), pd.Period("2020-03", "M")],
)
def test_months_come_in_many_forms(value):
    assert month(value) == pd.Period("2020-03", "M")


@pytest.mark.parametrize("value", ["later", None, float("nan"), pd.NaT])
def test_what_is_no_month_is_refused(value):
    with pytest.raises(InputError, match="not a month"):
        month(value)


def test_unsorted_gappy_series_become_regular():
    index = pd.to_datetime(["2021-02-01", "2020-11-01", "2020-10-01", "2021-03-01"])
    s = monthly_series(pd.Series([4.0, 2.0, np.nan, np.nan], index=index))
    assert [str(m) for m in s.index] == ["2020-11", "2020-12", "2021-01", "2021-02"]
    assert s.isna().tolist() == [False, True, True, False]
    assert [(str(a), str(b)) for a, b in gaps(s)] == [("2020-12", "2021-01")]


def test_mappings_and_time_zones_are_taken():
    assert monthly_series({"2020-01": 1, "2020-02": 2}).tolist() == [1.0, 2.0]
    zoned = pd.DatetimeIndex(["2020-01-01"], tz="UTC")
    assert monthly_index(zoned)[0] == pd.Period("2020-01", "M")


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (pd.Series(dtype=float), "empty"),
        (pd.Series([1.0, 2.0], index=["2020-01-01", "2020-01-15"]), "repeat a month"),
        (pd.Series([1.0], index=[3]), "numbers"),
        (pd.Series([-1.0], index=["2020-01"]), "at least 0"),
        (pd.Series([np.inf], index=["2020-01"]), "finite"),
        (pd.Series(["many"], index=["2020-01"]), "give numbers"),
        (pd.Series([np.nan], index=["2020-01"]), "no month with a value"),
        (pd.Series([1.0], index=pd.DatetimeIndex([pd.NaT])), "no month"),
        (pd.Series([1.0], index=pd.MultiIndex.from_tuples([("a", "2020-01")])), "levels"),
    ],
)
def test_what_is_no_series_is_refused(series, message):
    with pytest.raises(InputError, match=message):
        monthly_series(series)


def test_a_month_in_six_digits_is_read_alike_as_text_and_number():
    for value in ("201004", 201004, np.int64(201004), " 201004 "):
        assert str(month(value)) == "2010-04"
    assert [str(m) for m in monthly_index(pd.Index([200912, 201001]))] == ["2009-12", "2010-01"]


@pytest.mark.parametrize(
    "value", [2015, "2015", "05/01/2024", "Apr-24", "201513", "2020-13", 3.0, "01-02-03"]
)
def test_what_can_be_read_in_more_than_one_way_is_no_month(value):
    with pytest.raises(InputError, match="is not a month"):
        month(value)


def test_repeated_months_of_another_time_zone_are_explained():
    index = pd.DatetimeIndex(["2020-07-01", "2020-08-01"], tz="Europe/London").tz_convert("UTC")
    with pytest.raises(InputError, match="convert times to local time first"):
        monthly_index(index.append(index[:1]))
