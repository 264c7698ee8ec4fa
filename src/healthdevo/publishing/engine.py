"""Execute notebooks: a task goes in, an outcome comes out, whatever machine or process does the work.

An engine is anything with ``run(tasks)`` that yields one ``Outcome`` for each ``Task`` as it ends. ``LocalEngine`` uses
worker processes of this machine. Tasks and outcomes can be pickled and ``execute`` is a plain function, so that another
engine (kernels kept warm, a cluster) needs nothing else.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import multiprocessing
import os
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from healthdevo.files import write_atomically
from healthdevo.publishing import notebooks

FIXED_ENVIRONMENT: Mapping[str, str] = {
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "SOURCE_DATE_EPOCH": "315532800",
    "TZ": "UTC",
}
"""What every kernel sees, so that the same inputs give the same page on any machine."""

CELL_TIMEOUT = 900
_KERNEL_WORDS = "kernel.txt"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Task:
    """One notebook to execute: ``template`` with ``parameters`` in the kernel's working ``folder``, which stands for the project."""

    name: str
    template: str
    output: str
    log: str
    folder: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a task ended, after how many seconds; ``message`` says in one line what went wrong."""

    name: str
    ok: bool
    seconds: float
    message: str = ""


class Engine(Protocol):
    """Anything that executes tasks."""

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yield one outcome for each task as it ends; a failing task stops no other."""
        ...  # pragma: no cover


