import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.finance.returns import Uncertain, comparison_table, returns_to_spending
from healthdevo.results import Estimate, Interval


def chain(elasticity=-0.1, error=0.02, **options):
    return returns_to_spending(
        Uncertain(elasticity, error),
        **(
            {
                "spend": 2e9,
                "deaths": 50_000.0,
                "life_years_per_death": Uncertain(12.0, 1.5, "gamma"),
                "quality": Uncertain(0.8, 0.05, "beta"),
                "draws": 20_000,
            }
            | options
        ),
    )


def test_the_chain_by_hand():
    r = chain(change=0.05)
    assert r.deaths_averted.estimate == pytest.approx(0.1 * 0.05 * 50_000)
    assert r.life_years.estimate == pytest.approx(250 * 12)
    assert r.qalys.estimate == pytest.approx(250 * 12 * 0.8)
    assert r.cost_per_death_averted.estimate == pytest.approx(1e8 / 250)
    assert r.cost_per_life_year.estimate == pytest.approx(1e8 / 3000)
    assert r.cost_per_qaly.estimate == pytest.approx(1e8 / 2400)
    assert r.steps["step"].tolist()[0] == "extra spending"
    relative = np.sqrt(0.2**2 + (1.5 / 12) ** 2 + (0.05 / 0.8) ** 2)
    assert r.qalys.standard_error == pytest.approx(2400 * relative)
    assert r.cost_per_qaly.standard_error == pytest.approx(1e8 / 2400 * relative)
    assert "QALY costs" in r.sentence


def test_costs_do_not_depend_on_the_size_of_the_change():
    one, two = chain(change=0.01), chain(change=0.1)
    assert one.cost_per_qaly.estimate == pytest.approx(two.cost_per_qaly.estimate)
    assert one.cost_per_qaly.interval().lower == pytest.approx(two.cost_per_qaly.interval().lower)


def test_monte_carlo_agrees_with_the_delta_method_and_says_its_error():
    r = chain(error=0.004, life_years_per_death=Uncertain(12.0), quality=Uncertain(0.8), draws=100_000)
    i = r.qalys.interval()
    exact = 0.01 * 50_000 * 12 * 0.8 * (0.1 + np.array([-1.959964, 1.959964]) * 0.004)
    error = r.steps.set_index("step").loc["QALYs gained", "monte_carlo_error"]
    assert 0 < error < 0.02 * (exact[1] - exact[0])
    np.testing.assert_allclose([i.lower, i.upper], exact, atol=4 * error)


def test_an_elasticity_that_may_be_zero_gives_no_upper_limit():
    r = chain(error=0.08)
    assert r.cost_per_qaly.interval().upper == np.inf
    assert np.isfinite(r.cost_per_qaly.interval().lower)
    assert "no upper limit" in r.cost_per_qaly.reason
    assert "without upper limit" in r.sentence


def test_an_elasticity_of_the_wrong_sign_gives_no_cost():
    r = chain(elasticity=0.05)
    assert np.isnan(r.cost_per_qaly.estimate)
    assert "no gain or a loss" in r.sentence
    assert r.deaths_averted.estimate < 0


def test_probability_below_thresholds():
    r = chain(thresholds=(1.0, 41_666.0, 1e9))
    p = r.probability_below["probability"].to_numpy()
    assert p[0] == 0
    assert p[1] == pytest.approx(0.5, abs=0.05)
    assert p[2] > 0.99
    assert r.probability_below["monte_carlo_error"].iloc[1] == pytest.approx(
        np.sqrt(p[1] * (1 - p[1]) / 20_000)
    )


def test_seeds_reproduce():
    pd.testing.assert_frame_equal(chain(seed=3).steps, chain(seed=3).steps)
    assert not chain(seed=3).steps.equals(chain(seed=4).steps)


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "gamma", "beta"])
def test_draws_have_the_mean_and_deviation_asked_for(distribution):
    values = Uncertain(0.6, 0.1, distribution).draw(200_000, 0)
    assert values.mean() == pytest.approx(0.6, abs=1.5e-3)
    assert values.std() == pytest.approx(0.1, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.floats(-2, -0.01), st.floats(1e3, 1e12), st.floats(1, 1e6))
def test_cost_falls_with_effect_and_rises_with_spending(elasticity, spend, deaths):
    base = {"deaths": deaths, "draws": 100, "error": 0.0}
    one = chain(elasticity, spend=spend, **base).cost_per_qaly.estimate
    assert chain(2 * elasticity, spend=spend, **base).cost_per_qaly.estimate == pytest.approx(one / 2)
    assert chain(elasticity, spend=2 * spend, **base).cost_per_qaly.estimate == pytest.approx(2 * one)


def test_uncertain_from_estimates():
    e = Estimate("elasticity", -0.1, 0.03, (), 150, "panel")
    assert Uncertain.from_estimate(e).standard_error == 0.03
    assert Uncertain.from_interval(1.0, 0.0, 2.0, 0.9).standard_error == pytest.approx(1 / 1.644854, rel=1e-6)
    with pytest.raises(InputError, match="no standard error"):
        Uncertain.from_estimate(Estimate("e", 1.0, np.nan, (), 1, ""))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Uncertain(1.0, -1.0),
        lambda: Uncertain(np.nan),
        lambda: Uncertain(1.2, 0.1, "beta"),
        lambda: Uncertain(0.5, 0.6, "beta"),
        lambda: Uncertain(-1.0, 0.1, "gamma"),
        lambda: Uncertain(1.0, 0.1, "cauchy"),
        lambda: Uncertain.from_interval(1.0, 2.0, 0.0),
        lambda: chain(spend=0.0),
        lambda: chain(deaths=-1.0),
        lambda: chain(draws=10),
    ],
)
def test_bad_numbers_are_refused(make):
    with pytest.raises(InputError):
        make()


def test_comparison_table_puts_ours_beside_the_published():
    columns = ["paper", "data", "estimator", "outcome", "estimate", "ci_or_se", "source_checked"]
    published = pd.DataFrame(
        [["P", "d", "IV", "GBP per QALY", "5000-15000", np.nan, "abstract"]], columns=columns
    )
    own = {
        "ours": Estimate(
            "cost per QALY", 12_345.6, 1.0, (Interval(0.95, 9_000.0, np.inf),), 10, "panel", unit="GBP"
        ),
        "none": Estimate("cost per QALY", np.nan, np.nan, (), 10, "panel", reason="no gain"),
    }
    table = comparison_table(published, own)
    assert table["source"].tolist() == ["P", "ours", "none"]
    assert table["estimate"].tolist() == ["5000-15000", "12,346", "not available"]
    assert table["uncertainty"].tolist() == ["", "9,000 to unlimited (95%)", "no gain"]
    assert len(comparison_table(published)) == 1
    with pytest.raises(InputError, match="'paper'"):
        comparison_table(published.drop(columns="paper"))
