"""The ``healthdevo`` command: it only reads arguments and calls the package."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healthdevo.errors import AreaError, HealthdevoError
from healthdevo.files import shown

if TYPE_CHECKING:
    from healthdevo.publishing.project import Project
    from healthdevo.publishing.tasks import Engine, Limits

__all__ = ["main"]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _positive(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value


def _size(text: str) -> int:
    """Read a size of memory such as 800MB or 4GB."""
    number, unit = text[:-2], text[-2:].upper()
    if unit not in ("MB", "GB") or not number.isdecimal() or int(number) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 800MB or 4GB")
    return int(number) << (20 if unit == "MB" else 30)


def _running(command: argparse.ArgumentParser) -> None:
    """Add the options of a command that executes notebooks."""
    command.add_argument(
        "--jobs", type=_positive, metavar="N", help="notebooks at once (default: all processors)"
    )
    command.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="use the Dask cluster of this scheduler, such as tcp://10.0.0.5:8786",
    )
    command.add_argument("--cold", action="store_true", help="start every kernel anew, forking none")
    command.add_argument(
        "--timeout", type=_positive, metavar="SECONDS", help="most that one page may take (default: 1800)"
    )
    command.add_argument(
        "--memory",
        type=_size,
        metavar="SIZE",
        help="most that one page may use, such as 4GB (default: its share of this machine)",
    )
    command.add_argument(
        "--wait", action="store_true", help="wait while another command writes to the same folder"
    )


def _folders(command: argparse.ArgumentParser, *, build: bool = True) -> None:
    """Add the options that say where own tables lie and where to write."""
    command.add_argument(
        "--data",
        metavar="DIR",
        help="folder of own tables, which take the place of the embedded ones of the same name",
    )
    if build:
        command.add_argument(
            "--build", metavar="DIR", help="where all that is made goes (default: build/ in the project)"
        )


def _indicator(command: argparse.ArgumentParser) -> None:
    """Add the option that names an indicator of a user's own."""
    command.add_argument(
        "--indicator",
        metavar="FILE",
        help="CSV file with area_code, period and value: its section comes first on the page",
    )


