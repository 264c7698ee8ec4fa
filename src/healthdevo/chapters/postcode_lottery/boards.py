"""Section on Greater Manchester's place among the boards, and on the spread inside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import areas, charts
from healthdevo.chapters import common
from healthdevo.chapters.postcode_lottery import words
from healthdevo.chapters.postcode_lottery.ground import LATE, Ground
from healthdevo.mathematics import rank_intervals
from healthdevo.results import Estimate

_MANCHESTER = "E54000057"
"""The integrated care board."""
_YEARS = 3


@dataclass(frozen=True)
class Boards:
    """Preventable deaths of integrated care boards against England, and their spread inside areas."""

    ground: Ground = field(repr=False)

    @cached_property
    def ends(self) -> dict[str, list[int]]:
        """Years averaged at the start and at the end."""
        years = [int(year) for year in self.ground.rates[LATE].columns]
        return {"start": years[:_YEARS], "end": years[-_YEARS:]}

    @property
    def spans(self) -> dict[str, str]:
        """Names of these years."""
        return {f"{end}_years": common.period(years[0], years[-1]) for end, years in self.ends.items()}

    @cached_property
    def ratios(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Rate of each board (rows) relative to England's by year (columns), and its standard error.

        A board's rate is the mean of its districts, weighted by the people they have in it; districts without a rate of their own (City of
        London, Isles of Scilly) are left out.
        """
        rates, m = self.ground.rates[LATE], self.ground.mortality
        england = m[(m["area_code"] == common.ENGLAND) & (m["sex"] == "persons") & (m["edition"] == LATE)]
        base = england.set_index("year")["rate"].astype(float)
        share = common.within_boards().pivot_table(
            index="container_code", columns="area_code", values="share"
        )
        weight = (share * self.ground.size).reindex(columns=rates.index).fillna(0.0)
        mass = (weight @ rates.notna().astype(float)) * base
        errors = rates.mul(self.ground.rate_errors[LATE], axis=0).fillna(0.0)
        return weight @ rates.fillna(0.0) / mass, (weight**2 @ errors**2) ** 0.5 / mass

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Change of each board's rate relative to England, first to last year of the edition, three years averaged at each end."""
        ratio, error = self.ratios
        level, noise = {}, {}
        for end, years in self.ends.items():
            level[end] = ratio[years].mean(axis=1).to_numpy()
            noise[end] = np.sqrt((error[years] ** 2).sum(axis=1)).to_numpy() / _YEARS
        frame = pd.DataFrame(
            {
                "area_code": ratio.index,
                "name": [common.plain_name(areas.get(str(code)).short_name) for code in ratio.index],
                **level,
                "change": level["end"] - level["start"],
                "standard_error": np.hypot(noise["start"], noise["end"]),
            }
        )
        ranks = rank_intervals(frame["change"], frame["standard_error"], first="lowest").to_frame()
        levels = rank_intervals(frame["end"], noise["end"], first="highest").to_frame()
        return common.with_limits(frame, "change", "standard_error").assign(
            rank=ranks["rank"],
            rank_lower=ranks["lower"],
            rank_upper=ranks["upper"],
            level_rank=levels["rank"],
            level_lower=levels["lower"],
            level_upper=levels["upper"],
        )

    @property
    def manchester(self) -> dict[str, Any]:
        """Greater Manchester's row of ``changes``."""
        return common.record(self.changes[self.changes["area_code"] == _MANCHESTER])

    @property
    def manchester_change(self) -> Estimate:
        """Change of Greater Manchester's rate relative to England."""
        m = self.manchester
        return common.normal_estimate("change against England", m["change"], m["standard_error"], 2 * _YEARS)

    @cached_property
    def inner_spread(self) -> pd.DataFrame:
        """Spread of preventable death rates between the districts of Greater Manchester and of each region, at both ends.

        Standard deviation of the districts' means over three years, noise taken off, over the area's mean.
        """
        region = self.ground.region_of
        groups = {
            "Greater Manchester": [
                a.code for a in areas.members(common.GREATER_MANCHESTER, "district", common.ON)
            ]
        }
        groups |= {areas.get(str(code)).name: list(part.index) for code, part in region.groupby(region)}
        rows = [{"area": name} | self._spread(codes) for name, codes in groups.items()]
        return pd.DataFrame(rows).assign(**self.spans)

    def _spread(self, members: list[str]) -> dict[str, float]:
        rates = self.ground.rates[LATE]
        row: dict[str, float] = {}
        for end, years in self.ends.items():
            y = rates.loc[rates.index.intersection(members), years].mean(axis=1).dropna()
            w = self.ground.size.reindex(y.index).to_numpy(float)
            w = w / w.sum()
            noise = (self.ground.rate_errors[LATE].reindex(y.index) * y).to_numpy(float) ** 2 / len(years)
            variance = float(np.cov(y, aweights=w, ddof=0)) - float(w @ noise - (w**2) @ noise)
            row |= {"districts": len(y), end: np.sqrt(max(variance, 0.0)) / np.average(y, weights=w)}
        return row

    def chart(self) -> charts.Chart:
        """Change of each board's preventable death rate relative to England, Greater Manchester in colour."""
        return charts.interval_chart(
            common.in_percent(self.changes.sort_values("change"), "change"),
            label="name",
            value="percent",
            lower="low",
            upper="high",
            focus=["Greater Manchester"],
            reference=0.0,
            reference_text="as England",
            x_label="change against England, percentage points",
            caption=words.boards(self),
        )

    def spread_table(self) -> charts.Table:
        """Spread inside Greater Manchester and inside the regions."""
        return charts.page_table(
            self.inner_spread,
            [
                charts.text_column("Area", "area"),
                charts.text_column("Districts", "districts"),
                *(charts.share_column(self.spans[f"{end}_years"], end, 0) for end in self.ends),
            ],
            table_id="inner-spread",
            caption=words.TABLES["inner-spread"],
            source=common.source_line("under_75_mortality", "population_year"),
        )
