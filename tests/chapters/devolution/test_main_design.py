"""Preventable deaths in Greater Manchester by the tests that learn from untreated blocks: what they find does not hang on the draw."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.devolution.designs import SEED
from healthdevo.chapters.devolution.panels import adjacency_of, deprivation
from healthdevo.evaluation import (
    conditional_placebo_test,
    contiguous_groups,
    disjoint_placebo_test,
    event_study,
    placebo_test,
    pretrend_placebo_test,
    sensitivity_of_event_study,
)


@pytest.fixture(scope="module")
def panel(mortality):
    return mortality.panels["persons"]


@pytest.fixture(scope="module")
def blocks(panel):
    return contiguous_groups(panel, adjacency_of(panel.areas, 2023), draws=2000, seed=SEED)


def test_about_a_fifth_of_earlier_trends_goes_on(panel, blocks):
    test = conditional_placebo_test(panel, blocks)
    error = test.coefficients["standard_error"].iloc[0]
    assert 0.1 < test.persistence < 0.3
    assert 0.0 < test.persistence - 2 * error < test.persistence + 2 * error < 0.5
    plain = placebo_test(panel, "did", groups=blocks)
    assert plain.estimate < test.estimate < 0.0  # nearer to nothing than the plain difference
    assert plain.p_absolute < 0.05 < test.p_absolute
    halves = [conditional_placebo_test(panel, part) for part in np.split(blocks, 2)]
    assert abs(halves[0].estimate - halves[1].estimate) < 1.0


def test_deprivation_alone_adds_to_the_effect_and_with_the_level_takes_from_it(panel, blocks):
    score = pd.DataFrame({"deprivation": deprivation()})
    alone = conditional_placebo_test(panel, blocks, given=(), covariates=score)
    both = conditional_placebo_test(panel, blocks, given=("level",), covariates=score)
    every = conditional_placebo_test(panel, blocks, given=("trend", "level"), covariates=score)
    assert alone.estimate < -8.0
    assert -7.0 < both.estimate < every.estimate < -2.0


def test_earlier_trends_among_blocks(panel):
    touch = adjacency_of(panel.areas, 2023)
    blocks = contiguous_groups(panel.with_treatment({}), touch, size=10, draws=2000, seed=SEED)
    assert event_study(panel).pretrend_p_value < 0.1
    assert 0.2 < pretrend_placebo_test(panel, blocks, statistic="wald").p_absolute < 0.5
    assert 0.05 < pretrend_placebo_test(panel, blocks).p_absolute < 0.15


def test_among_separate_blocks_the_effect_is_at_the_edge(panel):
    test = disjoint_placebo_test(panel, adjacency_of(panel.areas, 2023), partitions=40, seed=SEED)
    assert 14 <= test.blocks[0] <= test.blocks[1] <= 25
    assert 0.04 < test.p_minimum < test.p_mean < 0.09


def test_smoothness_of_the_main_design(panel):
    study = event_study(panel)
    bounds = sensitivity_of_event_study(study, restriction="smoothness", grid=[0.0, 0.5, 1.0])
    assert bounds.estimate == pytest.approx(study.estimate)
    widths = (bounds.bounds["upper"] - bounds.bounds["lower"]).to_numpy()
    assert (np.diff(widths) > 0).all()
    assert bounds.bounds["lower"].iloc[0] < 0.0 < bounds.bounds["upper"].iloc[0]
