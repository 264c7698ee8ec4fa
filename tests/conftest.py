"""Settings for all tests, reference cases carried by the project, and larger sets of them that are not shipped."""

import gc
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
    """Start with files that have long tests, then the families that take long together, so that no process is left with one at the end."""
    first = {
        item.path for item in items if item.get_closest_marker("book") or item.get_closest_marker("long")
    }
    heavy = {"chapters", "publishing", "claims"}
    items.sort(key=lambda item: (item.path not in first, not heavy & set(item.path.parts)))


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a chapter in one process, which loads the chapter once; of all others the tests of a file (``--dist loadfile``)."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByChapter(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return together(super()._split_scope(nodeid))

    return ByChapter(config, log)


def together(path):
    """Return what the tests of a file are run together with: the folder of its chapter or of the claims, or the file itself.

    The two files that execute pages of the book itself go together, too: side by side, one would wait for the other.

    >>> together("tests/chapters/devolution/admissions/test_rates.py")
    'tests/chapters/devolution'
    >>> together("tests/chapters/test_recorded.py")
    'tests/chapters/test_recorded.py'
    """
    parts = path.split("/")
    if parts[:2] == ["tests", "chapters"] and len(parts) > 3 and parts[2] != "area":
        return "/".join(parts[:3])
    if path in ("tests/test_published.py", "tests/test_site.py"):
        return "tests/test_published.py"
    return "tests/claims" if parts[:2] == ["tests", "claims"] else path


def pytest_collection_finish():
    """Leave what is loaded by now out of the search for garbage, which would go through it again and again."""
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="module", autouse=True)
def _chapters_share_national_results(request):
    """Compute once for all tests of chapters and claims what a build computes once for all pages."""
    parts = set(request.path.parts)
    if {"chapters", "claims"} & parts and "common" not in parts:  # there, keeping itself is tested
        request.getfixturevalue("national_results_once")


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
