"""The one call from deaths and populations to the slope index of life expectancy."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.inequality.expectancy_gradients import life_expectancy_gradients, life_expectancy_gradients_by
from healthdevo.inequality.gradients import slope_index
from healthdevo.inequality.life_expectancies import life_expectancy

GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
AGES = [0, 1, *range(5, 95, 5)]
COLUMNS = {"by": "area", "group": "decile", "age": "age", "deaths": "deaths", "population": "pops"}


@needs_golden
def test_golden_pipeline():
    folder = Path(GOLDEN) / "inequality" / "pipeline"
    data, first, second = (pd.read_csv(folder / f"le_sii_{n}.csv") for n in ("in", "step1_out", "step2_out"))
    result = life_expectancy_gradients_by(
        data.sample(frac=1, random_state=1), levels=(0.95, 0.998), **COLUMNS
    )
    lives, first = result.life_expectancies, first.set_index(["area", "decile"])
    at = [lives.index.get_loc(key) for key in first.index]
    np.testing.assert_allclose(lives.estimate[at], first["value"], rtol=1e-9)
    np.testing.assert_allclose(lives.lower[at, 0], first["lowercl"], rtol=1e-9)
    np.testing.assert_allclose(lives.standard_error[at], first["se"], rtol=1e-9)
    slope, second = result.slope, second.set_index("area")
    at = [slope.index.get_loc(key) for key in second.index]
    np.testing.assert_allclose(slope.estimate[at], second["sii"], rtol=1e-8)
    np.testing.assert_allclose(slope.relative.estimate[at], second["rii"], rtol=1e-8)
    for j, (name, allowed) in enumerate((("95_0", 0.0107), ("99_8", 0.0376))):
        for part, measure in ((slope, "sii"), (slope.relative, "rii")):
            for side in ("lower", "upper"):
                gap = np.abs(getattr(part, side)[at, j] - second[f"{measure}_{side}{name}cl"])
                assert (gap <= allowed * part.standard_error[at]).all()


def drawn(seed=0, areas=3, groups=5):
    generator = np.random.default_rng(seed)
    people = generator.integers(800, 3000, (areas, groups, len(AGES))).astype(float)
    risk = 0.0004 * np.exp(0.08 * np.array(AGES)) * np.linspace(1.4, 0.8, groups)[:, None]
    return generator.binomial(people.astype(int), np.minimum(risk, 0.6)).astype(float), people


def tidy(deaths, people):
    areas, groups, _ = deaths.shape
    index = pd.MultiIndex.from_product([[f"a{i}" for i in range(areas)], range(1, groups + 1), AGES])
    frame = pd.DataFrame(
        {"deaths": deaths.ravel(), "pops": people.ravel()}, index=index.set_names(["area", "decile", "age"])
    )
    return frame.reset_index()


def test_the_pipeline_is_its_two_steps():
    deaths, people = drawn()
    result = life_expectancy_gradients(deaths, people, AGES, at=65)
    steps = [life_expectancy(d, p, AGES, at=65) for d, p in zip(deaths, people, strict=True)]
    above = people[:, :, AGES.index(65) :].sum(axis=2)
    slope = slope_index(
        [s.estimate for s in steps],
        above,
        standard_errors=[s.standard_error for s in steps],
        higher_is="better",
    )
    np.testing.assert_allclose(result.slope.estimate, slope.estimate, rtol=1e-12)
    np.testing.assert_allclose(result.slope.upper, slope.upper, rtol=1e-12)
    assert result.slope[1].unit == "years"


def test_rows_and_labels_in_any_order():
    deaths, people = drawn(1)
    frame = tidy(deaths, people)
    labels = {a: "90+" if a == 90 else "<1" if a == 0 else f"{a}-{a + 4 if a >= 5 else 4}" for a in AGES}
    worded = frame.assign(
        age=frame["age"].map(labels),
        decile=pd.Categorical(
            "d" + frame["decile"].astype(str), [f"d{i}" for i in range(1, 6)], ordered=True
        ),
    ).sample(frac=1, random_state=2)
    expected = life_expectancy_gradients(deaths, people, AGES, index=["a0", "a1", "a2"])
    result = life_expectancy_gradients_by(worded, **COLUMNS)
    np.testing.assert_array_equal(result.slope.estimate, expected.slope.estimate)
    assert result.life_expectancies.index.names == ["area", "group"]
    turned = life_expectancy_gradients(deaths[:, ::-1], people[:, ::-1], AGES, first_group="best off")
    np.testing.assert_allclose(turned.slope.estimate, expected.slope.estimate)


def test_a_suppressed_group_explains_the_area_and_leaves_the_others():
    deaths, people = drawn(2)
    whole = life_expectancy_gradients(deaths, people, AGES)
    deaths[1, 3, -1] = 0
    result = life_expectancy_gradients(deaths, people, AGES)
    assert result.slope.reason == ("", "group 4: no deaths in the open-ended band from age 90", "")
    assert result.slope.relative.reason == result.slope.reason
    np.testing.assert_array_equal(result.slope.lower[[0, 2]], whole.slope.lower[[0, 2]])
    missing = life_expectancy_gradients_by(tidy(*drawn(2)).drop(index=25), **COLUMNS)
    assert missing.slope.reason == ("group 2: the band from age 20 is missing", "", "")


def test_errors_agree_with_simulation():
    generator = np.random.default_rng(3)
    ages, people = [0, 20, 40, 60, 80], np.array([3000.0, 4000, 4000, 3000, 900])
    risk = np.array([0.002, 0.001, 0.004, 0.02, 0.12]) * np.linspace(1.5, 0.8, 5)[:, None]
    deaths = generator.poisson(people * risk, (3000, 5, 5)).astype(float)
    result = life_expectancy_gradients(deaths, np.broadcast_to(people, deaths.shape), ages).slope
    assert result.estimate.std() == pytest.approx(np.sqrt((result.standard_error**2).mean()), rel=0.05)
    truth = life_expectancy_gradients(
        (people * risk)[None], np.broadcast_to(people, (1, 5, 5)), ages
    ).slope.estimate[0]
    assert 0.93 < ((result.lower[:, 0] < truth) & (truth < result.upper[:, 0])).mean() < 0.97


def test_bad_input_is_refused():
    deaths, people = drawn()
    with pytest.raises(InputError, match="areas, groups, bands"):
        life_expectancy_gradients(deaths[0], people[0], AGES)
    with pytest.raises(InputError, match="2 groups are not enough"):
        life_expectancy_gradients(deaths[:, :2], people[:, :2], AGES)
    frame = tidy(deaths, people)
    with pytest.raises(InputError, match=r"pd\.Categorical"):
        life_expectancy_gradients_by(frame.assign(decile=frame["decile"].astype(str)), **COLUMNS)
    with pytest.raises(InputError, match="repeat"):
        life_expectancy_gradients_by(pd.concat([frame, frame.iloc[[9]]]), **COLUMNS)


def test_drawn_deaths_match_the_formulas(reference, carried):
    data, first = reference("life_expectancy_slopes")
    second = carried("life_expectancy_slopes", "expected_slopes").set_index("area")
    levels = {"95_0": 0.95, "99_8": 0.998}
    result = life_expectancy_gradients_by(
        data,
        by="area",
        group="group",
        age="age",
        deaths="deaths",
        population="pops",
        levels=tuple(levels.values()),
    )
    lives, first = result.life_expectancies, first.set_index(["area", "group"])
    at = [lives.index.get_loc(key) for key in first.index]
    columns = (lives.estimate, lives.standard_error, lives.lower[:, 0], lives.upper[:, 0])
    for ours, name in zip(columns, ("value", "se", "lower", "upper"), strict=True):
        np.testing.assert_allclose(ours[at], first[name], rtol=1e-9, err_msg=name)
    slope = result.slope
    at = [slope.index.get_loc(key) for key in second.index]
    for part, measure, tolerance in ((slope, "sii", 1e-8), (slope.relative, "rii", 1e-6)):
        np.testing.assert_allclose(part.estimate[at], second[measure], rtol=1e-8)
        for j, name in enumerate(levels):
            for side in ("lower", "upper"):
                ours = getattr(part, side)[at, j]
                np.testing.assert_allclose(ours, second[f"{measure}_{side}{name}"], rtol=tolerance)
