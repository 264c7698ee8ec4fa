"""Break-even points of the employer discount by hand, their ranges, and what moves them."""

import pytest

from healthdevo.errors import InputError
from healthdevo.finance import Assumption, assumption_table, employer_discount
from healthdevo.finance.employer_discount import BENEFITS, DAYS, DISCOUNT, TAX, WORTH


def test_break_even_by_hand():
    t = employer_discount([600.0, 1200.0], [60.0, 30.0], index=["a", "b"]).table
    assert t["absence"].tolist() == pytest.approx([100 / (4.4 * 1.2 * 120), 100 / (4.4 * 1.2 * 240)])
    assert t["absence_purse"].tolist() == pytest.approx((t["absence"] / 0.3).tolist())
    assert t.loc["a", "back_to_work"] == pytest.approx(100_000 / (0.3 * 52 * 600 + 6000))
    assert t["sick_share"].tolist() == pytest.approx((t["back_to_work"] / [60.0, 30.0]).tolist())


def test_the_range_is_that_of_all_assumptions_at_their_ends():
    row = employer_discount([600.0], [60.0]).table.iloc[0]
    assert row["absence_low"] == pytest.approx(50 / (5.7 * 1.5 * 120))
    assert row["absence_high"] == pytest.approx(200 / (3.6 * 1.0 * 120))
    assert row["absence_purse_high"] == pytest.approx(200 / (3.6 * 1.0 * 120) / 0.2)
    assert row["back_to_work_low"] == pytest.approx(50_000 / (0.4 * 52 * 600 + 10_000))
    assert row["sick_share_high"] == pytest.approx(200_000 / (0.2 * 52 * 600 + 4000) / 60)


def test_at_break_even_the_sums_meet():
    row = employer_discount([700.0]).table.iloc[0]
    days_won = row["absence"] * DAYS.value
    assert days_won * 140 * WORTH.value == pytest.approx(DISCOUNT.value)
    assert row["absence_purse"] * DAYS.value * 140 * WORTH.value * TAX.value == pytest.approx(DISCOUNT.value)
    one = TAX.value * 52 * 700 + BENEFITS.value
    assert row["back_to_work"] * one == pytest.approx(1000 * DISCOUNT.value)


def test_other_assumptions_and_their_table():
    found = employer_discount([600.0], discount=DISCOUNT.at(200.0))
    assert found.table["absence"].iloc[0] == pytest.approx(
        2 * employer_discount([600.0]).table["absence"].iloc[0]
    )
    names = assumption_table([employer_discount])["name"].tolist()
    assert names == [a.name for a in (DISCOUNT, DAYS, WORTH, TAX, BENEFITS)]
    assert assumption_table([found])["value"].iloc[0] == 200.0


def test_sensitivity_by_hand():
    s = employer_discount([600.0]).sensitivity(600.0).set_index("name")
    assert s.loc[DISCOUNT.name, "at_low"] == pytest.approx(50 / (4.4 * 1.2 * 120))
    assert s.loc[DAYS.name, "at_high"] == pytest.approx(100 / (5.7 * 1.2 * 120))
    assert s.index[0] == DISCOUNT.name
    assert s.loc[TAX.name, "swing"] == 0.0
    purse = employer_discount([600.0]).sensitivity(600.0, "absence_purse").set_index("name")
    assert purse.loc[TAX.name, "at_low"] == pytest.approx(100 / (4.4 * 1.2 * 120) / 0.2)
    back = employer_discount([600.0]).sensitivity(600.0, "back_to_work").set_index("name")
    assert back.loc[BENEFITS.name, "at_high"] == pytest.approx(100_000 / (0.3 * 52 * 600 + 10_000))
    with pytest.raises(InputError, match="measure: 'x'"):
        employer_discount([600.0]).sensitivity(600.0, "x")


def test_what_it_says_and_refuses():
    found = employer_discount([600.0, 900.0], index=["a", "b"])
    assert found.sentence == (
        "Absence would have to fall by 11% to 16% to pay for the discount, and by 3% to 46% over all assumptions."
    )
    assert found["a"]["absence"] > found["b"]["absence"]
    assert found.to_frame()["area"].tolist() == ["a", "b"]
    for call, says in (
        (lambda: found["c"], "area: 'c'"),
        (lambda: employer_discount([0.0]), "pay"),
        (lambda: employer_discount([1.0], [0.0]), "sick_per_1000"),
        (lambda: employer_discount([1.0], discount=DAYS), "give the assumption 'business-rate discount'"),
        (lambda: employer_discount([1.0], discount=Assumption(DISCOUNT.name, 1, 0, 2, "x")), "begins at 0"),
        (lambda: employer_discount([1.0], tax=TAX.at(2.0)), "ends at 2"),
        (lambda: employer_discount([1.0, 2.0], index=["a", "a"]), "index"),
    ):
        with pytest.raises(InputError, match=says):
            call()
