"""A&E releases of 2015 to 2026 in the layouts of their time: the same figures must come out of each."""

import datetime
import io
import math
import zipfile

import pandas as pd
import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import read_bytes

from .writers import (
    BOOKED,
    BOOKED_FIGURES,
    LATE,
    LISTED,
    PLAIN,
    PLAIN_FIGURES,
    as_csv,
    outturn,
    provider_csv,
    providers_of,
    time_series,
    xlsx,
)

ATTENDED = {("RJ1", "1"): 3000, ("RJ1", "2"): 100, ("AQN04", "3"): 1500}


def counts(release, column="attendances"):
    table = release.tables["emergency_provider_month"]
    keys = zip(table["provider_code"], table["department_type"], strict=True)
    return dict(zip(keys, table[column], strict=True))


@pytest.mark.parametrize("era", LATE)
@pytest.mark.parametrize("england", ["above", "below"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_month_of_providers_in_the_words_of_each_era(era, england, form):
    sheets = providers_of(
        "August 2015", era=era, england=england, sheet="A&E Data" if era == "2015" else "Provider Level Data"
    )
    if form == "xlsx":
        release = read_bytes(xlsx({**sheets, "Charts": [["Chart"]]}), "August-2015-AE-by-provider.xlsx")
    else:
        release = read_bytes(as_csv(next(iter(sheets.values()))).encode("cp1252"), "august.csv")
    assert counts(release) == ATTENDED
    assert counts(release, "over_4_hours") == {("RJ1", "1"): 300, ("RJ1", "2"): 2, ("AQN04", "3"): 0}
    assert release.edition == "provider file of August 2015"
    assert all(check.difference == 0 for check in release.checks)
    assert len(release.checks) > 12
    england_rows = release.tables["emergency_month"].set_index("department_type")
    assert england_rows.loc["all", ["attendances", "over_4_hours", "admissions_via_ae"]].tolist() == [
        4600,
        302,
        503,
    ]
    month = release.tables["emergency_england_month"].iloc[0]
    assert month[
        ["admissions_total", "waits_over_4_hours_for_admission", "waits_over_12_hours_for_admission"]
    ].tolist() == [553, 20, 1]


@pytest.mark.parametrize(
    "period", ["August 2015", "Aug-15", datetime.date(2015, 8, 1), "01/08/2015", "2015-08-01 00:00:00"]
)
def test_the_month_of_a_workbook_however_it_is_written(period):
    table = read_bytes(xlsx(providers_of(period)), "a.xlsx").tables["emergency_provider_month"]
    assert set(table["month"]) == {pd.Timestamp("2015-08-01")}


@pytest.mark.parametrize(
    "period", ["Q2 2015-16", "2015", "Week ending 9 August", "July 2015 to August 2015", "29/02/2015"]
)
def test_a_period_that_is_no_month_is_refused(period):
    with pytest.raises(
        ReleaseError,
        match=r"a\.xlsx, sheet 'Provider Level Data': the title block names no month beside 'Period:'",
    ):
        read_bytes(xlsx(providers_of(period)), "a.xlsx")


def test_sheets_of_regions_and_systems_are_no_providers():
    providers = providers_of("May 2022", era="2019")["Provider Level Data"]
    systems = providers_of(
        "May 2022",
        era="2019",
        listed=[("QWO", "-", "WEST YORKSHIRE", *LISTED[0][3:]), ("QOP", "-", "MANCHESTER", *LISTED[1][3:])],
    )
    sheets = {
        "System Level Data": systems["Provider Level Data"],
        "Region Level Data": systems["Provider Level Data"],
        "Provider Level Data": providers,
    }
    assert counts(read_bytes(xlsx(sheets), "may.xlsx")) == ATTENDED


def test_booked_attendances_are_the_difference_of_two_sheets():
    fewer = [
        (c, r, n, tuple(x - b for x, b in zip(a, booked, strict=True)), o, e, m)
        for (c, r, n, a, o, e, m), booked in zip(LISTED, ((40, 0, 0), (0, 0, 25)), strict=True)
    ]
    sheets = providers_of("May 2022", era="2019")
    sheets |= {"Non-Booked Data": providers_of("May 2022", era="2019", listed=fewer)["Provider Level Data"]}
    release = read_bytes(xlsx(sheets), "may.xlsx")
    assert counts(release) == ATTENDED
    assert counts(release, "attendances_booked") == {("RJ1", "1"): 40, ("RJ1", "2"): 0, ("AQN04", "3"): 25}
    england = release.tables["emergency_month"].set_index("department_type")
    assert england.loc["all", ["attendances", "attendances_booked"]].tolist() == [4600, 65]
    more = [(c, r, n, tuple(x + 1 for x in a), o, e, m) for c, r, n, a, o, e, m in LISTED]
    sheets["Non-Booked Data"] = providers_of("May 2022", era="2019", listed=more)["Provider Level Data"]
    with pytest.raises(
        ReleaseError, match="provider RJ1 has 1 more attendances in the sheet without booked ones"
    ):
        read_bytes(xlsx(sheets), "may.xlsx")


def test_figures_that_a_trust_did_not_report_are_missing_and_not_zero():
    sheets = providers_of("May 2018", era="2019")
    rows = sheets["Provider Level Data"]
    ahead = next(i for i, r in enumerate(rows) if r and r[0] == "RJ1")
    total = next(i for i, r in enumerate(rows) if r and r[2:3] == ["England"])
    for place in (7, 8, 9, 10, 11, 12, 13, 14):
        rows[ahead][place] = "N/A"
        rows[total][place] = 1500 if place in (9, 10) else 0
    release = read_bytes(xlsx(sheets), "may.xlsx")
    over = counts(release, "over_4_hours")
    assert math.isnan(over["RJ1", "1"])
    assert over["AQN04", "3"] == 0
    england = release.tables["emergency_month"].set_index("department_type")
    assert england.loc["all", ["attendances", "attendances_4_hour_reporting", "over_4_hours"]].tolist() == [
        4600,
        1500,
        0,
    ]


def test_figures_written_as_text_are_figures():
    sheets = providers_of()
    rows = [[f"{c:,}" if isinstance(c, int) else c for c in row] for row in sheets["Provider Level Data"]]
    assert counts(read_bytes(xlsx({"Provider Level Data": rows}), "a.xlsx")) == ATTENDED


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (3, 2999, "line 12: the rows do not add up to the file's own total (RJ1, attendances: published 3,100, rows add up to 3,099"),
        (14, 301, "RJ1, over: published 301, rows add up to 302"),
        (18, -1, "-1: a whole number of at least 0 is expected"),
        (3, 3000.5, "3000.5: a whole number of at least 0 is expected"),
        (3, "many", "column 'a&e attendances: type 1 departments - major a&e': 'many': a number is expected"),
        (0, "../etc", "'../etc' is no code of an organisation"),
        (0, "AQN04", "provider AQN04 stands there twice (already on line 12)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_workbook_is_named(place, value, message):
    sheets = providers_of()
    rows = sheets["Provider Level Data"]
    row = next(r for r in rows if r and r[0] == "RJ1")
    row[place] = value
    with pytest.raises(ReleaseError) as caught:
        read_bytes(xlsx(sheets), "a.xlsx")
    assert message in str(caught.value)
    assert str(caught.value).startswith("a.xlsx, sheet 'Provider Level Data', line")


def test_more_over_four_hours_than_attended_is_refused_though_it_adds_up():
    listed = [(*LISTED[0][:4], (3100, 0, 0), *LISTED[0][5:]), LISTED[1]]
    with pytest.raises(ReleaseError, match="3,100 stayed over four hours, but only 3,000 attended"):
        read_bytes(xlsx(providers_of(listed=listed, era="2015")), "a.xlsx")


def test_codes_and_names_under_other_headings():
    for said in (
        ["Month", "Code", "Region", "Name"],
        ["Reporting period", "Provider Org Code", "Provider Parent Name", "Provider Org Name"],
        ["Period", "Organisation Code", "Parent organisation", "Organisation name"],
    ):
        text = provider_csv("MAY-2019", headings=[*said, *PLAIN[4:]], figures=PLAIN_FIGURES)
        assert counts(read_bytes(text.encode(), "a.csv"))["RJ1", "1"] == 1000


def test_other_words_for_types_and_hours():
    said = [
        h.replace("Other A&E Department", "Type 3")
        .replace("Other Department", "Type 3")
        .replace("Other A&E department", "Type 3 and 4")
        for h in PLAIN
    ]
    said = [
        h.replace("over 4hrs", "over 4 hours")
        .replace("4-12 hs", "4-12 hours")
        .replace("12+ hrs", "12+ hours")
        for h in said
    ]
    text = provider_csv("MAY-2019", headings=said, figures=PLAIN_FIGURES)
    assert counts(read_bytes(text.encode(), "a.csv"))["AQN04", "3"] == 3396


def wider(name, values, figures=BOOKED_FIGURES):
    """A provider file with one more column."""
    lines = provider_csv(total=None).splitlines()
    total = provider_csv().splitlines()[-1]
    ends = [name, *values, sum(v for v in values if isinstance(v, int))]
    return "\n".join(f"{line},{end}" for line, end in zip([*lines, total], ends, strict=True))


def test_totals_within_rows_are_held_against_their_parts_with_or_without_booked_ones():
    with_booked = [sum(f[:6]) for f in BOOKED_FIGURES]
    without = [sum(f[:3]) for f in BOOKED_FIGURES]
    for values in (with_booked, without):
        assert len(counts(read_bytes(wider("Total attendances", values).encode(), "a.csv"))) == 6
    with pytest.raises(
        ReleaseError,
        match=r"a\.csv, line 2: the rows do not add up to the file's own total .total attendances: published 1,178",
    ):
        read_bytes(wider("Total attendances", [with_booked[0] + 1, *with_booked[1:]]).encode(), "a.csv")


def test_percentages_and_empty_columns_are_left_out_and_others_stop_the_reader():
    release = read_bytes(wider("Percentage in 4 hours or less (all)", [80, 90, 97]).encode(), "a.csv")
    assert (
        "column 'Percentage in 4 hours or less (all)' left out: it follows from the counts" in release.notes
    )
    release = read_bytes(wider("a", ["", "", ""]).removesuffix("0").encode(), "a.csv")
    assert any("columns without figures left out" in note for note in release.notes)
    with pytest.raises(
        ReleaseError,
        match=r"a\.csv, line 1, column 'Ambulance handovers': no layout of this file has such a column",
    ):
        read_bytes(wider("Ambulance handovers", [3, 4, 5]).encode(), "a.csv")


BOARD_NAMES = (
    "NHS NORTH EAST LONDON INTEGRATED CARE BOARD",
    "NHS CENTRAL EAST INTEGRATED CARE BOARD ",
    "NHS HAMPSHIRE AND ISLE OF WIGHT INTEGRATED CARE BOARD",
)


def test_files_since_june_2026_name_boards_in_place_of_regions():
    providers = [
        (code, board, name)
        for (code, _, name), board in zip(
            (("RJ1", "", "A"), ("RGT", "", "B"), ("AQN04", "", "C")), BOARD_NAMES, strict=True
        )
    ]
    release = read_bytes(provider_csv("JUNE-2026", providers=providers).encode(), "june.csv")
    assert release.tables["emergency_provider"]["parent"].tolist() == [b.strip() for b in BOARD_NAMES]


def test_an_archive_with_one_csv_file_is_read_and_keeps_its_own_hash():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../June.csv", provider_csv())
        archive.writestr("readme.txt", "about")
    release = read_bytes(stream.getvalue(), "june.zip")
    assert counts(release)["RJ1", "1"] == 1020
    assert release.file == "june.zip/June.csv"
    assert "in an archive of its own" in release.notes


def test_the_series_of_2015_has_no_attendances_within_four_hours():
    months = [d.date() for d in pd.date_range("2015-06-01", "2015-08-01", freq="MS")]
    sheets = time_series(months)
    performance = sheets["Performance"]
    for row in performance[7:]:
        del row[2:6]
    performance[6] = [
        "",
        "",
        "A&E attendances > 4 hours from arrival to admission, transfer or discharge",
        "",
        "",
        "",
        "Percentage",
    ]
    rows = (
        read_bytes(xlsx(sheets), "series.xlsx")
        .tables["emergency_month"]
        .set_index(["month", "department_type"])
    )
    one = rows.loc[(pd.Timestamp("2015-07-01"), "1")]
    assert one[["attendances", "over_4_hours", "attendances_4_hour_reporting"]].tolist() == [1001, 201, 1001]


def test_the_adjusted_series_is_no_series_of_england():
    sheets = time_series([datetime.date(2020, 9, 1)])
    sheets["Activity"][1][2] = "A&E Attendances, adjusted monthly time series"
    with pytest.raises(
        ReleaseError, match="it is the adjusted series, which leaves the trusts of the trial out"
    ):
        read_bytes(xlsx(sheets), "series.xlsx")
    sheets["Activity"][1][2] = "A&E Attendances, unadjusted monthly time series"
    assert len(read_bytes(xlsx(sheets), "series.xlsx").tables["emergency_month"]) == 4


@pytest.mark.parametrize("year", ["2007-08", "2008-09", "2018-19", "2024-25"])
def test_outturn_of_years_without_a_sample(year):
    release = read_bytes(xlsx(outturn(year)), "rs.xlsx")
    table = release.tables["council_outturn"]
    assert set(table["financial_year_start"]) == {int(year[:4])}
    assert all(check.ok for check in release.checks)


def test_the_layouts_are_told_apart():
    assert len(BOOKED) - len(PLAIN) == 6
    assert read_bytes(provider_csv().encode(), "a.csv").tested
    assert not read_bytes(xlsx(providers_of()), "a.xlsx").tested
