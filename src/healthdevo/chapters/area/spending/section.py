"""Area section "Spending and determinants": council spending since 2010, position on the determinants, what national estimates imply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.area.emergency.attendances import plain_name
from healthdevo.chapters.common.cells import record, records
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.spending.chapter import (
    BASE_YEARS,
    ENGLAND,
    LIFE_YEARS,
    MARTIN,
    MORTALITY_PUBLIC_HEALTH,
    NEED,
    OUTCOME,
    PRICES,
    PUBLIC_HEALTH_ALONE,
    QUALITY,
    fit_panel,
    moved_by,
    real_terms,
    under_75,
)
from healthdevo.charts import Caption, Chart, interval_chart, line_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.errors import TableError
from healthdevo.finance import Returns, Uncertain, returns_to_spending
from healthdevo.regression import panel
from healthdevo.wording import financial_year, join, number, ordinal, percentage

__all__ = ["AreaSpending", "council_shares"]

REFERENCE = "2023-06-30"
"""Boundaries of areas and councils that shares are taken from."""
FIRST_YEAR = 2010
_Z = float(stats.norm.ppf(0.975))
COVERED = 0.97
"""Least share of an area's people whose councils must have reported for a figure to be shown."""
COVERED_FOR_NEED = 0.85
"""The same for the comparison with need, which sets the same councils' spending against their own expectation."""
NEED_YEARS = (2016, 2021)

SERVICES: Mapping[str, tuple[str, tuple[str, ...], int]] = {
    "adult_social_care": ("adult social care", ("adult_social_care",), 2011),
    "children_social_care": ("children's social care", ("children_social_care",), 2011),
    "public_health": ("public health", ("public_health",), 2013),
    "other_local": (
        "other local services",
        (
            "culture",
            "environment",
            "highways_and_transport",
            "planning_and_development",
            "housing_general_fund",
        ),
        FIRST_YEAR,
    ),
}
"""Name, services of the table and first year of each line; other local services are those of both tiers of councils."""

INDICATORS: Mapping[str, tuple[str, int, str]] = {
    OUTCOME: ("Preventable deaths under 75", -1, "per 100,000"),
    "deprivation_score_2019": ("Deprivation score 2019", -1, ""),
    "claimant_rate": ("Benefit claimants", -1, "%"),
    "employment_rate": ("Employment rate", 1, "%"),
    "inactivity_due_to_sickness": ("Inactive through sickness", -1, "% of inactive"),
    "median_weekly_pay": ("Median weekly pay", 1, "pounds"),
    "household_income_per_head": ("Household income per head", 1, "pounds"),
    "housing_affordability_ratio": ("House prices over earnings", -1, "times"),
    "gcse_english_and_maths": ("GCSEs in English and maths", 1, "%"),
    "obesity_year_6": ("Obesity at age 10 to 11", -1, "%"),
}
"""Columns of the panel: name, direction in which more is better for health, unit."""


