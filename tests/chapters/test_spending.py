"""The Spending chapter says what the tables hold, and its rules also read right when the numbers turn."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import healthdevo.chapters.spending.chapter as module
from healthdevo import tables
from healthdevo.chapters.spending.chapter import OUTCOME, Spending, for_ten_per_cent, real_terms, under_75
from healthdevo.errors import TableError
from healthdevo.regression import Coefficient
from healthdevo.results import Estimate, Interval

PUBLIC_HEALTH = "public_health_spending"
ADULT = "adult_social_care_spending"


@pytest.fixture(scope="module")
def spending() -> Spending:
    return Spending.load(draws=20)


@pytest.fixture(scope="module")
def texts(spending) -> dict[str, str]:
    return spending.texts()


def coefficient(estimate: float, lower: float, upper: float) -> Coefficient:
    return Coefficient(
        "c",
        estimate,
        (upper - lower) / 3.92,
        (Interval(0.95, lower, upper),),
        100,
        "m",
        df=100.0,
        p_value=0.5,
    )


def logged(service: str) -> pd.DataFrame:
    frame = tables.load("area_year_panel").dropna(subset=[OUTCOME, service])
    return frame.assign(y=np.log(frame[OUTCOME]), x=np.log(frame[service]))


@pytest.mark.parametrize("service", [PUBLIC_HEALTH, ADULT])
def test_estimate_within_councils_is_least_squares_with_dummies(spending, service):
    rows = logged(service)
    dummies = pd.get_dummies(rows[["area_code", "year"]].astype(str), drop_first=True, dtype=float)
    fit = sm.OLS(rows["y"], sm.add_constant(pd.concat([rows[["x"]], dummies], axis=1))).fit()
    assert spending.coefficient(service, "within").estimate == pytest.approx(fit.params["x"], abs=1e-9)


def test_estimate_between_councils_is_least_squares_of_means(spending):
    means = logged(PUBLIC_HEALTH).groupby("area_code")[["y", "x"]].mean()
    slope = np.polyfit(means["x"], means["y"], 1)[0]
    assert spending.coefficient(PUBLIC_HEALTH, "between").estimate == pytest.approx(slope)
    year = logged(PUBLIC_HEALTH).query("year == 2015")
    shown = spending.yearly.query("service == 'public health' and year == 2015")["elasticity"].iloc[0]
    assert shown == pytest.approx(np.polyfit(year["x"], year["y"], 1)[0])


def test_long_difference_is_a_regression_of_changes(spending):
    wide = logged(ADULT).pivot_table(index="area_code", columns="year", values=["y", "x"])
    first, last = 2013, 2022
    change = (wide.xs(last, axis=1, level=1) - wide.xs(first, axis=1, level=1)).dropna()
    assert spending.coefficient(ADULT, "long").estimate == pytest.approx(
        np.polyfit(change["x"], change["y"], 1)[0]
    )


def test_spending_per_head_of_england_in_real_terms(spending):
    outturn, councils = tables.load("council_outturn"), tables.load("council")
    level = tables.load("gdp_deflator").set_index("year")["deflator"]
    upper = councils.loc[councils["council_class"] != "shire_district", "council_code"]
    rows = outturn[
        (outturn["service"] == "public_health")
        & (outturn["financial_year_start"] == 2016)
        & outturn["council_code"].isin(upper)
    ].dropna(subset=["population"])
    expected = rows["spending"].sum() / rows["population"].sum() * level[2023] / level[2016]
    shown = spending.england.query("service == 'public_health' and financial_year_start == 2016")[
        "per_head"
    ].iloc[0]
    assert shown == pytest.approx(expected)


def test_the_curve_holds_the_main_estimate_and_every_combination(spending):
    curve = spending.curves[PUBLIC_HEALTH].table
    assert len(curve) == 3 * 3 * 2 * 4 * 3 >= 100
    main = curve.query(
        "estimator == 'two-way' and lag == 0 and controls == 'none' and weights == 'none' and sample == 'all'"
    )
    assert main["estimate"].iloc[0] == pytest.approx(spending.coefficient(PUBLIC_HEALTH, "within").estimate)
    chart = spending.curve_chart()
    assert int(chart.data["main"].sum()) == 1
    within = spending.within_curves[PUBLIC_HEALTH].estimated
    assert f"of {len(within)} specifications within councils" in chart.title


def test_deaths_and_costs_follow_from_tables(spending):
    ages = tables.load("population_age").query("year == 2019")
    young = ages[
        ages["area_code"].str.startswith("E12") & ~ages["age_group"].isin(["75-79", "80-84", "85-89", "90+"])
    ]
    rate = (
        tables.load("under_75_mortality")
        .query("area_code == 'E92000001' and year == 2019 and sex == 'persons' and edition == 'ohid_2023'")[
            "rate"
        ]
        .iloc[0]
    )
    assert spending.deaths == pytest.approx(young["persons"].sum() * rate / 1e5)
    chain = spending.returns["Martin and others 2020: public health alone"]
    per_qaly = spending.public_health_total / (
        0.115 * spending.deaths * module.LIFE_YEARS.value * module.QUALITY.value
    )
    assert chain.cost_per_qaly.estimate == pytest.approx(per_qaly)


def test_prevention_and_treatment_are_compared_within_one_study(spending):
    assert spending.same_study["ratio"].min() == pytest.approx(14912 / 4845)
    assert spending.same_study["ratio"].max() == pytest.approx(11973 / 2725)


def test_no_candidate_instrument_is_called_strong_when_it_is_weak(spending, texts):
    for fit in spending.instruments.values():
        assert fit.first_stage.weak
    assert texts["spending_instruments"].startswith("All 6 first stages are weak")
    strong = list(spending.instruments.values())[:1]
    table = strong[0].first_stage.table.assign(effective_F=100.0)
    stage = type(strong[0].first_stage)(
        **{**strong[0].first_stage.__dict__, "table": table},
    )
    changed = type(strong[0])(**{**strong[0].__dict__, "first_stages": (stage,)})
    assert module.instruments_words([changed]).startswith("1 of 1 first stages are strong enough")


def test_texts_carry_the_numbers(spending, texts):
    c = spending.coefficient(PUBLIC_HEALTH, "within")
    assert f"{abs(100 * for_ten_per_cent(c.estimate)):.1f}%" in texts["spending_ph_verdict"]
    assert texts["spending_headline"].startswith("These data cannot tell") == (
        not c.interval().excludes_zero and not spending.coefficient(ADULT, "within").interval().excludes_zero
    )
    assert all(text.strip() for text in texts.values())


def test_headline_and_verdict_follow_the_interval():
    unclear, fewer, more = (
        coefficient(-0.05, -0.2, 0.1),
        coefficient(-0.2, -0.3, -0.1),
        coefficient(0.2, 0.1, 0.3),
    )
    none = module.headline({PUBLIC_HEALTH: unclear, ADULT: unclear}, -0.115)
    assert none.startswith("These data cannot tell")
    assert "published" in none
    assert "published" not in module.headline({PUBLIC_HEALTH: unclear}, -0.5)
    mixed = module.headline({PUBLIC_HEALTH: fewer, ADULT: unclear}, -0.115)
    assert "more public health spending had fewer" in mixed
    assert "adult social care these data cannot tell" in mixed
    assert "had more preventable deaths" in module.headline({PUBLIC_HEALTH: more}, -0.115)
    assert "and neither is the published" in module.verdict("x", unclear, -0.115)
    assert "-0.5".replace("-", "\N{MINUS SIGN}") + " is" in module.verdict("x", unclear, -0.5)
    assert "goes with more preventable deaths" in module.verdict("x", more, -0.115)


def test_words_on_comparison_of_councils_turn_with_the_sign():
    positive, negative, unclear = (
        coefficient(0.5, 0.4, 0.6),
        coefficient(-0.5, -0.6, -0.4),
        coefficient(0.0, -0.1, 0.1),
    )
    assert "points the wrong way" in module.between_words(positive, unclear)
    assert "little of it is left" in module.between_words(positive, unclear)
    assert "the way one would hope" in module.between_words(negative, negative)
    assert "no clear link" in module.between_words(unclear, unclear)
    assert "no clear link" in module.within_words(unclear)
    assert "a link" in module.within_words(negative)
    assert "is clear:" in module.link_words(positive)
    assert "is unclear" in module.link_words(unclear)


def test_words_on_many_tests_name_the_check_that_fails():
    family = pd.DataFrame(
        {
            "service": [PUBLIC_HEALTH, module.PLACEBO_SERVICE],
            "p_value": [0.01, 0.2],
            "romano_wolf": [0.04, 0.3],
        }
    )
    assert module.family_words(family).endswith("1 after adjustment for their number")
    assert "in doubt" in module.family_words(family.assign(romano_wolf=[0.3, 0.01]))
    assert "none after" in module.family_words(family.assign(romano_wolf=1.0))


def test_costs_without_a_gain_are_not_defined_in_words():
    lost = Estimate("cost per QALY", np.nan, np.nan, (), 10, "m", reason="more spending goes with a loss")
    assert module.cost_words(lost) == "not defined, because more spending goes with a loss"


def test_a_year_without_deflator_is_refused():
    frame = pd.DataFrame({"spend": [1.0], "year": [1900]})
    with pytest.raises(TableError, match="1900"):
        real_terms(frame, tables.load("gdp_deflator"), "spend", "year")


def test_people_under_75_leave_out_older_groups():
    ages = pd.DataFrame(
        {
            "area_code": "E12000001",
            "year": 2019,
            "age_group": ["0-4", "70-74", "75-79", "90+"],
            "persons": [1, 2, 4, 8],
        }
    )
    result = under_75(ages).set_index("area_code")["persons"]
    assert result.to_dict() == {"E12000001": 3, "E92000001": 3}
