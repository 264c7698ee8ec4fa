"""Forecasts from several ends of a series by one pass of the Kalman filter: what it predicts at an end hangs on nothing later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from healthdevo.typing import FloatArray


def paths(
    model: Any, params: FloatArray, ends: Sequence[int], horizon: int
) -> tuple[FloatArray, FloatArray] | None:
    """Return means and standard deviations of the ``horizon`` observations after each end, a row for each end.

    ``model`` is a state space model of statsmodels whose series reaches ``horizon`` months (missing, if not known) beyond the last end;
    an end is the number of months before it. The state predicted at an end is carried on by the model's own transition, which is what
    filtering the shorter series and forecasting from it does. None where some end lies before the diffuse start is over.
    """
    with np.errstate(all="ignore"):
        found = model.filter(params, cov_type="none").filter_results
    if min(ends) < found.nobs_diffuse:
        return None
    at = list(ends)
    system = {
        name: np.asarray(model.ssm[name]) for name in ("design", "transition", "selection", "state_cov")
    }
    design = system["design"].reshape(1, system["design"].shape[1], -1)[0]
    constant = {name: value[..., 0] if value.ndim == 3 else value for name, value in system.items()}
    transition, selection = constant["transition"], constant["selection"]
    added = selection @ constant["state_cov"] @ selection.T
    noise = float(np.asarray(model.ssm["obs_cov"]).ravel()[0])
    state = found.predicted_state[:, at].T.copy()
    spread = np.moveaxis(found.predicted_state_cov[:, :, at], 2, 0).copy()
    means, variances = np.empty((len(at), horizon)), np.empty((len(at), horizon))
    for ahead in range(horizon):
        columns = [end + ahead for end in at] if design.shape[1] > 1 else [0] * len(at)
        z = design[:, columns].T
        means[:, ahead] = (z * state).sum(axis=1)
        variances[:, ahead] = np.einsum("ei,eij,ej->e", z, spread, z) + noise
        state = state @ transition.T
        spread = transition @ spread @ transition.T + added
    return means, np.sqrt(variances)
