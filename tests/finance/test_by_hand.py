"""Numbers worked out by hand, what is valid at its very edge, and which number a message names."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from tests.kit.refusing import refused

from healthdevo.finance import (
    Assumption,
    BudgetRule,
    Programme,
    Shocks,
    Uncertain,
    assumption_table,
    breach_probability,
    break_even_lasting,
    budget_horizon,
    comparison_table,
    employer_discount,
    equalise,
    fiscal_position,
    flow_of_funds,
    largest_remainder,
    local_tax,
    need_shares,
    need_volatility,
    prevention_room,
    reserve_needed,
    returns_to_spending,
    reweighted_shares,
    sensitivity,
    window_sd,
)
from healthdevo.finance.horizon import departures, follow
from healthdevo.finance.returns import _quantile_error
from healthdevo.finance.shocks import draw_shocks
from healthdevo.results import Estimate, Interval

GROUPS = ["a", "a", "b"]


# ---------------------------------------------------------------------------------------------- returns to spending


def chain(elasticity=None, **options):
    given = {
        "spend": 2e9, "deaths": 50_000.0, "life_years_per_death": Uncertain(12.0, 1.5, "gamma"),
        "quality": Uncertain(0.8, 0.05, "beta"), "draws": 2000,
    }  # fmt: skip
    return returns_to_spending(elasticity or Uncertain(-0.1, 0.02), **(given | options))


def test_no_gain_at_all_has_no_cost():
    r = chain(Uncertain(0.0, 0.0, "fixed"))
    for cost in (r.cost_per_death_averted, r.cost_per_life_year, r.cost_per_qaly):
        assert math.isnan(cost.estimate)
        assert math.isnan(cost.standard_error)
        assert cost.reason == "at this elasticity more spending goes with no gain or a loss"
    assert r.steps["value"].iloc[:4].tolist() == [2e7, 0.0, 0.0, 0.0]
    assert r.steps.loc[4:, ["value", "lower_95", "upper_95"]].isna().all().all()


def test_every_error_of_the_chain_is_that_of_a_product():
    r = chain(
        Uncertain(-0.2, 0.05),
        change=0.02,
        life_years_per_death=Uncertain(10.0, 2.0),
        quality=Uncertain(0.5, 0.1),
    )
    # deaths averted 0.2 x 0.02 x 50,000; relative errors 1/4, 1/5 and 1/5
    values, errors = [200.0, 2000.0, 1000.0], [0.25, math.hypot(0.25, 0.2), math.sqrt(0.0625 + 0.04 + 0.04)]
    for amount, value, relative in zip(
        (r.deaths_averted, r.life_years, r.qalys), values, errors, strict=True
    ):
        assert amount.estimate == pytest.approx(value)
        assert amount.standard_error == pytest.approx(value * relative)
        assert amount.n == 2000
    costs = (r.cost_per_death_averted, r.cost_per_life_year, r.cost_per_qaly)
    for cost, value, relative in zip(costs, values, errors, strict=True):
        assert cost.estimate == pytest.approx(4e7 / value)
        assert cost.standard_error == pytest.approx(4e7 / value * relative)
    steps = r.steps.set_index("step")
    assert steps["value"].tolist() == pytest.approx([4e7, *values, *[4e7 / v for v in values]])
    assert steps.loc[
        "extra spending", ["standard_error", "lower_95", "upper_95", "monte_carlo_error"]
    ].tolist() == [0, 4e7, 4e7, 0]
    assert [c.unit for c in costs] == ["GBP"] * 3
    assert [c.measure for c in costs] == ["cost per death averted", "cost per life-year", "cost per QALY"]
    assert r.draws == 2000


def test_limits_of_gains_are_quantiles_and_of_costs_their_reciprocals():
    known = Uncertain(1.0, 0.0, "fixed")
    drawn = Uncertain(-0.1, 0.02).draw(2000, 5)
    r = chain(Uncertain(-0.1, 0.02), life_years_per_death=known, quality=known, seed=5, levels=(0.5, 0.9))
    gains = np.sort(-drawn * 0.01 * 50_000)
    for level, low, high in ((0.5, 0.25, 0.75), (0.9, 0.05, 0.95)):
        i, c = r.qalys.interval(level), r.cost_per_qaly.interval(level)
        lower, upper = np.quantile(gains, [low, high])
        assert (i.lower, i.upper) == pytest.approx((lower, upper))
        assert (c.lower, c.upper) == pytest.approx((2e7 / upper, 2e7 / lower))
        row = r.steps.set_index("step").loc["QALYs gained"]
        assert row[f"lower_{100 * level:g}"] == pytest.approx(lower)
        assert row[f"upper_{100 * level:g}"] == pytest.approx(upper)
        last = r.steps.iloc[-1]
        assert (last[f"lower_{100 * level:g}"], last[f"upper_{100 * level:g}"]) == pytest.approx(
            (c.lower, c.upper)
        )
    worst = max(_quantile_error(gains, p) for p in (0.05, 0.25, 0.75, 0.95))
    assert r.steps.set_index("step").loc["QALYs gained", "monte_carlo_error"] == pytest.approx(worst)
    p = (2e7 / gains < 40_000).mean()
    below = chain(
        Uncertain(-0.1, 0.02), life_years_per_death=known, quality=known, seed=5, thresholds=[40_000]
    ).probability_below
    assert below["probability"].tolist() == [p]
    assert below["threshold"].tolist() == [40_000]
    assert below["monte_carlo_error"].tolist() == pytest.approx([math.sqrt(p * (1 - p) / 2000)])
    assert r.probability_below["threshold"].tolist() == [20_000.0, 30_000.0]


def test_the_error_of_a_quantile_is_half_the_distance_of_two_order_statistics():
    squares = np.arange(1000.0) ** 2
    # n p = 100, one deviation sqrt(90) = 9.49: places 90 and 110
    assert _quantile_error(squares, 0.1) == (110.0**2 - 90.0**2) / 2
    hundred = np.arange(100.0)
    assert _quantile_error(hundred, 0.0005) == 0.5, "from place 0 to place 1"
    assert _quantile_error(hundred, 0.9995) == 0.0, "both at the last place"
    assert _quantile_error(hundred, 0.985) == 1.0, "97.3 and 99.7: from place 97 to the last, 99"


def test_a_cost_without_upper_limit_says_so_only_where_a_limit_holds_zero():
    sure = chain(Uncertain(-0.1, 0.001)).cost_per_qaly
    assert sure.reason == ""
    assert math.isfinite(sure.interval().upper)
    unsure = chain(Uncertain(-0.1, 0.07), levels=(0.5, 0.95)).cost_per_qaly
    assert math.isfinite(unsure.interval(0.5).upper)
    assert math.isinf(unsure.interval(0.95).upper)
    assert unsure.reason == "the interval of the gain holds zero, so the cost has no upper limit"


def test_sentences_of_a_chain():
    known = {"life_years_per_death": Uncertain(12.0, 0.0, "fixed"), "quality": Uncertain(0.8, 0.0, "fixed")}
    r = chain(Uncertain(-0.1, 0.0, "fixed"), **known)
    assert r.sentence == "At this elasticity a QALY costs 41,667 (95% interval 41,667 to 41,667)."
    lost = chain(Uncertain(0.1, 0.01))
    assert (
        lost.sentence
        == "The cost per QALY is not defined: at this elasticity more spending goes with no gain or a loss."
    )
    assert chain(Uncertain(-0.1, 0.08)).sentence.endswith(
        " without upper limit, because the interval of the gain holds zero)."
    )


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "gamma", "beta"])
def test_draws_are_quantiles_at_uniform_numbers(distribution):
    from scipy import stats

    u = np.random.default_rng(3).uniform(size=50)
    drawn = Uncertain(0.6, 0.1, distribution).draw(50, 3)
    spread = math.log(1 + (0.1 / 0.6) ** 2)
    size = 0.6 * 0.4 / 0.01 - 1
    law = {
        "normal": stats.norm(0.6, 0.1),
        "lognormal": stats.lognorm(math.sqrt(spread), scale=0.6 * math.exp(-spread / 2)),
        "gamma": stats.gamma(36.0, scale=1 / 60),
        "beta": stats.beta(0.6 * size, 0.4 * size),
    }[distribution]
    np.testing.assert_allclose(drawn, law.ppf(u), rtol=1e-9)
    assert law.mean() == pytest.approx(0.6)
    assert law.std() == pytest.approx(0.1)


def test_uncertain_numbers_at_the_edge():
    assert (Uncertain(0.5, 0.2, "fixed").draw(4, 0) == 0.5).all()
    assert (Uncertain(0.5, 0.0).draw(4, 0) == 0.5).all()
    refused(lambda: Uncertain(0.0, 1.0, "gamma"), "value: 0.0 is not positive")
    refused(lambda: Uncertain(0.0, 1.0, "lognormal"), "a lognormal number must be")
    refused(lambda: Uncertain(0.5, 0.5, "beta"), "no beta distribution")
    refused(lambda: Uncertain(0.0, 0.0, "beta"), "no beta distribution")
    refused(lambda: Uncertain(1.0, 0.0, "beta"), "no beta distribution")
    assert Uncertain(0.5, 0.49, "beta").standard_error == 0.49
    refused(lambda: Uncertain(0.5, math.inf), "standard error inf")
    refused(lambda: Uncertain.from_interval(1.0, 1.0, 1.0), "1.0 to 1.0")
    assert Uncertain.from_interval(2.0, 1.0, 3.0).standard_error == pytest.approx(1 / 1.9599639845)
    for name in ("spend", "deaths", "change"):
        refused(lambda name=name: chain(**{name: 0.0}), f"{name}: 0.0")
        refused(lambda name=name: chain(**{name: math.inf}), f"{name}: inf")
        assert chain(**{name: 0.5}).draws == 2000
    assert chain(draws=100).draws == 100
    refused(lambda: chain(draws=99), "draws: 99")


def test_the_comparison_shows_number_of_observations_and_level():
    columns = ["paper", "data", "estimator", "outcome", "estimate", "ci_or_se", "source_checked"]
    own = {
        "a": Estimate("cost", 1200.0, 1.0, (Interval(0.9, 1000.0, 1400.0),), 1500, "panel", unit="GBP"),
        "b": Estimate("share", 2.0, 1.0, (), 1, "panel", reason="none"),
    }
    rows = comparison_table(pd.DataFrame([["x"] * 7], columns=columns), own)
    assert rows.iloc[1].tolist() == [
        "a",
        "1,500 observations",
        "panel",
        "cost (GBP)",
        "1,200",
        "1,000 to 1,400 (90%)",
        "computed here",
    ]
    assert rows.iloc[2].tolist() == ["b", "1 observations", "panel", "share", "2", "none", "computed here"]


# ------------------------------------------------------------------------------------------------------ flow of funds


def table(*rows):
    return pd.DataFrame(rows, columns=["item", "parent", "amount"])


def test_messages_of_the_flow_name_the_item_that_is_wrong():
    whole = ("all", None, 10)
    refused(
        lambda: flow_of_funds(table(whole, ("b", "c", 1), ("c", "b", 1))), "parent: 'b' is part of itself"
    )
    refused(
        lambda: flow_of_funds(table(("all", None, 0), ("b", "all", 0))),
        "the whole, 'all', has no amount above zero",
    )
    refused(lambda: flow_of_funds(table(("all", None, None))), "amount: the whole, 'all'")
    refused(
        lambda: flow_of_funds(
            table(whole, ("b", "all", 1), ("b", "all", 1), ("c", "all", 1), ("c", "all", 1))
        ),
        "'b' is there twice",
    )
    refused(lambda: flow_of_funds(table(("a", "b", 1), ("b", "a", 1))), "0 items have none (no item)")
    refused(lambda: flow_of_funds(table(whole, ("b", None, 1))), "2 items have none (all, b)")
    refused(
        lambda: flow_of_funds(table(whole, ("b", "all", 12), ("c", "all", 3))),
        "the parts of 'all' exceed it by 5",
    )
    refused(lambda: flow_of_funds(table(("all", None, 2**53))), "give whole units")
    assert flow_of_funds(table(("all", None, 2**53 - 1))).total == 2**53 - 1
    assert flow_of_funds(table(("all", "", 1))).total == 1, "one unit is a whole, and an empty parent none"


def test_parts_that_are_all_of_their_whole_leave_no_rest():
    flows = flow_of_funds(table(("all", None, 10), ("b", "all", 3), ("c", "all", 7), ("a", "all", 0)))
    assert flows.lines["item"].tolist() == ["all", "c", "b", "a"], "largest first"
    assert flows.known_share == 1.0
    assert flows.sentence == "Of all, 10 thousand pounds, 100% can be followed to a named use."
    assert flows.lines["per_head"].isna().all()
    assert flows.lines["per_weighted_head"].isna().all()
    assert flows.lines["real"].tolist() == [10.0, 7.0, 3.0, 0.0]
    tied = flow_of_funds(
        table(("all", None, 9), ("z", "all", 3), ("y", "all", 3), ("w", "all", None), ("x", "all", 3))
    )
    assert tied.lines["item"].tolist() == ["all", "x", "y", "z", "w"], "by name where equal, unpublished last"
    assert tied.unknown == ("w",)


@pytest.mark.parametrize("name", ["people", "weighted_people", "price_factor", "units_per_pound"])
def test_numbers_beside_the_flow_are_above_zero(name):
    refused(lambda: flow_of_funds(table(("all", None, 10)), **{name: 0}), f"{name}: 0 is not valid")
    assert flow_of_funds(table(("all", None, 10)), **{name: 0.5}).total == 10


def test_heads_and_prices_of_the_flow():
    flows = flow_of_funds(
        table(("all", None, 12)), people=4.0, weighted_people=3.0, price_factor=1.5, unit="pounds", units_per_pound=2.0
    )  # fmt: skip
    row = flows.lines.iloc[0]
    assert row[["share", "real", "per_head", "per_weighted_head"]].tolist() == [1.0, 18.0, 2.25, 3.0]
    assert flows.unit == "pounds"


# -------------------------------------------------------------------------------------------------------- assumptions


def test_assumptions_at_the_edge_of_their_range():
    assert Assumption("a", 1, 1, 2, "x").value == 1
    assert Assumption("a", 2, 1, 2, "x").value == 2
    made = Assumption("a", 2, 1, 3, "x")
    assert dataclasses.astuple(made.at(0))[1:4] == (0.0, 0, 3)
    assert dataclasses.astuple(made.at(2.5))[1:4] == (2.5, 1, 3)
    for wrong in (True, "1", math.nan, math.inf):
        refused(lambda wrong=wrong: Assumption("a", wrong, 0, 9, "x"), "value: ")
        refused(lambda wrong=wrong: made.at(wrong), "value: ")
    for part in ("name", "unit", "source"):
        refused(lambda part=part: dataclasses.replace(made, **{part: " "}), f"{part}: ' '")
        refused(lambda part=part: dataclasses.replace(made, **{part: 3}), f"{part}: 3")


def test_assumptions_held_in_mappings_lists_and_fields_are_found():
    one, two, three, four = (Assumption(n, 1, 0, 2, "x") for n in "abcd")

    def user(given={"k": one}, many=[two, three], plain=3, none=None): ...  # noqa: B006

    @dataclasses.dataclass(frozen=True)
    class Holder:
        part: Assumption = four

    found = assumption_table([user, Holder, Holder(), dataclasses.replace(one, used_by=("y", "z"))])
    assert found["name"].tolist() == ["a", "b", "c", "d"]
    assert found["used_by"].tolist() == ["user, y, z", "user", "user", "Holder"]
    assert found.columns.tolist() == ["name", "value", "low", "high", "unit", "source", "note", "used_by"]


def test_sensitivity_is_widest_first_and_by_name_where_equal():
    a, b, c = Assumption("b", 1, 0, 2, "x"), Assumption("a", 1, 0, 2, "x"), Assumption("c", 1, -2, 1, "x")
    found = sensitivity(lambda v: v["a"] - v["b"] + 2 * v["c"], [a, b, c])
    assert found.columns.tolist() == ["name", "low", "high", "at_low", "at_value", "at_high", "swing"]
    assert found.to_numpy().tolist() == [
        ["c", -2, 1, -4.0, 2.0, 2.0, 6.0], ["a", 0, 2, 1.0, 2.0, 3.0, 2.0], ["b", 0, 2, 3.0, 2.0, 1.0, 2.0],
    ]  # fmt: skip
    refused(lambda: sensitivity(lambda v: True, [a]), "result: it returns True")
    refused(lambda: sensitivity(lambda v: "x", [a]), "result: it returns 'x'")


# -------------------------------------------------------------------------------------------- horizons and prevention


def test_the_reserve_needed_and_its_error_are_order_statistics():
    rule, shocks = BudgetRule("annual", 1, reserve=0.02), Shocks(0.03, 0.4, 0.1, 0.2)
    group = np.array([0, 0, 1])
    for allowed, at, low, high in (
        (0.05, 94, 92, 96),
        (0.001, 99, 98, 99),
        (0.999, 0, 0, 1),
        (0.5, 49, 44, 54),
    ):
        found = budget_horizon(shocks, GROUPS, [rule], paths=100, years=4, seed=8, allowed=allowed)
        lasting, passing = draw_shocks(shocks, group, 4, 100, np.random.default_rng(8))
        ordered = np.sort((lasting + passing).max(axis=0), axis=1)
        row = found.summary.iloc[0]
        np.testing.assert_allclose(found.areas["reserve_needed"], np.maximum(ordered[:, at], 0.0), atol=1e-12)
        assert row["reserve_needed"] == pytest.approx(np.maximum(ordered[:, at], 0.0).mean(), abs=1e-12)
        assert row["reserve_needed_error"] == pytest.approx(
            ((ordered[:, high] - ordered[:, low]) / 2).mean(), abs=1e-12
        )
        assert found.allowed == allowed


def test_every_number_of_the_books_from_the_departures_themselves():
    rule, shocks = BudgetRule("two", 2, borrowing=0.03, reserve=0.01), Shocks(0.03, 0.4, 0.1, 0.2)
    found = budget_horizon(shocks, GROUPS, [rule], paths=200, years=5, seed=8, index=["u", "v", "w"])
    lasting, passing = draw_shocks(shocks, np.array([0, 0, 1]), 5, 200, np.random.default_rng(8))
    x = departures(lasting, passing, 2)
    first, second, third = x[0] + x[1] - 0.02, x[2] + x[3] - 0.02, x[4] - 0.01 - 0.03
    hole = np.max([x[0] - 0.04, first, x[2] - 0.04, second, third], axis=0)
    failed = (first > 0).astype(float) + (second > 0)
    bare = np.maximum(first, 0) + np.maximum(second, 0)
    breached = hole > 0
    row, areas = found.summary.iloc[0], found.areas
    assert row["tests"] == 2

    def mean_and_error(values):
        by_path = values.mean(axis=0)
        return pytest.approx((by_path.mean(), by_path.std(ddof=1) / math.sqrt(200)), abs=1e-7)

    assert (row["probability"], row["probability_error"]) == mean_and_error(breached)
    assert (row["failed"], row["failed_error"]) == mean_and_error(failed / 2)
    assert (row["uncovered"], row["uncovered_error"]) == mean_and_error(bare / 4)
    assert row["depth"] == pytest.approx(hole[breached].mean(), abs=1e-7)
    residual = np.where(breached, hole - hole[breached].mean(), 0.0).sum(axis=0)
    error = residual.std(ddof=1) / math.sqrt(200) / breached.sum(axis=0).mean()
    assert row["depth_error"] == pytest.approx(error, abs=1e-7)
    q = breached.mean(axis=1)
    np.testing.assert_allclose(areas["probability"], q)
    np.testing.assert_allclose(areas["probability_error"], np.sqrt(q * (1 - q) / 200))
    np.testing.assert_allclose(areas["failed"], failed.mean(axis=1) / 2)
    assert areas["area"].tolist() == ["u", "v", "w"]
    shown = found["two"]
    np.testing.assert_allclose(
        shown.lower[:, 0], np.maximum(0, q - 1.9599639845 * np.sqrt(q * (1 - q) / 200))
    )
    np.testing.assert_allclose(
        shown.upper[:, 0], np.minimum(1, q + 1.9599639845 * np.sqrt(q * (1 - q) / 200))
    )
    assert shown.n.tolist() == [200] * 3
    assert (found.years, found.paths, found.allowed) == (5, 200, 0.05)


def test_books_without_a_breach_have_no_depth():
    row = budget_horizon(Shocks(0.001), GROUPS, [BudgetRule("x", 1, reserve=1.0)], paths=100).summary.iloc[0]
    names = [
        "probability",
        "probability_error",
        "failed",
        "depth",
        "depth_error",
        "uncovered",
        "uncovered_error",
        "reserve_needed",
    ]
    assert row[names[:-1]].tolist() == [0.0] * 7
    assert 0.0 < row["reserve_needed"] < 0.01


def test_limits_of_a_chance_stay_between_nothing_and_one():
    sure = budget_horizon(Shocks(0.03), ["a"], [BudgetRule("x", 1)], paths=100, years=5)["x"]
    assert sure.estimate[0] > 0.9
    assert sure.upper[0, 0] <= 1.0
    rare = budget_horizon(
        Shocks(0.03), ["a"], [BudgetRule("x", 1, reserve=0.065)], paths=100, years=1, seed=2
    )["x"]
    assert 0.0 < rare.estimate[0] < 0.05
    assert rare.lower[0, 0] == 0.0


def test_a_breach_is_more_than_what_was_held_back():
    x = np.array([0.25, -0.25]).reshape(2, 1, 1)
    needed, hole, failed, bare = follow(x, BudgetRule("x", 1, reserve=0.25))
    assert (needed.item(), hole.item(), failed.item(), bare.item()) == (0.25, 0.0, 0, 0.0)


def test_what_rules_and_horizons_hold_at_the_edge():
    assert BudgetRule("x", 50, 50, borrowing=0.0, reserve=1.0).settled == 50
    assert BudgetRule("x", 1, 1).settled == 1
    assert BudgetRule("x", 4).settled == 4
    for horizon in (0, 51, True, 1.5):
        refused(lambda h=horizon: BudgetRule("x", h), f"horizon: {horizon}")
        refused(lambda h=horizon: BudgetRule("x", 3, h), f"settlement: {horizon}")
    for share in (-0.1, True, "x", math.nan):
        refused(lambda s=share: BudgetRule("x", 3, borrowing=s), "borrowing: ")
        refused(lambda s=share: BudgetRule("x", 3, reserve=s), "reserve: ")
    assert window_sd(0.02, 0.0, 50) == pytest.approx(0.02 / math.sqrt(50))
    refused(lambda: window_sd(0.02, 0.0, 51), "horizon: 51")
    refused(lambda: window_sd(0.02, 0.0, 5, 0), "settlement: 0")
    refused(lambda: window_sd(0.02, 0.0, 5, 10), "settlement: 10")
    assert window_sd(1.0, 0.0, 1, 1) == 1.0
    assert breach_probability(0.5, 0.0, 1, reserve=1.0) == pytest.approx(0.0227501319)
    assert breach_probability(0.5, 0.0, 1) == 0.5
    refused(lambda: breach_probability(0.5, 0.0, 1, reserve=-0.1), "reserve: -0.1")
    refused(lambda: reserve_needed(0.5, 0.0, 1, allowed=0.0), "allowed: 0.0")
    assert break_even_lasting(2) == pytest.approx(6 / 9)
    assert break_even_lasting(50) == pytest.approx(6 / 105)
    refused(lambda: break_even_lasting(51), "horizon: 51")


def test_what_books_are_run_at_the_edge():
    rule = BudgetRule("x", 1)
    assert len(budget_horizon(Shocks(0.1), ["a"], [rule], years=1, paths=100).areas) == 1
    assert budget_horizon(Shocks(0.1), ["a"], [rule], years=200, paths=100).years == 200
    refused(lambda: budget_horizon(Shocks(0.1), ["a"], [rule], years=201, paths=100), "years: 201")
    refused(lambda: budget_horizon(Shocks(0.1), ["a"], [rule], years=0, paths=100), "years: 0")
    refused(lambda: budget_horizon(Shocks(0.1), ["a"], [rule], paths=99), "paths: 99")
    refused(lambda: budget_horizon(Shocks(0.1), ["a", "b"], [rule], paths=3_000_001), "at most 60,000,000")
    refused(lambda: budget_horizon(Shocks(0.1), ["a"], [rule], allowed=0.0), "allowed: 0.0")
    refused(lambda: budget_horizon(Shocks(0.1), [], [rule]), "groups")
    refused(
        lambda: budget_horizon(Shocks(0.1), ["a", "b"], [rule], index=["q", "q"]),
        "index: has 2 labels; give 2",
    )
    refused(
        lambda: budget_horizon(Shocks(0.1), ["a"], [BudgetRule("y", 6)], years=5),
        "years: 5 is shorter than a window of 6",
    )
    assert budget_horizon(Shocks(0.1), ["a"], [BudgetRule("y", 5)], years=5, paths=100).summary[
        "tests"
    ].tolist() == [1]
    assert budget_horizon(Shocks(0.1), ["a", "b"], [rule], paths=100).areas["area"].tolist() == [0, 1]


def test_surprises_at_the_edge():
    assert Shocks(1.0, 1.0, 0.5, 0.5).own == 0.0
    assert Shocks(0.0).own == 1.0
    assert Shocks(0.1, national=0.3, regional=0.5).own == pytest.approx(0.2)
    for name in ("sd", "lasting", "national", "regional"):
        for wrong in (-0.1, 1.1, True, "x", math.nan):
            refused(lambda n=name, w=wrong: Shocks(**({"sd": 0.1} | {n: w})), f"{name}: ")
    eta, e = draw_shocks(Shocks(0.1, 1.0, 1.0), np.array([0, 1]), 3, 50, np.random.default_rng(1))
    assert not e.any(), "all lasts"
    np.testing.assert_array_equal(eta[:, 0], eta[:, 1])
    eta, _ = draw_shocks(Shocks(0.1, 1.0, 0.0, 1.0), np.array([0, 1, 1]), 3, 50, np.random.default_rng(1))
    np.testing.assert_array_equal(eta[:, 1], eta[:, 2])
    assert (eta[:, 0] != eta[:, 1]).all()


def test_room_of_a_programme_at_the_edge():
    surely = Programme("p", Uncertain(0.5, 0.0, "fixed"))
    found = prevention_room(
        surely, Shocks(0.0), [BudgetRule("three", 3, borrowing=0.5, reserve=0.1)]
    ).table.iloc[0]
    assert (found["saved"], found["pays_back"], found["break_even"]) == (1.0, 1.0, 0.5)
    assert found["room"] == pytest.approx(0.6), "reserve and borrowing; it costs nothing over the window"
    late = prevention_room(
        Programme("p", Uncertain(0.5, 0.1), 3), Shocks(0.02), [BudgetRule("t", 3, reserve=0.05)]
    ).table.iloc[0]
    assert late["years_of_saving"] == 0
    assert math.isinf(late["break_even"])
    assert late["pays_back"] == 0.0
    tight = prevention_room(surely, Shocks(0.0), [BudgetRule("one", 1)]).table.iloc[0]
    assert tight["room"] == 0.0
    whole = prevention_room(surely, Shocks(0.0), [BudgetRule("one", 1, reserve=1.0)]).table.iloc[0]
    assert whole["room"] == 1.0
    assert prevention_room(surely, Shocks(0.01), [BudgetRule("one", 1)], allowed=0.5).table[
        "room"
    ].tolist() == [0.0]
    assert Programme("p", Uncertain(0.5), 50).years(50) == 0
    for delay in (0, 51, True, 1.0):
        refused(lambda d=delay: Programme("p", Uncertain(0.5), d), f"delay: {delay}")
    assert Programme("p", Uncertain(0.5, 0.2)).spread == 0.2
    assert Programme("p", Uncertain(0.5, 0.2, "fixed")).spread == 0.0
    refused(lambda: prevention_room(surely, Shocks(0.0), [BudgetRule("x", 1)], allowed=0.0), "allowed: 0.0")


def test_the_room_solves_its_equation():
    """At the room found, what is left over is what the allowed chance asks for."""
    rule, programme = (
        BudgetRule("five", 5, reserve=0.04, borrowing=0.9),
        Programme("p", Uncertain(0.15, 0.1), 2),
    )
    a = float(prevention_room(programme, Shocks(0.03, 0.3), [rule], allowed=0.1)["five"]["room"])
    spread = 0.03 * math.sqrt(0.3 * 55 + 0.7 * 5)
    assert 0.0 < a < 0.9
    assert 5 * 0.04 - a * (1 - 0.45) == pytest.approx(1.2815515655 * math.hypot(spread, a * 0.3), abs=1e-9)


# ------------------------------------------------------------------------------------ shares, transfers, taxes, labels


def test_labels_are_those_given_or_numbers():
    for call in (
        lambda index: need_shares([1.0, 2.0], [1.0, 1.0], index=index),
        lambda index: reweighted_shares([1.0, 2.0], [1.0, 1.0], weight=0.1, new_weight=0.2, index=index),
        lambda index: equalise([1.0, 2.0], [1.0, 1.0], index=index),
        lambda index: local_tax([1.0, 2.0], [1.0, 1.0], rate=1.0, index=index),
        lambda index: fiscal_position([1.0, 2.0], [1.0, 1.0], [1.0, 1.0], [1, 1], index=index),
    ):
        assert list(call(None).index) == [0, 1]
        found = call(["p", "q"])
        assert list(found.index) == ["p", "q"]
        assert found.n.tolist() == [1, 1]
        assert found.levels == ()
        assert np.isnan(found.standard_error).all()
        assert found.reason == ("it follows from published sums by arithmetic; no sample was drawn",) * 2
        refused(lambda call=call: call(["q", "q"]), "index: 'q' is there twice")
        refused(lambda call=call: call(["q"]), "index: has 1 labels; 2 are needed")
    refused(lambda: employer_discount([1.0, 2.0], index=["q"]), "index: has 1 labels; give 2")


def test_weights_at_the_edge():
    found = reweighted_shares([50.0, 50.0], [60.0, 40.0], weight=0.0, new_weight=1.0)
    assert found.after.tolist() == [0.6, 0.4]
    assert reweighted_shares([50.0, 50.0], [60.0, 40.0], weight=0.5, new_weight=0.5).estimate.tolist() == [
        0.0,
        0.0,
    ]
    for weight, other in ((-0.1, 0.5), (1.0, 0.5)):
        refused(
            lambda w=weight, o=other: reweighted_shares([1.0], [1.0], weight=w, new_weight=o),
            f"weight: {weight}",
        )
    for other in (-0.1, 1.1):
        refused(
            lambda o=other: reweighted_shares([1.0], [1.0], weight=0.1, new_weight=o), f"new_weight: {other}"
        )
    # all of an area's weight is the part: nothing is left where the part weighs nothing
    assert reweighted_shares([3.0, 1.0], [1.0, 1.0], weight=0.5, new_weight=0.0).after.tolist() == [1.0, 0.0]
    refused(lambda: need_shares([0.0, 0.0], [1.0, 1.0]), "weighted: sums to 0")
    assert need_shares([0.0, 1.0], [1.0, 1.0]).estimate.tolist() == [0.0, 2.0]


def test_transfers_at_the_edge():
    e = equalise([3.0, 1.0, 2.0], [1.0, 1.0, 1.0], index=["a", "b", "c"])
    assert e.estimate.tolist() == [-1.0, 1.0, 0.0]
    assert (list(e.winners), list(e.losers), e.moved) == (["b"], ["a"], 1.0)
    small = equalise([0.02, 0.0], [1.0, 1.0])
    assert small.moved == 0.01, "one penny"
    assert (list(small.winners), list(small.losers)) == ([1], [0])
    assert e["a"].method == "100% of the way from what is raised to a share by need"
    assert e["a"].unit == "pounds"
    assert e.to_frame()["raised"].tolist() == [3.0, 1.0, 2.0]
    refused(lambda: equalise([2.0**45], [1.0]), "too large")
    assert equalise([2.0**45 - 1.0], [1.0]).estimate.tolist() == [0.0]
    refused(lambda: equalise([1.0], [1.0], share=-0.1), "share: -0.1")
    assert largest_remainder([0.5, 0.5], 2).tolist() == [1, 1], "as many upwards as there are"
    refused(lambda: largest_remainder([0.5, 0.5], 3), "total: 3 is not within reach of amounts that sum to 1")
    refused(lambda: largest_remainder([0.5, 0.5], -1), "total: -1")
    refused(lambda: largest_remainder([2.0**52], 2**52), "too large")
    assert largest_remainder([2.0**52 - 1.0], 2**52 - 1).tolist() == [2**52 - 1]
    assert largest_remainder([0.5, 0.5], 1, index=["b", "a"]).tolist() == [0, 1], "by label where equal"
    assert largest_remainder([0.5, 0.5], 1, index=pd.Index([2, 1])).tolist() == [0, 1]


def test_taxes_and_accounts_at_the_edge():
    nothing = local_tax([1.0, 0.0], [1.0, 1.0], rate=0.0)
    assert nothing.estimate.tolist() == [0.0, 0.0]
    assert nothing.total == 0.0
    all_service = fiscal_position([1.0, 3.0], [2.0, 2.0], [2.0, 1.0], [1, 1], index=["a", "b"])
    assert all_service.estimate.tolist() == [0.5, 2.0]
    refused(
        lambda: fiscal_position([1.0, 1.0], [2.0, 2.0], [2.0, 3.0], [1, 1]),
        "service: 3 exceeds the area's expenditure of 2",
    )


def test_the_discount_at_the_edge():
    from healthdevo.finance.employer_discount import DISCOUNT, TAX

    assert employer_discount([600.0], tax=TAX.at(1.0)).table["absence_purse_low"].iloc[0] == pytest.approx(
        50 / (5.7 * 1.5 * 120)
    )
    refused(lambda: employer_discount([600.0], tax=TAX.at(1.5)), "tax: its range ends at 1.5")
    refused(lambda: employer_discount([600.0], discount=DISCOUNT.at(0.0)), "discount: its range begins at 0")
    assert list(employer_discount([600.0, 700.0]).table.index) == [0, 1]
    assert "sick_share" not in employer_discount([600.0]).table


# --------------------------------------------------------------------------------------------------- surprises of need


def levels(growth, years):
    return pd.DataFrame(
        np.exp(np.concatenate([np.zeros((len(growth), 1)), np.cumsum(growth, axis=1)], axis=1)), columns=years
    )


def test_intervals_are_quantiles_of_resamples_of_areas():
    growth = np.random.default_rng(3).normal(0.01, 0.03, (8, 6))
    found = need_volatility(levels(growth, range(2000, 2007)), draws=60, seed=4, levels=(0.5, 0.9))
    weight = np.random.default_rng(4).multinomial(8, np.full(8, 1 / 8), size=60)
    sds, lasts = [], []
    for w in weight:
        g = np.repeat(growth, w, axis=0)
        d = g - g.mean()
        own, lag = (
            (d**2).mean(),
            np.mean(g[:, 1:] * g[:, :-1]) - g.mean() * (g[:, 1:] + g[:, :-1]).mean() + g.mean() ** 2,
        )
        lasting = min(max((own + 2 * lag) / (own + lag), 0.0), 1.0)
        sds.append(math.sqrt(own if lag >= 0 else own / 2 if own + 2 * lag <= 0 else own + lag))
        lasts.append(lasting)
    for one, drawn in ((found.sd, sds), (found.lasting, lasts)):
        assert one.standard_error == pytest.approx(np.std(drawn, ddof=1))
        for level in (0.5, 0.9):
            i = one.interval(level)
            assert (i.lower, i.upper) == pytest.approx(
                tuple(np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]))
            )
        assert one.n == 8
    assert (found.areas, found.years) == (8, 6)


def test_without_groups_what_all_share_is_the_mean_product_of_pairs():
    growth = np.random.default_rng(5).normal(0, 0.02, (6, 5)) + np.random.default_rng(6).normal(0, 0.02, 5)
    found = need_volatility(levels(growth, range(2000, 2006)), draws=5)
    d = growth - growth.mean()
    pairs = np.mean([d[i] * d[j] for i in range(6) for j in range(6) if i != j])
    assert found.national.estimate == pytest.approx(pairs / (d**2).mean(), rel=1e-9)
    assert found.regional.estimate == 0.0
    alone = need_volatility(levels(growth, range(2000, 2006)), list("abcdef"), draws=5)
    assert alone.national.estimate == pytest.approx(pairs / (d**2).mean(), rel=1e-9)
    assert alone.regional.estimate == 0.0, "no two areas of one group"


def test_surprises_that_all_pass_are_counted_twice_in_growth():
    rng = np.random.default_rng(7)
    e = rng.choice([-0.02, 0.02], size=(6, 1)) * np.array([1, -1] * 4)
    growth = np.diff(e, axis=1)
    found = need_volatility(levels(growth, range(2000, 2008)), draws=5)
    assert found.lasting.estimate == 0.0
    assert "lasting" in found.bounded
    assert found.sd.estimate == pytest.approx(math.sqrt(((growth - growth.mean()) ** 2).mean() / 2), rel=1e-9)


def test_what_need_is_refused_at_the_edge():
    growth = np.random.default_rng(3).normal(0, 0.03, (5, 3))
    good = levels(growth, range(2000, 2004))
    assert need_volatility(good, draws=5).areas == 5
    refused(lambda: need_volatility(good.iloc[:, :3], draws=5), "has 5 areas and 3 years")
    refused(lambda: need_volatility(good.iloc[:4], draws=5), "has 4 areas and 4 years")
    refused(lambda: need_volatility(good.set_axis([2000, 2001, 2001, 2002], axis=1)), "not years")
    refused(lambda: need_volatility(good.set_axis([2000, 2001, True, 2002], axis=1)), "not years")
    bad = good.set_axis(list("vwxyz"), axis=0)
    bad.iloc[1, 2], bad.iloc[3, 0] = -2.0, 0.0
    refused(lambda: need_volatility(bad), "row 1 (label 'w'), year 2002, is -2")
    gap = good.set_axis([2000, 2001, 2003, 2004], axis=1)
    refused(lambda: need_volatility(gap), "no two neighbouring years")
    growth = np.random.default_rng(3).normal(0, 0.03, (5, 6))
    # growth into 2003 and 2005 is over two years or left out: 2001, 2002, 2006 remain, and one pair of neighbours
    spaced = need_volatility(
        levels(growth, [2000, 2001, 2002, 2004, 2005, 2006, 2007]), leave_out=[2005], draws=5
    )
    assert spaced.years == 4


def test_the_sentence_of_need():
    found = need_volatility(
        levels(np.random.default_rng(3).normal(0, 0.03, (40, 12)), range(2000, 2013)), draws=50
    )
    fixed = dataclasses.replace(
        found,
        sd=dataclasses.replace(found.sd, estimate=0.031, intervals=(Interval(0.9, 0.028, 0.034),)),
        lasting=dataclasses.replace(found.lasting, estimate=0.81, intervals=(Interval(0.9, 0.7, 0.9),)),
    )
    assert (
        fixed.sentence
        == "A year's surprise is 3.1% of need (90% interval 2.8 to 3.4), of which 81% lasts (70% to 90%)."
    )


def test_a_class_or_function_that_is_handed_on_is_not_used_by_it():
    held = Assumption("a", 1, 0, 2, "x")

    @dataclasses.dataclass(frozen=True)
    class Holder:
        part: Assumption = held

    def helper(part=held): ...

    def user(kind=Holder, help_with=helper, number=3): ...

    def owner(made=Holder()): ...

    assert assumption_table([user]).empty
    assert assumption_table([owner])["used_by"].tolist() == ["owner"]
