"""Where boards, authorities and councils stand in care for adults and in staff: figures of all areas of a kind, and ranks with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.autonomy.measures import places
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.common.remembered import remembered
from healthdevo.governance import league_table
from healthdevo.wording import financial_year

LEAST_COVERED = 0.5
"""Least share of an authority's people whose councils must have a figure."""
FEWEST = 4
"""Fewest areas that can be ranked."""
NEED_YEAR = 2022


@dataclass(frozen=True)
class Figure:
    """A figure by which areas are ranked: its name, its table, which end is first, unit in words, and figures shown."""

    title: str
    table: str
    first: str
    unit: str
    figures: int


COUNCILS: Mapping[str, Figure] = {
    "workforce_turnover_rate": Figure(
        "Staff turnover in social care", "social_care_outcome", "lowest", "% of staff in a year", 2
    ),
    "quality_of_life": Figure(
        "Quality of life of users", "social_care_outcome", "highest", "on a scale to 1", 2
    ),
    "short_term_service_no_further_need": Figure(
        "No lasting need after short help", "social_care_outcome", "highest", "% of new users", 2
    ),
    "ease_of_information_users": Figure(
        "Ease of finding information", "social_care_outcome", "highest", "% of users", 2
    ),
    "assessment": Figure("Assessment by the regulator", "council_assessment", "highest", "points of 4", 2),
}
"""Figures of councils that pay for care, and of what they add up to."""
BOARDS: Mapping[str, Figure] = {
    "sickness": Figure("Sickness absence", "sickness_absence_month", "lowest", "% of days", 2),
    "doctors": Figure(
        "Doctors in general practice", "general_practice_staff", "highest", "for 100,000 patients", 2
    ),
    "staff": Figure(
        "Hospital and community staff", "staff_board_month", "highest", "for 1,000 people by need", 3
    ),
}
"""Figures of boards that the section on hospital care has not."""
DISTRICTS: Mapping[str, Figure] = {
    "preventable_deaths": Figure(
        "Preventable deaths under 75", "under_75_mortality", "lowest", "for 100,000 people", 3
    )
}
"""Figures of districts that do not pay for care."""
FIGURES: Mapping[str, Figure] = {**COUNCILS, **BOARDS, **DISTRICTS}


def yearly_errors(panel: pd.DataFrame) -> pd.Series:
    """Return the standard error of one year's figure of each area: how far its figures move from one year to the next.

    ``panel`` has a row for each area and a column for each year. The common change of a year is taken out; what is left of a change has twice
    the variance of one year's ups and downs. The variance of an area is the mean of its own and that of all areas, so that small areas have
    wider intervals. Real change counts among the ups and downs, so the error is rather too large.

    >>> yearly_errors(pd.DataFrame({2020: [1.0, 2.0, 3.0], 2021: [2.0, 1.0, 3.0]})).round(2).tolist()
    [0.79, 0.79, 0.5]
    """
    moved = panel.diff(axis=1)
    moved = moved - moved.mean()
    years = int((moved.notna().sum() > 0).sum())
    count = int(moved.notna().sum().sum())
    free = count / (count - years)
    own = (moved**2).mean(axis=1) * free / 2.0
    every = float(np.nansum(moved.to_numpy() ** 2) / (count - years) / 2.0)
    return pd.Series(np.sqrt((own.fillna(every) + every) / 2.0), index=panel.index)


def panels() -> dict[str, pd.DataFrame]:
    """Return each figure of social care by council (rows) and year (columns)."""
    rows = tables.load("social_care_outcome")
    return {
        name: rows[rows["measure"] == name].pivot_table(
            index="area_code", columns="financial_year_start", values="value"
        )
        for name, figure in COUNCILS.items()
        if figure.table == "social_care_outcome"
    }


def assessments() -> pd.DataFrame:
    """Return the mean score of each assessed council with its standard error.

    The nine scores of a council disagree. What is left of them after the mean of each council and of each score is pooled, as for the domains
    of trusts: how far a mean would move if as many other things had been judged.
    """
    table = tables.load("council_assessment").set_index("area_code")
    scores = table.filter(regex="^score_").astype(float)
    left = scores.sub(scores.mean(axis=1), axis=0).sub(scores.mean() - scores.to_numpy().mean(), axis=1)
    n, k = scores.shape
    error = np.sqrt((left.to_numpy() ** 2).sum() / ((n - 1) * (k - 1)) / k)
    return pd.DataFrame({"value": scores.mean(axis=1), "error": error})


@remembered()
def of_councils() -> pd.DataFrame:
    """Return the latest figure of every council: ``measure``, ``area_code``, ``value``, ``error``, ``period``."""
    found = []
    for name, panel in panels().items():
        year = int(panel.columns[-1])
        found.append(_figure(name, panel[year].dropna(), yearly_errors(panel), financial_year(year)))
    months = tables.load("council_assessment")["report_month"]
    period = f"{months.min():%B %Y} to {months.max():%B %Y}"
    found.append(assessments().reset_index().assign(measure="assessment", period=period))
    return pd.concat(found, ignore_index=True)