def _kernel_manager(scratch: Path, words: BinaryIO) -> type[Any]:
    """Return a kernel manager whose kernels are this very interpreter, whatever kernels the machine knows.

    Kernels talk over sockets in the file system where there are such: these can't race for a port, and no other user can
    listen. What a kernel process itself says goes to ``words``.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    socket = str(scratch / "kernel")
    local = os.name == "posix" and len(socket) < 90  # the system allows about 100 characters

    class ThisInterpreter(AsyncKernelManager):
        def __init__(self, **traits: Any) -> None:
            super().__init__(**traits)
            if local:
                self.transport, self.ip = "ipc", socket

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(
                argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                display_name="Python 3",
                language="python",
                metadata={"debugger": False},
            )

        async def _async_pre_start_kernel(self, **options: Any) -> Any:
            return await super()._async_pre_start_kernel(**{**options, "stderr": words})

    return ThisInterpreter


def _start_failed(error: BaseException) -> bool:
    """Whether a kernel never began, as happens when two kernels race for the same port."""
    text = f"{type(error).__name__}: {error}"
    return bool(re.search(r"ZMQError|Address already in use|Kernel (didn't respond|died before)", text))


def execute(task: Task) -> Outcome:
    """Execute one task in this process and write the executed notebook, or leave the earlier one and write the log.

    This process's environment variables are set for the kernel.
    """
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="healthdevo-") as scratch:
        os.environ.update(FIXED_ENVIRONMENT)
        os.environ.update(task.environment)
        os.environ.update({"IPYTHONDIR": f"{scratch}/ipython", "JUPYTER_RUNTIME_DIR": f"{scratch}/runtime"})
        attempt = Path(scratch) / "notebook.ipynb"
        message, detail = "", ""
        for last in (False, True):
            try:
                _papermill(task, attempt)
            except Exception as error:
                if not last and _start_failed(error):
                    continue
                message, detail = _explain(error)
            break
        notebook = notebooks.read(attempt) if attempt.is_file() else None
        words = Path(scratch) / _KERNEL_WORDS
        if message and words.is_file():
            detail += "\n\nThe kernel's own words:\n" + words.read_text(encoding="utf-8", errors="replace")
        seconds = time.perf_counter() - started
        write_atomically(Path(task.log), _log(task, notebook, seconds, message, detail))
        failed_copy = Path(task.log).with_suffix(".failed.ipynb")
        if message or notebook is None:
            if notebook is not None:
                write_atomically(failed_copy, notebooks.text_of(notebook))
            return Outcome(task.name, False, seconds, message or "the notebook was not executed")
        failed_copy.unlink(missing_ok=True)
        write_atomically(
            Path(task.output), notebooks.text_of(notebooks.normalise(notebook, Path(task.folder)))
        )
        return Outcome(task.name, True, seconds)


def _papermill(task: Task, output: Path) -> None:
    import logging

    with warnings.catch_warnings(), (output.parent / _KERNEL_WORDS).open("ab") as words:
        warnings.simplefilter(
            "ignore"
        )  # of papermill and its libraries; the kernel's own warnings are in its output
        import papermill

        logging.getLogger("papermill").setLevel(logging.ERROR)
        logging.getLogger("traitlets").setLevel(logging.ERROR)
        papermill.execute_notebook(
            task.template,
            str(output),
            parameters=dict(task.parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            cwd=task.folder,
            execution_timeout=CELL_TIMEOUT,
            kernel_manager_class=_kernel_manager(output.parent, words),
        )


def _explain(error: BaseException) -> tuple[str, str]:
    """Return one line for the summary and the whole story for the log."""
    name, value = getattr(error, "ename", None), getattr(error, "evalue", None)
    if name is None:  # not raised by a cell
        line = next((line for line in str(error).splitlines() if line.strip()), "")
        return f"{type(error).__name__}: {ANSI.sub('', line)}".rstrip(": "), "".join(
            traceback.format_exception(error)
        )
    lines = [line.strip() for line in ANSI.sub("", str(value)).splitlines() if line.strip()] or [""]
    own = name in {"AreaError", "BuildError", "InputError", "TableError"}
    shown = lines[: 2 if own else 1]  # an own error says in its second line where the first fault lies
    left = len(lines) - len(shown)
    message = "; ".join(shown) + (f" (and {left} more in the log)" if left else "")
    return message if own and message else f"{name}: {message}".rstrip(": "), ANSI.sub("", str(error))


def _log(task: Task, notebook: Any, seconds: float, message: str, detail: str) -> str:
    lines = [
        f"page      {task.name}",
        f"template  {task.template}",
        *(f"parameter {name} = {value!r}" for name, value in task.parameters.items()),
        f"outcome   {'failed: ' + message if message else 'done'}",
        f"seconds   {seconds:.1f}",
    ]
    for position, cell in enumerate(notebook.cells if notebook is not None else []):
        if cell.cell_type != "code":
            continue
        took = cell.metadata.get("papermill", {}).get("duration")
        first = next((line for line in cell.source.splitlines() if line.strip()), "")
        lines.append(f"cell {position:3d}  {'not run' if took is None else f'{took:6.2f} s'}  {first[:90]}")
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.text.strip():
                lines.extend(f"    {output.name}: {line}" for line in ANSI.sub("", output.text).splitlines())
    return "\n".join([*lines, *(["", detail] if detail else [])]).rstrip() + "\n"


def _prepare_worker() -> None:
    if sys.platform == "win32":  # pragma: no cover
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())


@dataclass(frozen=True)
class LocalEngine:
    """Worker processes on this machine, ``jobs`` at once."""

    jobs: int = 1

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Yield one outcome for each task as it ends.

        A worker process that dies takes its task's siblings in the pool with it; these are run again, one by one, so
        that only the task that kills its worker fails.
        """
        left = {task.name: task for task in tasks}
        workers = max(1, min(self.jobs, len(left)))
        while left:
            for outcome in self._run_pool(list(left.values()), workers):
                del left[outcome.name]
                yield outcome
            if left and workers == 1:
                name = next(iter(left))
                del left[name]
                yield Outcome(name, False, 0.0, "the worker process died (out of memory?)")
            workers = 1

    @staticmethod
    def _run_pool(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
        """Yield outcomes until all is done or a worker process dies."""
        pool = concurrent.futures.ProcessPoolExecutor(
            workers, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare_worker
        )
        try:
            futures = [pool.submit(execute, task) for task in tasks]
            for future in concurrent.futures.as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
