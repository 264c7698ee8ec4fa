"""The time series, the providers' workbook and the outturn workbooks: figures by hand, and each thing that can be wrong with them."""

import datetime
import math

import pandas as pd
import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import read_bytes

from .writers import TYPES, outturn, providers_of, time_series, xlsx

MONTHS = [d.date() for d in pd.date_range("2010-08-01", "2010-12-01", freq="MS")]
LATER = [d.date() for d in pd.date_range("2020-06-01", "2020-09-01", freq="MS")]


def series(months=LATER, **kwargs):
    return read_bytes(xlsx(time_series(months, **kwargs)), "series.xlsx")


def test_the_series_has_its_months_and_its_day_of_publication():
    release = series()
    assert release.edition == "monthly time series as of September 2020"
    assert release.published == datetime.date(2026, 4, 16)
    rows = release.tables["emergency_month"].set_index(["month", "department_type"])
    assert len(rows) == 16
    assert rows.loc[
        (pd.Timestamp("2020-09-01"), "1"), ["attendances", "attendances_booked", "over_4_hours"]
    ].tolist() == [1003, 10, 203]
    assert rows.loc[
        (pd.Timestamp("2020-09-01"), "all"),
        ["attendances", "attendances_4_hour_reporting", "admissions_via_ae"],
    ].tolist() == [1603, 1603, 307]
    assert math.isnan(rows.loc[(pd.Timestamp("2020-07-01"), "1"), "attendances_booked"])
    assert rows.loc[(pd.Timestamp("2020-07-01"), "1"), "four_hour_basis"] == "without_pilot_trusts"
    england = release.tables["emergency_england_month"].set_index("month").loc["2020-08-01"]
    assert england[
        ["admissions_total", "waits_over_4_hours_for_admission", "waits_over_12_hours_for_admission"]
    ].tolist() == [400, 40, 4]
    assert england[["basis", "pilot_trusts_left_out", "booked_counted", "type_3_shortfall"]].tolist() == [
        "monthly",
        True,
        True,
        False,
    ]


def test_before_november_2010_there_are_no_four_hour_figures():
    rows = series(MONTHS).tables["emergency_month"].set_index(["month", "department_type"])
    assert rows.loc[(pd.Timestamp("2010-10-01"), "1"), "four_hour_basis"] == "not_published"
    assert rows.loc[(pd.Timestamp("2010-11-01"), "1"), "four_hour_basis"] == "all_providers"
    basis = series(MONTHS).tables["emergency_england_month"]["basis"].tolist()
    assert basis == ["monthly"] * 3 + ["apportioned_from_weeks"] * 2


def changed(sheet: str, row: int, column: int, value: object, sheets=None):
    sheets = time_series(LATER) if sheets is None else sheets
    sheets[sheet][row][column] = value
    return xlsx(sheets)


