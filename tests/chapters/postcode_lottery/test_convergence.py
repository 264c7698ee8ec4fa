"""Convergence, recomputed in another way."""

from __future__ import annotations

import numpy as np
import pytest

from healthdevo.chapters.postcode_lottery.convergence import Convergence
from healthdevo.chapters.postcode_lottery.ground import Ground


@pytest.fixture(scope="module")
def convergence() -> Convergence:
    return Convergence(Ground.load())


def test_convergence_is_cleared_of_regression_to_the_mean(convergence: Convergence) -> None:
    c = convergence.frame.iloc[0]
    wide = convergence.ground.rates["ohid_2023"][[2010, 2019]].dropna()
    logs = np.log(wide.to_numpy(float))
    slope = np.polyfit(logs[:, 0], (logs[:, 1] - logs[:, 0]) / 9, 1)[0]
    assert c["slope_uncorrected"] == pytest.approx(slope)
    noise = float((convergence.ground.rate_errors["ohid_2023"].reindex(wide.index) ** 2).mean())
    reliability = 1 - noise / logs[:, 0].var(ddof=1)
    assert c["slope"] == pytest.approx((slope + (1 - reliability) / 9) / reliability)
    assert c["ratio"] == pytest.approx(logs[:, 1].std() / logs[:, 0].std())
