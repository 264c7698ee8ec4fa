"""Releases downloaded from their publishers' pages, when somebody asks for it and never otherwise.

A page is known by its address and by how the link to its file looks. A download comes into a place of its own, must be whole, within limits and
readable, and only then takes the place of what was there: whatever fails, the old file stays.
"""

from __future__ import annotations

import datetime
import html.parser
import json
import os
import re
import tempfile
import threading
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from healthdevo.errors import ReleaseError
from healthdevo.files import write_atomically
from healthdevo.releases.opening import LARGEST
from healthdevo.releases.reading import read
from healthdevo.releases.release import month_of

__all__ = ["PAGES", "Download", "Fetched", "Limits", "Page", "fetch"]

_RECORD = "fetched.json"
_OFFICIAL = (".nhs.uk", ".gov.uk", ".ons.gov.uk", "nomisweb.co.uk", ".phe.org.uk")
_HOPS, _PAGE_BYTES = 5, 8 << 20
_ENDINGS = (".csv", ".xls", ".xlsx", ".xlsb", ".ods", ".zip")


@dataclass(frozen=True)
class Page:
    """A publisher's page with links to files.

    Parameters
    ----------
    name : str
        What it is called on the command line.
    title : str
        What is published there.
    url : str
        Its address.
    pattern : str
        What the address of a file's link looks like.
    follow : str, default ""
        What links to further pages look like, one for each year, of which the last in order is followed; empty where files are on the page itself.
    tables : tuple of str
        Tables of the project that ``ingest`` makes of the files; none where no table takes them.
    """

    name: str
    title: str
    url: str
    pattern: str
    follow: str = ""
    tables: tuple[str, ...] = ()


_NHS = "https://www.england.nhs.uk/statistics/statistical-work-areas"

PAGES: tuple[Page, ...] = (
    Page(
        "ae",
        "NHS England, A&E attendances and emergency admissions, monthly provider files",
        f"{_NHS}/ae-waiting-times-and-activity/",
        r"(?i)/uploads/.*(?:monthly-ae-(?!time)|[a-z]+-20\d\d-csv|-csv-)[^/]*\.csv$",
        r"ae-attendances-and-emergency-admissions-20\d\d-\d\d/?$",
        ("emergency_provider_month", "emergency_month", "emergency_england_month"),
    ),
    Page(
        "ae-series",
        "NHS England, A&E attendances and emergency admissions, monthly time series",
        f"{_NHS}/ae-waiting-times-and-activity/",
        r"(?i)/uploads/.*monthly-ae-time-series[^/]*\.xlsx?$",
        r"ae-attendances-and-emergency-admissions-20\d\d-\d\d/?$",
        ("emergency_month", "emergency_england_month"),
    ),
    Page(
        "waiting-times",
        "NHS England, referral to treatment waiting times, full extract",
        f"{_NHS}/rtt-waiting-times/",
        r"(?i)/uploads/.*full-csv-data-file[^/]*\.(?:zip|csv)$",
        r"rtt-data-20\d\d-\d\d/?$",
        ("waiting_list_provider_month",),
    ),
    Page(
        "cancer",
        "NHS England, cancer waiting times, combined extract",
        f"{_NHS}/cancer-waiting-times/",
        r"(?i)/uploads/.*combined[^/]*csv[^/]*\.csv$",
        tables=("cancer_provider_month",),
    ),
    Page(
        "outturn",
        "MHCLG, local authority revenue expenditure and financing, outturn (RS)",
        "https://www.gov.uk/government/collections/local-authority-revenue-expenditure-and-financing",
        r"(?i)assets\.publishing\.service\.gov\.uk/.*/(?:rs|revenue[_-]outturn[_-]summary)[^/]*\.(?:xlsx?|ods)$",
        r"/government/statistics/local-authority-revenue-expenditure-and-financing-england-20\d\d-to-20\d\d-[a-z-]*outturn",
        ("council_outturn",),
    ),
    Page(
        "population",
        "ONS, estimates of the population by single year of age (MYEB)",
        "https://www.ons.gov.uk/peoplepopulationandcommunity/populationandmigration/populationestimates/datasets/estimatesofthepopulationforenglandandwales",
        r"(?i)/myeb[^/]*\.(?:xlsx|zip|csv)$",
    ),
    Page(
        "deprivation",
        "MHCLG, English indices of deprivation, file 7",
        "https://www.gov.uk/government/statistics/english-indices-of-deprivation-2025",
        r"(?i)/file_7_[^/]*\.csv$",
    ),
)
"""Pages as they were known in November 2026. Publishers move them: a page without a fitting link is a message, not a guess."""


