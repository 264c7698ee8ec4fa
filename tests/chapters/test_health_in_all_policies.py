"""The chapter on health in all policies: shares recomputed, lagged panels recomputed, sentences that follow the numbers."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

import healthdevo.chapters.health_in_all_policies.chapter as module
from healthdevo import tables
from healthdevo.chapters.health_in_all_policies.chapter import DETERMINANTS, HealthInAllPolicies
from healthdevo.chapters.spending.chapter import OUTCOME


@pytest.fixture(scope="module")
def chapter() -> HealthInAllPolicies:
    return HealthInAllPolicies.load(draws=60)


def r_squared(y: np.ndarray, X: np.ndarray) -> float:
    design = np.column_stack([np.ones(len(y)), X])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - float(left @ left) / float(((y - y.mean()) ** 2).sum())


def test_shares_between_areas_are_averages_over_all_orders(chapter):
    columns = [c for members in DETERMINANTS.values() for c in members]
    rows = tables.load("area_year_panel").dropna(subset=[OUTCOME, *columns])
    means = rows.assign(y=np.log(rows[OUTCOME])).groupby("area_code")[["y", *columns]].mean()
    y = means["y"].to_numpy()
    names = list(DETERMINANTS)
    value = {
        chosen: r_squared(y, means[[c for n in chosen for c in DETERMINANTS[n]]].to_numpy())
        if chosen
        else 0.0
        for size in range(len(names) + 1)
        for chosen in itertools.combinations(names, size)
    }
    work = 0.0
    rest = [n for n in names if n != "work"]
    for size in range(len(rest) + 1):
        weight = math.factorial(size) * math.factorial(len(rest) - size) / math.factorial(len(names))
        for chosen in itertools.combinations(rest, size):
            joined = tuple(n for n in names if n in chosen or n == "work")
            work += weight * (value[joined] - value[chosen])
    result = chapter.between
    assert result["work"].estimate == pytest.approx(work, abs=1e-8)
    assert result.r2 == pytest.approx(value[tuple(names)])
    assert result.estimate.sum() == pytest.approx(result.r2)


def test_variance_splits_into_areas_years_and_the_rest(chapter):
    rows = tables.load("area_year_panel").dropna(subset=[OUTCOME])
    wide = np.log(rows.pivot_table(index="area_code", columns="year", values=OUTCOME).dropna())
    whole = ((wide - wide.to_numpy().mean()) ** 2).to_numpy().sum()
    areas = wide.shape[1] * ((wide.mean(axis=1) - wide.to_numpy().mean()) ** 2).sum()
    shares = chapter.variance
    assert shares["areas"] == pytest.approx(areas / whole)
    assert sum(shares.values()) == pytest.approx(1)
    assert 0 < chapter.noise < 1.5


def test_a_lagged_link_is_a_regression_with_area_and_year_effects(chapter):
    rows = tables.load("area_year_panel")
    rows = rows[rows["year"] <= 2019]
    y, x = np.log(rows[OUTCOME]), rows["claimant_rate"]
    frame = rows[["area_code", "year"]].assign(y=y / y.std(), x=x / x.std())
    before = frame.assign(year=frame["year"] + 1).rename(columns={"y": "y1", "x": "x1"})
    both = frame.merge(before, on=["area_code", "year"]).dropna()
    dummies = pd.get_dummies(both[["area_code", "year"]].astype(str), drop_first=True, dtype=float).to_numpy()
    design = np.column_stack([np.ones(len(both)), both[["x1", "y1"]], dummies])
    expected = np.linalg.lstsq(design, both["y"].to_numpy(), rcond=None)[0][1]
    row = chapter.lagged.query(
        "sample == 'before the pandemic' and lag == 1 and direction == 'benefit claims to deaths'"
    )
    assert row["estimate"].iloc[0] == pytest.approx(expected, abs=1e-8)


def test_both_directions_are_shown_for_every_pair(chapter):
    counts = chapter.lagged.groupby(["sample", "lag"])["to_health"].agg(["sum", "size"])
    assert (counts["sum"] * 2 == counts["size"]).all()
    assert (chapter.lagged["holm"] >= chapter.lagged["p_value"] - 1e-12).all()


def test_words_follow_the_numbers(chapter):
    frame = chapter.lagged.assign(holm=1.0)
    assert "none of 8 links from prosperity to health and none of 8" in module.lagged_words(frame)
    one = frame.assign(
        holm=np.where((frame["sample"] == "before the pandemic") & frame["to_health"], 0.01, 1.0)
    )
    assert "8 of 8 links from prosperity to health and 0 of 8" in module.lagged_words(one)
    texts = chapter.texts()
    assert f"{100 * chapter.between.r2:.0f}%" in texts["hiap_headline"]
    assert "do not show health following" in texts["hiap_headline"]
    assert "do not show" not in module.headline(chapter.between, chapter.between, chapter.between)
    assert all(text.strip() for text in texts.values())


def test_charts_say_what_was_computed(chapter):
    assert f"{100 * chapter.within.r2:.0f}%" in chapter.within_chart().title
    changes = chapter.income_changes
    weak = abs(np.corrcoef(changes["household_income_per_head"], changes[OUTCOME])[0, 1]) < 0.3
    assert ("did not see" in chapter.income_change_chart().title) == weak
    ids = [
        c.figure_id
        for c in (
            chapter.explained_chart(),
            chapter.between_chart(),
            chapter.income_level_chart(),
            chapter.lagged_chart(),
        )
    ]
    tables_ = [chapter.shares_table().table_id, chapter.lagged_table().table_id]
    assert len({*ids, *tables_}) == len(ids) + len(tables_)
