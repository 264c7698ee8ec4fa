"""Lines through groups by their definitions: what the fit weighs, errors as derivatives, limits as roots, and three ways to one distribution."""

import numpy as np
import pytest
from scipy import special, stats

from healthdevo.inequality.slope_lines import Line, _back_slope, _ratio_error, fit_lines, transformed, undone

PEOPLE = np.array([[10.0, 30.0, 20.0, 40.0], [5.0, 5.0, 0.0, 10.0]])
VALUES = np.array([[0.30, 0.22, 0.25, 0.12], [0.40, 0.30, 0.0, 0.20]])
ERRORS = np.array([[0.02, 0.01, 0.03, 0.015], [0.05, 0.02, 0.0, 0.01]])


def line(sign=1.0, transform="identity", size=1.0):
    used, bad = PEOPLE > 0, np.array([False, False])
    share, weights, slope, middle = fit_lines(VALUES, PEOPLE, used, bad, 0.5, transform)
    return Line(ERRORS * size, weights, share, slope, middle, sign)


@pytest.mark.parametrize("transform", ["identity", "log", "logit"])
def test_scales_and_their_derivatives(transform):
    values = np.array([0.1, 0.5, 0.9])
    there = transformed(values, transform)
    want = {"identity": values, "log": np.log(values), "logit": np.log(values / (1 - values))}[transform]
    np.testing.assert_allclose(there, want)
    np.testing.assert_allclose(undone(there, transform), values)
    step = 1e-6
    np.testing.assert_allclose(_back_slope(there, transform), (undone(there + step, transform) - undone(there - step, transform)) / (2 * step), rtol=1e-6)  # fmt: skip


@pytest.mark.parametrize("transform", ["identity", "log", "logit"])
def test_the_line_is_that_of_weighted_least_squares_on_mid_ranks(transform):
    found = line(transform=transform)
    for i in range(2):
        use = PEOPLE[i] > 0
        people, values = PEOPLE[i][use], transformed(VALUES[i][use], transform)
        middles = (np.cumsum(people) - people / 2) / people.sum()
        slope, at_nought = np.polyfit(middles, values, 1, w=np.sqrt(people))
        assert found.slope[i] == pytest.approx(slope)
        assert found.middle[i] == pytest.approx(at_nought + slope / 2)
        np.testing.assert_allclose(found.share[i], PEOPLE[i] / PEOPLE[i].sum())
    blank = fit_lines(VALUES, PEOPLE, PEOPLE > 0, np.array([True, False]), 0.5, transform)
    np.testing.assert_allclose(blank[0][0], 0.25)
    assert blank[2][0] == pytest.approx(0.0, abs=1e-12)
    assert blank[2][1] == pytest.approx(found.slope[1])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_straight_limits_by_propagation_and_fiellers_equation(sign):
    found = line(sign)
    error, ratio_error, low, high, ratio_low, ratio_high = found.limits(
        VALUES, "mean", "identity", "identity", (0.8, 0.95)
    )
    for i in range(2):
        own = np.sqrt((found.slope_weights[i] ** 2 * ERRORS[i] ** 2).sum())
        assert error[i] == pytest.approx(own)
        top, bottom = (
            found.share[i] + sign * found.slope_weights[i] / 2,
            found.share[i] - sign * found.slope_weights[i] / 2,
        )
        one, two = found.middle[i] + sign * found.slope[i] / 2, found.middle[i] - sign * found.slope[i] / 2
        assert (top @ VALUES[i], bottom @ VALUES[i]) == pytest.approx((one, two))
        parts = [(a * b * ERRORS[i] ** 2).sum() for a, b in ((top, top), (bottom, bottom), (top, bottom))]
        for k, level in enumerate((0.8, 0.95)):
            z = stats.norm.ppf(0.5 + level / 2)
            assert (low[i, k], high[i, k]) == pytest.approx(
                (sign * found.slope[i] - z * own, sign * found.slope[i] + z * own)
            )
            assert ratio_low[i, k] < one / two < ratio_high[i, k]
            for r in (ratio_low[i, k], ratio_high[i, k]):
                assert (one - r * two) ** 2 == pytest.approx(
                    z**2 * (parts[0] - 2 * r * parts[2] + r**2 * parts[1])
                )
        step = 1e-6
        moved = [
            (
                (top @ (VALUES[i] + step * np.eye(4)[g])) / (bottom @ (VALUES[i] + step * np.eye(4)[g]))
                - one / two
            )
            / step
            for g in range(4)
        ]
        assert ratio_error[i] == pytest.approx(np.sqrt(((np.array(moved) * ERRORS[i]) ** 2).sum()), rel=1e-4)


