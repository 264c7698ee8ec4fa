"""Spending against need: what councils spend, over what deprivation and age would lead one to expect."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.area.spending import words
from healthdevo.chapters.area.spending.councils import Councils
from healthdevo.chapters.common import NEED, plain_name, signed_percent
from healthdevo.charts import Chart, interval_chart
from healthdevo.mathematics import normal_quantiles
from healthdevo.regression import panel

__all__ = ["NEED_YEARS", "Need"]

COVERED_FOR_NEED = 0.85
"""Least share of people covered; lower than for sums, since the same councils' spending is set against their own expectation."""
NEED_YEARS = (2016, 2021)


@dataclass(frozen=True)
class Need:
    """Spending on adult social care and public health together, against need.

    Parameters
    ----------
    councils : Councils
        The area, its peers and their councils.
    panel : pandas.DataFrame
        Table ``area_year_panel``.
    """

    councils: Councils
    panel: pd.DataFrame = field(repr=False)

    @cached_property
    def against_need(self) -> pd.DataFrame:
        """Spending over expectation by peer, with 95% intervals of the expectation."""
        both = ["adult_social_care_spending", "public_health_spending"]
        p = self.panel[self.panel["year"].between(*NEED_YEARS)].dropna(subset=both)
        p = p.assign(both=p[both].sum(axis=1))
        fit = panel(
            p,
            outcome="both",
            regressors=list(NEED),
            area="area_code",
            logs=["both"],
            effects="between",
            errors="HC3",
        )
        means = p.groupby("area_code")[["both", *NEED, "population"]].mean()
        X = np.column_stack([np.ones(len(means)), means[list(NEED)].to_numpy(float)])
        order = ["const", *NEED]
        V = fit.covariance.loc[order, order].to_numpy(float)
        predicted = np.exp(X @ fit.params["estimate"].loc[order].to_numpy(float))
        people, actual = means["population"].to_numpy(float), means["both"].to_numpy(float)
        # so that England as a whole spends what is expected of it
        predicted *= (people @ actual) / (people @ predicted)
        W = self.councils.shares.reindex(means.index)
        z = float(normal_quantiles(0.95)[0])
        rows = []
        for peer in self.councils.peers:
            w = W[peer.code].to_numpy(float) * people
            if w.sum() < COVERED_FOR_NEED * self.councils.people(peer.code, *NEED_YEARS):
                continue
            expected = float(w @ predicted / w.sum())
            x = (w * predicted) @ X / float(w @ predicted)
            se = float(np.sqrt(x @ V @ x))
            ratio = float(w @ actual / w.sum()) / expected
            rows.append(
                {
                    "area_code": peer.code,
                    "name": plain_name(peer.short_name),
                    "actual": ratio * expected,
                    "expected": expected,
                    "difference": 100 * (ratio - 1),
                    "lower": 100 * (ratio * np.exp(-z * se) - 1),
                    "upper": 100 * (ratio * np.exp(z * se) - 1),
                }
            )
        result = pd.DataFrame(rows).sort_values(["difference", "area_code"], ascending=[False, True])
        return result.reset_index(drop=True)

    def chart(self) -> Chart:
        """Draw spending against need for the area and its peers."""
        return interval_chart(
            self.against_need,
            label="name",
            value="difference",
            lower="lower",
            upper="upper",
            focus=[plain_name(self.councils.area.short_name)],
            reference=0.0,
            reference_text="as expected",
            value_format=signed_percent,
            x_label="more or less than expected",
            caption=words.spending_against_need(self, NEED_YEARS),
        )
