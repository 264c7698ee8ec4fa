"""The Atkinson index split between and within groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.additive import additive_values
from healthdevo.inequality.rank_functional import cluster_codes
from healthdevo.inequality.splits import InequalityDecomposition, largest_between, split_parts
from healthdevo.mathematics.estimates import fields_of
from healthdevo.mathematics.vectors import Vector, codes, in_one_order, shown, weight_vector
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray

__all__ = ["atkinson_decomposition"]


@front_door
@in_one_order("values", "groups", "weights", "clusters")
def atkinson_decomposition(
    values: Vector,
    groups: object,
    weights: Vector | None = None,
    *,
    aversion: float = 1.0,
    clusters: object = None,
    levels: float | Sequence[float] = 0.95,
) -> InequalityDecomposition:
    r"""Split the Atkinson index between and within groups.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero; above zero when the aversion is one or more.
    groups : array-like of shape (n,)
    weights : array-like of shape (n,), optional
    aversion : float, default 1
    clusters, levels
        As in ``nested_decomposition``.

    Returns
    -------
    InequalityDecomposition
        Components "within groups", "between groups" and "interaction" (minus their product), which sum to the index.

    Notes
    -----
    :math:`1 - A = (1 - A_W)(1 - A_B)` with :math:`A_B` the index of the group means, hence
    :math:`A = A_W + A_B - A_W A_B` (Blackorby, Donaldson and Auersperg 1981).

    Examples
    --------
    >>> result = atkinson_decomposition([1, 2, 8, 9], ["a", "a", "b", "b"])
    >>> bool(abs(result.estimate.sum() - result.total.estimate) < 1e-12)
    True
    """
    wanted = check_levels(levels)
    if not (np.isfinite(aversion) and aversion > 0.0):
        raise InputError(f"aversion: {aversion!r} is not valid; give a number above zero")
    x, _ = additive_values(values, "mean log deviation" if aversion >= 1 else "theil")
    w = weight_vector(weights, x.size)
    code, labels = codes(groups, "groups", x.size)
    cluster = cluster_codes(clusters, x.size)
    p = w / w.sum()
    mean = float(p @ x)
    share = np.bincount(code, p)
    centre = np.bincount(code, p * x) / share
    e = 1.0 - float(aversion)

    def psi(v: FloatArray) -> FloatArray:
        result: FloatArray = np.log(v) if e == 0.0 else v**e
        return result

    def slope(v: FloatArray) -> FloatArray:
        result: FloatArray = 1.0 / v if e == 0.0 else e * v ** (e - 1.0)
        return result

    def inverse(m: float) -> tuple[float, float]:
        """Return the equally distributed equivalent and its derivative."""
        return (
            (float(np.exp(m)), float(np.exp(m))) if e == 0.0 else (m ** (1.0 / e), m ** (1.0 / e - 1.0) / e)
        )

    def index(share_of: FloatArray, centre_of: FloatArray) -> float:
        return 1.0 - inverse(float(share_of @ psi(centre_of)))[0] / mean

    if (centre == 0.0).any():
        raise InputError(f"groups: every value of {shown(labels[int(np.argmax(centre == 0.0))])} is zero")
    total_m, between_m = float(p @ psi(x)), float(share @ psi(centre))
    (ede, by_ede), (ede_between, by_between) = inverse(total_m), inverse(between_m)
    d_ede = by_ede * (psi(x) - total_m)
    d_between = by_between * (psi(centre)[code] + slope(centre)[code] * (x - centre[code]) - between_m)
    within, between = 1.0 - ede / ede_between, 1.0 - ede_between / mean
    within_influence = -d_ede / ede_between + ede / ede_between**2 * d_between
    between_influence = -d_between / mean + ede_between / mean**2 * (x - mean)
    values_of = np.array([within, between, -within * between])
    influence = np.column_stack(
        [within_influence, between_influence, -within * between_influence - between * within_influence]
    )
    method = f"{'weighted' if weights is not None else 'unweighted'} Atkinson index, aversion {aversion:g}"
    method += "; linearisation, normal limits" + (
        "" if cluster is None else f", {int(cluster.max()) + 1} clusters"
    )
    names = ["within groups", "between groups", "interaction"]
    parts, everything, shares = split_parts(
        "Atkinson index", names, values_of, influence, w, cluster, wanted, method
    )
    return InequalityDecomposition(
        **fields_of(parts),
        total=everything,
        shares=shares,
        maximum=largest_between(x, w, code, index),
        groups=pd.DataFrame(
            {
                "group": labels,
                "units": np.bincount(code),
                "population_share": share,
                "mean": centre,
                "inequality_within": [
                    1.0 - inverse(float(np.bincount(code, p * psi(x))[k] / share[k]))[0] / centre[k]
                    for k in range(len(labels))
                ],
            }
        ),
    )
