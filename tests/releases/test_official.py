"""The releases themselves, where they are at hand: ``HEALTHDEVO_RELEASES`` names the folder they lie in."""

import os
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.releases import Release, read

NAMED = os.environ.get("HEALTHDEVO_RELEASES", "")
FILES = sorted(p for p in Path(NAMED).rglob("*") if p.suffix in (".csv", ".xls", ".xlsx")) if NAMED else []
pytestmark = pytest.mark.skipif(not FILES, reason="HEALTHDEVO_RELEASES names no folder of releases")

KEYS = {
    "council_outturn": ["council_code", "financial_year_start", "service"],
    "emergency_england_month": ["month"],
    "emergency_month": ["area_code", "month", "department_type"],
}
#: Largest share of figures of a month that later editions changed.
REVISED = 0.03


@cache
def release(path: Path) -> Release:
    return read(path)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_release_is_read_and_adds_up(path):
    one = release(path)
    assert one.checks
    assert all(check.ok for check in one.checks)
    if path.suffix == ".csv":
        assert all(check.difference == 0 for check in one.checks)


@pytest.mark.parametrize("path", [p for p in FILES if p.name.startswith("rs")], ids=lambda p: p.name)
def test_outturn_is_what_is_embedded(path):
    own = release(path).tables["council_outturn"]
    embedded = tables.load("council_outturn")
    part = embedded[embedded["financial_year_start"].isin(own["financial_year_start"])]
    both = own.merge(
        part, on=KEYS["council_outturn"], how="outer", suffixes=("", "_embedded"), indicator=True
    )
    assert set(both["_merge"]) == {"both"}
    assert (
        both["spending"] - both["spending_embedded"]
    ).abs().max() <= 1  # a pound: two rounded parts or their rounded sum


@pytest.mark.parametrize(
    "path", [p for p in FILES if "Time-Series-March-2026" in p.name], ids=lambda p: p.name
)
@pytest.mark.parametrize("name", ["emergency_month", "emergency_england_month"])
def test_the_series_of_march_2026_is_what_is_embedded(path, name):
    own, embedded = release(path).tables[name], tables.load(name)
    if name == "emergency_month":
        embedded = embedded[embedded["area_code"] == "E92000001"]
    own = own.sort_values(KEYS[name])[list(embedded.columns)].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        own, embedded.sort_values(KEYS[name]).reset_index(drop=True), check_dtype=False, atol=1e-6, rtol=0
    )


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix == ".csv"], ids=lambda p: p.name)
def test_providers_differ_from_what_is_embedded_by_revisions_alone(path):
    own = release(path).tables["emergency_provider_month"]
    embedded = tables.load("emergency_provider_month")
    part = embedded[embedded["month"].isin(own["month"])]
    if part.empty:
        pytest.skip("the month is not embedded")
    both = own.merge(
        part,
        on=["provider_code", "month", "department_type"],
        how="outer",
        suffixes=("", "_embedded"),
        indicator=True,
    )
    assert (both["_merge"] != "both").mean() < REVISED
    assert (both["attendances"] != both["attendances_embedded"]).mean() < REVISED
    assert both["pilot_trust"].sum() == both["pilot_trust_embedded"].sum()
