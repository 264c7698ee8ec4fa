"""The verdict on Greater Manchester: no seed decides it, and its parts are those of the main design."""

import pytest

from healthdevo import areas
from healthdevo.chapters.devolution.designs import any_design, logged
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.panels import deprivation, districts_of, pool
from healthdevo.chapters.devolution.words import alternatives
from healthdevo.evaluation import conditional_placebo_test, contiguous_groups, placebo_test, verdict


def test_the_verdict_is_the_same_each_time(judgement, mortality):
    again = Judgement.of(mortality)
    assert again.verdict.sentence == judgement.verdict.sentence
    assert again.verdict.tests.equals(judgement.verdict.tests)


def test_twenty_seeds_of_drawn_blocks_come_to_the_same_verdict(judgement):
    """Were blocks drawn at random instead, the draw would not decide."""
    panel, found = judgement.pre_trends.panel, judgement.verdict
    touch = areas.adjacency("district", 2023).loc[panel.areas, panel.areas]
    strengths = set()
    for seed in range(20):
        blocks = contiguous_groups(panel, touch, draws=250, seed=seed)
        main, share = (
            placebo_test(panel, "did", groups=blocks),
            placebo_test(logged(panel), "did", groups=blocks),
        )
        given = conditional_placebo_test(
            panel, blocks, given=["trend", "level"], covariates={"deprivation": deprivation()}
        )
        one = verdict(
            main.estimate,
            placebo_p=main.p_absolute,
            designs={
                "sdid": judgement.main.estimate,
                "gsc1": judgement.designs.found("persons", "gsc1").estimate,
            },
            conditional_effect=given.estimate,
            conditional_p=given.p_absolute,
            relative_effect=share.estimate,
            relative_p=share.p_absolute,
            pre_rmspe=judgement.designs.main.pre_rmspe,
            pretrend_p=judgement.pre_trends.test.p_absolute,
        )
        strengths.add(one.strength)
    assert strengths == {found.strength}


def test_gap_before_is_that_of_the_main_design(judgement):
    panel, row = judgement.pre_trends.panel, judgement.verdict.tests.set_index("test").iloc[4]
    assert row["value"] == pytest.approx(any_design(panel, "sdid").pre_rmspe / abs(judgement.main.estimate))
    assert row["value"] != pytest.approx(any_design(panel, "did").pre_rmspe / abs(judgement.main.estimate))


def test_halves_are_recomputed_from_the_table(judgement, rates, ten):
    wide = rates().drop(index=ten)
    change = wide.loc[:, 2015:].mean(axis=1) - wide.loc[:, :2014].mean(axis=1)
    score = deprivation().reindex(wide.index)
    deprived = score >= score.median()
    halves = judgement.halves["points"]
    assert halves["deprived"] == pytest.approx(change[deprived].mean())
    assert halves["other"] == pytest.approx(change[~deprived].mean())


def test_the_deprived_half_is_that_of_the_pool(judgement):
    codes = judgement.pre_trends.panel.areas
    half = pool("deprived", set(codes) - set(districts_of("E47000001")))
    points, share = judgement.deprived
    assert points.groups.max() < len(half) + 10
    assert share.groups.tolist() == points.groups.tolist()


def test_the_table_of_the_rule_shows_every_part(judgement):
    shown = judgement.rule_table().shown
    assert len(shown) == 6
    assert shown["Holds"].isin(["yes", "no"]).all()
    assert (shown["Holds"].iloc[:5] == "yes").sum() == judgement.verdict.parts


def test_other_choices_of_the_rule_are_told_for_both_sides(judgement):
    trend = judgement.designs.found("persons", "trend").estimate
    other, half = judgement.with_own_trend, judgement.against_deprived_half
    assert (other.parts < judgement.verdict.parts) == (trend / judgement.main.estimate < 0.5)
    assert (half.parts > judgement.verdict.parts) == (
        judgement.deprived[1].p_absolute <= 0.05 < judgement.relative.p_absolute
    )
    text = alternatives(judgement)
    assert f"{other.strength} evidence ({other.parts} parts)" in text
    assert f"{half.strength} evidence ({half.parts} parts)" in text
