"""What area pages share, computed ahead of them: each function asks for the results that pages will ask for, so that the build keeps them.

An area that lacks figures is passed over; its own page says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from healthdevo import areas, tables
from healthdevo.chapters.area.card.numbers import numbers_of
from healthdevo.chapters.area.devolution.placebos import synthetic_path
from healthdevo.chapters.area.devolution.section import AreaDevolution
from healthdevo.chapters.area.footprint.section import AreaFootprint
from healthdevo.chapters.area.ground import light, months_with_sums, union_of
from healthdevo.chapters.area.inequality.section import AreaInequality
from healthdevo.chapters.area.spending.section import AreaSpending
from healthdevo.chapters.common.coverage import TODAY, day_of, overlaps
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts
from healthdevo.chapters.common.forecasts import forecast_of, trend_of
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.panels import districts_of
from healthdevo.charts import canvas
from healthdevo.errors import HealthdevoError


def answers() -> None:
    """Ask what every area page asks and a process remembers, for pages to be forked from it: who lies where, who are neighbours, type."""
    canvas.read_fonts()
    elsewhere = Elsewhere.load()
    areas.adjacency("district", elsewhere.outcome.boundaries)
    for kind in areas.KINDS.rows:
        for area in areas.list_areas(kind.code, TODAY) if kind.sections else ():
            union_of(area.code)
            overlaps(area, [other.code for other in areas.KINDS.rows if other.sections])
    for code in elsewhere.deals["area_code"]:
        districts_of(code)


def forecasts(codes: Sequence[str]) -> None:
    """Forecast the attendances of areas, with backtests."""
    months = months_with_sums(light(tables.load_sound("emergency_month").frame), codes)
    for code in codes:
        with suppress(HealthdevoError):
            counts = monthly_counts(months, code)
            trend_of(counts, BREAKS)
            forecast_of(counts, BREAKS)


def _first_of_each_kind(codes: Sequence[str], compute: Callable[[str], object]) -> None:
    done: set[tuple[str, str]] = set()
    for code in codes:
        area = areas.get(code)
        peers = area.kind, day_of(area)  # boards that ended are compared among themselves
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


def devolution(codes: Sequence[str]) -> None:
    """Compare the change in areas with the changes in blocks of neighbouring districts."""
    for code in codes:
        with suppress(HealthdevoError):
            section = AreaDevolution.load(code)
            if section.panel is not None and section.test is not None and section.relative is not None:
                synthetic_path(section.panel)


def cards(codes: Sequence[str]) -> None:
    """Compute the numbers of the cards of all areas of the kinds of some areas."""
    _first_of_each_kind(codes, lambda code: numbers_of(areas.get(code)))
