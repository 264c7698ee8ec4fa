"""The Devolution chapter and the devolution section of area pages say what the tables hold."""

import numpy as np
import pandas as pd
import pytest
from healthdevo.chapters.devolution.outcomes import Outcomes, few

import healthdevo.chapters.devolution.study as devolution_study
from healthdevo import tables
from healthdevo.chapters.area.devolution.section import AreaDevolution
from healthdevo.chapters.devolution.chapter import Devolution, _study_words
from healthdevo.chapters.devolution.deaths import (
    deaths_world,
    effect_on_life_expectancy,
    life_expectancy_panel,
    simulated_deaths,
)
from healthdevo.chapters.devolution.elsewhere import DETECTABLE, Elsewhere, first_whole_year
from healthdevo.chapters.devolution.mortality import (
    Mortality,
    closing_words,
    flag_words,
    headline_of,
)
from healthdevo.chapters.devolution.panels import (
    any_design,
    districts_of,
    pool,
    preventable_mortality,
    without_own_trend,
)
from healthdevo.errors import InputError
from healthdevo.evaluation import Panel

GM = [f"E080000{i:02d}" for i in range(1, 11)]


@pytest.fixture(scope="module")
def mortality() -> Mortality:
    return Mortality.load()


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    return Outcomes.load()


def rates(sex: str = "persons") -> pd.DataFrame:
    """Rates by district outside London and year, from the table itself."""
    rows = tables.load("under_75_mortality")
    kinds = tables.load("area").set_index("area_code")["kind"]
    rows = rows[(rows["edition"] == "ohid_2023") & (rows["sex"] == sex) & rows["year"].between(2010, 2019)]
    inside = ["unitary_authority", "metropolitan_district", "non_metropolitan_district"]
    wide = rows[rows["area_code"].map(kinds).isin(inside)].pivot_table(
        index="area_code", columns="year", values="rate"
    )
    return wide.dropna()


def test_plain_difference_is_recomputed_from_the_table(mortality):
    wide = rates()
    gap = wide.loc[GM].mean() - wide.drop(index=GM).mean()
    expected = gap.loc[2015:].mean() - gap.loc[:2014].mean()
    assert any_design(mortality.panels["persons"], "did").estimate == pytest.approx(expected)
    assert mortality.own_intervals["persons"]["did"].estimate == pytest.approx(expected)
    assert len(mortality.outcomes["persons"].codes) == len(wide)


def test_own_trend_design_is_recomputed_by_extrapolating_lines(mortality):
    wide = rates()
    years = np.arange(2010, 2020)
    left = [row - np.polyval(np.polyfit(years[:5], row[:5], 1), years) for row in wide.to_numpy()]
    rest = pd.DataFrame(left, index=wide.index, columns=years)
    gap = rest.loc[GM].mean() - rest.drop(index=GM).mean()
    assert any_design(mortality.panels["persons"], "trend").estimate == pytest.approx(gap.loc[2015:].mean())


def test_only_one_edition_and_no_london():
    outcome = preventable_mortality()
    assert outcome.frame["period"].min() == 2010
    assert not set(districts_of("E12000007")) & set(outcome.codes)
    assert districts_of("E47000001") == tuple(GM)
    short = preventable_mortality("female").left_out
    missing = rates("female").index
    assert short
    assert not set(short) & set(missing)


def test_women_lack_an_area_and_say_so():
    assert set(preventable_mortality("female").left_out) == set(rates().index) - set(rates("female").index)


def test_line_of_each_area_is_taken_out_before_the_start_only():
    y = np.array([[0.0, 1.0, 2.0, 10.0], [5.0, 5.0, 5.0, 5.0]])
    panel = Panel(y, np.outer([True, False], np.arange(4) >= 3), pd.Index(list("AB")), pd.RangeIndex(4))
    assert without_own_trend(panel).outcome == pytest.approx(np.array([[0, 0, 0, 7], [0, 0, 0, 0]]))


def test_pools_nest_and_unknown_pool_is_refused():
    codes = preventable_mortality().codes
    assert set(pool("urban", codes)) < set(codes)
    half = pool("deprived", codes)
    assert abs(len(half) - len(codes) / 2) <= 12
    with pytest.raises(InputError, match="pool"):
        pool("rich", codes)


