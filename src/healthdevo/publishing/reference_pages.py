"""Sphinx extension for the reference: an index of a family's functions and results, and functions before results."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.ext.autodoc import ClassDocumenter, FunctionDocumenter
from sphinx.ext.autosummary import Autosummary


def public_names(module: str) -> tuple[list[str], list[str]]:
    """Return the public functions of a module, and its public classes, each in alphabetical order.

    >>> functions, classes = public_names("healthdevo.finance")
    >>> all(name.islower() for name in functions), all(name[0].isupper() for name in classes)
    (True, True)
    """
    loaded = importlib.import_module(module)
    members = {name: getattr(loaded, name) for name in loaded.__all__}
    functions = sorted(name for name, member in members.items() if inspect.isroutine(member))
    return functions, sorted(name for name, member in members.items() if inspect.isclass(member))


class _FamilyIndex(Autosummary):
    """``.. family-index:: healthdevo.evaluation``: a linked line for every function, then for every result."""

    required_arguments = 1
    has_content = False

    def run(self) -> list[nodes.Node]:
        module = self.arguments[0]
        self.options["nosignatures"] = True
        found: list[nodes.Node] = []
        for heading, names in zip(("Functions", "Results and types"), public_names(module), strict=True):
            if names:
                self.content = StringList([f"~{module}.{name}" for name in names], source=module)
                found += [nodes.rubric("", heading), *super().run()]
        return found


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the index, and let functions come before classes in the order ``groupwise``."""
    app.setup_extension("sphinx.ext.autosummary")
    app.add_directive("family-index", _FamilyIndex)
    FunctionDocumenter.member_order = ClassDocumenter.member_order - 5
    return {"parallel_read_safe": True, "parallel_write_safe": True}
