"""How far down a heading is looked for, and boundaries of months, in files made here."""

from __future__ import annotations

import csv
import datetime
import io

import pandas as pd
import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import emergency_csv, emergency_workbook, nomis, ons, outturn, read_bytes, tidy
from healthdevo.releases.emergency_csv import Provider
from healthdevo.releases.opening import Opened, Sheet
from healthdevo.releases.release import Layout

from .samples import API, CANCER, FILE_7, FINGERTIPS, LIFE, PAGE, RTT, sheets_of_deaths
from .writers import outturn as outturn_sheets
from .writers import provider_csv, providers_of, time_series


def of_text(text: str) -> list[list[object]]:
    return [list(row) for row in csv.reader(io.StringIO(text))]


def opened(rows: list[list[object]], before: int, kind: str = "csv", name: str = "") -> Opened:
    every = [["A title"]] * before + rows
    typed = [[float(c) if isinstance(c, int) and not isinstance(c, bool) else c for c in row] for row in every]  # fmt: skip
    return Opened("f.csv", "0", kind, (Sheet(name, typed, range(1, len(every) + 1)),))


def heading_in(rows: list[list[object]], *words: str) -> int:
    """Return the first row that has all words."""
    return next(i for i, row in enumerate(rows) if all(any(w in str(c).casefold() for c in row) for w in words))  # fmt: skip


def sheet_of(sheets: dict[str, list[list[object]]], *words: str) -> tuple[list[list[object]], str]:
    name = next(n for n, rows in sheets.items() if any(all(any(w in str(c).casefold() for c in row) for w in words) for row in rows))  # fmt: skip
    return sheets[name], name


PROVIDERS = providers_of("May 2018", era="2019")
SERIES = time_series([datetime.date(2018, 5, 1)])
SPENT = outturn_sheets()
ACTIVITY = sheet_of(SERIES, "period", "type 1 departments", "total emergency admissions")
COUNCILS = sheet_of(SPENT, "code", "class", "education services")
LISTED = sheet_of(PROVIDERS, "code", "type 1 departments")
DEATHS = sheets_of_deaths()["Persons"]

