"""What a page depends on, as short hashes by name: its code, its parameters, the environment, modules it can reach, tables it read."""

from __future__ import annotations

import hashlib
import inspect
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from healthdevo.publishing import notebooks
from healthdevo.publishing.modules import Modules
from healthdevo.publishing.project import Project
from healthdevo.publishing.tasks import FIXED_ENVIRONMENT
from healthdevo.tables import used

CODE, PARAMETERS, ENVIRONMENT = "its code", "its parameters", "the pinned environment"


def digest(parts: Iterable[bytes]) -> str:
    """Return a hash of parts in order."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()


def _short(*parts: bytes) -> str:
    return digest(parts)[:20]


class Inputs:
    """Hashes of a project's inputs as they are now; every file is read once."""

    def __init__(self, project: Project) -> None:
        pins = project.root / "requirements.txt"
        fixed = [
            platform.python_version(),
            repr(sorted(FIXED_ENVIRONMENT.items())),
            inspect.getsource(notebooks.normalise),
        ]
        text = pins.read_bytes() if pins.is_file() else b""
        self._environment = _short(text, *(part.encode() for part in fixed))
        self._modules = Modules(project.build / "imports.json")
        self._reached: dict[str, Mapping[str, str]] = {}
        self._read: dict[str, str] = {}

    def parts(
        self, code: Sequence[tuple[str, list[str]]], parameters: Mapping[str, Any]
    ) -> Mapping[str, str]:
        """Return what is known before a page is made: hashes of code, parameters, environment and modules."""
        text = json.dumps(code)
        if text not in self._reached:
            reached = self._modules.reached([source for source, _ in code])
            self._reached[text] = {name: key[:20] for name, key in reached.items()}
        given = json.dumps(dict(parameters), sort_keys=True, default=str)
        own = {
            CODE: _short(text.encode()),
            PARAMETERS: _short(given.encode()),
            ENVIRONMENT: self._environment,
        }
        return {**own, **self._reached[text]}

    def named(self, parts: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
        """Return which names stand as texts in the sources of the modules among the parts of a page."""
        texts = [text for text in map(self._modules.text, parts) if text]
        return tuple(name for name in names if any(f'"{name}"' in text for text in texts))

    def read(self, name: str) -> str:
        """Return a hash of a table or file as it is now (see ``healthdevo.tables.used``)."""
        if name not in self._read:
            self._read[name] = used.current(name)[:20]
        return self._read[name]


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names whose hashes differ or that stand on one side only.

    >>> differences({"its code": "a", "healthdevo.wording": "b"}, {"its code": "a", "healthdevo.wording": "c", "healthdevo.files": "d"})
    ('healthdevo.files', 'healthdevo.wording')
    """
    return tuple(sorted(name for name in {*before, *now} if before.get(name) != now.get(name)))