def _light(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without its origin, which pandas would copy at every step."""
    result = frame.copy(deep=False)
    result.attrs = {}
    return result


def _final_districts(codes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the districts of ``REFERENCE`` that make up each council today: its own, those of a county, or its successors."""
    area = _light(tables.load("area"))
    current = {a.code for a in areas.list_areas("district", REFERENCE)}
    following = area.set_index("area_code")["successor_code"].dropna().astype(str).to_dict()
    membership = _light(tables.load("area_membership"))
    counties = membership[membership["container_kind"] == "county"]
    parts = counties.groupby("container_code")["member_code"].agg(set).to_dict()

    def final(code: str) -> str | None:
        while code not in current:
            if code not in following:
                return None
            code = following[code]
        return code

    result = {}
    for code in codes:
        found = {final(str(member)) for member in parts.get(code, {code})}
        if None in found:
            raise TableError(f"table area: council {code} cannot be followed to districts of {REFERENCE}")
        result[code] = tuple(sorted(str(f) for f in found))
    return result


def council_shares(containers: Sequence[str], codes: Sequence[str]) -> pd.DataFrame:
    """Return which share of each council's people lives in each area.

    Parameters
    ----------
    containers : sequence of str
        Codes of areas of one kind (NHS regions or integrated care boards).
    codes : sequence of str
        Codes of councils of any year: districts and counties.

    Returns
    -------
    pandas.DataFrame
        Index the councils, one column for each area; 1 for a council that lies wholly inside.

    Raises
    ------
    TableError
        When a council cannot be followed to districts with a population.

    Notes
    -----
    Boundaries are those of ``REFERENCE``. A district that a boundary cuts counts by the population shares of the registry; a county by the
    shares of its districts, weighted by their population. A council that no longer exists counts like its successors.

    Examples
    --------
    >>> council_shares(["E54000057"], ["E08000003"]).loc["E08000003"].tolist()
    [1.0]
    """
    day = pd.Timestamp(REFERENCE)
    membership = _light(tables.load("area_membership"))
    started = membership["valid_from"].isna() | (membership["valid_from"] <= day)
    valid = started & (membership["valid_to"].isna() | (membership["valid_to"] >= day))
    inside = membership[valid & membership["container_code"].isin(list(containers))]
    inside = inside[inside["member_code"].str.startswith(("E06", "E07", "E08", "E09"))]
    districts = inside.pivot_table(
        index="member_code", columns="container_code", values="population_share", aggfunc="sum"
    )
    districts = districts.reindex(columns=list(containers)).fillna(0.0)
    population = _light(tables.load("population_year"))
    now = population[population["year"] == day.year]
    people = dict(zip(now["area_code"], now["persons"], strict=True))
    place = {code: i for i, code in enumerate(districts.index)}
    table = districts.to_numpy(dtype=float)
    rows = []
    for final in _final_districts(codes).values():
        unknown = [f for f in final if f not in people]
        if unknown:
            raise TableError(f"table population_year has no population of {join(unknown)} in {day.year}")
        weights = np.array([people[f] for f in final], dtype=float)
        found = np.array([table[place[f]] if f in place else np.zeros(len(containers)) for f in final])
        rows.append(weights @ found / weights.sum())
    return pd.DataFrame(rows, index=pd.Index(list(codes), name="area_code"), columns=list(containers))


def _merged(final: Mapping[str, Sequence[str]]) -> list[tuple[list[str], list[str]]]:
    """Group councils that share a successor: the councils, and all their successors."""
    groups: list[tuple[set[str], set[str]]] = []
    for code, found in final.items():
        own, rest = ({code}, set(found)), []
        for group in groups:
            if group[1] & own[1]:
                own = (own[0] | group[0], own[1] | group[1])
            else:
                rest.append(group)
        groups = [*rest, own]
    return [(sorted(codes), sorted(found)) for codes, found in groups]


@dataclass(frozen=True)
class AreaSpending:
    """What the section on spending and determinants of an area's page says and shows.

    Parameters
    ----------
    area : Area
        The area of the page.
    peers : tuple of Area
        Areas of the same kind, the area itself included.
    outturn, deflator, population, panel, population_age, published : pandas.DataFrame
        Tables ``council_outturn``, ``gdp_deflator``, ``population_year``, ``area_year_panel``, ``population_age``, ``published_estimate``.
    """

    area: Area
    peers: tuple[Area, ...]
    outturn: pd.DataFrame = field(repr=False)
    deflator: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    panel: pd.DataFrame = field(repr=False)
    population_age: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaSpending:
        """Load the tables for an NHS region or an integrated care board and its peers.

        A council whose rows break the rules of a table is set aside; years in which too few of an area's people are covered are left open.

        Raises
        ------
        AreaError
            When the code is unknown.
        TableError
            When the area is of another kind, or its own population is broken.
        """
        area = areas.get(area_code)
        if area.kind not in ("nhs_region", "icb"):
            raise TableError(
                f"spending is added up for NHS regions and integrated care boards; {area} is neither"
            )
        population = tables.load_sound("population_year")
        population.require(area.code, ENGLAND)
        outturn = _light(tables.load_sound("council_outturn", by="council_code").frame)
        return cls(
            area,
            tuple(areas.peers(area.code, REFERENCE, include_self=True)),
            outturn[(outturn["financial_year_start"] >= FIRST_YEAR) & outturn["area_code"].notna()],
            _light(tables.load("gdp_deflator")),
            _light(population.frame),
            _light(tables.load_sound("area_year_panel").frame),
            _light(tables.load_sound("population_age").frame),
            _light(tables.load("published_estimate")),
        )

    # ---- spending ----------------------------------------------------------------------------------------------------------------

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Share of each council's people in the area and each of its peers."""
        codes = sorted({*self.outturn["area_code"], *self.panel["area_code"]})
        return council_shares([a.code for a in self.peers], codes)

    @cached_property
    def parts(self) -> pd.DataFrame:
        """Upper-tier councils of ``REFERENCE`` in the area, with the share of their people that lives in it."""
        own = self.shares[self.area.code]
        today = own[own.index.isin(self.panel["area_code"].unique()) & (own > 1e-6)]
        return pd.DataFrame({"area_code": today.index, "share": today.to_numpy(float)}).assign(
            name=lambda d: [areas.get(str(c)).short_name for c in d["area_code"]]
        )

    @cached_property
    def spending(self) -> pd.DataFrame:
        """Real spending per head by area, service and year, with the share of people covered; England included."""
        wanted = {s: key for key, (_, members, _) in SERVICES.items() for s in members}
        rows = self.outturn[self.outturn["service"].isin(list(wanted))]
        rows = rows.assign(
            line=rows["service"].astype(str).map(wanted),
            real=real_terms(rows, self.deflator, "spending", "financial_year_start"),
        )
        rows = rows[rows["financial_year_start"] >= rows["line"].map({k: v[2] for k, v in SERVICES.items()})]
        known = set(zip(self._heads["area_code"], self._heads["year"], strict=True))
        counted = [
            code.startswith("E07") or (code, year) in known
            for code, year in zip(rows["area_code"], rows["financial_year_start"], strict=True)
        ]
        rows = rows[counted]
        keys = ["line", "financial_year_start", "area_code"]
        by_council = rows.groupby(keys, as_index=False, observed=True)["real"].sum()
        shares = self.shares.assign(**{ENGLAND: 1.0})
        W = shares.reindex(by_council["area_code"]).to_numpy(float)
        money = pd.DataFrame(W * by_council["real"].to_numpy(float)[:, None], columns=shares.columns).assign(
            line=by_council["line"].to_numpy(), year=by_council["financial_year_start"].to_numpy()
        )
        frame = money.groupby(["line", "year"]).sum().reset_index()
        frame = frame.melt(["line", "year"], var_name="area_code", value_name="real")
        heads = self._heads
        H = shares.reindex(heads["area_code"]).to_numpy(float) * heads["population"].to_numpy(float)[:, None]
        reporting = pd.DataFrame(H, columns=shares.columns).assign(year=heads["year"].to_numpy())
        reporting = (
            reporting.groupby("year")
            .sum()
            .reset_index()
            .melt(["year"], var_name="area_code", value_name="reporting")
        )
        people = self.population[["year", "area_code", "persons"]]
        frame = frame.merge(reporting, on=["year", "area_code"], how="left").merge(
            people, on=["year", "area_code"], how="left"
        )
        covered = frame["reporting"] / frame["persons"]
        per_head = frame["real"] / frame["reporting"]
        # England keeps its figure: a council without a return leaves both sums
        shown = (covered >= COVERED) | (frame["area_code"] == ENGLAND)
        return frame.assign(covered=covered, per_head=per_head.where(shown))

    @cached_property
    def _heads(self) -> pd.DataFrame:
        """People of each upper-tier council that reported, by year; those of shire districts would count twice.

        A few councils merged later have no population of their own in the table. The population of all that went into the same successors is
        then split evenly, which leaves the sum right; their shares of areas are the same, or the councils are left out.
        """
        upper = self.outturn[
            ~self.outturn["area_code"].str.startswith("E07")
            & (self.outturn["service"].astype(str) == "net_current_expenditure")
        ]
        heads = upper[["area_code", "financial_year_start", "population"]].rename(
            columns={"financial_year_start": "year"}
        )
        lacking = heads[heads["population"].isna()]
        people = self.population.set_index(["area_code", "year"])["persons"].to_dict()
        filled: dict[tuple[str, int], float] = {}
        for year, rows in lacking.groupby("year"):
            for group, final in _merged(_final_districts([str(c) for c in rows["area_code"]])):
                total = sum(float(people.get((f, year), np.nan)) for f in final)
                same = self.shares.loc[group].to_numpy(float)
                if np.allclose(same, same[0]):
                    filled |= {(code, int(str(year))): total / len(group) for code in group}
        own = [
            filled.get((str(code), int(year)), np.nan) if np.isnan(value) else value
            for code, year, value in zip(
                heads["area_code"],
                heads["year"],
                heads["population"].to_numpy(dtype=float, na_value=np.nan),
                strict=True,
            )
        ]
        return heads.assign(population=own).dropna(subset=["population"])

    @cached_property
    def gaps(self) -> dict[int, list[str]]:
        """Years left open in the area, with the councils that have no figures in them."""
        own = self.spending[
            (self.spending["area_code"] == self.area.code) & (self.spending["line"] == "other_local")
        ]
        result: dict[int, list[str]] = {}
        for r in records(own[own["per_head"].isna()]):
            year = int(r["year"])
            have = set(self.outturn.loc[self.outturn["financial_year_start"] == year, "area_code"])
            missing = [p["name"] for p in records(self.parts) if p["area_code"] not in have]
            result[year] = [str(m) for m in missing]
        return result

    @cached_property
    def latest(self) -> int:
        """Latest year with figures for the area."""
        own = self.spending[
            (self.spending["area_code"] == self.area.code) & self.spending["per_head"].notna()
        ]
        if own.empty:
            raise TableError(
                f"table council_outturn covers too few of the people of {self.area} in every year"
            )
        return int(own["year"].max())

    @cached_property
    def by_service(self) -> pd.DataFrame:
        """Each service in the area's latest year: the area, England, its rank among its peers, and change since the first year."""
        rows = []
        for line, (name, _, _) in SERVICES.items():
            part = self.spending[(self.spending["line"] == line)]
            wide = part.pivot_table(index="year", columns="area_code", values="per_head")
            own, england = wide[self.area.code], wide[ENGLAND]
            peers = wide.loc[self.latest, [a.code for a in self.peers if a.code in wide]].dropna()
            years = [int(str(y)) for y in own.dropna().index]
            # from the first year with the same duties, if the area has it
            start = min(y for y in years if y >= min(BASE_YEARS.get(line, FIRST_YEAR), max(years)))
            rows.append(
                {
                    "service": line,
                    "name": name,
                    "year": self.latest,
                    "per_head": float(own.loc[self.latest]),
                    "england": float(england.loc[self.latest]),
                    "rank": int((peers > own.loc[self.latest]).sum()) + 1,
                    "peers": len(peers),
                    "since": start,
                    "change": float(own.loc[self.latest] / own.loc[start] - 1),
                    "change_england": float(england.loc[self.latest] / england.loc[start] - 1),
                }
            )
        return pd.DataFrame(rows)

    def spending_chart(self) -> Chart:
        """Draw real spending per head by service in the area."""
        own = self.spending[self.spending["area_code"] == self.area.code]
        years = range(FIRST_YEAR, int(self.spending["year"].max()) + 1)
        grid = pd.MultiIndex.from_product([list(SERVICES), years], names=["line", "year"])
        data = own.set_index(["line", "year"])["per_head"].reindex(grid).reset_index()
        first = {k: v[2] for k, v in SERVICES.items()}
        data = data[data["year"] >= data["line"].map(first)].assign(
            service=lambda d: d["line"].map({k: v[0] for k, v in SERVICES.items()})
        )
        adult, other = (
            record(self.by_service[self.by_service["service"] == s])
            for s in ("adult_social_care", "other_local")
        )
        return line_chart(
            data,
            x="year",
            y="per_head",
            series="service",
            x_format=lambda v: financial_year(int(v)),
            y_format=lambda v: f"£{v:,.0f}",
            markers=True,
            caption=Caption(
                figure_id="spending-by-service",
                title=(
                    f"Adult social care {moved_by(adult['change'])} since {financial_year(int(adult['since']))}, other local services "
                    f"{moved_by(other['change'])} since {financial_year(int(other['since']))}"
                ),
                subtitle=(
                    f"Net current spending of councils per head by service, {self.area.label}, pounds in prices of {PRICES}; other local services: roads, "
                    "environment, culture, planning, housing"
                ),
                source=source_line("council_outturn", "gdp_deflator"),
                alt=(
                    f"Line chart of council spending per head in {self.area.label} by service. Adult social care {moved_by(adult['change'])}, other local "
                    f"services {moved_by(other['change'])}; {'some years are left open' if self.gaps else 'there are no gaps'}."
                ),
            ),
        )

    def spending_table(self) -> Table:
        """Show spending by service against England and peers."""
        d = self.by_service
        shown = pd.DataFrame(
            {
                "Service": d["name"].str.capitalize(),
                f"Per head {financial_year(self.latest)}": d["per_head"].map(lambda v: f"£{v:,.0f}"),
                "England": d["england"].map(lambda v: f"£{v:,.0f}"),
                "Rank": [f"{ordinal(int(r))} of {n}" for r, n in zip(d["rank"], d["peers"], strict=True)],
                "Since": d["since"].map(lambda v: financial_year(int(v))),
                "Change": d["change"].map(percentage),
                "England, change": d["change_england"].map(percentage),
            }
        )
        return show_table(
            shown,
            table_id="spending-of-services",
            caption=(
                f"Net spending of councils per head in {self.area.label}, in prices of {PRICES}, against England and {self._peers_title}; rank 1 spends most."
            ),
            source=source_line("council_outturn", "gdp_deflator"),
            data=d,
        )

    # ---- need --------------------------------------------------------------------------------------------------------------------

    @cached_property
    def against_need(self) -> pd.DataFrame:
        """Spending on adult social care and public health over what deprivation and age would lead one to expect, by peer."""
        both = ["adult_social_care_spending", "public_health_spending"]
        p = self.panel[self.panel["year"].between(*NEED_YEARS)].dropna(subset=both)
        p = p.assign(both=p[both].sum(axis=1))
        fit = panel(
            p,
            outcome="both",
            regressors=list(NEED),
            area="area_code",
            logs=["both"],
            effects="between",
            errors="HC3",
        )
        means = p.groupby("area_code")[["both", *NEED, "population"]].mean()
        X = np.column_stack([np.ones(len(means)), means[list(NEED)].to_numpy(float)])
        order = ["const", *NEED]
        b = fit.params["estimate"].loc[order].to_numpy(float)
        V = fit.covariance.loc[order, order].to_numpy(float)
        predicted = np.exp(X @ b)
        people = means["population"].to_numpy(float)
        actual = means["both"].to_numpy(float)
        # so that England as a whole spends what is expected of it
        predicted *= (people @ actual) / (people @ predicted)
        W = self.shares.reindex(means.index)
        rows = []
        for peer in self.peers:
            w = W[peer.code].to_numpy(float) * people
            everyone = self._people(peer.code, range(NEED_YEARS[0], NEED_YEARS[1] + 1))
            if w.sum() < COVERED_FOR_NEED * everyone:
                continue
            expected = float(w @ predicted / w.sum())
            x = (w * predicted) @ X / float(w @ predicted)
            se = float(np.sqrt(x @ V @ x))
            ratio = float(w @ actual / w.sum()) / expected
            rows.append(
                {
                    "area_code": peer.code,
                    "name": plain_name(peer.short_name),
                    "actual": ratio * expected,
                    "expected": expected,
                    "difference": 100 * (ratio - 1),
                    "lower": 100 * (ratio * np.exp(-_Z * se) - 1),
                    "upper": 100 * (ratio * np.exp(_Z * se) - 1),
                }
            )
        return (
            pd.DataFrame(rows)
            .sort_values(["difference", "area_code"], ascending=[False, True])
            .reset_index(drop=True)
        )

    def _people(self, code: str, years: range) -> float:
        p = self.population
        return float(p.loc[(p["area_code"] == code) & p["year"].isin(list(years)), "persons"].mean())

    def need_chart(self) -> Chart:
        """Draw spending against need for the area and its peers."""
        data = self.against_need
        return interval_chart(
            data,
            label="name",
            value="difference",
            lower="lower",
            upper="upper",
            focus=[plain_name(self.area.short_name)],
            reference=0.0,
            reference_text="as expected",
            value_format=lambda v: "0%" if abs(v) < 0.5 else f"{v:+.0f}%".replace("-", "\N{MINUS SIGN}"),
            x_label="more or less than expected",
            caption=Caption(
                figure_id="spending-against-need",
                title=f"{plain_name(self.area.short_name)}: {self._need_words()}",
                subtitle=(
                    f"Spending on adult social care and public health per head, {NEED_YEARS[0]} to {NEED_YEARS[1]}, over what councils with the same deprivation and "
                    f"share of people over 65 spend, {self._peers_title}; 95% intervals of the expectation"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Dot chart of {len(data)} {self._peers_title} by spending over expectation, from {number(float(data['difference'].min()), 2)} to "
                    f"{number(float(data['difference'].max()), 2)} per cent. {plain_name(self.area.short_name)}: {self._need_words()}."
                ),
            ),
        )

    def _need_words(self) -> str:
        own = self.against_need[self.against_need["area_code"] == self.area.code]
        if own.empty:
            return "too few councils have figures to compare spending with need"
        r = record(own)
        if r["lower"] <= 0 <= r["upper"]:
            return "councils spend about what their need leads one to expect"
        side = "more" if r["difference"] > 0 else "less"
        return f"councils spend {percentage(abs(r['difference']) / 100, 0)} {side} than their need leads one to expect"

    # ---- determinants ------------------------------------------------------------------------------------------------------------

    @cached_property
    def determinants(self) -> pd.DataFrame:
        """Each indicator in the area, its peers' ranks and England; better than England is positive in ``position``."""
        rows = []
        codes = [a.code for a in self.peers]
        for column, (name, direction, unit) in INDICATORS.items():
            filled = self.panel.dropna(subset=[column])
            counts = filled.groupby("year")["area_code"].nunique()
            full = counts[counts >= 0.95 * counts.max()]
            year = max(int(str(y)) for y in full.index)
            whole = self.panel[self.panel["year"] == year]
            now = filled[filled["year"] == year].set_index("area_code")
            everyone = whole["population"].to_numpy(float) @ self.shares.loc[
                whole["area_code"], codes
            ].to_numpy(float)
            weights = (
                self.shares.loc[now.index, codes].to_numpy(float) * now["population"].to_numpy(float)[:, None]
            )
            covered = weights.sum(axis=0)
            means = now[column].to_numpy(float) @ weights / np.where(covered > 0, covered, np.nan)
            values = {
                code: float(mean)
                for code, mean, part, all_ in zip(codes, means, covered, everyone, strict=True)
                if part >= COVERED * all_
            }
            england = float((now["population"] * now[column]).sum() / now["population"].sum())
            spread = float(
                np.sqrt((now["population"] * (now[column] - england) ** 2).sum() / now["population"].sum())
            )
            own = values.get(self.area.code, float("nan"))
            better = sum(direction * v > direction * own for v in values.values())
            rows.append(
                {
                    "indicator": column,
                    "name": name,
                    "unit": unit,
                    "year": 2019 if column == "deprivation_score_2019" else year,
                    "value": own,
                    "england": england,
                    "position": direction * (own - england) / spread,
                    "rank": better + 1 if np.isfinite(own) else 0,
                    "peers": len(values),
                }
            )
        return pd.DataFrame(rows)

    def determinants_chart(self) -> Chart:
        """Draw the area's position on each indicator."""
        data = self.determinants.dropna(subset=["position"]).sort_values("position", ascending=False)
        above = int((data["position"] > 0).sum())
        return interval_chart(
            data,
            label="name",
            value="position",
            reference=0.0,
            reference_text="England",
            value_format=lambda v: f"{v:+g}".replace("-", "\N{MINUS SIGN}") if v else "0",
            x_label="worse than England  |  better",
            caption=Caption(
                figure_id="determinants",
                title=f"Better than England on {above} of {len(data)} determinants and outcomes of health",
                subtitle=(
                    f"Difference from England in standard deviations of councils, towards better health; {self.area.label}, latest year of each; mean of councils "
                    "weighted by people"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Dot chart of {len(data)} indicators for {self.area.label}, from best to worst against England: first {data['name'].iloc[0]}, last "
                    f"{data['name'].iloc[-1]}; {above} lie above England."
                ),
            ),
        )

    def determinants_table(self) -> Table:
        """Show the area's values on each indicator."""
        d = self.determinants

        def shown_value(v: float, unit: str) -> str:
            if np.isnan(v):
                return "no figure"
            if unit == "pounds":
                return f"£{v:,.0f}"
            if unit.startswith("%"):
                return percentage(v / 100) + unit[1:]
            return f"{v:,.1f}" + (f" {unit}" if unit else "")

        shown = pd.DataFrame(
            {
                "Indicator": d["name"],
                "Year": d["year"].astype(str),
                "Here": [shown_value(v, u) for v, u in zip(d["value"], d["unit"], strict=True)],
                "England": [shown_value(v, u) for v, u in zip(d["england"], d["unit"], strict=True)],
                "Rank": [
                    f"{ordinal(int(r))} of {n}" if r else "not ranked"
                    for r, n in zip(d["rank"], d["peers"], strict=True)
                ],
            }
        )
        return show_table(
            shown,
            table_id="determinants-in-numbers",
            caption=(
                f"Determinants and outcomes of health in {self.area.label} and England, means of councils weighted by people; rank 1 of {self._peers_title} is best for "
                "health."
            ),
            source=source_line("area_year_panel"),
            data=d,
        )

    # ---- what the national estimates imply -----------------------------------------------------------------------------------------

    @cached_property
    def implied(self) -> dict[str, Returns]:
        """What ten per cent more public health spending would go with in the area, by design of the national estimate."""
        own = self.spending[
            (self.spending["area_code"] == self.area.code) & (self.spending["line"] == "public_health")
        ]
        last = record(own[own["per_head"].notna()].sort_values("year"), -1)
        spend = float(last["per_head"]) * float(last["persons"])
        people = under_75(self.population_age)
        people = people[people["area_code"] == self.area.code].sort_values("year")
        mortality = record(self.determinants[self.determinants["indicator"] == OUTCOME])["value"]
        if people.empty or np.isnan(mortality):
            raise TableError(f"no preventable deaths or people under 75 are known for {self.area}")
        deaths = float(mortality) * float(people["persons"].to_numpy(dtype=float)[-1]) / 1e5
        fit = fit_panel(self.panel, "public_health_spending", errors="CR2")
        p = self.published
        found = p[
            (p["study"] == MARTIN)
            & (p["outcome"] == MORTALITY_PUBLIC_HEALTH)
            & p["design"].str.endswith(PUBLIC_HEALTH_ALONE)
        ]
        published = record(found)
        elasticities = {
            "This book: same council over time": Uncertain.from_estimate(fit[fit.focal]),
            "Published: funding rule as instrument": Uncertain(
                float(published["estimate"]), float(published["standard_error"])
            ),
        }
        return {
            name: returns_to_spending(
                e,
                spend=spend,
                deaths=deaths,
                life_years_per_death=LIFE_YEARS,
                quality=QUALITY,
                change=0.1,
                draws=10_000,
                seed=11,
            )
            for name, e in elasticities.items()
        }

    def implied_table(self) -> Table:
        """Show what the national estimates imply for the area."""
        rows = []
        for name, r in self.implied.items():
            i = r.deaths_averted.interval()
            extra = float(r.steps["value"].iloc[0])
            rows.append(
                {
                    "design": name,
                    "extra_spending": extra,
                    "deaths_averted": r.deaths_averted.estimate,
                    "lower": i.lower,
                    "upper": i.upper,
                    "qalys": r.qalys.estimate,
                    "qalys_lower": r.qalys.interval().lower,
                    "qalys_upper": r.qalys.interval().upper,
                }
            )
        data = pd.DataFrame(rows)
        shown = pd.DataFrame(
            {
                "National estimate": data["design"],
                "10% more costs, a year": data["extra_spending"].map(lambda v: f"£{v / 1e6:,.1f} million"),
                "Preventable deaths fewer, a year": [
                    f"{number(a, 2)} ({number(b, 2)} to {number(c, 2)})"
                    for a, b, c in zip(data["deaths_averted"], data["lower"], data["upper"], strict=True)
                ],
                "Healthy years (QALYs) gained": [
                    f"{number(a, 2)} ({number(b, 2)} to {number(c, 2)})"
                    for a, b, c in zip(data["qalys"], data["qalys_lower"], data["qalys_upper"], strict=True)
                ],
            }
        )
        return show_table(
            shown,
            table_id="implied",
            caption=(
                f"Implication, not forecast: what national estimates would mean for {self.area.label} if they held here, for ten per cent more public health "
                "spending; 95% intervals in brackets; a negative number means more deaths."
            ),
            source=source_line("council_outturn", "area_year_panel", "population_age", "published_estimate"),
            data=data,
        )

    # ---- words -------------------------------------------------------------------------------------------------------------------

    @property
    def _peers_title(self) -> str:
        return "NHS regions" if self.area.kind == "nhs_region" else "integrated care boards"

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        s = {str(r["service"]): r for r in records(self.by_service)}
        ph, adult, other = s["public_health"], s["adult_social_care"], s["other_local"]
        own = self.implied["This book: same council over time"].deaths_averted
        d = self.determinants.dropna(subset=["position"]).sort_values("position")
        return {
            "spending_headline": (
                f"Councils here spent £{adult['per_head']:,.0f} per head on adult social care and £{ph['per_head']:,.0f} on public health in "
                f"{financial_year(self.latest)} (England £{adult['england']:,.0f} and £{ph['england']:,.0f}). After inflation adult social care "
                f"{moved_by(adult['change'])} since {financial_year(int(adult['since']))} (England: {moved_by(adult['change_england'])}), public health "
                f"{moved_by(ph['change'])} since {financial_year(int(ph['since']))} (England: {moved_by(ph['change_england'])}), and other local services "
                f"{moved_by(other['change'])} since {financial_year(int(other['since']))} (England: {moved_by(other['change_england'])})."
            ),
            "spending_parts": parts_words(self.parts),
            "spending_gaps": gaps_words(self.gaps),
            "spending_need": f"Set against deprivation and age, {self._need_words()}.",
            "spending_peers": self._left_out(),
            "spending_determinants": (
                f"Against England the area does best on {str(d['name'].iloc[-1]).lower()} and worst on {str(d['name'].iloc[0]).lower()}."
                if len(d) > 1
                else "Too few councils of the area have figures to place it."
            ),
            "spending_implied": implied_words(own),
        }

    def _left_out(self) -> str:
        have = set(self.against_need["area_code"])
        lacking = [a.short_name for a in self.peers if a.code not in have]
        now = self.spending[
            (self.spending["year"] == self.latest) & (self.spending["line"] == "public_health")
        ]
        late = set(now.loc[now["per_head"].notna(), "area_code"])
        unranked = [a.short_name for a in self.peers if a.code not in late]
        parts = []
        if unranked:
            parts.append(
                f"Not ranked for {financial_year(self.latest)}, because councils have no figures: {join(unranked)}."
            )
        if lacking:
            parts.append(f"Not compared with need: {join(lacking)}.")
        return " ".join(parts) or "All areas of the same kind are compared."


def parts_words(parts: pd.DataFrame) -> str:
    """Return which councils count, and which only in part.

    Examples
    --------
    >>> parts_words(pd.DataFrame({"name": ["A", "B"], "share": [1.0, 0.25]}))[:100]
    'One council with social care and public health lies wholly in the area. The boundary cuts 1, which c'
    """
    whole, cut = parts[parts["share"] > 1 - 1e-6], parts[parts["share"] <= 1 - 1e-6]
    count = len(whole)
    text = (
        "One council with social care and public health lies wholly in the area"
        if count == 1
        else f"{count or 'No'} councils with social care and public health lie wholly in the area"
    )
    if cut.empty:
        return f"{text}; the boundary cuts none."
    listed = join(
        [
            f"{r['name']} ({percentage(r['share'], 0 if 0.01 <= r['share'] < 0.995 else 1)})"
            for r in records(cut.sort_values("share", ascending=False))
        ]
    )
    return (
        f"{text}. The boundary cuts {len(cut)}, which {'counts' if len(cut) == 1 else 'count'} by the share of {'its' if len(cut) == 1 else 'their'} people who live "
        f"here, as if the council spent the same on everyone: {listed}."
    )


def gaps_words(gaps: Mapping[int, Sequence[str]]) -> str:
    """Return which years are left open and why."""
    if not gaps:
        return "No year is left open for missing councils."
    who = list(dict.fromkeys(name for names in gaps.values() for name in names))
    return f"{join([financial_year(y) for y in sorted(gaps)])} {'is' if len(gaps) == 1 else 'are'} left open: no figures from {join(who) if who else 'some councils'}."


def implied_words(averted: Any) -> str:
    """Return what our own national estimate implies, as an implication."""
    i = averted.interval()
    spread = f"between {number(abs(i.lower), 2)} {'more' if i.lower < 0 else 'fewer'} and {number(abs(i.upper), 2)} {'more' if i.upper < 0 else 'fewer'}"
    if i.lower <= 0 <= i.upper:
        return f"If our national estimate held here, ten per cent more public health spending would go with {spread} preventable deaths a year; that is no finding either way."
    return f"If our national estimate held here, ten per cent more public health spending would go with {spread} preventable deaths a year."
