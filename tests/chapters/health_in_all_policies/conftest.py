"""One chapter for all tests."""

import pytest

from healthdevo.chapters.health_in_all_policies import HealthInAllPolicies


@pytest.fixture(scope="session")
def chapter() -> HealthInAllPolicies:
    return HealthInAllPolicies.load(draws=60)