def test_more_than_sixty_specifications_are_planned(mortality):
    panel = mortality._specification_panel("persons", "November 2014", "urban", False)
    assert 2014 not in list(panel.periods)
    assert panel.n_treated == 10
    near = mortality._specification_panel("persons", "November 2014", "urban", True)
    assert panel.shape[0] < near.shape[0]


def test_placebo_blocks_are_neighbours_without_the_deal(mortality):
    panel, blocks = mortality.panels["persons"], mortality.blocks["persons"]
    assert blocks.shape[1] == 10
    assert not panel.treated[blocks].any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "cannot tell an effect of the deal from a catching-up"),
        ({"p_blocks": 0.3}, "do not show that the deal changed"),
        ({"own_trend": -6.0, "p_own_trend": 0.01, "p_share": 0.01}, "The finding stays"),
        (
            {"effect": 7.0, "own_trend": 6.0, "p_own_trend": 0.01, "share": 0.02, "p_share": 0.01},
            "rose by 7.0",
        ),
    ],
)
def test_headline_follows_the_numbers(change, words):
    numbers = {
        "effect": -7.1,
        "p_blocks": 0.01,
        "own_trend": 3.2,
        "p_own_trend": 0.6,
        "own_trend_without_2013": -1.5,
        "share": -0.02,
        "p_share": 0.4,
        "strength": "some",
    }
    assert words in headline_of(**(numbers | change))


def test_wordings_of_flipped_signs():
    assert closing_words(4.0, 4, 10.0, 5).endswith("faster than before")
    assert closing_words(8.0, 4, 2.0, 5).endswith("more slowly than before")
    assert "more than in the years on both sides" in flag_words(50.0, 60.0, 55.0)
    assert "lies between" in flag_words(50.0, 52.0, 55.0)
    assert few(0.004) == "fewer than 1%"


def test_life_expectancy_gap_was_closing_before_the_agreement(outcomes):
    derived = tables.load("life_expectancy_derived")
    means = derived.groupby(["area_code", "period_start_year"])["life_expectancy"].mean().reset_index()
    means = means.pivot_table(index="area_code", columns="period_start_year", values="life_expectancy")
    codes = [c for c in outcomes.life_expectancy.codes if c not in GM]
    gap = means.loc[GM].mean() - means.loc[codes].mean()
    assert outcomes.gap["gap"].loc[2005] == pytest.approx(gap[2005])
    assert outcomes.gap["gap"].loc[2012] == pytest.approx(gap[2012])
    assert gap[2012] > gap[2005]
    assert "was already closing before November 2014" in outcomes.texts()["le_closing_words"]


def test_published_intervals_are_narrower_than_the_floor(outcomes):
    row = tables.load("published_estimate").query("outcome == 'life expectancy, all'").iloc[0]
    half = (row["upper"] - row["lower"]) / 2
    assert half == pytest.approx(0.014)
    assert 1.96 * outcomes.pooled_floor > 3 * half
    # a plain bound: one yearly life expectancy of all ten districts has an error of at least 1 / sqrt(deaths) years times its spread
    assert outcomes.floor.standard_error == pytest.approx(outcomes.pooled_floor, rel=0.3)


def test_spending_is_in_constant_prices_and_complete(outcomes):
    both = outcomes.councils["both"].frame
    raw = tables.load("council_outturn")
    raw = raw[(raw["area_code"] == "E08000003") & (raw["financial_year_start"] == 2013)]
    raw = raw.set_index("service")["spending_per_head"]
    deflator = tables.load("gdp_deflator").set_index("year")["deflator"]
    expected = (raw["adult_social_care"] + raw["public_health"]) * deflator[2019] / deflator[2013]
    found = both[(both["area_code"] == "E08000003") & (both["period"] == 2013)]["value"].iloc[0]
    assert found == pytest.approx(expected)
    assert both.groupby("area_code").size().eq(7).all()


