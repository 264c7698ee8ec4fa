"""The page's sections, loaded once."""

import pytest

from healthdevo.chapters.devolution.avoidable import TenYears


@pytest.fixture(scope="session")
def page() -> TenYears:
    return TenYears.load()
