"""Outcomes stand on areas that stay the same, and periods count on one side only."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.reorganisation.outcomes import Series, footprints

DAY = pd.Timestamp("2019-04-01")


def series(first: int, last: int, **options) -> Series:
    frame = pd.DataFrame({"area_code": "A", "period": range(first, last + 1), "value": 1.0})
    return Series("x", "points", ("area",), frame, **options)


def test_the_period_of_the_change_counts_on_neither_side():
    years = series(2014, 2023)
    assert years.before(DAY) == [2014, 2015, 2016, 2017, 2018]
    assert years.after(DAY) == [2020, 2021, 2022, 2023]
    windows = series(2014, 2021, years=3)
    assert windows.before(DAY) == [2014, 2015, 2016]  # the last ends in 2018
    assert windows.after(DAY) == [2020, 2021]
    spending = series(2014, 2023, financial=True, kind="unitary")
    assert spending.before(DAY) == [2014, 2015, 2016, 2017, 2018]
    assert spending.after(DAY) == [2019, 2020, 2021, 2022, 2023]
    assert spending.last_day == pd.Timestamp("2024-03-31")


def test_footprints_hold_what_was_there_before_and_after(section):
    whole = footprints(section.reorganisation)
    dorset = set(whole.index[whole == "Dorset, 2019"])
    assert {"E06000028", "E06000029", "E06000058", "E06000059", "E10000009", "E07000050"} <= dorset
    assert whole["E07000205"] == whole["E07000244"] == "E10000029"  # districts merged inside Suffolk
    assert whole["E06000052"] == "E06000052"  # Cornwall was unitary before these figures begin
    assert whole["E08000003"] == "E08000003"


def test_spending_of_a_footprint_is_the_sum_of_its_councils_for_each_resident(section):
    """A second way for two wholes: the table itself, people of the districts of today."""
    care = next(s for s in section.outcomes if s.name == "Adult social care")
    found = care.frame.set_index(["area_code", "period"])["value"]
    rows = tables.load("council_outturn")
    rows = rows[rows["service"] == "adult_social_care"]
    people = tables.load("population_year").set_index(["area_code", "year"])["persons"]
    deflator = tables.load("gdp_deflator").set_index("year")["deflator"]
    for whole, before, after, today in (
        (
            "Dorset, 2019",
            ["E10000009", "E06000028", "E06000029"],
            ["E06000058", "E06000059"],
            ["E06000058", "E06000059"],
        ),
        ("Buckinghamshire, 2020", ["E10000002"], ["E06000060"], ["E06000060"]),
    ):
        for year, codes in ((2015, before), (2022, after)):
            spent = rows[rows["area_code"].isin(codes) & (rows["financial_year_start"] == year)][
                "spending"
            ].sum()
            head = spent / sum(people[(c, year)] for c in today) * deflator[2019] / deflator[year]
            assert found[(whole, year)] == pytest.approx(head)


def test_avoidable_admissions_of_new_councils_are_added_up_and_broken_ones_are_out(section):
    found = next(s for s in section.outcomes if s.name == "Avoidable admissions")
    rates = found.frame.set_index(["area_code", "period"])["value"]
    table = tables.load("chronic_admission").set_index(["area_code", "financial_year_start"])
    old = ["E07000004", "E07000005", "E07000006", "E07000007"]  # the districts of Buckinghamshire
    sums = table.loc[[(code, 2012) for code in old], ["admissions", "population"]].sum()
    assert rates["E06000060", 2012] == pytest.approx(1e5 * sums["admissions"] / sums["population"])
    new = table.loc[("E06000060", 2021)]
    assert rates["E06000060", 2021] == pytest.approx(1e5 * new["admissions"] / new["population"])
    broken = set(table[table["recording_break"]].reset_index()["area_code"])
    assert not set(found.frame["area_code"]) & broken
    tested = section.tested[section.tested["outcome"] == "Avoidable admissions"]
    assert {"Dorset, 2019", "Buckinghamshire, 2020"} <= set(tested["experiment"])
    assert tested["health"].all()


def test_every_outcome_is_complete(section):
    for outcome in section.outcomes:
        counts = outcome.frame.groupby("area_code")["period"].nunique()
        assert (counts == len(outcome.periods)).all(), outcome.name
        assert np.isfinite(outcome.frame["value"]).all()
        kinds = {areas.get(c).kind for c in outcome.frame["area_code"] if "," not in c}
        assert "london_borough" not in kinds
