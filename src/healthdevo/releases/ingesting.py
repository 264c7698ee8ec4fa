"""A user's data folder made of published files: tables in the project's columns, with a descriptor that says whose figures they are."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.errors import ReleaseError, TableError
from healthdevo.files import harmless, write_atomically
from healthdevo.releases.joining import Candidate, Joined, Revision, join_periods
from healthdevo.releases.reading import read
from healthdevo.releases.regions import area_rows
from healthdevo.releases.release import Release

__all__ = ["Ingested", "Table", "ingest"]

_ENGLAND = "E92000001"
_DESCRIPTOR = "datapackage.json"
_PERIODS = {
    "emergency_provider_month": "month",
    "emergency_month": "month",
    "emergency_england_month": "month",
    "waiting_list_provider_month": "month",
    "cancer_provider_month": "month",
    "council_outturn": "financial_year_start",
}
_LATER = ("waiting_list_provider_month", "cancer_provider_month")
"""Tables whose months come out two months later; the others come out one month later."""
_GAP = re.compile(r"[A-Z][a-z]+ \d{4}(?: to [A-Z][a-z]+ \d{4} are| is) not held\.")
"""What a table says of months that it lacks; it is said anew of what it holds now."""
_SHOWN = 5


@dataclass(frozen=True)
class Table:
    """What became of one table.

    Parameters
    ----------
    name : str
        The table.
    rows : int
        Rows it has now.
    joined : Joined
        What was taken from where.
    """

    name: str
    rows: int
    joined: Joined


@dataclass(frozen=True)
class Ingested:
    """What was read, reconciled, revised and left out.

    Parameters
    ----------
    folder : Path
        The data folder.
    releases : tuple of Release
        The files read.
    tables : tuple of Table
        The tables written.
    refused : tuple of str
        Files that could not be used, each with the reason.
    left : tuple of str
        Rows left out, each with the reason.
    """

    folder: Path
    releases: tuple[Release, ...]
    tables: tuple[Table, ...]
    refused: tuple[str, ...] = ()
    left: tuple[str, ...] = field(default_factory=tuple)

    @property
    def text(self) -> str:
        """The report, for people."""
        lines = [
            f"{len(self.releases)} files read" + (f", {len(self.refused)} refused" if self.refused else "")
        ]
        for one in self.releases:
            exact = sum(abs(c.difference) < 1e-6 for c in one.checks)
            rest = [c for c in one.checks if abs(c.difference) >= 1e-6 and not c.known]
            told = f"{exact} totals agree to the unit" if one.checks else "no totals to reconcile with"
            if rest:
                told = f"{exact} totals agree to the unit, {len(rest)} within rounding (at most {max(abs(c.difference) for c in rest):,.3g})"
            untested = "; this layout was not tested on files as published" if not one.tested else ""
            lines.append(
                f"  {one.file}: {one.publisher}, {one.edition}; {told}{untested}; sha256 {one.sha256[:12]}"
            )
            lines += [f"    {note}" for note in one.notes]
            lines += [f"    {c.what}: {c.known}" for c in one.checks if c.known]
        lines += [f"  refused: {reason}" for reason in self.refused]
        for table in self.tables:
            lines.append(f"{table.name}: {table.rows:,} rows")
            joined = table.joined
            for what, periods in (("added", joined.added), ("replaced by a newer edition", joined.replaced)):
                if periods:
                    lines.append(f"  {what}: {_listed(periods)}")
            lines += _revised("revised", joined.revisions)
            reasons: dict[str, list[object]] = {}
            for candidate, when, why, _ in joined.left:
                reasons.setdefault(f"{candidate.file} not used ({why})", []).append(when)
            lines += [f"  {reason}: {_listed(whens)}" for reason, whens in reasons.items()]
            lines += _revised(
                "differs in what was not used", [r for *_, changes in joined.left for r in changes]
            )
        lines += [f"left out: {reason}" for reason in self.left]
        lines.append(f"folder: {self.folder}")
        return "\n".join(lines)


def _revised(what: str, changes: Sequence[Revision]) -> list[str]:
    if not changes:
        return []
    largest = sorted(changes, key=lambda r: -r.size)[:_SHOWN]
    more = f"; and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    return [f"  {what}: {len(changes)} figures, the largest {'; '.join(map(str, largest))}{more}"]


def _period(when: object) -> str:
    return f"{when:%B %Y}" if isinstance(when, pd.Timestamp) else f"{when}/{(int(str(when)) + 1) % 100:02d}"


def _listed(periods: Sequence[object]) -> str:
    shown = [_period(p) for p in sorted(set(periods), key=str)]
    return ", ".join(shown) if len(shown) <= 4 else f"{len(shown)} periods from {shown[0]} to {shown[-1]}"


def ingest(
    files: Sequence[str | os.PathLike[str]],
    into: str | os.PathLike[str],
    *,
    append: bool = False,
    replace: bool = False,
    today: datetime.date | None = None,
) -> Ingested:
    """Build a folder of own tables from published files.

    Every file must be usable, or nothing is written. Of several editions of a period the newest wins. What stands in the folder already counts as
    an edition, and so does the embedded table.

    Parameters
    ----------
    files : sequence of path
        Published files, in any order.
    into : path
        The folder; it is made where it is missing. Its tables appear whole or not at all.
    append : bool, default False
        Whether each table begins with the rows that are there (in the folder, or else embedded), to which new periods are added. Without it a table
        holds what the files hold.
    replace : bool, default False
        Whether the files go before what is there even where they look older (files of one month do not say when they were published).
    today : date, optional
        By default the day on which this runs.

    Returns
    -------
    Ingested
        The report.

    Raises
    ------
    ReleaseError
        When a file can't be used, or none is named.
    TableError
        When the tables made of them would break the rules of their descriptor.
    """
    if not files:
        raise ReleaseError("name the files to take in")
    releases, refused = [], []
    for path in files:
        try:
            one = read(path)
        except ReleaseError as error:
            refused.append(str(error))
            continue
        if set(one.tables) & set(_PERIODS):
            releases.append(one)
        elif whys := [note for note in one.notes if note.startswith("no table")]:
            refused.append(f"{one.file}: {'; '.join(whys)}")
        else:
            refused.append(
                f"{one.file}: it is {one.layout}, which no table of the project takes; healthdevo.releases.read gives its rows"
            )
    if refused:
        raise ReleaseError(
            "\n".join(
                [
                    f"nothing was written, because {len(refused)} of {len(files)} files can't be used:",
                    *refused,
                ]
            )
        )
    folder = Path(into)
    if folder.exists() and not folder.is_dir():
        raise ReleaseError(f"{folder} is a file: name a folder to write into")
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    if folder == tables.root().resolve():
        raise ReleaseError(f"{folder} is the folder of the embedded tables: name another")
    with tempfile.TemporaryDirectory(prefix=".ingest-", dir=folder.parent) as place:
        stage = Path(place) / "tables"
        shutil.copytree(folder, stage, ignore=shutil.ignore_patterns(".*"))
        result = _build(
            releases, stage, folder, append=append, replace=replace, today=today or datetime.date.today()
        )
        for path in sorted(stage.iterdir(), key=lambda p: p.name == _DESCRIPTOR):
            if path.suffix == ".csv" or path.name == _DESCRIPTOR:
                write_atomically(folder / path.name, path.read_bytes())
        for path in folder.glob("*.csv.gz"):
            if (folder / path.name.removesuffix(".gz")).is_file():
                path.unlink()
    return result


def _published(release: Release) -> datetime.date:
    """Return when a release came out: as it says, or else the middle of the month, one or two after its own, in which such files come out."""
    if release.published:
        return release.published
    name, frame = next((n, f) for n, f in release.tables.items() if n in _PERIODS)
    if "month" in frame:
        last = frame["month"].max() + pd.DateOffset(months=2 if name in _LATER else 1)
        return datetime.date(last.year, last.month, 10)
    return datetime.date(int(frame["financial_year_start"].max()) + 2, 1, 1)


def _load(name: str, stage: Path) -> pd.DataFrame:
    """Return the folder's own table, or else the embedded one, which is read once for all folders."""
    own = any((stage / f"{name}{ending}").is_file() for ending in (".csv", ".csv.gz"))
    return tables.load(name, source=stage if own else tables.root())


