"""Sentences of the section that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import peers_title, small_share, source_line
from healthdevo.charts import Caption
from healthdevo.wording import join, percentage

if TYPE_CHECKING:
    from healthdevo.areas import Area
    from healthdevo.chapters.area.footprint.section import AreaFootprint

WAYS = {"out": "residents who go there to work", "in": "workers who come from there"}
PARTNERS = "The five places outside where most residents go to work, and where most workers come from, 2011."
MARKETS = "Labour markets (travel-to-work areas of 2011) with people here: those with the most, at most ten."
WHOLE = 0.98


def held(share: float) -> str:
    """Say what a border does to a labour market of which a share lives inside.

    >>> held(0.99), held(0.5), held(0.01)
    ('held whole', 'cut', 'touched at the edge')
    """
    return "held whole" if share >= WHOLE else "cut" if share > 1.0 - WHOLE else "touched at the edge"


def partners_chart(area: Area, partners: pd.DataFrame) -> Caption:
    """Words of the figure of partners."""
    first = partners[partners["direction"] == "out"].head(1)["name"].tolist() or ["nowhere"]
    return Caption(
        figure_id="work-partners-chart",
        title=f"Outside, most residents work in {first[0]}",
        subtitle=f"Five largest partners of {area.short_name}, census of 2011. Share of its residents in work who go there, and of its workers who come from there",
        source=source_line("commuting_2011"),
        alt=f"Bar chart of the places that {area.short_name} exchanges most workers with; the largest number of its residents who work outside go to {first[0]}.",
    )


def verdict(lives: float, works: float, required: float, later: float) -> str:
    """Say whether an area is a labour market of its own by the official rule, and whether it rests on the census.

    >>> verdict(0.8, 0.7, 2 / 3, 0.9)
    'By the official rule (67% both ways) it is a labour market of its own. It is in the census of 2021 as well.'
    >>> verdict(0.8, 0.5, 2 / 3, 0.5)
    'By the official rule (67% both ways) it is not a labour market of its own. It is not in the census of 2021 either.'
    """
    rule = f"By the official rule ({percentage(required, 0)} both ways) it is"
    now, then = min(lives, works) >= required, later >= required
    lockdown = "In the census of 2021, taken in a lockdown with those at home counted inside, it would"
    if now:
        return f"{rule} a labour market of its own. {'It is in the census of 2021 as well.' if then else f'{lockdown} not be.'}"
    return f"{rule} not a labour market of its own. {f'{lockdown} be.' if then else 'It is not in the census of 2021 either.'}"


def cut(whole: int, cuts: int, share: float) -> str:
    """Say how many labour markets an area holds and cuts.

    >>> cut(1, 2, 0.4)
    'It holds 1 labour market whole and cuts 2: 40% of its people live in one that its border cuts'
    >>> cut(3, 0, 0.0)
    'It holds 3 labour markets whole and cuts none'
    """
    if not whole and not cuts:
        return "It is a small part of a labour market that lies almost wholly elsewhere"
    first = f"It holds {whole or 'no'} labour {'market' if whole == 1 else 'markets'} whole and cuts {cuts or 'none'}"
    return f"{first}: {small_share(share)} of its people live in one that its border cuts" if cuts else first


def texts(section: AreaFootprint) -> dict[str, str]:
    """Named texts for the prose."""
    row, split, n = section.work, section.split, len(section.peers)
    lives, works = float(row["lives_and_works"]), float(row["works_and_lives"])
    outside = section.partners[section.partners["direction"] == "out"]["name"].head(3).tolist()
    return {
        "work_inside": f"In 2011, {small_share(lives)} of its residents in work worked inside. Of those who worked here, {small_share(works)} lived here. People at home or without a fixed place of work are not counted",
        "work_verdict": verdict(lives, works, float(row["required"]), section.later),
        "work_rank": f"By the smaller of both shares it is number {row['rank']} of {n} {peers_title(section.peer_kind)}, the most self-contained being first. A rank is not a verdict: larger areas hold more of their work",
        "work_partners": f"Most who leave it go to {join(outside)}"
        if outside
        else "Nobody leaves it for work",
        "work_markets": cut(int(split["whole"]), int(split["cut"]), float(split["share_cut"])),
    }
