"""Sentences of the chapter that depend on its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from healthdevo.chapters.common import few, pounds, record, source_line
from healthdevo.charts import Caption
from healthdevo.wording import financial_year, join, number, percentage, signed, span

if TYPE_CHECKING:
    from healthdevo.chapters.money.allocation import Allocation
    from healthdevo.chapters.money.fiscal import Fiscal
    from healthdevo.chapters.money.flow import Flow
    from healthdevo.chapters.money.mayors import Mayors
    from healthdevo.chapters.money.taxes import Taxes
    from healthdevo.finance import Flows

WHOLE = "Public spending"
HEALTH, SOCIAL_CARE, ELSE = "Health", "Social care", "Everything else"
OTHER_SERVICES = "Councils, other services"
RESTS = {
    f"rest of {HEALTH}": "Health services, running costs",
    f"rest of {SOCIAL_CARE}": "Other social care",
    f"rest of {ELSE}": "Pensions, benefits, police and other",
}
"""What is left over, in words."""
BASES = {"published": "published", "rest": "what is left", "not published": "not published"}
COMPONENTS = {
    "general_acute": "Hospital care",
    "community": "Community",
    "mental_health": "Mental health",
    "maternity": "Maternity",
    "prescribing": "Medicines",
    "primary_care_need": "General practice",
    "health_inequalities": "Health inequalities",
}
FIFTHS = {1: "poorest fifth", 2: "second fifth", 3: "middle fifth", 4: "fourth fifth", 5: "richest fifth"}
TAXES = {"penny": "Penny on income", "precept": "£100 on a Band D home"}
INCOME_TAX = "A tenth of income tax, a head"
BOARDS = "Need of each board beside its people, by component of the formula, 2025/26. How its share would change if health inequalities weighed 15 per cent in place of 10, by the round of 2022/23."
SCHEMES = "Pounds for each need-weighted head, and what changes hands. The Kakwani index is 0 where money follows need, below 0 where it lies with those who need less. Its interval reads the districts as a sample of such places."
WINNERS = "A penny on income, shared fully by need: the six districts that would gain and the six that would pay most a head; all 296 in the download. Gains and payments sum to nothing to the penny."
MAYORS = "What a tenth of the income tax of residents would be in each strategic authority with a mayor, or to have one. Beside it who would gain if these authorities shared it by need. Other readings take the tax in proportion to income, or steeper. Gains and payments sum to nothing."
RECEIPTS = "What business rates raise by region in 2024/25, and what a tenth of income tax would be. How much of its business rates each council keeps was not found in a table."
FISCAL = "What each region pays in and gets, and how much of its health spending is left to be paid from its own revenue after all else. Below 0: all else already takes more than it pays in. The last column shares the nation's borrowing by head."


def billions(value: float) -> str:
    """Return thousands of pounds in billions.

    >>> billions(26_193_894.0), billions(586_400.0)
    ('£26.2bn', '£0.6bn')
    """
    return f"£{value / 1e6:.1f}bn"


def whole(value: float) -> str:
    """Return a number without decimals.

    >>> whole(1234.5)
    '1,234'
    """
    return f"{value:,.0f}".replace("-", "\N{MINUS SIGN}")


def million_or_none(thousand: float) -> str:
    """Return thousands of pounds in millions, or that they are not published.

    >>> million_or_none(1_234_500.0), million_or_none(float("nan"))
    ('1,234', 'not published')
    """
    return "not published" if pd.isna(thousand) else whole(thousand / 1e3)


def pounds_or_none(value: float) -> str:
    """Return pounds, or nothing.

    >>> pounds_or_none(254.2), pounds_or_none(float("nan"))
    ('£254', '')
    """
    return "" if pd.isna(value) else pounds(value)


def pounds_range(low: float, high: float) -> str:
    """Return two sums as a range.

    >>> pounds_range(254.2, 301.0)
    '£254 to £301'
    """
    return f"{pounds(low)} to {pounds(high)}"


def signed_pounds(value: float) -> str:
    """Return pounds with their sign.

    >>> signed_pounds(-862.4), signed_pounds(163.2)
    ('−£862', '+£163')
    """
    return f"{'+' if value >= 0 else chr(0x2212)}£{abs(value):,.0f}"


def change(value: float) -> str:
    """Return a relative change with its sign.

    >>> change(0.0209), change(-0.016), change(float("nan"))
    ('+2.1%', '−1.6%', '')
    """
    return "" if pd.isna(value) else f"{signed(100 * value, 1)}%"


def beside(ratio: float) -> str:
    """Return need beside people as a difference in per cent.

    >>> beside(1.123), beside(0.88)
    ('+12%', '−12%')
    """
    return f"{signed(100 * (ratio - 1.0), 0)}%"


def carried(share: float) -> str:
    """Return a share carried as a percentage.

    >>> carried(2.27), carried(-0.91)
    ('227%', '−91%')
    """
    return percentage(share, 0)


def percent_tick(value: float) -> str:
    """Return a percentage for an axis.

    >>> percent_tick(-50.0)
    '−50%'
    """
    return f"{value:g}%".replace("-", "\N{MINUS SIGN}")


def pounds_tick(value: float) -> str:
    """Return pounds for an axis.

    >>> pounds_tick(100.0)
    '£100'
    """
    return f"£{value:,.0f}"


def two_decimals(value: float) -> str:
    """Return a number with two decimals, never minus nothing.

    >>> two_decimals(-0.0001), two_decimals(-0.136)
    ('0.00', '−0.14')
    """
    text = f"{value:.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


_WITH_ARTICLE = frozenset(
    {
        *(
            "North East",
            "North West",
            "South East",
            "South West",
            "East Midlands",
            "West Midlands",
            "Midlands",
        ),
        *(
            "East of England",
            "West of England",
            "North East and Yorkshire",
            "City of London",
            "Isles of Scilly",
        ),
    }
)


def the(name: str) -> str:
    """Return a place's name as it stands in a sentence.

    >>> the("North East"), the("London"), the("East of England"), the("West Yorkshire")
    ('the North East', 'London', 'the East of England', 'West Yorkshire')
    """
    return f"the {name}" if name in _WITH_ARTICLE else name


def flow(flows: Flows, place: str, figure_id: str) -> Caption:
    """Words of a flow."""
    share = flows[HEALTH] / flows.total
    return Caption(
        figure_id=figure_id,
        title=f"Health takes {percentage(share, 0)} of public spending for {place}",
        subtitle="Identifiable public spending by use, 2023/24: bands as wide as sums. Councils' services are net of income, as councils report them",
        source=source_line("regional_spending", "council_outturn"),
        alt=f"Flow of {billions(flows.total)} of public spending for {place}: {billions(flows[HEALTH])} to health, {billions(flows[SOCIAL_CARE])} to social care and {billions(flows[ELSE])} to everything else, each parted into published uses and a rest.",
    )


def reweighted(allocation: Allocation) -> Caption:
    """Words of the change of boards' shares."""
    frame = allocation.frame
    first, last = frame.iloc[0], frame.iloc[-1]
    return Caption(
        figure_id="money-reweighted",
        title=f"More weight on inequalities: {allocation.gainers} of {len(frame)} boards would gain",
        subtitle="Change of each board's share if health inequalities weighed 15% in place of 10% (round of 2022/23), against its need beside its people (2025/26)",
        source=source_line("allocation_need"),
        alt=f"Scatter of {len(frame)} boards. {first['name']} would gain most, {change(first['change'])}, and {last['name']} lose most, {change(last['change'])}; need in all and gain go together only loosely.",
    )