def _base(name: str, stage: Path) -> tuple[pd.DataFrame, datetime.date]:
    """Return the table that is there, and when it came out."""
    frame = _load(name, stage)
    digits = re.findall(r"\d{4}(?:-\d{2})?", frame.attrs["origin"].release)
    year, _, month = (digits[-1] if digits else "1900").partition("-")
    last = datetime.date(int(year), int(month or 12), 28)
    return frame, last


def _build(
    releases: Sequence[Release],
    stage: Path,
    folder: Path,
    *,
    append: bool,
    replace: bool,
    today: datetime.date,
) -> Ingested:
    left: list[str] = []
    made: list[Table] = []
    new: dict[str, pd.DataFrame] = {}
    offered: dict[str, dict[object, list[Candidate]]] = {}
    providers = _load("emergency_provider", stage)
    councils = _load("council", stage)
    for release in releases:
        told = release.tables.get("emergency_provider")
        if told is not None:
            providers = _providers(providers, told, release, left)
        if "council_outturn" in release.tables:
            councils = _councils(councils, release.tables["council_outturn"], release)
    for release in releases:
        for name, rows in release.tables.items():
            if name not in _PERIODS:
                continue
            ready = _ready(name, rows, providers, councils, release, left, stage)
            rank = (
                0
                if name != "emergency_month" and name != "emergency_england_month"
                else int("emergency_provider" not in release.tables)
            )
            for when, part in ready.groupby(_PERIODS[name]):
                one = Candidate(
                    release.file,
                    release.edition,
                    _published(release),
                    part,
                    rank * 2 + ("revised" in release.edition),
                )
                offered.setdefault(name, {}).setdefault(when, []).append(one)
    # emergency_provider_month comes before the tables that are added up from it
    for name in (n for n in _PERIODS if n in offered):
        base, released = _base(name, stage)
        key = _key(name)
        whole = base
        if name == "emergency_month":
            base = base[base["area_code"] == _ENGLAND]
        joined = join_periods(
            base,
            offered[name],
            period=_PERIODS[name],
            key=key,
            released=released,
            keep=append,
            replace=replace,
        )
        frame = joined.frame
        if name == "emergency_month":
            smaller = whole[whole["area_code"] != _ENGLAND]
            used = made[0].joined.used if made and made[0].name == "emergency_provider_month" else {}
            fresh = [area_rows(new["emergency_provider_month"], providers, when) for when in used]
            rest = [smaller[~smaller["month"].isin(list(used))]] if append else []
            frame = (
                pd.concat([*rest, *fresh, frame], ignore_index=True)[list(whole.columns)]
                .sort_values(list(key))
                .reset_index(drop=True)
            )
        made.append(Table(name, len(frame), joined))
        if joined.used or not append or (name == "emergency_month" and "emergency_provider_month" in new):
            new[name] = _typed(frame, whole)
    if "emergency_provider_month" in new:
        seen = new["emergency_provider_month"].groupby("provider_code")["month"].agg(["min", "max"])
        providers = providers.copy()
        first, last = (providers["provider_code"].map(seen[c]) for c in ("min", "max"))
        providers["first_month"] = pd.concat([providers["first_month"], first], axis=1).min(axis=1)
        providers["last_month"] = pd.concat([providers["last_month"], last], axis=1).max(axis=1)
        new["emergency_provider"] = providers
    if "council_outturn" in new:
        new["council"] = councils
    entries: dict[str, dict[str, object]] = {}
    names = sorted(new, key=lambda n: n not in ("emergency_provider", "council"))
    for name in names:
        if name in ("emergency_provider", "council"):
            base = _load(name, stage)
            if base.equals(new[name]):
                continue
        origin = tables.origin(name, source=stage if append else None)
        # the tables that keys lead to stand in the folder before those that have the keys
        tables.save(new[name], name, folder=stage)
        gone = stage / f"{name}.csv.gz"
        gone.unlink(missing_ok=True)
        entries[name] = _entry(name, releases, new[name], made, origin, append=append)
    _describe(stage, entries)
    for name in names:
        tables.load(name, source=stage)
    return Ingested(folder, tuple(releases), tuple(made), (), tuple(dict.fromkeys(left)))


