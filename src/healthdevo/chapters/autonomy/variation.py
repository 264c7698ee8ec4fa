"""At which level trusts differ: regions, boards, trusts, common months, own changes and chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.measures import MEASURES, places
from healthdevo.chapters.common import source_line
from healthdevo.charts import Chart, Table, page_table, share_chart, share_column, span_column, text_column
from healthdevo.governance import VarianceShares, variance_shares
from healthdevo.wording import percentage

LEVELS = {
    "nhs_region_code": "regions",
    "icb_code": "boards",
    "provider_code": "trusts",
    "common periods": "England",
    "own changes": "own changes",
    "noise": "chance",
}

CHANGES = "own changes and chance"


@dataclass(frozen=True)
class Variation:
    """Monthly figures of trusts, and what each lies in."""

    monthly: Mapping[str, pd.DataFrame] = field(repr=False)
    where: pd.DataFrame = field(repr=False)
    draws: int = 199

    @cached_property
    def found(self) -> dict[str, VarianceShares]:
        """Shares of the variance of each measure."""
        result = {}
        for name, frame in self.monthly.items():
            rows = frame.merge(self.where, left_on="provider_code", right_index=True)
            counted = rows["size"].notna().all()
            if counted:
                share = rows["value"].clip(0.0, 1.0)
                rows = rows.assign(chance=share * (1.0 - share) / rows["size"].astype(float))
            result[name] = variance_shares(
                rows,
                "value",
                ["nhs_region_code", "icb_code", "provider_code"],
                "month",
                sampling_variance="chance" if counted else None,
                draws=self.draws,
                seed=6,
            )
        return result

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each measure and level."""
        parts = [
            shares.to_frame().assign(name=name, measure=MEASURES[name].title)
            for name, shares in self.found.items()
        ]
        frame = pd.concat(parts, ignore_index=True)
        return frame.assign(part=frame["label"].map(LEVELS))[
            ["name", "measure", "part", "estimate", "lower", "upper", "n"]
        ]

    def chart(self) -> Chart:
        """Draw the shares."""
        drawn = self.rows.assign(part=self.rows["part"].replace({"own changes": CHANGES, "chance": CHANGES}))
        rows = drawn.groupby(["measure", "part"], sort=False)["estimate"].sum().reset_index()
        return share_chart(
            rows, label="measure", part="part", share="estimate", caption=words.variation(self)
        )

    def page_table(self) -> Table:
        """Show the shares with their intervals."""
        return page_table(
            self.rows,
            [
                text_column("Measure", "measure"),
                text_column("Level", "part"),
                share_column("Share of variance", "estimate", 0),
                span_column("95% interval", show=lambda v: percentage(v, 0)),
            ],
            table_id="variation",
            caption=words.VARIATION_TABLE,
            source=source_line(*dict.fromkeys(m.table for m in MEASURES.values())),
        )

    @classmethod
    def load(cls, monthly: Mapping[str, pd.DataFrame], draws: int = 199) -> Variation:
        """Load what each trust lies in."""
        return cls(monthly, places(), draws)
