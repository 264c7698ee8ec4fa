"""Where growth in A&E attendances came from: people, calendar, use of each type of department, and how much ageing could be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import ENGLAND, cell, england_and_regions, record, source_line
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts
from healthdevo.chapters.demand.words import accounts as words
from healthdevo.charts import (
    Chart,
    Table,
    interval_chart,
    page_table,
    text_column,
    value_column,
    waterfall_chart,
)
from healthdevo.emergency import GrowthAccounts, YearOfAttendances, growth_accounts
from healthdevo.errors import TableError
from healthdevo.mathematics import normal_quantiles
from healthdevo.results import Estimate
from healthdevo.series import structural_trend, working_days
from healthdevo.wording import financial_year, signed_percentage

__all__ = ["Account", "DemandAccounts", "account", "account_chart"]


AGE_GROUPS = ("share_0_15", "share_16_64", "share_65_plus")
_NEVER = 1e-9
_RATIO = 2.0


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
        For each of the parts of growth its ``effect`` in attendances and as a ``share`` of those at the start, with limits that come from the
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
    def ratio(self) -> float:
        """How much more often one age group may come than another in the finite bounds of ageing."""
        return _RATIO

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
        found = {
            name: account(self.months, self.population, code, 2016, self.end, self.working_day_effect)
            for name, code in england_and_regions().items()
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
            title=words.england_title(a),
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
                    **{part: a.share(part) for part in words.PARTS},
                    "ageing_lower": low,
                    "ageing_upper": high,
                }
            )
        data = pd.DataFrame(rows)
        growth = {"growth": "Growth", "people": "People", "calendar": "Calendar", "major": "Major"}
        growth |= {"specialist": "Specialist", "minor": "Minor", "ageing_upper": "Ageing in it, up to"}
        return page_table(
            data,
            [
                text_column("Area", "area"),
                *(value_column(h, c, signed_percentage) for c, h in growth.items()),
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
            caption=words.deprivation(most, least),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)


def account_chart(a: Account, name: str, *, figure_id: str, title: str) -> Chart:
    """Return the waterfall of an account."""
    data = a.parts.reset_index(names="part").assign(
        name=lambda d: d["part"].map(words.PARTS),
        percent=lambda d: 100 * d["share"],
        attendances=lambda d: d["effect"],
    )
    return waterfall_chart(
        data[["name", "percent", "attendances"]],
        label="name",
        value="percent",
        total="All growth",
        value_format=lambda v: signed_percentage(v / 100),
        caption=words.account(a, name, figure_id, title),
    )
