"""Published indices: counted and compared in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.inequality import Inequality, words
from healthdevo.chapters.inequality.reproduction import Reproduction

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def reproduction() -> Reproduction:
    return Inequality.load().reproduction


def fitted(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Ends of the weighted line on mid-ranks, by numpy's polynomial fit."""
    share = weights / weights.sum()
    slope, start = np.polyfit(share.cumsum() - share / 2, values, 1, w=np.sqrt(share))
    return float(start), float(start + slope)


def test_reproduction_counts_matches_of_the_latest_edition(reproduction: Reproduction) -> None:
    deciles = tables.load("life_expectancy_decile").sort_values("decile")
    published = tables.load("slope_index_life_expectancy").query(
        "area_code == @ENGLAND and edition == 'ohid_2026'"
    )
    people = tables.load("population_deprivation_decile").query(
        "area_code == @ENGLAND and index_year == 2019"
    )
    weights = people.sort_values("decile")["population"].to_numpy(float)
    matched = 0
    for row in published.itertuples():
        part = deciles.query("period_start_year == @row.period_start_year and sex == @row.sex")
        low, high = fitted(part["life_expectancy"].to_numpy(float), weights)
        matched += f"{high - low:.1f}" == f"{row.slope_index:.1f}"
    counted = reproduction.indices.query("edition == 'ohid_2026'")["verdict"].value_counts()
    assert counted["matches"] == matched
    assert counted.sum() == len(published)
    assert (
        f"match {matched} of {len(published)} published"
        in words.reproduction_texts(reproduction, 1.0)["reproduction"]
    )


def test_every_published_index_is_accounted_for(reproduction: Reproduction) -> None:
    summary = reproduction.summary
    assert summary["published"].sum() == len(tables.load("slope_index_life_expectancy"))
    england = summary[summary["areas"] == "England"]
    parts = england[["matches", "within_rounding", "beyond_rounding"]].sum(axis=1)
    assert (parts == england["recomputed"]).all()
    assert (summary.loc[summary["areas"] != "England", "recomputed"] == 0).all()


def test_a_published_index_that_is_wrong_is_called_beyond_rounding(reproduction: Reproduction) -> None:
    wrong = reproduction.published.assign(slope_index=reproduction.published["slope_index"] + 1.0)
    other = replace(reproduction, published=wrong)
    verdicts = other.indices.query("edition == 'ohid_2026'")
    assert set(verdicts["verdict"]) == {"beyond rounding"}
    assert set(verdicts["why"]) == {"not explained by rounding or by the weights we could try"}


def test_editions_are_compared_pair_by_pair(reproduction: Reproduction) -> None:
    wide = tables.load("slope_index_life_expectancy").query("area_code != @ENGLAND")
    a, b = (
        wide[wide["edition"] == e].set_index(["area_code", "period_start_year", "sex"])["slope_index"]
        for e in ("ohid_2022", "ohid_2026")
    )
    both_editions = pd.concat([a, b], axis=1, join="inner")
    row = reproduction.edition_agreement.iloc[-1]
    assert row["pairs"] == len(both_editions)
    assert row["largest"] == pytest.approx((both_editions.iloc[:, 1] - both_editions.iloc[:, 0]).abs().max())


def test_likely_rounding_is_that_of_the_line_and_of_the_index(reproduction: Reproduction) -> None:
    people = reproduction.gradient.weights.to_numpy(float)
    moved = [fitted(np.eye(10)[i], people) for i in range(10)]
    square = sum((high - low) ** 2 for low, high in moved) + 1.0
    assert reproduction.rounding_likely == pytest.approx(1.959964 * np.sqrt(square / 12) / 10, rel=1e-6)
