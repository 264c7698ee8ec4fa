"""How far can the designs be trusted? The stored study by simulation as tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import pandas as pd

from healthdevo.chapters.common import source_line
from healthdevo.chapters.devolution import words
from healthdevo.charts import Table, made_column, page_table, share_column, text_column, value_column
from healthdevo.wording import number

_KEYS = ["scenario", "design", "interval"]


@dataclass(frozen=True)
class Simulations:
    """What the designs find where the truth is known (table ``simulation_study``); ``districts`` is in how many deaths were simulated."""

    study: pd.DataFrame = field(repr=False)
    districts: int

    def part(self, study: str) -> pd.DataFrame:
        """Return the rows of simulated panels (``panel``), deaths (``deaths``), regions with trends (``trends``) or tests of trends (``pre-trends``)."""
        return self.study[self.study["study"] == study]

    def planted(self, study: str) -> pd.DataFrame:
        """Return the rows with a planted effect, worlds in the order of their words, beside the false alarms without one."""
        frame, order = self.part(study), list(words.WORLDS).index
        nothing = frame[frame["effect"] == 0].set_index(_KEYS)["rejection"].rename("size")
        planted = frame[frame["effect"] != 0].set_index(_KEYS).join(nothing).reset_index()
        return planted.sort_values(_KEYS, key=lambda c: c.map(order) if c.name == "scenario" else c)

    def _table(
        self, study: str, figures: int, name: str, caption: Callable[[float], str], *sources: str
    ) -> Table:
        rows, show = self.planted(study), partial(number, figures=figures)
        columns = [
            text_column("World", "scenario", words.WORLDS),
            made_column("Design and interval", ["design", "interval"], words.design_and_interval),
            value_column("Bias", "bias", show),
            value_column("Spread", "sd", show),
            share_column("Coverage", "coverage", 0),
            share_column("False alarms", "size", 0),
            share_column("Power", "rejection", 0),
        ]
        text, source = caption(float(rows["effect"].iloc[0])), source_line("simulation_study", *sources)
        return page_table(rows, columns, table_id=name, caption=text, source=source)

    def panels_table(self) -> Table:
        """Show bias, coverage, size and power of the designs on simulated panels."""
        return self._table("panel", 3, "simulation", words.panels)

    def trends_table(self) -> Table:
        """Show what the designs find where earlier trends end, go on in part, or go on in full."""
        return self._table("trends", 2, "simulated-trends", words.simulated_trends)

    @cached_property
    def tests_of_trends(self) -> pd.DataFrame:
        """Shares of panels in which each test finds different earlier trends, where there are none and where there are (``power``)."""
        rows = self.part("pre-trends")
        alike = rows[rows["effect"] == 0].pivot_table(index="scenario", columns="design", values="rejection")
        apart = rows[(rows["effect"] != 0) & (rows["design"] == "slope among blocks")].set_index("scenario")
        table = alike.assign(power=apart["rejection"]).reset_index()
        noise, treated = zip(*(name.split(", ") for name in table["scenario"]), strict=True)
        counts = [int(text.split()[0]) for text in treated]
        table = table.assign(noise=noise, treated=counts)
        return table.sort_values(["treated", "noise"], ignore_index=True)

    def tests_of_trends_table(self) -> Table:
        """Show how often tests of earlier trends find some where there are none."""
        columns = [
            value_column("Districts with the deal", "treated", lambda v: f"{v:.0f}"),
            text_column("Chance in the rates", "noise", words.NOISE),
            share_column("Usual joint test", "event study", 0),
            share_column("Joint test, ranked among blocks", "Wald among blocks"),
            share_column("Slope, ranked among blocks", "slope among blocks"),
            share_column("Slope finds a trend of 3 a year", "power", 0),
        ]
        return page_table(
            self.tests_of_trends,
            columns,
            table_id="tests-of-trends",
            caption=words.TESTS_OF_TRENDS,
            source=source_line("simulation_study"),
        )

    def deaths_table(self) -> Table:
        """Show what the path from deaths to life expectancy finds where 0.2 years are planted."""
        caption = partial(words.deaths, self.districts)
        return self._table("deaths", 2, "simulated-deaths", caption, "deaths_population_age")
