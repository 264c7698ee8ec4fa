"""Spans of time that figures shade."""

from __future__ import annotations

import pandas as pd

from healthdevo.charts import Span
from healthdevo.emergency import TYPE_3_SHORTFALL as SHORTFALL_BREAK
from healthdevo.series import PANDEMIC as PANDEMIC_MONTHS

__all__ = ["PANDEMIC", "TYPE_3_SHORTFALL"]

PANDEMIC = Span(pd.Timestamp(PANDEMIC_MONTHS[0]), pd.Timestamp(PANDEMIC_MONTHS[1]), "pandemic")
TYPE_3_SHORTFALL = Span(
    pd.Timestamp(SHORTFALL_BREAK.start),
    pd.Period(SHORTFALL_BREAK.end, freq="M").end_time.normalize(),
    "type 3 figures short",
)
