"""Council spending after inflation, and what is assumed and published about the health that it buys."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from healthdevo.chapters.common.estimates import normal_estimate, record
from healthdevo.errors import TableError
from healthdevo.finance import Uncertain
from healthdevo.results import Estimate
from healthdevo.wording import join

PRICES = 2023
"""Year of the prices that all spending is expressed in."""
BASE_YEARS: Mapping[str, int] = {
    "public_health": 2016,
    "adult_social_care": 2011,
    "children_social_care": 2011,
}
"""First full year of each service with its present duties: children under 5 joined public health in October 2015."""

LIFE_YEARS = Uncertain(14.0, 4.0, "gamma")
"""Assumption: years of life gained when a preventable death before 75 is averted."""
QUALITY = Uncertain(0.75, 0.08, "beta")
"""Assumption: quality of these years, between 0 and 1."""

OWN_ELASTICITY = "This book: same council over time"
PUBLISHED_STUDY = "Martin, Lomas and Claxton, BMJ Open"
PUBLIC_HEALTH_ALONE = "public health alone"
"""The study's model that leaves health care out."""
_OUTCOME = "mortality with respect to public health spending"


def real_terms(frame: pd.DataFrame, deflator: pd.DataFrame, column: str, year: str) -> pd.Series:
    """Return a column of money in prices of ``PRICES``, by table ``gdp_deflator`` (of a financial year: that in which it starts)."""
    level = deflator.set_index("year")["deflator"]
    missing = sorted(set(frame[year]) - set(level.index))
    if missing:
        raise TableError(f"table gdp_deflator has no year {join([str(y) for y in missing])}")
    factor = float(level[PRICES]) / frame[year].map(level).astype(float)
    return pd.Series(frame[column].astype(float) * factor, index=frame.index)


def published_elasticities(published: pd.DataFrame) -> pd.DataFrame:
    """Return the published elasticities of mortality with respect to public health spending, from table ``published_estimate``."""
    rows = published[(published["study"] == PUBLISHED_STUDY) & (published["outcome"] == _OUTCOME)]
    if rows.empty:
        raise TableError(f"table published_estimate has no row of {PUBLISHED_STUDY} on {_OUTCOME}")
    return rows.sort_values("design").reset_index(drop=True)


def published_elasticity(published: pd.DataFrame) -> Estimate:
    """Return the published elasticity of the model of public health spending alone."""
    rows = published_elasticities(published)
    rows = rows[rows["design"].str.endswith(PUBLIC_HEALTH_ALONE)]
    if len(rows) != 1:
        raise TableError(
            f"table published_estimate has no elasticity of {PUBLISHED_STUDY}, {PUBLIC_HEALTH_ALONE}"
        )
    one = record(rows)
    measure, method = f"published elasticity of {_OUTCOME}", str(one["design"])
    return normal_estimate(measure, one["estimate"], one["standard_error"], method=method)
