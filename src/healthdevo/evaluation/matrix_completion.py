"""Matrix completion: untreated outcomes of the treated as missing entries of a matrix of low rank.

Estimand: the average effect on the treated areas over their treated periods. Untreated outcomes are taken as
``y_it(0) = a_i + b_t + L_it + e_it``, where ``L`` has few large singular values. It is estimated from the untreated
observations by

``min  sum over untreated (y_it - a_i - b_t - L_it)^2 / |O| + penalty ||L||_*``

with the nuclear norm (sum of singular values) as penalty; area and period effects are not penalised. The problem is
convex; missing entries are filled with their prediction and singular values shrunk until nothing changes. The penalty
is chosen by hiding untreated observations at random.

Assumptions: treatment unrelated to the errors given the low-rank structure, no anticipation, no spillover.

Source: Athey, Bayati, Doudchenko, Imbens and Khosravi (2021), Journal of the American Statistical Association 116.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.few_areas import stretched_by_few
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import Effect, Inference, effect_from_path, path_of_gaps
from healthdevo.front_door import front_door
from healthdevo.mathematics.estimates import limits
from healthdevo.results import check_levels
from healthdevo.typing import BoolArray, FloatArray

__all__ = ["matrix_completion"]


DESIGN = "matrix completion"


def _shrink(matrix: FloatArray, threshold: float) -> FloatArray:
    """Shrink singular values of stacks (d, n, T) by soft thresholding."""
    flip = matrix.shape[1] < matrix.shape[2]
    tall = np.swapaxes(matrix, 1, 2) if flip else matrix
    values, vectors = np.linalg.eigh(np.swapaxes(tall, 1, 2) @ tall)
    singular = np.sqrt(np.maximum(values, 0.0))
    factor = np.maximum(singular - threshold, 0.0) / np.where(singular > 0.0, singular, 1.0)
    result = tall @ ((vectors * factor[:, None, :]) @ np.swapaxes(vectors, 1, 2))
    return np.asarray(np.swapaxes(result, 1, 2) if flip else result, dtype=float)


def _complete(
    outcome: FloatArray,
    known: BoolArray,
    penalty: float,
    low: FloatArray,
    effects: FloatArray,
    tolerance: float,
    max_iterations: int = 5000,
) -> tuple[FloatArray, FloatArray]:
    """Fill stacks (d, n, T); returns the low-rank part and the additive part.

    Proximal gradient steps with momentum, which is dropped where it points backwards (O'Donoghue and Candes 2015). The
    step is exact: means by area and period leave a matrix whose singular values are shrunk.
    """
    threshold = penalty * known.sum(axis=(1, 2)).mean() / 2.0
    scale = max(float(np.std(outcome[known])), 1e-300)
    fitted = low + effects
    ahead = fitted
    pace = np.ones(len(outcome))
    calm = 0
    for _ in range(max_iterations):
        filled = np.where(known, outcome, ahead)
        across = filled.mean(axis=2, keepdims=True)
        effects = across + filled.mean(axis=1, keepdims=True) - across.mean(axis=1, keepdims=True)
        low = _shrink(filled - effects, threshold)
        new = low + effects
        move = new - fitted
        backwards = np.einsum("dnt,dnt->d", ahead - new, move) > 0.0
        pace = np.where(backwards, 1.0, pace)
        faster = (1.0 + np.sqrt(1.0 + 4.0 * pace**2)) / 2.0
        ahead = new + ((pace - 1.0) / faster)[:, None, None] * move
        fitted, pace = new, faster
        # small steps in a row, since one alone may be the turn of the momentum
        calm = calm + 1 if float(np.abs(move).max()) < tolerance * scale else 0
        if calm == 3:
            break
    return low, effects


def _start(outcome: FloatArray, known: BoolArray, tolerance: float) -> tuple[FloatArray, FloatArray]:
    return _complete(
        outcome,
        known,
        1e300 / outcome.size,
        np.zeros_like(outcome),
        np.full_like(outcome, float(outcome[known].mean())),
        tolerance,
    )


def _choose(
    outcome: FloatArray, known: BoolArray, grid: FloatArray, folds: int, rng: np.random.Generator
) -> FloatArray:
    """Mean squared error of hidden observations for each penalty of a falling grid."""
    errors = np.zeros((folds, len(grid)))
    cells = np.argwhere(known[0])
    for fold in range(folds):
        while True:
            hidden = rng.random(len(cells)) < 1.0 / max(folds, 4)
            mask = known.copy()
            mask[0, cells[hidden, 0], cells[hidden, 1]] = False
            if hidden.any() and mask[0].any(axis=0).all() and mask[0].any(axis=1).all():
                break
        low, effects = _start(outcome, mask, 1e-6)
        away = known & ~mask
        for j, penalty in enumerate(grid):
            low, effects = _complete(outcome, mask, float(penalty), low, effects, 1e-5)
            errors[fold, j] = float(((outcome - low - effects)[away] ** 2).mean())
    return np.asarray(errors.mean(axis=0), dtype=float)


@front_door
def matrix_completion(
    panel: Panel,
    *,
    penalty: float | None = None,
    grid: int = 12,
    folds: int = 5,
    inference: Literal["bootstrap", "none"] = "bootstrap",
    draws: int = 100,
    levels: float | Sequence[float] = 0.95,
    tolerance: float = 1e-7,
    seed: int | np.random.Generator = 0,
) -> Effect:
    """Estimate the effect on the treated by matrix completion with the nuclear norm.

    Parameters
    ----------
    panel : Panel
        Absorbing treatment, staggered or not; outcomes may be missing. Without covariates. Weights of treated areas are
        used in the average.
    penalty : float, optional
        The penalty of the formula above; chosen by cross-validation when not given. A large one gives two-way
        imputation.
    grid : int
        Number of penalties tried, from the least that leaves no low-rank part downwards.
    folds : int
        Times that observations are hidden.
    inference : {"bootstrap", "none"}
        The bootstrap redraws treated and control areas apart, with the penalty held; it needs two treated areas.
    draws : int
        Number of bootstrap draws.
    levels : float or sequence of float
        Levels of intervals. The variance of redrawn areas is multiplied by m / (m - 1) and Student's t has m - 1 degrees of freedom, m
        being the fewer of treated and controls.
    tolerance : float
        Largest change, in standard deviations of the outcome, at which filling ends.
    seed : int or numpy.random.Generator
        Source of folds and draws.

    Returns
    -------
    Effect

    Raises
    ------
    InputError
        When the panel is not what the design needs.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> y = rng.normal(size=(30, 1)) @ rng.normal(size=(1, 12)) + 0.1 * rng.normal(size=(30, 12))
    >>> d = np.zeros((30, 12), dtype=bool)
    >>> d[:4, 8:] = True
    >>> effect = matrix_completion(Panel(y + d, d, np.arange(30), np.arange(12)), draws=20)
    >>> bool(abs(effect.estimate - 1.0) < 0.3)
    True
    """
    wanted = check_levels(levels)
    panel.require(DESIGN, covariates=False)
    known = panel.observed & ~panel.treatment
    if not known.any(axis=0).all():
        period = panel.periods[int(np.argmin(known.any(axis=0)))]
        raise InputError(f"panel: nothing untreated is observed in {period}; leave that period out")
    if not known.any(axis=1).all():
        area = panel.areas[int(np.argmin(known.any(axis=1)))]
        raise InputError(f"panel: {area} is never observed untreated; drop it")
    if penalty is not None and not penalty >= 0.0:
        raise InputError(f"penalty: {penalty} is not valid; it must not be negative")
    for name, value, least in (("grid", grid, 1), ("folds", folds, 1)):
        if value < least:
            raise InputError(f"{name}: {value} is not valid; give at least {least}")
    rng = np.random.default_rng(seed)
    outcome = np.where(known, panel.outcome, 0.0)[None]
    mask = known[None]
    low, effects = _start(outcome, mask, tolerance)
    residual = np.where(mask, outcome - effects, 0.0)[0]
    largest = 2.0 * float(np.linalg.norm(residual, 2)) / int(known.sum())
    tried = largest * np.logspace(0, -2.5, grid)
    errors = np.full(grid, np.nan)
    if penalty is None:
        if largest <= 1e-12 * max(1.0, float(np.abs(outcome).max())):
            penalty = 1.0
        else:
            errors = _choose(outcome, mask, tried, folds, rng)
            penalty = float(tried[int(np.argmin(errors))])
    for step in [p for p in tried if p > penalty] + [penalty]:
        low, effects = _complete(
            outcome, mask, float(step), low, effects, tolerance if step == penalty else 1e-4
        )
    gap = np.where(panel.observed, panel.outcome - (low + effects)[0], np.nan)
    post = panel.observed & panel.treatment
    if not post.any():
        raise InputError(f"panel: no treated outcome is observed; {DESIGN} needs one")
    mass = post * panel.weights[:, None]
    estimate = float(np.nansum(np.where(post, gap, 0.0) * mass) / mass.sum())
    relative = np.arange(panel.shape[1])[None, :] - panel.adoption[:, None]
    effect = effect_from_path(
        design=DESIGN,
        estimate=estimate,
        path=path_of_gaps(gap, panel.outcome, relative, panel),
        n=int(panel.observed.sum()),
        method="nuclear-norm matrix completion",
        unit=panel.unit,
        treated=panel.treated_areas,
        diagnostics={
            "penalty": float(penalty),
            "rank of the low-rank part": float(
                np.linalg.matrix_rank(low[0], tol=1e-6 * max(1.0, float(np.abs(low).max())))
            ),
            "prediction error of hidden observations": float(np.nanmin(errors))
            if (~np.isnan(errors)).any()
            else float("nan"),
        },
    )
    if inference == "none":
        return effect
    if inference != "bootstrap":
        raise InputError(f"inference: {inference!r} is not bootstrap or none")
    if panel.n_treated < 2 or panel.n_controls < 2:
        reason = (
            f"the bootstrap needs at least two {'treated' if panel.n_treated < 2 else 'never-treated'} areas"
        )
        return effect.with_inference(Inference("bootstrap", float("nan"), (), reason=reason))
    if draws < 2:
        raise InputError(f"draws: {draws} is not valid; at least 2 are needed")
    sample = _bootstrap(panel, float(penalty), low[0], effects[0], draws, rng)
    error = float(np.std(sample, ddof=1))
    wider, degrees = stretched_by_few(error, panel.n_treated, panel.n_controls)
    p_value = float(2 * stats.t.sf(abs(estimate) / wider, degrees)) if wider > 0 else float("nan")
    return effect.with_inference(
        Inference("bootstrap", error, limits(estimate, wider, wanted, degrees), p_value, draws=sample)
    )


def _bootstrap(
    panel: Panel, penalty: float, low: FloatArray, effects: FloatArray, draws: int, rng: np.random.Generator
) -> FloatArray:
    known, post = panel.observed & ~panel.treatment, panel.observed & panel.treatment
    outcome = np.where(panel.observed, panel.outcome, 0.0)
    treated, controls = np.flatnonzero(panel.treated), np.flatnonzero(~panel.treated)
    rows = np.empty((0, panel.shape[0]), dtype=np.int64)
    for _ in range(100):
        if len(rows) >= draws:
            break
        some = np.concatenate(
            [rng.choice(controls, (draws, len(controls))), rng.choice(treated, (draws, len(treated)))], axis=1
        )
        fine = known[some].any(axis=1).all(axis=1) & post[some].any(axis=(1, 2))
        rows = np.concatenate([rows, some[fine]])
    if len(rows) < draws:
        raise InputError(
            "panel: too few controls are observed in some period to redraw areas; leave that period out"
        )
    rows = rows[:draws]
    size = max(1, 500_000 // panel.outcome.size)
    sample = np.empty(draws)
    for a in range(0, draws, size):
        part = rows[a : a + size]
        mask = known[part]
        filled, additive = _complete(
            np.where(mask, outcome[part], 0.0), mask, penalty, low[part], effects[part], 1e-5
        )
        mass = post[part] * panel.weights[part][:, :, None]
        sample[a : a + size] = ((outcome[part] - filled - additive) * mass).sum(axis=(1, 2)) / mass.sum(
            axis=(1, 2)
        )
    return sample
