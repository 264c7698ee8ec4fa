"""What a page says: named texts, findings that other pages use, and the source lines of figures and tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from healthdevo import tables
from healthdevo.errors import InputError
from healthdevo.results import Estimate
from healthdevo.wording import join


class _Said:
    """A text that is shown as Markdown; its plain form is quoted, as the book's glue expects of text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return repr(self.text)

    def _repr_markdown_(self) -> str:
        return self.text


def say(**texts: str) -> None:
    """Give names to texts (finished wording, never bare numbers), so that Markdown cells show them with ``{glue:text}`name```."""
    from myst_nb import glue

    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise InputError(
                f"{name}: {text!r} is not text; give the finished wording, such as '23.83 million'"
            )
        glue(name, _Said(text), display=False)


@dataclass(frozen=True)
class Finding:
    """A headline of a chapter that other pages use: stated once, with its number and its window."""

    name: str
    """What other pages call it, as in ``{glue:text}`demand::growth_fair```."""
    sentence: str
    window: str
    """The years, or the edition, that it holds for, such as ``"2010/11 to 2019/20"``."""
    number: Estimate | float | None = None
    """What the wording rests on; None where it rests on several numbers."""

    def __post_init__(self) -> None:
        for part in ("name", "sentence", "window"):
            if not getattr(self, part).strip():
                raise InputError(f"finding {self.name!r}: {part} is empty; every finding needs one")


def sentences(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the wording of findings by name.

    >>> sentences([Finding("growth", "17%", "2010/11 to 2019/20", 0.17)])
    {'growth': '17%'}
    """
    found: dict[str, str] = {}
    for finding in findings:
        if finding.name in found:
            raise InputError(f"two findings are called {finding.name!r}")
        found[finding.name] = finding.sentence
    return found


def source_line(*names: str) -> str:
    """Return publisher and edition of tables, the main one first, as the line under a figure.

    >>> source_line("emergency_month").startswith("NHS England")
    True
    """
    origins = [tables.origin(name) for name in names]
    parts = list(dict.fromkeys(o.cited for o in origins))
    return "; ".join(parts) if len(parts) > 2 else join(parts)
