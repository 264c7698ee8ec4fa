"""Types of place: areas grouped by what they are like, with how many groups the data bear and how steady they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.cluster.vq import kmeans2
from scipy.spatial.distance import cdist

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.governance.agreement import partition_agreement
from healthdevo.mathematics.resampling import check_draws, generator
from healthdevo.mathematics.vectors import vector
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number

__all__ = ["Typology", "area_types"]


@dataclass(frozen=True)
class Typology:
    """Types of area.

    Parameters
    ----------
    types : pandas.Series
        Type of each area, from 1: in the order of the first variable's mean, the highest first.
    centres : pandas.DataFrame
        Mean of each variable in each type, in the variable's own unit, with the number of ``areas``.
    choice : pandas.DataFrame
        Indexed by number of types tried: ``silhouette``, and ``stability``: the mean adjusted Rand index with maps made from resampled
        areas, with ``lower`` and ``upper`` holding nine in ten of them.
    reason : str
        Why a type has no interval.
    """

    types: pd.Series = field(repr=False, compare=False)
    centres: pd.DataFrame = field(repr=False, compare=False)
    choice: pd.DataFrame = field(repr=False, compare=False)
    reason: str = "a type has no interval; its stability says how steady it is"

    @property
    def count(self) -> int:
        """Number of types."""
        return len(self.centres)

    @property
    def stability(self) -> float:
        """Mean adjusted Rand index with maps made from resampled areas."""
        return float(self.choice["stability"].loc[self.count])

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return f"{len(self.types)} areas make {self.count} types; made from resampled areas, they agree with an adjusted Rand index of {number(self.stability, 2)}."

    def to_frame(self) -> pd.DataFrame:
        """Return the type of each area."""
        return self.types.rename("type").rename_axis("area_code").reset_index()


def _means(z: FloatArray, k: int) -> FloatArray:
    """Return centres: Ward's groups, refined by k-means."""
    tree = linkage(z, "ward")
    tree[:, 2] = np.arange(
        len(tree)
    )  # joins in their order: where two are as high, a cut by height gives fewer groups
    begun = fcluster(tree, k, "maxclust")
    centres = np.array([z[begun == g].mean(axis=0) for g in np.unique(begun)])
    found, _ = kmeans2(z, centres, minit="matrix", iter=50, missing="warn")
    result: FloatArray = found
    return result


def _nearest(z: FloatArray, centres: FloatArray) -> IntArray:
    result: IntArray = np.round(cdist(z, centres), 9).argmin(axis=1).astype(np.int64)
    return result


def _silhouette(z: FloatArray, group: IntArray) -> float:
    distance = cdist(z, z)
    member = group[:, None] == np.unique(group)[None, :]
    size = member.sum(axis=0)
    total = distance @ member
    own = total[member] / np.maximum(size[np.argmax(member, axis=1)] - 1, 1)
    other = np.where(member, np.inf, total / size).min(axis=1)
    alone = size[np.argmax(member, axis=1)] == 1
    return float(np.where(alone, 0.0, (other - own) / np.maximum(np.maximum(own, other), 1e-12)).mean())


@front_door
def area_types(
    features: pd.DataFrame, counts: list[int] | None = None, *, draws: int = 100, seed: int = 0
) -> Typology:
    """Return types of areas by stated variables, the number of types being the one of greatest silhouette.

    Parameters
    ----------
    features : pandas.DataFrame
        One row for each area (indexed by its code), one column for each variable; no missing values, none constant.
    counts : list of int, optional
        Numbers of types to try, each at least 2 and below the number of distinct areas; 3 to 7 by default.
    draws : int, default 100
        Resamples for the stability.
    seed : int, default 0

    Returns
    -------
    Typology

    Raises
    ------
    InputError
        When a value is missing, a variable constant, or a number out of range.

    Notes
    -----
    Variables are standardised, so each counts alike. Groups are Ward's (1963), refined by k-means from Ward's means, so no random start
    decides. Silhouette of Rousseeuw (1987). Stability (Hennig 2007): areas are resampled, types made anew, every area is put to the nearest
    new mean, and the adjusted Rand index with the first types is taken.

    Examples
    --------
    >>> features = pd.DataFrame({"x": [0, 0.1, 0.2, 5, 5.1, 5.2], "y": [1, 1.1, 1, 8, 8.2, 8]}, index=list("abcdef"))
    >>> area_types(features, [2], draws=5).types.tolist()
    [2, 2, 2, 1, 1, 1]
    """
    if features.empty or features.index.duplicated().any():
        raise InputError("features: give one row for each area, with its code as the label")
    columns = [vector(features[c], str(c)) for c in features.columns]
    for name, column in zip(features.columns, columns, strict=True):
        if np.ptp(column) == 0.0:
            raise InputError(f"features: {name!r} is the same everywhere; leave it out")
    order = np.argsort(features.index.astype(str).to_numpy(), kind="stable")
    x = np.column_stack(columns)[order]
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    tried = [3, 4, 5, 6, 7] if counts is None else list(dict.fromkeys(counts))
    distinct = len(np.unique(z, axis=0))
    wrong = [k for k in tried if not 2 <= k < distinct]
    if wrong or not tried:
        raise InputError(
            f"counts: {wrong[0] if wrong else tried!r} is not valid; give 2 or more, below the {distinct} distinct areas"
        )
    check_draws(draws)
    rows, groups = [], {}
    for k in tried:
        groups[k] = _nearest(z, _means(z, k))
        steady = _stability(z, groups[k], k, draws, seed)
        rows.append(
            {"types": k, "silhouette": _silhouette(z, groups[k]), "stability": steady.mean()}
            | dict(zip(("lower", "upper"), np.quantile(steady, [0.05, 0.95]), strict=True))
        )
    choice = pd.DataFrame(rows).set_index("types")
    best = tried[int(choice["silhouette"].round(9).to_numpy().argmax())]
    return _typology(features.iloc[order], groups[best], choice).reordered(features.index)


def _stability(z: FloatArray, group: IntArray, k: int, draws: int, seed: int) -> FloatArray:
    rng = generator(seed)
    found: list[float] = []
    while len(found) < draws:
        drawn = z[rng.integers(0, len(z), len(z))]
        if len(np.unique(drawn, axis=0)) <= k:
            continue
        found.append(partition_agreement(group, _nearest(z, _means(drawn, k))).adjusted_rand)
    return np.array(found)


def _typology(features: pd.DataFrame, group: IntArray, choice: pd.DataFrame) -> _Ordered:
    means = features.groupby(group).mean()
    place = means.iloc[:, 0].rank(ascending=False, method="first").astype(int)
    types = pd.Series(pd.Series(group).map(place).to_numpy(), index=features.index, name="type")
    centres = features.groupby(types.to_numpy()).mean().rename_axis("type")
    return _Ordered(types, centres.assign(areas=types.value_counts().sort_index()), choice)


@dataclass(frozen=True)
class _Ordered:
    types: pd.Series
    centres: pd.DataFrame
    choice: pd.DataFrame

    def reordered(self, index: pd.Index) -> Typology:
        return Typology(self.types.reindex(index), self.centres, self.choice)
