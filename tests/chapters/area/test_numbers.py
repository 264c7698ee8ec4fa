"""Area pages of every kind: numbers recomputed from the tables with plain pandas, sums, and every section of many areas."""

from __future__ import annotations

import random
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.area import (
    AreaDevolution,
    AreaEmergency,
    AreaInequality,
    AreaMembers,
    AreaSpending,
    AreaTrend,
    Instead,
    fill,
)
from healthdevo.chapters.area.ground import SAME, districts_in, union_of
from healthdevo.chapters.common import ENGLAND, TODAY
from healthdevo.errors import AreaError

KINDS = [kind.code for kind in areas.KINDS.rows if kind.sections]
RECODED = {"E08000038": "E08000016", "E08000039": "E08000019"}


def _sample(count: int, seed: int) -> list[Area]:
    """Some areas of all kinds, as many of each as there can be."""
    draw, found = random.Random(seed), []
    pools = [areas.list_areas(kind, TODAY) for kind in KINDS]
    for pool in pools:
        draw.shuffle(pool)
    while len(found) < count:
        for pool in pools:
            if pool and len(found) < count:
                found.append(pool.pop())
    return found


THIRTY = _sample(30, 2026)


@lru_cache(maxsize=1)
def _membership() -> pd.DataFrame:
    rows = tables.load("area_membership")
    return rows.assign(
        start=rows["valid_from"].fillna(pd.Timestamp("1900-01-01")),
        end=rows["valid_to"].fillna(pd.Timestamp("2099-01-01")),
    )


@lru_cache(maxsize=1)
def _districts() -> set[str]:
    frame = tables.load("area")
    day = pd.Timestamp(TODAY)
    lasting = ~(frame["valid_to"] < day) & ~(frame["valid_from"] > day)
    return set(frame.loc[lasting & frame["area_code"].str.match(r"E0[6-9]"), "area_code"])


def _shares(code: str) -> dict[str, float]:
    """Districts of an area and the share of their people in it, straight from the table of membership."""
    if code in _districts():
        return {RECODED.get(code, code): 1.0}
    rows, day = _membership(), pd.Timestamp(TODAY)
    own = rows[(rows["container_code"] == code) & (rows["start"] <= day) & (rows["end"] >= day)]
    own = own[own["member_code"].isin(_districts())]
    shares = own.set_index("member_code")["population_share"].fillna(1.0)
    return {RECODED.get(str(c), str(c)): float(s) for c, s in shares.items()}


@lru_cache(maxsize=8)
def _people(year: int) -> pd.Series:
    frame = tables.load("population_year")
    return frame[frame["year"] == year].set_index("area_code")["persons"].astype(float)


def _needs_districts(area: Area) -> dict[str, float]:
    shares = _shares(area.code)
    if not shares:
        pytest.skip(f"the table of membership names no district of {area} itself")
    return shares


@pytest.mark.parametrize("area", THIRTY, ids=lambda a: a.slug)
def test_the_districts_of_an_area(area: Area) -> None:
    shares = _needs_districts(area)
    own = districts_in(area.code)
    assert {RECODED.get(str(c), str(c)) for c in own.index} == set(shares)
    for code, share in own.items():
        assert share == pytest.approx(shares[RECODED.get(str(code), str(code))], abs=2e-3)