@pytest.mark.parametrize("transform", ["log", "logit"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_turned_limits_follow_the_line_about_its_middle(transform, sign):
    found = line(sign, transform)
    error, ratio_error, low, high, ratio_low, ratio_high = found.limits(
        VALUES, "rate", transform, transform, (0.9,)
    )
    back = np.exp if transform == "log" else special.expit
    for i in range(2):
        own = np.sqrt((found.slope_weights[i] ** 2 * ERRORS[i] ** 2).sum())

        def ends(b, i=i):
            return back(found.middle[i] + b / 2), back(found.middle[i] - b / 2)

        def gap(b, ends=ends):
            return ends(b)[0] - ends(b)[1]

        def ratio(b, ends=ends):
            return ends(b)[0] / ends(b)[1]

        at, z, step = sign * found.slope[i], stats.norm.ppf(0.95), 1e-6
        assert (low[i, 0], high[i, 0]) == pytest.approx((gap(at - z * own), gap(at + z * own)))
        assert (ratio_low[i, 0], ratio_high[i, 0]) == pytest.approx(
            (ratio(at - z * own), ratio(at + z * own))
        )
        assert error[i] == pytest.approx(own * (gap(at + step) - gap(at - step)) / (2 * step), rel=1e-6)
        assert ratio_error[i] == pytest.approx(
            own * (ratio(at + step) - ratio(at - step)) / (2 * step), rel=1e-6
        )


def test_inverted_and_scattered_limits_are_those_of_one_distribution():
    """Log-normal errors of a tenth or so: by inversion, by points spread evenly, and drawn at random."""
    found = Line(
        *(
            np.asarray(part)[:1]
            for part in (ERRORS * 5, line().slope_weights, line().share, line().slope, line().middle)
        ),
        -1.0,
    )
    levels, values = (0.8, 0.95), VALUES[:1]
    inverted, scattered = (getattr(found, how)(values, "log", levels) for how in ("_inverted", "_scattered"))
    rng = np.random.default_rng(0)
    drawn = np.exp(np.log(values[0]) + 5 * ERRORS[0] * rng.normal(size=(400_000, 4)))
    slopes = -drawn @ found.slope_weights[0]
    half = -found.slope_weights[0] / 2
    ratios = (drawn @ (found.share[0] + half)) / (drawn @ (found.share[0] - half))
    tails = [(0.1, 0.9), (0.025, 0.975)]
    for way in (inverted, scattered):
        assert way[0][0] == pytest.approx(slopes.std(), rel=0.01)
        for k, (a, b) in enumerate(tails):
            assert (way[2][0, k], way[3][0, k]) == pytest.approx(tuple(np.quantile(slopes, (a, b))), rel=0.01)
            assert (way[4][0, k], way[5][0, k]) == pytest.approx(tuple(np.quantile(ratios, (a, b))), rel=0.01)
    assert inverted[1][0] == pytest.approx(scattered[1][0], rel=0.01)


def test_the_error_of_a_ratio():
    one = [np.array([v]) for v in (6.0, 3.0, 0.09, 0.04, 0.01)]
    assert _ratio_error(*one)[0] == pytest.approx(np.sqrt(0.09 - 2 * 2 * 0.01 + 4 * 0.04) / 3)
    assert np.isnan(_ratio_error(one[0], np.zeros(1), *one[2:])[0])
    assert _ratio_error(*one[:2], np.zeros(1), np.zeros(1), np.ones(1))[0] == 0.0
