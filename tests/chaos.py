"""Kill parts of a build at random moments, again and again: nothing may be left behind, and the next run makes the same pages.

``python -m tests.chaos [ROUNDS] [SEED]``, or ``make chaos``. The book is the miniature of the tests. Rounds take turns: kernels forked,
kernels started plainly, and a Dask cluster of two workers. What is killed takes turns too: the build, a kernel, a Dask worker or any other process.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil
from tests.cluster import Cluster
from tests.publishing.conftest import write, write_data

MARK = "HEALTHDEVO_CHAOS"
PATIENCE = 10  # seconds until all must be gone
ENGINES = ("forked", "plain", "dask")
VICTIMS = ("build", "kernel", "other")
SLOW = "import time\ntime.sleep(0.2)\nimport os"


class Site:
    """A miniature book in a folder of its own, with its own folder for scratch files."""

    def __init__(self, folder: Path) -> None:
        self.root = write(folder / "book")
        template = self.root / "book" / "areas" / "area.ipynb"
        template.write_text(
            template.read_text(encoding="utf-8").replace("import os", SLOW.replace("\n", "\\n"))
        )
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self.mark = uuid.uuid4().hex
        self.environment = {
            **os.environ,
            MARK: self.mark,
            "TMPDIR": str(self.scratch),
            "HEALTHDEVO_DATA": str(write_data(folder / "data")),
        }
        self._run([sys.executable, "-m", "healthdevo", "data", "refresh"]).wait()
        self.cluster = Cluster(folder / "cluster", environment=self.environment)

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        nothing = subprocess.DEVNULL
        return subprocess.Popen(command, env=self.environment, stdout=nothing, stderr=nothing)

    def build(self, *options: str) -> subprocess.Popen[bytes]:
        return self._run([sys.executable, "-m", "healthdevo", "--project", str(self.root), "build", *options])

    def clear(self) -> None:
        shutil.rmtree(self.root / "build", ignore_errors=True)

    def pages(self) -> dict[str, str]:
        found = {}
        for folder in ("executed", "html"):
            for path in sorted((self.root / "build" / folder).rglob("*")):
                if (
                    path.is_file() and not path.name.startswith(".") and path.stem not in ("made", "how_made")
                ):  # it tells times
                    name = path.relative_to(self.root / "build").as_posix()
                    found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def processes(self) -> list[psutil.Process]:
        """Return what runs for a build, wherever; the cluster itself is not among it."""
        own = {self.cluster.scheduler.pid, *(worker.pid for worker in self.cluster.workers)}
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid in own or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if process.environ().get(MARK) == self.mark:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def is_kernel(self, process: psutil.Process) -> bool:
        """Whether a process is a kernel: started as one, or a fork that works in the project's folder."""
        try:
            words = " ".join(process.cmdline())
            return "publishing.kernel" in words or (
                "publishing.fork_server" in words and process.cwd() == str(self.root)
                and "publishing.fork_server" in " ".join(process.parent().cmdline())
            )  # fmt: skip
        except (psutil.Error, AttributeError):
            return False

    def left(self) -> list[str]:
        """Return processes, scratch files and sockets that are still there."""
        found = [f"{p.pid} {_words(p)}" for p in self.processes()]
        walk = os.walk(self.scratch)  # it bears that folders go meanwhile
        files = [os.path.join(at, name) for at, folders, names in walk for name in (*folders, *names)]
        sockets = [line for line in _unix_sockets() if str(self.scratch) in line]
        return [*found, *files, *sockets]


def _unix_sockets() -> list[str]:
    try:
        return Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not on this platform
        return []


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[-80:]
    except psutil.Error:
        return "?"


def _victim(
    site: Site, build: subprocess.Popen[bytes], chance: random.Random, wanted: str, engine: str
) -> tuple[str, psutil.Process] | None:
    family = [p for p in site.processes() if p.pid != build.pid]
    if wanted == "build":
        return "the build", psutil.Process(build.pid)
    kernels = [p for p in family if site.is_kernel(p)]
    if wanted == "kernel":
        return ("a kernel", chance.choice(kernels)) if kernels else None
    if engine == "dask":
        return "a Dask worker", psutil.Process(chance.choice(site.cluster.workers).pid)
    others = [p for p in family if p not in kernels]
    if not others:
        return None
    chosen = chance.choice(others)
    return f"...{_words(chosen)[-45:]}", chosen


def strike(
    site: Site, build: subprocess.Popen[bytes], chance: random.Random, length: float, wanted: str, engine: str
) -> str:
    """Kill something at a random moment, or as soon after it as there is such a process; say which and when."""
    started = time.monotonic()
    time.sleep(chance.uniform(0, length))
    if wanted == "kernel":
        while build.poll() is None and not any(map(site.is_kernel, site.processes())):
            time.sleep(0.02)
        time.sleep(chance.uniform(0, length / 2))
    while build.poll() is None:
        found = _victim(site, build, chance, wanted, engine)
        if found is None:
            time.sleep(0.02)
            continue
        name, victim = found
        try:
            victim.kill()
        except psutil.Error:
            continue
        return f"{name} after {time.monotonic() - started:.1f} s"
    return f"nothing: the build ended before there was a {wanted} to kill"


def main(rounds: int, seed: int) -> int:
    chance, failures, struck = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory(prefix="chaos-") as place:
        site = Site(Path(place))
        try:
            lengths = {}
            expected: dict[str, str] = {}
            options: dict[str, list[str]] = {
                "forked": [],
                "plain": ["--cold"],
                "dask": ["--scheduler", site.cluster.address],
            }
            for engine in ENGINES:
                site.clear()
                started = time.monotonic()
                assert site.build(*options[engine]).wait() == 0, f"the undisturbed build fails ({engine})"
                lengths[engine] = time.monotonic() - started
                pages = site.pages()
                expected = expected or pages
                assert pages == expected, f"undisturbed builds differ ({engine})"
            print({engine: f"undisturbed in {seconds:.1f} s" for engine, seconds in lengths.items()})
            for number in range(rounds):
                engine = ENGINES[number % len(ENGINES)]
                wanted = VICTIMS[(number // len(ENGINES) + number) % len(VICTIMS)]
                site.clear()
                build = site.build(*options[engine])
                # kernels run in the first part; on another day a build may be faster
                length = lengths[engine] * (0.3 if wanted == "kernel" else 0.8)
                killed = strike(site, build, chance, length, wanted, engine)
                struck += not killed.startswith("nothing")
                status = build.wait()
                until = time.monotonic() + PATIENCE
                while (left := site.left()) and time.monotonic() < until:
                    time.sleep(0.1)
                site.cluster.fill()
                again = site.build(*options[engine]).wait()
                same = site.pages() == expected
                after = site.left()
                good = not left and again == 0 and same and not after
                failures += not good
                print(
                    f"{number + 1:3d} {'ok  ' if good else 'FAIL'} {engine}: killed {killed}; ended with {status}; "
                    f"left {left or 'nothing'}; run again: {again}, pages {'as undisturbed' if same else 'differ'}"
                    f"{f', left {after}' if after else ''}",
                    flush=True,
                )
        finally:
            site.cluster.close()
    print(
        f"{rounds - failures} of {rounds} rounds left nothing behind and ended with the same pages; in {struck} something was killed"
    )
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    )