def means_of_councils(councils: pd.DataFrame, within: pd.DataFrame) -> pd.DataFrame:
    """Return the means of councils in each wider area, weighted by their people; areas of which half the people have no figure are left out.

    ``within`` has ``area_code`` of a council, ``region`` it lies in and its ``people`` there.
    """
    total = within.groupby("region")["people"].sum()
    both = councils.merge(within, on="area_code")
    both = both.assign(product=both["value"] * both["people"], square=(both["error"] * both["people"]) ** 2)
    sums = both.groupby(["measure", "period", "region"])[["people", "product", "square"]].sum().reset_index()
    sums = sums[sums["people"] >= LEAST_COVERED * sums["region"].map(total)]
    return pd.DataFrame(
        {
            "measure": sums["measure"],
            "area_code": sums["region"],
            "value": sums["product"] / sums["people"],
            "error": np.sqrt(sums["square"]) / sums["people"],
            "period": sums["period"],
        }
    ).reset_index(drop=True)


def _sickness() -> pd.DataFrame:
    """Return the share of days lost by board and month, per cent: trusts with an A&E department are added up where they lie."""
    rows = tables.load("sickness_absence_month")
    rows = rows.assign(area_code=rows["provider_code"].map(places()["icb_code"])).dropna(subset=["area_code"])
    sums = rows.groupby(["month", "area_code"])[["fte_days_lost", "fte_days_available"]].sum()
    share = (100.0 * sums["fte_days_lost"] / sums["fte_days_available"]).rename("value").reset_index()
    return share.pivot_table(index="area_code", columns="month", values="value")


@remembered()
def of_boards() -> pd.DataFrame:
    """Return the latest figure of every board of 2022 to 2026: ``measure``, ``area_code``, ``value``, ``error``, ``period``."""
    sick = _sickness().dropna()
    level, year = sick.mean(axis=1), sick.sub(sick.mean(), axis=1)
    scatter = year.sub(year.mean(axis=1), axis=0).to_numpy()
    again = float(np.clip((scatter[:, 1:] * scatter[:, :-1]).mean() / (scatter**2).mean(), 0.0, 0.9))
    months = sick.shape[1]
    error = np.sqrt(
        (scatter**2).sum() / ((len(sick) - 1) * (months - 1)) / months * (1 + again) / (1 - again)
    )
    found = [
        _figure(
            "sickness",
            level,
            pd.Series(float(error), index=level.index),
            f"{sick.columns[0]:%B %Y} to {sick.columns[-1]:%B %Y}",
        )
    ]
    practice = tables.load("general_practice_staff")
    doctors = practice[practice["staff_group"] == "doctors"].pivot_table(
        index="area_code", columns="year", values="staff_per_100000"
    )
    found.append(_figure("doctors", doctors.iloc[:, -1], yearly_errors(doctors), str(doctors.columns[-1])))
    staff = tables.load("staff_board_month").pivot_table(index="area_code", columns="month", values="staff")
    formula = tables.load("allocation_need")
    need = formula[formula["financial_year_start"] == NEED_YEAR].set_index("area_code")["core"].astype(float)
    when = pd.DatetimeIndex(staff.columns)
    march = staff.loc[staff.index.isin(need.index), (when.month == 3).tolist()]
    rates: pd.DataFrame = 1000.0 * march.div(need.reindex(march.index), axis=0)
    last = f"{when[when.month == 3][-1]:%B %Y}"
    found.append(_figure("staff", rates.iloc[:, -1], yearly_errors(rates), last))
    return pd.concat(found, ignore_index=True)


def _figure(measure: str, value: pd.Series, error: pd.Series, period: str) -> pd.DataFrame:
    rows = pd.DataFrame({"value": value, "error": error.reindex(value.index)}).rename_axis("area_code")
    return rows.reset_index().assign(measure=measure, period=period)


@kept
def ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """Rank all areas in each measure: ``rank``, its 95% limits, number of ``areas``, ``median`` value, share of pairs ``swappable``, median ``width``.

    Measures of fewer than four areas are left out.
    """
    found = []
    for measure, part in rows.groupby("measure", sort=True):
        part = part.sort_values("area_code").reset_index(drop=True)
        if len(part) < FEWEST:
            continue
        first: Any = FIGURES[str(measure)].first
        league = league_table(part["value"], part["error"], first=first, draws=1000, seed=1)
        frame = league.to_frame()
        found.append(
            part.assign(
                **{
                    c: frame[c].to_numpy()
                    for c in ("rank", "lower", "upper", "first_quarter", "last_quarter")
                },
                areas=len(part),
                median=float(part["value"].median()),
                swappable=league.swappable,
                width=league.width,
                reliability=league.reliability,
            )
        )
    columns = [
        *rows.columns,
        "rank",
        "lower",
        "upper",
        "first_quarter",
        "last_quarter",
        "areas",
        "median",
        "swappable",
        "width",
        "reliability",
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
