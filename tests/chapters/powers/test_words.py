"""Words of the chapter follow the tables on each side of every branch."""

import pandas as pd
import pytest

from healthdevo.chapters.powers.findings import headline_of
from healthdevo.chapters.powers.holders import Holders
from healthdevo.chapters.powers.words import duty, matrix, money_ever, say_only


@pytest.mark.parametrize(
    ("law", "agreed", "budgets", "words"),
    [
        (
            ["A", "B"],
            ["C"],
            [],
            ["3 hold", "A and B by law, C by agreement", "None holds a budget", "other 17 none beyond"],
        ),
        (["A"], [], ["A"], ["1 holds", "its own: A by law.", "A holds a budget of the NHS"]),
        ([], ["A", "B"], ["A", "B"], ["A and B by agreement", "A and B hold a budget"]),
        ([], [], [], ["For none of the 20"]),
        ([f"N{i}" for i in range(20)], [], [], ["20 hold"]),
    ],
)
def test_headline(law, agreed, budgets, words):
    said = headline_of(20, law, agreed, budgets)
    assert all(w in said for w in words)
    assert ("For the other" in said) == (0 < len(law) + len(agreed) < 20)


def test_money_that_was_ever_handed_over():
    rows = pd.DataFrame(
        {
            "authority": ["A", "B"],
            "valid_from": pd.to_datetime(["2016-04-01", "2020-01-01"]),
            "valid_to": pd.to_datetime(["2022-06-30", None]),
        }
    )
    said = money_ever(rows)
    assert "A (from April 2016, to June 2022)" in said
    assert "B (from January 2020, still)" in said
    assert money_ever(rows.iloc[:0]) == "No place was ever handed health money"


def test_a_say_and_no_more():
    assert say_only([]).startswith("No authority")
    assert say_only(["A"]).startswith("A has a say")
    assert say_only(["A", "B"]).startswith("A and B have a say")


def test_duty_says_what_is_known_of_it():
    holders = Holders.load()
    assert "No money came with it, and the day" in duty(holders)
    paid = holders.powers.copy()
    general = (paid["authority"].str.startswith("All ")) & (paid["domain"] == "duty")
    paid.loc[general, "amount"] = 5e6
    paid.loc[general, "date_precision"] = "day"
    said = duty(Holders(holders.authorities, paid))
    assert said.endswith("£5,000,000 came with it")


def test_subtitle_says_who_holds_a_budget():
    holders = Holders.load()
    assert matrix(holders).subtitle.startswith("None holds an NHS budget")
    powers = holders.powers.copy()
    budget = powers[(powers["authority"] == "Greater Manchester") & (powers["domain"] == "budget")].index
    powers.loc[budget, "valid_to"] = pd.NaT
    assert matrix(Holders(holders.authorities, powers)).subtitle.startswith(
        "With an NHS budget: Greater Manchester"
    )
