"""The tree that Jupyter Book builds."""

import io
import json

import pytest
import yaml

from healthdevo import tables
from healthdevo.errors import BuildError
from healthdevo.publishing.editions import editions
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.project import Project
from healthdevo.publishing.run import Places, run_jobs
from healthdevo.publishing.stage import stage_book, staged_config, staged_page, tree_hash, write_tree
from healthdevo.wording import as_markdown


@pytest.fixture
def staged(project, paper_engine):
    """Stage the miniature book as it stands, without executing it."""

    def stage(only_national=False):
        fresh = Project.load(project.root)
        plan = make_plan(fresh, only_national=only_national)
        run_jobs(fresh, plan.jobs, engine=paper_engine(), progress=io.StringIO())
        return stage_book(fresh, plan)

    return stage


def test_the_tree_holds_pages_prose_and_files(staged):
    tree = staged()
    assert set(tree) == {
        "_config.yml",
        "_static/areas.json",
        "_static/book.css",
        "_static/find.json",
        "_toc.yml",
        "areas/all-nhs-regions.md",
        "areas/index.md",
        "areas/london-nhs-region.ipynb",
        "areas/north-west-nhs-region.ipynb",
        "demand.ipynb",
        "index.md",
        "references.bib",
        "references.md",
        "made.md",
        "supply.ipynb",
    }
    notebook = json.loads(tree["areas/north-west-nhs-region.ipynb"])
    named = notebook["metadata"]["myst"]["substitutions"]
    assert named["area_label"] == "North West NHS region"
    assert named["area_code"] == "E40000010"


def test_prose_is_the_templates_as_it_stands_now(project, staged):
    before = staged()
    template = project.root / "book/areas/area.ipynb"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("This page is", "The page is"), encoding="utf-8")
    plan = make_plan(project)
    after = stage_book(project, plan)  # nothing is run between
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"areas/london-nhs-region.ipynb", "areas/north-west-nhs-region.ipynb"}
    assert b"The page is about" in after["areas/london-nhs-region.ipynb"]


def test_a_page_says_which_editions_it_read(project, staged):
    staged()
    job = make_plan(project).jobs[0]
    record = Places.of(project.build).records / f"{job.docname}.json"
    content = json.loads(record.read_text(encoding="utf-8"))
    content["good"]["reads"] = {"area_membership": "", "area": "", "boundaries": ""}
    record.write_text(json.dumps(content), encoding="utf-8")
    last = staged_page(project, job).cells[-1].source
    assert last.startswith("```{dropdown} Editions on this page\n:class-container: hd-source\n\n- ")
    for name in ("area_membership", "area"):
        assert as_markdown(tables.origin(name).sentence.removeprefix("Source: ")) in last
    content["good"]["reads"] = {}
    record.write_text(json.dumps(content), encoding="utf-8")
    assert "Editions" not in staged_page(project, job).cells[-1].source


def test_own_tables_come_first_among_editions(tmp_path, monkeypatch):
    tables.save(tables.load("gdp_deflator"), "gdp_deflator", folder=tmp_path)
    made = {
        "name": "gdp_deflator",
        "publisher": "<script>us",
        "title": "Our prices",
        "edition": "ours",
        "release": "May",
    }
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [made]}))
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(tmp_path))
    lines = editions(["area", "gdp_deflator"]).splitlines()
    assert lines[3] == r"- \<script\>us, Our prices (ours, May; replaced by the user's own table)."
    assert [line[:1] for line in lines] == [
        "`",
        ":",
        "",
        "-",
        "-",
        "`",
    ]  # the user's table, and the registry that the page also read


def test_area_pages_stand_below_their_kind_where_their_template_stood(staged):
    toc = yaml.safe_load(staged()["_toc.yml"])
    assert toc["root"] == "index"
    assert toc["parts"][1]["chapters"] == [
        {
            "file": "areas/index",
            "sections": [
                {
                    "file": "areas/all-nhs-regions",
                    "sections": [
                        {"file": "areas/london-nhs-region"},
                        {"file": "areas/north-west-nhs-region"},
                    ],
                }
            ],
        }
    ]


def test_without_area_pages_the_book_still_holds_together(staged):
    tree = staged(only_national=True)
    toc = yaml.safe_load(tree["_toc.yml"])
    assert toc["parts"][1]["chapters"] == [{"file": "areas/index"}]
    assert b"This edition has no area pages." in tree["areas/index.md"]


def test_the_list_of_areas_is_grouped_and_linked(staged):
    text = staged()["areas/index.md"].decode()
    assert "```{rubric} NHS regions\n:heading-level: 2\n```" in text
    assert "- {doc}`London NHS region </areas/london-nhs-region>`\n- {doc}`North West NHS region <" in text


def test_the_list_needs_its_place(project, staged):
    path = project.root / "book/areas/index.md"
    path.write_text("# Areas\n", encoding="utf-8")
    with pytest.raises(BuildError, match="the line <!-- areas --> is missing"):
        staged()


def test_the_configuration_never_executes_and_names_no_file_twice(project):
    config = staged_config(project)
    assert config["execute"] == {"execute_notebooks": "off", "stderr_output": "remove-warn"}
    assert config["bibtex_bibfiles"] == ["references.bib"]
    assert "healthdevo" not in config
    assert "html_css_files" not in config["sphinx"]["config"]  # Jupyter Book adds those of _static itself
    assert project.config["sphinx"]["config"]["html_css_files"] == ["book.css"]


def test_staging_repeats_and_replaces_all(staged, tmp_path):
    tree = staged()
    assert tree_hash(tree) == tree_hash(staged())
    changed = {**tree, "index.md": b"# Other\n"}
    assert tree_hash(changed) != tree_hash(tree)
    folder = tmp_path / "stage"
    (folder / "old").mkdir(parents=True)
    write_tree(tree, folder)
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == set(tree)


def test_a_page_that_was_never_run_is_named(project):
    with pytest.raises(BuildError, match="demand: there is no executed notebook"):
        stage_book(project, make_plan(project))
