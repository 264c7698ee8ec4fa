"""Section on where the differences lie: each outcome's variance between regions, between their areas, and inside these."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.chapters.common import SEXES, container, period, period_errors, source_line
from healthdevo.chapters.postcode_lottery import words
from healthdevo.chapters.postcode_lottery.ground import Ground
from healthdevo.inequality import InequalityDecomposition, WithoutNoise, nested_decomposition, without_noise
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray
from healthdevo.wording import financial_year

_TENTHS = 10


@dataclass(frozen=True)
class Split:
    """One outcome in one period, split into levels: as the figures show it (``raw``), and without what chance adds (``clear``).

    Complete counts and accounts have no chance error.
    """

    outcome: str
    when: str
    start: int
    units: int
    raw: InequalityDecomposition
    clear: WithoutNoise | None = None
    edition: str = ""

    @property
    def best(self) -> InequalityDecomposition | WithoutNoise:
        """Without what chance adds, where that is known."""
        return self.raw if self.clear is None else self.clear

    def share(self, part: str) -> Estimate:
        """Return the share of one part."""
        shares = self.best.shares
        return shares[shares.index[words.PARTS.index(part)]]

    def frame(self) -> pd.DataFrame:
        """Return one row for each part: raw share, share without noise, interval, spread."""
        shares = self.best.shares
        return pd.DataFrame(
            {
                "outcome": self.outcome,
                "when": self.when,
                "start": self.start,
                "part": words.PARTS[: len(shares)],
                "raw_share": self.raw.shares.estimate,
                "share": shares.estimate,
                "lower": shares.lower[:, 0],
                "upper": shares.upper[:, 0],
                "noise_share": 0.0 if self.clear is None else self.clear.noise / self.raw.total.estimate,
                "standard_deviation": np.sqrt(max(self.best.total.estimate, 0.0)),
                "units": self.units,
                "edition": self.edition,
            }
        )


@dataclass(frozen=True)
class Levels:
    """Splits of every outcome in every period."""

    ground: Ground = field(repr=False)

    @cached_property
    def life(self) -> dict[tuple[str, int], Split]:
        """Variance of life expectancy between regions, between districts, and along deprivation inside districts."""
        g, result = self.ground, {}
        for sex in SEXES:
            slopes, life = g.slopes_of[sex], g.life_of[sex]
            errors = pd.DataFrame(
                {"life_error": g.life_errors[sex], "slope_error": period_errors(slopes, g.size)}
            )
            for start in g.periods:
                both = pd.DataFrame({"life": life[start], "slope": slopes[start]}).dropna()
                result[sex, start] = self._life_split(sex, start, both.join(errors))
        return result

    def _life_split(self, sex: str, start: int, both: pd.DataFrame) -> Split:
        place = (np.arange(_TENTHS) + 0.5) / _TENTHS - 0.5
        values = both["life"].to_numpy()[:, np.newaxis] + both["slope"].to_numpy()[:, np.newaxis] * place
        codes = np.repeat(both.index.to_numpy(dtype=object), _TENTHS)
        region = self.ground.region_of.reindex(codes).to_numpy()
        nesting = pd.DataFrame({"region": region, "district": codes})
        people = self.ground.size.reindex(both.index).to_numpy(float)
        weights = np.repeat(people / _TENTHS, _TENTHS)
        raw = nested_decomposition(values.ravel(), nesting, weights, measure="variance", clusters=codes)
        slopes = float(people / people.sum() @ both["slope_error"].to_numpy(float) ** 2)
        errors = np.repeat(both["life_error"].to_numpy(float), _TENTHS)
        clear = without_noise(raw, nesting, errors, weights, within=slopes * float((place**2).mean()))
        return Split(f"life expectancy, {SEXES[sex]}", period(start), start, len(both), raw, clear)

    @cached_property
    def mortality(self) -> dict[tuple[str, int], Split]:
        """Variance of the preventable death rate between regions, authorities of a region, districts of an authority."""
        g, result = self.ground, {}
        for edition, rates in g.rates.items():
            for year in rates.columns:
                values = rates[year].dropna()
                region, authority = (of.reindex(values.index) for of in (g.region_of, g.authority_of))
                nesting = pd.DataFrame({"region": region, "authority": authority}).reset_index(drop=True)
                weights = g.size.reindex(values.index).to_numpy(float)
                raw = nested_decomposition(values.to_numpy(float), nesting, weights, measure="variance")
                errors = (g.rate_errors[edition].reindex(values.index) * values).to_numpy(float)
                clear = self._clear(raw, nesting, errors, weights)
                result[edition, int(year)] = Split(
                    words.PREVENTABLE, str(year), int(year), len(values), raw, clear, edition
                )
        return result

    @staticmethod
    def _clear(
        raw: InequalityDecomposition, nesting: pd.DataFrame, errors: FloatArray, weights: FloatArray
    ) -> WithoutNoise:
        """Take the noise of districts off a split into regions, authorities and districts."""
        p = weights / weights.sum()
        authority = pd.factorize(nesting["authority"])[0]
        mass = np.bincount(authority, p)
        mean_error = np.sqrt(np.bincount(authority, (p * errors) ** 2)) / mass
        inside = float(p @ errors**2 - mass @ mean_error**2)
        return without_noise(raw, nesting, mean_error[authority], weights, within=max(inside, 0.0))

    @staticmethod
    def _regional(outcome: str, year: int, rows: pd.DataFrame, value: str, people: str) -> Split:
        """Split a financial year's counts or accounts between regions and inside them; they carry no chance error."""
        nesting, weights = rows[["region"]].reset_index(drop=True), rows[people].to_numpy(float)
        raw = nested_decomposition(rows[value].to_numpy(float), nesting, weights, measure="variance")
        return Split(outcome, financial_year(year), year, len(rows), raw)

    @cached_property
    def emergency(self) -> dict[int, Split]:
        """Variance of A&E attendance rates between NHS regions and between boards of a region."""
        rates = self.ground.emergency_rates
        rates = rates.assign(region=rates["area_code"].map(container("nhs_region", "icb")))
        years = {int(str(year)): rows for year, rows in rates.groupby("financial_year_start")}
        return {y: self._regional(words.EMERGENCY, y, rows, "rate", "persons") for y, rows in years.items()}

    @cached_property
    def spending(self) -> dict[tuple[str, int], Split]:
        """Variance of council spending per head between regions and between councils of a region."""
        keys, found = ["service", "financial_year_start"], {}
        for (service, year), rows in self.ground.spending.groupby(keys, observed=True):
            outcome, start = words.SPENDING[str(service)], int(str(year))
            found[str(service), start] = self._regional(
                outcome, start, rows, "spending_per_head", "population"
            )
        return found

    @cached_property
    def latest(self) -> dict[str, Split]:
        """The latest split of each outcome."""
        found = {s.outcome: s for s in sorted(self.every, key=lambda s: s.start)}
        return {outcome: found[outcome] for outcome in words.OUTCOMES}

    @property
    def every(self) -> list[Split]:
        """Splits of every outcome in every period."""
        return [s for one in (self.life, self.emergency, self.spending, self.mortality) for s in one.values()]

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Parts of each outcome in its latest period."""
        return pd.concat([s.frame() for s in self.latest.values()], ignore_index=True)

    @cached_property
    def over_time(self) -> pd.DataFrame:
        """Parts of every outcome in every period, the editions of preventable deaths apart."""
        return pd.concat([s.frame() for s in self.every], ignore_index=True)

    def chart(self) -> charts.Chart:
        """How much of each outcome's variance lies at each level."""
        return charts.share_chart(
            self.shares.assign(label=[f"{o[0].upper()}{o[1:]}" for o in self.shares["outcome"]]),
            label="label",
            part="part",
            share="share",
            parts={words.INSIDE: "inside areas (not measurable for A&E and spending)"},
            caption=words.shares(self),
        )

    def table(self) -> charts.Table:
        """Shares with intervals, raw and without noise; every period is in its data."""
        shown = charts.page_table(
            self.shares,
            [
                charts.text_column("Outcome", "outcome"),
                charts.text_column("Period", "when"),
                charts.text_column("Part", "part"),
                charts.share_column("As published", "raw_share", 0),
                charts.share_column("Made by chance", "noise_share", 0),
                charts.estimate_column("Without chance (95% interval)", "share", show=words.whole),
                charts.text_column("Areas", "units"),
            ],
            table_id="levels-list",
            caption=words.TABLES["levels-list"],
            source=source_line(*words.LEVEL_TABLES),
        )
        return replace(shown, data=self.over_time)
