"""Layouts that follow their documentation: values by hand, and what is wrong with them."""

import pandas as pd
import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import ingest, read_bytes

from .writers import xlsx

FINGERTIPS = (
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,Category Type,Category,Time period,Value,"
    "Lower CI 95.0 limit,Upper CI 95.0 limit,Lower CI 99.8 limit,Upper CI 99.8 limit,Count,Denominator,Value note,Recent Trend,"
    "Compared to England value or percentiles,Compared to percentiles,Time period Sortable,New data,Compared to goal,Time period range\n"
    '90366,Life expectancy at birth,,,E92000001,England,England,Male,All ages,,,2018 - 20,79.4,79.35,79.44,,,"1,000",,,,,,20180000,,,3y\n'
    "90366,Life expectancy at birth,E92000001,England,E06000001,Hartlepool,Districts,Male,All ages,,,2018 - 20,76.3,75.6,77.0,,,,,,,,,20180000,,,3y\n"
)
MYEB = "ladcode23,laname23,country,sex,age,population_2011,population_2012\nE06000001,Hartlepool,E,F,0,561,570\nE06000001,Hartlepool,E,M,0,601,606\n"
NOMIS = (
    '"DATE_NAME","GEOGRAPHY_NAME","GEOGRAPHY_CODE","GENDER_NAME","C_AGE_NAME","MEASURES_NAME","OBS_VALUE","OBS_STATUS_NAME"\n'
    '"2020","Hartlepool","E06000001","Total","Age 0","Value",1034,"Normal Value"\n'
)
FILE_7 = (
    "LSOA code (2011),LSOA name (2011),Local Authority District code (2019),Local Authority District name (2019),"
    "Index of Multiple Deprivation (IMD) Score,Index of Multiple Deprivation (IMD) Rank (where 1 is most deprived),"
    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs),Income Score (rate),Employment Score (rate),"
    '"Education, Skills and Training Score",Health Deprivation and Disability Score,Crime Score,Barriers to Housing and Services Score,'
    "Living Environment Score,Total population: mid 2015 (excluding prisoners)\n"
    "E01000001,City of London 001A,E09000001,City of London,6.208,29199,9,0.007,0.01,0.024,-1.597,-2.1,29.549,31.888,1296\n"
)
RTT = (
    "Period,Provider Parent Org Code,Provider Org Code,Provider Org Name,Commissioner Org Code,RTT Part Type,Treatment Function Code,"
    "Treatment Function Name,Gt 00 To 01 Weeks SUM 1,Gt 01 To 02 Weeks SUM 1,Gt 104 Weeks SUM 1,Total,Patients with unknown clock start date,Total All\n"
    "RTT-April-2026,QWO,RR8,LEEDS,15F,Part_2,C_100,General Surgery,3,4,,7,,7\n"
)
CANCER = (
    "Month,Basis,Org_Code,Standard_or_Item,Cancer_Type,Referral_Route_or_Stage,Treatment_Modality,Total,Within,After\n"
    "Apr 2026,Provider,RR8,62D,ALL CANCERS,ALL ROUTES,ALL MODALITIES,100,70,30\n"
)


def table(text, name):
    release = read_bytes(text.encode(), "a.csv")
    assert not release.tested
    assert list(release.tables) == [name]
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


def test_nomis_file_7_and_cancer():
    assert table(NOMIS, "nomis_observation")["value"].tolist() == [1034]
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
        (MYEB.replace(",F,", ",X,"), "line 2, column 'sex': 'X' is no valid code"),
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
    with pytest.raises(
        ReleaseError,
        match=r"fingertips\.csv: it is OHID Fingertips indicator export, which no table of the project takes",
    ):
        ingest([path], tmp_path / "mine")
