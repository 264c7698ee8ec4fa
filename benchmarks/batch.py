"""Many pages, ours against a loop of the ``papermill`` command: same template, same areas, same machine, in one run.

``python -m benchmarks.batch [PAGES] [JOBS]``. Seconds of wall and processor time; the yardstick is the command on an empty notebook.
What is done once (the fork server, tables) is told apart by making one page before.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat

from healthdevo import tables
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.plan import select_areas
from healthdevo.publishing.project import Project
from healthdevo.publishing.tasks import FIXED_ENVIRONMENT, Task

ROOT = Path(__file__).parents[1]


def _processor() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), _processor()
    work()
    return time.perf_counter() - wall, _processor() - processor


def _command(template: Path, output: Path, *more: str) -> None:
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", str(template), str(output), *more]
    environment = {**os.environ, **FIXED_ENVIRONMENT}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def main(pages: int, jobs: int) -> None:
    project = Project.load(ROOT)
    assert project.areas is not None
    template = project.source(project.areas.template)
    codes = select_areas("all", kinds=project.areas.kinds, on=project.areas.on)[:pages]
    with tempfile.TemporaryDirectory(prefix="bench-") as made:
        place = Path(made)
        empty = place / "empty.ipynb"
        kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        empty.write_text(nbformat.writes(nbformat.v4.new_notebook(metadata=kernel)), encoding="utf-8")
        environment = {"HEALTHDEVO_PROJECT": str(ROOT), "HEALTHDEVO_DATA": str(tables.root())}
        model = Task("", str(template), "", "", str(ROOT), {}, environment)

        def ours(wanted: tuple[str, ...]) -> None:
            tasks = [
                dataclasses.replace(
                    model,
                    name=code,
                    output=str(place / f"{code}.ipynb"),
                    log=str(place / f"{code}.log"),
                    parameters={"area_code": code},
                )
                for code in wanted
            ]
            for outcome in LocalEngine(jobs, tables=tables.names()).run(tasks):
                assert outcome.ok, outcome

        def peer() -> None:
            for code in codes:
                _command(template, place / "peer.ipynb", "-p", "area_code", code)

        bare = _timed(lambda: _command(empty, place / "out.ipynb"))
        first = _timed(lambda: ours(codes[:1]))
        batch = _timed(lambda: ours(codes))
        loop = _timed(peer)
    print(f"{'seconds':<44} {'wall':>8} {'processor':>10}   in yardsticks")

    def row(name: str, spent: tuple[float, float]) -> None:
        ratios = " ".join(f"{s / b:6.1f}" for s, b in zip(spent, bare, strict=True))
        print(f"{name:<44} {spent[0]:8.2f} {spent[1]:10.2f}   {ratios}")

    row("yardstick: papermill, an empty notebook", bare)
    row("ours: the first page, with all done once", first)
    further = tuple((b - f) / max(1, len(codes) - 1) for b, f in zip(batch, first, strict=True))
    row(f"ours: each further page of {len(codes)}, {jobs} at once", (further[0], further[1]))
    row(f"ours: a page of {len(codes)}, all counted", (batch[0] / len(codes), batch[1] / len(codes)))
    row("papermill command: a page", (loop[0] / len(codes), loop[1] / len(codes)))


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20,
        int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count() or 1,
    )