@pytest.mark.book
@pytest.mark.parametrize("area", THIRTY, ids=lambda a: a.slug)
def test_gradient_and_lives_are_means_of_the_districts(area: Area) -> None:
    section = fill(AreaInequality, area.code)
    if isinstance(section, Instead):
        assert "Too few people" in section.text
        return
    shares = pd.Series(_needs_districts(area))
    shares = shares[shares >= 0.05]
    weights = shares * _people(2019).reindex(shares.index)
    slopes = tables.load("slope_index_life_expectancy").query("edition == 'ohid_2026'")
    slopes = slopes[slopes["period_start_year"] == slopes["period_start_year"].max()]
    wide = slopes.pivot_table(index="area_code", columns="sex", values="slope_index")[["female", "male"]]
    values = [
        np.average(v, weights=weights[v.index])
        for s in wide
        for v in [wide[s].reindex(weights.index).dropna()]
    ]
    assert section.own["slope"] == pytest.approx(np.mean(values), abs=0.01)
    assert section.own["lower"] < section.own["slope"] < section.own["upper"]

    lives = section.lives.set_index("measure")
    life = tables.load("life_expectancy_area")
    life = life[life["period_start_year"] == life["period_start_year"].max()]
    deaths = tables.load("under_75_mortality").query("edition == 'ohid_2026' and sex == 'persons'")
    deaths = deaths[deaths["year"] > deaths["year"].max() - 3].groupby("area_code")["rate"].mean()
    for measure, values in {
        "female": life[life["sex"] == "female"].set_index("area_code")["life_expectancy"],
        "male": life[life["sex"] == "male"].set_index("area_code")["life_expectancy"],
        "deaths": deaths,
    }.items():
        have = values.reindex(weights.index).dropna()
        assert lives.loc[measure, "value"] == pytest.approx(
            np.average(have, weights=weights[have.index]), rel=2e-3
        )
        assert lives.loc[measure, "england"] == pytest.approx(values[ENGLAND], rel=1e-9)
    assert lives.loc["female", "rank"] <= lives.loc["female", "peers"]


@pytest.mark.book
@pytest.mark.parametrize("area", THIRTY, ids=lambda a: a.slug)
def test_attendances_are_those_of_the_area_or_of_its_boards(area: Area) -> None:
    section = fill(AreaEmergency, area.code)
    months = tables.load("emergency_month").query("department_type == 'all'")
    known = set(months["area_code"])
    if isinstance(section, Instead):
        assert area.code not in known
        assert union_of(area.code) is None
        assert "(area:E" in section.text
        return
    codes = list(section.boards) or [area.code]
    assert set(codes) <= known
    inside = months["month"].between("2024-04-01", "2025-03-31") & months["area_code"].isin(codes)
    base = months["month"].between("2016-04-01", "2017-03-31") & months["area_code"].isin(codes)
    now, then = float(months.loc[inside, "attendances"].sum()), float(months.loc[base, "attendances"].sum())
    people = float(_people(2024).reindex(codes).sum())
    assert section.year == 2024
    assert section.own["estimate"] == pytest.approx(
        1000 * now / people, rel=0.01
    )  # the area's own people may differ by SAME
    growth = section.growth.set_index("department_type").loc["all", "growth"]
    assert growth == pytest.approx(now / then - 1)
    trend = AreaTrend.of(section)
    assert isinstance(trend, AreaTrend)
    if not isinstance(trend.accounts, str):
        assert trend.accounts.growth == pytest.approx(growth, abs=1e-6)  # one growth on a page


@pytest.mark.book
@pytest.mark.parametrize("area", THIRTY, ids=lambda a: a.slug)
def test_spending_is_that_of_the_councils(area: Area) -> None:
    section = fill(AreaSpending, area.code)
    if isinstance(section, Instead):
        assert area.kind == "non_metropolitan_district" or "Too few returns" in section.text
        return
    outturn = tables.load("council_outturn")
    year = section.services.latest
    rows = outturn[
        (outturn["financial_year_start"] == year) & ~outturn["area_code"].astype(str).str.startswith("E07")
    ]
    care = rows[rows["service"] == "adult_social_care"].groupby("area_code")["spending"].sum()
    heads = rows[rows["service"] == "net_current_expenditure"].groupby("area_code")["population"].sum()
    shares: dict[str, float] = {}
    if area.kind == "county":
        shares[area.code] = 1.0
    else:
        districts = _needs_districts(area)
        day = pd.Timestamp(TODAY)
        held = _membership()
        held = held[(held["container_kind"] == "county") & (held["start"] <= day) & (held["end"] >= day)]
        county = held.set_index("member_code")["container_code"].to_dict()
        people = _people(2023)
        inside: dict[str, float] = {}
        for code, share in districts.items():
            upper = county.get(code, code)
            inside[upper] = inside.get(upper, 0.0) + share * people[code]
        for upper, count in inside.items():
            members = [c for c, k in county.items() if k == upper and c in _districts()] or [upper]
            shares[upper] = count / people[members].sum()
    spent = sum(share * care.get(code, 0.0) for code, share in shares.items())
    reported = sum(share * heads.get(code, 0.0) for code, share in shares.items())
    line = section.services.by_service.set_index("service").loc["adult_social_care"]
    england = care.sum() / heads.sum()
    # in the prices of the page: the ratio to England needs no deflator
    assert line["per_head"] / line["england"] == pytest.approx((spent / reported) / england, rel=5e-3)


