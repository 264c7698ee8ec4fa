"""The monthly A&E provider file: figures by hand, in every layout, and each thing that can be wrong with it."""

import math

import pandas as pd
import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import read_bytes

from .writers import BOOKED, BOOKED_FIGURES, NUMBERED, PLAIN, PLAIN_FIGURES, PROVIDERS, provider_csv


def rows_of(text: str, name: str = "a.csv") -> dict[tuple[str, str], pd.Series]:
    table = read_bytes(text.encode(), name).tables["emergency_provider_month"]
    return {(row["provider_code"], row["department_type"]): row for _, row in table.iterrows()}


def test_booked_attendances_are_additional():
    release = read_bytes(provider_csv().encode(), "a.csv")
    rows = rows_of(provider_csv())
    assert set(rows) == {("RJ1", "1"), ("RJ1", "2"), ("RJ1", "3"), ("RGT", "1"), ("RGT", "3"), ("AQN04", "3")}
    assert rows["AQN04", "3"][["attendances", "attendances_booked", "over_4_hours"]].tolist() == [
        3406,
        10,
        81,
    ]
    assert rows["RJ1", "1"][
        ["attendances", "attendances_booked", "over_4_hours", "admissions_via_ae"]
    ].tolist() == [1020, 20, 206, 300]
    assert rows["RJ1", "1"]["month"] == pd.Timestamp("2025-06-01")
    assert release.edition == "provider file of June 2025"
    assert len(release.checks) == 18
    assert all(check.difference == 0 for check in release.checks)
    england = release.tables["emergency_month"].set_index("department_type")
    assert england.loc[
        "all", ["attendances", "attendances_booked", "over_4_hours", "admissions_via_ae"]
    ].tolist() == [7092, 46, 295, 909]
    assert england.loc["all", "attendances_4_hour_reporting"] == 7092
    month = release.tables["emergency_england_month"].iloc[0]
    assert month[["admissions_via_ae", "admissions_other", "admissions_total"]].tolist() == [909, 170, 1079]
    assert month[["waits_over_4_hours_for_admission", "waits_over_12_hours_for_admission"]].tolist() == [
        100,
        30,
    ]
    assert bool(month["booked_counted"])
    assert not bool(month["pilot_trusts_left_out"])


@pytest.mark.parametrize("headings", [PLAIN, NUMBERED], ids=["April to July 2020", "2018-19 and 2019-20"])
def test_pilot_trusts_are_not_reported_rather_than_zero(headings):
    text = provider_csv("MAY-2020", headings=headings, figures=PLAIN_FIGURES)
    rows = rows_of(text)
    assert math.isnan(rows["RGT", "1"]["over_4_hours"])
    assert bool(rows["RGT", "1"]["pilot_trust"])
    assert rows["RJ1", "1"]["over_4_hours"] == 200
    assert math.isnan(rows["RJ1", "1"]["attendances_booked"])
    england = read_bytes(text.encode(), "a.csv").tables["emergency_month"].set_index("department_type")
    assert england.loc["1", ["attendances", "attendances_4_hour_reporting", "over_4_hours"]].tolist() == [
        3000,
        1000,
        200,
    ]
    assert set(england["four_hour_basis"]) == {"without_pilot_trusts"}


@pytest.mark.parametrize(
    ("month", "pilot"), [("APRIL-2019", False), ("MAY-2019", True), ("MAY-2023", True), ("JUNE-2023", False)]
)
def test_the_trial_lasted_from_may_2019_to_may_2023(month, pilot):
    row = rows_of(provider_csv(month))["RGT", "1"]
    assert bool(row["pilot_trust"]) is pilot
    assert math.isnan(row["over_4_hours"]) is pilot


@pytest.mark.parametrize(
    "labels",
    [("TOTAL",) * 4, ("Total",) * 4, ("", "TOTAl", "TOTAl", "TOTAl"), ("MSitAE-JUNE-2025", "", "", "Total")],
)
def test_every_form_of_the_total_is_a_total(labels):
    assert len(read_bytes(provider_csv(total=labels).encode(), "a.csv").checks) == 18


def test_without_a_total_there_is_no_england():
    release = read_bytes(provider_csv(total=None).encode(), "a.csv")
    assert set(release.tables) == {"emergency_provider_month", "emergency_provider"}
    assert "could not be reconciled" in release.notes[0]


