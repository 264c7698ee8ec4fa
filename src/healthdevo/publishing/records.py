"""The record of every page made: from what, how it ended, after how long, with how much memory."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from healthdevo.files import write_json
from healthdevo.publishing.inputs import Inputs, differences, digest
from healthdevo.publishing.plan import Job
from healthdevo.publishing.processes import MEGABYTE
from healthdevo.publishing.tasks import Outcome


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _path(folder: Path, docname: str) -> Path:
    return folder / f"{docname}.json"


def record_of(folder: Path, docname: str) -> Mapping[str, Any]:
    """Return the record of a page among those in a folder; a missing or damaged one is empty."""
    try:
        found = json.loads(_path(folder, docname).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class Records:
    """A small file for each page, so that writing one costs the same however many there are."""

    def __init__(self, folder: Path, inputs: Inputs) -> None:
        self.folder = folder
        self.inputs = inputs

    def _path(self, docname: str) -> Path:
        return _path(self.folder, docname)

    def of(self, docname: str) -> Mapping[str, Any]:
        """Return the record of a page; a missing or damaged one is empty, which only costs making the page again."""
        return record_of(self.folder, docname)

    def why(self, job: Job, notebook: Path) -> str:
        """Say why a page has to be made, in a few words; nothing when the executed notebook is good."""
        record = self.of(job.docname)
        good = record.get("good")
        if not isinstance(good, dict):
            return f"it failed before: {record['message']}" if record.get("message") else "it is new"
        if not notebook.is_file():
            return "its executed notebook is missing"
        if changed := differences(good.get("parts", {}), job.parts):
            return f"changed: {_some(changed)}"
        reads: Mapping[str, str] = good.get("reads", {})
        if changed := differences(reads, {name: self.inputs.read(name) for name in reads}):
            return f"changed: {_some(tuple(f'table {name}' for name in changed))}"
        if good.get("hash") != digest([notebook.read_bytes()]):
            return "its executed notebook is damaged"
        return ""

    def seconds(self, docname: str) -> float:
        """Return how long a page took when it was last made; 0 when it never was."""
        good = self.of(docname).get("good")
        return float(good.get("seconds", 0)) if isinstance(good, dict) else 0.0

    def reads(self, docname: str) -> tuple[str, ...]:
        """Return the tables and files that a page read when it was last made."""
        good = self.of(docname).get("good")
        return tuple(good.get("reads", ())) if isinstance(good, dict) else ()

    def write(self, job: Job, outcome: Outcome, notebook: Path, why: str = "") -> None:
        """Write down how a job ended, and why it ran."""
        entry: dict[str, Any] = {
            "name": job.name,
            "parameters": dict(job.parameters),
            "key": job.key,
            "status": "done" if outcome.ok else "failed",
            "seconds": round(outcome.seconds, 2),
            "memory": outcome.peak,
            "message": outcome.message,
        }
        earlier = self.of(job.docname).get("good")
        if outcome.ok:
            entry["good"] = {
                "parts": dict(job.parts),
                "reads": {name: self.inputs.read(name) for name in outcome.reads},
                "hash": digest([notebook.read_bytes()]),
                "seconds": round(outcome.seconds, 2),
                "memory": outcome.peak,
                "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                "why": why,
            }
        elif earlier:
            entry["good"] = earlier
        write_json(self._path(job.docname), entry)


def report(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield a heading and, for every page on record, key, page, status, seconds, megabytes and reason."""
    yield "key", "page", "status", "seconds", "MB", "reason"
    for path in sorted(folder.rglob("*.json")):
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            memory = f"{entry['memory'] / MEGABYTE:.0f}" if entry["memory"] else ""
            words = entry["key"][:12], entry["name"], entry["status"], f"{entry['seconds']:.1f}", memory
            yield (*words, entry["message"])
        except (OSError, ValueError, KeyError, TypeError):
            yield "", path.relative_to(folder).with_suffix("").as_posix(), "unreadable", "", "", ""
