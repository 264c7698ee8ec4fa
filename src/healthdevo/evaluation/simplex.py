"""Least squares on the simplex: weights that are not negative and add up to one.

Solvers of ``min ||A x - b||^2 / m + zeta^2 ||x||^2`` over the simplex, with ``m`` the rows of ``A``:

* ``simplex_least_squares``: exact, by active sets, one problem;
* ``simplex_ridge``: exact, by Newton steps on the dual, for many problems at once that share columns;
* ``frank_wolfe`` and ``frank_wolfe_gram``: the Frank-Wolfe steps with exact line search and the stopping rule that
  define the published synthetic difference-in-differences estimator (Arkhangelsky, Athey, Hirshberg, Imbens and
  Wager 2021, American Economic Review 111), for many problems at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "TIE",
    "ColumnProblems",
    "first_least",
    "frank_wolfe",
    "frank_wolfe_gram",
    "nearest_point",
    "simplex_least_squares",
    "simplex_ridge",
]

TIE = 1e-11
"""Gradients that differ by less than this share of the largest squared column are the same: rounding must not choose a step."""


def first_least(values: FloatArray, tie: FloatArray) -> IntArray:
    """Return for each row (d, k) the first place whose value is the least, or above it by no more than ``tie`` (d,).

    Steps choose the column with the least gradient; where several are equal, rounding, which is not the same on every
    processor, would choose among them.

    Examples
    --------
    >>> first_least(np.array([[3.0, 1.0 + 1e-14, 1.0]]), np.array([1e-11])).tolist()
    [1]
    """
    least = values.min(axis=1) + tie
    return np.asarray((values <= least[:, None]).argmax(axis=1))


@dataclass(frozen=True)
class ColumnProblems:
    """Many problems whose columns are taken from one shared matrix.

    Parameters
    ----------
    pool : ndarray of shape (m, p)
        The shared columns.
    columns : ndarray of int, shape (d, k)
        For each problem the columns of ``pool`` that it uses; ``p`` marks padding.
    target : ndarray of shape (d, m)
        The right-hand sides.
    """

    pool: FloatArray
    columns: IntArray
    target: FloatArray


def frank_wolfe(
    problems: ColumnProblems,
    zeta: float,
    start: FloatArray,
    min_decrease: float,
    max_iterations: int,
) -> tuple[FloatArray, IntArray]:
    """Run Frank-Wolfe steps on many problems until each one's objective falls by less than ``min_decrease**2``.

    Parameters
    ----------
    problems : ColumnProblems
        The problems.
    zeta : float
        Ridge parameter of the objective above.
    start : ndarray of shape (d, k)
        Starting points on the simplex, 0 at padding.
    min_decrease, max_iterations : float, int
        Stopping rule; at least two steps are made.

    Returns
    -------
    weights : ndarray of shape (d, k)
    iterations : ndarray of int, shape (d,)

    Examples
    --------
    >>> p = ColumnProblems(np.eye(2), np.array([[0, 1]]), np.array([[0.25, 0.75]]))
    >>> frank_wolfe(p, 0.0, np.full((1, 2), 0.5), 1e-12, 50)[0].round(6).tolist()
    [[0.25, 0.75]]
    """
    pool, columns, target = problems.pool, problems.columns, problems.target
    m, p = pool.shape
    d = len(columns)
    eta, enough = m * zeta**2, m * min_decrease**2
    ordered = np.sort(columns, axis=1)
    repeated = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] < p)).any()
    if d == 1 and not repeated:
        return _one(pool, columns[0], target[0], start[0], eta, enough, max_iterations)
    total = np.zeros((d, p + 1))
    np.add.at(total, (np.arange(d)[:, None], columns), start)
    total = total[:, :p]
    if repeated or 2 * columns.shape[1] < p or eta <= 0.0:
        return _iterate(pool, columns, target, total, start.copy(), eta, enough, max_iterations)
    # columns that occur once are better held in place: those left out cost an infinite gradient and no look-up
    y = np.full((d, p + 1), np.inf)
    np.put_along_axis(y, columns, start, axis=1)
    result, used = _iterate(pool, None, target, total, y[:, :p].copy(), eta, enough, max_iterations)
    return np.take_along_axis(np.concatenate([result, np.zeros((d, 1))], axis=1), columns, axis=1), used


def _one(
    pool: FloatArray,
    columns: IntArray,
    goal: FloatArray,
    start: FloatArray,
    eta: float,
    enough: float,
    max_iterations: int,
) -> tuple[FloatArray, IntArray]:
    """Do the steps of a single problem, where the cost of each call counts."""
    there = columns < pool.shape[1]
    shifted = pool[:, columns[there]] - goal[:, None]  # weights add up to one, so A x - b combines a_j - b
    rows = np.ascontiguousarray(shifted.T)
    lengths = ((shifted**2).sum(axis=0) + eta).tolist()
    tie = TIE * max(lengths)
    x = start[there].copy()
    residual = shifted @ x
    value = float(residual @ residual + eta * (x @ x))
    gradient, penalty = np.empty_like(x), np.empty_like(x)
    t = 0
    for t in range(1, max_iterations + 1):
        np.dot(rows, residual, out=gradient)
        np.multiply(x, eta, out=penalty)
        gradient += penalty
        best = int((gradient <= gradient.min() + tie).argmax())
        slope, length = float(gradient[best]), lengths[best]
        step = min(1.0, max(0.0, value - slope) / max(length - 2.0 * slope + value, 1e-300))
        keep = 1.0 - step
        x *= keep
        x[best] += step
        residual *= keep
        residual += step * rows[best]
        before, value = value, keep * keep * value + 2.0 * step * keep * slope + step * step * length
        if t % 64 == 0:
            residual = shifted @ x
            value = float(residual @ residual + eta * (x @ x))
        if t >= 2 and before - value <= enough:
            break
    result = np.zeros((1, len(columns)))
    result[0, there] = x
    return result, np.array([t], dtype=np.int64)


def _iterate(
    pool: FloatArray,
    columns: IntArray | None,
    goal: FloatArray,
    total: FloatArray,
    y: FloatArray,
    eta: float,
    enough: float,
    max_iterations: int,
) -> tuple[FloatArray, IntArray]:
    """Do the steps from ``y``: weights of ``columns``, or of all columns of the pool, infinite where one is left out."""
    m, p = pool.shape
    d, k = y.shape
    by_column = np.ascontiguousarray(np.concatenate([pool, np.zeros((m, 1))], axis=1).T)
    result, used = np.where(np.isinf(y), 0.0, y), np.zeros(d, dtype=np.int64)
    live = first = np.arange(d)
    # A x is kept as its residual, and x as scale * y, so that a step changes one number of y only
    scale = np.ones(d)
    residual = total @ pool.T - goal
    value = np.einsum("dm,dm->d", residual, residual) + eta * np.einsum("dk,dk->d", result, result)
    lengths = (by_column**2).sum(axis=1) - 2.0 * goal @ by_column.T + (goal**2).sum(axis=1)[:, None] + eta
    ties = TIE * lengths.max(axis=1)
    gradient = np.empty((d, k))
    inner = gradient
    flat = np.zeros((0, 0), dtype=np.int64)
    if columns is not None:
        inner = np.full((d, p + 1), np.inf)
        flat = columns + (p + 1) * first[:, None]
    for t in range(1, max_iterations + 1):
        # the gradient is needed up to a positive factor only: dividing by eta * scale spares a pass over y
        unit = eta * scale if eta > 0.0 else scale
        np.matmul(residual / unit[:, None], pool, out=inner[:, :p])
        if columns is not None:
            inner.take(flat, out=gradient, mode="clip")
        if eta > 0.0:
            gradient += y
        best = first_least(gradient, ties / unit)
        place = best + k * first
        column = best if columns is None else columns.take(place)
        slope = gradient.take(place) * unit - np.einsum("dm,dm->d", residual, goal)
        length = lengths.take(column + (p + 1) * first)
        step = np.maximum(0.0, value - slope) / np.maximum(length - 2.0 * slope + value, 1e-300)
        np.minimum(1.0, step, out=step)
        keep = 1.0 - step
        move = by_column.take(column, axis=0)
        move -= goal
        move -= residual
        move *= step[:, None]
        residual += move
        before, value = value, keep * keep * value + 2.0 * step * keep * slope + step * step * length
        scale = scale * keep
        if scale.min() < 1e-100:
            small = scale < 1e-100
            part = y[small]
            np.multiply(part, scale[small, None], out=part, where=np.isfinite(part))
            y[small] = part
            scale[small] = 1.0
        y.reshape(-1)[place] += step / scale
        if t % 64 == 0:
            y *= scale[:, None]
            scale = np.ones(len(live))
            known = y if columns is not None else np.where(np.isinf(y), 0.0, y)
            value = np.einsum("dm,dm->d", residual, residual) + eta * np.einsum("dk,dk->d", known, known)
        if t < 2 and t < max_iterations:
            continue
        done = before - value <= enough if t < max_iterations else np.ones(len(live), dtype=bool)
        if done.any():
            ended = scale[done, None] * y[done]
            result[live[done]], used[live[done]] = np.where(np.isinf(ended), 0.0, ended), t
            stay = ~done
            if not stay.any():
                break
            live, y, scale, residual, value = (a[stay] for a in (live, y, scale, residual, value))
            goal, lengths, ties = goal[stay], lengths[stay], ties[stay]
            first = np.arange(len(live))
            gradient = gradient[: len(live)]
            inner = gradient if columns is None else inner[: len(live)]
            if columns is not None:
                columns = columns[stay]
                flat = columns + (p + 1) * first[:, None]
    return result, used


def frank_wolfe_gram(
    gram: FloatArray,
    rows: FloatArray,
    zeta: float,
    start: FloatArray,
    min_decrease: float,
    max_iterations: int,
) -> tuple[FloatArray, IntArray]:
    """Run the same steps on problems given by the inner products of ``a_j - b``.

    Because weights add up to one, ``A x - b`` is a combination of the columns ``a_j - b``; their inner products hold
    all that the steps need. This is the quick way when there are few columns and many rows.

    Parameters
    ----------
    gram : ndarray of shape (d, k, k)
        Inner products of the columns less the target.
    rows : ndarray of shape (d,)
        Number of rows ``m`` of each problem.
    zeta, start, min_decrease, max_iterations
        As for ``frank_wolfe``.

    Returns
    -------
    weights : ndarray of shape (d, k)
    iterations : ndarray of int, shape (d,)

    Examples
    --------
    >>> a, b = np.eye(2), np.array([0.25, 0.75])
    >>> c = a - b[:, None]
    >>> frank_wolfe_gram((c.T @ c)[None], np.array([2.0]), 0.0, np.full((1, 2), 0.5), 1e-12, 50)[0].round(6).tolist()
    [[0.25, 0.75]]
    """
    d, k = start.shape
    result, used = start.copy(), np.zeros(d, dtype=np.int64)
    live, x, m = np.arange(d), start.copy(), rows.astype(float)
    # the penalty belongs to the diagonal: the objective is x' H x / m
    hessian = gram + (m * zeta**2)[:, None, None] * np.eye(k)
    product = np.einsum("dij,dj->di", hessian, x)
    value = np.einsum("dk,dk->d", x, product)
    lengths = np.einsum("dii->di", hessian)
    first, enough, ties = np.arange(d), m * min_decrease**2, TIE * lengths.max(axis=1)
    for t in range(1, max_iterations + 1):
        best = first_least(product, ties)
        slope, length = product[first, best], lengths[first, best]
        step = np.minimum(
            1.0, np.maximum(0.0, value - slope) / np.maximum(length - 2.0 * slope + value, 1e-300)
        )
        keep = 1.0 - step
        product += step[:, None] * (hessian[first, best] - product)
        x *= keep[:, None]
        x[first, best] += step
        before, value = value, keep * keep * value + 2.0 * step * keep * slope + step * step * length
        if t % 64 == 0:
            product = np.einsum("dij,dj->di", hessian, x)
            value = np.einsum("dk,dk->d", x, product)
        if t < 2 and t < max_iterations:
            continue
        done = before - value <= enough if t < max_iterations else np.ones(len(live), dtype=bool)
        if done.any():
            result[live[done]], used[live[done]] = x[done], t
            stay = ~done
            if not stay.any():
                break
            live, x, product, value, enough = (a[stay] for a in (live, x, product, value, enough))
            hessian, lengths, ties = hessian[stay], lengths[stay], ties[stay]
            first = np.arange(len(live))
    return result, used


def simplex_ridge(
    pool: FloatArray, counts: FloatArray, target: FloatArray, zeta: float, tolerance: float = 1e-11
) -> FloatArray:
    """Solve many ridge problems on the simplex that take their columns from one matrix.

    Copies of a column share one weight, which is ``max(0, -(a_j' u + v)) / (m zeta^2)`` with dual variables ``u`` (the residual)
    and ``v``; the dual is concave and piecewise quadratic, so that Newton steps with a line search end at the optimum
    after few of them.

    Parameters
    ----------
    pool : ndarray of shape (m, p)
        The shared columns.
    counts : ndarray of shape (d, p)
        How many copies of each column a problem has; 0 leaves it out.
    target : ndarray of shape (d, m)
        The right-hand sides.
    zeta : float
        Ridge parameter of the objective above, positive.
    tolerance : float
        Largest gradient of the dual, relative to the size of the problem.

    Returns
    -------
    ndarray of shape (d, p)
        Total weight of each column, over its copies.

    Raises
    ------
    InputError
        When the ridge is not positive.

    Notes
    -----
    A problem whose steps do not converge, for want of ridge, is solved by itself with ``simplex_least_squares``.

    Examples
    --------
    >>> simplex_ridge(np.eye(2), np.array([[1.0, 1.0], [1.0, 2.0]]), np.zeros((2, 2)), 1.0).round(3).tolist()
    [[0.5, 0.5], [0.4, 0.6]]
    """
    m, p = pool.shape
    d = len(counts)
    eta = m * zeta**2
    if not eta > 0.0:
        raise InputError("zeta: a positive ridge is needed")
    size = counts.sum(axis=1)
    u = counts @ pool.T / size[:, None] - target
    inner = u @ pool
    v = -(eta + (counts * inner).sum(axis=1)) / size
    outer = (pool[:, None, :] * pool[None, :, :]).reshape(m * m, p).T
    live = np.arange(d)
    result = np.zeros((d, p))
    unit = float(np.sqrt((target**2).sum(axis=1).mean())) + float(np.abs(pool).max()) + 1e-300
    identity = np.zeros((m + 1, m + 1))
    identity[:m, :m] = np.eye(m)
    for _ in range(200):
        c, b = counts[live], target[live]
        slack = np.maximum(0.0, -(u @ pool + v[:, None]))
        x = c * slack / eta
        gap_u, gap_v = x @ pool.T - b - u, x.sum(axis=1) - 1.0
        done = (np.abs(gap_u).max(axis=1) <= tolerance * unit) & (np.abs(gap_v) <= tolerance)
        if done.any():
            result[live[done]] = x[done] / x[done].sum(axis=1, keepdims=True)
            stay = ~done
            if not stay.any():
                return result
            live, u, v, c, b, slack = live[stay], u[stay], v[stay], c[stay], b[stay], slack[stay]
            gap_u, gap_v = gap_u[stay], gap_v[stay]
        active = c * (slack > 0.0) / eta
        hessian = np.empty((len(live), m + 1, m + 1))
        hessian[:, :m, :m] = (active @ outer).reshape(-1, m, m)
        hessian[:, :m, m] = hessian[:, m, :m] = active @ pool.T
        hessian[:, m, m] = np.maximum(active.sum(axis=1), 1e-12 / eta)
        hessian += identity
        gradient = np.concatenate([gap_u, gap_v[:, None]], axis=1)
        move = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        rise = np.einsum("dm,dm->d", gradient, move)

        def dual(uu: FloatArray, vv: FloatArray, c: FloatArray, b: FloatArray) -> FloatArray:
            part = np.maximum(0.0, -(uu @ pool + vv[:, None]))
            return np.asarray(
                -0.5 * (uu**2).sum(axis=1)
                - (uu * b).sum(axis=1)
                - vv
                - (c * part**2).sum(axis=1) / (2.0 * eta),
                dtype=float,
            )

        now = dual(u, v, c, b)
        step = np.ones(len(live))
        trying = np.arange(len(live))
        for _ in range(40):
            value = dual(
                u[trying] + step[trying, None] * move[trying, :m],
                v[trying] + step[trying] * move[trying, m],
                c[trying],
                b[trying],
            )
            poor = value < now[trying] + 1e-4 * step[trying] * rise[trying] - 1e-13 * np.abs(now[trying])
            if not poor.any():
                break
            trying = trying[poor]
            step[trying] *= 0.5
        u, v = u + step[:, None] * move[:, :m], v + step * move[:, m]
    for i in live:
        chosen = np.repeat(np.arange(p), counts[i].astype(int))
        each = simplex_least_squares(pool[:, chosen], target[i], ridge=eta)
        result[i] = np.bincount(chosen, each, minlength=p)
    return result


def simplex_least_squares(
    matrix: FloatArray, target: FloatArray, ridge: float = 0.0, tolerance: float = 1e-12
) -> FloatArray:
    """Return the weights on the simplex that bring ``matrix @ weights`` nearest to the target.

    Solves ``min ||A x - b||^2 + ridge ||x||^2`` subject to ``x >= 0`` and ``sum(x) = 1`` exactly, by Wolfe's (1976)
    method for the nearest point of a polytope: an affine minimiser over a growing set of columns, with columns
    dropped as their weight would turn negative. It ends in finitely many steps at the optimum. Where the optimum is
    not unique (more columns than rows and an exact fit), one with few positive weights is returned; a positive
    ``ridge`` makes it unique.

    Parameters
    ----------
    matrix : ndarray of shape (m, k)
        Columns to combine.
    target : ndarray of shape (m,)
        What to come near.
    ridge : float
        Penalty on squared weights, not negative.
    tolerance : float
        Relative tolerance of the optimality condition.

    Returns
    -------
    ndarray of shape (k,)

    Raises
    ------
    InputError
        When shapes disagree or something is not finite.

    Examples
    --------
    >>> simplex_least_squares(np.eye(3), np.array([0.75, 0.25, -1.0])).round(3).tolist()
    [0.75, 0.25, 0.0]
    """
    a, b = np.asarray(matrix, dtype=float), np.asarray(target, dtype=float)
    if a.ndim != 2 or b.shape != (a.shape[0],) or a.shape[1] == 0:
        raise InputError(f"simplex: a matrix of {a.shape} cannot meet a target of {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all() and ridge >= 0.0):
        raise InputError("simplex: only finite numbers and a ridge that is not negative are valid")
    shifted = a - b[:, None]
    gram = shifted.T @ shifted
    gram[np.diag_indices_from(gram)] += ridge
    return nearest_point(gram, tolerance)


def nearest_point(gram: FloatArray, tolerance: float = 1e-12) -> FloatArray:
    """Minimise ``x' G x`` over the simplex by Wolfe's method.

    Examples
    --------
    >>> nearest_point(np.diag([1.0, 3.0])).round(3).tolist()
    [0.75, 0.25]
    """
    # the loop runs hundreds of thousands of times in a page, on a few numbers each: every step is spelled for speed
    k = len(gram)
    diagonal = gram.diagonal()
    enough = tolerance * max(float(np.abs(diagonal).max()), 1e-300)
    x = np.zeros(k)
    active = [int(diagonal.argmin())]
    x[active[0]] = 1.0
    for _ in range(50 * k + 100):
        chosen = np.array(active)
        product = gram[:, chosen] @ x[chosen]
        value = float(x[chosen] @ product[chosen])
        entering = int(product.argmin())
        if value - product[entering] <= enough or entering in active:
            break
        active.append(entering)
        while len(active) > 1:
            chosen = np.array(active)
            affine = _affine_minimiser(gram.take(chosen, axis=0).take(chosen, axis=1))
            if affine.min() > 1e-14:
                x[chosen] = affine
                break
            active = _without_one(x, active, affine)
        x /= x.sum()
    return x


def _without_one(x: FloatArray, active: list[int], affine: FloatArray) -> list[int]:
    """Move weights towards the affine minimiser until one is zero; return the columns that are left."""
    chosen = np.array(active)
    current = x[chosen]
    falling = affine <= 1e-14
    fall = current[falling] - affine[falling]
    ratio = np.where(fall > 0.0, current[falling] / np.where(fall > 0.0, fall, 1.0), 1.0)
    theta = min(1.0, float(ratio.min()))
    moved = (1.0 - theta) * current + theta * affine
    moved[falling.nonzero()[0][ratio.argmin()]] = 0.0
    kept = np.maximum(moved, 0.0)
    x[chosen] = 0.0
    left = [j for j, weight in zip(active, kept.tolist(), strict=True) if weight > 1e-14]
    x[left] = kept[kept > 1e-14]
    return left


def nearest_points(grams: FloatArray, tolerance: float = 1e-12) -> FloatArray:
    """Solve many problems of ``nearest_point`` side by side, step by step the same.

    Parameters
    ----------
    grams : ndarray of shape (d, k, k)
        One matrix for each problem; fast where ``k`` is small.
    tolerance : float
        As for ``nearest_point``.

    Returns
    -------
    ndarray of shape (d, k)

    Examples
    --------
    >>> nearest_points(np.array([np.diag([1.0, 3.0]), np.diag([3.0, 1.0])])).round(3).tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    d, k = grams.shape[:2]
    diagonal = np.ascontiguousarray(np.diagonal(grams, axis1=1, axis2=2))
    enough = tolerance * np.maximum(np.abs(diagonal).max(axis=1), 1e-300)
    every, live = np.arange(d), np.arange(d)
    x, order, length = np.zeros((d, k)), np.zeros((d, k), dtype=np.int64), np.ones(d, dtype=np.int64)
    order[:, 0] = diagonal.argmin(axis=1)
    x[every, order[:, 0]] = 1.0
    for _ in range(50 * k + 100):
        product = (grams[live] @ x[live][:, :, None])[:, :, 0]
        value = (x[live] * product).sum(axis=1)
        entering = product.argmin(axis=1)
        least = product[np.arange(len(live)), entering]
        go_on = (value - least > enough[live]) & (x[live, entering] <= 0.0)
        live, entering = live[go_on], entering[go_on]
        if not live.size:
            break
        order[live, length[live]] = entering
        length[live] += 1
        waiting = live
        while waiting.size:
            falling: list[int] = []
            for n in np.unique(length[waiting]).tolist():
                rows = waiting[length[waiting] == n]
                chosen = order[rows, :n]
                affine = _affine_minimisers(
                    grams[rows[:, None, None], chosen[:, :, None], chosen[:, None, :]]
                )
                good = affine.min(axis=1) > 1e-14
                x[rows[good, None], chosen[good]] = affine[good]
                for i, columns, own in zip(rows[~good].tolist(), chosen[~good], affine[~good], strict=True):
                    left = _without_one(x[i], columns.tolist(), own)
                    order[i, : len(left)], length[i] = left, len(left)
                    if len(left) > 1:
                        falling.append(i)
            waiting = np.array(falling, dtype=np.int64)
        x[live] /= x[live].sum(axis=1, keepdims=True)
    return x


def _affine_minimisers(grams: FloatArray) -> FloatArray:
    """Return what ``_affine_minimiser`` does for each of some matrices of one size."""
    d, k = grams.shape[:2]
    scale = np.ascontiguousarray(np.diagonal(grams, axis1=1, axis2=2)).sum(axis=1) / k
    scale[scale == 0.0] = 1.0
    system = np.ones((d, k + 1, k + 1))
    system[:, :k, :k] = grams / scale[:, None, None]
    system[:, k, k] = 0.0
    right = np.zeros((d, k + 1, 1))
    right[:, k] = 1.0
    try:
        solution = np.linalg.solve(system, right)[:, :k, 0]
        usable = np.isfinite(solution).all(axis=1)
    except np.linalg.LinAlgError:  # one of them has no single solution
        solution, usable = np.zeros((d, k)), np.zeros(d, dtype=bool)
    for i in np.flatnonzero(~usable).tolist():
        solution[i] = _affine_minimiser(grams[i])
    return np.asarray(solution, dtype=float)


def _affine_minimiser(gram: FloatArray) -> FloatArray:
    """Minimise ``x' G x`` subject to ``sum(x) = 1`` without sign restrictions."""
    k = len(gram)
    system = np.ones((k + 1, k + 1))
    system[:k, :k] = gram / (float(gram.trace()) / k or 1.0)
    system[k, k] = 0.0
    right = np.zeros(k + 1)
    right[k] = 1.0
    try:
        solution = np.linalg.solve(system, right)
        usable = bool(np.isfinite(solution).all())
    except np.linalg.LinAlgError:
        usable = False
    if not usable:
        solution = np.linalg.lstsq(system, right, rcond=None)[0]
    return np.asarray(solution[:k], dtype=float)