def test_blank_columns_a_stray_letter_notes_and_separators():
    lines = provider_csv().splitlines()
    lines = [line + ",,,,,," for line in lines]
    lines[2] = lines[2][:-1] + "x"
    lines[1] = lines[1].replace(",1000,", ',"1,000",')
    lines += [",,,,", "Figures are provisional" + "," * 27]
    release = read_bytes("\n".join(lines).encode(), "a.csv")
    assert release.tables["emergency_provider_month"]["attendances"].sum() == 7092
    assert release.notes == (
        "line 7 is a note, not a provider: 'Figures are provisional'",
        "1 stray texts in columns without a heading left out",
    )


def test_dashes_are_nothing_where_the_total_confirms_it():
    text = provider_csv().replace(
        "AQN04,NHS ENGLAND SOUTH EAST ,PHL LYMINGTON UTC,0,0,",
        "AQN04,NHS ENGLAND SOUTH EAST ,PHL LYMINGTON UTC,-,-,",
    )
    release = read_bytes(text.encode(), "a.csv")
    assert release.notes == ("2 dashes read as 0, which the total confirms",)


WRONG = {
    "a figure": (lambda t: t.replace(",2000,", ",2001,"), "the rows do not add up to the file's own total (a&e attendances type 1: published 3,000, rows add up to 3,001, difference +1)"),
    "a text": (lambda t: t.replace(",2000,", ",about 2000,"), "a.csv, line 3, column 'a&e attendances type 1': 'about 2000': a number is expected"),
    "a fraction": (lambda t: t.replace(",2000,", ",2000.5,"), "'2000.5': a whole number of at least 0 is expected"),
    "a negative": (lambda t: t.replace(",2000,", ",−2000,"), "a whole number of at least 0 is expected"),
    "missing": (lambda t: t.replace(",2000,", ",N/A,"), "line 3, column 'a&e attendances type 1': 'N/A' in place of a count"),
    "twice": (lambda t: t.replace("RGT", "RJ1"), "line 3, column 'Org Code': provider RJ1 stands already on line 2"),
    "a code": (lambda t: t.replace("RGT", "../etc"), "'../etc' is no code of an organisation"),
    "two months": (lambda t: t.replace("MSitAE-JUNE-2025,RGT", "MSitAE-MAY-2025,RGT"), "the file holds several months"),
    "no month": (lambda t: t.replace("MSitAE-JUNE-2025", "2025"), "'2025' is no month such as MSitAE-FEBRUARY-2026"),
    "future": (lambda t: t.replace("JUNE-2025", "JUNE-2149"), "is no month"),
    "next years": (lambda t: t.replace("JUNE-2025", "JUNE-2099"), "June 2099 lies in the future"),
    "long ago": (lambda t: t.replace("JUNE-2025", "JUNE-2005"), "June 2005 lies before the monthly collection"),
    "a heading": (lambda t: t.replace("A&E attendances Type 2", "A&E visits"), "the column 'a&e attendances type 2' is missing and 'a&e visits' is not one of its columns"),
    "heading twice": (lambda t: t.replace("A&E attendances Type 2", "A&E attendances Type 1"), "the heading occurs twice"),
    "second total": (lambda t: t + t.splitlines()[-1], "there is a second row of totals"),
    "number without heading": (lambda t: t.replace("0,80", "0,80,7"), "'7' stands in a column without a heading"),
    "no provider": (lambda t: t.splitlines()[0], "there is no provider below the heading"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_named_with_its_place(kind):
    change, message = WRONG[kind]
    text = change(provider_csv())
    assert text != provider_csv()
    with pytest.raises(ReleaseError) as caught:
        read_bytes(text.encode(), "a.csv")
    assert message in str(caught.value)
    assert len(str(caught.value)) < 2500


def test_the_layout_and_not_the_name_decides():
    assert read_bytes(provider_csv().encode(), "holiday.jpg").layout.startswith(
        "NHS England monthly A&E provider file, with booked"
    )
    assert len(BOOKED) == 22
    assert len(PLAIN) == 16
    assert len(BOOKED_FIGURES) == len(PROVIDERS)
