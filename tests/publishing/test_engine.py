"""Kernels start, work, fail and are stopped as they should, forked or plain."""

import dataclasses
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.execution import Watch, _explain, _start_failed
from healthdevo.publishing.processes import can_fork
from healthdevo.publishing.scratch import PREFIX
from healthdevo.publishing.tasks import Limits, Task

forks = pytest.mark.skipif(not can_fork(), reason="this system does not fork loaded processes")
STATE = """\
import os, sys, random, numpy, matplotlib, matplotlib.pyplot as plt, warnings, pathlib, threading
def target(f):
    try: return os.readlink(f'/proc/self/fd/{f}')
    except OSError: return ''
before = dict(
    names=sorted(n for n in globals() if n in ("leak", "pd")), figures=plt.get_fignums(), width=matplotlib.rcParams["lines.linewidth"],
    directory=os.getcwd() == FOLDER, environment=os.environ.get("LEAK"), module=hasattr(sys, "leak"), filters=[f for f in warnings.filters if f[2] is Warning and f[0] == "error"],
    files=[p for p in map(target, os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd') else []) if 'leak' in os.path.basename(p)],
    main=__name__, server=os.environ.get("HEALTHDEVO_FORK_SERVER"), threads=sum(t.name == "leak" for t in threading.enumerate()), path="leak" in sys.path)
print(before)
chance = pathlib.Path("chance")
chance.write_text((chance.read_text() if chance.exists() else "") + f"{random.random()} {numpy.random.rand()}\\n")
leak = sys.leak = 1
plt.figure(); matplotlib.rcParams["lines.linewidth"] = 99
os.environ["LEAK"] = "1"; warnings.simplefilter("error"); sys.path.append("leak")
handle = open(pathlib.Path(os.environ["IPYTHONDIR"]).parent / "leak", "w"); os.chdir("/")
threading.Thread(target=threading.Event().wait, name="leak", daemon=True).start()"""
MEETS = "import pathlib, time\nhere = pathlib.Path()\n(here / f'begun{number}').touch()\nwhile not (here / f'begun{1 - number}').exists(): time.sleep(0.01)"


def task(folder, name, source, *, limits=None, parameters=None):
    cells = [
        nbformat.v4.new_markdown_cell("# Title"),
        nbformat.v4.new_code_cell("number = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(source),
        nbformat.v4.new_code_cell("'last'"),
    ]
    path = folder / f"{name}.ipynb"
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")
    out = folder / "out" / name
    given = {"number": 41} if parameters is None else parameters
    return Task(name, str(path), f"{out}.ipynb", f"{out}.log", str(folder), given, {}, limits or Limits())


def printed(found):
    notebook = nbformat.read(found.output, as_version=4)
    return "".join(o.text for cell in notebook.cells for o in cell.get("outputs", []) if "text" in o)


@pytest.fixture(scope="module", params=[pytest.param("forked", marks=forks), "cold"])
def outcomes(request, tmp_path_factory):
    """Run several notebooks at once, some of which end their own kernel or go beyond their limits."""
    folder = tmp_path_factory.mktemp("run here")
    sources = {
        "good": "import os, sys\nprint(number + 1, os.getcwd(), sys.executable, os.environ['MPLBACKEND'])\nhash('x')",
        "failing": "raise ValueError('no rows\\nfor this area')",
        "own": "from healthdevo.errors import AreaError\nraise AreaError('E54 is no area.', ['E54000057 (GM)'])",
        "rows": "from healthdevo.errors import TableError\nraise TableError('table x', ['row 3: -7', 'row 4: -8'])",
        "dying": "import os\nos._exit(3)",
        "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "endless": "while True: pass",
        "large": "kept = bytearray(8 << 30)",
        "flooding": "while True: print('x' * 100_000)",
    }
    limits = {
        "endless": Limits(seconds=2),
        "large": Limits(memory=3 << 30),
        "flooding": Limits(output=2 << 20),
    }
    pair = [task(folder, f"pair{i}", MEETS, parameters={"number": i}, limits=Limits(60)) for i in range(2)]
    lone = [task(folder, name, text, limits=limits.get(name, Limits())) for name, text in sources.items()]
    engine = LocalEngine(3, cold=request.param == "cold")
    (folder / "scratch").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder / "scratch"))
        return folder, {outcome.name: outcome for outcome in engine.run([*pair, *lone])}


def test_a_good_notebook_is_executed_and_normalised(outcomes):
    folder, found = outcomes
    assert found["good"].ok, found["good"]
    assert found["good"].message == ""
    assert found["good"].peak > 20 << 20
    notebook = nbformat.read(folder / "out" / "good.ipynb", as_version=4)
    tags = [cell.metadata.get("tags") for cell in notebook.cells]
    assert tags == [None, ["parameters"], ["injected-parameters"], None, None]
    words = notebook.cells[3].outputs[0].text.split(" ", 1)
    assert words[0] == "42"
    assert words[1].strip() == f"{folder} {sys.executable} Agg"
    assert "papermill" not in notebook.metadata
    log = (folder / "out" / "good.log").read_text(encoding="utf-8")
    assert "outcome   done" in log
    assert "parameter number = 41" in log
    assert "memory " in log


def test_a_failing_cell_is_one_line_and_a_log(outcomes):
    folder, found = outcomes
    assert not found["failing"].ok
    assert found["failing"].message == "ValueError: no rows (and 1 more in the log)"
    assert not (folder / "out" / "failing.ipynb").exists()
    log = (folder / "out" / "failing.log").read_text(encoding="utf-8")
    assert "Traceback" in log
    assert "for this area" in log
    assert "not run" in log
    assert "\x1b" not in log
    assert (folder / "out" / "failing.failed.ipynb").is_file()


