"""The page that says when, for how long and why every page was made."""

import platform
from pathlib import Path

from healthdevo.publishing.made import told
from healthdevo.publishing.plan import Job
from healthdevo.publishing.processes import MEGABYTE

NATIONAL = Job(Path("demand.ipynb"), "demand", {}, {}, {})
AREA = Job(Path("area.ipynb"), "areas/x", {}, {"area_label": "Here ICB", "area_code": "E1"}, {})
GOOD = {"seconds": 90.04, "memory": 300_000_000, "at": "2026-03-04T05:06:07+00:00", "why": "changed: a | b"}


def test_a_row_says_what_is_on_record():
    text = told([NATIONAL, AREA], {"demand": {"status": "done", "good": GOOD}, "areas/x": {}})
    memory = f"{300_000_000 / MEGABYTE:.0f}"
    assert (
        f"| {{doc}}`demand </demand>` | England | made | 90.0 | {memory} | 4 March 2026, 05:06 UTC | changed: a \\| b |"
        in text
    )
    assert (
        "| {doc}`Here ICB </areas/x>` | E1 | not recorded | not recorded | not recorded | not recorded |"
        in text
    )


def test_totals_are_of_what_is_recorded():
    second = {**GOOD, "seconds": 29.96, "memory": 100}
    text = told([NATIONAL, AREA], {"demand": {"status": "done", "good": GOOD}, "areas/x": {"good": second}})
    assert "**Time in all:** 2.0 minutes" in text
    assert "the slowest page took 90.0 seconds" in text
    assert f"**Memory:** the largest page needed {300_000_000 / MEGABYTE:.0f} megabytes" in text
    assert f"Python {platform.python_version()}" in text
    assert "Time in all" not in told([AREA], {"areas/x": {}})
