"""The measures of hospital care that the chapter compares: one value for each trust and month, turned so that higher is better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common.remembered import remembered

ACUTE = "Acute trust"


@dataclass(frozen=True)
class Measure:
    """A measure: its name, its table, and the two windows of the same months that are compared."""

    title: str
    table: str
    first: tuple[str, str]
    second: tuple[str, str]
    about: str


MEASURES: Mapping[str, Measure] = {
    "four_hours": Measure(
        "A&E within four hours",
        "emergency_provider_month",
        ("2024-04", "2025-03"),
        ("2025-04", "2026-03"),
        "share of attendances",
    ),
    "eighteen_weeks": Measure(
        "Waiting list within 18 weeks",
        "waiting_list_provider_month",
        ("2024-04", "2024-07"),
        ("2025-04", "2025-07"),
        "share of pathways",
    ),
    "cancer": Measure(
        "Cancer treated within 62 days",
        "cancer_provider_month",
        ("2024-04", "2024-07"),
        ("2025-04", "2025-07"),
        "share of patients",
    ),
    "diagnostics": Measure(
        "Tests within six weeks",
        "diagnostic_provider_month",
        ("2024-08", "2025-01"),
        ("2025-02", "2025-07"),
        "share of those waiting",
    ),
    "discharge": Measure(
        "Few kept in hospital needlessly",
        "discharge_provider_month",
        ("2023-09", "2024-08"),
        ("2024-09", "2025-08"),
        "days for each discharge, turned round",
    ),
    "attendance": Measure(
        "Low sickness absence",
        "sickness_absence_month",
        ("2024-04", "2024-09"),
        ("2024-10", "2025-03"),
        "share of days, turned round",
    ),
    "engagement": Measure(
        "Staff engagement", "staff_survey", ("2024", "2024"), ("2025", "2025"), "survey score"
    ),
    "morale": Measure("Staff morale", "staff_survey", ("2024", "2024"), ("2025", "2025"), "survey score"),
}


def acute() -> pd.DataFrame:
    """Return the acute trusts of the official league table."""
    table = tables.load("oversight_trust")
    return table[table["trust_type"] == ACUTE].reset_index(drop=True)


def _four_hours() -> pd.DataFrame:
    frame = tables.load("emergency_provider_month")
    frame = frame[~frame["pilot_trust"]]
    parts = frame.groupby(["provider_code", "month"], as_index=False)[["attendances", "over_4_hours"]].sum()
    parts = parts[parts["attendances"] > 0]
    return parts.assign(
        value=1.0 - parts["over_4_hours"].astype(float) / parts["attendances"].astype(float),
        size=parts["attendances"],
    )


def _shares() -> dict[str, pd.DataFrame]:
    waiting = tables.load("waiting_list_provider_month")
    cancer = tables.load("cancer_provider_month")
    cancer = cancer[cancer["standard"] == "62_day"]
    tests = tables.load("diagnostic_provider_month")
    found = {
        "eighteen_weeks": (waiting, waiting["within_18_weeks"], waiting["incomplete"]),
        "cancer": (cancer, cancer["within_standard"], cancer["patients"]),
        "diagnostics": (tests, tests["waiting"] - tests["over_6_weeks"], tests["waiting"]),
    }
    return {
        name: frame.assign(value=part.astype(float) / whole.astype(float), size=whole)[
            (whole >= 50).to_numpy()
        ]
        for name, (frame, part, whole) in found.items()
    }


def monthly() -> dict[str, pd.DataFrame]:
    """Return for each measure ``provider_code``, ``month``, ``value`` and ``size``: acute trusts, months with at least 50 cases.

    ``size`` is the number of cases where the value is a share of people or pathways, and missing elsewhere.
    """
    trusts = set(acute()["provider_code"])
    found = {"four_hours": _four_hours(), **_shares()}
    leaving = tables.load("discharge_provider_month")
    leaving = leaving[leaving["discharged"].fillna(0) >= 50].dropna(subset=["ready_to_leave"])
    days = leaving["ready_to_leave"] * leaving["days"].astype(float) / leaving["discharged"].astype(float)
    found["discharge"] = leaving.assign(value=-days, size=np.nan)
    sick = tables.load("sickness_absence_month")
    found["attendance"] = sick.assign(value=-sick["fte_days_lost"] / sick["fte_days_available"], size=np.nan)
    survey = tables.load("staff_survey")
    for measure in ("engagement", "morale"):
        rows = survey[survey["measure"] == measure]
        month = pd.to_datetime(rows["year"].astype(str) + "-01-01")
        found[measure] = rows.assign(month=month, value=rows["score"], size=np.nan)
    kept = {}
    for name, frame in found.items():
        rows = frame.loc[frame["provider_code"].isin(trusts), ["provider_code", "month", "value", "size"]]
        kept[name] = rows[np.isfinite(rows["value"].to_numpy(dtype=float))].reset_index(drop=True)
    return kept


def window(frame: pd.DataFrame, months: tuple[str, str]) -> pd.Series:
    """Return each trust's mean over the months of a window, trusts that have every month in which most have a figure."""
    rows = frame[frame["month"].between(months[0], pd.Period(months[1], "M").end_time)]
    if len(months[0]) == len("2024"):
        rows = frame[frame["month"].dt.year == int(months[0])]
    count = rows.groupby("provider_code")["value"].count()
    full = count.index[count == count.max()]
    return rows[rows["provider_code"].isin(full)].groupby("provider_code")["value"].mean()


@remembered()
def places() -> pd.DataFrame:
    """Return the NHS region and board of each trust, by its code; trusts without an A&E department have none."""
    table = tables.load("emergency_provider").set_index("provider_code")
    return table.loc[table["icb_code"].notna(), ["nhs_region_code", "icb_code"]]
