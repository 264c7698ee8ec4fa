"""Sentences of the section also read right when the numbers turn."""

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.area.spending import words
from healthdevo.results import Estimate, Interval


def test_words_on_an_implication_claim_no_finding_across_zero():
    def averted(lower: float, upper: float) -> Estimate:
        return Estimate("deaths averted", (lower + upper) / 2, 1.0, (Interval(0.95, lower, upper),), 1, "m")

    assert "no finding either way" in words.implied(averted(-1.0, 3.0))
    assert "no finding" not in words.implied(averted(1.0, 3.0))
    assert "2 more" in words.implied(averted(-2.0, -1.0))


def test_need_is_judged_by_the_interval():
    area = areas.get("E54000057")

    def said(difference: float, lower: float, upper: float) -> str:
        row = {"area_code": area.code, "difference": difference, "lower": lower, "upper": upper}
        return words.against_need(pd.DataFrame([row]), area)

    assert "about what" in said(2.0, -0.1, 4.0)
    assert "2% more" in said(2.0, 0.1, 4.0)
    assert "2% less" in said(-2.0, -4.0, -0.1)
    assert "too few" in words.against_need(pd.DataFrame({"area_code": ["E54000034"]}), area)


def test_councils_and_gaps_are_counted_in_the_singular_too():
    two = pd.DataFrame({"name": ["A", "B"], "share": [1.0, 1.0]})
    assert words.parts(two).startswith("2 councils")
    assert words.parts(two).endswith("cuts none.")
    assert "count by the share of their" in words.parts(two.assign(share=0.5))
    assert words.gaps({}).startswith("No year")
    assert words.gaps({2022: ["A"]}) == "2022/23 is left open: no figures from A."
    assert words.gaps({2022: [], 2023: []}).endswith("are left open: no figures from some councils.")


def test_few_indicators_place_no_area():
    placed = pd.DataFrame({"name": ["Pay", "Work"]})
    assert words.best_and_worst(placed) == "Against England the area does best on pay and worst on work."
    assert words.best_and_worst(placed.iloc[:1]).startswith("Too few")
