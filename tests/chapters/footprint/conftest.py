"""The tables of the chapter, loaded once."""

import pytest

from healthdevo.chapters.footprint.flows import Flows
from healthdevo.chapters.footprint.markets import Markets


@pytest.fixture(scope="session")
def flows() -> Flows:
    return Flows.load()


@pytest.fixture(scope="session")
def markets() -> Markets:
    return Markets.load()
