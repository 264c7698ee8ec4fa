"""Interactive fixed effects of panels: factors and loadings, with and without gaps, many panels at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = [
    "FactorModel",
    "interactive_fit",
    "interactive_missing",
    "left_out_errors",
    "treated_fit",
    "two_way",
]


@dataclass(frozen=True)
class FactorModel:
    """Interactive fixed effects of stacks of control panels; leading axis ``d`` throughout."""

    constant: FloatArray  # (d,)
    period: FloatArray  # (d, T), adding up to zero
    area: FloatArray  # (d, n), adding up to zero
    beta: FloatArray  # (d, k)
    factors: FloatArray  # (d, T, r), with F'F / T = I
    loadings: FloatArray  # (d, n, r)
    fitted: FloatArray  # (d, n, T), without the part of covariates


def _factors(demeaned: FloatArray, rank: int) -> tuple[FloatArray, FloatArray]:
    """Principal components of stacks of matrices (d, n, T): factors (d, T, r) and loadings (d, n, r)."""
    d, n, t = demeaned.shape
    if rank == 0:
        return np.zeros((d, t, 0)), np.zeros((d, n, 0))
    across = np.swapaxes(demeaned, 1, 2)
    if t <= n:
        _, vectors = np.linalg.eigh(across @ demeaned)
        factors = vectors[:, :, ::-1][:, :, :rank] * np.sqrt(t)
        return factors, demeaned @ factors / t
    _, vectors = np.linalg.eigh(demeaned @ across)
    loadings = vectors[:, :, ::-1][:, :, :rank] * np.sqrt(n)
    factors = across @ loadings / n
    # the same product with the scale on the loadings, so that F'F / T = I
    length = np.sqrt((factors**2).sum(axis=1, keepdims=True) / t)
    length = np.where(length > 0.0, length, 1.0)
    return factors / length, loadings * length


def two_way(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Demean stacks (d, n, T) by area and period: rest, constant, area and period effects."""
    constant = values.mean(axis=(1, 2))
    area = values.mean(axis=2) - constant[:, None]
    period = values.mean(axis=1) - constant[:, None]
    rest = values - constant[:, None, None] - area[:, :, None] - period[:, None, :]
    return rest, constant, area, period


def interactive_fit(
    outcome: FloatArray,
    covariates: FloatArray,
    rank: int,
    tolerance: float = 1e-10,
    max_iterations: int = 5000,
    start: FloatArray | None = None,
) -> FactorModel:
    """Fit stacks of balanced control panels (d, n, T) with covariates (d, n, T, k)."""
    d, n, t = outcome.shape
    k = covariates.shape[3]
    rest, constant, area, period = two_way(outcome)
    if k == 0:
        factors, loadings = _factors(rest, rank)
        common = loadings @ np.swapaxes(factors, 1, 2)
        fitted = constant[:, None, None] + area[:, :, None] + period[:, None, :] + common
        return FactorModel(constant, period, area, np.zeros((d, 0)), factors, loadings, fitted)
    parts = [two_way(covariates[..., j]) for j in range(k)]
    x = np.stack([p[0].reshape(d, n * t) for p in parts], axis=1)  # (d, k, n t)
    y = rest.reshape(d, n * t)
    inverse = np.linalg.pinv(x @ np.swapaxes(x, 1, 2), hermitian=True)
    project = inverse @ x  # (d, k, n t)
    beta = (project @ y[:, :, None])[:, :, 0] if start is None else np.broadcast_to(start, (d, k)).copy()
    if rank > 0:
        live = np.arange(d)
        own_x, own_y, own = x, y, project
        for _ in range(max_iterations):
            residual = (own_y - (beta[live][:, None] @ own_x)[:, 0]).reshape(-1, n, t)
            factors, loadings = _factors(residual, rank)
            target = own_y - (loadings @ np.swapaxes(factors, 1, 2)).reshape(-1, n * t)
            new = (own @ target[:, :, None])[:, :, 0]
            change = np.sqrt(((new - beta[live]) ** 2).sum(axis=1))
            beta[live] = new
            stay = change >= tolerance
            if not stay.any():
                break
            if stay.sum() < 0.9 * len(
                live
            ):  # problems that have converged may run on; they are set aside in groups
                live, own_x, own_y, own = live[stay], own_x[stay], own_y[stay], own[stay]
    residual = (y - (beta[:, None] @ x)[:, 0]).reshape(d, n, t)
    factors, loadings = _factors(residual, rank)
    common = loadings @ np.swapaxes(factors, 1, 2)
    constant = constant - np.einsum("dk,kd->d", beta, np.array([p[1] for p in parts]))
    area = area - np.einsum("dk,kdn->dn", beta, np.array([p[2] for p in parts]))
    period = period - np.einsum("dk,kdt->dt", beta, np.array([p[3] for p in parts]))
    fitted = constant[:, None, None] + area[:, :, None] + period[:, None, :] + common
    return FactorModel(constant, period, area, beta, factors, loadings, fitted)


