"""What every section of the area pages asks of the registry and the tables: codes of today, districts by share, sums for areas without rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.common import ENGLAND, NEGLIGIBLE, TODAY, day_of, overlaps, own_shares
from healthdevo.chapters.common.remembered import keep_as_is, known_of, remembered
from healthdevo.typing import FloatArray

SAME = 0.01
"""Share of people by which a border may differ from that of boards for the area to count as the sum of these boards."""
BOARD = "icb"


@remembered()
def new_codes() -> dict[str, str]:
    """Return the codes of today of districts that only got a new code, by the code that tables may still have.

    >>> new_codes()["E08000019"]
    'E08000039'
    """
    succession, today = areas.registry().succession, TODAY
    found = {}
    for district in areas.list_areas("district"):
        following = succession.next_of(district)
        alone = len(following) == 1 and len(succession.before(following[0])) == 1
        if alone and not district.is_current(today) and following[0].is_current(today):
            found[district.code] = following[0].code
    return found


def modern(frame: pd.DataFrame, column: str = "area_code") -> pd.DataFrame:
    """Return a table with the codes of today for districts that only got a new code, where it has no rows of the new one."""
    if column not in frame:
        return frame
    present = set(frame[column].dropna().unique())
    renamed = {old: new for old, new in new_codes().items() if old in present and new not in present}
    if not renamed:
        return frame
    return frame.assign(**{column: frame[column].astype(object).replace(renamed)})


def light(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without its origin, which pandas would copy at every step, with the codes of today."""
    if known_of(frame) is not None:  # it has been made so
        return frame
    result = frame.copy(deep=False)
    result.attrs = {}
    return modern(result)


@remembered()
def light_table(name: str) -> pd.DataFrame:
    """Return a table as ``light`` makes it, one for all who ask."""
    return light(tables.load(name))


@remembered()
def light_sound(name: str, by: str = "area_code") -> tables.Sound:
    """Return the sound part of a table, its frame as ``light`` makes it, one for all who ask."""
    found = tables.load_sound(name, by=by)
    frame = light(found.frame)
    keep_as_is(frame)
    return replace(found, frame=frame)


def _today(district: Area) -> list[tuple[str, float]]:
    """Return the districts of today that stand in the place of one, with the parts of its people that are taken to live in each."""
    found = areas.registry().succession.successors(district, TODAY)
    return [(area.code, 1.0 / len(found)) for area in found]


@remembered()
def districts_in(code: str) -> pd.Series:
    """Return the districts of today in an area and the share of their people that lives in it; a district is its own.

    >>> districts_in("E47000001").tolist() == [1.0] * 10, districts_in("E08000003").to_dict()
    (True, {'E08000003': 1.0})
    """
    area = areas.get(code)
    day = day_of(area)
    own = own_shares(area, day)
    found: dict[str, list[float]] = {}
    for district, share in zip(areas.list_areas("district", day), own, strict=True):
        if share > 0.0:
            for heir, _ in _today(district):
                found.setdefault(heir, []).append(float(share))
    return pd.Series({heir: float(np.mean(shares)) for heir, shares in sorted(found.items())}, dtype=float)


def district_parts(codes: Sequence[str]) -> pd.DataFrame:
    """Return ``area_code`` (a district), ``container_code`` and the ``share`` of the district's people in each of some areas."""
    parts = [districts_in(code) for code in codes]
    return pd.DataFrame(
        {
            "area_code": [district for part in parts for district in part.index],
            "container_code": [code for code, part in zip(codes, parts, strict=True) for _ in part.index],
            "share": [float(share) for part in parts for share in part],
        }
    )


@remembered()
def recorded() -> frozenset[str]:
    """Return the codes of the areas that the tables of A&E have sound rows for."""
    return frozenset(str(code) for code in light_sound("emergency_month").frame["area_code"].unique())


@remembered()
def _recorded_boards() -> tuple[Area, ...]:
    """Return the boards that the tables of A&E have rows for."""
    known = set(tables.load_sound("emergency_month").frame["area_code"])
    return tuple(a for a in areas.list_areas(BOARD) if a.code in known)


