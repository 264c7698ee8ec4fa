"""Chapter "Claims": the ledger by essay, and how many claims have each verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.claims import findings, words
from healthdevo.chapters.common import sentences, source_line
from healthdevo.charts import (
    Caption,
    Chart,
    Table,
    bar_chart,
    made_column,
    page_table,
    span_column,
    text_column,
)
from healthdevo.claims import ANSWERS, ESSAYS, SCALE, Entry, Ledger
from healthdevo.wording import number

SIDES = {"for": "for devolving", "against": "against it"}


def reading(entry: Entry) -> str:
    """Return what the rule asks, what to mind and what would change the verdict, as one cell."""
    claim = entry.claim
    rule = "" if claim.rule is None else f"{claim.rule.words} "
    mind = f"Mind: {claim.note} " if claim.note else ""
    if claim.later:
        mind += "This row was written when its figures were known. "
    return f"{rule}{mind}What would change it: {claim.change[0].lower()}{claim.change[1:]}"


def became(entry: Entry) -> str:
    """Return what became of a claim that proposes something, in a word and with its date."""
    since = entry.claim.since
    return "" if since is None else f"{since.answer}, {words.day(since.when)}"


@dataclass(frozen=True)
class Claims:
    """The ledger, whose verdicts are those of the record."""

    ledger: Ledger = field(repr=False)

    @classmethod
    def load(cls) -> Claims:
        """Run every test; an error when a verdict differs from the record."""
        return cls(Ledger.load().checked())

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        pro, against = self.ledger.counts("for"), self.ledger.counts("against")
        return sentences([findings.headline(self.ledger)]) | {
            "claims_sides": words.sides(pro, against),
            "claims_since": words.became(self.answers),
        }

    @property
    def answers(self) -> dict[str, int]:
        """How many proposals have each answer."""
        found = [e.claim.since.answer for e in self.ledger.entries if e.claim.since is not None]
        return {str(answer): sum(given == answer for given in found) for answer in ANSWERS}

    def chart(self) -> Chart:
        """Draw how many claims have each verdict, by side."""
        counts = {side: self.ledger.counts(side) for side in SIDES}
        data = pd.DataFrame(
            [(verdict, SIDES[side], counts[side][verdict]) for verdict in SCALE for side in SIDES],
            columns=["verdict", "side", "claims"],
        )
        caption: Caption = words.verdicts_chart(counts["for"], counts["against"])
        return bar_chart(
            data,
            label="verdict",
            value="claims",
            series="side",
            value_format=lambda v: f"{v:.0f}",
            caption=caption,
        )

    def table(self, essay: str) -> Table:
        """Show the rows of one essay."""
        entries = [e for e in self.ledger.entries if e.claim.essay == essay]
        frame = pd.DataFrame(
            {
                "name": [e.claim.name for e in entries],
                "claim": [f"{e.claim.claim} ({SIDES[e.claim.side]})" for e in entries],
                "question": [e.claim.question for e in entries],
                "found": [f"{e.said[0].upper()}{e.said[1:]}" for e in entries],
                "verdict": [e.verdict.value for e in entries],
                "since": [became(e) for e in entries],
                "reading": [reading(e) for e in entries],
                "section": [f"[{e.place[1].rstrip('?')}]({e.href})" for e in entries],
            }
        )
        source = ESSAYS[essay]
        return page_table(
            frame,
            [
                text_column("Claim, in our words", "claim"),
                text_column("The question it becomes", "question"),
                text_column("Found", "found"),
                text_column("Verdict", "verdict"),
                text_column("Happened since?", "since"),
                text_column("The rule, and what would change it", "reading"),
                text_column("Section", "section"),
            ],
            table_id=f"claims-{essay.replace('_', '-')}",
            caption=words.table_caption(source.short, source.year, len(entries)),
            source=words.TABLE_SOURCE,
        )

    def counts_table(self) -> Table:
        """Show verdicts by essay; the whole ledger is in its downloads."""
        rows = []
        for key, essay in ESSAYS.items():
            found = [e.verdict.value for e in self.ledger.entries if e.claim.essay == key]
            rows.append(
                {"essay": f"{essay.short[0].upper()}{essay.short[1:]}"}
                | {v: str(found.count(v)) for v in SCALE}
            )
        shown = page_table(
            pd.DataFrame(rows),
            [text_column("Essay", "essay"), *(text_column(f"{v[0].upper()}{v[1:]}", v) for v in SCALE)],
            table_id="verdicts-by-essay",
            caption="Verdicts by essay. The downloads claims.csv and claims.json have every row in full: test, rule, result, limits, evidence.",
            source=words.TABLE_SOURCE,
        )
        csv = self.ledger.to_frame().to_csv(index=False, lineterminator="\n")
        return replace(shown, files={"claims.csv": csv, "claims.json": self.ledger.to_json()})

    def since_table(self) -> Table:
        """Show what became of every proposal, with source and how it was checked."""
        entries = [(e, e.claim.since) for e in self.ledger.entries if e.claim.since is not None]
        frame = pd.DataFrame(
            {
                "claim": [e.claim.claim for e, _ in entries],
                "essay": [e.claim.source.short for e, _ in entries],
                "answer": [s.answer for _, s in entries],
                "day": [words.day(s.when) for _, s in entries],
                "what": [s.what for _, s in entries],
                "source": [
                    f"[page]({s.source})" if s.source.startswith("http") else f"table {s.source}"
                    for _, s in entries
                ],
                "checked": [s.checked for _, s in entries],
            }
        )
        return page_table(
            frame,
            [
                text_column("Claim, in our words", "claim"),
                text_column("Essay", "essay"),
                text_column("Happened since?", "answer"),
                text_column("Date", "day"),
                text_column("What was decided", "what"),
                text_column("Source", "source"),
                text_column("How it was checked", "checked"),
            ],
            table_id="happened-since",
            caption=words.SINCE_TABLE,
            source=words.SINCE_SOURCE,
        )

    def evidence(self) -> Table:
        """Show what others have published, without the estimates on spending."""
        rows = tables.load("published_estimate")
        money = rows["outcome"].str.contains(
            "spending for|with respect to|elasticity|for 100 pounds|ten million"
        )
        rows = rows[~money].reset_index(drop=True)
        return page_table(
            rows,
            [
                made_column("Study", ["study", "publication_year"], lambda study, year: f"{study} {year}"),
                text_column("Data", "data"),
                text_column("Design", "design"),
                text_column("Outcome", "outcome"),
                made_column("Estimate", ["estimate", "unit"], lambda v, unit: f"{number(v)} {unit}"),
                span_column("95% interval"),
                text_column("Read", "read_in"),
                made_column("Note", ["note"], lambda note: "" if pd.isna(note) else str(note)),
            ],
            table_id="evidence-from-others",
            caption=words.EVIDENCE_TABLE,
            source=source_line("published_estimate"),
        )
