"""The health duty: authorities stand where their districts' figures put them, waits follow from errors, and a new year moves the page."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas
from healthdevo.chapters.area import AreaDuty, fill
from healthdevo.chapters.area.duty import words
from healthdevo.chapters.area.duty.national import MEASURES, _slope, standing
from healthdevo.chapters.area.duty.section import authorities, everywhere
from healthdevo.governance import detectable_change, years_to_detect

DATA = Path(__file__).parents[4] / "data" / "tables"
MANCHESTER = "E47000001"


@pytest.fixture(scope="module")
def every() -> pd.DataFrame:
    return everywhere()


@pytest.fixture(scope="module")
def section(every) -> AreaDuty:
    return AreaDuty(areas.get(MANCHESTER), every)


def test_every_strategic_authority_has_most_measures(every):
    counts = every.groupby("area_code")["measure"].nunique()
    assert set(counts.index) == set(authorities())
    assert len(counts) == 20
    assert counts.min() >= 9
    assert not every.duplicated(["area_code", "measure"]).any()
    assert (every["covered"] >= 0.9).all()
    assert (every["error"] > 0).all()
    assert ((every["lower"] < every["value"]) & (every["value"] < every["upper"])).all()


def _rows(name):
    path = next(p for p in (DATA / f"{name}.csv", DATA / f"{name}.csv.gz") if p.exists())
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        yield from csv.DictReader(file)


def test_preventable_deaths_are_the_mean_of_the_ten_districts(every):
    people, latest = {}, {}
    for r in _rows("population_year"):
        ten = r["area_code"].startswith("E0800000") or r["area_code"] == "E08000010"
        if ten and r["persons"] and r["year"] >= latest.get(r["area_code"], ""):
            latest[r["area_code"]], people[r["area_code"]] = r["year"], float(r["persons"])
    rates = {
        r["area_code"]: float(r["rate"])
        for r in _rows("under_75_mortality")
        if r["edition"] == "ohid_2026"
        and r["sex"] == "persons"
        and r["year"] == "2024"
        and r["area_code"] in people
    }
    assert len(rates) == 10
    expected = sum(people[c] * rates[c] for c in rates) / sum(people[c] for c in rates)
    row = every[(every["area_code"] == MANCHESTER) & (every["measure"] == "preventable_deaths")].iloc[0]
    assert row["value"] == pytest.approx(expected)
    assert row["last"] == 2024


def test_healthy_life_is_as_published_and_london_is_the_region(every):
    found = {
        r["sex"]: float(r["healthy_life_expectancy"])
        for r in _rows("healthy_life_expectancy_area")
        if r["area_code"] == "E12000007" and r["period_start_year"] == "2022"
    }
    row = every[(every["area_code"] == "E61000001") & (every["measure"] == "healthy_life")].iloc[0]
    assert row["value"] == pytest.approx(sum(found.values()) / 2)


def test_years_needed_follow_from_the_error(every):
    rows = every[(every["measure"] == "smoking_adults") & every["years_needed"].notna()]
    for _, row in rows.iterrows():
        n = int(row["years_needed"])
        relative = row["error"] / row["value"]
        assert detectable_change(1 / relative**2, n) <= 0.05 + 1e-9
        if n > 1:
            assert detectable_change(1 / relative**2, n - 1) > 0.05
    assert years_to_detect(0.2, 0.05) == 252 or years_to_detect(0.2, 0.05) is None


def test_small_authorities_wait_longer(every):
    rows = every[every["measure"] == "preventable_deaths"].set_index("area_code")["years_needed"]
    assert rows["OWN-CUMBRIA"] > rows[MANCHESTER]
    assert rows["OWN-CUMBRIA"] > rows["E61000001"]


def test_a_straight_line_is_found_and_scatter_widens_it():
    x = np.arange(8.0)
    slope, error = _slope(x, 3.0 - 0.5 * x, 0.1)
    assert slope == pytest.approx(-0.5)
    assert error == pytest.approx(0.1 / np.sqrt(((x - x.mean()) ** 2).sum()))
    wide = _slope(x, 3.0 - 0.5 * x + np.where(x % 2, 1.0, -1.0), 0.1)[1]
    assert wide > 5 * error


def _made(years):
    codes = [f"E0{i}" for i in range(8)]
    rng = np.random.default_rng(3)
    rows = []
    for m in MEASURES:
        if m.published:
            continue
        for i, code in enumerate(codes):
            rows += [(m.name, code, y, 50 + i + 0.5 * (y - 2010) + rng.normal(scale=0.5)) for y in years]
    values = pd.DataFrame(rows, columns=["measure", "area_code", "year", "value"])
    healthy = pd.DataFrame(
        [(a, 2020, s, 60.0, 59.0, 61.0) for a in ("A", "E92000001") for s in ("female", "male")],
        columns=["area_code", "year", "sex", "value", "lower", "upper"],
    )
    parts = pd.DataFrame(
        {"area_code": codes[:3], "container_code": "A", "share": 1.0, "people": [1e5, 2e5, 3e5]}
    )
    size = pd.Series(1e5 * np.arange(1, 9), index=pd.Index(codes, name="area_code"))
    return standing(values, healthy, parts, size).set_index("measure")


def test_next_years_release_moves_the_page():
    before, after = _made(range(2012, 2024)), _made(range(2012, 2025))
    deaths = before.loc["preventable_deaths"]
    assert deaths["last"] == 2023
    assert after.loc["preventable_deaths", "last"] == 2024
    assert deaths["value"] == pytest.approx((50 * 1 + 51 * 2 + 52 * 3) / 6 + 6.5, abs=1.0)
    assert deaths["trend_lower"] < 0.5 < deaths["trend_upper"]
    assert deaths["difference"] < 0
    healthy = before.loc["healthy_life"]
    assert healthy["value"] == 60.0
    assert healthy["error"] == pytest.approx(1 / 1.959964 / np.sqrt(2), rel=1e-5)
    assert np.isnan(healthy["trend"])


def test_own_tables_with_the_next_release_move_the_download(every, tmp_path, monkeypatch):
    rates = pd.read_csv(DATA / "under_75_mortality.csv.gz")
    last = rates[(rates["edition"] == "ohid_2026") & (rates["year"] == 2024)]
    later = last.assign(year=2025, rate=(0.97 * last["rate"]).round(1))
    pd.concat([rates, later]).to_csv(tmp_path / "under_75_mortality.csv", index=False)
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(tmp_path))
    sent = AreaDuty.load(MANCHESTER).table().data.set_index("measure")
    before = every[every["area_code"] == MANCHESTER].set_index("measure")
    assert before.loc["preventable_deaths", "last"] == 2024
    assert sent.loc["preventable_deaths", "last"] == 2025
    assert sent.loc["preventable_deaths", "value"] == pytest.approx(
        0.97 * before.loc["preventable_deaths", "value"], rel=1e-3
    )
    others = [m for m in before.index if m != "preventable_deaths"]
    assert sent.loc[others, "value"].tolist() == pytest.approx(before.loc[others, "value"].tolist())


def test_others_are_sent_to_their_authority():
    said = fill(AreaDuty, "E08000003").texts()["duty_instead"]
    assert "Greater Manchester combined authority" in said
    assert "No area that has them lies over" in fill(AreaDuty, "E06000052").texts()["duty_instead"]


def test_pictures_table_and_words(section):
    chart, table = section.chart(), section.table()
    assert len(chart.title.split()) <= 10
    assert len(table.shown) == len(section.rows) == 13
    assert {"lower", "upper", "trend_lower", "trend_upper", "years_needed", "difference"} <= set(table.data)
    said = section.texts()
    assert all(said.values())
    assert "clearly worse than England on 10" in said["duty_headline"]
    rows = section.rows
    assert words.trends(rows.assign(way=0)) == "In the last ten years none moved beyond chance."
    assert "more than 99 years" in words.wait(rows.assign(years_needed=float("nan")))
    assert words.missing(["Adults who smoke"]).endswith("adults who smoke.")
    lone = rows[rows["measure"] != "preventable_deaths"]
    assert "In preventable deaths" not in words.wait(lone)
