"""Where the differences in mortality lie, and what they go with: Shapley shares, between areas and within areas over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import BEFORE_PANDEMIC, OUTCOME, source_line, under_75
from healthdevo.chapters.health_in_all_policies import words
from healthdevo.charts import (
    Caption,
    Chart,
    Table,
    bar_chart,
    interval_chart,
    page_table,
    share_column,
    span_column,
    text_column,
)
from healthdevo.regression import RelativeImportance, relative_importance
from healthdevo.wording import percentage

DETERMINANTS: Mapping[str, tuple[str, ...]] = {
    "deprivation": ("deprivation_score_2019",),
    "work": ("claimant_rate", "inactivity_due_to_sickness"),
    "income": ("household_income_per_head", "median_weekly_pay"),
    "housing": ("housing_affordability_ratio",),
    "education": ("gcse_english_and_maths",),
    "public health spending": ("public_health_spending",),
    "adult social care spending": ("adult_social_care_spending",),
    "age of residents": ("share_65_plus",),
}
"""Groups of columns of the panel that enter and leave together."""
HEALTHY_YEARS = "healthy_life_expectancy"


@dataclass(frozen=True)
class Variance:
    """The variance of log preventable mortality, over areas with a figure in every year."""

    panel: pd.DataFrame = field(repr=False)
    population_age: pd.DataFrame = field(repr=False)

    def _deviations(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows of complete areas with their log, and the deviations of its mean by area and by year."""
        rows = rows.dropna(subset=[OUTCOME])
        count = rows.groupby("area_code")[OUTCOME].transform("count")
        rows = rows[count == count.max()]
        y = np.log(rows[OUTCOME])
        means = {c: y.groupby(rows[c]).transform("mean") - y.mean() for c in ("area_code", "year")}
        return rows.assign(y=y - y.mean(), areas=means["area_code"], years=means["year"])

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of the variance that lies between areas, common years, and within areas over time."""
        d = self._deviations(self.panel)
        squares = (d[["y", "areas", "years"]] ** 2).sum()
        shares = {part: float(squares[part] / squares["y"]) for part in ("areas", "years")}
        return shares | {"within": 1.0 - sum(shares.values())}

    @cached_property
    def noise(self) -> float:
        """Share of the variance within areas that chance alone makes, at least.

        Deaths are taken as Poisson, so that the variance of their log is one over their number; standardising to a fixed age structure
        adds to that.
        """
        people = under_75(self.population_age)
        persons = people[people["year"] == BEFORE_PANDEMIC].set_index("area_code")["persons"]
        d = self._deviations(self.panel[self.panel["area_code"].isin(persons.index)])
        deaths = d[OUTCOME] * d["area_code"].map(persons) / 1e5
        free = (d["area_code"].nunique() - 1) * (d["year"].nunique() - 1)
        variance = float(((d["y"] - d["areas"] - d["years"]) ** 2).sum()) / free
        return float(np.mean(1.0 / deaths.to_numpy(dtype=float)) / variance)


@dataclass(frozen=True)
class Shares:
    """Divisions of explained variance among determinants, with bootstrap samples of areas."""

    panel: pd.DataFrame = field(repr=False)
    draws: int = 400

    def _divide(
        self, variation: str, outcome: str = OUTCOME, leave_out: tuple[str, ...] = (), last: int | None = None
    ) -> RelativeImportance:
        return relative_importance(
            self.panel if last is None else self.panel[self.panel["year"] <= last],
            outcome=outcome,
            determinants={k: v for k, v in DETERMINANTS.items() if k not in leave_out},
            variation=variation,
            area="area_code",
            logs=[outcome] if outcome == OUTCOME else [],
            draws=self.draws,
            seed=5,
        )

    @cached_property
    def between(self) -> RelativeImportance:
        """Shares of the differences between areas in preventable mortality."""
        return self._divide("between")

    @cached_property
    def without_deprivation(self) -> RelativeImportance:
        """The same without the index of deprivation, which is itself made of work, income, education and health."""
        return self._divide("between", leave_out=("deprivation",))

    @cached_property
    def healthy_years(self) -> RelativeImportance:
        """Shares of the differences between areas in healthy life expectancy."""
        return self._divide("between", outcome=HEALTHY_YEARS)

    @cached_property
    def within(self) -> RelativeImportance:
        """Shares of the differences within areas over time, all years with education."""
        return self._divide("within", leave_out=("deprivation",))

    @cached_property
    def before_pandemic(self) -> RelativeImportance:
        """Shares of the differences within areas over time before the pandemic, without education (too few years)."""
        return self._divide("within", leave_out=("deprivation", "education"), last=BEFORE_PANDEMIC)

    @cached_property
    def models(self) -> dict[str, RelativeImportance]:
        """Every division of explained variance, by name."""
        return {
            "Between areas": self.between,
            "Between areas, without the index of deprivation": self.without_deprivation,
            "Between areas, healthy life expectancy": self.healthy_years,
            "Within areas over time": self.within,
            "Within areas, before the pandemic": self.before_pandemic,
        }

    def direction(self, column: str) -> str:
        """Return whether areas with more of something have more or fewer preventable deaths."""
        means = self.panel.dropna(subset=[OUTCOME, column]).groupby("area_code")[[OUTCOME, column]].mean()
        return "more" if np.corrcoef(means[OUTCOME], means[column])[0, 1] > 0 else "fewer"

    def explained_chart(self) -> Chart:
        """Draw how much all determinants together go with."""
        explained = {name: 100 * model.r2 for name, model in self.models.items()}
        return bar_chart(
            pd.DataFrame({"differences": list(explained), "explained": list(explained.values())}),
            label="differences",
            value="explained",
            focus=[name for name in explained if name.startswith("Between")],
            value_format=lambda v: f"{v:.0f}%",
            caption=words.explained(self),
        )

    def _chart(self, result: RelativeImportance, caption: Caption) -> Chart:
        frame = result.to_frame().sort_values("estimate", ascending=False)
        columns = {
            "percent": 100 * frame["estimate"],
            "low": 100 * frame["lower"],
            "high": 100 * frame["upper"],
        }
        return interval_chart(
            frame.assign(**columns),
            label="determinant",
            value="percent",
            lower="low",
            upper="high",
            value_format=lambda v: f"{v:g}%",
            x_label="per cent of the variance",
            caption=caption,
        )

    def between_chart(self) -> Chart:
        """Draw the shares between areas."""
        return self._chart(self.between, words.shares(self.between, "shares-between", "between areas"))

    def within_chart(self) -> Chart:
        """Draw the shares within areas over time."""
        return self._chart(self.within, words.shares(self.within, "shares-within", "within areas over time"))

    def table(self) -> Table:
        """Show all divisions of explained variance."""
        parts = [
            r.to_frame()[["determinant", "estimate", "lower", "upper"]].assign(
                model=name, r2=r.r2, alone=r.r2_alone.to_numpy(), last=r.r2_last.to_numpy(), n=r.n
            )
            for name, r in self.models.items()
        ]
        return page_table(
            pd.concat(parts, ignore_index=True),
            [
                text_column("Differences", "model"),
                text_column("Determinant", "determinant"),
                share_column("Share of variance", "estimate"),
                span_column("95% interval", show=percentage),
                share_column("Alone", "alone"),
                share_column("Added to all others", "last"),
            ],
            table_id="shares",
            caption=words.SHARES_TABLE,
            source=source_line("area_year_panel"),
        )
