"""The finding of the chapter that other pages use."""

from __future__ import annotations

from healthdevo.chapters.claims import words
from healthdevo.chapters.common import Finding
from healthdevo.claims import Ledger


def headline(ledger: Ledger) -> Finding:
    """Return how many claims hold."""
    counts = ledger.counts()
    return Finding("claims_headline", words.headline(counts), "this edition", float(sum(counts.values())))
