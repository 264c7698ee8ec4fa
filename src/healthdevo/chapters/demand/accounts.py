"""Where growth in A&E attendances came from: people, calendar, use of each type of department, and how much ageing could be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common.cells import cell, record
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.attendances import ENGLAND
from healthdevo.charts import Caption, Chart, interval_chart, waterfall_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.emergency import GrowthAccounts, YearOfAttendances, growth_accounts
from healthdevo.errors import TableError
from healthdevo.results import Estimate
from healthdevo.series import structural_trend, working_days
from healthdevo.wording import financial_year, join, millions, number, percentage

__all__ = ["PARTS", "Account", "DemandAccounts", "account", "signed"]

PARTS = {
    "people": "More people",
    "calendar": "Calendar",
    "major": "Use of major departments",
    "specialist": "Use of specialist departments",
    "minor": "Use of minor-injury units",
}
"""The parts of growth, in the order drawn."""

AGE_GROUPS = ("share_0_15", "share_16_64", "share_65_plus")
_NEVER = 1e-9
_RATIO = 2.0


def signed(share: float, decimals: int = 1) -> str:
    """Return a share as a signed percentage.

    Examples
    --------
    >>> signed(0.0123), signed(-0.2), signed(-0.0001)
    ('+1.2%', '−20.0%', '0.0%')
    """
    text = percentage(share, decimals)
    if not text.strip("\N{MINUS SIGN}0.%"):
        return text.removeprefix("\N{MINUS SIGN}")
    return text if share < 0 or np.isnan(share) else f"+{text}"


def _year(months: pd.DataFrame, population: pd.DataFrame, code: str, start: int) -> YearOfAttendances:
    """Return one financial year of an area as the account takes it."""
    index = pd.period_range(f"{start}-04", periods=12, freq="M")
    rows = months[
        (months["area_code"] == code)
        & months["month"].between(index[0].to_timestamp(), index[-1].to_timestamp())
    ]
    wide = rows.pivot_table(index="month", columns="department_type", values="attendances")
    label = financial_year(start)
    if "all" not in wide or int(wide["all"].count()) != 12:
        have = int(wide["all"].count()) if "all" in wide else 0
        raise TableError(
            f"table emergency_month: {code} has figures for {have} of 12 months of {label}; no growth account without all"
        )
    counts = {kind: float(wide[kind].sum()) if kind in wide else 0.0 for kind in "123"}
    total = float(wide["all"].sum())
    if abs(sum(counts.values()) - total) > 1.0:
        raise TableError(
            f"table emergency_month: types of {code} in {label} add up to {sum(counts.values()):,.0f}, all to {total:,.0f}"
        )
    people = population[(population["area_code"] == code) & (population["year"] == start)]
    if people.empty or not float(people["persons"].iloc[0]) > 0:
        raise TableError(f"table population_year has no population of {code} for {start}")
    shares = pd.Series(people[list(AGE_GROUPS)].iloc[0].to_numpy(float), index=list(AGE_GROUPS))
    return YearOfAttendances(
        counts,
        float(people["persons"].iloc[0]) * shares / shares.sum(),
        float(sum(index.days_in_month)),
        float(working_days(index).sum()),
    )


@dataclass(frozen=True)
class Account:
    """The growth account of one area.

    Parameters
    ----------
    start, end : int
        Financial years compared, by the calendar year in which they start.
    parts : pandas.DataFrame
        For each of ``PARTS`` its ``effect`` in attendances and as a ``share`` of those at the start, with limits that come from the
        working-day effect, the only input with a stated error.
    first, second : float
        Attendances in each year.
    ageing : pandas.DataFrame
        For each ratio between the most and the least frequent age group: the smallest and largest share of the start's attendances
        that a changed mix of ages explains. An infinite ratio lets whole groups never come.
    population_growth : float
        Growth of the number of residents.
    """

    start: int
    end: int
    parts: pd.DataFrame = field(repr=False, compare=False)
    first: float
    second: float
    ageing: pd.DataFrame = field(repr=False, compare=False)
    population_growth: float

    @property
    def growth(self) -> float:
        """Growth of attendances."""
        return self.second / self.first - 1.0

    def share(self, *parts: str) -> float:
        """Return what parts contribute to growth, as a share of the start's attendances."""
        return float(self.parts.loc[list(parts), "share"].sum())

    def ageing_bounds(self, ratio: float) -> tuple[float, float]:
        """Return the smallest and largest contribution of a changed mix of ages."""
        return cell(self.ageing, ratio, "lower"), cell(self.ageing, ratio, "upper")


