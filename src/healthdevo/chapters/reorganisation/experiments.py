"""Each reorganisation against each outcome: what changed, or why that cannot be said."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import lower_upper, records, small_share, source_line
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.devolution.designs import effects_chart, groups_of, placebo_of
from healthdevo.chapters.devolution.panels import panel_of
from healthdevo.chapters.powers.words import site
from healthdevo.chapters.reorganisation import words
from healthdevo.chapters.reorganisation.outcomes import Series, all_series
from healthdevo.charts import Chart, Table, made_column, page_table, span_column, text_column, value_column
from healthdevo.evaluation import Panel

LEAST = 3
"""Periods that must lie on each side of the change."""
_DRAWS, _DRAWS_ALONE = 300, 120
"""Random groups for a whole reorganisation, and single areas for one new council."""


@kept
def _results(own: Experiments) -> pd.DataFrame:
    """Return every experiment by every outcome: the change, or why it can't be said."""
    rows: list[dict[str, Any]] = []
    for experiment in records(own.experiments):
        for outcome in own.outcomes:
            name = experiment["experiment"]
            if not own.applies(name, outcome):
                continue
            reason = own.reason(name, outcome)
            row = {
                "experiment": name,
                "outcome": outcome.name,
                "unit": outcome.unit,
                "health": outcome.health,
                "before": len(outcome.before(experiment["vesting"])),
                "after": len(outcome.after(experiment["vesting"])),
                "reason": reason,
            }
            rows.append(row if reason else row | own.judged(name, outcome))
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Experiments:
    """The reorganisations of the table and the outcomes that the embedded figures have."""

    reorganisation: pd.DataFrame = field(repr=False)
    outcomes: tuple[Series, ...] = field(repr=False)

    @classmethod
    def load(cls) -> Experiments:
        """Load the tables that the section needs."""
        rows = tables.load("reorganisation")
        return cls(rows, all_series(rows))

    @cached_property
    def experiments(self) -> pd.DataFrame:
        """One row for each reorganisation: kind, day, new bodies and how many bodies they replaced, in order of their days."""
        grouped = self.reorganisation.groupby("experiment").agg(
            kind=("kind", "first"),
            vesting=("vesting_date", "first"),
            new=("new_council", "nunique"),
            replaced=("predecessor", "nunique"),
        )
        return grouped.reset_index().sort_values(["vesting", "experiment"], ignore_index=True)

    def _codes(self, experiment: str) -> set[str]:
        """Codes under which an experiment's areas may stand in an outcome: those of the new bodies, and the group's name."""
        rows = self.reorganisation[self.reorganisation["experiment"] == experiment]
        return {*rows["area_code"].dropna(), experiment}

    def _others(self, experiment: str, outcome: Series) -> set[str]:
        """Codes of all that was reorganised at another time within the outcome's periods, and of what it replaced."""
        rows = self.reorganisation
        other = (rows["experiment"] != experiment) & rows["vesting_date"].between(
            outcome.first_day, outcome.last_day
        )
        named = rows[other]
        return {*named["area_code"].dropna(), *named["predecessor_code"].dropna(), *named["experiment"]}

    def _row(self, experiment: str) -> dict[str, Any]:
        return next(row for row in records(self.experiments) if row["experiment"] == experiment)

    def applies(self, experiment: str, outcome: Series) -> bool:
        """Whether an outcome is one that the kind of reorganisation could change: health always, spending where its tier was redrawn."""
        return outcome.health or outcome.kind == self._row(experiment)["kind"]

    def reason(self, experiment: str, outcome: Series) -> str:
        """Say why an outcome cannot be judged in an experiment; empty where it can."""
        row = self._row(experiment)
        if row["vesting"] > outcome.last_day:
            return words.ENDED
        before, after = outcome.before(row["vesting"]), outcome.after(row["vesting"])
        if min(len(before), len(after)) < LEAST:
            return words.too_few(len(before), len(after))
        if not self._codes(experiment) & set(outcome.frame["area_code"]):
            return words.NO_AREA
        return ""

    def panel(self, experiment: str, outcome: Series, only: str | None = None) -> Panel:
        """Return the panel of the reorganised areas (or ``only`` one of them) against those that were not.

        The period of the change counts on neither side.
        """
        vesting = self._row(experiment)["vesting"]
        before, after = outcome.before(vesting), outcome.after(vesting)
        frame = outcome.frame[outcome.frame["period"].isin([*before, *after])]
        frame = frame[~frame["area_code"].isin(self._others(experiment, outcome) - self._codes(experiment))]
        treated = sorted(self._codes(experiment) & set(frame["area_code"]))
        if only is not None:
            frame = frame[~frame["area_code"].isin(set(treated) - {only})]
            treated = [only]
        return panel_of(frame, unit=outcome.unit, treated=treated, start=after[0])

    @cached_property
    def results(self) -> pd.DataFrame:
        """Every experiment by every outcome: the change by synthetic difference-in-differences and by the design less own trends, or why not."""
        return _results(self)

    def judged(self, experiment: str, outcome: Series, only: str | None = None) -> dict[str, Any]:
        """Return the change in an outcome by both designs, in all areas of an experiment or in ``only`` one."""
        panel = self.panel(experiment, outcome, only)
        groups = groups_of(panel, 0, _DRAWS if only is None else _DRAWS_ALONE)
        test, trend = placebo_of(panel, "sdid", groups), placebo_of(panel, "trend", groups)
        return lower_upper(test, value="effect") | {
            "p_value": test.p_absolute,
            "own_trend": trend.estimate,
            "p_own_trend": trend.p_absolute,
            "standard_error": test.standard_error,
            "treated": panel.n_treated,
            "controls": panel.shape[0] - panel.n_treated,
        }

    @cached_property
    def tested(self) -> pd.DataFrame:
        """The rows that could be judged."""
        return self.results[self.results["reason"] == ""].reset_index(drop=True)

    @cached_property
    def one_by_one(self) -> pd.DataFrame:
        """Every new council alone, in the health outcomes of reorganisations that made more than one."""
        rows: list[dict[str, Any]] = []
        by_name = {outcome.name: outcome for outcome in self.outcomes}
        for row in records(self.tested[self.tested["health"] & (self.tested["treated"] > 1)]):
            outcome = by_name[row["outcome"]]
            panel = self.panel(row["experiment"], outcome)
            for code in panel.areas[panel.treated]:
                alone = {"experiment": row["experiment"], "council": areas.get(code).short_name}
                alone |= {"outcome": outcome.name, "unit": outcome.unit}
                rows.append(alone | self.judged(row["experiment"], outcome, str(code)))
        return pd.DataFrame(rows)

    @property
    def not_possible(self) -> pd.DataFrame:
        """The rows that could not, one for each experiment and reason, with the outcomes."""
        rows = self.results[self.results["reason"] != ""]
        grouped = rows.groupby(["experiment", "reason"], sort=False)["outcome"].agg(list)
        return grouped.rename("outcomes").reset_index()

    def dated_table(self) -> Table:
        """Show the reorganisations with their days, what was replaced by what, and the source."""
        first = self.reorganisation.groupby("experiment")[["source", "verification"]].first()
        rows = self.experiments.join(first, on="experiment")
        rows = rows.assign(day=[f"{d.day} {d:%B %Y}" for d in rows["vesting"]])
        return page_table(
            rows,
            [
                text_column("From", "day"),
                text_column("Reorganisation", "experiment"),
                text_column("What", "kind", words.KINDS),
                text_column("Bodies before", "replaced"),
                text_column("Bodies after", "new"),
                made_column("Source", ["source"], site),
            ],
            table_id="reorganisations-dated",
            caption=words.DATED,
            source=source_line("reorganisation"),
        )

    def chart(self) -> Chart:
        """Draw every change in units of what chance gives, so that outcomes can stand side by side."""
        rows = self.tested.assign(
            label=[words.figure_label(r["outcome"], r["experiment"]) for r in records(self.tested)],
            focus=(self.tested["p_value"] <= words.LEVEL),
        )
        for column in ("effect", "lower", "upper"):
            rows[column] = rows[column] / rows["standard_error"]
        rows = rows.sort_values(["health", "outcome", "experiment"], ascending=[False, True, True])
        return effects_chart(
            records(rows), "change, in standard errors of random groups", words.chart(self.tested)
        )

    def table(self) -> Table:
        """Show every change that could be judged."""
        return page_table(
            self.tested,
            [
                text_column("Reorganisation", "experiment"),
                text_column("Outcome", "outcome"),
                text_column("Unit", "unit"),
                value_column("Change", "effect"),
                span_column("95% interval"),
                value_column("Groups with as much", "p_value", small_share),
                value_column("Less own earlier trend", "own_trend"),
                value_column("Groups with as much ", "p_own_trend", small_share),
                text_column("Periods before", "before"),
                text_column("Periods after", "after"),
            ],
            table_id="reorganisations",
            caption=words.TESTED,
            source=source_line("reorganisation", *self._sources()),
        )

    def one_by_one_table(self) -> Table:
        """Show every new council alone."""
        return page_table(
            self.one_by_one,
            [
                text_column("Council", "council"),
                text_column("Outcome", "outcome"),
                value_column("Change", "effect"),
                span_column("95% interval"),
                value_column("Areas with as much", "p_value", small_share),
                value_column("Less own earlier trend", "own_trend"),
                value_column("Areas with as much ", "p_own_trend", small_share),
            ],
            table_id="councils-one-by-one",
            caption=words.ONE_BY_ONE,
            source=source_line("reorganisation", *self._sources()),
        )

    def reasons_table(self) -> Table:
        """Show what could not be judged, and why."""
        rows = self.not_possible.assign(listed=[", ".join(o).lower() for o in self.not_possible["outcomes"]])
        return page_table(
            rows[["experiment", "listed", "reason"]],
            [
                text_column("Reorganisation", "experiment"),
                text_column("Outcomes", "listed"),
                text_column("Why not", "reason"),
            ],
            table_id="reorganisations-not-possible",
            caption=words.NOT_POSSIBLE,
            source=source_line("reorganisation", *self._sources()),
        )

    def _sources(self) -> list[str]:
        return list(dict.fromkeys(name for outcome in self.outcomes for name in outcome.tables))
