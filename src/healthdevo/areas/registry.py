"""The registry: every area with its dates, and which area lies in which, on a date."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.areas.area import KIND_GROUPS, KIND_TITLES, Area, DateLike, as_date
from healthdevo.areas.search import nearest, normalise_code, rank_matches
from healthdevo.errors import AreaError, InputError
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import join

__all__ = ["Containment", "Registry"]

_AREA_COLUMNS = ("area_code", "area_name", "kind")
_MEMBERSHIP_COLUMNS = ("member_code", "container_code")
_WHOLE = 1e-6
_ROUNDING = 2e-3
_REMEMBERED = 64
_FIRST, _LAST = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")


def _days(column: pd.Series, table: str, empty: np.datetime64) -> NDArray[np.datetime64]:
    """Return a column of dates as days, with an open end for what is missing."""
    try:
        days = pd.to_datetime(column, errors="raise", format="ISO8601").to_numpy().astype("datetime64[D]")
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{table}: column {column.name!r} holds something that is no date ({error})"
        ) from None
    return np.where(np.isnat(days), empty, days)


def _text(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame.columns:
        return [""] * len(frame)
    values = frame[column]
    return [str(v).strip() for v in values.astype(object).where(values.notna(), "")]


def _need(frame: pd.DataFrame, columns: Iterable[str], table: str) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise InputError(
            f"{table}: the frame lacks {join(missing)}; it has {join([str(c) for c in frame.columns])}"
        )


@dataclass(frozen=True)
class Containment:
    """Which areas make up which containers on a date, and by how much of their population.

    Parameters
    ----------
    on : datetime.date
        The date.
    members, containers : tuple of Area
        Rows and columns of ``share``.
    share : ndarray of shape (members, containers)
        Share of each member's population inside each container: 0 outside, 1 when wholly inside, NaN where a
        boundary cuts the member and the registry knows no share.
    """

    on: dt.date
    members: tuple[Area, ...]
    containers: tuple[Area, ...]
    share: FloatArray


class Registry:
    """All areas of the book and their dated membership.

    Parameters
    ----------
    area_frame : pandas.DataFrame
        One row an area: ``area_code``, ``area_name``, ``kind``, and where known ``ods_code``, ``valid_from``,
        ``valid_to`` (last day), ``valid_from_is_floor``, ``successor_code``, ``other_codes``. Several codes in a cell
        (successors after a split) are separated by blanks, commas or semicolons.
    membership_frame : pandas.DataFrame
        One row for each member, container and period: ``member_code``, ``container_code``, and where known
        ``valid_from``, ``valid_to``, ``population_share`` (1 when nested).

    Raises
    ------
    InputError
        When a column is missing, a code repeats or is unknown, a date or a share is impossible, or periods of
        one membership overlap.

    Examples
    --------
    >>> area = pd.DataFrame({"area_code": ["E08000003", "E47000001"], "area_name": ["Manchester",
    ...     "Greater Manchester"], "kind": ["metropolitan_district", "combined_authority"]})
    >>> membership = pd.DataFrame({"member_code": ["E08000003"], "container_code": ["E47000001"],
    ...     "valid_from": ["2011-04-01"]})
    >>> registry = Registry(area, membership)
    >>> [a.name for a in registry.members("E47000001", "district", on="2019-04-01")]
    ['Manchester']
    """

    def __init__(self, area_frame: pd.DataFrame, membership_frame: pd.DataFrame) -> None:
        self._areas = self._read_areas(area_frame)
        self._aliases = {
            other: code
            for code, others in zip(
                _text(area_frame, "area_code"), _text(area_frame, "other_codes"), strict=True
            )
            for other in _split(others)
            if other not in self._areas
        }
        known = {a.kind for a in self._areas.values()}
        words = [k for k in KIND_TITLES if k in known]
        self._kinds = (*words, *sorted(known - set(words)))
        self._groups = {
            name: tuple(k for k in parts if k in known)
            for name, parts in KIND_GROUPS.items()
            if known.intersection(parts)
        }
        self._contained: dict[tuple[str, tuple[str, ...], dt.date], Containment] = {}
        self._predecessors: dict[str, list[str]] = defaultdict(list)
        for area in self._areas.values():
            for code in self.successor_codes(area.code):
                self._predecessors[code].append(area.code)
        self._read_membership(membership_frame)
        self._reference = self._last_known_date()

    def _last_known_date(self) -> dt.date:
        """Return the last date of change on which the members of all areas are known."""
        edges = {*self._from.tolist(), *self._to.tolist(), *self._first.tolist(), *self._last.tolist()}
        dates = sorted(edges - {_FIRST.item(), _LAST.item()}, reverse=True)
        holds_members = np.isin(self._kind_of, self._kind_of[self._container])
        for date in dates:
            day = np.datetime64(date, "D")
            alive = (self._first <= day) & (day <= self._last)
            filled = np.zeros(len(self._areas), dtype=bool)
            # what a container of containers holds can be known without knowing what they hold themselves
            filled[self._container[self._rows_on(date)]] = True
            if bool(np.all(filled[alive & holds_members])):
                found: dt.date = date
                return found
        return dates[0] if dates else dt.date.today()

    @staticmethod
    def _read_areas(frame: pd.DataFrame) -> dict[str, Area]:
        _need(frame, _AREA_COLUMNS, "area")
        codes = _text(frame, "area_code")
        for position, code in enumerate(codes):
            if not code:
                raise InputError(f"area: row {position} has no area_code")
        repeated = sorted({c for c in codes if codes.count(c) > 1}) if len(set(codes)) < len(codes) else []
        if repeated:
            raise InputError(f"area: area_code {join(repeated)} stands in several rows; codes must be unique")
        blank = pd.Series([None] * len(frame), name="date", dtype=object)
        start = _days(frame.get("valid_from", blank), "area", _FIRST)
        end = _days(frame.get("valid_to", blank), "area", _LAST)
        floors = [
            str(v).strip().lower() in ("true", "1", "1.0") for v in frame.get("valid_from_is_floor", blank)
        ]
        areas: dict[str, Area] = {}
        for code, name, kind, ods, successor, first, last, floor in zip(
            codes,
            _text(frame, "area_name"),
            _text(frame, "kind"),
            _text(frame, "ods_code"),
            _text(frame, "successor_code"),
            start,
            end,
            floors,
            strict=True,
        ):
            if first > last:
                raise InputError(f"area: {code} has valid_from {first} after valid_to {last}")
            areas[code] = Area(
                code,
                name,
                kind,
                ods,
                None if first == _FIRST else first.astype(dt.date),
                None if last == _LAST else last.astype(dt.date),
                successor,
                floor,
            )
        for area in areas.values():
            unknown = [c for c in _split(area.successor_code) if c not in areas]
            if unknown:
                raise InputError(
                    f"area: successor_code {join(unknown)} of {area.code} is not in the registry"
                )
        return _distinguish(areas)

    def _read_membership(self, frame: pd.DataFrame) -> None:
        _need(frame, _MEMBERSHIP_COLUMNS, "area_membership")
        itself = np.array(_text(frame, "member_code")) == np.array(_text(frame, "container_code"))
        frame = frame.loc[~itself]  # that an area lies in itself need not be said
        members, containers = _text(frame, "member_code"), _text(frame, "container_code")
        unknown = sorted({*members, *containers} - self._areas.keys())
        if unknown:
            raise InputError(f"area_membership: {join(unknown[:5])} not in the registry of areas")
        blank = pd.Series([None] * len(frame), name="date", dtype=object)
        self._from = _days(frame.get("valid_from", blank), "area_membership", _FIRST)
        self._to = _days(frame.get("valid_to", blank), "area_membership", _LAST)
        if "population_share" in frame.columns:
            share = pd.to_numeric(frame["population_share"], errors="coerce").to_numpy(dtype=float)
        else:
            share = np.ones(len(frame))
        for bad in np.flatnonzero(~((share > 0.0) & (share <= 1.0 + _WHOLE))):
            raise InputError(
                f"area_membership: population_share of {members[bad]} in {containers[bad]} is {share[bad]}; "
                "it must lie above 0 and not above 1"
            )
        for bad in np.flatnonzero(self._from > self._to):
            raise InputError(f"area_membership: {members[bad]} in {containers[bad]} ends before it begins")
        self._share = np.minimum(share, 1.0)
        self._ids = {code: i for i, code in enumerate(self._areas)}
        self._member = np.array([self._ids[c] for c in members], dtype=np.intp)
        self._container = np.array([self._ids[c] for c in containers], dtype=np.intp)
        order = np.lexsort((self._from, self._container, self._member))
        m, c = self._member[order], self._container[order]
        f, t = self._from[order], self._to[order]
        clash = (m[1:] == m[:-1]) & (c[1:] == c[:-1]) & (f[1:] <= t[:-1])
        for bad in np.flatnonzero(clash):
            codes = list(self._areas)
            raise InputError(
                f"area_membership: {codes[m[bad]]} in {codes[c[bad]]} has overlapping periods, from {f[bad]} "
                f"and from {f[bad + 1]}"
            )
        kinds = list(self._areas.values())
        self._kind_of = np.array([self._kinds.index(a.kind) for a in kinds], dtype=np.intp)
        self._first = np.array(
            [_FIRST if a.valid_from is None else np.datetime64(a.valid_from, "D") for a in kinds]
        )
        self._last = np.array(
            [_LAST if a.valid_to is None else np.datetime64(a.valid_to, "D") for a in kinds]
        )

    # -- looking up ----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._areas)

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __contains__(self, code: object) -> bool:
        return code in self._areas

    @property
    def reference_date(self) -> dt.date:
        """The last date of change on which the members of all areas are known; the default date of questions."""
        return self._reference

    def get(self, code: str, on: DateLike | None = None) -> Area:
        """Return the area of a code.

        Parameters
        ----------
        code : str
            Official code such as ``E54000057``, or code of the NHS's directory such as ``QOP``.
        on : date, optional
            A date on which the area must exist. Without one, areas that have ended are returned as well.

        Returns
        -------
        Area

        Raises
        ------
        AreaError
            When the code is unknown, with the nearest valid ones; or when the area does not exist on the date,
            with when it ended and what succeeded it.
        """
        if not isinstance(code, str):
            raise AreaError(f"area code: {code!r} is not text; give a code such as 'E54000057'.")
        area = self._areas.get(code)
        if area is None:
            same = [a for a in self if a.ods_code and a.ods_code == code]
            day = self._reference if on is None else as_date(on)
            same = [a for a in same if a.is_current(day)] or same
            if not same:
                raise self._unknown(code)
            area = same[0]
        if on is not None:
            problem = self.problem_on(area.code, as_date(on))
            if problem:
                raise AreaError(problem, self._alternatives(area, as_date(on)))
        return area

    def by_ods_code(self, code: str, on: DateLike | None = None) -> Area:
        """Return the area of a code of the NHS's directory of organisations, such as ``QOP`` or ``Y62``.

        Parameters
        ----------
        code : str
            The directory's code, exactly.
        on : date, optional
            A date on which the area must exist.

        Returns
        -------
        Area

        Raises
        ------
        AreaError
            When no area has that code, or it does not exist on the date.
        """
        if not isinstance(code, str) or not any(a.ods_code == code for a in self if a.ods_code):
            have = [a for a in self if a.ods_code]
            text = str(code).strip().upper()
            raise AreaError(
                f"{code!r} is no directory code of an area.",
                [f"{a.ods_code} ({a.short_name})" for a in nearest(text, have, self._order)],
            )
        return self.get(code, on)

    def resolve(self, text: str, *, kind: str | None = None, on: DateLike | None = None) -> Area:
        """Return the one area that a code or a name stands for.

        Parameters
        ----------
        text : str
            Exact code, or a name that fits exactly one area (the full name, the short name or the slug).
        kind : str, optional
            Kind or kind group that the area must be of.
        on : date, optional
            A date on which the area must exist.

        Returns
        -------
        Area

        Raises
        ------
        AreaError
            When nothing or more than one area fits, with the nearest.
        """
        stripped = text.strip()
        if stripped in self._areas or any(a.ods_code == stripped for a in self if a.ods_code):
            area = self.get(stripped, on)
            if kind is not None and area.kind not in self.kind_members(kind):
                raise AreaError(f"{area} is a {area.kind_title}, not of kind {kind!r}.")
            return area
        candidates = self.list_areas(kind, on)
        wanted = stripped.casefold()
        for names in (
            lambda a: (a.slug, a.label.casefold(), a.name.casefold()),
            lambda a: (a.short_name.casefold(),),
        ):
            fits = [a for a in candidates if wanted in names(a)]
            if len(fits) == 1:
                return fits[0]
            if fits:
                raise AreaError(f"{text!r} names {len(fits)} areas.", [f"{a.code} ({a.label})" for a in fits])
        raise self._unknown(text, candidates)

    def find(self, text: str, *, kind: str | None = None, on: DateLike | None = None) -> list[Area]:
        """Return the areas that a text may mean, the likeliest first.

        Parameters
        ----------
        text : str
            Code (slips such as small letters or O for zero are forgiven), directory code, name or part of one,
            initials. Case, accents and punctuation do not matter.
        kind : str, optional
            Kind or kind group to look in.
        on : date, optional
            Only areas that exist on it.

        Returns
        -------
        list of Area
            Near misses only when nothing matches as typed; empty when nothing is near.

        Raises
        ------
        InputError
            When ``text`` is not text.
        """
        if not isinstance(text, str):
            raise InputError(f"text: {text!r} is not text; give part of a name or a code")
        return rank_matches(text, self.list_areas(kind, on), self._order)

    def list_areas(self, kind: str | None = None, on: DateLike | None = None) -> list[Area]:
        """Return the areas of a kind, in order of code.

        Parameters
        ----------
        kind : str, optional
            Kind or kind group; all kinds without one.
        on : date, optional
            Only areas that exist on it; without one, those that have ended as well.

        Returns
        -------
        list of Area

        Raises
        ------
        AreaError
            When the registry has no such kind.
        """
        kinds = set(self._kinds if kind is None else self.kind_members(kind))
        day = None if on is None else as_date(on)
        found = [a for a in self if a.kind in kinds and (day is None or a.is_current(day))]
        return sorted(found, key=lambda a: a.code)

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of area in the registry, the widest first."""
        return self._kinds

    def kind_members(self, kind: str) -> tuple[str, ...]:
        """Return the kinds that a kind or kind group stands for.

        Parameters
        ----------
        kind : str
            Such as ``icb`` or ``district``.

        Returns
        -------
        tuple of str

        Raises
        ------
        AreaError
            When the registry has no such kind.
        """
        if kind in self._groups:
            return self._groups[kind]
        if kind in self._kinds:
            return (kind,)
        have = [*self._kinds, *self._groups]
        near = difflib.get_close_matches(str(kind).lower().replace(" ", "_").replace("-", "_"), have, n=2)
        raise AreaError(f"kind: {kind!r} is not a kind of area; there are {join(have)}.", near)

    @property
    def _order(self) -> Sequence[str]:
        return self._kinds

    # -- succession ----------------------------------------------------------------------------------------

    def successor_codes(self, code: str) -> tuple[str, ...]:
        """Return the codes that directly took an area's place: none, one, or several after a split."""
        return _split(self._areas[code].successor_code)

    def predecessor_codes(self, code: str) -> tuple[str, ...]:
        """Return the codes whose place an area took, in order."""
        return tuple(sorted(self._predecessors.get(code, ())))

    def successors(self, code: str, on: DateLike) -> list[Area]:
        """Return the areas that stand in an area's place on a date.

        Parameters
        ----------
        code : str
            A code of the registry.
        on : date
            The date.

        Returns
        -------
        list of Area
            The area itself when it exists on the date; else its successors, or theirs, that do; else none.
        """
        area, day = self.get(code), as_date(on)
        if area.is_current(day):
            return [area]
        if area.valid_to is None or area.valid_to > day:
            return []
        found: dict[str, Area] = {}
        for next_code in self.successor_codes(area.code):
            for later in self.successors(next_code, day):
                found[later.code] = later
        return list(found.values())

    def problem_on(self, code: str, on: DateLike) -> str:
        """Return why an area cannot be used on a date, in a sentence; empty when it exists on it."""
        area, day = self.get(code), as_date(on)
        if area.is_current(day):
            return ""
        if area.valid_to is not None and area.valid_to < day:
            text = f"{area} ended on {area.valid_to.isoformat()}"
            direct = [str(self._areas[c]) for c in self.successor_codes(area.code)]
            heirs = [] if direct else [str(a) for a in self._heirs(area, day)]
            if heirs:
                return f"{text}; its districts were succeeded by {join(heirs)}."
            text += f"; succeeded by {join(direct)}" if direct else "; the registry records no successor"
            later = [str(a) for a in self.successors(area.code, day) if str(a) not in direct]
            return text + (f" and then by {join(later)}." if later else ".")
        first = "" if area.valid_from is None else area.valid_from.isoformat()
        if area.valid_from_is_floor:
            return f"{area} is recorded from {first} only; what it was on {day.isoformat()} is not known."
        text = f"{area} began on {first} and does not exist on {day.isoformat()}"
        before = [str(a) for a in self._before(area, day)]
        return text + (f"; its predecessors were {join(before)}." if before else ".")

    def _before(self, area: Area, day: dt.date) -> list[Area]:
        found: list[Area] = []
        for code in self.predecessor_codes(area.code):
            earlier = self._areas[code]
            found += [earlier] if earlier.is_current(day) else self._before(earlier, day)
        return found

    def _heirs(self, area: Area, day: dt.date) -> list[Area]:
        """Return what succeeded the districts that ended with an area."""
        rows = (self._container == self._ids[area.code]) & np.isin(
            self._kind_of[self._member], [self._kinds.index(k) for k in self._groups.get("district", ())]
        )
        ended = [a for a in self._sorted(self._member[rows]) if a.valid_to == area.valid_to]
        heirs = {heir.code: heir for a in ended for heir in self.successors(a.code, day)}
        return [heirs[code] for code in sorted(heirs)]

    def may_hold_part_of(self, code: str, ended: str) -> bool:
        """Return whether an area may have taken in part of one that ended without a recorded successor.

        Parameters
        ----------
        code : str
            The later area.
        ended : str
            The area that ended.

        Returns
        -------
        bool
            False when the districts of the one that ended went elsewhere, or when the two lie in different areas
            of some wider kind.
        """
        area, earlier = self.get(code), self.get(ended)
        heirs = self._heirs(earlier, area.valid_from or self._reference)
        if heirs:
            return area.code in {a.code for a in heirs}
        around = defaultdict(set)
        for parent in self.parents(earlier.code):
            around[parent.kind].add(parent.code)
        here = defaultdict(set)
        for parent in self.parents(area.code):
            here[parent.kind].add(parent.code)
        return not any(kind in here and around[kind].isdisjoint(here[kind]) for kind in around)

    def _alternatives(self, area: Area, day: dt.date) -> list[str]:
        """Return what to use instead of an area that does not exist on a date."""
        ended = area.valid_to is not None and area.valid_to < day
        if not ended:
            return [str(a) for a in self._before(area, day)]
        return [str(a) for a in self.successors(area.code, day) or self._heirs(area, day)]

    def _unknown(self, text: str, among: Sequence[Area] | None = None) -> AreaError:
        pool = list(self) if among is None else among
        if normalise_code(text) in self._aliases:
            area = self._areas[self._aliases[normalise_code(text)]]
            return AreaError(
                f"{text!r} is another code of an area that the registry keeps under its first.", [str(area)]
            )
        return AreaError(
            f"{_quoted(text)} is not an area of the registry.",
            [str(a) for a in nearest(text, pool, self._order)],
        )

    # -- membership ----------------------------------------------------------------------------------------

    def _date_for(self, area: Area, on: DateLike | None) -> dt.date:
        """Return the date asked for, or else the last one on which the area exists and the registry knows it."""
        if on is not None:
            self.get(area.code, on)
            return as_date(on)
        day = self._reference if area.valid_to is None else min(area.valid_to, self._reference)
        return day if area.valid_from is None else max(day, area.valid_from)

    def _rows_on(self, day: dt.date) -> BoolArray:
        """Return which rows of the membership hold on a date, member and container existing too."""
        d = np.datetime64(day, "D")
        alive = (self._first <= d) & (d <= self._last)
        held: BoolArray = (self._from <= d) & (d <= self._to) & alive[self._member] & alive[self._container]
        return held

    def parents(self, code: str, on: DateLike | None = None) -> list[Area]:
        """Return the areas that contain an area, or part of it, the widest kinds first.

        Parameters
        ----------
        code : str
            The area.
        on : date, optional
            The date; without one, the last on which the area exists and the registry has knowledge.

        Returns
        -------
        list of Area

        Raises
        ------
        AreaError
            When the code is unknown, or the area does not exist on the date.
        """
        area = self.get(code, on)
        rows = self._rows_on(self._date_for(area, on)) & (self._member == self._ids[area.code])
        return self._sorted(self._container[rows])

    def children(self, code: str, kind: str | None = None, on: DateLike | None = None) -> list[Area]:
        """Return the areas that the registry lists directly under an area, also those partly inside it.

        Parameters
        ----------
        code : str
            The containing area.
        kind : str, optional
            Kind or kind group of the children.
        on : date, optional
            As for ``parents``.

        Returns
        -------
        list of Area

        Raises
        ------
        AreaError
            As for ``parents``, or when there is no such kind.
        """
        area = self.get(code, on)
        kinds = set(self._kinds if kind is None else self.kind_members(kind))
        rows = self._rows_on(self._date_for(area, on)) & (self._container == self._ids[area.code])
        return [a for a in self._sorted(self._member[rows]) if a.kind in kinds]

    def members(self, code: str, kind: str, on: DateLike | None = None) -> list[Area]:
        """Return the areas of a kind that make up an area, directly or through areas between.

        Parameters
        ----------
        code : str
            The containing area.
        kind : str
            Kind or kind group of the members, such as ``district``.
        on : date, optional
            As for ``parents``.

        Returns
        -------
        list of Area
            In order of code, including those that the boundary cuts (see ``containment`` for shares).

        Raises
        ------
        AreaError
            As for ``children``.
        """
        area = self.get(code, on)
        return list(self.containment(kind, [area.code], self._date_for(area, on)).members)

    def peers(self, code: str, on: DateLike | None = None, *, include_self: bool = False) -> list[Area]:
        """Return the areas of the same kind that exist on the same date.

        Parameters
        ----------
        code : str
            The area.
        on : date, optional
            As for ``parents``.
        include_self : bool, default False
            Whether the area itself is among them, as for a rank.

        Returns
        -------
        list of Area

        Raises
        ------
        AreaError
            As for ``parents``.
        """
        area = self.get(code, on)
        others = self.list_areas(area.kind, self._date_for(area, on))
        return [a for a in others if include_self or a.code != area.code]

    def _sorted(self, positions: NDArray[np.intp]) -> list[Area]:
        areas = list(self._areas.values())
        found = {areas[int(i)].code: areas[int(i)] for i in positions}
        return sorted(found.values(), key=lambda a: (self._order.index(a.kind), a.code))

    def containment(self, kind: str, to: str | Sequence[str], on: DateLike) -> Containment:
        """Return which areas of a kind make up which containers on a date.

        Parameters
        ----------
        kind : str
            Kind or kind group of the members.
        to : str or sequence of str
            Codes of the containers, or one kind (all of it that exist on the date).
        on : date
            The date.

        Returns
        -------
        Containment
            Members are those inside a container, wholly or in part. What the registry does not list directly
            is derived: through areas between (districts of regions of England), or from the districts of both
            (a county lies in a combined authority when all of its districts do).

        Raises
        ------
        AreaError
            When a code or kind is unknown, or a container does not exist on the date.
        """
        day = as_date(on)
        member_kinds = self.kind_members(kind)
        targets = self.containers(to, day)
        key = (kind, tuple(a.code for a in targets), day)
        known = self._contained.get(key)
        if known is None:
            known = self._contained[key] = self._containment(member_kinds, targets, day)
            while len(self._contained) > _REMEMBERED:
                del self._contained[next(iter(self._contained))]
        return known

    def _containment(self, member_kinds: Sequence[str], targets: Sequence[Area], day: dt.date) -> Containment:
        held = np.flatnonzero(self._rows_on(day))
        size = len(self._areas)
        columns: list[FloatArray] = []
        for target in targets:
            column = np.zeros(size)
            if len(member_kinds) > 1 and target.kind in member_kinds:
                # a unitary authority is its own district
                column[self._ids[target.code]] = 1.0
            else:
                for part in member_kinds:
                    column += self._shares_in(part, target, day, held, size)
            columns.append(column)
        share = np.column_stack(columns) if columns else np.zeros((size, 0))
        inside = np.flatnonzero((np.isnan(share) | (share > 0.0)).any(axis=1))
        areas = list(self._areas.values())
        inside = np.array(sorted(inside, key=lambda i: areas[int(i)].code), dtype=np.intp)
        share = share[inside]
        share.flags.writeable = False
        return Containment(day, tuple(areas[int(i)] for i in inside), tuple(targets), share)

    def containers(self, to: str | Sequence[str], on: DateLike) -> list[Area]:
        """Return the containing areas that a code, codes or a kind stand for on a date.

        Parameters
        ----------
        to : str or sequence of str
            A code, several codes, or a kind or kind group.
        on : date
            The date.

        Returns
        -------
        list of Area

        Raises
        ------
        AreaError
            When a code or kind is unknown, repeats, or does not exist on the date.
        """
        day = as_date(on)
        if isinstance(to, str):
            if to in self._groups or to in self._kinds:
                found = self.list_areas(to, day)
                if not found:
                    title = KIND_TITLES.get(to, (to, to))[1]
                    raise AreaError(f"to: there are no {title} on {day.isoformat()} in the registry.")
                return found
            if to not in self._areas and to.islower() and to.replace("_", "").isalpha():
                self.kind_members(to)
            return [self.get(to, day)]
        areas = [self.get(code, day) for code in to]
        codes = [a.code for a in areas]
        if not codes:
            raise AreaError("to: no area was given; give codes or a kind.")
        repeated = sorted({c for c in codes if codes.count(c) > 1})
        if repeated:
            raise AreaError(f"to: {join(repeated)} is given more than once.")
        return areas

    def _shares_in(
        self, kind: str, target: Area, day: dt.date, held: NDArray[np.intp], size: int
    ) -> FloatArray:
        """Return the share of every area of a kind in one container (0 outside, NaN where unknown)."""
        number = self._kinds.index(kind)
        out = np.zeros(size)
        position = self._ids[target.code]
        if kind == target.kind:
            return out
        rows = held[self._container[held] == position]
        direct = rows[self._kind_of[self._member[rows]] == number]
        if direct.size:
            out[self._member[direct]] = self._settled(direct, held)
            return out
        through = self._through(kind, rows, day, held, size)
        if through is not None and not np.isnan(through).any():
            return through
        derived = self._by_districts(number, target, held, size)
        return through if through is not None and not np.any(derived != 0.0) else derived

    def _settled(self, rows: NDArray[np.intp], held: NDArray[np.intp]) -> FloatArray:
        """Return shares of rows, freed of rounding where a member's shares in one kind come to nearly one."""
        size = len(self._areas)
        kinds = self._kind_of[self._container]
        same = held[kinds[held] == kinds[rows[0]]]
        total = np.bincount(self._member[same], weights=self._share[same], minlength=size)[self._member[rows]]
        share: FloatArray = self._share[rows]
        settled: FloatArray = np.where(np.abs(total - 1.0) <= _ROUNDING, share / total, share)
        return settled

    def _through(
        self, kind: str, rows: NDArray[np.intp], day: dt.date, held: NDArray[np.intp], size: int
    ) -> FloatArray | None:
        """Return shares by way of the widest areas that lie wholly inside the container, or None."""
        areas = list(self._areas.values())
        between_kinds = self._kind_of[self._member[rows]]
        fallback: FloatArray | None = None
        for between in range(len(self._kinds)):
            if self._kinds[between] == kind or self._kinds[between] in KIND_GROUPS["district"]:
                continue
            step = rows[between_kinds == between]
            if not step.size or np.any(self._share[step] < 1.0 - _WHOLE):
                continue
            out = np.zeros(size)
            for member in self._member[step]:
                inner = held[self._container[held] == member]
                direct = inner[self._kind_of[self._member[inner]] == self._kinds.index(kind)]
                if direct.size:
                    out[self._member[direct]] += self._settled(direct, held)
                else:
                    out += self._shares_in(kind, areas[int(member)], day, held, size)
            # the shares of a district in all parts of a whole come to one, whatever their rounding
            out = np.where(np.abs(out - 1.0) <= _WHOLE, 1.0, out)
            if np.isnan(out).any():
                fallback = out if fallback is None else fallback
            elif np.any(out > 0.0):
                return out
        return fallback

    def _by_districts(self, number: int, target: Area, held: NDArray[np.intp], size: int) -> FloatArray:
        """Return 1 for areas whose districts all lie in the container, NaN for those it cuts."""
        out = np.zeros(size)
        kinds = [self._kinds.index(k) for k in self._groups.get("district", ())]
        inner = held[np.isin(self._kind_of[self._member[held]], kinds)]
        in_target = inner[self._container[inner] == self._ids[target.code]]
        share = np.zeros(size)
        share[self._member[in_target]] = self._share[in_target]
        of_kind = inner[self._kind_of[self._container[inner]] == number]
        if not of_kind.size or not in_target.size:
            return out
        container = self._container[of_kind]
        touching = np.bincount(container, weights=share[self._member[of_kind]] > 0.0, minlength=size)
        whole = np.bincount(container, weights=share[self._member[of_kind]] >= 1.0 - _WHOLE, minlength=size)
        parts = np.bincount(container, minlength=size)
        out[(touching > 0) & (whole < parts)] = np.nan
        out[(parts > 0) & (whole == parts)] = 1.0
        result: FloatArray = out
        return result


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:80] + " ...")


def _split(codes: str) -> tuple[str, ...]:
    return tuple(codes.replace(",", " ").replace(";", " ").split())


def _distinguish(areas: dict[str, Area]) -> dict[str, Area]:
    """Return the areas with what tells namesakes apart: the first keeps the plain name.

    So a page keeps its address when a successor of the same name comes.
    """
    result = dict(areas)
    steps: tuple[Callable[[Area], str], ...] = (
        lambda a: "" if a.valid_from is None else f"from {a.valid_from.year}",
        lambda a: "" if a.valid_from is None else f"from {a.valid_from.isoformat()}",
        lambda a: a.code,
    )
    for step in steps:
        by_slug: dict[str, list[Area]] = defaultdict(list)
        for area in result.values():
            by_slug[area.slug].append(area)
        clashes = [same for same in by_slug.values() if len(same) > 1]
        if not clashes:
            break
        for same in clashes:
            for area in sorted(same, key=lambda a: (a.valid_from or dt.date.min, a.code))[1:]:
                result[area.code] = replace(area, distinction=step(area))
    return result
