"""A month of providers added up to NHS regions and boards."""

from __future__ import annotations

import numpy as np
import pandas as pd

from healthdevo.releases.emergency_csv import PILOT_MONTHS

__all__ = ["area_rows"]

_COUNTS = (
    "attendances",
    "attendances_booked",
    "over_4_hours",
    "attendances_4_hour_reporting",
    "admissions_via_ae",
)


def area_rows(months: pd.DataFrame, providers: pd.DataFrame, month: object) -> pd.DataFrame:
    """Return the rows of ``emergency_month`` for the NHS regions and boards of one month, as sums of their providers.

    Parameters
    ----------
    months : DataFrame
        Rows of ``emergency_provider_month``.
    providers : DataFrame
        ``emergency_provider``: region of each provider, and board of 2022 to 2026 where it has one.
    month : Timestamp
        The month.

    Returns
    -------
    DataFrame
        A row for each area and type of department that has a provider, and one for all types. Pilot trusts are in the attendances, but not in the
        four-hour figures. Providers without a board are in their region only.
    """
    rows = months[months["month"] == month].merge(
        providers[["provider_code", "nhs_region_code", "icb_code"]],
        on="provider_code",
        validate="many_to_one",
    )
    when = pd.Timestamp(str(month))
    booked = bool(rows["attendances_booked"].notna().any())
    reporting = rows["over_4_hours"].notna()
    rows["attendances_4_hour_reporting"] = np.where(reporting, rows["attendances"], 0.0)
    basis = "without_pilot_trusts" if PILOT_MONTHS[0] <= when <= PILOT_MONTHS[1] else "all_providers"
    found = []
    for column in ("nhs_region_code", "icb_code"):
        part = rows[rows[column].notna()].rename(columns={column: "area_code"})
        by_type = part.groupby(["area_code", "department_type"])[list(_COUNTS)].sum().reset_index()
        every = part.groupby("area_code")[list(_COUNTS)].sum().reset_index().assign(department_type="all")
        found += [by_type, every]
    result = pd.concat(found, ignore_index=True).assign(month=when, four_hour_basis=basis)
    if not booked:
        result["attendances_booked"] = float("nan")
    return result
