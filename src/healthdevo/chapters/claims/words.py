"""Sentences of the chapter that depend on its numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from healthdevo.charts import Caption
from healthdevo.claims import SCALE, Verdict
from healthdevo.wording import join

TABLE_SOURCE = (
    "the tables behind the sections that the rows link to; table published_estimate for what others found"
)
CASE_TABLE = "Each argument with the claim of the ledger that it rests on. An argument can rest on a claim of the other side that failed."
SINCE_TABLE = "What became of every claim that proposes something or warns of it, by November 2026."
SINCE_SOURCE = "the pages and tables named in the rows"
EVIDENCE_TABLE = (
    "What others have published on devolution, integrated care, autonomy, targets and choice, with what of each study was read. Estimates on spending "
    "are in the chapter Spending."
)
SAYS = {
    Verdict.SUPPORTED.value: ("holds", "hold"),
    Verdict.PARTLY.value: ("holds in part", "hold in part"),
    Verdict.NOT_SUPPORTED.value: ("is not borne out", "are not borne out"),
    Verdict.CONTRADICTED.value: ("is contradicted", "are contradicted"),
}
"""What is said of one claim, and of several, with each verdict of a test."""


def tested(counts: Mapping[str, int]) -> int:
    """Return how many claims have a test.

    >>> tested({"supported": 2, "contradicted": 1, "not testable with public data": 4})
    3
    """
    return sum(count for verdict, count in counts.items() if verdict != Verdict.NOT_TESTABLE.value)


def told(counts: Mapping[str, int]) -> str:
    """Say how many claims have each verdict; those that none has are left out.

    >>> told({"supported": 2, "partly supported": 1, "not supported": 0, "contradicted": 3})
    '2 hold, 1 holds in part and 3 are contradicted'
    """
    parts = [
        f"{counts[v]} {one if counts[v] == 1 else several}"
        for v, (one, several) in SAYS.items()
        if counts.get(v)
    ]
    return join(parts) if parts else "none has a result"


def headline(every: Mapping[str, int]) -> str:
    """Say how many claims there are, how many can be tested, and what comes of it.

    >>> headline({"supported": 2, "not testable with public data": 1})
    'Of 3 claims in five essays, public data can test 2. Of these, 2 hold.'
    """
    return f"Of {sum(every.values())} claims in five essays, public data can test {tested(every)}. Of these, {told(every)}."


def sides(pro: Mapping[str, int], against: Mapping[str, int]) -> str:
    """Say the same for each side, in the same words.

    >>> sides({"supported": 2}, {"not supported": 1})
    'For devolving there are 2 tested claims. Of these, 2 hold. Against it there is 1 tested claim. Of these, 1 is not borne out.'
    """

    def noun(n: int) -> str:
        return f"there {'is' if n == 1 else 'are'} {n} tested claim{'' if n == 1 else 's'}"

    return (
        f"For devolving {noun(tested(pro))}. Of these, {told(pro)}. "
        f"Against it {noun(tested(against))}. Of these, {told(against)}."
    )


def day(when: str) -> str:
    """Return a day, or a month where the day is not known, in words.

    >>> day("2025-09-09"), day("2026-11")
    ('9 September 2025', 'November 2026')
    """
    date = pd.Timestamp(when)
    return f"{date:%B %Y}" if when.count("-") == 1 else f"{date.day} {date:%B %Y}"


def became(answers: Mapping[str, int]) -> str:
    """Say what became of the proposals.

    >>> became({"yes": 2, "partly": 1, "no": 3, "the opposite": 1})
    '7 claims propose something or warn of it. Of these, 2 have come about, 1 in part and 3 not. For 1 the opposite was decided.'
    """
    return (
        f"{sum(answers.values())} claims propose something or warn of it. Of these, {answers['yes']} {'has' if answers['yes'] == 1 else 'have'} come about, "
        f"{answers['partly']} in part and {answers['no']} not. For {answers['the opposite']} the opposite was decided."
    )


def verdicts_chart(pro: Mapping[str, int], against: Mapping[str, int]) -> Caption:
    """Return the words of the chart."""
    both = {v: pro[v] + against[v] for v in SCALE}
    held, every = both[Verdict.SUPPORTED.value], tested(both)
    title = f"{held} of {every} tested claims hold in full"
    return Caption(
        "verdicts",
        title,
        "Number of claims by verdict, for devolving health and care and against it",
        TABLE_SOURCE,
        f"Bar chart of verdicts, for and against: {told(pro)} for; {told(against)} against.",
    )


def table_caption(short: str, year: str, count: int) -> str:
    """Return the caption of the table of one essay.

    >>> table_caption("Radix", "2021", 2)
    'Claims of Radix, 2021 (2 rows).'
    """
    return f"Claims of {short}, {year} ({count} rows)."
