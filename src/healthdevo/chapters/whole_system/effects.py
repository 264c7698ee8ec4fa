"""The effect on every indicator by one design, how unusual it is among blocks of ten areas, and the number of tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import GREATER_MANCHESTER, lower_upper
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.devolution.panels import districts_of, panel_of
from healthdevo.chapters.whole_system.catalogue import Series
from healthdevo.chapters.whole_system.meanings import THEMES, WITHIN, Meaning, meaning
from healthdevo.chapters.whole_system.periods import label
from healthdevo.evaluation import Panel, PlaceboTest, contiguous_groups, placebo_test
from healthdevo.evaluation.result import permutation_intervals
from healthdevo.regression import adjust_p_values, minimum_detectable_effect
from healthdevo.typing import FloatArray, IntArray

DRAWS, MORE_DRAWS, CLOSE = 300, 2000, 0.1
"""Blocks for every indicator, and for those whose share among the first blocks is at most ``CLOSE``; the first are among the more."""
TOGETHER = 300
"""Blocks that are the same for all indicators of a tier, so that the indicators that each block moves can be counted."""
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


def common_blocks(panels: Sequence[Panel], tier: str, year: int, draws: int) -> pd.DataFrame:
    """Draw blocks of ten areas that all panels of a tier have; one row for each, with the codes of its areas."""
    shared = set(panels[0].areas).intersection(*(set(p.areas) for p in panels[1:]))
    part = panels[0].drop([code for code in panels[0].areas if code not in shared])
    return pd.DataFrame(np.asarray(part.areas)[blocks(part, tier, year, draws)])


def among(test: PlaceboTest, first: int) -> PlaceboTest:
    """Return a test among its first blocks only.

    >>> y = np.random.default_rng(0).normal(size=(20, 8))
    >>> own = Panel(y, np.outer(np.arange(20) < 2, np.arange(8) >= 5), range(20), range(8))
    >>> groups = np.array([[2, 3], [4, 5], [6, 7]])
    >>> among(placebo_test(own, "sdid", groups=groups), 2) == placebo_test(own, "sdid", groups=groups[:2])
    False
    >>> among(placebo_test(own, "sdid", groups=groups), 2).p_absolute == placebo_test(own, "sdid", groups=groups[:2]).p_absolute
    True
    """
    effects = test.effects[:first]
    larger = int((np.abs(effects) >= abs(test.estimate)).sum())
    return replace(
        test,
        effects=effects,
        groups=test.groups[:first],
        ratios=test.ratios[:first],
        standard_error=float(np.std(effects)),
        intervals=permutation_intervals(test.estimate, effects, [i.level for i in test.intervals]),
        n=first + 1,
        p_absolute=(1 + larger) / (first + 1),
        rank=1 + larger,
    )


@dataclass(frozen=True)
class IndicatorEffect:
    """One indicator with its effect."""

    series: Series
    meaning: Meaning
    panel: Panel = field(repr=False)
    test: PlaceboTest = field(repr=False)
    together: FloatArray = field(repr=False)
    """Effects of the blocks that all indicators of the tier share."""

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
        detectable = float(minimum_detectable_effect(self.test.standard_error)["effect"].iloc[0])
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
class Joint:
    """How many indicators of a tier moved at once in Greater Manchester, and in blocks without the agreement."""

    tested: int
    moved: int
    """Indicators at which the effect in Greater Manchester is among the largest 5%, of the blocks that all share."""
    share: float
    """Share of blocks, Greater Manchester among them, with as many."""
    share_of_fewer: float
    """The same with one fewer, since indicators near the line of 5% can fall on either side."""
    usual: float
    """Indicators that a block moves on average."""


def joint_of(tested: Sequence[IndicatorEffect]) -> Joint:
    """Count the indicators at which Greater Manchester, and each shared block, is among the largest 5% in size."""
    sizes = np.abs([np.append(t.together, t.test.estimate) for t in tested])
    ranks = (sizes[:, None, :] >= sizes[:, :, None]).sum(axis=2)
    moved = (ranks <= LEVEL * sizes.shape[1]).sum(axis=0)
    share, fewer = (float((moved >= moved[-1] - less).mean()) for less in (0, 1))
    return Joint(len(tested), int(moved[-1]), share, fewer, float(moved[:-1].mean()))


@kept
def _tests(
    every: tuple[Series, ...], units: tuple[str, ...], draws: int, more: int, together: int
) -> list[tuple[PlaceboTest, FloatArray]]:
    """Return for each series the effect among its own blocks, and the effects of the blocks that all series of its tier share."""
    panels = [panel(s, unit) for s, unit in zip(every, units, strict=True)]
    shared: dict[str, pd.DataFrame] = {}
    for tier in {s.tier for s in every}:
        mates = [p for p, s in zip(panels, every, strict=True) if s.tier == tier]
        year = max(s.boundaries for s in every if s.tier == tier)
        shared[tier] = common_blocks(mates, tier, year, together)
    drawn: dict[tuple[object, ...], IntArray] = {}

    def own_blocks(series: Series, own: Panel, number: int) -> IntArray:
        key = (tuple(own.areas), series.boundaries, number)
        if key not in drawn:
            drawn[key] = blocks(own, series.tier, series.boundaries, number)
        return drawn[key]

    found = []
    for series, own in zip(every, panels, strict=True):
        codes = shared[series.tier].to_numpy()
        common = own.areas.get_indexer(pd.Index(codes.ravel())).reshape(codes.shape)
        first = own_blocks(series, own, draws)
        both = placebo_test(own, "sdid", groups=np.concatenate([first, common]))
        test = among(both, len(first))
        if test.p_absolute <= CLOSE and more > draws:
            test = placebo_test(own, "sdid", groups=own_blocks(series, own, more))
        found.append((test, both.effects[len(first) :]))
    return found


@dataclass(frozen=True)
class Effects:
    """All indicators with their effects."""

    series: tuple[Series, ...] = field(repr=False)
    draws: int = DRAWS
    more: int = MORE_DRAWS
    together: int = TOGETHER

    @cached_property
    def tested(self) -> tuple[IndicatorEffect, ...]:
        """The effect on each indicator; those with the same areas share their blocks."""
        meanings = [meaning(s.name) for s in self.series]
        panels = [panel(s, m.unit) for s, m in zip(self.series, meanings, strict=True)]
        tests = _tests(self.series, tuple(m.unit for m in meanings), self.draws, self.more, self.together)
        parts = zip(self.series, meanings, panels, tests, strict=True)
        return tuple(
            IndicatorEffect(series, what, own, test, together)
            for series, what, own, (test, together) in parts
        )

    @cached_property
    def joint(self) -> dict[str, Joint]:
        """How many indicators moved at once, by tier."""
        tiers = sorted({t.series.tier for t in self.tested})
        return {tier: joint_of([t for t in self.tested if t.series.tier == tier]) for tier in tiers}

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
