"""The effect on every indicator by one design, how unusual it is among blocks of ten areas, and the number of tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import GREATER_MANCHESTER, lower_upper
from healthdevo.chapters.devolution.elsewhere import DETECTABLE
from healthdevo.chapters.devolution.panels import districts_of, panel_of
from healthdevo.chapters.whole_system.catalogue import Series
from healthdevo.chapters.whole_system.meanings import THEMES, WITHIN, Meaning, meaning
from healthdevo.chapters.whole_system.periods import label
from healthdevo.evaluation import Panel, PlaceboTest, contiguous_groups, placebo_test
from healthdevo.regression import adjust_p_values
from healthdevo.typing import IntArray

DRAWS, MORE_DRAWS, CLOSE = 300, 3000, 0.1
"""Blocks for every indicator, and for those whose share among the first blocks is at most ``CLOSE``; the first are among the more."""
LEVEL = 0.05
SEED = 2014


def panel(series: Series, unit: str) -> Panel:
    """Return the panel of Greater Manchester against the other areas of a series that is tested."""
    rows = series.frame.assign(period=series.frame["first_day"].dt.year)
    start = int(rows.loc[rows["side"] > 0, "period"].min())
    return panel_of(rows, unit=unit, treated=districts_of(GREATER_MANCHESTER), start=start)


def spread(panel: Panel) -> float:
    """Return the standard deviation between areas of their means before the agreement."""
    return float(np.std(panel.outcome[:, : int(panel.cohorts[0])].mean(axis=1), ddof=1))


def blocks(panel: Panel, tier: str, year: int, draws: int) -> IntArray:
    """Draw contiguous blocks of ten areas without the agreement; more draws begin with the same blocks."""
    touching = areas.adjacency(tier, year).reindex(index=panel.areas, columns=panel.areas)
    return contiguous_groups(panel, touching.astype(bool), draws=draws, seed=SEED)


@dataclass(frozen=True)
class Tested:
    """One indicator with its effect."""

    series: Series
    meaning: Meaning
    panel: Panel = field(repr=False)
    test: PlaceboTest = field(repr=False)

    @cached_property
    def windows(self) -> pd.DataFrame:
        """First and last day of every period used, in order."""
        days = self.series.frame[["first_day", "last_day"]].drop_duplicates()
        return days.sort_values("first_day", ignore_index=True)

    @property
    def overlapping(self) -> bool:
        """Whether neighbouring periods share years."""
        first, last = self.windows["first_day"], self.windows["last_day"]
        return bool((first.to_numpy()[1:] <= last.to_numpy()[:-1]).any())

    @cached_property
    def spread(self) -> float:
        """Standard deviation between areas before the agreement."""
        return spread(self.panel)

    def row(self) -> dict[str, Any]:
        """Return the numbers of the indicator as a row of the table."""
        series, what, before = self.series, self.meaning, self.series.before
        names = [label(a, b) for a, b in self.windows.itertuples(index=False)]
        detectable = DETECTABLE * self.test.standard_error
        limits = lower_upper(self.test, value="effect")
        turned = sorted(limits[c] / self.spread * (what.sign or 1.0) for c in ("lower", "upper"))
        return {
            "indicator": series.name,
            "title": what.title,
            "theme": what.theme,
            "unit": what.unit,
            "better": what.better,
            **limits,
            "p_value": self.test.p_absolute,
            "level_before": float(
                self.panel.outcome[self.panel.treated, int(self.panel.cohorts[0]) - 1].mean()
            ),
            "spread": self.spread,
            "good": limits["effect"] / self.spread * (what.sign or 1.0),
            "good_lower": turned[0],
            "good_upper": turned[1],
            "detectable": detectable,
            "detectable_standardised": detectable / self.spread,
            "areas": self.panel.shape[0],
            "areas_left_out": len(series.left_out),
            "periods_before": before,
            "periods_after": series.after,
            "first_before": names[0],
            "last_before": names[before - 1],
            "first_after": names[before],
            "last_after": names[-1],
            "overlapping": self.overlapping,
            "sex": series.sex,
            "tier": series.tier,
            "boundaries": series.boundaries,
            "blocks": len(self.test.effects),
            "edition": " ".join(filter(None, [what.edition, series.edition])),
            "publisher": what.publisher,
            "note": what.note,
        }


@dataclass(frozen=True)
class Effects:
    """All indicators with their effects."""

    series: tuple[Series, ...] = field(repr=False)
    draws: int = DRAWS
    more: int = MORE_DRAWS

    @cached_property
    def tested(self) -> tuple[Tested, ...]:
        """The effect on each indicator; areas that are the same share their blocks."""
        drawn: dict[tuple[object, ...], IntArray] = {}
        found = []
        for series in self.series:
            what = meaning(series.name)
            own = panel(series, what.unit)

            def test(draws: int, own: Panel = own, series: Series = series) -> PlaceboTest:
                key = (tuple(own.areas), series.boundaries, draws)
                if key not in drawn:
                    drawn[key] = blocks(own, series.tier, series.boundaries, draws)
                return placebo_test(own, "sdid", groups=drawn[key])

            first = test(self.draws)
            close = first.p_absolute <= CLOSE and self.more > self.draws
            found.append(Tested(series, what, own, test(self.more) if close else first))
        return tuple(found)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each indicator in the order of the themes, with p-values adjusted for the number of tests."""
        frame = adjusted(pd.DataFrame([tested.row() for tested in self.tested]))
        titles = frame.set_index("indicator")["title"]
        return frame.assign(part_of=frame["indicator"].map(WITHIN).map(titles).fillna(""))


def adjusted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with p-values adjusted by Benjamini and Hochberg, and by Benjamini and Yekutieli, in the order of the page.

    >>> rows = {"indicator": ["a", "b"], "theme": ["care", "deaths"], "p_value": [0.01, 0.5], "good": [1.0, 0.0]}
    >>> adjusted(pd.DataFrame(rows))["adjusted"].tolist()
    [0.5, 0.02]
    """
    by_name = frame.set_index("indicator")["p_value"]
    for column, method in (("adjusted", "benjamini-hochberg"), ("adjusted_any", "benjamini-yekutieli")):
        frame = frame.assign(**{column: adjust_p_values(by_name, method)["adjusted"].to_numpy()})
    return in_order(frame, list(THEMES))


def in_order(frame: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """Return the rows by theme and then from the best to the worst effect."""
    place = frame["theme"].map({name: i for i, name in enumerate(themes)})
    keys = frame.assign(_theme=place, _good=-frame["good"].round(9))
    order = keys.sort_values(["_theme", "_good", "indicator"], kind="stable").index
    return frame.loc[order].reset_index(drop=True)
