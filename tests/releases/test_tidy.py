"""Layouts that follow their documentation: values by hand, and what is wrong with them."""

import pandas as pd
import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import ingest, read_bytes

from .samples import CANCER, FILE_7, FINGERTIPS, MYEB, RTT
from .writers import xlsx


def table(text, name):
    release = read_bytes(text.encode(), "a.csv")
    assert not release.tested
    assert next(iter(release.tables)) == name or name in (
        "waiting_list_provider_month",
        "cancer_provider_month",
    )
    return release.tables[name]


def test_fingertips():
    rows = table(FINGERTIPS, "indicator_value").set_index("area_code")
    assert rows.loc["E06000001", ["value", "lower", "upper", "period"]].tolist() == [
        76.3,
        75.6,
        77.0,
        "2018 - 20",
    ]
    assert rows.loc["E92000001", "count"] == 1000


def test_population_by_age_stands_by_year():
    rows = table(MYEB, "population_single_age").set_index(["sex", "year"])["value"]
    assert rows.to_dict() == {("F", 2011): 561, ("F", 2012): 570, ("M", 2011): 601, ("M", 2012): 606}


def test_file_7_and_cancer():
    one = table(FILE_7, "small_area_deprivation").iloc[0]
    assert one[["district_code", "score", "decile", "crime_score", "population"]].tolist() == [
        "E09000001",
        6.208,
        9,
        -2.1,
        1296,
    ]
    one = table(CANCER, "cancer_waiting_times").iloc[0]
    assert one[["month", "total", "within", "after"]].tolist() == [pd.Timestamp("2026-04-01"), 100, 70, 30]


def test_waiting_times_add_up_within_the_row():
    assert table(RTT, "referral_to_treatment")["total"].tolist() == [7]
    with pytest.raises(
        ReleaseError,
        match=r"line 2: the rows do not add up to the file's own total .the parts of a row: published 8, rows add up to 7",
    ):
        read_bytes(RTT.replace(",,7,,7", ",,8,,8").encode(), "a.csv")


WORDS = "Gt 00 To 01 Weeks SUM 1", "Gt 01 To 02 Weeks SUM 1", "Gt 104 Weeks SUM 1"


def rtt(*rows: str) -> bytes:
    return "\n".join([RTT.splitlines()[0], *rows]).encode()


ONE = "RTT-April-2023,QWO,RR8,LEEDS,15F,Part_1A,C_{0},{1},{2},4,,{3},{4},{5}"


def test_treatments_add_up_to_the_row_of_all_of_them_and_a_blank_total_is_made_of_the_others():
    rows = [
        ONE.format(100, "Surgery", 3, "", 2, 9),
        ONE.format(110, "Trauma", 1, 5, "", 5),
        ONE.format(999, "Total", 4, "", 2, 14),
    ]
    rows[2] = rows[2].replace(",4,4,", ",4,8,")
    release = read_bytes(rtt(*rows), "rtt.csv")
    assert len(release.tables["referral_to_treatment"]) == 3
    assert any("all rows of April 2023, RR8, 15F, Part_1A" in c.what for c in release.checks)
    rows[2] = rows[2].replace(",4,8,,,2,14", ",4,9,,,2,15")
    with pytest.raises(
        ReleaseError,
        match="total_all, all rows of April 2023, RR8, 15F, Part_1A: published 15, rows add up to 14",
    ):
        read_bytes(rtt(*rows), "rtt.csv")
    with pytest.raises(ReleaseError, match="line 2: there is no total for the parts of the row"):
        read_bytes(rtt(ONE.format(100, "Surgery", 3, "", "", "")), "rtt.csv")


def test_new_periods_have_no_weeks():
    rows = rtt("RTT-April-2026,QWO,RR8,LEEDS,NONC,Part_3,C_100,General Surgery,,,,,,12")
    assert read_bytes(rows, "a.csv").tables["referral_to_treatment"]["total_all"].tolist() == [12]


LIST = (
    "Period,Provider Org Code,Provider Org Name,Commissioner Org Code,RTT Part Type,Treatment Function Code,Treatment Function Name,"
    "Gt 00 To 01 Weeks SUM 1,Gt 17 To 18 Weeks SUM 1,Gt 18 To 19 Weeks SUM 1,Gt 51 To 52 Weeks SUM 1,Gt 52 To 53 Weeks SUM 1,Gt 104 Weeks SUM 1,"
    "Total,Patients with unknown clock start date,Total All\n"
)