@dataclass(frozen=True)
class Limits:
    """What a download may take.

    Parameters
    ----------
    connect, wait : float
        Seconds to wait for a connection, and for the next bytes.
    whole : float
        Seconds that one file may take.
    largest : int
        Bytes that one file may have.
    retries : int
        How often a failed download is tried again.
    """

    connect: float = 10.0
    wait: float = 30.0
    whole: float = 600.0
    largest: int = LARGEST
    retries: int = 2


@dataclass(frozen=True)
class Download:
    """A file that was downloaded and could be read.

    Parameters
    ----------
    page, url : str
        Where it is from.
    path : Path
        Where it is now.
    sha256 : str
        SHA-256 of its bytes.
    told : str
        Which release it is; ``unchanged`` where it is what was there.
    """

    page: str
    url: str
    path: Path
    sha256: str
    told: str


@dataclass(frozen=True)
class Fetched:
    """What came of fetching.

    Parameters
    ----------
    folder : Path
        Where the files are.
    downloads : tuple of Download
        The files that are there now.
    failed : tuple of str
        What could not be had, each with the reason; the files of before are still there.
    """

    folder: Path
    downloads: tuple[Download, ...]
    failed: tuple[str, ...]

    @property
    def text(self) -> str:
        """The report, for people."""
        lines = [f"{d.path.name}: {d.told}; {d.url}; sha256 {d.sha256[:12]}" for d in self.downloads]
        lines += [f"failed: {reason}" for reason in self.failed]
        return "\n".join([*lines, f"folder: {self.folder}"])


class _RefusedError(Exception):
    """A download that is not tried again."""


def fetch(
    names: Sequence[str],
    into: str | os.PathLike[str],
    *,
    pages: Sequence[Page] = PAGES,
    newest: int = 1,
    hashes: Mapping[str, str] | None = None,
    proxy: str = "",
    limits: Limits | None = None,
) -> Fetched:
    """Download the newest files of publishers' pages.

    Each file is downloaded through ``pooch`` into a place of its own, held against its hash where one is known, read as ``read`` does, and then put
    into the folder. ``fetched.json`` in the folder says what came from where; a file that it knows must still have the same hash under the same
    address, or is refused: publishers put revisions under new addresses.

    Parameters
    ----------
    names : sequence of str
        Pages, by the names in ``PAGES``.
    into : path
        Folder for the files; it is made where it is missing.
    pages : sequence of Page
        The pages there are.
    newest : int, default 1
        How many of the newest files of each page.
    hashes : mapping of str to str, optional
        SHA-256 that files must have, by their names.
    proxy : str, default ""
        Address of a proxy; by default that of the environment (``HTTPS_PROXY``), if any.
    limits : Limits, optional
        What a download may take.

    Returns
    -------
    Fetched
        What is there now and what failed.

    Raises
    ------
    ReleaseError
        When a page is not known, ``pooch`` is not installed, or the folder can't be written to.
    """
    known = {page.name: page for page in pages}
    if not names or not set(names) <= set(known):
        strange = [n for n in names if n not in known]
        what = f"{strange[0][:40]!r} is no page" if strange else "name the pages to fetch from"
        raise ReleaseError(f"{what}; these are known: {', '.join(known)}")
    if newest < 1:
        raise ReleaseError(f"newest is {newest}; at least 1 file is fetched")
    for name, value in (hashes or {}).items():
        if not re.fullmatch(r"[0-9a-f]{64}", value.casefold()):
            raise ReleaseError(
                f"the hash of {name[:60]!r} is no SHA-256 (64 of the letters a to f and digits)"
            )
    try:
        import pooch  # noqa: F401
    except ImportError:
        raise ReleaseError("downloading needs pooch: pip install 'healthdevo[fetch]'") from None
    folder = Path(into)
    if folder.exists() and not folder.is_dir():
        raise ReleaseError(f"{folder} is a file: name a folder to download into")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve()
        work = _Work(folder, limits or Limits(), proxy, dict(hashes or {}), _record(folder))
        done: list[Download] = []
        failed: list[str] = []
        for name in dict.fromkeys(names):
            page = known[name]
            try:
                links = work.links(page, newest)
            except _RefusedError as error:
                failed.append(f"{name}: {error}")
                continue
            for url in links:
                try:
                    done.append(work.file(page, url))
                except (_RefusedError, ReleaseError) as error:
                    failed.append(f"{name}, {_shown(url)}: {error}")
    except OSError as error:
        raise ReleaseError(f"{folder} can't be written to: {error.strerror or error}") from None
    return Fetched(folder, tuple(done), tuple(failed))


