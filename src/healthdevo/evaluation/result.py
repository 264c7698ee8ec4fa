"""The result that every design returns: an effect with its path, weights, fit and several kinds of inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.results import Estimate, Interval
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number

__all__ = ["Effect", "Inference"]


@dataclass(frozen=True)
class Inference:
    """Uncertainty of an effect by one method.

    Parameters
    ----------
    method : str
        The method, such as ``"placebo"`` or ``"jackknife"``.
    standard_error : float
        NaN where the method has none.
    intervals : tuple of Interval
        One for each level; empty only together with a ``reason``.
    p_value : float
        Two-sided, of no effect; NaN where not computed.
    reason : str
        Why something was not computed.
    draws : ndarray or None
        The draws behind it.
    caution : str
        How the intervals are known to fall short, as a sentence; empty where they are not.
    """

    method: str
    standard_error: float
    intervals: tuple[Interval, ...]
    p_value: float = float("nan")
    reason: str = ""
    draws: FloatArray | None = field(default=None, repr=False, compare=False)
    caution: str = ""


@dataclass(frozen=True)
class Effect(Estimate):
    """The effect of treatment that a design finds.

    Besides the fields of ``Estimate`` (average effect on the treated areas, standard error and intervals by the first
    method of inference):

    Parameters
    ----------
    design : str
        Name of the design.
    path : pandas.DataFrame or None
        One row for each period: ``period``, ``relative`` (0 is the first treated period), ``effect``, and, where
        computed, ``treated``, ``counterfactual``, ``standard_error``, ``lower``, ``upper``, ``areas``.
    weights : pandas.DataFrame or None
        Weights of the control areas: ``area``, ``weight`` (and ``cohort`` where treatment is staggered).
    period_weights : pandas.DataFrame or None
        Weights of the pre-treatment periods: ``period``, ``weight``.
    loadings, factors : pandas.DataFrame or None
        Of factor models: one row for each area, or period.
    treated : tuple of str
        The treated areas.
    pre_rmspe, post_rmspe : float
        Root mean squared gap between the treated and their counterfactual before and after treatment began.
    inference : tuple of Inference
        Uncertainty by each method asked for, the headline method first.
    diagnostics : mapping of str to float
        Numbers that help to judge the design.

    Examples
    --------
    >>> e = Effect("average effect", -2.0, 0.5, (Interval(0.95, -2.98, -1.02),), 50, "placebo draws",
    ...            unit="years", design="synthetic difference-in-differences")
    >>> e.sentence
    'By synthetic difference-in-differences, the average effect is −2 years (95% interval −2.98 to −1.02).'
    """

    design: str = ""
    path: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    weights: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    period_weights: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    loadings: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    factors: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    treated: tuple[str, ...] = ()
    pre_rmspe: float = float("nan")
    post_rmspe: float = float("nan")
    inference: tuple[Inference, ...] = field(default=(), repr=False)
    diagnostics: Mapping[str, float] = field(default_factory=dict, repr=False)

    @property
    def rmspe_ratio(self) -> float:
        """Post-treatment over pre-treatment root mean squared gap (infinite when the pre-treatment fit is exact)."""
        if np.isnan(self.pre_rmspe) or np.isnan(self.post_rmspe):
            return float("nan")
        return float("inf") if self.pre_rmspe == 0.0 else self.post_rmspe / self.pre_rmspe

    def by(self, method: str) -> Inference:
        """Return the uncertainty by one method.

        Raises
        ------
        InputError
            When that method was not asked for.
        """
        for candidate in self.inference:
            if candidate.method == method:
                return candidate
        have = ", ".join(i.method for i in self.inference) or "none"
        raise InputError(f"inference: no {method!r}; computed methods: {have}")

    def with_inference(self, *inference: Inference) -> Self:
        """Return the same effect with more methods of inference; the first of all becomes the headline.

        The headline method's reason becomes that of the effect, and its caution is added to what the design itself has to say.
        """
        methods = (*self.inference, *inference)
        head = methods[0]
        cautions = (self.caution,) if self.inference else (self.caution, head.caution)
        return replace(
            self,
            inference=methods,
            standard_error=head.standard_error,
            intervals=head.intervals,
            reason=head.reason,
            caution=" ".join(filter(None, cautions)),
            method=f"{self.method.split('; ')[0]}; {head.method}",
        )

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        plain = super().sentence
        if self.intervals and self.reason:
            said = plain.removesuffix(self.caution).rstrip()
            plain = f"{said[:-1]}; {self.reason}. {self.caution}".rstrip()
        return f"By {self.design}, {plain[0].lower()}{plain[1:]}" if self.design else plain

    def intervals_frame(self) -> pd.DataFrame:
        """Return one row for each method of inference and level."""
        rows: list[dict[str, Any]] = []
        for i in self.inference:
            for interval in i.intervals or (Interval(np.nan, np.nan, np.nan),):
                rows.append(
                    {
                        "design": self.design,
                        "method": i.method,
                        "estimate": self.estimate,
                        "standard_error": i.standard_error,
                        "p_value": i.p_value,
                        "level": interval.level,
                        "lower": interval.lower,
                        "upper": interval.upper,
                        "reason": i.reason,
                        "caution": i.caution,
                    }
                )
        return pd.DataFrame(rows)

    @property
    def fit_sentence(self) -> str:
        """How well the counterfactual followed the treated areas before treatment, in words."""
        if np.isnan(self.pre_rmspe):
            return "The fit before treatment was not computed for this design."
        unit = f" {self.unit}" if self.unit and not self.unit.startswith("%") else self.unit
        return f"Before treatment the counterfactual missed by {number(self.pre_rmspe)}{unit} (root mean square)."


def rms(values: FloatArray) -> float:
    """Return the root mean square, NaN for none.

    Examples
    --------
    >>> round(rms(np.array([3.0, 4.0])), 4)
    3.5355
    """
    known = values[~np.isnan(values)]
    return float(np.sqrt(np.mean(known**2))) if known.size else float("nan")


def effect_from_path(
    *,
    design: str,
    estimate: float,
    path: pd.DataFrame,
    n: int,
    method: str,
    unit: str,
    treated: tuple[str, ...],
    **fields: Any,
) -> Effect:
    """Return an effect without inference, its fit computed from the path.

    Examples
    --------
    >>> path = pd.DataFrame({"period": [1, 2], "relative": [-1, 0], "effect": [0.0, 2.0]})
    >>> effect_from_path(design="d", estimate=2.0, path=path, n=4, method="m", unit="", treated=("A",)).post_rmspe
    2.0
    """
    gaps = path["effect"].to_numpy(dtype=float)
    before = path["relative"].to_numpy() < 0
    return Effect(
        measure="average effect of treatment on the treated areas",
        estimate=estimate,
        standard_error=float("nan"),
        intervals=(),
        n=n,
        method=method,
        unit=unit,
        reason=fields.pop("reason", "no inference was asked for"),
        design=design,
        path=path,
        treated=treated,
        pre_rmspe=fields.pop("pre_rmspe", rms(gaps[before])),
        post_rmspe=fields.pop("post_rmspe", rms(gaps[~before])),
        **fields,
    )


def average_paths(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Average the paths of cohorts by time relative to treatment, weighting by the column ``mass``.

    Examples
    --------
    >>> a = pd.DataFrame({"period": [1, 2], "relative": [-1, 0], "effect": [0.0, 1.0], "mass": 1.0, "areas": 1})
    >>> average_paths([a, a])["effect"].tolist()
    [0.0, 1.0]
    """
    stacked = pd.concat(frames, ignore_index=True)
    rows = []
    for relative, part in stacked.groupby("relative"):
        mass = part["mass"].to_numpy(dtype=float)
        row = {"period": relative, "relative": relative}
        for column in [c for c in ("effect", "treated", "counterfactual") if c in part]:
            row[column] = float(np.average(part[column].to_numpy(dtype=float), weights=mass))
        rows.append(row | {"areas": int(part["areas"].sum())})
    return pd.DataFrame(rows)


