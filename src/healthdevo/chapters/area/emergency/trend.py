"""Area section "A&E", second part: trend and forecast, growth account, four-hour performance, and what the data lack."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.areas import Area
from healthdevo.chapters.area.emergency import words
from healthdevo.chapters.area.emergency.attendances import AreaEmergency
from healthdevo.chapters.area.filling import Instead
from healthdevo.chapters.common import ENGLAND, PANDEMIC, plain_name, source_line, two_figures
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts, per_day_frame, scorecard
from healthdevo.chapters.common.forecasts import forecast_of, trend_of
from healthdevo.chapters.common.waiting import performance
from healthdevo.chapters.demand.accounts import Account, account, account_chart
from healthdevo.chapters.demand.four_hour import four_hour_chart
from healthdevo.chapters.demand.words import largest_part
from healthdevo.emergency import FourHourPerformance
from healthdevo.errors import TableError
from healthdevo.mathematics import OverdispersedFunnel, overdispersed_funnel
from healthdevo.series import AreaForecast, StructuralTrend

_BASE_YEAR = 2016
_HORIZONS = (1, 3, 6, 12)


@dataclass(frozen=True)
class AreaTrend:
    """Trend, forecast, growth account and four-hour performance of an area, on the sound rows of the first part."""

    section: AreaEmergency = field(repr=False)

    @classmethod
    def of(cls, section: AreaEmergency | Instead) -> AreaTrend | Instead:
        """Return the second part of a section, or what stands in its place."""
        return section if isinstance(section, Instead) else cls(section)

    @property
    def area(self) -> Area:
        """The area of the page."""
        return self.section.area

    @cached_property
    def counts(self) -> pd.Series:
        """The area's attendances by month."""
        return monthly_counts(self.section.months, self.area.code)

    @cached_property
    def trend(self) -> StructuralTrend:
        """Structural trend of the area's attendances."""
        return trend_of(self.counts, BREAKS)

    @cached_property
    def outlook(self) -> AreaForecast:
        """Forecast of the next twelve months with its record."""
        return forecast_of(self.counts, BREAKS)

    @cached_property
    def accounts(self) -> Account | str:
        """The growth account since 2016/17, or the reason for having none."""
        s = self.section
        work = trend_of(monthly_counts(s.months, ENGLAND), BREAKS).working_day_effect
        try:
            return account(s.months, s.population, self.area.code, _BASE_YEAR, s.year, work)
        except TableError as error:
            return str(error)

    @cached_property
    def waiting(self) -> FourHourPerformance:
        """Four-hour performance."""
        return performance(self.section.months, self.area.code)

    @cached_property
    def peers_waiting(self) -> pd.DataFrame:
        """Attendances and those within four hours in the latest twelve months of every peer that has all of them."""
        rows = self.section.months[self.section.months["department_type"] == "all"]
        last = pd.Timestamp(self.section.own_months["month"].max())
        rows = rows[(rows["month"] > last - pd.DateOffset(months=12)) & (rows["month"] <= last)]
        counts = ["attendances_4_hour_reporting", "over_4_hours"]
        groups = rows.dropna(subset=counts).groupby("area_code", observed=True)[counts]
        names = {peer.code: peer.short_name for peer in self.section.peers}
        sums = groups.sum()[groups.size() == 12].reindex(list(names)).dropna()
        size = sums["attendances_4_hour_reporting"]
        within = size - sums["over_4_hours"]
        return pd.DataFrame({"attendances": size, "within": within, "name": sums.index.map(names)})

    @cached_property
    def funnel(self) -> OverdispersedFunnel | str:
        """Funnel of four-hour shares with limits that admit over-dispersion, or the reason for having none."""
        p = self.peers_waiting
        if self.area.code not in p.index:
            return "it lacks four-hour figures in some of the latest twelve months"
        return overdispersed_funnel(p["within"], p["attendances"], kind="proportion", index=p.index)

    @cached_property
    def rate_funnel(self) -> OverdispersedFunnel:
        """Funnel of attendances against those that the area's people would make at England's rate."""
        rates = self.section.rates
        persons = self.section.persons.reindex(rates["area_code"]).to_numpy(float)
        observed = rates["estimate"].to_numpy(float) * persons / 1000
        expected = self.section.england_rate * persons / 1000
        return overdispersed_funnel(observed, expected, kind="ratio", index=rates["area_code"].tolist())

    def place(self, funnel: OverdispersedFunnel) -> str:
        """Where the area lies in a funnel: above, below or inside its 99.8% limits."""
        row = funnel.table.loc[self.area.code]
        if row["ratio"] > row["od_upper_0.998"]:
            return "above"
        if row["ratio"] < row["od_lower_0.998"]:
            return "below"
        return "inside"

    def trend_chart(self) -> charts.Chart:
        """Attendances per day with trend, gaps, fan and the provisional month."""
        result = self.outlook
        data = per_day_frame(self.counts, self.trend.table.get("trend"), result.table)
        if result.table.empty:
            data = data.assign(
                median=np.nan, **{f"{s}_{x:g}": np.nan for s in ("lower", "upper") for x in (0.5, 0.8, 0.95)}
            )
        gaps = [charts.Span(a, b + pd.offsets.MonthEnd(0), "no figures") for a, b in self.section.gaps]
        return charts.fan_chart(
            data,
            x="month",
            y="per_day",
            trend="trend",
            median="median",
            provisional="provisional",
            spans=[*gaps, PANDEMIC],
            y_format=lambda v: f"{v:,.0f}",
            y_from_zero=False,
            caption=words.trend(self),
        )

    def account_chart(self) -> charts.Chart | None:
        """Draw the growth account, if there is one."""
        a = self.accounts
        return None if isinstance(a, str) else account_chart(a, self.area.label, largest_part(a))

    def four_hour_chart(self) -> charts.Chart:
        """Four-hour control chart with icons."""
        return four_hour_chart(self.waiting, self.area.short_name, self.area.label, figure_id="four-hours")

    def funnel_chart(self) -> charts.Chart | charts.Table:
        """Draw the area among its peers in a funnel of four-hour shares."""
        funnel = self.funnel
        if isinstance(funnel, str):
            return words.absent("Funnel", self.area.short_name, funnel)
        name, t = plain_name(self.area.short_name), funnel.table
        data = pd.DataFrame(
            {
                "name": [plain_name(n) for n in self.peers_waiting["name"]],
                "attendances": t["denominator"].to_numpy(float) / 1000,
                "share": 100 * t["ratio"].to_numpy(float),
            }
        )
        for limit in ("lower_0.95", "upper_0.95", "lower_0.998", "upper_0.998"):
            data[limit] = 100 * t[f"od_{limit}"].to_numpy(float)
        own = float(data.loc[data["name"] == name, "share"].iloc[0])
        return charts.funnel_chart(
            data,
            x="attendances",
            y="share",
            label="name",
            focus=[name],
            centre=100 * funnel.target,
            centre_text="all together",
            limits=[("lower_0.95", "upper_0.95", "95%"), ("lower_0.998", "upper_0.998", "99.8%")],
            x_format=lambda v: f"{v:,.0f}k",
            y_format=lambda v: f"{v:.0f}%",
            x_label="attendances in the year",
            caption=words.funnel(self, funnel, data, own),
        )

    def scorecard_table(self) -> charts.Table:
        """How forecasts like this one did in the past."""
        result = self.outlook
        floor = result.model == "seasonal naive"
        model = "structural trend" if floor else result.model
        card = scorecard(result, model)
        if card.empty:
            return words.absent("Forecast record", self.area.label, result.reason)
        shown = charts.page_table(
            card.loc[[h for h in _HORIZONS if h in card.index]].rename_axis("horizon").reset_index(),
            [
                charts.value_column("Months ahead", "horizon", words.count),
                charts.value_column("Mean error", "mae", words.count),
                charts.value_column("Floor's error", "naive_mae", words.count),
                charts.value_column("Ratio", "relative_error", two_figures),
                charts.share_column("80% interval held", "coverage_0.8", 0),
                charts.share_column("95% interval held", "coverage_0.95", 0),
            ],
            table_id="forecast-record",
            caption=words.record_table(model, len(result.origins), floor=floor),
            source=source_line("emergency_month"),
        )
        every = result.backtest.reset_index()
        return replace(shown, data=every.assign(in_use=every["model"] == result.model))

    def quality_table(self) -> charts.Table:
        """List what the area's data hold and lack."""
        rows = words.quality(self).items()
        caption = f"What the A&E figures of {self.area.label} hold."
        frame = pd.DataFrame(rows, columns=["What", "This area"])
        return charts.Table("data-quality", caption, source_line("emergency_month"), frame, frame)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        return words.trend_texts(self)