def equalisation(taxes: Taxes) -> Caption:
    """Words of the path of equalisation."""
    before, half, full = (taxes.penny.fifths(s) for s in (0.0, 0.5, 1.0))
    return Caption(
        figure_id="money-equalisation",
        title="Without equalisation a local tax leaves poorer places behind",
        subtitle="A penny in the pound on local income: pounds a year for each need-weighted head, by fifth of people. Lines: how much stays where it is raised; at 0% all is shared by need",
        source=source_line("wider_determinants", "allocation_need", "population_year"),
        alt=f"Three lines that meet where all is shared by need and part as more stays. Without equalisation the richest fifth has {pounds(before[5])} and the poorest {pounds(before[1])}; half-way {pounds(half[5])} and {pounds(half[1])}; in full all have {pounds(full[1])}.",
    )


def fiscal(found: Fiscal) -> Caption:
    """Words of the fiscal position."""
    first, last = found.ends
    able = names_able(found)
    title = (
        f"Only {join(able)} could carry their health spending"
        if len(able) > 1
        else f"Only {the(able[0])} could carry its health spending"
        if able
        else "No region could carry all its health spending"
    )
    return Caption(
        figure_id="money-fiscal-path",
        title=title,
        subtitle="Own revenue left after all other spending, as a share of health spending, by region, 1999/00 to 2024/25 (100%: all of it; below 0: nothing is left)",
        source=source_line("public_finances_region", "public_expenditure_region"),
        alt=f"Lines of nine regions. In {financial_year(found.last)} {first['name']} carries {carried(first['carried'])} and {last['name']} {carried(last['carried'])}; all fall in 2008 to 2010 and in 2020/21.",  # type: ignore[arg-type]
    )


