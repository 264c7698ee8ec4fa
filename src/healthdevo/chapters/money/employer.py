"""What a discount on business rates for healthy employers would have to achieve, by upper-tier area."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.common import named_panel, source_line
from healthdevo.chapters.money import books_words as words
from healthdevo.charts import Table, made_column, page_table, text_column
from healthdevo.errors import TableError
from healthdevo.finance import EmployerDiscount, employer_discount

PAY, SICK = "median_weekly_pay", "inactivity_due_to_sickness"
NEEDED = [PAY, SICK, "employment_rate", "claimant_rate"]


def sick_per_1000(panel: pd.DataFrame) -> pd.Series:
    """Return people out of work with long-term sickness for each 1,000 in work, as far as percentages of the panel tell.

    Whoever is neither in work nor claims is counted as inactive: unemployed people who do not claim are among them.
    """
    inactive = 100.0 - panel["employment_rate"] - panel["claimant_rate"]
    return 1000.0 * inactive * panel[SICK] / 100.0 / panel["employment_rate"]


@dataclass(frozen=True)
class Employer:
    """Break-even points of the discount in the last year of the panel."""

    panel: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Employer:
        """Load the panel of upper-tier areas."""
        return cls(named_panel())

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Areas of the last year with pay and sickness, by code."""
        known = self.panel.dropna(subset=NEEDED)
        return known[known["year"] == self.year].set_index("area_code").sort_index()

    @property
    def year(self) -> int:
        """Last year in which the panel has pay and sickness."""
        known = self.panel.dropna(subset=NEEDED)
        if known.empty:
            raise TableError("table area_year_panel has no area with pay and sickness")
        return int(known["year"].max())

    @property
    def left_out(self) -> int:
        """Areas of that year without pay or sickness."""
        return int((self.panel["year"] == self.year).sum()) - len(self.rows)

    @cached_property
    def found(self) -> EmployerDiscount:
        """Break-even points by area."""
        return employer_discount(self.rows[PAY], sick_per_1000(self.rows))

    @cached_property
    def by_area(self) -> pd.DataFrame:
        """Areas by name, those where absence must fall most first."""
        frame = self.found.to_frame().rename(columns={"area": "area_code"})
        frame["name"] = frame["area_code"].map(self.rows["name"])
        frame["pay"] = frame["area_code"].map(self.rows[PAY])
        return frame.sort_values(["absence", "name"], ascending=[False, True], ignore_index=True)

    @property
    def median_pay(self) -> float:
        """Weekly pay of the middle area."""
        return float(self.rows[PAY].median())

    @cached_property
    def middle(self) -> pd.Series:
        """Break-even points at the middle of pay and sickness."""
        return employer_discount([self.median_pay], [float(sick_per_1000(self.rows).median())]).table.iloc[0]

    @cached_property
    def what_moves_it(self) -> pd.DataFrame:
        """All three break-even points at the middle of pay, with each assumption at either end."""
        first = self.found.sensitivity(self.median_pay)[["name", "low", "high"]]
        for measure in ("absence", "absence_purse", "back_to_work"):
            ends = self.found.sensitivity(self.median_pay, measure)[["name", "at_low", "at_high"]]
            first = first.merge(
                ends.rename(columns={"at_low": f"{measure}_low", "at_high": f"{measure}_high"}), on="name"
            )
        return first

    def table(self) -> Table:
        """Show the areas where absence must fall most and least; all are in the download."""
        rows = self.by_area
        shown = page_table(
            pd.concat([rows.head(5), rows.tail(5)]),
            [
                text_column("Area", "name"),
                made_column("Weekly pay", ["pay"], words.pounds),
                made_column(
                    "Fall of absence that pays", ["absence", "absence_low", "absence_high"], words.share_range
                ),
                made_column(
                    "Back to work per 1,000 workers",
                    ["back_to_work", "back_to_work_low", "back_to_work_high"],
                    words.count_range,
                ),
            ],
            table_id="money-employer",
            caption=words.employer_caption(self),
            source=source_line("area_year_panel"),
        )
        return Table(shown.table_id, shown.caption, shown.source, shown.shown, rows)

    def sensitivity_table(self) -> Table:
        """Show what the break-even fall of absence hangs on."""
        return page_table(
            self.what_moves_it,
            [
                made_column("What is changed", ["name"], lambda n: f"{n[:1].upper()}{n[1:]}"),
                made_column("From, to", ["low", "high"], words.from_to),
                made_column("Fall of absence", ["absence_low", "absence_high"], words.share_ends),
                made_column(
                    "The same, for the purse alone",
                    ["absence_purse_low", "absence_purse_high"],
                    words.share_ends,
                ),
                made_column(
                    "Back to work per 1,000", ["back_to_work_low", "back_to_work_high"], words.count_ends
                ),
            ],
            table_id="money-employer-sensitivity",
            caption=words.EMPLOYER_SENSITIVITY,
            source=source_line("area_year_panel"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.employer_texts(self)
