"""Section on the published slope indices: England's recomputed from the tenths, and editions compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.chapters import common
from healthdevo.chapters.inequality import words
from healthdevo.chapters.inequality.gradient import ROUNDING_ERROR, Gradient
from healthdevo.inequality import slope_index, slope_index_by
from healthdevo.mathematics import normal_quantiles

_KEYS = ["sex", "period_start_year"]
_SLACK = 1e-9
_SOURCES = ("life_expectancy_decile", "slope_index_life_expectancy")


def _counts(verdicts: pd.Series) -> dict[str, int]:
    names = ("matches", "within rounding", "beyond rounding")
    return {name.replace(" ", "_"): int((verdicts == name).sum()) for name in names}


@dataclass(frozen=True)
class Reproduction:
    """Published slope indices against ours, and against those of other editions."""

    gradient: Gradient = field(repr=False)
    published: pd.DataFrame = field(repr=False)

    @property
    def local(self) -> pd.DataFrame:
        """Published indices of local areas."""
        return self.published[self.published["area_code"] != common.ENGLAND]

    @cached_property
    def recomputed(self) -> pd.DataFrame:
        """Slope index of life expectancy of England by sex and period (rows) under each weighting (columns)."""
        rows = self.gradient.errors[self.gradient.errors["measure"] == "life_expectancy"]
        found = {}
        for name, weights in self.gradient.weightings.items():
            weighted = rows.assign(people=rows["decile"].map(weights))
            one = slope_index_by(
                weighted, by=_KEYS, group="decile", value="value", population="people", higher_is="better"
            )
            found[name] = pd.Series(one.estimate, index=one.index)
        return pd.DataFrame(found)

    @cached_property
    def rounding_likely(self) -> float:
        """How far rounding of ten tenths and of the index itself is likely (95%) to move one from the other."""
        people = self.gradient.weights.to_numpy(float)
        errors = np.full(people.size, ROUNDING_ERROR)
        index = slope_index(np.zeros(people.size), people, standard_errors=errors, higher_is="better")
        return float(normal_quantiles(0.95)[0] * np.hypot(index.standard_error[0], ROUNDING_ERROR))

    def _verdicts(self, ours: pd.Series, published: pd.Series) -> pd.Series:
        match = np.isclose(np.round(ours, 1), published, atol=_SLACK)
        near = (ours - published).abs() <= self.rounding_likely + _SLACK
        names = ["not computable", "matches", "within rounding"]
        return pd.Series(np.select([ours.isna(), match, near], names, "beyond rounding"), index=ours.index)

    @cached_property
    def indices(self) -> pd.DataFrame:
        """Every published slope index of England against ours from the published tenths, with a verdict and the reason.

        ``matches``: equal after rounding ours to one decimal. ``within rounding``: off by no more than rounding of the tenths and of the
        index makes likely, at 95%. ``beyond rounding``: by more than that.
        """
        rows = self.published[self.published["area_code"] == common.ENGLAND]
        rows = rows.sort_values(["edition", *_KEYS]).reset_index(drop=True)
        ours = self.recomputed.reindex(pd.MultiIndex.from_frame(rows[_KEYS])).set_axis(rows.index)
        verdicts = ours.apply(lambda one: self._verdicts(one, rows["slope_index"]))
        verdict = verdicts.iloc[:, 0]
        other = verdicts.iloc[:, 1:].isin(["matches", "within rounding"]).any(axis=1)
        earlier, beyond = rows["edition"] != common.LATEST_EDITION, verdict == "beyond rounding"
        case = verdict.mask(beyond, "unexplained").mask(beyond & other, "other weights")
        why = case.mask(beyond & earlier, "other edition").map(words.WHY)
        difference = ours.iloc[:, 0] - rows["slope_index"]
        return rows.assign(ours=ours.iloc[:, 0], difference=difference, verdict=verdict, why=why)

    @property
    def done(self) -> pd.DataFrame:
        """Published indices of England that can be recomputed."""
        return self.indices[self.indices["difference"].notna()]

    @property
    def latest(self) -> pd.DataFrame:
        """Those of the latest edition."""
        return self.done[self.done["edition"] == common.LATEST_EDITION]

    @cached_property
    def weighting_summary(self) -> pd.DataFrame:
        """How many published indices of England's latest edition are matched under each weighting of the tenths."""
        rows = self.indices[self.indices["edition"] == common.LATEST_EDITION]
        ours = self.recomputed.reindex(pd.MultiIndex.from_frame(rows[_KEYS])).set_axis(rows.index)
        found = []
        for name, one in ours.items():
            counts = _counts(self._verdicts(one, rows["slope_index"]))
            largest = float((one - rows["slope_index"]).abs().max())
            found.append({"weights": name, "indices": len(rows), **counts, "largest_difference": largest})
        return pd.DataFrame(found)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Published indices by edition and by kind of area: how many there are, can be recomputed, match, differ."""
        rows = []
        for edition, name in words.EDITIONS.items():
            england = self.indices[self.indices["edition"] == edition]
            local = self.local[self.local["edition"] == edition]
            for place, part, done in (
                ("England", england, england.dropna(subset=["difference"])),
                (f"{local['area_code'].nunique()} local areas", local, england.iloc[:0]),
            ):
                rows.append(
                    {
                        "edition": name,
                        "areas": place,
                        "published": len(part),
                        "recomputed": len(done),
                        **_counts(done["verdict"]),
                        "largest_difference": float(done["difference"].abs().max()),
                    }
                )
        return pd.DataFrame(rows)

    @cached_property
    def edition_agreement(self) -> pd.DataFrame:
        """The same area, period and sex in two editions: how often equal, how far apart."""
        wide = self.local.pivot_table(
            index=["area_code", "period_start_year", "sex"], columns="edition", values="slope_index"
        )
        rows = []
        for a, b in pairwise([e for e in words.EDITIONS if e in wide.columns]):
            difference = (wide[b] - wide[a]).dropna()
            rows.append(
                {
                    "first": words.EDITIONS[a],
                    "second": words.EDITIONS[b],
                    "pairs": len(difference),
                    "equal": float((difference.abs() < common.ROUNDING / 2).mean()),
                    "typical_difference": float(np.sqrt((difference**2).mean())),
                    "largest": float(difference.abs().max()),
                }
            )
        return pd.DataFrame(rows)

    def chart(self) -> charts.Chart:
        """Ours minus published, one row for each index of the latest edition."""
        latest, half = self.latest, self.rounding_likely
        data = latest.assign(
            label=latest["sex"].map(common.SEXES).astype(str)
            + ", "
            + latest["period_start_year"].map(common.period_tick),
            lower=latest["difference"] - half,
            upper=latest["difference"] + half,
        )
        return charts.interval_chart(
            data,
            label="label",
            value="difference",
            lower="lower",
            upper="upper",
            focus=data.loc[data["verdict"] == "beyond rounding", "label"].tolist(),
            reference=0.0,
            reference_text="published",
            x_label="ours minus published, years",
            caption=words.reproduction(self),
        )

    def table(self) -> charts.Table:
        """Every published index of England that can be recomputed, ours, and why they differ."""
        shown = charts.page_table(
            self.done,
            [
                charts.text_column("Edition", "edition", words.EDITIONS),
                charts.text_column("Sex", "sex", common.SEXES),
                charts.made_column("Period", ["period_start_year", "period_end_year"], common.period),
                charts.value_column("Published", "slope_index", common.rounded),
                charts.value_column("Ours", "ours", "{:.2f}".format),
                charts.text_column("Verdict", "verdict"),
                charts.text_column("Why", "why"),
            ],
            table_id="reproduction-list",
            caption=words.TABLES["reproduction-list"],
            source=common.source_line(*_SOURCES),
        )
        return replace(shown, data=self.indices)

    def summary_table(self) -> charts.Table:
        """How many published indices can be recomputed and are matched, England and local areas."""

        def if_recomputed(heading: str, column: str) -> charts.Column:
            return charts.made_column(
                heading, ["recomputed", column], lambda n, count: str(count) if n else ""
            )

        return charts.page_table(
            self.summary,
            [
                charts.text_column("Edition", "edition"),
                charts.text_column("Areas", "areas"),
                charts.value_column("Published", "published", "{:,.0f}".format),
                charts.value_column("Recomputed", "recomputed", words.recomputed),
                if_recomputed("Match", "matches"),
                if_recomputed("Within rounding", "within_rounding"),
                if_recomputed("Beyond rounding", "beyond_rounding"),
                charts.value_column("Largest difference", "largest_difference", words.largest),
            ],
            table_id="reproduction-summary",
            caption=words.TABLES["reproduction-summary"],
            source=common.source_line(*_SOURCES),
        )

    def weighting_table(self) -> charts.Table:
        """How the reproduction depends on the weights of the tenths."""
        return charts.page_table(
            self.weighting_summary,
            [
                charts.text_column("Weights of the tenths", "weights"),
                charts.text_column("Published", "indices"),
                charts.text_column("Match", "matches"),
                charts.text_column("Within rounding", "within_rounding"),
                charts.text_column("Beyond rounding", "beyond_rounding"),
                charts.value_column("Largest difference", "largest_difference", "{:.2f}".format),
            ],
            table_id="weights",
            caption=words.TABLES["weights"],
            source=common.source_line(*_SOURCES, "population_deprivation_decile"),
        )
