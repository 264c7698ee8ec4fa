"""The services whose spending the chapter follows, and the sentences that depend on its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from healthdevo.chapters.common import (
    BEFORE_PANDEMIC,
    LIFE_YEARS,
    OUTCOME,
    OWN_ELASTICITY,
    PRICES,
    PUBLIC_HEALTH_ALONE,
    QUALITY,
    cell,
    moved_by,
    pounds,
    source_line,
    two_figures,
)
from healthdevo.charts import Caption
from healthdevo.regression import (
    Coefficient,
    FlippingSet,
    InstrumentFit,
    Leverage,
    PlaceboOutcomes,
    PreTrends,
    SelectionBounds,
    power_to_detect,
)
from healthdevo.results import Estimate, Interval
from healthdevo.wording import (
    financial_year,
    join,
    number,
    p_value,
    percentage,
    span,
    supported,
    with_interval,
)

if TYPE_CHECKING:
    from healthdevo.chapters.spending.between import Between
    from healthdevo.chapters.spending.chapter import Spending
    from healthdevo.chapters.spending.curve import Curves
    from healthdevo.chapters.spending.designs import Designs
    from healthdevo.chapters.spending.published import Published
    from healthdevo.chapters.spending.totals import Change, Totals

PUBLIC_HEALTH = "public_health_spending"
ADULT = "adult_social_care_spending"
CHILDREN = "children_social_care_spending"
"""The check: it cannot prevent deaths of adults in the same year."""

SERVICES: Mapping[str, str] = {PUBLIC_HEALTH: "public health", ADULT: "adult social care"}
"""Columns of the panel and the services they hold."""
ALL_SERVICES: Mapping[str, str] = {**SERVICES, CHILDREN: "children's social care"}
"""The same with the check."""
CANNOT_CHANGE: Mapping[str, str] = {
    "housing_affordability_ratio": "house prices against earnings",
    "median_weekly_pay": "weekly pay",
    "household_income_per_head": "household income per head",
}
"""Placebo outcomes: this year's public health or social care spending does not change them."""

_PANEL = "area_year_panel"


def for_ten_per_cent(elasticity: float) -> float:
    """Return the relative difference in the outcome that goes with ten per cent more spending.

    >>> round(for_ten_per_cent(-0.1), 4)
    -0.0095
    """
    return float(1.1**elasticity - 1.0)


def fewer(relative: float) -> str:
    """Return a relative change of deaths in words.

    >>> fewer(-0.012), fewer(0.012), fewer(0.0001)
    ('1.2% fewer', '1.2% more', 'no difference')
    """
    if abs(relative) < 0.0005:
        return "no difference"
    return f"{percentage(abs(relative))} {'fewer' if relative < 0 else 'more'}"


def ten_per_cent(c: Estimate, what: str = "preventable deaths") -> str:
    """Return what ten per cent more spending goes with, with the interval, in words."""
    i = c.interval()
    limits = span(i.lower, i.upper, lambda v: fewer(for_ten_per_cent(v)))
    said = fewer(for_ten_per_cent(c.estimate))
    of = " in" if said == "no difference" else ""
    return f"{said}{of} {what} ({100 * i.level:g}% interval: {limits})"


def _slug(service: str) -> str:
    return service.removesuffix("_spending").replace("_", "-")


# ---- what councils spend ---------------------------------------------------------------------------------


def change(found: Change) -> str:
    """Return a change of spending and its years."""
    return (
        f"{moved_by(found.relative)} between {financial_year(found.first)} and {financial_year(found.last)}"
    )


def spending_per_head(totals: Totals) -> Caption:
    """Return the words of the chart of spending per head."""
    years = totals.england["financial_year_start"]
    title = f"Public health spending per head {change(totals.change('public_health'))}, after inflation"
    return Caption(
        "spending-per-head",
        title,
        f"Net current spending of councils in England per head by service, pounds in prices of {PRICES}, "
        f"{span(years.min(), years.max(), lambda y: financial_year(int(y)))}",
        source_line("council_outturn", "gdp_deflator"),
        "Line chart of council spending per head in real terms. Adult social care is highest, children's social care second, "
        f"public health lowest. {title}.",
    )


# ---- between councils ------------------------------------------------------------------------------------


