"""Avoidable admissions: parts against England, quarters against the winters, and what each caveat says."""

from itertools import permutations

import numpy as np
import pytest

from healthdevo import tables

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def yearly():
    return tables.load("chronic_admission")


@pytest.fixture(scope="module")
def quarters():
    return tables.load("chronic_admission_quarter")


@pytest.fixture(scope="module")
def parts():
    return tables.load("chronic_admission_england")


def kinds_of(frame):
    return frame["area_code"].map(tables.load("area").set_index("area_code")["kind"])


@pytest.mark.parametrize(("breakdown", "levels"), [("age", 19), ("sex", 2), ("condition", 35)])
def test_parts_sum_to_england_exactly_in_all_years(parts, yearly, breakdown, levels):
    sums = parts[parts["breakdown"] == breakdown].groupby("financial_year_start")["admissions"]
    england = yearly[yearly["area_code"] == ENGLAND].set_index("financial_year_start")["admissions"]
    assert sums.size().tolist() == [levels] * 21
    assert sums.sum().tolist() == england.tolist()


def test_the_row_of_all_is_the_row_of_england(parts, yearly):
    columns = ["financial_year_start", "rate", "lower", "upper", "admissions", "population"]
    every = parts.loc[parts["breakdown"] == "all", columns].to_numpy()
    assert (every == yearly.loc[yearly["area_code"] == ENGLAND, columns].to_numpy()).all()
    first, last = every[0], every[-1]
    assert (first[1], first[4], last[0]) == (930.8, 445987, 2023)


def test_deciles_of_two_indices_miss_a_few_hundred_and_overlap_in_one_year(parts, yearly):
    england = yearly[yearly["area_code"] == ENGLAND].set_index("financial_year_start")["admissions"]
    years = {}
    for breakdown in ("decile_2015", "decile_2019"):
        rows = parts[parts["breakdown"] == breakdown]
        missing = england - rows.groupby("financial_year_start")["admissions"].sum()
        assert 330 <= missing.min() <= missing.max() <= 688
        assert set(rows["level"]) == {str(k) for k in range(1, 11)}
        years[breakdown] = set(rows["financial_year_start"])
    assert years["decile_2015"] & years["decile_2019"] == {2018}


def test_crude_rates_by_age_are_counts_over_people(parts):
    rows = parts[(parts["breakdown"] == "age") & (parts["level"] < "75")]
    crude = 1e5 * rows["admissions"] / rows["population"]
    assert (rows["rate"] / crude - 1).abs().max() < 0.01


def test_districts_sum_to_england_less_three_in_a_thousand(yearly):
    lower_tier = {"non_metropolitan_district", "unitary_authority", "metropolitan_district", "london_borough"}
    sums = yearly[kinds_of(yearly).isin(lower_tier)].groupby("financial_year_start")["admissions"].sum()
    england = yearly[yearly["area_code"] == ENGLAND].set_index("financial_year_start")["admissions"]
    share = 1 - sums / england
    assert 0.0005 <= share.min() <= share.max() <= 0.003


def test_recording_breaks_are_years_outside_half_to_double_the_median(yearly):
    share = yearly["rate"] / yearly.groupby("area_code")["rate"].transform("median")
    marked = yearly["recording_break"]
    assert ((share < 0.5) | (share > 2)).eq(marked).all()
    assert (marked.sum(), yearly.loc[marked, "area_code"].nunique()) == (119, 35)
    manchester = yearly["area_code"].between("E08000001", "E08000010")
    assert not yearly.loc[manchester, "recording_break"].any()
    assert yearly[manchester].groupby("area_code").size().tolist() == [21] * 10


def test_barnsley_and_sheffield_stand_under_their_earlier_codes(yearly, quarters):
    for frame in (yearly, quarters):
        assert {"E08000016", "E08000019"} <= set(frame["area_code"])
        assert not {"E08000038", "E08000039"} & set(frame["area_code"])


def test_quarters_sum_to_the_year_within_ten(yearly, quarters):
    keys = ["area_code", "financial_year_start"]
    sums = quarters.groupby(keys)["admissions"].agg(["sum", "size"])
    year = yearly.set_index(keys)["admissions"].reindex(sums.index)
    assert (sums["size"] == 4).all()
    assert (sums["sum"] - year).abs().max() == 10


def test_quarters_are_in_the_order_of_the_calendar(quarters):
    own = quarters[quarters["area_code"] == ENGLAND].pivot_table(
        index="financial_year_start", columns="quarter", values="admissions"
    )
    month = tables.load("emergency_england_month")
    day = month["month"]
    start = day.dt.year - (day.dt.month < 4)
    quarter = (day.dt.month - 4) % 12 // 3 + 1
    by = month.assign(start=start, quarter=quarter).groupby(["start", "quarter"])
    known = by["admissions_total"].sum(min_count=3).unstack()[by.size().unstack() == 3].dropna()
    years = known.index.intersection(own.index)
    years = years[years != 2020]  # the pandemic's first year is looked at below
    assert len(years) >= 10

    def around(frame):
        wide = np.log(frame.loc[years].to_numpy(dtype=float))
        return wide - wide.mean(axis=1, keepdims=True)

    def like(order):
        return np.corrcoef(around(own)[:, list(order)].ravel(), around(known).ravel())[0, 1]

    assert max(permutations(range(4)), key=like) == (0, 1, 2, 3)
    assert own.idxmin(axis=1)[2020] == 1  # the first wave of the pandemic, April to June 2020
    assert own.loc[2003, 3] > own.loc[2003, 4]  # influenza before Christmas 2003
    assert own.loc[2015, 4] > own.loc[2015, 3]  # influenza in March 2016
