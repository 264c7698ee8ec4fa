"""Running what has changed, and remembering how it ended."""

import io
import json

import pytest

from healthdevo.errors import BuildError
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.run import Places, run_jobs

AREAS = ["areas/london-nhs-region", "areas/north-west-nhs-region"]


def run(project, engine):
    return run_jobs(project, make_plan(project).jobs, engine=engine, progress=io.StringIO())


def names(jobs):
    return [job.docname for job in jobs]


def test_nothing_is_run_twice(project, paper_engine):
    engine = paper_engine()
    first = run(project, engine)
    assert names(first.done) == ["demand", "supply", *AREAS]
    assert engine.names == sorted(names(first.done))
    again = paper_engine()
    second = run(project, again)
    assert again.asked == []
    assert names(second.unchanged) == ["demand", "supply", *AREAS]
    assert second.text == "0 executed, 4 unchanged, 0 failed"


@pytest.mark.parametrize("harm", ["delete", "damage", "forget"])
def test_a_missing_or_damaged_page_is_run_again(project, paper_engine, harm):
    run(project, paper_engine())
    places = Places.of(project.build)
    path = places.executed / "supply.ipynb"
    if harm == "delete":
        path.unlink()
    elif harm == "damage":
        path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    else:
        (places.records / "supply.json").write_text("{", encoding="utf-8")
    engine = paper_engine()
    assert run(project, engine).ok
    assert engine.names == ["supply"]


def test_a_failure_stops_no_other_and_keeps_the_earlier_page(project, paper_engine):
    run(project, paper_engine())
    places = Places.of(project.build)
    good = (places.executed / f"{AREAS[0]}.ipynb").read_bytes()
    template = project.root / "book/areas/area.ipynb"
    original = template.read_bytes()
    template.write_text(original.decode().replace("raise ValueError", "raise OSError"), encoding="utf-8")

    summary = run(project, paper_engine({AREAS[0]: "no rows for E40000003"}))
    assert names(summary.done) == [AREAS[1]]
    assert [job.docname for job, _ in summary.failed] == [AREAS[0]]
    assert "failed: London NHS region (E40000003): no rows for E40000003" in summary.text
    assert "logs/areas/london-nhs-region.log" in summary.text
    assert (places.executed / f"{AREAS[0]}.ipynb").read_bytes() == good
    with pytest.raises(BuildError, match="London NHS region"):
        summary.raise_for_failures()

    record = {
        name: json.loads((places.records / f"{name}.json").read_text(encoding="utf-8")) for name in AREAS
    }
    assert record[AREAS[0]]["status"] == "failed"
    assert record[AREAS[0]]["message"] == "no rows for E40000003"
    assert record[AREAS[1]]["status"] == "done"

    # The failed page is tried again; the template as it was before makes the earlier page good again.
    engine = paper_engine()
    run(project, engine)
    assert engine.names == [AREAS[0]]
    template.write_bytes(original)
    engine = paper_engine()
    run(project, engine)
    assert engine.names == AREAS


def test_an_undone_edit_after_a_failure_needs_no_new_run(project, paper_engine):
    run(project, paper_engine())
    template = project.root / "book/supply.ipynb"
    original = template.read_bytes()
    template.write_text(original.decode().replace("1 + 1", "1 / 0"), encoding="utf-8")
    assert not run(project, paper_engine({"supply": "ZeroDivisionError"})).ok
    template.write_bytes(original)
    engine = paper_engine()
    assert run(project, engine).ok
    assert engine.asked == []


def test_tasks_say_where_kernels_work(project, paper_engine, data_folder, tmp_path, monkeypatch):
    own = tmp_path / "own tables"
    own.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", "own tables")
    engine = paper_engine()
    run(project, engine)
    task = engine.asked[0]
    assert task.folder == str(project.root)
    environment = dict(task.environment)
    kept = json.loads(environment.pop("HEALTHDEVO_KEPT"))
    assert kept["folder"] == str(project.build / "national")
    assert not kept["write"]
    assert environment == {
        "HEALTHDEVO_PROJECT": str(project.root),
        "HEALTHDEVO_DATA": str(data_folder),
        "HEALTHDEVO_OVERLAY": str(own),
    }


def test_the_bar_tells_of_every_page_and_failure(project, paper_engine):
    bar = io.StringIO()
    jobs = make_plan(project).jobs
    run_jobs(project, jobs, engine=paper_engine({"supply": "broken"}), progress=bar)
    assert "failed: supply: broken" in bar.getvalue()
    assert "4/4" in bar.getvalue()
