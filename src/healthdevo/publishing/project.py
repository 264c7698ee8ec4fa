"""Where the book lies: its root folder, its configuration and the folders made while building."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from healthdevo.errors import BuildError

BOOK = "book"
BUILD = "HEALTHDEVO_BUILD"
"""Environment variable with the folder for all that is made, where the project's own can't be written."""


def find_root(root: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder that holds ``_toc.yml`` and ``book/``.

    That is the folder named, else by ``HEALTHDEVO_PROJECT``, else the current folder or one above it, else the checkout of this package.

    >>> (find_root() / "_toc.yml").is_file()
    True
    """
    for named, origin in (
        (root, "the folder given"),
        (os.environ.get("HEALTHDEVO_PROJECT"), "HEALTHDEVO_PROJECT"),
    ):
        if named:
            folder = Path(named).expanduser().resolve()
            if not _is_project(folder):
                raise BuildError(f"{origin}, {folder}, holds no book: there must be _toc.yml and {BOOK}/")
            return folder
    here, checkout = Path.cwd(), Path(__file__).resolve().parents[3]
    for folder in (here, *here.parents, checkout):
        if _is_project(folder):
            return folder
    raise BuildError(
        f"no book found from {here} upwards: a project has _toc.yml and {BOOK}/; "
        "change into one or set HEALTHDEVO_PROJECT"
    )


def _is_project(folder: Path) -> bool:
    return (folder / "_toc.yml").is_file() and (folder / BOOK).is_dir()


@dataclass(frozen=True)
class AreaPages:
    """Which area pages the book has: entries of the table of contents, kinds in the order of the list, and the day of the areas.

    Of the kinds in ``ended``, areas that ended before the day keep their pages.
    """

    template: str
    index: str
    kinds: tuple[str, ...]
    on: datetime.date
    ended: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """A book's sources and the folders made from them; ``areas`` is None when the book has no area pages."""

    root: Path
    config: Mapping[str, Any] = field(repr=False)
    toc: Mapping[str, Any] = field(repr=False)
    areas: AreaPages | None = None

    @classmethod
    def load(cls, root: str | os.PathLike[str] | None = None) -> Project:
        """Read the configuration of the project in a folder (see ``find_root``)."""
        folder = find_root(root)
        config, toc = _read_yaml(folder / "_config.yml"), _read_yaml(folder / "_toc.yml")
        settings = (config.get("healthdevo") or {}).get("areas")
        return cls(folder, config, toc, None if settings is None else _area_pages(settings))

    @property
    def told_once(self) -> tuple[re.Pattern[str], ...]:
        """Patterns of what all pages must say in the same words (``told_once`` in the configuration)."""
        patterns = (self.config.get("healthdevo") or {}).get("told_once") or []
        if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
            raise BuildError("_config.yml, healthdevo: told_once must be a list of regular expressions")
        try:
            return tuple(re.compile(p) for p in patterns)
        except re.error as error:
            raise BuildError(f"_config.yml, healthdevo: told_once: {error}") from None

    @property
    def build(self) -> Path:
        """Everything that is made, and may be deleted: ``build/``, or the folder in ``HEALTHDEVO_BUILD``."""
        named = os.environ.get(BUILD)
        return self.root / "build" if not named else Path(named).resolve()

    @property
    def stage(self) -> Path:
        """The tree that Jupyter Book builds."""
        return self.build / "stage"

    @property
    def html(self) -> Path:
        """The published book."""
        return self.build / "html"

    def source(self, entry: str) -> Path:
        """Return the notebook or Markdown file of an entry in the table of contents."""
        if not entry.startswith(f"{BOOK}/"):
            raise BuildError(f"_toc.yml: {entry!r} lies outside {BOOK}/; pages of the book stand in {BOOK}/")
        for suffix in ("", ".ipynb", ".md"):
            path = self.root / f"{entry}{suffix}"
            if path.is_file():
                return path
        raise BuildError(f"_toc.yml: there is no {entry}.ipynb and no {entry}.md")


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BuildError(f"{path} is missing") from None
    except yaml.YAMLError as error:
        raise BuildError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise BuildError(f"{path} holds no mapping of names to values")
    return content


def _area_pages(settings: object) -> AreaPages:
    where = "_config.yml, healthdevo: areas"
    if not isinstance(settings, dict):
        raise BuildError(f"{where}: a mapping with template, index and kinds is needed")
    unknown = sorted(set(settings) - {"template", "index", "kinds", "valid_on", "ended"})
    if unknown:
        raise BuildError(
            f"{where}: {unknown[0]!r} is not known; there are template, index, kinds, valid_on and ended"
        )
    for name in ("template", "index"):
        if not isinstance(settings.get(name), str):
            raise BuildError(f"{where}: {name} must name an entry of _toc.yml")
    kinds = settings.get("kinds")
    if not isinstance(kinds, list) or not kinds or not all(isinstance(kind, str) for kind in kinds):
        raise BuildError(f"{where}: kinds must be a list of kinds of area, such as [nhs_region, icb]")
    on = settings.get("valid_on") or datetime.date.today()
    if not isinstance(on, datetime.date):
        raise BuildError(f"{where}: valid_on: {on!r} is not a date such as 2026-03-31")
    ended = settings.get("ended") or []
    if not isinstance(ended, list) or not set(ended) <= set(kinds):
        raise BuildError(f"{where}: ended must be a list of some of the kinds, such as [icb]")
    return AreaPages(settings["template"], settings["index"], tuple(kinds), on, tuple(ended))
