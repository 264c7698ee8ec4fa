"""Chapter "Postcode lottery": its splits recomputed in another way, and its words under other findings."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.postcode_lottery.chapter import ON, PostcodeLottery, within_boards
from healthdevo.chapters.postcode_lottery.chapter import _beta_short as beta_short
from healthdevo.chapters.postcode_lottery.chapter import _peak_words as peak_words
from healthdevo.chapters.postcode_lottery.chapter import _sigma_short as sigma_short
from healthdevo.charts.table import Table


@pytest.fixture(scope="module")
def chapter() -> PostcodeLottery:
    return PostcodeLottery.load()


def variance(values: np.ndarray, weights: np.ndarray) -> float:
    w = weights / weights.sum()
    return float(w @ (values - w @ values) ** 2)


def means(values: pd.Series, weights: pd.Series, groups: pd.Series) -> pd.Series:
    sums = (values * weights).groupby(groups).sum() / weights.groupby(groups).sum()
    return groups.map(sums)


def test_mortality_split_recomputed(chapter: PostcodeLottery) -> None:
    split = chapter.mortality_splits["ohid_2026", 2019]
    rows = tables.load("under_75_mortality").query(
        "edition == 'ohid_2026' and year == 2019 and sex == 'persons'"
    )
    rows = rows[rows["area_code"] != "E92000001"].set_index("area_code")["rate"].astype(float)
    size = (
        tables.load("population_year").query("year == 2019").set_index("area_code")["persons"].astype(float)
    )
    size = size.reindex(rows.index)
    region = pd.Series(
        {d.code: a.code for a in areas.list_areas("region") for d in areas.members(a.code, "district", ON)}
    )
    upper = {
        d.code: a.code for a in areas.list_areas("county", ON) for d in areas.members(a.code, "district", ON)
    }
    authority = pd.Series({c: upper.get(c, c) for c in rows.index})
    region = region.reindex(rows.index)
    w = size.to_numpy()
    first = variance(means(rows, size, region).to_numpy(), w)
    second = variance(means(rows, size, authority).to_numpy(), w)
    whole = variance(rows.to_numpy(), w)
    assert split.raw.estimate == pytest.approx([first, second - first, whole - second])
    assert split.clear is not None
    error = (chapter.mortality_errors["ohid_2026"].reindex(rows.index) * rows).to_numpy()
    p = w / w.sum()
    assert split.clear.noise.sum() == pytest.approx(float(p @ error**2 - (p**2) @ error**2))


def test_life_split_adds_the_gradient_inside_districts(chapter: PostcodeLottery) -> None:
    split = chapter.life_splits["male", 2019]
    published = tables.load("slope_index_life_expectancy").query(
        "edition == 'ohid_2026' and sex == 'male' and period_start_year == 2019 and area_code != 'E92000001'"
    )
    slope = published.set_index("area_code")["slope_index"].astype(float)
    life = tables.load("life_expectancy_area").query("sex == 'male' and period_start_year == 2019")
    life = life.set_index("area_code")["life_expectancy"].astype(float)
    both = pd.DataFrame({"life": life, "slope": slope}).dropna()
    both = both[both.index.isin(chapter.region_of.index)]
    w = chapter.size.reindex(both.index).to_numpy(float)
    # ten steps of a line of rise s have a variance of s squared over twelve, less a hundredth
    inside = float((w / w.sum()) @ both["slope"].to_numpy() ** 2) * 0.99 / 12
    assert split.units == len(both)
    assert split.raw.estimate[2] == pytest.approx(inside)
    assert split.raw.estimate[:2].sum() == pytest.approx(variance(both["life"].to_numpy(), w))
    assert split.frame()["share"].sum() == pytest.approx(1.0)


def test_shares_sum_to_one_and_noise_is_small_where_areas_are_large(chapter: PostcodeLottery) -> None:
    everything = chapter.over_time.groupby(["outcome", "when", "edition"])["share"].sum()
    assert np.allclose(everything, 1.0)
    assert (
        chapter.over_time.loc[chapter.over_time["part"] == "between regions", "noise_share"].abs() < 0.02
    ).all()


def test_emergency_years_are_complete(chapter: PostcodeLottery) -> None:
    years = sorted(chapter.emergency_splits)
    assert 2019 not in years
    assert all(s.units == 42 for s in chapter.emergency_splits.values())


def test_manchester_against_its_districts(chapter: PostcodeLottery) -> None:
    row = chapter.manchester
    members = [a.code for a in areas.members("E47000001", "district", ON)]
    rates = tables.load("under_75_mortality").query("edition == 'ohid_2026' and sex == 'persons'")
    wide = rates.pivot_table(index="area_code", columns="year", values="rate")
    w = chapter.size.reindex(members).to_numpy(float)
    inside = within_boards().query("container_code == 'E54000057'").set_index("area_code")["share"]
    assert inside.reindex(members).min() > 0.98
    ratio = (w @ wide.loc[members].to_numpy(float) / w.sum()) / wide.loc["E92000001"].to_numpy(float)
    assert row["end"] == pytest.approx(ratio[-3:].mean(), abs=0.01)
    assert row["start"] == pytest.approx(ratio[:3].mean(), abs=0.01)
    spread = chapter.inner_spread.set_index("area").loc["Greater Manchester"]
    assert spread["districts"] == len(members)
    plain = np.sqrt(variance(wide.loc[members].iloc[:, -3:].mean(axis=1).to_numpy(float), w))
    assert 0.8 * plain < spread["end"] * (w @ wide.loc[members].iloc[:, -3:].mean(axis=1) / w.sum()) < plain


def test_convergence_is_cleared_of_regression_to_the_mean(chapter: PostcodeLottery) -> None:
    c = chapter.convergence.iloc[0]
    wide = chapter._rates("ohid_2023")[[2010, 2019]].dropna()
    logs = np.log(wide.to_numpy(float))
    slope = np.polyfit(logs[:, 0], (logs[:, 1] - logs[:, 0]) / 9, 1)[0]
    assert c["slope_uncorrected"] == pytest.approx(slope)
    noise = float((chapter.mortality_errors["ohid_2023"].reindex(wide.index) ** 2).mean())
    reliability = 1 - noise / logs[:, 0].var(ddof=1)
    assert c["slope"] == pytest.approx((slope + (1 - reliability) / 9) / reliability)
    assert c["ratio"] == pytest.approx(logs[:, 1].std() / logs[:, 0].std())


def test_composition_share(chapter: PostcodeLottery) -> None:
    rows = chapter.composition.query("sex == 'male'")
    w = chapter.size.reindex(rows["area_code"]).to_numpy(float)
    correlation = np.cov(rows["predicted"], rows["life"], aweights=w)
    squared = correlation[0, 1] ** 2 / correlation[0, 0] / correlation[1, 1]
    assert squared < chapter.composition_share["male"] < 1.1 * squared


def test_the_answer_follows_the_numbers(chapter: PostcodeLottery) -> None:
    texts = chapter.texts()
    assert all(t.strip() and not re.search(r"\bnan\b", t) for t in texts.values())
    better = chapter.board_changes.assign(change=-0.1, lower=-0.15, upper=-0.05)
    worse = chapter.board_changes.assign(change=0.1, lower=0.05, upper=0.15)
    flat = chapter.convergence.assign(ratio_lower=0.8, ratio_upper=0.9)
    for frame, words in ((better, "gained on England"), (worse, "lost ground to England")):
        other = replace(chapter)
        other.__dict__.update(
            {k: v for k, v in chapter.__dict__.items() if k not in ("board_changes", "convergence")}
        )
        other.__dict__["board_changes"] = frame
        other.__dict__["convergence"] = flat
        answer = other.texts()["answer"]
        assert words in answer
        assert "widened in none" in answer
    assert "is a question for comparisons" not in answer


def test_short_verdicts() -> None:
    row = {
        "outcome": "preventable deaths",
        "slope_lower": -2.0,
        "slope_upper": -1.0,
        "ratio_lower": 1.1,
        "ratio_upper": 1.2,
    }
    assert beta_short(row) == "those that started high came down faster"
    assert beta_short(row | {"outcome": "life expectancy"}) == "those that started low caught up"
    assert (
        beta_short(row | {"slope_lower": 1.0, "slope_upper": 2.0})
        == "those that started high moved further up"
    )
    assert beta_short(row | {"slope_upper": 1.0}) == "no catching up beyond noise"
    assert sigma_short(row) == "the spread widened"
    assert sigma_short(row | {"ratio_lower": 0.8, "ratio_upper": 0.9}) == "the spread narrowed"
    assert "peaked in 2020 and is now 10% above 2019" in peak_words(
        pd.Series({2019: 1.0, 2020: 2.0, 2021: 1.1})
    )
    assert "at its widest, 50% below" not in peak_words(pd.Series({2019: 1.0, 2020: 1.5}))


@pytest.mark.parametrize(
    "name",
    [
        "shares_chart",
        "life_time_chart",
        "mortality_time_chart",
        "regions_time_chart",
        "convergence_chart",
        "boards_chart",
    ],
)
def test_charts(chapter: PostcodeLottery, name: str) -> None:
    chart = getattr(chapter, name)()
    assert len(chart.data) > 0
    assert not re.search(r"\bnan\b", chart.title + chart.alt)


@pytest.mark.parametrize("name", ["shares_table", "convergence_table", "inner_spread_table"])
def test_tables(chapter: PostcodeLottery, name: str) -> None:
    table = getattr(chapter, name)()
    assert not table.shown.isin(["nan", "not available"]).to_numpy().any()


def test_charts_and_tables_have_names_of_their_own(chapter: PostcodeLottery) -> None:
    methods = [n for n in dir(PostcodeLottery) if n.endswith(("_chart", "_table"))]
    made = [getattr(chapter, n)() for n in methods]
    names = [m.table_id if isinstance(m, Table) else m.figure_id for m in made]
    assert len(made) == 9
    assert len(set(names)) == len(names)
