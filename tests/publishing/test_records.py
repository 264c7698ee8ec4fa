"""A page is made again when what it was made from has changed, and only then; the record says why."""

import errno
import io
import shutil
from pathlib import Path

import pytest

from healthdevo.cli import main
from healthdevo.errors import BuildError
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.progress import remaining
from healthdevo.publishing.run import Places, reasons, run_jobs
from healthdevo.publishing.tasks import Outcome, Task

LONDON, NORTH_WEST = "areas/london-nhs-region", "areas/north-west-nhs-region"


@pytest.fixture
def own_data(data_folder, tmp_path, monkeypatch):
    copy = tmp_path / "data"
    shutil.copytree(data_folder, copy)
    monkeypatch.setenv("HEALTHDEVO_DATA", str(copy))
    return copy


@pytest.fixture
def made(project, own_data, paper_engine):
    """A project whose pages are made; the two area pages read one table each, ``demand`` reads the list of tables."""
    reads = {"demand": ("datapackage.json",), LONDON: ("area",), NORTH_WEST: ("area_membership",)}
    run_jobs(project, make_plan(project).jobs, engine=paper_engine(reads=reads), progress=io.StringIO())
    return project


def whys(project):
    jobs = make_plan(project).jobs
    return {job.docname: why for job, why in reasons(project, jobs, Inputs(project)).items() if why}


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_nothing_changed(made):
    assert whys(made) == {}


def test_new_pages(project):
    assert set(whys(project).values()) == {"it is new"}


def test_a_table_reaches_those_that_read_it(made, own_data):
    path = own_data / "tables" / "area_membership.csv"
    head, first, rest = path.read_text(encoding="utf-8").split("\n", 2)
    cell, others = first.split(",", 1)
    path.write_text(f'{head}\n"{cell}",{others}\n{rest}', encoding="utf-8")  # the same values in another form
    assert whys(made) == {NORTH_WEST: "changed: table area_membership"}


def test_a_table_reaches_those_whose_keys_lead_to_it(made, own_data):
    edit(own_data / "tables" / "area.csv", "North West", "North-West")
    assert whys(made) == {LONDON: "changed: table area", NORTH_WEST: "changed: table area_membership"}


def test_own_tables_count(made, data_folder, tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(own))
    assert whys(made) == {}
    text = (data_folder / "tables" / "area.csv").read_text(encoding="utf-8")
    (own / "area.csv").write_text(text.replace("North West", "North-West"), encoding="utf-8")
    assert set(whys(made)) == {LONDON, NORTH_WEST}


def test_the_descriptor_reaches_those_that_list_tables(made, own_data):
    with (own_data / "datapackage.json").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert whys(made) == {"demand": "changed: table datapackage.json"}


def test_code_pins_and_files(made):
    edit(made.root / "book" / "demand.ipynb", "factor = 2", "factor = 3")
    places = Places.of(made.build)
    (places.executed / "supply.ipynb").unlink()
    (places.executed / f"{LONDON}.ipynb").write_text("{}", encoding="utf-8")
    assert whys(made) == {
        "demand": "changed: its code",
        "supply": "its executed notebook is missing",
        LONDON: "its executed notebook is damaged",
    }
    edit(made.root / "requirements.txt", "pinned==1", "pinned==2")
    assert whys(made)[NORTH_WEST] == "changed: the pinned environment"


def test_modules(made, monkeypatch):
    from healthdevo.publishing import modules

    original = modules.Modules._source

    def edited(self, path):
        text, key = original(self, path)
        return (text, f"0{key}") if path == self.folder / "wording.py" else (text, key)

    monkeypatch.setattr(modules.Modules, "_source", edited)
    assert whys(made) == {"demand": "changed: healthdevo.wording"}


def test_the_command_says_why(made, capsys):
    edit(made.root / "book" / "supply.ipynb", "1 + 1", "1 + 2")
    assert main(["--project", str(made.root), "build", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "keep  demand",
        "run   supply: changed: its code",
        "keep  London NHS region (E40000003)",
        "keep  North West NHS region (E40000010)",
        "1 of 4 pages would run",
    ]


def test_a_full_disk_stops_all(project, paper_engine):
    import os

    full = f"the page can't be written: [Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}"
    engine = paper_engine({"supply": full})
    with pytest.raises(BuildError, match=r"the disk is full \(supply\); 2 pages were made and stay"):
        run_jobs(project, make_plan(project).jobs, engine=engine, progress=io.StringIO())
    assert set(whys(project)) == {"demand", "supply"}  # the engine goes from the last to the first


def test_a_place_that_cannot_be_written_is_said_at_once(project, paper_engine):
    places = Places.of(project.build)
    places.executed.parent.mkdir(parents=True, exist_ok=True)
    places.executed.write_text("a file in the way", encoding="utf-8")
    engine = paper_engine()
    with pytest.raises(BuildError, match="can't be written to"):
        run_jobs(project, make_plan(project).jobs, engine=engine, progress=io.StringIO())
    assert engine.asked == []


def test_the_estimate_goes_by_what_is_known():
    def tasks(*expected):
        return [Task(str(i), "", "", "", "", expected=e) for i, e in enumerate(expected)]

    assert remaining(tasks(10, 10, 10, 10), [], 2) == 20
    assert remaining(tasks(30, 1, 1), [], 2) == 30  # the longest can't be shared
    assert remaining(tasks(0, 0), [], 1) is None
    assert remaining(tasks(0, 0), [4.0, 6.0], 1) == 10
    assert remaining(tasks(), [1.0], 1) == 0


def test_reads_of_a_real_page_are_recorded(project):
    from healthdevo.publishing.engine import LocalEngine

    path = project.root / "book" / "supply.ipynb"
    edit(path, "1 + 1", "from healthdevo import areas; areas.get('E40000003').name")
    jobs = [job for job in make_plan(project).jobs if job.docname == "supply"]
    assert run_jobs(project, jobs, engine=LocalEngine(1), progress=io.StringIO()).ok
    assert whys(project).keys() == {"demand", LONDON, NORTH_WEST}
    from healthdevo.publishing.records import Records

    found = Records(Places.of(project.build).records, Inputs(project)).reads("supply")
    assert {"area", "area_membership"} <= set(found)
    assert not any(Path(name).is_absolute() for name in found)
    assert isinstance(Outcome("x", True, 0.0).reads, tuple)
