"""Words of the long series, the claim, the months and the regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from healthdevo.chapters.common import record, sentences, source_line
from healthdevo.chapters.demand.findings import findings
from healthdevo.charts import Caption
from healthdevo.mathematics import RelativeChange
from healthdevo.wording import financial_year, join, millions, number, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.demand.attendances import Demand


def long_series(d: Demand, first: int, last: int, change: RelativeChange) -> Caption:
    """Words of the long series."""
    return Caption(
        figure_id="long-series",
        title=f"A&E attendances reached {millions(change.end, 1)} in {financial_year(last)}; the line breaks where the count was redefined",
        subtitle=f"Attendances at all types of A&E department, England, millions, {financial_year(first)} to {financial_year(last)}",
        source=source_line("emergency_financial_year"),
        alt=(
            f"Line chart of A&E attendances in England by financial year: {millions(change.start, 1)} in "
            f"{financial_year(first)}, {millions(d.total(2017), 1)} in 2017/18, a fall to "
            f"{millions(d.total(2020), 1)} in the pandemic year 2020/21 and {millions(change.end, 1)} in "
            f"{financial_year(last)}. The line is broken where definitions change."
        ),
    )


def claim(shown: pd.DataFrame, fits: list[str], fair: RelativeChange) -> Caption:
    """Words of the nine-year windows."""
    return Caption(
        figure_id="nine-year-windows",
        title=f"“Up 22 per cent, to almost 24 million” fits one window; the last nine years before the pandemic give {percentage(fair.change, 0)}",
        subtitle="Growth of attendances at all types of A&E over nine years, England, windows starting 2003/04 or later; bars show what rounding of published totals allows",
        source=source_line("emergency_financial_year"),
        alt=(
            f"Dot chart of growth in A&E attendances over {len(shown)} nine-year windows. Only {join(fits)} lies at the claimed "
            f"22 per cent with a total of almost 24 million; 2010/11 to 2019/20 gives {percentage(fair.change)}; windows ending in "
            "2020/21 or later are pulled down by the pandemic."
        ),
    )


def monthly(share: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> Caption:
    """Words of the months by type."""
    return Caption(
        figure_id="monthly-by-type",
        title=f"Minor-injury units and walk-in centres account for {percentage(share['3'], 0)} of the growth since 2011/12",
        subtitle=f"Attendances per day by type of department, England, thousands, {first:%B %Y} to {last:%B %Y}",
        source=source_line("emergency_month"),
        alt=(
            "Line chart of attendances per day by month. Type 1 departments are highest and grow slowly; type 3 units are second "
            "and grow faster; type 2 is small and flat. All fall sharply in spring 2020, and type 3 is short from August 2022 "
            "to February 2023."
        ),
    )


def regions(top: Mapping[str, Any], bottom: Mapping[str, Any], label: str) -> Caption:
    """Words of the regions."""
    return Caption(
        figure_id="regions",
        title=f"{top['name']} has {percentage(top['estimate'] / bottom['estimate'] - 1, 0)} more attendances per head than {bottom['name']}",
        subtitle=f"Attendances at all types of A&E per 1,000 residents, NHS regions, {label}, with 95% intervals",
        source=source_line("emergency_month", "population_year"),
        alt=(
            f"Dot chart of attendances per 1,000 people in the NHS regions in {label}: from {number(bottom['estimate'])} in "
            f"{bottom['name']} to {number(top['estimate'])} in {top['name']}."
        ),
    )


def known_share(value: float) -> str:
    """Return a share, or that it is not known, for tables."""
    return "not known" if pd.isna(value) else percentage(value)


def texts(d: Demand) -> dict[str, str]:
    """Named texts for the prose: every number the chapter states."""
    claim, fair = d.growth(2008, 2017), d.growth(2010, 2019)

    def window(start: int, end: int) -> dict[str, Any]:
        return record(d.fair_windows.query(f"start == {start} and end == {end}"))

    share = d.contributions.set_index("department_type")["share"]
    long = window(2011, 2024)
    matches = d.claim_matches
    verdict = (
        f"one window of nine years fits both parts of the claim: {matches['window'].iloc[0]}"
        if len(matches) == 1
        else f"{len(matches)} windows of nine years fit both parts of the claim"
    )
    top, bottom = record(d.regions, 0), record(d.regions, -1)
    last = d.latest
    w = d.nine_year_windows
    sound = w.loc[(w["start"] >= 2003) & ~w["through_pandemic"], "growth"]
    return {
        **sentences(findings(d)),
        "total_2008": millions(d.total(2008)),
        "total_2017": millions(d.total(2017)),
        "total_2018": millions(d.total(2018)),
        "total_2019": millions(d.total(2019)),
        "growth_claim_bounds": f"{percentage(claim.lower)} to {percentage(claim.upper)}",
        "growth_fair_bounds": f"{percentage(fair.lower)} to {percentage(fair.upper)}",
        "claim_verdict": verdict,
        "windows_low": percentage(sound.min(), 0),
        "windows_high": percentage(sound.max(), 0),
        "windows_count": str(len(sound)),
        "growth_2011_2017": percentage(window(2011, 2017)["growth_all"]),
        "growth_2011_2017_type_1": percentage(window(2011, 2017)["growth_type_1"]),
        "growth_2011_2017_type_3": percentage(window(2011, 2017)["growth_type_3"]),
        "growth_claim_per_head": percentage(window(2008, 2017)["growth_per_head"]),
        "growth_fair_per_head": percentage(window(2010, 2019)["growth_per_head"]),
        "growth_long": percentage(long["growth_all"]),
        "growth_long_population": percentage(long["growth_population"]),
        "share_type_1": percentage(float(share["1"]), 0),
        "share_type_3": percentage(float(share["3"]), 0),
        "since_2019": percentage(d.growth(2019, last).change),
        "region_top": str(top["name"]),
        "region_bottom": str(bottom["name"]),
        "region_ratio": percentage(top["estimate"] / bottom["estimate"] - 1, 0),
        "region_year": financial_year(int(top["year"])),
    }
