"""Section on kinds of place: districts grouped by what they are like, and whether results differ between the groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.borders import people_of_districts
from healthdevo.chapters.footprint.flows import Flows, containment_table, regions_of, today
from healthdevo.chapters.footprint.size import by_district, life_expectancy, productivity, small_areas
from healthdevo.charts import Table, page_table, share_column, text_column, value_column
from healthdevo.governance import Typology, area_types, share_inside

ISLES = "E06000053"
"""Isles of Scilly: two thousand people, published together with Cornwall in most figures."""
CITY = "E09000001"
"""City of London: nine thousand residents and half a million jobs."""
VARIABLES = {
    "density": "People per square kilometre (logarithm)",
    "older": "Share aged 65 and over",
    "jobs": "Workers for each resident in work (logarithm)",
    "inside": "Share of residents who work inside",
    "place": "Mean rank of its small areas (0: most deprived)",
    "worth": "Value added per hour (logarithm)",
}
KILOMETRES = 111.32


def density(people: pd.Series) -> pd.Series:
    """Return people per square kilometre of each district, by its drawn boundary."""
    shapes = areas.boundaries("district", 2023)["geometry"]
    size = [s.area * KILOMETRES**2 * np.cos(np.radians(s.centroid.y)) for s in shapes]
    return people / pd.Series(size, index=[today(c) for c in shapes.index]).reindex(people.index)


@dataclass(frozen=True)
class KindsOfPlace:
    """Types of district."""

    flows: Flows = field(repr=False)
    people: pd.Series = field(repr=False)

    @classmethod
    def load(cls, flows: Flows) -> KindsOfPlace:
        """Load what the section needs."""
        return cls(flows, people_of_districts())

    @cached_property
    def features(self) -> pd.DataFrame:
        """The stated variables of each district."""
        held = containment_table(self.flows.main, regions_of("district"))
        rows = tables.load("population_year")
        rows = rows[(rows["year"] == rows["year"].max()) & rows["area_code"].str.match("E0[6-9]")]
        found = pd.DataFrame(
            {
                "density": np.log(density(self.people)),
                "older": by_district("older", "share_65_plus", rows),
                "jobs": np.log(held["workers"] / held["residents"]),
                "inside": held["lives_and_works"],
                "place": small_areas(2025).groupby("area_code")["place"].mean(),
                "worth": np.log(productivity()),
            }
        )
        return found.drop([ISLES, CITY])

    @cached_property
    def types(self) -> Typology:
        """The types."""
        return area_types(self.features, [3, 4, 5, 6, 7], draws=60, seed=20)

    @cached_property
    def named(self) -> pd.DataFrame:
        """One row for each type: its largest districts, and its means in words a reader knows."""
        rows = []
        for kind in self.types.centres.index.tolist():
            codes = self.types.types.index[self.types.types == kind]
            size = self.people.reindex(codes).sort_values(ascending=False)
            means = self.types.centres.loc[kind]
            rows.append(
                {
                    "type": f"Type {kind}",
                    "districts": len(codes),
                    "people": size.sum() / self.people.sum(),
                    "largest": ", ".join(areas.get(c).short_name for c in size.index[:4]),
                    "per_km": float(np.exp(means["density"])),
                    "older": means["older"],
                    "jobs": float(np.exp(means["jobs"])),
                    "inside": means["inside"],
                    "place": means["place"],
                    "worth": float(np.exp(means["worth"])),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Life expectancy and its change, each with the share of its differences that lies between types."""
        latest = life_expectancy()
        first = life_expectancy(2015)
        rows = []
        for name, values in (("level", latest), ("change", latest - first)):
            known = pd.DataFrame({"value": values, "type": self.types.types}).dropna()
            means = known.groupby("type")["value"].mean()
            between = 1.0 - share_inside(known["value"].to_numpy(), known["type"].to_numpy()).estimate
            chance = (self.types.count - 1) / (len(known) - 1)
            rows.append(
                {
                    "outcome": name,
                    "between": between,
                    "chance": chance,
                    "lowest": means.min(),
                    "highest": means.max(),
                }
            )
        return pd.DataFrame(rows).set_index("outcome")

    def table(self) -> Table:
        """Show the types."""
        return page_table(
            self.named,
            [
                text_column("Type", "type"),
                text_column("Districts", "districts"),
                share_column("Share of people", "people", 0),
                text_column("Largest", "largest"),
                value_column("People per square kilometre", "per_km", lambda v: f"{v:,.0f}"),
                share_column("Aged 65 and over", "older", 0),
                value_column("Workers for each resident in work", "jobs", lambda v: f"{v:.2f}"),
                share_column("Residents who work inside", "inside", 0),
                value_column("Mean rank, 0 (deprived) to 1", "place", lambda v: f"{v:.2f}"),
                value_column("Value added per hour, £", "worth", lambda v: f"{v:.0f}"),
            ],
            table_id="kinds-of-place",
            caption=words.KINDS,
            source=source_line(
                "population_year", "commuting_2011", "deprivation_small_area", "productivity_district"
            ),
        )

    def choice_table(self) -> Table:
        """Show how many types the figures bear."""
        return page_table(
            self.types.choice.reset_index(),
            [
                text_column("Types", "types"),
                value_column("Silhouette", "silhouette", lambda v: f"{v:.2f}"),
                value_column("Stability", "stability", lambda v: f"{v:.2f}"),
                value_column("Nine in ten from", "lower", lambda v: f"{v:.2f}"),
                value_column("to", "upper", lambda v: f"{v:.2f}"),
            ],
            table_id="number-of-types",
            caption=words.CHOICE,
            source=source_line(
                "population_year", "commuting_2011", "deprivation_small_area", "productivity_district"
            ),
        )
