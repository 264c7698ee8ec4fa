"""The registry of the committed tables, and aggregation of the committed populations."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.errors import AreaError

ON = "2024-06-30"


@pytest.fixture(scope="module")
def population() -> pd.DataFrame:
    frame = tables.load("population_year")
    return frame.assign(kind=[areas.get(c).kind for c in frame["area_code"]])


@pytest.fixture(scope="module")
def districts(population: pd.DataFrame) -> pd.DataFrame:
    return population[population["kind"].isin(areas.KIND_GROUPS["district"])]


def published(population: pd.DataFrame, result: pd.DataFrame) -> pd.DataFrame:
    """Return results beside the published figure of the same area and year."""
    both = result.merge(population, on=["area_code", "year"], suffixes=("", "_published"), validate="1:1")
    assert len(both) > 0
    return both


def test_the_areas_of_the_book_can_be_looked_up() -> None:
    manchester = areas.get("E54000057")
    assert (manchester.short_name, manchester.ods_code) == ("NHS Greater Manchester ICB", "QOP")
    assert manchester.slug == "nhs-greater-manchester-icb"
    assert areas.get("E40000010").slug == "north-west-nhs-region"
    assert areas.get("E40000003").slug == "london-nhs-region"
    assert areas.get("E54000048").short_name == "NHS Lancashire and South Cumbria ICB"
    assert areas.find("NHS Greater Manchester")[0] == manchester
    assert areas.find("GM")[0] == manchester
    assert areas.find("manchester")[0].code == "E08000003"


def test_slugs_are_unique_readable_file_names() -> None:
    slugs = [a.slug for a in areas.list_areas()]
    assert len(set(slugs)) == len(slugs)
    assert pd.Series(slugs).str.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*").all()
    boards = areas.list_areas("icb", areas.reference_date())
    assert all(a.slug.startswith("nhs-") and a.slug.endswith("-icb") for a in boards)


def test_the_boards_of_march_2026_are_42_in_seven_regions() -> None:
    on = "2026-03-31"
    assert len(areas.list_areas("icb", on)) == 42
    assert len(areas.list_areas("nhs_region", on)) == 7
    assert sum(len(areas.children(a.code, "icb", on)) for a in areas.list_areas("nhs_region", on)) == 42
    assert len(areas.peers("E54000057")) == 41
    assert len(areas.list_areas("icb", "2026-04-01")) < 42
    with pytest.raises(
        AreaError, match=r"ended on 2026-03-31; succeeded by E54000068 \(NHS Norfolk and Suffolk ICB\)"
    ):
        areas.get("E54000022", "2026-04-01")


def test_membership_of_combined_authorities_follows_the_law() -> None:
    assert len(areas.members("E47000001", "district", "2011-04-01")) == 10
    with pytest.raises(AreaError, match="began on 2011-04-01"):
        areas.members("E47000001", "district", "2011-03-31")
    assert len(areas.members("E47000005", "district", "2018-11-01")) == 7
    assert len(areas.members("E47000011", "district", "2018-11-02")) == 3
    assert "E47000011" not in [a.code for a in areas.parents("E08000021", "2024-05-07")]
    assert "E47000014" in [a.code for a in areas.parents("E08000021", "2024-05-07")]


@pytest.mark.parametrize("to", ["country", "region", "combined_authority", "county", "E47000001"])
def test_populations_of_districts_add_up_to_published_ones(
    population: pd.DataFrame, districts: pd.DataFrame, to: str
) -> None:
    result = areas.aggregate_counts(districts, to=to, on=ON, value=["persons", "male"], by="year")
    both = published(population, result)
    assert (both["persons"] == both["persons_published"]).all()
    assert (both["male"] == both["male_published"]).all()


def test_boundaries_of_boards_cut_districts(population: pd.DataFrame, districts: pd.DataFrame) -> None:
    with pytest.raises(AreaError, match="boundaries cut 13 districts") as caught:
        areas.aggregate_counts(districts, to="icb", on=ON, value="persons", by="year")
    assert "E06000064 (Westmorland and Furness), 76.4% in NHS Lancashire and South Cumbria ICB" in str(
        caught.value
    )
    result = areas.aggregate_counts(
        districts, to="icb", on=ON, value="persons", by="year", population_shares=True
    )
    assert result["area_code"].nunique() == 42
    np.testing.assert_allclose(
        result.groupby("year")["persons"].sum(), districts.groupby("year")["persons"].sum(), rtol=1e-12
    )
    both = published(population, result)
    np.testing.assert_allclose(both["persons"], both["persons_published"], rtol=1e-5)


def test_upper_tier_authorities_add_up_to_regions(population: pd.DataFrame) -> None:
    codes = {a.code for a in areas.list_areas("upper_tier", ON)}
    upper = population[population["area_code"].isin(codes)]
    result = areas.aggregate_counts(upper, to="region", on=ON, value="persons", by="year")
    both = published(population, result)
    assert (both["persons"] == both["persons_published"]).all()


def test_shares_of_older_people_are_weighted_means(population: pd.DataFrame, districts: pd.DataFrame) -> None:
    result = areas.aggregate_rates(
        districts, to="region", on=ON, value="share_65_plus", weights="persons", by="year"
    )
    both = published(population, result)
    np.testing.assert_allclose(both["share_65_plus"], both["share_65_plus_published"], atol=2e-4)


def test_districts_of_every_year_can_be_brought_to_one_vintage() -> None:
    data = pd.concat(
        pd.DataFrame(
            {"area_code": [a.code for a in areas.list_areas("district", f"{y}-06-30")], "n": 1, "year": y}
        )
        for y in range(2010, 2026)
    )
    result = areas.recode_to(data, on="2025-06-30", value="n", by="year")
    assert set(result.groupby("year").size()) == {len(areas.list_areas("district", "2025-06-30"))}
    pd.testing.assert_series_equal(result.groupby("year")["n"].sum(), data.groupby("year")["n"].sum())


def test_counties_that_were_divided_cannot_be_recoded() -> None:
    data = pd.DataFrame({"area_code": ["E10000006"], "n": [1]})
    with pytest.raises(AreaError, match=r"E10000006 \(Cumbria\).*E06000063 \(Cumberland\) and E06000064"):
        areas.recode_to(data, on="2024-01-01", value="n")


def test_the_registry_is_read_once_and_anew_when_its_tables_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert areas.registry() is areas.registry()
    own = tables.load("area").copy()
    own.loc[own["area_code"].eq("E54000057"), "area_name"] = "NHS Elsewhere Integrated Care Board"
    own.assign(
        valid_from=own["valid_from"].dt.strftime("%Y-%m-%d"),
        valid_to=own["valid_to"].dt.strftime("%Y-%m-%d"),
        valid_from_is_floor=own["valid_from_is_floor"].map({True: "true", False: "false"}),
    ).to_csv(tmp_path / "area.csv", index=False)
    assert areas.registry(tmp_path).get("E54000057").short_name == "NHS Elsewhere ICB"
    assert areas.get("E54000057").short_name == "NHS Greater Manchester ICB"
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", os.fspath(tmp_path))
    assert areas.get("E54000057").short_name == "NHS Elsewhere ICB"
    text = (tmp_path / "area.csv").read_text().replace("NHS Elsewhere", "NHS Somewhere Else")
    (tmp_path / "area.csv").write_text(text)
    assert areas.get("E54000057").short_name == "NHS Somewhere Else ICB"
    shutil.rmtree(tmp_path)
    monkeypatch.delenv("HEALTHDEVO_OVERLAY")
    assert areas.get("E54000057").short_name == "NHS Greater Manchester ICB"


def test_districts_add_up_to_upper_tier_authorities(
    population: pd.DataFrame, districts: pd.DataFrame
) -> None:
    result = areas.aggregate_counts(districts, to="upper_tier", on=ON, value="persons", by="year")
    assert result["area_code"].nunique() == len(areas.list_areas("upper_tier", ON)) == 153
    both = published(population, result)
    assert (both["persons"] == both["persons_published"]).all()


EDITIONS = [
    (kind, year) for kind in (*areas.kinds(), *areas.KIND_GROUPS) for year in areas.boundary_years(kind)
]


@pytest.mark.skipif(not EDITIONS, reason="the data folder holds no boundaries")
def test_committed_boundaries_are_of_known_areas_with_neighbours() -> None:
    for kind, year in EDITIONS:
        codes = areas.boundaries(kind, year).index
        registered = {a.code for a in areas.list_areas(kind)}
        assert set(codes) <= registered, f"{kind} of {year}: {sorted(set(codes) - registered)[:5]}"
        neighbours = areas.adjacency(kind, year)
        assert neighbours.index.equals(codes)
        islands = {areas.get(c).short_name for c in codes[~neighbours.any(axis=1).to_numpy()]}
        mainland = islands - {"Isle of Wight", "Isles of Scilly"}
        assert kind == "combined_authority" or not mainland, f"{kind} of {year}: {mainland} stand alone"
