"""Staff and social care: numbers against hand cases and identities, and words that turn."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.workforce import CARE, DELAYS, Workforce
from healthdevo.results import Estimate, Interval

MONTHS = pd.to_datetime(["2009-09-01", "2025-03-01"])


def made(first, last, need=None):
    codes = list(tables.load("staff_board_month")["area_code"].unique()[1 : len(first) + 1])
    staff = pd.DataFrame([first, last], index=MONTHS, columns=codes)
    weights = pd.Series(1000.0 if need is None else need, index=codes)
    return Workforce(staff, weights, pd.DataFrame(), draws=50)


def test_spread_and_ends_by_hand():
    section = made([10.0, 30.0], [20.0, 40.0], [1000.0, 1000.0])
    assert section.spread.tolist() == pytest.approx([0.5, 1 / 3])
    assert section.spread_change.estimate == pytest.approx(-1 / 6)
    assert section.england.tolist() == [20.0, 30.0]
    assert section.boards["last"].tolist() == [40.0, 20.0]
    assert section.boards["growth"].tolist() == pytest.approx([1 / 3, 1.0])
    weighted = made([10.0, 30.0], [10.0, 30.0], [1000.0, 3000.0])
    assert weighted.spread.iloc[0] == pytest.approx(0.0)
    assert weighted.england.iloc[0] == pytest.approx(10.0)


def test_staff_are_those_of_the_tables(chapter):
    section = chapter.workforce
    rows = tables.load("staff_board_month").set_index(["area_code", "month"])["staff"]
    assert section.staff.sum(axis=1).iloc[-1] == pytest.approx(rows["E92000001", "2025-03-01"], abs=2)
    assert rows.groupby("month").apply(lambda s: 2 * s.xs("E92000001").sum() - s.sum()).abs().max() < 2
    assert section.staff.shape == (32, 42)
    spread = section.spread.iloc[-1]
    x, w = section.per_need.iloc[-1].to_numpy(), section.need.to_numpy()
    assert spread == pytest.approx(np.sqrt(np.cov(x, aweights=w, ddof=0)) / np.average(x, weights=w))
    assert (
        section.spread_change[0.95].lower < section.spread_change.estimate < section.spread_change[0.95].upper
    )
    order = spearmanr(section.per_need.iloc[0], section.per_need.iloc[-1]).statistic
    assert section.stay.estimate == pytest.approx(order)


def test_links_are_rank_correlations_of_the_tables(chapter):
    care = tables.load("social_care_outcome")
    care = care[care["measure"] == "workforce_turnover_rate"].set_index(["area_code", "financial_year_start"])
    delays = tables.load("local_outcome")
    delays = delays[delays["indicator"] == DELAYS].set_index(["area_code", "year"])["value"]
    change = {
        code: (
            care.loc[(code, 2018), "value"] - care.loc[(code, 2016), "value"],
            delays[code, 2018] - delays[code, 2016],
        )
        for code in care.index.get_level_values(0).unique()
        if {(code, 2016), (code, 2018)} <= set(care.index)
        and {(code, 2016), (code, 2018)} <= set(delays.index)
    }
    row = chapter.workforce.main.set_index("how").loc["changes within areas"]
    assert row["n"] == len(change)
    assert row["estimate"] == pytest.approx(spearmanr(*zip(*change.values(), strict=True)).statistic)
    assert len(chapter.workforce.links) == 2 * len(CARE)


def test_a_planted_link_is_found():
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(
        [(f"a{i}", year) for i in range(90) for year in (2016, 2017, 2018)],
        columns=["area_code", "financial_year_start"],
    )
    for measure in CARE:
        rows[measure] = rng.normal(size=len(rows))
    rows["delays"] = rows["workforce_turnover_rate"] + 0.1 * rng.normal(size=len(rows))
    section = Workforce(pd.DataFrame(), pd.Series(dtype=float), rows, draws=60)
    assert (section.main["lower"] > 0.8).all()
    others = section.links[~section.links["measure"].isin(section.main["measure"])]
    assert others["estimate"].abs().max() < 0.35


@pytest.mark.parametrize(
    ("low", "high", "said", "title"),
    [
        (0.01, 0.1, "further apart", "grew further apart"),
        (-0.1, -0.01, "closer together", "came closer"),
        (-0.1, 0.1, "neither clearly", "have lasted"),
    ],
)
def test_spread_words(low, high, said, title):
    change = Estimate("x", (low + high) / 2, 0.1, (Interval(0.95, low, high),), 42, "m")
    assert said in words.spread_said(change[0.95])
    boards = pd.DataFrame({"name": ["A", "B"], "last": [3.0, 1.0]})
    for england in ([1.0, 2.0], [2.0, 1.0]):
        section = SimpleNamespace(spread_change=change, england=pd.Series(england), boards=boards)
        caption = words.staff(section)
        assert title in caption.title
        assert caption.title.startswith("Staff grew") == (low > 0 and england[1] > england[0])


@pytest.mark.parametrize(
    ("between", "within", "first", "then", "title"),
    [
        ((0.1, 0.3), (-0.1, 0.1), "goes with longer", "did not clearly rise", "not over time"),
        ((0.1, 0.3), (0.1, 0.3), "goes with longer", "delays rose too", "goes with longer delays"),
        ((-0.3, -0.1), (-0.3, -0.1), "goes with shorter", "delays fell", "goes with shorter delays"),
        ((-0.1, 0.1), (-0.1, 0.1), "does not clearly", "did not clearly rise", "does not clearly go"),
    ],
)
def test_turnover_words(between, within, first, then, title):
    rows = pd.DataFrame(
        {
            "how": ["between areas", "changes within areas"],
            "estimate": [np.mean(between), np.mean(within)],
            "lower": [between[0], within[0]],
            "upper": [between[1], within[1]],
        }
    )
    assert first in words.turnover_said(rows)[0]
    assert then in words.turnover_said(rows)[1]
    assert title in words.links(SimpleNamespace(main=rows, links=rows)).title
