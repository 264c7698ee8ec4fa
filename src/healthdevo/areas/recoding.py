"""From the codes of one date to those of a later one: counts of predecessors are added up into what succeeded them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.areas import default
from healthdevo.areas.area import Area, DateLike, as_date
from healthdevo.areas.coded_frame import NAMED, CodedFrame, Missing, check_missing, columns_of, some
from healthdevo.areas.kinds import DISTRICT
from healthdevo.areas.registry import Registry
from healthdevo.errors import AreaError, InputError
from healthdevo.typing import BoolArray
from healthdevo.wording import join

__all__ = ["recode_to"]


def recode_to(
    frame: pd.DataFrame,
    *,
    on: DateLike,
    value: str | Sequence[str],
    by: str | Sequence[str] | None = None,
    code: str = "area_code",
    missing: Missing = "refuse",
    registry: Registry | None = None,
) -> pd.DataFrame:
    """Return counts with the codes of a date: predecessors are added up into what succeeded them.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and group. Groups may be of different vintages (2018 with the districts of 2018).
    on : date
        The date whose codes are wanted.
    value : str or sequence of str
        Columns of counts.
    by : str or sequence of str, optional
        Columns that tell groups apart, such as ``"year"``.
    code : str, default "area_code"
        Column of codes.
    missing : {"refuse", "propagate"}
        As for ``aggregate_counts``.
    registry : Registry, optional
        The areas; by default those of the data folder.

    Returns
    -------
    pandas.DataFrame
        ``code``, the columns of ``by``, the columns of ``value``, in order of group and code. Other columns are left
        out, for they cannot be added up.

    Raises
    ------
    AreaError
        When a code is unknown or has no successor on the date; when an area was split, or would have to be (the date
        lies before it was formed); when a group has a successor beside its predecessors, or lacks one of them.
    InputError
        As for ``aggregate_counts``.

    Examples
    --------
    >>> area = pd.DataFrame({"area_code": ["E06000028", "E06000029", "E06000058"], "kind": "unitary_authority",
    ...     "area_name": ["Bournemouth", "Poole", "Bournemouth, Christchurch and Poole"],
    ...     "valid_from": ["2009-04-01", "2009-04-01", "2019-04-01"], "valid_to": ["2019-03-31", "2019-03-31", None],
    ...     "successor_code": ["E06000058", "E06000058", None]})
    >>> membership = pd.DataFrame({"member_code": [], "container_code": []})
    >>> counts = pd.DataFrame({"area_code": ["E06000028", "E06000029"], "deaths": [3, 4]})
    >>> recode_to(counts, on="2019-04-01", value="deaths", registry=Registry(area, membership)).to_numpy().tolist()
    [['E06000058', 7]]
    """
    check_missing(missing)
    registry = default.registry() if registry is None else registry
    day, columns = as_date(on), columns_of(value)
    coded = CodedFrame.of(frame, registry, code, columns_of(by), columns)
    target = _targets(coded, day)
    names = sorted(set(target))
    place = {c: i for i, c in enumerate(names)}
    to_target = np.array([place[c] for c in target], dtype=np.intp)
    shape = (len(coded.groups), len(coded.codes))
    present = np.zeros(shape, dtype=bool)
    present[coded.row_group, coded.row_code] = True
    changed = sorted({new for new, old in zip(target, coded.codes, strict=True) if new != old})
    layer = registry.kind_members(coded.member_kind(None))
    _refuse_uncertain_mergers(registry, changed, layer)
    _refuse_incomplete_mergers(coded, present, names, layer, day)
    cell = coded.row_group * len(names) + to_target[coded.row_code]
    size = len(coded.groups) * len(names)
    filled = np.bincount(cell, minlength=size) > 0
    cells: dict[str, NDArray[np.generic]] = {}
    for column in columns:
        values = coded.numbers(column)
        gaps = np.isnan(values)
        if missing == "refuse" and gaps.any():
            where = sorted(coded.at(int(row)) for row in np.flatnonzero(gaps))
            raise InputError(
                f"column {column!r} is missing for {some(where)}; ask for missing='propagate' to have the areas "
                "concerned left empty."
            )
        # in order of code, so that the order of rows cannot change the last digit
        order = np.lexsort((np.array(coded.codes, dtype=str)[coded.row_code], cell))
        total = np.bincount(cell[order], weights=np.where(gaps, 0.0, values)[order], minlength=size)
        total[np.bincount(cell, weights=gaps, minlength=size) > 0.0] = np.nan
        whole = pd.api.types.is_integer_dtype(frame[column]) and not np.isnan(total).any()
        cells[column] = np.rint(total).astype(np.int64) if whole else total
    result = coded.result(names, cells)
    return result.loc[filled].reset_index(drop=True)


def _targets(coded: CodedFrame, day: dt.date) -> list[str]:
    """Return the code of the date for each code of the frame."""
    registry = coded.registry
    result, problems = [], []
    for each in coded.codes:
        area = registry.get(each)
        successors = registry.succession.successors(area, day)
        if len(successors) == 1 and not _splits(registry, area, day):
            result.append(successors[0].code)
            continue
        problem = registry.succession.problem_on(area, day)
        if len(successors) > 1 or _splits(registry, area, day):
            problem = problem.rstrip(".") + "; it was split."
        elif registry.succession.before(area) and not area.is_current(day) and area.valid_to is None:
            problem = problem.rstrip(".") + ", into which it would have to be split."
        problems.append(problem)
    if problems:
        raise AreaError(
            f"frame: counts cannot be brought to {day.isoformat()}: {' '.join(sorted(problems)[:NAMED])}"
        )
    return result


def _splits(registry: Registry, area: Area, day: dt.date) -> bool:
    """Return whether on the way from an area to its successors on a date one was split."""
    while not area.is_current(day) and area.valid_to is not None:
        direct = registry.succession.next_of(area)
        if len(direct) != 1:
            return len(direct) > 1
        area = direct[0]
    return False


def _refuse_incomplete_mergers(
    coded: CodedFrame,
    present: BoolArray,
    names: Sequence[str],
    layer: Sequence[str],
    day: dt.date,
) -> None:
    """Refuse groups in which a merged area is there in part, or twice over."""
    registry = coded.registry
    column = {c: i for i, c in enumerate(coded.codes)}
    none = np.zeros(len(coded.groups), dtype=bool)
    lacking: dict[str, list[int]] = {}
    double: dict[tuple[str, str], list[int]] = {}

    def own(code: str) -> BoolArray:
        return present[:, column[code]] if code in column else none

    def before(code: str) -> list[str]:
        return _predecessors_in(registry, code, layer)

    def anything(code: str) -> BoolArray:
        found = own(code)
        for earlier in before(code):
            found = found | anything(earlier)
        return found

    def visit(code: str, wanted: BoolArray) -> None:
        """Note what is wrong where an area is wanted: itself, or all of its predecessors, and not both."""
        earlier_codes = before(code)
        for earlier in earlier_codes:
            both = np.flatnonzero(own(code) & anything(earlier))
            if both.size:
                double[(earlier, code)] = both.tolist()
        open_ = wanted & ~own(code)
        if not open_.any():
            return
        parts = [anything(c) for c in earlier_codes]
        partly = np.logical_or.reduce(parts) if parts else none
        if (open_ & ~partly).any():
            lacking[code] = np.flatnonzero(open_ & ~partly).tolist()
        if (open_ & partly).any():
            for earlier in earlier_codes:
                visit(earlier, open_ & partly)

    for code in names:
        visit(code, anything(code))
    _raise_mergers(coded, lacking, double, day, own)


def _predecessors_in(registry: Registry, code: str, layer: Sequence[str]) -> list[str]:
    """Return the predecessors that make up an area without counting anybody twice.

    Where a county and its districts became one authority, a frame of districts needs the districts and a frame of
    upper-tier authorities the county; a district that came from another county stays on the list.
    """
    everything = registry.succession.before(registry.get(code))
    chosen = [a.code for a in everything if a.kind in layer]
    if not set(layer) <= set(registry.vocabulary.members(DISTRICT)):
        chosen += [
            a.code
            for a in everything
            if a.kind not in layer and not {p.code for p in registry.parents(a.code)}.intersection(chosen)
        ]
    return sorted(chosen)


def _refuse_uncertain_mergers(registry: Registry, changed: Sequence[str], layer: Sequence[str]) -> None:
    """Refuse successors that may also hold part of an area which was divided without recorded successors."""
    problems = []
    for code in changed:
        area = registry.get(code)
        divided = [
            a
            for kind in layer
            if kind in registry.kinds()
            for a in registry.list_areas(kind)
            if a.valid_to is not None
            and area.valid_from is not None
            and a.valid_to + dt.timedelta(days=1) == area.valid_from
            and not registry.succession.next_of(a)
            and _may_hold_part_of(registry, area, a)
        ]
        if divided:
            problems.append(f"{area} may hold part of {join([str(a) for a in divided])}")
    if problems:
        raise AreaError(
            f"frame: counts cannot be recoded, for areas were divided and the registry does not record how: "
            f"{'; '.join(problems)}."
        )


def _may_hold_part_of(registry: Registry, area: Area, ended: Area) -> bool:
    """Return whether an area may have taken in part of one that ended without a recorded successor.

    It may not when the districts of the one that ended went elsewhere, or when the two lie in different areas of some
    wider kind.
    """
    heirs = registry.succession.heirs(ended, area.valid_from or registry.reference_date)
    if heirs:
        return area.code in {a.code for a in heirs}
    around, here = defaultdict(set), defaultdict(set)
    for parent in registry.parents(ended.code):
        around[parent.kind].add(parent.code)
    for parent in registry.parents(area.code):
        here[parent.kind].add(parent.code)
    return not any(kind in here and around[kind].isdisjoint(here[kind]) for kind in around)


def _raise_mergers(
    coded: CodedFrame,
    lacking: dict[str, list[int]],
    double: dict[tuple[str, str], list[int]],
    day: dt.date,
    own: Callable[[str], BoolArray],
) -> None:
    def where(groups: Sequence[int]) -> str:
        if not coded.by:
            return ""
        return f" in {some([coded.group_name(g) for g in groups], 4)}"

    if double:
        texts = [
            f"{coded.name(late)} beside its predecessor {coded.name(early)}{where(groups)}"
            for (early, late), groups in sorted(double.items())
        ]
        raise AreaError(f"frame: the same people would be counted twice: {some(texts)}.")
    if lacking:
        texts = [f"{coded.name(code)}{where(groups)}" for code, groups in sorted(lacking.items())]
        raise AreaError(
            f"frame: what merged until {day.isoformat()} is there only in part; missing are {some(texts)}."
        )