def _set_folders(arguments: argparse.Namespace) -> None:
    """Let the folders named in the options count for all that runs; own tables must all be usable."""
    from healthdevo import tables

    if getattr(arguments, "data", None):
        os.environ["HEALTHDEVO_OVERLAY"] = str(Path(arguments.data).resolve())
    if getattr(arguments, "build", None):
        os.environ["HEALTHDEVO_BUILD"] = str(Path(arguments.build).resolve())
    if arguments.run is not _data_check:  # which tells of all that is wrong at once
        tables.own_tables()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="healthdevo", description="The devolution of health and care in England."
    )
    parser.add_argument(
        "--project", metavar="DIR", help="folder with _toc.yml and book/ (default: found from here)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    build = commands.add_parser(
        "build", help="make the book in build/html; only what has changed is run again"
    )
    _running(build)
    _folders(build)
    build.add_argument(
        "--dry-run", action="store_true", help="only say for every page whether it would run, and why"
    )
    build.add_argument("--only-national", action="store_true", help="leave the area pages out")
    build.add_argument(
        "--areas",
        metavar="WHICH",
        default="all",
        help="area pages: all (the default), a kind such as icb, or codes with commas",
    )
    build.add_argument(
        "--strict",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="warnings are errors (default: yes)",
    )
    build.set_defaults(run=_build)

    run = commands.add_parser("run", help="make one page: an HTML file that stands alone, and its notebook")
    run.add_argument("--area", metavar="CODE", help="code of the area, such as E40000010")
    run.add_argument("--chapter", metavar="NAME", help="notebook in book/ (default: the book's area page)")
    _folders(run)
    _indicator(run)
    run.add_argument("--out", type=Path, metavar="DIR", help="where the page goes (default: build/pages)")
    run.set_defaults(run=_run, jobs=1, cold=True, timeout=None, memory=None, wait=False, scheduler=None)

    batch = commands.add_parser("batch", help="make the pages of many areas; one that fails stops no other")
    batch.add_argument(
        "--areas",
        metavar="WHICH",
        help="all, a kind such as icb, or codes with commas (needed without --report)",
    )
    batch.add_argument("--chapter", metavar="NAME", help="notebook in book/ (default: the book's area page)")
    _running(batch)
    _folders(batch)
    _indicator(batch)
    batch.add_argument(
        "--report", action="store_true", help="show the record of every page: status, seconds, memory, reason"
    )
    batch.add_argument("--out", type=Path, metavar="DIR", help="where the pages go (default: build/pages)")
    batch.set_defaults(run=_batch)

    judging = commands.add_parser(
        "evaluate", help="judge any policy in a panel of your own: every design, with placebos, on one page"
    )
    judging.add_argument("file", metavar="FILE", help="CSV file with a row for each unit and period")
    judging.add_argument("--outcome", required=True, metavar="COLUMN", help="column with the outcome")
    judging.add_argument("--unit", required=True, metavar="COLUMN", help="column that names the unit")
    judging.add_argument("--time", required=True, metavar="COLUMN", help="column with the period")
    judging.add_argument(
        "--treated", required=True, nargs="+", metavar="CODES", help="units with the policy, also with commas"
    )
    judging.add_argument("--from", required=True, dest="start", metavar="YEAR", help="first period with it")
    judging.add_argument(
        "--in", default="", dest="in_unit", metavar="WORDS", help="unit of the outcome, in words"
    )
    judging.add_argument(
        "--leave-out-incomplete", action="store_true", help="leave out untreated units that lack a period"
    )
    judging.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="where page, CSV and JSON go (default: here)"
    )
    judging.set_defaults(run=_evaluate)

    pdf = commands.add_parser(
        "pdf", help="print the built book's national chapters, or a brief of an area, as PDF"
    )
    pdf.add_argument("--area", metavar="AREA", help="code or name: a brief of two pages of this area")
    _folders(pdf)
    pdf.set_defaults(run=_pdf)

    readme = commands.add_parser("readme", help="write the chapters' current findings into README.md")
    readme.add_argument("--check", action="store_true", help="only say whether they are current")
    readme.set_defaults(run=_readme)

    areas = commands.add_parser("areas", help="the registry of areas").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    listing = areas.add_parser("list", help="list areas")
    listing.add_argument("--kind", help="only this kind, such as icb")
    listing.add_argument("--on", metavar="DATE", help="areas valid on this date (default: ever)")
    listing.set_defaults(run=_areas_list)
    find = areas.add_parser("find", help="find areas by name or code")
    find.add_argument("text", nargs="+", help="a name, part of one, or a code")
    find.set_defaults(run=_areas_find)
    what = areas.add_parser(
        "what", help="say what a name stands for on a day: what it is, since when, and what is planned"
    )
    what.add_argument("text", nargs="+", help="name or code of an authority, board or council")
    what.add_argument("--on", metavar="DATE", help="the day (default: 26 November 2026)")
    what.set_defaults(run=_areas_what)

    region = commands.add_parser(
        "region", help="what a region of your own would be like: any councils, boards or authorities"
    )
    region.add_argument(
        "codes", nargs="+", metavar="CODE", help="codes or names of areas made of whole districts"
    )
    region.set_defaults(run=_region)

    claims = commands.add_parser("claims", help="the ledger of claims with their verdicts, computed anew")
    claims.add_argument(
        "--accept",
        action="store_true",
        help="accept verdicts that differ from the record, once you have looked",
    )
    claims.add_argument("--json", action="store_true", help="every row in full, for machines")
    _folders(claims, build=False)
    claims.set_defaults(run=_claims)

    taking = commands.add_parser(
        "ingest",
        help="make a folder of own tables of published files (NHS England A&E, waiting lists and cancer waits, MHCLG outturn)",
    )
    taking.add_argument("files", nargs="+", metavar="FILE", help="files as published, .csv, .xls or .xlsx")
    taking.add_argument(
        "--into", required=True, metavar="DIR", help="the folder of own tables, for --data DIR"
    )
    taking.add_argument(
        "--append",
        action="store_true",
        help="add new periods to the rows that are there (in DIR, or else embedded)",
    )
    taking.add_argument(
        "--replace",
        action="store_true",
        help="let the files go before what is there even where they look older",
    )
    taking.set_defaults(run=_ingest)

    data = commands.add_parser("data", help="the tables of official statistics").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    shown_tables = data.add_parser("list", help="list the tables")
    _folders(shown_tables, build=False)
    shown_tables.set_defaults(run=_data_list)
    check = data.add_parser("check", help="check every cell, key and recorded hash")
    check.add_argument("tables", nargs="*", metavar="TABLE", help="only these")
    check.add_argument("--json", action="store_true", help="every single failure and warning, for machines")
    check.add_argument("--html", type=Path, metavar="FILE", help="write the report as a page as well")
    check.add_argument(
        "--indicator", metavar="FILE", help="check a file with an indicator of your own instead"
    )
    _folders(check, build=False)
    check.set_defaults(run=_data_check)
    changes = data.add_parser("diff", help="what a folder of own tables changes against the embedded edition")
    changes.add_argument("folder", metavar="DIR", help="the folder of own tables")
    changes.set_defaults(run=_data_diff)
    statements = data.add_parser(
        "statements", help="list every dated statement with its source and how it was checked"
    )
    statements.add_argument(
        "--unverified", action="store_true", help="only what rests on less than two sources or the law's text"
    )
    statements.set_defaults(run=_data_statements)
    fetching = data.add_parser(
        "fetch", help="download the newest files of publishers' pages (needs the extra 'fetch')"
    )
    fetching.add_argument("pages", nargs="*", metavar="PAGE", help="pages to fetch from; see --list")
    fetching.add_argument("--into", metavar="DIR", help="folder for the files, which ingest then reads")
    fetching.add_argument("--list", action="store_true", help="list the pages, downloading nothing")
    fetching.add_argument(
        "--newest", type=int, default=1, metavar="N", help="this many of the newest files of each page"
    )
    fetching.add_argument(
        "--sha256", action="append", default=[], metavar="FILE=HASH", help="a hash that a file must have"
    )
    fetching.add_argument("--proxy", default="", metavar="URL", help="go through this proxy")
    fetching.add_argument(
        "--timeout", type=float, default=30.0, metavar="S", help="wait this many seconds for an answer"
    )
    fetching.add_argument("--retries", type=int, default=2, metavar="N", help="try this often again")
    fetching.add_argument("--largest", type=int, default=160, metavar="MB", help="no file larger than this")
    fetching.set_defaults(run=_data_fetch)
    refresh = data.add_parser("refresh", help="record hashes and row counts anew after tables have changed")
    refresh.add_argument("tables", nargs="*", metavar="TABLE", help="only these")
    refresh.set_defaults(run=_data_refresh)
    return parser


