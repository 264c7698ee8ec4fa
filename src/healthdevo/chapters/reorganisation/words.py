"""Sentences of the chapter that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import records, small_share, source_line
from healthdevo.charts import Caption
from healthdevo.wording import join, number, supported

if TYPE_CHECKING:
    from healthdevo.chapters.reorganisation.experiments import Experiments

LEVEL = 0.05
"""Share of random groups below which a change stands out."""
TESTED = "Change after each reorganisation against areas that were not reorganised: synthetic difference-in-differences with 95% permutation intervals, and the same less earlier trends."
ONE_BY_ONE = "Change in health after a council was made unitary or merged, each new council alone against single areas that were not reorganised: synthetic difference-in-differences with 95% permutation intervals."
NOT_POSSIBLE = "Reorganisations and outcomes that the embedded figures cannot judge, with the reason."
ENDED = "The figures end before it"
NO_AREA = "No complete figures for the area as it was before and after"
DATED = "Reorganisations with the day on which the new bodies took over; what each body replaced is in the download of the table."
KINDS = {
    "unitary": "counties made unitary",
    "district_merger": "districts merged",
    "board_merger": "integrated care boards merged or redrawn",
}


def too_few(before: int, after: int) -> str:
    """Say how many periods lie on each side, where they are too few.

    >>> too_few(2, 13), too_few(0, 9), too_few(6, 0)
    ('Only 2 periods before and 13 after it', 'The figures begin after it', 'No whole period after it')
    """
    if not before:
        return "The figures begin after it"
    if not after:
        return "No whole period after it"
    return f"Only {before} {'period' if before == 1 else 'periods'} before and {after} after it"


def short(experiment: str) -> str:
    """Return a short name of an experiment for a figure.

    >>> short("Nine new unitary councils, 2009"), short("Dorset, 2019")
    ('nine councils 2009', 'Dorset 2019')
    """
    name = experiment.replace("Nine new unitary councils", "nine councils").replace(
        "Suffolk districts", "Suffolk"
    )
    return name.replace(",", "")


_FIGURE = {
    "Preventable deaths under 75": "Early deaths",
    "All deaths": "All deaths",
    "Life expectancy": "Life years",
    "Life expectancy, from 2015": "Life years",
    "Avoidable admissions": "Admissions",
    "District council services": "Districts",
    "Adult social care": "Adult care",
    "Children's social care": "Child care",
    "Central services": "Centre",
}
"""Outcomes as the figure has room for them; its subtitle explains them."""


def figure_label(outcome: str, experiment: str) -> str:
    """Return the label of a row of the figure.

    >>> figure_label("Preventable deaths under 75", "Northamptonshire, 2021")
    'Early deaths, N’hants 2021'
    """
    place = short(experiment).replace("Northamptonshire", "N’hants").replace("Buckinghamshire", "Bucks")
    return f"{_FIGURE[outcome]}, {place.replace('nine councils', 'nine')}"


def chart(tested: pd.DataFrame) -> Caption:
    """Words of the figure."""
    away = int((tested["p_value"] <= LEVEL).sum())
    health = tested[tested["health"]]
    inside = int((health["p_value"] <= LEVEL).sum())
    return Caption(
        figure_id="reorganisation-effects",
        title=f"{away} of {len(tested)} changes stand out, {inside} of them in health",
        subtitle="Change after each reorganisation in units of what chance gives, with 95% permutation intervals. Bold squares: at most one random group in twenty changed as much. Early deaths are preventable deaths under 75, life years life expectancy, admissions avoidable emergency admissions (crude). For these, councils with a marked break of hospital recording are left out. Adult care, child care, centre (central services) and districts (their services) are council spending",
        source=source_line("reorganisation", *_HEALTH_TABLES, "council_outturn"),
        alt=f"Dot chart of {len(tested)} changes after reorganisations of councils, {len(health)} in health and {len(tested) - len(health)} in spending; {away} lie further from zero than all but one random group in twenty.",
    )


_HEALTH_TABLES = (
    "under_75_mortality",
    "mortality_ratio_derived",
    "life_expectancy_derived",
    "life_expectancy_area",
    "chronic_admission",
)


def standing_out(tested: pd.DataFrame) -> str:
    """Say which changes stand out, and which of them stay so once earlier trends are carried on."""
    away = tested[tested["p_value"] <= LEVEL]
    if away.empty:
        return "No change stands out from random groups of areas that were not reorganised"
    told = join([_one(r) for r in records(away)])
    kept = away[(away["p_own_trend"] <= LEVEL) & (away["own_trend"] * away["effect"] > 0)]
    if kept.empty:
        return (
            f"Standing out from random groups: {told}. Once earlier trends are carried on, none of these does"
        )
    names = join([f"{r['outcome'].lower()} in {short(r['experiment'])}" for r in records(kept)])
    return f"Standing out from random groups: {told}. Once earlier trends are carried on, {names} still {'does' if len(kept) == 1 else 'do'}"


def by_trend(tested: pd.DataFrame) -> str:
    """Say which changes stand out only when earlier trends are carried on."""
    new = tested[(tested["p_own_trend"] <= LEVEL) & ~(tested["p_value"] <= LEVEL)]
    if new.empty:
        return "No further change stands out when earlier trends are carried on"
    told = join(
        [
            f"{r['outcome'].lower()} in {short(r['experiment'])} ({number(r['own_trend'], 2)} {r['unit']})"
            for r in records(new)
        ]
    )
    return (
        f"When earlier trends are carried on, a change stands out that does not otherwise: {told}"
        if len(new) == 1
        else f"When earlier trends are carried on, {len(new)} changes stand out that do not otherwise: {told}"
    )


def one_by_one(rows: pd.DataFrame) -> str:
    """Say how many councils stand out alone, against what chance alone would give."""
    away = rows[rows["p_value"] <= LEVEL]
    expected = number(LEVEL * len(rows), 2)
    if away.empty:
        return f"Taken one by one, none of {len(rows)} changes stands out, where chance alone would give about {expected}"
    told = join([f"{r['outcome'].lower()} in {r['council']}" for r in records(away)])
    return f"Taken one by one, {len(away)} of {len(rows)} changes {'stands' if len(away) == 1 else 'stand'} out ({told}), where chance alone would give about {expected}"


def _one(row: dict[str, object]) -> str:
    value, low, high = (float(str(row[k])) for k in ("effect", "lower", "upper"))
    size = number(supported(value, low, high))
    return f"{str(row['outcome']).lower()} in {short(str(row['experiment']))} ({size} {row['unit']}, {small_share(float(str(row['p_value'])))} of groups)"


def texts(section: Experiments) -> dict[str, str]:
    """Named texts for the prose."""
    tested, rows = section.tested, section.experiments
    health = tested[tested["health"]]
    possible = tested["experiment"].nunique()
    future = rows[rows["vesting"] > pd.Timestamp(2026, 11, 1)]["experiment"].tolist()
    return {
        "reorganisation_count": str(len(rows)),
        "reorganisation_possible": f"{possible} of the {len(rows)} can be judged by at least one outcome, in {len(tested)} pairs of reorganisation and outcome",
        "reorganisation_away": standing_out(tested),
        "reorganisation_trend": by_trend(tested),
        "reorganisation_single": one_by_one(section.one_by_one),
        "reorganisation_health": f"{len(health)} of the {len(tested)} pairs are about health, {len(tested) - len(health)} about spending",
        "reorganisation_future": f"Still to come in the table: {join(future)}"
        if future
        else "None in the table is still to come",
    }
