"""The services whose spending the chapter follows, as columns of the panel."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "ADULT",
    "ALL_SERVICES",
    "CANNOT_CHANGE",
    "CHILDREN",
    "PUBLIC_HEALTH",
    "SERVICES",
    "for_ten_per_cent",
]

PUBLIC_HEALTH = "public_health_spending"
ADULT = "adult_social_care_spending"
CHILDREN = "children_social_care_spending"
"""The check: it cannot prevent deaths of adults in the same year."""

SERVICES: Mapping[str, str] = {PUBLIC_HEALTH: "public health", ADULT: "adult social care"}
"""Columns of the panel and the services they hold."""
ALL_SERVICES: Mapping[str, str] = {**SERVICES, CHILDREN: "children's social care"}
"""The same with the check."""
CANNOT_CHANGE: Mapping[str, str] = {
    "housing_affordability_ratio": "house prices against earnings",
    "median_weekly_pay": "weekly pay",
    "household_income_per_head": "household income per head",
}
"""Placebo outcomes: this year's public health or social care spending does not change them."""


def for_ten_per_cent(elasticity: float) -> float:
    """Return the relative difference in the outcome that goes with ten per cent more spending.

    Examples
    --------
    >>> round(for_ten_per_cent(-0.1), 4)
    -0.0095
    """
    return float(1.1**elasticity - 1.0)
