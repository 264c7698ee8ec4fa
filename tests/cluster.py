"""A real Dask scheduler and its workers, each a process of its own on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path


class Cluster:
    """A scheduler and ``size`` workers with one thread each; their files lie in a folder, those of tasks where ``TMPDIR`` says."""

    def __init__(self, folder: Path, size: int = 2, environment: Mapping[str, str] = os.environ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.size, self.environment = folder, size, dict(environment)
        self.file = folder / "scheduler.json"
        self._count = 0
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("dask_scheduler", "--port", "0")
        while not self.file.exists():
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        self.address: str = json.loads(self.file.read_text(encoding="utf-8"))["address"]
        self.fill()

    def _start(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        common = ["--scheduler-file", str(self.file), "--host", "127.0.0.1", "--no-dashboard"]
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *common, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **self.environment,
                "PYTHONWARNINGS": "ignore",
                "DASK_TEMPORARY_DIRECTORY": str(self.folder),
            },
            cwd=self.folder,
            start_new_session=True,
        )

    def fill(self) -> None:
        """Put a new worker in the place of each that has ended."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < self.size:
            self._count += 1
            own = ["--local-directory", str(self.folder / f"w{self._count}")]
            self.workers.append(self._start("dask_worker", "--nthreads", "1", "--no-nanny", *own))

    def close(self) -> None:
        """Kill all."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
