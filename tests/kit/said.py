"""Examples in text files, as in docstrings: what is called, and below it what it says, word by word.

``python -m tests.kit.said FILE ...`` writes down anew what the examples of files say, for the difference to be read.
"""

from __future__ import annotations

import doctest
import sys
from pathlib import Path
from typing import Any

__all__ = ["differences", "written_anew"]


def _run(path: Path, runner: doctest.DocTestRunner, out: Any) -> doctest.DocTest:
    text = path.read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_doctest(text, {"__name__": "said"}, path.name, str(path), 0)
    runner.run(examples, out=out)
    return examples


def differences(path: Path) -> str:
    """Return where the examples of a file say something else than is written below them."""
    different: list[str] = []
    examples = _run(path, doctest.DocTestRunner(verbose=False), different.append)
    return "".join(different) if examples.examples else f"{path.name} has no examples"


class _Writer(doctest.DocTestRunner):
    """Note what examples say now, by line."""

    def __init__(self) -> None:
        super().__init__(verbose=False)
        self.got: dict[int, str] = {}

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
        self.got[example.lineno] = got


def written_anew(path: Path) -> str:
    """Return the text of a file with what its examples say now; one that raises stays as it is."""
    writer = _Writer()
    examples = _run(path, writer, lambda _: None)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for example in reversed(examples.examples):
        if example.lineno in writer.got:
            start = example.lineno + example.source.count("\n")
            said = [
                " " * example.indent + line for line in writer.got[example.lineno].splitlines(keepends=True)
            ]
            lines[start : start + example.want.count("\n")] = said
    return "".join(lines)


def main() -> int:
    """Write the named files anew."""
    for name in sys.argv[1:]:
        Path(name).write_text(written_anew(Path(name)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