def test_the_waiting_list_of_a_provider_is_over_all_commissioners_without_counting_totals_twice():
    line = "RTT-April-2026,{},LEEDS,{},{},{},x,{},,,{}\n".format
    text = LIST + "".join(
        (
            line("RR8", "15F", "Part_2", "C_100", "1,2,4,8,16,32", 63),
            line("RR8", "15F", "Part_2", "C_110", "1,,,,,", 1),
            line("RR8", "15F", "Part_2", "C_999", "2,2,4,8,16,32", 64),
            line("RR8", "NONC", "Part_2", "C_100", "5,,,,,3", 8),
            line("RR8", "15F", "Part_2A", "C_100", "1,,,,,", 1),
            line("RR8", "15F", "Part_1A", "C_100", "7,,,,,", 7),
            line("NT1", "15F", "Part_2", "C_999", ",,,9,,", 9),
        )
    )
    own = table(text, "waiting_list_provider_month").set_index("provider_code")
    assert own.loc["RR8", ["incomplete", "within_18_weeks", "over_52_weeks", "basis"]].tolist() == [
        72,
        9,
        51,
        "as_published",
    ]
    assert own.loc["NT1", ["incomplete", "within_18_weeks", "over_52_weeks"]].tolist() == [9, 0, 0]
    release = read_bytes(text.replace("Part_2,", "Part_1B,").encode(), "a.csv")
    assert "waiting_list_provider_month" not in release.tables
    assert (
        "no table waiting_list_provider_month: the file has no incomplete pathways (part 2)" in release.notes
    )


def test_cancer_waits_of_providers_are_the_rows_over_all_cancers_and_routes():
    row = "{0},{1},{2},{3},{4},{5},ALL MODALITIES,{6},{7},{8}\n".format
    head = CANCER.splitlines()[0] + "\n"
    rows = [
        row("Apr 2026", "Provider", "RR8", "62D", "ALL CANCERS", "ALL ROUTES", 100.5, 70, 30.5),
        row("Apr 2026", "Provider", "RR8", "62D", "Breast", "ALL ROUTES", 50, 40, 10),
        row("Apr 2026", "Provider", "RR8", "31D", "ALL CANCERS", "ALL STAGES", 80, 75, 5),
        row("Apr 2026", "Provider", "RR8", "31D", "ALL CANCERS", "FIRST", 60, 55, 5),
        row("Apr 2026", "Provider", "RR8", "FDS", "ALL CANCERS", "", 400, 300, 100),
        row("Apr 2026", "Commissioner", "15F", "FDS", "ALL CANCERS", "ALL ROUTES", 400, 300, 100),
    ]
    release = read_bytes((head + "".join(rows)).encode(), "a.csv")
    own = release.tables["cancer_provider_month"]
    assert own[["standard", "patients", "within_standard"]].to_numpy().tolist() == [
        ["28_day_diagnosis", 400, 300],
        ["31_day", 80, 75],
        ["62_day", 101, 70],
    ]
    assert any("1 figures of table cancer_provider_month are rounded up" in n for n in release.notes)
    early = read_bytes((head + rows[2].replace("2026", "2023")).encode(), "a.csv")
    assert "cancer_provider_month" not in early.tables
    assert any("1 rows before October 2023 are in no table" in n for n in early.notes)
    with pytest.raises(
        ReleaseError, match=r"a\.csv: provider RR8 has two rows for the whole of the standard 31_day"
    ):
        read_bytes((head + rows[2] + rows[2].replace("ALL STAGES", "ALL")).encode(), "a.csv")


@pytest.mark.parametrize("period", ["01/10/2025", "2025-10-01", "October 2025", "Oct-25"])
def test_cancer_months_however_they_are_written(period):
    text = CANCER.replace("Apr 2026", period)
    assert table(text, "cancer_waiting_times")["month"].tolist() == [pd.Timestamp("2025-10-01")]


def test_cancer_without_a_column_of_months_has_its_month_in_its_name():
    text = "\n".join(line.split(",", 1)[1] for line in CANCER.splitlines())
    release = read_bytes(text.encode(), "April-2026-Monthly-Combined-CSV.csv")
    assert release.tables["cancer_waiting_times"]["month"].tolist() == [pd.Timestamp("2026-04-01")]
    assert any("April 2026 is read from its name" in note for note in release.notes)
    with pytest.raises(ReleaseError, match="there is no column of months, and the file's name says none"):
        read_bytes(text.encode(), "combined.csv")


def test_cancer_figures_are_held_against_each_other_and_against_the_total():
    with pytest.raises(
        ReleaseError,
        match=r"line 2: the rows do not add up to the file's own total .within and after: published 101, rows add up to 100",
    ):
        read_bytes(CANCER.replace(",100,", ",101,").encode(), "a.csv")
    half = (
        CANCER.replace(",100,70,30", ",12.5,10.5,2")
        + "Apr 2026,Provider,Total,62D,ALL CANCERS,ALL ROUTES,ALL MODALITIES,12.5,10.5,2\n"
    )
    assert any(
        c.what.startswith("total, all rows") and c.difference == 0
        for c in read_bytes(half.encode(), "a.csv").checks
    )
    more = half.replace(
        "Total,62D,ALL CANCERS,ALL ROUTES,ALL MODALITIES,12.5,10.5",
        "Total,62D,ALL CANCERS,ALL ROUTES,ALL MODALITIES,13.5,11.5",
    )
    assert any(
        "1 of 1 totals differ from the sum of their rows" in n
        for n in read_bytes(more.encode(), "a.csv").notes
    )


