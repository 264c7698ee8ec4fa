"""Chapter "Health in all policies": what health goes with, between areas and over time, and whether prosperity or health comes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common.cells import record, records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.spending.chapter import BEFORE_PANDEMIC, OUTCOME, named_panel, p_words, under_75
from healthdevo.charts import Caption, Chart, bar_chart, interval_chart, scatter_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.regression import (
    CrossLagged,
    RelativeImportance,
    adjust_p_values,
    cross_lagged,
    relative_importance,
)
from healthdevo.wording import join, number, percentage

__all__ = ["DETERMINANTS", "HealthInAllPolicies"]

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
OUTCOMES = {OUTCOME: "preventable deaths", HEALTHY_YEARS: "healthy life expectancy"}
FIXED = "deprivation"
LATE = "education"
LATE_YEAR = 2016
PROSPERITY: Mapping[str, tuple[str, bool]] = {
    "household_income_per_head": ("household income", True),
    "employment_rate": ("employment rate", False),
    "claimant_rate": ("benefit claims", False),
    "inactivity_due_to_sickness": ("inactivity through sickness", False),
}
"""Columns of prosperity, their names, and whether they are logged."""


@dataclass(frozen=True)
class HealthInAllPolicies:
    """Everything the chapter says and shows, computed from the panel of areas.

    Parameters
    ----------
    panel : pandas.DataFrame
        Table ``area_year_panel`` with names and the mean of both sexes' healthy life expectancy.
    population_age : pandas.DataFrame
        Table ``population_age``.
    draws : int
        Bootstrap samples of areas.
    """

    panel: pd.DataFrame = field(repr=False)
    population_age: pd.DataFrame = field(repr=False)
    draws: int = 400

    @classmethod
    def load(cls, draws: int = 400) -> HealthInAllPolicies:
        """Load the panel."""
        panel = named_panel()
        both = panel[["healthy_life_expectancy_male", "healthy_life_expectancy_female"]].mean(
            axis=1, skipna=False
        )
        return cls(panel.assign(**{HEALTHY_YEARS: both}), tables.load("population_age"), draws)

    # ---- where the differences lie ----------------------------------------------------------------------------------------------

    @cached_property
    def variance(self) -> dict[str, float]:
        """Share of the variance of log preventable mortality that lies between areas, common years, and within areas over time."""
        rows = self.panel.dropna(subset=[OUTCOME])
        y = np.log(rows[OUTCOME])
        count = rows.groupby("area_code")[OUTCOME].transform("count")
        rows = rows[count == count.max()]
        y = y.loc[rows.index]
        area, year = y.groupby(rows["area_code"]).transform("mean"), y.groupby(rows["year"]).transform("mean")
        total = float(((y - y.mean()) ** 2).sum())
        shares = {
            "areas": float(((area - y.mean()) ** 2).sum()) / total,
            "years": float(((year - y.mean()) ** 2).sum()) / total,
        }
        return shares | {"within": 1.0 - sum(shares.values())}

    @cached_property
    def noise(self) -> float:
        """Share of the variance within areas that chance alone makes, at least.

        Deaths are taken as Poisson, so that the variance of their log is one over their number; standardising to a fixed age structure
        adds to that.
        """
        people = under_75(self.population_age)
        persons = people[people["year"] == BEFORE_PANDEMIC].set_index("area_code")["persons"]
        rows = self.panel.dropna(subset=[OUTCOME])
        rows = rows[rows["area_code"].isin(persons.index)]
        count = rows.groupby("area_code")[OUTCOME].transform("count")
        rows = rows[count == count.max()]
        deaths = rows[OUTCOME] * rows["area_code"].map(persons) / 1e5
        y = np.log(rows[OUTCOME])
        left = (
            y
            - y.groupby(rows["area_code"]).transform("mean")
            - y.groupby(rows["year"]).transform("mean")
            + y.mean()
        )
        areas, years = int(rows["area_code"].nunique()), int(rows["year"].nunique())
        variance = float((left**2).sum()) / ((areas - 1) * (years - 1))
        return float(np.mean(1.0 / deaths.to_numpy(dtype=float)) / variance)

    # ---- shares ------------------------------------------------------------------------------------------------------------------

    def _importance(
        self,
        variation: str,
        outcome: str = OUTCOME,
        leave_out: tuple[str, ...] = (),
        years: tuple[int, int] | None = None,
    ) -> RelativeImportance:
        rows = self.panel if years is None else self.panel[self.panel["year"].between(*years)]
        return relative_importance(
            rows,
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
        return self._importance("between")

    @cached_property
    def between_without_deprivation(self) -> RelativeImportance:
        """The same without the index of deprivation, which is itself made of work, income, education and health."""
        return self._importance("between", leave_out=(FIXED,))

    @cached_property
    def between_healthy_years(self) -> RelativeImportance:
        """Shares of the differences between areas in healthy life expectancy."""
        return self._importance("between", outcome=HEALTHY_YEARS)

    @cached_property
    def within(self) -> RelativeImportance:
        """Shares of the differences within areas over time, all years with education."""
        return self._importance("within", leave_out=(FIXED,))

    @cached_property
    def within_before_pandemic(self) -> RelativeImportance:
        """Shares of the differences within areas over time before the pandemic, without education (too few years)."""
        return self._importance(
            "within", leave_out=(FIXED, LATE), years=(int(self.panel["year"].min()), BEFORE_PANDEMIC)
        )

    def direction(self, column: str) -> str:
        """Return whether areas with more of something have more or fewer preventable deaths."""
        means = self.panel.dropna(subset=[OUTCOME, column]).groupby("area_code")[[OUTCOME, column]].mean()
        return "more" if np.corrcoef(means[OUTCOME], means[column])[0, 1] > 0 else "fewer"

    @cached_property
    def models(self) -> dict[str, RelativeImportance]:
        """Every division of explained variance, by name."""
        return {
            "Between areas": self.between,
            "Between areas, without the index of deprivation": self.between_without_deprivation,
            "Between areas, healthy life expectancy": self.between_healthy_years,
            "Within areas over time": self.within,
            "Within areas, before the pandemic": self.within_before_pandemic,
        }

    def explained_chart(self) -> Chart:
        """Draw how much all determinants together go with."""
        data = pd.DataFrame(
            {
                "differences": list(self.models),
                "explained": [100 * m.r2 for m in self.models.values()],
            }
        )
        b, w = self.between.r2, self.within.r2
        return bar_chart(
            data,
            label="differences",
            value="explained",
            focus=[n for n in data["differences"] if n.startswith("Between")],
            value_format=lambda v: f"{v:.0f}%",
            caption=Caption(
                figure_id="explained",
                title=f"The determinants go with {percentage(b, 0)} of the differences between areas, and with {percentage(w, 0)} of those within areas over time",
                subtitle="Share of variance of preventable mortality (unless said otherwise) that all determinants together go with, upper-tier areas",
                source=source_line("area_year_panel"),
                alt=(
                    f"Bar chart of explained variance: {percentage(b, 0)} between areas, {percentage(w, 0)} within areas over time and "
                    f"{percentage(self.within_before_pandemic.r2, 0)} within areas before the pandemic."
                ),
            ),
        )

    def _chart(self, result: RelativeImportance, figure_id: str, what: str) -> Chart:
        frame = (
            result.to_frame()
            .sort_values("estimate", ascending=False)
            .assign(
                percent=lambda d: 100 * d["estimate"],
                low=lambda d: 100 * d["lower"],
                high=lambda d: 100 * d["upper"],
            )
        )
        top = records(frame)
        spending = next(r for r in top if r["determinant"] == "public health spending")
        low = "least" if spending is top[-1] else f"{percentage(spending['estimate'], 0)}"
        clear = top[0]["lower"] > top[1]["upper"]
        lead = (
            f"{top[0]['determinant'].capitalize()} goes with the most"
            if clear
            else f"{top[0]['determinant'].capitalize()} and {top[1]['determinant']} go with the most"
        )
        title = (
            f"{lead}, public health spending with {low} of the differences {what}"
            if result.r2 >= 0.5
            else f"All determinants together go with {percentage(result.r2, 0)} of the differences {what}"
        )
        return interval_chart(
            frame,
            label="determinant",
            value="percent",
            lower="low",
            upper="high",
            value_format=lambda v: f"{v:g}%",
            x_label="per cent of the variance",
            caption=Caption(
                figure_id=figure_id,
                title=title,
                subtitle=(
                    f"Share of the variance of preventable mortality that goes with each determinant (Shapley shares), {what}, "
                    f"{int(result.n[0]):,} {'areas' if result.variation == 'between' else 'area-years'}, 95% intervals from resampling areas"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    "Dot chart of shares of variance: "
                    + ", ".join(f"{r['determinant']} {percentage(r['estimate'], 0)}" for r in top)
                    + "."
                ),
            ),
        )

    def between_chart(self) -> Chart:
        """Draw the shares between areas."""
        return self._chart(self.between, "shares-between", "between areas")

    def within_chart(self) -> Chart:
        """Draw the shares within areas over time."""
        return self._chart(self.within, "shares-within", "within areas over time")

    def shares_table(self) -> Table:
        """Show all divisions of explained variance."""
        parts = []
        for name, r in self.models.items():
            parts.append(
                r.to_frame()[["determinant", "estimate", "lower", "upper"]].assign(
                    model=name, r2=r.r2, alone=r.r2_alone.to_numpy(), last=r.r2_last.to_numpy(), n=r.n
                )
            )
        data = pd.concat(parts, ignore_index=True)
        shown = pd.DataFrame(
            {
                "Differences": data["model"],
                "Determinant": data["determinant"],
                "Share of variance": data["estimate"].map(percentage),
                "95% interval": [
                    f"{percentage(a)} to {percentage(b)}"
                    for a, b in zip(data["lower"], data["upper"], strict=True)
                ],
                "Alone": data["alone"].map(percentage),
                "Added to all others": data["last"].map(percentage),
            }
        )
        return show_table(
            shown,
            table_id="shares",
            caption=(
                "Share of variance that goes with each determinant, averaged over all orders; what it goes with alone; and what it adds when all "
                "others are known. Shares cannot be negative, so an interval above zero does not show that a determinant matters."
            ),
            source=source_line("area_year_panel"),
            data=data,
        )

    # ---- levels and changes --------------------------------------------------------------------------------------------------------

    @cached_property
    def income_levels(self) -> pd.DataFrame:
        """Mean household income and preventable mortality of each area."""
        rows = self.panel.dropna(subset=[OUTCOME, "household_income_per_head"])
        return rows.groupby(["area_code", "name"], as_index=False)[
            [OUTCOME, "household_income_per_head"]
        ].mean()

    @cached_property
    def income_changes(self) -> pd.DataFrame:
        """Change of household income and preventable mortality of each area before the pandemic, in per cent."""
        first = int(self.panel["year"].min())
        columns = [OUTCOME, "household_income_per_head"]
        rows = self.panel[self.panel["year"].isin([first, BEFORE_PANDEMIC])].dropna(subset=columns)
        wide = rows.pivot_table(index=["area_code", "name"], columns="year", values=columns)
        result = {c: 100 * (wide[c][BEFORE_PANDEMIC] / wide[c][first] - 1) for c in columns}
        return pd.DataFrame(result).dropna().reset_index()

    def income_level_chart(self) -> Chart:
        """Draw income against mortality, level by level."""
        data = self.income_levels
        r = float(np.corrcoef(np.log(data["household_income_per_head"]), np.log(data[OUTCOME]))[0, 1])
        rich = records(data.sort_values("household_income_per_head"))[-1]["name"]
        worst = records(data.sort_values(OUTCOME))[-1]["name"]
        return scatter_chart(
            data,
            x="household_income_per_head",
            y=OUTCOME,
            label="name",
            named=list(dict.fromkeys([str(rich), str(worst)])),
            x_format=lambda v: f"£{v / 1000:,.0f}k",
            x_label="household income per head",
            y_label="preventable deaths per 100,000",
            caption=Caption(
                figure_id="income-levels",
                title=f"Richer areas have {'fewer' if r < 0 else 'more'} preventable deaths",
                subtitle=(
                    f"Mean disposable household income per head (after inflation) and mean rate of preventable deaths under 75, {len(data)} upper-tier "
                    f"areas; correlation of logs {number(r, 2)}"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Scatter chart of {len(data)} areas: the higher the household income, the {'lower' if r < 0 else 'higher'} preventable mortality "
                    f"(correlation {number(r, 2)})."
                ),
            ),
        )

    def income_change_chart(self) -> Chart:
        """Draw change of income against change of mortality."""
        data = self.income_changes
        r = float(np.corrcoef(data["household_income_per_head"], data[OUTCOME])[0, 1])
        slope, intercept = np.polyfit(data["household_income_per_head"], data[OUTCOME], 1)
        first = int(self.panel["year"].min())
        ends = [str(x["name"]) for x in records(data.sort_values("household_income_per_head"))]
        weak = abs(r) < 0.3

        def percent(v: float) -> str:
            return "0%" if abs(v) < 0.5 else f"{v:+.0f}%".replace("-", "\N{MINUS SIGN}")

        return scatter_chart(
            data,
            x="household_income_per_head",
            y=OUTCOME,
            label="name",
            named=[ends[0], ends[-1]],
            line=(float(intercept), float(slope)),
            zero=True,
            x_format=percent,
            y_format=percent,
            x_label="change in household income per head",
            y_label="change in preventable deaths",
            caption=Caption(
                figure_id="income-changes",
                title=(
                    "Areas whose incomes grew more did not see their preventable deaths fall clearly more"
                    if weak
                    else f"Areas whose incomes grew more saw their preventable deaths {'fall more' if r < 0 else 'fall less'}"
                ),
                subtitle=(
                    f"Change of household income per head (after inflation) and of the rate of preventable deaths under 75, {len(data)} areas, {first} to "
                    f"{BEFORE_PANDEMIC}; correlation {number(r, 2)}"
                ),
                source=source_line("area_year_panel"),
                alt=f"Scatter chart of changes in {len(data)} areas: a {'cloud without clear direction' if weak else 'cloud with a slope'} (correlation {number(r, 2)}).",
            ),
        )

    # ---- both directions -----------------------------------------------------------------------------------------------------------

    @cached_property
    def lagged(self) -> pd.DataFrame:
        """Prosperity and health on each other's past, in standard deviations, with p-values adjusted for their number."""
        rows: list[dict[str, Any]] = []
        first = int(self.panel["year"].min())
        for sample, last in (
            ("all years", int(self.panel["year"].max())),
            ("before the pandemic", BEFORE_PANDEMIC),
        ):
            part = self.panel[self.panel["year"] <= last]
            for column, (name, logged) in PROSPERITY.items():
                for lag in (1, 3):
                    result = self._cross(part, column, lag, logged)
                    for source, target, direction in (
                        (result.first, result.second, f"{name} to deaths"),
                        (result.second, result.first, f"deaths to {name}"),
                    ):
                        r = record(result.table.loc[[f"{source} -> {target}"]])
                        rows.append(
                            {
                                "sample": sample,
                                "first_year": first,
                                "column": column,
                                "direction": direction,
                                "to_health": target == result.second,
                                "lag": lag,
                                "estimate": r["estimate"],
                                "lower": r["lower_95"],
                                "upper": r["upper_95"],
                                "p_value": r["p_value"],
                                "jackknife": r["jackknife"],
                                "n": r["n"],
                            }
                        )
        frame = pd.DataFrame(rows)
        holm = adjust_p_values({str(i): float(p) for i, p in enumerate(frame["p_value"])})[
            "adjusted"
        ].to_numpy()
        off = (frame["jackknife"] - frame["estimate"]).abs() > (frame["upper"] - frame["lower"]) / 2
        return frame.assign(holm=holm, doubtful=off | frame["jackknife"].isna())

    def _cross(self, rows: pd.DataFrame, column: str, lag: int, logged: bool) -> CrossLagged:
        return cross_lagged(
            rows,
            first=column,
            second=OUTCOME,
            lag=lag,
            area="area_code",
            logs=[OUTCOME, column] if logged else [OUTCOME],
            standardise=True,
        )

    def lagged_chart(self) -> Chart:
        """Draw both directions, one year apart, before the pandemic."""
        data = self.lagged.query("sample == 'before the pandemic' and lag == 1")
        data = data.sort_values("to_health", ascending=False, kind="stable")
        sure = data[data["holm"] < 0.05]
        return interval_chart(
            data,
            label="direction",
            value="estimate",
            lower="lower",
            upper="upper",
            focus=data.loc[data["to_health"], "direction"].tolist(),
            reference=0.0,
            reference_text="no link",
            x_label="standard deviations",
            caption=Caption(
                figure_id="directions",
                title=(
                    "A year apart, neither prosperity nor health clearly leads the other"
                    if sure.empty
                    else f"A year apart, {len(sure)} of {len(data)} links between prosperity and health stand out"
                ),
                subtitle=(
                    f"Difference in standard deviations that goes with one standard deviation more a year earlier, within areas, "
                    f"{int(data['first_year'].iloc[0])} to {BEFORE_PANDEMIC}, 95% intervals; bold: from prosperity to deaths"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Dot chart of {len(data)} lagged links in both directions; {len(sure)} of them stand out after adjustment for the number of tests."
                ),
            ),
        )

    def lagged_table(self) -> Table:
        """Show all lagged links."""
        d = self.lagged
        shown = pd.DataFrame(
            {
                "Years": d["sample"],
                "Direction": d["direction"],
                "Lag": d["lag"].map(lambda v: f"{v} year" + ("s" if v > 1 else "")),
                "Estimate": d["estimate"].map(lambda v: number(v, 2)),
                "95% interval": [
                    f"{number(a, 2)} to {number(b, 2)}" for a, b in zip(d["lower"], d["upper"], strict=True)
                ],
                "p, adjusted": d["holm"].map(p_words),
                "Corrected for short panels": d["jackknife"].map(lambda v: number(v, 2)),
                "Panel long enough?": np.where(d["doubtful"], "doubtful", "yes"),
            }
        )
        return show_table(
            shown,
            table_id="directions-in-numbers",
            caption=(
                "Prosperity and preventable deaths on each other's past, within areas over time, in standard deviations. p adjusted for all tests of the table "
                "(Holm). Where the correction for short panels moves an estimate out of its interval, the panel is too short for the question."
            ),
            source=source_line("area_year_panel"),
            data=d,
        )

    # ---- words ---------------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        v = self.variance
        b, w, early = self.between, self.within, self.within_before_pandemic
        without = self.between_without_deprivation
        ph = _share(b, "public health spending")
        return {
            "hiap_headline": headline(b, w, early),
            "hiap_within_r2": percentage(w.r2, 0),
            "hiap_early_r2": percentage(early.r2, 0),
            "hiap_noise": percentage(min(self.noise, 1.0), 0),
            "hiap_variance_areas": percentage(v["areas"], 0),
            "hiap_variance_years": percentage(v["years"], 0),
            "hiap_variance_within": percentage(v["within"], 0),
            "hiap_between_order": order_words(b),
            "hiap_without_order": order_words(without),
            "hiap_without_r2": percentage(without.r2, 0),
            "hiap_healthy_order": order_words(self.between_healthy_years),
            "hiap_within_order": order_words(w),
            "hiap_work_within": percentage(_share(w, "work")["estimate"]),
            "hiap_work_early": percentage(_share(early, "work")["estimate"]),
            "hiap_dominance": dominance_words(b),
            "hiap_public_health": f"{percentage(ph['estimate'], 0)} (95% interval {percentage(ph['lower'], 0)} to {percentage(ph['upper'], 0)})",
            "hiap_ph_direction": self.direction("public_health_spending"),
            "hiap_lagged": lagged_words(self.lagged),
            "hiap_lagged_doubt": f"{int(self.lagged['doubtful'].sum())} of {len(self.lagged)}",
        }


