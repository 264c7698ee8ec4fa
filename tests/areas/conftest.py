"""A small country: two regions, two boards, an authority of some districts, a merger and a cut district."""

import pandas as pd
import pytest

from healthdevo.areas import Registry

AREAS = [
    # code, name, kind, ods, from, to, floor, successors, other codes
    ("E92000001", "England", "country", "", None, None, False, "", ""),
    ("E12000001", "North", "region", "", "1994-04-01", None, False, "", ""),
    ("E12000002", "South", "region", "", "1994-04-01", None, False, "", ""),
    ("E40000001", "North", "nhs_region", "Y01", "2019-04-01", None, True, "", ""),
    ("E40000002", "South", "nhs_region", "Y02", "2019-04-01", None, True, "", ""),
    ("E54000001", "NHS Ayton and Beeford Integrated Care Board", "icb", "QAA", "2022-07-01", None, False, "", "E54000009"),
    ("E54000002", "NHS CEEDALE INTEGRATED CARE BOARD", "icb", "QBB", "2022-07-01", None, False, "", ""),
    ("E47000001", "Ayton City Region", "combined_authority", "", "2014-04-01", None, False, "", ""),
    ("E10000001", "Southshire", "county", "", "2009-04-01", None, True, "", ""),
    ("E06000001", "Ayton, City of", "unitary_authority", "", "2009-04-01", None, True, "", ""),
    ("E06000002", "Béeford", "unitary_authority", "", "2009-04-01", None, True, "", ""),
    ("E07000001", "Ceedale", "non_metropolitan_district", "", "2009-04-01", None, True, "", ""),
    ("E07000002", "Deeham-on-Sea", "non_metropolitan_district", "", "2009-04-01", "2019-03-31", True, "E07000004", ""),
    ("E07000003", "Eel's Green", "non_metropolitan_district", "", "2009-04-01", "2019-03-31", True, "E07000004", ""),
    ("E07000004", "Dee and Eel", "non_metropolitan_district", "", "2019-04-01", None, False, "", ""),
    ("E08000001", "Effton", "metropolitan_district", "", "2009-04-01", "2025-03-31", True, "E08000002", ""),
    ("E08000002", "Effton", "metropolitan_district", "", "2025-04-01", None, False, "", ""),
    ("E07000008", "Splitham", "non_metropolitan_district", "", "2009-04-01", "2012-03-31", True, "E07000001; E07000002", ""),
]  # fmt: skip
AREA_COLUMNS = [
    "area_code", "area_name", "kind", "ods_code", "valid_from", "valid_to", "valid_from_is_floor", "successor_code",
    "other_codes",
]  # fmt: skip
OLD, NEW = ("2009-04-01", "2019-03-31"), ("2019-04-01", None)
MEMBERSHIPS = [
    ("E12000001", "E92000001", "1994-04-01", None, 1.0),
    ("E12000002", "E92000001", "1994-04-01", None, 1.0),
    ("E40000001", "E92000001", "2019-04-01", None, 1.0),
    ("E40000002", "E92000001", "2019-04-01", None, 1.0),
    ("E54000001", "E40000001", "2022-07-01", None, 1.0),
    ("E54000002", "E40000002", "2022-07-01", None, 1.0),
    ("E06000001", "E12000001", "2009-04-01", None, 1.0),
    ("E06000002", "E12000001", "2009-04-01", None, 1.0),
    ("E08000001", "E12000001", "2009-04-01", "2025-03-31", 1.0),
    ("E08000002", "E12000001", "2025-04-01", None, 1.0),
    ("E07000001", "E12000002", "2009-04-01", None, 1.0),
    ("E07000002", "E12000002", *OLD, 1.0),
    ("E07000003", "E12000002", *OLD, 1.0),
    ("E07000004", "E12000002", *NEW, 1.0),
    ("E07000001", "E10000001", "2009-04-01", None, 1.0),
    ("E07000002", "E10000001", *OLD, 1.0),
    ("E07000003", "E10000001", *OLD, 1.0),
    ("E07000004", "E10000001", *NEW, 1.0),
    ("E06000001", "E47000001", "2014-04-01", None, 1.0),
    ("E08000001", "E47000001", "2014-04-01", "2025-03-31", 1.0),
    ("E08000002", "E47000001", "2025-04-01", None, 1.0),
    # Béeford joins the authority later and leaves again
    ("E06000002", "E47000001", "2016-04-01", "2018-03-31", 1.0),
    # the boundary between the boards cuts Ceedale; the shares are rounded
    ("E06000001", "E54000001", "2022-07-01", None, 1.0),
    ("E06000002", "E54000001", "2022-07-01", None, 1.0),
    ("E08000001", "E54000001", "2022-07-01", "2025-03-31", 1.0),
    ("E08000002", "E54000001", "2025-04-01", None, 1.0),
    ("E07000001", "E54000001", "2022-07-01", None, 0.25),
    ("E07000001", "E54000002", "2022-07-01", None, 0.7499),
    ("E07000004", "E54000002", "2022-07-01", None, 1.0),
]
MEMBERSHIP_COLUMNS = ["member_code", "container_code", "valid_from", "valid_to", "population_share"]


@pytest.fixture(scope="session")
def area_frame() -> pd.DataFrame:
    return pd.DataFrame(AREAS, columns=AREA_COLUMNS)


@pytest.fixture(scope="session")
def membership_frame() -> pd.DataFrame:
    return pd.DataFrame(MEMBERSHIPS, columns=MEMBERSHIP_COLUMNS)


@pytest.fixture(scope="session")
def registry(area_frame: pd.DataFrame, membership_frame: pd.DataFrame) -> Registry:
    return Registry(area_frame, membership_frame)
