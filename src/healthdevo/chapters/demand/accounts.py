"""Where growth in A&E attendances came from: people, calendar, use of each type of department, and how much ageing could be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import ClassVar

import numpy as np
import pandas as pd

from healthdevo import charts, tables
from healthdevo.chapters.common import ENGLAND, cell, england_and_regions, in_percent, source_line
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts
from healthdevo.chapters.common.forecasts import trend_of
from healthdevo.chapters.demand import words
from healthdevo.emergency import GrowthAccounts, YearOfAttendances, growth_accounts
from healthdevo.errors import TableError
from healthdevo.mathematics import normal_quantiles
from healthdevo.results import Estimate
from healthdevo.series import working_days
from healthdevo.wording import financial_year, signed_percentage

AGE_GROUPS = ("share_0_15", "share_16_64", "share_65_plus")
_NEVER = 1e-9
ROUNDED = 100_000.0
"""Attendances to which yearly points by deprivation are published."""
_TENTHS = {"most_deprived_10": "Most deprived tenth", "least_deprived_10": "Least deprived tenth"}


def _year(months: pd.DataFrame, population: pd.DataFrame, code: str, start: int) -> YearOfAttendances:
    """Return one financial year of an area as the account takes it."""
    index = pd.period_range(f"{start}-04", periods=12, freq="M")
    inside = months["month"].between(index[0].to_timestamp(), index[-1].to_timestamp())
    rows = months[inside & (months["area_code"] == code)]
    wide = rows.pivot_table(index="month", columns="department_type", values="attendances")
    label = financial_year(start)
    have = int(wide["all"].count()) if "all" in wide else 0
    if have != 12:
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
    persons = float(people["persons"].iloc[0]) if len(people) else 0.0
    if not persons > 0:
        raise TableError(f"table population_year has no population of {code} for {start}")
    shares = people[list(AGE_GROUPS)].iloc[0].astype(float)
    days, work = float(sum(index.days_in_month)), float(working_days(index).sum())
    return YearOfAttendances(counts, persons * shares / shares.sum(), days, work)


@dataclass(frozen=True)
class Account:
    """The growth account of one area between two financial years, named by the years in which they start.

    ``parts`` has the ``effect`` of each part of growth in attendances and as a ``share`` of those at the start, with limits that come from the
    working-day effect, the only input with a stated error. ``ageing`` has, for each ratio between the most and the least frequent age
    group, the smallest and largest share that a changed mix of ages explains; an infinite ratio lets whole groups never come.
    """

    start: int
    end: int
    parts: pd.DataFrame = field(repr=False, compare=False)
    first: float
    second: float
    ageing: pd.DataFrame = field(repr=False, compare=False)
    population_growth: float
    ratio: ClassVar[float] = 2.0

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
    calendar = effect["all", "days"] + effect["all", "working days"], spread["all", "working days"]
    rows = {"people": (effect["all", "population size"], 0.0), "calendar": calendar}
    for name, kind in {"major": "1", "specialist": "2", "minor": "3"}.items():
        rows[name] = effect[kind, "attendance rate"], spread[kind, "attendance rate"]
    frame = pd.DataFrame(rows, index=pd.Index(["effect", "standard_error"])).T
    base, reach = float(accounts.first["all"]), float(normal_quantiles((0.95,))[0])
    frame["share"] = frame["effect"] / base
    frame["lower"] = (frame["effect"] - reach * frame["standard_error"]) / base
    frame["upper"] = (frame["effect"] + reach * frame["standard_error"]) / base
    return frame


def _ageing(one: YearOfAttendances, two: YearOfAttendances) -> pd.DataFrame:
    """Return the smallest and largest share of the first year's attendances that a changed mix of ages explains.

    The part of ages is extreme where each group comes either as often as allowed or as seldom. Each such corner takes the place of a
    department with all attendances, so that one account holds them all.
    """
    total, groups = sum(one.attendances.values()), list(AGE_GROUPS)
    corners = [
        (ratio, corner)
        for ratio, low in ((Account.ratio, 1.0 / Account.ratio), (np.inf, _NEVER))
        for corner in product((low, 1.0), repeat=len(groups))
        if len(set(corner)) > 1
    ]
    names = [str(i) for i in range(len(corners))]
    mixed = growth_accounts(
        replace(one, attendances=dict.fromkeys(names, total)),
        replace(two, attendances=dict.fromkeys(names, sum(two.attendances.values()))),
        age_rates=pd.DataFrame([corner for _, corner in corners], index=names, columns=groups).T,
        draws=2,
    )
    effects = mixed.table.loc["age mix", names].astype(float) / total
    bounds = effects.groupby([ratio for ratio, _ in corners]).agg(["min", "max"])
    return pd.DataFrame({"lower": bounds["min"].clip(upper=0.0), "upper": bounds["max"].clip(lower=0.0)})


def account(
    months: pd.DataFrame,
    population: pd.DataFrame,
    code: str,
    start: int,
    end: int,
    working_day_effect: Estimate,
) -> Account:
    """Return the growth account of an area between two financial years; an error where one is incomplete or has no population."""
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
    population_growth = float(two.population.sum() / one.population.sum() - 1.0)
    return Account(start, end, _parts(result), first, second, _ageing(one, two), population_growth)


@dataclass(frozen=True)
class DemandAccounts:
    """Growth accounts of England and its regions."""

    months: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    providers: pd.DataFrame = field(repr=False)
    deprivation: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> DemandAccounts:
        """Load the tables that the accounts need."""
        names = ("emergency_month", "population_year", "emergency_provider_month", "emergency_deprivation")
        return cls(*map(tables.load, names))

    @cached_property
    def working_day_effect(self) -> Estimate:
        """Effect of working days on attendances per day, from the trend of England."""
        return trend_of(monthly_counts(self.months, ENGLAND), BREAKS).working_day_effect

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
        found = {
            name: account(self.months, self.population, code, 2016, self.end, self.working_day_effect)
            for name, code in england_and_regions().items()
        }
        return dict(sorted(found.items(), key=lambda item: (item[0] != "England", -item[1].growth)))

    def waterfall_chart(self) -> charts.Chart:
        """Draw the account of England."""
        return account_chart(self.england, "England", words.england_title(self.england))

    def regions_table(self) -> charts.Table:
        """List the accounts of England and the regions."""
        data = pd.DataFrame({"area": name, "growth": a.growth} for name, a in self.regions.items())
        for part in words.PARTS:
            data[part] = [a.share(part) for a in self.regions.values()]
        bounds = [a.ageing_bounds(a.ratio) for a in self.regions.values()]
        data[["ageing_lower", "ageing_upper"]] = pd.DataFrame(bounds)
        growth = {"growth": "Growth", "people": "People", "calendar": "Calendar", "major": "Major"}
        growth |= {"specialist": "Specialist", "minor": "Minor", "ageing_upper": "Ageing in it, up to"}
        return charts.page_table(
            data,
            [
                charts.text_column("Area", "area"),
                *(charts.value_column(h, c, signed_percentage) for c, h in growth.items()),
            ],
            table_id="growth-account-regions",
            caption=words.regions_table(self.regions["England"]),
            source=source_line("emergency_month", "population_year"),
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
            self.deprivation["deprivation_group"].isin(_TENTHS)
            & (self.deprivation["precision"] == "rounded")
            & (self.deprivation["collection"] == "HES")
        ]
        groups = rows.sort_values("financial_year_start").groupby("deprivation_group", observed=True)
        one, two = groups.nth(0), groups.nth(-1)
        one, two = (ends.set_index("deprivation_group").loc[list(_TENTHS)] for ends in (one, two))
        first, last, half = one["attendances"], two["attendances"], ROUNDED / 2
        result = {
            "group": list(_TENTHS.values()),
            "start": one["financial_year_start"],
            "end": two["financial_year_start"],
            "attendances_start": first,
            "attendances_end": last,
            "growth": last / first - 1.0,
            "lower": (last - half) / (first + half) - 1.0,
            "upper": (last + half) / (first - half) - 1.0,
        }
        return pd.DataFrame(result).reset_index(drop=True)

    def deprivation_chart(self) -> charts.Chart:
        """Growth by deprivation, with what rounding allows."""
        return charts.interval_chart(
            in_percent(self.deprivation_growth, "growth"),
            label="group",
            value="percent",
            lower="low",
            upper="high",
            reference=0.0,
            value_format=lambda v: f"{v:g}%",
            x_label="growth of attendances",
            caption=words.deprivation(self),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.account_texts(self)


def account_chart(a: Account, name: str, title: str) -> charts.Chart:
    """Return the waterfall of an account."""
    names = a.parts.index.map(words.PARTS)
    return charts.waterfall_chart(
        pd.DataFrame({"name": names, "percent": 100 * a.parts["share"], "attendances": a.parts["effect"]}),
        label="name",
        value="percent",
        total="All growth",
        value_format=lambda v: signed_percentage(v / 100),
        caption=words.account(a, name, title),
    )
