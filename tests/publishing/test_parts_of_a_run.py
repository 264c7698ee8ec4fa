"""Workers, kernels and what came back from other machines, part by part: no kernel, server or book is started here."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from healthdevo.chapters.common import kept
from healthdevo.errors import BuildError
from healthdevo.publishing import cluster, engine, execution, forking, processes, worker
from healthdevo.publishing.execution import Watch
from healthdevo.publishing.tasks import Limits, Outcome, Task


def task(**changed: Any) -> Task:
    return Task(**{"name": "x", "template": "t", "output": "o", "log": "l", "folder": "f", **changed})


class Ended:
    """A process that has ended with a status, or runs (None)."""

    def __init__(self, status: int | None, *, lost: bool = False, pid: int = 0) -> None:
        self.status, self.lost, self.pid = status, lost, pid
        self.killed = 0

    def poll(self) -> int | None:
        return self.status

    def wait(self, timeout: float | None = None) -> int:
        assert timeout is not None
        if self.status is None:
            raise subprocess.TimeoutExpired("x", timeout)
        return self.status

    def kill(self) -> None:
        self.killed += 1


# --- processes


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0, "ended with status 0"),
        (1, "ended with status 1"),
        (-1, "was killed by signal 1 (SIGHUP)"),
        (-9, "was killed by signal 9 (SIGKILL); the system does so when memory runs out"),
        (-200, "was killed by signal 200"),
    ],
)
def test_how_a_process_ended(status: int, said: str) -> None:
    assert processes.ending(status) == said


def test_memory_is_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(ru_maxrss=7)
    monkeypatch.setattr(sys, "platform", "linux")
    assert processes.peak_memory(usage) == 7168
    assert processes.peak_memory(object()) == 0
    monkeypatch.setattr(sys, "platform", "darwin")
    assert processes.peak_memory(usage) == 7
    assert not processes.can_fork()
    assert processes.MEGABYTE == 1_048_576
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4, "SC_PHYS_PAGES": 3}.__getitem__)
    assert 0 < processes.total_memory() <= 12


def test_a_process_gets_no_more_memory_than_it_may() -> None:
    resource = pytest.importorskip("resource")
    told = "import resource; from healthdevo.publishing.processes import limit_memory; limit_memory(SIZE); print(*resource.getrlimit(resource.RLIMIT_DATA))"

    def limits(size: int) -> list[int]:
        done = subprocess.run([sys.executable, "-c", told.replace("SIZE", str(size))], capture_output=True, text=True, check=True)  # fmt: skip
        return [int(n) for n in done.stdout.split()]

    now = list(resource.getrlimit(resource.RLIMIT_DATA))
    assert limits(0) == now
    assert limits(1 << 30) == [1 << 30, now[1]]


@pytest.mark.skipif(os.name != "posix", reason="groups of processes are POSIX")
def test_a_group_is_ended_by_its_leader_and_a_process_alone() -> None:
    two = "import subprocess, sys, time\np = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\nprint(p.pid, flush=True)\ntime.sleep(60)"
    for own in (True, False):
        parent = subprocess.Popen([sys.executable, "-c", two], stdout=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        processes.end_group(parent.pid, leader=own)
        assert parent.wait(20) == -signal.SIGKILL
        assert _ends(child) is own
        if not own:
            os.kill(child, signal.SIGKILL)
        parent.stdout.close()
    processes.end_group(parent.pid)  # which has gone: nothing is raised


def _ends(pid: int) -> bool:
    import psutil

    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


# --- execution


def test_a_notebook_has_its_seconds_and_at_least_one(tmp_path: Path) -> None:
    watch = Watch(task(limits=Limits(seconds=100)), tmp_path)
    assert watch.seconds_left() == 100
    watch.started -= 40
    assert watch.seconds_left() == 60
    watch.started -= 80
    assert watch.seconds_left() == 1
    assert Watch(task(limits=Limits(seconds=0)), tmp_path).seconds_left() is None


def test_where_a_notebook_is_stands_in_a_file(tmp_path: Path) -> None:
    watch = Watch(task(), tmp_path)
    watch.begin(3, f"\n  \n{'y' * 95}\nz")
    assert (tmp_path / execution.POSITION).read_text() == f"cell 3: {'y' * 90}\n"
    watch.begin(4, "\n")
    assert (tmp_path / execution.POSITION).read_text() == "cell 4: \n"
    assert watch.words == tmp_path / "kernel.txt"


def test_output_is_counted_and_ends_the_kernel_only_beyond_its_limit(tmp_path: Path) -> None:
    watch = Watch(task(limits=Limits(output=3 << 20)), tmp_path)
    watch.process = Ended(None)
    watch.count({})
    watch.count({"content": {"text": "x" * (1 << 20), "data": {"a": "y" * ((1 << 20) - 3), "b": 5}, "traceback": ["abc"]}})  # fmt: skip
    assert watch.written == 2 << 20
    watch.count({"content": {"text": "x" * (1 << 20)}})
    assert (watch.written, watch.complaint, watch.process.killed) == (3 << 20, "", 0)
    watch.count({"content": {"text": "x"}})
    assert (watch.complaint, watch.process.killed) == ("it wrote more than 3 MB of output", 1)
    watch.count({"content": {"text": "x"}})
    assert watch.process.killed == 1
    free = Watch(task(limits=Limits(output=0)), tmp_path)
    free.count({"content": {"text": "x"}})
    assert (free.written, free.complaint) == (1, "")


def test_how_a_kernel_ended_and_what_it_needed(tmp_path: Path) -> None:
    watch = Watch(task(), tmp_path)
    assert watch.ended() == ""
    watch.end()
    watch.process = Ended(3)
    assert watch.ended() == "the kernel ended with status 3"
    watch.process.peak = 77
    assert watch.peak == 77
    assert Watch(task(), tmp_path).peak > 0
    assert watch.reads() == ()
    (tmp_path / "reads.txt").write_text("b\na\nb\n")
    assert watch.reads() == ("a", "b")


class CellError(Exception):
    """What papermill raises for a cell."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"{name}: {value}")
        self.ename, self.evalue = name, value


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CellError("ValueError", "one"), "ValueError: one"),
        (CellError("ValueError", "one\n\ntwo"), "ValueError: one (and 1 more in the log)"),
        (CellError("ValueError", ""), "ValueError"),
        (CellError("TableError", "one\ntwo"), "one; two"),
        (CellError("TableError", "one\n\x1b[31mtwo\x1b[0m\nthree\nfour"), "one; two (and 2 more in the log)"),
        (CellError("AreaError", ""), "AreaError"),
        (CellError("MemoryError", ""), "it needs more memory than the limit of 5 MB"),
        (CellError("_ArrayMemoryError", "10 GB"), "it needs more memory than the limit of 5 MB: 10 GB"),
        (type("CellTimeoutError", (Exception,), {})("x"), "it ran longer than 7.5 s"),
        (type("DeadKernelError", (Exception,), {})("x"), "the kernel was killed by signal 9 (SIGKILL); the system does so when memory runs out"),
        (OSError("\n\x1b[1mno\x1b[0m room\nmore"), "OSError: no room"),
    ],
)  # fmt: skip
def test_an_error_in_one_line(tmp_path: Path, error: Exception, said: str) -> None:
    watch = Watch(task(limits=Limits(seconds=7.5, memory=5 << 20)), tmp_path)
    watch.process = Ended(-9)
    message, detail = execution._explain(error, watch)
    assert message == said
    assert detail or not str(error)
    assert "\x1b" not in message
    watch.complaint = "it wrote too much"
    assert execution._explain(error, watch) == ("it wrote too much", "")


