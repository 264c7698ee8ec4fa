"""The six numbers of a card, each with its interval, rank among areas of its kind, and change: from the page's own sections.

A number is defined where its section defines it: attendances in ``AreaEmergency``, waiting in the chapter on demand, the gradient, lives and
deaths in ``AreaInequality`` and its national module, spending against need in ``AreaSpending``. Here they are only ranked and compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.card.national import waits
from healthdevo.chapters.area.emergency.attendances import AreaEmergency
from healthdevo.chapters.area.filling import loaded
from healthdevo.chapters.area.ground import light_sound
from healthdevo.chapters.area.inequality.section import AreaInequality
from healthdevo.chapters.area.spending.section import AreaSpending
from healthdevo.chapters.common import UncoveredError, error_of_limits
from healthdevo.chapters.common.remembered import remembered
from healthdevo.emergency import attendance_rates
from healthdevo.errors import HealthdevoError
from healthdevo.mathematics import normal_quantiles, rank_intervals

FIRST_YEAR = 2016
"""First financial year with A&E figures by area."""
MEASURES = (
    "attendances",
    "four_hours",
    "life_expectancy",
    "gradient",
    "preventable_deaths",
    "spending_against_need",
)
SECTION_OF = {
    "attendances": "emergency",
    "four_hours": "emergency",
    "life_expectancy": "inequality",
    "gradient": "inequality",
    "preventable_deaths": "inequality",
    "spending_against_need": "spending",
}
"""Section of the area's page that a number is of."""


@dataclass(frozen=True)
class Number:
    """One number of an area: value with 95% interval, rank (1 is the highest) with interval among ``of`` areas, and change since ``first``.

    ``first`` and ``last`` are the years that periods begin with; what is not known is NaN, or 0 for ranks and years. Where there is no number,
    ``reason`` says why, as Markdown. ``peers`` are the values of all areas compared, in order of size.
    """

    measure: str
    value: float = float("nan")
    error: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    rank: int = 0
    rank_lower: int = 0
    rank_upper: int = 0
    of: int = 0
    last: int = 0
    first: int = 0
    change: float = float("nan")
    change_lower: float = float("nan")
    change_upper: float = float("nan")
    compared: str = ""
    """Kind of the areas compared."""
    peers: tuple[float, ...] = field(default=(), repr=False)
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return bool(np.isfinite(self.value))

    @property
    def direction(self) -> str:
        """How it changed beyond chance: ``higher``, ``lower``, ``unclear``, or empty where only one period is known.

        >>> Number("gradient", 8.0, change=1.0, change_lower=0.2, change_upper=1.8).direction, Number("gradient", 8.0).direction
        ('higher', '')
        """
        if not np.isfinite(self.change):
            return ""
        if self.change_lower > 0:
            return "higher"
        return "lower" if self.change_upper < 0 else "unclear"


def number_of(
    measure: str, rows: pd.DataFrame, code: str, compared: str, earlier: pd.DataFrame | None = None
) -> Number:
    """Return an area's number among others from ``area_code``, ``start``, ``value``, ``error``, ``lower`` and ``upper`` of all of them.

    ``earlier`` has the same of an earlier period. The interval of the change takes the two periods as independent.

    >>> rows = pd.DataFrame({"area_code": ["A", "B"], "start": 2020, "value": [1.0, 9.0], "error": 0.1, "lower": [0.8, 8.8], "upper": [1.2, 9.2]})
    >>> found = number_of("gradient", rows, "B", "icb", rows.assign(start=2010, value=[1.0, 8.0]))
    >>> found.rank, found.of, found.change, found.direction
    (1, 2, 1.0, 'higher')
    """
    rows = rows.dropna(subset=["value", "error"]).sort_values("area_code").reset_index(drop=True)
    own = rows[rows["area_code"] == code]
    if own.empty:
        return Number(measure, reason="There is no figure for it.")
    place = int(own.index[0])
    rank, rank_lower, rank_upper = 0, 0, 0
    if len(rows) > 1:
        found = rank_intervals(rows["value"], rows["error"], first="highest").to_frame().iloc[place]
        rank, rank_lower, rank_upper = (int(found[name]) for name in ("rank", "lower", "upper"))
    value, error = float(own["value"].iloc[0]), float(own["error"].iloc[0])
    last, first = int(own["start"].iloc[0]), 0
    change = lower = upper = float("nan")
    before = (
        pd.DataFrame()
        if earlier is None
        else earlier[earlier["area_code"] == code].dropna(subset=["value", "error"])
    )
    if len(before) and int(before["start"].iloc[0]) < last:
        first = int(before["start"].iloc[0])
        change = value - float(before["value"].iloc[0])
        margin = float(normal_quantiles(0.95)[0]) * float(np.hypot(error, before["error"].iloc[0]))
        lower, upper = change - margin, change + margin
    return Number(
        measure,
        value,
        error,
        float(own["lower"].iloc[0]),
        float(own["upper"].iloc[0]),
        rank=rank,
        rank_lower=rank_lower,
        rank_upper=rank_upper,
        of=len(rows),
        last=last,
        first=first,
        change=change,
        change_lower=lower,
        change_upper=upper,
        compared=compared,
        peers=tuple(sorted(float(v) for v in rows["value"])),
    )


