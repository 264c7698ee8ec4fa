"""Dispersion measures and curves against reference values, theory and simulation."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from healthdevo import inequality as d
from healthdevo.errors import InputError
from healthdevo.inequality.curves import concentration_curve, lorenz_curve
from healthdevo.inequality.dispersion import MEASURES

GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
NAMES = {"Gini": "gini", "Theil_T": "theil", "Theil_L": "mld", "RS": "hoover", "var.coeff": "cv"}


def ours(measure, x, w):
    """Our value for the name that a reference gives to a measure."""
    head, _, parameter = measure.removesuffix("_wt").partition("_")
    w = w if measure.endswith("_wt") else None
    if measure == "Gini_corr":
        return d.gini_coefficient(x, correction=True)
    if measure == "Kolm_scaled":
        return d.kolm_index(x / x.mean(), alpha=1)
    if head == "GE":
        return d.generalised_entropy(x, w, alpha=float(parameter))
    if head == "Atkinson":
        return d.atkinson_index(x, w, aversion=float(parameter))
    if head == "SGini":
        return d.gini_coefficient(x, w, extended=float(parameter))
    simple = {
        "Gini": d.gini_coefficient,
        "gini": d.gini_coefficient,
        "Theil_T": d.theil_index,
        "theil": d.theil_index,
        "Theil_L": d.mean_log_deviation,
        "mld": d.mean_log_deviation,
        "RS": d.hoover_index,
        "var.coeff": d.coefficient_of_variation,
    }
    return simple[measure.removesuffix("_wt")](x, w)


def check(data, expected, lorenz):
    checked = 0
    for row in expected.itertuples():
        if "decomp" in row.measure or row.measure.endswith(("_total", "_within", "_between", "_overlap")):
            continue  # see test_subgroups.py
        found = ours(row.measure, data["x"], data["w"])
        assert found.estimate == pytest.approx(row.value, rel=1e-9), row.measure
        assert found.standard_error > 0
        checked += 1
    assert checked == 29
    curve = lorenz_curve(data["x"], data["w"])
    np.testing.assert_allclose(curve.population_share, lorenz["p"], rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(curve.estimate, lorenz["L"], rtol=1e-9, atol=1e-15)


def test_the_kolm_index_of_values_over_their_mean_matches_the_reference(reference):
    data, expected = reference("dispersion_lognormal900")
    wanted = expected.loc[expected["measure"] == "Kolm_scaled", "value"].item()
    assert ours("Kolm_scaled", data["x"], None).estimate == pytest.approx(wanted, rel=1e-9)


@needs_golden
@pytest.mark.parametrize("case", ["Ilocos", "hhbudgets600", "mex2008_1000"])
def test_golden(case):
    folder = Path(GOLDEN or ".") / "inequality" / "univariate"
    check(*(pd.read_csv(folder / f"{case}_{name}.csv") for name in ("in", "out", "lorenz_out")))


# --- properties ----------------------------------------------------------------------------------------------------------

samples = st.integers(3, 20).flatmap(
    lambda n: st.tuples(
        arrays(float, n, elements=st.integers(1, 60).map(lambda k: k / 4)).filter(lambda a: len(set(a)) > 1),
        arrays(float, n, elements=st.integers(1, 4).map(float)),
    )
)
ALL = {
    **MEASURES,
    "extended": lambda *a, **k: d.gini_coefficient(*a, extended=3.5, **k),
    "GE(-1)": lambda *a, **k: d.generalised_entropy(*a, alpha=-1, **k),
    "Atkinson 0.5": lambda *a, **k: d.atkinson_index(*a, aversion=0.5, **k),
    "Kolm": lambda *a, **k: d.kolm_index(*a, alpha=0.3, **k),
}


@settings(max_examples=30, deadline=None)
@given(samples, st.sampled_from(list(ALL)), st.randoms(use_true_random=False))
def test_shuffling_scaling_replicating(sample, name, random):
    x, w = sample
    measure = ALL[name]
    base = measure(x, w)
    order = np.array(random.sample(range(len(x)), len(x)))
    assert measure(x[order], w[order]).estimate == pytest.approx(base.estimate, abs=1e-10)
    assert measure(np.repeat(x, w.astype(int))).estimate == pytest.approx(base.estimate, abs=1e-10)
    same = measure(x, 12.5 * w)
    assert same.estimate == pytest.approx(base.estimate, abs=1e-10)
    assert same.standard_error == pytest.approx(base.standard_error, rel=1e-6, abs=1e-9)
    if name == "Kolm":
        assert measure(x - 100, w).estimate == pytest.approx(base.estimate, abs=1e-9)
    else:
        scaled = measure(1000 * x, w)
        assert scaled.estimate == pytest.approx(base.estimate, abs=1e-9)
        assert scaled.standard_error == pytest.approx(base.standard_error, rel=1e-5, abs=1e-8)
    assert base.estimate >= -1e-12


@settings(max_examples=20, deadline=None)
@given(samples)
def test_known_relations(sample):
    x, w = sample
    cv = d.coefficient_of_variation(x, w).estimate
    assert d.generalised_entropy(x, w, alpha=2).estimate == pytest.approx(cv**2 / 2, abs=1e-12)
    mld = d.mean_log_deviation(x, w).estimate
    assert d.atkinson_index(x, w, aversion=1).estimate == pytest.approx(1 - np.exp(-mld), abs=1e-12)
    assert d.generalised_entropy(x, w, alpha=1e-6).estimate == pytest.approx(mld, abs=1e-4)
    assert d.generalised_entropy(x, w, alpha=1 + 1e-6).estimate == pytest.approx(
        d.theil_index(x, w).estimate, abs=1e-4
    )
    assert d.gini_coefficient(x, w, extended=2).estimate == pytest.approx(
        d.gini_coefficient(x, w).estimate, abs=1e-12
    )
    p = w / w.sum()
    plain = (p[:, None] * p * np.abs(x[:, None] - x)).sum() / (2 * p @ x)
    assert d.gini_coefficient(x, w).estimate == pytest.approx(plain, abs=1e-12)
    curve = lorenz_curve(x, w)
    assert curve.area_index == pytest.approx(plain, abs=1e-12)
    gap = (curve.population_share - curve.estimate).max()
    assert d.hoover_index(x, w).estimate == pytest.approx(gap, abs=1e-12)


@pytest.mark.parametrize("name", list(ALL))
def test_transfers_to_the_poorer_lower_inequality(name):
    x = np.array([2.0, 3.0, 5.0, 9.0, 12.0])
    fairer = x + np.array([0, 0.5, 0, -0.5, 0])
    assert ALL[name](fairer).estimate < ALL[name](x).estimate


@pytest.mark.parametrize("name", list(ALL))
def test_influence_is_the_derivative_and_the_error_follows(name):
    rng = np.random.default_rng(2)
    x, w = rng.gamma(3.0, size=40), rng.uniform(0.5, 2, 40)
    w /= w.sum()
    base = ALL[name](x, w)
    slopes = []
    for i in range(40):
        step = 1e-6
        moved = ALL[name](x, (1 - step) * w + step * (np.arange(40) == i))
        slopes.append((moved.estimate - base.estimate) / step)
    assert base.standard_error == pytest.approx(np.sqrt(((w * slopes) ** 2).sum()), rel=1e-3)


@pytest.mark.parametrize("name", list(ALL))
def test_bootstrap_is_seeded_and_near_the_linearisation(name):
    rng = np.random.default_rng(6)
    x, w = rng.gamma(3.0, size=250), rng.uniform(0.5, 2, 250)
    linear = ALL[name](x, w)
    one = ALL[name](x, w, variance="bootstrap", draws=300, seed=4, levels=(0.8, 0.95))
    assert one == ALL[name](x, w, variance="bootstrap", draws=300, seed=4, levels=(0.8, 0.95))
    assert one.estimate == linear.estimate
    order = rng.permutation(250)
    shuffled = ALL[name](x[order], w[order], variance="bootstrap", draws=300, seed=4, levels=(0.8, 0.95))
    assert shuffled.interval(0.95).upper == pytest.approx(one.interval(0.95).upper, abs=1e-9)
    assert one.standard_error == pytest.approx(linear.standard_error, rel=0.2)
    assert (
        one.interval(0.95).lower
        < one.interval(0.8).lower
        < one.interval(0.8).upper
        < one.interval(0.95).upper
    )


def test_linearised_limits_cover_the_truth():
    rng = np.random.default_rng(7)
    truth = 0.5204998778  # Gini of a lognormal with sigma 1: erf(1/2)
    hits = sum(truth in d.gini_coefficient(rng.lognormal(size=800)).interval() for _ in range(200))
    assert 170 <= hits <= 200


def test_clusters_drawn_whole():
    rng = np.random.default_rng(8)
    x = rng.gamma(2.0, size=50)
    once = d.theil_index(x)
    copied = np.tile(x, 4)
    assert d.theil_index(copied, clusters=np.tile(np.arange(50), 4)).standard_error == pytest.approx(
        once.standard_error, rel=1e-9
    )
    drawn = d.theil_index(copied, clusters=np.tile(np.arange(50), 4), variance="bootstrap", draws=400)
    assert drawn.standard_error == pytest.approx(once.standard_error, rel=0.25)


def test_zeros_and_negative_values():
    assert d.theil_index([0, 0, 3]).estimate == pytest.approx(np.log(3))
    assert d.gini_coefficient([0, 0, 3]).estimate == pytest.approx(2 / 3)
    assert d.atkinson_index([0, 4], aversion=0.5).estimate == pytest.approx(0.5)
    for function in (d.mean_log_deviation, d.atkinson_index, d.variance_of_logs):
        with pytest.raises(InputError, match="row 1 is 0"):
            function([1, 0, 2])
    with pytest.raises(InputError, match="row 2 is -1"):
        d.gini_coefficient([1, 0, -1])
    with pytest.raises(InputError, match="every value is zero"):
        d.theil_index([0, 0])
    with pytest.raises(InputError, match="only one"):
        d.hoover_index([3])
    with pytest.raises(InputError, match="no meaning with weights"):
        d.gini_coefficient([1, 2], [1, 1], correction=True)


def test_equal_values_have_no_inequality():
    for name, measure in ALL.items():
        result = measure([4.0, 4.0, 4.0], [1, 2, 3])
        assert result.estimate == pytest.approx(0.0, abs=1e-7), name
        assert result.standard_error == pytest.approx(0.0, abs=1e-7), name


def test_measures_side_by_side_and_by_region():
    side = d.dispersion_measures([0.0, 2.0, 3.0, 9.0], levels=(0.5, 0.9))
    assert "above zero" in side["mean log deviation"].reason
    assert side["Theil index"].estimate == d.theil_index([0.0, 2.0, 3.0, 9.0]).estimate
    assert side.lower.shape == (8, 2)
    frame = pd.DataFrame(
        {"r": list("aabbc"), "y": [1, 1, 1, 2, 1], "x": [1.0, 3, 2, 2, 5], "p": [1.0, 2, 1, 1, 1]}
    )
    by = d.dispersion_by(frame, "x", "r", weights="p", measure="Hoover index")
    assert by["a"].estimate == d.hoover_index([1, 3], [1, 2]).estimate
    assert by["c"].reason == "only one unit"
    two = d.dispersion_by(frame.iloc[:4], "x", ["r", "y"])
    assert list(two.index.names) == ["r", "y"]
    with pytest.raises(InputError, match="no column 'z'"):
        d.dispersion_by(frame, "z", "r")


# --- curves ----------------------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(samples, st.randoms(use_true_random=False))
def test_curves_do_not_depend_on_row_order(sample, random):
    x, w = sample
    order = np.array(random.sample(range(len(x)), len(x)))
    rank = np.round(x)
    for share in (0.1, 0.5, 0.77):
        assert lorenz_curve(x[order], w[order]).at(share) == pytest.approx(
            lorenz_curve(x, w).at(share), abs=1e-12
        )
        assert concentration_curve(w[order], rank[order], w[order]).at(share) == pytest.approx(
            concentration_curve(w, rank, w).at(share), abs=1e-12
        )


def test_concentration_curve_of_tied_ranks_is_straight():
    curve = concentration_curve([1.0, 3.0, 6.0], [1, 1, 2])
    assert curve.population_share.tolist() == pytest.approx([0, 2 / 3, 1])
    assert curve.at(1 / 3) == pytest.approx(0.2)
    assert "no draws" in curve.reason[0]


def test_curve_limits_are_pointwise_and_seeded():
    x = np.random.default_rng(3).lognormal(size=400)
    one = lorenz_curve(x, at=[0.25, 0.5, 0.75], draws=200, levels=(0.5, 0.95), seed=1)
    two = lorenz_curve(x, at=[0.25, 0.5, 0.75], draws=200, levels=(0.5, 0.95), seed=1)
    np.testing.assert_array_equal(one.lower, two.lower)
    assert (one.lower[:, 1] < one.lower[:, 0]).all()
    assert ((one.lower[:, 1] < one.estimate) & (one.estimate < one.upper[:, 1])).all()
    # binomial-like check: standard error of L(p) by linearisation, IF = [(x - q) 1(x <= q) + p q - L mu - L (x - mu)] / mu
    q, mean = np.quantile(x, 0.5), x.mean()
    psi = ((x - q) * (x <= q) + 0.5 * q - one.estimate[1] * x) / mean
    assert one.standard_error[1] == pytest.approx(psi.std() / np.sqrt(x.size), rel=0.2)
    with pytest.raises(InputError, match="give at="):
        lorenz_curve(x, draws=100)
    with pytest.raises(InputError, match="every value is zero"):
        lorenz_curve([0.0, 0.0])
    with pytest.raises(InputError, match="from 0 to 1"):
        one.at(1.2)
