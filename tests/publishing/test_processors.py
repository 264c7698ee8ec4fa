"""Two chapters of the book say and draw the same, byte for byte, as two processors calculate."""

import platform
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.book,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the settings are those of x86 processors"),
]


def shown(chapter):
    """Every output of a chapter's cells."""
    notebook = nbformat.read(ROOT / "book" / f"{chapter}.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(ROOT)}}).execute()
    return [
        (cell["id"], kind, str(value))
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for kind, value in output.get("data", {}).items()
    ]


@pytest.mark.parametrize("chapter", ["inequality", "postcode_lottery"])
def test_a_chapter_is_the_same_on_two_processors(chapter, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    found = {}
    for processor in ("Haswell", "Prescott"):
        monkeypatch.setenv("OPENBLAS_CORETYPE", processor)
        found[processor] = shown(chapter)
    assert len(found["Haswell"]) > 20
    assert found["Haswell"] == found["Prescott"]
