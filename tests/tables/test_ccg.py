"""Tables of commissioning groups agree with one another and with districts."""

import numpy as np
import pandas as pd

from healthdevo import tables


def test_every_group_has_every_year_and_cause_and_lies_somewhere():
    rates, ccg, lies_in = (tables.load(n) for n in ("avoidable_mortality_ccg", "ccg", "ccg_district"))
    assert len(rates) == 191 * 14 * 3
    assert set(rates["ccg_code"]) == set(ccg["ccg_code"]) == set(lies_in["ccg_code"])
    wide = rates.pivot_table(index=["ccg_code", "year"], columns="cause", values="rate")
    assert (wide["preventable"] + wide["treatable"] - wide["avoidable"]).abs().max() < 0.11


def test_groups_that_did_not_merge_are_those_found_by_small_areas():
    ccg, lies_in = tables.load("ccg").set_index("ccg_code"), tables.load("ccg_district")
    basis = lies_in.groupby("ccg_code")["basis"].agg(["first", "nunique"])
    assert (basis["nunique"] == 1).all()
    same = ccg["ccg_code_2021"] == ccg.index
    assert (basis["first"].eq("small areas") == same.reindex(basis.index)).all()
    assert (int(same.sum()), int((~same).sum())) == (79, 112)
    assert ccg.loc[~same].groupby("ccg_code_2021").size().min() >= 2
    assert ccg["ccg_code_2021"].nunique() == 106


def test_every_district_of_april_2019_lies_in_a_group():
    area = tables.load("area")
    wales_scotland = ~area["area_code"].str.startswith("E0")
    kinds = area["kind"].isin(
        ["unitary_authority", "metropolitan_district", "non_metropolitan_district", "london_borough"]
    )
    day = pd.Timestamp("2019-04-01")
    valid = ~(area["valid_from"] > day) & ~(area["valid_to"] < day)
    codes = set(area.loc[kinds & valid & ~wales_scotland, "area_code"]) - {"E06000053"}  # Scilly
    held = set(tables.load("ccg_district")["area_code"])
    assert codes <= held


def test_districts_given_by_name_are_right_since_their_death_rates_match():
    """Preventable deaths of the districts that a group was placed in (another series) go with those of the group."""
    lies_in, rates = tables.load("ccg_district"), tables.load("avoidable_mortality_ccg")
    other = tables.single_edition(tables.load("under_75_mortality"), "ohid_2023")
    other = other[(other["sex"] == "persons") & other["year"].between(2010, 2018)]
    by_district = other.groupby("area_code")["rate"].mean()
    by_group = rates[(rates["cause"] == "preventable") & rates["year"].between(2010, 2018)]
    mine = by_group.groupby("ccg_code")["rate"].mean()
    placed = lies_in.assign(rate=lies_in["area_code"].map(by_district)).dropna(subset=["rate"])
    theirs = placed.groupby("ccg_code").agg(rate=("rate", "mean"), basis=("basis", "first"))
    for basis, least in (("small areas", 0.97), ("merged later", 0.9)):
        rows = theirs[theirs["basis"] == basis]
        assert len(rows) > 60
        assert np.corrcoef(rows["rate"], mine[rows.index])[0, 1] > least, basis
