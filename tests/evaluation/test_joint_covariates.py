"""Joint covariates over many samples at once, and which failure a curve of specifications tells of."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import Panel, specification_curve, synthetic_did, synthetic_did_fit


@pytest.fixture(scope="module")
def panel():
    """Outcomes of areas, periods and two covariates, an effect of two, and almost no noise."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(12, 8, 2))
    d = np.outer(np.arange(12) < 2, np.arange(8) >= 5)
    y = rng.normal(size=(12, 1)) + rng.normal(size=(1, 8)) + x @ [3.0, -1.0] + 2.0 * d
    y += 0.01 * rng.normal(size=y.shape)
    return Panel(y, d, pd.RangeIndex(12), pd.RangeIndex(8), covariates=x, covariate_names=("need", "age"))


@pytest.mark.parametrize("inference", ["placebo", "bootstrap"])
def test_draws_take_the_covariates_out_one_and_all(panel, inference):
    effect = synthetic_did(panel, inference=inference, draws=25, max_iterations=300)
    assert effect.estimate == pytest.approx(2.0, abs=0.25)
    assert effect.diagnostics["coefficient of need"] == pytest.approx(3.0, abs=0.4)
    assert effect.diagnostics["coefficient of age"] == pytest.approx(-1.0, abs=0.4)
    # the covariates move outcomes by three: draws that kept any of that would spread more than this
    assert 0.0 < effect.standard_error < 0.4


def test_how_many_draws_are_fitted_at_a_time_changes_nothing(panel, monkeypatch):
    together = synthetic_did(panel, draws=25, max_iterations=40).standard_error
    monkeypatch.setattr(synthetic_did_fit, "BATCH", 1)
    assert synthetic_did(panel, draws=25, max_iterations=40).standard_error == pytest.approx(
        together, rel=1e-9
    )


def test_where_no_specification_has_an_estimate_the_first_one_says_why():
    def run(choice):
        raise InputError(f"choice: {choice} cannot be run")

    with pytest.raises(InputError, match="the first says: choice: alpha cannot be run"):
        specification_curve({"choice": {"first": "alpha", "second": "beta"}}, run)