def test_other_areas_start_with_their_first_whole_year():
    elsewhere = Elsewhere.load()
    deals = elsewhere.deals.set_index("area_code")
    assert deals.loc["E47000001", "start"] == 2015
    assert first_whole_year(pd.Timestamp("2016-06-17")) == deals.loc["E47000007", "start"] == 2017
    assert "E47000010" not in deals.index  # goes on with the body of 2014
    assert not set(elsewhere.controls) & set().union(*deals["districts"])
    everyone = elsewhere.staggered()
    assert everyone.n_treated == sum(s for c, s in deals["size"].items() if c != "E61000001")


def test_planted_life_expectancy_is_found_again():
    world = deaths_world()
    assert world.expectancy(world.factor_for(0.2)) - world.expectancy() == pytest.approx(0.2, abs=1e-6)
    drawn = simulated_deaths(1.5, seed=3, years=range(2010, 2019), world=world)
    found = effect_on_life_expectancy(drawn, design="did")
    assert found.effect.estimate == pytest.approx(1.5, abs=0.3)
    shuffled = drawn.sample(frac=1.0, random_state=1)
    assert effect_on_life_expectancy(shuffled, design="did").effect.estimate == pytest.approx(
        found.effect.estimate
    )


def test_files_of_deaths_that_do_not_fit_are_refused():
    drawn = simulated_deaths(0.0, seed=3, years=[2014, 2015])
    with pytest.raises(InputError, match="no column 'deaths'"):
        life_expectancy_panel(drawn.drop(columns="deaths"), treated=GM, start=2015)
    with pytest.raises(InputError, match="twice"):
        life_expectancy_panel(pd.concat([drawn, drawn.head(1)]), treated=GM, start=2015)
    with pytest.raises(InputError, match="no rows for 'male'"):
        life_expectancy_panel(drawn[drawn["sex"] == "female"], treated=GM, start=2015)


def test_stored_study_belongs_to_the_settings_and_the_code():
    stored = tables.load("simulation_study")
    assert set(stored["settings_hash"]) == {devolution_study.settings_hash()}, "run `make study` again"
    assert set(stored["seed"]) == {devolution_study.SETTINGS["seed"]}
    assert set(stored["scenario"]) >= set(devolution_study.SETTINGS["panel"]["scenarios"])
    assert {0.0, 0.2} <= set(stored.loc[stored["study"] == "deaths", "effect"])


def test_simulated_panels_are_of_the_real_size(mortality):
    world = devolution_study.SETTINGS["panel"]["world"]
    panel = mortality.panels["persons"]
    assert (world["areas"], world["periods"]) == panel.shape
    assert (world["treated"], world["start"]) == (panel.n_treated, int(panel.cohorts[0]))
    y = panel.outcome[~panel.treated]
    rest = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()
    assert world["noise"] == pytest.approx(float(rest.std()), rel=0.15)


def test_words_of_the_study_follow_its_numbers():
    stored = tables.load("simulation_study")
    rows = stored[stored["study"] == "panel"]
    calm = rows.assign(rejection=0.01)
    assert "few false alarms" in _study_words(calm)
    wild = rows.assign(rejection=0.9)
    assert _study_words(wild).startswith("None of the chapter's designs")


def test_policy_charts_and_money():
    chapter = Devolution(
        tables.load("devolution_event"),
        tables.load("combined_authority"),
        tables.load("population_year"),
        tables.load("simulation_study"),
        Mortality({}, pd.DataFrame()),
        Outcomes.load(),
        Elsewhere.load(),
    )
    assert chapter.money["share"] == pytest.approx(450e6 / 6e9)
    assert "Greater Manchester" in chapter.map().title
    assert chapter.timeline().data["event_date"].is_monotonic_increasing
    assert len(chapter.study_table().shown) > 20


@pytest.mark.parametrize(("code", "treated"), [("E54000057", True), ("E54000037", False)])
def test_area_section(code, treated):
    section = AreaDevolution.load(code)
    texts = section.texts()
    assert section.treated is treated
    assert all(texts.values())
    assert ("No part of" in texts["devolution_headline"]) is not treated
    table = section.table().data.set_index("measure")["value"]
    assert table["detectable"] == pytest.approx(DETECTABLE * section.test.standard_error)
    assert section.path_chart().data["period"].max() == 2019
