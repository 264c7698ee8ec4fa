"""Settings for all tests, reference cases carried by the project, and larger sets of them that are not shipped."""

import importlib
import os
from pathlib import Path

# Tests run side by side, a process for each core: threads of linear algebra would only wait for each other. Set before numpy loads.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import pandas as pd
import pytest
from hypothesis import settings

# No timers in tests: a busy machine is not a failure. In continuous checks the same cases are drawn each time.
settings.register_profile("healthdevo", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("healthdevo")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Start with files that have long tests, so that none of them is left to one process at the end."""
    first = {
        item.path for item in items if item.get_closest_marker("book") or item.get_closest_marker("long")
    }
    items.sort(key=lambda item: item.path not in first)


@pytest.fixture(autouse=True)
def _every_text_of_a_figure_can_be_read(request, monkeypatch):
    """Hold each figure that a test of charts or chapters draws against the rule: no text small, cut, or over another."""
    if not {"charts", "chapters"} & set(request.path.parts) or request.node.get_closest_marker("any_figure"):
        yield
        return
    from healthdevo.charts import chart
    from healthdevo.charts.legible import faults

    draw, found = chart.svg_of, []

    def watched(figure):
        picture = draw(figure)
        found.extend(faults(picture))
        return picture

    monkeypatch.setattr(chart, "svg_of", watched)
    yield
    assert not found, found


@pytest.fixture(scope="module")
def national_results_once(tmp_path_factory):
    """Keep national results between pages and between the processes of one run, as a build does."""
    keeping = importlib.import_module("healthdevo.chapters.common.kept")  # not the decorator of that name
    from healthdevo.publishing.national import LEDGER, STEPS

    every = tmp_path_factory.getbasetemp()
    every = every.parent if "PYTEST_XDIST_WORKER" in os.environ else every
    (every / "kept").mkdir(exist_ok=True)
    code = {name: "these tests" for step in (LEDGER, *STEPS) for name in step.modules}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keeping.PLACE, keeping.Place(str(every / "kept"), code, write=True).text)
        yield


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
