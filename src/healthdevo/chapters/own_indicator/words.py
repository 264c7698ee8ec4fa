"""Sentences of the section "Your indicator"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.common import peers_title, signed_percent
from healthdevo.charts import Caption
from healthdevo.wording import number, ordinal, percentage, with_interval

if TYPE_CHECKING:
    from healthdevo.chapters.own_indicator.reading import Indicator
    from healthdevo.chapters.own_indicator.section import OwnIndicator

_MOST_ROWS = 40


def _unit(indicator: Indicator) -> str:
    return f" {indicator.unit}" if indicator.unit and not indicator.unit.startswith("%") else indicator.unit


def nothing(area: Area, indicator: Indicator, inside: Sequence[str]) -> str:
    """Say why a file has nothing for an area."""
    districts = f"{len(inside)} district{'' if len(inside) == 1 else 's'}"
    if inside and not indicator.counted:
        return (
            f"{indicator.file.name} has values of {districts} in {area.short_name}, but not of the area, and no numerators and denominators. "
            "Values of districts are never averaged."
        )
    if inside:
        return f"{indicator.file.name} has counts of {districts} in {area.short_name}, but not of all of them in any one period, so the area can't be added up."
    return f"{indicator.file.name} has no rows for {area.short_name}."


def too_few(name: str, treated: int, controls: int, needed: int) -> str:
    """Say that the file has too few districts for the designs."""
    return (
        f"The designs can't be run for the deal of {name}: the file has every period for {treated} of its districts and for {controls} districts without a deal. "
        f"At least one and {needed} are needed."
    )


def too_short(name: str, start: int, before: int, after: int, needed: int) -> str:
    """Say that the file has too few periods for the designs."""
    return (
        f"The designs can't be run for the deal of {name}, which began in {start}: the file has {before} period{'' if before == 1 else 's'} before and {after} after. "
        f"At least {needed} and one are needed."
    )


def effect(value: float, lower: float, upper: float, reason: str) -> str:
    """Return an effect with its interval, or why there is none."""
    if np.isnan(value):
        return f"could not run: {reason}"
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return f"{number(value)} (no interval)"
    return with_interval(value, lower, upper)


def _kind(section: OwnIndicator) -> str:
    district = section.area.kind in areas.KIND_GROUPS["district"]
    return peers_title("district" if district else section.area.kind)


def _nth(rank: int) -> str:
    return "" if rank == 1 else f"{ordinal(rank)} "


def _level(section: OwnIndicator) -> str:
    level, unit = section.level, _unit(section.indicator)
    if level.intervals:
        limits = level.intervals[0]
        said = with_interval(level.estimate, limits.lower, limits.upper, level=0.95)
        first, _, rest = said.partition(" ")
        shown = f"{first}{unit} {rest}"
    else:
        shown = f"{number(level.estimate)}{unit}, without an interval since {level.reason}"
    return (
        f"{section.indicator.title} in {section.area.short_name} was {shown} in {section.latest['period']}."
    )


def _rank(section: OwnIndicator) -> str:
    count, kind = len(section.peers), _kind(section)
    if section.place is None:
        if count < 4:
            return f"The file has too few {kind} to rank it among them."
        rank = 1 + int((section.peers["value"] > float(section.latest["value"])).sum())
        return f"It is the {_nth(rank)}highest of {count} {kind} in the file. How sure that place is can't be said: the file gives no limits for all of them."
    rank, lower, upper = section.place
    sure = (
        "Chance alone does not move it from there."
        if lower == upper
        else f"The figures do not rule out any place from {lower} to {upper}."
    )
    return f"It is the {_nth(rank)}highest of {count} {kind} in the file. {sure}"


def _trend(section: OwnIndicator) -> str:
    rows = section.rows.sort_values("time")
    if len(rows) < 2:
        return "There is one period only, so there is no trend."
    first, last = rows.iloc[0], rows.iloc[-1]
    moved = float(last["value"] / first["value"] - 1) if first["value"] > 0 else np.nan
    change = (
        ""
        if np.isnan(moved)
        else f"From {first['period']} to {last['period']} it changed by {signed_percent(100 * moved)}. "
    )
    trend = section.trend
    if trend is None:
        return f"{change}There are fewer than four periods, too few for a trend with an interval."
    limits = trend.intervals[0]
    shown = with_interval(trend.estimate, limits.lower, limits.upper, level=0.95)
    clear = limits.lower > 0 or limits.upper < 0
    return f"{change}A straight line through the periods moves by {shown} a year{'' if clear else ', so no direction is sure'}."


def _districts(section: OwnIndicator) -> str:
    rows, parts = section.districts, []
    if len(rows) > 1:
        high, low = rows.iloc[0], rows.iloc[-1]
        parts.append(
            f"Among its {len(rows)} districts in the file it runs from {number(float(low['value']))} in {areas.get(low['area_code']).short_name} "
            f"to {number(float(high['value']))} in {areas.get(high['area_code']).short_name}."
        )
    gradient = section.gradient
    if gradient is not None:
        one = gradient[0]
        value = one.estimate
        side = "higher" if value > 0 else "lower"
        if one.intervals and np.isfinite(one.intervals[0].lower):
            limits = [abs(v) for v in (one.intervals[0].lower, one.intervals[0].upper)]
            same = one.intervals[0].lower * one.intervals[0].upper > 0
            shown = (
                with_interval(abs(value), min(limits), max(limits), level=0.95)
                if same
                else f"{number(abs(value))}, which chance alone could give"
            )
        else:
            shown = f"{number(abs(value))}, without an interval"
        parts.append(
            f"Across England's districts the most deprived end is {side} than the least deprived one, by {shown}."
        )
    return " ".join(parts) or "The file has too few districts to say how it differs among them."  # fmt: skip


def _devolution(section: OwnIndicator) -> str:
    battery = section.battery
    if battery is None or section.deal is None:
        return section.no_panel
    name, start, _ = section.deal
    main = battery.main
    shown = effect(main.estimate, main.intervals[0].lower, main.intervals[0].upper, "")
    assert section.panel is not None
    return (
        f"The deal of {name} counts from {start} on. Here {section.panel.n_treated} of its districts are compared with {section.panel.n_controls} "
        f"districts without a deal. Against these the indicator then changed by {shown}. {battery.verdict.sentence} A change is not yet an effect."
    )


def texts(section: OwnIndicator) -> dict[str, str]:
    """Named texts of the section."""
    notes = list(section.indicator.notes)
    if section.pooled:
        notes.append(
            "The area is added up from numerators and denominators of its districts, each by the share of its people; values were not averaged."
        )
        if not section.indicator.crude:
            notes.append("Its values are crude, since standardised ones of districts can't be added up.")
    return {
        "indicator_level": f"{_level(section)} {_rank(section)}",
        "indicator_trend": _trend(section),
        "indicator_districts": _districts(section),
        "indicator_devolution": _devolution(section),
        "indicator_notes": " ".join(notes) or "Nothing unusual was noticed when the file was read.",
        "indicator_source": f"Source: {section.indicator.source}; sha256 {section.indicator.file.sha256[:12]}. It was not checked against any publication.",
    }  # fmt: skip


def trend_caption(section: OwnIndicator) -> Caption:
    """Words of the chart by period."""
    rows = section.rows.sort_values("time")
    first, last = rows.iloc[0], rows.iloc[-1]
    way = (
        "rose"
        if last["value"] > first["value"]
        else "fell"
        if last["value"] < first["value"]
        else "did not change"
    )
    title = (
        f"It {way} from {first['period']} to {last['period']}"
        if len(rows) > 1
        else f"One period: {first['period']}"
    )
    unit = f", {section.indicator.unit}" if section.indicator.unit else ""
    return Caption(
        figure_id="indicator-trend",
        title=title,
        subtitle=f"{section.indicator.title}{unit}, {section.area.short_name}",
        source=section.indicator.source,
        alt=f"Line chart of {section.indicator.title} in {section.area.short_name}, from {number(float(first['value']))} in {first['period']} to {number(float(last['value']))} in {last['period']}.",
    )  # fmt: skip


def rank_caption(section: OwnIndicator, shown: int) -> Caption:
    """Words of the chart of places."""
    count, kind = len(section.peers), _kind(section)
    rank = 1 + int((section.peers["value"] > float(section.latest["value"])).sum())
    those = "" if shown == count else f"; the {shown} nearest are shown"
    return Caption(
        figure_id="indicator-rank",
        title=f"{section.area.short_name} is {ordinal(rank)} of {count}",
        subtitle=f"{section.indicator.title} in {section.latest['period']}, {kind}, the highest first, with 95% intervals where known{those}",
        source=section.indicator.source,
        alt=f"Chart of {section.indicator.title} in {shown} {kind}; {section.area.short_name} is {ordinal(rank)} of {count}.",
    )


def districts_caption(section: OwnIndicator) -> str:
    """Words above the table of districts."""
    many = len(section.districts) > _MOST_ROWS
    ends = (
        f" The {_MOST_ROWS // 2} highest and the {_MOST_ROWS // 2} lowest of {len(section.districts)}."
        if many
        else ""
    )
    return f"{section.indicator.title} in the districts of {section.area.short_name}, {section.latest['period']}.{ends}"


def designs_caption(section: OwnIndicator) -> str:
    """Words above the table of designs."""
    assert section.battery is not None
    assert section.deal is not None
    share = percentage(section.battery.main.p_absolute, 0)
    return f"What changed after the deal of {section.deal[0]}, by every design; {share} of groups show as much by the main one."
