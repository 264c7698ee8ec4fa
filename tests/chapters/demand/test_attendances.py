"""The Demand chapter and the A&E section of area pages say what the tables hold."""

import gzip
import re

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.area.emergency.attendances import AreaEmergency
from healthdevo.chapters.common import ENGLAND
from healthdevo.chapters.demand.attendances import Demand, complete_years
from healthdevo.errors import AreaError, TableError


@pytest.fixture(scope="module")
def demand() -> Demand:
    return Demand.load()


def monthly_total(code: str, start_year: int, kind: str = "all") -> float:
    rows = tables.load("emergency_month")
    rows = rows[(rows["area_code"] == code) & (rows["department_type"] == kind)]
    inside = rows["month"].between(f"{start_year}-04-01", f"{start_year + 1}-03-01")
    assert inside.sum() == 12
    return float(rows.loc[inside, "attendances"].sum())


@pytest.mark.parametrize(
    ("name", "year"),
    [("total_2017", 2017), ("total_2018", 2018), ("total_2019", 2019), ("total_latest", 2025)],
)
def test_totals_in_the_prose_are_sums_of_twelve_months(demand, name, year):
    assert demand.texts()[name] == f"{monthly_total(ENGLAND, year) / 1e6:.2f} million"


def test_published_totals_and_growth(demand):
    texts = demand.texts()
    assert (texts["total_2017"], texts["total_2018"]) == ("23.83 million", "24.83 million")
    assert (texts["total_2019"], texts["total_latest"]) == ("25.02 million", "27.97 million")
    assert (texts["growth_claim"], texts["growth_fair"]) == ("21.7%", "17%")


def test_only_one_window_fits_the_claim_and_rounding_bounds_enclose_it(demand):
    windows = demand.nine_year_windows
    assert demand.claim_matches["window"].tolist() == ["2008/09 to 2017/18"]
    assert ((windows["lower"] <= windows["growth"]) & (windows["growth"] <= windows["upper"])).all()
    exact = windows[windows["start"].between(2011, 2016)]
    assert (exact["lower"] == exact["upper"]).all()
    assert windows.loc[windows["walk_in_centres_join_within"], "start"].tolist() == list(range(1997, 2003))


def test_contributions_of_types_sum_to_the_whole(demand):
    parts = demand.contributions
    assert parts["share"].sum() == pytest.approx(1.0)
    assert parts["change"].sum() == pytest.approx(demand.total(demand.latest) - demand.total(2011))


def test_per_head_growth_is_growth_over_population_growth(demand):
    row = demand.fair_windows.query("start == 2008 and end == 2017").iloc[0]
    people = tables.load("population_year").query("area_code == @ENGLAND").set_index("year")["persons"]
    assert 1 + row["growth_per_head"] == pytest.approx(
        (1 + row["growth_all"]) / (people[2017] / people[2008])
    )


def test_incomplete_years_have_no_total():
    months = pd.date_range("2020-04-01", periods=20, freq="MS")
    frame = pd.DataFrame({"area_code": "A", "department_type": "all", "month": months, "attendances": 1.0})
    assert complete_years(frame)["financial_year_start"].tolist() == [2020]


def test_a_year_that_is_not_there_is_refused(demand):
    with pytest.raises(TableError, match="no year 1950/51"):
        demand.total(1950)


@pytest.mark.parametrize("code", ["E54000057", "E40000003"])
def test_rate_growth_and_gaps_of_an_area(code):
    section = AreaEmergency.load(code)
    people = tables.load("population_year").query("area_code == @code and year == 2024")["persons"].iloc[0]
    assert section.own["estimate"] == pytest.approx(1000 * monthly_total(code, 2024) / people)
    growth = section.growth.set_index("department_type")["growth"]
    assert growth["all"] == pytest.approx(monthly_total(code, 2024) / monthly_total(code, 2016) - 1)
    assert (
        len(section.peers) == {"E54000057": 30, "E40000003": 7}[code]
    )  # 29 old boards that go on, and one that is a sum
    words = section.texts()["area_gaps"]
    assert ("April 2019 to March 2020" in words) == code.startswith("E54")


def test_a_broken_peer_is_left_out_in_words_and_a_broken_area_is_refused(tmp_path, monkeypatch):
    text = gzip.decompress((tables.root() / "tables" / "emergency_month.csv.gz").read_bytes()).decode()
    spoilt, count = re.subn(r"^(E54000008,2024-05-01,all),\d+", r"\1,-1", text, flags=re.MULTILINE)
    assert count == 1
    (tmp_path / "emergency_month.csv").write_text(spoilt, encoding="utf-8")
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(tmp_path))
    section = AreaEmergency.load("E54000057")
    assert len(section.peers) == 29
    assert "NHS Cheshire and Merseyside ICB" in section.texts()["area_peers_left_out"]
    with pytest.raises(TableError, match=r"E54000008[\s\S]*attendances"):
        AreaEmergency.load("E54000008")


def test_missing_months_of_a_peer_are_left_out_in_words(tmp_path, monkeypatch):
    text = gzip.decompress((tables.root() / "tables" / "emergency_month.csv.gz").read_bytes()).decode()
    short, count = re.subn(r"^E54000008,2024-05-01,.*\n", "", text, flags=re.MULTILINE)
    assert count >= 2
    (tmp_path / "emergency_month.csv").write_text(short, encoding="utf-8")
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(tmp_path))
    assert "11 of 12 months" in AreaEmergency.load("E54000057").texts()["area_peers_left_out"]
    with pytest.raises(TableError, match="11 of 12 months"):
        AreaEmergency.load("E54000008")


def test_areas_without_figures_are_refused():
    with pytest.raises(TableError, match=r"no rows for E06000001 \(Hartlepool\), nor for boards"):
        AreaEmergency.load("E06000001")
    with pytest.raises(AreaError, match="E54000057"):
        AreaEmergency.load("E5400057")
