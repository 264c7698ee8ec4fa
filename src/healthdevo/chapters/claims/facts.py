"""Sentences of fact, each tied to rows of the ledger and to the verdicts that it was written for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from healthdevo.claims import Ledger, Verdict
from healthdevo.errors import InputError
from healthdevo.results import Estimate
from healthdevo.wording import number, percentage, supported

YES, PARTLY, NO, TURNED = Verdict.SUPPORTED, Verdict.PARTLY, Verdict.NOT_SUPPORTED, Verdict.CONTRADICTED


def shown(result: Estimate) -> float:
    """Return the size of a result, rounded to what its interval supports.

    >>> from healthdevo.results import Interval
    >>> shown(Estimate("rise", 1262.0, float("nan"), (Interval(0.95, 310.0, 2210.0),), 9, "made up"))
    1260.0
    """
    if not result.intervals:
        return abs(result.estimate)
    i = result.interval()
    return abs(supported(result.estimate, i.lower, i.upper))


@dataclass(frozen=True)
class Fact:
    """A sentence with the rows that it rests on, each with the verdict that it was written for; ``{name:%}`` and ``{name:n}`` are results."""

    text: str
    rows: Mapping[str, Verdict]
    argument: str = ""
    """The argument in a few words, where the sentence is one of a case."""

    def said(self, ledger: Ledger) -> str:
        """Return the sentence with its numbers; an error when a row no longer has the verdict that the sentence was written for."""
        entries = {e.claim.name: e for e in ledger.entries}
        text = self.text
        for name, verdict in self.rows.items():
            entry = entries[name]
            if entry.verdict is not verdict or entry.result is None:
                raise InputError(
                    f"row {name} is {entry.verdict.value}; this sentence was written for {verdict.value}: {self.text}"
                )
            value = shown(entry.result)
            text = text.replace(f"{{{name}:%}}", percentage(value, 0)).replace(
                f"{{{name}:n}}", number(value, 2)
            )
        return text
