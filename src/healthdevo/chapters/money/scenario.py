"""A scenario of money rules for any area: horizon, pooling, a local tax and equalisation, with everything that it assumes."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import container, record
from healthdevo.chapters.money import scenario_words as words
from healthdevo.chapters.money.basis import Places, shares_of
from healthdevo.chapters.money.horizon import BORROWING, RESERVE, RESPONSE, YEARS, shocks_of
from healthdevo.chapters.money.taxes import Tax
from healthdevo.chapters.money.volatility import Volatility
from healthdevo.charts import Table, made_column, page_table, text_column
from healthdevo.errors import InputError
from healthdevo.finance import Assumption, BudgetHorizon, BudgetRule, assumption_table, budget_horizon
from healthdevo.front_door import front_door

CHOSEN = "chosen for this scenario"
BASES = {
    "income": ("penny", "share of local disposable income"),
    "homes": ("precept", "pounds on a Band D home"),
}
BEFORE, AFTER = "Annual budgets", "This scenario"


@dataclass(frozen=True)
class ScenarioResult:
    """What a scenario does to one area.

    Parameters
    ----------
    area : areas.Area
        The area.
    scenario : Scenario
        As run.
    books : pandas.DataFrame
        One row for annual budgets and one for the scenario: chance of a breach at a window's end and within ten years, and the reserve needed,
        with simulation errors; the mean of the boards that serve the area, by people.
    money : pandas.Series
        ``people``, ``raised``, ``raised_per_head``, ``gain``, ``gain_per_head``, ``after_per_head`` in pounds.
    """

    area: areas.Area
    scenario: Scenario
    books: pd.DataFrame = field(repr=False)
    money: pd.Series = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return every number of the result with its name."""
        books = self.books.melt(id_vars="rule", var_name="measure").assign(
            measure=lambda f: f["rule"] + ": " + f["measure"]
        )
        money = self.money.rename_axis("measure").reset_index(name="value")
        return pd.concat([books[["measure", "value"]], money], ignore_index=True)

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        return " ".join(self.texts().values())

    def texts(self) -> dict[str, str]:
        """Named texts for the page."""
        return words.texts(self)

    def table(self) -> Table:
        """Show the books before and after."""
        return page_table(
            self.books,
            [
                text_column("Rule", "rule"),
                made_column("Window ends in breach", ["failed", "failed_error"], words.chance),
                made_column("Any breach in ten years", ["probability", "probability_error"], words.chance),
                made_column("Reserve needed", ["reserve_needed", "reserve_needed_error"], words.percent_of),
            ],
            table_id="scenario-books",
            caption=words.books_caption(self),
            source="this book's simulation; NHS England, A&E attendances",
        )


