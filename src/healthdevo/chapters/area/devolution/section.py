"""Area section "Devolution": what changed in both main outcomes where there was a deal, and what could be seen where there was none."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, charts
from healthdevo.areas import Area
from healthdevo.chapters.area.devolution import words
from healthdevo.chapters.area.devolution.placebos import (
    JudgedAdmissions,
    judged_admissions,
    judged_deaths,
    neighbour_blocks,
    placebo,
    synthetic_path,
)
from healthdevo.chapters.area.ground import districts_in, new_codes
from healthdevo.chapters.common import (
    GREATER_MANCHESTER,
    UncoveredError,
    area_with,
    plain_name,
    source_line,
    with_name,
)
from healthdevo.chapters.devolution.admissions.others import elsewhere_by_table
from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.elsewhere import DETECTABLE, Elsewhere
from healthdevo.chapters.devolution.findings import admissions_short
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, districts_of
from healthdevo.chapters.devolution.pre_trends import given
from healthdevo.chapters.devolution.subject import ADMISSIONS, Subject
from healthdevo.evaluation import ConditionalPlaceboTest, Panel, PlaceboTest
from healthdevo.typing import IntArray

ENOUGH = 19
"""Blocks below which no permutation interval at the 95% level has an end."""


@dataclass(frozen=True)
class AreaDevolution:
    """What the devolution section of an area's page says and shows.

    ``districts`` have at least half their people in the area, and figures in every year.
    """

    area: Area
    elsewhere: Elsewhere = field(repr=False)
    districts: tuple[str, ...]

    @classmethod
    def load(cls, area_code: str) -> AreaDevolution:
        """Load what the section of an area needs."""
        area = area_with(area_code, "devolution")
        elsewhere = Elsewhere.load()
        parts, earlier = districts_in(area.code), {new: old for old, new in new_codes().items()}
        mostly = sorted(earlier.get(str(code), str(code)) for code in parts.index[parts >= 0.5])
        found = tuple(c for c in mostly if c in elsewhere.outcome.codes)
        if not found:
            problem = f"table under_75_mortality has no district with most of its people in {area}"
            raise UncoveredError(problem, "devolution", words.instead(area))
        return cls(area, elsewhere, found)

    @cached_property
    def deals(self) -> pd.DataFrame:
        """Deals with districts in the area: the earliest start comes first."""
        rows = self.elsewhere.deals
        shared = np.array([len(set(self.districts) & set(d)) for d in rows["districts"]], dtype=int)
        return rows.assign(shared=shared)[shared > 0].sort_values(["start", "name"], ignore_index=True)

    @cached_property
    def later(self) -> pd.DataFrame:
        """Deals with districts in the area that began too late to judge, or as pilots too early: all that are not among ``deals``."""
        rows = self.elsewhere.agreements.first
        shared = [bool(set(self.districts) & set(d)) for d in rows["districts"]]
        return rows[np.array(shared, dtype=bool) & ~rows["area_code"].isin(self.deals["area_code"])]

    @property
    def part(self) -> bool:
        """Whether the area is one district of a larger deal, which is judged as a whole."""
        alone = self.area.kind in areas.KIND_GROUPS["district"]
        return alone and bool((self.deals["size"] > 1).any())

    @property
    def treated(self) -> bool:
        """Whether the area, or part of it, had a deal early enough to judge that is shown here."""
        return not self.deals.empty and not self.part

    @cached_property
    def group(self) -> tuple[str, ...]:
        """The districts whose path is drawn: those of the area with a deal, or all of it where there was none."""
        if not self.treated:
            return self.districts
        with_deal = set().union(*self.deals["districts"])
        return tuple(c for c in self.districts if c in with_deal)

    @property
    def start(self) -> int:
        """First treated year: that of the earliest deal, or Greater Manchester's where there was none."""
        return int(self.deals["start"].iloc[0]) if self.treated else HEALTH_DEAL

    @property
    def subject(self) -> Subject:
        """The outcome."""
        return self.elsewhere.subject

    @property
    def is_manchester(self) -> bool:
        """Whether the area is Greater Manchester's ten districts, which the chapter judges by all its readings."""
        return self.treated and set(self.group) == set(districts_of(GREATER_MANCHESTER))

    @cached_property
    def judged(self) -> JudgedAdmissions | None:
        """What the page on avoidable admissions finds, where that is the outcome and the area is Greater Manchester; else None."""
        if self.subject != ADMISSIONS or not self.is_manchester:
            return None
        return judged_admissions(Rates.load())

    @cached_property
    def finding(self) -> str:
        """The chapter's finding in short, where the area is Greater Manchester; else nothing."""
        if not self.is_manchester:
            return ""
        if self.judged is not None:
            return admissions_short(self.judged.main, self.judged.verdict.sentence)
        return judged_deaths()[0]

    @property
    def strength(self) -> str:
        """How strong the chapter's rule calls the evidence, where the area is Greater Manchester; else nothing."""
        if self.judged is not None:
            return self.judged.verdict.strength
        return judged_deaths()[1] if self.is_manchester and self.subject != ADMISSIONS else ""

    @cached_property
    def admissions(self) -> AreaDevolution | None:
        """The same section for avoidable admissions; None where no change can come from a deal, or no district with one has figures."""
        if not self.treated or self.subject == ADMISSIONS:
            return None
        others = elsewhere_by_table()
        found = tuple(code for code in self.districts if code in others.outcome.codes)
        section = AreaDevolution(self.area, others, found)
        return section if found and section.treated and section.group else None

    @cached_property
    def panel(self) -> Panel | None:
        """The area's districts against districts without a deal; None without a district to show or to compare with.

        Greater Manchester's are compared as in the chapter, with all of England outside London, so that its numbers are the same.
        """
        if self.is_manchester:
            return self.elsewhere.main().panel()
        return self.elsewhere.panel(frozenset(self.group), self.start) if self.group else None

    @cached_property
    def blocks(self) -> IntArray | None:
        """Blocks of as many neighbouring districts without a deal; None where too few can be grown."""
        if self.panel is None or 2 * self.panel.n_treated >= self.panel.n_controls:
            return None
        found = neighbour_blocks(self.panel, self.elsewhere.outcome.boundaries)
        return found if len(found) >= ENOUGH else None

    def _placebo(self, design: str) -> PlaceboTest | None:
        if self.panel is None or self.blocks is None:
            return None
        return placebo(self.panel, design, self.blocks)

    @cached_property
    def test(self) -> PlaceboTest | None:
        """The change in the area's districts among those of blocks of as many districts without a deal."""
        return self._placebo("sdid")

    @cached_property
    def relative(self) -> PlaceboTest | None:
        """The same in log points."""
        return self._placebo("sdid_log")

    @cached_property
    def given_trend(self) -> ConditionalPlaceboTest | None:
        """The plain difference with the earlier trend taken into account; None where too few blocks are apart to learn from."""
        if self.panel is None or self.blocks is None:
            return None
        apart = [sum(not set(a) & set(b) for b in self.blocks.tolist()) for a in self.blocks.tolist()]
        return given(self.panel, self.blocks, "earlier trend") if min(apart) >= 3 else None

    @property
    def stands_out(self) -> bool:
        """Whether at most one block in twenty changed as much."""
        return self.test is not None and self.test.p_absolute <= 0.05

    @property
    def detectable(self) -> float | None:
        """The effect that would be found four times out of five."""
        return None if self.test is None else DETECTABLE * self.test.standard_error

    def path_chart(self) -> charts.Chart | None:
        """Draw the area's districts with a deal and their synthetic comparison; nothing where no change can come from a deal."""
        if not self.treated or self.panel is None or self.test is None:
            return None
        path = synthetic_path(self.panel)
        assert path is not None
        names = {"treated": plain_name(self.area.short_name), "counterfactual": "comparison"}
        data = path.melt("period", list(names), var_name="who", value_name="rate").replace({"who": names})
        return charts.line_chart(
            data,
            x="period",
            y="rate",
            series="who",
            marks=[charts.Mark(self.start - 0.5, "first deal")],
            x_format=self.subject.year,
            y_from_zero=False,
            markers=True,
            caption=words.path_chart(self, self.test),
        )

    def table(self) -> charts.Table | None:
        """Show the numbers of the change where there was a deal, and what a deal could have shown."""
        test, relative, detectable = self.test, self.relative, self.detectable
        if not self.treated or test is None:
            return None
        shown, data = words.rows(self), {"districts": float(len(self.group))}
        assert relative is not None
        data |= with_name("change", test) | {"change_p": test.p_absolute}
        data |= with_name("change_log", relative) | {"change_log_p": relative.p_absolute}
        if self.given_trend is not None:
            data |= with_name("given_trend", self.given_trend)
            data |= {"given_trend_p": self.given_trend.p_absolute}
        if detectable is not None:
            data["detectable"] = detectable
        return charts.Table(
            self.subject.name("devolution-effect"),
            words.table(self.area.label, self.subject),
            source_line(self.subject.table, "devolution_deal", "devolution_power"),
            pd.DataFrame(shown.items(), columns=["What", "Value"]),
            pd.DataFrame(data.items(), columns=["measure", "value"]),
        )

    def admissions_chart(self) -> charts.Chart | None:
        """Draw the path of avoidable admissions, as that of deaths."""
        return None if self.admissions is None else self.admissions.path_chart()

    def admissions_table(self) -> charts.Table | None:
        """Show the numbers of the change in avoidable admissions."""
        return None if self.admissions is None else self.admissions.table()

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        return words.texts(self)
