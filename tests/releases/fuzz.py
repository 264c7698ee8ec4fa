"""Mutated releases by the thousand: each ends in a right table or in a clear error that names the file (``make fuzz``; not part of the tests).

``python tests/releases/fuzz.py [texts] [workbooks] [layout ...]``; HEALTHDEVO_FUZZ_SEED begins elsewhere. ``texts`` are so many mutated texts and grids,
``workbooks`` so many mutated workbooks, of each layout. Grids are what a workbook has become once opened, and
mutated as such; workbooks are mutated in their bytes, in the text of their parts, or in their cells, and opened by a process of its own: a fork of
a small one that waits for them, within the same limits, and every fiftieth time the process that users have.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import os
import random
import re
import resource
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from nursery import Nursery
from samples import TEXTS, sheets_of_deaths
from writers import (
    BOOKED_FIGURES,
    NUMBERED,
    PLAIN,
    PLAIN_FIGURES,
    as_csv,
    outturn,
    provider_csv,
    providers_of,
    time_series,
    xlsx,
)

from healthdevo.errors import ReleaseError
from healthdevo.releases import Release, opening, read_bytes
from healthdevo.releases.opening import Opened, Sheet, open_bytes
from healthdevo.releases.reading import recognise

SLOW, LARGE = 10.0, 1 << 30
PIECES = (
    "", " ", ",", ",,", '"', "\n", "\r\n", "\t", ";", "-", "−", "N/A", "TOTAL", "Total", "0", "1", "999999999999999999999", "1e308", "nan", "inf",
    "1,000", "0x10", "=1+1", "<script>", "../../etc", "\ufeff", "\u202e", "\u0000", "é", "𝟙", "２", "29 February 2025", "MSitAE-JUNE-2025", "A" * 5000,
)  # fmt: skip
CELLS = (
    "",
    "-",
    "N/A",
    0.0,
    -1.0,
    0.5,
    1e300,
    1e16,
    "1,000",
    "TOTAL",
    "ENGLAND",
    "E0101",
    "RJ1",
    "[x]",
    "…",
    datetime.date(2020, 2, 29),
    "Period",
    "A" * 300,
)


def mutated_text(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice((1, 1, 1, 2, 5, 30))):
        place = chance.randrange(len(text) + 1)
        kind = chance.randrange(7)
        if kind == 0:
            text = text[:place] + chance.choice(PIECES) + text[place:]
        elif kind == 1:
            text = text[:place] + text[place + chance.randrange(1, 40) :]
        elif kind == 2:
            text = text[:place]
        elif kind in (3, 4):
            lines = text.split("\n")
            one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
            if kind == 3:
                lines[one], lines[two] = lines[two], lines[one]
            else:
                lines.insert(one, lines[two])
            text = "\n".join(lines)
        else:
            cells = re.split(r"(,)", text)
            cells[chance.randrange(len(cells))] = chance.choice(PIECES)
            text = "".join(cells)
        if not text:
            break
    return text


def mutated_grid(sheets: tuple[Sheet, ...], chance: random.Random) -> tuple[Sheet, ...]:
    grids = [(s.name, [list(row) for row in s.rows]) for s in sheets]
    for _ in range(chance.choice((1, 1, 1, 2, 5, 30))):
        _, rows = chance.choice(grids)
        if not rows:
            continue
        row = chance.choice(rows)
        kind = chance.randrange(6)
        if kind == 0 and row:
            row[chance.randrange(len(row))] = chance.choice(CELLS)
        elif kind == 1:
            rows.remove(row)
        elif kind == 2:
            rows.insert(chance.randrange(len(rows)), list(row))
        elif kind == 3 and row:
            del row[chance.randrange(len(row)) :]
        elif kind == 4 and row:
            row.insert(chance.randrange(len(row)), chance.choice(CELLS))
        elif kind == 5:
            place = chance.randrange(20)
            for each in rows:
                if place < len(each):
                    del each[place]
    if chance.randrange(10) == 0:
        grids = grids[: chance.randrange(len(grids) + 1)]
    return tuple(Sheet(n, r, range(1, len(r) + 1)) for n, r in grids)


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    content = bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 100))):
        place = chance.randrange(len(content))
        kind = chance.randrange(4)
        if kind == 0:
            content[place] = chance.randrange(256)
        elif kind == 1:
            del content[place : place + chance.randrange(1, 200)]
        elif kind == 2:
            content[place:place] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20)))
        else:
            content[place : place + 4] = chance.choice(
                (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f")
            )
        if not content:
            break
    return bytes(content)


def sound(release: Release) -> None:
    """Assert that what came out is a whole table: nothing missing that must be there, nothing negative, totals met."""
    assert all(check.ok for check in release.checks)
    for name, frame in release.tables.items():
        assert len(frame), name
        if name == "emergency_provider_month":
            assert (
                not frame[["provider_code", "month", "department_type", "attendances", "admissions_via_ae"]]
                .isna()
                .any()
                .any()
            )
            assert not frame.duplicated(["provider_code", "month", "department_type"]).any()
            assert (frame["attendances"] >= 0).all()
        if name == "council_outturn":
            assert not frame.duplicated(["council_code", "financial_year_start", "service"]).any()
            assert frame["spending"].notna().all()
        if name == "emergency_month":
            assert not frame.duplicated(["area_code", "month", "department_type"]).any()


class Tally:
    def __init__(self) -> None:
        self.right = self.refused = 0
        self.slowest = 0.0

    def one(self, work: object, seed: str) -> None:
        start, began = time.process_time(), time.monotonic()
        try:
            sound(work())  # type: ignore[operator]
            self.right += 1
        except ReleaseError as error:
            message = str(error)
            assert message.startswith("fuzzed"), (seed, message[:300])
            assert len(message) < 4000, (seed, len(message))
            self.refused += 1
        except BaseException:
            sys.stderr.write(f"\nfailed at {seed}\n")
            raise
        # of the processor, so that a busy machine fails nothing; what waits for something would take far longer by the clock
        took = time.process_time() - start
        assert took < SLOW, (seed, took)
        assert time.monotonic() - began < 6 * SLOW, (seed, time.monotonic() - began)
        self.slowest = max(self.slowest, took)

    def tell(self, what: str) -> None:
        print(
            f"{what}: {self.right:,} read, {self.refused:,} refused, {self.slowest:.2f} s of processor at most",
            flush=True,
        )


def mutated_parts(data: bytes, chance: random.Random) -> bytes:
    """Return a workbook that is a whole archive, with the text of one of its parts mutated."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = chance.choice([n for n in old.namelist() if n.startswith("xl/")])
        for name in old.namelist():
            content = old.read(name)
            if name == chosen:
                content = mutated_text(content.decode(), chance).encode("utf-8", "replace")
            new.writestr(name, content)
    return stream.getvalue()


