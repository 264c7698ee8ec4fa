"""Horizon, prevention, employers and scenarios: numbers by another way, words on both sides of their thresholds."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo import tables
from healthdevo.chapters.money import Books, Scenario, Volatility, books_words, scenario_words
from healthdevo.chapters.money.basis import Places
from healthdevo.chapters.money.employer import Employer, sick_per_1000
from healthdevo.chapters.money.horizon import RESERVE, Horizon
from healthdevo.chapters.money.payback import worth_of
from healthdevo.chapters.money.volatility import attendances_by_board, deaths_by_board, region_of
from healthdevo.errors import InputError, TableError
from healthdevo.finance import Assumption, assumption_table

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def books():
    return Books.load(paths=1000)


@pytest.fixture(scope="module")
def places():
    return Places.load()


def test_attendances_are_those_of_whole_years(books):
    months = tables.load("emergency_month")
    wide = attendances_by_board(months)
    assert wide.shape == (42, 9)
    assert 2019 not in wide.columns  # the return has no months of boards in that year
    board = "E54000057"
    rows = months.query("area_code == @board and department_type == 'all'")
    year = rows[(rows["month"] >= "2023-04-01") & (rows["month"] < "2024-04-01")]
    assert wide.loc[board, 2023] == year["attendances"].sum()
    short = months[~((months["area_code"] == board) & (months["month"] == "2023-05-01"))]
    assert 2023 not in attendances_by_board(short).columns


def test_deaths_of_boards_sum_to_those_of_districts():
    deaths = tables.load("deaths_population_district")
    wide = deaths_by_board(deaths)
    assert wide.shape[0] == 42
    rows = deaths[deaths["year"] <= 2018].dropna(subset=["deaths"])
    assert wide.sum().to_numpy() == pytest.approx(rows.groupby("year")["deaths"].sum().to_numpy())


def test_every_board_has_its_region(books):
    regions = books.horizon.volatility.regions
    assert regions["E54000057"] == "E40000010"
    assert regions.nunique() == 7
    with pytest.raises(TableError, match="no nhs_region for E92000001"):
        region_of(pd.Index(["E92000001"]))


def test_surprises_of_attendances_by_another_way(books):
    wide = np.log(attendances_by_board(tables.load("emergency_month")))
    growth = wide.diff(axis=1)[[2017, 2018, 2022, 2023, 2024, 2025]].to_numpy()
    d = growth - growth.mean()
    lag = np.mean([(d[:, i] * d[:, i - 1]).mean() for i in (1, 3, 4, 5)])
    assert lag > 0  # growth repeats itself: all of it lasts, and the variance is that of growth
    found = books.horizon.volatility.main
    assert found.sd.estimate == pytest.approx(d.std(), rel=1e-9)
    assert found.lasting.estimate == 1.0
    assert found.bounded == ("lasting",)


def test_simulated_books_agree_with_the_closed_form(books):
    h = books.horizon
    s = h.shocks.sd
    assert s == pytest.approx(0.5 * h.volatility.main.sd.estimate, abs=5e-5)
    for rule, factor in (("annual", 1.0), ("fixed_5", np.sqrt(2.2)), ("rolling_5", np.sqrt(1 / 5))):
        p = stats.norm.sf(RESERVE.value / (s * factor))
        row = h.by_rule.loc[rule]
        assert row["failed"] == pytest.approx(p, abs=4 * row["failed_error"])
        assert h.ranges.set_index("rule")["chance"][rule] == pytest.approx(p, rel=1e-9)
    r = h.ranges
    assert ((r["lower"] <= r["chance"]) & (r["chance"] <= r["upper"])).all()


def test_pooling_helps_and_borrowing_never_hurts(books):
    h = books.horizon
    assert h.failed("fixed_5_pooled") < h.failed("fixed_5")
    low, high = h.by_borrowing.values()
    assert high <= low


def test_the_sensitivity_holds_the_ends_of_every_assumption(books):
    moves = books.horizon.what_moves_it.set_index("name")
    s = books.horizon.volatility.main.sd.estimate

    def difference(sd, c):
        return 100 * (stats.norm.sf(c / (sd * np.sqrt(2.2))) - stats.norm.sf(c / sd))

    assert moves.loc[RESERVE.name, "at_high"] == pytest.approx(difference(0.5 * s, 0.03), rel=1e-6)
    assert moves.loc["share of cost that moves with need", "at_high"] == pytest.approx(
        difference(s, 0.01), rel=1e-6
    )
    assert len(moves) == 4


def test_prevention_by_hand(books):
    p = books.payback
    assert p.worth.low == pytest.approx(14912 / 4845)
    assert p.worth.high == pytest.approx(11973 / 2725)
    a_year = p.worth.value * 0.25 / 10
    assert p.room["fixed_5"]["saved"] == pytest.approx(4 * a_year)
    error = (p.worth.high * 0.5 / 5 - p.worth.low * 0.1 / 20) / 4
    assert p.room["fixed_5"]["pays_back"] == pytest.approx(stats.norm.sf((0.25 - a_year) / error))
    assert p.room["annual"]["room"] == pytest.approx(RESERVE.value)
    assert p.what_moves_it["at_value"].tolist() == pytest.approx([4 * a_year] * 3)
    with pytest.raises(TableError, match="both costs"):
        worth_of(tables.load("published_estimate").query("outcome == 'adult obesity'"))


def test_employer_by_hand(books):
    e = books.employer
    assert e.year == 2022
    panel = tables.load("area_year_panel").query("year == 2022").set_index("area_code")
    one = panel.loc["E06000009"]
    row = e.by_area.set_index("area_code").loc["E06000009"]
    assert row["name"] == "Blackpool"
    assert row["absence"] == pytest.approx(100 / (4.4 * 1.2 * one["median_weekly_pay"] / 5))
    out = 100 - one["employment_rate"] - one["claimant_rate"]
    sick = 1000 * out * one["inactivity_due_to_sickness"] / 100 / one["employment_rate"]
    assert sick_per_1000(panel).loc["E06000009"] == pytest.approx(sick)
    assert row["sick_share"] == pytest.approx(row["back_to_work"] / sick)
    assert e.left_out == len(panel) - len(e.rows)
    assert e.middle["absence"] == pytest.approx(100 / (4.4 * 1.2 * e.rows["median_weekly_pay"].median() / 5))
    with pytest.raises(TableError, match="pay and sickness"):
        _ = Employer(e.panel.assign(median_weekly_pay=np.nan)).year


def test_every_figure_and_table_of_the_page_can_be_made(books):
    h = books.horizon
    assert h.chart().alt.startswith("Dots with lines for four rules.")
    for table, rows in (
        (h.table(), 6),
        (h.volatility.table(), 4),
        (h.measures_table(), 4),
        (h.sensitivity_table(), 4),
        (books.payback.table(), 4),
        (books.payback.sensitivity_table(), 3),
        (books.employer.table(), 10),
        (books.employer.sensitivity_table(), 5),
    ):
        assert len(table.shown) == rows
        assert table.source.strip()
    assert len(books.employer.table().data) == len(books.employer.rows)
    assert books.findings[0].name == "money_horizon"


def test_texts_are_whole_and_titles_short(books):
    for name, text in books.texts().items():
        assert name.startswith("money_")
        assert text.endswith("."), name
        assert "nan" not in text, name
        for sentence in re.split(r"(?<=\.) (?=[A-Z])", text):
            assert len(sentence.split()) <= 40, sentence
    assert len(books_words.rules_figure(books.horizon).title.split()) <= 10


def test_every_assumption_stands_in_one_table(books):
    table = assumption_table(books.users)
    assert {"assumption"} < set(table["source"])
    assert table["name"].is_unique
    held = {
        value.name
        for user in books.users
        for field in dataclasses.fields(user)
        if isinstance(value := getattr(user, field.name), Assumption)
    }
    assert held <= set(table["name"])
    assert len(table) == 11


def titled(fixed, rolling, annual=0.3):
    class Stub:
        ranges = pd.DataFrame(
            {"rule": ["annual", "fixed_5", "rolling_5"], "chance": [annual, fixed, rolling]}
        )

    return books_words.rules_figure(Stub()).title


def test_the_title_follows_the_numbers():
    assert titled(0.37, 0.14) == "Balancing over five years helps; fixing budgets does not"
    assert titled(0.2, 0.14) == "Balancing over five years makes a breach rarer"
    assert titled(0.3, 0.14) == titled(0.4, 0.4) == "What longer windows do to the chance of a breach"


def test_words_on_both_sides_of_their_thresholds():
    w = books_words
    assert (w.likelier(0.3099, 0.3), w.likelier(0.3101, 0.3), w.likelier(0.2899, 0.3)) == (
        "as likely",
        "likelier",
        "rarer",
    )
    assert w.chance(0.3, 0.0049) == "30%"
    assert w.chance(0.3, 0.006) == "30% (simulation error 1 points)"
    assert w.lasting_sentence(0.9, 0.401, 1.0).endswith("only where less than 40% stays.")
    assert "cannot tell" in w.lasting_sentence(0.5, 0.399, 1.0)
    assert "That is below" in w.lasting_sentence(0.2, 0.1, 0.399)
    assert w.lasting_sentence(1.0, 0.9, 1.0, at_edge=True).endswith(w.EDGE)
    assert w.EDGE not in w.lasting_sentence(1.0, 0.9, 1.0)
    assert w.share_range(0.2, 0.1, 1.0).endswith("100%)")
    assert w.share_range(0.2, 0.1, 1.001).endswith("more than all)")
    assert (w.pence(0.994), w.pence(0.996)) == ("99p", "£1.00")
    assert "would not pay" in w.prevention_sentence(0.99, 0.3, 0.25)
    assert "would pay" in w.prevention_sentence(1.0, 0.3, 0.25)
    assert "Even with" in w.prevention_sentence(0.5, 0.249, 0.25)
    assert "With every" in w.prevention_sentence(0.5, 0.25, 0.25)
    assert w.share_ends(0.5, 1.0).endswith("100%")
    assert "it would have to fall" in w.employer_sentence(0.2, 0.1, 0.5, 1.0)
    assert "could not" in w.employer_sentence(0.2, 0.1, 0.5, 1.01)
    assert "hardly matters" in w.borrowing_sentence({0.0: 0.649, 0.1: 0.6})
    assert "limit on borrowing matters" in w.borrowing_sentence({0.02: 0.66, 0.1: 0.6})
    assert "2% of a budget allowed" in w.borrowing_sentence({0.02: 0.66, 0.1: 0.6})
    assert "winters" in w.deaths_sentence(0.49, 0.49)
    assert "spread little" in w.deaths_sentence(0.5, 0.5)
    assert "winters" not in w.deaths_sentence(0.5, 0.5)
    assert "never" in w.sign_sentence(0.0, 1.0)
    assert "hangs on" in w.sign_sentence(-0.1, 0.0)


def test_a_scenario_for_areas_of_every_kind(books, places):
    v = books.horizon.volatility
    scenario = Scenario(draws=400, equalisation=1.0)
    total = 0.0
    for code in ("E54000057", "E47000001", "E08000001", "E40000010", "E92000001"):
        result = scenario.run(code, volatility=v, places=places)
        f = places.frame
        expected = result.money["people"] and result.money["raised"] / result.money["people"]
        assert result.money["raised_per_head"] == pytest.approx(expected)
        assert result.sentence.startswith(f"In {result.area.short_name}, ")
        if code == "E08000001":
            assert result.money["raised_per_head"] == pytest.approx(0.01 * f.loc[code, "income_per_head"])
            by_need = 0.01 * f["income"].sum() * f.loc[code, "need"] / f["need"].sum() / f.loc[code, "people"]
            assert result.money["after_per_head"] == pytest.approx(by_need, abs=0.01)
        if code == "E92000001":
            total = result.money["gain"]
    assert total == pytest.approx(0.0, abs=0.01)
    assert len(result.to_frame()) == 18
    assert len(result.table().shown) == 2


def test_a_scenario_meets_its_own_closed_form_and_repeats(books, places):
    v = books.horizon.volatility
    one, other = (
        Scenario(horizon=3, draws=2000, seed=5).run("E08000001", volatility=v, places=places).books
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one, other)
    s = books.horizon.shocks.sd
    assert one["failed"].iloc[1] == pytest.approx(
        stats.norm.sf(0.01 / (s * np.sqrt(14 / 9))), abs=4 * one["failed_error"].iloc[1]
    )
    pooled = (
        Scenario(horizon=3, draws=2000, seed=5, pooling=True)
        .run("E08000001", volatility=v, places=places)
        .books
    )
    assert pooled["failed"].iloc[1] < one["failed"].iloc[1]


def test_a_precept_and_no_equalisation(books, places):
    scenario = Scenario(tax_base="homes", rate=100.0, equalisation=0.0, draws=100)
    result = scenario.run("E08000001", volatility=books.horizon.volatility, places=places)
    f = places.frame.loc["E08000001"]
    assert result.money["raised"] == pytest.approx(100 * f["homes"])
    assert result.money["gain"] == 0.0


def test_a_scenario_explains_all_that_it_takes(books):
    table = Scenario(rate=0.02).explain(books.horizon.volatility).set_index("name")
    assert table.loc["rate of the local health tax", "value"] == 0.02
    assert (table["source"].str.len() > 0).all()
    choices = [f.name for f in dataclasses.fields(Scenario)]
    assert len(table) == len(choices) - 1 + 4  # the tax base is the unit of its rate; four estimates
    assert len(Scenario().explain()) == len(choices) - 1
    assert len(Scenario().explain_table(books.horizon.volatility).shown) == len(table)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"horizon": 0}, "horizon: 0"),
        ({"horizon": 2.5}, "horizon: 2.5"),
        ({"draws": 50}, "draws: 50"),
        ({"seed": -1}, "seed: -1"),
        ({"pooling": 1}, "pooling: 1"),
        ({"tax_base": "land"}, "'income' or 'homes'"),
        ({"rate": 1.5}, "rate: 1.5"),
        ({"equalisation": 1.1}, "equalisation: 1.1"),
    ],
)
def test_what_a_scenario_refuses(options, says):
    with pytest.raises(InputError, match=says):
        Scenario(**options)


def test_words_of_a_scenario():
    w = scenario_words
    assert "neither" in w.money_sentence(200, 0.49, 1.0)
    assert "gain £1" in w.money_sentence(200, 0.51, 1.0)
    assert "pay £1" in w.money_sentence(200, -0.51, 1.0)


def test_the_notebook_of_the_scenario_has_a_choice_for_every_option():
    cells = json.loads((ROOT / "book" / "scenario.ipynb").read_text(encoding="utf-8"))["cells"]
    first = next(c for c in cells if "parameters" in c["metadata"].get("tags", []))
    named = set(re.findall(r"^(\w+) =", "".join(first["source"]), flags=re.M))
    options = {f.name for f in dataclasses.fields(Scenario)} - {"response", "reserve", "borrowing"}
    assert named == options | {"area_code"}


def test_sections_can_be_loaded_alone(books):
    assert isinstance(books.horizon, Horizon)
    assert isinstance(books.horizon.volatility, Volatility)
