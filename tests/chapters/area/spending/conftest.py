"""Two boards for all tests."""

import pytest

from healthdevo.chapters.area import AreaSpending


@pytest.fixture(scope="session")
def manchester() -> AreaSpending:
    return AreaSpending.load("E54000057")


@pytest.fixture(scope="session")
def frimley() -> AreaSpending:
    return AreaSpending.load("E54000034")
