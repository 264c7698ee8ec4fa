"""The number of factors: chosen from left-out periods, with those that share data left out as well, and a caution at the edge."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import Panel, generalised_synthetic_control
from healthdevo.evaluation.factor_ranks import fit_rank, layout_of


def panel_of(y, treated=4, first=9):
    d = np.outer(np.arange(len(y)) < treated, np.arange(y.shape[1]) >= first)
    return Panel(y, d, pd.RangeIndex(len(y)), pd.RangeIndex(y.shape[1]))


def windows(y, width=3):
    """Means of windows of ``width`` columns that begin at every column."""
    return np.stack([y[:, k : k + width].mean(axis=1) for k in range(y.shape[1] - width + 1)], axis=1)


def refitted_error(panel, rank, overlap):
    """Mean squared error of each treated period left out with its neighbours, by fitting its line on the factors anew."""
    controls = panel.outcome[~panel.treated]
    rest = controls - controls.mean(axis=1, keepdims=True)
    period = controls.mean(axis=0)
    rest = rest - rest.mean(axis=0)
    factors = np.linalg.svd(rest)[2][:rank].T
    first = int(panel.cohorts[0])
    errors = []
    for row in panel.outcome[panel.treated] - period:
        for left in range(first):
            use = [t for t in range(first) if abs(t - left) > overlap]
            x = np.column_stack([np.ones(len(use)), factors[use]])
            fit, *_ = np.linalg.lstsq(x, row[use], rcond=None)
            errors.append(row[left] - np.r_[1.0, factors[left]] @ fit)
    return float(np.mean(np.square(errors)))


@pytest.mark.parametrize("overlap", [0, 1, 2])
def test_errors_of_left_out_periods_are_those_of_fitting_anew(overlap):
    panel = panel_of(np.random.default_rng(5).normal(size=(30, 13)))
    for rank in (0, 1, 2):
        found = fit_rank(layout_of(panel), rank, False, 1e-10, overlap).mspe
        assert found == pytest.approx(refitted_error(panel, rank, overlap))


def test_windows_that_share_years_run_to_many_factors_unless_they_are_left_out_together():
    rng = np.random.default_rng(11)
    alone, together = [], []
    for _ in range(12):  # areas differ by chance alone: there is no factor
        panel = panel_of(windows(rng.normal(size=(60, 16))), treated=6, first=11)
        alone.append(generalised_synthetic_control(panel, inference="none").rank)
        together.append(generalised_synthetic_control(panel, overlap=2, inference="none").rank)
    assert np.mean(alone) >= 3
    assert np.mean(together) <= 0.5


@pytest.mark.parametrize("em", [False, True])
def test_a_true_factor_is_still_found_in_windows(em):
    rng = np.random.default_rng(3)
    y = 3 * rng.normal(size=(40, 1)) @ rng.normal(size=(1, 16)) + 0.2 * rng.normal(size=(40, 16))
    panel = panel_of(windows(y), first=11)
    found = generalised_synthetic_control(
        panel, ranks=(0, 1, 2), overlap=2, em=em, inference="none", tolerance=1e-4
    )
    assert found.rank == 1


def test_a_choice_at_the_edge_carries_a_caution_and_others_none():
    rng = np.random.default_rng(2)
    y = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 14)) + 0.1 * rng.normal(size=(40, 14))
    panel = panel_of(y)
    edge = generalised_synthetic_control(panel, ranks=(0, 1, 2), draws=20)
    assert edge.rank == 2
    assert edge.diagnostics["chosen rank is the largest tried"] == 1.0
    assert edge.caution.startswith("The number of factors, 2, is the largest that was tried")
    assert edge.sentence.endswith(edge.caution)
    inside = generalised_synthetic_control(panel, inference="none")
    assert 3 <= inside.rank < 5
    assert inside.diagnostics["chosen rank is the largest tried"] == 0.0
    assert inside.caution == ""
    given = generalised_synthetic_control(panel, rank=2, ranks=(0, 1, 2), inference="none")
    assert given.caution == ""
    assert "chosen rank is the largest tried" not in given.diagnostics


def test_overlap_is_refused_where_it_leaves_too_little():
    panel = panel_of(np.random.default_rng(1).normal(size=(20, 8)), first=5)
    assert generalised_synthetic_control(panel, overlap=1, inference="none").ranks["rank"].max() == 1
    with pytest.raises(InputError, match=r"rank r needs r \+ 6 periods"):
        generalised_synthetic_control(panel, overlap=2, inference="none")
    with pytest.raises(InputError, match="overlap: -1 is not valid"):
        generalised_synthetic_control(panel, overlap=-1, inference="none")
