"""Areas of other kinds are refused."""

import pytest

from healthdevo.chapters.area import AreaSpending
from healthdevo.errors import AreaError, TableError


def test_other_areas_are_refused():
    with pytest.raises(TableError, match="figures of spending for"):
        AreaSpending.load("E08000003")
    with pytest.raises(AreaError):
        AreaSpending.load("E5400057")
