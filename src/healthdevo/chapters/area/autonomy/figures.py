"""Figures by which areas of a kind are ranked, gathered from councils, districts and boards."""

from __future__ import annotations

import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.filling import loaded
from healthdevo.chapters.area.inequality.section import AreaInequality
from healthdevo.chapters.autonomy.standing import means_of_councils, of_boards, of_councils
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.footprint.borders import people_of_districts
from healthdevo.chapters.footprint.flows import main_container, regions_of

DEATHS = "preventable_deaths"
COLUMNS = ["area_code", "value", "measure", "error", "period"]


def group_of(area: Area) -> str:
    """Return the kind or group that an area is ranked in: councils that pay for care stand together, and so do all districts.

    >>> group_of(areas.get("E10000017")), group_of(areas.get("E08000003")), group_of(areas.get("E07000008"))
    ('upper_tier', 'upper_tier', 'district')
    """
    for group in reversed(areas.KINDS.group_codes):
        if area.kind in areas.KINDS.members(group):
            return group
    return area.kind


def councils_within(kind: str) -> pd.DataFrame:
    """Return the councils that pay for care in each area of a kind today, with their people there."""
    rows = regions_of(kind)
    rows = rows.assign(
        people=rows["share"] * rows["area_code"].map(people_of_districts()),
        area_code=rows["area_code"].map(main_container("upper_tier")),
    )
    return rows.groupby(["area_code", "region"])["people"].sum().reset_index()


@remembered()
def _means_within(kind: str) -> pd.DataFrame:
    return means_of_councils(of_councils(), councils_within(kind))


def figures(area: Area) -> pd.DataFrame:
    """Return the figures of all areas that an area is ranked among: ``area_code``, ``value``, ``measure``, ``error``, ``period``."""
    group = group_of(area)
    if group == "upper_tier":
        return of_councils()
    if group == "icb":
        return of_boards()
    if group == "district":
        rates = loaded(AreaInequality, area.code).rates
        period = f"{rates['start'].iloc[0]} to {rates['end'].iloc[0]}"
        rows = rates.rename(columns={"rate": "value"})[["value", "error"]].rename_axis("area_code")
        return rows.reset_index().assign(measure=DEATHS, period=period)
    return _means_within(group)
