"""Earned autonomy on real four-hour figures, and on simulated places like them whose quality is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.measures import places
from healthdevo.chapters.common import source_line
from healthdevo.chapters.common.remembered import remembered
from healthdevo.charts import Chart, Table, bar_chart, made_column, page_table, share_column, text_column
from healthdevo.governance import GateChances, GateRecord, apply_gate, binomial_pass, simulate_gates

NEEDED, LOOKED_AT = 6, 8
"""The gate, fixed before its results were seen: six of eight quarters at the median trust or better."""
FIRST = "2021-04-01"
"""The first month after the first year of the pandemic."""
POLICIES = {
    "gate": "Gate",
    "adjusted gate": "Gate, adjusted for deprivation",
    "trajectory": "Freedom for those who improve",
    "all": "Freedom for all",
}


def quarters(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return for each place and quarter since ``FIRST`` the share within four hours less the median place's: places with every quarter."""
    rows = frame[frame["month"] >= FIRST]
    rows = rows.assign(quarter=rows["month"].dt.to_period("Q").dt.start_time)
    sums = rows.groupby([by, "quarter"], as_index=False)[["attendances", "over_4_hours"]].sum()
    share = 1.0 - sums["over_4_hours"].astype(float) / sums["attendances"].astype(float)
    sums = sums.assign(share=share)
    count = sums.groupby(by)["quarter"].transform("count")
    sums = sums[count == count.max()]
    middle = sums.groupby("quarter")["share"].transform("median")
    found: pd.DataFrame = sums.assign(lead=sums["share"] - middle)[[by, "quarter", "share", "lead"]]
    return found.reset_index(drop=True)


