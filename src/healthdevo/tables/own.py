"""The folder of a user's own tables: which file stands for which table, who made it, and files that stand for none."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from healthdevo.errors import TableError
from healthdevo.tables.descriptor import Package, Table
from healthdevo.tables.folder import DESCRIPTOR

__all__ = ["Made", "OwnFolder", "lenient", "made", "own_folder", "own_tables", "strangers", "table_file"]

_ENDINGS = (".csv", ".csv.gz")
_BESIDE = ("readme", "licence", "license", "notes")
_SHEETS = (".xls", ".xlsx", ".xlsm", ".xlsb", ".ods")


@dataclass(frozen=True, slots=True)
class Made:
    """What the descriptor of a folder of own tables says of one of them; empty where it says nothing.

    Parameters
    ----------
    publisher, title, edition, release, coverage : str
        As in the descriptor of the embedded tables.
    licence : str
        Name of the licence.
    sources, caveats : tuple of str
        The publications, and what a reader must know.
    implausible : str
        Why figures that look wrong beside the embedded ones are right; they are refused without a reason.
    editions : tuple of (str, str)
        Names of editions in the file, each with that of the embedded edition in whose place it is used.
    """

    publisher: str = ""
    title: str = ""
    edition: str = ""
    release: str = ""
    coverage: str = ""
    licence: str = ""
    sources: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    implausible: str = ""
    editions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class OwnFolder:
    """A folder of own tables in which every file is used.

    Parameters
    ----------
    path : Path
        The folder.
    files : mapping of str to Path
        The file of each table that is there.
    made : mapping of str to Made
        What its descriptor says of them.
    """

    path: Path
    files: Mapping[str, Path]
    made: Mapping[str, Made] = field(default_factory=lambda: MappingProxyType({}))


def own_folder(source: str | os.PathLike[str] | None) -> Path | None:
    """Return the folder of the user's own tables: the one given, or else the one of ``HEALTHDEVO_OVERLAY``."""
    named = source if source is not None else os.environ.get("HEALTHDEVO_OVERLAY") or None
    if named is None:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise TableError(f"the folder of own tables {str(named)!r} does not exist")
    return folder.resolve()


_READ: dict[tuple[object, ...], tuple[OwnFolder, tuple[str, ...]]] = {}
_LENIENT: ContextVar[bool] = ContextVar("lenient", default=False)


@contextmanager
def lenient() -> Iterator[None]:
    """Let the tables of a folder be examined although other files in it stand for no table; ``strangers`` tells of these."""
    token = _LENIENT.set(True)
    try:
        yield
    finally:
        _LENIENT.reset(token)


def own_tables(package: Package, folder: Path) -> OwnFolder:
    """Return what is in a folder of own tables; a file that stands for no table is an error, with the nearest name.

    Hidden files, a README, notes, a licence and the folder's own ``datapackage.json`` may lie beside the tables.

    Raises
    ------
    TableError
        When a file stands for no table, two stand for one, or the descriptor can't be read.
    """
    found, problems = _examined(package, folder)
    if problems and not _LENIENT.get():
        raise TableError(f"the folder of own tables {folder} has files that can't be used", problems)
    return found


def strangers(package: Package, folder: Path) -> tuple[str, ...]:
    """Return why files of a folder of own tables stand for no table, one sentence each."""
    return _examined(package, folder)[1]


def _examined(package: Package, folder: Path) -> tuple[OwnFolder, tuple[str, ...]]:
    key = (folder, _stamp(folder), _stamp(folder / DESCRIPTOR), package)
    if key not in _READ:
        _READ[key] = _own_tables(package, folder)
    return _READ[key]


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return status.st_mtime_ns, status.st_size


def _own_tables(package: Package, folder: Path) -> tuple[OwnFolder, tuple[str, ...]]:
    files: dict[str, Path] = {}
    problems: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == DESCRIPTOR or path.stem.lower() in _BESIDE:
            continue
        stem, _, ending = path.name.partition(".")
        if path.is_file() and f".{ending}" in _ENDINGS and stem in package.tables:
            if stem in files:
                problems.append(f"table {stem}: {files[stem].name} and {path.name} are both there; keep one")
            files[stem] = path
        else:
            problems.append(_stranger(path, package))
    try:
        made = _made(folder, files, package)
    except TableError as error:
        problems.append(str(error))
        made = {}
    return OwnFolder(folder, MappingProxyType(files), MappingProxyType(made)), tuple(problems)


