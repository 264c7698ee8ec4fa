"""The published outputs reproduce: a chapter and an area page, run once by the pipeline, are run again and compared."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from healthdevo.publishing.lock import held
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.project import Project
from healthdevo.publishing.run import run_jobs

ROOT = Path(__file__).parents[1]
PAGES = ("demand", "areas/nhs-greater-manchester-icb")

pytestmark = [pytest.mark.book, pytest.mark.usefixtures("national_results_once")]


@pytest.fixture(scope="module")
def executed() -> dict[str, Path]:
    """Executed notebooks of the pages, made where `make book` finds them again."""
    project = Project.load(ROOT)
    jobs = {job.docname: job for job in make_plan(project).jobs}
    with held(project.build):
        summary = run_jobs(project, [jobs[name] for name in PAGES])
    summary.raise_for_failures()
    return {name: summary.places.notebook(jobs[name]) for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_outputs_reproduce_when_the_notebook_is_run_again(executed, name):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    environment |= {"MPLBACKEND": "Agg", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=600", "-q",
         "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=", str(executed[name])],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
