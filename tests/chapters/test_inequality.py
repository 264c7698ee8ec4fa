"""Chapter "Inequality": its numbers recomputed from the tables in another way, and its words under other findings."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.inequality.chapter import Inequality, moved, period, slope_series
from healthdevo.chapters.inequality.chapter import _beyond_words as beyond_words
from healthdevo.chapters.inequality.chapter import _both as both
from healthdevo.charts.table import Table

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def chapter() -> Inequality:
    return Inequality.load()


def fitted(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Ends of the weighted line on mid-ranks, by numpy's polynomial fit."""
    share = weights / weights.sum()
    slope, start = np.polyfit(share.cumsum() - share / 2, values, 1, w=np.sqrt(share))
    return float(start), float(start + slope)


def test_slopes_are_those_of_a_weighted_line(chapter: Inequality) -> None:
    people = tables.load("population_deprivation_decile").query(
        "area_code == @ENGLAND and index_year == 2019"
    )
    people = people.sort_values("decile")["population"].to_numpy(float)
    rows = tables.load("life_expectancy_decile").query("period_start_year == 2018").sort_values("decile")
    for sex, part in rows.groupby("sex"):
        for measure in ("life_expectancy", "healthy_life_expectancy"):
            low, high = fitted(part[measure].to_numpy(float), people)
            one = chapter.gap(measure, str(sex), 2018)
            assert one["slope"] == pytest.approx(high - low, abs=1e-9)
            assert one["relative"] == pytest.approx(high / low, abs=1e-9)
            values = part[measure].to_numpy(float)
            assert one["gap"] == pytest.approx(values[-1] - values[0])
            assert one["ratio"] == pytest.approx(values[-1] / values[0])


def test_reproduction_counts_matches_of_the_latest_edition(chapter: Inequality) -> None:
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
    counted = chapter.reproduction.query("edition == 'ohid_2026'")["verdict"].value_counts()
    assert counted["matches"] == matched
    assert counted.sum() == len(published)
    assert f"match {matched} of {len(published)} published" in chapter.texts()["reproduction"]


def test_every_published_index_is_accounted_for(chapter: Inequality) -> None:
    summary = chapter.reproduction_summary
    assert summary["published"].sum() == len(tables.load("slope_index_life_expectancy"))
    england = summary[summary["areas"] == "England"]
    parts = england[["matches", "within_rounding", "beyond_rounding"]].sum(axis=1)
    assert (parts == england["recomputed"]).all()
    assert (summary.loc[summary["areas"] != "England", "recomputed"] == 0).all()


def test_a_published_index_that_is_wrong_is_called_beyond_rounding(chapter: Inequality) -> None:
    wrong = chapter.published.assign(slope_index=chapter.published["slope_index"] + 1.0)
    other = replace(chapter, published=wrong)
    verdicts = other.reproduction.query("edition == 'ohid_2026'")
    assert set(verdicts["verdict"]) == {"beyond rounding"}
    assert set(verdicts["why"]) == {"not explained by rounding or by the weights we could try"}


def test_changes_of_areas_and_their_adjustment(chapter: Inequality) -> None:
    changes = chapter.area_changes.query("edition == 'ohid_2026'").reset_index(drop=True)
    raw = tables.load("slope_index_life_expectancy").query(
        "edition == 'ohid_2026' and area_code == 'E06000047' and sex == 'male'"
    )
    ends = raw.set_index("period_start_year")["slope_index"]
    row = changes.query("area_code == 'E06000047' and sex == 'male'").iloc[0]
    assert row["change"] == pytest.approx(ends[2022] - ends[2015])
    assert row["z"] == pytest.approx(row["change"] / row["standard_error"])
    p = np.sort(changes["p_value"].to_numpy())
    kept = np.flatnonzero(p <= 0.1 * np.arange(1, p.size + 1) / p.size)
    assert changes["beyond_noise"].sum() == (kept.max() + 1 if kept.size else 0)
    # were the standard errors far off, z would not spread about as a normal variable does
    assert 0.8 < changes["z"].std() < 1.3