def cross_section(between: Between, service: str, slope: float) -> Caption:
    """Return the words of the chart of council averages."""
    c, name = between.designs.coefficient(service, "between"), SERVICES[service]
    count, years = len(between.averages), between.designs.sample["year"]
    has = "more preventable deaths, not fewer" if c.estimate > 0 else "fewer preventable deaths, not more"
    if not c.interval().excludes_zero:
        has = "neither clearly more nor clearly fewer preventable deaths"
    return Caption(
        f"cross-section-{_slug(service)}",
        f"Councils that spend more on {name} have {has}",
        f"Mean spending on {name} per head (prices of {PRICES}) and mean age-standardised rate of preventable deaths "
        f"under 75, {count} councils of England, {years.min()} to {years.max()}",
        source_line(_PANEL),
        f"Scatter chart of {count} councils: the higher the spending on {name}, the "
        f"{'higher' if slope > 0 else 'lower'} the rate of preventable deaths, with wide scatter.",
    )


def year_by_year(yearly: pd.DataFrame) -> Caption:
    """Return the words of the chart of each year's comparison."""
    rows = yearly[yearly["service"] == SERVICES[PUBLIC_HEALTH]]
    others = yearly.loc[yearly["service"] == SERVICES[ADULT], "elasticity"]
    beside = "above" if rows["elasticity"].mean() > others.mean() else "not above"
    return Caption(
        "yearly",
        f"In {int((rows['lower'] > 0).sum())} of {len(rows)} years, councils that spent more on public health had clearly more preventable deaths",
        "Elasticity of preventable mortality with respect to spending per head in each year's comparison of councils, with 95% bands",
        source_line(_PANEL),
        "Line chart of the elasticity between councils by year: for public health from "
        f"{span(rows['elasticity'].min(), rows['elasticity'].max(), two_figures)}, on average {beside} that for adult social care.",
    )


def comparison(raw: Coefficient, given_need: Coefficient) -> str:
    """Return what the comparison of councils shows, and what is left of it given need."""
    found = f"ten per cent more public health spending goes with {ten_per_cent(raw)}"
    if not raw.interval().excludes_zero:
        return f"Comparing councils shows no clear link: {found}."
    way = "the wrong way" if raw.estimate > 0 else "the way one would hope"
    left = "little of it is left" if not given_need.interval().excludes_zero else "part of it is left"
    return (
        f"The comparison between councils looks strong and points {way}. {found[:1].upper()}{found[1:]}. "
        f"Money follows need: given deprivation and age, {left}."
    )


def adult_link(c: Coefficient) -> str:
    """Return whether the comparison for adult social care is clear."""
    lead = "is clear" if c.interval().excludes_zero else "is unclear"
    return f"For adult social care the link between councils {lead}: ten per cent more spending goes with {ten_per_cent(c)}."


def years_with_more_deaths(yearly: pd.DataFrame) -> str:
    """Return in how many years councils that spend more have more deaths."""
    parts = [
        f"{int((rows['lower'] > 0).sum())} of {len(rows)} years for {name}"
        for name, rows in yearly.groupby("service", sort=False)
    ]
    return f"Councils that spend more have clearly more deaths in {join(parts)}"


def bounds(b: SelectionBounds) -> str:
    """Return what taking measured need into account does to the cross-section."""
    falls = bool(b.uncontrolled) and b.controlled / b.uncontrolled < 1.0
    text = (
        f"the elasticity between councils {'falls' if falls else 'moves'} from {span(b.uncontrolled, b.controlled, two_figures)} "
        "once deprivation and age are taken into account"
    )
    if np.isfinite(b.delta_zero) and b.delta_zero > 0:
        text += f". Unmeasured need would have to matter {two_figures(b.delta_zero)} times as much as both of these to explain all of it"
    return text


# ---- the same council over time --------------------------------------------------------------------------

DESIGNS_TABLE = (
    "Elasticity of preventable mortality with respect to spending (per cent for one per cent) by service and design. Children's "
    "social care is a check: it cannot prevent deaths of adults in the same year."
)