@pytest.mark.parametrize(
    "area", [a for a in THIRTY if a.kind not in areas.KIND_GROUPS["district"]], ids=lambda a: a.slug
)
def test_members_add_up_to_their_container(area: Area) -> None:
    section = AreaMembers.load(area.code)
    assert section.people == pytest.approx(section.districts["people"].sum())
    published = (
        tables.load("population_year").query("year == @section.year").set_index("area_code")["persons"]
    )
    if area.code in published.index:
        assert section.people == pytest.approx(float(published[area.code]), rel=5e-3)
    table = section.table()
    assert table is not None
    shown = table.shown.iloc[:, -3].str.replace(",", "").astype(float)
    assert shown.iloc[:-1].sum() == pytest.approx(shown.iloc[-1], abs=len(shown))


def test_boards_add_up_to_their_regions_and_merged_boards_to_the_old_ones() -> None:
    months = tables.load("emergency_month").query(
        "department_type == 'all' and month >= '2021-04-01'"
    )  # a few centres that closed before were counted in regions only
    wide = months.pivot_table(index="month", columns="area_code", values="attendances")
    checked = 0
    for region in areas.list_areas("nhs_region"):
        inside = [a.code for a in areas.members(region.code, "icb", "2026-03-31") if a.code in wide]
        assert np.allclose(wide[inside].sum(axis=1), wide[region.code])
        checked += len(inside)
    assert checked == 42
    merged = [a for a in areas.list_areas("icb", TODAY) if union_of(a.code)]
    for board in merged:
        union = union_of(board.code)
        assert union is not None
        assert set(union.boards) == {a.code for a in areas.exact_predecessors(board.code)}
        section = AreaEmergency.load(board.code)
        own = section.own_months.set_index("month")["attendances"].dropna()
        both = (
            tables.load("emergency_month")
            .query("department_type == 'all'")
            .pivot_table(index="month", columns="area_code", values="attendances")[list(union.boards)]
            .sum(axis=1, min_count=len(union.boards))
            .dropna()
        )
        pd.testing.assert_series_equal(own, both, check_names=False, check_dtype=False)
    assert merged
    for board in areas.list_areas("icb", TODAY):
        try:
            before = areas.exact_predecessors(board.code)
        except AreaError:  # made of parts
            assert isinstance(fill(AreaEmergency, board.code), Instead)
            continue
        if before:
            assert union_of(board.code) is not None


def test_a_border_that_differs_by_more_than_the_tolerance_is_no_sum() -> None:
    cornwall, west_yorkshire = union_of("E06000052"), union_of("E47000003")
    people = _people(2024)
    assert cornwall is not None
    assert 0.0 < cornwall.apart < SAME  # the Isles of Scilly
    # Craven in North Yorkshire is in the board of West Yorkshire: 2% of its people
    assert west_yorkshire is None
    assert people["E47000001"] == people["E54000057"]


SECTIONS = (AreaDevolution, AreaInequality, AreaSpending, AreaEmergency, AreaMembers)


@pytest.mark.book
@pytest.mark.parametrize("area", _sample(27, 7), ids=lambda a: a.slug)
def test_every_section_of_many_areas_has_its_words_and_tables(area: Area) -> None:
    for kind in SECTIONS:
        section = fill(kind, area.code)
        texts = section.texts()
        assert all(
            isinstance(text, str) and text.strip() and "nan" not in text.split() for text in texts.values()
        )
        if isinstance(section, Instead):
            assert list(texts) == [f"{section.section}_instead"]
            continue
        for name in dir(type(section)):
            if name == "table" or name.endswith("_table"):
                getattr(section, name)()
