"""Variance of totals under a survey's design, against simulation and theory."""

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.inequality.survey_designs import design_variance


def test_persons_alone_have_the_variance_of_a_sum():
    x = np.random.default_rng(0).normal(size=(50, 2))
    np.testing.assert_allclose(design_variance(x), 50 * np.cov(x.T), rtol=1e-12)


def test_clusters_count_by_their_totals_and_strata_by_their_own_mean():
    x, cluster = np.random.default_rng(1).normal(size=(60, 1)), np.repeat(np.arange(12), 5)
    totals = x.reshape(12, 5).sum(axis=1)
    assert design_variance(x, clusters=cluster)[0, 0] == pytest.approx(12 * totals.var(ddof=1))
    stratum = cluster // 4
    parts = sum(4 * totals[4 * h : 4 * h + 4].var(ddof=1) for h in range(3))
    assert design_variance(x, clusters=cluster, strata=stratum)[0, 0] == pytest.approx(parts)
    # cluster labels may repeat between strata
    assert design_variance(x, clusters=cluster % 4, strata=stratum)[0, 0] == pytest.approx(parts)


def test_a_lonely_cluster_is_centred_on_all():
    x = np.array([[1.0], [2.0], [6.0]])
    found = design_variance(x, strata=["a", "a", "b"], clusters=[1, 2, 3])
    assert found[0, 0] == pytest.approx(2 * (0.25 + 0.25) + (6.0 - 3.0) ** 2)


def test_the_variance_is_that_of_repeated_sampling():
    generator = np.random.default_rng(2)
    effects, draws = generator.normal(size=200) + np.repeat([0.0, 5.0], 100), []
    estimates = []
    for _ in range(1500):
        chosen = np.concatenate([generator.integers(0, 100, 10), generator.integers(100, 200, 15)])
        weight = np.repeat([10.0, 100 / 15], [10, 15])
        values = (weight * effects[chosen])[:, None]
        estimates.append(values.sum())
        draws.append(
            design_variance(values, strata=np.repeat([0, 1], [10, 15]), clusters=np.arange(25))[0, 0]
        )
    assert np.mean(draws) == pytest.approx(np.var(estimates), rel=0.1)


def test_bad_labels_are_refused():
    with pytest.raises(InputError, match="one cluster"):
        design_variance([[1.0], [2.0]], clusters=[1, 1])
    with pytest.raises(InputError, match="strata"):
        design_variance([[1.0], [2.0]], strata=[1])