def changes(found: Designs, service: str) -> Caption:
    """Return the words of the chart of changes."""
    data, name = found.changes, SERVICES[service]
    explained = float(np.corrcoef(data[service], data[OUTCOME])[0, 1] ** 2)
    r2 = percentage(explained)
    cloud = "points form a cloud; the line through them is nearly flat (it"
    return Caption(
        f"change-{_slug(service)}",
        f"Changes in {name} spending go with {r2} of the differences between councils in how mortality changed",
        f"Change of real spending on {name} per head and of the rate of preventable deaths under 75, {len(data)} councils, "
        f"{found.sample['year'].min()} to {BEFORE_PANDEMIC}",
        source_line(_PANEL),
        f"Scatter chart of {len(data)} councils: change of spending on {name} against change of preventable mortality. The "
        + (f"{cloud} explains {r2})." if explained < 0.1 else f"line through the points explains {r2}."),
    )


def designs(found: Designs, service: str, within: Sequence[Coefficient]) -> Caption:
    """Return the words of the chart of designs."""
    name, between = SERVICES[service], found.coefficient(service, "between")
    strong = between.interval().excludes_zero
    sure = sum(c.interval().excludes_zero for c in within)
    inside = (
        f"{sure} of {len(within)} designs {'shows' if sure == 1 else 'show'} one" if sure else "it is gone"
    )
    wrong = " and points the wrong way" if strong and between.estimate > 0 else ""
    return Caption(
        f"designs-{_slug(service)}",
        f"{name.capitalize()}. Between councils the link is {'strong' if strong else 'unclear'}{wrong}; within councils {inside}",
        f"Relative difference in the rate of preventable deaths under 75 that goes with 10 per cent more spending on "
        f"{name} per head. By design, with 95% intervals; designs within councils in bold",
        source_line(_PANEL),
        f"Dot chart of {len(found.estimates.query('service == @service'))} designs. Between councils 10 per cent more spending goes with "
        f"{ten_per_cent(between)}; within councils over time with {ten_per_cent(found.coefficient(service, 'within'))}.",
    )


def over_time(c: Coefficient) -> str:
    """Return what following the same council shows."""
    lead = "no clear link" if not c.interval().excludes_zero else "a link"
    return f"The same council followed over time shows {lead}: {ten_per_cent(c)}."


def verdict(name: str, c: Coefficient, published: float | None) -> str:
    """Return what one estimate within councils says, given a published effect."""
    i = c.interval()
    lead = f"within councils, more {name} spending goes with {'fewer' if c.estimate < 0 else 'more'} preventable deaths: 10 per cent more with"
    if i.excludes_zero:
        return f"{lead} {ten_per_cent(c)}"
    text = f"within councils, 10 per cent more {name} spending goes with {ten_per_cent(c)}. Zero lies within the interval"
    if published is None:
        return text
    if published in i:
        return f"{text}, and so does the published elasticity of {number(published)}"
    return f"{text}, but the published elasticity of {number(published)} does not"


# ---- the whole curve -------------------------------------------------------------------------------------


def curve(curves: Curves, service: str) -> Caption:
    """Return the words of a specification curve."""
    every, within, name = curves.all[service].estimated, curves.within[service], SERVICES[service]
    share = within.share_significant()
    return Caption(
        f"curve-{_slug(service)}",
        f"{name.capitalize()}: of {len(within.estimated)} specifications within councils, "
        f"{percentage(share['negative'], 0)} find significantly fewer and {percentage(share['positive'], 0)} significantly more deaths",
        f"Elasticity of preventable mortality with respect to {name} spending in {len(every)} specifications with 95% "
        "intervals, sorted; dark: interval without zero; square: the main specification",
        source_line(_PANEL),
        f"Specification curve of {len(every)} estimates from {span(every['estimate'].min(), every['estimate'].max(), two_figures)}. Those that "
        "compare councils lie on the right, well above zero; those that follow the same council lie around zero.",
    )


def joint(p: float, draws: int) -> str:
    """Return the joint test of a curve in words."""
    seldom = "seldom" if p < 0.05 else "often"
    return f"a median as far from zero comes up {seldom} when councils exchange their whole spending histories, {draws:,} times (p = {p_value(p)})"


# ---- leverage and power ----------------------------------------------------------------------------------

LEVERAGE_TABLE = "The estimate within councils over time when parts of the data are left out: the councils and years that matter most."


def top_spenders(count: int) -> str:
    """Return what is left out when the largest spenders are.

    >>> top_spenders(1), top_spenders(5)
    ('the top spender', 'the 5 top spenders')
    """
    return "the top spender" if count == 1 else f"the {count} top spenders"


