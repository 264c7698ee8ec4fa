"""The chapter "Money": its numbers come out another way, its sums balance, and its words follow its numbers."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.money import Money, findings, words
from healthdevo.chapters.money.basis import Places, share_table, shares_of
from healthdevo.chapters.money.taxes import Tax
from healthdevo.errors import TableError

ENGLAND = "E92000001"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def money():
    return Money.load()


@pytest.fixture(scope="module")
def raw():
    """Income, people, homes and need of the districts, put together by other means."""
    income = tables.load("wider_determinants").query(
        "indicator == 'household_income_per_head' and year == 2023"
    )
    people = tables.load("population_year").query("year == 2023").set_index("area_code")["persons"]
    need = tables.load("allocation_need").query("financial_year_start == 2025")
    need = need[need["area_code"].str.match("E0[6-9]")]
    successor = tables.load("area").set_index("area_code")["successor_code"].dropna()
    ended = ("E0700002", "E0700003", "E0700016", "E0700018", "E07000246")
    code = [successor.get(c, c) if c.startswith(ended) else c for c in need["area_code"]]
    sums = need.groupby(np.array(code))[["registered", "core"]].sum()
    frame = pd.DataFrame({"income": income.set_index("area_code")["value"], "people": people}).join(
        sums, how="inner"
    )
    return frame.assign(homes=tables.load("council_tax_base").set_index("area_code")["tax_base"])


def test_the_districts_are_those_of_another_reckoning(money, raw):
    frame = money.taxes.penny.places.frame
    assert len(frame) == len(raw) == 296
    raw = raw.reindex(frame.index)
    np.testing.assert_allclose(frame["income"], raw["income"] * raw["people"])
    weighted = raw["people"] * raw["core"] / raw["registered"]
    np.testing.assert_allclose(frame["need"], weighted * raw["people"].sum() / weighted.sum())
    assert (
        frame["people"].sum()
        == tables.load("population_year").query("year == 2023 and area_code == @ENGLAND")["persons"].item()
    )


def test_income_of_the_districts_is_that_published_for_england(money):
    published = tables.load("wider_determinants").query(
        "indicator == 'household_income_per_head' and year == 2023 and area_code == @ENGLAND"
    )["value"]
    frame = money.taxes.penny.places.frame
    assert frame["income"].sum() / frame["people"].sum() == pytest.approx(published.item(), rel=0.001)
    assert money.taxes.penny.per_head == pytest.approx(published.item() / 100, rel=0.001)


def test_the_headline_of_the_local_tax_another_way(money, raw):
    order = raw.sort_values(["income", "people"])
    middle = (order["people"].cumsum() - order["people"] / 2) / order["people"].sum()
    need = raw["people"] * raw["core"] / raw["registered"]
    need = need * raw["people"].sum() / need.sum()
    poor, rich = order.index[middle <= 0.2], order.index[middle > 0.8]
    money_of = 0.01 * raw["income"] * raw["people"]
    before = [money_of[g].sum() / need[g].sum() for g in (poor, rich)]
    shared = money_of.sum() / need.sum()
    moved = (money_of - need * shared).clip(lower=0).sum() / money_of.sum()
    finding = findings.local_tax_headline(money.taxes)
    assert finding.sentence == findings.local_tax_of(before[0], before[1], shared, moved)
    assert finding.number == pytest.approx(before[1] / before[0])
    assert (round(before[0]), round(before[1]), round(shared)) == (175, 400, 254)


def test_transfers_balance_to_the_penny_and_ends_are_as_the_rule_says(money):
    table = money.taxes.schemes
    assert (table["balance_pence"] == 0).all()
    for tax, rows in table.groupby("tax"):
        rows = rows.set_index("share")
        assert rows.loc[0.0, "moved"] == 0, tax
        assert rows.loc[0.5, "moved"] == pytest.approx(rows.loc[1.0, "moved"] / 2, rel=1e-6)
        assert rows.loc[1.0, "poorest"] == pytest.approx(rows.loc[1.0, "richest"], abs=0.01)
        # half-way is the mean of both ends
        assert rows.loc[0.5, "poorest"] == pytest.approx(rows.loc[[0.0, 1.0], "poorest"].mean(), abs=0.01)
        np.testing.assert_allclose(
            rows["kakwani"], rows.loc[0.0, "kakwani"] * np.array([1, 0.5, 0]), atol=1e-5
        )
        np.testing.assert_allclose(
            rows["concentration"], rows.loc[0.0, "concentration"] * np.array([1, 0.5, 0]), atol=1e-5
        )
        assert (rows["kakwani_lower"] <= rows["kakwani"]).all()
        assert (rows["kakwani_upper"] >= rows["kakwani"]).all()
        assert rows.loc[0.5, "winners"] == rows.loc[1.0, "winners"]
        assert rows.loc[1.0, ["winners", "losers"]].sum() == 296
    assert round(100 * money.taxes.winners["gain"].sum()) == 0


def test_the_kakwani_index_from_covariances(money):
    """K = C - G, each 2 cov(share, fractional rank) / mean, by people."""
    tax = money.taxes.penny
    f = tax.places.frame.assign(money=tax.amounts)
    f = f.assign(per_head=f["money"] / f["people"], per_need=f["need"] / f["people"]).sort_values("per_need")
    w = f["people"] / f["people"].sum()
    rank = w.cumsum() - w / 2

    def index(x):
        mean = (w * x).sum()
        return 2 * (w * (x - mean) * (rank - 0.5)).sum() / mean

    assert tax.kakwani(0.0).estimate == pytest.approx(index(f["per_head"]) - index(f["per_need"]), abs=1e-9)


def test_flows_sum_to_the_published_totals_to_the_unit(money):
    published = (
        tables.load("regional_spending")
        .query("latest_edition and financial_year_start == 2023 and service == 'all_functions'")
        .set_index("area_code")["spending"]
    )
    for code, total in published.items():
        flows = money.flow.of(code)
        assert flows.total == total
        assert int(flows.leaves["amount"].sum()) == total, code
        assert set(flows.unknown) == {"Hospitals", "Family doctors", "Community care"}
    outturn = tables.load("council_outturn").query(
        "financial_year_start == 2023 and service == 'adult_social_care'"
    )
    assert money.flow.england["Councils, adults"] == round(outturn["spending"].sum() / 1000)
    with pytest.raises(TableError, match="no E12000099"):
        money.flow.of("E12000099")


def test_regions_by_head_and_by_need(money):
    rows = money.flow.regions.set_index("area_code")
    own = (
        tables.load("regional_spending")
        .query("financial_year_start == 2023 and latest_edition and service == 'health'")
        .set_index("area_code")
    )
    np.testing.assert_allclose(
        rows["per_head"], (1000 * own["spending"] / own["population"]).reindex(rows.index)
    )
    assert rows.loc[ENGLAND, "weight"] == pytest.approx(1.0)
    assert rows.loc[ENGLAND, "per_weighted_head"] == pytest.approx(rows.loc[ENGLAND, "per_head"])
    edition = (
        tables.load("regional_spending")
        .query("edition == 2024 and service == 'health' and area_code == @ENGLAND")
        .set_index("financial_year_start")
    )
    level = tables.load("gdp_deflator").set_index("year")["deflator"]
    real = edition["spending"] / edition["population"] / level.reindex(edition.index)
    assert rows.loc[ENGLAND, "real_change"] == pytest.approx(real[2023] / real[2019] - 1)


def test_the_weight_that_the_round_of_2022_shows(money):
    """Components with a known weight give it back, and the round comes within a per cent of its whole at about a tenth."""
    from healthdevo.chapters.money.allocation import FORMULA, fitted_weight

    rng = np.random.default_rng(8)
    parts = pd.DataFrame(rng.uniform(1, 2, (42, 6)), columns=list(FORMULA))
    made = parts.assign(core=parts @ np.array([0.5, 0.1, 0.1, 0.1, 0.13, 0.07]))
    weight, off = fitted_weight(made)
    assert weight == pytest.approx(0.13)
    assert off < 1e-12
    weight, off = money.allocation.fitted
    given = money.allocation.weight
    assert given.low <= round(weight, 3) <= given.high
    assert off < 0.01


def test_boards_gain_where_their_part_of_inequalities_is_above_their_whole(money):
    rows = tables.load("allocation_need").query("financial_year_start == 2022")
    rows = rows[rows["area_code"].str.startswith("E54")].set_index("area_code")
    h, s = (rows[c] / rows[c].sum() for c in ("health_inequalities", "core"))
    frame = money.allocation.frame.set_index("area_code")
    np.testing.assert_allclose(frame["change"], ((0.05 / 0.9) * (h - s) / s).reindex(frame.index))
    assert money.allocation.gainers == (h > s).sum() == 14
    assert money.allocation.gainers_now == 15
    assert frame["change"].is_monotonic_decreasing


def test_the_fiscal_position_another_way(money):
    finances = (
        tables.load("public_finances_region")
        .query("financial_year_start == 2024 and area_code != @ENGLAND")
        .set_index("area_code")
    )
    health = (
        tables.load("public_expenditure_region")
        .query("financial_year_start == 2024 and basis == 'identifiable' and function == 'health'")
        .set_index("area_code")["expenditure"]
    )
    now = money.fiscal.now.set_index("area_code")
    np.testing.assert_allclose(
        now["carried"], (1 - finances["net_balance"] / health).reindex(now.index), atol=1e-9
    )
    assert money.fiscal.last == 2024
    assert money.fiscal.all_years == 26
    # England's borrowing shared by head leaves England's health spending carried in all
    assert (now["beside"] * now["health"]).sum() == pytest.approx(now["health"].sum())
    region, england = money.fiscal.largest_difference
    assert region < 4
    assert england < 25
    assert (money.fiscal.full <= 26).all()


def test_a_share_of_income_tax_and_business_rates(money):
    rows = money.taxes.regions.set_index("name")
    receipts = (
        tables.load("public_receipts_region")
        .query("financial_year_start == 2024 and area_code == 'E12000007'")
        .set_index("tax")["receipts"]
    )
    people = (
        tables.load("public_finances_region")
        .query("financial_year_start == 2024 and area_code == 'E12000007'")["population"]
        .item()
    )
    assert rows.loc["London", "share_per_head"] == pytest.approx(0.1 * 1e6 * receipts["Income Tax"] / people)
    rates = receipts[receipts.index.str.startswith("Business rates")].sum()
    assert rows.loc["London", "business_rates_per_head"] == pytest.approx(1e6 * rates / people)


def test_other_choices_hold_the_one_made(money):
    for name, tax in (("penny", money.taxes.penny), ("precept", money.taxes.precept)):
        low, high = money.taxes.ratios[name]
        assert 1.5 < low <= tax.ratio <= high < 4.5
    other = Tax.penny(Places.load(2014, 2025))
    low, high = money.taxes.ratios["penny"]
    assert low <= other.ratio <= high


def test_fifths_hold_a_fifth_of_the_people_each(money):
    places = money.taxes.penny.places
    people = places.frame["people"].groupby(places.fifths).sum() / places.frame["people"].sum()
    assert people.index.tolist() == [1, 2, 3, 4, 5]
    assert (people - 0.2).abs().max() < 0.02
    means = places.by_fifth(places.frame["income"], "people")
    assert means.is_monotonic_increasing


def test_shares_of_areas_of_all_kinds():
    for kind in ("region", "icb", "nhs_region"):
        codes = [a.code for a in areas.list_areas(kind, "2023-04-01")]
        np.testing.assert_allclose(share_table(codes).sum(axis=1), 1.0, atol=1e-9)
    assert shares_of("E47000001").index.tolist() == [f"E080000{i:02d}" for i in range(1, 11)]
    assert shares_of("E08000038").to_dict() == {"E08000016": 1.0}
    assert shares_of(ENGLAND).sum() == 296
    assert len(shares_of("E10000017")) == 12, "districts of Lancashire"


def test_a_year_without_figures_is_refused():
    with pytest.raises(TableError, match="no people, income"):
        Places.load(2024, 2025)
    with pytest.raises(TableError, match="no districts in 2035"):
        Places.load(2023, 2035)


def test_assumptions_are_read_off_the_code(money):
    table = money.assumptions()
    assert len(table) == 6
    assert (table["source"] != "").all()
    used = table.set_index("name")["used_by"]
    assert used["penny in the pound on local disposable income"] == "penny"
    with_more = money.assumptions([money.allocation.weight, Tax.penny])
    assert len(with_more) == 6
    assert used["weight of health inequalities in the formula"] == "Allocation"
    assert used["how steeply income tax rises with income per head"] == "Mayors"


def test_pictures_and_tables_of_the_page(money):
    shown = [
        money.flow.chart(), money.flow.table(), money.flow.regions_table(), money.allocation.chart(), money.allocation.table(),
        money.taxes.chart(), money.taxes.schemes_table(), money.taxes.winners_table(), money.taxes.regions_table(), money.mayors.page_table(),
        money.fiscal.chart(), money.fiscal.table(), money.assumptions_table(),
    ]  # fmt: skip
    titles = [s.title for s in shown if hasattr(s, "title")]
    assert all(len(title.split()) <= 10 for title in titles), titles
    assert len(money.taxes.winners_table().data) == 296
    path = money.taxes.path
    at = path[path["kept"] == 100].set_index("fifth")["pounds"]
    assert at["richest fifth"] == pytest.approx(float(money.taxes.penny.fifths(0.0)[5]))
    assert len(path) == 33


def test_every_text_that_the_notebook_names_is_there(money):
    cells = json.loads((ROOT / "book" / "money.ipynb").read_text("utf-8"))["cells"]
    prose = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    texts = money.texts()
    words_of_books = "".join(
        p.read_text("utf-8") for p in (ROOT / "src/healthdevo/chapters/money").glob("*.py")
    )
    for name in texts:
        assert f"`{name}`" in prose, name
    asked = set(re.findall(r"\{glue:text\}`(money_[a-z_]+)`", prose))
    books = {name for name in asked if name not in texts}
    assert all(name in words_of_books for name in books), books
    assert not any("nan" in t.split() for t in texts.values())


def test_words_take_both_sides():
    assert "no less for each" in findings.local_tax_of(300, 200, 250, 0.1)
    assert "would raise £175" in findings.local_tax_of(175, 400, 254, 0.126)
    assert words.signed_pounds(0.0) == "+£0"
    assert not math.isnan(float(words.ratio(2.0)))


def test_words_of_the_fiscal_position_follow_its_numbers(money):
    from dataclasses import replace

    def with_carried(values):
        found = replace(money.fiscal)
        rows = found.years.copy()
        rows.loc[rows["year"] == 2024, "carried"] = values
        found.__dict__["years"] = rows
        return found

    nobody = words.fiscal_texts(with_carried([0.5] * 9))
    assert "no region could pay" in nobody["money_able"]
    assert nobody["money_unable"] == "In every region something was left for health"
    assert words.fiscal(with_carried([0.5] * 9)).title == "No region could carry all its health spending"
    one = with_carried([1.2] + [-0.1] * 8)
    assert words.fiscal(one).title == "Only the North East could carry its health spending"
    assert "could pay for all its own" in words.fiscal_texts(one)["money_able"]


def test_words_of_the_precept_take_both_sides(money):
    from dataclasses import replace

    turned = replace(money.taxes, penny=money.taxes.precept, precept=money.taxes.penny)
    assert "less uneven" in words.tax_texts(money.taxes)["money_precept_gap"]
    assert "no less uneven" in words.tax_texts(turned)["money_precept_gap"]


def test_councils_that_have_not_reported_are_named(money):
    from dataclasses import replace

    assert money.flow.silent == ("Birmingham", "Westmorland and Furness")
    assert "too low" in words.flow_texts(money.flow)["money_silent"]
    assert (
        words.flow_texts(replace(money.flow, silent=()))["money_silent"]
        == "All councils had reported 2023/24"
    )


def test_mental_health_of_boards_is_as_published(money):
    rows = (
        tables.load("mental_health_spending")
        .query("financial_year_start == 2023")
        .set_index("area_code")["spending_per_patient"]
    )
    own = money.flow.mental
    assert own["spending_per_patient"].iloc[0] == rows.max()
    assert own["spending_per_patient"].iloc[-1] == rows.min()
    assert own["area_code"].iloc[0] == rows.idxmax()
    assert own["rank"].tolist() == sorted(own["rank"])
    assert len(own) == 42
