"""Settings for all tests, reference cases carried by the project, and larger sets of them that are not shipped."""

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

# No timers in tests: a busy machine is not a failure. In continuous checks the same cases are drawn each time.
settings.register_profile("healthdevo", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("healthdevo")

REFERENCE = Path(__file__).parent / "reference"


@pytest.fixture(scope="session")
def reference():
    """Return a function that reads a case's input and expected tables."""

    def read(case, **options):
        folder = REFERENCE / case
        assert (folder / "SOURCE.md").is_file()
        return pd.read_csv(folder / "input.csv", **options), pd.read_csv(folder / "expected.csv", **options)

    return read


@pytest.fixture(scope="session")
def carried():
    """Return a function that reads one table of a case by its name."""

    def read(case, name="expected", **options):
        return pd.read_csv(REFERENCE / case / f"{name}.csv", **options)

    return read


@pytest.fixture(scope="session")
def golden():
    """Return a function that finds a file of the wider reference set, skipping where there is none."""

    def find(*parts):
        root = os.environ.get("HEALTHDEVO_GOLDEN")
        if not root:
            pytest.skip("HEALTHDEVO_GOLDEN is not set")
        return Path(root).joinpath(*parts)

    return find
