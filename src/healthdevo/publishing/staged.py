"""Pages that lie in the staged tree already, so that staging costs as much as has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from healthdevo.files import write_json
from healthdevo.publishing import notebooks
from healthdevo.publishing.inputs import digest
from healthdevo.publishing.plan import Job
from healthdevo.publishing.project import Project
from healthdevo.publishing.records import record_of
from healthdevo.publishing.run import Places

_FILE = "staged.json"


@dataclass(frozen=True)
class Lying:
    """A file of the tree that lies in its place already: the hash of its content."""

    hash: str


Tree = dict[str, bytes | Lying]


def hash_of(content: bytes | Lying) -> str:
    """Return the hash of a file's content."""
    return content.hash if isinstance(content, Lying) else digest([content])


class Staged:
    """What is known of the pages in a project's staged tree: from what each was made, its hash, and the cards on it.

    A page is as good as new while its executed notebook (by the hash on record, which a run has verified), its template, what its text
    stands for, the pages it can link to and this package's own part are the same, and nobody has touched the file.
    """

    def __init__(self, project: Project, pages: Mapping[str, str]) -> None:
        self._project = project
        own = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
        self._common = digest([json.dumps(sorted(pages.items())).encode(), *own])
        self._templates: dict[Path, str] = {}
        self._known = _read(project.build / _FILE)
        self._now: dict[str, dict[str, Any]] = {}

    def _key(self, job: Job) -> str:
        if job.template not in self._templates:
            self._templates[job.template] = digest(
                [notebooks.text_of(notebooks.template(job.template)).encode()]
            )
        good = record_of(Places.of(self._project.build).records, job.docname).get("good") or {}
        values = json.dumps(dict(job.values), sort_keys=True)
        parts = (self._common, self._templates[job.template], str(good.get("hash", "")), values)
        return digest(part.encode() for part in parts) if good.get("hash") else ""

    def find(self, job: Job) -> tuple[Lying, Sequence[Mapping[str, Any]]] | None:
        """Return a page that lies in its place and the cards on it; None when it has to be made."""
        known, key = self._known.get(job.docname), self._key(job)
        path = self._project.stage / f"{job.docname}.ipynb"
        if known is None or not key or known["key"] != key or known["file"] != _status(path):
            return None
        self._now[job.docname] = known
        return Lying(known["hash"]), known["cards"]

    def made(self, job: Job, content: bytes, cards: Sequence[Mapping[str, Any]]) -> None:
        """Note a page that was made."""
        key = self._key(job)
        if key:
            self._now[job.docname] = {"key": key, "hash": digest([content]), "cards": list(cards)}

    def save(self) -> None:
        """Note for the next time what lies in the tree, when it has been written."""
        for docname, entry in self._now.items():
            entry["file"] = _status(self._project.stage / f"{docname}.ipynb")
        write_json(self._project.build / _FILE, self._now)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        complete = all({"key", "hash", "cards", "file"} <= set(entry) for entry in found.values())
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return found if complete else {}


def _status(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
