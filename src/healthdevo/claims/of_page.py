"""The results of all tests of one page, which a build computes and keeps together: they rest on the same sections and tables."""

from __future__ import annotations

import importlib

from healthdevo.chapters.common.kept import KeptWithTables
from healthdevo.results import Estimate

__all__ = ["module_of", "results_of"]


def module_of(page: str) -> str:
    """Return the name of the module with the tests of claims that link to a page.

    >>> module_of("money")
    'healthdevo.claims.results.money'
    """
    return f"healthdevo.claims.results.{page}"


def _results_of(page: str) -> dict[str, Estimate]:
    """Return the result of every test of claims that link to a page of the book, by name of the test."""
    module = importlib.import_module(module_of(page))
    sources = module.SOURCES()
    return {test.__name__: test(sources) for test in module.TESTS}


results_of = KeptWithTables(_results_of, home=module_of)
