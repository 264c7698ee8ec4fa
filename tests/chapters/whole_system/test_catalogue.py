"""Which indicators the rule takes, recomputed from the tables in another way."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.whole_system.catalogue import REASONS, everyone, upper_tier_spending
from healthdevo.chapters.whole_system.meanings import SETTING, SUMS, THEMES, WITHIN, meaning
from healthdevo.chapters.whole_system.periods import agreement, label, side, with_days
from healthdevo.errors import TableError

TEN = {f"E080000{i:02d}" for i in range(1, 11)}
SCHOOL = {
    "obesity_reception",
    "obesity_year_6",
    "persistent_absence",
    "gcse_english_and_maths",
    "expected_standard_primary",
}
DEAL = np.datetime64("2014-11-03")


def sides(first: list[np.datetime64], months: int) -> tuple[int, int]:
    """Periods wholly before the agreement, and wholly after it and before 2020."""
    ends = [(f.astype("datetime64[M]") + months).astype("datetime64[D]") - 1 for f in first]
    before = sum(e < DEAL for e in ends)
    after = sum(f > DEAL and e <= np.datetime64("2019-12-31") for f, e in zip(first, ends, strict=True))
    return before, after


def passes(rows: pd.DataFrame, year: str, month: int = 1, months: int = 12) -> bool:
    """Whether the ten districts together have three periods before and two after."""
    ten = rows[rows["area_code"].isin(TEN)]
    counts = ten.groupby(year)["area_code"].nunique()
    first = [np.datetime64(f"{y}-{month:02d}-01") for y in counts.index[counts == 10]]
    before, after = sides(first, months)
    return before >= 3 and after >= 2


def test_the_rule_recomputed_from_each_table(catalogue):
    expected = set()
    local, series = tables.load("local_outcome"), tables.load("local_outcome_series")
    for one in series.itertuples():
        rows = local[local["indicator"] == one.indicator]
        if passes(rows, "year", one.first_month, one.months):
            expected.add(f"local_outcome/{one.indicator}")
    wider = tables.load("wider_determinants")
    for name, rows in wider.groupby("indicator"):
        months = 12 * int(rows["years"].iloc[0])
        if passes(rows, "year", 9 if name in SCHOOL else 1, months):
            expected.add(f"wider_determinants/{name}")
    outturn = tables.load("council_outturn").dropna(subset=["spending_per_head"])
    for name, rows in outturn.groupby("service"):
        if passes(rows, "financial_year_start", 4) and f"council_outturn/{name}" not in SUMS:
            expected.add(f"council_outturn/{name}")
    for name, keys in (
        ("under_75_mortality", ["sex", "edition"]),
        ("under_75_mortality_three_year", ["cause", "edition"]),
        ("life_expectancy_area", ["sex"]),
        ("life_expectancy_area_editions", ["sex", "edition"]),
        ("life_expectancy_derived", ["sex"]),
        ("healthy_life_expectancy_area", ["sex"]),
        ("healthy_life_expectancy_area_editions", ["sex", "edition"]),
        ("slope_index_life_expectancy", ["sex", "edition"]),
    ):
        for key, rows in tables.load(name).groupby(keys):
            year, months = ("year", 12) if "year" in rows else ("period_start_year", 36)
            if passes(rows, year, 1, months):
                expected.add(f"{name}/{key[0]}" if "cause" in keys else name)
    ratio = tables.load("mortality_ratio_derived")
    if passes(ratio.assign(year=ratio["year"] - 1), "year", 7):
        expected.add("mortality_ratio_derived")
    if passes(tables.load("chronic_admission"), "financial_year_start", 4):
        expected.add("chronic_admission")
    for name, keys in (("health_index", "indicator"), ("travel_time", "mode")):
        assert not any(passes(rows, "year") for _, rows in tables.load(name).groupby(keys))
    assert {s.name for s in catalogue.tested} == expected


def test_every_table_by_area_and_year_is_walked_or_set_aside(catalogue):
    walked = {s.table for s in catalogue.series}
    for table in tables.descriptor.package().tables.values():
        periods = {"year", "month", "financial_year_start", "period_start_year", "index_year"}
        if "area_code" not in table.columns or not periods & set(table.columns):
            continue
        rates = [
            f
            for f in table.fields
            if f.type in ("number", "integer")
            and f.name not in table.primary_key
            and any(word in f.unit for word in ("per ", "share", "index", "own", "score", "ratio", "minutes"))
            and f.name not in ("lower", "upper", "count")
        ]
        if rates:
            assert (table.name in walked) != (table.name in SETTING), table.name


def test_none_stands_twice(catalogue):
    names = [s.name for s in catalogue.series]
    assert len(set(names)) == len(names)
    titles = [meaning(s.name).title for s in catalogue.tested]
    assert len(set(titles)) == len(titles)
    for series in catalogue.tested:
        assert series.sex in ("", "persons", "mean")
        assert not series.frame.duplicated(["area_code", "first_day"]).any()
        assert series.name not in SUMS


def test_a_sum_of_others_says_so_and_parts_name_what_they_are_part_of(catalogue):
    sums = {s.name for s in catalogue.untested if s.reason == "sum"}
    assert sums == set(SUMS)
    tested = {s.name for s in catalogue.tested}
    assert set(WITHIN) | set(WITHIN.values()) <= tested
    social = tables.load("council_outturn").pivot_table(
        index=["council_code", "financial_year_start"], columns="service", values="spending", aggfunc="sum"
    )
    both = social[["adult_social_care", "children_social_care", "social_care_total"]].dropna()
    both = both[both.index.get_level_values(1) >= 2011]
    off = (both["adult_social_care"] + both["children_social_care"] - both["social_care_total"]).abs()
    assert (off > 2_000).mean() < 0.01


def test_every_panel_is_whole_and_outside_london(catalogue):
    kinds = tables.load("area").set_index("area_code")["kind"]
    for series in catalogue.tested:
        wide = series.frame.pivot_table(index="area_code", columns="first_day", values="value")
        assert wide.notna().all(axis=None), series.name
        assert set(wide.index) >= TEN
        assert "london_borough" not in set(kinds[wide.index])
        drawn = areas.adjacency(series.tier, series.boundaries).index
        assert set(wide.index) <= set(drawn)
        assert not set(series.left_out) & set(wide.index)
        assert series.before + series.after == wide.shape[1]
        assert set(series.frame["side"]) == {-1, 1}


def test_reasons_are_those_there_are(catalogue):
    assert {s.reason for s in catalogue.untested} <= set(REASONS)
    reason = {s.name: s.reason for s in catalogue.untested}
    assert reason["local_outcome/school_readiness"] == "before"
    assert reason["under_75_mortality_three_year/cancer"] == "after"
    assert reason["health_index/life_satisfaction"] == "before"
    assert reason["recorded_illness_icb/asthma"] == "areas"
    edition = {s.name: s.edition for s in catalogue.tested}
    assert edition["under_75_mortality"] == "ohid_2023"
    assert edition["healthy_life_expectancy_area_editions"] == "ohid_2019"


def test_what_is_not_said_is_asked_for(catalogue):
    for series in catalogue.tested:
        what = meaning(series.name)
        assert what.theme in THEMES
        assert what.better in ("higher", "lower", "neither")
        assert all((what.title, what.unit, what.publisher, what.edition))
    with pytest.raises(TableError, match="nobody said what it is"):
        meaning("health_index/dementia")


def test_periods_have_the_days_of_their_tables():
    assert agreement() == pd.Timestamp(2014, 11, 3)
    ratio = with_days(pd.DataFrame({"year": [2014]}), "mortality_ratio_derived", "year")
    assert label(ratio["first_day"].iloc[0], ratio["last_day"].iloc[0]) == "2013/14"
    windows = pd.DataFrame({"period_start_year": [2012], "period_end_year": [2014]})
    days = with_days(windows, "life_expectancy_area", "period_start_year")
    assert side(days["first_day"], days["last_day"], agreement()).tolist() == [0]
    months = pd.DataFrame({"month": pd.to_datetime(["2014-10-01", "2014-11-01", "2014-12-01", "2020-01-01"])})
    days = with_days(months, "delayed_transfers_month", "month")
    assert side(days["first_day"], days["last_day"], agreement()).tolist() == [-1, 0, 1, 0]
    school = pd.DataFrame({"year": [2013, 2014, 2015, 2019], "indicator": "obesity_year_6", "years": 1})
    days = with_days(school, "wider_determinants", "year")
    assert side(days["first_day"], days["last_day"], agreement()).tolist() == [-1, 0, 1, 0]


def test_spending_of_a_county_is_that_of_all_its_councils():
    frame = tables.load("council_outturn")
    found = upper_tier_spending(frame).set_index(["service", "area_code", "financial_year_start"])
    members = tables.load("area_membership")
    kent = set(members.loc[members["container_code"] == "E10000016", "member_code"]) | {"E10000016"}
    rows = frame[
        frame["area_code"].isin(kent)
        & (frame["service"] == "culture")
        & (frame["financial_year_start"] == 2015)
    ]
    assert len(rows) == 13
    people = rows.loc[rows["area_code"] == "E10000016", "population"].iloc[0]
    value = found.loc[("culture", "E10000016", 2015), "spending_per_head"]
    assert value == pytest.approx(rows["spending"].sum() / people)
    alone = frame[(frame["area_code"] == "E08000003") & (frame["financial_year_start"] == 2015)]
    own = alone.set_index("service")["spending_per_head"]["culture"]
    assert found.loc[("culture", "E08000003", 2015), "spending_per_head"] == pytest.approx(own, abs=0.006)


def test_persons_go_before_the_mean_of_both():
    days = {"area_code": ["A"] * 3, "first_day": [1] * 3, "last_day": [2] * 3}
    rows = pd.DataFrame({**days, "sex": ["male", "female", "persons"], "value": [1.0, 3.0, 9.0]})
    assert everyone(rows)[0]["value"].tolist() == [9.0]
    assert everyone(rows[rows["sex"] == "male"])[0]["value"].tolist() == [1.0]
