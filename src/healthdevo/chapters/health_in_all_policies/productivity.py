"""Health as a condition of prosperity: productivity and health of districts on each other's past, in both directions, over twenty years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import BEFORE_PANDEMIC, record, source_line
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.health_in_all_policies import words
from healthdevo.chapters.health_in_all_policies.directions import LAG_COLUMNS
from healthdevo.charts import Chart, Table, interval_chart, page_table, text_column
from healthdevo.regression import adjust_p_values, cross_lagged

VALUE = "value_added_per_hour"
HEALTH: Mapping[str, str] = {"rate": "avoidable admissions", "mortality_ratio": "deaths of all causes"}
"""Columns of health, which are better low, and their names."""
LAGS = (1, 3, 5)
"""Years between the two: figures of productivity are smoothed over years, so one year is too short to trust alone."""
SOURCE = ("productivity_district", "chronic_admission", "mortality_ratio_derived")
_SHOWN = ["estimate", "lower_95", "upper_95", "p_value", "jackknife", "n"]


@kept
def _links(panel: pd.DataFrame) -> pd.DataFrame:
    """Return every lagged link in both directions, in standard deviations, with p-values adjusted for their number."""
    early = panel[panel["year"] <= BEFORE_PANDEMIC]
    samples = {"all years": panel, "before the pandemic": early}
    rows: list[dict[str, Any]] = []
    for (sample, part), (column, name), lag in product(samples.items(), HEALTH.items(), LAGS):
        known = part.dropna(subset=[VALUE, column])
        if sample == "all years" and known["year"].max() <= BEFORE_PANDEMIC:
            continue  # the same rows as before the pandemic
        result = cross_lagged(
            known,
            first=VALUE,
            second=column,
            lag=lag,
            area="area_code",
            logs=[VALUE, column],
            standardise=True,
        )
        for source, target, direction in (
            (result.second, result.first, f"{name} to productivity"),
            (result.first, result.second, f"productivity to {name}"),
        ):
            link = {"sample": sample, "health": name, "direction": direction, "lag": lag}
            link |= {"to_health": target == result.second, "districts": known["area_code"].nunique()}
            rows.append(link | record(result.table.loc[[f"{source} -> {target}"], _SHOWN]))
    frame = pd.DataFrame(rows).rename(columns={"lower_95": "lower", "upper_95": "upper"})
    adjusted = adjust_p_values({str(i): float(p) for i, p in enumerate(frame["p_value"])})["adjusted"]
    off = (frame["jackknife"] - frame["estimate"]).abs() > (frame["upper"] - frame["lower"]) / 2
    return frame.assign(holm=adjusted.to_numpy(), doubtful=off | frame["jackknife"].isna())


@dataclass(frozen=True)
class Productivity:
    """Value added per hour and health of districts by year; a place without breaks of recording in its admissions."""

    panel: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Productivity:
        """Load the tables that the section needs."""
        return cls(
            joined(
                tables.load("productivity_district"),
                tables.load("chronic_admission"),
                tables.load("mortality_ratio_derived"),
            )
        )

    @property
    def years(self) -> tuple[int, int]:
        """First and last year with productivity per hour."""
        return int(self.panel["year"].min()), int(self.panel["year"].max())

    @cached_property
    def links(self) -> pd.DataFrame:
        """Every lagged link in both directions, in standard deviations, with p-values adjusted for their number."""
        return _links(self.panel)

    def link(self, direction: str, lag: int) -> dict[str, Any]:
        """Return one link before the pandemic."""
        rows = self.links
        chosen = (rows["sample"] == "before the pandemic") & (rows["direction"] == direction)
        return record(rows[chosen & (rows["lag"] == lag)])

    def chart(self) -> Chart:
        """Draw all links before the pandemic."""
        data = self.links.query("sample == 'before the pandemic'")
        data = data.assign(
            label=[
                f"{d}, {lag} year{'s' if lag > 1 else ''}"
                for d, lag in zip(data["direction"], data["lag"], strict=True)
            ]
        ).sort_values(["to_health", "health", "lag"], kind="stable")
        return interval_chart(
            data,
            label="label",
            value="estimate",
            lower="lower",
            upper="upper",
            focus=data.loc[~data["to_health"], "label"].tolist(),
            reference=0.0,
            reference_text="no link",
            x_label="standard deviations",
            caption=words.productivity(self),
        )

    def table(self) -> Table:
        """Show all lagged links."""
        return page_table(
            self.links,
            [
                *LAG_COLUMNS,
                text_column("Districts", "districts"),
            ],
            table_id="productivity-in-numbers",
            caption=words.PRODUCTIVITY_TABLE,
            source=source_line(*SOURCE),
        )


def joined(value: pd.DataFrame, admissions: pd.DataFrame, deaths: pd.DataFrame) -> pd.DataFrame:
    """Return productivity per hour, rates of avoidable admissions and ratios of deaths by district and year.

    A financial year counts as the year in which it starts. Districts with a marked break of recording have no admissions.

    >>> one = pd.DataFrame({"area_code": ["a", "a"], "year": [2003, 2004], "value_added_per_hour": [float("nan"), 20.0]})
    >>> two = pd.DataFrame({"area_code": ["a"], "financial_year_start": [2004], "rate": [800.0], "recording_break": [False]})
    >>> joined(one, two, pd.DataFrame({"area_code": ["a"], "year": [2004], "mortality_ratio": [101.0]})).to_dict("records")
    [{'area_code': 'a', 'year': 2004, 'value_added_per_hour': 20.0, 'rate': 800.0, 'mortality_ratio': 101.0}]
    """
    broken = set(admissions.loc[admissions["recording_break"], "area_code"])
    rates = admissions[~admissions["area_code"].isin(broken)]
    rates = rates.rename(columns={"financial_year_start": "year"})[["area_code", "year", "rate"]]
    ratios = deaths[["area_code", "year", "mortality_ratio"]]
    found = value.dropna(subset=[VALUE])[["area_code", "year", VALUE]]
    found = found.merge(rates, on=["area_code", "year"], how="left")
    result: pd.DataFrame = found.merge(ratios, on=["area_code", "year"], how="left")
    return result