def test_without_a_limit_an_error_of_memory_is_one_like_others(tmp_path: Path) -> None:
    assert execution._explain(CellError("MemoryError", "x"), Watch(task(), tmp_path))[0] == "MemoryError: x"
    dead = type("DeadKernelError", (Exception,), {})("x")
    assert execution._explain(dead, Watch(task(), tmp_path))[0] == "the kernel died"


@pytest.mark.skipif(os.name != "posix", reason="sockets of this kind are POSIX")
@pytest.mark.parametrize(("length", "transport"), [(89, "ipc"), (90, "tcp")])
def test_kernels_talk_over_files_where_the_name_is_short_enough(length: int, transport: str) -> None:
    folder = Path("/" + "x" * (length - 1 - len("/kernel")))
    manager = execution._kernel_manager(Watch(task(), folder))()
    assert manager.transport == transport
    assert manager.connection_file == str(folder / "connection.json")
    assert manager.kernel_spec.argv[0] == sys.executable


@pytest.mark.parametrize(
    ("message", "begins"),
    [("ZMQError: x", False), ("Address already in use", False), ("Kernel didn't respond in 60 seconds", False),
     ("Kernel died before replying", False), ("the fork server does not answer", False), ("Kernel died", True)],
)  # fmt: skip
def test_what_is_tried_again(message: str, begins: bool) -> None:
    assert execution._start_failed(RuntimeError(message)) is not begins


