"""The descriptor of all tables, ``datapackage.json``, read into small frozen objects."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from healthdevo.errors import TableError

__all__ = [
    "DESCRIPTOR",
    "TYPES",
    "Attachment",
    "Field",
    "ForeignKey",
    "Package",
    "Rule",
    "Table",
    "package",
    "root",
]

DESCRIPTOR = "datapackage.json"
TYPES = ("string", "integer", "number", "boolean", "date")

#: What each rule between cells needs; checked when the descriptor is read.
_RULES: Mapping[str, frozenset[str]] = {
    "row_sum": frozenset({"total", "parts"}),
    "at_most": frozenset({"column", "limit"}),
    "group_sum": frozenset({"over", "total", "parts", "columns"}),
    "label": frozenset({"column", "year"}),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column: name, type, unit and constraints."""

    name: str
    type: str
    description: str
    unit: str = ""
    required: bool = False
    unique: bool = False
    minimum: float | str | None = None
    maximum: float | str | None = None
    enum: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values must exist in the columns of a table (the same one when it is named "")."""

    fields: tuple[str, ...]
    table: str
    target: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A rule between the cells of a row, or of a group of rows.

    ``row_sum`` (total = parts), ``at_most`` (column <= limit), ``group_sum`` (within rows that share the rest of
    the key, the row whose ``over`` is ``total`` holds the sum of the rows whose ``over`` is in ``parts``) and
    ``label`` (column is the financial-year label of the year in ``year``).
    """

    kind: str
    options: Mapping[str, Any] = field(compare=False)

    @property
    def tolerance(self) -> float:
        """How far the two sides may lie apart."""
        return float(self.options.get("tolerance", 0.0))


