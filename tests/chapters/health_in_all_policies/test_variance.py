"""The division of variance recomputed from a wide table."""

import numpy as np
import pytest

from healthdevo import tables
from healthdevo.chapters.common import OUTCOME


def test_variance_splits_into_areas_years_and_the_rest(chapter):
    rows = tables.load("area_year_panel").dropna(subset=[OUTCOME])
    wide = np.log(rows.pivot_table(index="area_code", columns="year", values=OUTCOME).dropna())
    whole = ((wide - wide.to_numpy().mean()) ** 2).to_numpy().sum()
    areas = wide.shape[1] * ((wide.mean(axis=1) - wide.to_numpy().mean()) ** 2).sum()
    shares = chapter.variance.shares
    assert shares["areas"] == pytest.approx(areas / whole)
    assert sum(shares.values()) == pytest.approx(1)
    assert 0 < chapter.variance.noise < 1.5
