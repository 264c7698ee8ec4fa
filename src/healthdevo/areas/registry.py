"""The registry: every area with its dates, and which area lies in which, on a date."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Sequence

import pandas as pd

from healthdevo.areas.area import Area, DateLike, as_date
from healthdevo.areas.containment import Containment, contained
from healthdevo.areas.frames import read_aliases, read_areas
from healthdevo.areas.kinds import KINDS, Kinds
from healthdevo.areas.membership import read_membership
from healthdevo.areas.search import nearest, normalise_code, rank_matches
from healthdevo.areas.succession import Succession
from healthdevo.errors import AreaError, InputError
from healthdevo.wording import join

__all__ = ["Registry"]

_REMEMBERED = 64


class Registry:
    """All areas of the book and their dated membership.

    Parameters
    ----------
    area_frame : pandas.DataFrame
        One row an area: ``area_code``, ``area_name``, ``kind``, and where known ``ods_code``, ``valid_from``,
        ``valid_to`` (last day), ``valid_from_is_floor``, ``successor_code``, ``other_codes``. Several codes in a cell
        (successors after a split) are separated by blanks, commas or semicolons. ``legal_form`` where one kind has several.
    membership_frame : pandas.DataFrame
        One row for each member, container and period: ``member_code``, ``container_code``, and where known
        ``valid_from``, ``valid_to``, ``population_share`` (1 when nested).
    kinds : Kinds
        The vocabulary of kinds, the widest first.
    reference : date, optional
        The date of questions without a date; without one, the last date of change on which the members of all areas
        are known.

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

    def __init__(
        self,
        area_frame: pd.DataFrame,
        membership_frame: pd.DataFrame,
        *,
        kinds: Kinds = KINDS,
        reference: DateLike | None = None,
    ) -> None:
        self._areas = read_areas(area_frame, kinds)
        self._aliases = read_aliases(area_frame)
        self._kinds = kinds.among(area.kind for area in self)
        self._membership = read_membership(membership_frame, tuple(self), self._kinds)
        self._succession = Succession(self._areas, self._membership)
        self._reference = (
            self._membership.last_known_date() if reference is None else as_date(reference, "reference")
        )
        self._contained: dict[tuple[str, tuple[str, ...], dt.date], Containment] = {}
        self._listed: dict[tuple[str | None, dt.date | None, bool], tuple[Area, ...]] = {}

    def __len__(self) -> int:
        return len(self._areas)

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __contains__(self, code: object) -> bool:
        return code in self._areas

    @property
    def reference_date(self) -> dt.date:
        """The default date of questions: the one given, else the last change on which all areas' members are known."""
        return self._reference

    @property
    def succession(self) -> Succession:
        """What took whose place."""
        return self._succession

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

        Examples
        --------
        >>> from healthdevo import areas
        >>> areas.get("E54000057").short_name
        'NHS Greater Manchester ICB'
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
            problem = self._succession.problem_on(area, on)
            if problem:
                raise AreaError(problem, self._succession.alternatives(area, as_date(on)))
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

        Examples
        --------
        >>> from healthdevo import areas
        >>> areas.by_ods_code("QOP").code
        'E54000057'
        """
        if not isinstance(code, str) or not any(a.ods_code == code for a in self if a.ods_code):
            have = [a for a in self if a.ods_code]
            text = str(code).strip().upper()
            raise AreaError(
                f"{code!r} is no directory code of an area.",
                [f"{a.ods_code} ({a.short_name})" for a in nearest(text, have, self._kinds.codes)],
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

        Examples
        --------
        >>> from healthdevo import areas
        >>> areas.resolve("nhs-greater-manchester-icb").code
        'E54000057'
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

        Examples
        --------
        >>> from healthdevo import areas
        >>> areas.find("manchester", kind="district")[0].code
        'E08000003'
        """
        if not isinstance(text, str):
            raise InputError(f"text: {text!r} is not text; give part of a name or a code")
        return rank_matches(text, self.list_areas(kind, on), self._kinds.codes)

    def list_areas(
        self, kind: str | None = None, on: DateLike | None = None, *, include_ended: bool = False
    ) -> list[Area]:
        """Return the areas of a kind, in order of code.

        Parameters
        ----------
        kind : str, optional
            Kind or kind group; all kinds without one.
        on : date, optional
            Only areas that exist on it; without one, those that have ended or are to come as well.
        include_ended : bool, default False
            Whether areas that ended before the date are listed too; those that begin after it never are.

        Returns
        -------
        list of Area

        Raises
        ------
        AreaError
            When the registry has no such kind.

        Examples
        --------
        >>> from healthdevo import areas
        >>> len(areas.list_areas("nhs_region"))
        7
        """
        day = None if on is None else as_date(on)
        key = (kind, day, include_ended)
        known = self._listed.get(key)
        if known is None:
            kinds = set(self._kinds.codes if kind is None else self.kind_members(kind))
            found = [
                a
                for a in self
                if a.kind in kinds
                and (
                    day is None
                    or a.is_current(day)
                    or (include_ended and a.valid_to is not None and a.valid_to < day)
                )
            ]
            known = self._listed[key] = tuple(sorted(found, key=lambda a: a.code))
            while len(self._listed) > _REMEMBERED:
                del self._listed[next(iter(self._listed))]
        return list(known)

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of area in the registry, the widest first.

        Examples
        --------
        >>> from healthdevo import areas
        >>> areas.kinds()[:4]
        ('country', 'region', 'nhs_region', 'icb')
        """
        return self._kinds.codes

    @property
    def vocabulary(self) -> Kinds:
        """The kinds of its areas, with their words and groups."""
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
        if kind in self._kinds:
            return self._kinds.members(kind)
        have = [*self._kinds.codes, *self._kinds.group_codes]
        near = difflib.get_close_matches(str(kind).lower().replace(" ", "_").replace("-", "_"), have, n=2)
        raise AreaError(f"kind: {kind!r} is not a kind of area; there are {join(have)}.", near)

    def _unknown(self, text: str, among: Sequence[Area] | None = None) -> AreaError:
        pool = list(self) if among is None else among
        if normalise_code(text) in self._aliases:
            area = self._areas[self._aliases[normalise_code(text)]]
            return AreaError(
                f"{text!r} is another code of an area that the registry keeps under its first.", [str(area)]
            )
        return AreaError(
            f"{_quoted(text)} is not an area of the registry.",
            [str(a) for a in nearest(text, pool, self._kinds.codes)],
        )

    def _date_for(self, area: Area, on: DateLike | None) -> dt.date:
        """Return the date asked for, or else the last one on which the area exists and the registry knows it."""
        if on is not None:
            self.get(area.code, on)
            return as_date(on)
        day = self._reference if area.valid_to is None else min(area.valid_to, self._reference)
        return day if area.valid_from is None else max(day, area.valid_from)

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

        Examples
        --------
        >>> from healthdevo import areas
        >>> [a.code for a in areas.parents("E40000010")]
        ['E92000001']
        """
        area = self.get(code, on)
        held = self._membership
        rows = held.rows_on(self._date_for(area, on)) & (held.member == held.position[area.code])
        return held.sorted_areas(held.container[rows])

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

        Examples
        --------
        >>> from healthdevo import areas
        >>> [a.ods_code for a in areas.children("E40000010", "icb", on="2024-01-01")]
        ['QYG', 'QE1', 'QOP']
        """
        area = self.get(code, on)
        kinds = set(self._kinds.codes if kind is None else self.kind_members(kind))
        held = self._membership
        rows = held.rows_on(self._date_for(area, on)) & (held.container == held.position[area.code])
        return [a for a in held.sorted_areas(held.member[rows]) if a.kind in kinds]

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

        Examples
        --------
        >>> from healthdevo import areas
        >>> len(areas.members("E47000001", "district", on="2019-04-01"))
        10
        """
        area = self.get(code, on)
        return list(self.containment(kind, [area.code], self._date_for(area, on)).members)

    def peers(self, code: str, on: DateLike | None = None, *, include_self: bool = False) -> list[Area]:
        """Return the areas that an area is compared with, those of its kind, that exist on the same date.

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

        Examples
        --------
        >>> from healthdevo import areas
        >>> len(areas.peers("E40000010"))
        6
        """
        area = self.get(code, on)
        others = self.list_areas(area.kind_row.peers, self._date_for(area, on))
        return [a for a in others if include_self or a.code != area.code]

    def exact_predecessors(self, code: str) -> list[Area]:
        """Return the areas whose counts add up exactly to those of an area from before it was formed.

        Parameters
        ----------
        code : str
            The area.

        Returns
        -------
        list of Area
            In order of code; none when the area took nobody's place, so that its own series is all there is.

        Raises
        ------
        AreaError
            When one of its predecessors was divided among several, so that no sum of them is this area: which ones,
            and among whom.

        Examples
        --------
        >>> from healthdevo import areas
        >>> [a.ods_code for a in areas.exact_predecessors("E54000071")]
        ['QRV', 'QMJ']
        >>> areas.exact_predecessors("E54000057")
        []
        """
        area = self.get(code)
        before = list(self._succession.before(area))
        divided = [a for a in before if len(self._succession.next_of(a)) > 1]
        if divided:
            how = [
                f"{a} was divided among {join([str(n) for n in self._succession.next_of(a)])}"
                for a in divided
            ]
            raise AreaError(f"{area} has no exact series from before {area.valid_from}: {'; '.join(how)}.")
        return before

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
            known = self._contained[key] = contained(self._membership, member_kinds, targets, day)
            while len(self._contained) > _REMEMBERED:
                del self._contained[next(iter(self._contained))]
        return known

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
            if to in self._kinds:
                found = self.list_areas(to, day)
                if not found:
                    plural = self._kinds[to].plural
                    raise AreaError(f"to: there are no {plural} on {day.isoformat()} in the registry.")
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


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:80] + " ...")
