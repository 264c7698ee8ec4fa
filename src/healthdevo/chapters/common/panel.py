"""The yearly panel of upper-tier areas, and what several chapters compute from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common.estimates import record
from healthdevo.chapters.common.places import ENGLAND
from healthdevo.regression import PanelFit, panel

OUTCOME = "preventable_mortality"
BEFORE_PANDEMIC = 2019
"""Last year before the pandemic."""
NEED = ("deprivation_score_2019", "share_65_plus")
"""What measures the need of an area's people."""


def named_panel() -> pd.DataFrame:
    """Return the panel of upper-tier areas with the short name of each."""
    frame = tables.load("area_year_panel")
    names = {code: areas.get(code).short_name for code in frame["area_code"].unique()}
    return frame.assign(name=frame["area_code"].map(names))


def fit_panel(
    frame: pd.DataFrame,
    service: str,
    *,
    outcome: str = OUTCOME,
    effects: str = "two-way",
    errors: str = "clustered",
    controls: Sequence[str] = (),
    lags: int = 0,
    last: int | None = None,
) -> PanelFit:
    """Fit log outcome on log spending, to the last year where given; the coefficient is an elasticity.

    >>> fit = fit_panel(named_panel(), "public_health_spending")
    >>> fit.effects, fit.outcome
    ('two-way', 'log(preventable_mortality)')
    """
    rows = frame if last is None else frame[frame["year"] <= last]
    return panel(
        rows,
        outcome=outcome,
        regressors=service,
        area="area_code",
        logs=[outcome, service],
        effects=effects,
        errors=errors,
        controls=list(controls),
        lags={service: lags},
    )


def percent_changes(frame: pd.DataFrame, columns: Sequence[str], first: int) -> pd.DataFrame:
    """Return the change of columns in per cent from a year to the last before the pandemic, area by area."""
    rows = frame[frame["year"].isin([first, BEFORE_PANDEMIC])].dropna(subset=list(columns))
    wide = rows.pivot_table(index=["area_code", "name"], columns="year", values=list(columns))
    result = {c: 100 * (wide[c][BEFORE_PANDEMIC] / wide[c][first] - 1) for c in columns}
    return pd.DataFrame(result).dropna().reset_index()


def straight_line(frame: pd.DataFrame, x: str, y: str) -> tuple[float, float]:
    """Return intercept and slope of the least-squares line through the points of two columns.

    >>> [round(v, 6) for v in straight_line(pd.DataFrame({"x": [0.0, 1.0], "y": [1.0, 3.0]}), "x", "y")]
    [1.0, 2.0]
    """
    slope, intercept = np.polyfit(frame[x], frame[y], 1)
    return float(intercept), float(slope)


def name_at(frame: pd.DataFrame, column: str, position: int) -> str:
    """Return the name that stands at a position when rows are sorted by a column.

    >>> name_at(pd.DataFrame({"name": ["A", "B"], "x": [2, 1]}), "x", -1)
    'A'
    """
    return str(record(frame.sort_values([column, "name"]), position)["name"])


def under_75(population_age: pd.DataFrame) -> pd.DataFrame:
    """Return people under 75 (``persons``) by area and year from table ``population_age``; England is the sum of its regions."""
    groups = population_age["age_group"].astype(str)
    names = pd.Series(groups.unique())
    start = dict(zip(names, names.str.extract(r"^(\d+)")[0].astype(int), strict=True))
    young = population_age[groups.map(start) < 75]
    sums = young.groupby(["area_code", "year"], as_index=False, observed=True)["persons"].sum()
    regions = sums[sums["area_code"].str.startswith("E12")]
    england = regions.groupby("year", as_index=False)["persons"].sum().assign(area_code=ENGLAND)
    result: pd.DataFrame = pd.concat([sums[sums["area_code"] != ENGLAND], england], ignore_index=True)
    return result