def test_only_the_second_failure_to_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    monkeypatch.setattr(os, "environ", dict(os.environ))

    def fails(one: Task, watch: Watch) -> None:
        tried.append(1)
        raise RuntimeError("Address already in use" if one.name == "start" else "other")

    monkeypatch.setattr(execution, "_papermill", fails)
    for name, times in (("start", 2), ("cell", 1)):
        tried.clear()
        (tmp_path / "kernel.txt").write_text("a word" if name == "start" else " \n")
        (tmp_path / f"{name}.failed.ipynb").touch()
        one = task(name=name, output=str(tmp_path / "o"), log=str(tmp_path / f"{name}.log"))
        outcome = execution.execute(one, tmp_path)
        assert (outcome.ok, len(tried)) == (False, times)
        assert outcome.message == (
            "RuntimeError: Address already in use" if times == 2 else "RuntimeError: other"
        )
        assert 0.0 <= outcome.seconds < 60.0
        log = (tmp_path / f"{name}.log").read_text()
        assert ("The kernel's own words:\na word" in log) is (times == 2)
        assert ("own words" in log) is (times == 2)
        assert not (tmp_path / f"{name}.failed.ipynb").exists()
        assert outcome.reads == ()


# --- the local engine


def running(one: Task, folder: Path, process: Ended, seconds: float = 0.0, attempt: int = 1) -> Any:
    return engine._Running(one, folder, process, attempt, time.monotonic() - seconds)


def test_a_worker_has_fifteen_seconds_beyond_its_limit(tmp_path: Path) -> None:
    limited, free = task(limits=Limits(seconds=100)), task(limits=Limits(seconds=0))
    for one, seconds, late in ((limited, 114.5, False), (limited, 115.5, True), (free, 1e6, False)):
        assert engine._too_long(running(one, tmp_path, Ended(None), seconds)) is late
    assert 20.0 <= running(limited, tmp_path, Ended(None), 20.0).seconds < 21.0


def test_what_is_known_of_a_worker_that_left_no_word(tmp_path: Path) -> None:
    one = task(log=str(tmp_path / "x.log"), limits=Limits(seconds=3))
    (tmp_path / "worker.txt").write_text("its last words")
    assert engine._lost(running(one, tmp_path, Ended(4))).message == "the worker process ended with status 4"
    assert not engine._began(running(one, tmp_path, Ended(4)))
    (tmp_path / execution.POSITION).write_text("cell 2: f()\n")
    assert engine._began(running(one, tmp_path, Ended(4)))
    lost = engine._lost(running(one, tmp_path, Ended(None)))
    assert (lost.name, lost.ok, lost.message) == ("x", False, "the worker process vanished (cell 2: f())")
    assert engine._lost(running(one, tmp_path, Ended(0), 30.0)).message == "it ran longer than 3 s (cell 2: f())"  # fmt: skip
    assert "its last words" in (tmp_path / "x.log").read_text()
    assert engine._lost_server(running(one, tmp_path, Ended(0, lost=True)))
    assert not engine._lost_server(running(one, tmp_path, Ended(0)))