def _key(name: str) -> list[str]:
    return {
        "emergency_provider_month": ["provider_code", "month", "department_type"],
        "emergency_month": ["area_code", "month", "department_type"],
        "emergency_england_month": ["month"],
        "waiting_list_provider_month": ["provider_code", "month"],
        "cancer_provider_month": ["provider_code", "month", "standard"],
        "council_outturn": ["council_code", "financial_year_start", "service"],
    }[name]


def _typed(frame: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the types of columns of another."""
    return frame.astype({c: like[c].dtype for c in like.columns})


def _safe(text: str) -> str:
    """Return a name from data as harmless text of one line."""
    return harmless(" ".join("".join(c if c.isprintable() else " " for c in text).split())[:200])


def _providers(known: pd.DataFrame, told: pd.DataFrame, release: Release, left: list[str]) -> pd.DataFrame:
    """Return the providers with those that a release adds; one whose region is not known can't be added."""
    month = release.tables["emergency_provider_month"]
    with_figures = told[
        told["provider_code"].isin(month["provider_code"])
        & ~told["provider_code"].isin(known["provider_code"])
    ]
    regions = _regions(month["month"].iloc[0])
    rows = []
    for each in with_figures.itertuples():
        region = regions.get(_named(str(each.parent)))
        if region is None:
            left.append(
                f"{release.file}: provider {each.provider_code} ({_safe(str(each.provider_name))}), because its region {str(each.parent)[:60]!r} is not known"
            )
            continue
        when = month["month"].iloc[0]
        rows.append(
            {
                "provider_code": each.provider_code,
                "provider_name": _safe(str(each.provider_name)),
                "nhs_region_code": region,
                "icb_code": None,
                "first_month": when,
                "last_month": when,
                "region_basis": "published",
            }
        )
    if not rows:
        return known
    more = _typed(pd.DataFrame(rows, columns=known.columns), known)
    return pd.concat([known, more], ignore_index=True).sort_values("provider_code").reset_index(drop=True)


def _regions(month: pd.Timestamp) -> dict[str, str]:
    """Return the NHS region that each parent organisation of a provider file stands for: since June 2026 files name boards in place of regions."""
    area, inside = (tables.load(n, source=tables.root()) for n in ("area", "area_membership"))
    regions = area[area["kind"] == "nhs_region"]
    found = dict(zip(regions["area_name"].map(_named), regions["area_code"], strict=True))
    boards = area[(area["kind"] == "icb") & ~(area["valid_from"] > month) & ~(area["valid_to"] < month)]
    where = inside[(inside["container_kind"] == "nhs_region") & ~(inside["valid_to"] < month)]
    region = where.drop_duplicates("member_code").set_index("member_code")["container_code"]
    for code, name in zip(boards["area_code"], boards["area_name"], strict=True):
        if code in region.index:
            found[_named(str(name))] = str(region[code])
    return found


def _named(text: str) -> str:
    """Return the name of a region or board in the one form in which such names are compared."""
    plain = " ".join(text.casefold().replace("&", " and ").split())
    return re.sub(r"^nhs (?:england )?|(?: integrated care board| icb| nhs region)$", "", plain).strip()


def _councils(known: pd.DataFrame, rows: pd.DataFrame, release: Release) -> pd.DataFrame:
    fresh = rows[~rows["council_code"].isin(known["council_code"])].drop_duplicates("council_code")
    if fresh.empty:
        return known
    codes = set(tables.load("area", source=tables.root())["area_code"])
    more = pd.DataFrame(
        {
            "council_code": fresh["council_code"],
            "council_name": [_safe(n) for n in fresh["council_name"]],
            "council_class": fresh["council_class"],
            "area_code": [c if c in codes else None for c in fresh["area_code"]],
        }
    )
    return (
        pd.concat([known, _typed(more, known)], ignore_index=True)
        .sort_values("council_code")
        .reset_index(drop=True)
    )


def _ready(
    name: str,
    rows: pd.DataFrame,
    providers: pd.DataFrame,
    councils: pd.DataFrame,
    release: Release,
    left: list[str],
    stage: Path,
) -> pd.DataFrame:
    """Return the rows of a release as the table has them."""
    if name == "emergency_provider_month":
        early = rows["month"] < pd.Timestamp("2016-04-01")
        if early.any():
            left.append(f"{release.file}: months before April 2016, with which the table of providers begins")
        return rows[~early & rows["provider_code"].isin(providers["provider_code"])]
    if name == "waiting_list_provider_month":
        return rows.assign(provider_name=[_safe(n) for n in rows["provider_name"]])
    if name == "council_outturn":
        ready = rows.drop(columns=["council_name", "council_class", "area_code"])
        ready["area_code"] = ready["council_code"].map(councils.set_index("council_code")["area_code"])
        base = _load(name, stage)
        there = base.drop_duplicates(["council_code", "financial_year_start"]).set_index(
            ["council_code", "financial_year_start"]
        )["population"]
        keys = pd.MultiIndex.from_frame(ready[["council_code", "financial_year_start"]])
        population = pd.Series(there.reindex(keys).to_numpy(dtype=float), index=ready.index)
        people = _load("population_year", stage).set_index(["area_code", "year"])["persons"]
        more = people.reindex(
            pd.MultiIndex.from_frame(ready[["area_code", "financial_year_start"]])
        ).to_numpy(dtype=float)
        since = ready["financial_year_start"] >= 2010
        ready["population"] = population.fillna(pd.Series(more, index=ready.index)).where(since)
        ready["spending_per_head"] = (ready["spending"] / ready["population"]).round(2)
        return ready
    return rows


def _entry(
    name: str,
    releases: Sequence[Release],
    frame: pd.DataFrame,
    made: Sequence[Table],
    origin: tables.Origin,
    *,
    append: bool,
) -> dict[str, object]:
    one = next((t for t in made if t.name == name), None)
    files = {c.file for c in one.joined.used.values()} if one else {r.file for r in releases}
    used = [r for r in releases if r.file in files]
    editions = list(dict.fromkeys(r.edition for r in used))
    if len(editions) > 3:
        editions = [editions[0], f"{len(editions) - 2} more", editions[-1]]
    edition = "; ".join(dict.fromkeys([*([origin.edition] if append or one is None else []), *editions]))
    period = _PERIODS.get(name)
    coverage = (
        f"{_period(frame[period].min())} to {_period(frame[period].max())}" if period else origin.coverage
    )
    latest = max((_published(r) for r in used), default=None)
    return {
        "name": name,
        "publisher": origin.publisher,
        "title": origin.title,
        "edition": edition,
        "release": f"{latest:%Y-%m}" if latest else origin.release,
        "coverage": f"England, {coverage}" if period else coverage,
        "licenses": [{"title": origin.licence}],
        "sources": [
            {"title": t}
            for t in dict.fromkeys([*origin.sources, *(f"{r.publisher}, {r.title}" for r in used)])
        ],
        "caveats": list(
            dict.fromkeys([*(c for c in origin.caveats if not _GAP.fullmatch(c)), *_breaks(name, frame)])
        ),
        "files": [{"file": r.file, "edition": r.edition, "sha256": r.sha256} for r in used],
    }


def _breaks(name: str, frame: pd.DataFrame) -> list[str]:
    """Return what a reader must know of periods that the embedded table did not have."""
    found = []
    if _PERIODS.get(name) == "month":
        there = pd.PeriodIndex(frame["month"].unique(), freq="M")
        lacking = pd.period_range(there.min(), there.max(), freq="M").difference(there)
        runs = np.split(lacking, np.flatnonzero(np.diff(lacking.asi8) > 1) + 1) if len(lacking) else []
        for run in (pd.PeriodIndex(r) for r in runs):
            first, last = (f"{p.to_timestamp():%B %Y}" for p in (run[0], run[-1]))
            found.append(f"{first} to {last} are not held." if first != last else f"{first} is not held.")
    if name == "waiting_list_provider_month":
        found.append(
            "Months taken in from NHS England's extracts hold all providers, also those outside the NHS."
        )
    if name == "emergency_month" and frame["month"].max() >= pd.Timestamp("2026-04-01"):
        found.append(
            "From April 2026 there are 36 boards, and three of the old ones are split. Figures of boards go on for the boards of 2022 to 2026, by the "
            "providers known until then; new providers are in no board."
        )
    return found


def _describe(stage: Path, entries: Mapping[str, Mapping[str, object]]) -> None:
    path = stage / _DESCRIPTOR
    there: list[dict[str, object]] = []
    if path.is_file():
        try:
            there = [
                e
                for e in json.loads(path.read_text(encoding="utf-8"))["resources"]
                if e.get("name") not in entries
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TableError(f"{path.name} of the folder can't be read: {error}") from None
    content = {"resources": [*there, *entries.values()]}
    write_atomically(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
