"""What area pages share is done once, ahead of them, in jobs of its own; pages say the same with and without it."""

import ast
import dataclasses
import importlib
import io
import json
import os
from pathlib import Path

import pytest

import healthdevo
from healthdevo import tables
from healthdevo.chapters.area import AreaDevolution, AreaEmergency, AreaSpending, AreaTrend
from healthdevo.chapters.area import national as steps
from healthdevo.chapters.claims import national as of_book
from healthdevo.chapters.common import kept
from healthdevo.claims import Ledger, ledger, of_page
from healthdevo.publishing import national
from healthdevo.publishing.execution import execute
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.project import Project
from healthdevo.publishing.run import Places, reasons
from healthdevo.publishing.tasks import Task
from healthdevo.tables.used import heard

ROOT = Path(__file__).parents[2]
WITH_AREAS = ("forecasts", "spending", "devolution")


@pytest.fixture(scope="module")
def book():
    project = Project.load(ROOT)
    inputs = Inputs(project)
    return project, make_plan(project, inputs=inputs), inputs


@pytest.fixture
def clean(monkeypatch):
    monkeypatch.setattr(kept, "_MEMORY", {})
    monkeypatch.setattr(kept, "USED", [])
    monkeypatch.delenv(kept.PLACE, raising=False)


def test_every_module_that_keeps_results_belongs_to_a_step():
    source = Path(healthdevo.__file__).parent
    using = set()
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(d, ast.Name) and d.id in ("kept", "kept_with_tables") for d in node.decorator_list
            ):
                using.add(".".join(("healthdevo", *path.relative_to(source).with_suffix("").parts)))
    using.update(national.TESTS.values())  # for ``of_page.results_of``
    assert using == {module for step in (national.LEDGER, *national.STEPS) for module in step.modules}
    assert all(callable(getattr(steps, step.function)) for step in national.STEPS)
    assert callable(getattr(of_book, national.LEDGER.function))


def test_the_book_has_jobs_of_its_own_for_what_pages_share(book):
    project, plan, inputs = book
    jobs = national.jobs(project, plan.jobs, inputs)
    assert {job.docname.split("/")[1].split("-")[0] for job in jobs} == {
        step.function for step in (national.LEDGER, *national.STEPS)
    }
    forecast = [code for job in jobs if "forecasts" in job.docname for code in job.parameters["codes"]]
    assert sorted(forecast) == sorted({"E92000001", *(job.parameters["area_code"] for job in plan.areas)})
    assert national.jobs(project, plan.areas[:3], inputs) == ()  # a few pages compute for themselves
    chapters = national.jobs(project, plan.chapters, inputs)
    assert [job.docname for job in chapters] == [f"national/ledger-{page}" for page in national.PAGES]
    assert (
        national.jobs(project, [j for j in plan.chapters if j.docname in ("claims", "money")], inputs) == ()
    )
    assert {Places.of(project.build).notebook(job).suffix for job in jobs} == {".json"}
    assert national.jobs(project, jobs, inputs) == ()  # and what is done ahead asks for nothing ahead of it


def test_what_code_results_are_of_changes_with_the_modules_they_reach(book, monkeypatch):
    from healthdevo.publishing import modules

    project, _, inputs = book
    before = kept.Place(**json.loads(national.place(project, inputs, write=False)[kept.PLACE])).code
    original = modules.Modules._source

    def edited(self, path):
        text, key = original(self, path)
        return (text, f"0{key}") if path == self.folder / "series" / "structural_trend.py" else (text, key)

    monkeypatch.setattr(modules.Modules, "_source", edited)
    after = kept.Place(**json.loads(national.place(project, Inputs(project), write=False)[kept.PLACE])).code
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "healthdevo.chapters.common.forecasts",
        "healthdevo.claims.results.demand",
        "healthdevo.claims.results.postcode_lottery",
    }


@pytest.fixture
def after_an_edit(book, monkeypatch):
    """Return a function that says which jobs of the book have another key after an edit in a module."""
    from healthdevo.publishing import modules

    project, _, inputs = book

    def keys(inputs):
        chapters = make_plan(project, only_national=True, inputs=inputs).chapters
        return {job.docname: job.key for job in (*national.jobs(project, chapters, inputs), *chapters)}

    before, original = keys(inputs), modules.Modules._source

    def changed(*parts):
        def edited(self, path):
            text, key = original(self, path)
            return (text, f"0{key}") if path == self.folder.joinpath(*parts) else (text, key)

        with monkeypatch.context() as patch:
            patch.setattr(modules.Modules, "_source", edited)
            after = keys(Inputs(project))
        return {name for name in before if before[name] != after[name]}

    return changed


