r"""Every defensible specification of a panel regression at once, and a joint permutation test of the whole curve.

A curve of hundreds of models shares most of its work: lags and differences are found once for each column, the within
transformation once for each set of rows. Each model is the same regression that ``healthdevo.regression.panels.panel`` fits, with errors
clustered by area under the ``stata`` convention; tests hold the two together.

References
----------
Simonsohn U, Simmons JP, Nelson LD (2020). Specification curve analysis. Nature Human Behaviour 4, 1208-1214.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse, stats

from healthdevo.errors import InputError
from healthdevo.mathematics import vectors
from healthdevo.mathematics.specification import Specifications
from healthdevo.mathematics.within import Absorber
from healthdevo.regression.preparation import check_panel
from healthdevo.results import check_levels
from healthdevo.typing import BoolArray, FloatArray, IntArray
from healthdevo.wording import number, percentage

__all__ = ["JointTest", "SpecificationCurve", "joint_test", "specification_curve"]


ESTIMATORS = {
    "pooled": (False, False, False),
    "area": (True, False, False),
    "year": (False, True, False),
    "two-way": (True, True, False),
    "first-difference": (False, False, True),
    "first-difference-year": (False, True, True),
}

CHOICES = ("outcome", "lag", "controls", "weights", "sample", "estimator")


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


@dataclass(frozen=True)
class SpecificationCurve(Specifications):
    """Estimates of one coefficient under many specifications.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each specification, sorted by estimate: the choices (``outcome``, ``lag``, ``controls``, ``weights``,
        ``sample``, ``estimator``), ``estimate``, ``standard_error``, ``df``, ``t``, ``p_value``, limits at each level, ``n``,
        ``areas`` and ``reason`` (why a specification was not estimated).
    choices : tuple of str
        Names of the choices.
    regressor : str
        The coefficient.
    levels : tuple of float
        Confidence levels.
    method : str
        Errors and convention.
    engine, specifications
        What ``joint_test`` needs to run the models again.
    """

    regressor: str
    levels: tuple[float, ...]
    method: str
    engine: Engine = field(repr=False, compare=False)
    specifications: tuple[Specification, ...] = field(repr=False, compare=False)

    @property
    def limit_columns(self) -> tuple[str, str]:
        """The columns of the first interval's limits."""
        return f"lower_{100 * self.levels[0]:g}", f"upper_{100 * self.levels[0]:g}"

    @property
    def estimated(self) -> pd.DataFrame:
        """Specifications with an estimate and its error."""
        return self.table.loc[self.table["reason"] == ""]

    def share_significant(self, significance: float = 0.05) -> dict[str, float]:
        """Return the shares of specifications that are significantly negative and positive."""
        t = self.estimated
        small = t["p_value"].to_numpy() < significance
        sign = np.sign(t["estimate"].to_numpy())
        return {
            "negative": float((small & (sign < 0)).mean()),
            "positive": float((small & (sign > 0)).mean()),
        }

    @property
    def sentence(self) -> str:
        """The curve in one sentence."""
        t = self.estimated
        share = self.share_significant()
        return (
            f"Across {len(t):,} specifications the coefficient of {self.regressor} runs from {number(float(t['estimate'].min()))} to "
            f"{number(float(t['estimate'].max()))} (median {number(self.median)}); {percentage(share['negative'])} are significantly "
            f"negative and {percentage(share['positive'])} significantly positive at 5%."
        )


@dataclass(frozen=True)
class Specification:
    outcome: str
    lag: int
    controls: tuple[str, ...]
    weights: str | None
    sample: str
    estimator: str


@dataclass(frozen=True)
class Ready:
    """One specification with everything but the regressor partialled out."""

    rows: IntArray
    absorber: Absorber
    y: FloatArray
    x: FloatArray
    basis: FloatArray
    members: sparse.csr_matrix
    groups: int
    factor: float


