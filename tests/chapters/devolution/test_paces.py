"""How fast gaps closed: recomputed, and in words on each side of every threshold."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.devolution.paces import gap_paths, paces
from healthdevo.chapters.devolution.words import paces_in_words
from healthdevo.evaluation import Panel


def rows(before, after, p):
    return pd.DataFrame(
        {"first": [2002, 2003][: len(before)], "before": before, "after": after, "p_value": p}
    )


def test_paces_of_life_expectancy_are_slopes_of_its_gap(life_expectancy):
    gap = life_expectancy.gap["gap"]
    found = life_expectancy.paces.set_index("first")
    assert found.index.tolist() == list(range(2002, 2010))
    for first in (2002, 2005, 2009):
        before = np.polyfit(np.arange(first, 2013), gap.loc[first:2012], 1)[0]
        assert found.loc[first, "before"] == pytest.approx(
            before
        )  # the gap is below zero: it closes as it rises
    after = np.polyfit(np.arange(2012, 2018), gap.loc[2012:2017], 1)[0]
    assert found["after"].tolist() == pytest.approx([after] * 8)


def test_shares_of_blocks_are_counted_group_by_group():
    rng = np.random.default_rng(4)
    y = rng.normal(size=(30, 9)).cumsum(axis=1)
    panel = Panel(
        y, np.outer(np.arange(30) < 3, np.arange(9) >= 5), pd.RangeIndex(30), pd.RangeIndex(2000, 2009)
    )
    groups = np.array([rng.choice(np.arange(3, 30), 3, replace=False) for _ in range(40)])

    def change(members):
        others = [i for i in range(3, 30) if i not in members]
        gap = y[members].mean(axis=0) - y[others].mean(axis=0)
        return np.polyfit(range(4, 9), gap[4:], 1)[0] - np.polyfit(range(1, 5), gap[1:5], 1)[0]

    mine = abs(change([0, 1, 2]))
    larger = sum(abs(change(list(g))) >= mine for g in groups)
    found = paces(panel, groups, last=2004, firsts=[2001])
    assert found.loc[0, "p_value"] == pytest.approx((1 + larger) / 41)
    assert gap_paths(panel, groups).shape == (41, 9)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (rows([0.2, 0.5], 0.4, 0.5), "was already closing before the agreement. It did so by 0.2 years a year counted from 2002, and by 0.5 years"),
        (rows([-0.2, 0.5], 0.4, 0.5), "depends on the first year. It widened by 0.2 years a year counted from 2002 and closed by 0.5"),
        (rows([-0.2, -0.1], 0.4, 0.5), "was not closing before the agreement. It widened by 0.1 years a year counted from 2003, and by 0.2"),
        (rows([0.2, 0.5], 0.4, 0.5), "After it, the gap closed by 0.4 years a year. That change"),
        (rows([0.996, 1.26], 2.0, 0.5), "by 1 years a year counted from 2002, and by 1.3 years a year counted from 2003. After it, the gap closed by 2.0"),
        (rows([0.2, 0.5], -0.4, 0.5), "After it, the gap widened by 0.4 years a year"),
        (rows([0.2, 0.5], 0.4, [0.06, 0.5]), "not unusual from any first year: at least 6% of blocks of ten districts"),
        (rows([0.2, 0.5], 0.4, [0.05, 0.5]), "It closed faster than before counted from 2002, by more than"),
        (rows([0.2, 0.5], 0.4, [0.05, 0.5]), "; counted from the other years the change of pace is not unusual"),
        (rows([0.2, 0.5], 0.4, [0.5, 0.01]), "It closed more slowly than before counted from 2003, by more"),
        (rows([0.2, 0.5], 0.4, 0.01), "It closed faster than before counted from 2002 and more slowly than before counted from 2003"),
    ],
)  # fmt: skip
def test_words_follow_the_paces(table, words):
    assert words in paces_in_words(table, unit="years", of="districts")


def test_nothing_is_said_of_other_years_when_there_are_none():
    assert "other years" not in paces_in_words(rows([0.2, 0.5], 0.4, 0.01), unit="years", of="districts")
