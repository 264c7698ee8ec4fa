"""Finding areas by what people type: names in part, with slips, or codes gone wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from healthdevo.areas.area import Area, slugify
from healthdevo.areas.kinds import KINDS

__all__ = ["looks_like_code", "nearest", "normalise_code", "rank_matches", "without_body_words"]

_JOINERS = frozenset({"and", "of", "the", "upon", "on", "with"})
# words that say what kind of body an area is, in full and in short, rather than which one
_BODY_WORDS = frozenset(
    {"icbs", "until"}.union(
        *(slugify(f"{kind.title} {kind.ending}").split("-") for kind in KINDS.rows if kind.ending)
    )
)
_CODE_SLIPS = str.maketrans({"O": "0", "I": "1", "L": "1", "S": "5", "B": "8"})
_FUZZY_CUTOFF = 0.7


def normalise_code(text: str) -> str:
    """Return what a slip in an official code most likely meant: blanks, small letters, O for zero.

    Examples
    --------
    >>> normalise_code(" e54OOOO57 ")
    'E54000057'
    """
    compact = re.sub(r"[\s\-_.]", "", text).upper()
    return compact[:1] + compact[1:].translate(_CODE_SLIPS)


def looks_like_code(text: str) -> bool:
    """Return whether text is more like an official code than like a name."""
    compact = normalise_code(text)
    return bool(re.fullmatch(r"[A-Z]?\d{5,12}", compact)) or bool(re.fullmatch(r"[A-Z]{1,2}\d{6,}", compact))


def _words(*texts: str) -> list[str]:
    return [word for text in texts for word in slugify(text).split("-") if word]


def _initials(area: Area) -> str:
    core = [w for w in slugify(area.short_name).split("-") if w not in _BODY_WORDS and w not in _JOINERS]
    return "".join(w[0] for w in core)


def without_body_words(slug: str) -> str:
    """Return a slug without the words that say what kind of body it is, or as it is where nothing would be left."""
    return "-".join(w for w in slug.split("-") if w not in _BODY_WORDS) or slug


def _score(query: str, compact: str, area: Area) -> float | None:
    """Return the rank of a match, lower is better; None when the area does not match as typed."""
    label, short, name = area.slug, slugify(area.short_name), slugify(area.name)
    if query in (label, short, name):
        return 1.0
    core, asked = without_body_words(label), without_body_words(query)
    own = set(_words(area.label, area.name))
    typed = [w for w in query.split("-") if w not in _JOINERS] or query.split("-")
    fits = own.issuperset(typed)
    if asked == core:
        # "NHS Greater Manchester" is the board before it is the authority of that name
        return 2.0 if fits else 3.95
    if fits:
        # whole words, and the fewer others the better
        return 3.0 + min(0.9, 0.05 * abs(len(core.split("-")) - len(typed)))
    if 2 <= len(compact) <= 6 and compact.isalpha():
        initials = _initials(area)
        if initials == compact:
            return 4.0
        if len(compact) >= 3 and initials.startswith(compact):
            return 4.5
    if all(any(w.startswith(x) for w in own) for x in typed):
        return 5.0
    own.update(_words(area.kind_title))
    if all(any(w.startswith(x) for w in own) for x in typed):
        return 5.5
    if len(query) >= 3 and (query in name or query in label or compact in name.replace("-", "")):
        return 6.0
    return None


def _likeness(query: str, area: Area) -> float:
    """Return how alike a query and an area's names are, between 0 and 1."""
    candidates = {area.slug, slugify(area.short_name), slugify(area.name), without_body_words(area.slug)}
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(query)
    best = 0.0
    for candidate in candidates:
        matcher.set_seq1(candidate)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
            best = max(best, matcher.ratio())
    matcher.set_seq1(area.slug)
    # of two that are equally alike but for words such as "NHS", the one without them
    return 0.9 * best + 0.1 * matcher.ratio()


def rank_matches(text: str, areas: Sequence[Area], order: Sequence[str]) -> list[Area]:
    """Return the areas that a text may mean, the likeliest first.

    Parameters
    ----------
    text : str
        Code, code of the NHS's directory, name, part of a name, or initials.
    areas : sequence of Area
        Where to look.
    order : sequence of str
        Kinds in the order in which equally good matches are listed.

    Returns
    -------
    list of Area
        Exact codes, then names, then initials, parts of names; near misses only when nothing else matches.
    """
    stripped = text.strip()
    if not stripped:
        return []
    code = normalise_code(stripped)
    exact = [a for a in areas if code == a.code or (a.ods_code and stripped.upper() == a.ods_code)]
    if exact:
        return exact
    query = slugify(stripped)
    if not query:
        return []
    compact = query.replace("-", "")

    def place(area: Area) -> tuple[bool, int, str, str]:
        return (
            area.valid_to is not None,
            order.index(area.kind) if area.kind in order else len(order),
            area.label,
            area.code,
        )

    scored = [(s, a) for a in areas if (s := _score(query, compact, a)) is not None]
    if not scored:
        if looks_like_code(stripped):
            return []
        scored = [(10.0 - x, a) for a in areas if (x := _likeness(query, a)) >= _FUZZY_CUTOFF]
    return [a for _, a in sorted(scored, key=lambda pair: (round(pair[0], 3), *place(pair[1])))]


def nearest(text: str, areas: Sequence[Area], order: Sequence[str], n: int = 3) -> list[Area]:
    """Return the valid areas nearest to a code or name that is none.

    Parameters
    ----------
    text : str
        What was asked for.
    areas : sequence of Area
        The valid ones.
    order : sequence of str
        Kinds, as in ``rank_matches``.
    n : int, default 3
        How many at most.

    Returns
    -------
    list of Area
    """
    by_code = {a.code: a for a in areas}
    by_ods = {a.ods_code: a for a in areas if a.ods_code}
    compact = re.sub(r"\s", "", text).upper()
    if compact in by_ods:
        return [by_ods[compact]]
    code = normalise_code(text)
    if code in by_code:
        return [by_code[code]]
    if looks_like_code(text):
        return [by_code[c] for c in _closest(code, by_code, n, 0.3)]
    found = rank_matches(text, areas, order)
    if not found and 2 <= len(compact) <= 4:
        found = [by_ods[c] for c in _closest(compact, by_ods, n, 0.6)]
    if not found:
        ranked = sorted(areas, key=lambda a: (-_likeness(slugify(text), a), a.code))
        found = [a for a in ranked[:n] if _likeness(slugify(text), a) >= 0.5]
    return found[:n]


def _closest(text: str, candidates: Iterable[str], n: int, cutoff: float) -> list[str]:
    """Return the codes most like a text, and only those about as like as the best."""
    single = re.compile(r"(.)\1+")
    scored = []
    for candidate in candidates:
        likeness = difflib.SequenceMatcher(None, text, candidate, autojunk=False).ratio()
        # a digit too few or too many in a row of the same is the commonest slip
        same_run = single.sub(r"\1", text) == single.sub(r"\1", candidate)
        if likeness >= cutoff:
            scored.append((-round(likeness, 6), not same_run, candidate))
    scored.sort()
    return [c for x, _, c in scored[:n] if -x >= -scored[0][0] - 0.08]