def interactive_missing(
    outcome: FloatArray,
    covariates: FloatArray,
    observed: BoolArray,
    rank: int,
    tolerance: float,
    max_iterations: int = 5000,
) -> FactorModel:
    """Fit unbalanced panels by EM: missing outcomes are replaced by their prediction until nothing changes.

    One outcome (n, T) with covariates (n, T, k) is fitted where it is observed: (n, T), or (d, n, T) for a stack of fits.
    """
    stack = observed if observed.ndim == 3 else observed[None]
    d = len(stack)
    x = np.broadcast_to(covariates, (d, *covariates.shape))
    first = [_two_way_of_known(outcome, covariates, known) for known in stack]
    base = np.stack([f[0] for f in first])
    start = np.stack([f[1] for f in first])
    filled = np.where(stack, outcome, base)

    def fit(rows: IntArray, values: FloatArray, beta: FloatArray) -> FactorModel:
        return interactive_fit(values, x[rows], rank, tolerance, start=beta if beta.size else None)

    live = np.arange(d)
    model = fit(live, filled, start)
    found = [getattr(model, f.name).copy() for f in fields(FactorModel)]
    # steps with momentum, which is dropped where it points backwards: many fewer until the same rest
    known, previous, ahead, pace, calm = stack, base, base, np.ones(d), np.zeros(d, dtype=np.int64)
    for _ in range(max_iterations):
        prediction = model.fitted + (x[live] @ model.beta[:, None, :, None])[..., 0]
        move = prediction - previous
        size = np.sqrt((previous**2).sum(axis=(1, 2)))
        change = np.sqrt((move**2).sum(axis=(1, 2))) / np.maximum(size, 1e-300)
        pace = np.where(((ahead - prediction) * move).sum(axis=(1, 2)) > 0.0, 1.0, pace)
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace**2)) / 2.0
        ahead = prediction + ((pace - 1.0) / faster)[:, None, None] * move
        previous, pace = prediction, faster
        model = fit(live, np.where(known, outcome, ahead), model.beta)
        # small steps in a row, since one alone may be the turn of the momentum
        calm = np.where(change < tolerance, calm + 1, 0)
        rest = calm == 3
        if rest.any():
            _keep(found, model, live, rest)
            if rest.all():
                return FactorModel(*found)
            stay = ~rest
            live, known, previous, ahead = live[stay], known[stay], previous[stay], ahead[stay]
            pace, calm = pace[stay], calm[stay]
            model = FactorModel(*(getattr(model, f.name)[stay] for f in fields(FactorModel)))
    _keep(found, model, live, np.ones(live.size, dtype=np.bool_))
    return FactorModel(*found)


