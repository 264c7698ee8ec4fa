"""What the mix of deprivation explains, recomputed as a squared correlation."""

from __future__ import annotations

import numpy as np
import pytest

from healthdevo.chapters.postcode_lottery.composition import Composition
from healthdevo.chapters.postcode_lottery.ground import Ground


@pytest.fixture(scope="module")
def composition() -> Composition:
    return Composition(Ground.load())


def test_composition_share(composition: Composition) -> None:
    rows = composition.districts.query("sex == 'male'")
    w = composition.ground.size.reindex(rows["area_code"]).to_numpy(float)
    correlation = np.cov(rows["predicted"], rows["life"], aweights=w)
    squared = correlation[0, 1] ** 2 / correlation[0, 0] / correlation[1, 1]
    assert squared < composition.explained["male"] < 1.1 * squared
