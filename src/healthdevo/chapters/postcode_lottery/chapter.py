"""Chapter "Postcode lottery": how much inequality lies between regions, between their areas, and inside these; and whether areas converge."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.chapters.common.cells import record, records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.attendances import ENGLAND, complete_years
from healthdevo.chapters.inequality.chapter import (
    SEXES,
    period,
    size_in_2019,
    slope_series,
    slope_series_noise,
)
from healthdevo.charts import Caption, Chart, Span, interval_chart, line_chart, scatter_chart, share_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.inequality import (
    BetaConvergence,
    InequalityDecomposition,
    SigmaConvergence,
    WithoutNoise,
    beta_convergence,
    nested_decomposition,
    series_noise,
    sigma_convergence,
    without_noise,
)
from healthdevo.mathematics import rank_intervals
from healthdevo.wording import financial_year, join, number, ordinal, percentage

__all__ = ["MANCHESTER", "ON", "PostcodeLottery", "Split", "within_boards"]

MANCHESTER = "E54000057"
MANCHESTER_AUTHORITY = "E47000001"
ON = "2023-04-01"
EARLY, LATE = "ohid_2023", "ohid_2026"
_LATEST = "ohid_2026"
_Z = float(stats.norm.ppf(0.975))
_TENTHS = 10
_PARTS = ("between regions", "between areas of a region", "inside areas")


@dataclass(frozen=True)
class Split:
    """One outcome in one period, split into levels.

    Parameters
    ----------
    outcome, when : str
        What and when, in words.
    start : int
        First year of the period.
    raw : InequalityDecomposition
        As the figures show it.
    clear : WithoutNoise or None
        Without what chance adds; None for complete counts and accounts.
    units : int
        Areas compared.
    names : tuple of str
        Names of the parts, outermost first.
    """

    outcome: str
    when: str
    start: int
    raw: InequalityDecomposition
    clear: WithoutNoise | None
    units: int
    names: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """Return one row for each part: raw share, share without noise, interval, spread."""
        best = self.raw.shares if self.clear is None else self.clear.shares
        total = self.raw.total.estimate if self.clear is None else self.clear.total.estimate
        return pd.DataFrame(
            {
                "outcome": self.outcome,
                "when": self.when,
                "start": self.start,
                "part": list(self.names),
                "raw_share": self.raw.shares.estimate,
                "share": best.estimate,
                "lower": best.lower[:, 0],
                "upper": best.upper[:, 0],
                "noise_share": np.zeros(len(self.names))
                if self.clear is None
                else self.clear.noise / self.raw.total.estimate,
                "standard_deviation": np.sqrt(max(total, 0.0)),
                "units": self.units,
            }
        )


def within_boards(kind: str = "icb") -> pd.DataFrame:
    """Return the share of each district's people in each container of a kind, on the districts of 2023.

    Returns
    -------
    pandas.DataFrame
        Columns ``area_code`` (district), ``container_code``, ``share``.
    """
    found = areas.registry().containment("district", kind, ON)
    rows = [
        {"area_code": m.code, "container_code": c.code, "share": float(found.share[i, j])}
        for i, m in enumerate(found.members)
        for j, c in enumerate(found.containers)
        if found.share[i, j] > 0.0
    ]
    return pd.DataFrame(rows)


def _container(kind: str, members: str = "district", on: str = ON) -> pd.Series:
    """Return the container that holds most of each member."""
    found = areas.registry().containment(members, kind, on)
    where = np.nanargmax(found.share, axis=1)
    return pd.Series([found.containers[j].code for j in where], index=[m.code for m in found.members])


@dataclass(frozen=True)
class PostcodeLottery:
    """Everything the chapter says and shows.

    Parameters
    ----------
    mortality, life, published, population, emergency, outturn, tenths, people : pandas.DataFrame
        Tables ``under_75_mortality``, ``life_expectancy_area``, ``slope_index_life_expectancy``, ``population_year``,
        ``emergency_month``, ``council_outturn``, ``life_expectancy_decile`` and ``population_deprivation_decile``.
    """

    mortality: pd.DataFrame = field(repr=False)
    life: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    emergency: pd.DataFrame = field(repr=False)
    outturn: pd.DataFrame = field(repr=False)
    tenths: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> PostcodeLottery:
        """Load the tables that the chapter needs."""
        names = (
            "under_75_mortality",
            "life_expectancy_area",
            "slope_index_life_expectancy",
            "population_year",
            "emergency_month",
            "council_outturn",
            "life_expectancy_decile",
            "population_deprivation_decile",
        )
        return cls(*(tables.load(name) for name in names))

    # ---- ground ------------------------------------------------------------------------------------------------------------------------

    @cached_property
    def size(self) -> pd.Series:
        """Population of each area in 2019."""
        return size_in_2019(self.population)

    @cached_property
    def region_of(self) -> pd.Series:
        """Region of each district."""
        return _container("region")

    @cached_property
    def authority_of(self) -> pd.Series:
        """County or unitary authority of each district."""
        return _container("upper_tier")

    # ---- life expectancy: three levels, down to tenths of districts ----------------------------------------------------------------------

    @cached_property
    def life_splits(self) -> dict[tuple[str, int], Split]:
        """Variance of life expectancy between regions, between districts, and along deprivation inside districts."""
        result = {}
        for sex in SEXES:
            slopes = slope_series(self.published, _LATEST, sex)
            slopes = slopes[slopes.index.isin(self.size.index)]
            slope_error = pd.Series(slope_series_noise(slopes, self.size).standard_error, index=slopes.index)
            life = self._life(sex)
            life_error = pd.Series(slope_series_noise(life, self.size).standard_error, index=life.index)
            for start in sorted(set(slopes.columns) & set(life.columns)):
                both = pd.DataFrame({"life": life[start], "slope": slopes[start]}).dropna()
                both = both[both.index.isin(self.region_of.index)]
                result[sex, int(start)] = self._life_split(
                    sex, int(start), both, life_error.reindex(both.index), slope_error.reindex(both.index)
                )
        return result

    def _life(self, sex: str) -> pd.DataFrame:
        rows = self.life[(self.life["sex"] == sex) & self.life["area_code"].isin(self.region_of.index)]
        return rows.pivot_table(index="area_code", columns="period_start_year", values="life_expectancy")

    def _life_split(
        self, sex: str, start: int, both: pd.DataFrame, life_error: pd.Series, slope_error: pd.Series
    ) -> Split:
        place = (np.arange(_TENTHS) + 0.5) / _TENTHS - 0.5
        values = both["life"].to_numpy()[:, np.newaxis] + both["slope"].to_numpy()[:, np.newaxis] * place
        codes = np.repeat(both.index.to_numpy(dtype=object), _TENTHS)
        nesting = pd.DataFrame({"region": self.region_of.reindex(codes).to_numpy(), "district": codes})
        weights = np.repeat(self.size.reindex(both.index).to_numpy(float) / _TENTHS, _TENTHS)
        raw = nested_decomposition(values.ravel(), nesting, weights, measure="variance", clusters=codes)
        share = weights / weights.sum()
        inside = float(share @ np.repeat(slope_error.to_numpy(float) ** 2, _TENTHS)) * float(
            (place**2).mean()
        )
        clear = without_noise(
            raw, nesting, np.repeat(life_error.to_numpy(float), _TENTHS), weights, within=inside
        )
        return Split(
            f"life expectancy, {SEXES[sex]}", period(start, start + 2), start, raw, clear, len(both), _PARTS
        )

    # ---- preventable mortality: regions, authorities, districts --------------------------------------------------------------------------

    def _rates(self, edition: str) -> pd.DataFrame:
        rows = self.mortality[
            (self.mortality["edition"] == edition)
            & (self.mortality["sex"] == "persons")
            & self.mortality["area_code"].isin(self.region_of.index)
        ]
        return rows.pivot_table(index="area_code", columns="year", values="rate")

    @cached_property
    def mortality_errors(self) -> dict[str, pd.Series]:
        """Relative standard error of a district's yearly rate, by edition, from the scatter of its series."""
        found = {}
        for edition in (EARLY, LATE):
            rates = self._rates(edition)
            noise = series_noise(
                np.log(rates.to_numpy(float)),
                self.size.reindex(rates.index).to_numpy(float),
                index=rates.index,
            )
            found[edition] = pd.Series(noise.standard_error, index=rates.index)
        return found

    @cached_property
    def mortality_splits(self) -> dict[tuple[str, int], Split]:
        """Variance of the preventable death rate between regions, authorities of a region, districts of an authority."""
        result = {}
        for edition in (EARLY, LATE):
            rates = self._rates(edition)
            relative = self.mortality_errors[edition]
            for year in rates.columns:
                values = rates[year].dropna()
                nesting = pd.DataFrame(
                    {
                        "region": self.region_of.reindex(values.index),
                        "authority": self.authority_of.reindex(values.index),
                    }
                ).reset_index(drop=True)
                weights = self.size.reindex(values.index).to_numpy(float)
                raw = nested_decomposition(values.to_numpy(float), nesting, weights, measure="variance")
                clear = self._clear(
                    raw, nesting, (relative.reindex(values.index) * values).to_numpy(float), weights
                )
                result[edition, int(year)] = Split(
                    "preventable deaths under 75", str(year), int(year), raw, clear, len(values), _PARTS
                )
        return result

    @staticmethod
    def _clear(
        raw: InequalityDecomposition, nesting: pd.DataFrame, errors: np.ndarray, weights: np.ndarray
    ) -> WithoutNoise:
        """Take the noise of districts off a split into regions, authorities and districts."""
        p = weights / weights.sum()
        authority = pd.factorize(nesting["authority"])[0]
        mass = np.bincount(authority, p)
        mean_error = np.sqrt(np.bincount(authority, (p * errors) ** 2)) / mass
        inside = float(p @ errors**2 - mass @ mean_error**2)
        return without_noise(raw, nesting, mean_error[authority], weights, within=max(inside, 0.0))

    # ---- A&E and spending ----------------------------------------------------------------------------------------------------------------

    @cached_property
    def emergency_rates(self) -> pd.DataFrame:
        """A&E attendances per 1,000 people of each integrated care board, by complete financial year."""
        boards = [a.code for a in areas.list_areas("icb", ON)]
        months = self.emergency[
            self.emergency["area_code"].isin(boards) & (self.emergency["department_type"] == "all")
        ]
        sums = complete_years(months)
        people = self.population.rename(columns={"year": "financial_year_start"})
        both = sums.merge(people[["area_code", "financial_year_start", "persons"]], how="inner")
        both = both.assign(rate=1000 * both["attendances"] / both["persons"])
        full = both.groupby("financial_year_start")["area_code"].transform("nunique") == len(boards)
        return both[full]

    @cached_property
    def emergency_splits(self) -> dict[int, Split]:
        """Variance of A&E attendance rates between NHS regions and between boards of a region."""
        region = _container("nhs_region", "icb")
        result = {}
        for year, rows in self.emergency_rates.groupby("financial_year_start"):
            nesting = pd.DataFrame({"region": region.reindex(rows["area_code"]).to_numpy()})
            raw = nested_decomposition(
                rows["rate"].to_numpy(float), nesting, rows["persons"].to_numpy(float), measure="variance"
            )
            start = int(str(year))
            result[start] = Split(
                "A&E attendances", financial_year(start), start, raw, None, len(rows), _PARTS[:2]
            )
        return result

    @cached_property
    def spending(self) -> pd.DataFrame:
        """Net spending per head of upper-tier councils on public health and on adult social care, by financial year."""
        rows = self.outturn[
            self.outturn["service"].isin(["public_health", "adult_social_care"])
            & self.outturn["spending_per_head"].notna()
            & self.outturn["area_code"].notna()
        ]
        parts = []
        for year, part in rows.groupby("financial_year_start"):
            region = _container("region", "upper_tier", f"{year}-04-01")
            parts.append(part.assign(region=part["area_code"].map(region)))
        frame = pd.concat(parts)
        # the City of London and the Isles of Scilly have so few residents that spending per head means little
        return frame[frame["region"].notna() & ~frame["area_code"].isin(["E09000001", "E06000053"])]

    @cached_property
    def spending_splits(self) -> dict[tuple[str, int], Split]:
        """Variance of council spending per head between regions and between councils of a region."""
        names = {
            "public_health": "public health spending",
            "adult_social_care": "adult social care spending",
        }
        result = {}
        for (service, year), rows in self.spending.groupby(
            ["service", "financial_year_start"], observed=True
        ):
            raw = nested_decomposition(
                rows["spending_per_head"].to_numpy(float),
                rows[["region"]].reset_index(drop=True),
                rows["population"].to_numpy(float),
                measure="variance",
            )
            start = int(str(year))
            result[str(service), start] = Split(
                names[str(service)], financial_year(start), start, raw, None, len(rows), _PARTS[:2]
            )
        return result

    # ---- all outcomes side by side -------------------------------------------------------------------------------------------------------

    @cached_property
    def latest(self) -> tuple[Split, ...]:
        """The latest split of each outcome."""
        found = []
        for sex in SEXES:
            found.append(self.life_splits[max(k for k in self.life_splits if k[0] == sex)])
        found.append(self.mortality_splits[LATE, max(y for e, y in self.mortality_splits if e == LATE)])
        found.append(self.emergency_splits[max(self.emergency_splits)])
        for service in ("public_health", "adult_social_care"):
            found.append(self.spending_splits[max(k for k in self.spending_splits if k[0] == service)])
        return tuple(found)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Parts of each outcome in its latest period."""
        return pd.concat([s.frame() for s in self.latest], ignore_index=True)

    def share(self, outcome: str, part: str) -> dict[str, Any]:
        """Return the row of ``shares`` of one outcome and part."""
        s = self.shares
        return record(s[(s["outcome"] == outcome) & (s["part"] == part)])

    @cached_property
    def over_time(self) -> pd.DataFrame:
        """Parts of every outcome in every period; preventable deaths from the later edition where both have a year."""
        splits = [*self.life_splits.values(), *self.emergency_splits.values(), *self.spending_splits.values()]
        parts = [s.frame().assign(edition="") for s in splits]
        parts += [s.frame().assign(edition=e) for (e, _), s in self.mortality_splits.items()]
        return pd.concat(parts, ignore_index=True)

    # ---- what the mix of deprivation explains --------------------------------------------------------------------------------------------

    @cached_property
    def composition(self) -> pd.DataFrame:
        """Life expectancy of each district against what its mix of national tenths predicts, latest common period, both sexes."""
        start = max(set(self.tenths["period_start_year"]) & {p for _, p in self.life_splits})
        people = self.people[
            (self.people["index_year"] == 2019) & self.people["area_code"].isin(self.region_of.index)
        ]
        parts = []
        for sex in SEXES:
            national = self.tenths[
                (self.tenths["sex"] == sex) & (self.tenths["period_start_year"] == start)
            ].set_index("decile")["life_expectancy"]
            weighted = people.assign(product=people["population"] * people["decile"].map(national))
            sums = weighted.groupby("area_code", observed=True)[["product", "population"]].sum()
            life = self._life(sex)
            error = pd.Series(slope_series_noise(life, self.size).standard_error, index=life.index)
            frame = pd.DataFrame(
                {"predicted": sums["product"] / sums["population"], "life": life[start], "error": error}
            )
            parts.append(frame.dropna().assign(sex=sex, start=start).rename_axis("area_code").reset_index())
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def composition_share(self) -> dict[str, float]:
        """Share of the variance between districts that goes with their mix of deprivation, noise taken off, by sex."""
        found = {}
        for sex, rows in self.composition.groupby("sex", observed=True):
            w = self.size.reindex(rows["area_code"]).to_numpy(float)
            w = w / w.sum()
            x = rows["predicted"].to_numpy(float)
            y = rows["life"].to_numpy(float)
            x, y = x - w @ x, y - w @ y
            explained = float(w @ (x * y)) ** 2 / float(w @ x**2)
            noise = float(w @ rows["error"].to_numpy(float) ** 2)
            found[str(sex)] = explained / (float(w @ y**2) - noise)
        return found

    # ---- convergence ---------------------------------------------------------------------------------------------------------------------

    @cached_property
    def convergence(self) -> pd.DataFrame:
        """Beta and sigma convergence of areas: preventable deaths, life expectancy, A&E rates, public health spending."""
        rows = []
        for name, when, (beta, sigma, noise) in self._convergence_cases():
            best = beta.corrected or beta
            rows.append(
                {
                    "outcome": name,
                    "period": when,
                    "areas": beta.n,
                    "slope": best.estimate,
                    "slope_lower": best.interval().lower,
                    "slope_upper": best.interval().upper,
                    "slope_uncorrected": beta.estimate,
                    "reliability": beta.reliability,
                    "spread_start": float(sigma.estimate[0]),
                    "spread_end": float(sigma.estimate[-1]),
                    "ratio": sigma.ratio.estimate,
                    "ratio_lower": sigma.ratio.interval().lower,
                    "ratio_upper": sigma.ratio.interval().upper,
                    "noise_in_spread": noise,
                }
            )
        return pd.DataFrame(rows)

    def _convergence_cases(self) -> list[tuple[str, str, tuple[BetaConvergence, SigmaConvergence, float]]]:
        cases = []
        for edition, start, end in ((EARLY, 2010, 2019), (LATE, 2014, 2024)):
            rates = self._rates(edition)
            end = min(end, int(max(rates.columns)))
            one = rates[[start, end]].dropna()
            error = self.mortality_errors[edition].reindex(one.index).to_numpy(float) * one[start].to_numpy(
                float
            )
            cases.append(
                (
                    "preventable deaths under 75, districts",
                    f"{start} to {end}",
                    self._converge(one, end - start, error, True),
                )
            )
        for sex, name in SEXES.items():
            life = self._life(sex)
            noise = pd.Series(slope_series_noise(life, self.size).standard_error, index=life.index)
            start = int(min(life.columns))
            end = max(self.life_splits)[1]
            one = life[[start, end]].dropna()
            cases.append(
                (
                    f"life expectancy, {name}, districts",
                    f"{period(start, start + 2)}, {period(end, end + 2)}",
                    self._converge(one, end - start, noise.reindex(one.index).to_numpy(float), False),
                )
            )
        wide = self.emergency_rates.pivot_table(
            index="area_code", columns="financial_year_start", values="rate"
        )
        first, last = int(min(wide.columns)), int(max(wide.columns))
        cases.append(
            (
                "A&E attendances, integrated care boards",
                f"{financial_year(first)} to {financial_year(last)}",
                self._converge(wide[[first, last]].dropna(), last - first, None, True),
            )
        )
        money = self.spending[self.spending["service"] == "public_health"]
        wide = money.pivot_table(
            index="area_code", columns="financial_year_start", values="spending_per_head"
        )
        first, last = int(min(wide.columns)), int(max(wide.columns))
        cases.append(
            (
                "public health spending, councils",
                f"{financial_year(first)} to {financial_year(last)}",
                self._converge(wide[[first, last]].dropna(), last - first, None, True),
            )
        )
        return cases

    def _converge(
        self, values: pd.DataFrame, years: int, errors: np.ndarray | None, logarithm: bool
    ) -> tuple[BetaConvergence, SigmaConvergence, float]:
        start, end = values.columns
        beta = beta_convergence(
            values[start].to_numpy(float),
            values[end].to_numpy(float),
            years,
            logarithm=logarithm,
            start_errors=errors,
        )
        long = values.melt(ignore_index=False, var_name="period", value_name="value").reset_index()
        long["period"] = long["period"].astype(int)
        sigma = sigma_convergence(
            long,
            "area_code",
            "period",
            "value",
            measure="standard deviation of logs" if logarithm else "standard deviation",
        )
        return beta, sigma, 1.0 - beta.reliability

    # ---- Greater Manchester --------------------------------------------------------------------------------------------------------------

    @cached_property
    def boards(self) -> pd.DataFrame:
        """Preventable death rate of each integrated care board relative to England, by edition and year, with its standard error.

        A board's rate is the mean of its districts, weighted by the people they have in it; districts without a rate of their own (City of
        London, Isles of Scilly) are left out.
        """
        inside = within_boards()
        inside = inside.assign(weight=inside["share"] * inside["area_code"].map(self.size))
        parts = []
        for edition in (EARLY, LATE):
            rates = self._rates(edition)
            relative = self.mortality_errors[edition]
            long = rates.melt(ignore_index=False, var_name="year", value_name="rate").reset_index().dropna()
            both = long.merge(inside, on="area_code")
            both = both.assign(
                product=both["weight"] * both["rate"],
                error=(both["weight"] * both["rate"] * both["area_code"].map(relative)) ** 2,
            )
            sums = both.groupby(["container_code", "year"], observed=True)[
                ["weight", "product", "error"]
            ].sum()
            m = self.mortality
            england = m[(m["area_code"] == ENGLAND) & (m["sex"] == "persons") & (m["edition"] == edition)]
            england_rate = england.set_index("year")["rate"].astype(float)
            frame = sums.reset_index()
            base = frame["year"].map(england_rate).astype(float)
            rate = frame["product"] / frame["weight"]
            parts.append(
                pd.DataFrame(
                    {
                        "edition": edition,
                        "area_code": frame["container_code"],
                        "year": frame["year"].astype(int),
                        "rate": rate,
                        "ratio": rate / base,
                        "ratio_error": np.sqrt(frame["error"]) / frame["weight"] / base,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def board_changes(self) -> pd.DataFrame:
        """Change of each board's rate relative to England, first to last year of the later edition, three years averaged at each end."""
        b = self.boards[self.boards["edition"] == LATE]
        first, last = int(b["year"].min()), int(b["year"].max())

        def mean(years: range) -> pd.DataFrame:
            part = b[b["year"].isin(years)].groupby("area_code", observed=True)
            return pd.DataFrame(
                {
                    "ratio": part["ratio"].mean(),
                    "error": part["ratio_error"].apply(lambda e: float(np.sqrt((e**2).sum()) / len(e))),
                }
            )

        start, end = mean(range(first, first + 3)), mean(range(last - 2, last + 1))
        error = np.hypot(start["error"].to_numpy(float), end["error"].to_numpy(float))
        change = (end["ratio"] - start["ratio"]).to_numpy(float)
        frame = pd.DataFrame(
            {
                "area_code": start.index,
                "name": [
                    areas.get(str(c)).short_name.removeprefix("NHS ").removesuffix(" ICB")
                    for c in start.index
                ],
                "start": start["ratio"].to_numpy(),
                "end": end["ratio"].to_numpy(),
                "change": change,
                "standard_error": error,
                "lower": change - _Z * error,
                "upper": change + _Z * error,
                "start_years": period(first, first + 2),
                "end_years": period(last - 2, last),
            }
        )
        ranks = rank_intervals(frame["change"], frame["standard_error"], first="lowest").to_frame()
        levels = rank_intervals(frame["end"], end["error"].to_numpy(), first="highest").to_frame()
        return frame.assign(
            rank=ranks["rank"],
            rank_lower=ranks["lower"],
            rank_upper=ranks["upper"],
            level_rank=levels["rank"],
            level_lower=levels["lower"],
            level_upper=levels["upper"],
        )

    @property
    def manchester(self) -> dict[str, Any]:
        """Greater Manchester's row of ``board_changes``."""
        b = self.board_changes
        return record(b[b["area_code"] == MANCHESTER])

    @cached_property
    def inner_spread(self) -> pd.DataFrame:
        """Spread of preventable death rates between the districts of each combined authority and region, first and last three years.

        Standard deviation of the districts' means over three years, noise taken off, in per cent of the area's mean.
        """
        rates = self._rates(LATE)
        relative = self.mortality_errors[LATE]
        first, last = int(min(rates.columns)), int(max(rates.columns))
        groups = {"Greater Manchester": [a.code for a in areas.members(MANCHESTER_AUTHORITY, "district", ON)]}
        groups |= {
            areas.get(str(code)).name: list(part.index)
            for code, part in self.region_of.groupby(self.region_of)
        }
        rows = []
        for name, members in groups.items():
            row: dict[str, Any] = {"area": name}
            for key, columns in (("start", range(first, first + 3)), ("end", range(last - 2, last + 1))):
                one = rates.loc[rates.index.intersection(members), list(columns)].mean(axis=1).dropna()
                w = self.size.reindex(one.index).to_numpy(float)
                w = w / w.sum()
                y = one.to_numpy(float)
                mean = float(w @ y)
                noise = (relative.reindex(one.index).to_numpy(float) * y) ** 2 / len(columns)
                variance = float(w @ (y - mean) ** 2) - float(w @ noise - (w**2) @ noise)
                row |= {"districts": len(one), key: np.sqrt(max(variance, 0.0)) / mean}
            rows.append(row)
        return pd.DataFrame(rows).assign(
            start_years=period(first, first + 2), end_years=period(last - 2, last)
        )

    # ---- charts --------------------------------------------------------------------------------------------------------------------------

    def shares_chart(self) -> Chart:
        """How much of each outcome's variance lies at each level."""
        data = self.shares.assign(label=[f"{o[0].upper()}{o[1:]}" for o in self.shares["outcome"]])
        men, women = (self.share(f"life expectancy, {s}", _PARTS[2]) for s in ("men", "women"))
        region = self.shares[self.shares["part"] == _PARTS[0]]["share"]
        inside = f"{percentage(men['share'], 0)} (men) and {percentage(women['share'], 0)} (women)"
        return share_chart(
            data,
            label="label",
            part="part",
            share="share",
            parts={_PARTS[2]: "inside areas (not measurable for A&E and spending)"},
            caption=Caption(
                figure_id="levels",
                title=f"Of the differences in length of life, {inside} lie inside districts",
                subtitle="Shares of the variance between places by level, England, latest period of each outcome, chance error taken off where there is any",
                source=source_line(
                    "life_expectancy_area",
                    "slope_index_life_expectancy",
                    "under_75_mortality",
                    "emergency_month",
                    "council_outturn",
                ),
                alt=(
                    f"Bars for {len(self.latest)} outcomes cut into shares of variance between regions, between areas of a region and inside areas. "
                    f"Between regions lie {percentage(float(region.min()), 0)} to {percentage(float(region.max()), 0)}; of life expectancy "
                    f"{inside} lie inside districts."
                ),
            ),
        )

    def life_time_chart(self) -> Chart:
        """Shares of the variance of life expectancy over time, men and women averaged."""
        frames = pd.concat([s.frame().assign(sex=k[0]) for k, s in self.life_splits.items()])
        data = (
            frames.groupby(["part", "start"], observed=True, sort=False)[["share", "lower", "upper"]]
            .mean()
            .reset_index()
            .assign(
                percent=lambda d: 100 * d["share"],
                low=lambda d: 100 * d["lower"],
                high=lambda d: 100 * d["upper"],
            )
        )
        first, last = int(data["start"].min()), int(data["start"].max())
        at = data.set_index(["part", "start"])["share"]
        return line_chart(
            data,
            x="start",
            y="percent",
            series="part",
            lower="low",
            upper="high",
            markers=True,
            labels={
                _PARTS[0]: "between\nregions",
                _PARTS[1]: "between\ndistricts",
                _PARTS[2]: "inside\ndistricts",
            },
            x_format=lambda v: f"{v:.0f}–{(v + 2) % 100:.0f}",
            y_format=lambda v: f"{v:g}%",
            caption=Caption(
                figure_id="life-over-time",
                title=f"The part inside districts {_went(at[_PARTS[2], first], at[_PARTS[2], last])}",
                subtitle=f"Shares of the variance of life expectancy, mean of women and men, England, {period(first, first + 2)} until {period(last, last + 2)}, chance error taken off, with approximate 95% intervals",
                source=source_line("life_expectancy_area", "slope_index_life_expectancy"),
                alt=(
                    f"Line chart of three shares over time: inside districts {percentage(at[_PARTS[2], first], 0)} first and {percentage(at[_PARTS[2], last], 0)} "
                    f"last, between districts of a region {percentage(at[_PARTS[1], first], 0)} and {percentage(at[_PARTS[1], last], 0)}, between regions "
                    f"{percentage(at[_PARTS[0], first], 0)} and {percentage(at[_PARTS[0], last], 0)}."
                ),
            ),
        )

    def mortality_time_chart(self) -> Chart:
        """Spread of preventable deaths at each level over time, the two editions apart."""
        frames = pd.concat(
            [s.frame().assign(edition=k[0]) for k, s in self.mortality_splits.items()], ignore_index=True
        )
        total = frames["standard_deviation"] ** 2 * frames["share"]
        data = frames.assign(spread=np.sqrt(total.clip(lower=0.0)))
        first = data[(data["edition"] == EARLY) & (data["start"] == data["start"].min())].set_index("part")[
            "spread"
        ]
        last = data[(data["edition"] == LATE) & (data["start"] == data["start"].max())].set_index("part")[
            "spread"
        ]
        later = (
            data[data["edition"] == LATE].drop_duplicates("start").set_index("start")["standard_deviation"]
        )
        return line_chart(
            data,
            x="start",
            y="spread",
            series="part",
            segment="edition",
            labels={
                _PARTS[0]: "between\nregions",
                _PARTS[1]: "between\nauthorities",
                _PARTS[2]: "between\ndistricts of\nan authority",
            },
            spans=[Span(2019.5, 2021.5, "pandemic")],
            x_format=lambda v: f"{v:.0f}",
            caption=Caption(
                figure_id="mortality-over-time",
                title=_peak_words(later),
                subtitle="Standard deviation of preventable deaths under 75 per 100,000 people at each level, England, chance error taken off; lines break between editions, which overlap from 2014 to 2022",
                source=source_line("under_75_mortality"),
                alt=(
                    f"Line chart of standard deviations by year: between authorities {number(first[_PARTS[1]])} in the first year and {number(last[_PARTS[1]])} in the last, "
                    f"between regions {number(first[_PARTS[0]])} and {number(last[_PARTS[0]])}, between districts {number(first[_PARTS[2]])} and {number(last[_PARTS[2]])}."
                ),
            ),
        )

    def regions_time_chart(self) -> Chart:
        """Share of the variance that lies between regions, A&E and spending, year by year."""
        names = ["A&E attendances", "public health spending", "adult social care spending"]
        o = self.over_time
        data = o[o["outcome"].isin(names) & (o["part"] == _PARTS[0])].assign(
            percent=lambda d: 100 * d["share"]
        )
        years = range(int(data["start"].min()), int(data["start"].max()) + 1)
        grid = pd.MultiIndex.from_product([names, years], names=["outcome", "start"])
        data = data.set_index(["outcome", "start"])["percent"].reindex(grid).reset_index()
        ends = {n: data[(data["outcome"] == n) & data["percent"].notna()]["percent"] for n in names}
        return line_chart(
            data,
            x="start",
            y="percent",
            series="outcome",
            labels={
                names[0]: "A&E\nattendances",
                names[1]: "public health\nspending",
                names[2]: "adult social\ncare spending",
            },
            markers=True,
            x_format=lambda v: financial_year(round(v)),
            y_format=lambda v: f"{v:g}%",
            caption=Caption(
                figure_id="regions-over-time",
                title=f"Of the differences in A&E use, the part between regions {_went(float(ends[names[0]].iloc[0]) / 100, float(ends[names[0]].iloc[-1]) / 100)}",
                subtitle="Share of the variance between regions, in per cent of that between all areas: A&E attendances of integrated care boards per head, spending of councils per head; England; the year without figures by board is left open",
                source=source_line("emergency_month", "council_outturn", "population_year"),
                alt=(
                    "Line chart of the share of variance between regions by financial year: "
                    + join(
                        [
                            f"{n} {e.iloc[0]:.0f} per cent first and {e.iloc[-1]:.0f} last"
                            for n, e in ends.items()
                        ]
                    )
                    + "."
                ),
            ),
        )

    def convergence_chart(self) -> Chart:
        """Beta convergence of preventable deaths, with the districts of Greater Manchester in colour."""
        c = record(self.convergence[self.convergence["outcome"].str.startswith("preventable")], 1)
        start, end = (int(y) for y in c["period"].split(" to "))
        rates = self._rates(LATE)[[start, end]].dropna()
        growth = np.log(rates[end].to_numpy(float) / rates[start].to_numpy(float)) / (end - start)
        members = {a.code for a in areas.members(MANCHESTER_AUTHORITY, "district", ON)}
        names = [areas.get(str(code)).name for code in rates.index]
        data = pd.DataFrame({"area": names, "start": rates[start].to_numpy(), "growth": 100 * growth})
        x = np.log(rates[start].to_numpy(float))
        slope = c["slope"]
        level = float(growth.mean() - slope * x.mean())
        # the line is straight in the logarithm; over the range of rates a chord is close
        ends = np.log([float(data["start"].min()), float(data["start"].max())])
        first, last = 100 * (level + slope * ends)
        width = float(data["start"].max() - data["start"].min())
        gradient = (last - first) / width
        verdict = _beta_words(c)
        return scatter_chart(
            data,
            x="start",
            y="growth",
            label="area",
            focus=[n for n, code in zip(names, rates.index, strict=True) if code in members],
            named=["Manchester", "Trafford"],
            line=(first - gradient * float(data["start"].min()), gradient),
            zero=True,
            x_label=f"deaths per 100,000 in {start}",
            y_label="change a year",
            y_format=lambda v: f"{v:g}%".replace("-", "\N{MINUS SIGN}"),
            caption=Caption(
                figure_id="catching-up",
                title=f"Districts that started behind {verdict}",
                subtitle=f"Preventable deaths under 75: change a year {c['period']} against the rate in {start}, districts of England; squares: Greater Manchester; the line leaves out what chance alone brings about",
                source=source_line("under_75_mortality"),
                alt=(
                    f"Scatter chart of {len(data)} districts. The raw slope is {number(100 * c['slope_uncorrected'], 2)} per cent a year for each unit of the logarithm; "
                    f"without regression to the mean it is {number(100 * c['slope'], 2)} (95% interval {number(100 * c['slope_lower'], 2)} to {number(100 * c['slope_upper'], 2)})."
                ),
            ),
        )

    def boards_chart(self) -> Chart:
        """Change of each board's preventable death rate relative to England, Greater Manchester in colour."""
        data = self.board_changes.sort_values("change")
        data = data.assign(percent=100 * data["change"], low=100 * data["lower"], high=100 * data["upper"])
        m = self.manchester
        return interval_chart(
            data,
            label="name",
            value="percent",
            lower="low",
            upper="high",
            focus=["Greater Manchester"],
            reference=0.0,
            reference_text="as England",
            x_label="change against England, percentage points",
            caption=Caption(
                figure_id="boards",
                title=f"Preventable deaths in Greater Manchester {self._manchester_verdict()}",
                subtitle=f"Preventable deaths under 75 as a percentage of England's rate: change from {m['start_years']} to {m['end_years']}, integrated care boards, with 95% intervals",
                source=source_line("under_75_mortality", "population_year"),
                alt=(
                    f"Dot chart of {len(data)} integrated care boards. Greater Manchester's rate was {percentage(m['start'] - 1, 0)} above England's and is now {percentage(m['end'] - 1, 0)} above; "
                    f"its change ranks {ordinal(int(m['rank']))} from the best."
                ),
            ),
        )

    # ---- tables --------------------------------------------------------------------------------------------------------------------------

    def shares_table(self) -> Table:
        """Shares with intervals, raw and without noise."""
        s = self.shares
        shown = pd.DataFrame(
            {
                "Outcome": s["outcome"],
                "Period": s["when"],
                "Part": s["part"],
                "As published": s["raw_share"].map(lambda v: percentage(v, 0)),
                "Made by chance": s["noise_share"].map(lambda v: percentage(v, 0)),
                "Without chance (95% interval)": [
                    f"{_whole(v)} ({_whole(a)} to {_whole(b)})"
                    for v, a, b in zip(s["share"], s["lower"], s["upper"], strict=True)
                ],
                "Areas": s["units"].astype(str),
            }
        )
        return show_table(
            shown,
            table_id="levels-list",
            caption="Shares of the variance between places by level, and what chance adds (in shares of the variance as published).",
            source=source_line(
                "life_expectancy_area",
                "slope_index_life_expectancy",
                "under_75_mortality",
                "emergency_month",
                "council_outturn",
            ),
            data=self.over_time,
        )

    def convergence_table(self) -> Table:
        """Beta and sigma convergence of each outcome."""
        c = self.convergence
        shown = pd.DataFrame(
            {
                "Outcome": c["outcome"],
                "Period": c["period"],
                "Areas": c["areas"].astype(str),
                "Catching up: slope, % a year (95% interval)": [
                    f"{number(100 * v, 2)} ({number(100 * a, 2)} to {number(100 * b, 2)})"
                    for v, a, b in zip(c["slope"], c["slope_lower"], c["slope_upper"], strict=True)
                ],
                "Raw slope": [number(100 * v, 2) for v in c["slope_uncorrected"]],
                "Spread, last over first (95% interval)": [
                    f"{v:.2f} ({a:.2f} to {b:.2f})"
                    for v, a, b in zip(c["ratio"], c["ratio_lower"], c["ratio_upper"], strict=True)
                ],
                "What it shows": [f"{_beta_short(r)}; {_sigma_short(r)}" for r in records(c)],
            }
        )
        return show_table(
            shown,
            table_id="convergence",
            caption="Whether areas that started behind caught up, regression to the mean taken off where chance is known, and whether the spread narrowed.",
            source=source_line(
                "under_75_mortality", "life_expectancy_area", "emergency_month", "council_outturn"
            ),
            data=c,
        )

    def inner_spread_table(self) -> Table:
        """Spread inside Greater Manchester and inside the regions."""
        s = self.inner_spread
        shown = pd.DataFrame(
            {
                "Area": s["area"],
                "Districts": s["districts"].astype(str),
                s["start_years"].iloc[0]: s["start"].map(lambda v: percentage(v, 0)),
                s["end_years"].iloc[0]: s["end"].map(lambda v: percentage(v, 0)),
            }
        )
        return show_table(
            shown,
            table_id="inner-spread",
            caption="Spread of preventable death rates between the districts of an area: standard deviation in per cent of the mean, chance error taken off.",
            source=source_line("under_75_mortality", "population_year"),
            data=s,
        )

    # ---- words ---------------------------------------------------------------------------------------------------------------------------

    def _manchester_verdict(self) -> str:
        m = self.manchester
        if m["upper"] < 0:
            return f"fell faster than England's, by {percentage(-m['change'], 1)} of England's rate"
        if m["lower"] > 0:
            return f"fell behind England's, by {percentage(m['change'], 1)} of England's rate"
        return "kept pace with England's, neither gaining nor losing beyond noise"

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        men, women = (self.share(f"life expectancy, {s}", _PARTS[2]) for s in ("men", "women"))
        regions = self.shares[self.shares["part"] == _PARTS[0]]
        mortality = [self.share("preventable deaths under 75", p) for p in _PARTS]
        ae = [self.share("A&E attendances", p) for p in _PARTS[:2]]
        money = [self.share("public health spending", p) for p in _PARTS[:2]]
        care = [self.share("adult social care spending", p) for p in _PARTS[:2]]
        m = self.manchester
        spread = self.inner_spread.set_index("area")
        own = record(spread.loc[["Greater Manchester"]])
        composition = self.composition_share

        def given(row: dict[str, Any]) -> str:
            return f"{_whole(row['share'])} (95% interval {_whole(row['lower'])} to {_whole(row['upper'])})"

        life = [self.share(f"life expectancy, {s}", p) for p in _PARTS for s in ("women", "men")]
        return {
            "inside_men": given(men),
            "inside_women": given(women),
            "life_regions_women": percentage(life[0]["share"], 0),
            "life_regions_men": percentage(life[1]["share"], 0),
            "life_districts_women": percentage(life[2]["share"], 0),
            "life_districts_men": percentage(life[3]["share"], 0),
            "life_period": men["when"],
            "life_units": str(int(men["units"])),
            "regions_low": percentage(float(regions["share"].min()), 0),
            "regions_high": percentage(float(regions["share"].max()), 0),
            "mortality_year": mortality[0]["when"],
            "mortality_regions": given(mortality[0]),
            "mortality_areas": given(mortality[1]),
            "mortality_inside": given(mortality[2]),
            "mortality_noise": percentage(sum(r["noise_share"] for r in mortality), 0),
            "ae_year": ae[0]["when"],
            "ae_regions": given(ae[0]),
            "ae_areas": given(ae[1]),
            "money_year": money[0]["when"],
            "money_regions": given(money[0]),
            "money_areas": percentage(money[1]["share"], 0),
            "care_regions": given(care[0]),
            "composition": f"{percentage(composition['female'], 0)} for women and {percentage(composition['male'], 0)} for men",
            "composition_period": period(
                int(self.composition["start"].iloc[0]), int(self.composition["start"].iloc[0]) + 2
            ),
            "convergence": self._convergence_words(),
            "manchester_verdict": self._manchester_verdict(),
            "manchester_start": percentage(m["start"] - 1, 0)
            if m["start"] >= 1
            else f"minus {percentage(1 - m['start'], 0)}",
            "manchester_level": (
                f"{percentage(abs(m['end'] - 1), 0)} {'above' if m['end'] >= 1 else 'below'} England's rate in {m['end_years']}, against "
                f"{percentage(abs(m['start'] - 1), 0)} {'above' if m['start'] >= 1 else 'below'} in {m['start_years']}"
            ),
            "manchester_rank": f"{ordinal(int(m['rank']))} best of {len(self.board_changes)} (95% interval {ordinal(int(m['rank_lower']))} to {ordinal(int(m['rank_upper']))})",
            "manchester_level_rank": f"{ordinal(int(m['level_rank']))} highest of {len(self.board_changes)} (95% interval {ordinal(int(m['level_lower']))} to {ordinal(int(m['level_upper']))})",
            "manchester_spread": (
                f"{percentage(float(own['end']), 0)} of the mean in {own['end_years']}, {percentage(float(own['start']), 0)} in {own['start_years']}"
            ),
            "answer": self._answer(),
        }

    def _convergence_words(self) -> str:
        c = self.convergence
        found = []
        for r in records(c):
            found.append(f"{r['outcome']} ({r['period']}): {_beta_short(r)}, {_sigma_short(r)}")
        return "; ".join(found)

    def _answer(self) -> str:
        """Is local variation cause or cure? The rule: where the variance lies, whether it narrows, and whether devolution's pioneer differs."""
        inside = float(
            np.mean([self.share(f"life expectancy, {s}", _PARTS[2])["share"] for s in ("men", "women")])
        )
        where = (
            "Most of the lottery in length of life is inside districts, below the level of any mayor or board"
            if inside > 0.5
            else "A large part of the lottery in length of life lies between districts and regions"
        )
        health = self.convergence[self.convergence["outcome"].str.startswith(("preventable", "life"))]
        wider = int((health["ratio_lower"] > 1).sum())
        narrower = int((health["ratio_upper"] < 1).sum())
        rule = (
            f"The differences between districts were there before the first deal, in a service run from the centre; they widened in {_times(wider)} of "
            f"{len(health)} comparisons and narrowed in {_times(narrower)}"
        )
        m = self.manchester
        pioneer = "Greater Manchester, first to take control, " + (
            "gained on England"
            if m["upper"] < 0
            else "lost ground to England"
            if m["lower"] > 0
            else "neither gained nor lost against England beyond noise"
        )
        verdict = "So devolution did not make the lottery, " + (
            "and nothing here shows that it cures it"
            if m["upper"] >= 0
            else "and whether it narrowed it is a question for comparisons with areas like it, not for these figures"
        )
        return f"{where}. {rule}. {pioneer}. {verdict}."


