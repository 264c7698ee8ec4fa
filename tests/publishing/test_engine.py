"""Kernels start, work, fail and time out as they should."""

import nbformat
import pytest

from healthdevo.publishing.engine import LocalEngine, Task, _explain, _start_failed


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Run several notebooks at once, one of which kills its worker's kernel."""
    folder = tmp_path_factory.mktemp("run here")
    sources = {
        "good": "import os, sys\nprint(number + 1, os.getcwd(), sys.executable, os.environ['MPLBACKEND'])\nhash('x')",
        "failing": "raise ValueError('no rows\\nfor this area')",
        "own": "from healthdevo.errors import AreaError\nraise AreaError('E54 is no area.', ['E54000057 (GM)'])",
        "rows": "from healthdevo.errors import TableError\nraise TableError('table x', ['row 3: -7', 'row 4: -8'])",
        "dying": "import os\nos._exit(3)",
    }
    tasks = []
    for name, source in sources.items():
        cells = [
            nbformat.v4.new_markdown_cell("# Title"),
            nbformat.v4.new_code_cell("number = 1", metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(source),
            nbformat.v4.new_code_cell("'last'"),
        ]
        path = folder / f"{name}.ipynb"
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")
        out = folder / "out" / name
        tasks.append(Task(name, str(path), f"{out}.ipynb", f"{out}.log", str(folder), {"number": 41}))
    return folder, {outcome.name: outcome for outcome in LocalEngine(2).run(tasks)}


def test_a_good_notebook_is_executed_and_normalised(outcomes):
    import sys

    folder, found = outcomes
    assert found["good"].ok
    assert found["good"].message == ""
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


def test_a_dying_kernel_fails_its_page_only(outcomes):
    folder, found = outcomes
    assert not found["dying"].ok
    assert "DeadKernelError" in found["dying"].message
    assert not (folder / "out" / "dying.ipynb").exists()
    assert sum(outcome.ok for outcome in found.values()) == 1


def test_only_kernels_that_never_began_are_tried_again():
    assert _start_failed(RuntimeError("Kernel didn't respond in 60 seconds"))
    assert _start_failed(RuntimeError("Kernel died before replying to kernel_info"))
    assert _start_failed(OSError("[Errno 98] Address already in use"))
    assert not _start_failed(ValueError("no rows"))
    assert not _start_failed(RuntimeError("Kernel died"))


def test_other_errors_are_named_with_their_first_line():
    message, detail = _explain(KeyError("x"))
    assert message == "KeyError: 'x'"
    assert "KeyError" in detail
    assert _explain(RuntimeError())[0] == "RuntimeError"