def _engine(arguments: argparse.Namespace) -> tuple[Engine, Limits]:
    from healthdevo.publishing.engine import LocalEngine
    from healthdevo.publishing.processes import total_memory
    from healthdevo.publishing.run import processors
    from healthdevo.publishing.tasks import Limits

    jobs = arguments.jobs or processors()
    usual = Limits()
    limits = Limits(
        seconds=arguments.timeout or usual.seconds,
        memory=arguments.memory or total_memory() // jobs,
        output=usual.output,
    )
    if arguments.scheduler:
        from healthdevo.publishing.cluster import DaskEngine

        return DaskEngine(arguments.scheduler), limits
    return LocalEngine(jobs, cold=arguments.cold), limits


def _build(arguments: argparse.Namespace) -> int:
    from healthdevo.publishing import unchanged
    from healthdevo.publishing.project import Project

    project = Project.load(arguments.project)
    if arguments.dry_run:
        return _dry_run(project, only_national=arguments.only_national, which=arguments.areas)
    options = unchanged.options_of(
        arguments.areas, only_national=arguments.only_national, strict=arguments.strict
    )
    if (pages := unchanged.quickly(project, options)) is not None:
        _say(f"nothing has changed; {pages} computed pages, the book is already up to date:")
        _say(f"  {shown(project.html / 'index.html')}")
        return 0
    from healthdevo.publishing.build import READING, build_book

    engine, limits = _engine(arguments)
    book = build_book(
        project,
        engine=engine,
        only_national=arguments.only_national,
        which=arguments.areas,
        strict=arguments.strict,
        limits=limits,
        wait=arguments.wait,
    )
    state = "published" if book.changed else "already up to date"
    read = project.build / READING
    if book.changed and read.is_file():
        count = len(read.read_text(encoding="utf-8").splitlines()) - 1
        _say(f"{count} places where a reader may stumble are listed in {shown(read)}")
    _say(f"{book.pages} computed pages ({len(book.summary.done)} executed now); the book is {state}:")
    _say(f"  {shown(book.html / 'index.html')}")
    return 0


