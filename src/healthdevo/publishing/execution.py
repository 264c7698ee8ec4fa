"""Execute one notebook in this process: papermill drives a kernel, the executed copy and a log are written."""

from __future__ import annotations

import os
import re
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from healthdevo.files import write_atomically
from healthdevo.publishing import kernel, notebooks
from healthdevo.publishing.processes import MEGABYTE, ending
from healthdevo.publishing.scratch import scratch
from healthdevo.publishing.tasks import FIXED_ENVIRONMENT, Outcome, Task
from healthdevo.tables.used import READS

POSITION = "cell.txt"
_WORDS = "kernel.txt"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Watch:
    """What is known of a notebook while it is executed, also when its kernel or its time ends."""

    def __init__(self, task: Task, folder: Path) -> None:
        self.task = task
        self.folder = folder
        self.words = folder / _WORDS
        self.started = time.monotonic()
        self.notebook: Any = None
        self.manager: Any = None
        self.process: Any = None
        self.written = 0
        self.complaint = ""

    def begin(self, position: int, source: str) -> None:
        """Note which cell begins, for whoever looks in from outside."""
        first = next((line for line in source.splitlines() if line.strip()), "")
        with suppress(OSError):
            (self.folder / POSITION).write_text(f"cell {position}: {first[:90]}\n", encoding="utf-8")

    def seconds_left(self) -> int | None:
        """Return how much longer the notebook may run."""
        limit = self.task.limits.seconds
        return max(1, round(limit - (time.monotonic() - self.started))) if limit else None

    def count(self, message: dict[str, Any]) -> None:
        """Count what the kernel says, and end it when it is too much."""
        content = message.get("content", {})
        texts = (
            content.get("text"),
            *(content.get("data") or {}).values(),
            *(content.get("traceback") or ()),
        )
        self.written += sum(len(text) for text in texts if isinstance(text, str))
        limit = self.task.limits.output
        if limit and self.written > limit and not self.complaint:
            self.complaint = f"it wrote more than {limit // MEGABYTE} MB of output"
            self.end()

    def end(self) -> None:
        """Kill the kernel."""
        if self.process is not None:
            self.process.kill()

    def ended(self) -> str:
        """Say how the kernel process ended, if it did."""
        status = None
        with suppress(Exception):
            status = self.process.wait(2)
        return "" if status is None else f"the kernel {ending(status)}"

    @property
    def peak(self) -> int:
        """The most memory that the kernel had, in bytes; 0 when unknown."""
        with suppress(Exception):
            self.process.wait(2)
        if found := getattr(self.process, "peak", 0):
            return int(found)
        with suppress(ImportError):
            import resource

            from healthdevo.publishing.processes import peak_memory

            return peak_memory(resource.getrusage(resource.RUSAGE_CHILDREN))
        return 0  # pragma: no cover - not on this platform

    def reads(self) -> tuple[str, ...]:
        """Return what the kernel wrote down of the tables it read."""
        path = self.folder / "reads.txt"
        if not path.is_file():
            return ()
        return tuple(sorted(set(path.read_text(encoding="utf-8").splitlines())))


