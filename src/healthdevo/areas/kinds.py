"""The kinds of area: one row for each, the widest first. Everything that depends on a kind reads it here.

A new kind is a row in ``KINDS``: names, groups, comparisons and page sections follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["DISTRICT", "KINDS", "KIND_GROUPS", "KIND_TITLES", "Kind", "Kinds"]

DISTRICT = "district"
"""The group of kinds that everything wider can be made up of: they cover England once, in the smallest pieces."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of area, or a group of kinds.

    Parameters
    ----------
    code : str
        Its name in tables and arguments, such as ``icb``.
    title, plural : str
        What one and several are called.
    groups : tuple of str
        Groups that count it among them, such as ``district``. The kinds of a group do not overlap.
    ending : str
        What labels add to a name that doesn't say its kind, such as ``ICB``; empty where the plain name is clear.
    said_by : str
        The word in a name that makes the ending unnecessary.
    compared_with : str
        Kind or group whose areas are its peers; empty for its own kind.
    sections : tuple of str
        Sections of an area's page that there are figures for.
    cuts_districts : bool
        Whether a district may lie in two of them, by shares of its people.

    Examples
    --------
    >>> KINDS["icb"].plural
    'integrated care boards'
    """

    code: str
    title: str
    plural: str
    groups: tuple[str, ...] = ()
    ending: str = ""
    said_by: str = ""
    compared_with: str = ""
    sections: tuple[str, ...] = ()
    cuts_districts: bool = False

    @property
    def shortened(self) -> bool:
        """Whether the ending is a short form of the title, as ``ICB`` is, and stands for it in names."""
        return bool(self.ending) and self.ending != self.title

    @property
    def peers(self) -> str:
        """The kind or group whose areas it is compared with."""
        return self.compared_with or self.code


@dataclass(frozen=True)
class Kinds:
    """A vocabulary of kinds.

    Parameters
    ----------
    rows : tuple of Kind
        The kinds, the widest first.
    groups : tuple of Kind
        The groups that rows name.
    """

    rows: tuple[Kind, ...]
    groups: tuple[Kind, ...] = ()

    def __getitem__(self, code: str) -> Kind:
        """Return a kind or group; one that is not in the vocabulary gets plain words."""
        for row in (*self.rows, *self.groups):
            if row.code == code:
                return row
        return Kind(code, code.replace("_", " "), f"areas of kind {code}")

    def __contains__(self, code: object) -> bool:
        return code in self.codes or code in self.group_codes

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the kinds, the widest first."""
        return tuple(row.code for row in self.rows)

    @property
    def group_codes(self) -> tuple[str, ...]:
        """Codes of the groups."""
        return tuple(group.code for group in self.groups)

    def members(self, code: str) -> tuple[str, ...]:
        """Return the kinds that a kind or group stands for; none when it is not in the vocabulary.

        Examples
        --------
        >>> KINDS.members("icb"), KINDS.members("upper_tier")[0]
        (('icb',), 'county')
        """
        if code in self.codes:
            return (code,)
        return tuple(row.code for row in self.rows if code in row.groups)

    def among(self, present: Iterable[str]) -> Kinds:
        """Return the vocabulary of the kinds that are present; those without a row come last, in order of code."""
        found = set(present)
        rows = [row for row in self.rows if row.code in found]
        rows += [self[code] for code in sorted(found - set(self.codes))]
        named = {group for row in rows for group in row.groups}
        return Kinds(tuple(rows), tuple(group for group in self.groups if group.code in named))


_LOWER, _UPPER = (DISTRICT,), ("upper_tier",)
# what there are figures for: A&E is published for areas of the NHS (others may add up from boards), care is paid for above the districts of shires
_SOME = ("members", "devolution", "inequality", "admissions", "money", "autonomy", "footprint", "meaning")
_CARE = (*_SOME, "spending")
_ALL = (*_CARE, "emergency")
_BOARD = (*_ALL, "care")

KINDS = Kinds(
    (
        Kind("country", "country", "countries"),
        Kind("region", "region", "regions", (), "region", "region", sections=_CARE),
        Kind(
            "nhs_region",
            "NHS region",
            "NHS regions",
            (),
            "NHS region",
            "region",
            sections=_ALL,
            cuts_districts=True,
        ),
        Kind(
            "icb",
            "integrated care board",
            "integrated care boards",
            (),
            "ICB",
            "icb",
            sections=_BOARD,
            cuts_districts=True,
        ),
        Kind(
            "combined_authority",
            "combined authority",
            "combined authorities",
            (),
            "combined authority",
            "authority",
            sections=(*_CARE, "duty"),
        ),
        Kind("county", "county", "counties", _UPPER, "county", "county", sections=_CARE),
        Kind(
            "unitary_authority", "unitary authority", "unitary authorities", _LOWER + _UPPER, sections=_CARE
        ),
        Kind(
            "metropolitan_district",
            "metropolitan district",
            "metropolitan districts",
            _LOWER + _UPPER,
            sections=_CARE,
        ),
        Kind("london_borough", "London borough", "London boroughs", _LOWER + _UPPER, sections=_CARE),
        Kind(
            "non_metropolitan_district",
            "non-metropolitan district",
            "non-metropolitan districts",
            _LOWER,
            sections=_SOME,
        ),
    ),
    (
        Kind(DISTRICT, "district", "districts"),
        Kind("upper_tier", "upper-tier authority", "upper-tier authorities"),
    ),
)
"""The kinds of area that the book knows."""

KIND_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {group.code: KINDS.members(group.code) for group in KINDS.groups}
)
"""Names that stand for several kinds: each of the two groups covers England once."""

KIND_TITLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {row.code: (row.title, row.plural) for row in (*KINDS.rows, *KINDS.groups)}
)
"""Kinds and groups in words, singular and plural, the widest areas first."""