def _two_way_of_known(
    outcome: FloatArray, covariates: FloatArray, known: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Fit area and period effects and covariates where the outcome is known: prediction (n, T), coefficients (k,)."""
    n, t = outcome.shape
    area, period = np.nonzero(known)
    design = np.zeros((len(area), n + t))
    design[np.arange(len(area)), area] = 1.0
    design[np.arange(len(area)), n + period] = 1.0
    design = np.concatenate([design, covariates[known]], axis=1)
    theta = np.linalg.lstsq(design, outcome[known], rcond=None)[0]
    beta = theta[n + t :]
    return theta[:n, None] + theta[None, n : n + t] + covariates @ beta, beta


def _keep(found: list[FloatArray], model: FactorModel, live: IntArray, which: BoolArray) -> None:
    """Write the fits that are at rest to where they belong."""
    for f, into in zip(fields(FactorModel), found, strict=True):
        into[live[which]] = getattr(model, f.name)[which]


def treated_fit(net: FloatArray, factors: FloatArray, pre: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Predict treated outcomes from their periods before treatment.

    ``net`` (d, n, T) is the outcome less covariates, constant and period effects; ``pre`` (d or 1, n, T) is 1 where an
    observation before treatment is known. Returns predictions (d, n, T) and coefficients (d, n, r + 1), the level last.
    """
    d, _, t = net.shape
    basis = np.concatenate([factors, np.ones((d, t, 1))], axis=2)
    if (pre == pre[:1, :1]).all():  # the same periods for all: one small system for each draw
        use = pre[0, 0].astype(bool)
        short = basis[:, use]
        gram = np.swapaxes(short, 1, 2) @ short
        right = np.einsum("dtr,dnt->drn", short, net[:, :, use])
        coefficients = np.swapaxes(_solve(gram, right), 1, 2)
    else:
        pre = np.broadcast_to(pre, net.shape)
        gram = np.einsum("dtr,dnt,dts->dnrs", basis, pre, basis, optimize=True)
        right = np.einsum("dtr,dnt->dnr", basis, np.where(pre > 0, net, 0.0))
        coefficients = _solve(gram, right[..., None])[..., 0]
    return np.einsum("dtr,dnr->dnt", basis, coefficients), coefficients


def _solve(gram: FloatArray, right: FloatArray) -> FloatArray:
    """Solve small symmetric systems; by the pseudo-inverse where one is singular."""
    try:
        return np.asarray(np.linalg.solve(gram, right), dtype=float)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(gram, hermitian=True) @ right, dtype=float)


def left_out_errors(net: FloatArray, factors: FloatArray, pre: BoolArray, overlap: int = 0) -> FloatArray:
    """Prediction error of each known period before treatment when it is left out (n, T); NaN elsewhere.

    Periods up to ``overlap`` places from it are left out with it.
    """
    n, t = net.shape
    basis = np.concatenate([factors, np.ones((t, 1))], axis=1)
    errors = np.full((n, t), np.nan)
    if overlap:
        for i, period in np.argwhere(pre):
            use = pre[i] & (np.abs(np.arange(t) - period) > overlap)
            if np.linalg.matrix_rank(basis[use]) == basis.shape[1]:
                fitted = basis[period] @ np.linalg.lstsq(basis[use], net[i, use], rcond=None)[0]
                errors[i, period] = net[i, period] - fitted
        return errors
    for i in range(n):
        use = np.flatnonzero(pre[i])
        short, y = basis[use], net[i, use]
        # the error of a left-out observation is its residual over one less its leverage
        q, triangle = np.linalg.qr(short)
        if np.abs(np.diag(triangle)).min() < 1e-10 * max(np.abs(np.diag(triangle)).max(), 1e-300):
            continue
        rest = 1.0 - (q**2).sum(axis=1)
        if (rest < 1e-10).any():
            continue
        errors[i, use] = (y - q @ (q.T @ y)) / rest
    return errors


def factors_of(outcome: FloatArray, rank: int) -> tuple[FloatArray, FloatArray]:
    """Return the factors (T, rank) of a balanced control panel and its period effects with the constant (T,).

    Examples
    --------
    >>> factors, period = factors_of(np.outer([1.0, -1.0, 2.0], [0.0, 1.0, 0.0]), 1)
    >>> factors.shape, period.round(3).tolist()
    ((3, 1), [0.0, 0.667, 0.0])
    """
    model = interactive_fit(outcome[None], np.zeros((1, *outcome.shape, 0)), rank)
    return model.factors[0], np.asarray(model.constant[0] + model.period[0], dtype=float)
