"""Small cases by hand: counts below one, rows that fit themselves, ties of enumerated p-values, effects that are not there."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.mathematics.cluster_inference import (
    Fitted,
    cluster_sandwich,
    heteroskedastic_sandwich,
    two_way_sandwich,
)
from healthdevo.mathematics.funnels import funnel_points
from healthdevo.mathematics.intervals import byar_limits
from healthdevo.mathematics.overdispersion import overdispersed_funnel
from healthdevo.mathematics.vectors import in_one_order
from healthdevo.mathematics.wild_bootstrap import rademacher, wild_cluster_bootstrap
from healthdevo.mathematics.within import Absorber


@pytest.mark.parametrize("count", [0.25, 0.5, 1.0, 1.5])
def test_limits_of_a_count_that_is_not_whole(count):
    z = 1.959963984540054
    lower, upper = byar_limits([count], 0.95)
    assert lower[0, 0] == pytest.approx(
        count * max(0.0, 1 - 1 / (9 * count) - z / (3 * count**0.5)) ** 3, abs=1e-12
    )
    more = count + 1
    assert upper[0, 0] == pytest.approx(more * (1 - 1 / (9 * more) + z / (3 * more**0.5)) ** 3)


def test_a_count_below_one_has_a_lower_limit_of_its_own_at_a_low_level():
    # 0.5 (1 - 2/9 - z / (3 sqrt(0.5)))^3 with z the 60% point of the normal distribution
    z = 0.2533471031357997
    assert byar_limits([0.5], 0.2)[0][0, 0] == pytest.approx(0.5 * (7 / 9 - z / (3 * 0.5**0.5)) ** 3)


def test_without_effects_there_is_none_to_tell_apart():
    absorber = Absorber.make(5)
    assert absorber.rank == 0
    assert absorber.basis.shape == (5, 0)


@pytest.mark.parametrize("kind", ["HC2", "HC3"])
def test_a_row_that_fits_itself_adds_nothing(kind):
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=9), rng.normal(size=9)
    design = np.column_stack([np.ones(9), x])
    without = heteroskedastic_sandwich(Fitted.ols(design, y), kind)
    for far in (0.3, 7.1, -41.7):
        alone = np.zeros((10, 3))
        alone[:9, :2] = design
        alone[9] = 1.0, far, 1.0
        found = heteroskedastic_sandwich(Fitted.ols(alone, np.append(y, 3.3)), kind)
        np.testing.assert_allclose(found[:2, :2], without, rtol=1e-8)


def test_two_ways_of_clustering_count_alike_where_nothing_is_said():
    rng = np.random.default_rng(2)
    first, second = np.repeat(np.arange(6), 8), np.tile(np.arange(8), 6)
    x = rng.normal(size=48)
    shocks = rng.normal(size=6)[first] + rng.normal(size=8)[second]
    fit = Fitted.ols(np.column_stack([np.ones(48), x]), shocks + 0.1 * rng.normal(size=48))
    rows = np.arange(48)
    parts = [cluster_sandwich(fit, c) for c in (first, second, rows)]
    expected = parts[0] + parts[1] - parts[2]
    values, vectors = np.linalg.eigh(expected)
    expected = (vectors * np.maximum(values, 0.0)) @ vectors.T
    np.testing.assert_allclose(two_way_sandwich(fit, first, second), expected, atol=1e-12)
    doubled = two_way_sandwich(fit, first, second, (2.0, 3.0, 4.0))
    whole = 2 * parts[0] + 3 * parts[1] - 4 * parts[2]
    values, vectors = np.linalg.eigh(whole)
    np.testing.assert_allclose(doubled, (vectors * np.maximum(values, 0.0)) @ vectors.T, atol=1e-12)


def test_one_event_and_a_rate_below_one_imply_a_population():
    table = funnel_points([1.0, 2.0], rate=[0.5, 0.8], multiplier=1000.0, years_of_data=2.0)
    np.testing.assert_allclose(table["denominator_derived"], [1000.0, 1250.0])
    given = funnel_points([0.0, 2.0], [700.0, 900.0], rate=[0.0, 0.8], multiplier=1000.0)
    np.testing.assert_allclose(given["denominator_derived"], [700.0, 2500.0])
    with pytest.raises(InputError, match="row 1 has no events or no rate"):
        funnel_points([1.0, 0.0], rate=[0.5, 0.8])


def test_a_share_may_be_the_whole_and_the_first_above_it_is_named():
    found = overdispersed_funnel([10, 8, 7], [10, 10, 10], kind="proportion")
    assert found.phi > 0
    with pytest.raises(InputError, match=r"numerator: 12\.0 in row 1 exceeds its denominator 11\.0"):
        overdispersed_funnel([10, 12, 7], [10, 11, 10], kind="proportion")


def test_signs_drawn_without_a_seed_are_those_of_seed_nought():
    signs, exact = rademacher(13, 20)
    again, _ = rademacher(13, 20, seed=0)
    assert not exact
    np.testing.assert_array_equal(signs, again)
    assert rademacher(13)[0].shape == (13, 9999)
    assert rademacher(12)[1]
    assert rademacher(12)[0].shape == (12, 4096)


def test_labels_of_results_are_those_of_rows():
    def shown(x, labels=None):
        return labels

    one, wide = (
        in_one_order("x", labels="labels")(shown),
        in_one_order("x", labels="labels", wide=True)(shown),
    )
    line = pd.Series([1.0, 2.0], ["Leeds", "Hull"])
    assert list(one(line)) == ["Leeds", "Hull"]
    assert wide(line) is None, "a plain Series is one unit there"
    assert list(wide(pd.DataFrame({"a": [1.0, 2.0]}, index=["Leeds", "Hull"]))) == ["Leeds", "Hull"]
    assert one(line, labels=["x", "y"]) == ["x", "y"]


@pytest.mark.parametrize("level", [0.5, 0.75, 0.875])
@pytest.mark.parametrize("seed", range(3))
def test_limits_lie_where_an_enumerated_p_value_falls_to_what_is_left(level, seed):
    # with six clusters p-values are whole numbers of 64ths, so that they often equal what the level leaves exactly
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(6), 3)
    x, noise = rng.normal(size=18), rng.normal(size=6)[codes] + rng.normal(size=18)
    y = 0.5 * x + noise
    ones = np.ones((18, 1))
    found = wild_cluster_bootstrap(y, x, ones, codes, levels=level).intervals[0]
    for limit, outwards in ((found.lower, -1.0), (found.upper, 1.0)):
        if np.isinf(limit):
            continue
        inside = wild_cluster_bootstrap(y, x, ones, codes, null=limit - outwards * 1e-6, levels=level)
        outside = wild_cluster_bootstrap(y, x, ones, codes, null=limit + outwards * 1e-6, levels=level)
        assert inside.p_value > 1 - level >= outside.p_value
