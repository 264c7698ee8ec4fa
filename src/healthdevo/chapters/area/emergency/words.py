"""Every sentence of the area section "A&E" that depends on a number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.filling import link, where_instead
from healthdevo.chapters.area.ground import BOARD, union_of
from healthdevo.chapters.common import (
    in_turn,
    in_words,
    left_out,
    peers_title,
    place,
    record,
    source_line,
    two_figures,
)
from healthdevo.chapters.common.emergency_series import beaten_horizons
from healthdevo.chapters.demand.attendances import TYPE_NAMES
from healthdevo.chapters.demand.words import (
    ASSURANCE_WORDS,
    MODEL_NAMES,
    VARIATION_WORDS,
    account_sentence,
    ageing_words,
    growth_words,
    made_by,
)
from healthdevo.charts import Caption, Table
from healthdevo.mathematics import OverdispersedFunnel
from healthdevo.wording import financial_year, join, millions, number, percentage, signed, span, supported

if TYPE_CHECKING:
    from healthdevo.chapters.area.emergency.attendances import AreaEmergency
    from healthdevo.chapters.area.emergency.trend import AreaTrend
    from healthdevo.chapters.demand.accounts import Account


def count(value: float) -> str:
    """Return a number of attendances, for tables."""
    return "no figures" if pd.isna(value) else f"{value:,.0f}"


def points(share: float) -> str:
    """Return a difference of shares in percentage points, for tables."""
    return "not known" if pd.isna(share) else f"{signed(100 * share)} points"


def instead(area: Area, boards: Sequence[tuple[Area, float]]) -> str:
    """Say what covers an area that is no sum of boards."""
    if area.kind == BOARD:
        linked = join([link(board, "emergency") for board, _ in boards])
        return (
            "This board is made of parts of earlier boards, and A&E figures of parts were never published. So there is no series for it. "
            f"The earlier boards have theirs: {linked}."
        )
    return f"A&E figures are published for boards of the NHS, not for {area.kind_row.plural}. {where_instead(area, boards, 'emergency')}"


def growth_table(label: str, last: str) -> str:
    """Return the caption of growth by type."""
    return f"Attendances in {label} in 2016/17 and {last}, and growth against England."


def absent(what: str, of: str, reason: str) -> Table:
    """Return what stands in place of a chart or table that an area, ``of``, cannot have."""
    text, table_id, caption = {
        "Funnel": (f"{of} is not in the funnel: {reason}.", "four-hours-funnel", "Why there is no funnel."),
        "Forecast record": (
            f"None: {reason}.",
            "forecast-record",
            "Why there is no record of past forecasts.",
        ),
    }[what]
    frame = pd.DataFrame({what: [text]})
    return Table(table_id, caption, source_line("emergency_month"), frame, frame)


def record_table(model: str, origins: int, *, floor: bool) -> str:
    """Return the caption of the record of forecasts."""
    return (
        f"Errors of the {MODEL_NAMES[model]} in attendances a month, from {origins} past starts, beside last "
        "year's months again (the floor); a ratio below 1 beats the floor. Intervals before calibration."
        + (" The floor wins over all horizons and is in use." if floor else "")
    )


BOARDS_CHANGED = pd.Timestamp("2026-04-01")
"""Since when there are 36 boards in place of 42: mergers made some of them, and three of the old ones were split."""


def quality(t: AreaTrend) -> dict[str, str]:
    """Return what the data of an area hold and lack, line by line."""
    whole, months = t.section.own_months, t.section.months
    expected = pd.date_range(whole["month"].min(), whole["month"].max(), freq="MS")
    waits = whole["attendances_4_hour_reporting"]
    covered = waits / whole["attendances"]
    own = months[(months["area_code"] == t.area.code) & months["attendances"].notna()]
    kinds = {kind: int((own["department_type"] == kind).sum()) for kind in "123"}
    absent = [TYPE_NAMES[k] for k, n in kinds.items() if n == 0]
    partly = [f"{TYPE_NAMES[k]}: {n} of {len(whole)}" for k, n in kinds.items() if 0 < n < len(whole)]
    return {
        "Months with figures": f"{len(whole)} of {len(expected)}",
        "Months with four-hour figures": f"{waits.notna().sum()} of {len(expected)}",
        "Of these, months that cover only part of attendances (pilot trusts left out)": str(
            int((covered < 0.999).sum())
        ),
        "Lowest share of attendances that four-hour figures cover": percentage(float(covered.min())),
        "Types of department without any figures": join(absent) or "none",
        "Types with figures in some months only": "; ".join(partly) or "none",
        "Latest month": f"{whole['month'].max():%B %Y}, provisional",
        **_after_the_boards_changed(t, whole["month"].max()),
    }


def _after_the_boards_changed(t: AreaTrend, last: pd.Timestamp) -> dict[str, str]:
    """Return what must be known of a board's months since April 2026, where its series has such months."""
    area = t.area
    if area.kind != BOARD or last < BOARDS_CHANGED:
        return {}
    if area.valid_to is not None and area.valid_to < BOARDS_CHANGED.date():
        told = (
            "the board ended in March 2026; later months are the sum of the providers that it had until then"
        )
    elif t.section.boards:
        told = "the board began in April 2026; all months are the sum of the providers of the boards that it was made of"
    else:
        told = "the board went on; later months are the sum of the providers that it had in March 2026, without new ones"
    return {"Change of boards in April 2026": told}