class Engine:
    """Columns, lags and within transformations of one frame, each computed once."""

    def __init__(
        self,
        data: pd.DataFrame,
        values: Mapping[str, FloatArray],
        regressor: str,
        samples: Mapping[str, BoolArray],
        weights: Mapping[str, FloatArray],
    ) -> None:
        self.area, self.area_names = vectors.codes(data["area"], "area", len(data))
        years = data["year"].to_numpy(dtype=np.int64)
        self.first = int(years.min())
        self.position = years - self.first
        self.grid = (len(self.area_names), int(self.position.max()) + 1)
        self.numbers = values
        self.regressor = regressor
        self.samples = samples
        self.weights = weights
        self._columns: dict[tuple[str, int, bool, str], FloatArray] = {}
        self._absorbers: dict[tuple[object, ...], tuple[IntArray, IntArray, Absorber, sparse.csr_matrix]] = {}

    def place(self, values: FloatArray, keep: BoolArray | None = None) -> FloatArray:
        """Lay a column out as areas x years, missing where there is no row."""
        grid = np.full(self.grid, np.nan)
        rows = slice(None) if keep is None else keep
        grid[self.area[rows], self.position[rows]] = values[rows]
        return grid

    def transform(self, grid: FloatArray, lag: int, difference: bool) -> FloatArray:
        """Lag and difference along the last axis, by calendar year."""
        result = _shift(grid, lag)
        return result - _shift(result, 1) if difference else result

    def column(self, name: str, lag: int, difference: bool, sample: str) -> FloatArray:
        key = (name, lag, difference, sample)
        if key not in self._columns:
            grid = self.transform(self.place(self.numbers[name], self.samples[sample]), lag, difference)
            self._columns[key] = grid[self.area, self.position]
        return self._columns[key]

    def ready(self, spec: Specification) -> Ready | str:
        """Return the partialled specification, or why there is none."""
        absorbs_area, absorbs_year, difference = ESTIMATORS[spec.estimator]
        columns = [
            self.column(spec.outcome, 0, False, spec.sample),
            self.column(self.regressor, spec.lag, False, spec.sample),
            *(self.column(name, 0, False, spec.sample) for name in spec.controls),
        ]
        level = np.column_stack(columns)
        complete = ~np.isnan(level).any(axis=1) & self.samples[spec.sample]
        w_all = None if spec.weights is None else self.weights[spec.weights]
        if w_all is not None:
            complete &= ~np.isnan(w_all)
        if difference:
            before = _shift(self.place(complete.astype(np.float64)), 1)[self.area, self.position]
            complete &= np.nan_to_num(before) > 0
            level = np.column_stack(
                [
                    self.column(spec.outcome, 0, True, spec.sample),
                    self.column(self.regressor, spec.lag, True, spec.sample),
                    *(self.column(name, 0, True, spec.sample) for name in spec.controls),
                ]
            )
        rows = np.flatnonzero(complete)
        if len(rows) < 3:
            return f"{len(rows)} complete rows"
        key = (rows.tobytes(), absorbs_area, absorbs_year, spec.weights)
        if key not in self._absorbers:
            area = np.unique(self.area[rows], return_inverse=True)[1].astype(np.int64)
            year = np.unique(self.position[rows], return_inverse=True)[1].astype(np.int64)
            w = None if w_all is None else w_all[rows]
            if not absorbs_area and not absorbs_year:
                # the constant is one effect that all rows share
                absorber = Absorber.make(len(rows), np.zeros(len(rows), dtype=np.int64), None, w)
            else:
                absorber = Absorber.make(
                    len(rows), area if absorbs_area else None, year if absorbs_year else None, w
                )
            members = sparse.csr_matrix(
                (np.ones(len(rows)), (area, np.arange(len(rows)))), shape=(int(area.max()) + 1, len(rows))
            )
            self._absorbers[key] = (area, year, absorber, members)
        area, year, absorber, members = self._absorbers[key]
        groups = int(area.max()) + 1
        if groups < 2:
            return "one area"
        level = level[rows]
        scale = np.maximum(np.linalg.norm(level * absorber.root_weights[:, None], axis=0), 1e-300)
        parts = absorber.residualise(level)
        y, x, C = parts[:, 0], parts[:, 1], parts[:, 2:]
        sizes = np.linalg.norm(parts, axis=0)
        if (sizes[2:] <= 1e-9 * scale[2:]).any():
            lost = spec.controls[int(np.flatnonzero(sizes[2:] <= 1e-9 * scale[2:])[0])]
            return f"{lost} has no variation left"
        basis = np.zeros((len(rows), 0))
        if C.shape[1]:
            basis, triangle = np.linalg.qr(C)
            diagonal = np.abs(np.diag(triangle))
            if (diagonal <= 1e-9 * sizes[2:]).any():
                return "controls are combinations of one another"
            x = x - basis @ (basis.T @ x)
            y = y - basis @ (basis.T @ y)
        if np.linalg.norm(x) <= 1e-9 * scale[1]:
            return f"{self.regressor} has no variation left"
        n, k = len(rows), 1 + C.shape[1]
        parameters = k + 1
        if absorbs_year:
            parameters += absorber.rank - (groups if absorbs_area else 1)
        if n <= k + absorber.rank:
            return f"{n} rows for {k + absorber.rank} parameters"
        factor = groups / (groups - 1) * (n - 1) / (n - parameters)
        return Ready(rows, absorber, y, x, basis, members, groups, factor)