PRINT_VERDICTS = {"claims", "case_for", "case_against", "balance"}
"""Pages that print verdicts, so that they rest on all tests."""


@pytest.mark.parametrize(
    ("edited", "again"),
    [
        (("chapters", "whole_system", "catalogue.py"), {"national/ledger-whole_system", "whole_system"}),
        (("chapters", "spending", "designs.py"), {"national/ledger-spending", "spending"}),
        (  # preventive spending is tested in the chapter on spending, too
            ("chapters", "money", "books.py"),
            {"national/ledger-money", "money", "national/ledger-spending"},
        ),
        (("claims", "results", "money.py"), {"national/ledger-money"}),
        (("claims", "rows", "radix.py"), set()),
    ],
)
def test_a_correction_in_one_chapter_runs_its_own_job_of_the_ledger_again_and_no_other(
    after_an_edit, edited, again
):
    assert after_an_edit(*edited) == again | PRINT_VERDICTS


def task(tmp_path, function, codes, write=True):
    modules = [module for step in national.STEPS for module in step.modules]
    place = kept.Place(str(tmp_path / "kept"), dict.fromkeys(modules, "code"), write)
    return Task(
        f"national/{function}",
        f"healthdevo.chapters.area.national:{function}",
        str(tmp_path / f"{function}.json"),
        str(tmp_path / f"{function}.log"),
        str(tmp_path),
        {"codes": codes},
        {kept.PLACE: place.text},
    ), place


def test_pages_say_the_same_with_what_is_kept_and_compute_none_of_it(tmp_path, clean, monkeypatch):
    code = "E54000057"
    emergency, spending = AreaEmergency.load(code), AreaSpending.load(code)
    plain = {**AreaTrend(emergency).texts(), **spending.texts(), **AreaDevolution.load(code).texts()}
    before = dict(os.environ)
    memory = importlib.import_module(
        "healthdevo.chapters.common.remembered"
    )  # not the decorator of that name
    monkeypatch.setattr(memory, "state_of_tables", lambda: ("the process of a step",))
    for function in WITH_AREAS:
        made, place = task(tmp_path, function, ["E92000001", code])
        outcome = execute(made)
        assert outcome.ok, outcome.message
        assert set(outcome.reads) & {"emergency_month", "council_outturn", "under_75_mortality"}
    assert dict(os.environ) == before
    listed = {
        name
        for function in WITH_AREAS
        for name in json.loads((tmp_path / f"{function}.json").read_text(encoding="utf-8"))
    }
    assert listed == {path.name for path in (tmp_path / "kept").iterdir()}

    monkeypatch.setattr(kept, "USED", [])
    monkeypatch.setenv(kept.PLACE, kept.Place(place.folder, place.code).text)
    monkeypatch.setattr(memory, "state_of_tables", lambda: ("the process of another page",))
    other = AreaSpending.load("E54000008")  # of the same kind, and of today: the same results
    assert all(map(len, (other.services.spending, other.need.against_need, other.implied.returns)))
    assert {name.split("-")[0] for name in kept.USED} == {
        "spending_per_head",
        "spending_over_need",
        "own_elasticity",
    }
    from healthdevo.chapters.common import forecasts

    def refuse(*_, **__):
        raise AssertionError("computed again")

    monkeypatch.setattr(forecasts, "forecast", refuse)
    monkeypatch.setattr(forecasts, "structural_trend", refuse)
    again = {**AreaTrend(AreaEmergency.load(code)).texts(), **AreaSpending.load(code).texts()}
    again |= AreaDevolution.load(code).texts()
    assert again == plain
    assert set(kept.USED) <= listed


def test_every_page_that_claims_link_to_has_a_job_and_the_tests_their_code():
    assert sorted(national.PAGES) == sorted(ledger.pages_with_results())
    assert all(of_page.module_of(page) == module for page, module in national.TESTS.items())
    for page, home in national.TESTS.items():
        linked = {c.test for c in ledger.CLAIMS if c.test is not None and c.link.split("#")[0] == page}
        assert linked == set(importlib.import_module(home).TESTS), page
    assert all(national.is_step(f"{home}:x") for home in (of_book.__name__, steps.__name__))


