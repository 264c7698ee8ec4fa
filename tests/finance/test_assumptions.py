"""Assumptions carry range and source; the table of them is read off the code that uses them."""

import dataclasses

import pytest

from healthdevo.errors import InputError
from healthdevo.finance import Assumption, assumption_table, sensitivity

DAYS = Assumption("working days in a year", 225, 220, 230, "days", "assumption", "holidays left out")
PAY = Assumption("pay", 700, 600, 800, "pounds a week", "table x")


def cost(days=DAYS, pay=PAY): ...


def leave(days=DAYS): ...


@dataclasses.dataclass(frozen=True)
class Inner:
    days: Assumption = DAYS


@dataclasses.dataclass(frozen=True)
class Outer:
    inner: Inner = Inner()
    several: tuple[Assumption, ...] = (PAY,)
    plain: int = 3


def test_every_assumption_stands_once_with_all_that_use_it():
    table = assumption_table([cost, leave, Outer()])
    assert table["name"].tolist() == ["working days in a year", "pay"]
    assert table["used_by"].tolist() == ["cost, leave, Outer", "cost, Outer"]
    assert table[["value", "low", "high"]].to_numpy().tolist() == [[225, 220, 230], [700, 600, 800]]
    assert table["source"].tolist() == ["assumption", "table x"]


def test_a_class_lists_its_defaults_and_an_empty_list_nothing():
    assert assumption_table([Inner])["used_by"].tolist() == ["Inner"]
    assert assumption_table([]).empty
    assert next(iter(assumption_table([]).columns)) == "name"
    assert assumption_table([DAYS])["used_by"].tolist() == [""]


def test_one_name_has_one_value():
    with pytest.raises(InputError, match=r"users\[1\]: 'pay' is 700 and 900"):
        assumption_table([cost, PAY.at(900)])
    with pytest.raises(InputError, match=r"users\[0\]: a value of type int"):
        assumption_table([3])


def test_what_an_assumption_refuses():
    for wrong in ((5, 6, 7), (8, 6, 7)):
        with pytest.raises(InputError, match="outside 6 to 7"):
            Assumption("a", *wrong, "x")
    with pytest.raises(InputError, match="source: ''"):
        Assumption("a", 1, 0, 2, "x", "")
    with pytest.raises(InputError, match="finite"):
        Assumption("a", 1, 0, float("inf"), "x")
    with pytest.raises(InputError, match="finite"):
        DAYS.at(True)


def test_what_it_says():
    assert PAY.sentence == "Pay: 700 pounds a week, tried from 600 to 800; source: table x."
    assert Assumption("a", 1, 1, 1, "x").sentence == "A: 1 x; an assumption."
    assert DAYS.assumed
    assert not PAY.assumed
    assert (PAY.at(900).value, PAY.at(900).low, PAY.at(900).high) == (900, 600, 900)


def test_sensitivity_by_hand():
    table = sensitivity(lambda v: v["pay"] / v["working days in a year"], [DAYS, PAY])
    assert table["name"].tolist() == ["pay", "working days in a year"]
    assert table["at_value"].tolist() == [700 / 225] * 2
    assert table["at_low"].tolist() == [600 / 225, 700 / 220]
    assert table["swing"].tolist() == pytest.approx([200 / 225, 700 / 220 - 700 / 230])
    for call, says in (
        (lambda: sensitivity(lambda v: 1.0, [DAYS, DAYS]), "same name"),
        (lambda: sensitivity(lambda v: v["no"], [DAYS]), "asks for 'no'"),
        (lambda: sensitivity(lambda v: float("nan"), [DAYS]), "finite"),
    ):
        with pytest.raises(InputError, match=says):
            call()
