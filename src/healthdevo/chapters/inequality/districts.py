"""Section on districts: which of their published slope indices changed beyond noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, charts
from healthdevo.chapters import common
from healthdevo.chapters.inequality import words
from healthdevo.regression import adjust_p_values
from healthdevo.results import Estimate
from healthdevo.wording import signed

EARLIER_EDITION = "ohid_2022"
_FALSE_FINDINGS = 0.1
_SIGNIFICANT = 0.05
_STRONGEST = 14


@dataclass(frozen=True)
class DistrictChanges:
    """Changes of the published slope indices of districts, against their noise; ``limits`` show how well series give theirs away."""

    published: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    limits: pd.DataFrame = field(repr=False)
    life: pd.DataFrame = field(repr=False)

    @cached_property
    def size(self) -> pd.Series:
        """Population of each area in 2019."""
        return common.size_in_2019(self.population)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Published slope index of each district, first and last period of an edition, with a test of the change.

        Standard errors come from the scatter of each series (see ``series_noise``); p-values are adjusted over all areas of an
        edition and both sexes at once (Benjamini and Hochberg).
        """
        parts = []
        for edition in (EARLIER_EDITION, common.LATEST_EDITION):
            part = pd.concat([self._of_sex(edition, sex) for sex in common.SEXES], ignore_index=True)
            part["p_value"] = 2 * stats.norm.sf(part["z"].abs())
            part["adjusted"] = adjust_p_values(part["p_value"], "benjamini-hochberg")["adjusted"]
            parts.append(part)
        frame = common.with_limits(pd.concat(parts, ignore_index=True), "change", "standard_error")
        return frame.assign(beyond_noise=frame["adjusted"] < _FALSE_FINDINGS)

    def _of_sex(self, edition: str, sex: str) -> pd.DataFrame:
        series = common.slope_series(self.published, edition, sex, self.size)
        a, b = int(series.columns.min()), int(series.columns.max())
        kept = series[[a, b]].dropna()
        error = np.sqrt(2.0) * common.period_errors(series, self.size).reindex(kept.index)
        frame = pd.DataFrame({"edition": edition, "sex": sex, "area_code": kept.index}, index=kept.index)
        change = kept[b] - kept[a]
        return frame.assign(
            name=[areas.get(str(c)).name for c in kept.index],
            start_period=common.period(a),
            end_period=common.period(b),
            start=kept[a],
            end=kept[b],
            change=change,
            standard_error=error,
            z=change / error,
        )

    @property
    def latest(self) -> pd.DataFrame:
        """Changes of the latest edition."""
        return self.changes[self.changes["edition"] == common.LATEST_EDITION]

    @property
    def earlier(self) -> pd.DataFrame:
        """Changes of the edition before."""
        return self.changes[self.changes["edition"] == EARLIER_EDITION]

    @staticmethod
    def significant(changes: pd.DataFrame) -> tuple[int, float]:
        """Return how many changes are significant one by one, and how many chance alone would make so."""
        return int((changes["p_value"] < _SIGNIFICANT).sum()), _SIGNIFICANT * len(changes)

    @property
    def one_error(self) -> float:
        """Typical standard error of one index (not of a change) of the latest edition."""
        return float(self.latest["standard_error"].median() / np.sqrt(2.0))

    @staticmethod
    def _mean(changes: pd.DataFrame) -> Estimate:
        c = changes["change"]
        error = c.std(ddof=1) / np.sqrt(len(c))
        return common.normal_estimate("mean change of the slope index", c.mean(), error, len(c), unit="years")

    def mean_change(self, sex: str) -> Estimate:
        """Return the mean change of the latest edition over districts."""
        return self._mean(self.latest[self.latest["sex"] == sex])

    @cached_property
    def summary(self) -> pd.DataFrame:
        """By edition and sex: areas compared, mean change with interval, how many changed beyond noise before and after adjustment."""
        rows = []
        for (edition, sex), part in self.changes.groupby(["edition", "sex"], observed=True, sort=True):
            mean, change, beyond = self._mean(part), part["change"], part["beyond_noise"]
            significant, by_chance = self.significant(part)
            rows.append(
                {
                    "edition": edition,
                    "sex": sex,
                    "periods": f"{part['start_period'].iloc[0]}, {part['end_period'].iloc[0]}",
                    "areas": len(part),
                    "mean_change": mean.estimate,
                    **common.lower_upper(mean),
                    "rose": int((change > 0).sum()),
                    "single_tests": significant,
                    "by_chance": by_chance,
                    "beyond_noise_up": int((beyond & (change > 0)).sum()),
                    "beyond_noise_down": int((beyond & (change < 0)).sum()),
                    "z_spread": float(part["z"].std(ddof=1)),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def noise_check(self) -> float:
        """Standard errors judged from series of life expectancy over those from published limits of an earlier edition, median."""
        limits = self.limits.dropna(subset=["lower", "upper"])
        ratios = []
        for sex in common.SEXES:
            judged = common.period_errors(common.life_series(self.life, sex, self.size), self.size)
            given = common.error_of_limits(limits[limits["sex"] == sex].set_index("area_code"))
            ratios.append((judged / given).dropna())
        return float(pd.concat(ratios).median())

    @cached_property
    def manchester(self) -> pd.DataFrame:
        """Changes of the latest edition in the districts of Greater Manchester."""
        members = [a.code for a in areas.members(common.GREATER_MANCHESTER, "district", common.ON)]
        return self.latest[self.latest["area_code"].isin(members)]

    @property
    def elsewhere(self) -> pd.DataFrame:
        """Changes of the latest edition in all other districts."""
        return self.latest.drop(self.manchester.index)

    @cached_property
    def manchester_against_elsewhere(self) -> Estimate:
        """Mean change in Greater Manchester less that elsewhere, with the noise of its own districts."""
        own = self.manchester
        error = np.sqrt((own["standard_error"] ** 2).sum()) / len(own)
        difference = own["change"].mean() - self.elsewhere["change"].mean()
        return common.normal_estimate("difference of mean changes", difference, error, len(own), unit="years")

    @cached_property
    def strongest(self) -> pd.DataFrame:
        """Changes of the latest edition with the strongest evidence, the largest rise first."""
        order = self.latest["p_value"].sort_values(kind="stable").index[:_STRONGEST]
        return self.latest.loc[order].sort_values("change", ascending=False)

    def chart(self) -> charts.Chart:
        """Draw the changes with the strongest evidence in the latest edition."""
        data = self.strongest.assign(
            label=lambda d: d["name"] + ", " + d["sex"].map(common.SEXES).astype(str)
        )
        return charts.interval_chart(
            data,
            label="label",
            value="change",
            lower="lower",
            upper="upper",
            focus=data.loc[data["beyond_noise"], "label"].tolist(),
            reference=0.0,
            reference_text="no change",
            x_label="change of the slope index, years",
            caption=words.changes(self),
        )

    def table(self) -> charts.Table:
        """How many areas changed, by edition and sex."""
        two_decimals = partial(signed, decimals=2)
        return charts.page_table(
            self.summary,
            [
                charts.made_column("Edition and periods", ["edition", "periods"], words.edition),
                charts.text_column("Sex", "sex", common.SEXES),
                charts.text_column("Districts", "areas"),
                charts.estimate_column("Mean change, years (95% interval)", "mean_change", show=two_decimals),
                charts.text_column("Significant one by one", "single_tests"),
                charts.value_column("Expected by chance", "by_chance", "{:.0f}".format),
                charts.text_column("Beyond noise: up", "beyond_noise_up"),
                charts.text_column("Beyond noise: down", "beyond_noise_down"),
            ],
            table_id="areas-changed-counts",
            caption=words.TABLES["areas-changed-counts"],
            source=common.source_line("slope_index_life_expectancy", "population_year"),
        )
