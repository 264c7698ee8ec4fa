"""Budgets fixed and balanced over one, three or five years, simulated from the surprises that need has had."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import source_line
from healthdevo.chapters.money import books_words as words
from healthdevo.chapters.money.volatility import Volatility
from healthdevo.charts import Chart, Table, interval_chart, made_column, page_table, text_column
from healthdevo.finance import (
    Assumption,
    BudgetHorizon,
    BudgetRule,
    NeedVolatility,
    Shocks,
    breach_probability,
    budget_horizon,
    sensitivity,
)

RESPONSE = Assumption(
    "share of cost that moves with need",
    0.5,
    0.25,
    1.0,
    "per cent of cost for one per cent of need",
    note="Staff and buildings are fixed in the short run; a cost for each case would be 1.",
)
RESERVE = Assumption(
    "share of each year's budget held back",
    0.01,
    0.0,
    0.03,
    "share of a year's budget",
    note="Carried over within a window, lost at its end.",
)
BORROWING = Assumption(
    "limit on what may be owed within a window",
    0.03,
    0.0,
    0.10,
    "share of a year's budget",
    note="Under annual balancing nothing may be owed at the end of a year.",
)
YEARS, PATHS, SEED = 10, 10_000, 2026
ANNUAL, FIXED_3, FIXED_5, ROLLING, POOLED, ROLLING_POOLED = (
    "annual",
    "fixed_3",
    "fixed_5",
    "rolling_5",
    "fixed_5_pooled",
    "rolling_5_pooled",
)


def rules_of(reserve: float, borrowing: float) -> tuple[BudgetRule, ...]:
    """Return the rules that the chapter compares."""
    return (
        BudgetRule(ANNUAL, 1, reserve=reserve),
        BudgetRule(FIXED_3, 3, borrowing=borrowing, reserve=reserve),
        BudgetRule(FIXED_5, 5, borrowing=borrowing, reserve=reserve),
        BudgetRule(ROLLING, 5, 1, borrowing=borrowing, reserve=reserve),
        BudgetRule(POOLED, 5, borrowing=borrowing, reserve=reserve, pooled=True),
        BudgetRule(ROLLING_POOLED, 5, 1, borrowing=borrowing, reserve=reserve, pooled=True),
    )


def shocks_of(found: NeedVolatility, response: float) -> Shocks:
    """Return surprises of cost from surprises of need, rounded to what the estimates support so that every processor simulates the same."""
    return Shocks(
        round(response * found.sd.estimate, 4),
        round(found.lasting.estimate, 2),
        round(found.national.estimate, 2),
        round(found.regional.estimate, 2),
    )


@dataclass(frozen=True)
class Horizon:
    """The books of all boards under every rule, and what they hang on."""

    volatility: Volatility = field(repr=False)
    response: Assumption = RESPONSE
    reserve: Assumption = RESERVE
    borrowing: Assumption = BORROWING
    paths: int = PATHS

    @property
    def shocks(self) -> Shocks:
        """Surprises of cost."""
        return shocks_of(self.volatility.main, self.response.value)

    @cached_property
    def books(self) -> BudgetHorizon:
        """Simulated books of the boards."""
        v = self.volatility
        return budget_horizon(
            self.shocks,
            [str(r) for r in v.regions],
            rules_of(self.reserve.value, self.borrowing.value),
            v.people.to_numpy(float),
            years=YEARS,
            paths=self.paths,
            index=[str(c) for c in v.people.index],
            seed=SEED,
        )

    @cached_property
    def by_rule(self) -> pd.DataFrame:
        """One row for each rule, by its name."""
        return self.books.summary.set_index("rule")

    def failed(self, rule: str) -> float:
        """Return the share of window ends in breach under a rule."""
        return float(self.by_rule["failed"][rule])

    def table(self) -> Table:
        """Show what happens under each rule."""
        rows = self.books.summary.assign(name=self.books.summary["rule"].map(words.RULES))
        return page_table(
            rows,
            [
                text_column("Rule", "name"),
                made_column("Window ends in breach", ["failed", "failed_error"], words.chance),
                made_column("Any breach in ten years", ["probability", "probability_error"], words.chance),
                made_column("Depth, % of a year's budget", ["depth", "depth_error"], words.percent_of),
                made_column("Not covered, % of budget", ["uncovered", "uncovered_error"], words.percent_of),
                made_column(
                    "Reserve for one breach in twenty decades",
                    ["reserve_needed", "reserve_needed_error"],
                    words.percent_of,
                ),
            ],
            table_id="money-rules",
            caption=words.rules_caption(self),
            source=source_line("emergency_month", "population_year"),
        )

    @cached_property
    def ranges(self) -> pd.DataFrame:
        """Chance that a window ends in breach by rule, and its lowest and highest over the intervals of size and persistence.

        In closed form, without a limit on borrowing: response and reserve stay as they are.
        """
        sd, lasting = self.volatility.main.sd.interval(), self.volatility.main.lasting.interval()
        rows = []
        for name, horizon, settlement in (
            (ANNUAL, 1, 1),
            (FIXED_3, 3, 3),
            (FIXED_5, 5, 5),
            (ROLLING, 5, 1),
        ):
            ends = [
                self._closed(horizon, settlement, self.response.value * s, x, self.reserve.value)
                for s in (sd.lower, sd.upper)
                for x in (lasting.lower, lasting.upper)
            ]
            rows.append(
                {
                    "rule": name,
                    "label": words.RULES[name],
                    "chance": self._closed(
                        horizon, settlement, self.shocks.sd, self.shocks.lasting, self.reserve.value
                    ),
                    "lower": min(ends),
                    "upper": max(ends),
                }
            )
        return pd.DataFrame(rows)

    @staticmethod
    def _closed(horizon: int, settlement: int, sd: float, lasting: float, reserve: float) -> float:
        return breach_probability(
            min(1.0, sd), float(np.clip(lasting, 0.0, 1.0)), horizon, settlement=settlement, reserve=reserve
        )

    def chart(self) -> Chart:
        """Draw the chance that a window ends in breach."""
        return interval_chart(
            self.ranges,
            label="label",
            value="chance",
            lower="lower",
            upper="upper",
            focus=[words.RULES[FIXED_5]],
            value_format=words.percent_tick,
            caption=words.rules_figure(self),
        )

    @cached_property
    def what_moves_it(self) -> pd.DataFrame:
        """Difference between five fixed years and annual budgets, in percentage points, with each assumption at either end."""
        v = self.volatility.main
        taken = [
            self.response,
            self.reserve,
            _as_assumption("a year's surprise of need", v, "sd", "share of need"),
            _as_assumption("lasting share of surprises", v, "lasting", "share of variance"),
        ]

        def difference(x: dict[str, float]) -> float:
            sd = x[self.response.name] * x["a year's surprise of need"]
            lasting, reserve = x["lasting share of surprises"], x[self.reserve.name]
            return 100 * (self._closed(5, 5, sd, lasting, reserve) - self._closed(1, 1, sd, lasting, reserve))

        return sensitivity(lambda x: difference(dict(x)), taken)

    def sensitivity_table(self) -> Table:
        """Show what the difference between five fixed years and annual budgets hangs on."""
        return page_table(
            self.what_moves_it,
            [
                made_column("What is changed", ["name"], lambda n: f"{n[:1].upper()}{n[1:]}"),
                made_column("From, to", ["low", "high"], words.from_to),
                made_column("At its low end", ["at_low"], words.points),
                made_column("At its high end", ["at_high"], words.points),
            ],
            table_id="money-horizon-sensitivity",
            caption=words.sensitivity_caption(self),
            source=source_line("emergency_month"),
        )

    @cached_property
    def by_measure(self) -> pd.DataFrame:
        """Chance that a window ends in breach under annual, five fixed years and five rolling years, by measure of need."""
        rows = []
        for name, found in self.volatility.measures.items():
            s = shocks_of(found, self.response.value)
            row: dict[str, object] = {"measure": words.MEASURES[name]}
            for rule, horizon, settlement in ((ANNUAL, 1, 1), (FIXED_5, 5, 5), (ROLLING, 5, 1)):
                row[rule] = self._closed(horizon, settlement, s.sd, s.lasting, self.reserve.value)
            rows.append(row)
        return pd.DataFrame(rows)

    def measures_table(self) -> Table:
        """Show the rules by measure of need."""
        return page_table(
            self.by_measure,
            [
                text_column("Measure of need", "measure"),
                made_column("Annual", [ANNUAL], words.chance_alone),
                made_column("Five years fixed", [FIXED_5], words.chance_alone),
                made_column("Five years, set anew yearly", [ROLLING], words.chance_alone),
            ],
            table_id="money-horizon-measures",
            caption=words.BY_MEASURE,
            source=source_line(
                "emergency_month", "deaths_population_district", "population_year", "area_year_panel"
            ),
        )

    @cached_property
    def by_borrowing(self) -> dict[float, float]:
        """Chance of any breach in ten years under five fixed years, by the limit on borrowing at either end of its range."""
        v = self.volatility
        limits = (self.borrowing.low, self.borrowing.high)
        rules = [BudgetRule(f"{b:g}", 5, borrowing=b, reserve=self.reserve.value) for b in limits]
        found = budget_horizon(
            self.shocks,
            [str(r) for r in v.regions],
            rules,
            years=YEARS,
            paths=min(self.paths, 4000),
            seed=SEED,
        )
        return dict(zip(limits, found.summary["probability"].astype(float), strict=True))

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.horizon_texts(self)


def _as_assumption(name: str, found: NeedVolatility, part: str, unit: str) -> Assumption:
    """Return an estimate as a value with its interval as the range."""
    e = found[part]
    i = e.interval()
    return Assumption(
        name,
        e.estimate,
        min(i.lower, e.estimate),
        max(i.upper, e.estimate),
        unit,
        "estimated here from A&E attendances of the boards",
        "The range is the 95% interval.",
    )