def rank(s: AreaEmergency) -> Caption:
    """Words of the rates of peers."""
    own = s.own
    return Caption(
        figure_id="rank",
        title=f"{number(own['estimate'])} attendances per 1,000 people, {rank_alone(s)}",
        subtitle=f"Attendances at all types of A&E per 1,000 residents, {peers_title(s.compared)}, {financial_year(s.year)}, with 95% intervals",
        source=source_line("emergency_month", "population_year"),
        alt=(
            f"Dot chart of attendances per 1,000 people in {len(s.peers)} {peers_title(s.compared)}. {s.area.short_name} has "
            f"{number(own['estimate'])}, {rank_words(s)}; England has {number(s.england_rate)}."
        ),
    )


def rank_words(s: AreaEmergency) -> str:
    """Return the rank with its interval in words."""
    rank, lower, upper = (int(s.own[name]) for name in ("rank", "rank_lower", "rank_upper"))
    return place(rank, lower, upper, len(s.peers), "highest", "lowest")


def rank_alone(s: AreaEmergency) -> str:
    """Return the rank without its interval, for titles."""
    rank = int(s.own["rank"])
    return place(rank, rank, rank, len(s.peers), "highest", "lowest")


def texts(s: AreaEmergency) -> dict[str, str]:
    """Named texts for the prose of the section."""
    own = s.own
    g = record(s.growth[s.growth["department_type"] == "all"])
    position = "above" if own["lower"] > s.england_rate else "about the same as"
    if own["upper"] < s.england_rate:
        position = "below"
    headline = (
        f"In {financial_year(s.year)} {s.area.label} counted {number(supported(own['estimate'], own['lower'], own['upper']))} A&E attendances per 1,000 people "
        f"(95% interval {span(own['lower'], own['upper'])}), {position} England's {number(s.england_rate)}. "
        f"Among {peers_title(s.compared)} that is {rank_words(s)}. {_growth(g)}"
    )
    return {
        "area_headline": headline,
        "area_year": financial_year(s.year),
        "area_rate": number(own["estimate"]),
        "area_rank": rank_words(s),
        "area_gaps": _gaps(s),
        "area_added_up": added_up(s),
        "area_peers_left_out": left_out(s.left_out, f"{len(s.peers)} {peers_title(s.compared)}"),
        "area_four_hour": _four_hours(s),
    }


def _growth(g: Mapping[str, Any]) -> str:
    """Say the growth of attendances of all types: the one that headline, table and account share."""
    years = f"between 2016/17 and {financial_year(int(g['end']))}"
    if not math.isfinite(g["growth"]):
        return f"Growth {years} cannot be told, for months are missing."
    ahead = g["difference"]
    against = "as much as" if abs(ahead) < 0.0005 else "more than" if ahead > 0 else "less than"
    return f"Attendances {_moved(g['growth'])} {years}, {against} in England ({percentage(g['growth_england'])})."


def added_up(s: AreaEmergency) -> str:
    """Say which boards the area's figures are added up from, or that they are its own."""
    if not s.boards:
        return "The figures are published for the area itself."
    named = [link(areas.get(code), "emergency") for code in s.boards]
    if len(named) == 1:
        return f"The figures are those of {named[0]}, which has the same border. It is compared with the other boards."
    apart = union_of(s.area.code)
    near = (
        ""
        if apart is None or apart.apart < 0.0005
        else f" The borders differ by {percentage(apart.apart)} of its people."
    )
    boards = in_turn(named, "The figures are added up from those of ", "So are those of ")
    return f"{boards} These boards make up the area. It is compared with the other boards.{near}"


