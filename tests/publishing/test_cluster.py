"""The same plan on a Dask cluster: a real scheduler and two worker processes on loopback."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest

from healthdevo.errors import BuildError
from healthdevo.publishing.cluster import DaskEngine
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.run import Places, run_jobs

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
SLOW = "import os, pathlib, time\npathlib.Path({folder!r}, str(os.getppid())).touch()\nwhile not pathlib.Path({go!r}).exists(): time.sleep(0.02)\n1 + 1"


def start(*arguments):
    nothing = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
        stdout=nothing,
        stderr=nothing,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        start_new_session=True,
    )


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers; give its address and the workers."""
    place = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(place), "--no-dashboard"]
    started = [start("dask_scheduler", *common, "--host", "127.0.0.1", "--port", "0")]
    worker = ["dask_worker", *common, "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1"]
    started += [start(*worker, "--local-directory", str(tmp_path / f"w{i}")) for i in range(2)]
    try:
        while not place.exists():
            assert all(process.poll() is None for process in started)
            time.sleep(0.05)
        import json

        yield json.loads(place.read_text(encoding="utf-8"))["address"], started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def executed(project):
    folder = Places.of(project.build).executed
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.ipynb")}


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_makes_the_same_pages_though_a_worker_is_killed(project, cluster, tmp_path):
    address, workers = cluster
    begun, go = tmp_path / "begun", tmp_path / "go"
    begun.mkdir()
    path = project.root / "book" / "supply.ipynb"
    code = SLOW.format(folder=str(begun), go=str(go))
    text = path.read_text(encoding="utf-8")
    import json

    path.write_text(text.replace('"1 + 1"', json.dumps(code)), encoding="utf-8")
    jobs = make_plan(project).jobs
    engine = DaskEngine(address)
    outcomes = engine.run
    killed = []

    class Striking:
        def run(self, tasks):
            for outcome in outcomes(tasks):
                if not killed:  # while one page waits for us
                    while not list(begun.iterdir()):
                        time.sleep(0.02)
                    import psutil

                    kernel = psutil.Process(int(next(begun.iterdir()).name))
                    family = {p.pid for p in [kernel, *kernel.parents()]}
                    (victim,) = [w for w in workers if w.pid in family]
                    os.kill(victim.pid, signal.SIGKILL)
                    killed.append(victim.pid)
                    go.touch()
                yield outcome

    summary = run_jobs(project, jobs, engine=Striking(), progress=io.StringIO())
    assert summary.ok, summary.text
    assert len(summary.done) == 4
    assert killed
    there = executed(project)
    import shutil

    shutil.rmtree(project.build)
    assert run_jobs(project, jobs, engine=LocalEngine(2), progress=io.StringIO()).ok
    assert executed(project) == there


def test_no_scheduler_is_one_message(project):
    engine = DaskEngine("tcp://127.0.0.1:9", patience=1)
    with pytest.raises(BuildError, match=r"there is no Dask scheduler at tcp://127\.0\.0\.1:9"):
        run_jobs(project, make_plan(project).jobs, engine=engine, progress=io.StringIO())
