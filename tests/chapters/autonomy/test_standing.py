"""Ranks of boards, authorities and councils, recomputed from the tables in another way."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.autonomy.standing import (
    COUNCILS,
    FIGURES,
    assessments,
    means_of_councils,
    of_boards,
    of_councils,
    ranked,
    yearly_errors,
)


def test_yearly_errors_are_those_of_planted_noise():
    rng = np.random.default_rng(0)
    noise = np.where(np.arange(400) < 200, 1.0, 3.0)
    panel = pd.DataFrame(
        50 + 5 * rng.standard_normal((400, 1)) + np.arange(8) + noise[:, None] * rng.standard_normal((400, 8))
    )
    found = yearly_errors(panel)
    # the variance of an area is half its own, half that of all (5)
    assert np.sqrt((found[:200] ** 2).mean()) == pytest.approx(np.sqrt(3.0), rel=0.05)
    assert np.sqrt((found[200:] ** 2).mean()) == pytest.approx(np.sqrt(7.0), rel=0.05)


def test_councils_have_the_figures_of_the_tables():
    rows = of_councils()
    assert set(rows["measure"]) == set(COUNCILS)
    raw = tables.load("social_care_outcome").query("measure == 'workforce_turnover_rate'")
    latest = raw[raw["financial_year_start"] == 2022].set_index("area_code")["value"]
    own = rows[rows["measure"] == "workforce_turnover_rate"].set_index("area_code")["value"]
    pd.testing.assert_series_equal(own.sort_index(), latest.sort_index())
    assert (rows["error"] > 0).all()


def test_assessments_disagree_as_their_scores_do():
    table = tables.load("council_assessment").set_index("area_code")
    found = assessments()
    scores = table[[c for c in table if c.startswith("score_")]].to_numpy(float)
    np.testing.assert_allclose(found["value"], scores.mean(axis=1))
    left = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()
    n, k = scores.shape
    np.testing.assert_allclose(found["error"], np.sqrt((left**2).sum() / (n - 1) / (k - 1) / k))


def test_ratings_follow_the_scores():
    """Councils with a better rating have more points."""
    table = tables.load("council_assessment").dropna(subset=["rating"])
    total = table[[c for c in table if c.startswith("score_")]].sum(axis=1)
    worst = total.groupby(table["rating"]).min()
    best = total.groupby(table["rating"]).max()
    assert best["inadequate"] < worst["requires_improvement"]
    assert best["requires_improvement"] < worst["outstanding"]
    assert best["good"] < worst["outstanding"]


def test_means_of_councils_by_hand():
    councils = pd.DataFrame(
        {
            "area_code": ["A", "B", "C"],
            "value": [1.0, 4.0, 9.0],
            "error": [0.1, 0.2, 0.3],
            "measure": "quality_of_life",
            "period": "2022/23",
        }
    )
    within = pd.DataFrame(
        {
            "area_code": ["A", "B", "C", "D"],
            "region": ["X", "X", "Y", "Y"],
            "people": [200.0, 100.0, 10.0, 11.0],
        }
    )
    found = means_of_councils(councils, within)
    assert found["area_code"].tolist() == ["X"]  # of Y less than half has a figure
    assert found["value"].iloc[0] == pytest.approx(2.0)
    assert found["error"].iloc[0] == pytest.approx(np.hypot(200 * 0.1, 100 * 0.2) / 300)


def test_boards_are_the_42_of_2022_to_2026():
    rows = of_boards()
    assert rows.groupby("measure")["area_code"].nunique().to_dict() == {
        "sickness": 42,
        "doctors": 42,
        "staff": 42,
    }
    sick = tables.load("sickness_absence_month")
    own = rows[rows["measure"] == "sickness"]["value"]
    england = 100 * sick["fte_days_lost"].sum() / sick["fte_days_available"].sum()
    assert own.min() < england < own.max()


def test_ranks_hold_the_truth_and_know_their_end():
    rng = np.random.default_rng(1)
    held = []
    for _ in range(60):
        truth = rng.standard_normal(40)
        rows = pd.DataFrame(
            {
                "area_code": [f"a{i:02d}" for i in range(40)],
                "value": truth + 0.5 * rng.standard_normal(40),
                "error": 0.5,
                "measure": "workforce_turnover_rate",
                "period": "now",
            }
        )
        found = ranked(rows)
        true = truth.argsort().argsort() + 1  # the lowest turnover is first
        held.append(((found["lower"] <= true) & (true <= found["upper"])).mean())
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)
    assert found.loc[found["rank"] == 1, "value"].iloc[0] == found["value"].min()


def test_few_areas_have_no_ranks():
    rows = of_councils().groupby("measure").head(3)
    assert ranked(rows).empty
    assert set(ranked(of_councils().groupby("measure").head(4))["areas"]) == {4}
    assert set(FIGURES) >= set(COUNCILS)