@remembered()
def _recorded_regions() -> tuple[Area, ...]:
    """Return the other areas, but for England, that the tables of A&E have rows for."""
    known = set(tables.load_sound("emergency_month").frame["area_code"]) - {ENGLAND}
    return tuple(a for a in areas.registry() if a.code in known and a.kind != BOARD)


@remembered()
def _recorded_shares() -> tuple[pd.Index, FloatArray]:
    """Return districts (rows), and the share of each one's people in each recorded board and region (columns)."""
    parts = [districts_in(area.code) for area in (*_recorded_boards(), *_recorded_regions())]
    names = pd.Index(sorted({district for part in parts for district in part.index}))
    return names, np.column_stack([part.reindex(names).fillna(0.0).to_numpy(float) for part in parts])


@dataclass(frozen=True)
class Union:
    """Boards that make up an area, whole ones, or one area of the NHS with its border; ``apart`` is the share of people in one and not in the other."""

    boards: tuple[str, ...]
    apart: float


@remembered()
def union_of(code: str) -> Union | None:
    """Return the boards with figures that add up to an area, or None where its border cuts one or they leave part of it out.

    A border may differ by ``SAME`` of the area's people. An area of the NHS with the same border stands for its boards, for a few centres
    that closed early were counted in regions only. An area with figures of its own is no sum.

    >>> union_of("E47000001").boards, union_of("E47000007")
    (('E54000057',), None)
    """
    boards = _recorded_boards()
    recorded = (*boards, *_recorded_regions())
    if code in {b.code for b in recorded}:
        return None
    own = districts_in(code)
    rows, grid = _recorded_shares()
    names = rows.union(own.index)
    people = people_of_districts().reindex(names).fillna(0.0).to_numpy(float)
    mine = own.reindex(names).fillna(0.0).to_numpy(float)
    if len(names) > len(rows):
        wider = np.zeros((len(names), grid.shape[1]))
        wider[names.get_indexer(rows)] = grid
        grid = wider
    # a district that both cut counts wholly inside where the area has as much of it as the board
    total = float(people @ mine)
    if not total > 0.0:
        return None
    differ = people @ np.abs(mine[:, None] - grid) / total
    twin = int(np.argmin(differ))
    if differ[twin] <= SAME:
        return Union((recorded[twin].code,), float(differ[twin]))
    recorded, grid = recorded[: len(boards)], grid[:, : len(boards)]
    inside = people @ np.minimum(mine[:, None], grid)
    chosen = inside >= 0.5 * (people @ grid)
    both = np.clip(grid[:, chosen].sum(axis=1), 0.0, 1.0)
    apart = float(people @ np.abs(mine - both)) / total
    if not chosen.any() or apart > SAME:
        return None
    return Union(tuple(b.code for b, one in zip(boards, chosen, strict=True) if one), apart)


@remembered()
def people_of_districts() -> pd.Series:
    """Return the people of each district of today in the latest year with a population."""
    frame = light_sound("population_year").frame.dropna(subset=["persons"])
    return frame.sort_values("year").groupby("area_code")["persons"].last()


def with_sums(
    frame: pd.DataFrame, codes: Sequence[str], keys: Sequence[str], values: Sequence[str]
) -> pd.DataFrame:
    """Return a table of counts with rows for areas that it lacks, added up from the boards or the districts that make them up.

    From boards where these add up to the area; else from the districts, each by the share of its people. A sum with a part missing is
    missing.
    """
    known = set(frame["area_code"].unique())
    lacking = [code for code in codes if code not in known]
    made: list[pd.DataFrame] = []
    for code in lacking:
        union = union_of(code)
        if union is not None and set(union.boards) <= known:
            shares = pd.Series(1.0, index=list(union.boards))
        else:
            shares = districts_in(code)
        rows = frame[frame["area_code"].isin(shares.index)]
        if shares.empty or rows["area_code"].nunique() < len(shares):
            continue
        weights = shares.reindex(rows["area_code"]).to_numpy(float)
        parts = rows[list(keys)].assign(**{v: rows[v].to_numpy(float) * weights for v in values})
        groups = parts.groupby(list(keys), observed=True, as_index=False)
        sums = groups[list(values)].sum(min_count=len(shares))
        made.append(sums.assign(area_code=code))
    if not made:
        return frame
    return pd.concat([frame, *made], ignore_index=True)