def _kernel_manager(watch: Watch) -> type[Any]:
    """Return a kernel manager whose kernels are this very interpreter, whatever kernels the machine knows.

    Kernels talk over sockets in the file system where there are such: these can't race for a port, and no other user can
    listen. What a kernel process itself says goes to a file.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    from healthdevo.publishing import provisioner

    provisioner.register()
    socket = str(watch.folder / "kernel")
    local = os.name == "posix" and len(socket) < 90  # the system allows about 100 characters
    chosen = {"provisioner_name": provisioner.NAME, "config": {"words": str(watch.words)}}

    class ThisInterpreter(AsyncKernelManager):
        def __init__(self, **traits: Any) -> None:
            super().__init__(**traits)
            watch.manager = self
            if local:
                self.transport, self.ip = "ipc", socket

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(
                argv=[sys.executable, "-m", kernel.__name__, "{connection_file}"],
                display_name="Python 3",
                language="python",
                metadata={"debugger": False, "kernel_provisioner": chosen},
            )

        async def _async_start_kernel(self, **options: Any) -> None:
            with watch.words.open("ab") as words:
                await super()._async_start_kernel(**{**options, "stderr": words})
            watch.process = getattr(self.provisioner, "process", None)

        start_kernel = _async_start_kernel

    return ThisInterpreter


def _start_failed(error: BaseException) -> bool:
    """Whether a kernel never began, as happens when two kernels race for the same port."""
    text = f"{type(error).__name__}: {error}"
    known = r"ZMQError|Address already in use|Kernel (didn't respond|died before)|fork server does not answer"
    return bool(re.search(known, text))


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with scratch() as made:
        yield made


def execute(task: Task, folder: Path | None = None) -> Outcome:
    """Execute one task in this process and write the executed notebook, or leave the earlier one and write the log.

    This process's environment variables are set for the kernel. ``folder`` is for files that pass between processes; without
    one a new one is made and removed.
    """
    started = time.perf_counter()
    with _place(folder) as place:
        os.environ.update(FIXED_ENVIRONMENT)
        os.environ.update(task.environment)
        os.environ.update({"IPYTHONDIR": f"{place}/ipython", "JUPYTER_RUNTIME_DIR": f"{place}/runtime"})
        os.environ.update({READS: f"{place}/reads.txt", kernel.MEMORY: str(task.limits.memory)})
        message, detail = "", ""
        for last in (False, True):
            watch = Watch(task, place)
            try:
                _papermill(task, watch)
            except Exception as error:
                if not last and _start_failed(error):
                    continue
                message, detail = _explain(error, watch)
            break
        if message and watch.words.is_file():
            said = watch.words.read_text(encoding="utf-8", errors="replace")
            detail += f"\n\nThe kernel's own words:\n{said[-100_000:]}" if said.strip() else ""
        seconds = time.perf_counter() - started
        peak, notebook = watch.peak, watch.notebook
        if not message:
            try:
                _write(task, notebook)
            except OSError as error:
                message = f"the page can't be written: {error}"
        ok = not message
        outcome = Outcome(task.name, ok, seconds, message, peak, watch.reads() if ok else ())
        with suppress(OSError):  # a full disk has been told of by now
            write_atomically(Path(task.log), log(task, outcome, notebook, detail))
            failed_copy(task).unlink(missing_ok=True)
            if not ok and notebook is not None and not watch.complaint:
                write_atomically(failed_copy(task), notebooks.text_of(notebook))
        return outcome


def failed_copy(task: Task) -> Path:
    """Return where the notebook of a failed task is kept, as far as it came."""
    return Path(task.log).with_suffix(".failed.ipynb")


def _write(task: Task, notebook: Any) -> None:
    text = notebooks.text_of(notebooks.normalise(notebook, Path(task.folder)))
    write_atomically(Path(task.output), text)


def _papermill(task: Task, watch: Watch) -> None:
    import logging

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of papermill and its libraries; the kernel's are in its output
        import papermill
        from papermill.clientwrap import PapermillNotebookClient
        from papermill.engines import NBClientEngine, papermill_engines

        class Client(PapermillNotebookClient):  # type: ignore[misc]
            def process_message(self, message: Any, *rest: Any, **options: Any) -> Any:
                watch.count(message)
                return None if watch.complaint else super().process_message(message, *rest, **options)

            def execute_cell(self, cell: Any, cell_index: int, *rest: Any, **options: Any) -> Any:
                if cell.cell_type == "code":
                    watch.begin(cell_index, cell.source)
                return super().execute_cell(cell, cell_index, *rest, **options)

        class Engine(NBClientEngine):  # type: ignore[misc]
            @classmethod
            def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
                watch.notebook = nb_man.nb
                client = Client(
                    nb_man,
                    kernel_name=kernel_name,
                    kernel_manager_class=options["kernel_manager_class"],
                    startup_timeout=options["start_timeout"],
                    timeout_func=lambda cell: watch.seconds_left(),
                    shutdown_kernel="immediate",
                    log=logging.getLogger("papermill"),
                )
                return client.execute()

        logging.getLogger("papermill").setLevel(logging.ERROR)
        logging.getLogger("traitlets").setLevel(logging.ERROR)
        papermill_engines.register(Engine.__module__, Engine)
        papermill.execute_notebook(
            task.template,
            None,
            parameters=dict(task.parameters),
            engine_name=Engine.__module__,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            request_save_on_cell_execute=False,
            cwd=task.folder,
            kernel_manager_class=_kernel_manager(watch),
        )


_OWN = {"AreaError", "BuildError", "InputError", "TableError"}
_MEMORY = {"MemoryError", "_ArrayMemoryError"}


def _explain(error: BaseException, watch: Watch) -> tuple[str, str]:
    """Return one line for the summary and the whole story for the log."""
    story = "".join(traceback.format_exception(error))
    if watch.complaint:
        return watch.complaint, ""
    name, value = getattr(error, "ename", None), getattr(error, "evalue", None)
    if type(error).__name__ == "CellTimeoutError":
        return f"it ran longer than {watch.task.limits.seconds:g} s", story
    if type(error).__name__ == "DeadKernelError":
        return watch.ended() or "the kernel died", story
    if name is None:  # not raised by a cell
        line = next((line for line in str(error).splitlines() if line.strip()), "")
        return f"{type(error).__name__}: {ANSI.sub('', line)}".rstrip(": "), story
    lines = [line.strip() for line in ANSI.sub("", str(value)).splitlines() if line.strip()] or [""]
    own = name in _OWN
    shown = lines[: 2 if own else 1]  # an own error says in its second line where the first fault lies
    left = len(lines) - len(shown)
    message = "; ".join(shown) + (f" (and {left} more in the log)" if left else "")
    if name in _MEMORY and watch.task.limits.memory:
        limit = f"it needs more memory than the limit of {watch.task.limits.memory // MEGABYTE} MB"
        message = f"{limit}: {message}".rstrip(": ")
        return message, ANSI.sub("", str(error))
    return message if own and message else f"{name}: {message}".rstrip(": "), ANSI.sub("", str(error))


def log(task: Task, outcome: Outcome, notebook: Any, detail: str) -> str:
    """Return the text of a task's log."""
    lines = [
        f"page      {task.name}",
        f"template  {task.template}",
        *(f"parameter {name} = {value!r}" for name, value in task.parameters.items()),
        f"outcome   {'failed: ' + outcome.message if outcome.message else 'done'}",
        f"seconds   {outcome.seconds:.1f}",
        *([f"memory    {outcome.peak / MEGABYTE:.0f} MB at most"] if outcome.peak else []),
    ]
    for position, cell in enumerate(notebook.cells if notebook is not None else []):
        if cell.cell_type != "code":
            continue
        took = cell.metadata.get("papermill", {}).get("duration")
        first = next((line for line in cell.source.splitlines() if line.strip()), "")
        lines.append(f"cell {position:3d}  {'not run' if took is None else f'{took:6.2f} s'}  {first[:90]}")
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.text.strip():
                said = ANSI.sub("", output.text[-100_000:]).splitlines()
                lines.extend(f"    {output.name}: {line}" for line in said)
    return "\n".join([*lines, *(["", detail] if detail else [])]).rstrip() + "\n"