def _stranger(path: Path, package: Package) -> str:
    """Return why a file of the folder stands for no table, and what to do."""
    if path.is_dir():
        inside = sorted(p.name for p in path.iterdir() if p.name.partition(".")[0] in package.tables)
        hint = f" ({inside[0]} is in it)" if inside else ""
        return f"{path.name}/ is a folder{hint}: own tables stand in the folder itself"
    stem, _, ending = path.name.partition(".")
    plain = stem.lower().replace("-", "_").replace(" ", "_")
    near = [plain] if plain in package.tables else get_close_matches(plain, package.tables, n=2, cutoff=0.6)
    ending = f".{ending.lower()}"
    if ending in _SHEETS:
        named = f"{near[0]}.csv" if near else "<table>.csv"
        return f"{path.name} is a spreadsheet: save the sheet as CSV, under the name {named}"
    if ending in _ENDINGS and near:
        wanted = " or ".join(f"{name}{ending}" for name in near)
        return f"{path.name} is the name of no table: did you mean {wanted}?"
    if near and near[0] == plain:
        return f"{path.name} is no CSV file by its name: call it {near[0]}.csv"
    return f"{path.name} is the name of no table; `healthdevo data list` shows them"


def _made(folder: Path, files: Mapping[str, Path], package: Package) -> dict[str, Made]:
    path = folder / DESCRIPTOR
    if not path.is_file():
        return {}
    try:
        resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
        found = {str(entry["name"]): _entry(entry) for entry in resources}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TableError(
            f"{path} is no descriptor of own tables ({type(error).__name__}: {error}); it holds a list `resources` of objects "
            "with a `name`, and publisher, edition, release, title, coverage, sources and licenses as far as they are known"
        ) from error
    if unknown := sorted(set(found) - set(files)):
        near = get_close_matches(unknown[0], files, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; the folder has {', '.join(files) or 'no table'}"
        raise TableError(f"{path} describes {unknown[0]}, but no file of that name is there{hint}")
    return found


def _entry(entry: Mapping[str, object]) -> Made:
    plain = {f.name: str(entry[f.name]) for f in fields(Made) if f.type == "str" and entry.get(f.name)}
    licences, sources = entry.get("licenses") or [], entry.get("sources") or []
    caveats = entry.get("caveats") or []
    editions = entry.get("editions") or {}
    if not isinstance(editions, dict):
        raise TypeError(
            "editions is an object: the edition's own name, and the name of the embedded one in whose place it is used"
        )
    if not all(isinstance(part, list) for part in (licences, sources, caveats)):
        raise TypeError("licenses, sources and caveats are lists")
    if licences:
        plain["licence"] = str(licences[0]["title"])  # type: ignore[index]
    return Made(
        **plain,
        sources=tuple(str(one["title"]) for one in sources),  # type: ignore[attr-defined]
        caveats=tuple(map(str, caveats)),  # type: ignore[call-overload]
        editions=tuple((str(own), str(embedded)) for own, embedded in editions.items()),
    )


def made(package: Package, name: str, source: str | os.PathLike[str] | None) -> Made | None:
    """Return what the folder of own tables says of its table of a name; None where it has no such table."""
    folder = own_folder(source)
    if folder is None or folder == package.folder:
        return None
    own = own_tables(package, folder)
    return own.made.get(name, Made()) if name in own.files else None


def table_file(package: Package, table: Table, source: str | os.PathLike[str] | None) -> tuple[Path, bool]:
    """Return the file of a table and whether it is the user's own."""
    folder = own_folder(source)
    if folder is not None and folder != package.folder:
        own = own_tables(package, folder).files.get(table.name)
        if own is not None:
            return own, True
    return package.folder / table.path, False