def test_long_tasks_begin_first_and_one_that_never_began_is_tried_once_more(monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    started: list[tuple[str, int]] = []

    class Workers:
        def __init__(self, place: Path, *rest: object, **options: object) -> None:
            self.place = place

        def start(self, one: Task, attempt: int) -> Any:
            started.append((one.name, attempt))
            folder = self.place / f"{one.name}{attempt}"
            folder.mkdir()
            if one.name != "never" and (one.name, attempt) != ("second", 1):
                outcome = Outcome(one.name, True, 1.0)
                (folder / worker._OUTCOME).write_bytes(worker.pickle.dumps(outcome))
            elif one.name == "begun":
                (folder / execution.POSITION).touch()
            return running(one, folder, Ended(1), attempt=attempt)

        def close(self) -> None:
            started.append(("closed", 0))

    monkeypatch.setattr(engine, "_Workers", Workers)
    tasks = [task(name=n, expected=s, log="/nonexistent/x") for n, s in (("short", 1), ("never", 5), ("second", 3), ("long", 9))]  # fmt: skip
    found = {o.name: o for o in engine.LocalEngine(1).run(tasks)}
    assert started == [("long", 1), ("never", 1), ("never", 2), ("second", 1), ("second", 2), ("short", 1), ("closed", 0)]  # fmt: skip
    assert {n: o.ok for n, o in found.items()} == {
        "long": True,
        "never": False,
        "second": True,
        "short": True,
    }
    assert found["never"].message == "the worker process ended with status 1"
    assert list(engine.LocalEngine(1).run([])) == []
    started.clear()
    assert list(engine.LocalEngine(1, wanted=lambda: False).run(tasks)) == []
    assert started == [("closed", 0)]


def test_what_a_worker_left_is_read_and_anything_else_is_no_outcome(tmp_path: Path) -> None:
    worker.prepare(tmp_path / "a", task())
    assert worker.pickle.loads((tmp_path / "a" / worker._TASK).read_bytes()) == task()
    assert worker.outcome_of(tmp_path / "a") is None
    for left, found in ((worker.pickle.dumps(5), None), (b"", None), (worker.pickle.dumps(Outcome("x", True, 1.0)), Outcome("x", True, 1.0))):  # fmt: skip
        (tmp_path / "a" / worker._OUTCOME).write_bytes(left)
        assert worker.outcome_of(tmp_path / "a") == found


# --- processes that are asked for


def test_a_server_of_copies_needs_a_short_name() -> None:
    for length, fits in ((93, True), (94, False)):  # with /fork it is five letters longer; 98 is the most
        assert forking.ForkServer.fits(Path("/" + "x" * (length - 1))) is fits


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="sockets of this kind are POSIX")
def test_a_copy_is_known_by_what_the_server_says(tmp_path: Path) -> None:
    address = str(tmp_path / "s")
    asked: list[dict[str, Any]] = []
    go = threading.Event()

    def serve(answers: list[bytes]) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            Path(address).unlink(missing_ok=True)
            server.bind(address)
            server.listen()
            ready.set()
            one, _ = server.accept()
            with one, one.makefile("rb") as stream:
                asked.append(json.loads(stream.readline()))
                one.sendall(answers[0])
                go.wait(20)
                for more in answers[1:]:
                    one.sendall(more)

    def process(*answers: bytes) -> forking.ForkedProcess:
        go.clear()
        ready.clear()
        threads.append(threading.Thread(target=serve, args=[list(answers)], daemon=True))
        threads[-1].start()
        assert ready.wait(20)
        return forking.ForkedProcess(address, "kernel", "a", environment={"E": "1"}, folder="f", words="w")

    ready, threads = threading.Event(), []
    one = process(b'{"pid": 12}\n', b'{"status": 3, ', b'"peak": 44}\n')
    assert (one.pid, one.poll(), one.lost) == (12, None, False)
    assert asked == [
        {"role": "kernel", "argument": "a", "folder": "f", "words": "w", "environment": {"E": "1"}}
    ]
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.03)
    go.set()
    assert (one.wait(), one.peak, one.lost, one.poll()) == (3, 44, False, 3)
    gone = process(b'{"pid": 13}\n')
    go.set()
    assert (gone.wait(20), gone.lost, gone.peak) == (-9, True, 0)
    zero = process(b'{"pid": 14}\n{"status": 0}\n')
    go.set()
    assert (zero.wait(), zero.lost) == (0, False)
    go.clear()
    with pytest.raises(ConnectionError, match="the fork server does not answer"):
        process(b"{}\n")
    go.set()
    for thread in threads:
        thread.join(20)
    with pytest.raises(ConnectionError):
        forking.ForkedProcess(str(tmp_path / "none"), "kernel", "a", environment={}, folder="f", words="w")


# --- a cluster


