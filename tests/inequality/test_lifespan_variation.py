"""Lifespan variation against reference values and theory."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.inequality.chiang import life_tables
from healthdevo.inequality.lifespan import lifespan_variation, lifespan_variation_of_tables

GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
NAMES = {
    "var": "variance",
    "sd": "standard_deviation",
    "cov": "coefficient_of_variation",
    "edag": "life_disparity",
    "H": "keyfitz_entropy",
    "theil": "theil_index",
    "mld": "mean_log_deviation",
    "gini": "gini_coefficient",
    "aid": "absolute_inter_individual_difference",
    "mad": "mean_absolute_deviation",
}
# measures that the peer defines otherwise, see the docstring: everywhere, or with bands of several widths only
OTHER, OTHER_ABRIDGED = {"mad"}, {"var", "sd", "cov"}


@needs_golden
@pytest.mark.parametrize("convention", ["standard", "LifeIneq"])
@pytest.mark.parametrize("case", ["abridged", "single_age"])
def test_golden_lifespan_variation(case, convention):
    folder = Path(GOLDEN) / "inequality" / "lifespan_variation"
    table, expected = (pd.read_csv(folder / f"LT_{case}_{n}.csv") for n in ("in", "out"))
    result = lifespan_variation(
        table["Age"], table["dx"], table["lx"], table["ex"], table["ax"], convention=convention
    )
    for measure, rows in expected.groupby("measure"):
        if measure == "iqr":
            assert result.interquartile_range == pytest.approx(rows["value"].iloc[0], rel=1e-7)
        elif measure == "cp":
            assert result.shortest_half == pytest.approx(rows["value"].iloc[0], rel=1e-7)
        elif convention == "LifeIneq" or measure not in OTHER | (
            OTHER_ABRIDGED if case == "abridged" else set()
        ):
            ours = getattr(result, NAMES[measure])[np.searchsorted(table["Age"], rows["start_age"])]
            np.testing.assert_allclose(ours, rows["value"], rtol=1e-7, atol=1e-12, err_msg=measure)
        elif measure in OTHER_ABRIDGED:
            ours = getattr(result, NAMES[measure])
            assert ours[0] == pytest.approx(rows["value"].iloc[0], rel=1e-7)
            assert not np.allclose(ours[1:], rows["value"].to_numpy()[1:], rtol=0.01)


def single_ages(top=100):
    ages = np.arange(top + 1.0)
    people = np.full(ages.size, 50_000.0)
    deaths = people * np.minimum(0.00005 * np.exp(0.1 * ages), 0.6)
    return life_tables(deaths, people, [int(a) for a in ages])


def columns(tables):
    n = tables.ages.size
    years = np.append(np.r_[0.1, np.full(n - 2, 0.5)], tables.life_expectancy[0, -1])
    return (
        tables.ages.astype(float),
        tables.life_table_deaths[0],
        tables.survivors[0],
        tables.life_expectancy[0],
        years,
    )


def test_measures_agree_with_a_sample_of_lifetimes():
    x, d, alive, e, a = columns(single_ages())
    result = lifespan_variation(x, d, alive, e, a)
    generator = np.random.default_rng(1)
    for start in (0, 65):
        rows = x >= start
        ages = generator.choice((x + a)[rows], p=d[rows] / d[rows].sum(), size=400_000)
        mean = ages.mean()
        assert mean == pytest.approx(start + e[start], abs=0.1)
        assert result.variance[start] == pytest.approx(ages.var(), rel=0.01)
        assert result.mean_absolute_deviation[start] == pytest.approx(np.abs(ages - mean).mean(), rel=0.01)
        pairs = np.abs(ages[::2] - ages[1::2]).mean() / 2
        assert result.absolute_inter_individual_difference[start] == pytest.approx(pairs, rel=0.01)
        assert result.gini_coefficient[start] == pytest.approx(pairs / mean, rel=0.01)
        assert result.mean_log_deviation[start] == pytest.approx(np.log(mean) - np.log(ages).mean(), rel=0.03)
        assert result.theil_index[start] == pytest.approx(
            (ages / mean * np.log(ages / mean)).mean(), rel=0.03
        )
    quartiles = np.interp([0.25, 0.75], 1 - alive, x)
    assert result.interquartile_range == pytest.approx(quartiles[1] - quartiles[0], abs=0.05)
    assert result.shortest_half <= result.interquartile_range


def test_an_exponential_lifetime_has_its_known_variation():
    # with a constant rate the standard deviation and the life disparity equal the expectancy
    rate, ages = 0.05, np.arange(0, 301)
    people = np.full(ages.size, 10_000.0)
    width = 1.0
    fraction = 1 / rate - np.exp(-rate) / (1 - np.exp(-rate))
    tables = life_tables(
        rate * people, people, [int(a) for a in ages], fraction_lived=np.full(ages.size, fraction / width)
    )
    result = lifespan_variation_of_tables(tables)
    assert result["standard_deviation"].iloc[0] == pytest.approx(1 / rate, rel=1e-3)
    assert result["life_disparity"].iloc[0] == pytest.approx(1 / rate, rel=1e-6)
    assert result["keyfitz_entropy"].iloc[0] == pytest.approx(1.0, rel=1e-6)
    assert result["gini_coefficient"].iloc[0] == pytest.approx(0.5, rel=1e-3)
    assert result["interquartile_range"].iloc[0] == pytest.approx(np.log(3) / rate, rel=1e-3)


def test_conventions_agree_on_the_variance_of_single_years():
    x = columns(single_ages())
    standard, peer = (lifespan_variation(*x, convention=c) for c in ("standard", "LifeIneq"))
    np.testing.assert_allclose(peer.variance, standard.variance, rtol=1e-9, atol=1e-9)
    assert len(standard.to_frame()) == x[0].size


def test_areas_without_a_table_keep_their_reason():
    tables = single_ages()
    deaths = np.vstack([tables.deaths, tables.deaths])
    deaths[1, 3] = -1
    people = np.vstack([tables.population, tables.population])
    both = life_tables(deaths, people, [int(a) for a in tables.ages], index=["good", "bad"])
    frame = lifespan_variation_of_tables(both, start=65)
    assert list(frame["reason"]) == ["", "deaths are negative in the band from age 3"]
    assert frame.loc["bad"].drop("reason").isna().all()
    alone = lifespan_variation(*columns(tables))
    assert frame.loc["good", "standard_deviation"] == pytest.approx(alone.standard_deviation[65])


def test_a_table_that_ends_early_is_cut_there():
    deaths, people = np.array([[20.0, 60, 300, 4000, 400]]), np.array([[9000.0, 9000, 9000, 5000, 900]])
    tables = life_tables(deaths, people, [0, 30, 50, 70, 90])
    assert tables.survivors[0, -1] == 0.0
    frame = lifespan_variation_of_tables(tables)
    assert frame["reason"].iloc[0] == ""
    assert np.isfinite(frame["standard_deviation"].iloc[0])
    late = lifespan_variation_of_tables(tables, start=90)
    assert late["reason"].iloc[0] == "nobody survives to the starting age"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({0: [0, 0, 40]}, "ages that rise"),
        ({1: [0.1, -0.1, 1.0]}, "deaths of 0 or more"),
        ({2: [1.0, 0.9, 0.0]}, "survivors above 0"),
        ({3: [70.0, 40]}, "one length"),
        ({4: [0.1, np.nan, 9]}, "finite"),
    ],
)
def test_bad_columns_are_refused(changes, message):
    good = [[0, 30, 60], [0.1, 0.2, 0.7], [1.0, 0.9, 0.7], [60.0, 40.0, 15.0], [10.0, 15.0, 15.0]]
    with pytest.raises(InputError, match=message):
        lifespan_variation(*[changes.get(i, column) for i, column in enumerate(good)])
    with pytest.raises(InputError, match="convention"):
        lifespan_variation(*good, convention="other")