def chosen_set(found: FlippingSet) -> str:
    """Return what is left out to turn the sign."""
    units = "council-years" if found.units == "area-years" else "councils"
    if found.found:
        return f"{found.size} {units} chosen to turn the sign"
    return f"up to {found.size} {units} (sign never turns)"


def reliance(report: Leverage) -> str:
    """Return how few observations turn the sign."""
    sets = (("council-years", report.flipping_rows), ("councils", report.flipping_areas))
    parts = [f"{s.size} of the {units} ({percentage(s.share)})" for units, s in sets if s.found]
    if not parts:
        return "no small set of councils or council-years turns the sign"
    return f"leaving out {join(parts, 'or')} turns the sign"


def found_published(published: Estimate) -> str:
    """Return the heading of the power to find the published elasticity."""
    return f"Probability of finding {number(published.estimate)}"


def detectable_table(published: Estimate) -> str:
    """Return the caption of the table of detectable effects."""
    return (
        "How large an effect would have to be for each design to find it. The published elasticity of mortality with respect to public "
        f"health spending is {number(published.estimate)}."
    )


# ---- checks ----------------------------------------------------------------------------------------------

PLACEBO_TABLE = (
    "The same regression within councils over time for outcomes that this spending cannot change. p adjusted for the number of tests of "
    "each service (Romano-Wolf)."
)


def leads(test: PreTrends) -> str:
    """Return the test of leads in words."""
    text, p = f"spending of the next {len(test.leads)} years", f"(p = {p_value(test.p_value)})"
    if test.p_value < 0.05:
        return f"{text} goes with this year's deaths {p}. Money that is not yet spent cannot save lives, so something else moves both"
    return f"{text} shows no link with this year's deaths {p}, as it should be"


def placebo(result: PlaceboOutcomes) -> str:
    """Return the placebo outcomes in words."""
    count, failing = int(result.table["placebo"].sum()), result.failing
    if not failing:
        return f"none of {count} outcomes that it cannot change goes with it at 5%"
    return (
        f"{len(failing)} of {count} outcomes that it cannot change nevertheless {'goes' if len(failing) == 1 else 'go'} with it "
        f"({join([CANNOT_CHANGE[n] for n in failing])}); the design picks up more than an effect"
    )


def family_table(count: int) -> str:
    """Return the caption of the table of all tests."""
    return (
        f"{count} tests of the same kind: services by outcomes, within councils over time, with p-values adjusted for their number. "
        "Healthy life expectancy is an average of three years."
    )


def many_tests(family: pd.DataFrame) -> str:
    """Return how many tests of a family survive adjustment, and whether the check fails."""
    raw, left = int((family["p_value"] < 0.05).sum()), family[family["romano_wolf"] < 0.05]
    text = f"{raw} of {len(family)} tests fall below 5% on their own, {len(left) or 'none'} after adjustment for their number"
    check = left["service"] == CHILDREN
    if check.any():
        which = "what is left" if check.all() else "among those left"
        text += f"; {which} is children's social care, which cannot prevent deaths of adults, so the design itself is in doubt"
    return text


# ---- instruments -----------------------------------------------------------------------------------------

INSTRUMENTS_TABLE = (
    "Candidates for instruments in the embedded data, within councils over time: strength, the estimate they would give, and the set "
    "of elasticities that they cannot rule out."
)


def stretches(pieces: Sequence[Interval]) -> str:
    """Return stretches of the real line in words.

    >>> from healthdevo.results import Interval
    >>> inf = float("inf")
    >>> stretches([Interval(0.95, -inf, -1.0), Interval(0.95, 2.0, inf)]), stretches([Interval(0.95, -inf, inf)])
    ('up to −1 and from 2 upwards', 'any value')
    """
    return join([_stretch(i) for i in pieces])


def _stretch(i: Interval) -> str:
    if np.isneginf(i.lower):
        return "any value" if np.isposinf(i.upper) else f"up to {two_figures(i.upper)}"
    if np.isposinf(i.upper):
        return f"from {two_figures(i.lower)} upwards"
    return span(i.lower, i.upper, two_figures)


