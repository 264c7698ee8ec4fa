"""Whether the place that is good at one thing is good at another: rank correlations of measures with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.resampling import check_draws, generator
from healthdevo.mathematics.vectors import vector
from healthdevo.results import check_levels
from healthdevo.wording import number, span

__all__ = ["MeasureAgreement", "measure_agreement"]


@dataclass(frozen=True)
class MeasureAgreement:
    """Rank correlations of all pairs of measures.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each pair and level: ``first``, ``second``, ``estimate``, ``level``, ``lower``, ``upper``, ``n`` places that have both, and
        ``reason`` where there is none.
    mean : float
        Mean correlation of the pairs.
    method : str
        ``"kendall"`` or ``"spearman"``.
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    mean: float
    method: str

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        known = self.table.dropna(subset=["estimate"])
        low, high = known["estimate"].min(), known["estimate"].max()
        return f"Rank correlations of the measures run from {span(low, high)}, {number(self.mean, 2)} on average."

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()


@front_door
def measure_agreement(
    measures: pd.DataFrame,
    *,
    method: Literal["kendall", "spearman"] = "kendall",
    levels: float | Sequence[float] = 0.95,
    draws: int = 499,
    seed: int = 0,
) -> MeasureAgreement:
    """Return rank correlations of measures of the same places.

    Parameters
    ----------
    measures : pandas.DataFrame
        One row for each place (indexed by its code), one column for each of at least two measures, turned so that higher is better in each;
        empty where a place has no figure.
    method : {"kendall", "spearman"}
        Kendall's tau-b, or Spearman's rho.
    levels : float or sequence of float
    draws : int, default 499
        Resamples of places.
    seed : int, default 0

    Returns
    -------
    MeasureAgreement

    Raises
    ------
    InputError
        When a place stands twice, a column is no numbers, or no pair of measures has eight places.

    Notes
    -----
    Each pair takes the places that have both measures; with fewer than eight, or one measure the same everywhere, the pair has a ``reason``
    in place of a number. Intervals are percentiles of resampled places.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": range(8), "b": range(8), "c": range(7, -1, -1)}, index=list("stuvwxyz"))
    >>> measure_agreement(frame, draws=50).table["estimate"].round(9).tolist()
    [1.0, -1.0, -1.0]
    """
    wanted = check_levels(levels)
    check_draws(draws, 50)
    if measures.shape[1] < 2 or measures.columns.duplicated().any():
        raise InputError(f"measures: it has {measures.shape[1]} columns; give two or more, each once")
    if measures.empty or measures.index.duplicated().any():
        raise InputError("measures: give one row for each place, with its code as the label")
    order = np.argsort(measures.index.astype(str).to_numpy(), kind="stable")
    values = np.column_stack([vector(measures[c], str(c), missing=True) for c in measures.columns])[order]
    correlate = stats.kendalltau if method == "kendall" else stats.spearmanr
    rows: list[dict[str, object]] = []
    columns = list(measures.columns)
    for i, first in enumerate(columns):
        for j in range(i + 1, len(columns)):
            pair = values[:, [i, j]]
            pair = pair[np.isfinite(pair).all(axis=1)]
            base: dict[str, object] = {"first": first, "second": columns[j], "n": len(pair), "reason": ""}
            nan = float("nan")
            if len(pair) < 8 or (np.ptp(pair, axis=0) == 0.0).any():
                why = (
                    "fewer than eight places have both"
                    if len(pair) < 8
                    else "one measure is the same everywhere"
                )
                rows += [
                    base | {"estimate": nan, "level": v, "lower": nan, "upper": nan, "reason": why}
                    for v in wanted
                ]
                continue
            estimate = float(correlate(pair[:, 0], pair[:, 1]).statistic)
            rng = generator(seed)
            drawn = [pair[rng.integers(0, len(pair), len(pair))] for _ in range(draws)]
            found = [
                float(correlate(d[:, 0], d[:, 1]).statistic) for d in drawn if (np.ptp(d, axis=0) > 0.0).all()
            ]
            for level in wanted:
                lower, upper = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
                rows.append(
                    base
                    | {"estimate": estimate, "level": level, "lower": float(lower), "upper": float(upper)}
                )
    table = pd.DataFrame(rows)[["first", "second", "estimate", "level", "lower", "upper", "n", "reason"]]
    if table["estimate"].isna().all():
        raise InputError("measures: no two of them have eight places in common, so nothing can be compared")
    return MeasureAgreement(table, float(table.loc[table["level"] == wanted[0], "estimate"].mean()), method)
