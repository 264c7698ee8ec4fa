"""Downloading, against a server on this machine that misbehaves in every way that servers do."""

import contextlib
import hashlib
import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from healthdevo.cli import main
from healthdevo.errors import ReleaseError
from healthdevo.releases import fetching
from healthdevo.releases.fetching import PAGES, Limits, Page, fetch

from .writers import provider_csv

MAY, JUNE = provider_csv("MAY-2025").encode(), provider_csv("JUNE-2025").encode()
QUICK = Limits(connect=2, wait=0.4, whole=1.5, largest=100_000, retries=1)
INDEX = b"""<html><body><a href="/about">About</a><a href='files/May-2025-CSV-x1.csv'>May</a>
<a href="files/June-2025-CSV-x2.csv">June</a><a href="files/June-2025-CSV-x2.csv#top">June</a><a>no address</a><a href="http://[broken">x</a></body></html>"""


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by what the test has put into ``server.answers``: bytes, a status, or a function of this handler."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        answer = self.server.answers.get(self.path, 404)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if callable(answer):
                answer(self)
            elif isinstance(answer, int):
                self.send_error(answer)
            else:
                self.answer(answer)

    def answer(self, content, kind=None, length=None):
        self.send_response(200)
        page = content.lstrip().startswith(b"<html")
        self.send_header("Content-Type", kind or ("text/html; charset=utf-8" if page else "text/csv"))
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def redirect(self, to):
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.core.time.sleep", lambda _: None)
    one = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one.daemon_threads = True
    one.asked, one.stop = [], threading.Event()
    one.answers = {
        "/stats/": INDEX,
        "/stats/files/June-2025-CSV-x2.csv": JUNE,
        "/stats/files/May-2025-CSV-x1.csv": MAY,
    }
    one.address = f"http://127.0.0.1:{one.server_address[1]}"
    one.page = Page("ae", "A&E", f"{one.address}/stats/", r"-CSV-[^/]*\.csv$")
    thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield one
    one.stop.set()
    one.shutdown()
    one.server_close()


FILE = "/stats/files/June-2025-CSV-x2.csv"


def get(server, folder, **options):
    options = {"limits": QUICK, "pages": [server.page], **options}
    return fetch(["ae"], folder, **options)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_the_newest_file_of_a_page_is_downloaded_and_recorded(server, tmp_path):
    done = get(server, tmp_path / "files")
    assert not done.failed
    (one,) = done.downloads
    assert one.path.read_bytes() == JUNE
    assert one.sha256 == hashlib.sha256(JUNE).hexdigest()
    assert one.told == "NHS England, provider file of June 2025"
    record = json.loads((tmp_path / "files" / "fetched.json").read_text(encoding="utf-8"))["files"]
    assert record[server.address + FILE]["sha256"] == one.sha256
    assert sorted(p.name for p in (tmp_path / "files").iterdir()) == ["June-2025-CSV-x2.csv", "fetched.json"]
    again = get(server, tmp_path / "files")
    assert again.downloads[0].told == "unchanged"
    assert "June-2025-CSV-x2.csv: unchanged" in again.text


def test_several_files_and_pages_of_years(server, tmp_path):
    server.answers["/"] = (
        b'<html><a href="/stats-2023-24/">old</a><a href="/stats/">no</a><a href="/stats-2025-26/">new</a>'
    )
    server.answers["/stats-2025-26/"] = INDEX.replace(b"files/", b"/stats/files/")
    page = Page("ae", "A&E", f"{server.address}/", r"-CSV-[^/]*\.csv$", r"stats-20\d\d-\d\d/$")
    done = get(server, tmp_path, pages=[page], newest=2)
    assert [d.path.name for d in done.downloads] == ["June-2025-CSV-x2.csv", "May-2025-CSV-x1.csv"]
    assert "/stats-2023-24/" not in server.asked


def loop(handler):
    handler.redirect(handler.path)


def away(handler):
    handler.redirect("http://127.0.0.2:9/other.csv")


def slow(handler):
    handler.server.stop.wait(5)