def test_noise_of_overlapping_periods_against_a_plain_formula(chapter: Inequality) -> None:
    series = slope_series(chapter.published, "ohid_2026", "female").dropna()
    steps = np.diff(series.to_numpy(), axis=1)
    steps = steps - np.median(steps, axis=0)
    steps = steps - steps.mean(axis=1, keepdims=True)
    n = steps.shape[1]
    plain = np.sqrt(1.5 * (steps**2).sum(axis=1).mean() / (n - 3 / n))
    found = chapter.area_changes.query("edition == 'ohid_2026' and sex == 'female'")["standard_error"]
    assert np.sqrt((found**2).mean() / 2) == pytest.approx(plain, rel=0.06)


def test_errors_of_deciles_are_plausible(chapter: Inequality) -> None:
    for sex in ("female", "male"):
        assert 0.02 < chapter.decile_error("life_expectancy", sex, 2018, 2020) < 0.1
        wide = chapter.decile_error("healthy_life_expectancy", sex, 2018, 2020)
        rows = chapter.healthy.query(
            "area_code == @ENGLAND and sex == @sex and period_start_year == 2018"
        ).iloc[0]
        assert wide == pytest.approx((rows["upper"] - rows["lower"]) / 3.919928 * np.sqrt(10), rel=1e-5)


def test_words_follow_the_numbers(chapter: Inequality) -> None:
    assert moved(0.5, -0.1, 1.1) == "did not change beyond noise"
    assert (
        both("rose by 1.0 years", "fell by 1.0 years")
        == "rose by 1.0 years for women and fell by 1.0 years for men"
    )
    assert both("did not change beyond noise", "did not change beyond noise").endswith("for either sex")
    assert (
        beyond_words(chapter.area_changes.assign(beyond_noise=False))
        == "no district's index changed beyond noise"
    )
    years = sorted(chapter.deciles["period_start_year"].unique())
    turned = chapter.deciles.assign(
        period_start_year=chapter.deciles["period_start_year"].map(
            dict(zip(years, reversed(years), strict=True))
        ),
    )
    turned["period_end_year"] = turned["period_start_year"] + 2
    other = replace(chapter, deciles=turned)
    assert "fell by" in other.slope_chart().title
    assert "rose by" in chapter.slope_chart().title


def test_texts_are_finished_wordings(chapter: Inequality) -> None:
    for name, text in chapter.texts().items():
        assert text.strip(), name
        assert not re.search(r"\bnan\b", text), name
        assert "not available" not in text, name
    assert chapter.texts()["last_period"] == period(2022, 2024)


@pytest.mark.parametrize(
    "name", ["decile_chart", "slope_chart", "healthy_chart", "reproduction_chart", "changes_chart"]
)
def test_charts(chapter: Inequality, name: str) -> None:
    chart = getattr(chapter, name)()
    assert len(chart.data) > 0
    assert not re.search(r"\bnan\b", chart.title + chart.alt)
    assert chart.source


@pytest.mark.parametrize(
    "name",
    ["measures_table", "reproduction_table", "reproduction_summary_table", "weighting_table", "change_table"],
)
def test_tables(chapter: Inequality, name: str) -> None:
    table: Table = getattr(chapter, name)()
    assert not table.shown.isin(["nan"]).to_numpy().any()
    assert len(table.data) > 0


def test_charts_and_tables_have_names_of_their_own(chapter: Inequality) -> None:
    methods = [n for n in dir(Inequality) if n.endswith(("_chart", "_table"))]
    made = [getattr(chapter, n)() for n in methods]
    names = [m.table_id if isinstance(m, Table) else m.figure_id for m in made]
    assert len(made) == 10
    assert len(set(names)) == len(names)


def test_editions_are_compared_pair_by_pair(chapter: Inequality) -> None:
    wide = tables.load("slope_index_life_expectancy").query("area_code != @ENGLAND")
    a, b = (
        wide[wide["edition"] == e].set_index(["area_code", "period_start_year", "sex"])["slope_index"]
        for e in ("ohid_2022", "ohid_2026")
    )
    both_editions = pd.concat([a, b], axis=1, join="inner")
    row = chapter.edition_agreement.iloc[-1]
    assert row["pairs"] == len(both_editions)
    assert row["largest"] == pytest.approx((both_editions.iloc[:, 1] - both_editions.iloc[:, 0]).abs().max())