def names_able(found: Fiscal) -> list[str]:
    """Return the regions that carry all their health spending in the latest year, most first."""
    rows = found.now
    return rows.loc[rows["carried"] >= 1.0, "name"].tolist()


def texts(flow: Flow, allocation: Allocation, taxes: Taxes, fiscal: Fiscal, mayors: Mayors) -> dict[str, str]:
    """Return the named texts of the chapter."""
    return {
        **flow_texts(flow),
        **allocation_texts(allocation),
        **tax_texts(taxes),
        **fiscal_texts(fiscal),
        **mayors_texts(mayors),
    }


def mayors_texts(found: Mayors) -> dict[str, str]:
    """Texts of the share of income tax for mayors."""
    rows = found.table
    low, high = found.ratio[1:]
    moved = found.moved
    gain = int((rows["gain"] > 0).sum())
    return {
        "money_mayors_range": (
            f"{mayors_of(record(rows), record(rows, -1), found.share)}: {number(found.ratio[0], 2)} times as much. By other readings it is {number(low, 2)} to {number(high, 2)} times"
        ),
        "money_mayors_shared": (
            f"If the {len(rows)} authorities shared it fully by need, {percentage(moved[0], 0)} of it would move ({percentage(moved[1], 0)} to {percentage(moved[2], 0)} by other readings). "
            f"{gain} would gain and {len(rows) - gain} would pay"
        ),
    }


def mayors_of(top: Mapping[str, Any], bottom: Mapping[str, Any], share: float) -> str:
    """Say what a share of income tax would be in the authority with the most and the one with the least.

    >>> mayors_of({"name": "London", "per_head": 700.4}, {"name": "Tees Valley", "per_head": 250.0}, 0.1)
    'A share of 10% would be £700 a head in London and £250 in Tees Valley'
    """
    return f"A share of {percentage(share, 0)} would be {pounds(float(top['per_head']))} a head in {the(top['name'])} and {pounds(float(bottom['per_head']))} in {the(bottom['name'])}"


def flow_texts(found: Flow) -> dict[str, str]:
    """Texts of the flow."""
    most, least = found.extremes
    england = found.england
    return {
        "money_flow": (
            f"Of {billions(england.total)} that can be told by region, {billions(england[HEALTH])} went to health and "
            f"{billions(england[SOCIAL_CARE])} to social care in 2023/24"
        ),
        "money_mental": (
            f"{found.mental.iloc[0]['name']} spent {pounds(found.mental.iloc[0]['spending_per_patient'])} for each registered patient in 2023/24, and "
            f"{found.mental.iloc[-1]['name']} {pounds(found.mental.iloc[-1]['spending_per_patient'])}"
        ),
        "money_silent": (
            f"{join(list(found.silent))} had not reported 2023/24: the councils' sums are too low by theirs"
            if found.silent
            else "All councils had reported 2023/24"
        ),
        "money_regions": (
            f"For each need-weighted head {the(str(most['name']))} had the most, {pounds(float(str(most['per_weighted_head'])))}, and "
            f"{the(str(least['name']))} the least, {pounds(float(str(least['per_weighted_head'])))}"
        ),
    }


def allocation_texts(found: Allocation) -> dict[str, str]:
    """Texts of the allocation."""
    by_need = found.frame.sort_values("need")
    low, high = by_need.iloc[0], by_need.iloc[-1]
    first, last = found.frame.iloc[0], found.frame.iloc[-1]
    weight, off = found.fitted
    return {
        "money_need": (
            f"The formula sees {beside(high['need'])} need beside its people in {high['name']} and {beside(low['need'])} in {low['name']}"
        ),
        "money_reweighted": (
            f"{few(found.gainers).capitalize()} of {len(found.frame)} boards would gain, {first['name']} most ({change(first['change'])} of its share), "
            f"and {last['name']} would lose most ({change(last['change'])})"
        ),
        "money_weight": (
            f"It weighed {percentage(found.more.value, 0)} in 2009/10 and 2010/11, and {percentage(found.weight.value, 0)} from 2011/12, though it was measured another way then"
        ),
        "money_gainers_now": f"By the round of 2025/26, {found.gainers_now} would gain",
        "money_fitted": (
            f"In the round of 2022/23 the components rebuild the formula within {percentage(off, 1)} with a weight of {percentage(weight, 1)}"
        ),
    }


