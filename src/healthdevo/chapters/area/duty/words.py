"""Sentences of the section on the health duty that depend on its numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import few, source_line
from healthdevo.charts import Caption
from healthdevo.wording import as_markdown, join, signed

if TYPE_CHECKING:
    from healthdevo.areas import Area
    from healthdevo.chapters.area.duty.national import Measure
    from healthdevo.chapters.area.duty.section import AreaDuty


def period_of(measure: Measure, year: int) -> str:
    """Return the period of a value.

    >>> from healthdevo.chapters.area.duty.national import MEASURES
    >>> period_of(MEASURES[0], 2023), period_of(MEASURES[2], 2024)
    ('2023–25', '2024')
    """
    return str(year) if measure.years == 1 else f"{year}–{(year + measure.years - 1) % 100:02d}"


def _digits(lower: float, upper: float) -> int:
    return 1 if upper - lower < 10 else 0


def here(value: float, lower: float, upper: float, unit: str) -> str:
    """Return a value with its interval and unit.

    >>> here(78.234, 78.01, 78.46, "years"), here(201.4, 190.2, 212.6, "per 100,000")
    ('78.2 (78.0 to 78.5) years', '201 (190 to 213) per 100,000')
    """
    d = _digits(lower, upper)
    shown = f"{value:.{d}f} ({lower:.{d}f} to {upper:.{d}f})".replace("-", "\N{MINUS SIGN}")
    return f"{shown}%" if unit == "%" else f"{shown} {unit}"


def plain(value: float, unit: str) -> str:
    """Return England's value.

    >>> plain(81.04, "years"), plain(float("nan"), "%")
    ('81.0', '')
    """
    return "" if pd.isna(value) else f"{value:.{0 if unit == 'per 100,000' else 1}f}"


def trend(slope: float, lower: float, upper: float) -> str:
    """Return the change over ten years with its interval.

    >>> trend(-0.5, -0.7, -0.3), trend(float("nan"), float("nan"), float("nan"))
    ('−5.0 (−7.0 to −3.0)', 'too few years')
    """
    if math.isnan(slope):
        return "too few years"
    d = _digits(10 * lower, 10 * upper)
    shown = [signed(10 * v, d) for v in (slope, lower, upper)]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def needed(years: float) -> str:
    """Return the years on each side of a change.

    >>> needed(3.0), needed(1.0), needed(float("nan"))
    ('3', '1', 'more than 99')
    """
    return "more than 99" if pd.isna(years) else f"{years:.0f}"


def chart(section: AreaDuty) -> Caption:
    """Return the words of the chart."""
    rows = section.rows
    worse, better = int((rows["side"] < 0).sum()), int((rows["side"] > 0).sum())
    return Caption(
        "area-duty",
        f"Worse than England on {few(worse)} of {few(len(rows))} measures",
        f"{section.area.short_name}: difference from England on what its health duty covers, in per cent of England’s value. Latest figures, 95% intervals. Right is better",
        source_line("life_expectancy_area", "under_75_mortality", "wider_determinants"),
        f"Dot chart of {len(rows)} measures for {section.area.short_name}: clearly better than England on {better}, clearly worse on {worse}.",
    )


def table(area: Area) -> str:
    """Return the caption of the table."""
    return (
        f"{area.short_name}: what the health duty covers. Means of districts weighted by people, healthy life as published. "
        "The last column: years on each side that must be averaged for a lasting change of 5% to show (of half a year for lengths of life)."
    )


def texts(section: AreaDuty) -> dict[str, str]:
    """Return the named texts."""
    rows = section.rows
    return {
        "duty_headline": headline(rows, as_markdown(section.area.short_name)),
        "duty_trends": trends(rows),
        "duty_wait": wait(rows),
        "duty_missing": missing(section.missing),
    }


_NAMED = 4
"""Most measures that a sentence names."""


def _lower(titles: pd.Series) -> list[str]:
    """Return titles as they stand inside a sentence.

    >>> _lower(pd.Series(["GCSEs in English and maths", "Life expectancy"]))
    ['GCSEs in English and maths', 'life expectancy']
    """
    return [t if t[1].isupper() else t[0].lower() + t[1:] for t in titles]


def _named(titles: list[str]) -> str:
    """Return how many measures there are, and then their names where they are few.

    >>> _named(["healthy life", "road deaths"]), _named(["healthy life"]), _named([])
    ('two. These are healthy life and road deaths.', 'one, healthy life.', 'none.')
    """
    if not 0 < len(titles) <= _NAMED:
        return f"{few(len(titles))}."
    return f"one, {titles[0]}." if len(titles) == 1 else f"{few(len(titles))}. These are {join(titles)}."


def _count(titles: list[str]) -> str:
    """Return how many measures there are, and their names where they are few."""
    return few(len(titles)) + (f" ({join(titles)})" if 0 < len(titles) <= _NAMED else "")


def headline(rows: pd.DataFrame, name: str) -> str:
    """Say on how many measures an authority stands worse and better than England beyond chance."""
    worse, better = (_lower(rows.loc[side, "title"]) for side in (rows["side"] < 0, rows["side"] > 0))
    return (
        f"Of {len(rows)} measures of what the duty covers, {name} is clearly worse than England on {_named(worse)} "
        f"It is clearly better on {_named(better)}"
    )


def trends(rows: pd.DataFrame) -> str:
    """Say which measures clearly moved, for the better and for the worse."""
    known = rows[rows["trend"].notna()]
    good = _lower(known.loc[known["way"] > 0, "title"])
    bad = _lower(known.loc[known["way"] < 0, "title"])
    if not good and not bad:
        return "In the last ten years none moved beyond chance."
    told = [
        f"{_count(names)} clearly got {word}." for word, names in (("better", good), ("worse", bad)) if names
    ]
    return " ".join([f"In the last ten years {told[0]}", *(f"{t[0].upper()}{t[1:]}" for t in told[1:])])


def wait(rows: pd.DataFrame) -> str:
    """Say how long one would have to wait for a change to show."""
    deaths = rows[rows["measure"] == "preventable_deaths"]
    soon = int((rows["years_needed"] <= 3).sum())
    first = f"On {few(soon)} of the {len(rows)} a lasting change of 5% would show within three years"
    if deaths.empty:
        return f"{first}."
    years = float(deaths["years_needed"].iloc[0])
    after = "more than 99 years" if pd.isna(years) else "one year" if years == 1 else f"{years:.0f} years"
    return f"{first}. In preventable deaths it takes {after} before and as many after."


def missing(titles: list[str]) -> str:
    """Say which measures have no figures here."""
    if not titles:
        return "Every measure has figures for this area."
    return f"Not published for this area, or not for nine in ten of its people: {join(_lower(pd.Series(titles)))}."