def _whole(share: float) -> str:
    return percentage(round(share, 2) + 0.0, 0)


def _times(count: int) -> str:
    return "none" if count == 0 else str(count)


def _went(start: float, end: float) -> str:
    move = f"from {percentage(start, 0)} to {percentage(end, 0)} of the variance"
    return (
        f"grew {move}"
        if end - start > 0.03
        else f"shrank {move}"
        if start - end > 0.03
        else f"hardly moved ({percentage(start, 0)} and {percentage(end, 0)})"
    )


def _peak_words(spread: pd.Series) -> str:
    """Say when the spread of all districts peaked and where it stands now, against the year before the pandemic."""
    peak, last = int(str(spread.idxmax())), int(spread.index.max())
    before = 2019 if 2019 in spread.index else int(spread.index.min())
    change = float(spread.loc[last] / spread.loc[before] - 1)
    against = (
        f"{percentage(change, 0)} above {before}"
        if change > 0.02
        else f"{percentage(-change, 0)} below {before}"
        if change < -0.02
        else f"back where it was in {before}"
    )
    if peak == last:
        return f"The spread of preventable deaths is at its widest, {against}"
    return f"The spread of preventable deaths peaked in {peak} and is now {against}"


def _beta_words(row: dict[str, Any]) -> str:
    if row["slope_upper"] < 0:
        return "caught up, even without regression to the mean"
    if row["slope_lower"] > 0:
        return "fell further behind"
    return "did not catch up beyond noise"


def _beta_short(row: dict[str, Any]) -> str:
    if row["slope_upper"] < 0:
        return (
            "those that started high came down faster"
            if "expectancy" not in row["outcome"]
            else "those that started low caught up"
        )
    if row["slope_lower"] > 0:
        return (
            "those that started high moved further up"
            if "expectancy" not in row["outcome"]
            else "those that started low fell behind"
        )
    return "no catching up beyond noise"


def _sigma_short(row: dict[str, Any]) -> str:
    if row["ratio_upper"] < 1:
        return "the spread narrowed"
    if row["ratio_lower"] > 1:
        return "the spread widened"
    return "the spread did not change beyond noise"