def path_of_gaps(gap: FloatArray, outcome: FloatArray, relative: IntArray, panel: Panel) -> pd.DataFrame:
    """Average gaps (areas x periods, NaN where unknown) of treated areas by time relative to treatment.

    Examples
    --------
    >>> d = np.array([[False, True], [False, False]])
    >>> panel = Panel(np.ones((2, 2)), d, pd.Index(["A", "B"]), pd.Index([2014, 2015]))
    >>> gap, relative = np.array([[0.0, 2.0], [0.0, 0.0]]), np.array([[-1, 0], [-2, -1]])
    >>> path_of_gaps(gap, panel.outcome, relative, panel)["effect"].tolist()
    [0.0, 2.0]
    """
    known = ~np.isnan(gap) & panel.treated[:, None]
    area = np.nonzero(known)[0]
    frame = pd.DataFrame(
        {
            "relative": relative[known],
            "gap": gap[known] * panel.weights[area],
            "outcome": outcome[known] * panel.weights[area],
            "mass": panel.weights[area],
            "areas": 1,
        }
    )
    sums = frame.groupby("relative").sum().reset_index()
    effect, treated = sums["gap"] / sums["mass"], sums["outcome"] / sums["mass"]
    label = sums["relative"].to_numpy()
    if len(panel.cohorts) == 1:
        label = np.asarray(panel.periods)[label + int(panel.cohorts[0])]
    return pd.DataFrame(
        {
            "period": label,
            "relative": sums["relative"],
            "effect": effect,
            "treated": treated,
            "counterfactual": treated - effect,
            "areas": sums["areas"],
        }
    )


def permutation_intervals(
    estimate: float, placebos: FloatArray, levels: Sequence[float]
) -> tuple[Interval, ...]:
    """Return the constant effects that a permutation test of placebo effects does not reject.

    An effect ``e`` is rejected when the share of placebo effects (and of the treated itself) at least as large in absolute
    value as ``estimate - e`` is not above ``1 - level``. With too few placebos for the level nothing is rejected.

    Examples
    --------
    >>> i = permutation_intervals(5.0, np.arange(-10.0, 9.0), (0.9, 0.99))
    >>> i[0].lower, i[0].upper, i[1].upper
    (-4.0, 14.0, inf)
    """
    sizes = np.sort(np.abs(placebos[~np.isnan(placebos)]))[::-1]
    result = []
    for level in levels:
        count = int(np.floor((1.0 - level) * (len(sizes) + 1) + 1e-9))
        half = float(sizes[count - 1]) if 0 < count <= len(sizes) else float("inf")
        result.append(Interval(level, estimate - half, estimate + half))
    return tuple(result)


def exact_fit(outcome: FloatArray) -> float:
    """Return the gap below which a fit counts as exact: a ten-thousandth of the outcome's standard deviation.

    Examples
    --------
    >>> exact_fit(np.array([1.0, 3.0]))
    0.0001
    """
    return max(1e-4 * float(np.nanstd(outcome)), 1e-300)
