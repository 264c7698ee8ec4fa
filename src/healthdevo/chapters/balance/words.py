"""Sentences of the chapter that depend on its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from healthdevo.chapters.common import TODAY, few, source_line, two_figures
from healthdevo.charts import Caption
from healthdevo.claims import Entry
from healthdevo.claims.shapes import RANGE
from healthdevo.wording import join, percentage, span, supported

if TYPE_CHECKING:
    from healthdevo.chapters.balance.power import Measuring
    from healthdevo.chapters.balance.tiers import Tiers

DEATHS, ADMISSIONS = "preventable deaths", "avoidable admissions"
PARTS = REGIONS, BODIES, BELOW = ("between regions", "between areas of a region", "below these")
ALIKE = "England as a whole, over months"
WAITS = "A&E within four hours"
LEDGER_SOURCE = "the ledger of claims, whose rows name their tables"
STEPS_TABLE = (
    "Each step with the row of the ledger that it rests on first. A step can rest on a claim that failed."
)
PUBLISH_TABLE = "Data that nobody publishes, and the claims of the five essays that they would test."
POWER_TABLE = (
    "What could be found with a chance of four in five, at the 5% level. One authority has ten districts. Authorities or districts are taken to "
    "get their powers by lot; five years before the start are averaged, and as many after it as the row says."
)
TIERS_TABLE = (
    "Share of the differences at each level. Areas of a region are districts for length of life, counties and unitary authorities for deaths, "
    "boards for waits. Chance is taken off for life and deaths. A part that adds up several has no interval of its own."
)
_SURVEY_POINTS = 100.0


def whole(share: float) -> str:
    """Return a share in whole per cent.

    >>> whole(0.0619)
    '6%'
    """
    return percentage(round(share, 2) + 0.0, 0)


def how_sure(entry: Entry) -> str:
    """Say how sure the number of a row is: its interval, the range of its assumptions, or why it has none."""
    r = entry.result
    if r is None:
        return "No public figure tests it."
    if not r.intervals:
        return f"It has no interval: {r.reason}."
    i = r.interval()
    kind = (
        "What rounding or assumptions allow is" if i.level >= RANGE else f"The {100 * i.level:g}% interval is"
    )
    if r.unit or abs(r.estimate) > 1.0:
        return f"{kind} {span(i.lower, i.upper)}."
    low, high = (supported(x, i.lower, i.upper) for x in (i.lower, i.upper))
    return f"{kind} {percentage(low, 0)} to {percentage(high, 0)}."


def one_authority(rows: Mapping[str, Mapping[str, Any]], after: int, wanted: float) -> str:
    """Say what one authority would show of each outcome some years after the start, and whether a wanted fall would be seen.

    >>> one_authority({"deaths": {"one": 0.06}, "stays": {"one": 0.14}}, 3, 0.05)
    'Three years after its start, one authority would show a fall of 6% in deaths and of 14% in stays, not less. A fall of 5% would most likely go unseen in both.'
    """
    parts = [f"of {whole(row['one'])} in {name}" for name, row in rows.items()]
    unseen = [name for name, row in rows.items() if row["one"] > wanted]
    first = f"{few(after).capitalize()} years after its start, one authority would show a fall {join(parts)}, not less."
    if not unseen:
        return f"{first} A fall of {whole(wanted)} would most likely be seen."
    where = "both" if len(unseen) == len(rows) == 2 else join(unseen)
    return f"{first} A fall of {whole(wanted)} would most likely go unseen in {where}."


def how_many(best: Mapping[str, Mapping[str, Any]], wanted: float, standing: int) -> str:
    """Say how many authorities it takes to find a wanted fall, and whether there are as many.

    >>> how_many({"deaths": {"authorities": 4, "after": 3}, "stays": {"authorities": 16, "after": 2}}, 0.05, 20)
    'To find a fall of 5% it takes at least 4 authorities with the power and 4 without, for three years, for deaths. It takes 16 and 16, for two years, for stays. There are 20 authorities: enough for deaths, too few for stays.'
    """
    parts: list[str] = []
    for name, row in best.items():
        n, years = row["authorities"], few(int(row["after"]))
        time = f"for {years} year{'' if row['after'] == 1 else 's'}"
        if parts:
            parts.append(f"It takes {n} and {n}, {time}, for {name}.")
        else:
            parts.append(
                f"To find a fall of {whole(wanted)} it takes at least {n} authorities with the power and {n} without, {time}, for {name}."
            )
    enough = [name for name, row in best.items() if 2 * row["authorities"] <= standing]
    short = [name for name in best if name not in enough]
    told = [f"enough for {join(enough)}"] if enough else []
    told += [f"too few for {join(short)}"] if short else []
    return f"{' '.join(parts)} There are {standing} authorities: {', '.join(told)}."


def by_lot(best: Mapping[str, Mapping[str, Any]]) -> str:
    """Say how many districts it takes when powers go to districts by lot.

    >>> by_lot({"deaths": {"districts": 25}, "stays": {"districts": 72}})
    'With a start by lot, district by district, 25 districts in the first half suffice for deaths and 72 for stays.'
    """
    parts = [
        f"{row['districts']}{' districts in the first half suffice' if not i else ''} for {name}"
        for i, (name, row) in enumerate(best.items())
    ]
    return f"With a start by lot, district by district, {join(parts)}."


def when(after: int, lag: int, start: int) -> str:
    """Say when powers that begin in April of a year could be judged.

    >>> when(3, 2, 2027)
    'Figures come out up to two years late. Powers that begin in April 2027 and need three years could be judged from 2032.'
    """
    late = f"up to {few(lag)} year{'' if lag == 1 else 's'} late" if lag > 0 else "without delay"
    return f"Figures come out {late}. Powers that begin in April {start} and need {few(after)} years could be judged from {start + after + lag}."


def surveys(share: float, people: Mapping[float, int]) -> str:
    """Say how many people must be asked in each area to see more of them feel heard.

    >>> surveys(0.23, {0.02: 7000, 0.05: 1160})
    'Of all adults, 23% feel able to influence local decisions. To see 2 points more, about 7,000 people must be asked in each area, before and after; to see 5 points more, about 1,160.'
    """
    told = [
        f"to see {_SURVEY_POINTS * rise:.0f} points more, about {n:,}{' people must be asked in each area, before and after' if not i else ''}"
        for i, (rise, n) in enumerate(people.items())
    ]
    told[0] = f"T{told[0][1:]}"
    return f"Of all adults, {whole(share)} feel able to influence local decisions. {'; '.join(told)}."


def levels(life: float, waits: float, alike: float) -> str:
    """Say where differences lie: of length of life, and of waits.

    >>> levels(0.64, 0.2, 0.1)
    'Of the differences in length of life, 64% or more lie below districts, out of sight of any map. Of those in waits, 20% lie between regions and boards, and 10% are moves of all England at once.'
    """
    return (
        f"Of the differences in length of life, {whole(life)} or more lie below districts, out of sight of any map. Of those in waits, {whole(waits)} "
        f"lie between regions and boards, and {whole(alike)} are moves of all England at once."
    )


def spill(median: float, own: int, every: int) -> str:
    """Say how many people work across the border of their strategic authority.

    >>> spill(0.14, 17, 20)
    'In the middle strategic authority 14% of its people or of its workers cross the border to work. Of 20 authorities, 17 are labour markets of their own by the usual rule.'
    """
    return (
        f"In the middle strategic authority {whole(median)} of its people or of its workers cross the border to work. "
        f"Of {every} authorities, {own} {'is a labour market' if own == 1 else 'are labour markets'} of their own by the usual rule."
    )


def untested(untestable: int, every: int) -> str:
    """Say how many claims no public figure tests.

    >>> untested(15, 60)
    'Of 60 claims of the five essays, 15 cannot be tested, because nobody publishes the figures.'
    """
    verb = "cannot be tested" if untestable else "is out of reach"
    return f"Of {every} claims of the five essays, {untestable or 'none'} {verb}, because nobody publishes the figures."


def headline(deaths: Mapping[str, Any], admissions: Mapping[str, Any], wanted: float, rich: float) -> str:
    """Say what follows, in three sentences.

    >>> headline({"one": 0.06}, {"one": 0.14}, 0.05, 2.2)
    'The evidence supports a few steps for each who decides, and sharing money from the centre. Alone, the richest fifth would have 2.2 times as much for its need. It does not show what a health budget in local hands would do. One authority alone would not show a fall of 5% in preventable deaths or in avoidable admissions within three years.'
    """
    unseen = [n for n, row in ((DEATHS, deaths), (ADMISSIONS, admissions)) if row["one"] > wanted]
    last = (
        f"One authority alone would not show a fall of {whole(wanted)} in {join(unseen, 'or in')} within three years."
        if unseen
        else f"One authority alone would show a fall of {whole(wanted)} in both main outcomes within three years."
    )
    return (
        "The evidence supports a few steps for each who decides, and sharing money from the centre. Alone, the richest fifth would have "
        f"{two_figures(rich)} times as much for its need. It does not show what a health budget in local hands would do. {last}"
    )


def power_chart(m: Measuring) -> Caption:
    """Return the words of the chart of what one authority would show."""
    low, high = whole(float(m.rows["one"].min())), whole(float(m.rows["one"].max()))
    return Caption(
        "power",
        f"One authority would show only falls above {low} to {high}",
        "Smallest fall found with a chance of four in five, by years after the start; one authority of ten districts against districts without a deal",
        source_line("under_75_mortality", "chronic_admission"),
        f"Line chart by years after the start for preventable deaths and avoidable admissions: the smallest fall that one authority would show lies between {low} and {high}.",
    )


def tiers_chart(t: Tiers) -> Caption:
    """Return the words of the chart of levels."""
    between = {
        str(what): float(rows.loc[rows["part"] == REGIONS, "share"].iloc[0])
        for what, rows in t.shares.groupby("what")
    }
    most = max(between.values())
    told = "; ".join(f"{what} {whole(share)} between regions" for what, share in between.items())
    return Caption(
        "tiers",
        f"At most {whole(most)} of the differences lie between regions",
        "Share of the differences at each level: length of life and preventable deaths between places, waits between trusts and months",
        source_line("life_expectancy_area", "under_75_mortality", "emergency_provider_month"),
        f"Bars cut into levels, one for each outcome: {told}.",
    )


NEXT = int(TODAY[:4]) + 1
"""The year after this edition's, in which new powers could begin at the earliest."""