def trickle(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/csv")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.stop.wait(0.05):
        handler.wfile.write(b"a")


def truncated(handler):
    handler.answer(JUNE[:200], length=len(JUNE))
    handler.close_connection = True


def huge(handler):
    handler.answer(b"a,b\n", length=10**9)


def endless(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/csv")
    handler.end_headers()
    while not handler.server.stop.is_set():
        handler.wfile.write(b"a,b\n" * 10_000)


BAD = {
    "404": (404, "the server answers 404"),
    "403": (403, "the server answers 403"),
    "500": (500, "the server answers 500"),
    "503": (503, "the server answers 503"),
    "redirect loop": (loop, "the server sends from one address to another without end"),
    "redirect elsewhere": (away, "http://127.0.0.2:9/other.csv leads away from the publisher"),
    "slow": (slow, "the server did not answer within 0.4 seconds"),
    "a byte now and then": (trickle, "it took more than 1.5 seconds"),
    "truncated": (truncated, "the connection broke off before the file was whole"),
    "wrong type": (lambda h: h.answer(JUNE, kind="text/html"), "a file is expected, but the server sends 'text/html'"),
    "an error page under the file's name": (lambda h: h.answer(b"<html>gone</html>", kind="text/csv"), "June-2025-CSV-x2.csv is a web page, not a table"),
    "huge by its own word": (huge, "it has 1,000,000,000 bytes; more than 100,000 are not downloaded"),
    "huge without a word": (endless, "it has more than 100,000 bytes, which are not downloaded"),
    "empty": (lambda h: h.answer(b""), "June-2025-CSV-x2.csv is empty"),
    "not a known table": (lambda h: h.answer(b"a,b\n1,2\n"), "is of no known layout"),
    "does not add up": (lambda h: h.answer(JUNE.replace(b",2000,", b",2001,")), "the rows do not add up to the file's own total"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_every_failure_is_one_reason_and_leaves_what_was_there(kind, server, tmp_path):
    (tmp_path / "June-2025-CSV-x2.csv").write_bytes(b"the old one")
    before = contents(tmp_path)
    server.answers[FILE], message = BAD[kind]
    done = get(server, tmp_path)
    assert not done.downloads
    (reason,) = done.failed
    assert message in reason
    assert reason.startswith("ae, http://127.0.0.1:")
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (404, "the server answers 404"),
        (slow, "did not answer within"),
        (
            b"<html><body>We have moved</body></html>",
            "has no link like '-CSV-[^/]*\\\\.csv$': the page may have moved",
        ),
        (lambda h: h.answer(b"a,b\n"), "a web page is expected, but the server sends 'text/csv'"),
        (lambda h: h.answer(b"<html>", length=10**8), "it has 100,000,000 bytes"),
    ],
)
def test_a_page_that_fails_is_named(answer, message, server, tmp_path):
    server.answers["/stats/"] = answer
    done = get(server, tmp_path)
    assert message in done.failed[0]
    assert not list(tmp_path.iterdir())


def test_a_server_that_recovers_is_asked_again(server, tmp_path):
    answers = [500, JUNE]
    server.answers[FILE] = lambda h: h.send_error(500) if answers.pop(0) == 500 else h.answer(JUNE)
    assert get(server, tmp_path).downloads
    assert server.asked.count(FILE) == 2


def test_a_wrong_hash_is_refused_and_a_right_one_taken(server, tmp_path):
    name = "June-2025-CSV-x2.csv"
    done = get(server, tmp_path, hashes={name: "0" * 64})
    assert (
        "its SHA-256 is not 000000000000..., which was expected: the file is damaged or was changed"
        in done.failed[0]
    )
    assert not (tmp_path / name).exists()
    assert get(server, tmp_path, hashes={name: hashlib.sha256(JUNE).hexdigest().upper()}).downloads


def test_a_file_that_changed_under_its_address_is_not_taken_for_the_same(server, tmp_path):
    get(server, tmp_path)
    before = contents(tmp_path)
    server.answers[FILE] = provider_csv("JUNE-2025", total=None).encode()
    assert "was changed" in get(server, tmp_path).failed[0]
    assert contents(tmp_path) == before


def test_links_to_other_hosts_and_names_with_paths_lead_nowhere(server, tmp_path):
    server.answers["/stats/"] = (
        b'<html><a href="http://evil.example/July-2025-CSV-x.csv">x</a><a href="file:///etc/June-2025-CSV-passwd.csv">x</a>'
        b'<a href="..%2f..%2f..%2fJune-2025-CSV-%2e%2e.csv">x</a>'
    )
    server.answers |= {
        f"/stats/{up}June-2025-CSV-{name}.csv": JUNE
        for up in ("..%2f..%2f..%2f", "..%2F..%2F..%2F")
        for name in ("..", "%2e%2e")
    }
    done = get(server, tmp_path / "deep" / "down", newest=3)
    assert [d.path for d in done.downloads] == [tmp_path / "deep" / "down" / "June-2025-CSV-...csv"]
    assert any("evil.example/July-2025-CSV-x.csv leads away from the publisher" in f for f in done.failed)
    assert any("file:///etc/June-2025-CSV-passwd.csv is no https address" in f for f in done.failed)
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [
        "June-2025-CSV-...csv",
        "fetched.json",
    ]


def test_a_proxy_is_used_where_it_is_named(server, tmp_path, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    page = Page("ae", "A&E", "http://statistics.invalid/stats/", r"-CSV-[^/]*\.csv$")
    server.answers |= {"http://statistics.invalid/stats/": INDEX, "http://statistics.invalid" + FILE: JUNE}
    done = get(server, tmp_path, pages=[page], proxy=server.address)
    assert done.downloads
    assert server.asked == ["http://statistics.invalid/stats/", "http://statistics.invalid" + FILE]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": []}, "name the pages to fetch from; these are known: ae, ae-series"),
        ({"names": ["weather"]}, "'weather' is no page; these are known: ae"),
        ({"names": ["ae"], "newest": 0}, "newest is 0; at least 1 file is fetched"),
        ({"names": ["ae"], "hashes": {"a.csv": "abc"}}, "the hash of 'a.csv' is no SHA-256"),
    ],
)
def test_what_is_asked_wrongly_is_said_before_anything_is_asked_for(options, message, tmp_path):
    with pytest.raises(ReleaseError, match=message):
        fetch(into=tmp_path, **options)


def test_a_file_in_place_of_the_folder_and_a_broken_record(server, tmp_path):
    path = tmp_path / "file"
    path.write_text("x", encoding="utf-8")
    with pytest.raises(ReleaseError, match="is a file: name a folder"):
        get(server, path)
    (tmp_path / "fetched.json").write_text("[", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"fetched\.json is no record of downloads"):
        get(server, tmp_path)


def test_without_pooch_the_message_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ReleaseError, match=r"pip install 'healthdevo\[fetch\]'"):
        fetch(["ae"], tmp_path)


