"""Two variables in both directions, such as prosperity and health: each on last year's values of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.regression.panels import PanelFit, panel
from healthdevo.regression.preparation import check_panel, year_numbers
from healthdevo.wording import number

__all__ = ["CrossLagged", "cross_lagged"]


@dataclass(frozen=True)
class CrossLagged:
    """A cross-lagged panel in both directions.

    Parameters
    ----------
    table : pandas.DataFrame
        Index the four coefficients as ``"from -> to"``; columns ``estimate``, ``standard_error``, ``p_value``, limits at each level,
        ``jackknife`` (split-panel bias-corrected estimate; NaN where a half cannot be estimated) and ``n``.
    first, second : str
        The two variables after logging.
    fits : tuple of 2 PanelFit
        The regression of the first and of the second.
    lag : int
        Years between cause and consequence looked at.
    """

    table: pd.DataFrame
    first: str
    second: str
    fits: tuple[PanelFit, PanelFit] = field(repr=False)
    lag: int = 1

    @property
    def sentence(self) -> str:
        """Both directions in plain English."""
        parts = []
        for source, target in ((self.first, self.second), (self.second, self.first)):
            row = self.table.loc[[f"{source} -> {target}"]]
            parts.append(
                f"{source} {self.lag} year{'s' if self.lag > 1 else ''} earlier goes with {number(float(row['estimate'].iloc[0]))} in {target} "
                f"(p = {number(float(row['p_value'].iloc[0]))})"
            )
        return (
            f"Within areas, {parts[0]}, and {parts[1]}. Neither is an effect: which comes first in the data need not come first in "
            "the world, and lagged outcomes bias short panels with area effects."
        )


@front_door
def cross_lagged(
    frame: pd.DataFrame,
    *,
    first: str,
    second: str,
    lag: int = 1,
    area: str = "area",
    time: str = "year",
    logs: Sequence[str] | str = (),
    controls: Sequence[str] | str = (),
    effects: str = "two-way",
    standardise: bool = False,
    **options: Any,
) -> CrossLagged:
    r"""Regress each of two variables on the lags of both.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and year.
    first, second : str
        Columns.
    lag : int
        Years of the lag, at least 1.
    area, time, logs, controls, effects, **options
        As in ``healthdevo.regression.panels.panel``.
    standardise : bool
        Whether both are divided by their standard deviation (after logs), so that the two directions compare.

    Notes
    -----
    :math:`y_{it} = a\,y_{i,t-l} + b\,x_{i,t-l} + \alpha_i + \tau_t + \varepsilon_{it}`, and the same with x and y exchanged. With area effects
    and a lagged outcome, least squares is biased by an amount of order 1/T (Nickell 1981). The split-panel jackknife
    :math:`2\hat\theta - (\hat\theta_1+\hat\theta_2)/2` over the earlier and later half of the years removes the leading term (Dhaene
    and Jochmans 2015) for stationary series; where it differs much from the estimate, the panel is too short for this question.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(30) for t in range(2008, 2018)], columns=["area", "year"])
    >>> frame = frame.assign(work=rng.normal(size=300), health=rng.normal(size=300))
    >>> list(cross_lagged(frame, first="work", second="health").table.index)
    ['work -> health', 'health -> health', 'health -> work', 'work -> work']
    """
    if lag < 1:
        raise InputError(f"lag: {lag!r} is not valid; give at least 1")
    if first == second:
        raise InputError(f"first and second: both are {first!r}; give two columns")
    if {"lags", "outcome", "regressors"} & set(options):
        raise InputError("options: lags, outcome and regressors are set by first, second and lag")
    need_columns(frame, [first, second, area, time])
    logged = [logs] if isinstance(logs, str) else list(logs)
    # by position, so that labels of rows that repeat do no harm
    data = frame.reset_index(drop=True)
    checked = check_panel(data, area, time, [first, second])
    names = {}
    for name, role in ((first, "first"), (second, "second")):
        values = pd.Series(checked[name].loc[data.index], index=data.index)
        if name in logged:
            if (values <= 0).any():
                row = values.index[(values <= 0).to_numpy()][0]
                raise InputError(f"column {name!r}: zero or negative at row {row!r}; it has no logarithm")
            values = np.log(values)
        label = f"log({name})" if name in logged else name
        names[role] = label
        data[label] = values / values.std() if standardise else values
        # the same values under a second name, because an outcome is not its own regressor
        data[f"past {label}"] = data[label]
    rest = [name for name in logged if name not in (first, second)]
    one, two = names["first"], names["second"]
    years = year_numbers(data[time])
    middle = float(np.median(np.unique(years.to_numpy())))

    def fit(source: pd.DataFrame, target: str, other: str) -> PanelFit:
        return panel(
            source,
            outcome=target,
            regressors=[f"past {other}", f"past {target}"],
            lags=lag,
            area=area,
            time=time,
            logs=rest,
            controls=controls,
            effects=effects,
            **options,
        )

    records: list[dict[str, Any]] = []
    fits = []
    for target, other in ((two, one), (one, two)):
        whole = fit(data, target, other)
        fits.append(whole)
        try:
            # both halves keep the rows that serve only as lags
            early = fit(data.loc[(years <= middle).to_numpy()], target, other)
            late = fit(data.loc[(years > middle - lag).to_numpy()], target, other)
            halves = (early.params["estimate"] + late.params["estimate"]) / 2
        except InputError:
            halves = pd.Series(np.nan, index=whole.params.index)
        for source in (other, target):
            term = f"L{lag}.past {source}"
            c = whole[term]
            record: dict[str, Any] = {
                "coefficient": f"{source} -> {target}",
                "estimate": c.estimate,
                "standard_error": c.standard_error,
                "p_value": c.p_value,
            }
            for i in c.intervals:
                record |= {f"lower_{100 * i.level:g}": i.lower, f"upper_{100 * i.level:g}": i.upper}
            records.append(record | {"jackknife": 2 * c.estimate - float(halves.loc[term]), "n": whole.n})
    return CrossLagged(pd.DataFrame(records).set_index("coefficient"), one, two, (fits[0], fits[1]), lag)
