"""From small areas to the areas that contain them: counts add up, rates are weighted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.areas import default
from healthdevo.areas.area import DateLike, as_date
from healthdevo.areas.coded_frame import NAMED, CodedFrame, Missing, check_missing, columns_of, some
from healthdevo.areas.containment import Containment
from healthdevo.areas.kinds import DISTRICT, Kind
from healthdevo.areas.membership import WHOLE
from healthdevo.areas.registry import Registry
from healthdevo.errors import AreaError, InputError
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import join, percentage

__all__ = ["aggregate_counts", "aggregate_rates"]

_COVERED = 0.01


def _refuse_other_vintages(coded: CodedFrame, day: dt.date) -> None:
    registry = coded.registry
    areas = [registry.get(code) for code in sorted(coded.codes)]
    problems = [p for area in areas if (p := registry.succession.problem_on(area, day))]
    if problems:
        raise AreaError(
            f"frame: {len(problems)} of {len(coded.codes)} codes are of another vintage than {day.isoformat()}: "
            f"{' '.join(problems[:NAMED])} Give a date (on) at which all codes exist, or bring the frame to "
            "one date with recode_to first."
        )


def _refuse_cuts(found: Containment, kind: Kind, population_shares: bool) -> None:
    share = found.share
    unknown = np.flatnonzero(np.isnan(share).any(axis=1))
    if unknown.size:
        cut = [
            f"{found.members[i]} by {join([a.short_name for a, s in zip(found.containers, share[i], strict=True) if np.isnan(s)])}"
            for i in unknown
        ]
        hint = "" if kind.code == DISTRICT else " Aggregate from districts instead."
        raise AreaError(
            f"to: boundaries cut {kind.plural} for which no population share is recorded: {some(cut)}.{hint}"
        )
    if population_shares:
        return
    parts = np.flatnonzero(((share > 0.0) & (share < 1.0 - WHOLE)).any(axis=1))
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
            f"to: on {found.on.isoformat()} boundaries cut {len(cut)} {kind.plural}: {'; '.join(cut)}. Ask for "
            "population_shares=True to split them by population."
        )


def _refuse_gaps(coded: CodedFrame, found: Containment, present: BoolArray, kind: Kind) -> None:
    """Refuse when the frame lacks members, or when members do not fill a container."""
    if present.all():
        return
    lacking = []
    for i in np.flatnonzero(~present.all(axis=0)):
        groups = np.flatnonzero(~present[:, i])
        whole = len(groups) == len(coded.groups)
        where = "" if whole else f" in {some([coded.group_name(int(g)) for g in groups], 4)}"
        lacking.append(f"{found.members[i]}{where}")
    short = [
        a.short_name
        for k, a in enumerate(found.containers)
        if (~present.all(axis=0) & (found.share[:, k] > 0)).any()
    ]
    raise AreaError(
        f"frame: {len(lacking)} of the {len(found.members)} {kind.plural} that make up {some(short, 4)} on "
        f"{found.on.isoformat()} are missing: {some(lacking)}."
    )


def _refuse_uncovered(registry: Registry, found: Containment, kind: Kind) -> None:
    """Refuse containers of which some districts lie in no member, as most of England lies in no combined authority."""
    for k, container in enumerate(found.containers):
        inside = [m.code for m, s in zip(found.members, found.share[:, k], strict=True) if s > 0.0]
        if not inside:
            raise AreaError(
                f"to: the registry knows of no {kind.plural} in {container} on {found.on.isoformat()}."
            )
        if kind.code in registry.vocabulary.group_codes or DISTRICT not in registry.vocabulary:
            continue
        whole = registry.containment(DISTRICT, [container.code], found.on)
        parts = registry.containment(DISTRICT, inside, found.on)
        share = dict(zip([m.code for m in parts.members], np.nansum(parts.share, axis=1), strict=True))
        outside = [
            str(m)
            for m, s in zip(whole.members, whole.share[:, 0], strict=True)
            if share.get(m.code, 0.0) < s - _COVERED
        ]
        if outside:
            raise AreaError(
                f"to: {kind.plural} do not fill {container} on {found.on.isoformat()}: {some(outside, 5)} "
                "lie in none of them. Aggregate from districts instead."
            )


@dataclass(frozen=True)
class _Plan:
    coded: CodedFrame
    found: Containment
    columns: NDArray[np.intp]

    def grid(self, values: FloatArray) -> FloatArray:
        return self.coded.grid(values, self.columns, len(self.found.members))

    def refuse_empty(self, values: FloatArray, column: str) -> None:
        gaps = np.flatnonzero(np.isnan(values) & (self.columns[self.coded.row_code] >= 0))
        if gaps.size:
            where = sorted(self.coded.at(int(row)) for row in gaps)
            raise InputError(
                f"column {column!r} is missing for {some(where)}; a sum without it would not be the area's. "
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
    check_missing(missing)
    registry = default.registry() if registry is None else registry
    day = registry.reference_date if on is None else as_date(on)
    coded = CodedFrame.of(frame, registry, code, columns_of(by), numbers)
    kind = registry.vocabulary[coded.member_kind(members)]
    _refuse_other_vintages(coded, day)
    targets = registry.containers(to, day)
    if all(a.kind in registry.kind_members(kind.code) for a in targets):
        same = some([str(a) for a in targets], 4)
        raise AreaError(f"to: {same} is of the same kind as the rows of the frame ({kind.code}).")
    found = registry.containment(kind.code, [a.code for a in targets], day)
    _refuse_cuts(found, kind, population_shares)
    _refuse_uncovered(registry, found, kind)
    place = {a.code: i for i, a in enumerate(found.members)}
    columns = np.array([place.get(c, -1) for c in coded.codes], dtype=np.intp)
    ones = coded.grid(np.ones(len(frame)), columns, len(place))
    _refuse_gaps(coded, found, ones > 0.0, kind)
    return _Plan(coded, found, columns)


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
    columns = columns_of(value)
    plan = _plan(frame, to, on, columns, by, code, members, population_shares, missing, registry)
    share = plan.found.share
    nested = bool(np.isin(share, (0.0, 1.0)).all())
    cells: dict[str, NDArray[np.generic]] = {}
    for column in columns:
        values = plan.coded.numbers(column)
        if missing == "refuse":
            plan.refuse_empty(values, column)
        total = _sums(plan.grid(values), share)
        whole = pd.api.types.is_integer_dtype(frame[column]) and nested and not np.isnan(total).any()
        # doubles hold whole numbers exactly up to 2**53, far above any count of people
        cells[column] = np.rint(total).astype(np.int64) if whole else total
    return plan.coded.result([a.code for a in plan.found.containers], cells)


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
    columns = columns_of(value)
    plan = _plan(frame, to, on, [*columns, weights], by, code, members, population_shares, missing, registry)
    share = plan.found.share
    weight = plan.coded.numbers(weights)
    for row in np.flatnonzero(weight < 0.0):
        raise InputError(
            f"column {weights!r} is {weight[row]:g} for {plan.coded.at(int(row))}; weights are not negative"
        )
    if missing == "refuse":
        plan.refuse_empty(weight, weights)
    total = _sums(plan.grid(weight), share)
    for group, k in np.argwhere(total == 0.0):
        where = plan.coded.group_name(int(group))
        raise InputError(
            f"column {weights!r} sums to 0 over the members of {plan.found.containers[k]}"
            + (f" in {where}" if where else "")
        )
    cells: dict[str, NDArray[np.generic]] = {}
    for column in columns:
        values = plan.coded.numbers(column)
        if missing == "refuse":
            plan.refuse_empty(values, column)
        cells[column] = _sums(plan.grid(values * weight), share) / total
    cells[weights] = total
    return plan.coded.result([a.code for a in plan.found.containers], cells)
