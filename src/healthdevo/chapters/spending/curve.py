"""Every defensible choice at once: the curve of specifications and its joint test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.common import BEFORE_PANDEMIC, LONDON, OUTCOME
from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.designs import AGE_WORK_INCOME
from healthdevo.chapters.spending.words import PUBLIC_HEALTH, SERVICES
from healthdevo.charts import Chart, specification_chart
from healthdevo.regression import JointTest, SpecificationCurve, joint_test, specification_curve

_CHOICES = {
    "estimator": "Design",
    "lag": "Lag",
    "controls": "Controls",
    "weights": "Weights",
    "sample": "Sample",
}
_LABELS: Mapping[str, Mapping[str, str]] = {
    "estimator": {
        "year": "councils compared",
        "two-way": "same council",
        "first-difference-year": "yearly change",
    },
    "lag": {"0": "same year", "1": "one year", "2": "two years"},
    "controls": {"none": "none", "share_65_plus": "age", " + ".join(AGE_WORK_INCOME): "age, work, income"},
    "weights": {"none": "none", "population": "population"},
    "sample": {
        "all": "all",
        "before the pandemic": "to 2019",
        "without London": "no London",
        "from 2016": "from 2016",
    },
}
_MAIN = "estimator == 'two-way' and lag == 0 and controls == 'none' and weights == 'none' and sample == 'all'"


@dataclass(frozen=True)
class Curves:
    """Specifications of each service, on table ``area_year_panel``; ``draws`` permutations of the joint test."""

    panel: pd.DataFrame = field(repr=False)
    draws: int = 500
    outcome: str = OUTCOME

    def _curve(self, service: str, estimators: Sequence[str]) -> SpecificationCurve:
        p = self.panel
        return specification_curve(
            p,
            outcomes=self.outcome,
            regressor=service,
            area="area_code",
            lags=(0, 1, 2),
            controls=[(), ("share_65_plus",), AGE_WORK_INCOME],
            weights=(None, "population"),
            samples={
                "all": None,
                "before the pandemic": (p["year"] <= BEFORE_PANDEMIC).to_numpy(),
                "without London": (p["region_code"] != LONDON).to_numpy(),
                "from 2016": (p["year"] >= 2016).to_numpy(),
            },
            logs=[self.outcome, service],
            estimators=estimators,
        )

    @cached_property
    def all(self) -> dict[str, SpecificationCurve]:
        """All specifications of each service."""
        return {s: self._curve(s, ("year", "two-way", "first-difference-year")) for s in SERVICES}

    @cached_property
    def within(self) -> dict[str, SpecificationCurve]:
        """Specifications within councils of each service."""
        return {s: self._curve(s, ("two-way", "first-difference-year")) for s in SERVICES}

    @cached_property
    def joint_tests(self) -> dict[str, JointTest]:
        """Joint permutation test of the specifications within councils."""
        return {s: joint_test(c, draws=self.draws, seed=20) for s, c in self.within.items()}

    def chart(self, service: str = PUBLIC_HEALTH) -> Chart:
        """Draw the specification curve of one service."""
        t = self.all[service].estimated
        return specification_chart(
            t.assign(lag=t["lag"].astype(str), main=t.index.isin(t.query(_MAIN).index)),
            estimate="estimate",
            lower="lower_95",
            upper="upper_95",
            choices=_CHOICES,
            labels=_LABELS,
            focus="main",
            y_label="elasticity: per cent of deaths for one per cent of spending",
            caption=words.curve(self, service),
        )
