"""Sentences of the chapter that depend on its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd

from healthdevo.chapters.common import source_line
from healthdevo.chapters.devolution.agreements import HELD
from healthdevo.charts import Caption
from healthdevo.wording import join

if TYPE_CHECKING:
    from healthdevo.chapters.powers.holders import Holders

DOMAINS = {
    "budget": "NHS budget",
    "planning": "NHS planning",
    "public_health": "Public health",
    "social_care": "Social care",
    "prevention": "Prevention",
    "board_seat": "Seat on the board",
    "duty": "Health duty",
    "work_and_health": "Work and health",
    "transport": "Transport",
    "skills": "Skills",
    "housing": "Housing",
}
"""Domains in the order of the matrix, with their headings."""
MARKS = {"none": "–", "influence": "s", "memorandum": "a", "delegated": "D", "statutory": "L"}
COMBINED = ("combined_authority", "combined_county_authority")
SHORT = {
    "Greater London Authority": "London",
    "All combined authorities and combined county authorities": "All combined authorities",
    "Mayoral strategic authorities": "All mayors",
}
KINDS = {
    "act": "law",
    "order": "law",
    "plan": "plan",
    "budget": "plan",
    "body": "body",
    "league_table": "league",
    "deal": "plan",
    "memorandum": "plan",
    "election": "body",
}
GROUPS = {"law": "law or bill", "plan": "plan or money", "body": "boards", "league": "national oversight"}
MATRIX = "How strong the power of each authority was found to be in each domain, November 2026. None found means none found by this search, which was not exhaustive."
DATED = "Powers and moneys over health, care, and work and health that were found, by their first day, with the source; all fields in the download."


def date_written(day: pd.Timestamp, precision: str) -> str:
    """Return a date with as much as is known of it.

    >>> [date_written(pd.Timestamp("2015-12-01"), p) for p in ("day", "month", "year", "approximate")]
    ['1 Dec 2015', 'Dec 2015', '2015', 'about Dec 2015']
    """
    if precision == "day":
        return f"{day.day} {day:%b %Y}"
    if precision == "month":
        return f"{day:%b %Y}"
    return f"{day:%Y}" if precision == "year" else f"about {day:%b %Y}"


def matrix(holders: Holders) -> Caption:
    """Words of the matrix."""
    law, count, budgets = holders.by_law, len(holders.strategic), holders.budget_now
    money = "None holds an NHS budget" if not budgets else f"With an NHS budget: {join(named(budgets))}"
    deals = len(holders.standing) - count
    return Caption(
        figure_id="powers-matrix",
        title=f"By law {len(law)} of {count} authorities hold power over health",
        subtitle=f"{money}. Strongest power found for each of the {count} strategic authorities of England and {deals} county {'deal' if deals == 1 else 'deals'}, by domain, November 2026",
        source=source_line("devolution_power", "strategic_authority"),
        alt=f"Matrix of {len(holders.standing)} authorities and {len(DOMAINS)} domains. In public health {join(named(law)) or 'none'} {'holds' if len(law) < 2 else 'hold'} a power by law. {f'Nothing was found in {join([DOMAINS[d] for d in holders.empty])}' if holders.empty else 'Something was found in every domain'}.",
    )


def timeline(events: pd.DataFrame) -> Caption:
    """Words of the national timeline."""
    first, last = events["event_date"].min(), events["event_date"].max()
    laws = int((events["group"] == "law").sum())
    return Caption(
        figure_id="national-steps",
        title=f"{len(events)} national steps on health powers, {first:%Y} to {last:%Y}",
        subtitle="Acts, bills, plans, boards and oversight of England that concern health and care, by date; steps in the future are plans",
        source=source_line("devolution_event"),
        alt=f"Timeline of {len(events)} national steps from {first:%B %Y} to {last:%B %Y}, {laws} of them laws or bills, the others plans, money, boards and national oversight.",
    )


def named(names: Sequence[str]) -> list[str]:
    """Return authorities by their short names, in the order of the alphabet.

    >>> named(["Greater London Authority", "Cornwall"])
    ['Cornwall', 'London']
    """
    return sorted(SHORT.get(name, name) for name in names)


def site(address: str) -> str:
    """Return the site of a public address, which the table shows; the download has the whole address.

    >>> site("https://www.legislation.gov.uk/uksi/2017/1180")
    'legislation.gov.uk'
    """
    return urlsplit(address).netloc.removeprefix("www.").rstrip(".")


def money_ever(rows: pd.DataFrame) -> str:
    """Say who was ever handed health money, from when to when."""
    if rows.empty:
        return "No place was ever handed health money"
    spans = []
    for name, own in rows.groupby("authority", sort=True):
        first, last = own["valid_from"].min(), own["valid_to"].max()
        to = "still" if own["valid_to"].isna().any() else f"to {last:%B %Y}"
        spans.append(f"{SHORT.get(str(name), name)} (from {first:%B %Y}, {to})")
    return f"Health money was handed over in {join(spans)}"


def texts(holders: Holders) -> dict[str, str]:
    """Named texts for the prose."""
    count = len(holders.strategic)
    shares = [
        len([n for n in holders.holders((domain,), HELD) if n in holders.strategic])
        for domain in ("transport", "skills", "housing")
    ]
    counties = holders.standing.loc[holders.standing["status"] == "county deal"]
    none_found = int((holders.own["strength"] == "none").sum())
    single = holders.powers[(holders.powers["strength"] != "none")]
    sources = single["verification"].value_counts()
    return {
        "powers_count": str(count),
        "powers_budget_ever": money_ever(holders.budget_ever),
        "powers_determinants": f"{shares[0]} of the {count} hold a power over transport that was agreed, handed over or given by law, {shares[1]} over skills and {shares[2]} over housing",
        "powers_say": say_only(named(holders.say_only)),
        "powers_counties": f"{len(counties)} county {'deal stands' if len(counties) == 1 else 'deals stand'} beside them: {join(named(counties['authority'].tolist()))}",
        "powers_none": f"{none_found} of {len(holders.own)} cells hold no power of an authority's own that was found",
        "powers_checked": f"Of {len(single)} powers found, {int(sources.get('two sources', 0))} rest on two sources, {int(sources.get('legislation', 0))} on the text of the law and {int(sources.get('one source', 0))} on one source",
        "powers_duty": duty(holders),
    }


def say_only(names: Sequence[str]) -> str:
    """Say who has a say in the health service and nothing more."""
    if not names:
        return "No authority has a say in health and nothing more"
    has = "has" if len(names) == 1 else "have"
    return f"{join(names)} {has} a say, such as a chair in a partnership, and nothing more"


def duty(holders: Holders) -> str:
    """Say how many hold the general duty, whether money came with it, and whether its first day is known."""
    rows = holders.powers[holders.powers["authority"].isin([n for n in SHORT if n.startswith("All ")])]
    rows = rows[rows["domain"] == "duty"]
    held = [n for n in holders.holders(("duty",), ("statutory",), own=False) if n in holders.strategic]
    first = f"The law puts a duty to have regard to health and health inequality on {len(held)} of {len(holders.strategic)}"
    money = (
        "No money came with it" if not rows["amount"].sum() else f"£{rows['amount'].sum():,.0f} came with it"
    )
    known = (
        ""
        if (rows["date_precision"] == "day").all()
        else ", and the day on which the new duty starts was not found"
    )
    return f"{first}. {money}{known}"