FOUND: dict[str, tuple[Layout | tuple[Layout, ...], list[list[object]], int, int, str]] = {
    # layout, rows, row of the heading in them, rows that are looked at, name of the sheet
    "provider file": (emergency_csv.LAYOUTS, of_text(provider_csv()), 0, 40, ""),
    "provider workbook": (emergency_workbook.ProviderWorkbook(), LISTED[0], heading_in(LISTED[0], "code", "type 1 departments"), 40, LISTED[1]),
    "series": (emergency_workbook.TimeSeries(), ACTIVITY[0], heading_in(ACTIVITY[0], "period", "type 1 departments"), 40, ACTIVITY[1]),
    "outturn": (outturn.RevenueOutturn(), COUNCILS[0], heading_in(COUNCILS[0], "class", "education services"), 40, COUNCILS[1]),
    "fingertips": (tidy.LAYOUTS, of_text(FINGERTIPS), 0, 40, ""),
    "deprivation": (tidy.LAYOUTS, of_text(FILE_7), 0, 40, ""),
    "waiting times": (tidy.LAYOUTS, of_text(RTT), 0, 40, ""),
    "cancer": (tidy.LAYOUTS, of_text(CANCER), 0, 40, ""),
    "ages": (ons.AgesAcross(), DEATHS, heading_in(DEATHS, "area codes", "all ages"), 40, "Persons"),
    "observations": (nomis.Observations(), of_text(API), 0, 5, ""),
    "page": (nomis.PageTable(), of_text(PAGE), heading_in(of_text(PAGE), "mnemonic"), 60, ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOUND)
def test_a_heading_is_looked_for_in_the_first_rows(kind: str) -> None:
    layouts, rows, head, looked_at, name = FOUND[kind]
    every = layouts if isinstance(layouts, tuple) else (layouts,)
    cut = rows[: head + 3]  # a second heading further down is another table
    for before, fits in ((0, True), (looked_at - 1 - head, True), (looked_at - head, False)):
        file = opened(cut, before, "workbook" if name else "csv", name)
        assert any(layout.fits(file) for layout in every) is fits, before


@pytest.mark.parametrize(
    ("month", "said"),
    [("MAY-2015", "May 2015 lies before the monthly collection"), ("JUNE-2015", ""), ("JUNE-2099", "June 2099 lies in the future")],
)  # fmt: skip
def test_provider_files_begin_in_june_2015(month: str, said: str) -> None:
    text = provider_csv(month).encode()
    if said:
        with pytest.raises(ReleaseError, match=f"line 2, column 'Period': {said}"):
            read_bytes(text, "a.csv")
    else:
        assert read_bytes(text, "a.csv").edition == "provider file of June 2015"


def test_what_england_attended_by_hand() -> None:
    when = pd.Timestamp("2020-01-01")  # within the trial
    pilot = next(iter(emergency_csv.PILOT_TRUSTS))
    counts = {("attendances", "1"): 100, ("attendances", "2"): 10, ("attendances", "3"): 1, ("over_4_hours", "1"): 7, ("booked", "3"): 5, ("over_4_hours_booked", "1"): 2, ("admissions_via_ae", "1"): 30, ("admissions_via_ae", "2"): 0, ("admissions_via_ae", "3"): 0}  # fmt: skip
    rows = [Provider(0, "p", "AAA", "R", "N", counts), Provider(1, "p", pilot, "R", "N", counts)]
    found = emergency_csv.provider_rows(rows, when, booked=True).set_index(["provider_code", "department_type"])  # fmt: skip
    assert set(found.index) == {(c, t) for c in ("AAA", pilot) for t in "123"}
    one = found.loc[("AAA", "1")]
    assert (one["attendances"], one["attendances_booked"], one["over_4_hours"], one["admissions_via_ae"]) == (100, 0, 9, 30)  # fmt: skip
    assert (found.loc[("AAA", "3"), "attendances"], found.loc[("AAA", "3"), "attendances_booked"]) == (6, 5)
    assert pd.isna(found.loc[(pilot, "1"), "over_4_hours"])
    assert bool(found.loc[(pilot, "1"), "pilot_trust"])
    none = emergency_csv.provider_rows([Provider(0, "p", "AAA", "R", "N", dict.fromkeys(counts, 0))], when, booked=True)  # fmt: skip
    assert none.empty


def test_days_of_publication() -> None:
    day = emergency_workbook._day
    assert day("Thursday 16th April 2026") == datetime.date(2026, 4, 16)
    assert day("1st May 2020") == datetime.date(2020, 5, 1)
    assert day("29 February 2024") == datetime.date(2024, 2, 29)
    assert day("29 February 2023") is day("0 May 2020") is day("April 2026") is None
    sheet = Sheet("s", [["Published:", "", "x"], ["Period:"], ["a"] * 2, *[["a"]] * 16, ["Revised", "y"], ["Late:", "z"]], range(1, 22))  # fmt: skip
    file = Opened("f", "0", "workbook", (sheet,))
    assert [emergency_workbook._told(file, w) for w in ("published", "period", "revised", "late")] == ["x", "", "y", ""]  # fmt: skip


def test_headings_of_groups_in_the_words_of_each_era() -> None:
    group = emergency_workbook._group_of
    known = dict.fromkeys((emergency_workbook._OVER, emergency_workbook._ATTENDED))
    assert group("a&e attendances > 4 hours from arrival", known) == emergency_workbook._OVER
    assert group("a&e attendances greater than 4 hours", known) == emergency_workbook._OVER
    assert group("a&e attendances", known) == emergency_workbook._ATTENDED
    assert group("a&e attendances < 4 hours", known) is None
    assert group("percentage in 4 hours", known) is None
    assert group("something", known) is None


def test_months_of_weeks_and_of_the_trial() -> None:
    days = ["2010-10-01", "2010-11-01", "2015-05-01", "2015-06-01", "2019-04-01", "2019-05-01", "2023-05-01", "2023-06-01"]  # fmt: skip
    values: dict[tuple[str, str], float | None] = {
        ("admissions_via_ae", "all"): 1.23456789, ("admissions_other", ""): 2.0, ("admissions_total", ""): 3.0, ("waits_4", ""): 4.0, ("waits_12", ""): 5.0,
    }  # fmt: skip
    found = emergency_workbook._england_rows({pd.Timestamp(d): values for d in days})
    assert found["basis"].eq("apportioned_from_weeks").tolist() == [False, True, True] + [False] * 5
    assert found["pilot_trusts_left_out"].tolist() == [False] * 5 + [True, True, False]
    assert found["admissions_via_ae"].tolist() == [1.234568] * 8
    assert found["waits_over_4_hours_for_admission"].tolist() == [4.0] * 8
    assert found["waits_over_12_hours_for_admission"].tolist() == [5.0] * 8
    plain = {("attendances", t): 10.0 for t in ("1", "2", "3", "all")} | {("admissions_via_ae", t): 2.0 for t in ("1", "2", "3", "all")}  # fmt: skip
    told = {("over", t): 3.0 for t in ("1", "2", "3", "all")} | {("within", t): 4.0 for t in ("1", "2", "3", "all")}  # fmt: skip
    months = {pd.Timestamp("2019-04-01"): plain | told, pd.Timestamp("2019-05-01"): plain | told, pd.Timestamp("2010-08-01"): plain}  # fmt: skip
    rows = emergency_workbook._month_rows(months)
    assert rows["month"].is_monotonic_increasing
    one = rows[rows["department_type"] == "all"]
    assert one["four_hour_basis"].tolist() == ["not_published", "all_providers", "without_pilot_trusts"]
    assert one["attendances_4_hour_reporting"].tolist()[1:] == [7.0, 7.0]
    assert set(rows["area_code"]) == {"E92000001"}


@pytest.mark.parametrize(("extra", "ending"), [(4, "extra 3"), (5, "extra 3 and 1 more"), (9, "extra 3 and 5 more")])  # fmt: skip
def test_six_columns_that_are_not_used_are_named(extra: int, ending: str) -> None:
    header, *rest = LIFE.splitlines()
    names = ",".join([header, *(f"Extra {i}" for i in range(extra))])
    text = "\n".join([names, *(row + "," * extra for row in rest)]) + "\n"
    notes = read_bytes(text.encode(), "a.csv").notes
    assert f"columns not used: sex code, age band, extra 0, extra 1, extra 2, {ending}" in notes


@pytest.mark.parametrize(("length", "shown"), [(40, 40), (41, 40)])
def test_a_code_that_is_none_is_shown_to_its_fortieth_letter(length: int, shown: int) -> None:
    wrong = "x" * length
    for text in (API.replace('"E06000001"', f'"{wrong}"'), PAGE.replace('"E06000001"', f'"{wrong}"')):
        with pytest.raises(ReleaseError, match=f": '{'x' * shown}' is no valid code"):
            read_bytes(text.encode(), "a.csv")
    with pytest.raises(ReleaseError, match=f": '{'x' * shown}' is no code of an organisation"):
        read_bytes(provider_csv().replace(",RGT,", f",{wrong},").encode(), "a.csv")


def test_rows_that_end_early_have_no_figure_there() -> None:
    key = ("attendances", "1")
    rows: list[list[object]] = [["Code", "n"], ["A"], ["B", 5.0], ["C", "x"], ["D", "-"]]
    file = opened(rows, 0)
    block = emergency_workbook._Block(file.sheets[0], 0, 0, {key: 1}, {key: "n"})
    assert [emergency_workbook._has_figures(block, i) for i in range(1, 5)] == [False, True, False, False]
    assert [emergency_workbook._values(file, block, i)[key] for i in (1, 2, 4)] == [None, 5.0, None]
    for label in (emergency_workbook._label, emergency_csv._label, outturn._label):
        assert (label(["a"], 0), label(["a"], 1)) == ("a", "")
    assert (ons._at(["a"], 0), ons._at(["a"], 1), nomis._at(["a"], 0), nomis._at(["a"], 1)) == ("a", "", "a", "")  # fmt: skip
