"""Section on convergence: whether areas that started behind caught up, and whether the spread narrowed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, charts
from healthdevo.chapters import common
from healthdevo.chapters.postcode_lottery import words
from healthdevo.chapters.postcode_lottery.ground import EARLY, LATE, Ground
from healthdevo.inequality import BetaConvergence, SigmaConvergence, beta_convergence, sigma_convergence
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray
from healthdevo.wording import financial_year

_WINDOWS = ((EARLY, 2010, 2019), (LATE, 2014, 2024))


@dataclass(frozen=True)
class Case:
    """Convergence of the areas of one kind in one outcome: ``figures`` has a row for each area, columns for the first and the last year."""

    outcome: str
    when: str
    figures: pd.DataFrame = field(repr=False)
    beta: BetaConvergence
    sigma: SigmaConvergence

    @property
    def slope(self) -> Estimate:
        """Slope of the change on the start, regression to the mean taken off where chance is known."""
        return self.beta.corrected or self.beta

    @property
    def ratio(self) -> Estimate:
        """Spread in the last year over that in the first."""
        return self.sigma.ratio

    def row(self) -> dict[str, str | float]:
        """Return the numbers of the case."""
        return {
            "outcome": self.outcome,
            "period": self.when,
            "areas": self.beta.n,
            **common.with_name("slope", self.slope),
            "slope_uncorrected": self.beta.estimate,
            "reliability": self.beta.reliability,
            "spread_start": float(self.sigma.estimate[0]),
            "spread_end": float(self.sigma.estimate[-1]),
            **common.with_name("ratio", self.ratio),
            "noise_in_spread": 1.0 - self.beta.reliability,
        }


def _case(
    outcome: str, when: str, figures: pd.DataFrame, errors: pd.Series | None = None, logarithm: bool = True
) -> Case:
    start, end = (int(str(year)) for year in figures.columns)
    beta = beta_convergence(
        figures[start].to_numpy(float),
        figures[end].to_numpy(float),
        end - start,
        logarithm=logarithm,
        start_errors=None if errors is None else errors.reindex(figures.index).to_numpy(float),
    )
    long = figures.melt(ignore_index=False, var_name="period", value_name="value").reset_index()
    sigma = sigma_convergence(
        long.astype({"period": int}),
        "area_code",
        "period",
        "value",
        measure="standard deviation of logs" if logarithm else "standard deviation",
    )
    return Case(outcome, when, figures, beta, sigma)


@dataclass(frozen=True)
class Convergence:
    """Beta and sigma convergence of areas: preventable deaths, life expectancy, A&E rates, public health spending."""

    ground: Ground = field(repr=False)

    @cached_property
    def cases(self) -> list[Case]:
        """One for each outcome and window."""
        g, cases = self.ground, []
        for edition, start, end in _WINDOWS:
            rates = g.rates[edition]
            end = min(end, int(max(rates.columns)))
            errors = g.rate_errors[edition] * rates[start]
            values = rates[[start, end]].dropna()
            cases.append(_case(f"{words.PREVENTABLE}, districts", f"{start} to {end}", values, errors))
        for sex, name in common.SEXES.items():
            life = g.life_of[sex]
            start, end = int(min(life.columns)), g.periods[-1]
            when = f"{common.period(start)}, {common.period(end)}"
            values = life[[start, end]].dropna()
            outcome = f"life expectancy, {name}, districts"
            cases.append(_case(outcome, when, values, g.life_errors[sex], False))
        money = g.spending[g.spending["service"] == "public_health"]
        for outcome, rows, value in (
            (f"{words.EMERGENCY}, integrated care boards", g.emergency_rates, "rate"),
            (f"{words.SPENDING['public_health']}, councils", money, "spending_per_head"),
        ):
            wide = rows.pivot_table(index="area_code", columns="financial_year_start", values=value)
            start, end = int(min(wide.columns)), int(max(wide.columns))
            when = f"{financial_year(start)} to {financial_year(end)}"
            cases.append(_case(outcome, when, wide[[start, end]].dropna()))
        return cases

    @property
    def preventable(self) -> Case:
        """Preventable deaths in the later window."""
        return self.cases[len(_WINDOWS) - 1]

    @property
    def health(self) -> tuple[Case, ...]:
        """Preventable deaths and life expectancy."""
        return tuple(c for c in self.cases if c.outcome.startswith(("preventable", "life")))

    @property
    def frame(self) -> pd.DataFrame:
        """Numbers of every case."""
        return pd.DataFrame([case.row() for case in self.cases])

    def chart(self) -> charts.Chart:
        """Beta convergence of preventable deaths, with the districts of Greater Manchester in colour."""
        case = self.preventable
        start, end = (int(str(year)) for year in case.figures.columns)
        rates = case.figures[start].to_numpy(float)
        growth: FloatArray = np.log(case.figures[end].to_numpy(float) / rates) / (end - start)
        members = {a.code for a in areas.members(common.GREATER_MANCHESTER, "district", common.ON)}
        names = [areas.get(str(code)).name for code in case.figures.index]
        data = pd.DataFrame({"area": names, "start": rates, "growth": 100 * growth})
        # the line is straight in the logarithm; over the range of rates a chord is close
        low, high = float(rates.min()), float(rates.max())
        level = float(growth.mean() - case.slope.estimate * np.log(rates).mean())
        ends = 100 * (level + case.slope.estimate * np.log([low, high]))
        gradient = (ends[1] - ends[0]) / (high - low)
        return charts.scatter_chart(
            data,
            x="start",
            y="growth",
            label="area",
            focus=[name for name, code in zip(names, case.figures.index, strict=True) if code in members],
            named=["Manchester", "Trafford"],
            line=(ends[0] - gradient * low, gradient),
            zero=True,
            x_label=f"deaths per 100,000 in {start}",
            y_label="change a year",
            y_format=lambda v: f"{v:g}%".replace("-", "\N{MINUS SIGN}"),
            caption=words.catching_up(case),
        )

    def table(self) -> charts.Table:
        """Beta and sigma convergence of each outcome."""
        shown = charts.page_table(
            self.frame.assign(shows=[words.shows(case, "; ") for case in self.cases]),
            [
                charts.text_column("Outcome", "outcome"),
                charts.text_column("Period", "period"),
                charts.text_column("Areas", "areas"),
                common.limits_column("Catching up: slope, % a year (95% interval)", "slope", words.percent),
                charts.value_column("Raw slope", "slope_uncorrected", words.percent),
                common.limits_column("Spread, last over first (95% interval)", "ratio", "{:.2f}".format),
                charts.text_column("What it shows", "shows"),
            ],
            table_id="convergence",
            caption=words.TABLES["convergence"],
            source=common.source_line(*words.CONVERGENCE_TABLES),
        )
        return replace(shown, data=self.frame)