def tax_texts(found: Taxes) -> dict[str, str]:
    """Texts of local taxes."""
    penny, precept = found.penny, found.precept
    full = penny.equalised(1.0)
    top = found.regions.iloc[0]
    bottom = found.regions.iloc[-1]
    rates = found.regions.sort_values("business_rates_per_head")
    return {
        "money_penny": f"{pounds(penny.per_head)} a head, £{penny.raised.total / 1e9:.1f} billion a year",
        "money_precept": f"{pounds(precept.per_head)} a head, £{precept.raised.total / 1e9:.1f} billion a year",
        "money_precept_gap": (
            f"A precept is less uneven: the richest fifth would have {ratio(precept.ratio)} times what the poorest has, against {ratio(penny.ratio)} times from income"
            if precept.ratio < penny.ratio
            else f"A precept is no less uneven: {ratio(precept.ratio)} times, against {ratio(penny.ratio)} times from income"
        ),
        "money_choices": (
            f"With other years of income and other measures of need the richest fifth has {span(*found.ratios['penny'], ratio)} times as much as the poorest from income. "
            f"From a precept it is {span(*found.ratios['precept'], ratio)} times. {near(penny.ratio, *found.ratios['penny'])}"
        ),
        "money_moved": (
            f"Full equalisation would move £{full.moved / 1e9:.2f} billion: {len(full.winners)} districts would gain and {len(full.losers)} would pay"
        ),
        "money_income_tax": (
            f"A tenth of income tax would be {pounds(top['share_per_head'])} a head in {the(top['name'])} and {pounds(bottom['share_per_head'])} in {the(bottom['name'])}"
        ),
        "money_business_rates": (
            f"Business rates raise {pounds(rates.iloc[-1]['business_rates_per_head'])} a head in {the(rates.iloc[-1]['name'])} and "
            f"{pounds(rates.iloc[0]['business_rates_per_head'])} in {the(rates.iloc[0]['name'])}"
        ),
    }


def near(chosen: float, low: float, high: float) -> str:
    """Say where the choice made lies among others.

    >>> near(2.3, 2.2, 3.8), near(3.5, 2.2, 3.8)
    ('The choice made here lies in the lower half: it does not make the gap large', 'The choice made here lies in the upper half: others make the gap smaller')
    """
    if chosen <= (low + high) / 2:
        return "The choice made here lies in the lower half: it does not make the gap large"
    return "The choice made here lies in the upper half: others make the gap smaller"


def ratio(value: float) -> str:
    """Return how many times.

    >>> ratio(2.287)
    '2.3'
    """
    return f"{value:.1f}"


def years_carried(ever: Mapping[str, int], never: Sequence[str], years: int) -> str:
    """Say in how many years regions could pay for all their health spending.

    >>> years_carried({"London": 24}, ["the North East", "the North West"], 26)
    'Of 26 years, London could in 24. The North East and the North West never could'
    >>> years_carried({}, ["London"], 26), years_carried({"London": 2}, [], 2)
    ('No region could in any of 26 years', 'Of 2 years, London could in 2')
    """
    if not ever:
        return f"No region could in any of {years} years"
    groups: dict[int, list[str]] = {}
    for name, n in ever.items():
        groups.setdefault(n, []).append(name)
    parts = [
        f"{join(names)} could in {n}" if i == 0 else f"{join(names)} in {n}"
        for i, (n, names) in enumerate(groups.items())
    ]
    told = ", and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    rest = join(list(never))
    return f"Of {years} years, {told}" + (f". {rest[:1].upper()}{rest[1:]} never could" if never else "")


def fiscal_texts(found: Fiscal) -> dict[str, str]:
    """Texts of the fiscal position."""
    able = names_able(found)
    now = found.now
    none = [the(n) for n in now.loc[now["carried"] <= 0.0, "name"]]
    part = [
        f"{the(r['name'])} ({carried(r['carried'])})" for _, r in now.iterrows() if 0.0 < r["carried"] < 1.0
    ]
    ever = found.full[found.full > 0].sort_values(ascending=False, kind="stable")
    never = sorted(str(n) for n in found.full.index[found.full == 0])
    region, england = found.largest_difference
    first = (
        f"{join([the(n) for n in able])} could pay for all its own health spending"
        if len(able) == 1
        else f"{join([the(n) for n in able])} could pay for all their own health spending"
    )
    return {
        "money_able": (
            f"In {financial_year(found.last)} {first if able else 'no region could pay for all its own health spending'}"
            + (f". Part of it could be paid by {join(part)}" if part else "")
        ),
        "money_unable": (
            f"All other spending already took more than was paid in by {join(none)}"
            if none
            else "In every region something was left for health"
        ),
        "money_years": years_carried(
            {the(str(n)): int(y) for n, y in ever.items()}, [the(n) for n in never], found.all_years
        ),
        "money_agreement": (
            f"Both official sources of health spending agree where they overlap, from 2008/09: within £{region:.1f} million for a region and £{england:.1f} million for England"
        ),
    }