ACTIVITY = 9  # first row of months, from 0


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (ACTIVITY, 2, 1001, "line 10: the rows do not add up to the file's own total (June 2020, attendances: published 1,600, rows add up to 1,601, difference +1)"),
        (ACTIVITY, 10, 94, "all emergency admissions: published 400, rows add up to 401"),
        (ACTIVITY, 2, "N/A", "sheet 'Activity', line 10, column 'a&e attendances: type 1 departments - major a&e': there is no figure"),
        (ACTIVITY, 2, "many", "'many': a number is expected"),
        (ACTIVITY, 2, -5, "a number of at least 0 is expected"),
        (ACTIVITY, 1, datetime.date(2020, 7, 1), "July 2020 stands there twice"),
        (ACTIVITY, 1, datetime.date(2099, 7, 1), "July 2099 is no month of this series"),
        (ACTIVITY, 1, "soon", "'soon' is no month"),
        (ACTIVITY - 1, 3, "Type 2", "the heading lacks 'type 2 departments - single specialty' under 'a&e attendances'"),
        (ACTIVITY - 1, 3, TYPES[0], "the heading occurs twice in its group"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_series_is_named(row, column, value, message):
    with pytest.raises(ReleaseError) as caught:
        read_bytes(changed("Activity", row, column, value), "series.xlsx")
    assert message in str(caught.value)


def test_within_and_over_four_hours_must_be_all_outside_the_trial():
    sheets = time_series([datetime.date(2018, 1, 1)])
    for column in (2, 5):
        sheets["Performance"][-1][column] += 1
    with pytest.raises(
        ReleaseError,
        match=r"January 2018, within and over four hours add up to 1,601, but there were 1,600 attendances",
    ):
        read_bytes(xlsx(sheets), "series.xlsx")


def test_a_gap_in_the_series_is_named():
    with pytest.raises(ReleaseError, match="the series lacks July 2020"):
        series([LATER[0], *LATER[2:]])


def test_the_providers_of_a_workbook():
    release = read_bytes(xlsx(providers_of()), "april.xlsx")
    rows = release.tables["emergency_provider_month"].set_index(["provider_code", "department_type"])
    assert rows.index.tolist() == [("RJ1", "1"), ("RJ1", "2"), ("AQN04", "3")]
    assert rows.loc[("AQN04", "3"), ["attendances", "over_4_hours", "admissions_via_ae"]].tolist() == [
        1500,
        0,
        3,
    ]
    assert release.edition == "provider file of April 2016"
    assert not release.tested


def test_providers_that_do_not_add_up_to_england():
    sheets = providers_of()
    sheets["Provider Level Data"][11][3] = 2999
    sheets["Provider Level Data"][11][6] = 3099
    with pytest.raises(
        ReleaseError,
        match="a&e attendances: type 1 departments - major a&e: published 3,000, rows add up to 2,999, difference -1",
    ):
        read_bytes(xlsx(sheets), "april.xlsx")


def spent(release) -> dict[tuple[str, str], int]:
    table = release.tables["council_outturn"]
    return dict(
        zip(zip(table["council_code"], table["service"], strict=True), table["spending"], strict=True)
    )


def test_what_councils_spent_is_in_pounds():
    release = read_bytes(xlsx(outturn()), "rs.xlsx")
    found = spent(release)
    assert found["E0101", "adult_social_care"] == 65_911_000
    assert found["E0101", "social_care_total"] == 91_614_000
    assert found["E0101", "culture"] == -4_101_000
    assert found["E0101", "total_service_expenditure"] == 204_154_000
    assert found["E0101", "net_current_expenditure"] == 204_164_000
    assert ("E6101", "other") not in found
    assert ("E0531", "highways_and_transport") not in found
    assert found["E0531", "culture"] == 2_500_000
    assert set(release.tables["council_outturn"]["financial_year"]) == {"2018/19"}
    assert not any(check.difference for check in release.checks)


def data(sheets):
    return next(rows for name, rows in sheets.items() if name.startswith("RS"))


def test_a_council_without_figures_is_missing_and_its_class_estimated():
    sheets = outturn("2022-23")
    rows = data(sheets)
    rows[6][5:] = ["[x]"] * len(rows[6][5:])
    release = read_bytes(xlsx(sheets), "rs.xlsx")
    assert ("E0102", "culture") not in spent(release)
    assert any("Bristol UA (E0102)" in note and "can't be reconciled" in note for note in release.notes)


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (5, 11, -3000, "E0101, services: published 204,154, rows add up to 205,255, difference +1,101"),
        (5, 11, "n.k.", "line 6, column 'culture': 'n.k.': a number is expected"),
        (13, 5, 1, "class UA, education: published 1, rows add up to 267,365, difference +267,364"),
        (10, 5, 1, "England, services"),
        (6, 0, "E0101", "council E0101 stands there twice"),
        (5, 4, "XX", "'XX' is no class"),
        (4, 6, "Roads", "the service is not known"),
        (4, 2, "Council", "the heading lacks 'Local authority'"),
        (0, 0, "Revenue Outturn (RO): data", "the title block names no financial year such as 2007-08"),
        (10, 2, "WALES", "'WALES' is neither a council nor a total"),
    ],
)
def test_what_is_wrong_with_an_outturn_is_named(row, column, value, message):
    sheets = outturn()
    data(sheets)[row][column] = value
    with pytest.raises(ReleaseError) as caught:
        read_bytes(xlsx(sheets), "rs.xlsx")
    assert message in str(caught.value)
    assert str(caught.value).startswith("rs.xlsx, sheet 'RS_LA_Data_2018-19'")


def test_an_outturn_without_councils_is_no_table():
    sheets = outturn()
    for row in data(sheets)[5:8]:
        row.clear()
    for row in (10, 13, 14):
        data(sheets)[row][5:] = data(sheets)[8][5:] if row == 10 else [0] * len(data(sheets)[8][5:])
    with pytest.raises(ReleaseError, match="there is no council of a class that spends on these services"):
        read_bytes(xlsx(sheets), "rs.xlsx")
