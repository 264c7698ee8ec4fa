"""Every assertion of the five essays, in our words and in their order, with the rows of the ledger that take it up, or why none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ASSERTIONS", "Assertion"]


@dataclass(frozen=True)
class Assertion:
    """One assertion: its rows, or the reason for having none."""

    text: str
    rows: tuple[str, ...] = ()
    why_none: str = ""


def _a(text: str, *rows: str, why_none: str = "") -> Assertion:
    return Assertion(text, rows, why_none)


ASSERTIONS: Mapping[str, tuple[Assertion, ...]] = {
    "radix": (
        _a("The system as designed cannot cope.", "demand_grew"),
        _a("A&E attendances rose by 22 per cent in nine years, to nearly 24 million.", "demand_grew"),
        _a("Failing poorer communities are a main cause.", "demand_from_poorer"),
        _a("An ageing population is the other.", "demand_from_ageing"),
        _a("Chronic illness outside hospital blurs medical and social need.", "chronic_illness"),
        _a("Keep people healthy as much as treat them.", "keep_healthy"),
        _a(
            "The crucial agent is a regional authority of a proper size on an economic footprint.",
            "economic_footprint",
            "footprint_pays",
        ),
        _a("Health service and councils merge as equals.", "equal_partners", "merged_organisations"),
        _a("Integrated care systems are too timid.", "too_timid"),
        _a("One elected leader for each region, everywhere, soon.", "one_elected_leader", "staggered_deals"),
        _a("Cities need services shaped to the life of neighbourhoods.", "neighbourhoods"),
        _a("Education, employment and housing belong with health.", "determinants_together"),
        _a("Equity and territorial justice: resources to the most disadvantaged.", "territorial_justice"),
        _a("The white paper of 2021 centralises.", "ministers_powers"),
        _a(
            "A reply: the devil is in regional tax and spending policy.",
            "fiscal_devil",
            "unequal_regions",
        ),
        _a("A reply: regions will diverge and compete.", "regions_diverge"),
        _a("A reply: imports, energy and food stay in national hands.", "federal_remains"),
        _a(
            "A reply: regions cannot have a monetary policy.",
            why_none="it holds by definition inside one currency, and no figure bears on it",
        ),
    ),
    "kings_fund": (
        _a("Health is much more than services.", "more_than_services"),
        _a("Health in all policies.", "prosperity_makes_health"),
        _a(
            "Health is a condition of prosperity.",
            "health_makes_prosperity",
            "health_makes_productivity",
        ),
        _a("So spending on health is an investment.", "health_as_investment"),
        _a("Move from centralisation to devolution.", "boards_matter"),
        _a("Local leaders know their places.", "places_differ_locally"),
        _a("The centre keeps tax, and what only it can do.", "centre_keeps_sharing"),
        _a("The centre keeps regulation, evidence and data.", "centre_keeps_sharing", "closed_books"),
        _a("Clinical and civic leaders work together.", "civic_and_clinical"),
        _a("Active citizens.", "active_citizens"),
        _a("Well-being is the aim.", "well_being"),
        _a("Parity of public, private and voluntary sectors.", "parity_of_sectors"),
        _a(
            "Politicians agree once they are out of office.",
            why_none="a remark on what politicians say, on which no figure of health bears",
        ),
    ),
    "localis": (
        _a(
            "City regions negotiate health deals, and prevention that works follows.",
            "deal_saves_lives",
        ),
        _a("They control the money of health and care.", "money_of_the_deal"),
        _a(
            "Better integration follows.",
            "deal_betters_care",
            "integration_and_admissions",
            "system_betters",
        ),
        _a("Fewer stays in hospital follow.", "avoidable_admissions", "fewer_stays", "fewer_delays"),
        _a("Five-year fixed budgets, balanced over the medium term.", "five_year_budgets"),
        _a("Prevention pays within them.", "prevention_pays_in_time"),
        _a("Discounts on business rates for healthy employers.", "employer_discount"),
        _a("Devolved health taxes.", "local_health_tax"),
        _a("Local budgets fully devolved, with accountable leaders.", "too_timid", "one_elected_leader"),
        _a("Accounts that are open-book in full.", "closed_books"),
        _a("Exemption from the Better Care Fund.", "better_care_fund"),
        _a("Exemption from national planning and targets.", "exempt_from_targets", "targets_move_waits"),
        _a("A national campaign for an integrated workforce.", "integrated_workforce"),
    ),
    "shared_intelligence": (
        _a(
            "The Greater Manchester deal over six thousand million pounds matters.",
            "deal_matters_for_poorest",
            "money_of_the_deal",
        ),
        _a("The fear of a two-tier service.", "two_tiers"),
        _a("It answers the postcode lottery rather than causes it.", "lottery_came_first"),
        _a("What works in one place will not in another.", "one_place_not_another"),
        _a("Combined authorities do not suit every shire.", "not_every_shire"),
        _a("New structures by themselves change little.", "borders_do_not_heal"),
        _a("Shared responsibility and leadership are culturally hard.", "shared_leadership_is_hard"),
    ),
    "triple": (
        _a(
            "The health service is unusually hierarchical, and control stifles innovation.",
            "queues_under_command",
        ),
        _a("It costs morale, recruitment and retention.", "morale_and_results"),
        _a("Power to boards.", "boards_matter"),
        _a("Power to providers.", "freedom_makes_better_trusts"),
        _a("Power to patients.", "power_to_patients"),
        _a("Autonomy is to be earned.", "good_stay_good", "gate_frees_the_wrong", "gate_refuses_the_good"),
        _a("League tables, and failing managers sacked.", "league_tables_mislead"),
        _a("Councils' experience: slow, costly, conditional, underwhelming.", "slow_and_underwhelming"),
        _a("League tables may be all that remains.", "league_tables_mislead"),
        _a("Culture went unsaid: from doing to people to doing with them.", "culture_changes_results"),
    ),
}
"""By essay."""
