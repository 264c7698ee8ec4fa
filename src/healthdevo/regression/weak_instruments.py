r"""How strong instruments are.

First-stage F (classic, robust, clustered), the effective F of Montiel Olea and Pflueger with its critical values, Cragg-Donald
and Kleibergen-Paap. Controls and effects are partialled out of
outcome, endogenous regressors and instruments first; statistics do not depend on how the controls are coded.

Notation: with partialled Z (L instruments), X (m endogenous), reduced forms :math:`\hat\Pi = (Z'Z)^{-1}Z'X` and residuals V;
p is the number of controls, constant and effects included.

References
----------
Montiel Olea JL, Pflueger C (2013). A robust test for weak instruments. JBES 31, 358-369. Cragg JG, Donald SG (1993).
Testing identifiability and specification in instrumental variable models. Econometric Theory 9, 222-240. Kleibergen F, Paap R
(2006). Generalized reduced rank tests using the singular value decomposition. J Econometrics 133, 97-126. Andrews I, Stock JH, Sun L
(2019). Weak instruments in instrumental variables regression: theory and practice. Annual Review of Economics 11, 727-753.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.matrices import array
from healthdevo.regression.instrument_data import COVARIANCES, InstrumentData
from healthdevo.typing import FloatArray
from healthdevo.wording import number

__all__ = ["FirstStage", "effective_f_critical_value", "first_stage", "wald_statistic"]


def wald_statistic(covariance: FloatArray, values: FloatArray) -> float:
    """Return a Wald statistic; NaN where the covariance has no inverse, as with very few rows."""
    try:
        return float(values @ np.linalg.solve(covariance, values))
    except np.linalg.LinAlgError:
        return float("nan")


@dataclass(frozen=True)
class FirstStage:
    """Strength of the instruments for one endogenous regressor.

    Parameters
    ----------
    name : str
        The endogenous regressor.
    table : pandas.DataFrame
        Index ``classic``, ``HC0``, ``HC1`` and, with clusters, ``clustered``; columns ``F`` (Wald statistic over L),
        ``p_value``, ``effective_F`` and ``critical_value`` (of the effective F; bias above 10% at the 5% level).
    partial_r2 : float
        Share of its variance, after the controls, that the instruments explain.
    n, instruments, controls : int
        Rows, instruments and controls.
    preferred : str
        Row of the table that goes with the errors of the fit.
    """

    name: str
    table: pd.DataFrame
    partial_r2: float
    n: int
    instruments: int
    controls: int
    preferred: str

    def f(self, errors: str | None = None) -> float:
        """Return the F statistic under given errors."""
        return float(self.table["F"].to_numpy()[self.table.index.get_loc(errors or self.preferred)])

    def effective_f(self, errors: str | None = None) -> float:
        """Return the effective F under given errors."""
        return float(self.table["effective_F"].to_numpy()[self.table.index.get_loc(errors or self.preferred)])

    @property
    def weak(self) -> bool:
        """Whether the effective F stays below its critical value."""
        row = self.table.index.get_loc(self.preferred)
        return bool(self.table["effective_F"].to_numpy()[row] < self.table["critical_value"].to_numpy()[row])

    @property
    def sentence(self) -> str:
        """The strength of the instruments in one sentence."""
        row = self.table.index.get_loc(self.preferred)
        critical = float(self.table["critical_value"].to_numpy()[row])
        said = "below" if self.weak else "above"
        return (
            f"The effective F of the {'instrument' if self.instruments == 1 else f'{self.instruments} instruments'} for {self.name} is "
            f"{number(self.effective_f())}, {said} {number(critical)}, from which on a bias of more than 10% of the worst case "
            "can be ruled out."
        )


@front_door
def effective_f_critical_value(W: FloatArray, bias: float = 0.10, significance: float = 0.05) -> float:
    r"""Return the critical value of the effective F (Montiel Olea and Pflueger 2013, simplified for 2SLS).

    Parameters
    ----------
    W : ndarray of shape (L, L)
        Covariance of the first-stage scores in the scale where Z'Z = I; only its shape matters.
    bias : float
        Nagar bias tolerated, relative to the worst case.
    significance : float
        Level of the test.

    Notes
    -----
    With :math:`x = 1/\text{bias}` and :math:`K = \operatorname{tr}(W)^2(1+2x) / (\operatorname{tr}(W'W) + 2x
    \operatorname{tr}(W)\lambda_{max}(W))`, the value is the upper quantile of a non-central chi-squared with K degrees of freedom
    and non-centrality Kx, divided by K.

    Examples
    --------
    >>> round(effective_f_critical_value(np.eye(1)), 1)
    23.1
    """
    if not (bias > 0 and 0 < significance < 1):
        raise InputError("bias and significance: give a positive bias and a significance between 0 and 1")
    W = array(W, "W", dimensions=2)
    if (
        not W.size
        or W.shape[0] != W.shape[1]
        or np.abs(W - W.T).max() > 1e-6 * np.abs(W).max()
        or not np.trace(W) > 0
    ):
        raise InputError("W: it is no covariance; give a symmetric matrix with variances above 0")
    x = 1 / bias
    largest = float(np.linalg.eigvalsh(W)[-1])
    trace = float(np.trace(W))
    K = trace**2 * (1 + 2 * x) / (float((W * W).sum()) + 2 * x * trace * largest)
    return float(stats.ncx2.ppf(1 - significance, K, K * x) / K)


@front_door
def first_stage(data: InstrumentData, preferred: str = "HC1", bias: float = 0.10) -> tuple[FirstStage, ...]:
    r"""Return the first-stage F statistics of each endogenous regressor.

    Parameters
    ----------
    data : InstrumentData
        Partialled data.
    preferred : str
        Errors of the fit: ``"classic"``, ``"HC0"``, ``"HC1"`` or ``"clustered"``.
    bias : float
        Bias tolerated by the critical value of the effective F.

    Returns
    -------
    tuple of FirstStage
        One for each endogenous regressor. With several, each F says whether the instruments move that regressor, not whether
        they can tell the regressors apart: for that see ``cragg_donald`` and ``kleibergen_paap``.

    Notes
    -----
    :math:`F = \hat\pi' \hat V_\pi^{-1} \hat\pi / L`; the effective F is :math:`\hat\pi' Z'Z \hat\pi / \operatorname{tr}(\hat V_\pi
    Z'Z)`, which with classic errors or one instrument equals F.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(200, 2))
    >>> x = z @ [0.5, 0.5] + rng.normal(size=200)
    >>> strength, = first_stage(InstrumentData.make(x, x, z))
    >>> strength.weak
    False
    """
    kinds = [k for k in COVARIANCES if k != "clustered" or data.clusters is not None]
    if preferred not in kinds:
        raise InputError(f"preferred: {preferred!r} is not valid; give one of {', '.join(kinds)}")
    ZZ = data.Z.T @ data.Z
    triangle: FloatArray = np.asarray(np.linalg.qr(data.Z, mode="r"))
    results = []
    fits = {kind: data.reduced_forms(kind) for kind in kinds}
    for j, name in enumerate(data.names):
        at = slice((1 + j) * data.L, (2 + j) * data.L)
        records = {}
        for kind, (coefficients, covariance) in fits.items():
            pi, V = coefficients[:, 1 + j], covariance[at, at]
            if kind == "clustered" and data.denominator_df(kind) < data.L:
                # fewer clusters than instruments: the covariance has no inverse
                F = np.nan
            else:
                F = wald_statistic(V, pi) / data.L
            W = triangle @ V @ triangle.T
            records[kind] = {
                "F": F,
                "p_value": float(stats.f.sf(F, data.L, data.denominator_df(kind))),
                "effective_F": float(pi @ ZZ @ pi) / float(np.trace(W)),
                "critical_value": effective_f_critical_value(W, bias),
            }
        x = data.X[:, j]
        explained = data.Z @ fits["classic"][0][:, 1 + j]
        results.append(
            FirstStage(
                name,
                pd.DataFrame.from_dict(records, orient="index"),
                float(explained @ explained) / float(x @ x),
                data.n,
                data.L,
                data.controls,
                preferred,
            )
        )
    return tuple(results)
