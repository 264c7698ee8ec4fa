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
from numpy.typing import NDArray
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.specification import Specifications
from healthdevo.regression.preparation import check_panel, need_named
from healthdevo.regression.specification_engine import ESTIMATORS, Engine, Specification, estimate_columns
from healthdevo.results import check_levels
from healthdevo.typing import BoolArray, IntArray
from healthdevo.wording import number, percentage

__all__ = ["SpecificationCurve", "specification_curve"]

CHOICES = ("outcome", "lag", "controls", "weights", "sample", "estimator")


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


def _samples(
    samples: Mapping[str, pd.Series | NDArray[np.bool_] | Sequence[bool] | str | None] | None,
    frame: pd.DataFrame,
    order: IntArray,
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


@front_door
def specification_curve(
    frame: pd.DataFrame,
    *,
    outcomes: Sequence[str] | str,
    regressor: str,
    lags: Sequence[int] = (0, 1),
    controls: Sequence[Sequence[str]] = ((),),
    weights: Sequence[str | None] = (None,),
    samples: Mapping[str, pd.Series | NDArray[np.bool_] | Sequence[bool] | str | None] | None = None,
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
    need_named(
        frame,
        area=[area],
        time=[time],
        outcomes=listed,
        regressor=[regressor],
        controls=[c for s in sets for c in s],
        weights=w_names,
    )
    for name, given in (
        ("outcomes", listed),
        ("lags", lags),
        ("controls", sets),
        ("weights", weights),
        ("estimators", estimators),
    ):
        if not len(given):
            raise InputError(f"{name}: no specification without one; give at least one")
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
        b, se = estimate_columns(ready, ready.x[:, None])
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
