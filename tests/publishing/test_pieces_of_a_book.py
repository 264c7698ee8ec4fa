"""Pieces of the book-making that otherwise only whole books show: numbers of figures, sections, notebooks, stamps, sitemaps, downloads."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from docutils import nodes
from sphinx import addnodes

from healthdevo.errors import BuildError
from healthdevo.publishing import build, downloads, notebooks, rewriting, site, sphinx_extension, unchanged
from healthdevo.publishing.notebooks import INJECTED, PARAMETERS
from healthdevo.publishing.plan import Job
from healthdevo.publishing.processes import MEGABYTE
from healthdevo.publishing.run import Places, Summary
from healthdevo.publishing.tasks import Limits, Outcome


def code(source: str, *tags: str, outputs: tuple[Any, ...] = ()) -> Any:
    return nbformat.v4.new_code_cell(
        source, metadata={"tags": list(tags)} if tags else {}, outputs=list(outputs)
    )


def words(source: str, *tags: str) -> Any:
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def book(*cells: Any) -> Any:
    return nbformat.v4.new_notebook(cells=list(cells))


def glued(name: str) -> Any:
    return nbformat.v4.new_output("display_data", {"text/plain": "x"}, metadata={"scrapbook": {"name": name}})


# --- notebooks


def test_a_page_has_the_text_of_the_template_and_the_code_that_ran() -> None:
    template = book(words("new text"), code("a = 1", PARAMETERS), code("b"))
    executed = book(words("old text"), code("a = 1", PARAMETERS), code("a = 2", INJECTED), code("b", outputs=(glued("n"),)))  # fmt: skip
    page = notebooks.page_of(template, executed, {"name": "Lon*don"})
    assert [c.source for c in page.cells] == ["new text", "a = 1", "a = 2", "b"]
    assert [c["id"] for c in page.cells] == ["cell-000", "cell-001", "cell-002", "cell-003"]
    assert list(page.metadata["myst"]["substitutions"]) == ["name"]
    assert executed.cells[0].source == "old text"
    assert "myst" not in notebooks.page_of(template, executed, {}).metadata
    assert notebooks.code_of(executed) == [("a = 1", [PARAMETERS]), ("b", [])]


def test_a_section_without_figures_goes_or_keeps_its_heading_with_a_text_instead() -> None:
    instead, without = notebooks.INSTEAD, notebooks.WITHOUT
    cells = [
        words("## Money\n\nText.", "section-some-money"), words("more", "section-some-money"), code("c", "section-some-money"),
        words("## Care", "section-care"), words("## Rest", "section-rest"), words("plain"),
        code("say", "section-some-money", outputs=(glued(f"some_money{instead}"), glued(f"care{without}"))),
    ]  # fmt: skip
    kept = notebooks._filled(cells)
    name = f"some_money{instead}"
    assert [c.source for c in kept] == [f"## Money\n\n{{glue:md}}`{name}`", "## Rest", "plain", "say"]
    with pytest.raises(BuildError, match="no Markdown cell tagged section-gone begins with the section's heading"):  # fmt: skip
        notebooks._filled(
            [words("no heading", "section-gone"), code("s", outputs=(glued(f"gone{instead}"),))]
        )


def test_a_normal_notebook_counts_its_code_and_forgets_times_and_paths(tmp_path: Path) -> None:
    stream = [nbformat.v4.new_output("stream", name=n, text=t) for n, t in (("stdout", "a\n"), ("stdout", f"{tmp_path}/b\n"), ("stderr", "c\n"))]  # fmt: skip
    result = nbformat.v4.new_output("execute_result", {"text/plain": f"{tmp_path}/x", "application/json": [1]}, execution_count=9)  # fmt: skip
    cell = code("a", "keep", outputs=(*stream, result))
    cell.metadata.update({"papermill": {"start": 1}, "collapsed": True, "mine": 3})
    found = notebooks.normalise(book(code(" \n"), words("t"), code("b"), cell), tmp_path)
    assert (found.nbformat, found.nbformat_minor) == (4, 5)
    assert [c.get("execution_count") for c in found.cells] == [None, None, 1, 2]
    assert dict(found.cells[3].metadata) == {"tags": ["keep"], "mine": 3}
    outputs = found.cells[3].outputs
    assert [(o.get("name"), o.get("text")) for o in outputs[:2]] == [("stdout", "a\nb\n"), ("stderr", "c\n")]
    assert (outputs[2].execution_count, dict(outputs[2].data)) == (
        2,
        {"text/plain": "x", "application/json": [1]},
    )
    assert [c["id"] for c in found.cells] == [f"cell-00{i}" for i in range(4)]


def test_a_notebook_is_offered_with_its_parameters_and_without_outputs(tmp_path: Path) -> None:
    path = tmp_path / "t.ipynb"
    ran = code("c", outputs=(glued("n"),))
    ran.execution_count = 4
    path.write_text(
        nbformat.writes(book(words("# {{ area }} of {{ other }}"), code("a = 1", PARAMETERS), ran))
    )

    def of(given: dict[str, Any]) -> list[Any]:
        job = Job(path, "x", given, {"area": "London"}, {})
        return list(nbformat.reads(downloads.notebook_of(job), as_version=4).cells)

    cells = of({"a": 2})
    assert [c.cell_type for c in cells] == ["markdown", "code", "code", "code"]
    assert cells[0].source == "# London of {{ other }}"
    assert cells[2].source.splitlines()[-1] == "a = 2"
    assert notebooks.tags(cells[2]) == [INJECTED]
    assert [c["id"] for c in cells] == [f"cell-00{i}" for i in range(4)]
    assert (cells[3].outputs, cells[3].execution_count) == ([], None)
    assert len(of({})) == 3
    path.write_text(nbformat.writes(book(words("text"), code("no parameters"))))
    first = of({"a": 3})
    assert (first[0].source.splitlines()[-1], len(first)) == ("a = 3", 3)


# --- Sphinx


def test_figures_of_pages_without_a_section_number_are_counted_on_each_page() -> None:
    plain, numbered = {"b": (7,), "a": (9,), "c": (8,)}, {"d": (1, 3), "e": (1, 2)}
    environment = SimpleNamespace(toc_fignumbers={"x": {"figure": plain}, "y": {"table": numbered}})
    assert sphinx_extension._number_by_page(None, environment) == []  # type: ignore[arg-type]
    assert plain == {"b": (1,), "c": (2,), "a": (3,)}
    assert numbered == {"d": (1, 3), "e": (1, 2)}


def test_formulas_are_drawn_or_shown_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SimpleNamespace(body=[], starttag=lambda node, tag, CLASS: f"<{tag} class={CLASS}>")
    for visit, node in ((sphinx_extension._visit_inline, nodes.math("", "x^2")), (sphinx_extension._visit_block, nodes.math_block("", "x", number=3)), (sphinx_extension._visit_block, nodes.math_block("", "x"))):  # fmt: skip
        with pytest.raises(nodes.SkipNode):
            visit(writer, node)
    inline, start, number, block, _, last = writer.body
    assert inline.startswith('<span class="math"><math')
    assert 'display="block"' not in inline
    assert (start, number) == ("<div class=math>", '<span class="eqno">(3)</span>')
    assert block.endswith("</div>\n")
    assert 'display="block"' in block
    assert "eqno" not in last

    def fails(tex: str, *, as_block: bool) -> str:
        raise sphinx_extension.MathError("no")

    monkeypatch.setattr(sphinx_extension, "tex2mathml", fails)
    assert (
        sphinx_extension._mathml(nodes.math("", r"\frac{<&"), block=False) == r"<code>\frac{&lt;&amp;</code>"
    )


@pytest.mark.parametrize(("number", "left"), [(60, True), (61, False)])
def test_lists_of_more_than_sixty_pages_are_left_out_of_a_sidebar(number: int, left: bool) -> None:
    html = f"<ul><li><a>All</a><ul>{'<li>x</li>' * number}</ul></li><li>y</li></ul>"
    found = sphinx_extension._without_long_lists(html)
    assert found.count("<li>x</li>") == (number if left else 0)
    assert "<li>y</li>" in found
    assert "<a>All</a>" in found


def test_a_name_of_the_package_is_a_link_where_one_object_has_it() -> None:
    entry = SimpleNamespace(docname="reference/errors", node_id="i")
    objects = {
        "healthdevo.errors.InputError": entry,
        "healthdevo.a.Twice": entry,
        "healthdevo.b.Twice": entry,
    }
    environment = SimpleNamespace(get_domain=lambda name: SimpleNamespace(objects=objects))
    app = SimpleNamespace(builder=SimpleNamespace(get_relative_uri=lambda of, to: f"{to}.html"))

    def found(target: str, domain: str = "py") -> Any:
        node = addnodes.pending_xref("", refdomain=domain, reftarget=target, refdoc="reference/x")
        return sphinx_extension._own_name(app, environment, node, nodes.literal("", target))  # type: ignore[arg-type]

    assert found("InputError")["refuri"] == "reference/errors.html#i"
    assert found("healthdevo.errors.InputError")["reftitle"] == "healthdevo.errors.InputError"
    assert isinstance(found("Twice"), nodes.literal)
    assert isinstance(found("numpy.ndarray"), nodes.literal)
    assert found("healthdevo.gone") is None
    assert found("InputError", "std") is None


def test_the_page_of_wrong_addresses_knows_the_site() -> None:
    for base, said in (("", ""), ("https://a.org/b", '<base href="https://a.org/b/"/>'), ("https://a.org/b/", '<base href="https://a.org/b/"/>')):  # fmt: skip
        ((name, context, template),) = sphinx_extension._not_found(SimpleNamespace(config=SimpleNamespace(html_baseurl=base)))  # type: ignore[arg-type]  # fmt: skip
        assert (name, template, context["hd_base"]) == ("404", "page.html", said)


# --- what is written again


def environment(**changed: Any) -> Any:
    pages = ("a", "b")
    return SimpleNamespace(
        **{
            "all_docs": dict.fromkeys(pages),
            "titles": {n: nodes.title("", n) for n in pages},
            "toctree_includes": {"a": ["b"]},
            "toc_secnumbers": {},
            "toc_fignumbers": {"a": {"figure": {"x": (1,)}}, "b": {}},
            "metadata": defaultdict(dict),
            **changed,
        }
    )


def test_pages_are_written_again_where_titles_or_numbers_changed_or_they_reach_others() -> None:
    one = environment()
    assert list(rewriting.rewritten(one, ["a"])) == ["b"]  # nothing is known of a run before
    assert list(rewriting.rewritten(one, [])) == []
    one.toc_fignumbers["a"]["figure"]["x"] = (2,)
    assert list(rewriting.rewritten(one, [])) == ["a"]
    one.metadata["b"][rewriting._REACHES] = True
    assert list(rewriting.rewritten(one, [])) == ["b"]
    assert list(rewriting.rewritten(one, ["b"])) == []
    del one.metadata["b"][rewriting._REACHES]
    one.titles["b"] = nodes.title("", "other")
    assert list(rewriting.rewritten(one, ["b"])) == ["a"]


@pytest.mark.parametrize(
    ("node", "reaches"),
    [
        (addnodes.pending_xref("", reftype="doc", reftarget="x"), False),
        (addnodes.pending_xref("", reftype="download", reftarget="x"), False),
        (addnodes.pending_xref("", reftype="numref", reftarget="fig-page-x"), False),
        (addnodes.pending_xref("", reftype="numref", reftarget="tab-page-x"), False),
        (addnodes.pending_xref("", reftype="numref", reftarget="fig-other-x"), True),
        (addnodes.index(), True),
        (nodes.paragraph("", "x"), False),
    ],
)
def test_what_a_page_takes_from_others(node: nodes.Element, reaches: bool) -> None:
    env = SimpleNamespace(docname="areas/page", metadata=defaultdict(dict))
    document = nodes.section("", nodes.paragraph("", "text"), node)
    rewriting.note_reach(SimpleNamespace(env=env), document)  # type: ignore[arg-type]
    assert env.metadata["areas/page"] == ({rewriting._REACHES: True} if reaches else {})


def test_pictures_that_no_page_has_any_more_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = SimpleNamespace(images={"p": ({"a"}, "kept.svg")}, dlfiles={"d": ({"a"}, "1/kept.csv")})
    app = SimpleNamespace(env=env, outdir=str(tmp_path))
    names = [
        "_images/kept.svg",
        "_images/old.svg",
        "_downloads/1/kept.csv",
        "_downloads/2/old.csv",
        "other/old",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    def left() -> list[str]:
        return sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())

    monkeypatch.delenv(rewriting.KEPT, raising=False)
    rewriting.sweep(app, None)  # type: ignore[arg-type]
    monkeypatch.setenv(rewriting.KEPT, "yes")
    rewriting.sweep(app, ValueError())  # type: ignore[arg-type]
    assert left() == sorted(names)
    rewriting.sweep(app, None)  # type: ignore[arg-type]
    assert left() == ["_downloads/1/kept.csv", "_images/kept.svg", "other/old"]
    assert not (tmp_path / "_downloads" / "2").exists()


# --- builds


def test_what_an_earlier_run_read_is_used_after_a_good_run_without_a_warning(tmp_path: Path) -> None:
    log, work, stamp = tmp_path / "log", tmp_path / "work", {"s": 1}
    work.mkdir()

    def of(*, text: str = "done", given: dict[str, int] = stamp, fails: bool = False) -> str:
        log.write_text(text)
        work.mkdir(exist_ok=True)
        with build._kept(work, given, "tree", log) as found:
            assert not (work / build._READ).exists()
            if fails:
                raise BuildError("no")
        return found

    assert of() == ""
    assert json.loads((work / build._READ).read_text()) == {"stamp": stamp, "tree": "tree"}
    assert of() == "tree"
    assert of(given={"s": 2}) == ""
    assert of(given={"s": 2}, text="WARNING: x") == "tree"
    assert of(given={"s": 2}) == ""
    with pytest.raises(BuildError):
        of(given={"s": 2}, fails=True)
    assert not work.exists()


def test_a_book_is_put_in_the_place_of_the_one_before_or_that_comes_back(tmp_path: Path) -> None:
    new, published = tmp_path / "new", tmp_path / "out" / "html"
    new.mkdir()
    (new / "1").touch()
    build.publish(new, published)
    assert [p.name for p in published.iterdir()] == ["1"]
    new.mkdir()
    (new / "2").touch()
    build.publish(new, published)
    assert [p.name for p in published.iterdir()] == ["2"]
    with pytest.raises(OSError, match="new"):
        build.publish(new, published)
    assert [p.name for p in published.iterdir()] == ["2"]
    assert [p.name for p in published.parent.iterdir()] == ["html"]


def test_a_stamp_holds_names_and_sizes_of_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("12")
    build.stamp_again(tmp_path)
    assert not (tmp_path / build.STAMP).exists()
    before = build.listing(tmp_path)
    for text in ("[]", "{", '{"pages": "p", "files": ""}'):
        (tmp_path / build.STAMP).write_text(text)
        assert dict(build._stamp(tmp_path)) == ({"pages": "p", "files": ""} if "p" in text else {})
    assert build.listing(tmp_path) == before
    (tmp_path / "a").write_text("21")
    assert build.listing(tmp_path) == before
    (tmp_path / "a").write_text("123")
    assert build.listing(tmp_path) != before
    build.stamp_again(tmp_path)
    assert json.loads((tmp_path / build.STAMP).read_text()) == {
        "pages": "p",
        "files": build.listing(tmp_path),
    }


class Bar:
    """A bar that notes by how much it was moved."""

    def __init__(self, **options: Any) -> None:
        self.total, self.n, self.steps = options["total"], 0, []
        Bar.last = self

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *rest: object) -> None: ...

    def update(self, by: int) -> None:
        self.n += by
        self.steps.append(by)


@pytest.mark.parametrize(("faults", "shown", "more"), [(0, 5, ""), (2, 2, ""), (12, 12, ""), (13, 12, "  and 1 more\n"), (30, 12, "  and 18 more\n")])  # fmt: skip
def test_what_jupyter_book_found_is_told_twelve_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: int, shown: int, more: str) -> None:  # fmt: skip
    source, log = tmp_path / "stage", tmp_path / "log"
    lines = [f"line {i}" for i in range(7)] + [f"{source}/a.md:{i}: WARNING: x" for i in range(faults)]
    monkeypatch.setattr(build, "_said", lambda command, environment: iter([*lines, 1]))
    with pytest.raises(BuildError) as caught:
        build.jupyter_book(source, tmp_path / "out", log, progress=io.StringIO())
    first, *told = str(caught.value).splitlines()
    assert first == "Jupyter Book could not make the pages:"
    assert told[-1] == f"Log: {log}"
    assert told[shown:-1] == more.splitlines()
    assert told[0] == ("  a.md:0: WARNING: x" if faults else "  line 2")
    assert log.read_text() == "\n".join(lines) + "\n"


def test_jupyter_book_is_asked_and_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[str], dict[str, str]]] = []
    out = tmp_path / "out"

    def said(command: list[str], env: dict[str, str]) -> Any:
        asked.append((list(command), dict(env)))
        (out / "_build" / "html").mkdir(parents=True, exist_ok=True)
        (out / "_build" / "html" / "index.html").touch()
        yield from ("reading sources... [ 50%] a", "reading sources... [100%] b", "x", "writing output... [ 20%] a", "writing output... [  7%] a", 0)  # fmt: skip

    monkeypatch.setattr(build, "_said", said)
    monkeypatch.setattr(build, "tqdm", Bar)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    (out / "old").mkdir(parents=True)
    html = build.jupyter_book(tmp_path, out, tmp_path / "log")
    assert html == out / "_build" / "html"
    assert not (out / "old").exists()
    assert (Bar.last.total, Bar.last.steps) == (200, [50, 50, 20, 0, 80])
    command, env = asked[-1]
    assert command[-3:] == ["--keep-going", "-W", "-n"]
    assert ("SOURCE_DATE_EPOCH" in env, env[rewriting.KEPT], env["PYTHONHASHSEED"]) == (False, "", "0")
    (out / "old").mkdir()
    earlier = tmp_path / "earlier"
    for name in ("_static/s", "page.html", build.STAMP):
        (earlier / name).parent.mkdir(parents=True, exist_ok=True)
        (earlier / name).touch()
    build.jupyter_book(tmp_path, out, tmp_path / "log", strict=False, nitpicky=False, keep=True, earlier=earlier)  # fmt: skip
    assert (out / "old").exists()
    assert sorted(p.name for p in html.iterdir()) == ["index.html", "page.html"]
    assert asked[-1][0][-1] == "--keep-going"
    assert asked[-1][1][rewriting.KEPT] == "yes"


def test_a_summary_tells_every_failure(tmp_path: Path) -> None:
    job = Job(Path("t.ipynb"), "areas/x", {}, {}, {})
    places = Places.of(tmp_path)
    good = Summary((job, job), (job,), (), places)
    assert (good.ok, good.text) == (True, "2 executed, 1 unchanged, 0 failed")
    good.raise_for_failures()
    bad = Summary((), (), ((job, Outcome("areas/x", False, 1.0, "why")),), places)
    first, second, third = bad.text.splitlines()
    assert (bad.ok, first, second) == (
        False,
        "0 executed, 0 unchanged, 1 failed",
        f"  failed: {job.name}: why",
    )
    assert third.endswith("areas/x.log")
    with pytest.raises(BuildError, match="untouched"):
        bad.raise_for_failures()


def test_content_is_hashed_in_whole(tmp_path: Path) -> None:
    import hashlib

    for name, content in (
        ("a", b"x" * (unchanged._CHUNK + 5)),
        ("b~", b"1"),
        ("__pycache__/c", b"1"),
        ("d/e", b""),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found = unchanged.look({"n": tmp_path}, {})
    assert {k: v[3] for k, v in found.items()} == {
        "n/a": hashlib.blake2b(b"x" * (unchanged._CHUNK + 5), digest_size=16).hexdigest(),
        "n/d/e": hashlib.blake2b(b"", digest_size=16).hexdigest(),
    }
    assert found["n/a"][0] == unchanged._CHUNK + 5
    assert len(unchanged._tools()) == 32


# --- the site


def test_a_site_lists_its_pages_and_leads_to_its_figures(tmp_path: Path) -> None:
    static = tmp_path / "_static"
    for name, text in {"vendor/fontawesome/f": "", "scripts/fontawesome.js": "", "scripts/a.js": "console.log(1);x", "b.js": "y", "styles/c.css": "@font-face{font-family:fontawesome}p{}", "styles/d.css": "@font-face{a}"}.items():  # fmt: skip
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(text)
    site.write(tmp_path, "A & B", "https://a.org/", ["x", "y/z"], {"fig-page-g": ("y/z", "fig-page-g")})
    assert (tmp_path / "sitemap.xml").read_text().count("<loc>https://a.org/") == 2
    assert (tmp_path / "robots.txt").read_text().endswith("Sitemap: https://a.org/sitemap.xml\n")
    assert '<link rel="canonical" href="../y/z.html#fig-page-g"/>' in (tmp_path / site.LINKS / "page-g.html").read_text()  # fmt: skip
    assert sorted(p.relative_to(static).as_posix() for p in static.rglob("*") if p.is_file() and p.suffix != ".png") == ["b.js", "scripts/a.js", "styles/c.css", "styles/d.css"]  # fmt: skip
    assert [(static / n).read_text() for n in ("scripts/a.js", "b.js", "styles/c.css", "styles/d.css")] == ["void(1);x", "y", "p{}", "@font-face{a}"]  # fmt: skip
    assert "Sitemap" not in site.robots("")


def test_a_page_may_take_half_an_hour_and_write_64_megabytes() -> None:
    assert Limits() == Limits(1800, 0, 64 * MEGABYTE)
