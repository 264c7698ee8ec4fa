"""Reference cases carried by the project, and larger sets of them that are not shipped."""

import os
from pathlib import Path

import pandas as pd
import pytest

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="session")
def reference():
    """Return a function that reads a case's input and expected tables."""

    def read(case, **options):
        folder = REFERENCE / case
        assert (folder / "SOURCE.md").is_file()
        return pd.read_csv(folder / "input.csv", **options), pd.read_csv(folder / "expected.csv", **options)

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
