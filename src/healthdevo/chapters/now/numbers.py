"""For each decision the one number of this book that bears on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.area.duty.section import everywhere
from healthdevo.chapters.autonomy.league import League
from healthdevo.chapters.autonomy.measures import monthly
from healthdevo.chapters.autonomy.next_year import NextYear
from healthdevo.chapters.common import ENGLAND, Finding
from healthdevo.chapters.common.waiting import performance, targets
from healthdevo.chapters.devolution.findings import manchester
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.footprint.flows import BEFORE, TODAY, Flows
from healthdevo.chapters.footprint.legitimacy import Legitimacy
from healthdevo.chapters.footprint.work import LOW, Work
from healthdevo.chapters.money.findings import mayors_tax
from healthdevo.chapters.money.mayors import Mayors
from healthdevo.chapters.now import words
from healthdevo.chapters.now.borders import SharedBorders
from healthdevo.chapters.powers.holders import Holders
from healthdevo.chapters.reorganisation.experiments import Experiments
from healthdevo.chapters.reorganisation.words import LEVEL

DEATHS = "preventable_deaths"


@dataclass(frozen=True)
class Numbers:
    """The numbers by decision, computed when asked for."""

    borders: SharedBorders = field(repr=False)

    def authorities(self) -> Finding:
        """Return authorities on an economic footprint."""
        rows = Work(Flows.load()).authorities
        good = int((rows["least"] >= LOW).sum())
        return Finding("authorities", words.footprint(good, len(rows)), "census of 2011", float(good))

    def duty(self) -> Finding:
        """Return years until a change of preventable deaths would show in the middle authority."""
        rows = everywhere()
        needed = rows.loc[rows["measure"] == DEATHS, "years_needed"].fillna(100.0)
        middle = float(needed.median())
        return Finding(
            "duty", words.wait(middle, float(needed.min()), float(needed.max())), "2014 to 2024", middle
        )

    def matching(self) -> Finding:
        """Return people who would have to change for every authority to have a board of its own."""
        found = self.borders.match("alone")
        return Finding("borders", words.movers(found.movers, found.share), "November 2026", found.movers)

    def mergers(self) -> Finding:
        """Return people whose board is their authority's area, before and after April 2026."""
        rows = self.borders.borders.table
        share = rows[rows["kind"] == "combined_authority"].set_index("on")["same"]
        before, after = float(share[BEFORE]), float(share[TODAY])
        return Finding("mergers", words.same_border(before, after), "March to April 2026", after - before)

    def seat(self) -> Finding:
        """Return turnout in the latest elections of mayors."""
        rows = Legitimacy.load().authorities.sort_values("election_date")
        latest = rows.groupby("area_code")["turnout"].last()
        return Finding("seat", words.turnout(latest), "2021 to 2025", float(latest.median()))

    def league_tables(self) -> Finding:
        """Return pairs of trusts whose order is not known."""
        ranks = League.load().ranks
        return Finding("league_tables", words.swappable(ranks.swappable), "2025/26", ranks.swappable)

    def freedom(self) -> Finding:
        """Return share of the best quarter that is there again a year later."""
        stay = NextYear(monthly(), 995).found["four_hours"].best_stay
        return Finding("freedom", words.stays(stay), "2021 to 2026", stay)

    def nhs_england(self) -> Finding:
        """Return authorities with a budget of the health service."""
        holders = Holders.load()
        held = len([n for n in holders.budget_now if n in holders.strategic])
        return Finding(
            "nhs_england", words.budgets(held, len(holders.strategic)), "November 2026", float(held)
        )

    def settlements(self) -> Finding:
        """Return what happened where a health budget was once devolved."""
        return manchester(Judgement.of(Mortality.load()))

    def income_tax(self) -> Finding:
        """Return what a share of income tax would be by head."""
        return mayors_tax(Mayors.load())

    def councils(self) -> Finding:
        """Return changes in health after councils were reorganised."""
        tested = Experiments.load().tested
        health = tested[tested["health"]]
        away = int((health["p_value"] <= LEVEL).sum())
        return Finding("councils", words.reorganised(away, len(health)), "2002 to 2024", float(away))

    def four_hours(self) -> Finding:
        """Return England's share within four hours, against the aims."""
        months = tables.load("emergency_month")
        found = performance(months, ENGLAND)
        last = pd.Timestamp(months.loc[months["area_code"] == ENGLAND, "month"].max())
        return Finding(
            "four_hours", words.four_hours(found.latest, last, targets()[1]), "latest 12 months", found.latest
        )

    @property
    def by_decision(self) -> Mapping[str, Callable[[], Finding]]:
        """How each decision's number is computed."""
        return {
            "authorities": self.authorities,
            "duty": self.duty,
            "borders": self.matching,
            "mergers": self.mergers,
            "seat": self.seat,
            "league_tables": self.league_tables,
            "freedom": self.freedom,
            "nhs_england": self.nhs_england,
            "settlements": self.settlements,
            "income_tax": self.income_tax,
            "councils": self.councils,
            "four_hours": self.four_hours,
        }
