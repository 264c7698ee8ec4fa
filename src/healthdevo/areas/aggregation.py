"""From small areas to the areas that contain them: counts add up, rates are weighted, codes are brought to a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.areas import default
from healthdevo.areas.area import KIND_GROUPS, KIND_TITLES, Area, DateLike, as_date
from healthdevo.areas.registry import Containment, Registry
from healthdevo.checks import need_columns
from healthdevo.errors import AreaError, InputError
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import join, percentage

__all__ = ["Missing", "aggregate_counts", "aggregate_rates", "recode_to"]

Missing = Literal["refuse", "propagate"]

_WHOLE = 1e-6
_COVERED = 0.01
_NAMED = 12


def _some(items: Sequence[str], limit: int = _NAMED) -> str:
    """Return a list in words, the end of a long one as a number."""
    if len(items) <= limit:
        return join(items)
    return f"{', '.join(items[:limit])} and {len(items) - limit} more"


def _listed(columns: str | Sequence[str] | None) -> list[str]:
    return [] if columns is None else [columns] if isinstance(columns, str) else [str(c) for c in columns]


@dataclass(frozen=True)
class _Panel:
    """A frame taken apart: which area and which group each row stands for."""

    registry: Registry
    frame: pd.DataFrame
    code: str
    by: list[str]
    row_code: NDArray[np.intp]
    codes: list[str]
    row_group: NDArray[np.intp]
    groups: pd.DataFrame

    def name(self, code: str) -> str:
        return str(self.registry.get(code))

    def group_name(self, group: int) -> str:
        """Return a group in words, such as ``year 2019``; empty when there is but one."""
        values = [self.groups[c].iloc[group] for c in self.by]
        texts = [f"{v:%Y-%m-%d}" if isinstance(v, dt.date) else str(v) for v in values]
        return ", ".join(f"{c} {text}" for c, text in zip(self.by, texts, strict=True))

    def at(self, row: int) -> str:
        where = self.group_name(int(self.row_group[row]))
        return self.name(self.codes[self.row_code[row]]) + (f" in {where}" if where else "")

    def numbers(self, column: str) -> FloatArray:
        """Return a column as numbers, NaN where missing."""
        series = self.frame[column]
        if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
            raise InputError(f"column {column!r} holds {series.dtype}; it must hold numbers")
        values: FloatArray = series.to_numpy(dtype=float, na_value=np.nan)
        for row in np.flatnonzero(np.isinf(values)):
            raise InputError(f"column {column!r} is infinite for {self.at(int(row))}; give finite numbers")
        return values

    def grid(self, values: FloatArray, columns: NDArray[np.intp], width: int) -> FloatArray:
        """Return values as groups by members; ``columns`` says which member each code is, -1 for none."""
        out = np.zeros((len(self.groups), width))
        position = columns[self.row_code]
        used = position >= 0
        out[self.row_group[used], position[used]] = values[used]
        return out

    def result(self, key: Sequence[str], cells: dict[str, NDArray[np.generic]]) -> pd.DataFrame:
        """Return groups by areas as a tidy frame, in order of group and area."""
        n, k = len(self.groups), len(key)
        out: dict[str, object] = {self.code: np.tile(np.array(key, dtype=object), n)}
        for column in self.by:
            out[column] = self.groups[column].repeat(k).reset_index(drop=True)
        frame = pd.DataFrame(out)
        frame[self.code] = frame[self.code].astype("str")
        for column, values in cells.items():
            frame[column] = values.reshape(n * k)
        frame.attrs.update(self.frame.attrs)
        return frame


def _panel(
    frame: pd.DataFrame, registry: Registry, code: str, by: list[str], numbers: Sequence[str]
) -> _Panel:
    used = [code, *by, *numbers]
    need_columns(frame, used)
    if len(set(used)) < len(used):
        raise InputError(f"columns {join(used)}: each may be used for one purpose only")
    if not numbers:
        raise InputError("value: name at least one column of numbers")
    if frame.empty:
        raise InputError("frame: it has no rows")
    for column in [code, *by]:
        empty = np.flatnonzero(frame[column].isna().to_numpy())
        if empty.size:
            raise InputError(f"frame: column {column!r} is empty in row {frame.index[empty[0]]!r}")
    row_code, unique = pd.factorize(frame[code].astype(object), sort=False)
    codes = list(unique)
    for each in codes:
        registry.get(each)
        if each not in registry:
            official = registry.get(each).code
            raise AreaError(f"{each!r} is a directory code; frames use official codes.", [official])
    if by:
        row_group = frame.groupby(by, sort=True, observed=True).ngroup().to_numpy()
        first = np.unique(row_group, return_index=True)[1]
        groups = frame[by].iloc[first].reset_index(drop=True)
    else:
        row_group, groups = np.zeros(len(frame), dtype=np.intp), pd.DataFrame(index=[0])
    panel = _Panel(
        registry, frame, code, by, row_code.astype(np.intp), codes, row_group.astype(np.intp), groups
    )
    cell = row_group.astype(np.int64) * len(codes) + row_code
    _, first, count = np.unique(cell, return_index=True, return_counts=True)
    repeated = [panel.at(int(row)) for row in first[count > 1]]
    if repeated:
        also = "" if by else "; name the columns that tell the rows apart in by="
        raise InputError(f"frame: more than one row for {_some(repeated)}{also}")
    return panel


def _member_kind(panel: _Panel, members: str | None) -> str:
    """Return the kind or kind group that the rows of a frame are of."""
    registry = panel.registry
    kinds = {c: registry.get(c).kind for c in panel.codes}
    if members is not None:
        allowed = set(registry.kind_members(members))
        other = sorted(panel.name(c) for c, kind in kinds.items() if kind not in allowed)
        if other:
            raise AreaError(
                f"members: not of kind {members!r}: {_some(other, 5)}; leave out rows of other kinds."
            )
        return "district" if members in KIND_GROUPS["district"] else members
    present = set(kinds.values())
    for kind, parts in (*KIND_GROUPS.items(), *((k, (k,)) for k in registry.kinds())):
        if present <= set(parts):
            return kind
    examples = {kinds[code]: panel.name(code) for code in sorted(kinds, reverse=True)}
    raise AreaError(
        f"frame: rows are of kinds that overlap: {join([f'{k} such as {examples[k]}' for k in sorted(examples)])}; "
        "keep one kind, or one of the groups district and upper_tier, before aggregating."
    )


def _plural(kind: str) -> str:
    return KIND_TITLES[kind][1] if kind in KIND_TITLES else f"areas of kind {kind}"


def _refuse_other_vintages(panel: _Panel, day: dt.date) -> None:
    problems = [p for c in sorted(panel.codes) if (p := panel.registry.problem_on(c, day))]
    if problems:
        raise AreaError(
            f"frame: {len(problems)} of {len(panel.codes)} codes are of another vintage than {day.isoformat()}: "
            f"{' '.join(problems[:_NAMED])} Give a date (on) at which all codes exist, or bring the frame to "
            "one date with recode_to first."
        )


def _refuse_cuts(found: Containment, kind: str, population_shares: bool) -> None:
    share = found.share
    unknown = np.flatnonzero(np.isnan(share).any(axis=1))
    if unknown.size:
        cut = [
            f"{found.members[i]} by {join([a.short_name for a, s in zip(found.containers, share[i], strict=True) if np.isnan(s)])}"
            for i in unknown
        ]
        hint = "" if kind == "district" else " Aggregate from districts instead."
        raise AreaError(
            f"to: boundaries cut {_plural(kind)} for which no population share is recorded: {_some(cut)}.{hint}"
        )
    if population_shares:
        return
    parts = np.flatnonzero(((share > 0.0) & (share < 1.0 - _WHOLE)).any(axis=1))
    if parts.size:
        cut = []
        for i in parts:
            inside = [
                f"{percentage(float(s))} in {a.short_name}"
                for a, s in zip(found.containers, share[i], strict=True)
                if s > 0.0
            ]
            cut.append(f"{found.members[i]}, {join(inside)}")
        raise AreaError(
            f"to: on {found.on.isoformat()} boundaries cut {len(cut)} {_plural(kind)}: {'; '.join(cut)}. Ask for "
            "population_shares=True to split them by population."
        )


def _refuse_gaps(panel: _Panel, found: Containment, present: BoolArray, kind: str) -> None:
    """Refuse when the frame lacks members, or when members do not fill a container."""
    if present.all():
        return
    lacking = []
    for i in np.flatnonzero(~present.all(axis=0)):
        groups = np.flatnonzero(~present[:, i])
        whole = len(groups) == len(panel.groups)
        where = "" if whole else f" in {_some([panel.group_name(int(g)) for g in groups], 4)}"
        lacking.append(f"{found.members[i]}{where}")
    short = [
        a.short_name
        for k, a in enumerate(found.containers)
        if (~present.all(axis=0) & (found.share[:, k] > 0)).any()
    ]
    raise AreaError(
        f"frame: {len(lacking)} of the {len(found.members)} {_plural(kind)} that make up {_some(short, 4)} on "
        f"{found.on.isoformat()} are missing: {_some(lacking)}."
    )


def _refuse_uncovered(registry: Registry, found: Containment, kind: str) -> None:
    """Refuse containers of which some districts lie in no member, as most of England lies in no combined authority."""
    for k, container in enumerate(found.containers):
        inside = [m.code for m, s in zip(found.members, found.share[:, k], strict=True) if s > 0.0]
        if not inside:
            raise AreaError(
                f"to: the registry knows of no {_plural(kind)} in {container} on {found.on.isoformat()}."
            )
        if kind in KIND_GROUPS or not any(d in registry.kinds() for d in KIND_GROUPS["district"]):
            continue
        whole = registry.containment("district", [container.code], found.on)
        parts = registry.containment("district", inside, found.on)
        share = dict(zip([m.code for m in parts.members], np.nansum(parts.share, axis=1), strict=True))
        outside = [
            str(m)
            for m, s in zip(whole.members, whole.share[:, 0], strict=True)
            if share.get(m.code, 0.0) < s - _COVERED
        ]
        if outside:
            raise AreaError(
                f"to: {_plural(kind)} do not fill {container} on {found.on.isoformat()}: {_some(outside, 5)} "
                "lie in none of them. Aggregate from districts instead."
            )


@dataclass(frozen=True)
class _Plan:
    panel: _Panel
    found: Containment
    columns: NDArray[np.intp]

    def grid(self, values: FloatArray) -> FloatArray:
        return self.panel.grid(values, self.columns, len(self.found.members))

    def refuse_empty(self, values: FloatArray, column: str) -> None:
        gaps = np.flatnonzero(np.isnan(values) & (self.columns[self.panel.row_code] >= 0))
        if gaps.size:
            where = sorted(self.panel.at(int(row)) for row in gaps)
            raise InputError(
                f"column {column!r} is missing for {_some(where)}; a sum without it would not be the area's. "
                "Ask for missing='propagate' to have the areas concerned left empty."
            )


def _plan(
    frame: pd.DataFrame,
    to: str | Sequence[str],
    on: DateLike | None,
    numbers: Sequence[str],
    by: str | Sequence[str] | None,
    code: str,
    members: str | None,
    population_shares: bool,
    missing: str,
    registry: Registry | None,
) -> _Plan:
    if missing not in ("refuse", "propagate"):
        raise InputError(f"missing: {missing!r} is not valid; give 'refuse' or 'propagate'")
    registry = default.registry() if registry is None else registry
    day = registry.reference_date if on is None else as_date(on)
    panel = _panel(frame, registry, code, _listed(by), numbers)
    kind = _member_kind(panel, members)
    _refuse_other_vintages(panel, day)
    targets = registry.containers(to, day)
    if all(a.kind in registry.kind_members(kind) for a in targets):
        same = _some([str(a) for a in targets], 4)
        raise AreaError(f"to: {same} is of the same kind as the rows of the frame ({kind}).")
    found = registry.containment(kind, [a.code for a in targets], day)
    _refuse_cuts(found, kind, population_shares)
    _refuse_uncovered(registry, found, kind)
    place = {a.code: i for i, a in enumerate(found.members)}
    columns = np.array([place.get(c, -1) for c in panel.codes], dtype=np.intp)
    ones = panel.grid(np.ones(len(frame)), columns, len(place))
    _refuse_gaps(panel, found, ones > 0.0, kind)
    return _Plan(panel, found, columns)


def _sums(grid: FloatArray, share: FloatArray) -> FloatArray:
    """Return sums by container; NaN where, and only where, a part of it is NaN."""
    empty = np.isnan(grid)
    if not empty.any():
        return grid @ share
    total: FloatArray = np.where(empty, 0.0, grid) @ share
    total[(empty.astype(float) @ (share > 0.0).astype(float)) > 0.0] = np.nan
    return total


def aggregate_counts(
    frame: pd.DataFrame,
    *,
    to: str | Sequence[str],
    value: str | Sequence[str],
    on: DateLike | None = None,
    by: str | Sequence[str] | None = None,
    code: str = "area_code",
    members: str | None = None,
    population_shares: bool = False,
    missing: Missing = "refuse",
    registry: Registry | None = None,
) -> pd.DataFrame:
    r"""Return counts of small areas added up to the areas that contain them.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and group. Rows of areas outside ``to`` are not used.
    to : str or sequence of str
        Where to add up to: a code, several codes, or a kind such as ``"icb"`` (all that exist on the date; then
        ``frame`` must have the members of all of them). From districts to ``"upper_tier"``, an authority that is
        both stands for itself.
    value : str or sequence of str
        Columns of counts.
    on : date, optional
        The date whose membership holds, and on which every code of ``frame`` must exist. Without one, the
        registry's ``reference_date``.
    by : str or sequence of str, optional
        Columns that tell groups apart, such as ``["year", "sex"]``. Every group must have every member.
    code : str, default "area_code"
        Column of codes.
    members : str, optional
        Kind or kind group of the rows, checked; found from the codes otherwise.
    population_shares : bool, default False
        Whether members cut by a boundary are split by their shares of population. This supposes that the count is
        spread within a member as its population is.
    missing : {"refuse", "propagate"}
        What a missing count does: raise an error, or leave the areas that contain it empty.
    registry : Registry, optional
        The areas; by default those of the data folder.

    Returns
    -------
    pandas.DataFrame
        ``code``, the columns of ``by``, the columns of ``value``: one row for each group and containing area. Whole
        numbers stay whole numbers unless shares split them.

    Raises
    ------
    AreaError
        When codes are unknown, overlap, do not exist on the date, are missing, do not fill a container, or are cut
        by a boundary.
    InputError
        When a column is absent or no number, rows repeat, or a count is missing or infinite.

    Notes
    -----
    With :math:`s_{ij}` the share of the population of member :math:`i` inside container :math:`j` (1 when nested),
    the sum is :math:`y_j = \sum_i s_{ij} y_i`. Shares recorded with rounding (0.9999 in all) are scaled to come
    to one, so totals are preserved wherever containers cover the members.

    Examples
    --------
    >>> area = pd.DataFrame({"area_code": ["E08000001", "E08000002", "E47000001"], "area_name": ["Bolton", "Bury",
    ...     "Greater Manchester"], "kind": ["metropolitan_district"] * 2 + ["combined_authority"]})
    >>> membership = pd.DataFrame({"member_code": ["E08000001", "E08000002"], "container_code": ["E47000001"] * 2})
    >>> counts = pd.DataFrame({"area_code": ["E08000001", "E08000002"], "deaths": [3, 4]})
    >>> result = aggregate_counts(counts, to="E47000001", value="deaths", on="2020-01-01",
    ...     registry=Registry(area, membership))
    >>> int(result["deaths"].iloc[0])
    7
    """
    columns = _listed(value)
    plan = _plan(frame, to, on, columns, by, code, members, population_shares, missing, registry)
    share = plan.found.share
    nested = bool(np.isin(share, (0.0, 1.0)).all())
    cells: dict[str, NDArray[np.generic]] = {}
    for column in columns:
        values = plan.panel.numbers(column)
        if missing == "refuse":
            plan.refuse_empty(values, column)
        total = _sums(plan.grid(values), share)
        whole = pd.api.types.is_integer_dtype(frame[column]) and nested and not np.isnan(total).any()
        # doubles hold whole numbers exactly up to 2**53, far above any count of people
        cells[column] = np.rint(total).astype(np.int64) if whole else total
    return plan.panel.result([a.code for a in plan.found.containers], cells)


def aggregate_rates(
    frame: pd.DataFrame,
    *,
    to: str | Sequence[str],
    value: str | Sequence[str],
    weights: str,
    on: DateLike | None = None,
    by: str | Sequence[str] | None = None,
    code: str = "area_code",
    members: str | None = None,
    population_shares: bool = False,
    missing: Missing = "refuse",
    registry: Registry | None = None,
) -> pd.DataFrame:
    r"""Return rates of the areas that contain small areas, as means weighted by population.

    Parameters
    ----------
    frame, to, value, on, by, code, members, population_shares, missing, registry
        As for ``aggregate_counts``; ``value`` names columns of rates, shares or means.
    weights : str
        Column of weights: the population that each rate refers to. Not negative.

    Returns
    -------
    pandas.DataFrame
        ``code``, the columns of ``by``, the columns of ``value``, and the sum of the weights.

    Raises
    ------
    AreaError, InputError
        As for ``aggregate_counts``; also when a weight is negative, or weights of an area sum to nothing.

    Notes
    -----
    With rates :math:`r_i`, weights :math:`w_i` and shares :math:`s_{ij}`,
    :math:`r_j = \sum_i s_{ij} w_i r_i / \sum_i s_{ij} w_i`. This is the area's own rate when the weights are the
    rate's denominators. A directly standardised rate or a life expectancy becomes an average of its members, which
    comes near to the area's own but is not the same.

    Examples
    --------
    >>> area = pd.DataFrame({"area_code": ["E08000001", "E08000002", "E47000001"], "area_name": ["Bolton", "Bury",
    ...     "Greater Manchester"], "kind": ["metropolitan_district"] * 2 + ["combined_authority"]})
    >>> membership = pd.DataFrame({"member_code": ["E08000001", "E08000002"], "container_code": ["E47000001"] * 2})
    >>> rates = pd.DataFrame({"area_code": ["E08000001", "E08000002"], "rate": [2.0, 5.0], "persons": [300, 150]})
    >>> result = aggregate_rates(rates, to="E47000001", value="rate", weights="persons", on="2020-01-01",
    ...     registry=Registry(area, membership))
    >>> float(result["rate"].iloc[0])
    3.0
    """
    columns = _listed(value)
    plan = _plan(frame, to, on, [*columns, weights], by, code, members, population_shares, missing, registry)
    share = plan.found.share
    weight = plan.panel.numbers(weights)
    for row in np.flatnonzero(weight < 0.0):
        raise InputError(
            f"column {weights!r} is {weight[row]:g} for {plan.panel.at(int(row))}; weights are not negative"
        )
    if missing == "refuse":
        plan.refuse_empty(weight, weights)
    total = _sums(plan.grid(weight), share)
    for group, k in np.argwhere(total == 0.0):
        where = plan.panel.group_name(int(group))
        raise InputError(
            f"column {weights!r} sums to 0 over the members of {plan.found.containers[k]}"
            + (f" in {where}" if where else "")
        )
    cells: dict[str, NDArray[np.generic]] = {}
    for column in columns:
        values = plan.panel.numbers(column)
        if missing == "refuse":
            plan.refuse_empty(values, column)
        cells[column] = _sums(plan.grid(values * weight), share) / total
    cells[weights] = total
    return plan.panel.result([a.code for a in plan.found.containers], cells)


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
    if missing not in ("refuse", "propagate"):
        raise InputError(f"missing: {missing!r} is not valid; give 'refuse' or 'propagate'")
    registry = default.registry() if registry is None else registry
    day, columns = as_date(on), _listed(value)
    panel = _panel(frame, registry, code, _listed(by), columns)
    target = _targets(panel, day)
    names = sorted(set(target))
    place = {c: i for i, c in enumerate(names)}
    to_target = np.array([place[c] for c in target], dtype=np.intp)
    shape = (len(panel.groups), len(panel.codes))
    present = np.zeros(shape, dtype=bool)
    present[panel.row_group, panel.row_code] = True
    changed = sorted({new for new, old in zip(target, panel.codes, strict=True) if new != old})
    layer = registry.kind_members(_member_kind(panel, None))
    _refuse_uncertain_mergers(registry, changed, layer)
    _refuse_incomplete_mergers(panel, present, names, layer, day)
    cell = panel.row_group * len(names) + to_target[panel.row_code]
    size = len(panel.groups) * len(names)
    filled = np.bincount(cell, minlength=size) > 0
    cells: dict[str, NDArray[np.generic]] = {}
    for column in columns:
        values = panel.numbers(column)
        gaps = np.isnan(values)
        if missing == "refuse" and gaps.any():
            where = sorted(panel.at(int(row)) for row in np.flatnonzero(gaps))
            raise InputError(
                f"column {column!r} is missing for {_some(where)}; ask for missing='propagate' to have the areas "
                "concerned left empty."
            )
        # in order of code, so that the order of rows cannot change the last digit
        order = np.lexsort((np.array(panel.codes, dtype=str)[panel.row_code], cell))
        total = np.bincount(cell[order], weights=np.where(gaps, 0.0, values)[order], minlength=size)
        total[np.bincount(cell, weights=gaps, minlength=size) > 0.0] = np.nan
        whole = pd.api.types.is_integer_dtype(frame[column]) and not np.isnan(total).any()
        cells[column] = np.rint(total).astype(np.int64) if whole else total
    result = panel.result(names, cells)
    return result.loc[filled].reset_index(drop=True)


def _targets(panel: _Panel, day: dt.date) -> list[str]:
    """Return the code of the date for each code of the frame."""
    registry = panel.registry
    result, problems = [], []
    for each in panel.codes:
        area = registry.get(each)
        successors = registry.successors(each, day)
        if len(successors) == 1 and not _splits(registry, area, day):
            result.append(successors[0].code)
            continue
        problem = registry.problem_on(each, day)
        if len(successors) > 1 or _splits(registry, area, day):
            problem = problem.rstrip(".") + "; it was split."
        elif registry.predecessor_codes(each) and not area.is_current(day) and area.valid_to is None:
            problem = problem.rstrip(".") + ", into which it would have to be split."
        problems.append(problem)
    if problems:
        raise AreaError(
            f"frame: counts cannot be brought to {day.isoformat()}: {' '.join(sorted(problems)[:_NAMED])}"
        )
    return result


def _splits(registry: Registry, area: Area, day: dt.date) -> bool:
    """Return whether on the way from an area to its successors on a date one was split."""
    while not area.is_current(day) and area.valid_to is not None:
        codes = registry.successor_codes(area.code)
        if len(codes) != 1:
            return len(codes) > 1
        area = registry.get(codes[0])
    return False


def _refuse_incomplete_mergers(
    panel: _Panel,
    present: BoolArray,
    names: Sequence[str],
    layer: Sequence[str],
    day: dt.date,
) -> None:
    """Refuse groups in which a merged area is there in part, or twice over."""
    registry = panel.registry
    column = {c: i for i, c in enumerate(panel.codes)}
    none = np.zeros(len(panel.groups), dtype=bool)
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
        some = np.logical_or.reduce(parts) if parts else none
        if (open_ & ~some).any():
            lacking[code] = np.flatnonzero(open_ & ~some).tolist()
        if (open_ & some).any():
            for earlier in earlier_codes:
                visit(earlier, open_ & some)

    for code in names:
        visit(code, anything(code))
    _raise_mergers(panel, lacking, double, day, own)


def _predecessors_in(registry: Registry, code: str, layer: Sequence[str]) -> list[str]:
    """Return the predecessors that make up an area without counting anybody twice.

    Where a county and its districts became one authority, a frame of districts needs the districts and a frame of
    upper-tier authorities the county; a district that came from another county stays on the list.
    """
    everything = [registry.get(c) for c in registry.predecessor_codes(code)]
    chosen = [a.code for a in everything if a.kind in layer]
    if "county" in layer:
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
            and not registry.successor_codes(a.code)
            and registry.may_hold_part_of(code, a.code)
        ]
        if divided:
            problems.append(f"{area} may hold part of {join([str(a) for a in divided])}")
    if problems:
        raise AreaError(
            f"frame: counts cannot be recoded, for areas were divided and the registry does not record how: "
            f"{'; '.join(problems)}."
        )


def _raise_mergers(
    panel: _Panel,
    lacking: dict[str, list[int]],
    double: dict[tuple[str, str], list[int]],
    day: dt.date,
    own: Callable[[str], BoolArray],
) -> None:
    def where(groups: Sequence[int]) -> str:
        if not panel.by:
            return ""
        return f" in {_some([panel.group_name(g) for g in groups], 4)}"

    if double:
        texts = [
            f"{panel.name(late)} beside its predecessor {panel.name(early)}{where(groups)}"
            for (early, late), groups in sorted(double.items())
        ]
        raise AreaError(f"frame: the same people would be counted twice: {_some(texts)}.")
    if lacking:
        texts = [f"{panel.name(code)}{where(groups)}" for code, groups in sorted(lacking.items())]
        raise AreaError(
            f"frame: what merged until {day.isoformat()} is there only in part; missing are {_some(texts)}."
        )
