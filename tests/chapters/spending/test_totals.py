"""Spending per head of England recomputed from the tables."""

import pytest

from healthdevo import tables


def test_spending_per_head_of_england_in_real_terms(spending):
    outturn, councils = tables.load("council_outturn"), tables.load("council")
    level = tables.load("gdp_deflator").set_index("year")["deflator"]
    upper = councils.loc[councils["council_class"] != "shire_district", "council_code"]
    rows = outturn[
        (outturn["service"] == "public_health")
        & (outturn["financial_year_start"] == 2016)
        & outturn["council_code"].isin(upper)
    ].dropna(subset=["population"])
    expected = rows["spending"].sum() / rows["population"].sum() * level[2023] / level[2016]
    shown = spending.totals.england.query("service == 'public_health' and financial_year_start == 2016")[
        "per_head"
    ].iloc[0]
    assert shown == pytest.approx(expected)
