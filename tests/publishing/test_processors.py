"""Chapters of the book say and draw the same, byte for byte, as two processors calculate."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.book,
    pytest.mark.processors,
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


SYNTHETIC = """
from healthdevo.chapters.devolution.other_outcomes import OtherOutcomes
from healthdevo.chapters.devolution.designs import Tested
from healthdevo.chapters.devolution.panels import MIXED_WINDOWS, life_expectancy_windows
section = OtherOutcomes.load(Tested("life expectancy", life_expectancy_windows(), MIXED_WINDOWS))
print(section.table().csv)
"""
SERIES = """
from healthdevo import tables
from healthdevo.chapters.common import england_and_regions
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts
from healthdevo.series import structural_trend
from healthdevo.wording import in_file
months = tables.load("emergency_month")
for name, code in england_and_regions().items():
    trend = structural_trend(monthly_counts(months, code), breaks=BREAKS)
    print(name, in_file(trend.irregular_deviation), in_file(trend.growth.estimate), in_file(trend.growth.standard_error))
"""


@pytest.mark.parametrize("code", [SYNTHETIC, SERIES], ids=["weights of synthetic controls", "trends"])
def test_what_a_search_ends_in_is_the_same_on_two_processors(code):
    said = [
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"OPENBLAS_CORETYPE": processor},
            capture_output=True, text=True, check=True, timeout=900,
        ).stdout
        for processor in ("Haswell", "Prescott")
    ]  # fmt: skip
    assert len(said[0].splitlines()) >= 8
    assert said[0] == said[1]
