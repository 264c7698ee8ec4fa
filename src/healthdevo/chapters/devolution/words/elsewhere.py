"""Words on the other areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from healthdevo.chapters.common import GREATER_MANCHESTER, in_words, records, source_line
from healthdevo.charts import Caption
from healthdevo.evaluation import Effect
from healthdevo.wording import join, number

if TYPE_CHECKING:
    from healthdevo.chapters.devolution.elsewhere import Elsewhere

KINDS = "Preventable deaths per 100,000 after a deal by kind of deal and place, each area from its own year, against districts without any deal. Detectable: found with 80% probability at the 5% level."
DETECTABLE = "Every area with a deal: change in preventable deaths per 100,000 by two designs, and the effect its figures could have shown."
TABLES = ("under_75_mortality", "combined_authority", "devolution_event")


def areas_chart(rows: pd.DataFrame) -> Caption:
    """Words of the chart of areas; ``rows`` as in ``Elsewhere.estimates``."""
    away = rows.loc[rows["p_value"] <= 0.05, "name"].tolist()
    return Caption(
        figure_id="other-areas",
        title=f"{len(away)} of {len(rows)} areas with a deal stand out from chance groups: {join(away) or 'none'}",
        subtitle="Change in preventable deaths under 75 per 100,000 after each deal, to 2019, against districts without any deal; synthetic difference-in-differences, 95% permutation intervals; bold squares: deals with power over health",
        source=source_line(*TABLES),
        alt=(
            f"Dot chart of changes in preventable deaths in {len(rows)} areas with a deal, from {number(float(rows['effect'].min()))} in "
            f"{rows['name'].iloc[0]} to {number(float(rows['effect'].max()))} in {rows['name'].iloc[-1]}; most intervals include zero."
        ),
    )


def dynamic_chart(effect: Effect, path: pd.DataFrame) -> Caption:
    """Words of the chart of effects by years since the deal."""
    after = path.loc[path["relative"] >= 0, "effect"]
    chance = "" if effect.interval().excludes_zero else ", which could be chance"
    return Caption(
        figure_id="staggered",
        title=f"All deals together: {number(effect.estimate)} deaths per 100,000 on average after the start{chance}",
        subtitle="Change in preventable deaths under 75 per 100,000 by years since each deal, against the year before the deal (before it: against the year before each) and districts without any deal; 95% intervals",
        source=source_line(*TABLES),
        alt=f"Dot chart of effects by years since the deal, from {number(float(path['effect'].min()))} to {number(float(path['effect'].max()))} deaths per 100,000, {int((after < 0).sum())} of {len(after)} below zero after the start.",
    )


def texts(section: Elsewhere) -> dict[str, str]:
    """Named texts for the prose."""
    rows, deals = section.estimates, section.deals.sort_values(["start", "name"])
    detectable = rows.set_index("area_code")["detectable"]
    low, high = number(float(detectable.min()), 2), number(float(detectable.max()), 2)
    return {
        "deals_count": str(len(rows)),
        "deals_list": join([f"{r['name']} from {r['start']}" for r in records(deals)]),
        "deals_away": standing_out(rows),
        "deals_health": join(rows.loc[rows["health"], "name"].tolist()),
        "staggered_words": in_words(section.dynamic, unit="deaths per 100,000", interval="95% interval"),
        "staggered_pretrend": _before(section.dynamic),
        "health_difference": _difference(
            section.kinds["With power over health"], section.kinds["Without power over health"]
        ),
        "detectable_gm": f"{number(float(detectable[GREATER_MANCHESTER]), 2)} deaths per 100,000",
        "detectable_range": f"between {low} and {high} deaths per 100,000",
    }


def standing_out(rows: pd.DataFrame) -> str:
    """Say which areas chance groups do not match, and which of them stay so once earlier trends are carried on."""
    away = rows[rows["p_value"] <= 0.05]
    kept = away.loc[away["p_own_trend"] <= 0.05, "name"].tolist()
    if away.empty:
        return "None of them stands out from random groups of districts without a deal"
    names = join([f"{r['name']} ({number(r['effect'])})" for r in records(away)])
    still = f"{join(kept)} still {'do' if len(kept) > 1 else 'does'}" if kept else "none of these stands out"
    return f"Standing out from random groups of districts without a deal: {names}; {still} once earlier trends are carried on"


def _before(effect: Effect) -> str:
    path = effect.path
    assert path is not None
    before = path[path["relative"] < 0]
    away = int(((before["lower"] > 0) | (before["upper"] < 0)).sum())
    if away:
        return f"In {away} of {len(before)} years before the deals districts with one already moved apart from the others"
    return f"In none of the {len(before)} years before the deals did districts with one move apart from the others by more than chance allows"


def _difference(powers: Effect, others: Effect) -> str:
    difference = powers.estimate - others.estimate
    error = float(np.hypot(powers.standard_error, others.standard_error))
    return f"Deals with power over health differ from those without by {number(difference)} deaths per 100,000, which is {'more' if abs(difference) > 1.96 * error else 'no more'} than chance allows (standard error {number(error, 2)})"
