"""Try it: what a local tax would raise, with equalisation, over years, for any rate: sliders on the page, sums made here.

A tax on a local base is linear in its rate, and equalisation by need is linear in its share. So four numbers of a place and two of England give
the answer for every setting, and the page's script makes the same sums in the same order (``book/_static/explore.js``). Without scripts a table of
scenarios stands there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Any

import pandas as pd

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.common import TODAY
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.money.basis import INCOME_YEAR, places_of, share_table
from healthdevo.chapters.money.horizon import RESERVE, RESPONSE, shocks_of
from healthdevo.chapters.money.volatility import BOARDS_ON, PANDEMIC, attendances_by_board, region_of
from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.finance import breach_probability, need_volatility

__all__ = ["Explorer", "Place", "chances", "whole"]

LONGEST = 10
"""Years of the longest horizon."""
TAXES = {
    "income": ("A tax on local income", "%p in the pound", 0.5, 5.0, 1.0, 0.01),
    "homes": ("A precept on homes", "£% on a Band D home", 10.0, 500.0, 100.0, 1.0),
}
"""By base: name, words of a rate, its step, its most, its first value, and pounds for each unit of the base at a rate of one."""
LINES = {
    "raised": "Raised in a year",
    "raised_head": "Raised, for each person",
    "england_head": "In England, for each person",
    "gain_head": "Equalisation adds or takes, for each person",
    "after_head": "Left after equalisation, for each person",
    "after": "Left after equalisation, in a year",
    "over": "Left over the years of the budget",
    "chance": "Chance that a board's budget, fixed so long, ends in breach",
}
"""What is told, in the order of the page."""


def whole(value: float, digits: int = 0) -> str:
    """Return a number without its sign, with commas; halves are rounded up, as scripts do.

    >>> whole(-1234.5), whole(2.25, 1)
    ('1,235', '2.3')
    """
    rounded = Decimal(abs(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{rounded:,}"


def _pounds(value: float, *, signed: bool = False) -> str:
    shown = whole(value)
    if shown == "0":
        return "£0"
    sign = "\N{MINUS SIGN}" if value < 0 else "+" if signed else ""
    return f"{sign}£{shown}"


def _million(value: float) -> str:
    return f"£{whole(value / 1e6, 1)} million"


@remembered()
def chances(longest: int = LONGEST) -> tuple[float, ...]:
    """Return the chance that a budget fixed and balanced over 1, 2, ... years ends in breach, from the surprises that A&E attendances had.

    In closed form, without a limit on borrowing, with the response and reserve of the chapter.
    """
    attendances = attendances_by_board(tables.load("emergency_month"))
    groups = [str(g) for g in region_of(attendances.index)]
    shocks = shocks_of(
        need_volatility(attendances, groups, leave_out=PANDEMIC, draws=400, seed=14), RESPONSE.value
    )
    return tuple(
        breach_probability(
            min(1.0, shocks.sd),
            min(1.0, max(0.0, shocks.lasting)),
            years,
            settlement=years,
            reserve=RESERVE.value,
        )
        for years in range(1, longest + 1)
    )


@dataclass(frozen=True)
class Place:
    """What of a place decides what a tax does there.

    Parameters
    ----------
    name : str
        Of the place.
    people : float
        Residents.
    need : float
        Its share of England's need, 0 to 1.
    income : float
        Household income after tax, in pounds a year.
    homes : float
        Homes, in Band D homes.
    """

    name: str
    people: float
    need: float
    income: float
    homes: float


@dataclass(frozen=True)
class Explorer:
    """A page's explorer: the places to choose from, England, and the chance of breach by length of budget.

    Parameters
    ----------
    places : tuple of Place
        At least one; the first is shown at the start.
    england : Place
        All districts together.
    chances : tuple of float
        Chance of breach of a budget fixed for 1, 2, ... years.
    """

    places: tuple[Place, ...]
    england: Place
    chances: tuple[float, ...] = field(repr=False)

    @classmethod
    def of(cls, codes: Sequence[str]) -> Explorer:
        """Load the tables; every area counts its districts by the share of their people in it.

        Raises
        ------
        InputError
            When no area is given.
        """
        if not codes:
            raise InputError("codes: no area is given; give at least one code")
        frame = places_of(INCOME_YEAR).frame[["people", "need", "income", "homes"]]
        total = frame.sum()
        kinds: dict[str, list[Area]] = {}
        for code in codes:
            area = areas.get(code)
            kinds.setdefault(area.kind, []).append(area)
        found: dict[str, Place] = {}
        for members in kinds.values():
            shares = share_table([a.code for a in members])
            for area in members:
                sums = frame.mul(shares[area.code], axis=0).sum()
                found[area.code] = _place(area.label, sums, total)
        return cls(tuple(found[code] for code in codes), _place("England", total, total), chances())

    @classmethod
    def of_england(cls) -> Explorer:
        """Load the regions of England, the boards and the combined authorities of the chapter."""
        wanted = [
            a.code
            for kind, on in (("region", TODAY), ("combined_authority", TODAY), ("icb", BOARDS_ON))
            for a in areas.list_areas(kind, on)
        ]
        return cls.of(wanted)

    def result(self, place: Place, base: str, rate: float, share: float, years: int) -> dict[str, str]:
        """Return what is told of one setting, as the page prints it, by the keys of ``LINES``.

        Parameters
        ----------
        place : Place
            One of the places.
        base : {"income", "homes"}
            What is taxed.
        rate : float
            Pence in the pound, or pounds on a Band D home; not below zero.
        share : float
            How much is equalised by need, in per cent, 0 to 100.
        years : int
            Years for which the budget is fixed, 1 to the longest that is known.

        Raises
        ------
        InputError
            When a value is out of range.
        """
        need_choice("base", base, tuple(TAXES))
        if not (rate >= 0 and 0 <= share <= 100 and 1 <= years <= len(self.chances)):
            raise InputError(
                f"rate {rate!r}, share {share!r}, years {years!r}: give a rate from 0, a share from 0 to 100, years from 1 to {len(self.chances)}"
            )
        unit = TAXES[base][5]
        pounds = rate * unit
        raised = pounds * getattr(place, base)
        total = pounds * getattr(self.england, base)
        gain = (share / 100) * (total * place.need - raised)
        after = raised + gain
        return {
            "raised": _million(raised),
            "raised_head": _pounds(raised / place.people),
            "england_head": _pounds(total / self.england.people),
            "gain_head": _pounds(gain / place.people, signed=True),
            "after_head": _pounds(after / place.people),
            "after": _million(after),
            "over": _million(after * years),
            "chance": f"{whole(100 * self.chances[years - 1])}%",
        }

    def scenarios(self) -> pd.DataFrame:
        """Return what stands on the page without scripts: pounds for each person left after none, half and full equalisation."""
        return pd.DataFrame(
            [
                {
                    "Place": place.name,
                    "Tax": _rate(base, first),
                    **{
                        f"{share}% equalised": self.result(place, base, first, share, 1)["after_head"]
                        for share in (0, 50, 100)
                    },
                }
                for place in self.places
                for base, (_, _, _, _, first, _) in TAXES.items()
            ]
        )

    @property
    def html(self) -> str:
        """The explorer as it stands on a page: sliders (shown by the script), the result of the first setting, a table of scenarios."""
        base = next(iter(TAXES))
        first = self.result(self.places[0], base, TAXES[base][4], 0, 1)
        numbers = {
            "places": [asdict(place) for place in self.places],
            "england": asdict(self.england),
            "chances": self.chances,
            "taxes": {
                name: dict(zip(("name", "words", "step", "most", "first", "pounds"), given, strict=True))
                for name, given in TAXES.items()
            },
        }
        choose = ""
        if len(self.places) > 1:
            choose = _field("Place", _select("place", ((str(i), p.name) for i, p in enumerate(self.places))))
        rows = "".join(
            f'<tr><th scope="row">{words}</th><td><span data-line="{key}">{first[key]}</span></td></tr>'
            for key, words in LINES.items()
        )
        return (
            f'<div class="hd-explore" data-numbers="{escape(json.dumps(numbers, separators=(",", ":")), quote=True)}">'
            f'<form class="hd-sliders" hidden aria-label="Try a local tax">{choose}'
            f"{_field('Tax', _select('base', ((name, given[0]) for name, given in TAXES.items())))}"
            f"{_slider('rate', 'Rate', TAXES[base][2], TAXES[base][3], TAXES[base][2], TAXES[base][4])}"
            f"{_slider('share', 'Equalised by need', 0, 100, 5, 0)}"
            f"{_slider('years', 'Years for which the budget is fixed', 1, len(self.chances), 1, 1)}</form>"
            '<p class="hd-away" role="status" data-line="said"></p>'
            f'<table class="hd-result"><caption><span data-line="title">{escape(self.places[0].name)}: {escape(_setting(base, TAXES[base][4], 0, 1))}</span></caption>'
            f"<tbody>{rows}</tbody></table>"
            f"<details><summary>The same as a table of scenarios</summary>{self._table()}</details></div>"
        )

    def _table(self) -> str:
        frame = self.scenarios()
        head = "".join(f'<th scope="col">{escape(str(c))}</th>' for c in frame.columns)
        rows = "".join(
            f'<tr><th scope="row">{escape(str(row[0]))}</th>{"".join(f"<td>{escape(str(v))}</td>" for v in row[1:])}</tr>'
            for row in frame.itertuples(index=False)
        )
        return (
            '<table class="hd-scenarios"><caption>Pounds for each person a year that stay, by how much is equalised</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, str]:
        """Return what a notebook stores."""
        return {
            "text/html": self.html,
            "text/plain": f"Explorer of local taxes, {len(self.places)} place(s)",
        }


def _place(name: str, sums: pd.Series, total: pd.Series) -> Place:
    return Place(
        name,
        float(sums["people"]),
        float(sums["need"] / total["need"]),
        float(sums["income"]),
        float(sums["homes"]),
    )


def _rate(base: str, rate: float) -> str:
    return TAXES[base][1].replace("%", f"{rate:g}")


def _setting(base: str, rate: float, share: float, years: int) -> str:
    """Say a setting, as the page's script does.

    >>> _setting("income", 1.0, 50, 5)
    '1p in the pound, 50% equalised, budget fixed for 5 years'
    """
    return (
        f"{_rate(base, rate)}, {share:g}% equalised, budget fixed for {years} year{'s' if years > 1 else ''}"
    )


def _field(words: str, control: str) -> str:
    return f"<label><span>{escape(words)}</span>{control}</label>"


def _select(name: str, options: Iterable[tuple[str, str]]) -> str:
    listed = "".join(f'<option value="{escape(value)}">{escape(words)}</option>' for value, words in options)
    return f'<select name="{name}">{listed}</select>'


def _slider(name: str, words: str, least: float, most: float, step: float, first: float) -> str:
    return (
        f'<label><span>{words}: <b data-value="{name}"></b></span>'
        f'<input type="range" name="{name}" min="{least:g}" max="{most:g}" step="{step:g}" value="{first:g}"></label>'
    )