def mutated_cells(sheets: Mapping[str, Sequence[Sequence[object]]], chance: random.Random) -> bytes:
    """Return a whole workbook with some of its cells, rows and columns mutated."""
    opened = tuple(
        Sheet(n, [tuple(row) for row in rows], range(1, len(rows) + 1)) for n, rows in sheets.items()
    )  # type: ignore[arg-type]
    mutated = {s.name: [["".join(c for c in v if c.isprintable()) if isinstance(v, str) else v for v in row] for row in s.rows] for s in mutated_grid(opened, chance)}  # fmt: skip
    return xlsx(mutated or {"Sheet1": [[]]})


def samples() -> tuple[dict[str, list[str]], dict[str, Mapping[str, Sequence[Sequence[object]]]]]:
    """Return texts, and sheets of workbooks, in every layout that there is a reader for."""
    months = [datetime.date(2020, m, 1) for m in range(6, 10)]
    early = [datetime.date(2015, m, 1) for m in range(6, 9)]
    books: dict[str, Mapping[str, Sequence[Sequence[object]]]] = {
        "series": time_series(months),
        "series of 2015": time_series(early),
        "outturn": outturn(),
        "providers": providers_of(),
        "providers of 2015": providers_of("August 2015", era="2015"),
        "providers since 2020": {
            **providers_of("May 2022", era="2019"),
            "Non-Booked Data": providers_of("May 2022", era="2019")["Provider Level Data"],
        },
        "ages": sheets_of_deaths(),
    }
    texts = {
        "provider file": [
            provider_csv(),
            provider_csv("MAY-2020", headings=PLAIN, figures=PLAIN_FIGURES),
            provider_csv("MAY-2019", headings=NUMBERED, figures=PLAIN_FIGURES),
            provider_csv(figures=BOOKED_FIGURES, total=None),
        ],
        **{name: [text] for name, text in TEXTS.items()},
        "providers as text": [
            as_csv(providers_of(era=era)["Provider Level Data"]) for era in ("2015", "2017", "2019")
        ],
        "ages as text": [as_csv(sheets_of_deaths()["Persons"])],
    }
    for name in (
        "fingertips",
        "population",
        "deprivation",
        "waiting times",
        "cancer",
        "life expectancy",
        "observations",
        "provider file",
    ):
        text = TEXTS.get(name, provider_csv())
        books[f"{name} workbook"] = {"Table": [["Title"], [], *csv.reader(io.StringIO(text))]}
    return texts, books


def main(number: int = 20_000, workbooks: int = 1_000, *layouts: str) -> None:
    begin = int(os.environ.get("HEALTHDEVO_FUZZ_SEED", "1"))
    nursery = Nursery(opening._SECONDS, opening._MEMORY, opening._CELLS)
    texts, books = samples()
    for name, files in texts.items():
        if layouts and name not in layouts:
            continue
        tally = Tally()
        for seed in range(begin, begin + number):
            chance = random.Random(seed)
            text = mutated_text(chance.choice(files), chance)
            data = text.encode(chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")), "replace")
            tally.one(lambda data=data: read_bytes(data, "fuzzed.csv"), f"text {name} {seed}")
        tally.tell(f"{number:,} texts like {name}")
    for name, sheets in books.items():
        if layouts and name not in layouts:
            continue
        book = xlsx(sheets)
        opened = open_bytes(book, "fuzzed.xlsx")
        tally = Tally()
        for seed in range(begin, begin + number):
            chance = random.Random(seed)
            one = Opened("fuzzed.xlsx", opened.sha256, "workbook", mutated_grid(opened.sheets, chance))
            tally.one(lambda one=one: recognise(one).read(one), f"grid {name} {seed}")
        tally.tell(f"{number:,} grids like {name}")
        tally, usual = Tally(), opening._apart
        for seed in range(begin, begin + workbooks):
            chance = random.Random(seed)
            opening._apart = nursery.apart if seed % 50 else usual
            data = (
                chance.choice((mutated_bytes, mutated_parts))(book, chance)
                if chance.randrange(2)
                else mutated_cells(sheets, chance)
            )
            tally.one(lambda data=data: read_bytes(data, "fuzzed.xlsx"), f"workbook {name} {seed}")
        opening._apart = usual
        tally.tell(f"{workbooks:,} workbooks like {name}")
    used = (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        << 10
    )
    assert used < LARGE, f"{used:,} bytes of memory"
    print(f"at most {used >> 20} MB of memory")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(*map(int, sys.argv[1:3]), *sys.argv[3:])