def instruments(fits: Sequence[InstrumentFit]) -> str:
    """Return how many candidates are strong enough."""
    strong = sum(not f.first_stage.weak for f in fits)
    strongest = max(f.first_stage.effective_f() for f in fits)
    if strong:
        return (
            f"{strong} of {len(fits)} first stages are strong enough (effective F up to {number(strongest)})"
        )
    needed = min(cell(f.first_stage.table, "clustered", "critical_value") for f in fits)
    return f"All {len(fits)} first stages are weak: the strongest has an effective F of {two_figures(strongest)}, where {number(needed)} would be needed"


def rule(fits: Sequence[InstrumentFit]) -> str:
    """Return in plain words whether a rule of funding moves spending strongly enough."""
    strong = sum(not f.first_stage.weak for f in fits)
    if strong == 0:
        return "No rule of funding in these data moves spending strongly enough to tell cause from need."
    return f"{strong} of {len(fits)} rules of funding in these data move spending strongly; whether they are fair tests is discussed below."


# ---- published estimates, and what a pound buys ----------------------------------------------------------

PUBLISHED_TABLE = "What published studies of England found, with the design that each claim rests on and where the figure was read."


def published_reach(lower: float, upper: float, standard_error: float) -> str:
    """Return how far a published estimate reaches: its interval, or else its standard error.

    >>> nan = float("nan")
    >>> published_reach(1.0, 2.0, nan), published_reach(nan, nan, 0.5), published_reach(nan, nan, nan)
    ('1 to 2', 'standard error 0.5', 'not given')
    """
    if not np.isnan(lower):
        return span(lower, upper)
    return "not given" if np.isnan(standard_error) else f"standard error {number(standard_error)}"


def cost_label(study: str, year: int, outcome: str, design: str) -> str:
    """Return the name of a published cost: author, year, kind of spending, and variant of the model.

    >>> cost_label("Martin, Lomas and Claxton, BMJ Open", 2020, "cost by public health spending", "model, public health alone")
    'Martin 2020, public health (public health alone)'
    """
    what = "health care" if "health care" in outcome else "NHS spending"
    if "public health" in outcome:
        what = "public health"
    told = design if "selection" in design or "alone" in design else outcome if ", " in outcome else ""
    variant = told.rpartition(", ")[2]
    author = study.partition(",")[0].partition(" and ")[0]
    return f"{author} {year}, {what}" + (f" ({variant})" if variant else "")


def published_model(design: str) -> str:
    """Return the name of a published elasticity's model."""
    return f"Martin and others 2020: {design.rpartition(', ')[2]}"


def published_costs(published: Published) -> Caption:
    """Return the words of the chart of published costs."""
    data, ratio = published.costs, published.same_study["ratio"]
    reach = data.groupby("kind")["estimate"].agg(["min", "max"])
    prevention, treatment = (
        span(cell(reach, kind, "min"), cell(reach, kind, "max"), pounds)
        for kind in ("prevention", "treatment")
    )
    return Caption(
        "cost-per-qaly",
        f"Published: a healthy year costs {span(ratio.min(), ratio.max(), two_figures)} times as much by treatment as by prevention",
        "Published spending for one quality-adjusted life-year, pounds of each study's year; dark bars: public health, grey: health care",
        source_line("published_estimate"),
        f"Bar chart of {len(data)} published costs of a quality-adjusted life-year: public health from {prevention}, health care from {treatment}.",
    )


def cost(found: Estimate) -> str:
    """Return the cost of a QALY in words.

    >>> from healthdevo.results import Estimate, Interval
    >>> cost(Estimate("cost", 9000.0, 1.0, (Interval(0.95, 5000.0, float("inf")),), 1, "chain"))
    '£9,000 (95% interval from £5,000 without upper limit, because the interval of the gain holds zero)'
    """
    if np.isnan(found.estimate):
        return f"not defined, because {found.reason}"
    i = found.interval()
    upper = f"to {pounds(i.upper)}"
    if np.isposinf(i.upper):
        upper = "without upper limit, because the interval of the gain holds zero"
    return f"{pounds(found.estimate)} ({100 * i.level:g}% interval from {pounds(i.lower)} {upper})"


def cost_or_none(estimate: float, lower: float, upper: float) -> str:
    """Return the cost of a QALY as a cell of a table.

    >>> cost_or_none(9000.0, 5000.0, float("inf")), cost_or_none(float("nan"), 1.0, 2.0)
    ('£9,000 (£5,000 to no upper limit)', 'not defined')
    """
    if np.isnan(estimate):
        return "not defined"
    value, low, high = (supported(x, lower, upper) for x in (estimate, lower, upper))
    return with_interval(value, low, high, pounds)


