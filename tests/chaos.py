"""Kill parts of a build at random moments, again and again: nothing may be left behind, and the next run makes the same pages.

``python -m tests.chaos [ROUNDS] [SEED]``, or ``make chaos``. The book is the miniature of the tests.
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
from tests.publishing.conftest import write, write_data

MARK = "HEALTHDEVO_CHAOS"
PATIENCE = 10  # seconds until all must be gone
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
                if path.is_file() and not path.name.startswith("."):
                    name = path.relative_to(self.root / "build").as_posix()
                    found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def left(self) -> list[str]:
        return [*map(str, self.processes()), *map(str, self.scratch.iterdir())]


def strike(site: Site, build: subprocess.Popen[bytes], chance: random.Random, length: float) -> str:
    """Kill the build or one of its processes at some moment; say which."""
    time.sleep(chance.uniform(0, length))
    family = [p for p in site.processes() if p.pid != build.pid]
    victim = psutil.Process(build.pid) if chance.random() < 0.5 or not family else chance.choice(family)
    try:
        words = " ".join(victim.cmdline())
        victim.kill()
    except psutil.Error:
        return "a process that had ended"
    return "the build" if victim.pid == build.pid else words[-60:]


def main(rounds: int, seed: int) -> int:
    chance, failures = random.Random(seed), 0
    with tempfile.TemporaryDirectory(prefix="chaos-") as place:
        site = Site(Path(place))
        started = time.monotonic()
        assert site.build().wait() == 0, "the undisturbed build fails"
        length, expected = time.monotonic() - started, site.pages()
        for number in range(rounds):
            site.clear()
            build = site.build(*(["--cold"] if number % 4 == 3 else []))
            killed = strike(site, build, chance, length)
            status = build.wait()
            until = time.monotonic() + PATIENCE
            while (left := site.left()) and time.monotonic() < until:
                time.sleep(0.1)
            cold = number % 4 == 3  # scratch of a plain worker's parent is swept by the next build
            left = [x for x in left if not (cold and x.startswith(str(site.scratch)))]
            again = site.build().wait()
            same = site.pages() == expected
            good = not left and again == 0 and same and not site.left()
            failures += not good
            print(
                f"{number + 1:3d} {'ok  ' if good else 'FAIL'} killed {killed}; ended with {status}; left {left or 'nothing'}; "
                f"run again: {again}, pages {'as undisturbed' if same else 'differ'}",
                flush=True,
            )
    print(f"{rounds - failures} of {rounds} rounds left nothing behind and ended with the same pages")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    )
