"""Gradients of preventable deaths across districts, and of length of life inside them, for areas made of districts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.chapters import common
from healthdevo.inequality import SlopeIndices, slope_index
from healthdevo.typing import FloatArray

_FEWEST = 3
_SMALLEST_PART = 0.05
_YEARS = 3


def district_parts(kind: str, codes: Sequence[str], size: pd.Series) -> pd.DataFrame:
    """Return the districts in areas of a kind, with the people they have there; pieces under a twentieth of a district are left aside."""
    inside = common.within_boards(kind)
    inside = inside[(inside["share"] >= _SMALLEST_PART) & inside["container_code"].isin(codes)]
    return inside.assign(people=inside["share"] * inside["area_code"].map(size)).dropna(subset=["people"])


def district_rates(mortality: pd.DataFrame, score: pd.Series, size: pd.Series) -> pd.DataFrame:
    """Return preventable deaths under 75 of each district: mean of the latest three years, its standard error, and deprivation."""
    rates = common.death_rate_series(mortality, common.LATEST_EDITION, size)
    last = list(rates.columns)[-_YEARS:]
    rate = rates[last].mean(axis=1)
    error = rate * common.yearly_errors(rates, size) / np.sqrt(_YEARS)
    frame = pd.DataFrame({"rate": rate, "error": error, "score": score.reindex(rates.index)})
    return frame.assign(start=last[0], end=last[-1]).dropna()


def across_districts(rates: pd.DataFrame, parts: pd.DataFrame, codes: Sequence[str]) -> SlopeIndices:
    """Return the gradient of preventable deaths across the districts of each area, from the most to the least deprived one."""
    people = {code: rows.set_index("area_code")["people"] for code, rows in parts.groupby("container_code")}
    none = pd.Series(dtype=float, name="people")
    joined = [rates.join(people.get(code, none), how="inner") for code in codes]
    rows = [one.sort_values("score", ascending=False) for one in joined]
    counts = np.array([len(r) for r in rows])

    def grid(column: str, filler: float) -> FloatArray:
        cells = np.full((len(rows), max(_FEWEST, counts.max())), filler)
        for i, r in enumerate(rows):
            cells[i, : len(r)] = r[column].to_numpy(float)
        return cells

    return slope_index(
        grid("rate", np.nan),
        grid("people", 1.0),
        standard_errors=grid("error", np.nan),
        higher_is="worse",
        group_counts=np.maximum(counts, _FEWEST),
        index=pd.Index(codes),
        unit="deaths per 100,000",
    )


def inside_districts(published: pd.DataFrame, parts: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    """Return the mean published slope index of the districts of each area and of England, by period, with limits.

    The mean of women's and men's indices, weighted by people; standard errors from the scatter of the series.
    """
    everything = size.rename("people").astype(float).reset_index().assign(container_code=common.ENGLAND)
    parts = pd.concat([parts[["area_code", "container_code", "people"]], everything])
    found = []
    for sex in common.SEXES:
        series = common.slope_series(published, common.LATEST_EDITION, sex, size)
        long = series.melt(ignore_index=False, var_name="start", value_name="slope").reset_index().dropna()
        both = long.merge(parts, on="area_code").rename(columns={"container_code": "area", "people": "w"})
        square = (both["w"] * both["area_code"].map(common.period_errors(series, size))) ** 2
        both = both.assign(product=both["w"] * both["slope"], square=square, districts=1)
        sums = both.groupby(["area", "start"])[["w", "product", "square", "districts"]].sum()
        found.append(sums.assign(slope=sums["product"] / sums["w"], variance=sums["square"] / sums["w"] ** 2))
    women, men = found[0].align(found[1], join="inner", axis=0)
    slope = (women["slope"] + men["slope"]) / 2
    error = (women["variance"] + men["variance"]) ** 0.5 / 2
    frame = pd.DataFrame({"slope": slope, "error": error, "districts": women["districts"]})
    frame = frame.rename_axis(["area_code", "start"]).reset_index().astype({"start": int})
    return common.with_limits(frame, "slope", "error")