def test_the_ledger_is_the_same_from_what_is_kept_and_runs_no_test(tmp_path, clean, monkeypatch):
    chosen = [c for c in ledger.CLAIMS if c.link.startswith("powers#") and c.test is not None]
    assert len(chosen) > 1
    plain = Ledger.load(claims=chosen)
    place = kept.Place(str(tmp_path / "kept"), {of_page.module_of("powers"): "code"}, True)
    made = Task(
        "national/ledger-powers",
        f"{of_book.__name__}:ledger",
        str(tmp_path / "list.json"),
        str(tmp_path / "log.txt"),
        str(tmp_path),
        {"pages": ["powers"]},
        {kept.PLACE: place.text},
    )
    outcome = execute(made)
    assert outcome.ok, outcome.message
    assert outcome.reads
    monkeypatch.setenv(kept.PLACE, kept.Place(place.folder, place.code).text)

    def refuse(self):
        raise AssertionError("computed again")

    monkeypatch.setattr(ledger.Sources, "powers", property(refuse))
    with heard() as read:
        again = Ledger.load(claims=chosen)
    assert again.to_json() == plain.to_json()
    assert read >= set(outcome.reads)  # a page that takes them is made again when these tables change
    other = kept.Place(place.folder, {of_page.module_of("powers"): "other code"})
    monkeypatch.setenv(kept.PLACE, other.text)
    with pytest.raises(AssertionError, match="computed again"):
        Ledger.load(claims=chosen)
    monkeypatch.setenv(kept.PLACE, kept.Place(place.folder, place.code).text)
    changed = dataclasses.replace(chosen[0], test=lambda sources: plain.entries[1].result)
    assert (
        Ledger.load(claims=[changed]).entries[0].result == plain.entries[1].result
    )  # not the ledger's own row


def test_one_areas_changed_rows_reach_its_forecast_alone(tmp_path, clean, monkeypatch):
    made, _ = task(tmp_path, "forecasts", ["E40000003", "E40000010"])
    assert execute(made).ok
    first = set(json.loads(Path(made.output).read_text(encoding="utf-8")))
    frame = tables.load_sound("emergency_month").frame.copy()
    rows = (frame["area_code"] == "E40000003") & (frame["department_type"] == "all")
    frame.loc[rows, "attendances"] += 1

    class Sound:
        pass

    changed = Sound()
    changed.frame = frame
    monkeypatch.setattr("healthdevo.chapters.area.national.light_sound", lambda name: changed)
    assert execute(made).ok
    second = set(json.loads(Path(made.output).read_text(encoding="utf-8")))
    assert len(first & second) == len(first - second) == len(second - first) == 2


def test_a_step_that_fails_says_why_and_leaves_its_list(tmp_path, clean):
    made, _ = task(tmp_path, "inequality", ["nowhere"])
    outcome = execute(made)
    assert not outcome.ok
    assert outcome.message.startswith("AreaError: ")
    assert not Path(made.output).exists()
    assert outcome.message in Path(made.log).read_text(encoding="utf-8")


def test_without_all_lists_nothing_is_removed(project):
    folder = project.build / national.FOLDER
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / f"{name}{kept.SUFFIX}").write_bytes(b"")
    whole, absent = project.build / "whole.json", project.build / "absent.json"
    whole.write_text(json.dumps([f"a{kept.SUFFIX}"]), encoding="utf-8")
    assert national.tidy(project, [whole, absent]) == 0
    assert national.tidy(project, [whole]) == 1
    assert [path.name for path in folder.iterdir()] == [f"a{kept.SUFFIX}"]


def test_pages_are_made_even_where_work_ahead_of_them_fails(project, paper_engine, monkeypatch):
    from healthdevo.publishing.run import run_jobs

    plan = make_plan(project)
    inputs = Inputs(project)
    ahead = Path("healthdevo.chapters.area.national:forecasts")
    job = dataclasses.replace(plan.chapters[0], template=ahead, docname="national/forecasts-1")
    monkeypatch.setattr(national, "jobs", lambda project, pages, inputs: () if job in pages else (job,))
    said = io.StringIO()
    engine = paper_engine({"national/forecasts-1": "no figures"})
    summary = run_jobs(project, plan.jobs, inputs=inputs, engine=engine, progress=said)
    assert summary.ok
    assert len(summary.done) == len(plan.jobs)
    assert "ahead of the pages, failed: national/forecasts-1: no figures" in said.getvalue()
    assert "it failed before" in reasons(project, [job], inputs)[job]
