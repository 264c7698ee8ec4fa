"""The section that several tests need, loaded once."""

import pytest

from healthdevo.chapters.reorganisation.experiments import Experiments


@pytest.fixture(scope="session")
def section() -> Experiments:
    return Experiments.load()
