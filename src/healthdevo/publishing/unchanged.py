"""Whether a book is as it was left: a look at every file that it is made from and that it consists of, which takes no second.

A build leaves a stamp: of every such file size, times and a hash of its content. The next one compares sizes and times, and the content only
where these differ. What the build was made from is looked at before it begins, so that a file that changes meanwhile is noticed.
Nothing heavy is imported here.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from healthdevo.errors import BuildError
from healthdevo.files import write_atomically
from healthdevo.publishing.lock import held
from healthdevo.publishing.project import BOOK, Project
from healthdevo.tables.folder import root

STAMP = "unchanged.json"
OUTPUTS = ("executed", "records", "html")
"""Folders below the build's that hold pages, what is known of them, and the published book."""
_VERSION = 1
_CHUNK = 1 << 20

Entry = tuple[int, int, int, str]
"""Size, times of change of content and of the file's entry in nanoseconds, and a hash of the content."""
Files = dict[str, Entry]


def _walk(place: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(place)]
    while waiting:
        try:
            entries = sorted(os.scandir(waiting.pop()), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    waiting.append(entry.path)
            elif not entry.name.endswith("~"):
                yield entry


def _hash(path: str) -> str:
    found = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as stream:
        while part := stream.read(_CHUNK):
            found.update(part)
    return found.hexdigest()


def look(places: Mapping[str, Path], known: Mapping[str, Entry]) -> Files:
    """Return what is in some files and folders by name and path; content that sizes and times show to be ``known`` is not read again."""
    found: Files = {}
    for name, place in places.items():
        if place.is_file():
            paths = [(name, str(place), place.stat())]
        else:
            start = len(str(place)) + 1
            paths = [(f"{name}/{e.path[start:]}", e.path, e.stat()) for e in _walk(place)]
        for key, path, status in paths:
            times = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            before = known.get(key)
            if before is not None and before[:3] == times:
                found[key] = before
            else:
                found[key] = (*times, _hash(path))
    return found


def _contents(files: Mapping[str, Entry]) -> dict[str, str]:
    return {name: entry[3] for name, entry in files.items()}


def inputs_of(project: Project) -> dict[str, Path]:
    """Return the files and folders that a book is made from, by name."""
    names = (
        "_config.yml",
        "_toc.yml",
        "requirements.txt",
        "CITATION.cff",
        "CHANGELOG.md",
        "LICENSES.md",
        BOOK,
    )
    found = {name: project.root / name for name in names if (project.root / name).exists()}
    found |= {"package": Path(__file__).resolve().parents[1], "data": root()}
    if overlay := os.environ.get("HEALTHDEVO_OVERLAY"):
        found["own tables"] = Path(overlay).resolve()
    return found


def outputs_of(project: Project) -> dict[str, Path]:
    """Return the folders that a build fills, by name."""
    return {name: project.build / name for name in OUTPUTS}


def _tools() -> str:
    """Return a hash of the interpreter and of the names and versions of all packages."""
    installed = {
        name
        for place in sys.path
        if os.path.isdir(place)
        for name in os.listdir(place)
        if name.endswith((".dist-info", ".egg-info"))
    }
    told = "\n".join([platform.python_version(), sys.executable, *sorted(installed)])
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Before:
    """What a build is made from, looked at before it begins."""

    options: Mapping[str, object]
    tools: str
    files: Files

    @classmethod
    def of(cls, project: Project, options: Mapping[str, object]) -> Before:
        """Look at everything that the book of a project is made from."""
        known = _read(project).get("inputs", {})
        return cls(options, _tools(), look(inputs_of(project), known))


def _read(project: Project) -> dict[str, Any]:
    """Return the stamp; an empty one when there is none that can be used."""
    try:
        found = json.loads((project.build / STAMP).read_text(encoding="utf-8"))
        if found["version"] != _VERSION:
            return {}
        for part in ("inputs", "outputs"):
            found[part] = {name: tuple(entry) for name, entry in found[part].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return dict(found)


def _write(project: Project, before: Before, outputs: Files, pages: int) -> None:
    stamp = {
        "version": _VERSION,
        "options": dict(before.options),
        "tools": before.tools,
        "pages": pages,
        "inputs": before.files,
        "outputs": outputs,
    }
    write_atomically(project.build / STAMP, json.dumps(stamp))


def leave(project: Project, before: Before, pages: int) -> None:
    """Leave the stamp of a finished book with a number of computed pages."""
    _write(project, before, look(outputs_of(project), _read(project).get("outputs", {})), pages)


def pages_of_unchanged(project: Project, before: Before) -> int | None:
    """Return how many computed pages the published book has when nothing has changed since it was made; None when anything has."""
    stamp = _read(project)
    if not stamp or (stamp["options"], stamp["tools"]) != (dict(before.options), before.tools):
        return None
    if _contents(before.files) != _contents(stamp["inputs"]):
        return None
    outputs = look(outputs_of(project), stamp["outputs"])
    if _contents(outputs) != _contents(stamp["outputs"]):
        return None
    pages = int(stamp["pages"])
    if (before.files, outputs) != (stamp["inputs"], stamp["outputs"]):  # the same content at other times
        _write(project, before, outputs, pages)
    return pages


def is_sound(project: Project, output: str) -> bool:
    """Whether one of the folders that a build fills is as the last build left it."""
    known = {k: v for k, v in _read(project).get("outputs", {}).items() if k.startswith(f"{output}/")}
    found = look({output: outputs_of(project)[output]}, known)
    return bool(known) and _contents(found) == _contents(known)


def quickly(project: Project, options: Mapping[str, object]) -> int | None:
    """Return the same in one step; None as well when another command holds the folder, which the build itself says."""
    try:
        with held(project.build):
            return pages_of_unchanged(project, Before.of(project, options))
    except BuildError:
        return None


def options_of(which: str, *, only_national: bool, strict: bool) -> dict[str, object]:
    """Return those options of a build that its book depends on."""
    return {"areas": which, "only_national": only_national, "strict": strict}
