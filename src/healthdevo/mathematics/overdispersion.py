"""Funnel limits that admit that areas differ by more than chance (Spiegelhalter's additive model)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.funnels import LEVELS, pair_of, poisson_ratio_limits
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.vectors import in_one_order
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray

__all__ = ["OverdispersedFunnel", "overdispersed_funnel"]


@dataclass(frozen=True)
class OverdispersedFunnel:
    """A funnel whose limits admit that areas differ by more than chance.

    Parameters
    ----------
    phi : float
        Over-dispersion: mean squared score; 1 where chance explains everything.
    tau2 : float
        Variance between areas on the transformed scale.
    target : float
        Centre of the funnel.
    transformation : str
        Scale on which scores were taken.
    table : pandas.DataFrame
        For each area ``numerator``, ``denominator``, ``ratio``, ``score``, limits by level without and with
        over-dispersion (``lower_0.95``, ``upper_0.95``, ``od_lower_0.95``, ``od_upper_0.95``), and the adjusted score
        ``od_score``.
    """

    phi: float
    tau2: float
    target: float
    transformation: str
    table: pd.DataFrame = field(repr=False, compare=False)

    @property
    def sentence(self) -> str:
        """The dispersion in plain English."""
        if self.tau2 == 0.0:
            return "The areas differ by no more than chance."
        return f"The areas differ by more than chance: their squared scores average {self.phi:.1f}, not 1."


@front_door
@in_one_order("numerator", "denominator", labels="index")
def overdispersed_funnel(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    kind: Literal["proportion", "ratio", "ratio_square_root"] = "proportion",
    trim: float = 0.1,
    target: float | None = None,
    index: Sequence[object] | pd.Index | None = None,
    levels: float | Sequence[float] = LEVELS,
) -> OverdispersedFunnel:
    r"""Return funnel limits with an additive allowance for over-dispersion.

    Parameters
    ----------
    numerator, denominator : array_like of shape (n,)
        Events with population (proportion) or expected events (ratios); at least two areas.
    kind : {"proportion", "ratio", "ratio_square_root"}
        ``proportion``: arcsine of the square root, winsorised scores. ``ratio``: logarithm, truncated scores (hospital
        mortality at NHS England). ``ratio_square_root``: square root, winsorised scores (Care Quality Commission).
    trim : float, default 0.1
        Share of scores winsorised or dropped at each end.
    target : float, optional
        Centre: by default the proportion of all areas together, and 1 for ratios.
    index : sequence, optional
        Labels of the areas.
    levels : float or sequence of float
        Levels of the limits.

    Returns
    -------
    OverdispersedFunnel

    Raises
    ------
    InputError
        When a proportion exceeds 1, a ratio of the logarithmic kind has no events, or an argument is out of range.

    Notes
    -----
    With :math:`y` on the transformed scale, :math:`s` its standard error and :math:`z = (y - y_0) / s`:
    :math:`\phi = \frac{1}{k} \sum z^2` over the :math:`k` trimmed scores, and
    :math:`\tau^2 = \max\{0, (k \phi - (k - 1)) / (\sum w - \sum w^2 / \sum w)\}` with :math:`w = 1 / s^2` of the same
    areas. Limits: :math:`y_0 \pm z_{1-a} \sqrt{s^2 + \tau^2}`, transformed back. Limits without over-dispersion are
    exact Poisson for ratios and normal on the arcsine scale for proportions. Normal quantiles are rounded to six
    decimals, as in the tools in use. The square-root scale is not squared back:
    its limits are centred as :math:`\theta \pm z \sqrt{s^2 + \tau^2}`, as the tool in use draws them.

    References
    ----------
    Spiegelhalter, D. J. (2005), Handling over-dispersion of performance indicators, Quality and Safety in Health Care 14.

    Examples
    --------
    >>> f = overdispersed_funnel([80, 120, 95, 150], [100, 110, 105, 112], kind="ratio")
    >>> round(f.phi, 3), round(f.tau2, 4)
    (4.106, 0.0419)
    """
    top, bottom = pair_of(numerator, denominator)
    need_choice("kind", kind, ("proportion", "ratio", "ratio_square_root"))
    if not 0.0 <= trim < 0.5:
        raise InputError(f"trim: {trim!r} is not valid; give a share from 0 to below 0.5")
    if top.size < 2:
        raise InputError("numerator: over-dispersion needs at least 2 areas")
    if kind == "proportion" and (top > bottom).any():
        i = int(np.flatnonzero(top > bottom)[0])
        raise InputError(
            f"numerator: {float(top[i])!r} in row {i} exceeds its denominator {float(bottom[i])!r}"
        )
    centre = (
        (float(top.sum() / bottom.sum()) if kind == "proportion" else 1.0)
        if target is None
        else float(target)
    )
    if target is None and kind == "proportion" and centre in (0.0, 1.0):
        raise InputError(
            f"numerator: every area has {'100%' if centre else 'none'}, so there is no spread to draw limits from"
        )
    if not 0.0 < centre < math.inf or (kind == "proportion" and not centre < 1.0):
        raise InputError(f"target: {centre!r} is not valid for a {kind}")
    ratio = top / bottom
    if kind == "ratio":
        if (top == 0.0).any():
            i = int(np.flatnonzero(top == 0.0)[0])
            raise InputError(
                f"numerator: row {i} has no events; logarithms need some (use 'ratio_square_root')"
            )
        y, y0, s = np.log(ratio), math.log(centre), 1.0 / np.sqrt(bottom)
    elif kind == "ratio_square_root":
        y, y0, s = np.sqrt(ratio), math.sqrt(centre), 0.5 / np.sqrt(bottom)
    else:
        y, y0, s = np.arcsin(np.sqrt(ratio)), math.asin(math.sqrt(centre)), 0.5 / np.sqrt(bottom)
    z = (y - y0) / s
    kept = np.ones(z.size, dtype=bool)
    if kind == "ratio":
        if trim > 0.0:
            slot = np.floor(stats.rankdata(z) / trim / (z.size + 1) + 1e-9)
            kept = (slot > 0) & (slot < 1.0 / trim - 1.0)
        if not kept.any():
            raise InputError(f"trim: {trim!r} leaves no area; give a smaller share")
        scores = z[kept]
    else:
        scores = np.clip(z, *np.quantile(z, [trim, 1.0 - trim]))
    k = scores.size
    phi = float(np.mean(scores**2))
    w = 1.0 / s[kept] ** 2
    spare = float(w.sum() - (w**2).sum() / w.sum())
    tau2 = max(0.0, (k * phi - (k - 1)) / spare) if spare > 0.0 else 0.0
    table = pd.DataFrame({"numerator": top, "denominator": bottom, "ratio": ratio, "score": z})
    if index is not None:
        if len(index) != top.size:
            raise InputError(f"index: {len(index)} labels for {top.size} areas")
        table.index = pd.Index(index)
    wide = np.sqrt(s**2 + tau2)
    table["od_score"] = (y - y0) / wide
    wanted = check_levels(levels)
    for level, q in zip(wanted, normal_quantiles(wanted).round(6), strict=True):
        for sign, side in ((-1.0, "lower"), (1.0, "upper")):
            if kind == "proportion":
                table[f"{side}_{level:g}"] = _back(y0 + sign * q * s)
                table[f"od_{side}_{level:g}"] = _back(y0 + sign * q * wide)
            else:
                plain = poisson_ratio_limits(bottom, levels=level, target=centre)
                table[f"{side}_{level:g}"] = plain[f"{side}_{level:g}"].to_numpy()
                table[f"od_{side}_{level:g}"] = (
                    np.exp(y0 + sign * q * wide) if kind == "ratio" else centre + sign * q * wide
                )
    scale = {"proportion": "arcsine square root", "ratio": "logarithm", "ratio_square_root": "square root"}[
        kind
    ]
    return OverdispersedFunnel(phi, tau2, centre, scale, table)


def _back(angle: FloatArray) -> FloatArray:
    return np.asarray(np.sin(np.clip(angle, 0.0, math.pi / 2.0)) ** 2)
