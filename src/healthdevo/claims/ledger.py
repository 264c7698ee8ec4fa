"""The ledger: every claim with its result and its verdict."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import records
from healthdevo.claims.claim import Claim
from healthdevo.claims.of_page import module_of, results_of
from healthdevo.claims.recording import check
from healthdevo.claims.rows import CLAIMS
from healthdevo.claims.scale import SCALE, Verdict
from healthdevo.claims.shapes import RANGE
from healthdevo.claims.sources import Sources
from healthdevo.errors import TableError
from healthdevo.results import Estimate
from healthdevo.wording import in_file, number, span, supported

__all__ = ["Entry", "Ledger", "pages_with_results"]


def _page(claim: Claim) -> str:
    return claim.link.partition("#")[0]


def pages_with_results() -> tuple[str, ...]:
    """Return the pages that claims with a test link to, in the order of the ledger."""
    return tuple(dict.fromkeys(_page(c) for c in CLAIMS if c.test is not None))


def _kept(claims: Iterable[Claim]) -> Mapping[str, Estimate]:
    """Return the results that the build has kept for claims of the ledger."""
    known = {c.name: c for c in CLAIMS}
    own = [c for c in claims if known.get(c.name) is c and c.test is not None]
    found: dict[str, Estimate] = {}
    for page in dict.fromkeys(_page(c) for c in own):
        of = (results_of.find(page) or ({},))[0]
        found.update({f"{module_of(page)}.{name}": result for name, result in of.items()})
    return {c.name: found[c.test_name] for c in own if c.test_name in found}


def quoted(published: pd.DataFrame, study: str, outcome: str) -> str:
    """Return one published estimate in words: number, unit, interval, study, and what of it was read.

    Raises
    ------
    TableError
        When table ``published_estimate`` has no such row, or several.
    """
    rows = published[published["study"].str.startswith(study) & published["outcome"].str.startswith(outcome)]
    if len(rows) != 1:
        raise TableError(
            f"table published_estimate has {len(rows)} rows whose study starts with {study!r} and outcome with {outcome!r}; one is needed"
        )
    row = records(rows)[0]
    limits = "" if math.isnan(row["lower"]) else f" (95% interval {span(row['lower'], row['upper'], number)})"
    return f"{row['outcome']}: {number(row['estimate'])} {row['unit']}{limits} ({row['study']} {row['publication_year']}; read: {row['read_in']})"


@dataclass(frozen=True)
class Entry:
    """A claim with its result; published evidence in words."""

    claim: Claim
    result: Estimate | None = None
    evidence: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict by the claim's rule."""
        if self.result is None or self.claim.rule is None:
            return Verdict.NOT_TESTABLE
        return self.claim.rule.verdict(self.result)

    @property
    def said(self) -> str:
        """The result in words: the number with its interval, or the published evidence."""
        r = self.result
        if r is None:
            return f"Published: {self.evidence}. Data that would test it: {self.claim.needed}"
        unit = f" {r.unit}" if r.unit and r.unit != "as a share" else ""
        if not r.intervals:
            return f"{r.measure}: {number(r.estimate, 2)}{unit} (no interval: {r.reason})"
        i = r.interval()
        value, reach = number(supported(r.estimate, i.lower, i.upper)), span(i.lower, i.upper)
        kind = "range" if i.level >= RANGE else f"{100 * i.level:g}% interval"
        return f"{r.measure}: {value}{unit} ({kind} {reach})"

    @property
    def place(self) -> tuple[str, str]:
        """Page and heading that the claim links to."""
        page, _, heading = self.claim.link.partition("#")
        return page, heading

    @property
    def href(self) -> str:
        """Address of the section from a page beside it."""
        page, heading = self.place
        return f"{page}.html#{re.sub(r'[^a-z0-9]+', '-', heading.lower()).strip('-')}"

    def row(self) -> dict[str, str]:
        """Return the row as the ledger publishes it, as text."""
        c, r = self.claim, self.result
        limits = (
            (r.interval().lower, r.interval().upper)
            if r is not None and r.intervals
            else (math.nan, math.nan)
        )
        lower, upper = limits if r is None else tuple(supported(x, *limits) for x in limits)
        value = math.nan if r is None else supported(r.estimate, *limits)
        since = c.since
        return {
            "name": c.name,
            "essay": c.source.title,
            "body": c.source.body,
            "year": c.source.year,
            "side": c.side,
            "claim": c.claim,
            "question": c.question,
            "test": c.test_name,
            "rule": "" if c.rule is None else c.rule.words,
            "measure": "" if r is None else r.measure,
            "estimate": in_file(value),
            "lower": in_file(lower),
            "upper": in_file(upper),
            "unit": "" if r is None else r.unit,
            "method": "" if r is None else r.method,
            "no_interval": "" if r is None else r.reason,
            "published": self.evidence,
            "needed": c.needed,
            "verdict": self.verdict.value,
            "mind": c.note,
            "what_would_change_it": c.change,
            "rule_written_when_figures_were_known": "yes" if c.later else "",
            "happened_since": "" if since is None else since.answer,
            "since_date": "" if since is None else since.when,
            "since_what": "" if since is None else since.what,
            "since_source": "" if since is None else since.source,
            "since_checked": "" if since is None else since.checked,
            "section": self.href,
        }


@dataclass(frozen=True)
class Ledger:
    """All claims, judged anew."""

    entries: tuple[Entry, ...]

    @classmethod
    def load(cls, sources: Sources | None = None, claims: Sequence[Claim] = CLAIMS) -> Ledger:
        """Run every test on the tables, or take the results that the build has kept for these tables."""
        own, published = sources or Sources(), tables.load("published_estimate")
        kept = _kept(claims) if own.draws == Sources.draws else {}
        return cls(
            tuple(
                Entry(
                    c,
                    None if c.test is None else kept[c.name] if c.name in kept else c.test(own),
                    "; ".join(quoted(published, *key) for key in c.published),
                )
                for c in claims
            )
        )

    @cached_property
    def verdicts(self) -> dict[str, str]:
        """Verdict by name of claim."""
        return {e.claim.name: e.verdict.value for e in self.entries}

    def checked(self) -> Ledger:
        """Return the ledger when its verdicts are those of the record; an error names every difference."""
        check(self.verdicts)
        return self

    def counts(self, side: str | None = None) -> dict[str, int]:
        """Return how many claims of a side, or of both, have each verdict."""
        rows = [e.verdict.value for e in self.entries if side is None or e.claim.side == side]
        return {verdict: rows.count(verdict) for verdict in SCALE}

    def to_frame(self) -> pd.DataFrame:
        """Return the ledger as a table, as ``claims.csv`` has it."""
        return pd.DataFrame([e.row() for e in self.entries])

    def to_json(self) -> str:
        """Return the ledger as JSON, as ``claims.json`` has it."""
        return json.dumps([e.row() for e in self.entries], ensure_ascii=False, indent=1) + "\n"