def _gaps(s: AreaEmergency) -> str:
    if not s.gaps:
        return "There are figures for every month of the period."
    runs = [f"{a:%B %Y} to {b:%B %Y}" if a != b else f"{a:%B %Y}" for a, b in s.gaps]
    return f"There are no figures for {join(runs)}. Nothing has been filled in, and growth is only measured between complete years."


def _four_hours(s: AreaEmergency) -> str:
    own = s.own_months
    covered = own["attendances_4_hour_reporting"] / own["attendances"]
    part = own.loc[covered.isna() | (covered < 0.999), "month"]
    if part.empty:
        return "Four-hour waiting times cover all its departments in every month with figures."
    return (
        f"Four-hour waiting times are missing or cover only part of its departments in {len(part)} of {len(own)} months, "
        f"between {part.min():%B %Y} and {part.max():%B %Y}."
    )


def _moved(share: float) -> str:
    return f"grew by {percentage(share)}" if share > 0 else f"fell by {percentage(-share)}"


def trend(t: AreaTrend) -> Caption:
    """Words of trend and forecast."""
    result, first, last = t.outlook, t.counts.index[0], t.counts.index[-1]
    ahead = (
        f". Forecast to {result.table.index[-1]:%B %Y} by {made_by(result.model)}"
        if len(result.table)
        else f". No forecast: {result.reason}"
    )
    return Caption(
        figure_id="attendances",
        title=f"Attendances: {_growth_title(t)}",
        subtitle=(
            f"Attendances per day at all types of A&E, {t.area.label}, {first:%B %Y} to {last:%B %Y}. The latest month is "
            f"provisional, the trend without seasons{ahead}"
        ),
        source=source_line("emergency_month"),
        alt=(
            f"Line chart of attendances per day by month in {t.area.label} with trend and a fan-shaped forecast. "
            f"{_growth_words(t)} {_forecast_words(t)}"
        ),
    )


def funnel(t: AreaTrend, funnel: OverdispersedFunnel, data: pd.DataFrame, own: float) -> Caption:
    """Words of the funnel of four-hour shares."""
    place = {
        "above": "better than the limits allow",
        "below": "worse than the limits allow",
        "inside": "within the limits of its peers",
    }[t.place(funnel)]
    return Caption(
        figure_id="four-hours-funnel",
        title=f"Four-hour waits are {place}",
        subtitle=(
            f"Share seen within four hours in the latest twelve months by number of attendances, {peers_title(t.section.compared)}. The limits "
            "admit that areas differ by more than chance"
        ),
        source=source_line("emergency_month"),
        alt=(
            f"Funnel plot of {len(data)} {peers_title(t.section.compared)}: {t.area.short_name} has {number(own)}% within four hours, all "
            f"together {number(100 * funnel.target)}%; it is {place}."
        ),
    )


def _growth_title(t: AreaTrend) -> str:
    if t.trend.reason:
        return "no trend can be told"
    growth = t.trend.growth
    if not growth.interval().excludes_zero:
        return "no underlying growth beyond noise"
    return f"underlying {'growth' if growth.estimate > 0 else 'fall'} of {number(abs(growth.estimate), 2)}% a year"


def _growth_words(t: AreaTrend) -> str:
    if t.trend.reason:
        return f"No trend is shown: {t.trend.reason}."
    sure = "" if t.trend.growth.interval().excludes_zero else ", so growth cannot be told from none"
    return f"{growth_words(t.trend.growth)}{sure}."


def _break_words(t: AreaTrend) -> str:
    if t.trend.reason:
        return "Without a trend no break can be judged."
    parts = ["The trend admits two breaks."]
    for name, row in t.trend.breaks.iterrows():
        if row["reason"]:
            parts.append(f"The step “{name}” cannot be judged: {row['reason']}.")
            continue
        effect, lower, upper = (float(row[part]) / 100 for part in ("effect", "lower_0.95", "upper_0.95"))
        verdict = "support it" if row["supported"] else "do not settle whether there was one"
        limits = f"95% interval {span(lower, upper, percentage)}"
        parts.append(f"Step “{name}”: {percentage(effect)} ({limits}); the figures {verdict}.")
    return " ".join(parts)


