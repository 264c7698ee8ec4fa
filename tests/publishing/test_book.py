"""A miniature book from end to end: kernels, Jupyter Book, verification, publication."""

import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys

import pytest

from healthdevo.cli import main
from healthdevo.errors import BuildError
from healthdevo.publishing import build, pages
from healthdevo.publishing.build import build_book, publish
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.plan import make_plan
from healthdevo.publishing.project import Project
from healthdevo.publishing.readme import update_readme
from healthdevo.publishing.run import Places
from healthdevo.publishing.tasks import FIXED_ENVIRONMENT
from healthdevo.publishing.verify import stumbles, verify

pytestmark = pytest.mark.book


def hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def built(book_root):
    """The book, its project and what the progress bars showed; somebody may edit the package while this runs."""
    project = Project.load(book_root)
    inputs = Inputs(project)
    bar = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "Inputs", lambda project: inputs)
        patch.setattr(pages, "Inputs", lambda project: inputs)
        yield project, build_book(project, progress=bar), bar.getvalue()


def page(project, name):
    return (project.html / name).read_text(encoding="utf-8")


def test_every_page_is_there_and_sound(built):
    project, book, bars = built
    assert book.changed
    assert book.pages == 4
    assert book.summary.ok
    assert verify(book.html, private=[project.root]) == ()
    names = {p.relative_to(book.html).as_posix() for p in book.html.rglob("*.html")}
    assert {"index.html", "demand.html", "areas/index.html", "areas/north-west-nhs-region.html"} <= names
    assert "areas/area.html" not in names
    assert "Notebooks: 100%" in bars
    assert "Book: 100%" in bars


