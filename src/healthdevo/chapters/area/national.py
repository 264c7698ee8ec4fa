"""What area pages share, computed ahead of them: each function asks for the results that pages will ask for, so that the build keeps them.

An area that lacks figures is passed over; its own page says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from healthdevo import areas
from healthdevo.chapters.area.admissions.section import AreaAdmissions
from healthdevo.chapters.area.autonomy.section import AreaAutonomy
from healthdevo.chapters.area.card.numbers import numbers_of
from healthdevo.chapters.area.care.section import AreaCare
from healthdevo.chapters.area.devolution.placebos import synthetic_path
from healthdevo.chapters.area.devolution.section import AreaDevolution
from healthdevo.chapters.area.duty.section import everywhere
from healthdevo.chapters.area.emergency.attendances import AreaEmergency
from healthdevo.chapters.area.footprint.section import AreaFootprint
from healthdevo.chapters.area.ground import light_sound, months_with_sums
from healthdevo.chapters.area.inequality.section import AreaInequality
from healthdevo.chapters.area.members.section import AreaMembers
from healthdevo.chapters.area.money.section import AreaMoney
from healthdevo.chapters.area.spending.section import AreaSpending
from healthdevo.chapters.common import plain_name
from healthdevo.chapters.common.coverage import day_of
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts
from healthdevo.chapters.common.forecasts import forecast_of, trend_of
from healthdevo.chapters.devolution.admissions.others import elsewhere_by_table
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.panels import districts_of
from healthdevo.chapters.money.explorer import chances
from healthdevo.charts import canvas
from healthdevo.errors import HealthdevoError

Peers = tuple[str, str]


def peers_of(code: str) -> Peers:
    """Return what an area shares with all areas that it is compared with; boards that ended are compared among themselves."""
    area = areas.get(code)
    return area.kind, day_of(area)


def answers(codes: Sequence[str]) -> None:
    """Ask what pages of some areas ask of the tables and a process remembers (see ``remembered``), for pages to be forked from it.

    One area of each kind asks for all: what it compares itself with is the same for every area of the kind.
    """
    canvas.read_fonts(plain_name(area.short_name) for area in areas.registry())
    for code in Elsewhere.load().deals["area_code"]:
        districts_of(code)
    for everywhere_else in (Elsewhere.load(), elsewhere_by_table()):
        areas.adjacency("district", everywhere_else.outcome.boundaries)
    chances()
    duty(codes)
    for section in _SECTIONS:
        _first_of_each_kind(codes, partial(_asked, section))
    _first_of_each_kind(codes, lambda code: AreaInequality.load(code).lives)
    cards(codes)


def _asked(section: type[Any], code: str) -> None:
    """Load a section and look at its texts, as its page does."""
    section.load(code).texts()


def forecasts(codes: Sequence[str]) -> None:
    """Forecast the attendances of areas, with backtests."""
    months = months_with_sums(light_sound("emergency_month").frame, codes)
    for code in codes:
        with suppress(HealthdevoError):
            counts = monthly_counts(months, code)
            trend_of(counts, BREAKS)
            forecast_of(counts, BREAKS)


def _first_of_each_kind(codes: Sequence[str], compute: Callable[[str], object]) -> None:
    done: set[Peers] = set()
    for code in codes:
        peers = peers_of(code)
        if peers not in done:
            with suppress(HealthdevoError):
                compute(code)
                done.add(peers)


def spending(codes: Sequence[str]) -> None:
    """Compute spending per head and against need of all areas of the kinds of some areas, and the national elasticity."""

    def compute(code: str) -> object:
        section = AreaSpending.load(code)
        return section.services.spending, section.need.against_need, section.implied.returns

    _first_of_each_kind(codes, compute)


def inequality(codes: Sequence[str]) -> None:
    """Compute gradients and death rates of all districts and areas of the kinds of some areas."""

    def compute(code: str) -> object:
        section = AreaInequality.load(code)
        return section.inside, section.rates, section.lives

    _first_of_each_kind(codes, compute)


def footprint(codes: Sequence[str]) -> None:
    """Compute self-containment of all areas of the kinds of some areas."""

    def compute(code: str) -> object:
        section = AreaFootprint.load(code)
        return section.peers, section.later

    _first_of_each_kind(codes, compute)


def duty(codes: Sequence[str]) -> None:
    """Compute where all strategic authorities stand on what their health duty covers."""
    if any(areas.get(code).kind == "combined_authority" for code in codes):
        with suppress(HealthdevoError):
            everywhere()


def autonomy(codes: Sequence[str]) -> None:
    """Rank all areas of the kinds of some areas in care for adults and staff."""
    _first_of_each_kind(codes, lambda code: AreaAutonomy.load(code).ranks)


def devolution(codes: Sequence[str]) -> None:
    """Compare the change in areas with the changes in blocks of neighbouring districts."""
    for code in codes:
        with suppress(HealthdevoError):
            section = AreaDevolution.load(code)
            if section.panel is not None and section.test is not None and section.relative is not None:
                synthetic_path(section.panel)
                _ = section.strength
            other = section.admissions
            if other is not None and other.panel is not None and other.test is not None:
                synthetic_path(other.panel)
                _ = other.relative, other.judged


_SECTIONS: tuple[type[Any], ...] = (
    AreaInequality,
    AreaAdmissions,
    AreaSpending,
    AreaMoney,
    AreaEmergency,
    AreaCare,
    AreaAutonomy,
    AreaFootprint,
    AreaMembers,
)


def cards(codes: Sequence[str]) -> None:
    """Compute the numbers of the cards of all areas of the kinds of some areas."""
    _first_of_each_kind(codes, lambda code: numbers_of(areas.get(code)))
