"""How many factors: the fit of a treated panel at each rank, and the choice among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from healthdevo.evaluation.interactive_effects import (
    FactorModel,
    interactive_fit,
    interactive_missing,
    left_out_errors,
    treated_fit,
)
from healthdevo.evaluation.panel import Panel
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["DESIGN", "Layout", "RankFit", "choose_rank", "degrees", "em_mspe", "fit_rank", "layout_of"]

DESIGN = "generalised synthetic control"
IMPROVEMENT = 0.001  # a rank is adopted if the prediction error falls by more than this share


@dataclass(frozen=True)
class Layout:
    """The pieces of a panel that the fits need."""

    panel: Panel
    controls: IntArray
    treated: IntArray
    mass: FloatArray  # weights of treated areas
    pre: BoolArray  # (treated, T), observed and before treatment
    post: BoolArray  # (treated, T), observed and treated

    @property
    def average(self) -> FloatArray:
        """Weights of treated observations in the estimate, adding up to one."""
        weights = self.post * self.mass[:, None]
        return np.asarray(weights / weights.sum(), dtype=float)


def layout_of(panel: Panel) -> Layout:
    """Return the pieces of a panel that the fits need."""
    treated, controls = np.flatnonzero(panel.treated), np.flatnonzero(~panel.treated)
    observed = panel.observed[treated]
    status = panel.treatment[treated]
    return Layout(panel, controls, treated, panel.weights[treated], observed & ~status, observed & status)


def degrees(n: int, t: int, rank: int, k: int) -> int:
    """Return the number of coefficients of a factor model."""
    return n + t - 1 + rank * (n + t - 2) - rank**2 + k


@dataclass(frozen=True)
class RankFit:
    """The fit of a treated panel at one rank."""

    rank: int
    effect: float
    gap: FloatArray  # (treated, T), NaN where unknown
    beta: FloatArray
    model: FactorModel
    coefficients: FloatArray
    mspe: float
    sigma2: float
    criterion: float
    control_residuals: FloatArray  # (controls, T), NaN where unknown


def fit_rank(layout: Layout, rank: int, em: bool, tolerance: float, overlap: int = 0) -> RankFit:
    """Fit controls and treated at one rank; ``overlap`` as in ``left_out_errors``."""
    panel = layout.panel
    y, x, observed = panel.outcome, np.nan_to_num(panel.covariates), panel.observed
    c, tr = layout.controls, layout.treated
    t = panel.shape[1]
    if em:
        usable = observed & ~panel.treatment
        whole = interactive_missing(np.where(usable, y, 0.0), x, usable, rank, tolerance)
        prediction = whole.fitted[0] + x @ whole.beta[0]
        model = whole
        gap = np.where(observed[tr], y[tr] - prediction[tr], np.nan)
        residuals = np.where(observed[c], y[c] - prediction[c], np.nan)
        coefficients = np.concatenate([whole.loadings[0][tr], (whole.area[0][tr])[:, None]], axis=1)
        n, k = panel.shape[0], x.shape[2]
        known = int(usable.sum())
        squares = float(np.nansum(np.where(usable, y - prediction, np.nan) ** 2))
    else:
        if observed[c].all():
            model = interactive_fit(y[c][None], x[c][None], rank, tolerance)
        else:
            model = interactive_missing(np.where(observed[c], y[c], 0.0), x[c], observed[c], rank, tolerance)
        net = y[tr] - x[tr] @ model.beta[0] - model.constant[0] - model.period[0]
        prediction_t, coefficients_t = treated_fit(
            np.where(layout.pre, net, 0.0)[None], model.factors, layout.pre[None].astype(float)
        )
        gap = np.where(observed[tr], net - prediction_t[0], np.nan)
        coefficients = coefficients_t[0]
        fitted = model.fitted[0] + x[c] @ model.beta[0]
        residuals = np.where(observed[c], y[c] - fitted, np.nan)
        n, k = len(c), x.shape[2]
        known = int(observed[c].sum())
        squares = float(np.nansum(residuals**2))
    used = degrees(n, t, rank, k)
    sigma2 = squares / (known - used) if known > used else float("nan")
    criterion = float(np.log(sigma2) + used * np.log(known) / known) if sigma2 > 0 else float("nan")
    mspe = float("nan")
    if not em:
        errors = left_out_errors(net, model.factors[0], layout.pre, overlap)[layout.pre]
        if not np.isnan(errors).any():
            mspe = float(np.mean(errors**2))
    effect = float(np.nansum(np.where(layout.post, gap, 0.0) * layout.average))
    return RankFit(rank, effect, gap, model.beta[0], model, coefficients, mspe, sigma2, criterion, residuals)


def em_mspe(layout: Layout, rank: int, tolerance: float, overlap: int = 0) -> float:
    """Prediction error of the EM form when one period relative to treatment (and those that overlap) is hidden at a time."""
    panel = layout.panel
    adoption = panel.adoption[layout.treated]
    relative = np.arange(panel.shape[1])[None, :] - adoption[:, None]
    x = np.nan_to_num(panel.covariates)
    leads = np.unique(relative[layout.pre])
    hidden = [layout.pre & (relative == lead) for lead in leads]
    if not hidden:
        return float("nan")
    usable = np.repeat((panel.observed & ~panel.treatment)[None], len(hidden), axis=0)
    for own, lead in zip(usable, leads, strict=True):
        own[layout.treated] &= ~(layout.pre & (np.abs(relative - lead) <= overlap))
    if (usable[:, layout.treated].sum(axis=2) < rank + 1).any():
        return float("nan")
    known = np.where(panel.observed & ~panel.treatment, panel.outcome, 0.0)
    model = interactive_missing(known, x, usable, rank, tolerance)
    prediction = (model.fitted + (x @ model.beta[:, None, :, None])[..., 0])[:, layout.treated]
    errors = [
        (panel.outcome[layout.treated] - one)[hide] for one, hide in zip(prediction, hidden, strict=True)
    ]
    return float(np.mean(np.concatenate(errors) ** 2))


def choose_rank(errors: Sequence[float], improvement: float = IMPROVEMENT) -> int:
    """Return the position of the rank that the reference rule adopts.

    Walking upwards, a rank is adopted only if its error is below ``1 - improvement`` times the least so far.

    Examples
    --------
    >>> choose_rank([4.0, 3.0, 2.9999, 3.5]), choose_rank([1.0, 1.1, 0.9])
    (1, 2)
    """
    best, adopted = float("inf"), 0
    for position, error in enumerate(errors):
        if not np.isnan(error) and error < (1.0 - improvement) * best:
            best, adopted = error, position
    return adopted
