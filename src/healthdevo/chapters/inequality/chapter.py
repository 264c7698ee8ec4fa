"""Chapter "Inequality": the gap and the gradient in life expectancy, checked against what is published, and whether areas changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.chapters.common.cells import cell, record, records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.attendances import ENGLAND
from healthdevo.charts import Caption, Chart, interval_chart, line_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.inequality import SeriesNoise, SlopeIndices, series_noise, slope_index_frame
from healthdevo.inequality.ages import first_ages
from healthdevo.regression import adjust_p_values
from healthdevo.wording import join, number, percentage

__all__ = [
    "EDITIONS",
    "SEXES",
    "Inequality",
    "moved",
    "period",
    "size_in_2019",
    "slope_series",
    "slope_series_noise",
    "years",
]

SEXES = {"female": "women", "male": "men"}
MEASURES = {"life_expectancy": "life expectancy", "healthy_life_expectancy": "healthy life expectancy"}
EDITIONS = {"ohid_2019": "2019 edition", "ohid_2022": "2022 edition", "ohid_2026": "2026 edition"}
LATEST_EDITION = "ohid_2026"
_DECILES = 10
_ROUNDING = 0.1
_UNIFORM = float(np.sqrt(12.0))  # a value rounded to a unit is off by that unit over this, in the mean square
_Z = float(stats.norm.ppf(0.975))
_FALSE_FINDINGS = 0.1
_SIZE_YEAR = 2019


def years(value: float, decimals: int = 1) -> str:
    """Return a number of years with its unit.

    Examples
    --------
    >>> years(9.04), years(1.0)
    ('9.0 years', '1.0 years')
    """
    return f"{value:.{decimals}f} years".replace("-", "\N{MINUS SIGN}")


def period(start: int, end: int) -> str:
    """Return the name of a period of years.

    Examples
    --------
    >>> period(2022, 2024)
    '2022 to 2024'
    """
    return f"{start} to {end}"


def moved(change: float, lower: float, upper: float, unit: str = "years") -> str:
    """Say what a change with its interval shows: a rise, a fall, or nothing beyond noise.

    Examples
    --------
    >>> moved(1.0, 0.8, 1.2), moved(-1.0, -1.2, -0.8), moved(0.1, -0.2, 0.4)
    ('rose by 1.0 years', 'fell by 1.0 years', 'did not change beyond noise')
    """
    if lower > 0.0:
        return f"rose by {change:.1f} {unit}".rstrip()
    if upper < 0.0:
        return f"fell by {-change:.1f} {unit}".rstrip()
    return "did not change beyond noise"


def size_in_2019(population: pd.DataFrame) -> pd.Series:
    """Return the population of each area in 2019, the year on whose small areas deprivation is counted."""
    return population[population["year"] == _SIZE_YEAR].set_index("area_code")["persons"]


def slope_series(published: pd.DataFrame, edition: str, sex: str) -> pd.DataFrame:
    """Return one edition's published slope indices of districts: a row for each area, a column for each period's first year."""
    rows = published[
        (published["edition"] == edition) & (published["sex"] == sex) & (published["area_code"] != ENGLAND)
    ]
    return rows.pivot_table(index="area_code", columns="period_start_year", values="slope_index")


def slope_series_noise(series: pd.DataFrame, size: pd.Series) -> SeriesNoise:
    """Return standard errors of published slope indices, judged from their scatter from period to period."""
    return series_noise(
        series.to_numpy(float),
        size.reindex(series.index).to_numpy(float),
        years=3,
        rounding=_ROUNDING,
        index=series.index,
    )


@dataclass(frozen=True)
class Inequality:
    """Everything the Inequality chapter says and shows.

    Parameters
    ----------
    deciles : pandas.DataFrame
        Table ``life_expectancy_decile``.
    published : pandas.DataFrame
        Table ``slope_index_life_expectancy``.
    people : pandas.DataFrame
        Table ``population_deprivation_decile``.
    deaths : pandas.DataFrame
        Table ``deaths_region``.
    healthy : pandas.DataFrame
        Table ``healthy_life_expectancy_area``.
    population : pandas.DataFrame
        Table ``population_year``.
    limits : pandas.DataFrame
        Table ``life_expectancy_area_editions``, whose limits show how well series give away their noise.
    life : pandas.DataFrame
        Table ``life_expectancy_area``.
    """

    deciles: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)
    deaths: pd.DataFrame = field(repr=False)
    healthy: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    limits: pd.DataFrame = field(repr=False)
    life: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Inequality:
        """Load the tables that the chapter needs."""
        return cls(
            tables.load("life_expectancy_decile"),
            tables.load("slope_index_life_expectancy"),
            tables.load("population_deprivation_decile"),
            tables.load("deaths_region"),
            tables.load("healthy_life_expectancy_area"),
            tables.load("population_year"),
            tables.load("life_expectancy_area_editions"),
            tables.load("life_expectancy_area"),
        )

    # ---- the deciles of England ----------------------------------------------------------------------------------------------------

    @cached_property
    def weights(self) -> pd.Series:
        """People in each national decile of deprivation in England, on the index of 2019."""
        rows = self.people[(self.people["area_code"] == ENGLAND) & (self.people["index_year"] == 2019)]
        return rows.set_index("decile")["population"].sort_index()

    def decile_error(self, measure: str, sex: str, start: int, end: int) -> float:
        """Return an approximate standard error of one decile's life expectancy, which the table does not carry.

        Life expectancy: the standard deviation of ages at death over the root of a tenth of the deaths (the latest three years
        with counts, where the period runs past them). Healthy life expectancy: England's published limits, widened to a tenth of
        the people.
        """
        if measure == "healthy_life_expectancy":
            rows = self.healthy[
                (self.healthy["area_code"] == ENGLAND)
                & (self.healthy["sex"] == sex)
                & (self.healthy["period_start_year"] == start)
            ]
            one = record(rows)
            return float((one["upper"] - one["lower"]) / (2 * _Z) * np.sqrt(_DECILES))
        last = min(end, int(self.deaths["year"].max()))
        rows = self.deaths[
            self.deaths["year"].between(last - (end - start), last) & (self.deaths["sex"] == sex)
        ]
        groups = rows.groupby("age_group", observed=True)["deaths"].sum()
        ages = first_ages(groups.index)
        order = np.argsort(ages)
        edges = ages[order].astype(float)
        width = np.append(np.diff(edges), np.diff(edges)[-1])
        counts = groups.to_numpy(float)[order]
        middle = edges + width / 2
        mean = np.average(middle, weights=counts)
        spread = np.sqrt(np.average((middle - mean) ** 2, weights=counts))
        return float(spread / np.sqrt(counts.sum() / _DECILES))

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Deciles in long form, with the approximate standard error of each value: chance and rounding together."""
        keys = ["period_start_year", "period_end_year", "decile", "sex"]
        long = self.deciles.melt(
            id_vars=keys, value_vars=list(MEASURES), var_name="measure", value_name="value"
        )
        cells = long[["measure", "sex", "period_start_year", "period_end_year"]].drop_duplicates()
        known = {
            tuple(r.values()): self.decile_error(
                r["measure"], r["sex"], int(r["period_start_year"]), int(r["period_end_year"])
            )
            for r in records(cells)
        }
        chance = [
            known[tuple(r)]
            for r in long[["measure", "sex", "period_start_year", "period_end_year"]].itertuples(index=False)
        ]
        return long.assign(
            people=long["decile"].map(self.weights), error=np.hypot(chance, _ROUNDING / _UNIFORM)
        )

    @cached_property
    def slopes(self) -> SlopeIndices:
        """Our slope and relative indices of England by measure, sex and period."""
        return slope_index_frame(
            self.errors,
            area=["measure", "sex", "period_start_year"],
            group="decile",
            value="value",
            population="people",
            standard_error="error",
            higher_is="better",
            unit="years",
        )

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """England by measure, sex and period: gap, ratio, slope index and relative index, each with its 95% interval."""
        e = self.errors
        keys = ["measure", "sex", "period_start_year", "period_end_year"]
        wide = e.pivot_table(index=keys, columns="decile", values="value")
        error = e.groupby(keys, observed=True)["error"].first().reindex(wide.index).to_numpy()
        worst, best = wide[1].to_numpy(), wide[_DECILES].to_numpy()
        ratio = best / worst
        ratio_error = ratio * error * np.sqrt(1 / worst**2 + 1 / best**2)
        frame = wide.index.to_frame(index=False).assign(
            worst=worst,
            best=best,
            gap=best - worst,
            gap_error=np.sqrt(2.0) * error,
            ratio=ratio,
            ratio_error=ratio_error,
        )
        labels = [(m, s, p) for m, s, p in frame[keys[:3]].itertuples(index=False)]
        at = self.slopes.index.get_indexer(pd.MultiIndex.from_tuples(labels))
        relative = self.slopes.relative
        return frame.assign(
            slope=self.slopes.estimate[at],
            slope_error=self.slopes.standard_error[at],
            slope_lower=self.slopes.lower[at, 0],
            slope_upper=self.slopes.upper[at, 0],
            relative=relative.estimate[at],
            relative_error=relative.standard_error[at],
            relative_lower=relative.lower[at, 0],
            relative_upper=relative.upper[at, 0],
        )

    def gap(self, measure: str, sex: str, start: int) -> dict[str, Any]:
        """Return the row of ``gaps`` of one measure, sex and period."""
        g = self.gaps
        return record(g[(g["measure"] == measure) & (g["sex"] == sex) & (g["period_start_year"] == start)])

    @property
    def first(self) -> int:
        """First year of the first period of the deciles."""
        return int(self.deciles["period_start_year"].min())

    @property
    def last(self) -> int:
        """First year of the latest period of the deciles."""
        return int(self.deciles["period_start_year"].max())

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Change of every measure from the first to the last period (which share no year), with 95% intervals."""
        rows = []
        for measure in MEASURES:
            for sex in SEXES:
                a, b = self.gap(measure, sex, self.first), self.gap(measure, sex, self.last)
                for name in ("gap", "ratio", "slope", "relative"):
                    change = b[name] - a[name]
                    error = float(np.hypot(a[f"{name}_error"], b[f"{name}_error"]))
                    rows.append(
                        {
                            "measure": measure,
                            "sex": sex,
                            "index": name,
                            "start": a[name],
                            "end": b[name],
                            "change": change,
                            "standard_error": error,
                            "lower": change - _Z * error,
                            "upper": change + _Z * error,
                        }
                    )
        return pd.DataFrame(rows)

    def change(self, measure: str, sex: str, index: str = "slope") -> dict[str, Any]:
        """Return one row of ``changes``."""
        c = self.changes
        return record(c[(c["measure"] == measure) & (c["sex"] == sex) & (c["index"] == index)])

    # ---- reproduction ----------------------------------------------------------------------------------------------------------------

    @cached_property
    def weightings(self) -> dict[str, pd.Series]:
        """Weights that the deciles may have had: people on either index, or equal tenths; the first is ours."""
        rows = self.people[(self.people["area_code"] == ENGLAND) & self.people["population"].notna()]
        by = {
            f"people on the {year} index": part.set_index("decile")["population"].sort_index()
            for year, part in sorted(rows.groupby("index_year", observed=True), reverse=True)
        }
        return by | {"equal tenths": pd.Series(1.0, index=self.weights.index)}

    @cached_property
    def recomputed(self) -> pd.DataFrame:
        """Slope index of life expectancy of England by sex and period (rows) under each weighting (columns)."""
        rows = self.errors[self.errors["measure"] == "life_expectancy"]
        found = {
            name: slope_index_frame(
                rows.assign(people=rows["decile"].map(weights)),
                area=["sex", "period_start_year"],
                group="decile",
                value="value",
                population="people",
                higher_is="better",
            )
            for name, weights in self.weightings.items()
        }
        return pd.DataFrame({name: pd.Series(one.estimate, index=one.index) for name, one in found.items()})

    @property
    def rounding_likely(self) -> float:
        """How far rounding of ten deciles and of the index itself is likely (95%) to move one from the other."""
        coefficients = _slope_coefficients(self.weights.to_numpy(float))
        return _Z * _ROUNDING / _UNIFORM * float(np.sqrt((coefficients**2).sum() + 1.0))

    def _verdicts(self, ours: pd.Series, published: pd.Series) -> pd.Series:
        match = np.isclose(np.round(ours, 1), published, atol=1e-9)
        near = (ours - published).abs() <= self.rounding_likely + 1e-9
        words = np.select(
            [ours.isna(), match, near], ["not computable", "matches", "within rounding"], "beyond rounding"
        )
        return pd.Series(words, index=ours.index)

    @cached_property
    def reproduction(self) -> pd.DataFrame:
        """Every published slope index of England against ours from the published deciles, with a verdict and the reason.

        ``matches``: equal after rounding ours to one decimal. ``within rounding``: off by no more than rounding of the deciles and of the
        index makes likely, at 95%. ``beyond rounding``: by more than that.
        """
        rows = self.published[self.published["area_code"] == ENGLAND]
        rows = rows.sort_values(["edition", "sex", "period_start_year"]).reset_index(drop=True)
        at = pd.MultiIndex.from_frame(rows[["sex", "period_start_year"]])
        ours = self.recomputed.reindex(at).set_axis(rows.index)
        verdicts = ours.apply(lambda one: self._verdicts(one, rows["slope_index"]))
        verdict = verdicts.iloc[:, 0]
        other = verdicts.iloc[:, 1:].isin(["matches", "within rounding"]).any(axis=1)
        reasons = {
            "matches": "equal at one decimal",
            "within rounding": "the deciles reach us rounded to one decimal",
            "not computable": "no deciles carried for this period",
        }
        beyond = np.select(
            [rows["edition"] != LATEST_EDITION, other],
            [
                "other edition of the population figures than the deciles",
                "weights of the tenths: other weights bring it within rounding",
            ],
            "not explained by rounding or by the weights we could try",
        )
        return rows.assign(
            ours=ours.iloc[:, 0],
            difference=ours.iloc[:, 0] - rows["slope_index"],
            verdict=verdict,
            why=verdict.map(reasons).where(verdict != "beyond rounding", pd.Series(beyond, index=rows.index)),
        )

    @cached_property
    def weighting_summary(self) -> pd.DataFrame:
        """How many published indices of England's latest edition are matched under each weighting of the tenths."""
        rows = self.reproduction[self.reproduction["edition"] == LATEST_EDITION]
        at = pd.MultiIndex.from_frame(rows[["sex", "period_start_year"]])
        found = []
        for name in self.weightings:
            ours = self.recomputed[name].reindex(at).set_axis(rows.index)
            counts = self._verdicts(ours, rows["slope_index"]).value_counts()
            found.append(
                {
                    "weights": name,
                    "indices": len(rows),
                    **{
                        v.replace(" ", "_"): int(counts.get(v, 0))
                        for v in ("matches", "within rounding", "beyond rounding")
                    },
                    "largest_difference": float((ours - rows["slope_index"]).abs().max()),
                }
            )
        return pd.DataFrame(found)

    @cached_property
    def reproduction_summary(self) -> pd.DataFrame:
        """Published indices by edition and by kind of area: how many there are, can be recomputed, match, differ."""
        r = self.reproduction
        rows = []
        for edition, name in EDITIONS.items():
            part = r[r["edition"] == edition]
            counts = part["verdict"].value_counts()
            own = part.dropna(subset=["difference"])
            rows.append(
                {
                    "edition": name,
                    "areas": "England",
                    "published": len(part),
                    "recomputed": len(own),
                    "matches": int(counts.get("matches", 0)),
                    "within_rounding": int(counts.get("within rounding", 0)),
                    "beyond_rounding": int(counts.get("beyond rounding", 0)),
                    "largest_difference": float(own["difference"].abs().max()) if len(own) else np.nan,
                }
            )
            local = self.published[
                (self.published["edition"] == edition) & (self.published["area_code"] != ENGLAND)
            ]
            rows.append(
                {
                    "edition": name,
                    "areas": f"{local['area_code'].nunique()} local areas",
                    "published": len(local),
                    "recomputed": 0,
                    "matches": 0,
                    "within_rounding": 0,
                    "beyond_rounding": 0,
                    "largest_difference": np.nan,
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def edition_agreement(self) -> pd.DataFrame:
        """The same area, period and sex in two editions: how often equal, how far apart."""
        wide = self.published[self.published["area_code"] != ENGLAND].pivot_table(
            index=["area_code", "period_start_year", "sex"], columns="edition", values="slope_index"
        )
        rows = []
        names = [e for e in EDITIONS if e in wide.columns]
        for a, b in pairwise(names):
            both = wide[[a, b]].dropna()
            difference = both[b] - both[a]
            rows.append(
                {
                    "first": EDITIONS[a],
                    "second": EDITIONS[b],
                    "pairs": len(both),
                    "equal": float((difference.abs() < _ROUNDING / 2).mean()),
                    "mean_difference": float(difference.mean()),
                    "typical_difference": float(np.sqrt((difference**2).mean())),
                    "largest": float(difference.abs().max()),
                }
            )
        return pd.DataFrame(rows)

    # ---- areas: change beyond noise ----------------------------------------------------------------------------------------------------

    @cached_property
    def area_changes(self) -> pd.DataFrame:
        """Published slope index of each district, first and last period of an edition, with a test of the change.

        Standard errors come from the scatter of each series (see ``series_noise``); p-values are adjusted over all areas of an
        edition and both sexes at once (Benjamini and Hochberg).
        """
        size = size_in_2019(self.population)
        parts = []
        for edition in ("ohid_2022", LATEST_EDITION):
            both = []
            for sex in SEXES:
                series = slope_series(self.published, edition, sex)
                series = series[series.index.isin(size.index)]
                noise = pd.Series(slope_series_noise(series, size).standard_error, index=series.index)
                a, b = int(series.columns.min()), int(series.columns.max())
                kept = series[[a, b]].dropna()
                error = np.sqrt(2.0) * noise.reindex(kept.index)
                change = kept[b] - kept[a]
                both.append(
                    pd.DataFrame(
                        {
                            "edition": edition,
                            "sex": sex,
                            "area_code": kept.index,
                            "name": [areas.get(str(c)).name for c in kept.index],
                            "start_period": period(a, a + 2),
                            "end_period": period(b, b + 2),
                            "start": kept[a].to_numpy(),
                            "end": kept[b].to_numpy(),
                            "change": change.to_numpy(),
                            "standard_error": error.to_numpy(),
                            "z": (change / error).to_numpy(),
                            "population": size.reindex(kept.index).to_numpy(),
                        }
                    )
                )
            frame = pd.concat(both, ignore_index=True)
            p = pd.Series(2 * stats.norm.sf(np.abs(frame["z"])), index=frame.index)
            adjusted = adjust_p_values(p, "benjamini-hochberg")["adjusted"]
            parts.append(frame.assign(p_value=p, adjusted=adjusted))
        frame = pd.concat(parts, ignore_index=True)
        return frame.assign(
            lower=frame["change"] - _Z * frame["standard_error"],
            upper=frame["change"] + _Z * frame["standard_error"],
            beyond_noise=frame["adjusted"] < _FALSE_FINDINGS,
        )

    @cached_property
    def change_summary(self) -> pd.DataFrame:
        """By edition and sex: areas compared, mean change with interval, how many changed beyond noise before and after adjustment."""
        rows = []
        for (edition, sex), part in self.area_changes.groupby(["edition", "sex"], observed=True, sort=True):
            mean = float(part["change"].mean())
            error = float(part["change"].std(ddof=1) / np.sqrt(len(part)))
            rows.append(
                {
                    "edition": edition,
                    "sex": sex,
                    "periods": f"{part['start_period'].iloc[0]}, {part['end_period'].iloc[0]}",
                    "areas": len(part),
                    "mean_change": mean,
                    "lower": mean - _Z * error,
                    "upper": mean + _Z * error,
                    "rose": int((part["change"] > 0).sum()),
                    "single_tests": int((part["p_value"] < 0.05).sum()),
                    "by_chance": 0.05 * len(part),
                    "beyond_noise_up": int((part["beyond_noise"] & (part["change"] > 0)).sum()),
                    "beyond_noise_down": int((part["beyond_noise"] & (part["change"] < 0)).sum()),
                    "z_spread": float(part["z"].std(ddof=1)),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def noise_check(self) -> dict[str, float]:
        """Standard errors judged from series of life expectancy against those from published limits of an earlier edition."""
        size = size_in_2019(self.population)
        limits = self.limits[self.limits["lower"].notna() & self.limits["upper"].notna()]
        ratios = []
        for sex in SEXES:
            rows = self.life[(self.life["sex"] == sex) & (self.life["area_code"] != ENGLAND)]
            series = rows.pivot_table(
                index="area_code", columns="period_start_year", values="life_expectancy"
            )
            series = series[series.index.isin(size.index)]
            judged = pd.Series(slope_series_noise(series, size).standard_error, index=series.index)
            one = limits[limits["sex"] == sex].set_index("area_code")
            given = (one["upper"] - one["lower"]) / (2 * _Z)
            ratios.append((judged / given).dropna())
        both = pd.concat(ratios)
        return {"ratio": float(both.median()), "areas": float(len(ratios[0]))}

    # ---- charts ------------------------------------------------------------------------------------------------------------------------

    def decile_chart(self) -> Chart:
        """Life expectancy and healthy life expectancy by decile in the latest period."""
        e = self.errors[self.errors["period_start_year"] == self.last]
        names = {
            (m, s): f"{SEXES[s]},\n{'life' if m == 'life_expectancy' else 'healthy life'}"
            for m in MEASURES
            for s in SEXES
        }
        data = e.assign(
            series=[names[m, s] for m, s in zip(e["measure"], e["sex"], strict=True)],
            lower=e["value"] - _Z * e["error"],
            upper=e["value"] + _Z * e["error"],
        ).sort_values(["measure", "sex", "decile"], ascending=[False, True, True])
        a, b = (
            self.gap("life_expectancy", "male", self.last),
            self.gap("healthy_life_expectancy", "male", self.last),
        )
        return line_chart(
            data,
            x="decile",
            y="value",
            series="series",
            lower="lower",
            upper="upper",
            markers=True,
            y_from_zero=False,
            height=4.2,
            x_format=lambda v: f"{v:g}",
            y_format=lambda v: f"{v:g}",
            caption=Caption(
                figure_id="deciles",
                title=f"Men in the most deprived tenth of places can expect {a['gap']:.1f} fewer years of life than in the least, and {b['gap']:.1f} fewer in good health",
                subtitle=f"Life expectancy and healthy life expectancy at birth by tenth of small areas (1 most deprived, 10 least), England, {period(self.last, self.last + 2)}, years, with approximate 95% intervals",
                source=source_line("life_expectancy_decile"),
                alt=(
                    f"Line chart over ten groups of places from most to least deprived. Life expectancy of men rises from {a['worst']:.1f} to "
                    f"{a['best']:.1f} years, healthy life expectancy of men from {b['worst']:.1f} to {b['best']:.1f}; women's lines have the same shape."
                ),
            ),
        )

    def slope_chart(self) -> Chart:
        """Slope index of life expectancy by sex and period."""
        data = self.gaps[self.gaps["measure"] == "life_expectancy"].assign(
            sex_name=lambda d: d["sex"].map(SEXES)
        )
        women, men = (self.change("life_expectancy", s) for s in SEXES)
        return line_chart(
            data,
            x="period_start_year",
            y="slope",
            series="sex_name",
            lower="slope_lower",
            upper="slope_upper",
            markers=True,
            y_from_zero=False,
            x_format=lambda v: f"{v:.0f}–{(v + 2) % 100:.0f}",
            y_format=lambda v: f"{v:g}",
            caption=Caption(
                figure_id="slope-over-time",
                title=f"The gradient in length of life {_both(moved(women['change'], women['lower'], women['upper']), moved(men['change'], men['lower'], men['upper']))}",
                subtitle=f"Slope index of inequality in life expectancy at birth, England, years, {period(self.first, self.first + 2)} until {period(self.last, self.last + 2)} (overlapping), with approximate 95% intervals",
                source=source_line("life_expectancy_decile", "population_deprivation_decile"),
                alt=(
                    f"Line chart of the slope index by three-year period: women from {years(women['start'])} to {years(women['end'])}, men from "
                    f"{years(men['start'])} to {years(men['end'])}. The highest values are in periods with the pandemic."
                ),
            ),
        )

    def healthy_chart(self) -> Chart:
        """Slope index of healthy life expectancy by sex and period."""
        data = self.gaps[self.gaps["measure"] == "healthy_life_expectancy"].assign(
            sex_name=lambda d: d["sex"].map(SEXES)
        )
        women, men = (self.change("healthy_life_expectancy", s) for s in SEXES)
        return line_chart(
            data,
            x="period_start_year",
            y="slope",
            series="sex_name",
            lower="slope_lower",
            upper="slope_upper",
            markers=True,
            y_from_zero=False,
            x_format=lambda v: f"{v:.0f}–{(v + 2) % 100:.0f}",
            y_format=lambda v: f"{v:g}",
            caption=Caption(
                figure_id="healthy-slope",
                title=f"The gradient in years of good health {_both(moved(women['change'], women['lower'], women['upper']), moved(men['change'], men['lower'], men['upper']))}",
                subtitle=f"Slope index of inequality in healthy life expectancy at birth, England, years, {period(self.first, self.first + 2)} until {period(self.last, self.last + 2)} (overlapping), with approximate 95% intervals",
                source=source_line("life_expectancy_decile", "population_deprivation_decile"),
                alt=(
                    f"Line chart of the slope index of healthy life expectancy by three-year period: women from {years(women['start'])} to "
                    f"{years(women['end'])}, men from {years(men['start'])} to {years(men['end'])}, with wide intervals."
                ),
            ),
        )

    def reproduction_chart(self) -> Chart:
        """Ours minus published, one row for each index of the latest edition."""
        r = self.reproduction
        data = r[(r["edition"] == LATEST_EDITION) & r["difference"].notna()]
        half = self.rounding_likely
        data = data.assign(
            label=[
                f"{SEXES[s]}, {p}–{(p + 2) % 100}"
                for s, p in zip(data["sex"], data["period_start_year"], strict=True)
            ],
            lower=data["difference"] - half,
            upper=data["difference"] + half,
        )
        matched, n = int((data["verdict"] == "matches").sum()), len(data)
        beyond = int((data["verdict"] == "beyond rounding").sum())
        rest = (
            "the others differ no more than rounding makes likely"
            if beyond == 0
            else f"{beyond} differ by more than rounding makes likely"
        )
        return interval_chart(
            data,
            label="label",
            value="difference",
            lower="lower",
            upper="upper",
            focus=data.loc[data["verdict"] == "beyond rounding", "label"].tolist(),
            reference=0.0,
            reference_text="published",
            x_label="ours minus published, years",
            caption=Caption(
                figure_id="reproduction",
                title=f"{matched} of {n} published indices are matched at one decimal; {rest}",
                subtitle="Slope index of inequality in life expectancy, England: ours from published deciles minus the published index, 2026 edition; bars show what rounding of all values makes likely (95%)",
                source=source_line("life_expectancy_decile", "slope_index_life_expectancy"),
                alt=(
                    f"Dot chart of differences between our slope index and the published one for {n} sexes and periods. All lie between "
                    f"{number(float(data['difference'].min()), 2)} and {number(float(data['difference'].max()), 2)} years; {matched} agree at one decimal."
                ),
            ),
        )

    def changes_chart(self) -> Chart:
        """Draw the changes with the strongest evidence in the latest edition."""
        c = self.area_changes[self.area_changes["edition"] == LATEST_EDITION]
        data = (
            c.reindex(c["p_value"].sort_values(kind="stable").index)
            .head(14)
            .sort_values("change", ascending=False)
        )
        data = data.assign(label=[f"{n}, {SEXES[s]}" for n, s in zip(data["name"], data["sex"], strict=True)])
        sure = data.loc[data["beyond_noise"], "label"].tolist()
        total = int(c["beyond_noise"].sum())
        return interval_chart(
            data,
            label="label",
            value="change",
            lower="lower",
            upper="upper",
            focus=sure,
            reference=0.0,
            reference_text="no change",
            x_label="change of the slope index, years",
            caption=Caption(
                figure_id="areas-changed",
                title=f"Of {len(c)} changes in local inequality, {_few(total)} stand{'s' if total == 1 else ''} out from noise",
                subtitle=f"Change of the published slope index of inequality in life expectancy, {c['start_period'].iloc[0]} until {c['end_period'].iloc[0]}, the 14 districts and sexes with the strongest evidence, with 95% intervals that are not adjusted for the number of tests; squares: beyond noise after adjustment",
                source=source_line("slope_index_life_expectancy", "population_year"),
                alt=(
                    f"Dot chart of the 14 strongest changes in the slope index, from {years(float(data['change'].min()))} to {years(float(data['change'].max()))}. "
                    f"After adjustment for {len(c)} tests {_few(total)} remain{'s' if total == 1 else ''}."
                ),
            ),
        )

    # ---- tables ------------------------------------------------------------------------------------------------------------------------

    def measures_table(self) -> Table:
        """Absolute and relative measures side by side, first and last period."""
        kinds = {
            "gap": "Gap (absolute, years)",
            "slope": "Slope index (absolute, years)",
            "ratio": "Ratio (relative)",
            "relative": "Relative index (relative)",
        }
        rows, numbers = [], self.changes
        for r in records(numbers):
            decimals = 1 if r["index"] in ("gap", "slope") else 3
            text = f"{r['change']:+.{decimals}f} ({r['lower']:+.{decimals}f} to {r['upper']:+.{decimals}f})"
            rows.append(
                {
                    "Of": f"{MEASURES[r['measure']].capitalize()}, {SEXES[r['sex']]}",
                    "Measure": kinds[r["index"]],
                    period(self.first, self.first + 2): f"{r['start']:.{decimals}f}",
                    period(self.last, self.last + 2): f"{r['end']:.{decimals}f}",
                    "Change (95% interval)": text.replace("-", "\N{MINUS SIGN}"),
                }
            )
        return show_table(
            pd.DataFrame(rows),
            table_id="measures",
            caption="Absolute measures in years beside relative ones, England, first and last period.",
            source=source_line("life_expectancy_decile", "population_deprivation_decile"),
            data=numbers,
        )

    def reproduction_table(self) -> Table:
        """Every published index of England that can be recomputed, ours, and why they differ."""
        r = self.reproduction
        done = r[r["difference"].notna()]
        shown = pd.DataFrame(
            {
                "Edition": done["edition"].map(EDITIONS),
                "Sex": done["sex"].map(SEXES),
                "Period": [
                    period(int(a), int(b))
                    for a, b in zip(done["period_start_year"], done["period_end_year"], strict=True)
                ],
                "Published": done["slope_index"].map("{:.1f}".format),
                "Ours": done["ours"].map("{:.2f}".format),
                "Verdict": done["verdict"],
                "Why": done["why"],
            }
        )
        return show_table(
            shown,
            table_id="reproduction-list",
            caption="Published slope indices of England against ours, in years.",
            source=source_line("life_expectancy_decile", "slope_index_life_expectancy"),
            data=r,
        )

    def reproduction_summary_table(self) -> Table:
        """How many published indices can be recomputed and are matched, England and local areas."""
        s = self.reproduction_summary
        shown = pd.DataFrame(
            {
                "Edition": s["edition"],
                "Areas": s["areas"],
                "Published": s["published"].map("{:,}".format),
                "Recomputed": [
                    f"{n:,}" if n else "none: deciles of local areas are not carried" for n in s["recomputed"]
                ],
                "Match": [str(m) if n else "" for m, n in zip(s["matches"], s["recomputed"], strict=True)],
                "Within rounding": [
                    str(m) if n else "" for m, n in zip(s["within_rounding"], s["recomputed"], strict=True)
                ],
                "Beyond rounding": [
                    str(m) if n else "" for m, n in zip(s["beyond_rounding"], s["recomputed"], strict=True)
                ],
                "Largest difference": ["" if pd.isna(v) else f"{v:.2f}" for v in s["largest_difference"]],
            }
        )
        return show_table(
            shown,
            table_id="reproduction-summary",
            caption="Published slope indices in life expectancy: how many can be recomputed from published deciles, and how many are matched.",
            source=source_line("life_expectancy_decile", "slope_index_life_expectancy"),
            data=s,
        )

    def weighting_table(self) -> Table:
        """How the reproduction depends on the weights of the tenths."""
        w = self.weighting_summary
        shown = pd.DataFrame(
            {
                "Weights of the tenths": w["weights"],
                "Published": w["indices"].astype(str),
                "Match": w["matches"].astype(str),
                "Within rounding": w["within_rounding"].astype(str),
                "Beyond rounding": w["beyond_rounding"].astype(str),
                "Largest difference": w["largest_difference"].map("{:.2f}".format),
            }
        )
        return show_table(
            shown,
            table_id="weights",
            caption="Reproduction of England's published slope indices, 2026 edition, under three weightings of the tenths.",
            source=source_line(
                "life_expectancy_decile", "slope_index_life_expectancy", "population_deprivation_decile"
            ),
            data=w,
        )

    def change_table(self) -> Table:
        """How many areas changed, by edition and sex."""
        s = self.change_summary
        shown = pd.DataFrame(
            {
                "Edition and periods": [
                    f"{EDITIONS[e]}: {p}" for e, p in zip(s["edition"], s["periods"], strict=True)
                ],
                "Sex": s["sex"].map(SEXES),
                "Districts": s["areas"].astype(str),
                "Mean change, years (95% interval)": [
                    f"{m:+.2f} ({a:+.2f} to {b:+.2f})".replace("-", "\N{MINUS SIGN}")
                    for m, a, b in zip(s["mean_change"], s["lower"], s["upper"], strict=True)
                ],
                "Significant one by one": s["single_tests"].astype(str),
                "Expected by chance": s["by_chance"].map("{:.0f}".format),
                "Beyond noise: up": s["beyond_noise_up"].astype(str),
                "Beyond noise: down": s["beyond_noise_down"].astype(str),
            }
        )
        return show_table(
            shown,
            table_id="areas-changed-counts",
            caption="Published slope indices of districts, first against last period without a common year: how many changed beyond noise.",
            source=source_line("slope_index_life_expectancy", "population_year"),
            data=s,
        )

    # ---- words -------------------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        found: dict[str, str] = {
            "first_period": period(self.first, self.first + 2),
            "last_period": period(self.last, self.last + 2),
        }
        for measure, short in (("life_expectancy", "life"), ("healthy_life_expectancy", "healthy")):
            for sex, name in SEXES.items():
                one, change = self.gap(measure, sex, self.last), self.change(measure, sex)
                found |= {
                    f"{short}_gap_{name}": years(one["gap"]),
                    f"{short}_worst_{name}": f"{one['worst']:.1f}",
                    f"{short}_best_{name}": f"{one['best']:.1f}",
                    f"{short}_ratio_{name}": f"{one['ratio']:.2f}",
                    f"{short}_slope_{name}": f"{years(one['slope'])} (95% interval {one['slope_lower']:.1f} to {one['slope_upper']:.1f})",
                    f"{short}_relative_{name}": f"{one['relative']:.2f}",
                    f"{short}_change_{name}": f"{moved(change['change'], change['lower'], change['upper'])} "
                    f"(95% interval {_signed(change['lower'])} to {_signed(change['upper'])})",
                }
        found |= self._peak_words() | self._reproduction_words() | self._area_words()
        found["agreement"] = self._agreement_words()
        found["healthy_times"] = self._times_words()
        areas_in_england = self.people[
            (self.people["area_code"] == ENGLAND) & (self.people["index_year"] == 2019)
        ]
        found["small_areas"] = f"{areas_in_england['small_areas'].sum():,.0f}"
        found["share_of_life"] = self._share_words()
        return found

    def _peak_words(self) -> dict[str, str]:
        words = []
        for sex, name in SEXES.items():
            g = self.gaps[(self.gaps["measure"] == "life_expectancy") & (self.gaps["sex"] == sex)]
            top = record(g.loc[[g["slope"].idxmax()]])
            end = self.gap("life_expectancy", sex, self.last)
            start = int(top["period_start_year"])
            if start == self.last:
                words.append(f"for {name} the latest period is the highest")
            else:
                words.append(
                    f"for {name} it was highest in {period(start, start + 2)} ({years(top['slope'])}) and stood at {years(end['slope'])} in the latest period"
                )
        return {"peak": join(words)}

    def _agreement_words(self) -> str:
        """Whether absolute and relative measures tell the same story."""
        tell = []
        for measure, short in MEASURES.items():
            for sex, name in SEXES.items():
                signs = {i: _direction(self.change(measure, sex, i)) for i in ("slope", "relative")}
                if signs["slope"] != signs["relative"]:
                    tell.append(
                        f"{short} of {name} (slope index {signs['slope']}, relative index {signs['relative']})"
                    )
        if not tell:
            return "Here the absolute and the relative measures tell the same story for both sexes, in life expectancy and in healthy life expectancy."
        return f"Here the absolute and the relative measures differ for {join(tell)}."

    def _times_words(self) -> str:
        """How much steeper the gradient is in years of good health."""
        parts = []
        for sex, name in SEXES.items():
            life, healthy = (self.gap(m, sex, self.last)["slope"] for m in MEASURES)
            parts.append(f"{healthy / life:.1f} times as steep for {name}")
        return join(parts)

    def _share_words(self) -> str:
        """Share of life in good health at both ends."""
        parts = []
        for sex, name in SEXES.items():
            life, healthy = (
                self.gap("life_expectancy", sex, self.last),
                self.gap("healthy_life_expectancy", sex, self.last),
            )
            parts.append(
                f"{name} in the most deprived tenth can expect {percentage(healthy['worst'] / life['worst'], 0)} of their life in good health, in the least deprived tenth {percentage(healthy['best'] / life['best'], 0)}"
            )
        return join(parts, "and")

    def _reproduction_words(self) -> dict[str, str]:
        r = self.reproduction
        done = r[r["difference"].notna()]
        latest = done[done["edition"] == LATEST_EDITION]
        counts = latest["verdict"].value_counts()
        older = done[done["edition"] != LATEST_EDITION]
        matches, near, beyond = (
            int(counts.get(v, 0)) for v in ("matches", "within rounding", "beyond rounding")
        )
        tail = (
            "None differs by more than rounding makes likely."
            if beyond == 0
            else f"{_few(beyond).capitalize()} differ{'s' if beyond == 1 else ''} by more than rounding makes likely, by {latest['difference'].abs().max():.2f} years at most."
        )
        local = self.published[self.published["area_code"] != ENGLAND]
        agree = records(self.edition_agreement)
        revised = agree[-1]
        noise = self.area_changes[self.area_changes["edition"] == LATEST_EDITION][
            "standard_error"
        ].median() / np.sqrt(2.0)
        return {
            "reproduction": f"In the latest edition we match {matches} of {len(latest)} published indices of England at one decimal; {near} more differ by no more than rounding makes likely. {tail}",
            "reproduction_older": f"Against the two earlier editions, {int((older['verdict'] == 'matches').sum())} of {len(older)} match and {int((older['verdict'] == 'beyond rounding').sum())} differ by more than rounding makes likely. {self._edition_words(older, latest)}",
            "reproduction_weights": self._weighting_words(),
            "reproduction_missing": f"{int(r['difference'].isna().sum())} published indices of England belong to periods for which no deciles are carried.",
            "reproduction_local": f"{len(local):,} published indices of {local['area_code'].nunique()} local areas cannot be recomputed, because life expectancy by tenth inside each area is not part of our tables.",
            "editions_same": "; ".join(
                f"the {a['first']} and the {a['second']} agree in {percentage(a['equal'], 0)} of {a['pairs']:,} pairs of the same area, period and sex"
                for a in agree
            ),
            "edition_revision": f"Where they differ, new population figures moved an area's index by {years(revised['typical_difference'])} in the root mean square and by {years(revised['largest'])} at most; a typical standard error of one index is {years(float(noise))}. A revision of population figures thus moves a local index by {percentage(revised['typical_difference'] / float(noise), 0)} of its standard error",
        }

    @staticmethod
    def _edition_words(older: pd.DataFrame, latest: pd.DataFrame) -> str:
        apart = [float(np.sqrt((r["difference"] ** 2).mean())) for r in (older, latest)]
        if apart[0] > apart[1]:
            return "Those editions rest on populations before the 2021 Census; the deciles fit the latest edition better."
        return "The deciles do not fit the latest edition better than those."

    def _weighting_words(self) -> str:
        w = self.weighting_summary
        best = record(w.sort_values(["beyond_rounding", "matches"], ascending=[True, False], kind="stable"))
        if best["weights"] == w["weights"].iloc[0]:
            return f"Other weights of the tenths do not come closer than ours ({best['weights']})."
        return (
            f"With {best['weights']} as weights instead of {w['weights'].iloc[0]}, {best['matches']} of {best['indices']} match and "
            f"{_few(best['beyond_rounding'])} differ{'s' if best['beyond_rounding'] == 1 else ''} by more than rounding makes likely. "
            "The publisher's own weights, by sex and period, are not part of our tables."
        )

    def _area_words(self) -> dict[str, str]:
        c = self.area_changes
        latest = c[c["edition"] == LATEST_EDITION]
        earlier = c[c["edition"] != LATEST_EDITION]
        s = self.change_summary
        recent = s[s["edition"] == LATEST_EDITION].set_index("sex")
        mean = [
            moved(cell(recent, x, "mean_change"), cell(recent, x, "lower"), cell(recent, x, "upper"))
            + f" for {SEXES[x]}"
            for x in SEXES
        ]
        check = self.noise_check
        return {
            "areas_compared": str(len(latest)),
            "areas_districts": str(latest["area_code"].nunique()),
            "areas_periods": f"{latest['start_period'].iloc[0]} and {latest['end_period'].iloc[0]}",
            "areas_single": str(int((latest["p_value"] < 0.05).sum())),
            "areas_by_chance": f"{0.05 * len(latest):.0f}",
            "areas_beyond": _beyond_words(latest),
            "areas_beyond_count": f"of {len(latest)} changes in districts, {_few(int(latest['beyond_noise'].sum()))} stand{'s' if int(latest['beyond_noise'].sum()) == 1 else ''} out from noise",
            "areas_beyond_earlier": _beyond_words(earlier),
            "areas_periods_earlier": f"{earlier['start_period'].iloc[0]} and {earlier['end_period'].iloc[0]}",
            "areas_mean": f"the average district's index {join(mean)}",
            "areas_typical_error": years(float(latest["standard_error"].median())),
            "areas_detectable": years(float(2.8 * latest["standard_error"].median())),
            "noise_check": f"{percentage(check['ratio'], 0)}",
            "greater_manchester": self._manchester_words(),
        }

    def _manchester_words(self) -> str:
        """Say what the districts of Greater Manchester show in the latest edition."""
        members = {a.code for a in areas.members("E47000001", "district", "2023-04-01")}
        c = self.area_changes
        own = c[(c["edition"] == LATEST_EDITION) & c["area_code"].isin(members)]
        other = c[(c["edition"] == LATEST_EDITION) & ~c["area_code"].isin(members)]
        mean, error = (
            float(own["change"].mean()),
            float(np.sqrt((own["standard_error"] ** 2).sum()) / len(own)),
        )
        rest = float(other["change"].mean())
        low, high = mean - rest - _Z * error, mean - rest + _Z * error
        against = (
            "more than"
            if low > 0
            else "less than"
            if high < 0
            else "no differently, beyond noise, from what it did"
        )
        beyond = int(own["beyond_noise"].sum())
        return (
            f"In Greater Manchester the index of the {len(members)} districts changed by {_signed(mean)} years on average over both sexes, {against} elsewhere "
            f"({_signed(rest)}; difference {_signed(mean - rest)}, 95% interval {_signed(low)} to {_signed(high)}); "
            f"{_few(beyond)} of its {len(own)} changes {'is' if beyond == 1 else 'are'} beyond noise"
        )


def _slope_coefficients(weights: np.ndarray) -> np.ndarray:
    """Return what each group's value counts in the slope index of groups in order."""
    share = weights / weights.sum()
    rank = share.cumsum() - share / 2
    centred = rank - (share * rank).sum()
    result: np.ndarray = share * centred / (share * centred**2).sum()
    return result


def _direction(change: dict[str, Any]) -> str:
    return "up" if change["lower"] > 0 else "down" if change["upper"] < 0 else "no change beyond noise"


def _signed(value: float, decimals: int = 1) -> str:
    return f"{value:+.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _plain(value: float) -> str:
    return f"{value:.1f}".replace("-", "\N{MINUS SIGN}")


def _few(count: int) -> str:
    names = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return names[count] if count < len(names) else str(count)


def _both(women: str, men: str) -> str:
    if women == men:
        return f"{women} for either sex" if "not" in women else f"{women} for both sexes"
    return f"{women} for women and {men} for men"


def _beyond_words(changes: pd.DataFrame) -> str:
    found = changes[changes["beyond_noise"]].sort_values("adjusted")
    if found.empty:
        return "no district's index changed beyond noise"
    parts = [
        f"{r['name']} ({SEXES[r['sex']]}, {'up' if r['change'] > 0 else 'down'} from {_plain(r['start'])} to {_plain(r['end'])})"
        for r in records(found)
    ]
    return f"{_few(len(found))} of {len(changes)} changes {'is' if len(found) == 1 else 'are'} beyond noise: {join(parts)}"
