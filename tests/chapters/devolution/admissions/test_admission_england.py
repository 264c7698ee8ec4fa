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
    assert account.index.tolist() == list(range(2004, 2024))
    for span in [(2003, year) for year in account.index]:
        row = account.loc[span[1]]
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
    assert conditions["change"].sum() == page.england.account.loc[2023, "total"]
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
    assert page.england.slope_chart().title == "In points, the gap between rich and poor shrank"
    assert "ended where it began" in page.england.slope_chart(relative=True).title
    assert len(page.england.index_table().shown) == 19


@pytest.mark.parametrize("breakdown", ["age", "sex", "condition", "decile_2015", "decile_2019"])
def test_every_breakdown_adds_up_to_england_in_all_its_years(page, table, breakdown):
    every = table[table["breakdown"] == "all"].set_index("financial_year_start")["admissions"]
    counts = page.england.counts(breakdown)
    years = {"decile_2015": range(2003, 2019), "decile_2019": range(2018, 2021)}
    assert counts.columns.tolist() == list(years.get(breakdown, range(2003, 2024)))
    assert counts.sum().tolist() == every.reindex(counts.columns).tolist()
    assert (counts.to_numpy() >= 0).all()


def test_people_and_largest_conditions_add_up_too(page, table):
    england = page.england
    groups = england.groups.set_index("group")
    for year in (2003, 2019, 2023):
        assert groups[f"admissions_{year}"].iloc[:2].sum() == england.total[year]
        assert groups[f"admissions_{year}"].iloc[2:].sum() == england.total[year]
    rows = table[(table["breakdown"] == "age") & (table["financial_year_start"] == 2023)].set_index("level")
    old = rows.loc[["85-89", "90+"], ["admissions", "population"]].sum()
    assert groups.loc["85 and over", "rate_2023"] == pytest.approx(
        1e5 * old["admissions"] / old["population"]
    )
    assert england.largest.sum().tolist() == england.total.tolist()
    one, two, fell = england.rising
    assert (one, fell) == ("essential (primary) hypertension", "angina pectoris")
    counts = england.counts("condition")
    assert england.without_risers[2023] == england.total[2023] - counts.loc[[one, two], 2023].sum()


@pytest.mark.parametrize("edition", ["decile_2015", "decile_2019"])
def test_the_account_by_tenth_adds_up_in_both_directions(page, table, edition):
    rows = page.england.deciles(edition)
    known = rows.drop(index=["unknown", "all"])
    assert (known["people"] + known["rate"]).to_numpy() == pytest.approx(known["change"].to_numpy())
    assert rows.drop(index="all").sum().to_numpy() == pytest.approx(rows.loc["all"].to_numpy())
    years = sorted(table.loc[table["breakdown"] == edition, "financial_year_start"].unique())
    every = table[table["breakdown"] == "all"].set_index("financial_year_start")["admissions"]
    assert rows.loc["all", "change"] == every[years[-1]] - every[years[0]]
    one = table[(table["breakdown"] == edition) & (table["level"] == "1")].set_index("financial_year_start")
    rates = one["admissions"] / one["population"]
    first, last = years[0], years[-1]
    mean = (one["population"][first] + one["population"][last]) / 2
    assert rows.loc["1", "rate"] == pytest.approx((rates[last] - rates[first]) * mean)
    shown = page.england.deciles_table(edition).shown
    assert shown.iloc[0, 0] == "1 (most deprived)"
    assert shown.iloc[-1, 0] == "England"
    assert "not split" in shown.iloc[-2].tolist()


def test_charts_of_england_say_what_they_draw(page):
    england = page.england
    assert len(england.account_chart().data) == 20 * 4
    assert england.account_chart().title == "Growth to 2019/20 came mostly from more people"
    assert len(england.conditions_chart().data) == 21 * len(england.largest)
    for chart in (england.account_chart(), england.conditions_chart(), england.slope_chart()):
        assert "recording broke" in chart.subtitle
        assert len(chart.title.split()) <= 10


def frame(first, last, error):
    index = pd.MultiIndex.from_tuples([("decile_2015", 2003), ("decile_2015", 2018)])
    return pd.DataFrame({"estimate": [first, last], "standard_error": [error] * 2}, index=index)


@pytest.mark.parametrize(
    ("slope", "relative", "said"),
    [
        ((5.0, 10.0), (3.0, 9.0), "these figures bear out that the gap widened"),
        ((10.0, 5.0), (3.0, 3.5), "do not bear out that the gap widened"),
        ((10.0, 5.0), (3.0, 9.0), "turns on how it is measured"),
    ],
)
def test_whether_the_gap_grew_by_both_measures(slope, relative, said):
    found = words.essay(*(words.change_of(frame(*ends, 1.0)) for ends in (slope, relative)))
    assert said in found
    assert ("grew in points" in found) == (slope[1] > slope[0])


def test_words_on_both_sides():
    assert words.gap_change(frame(10.0, 5.0, 1.0), "u", "It").startswith("It fell: 10 u in 2003/04 and 5 in")
    assert words.gap_change(frame(5.0, 10.0, 1.0), "", "It").startswith("It rose")
    assert "did not move beyond chance" in words.gap_change(frame(5.0, 6.0, 1.0), "", "It")
    said = words.account({"people": 2.0, "age": 1.0, "rate": -1.0, "total": 2.0}, 2019)
    assert said == (
        "From 2003/04 to 2019/20 yearly admissions changed by +2 in all: more people +2, their ages +1 and "
        "how often people of the same age were admitted −1"
    )
