"""Texts in layouts with one heading and a row for each observation, written by the project itself."""

from __future__ import annotations

FINGERTIPS = (
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,Category Type,Category,Time period,Value,"
    "Lower CI 95.0 limit,Upper CI 95.0 limit,Lower CI 99.8 limit,Upper CI 99.8 limit,Count,Denominator,Value note,Recent Trend,"
    "Compared to England value or percentiles,Compared to percentiles,Time period Sortable,New data,Compared to goal,Time period range\n"
    '90366,Life expectancy at birth,,,E92000001,England,England,Male,All ages,,,2018 - 20,79.4,79.35,79.44,,,"1,000",,,,,,20180000,,,3y\n'
    "90366,Life expectancy at birth,E92000001,England,E06000001,Hartlepool,Districts,Male,All ages,,,2018 - 20,76.3,75.6,77.0,,,,,,,,,20180000,,,3y\n"
)
MYEB = "ladcode23,laname23,country,sex,age,population_2011,population_2012\nE06000001,Hartlepool,E,F,0,561,570\nE06000001,Hartlepool,E,M,0,601,606\n"
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
AGES = ["<1", "1-4", "5 to 9", "10-14", "15-19", "85 and over"]
LIFE = (
    "Period,Country,Area type,Area code,Area name,Sex,Sex code,Age band,Age group,Life expectancy,Lower confidence interval,Upper confidence interval\n"
    "2001 to 2003,England,Local Areas,E06000001,Hartlepool,Male,1,1,<1,73.42,72.68,74.16\n"
    "2020 to 2022,England,Local Areas,E06000001,Hartlepool,Female,2,1,<1,80.08,79.37,80.79\n"
)
V4 = (
    "v4_1,Data Marking,calendar-years,Time,administrative-geography,Geography,sex,Sex,age-groups,AgeGroups\n"
    "10,,2020,2020,E06000001,Hartlepool,all,All,all-ages,All ages\n"
    "6,,2020,2020,E06000001,Hartlepool,male,Male,all-ages,All ages\n"
    "4,,2020,2020,E06000001,Hartlepool,female,Female,all-ages,All ages\n"
    ",x,2021,2021,E06000001,Hartlepool,female,Female,all-ages,All ages\n"
)
API = (
    '"DATE","DATE_NAME","DATE_CODE","GEOGRAPHY","GEOGRAPHY_NAME","GEOGRAPHY_CODE","GEOGRAPHY_TYPE","GENDER","GENDER_NAME","CAUSE_OF_DEATH","CAUSE_OF_DEATH_NAME","MEASURES","MEASURES_NAME","OBS_VALUE","OBS_STATUS","OBS_STATUS_NAME","RECORD_OFFSET","RECORD_COUNT"\n'
    '2020,"2020","2020",1,"Hartlepool","E06000001","local authority",1,"Male",440,"All causes",20100,"value",500,"A","Normal Value",0,2\n'
    '2020,"2020","2020",1,"Hartlepool","E06000001","local authority",2,"Female",440,"All causes",20100,"value",,"Q","Suppressed",1,2\n'
)
PAGE = (
    '"Population estimates - local authority based by single year of age"\n"ONS Crown Copyright Reserved [from Nomis on 1 June 2021]"\n"Date :","2019"\n"Age :","All Ages"\n\n'
    '"local authority","mnemonic","Total","Males","Females"\n\n"Hartlepool","E06000001",93663,45600,48063\n"Leeds","E08000035","793,139",388139,405000\n\n\n'
    '"Population estimates - local authority based by single year of age"\n"Date :","2020"\n"Age :","All Ages"\n\n'
    '"local authority","mnemonic","Total","Males","Females"\n\n"Hartlepool","E06000001",93836,45700,48136\n\nNote: rounded\n'
)


def deaths(sex: str, *figures: list[object]) -> list[list[object]]:
    return [
        [f"Deaths registered in 2019, by area of usual residence, age: {sex}"],
        [],
        ["Area codes", "Area of usual residence", "All ages", *AGES],
        *(
            [code, name, sum(x for x in f if isinstance(x, int)), *f]
            for (code, name), f in zip(
                (("E06000001", "Hartlepool"), ("E06000002", "Middlesbrough")), figures, strict=False
            )
        ),
        ["Source: Office for National Statistics"],
    ]


MALES, FEMALES = [3, 1, 0, 0, 2, 200], [2, 0, 1, 0, 1, 250]
PERSONS = [m + f for m, f in zip(MALES, FEMALES, strict=True)]


def sheets_of_deaths() -> dict[str, list[list[object]]]:
    return {
        "Contents": [["Contents"]],
        "Persons": deaths("Persons", PERSONS),
        "Males": deaths("Males", MALES),
        "Females": deaths("Females", FEMALES),
    }


#: One text in each of these layouts.
TEXTS = {
    "fingertips": FINGERTIPS,
    "population": MYEB,
    "deprivation": FILE_7,
    "waiting times": RTT,
    "cancer": CANCER,
    "life expectancy": LIFE,
    "v4": V4,
    "observations": API,
    "page": PAGE,
}
