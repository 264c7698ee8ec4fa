import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.evaluation.simplex import (
    ColumnProblems,
    frank_wolfe,
    frank_wolfe_gram,
    nearest_point,
    nearest_points,
    simplex_least_squares,
    simplex_ridge,
)


def excess(a, b, x, ridge=0.0):
    """How far the weights are from optimal: zero where no single column improves on them."""
    gradient = a.T @ (a @ x - b) + ridge * x
    return float(gradient @ x - gradient.min())


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 10), st.integers(1, 25), st.sampled_from([0.05, 1.0, 5.0]))
def test_exact_solution_is_optimal(seed, m, k, scale):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(m, k)), scale * rng.normal(size=m)
    if k > 2:
        a[:, 1] = a[:, 0]
    x = simplex_least_squares(a, b)
    assert x.min() >= 0.0
    assert x.sum() == pytest.approx(1.0, abs=1e-12)
    assert excess(a, b, x) <= 1e-9 * (1.0 + scale**2)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(2, 20), st.sampled_from([0.3, 1.0, 4.0]))
def test_batched_ridge_agrees_with_the_exact_solution(seed, m, p, zeta):
    rng = np.random.default_rng(seed)
    pool, target = rng.normal(size=(m, p)), rng.normal(size=(3, m))
    counts = np.array([np.bincount(rng.integers(0, p, p), minlength=p) for _ in range(3)], dtype=float)
    weights = simplex_ridge(pool, counts, target, zeta)
    for d in range(3):
        columns = np.repeat(np.arange(p), counts[d].astype(int))
        alone = simplex_least_squares(pool[:, columns], target[d], ridge=m * zeta**2)
        np.testing.assert_allclose(np.bincount(columns, alone, minlength=p), weights[d], atol=1e-8)


def test_steps_approach_the_exact_solution_and_respect_padding():
    rng = np.random.default_rng(4)
    pool, target = rng.normal(size=(6, 9)), rng.normal(size=(2, 6))
    columns = np.array([[0, 1, 2, 3, 9], [4, 4, 5, 6, 8]])
    start = np.array([[0.25, 0.25, 0.25, 0.25, 0.0], [0.2] * 5])
    weights, steps = frank_wolfe(ColumnProblems(pool, columns, target), 0.8, start, 1e-9, 20_000)
    assert (steps > 2).all()
    assert weights[0, 4] == 0.0
    for d, own in enumerate((columns[0, :4], columns[1])):
        best = simplex_least_squares(pool[:, own], target[d], ridge=6 * 0.8**2)
        np.testing.assert_allclose(weights[d, : len(own)], best, atol=2e-3)


def test_all_forms_of_the_steps_agree():
    rng = np.random.default_rng(5)
    pool, target = rng.normal(size=(6, 9)), rng.normal(size=6)
    start = np.full((1, 9), 1 / 9)
    alone, _ = frank_wolfe(ColumnProblems(pool, np.arange(9)[None], target[None]), 0.5, start, 1e-6, 500)
    pair = ColumnProblems(pool, np.tile(np.arange(9), (2, 1)), np.tile(target, (2, 1)))
    together, _ = frank_wolfe(pair, 0.5, np.tile(start, (2, 1)), 1e-6, 500)
    wide = ColumnProblems(
        np.hstack([pool, rng.normal(size=(6, 30))]), np.tile(np.arange(9), (2, 1)), pair.target
    )
    looked_up, _ = frank_wolfe(wide, 0.5, np.tile(start, (2, 1)), 1e-6, 500)
    shifted = pool - target[:, None]
    by_gram, _ = frank_wolfe_gram((shifted.T @ shifted)[None], np.array([6.0]), 0.5, start, 1e-6, 500)
    for other in (together[1], looked_up[1], by_gram[0]):
        np.testing.assert_allclose(other, alone[0], atol=1e-9)


def test_rounding_does_not_choose_the_steps():
    # numbers of one decimal have many equal gradients: what another processor calculates differs in the last bits only
    rng = np.random.default_rng(6)
    pool, target = rng.integers(550, 700, (3, 60)) / 10.0, rng.integers(550, 700, (1, 3)) / 10.0
    pool[:, 30:] = pool[:, :30]
    jitter = pool * (1.0 + 4e-16 * rng.integers(-2, 3, pool.shape))
    start = np.full((1, 60), 1 / 60)

    def found(matrix, copies):
        columns = np.tile(np.arange(60), (copies, 1))
        problems = ColumnProblems(matrix, columns, np.tile(target, (copies, 1)))
        return frank_wolfe(problems, 0.5, np.tile(start, (copies, 1)), 1e-9, 5000)[0]

    for copies in (1, 2):
        np.testing.assert_allclose(found(jitter, copies), found(pool, copies), atol=1e-9)
    shifted, moved = pool - target.T, jitter - target.T
    by_gram = [
        frank_wolfe_gram((m.T @ m)[None], np.array([3.0]), 0.5, start, 1e-9, 5000)[0]
        for m in (shifted, moved)
    ]
    np.testing.assert_allclose(*by_gram, atol=1e-9)
    np.testing.assert_allclose(by_gram[0], found(pool, 1), atol=1e-9)


def test_bad_problems_are_refused():
    with pytest.raises(InputError, match="cannot meet"):
        simplex_least_squares(np.eye(2), np.zeros(3))
    with pytest.raises(InputError, match="finite"):
        simplex_least_squares(np.full((2, 2), np.nan), np.zeros(2))
    with pytest.raises(InputError, match="positive ridge"):
        simplex_ridge(np.eye(2), np.ones((1, 2)), np.zeros((1, 2)), 0.0)


@pytest.mark.parametrize(("rows", "columns", "ridge"), [(60, 4, 0.1), (40, 12, 0.01), (4, 9, 0.0)])
def test_many_problems_side_by_side_are_solved_as_each_by_itself(rows, columns, ridge):
    rng = np.random.default_rng(columns)
    shifted = rng.normal(size=(80, rows, columns)) + rng.normal(size=(80, rows, 1))
    grams = shifted.transpose(0, 2, 1) @ shifted + rows * ridge * np.eye(columns)
    grams[7] = 0.0  # any weights do
    grams[8] = np.outer(np.arange(1.0, columns + 1), np.arange(1.0, columns + 1))  # of rank one
    found = nearest_points(grams)
    np.testing.assert_array_equal(found, [nearest_point(gram) for gram in grams])
    assert len({tuple(np.flatnonzero(x)) for x in found}) > 3  # problems that take unlike steps
    product = (grams @ found[:, :, None])[:, :, 0]
    value = (found * product).sum(axis=1)
    size = np.abs(np.diagonal(grams, axis1=1, axis2=2)).max(axis=1)
    assert (product.min(axis=1) >= value - 1e-9 * size).all()
