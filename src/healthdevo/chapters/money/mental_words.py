"""Sentences on mental-health spending that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthdevo.chapters.common import cell, moved_by, pounds, record, source_line
from healthdevo.charts import Caption
from healthdevo.wording import financial_year, number, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.money.mental_health import MentalHealth

TABLE = "What boards of the health service spent on mental health for each registered patient, in prices of 2023/24, and as a share of their allocation. There 2016/17 is on another basis and left out."


def year(first: int) -> str:
    """Return a financial year.

    >>> year(2016)
    '2016/17'
    """
    return financial_year(first)


def chart(section: MentalHealth) -> Caption:
    """Words of the chart of boards."""
    rows = section.boards
    top, bottom = record(rows), record(rows, -1)
    last = int(section.years.index[-1])
    return Caption(
        "money-mental-health",
        f"Mental health: {pounds(bottom['spent'])} to {pounds(top['spent'])} for each patient",
        f"Spending of integrated care boards on mental health for each registered patient, {financial_year(last)}; not checked against a published total; need differs between places",
        source_line("mental_health_spending"),
        f"Dot chart of {len(rows)} boards, from {bottom['name']} ({pounds(bottom['spent'])}) to {top['name']} ({pounds(top['spent'])}), median {pounds(float(rows['spent'].median()))}.",
    )


def texts(section: MentalHealth) -> dict[str, str]:
    """Named texts for the prose."""
    rows = section.years
    first, last = int(rows.index[0]), int(rows.index[-1])
    change = cell(rows, last, "median") / cell(rows, first, "median") - 1.0
    apart = [cell(rows, y, "highest") / cell(rows, y, "lowest") for y in (first, last)]
    shares = rows["share"].dropna()
    start = int(shares.index[0])
    return {
        "money_mental_change": f"The median board spent {pounds(cell(rows, last, 'median'))} for each registered patient in {financial_year(last)}. After inflation the median {moved_by(change)} since {financial_year(first)}",
        "money_mental_apart": apart_in_words(apart[0], apart[1], first, last),
        "money_mental_share": f"As a share of the allocation it was {percentage(float(shares.iloc[0]))} in {financial_year(start)} and {percentage(float(shares.iloc[-1]))} in {financial_year(last)} in the median board",
    }


def apart_in_words(before: float, after: float, first: int, last: int) -> str:
    """Say how far boards lie apart in two years, and which way that moved; a tenth counts as no move.

    >>> apart_in_words(1.9, 1.6, 2016, 2023)
    'The highest board spent 1.9 times as much as the lowest in 2016/17 and 1.6 times in 2023/24, so boards came closer'
    """
    way = "came closer" if after < before else "moved apart"
    if abs(after / before - 1.0) < 0.1:
        way = "stayed about as far apart"
    return f"The highest board spent {number(before, 3)} times as much as the lowest in {financial_year(first)} and {number(after, 3)} times in {financial_year(last)}, so boards {way}"
