"""One chapter for all tests."""

import pytest

from healthdevo.chapters.autonomy import Autonomy


@pytest.fixture(scope="session")
def chapter() -> Autonomy:
    return Autonomy.load(draws=50)
