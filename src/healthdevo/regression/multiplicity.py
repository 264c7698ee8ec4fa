"""p-values of several tests at once, adjusted for their number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics import vectors
from healthdevo.mathematics.wild_bootstrap import rademacher, sign_flips
from healthdevo.regression.panels import PanelFit
from healthdevo.typing import Figure, FloatArray

__all__ = ["adjust_p_values", "romano_wolf"]


METHODS = {
    "holm": "holm",
    "bonferroni": "bonferroni",
    "benjamini-hochberg": "fdr_bh",
    "benjamini-yekutieli": "fdr_by",
}


@front_door
def adjust_p_values(p_values: Mapping[str, Figure] | pd.Series, method: str = "holm") -> pd.DataFrame:
    """Adjust p-values for their number.

    Parameters
    ----------
    p_values : mapping or pandas.Series
        p-values by name; NaN (not tested) stays NaN and is not counted.
    method : {"holm", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli"}
        The first two control the chance of any false finding under any dependence; Benjamini-Hochberg the expected share of
        false findings under independence or positive dependence, Benjamini-Yekutieli under any.

    Returns
    -------
    pandas.DataFrame
        Index the names; columns ``p_value`` and ``adjusted``.

    Examples
    --------
    >>> adjust_p_values({"a": 0.01, "b": 0.04, "c": 0.03})["adjusted"].round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    if method not in METHODS:
        raise InputError(f"method: {method!r} is not valid; give one of {', '.join(METHODS)}")
    series = pd.Series(dict(p_values), dtype=float)
    values = series.to_numpy(dtype=np.float64)
    tested = ~np.isnan(values)
    if not tested.any():
        raise InputError("p_values: none given")
    if ((values[tested] < 0) | (values[tested] > 1)).any():
        name = series.index[int(np.flatnonzero(tested & ((values < 0) | (values > 1)))[0])]
        raise InputError(
            f"p_values: {float(series[name])!r} of {name!r} is not valid; give numbers from 0 to 1"
        )
    adjusted = np.full(len(values), np.nan)
    adjusted[tested] = multipletests(values[tested], method=METHODS[method])[1]
    return pd.DataFrame({"p_value": values, "adjusted": adjusted}, index=series.index)


@front_door
def romano_wolf(
    fits: Mapping[str, PanelFit],
    term: str | None = None,
    *,
    draws: int = 1999,
    seed: int | np.random.Generator = 0,
) -> pd.DataFrame:
    r"""Adjust p-values of one coefficient in several fits by the Romano-Wolf stepdown with a wild cluster bootstrap.

    Parameters
    ----------
    fits : mapping of str to PanelFit
        Least-squares fits that share areas, such as one outcome each.
    term : str, optional
        The coefficient; default the first regressor of each fit.
    draws : int
        Random sign patterns; with up to 12 areas all are enumerated.
    seed : int or numpy.random.Generator
        Seed of the signs.

    Returns
    -------
    pandas.DataFrame
        Index the names of fits; columns ``t`` (clustered by area), ``p_value`` (bootstrap, unadjusted) and ``adjusted``.

    Notes
    -----
    Each area flips the sign of its residuals, restricted to no effect, in all fits at once, which keeps the dependence between them. The
    hypothesis with the largest :math:`|t|` is compared with the largest :math:`|t^*|` of all, the next with the largest of
    those that remain, and so on; adjusted p-values never fall along the way. Controls the chance of any false finding and is
    less strict than Holm when tests are related (Romano and Wolf 2005, 2016).

    References
    ----------
    Romano JP, Wolf M (2005). Exact and approximate stepdown methods for multiple hypothesis testing. JASA 100, 94-108.

    Examples
    --------
    >>> from healthdevo.regression.panels import panel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(20) for t in range(2010, 2016)], columns=["area", "year"])
    >>> frame = frame.assign(x=rng.normal(size=120), y=rng.normal(size=120), v=rng.normal(size=120))
    >>> fits = {o: panel(frame, outcome=o, regressors="x") for o in ("y", "v")}
    >>> table = romano_wolf(fits, draws=199)
    >>> bool((table["adjusted"] >= table["p_value"]).all())
    True
    """
    if not fits:
        raise InputError("fits: none given")
    labels = sorted(
        {a for fit in fits.values() for a in fit.design.rows["area"]}, key=lambda a: (str(type(a)), a)
    )
    position = {a: i for i, a in enumerate(labels)}
    signs, exact = rademacher(len(labels), draws, seed)
    actual, drawn = [], []
    for name, fit in fits.items():
        design = fit.design
        wanted = fit.focal if term is None else term
        if wanted not in design.names:
            raise InputError(
                f"term: {name!r} has no term {wanted!r}; its terms are {', '.join(design.names)}"
            )
        if fit.effects in ("random", "between"):
            raise InputError(
                f"fits: {name!r} is a fit with {fit.effects} effects; give least-squares fits of area-years"
            )
        codes, own = vectors.codes(design.rows["area"], "area", len(design.rows))
        j = design.names.index(wanted)
        others = np.delete(design.X, j, axis=1)
        rest = np.linalg.qr(others)[0] if others.shape[1] else np.zeros((len(design.y), 0))
        pair = np.column_stack([design.X[:, j], design.y])
        pair = pair - rest @ (rest.T @ pair)
        flips = sign_flips(
            pair[:, 0], pair[:, 1], np.hstack([design.basis, rest]), codes, signs[[position[a] for a in own]]
        )
        t, t_drawn = flips.statistics(0.0)
        scale = np.sqrt(len(own) / (len(own) - 1))
        actual.append(t / scale)
        drawn.append(np.abs(t_drawn) / scale)
    size = np.abs(np.array(actual))
    null = np.array(drawn)

    def p(maxima: FloatArray, value: float) -> float:
        count = int((maxima >= value - 1e-9 * max(value, 1.0)).sum())
        return count / len(maxima) if exact else (1 + count) / (1 + len(maxima))

    order = np.argsort(-size, kind="stable")
    adjusted = np.empty(len(size))
    floor = 0.0
    for place, k in enumerate(order):
        floor = max(floor, p(null[order[place:]].max(axis=0), float(size[k])))
        adjusted[k] = floor
    return pd.DataFrame(
        {
            "t": actual,
            "p_value": [p(null[k], float(size[k])) for k in range(len(size))],
            "adjusted": adjusted,
        },
        index=pd.Index(list(fits), name="fit"),
    )
