"""Area section "Devolution": what changed where there was a deal, and what could be seen where there was none."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.areas import Area
from healthdevo.chapters.area.devolution import words
from healthdevo.chapters.area.devolution.placebos import placebo, synthetic_path
from healthdevo.chapters.common import area_with, lower_upper, plain_name, source_line, with_name
from healthdevo.chapters.devolution.elsewhere import DETECTABLE, Elsewhere
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, districts_of
from healthdevo.evaluation import Panel, PlaceboTest


@dataclass(frozen=True)
class AreaDevolution:
    """What the devolution section of an area's page says and shows.

    ``districts`` have at least half their people in the area, and figures in every year.
    """

    area: Area
    elsewhere: Elsewhere = field(repr=False)
    districts: tuple[str, ...]

    @classmethod
    def load(cls, area_code: str) -> AreaDevolution:
        """Load what the section of an area needs."""
        area = area_with(area_code, "devolution")
        elsewhere = Elsewhere.load()
        return cls(area, elsewhere, tuple(c for c in districts_of(area.code) if c in elsewhere.outcome.codes))

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Deals with districts in the area: the earliest start comes first."""
        rows = self.elsewhere.deals
        shared = np.array([len(set(self.districts) & set(d)) for d in rows["districts"]], dtype=int)
        return rows.assign(shared=shared)[shared > 0].sort_values(["start", "name"], ignore_index=True)

    @property
    def treated(self) -> bool:
        """Whether part of the area had a deal early enough to judge."""
        return not self.deals.empty

    @cached_property
    def group(self) -> tuple[str, ...]:
        """The districts whose path is drawn: those of the area with a deal, or all of it where there was none."""
        if not self.treated:
            return self.districts
        with_deal = set().union(*self.deals["districts"])
        return tuple(c for c in self.districts if c in with_deal)

    @property
    def start(self) -> int:
        """First treated year: that of the earliest deal, or Greater Manchester's where there was none."""
        return int(self.deals["start"].iloc[0]) if self.treated else HEALTH_DEAL

    @cached_property
    def panel(self) -> Panel | None:
        """The area's districts against districts without a deal; None without a district to show or to compare with."""
        return self.elsewhere.panel(frozenset(self.group), self.start) if self.group else None

    def _placebo(self, design: str) -> PlaceboTest | None:
        return None if self.panel is None else placebo(self.panel, design)

    @cached_property
    def test(self) -> PlaceboTest | None:
        """The change in the area's districts among those of random groups of as many districts without a deal."""
        return self._placebo("sdid")

    @cached_property
    def trend(self) -> PlaceboTest | None:
        """The same less every district's own earlier trend."""
        return self._placebo("trend")

    @property
    def stands_out(self) -> bool:
        """Whether at most one random group in twenty changed as much."""
        return self.test is not None and self.test.p_absolute <= 0.05

    @property
    def detectable(self) -> float | None:
        """The effect that would be found four times out of five."""
        return None if self.test is None else DETECTABLE * self.test.standard_error

    def path_chart(self) -> charts.Chart:
        """Draw the area's districts and their synthetic comparison, or England where there are none."""
        path = None if self.panel is None else synthetic_path(self.panel)
        if path is None or self.test is None:
            data = self.elsewhere.outcome.frame.groupby("period")["value"].mean().rename("rate").reset_index()
            series, marks, caption = None, [], words.england_chart(self.area.short_name)
        else:
            names = {"treated": plain_name(self.area.short_name), "counterfactual": "comparison"}
            data = path.melt("period", list(names), var_name="who", value_name="rate").replace({"who": names})
            marks = [charts.Mark(self.start - 0.5, "first deal" if self.treated else "no deal here")]
            series, caption = "who", words.path_chart(self, self.test)
        return charts.line_chart(
            data,
            x="period",
            y="rate",
            series=series,
            marks=marks,
            x_format=lambda v: f"{v:.0f}",
            y_from_zero=False,
            markers=True,
            caption=caption,
        )

    def table(self) -> charts.Table:
        """Show the numbers of the section: each deal in the area, or what a deal could have shown."""
        test, trend = self.test, self.trend
        shown, data = {"Districts with figures": "none"}, {"districts": 0.0}
        if test is not None and trend is not None and self.detectable is not None:
            shown = words.rows(self, test, trend, self.detectable)
            data = {"change": test.estimate, **lower_upper(test), "p": test.p_absolute}
            data |= with_name("own_trend", trend)
            data |= {"own_trend_p": trend.p_absolute, "detectable": self.detectable}
        return charts.Table(
            "devolution-effect",
            words.table(self.area.label),
            source_line("under_75_mortality", "devolution_deal", "devolution_power"),
            pd.DataFrame(shown.items(), columns=["What", "Value"]),
            pd.DataFrame(data.items(), columns=["measure", "value"]),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        return words.texts(self)
