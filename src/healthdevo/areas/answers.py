"""What a name stands for on a day: what it is, since when, what became of it, and what is planned."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import pandas as pd

from healthdevo import tables
from healthdevo.areas.area import Area, DateLike, as_date, slugify
from healthdevo.areas.default import registry
from healthdevo.areas.plans import EDITION, plans, written
from healthdevo.areas.registry import Registry
from healthdevo.areas.search import without_body_words
from healthdevo.errors import AreaError, InputError
from healthdevo.wording import join

__all__ = ["Answer", "what_is"]

State = Literal["exists", "ended", "to come", "planned", "not covered"]
_ORDER: tuple[State, ...] = ("not covered", "exists", "planned", "ended", "to come")
_GROUP = re.compile(r"\b(ccgs?|clinical commissioning groups?)\b", re.IGNORECASE)
_OLDER = (
    (re.compile(r"\b(pcts?|primary care trusts?)\b", re.IGNORECASE), "Primary care trusts"),
    (re.compile(r"\b(shas?|strategic health authorit(y|ies))\b", re.IGNORECASE), "Strategic health authorities"),
)  # fmt: skip
_AUTHORITY = re.compile(
    r"\b((mayoral )?(strategic|combined|combined county) authority|mayor of (the )?|council)\b", re.IGNORECASE
)
_MAYOR = re.compile(r"mayor of ", re.IGNORECASE)
_MOST = 5
ACT = dt.date(2026, 4, 29)
"""The day of the Act that made the tiers."""
_SEATS = {
    "established": "established mayoral strategic authority",
    "mayoral": "mayoral strategic authority",
    "foundation": "foundation strategic authority",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a name stands for on a day.

    Parameters
    ----------
    name : str
        The body's name.
    what : str
        What it is, such as ``unitary authority``.
    state : str
        ``exists``, ``ended`` or ``to come`` on the day; ``planned`` for what no law has set up; ``not covered`` for kinds of body that the
        registry does not hold.
    on : datetime.date
        The day.
    code : str
        Its code in the registry; empty for what has none.
    since, until : datetime.date or None
        First and last day; None where not known, or where there is none.
    sentences : tuple of str
        What it is and since when; what became of it; what is planned.
    """

    name: str
    what: str
    state: State
    on: dt.date
    code: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    sentences: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(self.sentences)


def what_is(text: str, on: DateLike = EDITION) -> list[Answer]:
    """Return what a name stands for on a day, the likeliest first.

    Parameters
    ----------
    text : str
        Name of an authority, board, council or region, or a code.
    on : date, default 26 November 2026
        The day, from 2009 to 2028. Plans are those known in November 2026; they are told for that day and later ones.

    Returns
    -------
    list of Answer
        At least one. Bodies that go by exactly this name, whether or not they exist on the day; else the nearest.

    Raises
    ------
    AreaError
        When nothing in the registry, among plans or former groups goes by a name like it.
    InputError
        When ``text`` is not text, or ``on`` not a date.

    Examples
    --------
    >>> [a.state for a in what_is("Cumbria", "2012-06-01")], what_is("Cumbria")[0].code
    (['exists', 'to come'], 'OWN-CUMBRIA')
    >>> what_is("Greater Essex")[0].text
    'Greater Essex is a planned strategic authority. It was not set up when last seen. Its councils are to be Essex, Southend-on-Sea and Thurrock.'
    """
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"text: {text!r} is not a name; give one such as 'Cumbria'")
    day = as_date(on)
    found = [*_older(text, day), *_groups(text, day)]
    if not found:
        exact, others = _named(text)
        found = [*(_of_area(area, day) for area in exact), *_planned(text, day)]
        found.sort(key=lambda answer: _ORDER.index(answer.state))
        found += sorted(
            (_of_area(area, day) for area in others), key=lambda answer: _ORDER.index(answer.state)
        )
    found = found or [_of_area(area, day) for area in _near(text, day)]
    if not found:
        raise AreaError(
            f"{text!r} is no authority, board or council of the registry, and none that is planned.",
            [str(a) for a in registry().find(text[:3])[:3]],
        )
    return found


def _asked(text: str) -> set[str]:
    """Return a text as slugs: as it is, and without words for what a body is."""
    return {slugify(text), slugify(_AUTHORITY.sub("", text))} - {""}


@lru_cache(maxsize=4)
def _slugs(known: Registry) -> tuple[tuple[Area, frozenset[str], str], ...]:
    """Return each area of a registry with the slugs of its names, and its label without words for what it is."""
    return tuple(
        (a, frozenset({a.slug, slugify(a.short_name), slugify(a.name)}), without_body_words(a.slug))
        for a in known
    )


