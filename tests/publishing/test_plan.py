"""Which pages there are, and when they must be made again."""

import datetime
import json
from dataclasses import replace

import pytest
from tests.publishing.conftest import notebook

from healthdevo.errors import AreaError, BuildError
from healthdevo.publishing import inputs as inputs_module
from healthdevo.publishing.inputs import CODE, ENVIRONMENT, PARAMETERS, Inputs, digest
from healthdevo.publishing.plan import (
    area_job,
    default_parameters,
    make_plan,
    select_areas,
    toc_entries,
)
from healthdevo.publishing.project import Project

ON = datetime.date(2024, 4, 1)


def keys(project):
    return {job.docname: job.key for job in make_plan(project).jobs}


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_plan_holds_chapters_then_areas(project):
    plan = make_plan(project)
    assert [job.docname for job in plan.chapters] == ["demand", "supply"]
    assert [job.docname for job in plan.areas] == ["areas/london-nhs-region", "areas/north-west-nhs-region"]
    london = plan.areas[0]
    assert london.parameters == {"area_code": "E40000003"}
    assert london.page == "london-nhs-region"
    assert london.name == "London NHS region (E40000003)"
    assert london.values["area_kind"] == "NHS region"
    assert plan.chapters[0].values == {"measure": "attendances", "factor": "2"}
    assert make_plan(project, only_national=True).areas == ()


def test_keys_change_with_what_a_page_depends_on_and_only_then(project):
    before = keys(project)
    assert keys(project) == before
    edit(project.root / "book" / "supply.ipynb", "Nothing is", "Nothing else is")
    edit(project.root / "book" / "areas" / "area.ipynb", "This page", "The page")
    assert keys(project) == before  # prose runs nothing
    edit(project.root / "book" / "supply.ipynb", "1 + 1", "1 + 2")
    after = keys(project)
    assert {name for name in after if after[name] != before[name]} == {"supply"}
    edit(project.root / "requirements.txt", "pinned==1", "pinned==2")
    pinned = keys(project)
    assert all(pinned[name] != after[name] for name in pinned)


def test_two_areas_differ_only_by_their_parameters(project):
    first, second = make_plan(project).areas
    assert first.template == second.template
    assert first.key != second.key


def test_default_parameters_are_literals(project, make_notebook):
    path = project.root / "book" / "demand.ipynb"
    assert default_parameters(path) == {"measure": "attendances", "factor": 2}
    path.write_text(make_notebook(("code", "a: int = 1\nb = [1, 'x']", ["parameters"])), encoding="utf-8")
    assert default_parameters(path) == {"a": 1, "b": [1, "x"]}
    for source in ("a = open('x')", "import os", "a, b = 1, 2", "a ="):
        path.write_text(make_notebook(("code", source, ["parameters"])), encoding="utf-8")
        with pytest.raises(BuildError, match="may only assign literals"):
            default_parameters(path)
    path.write_text(make_notebook(*[("code", "a = 1", ["parameters"])] * 2), encoding="utf-8")
    with pytest.raises(BuildError, match="2 cells are tagged parameters"):
        default_parameters(path)
    path.write_text("not a notebook", encoding="utf-8")
    with pytest.raises(BuildError, match="is no notebook"):
        default_parameters(path)


def test_selections(project):
    everything = select_areas("all", kinds=("nhs_region",), on=ON)
    assert everything == ("E40000003", "E40000010")
    assert select_areas("nhs_region", kinds=(), on=ON) == everything
    assert select_areas("E40000010, E40000003,E40000010", kinds=(), on=ON) == ("E40000010", "E40000003")
    with pytest.raises(AreaError, match="E40000011"):
        select_areas("E40000003,E40000011", kinds=(), on=ON)
    with pytest.raises(AreaError, match="selects no area"):
        select_areas(" , ", kinds=(), on=ON)


def test_a_template_is_for_areas_or_for_england(project):
    with pytest.raises(BuildError, match="national chapter"):
        area_job(project, project.source("book/demand"), "E40000003", folder="", inputs=Inputs(project))
    edit(project.root / "_toc.yml", "book/supply", "book/areas/area2")
    (project.root / "book/areas/area2.ipynb").write_bytes(
        (project.root / "book/areas/area.ipynb").read_bytes()
    )
    with pytest.raises(BuildError, match="made for one area at a time"):
        make_plan(Project.load(project.root))