def _share(result: RelativeImportance, name: str) -> dict[str, Any]:
    return next(r for r in records(result.to_frame()) if r["determinant"] == name)


def headline(between: RelativeImportance, within: RelativeImportance, early: RelativeImportance) -> str:
    """Return the finding of the chapter.

    Parameters
    ----------
    between, within, early : RelativeImportance
        Between areas, within areas over all years, and within areas before the pandemic.
    """
    top = [r["determinant"] for r in records(between.to_frame().sort_values("estimate", ascending=False))[:2]]
    text = (
        f"Deprivation, work, income, housing, education, age and council spending together go with {percentage(between.r2, 0)} of the differences in "
        f"preventable deaths between areas, most of all {join(top)}."
    )
    rest = f" Within areas over time they go with {percentage(within.r2, 0)}, before the pandemic with {percentage(early.r2, 0)}"
    if within.r2 < 0.5 * between.r2:
        return f"{text}{rest}: places differ, but these years do not show health following when prosperity changes."
    return f"{text}{rest}."


def order_words(result: RelativeImportance) -> str:
    """Return the three largest shares in words, and how sure their order is."""
    rows = records(result.to_frame().sort_values("estimate", ascending=False))
    first, second = rows[0], rows[1]
    text = join([f"{r['determinant']} ({percentage(r['estimate'], 0)})" for r in rows[:3]])
    d = result.dominance
    again = float(
        d.loc[
            (d["first"] == first["determinant"]) & (d["second"] == second["determinant"]), "reproduced"
        ].iloc[0]
    )
    sure = "sure" if again >= 0.95 else "not sure"
    return f"{text}; the order of the first two is {sure} (it holds in {percentage(again, 0)} of resamples)"


