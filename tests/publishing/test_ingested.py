"""Newer releases taken in, then the book: the series grow, and only pages that read the tables are made again."""

import io
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.releases.writers import whole_month

from healthdevo import areas, tables
from healthdevo.chapters.area.emergency import words
from healthdevo.publishing.engine import LocalEngine
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.run import Places, reasons, run_jobs
from healthdevo.releases import ingest

DEMAND = """\
from healthdevo import tables
months = tables.load("emergency_month").query("area_code == 'E92000001' and department_type == 'all'")
latest, before = months.iloc[-1], months.iloc[-2]
origin = tables.origin("emergency_month")
print(f"{latest['month']:%B %Y}: {latest['attendances'] - before['attendances']:+.0f}; {len(months)} months; {origin.cited}")"""
SUPPLY = 'from healthdevo import areas\nprint(areas.get("E40000003").name)'


@pytest.fixture
def book(project, monkeypatch, make_notebook):
    """A page that reads the monthly table and one that does not, from the embedded figures."""
    monkeypatch.delenv("HEALTHDEVO_DATA")
    for name, code in (("demand", DEMAND), ("supply", SUPPLY)):
        text = make_notebook(("md", f"# {name.title()}", []), ("code", code, []))
        (project.root / "book" / f"{name}.ipynb").write_text(text, encoding="utf-8")
    return project


def chosen(project):
    return [job for job in make_plan(project).jobs if job.docname in ("demand", "supply")]


def run(project):
    done = run_jobs(project, chosen(project), engine=LocalEngine(1), progress=io.StringIO())
    assert done.ok
    return done, (Path(Places.of(project.build).executed) / "demand.ipynb").read_text(encoding="utf-8")


def whys(project):
    return {
        job.docname: why for job, why in reasons(project, chosen(project), Inputs(project)).items() if why
    }


@pytest.mark.long
def test_months_taken_in_reach_the_pages_that_read_them_and_no_others(book, monkeypatch, tmp_path):
    _, page = run(book)
    months = tables.load("emergency_month").query("area_code == 'E92000001' and department_type == 'all'")
    assert f"; {len(months)} months; NHS England, " in page
    assert "March 2026: " in page
    frame = tables.load("emergency_provider_month")
    march = frame[frame["month"] == "2026-03-01"]
    file, own = tmp_path / "april.csv", tmp_path / "own"
    more = [100, 0, 0, 7, 0, 0, 9, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0]
    file.write_text(
        whole_month(march, "APRIL-2026", ZZ9=("NHS ENGLAND LONDON", "NEW", more)), encoding="utf-8"
    )
    ingest([file], own, append=True)
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    assert whys(book) == {"demand": "changed: table emergency_month"}
    done, page = run(book)
    assert [o.name for o in done.done] == ["demand"]
    # the providers of March add up to 19 more than England's series has, as published
    assert f"April 2026: +{19 + 107}; {len(months) + 1} months; " in page
    assert "provider file of April 2026" in page
    assert "replaced by the user" in page
    assert whys(book) == {}


@pytest.mark.parametrize(
    ("code", "boards", "told"),
    [
        (
            "E54000057",
            (),
            "the board went on; later months are the sum of the providers that it had in March 2026",
        ),
        (
            "E54000034",
            (),
            "the board ended in March 2026; later months are the sum of the providers that it had until then",
        ),
        (
            "E54000071",
            ("E54000027", "E54000028"),
            "the board began in April 2026; all months are the sum of the providers of the boards",
        ),
        ("E12000007", (), None),
    ],
)
def test_a_board_with_later_months_says_that_boards_changed(code, boards, told):
    def held(last):
        months = pd.date_range("2025-01-01", last, freq="MS")
        frame = pd.DataFrame(
            {
                "area_code": code,
                "month": months,
                "department_type": "all",
                "attendances": 2.0,
                "attendances_4_hour_reporting": 2.0,
            }
        )
        section = SimpleNamespace(own_months=frame, months=frame, boards=boards)
        return words.quality(SimpleNamespace(section=section, area=areas.get(code))).get(
            "Change of boards in April 2026"
        )

    assert held("2026-03-01") is None
    assert held("2026-04-01") is None if told is None else held("2026-04-01").startswith(told)
