"""The same plan on a Dask cluster: a real scheduler and two worker processes on loopback."""

import dataclasses
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from tests.cluster import Cluster

from healthdevo.chapters.common import kept
from healthdevo.errors import BuildError
from healthdevo.publishing import national
from healthdevo.publishing.cluster import DaskEngine
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.run import Places, run_jobs
from healthdevo.publishing.tasks import Task

pytestmark = pytest.mark.long
SLOW = "import os, pathlib, time\npathlib.Path({folder!r}, str(os.getppid())).touch()\nwhile not pathlib.Path({go!r}).exists(): time.sleep(0.02)\n1 + 1"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a scheduler and two workers, whose tasks keep their files in a folder of their own."""
    scratch = tempfile.mkdtemp(prefix="hd")  # short: the system takes no long names of sockets
    started = Cluster(tmp_path_factory.mktemp("cluster"), environment={**os.environ, "TMPDIR": scratch})
    started.scratch = Path(scratch)
    yield started
    started.close()
    shutil.rmtree(scratch)


@pytest.fixture(autouse=True)
def filled(cluster):
    cluster.fill()


def wait_until(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def wait_page(project, tmp_path):
    """Let a page of the book wait for us; return the folder in which it says that it has begun, and the file that lets it go on."""
    begun, go = tmp_path / "begun", tmp_path / "go"
    begun.mkdir()
    path = project.root / "book" / "supply.ipynb"
    code = SLOW.format(folder=str(begun), go=str(go))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"1 + 1"', json.dumps(code)), encoding="utf-8")
    return begun, go


def executed(project):
    folder = Places.of(project.build).executed
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.ipynb")}


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_makes_the_same_pages_though_a_worker_is_killed(project, cluster, tmp_path):
    begun, go = wait_page(project, tmp_path)
    jobs = make_plan(project).jobs
    outcomes = DaskEngine(cluster.address).run
    killed = []

    class Striking:
        def run(self, tasks):
            for outcome in outcomes(tasks):
                if not killed:  # while one page waits for us
                    while not list(begun.iterdir()):
                        time.sleep(0.02)
                    kernel = psutil.Process(int(next(begun.iterdir()).name))
                    family = {p.pid for p in [kernel, *kernel.parents()]}
                    (victim,) = [w for w in cluster.workers if w.pid in family]
                    os.kill(victim.pid, signal.SIGKILL)
                    killed.append(victim.pid)
                    go.touch()
                yield outcome

    summary = run_jobs(project, jobs, engine=Striking(), progress=io.StringIO())
    assert summary.ok, summary.text
    assert len(summary.done) == 4
    assert killed
    wait_until(lambda: not list(cluster.scratch.iterdir()))
    there = executed(project)
    shutil.rmtree(project.build)
    assert run_jobs(project, jobs, engine=LocalEngine(2), progress=io.StringIO()).ok
    assert executed(project) == there


def test_when_the_build_is_killed_the_workers_stop_its_pages(project, cluster, tmp_path):
    begun, _ = wait_page(project, tmp_path)
    command = [sys.executable, "-m", "healthdevo", "--project", str(project.root), "build"]
    nothing = subprocess.DEVNULL
    build = subprocess.Popen([*command, "--scheduler", cluster.address], stdout=nothing, stderr=nothing)
    wait_until(lambda: list(begun.iterdir()))
    kernel = psutil.Process(int(next(begun.iterdir()).name))  # of the kernel's parent, a worker of a worker
    family = [kernel, *kernel.children(recursive=True)]
    assert len(family) > 1
    build.send_signal(signal.SIGKILL)
    build.wait()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    wait_until(lambda: not list(cluster.scratch.iterdir()))
    assert all(worker.poll() is None for worker in cluster.workers)


def step(tmp_path, name, codes):
    modules = [module for step in national.STEPS for module in step.modules]
    place = kept.Place(str(tmp_path / name), dict.fromkeys(modules, "code"), True)
    out = tmp_path / f"{name} out"
    task = Task(
        "national/forecasts",
        "healthdevo.chapters.area.national:forecasts",
        str(out / "list.json"),
        str(out / "list.log"),
        str(tmp_path),
        {"codes": codes},
        {kept.PLACE: place.text, "HEALTHDEVO_DATA": str(Path(__file__).parents[2] / "data")},
    )
    return task, tmp_path / name


@pytest.mark.filterwarnings("ignore")
def test_what_pages_share_is_made_on_the_cluster_and_kept_here(cluster, tmp_path):
    task, folder = step(tmp_path, "there", ["E54000057"])
    (outcome,) = DaskEngine(cluster.address).run([task])
    assert outcome.ok, outcome.message
    assert "emergency_month" in outcome.reads
    listed = json.loads(Path(task.output).read_text(encoding="utf-8"))
    assert listed
    assert sorted(listed) == sorted(path.name for path in folder.iterdir())
    local, own = step(tmp_path, "here", ["E54000057"])
    (same,) = LocalEngine(1, cold=True).run([local])
    assert same.ok
    assert {path.name: path.read_bytes() for path in own.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    # what is kept travels to the next task, which computes nothing again
    again = dataclasses.replace(task, name="again")
    (found,) = DaskEngine(cluster.address).run([again])
    assert found.ok
    wait_until(lambda: not list(cluster.scratch.iterdir()))


def test_no_scheduler_is_one_message(project):
    engine = DaskEngine("tcp://127.0.0.1:9", patience=1)
    with pytest.raises(BuildError, match=r"there is no Dask scheduler at tcp://127\.0\.0\.1:9"):
        run_jobs(project, make_plan(project).jobs, engine=engine, progress=io.StringIO())


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_goes_is_one_message_and_pages_stay(project, tmp_path):
    begun, go = wait_page(project, tmp_path)
    started = Cluster(tmp_path / "cluster")
    try:
        outcomes = DaskEngine(started.address, patience=5).run

        class Striking:
            def run(self, tasks):
                for outcome in outcomes(tasks):
                    wait_until(lambda: list(begun.iterdir()))
                    started.scheduler.kill()
                    yield outcome

        with pytest.raises(BuildError, match=r"the Dask scheduler at .* has gone; pages made so far stay"):
            run_jobs(project, make_plan(project).jobs, engine=Striking(), progress=io.StringIO())
        assert executed(project)
    finally:
        go.touch()
        started.close()