def _rates(section: AreaEmergency, year: int) -> pd.DataFrame:
    """Return attendances per 1,000 people of all areas with 12 months in a year."""
    m = section.months
    codes = [peer.code for peer in section.peers]
    inside = m["month"].between(pd.Timestamp(year, 4, 1), pd.Timestamp(year + 1, 3, 31))
    rows = m[inside & (m["department_type"] == "all") & m["area_code"].isin(codes)].dropna(
        subset=["attendances"]
    )
    people = section.population[section.population["year"] == year].set_index("area_code")["persons"].dropna()
    months = rows.groupby("area_code", observed=True)["month"].count()
    full = set(months.index[months == 12]) & set(people.index)
    rows = rows[rows["area_code"].isin(full)]
    if rows["area_code"].nunique() < 2:
        return pd.DataFrame(columns=["area_code", "start", "value", "error"])
    result = attendance_rates(rows, people)
    return pd.DataFrame(
        {"area_code": result.index, "start": year, "value": result.estimate, "error": result.standard_error}
    )


@remembered()
def _rows_by_area() -> dict[str, pd.DataFrame]:
    """Return the months of all types of department together, by area."""
    rows = light_sound("emergency_month").frame
    rows = rows[rows["department_type"] == "all"]
    return {str(code): part.reset_index(drop=True) for code, part in rows.groupby("area_code", observed=True)}


@remembered()
def waits_of(code: str) -> pd.DataFrame | None:
    """Return the shares within four hours of an area that has rows of its own (see ``national.waits``)."""
    rows = _rows_by_area().get(code)
    return None if rows is None else waits(rows)


def emergency_numbers(code: str) -> list[Number]:
    """Return attendances per 1,000 people and the share within four hours."""
    section = loaded(AreaEmergency, code)
    now = section.rates.rename(columns={"estimate": "value", "standard_error": "error"}).assign(
        start=section.year
    )
    attendances = number_of("attendances", now, code, section.compared, _rates(section, FIRST_YEAR))
    found = []
    for peer in section.peers:
        own = waits_of(peer.code)
        if own is None:  # a sum of boards
            of_peer = section.months["area_code"] == peer.code
            rows = section.months[of_peer & (section.months["department_type"] == "all")]
            own = waits(rows.reset_index(drop=True))
        found.append(own)
    every = pd.concat([f for f in found if len(f)], ignore_index=True)
    every = every.assign(end=every["start"], start=every["start"].dt.year - 1)
    latest = every[every["end"] == every["end"].max()]
    first = every[every["end"] == every["end"].min()]
    four = number_of("four_hours", latest, code, section.compared, first)
    return [attendances, four]


def inequality_numbers(code: str) -> list[Number]:
    """Return life expectancy, the gradient and preventable deaths under 75."""
    section = loaded(AreaInequality, code)
    kind = areas.get(code).kind
    lives = section.all_of.mean_lives
    deaths = section.all_of.mean_deaths
    slopes = section.inside.rename(columns={"slope": "mean"})
    found = []
    for measure, frame in (("life_expectancy", lives), ("gradient", slopes), ("preventable_deaths", deaths)):
        rows = frame[frame["area_code"].isin(section.codes)].rename(columns={"mean": "value"})
        last, first = rows["start"].max(), rows["start"].min()
        found.append(
            number_of(measure, rows[rows["start"] == last], code, kind, rows[rows["start"] == first])
        )
    return found


def spending_numbers(code: str) -> list[Number]:
    """Return councils' spending on care and public health over what deprivation and age lead one to expect, in per cent."""
    need = loaded(AreaSpending, code).need.against_need
    rows = need.rename(columns={"difference": "value"}).assign(start=FIRST_YEAR, error=error_of_limits(need))
    return [number_of("spending_against_need", rows, code, areas.get(code).kind)]


_OF_SECTION = {"emergency": emergency_numbers, "inequality": inequality_numbers, "spending": spending_numbers}


def numbers_of(area: Area) -> dict[str, Number]:
    """Return the six numbers of an area by measure; where there are no figures, the reason as Markdown."""
    found: dict[str, Number] = {}
    for section, make in _OF_SECTION.items():
        try:
            numbers = make(area.code)
        except UncoveredError as problem:
            said = problem.text
            numbers = [Number(m, reason=said or str(problem)) for m in MEASURES if SECTION_OF[m] == section]
        except HealthdevoError as problem:
            numbers = [Number(m, reason=str(problem)) for m in MEASURES if SECTION_OF[m] == section]
        found |= {number.measure: number for number in numbers}
    return {measure: found[measure] for measure in MEASURES}