@dataclass(frozen=True)
class Table:
    """One table: its file, its schema and where it comes from."""

    name: str
    path: str
    title: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    rules: tuple[Rule, ...]
    publisher: str
    edition: str
    release: str
    coverage: str
    licence: str
    sources: tuple[str, ...]
    caveats: tuple[str, ...]
    boundaries: Mapping[str, str]
    sha256: str
    rows: int
    bytes: int
    fingerprints: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in the order of the file."""
        return tuple(f.name for f in self.fields)

    def field(self, name: str) -> Field:
        """Return a field by its name."""
        return next(f for f in self.fields if f.name == name)


@dataclass(frozen=True)
class Attachment:
    """A file beside the tables, such as boundaries: its path and what was recorded of it."""

    name: str
    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, eq=False)
class Package:
    """All tables of a data folder, and the files beside them."""

    folder: Path
    tables: Mapping[str, Table]
    attachments: Mapping[str, Attachment]

    def table(self, name: str) -> Table:
        """Return the description of a table.

        Raises
        ------
        TableError
            When there is no such table; the message offers the nearest names.
        """
        try:
            return self.tables[name]
        except KeyError:
            from difflib import get_close_matches

            near = get_close_matches(str(name), self.tables, n=3) or sorted(self.tables)
            raise TableError(f"table {name!r} is not known; did you mean {', '.join(near)}?") from None


def root() -> Path:
    """Return the data folder.

    It is the folder named in the environment variable ``HEALTHDEVO_DATA``; without it the ``data`` folder of the
    working directory or of a folder above it; without that the one of the checkout this package sits in.

    Returns
    -------
    pathlib.Path
        A folder that holds ``datapackage.json``.

    Raises
    ------
    TableError
        When there is none.

    Examples
    --------
    >>> (root() / "datapackage.json").is_file()
    True
    """
    named = os.environ.get("HEALTHDEVO_DATA")
    if named:
        folder = Path(named)
        if not (folder / DESCRIPTOR).is_file():
            raise TableError(f"HEALTHDEVO_DATA is {named!r}, but there is no {DESCRIPTOR} in it")
        return folder.resolve()
    here = Path.cwd()
    for place in (here, *here.parents, *Path(__file__).resolve().parents):
        if (place / "data" / DESCRIPTOR).is_file():
            return (place / "data").resolve()
    raise TableError(
        f"no data folder: set HEALTHDEVO_DATA to a folder that holds {DESCRIPTOR}, or work inside the project"
    )


_CACHE: dict[Path, tuple[tuple[int, int], Package]] = {}


def package(folder: Path | None = None) -> Package:
    """Return the descriptor of a data folder, read anew only when the file has changed."""
    place = root() if folder is None else folder.resolve()
    path = place / DESCRIPTOR
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        cached = _CACHE.get(path)
        if cached is not None and cached[0] == stamp:
            return cached[1]
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"{DESCRIPTOR} cannot be read: {error}") from error
    result = _parse(place, content)
    _CACHE[path] = (stamp, result)
    return result


def _parse(folder: Path, content: Mapping[str, Any]) -> Package:
    tables: dict[str, Table] = {}
    attachments: dict[str, Attachment] = {}
    problems: list[str] = []
    for resource in content.get("resources", []):
        name = str(resource.get("name", "?"))
        if name in tables or name in attachments:
            problems.append(f"{DESCRIPTOR}: table {name} is described twice")
            continue
        try:
            if resource.get("type") == "table":
                tables[name] = _table(resource)
            else:
                attachments[name] = _attachment(resource)
        except (KeyError, TypeError, ValueError) as error:
            problems.append(f"{DESCRIPTOR}: table {name}: {type(error).__name__}: {error}")
    for table in tables.values():
        problems.extend(_inconsistencies(table, tables))
    if problems:
        raise TableError(f"{DESCRIPTOR} is not consistent", problems)
    return Package(folder, tables, attachments)


def _attachment(resource: Mapping[str, Any]) -> Attachment:
    # every file needs its record of origin, though only path and hash are read here
    for needed in (
        "title",
        "description",
        "publisher",
        "edition",
        "release",
        "coverage",
        "licenses",
        "sources",
    ):
        if not resource[needed]:
            raise ValueError(f"{needed} is empty")
    sha256 = str(resource.get("hash", "")).removeprefix("sha256:")
    return Attachment(resource["name"], resource["path"], sha256, int(resource.get("bytes", -1)))


def _table(resource: Mapping[str, Any]) -> Table:
    schema = resource["schema"]
    key = schema.get("primaryKey", [])
    return Table(
        name=resource["name"],
        path=resource["path"],
        title=resource["title"],
        description=resource["description"],
        fields=tuple(_field(f) for f in schema["fields"]),
        primary_key=(key,) if isinstance(key, str) else tuple(key),
        foreign_keys=tuple(
            ForeignKey(
                _names(k["fields"]), k["reference"].get("resource", ""), _names(k["reference"]["fields"])
            )
            for k in schema.get("foreignKeys", [])
        ),
        rules=tuple(
            Rule(r["rule"], {k: v for k, v in r.items() if k != "rule"}) for r in schema.get("rules", [])
        ),
        publisher=resource["publisher"],
        edition=resource["edition"],
        release=resource["release"],
        coverage=resource["coverage"],
        licence=resource["licenses"][0]["title"],
        sources=tuple(s["title"] for s in resource["sources"]),
        caveats=tuple(resource["caveats"]),
        boundaries=dict(resource.get("boundaries", {})),
        sha256=str(resource.get("hash", "")).removeprefix("sha256:"),
        rows=int(resource.get("rows", -1)),
        bytes=int(resource.get("bytes", -1)),
        fingerprints=dict(resource.get("fingerprints", {})),
    )


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _field(entry: Mapping[str, Any]) -> Field:
    constraints = entry.get("constraints", {})
    unknown = set(constraints) - {"required", "unique", "minimum", "maximum", "enum", "pattern"}
    if unknown or entry["type"] not in TYPES:
        raise ValueError(
            f"field {entry['name']}: unknown type {entry['type']!r} or constraint {sorted(unknown)}"
        )
    return Field(
        name=entry["name"],
        type=entry["type"],
        description=entry["description"],
        unit=entry.get("unit", ""),
        required=bool(constraints.get("required", False)),
        unique=bool(constraints.get("unique", False)),
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        enum=tuple(str(v) for v in constraints.get("enum", ())),
        pattern=constraints.get("pattern", ""),
    )


def _inconsistencies(table: Table, tables: Mapping[str, Table]) -> list[str]:
    problems = []
    columns = set(table.columns)
    if len(columns) != len(table.fields):
        problems.append("a column is described twice")
    named = set(table.primary_key)
    for key in table.foreign_keys:
        named |= set(key.fields)
        target = tables.get(key.table or table.name)
        if target is None or not set(key.target) <= set(target.columns):
            problems.append(
                f"the foreign key {key.fields} leads to {key.table}.{key.target}, which does not exist"
            )
    for rule in table.rules:
        needs = _RULES.get(rule.kind)
        if needs is None or not needs <= set(rule.options):
            problems.append(f"the rule {rule.kind!r} is unknown or lacks one of {sorted(needs or _RULES)}")
            continue
        if rule.kind == "group_sum":
            named |= {rule.options["over"], *rule.options["columns"]}
        elif rule.kind == "row_sum":
            named |= {rule.options["total"], *rule.options["parts"]}
        else:
            named |= {str(v) for k, v in rule.options.items() if k in ("column", "limit", "year")}
    if not named <= columns:
        problems.append(f"keys or rules name columns that do not exist: {sorted(named - columns)}")
    return [f"{DESCRIPTOR}: table {table.name}: {p}" for p in problems]
