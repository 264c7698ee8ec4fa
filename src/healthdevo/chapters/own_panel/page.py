"""The page on a policy of a user's own: words, figures, tables, and all numbers as CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.chapters.own_panel import words
from healthdevo.chapters.own_panel.battery import DESIGNS, MAIN, Battery
from healthdevo.chapters.own_panel.reading import OwnPanel
from healthdevo.charts import (
    Chart,
    Part,
    Table,
    effect_path_chart,
    estimate_column,
    interval_chart,
    made_column,
    page_table,
    placebo_chart,
    sheet,
    specification_chart,
    text_column,
    value_column,
)
from healthdevo.charts.download import csv_of
from healthdevo.wording import number, percentage

__all__ = ["PolicyPage"]

_HEADS = {
    "design": "Design",
    "scale": "Scale",
    "comparison": "Compared with",
    "periods": "Periods before",
    "start": "From",
}


@dataclass(frozen=True)
class PolicyPage:
    """What the page says and shows.

    Parameters
    ----------
    own : OwnPanel
        The panel and where it comes from.
    unit : str
        Unit of the outcome, for sentences; empty where none was given.
    """

    own: OwnPanel = field(repr=False)
    unit: str = ""

    @cached_property
    def battery(self) -> Battery:
        """The battery of designs."""
        return Battery.of(self.own.panel)

    @property
    def source(self) -> str:
        """The line under every figure."""
        return f"own file {self.own.file.name} (sha256 {self.own.file.sha256[:12]})"

    @property
    def sentences(self) -> Mapping[str, str]:
        """What the terminal prints, by what it is about."""
        return words.plain(self)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must keep in mind."""
        return words.cautions(self)

    # ------------------------------------------------------------------ figures
    def path_chart(self) -> Chart:
        """Draw the gap by period."""
        frame = self.battery.path
        labels = frame["period"].tolist()
        return effect_path_chart(
            frame,
            period="position",
            effect="effect",
            lower="lower",
            upper="upper",
            start=float(self.battery.before),
            start_text="policy",
            x_format=lambda v: labels[int(v)] if v == int(v) and 0 <= int(v) < len(labels) else "",
            y_label=words.outcome(self),
            caption=words.path_caption(self),
        )

    def designs_chart(self) -> Chart:
        """Draw the effect by design."""
        return interval_chart(
            self.battery.effects.dropna(subset=["effect"]).replace([np.inf, -np.inf], np.nan),
            label="name",
            value="effect",
            lower="lower",
            upper="upper",
            focus=[DESIGNS[MAIN]],
            reference=0.0,
            reference_text="no effect",
            x_label=words.outcome(self),
            value_format=number,
            caption=words.designs_caption(self),
        )

    def placebo_chart(self) -> Chart:
        """Draw the effects of groups without the policy."""
        main = self.battery.main
        return placebo_chart(
            pd.DataFrame({"effect": main.effects, "panel": "groups without the policy"}),
            effect="effect",
            panel="panel",
            actual={"groups without the policy": main.estimate},
            actual_text="treated",
            x_label=words.outcome(self),
            caption=words.placebo_caption(self),
        )

    def curve_chart(self) -> Chart:
        """Draw the specification curve."""
        rows = self.battery.curve.estimated
        first = rows["scale"].eq("in units") & rows["comparison"].eq("all untreated")
        main = (
            first
            & rows["design"].eq(DESIGNS[MAIN])
            & rows["periods"].eq("all before")
            & rows["start"].eq(str(self.battery.start))
        )
        return specification_chart(
            rows.assign(main=main),
            estimate="effect",
            lower="lower",
            upper="upper",
            choices=_HEADS,
            focus="main",
            reference_text="no effect",
            y_label=words.outcome(self),
            caption=words.curve_caption(self),
        )  # fmt: skip

    # ------------------------------------------------------------------ tables
    def designs_table(self) -> Table:
        """Show effect and placebo rank by design."""
        count = len(self.battery.groups)
        return page_table(
            self.battery.effects,
            [
                text_column("Design", "name"),
                made_column("Effect (95% interval)", ["effect", "lower", "upper", "reason"], _effect),
                made_column(f"Groups with as much, of {count:,}", ["matched"], lambda m: "" if np.isnan(m) else f"{m:.0f}"),
                made_column("Share", ["p_value"], lambda p: "" if np.isnan(p) else percentage(p)),
            ],
            table_id="by-design",
            caption="The effect by every design.",
            source=self.source,
        )  # fmt: skip

    def rule_table(self) -> Table:
        """Show the parts of the rule behind the verdict."""
        tests = self.battery.verdict.tests
        return page_table(
            tests.assign(test=tests["test"].str.capitalize()),
            [
                text_column("Part of the rule", "test"),
                value_column("Found", "value", lambda v: number(v, 2)),
                text_column("Needed", "needed"),
                text_column("Holds", "passed", {True: "yes", False: "no"}),
            ],
            table_id="rule",
            caption="The rule behind the verdict, part by part.",
            source=self.source,
        )

    def leave_out_table(self) -> Table | None:
        """Show the effect without each unit, those that matter most first."""
        frame, main = self.battery.leave_one_out, self.battery.main.estimate
        if frame.empty:
            return None
        moved = (frame["effect"] - main).abs()
        return page_table(
            frame.assign(moved=moved).sort_values("moved", ascending=False, kind="stable").head(15),
            [
                text_column("Left out", "left_out"),
                text_column("It is", "who"),
                value_column("Effect without it", "effect"),
            ],
            table_id="leave-one-out",
            caption="The effect without one unit, the fifteen that matter most.",
            source=self.source,
        )

    def influence_table(self) -> Table:
        """Show what each choice does to the effect."""
        return page_table(
            self.battery.curve.influence(),
            [
                text_column("Choice", "choice", _HEADS),
                text_column("Option", "option"),
                text_column("Ways", "specifications"),
                value_column("Median effect", "median_effect"),
            ],
            table_id="choices",
            caption="What each choice does to the effect.",
            source=self.source,
        )

    def bounds_table(self) -> Table | None:
        """Show intervals under growing violations of parallel trends."""
        found = self.battery.bounds
        if found is None or found.bounds is None:
            return None
        frame = found.bounds.assign(estimate=found.estimate)
        return page_table(
            frame,
            [
                value_column("Change of trend allowed (largest before = 1)", "m", lambda v: f"{v:g}"),
                estimate_column("Effect (95% interval)", "estimate", "lower", "upper"),
            ],
            table_id="trend-changes",
            caption="The plain effect after the start, if trends may change as well.",
            source=self.source,
        )

    # ------------------------------------------------------------------ the page
    def parts(self) -> tuple[Part, ...]:
        """Return the page, part by part."""
        battery = self.battery
        tables = [t for t in (self.bounds_table(),) if t is not None]
        left = [t for t in (self.leave_out_table(),) if t is not None]
        return (
            Part("", [words.headline(self), words.who(self), words.method(self)], [self.path_chart()]),
            Part("Every design", [words.designs(self)], [self.designs_chart(), self.designs_table(), self.placebo_chart()]),
            Part("Before the start", [words.before(self), words.persistence(self), words.starts(self), words.bounds(self)], tables),
            Part("What moves the answer", [words.leave_out(self), battery.curve.sentence], [*left, self.curve_chart(), self.influence_table()]),
            Part("What could be found", [words.detectable(self)]),
            Part("The verdict", [battery.verdict.sentence, "The rule was fixed before any of these figures were seen."], [self.rule_table()]),
            Part("What to keep in mind", items=words.cautions(self)),
        )  # fmt: skip

    def html(self) -> str:
        """Return the page as one HTML file."""
        from healthdevo import __version__

        footer = f"Made by healthdevo {__version__} from {self.source}."
        return sheet(words.title(self), self.parts(), footer=footer)

    def csv(self) -> str:
        """Return every estimate as tidy CSV text: ``part``, ``name``, ``effect``, ``lower``, ``upper``, ``p_value``."""
        battery = self.battery
        parts = [
            battery.effects.assign(part="design"),
            battery.path.rename(columns={"period": "name"}).assign(part="period"),
        ]
        curve = battery.curve.estimated
        labels = curve[list(_HEADS)].astype(str).agg("; ".join, axis=1)
        parts.append(curve.assign(part="specification", name=labels))
        parts.append(battery.leave_one_out.assign(part="without", name=lambda d: d["left_out"]))
        parts.append(
            battery.earlier_starts.assign(part="made-up start", name=lambda d: d["start"].astype(str))
        )
        columns = ["part", "name", "effect", "lower", "upper", "p_value"]
        return csv_of(pd.concat([p.reindex(columns=columns) for p in parts if len(p)], ignore_index=True))  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return everything as plain values, for machines; a number that is not known is null."""
        battery, panel = self.battery, self.own.panel
        persistence = battery.persistence
        found = {
            "file": self.own.file.name,
            "sha256": self.own.file.sha256,
            "outcome": panel.outcome_name,
            "treated": list(panel.treated_areas),
            "from": str(battery.start),
            "units": panel.shape[0],
            "periods": panel.shape[1],
            "groups": {"kind": battery.kind, "count": len(battery.groups)},
            "sentences": dict(words.plain(self)),
            "cautions": list(words.cautions(self)),
            "verdict": {
                "strength": battery.verdict.strength,
                "parts": battery.verdict.parts,
                "tests": battery.verdict.tests.to_dict("records"),
            },
            "designs": battery.effects.to_dict("records"),
            "pre_trend": {"slope": battery.pre_trend.estimate, "p_value": battery.pre_trend.p_absolute},
            "persistence": None
            if persistence is None
            else {"share": persistence[0], "standard_error": persistence[1]},
            "breakdown": None if battery.bounds is None else battery.bounds.breakdown,
            "detectable": battery.detectable,
            "leave_one_out": battery.leave_one_out.to_dict("records"),
            "earlier_starts": battery.earlier_starts.assign(start=lambda d: d["start"].astype(str)).to_dict(
                "records"
            ),
            "specifications": battery.curve.table.drop(columns=["pre_rmspe"]).to_dict("records"),
        }
        return {str(k): v for k, v in _plain(found).items()}

    def json(self) -> str:
        """Return ``record`` as JSON text."""
        return json.dumps(self.record(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _effect(value: float, lower: float, upper: float, reason: str) -> str:
    if np.isnan(value):
        return f"could not run: {reason}"
    return words.interval(value, lower, upper).replace("95% interval ", "")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(f"{float(value):.10g}") if np.isfinite(value) else None
    return value if value is None else str(value)
