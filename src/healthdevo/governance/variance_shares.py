"""Where variation lies: between regions, boards within them, places within boards, common periods, own changes, and noise."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.checks import need_labels, need_rows, shown
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.resampling import check_draws, generator
from healthdevo.mathematics.vectors import codes, vector
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import join, percentage

__all__ = ["VarianceShares", "variance_shares"]

OWN, NOISE, COMMON = "own changes", "noise", "common periods"


@dataclass(frozen=True)
class VarianceShares(Estimates):
    """Share of the variance at each level.

    Parameters
    ----------
    components : pandas.Series
        The variance at each level, before any below zero is taken as none.
    total : float
        Sum of the variances, those below zero taken as none.
    """

    components: pd.Series = field(
        default_factory=lambda: pd.Series(dtype=float), repr=False, compare=False, kw_only=True
    )
    total: float = field(default=0.0, kw_only=True)

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        parts = [
            f"{percentage(float(v), 0)} {name}" for name, v in zip(self.index, self.estimate, strict=True)
        ]
        return f"Of the variance, {join(parts)}."


class _Design:
    """Groupings of rows, and the linear equations that link their sums of squares to variances."""

    def __init__(self, groupings: list[IntArray], n: int) -> None:
        self.groupings, self.n = groupings, n
        self.sizes = [np.bincount(g).astype(float) for g in groupings]
        count = len(groupings)
        a = np.zeros(
            (count + 2, count + 2)
        )  # unknown: mean squared, one variance for each grouping, the rest
        a[0, 0] = a[-1, 0] = n
        for c, size in enumerate(self.sizes):
            a[0, c + 1] = (size**2).sum() / n
            a[-1, c + 1] = n
        a[0, -1], a[-1, -1] = 1.0, n
        for f, g in enumerate(groupings):
            a[f + 1, 0], a[f + 1, -1] = n, len(self.sizes[f])
            for c, h in enumerate(groupings):
                joint = np.unique(g * len(self.sizes[c]) + h, return_counts=True)
                share = joint[1].astype(float) ** 2 / self.sizes[f][joint[0] // len(self.sizes[c])]
                a[f + 1, c + 1] = share.sum()
        self.equations = a

    def solve(self, y: FloatArray) -> FloatArray:
        """Return the variances, one for each grouping and the rest."""
        y = y - y.mean()
        sums = [0.0]
        for g, size in zip(self.groupings, self.sizes, strict=True):
            total = np.bincount(g, weights=y, minlength=size.size)
            sums.append(float((total**2 / size).sum()))
        sums.append(float(y @ y))
        found: FloatArray = np.linalg.solve(self.equations, np.array(sums))[1:]
        return found


def _share(components: FloatArray, noise: float) -> FloatArray:
    """Return shares, with the noise taken from the rest."""
    parts = np.append(components[:-1], [components[-1] - noise, noise]) if noise else components
    parts = np.maximum(parts, 0.0)
    total = parts.sum()
    return parts / total if total > 0.0 else np.full(parts.size, np.nan)


@front_door
def variance_shares(
    frame: pd.DataFrame,
    value: Hashable,
    nested: Sequence[Hashable],
    period: Hashable,
    *,
    sampling_variance: Hashable | None = None,
    levels: float | Sequence[float] = 0.95,
    draws: int = 199,
    seed: int = 0,
) -> VarianceShares:
    r"""Divide the variance of a measure among the levels that could act on it.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each place and period; places may miss periods.
    value : hashable
        Column with the figure.
    nested : sequence of hashable
        Columns with what a row lies in, the widest first and the place last, such as ``["region", "board", "provider"]``. Each lies in one of the
        level before.
    period : hashable
        Column with the period.
    sampling_variance : hashable, optional
        Column with the variance that chance alone gives each figure; its mean is the share of noise. Without it noise is part of own changes.
    levels : float or sequence of float
    draws : int, default 199
        Simulated panels for the intervals.
    seed : int, default 0

    Returns
    -------
    VarianceShares
        Labelled by the names in ``nested``, ``"common periods"``, ``"own changes"`` (of the last level, from period to period) and, where it is known,
        ``"noise"``.

    Raises
    ------
    InputError
        When a column or value is missing, a place stands twice in a period or lies in two wider areas, or a level cannot be told from the
        next (as when every board has one provider).

    Notes
    -----
    Model: :math:`y = \mu + r + b + p + t + e` with independent effects. Variances are moment estimates (Henderson 1953, method I): each grouping's sum of
    squares is set equal to its expectation, which is linear in the variances. They are unbiased, need no normality, and in a balanced
    nested panel equal the analysis of variance and, where none is below zero, REML. A variance estimated below zero counts as none in the shares and
    stands as it is in ``components``. Intervals: panels are simulated from the fitted model with normal effects and estimated in the same way; percentiles are of the
    simulated shares. With few regions they are wide, and rightly so.

    References
    ----------
    Henderson, C. R. (1953), Estimation of variance and covariance components, *Biometrics* 9. Searle, S. R., Casella, G. and McCulloch, C. E. (1992),
    *Variance Components*, chapter 5.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(b, f"{b}{p}", t) for b in "uvwxyz" for p in "123" for t in range(10)], columns=["board", "provider", "year"])
    >>> frame["v"] = frame["board"].map(dict(zip("uvwxyz", rng.normal(size=6) * 9))) + rng.normal(size=len(frame))
    >>> shares = variance_shares(frame, "v", ["board", "provider"], "year")
    >>> list(shares.index), bool(shares["board"].estimate > 0.7)
    (['board', 'provider', 'common periods', 'own changes'], True)
    """
    names = list(nested)
    if not names or isinstance(nested, str):
        raise InputError(f"nested: {nested!r} is not valid; give one column or more, the widest first")
    extra = [] if sampling_variance is None else [sampling_variance]
    columns = [*names, period, value, *extra]
    need_rows(frame, columns)
    if len(set(columns)) < len(columns):
        raise InputError(f"nested, period and value: {columns!r} names a column twice; give each once")
    if {OWN, NOISE, COMMON} & set(names):
        raise InputError(
            f"nested: a column is called as a part of the answer is ({OWN}, {NOISE}, {COMMON}); give another name"
        )
    need_labels(frame, [*names, period])
    wanted = check_levels(levels)
    check_draws(draws, 50)
    y = vector(frame[value], str(value))
    chance = (
        vector(frame[sampling_variance], str(sampling_variance), least=0.0) if extra else np.zeros(y.size)
    )
    twice = frame.duplicated([names[-1], period]).to_numpy()
    if twice.any():
        at = int(np.argmax(twice))
        raise InputError(
            f"frame: {shown(frame[names[-1]].iloc[at])} has period {shown(frame[period].iloc[at])} twice; give one row for each"
        )
    for outer, inner in itertools.pairwise(names):
        several = frame[outer].groupby(frame[inner], observed=True).nunique()
        if (several > 1).any():
            raise InputError(
                f"{inner}: {shown(several.idxmax())} lies in {several.max()} of {outer!r}; each must lie in one"
            )
    coded = [codes(frame[c], str(c), y.size)[0] for c in (*names, period)]
    order = np.lexsort((coded[-1], coded[-2]))
    y, chance = y[order], chance[order]
    groupings = [c[order] for c in coded]
    design = _Design(groupings, y.size)
    if np.linalg.cond(design.equations) > 1e10:
        raise InputError(
            "frame: two levels cannot be told apart, as when each board has one provider; leave one of them out"
        )
    if np.ptp(y) == 0.0:
        raise InputError(f"{value}: all figures are the same, so there is no variance to divide")
    scale = float(y.std())
    components = design.solve(y / scale)
    noise = float(chance.mean()) / scale**2
    rng = generator(seed)
    fitted = np.sqrt(np.maximum(components, 0.0))
    sampled = np.empty((draws, components.size + bool(noise)))
    for d in range(draws):
        simulated = fitted[-1] * rng.standard_normal(y.size)
        for g, size, s in zip(design.groupings, design.sizes, fitted[:-1], strict=True):
            simulated += s * rng.standard_normal(size.size)[g]
        sampled[d] = _share(design.solve(simulated), noise)
    labels = [*names, COMMON, OWN, *([NOISE] if noise else [])]
    held = np.append(components[:-1], [components[-1] - noise, noise]) if noise else components
    limits = [np.nanquantile(sampled, [(1 - v) / 2, (1 + v) / 2], axis=0) for v in wanted]
    return VarianceShares(
        "share of variance",
        pd.Index(labels),
        _share(components, noise),
        np.nanstd(sampled, axis=0, ddof=1),
        wanted,
        np.column_stack([x[0] for x in limits]),
        np.column_stack([x[1] for x in limits]),
        np.full(len(labels), y.size),
        "moment estimates of nested and crossed variances; intervals from panels simulated from the fit",
        components=pd.Series(held * scale**2, index=labels),
        total=float(np.maximum(held, 0.0).sum() * scale**2),
    )
