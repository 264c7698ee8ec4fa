"""The descriptor of all tables, ``datapackage.json``, read into small frozen objects."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from healthdevo.errors import TableError
from healthdevo.files import shown
from healthdevo.tables.folder import DESCRIPTOR, root

__all__ = [
    "FIRST_OF_MONTH",
    "RULES",
    "TYPES",
    "Attachment",
    "Field",
    "ForeignKey",
    "Package",
    "Rule",
    "Table",
    "package",
]

FIRST_OF_MONTH = ".*-01"
"""Pattern of dates that stand for months."""

TYPES = ("string", "integer", "number", "boolean", "date")

#: What each rule between cells needs; checked when the descriptor is read.
RULES: Mapping[str, frozenset[str]] = {
    "row_sum": frozenset({"total", "parts"}),
    "at_most": frozenset({"column", "limit"}),
    "group_sum": frozenset({"over", "total", "parts", "columns"}),
    "label": frozenset({"column", "year"}),
    "ratio": frozenset({"column", "numerator", "denominator"}),
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
    the key, the row whose ``over`` is ``total`` holds the sum of the rows whose ``over`` is in ``parts``), ``label`` (column is the
    financial-year label of the year in ``year``) and ``ratio`` (column = numerator / denominator).
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
        raise TableError(f"{_named(path)} cannot be read: {error}") from error
    result = _parse(place, content)
    _CACHE[path] = (stamp, result)
    return result


def _named(path: Path) -> str:
    """Return a descriptor's path, with who named it."""
    by = " (in the folder that HEALTHDEVO_DATA names)" if os.environ.get("HEALTHDEVO_DATA") else ""
    return f"{shown(path)}{by}"


def _parse(folder: Path, content: Any) -> Package:
    tables: dict[str, Table] = {}
    attachments: dict[str, Attachment] = {}
    problems: list[str] = []
    resources = content.get("resources") if isinstance(content, dict) else None
    if not isinstance(resources, list) or not all(isinstance(entry, dict) for entry in resources):
        raise TableError(
            f"{_named(folder / DESCRIPTOR)} is no Data Package: it must hold a list of resources"
        )
    for resource in resources:
        name = str(resource.get("name", "?"))
        if name in tables or name in attachments:
            problems.append(f"{DESCRIPTOR}: table {name} is described twice")
            continue
        try:
            if resource.get("type") == "table":
                tables[name] = _table(resource)
            else:
                attachments[name] = _attachment(resource)
        except KeyError as error:
            problems.append(f"{DESCRIPTOR}: table {name}: its entry lacks {error}")
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            problems.append(f"{DESCRIPTOR}: table {name}: its entry is malformed ({error})")
    if not tables and not problems:
        problems.append(f"{DESCRIPTOR}: it describes no table")
    for table in tables.values():
        problems.extend(_inconsistencies(table, tables))
    if problems:
        raise TableError(f"{_named(folder / DESCRIPTOR)} is not consistent", problems)
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
    if entry["type"] == "date" and constraints.get("pattern", FIRST_OF_MONTH) != FIRST_OF_MONTH:
        raise ValueError(f"field {entry['name']}: the only pattern of a date is {FIRST_OF_MONTH!r}")
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
        needs = RULES.get(rule.kind)
        if needs is None or not needs <= set(rule.options):
            problems.append(f"the rule {rule.kind!r} is unknown or lacks one of {sorted(needs or RULES)}")
            continue
        if rule.kind == "group_sum":
            named |= {rule.options["over"], *rule.options["columns"]}
        elif rule.kind == "row_sum":
            named |= {rule.options["total"], *rule.options["parts"]}
        else:
            asked = ("column", "limit", "year", "numerator", "denominator")
            named |= {str(v) for k, v in rule.options.items() if k in asked}
    if not named <= columns:
        problems.append(f"keys or rules name columns that do not exist: {sorted(named - columns)}")
    return [f"{DESCRIPTOR}: table {table.name}: {p}" for p in problems]
