"""What councils of the area spend after inflation: on each service, against England and the area's peers; and against need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.chapters import common
from healthdevo.chapters.area.spending import words
from healthdevo.chapters.area.spending.councils import COVERED, Councils, final_districts, merged
from healthdevo.errors import TableError
from healthdevo.mathematics import normal_quantiles
from healthdevo.regression import panel
from healthdevo.wording import financial_year

FIRST_YEAR = 2010
COVERED_FOR_NEED = 0.85
"""Least share of people covered; lower than for sums, since the same councils' spending is set against their own expectation."""
NEED_YEARS = (2016, 2021)
_OTHER = (
    "culture",
    "environment",
    "highways_and_transport",
    "planning_and_development",
    "housing_general_fund",
)
_SERVICES: Mapping[str, tuple[str, tuple[str, ...], int]] = {
    "adult_social_care": ("adult social care", ("adult_social_care",), 2011),
    "children_social_care": ("children's social care", ("children_social_care",), 2011),
    "public_health": ("public health", ("public_health",), 2013),
    "other_local": ("other local services", _OTHER, FIRST_YEAR),
}
"""Name, services of the table and first year of each line; other local services are those of both tiers of councils."""
_NAMES = {line: name for line, (name, _, _) in _SERVICES.items()}
_LINES = {service: line for line, (_, members, _) in _SERVICES.items() for service in members}
_FIRST_YEARS = {line: first for line, (_, _, first) in _SERVICES.items()}


@dataclass(frozen=True)
class Services:
    """Spending by service; ``parts`` are the upper-tier councils in the area."""

    councils: Councils
    outturn: pd.DataFrame = field(repr=False)
    deflator: pd.DataFrame = field(repr=False)
    parts: pd.DataFrame = field(repr=False)

    def _by_area(self, rows: pd.DataFrame, column: str, keys: list[str]) -> pd.DataFrame:
        """Add up a column of councils by area, each council by the share of its people; England included."""
        shares = self.councils.shares.assign(**{common.ENGLAND: 1.0})
        values = shares.reindex(rows["area_code"]).to_numpy(float) * rows[column].to_numpy(float)[:, None]
        frame = pd.DataFrame(values, columns=shares.columns).assign(**{k: rows[k].to_numpy() for k in keys})
        return frame.groupby(keys).sum().reset_index().melt(keys, var_name="area_code", value_name=column)

    @cached_property
    def spending(self) -> pd.DataFrame:
        """Real spending per head by area, service and year, with the share of people covered; England included."""
        rows = self.outturn[self.outturn["service"].isin(list(_LINES))]
        rows = rows.rename(columns={"financial_year_start": "year"}).assign(
            line=rows["service"].astype(str).map(_LINES),
            real=common.real_terms(rows, self.deflator, "spending", "financial_year_start"),
        )
        rows = rows[rows["year"] >= rows["line"].map(_FIRST_YEARS)]
        known = set(zip(self._heads["area_code"], self._heads["year"], strict=True))
        pairs = zip(rows["area_code"], rows["year"], strict=True)
        rows = rows[[code.startswith("E07") or (code, year) in known for code, year in pairs]]
        sums = rows.groupby(["line", "year", "area_code"], observed=True)["real"].sum().reset_index()
        place = ["year", "area_code"]
        frame = self._by_area(sums, "real", ["line", "year"])
        frame = frame.merge(self._by_area(self._heads, "reporting", ["year"]), on=place, how="left")
        frame = frame.merge(self.councils.population[[*place, "persons"]], on=place, how="left")
        covered = frame["reporting"] / frame["persons"]
        per_head = frame["real"] / frame["reporting"]
        # England keeps its figure: a council without a return leaves both sums
        shown = (covered >= COVERED) | (frame["area_code"] == common.ENGLAND)
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
        names = {"financial_year_start": "year", "population": "reporting"}
        heads = upper[["area_code", *names]].rename(columns=names)
        people = self.councils.population.set_index(["area_code", "year"])["persons"].to_dict()
        filled: dict[tuple[str, int], float] = {}
        for year, rows in heads[heads["reporting"].isna()].groupby("year"):
            for group, final in merged(final_districts([str(c) for c in rows["area_code"]])):
                total = sum(float(people.get((f, year), np.nan)) for f in final)
                same = self.councils.shares.loc[group].to_numpy(float)
                if np.allclose(same, same[0]):
                    filled |= {(code, int(str(year))): total / len(group) for code in group}
        pairs = zip(heads["area_code"], heads["year"], strict=True)
        split = pd.Series([filled.get((str(c), int(y)), np.nan) for c, y in pairs], index=heads.index)
        own = heads["reporting"].astype(float).fillna(split)
        return heads.assign(reporting=own).dropna(subset=["reporting"])

    def own(self, line: str) -> pd.DataFrame:
        """Return the area's rows of one line, by year."""
        s = self.spending
        return s[(s["area_code"] == self.councils.area.code) & (s["line"] == line)].sort_values("year")

    @cached_property
    def gaps(self) -> dict[int, list[str]]:
        """Years left open in the area, with the councils that have no figures in them."""
        own = self.own("other_local")
        result: dict[int, list[str]] = {}
        for year in own.loc[own["per_head"].isna(), "year"]:
            have = set(self.outturn.loc[self.outturn["financial_year_start"] == year, "area_code"])
            result[int(year)] = [
                str(p["name"]) for p in common.records(self.parts) if p["area_code"] not in have
            ]
        return result

    @cached_property
    def latest(self) -> int:
        """Latest year with figures for the area."""
        area = self.councils.area
        own = self.spending[self.spending["area_code"] == area.code].dropna(subset=["per_head"])
        if own.empty:
            raise TableError(f"table council_outturn covers too few of the people of {area} in every year")
        return int(own["year"].max())

    @cached_property
    def by_service(self) -> pd.DataFrame:
        """Each service in the area's latest year: the area, England, its rank among its peers, and change since the first year."""
        rows, last = [], self.latest
        for line, name in _NAMES.items():
            part = self.spending[self.spending["line"] == line]
            wide = part.pivot_table(index="year", columns="area_code", values="per_head")
            own, england = wide[self.councils.area.code].dropna(), wide[common.ENGLAND]
            peers = wide.loc[last].reindex(self.councils.codes).dropna()
            years = [int(str(y)) for y in own.index]
            # from the first year with the same duties, if the area has it
            start = min(y for y in years if y >= min(common.BASE_YEARS.get(line, FIRST_YEAR), max(years)))
            rows.append(
                {
                    "service": line,
                    "name": name,
                    "year": last,
                    "per_head": float(own.loc[last]),
                    "england": float(england.loc[last]),
                    "rank": int((peers > own.loc[last]).sum()) + 1,
                    "peers": len(peers),
                    "since": start,
                    "change": float(own.loc[last] / own.loc[start] - 1),
                    "change_england": float(england.loc[last] / england.loc[start] - 1),
                }
            )
        return pd.DataFrame(rows)

    def chart(self) -> charts.Chart:
        """Draw real spending per head by service in the area."""
        own = self.spending[self.spending["area_code"] == self.councils.area.code]
        years = range(FIRST_YEAR, int(self.spending["year"].max()) + 1)
        grid = pd.MultiIndex.from_product([list(_NAMES), years], names=["line", "year"])
        data = own.set_index(["line", "year"])["per_head"].reindex(grid).reset_index()
        data = data[data["year"] >= data["line"].map(_FIRST_YEARS)]
        return charts.line_chart(
            data.assign(service=data["line"].map(_NAMES)),
            x="year",
            y="per_head",
            series="service",
            x_format=lambda v: financial_year(int(v)),
            y_format=common.pounds,
            markers=True,
            caption=words.spending_by_service(self),
        )

    def table(self) -> charts.Table:
        """Show spending by service against England and peers."""
        return charts.page_table(
            self.by_service,
            [
                charts.made_column("Service", ["name"], str.capitalize),
                charts.value_column(f"Per head {financial_year(self.latest)}", "per_head", common.pounds),
                charts.value_column("England", "england", common.pounds),
                charts.made_column("Rank", ["rank", "peers"], words.rank),
                charts.value_column("Since", "since", lambda v: financial_year(int(v))),
                charts.share_column("Change", "change"),
                charts.share_column("England, change", "change_england"),
            ],
            table_id="spending-of-services",
            caption=words.tables(self.councils.area)["spending-of-services"],
            source=common.source_line("council_outturn", "gdp_deflator"),
        )


