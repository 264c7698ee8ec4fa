"""Section on kinds of place: districts grouped by what they are like, and whether results differ between the groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
import shapely
from shapely import affinity

from healthdevo import areas, tables
from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.borders import people_of_districts
from healthdevo.chapters.footprint.flows import Flows, containment_table, regions_of, today
from healthdevo.chapters.footprint.outcomes import outcomes
from healthdevo.chapters.footprint.size import by_district, productivity, small_areas
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
    "sea": "Share of its outline that is open water",
}
KILOMETRES = 111.32
"""Kilometres of a degree of latitude."""
MIDDLE = 53.0
"""Latitude at which degrees of longitude are turned into kilometres."""
INLET = 1.0
"""Water is open where it is wider than twice this, in kilometres: tidal rivers and narrow inlets are not."""
NEAR = 0.3
"""Kilometres within which an outline lies on the coast: boundaries are simplified."""
WELSH = ("E06000019", "E06000051", "E06000050", "E07000080")
"""Herefordshire, Shropshire, Cheshire West and Chester, Forest of Dean: their outer border is Wales, or the tidal water beside it."""


@lru_cache(maxsize=1)
def _sea() -> pd.Series:
    shapes = areas.boundaries("district", 2023)["geometry"]
    flat = [
        affinity.scale(s, KILOMETRES * np.cos(np.radians(MIDDLE)), KILOMETRES, origin=(0.0, 0.0))
        for s in shapes
    ]
    land = shapely.union_all(flat)
    closed = shapely.buffer(shapely.buffer(land, INLET, quad_segs=2), -INLET, quad_segs=2)
    outer = shapely.buffer(closed.boundary, NEAR, quad_segs=2)
    edges = shapely.boundary(np.array(flat))
    share = shapely.length(shapely.intersection(edges, outer)) / shapely.length(edges)
    found = pd.Series(share, index=[today(c) for c in shapes.index])
    return found.where(~found.index.isin(WELSH), 0.0).clip(0.0, 1.0)


def sea() -> pd.Series:
    """Return the share of each district's outline that is open water, from the drawn boundaries.

    The borders with Scotland count as sea in two districts that have a long coast as well.
    """
    return _sea().copy()


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
                "sea": sea(),
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
                    "sea": means["sea"],
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Each outcome, level and change, with the share of its differences between districts that lies between types, and the means of the types."""
        rows = []
        every = outcomes()
        for name in every:
            known = pd.DataFrame({"value": every[name], "type": self.types.types}).dropna()
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
                | {f"type_{k:.0f}": float(m) for k, m in means.items()}
            )
        return pd.DataFrame(rows).set_index("outcome")

    @property
    def coastal(self) -> list[str]:
        """Names of the largest districts of the type with most open water."""
        row = self.named.sort_values("sea", ascending=False).iloc[0]
        return str(row["largest"]).split(", ")

    def outcomes_table(self) -> Table:
        """Show how far results differ between the types."""
        types = [c for c in self.outcomes.columns if c.startswith("type_")]
        rows = self.outcomes.reset_index()
        rows["what"] = rows["outcome"].map(words.OUTCOMES)
        return page_table(
            rows,
            [
                text_column("Outcome", "what"),
                share_column("Differences between types", "between", 0),
                share_column("By chance", "chance", 0),
                *[value_column(f"Type {c[5:]}", c, words.outcome_mean) for c in types],
            ],
            table_id="results-by-type",
            caption=words.BY_TYPE,
            source=source_line("life_expectancy_area", "chronic_admission", "under_75_mortality"),
        )

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
                share_column("Outline that is open water", "sea", 0),
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