def returns_table(spend: float, deaths: float) -> str:
    """Return the caption of the table of the chain."""
    return (
        f"From an elasticity to the cost of a quality-adjusted life-year (QALY): spending £{spend / 1e9:.2f} billion a year, "
        f"about {deaths:,.0f} preventable deaths under 75 a year. Assumed are {number(LIFE_YEARS.value)} years gained for each death averted "
        f"(standard error {number(LIFE_YEARS.standard_error)}) of quality {number(QUALITY.value)} ({number(QUALITY.standard_error)})."
    )


# ---- named texts -----------------------------------------------------------------------------------------


def _of_service(s: Spending, service: str, short: str) -> dict[str, str]:
    within = s.curves.within[service]
    share, elasticities = within.share_significant(), within.estimated["estimate"]
    power = s.reliance.detectable.query("service == @service and design == 'within'").set_index("service")
    smallest = cell(power, service, "detectable")
    published = s.published.elasticity.estimate if service == PUBLIC_HEALTH else None
    texts = {
        "verdict": verdict(SERVICES[service], s.designs.coefficient(service, "within"), published),
        "count": str(len(s.curves.all[service].estimated)),
        "within_count": str(len(elasticities)),
        "negative": percentage(share["negative"], 0),
        "positive": percentage(share["positive"], 0),
        "range": span(elasticities.min(), elasticities.max(), two_figures),
        "joint": joint(cell(s.curves.joint_tests[service].table, "median z", "p_value"), s.curves.draws),
        "leverage": reliance(s.reliance.leverages[service]),
        "detectable": two_figures(smallest),
        "detectable_ten": percentage(-for_ten_per_cent(-smallest)),
        "power": percentage(cell(power, service, "power_for_published"), 0),
        "leads": leads(s.checks.leads[service]),
        "placebo": placebo(s.checks.placebos[service]),
        "bounds": bounds(s.between.bounds[service]),
    }
    return {f"spending_{short}_{name}": text for name, text in texts.items()}


def texts(s: Spending) -> dict[str, str]:
    """Return the named texts of the page, without its headline."""
    own, ratio = s.designs.coefficient, s.published.same_study["ratio"]
    years, published = s.designs.sample["year"], s.published.elasticity
    fits = list(s.instruments.fits.values())
    chain = s.returns.chains[published_model(PUBLIC_HEALTH_ALONE)].cost_per_qaly
    half = power_to_detect(published.estimate / 2, own(PUBLIC_HEALTH, "within"))
    return {
        "spending_years": f"{years.min()} to {years.max()}",
        "spending_councils": str(s.designs.fits[PUBLIC_HEALTH, "within"].areas),
        "spending_between": comparison(own(PUBLIC_HEALTH, "between"), own(PUBLIC_HEALTH, "need")),
        "spending_asc_link": adult_link(own(ADULT, "between")),
        "spending_yearly": years_with_more_deaths(s.between.yearly),
        "spending_within": over_time(own(PUBLIC_HEALTH, "within")),
        "spending_ph_change": change(s.totals.change("public_health")),
        "spending_asc_change": change(s.totals.change("adult_social_care")),
        "spending_csc_change": change(s.totals.change("children_social_care")),
        "spending_published": number(published.estimate),
        "spending_published_ten": ten_per_cent(published, "deaths"),
        "spending_assumed_years": number(LIFE_YEARS.value),
        "spending_assumed_quality": number(QUALITY.value),
        "spending_ratio": span(ratio.min(), ratio.max(), two_figures),
        "spending_instruments": instruments(fits),
        "spending_own_cost": cost(s.returns.chains[OWN_ELASTICITY].cost_per_qaly),
        "spending_chain_ratio": two_figures(chain.estimate / s.published.cost),
        "spending_published_cost": pounds(s.published.cost),
        "spending_ph_power_half": percentage(half, 0),
        "spending_rule": rule(fits),
        "spending_family": many_tests(s.checks.family),
        "spending_children": ten_per_cent(own(CHILDREN, "between")),
        **_of_service(s, PUBLIC_HEALTH, "ph"),
        **_of_service(s, ADULT, "asc"),
    }
