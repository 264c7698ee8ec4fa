"""At which level trusts differ: regions, boards, trusts, common months, own changes and chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.measures import MEASURES, places
from healthdevo.chapters.common import source_line
from healthdevo.chapters.common.kept import kept
from healthdevo.charts import Chart, Column, Table, made_column, page_table, share_chart, text_column
from healthdevo.governance import VarianceShares, variance_shares
from healthdevo.wording import percentage, with_interval

LEVELS = {
    "nhs_region_code": "regions",
    "icb_code": "boards",
    "provider_code": "trusts",
    "common periods": "England",
    "own changes": "own changes",
    "noise": "chance",
}

CHANGES = "own changes and chance"


_PLACES = ("nhs_region_code", "icb_code", "provider_code")


@kept
def _shares(rows: pd.DataFrame, draws: int) -> VarianceShares:
    """Return the shares of the variance of one measure, less its ``chance`` where that is known."""
    return variance_shares(
        rows,
        "value",
        list(_PLACES),
        "month",
        sampling_variance="chance" if "chance" in rows else None,
        draws=draws,
        seed=6,
    )


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
            used = ["value", *_PLACES, "month", *(["chance"] if counted else [])]
            result[name] = _shares(rows[used], self.draws)
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
        """Show the shares with their intervals, a column for each level."""
        return page_table(
            by_level(self.rows),
            [text_column("Measure", "measure"), *level_columns(self.rows)],
            table_id="variation",
            caption=words.VARIATION_TABLE,
            source=source_line(*dict.fromkeys(m.table for m in MEASURES.values())),
        )

    @classmethod
    def load(cls, monthly: Mapping[str, pd.DataFrame], draws: int = 199) -> Variation:
        """Load what each trust lies in."""
        return cls(monthly, places(), draws)


def by_level(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each measure, with the share of each level and its limits as columns."""
    values, parts = ["estimate", "lower", "upper"], [str(part) for part in rows["part"].drop_duplicates()]
    wide = rows.pivot_table(index="measure", columns="part", values=values, sort=False)
    wide = wide.reindex(columns=pd.MultiIndex.from_product([values, parts]))
    return wide.set_axis([f"{part} {what}" for what in values for part in parts], axis=1).reset_index()


def _share(estimate: float, lower: float, upper: float) -> str:
    if estimate != estimate:  # missing
        return "in own changes"
    return with_interval(estimate, lower, upper, lambda v: percentage(v, 0))


def level_columns(rows: pd.DataFrame) -> list[Column]:
    """Return a column for each level: the share of variance with its interval."""
    return [
        made_column(
            str(part).capitalize() if part != "England" else "England",
            [f"{part} {what}" for what in ("estimate", "lower", "upper")],
            _share,
        )
        for part in rows["part"].drop_duplicates().astype(str)
    ]
