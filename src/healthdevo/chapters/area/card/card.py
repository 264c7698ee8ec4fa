"""The card as HTML, for the page, and as plain values, for the file that pages are compared from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.card import words
from healthdevo.chapters.area.card.bodies import ROLES, Body, bodies_of, changes_of, successors_of
from healthdevo.chapters.area.card.measures import CARD, MEANINGS, NAMES
from healthdevo.chapters.area.card.numbers import SECTION_OF, Number, numbers_of
from healthdevo.chapters.area.filling import anchor
from healthdevo.wording import join

_LINK = re.compile(r"\[([^\[\]]*)\]\((area:[^()\s]+)\)")
_WIDTH, _HEIGHT, _EDGE = 160, 22, 5


@dataclass(frozen=True)
class AreaCard:
    """Who runs what in an area, and its six numbers by measure."""

    area: Area
    bodies: tuple[Body, ...]
    heirs: tuple[Area, ...]
    numbers: dict[str, Number] = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaCard:
        """Load what a card needs; a number without figures says so."""
        area = areas.get(area_code)
        return cls(area, tuple(bodies_of(area)), tuple(successors_of(area)), numbers_of(area))

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        shown = {"text/html": self.html, "text/plain": f"Card of {self.area.label}"}
        return shown, {CARD: self.record}

    @property
    def record(self) -> dict[str, Any]:
        """Plain values: the numbers with six figures, unknown ones left out."""
        return {
            "code": self.area.code,
            "name": self.area.label,
            "kind": self.area.kind,
            "numbers": {m: _plain(n) for m, n in self.numbers.items() if n.known},
        }

    @property
    def html(self) -> str:
        """The card; links to other areas are written ``area:CODE``, for the book to resolve."""
        ended = ""
        if self.heirs:
            named = join([_to(a, a.label) for a in self.heirs])
            ended = f'<p class="hd-ended">{escape(self.area.short_name)} ended. Today there is {named}.</p>'
        changes = "".join(f"<li>{escape(told)}</li>" for told in changes_of(self.area))
        if changes:
            ended += f'<div class="hd-ended"><p>About to change:</p><ul>{changes}</ul></div>'
        rows = "".join([*(self._row(n) for n in self.numbers.values() if n.known), *self._absent()])
        plural = self.area.kind_row.plural
        titles = ("Number", "Here", "Rank, highest first", "Change", "Range")
        head = "".join(f'<th scope="col">{escape(t)}</th>' for t in titles)
        note = f"In brackets: what chance leaves open (95%). Rank and range are those of {escape(plural)} where no other kind is named. Strips: line from lowest to highest, thick for the middle half, diamond for this area."
        return (
            f'<section class="hd-card" aria-label="Summary of {escape(self.area.label)}">{ended}<dl class="hd-who">{self._who()}</dl>'
            f'<table class="hd-six"><caption class="hd-away">Six numbers of {escape(self.area.label)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f'<p class="hd-note">{note} <a href="area:COMPARE?areas={self.area.code}">Compare with other areas</a></p></section>'
        )

    def _who(self) -> str:
        items = []
        for role, title in ROLES.items():
            found = [body for body in self.bodies if body.role == role]
            if not found:
                continue
            said = [self._body(body, alone=len(found) == 1) for body in found]
            title = title if len(found) == 1 else f"{title}s".replace("authoritys", "authorities")
            items.append(f"<div><dt>{title}</dt><dd>{', '.join(said)}</dd></div>")
        return "".join(items)

    def _body(self, body: Body, *, alone: bool) -> str:
        """Return a body with what is to be said of it; of several only how many people live in each, for their pages have the dates."""
        notes = [note for note in (words.part(body.share), body.note if alone else "") if note]
        name = body.area.short_name
        said = f"<b>{escape(name)}</b>" if body.area.code == self.area.code else _to(body.area, name)
        return said + (f" ({escape(', '.join(notes))})" if notes else "")

    def _absent(self) -> list[str]:
        """Return a row for each reason why numbers are absent."""
        reasons: dict[str, list[str]] = {}
        for n in self.numbers.values():
            if not n.known:
                reasons.setdefault(n.reason, []).append(escape(NAMES[n.measure]))
        return [
            f'<tr class="hd-absent"><th scope="row">{"<br>".join(names)}</th><td colspan="4">{_short(reason)}</td></tr>'
            for reason, names in reasons.items()
        ]

    def _row(self, n: Number) -> str:
        name, place = escape(NAMES[n.measure]), anchor(SECTION_OF[n.measure])
        plural = areas.KINDS[n.compared].plural
        sign, since = words.change(n)
        when = words.when(n.measure, n.last)
        mark = f'<span aria-hidden="true">{sign}</span> ' if sign else ""
        meaning = escape(MEANINGS[n.measure])
        among = "" if n.compared == self.area.kind else f", among {escape(plural)}"
        return (
            f'<tr><th scope="row"><a href="#{place}" title="{meaning}">{name}</a> <small>{_kept(when)}{among}</small></th>'
            f'<td class="hd-value"><b>{words.shown(n.measure, n.value)}</b> <small>({words.interval(n)})</small></td>'
            f"<td>{escape(words.rank(n))}</td><td>{mark}{_kept(escape(since))}</td>"
            f"<td>{strip_of(n, plural)}</td></tr>"
        )


def _kept(text: str) -> str:
    """Return HTML in which no line ends inside a span of years.

    >>> _kept("lower than in 2015–17")
    'lower than in <span class="hd-kept">2015–17</span>'
    """
    return re.sub(r"\d{4}–\d\d", r'<span class="hd-kept">\g<0></span>', text)


def _to(area: Area, name: str) -> str:
    return f'<a href="area:{area.code}">{escape(name)}</a>'


def _short(reason: str) -> str:
    """Return what a reason in Markdown says of where the figures are, as HTML: from the sentence with its first link on."""
    first = reason.find("[")
    if first >= 0:
        reason = reason[reason.rfind(". ", 0, first) + 2 if ". " in reason[:first] else 0 :]
    return _LINK.sub(r'<a href="\2">\1</a>', escape(reason)).replace("of its people", "of people")


def strip_of(n: Number, plural: str) -> str:
    """Return a small picture of where a number stands among its peers, with words for those who do not see it."""
    if len(n.peers) < 2:
        return ""
    low, high = min(n.peers[0], n.lower), max(n.peers[-1], n.upper)
    scale = (_WIDTH - 2 * _EDGE) / (high - low) if high > low else 0.0

    def x(value: float) -> str:
        return f"{_EDGE + (value - low) * scale:.1f}"

    quarter, three = (float(q) for q in np.quantile(n.peers, (0.25, 0.75)))
    middle, ends = _HEIGHT / 2, words.strip(n, plural)
    own = float(x(n.value))
    return (
        f'<svg class="hd-strip" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(ends)}">'
        f'<path class="hd-range" d="M{x(n.peers[0])} {middle}H{x(n.peers[-1])}"/>'
        f'<path class="hd-half" d="M{x(quarter)} {middle}H{x(three)}"/>'
        f'<path class="hd-interval" d="M{x(n.lower)} {middle}H{x(n.upper)}"/>'
        f'<path class="hd-own" d="M{own - 5:.1f} {middle}l5 -6l5 6l-5 6z"/></svg>'
        f'<span class="hd-ends" aria-hidden="true"><span>{words.shown(n.measure, n.peers[0])}</span>'
        f"<span>{words.shown(n.measure, n.peers[-1])}</span></span>"
    )


def _six(value: float) -> float:
    return float(f"{value:.6g}")


def _plain(n: Number) -> dict[str, Any]:
    found: dict[str, Any] = {
        "value": _six(n.value),
        "lower": _six(n.lower),
        "upper": _six(n.upper),
        "error": _six(n.error),
        "period": words.when(n.measure, n.last),
    }
    if n.of > 1:
        ranks = {"rank": n.rank, "rank_lower": n.rank_lower, "rank_upper": n.rank_upper, "of": n.of}
        found |= ranks | {"among": areas.KINDS[n.compared].plural}
    if n.direction:
        limits = {"change_lower": _six(n.change_lower), "change_upper": _six(n.change_upper)}
        found |= {"since": words.when(n.measure, n.first), "change": _six(n.change), **limits}
    return found
