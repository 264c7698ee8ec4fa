"""Sums of transformed normals, against distributions that are known and against simulation."""

import numpy as np
import pytest
from scipy import stats

from healthdevo.inequality.transformed_sums import normal_nodes, ratio_quantiles, sum_distribution

NODES = normal_nodes(0.3)


def lognormal(spread):
    return np.exp(spread * NODES)


@pytest.mark.parametrize("spread", [0.02, 0.1, 0.3, 0.8])
def test_a_single_lognormal_has_its_own_distribution(spread):
    result = sum_distribution(lognormal(spread)[None, None], np.ones((1, 1)))
    peer = stats.lognorm(spread)
    assert result.mean[0] == pytest.approx(peer.mean(), rel=1e-9)
    assert result.standard_deviation[0] == pytest.approx(peer.std(), rel=1e-9)
    for p in (0.001, 0.025, 0.5, 0.975, 0.999):
        assert result.quantile(p)[0] == pytest.approx(
            peer.ppf(p), rel={0.02: 1e-9, 0.1: 1e-8, 0.3: 1e-6, 0.8: 0.05}[spread]
        )
        assert result.probability_below(peer.ppf([p]))[0] == pytest.approx(
            p, abs=1e-3 if spread > 0.5 else 1e-7
        )


def test_normals_sum_to_a_normal():
    values = np.stack([3 + 0.5 * NODES, 1 - 2 * NODES, 4 + NODES])[None]
    result = sum_distribution(values, np.array([[1.0, -0.5, 0.25]]))
    peer = stats.norm(3 - 0.5 + 1, np.sqrt(0.25 + 1 + 0.0625))
    for p in (0.001, 0.5, 0.975):
        assert result.quantile(p)[0] == pytest.approx(peer.ppf(p), rel=1e-9)


def test_a_difference_of_lognormals_agrees_with_simulation():
    generator = np.random.default_rng(1)
    values = np.stack([lognormal(0.3), 2 * lognormal(0.2)])[None]
    result = sum_distribution(values, np.array([[1.0, -1.0]]))
    sample = np.exp(0.3 * generator.standard_normal(400_000)) - 2 * np.exp(
        0.2 * generator.standard_normal(400_000)
    )
    for p in (0.025, 0.975):
        low, high = np.quantile(sample, [p - 0.001, p + 0.001])
        assert low < result.quantile(p)[0] < high


def test_sums_without_noise_are_points():
    result = sum_distribution(np.full((1, 2, NODES.size), 3.0), np.ones((1, 2)))
    assert result.quantile(0.9)[0] == pytest.approx(6.0)
    np.testing.assert_array_equal(result.probability_below(np.array([5.9])), [0.0])
    np.testing.assert_array_equal(result.probability_below(np.array([6.0])), [1.0])


def test_the_ratio_of_two_lognormals_is_lognormal():
    values = np.stack([3 * lognormal(0.3), lognormal(0.2)])[None].repeat(2, axis=0)
    top, bottom = np.array([[1.0, 0.0]] * 2), np.array([[0.0, 1.0]] * 2)
    peer = stats.lognorm(np.hypot(0.3, 0.2), scale=3.0)
    for p in (0.001, 0.025, 0.975, 0.999):
        found = ratio_quantiles(values, top, bottom, p, np.array([3.0, 1.0]), np.array([1.0, 0.3]))
        np.testing.assert_allclose(found, peer.ppf(p), rtol=1e-6)


def test_a_ratio_without_noise_keeps_its_guess():
    values = np.full((1, 2, NODES.size), 2.0)
    found = ratio_quantiles(
        values, np.array([[1.0, 0]]), np.array([[0.0, 1]]), 0.9, np.array([1.0]), np.array([0.0])
    )
    assert found[0] == 1.0