def test_files_travel_by_their_paths(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.txt").write_bytes(b"1")
    (tmp_path / "a" / "d").write_bytes(b"2")
    files = cluster.pack(tmp_path / "a")
    assert files == {"b/c.txt": b"1", "d": b"2"}
    assert cluster.pack(tmp_path / "none") == {}
    cluster._unpack(files, tmp_path / "other")
    assert cluster.pack(tmp_path / "other") == files


def sharing(tmp_path: Path, **changed: Any) -> Task:
    place = kept.Place(str(tmp_path / "keep"), {"m": "code"}, True)
    environment = {kept.PLACE: place.text, "HEALTHDEVO_DATA": str(tmp_path / "data"), "HEALTHDEVO_OVERLAY": str(tmp_path / "mine")}  # fmt: skip
    return task(output=str(tmp_path / "o.ipynb"), log=str(tmp_path / "o.log"), environment=environment, **changed)  # fmt: skip


def test_a_task_travels_with_its_data_own_tables_and_what_was_kept(tmp_path: Path) -> None:
    for name in ("data", "mine", "keep"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_bytes(name.encode())
    one = sharing(tmp_path)
    assert cluster._data(one) == {"data/x": b"data", "overlay/x": b"mine", "kept/x": b"keep"}
    plain = task(environment={"HEALTHDEVO_DATA": str(tmp_path / "data")})
    assert cluster._data(plain) == {"data/x": b"data"}
    assert cluster._place(plain) is None


class Future:
    """What a cluster has of a task."""

    def __init__(
        self, result: Any = None, error: Exception | None = None, *, cancelled: bool = False
    ) -> None:
        self._result, self._error, self._cancelled = result, error, cancelled

    def exception(self) -> Exception | None:
        return self._error

    def cancelled(self) -> bool:
        return self._cancelled

    def result(self) -> Any:
        return self._result


def test_what_comes_back_is_put_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "keep").mkdir()
    one, done = sharing(tmp_path), Outcome("x", True, 2.0)
    (tmp_path / "o.failed.ipynb").write_text("earlier")
    files = {"made": b"page", "made.log": b"log", "kept/deep/k": b"shared", "strange": b"no"}
    assert cluster._take(one, Future((done, files))) == done
    assert cluster.pack(tmp_path) == {"keep/k": b"shared", "o.ipynb": b"page", "o.log": b"log"}
    failed = Outcome("x", False, 2.0, "no")
    assert cluster._take(one, Future((failed, {"made.failed.ipynb": b"half"}))) == failed
    assert (tmp_path / "o.failed.ipynb").read_bytes() == b"half"
    given_up = cluster._take(one, Future(error=ValueError("one\ntwo")))
    assert given_up == Outcome("x", False, 0.0, "the cluster gave it up: ValueError: one")
    assert "its scheduler has gone or forgot it" in cluster._take(one, Future(cancelled=True)).message


def test_a_task_elsewhere_has_its_own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Task] = []

    class Engine:
        def __init__(self, jobs: int, *, cold: bool, wanted: Any) -> None:
            assert (jobs, cold, wanted()) == (1, True, True)

        def run(self, tasks: list[Task]) -> Any:
            (there,) = tasks
            seen.append(there)
            assert Path(there.template).read_bytes() == b"template"
            assert Path(there.environment["HEALTHDEVO_DATA"], "x").read_bytes() == b"d"
            assert Path(there.environment["HEALTHDEVO_OVERLAY"], "y").read_bytes() == b"o"
            place = kept.Place(**json.loads(there.environment[kept.PLACE]))
            assert Path(place.folder, "z").read_bytes() == b"k"
            assert sorted(p.name for p in Path(there.folder).iterdir()) == ["_toc.yml", "book"]
            Path(there.output).write_bytes(b"page")
            Path(there.log).write_bytes(b"log")
            yield Outcome(there.name, True, 3.0)

    monkeypatch.setattr(cluster, "LocalEngine", Engine)
    monkeypatch.setattr(cluster, "_still_wanted", lambda: lambda: True)
    monkeypatch.setattr(cluster, "sources", lambda: "this")
    one = sharing(tmp_path)
    data = {"data/x": b"d", "overlay/y": b"o", "kept/z": b"k"}
    outcome, made = cluster.execute_there(one, b"template", data, "this")
    assert outcome == Outcome("x", True, 3.0)
    assert made == {"made": b"page", "made.log": b"log"}
    assert not Path(seen[0].folder).exists()
    outcome, made = cluster.execute_there(one, b"template", data, "older")
    assert (outcome.ok, outcome.seconds, made) == (False, 0.0, {})
    assert outcome.message == f"{socket.gethostname()} has another edition of this package than the build"
    monkeypatch.setattr(Engine, "run", lambda self, tasks: iter(()))
    assert cluster.execute_there(one, b"template", data, "this")[0] == Outcome("x", False, 0.0, "the build has gone")  # fmt: skip


def test_no_scheduler_is_needed_for_nothing() -> None:
    pytest.importorskip("distributed")
    assert list(cluster.DaskEngine("tcp://127.0.0.1:9").run([])) == []
    with pytest.raises(BuildError, match=r"there is no Dask scheduler at tcp://127\.0\.0\.1:9"):
        list(cluster.DaskEngine("tcp://127.0.0.1:9", patience=0.2).run([task()]))
