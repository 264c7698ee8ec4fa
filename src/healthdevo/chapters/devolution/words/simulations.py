"""Words on the study by simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import cell, record
from healthdevo.wording import join, number, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.simulations import Simulations

WORLDS = {
    "parallel": "Parallel trends",
    "factors": "Areas follow common ups and downs differently",
    "many factors": "The same, with more ups and downs",
    "spillover": "Neighbours get half the effect",
    "anticipation": "Half the effect comes a year early",
    "common": "Deaths fall at one pace everywhere",
    "catching up": "Greater Manchester catches up anyway",
}
_SHORT = {
    "difference-in-differences": "Plain difference",
    "differences less own trends": "Less own trends",
    "generalised synthetic control": "Factor model",
    "generalised synthetic control, rank 1": "Factor model, 1 factor",
    "matrix completion": "Matrix completion",
    "synthetic control": "Synthetic control",
    "synthetic difference-in-differences": "Synthetic difference",
}
_PLAIN, _FACTORS = "difference-in-differences", "generalised synthetic control"
_MAIN_DESIGNS = (_PLAIN, "synthetic difference-in-differences", _FACTORS, "differences less own trends")


def design_and_interval(design: str, interval: str) -> str:
    """Return a design and its interval as a table shows them."""
    return f"{_SHORT[design]}, {interval.replace(' bootstrap', '')}"


def panels(effect: float) -> str:
    """Caption of the table of simulated panels."""
    return (
        f"Simulated panels of the real panel's size, planted effect {number(effect)} deaths per 100,000. Bias and spread of the estimates; "
        "coverage of 95% intervals; false alarms: intervals that exclude zero where nothing was planted; power: intervals that exclude zero where it was."
    )


def deaths(districts: int, effect: float) -> str:
    """Caption of the table of simulated deaths."""
    return f"Simulated deaths by age in {districts} districts, 2006 to 2019, planted effect {number(effect)} years of life expectancy from 2015. Columns as in the table of simulated panels."


def texts(section: Simulations) -> dict[str, str]:
    """Named texts for the prose."""
    return {
        "study_seed": str(section.study["seed"].iloc[0]),
        "study_hash": str(section.study["settings_hash"].iloc[0]),
        "study_words": panels_in_words(section.part("panel")),
        "study_deaths_words": deaths_in_words(section.part("deaths")),
    }


def panels_in_words(rows: pd.DataFrame) -> str:
    """Say which designs raise few false alarms in every world (with the better interval), and what the worst case is."""
    alarms = rows[(rows["effect"] == 0) & rows["design"].isin(_MAIN_DESIGNS)].sort_values("rejection")
    best = alarms.groupby(["design", "scenario"])["rejection"].min().groupby("design").max()
    sound = [str(design) for design in best.index[best <= 0.15]]
    worst = record(alarms, -1)
    world = WORLDS[worst["scenario"]]
    if not world.startswith("Greater"):
        world = world[0].lower() + world[1:]
    first = (
        f"Of the chapter's designs {join(sound)} raise{'s' if len(sound) == 1 else ''} few false alarms in every world tried (at most 15% with the better interval)"
        if sound
        else "None of the chapter's designs keeps false alarms below 15% in every world tried"
    )
    return f"{first}. The worst case is {worst['design']} with the {worst['interval']} interval where {world}: {percentage(worst['rejection'], 0)} false alarms"


def deaths_in_words(rows: pd.DataFrame) -> str:
    """Say what the published design finds where an effect was planted, and where areas catch up without any."""
    planted = float(rows["effect"].max())
    with_effect = rows[rows["effect"] > 0].set_index(["scenario", "design"])
    without = rows[rows["effect"] == 0].set_index(["scenario", "design"])
    fair, drift = ("common", _FACTORS), ("catching up", _FACTORS)
    found = number(cell(with_effect, fair, "mean_estimate"), 2)
    return (
        f"Where deaths fall at one pace everywhere, the published design finds {found} years on average where {number(planted)} "
        f"were planted; its intervals hold the truth in {percentage(cell(with_effect, fair, 'coverage'), 0)} of draws and exclude zero in {percentage(cell(with_effect, fair, 'rejection'), 0)}. "
        f"Where Greater Manchester catches up without any policy, the plain difference finds {number(cell(without, ('catching up', _PLAIN), 'mean_estimate'), 2)} years that no policy made, and "
        f"the published design {number(cell(without, drift, 'mean_estimate'), 2)}, with a spread of {number(cell(without, drift, 'sd'), 2)}"
    )
