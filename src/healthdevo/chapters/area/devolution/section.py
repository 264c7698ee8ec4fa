"""Area section "Devolution": what changed where there was a deal, and what could be seen where there was none."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.emergency.attendances import plain_name
from healthdevo.chapters.common.cells import records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.devolution.elsewhere import DETECTABLE, Elsewhere
from healthdevo.chapters.devolution.outcomes import few
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, any_design, districts_of, placebo_of
from healthdevo.charts import Caption, Chart, Mark, line_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.evaluation import Effect, Panel, PlaceboTest, random_groups
from healthdevo.wording import join, number

__all__ = ["AreaDevolution"]

_DRAWS = 200
_SEED = 2014


@dataclass(frozen=True)
class AreaDevolution:
    """What the devolution section of an area's page says and shows.

    Parameters
    ----------
    area : Area
        The area of the page.
    elsewhere : Elsewhere
        Deals, and districts without any.
    districts : tuple of str
        Districts with at least half their people in the area that have figures in every year.
    """

    area: Area
    elsewhere: Elsewhere = field(repr=False)
    districts: tuple[str, ...]

    @classmethod
    def load(cls, area_code: str) -> AreaDevolution:
        """Load what the section of an area needs.

        Parameters
        ----------
        area_code : str
            Code of an NHS region or an integrated care board.

        Raises
        ------
        AreaError
            When the code is unknown.
        """
        area = areas.get(area_code)
        elsewhere = Elsewhere.load()
        known = set(elsewhere.outcome.codes)
        return cls(area, elsewhere, tuple(c for c in districts_of(area.code) if c in known))

    # ---- computed ----------------------------------------------------------------------------------------------------------------

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Deals with districts in the area: the earliest start comes first."""
        own = set(self.districts)
        rows = self.elsewhere.deals
        shared = [len(own & set(d)) for d in rows["districts"]]
        return (
            rows.assign(shared=shared)[np.asarray(shared) > 0]
            .sort_values(["start", "name"])
            .reset_index(drop=True)
        )

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
        if not self.group:
            return None
        return self.elsewhere.panel(frozenset(self.group), self.start)

    @cached_property
    def test(self) -> PlaceboTest | None:
        """The change in the area's districts among those of random groups of as many districts without a deal."""
        if self.panel is None:
            return None
        return placebo_of(self.panel, "sdid", random_groups(self.panel, draws=_DRAWS, seed=_SEED))

    @cached_property
    def trend(self) -> PlaceboTest | None:
        """The same less every district's own earlier trend."""
        if self.panel is None:
            return None
        return placebo_of(self.panel, "trend", random_groups(self.panel, draws=_DRAWS, seed=_SEED))

    @cached_property
    def effect(self) -> Effect | None:
        """The synthetic difference with its path."""
        return None if self.panel is None else any_design(self.panel, "sdid")

    # ---- charts and tables -----------------------------------------------------------------------------------------------------------

    def path_chart(self) -> Chart:
        """Draw the area's districts and their synthetic comparison."""
        effect, test = self.effect, self.test
        if effect is None or test is None or effect.path is None:
            return self._england_chart()
        path = effect.path
        name = plain_name(self.area.short_name)
        data = path.melt("period", ["treated", "counterfactual"], var_name="who", value_name="rate")
        names = {"treated": name, "counterfactual": "comparison"}
        deal = "first deal" if self.treated else "no deal here"
        return line_chart(
            data.assign(who=data["who"].map(names)),
            x="period",
            y="rate",
            series="who",
            marks=[Mark(self.start - 0.5, deal)],
            x_format=lambda v: f"{v:.0f}",
            y_from_zero=False,
            markers=True,
            caption=Caption(
                figure_id="devolution-path",
                title=f"{name}: {self._size(test.estimate)} than its comparison from {self.start} on{'' if self._away else ', within chance'}",
                subtitle=(
                    f"Preventable deaths under 75 per 100,000, mean of {_districts(len(self.group))}{' with a deal' if self.treated else ''} in {self.area.label} and of "
                    f"districts without any deal, weighted to resemble them, 2010 to 2019"
                ),
                source=source_line("under_75_mortality", "combined_authority"),
                alt=(
                    f"Line chart of preventable deaths under 75 by year in {self.area.label} and its comparison. After {self.start - 1} the area has {self._size(test.estimate)} "
                    f"per 100,000 than its comparison would suggest (95% interval {number(test.interval().lower)} to {number(test.interval().upper)})."
                ),
            ),
        )

    def _england_chart(self) -> Chart:
        gap = self.elsewhere.outcome.frame.groupby("period")["value"].mean().reset_index()
        return line_chart(
            gap,
            x="period",
            y="value",
            x_format=lambda v: f"{v:.0f}",
            y_from_zero=False,
            markers=True,
            caption=Caption(
                figure_id="devolution-path",
                title=f"No district with figures lies mostly in {self.area.short_name}; England for reference",
                subtitle="Preventable deaths under 75 per 100,000, mean of the districts of England, 2010 to 2019",
                source=source_line("under_75_mortality"),
                alt="Line chart of preventable deaths under 75 by year, mean of the districts of England, falling over the decade.",
            ),
        )

    def table(self) -> Table:
        """Show the numbers of the section: each deal in the area, or what a deal could have shown."""
        if self.test is None or self.trend is None:
            rows = [{"What": "Districts with figures", "Value": "none"}]
            data = pd.DataFrame({"measure": ["districts"], "value": [0.0]})
        else:
            i, k = self.test.interval(), self.trend.interval()
            detectable = DETECTABLE * self.test.standard_error
            what = "Change against comparison" if self.treated else "Change without a deal"
            rows = [
                {
                    "What": f"{what}, deaths per 100,000",
                    "Value": _limits(self.test.estimate, i.lower, i.upper),
                },
                {"What": "Random groups with as large a change", "Value": few(self.test.p_absolute)},
                {
                    "What": "Less own earlier trends, deaths per 100,000",
                    "Value": _limits(self.trend.estimate, k.lower, k.upper),
                },
                {
                    "What": "Random groups with as large a change, less trends",
                    "Value": few(self.trend.p_absolute),
                },
                {"What": "Effect that would be found four times out of five", "Value": number(detectable, 2)},
            ]
            data = pd.DataFrame(
                {
                    "measure": [
                        "change",
                        "lower",
                        "upper",
                        "p",
                        "own_trend",
                        "own_trend_lower",
                        "own_trend_upper",
                        "own_trend_p",
                        "detectable",
                    ],
                    "value": [
                        self.test.estimate,
                        i.lower,
                        i.upper,
                        self.test.p_absolute,
                        self.trend.estimate,
                        k.lower,
                        k.upper,
                        self.trend.p_absolute,
                        detectable,
                    ],
                }
            )
        return show_table(
            pd.DataFrame(rows),
            table_id="devolution-effect",
            caption=f"Preventable deaths under 75 in {self.area.label}: synthetic difference-in-differences with 95% permutation intervals.",
            source=source_line("under_75_mortality", "combined_authority", "devolution_event"),
            data=data,
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------------

    @property
    def _away(self) -> bool:
        return self.test is not None and self.test.p_absolute <= 0.05

    @staticmethod
    def _size(value: float) -> str:
        return f"{abs(value):.1f} {'fewer' if value < 0 else 'more'} deaths"

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        return {
            "devolution_headline": self._headline(),
            "devolution_geography": self._geography(),
            "devolution_detectable": self._detectable(),
        }

    def _headline(self) -> str:
        if self.test is None or self.trend is None:
            return f"No district with figures has most of its people in {self.area.label}, so nothing can be said here."
        share = few(self.test.p_absolute)
        if not self.treated:
            usual = "unusual" if self._away else "usual"
            return (
                f"No part of {self.area.label} had a deal early enough to judge. Between 2010 to {self.start - 1} and {self.start} to 2019 its districts came to "
                f"{self._size(self.test.estimate)} per 100,000 than their comparison, without any deal. That is {usual} for a group of this size: {share} of random groups show as much."
            )
        deals = join([f"{r['name']} ({r['start']})" for r in records(self.deals)])
        first = (
            f"Deals that took effect in {self.area.label} by 2018, with the first whole year: {deals}. From {self.start} on, its districts with a deal had {self._size(self.test.estimate)} "
            f"under 75 per 100,000 from preventable causes than their comparison ({share} of random groups show as much)."
        )
        if not self._away:
            return f"{first} That is within what chance gives."
        holds = self.trend.estimate * self.test.estimate > 0 and self.trend.p_absolute <= 0.05
        second = (
            "It stays when earlier trends are carried on."
            if holds
            else f"When earlier trends are carried on, the change is {self._size(self.trend.estimate)} ({few(self.trend.p_absolute)} of groups show as much), so it may have begun before."
        )
        powers = bool(self.deals["health"].any())
        return f"{first} {second}" + ("" if powers else " These deals gave no power over health.")

    def _geography(self) -> str:
        text = (
            f"The figures are of districts. {_districts(len(self.districts)).capitalize()} {'have' if len(self.districts) != 1 else 'has'} at least half of "
            f"{'their' if len(self.districts) != 1 else 'its'} people in {self.area.label}"
        )
        if not self.treated:
            return text + "."
        parts = []
        for r in records(self.deals):
            if r["size"] == 1:
                parts.append(r["name"])
            else:
                parts.append(
                    f"{'all' if r['shared'] == r['size'] else r['shared']} of {r['name']}'s {r['size']}"
                )
        return f"{text}; {'they include' if len(self.districts) != 1 else 'it is'} {join(parts)}."

    def _detectable(self) -> str:
        if self.test is None or self.panel is None:
            return "Without districts there is nothing to detect."
        size = DETECTABLE * self.test.standard_error
        level = float(self.panel.outcome[self.panel.treated][:, -1].mean())
        return (
            f"With {_districts(len(self.group))} the figures would show a deal's effect four times out of five only if it were at least {number(size, 2)} deaths per 100,000, "
            f"{number(100 * size / level, 2)}% of the rate in 2019."
        )


def _limits(value: float, lower: float, upper: float) -> str:
    return f"{number(value)} ({number(lower)} to {number(upper)})"


def _districts(count: int) -> str:
    return "one district" if count == 1 else f"{count} districts"
