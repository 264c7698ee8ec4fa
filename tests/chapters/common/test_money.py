"""Money is only put in prices of one year where the deflator has the year."""

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.common import published_elasticity, real_terms
from healthdevo.errors import TableError


def test_a_year_without_deflator_is_refused():
    frame = pd.DataFrame({"spend": [1.0], "year": [1900]})
    with pytest.raises(TableError, match="1900"):
        real_terms(frame, tables.load("gdp_deflator"), "spend", "year")


def test_a_published_elasticity_that_is_missing_is_refused():
    published = tables.load("published_estimate")
    assert published_elasticity(published).estimate == pytest.approx(-0.115)
    with pytest.raises(TableError, match="no row"):
        published_elasticity(published.iloc[:0])
