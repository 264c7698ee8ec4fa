"""The finding of the chapter that other pages use."""

from __future__ import annotations

from healthdevo.chapters.common import Finding
from healthdevo.chapters.now import words
from healthdevo.chapters.now.borders import SharedBorders
from healthdevo.chapters.now.decisions import Decisions


def headline(decisions: Decisions, borders: SharedBorders) -> Finding:
    """Return which way the decisions of 2025 and 2026 move power, and how far borders match."""
    found = borders.match("alone")
    text = f"{words.opening(decisions.frame)}. {words.movers(found.movers, found.share).capitalize()}."
    return Finding("now_headline", text, "2025 to November 2026", found.movers)
