"""Bounds on what chronic illness explains: recomputed from the tables, words on both sides of each threshold."""

from pathlib import Path

import numpy as np
import pytest

from healthdevo import tables
from healthdevo.chapters.demand import Illness
from healthdevo.chapters.demand import illness_words as words
from healthdevo.chapters.demand.illness import CONDITIONS, part_of_growth
from healthdevo.errors import TableError
from healthdevo.mathematics.estimates import limits
from healthdevo.results import Estimate

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def illness() -> Illness:
    return Illness.load()


def test_conditions_of_a_board_are_summed_and_england_is_weighted_by_people(illness):
    rows = tables.load("recorded_illness_icb")
    rows = rows[rows["condition"].isin(CONDITIONS)]
    one = rows[(rows["area_code"] == "E54000057") & (rows["financial_year_start"] == 2018)]
    board = illness.boards.set_index(["area_code", "year"])
    assert board.loc[("E54000057", 2018), "recorded"] == pytest.approx(one["prevalence"].sum() / 100)
    people = tables.load("population_year").set_index(["area_code", "year"])["persons"]
    year = rows[rows["financial_year_start"] == 2018].groupby("area_code")["prevalence"].sum()
    weights = [people[code, 2018] for code in year.index]
    assert illness.england.loc[2018, "recorded"] == pytest.approx(np.average(year, weights=weights) / 100)


def test_a_board_s_admissions_are_those_of_its_districts(illness):
    ten = [f"E080000{k:02d}" for k in range(1, 11)]
    table = tables.load("chronic_admission")
    rows = (
        table[table["area_code"].isin(ten)]
        .groupby("financial_year_start")[["admissions", "population"]]
        .sum()
    )
    board = illness.boards.set_index(["area_code", "year"])
    for year in (2016, 2018, 2023):
        row = board.loc[("E54000057", year)]
        assert row["admitted"] == pytest.approx(rows.loc[year, "admissions"] / rows.loc[year, "population"])
    every = illness.boards[illness.boards["year"] == 2018]["admissions"].sum()
    england = table[(table["area_code"] == ENGLAND) & (table["financial_year_start"] == 2018)]["admissions"]
    assert 0.995 < every / float(england.iloc[0]) < 1.0


def test_bounds_are_recomputed(illness):
    rows = illness.bounds.set_index(["measure", "last"])
    one, two = illness.england.loc[2016], illness.england.loc[2018]
    found = rows.loc[("recorded", 2018)]
    assert found["least"] == 0.0
    assert found["most"] == pytest.approx(two["recorded"] / one["recorded"] - 1)
    assert 0 < found["twice"] < found["most"] < found["growth"]
    more = (two["admissions"] - one["admissions"]) / one["attendances"]
    assert rows.loc[("admitted", 2018), "most"] == pytest.approx(more)
    month = tables.load("emergency_month").query(f"area_code == '{ENGLAND}' and department_type == 'all'")
    year = month["month"].between("2018-04-01", "2019-03-31")
    assert two["attendances"] == month.loc[year, "attendances"].sum()


def test_bounds_of_falling_and_of_no_illness():
    fell = part_of_growth(0.4, 0.3)
    assert fell["most"] == 0.0
    assert fell["least"] == pytest.approx(-0.25)
    assert fell["least"] < fell["twice"] < fell["most"]
    assert set(part_of_growth(0.4, 0.4).values()) == {0.0}
    for none in (0.0, float("nan")):
        with pytest.raises(TableError, match="not above 0"):
            part_of_growth(none, 0.3)


def test_links_over_boards_are_those_of_changes_in_logarithms(illness):
    wide = illness.boards.pivot_table(
        index="area_code", columns="year", values=["recorded", "attended", "admitted"]
    )
    y = np.log(wide["attended"][2023] / wide["attended"][2016])
    for name, link in illness.links.items():
        x = np.log(wide[name][2023] / wide[name][2016])
        assert link.estimate == pytest.approx(np.polyfit(x, y, 1)[0])
    assert len(illness.changes) == 42
    assert "Greater Manchester" in set(illness.changes["name"])
    assert len(illness.boards_chart().data) == 42


def test_diabetes_by_two_counts(illness):
    rows = illness.counted_twice
    assert rows.index.tolist() == [2015, 2019, 2020, 2021]
    assert (rows["index"] > rows["recorded"]).all()
    survey = tables.load("health_index").query("indicator == 'diabetes' and year == 2015")
    assert survey["value"].min() < rows.loc[2015, "index"] < survey["value"].max()


def made(estimate: float, half: float) -> Estimate:
    return Estimate("link", estimate, half / 1.96, limits(estimate, half / 1.96, (0.95,)), 42, "m")


def test_words_on_both_sides(illness):
    assert words.boards({"recorded": made(1.0, 0.5), "admitted": made(0.1, 0.5)}).endswith(
        "A link is clear for recorded illness only"
    )
    assert words.boards({"recorded": made(1.0, 0.5), "admitted": made(1.0, 0.5)}).endswith(
        "Both links are clear"
    )
    assert words.boards({"recorded": made(0.1, 0.5), "admitted": made(0.1, 0.5)}).endswith(
        "Neither link is clear"
    )
    row = {"first": 2016, "last": 2018, "growth": 0.1, "least": 0.0, "twice": 0.01, "most": 0.05}
    told = words.bound(row, row | {"last": 2023, "most": 0.08})
    assert told.startswith(
        "Recorded illness explains between 0 and 5 points of the growth of 10.0% from 2016/17 to 2018/19"
    )
    assert words.of_growth(row) == pytest.approx(0.5)
    assert all(text and "nan" not in text for text in illness.texts().values())


def test_figures_say_what_they_draw(illness):
    for chart in (illness.index_chart(), illness.bounds_chart(), illness.boards_chart()):
        assert len(chart.title.split()) <= 10
        assert " nan" not in chart.alt
    assert len(illness.bounds_table().shown) == 4
    assert "recording broke" in illness.index_chart().subtitle


def test_the_page_shows_every_figure_and_says_every_text(illness):
    page = (Path(__file__).parents[3] / "book" / "demand.ipynb").read_text(encoding="utf-8")
    for call in ("bounds_chart", "bounds_table", "index_chart", "boards_chart"):
        assert f"illness.{call}()" in page
    assert all(f"{{glue:text}}`{name}`" in page for name in illness.texts())
