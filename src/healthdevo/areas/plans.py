"""What is planned for an area, as known in November 2026: new councils, new authorities, reorganisation, boards to merge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd

from healthdevo import tables
from healthdevo.areas.area import Area, DateLike, as_date
from healthdevo.areas.default import registry
from healthdevo.areas.finding import planned_authorities, planned_successors
from healthdevo.areas.kinds import KIND_GROUPS
from healthdevo.wording import join

__all__ = ["EDITION", "plans"]

EDITION = dt.date(2026, 11, 26)
"""The day of which plans are told."""
COUNCILS = ("county", *KIND_GROUPS["district"])
MERGER = "Boards that do are said to have to merge by April 2027; no order was found"


def written(day: object, precision: str = "day") -> str:
    """Return a date in words, no finer than it is known.

    >>> written("2027-04-01"), written("2025-06-01", "month"), written("2025-08-01", "approximate")
    ('1 April 2027', 'June 2025', 'about August 2025')
    """
    stamp = pd.Timestamp(str(day))
    if precision == "year":
        return f"{stamp:%Y}"
    month = f"{stamp:%B %Y}"
    return {"day": f"{stamp.day} {month}", "month": month}.get(precision, f"about {month}")


def plans(code: str, on: DateLike = EDITION) -> list[str]:
    """Return what is planned for an area, one sentence each.

    Parameters
    ----------
    code : str
        Code of an area.
    on : date, default 26 November 2026
        A day from that of the edition on, on which the area exists. What was announced for a day before it, and is not law, is told as
        announced: the registry goes on with the old council.

    Returns
    -------
    list of str
        New councils for it and for its county, planned strategic authorities, reorganisation of which no more is known, boards with which it
        shares leaders. Empty where nothing is known to be planned, for days before the edition, and for areas that do not exist on the day.

    Raises
    ------
    AreaError
        When the code is unknown.

    Examples
    --------
    >>> plans("E07000207")[0]
    'On 1 April 2027 East Surrey takes the place of Elmbridge, by law.'
    >>> plans("E08000006")
    []
    """
    day, area = as_date(on), registry().get(code)
    if day < EDITION or not area.is_current(day):
        return []
    if area.kind == "icb":
        return list(_clusters(area))
    if area.kind not in COUNCILS:
        return []
    county = [a for a in registry().parents(area.code, day) if a.kind == "county"]
    told = [s for council in (area, *county) for s in _replaced(council, day)]
    told += [
        f"A strategic authority for {name} is planned; it was not set up when last seen."
        for name in planned_authorities(area.code, day)
    ]
    return [*told, *_reorganised(area, county)]


def _replaced(council: Area, day: dt.date) -> Iterator[str]:
    """Yield what takes a council's place, one sentence for each day and state."""
    rows = planned_successors(council.code)
    for (when, status), group in rows.groupby(["valid_from", "status"]):
        names = group["council_name"].tolist()
        if status == "law":
            how = "by law"
        elif (group["verification"] == "not found").any():
            how = "as announced. Part of it rests on no page that was seen, and no order was found"
        else:
            how = "as announced. This rests on one secondary source, and no order was found"
        if pd.Timestamp(str(when)).date() > day:
            take = "takes" if len(names) == 1 else "take"
            yield f"On {written(when)} {join(names)} {take} the place of {council.short_name}, {how}."
        else:
            was = "was" if len(names) == 1 else "were"
            yield f"{join(names)} {was} to take the place of {council.short_name} on {written(when)}, {how}."


def _reorganised(area: Area, county: list[Area]) -> Iterator[str]:
    """Yield that a council's area is to be reorganised, where nothing more is known."""
    frame = tables.load("planned_reorganisation")
    rows = frame[frame["area_code"].isin([area.code, *(a.code for a in county)])]
    for name, group in rows.groupby("reorganisation"):
        first = group.iloc[0]
        when, then = written(first["announced"]), written(first["takes_effect"])
        if first["status"] == "decided":
            yield (
                f"The councils of {name} are to be reorganised for {then}, as ministers decided on {when}. "
                "Only the statement’s address was seen; names and borders of the new councils were not found."
            )
            if pd.notna(first["told"]):
                yield str(first["told"])
        else:
            yield f"The councils of {name} are to be reorganised for {then}. Proposals were consulted on from {when}; a decision was not found."


def _clusters(board: Area) -> Iterator[str]:
    """Yield with which boards a board shares its leaders."""
    frame = tables.load("board_cluster")
    own = frame[frame["area_code"] == board.code]
    for name, status, agreed, precision in zip(
        own["cluster"], own["status"], own["agreed"], own["date_precision"], strict=True
    ):
        rest = frame[(frame["cluster"] == name) & (frame["area_code"] != board.code)]
        others = join([registry().get(str(c)).short_name for c in rest["area_code"]])
        when = written(agreed, precision)
        if status == "agreed":
            yield f"It shares its leaders with {others}, as agreed in {when}. {MERGER}.".replace(
                "in about", "about"
            )
        else:
            yield f"It talked of sharing leaders with {others} in {when}, without plans to merge.".replace(
                "in about", "about"
            )