def _forecast_words(t: AreaTrend) -> str:
    result = t.outlook
    if result.table.empty:
        return f"There is no forecast: {result.reason}."
    total, month = float(result.table["median"].sum()), result.table.index[-1]
    change = total / float(t.counts.iloc[-12:].sum()) - 1.0
    daily = result.table.iloc[-1] / month.days_in_month
    amount = millions(total) if total >= 1e6 else number(total)
    against = (
        f"{percentage(abs(change))} {'above' if change >= 0 else 'below'} the latest twelve"
        if abs(change) >= 0.0005
        else "as many as in the latest twelve"
    )
    return (
        f"The next twelve months are forecast at {amount} attendances, {against}. For {month:%B %Y} the forecast is {number(float(daily['median']))} a day "
        f"(80% interval {number(float(daily['lower_0.8']))} to {number(float(daily['upper_0.8']))})."
    )


def _in_rows(numbers: Sequence[int]) -> str:
    """Name whole numbers in order, three and more in a row by the first and the last.

    >>> _in_rows([1, 2, 5, 6, 7, 12]), _in_rows([])
    ('1, 2, 5 to 7 and 12', '')
    """
    rows: list[list[int]] = []
    for n in numbers:
        if rows and n == rows[-1][-1] + 1:
            rows[-1].append(n)
        else:
            rows.append([n])
    return join([t for r in rows for t in ([f"{r[0]} to {r[-1]}"] if len(r) > 2 else [str(n) for n in r])])


def _record_words(t: AreaTrend) -> str:
    result = t.outlook
    if result.backtest.empty:
        return f"There is no record of past forecasts: {result.reason}."
    if result.model == "seasonal naive":
        return "No model beat last year's months again in the past, so that is the forecast: the floor wins."
    lost = _in_rows(beaten_horizons(result))
    won = f"At {lost} months ahead the floor wins."
    if not lost:
        won = "It beat the floor at every horizon from one to twelve months."
    return (
        f"In the past, errors of {made_by(result.model)} were {number(result.relative_error, 2)} times those of simply "
        f"repeating last year's months, the floor. {won}"
    )


def _funnel_words(t: AreaTrend) -> str:
    first = {
        "above": "Its attendances per head lie above the limits of the funnel: more than the spread among its peers explains.",
        "below": "Its attendances per head lie below the limits of the funnel: less than the spread among its peers explains.",
        "inside": "Its attendances per head lie inside the limits of the funnel: its peers spread as widely.",
    }[t.place(t.rate_funnel)]
    if isinstance(t.funnel, str):
        return f"{first} There is no funnel of four-hour waits: {t.funnel}."
    return first


def _waiting_words(t: AreaTrend) -> str:
    result, chart, change = t.waiting, t.waiting.chart, t.waiting.change
    if chart is None:
        return f"There is no control chart: {result.reason}."
    words = (
        f"{result.sentence} The latest month shows {VARIATION_WORDS[chart.variation_icon]}; the process "
        f"{ASSURANCE_WORDS[chart.assurance_icon]}."
    )
    if not change.intervals:
        return words
    told = "" if change.interval().excludes_zero else ", which cannot be told from none"
    said = in_words(change, two_figures, unit="points a year", interval="95% interval")
    return f"{words} Its trend is {said}{told}."


def _chart_warnings(t: AreaTrend) -> str:
    warnings = "; ".join(t.waiting.chart.warnings if t.waiting.chart else ())
    return f"The four-hour chart warns: {warnings}." if warnings else "The four-hour chart has no warnings."


def _account(a: Account | str) -> dict[str, str]:
    """Return the words of the growth account, or why there is none."""
    if isinstance(a, str):
        return {"emergency_account_instead": f"There is no growth account: {a}."}
    return {"area_account": account_sentence(a), "area_ageing": ageing_words(a)}


def trend_texts(t: AreaTrend) -> dict[str, str]:
    """Named texts for the prose of the section."""
    a = t.accounts
    return {
        "area_trend": _growth_words(t),
        "area_breaks": _break_words(t),
        "area_forecast": _forecast_words(t),
        "area_record": _record_words(t),
        **_account(a),
        "area_waiting": _waiting_words(t),
        "area_funnel": _funnel_words(t),
        "area_chart_warnings": _chart_warnings(t),
    }