@dataclass(frozen=True)
class Gate:
    """Quarters of trusts and of boards, and how deprived each board is."""

    trusts: pd.DataFrame = field(repr=False)
    boards: pd.DataFrame = field(repr=False)
    deprivation: pd.Series = field(repr=False)
    board_of: pd.Series = field(repr=False)
    draws: int = 200

    @classmethod
    @remembered(shared=("of_boards",))
    def load(cls, draws: int = 200) -> Gate:
        """Load A&E figures of trusts with major departments that reported four-hour waits in every month."""
        frame = tables.load("emergency_provider_month")
        frame = frame[frame["month"] >= FIRST]
        major = set(
            frame.loc[(frame["department_type"] == "1") & (frame["attendances"] > 0), "provider_code"]
        )
        pilots = set(frame.loc[frame["pilot_trust"], "provider_code"])
        where = places()
        frame = frame[frame["provider_code"].isin((major - pilots) & set(where.index))]
        frame = frame.assign(icb_code=frame["provider_code"].map(where["icb_code"]))
        official = tables.load("deprivation_area_official")
        official = official[(official["domain"] == "overall") & (official["index_year"] == 2025)]
        deprivation = official.set_index("area_code")["average_score"]
        deprivation = deprivation[deprivation.index.isin(where["icb_code"])]
        return cls(
            quarters(frame, "provider_code"),
            quarters(frame, "icb_code"),
            deprivation,
            where["icb_code"],
            draws,
        )

    def _record(self, frame: pd.DataFrame, by: str) -> GateRecord:
        return apply_gate(
            frame, area=by, period="quarter", value="lead", threshold=0.0, k=NEEDED, n=LOOKED_AT
        )

    @cached_property
    def of_trusts(self) -> GateRecord:
        """What the gate would have done with trusts."""
        return self._record(self.trusts, "provider_code")

    @cached_property
    def of_boards(self) -> GateRecord:
        """What the gate would have done with boards."""
        return self._record(self.boards, "icb_code")

    def adjusted(self, frame: pd.DataFrame, by: str) -> pd.DataFrame:
        """Return the series with each place's lead plus what deprivation takes from it, by the straight line through all places' means."""
        mean = frame.groupby(by)["lead"].mean()
        where = self.board_of.reindex(mean.index) if by == "provider_code" else mean.index.to_series()
        score = where.map(self.deprivation)
        known = score.notna()
        slope = float(np.polyfit(score[known].astype(float), mean[known], 1)[0])
        burden = (-slope * (score - score.mean())).fillna(0.0)
        return frame.assign(lead=frame["lead"] + frame[by].map(burden))

    @cached_property
    def real(self) -> pd.DataFrame:
        """What both gates would have done with trusts and boards: places, how many earn, and how many of the more and of the less deprived half."""
        rows = []
        for by, frame, title in (
            ("provider_code", self.trusts, "Trusts"),
            ("icb_code", self.boards, "Boards"),
        ):
            for name, series in (
                ("Gate", frame),
                ("Gate, adjusted for deprivation", self.adjusted(frame, by)),
            ):
                table = self._record(series, by).to_frame()
                where = table["area"].map(self.board_of) if by == "provider_code" else table["area"]
                score = where.map(self.deprivation).astype(float)
                poorer, earned = score > score.median(), table["earned"]
                rows.append(
                    {
                        "places": title,
                        "name": name,
                        "count": len(table),
                        "earned": int(earned.sum()),
                        "would_lose": int(table["would_lose"].sum()),
                        "poorer": int(earned[poorer].sum()),
                        "poorer_of": int(poorer.sum()),
                        "richer": int(earned[~poorer].sum()),
                        "richer_of": int((~poorer).sum()),
                    }
                )
        return pd.DataFrame(rows)

    def real_table(self) -> Table:
        """Show what both gates would have done."""
        return page_table(
            self.real,
            [
                text_column("Places", "places"),
                text_column("Policy", "name"),
                made_column(
                    "Would have earned freedom",
                    ["earned", "count"],
                    lambda earned, count: f"{earned} of {count}",
                ),
                text_column("No longer pass at the end", "would_lose"),
                made_column(
                    "Of the more deprived half",
                    ["poorer", "poorer_of"],
                    lambda poorer, poorer_of: f"{poorer} of {poorer_of}",
                ),
                made_column(
                    "Of the other half",
                    ["richer", "richer_of"],
                    lambda richer, richer_of: f"{richer} of {richer_of}",
                ),
            ],
            table_id="gates-real",
            caption=words.REAL_GATES,
            source=source_line("emergency_provider_month", "deprivation_area_official"),
        )

    @property
    def by_deprivation(self) -> tuple[int, int, int, int]:
        """Boards of the more deprived half that earn and their number, then those of the less deprived half."""
        table = self.of_boards.to_frame()
        score = table["area"].map(self.deprivation)
        poorer = score > score.median()
        earned = table["earned"]
        return int(earned[poorer].sum()), int(poorer.sum()), int(earned[~poorer].sum()), int((~poorer).sum())

    @cached_property
    def world(self) -> dict[str, object]:
        """What trusts are like: long-run lead, burden of deprivation, and the noise of a quarter with its persistence."""
        wide = self.trusts.pivot_table(index="provider_code", columns="quarter", values="lead")
        mean = wide.mean(axis=1)
        left = wide.sub(mean, axis=0).to_numpy()
        free = wide.shape[1] / (wide.shape[1] - 1)
        score = self.board_of.loc[wide.index].map(self.deprivation).to_numpy(dtype=float)
        slope = float(np.polyfit(score, mean.to_numpy(), 1)[0])
        persistence = float((left[:, 1:] * left[:, :-1]).mean() / (left**2).mean())
        burden = -slope * (score - score.mean())
        return {
            "quality": mean.to_numpy() + burden,
            "burden": burden,
            "noise": float(np.sqrt((left**2).mean() * free)),
            "persistence": min(max(persistence, 0.0), 0.95),
            "periods": wide.shape[1],
        }

    @cached_property
    def chances(self) -> GateChances:
        """How the policies err in simulated places like these trusts; good are those above the median quality."""
        quality = np.asarray(self.world["quality"])
        return simulate_gates(
            **self.world,  # type: ignore[arg-type]
            threshold=float(np.median(quality)),
            k=NEEDED,
            n=LOOKED_AT,
            draws=self.draws,
            seed=5,
        )

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each policy."""
        table = self.chances.to_frame()
        return table.assign(name=table["policy"].map(POLICIES))

    @property
    def by_lot(self) -> float:
        """Chance of passing once for a place whose every quarter is a toss of a coin."""
        return binomial_pass(0.5, NEEDED, LOOKED_AT)

    def chart(self) -> Chart:
        """Draw the errors of each policy."""
        parts = {"false_grants": "not good enough, yet free", "false_refusals": "good enough, yet not free"}
        long = self.rows.melt(id_vars="name", value_vars=list(parts), var_name="error", value_name="share")
        long = long.assign(percent=100 * long["share"], error=long["error"].map(parts))
        order = {name: i for i, name in enumerate(self.rows["name"])}
        long = long.sort_values(["name", "error"], key=lambda c: c.map(order) if c.name == "name" else c)
        return bar_chart(
            long[["name", "error", "percent"]],
            label="name",
            value="percent",
            series="error",
            value_format=lambda v: f"{v:.0f}%",
            caption=words.gate(self),
        )

    def page_table(self) -> Table:
        """Show what each policy does."""
        return page_table(
            self.rows,
            [
                text_column("Policy", "name"),
                share_column("Free, not good enough", "false_grants", 0),
                share_column("Not free, good enough", "false_refusals", 0),
                share_column("Ever free", "ever", 0),
                share_column("Ever free, more deprived half", "poorer", 0),
                share_column("Ever free, less deprived half", "richer", 0),
                made_column(
                    "Quarters until free", ["wait"], lambda wait: "never" if np.isnan(wait) else f"{wait:.0f}"
                ),
            ],
            table_id="gates",
            caption=words.GATE_TABLE,
            source=source_line("emergency_provider_month", "deprivation_area_official"),
        )