def _parts(accounts: GrowthAccounts) -> pd.DataFrame:
    """Return the effects gathered into the parts that a reader can follow, with limits added up where they are one source's."""
    effect = pd.Series(accounts.estimate, index=accounts.index)
    spread = pd.Series(np.nan_to_num(accounts.standard_error), index=accounts.index)
    rates = {"major": "1", "specialist": "2", "minor": "3"}
    rows = {
        "people": (effect["all", "population size"], 0.0),
        "calendar": (
            effect["all", "days"] + effect["all", "working days"],
            spread["all", "working days"],
        ),
        **{
            name: (effect[kind, "attendance rate"], spread[kind, "attendance rate"])
            for name, kind in rates.items()
        },
    }
    frame = pd.DataFrame(rows, index=pd.Index(["effect", "standard_error"])).T
    base = float(accounts.first["all"])
    frame["share"] = frame["effect"] / base
    frame["lower"] = (frame["effect"] - 1.96 * frame["standard_error"]) / base
    frame["upper"] = (frame["effect"] + 1.96 * frame["standard_error"]) / base
    return frame


def _ageing(one: YearOfAttendances, two: YearOfAttendances) -> pd.DataFrame:
    """Return the smallest and largest share of the first year's attendances that a changed mix of ages explains.

    The part of ages is extreme where each group comes either as often as allowed or as seldom. Each such corner takes the place of a
    department with all attendances, so that one account holds them all.
    """
    total = sum(one.attendances.values())
    corners = {
        (ratio, corner): pd.Series(corner, index=list(AGE_GROUPS))
        for ratio, low in ((_RATIO, 1.0 / _RATIO), (np.inf, _NEVER))
        for corner in product((low, 1.0), repeat=len(AGE_GROUPS))
        if len(set(corner)) > 1
    }
    names = [str(i) for i in range(len(corners))]
    mixed = growth_accounts(
        replace(one, attendances=dict.fromkeys(names, total)),
        replace(two, attendances=dict.fromkeys(names, sum(two.attendances.values()))),
        age_rates=pd.DataFrame(dict(zip(names, corners.values(), strict=True))),
        draws=2,
    )
    effects = mixed.table.loc["age mix", names].to_numpy(float) / total
    ratios = np.array([ratio for ratio, _ in corners])
    return pd.DataFrame(
        {
            ratio: {
                "lower": min(0.0, float(effects[ratios == ratio].min())),
                "upper": max(0.0, float(effects[ratios == ratio].max())),
            }
            for ratio in (_RATIO, np.inf)
        }
    ).T


def account(
    months: pd.DataFrame,
    population: pd.DataFrame,
    code: str,
    start: int,
    end: int,
    working_day_effect: Estimate,
) -> Account:
    """Return the growth account of an area between two financial years.

    Parameters
    ----------
    months, population : pandas.DataFrame
        Tables ``emergency_month`` and ``population_year``.
    code : str
        Area code.
    start, end : int
        Years in which the financial years start.
    working_day_effect : Estimate
        From England's trend.

    Raises
    ------
    TableError
        When a year is not complete or has no population.
    """
    one, two = _year(months, population, code, start), _year(months, population, code, end)
    known = np.isfinite(working_day_effect.estimate)
    result = growth_accounts(
        one,
        two,
        working_day_effect=working_day_effect.estimate if known else 0.0,
        errors={"working_day_effect": working_day_effect.standard_error if known else 0.0},
        draws=400,
    )
    first, second = float(result.first["all"]), float(result.second["all"])
    return Account(
        start,
        end,
        _parts(result),
        first,
        second,
        _ageing(one, two),
        float(two.population.sum() / one.population.sum() - 1.0),
    )