def _dry_run(project: Project, *, only_national: bool, which: str) -> int:
    from healthdevo.publishing.inputs import Inputs
    from healthdevo.publishing.national import jobs
    from healthdevo.publishing.plan import make_plan
    from healthdevo.publishing.run import reasons

    inputs = Inputs(project)
    plan = make_plan(project, only_national=only_national, which=which, inputs=inputs)
    found = reasons(project, plan.jobs, inputs)
    ahead = reasons(project, jobs(project, plan.jobs, inputs), inputs) if any(found.values()) else {}
    for job, why in (ahead | found).items():
        _say(f"{'run ' if why else 'keep'}  {job.name}{f': {why}' if why else ''}")
    _say(f"{sum(map(bool, found.values()))} of {len(found)} pages would run")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    if arguments.area is None and arguments.chapter is None:
        raise HealthdevoError("say which page: --area CODE, --chapter NAME or both")
    areas = None if arguments.area is None else [arguments.area]
    return _pages(areas, arguments.chapter, arguments)


def _batch(arguments: argparse.Namespace) -> int:
    from healthdevo.publishing.plan import select_areas
    from healthdevo.publishing.project import Project

    project = Project.load(arguments.project)
    if arguments.report:
        return _report(project)
    if not arguments.areas:
        raise HealthdevoError("say which areas: --areas all, a kind such as icb, or codes with commas")
    pages = project.areas
    if pages is None:
        codes = select_areas(arguments.areas, kinds=(), on=None)
    else:
        codes = select_areas(arguments.areas, kinds=pages.kinds, on=pages.on, ended=pages.ended)
    return _pages(codes, arguments.chapter, arguments)


