"""The walk through the tables once, and a few indicators with few blocks."""

import pytest

from healthdevo.chapters.whole_system.catalogue import Catalogue
from healthdevo.chapters.whole_system.effects import Effects

FEW = (
    "under_75_mortality",
    "healthy_life_expectancy_area_editions",
    "council_outturn/adult_social_care",
    "local_outcome/life_satisfaction",
    "local_outcome/delayed_transfer_days_social_care",
    "wider_determinants/inactivity_rate",
)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="session")
def few(catalogue) -> Effects:
    """Return six indicators of all kinds, with few blocks."""
    chosen = tuple(s for s in catalogue.tested if s.name in FEW)
    assert len(chosen) == len(FEW)
    return Effects(chosen, draws=40, more=60, together=30)
