"""The policy: what was devolved, where and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import GREATER_MANCHESTER, LONDON
from healthdevo.chapters.devolution import words
from healthdevo.charts import Chart, map_chart, timeline_chart

_NORTH_EAST = "E47000014"
"""Goes on with bodies of 2014 and 2018."""


def _name(code: str) -> str:
    return areas.get(code).short_name.replace("Greater London Authority", "London")


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
        """Steps that concern health, and all of Greater Manchester's, with their words and dates as written."""
        rows = self.events[
            (self.events["area_code"] == GREATER_MANCHESTER) | (self.events["health_relevance"] != "none")
        ]
        texts = [
            event if event.startswith(name) else f"{name}: {event[0].lower()}{event[1:]}"
            for name, event in zip(rows["area_code"].map(_name), rows["event"], strict=True)
        ]
        day = rows["event_date"].dt
        exact = rows["date_precision"] != "approximate"
        written = day.strftime("%b %Y").where(exact, "about " + day.strftime("%Y"))
        return rows.assign(text=texts, written=written)

    def timeline(self) -> Chart:
        """Draw the steps of devolution that concern health, and Greater Manchester's own."""
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
        """Draw the areas with deals."""
        regions = areas.boundaries("region", 2023)["geometry"]
        districts = areas.boundaries("district", 2023)["geometry"]
        shapes = dict(areas.boundaries("combined_authority", 2025)["geometry"].items())
        health = set(self.deals.loc[self.deals["health"], "area_code"])
        early = {*self.deals["area_code"], _NORTH_EAST}
        for code in sorted(health - set(shapes)):
            shapes[code] = regions[LONDON] if code.startswith("E61") else districts[code]
        groups = ["health" if code in health else "early" if code in early else "late" for code in shapes]
        names = [_name(str(code)) for code in shapes]
        data = pd.DataFrame({"code": list(shapes), "group": groups, "name": names})
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
