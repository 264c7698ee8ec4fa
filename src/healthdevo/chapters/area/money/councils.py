"""What councils spend in an area on care and the rest, and who has not reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.area.ground import light_table, new_codes
from healthdevo.chapters.area.spending.councils import COVERED, final_districts
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.money import words as money_words
from healthdevo.chapters.money.flow import COUNCILS, NOT_PUBLISHED, YEAR
from healthdevo.finance import Flows, flow_of_funds

WHOLE = "Councils' spending here"


@remembered()
def reported_spending() -> pd.DataFrame:
    """Return the rows of table ``council_outturn`` of the year of the flow."""
    rows = light_table("council_outturn")
    return rows[(rows["financial_year_start"] == YEAR) & rows["area_code"].notna()]


@dataclass(frozen=True)
class Councils:
    """Spending of councils in an area by service, in pounds, and how much of its people their returns cover."""

    sums: Mapping[str, float]
    covered: float
    missing: tuple[str, ...]

    @classmethod
    def of(cls, shares: pd.Series, people: pd.Series, rows: pd.DataFrame) -> Councils:
        """Add up the councils of an area, from ``reported_spending``; one that it holds in part, such as a county, by people."""
        parts = final_districts(sorted(rows["area_code"].unique()))
        code = new_codes()  # the districts of the figures, under the codes that they have today
        inside = {code.get(str(d), str(d)): float(v) for d, v in shares[shares > 0.0].items()}
        size = {code.get(str(d), str(d)): float(v) for d, v in people.items()}
        weight = {
            council: sum(size[d] * inside.get(d, 0.0) for d in found) / sum(size[d] for d in found)
            for council, found in parts.items()
        }
        sums = (rows["spending"] * rows["area_code"].map(weight)).groupby(rows["service"]).sum()
        reported = rows.loc[rows["service"] == "adult_social_care", ["area_code", "spending"]]
        told = {d for council in reported.loc[reported["spending"] != 0, "area_code"] for d in parts[council]}
        here = {d: size[d] * share for d, share in inside.items()}
        silent = sorted(d for d in here if d not in told)
        covered = 1.0 - sum(here[d] for d in silent) / sum(here.values())
        return cls(
            {str(k): float(v) for k, v in sums.items()},
            float(covered),
            tuple(areas.get(d).short_name for d in silent),
        )

    @property
    def complete(self) -> bool:
        """Whether the returns cover nearly all people."""
        return self.covered >= COVERED

    def flow(self, people: float, weighted: float) -> Flows:
        """Return the flow of councils' spending in thousand pounds, with what is not published named."""
        total = round(self.sums["total_service_expenditure"] / 1000.0)
        named = {name: round(self.sums[s] / 1000.0) for s, (_, name) in COUNCILS.items()}
        other = total - int(np.sum(list(named.values())))
        rows: list[tuple[str, str | None, int | None]] = [(WHOLE, None, total)]
        rows += [(name, WHOLE, amount) for name, amount in named.items()]
        rows += [(money_words.OTHER_SERVICES, WHOLE, other), *((name, WHOLE, None) for name in NOT_PUBLISHED)]
        frame = pd.DataFrame(rows, columns=["item", "parent", "amount"])
        return flow_of_funds(frame, people=people, weighted_people=weighted)