def _shift(grid: FloatArray, lag: int) -> FloatArray:
    if lag == 0:
        return grid
    result = np.full_like(grid, np.nan)
    if abs(lag) < grid.shape[-1]:
        if lag > 0:
            result[..., lag:] = grid[..., :-lag]
        else:
            result[..., :lag] = grid[..., -lag:]
    return result


def _estimate(ready: Ready, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and standard errors for columns of the regressor, already partialled."""
    size = (x**2).sum(axis=0)
    b = (x * ready.y[:, None]).sum(axis=0) / size
    scores = ready.members @ (x * (ready.y[:, None] - x * b))
    return b, np.sqrt(ready.factor * (scores**2).sum(axis=0)) / size


def _samples(
    samples: Mapping[str, ArrayLike | str | None] | None, frame: pd.DataFrame, order: IntArray
) -> dict[str, BoolArray]:
    result = {}
    for name, choice in (samples or {"all": None}).items():
        if choice is None:
            result[name] = np.ones(len(order), dtype=np.bool_)
            continue
        if isinstance(choice, str) and choice not in frame.columns:
            raise InputError(f"samples: no column {choice!r}; give a column of true and false, or an array")
        raw = frame[choice].to_numpy() if isinstance(choice, str) else np.asarray(choice)
        if raw.shape != (len(frame),) or raw.dtype != np.bool_:
            raise InputError(f"samples: {name!r} must be true or false for each of the {len(frame)} rows")
        result[name] = raw[order]
    return result


def specification_curve(
    frame: pd.DataFrame,
    *,
    outcomes: Sequence[str] | str,
    regressor: str,
    lags: Sequence[int] = (0, 1),
    controls: Sequence[Sequence[str]] = ((),),
    weights: Sequence[str | None] = (None,),
    samples: Mapping[str, ArrayLike | str | None] | None = None,
    estimators: Sequence[str] = ("pooled", "two-way", "first-difference-year"),
    logs: Sequence[str] | str = (),
    area: str = "area",
    time: str = "year",
    levels: float | Sequence[float] = 0.95,
) -> SpecificationCurve:
    r"""Estimate one coefficient under every combination of choices.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and year.
    outcomes : sequence of str
        Columns to explain, each in its own specifications.
    regressor : str
        The column whose coefficient is asked for.
    lags : sequence of int
        Years by which the regressor is lagged (negative: led).
    controls : sequence of sequence of str
        Sets of controls.
    weights : sequence of str or None
        Columns of weights; None for equal weights.
    samples : mapping of str to None, str or array of bool, optional
        Named samples: None for all rows, a column of true and false, or an array. Rows outside a sample do not serve as its lags.
    estimators : sequence of str
        ``"pooled"``, ``"area"``, ``"year"``, ``"two-way"``, ``"first-difference"``, ``"first-difference-year"``.
    logs : sequence of str
        Columns to take logs of, wherever they occur.
    area, time : str
        Columns that identify a row.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    SpecificationCurve
        One row for each specification, sorted by estimate; those that cannot be estimated come last with the reason.

    Notes
    -----
    Standard errors are clustered by area with the ``stata`` factor and t(G-1). Coefficients with differently scaled outcomes are not
    comparable: log them, or read the t ratios. That all choices are defensible is the author's claim; a curve does not
    make a biased specification unbiased.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(12) for t in range(2013, 2020)], columns=["area", "year"])
    >>> frame = frame.assign(spend=rng.normal(size=84), need=rng.normal(size=84), health=rng.normal(size=84))
    >>> curve = specification_curve(frame, outcomes="health", regressor="spend", controls=[(), ("need",)])
    >>> len(curve.table), curve.table["estimate"].is_monotonic_increasing
    (12, True)
    """
    wanted = check_levels(levels)
    listed = [outcomes] if isinstance(outcomes, str) else list(outcomes)
    sets = [tuple(c) for c in controls]
    unknown = [e for e in estimators if e not in ESTIMATORS]
    if unknown:
        raise InputError(f"estimators: {unknown[0]!r} is not valid; give some of {', '.join(ESTIMATORS)}")
    used = [*listed, regressor, *(c for s in sets for c in s)]
    logged = [logs] if isinstance(logs, str) else list(logs)
    for name in logged:
        if name not in used:
            raise InputError(f"logs: {name!r} is neither outcome, regressor nor control")
    if any(regressor in s or set(s) & set(listed) for s in sets) or regressor in listed:
        raise InputError("controls: the regressor or an outcome is among them; leave it out")
    w_names = [w for w in weights if w is not None]
    columns = list(dict.fromkeys([*used, *w_names]))
    numbered = frame.reset_index(drop=True) if isinstance(frame, pd.DataFrame) else frame
    data = check_panel(numbered, area, time, columns)
    order = data.index.to_numpy(dtype=np.int64)
    values = {name: data[name].to_numpy(dtype=np.float64) for name in columns}
    for name in (*logged, *w_names):
        bad = values[name] <= 0
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            what = "weights must be positive" if name in w_names else "it has no logarithm"
            raise InputError(
                f"column {name!r}: zero or negative at {data['area'].iloc[i]}, {data['year'].iloc[i]} "
                f"({values[name][i]:g}); {what}"
            )
    w_values = {name: values[name] for name in w_names}
    values = {name: np.log(v) if name in logged else v for name, v in values.items()}
    engine = Engine(data, values, regressor, _samples(samples, numbered, order), w_values)
    specifications = tuple(
        Specification(o, lag, c, w, s, e)
        for o, lag, c, w, s, e in itertools.product(listed, lags, sets, weights, engine.samples, estimators)
    )
    if not specifications:
        raise InputError("no specification: give at least one of each choice")
    records = []
    for spec in specifications:
        ready = engine.ready(spec)
        record: dict[str, object] = {
            "outcome": spec.outcome,
            "lag": spec.lag,
            "controls": " + ".join(spec.controls) or "none",
            "weights": spec.weights or "none",
            "sample": spec.sample,
            "estimator": spec.estimator,
        }
        if isinstance(ready, str):
            records.append(
                record
                | {
                    "estimate": np.nan,
                    "standard_error": np.nan,
                    "df": np.nan,
                    "n": 0,
                    "areas": 0,
                    "reason": ready,
                }
            )
            continue
        b, se = _estimate(ready, ready.x[:, None])
        if not se[0] > 1e-12 * float(np.linalg.norm(ready.y) / np.linalg.norm(ready.x)):
            empty = {"estimate": float(b[0]), "standard_error": np.nan, "df": np.nan, "n": len(ready.rows)}
            records.append(record | empty | {"areas": ready.groups, "reason": "the fit leaves no errors"})
            continue
        records.append(
            record
            | {
                "estimate": float(b[0]),
                "standard_error": float(se[0]),
                "df": float(ready.groups - 1),
                "n": len(ready.rows),
                "areas": ready.groups,
                "reason": "",
            }
        )
    table = pd.DataFrame(records)
    t = table["estimate"].to_numpy() / table["standard_error"].to_numpy()
    df = table["df"].to_numpy()
    table["t"] = t
    table["p_value"] = 2 * stats.t.sf(np.abs(t), df)
    for level in wanted:
        reach = stats.t.ppf(0.5 + level / 2, df) * table["standard_error"].to_numpy()
        table[f"lower_{100 * level:g}"] = table["estimate"].to_numpy() - reach
        table[f"upper_{100 * level:g}"] = table["estimate"].to_numpy() + reach
    places = np.argsort(table["estimate"].to_numpy(), kind="stable")
    return SpecificationCurve(
        table.iloc[places].reset_index(drop=True),
        CHOICES,
        regressor,
        wanted,
        "errors clustered by area, factor G/(G-1) (n-1)/(n-K'), t(G-1)",
        engine,
        tuple(specifications[i] for i in places.tolist()),
    )


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
            b, se = _estimate(ready, x)
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
