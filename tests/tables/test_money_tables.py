"""Tables of public money against each other and against published sums."""

import numpy as np
import pytest

from healthdevo import tables

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def finances():
    return tables.load("public_finances_region").set_index(["area_code", "financial_year_start"])


def test_regions_sum_to_england_within_rounding(finances):
    for column, most in (("revenue", 0), ("expenditure", 3), ("net_balance", 3)):
        wide = finances[column].unstack("area_code")
        off = wide.drop(columns=ENGLAND).sum(axis=1) - wide[ENGLAND]
        assert off.abs().max() <= most
    assert (finances["expenditure"] - finances["revenue"] - finances["net_balance"]).abs().max() == 0
    assert finances.index.get_level_values(1).nunique() == 26


def test_counted_receipts_are_the_revenue_to_the_million(finances):
    receipts = tables.load("public_receipts_region")
    sums = receipts[receipts["counted"]].groupby(["area_code", "financial_year_start"])["receipts"].sum()
    assert len(sums) == len(finances) == 260
    assert (sums - finances["revenue"]).abs().max() == 0


def test_spending_of_regions_sums_to_england_within_two_thousand_pounds():
    rows = tables.load("regional_spending")
    wide = rows.pivot_table(
        index=["service", "edition", "financial_year_start"], columns="area_code", values="spending"
    )
    off = wide.drop(columns=ENGLAND).sum(axis=1) - wide[ENGLAND]
    assert off.loc["health"].abs().max() <= 2
    latest = rows[rows["latest_edition"]]
    assert not latest.duplicated(["area_code", "service", "financial_year_start"]).any()
    newest = rows.groupby(["service", "financial_year_start"])["edition"].transform("max")
    assert (newest == rows["edition"]).eq(rows["latest_edition"]).all()


def test_the_edition_that_two_tables_hold_is_the_same():
    own = tables.load("regional_spending")
    own = own[(own["service"] == "health") & (own["edition"] == 2018)].set_index(
        ["area_code", "financial_year_start"]
    )
    older = tables.load("health_spending_region")
    older = older[older["edition"] == "cra_2018"].set_index(["area_code", "financial_year_start"])
    both = older[["spending"]].join(own["spending"].rename("spending_new"), how="inner")
    assert len(both) == len(older) > 30
    assert (both["spending"] - 1000 * both["spending_new"]).abs().max() <= 1000


def test_two_official_sources_of_health_spending_agree_where_they_overlap():
    """Differences as the caveats state them: within 4 million for a region and 25 million for England."""
    treasury = tables.load("regional_spending")
    treasury = treasury[treasury["latest_edition"] & (treasury["service"] == "health")]
    first = treasury.set_index(["area_code", "financial_year_start"])["spending"] / 1000
    rows = tables.load("public_expenditure_region")
    rows = rows[(rows["basis"] == "identifiable") & (rows["function"] == "health")]
    second = rows.set_index(["area_code", "financial_year_start"])["expenditure"]
    off = (second - first).dropna().abs()
    assert len(off) == 170, "ten areas, 2008/09 to 2024/25"
    assert off.xs(ENGLAND, level="area_code").max() < 25
    assert off.drop(ENGLAND, level="area_code").max() < 4


def test_every_component_of_the_formula_sums_to_the_registered_people():
    rows = tables.load("allocation_need")
    kinds = np.where(rows["area_code"].str.startswith("E54"), "board", "district")
    parts = [
        c
        for c in rows.columns
        if c not in ("area_code", "financial_year_start", "financial_year", "practices", "registered")
    ]
    sums = rows.groupby([kinds, "financial_year_start"])[[*parts, "registered"]].sum(min_count=1)
    for part in parts:
        known = sums[part].dropna()
        assert (known - sums["registered"].reindex(known.index)).abs().max() < 5.0, part
    boards, districts = (sums.xs(k)["registered"] for k in ("board", "district"))
    assert (boards - districts).abs().max() < 5.0
    counts = rows[kinds == "board"].groupby("financial_year_start").size()
    assert counts.to_dict() == {
        **dict.fromkeys(range(2022, 2026), 42),
        **dict.fromkeys(range(2026, 2029), 36),
    }
    assert (rows[kinds == "district"].groupby("financial_year_start").size() == 309).all()


def test_the_council_tax_base_sums_to_the_published_total():
    base = tables.load("council_tax_base")
    assert len(base) == 296
    assert base["dwellings"].sum() == 25_675_421
    assert base["tax_base"].sum() == pytest.approx(19_470_445.3)


def test_band_d_and_mental_health_spending_are_whole():
    band = tables.load("council_tax_band_d")
    last = band[band["financial_year_start"] == 2022]
    assert len(last) == 309
    assert last["area_code"].notna().all()
    assert 700 < last["band_d"].min() < last["band_d"].max() < 2400
    mental = tables.load("mental_health_spending")
    assert mental.groupby("financial_year_start").size().eq(42).all()
    assert mental.loc[mental["share_of_allocation"].isna(), "financial_year_start"].eq(2016).all()
