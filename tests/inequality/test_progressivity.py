"""Kakwani and Reynolds-Smolensky indices: reference values, identities, uncertainty."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.inequality.concentration import concentration_index
from healthdevo.inequality.gini import gini_coefficient
from healthdevo.inequality.progressivity import kakwani_index, redistribution, reynolds_smolensky_index

GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")


@pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
@pytest.mark.parametrize("suffix", ["", "_wt"])
def test_golden(suffix):
    folder = Path(GOLDEN or ".") / "inequality" / "concentration"
    data = pd.read_csv(folder / "kakwani_compare_in.csv")
    expected = pd.read_csv(folder / "kakwani_compare_out.csv").set_index("variant")["value"]
    w = data["w"] if suffix else None
    found = kakwani_index(data["payment"], data["income"], w)
    assert found.estimate == pytest.approx(expected["Kakwani" + suffix], rel=1e-8)
    paid = concentration_index(data["payment"], data["income"], w)
    assert paid.estimate == pytest.approx(expected["CI_payment" + suffix], rel=1e-8)
    gini = gini_coefficient(data["income"], w)
    assert gini.estimate == pytest.approx(expected["Gini_income" + suffix], rel=1e-8)


@pytest.fixture(scope="module")
def taxes():
    rng = np.random.default_rng(1)
    income = rng.lognormal(3.0, 0.7, 300).round(1)
    tax = 0.1 * income + 0.1 * np.maximum(income - 20, 0) + rng.uniform(0, 1, 300)
    return income, tax, rng.uniform(0.5, 2, 300)


def test_redistribution_follows_from_progressivity(taxes):
    income, tax, w = taxes
    k = kakwani_index(tax, income, w)
    rs = reynolds_smolensky_index(income, income - tax, w)
    rate = (w @ tax) / (w @ income)
    assert rs.estimate == pytest.approx(k.estimate * rate / (1 - rate), abs=1e-12)
    assert k.interval().lower > 0
    parts = redistribution(income, income - tax, w, levels=(0.5, 0.95))
    assert parts["Reynolds-Smolensky index"].estimate == pytest.approx(rs.estimate)
    assert parts["reranking"].estimate >= 0
    total = gini_coefficient(income, w).estimate - gini_coefficient(income - tax, w).estimate
    assert parts["redistributive effect"].estimate == pytest.approx(total, abs=1e-12)
    assert parts.estimate[0] == pytest.approx(parts.estimate[1] - parts.estimate[2], abs=1e-12)


def test_invariances(taxes):
    income, tax, w = taxes
    base = kakwani_index(tax, income, w)
    order = np.random.default_rng(2).permutation(300)
    for other in (
        kakwani_index(tax[order], income[order], w[order]),
        kakwani_index(9 * tax, 3 * income, 5 * w),
    ):
        assert other.estimate == pytest.approx(base.estimate, abs=1e-12)
        assert other.standard_error == pytest.approx(base.standard_error, rel=1e-8)
    assert kakwani_index(0.2 * income, income, w).estimate == pytest.approx(0.0, abs=1e-12)
    flat = kakwani_index(np.ones(300), income, w)
    assert flat.estimate == pytest.approx(-gini_coefficient(income, w).estimate)
    assert flat.standard_error == pytest.approx(gini_coefficient(income, w).standard_error, rel=1e-9)


def test_uncertainty_of_the_difference_is_joint(taxes):
    income, tax, w = taxes
    linear = kakwani_index(tax, income, w)
    drawn = kakwani_index(tax, income, w, variance="bootstrap", draws=500, seed=3)
    assert drawn.standard_error == pytest.approx(linear.standard_error, rel=0.2)
    apart = np.hypot(
        concentration_index(tax, income, w, variance="influence").standard_error,
        gini_coefficient(income, w).standard_error,
    )
    assert linear.standard_error < 0.7 * apart
    both = redistribution(
        income, income - tax, w, variance="bootstrap", draws=100, seed=np.random.default_rng(1)
    )
    assert (both.upper >= both.lower).all()
    clusters = np.repeat(np.arange(100), 3)
    assert kakwani_index(tax, income, w, clusters=clusters).standard_error > 0


def test_wrong_input_is_named():
    with pytest.raises(InputError, match="payment: row 0 is -1"):
        kakwani_index([-1, 2], [1, 2])
    with pytest.raises(InputError, match="payment: every value is zero"):
        kakwani_index([0, 0], [1, 2])
    with pytest.raises(InputError, match="variance"):
        kakwani_index([1, 2], [1, 2], variance="regression")


@pytest.mark.parametrize("weights", ["none", "weight"])
def test_drawn_payments_match_the_formulas(reference, weights):
    data, expected = reference("concentration_groups_drawn", keep_default_na=False)
    want = expected[expected["weights"] == weights].set_index("quantity")["value"]
    w = None if weights == "none" else data[weights]
    ours = {
        "kakwani": kakwani_index(data["payment"], data["income"], w),
        "index of payment": concentration_index(data["payment"], data["income"], w),
        "gini of income": gini_coefficient(data["income"], w),
    }
    for name, found in ours.items():
        assert found.estimate == pytest.approx(want[name], rel=1e-8), name