@dataclass(frozen=True)
class DemandAccounts:
    """Growth accounts of England and its regions.

    Parameters
    ----------
    months, population : pandas.DataFrame
        Tables ``emergency_month`` and ``population_year``.
    providers : pandas.DataFrame
        Table ``emergency_provider_month``.
    deprivation : pandas.DataFrame
        Table ``emergency_deprivation``.
    """

    months: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    providers: pd.DataFrame = field(repr=False)
    deprivation: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> DemandAccounts:
        """Load the tables that the accounts need."""
        return cls(
            tables.load("emergency_month"),
            tables.load("population_year"),
            tables.load("emergency_provider_month"),
            tables.load("emergency_deprivation"),
        )

    @cached_property
    def working_day_effect(self) -> Estimate:
        """Effect of working days on attendances per day, from the trend of England."""
        return structural_trend(monthly_counts(self.months, ENGLAND), breaks=BREAKS).working_day_effect

    @property
    def end(self) -> int:
        """The latest financial year with a population estimate."""
        return int(self.population.loc[self.population["area_code"] == ENGLAND, "year"].max())

    @cached_property
    def england(self) -> Account:
        """England since 2011/12, the first year with attendances by type."""
        return account(self.months, self.population, ENGLAND, 2011, self.end, self.working_day_effect)

    @cached_property
    def regions(self) -> dict[str, Account]:
        """England and each NHS region since 2016/17, by name; the fastest-growing region first."""
        listed = {"England": ENGLAND} | {a.short_name: a.code for a in areas.list_areas("nhs_region")}
        found = {
            name: account(self.months, self.population, code, 2016, self.end, self.working_day_effect)
            for name, code in listed.items()
        }
        return dict(sorted(found.items(), key=lambda item: (item[0] != "England", -item[1].growth)))

    # ---- charts and tables -------------------------------------------------------------------------------------------------------

    def waterfall_chart(self) -> Chart:
        """Draw the account of England."""
        a = self.england
        return account_chart(
            a,
            "England",
            figure_id="growth-account",
            title=(
                f"Of {_plain(a.growth)} points of growth since {financial_year(a.start)}, more people give {_plain(a.share('people'))} and "
                f"the use of minor-injury units {_plain(a.share('minor'))}"
            ),
        )

    def regions_table(self) -> Table:
        """List the accounts of England and the regions."""
        rows = []
        for name, a in self.regions.items():
            low, high = a.ageing_bounds(_RATIO)
            rows.append(
                {
                    "area": name,
                    "growth": a.growth,
                    **{part: a.share(part) for part in PARTS},
                    "ageing_lower": low,
                    "ageing_upper": high,
                }
            )
        data = pd.DataFrame(rows)
        shown = pd.DataFrame(
            {
                "Area": data["area"],
                "Growth": data["growth"].map(signed),
                "People": data["people"].map(signed),
                "Calendar": data["calendar"].map(signed),
                "Major": data["major"].map(signed),
                "Specialist": data["specialist"].map(signed),
                "Minor": data["minor"].map(signed),
                "Ageing in it, up to": data["ageing_upper"].map(signed),
            }
        )
        a = self.regions["England"]
        return show_table(
            shown,
            table_id="growth-account-regions",
            caption=(
                f"Growth of attendances from {financial_year(a.start)} to {financial_year(a.end)} and its parts, in per cent of "
                f"{financial_year(a.start)}; the last column takes no age group to come more than "
                f"{_times(_RATIO)} as often as another."
            ),
            source=source_line("emergency_month", "population_year"),
            data=data,
        )

    @cached_property
    def minor_providers(self) -> dict[str, float]:
        """Growth of type 3 attendances at providers that are new, gone and there in both years."""
        rows = self.providers[self.providers["department_type"] == "3"]
        year = rows["month"].dt.year - (rows["month"].dt.month < 4)
        wide = rows.assign(year=year).pivot_table(
            index="provider_code", columns="year", values="attendances", aggfunc="sum"
        )
        last = int(wide.columns.max())
        one, two = wide[2016].fillna(0.0), wide[last].fillna(0.0)
        stayed = (one > 0) & (two > 0)
        return {
            "new": float(two[one == 0].sum()),
            "gone": float(one[two == 0].sum()),
            "stayed": float((two - one)[stayed].sum()),
            "new_count": float(((one == 0) & (two > 0)).sum()),
            "gone_count": float(((two == 0) & (one > 0)).sum()),
            "change": float(two.sum() - one.sum()),
            "end": float(last),
        }

    @cached_property
    def deprivation_growth(self) -> pd.DataFrame:
        """Growth of attendances in the most and least deprived tenths over the years of one collection, with rounding bounds."""
        rows = self.deprivation[
            self.deprivation["deprivation_group"].isin(["most_deprived_10", "least_deprived_10"])
            & (self.deprivation["precision"] == "rounded")
            & (self.deprivation["collection"] == "HES")
        ]
        half = 50_000.0  # published to 0.1 million
        result = []
        for group, part in rows.groupby("deprivation_group"):
            part = part.sort_values("financial_year_start")
            one, two = record(part, 0), record(part, -1)
            result.append(
                {
                    "group": "Most deprived tenth" if group == "most_deprived_10" else "Least deprived tenth",
                    "start": int(one["financial_year_start"]),
                    "end": int(two["financial_year_start"]),
                    "attendances_start": float(one["attendances"]),
                    "attendances_end": float(two["attendances"]),
                    "growth": two["attendances"] / one["attendances"] - 1.0,
                    "lower": (two["attendances"] - half) / (one["attendances"] + half) - 1.0,
                    "upper": (two["attendances"] + half) / (one["attendances"] - half) - 1.0,
                }
            )
        return pd.DataFrame(result).sort_values("group", ascending=False).reset_index(drop=True)

    def deprivation_chart(self) -> Chart:
        """Growth by deprivation, with what rounding allows."""
        d = self.deprivation_growth
        most, least = record(d, 0), record(d, 1)
        span = f"{financial_year(int(most['start']))} to {financial_year(int(most['end']))}"
        return interval_chart(
            d.assign(
                percent=100 * d["growth"],
                low=100 * d["lower"],
                high=100 * d["upper"],
            ),
            label="group",
            value="percent",
            lower="low",
            upper="high",
            reference=0.0,
            value_format=lambda v: f"{v:g}%",
            x_label="growth of attendances",
            caption=Caption(
                figure_id="growth-by-deprivation",
                title=f"Published points {_deprivation_verdict(most, least)}",
                subtitle=f"Growth of A&E attendances by deprivation of the patient's home, England, {span}; bars show what rounding to 0.1 million allows",
                source=source_line("emergency_deprivation"),
                alt=(
                    f"Dot chart of growth from {span}: the most deprived tenth {signed(most['growth'])}, with rounding "
                    f"{signed(most['lower'])} to {signed(most['upper'])}; the least deprived tenth {signed(least['growth'])}, with rounding "
                    f"{signed(least['lower'])} to {signed(least['upper'])}."
                ),
            ),
        )

    # ---- words -------------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        a = self.england
        regions = {name: x for name, x in self.regions.items() if name != "England"}
        fastest, slowest = next(iter(regions)), list(regions)[-1]
        p = self.minor_providers
        work = self.working_day_effect
        most, least = record(self.deprivation_growth, 0), record(self.deprivation_growth, 1)
        return {
            "account_years": f"{financial_year(a.start)} to {financial_year(a.end)}",
            "account_sentence": account_sentence(a),
            "account_per_head": percentage((1 + a.growth) / (1 + a.population_growth) - 1.0),
            "account_calendar": calendar_words(a, work),
            "account_ageing": ageing_words(a),
            "account_regions": (
                f"Between {financial_year(2016)} and {financial_year(self.end)} attendances {_moved(regions[fastest].growth)} in "
                f"{fastest}, the most of all regions, and {_moved(regions[slowest].growth)} in {slowest}, the least. "
                f"{_minor_regions(regions)}"
            ),
            "account_minor_units": (
                f"Between 2016/17 and {financial_year(int(p['end']))} minor-injury attendances {_changed(p['change'])}. Providers that "
                f"are new in the lists ({p['new_count']:.0f}) count {millions(p['new'])}, providers that went ({p['gone_count']:.0f}) "
                f"had counted {millions(p['gone'])}. Many of them are the same unit under another owner, so the fair measure of new "
                f"providers is the difference, {millions(p['new'] - p['gone'])}. Providers there in both years "
                f"{'gained' if p['stayed'] >= 0 else 'lost'} {millions(abs(p['stayed']))}, at old sites or new ones: the lists do not "
                f"say which. {_minor_verdict(p)}"
            ),
            "deprivation_sentence": (
                f"From {financial_year(int(most['start']))} to {financial_year(int(most['end']))} attendances from the most deprived "
                f"tenth of neighbourhoods changed by {signed(most['growth'], 0)} (rounding allows {signed(most['lower'], 0)} to "
                f"{signed(most['upper'], 0)}), those from the least deprived tenth by {signed(least['growth'], 0)} "
                f"({signed(least['lower'], 0)} to {signed(least['upper'], 0)}). The points {_deprivation_verdict(most, least)}. In "
                f"{financial_year(int(most['end']))} people from the most deprived tenth still came "
                f"{number(most['attendances_end'] / least['attendances_end'], 2)} times as often."
            ),
        }


