"""Slope and relative indices against reference values, simulation and theory."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.inequality.gradients import slope_index, slope_index_by

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
LEVELS = (0.95, 0.998)


def tag(level):
    return f"{100 * level:.1f}".replace(".", "_")


def noise(sd, level, draws):
    """Four standard errors of a simulated limit."""
    p = (1 - level) / 2
    return 4 * sd * np.sqrt(p * (1 - p) / draws) / stats.norm.pdf(stats.norm.ppf(p))


def assert_matches(result, expected, closed, levels, *, intercept_scale=1.0, draws=1_000_000):
    """Compare points, closed-form limits and simulated limits with the reference, area by area."""
    at = [result.index.get_loc(label) for label in expected.index]
    np.testing.assert_allclose(result.estimate[at], expected["sii"], rtol=1e-9)
    np.testing.assert_allclose(result.relative.estimate[at], expected["rii"], rtol=1e-9)
    np.testing.assert_allclose(result.intercept[at] / intercept_scale, expected["intercept"], rtol=1e-9)
    closed = closed.loc[expected.index]
    exact = closed["method"].iloc[0] == "exact"
    for j, level in enumerate(levels):
        for name, part in (("sii", result), ("rii", result.relative)):
            spread = closed[f"{name}_sd{tag(level)}"]
            for side in ("lower", "upper"):
                ours = getattr(part, side)[at, j]
                target = closed[f"{name}_{side}{tag(level)}"]
                if exact:
                    np.testing.assert_allclose(ours, target, rtol=1e-7)
                else:
                    assert (np.abs(ours - target) <= noise(spread, level, 4_000_000)).all()
                simulated = expected.filter(regex=f"^{name}_{side}{tag(level)}(cl)?$").iloc[:, 0]
                # the reference's own spread is that of a normal distribution; log-normal tails are wider
                slack = 1.0 if exact and name == "sii" and result.method.endswith("propagation") else 1.25
                assert (np.abs(ours - simulated) <= slack * noise(spread, level, draws)).all()


def read(case, *by):
    folder = REFERENCE / case
    tables = [pd.read_csv(folder / f"{name}.csv") for name in ("input", "expected", "closed_form")]
    return tables[0], tables[1].set_index(list(by)), tables[2].set_index(list(by))


def test_means_match_the_reference():
    data, expected, closed = read("slope_index_means", "area")
    result = slope_index_by(
        data.sample(frac=1, random_state=1),
        by="area",
        group="q",
        value="value",
        population="pop",
        standard_error="se",
        higher_is="better",
        levels=LEVELS,
    )
    assert_matches(result, expected, closed, LEVELS)


def test_rates_on_the_log_scale_match_the_reference():
    data, expected, closed = read("slope_index_rates_log", "area")
    result = slope_index_by(
        data,
        by="area",
        group="q",
        value="value",
        population="pop",
        lower="lcl",
        upper="ucl",
        kind="rate",
        transform="log",
        higher_is="worse",
        levels=LEVELS,
    )
    assert_matches(result, expected, closed, LEVELS)


def test_proportions_on_the_logit_scale_match_the_reference():
    data, expected, closed = read("slope_index_proportions_logit", "area")
    result = slope_index_by(
        data,
        by="area",
        group="q",
        value="value",
        population="pop",
        lower="lcl",
        upper="ucl",
        kind="proportion",
        transform="logit",
        higher_is="worse",
        scale=100,
        levels=LEVELS,
    )
    assert_matches(result, expected, closed, LEVELS)


def golden_cases():
    found = []
    if GOLDEN is not None:
        for root in ("", "free/"):
            cases = json.loads((Path(GOLDEN) / "inequality" / root / "cases_phe.json").read_text())
            found += [pytest.param(root, c, id=c["id"]) for c in cases if c["id"].startswith("phe_sii")]
    return found or [pytest.param("", {}, marks=needs_golden)]


def argument(call, name):
    found = re.search(rf"[(, ]{name}=([^,()]+)", call)
    return None if found is None else found[1]


@needs_golden
@pytest.mark.parametrize(("root", "case"), golden_cases())
def test_golden_slope_indices(root, case):
    folder, call = Path(GOLDEN) / "inequality" / root, case["call"]
    data = pd.read_csv(folder / case["inputs"])
    expected = pd.read_csv(folder / case["expected"])
    closed = pd.read_csv(folder / case["expected"].replace("_out", "_exact"))
    by = call.split(" by ")[1].split("+")
    multiplier = float(argument(call, "multiplier") or 1)
    kind = {"0": "mean", "1": "rate", "2": "proportion"}[argument(call, "value_type")]
    transformed = "transform=TRUE" in call
    levels = re.search(r"confidence=(?:c\(([^)]*)\)|([\d.]+))", call)
    levels = tuple(float(x) for x in (levels[1] or levels[2]).split(",")) if levels else (0.95,)
    value = argument(call, "value")
    if value is None:
        value, data["share"] = "share", data[argument(call, "x")] / data[argument(call, "population")]
    errors = argument(call, "se")
    if errors is None:
        uncertainty = {"lower": argument(call, "lower_cl"), "upper": argument(call, "upper_cl")}
    else:
        uncertainty = {"standard_error" if kind == "mean" else "working_standard_error": errors}
    scales = {"mean": "identity", "rate": "log", "proportion": "logit"}
    result = slope_index_by(
        data.sample(frac=1, random_state=2),
        by=by,
        group=argument(call, "quantile"),
        value=value,
        population=argument(call, "population"),
        higher_is="better" if multiplier > 0 else "worse",
        scale=abs(multiplier),
        kind=kind,
        transform=scales[kind] if transformed else "identity",
        levels=levels,
        **uncertainty,
    )
    assert_matches(
        result,
        expected.set_index(by),
        closed.set_index(by),
        levels,
        intercept_scale=1.0 if transformed else abs(multiplier),
        draws=100_000 if "vig_LE_male" in case["id"] else 1_000_000,
    )


def drawn(seed=0, areas=4, groups=5):
    generator = np.random.default_rng(seed)
    values = 70 + 2 * np.arange(groups) + generator.normal(size=(areas, groups))
    return (
        values,
        generator.integers(500, 3000, (areas, groups)),
        generator.uniform(0.3, 0.9, (areas, groups)),
    )


def close(a, b, rtol=1e-9):
    np.testing.assert_allclose(a, b, rtol=rtol)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 1000))
def test_scaling_the_unit_scales_the_slope_and_leaves_the_ratio(seed, factor):
    values, people, errors = drawn(seed)
    once = slope_index(values, people, standard_errors=errors, higher_is="better", levels=LEVELS)
    more = slope_index(
        values * factor, people, standard_errors=errors * factor, higher_is="better", levels=LEVELS
    )
    for name in ("estimate", "standard_error", "lower", "upper"):
        close(getattr(more, name), factor * getattr(once, name), rtol=1e-7)
        close(getattr(more.relative, name), getattr(once.relative, name), rtol=1e-7)
    scaled = slope_index(
        values, people, standard_errors=errors, higher_is="better", scale=factor, levels=LEVELS
    )
    close(scaled.estimate, more.estimate, rtol=1e-7)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.001, 1000))
def test_only_shares_of_the_population_matter(seed, factor):
    values, people, errors = drawn(seed)
    once = slope_index(values, people, standard_errors=errors, higher_is="better")
    more = slope_index(values, people * factor, standard_errors=errors, higher_is="better")
    close(more.estimate, once.estimate)
    close(more.lower, once.lower)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_shuffling_rows_changes_nothing(seed):
    values, people, errors = drawn(seed)
    frame = tidy(values, people, errors)
    first = slope_index_by(frame, **COLUMNS)
    second = slope_index_by(frame.sample(frac=1, random_state=seed), **COLUMNS)
    np.testing.assert_array_equal(first.estimate, second.estimate)
    np.testing.assert_array_equal(first.relative.upper, second.relative.upper)
    assert list(first.index) == list(second.index)


COLUMNS = {
    "by": "area",
    "group": "fifth",
    "value": "value",
    "population": "people",
    "standard_error": "error",
    "higher_is": "better",
}


def tidy(values, people, errors):
    areas, groups = values.shape
    return pd.DataFrame(
        {
            "area": np.repeat([f"area {i}" for i in range(areas)], groups),
            "fifth": np.tile(np.arange(1, groups + 1), areas),
            "value": values.ravel(),
            "people": people.ravel(),
            "error": errors.ravel(),
        }
    )


@pytest.mark.parametrize("transform", ["identity", "log"])
@pytest.mark.parametrize("kind", ["mean", "rate"])
def test_reversing_polarity_reverses_the_sign_and_inverts_the_ratio(kind, transform):
    values, people, errors = drawn(3)
    options = {"standard_errors": errors, "kind": kind, "transform": transform, "levels": LEVELS}
    good = slope_index(values, people, higher_is="better", **options)
    bad = slope_index(values, people, higher_is="worse", **options)
    close(bad.estimate, -good.estimate)
    close(bad.lower, -good.upper, rtol=1e-7)
    close(bad.relative.estimate, 1 / good.relative.estimate)
    close(bad.relative.lower, 1 / good.relative.upper, rtol=1e-7)
    close(bad.relative.upper, 1 / good.relative.lower, rtol=1e-7)


def test_turning_the_order_round_is_the_same_as_naming_the_other_end_first():
    values, people, errors = drawn(4)
    once = slope_index(values, people, standard_errors=errors, higher_is="better")
    turned = slope_index(
        values[:, ::-1],
        people[:, ::-1],
        standard_errors=errors[:, ::-1],
        higher_is="better",
        first_group="best off",
    )
    close(turned.estimate, once.estimate)
    close(turned.upper, once.upper)


def test_splitting_a_group_into_two_alike_keeps_the_line_when_values_lie_on_it():
    # on a line the fit is perfect whatever the grouping, so the index cannot depend on it
    people = np.array([100.0, 200.0, 300.0, 400.0])
    share = people / people.sum()
    values = 50 + 12 * (share.cumsum() - share / 2)
    whole = slope_index(values, people, higher_is="better")
    close(whole.estimate, [12.0])
    pieces = np.array([100.0, 200.0, 300.0, 150.0, 250.0])
    split_share = pieces / pieces.sum()
    split = slope_index(50 + 12 * (split_share.cumsum() - split_share / 2), pieces, higher_is="better")
    close(split.estimate, whole.estimate)


def test_equal_values_have_no_gradient():
    result = slope_index([[5.0] * 4], [[1, 2, 3, 4]], standard_errors=[[0.1] * 4], higher_is="worse")
    assert abs(result.estimate[0]) < 1e-12
    assert result.relative.estimate[0] == pytest.approx(1.0)
    assert result.lower[0, 0] < 0 < result.upper[0, 0]


@pytest.mark.parametrize(("kind", "errors"), [("rate", 0.08), ("rate", 0.2), ("proportion", 0.3)])
def test_limits_of_rates_and_proportions_agree_with_simulation(kind, errors):
    generator = np.random.default_rng(5)
    values = np.array([0.32, 0.3, 0.22, 0.25, 0.12])
    people = np.array([900.0, 1500.0, 700.0, 1100.0, 1000.0])
    working = np.full(5, errors)
    result = slope_index(
        values, people, working_standard_errors=working, kind=kind, higher_is="worse", levels=LEVELS
    )
    draws = 400_000
    deviation = generator.standard_normal((draws, 5)) * working
    if kind == "rate":
        simulated = values * np.exp(deviation)
    else:
        odds = values / (1 - values) * np.exp(deviation)
        simulated = odds / (1 + odds)
    share = people / people.sum()
    rank = share.cumsum() - share / 2
    slope = (simulated * share * (rank - 0.5)).sum(axis=1) / (share * (rank - 0.5) ** 2).sum()
    middle = simulated @ share
    index, relative = -slope, (middle - slope / 2) / (middle + slope / 2)
    for j, level in enumerate(LEVELS):
        for values_of, part in ((index, result), (relative, result.relative)):
            for p, side in (((1 - level) / 2, "lower"), ((1 + level) / 2, "upper")):
                width = 4 * np.sqrt(p * (1 - p) / draws)
                low, high = np.quantile(values_of, [max(p - width, 0), min(p + width, 1)])
                assert low <= getattr(part, side)[0, j] <= high


def test_fieller_limits_cover_the_ratio_as_often_as_they_say():
    generator = np.random.default_rng(6)
    truth, people = np.array([10.0, 11, 12, 14, 15]), np.full(5, 100.0)
    sample = truth + 0.8 * generator.standard_normal((4000, 5))
    result = slope_index(
        sample, np.tile(people, (4000, 1)), standard_errors=np.full((4000, 5), 0.8), higher_is="better"
    )
    ends = slope_index(truth, people, higher_is="better")
    for part, target in ((result, ends.estimate[0]), (result.relative, ends.relative.estimate[0])):
        covered = ((part.lower[:, 0] <= target) & (target <= part.upper[:, 0])).mean()
        assert 0.935 < covered < 0.965


def test_an_unclear_end_leaves_the_ratio_without_a_finite_limit():
    result = slope_index([[1.0, 2, 3]], [[1, 1, 1]], standard_errors=[[2.0] * 3], higher_is="better")
    assert np.isinf(result.relative.upper[0, 0])
    assert "infinite" in result.relative.reason[0]
    assert result.reason[0] == ""


def test_a_rate_ratio_whose_divisor_may_be_zero_has_no_upper_limit():
    values, errors = [[0.32, 0.3, 0.22, 0.25, 0.12]], [[0.5] * 5]
    result = slope_index(values, [[1] * 5], working_standard_errors=errors, kind="rate", higher_is="worse")
    assert np.isinf(result.relative.upper[0, 0])
    assert 0 < result.relative.lower[0, 0] < 1
    assert "infinite" in result.relative.reason[0]
    assert np.isfinite(result.upper[0, 0])


def test_only_the_area_that_lacks_a_group_is_left_out():
    values, people, errors = drawn(7)
    whole = slope_index_by(tidy(values, people, errors), **COLUMNS)
    holed = slope_index_by(tidy(values, people, errors).drop(index=7), **COLUMNS)
    assert holed.reason == ("", "group 3 has no value", "", "")
    assert np.isnan(holed.estimate[1])
    assert np.isnan(holed.relative.lower[1, 0])
    keep = [0, 2, 3]
    np.testing.assert_array_equal(holed.estimate[keep], whole.estimate[keep])
    assert "was not computed: group 3 has no value" in holed["area 1"].sentence


def test_each_area_may_have_its_own_number_of_groups():
    fifths, tenths = drawn(8, areas=1, groups=5), drawn(9, areas=1, groups=10)
    frame = pd.concat([tidy(*fifths), tidy(*tenths).assign(area="tenths")])
    both = slope_index_by(frame, groups={"area 0": 5, "tenths": 10}, **COLUMNS)
    close(both["area 0"].estimate, slope_index(fifths[0], fifths[1], higher_is="better").estimate[0])
    close(both["tenths"].estimate, slope_index(tenths[0], tenths[1], higher_is="better").estimate[0])
    assert list(both.n) == [5, 10]
    for options in ({}, {"groups": 10}, {"groups": np.int64(10)}):
        strict = slope_index_by(frame, **options, **COLUMNS)
        assert strict["area 0"].reason == "group 6 has no value"
        close(strict["tenths"].estimate, both["tenths"].estimate)
    for wrong in ("10", 10.5, True, 0):
        with pytest.raises(InputError, match=r"^groups: "):
            slope_index_by(frame, groups=wrong, **COLUMNS)
    nine = slope_index_by(pd.concat([tidy(*tenths).iloc[:9], tidy(*tenths).assign(area="b")]), **COLUMNS)
    assert nine["area 0"].reason == "group 10 has no value"


def test_missing_standard_errors_leave_the_estimate():
    values, people, errors = drawn(10)
    errors[2, 1] = np.nan
    result = slope_index(values, people, standard_errors=errors, higher_is="better")
    assert np.isfinite(result.estimate).all()
    assert result.reason[2] == "group 2 has no usable standard error"
    assert np.isnan(result.lower[2, 0])
    assert slope_index(values, people, higher_is="better").reason[0] == "no standard errors were given"


def test_a_rate_of_zero_has_no_logarithm():
    result = slope_index([[3.0, 0.0, 1.0]], [[1, 1, 1]], kind="rate", transform="log", higher_is="worse")
    assert "group 2 is not above 0" in result.reason[0]


def test_text_groups_are_refused_and_categoricals_honoured():
    values, people, errors = drawn(11, areas=1, groups=10)
    frame = tidy(values, people, errors)
    expected = slope_index_by(frame, **COLUMNS).estimate
    text = frame.assign(fifth=frame["fifth"].astype(str))
    with pytest.raises(InputError, match=r"pd\.Categorical"):
        slope_index_by(text, **COLUMNS)
    with pytest.raises(InputError, match="no order"):
        slope_index_by(text.assign(fifth=text["fifth"].astype("category")), **COLUMNS)
    ordered = pd.Categorical(text["fifth"], [str(i) for i in range(1, 11)], ordered=True)
    shuffled = text.assign(fifth=ordered).sample(frac=1, random_state=3)
    np.testing.assert_allclose(slope_index_by(shuffled, **COLUMNS).estimate, expected)


VALUES, PEOPLE = np.array([[1.0, 2, 3]]), np.array([[1.0, 1, 1]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"population": [[1, -1, 1]]}, "population: area row 0, group 2 holds -1"),
        ({"values": [[1.0, 2]], "population": [[1, 1]]}, "2 groups are not enough"),
        ({"kind": "proportion"}, "values: area row 0, group 2 holds 2"),
        ({"values": [[1.0, -2, 3]], "kind": "rate"}, "rates of 0 or more"),
        ({"standard_errors": [[0.1, -0.1, 0.1]]}, "standard_errors: area row 0, group 2"),
        ({"lower": [[1.5, 1, 1]], "upper": [[2, 3, 4]]}, "lower limits at or below"),
        ({"lower": [[0, 1, 1]]}, "give both limits"),
        ({"lower": VALUES, "upper": VALUES, "standard_errors": PEOPLE}, "not two"),
        ({"population": [[1, 1, 1, 1]]}, "does not match"),
        ({"higher_is": "good"}, "higher_is"),
        ({"values": np.empty((0, 3)), "population": np.empty((0, 3))}, "there are no areas"),
        ({"scale": -100}, "polarity is higher_is"),
        ({"values": [[1.0, np.inf, 2]]}, "infinite"),
        ({"values": [["a", "b", "c"]]}, "give numbers"),
        ({"group_counts": [4]}, "group_counts"),
        ({"levels": 95}, "levels"),
        ({"index": ["a", "b"]}, "2 labels for 1 areas"),
    ],
)
def test_bad_arrays_are_refused(changes, message):
    arguments = {"values": VALUES, "population": PEOPLE, "higher_is": "better"} | changes
    with pytest.raises(InputError, match=message):
        slope_index(**arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: pd.concat([f, f.iloc[[3]]]), "repeat group 4 of 'area 0'"),
        (lambda f: f.drop(columns="people"), "no column 'people'"),
        (lambda f: f.iloc[:0], "no rows"),
        (lambda f: f[f["fifth"] <= 2], "2 groups are not enough"),
        (lambda f: f.assign(area=f["area"].where(f.index != 2)), "names no area"),
        (lambda f: f.assign(fifth=f["fifth"] + 0.5), "is not|holds"),
        (lambda f: f.assign(value="x"), "give numbers"),
    ],
)
def test_bad_frames_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        slope_index_by(change(tidy(*drawn(12))), **COLUMNS)


def test_results_tell_their_story():
    values, people, errors = drawn(13)
    result = slope_index(
        values,
        people,
        standard_errors=errors,
        higher_is="better",
        unit="years",
        levels=LEVELS,
        index=list("abcd"),
    )
    one = result["b"]
    assert one.sentence.startswith("The slope index of inequality is")
    assert one.relative.sentence.startswith("The relative index of inequality is")
    frame = result.to_frame()
    assert len(frame) == 4 * 2 * 2
    assert set(frame["measure"]) == {"slope index of inequality", "relative index of inequality"}
    assert len(one.to_frame()) == 4
    with pytest.raises(ValueError, match="read-only"):
        result.intercept[0] = 1.0


@pytest.mark.parametrize("errors", [[1.38, 0.05, 0.05, 0.05, 0.05], [0.05, 0.05, 1.8, 0.05, 0.05], [0.8] * 5])
def test_limits_are_right_where_a_noisy_group_dominates(errors):
    values, people = np.array([30.0, 25, 22, 20, 15]), np.array([900.0, 1500, 700, 1100, 1000])
    result = slope_index(
        [values, values, values],
        [people, people, people],
        working_standard_errors=[errors, [0.05] * 5, [0.5] * 5],
        kind="rate",
        higher_is="better",
        index=["noisy", "quiet", "middling"],
    )
    share = people / people.sum()
    rank = share.cumsum() - share / 2
    weights = share * (rank - 0.5) / (share * (rank - 0.5) ** 2).sum()
    drawn = values * np.exp(np.array(errors) * np.random.default_rng(1).standard_normal((400_000, 5)))
    low, high = np.quantile(drawn @ weights, [0.025, 0.975])
    one = result["noisy"].interval()
    assert one.lower == pytest.approx(low, rel=0.02)
    assert one.upper == pytest.approx(high, rel=0.02)
    assert one.lower < result["noisy"].estimate < one.upper
    alone = slope_index(values, people, working_standard_errors=[0.05] * 5, kind="rate", higher_is="better")
    assert result["quiet"].interval().upper == pytest.approx(alone.upper[0, 0], rel=1e-9)


def test_a_rank_as_large_as_a_code_is_refused():
    frame = tidy(*drawn(3)).assign(fifth=10**9)
    with pytest.raises(InputError, match="more groups than there can be"):
        slope_index_by(frame, **COLUMNS)