def _named(text: str) -> tuple[list[Area], list[Area]]:
    """Return the areas that go by exactly this name or code, whenever they exist, and those that have it as another name."""
    known, plain = registry(), text.strip()
    if plain in known or any(a.ods_code == plain for a in known if a.ods_code):
        return [known.get(plain)], []
    slug, core = slugify(plain), without_body_words(slugify(plain))
    asked = _asked(plain)
    exact = [a for a, names, own in _slugs(known) if asked & names or slug == core == own]
    frame = tables.load("area_other_name")
    codes = frame.loc[frame["other_name"].map(slugify).isin(asked), "area_code"].astype(str)
    others = [a for a in dict.fromkeys(known.get(c) for c in codes) if a not in exact]
    if _MAYOR.match(plain):
        seats = [a for a in (*exact, *others) if a.kind == "combined_authority"]
        return (seats, []) if seats else (exact, others)
    return exact, others


def _near(text: str, day: dt.date) -> list[Area]:
    """Return the areas that a text may mean, those of the day before the others."""
    known = registry()
    return list(dict.fromkeys([*known.find(text, on=day), *known.find(text)]))[:_MOST]


def _a(what: str) -> str:
    """Return words for a body with their article.

    >>> _a("NHS region"), _a("unitary authority"), _a("strategic authority of London")
    ('an NHS region', 'a unitary authority', 'the strategic authority of London')
    """
    if what.startswith("strategic authority of"):
        return f"the {what}"
    return f"{'an' if what[0] in 'aeioN' else 'a'} {what}"


def _of_area(area: Area, day: dt.date) -> Answer:
    """Say what an area of the registry is on a day."""
    what, name, first = _a(area.kind_title), area.short_name, area.valid_from
    over = area.valid_to is not None and area.valid_to < EDITION
    end = f", until {written(area.valid_to)}" if over else ""
    begun = "" if area.valid_from_is_floor else f", since {written(first)}"
    told = []
    state: State = "exists"
    if area.is_current(day):
        told.append(f"{name} {'was' if over else 'is'} {what}{begun}{end}.")
        if area.valid_from_is_floor:
            told.append(f"It is on record from {written(first)}; its first day was earlier or is not known.")
    elif area.valid_to is not None and area.valid_to < day:
        state = "ended"
        told.append(f"{name} was {what}, until {written(area.valid_to)}.")
    else:
        state = "to come"
        told += _before(area, day)
    if area.valid_to is not None and (over or state == "ended"):
        told += _after(area)
    told += [*_seat(area, day), *plans(area.code, day)]
    return Answer(area.label, area.kind_title, state, day, area.code, first, area.valid_to, tuple(told))


def _before(area: Area, day: dt.date) -> Iterator[str]:
    """Yield from when an area exists that does not on an earlier day, and what there was in its place."""
    name, first = area.short_name, area.valid_from
    if area.valid_from_is_floor:
        yield f"{name}, {_a(area.kind_title)}, is on record from {written(first)}; what it was on {written(day)} is not known."
        return
    if first is not None and first > EDITION:
        yield f"{name} is to be {_a(area.kind_title)} from {written(first)}, by law."
    else:
        yield f"{name} is {_a(area.kind_title)} that began on {written(first)}; on {written(day)} it did not exist."
    earlier = [a.label for a in registry().succession.predecessors(area, day)]
    if earlier:
        if first is not None and first > EDITION:
            yield f"It takes the place of {join(earlier)}."
        else:
            yield f"In its place {'was' if len(earlier) == 1 else 'were'} {join(earlier)}."


def _after(area: Area) -> Iterator[str]:
    """Yield what followed an area that ended, and what stands in its place at the day of the edition."""
    succession = registry().succession
    day = area.valid_to + dt.timedelta(days=1) if area.valid_to else EDITION
    direct = [a.label for a in succession.next_of(area) or succession.heirs(area, day)]
    last = max(day, EDITION)
    today = [a.label for a in succession.successors(area, last) or succession.heirs(area, last)]
    later = [name for name in today if name not in direct]
    if direct:
        yield f"It was followed by {join(direct)}{f' and then by {join(later)}' if later else ''}."
    else:
        yield "The registry records no successor."


def _seat(area: Area, day: dt.date) -> Iterator[str]:
    """Yield the tier of a strategic authority from the day of the Act on, and since when it has an elected mayor."""
    frame = tables.load("strategic_authority")
    rows = frame[(frame["area_code"] == area.code) & frame["status"].isin(["in operation", "ended"])]
    if rows.empty or area.kind != "combined_authority" or not area.is_current(day):
        return
    row = rows.iloc[0]
    first, tier = row["first_mayoral_election"], str(row["tier"])
    if day >= ACT and tier in _SEATS:
        yield f"By the Act of 2026 it is {_a(_SEATS[tier])}."
        if pd.notna(row["note"]) and "established tier" in str(row["note"]):
            yield str(row["note"])
    if pd.isna(first):
        yield "It has no elected mayor."
    elif first.date() > EDITION and day >= EDITION:
        yield f"Its first mayor is to be elected in {first:%B %Y}."
    elif first.date() <= day:
        yield f"It has an elected mayor since {written(first)}."
    else:
        yield "It had no elected mayor yet."


