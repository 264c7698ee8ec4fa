"""Districts of shires say that the county pays."""

import pytest

from healthdevo.chapters.area import AreaSpending
from healthdevo.chapters.common import UncoveredError
from healthdevo.errors import AreaError


def test_districts_of_shires_say_that_the_county_pays():
    with pytest.raises(UncoveredError, match="pays for no social care") as refused:
        AreaSpending.load("E07000008")
    assert "[Cambridgeshire county](area:E10000003#spending-and-determinants)" in refused.value.text
    with pytest.raises(AreaError):
        AreaSpending.load("E5400057")