def test_a_build_lists_what_readers_may_stumble_over(built):
    project, book, _ = built
    lines = (project.build / "reading.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "page,kind,detail,sentence"
    told = stumbles(book.html, private=[project.root])
    assert len(lines) == 1 + len(told)
    page = book.html / "demand.html"
    text = page.read_text(encoding="utf-8")
    assert "</article>" in text
    try:
        page.write_text(
            text.replace("</article>", "<p>It has has many reasons.</p></article>", 1), encoding="utf-8"
        )
        found = [f for f in stumbles(book.html, private=[project.root]) if f not in told]
    finally:
        page.write_text(text, encoding="utf-8")
    assert [(f.page, f.kind, f.detail) for f in found] == [("demand.html", "doubled word", "has has")]


def test_titles_and_sidebar_are_right(built):
    project = built[0]
    html = page(project, "areas/north-west-nhs-region.html")
    assert "<title>North West NHS region" in html
    assert "This page is about North West, an NHS region." in html
    assert 'caption-number">Fig. 1 </span>' in html  # numbered page by page
    assert 'std-numref">Fig. 1</span>' in html
    assert "Fig. 1 " in page(project, "areas/london-nhs-region.html")
    assert "Fig. 1.1 " in page(project, "demand.html")
    assert re.search(r'href="london-nhs-region\.html">London NHS region</a>', html)


def test_numbers_figures_tables_and_formulas_are_shown(built):
    html = page(built[0], "demand.html")
    assert 'The attendances were <span class="pasted-text">1,234</span>. It <em>grew</em> by 4.0%.' in html
    assert 'Attendances grew to <span class="pasted-text">1,234</span>' in page(built[0], "index.html")
    assert 'id="fig-demand-growth"' in html
    assert 'alt="Line chart of attendances: they double each year' in html
    assert '<table class="table" id="tab-demand-by-year">' in html
    assert "Attendances, *millions*" in html
    assert "<math " in html
    assert "Show the code" in html
    assert (
        "area_code"
        not in page(built[0], "areas/london-nhs-region.html").split("</article>")[0].split("<h2>")[0]
    )
    picture = (built[0].html / "_images" / "london-nhs-region-growth.svg").read_text(encoding="utf-8")
    assert "<svg" in picture
    data = next((built[0].html / "_downloads").rglob("demand-growth.csv"))
    assert "\nyear,attendances\n2020,1\n" in data.read_text(encoding="utf-8")


def test_nothing_changed_means_no_work(built):
    project = built[0]
    before = hashes(project.html)
    again = build_book(project, progress=io.StringIO())
    assert not again.changed
    assert again.summary.done == ()
    assert hashes(project.html) == before
    (project.html / "supply.html").write_text("damaged", encoding="utf-8")
    assert build_book(project, progress=io.StringIO()).changed
    assert hashes(project.html) == before


def test_a_changed_sentence_is_shown_and_runs_nothing(built):
    project = built[0]
    before = hashes(project.html)
    paths = [project.root / "book" / name for name in ("supply.ipynb", "areas/area.ipynb")]
    originals = [path.read_text(encoding="utf-8") for path in paths]
    try:
        paths[0].write_text(originals[0].replace("Nothing is", "Almost nothing is"), encoding="utf-8")
        paths[1].write_text(originals[1].replace("This page is about", "Read here of"), encoding="utf-8")
        book = build_book(project, progress=io.StringIO())
        assert book.changed
        assert book.summary.text == "0 executed, 4 unchanged, 0 failed"
        said = (Places.of(project.build).logs / "_book.log").read_text(encoding="utf-8")
        read = re.findall(r"^reading sources\.\.\. \[ *\d+%\] (.*)$", said, re.MULTILINE)
        assert sorted(" ".join(read).split()) == [
            "areas/london-nhs-region", "areas/north-west-nhs-region", "supply",
        ]  # fmt: skip
        written = re.findall(r"^writing output\.\.\. \[ *\d+%\] (.*)$", said, re.MULTILINE)
        assert {"supply", "areas/london-nhs-region"} <= set(" ".join(written).split())
        unaffected = {"made", "references"}  # nothing on them can differ
        assert not unaffected & set(" ".join(written).split())
        small = hashes(project.html)
        shutil.rmtree(project.build / "sphinx")
        (project.html / ".healthdevo.json").unlink()
        assert build_book(project, progress=io.StringIO()).changed
        assert hashes(project.html) == small  # read anew as a whole, the book is the same
        assert "Almost nothing is computed." in page(project, "supply.html")
        assert "Read here of London, an NHS region." in page(project, "areas/london-nhs-region.html")
        assert "Read here of North West, an" in page(project, "areas/north-west-nhs-region.html")
    finally:
        for path, original in zip(paths, originals, strict=True):
            path.write_text(original, encoding="utf-8")
    assert build_book(project, progress=io.StringIO()).summary.done == ()
    assert hashes(project.html) == before


def test_jupyter_book_alone_makes_the_book_without_a_warning(built, tmp_path):
    project = built[0]
    log = tmp_path / "log"
    html = build.jupyter_book(
        project.root, tmp_path / "out", log, progress=io.StringIO()
    )  # warnings are errors
    assert "WARNING:" not in log.read_text(encoding="utf-8")
    assert "url=book/index.html" in (html / "index.html").read_text(encoding="utf-8")
    demand = (html / "book" / "demand.html").read_text(encoding="utf-8")
    assert 'The attendances were <span class="pasted-text">1,234</span>. It <em>grew</em> by 4.0%.' in demand
    assert 'id="fig-demand-growth"' in demand
    assert demand.index("<figure") < demand.index("Show the code", demand.index("<figure"))
    area = (html / "book" / "areas" / "area.html").read_text(encoding="utf-8")
    assert "Attendances doubled in E40000003" in area  # the area in the template's own parameters
    index = (html / "book" / "index.html").read_text(encoding="utf-8")
    assert 'Attendances grew to <span class="pasted-text">1,234</span>' in index


def test_building_anew_gives_the_same_bytes(built):
    project = built[0]
    before = hashes(project.html)
    notebooks = hashes(Places.of(project.build).executed)
    shutil.rmtree(Places.of(project.build).records)
    (project.html / ".healthdevo.json").unlink()
    again = build_book(project, progress=io.StringIO())
    assert len(again.summary.done) == 4
    assert hashes(Places.of(project.build).executed) == notebooks
    after = hashes(project.html)
    differ = {name for name in before if before[name] != after.get(name)}
    # seconds and days, which no other page and no search index has
    assert differ <= {"made.html", "_sources/made.md", ".healthdevo.json"}
    assert set(after) == set(before)


def test_the_book_says_how_it_was_made(built):
    project = built[0]
    text = page(project, "made.html")
    for job in make_plan(project).jobs:
        assert job.values.get("area_label", job.docname) in text
    assert f"Python {platform.python_version()}" in text
    assert "it is new" in text
    assert "<!-- made -->" not in text


def test_a_book_that_fails_leaves_the_earlier_one(built, tmp_path, monkeypatch):
    project, unsound = built[0], tmp_path
    before = hashes(project.html)
    index = project.root / "book" / "index.md"
    original = index.read_text(encoding="utf-8")
    try:
        index.write_text(f"{original}\nSee {{numref}}`fig-nowhere`.\n", encoding="utf-8")
        with pytest.raises(BuildError, match=r"Jupyter Book could not make the pages:\n.*fig-nowhere"):
            build_book(project, progress=io.StringIO())
        index.write_text(f"{original}\nMore.\n", encoding="utf-8")
        (unsound / "index.html").write_text("<h1>Section</h1>", encoding="utf-8")
        monkeypatch.setattr(build, "jupyter_book", lambda *places, **options: unsound)
        with pytest.raises(BuildError, match=r"index\.html: has no real title"):
            build_book(project, progress=io.StringIO())
    finally:
        index.write_text(original, encoding="utf-8")
    assert hashes(project.html) == before


def test_one_broken_area_of_a_batch_is_named_and_the_others_are_done(built, tmp_path, monkeypatch, capsys):
    project = built[0]
    before = hashes(project.html)
    template = project.root / "book/areas/area.ipynb"
    original = template.read_bytes()
    monkeypatch.setenv("BROKEN_AREA", "E40000003")
    try:
        template.write_text(
            original.decode().replace("This page", "The page").replace("BROKEN_AREA')", "BROKEN_AREA', '')"),
            encoding="utf-8",
        )
        command = ["--project", str(project.root), "batch", "--areas", "nhs_region", "--jobs", "2"]
        assert main([*command, "--out", str(tmp_path)]) == 1
    finally:
        template.write_bytes(original)
    said = capsys.readouterr()
    assert "1 executed, 0 unchanged, 1 failed" in said.err
    assert "London NHS region (E40000003): ValueError: no rows for E40000003" in said.err
    assert "Traceback" not in said.err
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "north-west-nhs-region.html",
        "north-west-nhs-region.ipynb",
    ]
    log = (Places.of(project.build).logs / "areas" / "london-nhs-region.log").read_text(encoding="utf-8")
    assert "Traceback" in log
    assert hashes(project.html) == before

    html = (tmp_path / "north-west-nhs-region.html").read_text(encoding="utf-8")
    assert "<title>North West NHS region</title>" in html
    assert "The page is about North West" in html
    assert 'src="data:image/svg+xml;base64,' in html
    assert 'download="north-west-nhs-region-growth.csv"' in html
    assert verify(tmp_path, private=[project.root]) == ()
    path = Places.of(project.build).records / "areas" / "london-nhs-region.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["status"] == "failed"
    assert record["good"]
    assert main(["--project", str(project.root), "batch", "--report"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["key", "page", "status", "seconds", "MB", "reason"]
    (london,) = (line for line in lines if "London NHS region" in line)
    assert london.startswith(record["key"][:12])
    assert london.endswith("ValueError: no rows for E40000003")
    assert len(lines) == 5


def test_one_broken_page_is_one_message(built, tmp_path, monkeypatch, capsys):
    project = built[0]
    (project.root / "book" / "broken.ipynb").write_text(
        (project.root / "book" / "supply.ipynb").read_text(encoding="utf-8").replace("1 + 1", "1 / 0")
    )
    try:
        assert (
            main(["--project", str(project.root), "run", "--chapter", "broken", "--out", str(tmp_path)]) == 1
        )
    finally:
        (project.root / "book" / "broken.ipynb").unlink()
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("ZeroDivisionError: division by zero") == 1
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_warning_fails_a_strict_build_only(built):
    project = built[0]
    before = hashes(project.html)
    template = project.root / "book" / "supply.ipynb"
    original = template.read_text(encoding="utf-8")
    try:
        template.write_text(
            original.replace("1 + 1", "import warnings; warnings.warn('doubtful')"), encoding="utf-8"
        )
        with pytest.raises(BuildError, match=r"supply.*stderr was found in the cell outputs"):
            build_book(project, progress=io.StringIO())
        assert hashes(project.html) == before
        assert build_book(project, strict=False, progress=io.StringIO()).changed
        assert "UserWarning" not in page(project, "supply.html")
    finally:
        template.write_text(original, encoding="utf-8")


def test_a_national_page_stands_alone(built, tmp_path, capsys):
    project = built[0]
    assert main(["--project", str(project.root), "run", "--chapter", "demand", "--out", str(tmp_path)]) == 0
    assert "demand.html" in capsys.readouterr().out
    html = (tmp_path / "demand.html").read_text(encoding="utf-8")
    assert "A. Author" in html  # the reference is on the page itself
    assert "By year" not in html or "<table" in html
    assert verify(tmp_path, private=[project.root]) == ()


def test_the_readme_follows_the_chapters(built, capsys):
    project = built[0]
    readme = project.root / "README.md"
    readme.write_text("Now <!-- say demand::total -->99<!-- end --> attendances.\n", encoding="utf-8")
    command = ["--project", str(project.root), "readme"]
    assert main([*command, "--check"]) == 1
    assert "not current: demand::total" in capsys.readouterr().err
    assert main(command) == 0
    assert (
        readme.read_text(encoding="utf-8") == "Now <!-- say demand::total -->1,234<!-- end --> attendances.\n"
    )
    assert main([*command, "--check"]) == 0
    readme.write_text("<!-- say demand::other --><!-- end -->", encoding="utf-8")
    with pytest.raises(BuildError, match="demand gives no text 'other'"):
        update_readme(project, progress=io.StringIO())
    readme.write_text("<!-- say nowhere::other --><!-- end -->", encoding="utf-8")
    with pytest.raises(BuildError, match="the chapter 'nowhere'"):
        update_readme(project, progress=io.StringIO())


def test_published_notebooks_reproduce(built):
    project = built[0]
    notebooks = [
        str(Places.of(project.build).executed / name)
        for name in ("demand.ipynb", "areas/london-nhs-region.ipynb")
    ]
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "no:cacheprovider", "-q", "--nbval"]
    done = subprocess.run(
        [*command, "--nbval-current-env", *notebooks],
        cwd=project.root,
        env={**os.environ, **FIXED_ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout


def test_publishing_replaces_all_or_nothing(tmp_path):
    new, old = tmp_path / "new", tmp_path / "html"
    for folder, text in ((new, "new"), (old, "old")):
        folder.mkdir()
        (folder / "index.html").write_text(text)
    publish(new, old)
    assert (old / "index.html").read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["html"]
    with pytest.raises(FileNotFoundError):
        publish(tmp_path / "missing", old)
    assert (old / "index.html").read_text() == "new"