def _planned(text: str, day: dt.date) -> Iterator[Answer]:
    """Yield planned authorities and councils; those that are in law are areas of the registry."""
    none = (f"On {written(day)} nothing of this name existed.",) if day < EDITION else ()
    for answer in (*_planned_authorities(text, day), *_planned_councils(text, day)):
        yield replace(answer, sentences=(*answer.sentences, *none))


def _planned_authorities(text: str, day: dt.date) -> Iterator[Answer]:
    frame = tables.load("planned_authority")
    for name, rows in frame.groupby("authority", sort=False):
        if slugify(str(name)) not in _asked(text):
            continue
        members = join([registry().get(str(c)).short_name for c in rows["member_area_code"]])
        told = (
            f"{name} is a planned strategic authority.",
            "It was not set up when last seen.",
            f"Its councils are to be {members}.",
        )
        yield Answer(str(name), "planned strategic authority", "planned", day, sentences=told)


def _planned_councils(text: str, day: dt.date) -> Iterator[Answer]:
    """Yield councils that are announced and in no law: those in law are areas of the registry."""
    frame = tables.load("planned_council")
    frame = frame[frame["status"] != "law"]
    for name, rows in frame.groupby("council_name", sort=False):
        if slugify(str(name)) not in _asked(text):
            continue
        start = rows["valid_from"].iloc[0]
        whole = [registry().get(str(c)).short_name for c in rows.loc[~rows["part"], "replaces_area_code"]]
        part = [registry().get(str(c)).short_name for c in rows.loc[rows["part"], "replaces_area_code"]]
        seen = sorted({str(n) for n in rows["note"].dropna()})
        told = [
            f"{name} is a council announced for {written(start)}; no order was found.",
            f"It is to take the place of {join([*whole, *(f'part of {p}' for p in part)])}.",
            *seen,
        ]
        yield Answer(
            str(name), "announced council", "planned", day, since=start.date(), sentences=tuple(told)
        )


def _groups(text: str, day: dt.date) -> Iterator[Answer]:
    """Yield clinical commissioning groups, of which the registry holds names and codes and no days."""
    if not _GROUP.search(text):
        return
    asked = slugify(re.sub(r"^nhs ", "", _GROUP.sub("", text).strip(), flags=re.IGNORECASE))
    frame, districts = tables.load("ccg"), tables.load("ccg_district")
    boards = {a.code for a in registry().list_areas("icb", EDITION)}
    for code, name in frame[["ccg_code", "ccg_name"]].itertuples(index=False):
        if slugify(str(name)) != asked:
            continue
        held = districts.loc[districts["ccg_code"] == code, "area_code"].astype(str)
        now = [a for c in held for a in registry().succession.successors(registry().get(c), EDITION)]
        today = sorted(
            {p.label for a in now for p in registry().parents(a.code, EDITION) if p.code in boards}
        )
        label = f"NHS {name} CCG"
        told = [
            f"{label} was a clinical commissioning group. The registry has the groups’ names and districts, not their days.",
            "Integrated care boards took the place of all groups on 1 July 2022.",
        ]
        if today:
            told.append(f"Its districts lie in {join(today)} today.")
        state: State = "ended" if day >= dt.date(2022, 7, 1) else "not covered"
        yield Answer(
            label,
            "clinical commissioning group",
            state,
            day,
            until=dt.date(2022, 6, 30),
            sentences=tuple(told),
        )
        return
    # never taken for another body of the place
    told = [
        "The registry has no clinical commissioning group of this name. It holds groups under their names before they merged."
    ]
    near = [a.label for names in _named(_GROUP.sub("", text)) for a in names]
    told += [f"Of a name like it are {join(near)}."] if near else []
    yield Answer(text.strip(), "clinical commissioning group", "not covered", day, sentences=tuple(told))


def _older(text: str, day: dt.date) -> Iterator[Answer]:
    """Yield that a kind of body is not covered, and what the registry has for the place."""
    for pattern, title in _OLDER:
        if not pattern.search(text):
            continue
        told = [f"{title} are not in the registry, and the book has no figures for them."]
        rest = pattern.sub("", text).strip()
        near = [a.label for names in _named(rest) for a in names] if rest else []
        if near:
            told.append(f"Of that name it has {join(near)}.")
        yield Answer(text.strip(), title.lower(), "not covered", day, sentences=tuple(told))
