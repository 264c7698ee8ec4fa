"""Sentences on council spending and avoidable admissions that depend on the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthdevo.chapters.common import cell, source_line, two_figures
from healthdevo.chapters.spending.words import (
    ADULT,
    PUBLIC_HEALTH,
    SERVICES,
    fewer,
    for_ten_per_cent,
    joint,
    leads,
    placebo,
    reliance,
    ten_per_cent,
)
from healthdevo.charts import Caption
from healthdevo.regression import Coefficient
from healthdevo.wording import percentage, span

if TYPE_CHECKING:
    from healthdevo.chapters.spending.admissions import Admissions

WHAT = "avoidable admissions"
TABLE = "Avoidable emergency admissions, standardised by age and sex, on council spending per head: elasticities by design. Areas with a marked break of hospital recording are left out."


def chart(section: Admissions) -> Caption:
    """Words of the chart of designs."""
    inside = _inside(section, (PUBLIC_HEALTH, ADULT))
    sure = sum(c.interval().excludes_zero for c in inside)
    told = "; ".join(f"{SERVICES[s]} {ten_per_cent(section.main(s), WHAT)}" for s in SERVICES)
    return Caption(
        "admissions-spending",
        f"Within councils, {sure or 'none'} of {len(inside)} readings show{'s' if sure < 2 else ''} a link",
        "Relative difference in the rate of avoidable admissions that goes with 10 per cent more spending per head. By service and design, with 95% intervals; designs within councils in bold. Areas with a marked break of hospital recording are left out",
        source_line("area_year_panel", "chronic_admission"),
        f"Dot chart by service and design. Within councils over time 10 per cent more spending goes with: {told}.",
    )


def _inside(section: Admissions, services: Sequence[str]) -> list[Coefficient]:
    from healthdevo.chapters.spending.designs import WITHIN

    return [section.designs.coefficient(s, d) for s in services for d in WITHIN]


def texts(section: Admissions) -> dict[str, str]:
    """Named texts for the prose."""
    shown = section.designs.sample["year"]
    found = {
        "spending_adm_years": f"{shown.min()} to {shown.max()}",
        "spending_adm_councils": str(section.designs.fits[PUBLIC_HEALTH, "within"].areas),
        "spending_adm_left": str(len(section.left_out)),
        "spending_adm_answer": answer({s: section.main(s) for s in SERVICES}),
        "spending_adm_adjusted": percentage(float(section.adjusted["adjusted"].min()), 0),
    }
    for service, short in ((PUBLIC_HEALTH, "ph"), (ADULT, "asc")):
        within = section.curves.within[service]
        effects, share = within.estimated["estimate"], within.share_significant()
        smallest = section.detectable(service)
        test = section.curves.joint_tests[service].table
        parts = {
            "between": ten_per_cent(section.designs.coefficient(service, "between"), WHAT),
            "need": ten_per_cent(section.designs.coefficient(service, "need"), WHAT),
            "within": ten_per_cent(section.main(service), WHAT),
            "range": span(float(effects.min()), float(effects.max()), two_figures),
            "count": str(len(effects)),
            "negative": percentage(share["negative"], 0),
            "positive": percentage(share["positive"], 0),
            "joint": joint(cell(test, "median z", "p_value"), section.curves.draws),
            "leads": leads(section.checks.leads[service])
            .replace("deaths", WHAT)
            .replace("save lives", "prevent them"),
            "placebo": placebo(section.checks.placebos[service]),
            "leverage": reliance(section.leverages[service]),
            "detectable": fewer(for_ten_per_cent(-smallest)),
        }
        found |= {f"spending_adm_{short}_{name}": text for name, text in parts.items()}
    return found


def answer(mains: dict[str, Coefficient]) -> str:
    """Say, by the main design, whether less spending goes with more avoidable admissions.

    An elasticity below zero whose interval leaves out zero says yes for that service.
    """
    yes = [SERVICES[s] for s, c in mains.items() if c.interval().upper < 0]
    other = [SERVICES[s] for s, c in mains.items() if c.interval().lower > 0]
    if len(yes) == len(mains):
        return "Where councils spent less on either service, avoidable admissions rose more"
    parts = [f"where councils spent less on {name}, avoidable admissions rose more" for name in yes]
    parts += [f"where councils spent less on {name}, avoidable admissions rose less" for name in other]
    silent = [SERVICES[s] for s, c in mains.items() if c.interval().lower <= 0 <= c.interval().upper]
    if len(silent) == len(mains):
        return "Where councils spent less, avoidable admissions did not clearly rise more or less"
    parts += [f"for {name} there is no clear link" for name in silent]
    told = "; ".join(parts)
    return f"{told[0].upper()}{told[1:]}"
