"""Tests of the rank of the first stage: Kleibergen-Paap, Cragg-Donald, with the critical values of Stock and Yogo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.regression.instrument_data import InstrumentData
from healthdevo.regression.weak_instruments import wald_statistic
from healthdevo.typing import FloatArray
from healthdevo.wording import number

__all__ = ["RankTest", "cragg_donald", "kleibergen_paap", "stock_yogo_critical_value"]


@dataclass(frozen=True)
class RankTest:
    """A test of whether instruments identify all endogenous regressors together.

    Parameters
    ----------
    name : str
        ``"Cragg-Donald"`` or ``"Kleibergen-Paap"``.
    f : float
        The Wald F form: Wald statistic over the number of instruments, with residual degrees of freedom n - L - p.
    wald : float
        The Wald statistic.
    df : int
        Its degrees of freedom, L - m + 1.
    p_value : float
        Against instruments that identify nothing (underidentification).
    method : str
        Errors allowed for.
    critical_value : float
        Stock and Yogo's value for F: above it, a nominal 5% Wald test of 2SLS rejects a true value in no more than 10% of samples. Only
        for Cragg-Donald, which assumes equal error variances as the value does; NaN where none is tabulated.
    """

    name: str
    f: float
    wald: float
    df: int
    p_value: float
    method: str
    critical_value: float = np.nan

    @property
    def sentence(self) -> str:
        """The test in one sentence."""
        text = (
            f"The {self.name} F statistic is {number(self.f)}; the p-value against instruments that do not identify the "
            f"model is {number(self.p_value)}."
        )
        if np.isfinite(self.critical_value):
            side = "below" if self.f < self.critical_value else "above"
            text += f" F is {side} {number(self.critical_value)}, the value for a 5% test to be wrong in 10% of samples at most."
        return text


# Stock and Yogo (2005), table 5.2: 2SLS, maximal size 10%, 15%, 20%, 25% of a nominal 5% Wald test; by endogenous regressors and
# instruments.
_STOCK_YOGO = {
    (1, 1): (16.38, 8.96, 6.66, 5.53),
    (1, 2): (19.93, 11.59, 8.75, 7.25),
    (1, 3): (22.30, 12.83, 9.54, 7.80),
    (1, 4): (24.58, 13.96, 10.26, 8.31),
    (1, 5): (26.87, 15.09, 10.98, 8.84),
    (2, 2): (7.03, 4.58, 3.95, 3.63),
    (2, 3): (13.43, 8.18, 6.40, 5.45),
    (2, 4): (16.87, 9.93, 7.54, 6.28),
    (2, 5): (19.45, 11.22, 8.38, 6.89),
}
_STOCK_YOGO_SIZES = (0.10, 0.15, 0.20, 0.25)


@front_door
def stock_yogo_critical_value(instruments: int, endogenous: int = 1, size: float = 0.10) -> float:
    """Return Stock and Yogo's critical value of the Cragg-Donald F for the size of a 5% Wald test of 2SLS.

    Parameters
    ----------
    instruments : int
        Number of excluded instruments, up to 5.
    endogenous : int
        Number of endogenous regressors, 1 or 2.
    size : {0.10, 0.15, 0.20, 0.25}
        Largest rejection rate of a true value that is tolerated.

    Returns
    -------
    float
        NaN where the combination is not tabulated here.

    References
    ----------
    Stock JH, Yogo M (2005). Testing for weak instruments in linear IV regression. In: Identification and Inference for Econometric
    Models, Cambridge University Press, 80-108.

    Examples
    --------
    >>> stock_yogo_critical_value(3), stock_yogo_critical_value(3, 2)
    (22.3, 13.43)
    """
    if size not in _STOCK_YOGO_SIZES:
        raise InputError(f"size: {size!r} is not valid; give one of {', '.join(map(str, _STOCK_YOGO_SIZES))}")
    values = _STOCK_YOGO.get((endogenous, instruments))
    return float("nan") if values is None else values[_STOCK_YOGO_SIZES.index(size)]


@front_door
def kleibergen_paap(data: InstrumentData, errors: str = "HC1") -> RankTest:
    r"""Return the Kleibergen-Paap rank statistic (Wald form) of the first stage.

    Parameters
    ----------
    data : InstrumentData
        Partialled data.
    errors : {"classic", "HC0", "HC1", "clustered"}
        Errors of the first stage. With classic errors this is Cragg-Donald, with one endogenous regressor the first-stage F.

    Notes
    -----
    With :math:`\Theta = (Z'Z)^{1/2}\hat\Pi\,\hat\Sigma_V^{-1/2} = USV'`, the statistic is the Wald test of
    :math:`U_2'\Theta V_2 = 0`, the part that belongs to the smallest singular value. Null: the first stage has rank m - 1.
    Small-sample factors are those of ``InstrumentData.reduced_forms``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(200, 3))
    >>> x = z[:, :2] + rng.normal(size=(200, 2))
    >>> test = kleibergen_paap(InstrumentData.make(x[:, 0], x, z))
    >>> test.df, test.f > 10
    (2, True)
    """
    coefficients, covariance = data.reduced_forms(errors)
    L, m = data.L, data.X.shape[1]
    Pi, V = coefficients[:, 1:], covariance[L:, L:]
    residuals = data.X - data.Z @ Pi
    triangle: FloatArray = np.asarray(np.linalg.qr(data.Z, mode="r"))
    # any inverse root serves: the statistic does not depend on which
    root = np.linalg.inv(np.linalg.cholesky(residuals.T @ residuals / data.df))
    theta = triangle @ Pi @ root.T
    U, _, Vt = np.linalg.svd(theta, full_matrices=True)
    U2, V2 = U[:, m - 1 :], Vt[m - 1 :].T
    turn = np.kron(V2.T @ root, U2.T @ triangle)
    part = (U2.T @ theta @ V2).T.ravel()
    df = L - m + 1
    # with fewer clusters than restrictions the covariance has no inverse
    wald = wald_statistic(turn @ V @ turn.T, part) if data.denominator_df(errors) >= df else float("nan")
    name = "Cragg-Donald" if errors == "classic" else "Kleibergen-Paap"
    return RankTest(
        name,
        wald / L,
        wald,
        df,
        float(stats.chi2.sf(wald, df)),
        f"Wald form, {errors} errors, controls partialled out, residual degrees of freedom {data.df}",
    )


@front_door
def cragg_donald(data: InstrumentData) -> RankTest:
    r"""Return the Cragg-Donald statistic: the first-stage F of the direction that the instruments move least.

    Parameters
    ----------
    data : InstrumentData
        Partialled data.

    Notes
    -----
    :math:`F = \lambda_{min}(\hat\Sigma_V^{-1/2} X'P_Z X \hat\Sigma_V^{-1/2}) / L` with
    :math:`\hat\Sigma_V = V'V/(n-L-p)`. Assumes equal error variances. With one endogenous regressor it is the classic F.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(200, 3))
    >>> x = z[:, :2] + rng.normal(size=(200, 2))
    >>> data = InstrumentData.make(x[:, 0], x, z)
    >>> round(cragg_donald(data).f / kleibergen_paap(data, "classic").f, 9)
    1.0
    """
    Q = np.linalg.qr(data.Z)[0]
    projected = Q.T @ data.X
    residuals = data.X - Q @ projected
    eigenvalues = linalg.eigh(projected.T @ projected, residuals.T @ residuals / data.df, eigvals_only=True)
    wald = float(eigenvalues[0])
    df = data.L - data.X.shape[1] + 1
    return RankTest(
        "Cragg-Donald",
        wald / data.L,
        wald,
        df,
        float(stats.chi2.sf(wald, df)),
        f"equal error variances, controls partialled out, residual degrees of freedom {data.df}",
        stock_yogo_critical_value(data.L, data.X.shape[1]),
    )
