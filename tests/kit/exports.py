"""Every public function of every family, and a call of it: found by the exports, so that a new function is tested without being named.

The call is the first one in the function's own docstring: an example that runs is a tidy input by definition.
"""

import doctest
import importlib
import inspect
import re
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any

FAMILIES = (
    "inequality",
    "series",
    "emergency",
    "regression",
    "evaluation",
    "finance",
    "governance",
    "mathematics",
)


@dataclass(frozen=True)
class Call:
    """A function and the arguments that its example gives it, by name."""

    family: str
    name: str
    function: Any
    arguments: dict[str, Any]

    def __call__(self, **changed: Any) -> Any:
        """Call the function with some arguments changed."""
        arguments = self.arguments | changed
        bound = inspect.signature(self.function).bind_partial()
        bound.arguments.update({k: v for k, v in arguments.items() if k in self.signature})
        ordered = {k: bound.arguments[k] for k in self.signature if k in bound.arguments}
        bound.arguments.clear()
        bound.arguments.update(ordered)
        return self.function(*bound.args, **bound.kwargs)

    @property
    def signature(self) -> dict[str, inspect.Parameter]:
        """The function's parameters."""
        return dict(inspect.signature(self.function).parameters)

    def __str__(self) -> str:
        return f"{self.family}.{self.name}"


def exported(family: str) -> list[str]:
    """Names that a family exports."""
    module = importlib.import_module(f"healthdevo.{family}")
    stub = Path(module.__file__).with_name("__init__.pyi").read_text(encoding="utf-8")
    return re.findall(r"import (\w+) as", stub)


def functions(family: str) -> list[str]:
    """Names of the functions that a family exports."""
    module = importlib.import_module(f"healthdevo.{family}")
    return [name for name in exported(family) if inspect.isfunction(getattr(module, name))]


@cache
def example_call(family: str, name: str) -> Call:
    """The first call of a function in its own example."""
    function = getattr(importlib.import_module(f"healthdevo.{family}"), name)
    home = importlib.import_module(function.__module__)
    taken: list[dict[str, Any]] = []

    @wraps(function)
    def recorder(*args: Any, **kwargs: Any) -> Any:
        taken.append(dict(inspect.signature(function).bind(*args, **kwargs).arguments))
        return function(*args, **kwargs)

    globs = dict(vars(home))
    setattr(home, name, recorder)
    globs[name] = recorder
    try:
        for test in doctest.DocTestFinder(recurse=False).find(function, name, globs=globs):
            doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(
                test, out=lambda _: None, clear_globs=False
            )
    finally:
        setattr(home, name, function)
    assert taken, f"{family}.{name}: the example in its docstring does not call it"
    arguments = taken[0]
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            arguments.update(arguments.pop(parameter.name, {}))
    return Call(family, name, function, arguments)