@dataclass(frozen=True)
class Scenario:
    """Money rules to try out.

    Parameters
    ----------
    horizon : int
        Years over which books must balance, 1 to 10.
    set_anew_yearly : bool
        Whether budgets follow need every year; otherwise they are fixed for the whole window.
    pooling : bool
        Whether the boards of an NHS region balance their books together.
    tax_base : {"income", "homes"}
        What a local health tax falls on: disposable income, or homes by council tax band.
    rate : float
        Share of income (0.01 is a penny in the pound), or pounds on a Band D home.
    equalisation : float
        How much of the way to need the money of the tax goes, 0 to 1.
    seed, draws : int
        Of the simulation.
    response, reserve, borrowing : Assumption
        What else is assumed.

    Raises
    ------
    InputError
        When something is out of range.

    Examples
    --------
    >>> Scenario(horizon=3).explain()["name"].tolist()[:2]
    ['years over which books must balance', 'budgets set anew every year']
    """

    horizon: int = 5
    set_anew_yearly: bool = False
    pooling: bool = False
    tax_base: str = "income"
    rate: float = 0.01
    equalisation: float = 1.0
    seed: int = 2026
    draws: int = 10_000
    response: Assumption = RESPONSE
    reserve: Assumption = RESERVE
    borrowing: Assumption = BORROWING

    def __post_init__(self) -> None:
        for name in ("horizon", "seed", "draws"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise InputError(f"{name}: {value!r} is not valid; give a whole number")
        if not 1 <= self.horizon <= YEARS:
            raise InputError(f"horizon: {self.horizon} is not valid; give 1 to {YEARS} years")
        if self.seed < 0:
            raise InputError(f"seed: {self.seed} is not valid; give a whole number of at least 0")
        if not 100 <= self.draws <= 100_000:
            raise InputError(f"draws: {self.draws} is not valid; give 100 to 100,000")
        for name in ("set_anew_yearly", "pooling"):
            if not isinstance(getattr(self, name), bool):
                raise InputError(f"{name}: {getattr(self, name)!r} is not valid; give True or False")
        if self.tax_base not in BASES:
            raise InputError(f"tax_base: {self.tax_base!r} is not valid; give 'income' or 'homes'")
        for name, most in (("rate", 1.0 if self.tax_base == "income" else 10_000.0), ("equalisation", 1.0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value <= most:
                raise InputError(f"{name}: {value!r} is not valid; give a number from 0 to {most:,g}")

    @property
    def rule(self) -> BudgetRule:
        """The rule of balancing."""
        return BudgetRule(
            AFTER,
            self.horizon,
            1 if self.set_anew_yearly else None,
            borrowing=self.borrowing.value,
            reserve=self.reserve.value,
            pooled=self.pooling,
        )

    @property
    def tax_rate(self) -> Assumption:
        """The rate as an assumption."""
        return _chosen("rate of the local health tax", self.rate, BASES[self.tax_base][1])

    @property
    def choices(self) -> tuple[Assumption, ...]:
        """What was chosen, as assumptions."""
        return (
            _chosen("years over which books must balance", self.horizon, "years"),
            _chosen("budgets set anew every year", int(self.set_anew_yearly), words.YES),
            _chosen("boards of a region pool their books", int(self.pooling), words.YES),
            self.tax_rate,
            _chosen("equalisation towards need", self.equalisation, "share of the way"),
            _chosen("simulated paths", self.draws, "paths"),
            _chosen("seed of the simulation", self.seed, words.LABEL),
        )

    def explain(self, volatility: Volatility | None = None) -> pd.DataFrame:
        """Return every assumption with its source: what was chosen, what is assumed and, where the estimates are given, what they are."""
        estimated = () if volatility is None else words.estimates(volatility)
        return assumption_table([*self.choices, self, *estimated])

    def explain_table(self, volatility: Volatility | None = None) -> Table:
        """Show every assumption."""
        return page_table(
            self.explain(volatility),
            [
                made_column("What", ["name"], lambda name: f"{name[:1].upper()}{name[1:]}"),
                made_column("Value", ["value", "unit"], words.value_with_unit),
                made_column("Tried from, to", ["low", "high"], words.range_or_none),
                text_column("Source", "source"),
                text_column("Note", "note"),
            ],
            table_id="scenario-assumptions",
            caption="Everything that the scenario takes as given, with its source or the word assumption.",
            source="this book",
        )

    def run(
        self, area: str, *, volatility: Volatility | None = None, places: Places | None = None
    ) -> ScenarioResult:
        """Run the scenario for an area, by code; tables that are loaded already may be given."""
        return run_scenario(self, area, Volatility.load() if volatility is None else volatility, places)


def _chosen(name: str, value: float, unit: str) -> Assumption:
    return Assumption(name, float(value), float(value), float(value), unit, CHOSEN)


@front_door
def run_scenario(
    scenario: Scenario, area: str, volatility: Volatility, places: Places | None = None
) -> ScenarioResult:
    """Run a scenario for one area."""
    found = areas.get(area)
    shares = shares_of(found.code)
    places = Places.load() if places is None else places
    books = budget_horizon(
        shocks_of(volatility.main, scenario.response.value),
        [str(r) for r in volatility.regions],
        [BudgetRule(BEFORE, 1, reserve=scenario.reserve.value), scenario.rule],
        volatility.people.to_numpy(float),
        years=YEARS,
        paths=scenario.draws,
        index=[str(c) for c in volatility.people.index],
        seed=scenario.seed,
    )
    return ScenarioResult(
        found, scenario, _books_of(books, _boards(shares, places)), _money(scenario, shares, places)
    )


def _boards(shares: pd.Series, places: Places) -> pd.Series:
    """Return the share of an area's people in each board; a district counts whole in the board that holds most of it."""
    people = places.frame["people"].reindex(shares.index) * shares
    found = people.groupby(people.index.map(container("icb").to_dict())).sum()
    return found / found.sum()


def _books_of(books: BudgetHorizon, boards: pd.Series) -> pd.DataFrame:
    """Return the books of an area: chances are its boards' own, window ends those of all boards, which differ by simulation error alone."""
    rows = []
    for rule in books.rules:
        own = books.areas[books.areas["rule"] == rule.name].set_index("area").reindex(boards.index)
        whole = record(books.summary[books.summary["rule"] == rule.name])
        rows.append(
            {
                "rule": rule.name,
                "failed": float((own["failed"] * boards).sum()) if rule.pooled else float(whole["failed"]),
                "failed_error": whole["failed_error"],
                "probability": float((own["probability"] * boards).sum()),
                "probability_error": float((own["probability_error"] * boards).sum()),
                "reserve_needed": float((own["reserve_needed"] * boards).sum()),
                "reserve_needed_error": whole["reserve_needed_error"],
            }
        )
    return pd.DataFrame(rows)


def _money(scenario: Scenario, shares: pd.Series, places: Places) -> pd.Series:
    """Return what the tax raises in an area and what it gains or pays, in pounds."""
    make = Tax.penny if BASES[scenario.tax_base][0] == "penny" else Tax.precept
    tax = make(places, scenario.tax_rate)
    scheme = tax.equalised(scenario.equalisation)
    people = float((places.frame["people"].reindex(shares.index) * shares).sum())
    raised = float((tax.amounts.reindex(shares.index) * shares).sum())
    gain = float((pd.Series(scheme.estimate, scheme.index).reindex(shares.index) * shares).sum())
    return pd.Series(
        {
            "people": people,
            "raised": raised,
            "raised_per_head": raised / people,
            "gain": gain,
            "gain_per_head": gain / people,
            "after_per_head": (raised + gain) / people,
        }
    )
