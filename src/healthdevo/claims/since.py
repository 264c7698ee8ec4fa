"""What became of each proposal by November 2026: yes, partly, no or the opposite, with date, source and how far it was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from healthdevo.errors import InputError

__all__ = ["ANSWERS", "SINCE", "Since", "since_statements"]

ANSWERS: tuple[str, ...] = ("yes", "partly", "no", "the opposite")
"""What can have become of a proposal, or of what an essay warned of."""
_OPENED = "page opened in November 2026"
_TABLE = "rests on the sources of table devolution_power, which names them row by row"
_EVENTS = "rests on the sources of table devolution_event, which names them row by row"
_SECOND = "secondary sources only"


@dataclass(frozen=True)
class Since:
    """What became of a proposal.

    Parameters
    ----------
    answer : str
        One of ``ANSWERS``.
    when : str
        Date in ISO form, a month where the day is not known.
    what : str
        What was decided, as one sentence.
    source : str
        Address of a public page, or the name of a table of this project.
    checked : str
        How far it was checked.
    """

    answer: Literal["yes", "partly", "no", "the opposite"]
    when: str
    what: str
    source: str
    checked: str = _OPENED

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise InputError(f"answer: {self.answer!r} is not valid; give one of {', '.join(ANSWERS)}")
        if not (self.what.endswith(".") and self.source and self.checked):
            raise InputError(f"since {self.when}: what (a sentence), source and checked are needed")


_PLAN = "https://www.kingsfund.org.uk/insight-and-analysis/long-reads/ten-year-health-plan-explained"
_PAPER = "https://nhsconfed.org/publications/english-devolution-white-paper"
_ACT = "https://www.legislation.gov.uk/ukpga/2026/23/section/2/enacted/data.xml"
_BORDERS = "https://parallelparliament.co.uk/debate/2025-09-09/commons/written-statements/integrated-care-boards-running-costs-and-boundary-alignment-with-strategic-authorities/ministerial-extracts"
_SEAT = (
    "https://www.countycouncilsnetwork.org.uk/publications/public-bill-committee-health-bill---ccn-submission"
)
_BILL = "https://www.nuffieldtrust.org.uk/resource/whats-in-the-new-health-bill"
_THREE_YEARS = (
    "https://nhs-providers.vercel.app/resources/on-the-day-briefing-medium-term-planning-framework-2026-2029"
)
_EIGHT = "https://www.england.nhs.uk/advanced-foundation-trusts"
_LEAGUE = "https://www.england.nhs.uk/long-read/nhs-oversight-framework-nhs-trust-performance-league-tables-process-and-results"

SINCE: Mapping[str, Since] = {
    "economic_footprint": Since(
        "partly",
        "2026-04-29",
        "The Act of 2026 makes strategic authorities the tier for all of England; not all are set up.",
        _ACT,
        "the opening of the Act's text was read; it gives the day",
    ),
    "equal_partners": Since(
        "no",
        "2026-05-14",
        "Boards are to share the authorities' borders where feasible, but the Health Bill takes the councils' seat on them away; not law when last seen.",
        _SEAT,
    ),
    "too_timid": Since(
        "no",
        "2025-06-11",
        "Integrated settlements give established mayors one budget, without a line of the health service.",
        "https://www.gov.uk/government/publications/integrated-settlement-policy-document/integrated-settlement-policy-document",
        f"page opened in November 2026; that no health money is in it {_TABLE}",
    ),
    "one_elected_leader": Since(
        "partly",
        "2024-12-16",
        "The devolution white paper wants strategic authorities everywhere, preferably with elected mayors.",
        _PAPER,
    ),
    "neighbourhoods": Since(
        "partly",
        "2025-07-03",
        "The 10 Year Health Plan moves care into neighbourhoods; how far it has moved is not measured.",
        _PLAN,
    ),
    "determinants_together": Since(
        "partly",
        "2026-04-29",
        "Health and wellbeing is an area of competence of strategic authorities, and they have a duty on health improvement and inequalities.",
        _PAPER,
        "the white paper's plan was opened on this page; that the Act holds it rests on secondary sources",
    ),
    "territorial_justice": Since(
        "partly",
        "2025-11",
        "Allocations of boards are to move to their fair share of need by 2028/29.",
        "https://www.england.nhs.uk/long-read/medium-term-planning-framework-revenue-finance-and-contracting-guidance",
    ),
    "keep_healthy": Since(
        "partly",
        "2025-07-03",
        "The 10 Year Health Plan asks for a shift from treating sickness to prevention; its money is not shown.",
        _PLAN,
    ),
    "merged_organisations": Since(
        "no",
        "2026-11",
        "No area of England has one body for the health service and councils.",
        "devolution_power",
        _TABLE,
    ),
    "ministers_powers": Since(
        "yes",
        "2024-01-31",
        "Ministers can call in any change of local services; the Health Bill of 2026 would let them direct boards as well.",
        "https://www.gov.uk/government/publications/reconfiguring-nhs-services-ministerial-intervention-powers",
    ),
    "fiscal_devil": Since(
        "partly",
        "2026-07-31",
        "A share of income tax is announced for mayors from April 2028; how it would be shared between places is not known.",
        "devolution_event",
        _SECOND,
    ),
    "health_as_investment": Since(
        "partly",
        "2025-07-03",
        "The 10 Year Health Plan speaks of prevention first; the public health grant stays ring-fenced and small.",
        _PLAN,
    ),
    "centre_keeps_sharing": Since(
        "partly",
        "2026-07-31",
        "The centre keeps tax and sharing; a share of income tax is announced for mayors from April 2028.",
        "devolution_event",
        _SECOND,
    ),
    "active_citizens": Since(
        "no",
        "2026-05-18",
        "The Health Bill would abolish the local bodies that speak for patients; not law when last seen.",
        _BILL,
    ),
    "civic_and_clinical": Since(
        "partly",
        "2026-05-14",
        "Mayors are to name a member of each board; councils would lose theirs. Not law when last seen.",
        _SEAT,
    ),
    "parity_of_sectors": Since(
        "no",
        "2026-11",
        "No power or budget was found that is shared with voluntary bodies on equal terms.",
        "devolution_power",
        _TABLE,
    ),
    "deal_saves_lives": Since(
        "the opposite",
        "2022-07-01",
        "The devolved partnership of Greater Manchester gave way to a statutory board, and its budget ended; no other health deal followed.",
        "devolution_event",
        _EVENTS,
    ),
    "avoidable_admissions": Since(
        "the opposite",
        "2022-07-01",
        "The one deal with a health budget has ended.",
        "devolution_event",
        _EVENTS,
    ),
    "five_year_budgets": Since(
        "partly",
        "2025-10-24",
        "Planning is now for three years, with plans of five; budgets must still balance every year.",
        _THREE_YEARS,
        "page opened in November 2026; the duty to balance each year was not looked up again",
    ),
    "prevention_pays_in_time": Since(
        "partly",
        "2025-07-03",
        "The 10 Year Health Plan names prevention demonstrators in devolved areas; which they are was not found.",
        "https://www.nhsconfed.org/publications/health-and-devolution-reforms-2025",
        "address from an earlier check of one source; not opened again",
    ),
    "employer_discount": Since(
        "no",
        "2026-11",
        "No discount on business rates for healthy employers was found.",
        "devolution_power",
        "looked for and not found; that is no proof",
    ),
    "local_health_tax": Since(
        "no",
        "2026-07-31",
        "No tax for health was found; a share of income tax is announced for mayors, and whether any of it is for health is not known.",
        "devolution_event",
        _SECOND,
    ),
    "closed_books": Since(
        "no",
        "2026-11",
        "National tables still show little of health spending by place and use.",
        "regional_spending",
        "computed in this book",
    ),
    "better_care_fund": Since(
        "no",
        "2026-02-17",
        "The fund goes on, with a national framework for 2026/27.",
        "https://www.gov.uk/government/publications/better-care-fund-framework-2026-to-2027",
        "address from an earlier check; not opened again",
    ),
    "exempt_from_targets": Since(
        "the opposite",
        "2025-10-24",
        "The planning framework sets targets for every place for three years.",
        _THREE_YEARS,
    ),
    "integration_and_admissions": Since(
        "partly",
        "2025-09-09",
        "Boards are to share borders with strategic authorities where feasible; the first mergers came in April 2026.",
        _BORDERS,
    ),
    "integrated_workforce": Since(
        "no",
        "2026-11",
        "No campaign or contract for one workforce of health and care was found.",
        "devolution_power",
        "looked for and not found; that is no proof",
    ),
    "one_place_not_another": Since(
        "the opposite",
        "2026-04-29",
        "The Act of 2026 sets three standard tiers of authority in place of deals made to measure.",
        _ACT,
        "the opening of the Act's text was read; it gives the day",
    ),
    "not_every_shire": Since(
        "no",
        "2024-12-16",
        "The white paper wants strategic authorities for shires too.",
        _PAPER,
    ),
    "money_of_the_deal": Since(
        "the opposite",
        "2022-07-01",
        "The delegated budget of Greater Manchester ended when boards became statutory.",
        "devolution_event",
        _EVENTS,
    ),
    "gate_frees_the_wrong": Since(
        "yes",
        "2025-11-12",
        "Freedom is earned: eight trusts were named to be assessed for more of it.",
        _EIGHT,
    ),
    "gate_refuses_the_good": Since(
        "yes",
        "2025-11-12",
        "Freedom is earned: only the best by the official framework may apply.",
        _EIGHT,
    ),
    "league_tables_mislead": Since(
        "yes", "2025-09-09", "Quarterly league tables of trusts are published.", _LEAGUE
    ),
    "slow_and_underwhelming": Since(
        "yes",
        "2026-05-14",
        "The Health Bill gives more direction to ministers and no health budget to mayors; not law when last seen.",
        "https://www.burges-salmon.com/?p=16711",
    ),
    "freedom_makes_better_trusts": Since(
        "partly",
        "2025-11-12",
        "A new kind of foundation trust is to have more freedom; the first are being assessed.",
        _EIGHT,
    ),
}
"""By claim: those that propose something, or warn of it. A claim that is not here describes, and proposes nothing."""


def since_statements(tables: pd.DataFrame) -> pd.DataFrame:
    """Return the dated statements of the tables with those of the ledger after them.

    Parameters
    ----------
    tables : pandas.DataFrame
        Dated statements as ``healthdevo.tables.dated_statements`` returns them.

    Returns
    -------
    pandas.DataFrame
        The same columns. A statement of the ledger has ``claims`` for its table and its check in words; none counts as verified, for each
        rests on one page or on rows that are listed by themselves. Where it rests on a table, ``source`` is empty.
    """
    rows = [
        {
            "table": "claims",
            "day": pd.Timestamp(since.when if len(since.when) > 7 else f"{since.when}-01"),
            "precision": "day" if len(since.when) > 7 else "month",
            "statement": f"{name}: {since.what}",
            "source": since.source if since.source.startswith("http") else "",
            "second_source": "",
            "verification": since.checked,
            "verified": False,
        }
        for name, since in SINCE.items()
    ]
    own = pd.DataFrame(rows).sort_values(["day", "statement"])
    return pd.concat([tables, own], ignore_index=True)[list(tables.columns)]
