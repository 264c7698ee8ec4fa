r"""Bounds for selection on unobservables, in the manner of Oster.

If unobserved confounders are as strongly related to spending as the observed controls are (delta = 1), and together they would explain the
share ``r2_max`` of the outcome, how large is the coefficient? And how much more strongly would they have to be related to bring it to zero?

References
----------
Altonji JG, Elder TE, Taber CR (2005). Selection on observed and unobserved variables. JPE 113, 151-184. Oster E (2019).
Unobservable selection and coefficient stability: theory and evidence. JBES 37, 187-204.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.cluster_inference import Fitted
from healthdevo.mathematics.matrices import array, columns
from healthdevo.regression.panel_design import CONSTANT
from healthdevo.regression.panels import PanelFit
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray
from healthdevo.wording import number

__all__ = ["SelectionBounds", "selection_bounds", "selection_bounds_of_fit"]


@dataclass(frozen=True)
class SelectionBounds(Estimate):
    """What selection on unobservables could do to a coefficient.

    ``estimate`` is the bias-adjusted coefficient at ``delta``; there is no sampling interval, which ``reason`` says.

    Parameters
    ----------
    controlled, uncontrolled : float
        Coefficients with and without controls.
    r2_controlled, r2_uncontrolled, r2_max : float
        Shares of variance explained, and the share assumed if nothing were unobserved.
    delta : float
        Proportional selection assumed for the adjusted coefficient.
    delta_zero : float
        Proportional selection that would bring the coefficient to ``target``; NaN where none does.
    target : float
        That value, by default 0.
    roots : tuple of float
        All real solutions for the adjusted coefficient, the chosen one first.
    """

    controlled: float = np.nan
    uncontrolled: float = np.nan
    r2_controlled: float = np.nan
    r2_uncontrolled: float = np.nan
    r2_max: float = np.nan
    delta: float = 1.0
    delta_zero: float = np.nan
    target: float = 0.0
    roots: tuple[float, ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """The identified set between the controlled and the adjusted coefficient."""
        return min(self.controlled, self.estimate), max(self.controlled, self.estimate)

    @property
    def sentence(self) -> str:
        """The bounds in one sentence."""
        low, high = self.bounds
        return (
            f"If what is unobserved were {number(self.delta)} times as strongly related to the regressor as the controls are, and "
            f"everything together explained {number(self.r2_max)} of the variance, the coefficient would lie between {number(low)} "
            f"and {number(high)}; selection {number(self.delta_zero)} times as strong would bring it to {number(self.target)}."
        )


@front_door
def selection_bounds(
    outcome: ArrayLike,
    regressor: ArrayLike,
    controls: ArrayLike,
    *,
    base: ArrayLike | None = None,
    constant: bool = True,
    r2_max: float | None = None,
    delta: float = 1.0,
    target: float = 0.0,
) -> SelectionBounds:
    r"""Bound a coefficient against selection on unobservables.

    Parameters
    ----------
    outcome, regressor : array_like of shape (n,)
        Outcome and the regressor of interest.
    controls : array_like of shape (n, p)
        Observed controls whose selection is informative of the unobserved.
    base : array_like of shape (n, q), optional
        Controls in both regressions (effects, say); partialled out of everything first.
    constant : bool
        Whether a constant is partialled out first.
    r2_max : float, optional
        Share of variance (after the base controls) explained if nothing were unobserved; default 1.3 times the controlled share,
        at most 1 (Oster's rule of thumb).
    delta : float
        Proportional selection.
    target : float
        Value for which ``delta_zero`` is found.

    Returns
    -------
    SelectionBounds
        Adjusted coefficient and break-even selection.

    Notes
    -----
    Write :math:`\dot\beta, \dot R` without and :math:`\tilde\beta, \tilde R` with controls, :math:`\sigma_x^2` and :math:`\tau_x` the
    variance of the regressor before and after controls, and :math:`\nu` the bias. Oster's proposition 2 makes :math:`\nu` a root
    of a cubic (of a quadratic at :math:`\delta = 1`). Of several roots the one is chosen that keeps the direction of the
    observed movement and, among those, lies nearest to the controlled coefficient.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> w = rng.normal(size=(500, 2))
    >>> x = w.sum(axis=1) + rng.normal(size=500)
    >>> y = x + w.sum(axis=1) + rng.normal(size=500)
    >>> bounds = selection_bounds(y, x, w[:, :1])
    >>> bounds.estimate < bounds.controlled < bounds.uncontrolled
    True
    """
    y = array(outcome, "outcome")
    n = len(y)
    x = array(regressor, "regressor", shape=(n,))
    W = columns(controls, "controls", n)
    B = np.ones((n, 1)) if constant else np.zeros((n, 0))
    if base is not None:
        B = np.hstack([B, columns(base, "base", n)])
    if W.shape[1] == 0:
        raise InputError(
            "controls: none given; without observed controls nothing can be said of unobserved ones"
        )
    if not np.isfinite(delta):
        raise InputError(f"delta: {delta!r} is not valid; give a finite number")
    y, x, W = (_residual(a, B) for a in (y, x, W))
    sigma_y, sigma_x = float(y @ y) / n, float(x @ x) / n
    x_left = _residual(x, W)
    tau = float(x_left @ x_left) / n
    if sigma_y <= 0 or tau <= 1e-14 * max(sigma_x, 1e-300):
        raise InputError("regressor: no variation is left after the controls; nothing can be bounded")
    before = float(x @ y / (x @ x))
    after = float(x_left @ y / (x_left @ x_left))
    r_before = 1 - float(((y - before * x) ** 2).sum()) / n / sigma_y
    everything = Fitted.ols(np.column_stack([x, W]), y)
    r_after = 1 - float((everything.residuals**2).sum()) / n / sigma_y
    ceiling = min(1.0, 1.3 * r_after) if r2_max is None else r2_max
    if not r_after <= ceiling <= 1:
        raise InputError(
            f"r2_max: {ceiling!r} is not valid; give a number from {r_after:.4f} (with the controls) to 1"
        )
    moved = before - after
    gained = (r_after - r_before) * sigma_y
    room = (ceiling - r_after) * sigma_y
    # delta(nu) = numerator / denominator, both cubic in the bias nu = controlled - true
    numerator = np.array(
        [tau * sigma_x - tau**2, 2 * tau * moved * sigma_x, gained * tau + sigma_x * tau * moved**2, 0.0]
    )
    denominator = np.array(
        [tau * sigma_x - tau**2, tau * moved * sigma_x, room * (sigma_x - tau), room * moved * sigma_x]
    )
    gap = after - target
    bottom = float(np.polyval(denominator, gap))
    delta_zero = float(np.polyval(numerator, gap)) / bottom if bottom != 0 else float("nan")
    polynomial = delta * denominator - numerator
    # at delta = 1 the cubic terms cancel exactly
    scale = np.abs(delta * denominator) + np.abs(numerator)
    polynomial = np.where(np.abs(polynomial) <= 1e-13 * scale, 0.0, polynomial)
    if room == 0 or delta == 0:
        biases = np.array([0.0])
    else:
        found = np.roots(np.trim_zeros(polynomial, "f"))
        biases = found[np.abs(found.imag) <= 1e-8 * (1 + np.abs(found.real))].real
    # controls that bring the coefficient down say that more of the kind would bring it down further
    same = [b for b in biases if b == 0 or np.sign(b) == np.sign(moved) * np.sign(delta)]
    pool = same or list(biases)
    ordered = sorted(biases, key=lambda b: (b not in pool, abs(b)))
    if not ordered:
        raise InputError(f"delta: {delta!r} gives no real solution; give a smaller one")
    return SelectionBounds(
        "coefficient adjusted for selection",
        after - float(ordered[0]),
        float("nan"),
        (),
        n,
        "Oster (2019), proportional selection, exact solution",
        reason="a bound under an assumption; it has no sampling interval",
        controlled=after,
        uncontrolled=before,
        r2_controlled=r_after,
        r2_uncontrolled=r_before,
        r2_max=ceiling,
        delta=delta,
        delta_zero=delta_zero,
        target=target,
        roots=tuple(after - float(b) for b in ordered),
    )


@front_door
def selection_bounds_of_fit(
    fit: PanelFit,
    term: str | None = None,
    *,
    r2_max: float | None = None,
    delta: float = 1.0,
    target: float = 0.0,
) -> SelectionBounds:
    """Bound a coefficient of a panel fit, its effects being in both regressions and its other terms being the controls.

    Parameters
    ----------
    fit : PanelFit
        A fit with at least one other term.
    term : str, optional
        The coefficient; default the first regressor.
    r2_max, delta, target
        As in ``selection_bounds``.

    Examples
    --------
    >>> import pandas as pd
    >>> from healthdevo.regression.panels import panel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(20) for t in range(2010, 2016)], columns=["area", "year"])
    >>> frame["need"] = rng.normal(size=120)
    >>> frame["x"] = frame["need"] + rng.normal(size=120)
    >>> frame["y"] = frame["x"] + frame["need"] + rng.normal(size=120)
    >>> fit = panel(frame, outcome="y", regressors="x", controls="need")
    >>> selection_bounds_of_fit(fit).controlled == fit["x"].estimate
    True
    """
    name = fit.focal if term is None else term
    if name not in fit.design.names:
        raise InputError(f"term: no term {name!r}; the terms are {', '.join(fit.design.names)}")
    design = fit.design
    j = design.names.index(name)
    constant = [i for i, other in enumerate(design.names) if other == CONSTANT]
    others = [i for i in range(len(design.names)) if i != j and i not in constant]
    result = selection_bounds(
        design.y,
        design.X[:, j],
        design.X[:, others],
        base=design.X[:, constant] if constant else None,
        constant=False,
        r2_max=r2_max,
        delta=delta,
        target=target,
    )
    exact = float(fit.params["estimate"].to_numpy()[j])
    shift = exact - result.controlled
    if abs(shift) > 1e-8 * (1 + abs(exact)):
        raise InputError(
            "fit: the design does not reproduce the coefficient; bounds are for least-squares fits"
        )
    return replace(result, controlled=exact)


def _residual(values: FloatArray, on: FloatArray) -> FloatArray:
    if on.shape[1] == 0:
        return values
    left, size, _ = np.linalg.svd(on / np.maximum(np.linalg.norm(on, axis=0), 1e-300), full_matrices=False)
    basis = left[:, size > 1e-10]
    for _ in range(2):
        values = values - basis @ (basis.T @ values)
    return values