def _record(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / _RECORD
    try:
        content = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(url): {str(k): str(v) for k, v in entry.items()} for url, entry in content.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReleaseError(f"{path} is no record of downloads: remove or mend it") from None


def _shown(url: str) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in url)
    return plain if len(plain) <= 160 else f"{plain[:157]}..."


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


class _Work:
    """The downloads of one call."""

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        proxy: str,
        hashes: Mapping[str, str],
        record: dict[str, dict[str, str]],
    ) -> None:
        self.folder, self.limits, self.hashes, self.record = folder, limits, hashes, record
        self.proxies = {"http": proxy, "https": proxy} if proxy else None

    def links(self, page: Page, newest: int) -> list[str]:
        """Return the addresses of the newest files of a page."""
        url = page.url
        if page.follow:
            further = [u for u in self._hrefs(page, url) if re.search(page.follow, u)]
            if not further:
                raise _RefusedError(
                    f"{_shown(url)} has no link like {page.follow!r}: the page may have moved"
                )
            url = max(further)
        files = [u for u in self._hrefs(page, url) if re.search(page.pattern, u)]
        if not files:
            raise _RefusedError(f"{_shown(url)} has no link like {page.pattern!r}: the page may have moved")

        def order(numbered: tuple[int, str]) -> tuple[bool, float, int]:
            place, address = numbered
            month = month_of(re.sub(r"[_-]+", " ", _name_of(address)))
            return month is not None, month.timestamp() if month is not None else 0.0, -place

        ordered = sorted(enumerate(dict.fromkeys(files)), key=order, reverse=True)
        return [address for _, address in ordered[:newest]]

    def _hrefs(self, page: Page, url: str) -> list[str]:
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self.folder) as place:
            path = self._download(page, url, Path(place), "page.html", None, _PAGE_BYTES, page_of_links=True)
            text = path.read_bytes().decode("utf-8", "replace")
        parser = _Links()
        parser.feed(text)
        found = []
        for href in parser.found:
            with suppress(ValueError):
                found.append(urllib.parse.urldefrag(urllib.parse.urljoin(url, href.strip())).url)
        return found

    def file(self, page: Page, url: str) -> Download:
        """Return a downloaded file that could be read, in its place."""
        name = _name_of(url)
        expected = self.hashes.get(name, "").casefold() or self.record.get(url, {}).get("sha256", "")
        target = self.folder / name
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self.folder) as place:
            path = self._download(page, url, Path(place), name, expected or None, self.limits.largest)
            release = read(path)
            data = path.read_bytes()
        entry = {"file": name, "sha256": release.sha256, "page": page.name, "layout": release.layout}
        unchanged = target.is_file() and target.read_bytes() == data
        if not unchanged:
            write_atomically(target, data)
        self.record[url] = entry | {
            "fetched": self.record.get(url, {}).get("fetched", f"{datetime.date.today():%Y-%m-%d}")
        }
        text = json.dumps({"files": self.record}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        write_atomically(self.folder / _RECORD, text)
        told = "unchanged" if unchanged else f"{release.publisher}, {release.edition}"
        return Download(page.name, url, target, release.sha256, told)

    def _download(
        self,
        page: Page,
        url: str,
        place: Path,
        name: str,
        expected: str | None,
        largest: int,
        *,
        page_of_links: bool = False,
    ) -> Path:
        """Download an address through pooch, which checks the hash and tries again; every failure is one short reason."""
        import pooch
        import requests

        fetcher = _Downloader(page, self.limits, largest, self.proxies, page_of_links=page_of_links)
        fetcher.permitted(url)
        pooch.get_logger().setLevel("ERROR")
        keeper = pooch.create(
            path=place,
            base_url="",
            registry={name: f"sha256:{expected}" if expected else None},
            urls={name: url},
            retry_if_failed=self.limits.retries,
        )
        try:
            return Path(keeper.fetch(name, downloader=fetcher))
        except requests.exceptions.HTTPError as error:
            status = error.response.status_code if error.response is not None else "an error"
            raise _RefusedError(f"the server answers {status}") from None
        except requests.exceptions.Timeout:
            raise _RefusedError(f"the server did not answer within {self.limits.wait:g} seconds") from None
        except requests.exceptions.TooManyRedirects:
            raise _RefusedError("the server sends from one address to another without end") from None
        except requests.exceptions.RequestException as error:
            if fetcher.late.is_set():
                raise _RefusedError(f"it took more than {self.limits.whole:g} seconds") from None
            broken = isinstance(error, requests.exceptions.ChunkedEncodingError)
            reason = "the connection broke off before the file was whole" if broken else "no connection"
            raise _RefusedError(reason) from None
        except ValueError as error:
            if "hash" in str(error).casefold():
                raise _RefusedError(
                    f"its SHA-256 is not {(expected or '')[:12]}..., which was expected: the file is damaged or was changed"
                ) from None
            raise _RefusedError("the address is not valid") from None


class _Downloader:
    """What pooch calls to get a file: its own way over HTTP, within limits."""

    def __init__(
        self,
        page: Page,
        limits: Limits,
        largest: int,
        proxies: dict[str, str] | None,
        *,
        page_of_links: bool,
    ) -> None:
        self.page, self.limits, self.largest, self.proxies = page, limits, largest, proxies
        self.page_of_links = page_of_links
        self.late = threading.Event()

    def permitted(self, url: str) -> None:
        """Refuse an address that is neither the page's own host nor an official one, or not as safe as the page's."""
        own, parts = urllib.parse.urlsplit(self.page.url), urllib.parse.urlsplit(url)
        host = parts.hostname or ""
        official = any(
            host == s.lstrip(".") or host.endswith(s if s[0] == "." else f".{s}") for s in _OFFICIAL
        )
        if parts.scheme not in ("https", own.scheme) or parts.scheme not in ("http", "https"):
            raise _RefusedError(f"{_shown(url)} is no https address")
        if not official and parts.netloc != own.netloc:
            raise _RefusedError(f"{_shown(url)} leads away from the publisher")

    def __call__(self, url: str, output_file: str, pooch: Any, check_only: bool = False) -> None:
        from pooch import HTTPDownloader

        hops = 0
        timers: list[threading.Timer] = []
        answers: list[Any] = []

        def look(response: Any, *_: object, **__: object) -> None:
            nonlocal hops
            answers.append(response)
            if response.is_redirect:
                hops += 1
                if hops > _HOPS:
                    raise _RefusedError("the server sends from one address to another without end")
                self.permitted(urllib.parse.urljoin(response.url, response.headers.get("location", "")))
                return
            if 400 <= response.status_code < 500 and response.status_code not in (408, 429):
                raise _RefusedError(f"the server answers {response.status_code}")
            response.raise_for_status()
            kind = response.headers.get("content-type", "").casefold()
            if kind.startswith(("text/html", "application/xhtml")) is not self.page_of_links:
                wanted = "a web page" if self.page_of_links else "a file"
                raise _RefusedError(
                    f"{wanted} is expected, but the server sends {kind[:60] or 'something unnamed'!r}"
                )
            size = response.headers.get("content-length", "")
            if size.isdigit() and int(size) > self.largest:
                raise _RefusedError(
                    f"it has {int(size):,} bytes; more than {self.largest:,} are not downloaded"
                )
            timers.append(threading.Timer(self.limits.whole, self._end, [response]))
            timers[-1].daemon = True
            timers[-1].start()

        try:
            with open(output_file, "wb") as stream:
                HTTPDownloader(
                    timeout=(self.limits.connect, self.limits.wait),
                    proxies=self.proxies,
                    hooks={"response": look},
                    headers={"User-Agent": "healthdevo (reads official statistics)"},
                )(url, _Limited(stream.write, self.largest, self.late, self.limits.whole), pooch)
        finally:
            for timer in timers:
                timer.cancel()
            for answer in answers:
                answer.close()

    def _end(self, response: Any) -> None:
        """Wake a download that takes too long, be it a byte a second."""
        self.late.set()
        with suppress(Exception):
            response.raw.shutdown()


class _Limited:
    """A file that takes no more than it may, and not for longer."""

    def __init__(
        self, write: Callable[[bytes], object], largest: int, late: threading.Event, whole: float
    ) -> None:
        self._write, self._left, self._largest, self._late, self._whole = write, largest, largest, late, whole

    def write(self, data: bytes) -> int:
        """Write bytes, or refuse them."""
        if self._late.is_set():
            raise _RefusedError(f"it took more than {self._whole:g} seconds")
        self._left -= len(data)
        if self._left < 0:
            raise _RefusedError(f"it has more than {self._largest:,} bytes, which are not downloaded")
        self._write(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: the file is closed at the end."""


def _name_of(url: str) -> str:
    """Return a name for a file that can lead nowhere else, whatever the address says."""
    parts = urllib.parse.urlsplit(url)
    last = urllib.parse.unquote(parts.path).replace("\\", "/").rsplit("/", 1)[-1]
    query = urllib.parse.parse_qs(parts.query).get("uri", [""])[0].rsplit("/", 1)[-1]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", query or last).lstrip("._-")[-120:]
    if not plain.casefold().endswith(_ENDINGS):
        raise _RefusedError(f"its name does not end in one of {', '.join(_ENDINGS)}")
    return plain