@pytest.mark.parametrize(
    "head",
    [
        "lad2014_code,lad2014_name,country,sex,Age",
        "ladcode21,laname21,country,sex,age",
        "ladcode24,ladname24,country,sex,age",
    ],
)
def test_population_of_all_editions(head):
    text = (
        head
        + ",population_2001,population_2017\nE06000001,Hartlepool,E,1,0,531,520\nE06000001,Hartlepool,E,2,0,500,499\n"
    )
    rows = table(text, "population_single_age").set_index(["sex", "year"])["value"]
    assert rows.to_dict() == {("M", 2001): 531, ("M", 2017): 520, ("F", 2001): 500, ("F", 2017): 499}


@pytest.mark.parametrize(
    ("index", "small", "district", "people"),
    [
        (2015, 2011, 2013, "mid 2012 (excluding prisoners)"),
        (2019, 2011, 2019, "mid 2015 (excluding prisoners)"),
        (2025, 2021, 2024, "mid 2022"),
    ],
)
def test_file_7_of_all_indices(index, small, district, people):
    text = FILE_7.replace("LSOA code (2011),LSOA name (2011)", f"LSOA code ({small}),LSOA name ({small})")
    text = text.replace("District code (2019)", f"District code ({district})").replace(
        "District name (2019)", f"District name ({district})"
    )
    text = text.replace("mid 2015 (excluding prisoners)", people)
    assert table(text, "small_area_deprivation")["population"].tolist() == [1296], index


def test_rows_that_fingertips_writes_twice_are_kept_once_and_contradictions_refused():
    line = FINGERTIPS.splitlines()[2]
    release = read_bytes((FINGERTIPS + line + "\n").encode(), "a.csv")
    assert len(release.tables["indicator_value"]) == 2
    assert "1 rows stand there twice with the same figures; the copies are left out" in release.notes
    with pytest.raises(
        ReleaseError,
        match="line 4: the row of 90366, E06000001, Districts, E92000001, Male, All ages, 2018 - 20 stands already on line 3",
    ):
        read_bytes((FINGERTIPS + line.replace("76.3", "76.4") + "\n").encode(), "a.csv")
    with pytest.raises(ReleaseError, match=r"lower .78. lies above upper .77."):
        read_bytes(FINGERTIPS.replace("75.6", "78").encode(), "a.csv")


def test_fingertips_of_practices_boards_and_without_limits():
    lines = FINGERTIPS.splitlines()
    for code in ("A81001", "nE54000057", "E38000247", "U12345"):
        text = "\n".join([lines[0], lines[2].replace("E06000001", code).replace("75.6,77.0", ",")])
        assert table(text, "indicator_value")["area_code"].tolist() == [code]


def test_a_workbook_of_the_same_heading_is_read_as_well():
    rows = [["Title"], [], *(line.split(",") for line in MYEB.splitlines())]
    release = read_bytes(xlsx({"MYEB1": rows}), "myeb.xlsx")
    assert release.tables["population_single_age"]["value"].sum() == 561 + 570 + 601 + 606


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            MYEB + MYEB.splitlines()[1],
            "a.csv, line 4: the row of E06000001, F, 0, 2011 stands already on line 2",
        ),
        (MYEB.replace(",F,", ",X,"), "line 2, column 'sex': 'X' is no sex (1 or M, 2 or F)"),
        (MYEB.replace("561", "many"), "line 2, column 'population_2011': 'many': a number is expected"),
        (MYEB.replace("population_2012", "population_2011"), "a year occurs twice in the heading"),
        (MYEB.splitlines()[0], "there is no observation below the heading"),
        (FINGERTIPS.replace("Area Name", "Area Code"), "of no known layout"),
        (CANCER.replace("Apr 2026", "April"), "'April' is no month such as June 2026"),
    ],
)
def test_what_is_wrong_is_named(text, message):
    with pytest.raises(ReleaseError) as caught:
        read_bytes(text.encode(), "a.csv")
    assert message in str(caught.value)


def test_no_table_of_the_project_takes_them(tmp_path):
    path = tmp_path / "fingertips.csv"
    path.write_text(FINGERTIPS, encoding="utf-8")
    early = tmp_path / "early.csv"
    early.write_text(CANCER.replace("2026", "2022"), encoding="utf-8")
    with pytest.raises(
        ReleaseError, match=r"early\.csv: no table cancer_provider_month: the file has no provider's row"
    ):
        ingest([early], tmp_path / "mine")
    with pytest.raises(
        ReleaseError,
        match=r"fingertips\.csv: it is OHID Fingertips indicator export, which no table of the project takes",
    ):
        ingest([path], tmp_path / "mine")
