"""Section on the tenths of England: gap, slope and their relative measures, side by side and over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.chapters import common
from healthdevo.chapters.inequality import words
from healthdevo.inequality import SlopeIndices, slope_index_by
from healthdevo.inequality.ages import first_ages
from healthdevo.results import Estimate
from healthdevo.wording import signed, with_interval

ROUNDING_ERROR = common.ROUNDING / float(np.sqrt(12.0))
"""A value rounded to a unit is off by that unit over the root of twelve, in the mean square."""
_TENTHS = 10
_INDICES = ("gap", "ratio", "slope", "relative")
_KEYS = ["measure", "sex", "period_start_year", "period_end_year"]


@dataclass(frozen=True)
class Gradient:
    """Length of life and of good health by tenth of deprivation in England, and its inequality."""

    deciles: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)
    deaths: pd.DataFrame = field(repr=False)
    healthy: pd.DataFrame = field(repr=False)

    @cached_property
    def weightings(self) -> dict[str, pd.Series]:
        """Weights that the tenths may have had: people on either index, the later one first, or equal tenths; the first is ours."""
        rows = self.people[(self.people["area_code"] == common.ENGLAND) & self.people["population"].notna()]
        by = {
            f"people on the {year} index": part.set_index("decile")["population"].sort_index()
            for year, part in sorted(rows.groupby("index_year", observed=True), reverse=True)
        }
        return by | {"equal tenths": pd.Series(1.0, index=next(iter(by.values())).index)}

    @property
    def weights(self) -> pd.Series:
        """People in each national tenth of deprivation in England, on the index of 2019."""
        return self.weightings["people on the 2019 index"]

    @property
    def small_areas(self) -> int:
        """Small areas that England is cut into."""
        rows = self.people[(self.people["area_code"] == common.ENGLAND) & (self.people["index_year"] == 2019)]
        return int(rows["small_areas"].sum())

    @property
    def first(self) -> int:
        """First year of the first period of the tenths."""
        return int(self.deciles["period_start_year"].min())

    @property
    def last(self) -> int:
        """First year of the latest period of the tenths."""
        return int(self.deciles["period_start_year"].max())

    def decile_error(self, measure: str, sex: str, start: int, end: int) -> float:
        """Return an approximate standard error of one tenth's life expectancy, which the table does not carry.

        Life expectancy: the standard deviation of ages at death over the root of a tenth of the deaths (the latest three years
        with counts, where the period runs past them). Healthy life expectancy: England's published limits, widened to a tenth of
        the people.
        """
        if measure == "healthy_life_expectancy":
            h = self.healthy
            rows = h[
                (h["area_code"] == common.ENGLAND) & (h["sex"] == sex) & (h["period_start_year"] == start)
            ]
            return float(common.error_of_limits(rows).iloc[0] * np.sqrt(_TENTHS))
        d, last = self.deaths, min(end, int(self.deaths["year"].max()))
        rows = d[d["year"].between(last - (end - start), last) & (d["sex"] == sex)]
        groups = rows.groupby("age_group", observed=True)["deaths"].sum()
        ages = first_ages(groups.index)
        order = np.argsort(ages)
        edges = ages[order].astype(float)
        width = np.append(np.diff(edges), np.diff(edges)[-1])
        counts = groups.to_numpy(float)[order]
        variance = float(np.cov(edges + width / 2, aweights=counts, ddof=0))
        return float(np.sqrt(variance / (counts.sum() / _TENTHS)))

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Tenths in long form, with the approximate standard error of each value: chance and rounding together."""
        long = self.deciles.melt(
            id_vars=[*_KEYS[1:], "decile"], value_vars=list(words.MEASURES), var_name="measure"
        )
        cells = list(long[_KEYS].itertuples(index=False, name=None))
        chance = {cell: self.decile_error(*cell) for cell in set(cells)}
        return long.assign(
            people=long["decile"].map(self.weights),
            error=np.hypot([chance[cell] for cell in cells], ROUNDING_ERROR),
        )

    @cached_property
    def slopes(self) -> SlopeIndices:
        """Our slope and relative indices of England by measure, sex and period."""
        return slope_index_by(
            self.errors,
            by=_KEYS[:3],
            group="decile",
            value="value",
            population="people",
            standard_error="error",
            higher_is="better",
            unit="years",
        )

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """England by measure, sex and period: gap, ratio, slope index and relative index, each with its standard error."""
        wide = self.errors.pivot_table(index=_KEYS, columns="decile", values="value")
        error = self.errors.groupby(_KEYS, observed=True)["error"].first().reindex(wide.index).to_numpy()
        worst, best = wide[1].to_numpy(), wide[_TENTHS].to_numpy()
        frame = wide.index.to_frame(index=False).assign(
            worst=worst,
            best=best,
            gap=best - worst,
            gap_error=np.sqrt(2.0) * error,
            ratio=best / worst,
            ratio_error=best / worst * error * np.sqrt(1 / worst**2 + 1 / best**2),
        )
        at = self.slopes.index.get_indexer(pd.MultiIndex.from_frame(frame[_KEYS[:3]]))
        for name, found in (("slope", self.slopes), ("relative", self.slopes.relative)):
            frame[name], frame[f"{name}_error"] = found.estimate[at], found.standard_error[at]
        return frame.assign(slope_lower=self.slopes.lower[at, 0], slope_upper=self.slopes.upper[at, 0])

    def gap(self, measure: str, sex: str, start: int) -> dict[str, Any]:
        """Return the row of ``gaps`` of one measure, sex and period."""
        g = self.gaps
        return common.record(
            g[(g["measure"] == measure) & (g["sex"] == sex) & (g["period_start_year"] == start)]
        )

    def slope(self, measure: str, sex: str, start: int) -> Estimate:
        """Return the slope index of one measure, sex and period."""
        return self.slopes[measure, sex, start]

    def change(self, measure: str, sex: str, index: str = "slope") -> Estimate:
        """Return the change of one index from the first to the last period (which share no year)."""
        a, b = self.gap(measure, sex, self.first), self.gap(measure, sex, self.last)
        error = np.hypot(a[f"{index}_error"], b[f"{index}_error"])
        unit = "years" if index in ("gap", "slope") else ""
        return common.normal_estimate(
            f"change of the {index}", b[index] - a[index], error, _TENTHS, unit=unit
        )

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Change of every index from the first to the last period, with 95% intervals."""
        rows = []
        for measure, sex, index in product(words.MEASURES, common.SEXES, _INDICES):
            start, end = (self.gap(measure, sex, year)[index] for year in (self.first, self.last))
            change = self.change(measure, sex, index)
            row = {"measure": measure, "sex": sex, "index": index, "start": start, "end": end}
            row |= {"change": change.estimate, "standard_error": change.standard_error}
            rows.append(row | common.lower_upper(change))
        return pd.DataFrame(rows)

    def decile_chart(self) -> charts.Chart:
        """Life expectancy and healthy life expectancy by tenth in the latest period."""
        e = self.errors[self.errors["period_start_year"] == self.last]
        kinds = {"life_expectancy": "life", "healthy_life_expectancy": "healthy life"}
        data = common.with_limits(e, "value", "error").assign(
            series=e["sex"].map(common.SEXES).astype(str) + ",\n" + e["measure"].map(kinds).astype(str)
        )
        return charts.line_chart(
            data.sort_values(["measure", "sex", "decile"], ascending=[False, True, True]),
            x="decile",
            y="value",
            series="series",
            lower="lower",
            upper="upper",
            markers=True,
            y_from_zero=False,
            height=4.2,
            x_format="{:g}".format,
            y_format="{:g}".format,
            caption=words.deciles(self),
        )

    def slope_chart(self, measure: str = "life_expectancy") -> charts.Chart:
        """Slope index of life expectancy, or of healthy life expectancy, by sex and period."""
        return charts.line_chart(
            self.gaps[self.gaps["measure"] == measure].assign(sex_name=lambda d: d["sex"].map(common.SEXES)),
            x="period_start_year",
            y="slope",
            series="sex_name",
            lower="slope_lower",
            upper="slope_upper",
            markers=True,
            y_from_zero=False,
            x_format=common.period_tick,
            y_format="{:g}".format,
            caption=words.slope(self, measure),
        )

    def measures_table(self) -> charts.Table:
        """Absolute and relative measures side by side, first and last period."""

        def level(index: str, value: float) -> str:
            return common.rounded(value, words.DECIMALS[index])

        def change(index: str, value: float, lower: float, upper: float) -> str:
            return with_interval(value, lower, upper, partial(signed, decimals=words.DECIMALS[index]))

        return charts.page_table(
            self.changes,
            [
                charts.made_column("Of", ["measure", "sex"], words.of),
                charts.text_column("Measure", "index", words.INDICES),
                charts.made_column(common.period(self.first), ["index", "start"], level),
                charts.made_column(common.period(self.last), ["index", "end"], level),
                charts.made_column("Change (95% interval)", ["index", "change", "lower", "upper"], change),
            ],
            table_id="measures",
            caption=words.TABLES["measures"],
            source=common.source_line("life_expectancy_decile", "population_deprivation_decile"),
        )