def _report(project: Project) -> int:
    from healthdevo.publishing.records import report
    from healthdevo.publishing.run import Places

    rows = list(report(Places.of(project.build).records))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = {3, 4}
    for row in rows:
        cells = (
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        _say("  ".join(cells).rstrip())
    return 0


def _pages(areas: Sequence[str] | None, chapter: str | None, arguments: argparse.Namespace) -> int:
    from healthdevo.publishing.pages import make_pages
    from healthdevo.publishing.project import Project

    project = Project.load(arguments.project)
    out = (arguments.out or project.build / "pages").resolve()
    more: dict[str, str] = {}
    if arguments.indicator is not None:
        from healthdevo.chapters.own_indicator import read_indicator

        if areas is None:
            raise HealthdevoError("say for which area: --area CODE with --indicator FILE")
        read_indicator(arguments.indicator)  # whatever is wrong with it is told before anything runs
        more = {"indicator": str(Path(arguments.indicator).resolve())}
    engine, limits = _engine(arguments)
    summary, paths = make_pages(
        project,
        areas=areas,
        chapter=chapter,
        out=out,
        engine=engine,
        limits=limits,
        wait=arguments.wait,
        more=more,
    )
    if areas is None or len(areas) == 1:
        summary.raise_for_failures()
        _say(f"page: {shown(paths[0])}")
        return 0
    _say(f"{len(paths)} pages in {shown(out)}")
    (_say if summary.ok else _complain)(summary.text)
    return 0 if summary.ok else 1


def _pdf(arguments: argparse.Namespace) -> int:
    from healthdevo.publishing.pdf import brief, national_book
    from healthdevo.publishing.project import Project

    _set_folders(arguments)
    project = Project.load()
    made = national_book(project) if arguments.area is None else brief(project, arguments.area)
    _say(f"printed: {shown(made)}")
    return 0


def _readme(arguments: argparse.Namespace) -> int:
    from healthdevo.publishing.project import Project
    from healthdevo.publishing.readme import update_readme

    changed = update_readme(Project.load(arguments.project), check=arguments.check)
    if changed and arguments.check:
        _complain(f"README.md is not current: {', '.join(changed)}; run healthdevo readme")
        return 1
    _say(f"written: {', '.join(changed)}" if changed else "README.md is current")
    return 0


def _areas_list(arguments: argparse.Namespace) -> int:
    from healthdevo import areas

    _say_areas(areas.list_areas(kind=arguments.kind, on=arguments.on))
    return 0


def _areas_find(arguments: argparse.Namespace) -> int:
    from healthdevo import areas

    text = " ".join(arguments.text)
    found = areas.find(text)
    if not found:
        raise AreaError(f"no area matches {text!r}; healthdevo areas list shows them all.")
    _say_areas(found)
    return 0


def _areas_what(arguments: argparse.Namespace) -> int:
    from healthdevo import areas

    text = " ".join(arguments.text)
    for answer in areas.what_is(text, arguments.on) if arguments.on else areas.what_is(text):
        code = f"  {answer.code}" if answer.code else ""
        _say(f"{answer.name} ({answer.state}){code}")
        for sentence in answer.sentences:
            _say(f"    {sentence}")
    return 0


def _region(arguments: argparse.Namespace) -> int:
    from healthdevo.chapters.footprint import OwnRegion

    region = OwnRegion.load(arguments.codes)
    lines = region.lines()
    width = max(len(label) for label, _ in lines)
    _say(region.sentence())
    for label, value in lines:
        _say(f"  {label:{width}}  {value}")
    for row in region.partners.itertuples(index=False):
        towards = "residents go to" if row.direction == "out" else "workers come from"
        _say(f"  {towards:18} {row.name}: {row.people:,}")
    return 0


def _say_areas(found: Sequence[object]) -> None:
    for area in found:
        until = f"  (until {area.valid_to})" if area.valid_to else ""  # type: ignore[attr-defined]
        _say(f"{area.code}  {area.kind:26}  {area.name}{until}")  # type: ignore[attr-defined]


def _claims(arguments: argparse.Namespace) -> int:
    from healthdevo.claims import Ledger, accept, changes

    ledger = Ledger.load()
    if arguments.json:
        _say(ledger.to_json().rstrip())
    else:
        for entry in ledger.entries:
            _say(
                f"{entry.claim.name}  [{entry.claim.side}, {entry.claim.source.short}]  {entry.verdict.value.upper()}"
            )
            _say(f"  {entry.claim.claim}\n  {entry.said}")
        _say("; ".join(f"{count} {verdict}" for verdict, count in ledger.counts().items()))
    lines = changes(ledger.verdicts)
    if arguments.accept:
        if lines:
            accept(ledger.verdicts)
        _complain(f"accepted: {'; '.join(lines)}" if lines else "no verdict has changed")
        return 0
    for line in lines:
        _complain(f"differs from the record: {line}")
    return 1 if lines else 0


def _data_list(arguments: argparse.Namespace) -> int:
    from healthdevo import tables

    listing = tables.describe()
    width = max(len(name) for name in listing["name"])
    for row in listing.to_dict("records"):
        own = "  (your own table)" if row["own"] else ""
        _say(
            f"{row['name']:{width}}  {row['rows']:>9,} rows  {row['coverage']}  {row['publisher']}: {row['title']}{own}"
        )
    return 0


def _data_check(arguments: argparse.Namespace) -> int:
    from healthdevo import tables

    if arguments.indicator is not None:
        return _check_indicator(arguments.indicator)
    which = arguments.tables or None
    failures, warnings = tables.check(which), tables.warnings(which)
    if arguments.html is not None:
        from healthdevo.files import write_atomically
        from healthdevo.publishing.checked import report

        examined = arguments.tables or tables.names()
        with tables.own.lenient():
            page = report(failures, warnings, examined, [n for n in tables.own_tables() if n in examined])
        write_atomically(arguments.html.resolve(), page)
    if arguments.json:
        found = [("failure", f) for f in failures] + [("warning", f) for f in warnings]
        listed = [{"severity": severity} | asdict(f) for severity, f in found]
        _say(json.dumps(listed, ensure_ascii=False, indent=1))
        return 1 if failures else 0
    for line in tables.grouped(failures):
        _complain(line)
    for line in tables.grouped(warnings):
        _complain(f"warning: {line}")
    if failures:
        _complain(f"{len(failures)} failure(s)")
        return 1
    odd = f", with {len(warnings)} warning(s)" if warnings else ""
    _say(f"{len(arguments.tables or tables.names())} tables are sound{odd}")
    return 0


def _check_indicator(path: str) -> int:
    from healthdevo.chapters.own_indicator import read_indicator

    found = read_indicator(path)
    for note in found.notes:
        _complain(f"warning: {note}")
    areas, periods = found.frame["area_code"].nunique(), found.frame["period"].nunique()
    _say(f"{found.file.name} is sound: {areas} areas, {periods} periods, {found.source}")
    return 0


def _data_diff(arguments: argparse.Namespace) -> int:
    from healthdevo import releases

    for one in releases.diff(arguments.folder):
        _say(one.text)
    return 0


def _data_fetch(arguments: argparse.Namespace) -> int:
    from healthdevo.errors import InputError
    from healthdevo.releases.fetching import PAGES, Limits, fetch

    if arguments.list:
        for page in PAGES:
            made = (
                f"ingest makes {', '.join(page.tables)}"
                if page.tables
                else "no table of the project takes them"
            )
            _say(f"{page.name}: {page.title}; {made}; {page.url}")
        return 0
    if not arguments.into:
        raise InputError("name a folder for the files: --into DIR")
    for name, value in (("timeout", arguments.timeout), ("largest", arguments.largest)):
        if not value > 0:
            raise InputError(f"--{name} is {value:g}; a number above 0 is expected")
    if arguments.retries < 0:
        raise InputError(f"--retries is {arguments.retries}; a number of at least 0 is expected")
    strange = [one for one in arguments.sha256 if "=" not in one]
    if strange:
        raise InputError(f"--sha256 {strange[0]!r}: a file and its hash are expected, as in June.csv=0f3a...")
    done = fetch(
        arguments.pages,
        arguments.into,
        newest=arguments.newest,
        hashes=dict(one.rsplit("=", 1) for one in arguments.sha256),
        proxy=arguments.proxy,
        limits=Limits(wait=arguments.timeout, retries=arguments.retries, largest=arguments.largest << 20),
    )
    _say(done.text)
    return 1 if done.failed else 0


def _ingest(arguments: argparse.Namespace) -> int:
    from healthdevo import releases

    done = releases.ingest(
        arguments.files, arguments.into, append=arguments.append, replace=arguments.replace
    )
    _say(done.text)
    _say(
        f"what is odd in it, such as sudden jumps: healthdevo data check --data {shlex.quote(str(done.folder))}"
    )
    return 0


def _data_statements(arguments: argparse.Namespace) -> int:
    from healthdevo import tables
    from healthdevo.claims.since import since_statements

    rows = since_statements(tables.dated_statements())
    shown_rows = rows[~rows["verified"]] if arguments.unverified else rows
    for _, row in shown_rows.astype({"day": str}).iterrows():
        precision = "" if row["precision"] == "day" else f" ({row['precision']})"
        pages = f"{row['source']} {row['second_source']}".strip()
        _say(f"{row['day']}{precision}  {row['table']}: {row['statement']}")
        _say(f"    {row['verification']}: {pages or 'no page'}")
    verified = int(rows["verified"].sum())
    _say(
        f"{len(rows)} dated statements: {verified} with two sources or the law's text, {len(rows) - verified} with less"
    )
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from healthdevo.areas import slugify
    from healthdevo.chapters.own_panel import PolicyPage, read_panel
    from healthdevo.files import write_atomically

    own = read_panel(
        arguments.file,
        outcome=arguments.outcome,
        unit=arguments.unit,
        time=arguments.time,
        treated=arguments.treated,
        start=arguments.start,
        leave_out_incomplete=arguments.leave_out_incomplete,
    )
    page = PolicyPage(own, unit=arguments.in_unit)
    for about, sentence in page.sentences.items():
        _say(f"{about}: {sentence}")
    for caution in page.cautions:
        _say(f"Note: {caution}")
    stem = f"{slugify(Path(arguments.file).stem.removesuffix('.csv')) or 'panel'}-evaluation"
    for ending, content in (("html", page.html()), ("csv", page.csv()), ("json", page.json())):
        path = (arguments.out / f"{stem}.{ending}").resolve()
        write_atomically(path, content)
        _say(f"written: {shown(path)}")
    return 0


def _data_refresh(arguments: argparse.Namespace) -> int:
    from healthdevo import tables

    changed = tables.refresh(arguments.tables or None)
    _say(f"recorded anew: {', '.join(changed)}" if changed else "nothing has changed")
    return 0


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class _Stopped(BaseException):
    """The system asks this process to end."""


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let a signal to terminate end the block as an interrupt does, so that all that runs is ended in order."""

    def stop(*_: Any) -> None:
        raise _Stopped

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``healthdevo``; taken from the process by default.

    Returns
    -------
    int
        0 when all went well, 1 after an error (one message on standard error), 2 for wrong usage.
    """
    try:
        parsed = _parser().parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    try:
        with _stoppable():
            if hasattr(parsed, "data"):
                _set_folders(parsed)
            return int(parsed.run(parsed))
    except HealthdevoError as error:
        _complain(f"healthdevo: {error}")
        return 1
    except BrokenPipeError:  # the reader of our output has gone, as in `healthdevo areas list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a folder that can't be written, a full disk
        _complain(f"healthdevo: {error}")
        return 1
    except KeyboardInterrupt:
        _complain("healthdevo: stopped; pages published before are untouched")
        return 130
    except _Stopped:
        _complain("healthdevo: stopped; pages published before are untouched")
        return 143
