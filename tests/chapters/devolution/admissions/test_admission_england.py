"""England's account adds up; conditions and slopes are the table's own."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.admissions import words


@pytest.fixture(scope="module")
def table():
    return tables.load("chronic_admission_england")


def test_the_account_adds_up_and_its_parts_are_recomputed(page, table):
    account = page.england.account
    every = table[table["breakdown"] == "all"].set_index("financial_year_start")["admissions"]
    ages = table[table["breakdown"] == "age"].pivot_table(
        index="level", columns="financial_year_start", values=["admissions", "population"]
    )
    for span in ((2003, 2019), (2003, 2023)):
        row = account.loc[span]
        assert row["total"] == every[span[1]] - every[span[0]]
        assert row[["people", "age", "rate"]].sum() == pytest.approx(row["total"])
        people = ages["population"][list(span)]
        rate = ages["admissions"][list(span)] / people
        # the part of rates, over the four orders of changing people and ages
        size, mix = people.sum(), people / people.sum()
        a, b = span
        change = rate[b] - rate[a]
        each = {(i, j): size[i] * (mix[j] * change).sum() for i in span for j in span}
        expected = (each[a, a] + each[b, b]) / 3 + (each[a, b] + each[b, a]) / 6
        assert row["rate"] == pytest.approx(expected)


def test_conditions_are_the_table_s(page, table):
    rows = table[table["breakdown"] == "condition"].set_index(["level", "financial_year_start"])["admissions"]
    conditions = page.england.conditions
    assert len(conditions) == 35
    assert conditions["change"].is_monotonic_decreasing
    assert conditions["change"].sum() == page.england.account["total"].iloc[1]
    assert conditions.loc["angina pectoris", "first"] == rows["angina pectoris", 2003]
    assert conditions.loc["angina pectoris", "last"] == rows["angina pectoris", 2023]
    assert len(page.england.conditions_table().shown) == 10


def test_the_slope_is_that_of_a_weighted_line_over_mid_ranks(page, table):
    rows = table[(table["breakdown"] == "decile_2015") & (table["financial_year_start"] == 2003)]
    rows = rows.assign(level=rows["level"].astype(int)).sort_values("level")
    share = rows["population"] / rows["population"].sum()
    middle = share.cumsum() - share / 2
    slope, intercept = np.polyfit(middle, rows["rate"], 1, w=np.sqrt(share))
    found, relative = (page.england.index(r).loc[("decile_2015", 2003), "estimate"] for r in (False, True))
    assert found == pytest.approx(-slope, rel=2e-3)
    assert relative == pytest.approx(intercept / (intercept + slope), rel=5e-3)
    assert len(page.england.slopes) == 19
    assert page.england.slope_chart().title == "In points, rich and poor places were closer by 2018/19"


def frame(first, last, error):
    index = pd.MultiIndex.from_tuples([("decile_2015", 2003), ("decile_2015", 2018)])
    return pd.DataFrame({"estimate": [first, last], "standard_error": [error] * 2}, index=index)


def test_words_on_both_sides():
    assert words.gap_change(frame(10.0, 5.0, 1.0), "u", "It").startswith("It fell: 10 in 2003/04, 5 in")
    assert words.gap_change(frame(5.0, 10.0, 1.0), "", "It").startswith("It rose")
    assert "did not move beyond chance" in words.gap_change(frame(5.0, 6.0, 1.0), "", "It")
    said = words.account({"people": 2.0, "age": 1.0, "rate": -1.0, "total": 2.0}, 2019)
    assert said == (
        "From 2003/04 to 2019/20 yearly admissions changed by +2 in all: more people +2, their ages +1 and "
        "how often people of the same age were admitted −1"
    )
