"""Greater Manchester's other outcomes: life expectancy, all deaths, healthy life expectancy, council spending, A&E; what others published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.chapters.common.cells import cell, records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.attendances import complete_years
from healthdevo.chapters.devolution.deaths import DeathsWorld, deaths_world
from healthdevo.chapters.devolution.mortality import closing_words
from healthdevo.chapters.devolution.panels import (
    HEALTH_DEAL,
    LONDON,
    MIXED_WINDOWS,
    Outcome,
    adjacency_of,
    districts_of,
    healthy_life_expectancy,
    life_expectancy_windows,
    mortality_ratio,
    placebo_of,
    spending,
)
from healthdevo.charts import Caption, Chart, Mark, interval_chart, line_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.evaluation import NoiseFloor, Panel, contiguous_groups, noise_floor, random_groups
from healthdevo.inequality import life_tables
from healthdevo.wording import financial_year, number, percentage

__all__ = ["Outcomes", "agree_words", "few", "window"]

_GM_ICB = "E54000057"
_DRAWS = 300
_SEED = 2014
_DESIGNS = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "gsc": "Factor model",
    "trend": "Less own earlier trends",
}
_SERVICES = {
    "adult social care": ("adult_social_care",),
    "public health": ("public_health",),
    "both": ("adult_social_care", "public_health"),
}


def few(share: float) -> str:
    """Return a small share without saying that it is nothing.

    Examples
    --------
    >>> few(0.003), few(0.12)
    ('fewer than 1%', '12%')
    """
    return "fewer than 1%" if share < 0.01 else percentage(share, 0)


def window(first: int) -> str:
    """Return a three-year window as words.

    Examples
    --------
    >>> window(2012)
    '2012 to 2014'
    """
    return f"{first} to {first + 2}"


@dataclass(frozen=True)
class Outcomes:
    """Everything the chapter says about outcomes other than preventable deaths.

    Parameters
    ----------
    life_expectancy, mortality : Outcome
        Life expectancy in three-year windows; the derived standardised mortality ratio.
    healthy : mapping of str to Outcome
        Healthy life expectancy by sex.
    councils : mapping of str to Outcome
        Spending by service.
    months, published : pandas.DataFrame
        Tables ``emergency_month`` and ``published_estimate``.
    world : DeathsWorld
        Death rates and populations by age, for the floor that counting deaths sets.
    """

    life_expectancy: Outcome = field(repr=False)
    mortality: Outcome = field(repr=False)
    healthy: Mapping[str, Outcome] = field(repr=False)
    councils: Mapping[str, Outcome] = field(repr=False)
    months: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    world: DeathsWorld = field(repr=False)

    @classmethod
    def load(cls) -> Outcomes:
        """Load the tables that the section needs."""
        return cls(
            life_expectancy_windows(),
            mortality_ratio(),
            {s: healthy_life_expectancy(s) for s in ("female", "male")},
            {name: spending(*services) for name, services in _SERVICES.items()},
            tables.load("emergency_month"),
            tables.load("published_estimate"),
            deaths_world(),
        )

    # ---- designs for every outcome ---------------------------------------------------------------------------------------------------

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Effects by outcome and design with permutation intervals and the share of placebo groups with an effect as large."""
        cases: list[tuple[str, Outcome, int, tuple[int, ...]]] = [
            ("life expectancy", self.life_expectancy, HEALTH_DEAL, MIXED_WINDOWS),
            ("mortality ratio", self.mortality, HEALTH_DEAL, ()),
            ("healthy life expectancy of women", self.healthy["female"], HEALTH_DEAL, MIXED_WINDOWS),
            ("healthy life expectancy of men", self.healthy["male"], HEALTH_DEAL, MIXED_WINDOWS),
        ]
        rows = []
        for name, outcome, start, gone in cases:
            panel = outcome.panel(start=start, without_periods=gone)
            if outcome.boundaries:
                groups = contiguous_groups(
                    panel, adjacency_of(list(panel.areas), outcome.boundaries), draws=_DRAWS, seed=_SEED
                )
            else:
                groups = random_groups(panel, draws=_DRAWS, seed=_SEED)
            first = int(panel.cohorts[0])
            for design in _DESIGNS:
                if design == "trend" and first < 3:
                    continue  # two windows that share two of three years carry no trend
                test = placebo_of(panel, design, groups)
                i = test.interval()
                rows.append(
                    {
                        "outcome": name,
                        "unit": outcome.unit,
                        "design": design,
                        "effect": test.estimate,
                        "lower": i.lower,
                        "upper": i.upper,
                        "p_value": test.p_absolute,
                        "groups": "blocks" if outcome.boundaries else "random",
                        "periods_before": first,
                        "areas": panel.shape[0],
                    }
                )
        return pd.DataFrame(rows)

    def estimate(self, outcome: str, design: str, column: str = "effect") -> float:
        """Return one number of ``estimates``."""
        frame = self.estimates
        return float(frame.loc[(frame["outcome"] == outcome) & (frame["design"] == design), column].iloc[0])

    @cached_property
    def council_estimates(self) -> pd.DataFrame:
        """Effects on spending per head by service and start, synthetic difference-in-differences."""
        rows = []
        for name, outcome in self.councils.items():
            for start in (2015, 2016):
                panel = outcome.panel(start=start)
                test = placebo_of(panel, "sdid", random_groups(panel, draws=_DRAWS, seed=_SEED))
                i = test.interval()
                rows.append(
                    {
                        "service": name,
                        "start": start,
                        "label": f"Here: {name}, from {financial_year(start)}",
                        "effect": test.estimate,
                        "lower": i.lower,
                        "upper": i.upper,
                        "p_value": test.p_absolute,
                        "councils": panel.shape[0],
                    }
                )
        return pd.DataFrame(rows)

    # ---- life expectancy -----------------------------------------------------------------------------------------------------------

    @cached_property
    def gap(self) -> pd.DataFrame:
        """Life expectancy of Greater Manchester and the others by window, indexed by first year."""
        return self.life_expectancy.gap().set_index("period", drop=False)

    @cached_property
    def join(self) -> dict[str, float]:
        """How the step from the derived to the official series compares with the steps before it.

        ``change`` of Greater Manchester's gap over the join, the largest size of the changes before it, and the p-value of a test
        that districts' changes over the join scatter as much as those one window earlier.
        """
        frame = self.life_expectancy.frame.pivot_table(index="area_code", columns="period", values="value")
        steps = frame.diff(axis=1).dropna(axis=1)
        over, before = steps[2013], steps[2012]
        test = stats.levene(over, before)
        gaps = self.gap["gap"].diff()
        return {
            "change": float(gaps.loc[2013]),
            "largest_before": float(gaps.loc[2003:2012].abs().max()),
            "sd_over": float(over.std()),
            "sd_before": float(before.std()),
            "p_value": float(test.pvalue),
        }

    @cached_property
    def published_life_expectancy(self) -> dict[str, float]:
        """The published effect on life expectancy of everyone with its limits and the standard error they imply."""
        row = records(
            self.published[
                self.published["study"].str.startswith("Britteon")
                & (self.published["outcome"] == "life expectancy, all")
            ]
        )[0]
        error = (row["upper"] - row["lower"]) / (2.0 * float(stats.norm.ppf(0.975)))
        return {"estimate": row["estimate"], "lower": row["lower"], "upper": row["upper"], "error": error}

    @cached_property
    def floor(self) -> NoiseFloor:
        """The standard error that counting deaths leaves in an effect on yearly life expectancy, 2006 to 2014 against 2015 to 2019."""
        w = self.world
        found = life_tables(w.rates * w.population, w.population, list(w.ages))
        errors = np.repeat(found.standard_error[:, [0]], 14, axis=1)
        treatment = np.outer(w.treated, np.arange(2006, 2020) >= HEALTH_DEAL)
        panel = Panel(
            np.zeros(errors.shape), treatment, pd.Index(w.codes), pd.RangeIndex(2006, 2020), unit="years"
        )
        return noise_floor(panel, errors)

    @cached_property
    def pooled_floor(self) -> float:
        """The same when Greater Manchester's deaths are put together as one area and the comparison has no noise at all."""
        w = self.world
        people = w.population[w.treated].sum(axis=0)
        deaths = (w.rates * w.population)[w.treated].sum(axis=0)
        error = float(life_tables(deaths, people, list(w.ages)).standard_error[0, 0])
        return error * float(np.sqrt(1 / 5 + 1 / 9))

    # ---- A&E -------------------------------------------------------------------------------------------------------------------------

    @cached_property
    def emergency(self) -> pd.DataFrame:
        """Four-hour performance and attendances by ICB and financial year; only years with all twelve months."""
        rows = self.months[
            self.months["area_code"].str.startswith("E54") & (self.months["department_type"] == "all")
        ]
        capital = {
            a.code
            for a in areas.list_areas("icb", on="2023-06-01")
            if set(districts_of(a.code)) <= set(districts_of(LONDON))
        }
        rows = rows[~rows["area_code"].isin(capital)]
        year = rows["month"].dt.year - (rows["month"].dt.month < 4)
        held = rows.assign(financial_year_start=year, known=rows["over_4_hours"].notna()).groupby(
            ["area_code", "financial_year_start"]
        )[["over_4_hours", "attendances_4_hour_reporting", "known"]]
        sums = held.sum().reset_index()
        total = complete_years(rows)
        frame = total.merge(sums, on=["area_code", "financial_year_start"])
        share = 1.0 - frame["over_4_hours"] / frame["attendances_4_hour_reporting"]
        return frame.assign(within_4_hours=share.where(frame["known"] == 12)).drop(columns="known")

    @cached_property
    def four_hours(self) -> pd.DataFrame:
        """Share within four hours by financial year: Greater Manchester and the median of the other boards outside London."""
        frame = self.emergency
        own = frame[frame["area_code"] == _GM_ICB].set_index("financial_year_start")["within_4_hours"]
        others = frame[frame["area_code"] != _GM_ICB].groupby("financial_year_start")["within_4_hours"]
        rank = frame.groupby("financial_year_start")["within_4_hours"].rank(ascending=False)
        place = frame.assign(rank=rank)[frame["area_code"] == _GM_ICB].set_index("financial_year_start")[
            "rank"
        ]
        return pd.DataFrame(
            {"own": own, "median": others.median(), "boards": others.count() + 1, "rank": place}
        )

    # ---- charts and tables -----------------------------------------------------------------------------------------------------------

    def gap_chart(self) -> Chart:
        """Gap in life expectancy by window, with the earlier trend carried on."""
        gap = self.gap.reset_index(drop=True)
        before = gap[gap["period"] <= 2012]
        slope, intercept = np.polyfit(before["period"].to_numpy(float), before["gap"].to_numpy(float), 1)
        observed = gap.assign(
            series="gap", source=np.where(gap["period"] <= 2012, "derived", "official"), value=gap["gap"]
        )
        line = gap.assign(
            series="earlier trend carried on", source="line", value=intercept + slope * gap["period"]
        )
        last = records(gap.tail(1))[0]
        carried = intercept + slope * last["period"]
        return line_chart(
            pd.concat([observed, line], ignore_index=True),
            x="period",
            y="value",
            series="series",
            segment="source",
            labels={"gap": "gap", "earlier trend carried on": "earlier trend\ncarried on"},
            marks=[Mark(2012.5, "official series"), Mark(2014.5, "all after\nagreement")],
            x_format=lambda v: window(int(v)).replace(" to ", "–")[:5] + window(int(v))[-2:],
            y_format=lambda v: number(v),
            y_from_zero=False,
            markers=True,
            caption=Caption(
                figure_id="life-expectancy-gap",
                title=(
                    f"The gap in life expectancy was {number(-float(gap['gap'].iloc[0]))} years in {window(2002)}, "
                    f"{number(-cell(self.gap, 2012, 'gap'))} in {window(2012)} and {number(-last['gap'])} in {window(int(last['period']))}; "
                    f"the earlier trend alone would have led to {number(-carried)}"
                ),
                subtitle=(
                    "Life expectancy at birth, mean of both sexes, Greater Manchester's ten districts less the mean of districts of England outside London, years, "
                    "three-year windows; derived to 2012-14, then official"
                ),
                source=source_line(*self.life_expectancy.tables),
                alt=(
                    f"Line chart of the gap in life expectancy by three-year window, from {number(float(gap['gap'].iloc[0]))} years in "
                    f"{window(2002)} to {number(last['gap'])} in {window(int(last['period']))}, with a break where the official series begins. It narrows "
                    "from the middle of the 2000s, long before the agreement."
                ),
            ),
        )

    def designs_table(self) -> Table:
        """Show what every design says about every outcome."""
        frame = self.estimates
        shown = pd.DataFrame(
            {
                "Outcome": frame["outcome"].str.capitalize(),
                "Design": frame["design"].map(_DESIGNS),
                "Effect": frame["effect"].map(number) + " " + frame["unit"],
                "95% interval": frame["lower"].map(number) + " to " + frame["upper"].map(number),
                "Placebo groups with as much": frame["p_value"].map(few),
            }
        )
        return show_table(
            shown,
            table_id="other-outcomes",
            caption=(
                "Greater Manchester's other outcomes from 2015: effect by each design, permutation intervals, and the share of placebo groups (blocks of ten "
                "neighbours; ten councils at random for healthy life expectancy) with an effect as large."
            ),
            source=source_line(
                "life_expectancy_derived",
                "life_expectancy_area_editions",
                "mortality_ratio_derived",
                "healthy_life_expectancy_area",
            ),
            data=frame,
        )

    def spending_chart(self) -> Chart:
        """Effects on spending beside the published ones."""
        moss = self.published[self.published["study"].str.startswith("Moss")]
        theirs = [
            {
                "label": f"Published: {r['outcome'].replace(' spending', '').replace(' of councils', ', councils')}",
                "effect": r["estimate"],
                "lower": r["lower"],
                "upper": r["upper"],
            }
            for r in records(moss)
        ]
        data = pd.concat(
            [self.council_estimates[["label", "effect", "lower", "upper"]], pd.DataFrame(theirs)],
            ignore_index=True,
        )
        both = records(
            self.council_estimates[
                (self.council_estimates["service"] == "both") & (self.council_estimates["start"] == 2016)
            ]
        )[0]
        councils = float(moss.loc[moss["outcome"].str.contains("councils"), "estimate"].iloc[0])
        return interval_chart(
            data,
            label="label",
            value="effect",
            lower="lower",
            upper="upper",
            focus=[both["label"]],
            reference=0.0,
            reference_text="no effect",
            x_label="pounds per head",
            value_format=lambda v: number(v),
            caption=Caption(
                figure_id="spending",
                title=f"Council care spending: {_pounds(both['effect'])} a head by our figures, {_pounds(councils)} as published",
                subtitle=(
                    "Effect on spending per head in Greater Manchester, synthetic difference-in-differences; here council spending of 2013/14 to 2019/20 in prices of "
                    "2019/20 with permutation intervals; published as printed"
                ),
                source=source_line("council_outturn", "gdp_deflator", "published_estimate"),
                alt=(
                    f"Dot chart of effects on spending per head. Ours for adult social care and public health together is {number(both['effect'])} pounds "
                    f"({number(both['lower'])} to {number(both['upper'])}); the published effects are larger."
                ),
            ),
        )

    def emergency_chart(self) -> Chart:
        """Four-hour performance of Greater Manchester and the others."""
        frame = self.four_hours.reset_index()
        data = frame.melt("financial_year_start", ["own", "median"], var_name="who", value_name="share")
        names = {"own": "Greater Manchester", "median": "median of other boards"}
        years = range(int(frame["financial_year_start"].min()), int(frame["financial_year_start"].max()) + 1)
        grid = pd.MultiIndex.from_product([list(names), years], names=["who", "financial_year_start"])
        data = data.set_index(["who", "financial_year_start"])["share"].reindex(grid).reset_index()
        known = frame.dropna(subset=["own"])
        first, last = records(known.iloc[[0, -1]])
        return line_chart(
            data.assign(percent=100 * data["share"], who=data["who"].map(names)),
            x="financial_year_start",
            y="percent",
            series="who",
            x_format=lambda v: financial_year(int(v)),
            y_format=lambda v: f"{v:.0f}%",
            y_from_zero=False,
            markers=True,
            caption=Caption(
                figure_id="four-hours",
                title=(
                    f"A&E within four hours: Greater Manchester {percentage(last['own'], 0)} in {financial_year(last['financial_year_start'])}, "
                    f"other boards {percentage(last['median'], 0)}"
                ),
                subtitle=(
                    "Share of A&E attendances of all types within four hours, Greater Manchester and median of the other integrated care boards outside London, "
                    "financial years with figures for all twelve months"
                ),
                source=source_line("emergency_month"),
                alt=(
                    f"Line chart of the share of A&E attendances within four hours. Greater Manchester has {percentage(first['own'])} in "
                    f"{financial_year(first['financial_year_start'])} and {percentage(last['own'])} in {financial_year(last['financial_year_start'])}; the median of the "
                    f"other boards {percentage(first['median'])} and {percentage(last['median'])}. There are no figures from before devolution."
                ),
            ),
        )

    def published_table(self) -> Table:
        """Show the published findings on Greater Manchester."""
        frame = self.published[self.published["data"].str.contains("Greater Manchester")].reset_index(
            drop=True
        )
        limits = frame["lower"].map(_printed) + " to " + frame["upper"].map(_printed)
        shown = pd.DataFrame(
            {
                "Study": frame["study"] + " " + frame["publication_year"].astype(str),
                "Outcome": frame["outcome"],
                "Estimate": frame["estimate"].map(_printed) + " " + frame["unit"],
                "95% interval": limits.where(frame["lower"].notna(), "not given there"),
                "Read in": frame["read_in"],
            }
        )
        return show_table(
            shown,
            table_id="published",
            caption="Published estimates of what devolution changed in Greater Manchester, quoted, not reproduced here.",
            source=source_line("published_estimate"),
            data=frame,
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        gap, join, theirs = self.gap, self.join, self.published_life_expectancy
        last = int(gap["period"].max())
        before = abs(cell(gap, 2005, "gap")) - abs(cell(gap, 2012, "gap"))
        after = abs(cell(gap, 2012, "gap")) - abs(cell(gap, last, "gap"))
        ratio = self.mortality.gap().set_index("period")
        halfwidth = float(stats.norm.ppf(0.975)) * self.floor.standard_error
        pooled = float(stats.norm.ppf(0.975)) * self.pooled_floor
        claimed = (theirs["upper"] - theirs["lower"]) / 2.0
        moss = self.published[self.published["study"].str.startswith("Moss")].set_index("outcome")
        both = self.council_estimates[self.council_estimates["service"] == "both"].set_index("start")
        return {
            "le_gap_words": (
                f"{number(-cell(gap, 2003, 'gap'))} years in {window(2003)}, {number(-cell(gap, 2012, 'gap'))} in {window(2012)} and "
                f"{number(-cell(gap, last, 'gap'))} in {window(last)}"
            ),
            "le_closing_words": _closing_years(before, 7, after, last - 2012),
            "le_join_words": _join_words(join),
            "le_did": self._words("life expectancy", "did"),
            "le_sdid": self._words("life expectancy", "sdid"),
            "le_gsc": self._words("life expectancy", "gsc"),
            "le_trend": self._words("life expectancy", "trend"),
            "le_verdict": agree_words(self.estimates[self.estimates["outcome"] == "life expectancy"]),
            "smr_words": (
                f"{number(cell(ratio, 2003, 'gap'))} points in 2003, {number(cell(ratio, 2014, 'gap'))} in 2014 and "
                f"{number(cell(ratio, 2019, 'gap'))} in 2019"
            ),
            "smr_closing": closing_smr(ratio),
            "smr_did": self._words("mortality ratio", "did"),
            "smr_sdid": self._words("mortality ratio", "sdid"),
            "smr_trend": self._words("mortality ratio", "trend"),
            "hle_women": self._words("healthy life expectancy of women", "did"),
            "hle_men": self._words("healthy life expectancy of men", "did"),
            "published_le": f"{theirs['estimate']:.3f} years ({theirs['lower']:.3f} to {theirs['upper']:.3f})",
            "claimed_halfwidth": f"±{claimed:.3f} years",
            "floor_halfwidth": f"±{halfwidth:.2f} years",
            "pooled_halfwidth": f"±{pooled:.2f} years",
            "floor_ratio": _floor_words(claimed, pooled),
            "moss_all": _with_limits(moss.loc["health and care spending"]),
            "moss_councils": _with_limits(moss[moss.index.str.contains("councils")].iloc[0]),
            "spending_2016": _with_limits(both.loc[2016].rename({"effect": "estimate"})),
            "spending_2015": _with_limits(both.loc[2015].rename({"effect": "estimate"})),
            "spending_verdict": _spending_words(both),
            "four_hour_words": self._four_hour_words(),
        }

    def _words(self, outcome: str, design: str) -> str:
        frame = self.estimates
        r = records(frame[(frame["outcome"] == outcome) & (frame["design"] == design)])[0]
        return (
            f"{number(r['effect'], 2)} {r['unit']} ({number(r['lower'], 2)} to {number(r['upper'], 2)}; "
            f"{few(r['p_value'])} of placebo groups show as much)"
        )

    def _four_hour_words(self) -> str:
        known = self.four_hours.dropna()
        first, last = records(known.reset_index().iloc[[0, -1]])
        return (
            f"In {financial_year(first['financial_year_start'])} {percentage(first['own'])} of attendances in Greater Manchester took at most four hours, "
            f"rank {first['rank']:.0f} of {first['boards']:.0f} boards outside London with figures; in {financial_year(last['financial_year_start'])} it was "
            f"{percentage(last['own'])}, rank {last['rank']:.0f} of {last['boards']:.0f}"
        )


def closing_smr(ratio: pd.DataFrame) -> str:
    """Say how fast the gap in the mortality ratio closed before and after, by the rule of ``closing_words``.

    Examples
    --------
    >>> frame = pd.DataFrame({"gap": [20.0, 9.0, 4.0]}, index=[2003, 2014, 2019])
    >>> closing_smr(frame)
    'It closed by 1 a year from 2003 to 2014 and by 1 a year from then to 2019, about as fast as before'
    """
    return closing_words(
        cell(ratio, 2003, "gap") - cell(ratio, 2014, "gap"),
        11,
        cell(ratio, 2014, "gap") - cell(ratio, 2019, "gap"),
        5,
    ).replace("2010", "2003")


def _closing_years(before: float, windows_before: int, after: float, windows_after: int) -> str:
    pace_before, pace_after = before / windows_before, after / windows_after
    change = pace_after - pace_before
    if abs(change) <= 0.15 * abs(pace_before):
        against = "about as fast"
    else:
        against = "faster" if change > 0 else "more slowly"
    started = "was already closing" if pace_before > 0 else "was not closing"
    return (
        f"The gap {started} before November 2014: by {number(pace_before, 2)} years from one window to the next between {window(2005)} and "
        f"{window(2012)}, and by {number(pace_after, 2)} after that, {against}"
    )


def _join_words(join: Mapping[str, float]) -> str:
    usual = abs(join["change"]) <= join["largest_before"]
    scatter = (
        "no more than" if join["p_value"] >= 0.05 or join["sd_over"] <= join["sd_before"] else "more than"
    )
    return (
        f"Over the join Greater Manchester's gap moves by {number(join['change'], 2)} years, "
        f"{'within' if usual else 'beyond'} the largest step before it ({number(join['largest_before'], 2)}); the districts' steps scatter {scatter} one "
        f"window earlier (standard deviation {number(join['sd_over'], 2)} against {number(join['sd_before'], 2)} years)"
    )


def agree_words(rows: pd.DataFrame) -> str:
    """Say how many designs point to a gain or a loss and how many of them chance does not match, by a rule.

    Examples
    --------
    >>> agree_words(pd.DataFrame({"effect": [0.2, 0.1], "p_value": [0.3, 0.01]}))
    'all 2 designs point to a gain, and 1 of them finds one that at most one placebo group in twenty matches'
    """
    gain = float(rows["effect"].median()) > 0
    same = rows[(rows["effect"] > 0) == gain]
    away = int((same["p_value"] <= 0.05).sum())
    many = f"all {len(rows)}" if len(same) == len(rows) else f"{len(same)} of {len(rows)}"
    found = "none of them finds" if away == 0 else f"{away} of them find{'s' if away == 1 else ''}"
    return f"{many} designs point to a {'gain' if gain else 'loss'}, and {found} one that at most one placebo group in twenty matches"


def _floor_words(claimed: float, pooled: float) -> str:
    if claimed >= pooled:
        return "The published interval is at least as wide as counting deaths requires"
    return (
        f"The published interval is {number(pooled / claimed, 2)} times narrower than counting deaths allows even when all of Greater Manchester is taken as one area "
        "and the comparison as exactly known"
    )


def _printed(value: float) -> str:
    return number(value, 4)


def _with_limits(row: Any) -> str:
    sign = "+" if float(row["estimate"]) > 0 else "\N{MINUS SIGN}"
    return f"{sign}£{abs(float(row['estimate'])):.2f} a head ({number(float(row['lower']), 4)} to {number(float(row['upper']), 4)})"


def _pounds(value: float) -> str:
    return f"{'+' if value > 0 else chr(0x2212)}£{abs(value):.0f}"


def _spending_words(both: pd.DataFrame) -> str:
    away = [int(str(s)) for s in both.index[(both["lower"] > 0) | (both["upper"] < 0)]]
    if not away:
        return "Neither start gives an effect on council spending that chance groups of ten councils rule out"
    if len(away) == len(both):
        return "Both starts give an effect on council spending that chance groups of ten councils rule out"
    return f"Only the start in {financial_year(away[0])} gives an effect that chance groups of ten councils rule out"