_AGES = ("share_0_15", "share_16_64", "share_65_plus")


def population_with_sums(frame: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Return table ``population_year`` with rows for areas that it lacks: people and ages added up (see ``with_sums``).

    >>> whole = population_with_sums(light(tables.load("population_year")), ["E61000001"])
    >>> whole.query("area_code in ['E61000001', 'E12000007'] and year == 2023")["persons"].nunique()
    1
    """
    lacking = [code for code in codes if code not in set(frame["area_code"].unique())]
    if not lacking:
        return frame
    unions = [union for code in lacking if (union := union_of(code)) is not None]
    parts = {part for code in lacking for part in districts_in(code).index}
    rows = frame[frame["area_code"].isin(parts.union(*(union.boards for union in unions)))]
    counts = {f"{share}_people": rows[share] * rows["persons"] for share in _AGES}
    whole = with_sums(rows.assign(**counts), lacking, ["year"], ["persons", "male", "female", *counts])
    made = whole[~whole["area_code"].isin(rows["area_code"])]
    if made.empty:
        return frame
    shares = {share: made[f"{share}_people"] / made["persons"] for share in _AGES}
    return pd.concat([frame, made.assign(**shares).drop(columns=list(counts))], ignore_index=True)


def months_with_sums(frame: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Return table ``emergency_month`` with rows for areas that are sums of boards; a type of department counts where any board has it.

    A count is missing where one board's is, four-hour figures too. Booked attendances are not added up.
    """
    known, made = set(frame["area_code"].unique()), []
    keys = ["month", "department_type"]
    counts = ["attendances", "over_4_hours", "attendances_4_hour_reporting", "admissions_via_ae"]
    for code in codes:
        union = None if code in known else union_of(code)
        if union is None:
            continue
        rows = frame[frame["area_code"].isin(union.boards)]
        groups = rows.groupby(keys, observed=True)
        sums = groups[counts].sum(min_count=1).mask(groups[counts].count().lt(groups.size(), axis=0))
        whole = rows[rows["department_type"] == "all"].groupby("month").size()
        full = whole.index[whole == len(union.boards)]
        basis = groups["four_hour_basis"].agg(lambda values: " and ".join(sorted({str(v) for v in values})))
        sums = sums.assign(four_hour_basis=basis).reset_index()
        made.append(sums[sums["month"].isin(full)].assign(area_code=code))
    return pd.concat([frame, *made], ignore_index=True) if made else frame


def boards_over(area: Area) -> list[tuple[Area, float]]:
    """Return the boards with A&E figures that lie over an area, with the share of its people in each, the largest first.

    Those of today where all of them have figures; else those that the figures were published for. For a board made of parts, the earlier
    ones.
    """
    if area.kind != BOARD:
        found = overlaps(area, [BOARD])
        known = {b.code for b in _recorded_boards()}
        if all(code in known or union_of(code) is not None for code in found["area"]):
            pairs = zip(found["area"], found["of_area"], strict=True)
            return [(areas.get(str(code)), float(share)) for code, share in pairs]
    own, people = districts_in(area.code), people_of_districts()
    total = float((own * people.reindex(own.index).fillna(0.0)).sum())
    shares = []
    rows, grid = _recorded_shares()
    mine = own.reindex(rows).fillna(0.0).to_numpy(float)
    each = people.reindex(rows).fillna(0.0).to_numpy(float)
    boards = _recorded_boards()
    within = each @ np.minimum(mine[:, None], grid[:, : len(boards)])
    for board, inside in zip(boards, within.tolist(), strict=True):
        if inside > NEGLIGIBLE * total:
            shares.append((board, inside / total))
    return sorted(shares, key=lambda pair: (-pair[1], pair[0].code))
