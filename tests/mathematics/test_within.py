import numpy as np
import pytest

from healthdevo.mathematics.within import Absorber, nested_in


@pytest.mark.parametrize("weighted", [False, True])
def test_residuals_equal_those_of_a_regression_on_dummies(weighted):
    rng = np.random.default_rng(1)
    area, year = rng.integers(0, 12, 90), rng.integers(0, 6, 90)
    area, year = np.unique(area, return_inverse=True)[1], np.unique(year, return_inverse=True)[1]
    w = rng.uniform(0.5, 4, 90) if weighted else None
    columns = rng.normal(1e3, 1, size=(90, 4))
    root = np.ones(90) if w is None else np.sqrt(w)
    D = np.hstack([np.eye(area.max() + 1)[area], np.eye(year.max() + 1)[year]]) * root[:, None]
    target = columns * root[:, None]
    expected = target - D @ np.linalg.lstsq(D, target, rcond=None)[0]
    absorber = Absorber.make(90, area, year, w)
    np.testing.assert_allclose(absorber.residualise(columns), expected, atol=1e-9)
    assert absorber.rank == np.linalg.matrix_rank(D)
    np.testing.assert_allclose(absorber.basis.T @ absorber.basis, np.eye(absorber.rank), atol=1e-10)


def test_disconnected_areas_and_years_lose_one_more_effect():
    # areas 0, 1 are seen in years 0, 1 only; areas 2, 3 in years 2, 3 only
    area, year = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 0, 1, 2, 3, 2, 3])
    assert Absorber.make(8, area, year).rank == 4 + 4 - 2


def test_without_effects_only_weights_remain():
    absorber = Absorber.make(3, weights=np.array([1.0, 4.0, 9.0]))
    assert absorber.residualise(np.ones((3, 1))).ravel().tolist() == [1, 2, 3]


def test_nesting():
    assert nested_in(np.array([0, 1, 2, 2]), np.array([0, 0, 1, 1]))
    assert not nested_in(np.array([0, 1, 2, 2]), np.array([0, 0, 1, 0]))
