"""Dated disruptions of A&E figures that trends and forecasts have to know of."""

from __future__ import annotations

from healthdevo.series import Break

__all__ = ["TYPE_3_SHORTFALL"]

TYPE_3_SHORTFALL = Break("type 3 reporting shortfall", "2022-08", "2023-02")
"""Months in which type 3 departments could not report in full after an attack on a supplier's computers."""