def test_the_projects_own_errors_speak_for_themselves(outcomes):
    assert outcomes[1]["rows"].message == "table x; row 3: -7 (and 1 more in the log)"
    assert outcomes[1]["own"].message == "E54 is no area. Did you mean E54000057 (GM)?"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dying", "the kernel ended with status 3"),
        ("killed", "the kernel was killed by signal 9 (SIGKILL)"),
        ("endless", "it ran longer than 2 s"),
        ("large", "it needs more memory than the limit of 3072 MB"),
        ("flooding", "it wrote more than 2 MB of output"),
    ],
)
def test_a_harmful_page_fails_alone_and_says_why(outcomes, name, reason):
    folder, found = outcomes
    assert not found[name].ok
    assert found[name].message.startswith(reason)
    assert not (folder / "out" / f"{name}.ipynb").exists()
    assert f"outcome   failed: {reason}" in (folder / "out" / f"{name}.log").read_text(encoding="utf-8")
    assert {name for name in found if found[name].ok} == {"good", "pair0", "pair1"}


def test_nothing_is_left(outcomes):
    assert _own_processes() == []
    assert list((outcomes[0] / "scratch").iterdir()) == []


def _own_processes():
    me = psutil.Process()
    found = []
    for process in me.children(recursive=True):
        try:
            if "healthdevo.publishing" in " ".join(process.cmdline()):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def test_two_pages_run_at_once(outcomes):
    """Each waits for the other to have begun: one after the other would wait for ever."""
    assert outcomes[1]["pair0"].ok
    assert outcomes[1]["pair1"].ok


@forks
def test_no_state_passes_from_one_page_to_the_next(tmp_path):
    source = STATE.replace("FOLDER", repr(str(tmp_path)))
    tasks = [task(tmp_path, f"t{i}", source) for i in range(3)]
    cold = dataclasses.replace(tasks[0], name="cold", output=str(tmp_path / "out" / "cold.ipynb"))
    assert [outcome.message for outcome in LocalEngine(1).run(tasks)] == [""] * 3
    assert all(outcome.ok for outcome in LocalEngine(1, cold=True).run([cold]))
    assert len({printed(found) for found in [*tasks, cold]}) == 1
    assert Path(tasks[0].output).read_bytes() == Path(cold.output).read_bytes()
    assert "'figures': []" in printed(cold)
    draws = (tmp_path / "chance").read_text().split()
    assert len(draws) == len(set(draws)) == 8


PARENT = """
import sys
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.tasks import Task
tasks = [Task(f"t{{i}}", {template!r}, f"{out}/{{i}}.ipynb", f"{out}/{{i}}.log", {folder!r}) for i in range(2)]
if __name__ == "__main__":
    for outcome in LocalEngine(2, cold={cold}).run(tasks):
        print(outcome)
"""


@pytest.mark.parametrize(
    ("cold", "number"),
    [
        pytest.param(False, "SIGKILL", marks=forks),
        pytest.param(False, "SIGTERM", marks=forks),
        (True, "SIGKILL"),
    ],
)
def test_nothing_outlives_the_build(tmp_path, cold, number):
    import signal

    if os.name != "posix":
        pytest.skip("signals of this kind are POSIX")
    (tmp_path / "scratch").mkdir()
    begun = tmp_path / "begun"
    begun.mkdir()
    source = f"import os, pathlib\npathlib.Path({str(begun)!r}, str(os.getpid())).touch()\nwhile True: pass"
    template = task(tmp_path, "endless", source).template
    program = tmp_path / "parent.py"
    text = PARENT.format(template=template, out=str(tmp_path / "out"), folder=str(tmp_path), cold=cold)
    program.write_text(textwrap.dedent(text), encoding="utf-8")
    environment = {**os.environ, "TMPDIR": str(tmp_path / "scratch")}
    if len(str(tmp_path)) > 60:
        environment["TMPDIR"] = tempfile.mkdtemp(prefix="hd", dir="/tmp")
    parent = subprocess.Popen(
        [sys.executable, str(program)], env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    while len(list(begun.iterdir())) < 2:
        assert parent.poll() is None
        time.sleep(0.02)
    family = psutil.Process(parent.pid).children(recursive=True)
    kernels = [psutil.Process(int(path.name)) for path in begun.iterdir()]
    parent.send_signal(getattr(signal, number))
    parent.wait()
    _, alive = psutil.wait_procs([*family, *kernels], timeout=10)
    assert alive == []
    left = list(Path(environment["TMPDIR"]).glob(f"{PREFIX}*"))
    if left:  # nobody was there to remove it: the next build does
        assert cold
        from healthdevo.publishing.scratch import sweep

        assert set(sweep(Path(environment["TMPDIR"]))) == set(left)
    assert not list(Path(environment["TMPDIR"]).glob(f"{PREFIX}*"))


def test_only_kernels_that_never_began_are_tried_again():
    assert _start_failed(RuntimeError("Kernel didn't respond in 60 seconds"))
    assert _start_failed(RuntimeError("Kernel died before replying to kernel_info"))
    assert _start_failed(OSError("[Errno 98] Address already in use"))
    assert not _start_failed(ValueError("no rows"))
    assert not _start_failed(RuntimeError("Kernel died"))


def test_other_errors_are_named_with_their_first_line(tmp_path):
    watch = Watch(Task("x", "", "", "", ""), tmp_path)
    message, detail = _explain(KeyError("x"), watch)
    assert message == "KeyError: 'x'"
    assert "KeyError" in detail
    assert _explain(RuntimeError(), watch)[0] == "RuntimeError"
