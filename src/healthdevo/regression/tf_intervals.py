"""tF-adjusted intervals: the t ratio of an instrumental-variable estimate, with a critical value that depends on the first stage.

References
----------
Lee DS, McCrary J, Moreira MJ, Porter J (2022). Valid t-ratio inference for IV. AER 112, 3260-3290.
"""

from __future__ import annotations

import numpy as np

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.results import Interval
from healthdevo.typing import Figure

__all__ = ["tf_critical_value", "tf_interval"]

# Lee, McCrary, Moreira and Porter (2022), table 3a: the first-stage F at which the 5% critical value of |t| falls through equal
# steps on the log scale from 18.656 to 1.96. Below 4.000 nothing is tabulated; from 104.67 on it is 1.96.
_TF_F = np.array(
    [
        *(4.000, 4.008, 4.015, 4.023, 4.031, 4.040, 4.049, 4.059, 4.068, 4.079),
        *(4.090, 4.101, 4.113, 4.125, 4.138, 4.151, 4.166, 4.180, 4.196, 4.212),
        *(4.229, 4.247, 4.265, 4.285, 4.305, 4.326, 4.349, 4.372, 4.396, 4.422),
        *(4.449, 4.477, 4.507, 4.538, 4.570, 4.604, 4.640, 4.678, 4.717, 4.759),
        *(4.803, 4.849, 4.897, 4.948, 5.002, 5.059, 5.119, 5.182, 5.248, 5.319),
        *(5.393, 5.472, 5.556, 5.644, 5.738, 5.838, 5.944, 6.056, 6.176, 6.304),
        *(6.440, 6.585, 6.741, 6.907, 7.085, 7.276, 7.482, 7.702, 7.940, 8.196),
        *(8.473, 8.773, 9.098, 9.451, 9.835, 10.253, 10.711, 11.214, 11.766, 12.374),
        *(13.048, 13.796, 14.631, 15.566, 16.618, 17.810, 19.167, 20.721, 22.516, 24.605),
        *(27.058, 29.967, 33.457, 37.699, 42.930, 49.495, 57.902, 68.930, 83.823, 104.67),
    ]
)
_TF_T = 1.959964 * (18.656 / 1.959964) ** np.linspace(1, 0, len(_TF_F))


@front_door
def tf_critical_value(f: Figure) -> float:
    """Return the 5% critical value of :math:`|t|` for a first-stage F, in models with one endogenous regressor and one instrument.

    Parameters
    ----------
    f : float
        First-stage F, computed with the same kind of errors as the t ratio.

    Returns
    -------
    float
        1.96 from F = 104.67 on; infinite below F = 4, the lowest tabulated (the paper's function is infinite below 3.84).

    Notes
    -----
    Interpolates the published table (Lee et al. 2022, table 3a) on log scales. A t test with these values rejects a true value
    in 5% of samples at most, whatever the instrument's strength and the degree of endogeneity.

    Examples
    --------
    >>> round(tf_critical_value(10.0), 2), tf_critical_value(3.0), round(tf_critical_value(200.0), 2)
    (3.43, inf, 1.96)
    """
    if np.isnan(f) or f < 0:
        raise InputError(f"f: {f!r} is not valid; give a first-stage F of zero or more")
    if f < _TF_F[0]:
        return float(np.inf)
    if f >= _TF_F[-1]:
        return float(_TF_T[-1])
    return float(np.exp(np.interp(np.log(f), np.log(_TF_F), np.log(_TF_T))))


@front_door
def tf_interval(estimate: float, standard_error: float, f: Figure) -> Interval:
    """Return the tF-adjusted 95% interval of a just-identified coefficient.

    Parameters
    ----------
    estimate, standard_error : float
        2SLS coefficient and its robust (or clustered) standard error.
    f : float
        First-stage F with the same kind of errors.

    Returns
    -------
    Interval
        At level 0.95, the only one tabulated here; the whole line below F = 4.

    Examples
    --------
    >>> tf_interval(1.0, 0.1, 3.5).upper
    inf
    """
    if not standard_error > 0:
        raise InputError(f"standard_error: {standard_error!r} is not valid; give a positive number")
    c = tf_critical_value(f)
    if np.isinf(c):
        return Interval(0.95, -np.inf, np.inf)
    return Interval(0.95, estimate - c * standard_error, estimate + c * standard_error)
