"""Which modules of the package a notebook's code can reach, found by reading the sources, never by running them.

Imports are absolute throughout the package (a test holds that), and families that load when first used say in ``__init__.pyi`` where
each name comes from, so the sources tell all. Imports within functions count: the answer may hold too much, never too little.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import healthdevo
from healthdevo.files import write_json

PACKAGE = "healthdevo"
_Used = list[
    list[str]
]  # pairs of a module and a name taken from it; "" is the module itself, "*" all that it has


@lru_cache(maxsize=4096)  # by the text itself: one process plans many books
def used_names(source: str) -> _Used:
    r"""Return what Python code takes from this package.

    >>> used_names("import healthdevo as hd\nhd.series.forecast(1)\nfrom healthdevo.charts import theme")
    [['healthdevo', 'series'], ['healthdevo.charts', 'theme'], ['healthdevo.series', 'forecast'], ['healthdevo.series.forecast', '*']]
    """
    tree = ast.parse(source)
    found: set[tuple[str, str]] = set()
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == PACKAGE:
                    target = alias.name if alias.asname else PACKAGE
                    names[alias.asname or PACKAGE] = target
                    found.add((alias.name, ""))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            for alias in node.names:
                found.add((str(node.module), alias.name))
                names.setdefault(alias.asname or alias.name, f"{node.module}.{alias.name}")
    inner: set[ast.AST] = set()  # parts of a chain of names that have been seen with their whole
    for node in ast.walk(tree):  # a whole comes before its parts
        if not isinstance(node, (ast.Attribute, ast.Name)) or node in inner:
            continue
        chain: list[str] = []
        part: ast.AST = node
        while isinstance(part, ast.Attribute):
            chain.insert(0, part.attr)
            part = part.value
            inner.add(part)
        if not isinstance(part, ast.Name) or part.id not in names or not isinstance(part.ctx, ast.Load):
            continue
        module = names[part.id]
        for name in chain:
            found.add((module, name))
            module = f"{module}.{name}"
        found.add((module, "*"))  # whatever it is, it is handed on as a whole
    found -= {(module, "") for module, name in found if name and name != "*"}
    return sorted([module, name] for module, name in found)


class Modules:
    """The modules of the package, with what each takes from the others; ``cache`` is a file that spares reading unchanged ones."""

    def __init__(self, cache: Path | None = None, folder: Path | None = None) -> None:
        self.folder = folder or Path(healthdevo.__file__).parent
        self.cache = cache
        self._known: dict[str, _Used] = {}
        if cache is not None:
            with suppress(OSError, ValueError):
                self._known = json.loads(cache.read_text(encoding="utf-8"))
        self._fresh = False
        self._files: dict[str, Path | None] = {}
        self._sources: dict[Path, tuple[str, str]] = {}
        self._stubs: dict[str, Mapping[str, tuple[str, str]] | None] = {}

    def _source(self, path: Path) -> tuple[str, str]:
        """Return the text of a file and its hash."""
        if path not in self._sources:
            data = path.read_bytes()
            self._sources[path] = data.decode("utf-8"), hashlib.sha256(data).hexdigest()
        return self._sources[path]

    def text(self, module: str) -> str:
        """Return the source of a module; empty when there is no such module."""
        path = self.file(module)
        return "" if path is None else self._source(path)[0]

    def file(self, module: str) -> Path | None:
        """Return the source file of a module; None when there is no such module."""
        if module not in self._files:
            self._files[module] = self._find(module)
        return self._files[module]

    def _find(self, module: str) -> Path | None:
        first, *parts = module.split(".")
        if first != PACKAGE:
            return None
        base = self.folder.joinpath(*parts)
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file() and (parts or path.name == "__init__.py"):
                return path
        return None

    def _stub(self, package: str) -> Mapping[str, tuple[str, str]] | None:
        """Return where each name of a package that loads when first used comes from; None for any other module."""
        if package not in self._stubs:
            path = self.file(package)
            stub = None if path is None else path.with_name("__init__.pyi")
            found: dict[str, tuple[str, str]] | None = None
            if path is not None and path.name == "__init__.py" and stub is not None and stub.is_file():
                found = {}
                for node in ast.walk(ast.parse(self._source(stub)[0])):
                    if isinstance(node, ast.ImportFrom):
                        module = f"{package}.{node.module}" if node.module else package
                        found.update({a.asname or a.name: (module, a.name) for a in node.names})
            self._stubs[package] = found
        return self._stubs[package]

    def _takes(self, module: str) -> _Used:
        path = self.file(module)
        assert path is not None
        text, key = self._source(path)
        if key not in self._known:
            self._known[key] = used_names(text)
            self._fresh = True
        return self._known[key]

    def _targets(self, module: str, name: str) -> Iterable[tuple[str, str]]:
        """Yield what taking a name from a module means: modules, and names of lazy packages."""
        if name and name != "*" and self.file(f"{module}.{name}") is not None:
            yield f"{module}.{name}", ""
            return
        stub = self._stub(module)
        if stub is None:
            yield module, ""
        elif name == "*" or (name and name not in stub):
            for origin, own in stub.values():
                whole = f"{origin}.{own}"
                yield (origin, own) if self.file(whole) is None else (whole, "*")
        elif name:
            yield stub[name]

    def reached(self, sources: Iterable[str]) -> Mapping[str, str]:
        """Return the modules that code can reach, with a hash of each one's source; all when the code can't be read."""
        lines = "\n".join(sources).splitlines()  # what one cell imports another uses
        plain = "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
        try:
            waiting = [(module, name) for module, name in used_names(plain)]
        except SyntaxError:
            waiting = [(PACKAGE, "*")]
        seen: set[tuple[str, str]] = set()
        modules: dict[str, str] = {}
        while waiting:
            step = waiting.pop()
            if step in seen:
                continue
            seen.add(step)
            module, name = step
            if name:
                waiting.extend(self._targets(module, name))
            parts = module.split(".")
            for length in range(1, len(parts) + 1):
                one = ".".join(parts[:length])
                path = self.file(one)
                if path is None or one in modules:
                    continue
                modules[one] = self._source(path)[1]
                waiting.extend((m, n) for m, n in self._takes(one))
        self._keep()
        return dict(sorted(modules.items()))

    def _keep(self) -> None:
        if self._fresh and self.cache is not None:
            now = {key for _, key in self._sources.values()}
            with suppress(OSError):  # it only spares time
                write_json(self.cache, {key: used for key, used in self._known.items() if key in now})
            self._fresh = False
