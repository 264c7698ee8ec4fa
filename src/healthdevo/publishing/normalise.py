"""Make executed notebooks reproducible: nothing in them tells when, where or by whom they were run."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

__all__ = ["INJECTED", "PARAMETERS", "normalise", "tags"]

PARAMETERS, INJECTED = "parameters", "injected-parameters"


def tags(cell: Any) -> list[str]:
    """Return a cell's tags."""
    return list(cell.metadata.get("tags", []))


def normalise(notebook: Any, folder: Path) -> Any:
    """Return a copy without time stamps, run times, machine paths and random identifiers.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed by papermill or in Jupyter.
    folder : Path
        The project's root, written as ``.`` wherever outputs name it.

    Returns
    -------
    nbformat.NotebookNode
        Running the same code on the same data gives the same bytes.
    """
    result = copy.deepcopy(notebook)
    result.metadata = type(result.metadata)(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        }
    )
    result.nbformat, result.nbformat_minor = 4, 5
    count = 0
    for position, cell in enumerate(result.cells):
        cell["id"] = f"cell-{position:03d}"
        kept = {name: value for name, value in cell.metadata.items() if name not in _VOLATILE}
        if tags(cell):
            kept["tags"] = tags(cell)
        cell.metadata = type(cell.metadata)(kept)
        if cell.cell_type != "code":
            continue
        if cell.source.strip():
            count += 1
        cell.execution_count = count if cell.source.strip() else None
        outputs: list[Any] = []
        for output in cell.outputs:
            if output.get("execution_count") is not None:
                output.execution_count = count
            if output.output_type in ("display_data", "execute_result"):
                output.metadata = type(output.metadata)(output.metadata)
                for mime, value in output.data.items():
                    if isinstance(value, str):
                        output.data[mime] = value.replace(f"{folder}/", "")
            elif output.output_type == "stream":
                output.text = output.text.replace(f"{folder}/", "")
                if outputs and outputs[-1].output_type == "stream" and outputs[-1].name == output.name:
                    outputs[-1].text += output.text
                    continue
            outputs.append(output)
        cell.outputs = outputs
    return result


_VOLATILE = {"tags", "papermill", "execution", "ExecuteTime", "collapsed", "scrolled", "trusted"}
