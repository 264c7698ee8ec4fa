"""Area section "A&E", second part: trend and forecast, growth account, four-hour performance, and what the data lack."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.emergency.attendances import AreaEmergency, plain_name
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts, per_day_frame
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.accounts import (
    Account,
    account,
    account_chart,
    account_sentence,
    ageing_words,
)
from healthdevo.chapters.demand.attendances import ENGLAND, PANDEMIC, TYPE_NAMES
from healthdevo.chapters.demand.four_hour import assurance_words, four_hour_chart, icon_text, performance
from healthdevo.chapters.demand.outlook import MODEL_NAMES, beaten_horizons, made_by, scorecard
from healthdevo.charts import Caption, Chart, Span, fan_chart, funnel_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.emergency import FourHourPerformance
from healthdevo.errors import TableError
from healthdevo.mathematics import OverdispersedFunnel, overdispersed_funnel
from healthdevo.series import AreaForecast, StructuralTrend, forecast, structural_trend
from healthdevo.wording import financial_year, join, millions, number, percentage

__all__ = ["AreaTrend"]

_BASE_YEAR = 2016
_HORIZONS = (1, 3, 6, 12)


@dataclass(frozen=True)
class AreaTrend:
    """Trend, forecast, growth account and four-hour performance of an area.

    Parameters
    ----------
    section : AreaEmergency
        The first part of the section, which holds the area, its peers and the sound rows.
    """

    section: AreaEmergency = field(repr=False)

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
        return structural_trend(self.counts, breaks=BREAKS)

    @cached_property
    def outlook(self) -> AreaForecast:
        """Forecast of the next twelve months with its record."""
        return forecast(self.counts, breaks=BREAKS)

    @cached_property
    def accounts(self) -> Account | str:
        """The growth account since 2016/17, or the reason for having none."""
        england = structural_trend(monthly_counts(self.section.months, ENGLAND), breaks=BREAKS)
        try:
            return account(
                self.section.months,
                self.section.population,
                self.area.code,
                _BASE_YEAR,
                self.section.year,
                england.working_day_effect,
            )
        except TableError as error:
            return str(error)

    @cached_property
    def waiting(self) -> FourHourPerformance:
        """Four-hour performance."""
        return performance(self.section.months, self.area.code)

    # ---- among peers ---------------------------------------------------------------------------------------------------------------

    @cached_property
    def peers_waiting(self) -> pd.DataFrame:
        """Attendances and those within four hours in the latest twelve months of every peer that has all of them."""
        rows = self.section.months[self.section.months["department_type"] == "all"]
        last = pd.Timestamp(rows.loc[rows["area_code"] == self.area.code, "month"].max())
        rows = rows[rows["month"] > last - pd.DateOffset(months=12)]
        rows = rows[rows["month"] <= last]
        known = rows[rows["attendances_4_hour_reporting"].notna() & rows["over_4_hours"].notna()]
        sums = known.groupby("area_code", observed=True).agg(
            attendances=("attendances_4_hour_reporting", "sum"),
            over=("over_4_hours", "sum"),
            months=("month", "count"),
        )
        codes = [peer.code for peer in self.section.peers]
        sums = sums.reindex(codes)
        full = sums[sums["months"] == 12]
        return full.assign(
            within=full["attendances"] - full["over"],
            name=[areas.get(str(code)).short_name for code in full.index],
        )

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
        people = self.section.population[self.section.population["year"] == self.section.year]
        persons = people.set_index("area_code")["persons"].reindex(rates["area_code"]).to_numpy(float)
        observed = rates["estimate"].to_numpy(float) * persons / 1000
        expected = self.section.england_rate * persons / 1000
        return overdispersed_funnel(observed, expected, kind="ratio", index=rates["area_code"].tolist())

    def _place(self, funnel: OverdispersedFunnel) -> str:
        row = funnel.table.loc[self.area.code]
        if row["ratio"] > row["od_upper_0.998"]:
            return "above"
        if row["ratio"] < row["od_lower_0.998"]:
            return "below"
        return "inside"

    # ---- charts and tables ---------------------------------------------------------------------------------------------------------

    def trend_chart(self) -> Chart:
        """Attendances per day with trend, gaps, fan and the provisional month."""
        result = self.outlook
        data = per_day_frame(self.counts, self.trend.table.get("trend"), result.table)
        if result.table.empty:
            data = data.assign(
                median=np.nan, **{f"{s}_{x:g}": np.nan for s in ("lower", "upper") for x in (0.5, 0.8, 0.95)}
            )
        gaps = [Span(a, b + pd.offsets.MonthEnd(0), "no figures") for a, b in self.section.gaps]
        first, last = data["month"].iloc[0], self.counts.index[-1]
        ahead = (
            f"; forecast to {result.table.index[-1]:%B %Y} by {made_by(result.model)}"
            if len(result.table)
            else f"; no forecast: {result.reason}"
        )
        return fan_chart(
            data,
            x="month",
            y="per_day",
            trend="trend",
            median="median",
            provisional="provisional",
            spans=[*gaps, PANDEMIC],
            y_format=lambda v: f"{v:,.0f}",
            y_from_zero=False,
            caption=Caption(
                figure_id="attendances",
                title=f"{self.area.short_name}: {self._growth_title()}",
                subtitle=(
                    f"Attendances per day at all types of A&E, {self.area.label}, {first:%B %Y} to {last:%B %Y} (latest month "
                    f"provisional), trend without seasons{ahead}"
                ),
                source=source_line("emergency_month"),
                alt=(
                    f"Line chart of attendances per day by month in {self.area.label} with trend and a fan-shaped forecast. "
                    f"{self._growth_words()} {self._forecast_words()}"
                ),
            ),
        )

    def account_chart(self) -> Chart | Table:
        """Draw the growth account, or give a line that says why there is none."""
        a = self.accounts
        if isinstance(a, str):
            return show_table(
                pd.DataFrame({"Growth account": [f"Not computed: {a}."]}),
                table_id="growth-account",
                caption=f"Why there is no growth account for {self.area.label}.",
                source=source_line("emergency_month"),
            )
        largest = str(a.parts["share"].abs().idxmax())
        words = {
            "people": "the number of residents",
            "calendar": "the calendar",
            "major": "the use of major departments",
            "specialist": "the use of specialist departments",
            "minor": "the use of minor-injury units",
        }[largest]
        return account_chart(
            a,
            self.area.label,
            figure_id="growth-account",
            title=f"Largest part of the change since {financial_year(a.start)}: {words}, {_signed_points(a.share(largest))}",
        )

    def four_hour_chart(self) -> Chart:
        """Four-hour control chart with icons."""
        return four_hour_chart(self.waiting, self.area.short_name, self.area.label, figure_id="four-hours")

    def funnel_chart(self) -> Chart | Table:
        """Draw the area among its peers in a funnel of four-hour shares."""
        funnel = self.funnel
        if isinstance(funnel, str):
            return show_table(
                pd.DataFrame({"Funnel": [f"{self.area.short_name} is not in the funnel: {funnel}."]}),
                table_id="four-hours-funnel",
                caption="Why there is no funnel.",
                source=source_line("emergency_month"),
            )
        name = plain_name(self.area.short_name)
        t = funnel.table
        data = pd.DataFrame(
            {
                "name": [plain_name(n) for n in self.peers_waiting["name"]],
                "attendances": t["denominator"].to_numpy(float) / 1000,
                "share": 100 * t["ratio"].to_numpy(float),
                **{
                    f"{side}_{level:g}": 100 * t[f"od_{side}_{level:g}"].to_numpy(float)
                    for level in (0.95, 0.998)
                    for side in ("lower", "upper")
                },
            }
        )
        own = float(data.loc[data["name"] == name, "share"].iloc[0])
        place = {
            "above": "better than the limits allow",
            "below": "worse than the limits allow",
            "inside": "within the limits of its peers",
        }[self._place(funnel)]
        return funnel_chart(
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
            caption=Caption(
                figure_id="four-hours-funnel",
                title=f"Four-hour waits: {self.area.short_name} is {place}",
                subtitle=(
                    f"Share seen within four hours in the latest twelve months by number of attendances, {self.section.peers_title}; limits "
                    "admit that areas differ by more than chance"
                ),
                source=source_line("emergency_month"),
                alt=(
                    f"Funnel plot of {len(data)} {self.section.peers_title}: {self.area.short_name} has {number(own)}% within four hours, all "
                    f"together {number(100 * funnel.target)}%; it is {place}."
                ),
            ),
        )

    def scorecard_table(self) -> Table:
        """How forecasts like this one did in the past."""
        result = self.outlook
        floor = result.model == "seasonal naive"
        model = "structural trend" if floor else result.model
        card = scorecard(result, model)
        if card.empty:
            return show_table(
                pd.DataFrame({"Forecast record": [f"None: {result.reason}."]}),
                table_id="forecast-record",
                caption="Why there is no record of past forecasts.",
                source=source_line("emergency_month"),
            )
        rows = card.loc[[h for h in _HORIZONS if h in card.index]]
        shown = pd.DataFrame(
            {
                "Months ahead": [str(h) for h in rows.index],
                "Mean error": rows["mae"].map(lambda v: f"{v:,.0f}").tolist(),
                "Floor's error": rows["naive_mae"].map(lambda v: f"{v:,.0f}").tolist(),
                "Ratio": rows["relative_error"].map(lambda v: number(float(v), 2)).tolist(),
                "80% interval held": rows["coverage_0.8"].map(lambda v: percentage(float(v), 0)).tolist(),
                "95% interval held": rows["coverage_0.95"].map(lambda v: percentage(float(v), 0)).tolist(),
            }
        )
        return show_table(
            shown,
            table_id="forecast-record",
            caption=(
                f"Errors of the {MODEL_NAMES[model]} in attendances a month, from {len(result.origins)} past starts, beside last "
                "year's months again (the floor); a ratio below 1 beats the floor. Intervals before calibration."
                + (" The floor wins over all horizons and is in use." if floor else "")
            ),
            source=source_line("emergency_month"),
            data=result.backtest.reset_index().assign(in_use=lambda d: d["model"] == result.model),
        )

    def quality_table(self) -> Table:
        """List what the area's data hold and lack."""
        months = self.section.months[self.section.months["area_code"] == self.area.code]
        whole = months[months["department_type"] == "all"]
        expected = pd.date_range(whole["month"].min(), whole["month"].max(), freq="MS")
        waits = int(whole["attendances_4_hour_reporting"].notna().sum())
        covered = whole["attendances_4_hour_reporting"] / whole["attendances"]
        kinds = {
            k: int(months.loc[months["department_type"] == k, "attendances"].notna().sum()) for k in "123"
        }
        absent = [TYPE_NAMES[k] for k, n in kinds.items() if n == 0]
        partly = [f"{TYPE_NAMES[k]}: {n} of {len(whole)}" for k, n in kinds.items() if 0 < n < len(whole)]
        rows = {
            "Months with figures": f"{len(whole)} of {len(expected)}",
            "Months with four-hour figures": f"{waits} of {len(expected)}",
            "Of these, months that cover only part of attendances (pilot trusts left out)": str(
                int((covered < 0.999).sum())
            ),
            "Lowest share of attendances that four-hour figures cover": percentage(float(covered.min())),
            "Types of department without any figures": join(absent) or "none",
            "Types with figures in some months only": "; ".join(partly) or "none",
            "Latest month": f"{whole['month'].max():%B %Y}, provisional",
        }
        return show_table(
            pd.DataFrame({"What": list(rows), "This area": list(rows.values())}),
            table_id="data-quality",
            caption=f"What the A&E figures of {self.area.label} hold.",
            source=source_line("emergency_month"),
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------------

    def _growth_title(self) -> str:
        if self.trend.reason:
            return "no trend can be told"
        growth = self.trend.growth
        if not growth.interval().excludes_zero:
            return "the underlying growth of attendances cannot be told from none"
        return f"attendances {'grow' if growth.estimate > 0 else 'fall'} by {number(abs(growth.estimate), 2)}% a year beneath the seasons"

    def _growth_words(self) -> str:
        if self.trend.reason:
            return f"No trend is shown: {self.trend.reason}."
        i = self.trend.growth.interval()
        sure = "" if i.excludes_zero else ", so growth cannot be told from none"
        return (
            f"Underlying growth is {number(self.trend.growth.estimate, 2)}% a year (95% interval {number(i.lower, 2)}% to "
            f"{number(i.upper, 2)}%){sure}."
        )

    def _break_words(self) -> str:
        if self.trend.reason:
            return "Without a trend no break can be judged."
        parts = ["The trend admits two breaks."]
        for name, row in self.trend.breaks.iterrows():
            if row["reason"]:
                parts.append(f"The step “{name}” cannot be judged: {row['reason']}.")
                continue
            limits = f"95% interval {percentage(float(row['lower_0.95']) / 100)} to {percentage(float(row['upper_0.95']) / 100)}"
            verdict = (
                "the figures support it"
                if row["supported"]
                else "the figures do not settle whether there was one"
            )
            parts.append(f"Step “{name}”: {percentage(float(row['effect']) / 100)} ({limits}); {verdict}.")
        return " ".join(parts)

    def _forecast_words(self) -> str:
        result = self.outlook
        if result.table.empty:
            return f"There is no forecast: {result.reason}."
        total = float(result.table["median"].sum())
        change = total / float(self.counts.iloc[-12:].sum()) - 1.0
        last = result.table.iloc[-1]
        month = result.table.index[-1]
        days = month.days_in_month
        amount = millions(total) if total >= 1e6 else number(total)
        against = (
            f"{percentage(abs(change))} {'above' if change >= 0 else 'below'} the latest twelve"
            if abs(change) >= 0.0005
            else "as many as in the latest twelve"
        )
        return (
            f"The next twelve months are forecast at {amount} attendances, {against}; in {month:%B %Y} at {number(float(last['median']) / days)} a day "
            f"(80% interval {number(float(last['lower_0.8']) / days)} to {number(float(last['upper_0.8']) / days)})."
        )

    def _record_words(self) -> str:
        result = self.outlook
        if result.backtest.empty:
            return f"There is no record of past forecasts: {result.reason}."
        if result.model == "seasonal naive":
            return (
                "No model beat last year's months again in the past, so that is the forecast: the floor wins."
            )
        lost = beaten_horizons(result)
        won = (
            "It beat the floor at every horizon from one to twelve months."
            if not lost
            else f"At {join([str(h) for h in lost])} months ahead the floor wins."
        )
        return (
            f"In the past, errors of {made_by(result.model)} were {number(result.relative_error, 2)} times those of simply "
            f"repeating last year's months, the floor. {won}"
        )

    def _funnel_words(self) -> str:
        rate = self._place(self.rate_funnel)
        first = {
            "above": "Its attendances per head lie above the limits of the funnel: more than the spread among its peers explains.",
            "below": "Its attendances per head lie below the limits of the funnel: less than the spread among its peers explains.",
            "inside": "Its attendances per head lie inside the limits of the funnel: its peers spread as widely.",
        }[rate]
        if isinstance(self.funnel, str):
            return f"{first} There is no funnel of four-hour waits: {self.funnel}."
        return first

    def _waiting_words(self) -> str:
        result = self.waiting
        chart = result.chart
        if chart is None:
            return f"There is no control chart: {result.reason}."
        change = result.change
        words = (
            f"{result.sentence} The latest month shows {icon_text(chart).removeprefix('H ').removeprefix('L ')}; the process "
            f"{assurance_words(chart.assurance_icon)}."
        )
        if change.intervals:
            i = change.interval()
            told = "" if i.excludes_zero else ", which cannot be told from none"
            words += (
                f" Its trend is {number(change.estimate, 2)} points a year (95% interval {number(i.lower, 2)} to {number(i.upper, 2)})"
                f"{told}."
            )
        return words

    def _chart_warnings(self) -> str:
        chart = self.waiting.chart
        warnings = () if chart is None else chart.warnings
        if not warnings:
            return "The four-hour chart has no warnings."
        return f"The four-hour chart warns: {'; '.join(warnings)}."

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        a = self.accounts
        return {
            "area_trend": self._growth_words(),
            "area_breaks": self._break_words(),
            "area_forecast": self._forecast_words(),
            "area_record": self._record_words(),
            "area_account": f"There is no growth account: {a}."
            if isinstance(a, str)
            else account_sentence(a),
            "area_ageing": "Without an account there is nothing to say about ageing."
            if isinstance(a, str)
            else ageing_words(a),
            "area_waiting": self._waiting_words(),
            "area_funnel": self._funnel_words(),
            "area_chart_warnings": self._chart_warnings(),
        }


def _signed_points(share: float) -> str:
    return f"{100 * share:+.1f} points".replace("-", "\N{MINUS SIGN}")