@dataclass(frozen=True)
class Need:
    """Spending on adult social care and public health together over what deprivation and age would lead one to expect."""

    councils: Councils
    panel: pd.DataFrame = field(repr=False)

    @cached_property
    def against_need(self) -> pd.DataFrame:
        """Spending over expectation by peer, with 95% intervals of the expectation."""
        both = ["adult_social_care_spending", "public_health_spending"]
        p = self.panel[self.panel["year"].between(*NEED_YEARS)].dropna(subset=both)
        p = p.assign(both=p[both].sum(axis=1))
        fit = panel(
            p,
            outcome="both",
            regressors=list(common.NEED),
            area="area_code",
            logs=["both"],
            effects="between",
            errors="HC3",
        )
        means = p.groupby("area_code")[["both", *common.NEED, "population"]].mean()
        X = np.column_stack([np.ones(len(means)), means[list(common.NEED)].to_numpy(float)])
        order = ["const", *common.NEED]
        V = fit.covariance.loc[order, order].to_numpy(float)
        predicted = np.exp(X @ fit.params["estimate"].loc[order].to_numpy(float))
        people, actual = means["population"].to_numpy(float), means["both"].to_numpy(float)
        # so that England as a whole spends what is expected of it
        predicted *= (people @ actual) / (people @ predicted)
        W = self.councils.shares.reindex(means.index)
        z = float(normal_quantiles(0.95)[0])
        rows = []
        for peer in self.councils.peers:
            w = W[peer.code].to_numpy(float) * people
            if w.sum() < COVERED_FOR_NEED * self.councils.people(peer.code, *NEED_YEARS):
                continue
            expected = float(w @ predicted / w.sum())
            x = (w * predicted) @ X / float(w @ predicted)
            se = float(np.sqrt(x @ V @ x))
            ratio = float(w @ actual / w.sum()) / expected
            rows.append(
                {
                    "area_code": peer.code,
                    "name": common.plain_name(peer.short_name),
                    "actual": ratio * expected,
                    "expected": expected,
                    "difference": 100 * (ratio - 1),
                    "lower": 100 * (ratio * np.exp(-z * se) - 1),
                    "upper": 100 * (ratio * np.exp(z * se) - 1),
                }
            )
        result = pd.DataFrame(rows).sort_values(["difference", "area_code"], ascending=[False, True])
        return result.reset_index(drop=True)

    def chart(self) -> charts.Chart:
        """Draw spending against need for the area and its peers."""
        return charts.interval_chart(
            self.against_need,
            label="name",
            value="difference",
            lower="lower",
            upper="upper",
            focus=[common.plain_name(self.councils.area.short_name)],
            reference=0.0,
            reference_text="as expected",
            value_format=common.signed_percent,
            x_label="more or less than expected",
            caption=words.spending_against_need(self, NEED_YEARS),
        )
