"""Executed notebooks tell nothing of when, where and by whom they were run."""

import copy
from pathlib import Path

import nbformat

from healthdevo.publishing.notebooks import normalise

FOLDER = Path("/home/someone/a book")


def executed(seed):
    """A notebook as papermill leaves it, different in everything that does not matter."""
    first = nbformat.v4.new_markdown_cell("# Title")
    cell = nbformat.v4.new_code_cell("x", execution_count=seed)
    cell.metadata.update(
        {
            "papermill": {"duration": seed, "start_time": str(seed)},
            "execution": {"iopub.status.busy": str(seed)},
            "tags": ["injected-parameters"],
        }
    )
    pieces = ["ab\n", "cd\n"] if seed % 2 else ["ab\nc", "d\n"]
    cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text=f"{piece}") for piece in pieces]
    cell.outputs.append(
        nbformat.v4.new_output(
            "execute_result", data={"text/plain": f"'{FOLDER}/data/x.csv'"}, execution_count=seed
        )
    )
    notebook = nbformat.v4.new_notebook(cells=[first, cell, nbformat.v4.new_code_cell("")])
    notebook.metadata.update(
        {"papermill": {"output_path": f"/tmp/{seed}"}, "language_info": {"version": f"3.11.{seed}"}}
    )
    return notebook


def test_two_runs_give_the_same_bytes():
    one, two = (nbformat.writes(normalise(executed(seed), FOLDER)) for seed in (1, 2))
    assert one == two
    for word in ("papermill", "iopub", "duration", str(FOLDER), "3.11"):
        assert word not in one


def test_what_matters_is_kept():
    notebook = executed(3)
    before = copy.deepcopy(notebook)
    result = normalise(notebook, FOLDER)
    nbformat.validate(result)
    assert notebook == before
    cell = result.cells[1]
    assert cell.metadata == {"tags": ["injected-parameters"]}
    assert cell.outputs[0].text == "ab\ncd\n"
    assert cell.outputs[1].data["text/plain"] == "'data/x.csv'"
    assert [c.id for c in result.cells] == ["cell-000", "cell-001", "cell-002"]
    assert [c.execution_count for c in result.cells[1:]] == [1, None]
