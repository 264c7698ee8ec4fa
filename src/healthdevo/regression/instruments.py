"""Instrumental-variable regressions through linearmodels, with the weak-instrument results beside every estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.iv import IV2SLS, IVGMM, IVLIML
from numpy.typing import NDArray
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics import vectors
from healthdevo.regression.anderson_rubin import AndersonRubinSet, anderson_rubin_set, anderson_rubin_test
from healthdevo.regression.instrument_data import InstrumentData
from healthdevo.regression.panel_design import with_company
from healthdevo.regression.preparation import Lags, need_named, prepare
from healthdevo.regression.rank_tests import RankTest, cragg_donald, kleibergen_paap
from healthdevo.regression.tf_intervals import tf_interval
from healthdevo.regression.weak_instruments import FirstStage, first_stage
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import join, number, span, supported

__all__ = ["InstrumentFit", "SpecificationTest", "instrument"]


ESTIMATORS = {
    "2sls": "two-stage least squares",
    "liml": "limited-information maximum likelihood",
    "gmm": "two-step GMM",
}
ERRORS = ("classic", "HC0", "robust", "clustered")
EFFECTS = ("none", "area", "year", "two-way")


HELD = (
    "In simulations 95% intervals of two-stage least squares held the truth in 89% of cases with a weak instrument (F about 5) and in 93% "
    "with a strong one (F about 50); those of Anderson and Rubin held it in 94%."
)
"""Said with every such interval; a test holds the figures to the table of coverage."""


@dataclass(frozen=True)
class SpecificationTest:
    """A test of the instruments or of endogeneity.

    Parameters
    ----------
    name : str
        Name of the test.
    statistic, p_value : float
        Value and p-value.
    distribution : str
        Reference distribution, such as ``"chi2(1)"``.
    null : str
        What is tested.
    """

    name: str
    statistic: float
    p_value: float
    distribution: str
    null: str

    @property
    def sentence(self) -> str:
        """The test in one sentence."""
        return f"{self.name}: {number(self.statistic)} ({self.distribution}, p = {number(self.p_value)}); null: {self.null}."


@dataclass(frozen=True)
class InstrumentFit:
    """An instrumental-variable regression and what its instruments can bear.

    Parameters
    ----------
    outcome, estimator, errors : str
        What was asked for.
    params : pandas.DataFrame
        Index the terms (constant, exogenous, endogenous; not the effects); columns ``estimate``, ``standard_error``, ``df``,
        ``t``, ``p_value`` and a pair of limits for each level.
    covariance : pandas.DataFrame
        Covariance of these coefficients.
    levels : tuple of float
        Confidence levels.
    n, areas : int
        Rows and areas used; areas is 0 without an area column.
    endogenous, instruments : tuple of str
        Terms treated as endogenous and excluded instruments.
    first_stages : tuple of FirstStage
        Strength of the instruments for each endogenous regressor.
    cragg_donald, kleibergen_paap : RankTest
        Strength for all endogenous regressors together.
    anderson_rubin : AndersonRubinSet or None
        Confidence set of the only endogenous regressor; None with several, or with too few rows or clusters for it.
    anderson_rubin_zero : tuple of 2 float
        Anderson-Rubin F and p-value of no effect of any endogenous regressor.
    tf : Interval or None
        tF-adjusted 95% interval; None unless there is one endogenous regressor and one instrument.
    tests : mapping of str to SpecificationTest
        ``"sargan"``, ``"basmann"``, ``"basmann-f"``, ``"wooldridge"``, ``"anderson-rubin"`` or ``"hansen"`` for over-identification (empty when
        just identified), ``"durbin"``, ``"wu-hausman"`` and ``"wooldridge-endogeneity"`` for endogeneity; a test for which too few
        rows are left is absent.
    kappa : float
        The k-class parameter of LIML; 1 for 2SLS, NaN for GMM.
    method : str
        Estimator, errors and small-sample convention.
    dropped : pandas.DataFrame
        Rows not used, with the reason.
    data : InstrumentData
        The partialled data, for further tests.
    """

    outcome: str
    estimator: str
    errors: str
    params: pd.DataFrame
    covariance: pd.DataFrame = field(repr=False)
    levels: tuple[float, ...]
    n: int
    areas: int
    endogenous: tuple[str, ...]
    instruments: tuple[str, ...]
    first_stages: tuple[FirstStage, ...] = field(repr=False)
    cragg_donald: RankTest = field(repr=False)
    kleibergen_paap: RankTest = field(repr=False)
    anderson_rubin: AndersonRubinSet | None = field(repr=False)
    anderson_rubin_zero: tuple[float, float] = field(repr=False)
    tf: Interval | None = field(repr=False)
    tests: dict[str, SpecificationTest] = field(repr=False)
    kappa: float
    method: str
    dropped: pd.DataFrame = field(repr=False)
    data: InstrumentData = field(repr=False)

    @property
    def first_stage(self) -> FirstStage:
        """First stage of the first endogenous regressor."""
        return self.first_stages[0]

    def __getitem__(self, term: str) -> Estimate:
        """Return one coefficient as an ``Estimate``."""
        if term not in self.params.index:
            raise InputError(f"no term {term!r}; the terms are {', '.join(map(str, self.params.index))}")
        row = dict(
            zip(self.params.columns, self.params.loc[[term]].to_numpy(dtype=float)[0].tolist(), strict=True)
        )
        return Estimate(
            f"coefficient of {term} on {self.outcome}",
            row["estimate"],
            row["standard_error"],
            tuple(Interval(x, row[f"lower_{100 * x:g}"], row[f"upper_{100 * x:g}"]) for x in self.levels),
            self.n,
            self.method,
            caution=self.caution if term in self.endogenous else "",
        )

    @property
    def caution(self) -> str:
        """How intervals of the endogenous regressors are known to fall short, as a sentence; empty where that was not tried."""
        return HELD if self.estimator == "2sls" and self.errors == "robust" else ""

    @property
    def sentence(self) -> str:
        """Estimate, strength and the robust set in plain English."""
        c = self[self.endogenous[0]]
        i = c.interval()
        text = (
            f"By {ESTIMATORS[self.estimator]} with {join(self.instruments)} as instrument{'s' if len(self.instruments) > 1 else ''}, "
            f"the coefficient of {self.endogenous[0]} on {self.outcome} is {number(supported(c.estimate, i.lower, i.upper))} ({100 * i.level:g}% interval "
            f"{span(i.lower, i.upper)}, trustworthy only with strong instruments)."
        )
        if self.anderson_rubin is not None:
            text += f" {self.first_stage.sentence} {self.anderson_rubin.sentence}"
        else:
            text += f" {self.cragg_donald.sentence}"
        return f"{text} {self.caution}".rstrip()


@front_door
def instrument(
    frame: pd.DataFrame,
    *,
    outcome: str,
    endogenous: Sequence[str] | str,
    instruments: Sequence[str] | str,
    exogenous: Sequence[str] | str = (),
    area: str | None = None,
    time: str | None = None,
    lags: Lags = 0,
    logs: Sequence[str] | str = (),
    effects: str = "none",
    estimator: str = "2sls",
    errors: str = "robust",
    clusters: str | None = None,
    weights: str | None = None,
    small_sample: bool = True,
    levels: float | Sequence[float] = 0.95,
) -> InstrumentFit:
    r"""Fit an instrumental-variable regression and report what its instruments can bear.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit, or for each area and year.
    outcome : str
        Column to explain.
    endogenous, instruments, exogenous : str or sequence of str
        Regressors that may be related to the errors; variables that move them and are excluded from the model; the other
        regressors (without the constant, which is added).
    area, time : str, optional
        Columns that identify rows of a panel; needed for lags, effects and the default cluster.
    lags, logs
        As in ``healthdevo.regression.panels.panel``; ``lags`` by name applies to any column but the outcome, a number to the
        endogenous regressors only.
    effects : {"none", "area", "year", "two-way"}
        Effects added as dummies.
    estimator : {"2sls", "liml", "gmm"}
        GMM is two-step, its weights with the same kind of errors.
    errors : {"classic", "HC0", "robust", "clustered"}
        Robust is HC1.
    clusters : str, optional
        Column to cluster by; default the area. Only with ``errors="clustered"``.
    weights : str, optional
        Column of positive weights.
    small_sample : bool
        Whether covariances are multiplied by n/(n-K) (clustered: G/(G-1) (n-1)/(n-K)), K counting effects, and t
        distributions with n - K (clustered: G - 1) degrees of freedom used; otherwise no factor (Stata's default for
        ``ivregress``) and the normal. ``"HC0"`` never has a factor.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    InstrumentFit
        Coefficients, first-stage strength, the Anderson-Rubin set, tF interval and specification tests.

    Raises
    ------
    InputError
        As in ``panel``, for fewer instruments than endogenous regressors, and for clusters that the errors do not use.

    Notes
    -----
    The estimand is the coefficient in :math:`y = \beta'x + \gamma'w + \varepsilon` with :math:`E[z\varepsilon] = 0`: instruments
    must affect the outcome through x alone, which no test can show; over-identification tests only compare instruments with one
    another. With effects that differ between units, 2SLS is a weighted average over those whom the instrument moves.
    Estimation is by linearmodels; the weak-instrument results are computed here.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"z": rng.normal(size=200), "u": rng.normal(size=200)})
    >>> frame["spend"] = frame["z"] + frame["u"]
    >>> frame["health"] = 0.5 * frame["spend"] + frame["u"] + rng.normal(size=200)
    >>> fit = instrument(frame, outcome="health", endogenous="spend", instruments="z")
    >>> 0.2 < fit["spend"].estimate < 0.8, fit.first_stage.weak, fit.anderson_rubin.kind
    (True, False, 'bounded')
    """
    wanted = check_levels(levels)
    for value, allowed, what in (
        (estimator, tuple(ESTIMATORS), "estimator"),
        (errors, ERRORS, "errors"),
        (effects, EFFECTS, "effects"),
    ):
        if value not in allowed:
            raise InputError(f"{what}: {value!r} is not valid; give one of {', '.join(allowed)}")
    endo = [endogenous] if isinstance(endogenous, str) else list(endogenous)
    inst = [instruments] if isinstance(instruments, str) else list(instruments)
    exog = [exogenous] if isinstance(exogenous, str) else list(exogenous)
    if not endo or len(inst) < len(endo):
        raise InputError(
            f"instruments: {len(inst)} for {len(endo)} endogenous regressors; give at least one endogenous regressor and as "
            "many instruments"
        )
    if isinstance(frame, pd.DataFrame) and area is None and time is None:
        if effects != "none" or (not isinstance(lags, dict) and lags != 0):
            raise InputError("area and time: effects and lags need both; name the columns")
        source = frame.copy()
        source["(row)"] = np.arange(len(frame))
        source["(year)"] = 0
        area_name, time_name = "(row)", "(year)"
    elif area is None or time is None:
        raise InputError("area and time: give both columns, or neither")
    else:
        source, area_name, time_name = frame, area, time
    if clusters is not None and errors != "clustered":
        raise InputError(f"clusters: {clusters!r} goes with errors='clustered' only; errors is {errors!r}")
    by = clusters if clusters is not None else area
    if errors == "clustered" and by is None:
        raise InputError("clusters: clustered errors need a column; name it, or give area and time")
    if isinstance(frame, pd.DataFrame):
        need_named(frame, endogenous=endo, instruments=inst, exogenous=exog)
        need_named(
            frame,
            outcome=[outcome],
            weights=[] if weights is None else [weights],
            clusters=[] if clusters is None else [clusters],
        )
    ready = prepare(
        source,
        outcome=outcome,
        regressors=endo,
        controls=[*exog, *inst],
        area=area_name,
        time=time_name,
        lags=lags,
        logs=logs,
        weights=weights,
        clusters=(by,) if errors == "clustered" and by is not None else (),
    )
    if effects in ("area", "two-way"):
        ready = with_company(ready, years=effects == "two-way")
    logged = [logs] if isinstance(logs, str) else list(logs)
    kinds = _kinds(ready.names, exog, inst, logged, ready.focal)
    X = ready.X[:, kinds == "endogenous"]
    W = ready.X[:, kinds == "exogenous"]
    Z = ready.X[:, kinds == "instrument"]
    names = {kind: [n for n, k in zip(ready.names, kinds, strict=True) if k == kind] for kind in set(kinds)}
    dummies = _dummies(ready.rows, effects)
    labelled = None
    if errors == "clustered":
        labelled = vectors.codes(ready.clusters[by], str(by), ready.n)[0]
    data = InstrumentData.make(
        ready.y,
        X,
        Z,
        np.hstack([W, dummies]),
        weights=ready.weights,
        clusters=labelled,
        names=names["endogenous"],
    )
    shown = ["const", *names.get("exogenous", [])]
    regular = np.hstack([np.ones((ready.n, 1)), W, dummies])
    labels = [*shown, *(f"effect {j}" for j in range(dummies.shape[1]))]
    if np.linalg.matrix_rank(regular / np.linalg.norm(regular, axis=0), tol=1e-9) < regular.shape[1]:
        raise InputError(
            "exogenous: one is a combination of the others, the constant and the effects; leave it out"
        )
    try:
        fit = _fit(
            ready.y,
            regular,
            labels,
            X,
            names["endogenous"],
            Z,
            names["instrument"],
            ready.weights,
            estimator,
            errors,
            labelled,
            small_sample,
        )
    except (ValueError, ZeroDivisionError, np.linalg.LinAlgError) as error:
        raise InputError(
            f"frame: {ESTIMATORS[estimator]} cannot be computed from {ready.n} rows. {error}"
        ) from error
    keep = [*shown, *names["endogenous"]]
    covariance = fit.cov.loc[keep, keep].to_numpy(dtype=np.float64)
    estimates = fit.params.loc[keep].to_numpy(dtype=np.float64)
    K = regular.shape[1] + X.shape[1]
    if not small_sample or errors == "HC0":
        df = np.inf
    elif errors == "clustered" and labelled is not None:
        df = float(labelled.max())
    else:
        df = float(ready.n - K)
    same = {"classic": "classic", "HC0": "HC0", "robust": "HC1", "clustered": "clustered"}[errors]
    one = X.shape[1] == 1
    stage = first_stage(data, same)
    just = one and Z.shape[1] == 1
    tf = None
    if just and estimator != "gmm":
        at = keep.index(names["endogenous"][0])
        tf = tf_interval(float(estimates[at]), float(np.sqrt(covariance[at, at])), stage[0].f())
    return InstrumentFit(
        ready.outcome,
        estimator,
        errors,
        _params(keep, estimates, covariance, df, wanted),
        pd.DataFrame(covariance, index=keep, columns=keep),
        wanted,
        ready.n,
        0 if area is None else int(ready.rows["area"].nunique()),
        tuple(names["endogenous"]),
        tuple(names["instrument"]),
        stage,
        cragg_donald(data),
        kleibergen_paap(data, same),
        _robust_set(data, wanted, same) if one else None,
        anderson_rubin_test(data, np.zeros(X.shape[1]).tolist(), same),
        tf,
        _tests(fit, estimator, Z.shape[1] - X.shape[1]),
        float(fit.kappa) if estimator == "liml" else 1.0 if estimator == "2sls" else float("nan"),
        _method(estimator, errors, effects, small_sample, weights, by, labelled, df, len(ready.dropped)),
        ready.dropped,
        data,
    )


def _robust_set(data: InstrumentData, levels: Sequence[float], errors: str) -> AndersonRubinSet | None:
    try:
        return anderson_rubin_set(data, levels, errors)
    except InputError:
        return None


def _kinds(
    terms: Sequence[str], exog: Sequence[str], inst: Sequence[str], logged: Sequence[str], focal: int
) -> NDArray[np.str_]:
    def base(term: str) -> str:
        head, dot, tail = term.partition(".")
        if dot and head[:1] in "LF" and head[1:].isdigit():
            term = tail
        return term[4:-1] if term.startswith("log(") and term[4:-1] in logged else term

    kinds = []
    for position, term in enumerate(terms):
        name = base(term)
        kinds.append("endogenous" if position < focal else "exogenous" if name in exog else "instrument")
        if kinds[-1] == "instrument" and name not in inst:
            raise InputError(f"{term!r} is neither exogenous nor an instrument; rename the column")
    return np.array(kinds)


def _dummies(rows: pd.DataFrame, effects: str) -> FloatArray:
    blocks = [np.zeros((len(rows), 0))]
    for column in ("area", "year"):
        if effects in (column, "two-way"):
            codes, labels = vectors.codes(rows[column], column, len(rows))
            blocks.append((codes[:, None] == np.arange(1, len(labels))).astype(np.float64))
    return np.hstack(blocks)


def _fit(
    y: FloatArray,
    regular: FloatArray,
    labels: Sequence[str],
    X: FloatArray,
    x_names: Sequence[str],
    Z: FloatArray,
    z_names: Sequence[str],
    weights: FloatArray | None,
    estimator: str,
    errors: str,
    clusters: IntArray | None,
    small_sample: bool,
) -> Any:
    kind = {"classic": "unadjusted", "HC0": "robust", "robust": "robust", "clustered": "clustered"}[errors]
    config: dict[str, Any] = {} if clusters is None else {"clusters": clusters}
    arguments = (
        pd.DataFrame({"y": y}),
        pd.DataFrame(regular, columns=list(labels)),
        pd.DataFrame(X, columns=list(x_names)),
        pd.DataFrame(Z, columns=list(z_names)),
    )
    w = None if weights is None else pd.DataFrame({"w": weights})
    debiased = small_sample and errors != "HC0"
    if estimator == "gmm":
        model: Any = IVGMM(*arguments, weights=w, weight_type=kind, **config)
    else:
        model = (IV2SLS if estimator == "2sls" else IVLIML)(*arguments, weights=w)
    return model.fit(cov_type=kind, debiased=debiased, **config)


def _params(
    names: Sequence[str], estimates: FloatArray, covariance: FloatArray, df: float, levels: Sequence[float]
) -> pd.DataFrame:
    errors = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimates / errors
    columns: dict[str, Any] = {
        "estimate": estimates,
        "standard_error": errors,
        "df": df,
        "t": t,
        "p_value": 2 * stats.t.sf(np.abs(t), df),
    }
    for level in levels:
        reach = stats.t.ppf(0.5 + level / 2, df) * errors
        columns[f"lower_{100 * level:g}"] = estimates - reach
        columns[f"upper_{100 * level:g}"] = estimates + reach
    return pd.DataFrame(columns, index=pd.Index(list(names), name="term"))


def _tests(fit: Any, estimator: str, over: int) -> dict[str, SpecificationTest]:
    valid = "all instruments are valid, given that enough of them are"
    exogenous = "the endogenous regressors are exogenous"
    wanted: list[tuple[str, str, Callable[[], Any], str]] = []
    if estimator == "gmm" and over:
        wanted.append(("hansen", "Hansen's J", lambda: fit.j_stat, valid))
    if estimator == "2sls" and over:
        wanted += [
            ("sargan", "Sargan", lambda: fit.sargan, valid),
            ("basmann", "Basmann", lambda: fit.basmann, valid),
            ("basmann-f", "Basmann's F", lambda: fit.basmann_f, valid),
            ("wooldridge", "Wooldridge's robust score test", lambda: fit.wooldridge_overid, valid),
        ]
    if estimator != "gmm" and over:
        wanted.append(
            ("anderson-rubin", "Anderson-Rubin likelihood ratio", lambda: fit.anderson_rubin, valid)
        )
    if estimator == "2sls":
        wanted += [
            ("durbin", "Durbin", fit.durbin, exogenous),
            ("wu-hausman", "Wu-Hausman", fit.wu_hausman, exogenous),
            (
                "wooldridge-endogeneity",
                "Wooldridge's robust regression test",
                lambda: fit.wooldridge_regression,
                exogenous,
            ),
        ]
    found = {}
    for key, name, compute, null in wanted:
        try:
            with np.errstate(all="ignore"):
                test = compute()
        except (
            ValueError,
            ZeroDivisionError,
            np.linalg.LinAlgError,
        ):  # no degrees of freedom left for this test
            continue
        if np.isfinite(test.stat) and np.isfinite(test.pval):
            second = getattr(test, "df_denom", None)
            found[key] = SpecificationTest(
                name,
                float(test.stat),
                float(test.pval),
                f"chi2({test.df})" if second is None else f"F({test.df}, {second})",
                null,
            )
    return found


def _method(
    estimator: str,
    errors: str,
    effects: str,
    small_sample: bool,
    weights: str | None,
    by: str | None,
    clusters: IntArray | None,
    df: float,
    dropped: int,
) -> str:
    text = ESTIMATORS[estimator]
    if effects != "none":
        text += f" with {effects} effects as dummies"
    if weights:
        text += f", weighted by {weights}"
    kind = {"classic": "classic", "HC0": "robust (HC0)", "robust": "robust"}.get(
        errors, f"clustered by {by} ({0 if clusters is None else int(clusters.max()) + 1} clusters)"
    )
    if not small_sample or errors == "HC0":
        factor = "no small-sample factor, normal"
    elif errors == "clustered":
        factor = f"factor G/(G-1) (n-1)/(n-K), t with {df:g} degrees of freedom"
    else:
        factor = f"factor n/(n-K), t with {df:g} degrees of freedom"
    return f"{text}; {kind} errors, {factor}" + (f"; {dropped} rows not used" if dropped else "")
