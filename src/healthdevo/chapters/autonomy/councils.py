"""League tables of boards and councils: how far ranks can be trusted, whether the best stay best, and at which level councils differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.next_year import staying_chart
from healthdevo.chapters.autonomy.standing import FIGURES, of_boards, of_councils, panels, ranked
from healthdevo.chapters.autonomy.variation import by_level, level_columns
from healthdevo.chapters.common import TODAY, source_line
from healthdevo.charts import (
    Chart,
    Table,
    page_table,
    share_column,
    text_column,
    value_column,
)
from healthdevo.governance import (
    MeasureAgreement,
    Stability,
    VarianceShares,
    measure_agreement,
    rank_stability,
    variance_shares,
)

KINDS = {"Councils": of_councils, "Boards": of_boards}
LEVELS = {
    "region": "regions",
    "area_code": "councils",
    "common periods": "England",
    "own changes": "own changes and chance",
}


def regions_of_councils() -> pd.Series:
    """Return the region of each council that pays for care today."""
    found = areas.registry().containment("upper_tier", "region", TODAY)
    inside = found.share.argmax(axis=1)
    return pd.Series(
        {m.code: found.containers[int(i)].code for m, i in zip(found.members, inside, strict=True)}
    )


@dataclass(frozen=True)
class Councils:
    """Figures of boards and councils, and each figure of social care by council and year."""

    latest: Mapping[str, pd.DataFrame] = field(repr=False)
    panels: Mapping[str, pd.DataFrame] = field(repr=False)
    region: pd.Series = field(repr=False)
    draws: int = 199

    @classmethod
    def load(cls, draws: int = 199) -> Councils:
        """Load the tables."""
        return cls({kind: make() for kind, make in KINDS.items()}, panels(), regions_of_councils(), draws)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each kind and measure: ``areas``, median ``width`` of the interval of a rank, share of pairs ``swappable``, and ``reliability``."""
        found = []
        for kind, frame in self.latest.items():
            each = (
                ranked(frame.sort_values(["measure", "area_code"]).reset_index(drop=True))
                .groupby("measure")
                .first()
            )
            found.append(each.reset_index().assign(kind=kind))
        rows = pd.concat(found, ignore_index=True)
        order = {name: i for i, name in enumerate(FIGURES)}
        rows = rows.sort_values("measure", key=lambda m: m.map(order))
        return rows.assign(
            name=[FIGURES[m].title for m in rows["measure"]], part=rows["width"] / rows["areas"]
        )[
            ["kind", "name", "measure", "period", "areas", "width", "part", "swappable", "reliability"]
        ].reset_index(drop=True)

    @cached_property
    def stay(self) -> dict[str, Stability]:
        """Whether councils that are best in one year are best in the next, by measure: the latest two years."""
        found = {}
        for name, panel in self.panels.items():
            both = panel[list(panel.columns[-2:])].dropna()
            sign = -1.0 if FIGURES[name].first == "lowest" else 1.0
            found[name] = rank_stability(
                sign * both.iloc[:, 0], sign * both.iloc[:, 1], draws=5 * self.draws, seed=8
            )
        return found

    @cached_property
    def staying(self) -> pd.DataFrame:
        """One row for each measure: share of the best quarter that is there again, with limits, and years."""
        rows = []
        for name, found in self.stay.items():
            years = [int(y) for y in self.panels[name].columns[-2:]]
            i = found.best_stay[0.95]
            rows.append(
                {
                    "name": FIGURES[name].title,
                    "years": f"{years[0]} to {years[1]}",
                    "councils": found.n,
                    "best": found.best_stay.estimate,
                    "lower": i.lower,
                    "upper": i.upper,
                }
            )
        return pd.DataFrame(rows).sort_values("best", ascending=False).reset_index(drop=True)

    @cached_property
    def shares(self) -> dict[str, VarianceShares]:
        """At which level councils' yearly figures differ, by measure: councils with every year since 2021 and before, as the table has them."""
        found = {}
        for name, panel in self.panels.items():
            long = (
                panel.rename_axis(columns="year")
                .melt(ignore_index=False, value_name="value")
                .reset_index()
                .dropna()
            )
            long = long.assign(region=long["area_code"].map(self.region)).dropna()
            found[name] = variance_shares(
                long, "value", ["region", "area_code"], "year", draws=self.draws, seed=9
            )
        return found

    @cached_property
    def variation(self) -> pd.DataFrame:
        """One row for each measure and level."""
        parts = [s.to_frame().assign(measure=FIGURES[name].title) for name, s in self.shares.items()]
        rows = pd.concat(parts, ignore_index=True)
        return rows.assign(part=rows["label"].map(LEVELS))[
            ["measure", "part", "estimate", "lower", "upper", "n"]
        ]

    @cached_property
    def agreement(self) -> MeasureAgreement:
        """Kendall's correlation of every pair of measures among councils, turned so that higher is better."""
        wide = self.latest["Councils"].pivot_table(index="area_code", columns="measure", values="value")
        for name in wide:
            if FIGURES[str(name)].first == "lowest":
                wide[name] = -wide[name]
        return measure_agreement(
            wide.rename(columns={n: FIGURES[str(n)].title for n in wide}), draws=self.draws, seed=10
        )

    def chart(self) -> Chart:
        """Draw the share of the best quarter of councils that is there again."""
        return staying_chart(self.staying, "name", words.councils(self))

    def page_table(self) -> Table:
        """Show how far ranks can be trusted."""
        return page_table(
            self.rows,
            [
                text_column("Among", "kind"),
                text_column("Measure", "name"),
                text_column("When", "period"),
                value_column("Areas", "areas"),
                value_column("Places a 95% interval spans, median", "width", lambda v: f"{v:.0f}"),
                share_column("Pairs that could be the other way round", "swappable", 0),
                value_column("Spread that is true difference", "reliability", words.true_share),
            ],
            table_id="councils-ranks",
            caption=words.COUNCILS_TABLE,
            source=source_line(*dict.fromkeys(FIGURES[m].table for m in self.rows["measure"])),
        )

    def variation_table(self) -> Table:
        """Show at which level councils differ, a column for each level."""
        return page_table(
            by_level(self.variation),
            [text_column("Measure", "measure"), *level_columns(self.variation)],
            table_id="councils-variation",
            caption=words.COUNCILS_VARIATION,
            source=source_line("social_care_outcome"),
        )
