"""The policy: what was devolved, where and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
import shapely

from healthdevo import areas
from healthdevo.chapters.common import ENGLAND, GREATER_MANCHESTER, LONDON, records
from healthdevo.chapters.devolution import words
from healthdevo.charts import Chart, map_chart, timeline_chart

_LONDON_AUTHORITY = "E61000001"
_FIRST_DEALS = pd.Timestamp(2018, 1, 1)
"""Steps of Greater Manchester that are not about health are told until then."""
_PLACES = {"E54000052": "Surrey Heartlands", _LONDON_AUTHORITY: "London"}


def _name(code: str) -> str:
    return _PLACES.get(code, areas.get(code).short_name)


@dataclass(frozen=True)
class Policy:
    """Steps of devolution, money and places; ``deals`` are early enough to judge, as in ``Elsewhere.deals``."""

    events: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    deals: pd.DataFrame = field(repr=False)

    def amount(self, of: str) -> float:
        """Return Greater Manchester's yearly budget (``budget``) or transformation fund (``fund``) in pounds."""
        own = self.events[self.events["area_code"] == GREATER_MANCHESTER].dropna(subset=["amount"])
        health = own[(own["health_relevance"] == "direct") & own["event"].str.contains(of)]
        return float(health["amount"].iloc[0])

    @property
    def residents(self) -> float:
        """People of Greater Manchester in 2015."""
        people = self.population.set_index(["area_code", "year"])["persons"]
        return float(people.loc[(GREATER_MANCHESTER, 2015)])

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Steps in places that concern health and care, and Greater Manchester's first steps, with their words and dates as written."""
        rows = self.events[self.events["area_code"] != ENGLAND]
        first = (rows["area_code"] == GREATER_MANCHESTER) & (rows["event_date"] < _FIRST_DEALS)
        rows = rows[first | (rows["health_relevance"] == "direct")]
        texts = [
            event if event.startswith(name) else f"{name}: {event[0].lower()}{event[1:]}"
            for name, event in zip(rows["area_code"].map(_name), rows["event"], strict=True)
        ]
        written = [words.date_written(row["event_date"], row["date_precision"]) for row in records(rows)]
        return rows.assign(text=texts, written=written)

    def timeline(self) -> Chart:
        """Draw the steps of devolution in places that concern health, and Greater Manchester's own first ones."""
        return timeline_chart(
            self.steps,
            date="event_date",
            text="text",
            date_text="written",
            group="health_relevance",
            groups=words.RELEVANCE,
            caption=words.timeline(self),
        )

    def map(self) -> Chart:
        """Draw the places with agreements early enough to judge, and the combined authorities that came later."""
        regions = areas.boundaries("region", 2023)["geometry"]
        districts = areas.boundaries("district", 2023)["geometry"]
        shapes, groups = {}, {}
        for deal in records(self.deals):
            code = deal["area_code"]
            inside = [districts[c] for c in sorted(deal["districts"])]
            shapes[code] = regions[LONDON] if code == _LONDON_AUTHORITY else shapely.union_all(inside)
            groups[code] = "health" if deal["health"] else "early"
        early = set().union(*self.deals["districts"])
        for code, shape in areas.boundaries("combined_authority", 2025)["geometry"].items():
            members = {a.code for a in areas.members(str(code), "district", on="2025-06-01")}
            rest = members - early
            if code not in groups and rest:
                own = [districts[c] for c in sorted(rest) if c in districts.index]
                shapes[code] = shape if rest == members else shapely.union_all(own)
                groups[code] = "late"
        data = pd.DataFrame(
            {"code": list(shapes), "group": list(groups.values()), "name": [_name(str(c)) for c in shapes]}
        )
        return map_chart(
            data,
            pd.Series(shapes),
            area="code",
            group="group",
            groups=words.GROUPS,
            label="name",
            background=regions,
            caption=words.map_of(data),
        )