def account_chart(a: Account, name: str, *, figure_id: str, title: str) -> Chart:
    """Return the waterfall of an account."""
    data = a.parts.reset_index(names="part").assign(
        name=lambda d: d["part"].map(PARTS),
        percent=lambda d: 100 * d["share"],
        attendances=lambda d: d["effect"],
    )
    listed = [f"{PARTS[p].lower()} {signed(a.share(p))}" for p in PARTS]
    return waterfall_chart(
        data[["name", "percent", "attendances"]],
        label="name",
        value="percent",
        total="All growth",
        value_format=lambda v: signed(v / 100),
        caption=Caption(
            figure_id=figure_id,
            title=title,
            subtitle=(
                f"Parts of the growth of attendances at all types of A&E, {name}, {financial_year(a.start)} to {financial_year(a.end)}, in "
                f"per cent of {financial_year(a.start)}; the parts add up to the growth"
            ),
            source=source_line("emergency_month", "population_year"),
            alt=f"Waterfall chart of growth in {name}: {join(listed)}; all growth {signed(a.growth)}.",
        ),
    )


def account_sentence(a: Account) -> str:
    """Return an account in words."""
    use = {p: a.share(p) for p in ("major", "specialist", "minor")}
    return (
        f"Attendances {_moved(a.growth)} between {financial_year(a.start)} and {financial_year(a.end)}. More people explain "
        f"{_points(a.share('people'))}, the calendar {_points(a.share('calendar'))}, a changed rate of use of major departments "
        f"{_points(use['major'])}, of specialist ones {_points(use['specialist'])} and of minor-injury units {_points(use['minor'])}."
    )