def test_an_area_template_tagged_example_is_shown_for_its_own_area(project):
    edit(project.root / "_toc.yml", "book/supply", "book/try_it")
    cells = [("md", "# {{ area_name }}", []), ("code", 'area_code = "E40000010"', ["parameters", "example"])]
    (project.root / "book/try_it.ipynb").write_text(notebook(*cells), encoding="utf-8")
    found = Project.load(project.root)
    job = make_plan(found, only_national=True).chapters[1]
    assert (job.docname, job.parameters, job.values["area_name"]) == ("try_it", {}, "North West")
    london = area_job(found, found.source("book/try_it"), "E40000003", folder="", inputs=Inputs(found))
    assert london.parameters == {"area_code": "E40000003"}
    cells[1] = ("code", "rate = 1", ["parameters", "example"])
    (project.root / "book/try_it.ipynb").write_text(notebook(*cells), encoding="utf-8")
    with pytest.raises(BuildError, match="tagged example, but its parameters name no area_code"):
        make_plan(found)


def test_two_notebooks_of_one_name_are_refused(project):
    (project.root / "book/more").mkdir()
    (project.root / "book/more/demand.ipynb").write_bytes((project.root / "book/demand.ipynb").read_bytes())
    edit(project.root / "_toc.yml", "book/supply", "book/more/demand")
    with pytest.raises(BuildError, match="two pages are called 'demand'"):
        make_plan(Project.load(project.root))


def test_the_contents_must_name_the_area_template(project):
    edit(project.root / "_toc.yml", "    sections:\n    - file: book/areas/area\n", "")
    with pytest.raises(BuildError, match="does not name book/areas/area"):
        make_plan(Project.load(project.root))


def test_contents_are_read_in_order():
    toc = {"root": "a", "parts": [{"chapters": [{"file": "b", "sections": [{"file": "c"}]}, {"file": "d"}]}]}
    assert list(toc_entries(toc)) == ["a", "b", "c", "d"]


def test_a_key_that_loses_or_changes_any_part_is_another(project):
    for job in make_plan(project).jobs:
        assert {CODE, PARAMETERS, ENVIRONMENT} <= set(job.parts)
        others = [replace(job, parts={n: v for n, v in job.parts.items() if n != lost}) for lost in job.parts]
        others += [replace(job, parts={**job.parts, changed: "another"}) for changed in job.parts]
        assert len({job.key, *(other.key for other in others)}) == 1 + 2 * len(job.parts)
        turned = dict(reversed(list(job.parts.items())))
        assert replace(job, parts=turned).key == job.key


def test_parts_cannot_run_into_each_other():
    assert digest([b"ab", b"c"]) != digest([b"a", b"bc"]) != digest([b"abc"])
    assert digest([b"a", b"b"]) != digest([b"b", b"a"])
    assert digest([]) != digest([b""])


def test_each_part_follows_what_it_is_named_after(project, monkeypatch):
    def parts(code=(("1 + 1", []),), **parameters):
        return Inputs(project).parts(list(code), parameters)

    def changed(other):
        return {name for name in other if other[name] != first[name]}

    first = parts(area="A")
    assert changed(parts(area="B")) == {PARAMETERS}
    assert changed(parts(area="A", more=1)) == {PARAMETERS}
    assert changed(parts((("1 + 2", []),), area="A")) == {CODE}
    assert changed(parts((("1 + 1", ["tag"]),), area="A")) == {CODE}
    monkeypatch.setattr(inputs_module.platform, "python_version", lambda: "3.99.0")
    assert changed(parts(area="A")) == {ENVIRONMENT}
    monkeypatch.undo()
    monkeypatch.setitem(inputs_module.FIXED_ENVIRONMENT, "ANOTHER", "1")
    assert changed(parts(area="A")) == {ENVIRONMENT}
    monkeypatch.undo()
    (project.root / "requirements.txt").unlink()
    assert changed(parts(area="A")) == {ENVIRONMENT}
    assert json.dumps(dict(first)) != json.dumps(dict(parts(area="A")))