def dominance_words(result: RelativeImportance) -> str:
    """Return which determinants add more than another to every set of the others."""
    complete = result.dominance[result.dominance["complete"]]
    pairs = len(result.index) * (len(result.index) - 1) // 2
    if complete.empty:
        return f"in none of {pairs} pairs does one determinant add more whatever else is known"
    best = complete["first"].value_counts()
    return f"in {len(complete)} of {pairs} pairs one determinant adds more whatever else is known; {best.index[0]} does so against {int(best.iloc[0])} others"


def lagged_words(lagged: pd.DataFrame) -> str:
    """Return what the lagged panels show, both directions alike."""
    early = lagged[lagged["sample"] == "before the pandemic"]
    counts = {
        True: int((early.loc[early["to_health"], "holm"] < 0.05).sum()),
        False: int((early.loc[~early["to_health"], "holm"] < 0.05).sum()),
    }
    each = int(early["to_health"].sum())
    whole = int((lagged.loc[lagged["sample"] != "before the pandemic", "holm"] < 0.05).sum())
    if sum(counts.values()) == 0:
        text = f"before the pandemic none of {each} links from prosperity to health and none of {each} from health to prosperity stands out"
    else:
        text = f"before the pandemic {counts[True]} of {each} links from prosperity to health and {counts[False]} of {each} from health to prosperity stand out"
    return (
        text + f"; with the pandemic years {whole or 'none'} of {2 * each} {'does' if whole == 1 else 'do'}"
    )
