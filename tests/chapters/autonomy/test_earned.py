"""Earned freedom as it is run: the rule is the official one, and scores drawn again move as many trusts as the model says."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.autonomy.earned import Earned, segments_of


def test_our_rule_gives_the_official_segments(chapter):
    section = chapter.earned
    assert section.followed == 1.0
    trusts = section.trusts
    deficit = trusts["in_deficit"].fillna(False).astype(bool)
    assert (trusts.loc[deficit, "segment"] >= 3).all()
    better = trusts["average_score"] <= section.limits[1]
    assert section.held_back == int((better & deficit).sum()) == 36


def test_chances_add_up_and_deficits_stay(chapter):
    section = chapter.earned
    np.testing.assert_allclose(section.again.sum(axis=1), 1.0)
    assert (section.again[section.deficit > 0][:, :2] == 0.0).all()
    rows = section.moving
    np.testing.assert_allclose(rows[["again", "better", "worse"]].sum(axis=1), 1.0)
    assert rows["trusts"].sum() == len(section.trusts)


def test_without_uncertainty_nobody_moves_and_with_much_the_segments_are_lost():
    score = np.linspace(1.2, 3.2, 80)
    limits, none = (1.7, 2.2, 2.7), np.zeros(80)
    frame = pd.DataFrame(
        {"average_score": score, "segment": segments_of(score, limits, none), "in_deficit": False}
    )
    domains = [
        "access",
        "effectiveness_experience",
        "patient_safety",
        "people_workforce",
        "finance_productivity",
    ]
    rng = np.random.default_rng(0)
    for noise, low, high in ((0.001, 0.97, 1.0), (2.0, 0.2, 0.62)):
        scores = {f"score_{d}": score + noise * rng.standard_normal(80) for d in domains}
        section = Earned(frame.assign(**scores), pd.DataFrame(), pd.DataFrame())
        assert low <= 1 - section.change <= high


def test_the_named_trusts_are_the_eight_and_told_as_what_they_are(chapter):
    section = chapter.earned
    assert len(section.named) == 8
    assert section.named["provider_code"].is_unique
    known = section.named.dropna(subset=["segment"])
    every = tables.load("oversight_trust").set_index("provider_code")
    assert (every.loc[known["provider_code"], "segment"].to_numpy() == known["segment"].to_numpy()).all()
    acute = every.loc[known["provider_code"], "trust_type"] == "Acute trust"
    assert set(acute.index[acute]) == {"RTF", "RBS"}
    assert section.quote("trusts whose segment") == pytest.approx(38)
    assert section.named_table() is not None
