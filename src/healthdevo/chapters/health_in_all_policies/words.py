"""Sentences of the chapter that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import BEFORE_PANDEMIC, records, source_line, two_figures
from healthdevo.charts import Caption
from healthdevo.wording import join, percentage, with_interval

if TYPE_CHECKING:
    from healthdevo.chapters.health_in_all_policies.chapter import HealthInAllPolicies
    from healthdevo.chapters.health_in_all_policies.productivity import Productivity
    from healthdevo.chapters.health_in_all_policies.shares import Shares
    from healthdevo.regression import RelativeImportance

_PANEL = "area_year_panel"
_PUBLIC_HEALTH = "public health spending"
_WEAK = 0.3
"""Correlations nearer zero than this are called a cloud."""

SHARES_TABLE = (
    "Share of variance that goes with each determinant, averaged over all orders; what it goes with alone; and what it adds when all "
    "others are known. Shares cannot be negative, so an interval above zero does not show that a determinant matters."
)
DIRECTIONS_TABLE = (
    "Prosperity and preventable deaths on each other's past, within areas over time, in standard deviations. p adjusted for all tests of the table "
    "(Holm). Where the correction for short panels moves an estimate out of its interval, the panel is too short for the question."
)
PRODUCTIVITY_TABLE = (
    "Productivity and health of districts on each other's past, within districts over time, in standard deviations. p adjusted for all tests of the table "
    "(Holm). More admissions and more deaths are worse health."
)


def whole(share: float) -> str:
    """Return a share in whole per cent."""
    return percentage(share, 0)


def explained(shares: Shares) -> Caption:
    """Return the words of the chart of explained variance."""
    between, within = whole(shares.between.r2), whole(shares.within.r2)
    return Caption(
        "explained",
        f"The determinants go with {between} of the differences between areas, and with {within} of those within areas over time",
        "Share of variance of preventable mortality (unless said otherwise) that all determinants together go with, upper-tier areas",
        source_line(_PANEL),
        f"Bar chart of explained variance: {between} between areas, {within} within areas over time and "
        f"{whole(shares.before_pandemic.r2)} within areas before the pandemic.",
    )


def shares(result: RelativeImportance, figure_id: str, what: str) -> Caption:
    """Return the words of a chart of shares."""
    rows = records(result.to_frame().sort_values("estimate", ascending=False))
    first, second = rows[:2]
    spending = next(r for r in rows if r["determinant"] == _PUBLIC_HEALTH)
    low = "least" if spending is rows[-1] else whole(spending["estimate"])
    lead = f"{first['determinant'].capitalize()} and {second['determinant']} go with the most"
    if first["lower"] > second["upper"]:
        lead = f"{first['determinant'].capitalize()} goes with the most"
    title = f"{lead}, public health spending with {low} of the differences {what}"
    if result.r2 < 0.5:
        title = f"All determinants together go with {whole(result.r2)} of the differences {what}"
    listed = ", ".join(f"{r['determinant']} {whole(r['estimate'])}" for r in rows)
    units = "areas" if result.variation == "between" else "area-years"
    return Caption(
        figure_id,
        title,
        f"Share of the variance of preventable mortality that goes with each determinant (Shapley shares), {what}, "
        f"{int(result.n[0]):,} {units}, 95% intervals from resampling areas",
        source_line(_PANEL),
        f"Dot chart of shares of variance: {listed}.",
    )


def income_levels(count: int, r: float) -> Caption:
    """Return the words of the chart of income levels, from the number of areas and the correlation of logs."""
    return Caption(
        "income-levels",
        f"Richer areas have {'fewer' if r < 0 else 'more'} preventable deaths",
        f"Mean disposable household income per head (after inflation) and mean rate of preventable deaths under 75, {count} upper-tier "
        f"areas; correlation of logs {two_figures(r)}",
        source_line(_PANEL),
        f"Scatter chart of {count} areas: the higher the household income, the {'lower' if r < 0 else 'higher'} preventable mortality "
        f"(correlation {two_figures(r)}).",
    )


def income_changes(count: int, r: float, first: int) -> Caption:
    """Return the words of the chart of income changes, from the number of areas, the correlation and the first year."""
    weak = abs(r) < _WEAK
    title = (
        f"Areas whose incomes grew more saw their preventable deaths {'fall more' if r < 0 else 'fall less'}"
    )
    if weak:
        title = "Areas whose incomes grew more did not see their preventable deaths fall clearly more"
    return Caption(
        "income-changes",
        title,
        f"Change of household income per head (after inflation) and of the rate of preventable deaths under 75, {count} areas, {first} to "
        f"{BEFORE_PANDEMIC}; correlation {two_figures(r)}",
        source_line(_PANEL),
        f"Scatter chart of changes in {count} areas: a cloud {'without clear direction' if weak else 'with a slope'} (correlation {two_figures(r)}).",
    )


def directions(links: pd.DataFrame) -> Caption:
    """Return the words of the chart of lagged links."""
    sure = int((links["holm"] < 0.05).sum())
    title = f"A year apart, {sure} of {len(links)} links between prosperity and health stand out"
    return Caption(
        "directions",
        title if sure else "A year apart, neither prosperity nor health clearly leads the other",
        "Difference in standard deviations that goes with one standard deviation more a year earlier, within areas, "
        f"{links['first_year'].iloc[0]} to {BEFORE_PANDEMIC}, 95% intervals; bold: from prosperity to deaths",
        source_line(_PANEL),
        f"Dot chart of {len(links)} lagged links in both directions; {sure} of them stand out after adjustment for the number of tests.",
    )


def productivity(p: Productivity) -> Caption:
    """Return the words of the chart of productivity and health."""
    early = p.links[p.links["sample"] == "before the pandemic"]
    sure = int((early["holm"] < 0.05).sum())
    title = f"{sure} of {len(early)} links between health and productivity stand out"
    return Caption(
        "productivity",
        title if sure else "Neither health nor productivity clearly leads the other",
        f"Difference in standard deviations that goes with one standard deviation more some years earlier, within districts, {p.years[0]} to "
        f"{BEFORE_PANDEMIC}, 95% intervals; bold: from health to productivity",
        source_line("productivity_district", "chronic_admission", "mortality_ratio_derived"),
        f"Dot chart of {len(early)} lagged links in both directions at one, three and five years; {sure} of them stand out after adjustment for the number of tests.",
    )


def linked(rows: pd.DataFrame) -> str:
    """Say how many links stand out in each direction, and which way those from poor health to productivity point.

    >>> frame = pd.DataFrame({"to_health": [True, False, False], "holm": [0.5, 0.01, 0.6], "estimate": [-0.1, -0.2, 0.1]})
    >>> linked(frame)
    'Of 2 links from poor health to later productivity, 1 stands out; 1 of 2 points the way that the claim says, to less. Of 1 from productivity to later health, none stands out.'
    """

    def stand(part: pd.DataFrame) -> str:
        found = int((part["holm"] < 0.05).sum())
        return f"{found or 'none'} stand{'' if found > 1 else 's'} out"

    forward, back = rows[~rows["to_health"]], rows[rows["to_health"]]
    less = int((forward["estimate"] < 0.0).sum())
    return (
        f"Of {len(forward)} links from poor health to later productivity, {stand(forward)}; {less or 'none'} of {len(forward)} point{'' if less > 1 else 's'} the way "
        f"that the claim says, to less. Of {len(back)} from productivity to later health, {stand(back)}."
    )


def order(result: RelativeImportance) -> str:
    """Return the three largest shares in words, and how sure their order is."""
    rows = records(result.to_frame().sort_values("estimate", ascending=False))
    pair = result.dominance.set_index(["first", "second"])["reproduced"]
    again = float(pair.loc[(rows[0]["determinant"], rows[1]["determinant"])])
    text = join([f"{r['determinant']} ({whole(r['estimate'])})" for r in rows[:3]])
    sure = "sure" if again >= 0.95 else "not sure"
    return f"{text}. The order of the first two is {sure} (it holds in {whole(again)} of resamples)"


def dominance(result: RelativeImportance) -> str:
    """Return which determinants add more than another to every set of the others."""
    complete = result.dominance[result.dominance["complete"]]
    pairs = len(result.index) * (len(result.index) - 1) // 2
    if complete.empty:
        return f"in none of {pairs} pairs does one determinant add more whatever else is known"
    best = complete["first"].value_counts()
    return f"in {len(complete)} of {pairs} pairs one determinant adds more whatever else is known; {best.index[0]} does so against {int(best.iloc[0])} others"


def lagged(links: pd.DataFrame) -> str:
    """Return what the lagged panels show, both directions alike."""
    stands_out, forward = links["holm"] < 0.05, links["to_health"]
    early = links["sample"] == "before the pandemic"
    each = int((early & forward).sum())
    there, back = int((stands_out & early & forward).sum()), int((stands_out & early & ~forward).sum())
    counts = (there, back, "stand") if there + back else ("none", "none", "stands")
    late = int((stands_out & ~early).sum())
    return (
        f"Before the pandemic {counts[0]} of {each} links from prosperity to health and {counts[1]} of {each} from health to prosperity {counts[2]} out"
        f". With the pandemic years {late or 'none'} of {2 * each} {'does' if late == 1 else 'do'}"
    )


def texts(h: HealthInAllPolicies) -> dict[str, str]:
    """Return the named texts of the page, without its headline."""
    variance, s, doubtful = h.variance.shares, h.shares, h.directions.links["doubtful"]
    own = s.between[_PUBLIC_HEALTH]
    i = own.interval()
    p = h.productivity
    return {
        "hiap_productivity": linked(p.links),
        "hiap_productivity_years": f"{p.years[0]} to {p.years[1]}",
        "hiap_within_r2": whole(s.within.r2),
        "hiap_early_r2": whole(s.before_pandemic.r2),
        "hiap_noise": whole(min(h.variance.noise, 1.0)),
        "hiap_variance_areas": whole(variance["areas"]),
        "hiap_variance_years": whole(variance["years"]),
        "hiap_variance_within": whole(variance["within"]),
        "hiap_between_order": order(s.between),
        "hiap_without_order": order(s.without_deprivation),
        "hiap_without_r2": whole(s.without_deprivation.r2),
        "hiap_healthy_order": order(s.healthy_years),
        "hiap_within_order": order(s.within),
        "hiap_work_within": percentage(s.within["work"].estimate),
        "hiap_work_early": percentage(s.before_pandemic["work"].estimate),
        "hiap_dominance": dominance(s.between),
        "hiap_public_health": with_interval(own.estimate, i.lower, i.upper, whole, i.level),
        "hiap_ph_direction": s.direction("public_health_spending"),
        "hiap_lagged": lagged(h.directions.links),
        "hiap_lagged_doubt": f"{int(doubtful.sum())} of {len(doubtful)}",
    }
