"""Workforce: staff of boards for each person's need since 2009, and whether staff turnover in social care goes with delayed discharge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.common import ENGLAND, plain_name, source_line
from healthdevo.charts import (
    Chart,
    Table,
    estimate_column,
    interval_chart,
    line_chart,
    page_table,
    text_column,
    value_column,
)
from healthdevo.errors import TableError
from healthdevo.governance import measure_agreement
from healthdevo.inequality import coefficient_of_variation
from healthdevo.results import Estimate, Interval
from healthdevo.typing import FloatArray

NEED_YEAR = 2022
"""Need is that of the first year of the allocation table, held still, so that changes are those of staff."""
CARE: Mapping[str, str] = {
    "workforce_turnover_rate": "Staff turnover in social care",
    "short_term_service_no_further_need": "No lasting need after short help",
    "ease_of_information_users": "Information is easy to find",
    "quality_of_life": "Quality of life of users",
}
"""Measures of social care; the first is the main one, fixed before results were seen."""
DELAYS = "delayed_transfer_days_social_care"
YEARS = (2016, 2017, 2018)
"""Financial years, by their start, that hold both social care measures and delays."""


@dataclass(frozen=True)
class Workforce:
    """Staff of boards by month, their need, and social care with delays by area and year."""

    staff: pd.DataFrame = field(repr=False)
    need: pd.Series = field(repr=False)
    care: pd.DataFrame = field(repr=False)
    practice: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    """Staff of general practice for 100,000 patients by board, year and group."""
    draws: int = 499

    @classmethod
    def load(cls, draws: int = 499) -> Workforce:
        """Load the tables: staff by month (rows) and board, and one row for each area and year of ``YEARS``."""
        rows = tables.load("staff_board_month")
        staff = rows[rows["area_code"] != ENGLAND].pivot_table(
            index="month", columns="area_code", values="staff"
        )
        formula = tables.load("allocation_need")
        need = formula[formula["financial_year_start"] == NEED_YEAR].set_index("area_code")["core"]
        missing = sorted(set(staff.columns) - set(need.index))
        if missing:
            raise TableError(f"table allocation_need, year {NEED_YEAR}: no need of board {missing[0]}")
        care = tables.load("social_care_outcome")
        care = care[care["measure"].isin(CARE) & care["financial_year_start"].isin(YEARS)]
        wide = care.pivot_table(
            index=["area_code", "financial_year_start"], columns="measure", values="value"
        )
        outcome = tables.load("local_outcome")
        late = outcome[(outcome["indicator"] == DELAYS) & outcome["year"].isin(YEARS)]
        delays = late.set_index(["area_code", "year"])["value"].rename("delays")
        delays.index = delays.index.set_names(["area_code", "financial_year_start"])
        both = wide.join(delays, how="inner").dropna(subset=["delays"]).reset_index()
        practice = tables.load("general_practice_staff")
        return cls(staff, need[staff.columns].astype(float), both, practice, draws)

    @cached_property
    def per_need(self) -> pd.DataFrame:
        """Staff of each board for 1,000 people weighted by need, by month."""
        return 1000.0 * self.staff / self.need

    @cached_property
    def england(self) -> pd.Series:
        """Staff of all boards for 1,000 people weighted by need, by month."""
        return 1000.0 * self.staff.sum(axis=1) / float(self.need.sum())

    @cached_property
    def spread(self) -> pd.Series:
        """Spread between boards by month: coefficient of variation, boards weighted by need."""
        return pd.Series(
            {
                month: coefficient_of_variation(row.to_numpy(), weights=self.need.to_numpy()).estimate
                for month, row in self.per_need.iterrows()
            }
        )

    @cached_property
    def spread_change(self) -> Estimate:
        """Change of the spread from the first to the last month, with an interval from resampling boards."""
        first, last = (self.per_need.iloc[i].to_numpy(dtype=float) for i in (0, -1))
        need = self.need.to_numpy(dtype=float)
        pick = np.random.default_rng(11).integers(0, len(need), (4 * self.draws, len(need)))
        values = [_spread(last[p], need[p]) - _spread(first[p], need[p]) for p in pick]
        lower, upper = (float(v) for v in np.quantile(values, [0.025, 0.975]))
        change = float(self.spread.iloc[-1] - self.spread.iloc[0])
        return Estimate(
            "change of the coefficient of variation",
            change,
            float(np.std(values, ddof=1)),
            (Interval(0.95, lower, upper),),
            len(need),
            "bootstrap of boards",
        )

    @cached_property
    def boards(self) -> pd.DataFrame:
        """One row for each board: ``name``, staff for need ``first`` and ``last``, ``growth`` as a share; the best staffed first."""
        rates = self.per_need
        table = pd.DataFrame({"first": rates.iloc[0], "last": rates.iloc[-1]})
        table["growth"] = table["last"] / table["first"] - 1.0
        table["name"] = [plain_name(areas.get(str(code)).short_name) for code in table.index]
        return table.sort_values("last", ascending=False).reset_index()

    @cached_property
    def stay(self) -> Estimate:
        """Rank correlation (Spearman) of boards' staff for need between the first and the last month."""
        row = self._correlation(self.per_need.iloc[0], self.per_need.iloc[-1])
        i = (Interval(0.95, float(row["lower"]), float(row["upper"])),)
        return Estimate(
            "rank correlation", float(row["estimate"]), float("nan"), i, int(row["n"]), "bootstrap of boards"
        )

    @cached_property
    def doctors(self) -> pd.DataFrame:
        """Doctors in general practice for 100,000 patients by board (rows) and year."""
        rows = self.practice[self.practice["staff_group"] == "doctors"]
        return rows.pivot_table(index="area_code", columns="year", values="staff_per_100000")

    @cached_property
    def both_services(self) -> Estimate:
        """Rank correlation (Spearman) of boards' hospital and community staff for need with their doctors in general practice, latest figures of each."""
        row = self._correlation(self.per_need.iloc[-1], self.doctors.iloc[:, -1])
        i = (Interval(0.95, float(row["lower"]), float(row["upper"])),)
        return Estimate(
            "rank correlation", float(row["estimate"]), float("nan"), i, int(row["n"]), "bootstrap of boards"
        )

    def _correlation(self, a: pd.Series, b: pd.Series) -> dict[str, float]:
        data = pd.DataFrame({"a": a, "b": b}).dropna()
        table = measure_agreement(data, method="spearman", draws=self.draws, seed=12).to_frame()
        return {str(k): v for k, v in table.iloc[0].items()}

    @cached_property
    def links(self) -> pd.DataFrame:
        """Rank correlation of each measure of social care with delays: of areas' means, and of their changes from the first to the last year."""
        rows = []
        for measure, title in CARE.items():
            used = self.care.dropna(subset=[measure])
            wide = used.pivot_table(
                index="area_code", columns="financial_year_start", values=[measure, "delays"]
            )
            means = used.groupby("area_code")[[measure, "delays"]].mean()
            pairs = {
                "between areas": (means[measure], means["delays"]),
                "changes within areas": (
                    wide[measure, YEARS[-1]] - wide[measure, YEARS[0]],
                    wide["delays", YEARS[-1]] - wide["delays", YEARS[0]],
                ),
            }
            for how, (a, b) in pairs.items():
                found = self._correlation(a, b)
                rows.append(
                    {
                        "measure": title,
                        "how": how,
                        "row": f"{title}, {how}",
                        **{k: float(found[k]) for k in ("estimate", "lower", "upper")},
                        "n": int(found["n"]),
                    }
                )
        return pd.DataFrame(rows)

    @property
    def main(self) -> pd.DataFrame:
        """Rows of the main measure: between areas, then of changes within them."""
        return self.links[self.links["measure"] == next(iter(CARE.values()))]

    def chart(self) -> Chart:
        """Draw staff for need of all boards, with England and the boards with most and fewest in colour."""
        names = dict(zip(self.boards["area_code"], self.boards["name"], strict=True))
        data = self.per_need.rename(columns=names).assign(England=self.england)
        most, fewest = self.boards["name"].iloc[0], self.boards["name"].iloc[-1]
        tidy = data.rename_axis("month").reset_index().melt("month", var_name="board", value_name="staff")
        return line_chart(
            tidy,
            x="month",
            y="staff",
            series="board",
            focus=["England", most, fewest],
            caption=words.staff(self),
        )

    def links_chart(self) -> Chart:
        """Draw the correlations of social care with delays."""
        return interval_chart(
            self.links,
            label="row",
            value="estimate",
            lower="lower",
            upper="upper",
            focus=self.main["row"].tolist(),
            reference=0.0,
            reference_text="no link",
            x_label="rank correlation with days of delay due to social care",
            caption=words.links(self),
        )

    def page_table(self) -> Table:
        """Show the correlations."""
        return page_table(
            self.links,
            [
                text_column("Measure and comparison", "row"),
                estimate_column("Rank correlation (95% interval)"),
                value_column("Areas", "n"),
            ],
            table_id="workforce",
            caption=words.WORKFORCE_TABLE,
            source=source_line("social_care_outcome", "local_outcome"),
        )


def _spread(values: FloatArray, weights: FloatArray) -> float:
    """Return the weighted coefficient of variation."""
    mean = np.average(values, weights=weights)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weights)) / mean)
