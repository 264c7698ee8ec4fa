"""Prevention within a window: closed forms, hand cases, and simulated books that hold what the room promises."""

import math

import numpy as np
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.finance import BudgetRule, Programme, Shocks, Uncertain, prevention_room

RULES = [
    BudgetRule("annual", 1, reserve=0.05),
    BudgetRule("three", 3, borrowing=0.02, reserve=0.05),
    BudgetRule("five", 5, borrowing=0.5, reserve=0.05),
]


def test_break_even_and_the_chance_of_it_by_hand():
    t = prevention_room(Programme("p", Uncertain(0.3, 0.1)), Shocks(0.02, 0.2), RULES).table.set_index("rule")
    assert t["years_of_saving"].tolist() == [0, 2, 4]
    assert t["break_even"].tolist() == [math.inf, 0.5, 0.25]
    assert t["saved"].tolist() == pytest.approx([0.0, 0.6, 1.2])
    assert t["pays_back"].tolist() == pytest.approx([0.0, stats.norm.sf(2.0), stats.norm.cdf(0.5)])
    later = prevention_room(Programme("p", Uncertain(0.3, 0.1), 3), Shocks(0.02), RULES).table
    assert later["break_even"].tolist() == [math.inf, math.inf, 0.5]


def test_without_savings_the_room_is_the_reserve_that_is_spare():
    t = prevention_room(Programme("p", Uncertain(0.0)), Shocks(0.02), RULES).table.set_index("rule")
    spare = 0.05 - stats.norm.isf(0.05) * 0.02
    assert t.loc["annual", "room"] == pytest.approx(spare, abs=1e-9)
    assert t.loc["three", "room"] == pytest.approx(0.07)  # reserve and borrowing bind before 3 x spare
    five = 5 * 0.05 - stats.norm.isf(0.05) * 0.02 * math.sqrt(5)
    assert t.loc["five", "room"] == pytest.approx(five, abs=1e-9)


def test_the_room_keeps_the_chance_it_promises():
    rng = np.random.default_rng(1)
    programme, shocks = Programme("p", Uncertain(0.15, 0.1)), Shocks(0.02, 0.0)
    room = float(prevention_room(programme, shocks, RULES)["five"]["room"])
    assert 0 < room < 0.55
    x = rng.normal(0, 0.02, (400_000, 5)).sum(axis=1)
    net = room * (1 - 4 * rng.normal(0.15, 0.1, 400_000))
    assert (x + net > 0.25).mean() == pytest.approx(0.05, abs=0.0015)


def test_where_the_reserve_is_short_already_nothing_fits():
    t = prevention_room(Programme("p", Uncertain(0.9, 0.0, "fixed")), Shocks(0.1), RULES).table
    assert t["room"].tolist()[0] == 0.0


def test_what_pays_for_itself_surely_is_bound_by_borrowing_alone():
    t = prevention_room(Programme("p", Uncertain(0.6, 0.0, "fixed")), Shocks(0.02), RULES).table.set_index(
        "rule"
    )
    assert t.loc["three", "room"] == pytest.approx(0.07)
    assert t.loc["five", "room"] == pytest.approx(0.55)
    assert t["pays_back"].tolist() == [0.0, 1.0, 1.0]


def test_what_it_says_and_refuses():
    p = Programme("the clinic", Uncertain(0.3, 0.1))
    found = prevention_room(p, Shocks(0.02), RULES)
    assert found.sentence == (
        "The chance that the clinic pays for itself within the window is 0% (annual), 2% (three), 69% (five)."
    )
    assert len(found.to_frame()) == 3
    for call, says in (
        (lambda: found["ten"], "'annual', 'three' or 'five'"),
        (lambda: prevention_room(p, Shocks(0.02), []), "empty"),
        (lambda: prevention_room(p, Shocks(0.02), RULES[:1] * 2), "same name"),
        (lambda: prevention_room(p, Shocks(0.02), [BudgetRule("x", 1, pooled=True)]), "pooled"),
        (lambda: prevention_room(p, Shocks(0.02), RULES, allowed=0.9), "allowed"),
        (lambda: Programme("x", Uncertain(0.5, 0.1, "beta")), "saving"),
        (lambda: Programme("x", Uncertain(0.5), 0), "delay"),
        (lambda: Programme(" ", Uncertain(0.5)), "name"),
    ):
        with pytest.raises(InputError, match=says):
            call()
