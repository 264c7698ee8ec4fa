import datetime as dt

import numpy as np
import pandas as pd
import pytest

from healthdevo.areas import Area, slugify
from healthdevo.areas.area import as_date
from healthdevo.errors import InputError


@pytest.mark.parametrize(
    ("name", "kind", "short", "slug"),
    [
        ("NHS Lancashire and South Cumbria Integrated Care Board", "icb", "NHS Lancashire and South Cumbria ICB",
         "nhs-lancashire-and-south-cumbria-icb"),
        ("NHS LANCASHIRE AND SOUTH CUMBRIA INTEGRATED CARE BOARD", "icb", "NHS Lancashire and South Cumbria ICB",
         "nhs-lancashire-and-south-cumbria-icb"),
        ("NHS STAFFORDSHIRE AND STOKE-ON-TRENT INTEGRATED CARE BOARD", "icb",
         "NHS Staffordshire and Stoke-on-Trent ICB", "nhs-staffordshire-and-stoke-on-trent-icb"),
        ("North West", "nhs_region", "North West", "north-west-nhs-region"),
        ("North West", "region", "North West", "north-west-region"),
        ("Yorkshire and The Humber", "region", "Yorkshire and the Humber", "yorkshire-and-the-humber-region"),
        ("Greater Manchester", "combined_authority", "Greater Manchester", "greater-manchester-combined-authority"),
        ("Greater London Authority", "combined_authority", "Greater London Authority", "greater-london-authority"),
        ("North East (2014 to 2018)", "combined_authority", "North East", "north-east-combined-authority"),
        ("Devon", "county", "Devon", "devon-county"),
        ("Bristol, City of", "unitary_authority", "Bristol", "bristol"),
        ("Herefordshire, County of", "unitary_authority", "Herefordshire", "herefordshire"),
        ("City of London", "london_borough", "City of London", "city-of-london"),
        ("King's Lynn & West Norfolk", "non_metropolitan_district", "King's Lynn and West Norfolk",
         "kings-lynn-and-west-norfolk"),
        ("England", "country", "England", "england"),
    ],
)  # fmt: skip
def test_short_names_and_slugs(name: str, kind: str, short: str, slug: str) -> None:
    area = Area("E1", name, kind)
    assert (area.short_name, area.slug) == (short, slug)
    assert str(area) == f"E1 ({short})"


def test_slugs_have_no_accents_or_marks() -> None:
    assert slugify("  Béeford — St. Mary’s (Old)  ") == "beeford-st-marys-old"


def test_an_area_is_current_from_its_first_to_its_last_day() -> None:
    area = Area("E1", "A", "region", "", dt.date(2019, 4, 1), dt.date(2023, 3, 31))
    assert [area.is_current(d) for d in ("2019-03-31", "2019-04-01", "2023-03-31", "2023-04-01")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not area.is_current()
    assert Area("E2", "B", "region").is_current("1066-10-14")


@pytest.mark.parametrize(
    "value",
    ["2023-04-01", "2023-04", " 2023-04-01T10:00", dt.date(2023, 4, 1), dt.datetime(2023, 4, 1, 9),
     pd.Timestamp("2023-04-01 12:00"), np.datetime64("2023-04-01")],
)  # fmt: skip
def test_dates_are_read_in_every_common_form(value: object) -> None:
    assert as_date(value) == dt.date(2023, 4, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [2023, "2023", "01/04/2023", "2023-13-01", "2023-02-30", None, pd.NaT, ""])
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(InputError, match=r"on: .* is not a date"):
        as_date(value)  # type: ignore[arg-type]
