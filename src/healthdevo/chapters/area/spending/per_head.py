"""Real spending per head of every area of a kind and of England, by service and year: the same for all pages of the kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from healthdevo.chapters.area.spending.councils import COVERED, merged
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.common.money import real_terms
from healthdevo.chapters.common.places import ENGLAND

EVERYTHING = "net_current_expenditure"
"""The service whose rows say how many people each council's return stands for."""


def _by_area(rows: pd.DataFrame, shares: pd.DataFrame, column: str, keys: list[str]) -> pd.DataFrame:
    """Add up a column of councils by area, each council by the share of its people; England included."""
    weights = shares.assign(**{ENGLAND: 1.0})
    values = weights.reindex(rows["area_code"]).to_numpy(float) * rows[column].to_numpy(float)[:, None]
    frame = pd.DataFrame(values, columns=weights.columns).assign(**{k: rows[k].to_numpy() for k in keys})
    return frame.groupby(keys).sum().reset_index().melt(keys, var_name="area_code", value_name=column)


def reporting(
    outturn: pd.DataFrame,
    shares: pd.DataFrame,
    population: pd.DataFrame,
    final: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Return people of each upper-tier council that reported, by year; those of shire districts would count twice.

    A few councils merged later have no population of their own in the table. The population of all that went into the same successors
    (``final``) is then split evenly, which leaves the sum right; their shares of areas are the same, or the councils are left out.
    """
    upper = outturn[
        ~outturn["area_code"].str.startswith("E07") & (outturn["service"].astype(str) == EVERYTHING)
    ]
    names = {"financial_year_start": "year", "population": "reporting"}
    heads = upper[["area_code", *names]].rename(columns=names)
    people = population.set_index(["area_code", "year"])["persons"].to_dict()
    filled: dict[tuple[str, int], float] = {}
    for year, rows in heads[heads["reporting"].isna()].groupby("year"):
        for group, successors in merged({str(c): final[str(c)] for c in rows["area_code"]}):
            total = sum(float(people.get((f, year), np.nan)) for f in successors)
            same = shares.loc[group].to_numpy(float)
            if np.allclose(same, same[0]):
                filled |= {(code, int(str(year))): total / len(group) for code in group}
    pairs = zip(heads["area_code"], heads["year"], strict=True)
    split = pd.Series([filled.get((str(c), int(y)), np.nan) for c, y in pairs], index=heads.index)
    own = heads["reporting"].astype(float).fillna(split)
    return heads.assign(reporting=own).dropna(subset=["reporting"])


@kept
def spending_per_head(
    outturn: pd.DataFrame,
    deflator: pd.DataFrame,
    shares: pd.DataFrame,
    population: pd.DataFrame,
    final: Mapping[str, Sequence[str]],
    lines: Mapping[str, str],
    first_years: Mapping[str, int],
) -> pd.DataFrame:
    """Return real spending per head by area, line and year, with the share of people covered; England included.

    ``lines`` says which line a service belongs to, ``first_years`` from when each line is shown.
    """
    heads = reporting(outturn, shares, population, final)
    rows = outturn[outturn["service"].isin(list(lines))]
    rows = rows.rename(columns={"financial_year_start": "year"}).assign(
        line=rows["service"].astype(str).map(lines),
        real=real_terms(rows, deflator, "spending", "financial_year_start"),
    )
    rows = rows[rows["year"] >= rows["line"].map(first_years)]
    known = set(zip(heads["area_code"], heads["year"], strict=True))
    pairs = zip(rows["area_code"], rows["year"], strict=True)
    rows = rows[[code.startswith("E07") or (code, year) in known for code, year in pairs]]
    sums = rows.groupby(["line", "year", "area_code"], observed=True)["real"].sum().reset_index()
    place = ["year", "area_code"]
    frame = _by_area(sums, shares, "real", ["line", "year"])
    frame = frame.merge(_by_area(heads, shares, "reporting", ["year"]), on=place, how="left")
    frame = frame.merge(population[[*place, "persons"]], on=place, how="left")
    covered = frame["reporting"] / frame["persons"]
    per_head = frame["real"] / frame["reporting"]
    # England keeps its figure: a council without a return leaves both sums
    shown = (covered >= COVERED) | (frame["area_code"] == ENGLAND)
    return frame.assign(covered=covered, per_head=per_head.where(shown))
