"""Simulated books against closed forms, identities of pooling and reserves, and reproducibility."""

import hashlib
import math

import numpy as np
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.finance import (
    BudgetRule,
    Shocks,
    breach_probability,
    break_even_lasting,
    budget_horizon,
    reserve_needed,
    window_sd,
)
from healthdevo.finance.horizon import departures, follow, pooled
from healthdevo.finance.shocks import STEP, draw_shocks, on_lattice

GROUPS = ["a", "a", "a", "b", "b", "c"]
GROUP = np.array([0, 0, 0, 1, 1, 2])
WEIGHTS = np.array([1.0, 2.0, 3.0, 1.0, 1.0, 4.0])


def simulated(shocks, rules, **options):
    return budget_horizon(shocks, GROUPS, rules, WEIGHTS, **{"paths": 4000, "seed": 3} | options)


@pytest.mark.parametrize("lasting", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("horizon", "settlement"), [(1, 1), (2, 2), (5, 5), (5, 1)])
@pytest.mark.parametrize("reserve", [0.0, 0.02])
def test_simulated_breaches_are_those_of_the_closed_form(lasting, horizon, settlement, reserve):
    rule = BudgetRule("x", horizon, settlement, reserve=reserve)
    row = simulated(Shocks(0.03, lasting, 0.2, 0.3), [rule]).summary.iloc[0]
    p = breach_probability(0.03, lasting, horizon, settlement=settlement, reserve=reserve)
    assert row["failed"] == pytest.approx(p, abs=4 * row["failed_error"])
    at_all = 1 - (1 - p) ** (10 // horizon)
    assert row["probability"] == pytest.approx(at_all, abs=4 * row["probability_error"])
    assert row["failed_error"] < 0.01


def test_uncovered_cost_and_depth_are_those_of_a_normal_number():
    rule = BudgetRule("annual", 1, reserve=0.02)
    row = simulated(Shocks(0.03, 0.5), [rule], years=1).summary.iloc[0]
    z = 0.02 / 0.03
    expected = 0.03 * (stats.norm.pdf(z) - z * stats.norm.sf(z))
    assert row["uncovered"] == pytest.approx(expected, abs=4 * row["uncovered_error"])
    assert row["depth"] == pytest.approx(expected / stats.norm.sf(z), abs=4 * row["depth_error"])


def test_the_reserve_needed_is_the_quantile():
    rule = BudgetRule("two", 2)
    found = simulated(Shocks(0.03, 0.4), [rule], years=2)
    row = found.summary.iloc[0]
    expected = stats.norm.isf(0.05) * 0.03 * math.sqrt(0.4 * 5 / 4 + 0.6 / 2)
    assert reserve_needed(0.03, 0.4, 2) == pytest.approx(expected, rel=1e-12)
    assert row["reserve_needed"] == pytest.approx(expected, abs=4 * row["reserve_needed_error"])
    held = simulated(Shocks(0.03, 0.4), [BudgetRule("two", 2, reserve=row["reserve_needed"])], years=2)
    assert held.summary["probability"].iloc[0] == pytest.approx(0.05, abs=0.005)


def test_closed_forms_by_hand():
    assert window_sd(0.02, 1.0, 2) == pytest.approx(0.02 * math.sqrt(5) / 2)  # (2 eta1 + eta2) / 2
    assert window_sd(0.02, 1.0, 4, 2) == pytest.approx(0.02 * math.sqrt(10) / 4)
    assert window_sd(0.02, 0.0, 4) == pytest.approx(0.01)
    assert breach_probability(0.02, 0.7, 3) == 0.5
    assert breach_probability(0.0, 0.7, 3, reserve=0.01) == 0.0
    assert breach_probability(0.02, 0.0, 4, reserve=0.01) == pytest.approx(stats.norm.sf(1.0))
    assert reserve_needed(0.02, 0.0, 1, allowed=0.5) == 0.0


@pytest.mark.parametrize("horizon", [2, 3, 5, 10])
def test_at_the_break_even_share_the_horizon_makes_no_difference(horizon):
    share = break_even_lasting(horizon)
    assert window_sd(0.03, share, horizon) == pytest.approx(0.03, rel=1e-12)
    assert window_sd(0.03, share - 0.05, horizon) < 0.03 < window_sd(0.03, share + 0.05, horizon)


def shocks_drawn(lasting=0.5, paths=2000):
    return draw_shocks(Shocks(0.03, lasting, 0.2, 0.3), GROUP, 10, paths, np.random.default_rng(5))


def test_departures_by_hand():
    eta = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(4, 1, 1)
    e = np.array([0.5, 0.25, 0.0, 0.0]).reshape(4, 1, 1)
    assert departures(eta, e, 2).ravel().tolist() == [1.5, 11.25, 100.0, 1100.0]
    assert departures(eta, e, 1).ravel().tolist() == [1.5, 10.25, 100.0, 1000.0]
    assert departures(eta, e, 4).ravel().tolist() == [1.5, 11.25, 111.0, 1111.0]


def test_books_by_hand():
    x = np.array([0.25, -0.5, 0.5, 0.25]).reshape(4, 1, 1)
    needed, hole, failed, bare = follow(x, BudgetRule("two", 2, borrowing=0.125, reserve=0.0625))
    assert needed.item() == pytest.approx(0.375)  # 0.5 - 0.125 in the third year; 0.75 / 2 in the fourth
    assert hole.item() == 0.75 - 0.125
    assert failed.item() == 1
    assert bare.item() == 0.625
    # three years, the fourth belongs to a window that is not over
    needed, _, failed, _ = follow(x, BudgetRule("three", 3))
    assert needed.item() == pytest.approx(0.25 / 3)
    assert failed.item() == 1


@pytest.mark.parametrize(
    ("horizon", "settlement", "borrowing"),
    [(1, 1, 0.0), (3, 3, 0.04), (5, 5, 0.04), (5, 1, 0.0), (2, 3, 0.04)],
)
def test_books_are_those_of_a_plain_loop(horizon, settlement, borrowing):
    eta, e = shocks_drawn(paths=60)
    rule = BudgetRule("x", horizon, settlement, borrowing=borrowing, reserve=0.01)
    _, hole, failed, _ = follow(departures(eta, e, settlement), rule)
    for area in range(6):
        for path in range(60):
            level, owed, breached, ends = 0.0, 0.0, False, 0
            for t in range(10):
                level = eta[t, area, path] + (level if t % settlement else 0.0)
                owed = (owed if t % horizon else 0.0) + level + e[t, area, path]
                k = t % horizon + 1
                breached |= owed - k * 0.01 > (0.0 if k == horizon else borrowing)
                ends += k == horizon and owed - k * 0.01 > 0.0
            assert (hole[area, path] > 0) == breached
            assert failed[area, path] == ends


def test_more_reserve_or_borrowing_never_raises_a_breach():
    rules = [BudgetRule(f"{c}", 5, borrowing=0.03, reserve=c) for c in (0.0, 0.01, 0.02, 0.04)]
    rules += [BudgetRule(f"b{b}", 5, borrowing=b, reserve=0.02) for b in (0.0, 0.02, 0.1, math.inf)]
    found = simulated(Shocks(0.03, 0.5, 0.2, 0.3), rules).areas.pivot(
        index="area", columns="rule", values="probability"
    )
    for order in (["0.0", "0.01", "0.02", "0.04"], ["b0.0", "b0.02", "b0.1", "binf"]):
        assert (np.diff(found[order].to_numpy(), axis=1) <= 0).all()


def test_a_pool_lies_between_all_of_its_members_and_any():
    eta, e = shocks_drawn()
    x = departures(eta, e, 5)
    once = BudgetRule("five", 5, reserve=0.01)
    _, alone, _, _ = follow(x[:5], once)
    _, together, _, _ = follow(pooled(x[:5], GROUP, WEIGHTS), once)
    limited = BudgetRule("five", 5, borrowing=0.04, reserve=0.01)
    _, each, _, uncovered = follow(x, limited)
    _, joint, _, shared = follow(pooled(x, GROUP, WEIGHTS), limited)
    for k in range(3):
        members = k == GROUP
        all_breach = (alone[members] > 0).all(axis=0)
        assert all_breach.any()
        assert (together[k][all_breach] > -1e-8).all()  # at one test: all breach, so the pool does
        assert (
            (each[members][:, joint[k] > 1e-8] > 0).any(axis=0).all()
        )  # the pool breaches, so a member does
        w = WEIGHTS[members][:, None]
        assert (shared[k] * w.sum() <= (uncovered[members] * w).sum(axis=0) + 1e-7).all()


def test_a_pool_of_one_is_its_member_and_common_surprises_leave_nothing_to_pool():
    rules = [BudgetRule("alone", 3, reserve=0.02), BudgetRule("pooled", 3, reserve=0.02, pooled=True)]
    found = simulated(Shocks(0.03, 0.5, 0.2, 0.3), rules)
    assert found["alone"][5].estimate == found["pooled"][5].estimate
    common = simulated(Shocks(0.03, 0.5, 1.0), rules).summary
    assert common["failed"].iloc[0] == pytest.approx(common["failed"].iloc[1], abs=1e-3)


def test_pooling_independent_places_shrinks_the_spread_by_the_square_root():
    rules = [BudgetRule("pooled", 1, reserve=0.02, pooled=True)]
    found = budget_horizon(Shocks(0.04), ["a"] * 4, rules, paths=4000, years=5, seed=2).summary.iloc[0]
    assert found["failed"] == pytest.approx(stats.norm.sf(0.02 / 0.02), abs=4 * found["failed_error"])


def test_variances_and_correlations_drawn_are_those_asked_for():
    eta, e = shocks_drawn(lasting=0.25, paths=20000)
    assert eta.std() == pytest.approx(0.03 * 0.5, rel=0.02)
    assert e.std() == pytest.approx(0.03 * math.sqrt(0.75), rel=0.02)
    r = np.corrcoef(e.transpose(1, 0, 2).reshape(6, -1))
    assert r[0, 1] == pytest.approx(0.5, abs=0.01)
    assert r[0, 5] == pytest.approx(0.2, abs=0.01)
    assert np.abs(np.corrcoef(e[0, 0], e[1, 0])[0, 1]) < 0.03


def test_the_lattice_makes_sums_exact_in_any_order():
    _, e = shocks_drawn()
    assert (e / STEP == np.rint(e / STEP)).all()
    flat = e.ravel()
    assert math.fsum(flat) == flat.sum() == flat[::-1].cumsum()[-1]
    assert on_lattice(1 / 3) == pytest.approx(1 / 3, abs=STEP)


def test_the_same_seed_gives_the_same_everywhere():
    """The hash is that of the surprises on the lattice; another processor must draw the very same."""
    eta, e = shocks_drawn(paths=200)
    whole = np.rint(np.stack([eta, e]) / STEP).astype("<i8")
    assert hashlib.sha256(whole.tobytes()).hexdigest()[:16] == "a3f0aa5674ae055a"
    one, other = (
        simulated(Shocks(0.03, 0.4, 0.2, 0.1), [BudgetRule("x", 5, borrowing=0.05, reserve=0.02)], seed=9)
        for _ in range(2)
    )
    assert one.summary.equals(other.summary)
    assert one.areas.equals(other.areas)


def test_rules_meet_the_same_surprises_whatever_their_order():
    a, b = BudgetRule("a", 1, reserve=0.02), BudgetRule("b", 5, reserve=0.02)
    one, other = (simulated(Shocks(0.03, 0.4), rules).summary.set_index("rule") for rules in ([a, b], [b, a]))
    assert one.loc["b"].equals(other.loc["b"])


def test_monte_carlo_error_is_the_spread_over_seeds():
    rule = [BudgetRule("x", 5, reserve=0.02)]
    runs = [simulated(Shocks(0.03, 0.4, 0.5), rule, paths=300, seed=s).summary.iloc[0] for s in range(60)]
    for name in ("probability", "uncovered", "depth"):
        spread = np.std([r[name] for r in runs], ddof=1)
        assert np.mean([r[f"{name}_error"] for r in runs]) == pytest.approx(spread, rel=0.35)


def test_what_the_result_says():
    rules = [BudgetRule("annual", 1, reserve=0.2), BudgetRule("five years", 5, reserve=0.2)]
    found = simulated(Shocks(0.01), rules, index=list("uvwxyz"))
    assert found.sentence == "The chance of a breach within 10 years is 0% (annual), 0% (five years)."
    assert found["annual"]["u"].estimate == 0.0
    assert (found.summary["depth"] == 0).all()
    assert found.to_frame()["tests"].tolist() == [10, 2]
    with pytest.raises(InputError, match="give one of 'annual', 'five years'"):
        found["ten"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: BudgetRule("", 1), "name"),
        (lambda: BudgetRule("x", 0), "horizon: 0"),
        (lambda: BudgetRule("x", 5, 51), "settlement: 51"),
        (lambda: BudgetRule("x", 5, borrowing=-0.1), "borrowing"),
        (lambda: BudgetRule("x", 5, reserve=1.5), "reserve"),
        (lambda: Shocks(1.5), "sd"),
        (lambda: Shocks(0.1, national=0.7, regional=0.7), "at most 1 together"),
        (lambda: simulated(Shocks(0.1), []), "rules: is empty"),
        (lambda: simulated(Shocks(0.1), [BudgetRule("x", 1)] * 2), "same name"),
        (lambda: simulated(Shocks(0.1), [BudgetRule("x", 5)], years=3), "years: 3 is shorter"),
        (lambda: simulated(Shocks(0.1), [BudgetRule("x", 5)], paths=10), "paths: 10"),
        (lambda: simulated(Shocks(0.1), [BudgetRule("x", 5)], allowed=1.0), "allowed"),
        (lambda: simulated(Shocks(0.1), [BudgetRule("x", 5)], index=["a"]), "index"),
        (lambda: window_sd(0.1, 0.5, 5, 2), "settlement: 2"),
        (lambda: breach_probability(0.1, 0.5, 0), "horizon: 0"),
        (lambda: breach_probability(0.1, 0.5, 1, reserve=2.0), "reserve"),
        (lambda: reserve_needed(0.1, 0.5, 1, allowed=0.7), "allowed"),
        (lambda: break_even_lasting(1), "horizon: 1"),
    ],
)
def test_what_is_refused(call, says):
    with pytest.raises(InputError, match=says):
        call()
