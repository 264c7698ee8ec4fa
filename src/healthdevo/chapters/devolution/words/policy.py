"""Words on the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import GREATER_MANCHESTER, source_line
from healthdevo.charts import Caption
from healthdevo.wording import join, number, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.policy import Policy

RELEVANCE = {
    "direct": "about health and care",
    "indirect": "a deal that invites or pays for more",
    "none": "the body or its mayor",
}
GROUPS = {
    "health": "agreement on health and care",
    "early": "combined authority set up by 2018, no power over health",
    "late": "set up later: too late to judge here",
}


def timeline(policy: Policy) -> Caption:
    """Words of the timeline."""
    steps = policy.steps
    own = steps[steps["area_code"] == GREATER_MANCHESTER]
    health = own.loc[own["health_relevance"] == "direct", "event_date"]
    first, last = steps["event_date"].min(), steps["event_date"].max()
    return Caption(
        figure_id="timeline",
        title=f"Greater Manchester's powers over health came step by step, {health.min():%B %Y} to {health.max():%B %Y}",
        subtitle="Steps of devolution that concern health and care, and all of Greater Manchester's, England, by date",
        source=source_line("devolution_event"),
        alt=f"Timeline of {len(steps)} steps from {first:%B %Y} to {last:%B %Y}, {len(own)} of them Greater Manchester's: the combined authority, the agreement, the memorandum on health, the budget and the mayor.",
    )


def map_of(places: pd.DataFrame) -> Caption:
    """Words of the map; ``places`` has ``name`` and ``group``."""
    names = join(places.loc[places["group"] == "health", "name"].tolist())
    late = int((places["group"] == "late").sum())
    return Caption(
        figure_id="map",
        title=f"Only {names} made agreements on health and care",
        subtitle="Combined authorities of England in 2025 with London and Cornwall, by kind of agreement",
        source=source_line("combined_authority", "devolution_event"),
        alt=f"Map of England with {len(places)} areas with devolution: {names} with an agreement on health and care, {late} set up after 2018, the others earlier without power over health.",
    )


def texts(policy: Policy) -> dict[str, str]:
    """Named texts for the prose."""
    budget, fund = policy.amount("budget"), policy.amount("fund")
    return {
        "budget": f"£{number(budget / 1e9)} billion",
        "budget_per_head": f"£{number(round(budget / policy.residents, -1))}",
        "fund": f"£{number(fund / 1e6)} million",
        "fund_share": percentage(fund / budget),
    }
