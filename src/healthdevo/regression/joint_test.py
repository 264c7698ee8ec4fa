"""A permutation test of a whole specification curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.regression.specification_curve import SpecificationCurve
from healthdevo.regression.specification_engine import ESTIMATORS, estimate_columns
from healthdevo.wording import number

__all__ = ["JointTest", "joint_test"]


@dataclass(frozen=True)
class JointTest:
    """A permutation test of a whole specification curve.

    Parameters
    ----------
    table : pandas.DataFrame
        Index ``median z``, ``share significant`` and ``combined z`` (Stouffer); columns ``observed``, ``null_median`` (median under
        permutation) and ``p_value``.
    draws : int
        Permutations.
    movable : int
        Areas whose histories were exchanged.
    """

    table: pd.DataFrame
    draws: int
    movable: int

    @property
    def sentence(self) -> str:
        """The test in one sentence."""
        p = float(self.table["p_value"].to_numpy()[0])
        return (
            f"Exchanging whole spending histories between {self.movable} areas {self.draws:,} times, a median result as far from "
            f"zero occurs with probability {number(p)}."
        )


@front_door
def joint_test(
    curve: SpecificationCurve,
    *,
    draws: int = 200,
    seed: int | np.random.Generator = 0,
    significance: float = 0.05,
) -> JointTest:
    r"""Test the whole curve against chance by exchanging spending histories between areas.

    Parameters
    ----------
    curve : SpecificationCurve
        A computed curve.
    draws : int
        Permutations.
    seed : int or numpy.random.Generator
        Seed of the permutations.
    significance : float
        Level for the share of significant specifications.

    Returns
    -------
    JointTest
        Two-sided p-values of the median z, of the share significant in the dominant direction, and of the combined z. Each counts the data as
        one of the permutations.

    Notes
    -----
    In each permutation every area receives the whole history of the regressor of another area, the same one in all
    specifications, so that the dependence between specifications and within histories is kept. Histories are exchanged only
    between areas observed in the same years; others keep theirs. The null is that histories are exchangeable given everything else:
    nothing in spending, neither its effect nor its link with need, goes with the outcome. A t ratio is turned into z through its
    t distribution.

    Examples
    --------
    >>> from healthdevo.regression.specification_curve import specification_curve
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(12) for t in range(2013, 2020)], columns=["area", "year"])
    >>> frame = frame.assign(spend=rng.normal(size=84), health=rng.normal(size=84))
    >>> test = joint_test(specification_curve(frame, outcomes="health", regressor="spend"), draws=50)
    >>> test.movable, bool((test.table["p_value"] > 0).all())
    (12, True)
    """
    if draws < 1:
        raise InputError(f"draws: {draws} is not valid; give at least 1")
    engine = curve.engine
    grid = engine.place(engine.numbers[engine.regressor])
    patterns: dict[bytes, list[int]] = {}
    for i, row in enumerate(np.isnan(grid)):
        patterns.setdefault(row.tobytes(), []).append(i)
    movable = [np.array(members) for members in patterns.values() if len(members) > 1]
    if not movable:
        raise InputError(
            "curve: no two areas are observed in the same years, so no histories can be exchanged"
        )
    generator = np.random.default_rng(seed)
    donors = np.tile(np.arange(engine.grid[0]), (draws, 1))
    for draw in range(draws):
        for members in movable:
            donors[draw, members] = generator.permutation(members)
    estimated = dict(zip(curve.specifications, curve.table["reason"] == "", strict=True))
    if not any(estimated.values()):
        raise InputError("curve: no specification could be estimated; there is nothing to test")
    z = []
    for spec in curve.specifications:
        ready = engine.ready(spec)
        if isinstance(ready, str) or not estimated[spec]:
            continue
        difference = ESTIMATORS[spec.estimator][2]
        source = engine.transform(grid, spec.lag, difference)
        area, position = engine.area[ready.rows], engine.position[ready.rows]
        x = np.column_stack([source[area, position], source[donors[:, area], position].T])
        x = ready.absorber.residualise(x)
        x = x - ready.basis @ (ready.basis.T @ x)
        with np.errstate(divide="ignore", invalid="ignore"):
            b, se = estimate_columns(ready, x)
            t = np.nan_to_num(b / se)  # a history that does not vary within its new area says nothing
        # through the smaller tail, which keeps its digits
        z.append(-np.sign(t) * stats.norm.ppf(stats.t.sf(np.abs(t), ready.groups - 1)))
    scores = np.array(z)
    critical = stats.norm.ppf(1 - significance / 2)
    share = np.maximum((scores > critical).mean(axis=0), (scores < -critical).mean(axis=0))
    measures = {
        "median z": np.median(scores, axis=0),
        "share significant": share,
        "combined z": scores.sum(axis=0) / np.sqrt(len(scores)),
    }
    records = {}
    for name, values in measures.items():
        size = np.abs(values)
        records[name] = {
            "observed": float(values[0]),
            "null_median": float(np.median(values[1:])),
            "p_value": float((1 + (size[1:] >= size[0] - 1e-12).sum()) / (1 + draws)),
        }
    return JointTest(pd.DataFrame.from_dict(records, orient="index"), draws, int(sum(map(len, movable))))
