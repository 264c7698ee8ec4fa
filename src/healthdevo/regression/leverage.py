r"""How much of a panel result hangs on single areas, single years, the top spenders, or a handful of observations.

Every figure without some rows is exact: by the Woodbury identity for whole clusters, and by refitting where a set of rows is
reported. The search for the smallest set that flips the sign cannot try all sets; it follows first-order influence and then checks
by refitting, so that the set reported does flip the sign, while a smaller one might exist.

References
----------
Belsley DA, Kuh E, Welsch RE (1980). Regression Diagnostics. Wiley. Broderick T, Giordano R, Meager R (2020). An automatic
finite-sample robustness metric: when can dropping a little data make a big difference? arXiv 2011.14999.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics import vectors
from healthdevo.mathematics.cluster_inference import Fitted, leave_cluster_out
from healthdevo.mathematics.within import Absorber
from healthdevo.regression.panel_design import PanelDesign
from healthdevo.regression.panels import PanelFit
from healthdevo.typing import BoolArray, FloatArray, IntArray
from healthdevo.wording import join, number, percentage

__all__ = ["FlippingSet", "Leverage", "leverage"]


@dataclass(frozen=True)
class FlippingSet:
    """A small set of rows (or areas) without which a coefficient changes sign.

    Parameters
    ----------
    units : str
        ``"area-years"`` or ``"areas"``.
    found : bool
        Whether a set up to the limit of the search flips the sign.
    size : int
        Number of units in the set; the limit of the search when none was found.
    share : float
        ``size`` over the number of units.
    rows : pandas.DataFrame
        The units: ``area``, and ``year`` for area-years; in order of their influence.
    estimate : float
        Coefficient without them, by refitting.
    """

    units: str
    found: bool
    size: int
    share: float
    rows: pd.DataFrame = field(repr=False)
    estimate: float

    @property
    def sentence(self) -> str:
        """The set in one sentence."""
        if not self.found:
            return f"Leaving out up to {self.size} {self.units} by order of influence does not flip the sign."
        return (
            f"Leaving out {self.size} {self.units} ({percentage(self.share)}) flips the sign, to {number(self.estimate)}; "
            "a smaller set may exist."
        )


@dataclass(frozen=True)
class Leverage:
    """What a coefficient would be without some of the data.

    Parameters
    ----------
    term : str
        The coefficient.
    estimate : float
        With all rows.
    standard_error : float
        As in the fit.
    without_area, without_year : pandas.DataFrame
        Index the area or year left out; columns ``estimate``, ``change``, ``change_in_errors`` (over the standard error) and
        ``sign_flips``, the largest change first. NaN where the coefficient is not determined without it.
    without_top : pandas.DataFrame
        Index the number of areas with the highest mean of the regressor left out; columns ``estimate``, ``areas``.
    flipping_rows, flipping_areas : FlippingSet
        Small sets that flip the sign.
    """

    term: str
    estimate: float
    standard_error: float
    without_area: pd.DataFrame = field(repr=False)
    without_year: pd.DataFrame = field(repr=False)
    without_top: pd.DataFrame = field(repr=False)
    flipping_rows: FlippingSet
    flipping_areas: FlippingSet

    @property
    def sentence(self) -> str:
        """The report in plain English."""
        top = self.without_area.index[0]
        value = float(self.without_area["estimate"].iloc[0])
        flips = [
            str(a) for a in self.without_area.index[self.without_area["sign_flips"].to_numpy(dtype=bool)]
        ]
        text = (
            f"The coefficient of {self.term} is {number(self.estimate)}; leaving out one area moves it most for {top} (to "
            f"{number(value)})."
        )
        if flips:
            text += f" Leaving out {join(flips[:5], 'or')} alone flips the sign."
        return f"{text} {self.flipping_rows.sentence} {self.flipping_areas.sentence}"


@front_door
def leverage(
    fit: PanelFit, term: str | None = None, *, top: Sequence[int] = (1, 5, 10), limit: float = 0.5
) -> Leverage:
    r"""Report how much a coefficient hangs on parts of the data.

    Parameters
    ----------
    fit : PanelFit
        A fitted panel regression. Random effects keep the share of area means that the full data gave.
    term : str, optional
        The coefficient; default the first regressor.
    top : sequence of int
        Numbers of top-spending areas to leave out (by mean of the first regressor as it enters).
    limit : float
        Largest share of units that the search for a flipping set may leave out.

    Returns
    -------
    Leverage
        Exact coefficients without each area, year and top spenders, and sets that flip the sign.

    Notes
    -----
    Without rows S the coefficients change by :math:`-M X_S'(I-H_{SS})^{+}e_S`, H the hat matrix with effects. The search ranks units by
    :math:`(M X_S' e_S)_j`, takes the shortest list whose sum exceeds the coefficient, lengthens it until a refit flips the sign,
    and compares it with a second list that ranks anew after each removal; the shorter one is reported.

    Examples
    --------
    >>> from healthdevo.regression.panels import panel
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(12) for t in range(2013, 2019)], columns=["area", "year"])
    >>> frame["spend"] = rng.normal(size=72)
    >>> frame["health"] = 0.1 * frame["spend"] + rng.normal(size=72)
    >>> report = leverage(panel(frame, outcome="health", regressors="spend"), top=(1,))
    >>> len(report.without_area), report.flipping_rows.found
    (12, True)
    """
    design = fit.design
    name = fit.focal if term is None else term
    if name not in design.names:
        raise InputError(f"term: no term {name!r}; the terms are {', '.join(design.names)}")
    if not 0 < limit < 1:
        raise InputError(f"limit: {limit!r} is not valid; give a share between 0 and 1")
    j = design.names.index(name)
    estimates = fit.params["estimate"].to_numpy(dtype=np.float64)
    fitted = design.fitted(estimates)
    error = float(fit.params["standard_error"].to_numpy()[j])
    area, area_names = vectors.codes(design.rows["area"], "area", len(design.rows))
    year, year_names = vectors.codes(design.rows["year"], "year", len(design.rows))
    if not len(top):
        raise InputError("top: none is given; give at least one number of areas to leave out")
    for count in top:
        if not 0 < count < len(area_names):
            raise InputError(f"top: {count!r} is not valid; give numbers from 1 to {len(area_names) - 1}")
    return Leverage(
        name,
        float(estimates[j]),
        error,
        _without(fitted, area, area_names, "area", estimates, error, j),
        _without(fitted, year, year_names, "year", estimates, error, j),
        _without_top(design, area, area_names, top, j),
        _flip(
            design,
            fitted,
            np.arange(len(design.y), dtype=np.int64),
            float(estimates[j]),
            j,
            limit,
            "area-years",
        ),
        _flip(design, fitted, area, float(estimates[j]), j, limit, "areas"),
    )


def _without(
    fitted: Fitted, codes: IntArray, names: pd.Index, label: str, estimates: FloatArray, error: float, j: int
) -> pd.DataFrame:
    change = np.full(len(names), np.nan) if len(names) < 2 else leave_cluster_out(fitted, codes)[:, j]
    value = estimates[j] + change
    table = pd.DataFrame(
        {
            "estimate": value,
            "change": change,
            "change_in_errors": change / error if error > 0 else np.full(len(change), np.nan),
            "sign_flips": np.sign(value) * np.sign(estimates[j]) < 0,
        },
        index=pd.Index(names, name=label),
    )
    return table.iloc[np.argsort(-np.nan_to_num(np.abs(change), nan=-1.0), kind="stable")]


def _refit(design: PanelDesign, keep: BoolArray) -> FloatArray:
    """Return coefficients on some of the rows; NaN where these do not determine them."""
    failed = np.full(len(design.names), np.nan)
    if keep.sum() <= len(design.names):
        return failed
    weights = None if design.weights is None else design.weights[keep]
    root = np.ones(int(keep.sum())) if weights is None else np.sqrt(weights)
    # residualising what is residualised already, on fewer rows, is the same as starting from the raw columns
    columns = np.column_stack([design.y, design.X])[keep] / root[:, None]
    area = (
        vectors.codes(design.rows["area"].to_numpy()[keep], "area", int(keep.sum()))[0]
        if design.absorbs_area
        else None
    )
    year = (
        vectors.codes(design.rows["year"].to_numpy()[keep], "year", int(keep.sum()))[0]
        if design.absorbs_year
        else None
    )
    parts = Absorber.make(len(root), area, year, weights).residualise(columns)
    before = np.linalg.norm(columns * root[:, None], axis=0)
    if (np.linalg.norm(parts[:, 1:], axis=0) <= 1e-9 * np.maximum(before[1:], 1e-300)).any():
        return failed
    coefficients, _, rank, _ = np.linalg.lstsq(parts[:, 1:], parts[:, 0], rcond=1e-10)
    return np.asarray(coefficients, dtype=np.float64) if rank == len(design.names) else failed


def _without_top(
    design: PanelDesign, area: IntArray, names: pd.Index, top: Sequence[int], j: int
) -> pd.DataFrame:
    means = np.bincount(area, weights=design.level) / np.bincount(area)
    order = np.argsort(-means, kind="stable")
    records = []
    for count in top:
        gone = order[:count]
        records.append(
            {
                "left_out": count,
                "estimate": float(_refit(design, ~np.isin(area, gone))[j]),
                "areas": join([str(names[i]) for i in gone.tolist()]),
            }
        )
    return pd.DataFrame(records).set_index("left_out")


def _flip(
    design: PanelDesign, fitted: Fitted, codes: IntArray, estimate: float, j: int, limit: float, units: str
) -> FlippingSet:
    groups = int(codes.max()) + 1
    most = max(1, int(limit * groups))
    direction = np.sign(estimate) or 1.0
    row = fitted.bread[j]

    def influence(X: FloatArray, residuals: FloatArray) -> FloatArray:
        return np.asarray(direction * np.bincount(codes, weights=(X @ row) * residuals, minlength=groups))

    def value(gone: Sequence[int]) -> float:
        return float(_refit(design, ~np.isin(codes, list(gone)))[j])

    def flips(at: float) -> bool:
        return bool(np.isfinite(at) and at * direction < 0)

    first = influence(fitted.X, fitted.residuals)
    order = np.argsort(-first, kind="stable")
    reach = np.cumsum(first[order])
    enough = np.flatnonzero(reach > abs(estimate))
    size = int(enough[0]) + 1 if len(enough) else most
    best: list[int] = []
    at = np.nan
    low = 0
    # lengthen by a tenth until a refit flips the sign, then close in by bisection
    while size <= most:
        at = value(order[:size].tolist())
        if flips(at):
            best = order[:size].tolist()
            break
        low = size
        size = most if size < most < size + max(1, size // 10) else size + max(1, size // 10)
    if best:
        high = len(best)
        while high - low > 1:
            middle = (low + high) // 2
            trial = value(order[:middle].tolist())
            if flips(trial):
                high, best, at = middle, order[:middle].tolist(), trial
            else:
                low = middle
    bound = len(best) - 1 if best else most
    greedy = _greedy(design, codes, j, direction, min(bound, 200), groups)
    if greedy and (not best or len(greedy) < len(best)):
        trial = value(greedy)
        if flips(trial):
            best, at = greedy, trial
    if not best:
        return FlippingSet(units, False, most, most / groups, pd.DataFrame({"area": []}), float("nan"))
    first_rows = [int(np.flatnonzero(codes == g)[0]) for g in best]
    columns = ["area", "year"] if units == "area-years" else ["area"]
    return FlippingSet(
        units,
        True,
        len(best),
        len(best) / groups,
        design.rows.iloc[first_rows][columns].reset_index(drop=True),
        at,
    )


def _greedy(
    design: PanelDesign, codes: IntArray, j: int, direction: float, most: int, groups: int
) -> list[int]:
    """Return units removed one at a time, each the most influential in what is left, until the sign flips; empty if it does not.

    Removal is by block downdating of the cross-products with effects held as columns, so that no step refits from scratch.
    """
    if most < 1:
        return []
    full = np.hstack([design.basis, design.X])
    position = design.basis.shape[1] + j
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])
    cross, target = full.T @ full, full.T @ design.y
    alive = np.ones(groups, dtype=np.bool_)
    removed: list[int] = []
    for _ in range(most):
        inverse = np.linalg.pinv(cross, rcond=1e-10, hermitian=True)
        coefficients = inverse @ target
        residuals = design.y - full @ coefficients
        gain = direction * np.add.reduceat(((full @ inverse[position]) * residuals)[order], starts)
        gain[~alive] = -np.inf
        unit = int(np.argmax(gain))
        if gain[unit] <= 0:
            return []
        alive[unit] = False
        removed.append(unit)
        rows = codes == unit
        cross = cross - full[rows].T @ full[rows]
        target = target - full[rows].T @ design.y[rows]
        now = float((np.linalg.pinv(cross, rcond=1e-10, hermitian=True) @ target)[position])
        if now * direction < 0:
            return removed
    return []
