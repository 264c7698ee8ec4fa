"""The page's sections, loaded once."""

import pytest

from healthdevo.chapters.devolution.admissions import Admissions


@pytest.fixture(scope="session")
def page() -> Admissions:
    return Admissions.load()