def ageing_words(a: Account) -> str:
    """Return what ageing can and cannot explain, in words."""
    low, high = a.ageing_bounds(_RATIO)
    far, most = a.ageing_bounds(np.inf)
    use = a.share("major", "specialist", "minor")
    verdict = (
        "Use did not grow, so there is nothing for ageing to explain."
        if use <= 0
        else "Within that limit ageing alone cannot explain the growth in use."
        if high < use
        else "That would be enough to explain the growth in use, so ageing cannot be ruled out as its cause."
    )
    return (
        f"If no age group (under 16, 16 to 64, 65 and over) came more than {_times(_RATIO)} as often as another, the changed mix "
        f"of ages explains between {_points(low)} and {_points(high)} out of {_points(use)} for all changes in use. {verdict} "
        f"Without that limit, if whole groups never came, the bounds would be {_points(far)} and {_points(most)}."
    )


def calendar_words(a: Account, work: Estimate) -> str:
    """Return the part of the calendar and how sure the effect of working days is."""
    interval = work.interval() if work.intervals else None
    clear = interval is not None and interval.excludes_zero
    sure = (
        "Months with more working days differ clearly from others."
        if clear
        else "An effect of working days cannot be told from none."
    )
    return f"The calendar contributes {_points(a.share('calendar'))}: leap days and working days. {sure}"


def _plain(share: float) -> str:
    return f"{100 * share:.0f}".replace("-", "\N{MINUS SIGN}")


def _points(share: float) -> str:
    text = f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")
    return f"{'no' if text[1:] == '0.0' else text} points"


def _moved(share: float) -> str:
    return f"grew by {percentage(share)}" if share >= 0 else f"fell by {percentage(-share)}"


def _changed(count: float) -> str:
    return f"{'grew' if count >= 0 else 'fell'} by {millions(abs(count))}"


def _times(ratio: float) -> str:
    return {2.0: "twice", 3.0: "three times"}.get(ratio, f"{ratio:g} times")


def _minor_regions(regions: dict[str, Account]) -> str:
    larger = [name for name, a in regions.items() if a.share("minor") > a.share("major")]
    if not larger:
        return "In no region did the use of minor-injury units add more than that of major departments."
    if len(larger) == len(regions):
        return "In every region the use of minor-injury units added more than that of major departments."
    return f"The use of minor-injury units added more than that of major departments in {join(larger)}."


def _minor_verdict(p: dict[str, float]) -> str:
    if p["change"] <= 0:
        return "There was no growth to divide."
    source = "there before" if p["stayed"] > p["new"] - p["gone"] else "new"
    return f"So most of the growth came at providers that were {source}."


def _deprivation_verdict(most: dict[str, float], least: dict[str, float]) -> str:
    if most["upper"] < least["lower"]:
        return "show slower growth in the most deprived tenth than in the least deprived"
    if most["lower"] > least["upper"]:
        return "show faster growth in the most deprived tenth than in the least deprived"
    return "are too coarse to say whether the most or the least deprived tenth grew faster"