def test_the_command_line(server, tmp_path, capsys, monkeypatch):
    assert main(["data", "fetch", "--list"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == len(PAGES)
    assert main(["data", "fetch", "ae"]) == 1
    assert "name a folder for the files: --into DIR" in capsys.readouterr().err
    assert main(["data", "fetch", "ae", "--into", str(tmp_path), "--sha256", "abc"]) == 1
    assert "a file and its hash are expected" in capsys.readouterr().err
    defaults = dict(
        fetch.__wrapped__.__kwdefaults__ if hasattr(fetch, "__wrapped__") else fetch.__kwdefaults__
    )
    monkeypatch.setattr(fetching.fetch, "__kwdefaults__", {**defaults, "pages": (server.page,)})
    assert main(["data", "fetch", "ae", "--into", str(tmp_path / "files")]) == 0
    assert "NHS England, provider file of June 2025" in capsys.readouterr().out
    server.answers[FILE] = 404
    assert main(["data", "fetch", "ae", "--into", str(tmp_path / "files")]) == 1
    assert "failed: ae, " in capsys.readouterr().out


def test_nothing_is_downloaded_unless_asked_for():
    code = (
        "import sys, healthdevo, healthdevo.releases, healthdevo.tables, healthdevo.cli\n"
        "healthdevo.releases.LAYOUTS; healthdevo.cli.main(['data', 'list'])\n"
        "assert not {'pooch', 'requests', 'urllib3'} & set(sys.modules), sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    source = Path(fetching.__file__).parents[1]
    users = [
        p.relative_to(source).as_posix()
        for p in source.rglob("*.py")
        if "fetching" in p.read_text(encoding="utf-8") and p.name != "fetching.py"
    ]
    assert sorted(users) == ["cli.py", "releases/__init__.py"]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pages_are_official_and_their_links_recognised(page):
    links = {
        "ae": "https://www.england.nhs.uk/statistics/wp-content/uploads/sites/2/2026/07/June-2026-CSV-Wfg38l.csv",
        "ae-series": "https://www.england.nhs.uk/statistics/wp-content/uploads/sites/2/2026/04/Monthly-AE-Time-Series-March-2026-F5ldj2.xls",
        "waiting-times": "https://www.england.nhs.uk/statistics/wp-content/uploads/sites/2/2026/08/Full-CSV-data-file-Jun26-ZIP-4M-abc.zip",
        "cancer": "https://www.england.nhs.uk/statistics/wp-content/uploads/sites/2/2026/06/April-2026-Monthly-Combined-CSV.csv",
        "outturn": "https://assets.publishing.service.gov.uk/media/abc/RS_2023-24_data_by_LA.xlsx",
        "population": "https://www.ons.gov.uk/file?uri=/peoplepopulationandcommunity/x/myebtablesuk20112024.xlsx",
        "deprivation": "https://assets.publishing.service.gov.uk/media/abc/File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv",
    }
    import re

    assert re.search(page.pattern, links[page.name])
    for other, link in links.items():
        if other != page.name:
            assert not re.search(page.pattern, link), other
    assert page.url.startswith("https://")
    downloader = fetching._Downloader(page, QUICK, 1, None, page_of_links=False)
    downloader.permitted(page.url)
    downloader.permitted(links[page.name])
    assert fetching._name_of(links[page.name]).endswith((".csv", ".xls", ".xlsx", ".zip"))
